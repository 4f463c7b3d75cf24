//! The words that sort a family: a checklist of the versioned lists with a search, identifiers elsewhere, free tags.

use eframe::egui::{self, Ui, vec2};

use super::thing::{self, Label, send};
use crate::app::{
    author::{Change, Inspected, InspectorState, tags},
    command, icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::Taxonomy;
use crate::family::taxonomy::{LISTS, List, VERSION};

/// Draws the words of the inspected family.
pub fn words(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    let now = family.taxonomy.clone().unwrap_or_default();
    ui.add_space(20.0);
    ui.horizontal(|ui| {
        ui.label(theme.body("Words"));
        let version = if family.taxonomy.is_some() { now.version } else { VERSION };
        ui.label(theme.caption(format!("lists of version {version}")));
        thing::own(ui, inspected, ("taxonomy", ""), out);
    });
    thing::told(ui, inspected, "taxonomy.version");
    let search = egui::TextEdit::singleline(&mut state.word)
        .hint_text(format!("{}  Find a word", icon::MAGNIFYING_GLASS))
        .desired_width(f32::INFINITY)
        .min_size(vec2(0.0, theme::ROW));
    let _named = ui.add(search).accessible_name("Find a word");
    for (list, own) in LISTS.into_iter().zip(now.all()) {
        group(ui, &now, (list, own), state, out);
        thing::told(ui, inspected, &format!("taxonomy.{}", list.field));
    }
    super::heading(ui, "Elsewhere");
    let label = Label { name: "Identifiers elsewhere", words: "Identifiers", unit: "", hint: "encap:CPNCO, nhtsa:…" };
    if let Some((text, gesture)) = thing::words(ui, &label, &now.external.join(", ")) {
        sort(&Taxonomy { external: tags(&text), ..now.clone() }, Some(gesture), out);
    }
    ui.horizontal(|ui| {
        ui.label(theme.caption("Words of your own, with commas between them"));
        thing::own(ui, inspected, ("tags", ""), out);
    });
    let label = Label { name: "Tags", words: "Tags", unit: "", hint: "kitchen, night shift" };
    if let Some((text, gesture)) = thing::words(ui, &label, &family.tags.join(", ")) {
        send(out, Change::Tag(tags(&text)), Some(gesture));
    }
}

/// One list: its words to tick, and what the family says that no list knows.
fn group(ui: &mut Ui, now: &Taxonomy, (list, own): (List, &[String]), state: &mut InspectorState, out: &mut Outbox) {
    let unknown = own.iter().map(String::as_str).filter(|word| !list.words.contains(word));
    let all: Vec<&str> = list.words.iter().copied().chain(unknown).collect();
    let shown: Vec<&str> = all.into_iter().filter(|word| command::fuzzy(&state.word, word).is_some()).collect();
    if shown.is_empty() {
        return;
    }
    let key = format!("words {}", list.field);
    // What is searched for is not folded away.
    let open = state.folded.contains(&key) || !state.word.trim().is_empty();
    let sign = if open { icon::MINUS } else { icon::PLUS };
    let told = if own.is_empty() { "none".to_owned() } else { own.join(", ") };
    let button = egui::Button::new(Theme::of(ui).caption(format!("{sign}  {}: {told}", list.title)))
        .frame_when_inactive(false)
        .truncate()
        .min_size(vec2(ui.available_width(), theme::ROW));
    let response = ui.add(button);
    super::named(&response, egui::accesskit::Role::Button, list.title);
    if response.on_hover_text(&told).clicked() && !state.folded.remove(&key) {
        state.folded.insert(key);
    }
    if !open {
        return;
    }
    for word in shown {
        let mut on = own.iter().any(|own| own == word);
        let color = if list.words.contains(&word) { Theme::of(ui).text } else { Theme::of(ui).rare };
        let text = egui::RichText::new(word).size(theme::size::SMALL).color(color);
        if ui.checkbox(&mut on, text).changed() {
            sort(&ticked(now, list.field, word, on), None, out);
        }
    }
}

/// `now` with or without a word, in the order of the list.
fn ticked(now: &Taxonomy, field: &str, word: &str, on: bool) -> Taxonomy {
    let mut next = now.clone();
    if let Some(words) = next.words_mut(field) {
        words.retain(|own| own != word);
        if on {
            words.push(word.to_owned());
            let known = LISTS.iter().find(|list| list.field == field).map_or(&[][..], |list| list.words);
            words.sort_by_key(|own| known.iter().position(|known| known == own).unwrap_or(usize::MAX));
        }
    }
    next
}

/// A family without any word has no taxonomy.
fn sort(next: &Taxonomy, gesture: Option<u64>, out: &mut Outbox) {
    let empty = next.all().iter().all(|words| words.is_empty()) && next.external.is_empty();
    send(out, Change::Sort((!empty).then(|| Box::new(next.clone()))), gesture);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_ticked_in_the_order_of_their_list() {
        let mut now = Taxonomy::new();
        for word in ["slip", "collision", "slip"] {
            now = ticked(&now, "failure", word, true);
        }
        assert_eq!(now.failure, ["collision", "slip"]);
        assert!(now.findings().is_empty());
        assert_eq!(ticked(&now, "failure", "slip", false).failure, ["collision"]);
    }
}
