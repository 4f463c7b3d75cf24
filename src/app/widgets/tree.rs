//! Parameters by layer, then places and derived quantities: role, name, both densities, value; headings fold.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{
    cell, cell_right, chip, distribution,
    number::{self, Scrub, Scrubbed},
    underline,
};
use crate::app::{
    author::{Face, Inspected, InspectorState},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::Parameter,
};
use crate::family::Layer;

/// Draws the tree over the width of `ui`, scrolling where it is long.
pub fn parameters(
    ui: &mut Ui,
    (inspected, parameters): (&Inspected, &[Parameter]),
    selected: Option<&str>,
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("parameters").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let layers = Layer::ALL.into_iter().map(Some).chain([None]);
        for layer in layers {
            let of = inspected.family.parameters.iter().zip(parameters);
            let rows: Vec<&Parameter> = of
                .filter(|(own, _)| own.layer == layer)
                .map(|(_, shown)| shown)
                .filter(|p| fits(&state.search, &p.name))
                .collect();
            if rows.is_empty() {
                continue;
            }
            let words = layer.map_or_else(|| "No layer".to_owned(), |layer| format!("{layer:?} · {}", layer.words()));
            if heading(ui, &words, rows.len(), state) {
                for parameter in rows {
                    row(ui, inspected, parameter, selected == Some(parameter.name.as_str()), out);
                }
            }
        }
        computed(ui, inspected, state);
    });
}

fn fits(search: &str, name: &str) -> bool {
    crate::app::command::fuzzy(search, name).is_some()
}

/// A heading that folds; true while it is open.
fn heading(ui: &mut Ui, words: &str, count: usize, state: &mut InspectorState) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    // What is searched for is not folded away.
    let open = !state.folded.contains(words) || !state.search.is_empty();
    super::named(&response, Role::Button, &format!("{words}, {}", if open { "open" } else { "folded" }));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, theme.raised);
    }
    let sign = if open { icon::MINUS } else { icon::PLUS };
    chip::paint_icon(ui, rect.left_center() + vec2(15.0, 0.0), sign, 10.0, theme.weak);
    cell(ui, rect.with_min_x(rect.left() + 28.0), words, theme::sans(theme::size::SMALL), theme.weak);
    let count_at = rect.with_max_x(rect.right() - 12.0);
    cell_right(ui, count_at, &count.to_string(), theme::mono(theme::size::SMALL), theme.faint);
    super::focus_ring(ui, &response, rect);
    if response.clicked() && !state.folded.remove(words) {
        state.folded.insert(words.to_owned());
    }
    open
}

/// Places and derived quantities: what is computed from the draw.
fn computed(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState) {
    let family = &inspected.family;
    let places = family.places.iter().flat_map(|place| {
        let gives = family.regions.get(&place.on).map_or(&[][..], crate::family::Region::gives);
        gives.iter().map(move |(ending, unit)| {
            (format!("{}_{ending}", place.name), *unit, format!("on {}. {}", place.on, place.about))
        })
    });
    let derived =
        family.derived.iter().map(|one| (one.name.clone(), one.unit.as_str(), format!("{}\n{}", one.is, one.about)));
    let kinds = [
        ("Places", Face::Places, places.collect::<Vec<_>>()),
        ("Derived quantities", Face::Quantities, derived.collect()),
    ];
    for (words, face, mut rows) in kinds {
        rows.retain(|(name, ..)| fits(&state.search, name));
        if rows.is_empty() || !heading(ui, words, rows.len(), state) {
            continue;
        }
        for (name, unit, about) in rows {
            let theme = Theme::of(ui);
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
            if response.hovered() {
                ui.painter().rect_filled(rect, 0, theme.raised);
            }
            let [_, at, _, value] = columns(rect);
            cell(ui, at.with_max_x(value.left()), &name, theme::sans(theme::size::BODY), theme.text);
            let text = inspected.values.get(&name).map_or_else(String::new, |value| theme::shown(*value, unit));
            cell_right(ui, value.with_max_x(value.right() - 8.0), &text, theme::mono(theme::size::SMALL), theme.weak);
            super::named(&response, Role::Row, &format!("{name} {text}"));
            super::focus_ring(ui, &response, rect);
            if response.on_hover_text(about).clicked() {
                state.face = face;
            }
            underline(ui, rect);
        }
    }
}

