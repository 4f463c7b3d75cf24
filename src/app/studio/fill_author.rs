//! What the Author workspace shows, from the document and the live workers' last answers.

use std::collections::BTreeMap;

use eframe::egui::TextureId;

use crate::app::theme;
use crate::app::view::{self, AuthorView, ContactSheet, Many, PictureState, Timeline, TimelineEvent};
use crate::family::distribution::Law;
use crate::family::{self, Bound, Family, Plan, Role, Severity};
use crate::render::Channel;
use crate::run::preview::Preview;

use super::document::Document;

/// Points of a drawn density.
const DENSITY_POINTS: usize = 97;

/// The preview's last answer as a picture, and whether a newer one is on its way.
pub(super) struct PreviewState<'a> {
    /// The last good answer.
    pub(super) shown: Option<(&'a Preview, TextureId, [u32; 2], f64)>,
    /// Why the newest question has no answer.
    pub(super) error: Option<&'a str>,
    /// A newer answer is on its way.
    pub(super) stale: bool,
}

/// Everything that the workspace shows.
pub(super) fn author(
    document: &Document,
    preview: &PreviewState<'_>,
    (sheet, many): (ContactSheet, Many),
) -> AuthorView {
    let Some(family) = document.shown_family() else { return nothing() };
    let values = preview.shown.map(|(preview, ..)| &preview.draw.values);
    let prepared = document.prepared();
    let plan = prepared.as_ref().and_then(|prepared| prepared.plan.as_ref());
    let row = plan.zip(values).map(|(plan, values)| row_of(plan, values));
    let parameters = family.parameters.iter().enumerate().map(|(at, parameter)| {
        let value = document.pinned().get(&parameter.name).or_else(|| values?.get(&parameter.name));
        parameter_view(parameter, laws(plan, at, row.as_deref()), value.copied())
    });
    let findings = prepared.as_ref().map_or(&[][..], |prepared| &prepared.findings);
    let sentence = |finding: &family::Finding| {
        let weight = match finding.severity {
            Severity::Error => "",
            Severity::BlocksExport => "Blocks export: ",
            Severity::Advice => "Advice: ",
        };
        format!("{weight}{}: {}", finding.field, finding.text)
    };
    AuthorView {
        family: family.title.clone(),
        about: family.card.rare_event.clone(),
        preview: picture(document, preview),
        channels: Channel::ALL.iter().map(|channel| channel_word(*channel).to_owned()).collect(),
        parameters: parameters.collect(),
        selected: document.parameter.clone(),
        timeline: timeline(document, family, preview),
        sheet,
        many,
        findings: findings.iter().map(sentence).collect(),
        outcome: preview
            .shown
            .map_or_else(String::new, |(preview, ..)| outcome_line(family, preview, document.pinned().len())),
        card: card(family),
        requirements: requirements(family),
    }
}

/// The workspace without a family.
pub(super) fn nothing() -> AuthorView {
    AuthorView {
        family: "No family".to_owned(),
        about: String::new(),
        preview: view::Picture {
            texture: None,
            origin: view::Origin::Synthetic,
            channel: channel_word(Channel::Colour).to_owned(),
            caption: String::new(),
            state: PictureState::Empty("The preview of a family appears here".to_owned(), None),
            pixels: None,
        },
        channels: Vec::new(),
        parameters: Vec::new(),
        selected: None,
        timeline: Timeline::default(),
        sheet: ContactSheet::default(),
        many: Many::default(),
        findings: Vec::new(),
        outcome: String::new(),
        card: Vec::new(),
        requirements: Vec::new(),
    }
}

fn card(family: &Family) -> Vec<(String, String)> {
    let card = &family.card;
    let answers = [
        ("Rare event", &card.rare_event),
        ("Dangerous artefact", &card.artefact),
        ("Real probe", &card.real_probe),
        ("Discard when", &card.discard_rule),
    ];
    answers.iter().map(|(question, answer)| ((*question).to_owned(), (*answer).clone())).collect()
}

