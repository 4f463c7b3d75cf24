//! What the Author workspace shows, from the document and the live workers' last answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::TextureId;

use crate::app::author::{self, Acceptance, RareShare};
use crate::app::channel;
use crate::app::many::Pool;
use crate::app::stage::StageView;
use crate::app::theme;
use crate::app::view::{self, AuthorView, Came, ContactSheet, Many, PictureState, Timeline, TimelineEvent};
use crate::family::{self, Bound, Family, Role, Scope, Severity};
use crate::render::Channel;
use crate::run::inside;
use crate::run::preview::Preview;
use crate::world;

use super::document::Document;
use super::looks::Look;
use super::prepared::Prepared;

/// What is known of many draws of the family: values and outcomes, and what the requirements do.
#[derive(Default)]
pub(super) struct Known {
    /// Values and outcomes.
    pub(super) pool: Option<Arc<Pool>>,
    /// What the requirements do.
    pub(super) acceptance: Option<Arc<Acceptance>>,
    /// ln weights of the pool's draws; empty where they are not known.
    pub(super) ln_weights: Arc<[f64]>,
}

/// The preview's last answer as a picture, and whether a newer one is on its way.
pub(super) struct PreviewState<'a> {
    /// The last good answer.
    pub(super) shown: Option<(&'a Preview, TextureId, [u32; 2], f64)>,
    /// Why the newest question has no answer.
    pub(super) error: Option<&'a str>,
    /// A newer answer is on its way.
    pub(super) stale: bool,
    /// The body that the camera of the last good answer is in.
    pub(super) inside: Option<&'a str>,
}

/// Everything that the workspace shows.
pub(super) fn author(
    document: &Document,
    preview: &PreviewState<'_>,
    (sheet, many): (ContactSheet, Many),
    known: &Known,
) -> AuthorView {
    let Some(family) = document.shown_family() else { return nothing() };
    let mut values = preview.shown.map_or_else(BTreeMap::new, |(preview, ..)| preview.draw.values.clone());
    values.extend(document.pinned().iter().map(|(name, value)| (name.clone(), *value)));
    let prepared = document.prepared_of(family);
    let mut looks = prepared.looks.borrow_mut();
    let names = Arc::clone(&looks.names);
    looks.turn_to(family, prepared.plan(), names.row(&values));
    let parameters = family.parameters.iter().enumerate().map(|(at, parameter)| {
        let view = parameter_view(parameter, looks.parameter(at), values.get(&parameter.name).copied());
        view::Parameter { finding: finding_of(&prepared.findings, at), ..view }
    });
    let parameters = parameters.collect();
    let inside = preview.inside.map(|body| format!("camera.eye_m: {}", inside::camera_sentence(body)));
    let homeless = prepared.findings.iter().filter(|finding| author::Face::of_field(&finding.field).is_none());
    let selected = document.parameter.as_deref();
    let near = selected.and_then(|name| looks.selected(family, name));
    let question = author::Question {
        family,
        findings: &prepared.findings,
        values,
        measured: preview.shown.map_or_else(BTreeMap::new, |(preview, ..)| preview.episode.measures.clone()),
        begun: begun(preview),
        selected,
        acceptance: known.acceptance.clone(),
        rare: known.pool.as_ref().and_then(|pool| rare_share(pool, &known.ln_weights)),
        marks: selected.zip(known.pool.as_ref()).map(|(name, pool)| marks(pool, name)).unwrap_or_default(),
        inherited: inherited(document, family, &prepared),
    };
    let mut inspected = author::inspect_with(question, &names, near);
    let refused = document.refused.as_ref().filter(|(of, ..)| *of == family.id);
    inspected.real = super::lab::fit_set(document).map(str::to_owned);
    inspected.refused = refused.map(|(_, thing, why)| (thing.clone(), why.clone()));
    AuthorView {
        family: family.title.clone(),
        about: family.card.rare_event.clone(),
        preview: picture(document, preview),
        channels: Channel::ALL.iter().map(|channel| channel::word(*channel).to_owned()).collect(),
        parameters,
        selected: document.parameter.clone(),
        timeline: timeline(document, family, preview, (&*names.scope, looks.row(), &inspected.begun)),
        sheet,
        many,
        findings: inside.into_iter().chain(homeless.map(sentence)).collect(),
        outcome: preview
            .shown
            .map_or_else(String::new, |(preview, ..)| outcome_line(family, preview, document.pinned().len())),
        card: card(family),
        inspected: Some(inspected),
        stage: StageView::default(),
    }
}

