//! What the Compare workspace shows.

use std::sync::Arc;

use eframe::egui::{Rect, TextureId, pos2};

use crate::app::command::Command;
use crate::app::many::TilePicture;
use crate::app::view::{
    self, CompareView, ContactSheet, Histogram, Metric, Picture, PictureState, Tile, Timeline, Told,
};
use crate::data::{Origin, Set};
use crate::run::compare::Comparison;
use crate::run::import;
use crate::study::SetRef;

use super::document::Document;
use super::intake::OPENING;
use super::pairs::{PairShown, SideAsk, SideShown};

/// Textures of the shown pair.
#[derive(Clone, Copy, Default)]
pub(super) struct PairTextures {
    /// The real frame.
    pub(super) real: Option<TextureId>,
    /// The synthetic frame.
    pub(super) synthetic: Option<TextureId>,
    /// Their difference.
    pub(super) difference: Option<TextureId>,
}

/// Everything that the workspace shows.
pub(super) fn compare(
    document: &Document,
    shown: Option<&PairShown>,
    textures: PairTextures,
    thumbnails: &[TextureId],
) -> CompareView {
    let name = |name: &Option<String>, kind: &str| name.clone().unwrap_or_else(|| format!("no {kind} set"));
    let side = |set: Option<&SetRef>, side: Option<&Result<SideShown, String>>, texture, empty: (&str, Command)| {
        picture(document, set, side, texture, empty)
    };
    let comparison = document.comparison.as_deref();
    // A picture of a set that is no longer chosen must not stand under the chosen one's name.
    let is_of = |ask: Option<&SideAsk>, chosen: Option<&String>| {
        let set = chosen.and_then(|name| document.set(name));
        ask.zip(set).is_some_and(|(ask, set)| Arc::ptr_eq(&ask.set, set))
    };
    let shown_real = shown.filter(|shown| is_of(shown.ask.real.as_ref(), document.real.as_ref()));
    let shown_made = shown.filter(|shown| is_of(shown.ask.synthetic.as_ref(), document.synthetic.as_ref()));
    let both = shown_real.is_some() && shown_made.is_some();
    CompareView {
        real_set: name(&document.real, "real"),
        synthetic_set: name(&document.synthetic, "synthetic"),
        real: side(
            document.real_ref(),
            shown_real.and_then(|shown| shown.real.as_ref()),
            textures.real,
            ("A real frame appears here once a real set is taken in", Command::OpenRealDataset),
        ),
        synthetic: side(
            document.synthetic_ref(),
            shown_made.and_then(|shown| shown.synthetic.as_ref()),
            textures.synthetic,
            ("A synthetic frame appears here once a set is generated", Command::GenerateSet),
        ),
        difference: textures.difference.filter(|_| both),
        pairs: pair_sheet(document, thumbnails),
        metrics: comparison.map_or_else(Vec::new, metrics),
        features: comparison.map_or_else(Vec::new, features),
        told: comparison.map_or_else(Vec::new, told),
        selected: document.metric.clone().or_else(|| comparison.map(|found| found.distance.measure.name().to_owned())),
        scatter: Vec::new(),
        timeline: timeline(document, shown_real.or(shown_made)),
        histograms: comparison.map_or_else(Vec::new, histograms),
        note: comparison.map_or_else(String::new, note),
    }
}

/// The workspace without sets.
pub(super) fn nothing() -> CompareView {
    let empty = |origin| Picture {
        texture: None,
        origin,
        channel: "Colour".to_owned(),
        caption: String::new(),
        state: PictureState::Empty("Open a study first".to_owned(), Some(Command::Open)),
        pixels: None,
    };
    CompareView {
        real_set: String::new(),
        synthetic_set: String::new(),
        real: empty(view::Origin::Real),
        synthetic: empty(view::Origin::Synthetic),
        difference: None,
        pairs: ContactSheet::default(),
        metrics: Vec::new(),
        features: Vec::new(),
        told: Vec::new(),
        selected: None,
        scatter: Vec::new(),
        timeline: Timeline::default(),
        histograms: Vec::new(),
        note: String::new(),
    }
}

/// For the view.
pub(super) fn origin(origin: Origin) -> view::Origin {
    match origin {
        Origin::Real => view::Origin::Real,
        Origin::Synthetic => view::Origin::Synthetic,
        Origin::StandIn => view::Origin::StandIn,
    }
}

