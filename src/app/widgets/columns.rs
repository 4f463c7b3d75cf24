//! How episodes are told in a real set's columns: the robot, the task, and each column's elements with what they are.

use eframe::egui::{self, Rect, Sense, Ui, pos2, vec2};

use super::field::{self, Field};
use super::thing::{self, Label, send};
use crate::app::{
    author::{Change, Fault, Inspected, free, typed},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::base::Unit;
use crate::family::{Element, Feature, Mapping, Scope, mapping};
use crate::world;

/// Shares of a row: the element's name, what it is; its unit has the rest.
const NAME: f32 = 0.44;
const UNIT_WIDE: f32 = 44.0;
/// Between the fields of a row.
const GAP: f32 = 4.0;

/// Draws the mapping of the inspected family.
pub fn columns(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let about = "Simulated episodes are also written as a LeRobot set with these columns. An element follows from the signals \
                 of one state and from the draw.";
    ui.add(egui::Label::new(theme.caption(about)).wrap());
    let Some(mapping) = &inspected.family.mapping else {
        ui.add_space(8.0);
        take(ui, inspected, out);
        if thing::add(ui, "Add column") {
            put(out, with_column(&Mapping { robot: String::new(), task: String::new(), features: Vec::new() }), None);
        }
        return;
    };
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        take(ui, inspected, out);
        thing::own(ui, inspected, ("mapping", ""), out);
    });
    ui.add_space(6.0);
    said(ui, inspected, mapping, out);
    let vocabulary = world::vocabulary(&inspected.family);
    let scope = mapping::scope(&inspected.family, &vocabulary);
    for (at, feature) in mapping.features.iter().enumerate() {
        ui.push_id(("column", at), |ui| column(ui, inspected, (mapping, at, feature), &scope, out));
    }
    if thing::add(ui, "Add column") {
        put(out, with_column(mapping), None);
    }
}

fn put(out: &mut Outbox, mapping: Mapping, gesture: Option<u64>) {
    let is_empty = mapping.features.is_empty();
    send(out, Change::SetMapping((!is_empty).then(|| Box::new(mapping))), gesture);
}

/// Takes names from the window's real set.
fn take(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    match &inspected.real {
        Some(set) => {
            let words = format!("Take the columns of {set}");
            let button = egui::Button::new(format!("{}  {words}", icon::DATABASE)).min_size(vec2(0.0, theme::INPUT));
            let response = ui.add(button);
            super::named(&response, egui::accesskit::Role::Button, &words);
            if response.on_hover_text("Names and robot; what elements of these names are stays").clicked() {
                out.send(Message::TakeColumns(set.clone()));
            }
        }
        None => drop(ui.label(theme.caption("Import a real set to take its columns' names"))),
    }
}

/// The robot and the task.
fn said(ui: &mut Ui, inspected: &Inspected, mapping: &Mapping, out: &mut Outbox) {
    let label = Label { name: "Robot", words: "Robot", unit: "", hint: "as the real set calls it" };
    if let Some((robot, gesture)) = thing::words(ui, &label, &mapping.robot) {
        put(out, Mapping { robot, ..mapping.clone() }, Some(gesture));
    }
    let label = Label { name: "Task", words: "Task", unit: "", hint: &inspected.family.title };
    if let Some((task, gesture)) = thing::words(ui, &label, &mapping.task) {
        put(out, Mapping { task, ..mapping.clone() }, Some(gesture));
    }
}

/// With one column more, under a name that is free.
fn with_column(mapping: &Mapping) -> Mapping {
    let taken = |name: &str| mapping.features.iter().any(|feature| feature.name == name);
    let known = ["observation.state", "action"].into_iter().find(|name| !taken(name)).map(str::to_owned);
    let name = known.unwrap_or_else(|| free("column", |name| !taken(name)));
    let element = Element { name: "element".to_owned(), unit: String::new(), is: "0".to_owned() };
    let mut new = mapping.clone();
    new.features.push(Feature { name, elements: vec![element] });
    new
}

