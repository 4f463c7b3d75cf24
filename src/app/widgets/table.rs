//! The table of parameters, typed into at speed: Tab and Shift+Tab go from cell to cell, Enter and the arrows from row to row,
//! typing replaces, Escape reverts.
//!
//! Each cell is a text field; what stands in it is read when it is left.

use eframe::egui::{self, Id, Key, Rect, Sense, Ui, pos2, vec2};

use super::field::{self, Field, Wrote};
use super::{cell, underline};
use crate::app::{
    author::{Change, Fault, Inspected, typed},
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::base::Unit;
use crate::family::{Layer, Parameter, Role};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Identifier.
    Name,
    /// Unit symbol.
    Unit,
    /// Cause, nuisance or sensor.
    Role,
    /// One of six, or none.
    Layer,
    /// Nominal distribution.
    Nominal,
    /// Proposal; empty is the nominal.
    Proposal,
    /// The value in the shown draw.
    Value,
}

/// Columns with heading and width.
const COLUMNS: [(Column, &str, f32); 7] = [
    (Column::Name, "Name", 150.0),
    (Column::Value, "Value", 84.0),
    (Column::Unit, "Unit", 56.0),
    (Column::Nominal, "Nominal", 250.0),
    (Column::Proposal, "Proposal", 250.0),
    (Column::Role, "Role", 76.0),
    (Column::Layer, "Layer", 52.0),
];

/// Draws the table of all parameters whose names fit `search`.
pub fn parameters(ui: &mut Ui, inspected: &Inspected, search: &str, out: &mut Outbox) {
    egui::ScrollArea::both().id_salt("table").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        header(ui);
        // The arrows belong to the rows while a cell has the focus.
        let focused = ui.memory(egui::Memory::focused);
        let rows: Vec<&Parameter> = inspected
            .family
            .parameters
            .iter()
            .filter(|p| crate::app::command::fuzzy(search, &p.name).is_some())
            .collect();
        let id = |at: usize, column: usize| Id::unique(("parameter cell", at, column));
        let edits = |at: usize| (0..COLUMNS.len()).map(move |column| (column, id(at, column).with("edit")));
        let here = (0..rows.len())
            .find_map(|at| edits(at).find(|(_, edit)| Some(*edit) == focused).map(|(column, _)| (at, column)));
        let by = here.map_or(0, |_| field::take_rows(ui));
        let mut go = here.filter(|_| by != 0).map(|(at, column)| (at.saturating_add_signed(by as isize), column));
        for (at, parameter) in rows.iter().enumerate() {
            if let Some(column) = row(ui, inspected, parameter, &|column| id(at, column), out) {
                go = Some((at + 1, column));
            }
        }
        if let Some((at, column)) = go.filter(|(at, _)| *at < rows.len()) {
            ui.memory_mut(|memory| memory.request_focus(id(at, column).with("edit")));
        }
    });
}

fn header(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let wide = COLUMNS.iter().map(|(.., wide)| wide).sum::<f32>() + 16.0;
    let (rect, _) = ui.allocate_exact_size(vec2(wide, theme::ROW), Sense::hover());
    let mut left = rect.left() + 8.0;
    for (_, words, wide) in COLUMNS {
        let place = Rect::from_min_max(pos2(left + 6.0, rect.top()), pos2(left + wide, rect.bottom()));
        cell(ui, place, words, theme::sans(theme::size::SMALL), theme.weak);
        left += wide;
    }
    underline(ui, rect);
}