/// Role, name, sparkline and value of a row.
fn columns(rect: Rect) -> [Rect; 4] {
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let (left, right) = (rect.left() + 8.0, rect.right() - 4.0);
    let (role, value) = (22.0, 104.0);
    let spark = (rect.width() * 0.2).clamp(48.0, 120.0);
    [
        at(left, left + role),
        at(left + role, right - value - spark - 8.0),
        at(right - value - spark, right - value - 4.0),
        at(right - value, right),
    ]
}

fn row(ui: &mut Ui, inspected: &Inspected, parameter: &Parameter, selected: bool, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let (sign, word) = chip::role(parameter.role);
    super::named(&response, Role::Row, &format!("Parameter {}", parameter.name));
    if selected || response.hovered() {
        ui.painter().rect_filled(rect, 0, if selected { theme.hover } else { theme.raised });
    }
    let [role, name, spark, value] = columns(rect);
    chip::paint_icon(ui, role.left_center() + vec2(7.0, 0.0), sign, theme::size::BODY, theme.weak);
    let room = if parameter.finding.is_some() { name.with_max_x(name.right() - 20.0) } else { name };
    // What a variant merely inherits is quieter than what it says itself.
    let own = inspected.inherited.as_ref().map(|inherited| (inherited, inherited.own("parameters", &parameter.name)));
    let ink = if matches!(own, Some((_, None))) { theme.weak } else { theme.text };
    let end = cell(ui, room, &parameter.name, theme::sans(theme::size::BODY), ink);
    if let Some((_, Some(_))) = own {
        ui.painter().circle_filled(pos2(rect.left() + 4.0, rect.center().y), 2.0, theme.text);
    }
    if parameter.finding.is_some() {
        chip::paint_icon(ui, pos2(end + 10.0, rect.center().y), icon::WARNING, theme::size::BODY, theme.rare);
    }
    super::focus_ring(ui, &response, rect);
    distribution::spark(ui, spark.shrink2(vec2(0.0, 3.0)), parameter);
    if response.clicked() {
        // A click on the selected row lets it go.
        out.send(Message::SelectParameter(if selected { String::new() } else { parameter.name.clone() }));
    }
    let about = parameter.finding.as_ref().unwrap_or(&parameter.about);
    let from = match own {
        Some((inherited, None)) => format!("\nInherited from {}", inherited.base.id),
        Some((_, Some(own))) if own.fields.is_empty() => "\nOf this variant".to_owned(),
        Some((_, Some(own))) => format!("\nOf this variant: {}", own.fields.join(", ")),
        None => String::new(),
    };
    let _ = response.on_hover_text(format!("{} · {word}\n{about}{from}", parameter.name));
    value_of(ui, value.shrink2(vec2(0.0, 2.0)), parameter, out);
    underline(ui, rect);
}

/// The value of `parameter` as a scrub field in `rect`.
pub fn value_of(ui: &mut Ui, rect: Rect, parameter: &Parameter, out: &mut Outbox) {
    let scrub = Scrub {
        name: &parameter.name,
        unit: &parameter.unit,
        value: parameter.value,
        range: parameter.range,
        decimals: parameter.decimals,
    };
    let name = parameter.name.clone();
    match number::scrub(ui, rect, &scrub) {
        Some(Scrubbed::Set(value, gesture)) => out.send(Message::SetValue { parameter: name, value, gesture }),
        Some(Scrubbed::Reset) => out.send(Message::ResetValue { parameter: name }),
        None => {}
    }
}
