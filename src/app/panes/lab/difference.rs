//! Coverage difference: two sides, the quantities that both have, and which combinations only one of them holds.

use eframe::egui::{self, Color32, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{Part, ask, choose_set, copy, is_there, label, split, stale};
use crate::app::{
    author::Fault,
    icon,
    lab::{
        Answer, ColumnsState, DifferenceAct, DifferenceView, LabAct,
        difference::{COUNTS, Differences, Lists, Tuple},
    },
    many::{Brush, Face, ManyAct},
    message::{Message, Outbox},
    theme::{self, Theme},
    widgets::{
        self, field, heat,
        thing::{choose, choose_in},
    },
};
use crate::base::text::in_sentence_case;
use crate::run::coverage::LEVELS_ENDS;
use crate::run::fit::ColumnSummary;
use crate::sample::coverage::{LISTED_MOST, STRENGTH_MOST};

/// Width of the choices.
const CHOICES: f32 = 264.0;
/// The first side, where it is no set.
const DRAWS: &str = "Draws of the family";
/// A quantity that no column holds.
const NONE: &str = "not in the set";

fn send(out: &mut Outbox, act: DifferenceAct) {
    out.send(Message::Lab(LabAct::Difference(act)));
}

pub(super) fn difference(ui: &mut Ui, view: &DifferenceView, lists: &mut Lists, out: &mut Outbox) {
    if view.sets.is_empty() {
        let text = "Draws are compared with a set: take one in, or generate one";
        let act = Some(crate::app::Command::OpenRealDataset);
        widgets::empty::empty_primary(ui, icon::INTERSECT, text, act, out);
        return;
    }
    split(ui, CHOICES, |ui, part| match part {
        Part::Choices => choices(ui, view, lists, out),
        Part::Found => found(ui, view, lists, out),
    });
}

fn choices(ui: &mut Ui, view: &DifferenceView, lists: &mut Lists, out: &mut Outbox) {
    let choice = &view.choice;
    label(ui, "Compare");
    if let Some(set) = choose_set(ui, "First side", choice.set.as_deref(), &view.synthetic, Some(DRAWS)) {
        send(out, DifferenceAct::Set(Some(set).filter(|set| !set.is_empty())));
    }
    if choice.set.is_none() {
        ui.add_space(theme::GRID);
        number(ui, ("Draws", "draws"), choice.count, COUNTS, |count| send(out, DifferenceAct::Count(count)));
    }
    label(ui, "with");
    let others: Vec<_> = view.sets.iter().filter(|set| Some(&set.name) != choice.set.as_ref()).cloned().collect();
    if let Some(set) = choose_set(ui, "Other side", choice.against.as_deref(), &others, None) {
        send(out, DifferenceAct::Against(set));
    }
    label(ui, "Quantities in a combination");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for strength in 1..=STRENGTH_MOST {
            if widgets::choice(ui, choice.strength == strength, &format!(" {strength} ")).clicked() {
                send(out, DifferenceAct::Strength(strength));
            }
        }
    });
    label(ui, "Levels of a quantity without a goal");
    let ends = LEVELS_ENDS.map(|end| end as u64);
    number(ui, ("Levels", "levels"), choice.levels as u64, ends, |n| send(out, DifferenceAct::Levels(n as usize)));
    if view.against_reality {
        label(ui, "Columns of the real set · its reference half");
        let height = (ui.available_height() - 72.0).max(64.0);
        egui::ScrollArea::vertical().id_salt("pairs").max_height(height).show(ui, |ui| pairs(ui, view, out));
    }
    ui.add_space(2.0 * theme::GRID);
    let why_not = match (&choice.against, &view.answer) {
        (_, Answer::Running(_)) => Some("Counting"),
        (None, _) => Some("Choose what to compare with"),
        (Some(_), _) if view.against_reality && choice.pairs.is_empty() => Some("Say which column is which quantity"),
        _ => None,
    };
    if ask(ui, "Count", why_not) {
        (lists.page, lists.side) = (0, 0);
        send(out, DifferenceAct::Run);
    }
}

fn number(ui: &mut Ui, (name, word): (&str, &str), now: u64, [least, most]: [u64; 2], set: impl FnOnce(u64)) {
    let text = now.to_string();
    let field = field::Field { name, text: &text, hint: word, size: vec2(72.0, theme::ROW), live: false, words: false };
    let read = |text: &str| match text.trim().parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(Fault::whole(format!("write a whole number from {least} to {most}"))),
    };
    let id = ui.scope_id().with(("number", name));
    let shown = ui.horizontal(|ui| {
        let shown = field::field(ui, id, &field, |text| read(text).map(drop));
        ui.label(Theme::of(ui).caption(word));
        shown
    });
    field::told(ui, shown.inner.fault.as_ref());
    if let Some(Ok(number)) = shown.inner.wrote.map(|wrote| read(&wrote.text)) {
        set(number);
    }
}