/// One parameter; the column whose cell was left with Enter.
fn row(
    ui: &mut Ui,
    inspected: &Inspected,
    parameter: &Parameter,
    id: &dyn Fn(usize) -> Id,
    out: &mut Outbox,
) -> Option<usize> {
    let wide = COLUMNS.iter().map(|(.., wide)| wide).sum::<f32>() + 16.0;
    let (rect, _) = ui.allocate_exact_size(vec2(wide, theme::ROW + 2.0), Sense::hover());
    let mut left = rect.left() + 8.0;
    let (mut fault, mut entered) = (None, None);
    for (at, (column, words, wide)) in COLUMNS.into_iter().enumerate() {
        let place = Rect::from_min_size(pos2(left, rect.top() + 1.0), vec2(wide - 2.0, theme::ROW));
        left += wide;
        let text = text_of(inspected, parameter, column);
        let field = Field {
            name: &format!("{words} of {}", parameter.name),
            text: &text,
            hint: if column == Column::Proposal { "as nominal" } else { "" },
            size: place.size(),
            live: false,
            words: matches!(column, Column::Name | Column::Role),
        };
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
        let read = |text: &str| read(inspected, parameter, column, text);
        let shown = field::field(&mut child, id(at), &field, |text| read(text).map(drop));
        if shown.response.gained_focus() {
            ui.scroll_to_rect(place.expand2(vec2(24.0, 48.0)), None);
        }
        if shown.left_by == Some(Key::Enter) {
            entered = Some(at);
        }
        if let Some(Wrote { text, gesture }) = shown.wrote
            && let Ok(act) = read(&text)
        {
            out.send(act.message(&parameter.name, gesture));
        }
        fault = fault.or(shown.fault);
    }
    if let Some(fault) = fault {
        // In sight, however far the table is scrolled to the side.
        let sight = ui.clip_rect();
        let top = ui.cursor().top();
        let place = Rect::from_min_max(
            pos2(sight.left().max(rect.left()) + 14.0, top),
            pos2(sight.right() - 14.0, top + theme::ROW),
        );
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
        field::told(&mut child, Some(&fault));
        ui.allocate_space(vec2(1.0, child.min_rect().height() + 4.0));
    }
    underline(ui, rect);
    entered
}

/// What a cell's text asks for.
enum Act {
    Put(Box<Parameter>),
    Set(f64),
    Nothing,
}

impl Act {
    fn message(self, parameter: &str, gesture: u64) -> Message {
        let parameter = parameter.to_owned();
        match self {
            Self::Put(new) => {
                Message::Change { change: Box::new(Change::PutParameter(parameter, new)), gesture: Some(gesture) }
            }
            Self::Set(value) => Message::SetValue { parameter, value, gesture },
            Self::Nothing => Message::ResetValue { parameter },
        }
    }
}

fn text_of(inspected: &Inspected, parameter: &Parameter, column: Column) -> String {
    match column {
        Column::Name => parameter.name.clone(),
        Column::Unit => parameter.unit.clone(),
        Column::Role => format!("{:?}", parameter.role).to_lowercase(),
        Column::Layer => parameter.layer.map_or_else(String::new, |layer| format!("{layer:?}")),
        Column::Nominal => typed::line(&parameter.nominal),
        Column::Proposal => parameter.proposal.as_ref().map_or_else(String::new, typed::line),
        Column::Value => {
            let value = inspected.values.get(&parameter.name).copied();
            value.map_or_else(String::new, |value| typed::plain(crate::app::author::nice(value, value.abs())))
        }
    }
}

/// Reads a cell's text.
fn read(inspected: &Inspected, parameter: &Parameter, column: Column, text: &str) -> Result<Act, Fault> {
    let mut new = parameter.clone();
    let (text, unit) = (text.trim(), &parameter.unit);
    match column {
        Column::Name if text == parameter.name => {}
        Column::Name => {
            crate::app::author::check_name(&inspected.family, text).map_err(Fault::whole)?;
            new.name = text.to_owned();
        }
        Column::Unit => {
            Unit::parse(text).map_err(Fault::whole)?;
            new.unit = text.to_owned();
        }
        Column::Role => new.role = role(text)?,
        Column::Layer => new.layer = layer(text)?,
        Column::Nominal => new.nominal = typed::distribution(text, unit, &inspected.scope)?,
        Column::Proposal if text.is_empty() => new.proposal = None,
        Column::Proposal => new.proposal = Some(typed::distribution(text, unit, &inspected.scope)?),
        Column::Value if text.is_empty() => return Ok(Act::Nothing),
        Column::Value => return typed::number(text, unit).map(Act::Set),
    }
    Ok(Act::Put(Box::new(new)))
}

/// The role whose word begins like `text`.
fn role(text: &str) -> Result<Role, Fault> {
    let begins = |role: &Role| !text.is_empty() && format!("{role:?}").to_lowercase().starts_with(&text.to_lowercase());
    let known = [Role::Cause, Role::Nuisance, Role::Sensor];
    known.into_iter().find(begins).ok_or_else(|| Fault::whole("write cause, nuisance or sensor"))
}

/// The layer that `text` names; none where it is empty.
fn layer(text: &str) -> Result<Option<Layer>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let digit = text.trim_start_matches(['l', 'L']);
    let found = Layer::ALL.into_iter().find(|layer| format!("{layer:?}").trim_start_matches('L') == digit);
    found.map(Some).ok_or_else(|| Fault::whole("write L1 to L6, or nothing"))
}
