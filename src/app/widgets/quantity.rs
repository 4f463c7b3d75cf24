//! What is computed: derived quantities over a draw, measures over its episode, and when the rare event happened.

use eframe::egui::Ui;

use super::thing::{self, Act, Head, Label, send};
use crate::app::{
    author::{Change, Inspected, check_name, free_name, outcome_scope, typed},
    message::Outbox,
    theme::{self, Theme},
};
use crate::base::Unit;
use crate::family::{Derived, Measure, Scope};

/// Draws the derived quantities, the measures and the rare event of the inspected family.
pub fn quantities(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    ui.label(theme.body("Derived quantities"));
    ui.label(theme.caption("Follow from the draw; everything else may read them"));
    for (at, derived) in family.derived.iter().enumerate() {
        ui.push_id(("derived", at), |ui| {
            let row = Row::of_derived(derived);
            let scope = || (*inspected.scope).clone();
            let put = |row: Row| Change::PutDerived(at, row.derived());
            one(ui, inspected, ("derived", at, &row), (&scope, &put, Change::RemoveDerived(at)), out);
        });
    }
    if thing::add(ui, "Add derived quantity") {
        let row = Row { name: free_name(family, "derived"), is: "0".to_owned(), ..Row::default() };
        send(out, Change::PutDerived(family.derived.len(), row.derived()), None);
    }
    ui.add_space(20.0);
    ui.label(theme.body("Measures"));
    ui.label(theme.caption("Sum up the finished episode; later ones may read earlier ones"));
    for (at, measure) in family.measures.iter().enumerate() {
        ui.push_id(("measure", at), |ui| {
            let row = Row::of_measure(measure);
            let scope = || outcome_scope(family, at);
            let put = |row: Row| Change::PutMeasure(at, row.measure());
            one(ui, inspected, ("measures", at, &row), (&scope, &put, Change::RemoveMeasure(at)), out);
        });
    }
    if thing::add(ui, "Add measure") {
        let row = Row { name: free_name(family, "measure"), is: "0".to_owned(), ..Row::default() };
        send(out, Change::PutMeasure(family.measures.len(), row.measure()), None);
    }
    rare_event(ui, inspected, out);
}

fn rare_event(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    ui.add_space(20.0);
    ui.horizontal(|ui| {
        ui.label(theme.body("Rare event"));
        thing::own(ui, inspected, ("rare_event", ""), out);
    });
    ui.label(theme.caption("Happened where this is true, or above 0.5"));
    let label = Label { name: "Rare event", words: "Happened if", unit: "", hint: "the name of a measure" };
    let wrote = thing::typed(ui, &label, (&family.rare_event, false), |text| {
        typed::formula(text, "", &outcome_scope(family, family.measures.len())).map(|_| text.trim().to_owned())
    });
    if let Some((text, gesture)) = wrote {
        send(out, Change::RareEvent(text), Some(gesture));
    }
    thing::told(ui, inspected, "rare_event");
}

/// A derived quantity or a measure: both are a name, a unit, an expression and words.
#[derive(Clone, Debug, Default)]
struct Row {
    name: String,
    unit: String,
    is: String,
    about: String,
}

impl Row {
    fn of_derived(Derived { name, unit, is, about }: &Derived) -> Self {
        Self { name: name.clone(), unit: unit.clone(), is: is.clone(), about: about.clone() }
    }

    fn of_measure(Measure { name, unit, is, about }: &Measure) -> Self {
        Self { name: name.clone(), unit: unit.clone(), is: is.clone(), about: about.clone() }
    }

    fn derived(self) -> Derived {
        let Self { name, unit, is, about } = self;
        Derived { name, unit, is, about }
    }

    fn measure(self) -> Measure {
        let Self { name, unit, is, about } = self;
        Measure { name, unit, is, about }
    }
}

/// What its expression may read, and how its changes are said.
type Edits<'a> = (&'a dyn Fn() -> Scope, &'a dyn Fn(Row) -> Change, Change);

fn one(
    ui: &mut Ui,
    inspected: &Inspected,
    (list, at, row): (&'static str, usize, &Row),
    (scope, put, remove): Edits<'_>,
    out: &mut Outbox,
) {
    let name = row.name.as_str();
    let value = inspected.values.get(name).or_else(|| inspected.measured.get(name));
    let value = value.map_or_else(String::new, |value| theme::shown(*value, &row.unit));
    let head = Head { list, noun: if list == "derived" { "Derived" } else { "Measure" }, name, value: &value };
    match thing::head(ui, inspected, &head, |text| check_name(&inspected.family, text), out) {
        Some(Act::Rename(wrote)) => send(out, put(Row { name: wrote.text, ..row.clone() }), Some(wrote.gesture)),
        Some(Act::Remove) => send(out, remove, None),
        None => {}
    }
    let label = |name: &'static str, hint: &'static str| (format!("{name} of {}", row.name), name, hint);
    let (full, words, hint) = label("Expression", "2 * height_m");
    // It is long: no word stands before it, and its unit has a field of its own.
    let is = Label { name: &full, words, unit: "", hint };
    let wrote =
        thing::wide(ui, &is, &row.is, |text| typed::formula(text, &row.unit, &scope()).map(|_| text.trim().to_owned()));
    if let Some((is, gesture)) = wrote {
        send(out, put(Row { is, ..row.clone() }), Some(gesture));
    }
    let (full, words, hint) = label("Unit", "a pure number");
    let unit = Label { name: &full, words, unit: "", hint };
    let read = |text: &str| match Unit::parse(text.trim()) {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(why) => Err(crate::app::author::Fault::whole(why)),
    };
    if let Some((unit, gesture)) = thing::typed(ui, &unit, (&row.unit, false), read) {
        send(out, put(Row { unit, ..row.clone() }), Some(gesture));
    }
    let (full, words, hint) = label("About", "One sentence");
    if let Some((about, gesture)) = thing::words(ui, &Label { name: &full, words, unit: "", hint }, &row.about) {
        send(out, put(Row { about, ..row.clone() }), Some(gesture));
    }
    thing::told(ui, inspected, &format!("{list}[{at}]"));
}
