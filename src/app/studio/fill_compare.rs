//! What the Compare workspace shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Rect, TextureId, pos2};

use crate::app::command::Command;
use crate::app::many::TilePicture;
use crate::app::theme;
use crate::app::view::{
    self, Beside, CompareView, ContactSheet, EvidenceView, Histogram, LabelsView, MapLayout, Matching, Metric, Peek,
    Picture, PictureState, RemarkRow, Scatter, SideChoice, SignalLine, Tile, Timeline, Told,
};
use crate::base::text::unquoted;
use crate::data::Origin;
use crate::drift;
use crate::run::annotations;
use crate::run::compare::{Comparison, FeatureMap};
use crate::run::pairing::{self, EpisodePair, Moment, Pairing, TimeLock};
use crate::stats::Interval;
use crate::study::{PairRemark, SetRef};

use super::beside::{PAGE, PairingShown};
use super::document::Document;
use super::findings;
use super::intake::OPENING;
use super::map::Shaded;
use super::pairs::{PairShown, SideShown};

/// Textures of the shown pair.
#[derive(Clone, Copy, Default)]
pub(super) struct PairTextures {
    /// The two frames.
    pub(super) sides: [Option<TextureId>; 2],
    /// Their difference.
    pub(super) difference: Option<TextureId>,
}

/// What the workers found out.
pub(super) struct Known<'a> {
    /// The pairs of the chosen sets, where they are matched already.
    pub(super) pairing: Option<&'a PairingShown>,
    /// The last pair that was loaded.
    pub(super) shown: Option<&'a PairShown>,
    /// Whether another pairing is on its way.
    pub(super) busy: bool,
    /// The colours of the map.
    pub(super) shaded: Option<&'a Shaded>,
    /// The frame under the pointer on it.
    pub(super) peek: Option<Peek>,
    /// What the probe sees in the shown pair.
    pub(super) evidence: Option<EvidenceView>,
}

/// The shown pair: which two episodes, and where both sides are.
type Shown<'a> = Option<(&'a EpisodePair, Moment)>;

/// Everything that the workspace shows.
pub(super) fn compare(
    document: &Document,
    known: &Known<'_>,
    textures: PairTextures,
    thumbnails: &[TextureId],
) -> CompareView {
    let compared = document.compared();
    let comparison = document.comparison.as_deref();
    // A picture of a set that is no longer chosen must not stand under the chosen one's name.
    let loaded = |side: usize| {
        let shown = known.shown?;
        let set = document.set(&compared[side]?.name)?;
        let ask = shown.ask[side].as_ref()?;
        Arc::ptr_eq(&ask.set, set).then_some(shown)
    };
    let both = loaded(0).is_some() && loaded(1).is_some();
    let pairing = known.pairing.and_then(|shown| shown.pairing.as_ref().ok());
    let pair = pairing.and_then(|pairing| document.shown_pair(pairing));
    let empty = [
        ("A real frame appears here once a real set is taken in", Command::OpenRealDataset),
        ("A synthetic frame appears here once a set is generated", Command::GenerateSet),
    ];
    let side = |at: usize| {
        let shown = loaded(at).and_then(|shown| shown.sides[at].as_ref());
        picture(document, compared[at], (shown, textures.sides[at]), (at, pair.as_ref()), empty[at])
    };
    let timeline = timeline(document, pair);
    CompareView {
        sides: [0, 1].map(|side| side_choice(document, side)),
        matching: matching(document, known),
        reference: side(0),
        other: side(1),
        labels: labels(document, [loaded(0), loaded(1)]),
        evidence: known.evidence.clone().filter(|_| both),
        difference: textures.difference.filter(|_| both),
        signals: [0, 1].map(|side| signal(document, loaded(side), (side, pair.as_ref()), &timeline)),
        audit: findings::audit(document),
        twins: findings::twins(document),
        remarks: remarks(document, pair.as_ref()),
        remark: pair.as_ref().and_then(|(_, moment)| document.remark_at(moment)).map(|remark| row(&remark, true)),
        pairs: pair_sheet(document, pairing, thumbnails),
        metrics: comparison.map_or_else(Vec::new, metrics),
        features: comparison.map_or_else(Vec::new, features),
        measured: comparison.map_or_else(String::new, measured),
        told: comparison.map_or_else(Vec::new, told),
        selected: document.metric.clone(),
        scatter: comparison
            .map_or_else(Scatter::default, |found| scatter(found, document, (pairing, pair.as_ref()), known)),
        timeline,
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
        sides: Default::default(),
        matching: Matching::default(),
        reference: empty(view::Origin::Real),
        other: empty(view::Origin::Synthetic),
        labels: None,
        evidence: None,
        difference: None,
        signals: Default::default(),
        audit: None,
        twins: Default::default(),
        remarks: Vec::new(),
        remark: None,
        pairs: ContactSheet::default(),
        metrics: Vec::new(),
        features: Vec::new(),
        measured: String::new(),
        told: Vec::new(),
        selected: None,
        scatter: Scatter::default(),
        timeline: Timeline::default(),
        histograms: Vec::new(),
        note: String::new(),
    }
}

