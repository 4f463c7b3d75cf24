//! Fit to reality: a column of a real set, the distributions that were fitted to it, what speaks against each, and the one
//! that is taken as the nominal.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{Part, ask, choose_set, copy, is_there, label, room, split};
use crate::app::{
    author::Fault,
    command::{self, Command},
    icon,
    lab::{
        ColumnsState, FitAct, FitView, LabAct, LabLook,
        fit::{Fits, Row},
    },
    message::{Message, Outbox},
    theme::{self, Theme},
    widgets::{self, field, fitted, thing::choose},
};
use crate::base::Unit;
use crate::base::text::in_sentence_case;
use crate::run::fit::ColumnSummary;

/// Width of the choices.
const CHOICES: f32 = 264.0;
/// A figure of the small monospace.
const PITCH: f32 = 6.2;

fn send(out: &mut Outbox, act: FitAct) {
    out.send(Message::Lab(LabAct::Fit(act)));
}

pub(super) fn fit(ui: &mut Ui, view: &FitView, look: &mut LabLook, out: &mut Outbox) {
    if view.sets.is_empty() {
        let text = "A nominal is fitted to recorded data: take a real set in first";
        widgets::empty::empty_primary(ui, icon::DATABASE, text, Some(Command::OpenRealDataset), out);
        return;
    }
    split(ui, CHOICES, |ui, part| match part {
        Part::Choices => choices(ui, view, look, out),
        Part::Found => found(ui, view, out),
    });
}

fn choices(ui: &mut Ui, view: &FitView, look: &mut LabLook, out: &mut Outbox) {
    let below = 130.0;
    label(ui, "Nominal of");
    let now = view.parameter.as_ref().map_or("Choose a parameter", |(name, _)| name.as_str());
    let names: Vec<&str> = view.parameters.iter().map(String::as_str).collect();
    if let Some(name) = choose(ui, "Parameter to fit", now, &names) {
        out.send(Message::SelectParameter(name));
    }
    label(ui, "Real set · its reference half");
    if let Some(set) = choose_set(ui, "Real set", view.choice.set.as_deref(), &view.sets, None) {
        look.search.clear();
        send(out, FitAct::Set(set));
    }
    label(ui, "Column");
    let wide = room(ui);
    let search = egui::TextEdit::singleline(&mut look.search)
        .hint_text(format!("{}  Find a column", icon::MAGNIFYING_GLASS))
        .desired_width(wide)
        .min_size(vec2(wide, theme::ROW));
    let _named = ui.add(search).accessible_name("Find a column");
    let height = (ui.available_height() - below).max(72.0);
    let (rect, _) = ui.allocate_exact_size(vec2(wide, height), Sense::hover());
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    child.shrink_clip_rect(rect);
    columns(&mut child, view, &look.search, out);
    unit(ui, view, out);
    ui.add_space(2.0 * theme::GRID);
    let why_not = match &view.choice.column {
        _ if view.answer.job().is_some() => Some("Fitting"),
        None => Some("Choose a column"),
        Some(_) => None,
    };
    if ask(ui, "Fit", why_not) {
        send(out, FitAct::Run);
    }
}