fn requirements(family: &Family) -> Vec<(String, String)> {
    family.requirements.iter().map(|requirement| (requirement.that.clone(), requirement.because.clone())).collect()
}

/// In sentence case.
pub(super) fn channel_word(channel: Channel) -> &'static str {
    match channel {
        Channel::Colour => "Colour",
        Channel::Depth => "Depth",
        Channel::Instance => "Instances",
        Channel::Normal => "Normals",
        Channel::Flow => "Flow",
    }
}

fn picture(document: &Document, preview: &PreviewState<'_>) -> view::Picture {
    let caption = preview.shown.map(|(preview, _, _, time_s)| format!("draw {} · {time_s:.2} s", preview.draw.index));
    let state = match (preview.error, preview.shown, preview.stale) {
        (Some(error), ..) => PictureState::Failed(error.to_owned()),
        (None, None, _) => PictureState::Loading("Simulating the first draw".to_owned()),
        // The last good picture stays without a veil: at interactive rates a flickering sign would only disturb.
        _ => PictureState::Ready,
    };
    view::Picture {
        texture: preview.shown.map(|(_, texture, size, _)| (texture, size)),
        origin: view::Origin::Synthetic,
        channel: channel_word(document.channel).to_owned(),
        caption: caption.unwrap_or_default(),
        state,
        pixels: None,
    }
}

/// What came of a draw, in a few words; `n_pinned` values were set by hand.
pub(super) fn outcome_line(family: &Family, preview: &Preview, n_pinned: usize) -> String {
    let episode = &preview.episode;
    let measure = |measure: &family::Measure| {
        let value = episode.measures.get(&measure.name)?;
        let unit = if measure.unit.is_empty() { String::new() } else { format!("\u{2009}{}", measure.unit) };
        (measure.name != family.rare_event && !measure.unit.is_empty())
            .then(|| format!("{} {value:.3}{unit}", measure.name))
    };
    let rare = format!("{}: {}", family.rare_event, if episode.rare { "yes" } else { "no" });
    let weight = if n_pinned == 0 {
        format!("weight {}", theme::figures(preview.draw.weight()))
    } else {
        format!("{n_pinned} set by hand")
    };
    let parts = [Some(rare), Some(weight)].into_iter().chain(family.measures.iter().map(measure).take(3)).flatten();
    parts.collect::<Vec<_>>().join(" · ")
}

/// A draw's numbers in the order of the plan's columns; the middle of nowhere where one is missing.
fn row_of(plan: &Plan, values: &BTreeMap<String, f64>) -> Vec<f64> {
    plan.columns().names().map(|name| values.get(name).copied().unwrap_or(0.0)).collect()
}

/// The two laws of a parameter, given the shown draw where they depend on it.
fn laws(plan: Option<&Plan>, at: usize, row: Option<&[f64]>) -> Option<(Law, Law)> {
    let row = row.unwrap_or_default();
    Some((plan?.nominal_given(at, row).ok()?, plan?.drawn_from_given(at, row).ok()?))
}

fn parameter_view(parameter: &family::Parameter, laws: Option<(Law, Law)>, value: Option<f64>) -> view::Parameter {
    let base = view::Parameter {
        name: parameter.name.clone(),
        unit: parameter.unit.clone(),
        role: role_view(parameter.role),
        value: value.unwrap_or_default(),
        nominal_value: value.unwrap_or_default(),
        decimals: 3,
        nominal: Vec::new(),
        proposal: Vec::new(),
        handles: [0.0, 0.0],
        tails: [0.0, 0.0],
        range: [0.0, 0.0],
        about: parameter.about.clone(),
        finding: None,
    };
    let Some((nominal, drawn)) = laws else { return base };
    let range = hull(nominal.shown_range(), drawn.shown_range());
    let centre = nominal.median();
    view::Parameter {
        value: value.unwrap_or(centre),
        nominal_value: centre,
        decimals: decimals(range),
        nominal: density(&nominal, range),
        proposal: parameter.proposal.as_ref().map_or_else(Vec::new, |_| density(&drawn, range)),
        handles: [drawn.quantile(0.05), drawn.quantile(0.95)],
        tails: [nominal.quantile(0.01), nominal.quantile(0.99)],
        range,
        ..base
    }
}

