//! What every draw must meet: each requirement as text that is checked while it is typed, with the share of candidates that
//! meet it; the rate at which candidates are accepted above.

use eframe::egui::{self, Rect, RichText, Sense, Ui, accesskit::Role, pos2, vec2};

use super::field::{self, Field, Wrote};
use super::thing::{self, send};
use crate::app::{
    author::{Acceptance, Change, Fault, Inspected, typed},
    icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::Requirement;

/// Draws the requirements of the inspected family.
pub fn requirements(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    rate(ui, inspected.acceptance.as_deref());
    let all = &inspected.family.requirements;
    for (at, requirement) in all.iter().enumerate() {
        ui.push_id(("requirement", at), |ui| one(ui, inspected, (at, requirement), out));
    }
    if all.is_empty() {
        ui.label(theme.quiet("Every candidate is accepted: nothing is asked of draws"));
    }
    if thing::add(ui, "Add requirement") {
        let taken = |name: &str| all.iter().any(|one| one.name == name);
        let mut names = (1..=all.len() + 1).map(|number| format!("requirement_{number}"));
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        let new = Requirement { name, that: "true".to_owned(), probability: None, because: String::new() };
        send(out, Change::PutRequirement(all.len(), new), None);
    }
}

/// The rate of all of them together.
fn rate(ui: &mut Ui, acceptance: Option<&Acceptance>) {
    let theme = Theme::of(ui);
    let Some(found) = acceptance else {
        ui.label(theme.quiet("Asking candidates…"));
        return;
    };
    let text = match &found.error {
        Some(_) => "Mend the family to see the rate".to_owned(),
        None => format!("{} of candidates are accepted", percent(found.rate)),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::hover());
    super::named(&response, Role::Label, &text);
    super::cell(ui, rect, &text, theme::sans(theme::size::BODY), theme.text);
    let told = format!("Of {} candidates; soft requirements count with their share", found.candidates);
    let _ = response.on_hover_text(told);
    bar(ui, found.rate);
    if let Some(nearest) = &found.nearest {
        let text = RichText::new(nearest).size(theme::size::SMALL).color(theme.rare);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent == 0.0 || percent >= 10.0 { format!("{percent:.0}\u{2009}%") } else { format!("{percent:.2}\u{2009}%") }
}

fn bar(ui: &mut Ui, share: f64) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    ui.painter().rect_filled(rect, 2, theme.raised);
    let filled = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * share as f32, rect.bottom()));
    ui.painter().rect_filled(filled, 2, theme.weak);
}

fn one(ui: &mut Ui, inspected: &Inspected, (at, requirement): (usize, &Requirement), out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.add_space(10.0);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), theme.separator());
    ui.add_space(6.0);
    let put = |change: &dyn Fn(&mut Requirement)| {
        let mut new = requirement.clone();
        change(&mut new);
        Change::PutRequirement(at, new)
    };
    head(ui, inspected, (at, requirement), &put, out);
    let name = &requirement.name;
    let wide = ui.available_width();
    let that = Field {
        name: &format!("Condition of {name}"),
        text: &requirement.that,
        hint: "height_m > 0.1",
        size: vec2(wide, theme::INPUT),
        live: true,
        words: false,
    };
    let check = |text: &str| typed::condition(text, &inspected.scope).map(drop);
    let shown = field::field(ui, ui.scope_id().with("that"), &that, check);
    // A family's file can hold what no field would let through.
    let fault = shown.fault.clone().or_else(|| shown.wrote.is_none().then(|| check(&requirement.that).err()).flatten());
    field::told(ui, fault.as_ref());
    if let Some(Wrote { text, gesture }) = shown.wrote {
        send(out, put(&|new| new.that.clone_from(&text)), Some(gesture));
    }
    let because = Field {
        name: &format!("Reason of {name}"),
        text: &requirement.because,
        hint: "Why",
        size: vec2(wide, theme::ROW),
        live: false,
        words: true,
    };
    let shown = field::field(ui, ui.scope_id().with("because"), &because, |_| Ok(()));
    if let Some(Wrote { text, gesture }) = shown.wrote {
        send(out, put(&|new| new.because.clone_from(&text)), Some(gesture));
    }
    for finding in inspected.findings.iter().filter(|finding| finding.field == format!("requirements[{at}].name")) {
        field::told(ui, Some(&Fault::whole(&finding.text)));
    }
}