/// The columns of the set that the search leaves.
fn columns(ui: &mut Ui, view: &FitView, search: &str, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let known = match &view.columns {
        ColumnsState::Known(columns) => columns,
        ColumnsState::None => return drop(ui.label(theme.caption("Choose a set"))),
        ColumnsState::Reading => return drop(ui.label(theme.caption("Reading the reference half"))),
        ColumnsState::Failed(why) => {
            return super::super::noted(ui, icon::WARNING_CIRCLE, theme.rare, theme.caption(why));
        }
    };
    let fits = |column: &&ColumnSummary| {
        let name = format!("{} {}", column.name, column.label.as_deref().unwrap_or_default());
        search.trim().is_empty() || command::fuzzy(search, &name).is_some()
    };
    let shown: Vec<&ColumnSummary> = known.iter().filter(fits).collect();
    if shown.is_empty() {
        let text = if known.is_empty() { "This set has only pictures" } else { "No column has these letters" };
        ui.label(theme.caption(text));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("columns").auto_shrink(false).show_rows(ui, 40.0, shown.len(), |ui, range| {
        for column in shown.get(range).unwrap_or_default() {
            let chosen = view.choice.column.as_deref() == Some(column.name.as_str());
            if column_row(ui, column, chosen) {
                send(out, FitAct::Column(column.name.clone()));
            }
        }
    });
}

/// What it is called over where it stands and what it holds; true if it was chosen.
fn column_row(ui: &mut Ui, column: &ColumnSummary, chosen: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    let name = column.label.as_deref().unwrap_or(&column.name);
    let ends = [column.low, column.high].map(|end| if end.is_nan() { "–".to_owned() } else { theme::figures(end) });
    let unit = column.unit.map_or_else(String::new, |unit| format!("{}{unit}", theme::THIN_SPACE));
    let range = format!("{} to {}{unit}", ends[0], ends[1]);
    let n = format!("n {}", theme::count(column.n as u64));
    let said = if column.unit.is_some() { "" } else { ", unit not said" };
    let told = format!("{name}: {range}, {n}{said}");
    widgets::named(&response, Role::ListItem, &told);
    if chosen || response.hovered() {
        let fill = if chosen { theme.hover } else { theme.raised };
        ui.painter().rect_filled(rect, theme::CORNER, fill);
    }
    let inner = rect.shrink2(vec2(8.0, 3.0));
    let (top, below) = inner.split_top_bottom_at_fraction(0.5);
    let small = theme::mono(10.0);
    widgets::cell_right(ui, top, &n, small.clone(), theme.weak);
    widgets::cell(ui, top.with_max_x(top.right() - 52.0), name, theme::sans(theme::size::SMALL), theme.text);
    widgets::cell_right(ui, below, &range, small.clone(), theme.weak);
    if column.label.is_some() {
        let used = PITCH * range.chars().count() as f32 + 8.0;
        let room = ((below.width() - used) / PITCH).max(2.0) as usize;
        widgets::cell(ui, below.with_max_x(below.right() - used), &ending(&column.name, room), small, theme.weak);
    }
    widgets::focus_ring(ui, &response, rect);
    let clicked = response.clicked();
    let _ = response.on_hover_text(format!("{}\n{told}", column.name));
    clicked
}

/// The last `room` characters of `name`: columns that begin alike are told apart at their end.
fn ending(name: &str, room: usize) -> String {
    match name.chars().count().saturating_sub(room) {
        0 => name.to_owned(),
        over => std::iter::once('…').chain(name.chars().skip(over + 1)).collect(),
    }
}

/// What the column's numbers are in, where that is not what the parameter is in.
fn unit(ui: &mut Ui, view: &FitView, out: &mut Outbox) {
    let known = match (&view.columns, &view.choice.column) {
        (ColumnsState::Known(columns), Some(name)) => columns.iter().find(|column| column.name == *name),
        _ => None,
    };
    label(ui, "Unit of the column");
    let parameter = view.parameter.as_ref().map(|(_, unit)| crate::base::unit::shown(unit));
    let hint = match (known.and_then(|column| column.unit), parameter) {
        (Some(unit), _) => format!("{unit}, as the set says"),
        (None, Some(unit)) => format!("{unit}, as the parameter"),
        (None, None) => "not said".to_owned(),
    };
    let size = vec2(room(ui), theme::ROW);
    let field = field::Field {
        name: "Unit of the column",
        text: &view.choice.unit,
        hint: &hint,
        size,
        live: false,
        words: false,
    };
    let check = |text: &str| match text.trim() {
        "" => Ok(()),
        text => Unit::parse(text).map(drop).map_err(Fault::whole),
    };
    let id = ui.scope_id().with(("column unit", &view.choice.column));
    let shown = field::field(ui, id, &field, check);
    field::told(ui, shown.fault.as_ref());
    if let Some(wrote) = shown.wrote {
        send(out, FitAct::Unit(wrote.text));
    }
}

fn found(ui: &mut Ui, view: &FitView, out: &mut Outbox) {
    let nothing = match &view.choice.column {
        Some(_) => "Fit tries every distribution that suits the column and takes none",
        None => "Choose a column: what it holds is fitted, and nothing is taken without you",
    };
    if !is_there(ui, &view.answer, (icon::CHART_SCATTER, nothing), out) {
        return;
    }
    let Some(fits) = view.answer.shown() else { return };
    let Some(row) = view.looked_at(fits) else { return };
    let foot = ui.available_rect_before_wrap();
    // A refusal names the cure at its end: it is shown whole.
    let foot = foot.with_min_y(foot.bottom() - if view.refused.is_some() { 84.0 } else { 36.0 });
    let above = ui.available_rect_before_wrap().with_max_y(foot.top() - 4.0);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(above));
    child.shrink_clip_rect(above);
    egui::ScrollArea::vertical().id_salt("fits").auto_shrink(false).show(&mut child, |ui| {
        ui.set_width(ui.available_width() - 8.0);
        head(ui, fits);
        // The picture first: it stays in sight while one goes through the table.
        plots(ui, fits, row);
        table(ui, fits, &row.model, out);
        ui.add_space(theme::GRID);
        for why in &fits.left_out {
            ui.add(egui::Label::new(Theme::of(ui).caption(format!("Not fitted · {why}"))).wrap());
        }
    });
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(foot));
    take(&mut child, view, row, out);
}