fn picture(
    document: &Document,
    set: Option<&SetRef>,
    shown: Option<&Result<SideShown, String>>,
    texture: Option<TextureId>,
    (words, command): (&str, Command),
) -> Picture {
    let fallback = if command == Command::GenerateSet { view::Origin::Synthetic } else { view::Origin::Real };
    let mut picture = Picture {
        texture: None,
        origin: set.map_or(fallback, |set| origin(set.origin)),
        channel: "Colour".to_owned(),
        caption: String::new(),
        state: PictureState::Empty(words.to_owned(), Some(command)),
        pixels: None,
    };
    let Some(set) = set else { return picture };
    picture.state = PictureState::Loading("Opening the set".to_owned());
    if let Some(Err(error)) = document.sets.get(&set.name)
        && error != OPENING
    {
        picture.state = PictureState::Failed(error.clone());
    }
    match shown {
        Some(Ok(side)) => {
            picture.channel = format!("Colour · {}", short_camera(&side.camera));
            picture.caption = format!(
                "episode {} · frame {} of {} · {:.2} s",
                side.episode,
                side.frame + 1,
                side.n_frames,
                side.time_s
            );
            picture.texture = texture.map(|texture| (texture, [side.pixels.width, side.pixels.height]));
            picture.pixels = Some(Arc::clone(&side.pixels));
            picture.state = PictureState::Ready;
        }
        Some(Err(error)) => picture.state = PictureState::Failed(error.clone()),
        None => {}
    }
    picture
}

/// `observation.images.cam_high` is `cam_high` to people.
fn short_camera(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Positions of the episodes that face each other: the visible real ones, each with a synthetic one in turn.
pub(super) fn pairs(document: &Document) -> Vec<(usize, usize)> {
    let (Some(real), Some(made)) = (document.real_ref(), document.synthetic_ref()) else { return Vec::new() };
    let (Some(real_set), Some(made_set)) = (document.set(&real.name), document.set(&made.name)) else {
        return Vec::new();
    };
    pair_up(&import::visible_episodes(real_set, real), &import::visible_episodes(made_set, made))
}

/// The longer side in order, the shorter one repeated.
fn pair_up(a: &[usize], b: &[usize]) -> Vec<(usize, usize)> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    (0..a.len().max(b.len())).map(|at| (a[at % a.len()], b[at % b.len()])).collect()
}

fn pair_sheet(document: &Document, thumbnails: &[TextureId]) -> ContactSheet {
    let pairs = pairs(document);
    let id =
        |set: Option<&Arc<Set>>, at: usize| set.and_then(|set| set.episodes.get(at)).map_or(0, |episode| episode.id);
    let real = document.real.as_deref().and_then(|name| document.set(name));
    let made = document.synthetic.as_deref().and_then(|name| document.set(name));
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let tile = |(at, (a, b)): (usize, &(usize, usize))| Tile {
        draw: at as u64,
        uv: whole,
        texture: thumbnails.get(at).copied(),
        picture: if thumbnails.get(at).is_some() { TilePicture::Ready } else { TilePicture::Waiting },
        outcome: format!("real episode {} beside draw {}", id(real, *a), id(made, *b)),
        ..Tile::default()
    };
    let summary = if pairs.is_empty() {
        String::new()
    } else {
        format!("{} pairs, matched by order; real left, synthetic right", pairs.len())
    };
    ContactSheet {
        atlas: None,
        aspect: 8.0 / 3.0,
        tiles: pairs.iter().enumerate().map(tile).collect(),
        selected: Some(document.pair as u64),
        summary,
        ..ContactSheet::default()
    }
}

fn timeline(document: &Document, shown: Option<&PairShown>) -> Timeline {
    let side =
        shown.and_then(|shown| shown.real.as_ref().or(shown.synthetic.as_ref())).and_then(|side| side.as_ref().ok());
    let n_frames = side.map_or(1, |side| side.n_frames);
    let rate_hz = side.map_or(1.0, |side| side.fps);
    let length_s = f64::from(n_frames.saturating_sub(1)) / rate_hz;
    Timeline {
        length_s,
        rate_hz,
        now_s: document.pair_share * length_s,
        playing: document.speed != 0.0,
        events: Vec::new(),
        contacts: Vec::new(),
    }
}

/// What is said of it, with the parameters that can be opened.
fn told(found: &Comparison) -> Vec<Told> {
    // quotes are for the terminal
    let sentences = found.sentences.iter().map(|sentence| Told::from(sentence.replace('`', "").as_str()));
    let causes = found
        .causes()
        .map(|cause| Told { text: cause.sentence, parameter: Some((found.family.clone(), cause.parameter)) });
    sentences.chain(causes).collect()
}

fn note(found: &Comparison) -> String {
    let mut parts: Vec<String> = found.distance.caveat.iter().cloned().collect();
    parts.extend(found.hidden.iter().cloned());
    parts.push("A diagnosis: it explains, it never accepts a pack.".to_owned());
    parts.join("\n")
}

