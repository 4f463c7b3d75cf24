//! A fitted distribution beside the data: its density over the data's bars, and its quantiles against the data's.

use eframe::egui::{self, Ui, accesskit::Role, vec2};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints, Points};

use super::histogram::plain;
use crate::app::{
    lab::fit::{Fits, Row},
    theme::{self, Theme},
};

/// The data as bars, the density of the fit over them.
pub fn density(ui: &mut Ui, fits: &Fits, row: &Row, height: f32) {
    let theme = Theme::of(ui);
    let data = if fits.stand_in { theme.weak } else { theme.real };
    let what = if row.discrete { "Share of values" } else { "Density" };
    caption(ui, what, &[("data", data), (&row.model, theme.text)]);
    let single = fits.bars.iter().all(|bar| bar.low == bar.high);
    let bars = bars(fits);
    let range = range_of(bars.iter().chain(&row.curve).map(|point| point[0]));
    // A pole of the density would press the data flat.
    let most = bars.iter().map(|point| point[1]).fold(f64::MIN_POSITIVE, f64::max);
    let top = row.curve.iter().map(|point| point[1]).fold(most, f64::max).min(3.0 * most);
    let comparable = single == row.discrete;
    let plot = plain(Plot::new("fit density")).height(height).width(ui.available_width()).show_axes(false);
    let shown = plot.label_formatter(|_: &HoverPosition<'_>| None).show(ui, |plot| {
        plot.set_plot_bounds_x(range[0]..=range[1]);
        plot.set_plot_bounds_y(0.0..=top * 1.06);
        if single {
            plot.points(Points::new("data", PlotPoints::from(bars.clone())).color(data).radius(3.0).stems(0.0));
        } else {
            let line = Line::new("data", PlotPoints::from(bars.clone()));
            plot.line(line.color(data).width(1.0).fill(0.0).fill_alpha(0.28).allow_band(false));
        }
        if comparable {
            plot.line(Line::new(&row.model, PlotPoints::from(row.curve.clone())).color(theme.text).width(2.0));
        }
    });
    super::named(&shown.response, Role::Figure, &format!("Density of {} over the data", row.model));
    ends(ui, range, &fits.unit);
    if !comparable {
        ui.label(theme.caption("A density and shares of single values have no common height"));
    }
}

/// Quantiles of the data against those of the fit: on the line where both agree.
pub fn quantiles(ui: &mut Ui, fits: &Fits, row: &Row, height: f32) {
    let theme = Theme::of(ui);
    let data = if fits.stand_in { theme.weak } else { theme.real };
    caption(ui, "Quantiles", &[("data ↑", data), (&format!("{} →", row.model), theme.text)]);
    let range = range_of(row.qq.iter().flatten().copied().filter(|value| value.is_finite()));
    let unit = fits.unit.clone();
    let plot = plain(Plot::new("fit quantiles")).height(height).width(ui.available_width()).show_axes(false);
    let shown = plot
        .label_formatter(move |at: &HoverPosition<'_>| match at {
            HoverPosition::NearDataPoint { position, .. } => {
                let [x, y] = [position.x, position.y].map(theme::figures);
                Some(format!("expected {x} {unit}\nobserved {y} {unit}"))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            let margin = 0.03 * (range[1] - range[0]);
            plot.set_plot_bounds_x(range[0] - margin..=range[1] + margin);
            plot.set_plot_bounds_y(range[0] - margin..=range[1] + margin);
            let equal = PlotPoints::from(vec![[range[0], range[0]], [range[1], range[1]]]);
            plot.line(Line::new("equal", equal).color(theme.faint).width(1.0).allow_hover(false));
            let points: Vec<[f64; 2]> =
                row.qq.iter().copied().filter(|point| point.iter().all(|value| value.is_finite())).collect();
            plot.points(Points::new("quantiles", PlotPoints::from(points)).color(data).radius(2.0));
        });
    super::named(&shown.response, Role::Figure, &format!("Quantiles of the data against {}", row.model));
    ends(ui, range, &fits.unit);
}

/// The bars as a stepped line of densities, or one point a value with its share.
fn bars(fits: &Fits) -> Vec<[f64; 2]> {
    let one = |bar: &crate::sample::fit::Bar| {
        if bar.low == bar.high {
            return vec![[bar.low, bar.share]];
        }
        let height = bar.share / (bar.high - bar.low);
        vec![[bar.low, height], [bar.high, height]]
    };
    fits.bars.iter().flat_map(one).collect()
}

fn range_of(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let [low, high] = values.fold([f64::MAX, f64::MIN], |[low, high], value| [low.min(value), high.max(value)]);
    if high > low { [low, high] } else { [low.min(0.0) - 0.5, low.max(0.0) + 0.5] }
}

/// What is drawn, each in its colour.
fn caption(ui: &mut Ui, what: &str, words: &[(&str, egui::Color32)]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), egui::Sense::hover());
    let small = theme::sans(theme::size::SMALL);
    let mut end = super::cell(ui, rect, what, small.clone(), theme.weak);
    for (word, color) in words {
        end = super::cell(ui, rect.with_min_x(end + 10.0), word, small.clone(), *color);
    }
}

/// Both ends of the axis below a plot.
fn ends(ui: &mut Ui, [low, high]: [f64; 2], unit: &str) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.top() - ui.spacing().item_spacing.y, theme.separator());
    let high = if unit.is_empty() {
        theme::figures(high)
    } else {
        format!("{}{}{unit}", theme::figures(high), theme::THIN_SPACE)
    };
    super::cell(ui, rect, &theme::figures(low), theme::mono(10.0), theme.weak);
    super::cell_right(ui, rect, &high, theme::mono(10.0), theme.weak);
}
