//! How parameters hang together: the matrix of their correlations, each cell typed or dragged, and a scatter of the selected
//! pair. A matrix that no quantities can have says so, and marks the cells at fault.

use std::cmp::Ordering;

use eframe::egui::{self, Align2, Color32, CursorIcon, Key, Rect, RichText, Sense, Ui, accesskit::Role, pos2, vec2};

use super::field::{self, Field, Wrote};
use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, typed},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::family::copula::Copula;

/// The strongest correlation that a hand sets.
const MOST: f64 = 0.95;

/// Draws the matrix of the inspected family.
pub fn correlations(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let names = names(inspected, state);
    let refused = Copula::new(&inspected.family.correlations).err().map(|(_, text)| text);
    if names.is_empty() {
        ui.add(
            egui::Label::new(theme.quiet("Parameters are drawn independently. Add two to let them hang together."))
                .wrap(),
        );
    } else {
        matrix(ui, inspected, &names, refused.as_deref(), state, out);
    }
    if let Some(text) = &refused {
        ui.add_space(4.0);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(icon::WARNING_CIRCLE).color(theme.rare));
            let text = RichText::new(text).size(theme::size::SMALL).color(theme.rare);
            ui.add(egui::Label::new(text).wrap());
        });
    }
    for finding in inspected.findings.iter().filter(|finding| finding.field.starts_with("correlations")) {
        if refused.as_ref() != Some(&finding.text) {
            field::told(ui, Some(&Fault::whole(&finding.text)));
        }
    }
    ui.add_space(8.0);
    add(ui, inspected, &names, state);
    if let Some(pair) = state.pair.clone().filter(|pair| pair.iter().all(|name| names.contains(name))) {
        selected(ui, inspected, &pair, out);
    }
}

/// Correlated parameters in the order of the family, then those that were just added.
fn names(inspected: &Inspected, state: &InspectorState) -> Vec<String> {
    let family = &inspected.family;
    let is_in = |name: &str| {
        family.correlations.iter().any(|pair| pair.a == name || pair.b == name)
            || state.joined.iter().any(|joined| joined == name)
    };
    let columns = crate::family::Columns::of(family);
    columns.drawn.iter().map(|parameter| parameter.name.clone()).filter(|name| is_in(name)).collect()
}

fn rho(inspected: &Inspected, a: &str, b: &str) -> Option<f64> {
    let same = |pair: &&crate::family::Correlation| (pair.a == a && pair.b == b) || (pair.a == b && pair.b == a);
    inspected.family.correlations.iter().find(same).map(|pair| pair.rho)
}

fn matrix(
    ui: &mut Ui,
    inspected: &Inspected,
    names: &[String],
    refused: Option<&str>,
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    let theme = Theme::of(ui);
    let side = ((ui.available_width() - 96.0) / names.len() as f32).clamp(36.0, 56.0);
    let head = 96.0_f32.max(ui.available_width() - side * names.len() as f32).min(150.0);
    egui::ScrollArea::horizontal().id_salt("matrix").show(ui, |ui| {
        let size = vec2(head + side * names.len() as f32, theme::ROW * (names.len() + 1) as f32);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let font = theme::sans(theme::size::SMALL);
        for (row, a) in names.iter().enumerate() {
            let top = rect.top() + theme::ROW * (row + 1) as f32;
            let at = Rect::from_min_size(pos2(rect.left(), top), vec2(head - 8.0, theme::ROW));
            super::cell(ui, at, &format!("{} {a}", row + 1), font.clone(), theme.text);
            let above = Rect::from_min_size(
                pos2(rect.left() + head + side * row as f32, rect.top()),
                vec2(side - 2.0, theme::ROW),
            );
            // By number: names find no room above their columns.
            ui.painter().text(above.center(), Align2::CENTER_CENTER, row + 1, font.clone(), theme.weak);
            for (column, b) in names.iter().enumerate() {
                let cell = Rect::from_min_size(
                    pos2(rect.left() + head + side * column as f32, top),
                    vec2(side - 2.0, theme::ROW - 2.0),
                );
                match column.cmp(&row) {
                    Ordering::Equal => {
                        ui.painter().rect_filled(cell, 2, theme.raised);
                    }
                    Ordering::Less => {
                        let is_named = |name: &&String| refused.is_some_and(|text| text.contains(&format!("`{name}`")));
                        let at_fault = [a, b].iter().all(is_named);
                        self::cell(ui, inspected, cell, [b, a], at_fault, state, out);
                    }
                    Ordering::Greater => paint(ui, cell, rho(inspected, a, b).unwrap_or(0.0), 0.5),
                }
            }
        }
    });
}

/// Colour by sign, with the number: blue-grey above 0, vermilion below.
fn paint(ui: &Ui, rect: Rect, value: f64, share: f32) {
    let theme = Theme::of(ui);
    let color: Color32 = if value < 0.0 { theme.rare } else { theme.real };
    ui.painter().rect_filled(rect, 2, theme::faded(color, share * 0.7 * value.abs() as f32));
    let text = if value == 0.0 { "·".to_owned() } else { format!("{value:+.2}").replace('-', "−") };
    let ink = if share < 1.0 { theme.weak } else { theme.text };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::mono(11.0), ink);
}