/// Which column holds which quantity.
fn pairs(ui: &mut Ui, view: &DifferenceView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let columns = match &view.columns {
        ColumnsState::Known(columns) => columns,
        ColumnsState::Failed(why) => {
            return super::super::noted(ui, icon::WARNING_CIRCLE, theme.rare, theme.caption(why));
        }
        ColumnsState::None | ColumnsState::Reading => {
            return drop(ui.label(theme.caption("Reading the reference half")));
        }
    };
    let called: Vec<String> = columns.iter().map(called).collect();
    let words: Vec<&str> = std::iter::once(NONE).chain(called.iter().map(String::as_str)).collect();
    for name in &view.names {
        let column = view.choice.pairs.iter().find(|(known, _)| known == name).map(|(_, column)| column);
        let at = columns.iter().position(|known| Some(&known.name) == column);
        let now = at.and_then(|at| words.get(at + 1)).copied().unwrap_or(NONE);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::hover());
        let (left, right) = rect.split_left_right_at_fraction(0.48);
        let ink = if now == NONE { theme.weak } else { theme.text };
        widgets::cell(ui, left.with_max_x(left.right() - 6.0), name, theme::sans(theme::size::SMALL), ink);
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(right).id_salt(name).layout(layout));
        if let Some(word) = choose(&mut child, &format!("Column of {name}"), now, &words) {
            let at = called.iter().position(|called| *called == word);
            let column = at.and_then(|at| columns.get(at)).map(|column| column.name.clone());
            send(out, DifferenceAct::Pair(name.clone(), column));
        }
    }
}

/// What a column means, where the set says so, and what it is called there.
fn called(column: &ColumnSummary) -> String {
    column.label.as_ref().map_or_else(|| column.name.clone(), |label| format!("{label} · {}", column.name))
}

fn found(ui: &mut Ui, view: &DifferenceView, lists: &mut Lists, out: &mut Outbox) {
    let nothing = "Combinations of values are counted: which both sides hold, which only one";
    if !is_there(ui, &view.answer, (icon::INTERSECT, nothing), out) {
        return;
    }
    let Answer::Found { shown, stale: what } = &view.answer else { return };
    stale(ui, what);
    ui.scope(|ui| {
        if !what.is_empty() {
            ui.multiply_opacity(0.5);
        }
        head(ui, shown);
        bar(ui, shown);
        sentences(ui, shown);
        held(ui, shown, lists, out);
    });
}

/// `"pairs of values"`.
fn what_of(strength: usize) -> &'static str {
    match strength {
        1 => "values",
        2 => "pairs of values",
        3 => "triples of values",
        _ => "combinations of four values",
    }
}

fn head(ui: &mut Ui, found: &Differences) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let title = format!("{} against {}", in_sentence_case(&found.names[0]), found.names[1]);
        let wide = ui.available_width() - 84.0;
        let cut = widgets::cut(ui, &title, theme::sans(theme::size::TITLE), theme.text, wide);
        ui.label(cut).on_hover_text(&title);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            copy(ui, ("CSV", "Copy differences as CSV"), || found.csv());
        });
    });
    let words = format!(
        "{} {} in all, whether or not the requirements allow them; one that occurs once counts as much as one that fills a set",
        theme::count(found.possible()),
        what_of(found.strength)
    );
    ui.add(egui::Label::new(theme.caption(words)).wrap());
    ui.add_space(2.0 * theme::GRID);
}

/// The four parts in words with their colours: only the first side, both, only the other, neither.
fn parts(theme: &Theme, found: &Differences) -> [(String, Color32); 4] {
    let other = if found.against_reality { theme.real } else { theme.resampled };
    let [first, second] = found.names.each_ref().map(String::as_str);
    [
        (format!("only {}", short(first, "the first")), theme.synthetic),
        ("both".to_owned(), theme.mixed),
        (format!("only {}", short(second, "the other")), other),
        ("neither".to_owned(), theme.null_band),
    ]
}

