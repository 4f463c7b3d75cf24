//! Two histograms over the same bins, each in its set's colour, labelled where they stand.

use eframe::egui::{self, Color32, Ui, accesskit::Role, pos2, vec2};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints};

use crate::app::{
    icon,
    theme::{self, Theme},
    view::Histogram,
};

/// Draws `histogram` in the colours of both sets at `height` points, plot only; its button copies the numbers.
pub fn histogram(ui: &mut Ui, histogram: &Histogram, colors: [Color32; 2], height: f32) {
    let width = ui.available_width();
    head(ui, histogram, colors, width);
    let (Some(low), Some(high)) = (histogram.edges.first().copied(), histogram.edges.last().copied()) else {
        ui.label(Theme::of(ui).caption("Not measured"));
        return;
    };
    if high <= low {
        ui.label(Theme::of(ui).caption("All values are the same"));
        return;
    }
    let top = histogram.shares.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let decimals = decimals_of(low, high);
    let plot =
        plain(Plot::new(("histogram", &histogram.title))).width(width).height(height).show_axes(false).label_formatter(
            |at| {
                let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position }) = at;
                told(histogram, position.x, decimals)
            },
        );
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(low..=high);
        plot.set_plot_bounds_y(0.0..=top * 1.06);
        for ((name, shares), color) in histogram.words.iter().zip(&histogram.shares).zip(colors) {
            let line = Line::new(name, PlotPoints::from(steps(&histogram.edges, shares)));
            plot.line(line.color(color).width(1.5).fill(0.0).fill_alpha(0.22).allow_band(false));
        }
    });
    super::named(&shown.response, Role::Figure, &histogram.title);
    ticks(ui, width, [low, f64::midpoint(low, high), high].map(|value| format!("{value:.decimals$}")));
}

/// The axis under a plot: its ends and its middle, inside its width, so that no tick makes a panel wider.
fn ticks(ui: &mut Ui, width: f32, texts: [String; 3]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 14.0), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.top() - ui.spacing().item_spacing.y, theme.separator());
    let [low, middle, high] = texts;
    let all = [
        (rect.left_top(), egui::Align2::LEFT_TOP, low),
        (rect.center_top(), egui::Align2::CENTER_TOP, middle),
        (rect.right_top(), egui::Align2::RIGHT_TOP, high),
    ];
    for (at, anchor, text) in all {
        ui.painter().text(at, anchor, text, theme::mono(10.0), theme.weak);
    }
}

/// Title and unit, the two words in their colours, the copy button.
fn head(ui: &mut Ui, histogram: &Histogram, colors: [Color32; 2], width: f32) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, theme::ROW), egui::Sense::hover());
    let button = egui::Rect::from_min_max(pos2(rect.right() - theme::ROW, rect.top()), rect.max);
    let name = format!("Copy {} as CSV", histogram.title.to_lowercase());
    let response = super::icon_button_in(ui, button, icon::COPY, &name);
    if response.on_hover_text("Copy as CSV").clicked() {
        ui.copy_text(csv(histogram));
    }
    let small = theme::sans(theme::size::SMALL);
    let mut right = button.left() - 4.0;
    if width > 260.0 {
        for (word, color) in histogram.words.iter().zip(colors).rev() {
            let galley = super::cut(ui, word, small.clone(), color, 80.0);
            right -= galley.size().x;
            ui.painter().galley(pos2(right, rect.center().y - galley.size().y / 2.0), galley, color);
            right -= 8.0;
        }
    }
    let end = super::cell(ui, rect.with_max_x(right), &histogram.title, small.clone(), theme.text);
    super::cell(
        ui,
        egui::Rect::from_min_max(pos2(end + 6.0, rect.top()), pos2(right, rect.bottom())),
        &histogram.unit,
        small,
        theme.weak,
    );
}

/// A plot in our manner: no frame, no grid, nothing that a wheel over a scrolling panel would move by accident.
pub(super) fn plain(plot: Plot<'_>) -> Plot<'_> {
    plot.show_background(false)
        .show_grid(false)
        .show_x(false)
        .show_y(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .set_margin_fraction(vec2(0.0, 0.0))
}

fn steps(edges: &[f64], shares: &[f64]) -> Vec<[f64; 2]> {
    edges.windows(2).zip(shares).flat_map(|(ends, share)| [[ends[0], *share], [ends[1], *share]]).collect()
}

/// Decimals at which the ends of a bin differ.
fn decimals_of(low: f64, high: f64) -> usize {
    match high - low {
        width if width >= 50.0 => 0,
        width if width >= 5.0 => 1,
        width if width >= 0.2 => 2,
        _ => 4,
    }
}

/// What is said of the bin at `x`.
fn told(histogram: &Histogram, x: f64, decimals: usize) -> Option<String> {
    let at = histogram.edges.windows(2).position(|ends| ends[0] <= x && x < ends[1])?;
    let (from, to) = (histogram.edges.get(at)?, histogram.edges.get(at + 1)?);
    let share = |of: &[f64]| theme::with_unit(of.get(at).copied().unwrap_or(0.0) * 100.0, 1, "%");
    let unit = &histogram.unit;
    let [one, two] = [0, 1].map(|side| format!("{} {}", histogram.words[side], share(&histogram.shares[side])));
    Some(format!("{from:.decimals$} – {to:.decimals$} {unit}\n{one}\n{two}"))
}

/// The numbers as CSV: `from,to` and the two sets.
pub fn csv(histogram: &Histogram) -> String {
    let [one, two] = histogram.words.each_ref().map(|word| format!("\"{}\"", word.replace('"', "\"\"")));
    let mut text = format!("from,to,{one},{two}\n");
    for (at, ends) in histogram.edges.windows(2).enumerate() {
        let [one, two] = histogram.shares.each_ref().map(|of| of.get(at).copied().unwrap_or(0.0));
        text.push_str(&format!("{},{},{one},{two}\n", ends[0], ends[1]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Histogram {
        Histogram {
            words: ["Stand-in", "Synthetic"].map(str::to_owned),
            edges: vec![0.0, 0.5, 1.0],
            shares: [vec![0.25, 0.75], vec![1.0]],
            ..Histogram::default()
        }
    }

    #[test]
    fn csv_has_a_row_a_bin() {
        assert_eq!(csv(&two()), "from,to,\"Stand-in\",\"Synthetic\"\n0,0.5,0.25,1\n0.5,1,0.75,0\n");
    }

    #[test]
    fn a_bin_is_told_by_its_ends_and_shares() {
        let text = told(&two(), 0.6, 2).expect("inside");
        assert!(
            text.starts_with("0.50 – 1.00") && text.contains("Stand-in 75.0") && text.ends_with("0.0\u{2009}%"),
            "{text}"
        );
        assert_eq!(told(&two(), 1.5, 2), None, "outside");
    }
}
