//! Probabilities with their intervals, one under another over a common axis in powers of ten.

use eframe::egui::{Color32, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{distribution::Axis, interval};
use crate::app::theme::{self, Theme};

/// Height of a row.
const ROW: f32 = 60.0;

/// One probability, or why there is none.
#[derive(Clone, Debug)]
pub struct Chance<'a> {
    /// What gave it.
    pub name: &'a str,
    /// What it cost and what it rests on, in two lines under the name.
    pub under: [&'a str; 2],
    /// Probability and the ends of its interval; the ends are the same where there is none.
    pub numbers: Option<[f64; 3]>,
    /// Why there is no number.
    pub refused: &'a str,
    /// What more there is to say, on hover.
    pub told: &'a str,
    /// Its colour.
    pub color: Color32,
}

fn columns(rect: Rect) -> [Rect; 3] {
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let (left, right) = (rect.left(), rect.right());
    let name = left + (rect.width() * 0.3).clamp(168.0, 220.0);
    [at(left, name - 12.0), at(name, right - 156.0), at(right - 148.0, right)]
}

/// A row for each of `chances`, over `decades` (exponents of ten).
pub fn chances(ui: &mut Ui, chances: &[Chance<'_>], decades: [i32; 2]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for chance in chances {
        row(ui, chance, decades);
    }
    axis(ui, decades);
    ui.spacing_mut().item_spacing.y = 4.0;
}

fn row(ui: &mut Ui, chance: &Chance<'_>, decades: [i32; 2]) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let [name, plot, numbers] = columns(rect);
    let small = theme::sans(theme::size::SMALL);
    let name = name.shrink2(vec2(0.0, 4.0));
    let third = name.height() / 3.0;
    let line = |at: f32| Rect::from_min_size(name.min + vec2(0.0, at * third), vec2(name.width(), third));
    super::cell(ui, line(0.0), chance.name, theme::sans(theme::size::BODY), theme.text);
    for (at, text) in [(1.0, chance.under[0]), (2.0, chance.under[1])] {
        super::cell(ui, line(at), text, small.clone(), theme.weak);
    }
    super::underline(ui, rect);
    let said = if let Some(all) = chance.numbers {
        grid(ui, plot, decades);
        paint(ui, plot, all, decades, chance.color);
        let [number, ends] = words(all);
        let (top, below) = numbers.shrink2(vec2(0.0, 10.0)).split_top_bottom_at_fraction(0.5);
        super::cell_right(ui, top, &number, theme::mono(theme::size::BODY), theme.text);
        super::cell_right(ui, below, &ends, theme::mono(theme::size::SMALL), theme.weak);
        format!("{number} {ends}")
    } else {
        let room = plot.union(numbers).shrink2(vec2(0.0, 6.0));
        let mut child = ui.new_child(eframe::egui::UiBuilder::new().max_rect(room));
        super::rows(&mut child, chance.refused, 3);
        format!("no number: {}", chance.refused)
    };
    super::named(&response, Role::Row, &format!("{}: {said}. {}", chance.name, chance.under.join(", ")));
    if !chance.told.is_empty() {
        let _ = response.on_hover_text(chance.told);
    }
}

/// The number and its interval as people read them.
fn words([p, low, high]: [f64; 3]) -> [String; 2] {
    let number = if p > 0.0 { scientific(p) } else { format!("< {}", scientific(high)) };
    let ends = match (low == high, p > 0.0) {
        (true, _) => String::new(),
        (false, true) => format!("{} – {}", scientific(low), scientific(high)),
        (false, false) => "no hit: an upper end".to_owned(),
    };
    [number, ends]
}

/// `"2.1e−4"`, and `"0.213"` where that is shorter.
fn scientific(p: f64) -> String {
    theme::figures(p)
}

fn exponent(p: f64, [low, high]: [i32; 2]) -> f64 {
    if p > 0.0 { p.log10().clamp(f64::from(low), f64::from(high)) } else { f64::from(low) }
}

fn paint(ui: &Ui, plot: Rect, [p, low, high]: [f64; 3], decades: [i32; 2], color: Color32) {
    let range = decades.map(f64::from);
    let at = |value: f64| exponent(value, decades);
    let axis = Axis::new(plot, range);
    let y = plot.center().y;
    if p > 0.0 && low < high {
        interval::interval(
            ui,
            plot.expand2(vec2(4.0, 0.0)),
            widened(plot, range),
            None,
            (at(p), [at(low), at(high)]),
            color,
        );
        for end in [low, high] {
            ui.painter().vline(axis.x(at(end)), y - 4.0..=y + 4.0, (1.5, color));
        }
    } else if low < high {
        // Only the upper end says something: an arrow down from it.
        let (from, to) = (axis.x(at(high)), plot.left());
        ui.painter().line_segment([pos2(from, y), pos2(to, y)], (1.5, theme::faded(color, 0.5)));
        ui.painter().vline(from, y - 6.0..=y + 6.0, (2.0, color));
        for dy in [-4.0, 4.0] {
            ui.painter().line_segment([pos2(to, y), pos2(to + 5.0, y + dy)], (1.5, color));
        }
    } else {
        let centre = pos2(axis.x(at(p)), y);
        let corners = [vec2(0.0, -5.0), vec2(5.0, 0.0), vec2(0.0, 5.0), vec2(-5.0, 0.0)].map(|by| centre + by);
        let stroke = eframe::egui::Stroke::NONE;
        ui.painter().add(eframe::egui::Shape::convex_polygon(corners.to_vec(), color, stroke));
    }
}

/// The range that a plot four points wider at both sides shows, so that a dot at the end is whole.
fn widened(plot: Rect, [low, high]: [f64; 2]) -> [f64; 2] {
    let more = 4.0 * (high - low) / f64::from(plot.width().max(1.0));
    [low - more, high + more]
}

/// Decades with a line: as many as have room.
fn lines(plot: Rect, [low, high]: [i32; 2]) -> impl Iterator<Item = (i32, f32)> {
    let most = (plot.width() / 44.0).max(1.0);
    let step = ((high - low) as f32 / most).ceil().max(1.0) as usize;
    let axis = Axis::new(plot, [f64::from(low), f64::from(high)]);
    (low..=high).rev().step_by(step).map(move |decade| (decade, axis.x(f64::from(decade))))
}

fn grid(ui: &Ui, plot: Rect, decades: [i32; 2]) {
    for (_, x) in lines(plot, decades) {
        ui.painter().vline(x, plot.y_range(), Theme::of(ui).separator());
    }
}

fn axis(ui: &mut Ui, decades: [i32; 2]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let [name, plot, numbers] = columns(rect);
    for (decade, x) in lines(plot, decades) {
        let text = if decade == 0 { "1".to_owned() } else { format!("10{}", raised(decade)) };
        let at = pos2(x, rect.top() + 4.0);
        ui.painter().text(at, eframe::egui::Align2::CENTER_TOP, text, theme::sans(theme::size::SMALL), theme.weak);
    }
    let small = theme::sans(theme::size::SMALL);
    super::cell(ui, name, "log scale", small.clone(), theme.weak);
    super::cell_right(ui, numbers, "probability", small, theme.weak);
}

/// A whole number in raised figures.
fn raised(number: i32) -> String {
    let figure = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    number.to_string().chars().map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_draw_hit_is_told_by_its_upper_end() {
        assert_eq!(words([0.0, 0.0, 9.2e-4]), ["< 9.2e−4".to_owned(), "no hit: an upper end".to_owned()]);
        assert_eq!(words([0.25, 0.25, 0.25]), ["0.250".to_owned(), String::new()], "a count without an interval");
        assert_eq!(words([2e-4, 5e-5, 8e-4])[1], "5.0e−5 – 8.0e−4");
    }

    #[test]
    fn decades_are_thinned_and_keep_the_upper_end() {
        let plot = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 10.0));
        let shown: Vec<i32> = lines(plot, [-9, 0]).map(|(decade, _)| decade).collect();
        assert_eq!(shown, [0, -2, -4, -6, -8], "four lines have room");
        assert_eq!(raised(-12), "⁻¹²");
    }
}
