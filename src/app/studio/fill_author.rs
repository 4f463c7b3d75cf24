//! What the Author workspace shows, from the document and the live workers' last answers.

use eframe::egui::{Rect, TextureId, pos2};

use crate::app::theme;
use crate::app::view::{self, AuthorView, ContactSheet, PictureState, Tile, Timeline, TimelineEvent};
use crate::app::widgets::contact_sheet::atlas_uv;
use crate::family::distribution::full_turn;
use crate::family::{self, Bound, Distribution, Family, Law, Role, Severity};
use crate::render::Channel;
use crate::run::check;
use crate::run::preview::Preview;
use crate::sample::{Normalisation, estimate};

use super::document::Document;
use super::live::{SHEET_COLUMNS, SHEET_ROWS, SheetShown};

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
pub(super) fn author(document: &Document, preview: &PreviewState<'_>, sheet: ContactSheet) -> AuthorView {
    let Some(family) = document.shown_family() else { return nothing() };
    let values = preview.shown.map(|(preview, ..)| &preview.draw.values);
    let parameters = family.parameters.iter().map(|parameter| {
        let value = document.pinned().get(&parameter.name).or_else(|| values?.get(&parameter.name));
        parameter_view(parameter, value.copied())
    });
    let findings = check::findings(family);
    let sentence = |finding: &family::Finding| {
        let weight = if finding.severity == Severity::Error { "" } else { "Blocks export: " };
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
        findings: findings.iter().map(sentence).collect(),
        outcome: preview.shown.map_or_else(String::new, |(preview, ..)| outcome_line(family, preview, document)),
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

fn outcome_line(family: &Family, preview: &Preview, document: &Document) -> String {
    let episode = &preview.episode;
    let measure = |measure: &family::Measure| {
        let value = episode.measures.get(&measure.name)?;
        let unit = if measure.unit.is_empty() { String::new() } else { format!("\u{2009}{}", measure.unit) };
        (measure.name != family.rare_event && !measure.unit.is_empty())
            .then(|| format!("{} {value:.3}{unit}", measure.name))
    };
    let rare = format!("{}: {}", family.rare_event, if episode.rare { "yes" } else { "no" });
    let weight = if document.pinned().is_empty() {
        format!("weight {}", theme::figures(preview.draw.weight()))
    } else {
        format!("{} pinned", document.pinned().len())
    };
    let parts = [Some(rare), Some(weight)].into_iter().chain(family.measures.iter().map(measure).take(3)).flatten();
    parts.collect::<Vec<_>>().join(" · ")
}

fn parameter_view(parameter: &family::Parameter, value: Option<f64>) -> view::Parameter {
    // A distribution that makes no sense has a finding of its own and is shown empty.
    let law = |distribution: &Distribution| Law::new(distribution, full_turn(&parameter.unit)).ok();
    let nominal = law(&parameter.nominal);
    let proposal = parameter.proposal.as_ref().and_then(law);
    let drawn = proposal.as_ref().or(nominal.as_ref());
    let shown = |law: &Law| law.shown_range();
    let range = hull(nominal.as_ref().map_or((0.0, 0.0), shown), drawn.map_or((0.0, 0.0), shown));
    let quantile = |law: Option<&Law>, u: f64| law.map_or(0.0, |law| law.quantile(u));
    let centre = quantile(nominal.as_ref(), 0.5);
    let points = |law: Option<&Law>| law.map_or_else(Vec::new, |law| density(law, range));
    view::Parameter {
        name: parameter.name.clone(),
        unit: parameter.unit.clone(),
        role: match parameter.role {
            Role::Cause => view::ParameterRole::Cause,
            Role::Nuisance => view::ParameterRole::Nuisance,
            Role::Sensor => view::ParameterRole::Sensor,
        },
        value: value.unwrap_or(centre),
        nominal_value: centre,
        decimals: decimals(range),
        nominal: points(nominal.as_ref()),
        proposal: points(proposal.as_ref()),
        handles: [quantile(drawn, 0.05), quantile(drawn, 0.95)],
        tails: [quantile(nominal.as_ref(), 0.01), quantile(nominal.as_ref(), 0.99)],
        range,
        about: parameter.about.clone(),
        finding: None,
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
        let spike = |(value, share): (f64, f64)| {
            [[value - narrow, 0.0], [value - narrow, share], [value + narrow, share], [value + narrow, 0.0]]
        };
        return law.atoms().into_iter().flat_map(spike).collect();
    }
    let step = (range[1] - range[0]) / (DENSITY_POINTS - 1) as f64;
    let points = (0..DENSITY_POINTS).map(|at| range[0] + at as f64 * step);
    points.map(|x| [x, law.density(x)]).collect()
}

fn timeline(document: &Document, family: &Family, preview: &PreviewState<'_>) -> Timeline {
    let values = preview.shown.map(|(preview, ..)| &preview.draw.values);
    let number = |bound: &Bound| match bound {
        Bound::Number(number) => Some(*number),
        Bound::Parameter(name) => document.pinned().get(name).or_else(|| values?.get(name)).copied(),
    };
    let event = |event: &family::Event| {
        let start_s = number(&event.at_s)?;
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

/// The contact sheet's last answer.
pub(super) fn sheet(document: &Document, shown: &SheetShown, atlas: TextureId) -> ContactSheet {
    let Some(family) = document.shown_family() else { return ContactSheet::default() };
    let tile = |(at, preview): (usize, &Result<std::sync::Arc<Preview>, String>)| {
        let draw = shown.ask.from + at as u64;
        let uv = atlas_uv(at, SHEET_COLUMNS as usize, SHEET_ROWS as usize);
        match preview {
            Ok(preview) => Tile {
                draw,
                uv,
                texture: None,
                weight: Some(preview.draw.weight()),
                tipped: preview.episode.rare,
                outcome: outcome_line(family, preview, document),
            },
            Err(error) => Tile {
                draw,
                uv: Rect::from_min_max(pos2(0.0, 0.0), pos2(0.0, 0.0)),
                texture: None,
                weight: None,
                tipped: false,
                outcome: error.clone(),
            },
        }
    };
    let camera = &family.camera;
    ContactSheet {
        atlas: Some(atlas),
        aspect: camera.width_px as f32 / camera.height_px.max(1) as f32,
        tiles: shown.tiles.iter().enumerate().map(tile).collect(),
        selected: Some(document.draw),
        summary: sheet_summary(shown),
    }
}

/// How many show the rare event, and what share of reality that stands for.
fn sheet_summary(shown: &SheetShown) -> String {
    let good: Vec<&Preview> = shown.tiles.iter().filter_map(|tile| tile.as_deref().ok()).collect();
    let hits: Vec<bool> = good.iter().map(|preview| preview.episode.rare).collect();
    let ln_weights: Vec<f64> = good.iter().map(|preview| preview.draw.ln_weight).collect();
    let rare = hits.iter().filter(|hit| **hit).count();
    let counted = format!("{rare} of {} rare", good.len());
    if !shown.ask.scene.pinned.is_empty() {
        return format!("{counted} · values pinned, so no share of reality");
    }
    match estimate(&hits, &ln_weights, Normalisation::SelfNormalised) {
        Some(share) if share.ess_hits >= 10.0 => {
            format!("{counted} · {:.1} % of reality by weight", share.value * 100.0)
        }
        _ => format!("{counted} · too few to say a share of reality"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_range() {
        assert_eq!(decimals([0.0, 0.1]), 3, "centimetres");
        assert_eq!(decimals([0.0, 120.0]), 0, "degrees");
        assert_eq!(decimals([2.0, 2.0]), 3, "a constant");
    }

    #[test]
    fn densities_cover_the_range() {
        let uniform = Law::new(&Distribution::Uniform { low: 0.0, high: 2.0 }, None).expect("a law");
        let points = density(&uniform, [0.0, 2.0]);
        assert_eq!((points.len(), points[0][1], points[96][0]), (DENSITY_POINTS, 0.5, 2.0), "flat at a half");
    }
}