/// What was fitted, and what to keep in mind about all of it.
fn head(ui: &mut Ui, fits: &Fits) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let wide = ui.available_width() - 84.0;
        let title = widgets::cut(ui, &fits.column, theme::sans(theme::size::TITLE), theme.text, wide);
        ui.label(title).on_hover_text(&fits.column);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            copy(ui, ("CSV", "Copy fits as CSV"), || fits.csv());
        });
    });
    ui.add(egui::Label::new(theme.caption(&fits.head)).wrap());
    for warning in &fits.warnings {
        super::super::noted(ui, icon::WARNING, theme.weak, theme.caption(warning).color(theme.text));
    }
    ui.add_space(theme::GRID);
}

/// Where the columns of the table stand.
fn cells(rect: Rect) -> [Rect; 5] {
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let (left, right) = (rect.left() + 8.0, rect.right() - 8.0);
    let name = left + (rect.width() * 0.26).clamp(122.0, 150.0);
    [
        at(left, name),
        at(name + 8.0, right - 172.0),
        at(right - 168.0, right - 124.0),
        at(right - 116.0, right - 60.0),
        at(right - 56.0, right),
    ]
}

fn table(ui: &mut Ui, fits: &Fits, looked_at: &str, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let [name, numbers, ks, p, behind] = cells(rect);
    let small = theme::sans(theme::size::SMALL);
    widgets::cell(ui, name, "Distribution", small.clone(), theme.weak);
    let unit = if fits.unit.is_empty() { "Numbers".to_owned() } else { format!("Numbers in {}", fits.unit) };
    widgets::cell(ui, numbers, &unit, small.clone(), theme.weak);
    let heads = [
        (
            ks,
            "KS D",
            "Kolmogorov and Smirnov's distance: the largest gap between the data's shares and the distribution's",
        ),
        (p, "p", fits.judged_by.as_str()),
        (
            behind,
            "BIC +",
            "How far Schwarz's criterion lies behind the best: it weighs the fit against how many numbers were learnt",
        ),
    ];
    for (room, word, told) in heads {
        widgets::cell_right(ui, room, word, small.clone(), theme.weak);
        let _ = ui.interact(room, ui.scope_id().with(("head", word)), Sense::hover()).on_hover_text(told);
    }
    widgets::underline(ui, rect);
    for row in &fits.rows {
        if table_row(ui, row, row.model == looked_at) {
            send(out, FitAct::Look(row.model.clone()));
        }
    }
    ui.spacing_mut().item_spacing.y = 4.0;
}

