//! Coverage goals: for each quantity, into which buckets it is cut and how many draws every bucket wants.

use eframe::egui::{self, Ui};

use super::thing::{self, Label, send};
use crate::app::{
    author::{Change, Fault, Inspected, typed},
    icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::goal::{BUCKETS_DEFAULT, Goal};
use crate::family::{Columns, Family};

/// How buckets are said, by their words.
const CUTS: [&str; 3] = ["Equally likely tenths", "Range and width", "Edges"];

/// Draws the goals of the inspected family.
pub fn goals(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    let about = "Without a goal, every parameter's ten equally likely parts are counted, one draw each.";
    ui.add(egui::Label::new(theme.caption(about)).wrap());
    for (at, goal) in family.coverage.iter().enumerate() {
        ui.push_id(("goal", at), |ui| one(ui, inspected, (at, goal), out));
    }
    let quantities = quantities(family);
    let next = quantities.iter().find(|(name, _)| !family.coverage.iter().any(|goal| goal.of == *name));
    if let Some((name, _)) = next
        && thing::add(ui, "Add goal")
    {
        let new = Goal { of: name.clone(), range: None, every: None, buckets: None, target: 1 };
        send(out, Change::PutGoal(family.coverage.len(), new), None);
    }
}

/// What a goal can be of, with units.
fn quantities(family: &Family) -> Vec<(String, String)> {
    let columns = Columns::of(family).all.into_iter().map(|column| (column.name, column.unit));
    columns.chain(family.measures.iter().map(|measure| (measure.name.clone(), measure.unit.clone()))).collect()
}

fn cut_of(goal: &Goal) -> usize {
    match (&goal.buckets, goal.range) {
        (Some(_), _) => 2,
        (None, Some(_)) => 1,
        (None, None) => 0,
    }
}

fn one(ui: &mut Ui, inspected: &Inspected, (at, goal): (usize, &Goal), out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.add_space(10.0);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), theme.separator());
    ui.add_space(6.0);
    let all = quantities(&inspected.family);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let unit = all.iter().find(|(name, _)| *name == goal.of).map_or("", |(_, unit)| unit.as_str());
    let mut put = |change: &dyn Fn(&mut Goal), gesture: Option<u64>| {
        let mut new = goal.clone();
        change(&mut new);
        send(out, Change::PutGoal(at, new), gesture);
    };
    if let Some(of) = thing::choice(ui, (&format!("Goal {at}"), "Goal of"), &goal.of, &names) {
        // Another quantity has other ends.
        put(&|new| *new = Goal { of: of.clone(), range: None, every: None, buckets: None, target: goal.target }, None);
    }
    let cut = CUTS.get(cut_of(goal)).copied().unwrap_or_default();
    if let Some(word) = thing::choice(ui, (&format!("Buckets of {}", goal.of), "Buckets"), cut, &CUTS) {
        let ends = ends(inspected, &goal.of, goal);
        put(&|new| recut(new, &word, ends), None);
    }
    if let Some((read, gesture)) = numbers(ui, goal, unit) {
        put(&|new| *new = read.clone(), Some(gesture));
    }
    let name = format!("Target of {}", goal.of);
    let label = Label { name: &name, words: "Target", unit: "draws", hint: "1" };
    let read = |text: &str| typed::whole::<u64>(text, 1, 1_000_000_000);
    if let Some((target, gesture)) = thing::typed(ui, &label, (&goal.target.to_string(), false), read) {
        put(&|new| new.target = target, Some(gesture));
    }
    ui.horizontal(|ui| {
        let n_buckets = goal.edges().map_or(BUCKETS_DEFAULT, |edges| edges.len().saturating_sub(1));
        let wants = n_buckets as u64 * goal.target;
        ui.label(theme.caption(format!("{n_buckets} buckets, {} draws at least", theme::count(wants))));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::X, &format!("Remove goal of {}", goal.of)).clicked() {
                send(out, Change::RemoveGoal(at), None);
            }
            thing::own(ui, inspected, ("coverage", &goal.of), out);
        });
    });
    thing::told(ui, inspected, &format!("coverage[{at}]"));
}