/// What a variant has of its own.
fn inherited(document: &Document, family: &Family, prepared: &Prepared) -> Option<Arc<author::Inherited>> {
    let study = document.study();
    let base = study.family(family.extends.as_deref()?)?;
    Some(prepared.inherited(study.variants.get(&family.id)?, base))
}

/// What is wrong with the parameter `at`, first of all.
fn finding_of(findings: &[family::Finding], at: usize) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let mine = format!("parameters[{at}].");
    findings.iter().find(|finding| finding.field.starts_with(&mine)).map(|finding| finding.text.clone())
}

/// When each event began in the shown episode: as the picture, it stays while a newer one is on its way.
fn begun(preview: &PreviewState<'_>) -> BTreeMap<String, Option<f64>> {
    let events = preview.shown.into_iter().flat_map(|(preview, ..)| &preview.episode.events);
    events.map(|event| (event.name.clone(), event.at_s)).collect()
}

fn sentence(finding: &family::Finding) -> String {
    let weight = match finding.severity {
        Severity::Error => "",
        Severity::BlocksExport => "Blocks export: ",
        Severity::Advice => "Advice: ",
    };
    format!("{weight}{}: {}", finding.field, finding.text)
}

/// How often the rare event happened among the pool's simulated draws.
fn rare_share(pool: &Pool, ln_weights: &[f64]) -> Option<RareShare> {
    let known: Vec<(usize, bool)> =
        pool.rare.iter().enumerate().filter_map(|(row, rare)| Some((row, (*rare)?))).collect();
    let n = known.len();
    if n == 0 {
        return None;
    }
    let of_draws = known.iter().filter(|(_, rare)| *rare).count() as f64 / n as f64;
    let weights: Option<Vec<(f64, bool)>> =
        known.iter().map(|(row, rare)| Some((libm::exp(*ln_weights.get(*row)?), *rare))).collect();
    let of_reality = weights.and_then(|weights| {
        let all: f64 = weights.iter().map(|(weight, _)| weight).sum();
        let rare: f64 = weights.iter().filter(|(_, rare)| *rare).map(|(weight, _)| weight).sum();
        (all > 0.0).then_some(rare / all)
    });
    Some(RareShare { n, of_draws, of_reality })
}

/// Values of a parameter in simulated draws: with the rare event, and without.
fn marks(pool: &Pool, name: &str) -> [Vec<f64>; 2] {
    let Some(column) = pool.column(name) else { return Default::default() };
    let of = |wanted: bool| {
        let rows = pool.rare.iter().enumerate().filter(move |(_, rare)| **rare == Some(wanted));
        rows.filter_map(|(row, _)| column.value(row)).collect()
    };
    [of(true), of(false)]
}