/// The four parts as one bar, with their numbers below.
fn bar(ui: &mut Ui, found: &Differences) {
    let parts = parts(&Theme::of(ui), found);
    let counts = [found.only[0], found.both, found.only[1], found.neither];
    let all = found.possible().max(1) as f32;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let told: Vec<String> = parts.iter().zip(counts).map(|((word, _), n)| format!("{word} {n}")).collect();
    widgets::named(&response, Role::Figure, &format!("Combinations: {}", told.join(", ")));
    let mut left = rect.left();
    for ((_, color), count) in parts.iter().zip(counts) {
        let right = left + rect.width() * count as f32 / all;
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2((right - 1.0).max(left), rect.bottom()));
        if count > 0 {
            ui.painter().rect_filled(part, 0, *color);
        }
        left = right;
    }
    legend(ui, &parts, counts);
    ui.add_space(theme::GRID);
}

/// How many each part has, and which share.
fn legend(ui: &mut Ui, parts: &[(String, Color32); 4], counts: [u64; 4]) {
    let theme = Theme::of(ui);
    let all = counts.iter().sum();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for ((word, color), count) in parts.iter().zip(counts) {
            let mut job = egui::text::LayoutJob::default();
            let mut add = |text: &str, font: egui::FontId, ink| {
                job.append(text, 0.0, egui::TextFormat::simple(font, ink));
            };
            let small = theme::sans(theme::size::SMALL);
            add("■ ", small.clone(), *color);
            add(&theme::count(count), theme::mono(theme::size::SMALL), theme.text);
            add(&format!(" {word}"), small.clone(), theme.text);
            add(&format!(" {}", share(count, all)), small, theme.weak);
            // Whole, or in the next row.
            ui.add(egui::Label::new(job).extend());
        }
    });
}

/// `name` where it is short, else `word`.
fn short<'a>(name: &'a str, word: &'a str) -> &'a str {
    if name.chars().count() <= 24 { name } else { word }
}

/// A share in per cent that says nought or all only where that is exact.
fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    match percent {
        p if part > 0 && p < 0.05 => format!("< {}", theme::with_unit(0.1, 1, "%")),
        p if part < whole && p >= 99.95 => format!("> {}", theme::with_unit(99.9, 1, "%")),
        p => theme::with_unit(p, 1, "%"),
    }
}

/// What the numbers mean for rows, and what could not be counted.
fn sentences(ui: &mut Ui, found: &Differences) {
    let theme = Theme::of(ui);
    let [ours, theirs] = found.rows;
    let [first, second] = &found.rows_are;
    let other = &found.names[1];
    let n = |of: [u64; 2]| format!("{} of {}", theme::count(of[1]), theme::count(of[0]));
    let lacking = if found.against_reality { "nothing here covers" } else { "the first does not cover" };
    let all = [
        format!("{} {first} hold something that {other} lacks", n(ours)),
        format!("{} {second} hold something that {lacking}", n(theirs)),
    ];
    for sentence in all.iter().chain(&found.notes) {
        ui.add(egui::Label::new(theme.caption(sentence)).wrap());
    }
    ui.add_space(2.0 * theme::GRID);
}

/// The combinations that only one side holds, as lists; or two quantities as a map.
fn held(ui: &mut Ui, found: &Differences, lists: &mut Lists, out: &mut Outbox) {
    let list = found.lists.get(lists.side).map(Vec::as_slice).unwrap_or_default();
    let (tuples, pages) = lists.of(list);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        tabs(ui, found, lists);
        if !lists.map {
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(layout, |ui| turning(ui, pages, lists));
        }
    });
    widgets::underline(ui, ui.min_rect());
    if lists.map {
        return map(ui, found, lists, out);
    }
    if list.is_empty() {
        ui.label(Theme::of(ui).caption("None: the other side holds every combination of this one"));
        return;
    }
    egui::ScrollArea::vertical().id_salt("tuples").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for tuple in &tuples {
            row(ui, tuple, out);
        }
        let count = found.only.get(lists.side).copied().unwrap_or_default();
        if count > LISTED_MOST as u64 {
            let words = format!("Listed are the {LISTED_MOST} that most rows hold, of {}", theme::count(count));
            ui.label(Theme::of(ui).caption(words));
        }
    });
}

/// Both lists and the map.
fn tabs(ui: &mut Ui, found: &Differences, lists: &mut Lists) {
    let words = if found.against_reality {
        [("Added", "Added to reality"), ("Not covered", "Covered by nothing here")]
    } else {
        [("Only the first", "Only in the first"), ("Only the other", "Only in the other")]
    };
    for (side, (word, told)) in words.into_iter().enumerate() {
        let count = found.only.get(side).copied().unwrap_or_default();
        let is_shown = !lists.map && lists.side == side;
        let response = widgets::choice(ui, is_shown, &format!("{word} · {}", theme::count(count)));
        widgets::named(&response, Role::Tab, told);
        if response.clicked() {
            (lists.map, lists.side, lists.page) = (false, side, 0);
        }
    }
    let response = widgets::choice(ui, lists.map, "Map");
    widgets::named(&response, Role::Tab, "Map of two quantities");
    if response.clicked() {
        lists.map = true;
    }
}

