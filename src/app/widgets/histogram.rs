//! Two histograms over the same bins, real and synthetic, labelled where they stand.

use eframe::egui::{self, Painter, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::distribution::Axis;
use crate::app::{
    icon,
    theme::{self, Theme},
    view::Histogram,
};

/// Draws `histogram` at `height` points; its button copies the numbers.
pub fn histogram(ui: &mut Ui, histogram: &Histogram, height: f32) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.caption(&histogram.title));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::COPY, "Copy as CSV").clicked() {
                ui.copy_text(csv(histogram));
            }
        });
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    super::named(&response, Role::Figure, &histogram.title);
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 16.0), rect.max - vec2(0.0, 16.0));
    let (Some(low), Some(high)) = (histogram.edges.first(), histogram.edges.last()) else { return };
    let axis = Axis::new(plot, [*low, *high]);
    let top = histogram.real.iter().chain(&histogram.synthetic).copied().fold(f64::MIN_POSITIVE, f64::max);
    let painter = ui.painter_at(rect);
    for (shares, color) in [(&histogram.real, theme.real), (&histogram.synthetic, theme.synthetic)] {
        steps(&painter, &axis, plot, (&histogram.edges, shares, top), color);
    }
    painter.hline(plot.x_range(), plot.bottom(), theme.separator());
    let font = theme::sans(theme::size::SMALL);
    let first = painter.text(rect.min, egui::Align2::LEFT_TOP, "Real", font.clone(), theme.real);
    painter.text(pos2(first.right() + 12.0, first.top()), egui::Align2::LEFT_TOP, "Synthetic", font, theme.synthetic);
    let small = theme::mono(10.0);
    painter.text(rect.left_bottom(), egui::Align2::LEFT_BOTTOM, format!("{low:.2}"), small.clone(), theme.weak);
    let end = theme::with_unit(*high, 2, &histogram.unit);
    painter.text(rect.right_bottom(), egui::Align2::RIGHT_BOTTOM, end, small, theme.weak);
}

fn steps(
    painter: &Painter,
    axis: &Axis,
    plot: Rect,
    (edges, shares, top): (&[f64], &[f64], f64),
    color: egui::Color32,
) {
    let mut line = Vec::with_capacity(shares.len() * 2 + 2);
    for (ends, share) in edges.windows(2).zip(shares) {
        let [from, to] = [axis.x(ends[0]), axis.x(ends[1])];
        let y = plot.bottom() - (share / top) as f32 * (plot.height() - 2.0);
        painter.rect_filled(Rect::from_min_max(pos2(from, y), pos2(to, plot.bottom())), 0, theme::faded(color, 0.22));
        line.extend([pos2(from, y), pos2(to, y)]);
    }
    painter.add(egui::Shape::line(line, egui::Stroke::new(1.5, color)));
}

/// The numbers as CSV: `from,to,real,synthetic`.
pub fn csv(histogram: &Histogram) -> String {
    let mut text = String::from("from,to,real,synthetic\n");
    for (at, ends) in histogram.edges.windows(2).enumerate() {
        let share = |of: &[f64]| of.get(at).copied().unwrap_or(0.0);
        let (real, synthetic) = (share(&histogram.real), share(&histogram.synthetic));
        text.push_str(&format!("{},{},{real},{synthetic}\n", ends[0], ends[1]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_has_a_row_a_bin() {
        let two = Histogram {
            edges: vec![0.0, 0.5, 1.0],
            real: vec![0.25, 0.75],
            synthetic: vec![1.0],
            ..Histogram::default()
        };
        assert_eq!(csv(&two), "from,to,real,synthetic\n0,0.5,0.25,1\n0.5,1,0.75,0\n");
    }
}