/// What is written about the two frames, as far as it was asked for; `None` where neither set has labels.
fn labels(document: &Document, shown: [Option<&PairShown>; 2]) -> Option<[LabelsView; 2]> {
    let is_possible = |set: &&SetRef| document.set(&set.name).is_some_and(|set| annotations::are_possible(set));
    document.compared().iter().flatten().find(|set| is_possible(set))?;
    Some([0, 1].map(|side| match shown[side].and_then(|shown| shown.annotations[side].as_ref()) {
        Some(Ok(all)) => LabelsView { all: Arc::clone(all), failed: String::new() },
        Some(Err(why)) => LabelsView { all: Arc::default(), failed: why.clone() },
        None => LabelsView::default(),
    }))
}

/// For the view.
pub(super) fn origin(origin: Origin) -> view::Origin {
    match origin {
        Origin::Real => view::Origin::Real,
        Origin::Synthetic => view::Origin::Synthetic,
        Origin::StandIn => view::Origin::StandIn,
    }
}

fn side_choice(document: &Document, side: usize) -> SideChoice {
    let set = document.compared()[side];
    let open = set.and_then(|set| document.set(&set.name));
    SideChoice {
        sets: document.study().sets.iter().map(|set| (set.name.clone(), origin(set.origin))).collect(),
        set: set.map_or_else(String::new, |set| set.name.clone()),
        cameras: open.map_or_else(Vec::new, |set| {
            set.cameras.iter().map(|camera| short_camera(&camera.name).to_owned()).collect()
        }),
        camera: document.camera_of(side),
    }
}

fn matching(document: &Document, known: &Known<'_>) -> Matching {
    let failed = known.pairing.and_then(|shown| shown.pairing.as_ref().err()).cloned();
    let list = known.pairing.and_then(|shown| shown.pairing.as_ref().ok()).map(|pairing| document.pair_list(pairing));
    let (place, pages) = list.map_or((0, 0), |list| (list.place(document.pair), list.len().div_ceil(PAGE)));
    Matching {
        by: document.beside.by.clone(),
        conditions: known.pairing.map_or_else(Vec::new, |shown| shown.shared.clone()),
        lock: document.beside.lock,
        busy: if known.busy { "Matching the two sets".to_owned() } else { String::new() },
        failed: failed.unwrap_or_default(),
        page: (pages > 1).then_some([place / PAGE + 1, pages]),
    }
}