fn column(
    ui: &mut Ui,
    inspected: &Inspected,
    (mapping, at, feature): (&Mapping, usize, &Feature),
    scope: &Scope,
    out: &mut Outbox,
) {
    let theme = Theme::of(ui);
    ui.add_space(10.0);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), theme.separator());
    ui.add_space(6.0);
    let mut edit = |change: &dyn Fn(&mut Mapping), gesture: Option<u64>| {
        let mut new = mapping.clone();
        change(&mut new);
        put(out, new, gesture);
    };
    let others = |name: &str| mapping.features.iter().enumerate().any(|(other, one)| other != at && one.name == name);
    let mut fault = None;
    ui.horizontal(|ui| {
        let label = format!("Column {}", feature.name);
        let size = vec2((ui.available_width() - 128.0).max(72.0), theme::ROW);
        let field = Field { name: &label, text: &feature.name, hint: "name", size, live: false, words: true };
        let check = |text: &str| match mapping::column_fault(text.trim()) {
            Some(fault) => Err(Fault::whole(fault)),
            None if others(text.trim()) => Err(Fault::whole("another column is called so")),
            None => Ok(()),
        };
        let shown = field::field(ui, ui.scope_id().with("name"), &field, check);
        fault = shown.fault;
        if let Some(wrote) = shown.wrote {
            edit(&|new| new.features[at].name = wrote.text.trim().to_owned(), Some(wrote.gesture));
        }
        let open = feature.elements.iter().filter(|element| element.is.trim().is_empty()).count();
        let told = match open {
            0 if feature.elements.len() == 1 => "1 element".to_owned(),
            0 => format!("{} elements", feature.elements.len()),
            open => format!("{open} of {} open", feature.elements.len()),
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::X, &format!("Remove column {}", feature.name)).clicked() {
                edit(&|new| drop(new.features.remove(at)), None);
            }
            ui.label(theme.caption(told));
        });
    });
    field::told(ui, fault.as_ref());
    for (place, element) in feature.elements.iter().enumerate() {
        let row = ui.push_id(place, |ui| row(ui, (feature, element), scope)).inner;
        match row {
            Some(Row::Put(new, gesture)) => edit(&|all| all.features[at].elements[place] = new.clone(), Some(gesture)),
            Some(Row::Remove) => edit(&|all| drop(all.features[at].elements.remove(place)), None),
            None => {}
        }
        // What is empty is seen to be; the head counts it.
        if !element.is.trim().is_empty() {
            thing::told(ui, inspected, &format!("mapping.features[{at}].elements[{place}]."));
        }
    }
    thing::told(ui, inspected, &format!("mapping.features[{at}].name"));
    if feature.elements.is_empty() {
        thing::told(ui, inspected, &format!("mapping.features[{at}].elements"));
    }
    if thing::add(ui, &format!("Add element to {}", feature.name)) {
        let name = free("element", |name| feature.elements.iter().all(|element| element.name != name));
        let new = Element { name, unit: String::new(), is: "0".to_owned() };
        edit(&|all| all.features[at].elements.push(new.clone()), None);
    }
}

/// What the person did to an element.
enum Row {
    Put(Element, u64),
    Remove,
}

fn row(ui: &mut Ui, (feature, element): (&Feature, &Element), scope: &Scope) -> Option<Row> {
    let mut done = None;
    let mut faults = Vec::new();
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let room = whole.width() - UNIT_WIDE - theme::ROW - 3.0 * GAP;
    let mut left = whole.left();
    let mut next = |wide: f32| {
        let place = Rect::from_min_size(pos2(left, whole.top()), vec2(wide, whole.height()));
        left += wide + GAP;
        place
    };
    let mut one = |ui: &mut Ui, part: &str, text: &str, wide: f32, read: &dyn Fn(&str) -> Result<Element, Fault>| {
        let name = format!("{part} of {} in {}", element.name, feature.name);
        let hint = match part {
            "Unit" => "unit",
            "Expression" => "a signal, or an expression",
            _ => "",
        };
        let place = next(wide);
        let field = Field { name: &name, text, hint, size: place.size(), live: false, words: part == "Name" };
        let id = ui.scope_id().with(part);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
        let shown = field::field(&mut child, id, &field, |text| read(text).map(drop));
        if let Some(wrote) = shown.wrote
            && let Ok(new) = read(&wrote.text)
        {
            done = Some(Row::Put(new, wrote.gesture));
        }
        faults.extend(shown.fault);
        if part != "Unit" && !shown.response.has_focus() {
            // It may be longer than its place.
            let _told = shown.response.on_hover_text(text);
        }
    };
    one(ui, "Name", &element.name, room * NAME, &|text| named(feature, element, text));
    one(ui, "Expression", &element.is, room * (1.0 - NAME), &|text| {
        typed::formula(text, &element.unit, scope)?;
        Ok(Element { is: text.trim().to_owned(), ..element.clone() })
    });
    one(ui, "Unit", &element.unit, UNIT_WIDE, &|text| {
        Unit::parse(text.trim()).map_err(Fault::whole)?;
        Ok(Element { unit: text.trim().to_owned(), ..element.clone() })
    });
    let middle = egui::Layout::centered_and_justified(egui::Direction::LeftToRight);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(next(theme::ROW)).layout(middle));
    if super::icon_button(&mut child, icon::X, &format!("Remove {} of {}", element.name, feature.name)).clicked() {
        done = Some(Row::Remove);
    }
    for fault in &faults {
        field::told(ui, Some(fault));
    }
    done
}

/// The element under another name.
fn named(feature: &Feature, element: &Element, text: &str) -> Result<Element, Fault> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Fault::whole("write the real set's name"));
    }
    if name != element.name && feature.elements.iter().any(|other| other.name == name) {
        return Err(Fault::whole("another element is called so"));
    }
    Ok(Element { name: name.to_owned(), ..element.clone() })
}
