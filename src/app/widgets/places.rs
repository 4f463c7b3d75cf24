//! Regions of space and the places that are drawn on them.

use eframe::egui::{self, Sense, Ui, accesskit::Role, vec2};

use super::thing::{self, Act, Head, LABEL, Label, send};
use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, check_place_name, check_region_name, free, region, typed},
    icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::{Bound, Distribution, Place, Region, Spread};
use crate::world;

/// Draws the regions and places of the inspected family.
pub fn places(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    ui.label(theme.body("Regions"));
    ui.label(theme.caption("Parts of space, in metres in the stage's frame"));
    for (name, region) in &family.regions {
        ui.push_id(("region", name), |ui| one_region(ui, inspected, (name, region), state, out));
    }
    if thing::add(ui, "Add region") {
        let name = free("region", |name| check_region_name(family, name).is_ok());
        // In the middle of what there is to stand on.
        let [low, high] = world::footprint(&family.stage).unwrap_or([[0.0, -0.5], [1.0, 0.5]]);
        let part = |axis: usize, share: f64| low[axis] + share * (high[axis] - low[axis]);
        let new = region::plain("Surface", [part(0, 0.35), part(0, 0.65)], [part(1, 0.35), part(1, 0.65)], 0.0);
        send(out, Change::PutRegion(None, name.clone(), Box::new(new)), None);
        state.region = Some(name);
    }
    ui.add_space(20.0);
    ui.label(theme.body("Places"));
    ui.label(theme.caption("Points that every draw puts somewhere on a region"));
    for (at, place) in family.places.iter().enumerate() {
        ui.push_id(("place", at), |ui| one_place(ui, inspected, (at, place), out));
    }
    match family.regions.keys().next() {
        None => drop(ui.label(theme.quiet("Add a region first: a place lies on one"))),
        Some(first) => {
            if thing::add(ui, "Add place") {
                let on = state.region.as_ref().filter(|name| family.regions.contains_key(*name)).unwrap_or(first);
                let name = free("place", |name| check_place_name(family, None, name).is_ok());
                send(out, Change::PutPlace(family.places.len(), Box::new(Place::new(&name, on))), None);
            }
        }
    }
}

fn one_region(
    ui: &mut Ui,
    inspected: &Inspected,
    (name, region): (&str, &Region),
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    let put = |new_name: &str, new: &Region| {
        Change::PutRegion(Some(name.to_owned()), new_name.to_owned(), Box::new(new.clone()))
    };
    let kind = region::kind(region);
    let head = Head { list: "regions", noun: "Region", name, value: "" };
    match thing::head(ui, inspected, &head, |text| check_region_name(&inspected.family, text), out) {
        Some(Act::Rename(wrote)) => {
            if state.region.as_deref() == Some(name) {
                state.region = Some(wrote.text.clone());
            }
            send(out, put(&wrote.text, region), Some(wrote.gesture));
        }
        Some(Act::Remove) => send(out, Change::RemoveRegion(name.to_owned()), None),
        None => {}
    }
    let open = state.region.as_deref() == Some(name);
    let words = format!("{} {kind}", if open { icon::MINUS } else { icon::PLUS });
    let button = egui::Button::new(Theme::of(ui).caption(words)).frame_when_inactive(false);
    let response = ui.add(button);
    super::named(&response, Role::Button, &format!("{} {name}", if open { "Fold" } else { "Show" }));
    if response.clicked() {
        state.region = (!open).then(|| name.to_owned());
    }
    if open {
        let numbers = region::numbers(region, &inspected.family, |name| inspected.values.get(name).copied());
        if let Some(word) = thing::choice(ui, (&format!("Kind of {name}"), "Kind"), kind, &region::KINDS) {
            send(out, put(name, &region::like(&word, region, &numbers.unwrap_or_default())), None);
        }
        if let Some((new, gesture)) = super::region::picture(ui, inspected, (name, region)) {
            send(out, put(name, &new), gesture);
        }
        if let Some((new, gesture)) = numbers_of(ui, inspected, (name, region)) {
            send(out, put(name, &new), gesture);
        }
    }
    thing::told(ui, inspected, &format!("regions.{name}"));
}

/// A field for every number of a region; the region with what was written, and its gesture.
fn numbers_of(ui: &mut Ui, inspected: &Inspected, (name, region): (&str, &Region)) -> Option<(Region, Option<u64>)> {
    let mut out = None;
    for (at, (field, unit, bound)) in region.bounds().into_iter().enumerate() {
        let words = field.replace("_m", "").replace("_deg", "").replace('.', " ");
        let label = Label { name: &format!("{name} {words}"), words: &words, unit, hint: "a number, or an expression" };
        if let Some((bound, gesture)) = thing::bound(ui, &label, bound, &inspected.scope) {
            out = Some((region::with_number(region, at, bound), Some(gesture)));
        }
    }
    let Region::Lane { points_m, width_m } = region else { return out };
    let lane = |points_m: Vec<[f64; 3]>| Region::Lane { points_m, width_m: width_m.clone() };
    for (at, point) in points_m.iter().enumerate() {
        let row = egui::Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), theme::INPUT));
        let label =
            Label { name: &format!("{name} point {at}"), words: &format!("point {at}"), unit: "m", hint: "x, y, z" };
        let read = |text: &str| match typed::numbers(text, "m")?.as_slice() {
            [x, y, z] => {
                let mut points = points_m.clone();
                if let Some(place) = points.get_mut(at) {
                    *place = [*x, *y, *z];
                }
                let new = lane(points);
                new.fault().map_or(Ok(new), |why| Err(Fault::whole(why)))
            }
            _ => Err(Fault::whole("write three numbers: x, y, z")),
        };
        if let Some((new, gesture)) = thing::typed(ui, &label, (&typed::written_numbers(point), false), read) {
            out = Some((new, Some(gesture)));
        }
        if at + 1 < points_m.len() && insert_button(ui, row, (name, at)) {
            out = Some((lane(region::inserted(points_m, at)), None));
        }
    }
    ui.horizontal(|ui| {
        ui.add_space(LABEL);
        if super::icon_button(ui, icon::PLUS, "Add point").clicked() {
            out = Some((lane(region::longer(points_m)), None));
        }
        if points_m.len() > 2 && super::icon_button(ui, icon::MINUS, "Remove last point").clicked() {
            out = Some((lane(points_m[..points_m.len() - 1].to_vec()), None));
        }
    });
    out
}