fn table_row(ui: &mut Ui, row: &Row, looked_at: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    if looked_at || response.hovered() {
        let fill = if looked_at { theme.hover } else { theme.raised };
        ui.painter().rect_filled(rect, theme::CORNER, fill);
    }
    let [name, numbers, ks, p, behind] = cells(rect);
    let mono = theme::mono(theme::size::SMALL);
    widgets::cell(ui, name, &row.model, theme::sans(theme::size::BODY), theme.text);
    widgets::cell(ui, numbers, &row.numbers, theme::sans(theme::size::SMALL), theme.weak);
    widgets::cell_right(ui, ks, &format!("{:.3}", row.ks), mono.clone(), theme.text);
    let told = p_words(row);
    widgets::cell_right(ui, p, &told, mono.clone(), if row.misfit { theme.rare } else { theme.text });
    let far = row.behind.map_or_else(|| "–".to_owned(), |behind| format!("{behind:.1}"));
    widgets::cell_right(ui, behind, &far, mono, theme.weak);
    widgets::focus_ring(ui, &response, rect);
    let told = format!("{}: {}, KS D {:.3}, p {told}, BIC + {far}", row.model, row.numbers, row.ks);
    widgets::named(&response, Role::Row, &told);
    let clicked = response.clicked();
    let _ = response.on_hover_text(verdict(row));
    clicked
}

fn p_words(row: &Row) -> String {
    match row.p {
        Some((p, refits)) if p <= 1.0 / f64::from(refits + 1) + 1e-12 => format!("≤ {p:.3}"),
        Some((p, _)) => format!("{p:.3}"),
        None => "–".to_owned(),
    }
}

/// What to make of a fit, in one sentence.
fn verdict(row: &Row) -> String {
    let aic = row.behind_aic.map_or_else(String::new, |behind| format!(" AIC + {behind:.1}."));
    let learnt = if row.learnt == 1 { "1 number".to_owned() } else { format!("{} numbers", row.learnt) };
    match row.p {
        Some((p, refits)) if row.misfit => {
            format!(
                "Does not fit: if the data came from it, so large a distance would be seen in {p:.3} of {refits} refits. {learnt} learnt.{aic}"
            )
        }
        Some((_, refits)) => {
            format!(
                "Nothing speaks against it in {refits} refits, which is no proof that it is right. {learnt} learnt.{aic}"
            )
        }
        None => format!("It follows the data whatever they are, so a p-value would say nothing. {learnt} learnt.{aic}"),
    }
}

/// The data with the density over it, and quantiles against quantiles.
fn plots(ui: &mut Ui, fits: &Fits, row: &Row) {
    let wide = (ui.available_width() - 16.0) / 2.0;
    let height = (wide * 0.6).clamp(110.0, 220.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for at in 0..2 {
            ui.allocate_ui(vec2(wide, height + 40.0), |ui| {
                ui.set_width(wide);
                ui.vertical(|ui| match at {
                    0 => fitted::density(ui, fits, row, height),
                    _ => fitted::quantiles(ui, fits, row, height),
                });
            });
        }
    });
}

/// The fit that is looked at becomes the nominal, or why it did not.
fn take(ui: &mut Ui, view: &FitView, row: &Row, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), theme.separator());
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.with_layout(layout, |ui| {
        let can = view.parameter.is_some();
        let text = format!("Take {}", row.model);
        let response = ui.add_enabled_ui(can, |ui| widgets::primary(ui, &text)).inner;
        widgets::focus_ring(ui, &response, response.rect.expand(2.0));
        if response.clicked() {
            send(out, FitAct::Take(row.model.clone()));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            if view.refused.is_some() {
                ui.label(egui::RichText::new(icon::WARNING_CIRCLE).color(theme.rare));
            }
            let text = match (&view.refused, &view.taken, &view.parameter) {
                (Some(why), ..) => in_sentence_case(why),
                (None, Some(taken), _) => taken.clone(),
                (None, None, Some((name, _))) => {
                    format!("{} becomes the nominal of {name}, which then says where it comes from", row.model)
                }
                (None, None, None) => "Choose the parameter whose nominal it becomes".to_owned(),
            };
            widgets::rows(ui, &text, if view.refused.is_some() { 5 } else { 2 });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_keeps_its_end() {
        let texts = [40, 20, 9].map(|room| ending("observation.state[7]", room));
        assert_eq!(texts, ["observation.state[7]", "observation.state[7]", "…state[7]"]);
    }
}