fn cell(
    ui: &mut Ui,
    inspected: &Inspected,
    rect: Rect,
    [a, b]: [&String; 2],
    at_fault: bool,
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    let theme = Theme::of(ui);
    let value = rho(inspected, a, b).unwrap_or(0.0);
    let response = ui.interact(rect, ui.scope_id().with(("rho", a, b)), Sense::click_and_drag());
    super::named(&response, Role::SpinButton, &format!("Correlation of {a} and {b}"));
    paint(ui, rect, value, 1.0);
    let pair = [a.clone(), b.clone()];
    if at_fault {
        ui.painter().rect_stroke(rect, 2, (1.5, theme.rare), egui::StrokeKind::Inside);
    } else if state.pair.as_ref() == Some(&pair) || response.hovered() {
        ui.painter().rect_stroke(rect, 2, (1.0, theme.weak), egui::StrokeKind::Inside);
    }
    super::focus_ring(ui, &response, rect);
    let gesture = field::drag_gesture(ui, &response);
    if response.clicked() || response.drag_started() || response.gained_focus() {
        state.pair = Some(pair.clone());
    }
    let mut by = if response.dragged() { f64::from(response.drag_delta().x) * 0.01 } else { 0.0 };
    let mut gesture = Some(gesture);
    if response.has_focus() {
        let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let keys = ui.input_mut(|input| {
            [Key::ArrowRight, Key::ArrowLeft].map(|key| input.consume_key(egui::Modifiers::NONE, key))
        });
        if keys != [false, false] {
            by = 0.05 * (f64::from(u8::from(keys[0])) - f64::from(u8::from(keys[1])));
            gesture = None;
        }
    }
    if by != 0.0 {
        let to = ((value + by).clamp(-MOST, MOST) * 100.0).round() / 100.0;
        send(out, pair, Some(to), gesture);
    }
    let _ = response
        .on_hover_text(format!("{a} and {b}: {value:+.2}\nDrag, use the arrows, or type below"))
        .on_hover_cursor(CursorIcon::ResizeHorizontal);
}

fn send(out: &mut Outbox, pair: [String; 2], rho: Option<f64>, gesture: Option<u64>) {
    out.send(Message::Change { change: Box::new(Change::Correlate(pair, rho)), gesture });
}

fn add(ui: &mut Ui, inspected: &Inspected, names: &[String], state: &mut InspectorState) {
    let columns = crate::family::Columns::of(&inspected.family);
    let menu = ui.menu_button(format!("{}  Add parameter", icon::PLUS), |ui| {
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for parameter in columns.drawn.iter().filter(|parameter| !names.contains(&parameter.name)) {
                if ui.button(&parameter.name).clicked() {
                    state.joined.push(parameter.name.clone());
                    ui.close();
                }
            }
        });
    });
    menu.response.on_hover_text("Add a parameter to the matrix");
}

/// The selected pair: its number as a field, and draws of both.
fn selected(ui: &mut Ui, inspected: &Inspected, pair: &[String; 2], out: &mut Outbox) {
    let theme = Theme::of(ui);
    let [a, b] = pair;
    super::heading(ui, &format!("{a} and {b}"));
    let value = rho(inspected, a, b);
    let text = value.map_or_else(|| "0".to_owned(), typed::plain);
    let field = Field { name: "Correlation", text: &text, hint: "0", size: vec2(0.0, 0.0), live: false, words: false };
    let wrote = field::labelled(ui, ("Correlation", "", 96.0), &field, |text| coefficient(text).map(drop));
    if let Some(Wrote { text, gesture }) = wrote
        && let Ok(rho) = coefficient(&text)
    {
        send(out, pair.clone(), (rho != 0.0).then_some(rho), Some(gesture));
    }
    if value.is_some() && ui.button("Let them be independent").clicked() {
        send(out, pair.clone(), None, None);
    }
    ui.add_space(4.0);
    let Some(found) = inspected.acceptance.as_deref() else { return };
    let place = |name: &String| found.names.iter().position(|other| other == name);
    let (Some(x), Some(y)) = (place(a), place(b)) else { return };
    let points: Vec<[f64; 2]> = found.rows.iter().filter_map(|row| Some([*row.get(x)?, *row.get(y)?])).collect();
    let ends = |at: usize| {
        let all = points.iter().filter_map(|point| point.get(at));
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        if high > low { (low, high) } else { (low - 0.5, low + 0.5) }
    };
    let ((x0, x1), (y0, y1)) = (ends(0), ends(1));
    let side = ui.available_width().min(260.0);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side * 0.75), Sense::hover());
    super::named(&response, Role::Image, &format!("{} draws of {a} and {b}", points.len()));
    ui.painter().rect_filled(rect, theme::CORNER, theme.canvas);
    let inner = rect.shrink(8.0);
    for [u, v] in points {
        let at = pos2(
            inner.left() + ((u - x0) / (x1 - x0)) as f32 * inner.width(),
            inner.bottom() - ((v - y0) / (y1 - y0)) as f32 * inner.height(),
        );
        ui.painter().circle_filled(at, 1.6, theme::faded(theme.synthetic, 0.8));
    }
    ui.label(theme.caption(format!("across {a}, up {b}: accepted candidates")));
}

fn coefficient(text: &str) -> Result<f64, Fault> {
    let rho = typed::number(text, "")?;
    if rho > -1.0 && rho < 1.0 {
        Ok(rho)
    } else {
        Err(Fault::whole("write a number between −1 and 1, without the ends"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_lie_between_the_ends() {
        assert_eq!(coefficient("-0,5"), Ok(-0.5));
        assert!(coefficient("1").is_err() && coefficient("-1").is_err() && coefficient("strong").is_err());
    }
}