/// Leads through the pages of a list, and orders it.
fn turning(ui: &mut Ui, pages: usize, lists: &mut Lists) {
    if widgets::icon_button(ui, icon::SKIP_FORWARD, "Next page").clicked() {
        lists.page = (lists.page + 1).min(pages - 1);
    }
    ui.label(Theme::of(ui).value(format!("{} / {pages}", lists.page.min(pages - 1) + 1)));
    if widgets::icon_button(ui, icon::SKIP_BACK, "Page before").clicked() {
        lists.page = lists.page.min(pages - 1).saturating_sub(1);
    }
    let (sign, name) = if lists.by_name {
        (icon::SORT_ASCENDING, "Order by how many rows hold it")
    } else {
        (icon::SORT_DESCENDING, "Order by name")
    };
    if widgets::icon_button(ui, sign, name).clicked() {
        (lists.by_name, lists.page) = (!lists.by_name, 0);
    }
}

/// Two quantities, cell by cell: which side holds what. A click brushes the cell's draws.
fn map(ui: &mut Ui, found: &Differences, lists: &mut Lists, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let Some(map) = found.map(lists.pair.as_ref()) else {
        let why = if found.factors.len() < 2 {
            "A map needs two quantities that both sides have"
        } else {
            "There are too many cells to keep: choose fewer levels"
        };
        return drop(ui.label(theme.caption(why)));
    };
    let pair = [&map.x.name, &map.y.name];
    ui.add_space(theme::GRID);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let wide = ((ui.available_width() - 200.0) / 2.0).clamp(64.0, 200.0);
        for (at, word) in ["Across", "Up"].into_iter().enumerate() {
            ui.label(theme.caption(word));
            let names = found.factors.iter().map(|factor| factor.name.as_str());
            let names: Vec<&str> = names.filter(|name| *name != pair[1 - at]).collect();
            if let Some(name) = choose_in(ui, word, pair[at], &names, (wide, theme::size::SMALL)) {
                let mut chosen = pair.map(Clone::clone);
                chosen[at] = name;
                lists.pair = Some(chosen);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            copy(ui, ("CSV", "Copy cells as CSV"), || map.csv(&found.names));
        });
    });
    let parts = parts(&theme, found);
    legend(ui, &parts, map.parts());
    let [(_, first), (_, both), (_, other), _] = &parts;
    if let Some(brush) = heat::two_sided(ui, &map, [*first, *both, *other], &found.rows_are) {
        show_draws(&brush, out);
    }
}

/// A combination; a click brushes its draws.
fn row(ui: &mut Ui, tuple: &Tuple, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let rows = if tuple.rows == 1 { "1 row".to_owned() } else { format!("{} rows", theme::count(tuple.rows)) };
    widgets::named(&response, Role::Row, &format!("{}, {rows}", tuple.words));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    }
    let inner = rect.shrink2(vec2(8.0, 0.0));
    widgets::cell_right(ui, inner, &rows, theme::mono(theme::size::SMALL), theme.weak);
    let words = inner.with_max_x(inner.right() - 88.0);
    widgets::cell(ui, words, &tuple.words, theme::sans(theme::size::SMALL), theme.text);
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() {
        show_draws(&tuple.brush, out);
    }
    let _ = response.on_hover_text(format!("{}\nClick to brush the draws that lie there", tuple.words));
}

/// Leads to the draws in parallel coordinates, with those brushed that `brush` holds.
fn show_draws(brush: &Brush, out: &mut Outbox) {
    out.send(Message::Many(ManyAct::Brush(brush.clone())));
    out.send(Message::Many(ManyAct::Show(Face::Parallel)));
    out.command(crate::app::Command::Author);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_nought_or_all_only_where_it_is() {
        let texts = [(0, 9), (1, 2629), (1, 3), (2628, 2629), (9, 9), (0, 0)].map(|(part, all)| share(part, all));
        let thin = theme::THIN_SPACE;
        let expected = ["0.0", "< 0.1", "33.3", "> 99.9", "100.0", "0.0"].map(|text| format!("{text}{thin}%"));
        assert_eq!(texts, expected);
    }
}