/// Makes a change of one requirement.
type Put<'a> = dyn Fn(&dyn Fn(&mut Requirement)) -> Change + 'a;

/// Name, share of draws that are asked, share that meets it, and the way out.
fn head(ui: &mut Ui, inspected: &Inspected, (at, requirement): (usize, &Requirement), put: &Put<'_>, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let own_wide = if inspected.inherited.is_some() { theme::ROW + 4.0 } else { 0.0 };
        let name = Field {
            name: &format!("Name of {}", requirement.name),
            text: &requirement.name,
            hint: "name",
            size: vec2((ui.available_width() - 168.0 - own_wide).max(72.0), theme::ROW),
            live: false,
            words: true,
        };
        let identifier = |text: &str| {
            let taken =
                inspected.family.requirements.iter().any(|one| one.name == text && one.name != requirement.name);
            match crate::family::validate::is_identifier(text) {
                true if !taken => Ok(()),
                true => Err(Fault::whole("the name is taken")),
                false => Err(Fault::whole("write lower-case letters, digits and _")),
            }
        };
        let shown = field::field(ui, ui.scope_id().with("name"), &name, identifier);
        if let Some(Wrote { text, gesture }) = shown.wrote {
            send(out, put(&|new| new.name.clone_from(&text)), Some(gesture));
        }
        let share =
            requirement.probability.map_or_else(|| "always".to_owned(), |p| format!("{} %", typed::plain(100.0 * p)));
        let asked = Field {
            name: &format!("Asked of draws: {}", requirement.name),
            text: &share,
            hint: "always",
            size: vec2(64.0, theme::ROW),
            live: false,
            words: false,
        };
        let shown = field::field(ui, ui.scope_id().with("asked"), &asked, |text| probability(text).map(drop));
        if let Some(fault) = &shown.fault {
            let _ = shown.response.on_hover_text(&fault.text);
        }
        if let Some(Wrote { text, gesture }) = shown.wrote
            && let Ok(probability) = probability(&text)
        {
            send(out, put(&|new| new.probability = probability), Some(gesture));
        }
        let met = inspected.acceptance.as_deref().and_then(|found| found.met.get(at)).copied();
        let text = met.map_or_else(|| "–".to_owned(), percent);
        let (rect, response) = ui.allocate_exact_size(vec2(56.0, theme::ROW), Sense::hover());
        super::cell_right(ui, rect, &text, theme::mono(theme::size::SMALL), theme.text);
        super::named(&response, Role::Label, &format!("{} is met by {text}", requirement.name));
        let _ = response.on_hover_text("Share of candidates that meet it by themselves");
        thing::own(ui, inspected, ("requirements", &requirement.name), out);
        if super::icon_button(ui, icon::X, &format!("Remove {}", requirement.name)).clicked() {
            send(out, Change::RemoveRequirement(at), None);
        }
    });
}

/// "always", or a share.
fn probability(text: &str) -> Result<Option<f64>, Fault> {
    if text.trim().is_empty() || text.trim() == "always" {
        return Ok(None);
    }
    let share = typed::number(text, "")?;
    if (0.0..=1.0).contains(&share) {
        Ok(Some(share))
    } else {
        Err(Fault::whole("write always, or a share such as 80 %"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_people_write_them() {
        assert_eq!(probability("always"), Ok(None));
        assert_eq!(probability("80 %"), Ok(Some(0.8)));
        assert_eq!(probability("0.25"), Ok(Some(0.25)));
        assert!(probability("120 %").is_err() && probability("often").is_err());
        assert_eq!([0.0, 0.034_56, 0.5].map(percent), ["0\u{2009}%", "3.46\u{2009}%", "50\u{2009}%"]);
    }
}