/// A role as the screens know it.
pub(super) fn role_view(role: Role) -> view::ParameterRole {
    match role {
        Role::Cause => view::ParameterRole::Cause,
        Role::Nuisance => view::ParameterRole::Nuisance,
        Role::Sensor => view::ParameterRole::Sensor,
    }
}

fn hull(a: (f64, f64), b: (f64, f64)) -> [f64; 2] {
    [a.0.min(b.0), a.1.max(b.1)]
}

/// Enough decimals that a hundredth of the range is seen.
fn decimals([low, high]: [f64; 2]) -> usize {
    let width = high - low;
    if width <= 0.0 { 3 } else { (2.0 - width.log10().floor()).clamp(0.0, 5.0) as usize }
}

/// The density as points over `range`; spikes of the height of their share where it is discrete.
fn density(law: &Law, range: [f64; 2]) -> Vec<[f64; 2]> {
    if law.is_discrete() {
        let narrow = (range[1] - range[0]).max(1e-9) * 0.004;
        let spike = |value: f64| {
            let share = law.density(value);
            [[value - narrow, 0.0], [value - narrow, share], [value + narrow, share], [value + narrow, 0.0]]
        };
        return law.atoms().into_iter().map(|(value, _)| value).flat_map(spike).collect();
    }
    let step = (range[1] - range[0]) / (DENSITY_POINTS - 1) as f64;
    let points = (0..DENSITY_POINTS).map(|at| range[0] + at as f64 * step);
    points.map(|x| [x, law.density(x)]).collect()
}

fn timeline(document: &Document, family: &Family, preview: &PreviewState<'_>) -> Timeline {
    let values = preview.shown.map(|(preview, ..)| &preview.draw.values);
    let prepared = document.prepared();
    let plan = prepared.as_ref().and_then(|prepared| prepared.plan.as_ref());
    let row = plan.zip(values).map(|(plan, values)| {
        let mut values = values.clone();
        values.extend(document.pinned().iter().map(|(name, value)| (name.clone(), *value)));
        row_of(plan, &values)
    });
    let number = |bound: &Bound| bound.bind(plan?.scope(), "s").ok()?.number(row.as_deref()?).ok();
    let event = |event: &family::Event| {
        let start_s = number(event.at_s.as_ref()?)? + number(&event.delay_s).unwrap_or(0.0);
        let over_s = number(&event.over_s).unwrap_or(0.0);
        let end_s = (over_s > 0.0).then_some(start_s + over_s);
        Some(TimelineEvent { label: event.name.replace('_', " "), start_s, end_s, movable: true })
    };
    let touches = preview.shown.map_or_else(Vec::new, |(preview, ..)| {
        let hand = preview
            .episode
            .contacts
            .iter()
            .filter(|touch| [&touch.a, &touch.b].iter().any(|name| name.contains("arm")));
        hand.map(|touch| [touch.begin_s, touch.end_s]).collect()
    });
    Timeline {
        length_s: family.clock.duration_s,
        rate_hz: family.clock.frame_rate_hz,
        now_s: document.time_s,
        playing: document.speed != 0.0,
        events: family.events.iter().filter_map(event).collect(),
        contacts: touches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Distribution;

    #[test]
    fn decimals_follow_the_range() {
        assert_eq!(decimals([0.0, 0.1]), 3, "centimetres");
        assert_eq!(decimals([0.0, 120.0]), 0, "degrees");
        assert_eq!(decimals([2.0, 2.0]), 3, "a constant");
    }

    #[test]
    fn densities_cover_the_range() {
        let points =
            density(&Law::new(&Distribution::Uniform { low: 0.0, high: 2.0 }, None).expect("a law"), [0.0, 2.0]);
        assert_eq!((points.len(), points[0][1], points[96][0]), (DENSITY_POINTS, 0.5, 2.0), "flat at a half");
    }
}