fn picture(
    document: &Document,
    set: Option<&SetRef>,
    (shown, texture): (Option<&Result<SideShown, String>>, Option<TextureId>),
    (side, pair): (usize, Option<&(&EpisodePair, Moment)>),
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
        Some(Ok(shown)) => {
            picture.channel = format!("Colour · {}", short_camera(&shown.camera));
            let over = pair.is_some_and(|(_, moment)| moment.ended[side]);
            let apart = pair.and_then(|(_, moment)| moment.apart_sd).filter(|_| side == 1);
            picture.caption = format!(
                "{} {} · frame {} of {} · {:.2} s{}{}",
                if set.origin == Origin::Synthetic { "draw" } else { "episode" },
                shown.episode,
                shown.frame + 1,
                shown.n_frames,
                shown.time_s,
                if over { " · over" } else { "" },
                apart.map_or_else(String::new, |apart| format!(" · {apart:.2} sd apart")),
            );
            picture.texture = texture.map(|texture| (texture, [shown.pixels.width, shown.pixels.height]));
            picture.pixels = Some(Arc::clone(&shown.pixels));
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

/// A signal of one side on the pair's time line.
fn signal(
    document: &Document,
    loaded: Option<&PairShown>,
    (side, pair): (usize, Option<&(&EpisodePair, Moment)>),
    timeline: &Timeline,
) -> SignalLine {
    let offered: Vec<String> = document.signals_of(side).into_iter().map(|(name, _, _)| name).collect();
    let Some((name, column, component)) = document.signal_of(side) else {
        return SignalLine { offered, ..SignalLine::default() };
    };
    let mut line = SignalLine { offered, name, ..SignalLine::default() };
    let (Some((pair, moment)), Some(sets)) = (pair, document.open_sides()) else { return line };
    let ask = loaded.and_then(|shown| shown.ask[side].as_ref());
    // A signal of another episode than the shown one would be a lie under its picture.
    let is_current = ask.is_some_and(|ask| ask.episode == moment.frames[side].episode && ask.column == Some(column));
    let signal = match loaded.and_then(|shown| shown.signals[side].as_ref()) {
        Some(Ok(signal)) if is_current => signal,
        Some(Err(why)) if is_current => {
            line.why.clone_from(why);
            return line;
        }
        _ => return line,
    };
    let value = |row: usize| signal.rows.get(row).and_then(|row| row.get(component)).map(|value| f64::from(*value));
    let rate_hz = pairing::episode_rate_hz(sets[side], moment.frames[side].episode);
    let at_time = |time_s: f64| signal.timestamps_s.partition_point(|row_s| *row_s <= time_s + 1e-6).checked_sub(1);
    line.now = at_time(f64::from(moment.frames[side].frame) / rate_hz).and_then(value);
    let n_frames = sets[side].episodes.get(moment.frames[side].episode).map_or(1, |episode| episode.n_frames);
    let own_s = f64::from(n_frames.saturating_sub(1)) / rate_hz;
    if side == 1 && !pair.nearest.is_empty() {
        // Each matched frame of this very episode, where the reference has its partner.
        let theirs = pair.nearest.iter().filter(|near| near.other.episode == moment.frames[1].episode);
        let reference_hz = pairing::episode_rate_hz(sets[0], moment.frames[0].episode);
        line.dots = true;
        line.points = theirs
            .filter_map(|near| {
                let row = at_time(f64::from(near.other.frame) / rate_hz)?;
                Some([f64::from(near.frame) / reference_hz, value(row)?])
            })
            .collect();
        return line;
    }
    let scale = match document.beside.lock {
        TimeLock::Phase if own_s > 0.0 => timeline.length_s / own_s,
        _ => 1.0,
    };
    let times = signal.timestamps_s.iter().enumerate();
    line.points = times.filter_map(|(row, time_s)| Some([time_s * scale, value(row)?])).collect();
    line
}

fn row(remark: &PairRemark, shown: bool) -> RemarkRow {
    let [one, other] = remark.episodes;
    let [first, second] = remark.frames.map(|frame| frame + 1);
    RemarkRow {
        about: format!("episode {one} · frame {first} beside {other} · frame {second}"),
        flagged: remark.flagged,
        text: remark.text.clone(),
        shown,
    }
}

fn remarks(document: &Document, pair: Option<&(&EpisodePair, Moment)>) -> Vec<RemarkRow> {
    let shown = pair.and_then(|(_, moment)| document.remark_at(moment));
    let is_shown = |remark: &PairRemark| shown.as_ref().is_some_and(|shown| shown.is_about(remark));
    document.remarks().into_iter().map(|remark| row(remark, is_shown(remark))).collect()
}

/// The page of pairs that the shown one is on.
fn pair_sheet(document: &Document, pairing: Option<&Arc<Pairing>>, thumbnails: &[TextureId]) -> ContactSheet {
    let (Some(pairing), Some(sets)) = (pairing, document.open_sides()) else { return ContactSheet::default() };
    let id = |side: usize, at: usize| sets[side].episodes.get(at).map_or(0, |episode| episode.id);
    let noted: BTreeSet<[u64; 2]> = document.remarks().into_iter().map(|remark| remark.episodes).collect();
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let tile = |(place, at): (usize, usize)| -> Option<Tile> {
        let pair = pairing.pairs.get(at)?;
        let ids = [id(0, pair.episodes[0]), id(1, pair.episodes[1])];
        let texture = thumbnails.get(place).copied();
        let words = if pair.words.is_empty() { String::new() } else { format!(" · {}", pair.words) };
        Some(Tile {
            draw: at as u64,
            uv: whole,
            texture,
            picture: if texture.is_some() { TilePicture::Ready } else { TilePicture::Waiting },
            outcome: format!("episode {} beside {}{words}", ids[0], ids[1]),
            flagged: noted.contains(&ids),
            ..Tile::default()
        })
    };
    let tiles = document.pair_list(pairing).page_of(document.pair).enumerate().filter_map(tile).collect();
    ContactSheet {
        atlas: None,
        aspect: 8.0 / 3.0,
        tiles,
        selected: Some(document.pair as u64),
        summary: pairing.summary.clone(),
        noun: "Pair".to_owned(),
        ..ContactSheet::default()
    }
}

fn timeline(document: &Document, pair: Shown<'_>) -> Timeline {
    let (length_s, rate_hz) = match (pair, document.open_sides()) {
        (Some((pair, moment)), Some(sets)) => {
            let rate_hz = pairing::episode_rate_hz(sets[0], moment.frames[0].episode);
            (pair.length_s(sets, document.beside.lock), rate_hz)
        }
        _ => (0.0, 1.0),
    };
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
    let sentences = found.sentences.iter().map(|sentence| Told::from(unquoted(sentence).as_str()));
    let causes = found.causes().map(|cause| Told {
        text: unquoted(&cause.sentence),
        parameter: Some((found.family.clone(), cause.parameter)),
    });
    sentences.chain(causes).collect()
}

/// What numbers were taken on, and of how many frames; empty where that was not kept.
fn measured(found: &Comparison) -> String {
    let Some(how) = &found.measuring else { return String::new() };
    let network = found.backbone.as_ref().map(|network| {
        let file = network.files.first().map_or("", |(name, _)| name);
        format!("{file}, {} numbers, digest {}", network.length, network.digest.get(..8).unwrap_or_default())
    });
    let frames = if how.frames == 1 { "1 frame".to_owned() } else { format!("{} frames", how.frames) };
    let folded = if how.fold { ", near twins folded" } else { "" };
    format!("{} · {frames} of each episode{folded}", network.as_deref().unwrap_or("Built-in features"))
}

fn note(found: &Comparison) -> String {
    let mut parts: Vec<String> = found.distance.caveat.iter().cloned().collect();
    parts.extend(found.hidden.iter().cloned());
    if found.probe.is_none() && found.map.is_none() {
        parts.push("Kept from an earlier run: compare again for the map and the probe's evidence.".to_owned());
    }
    parts.push("A diagnosis: it explains, it never accepts a pack.".to_owned());
    unquoted(&parts.join("\n"))
}

/// What both sides are called inside a sentence; quotes are for the terminal.
fn words(found: &Comparison) -> [String; 2] {
    found.words().map(|word| unquoted(&word))
}

fn metrics(found: &Comparison) -> Vec<Metric> {
    let distance = &found.distance;
    let [word, other] = words(found);
    let on = format!(
        "On {}, standardised over both sets: {} frames of {word} in {} episodes against {} of {other} in {}.",
        distance.features, distance.n_x, distance.groups_x, distance.n_y, distance.groups_y
    );
    let whole = |distance: &drift::Distance| Metric {
        id: distance.measure.name().to_owned(),
        name: distance.measure.name().to_owned(),
        value: distance.value,
        axis: None,
        null: Some([distance.null_low, distance.null_high]),
        halves: distance.reference_band.map(ends),
        interval: distance.interval.map(ends),
        groups: (distance.groups_x + distance.groups_y) as u64,
        about: format!(
            "{} {on} Chance: {} labellings of whole episodes.",
            distance.measure.about(),
            distance.permutations
        ),
        p: Some(distance.p),
        beside: Vec::new(),
        caveat: distance.caveat.clone(),
    };
    found.distances().map(whole).collect()
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

/// What else is known of a difference, each with what chance gives of it.
fn other_numbers(one: &drift::FeatureDifference) -> Vec<Beside> {
    let shape = &one.shape;
    let of = |name, value, bands: &drift::Bands| Beside {
        name,
        value,
        null: ends(bands.null),
        halves: bands.halves.map(ends),
    };
    let distances = [("KS", &shape.ks), ("W₁ [σ]", &shape.w1_sd), ("JS", &shape.js), ("PSI", &shape.psi)];
    let distances = distances.map(|(name, found)| of(name, found.value, &found.bands));
    std::iter::once(of("Means [σ]", one.effect, &one.effect_bands)).chain(distances).collect()
}

/// Single features, but for cells of the grid, then signals, touches and parameters: those that stand first.
fn features(found: &Comparison) -> Vec<(&'static str, Vec<Metric>)> {
    let drift = &found.signals;
    let pictures = found.differences.iter().filter(|one| !drift::is_of_one_cell(&one.name)).take(9).collect();
    let kinds: [(&str, Vec<&drift::FeatureDifference>); 4] = [
        ("Pictures", pictures),
        ("Signals", drift.signals.iter().take(6).collect()),
        ("Touches", drift.touches.iter().take(4).collect()),
        ("Parameters", drift.parameters.iter().take(6).collect()),
    ];
    kinds.map(|(kind, of)| (kind, of.into_iter().map(|one| feature(found, kind, one)).collect())).into()
}

fn feature(found: &Comparison, kind: &str, one: &drift::FeatureDifference) -> Metric {
    let [word, other] = words(found);
    let delta = &one.shape.cliffs_delta;
    Metric {
        id: format!("{kind} {}", one.name),
        name: short(&one.name),
        value: delta.value,
        null: Some(ends(delta.bands.null)),
        halves: delta.bands.halves.map(ends),
        axis: Some([-1.0, 1.0]),
        interval: None,
        groups: one.groups.iter().sum::<usize>() as u64,
        about: format!(
            "Cliff's delta of {}: 0 is no difference, 1 means that {other} always lies above {word}. Means: {word} {:.3}, {other} {:.3}; \
             standard deviations {:.3} and {:.3}. p is of the means, by permutation of whole episodes, adjusted for looking at all of its \
             kind.",
            one.name, one.mean_x, one.mean_y, one.sd_x, one.sd_y
        ),
        p: Some(one.p_adjusted),
        beside: other_numbers(one),
        caveat: one.is_told_by_shape().then(|| {
            format!(
                "The distributions differ beyond chance, more than the means tell: the adjusted p of the Jensen–Shannon distance (JS) is {}.",
                theme::figures(one.shape_p_adjusted)
            )
        }),
    }
}

/// What the head above it says already is left out.
fn short(name: &str) -> String {
    let first = name.strip_prefix("first touch of ").and_then(|rest| rest.strip_suffix(" at s"));
    first
        .map_or_else(|| name.strip_prefix("touches of ").unwrap_or(name).to_owned(), |pair| format!("first {pair} [s]"))
}

/// 256 bins as 64.
fn merged(bins: &[f64]) -> Vec<f64> {
    bins.chunks(4).map(|bin| bin.iter().sum()).collect()
}

/// All frames that were looked at, on one plane.
fn scatter(
    found: &Comparison,
    document: &Document,
    (pairing, pair): (Option<&Arc<Pairing>>, Option<&(&EpisodePair, Moment)>),
    known: &Known<'_>,
) -> Scatter {
    let Some(map) = &found.map else { return Scatter::default() };
    let dots = document.map.dots(map);
    let remark = pair.and_then(|(_, moment)| document.remark_at(moment));
    let near = |side: usize| {
        let remark = remark.as_ref()?;
        map.nearest(side, remark.episodes[side], remark.frames[side])
    };
    Scatter {
        words: words(found).map(|word| crate::base::text::in_sentence_case(&word)),
        axes: axes(document, map),
        dots: Arc::clone(dots),
        layout: document.map.shown_layout(),
        shown: [near(0), near(1)],
        by: document.map.by.clone(),
        offered: known.shaded.map_or_else(Arc::default, |shaded| Arc::clone(&shaded.offered)),
        shades: known.shaded.map_or_else(Arc::default, |shaded| Arc::clone(&shaded.shades)),
        lasso: document.lasso_view(pairing),
        peek: known.peek.clone(),
    }
}

/// What places on the map mean, in two lines.
fn axes(document: &Document, map: &FeatureMap) -> [String; 2] {
    match (&document.map.neighbourhood, document.map.layout) {
        (Some(laid), MapLayout::Neighbours) => {
            let placed = laid.dots.len() - laid.laid_out;
            let placed = if placed > 0 { format!("; {placed} frames were placed afterwards") } else { String::new() };
            [
                format!("Frames that look alike lie together (t-SNE{placed})"),
                "How far clumps lie apart and how large they are means nothing".to_owned(),
            ]
        }
        _ => [0, 1].map(|at| {
            let (way, share) = (["Across", "Up"][at], map.explained[at] * 100.0);
            match map.strongest {
                Some(names) => format!("{way}: {share:.0} % of what varies, most of all {}", names[at]),
                None => format!("{way}: {share:.0} % of what varies in the network's features"),
            }
        }),
    }
}

/// Shares of 256 bins of both sets as 64 bins, over 0 to 255.
fn histogram(title: &str, words: &[String; 2], shares: [&[f64]; 2]) -> Histogram {
    Histogram {
        title: title.to_owned(),
        unit: "of 255".to_owned(),
        words: words.clone(),
        edges: (0..=64).map(|at| f64::from(at * 4)).collect(),
        shares: shares.map(merged),
    }
}

fn histograms(found: &Comparison) -> Vec<Histogram> {
    let words = words(found).map(|word| crate::base::text::in_sentence_case(&word));
    let [one, two] = &found.colours;
    let colour = |title: &str, at: usize| histogram(title, &words, [&one[at], &two[at]]);
    let luminance = histogram("Luminance", &words, found.luminance.each_ref().map(Vec::as_slice));
    vec![luminance, colour("Red", 0), colour("Green", 1), colour("Blue", 2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_head_says_is_not_said_again() {
        assert_eq!(short("touches of cup – hand"), "cup – hand");
        assert_eq!(short("first touch of cup – hand at s"), "first cup – hand [s]");
        assert_eq!(short("grip_force_n"), "grip_force_n");
    }

    #[test]
    fn bins_merge_without_loss() {
        let shares = vec![1.0 / 256.0; 256];
        let merged = merged(&shares);
        assert_eq!(merged.len(), 64, "bins");
        assert!((merged.iter().sum::<f64>() - 1.0).abs() < 1e-12, "shares stay");
    }
}