/// The workspace without a family.
pub(super) fn nothing() -> AuthorView {
    AuthorView {
        family: "No family".to_owned(),
        about: String::new(),
        preview: view::Picture {
            texture: None,
            origin: view::Origin::Synthetic,
            channel: channel::word(Channel::Colour).to_owned(),
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
        inspected: None,
        stage: StageView::default(),
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

fn picture(document: &Document, preview: &PreviewState<'_>) -> view::Picture {
    let live = if document.stage.live.is_some() { " · live" } else { "" };
    let free = if document.stage.orbit.is_some() { " · free camera" } else { "" };
    let caption =
        preview.shown.map(|(preview, _, _, time_s)| format!("draw {} · {time_s:.2} s{live}{free}", preview.draw.index));
    let state = match (preview.error, preview.shown, preview.stale) {
        (Some(error), ..) => PictureState::Failed(error.to_owned()),
        (None, None, _) => PictureState::Loading("Simulating the first draw".to_owned()),
        // The last good picture stays without a veil: at interactive rates a flickering sign would only disturb.
        _ => PictureState::Ready,
    };
    view::Picture {
        texture: preview.shown.map(|(_, texture, size, _)| (texture, size)),
        origin: view::Origin::Synthetic,
        channel: channel::word(document.channel).to_owned(),
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
        (measure.name != family.rare_event && !measure.unit.is_empty())
            .then(|| format!("{} {}", measure.name, theme::shown(*value, &measure.unit)))
    };
    let rare = format!("{}: {}", family.rare_event, if episode.rare { "yes" } else { "no" });
    let weight = if n_pinned == 0 {
        format!("weight {}", theme::figures(preview.draw.weight()))
    } else {
        format!("{n_pinned} set by hand")
    };
    // Before the measures, because it says how far they can be believed.
    let beyond = preview.draw.extrapolated(family);
    let beyond = (!beyond.is_empty()).then(|| format!("beyond the real data: {}", beyond.join(", ")));
    let said = [Some(rare), Some(weight), beyond];
    let parts = said.into_iter().chain(family.measures.iter().map(measure).take(3)).flatten();
    parts.collect::<Vec<_>>().join(" · ")
}

fn parameter_view(parameter: &family::Parameter, look: Option<&Look>, value: Option<f64>) -> view::Parameter {
    let base = view::Parameter {
        name: parameter.name.clone(),
        unit: parameter.unit.clone(),
        role: role_view(parameter.role),
        value: value.unwrap_or_default(),
        nominal_value: value.unwrap_or_default(),
        decimals: 3,
        nominal: Arc::default(),
        proposal: Arc::default(),
        range: [0.0, 0.0],
        about: parameter.about.clone(),
        finding: None,
    };
    let Some(look) = look else { return base };
    let value = value.unwrap_or(look.median);
    // A value set by hand may lie between whole numbers, and then it shows.
    let is_whole = look.is_whole && value.fract() == 0.0;
    view::Parameter {
        value,
        nominal_value: look.median,
        decimals: if is_whole { 0 } else { decimals(look.range) },
        nominal: Arc::clone(&look.nominal),
        proposal: Arc::clone(&look.proposal),
        range: look.range,
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

/// Enough decimals that a hundredth of the range is seen.
fn decimals([low, high]: [f64; 2]) -> usize {
    let width = high - low;
    if width <= 0.0 { 3 } else { (2.0 - width.log10().floor()).clamp(0.0, 5.0) as usize }
}

fn timeline(
    document: &Document,
    family: &Family,
    preview: &PreviewState<'_>,
    (scope, row, begun): (&Scope, &[f64], &BTreeMap<String, Option<f64>>),
) -> Timeline {
    let number = |bound: &Bound| bound.bind(scope, "s").ok()?.number(row).ok();
    let event = |(index, event): (usize, &family::Event)| {
        let label = event.name.replace('_', " ");
        let over_s = number(&event.over_s).unwrap_or(0.0);
        let (start_s, came) = match (&event.when, begun.get(&event.name)) {
            (None, _) => (number(event.at_s.as_ref()?)? + number(&event.delay_s).unwrap_or(0.0), Came::Yes),
            (Some(_), Some(Some(at_s))) => (*at_s, Came::Yes),
            (Some(_), Some(None)) => (0.0, Came::No),
            (Some(_), None) => (0.0, Came::Unknown),
        };
        let end_s = (over_s > 0.0 && came == Came::Yes).then_some(start_s + over_s);
        Some(TimelineEvent {
            label,
            start_s,
            end_s,
            movable: event.when.is_none(),
            index,
            when: event.when.clone(),
            came,
        })
    };
    let touches = preview.shown.map_or_else(Vec::new, |(preview, ..)| touches(&preview.episode.contacts));
    Timeline {
        length_s: family.clock.duration_s,
        rate_hz: family.clock.frame_rate_hz,
        now_s: document.time_s,
        playing: document.speed != 0.0,
        events: family.events.iter().enumerate().filter_map(event).collect(),
        contacts: touches,
    }
}

/// The touches that tell something: of arms and feet with anything, and of whoever drives with anything but what it drives on.
fn touches(contacts: &[world::Contact]) -> Vec<view::Touch> {
    let tells = |thing: &str, other: &str| {
        thing.contains("arm") || thing.ends_with("foot") || thing == "ego" && !matches!(other, "ground" | "road")
    };
    let of = |touch: &world::Contact| {
        let sides = [(&touch.a, &touch.b), (&touch.b, &touch.a)];
        let (thing, _) = sides.into_iter().find(|(thing, other)| tells(thing, other))?;
        Some(view::Touch { thing: thing.replace('_', " "), span_s: [touch.begin_s, touch.end_s] })
    };
    contacts.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feet_stand_on_the_timeline_and_wheels_on_the_road_do_not() {
        let touch = |a: &str, b: &str| world::Contact {
            a: a.to_owned(),
            b: b.to_owned(),
            begin_s: 0.5,
            end_s: 1.0,
            force_max_n: 9.0,
            tangential_max_n: 3.0,
            at_m: [0.0; 3],
        };
        let all =
            [touch("floor", "left_foot"), touch("canister", "right_arm"), touch("ego", "ground"), touch("ego", "lead")];
        let found: Vec<String> = touches(&all).into_iter().map(|touch| touch.thing).collect();
        assert_eq!(found, ["left foot", "right arm", "ego"]);
    }

    #[test]
    fn decimals_follow_the_range() {
        assert_eq!(decimals([0.0, 0.1]), 3, "centimetres");
        assert_eq!(decimals([0.0, 120.0]), 0, "degrees");
        assert_eq!(decimals([2.0, 2.0]), 3, "a constant");
    }

    #[test]
    fn a_count_is_shown_without_decimals() {
        use crate::family::Distribution;
        let shown = |of: &Distribution, value: Option<f64>| {
            let family =
                Family { parameters: vec![family::Parameter::new("n", "", of)], ..Family::new("f", "F", "tabletop") };
            let plan = family::Plan::new(&family).expect("sound");
            let mut looks = super::super::looks::Looks::new(&family);
            looks.turn_to(&family, Some(&plan), vec![0.0]);
            parameter_view(&family.parameters[0], looks.parameter(0), value).decimals
        };
        let count = Distribution::Integer { low: 0.0, high: 5.0 };
        assert_eq!(shown(&count, Some(3.0)), 0);
        assert_eq!(shown(&count, None), 0, "its median");
        assert!(shown(&count, Some(2.5)) > 0, "set by hand between two");
        assert!(shown(&Distribution::Poisson { mean: 2.0 }, Some(0.0)) == 0);
        assert!(shown(&Distribution::Uniform { low: 0.0, high: 5.0 }, Some(3.0)) > 0, "not a count");
    }

    #[test]
    fn the_rare_share_is_weighted() {
        let unknown = [Some(true), Some(false), Some(false), None];
        let pool = Pool { rare: Arc::new(unknown), ..Pool::default() };
        let found = rare_share(&pool, &[0.0, libm::log(4.0), libm::log(5.0), 0.0]).expect("simulated");
        assert_eq!((found.n, found.of_draws), (3, 1.0 / 3.0));
        assert!((found.of_reality.expect("weights") - 0.1).abs() < 1e-12, "one in ten");
        assert_eq!(rare_share(&pool, &[]).expect("simulated").of_reality, None, "weights are not known");
        assert_eq!(rare_share(&Pool::default(), &[]), None);
    }
}