/// A button at the right of a point's row that puts another one halfway to the next; true if it was pressed.
fn insert_button(ui: &mut Ui, row: egui::Rect, (name, at): (&str, usize)) -> bool {
    let size = vec2(theme::ROW, theme::ROW);
    let place = egui::Rect::from_center_size(row.right_center() - vec2(0.5 * size.x, 0.0), size);
    let response = super::icon_button_in(ui, place, icon::PLUS, &format!("Insert after {name} point {at}"));
    response.on_hover_text("Insert after: a point halfway to the next, or double-click the line above").clicked()
}

fn one_place(ui: &mut Ui, inspected: &Inspected, (at, place): (usize, &Place), out: &mut Outbox) {
    let family = &inspected.family;
    let name = place.name.as_str();
    let head = Head { list: "places", noun: "Place", name, value: "" };
    match thing::head(ui, inspected, &head, |text| check_place_name(family, Some(at), text), out) {
        Some(Act::Rename(wrote)) => {
            let new = Place { name: wrote.text, ..place.clone() };
            send(out, Change::PutPlace(at, Box::new(new)), Some(wrote.gesture));
        }
        Some(Act::Remove) => send(out, Change::RemovePlace(at), None),
        None => {}
    }
    if let Some((new, gesture)) = fields(ui, inspected, place) {
        send(out, Change::PutPlace(at, Box::new(new)), gesture);
    }
    coordinates(ui, inspected, place);
    thing::told(ui, inspected, &format!("places[{at}]"));
}

/// What can be said of a place beside its name; the place with what was said, and its gesture.
fn fields(ui: &mut Ui, inspected: &Inspected, place: &Place) -> Option<(Place, Option<u64>)> {
    let (family, name) = (&inspected.family, place.name.as_str());
    let mut out = None;
    let regions: Vec<&str> = family.regions.keys().map(String::as_str).collect();
    if let Some(on) = thing::choice(ui, (&format!("{name} lies on"), "Lies on"), &place.on, &regions) {
        out = Some((Place { on, ..place.clone() }, None));
    }
    let shares = family.regions.get(&place.on).map_or(&[][..], Region::shares);
    for (ending, spread) in shares.iter().zip([&place.along, &place.across, &place.up]) {
        if let Some((new, gesture)) = self::spread(ui, inspected, (name, ending), spread) {
            let mut changed = place.clone();
            match *ending {
                "along" => changed.along = new,
                "across" => changed.across = new,
                _ => changed.up = new,
            }
            out = Some((changed, Some(gesture)));
        }
    }
    if let Some((role, layer)) = thing::meaning(ui, &format!(" of {name}"), (place.role, place.layer)) {
        out = Some((Place { role, layer, ..place.clone() }, None));
    }
    let label = Label { name: &format!("About {name}"), words: "About", unit: "", hint: "One sentence" };
    if let Some((about, gesture)) = thing::words(ui, &label, &place.about) {
        out = Some((Place { about, ..place.clone() }, Some(gesture)));
    }
    out
}

/// How one share of a place is distributed, as text; the new one.
fn spread(ui: &mut Ui, inspected: &Inspected, (name, ending): (&str, &str), spread: &Spread) -> Option<(Spread, u64)> {
    let read = |text: &str| typed::distribution(text, "", &inspected.scope);
    let title = |word: &str| format!("{word} of {name} {ending}");
    let nominal = typed::line(&spread.nominal);
    let label = Label { name: &title("Nominal"), words: &ending.replace("up", "upwards"), unit: "", hint: "" };
    if let Some((nominal, gesture)) = thing::typed(ui, &label, (&nominal, false), read) {
        return Some((Spread { nominal, ..spread.clone() }, gesture));
    }
    let proposal = spread.proposal.as_ref().map_or_else(String::new, typed::line);
    let label = Label { name: &title("Proposal"), words: "  proposal", unit: "", hint: "as nominal" };
    let read = |text: &str| -> Result<Option<Distribution<Bound>>, Fault> {
        if text.trim().is_empty() { Ok(None) } else { read(text).map(Some) }
    };
    let (proposal, gesture) = thing::typed(ui, &label, (&proposal, false), read)?;
    Some((Spread { proposal, ..spread.clone() }, gesture))
}

/// Where it lies in the shown draw.
fn coordinates(ui: &mut Ui, inspected: &Inspected, place: &Place) {
    let theme = Theme::of(ui);
    let gives = inspected.family.regions.get(&place.on).map_or(&[][..], Region::gives);
    let told = gives.iter().filter_map(|(ending, unit)| {
        let value = inspected.values.get(&format!("{}_{ending}", place.name))?;
        Some(format!("{}_{ending} {}", place.name, theme::shown(*value, unit)))
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
        super::cell(ui, rect, &told.join(" · "), theme::mono(11.0), theme.weak);
        super::named(&response, Role::Label, &told.join(", "));
        let _ = response.on_hover_text(told.join("\n"));
    }
}