/// What the first side is, inside a sentence.
fn reference_word(found: &Comparison) -> &'static str {
    if found.origins[0] == Origin::StandIn { "stand-in" } else { "real" }
}

/// Whether a feature is of one cell of the picture's grid (`luminance_r1c2`): sixteen of a kind say less than their sum.
fn is_of_one_cell(name: &str) -> bool {
    let tail: Vec<char> = name.chars().rev().take(5).collect();
    matches!(tail.as_slice(), [column, 'c', row, 'r', '_'] if column.is_ascii_digit() && row.is_ascii_digit())
}

fn metrics(found: &Comparison) -> Vec<Metric> {
    let distance = &found.distance;
    let word = reference_word(found);
    let on = format!(
        "On {}, standardised over both sets: {} {word} frames of {} episodes against {} synthetic frames of {} draws.",
        distance.features, distance.n_x, distance.groups_x, distance.n_y, distance.groups_y
    );
    let whole = |distance: &crate::drift::Distance| Metric {
        name: distance.measure.name().to_owned(),
        value: distance.value,
        null: Some([distance.null_low, distance.null_high]),
        interval: distance.interval.map(|interval| [interval.low, interval.high]),
        groups: (distance.groups_x + distance.groups_y) as u64,
        about: format!(
            "{} {on} Chance: {} labellings of whole episodes.",
            distance.measure.about(),
            distance.permutations
        ),
        histogram: luminance(found),
        p: Some(distance.p),
        caveat: distance.caveat.clone(),
    };
    found.distances().map(whole).collect()
}

/// Single features, but for cells of the grid.
fn features(found: &Comparison) -> Vec<Metric> {
    let (distance, word) = (&found.distance, reference_word(found));
    let feature = |difference: &crate::drift::FeatureDifference| Metric {
        name: difference.name.clone(),
        value: difference.cliffs_delta,
        null: None,
        interval: None,
        groups: (distance.groups_x + distance.groups_y) as u64,
        about: format!(
            "Cliff's delta of `{}`: 0 is no difference, 1 means every synthetic frame lies above every {word} one. Means: {word} {:.3}, synthetic {:.3}. \
             p is by permutation of whole episodes, adjusted for looking at all features.",
            difference.name, difference.mean_x, difference.mean_y
        ),
        histogram: luminance(found),
        p: Some(difference.p_adjusted),
        caveat: None,
    };
    found.differences.iter().filter(|difference| !is_of_one_cell(&difference.name)).take(9).map(feature).collect()
}

/// 256 bins as 64.
fn merged(bins: &[f64]) -> Vec<f64> {
    bins.chunks(4).map(|bin| bin.iter().sum()).collect()
}

/// Two shares of 256 bins as 64 bins, over 0 to 255.
fn histogram(found: &Comparison, title: &str, real: &[f64], synthetic: &[f64]) -> Histogram {
    Histogram {
        title: title.to_owned(),
        unit: "of 255".to_owned(),
        reference: if found.origins[0] == Origin::StandIn { "Stand-in".to_owned() } else { String::new() },
        edges: (0..=64).map(|at| f64::from(at * 4)).collect(),
        real: merged(real),
        synthetic: merged(synthetic),
    }
}

fn luminance(found: &Comparison) -> Histogram {
    histogram(found, "Luminance", &found.luminance[0], &found.luminance[1])
}

fn histograms(found: &Comparison) -> Vec<Histogram> {
    let colour = |title: &str, at: usize| histogram(found, title, &found.colours[0][at], &found.colours[1][at]);
    vec![luminance(found), colour("Red", 0), colour("Green", 1), colour("Blue", 2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_side_repeats() {
        assert_eq!(pair_up(&[0, 2], &[5, 6, 7]), [(0, 5), (2, 6), (0, 7)], "real repeats");
        assert!(pair_up(&[], &[1]).is_empty(), "one side empty");
    }

    #[test]
    fn cells_of_the_grid_are_told_from_whole_pictures() {
        assert!(is_of_one_cell("luminance_r1c2"), "a cell");
        assert!(!is_of_one_cell("luminance_mean") && !is_of_one_cell("r"), "whole pictures");
    }

    #[test]
    fn bins_merge_without_loss() {
        let shares = vec![1.0 / 256.0; 256];
        let merged = merged(&shares);
        assert_eq!(merged.len(), 64, "bins");
        assert!((merged.iter().sum::<f64>() - 1.0).abs() < 1e-12, "shares stay");
    }
}