/// Between which values the quantity lies: the goal's own ends, else the parameter's shown ones.
fn ends(inspected: &Inspected, name: &str, goal: &Goal) -> (f64, f64) {
    if let Some(edges) = goal.edges()
        && let (Some(low), Some(high)) = (edges.first(), edges.last())
    {
        return (*low, *high);
    }
    let columns = Columns::of(&inspected.family);
    let row: Vec<f64> = columns.names().map(|name| inspected.values.get(name).copied().unwrap_or(0.0)).collect();
    let of = columns.drawn.iter().find(|parameter| parameter.name == name);
    let law = of.and_then(|parameter| crate::app::author::laws_of(parameter, &inspected.scope, &row));
    law.map_or((0.0, 1.0), |(nominal, _)| {
        let (low, high) = nominal.shown_range();
        let round = |number: f64| crate::app::author::nice(number, high - low);
        if low < high { (round(low), round(high)) } else { (low - 0.5, low + 0.5) }
    })
}

/// Says the buckets in another way.
fn recut(goal: &mut Goal, word: &str, ends: (f64, f64)) {
    let edges = goal.edges();
    (goal.range, goal.every, goal.buckets) = match word {
        "Range and width" => (Some(ends), Some((ends.1 - ends.0) / BUCKETS_DEFAULT as f64), None),
        "Edges" => (None, None, Some(edges.unwrap_or_else(|| vec![ends.0, 0.5 * (ends.0 + ends.1), ends.1]))),
        _ => (None, None, None),
    };
}

/// The numbers of its buckets; the goal with what was written.
fn numbers(ui: &mut Ui, goal: &Goal, unit: &str) -> Option<(Goal, u64)> {
    let sound = |new: Goal| new.check().map_err(Fault::whole).map(|()| new);
    let mut out = None;
    let mut field = |words: &str, text: String, hint: &str, change: &dyn Fn(&str) -> Result<Goal, Fault>| {
        let name = format!("{words} of {}", goal.of);
        let label = Label { name: &name, words, unit, hint };
        let read = |text: &str| change(text).and_then(sound);
        out = thing::typed(ui, &label, (&text, false), read).or_else(|| out.take());
    };
    if let Some((low, high)) = goal.range {
        field("From", typed::plain(low), "", &|text| {
            Ok(Goal { range: Some((typed::number(text, unit)?, high)), ..goal.clone() })
        });
        field("To", typed::plain(high), "", &|text| {
            Ok(Goal { range: Some((low, typed::number(text, unit)?)), ..goal.clone() })
        });
        let every = goal.every.map_or_else(String::new, typed::plain);
        field("Every", every, "a tenth of the range", &|text| {
            let every = if text.trim().is_empty() { None } else { Some(typed::number(text, unit)?) };
            Ok(Goal { every, ..goal.clone() })
        });
    }
    if let Some(edges) = &goal.buckets {
        field("Edges", typed::written_numbers(edges), "0, 0.5, 1", &|text| {
            Ok(Goal { buckets: Some(typed::numbers(text, unit)?), ..goal.clone() })
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_buckets_is_sound_and_keeps_the_ends() {
        let mut goal = Goal { of: "v".into(), range: None, every: None, buckets: None, target: 3 };
        for word in ["Range and width", "Edges", "Range and width", CUTS[0]] {
            let ends = goal.edges().map_or((0.25, 0.75), |edges| (edges[0], edges[edges.len() - 1]));
            recut(&mut goal, word, ends);
            assert_eq!((goal.check(), CUTS[cut_of(&goal)], goal.target), (Ok(()), word, 3));
            let now = goal.edges().map(|edges| (edges[0], edges[edges.len() - 1]));
            assert!(now.is_none_or(|now| now == (0.25, 0.75)), "{word}: {now:?}");
        }
    }
}
