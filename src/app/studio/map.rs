//! The map of frames in the Compare workspace: what colours its dots, which of them a person keeps to, and the picture of the one
//! under the pointer.
//!
//! A lasso keeps frames, and with them the pairs that one of their episodes stands in. Deliberately not here: where dots lie
//! ([`crate::run::compare`]) and how they are drawn.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use eframe::egui;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::theme;
use crate::app::view::{LassoView, MapColour, MapLayout, Peek, ShadeKey, Shades};
use crate::base::Rgb;
use crate::base::text::natural;
use crate::data::Set;
use crate::drift;
use crate::run::compare::{Comparison, FeatureMap, MapDot, Neighbourhood};
use crate::run::conditions::Conditions;
use crate::run::import;
use crate::run::pairing::{EpisodePair, Pairing};
use crate::stats::{quantile, sorted};

use super::Studio;
use super::beside::PAGE;
use super::document::Document;
use super::pairs::{self, SideAsk};
use super::tasks;

/// Values that get a colour of their own: more cannot be told apart.
const MOST_VALUES: usize = 8;
/// The share of dots beyond each end of a scale: one outlier must not take all of its colours.
const BEYOND: f64 = 0.02;
/// Width of the picture under the pointer.
const PEEK_PX: u32 = 192;

/// What a person chose on the map.
#[derive(Debug, Default)]
pub(super) struct MapState {
    /// Where the dots are wanted.
    pub(super) layout: MapLayout,
    /// The dots by neighbourhood, once that was worked out.
    pub(super) neighbourhood: Option<Neighbourhood>,
    /// What the dots are coloured by.
    pub(super) by: MapColour,
    /// The frames that a person keeps to.
    pub(super) lasso: Option<Rc<Lasso>>,
    /// The dot under the pointer.
    pub(super) peek: Option<MapDot>,
}

impl MapState {
    /// Where the dots are now: by neighbourhood only once that was worked out.
    pub(super) fn shown_layout(&self) -> MapLayout {
        if self.neighbourhood.is_some() { self.layout } else { MapLayout::Plane }
    }

    /// The dots where they are shown.
    pub(super) fn dots<'a>(&'a self, map: &'a FeatureMap) -> &'a Arc<[MapDot]> {
        match (&self.neighbourhood, self.layout) {
            (Some(laid), MapLayout::Neighbours) => &laid.dots,
            _ => &map.dots,
        }
    }
}

/// Frames that a person keeps to.
#[derive(Debug)]
pub(super) struct Lasso {
    /// One a dot.
    inside: Arc<[bool]>,
    /// How many of them.
    count: usize,
    /// Episode ids of the dots inside, of each side.
    episodes: [BTreeSet<u64>; 2],
    /// The pairs that are left of a pairing: worked out once, not in every frame of the window.
    pairs: RefCell<Option<KeptPairs>>,
}

/// The pairs that are left, and of what.
type KeptPairs = (Arc<Pairing>, Rc<[usize]>);

impl Lasso {
    fn new(dots: &[MapDot], inside: Arc<[bool]>) -> Self {
        let of = |side: usize| {
            let within = dots.iter().zip(&*inside).filter(|(dot, is_inside)| **is_inside && dot.side == side);
            within.map(|(dot, _)| dot.episode).collect()
        };
        let count = inside.iter().filter(|inside| **inside).count();
        Self { episodes: [of(0), of(1)], count, inside, pairs: RefCell::default() }
    }

    /// The pairs of `pairing` that one of its episodes stands in.
    fn pairs(&self, pairing: &Arc<Pairing>, sets: [&Set; 2]) -> Rc<[usize]> {
        let mut kept = self.pairs.borrow_mut();
        if let Some((_, pairs)) = kept.as_ref().filter(|(of, _)| Arc::ptr_eq(of, pairing)) {
            return Rc::clone(pairs);
        }
        let holds = |side: usize, at: usize| {
            sets[side].episodes.get(at).is_some_and(|episode| self.episodes[side].contains(&episode.id))
        };
        let is_kept = |pair: &EpisodePair| {
            holds(0, pair.episodes[0])
                || holds(1, pair.episodes[1])
                || pair.nearest.iter().any(|near| holds(1, near.other.episode))
        };
        let pairs: Rc<[usize]> =
            pairing.pairs.iter().enumerate().filter(|(_, pair)| is_kept(pair)).map(|(at, _)| at).collect();
        *kept = Some((Arc::clone(pairing), Rc::clone(&pairs)));
        pairs
    }
}

/// The pairs that are shown: all of them, or those that a lasso keeps.
pub(super) struct PairList {
    all: usize,
    kept: Option<Rc<[usize]>>,
}

impl PairList {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kept.as_ref().map_or(self.all, |kept| kept.len())
    }

    /// The pair at this place of the list.
    pub(super) fn at(&self, place: usize) -> Option<usize> {
        match &self.kept {
            Some(kept) => kept.get(place).copied(),
            None => (place < self.all).then_some(place),
        }
    }

    /// The place of `pair`, or of the next that is in the list.
    pub(super) fn place(&self, pair: usize) -> usize {
        let place = self.kept.as_ref().map_or(pair, |kept| kept.partition_point(|one| *one < pair));
        place.min(self.len().saturating_sub(1))
    }

    /// The pairs of the page that `pair` is on.
    pub(super) fn page_of(&self, pair: usize) -> impl Iterator<Item = usize> + '_ {
        let from = self.place(pair) / PAGE * PAGE;
        (from..from + PAGE).filter_map(|place| self.at(place))
    }
}

impl Document {
    /// Whether the compared sets are what they were when `found` was found.
    pub(super) fn is_still_of(&self, found: &Comparison) -> bool {
        let [Some(reference), Some(other)] = self.compared() else { return false };
        found.is_of(&self.place, [reference, other])
    }

    /// Shows what was found of the two sets before, on the command line or in an earlier session, where nothing newer is shown.
    pub(super) fn load_kept_comparison(&mut self) {
        if self.comparison.is_some() {
            return;
        }
        let [Some(reference), Some(other)] = self.compared() else { return };
        let cameras = [self.camera_of(0), self.camera_of(1)];
        self.comparison = Comparison::kept(&self.place, [reference, other], cameras).map(Arc::new);
    }

    /// The pairs of `pairing` that are shown.
    pub(super) fn pair_list(&self, pairing: &Arc<Pairing>) -> PairList {
        let kept = self.map.lasso.as_ref().zip(self.open_sides()).map(|(lasso, sets)| lasso.pairs(pairing, sets));
        PairList { all: pairing.pairs.len(), kept }
    }

    /// The lasso, with how much of everything it holds.
    pub(super) fn lasso_view(&self, pairing: Option<&Arc<Pairing>>) -> Option<LassoView> {
        let lasso = self.map.lasso.as_ref()?;
        let count = lasso.count;
        let frames = format!("{} of {} frames", theme::count(count as u64), theme::count(lasso.inside.len() as u64));
        let pairs = pairing.map(|pairing| (self.pair_list(pairing).len(), pairing.pairs.len()));
        let about = match pairs {
            Some((kept, all)) => {
                format!("{frames}, {} of {} pairs", theme::count(kept as u64), theme::count(all as u64))
            }
            None => frames,
        };
        Some(LassoView { inside: Arc::clone(&lasso.inside), about })
    }

    /// Whether a draw of `family` lies outside of the lasso; `false` where there is none, or it says nothing of that family.
    pub(super) fn is_outside_lasso(&self, family: &str, draw: u64) -> bool {
        let (Some(lasso), Some(found)) = (&self.map.lasso, &self.comparison) else { return false };
        let Some((map, side)) = found.map.as_ref().and_then(|map| Some((map, map.drawn?))) else { return false };
        map.has(side, draw) && found.family == family && !lasso.episodes[side].contains(&draw)
    }
}

/// Shades as they were worked out last.
pub(super) struct Shaded {
    of: Arc<Comparison>,
    by: MapColour,
    conditions: Option<[Arc<Conditions>; 2]>,
    /// What can be chosen.
    pub(super) offered: Arc<[MapColour]>,
    /// The choice.
    pub(super) shades: Arc<Shades>,
}

impl Shaded {
    fn is_of(&self, found: &Arc<Comparison>, by: &MapColour, conditions: Option<&[Arc<Conditions>; 2]>) -> bool {
        let same = |(one, two): (&[Arc<Conditions>; 2], &[Arc<Conditions>; 2])| {
            one.iter().zip(two).all(|(one, two)| Arc::ptr_eq(one, two))
        };
        Arc::ptr_eq(&self.of, found)
            && self.by == *by
            && self.conditions.is_some() == conditions.is_some()
            && self.conditions.as_ref().zip(conditions).is_none_or(same)
    }
}

/// The worker that reads the picture under the pointer.
pub(super) type Peeker = Latest<(MapDot, SideAsk), (MapDot, Result<Rgb, String>)>;

/// Starts the worker.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn peeker(wake: Wake) -> Result<Peeker, String> {
    let work = |(dot, ask): (MapDot, SideAsk), _: &AtomicBool| {
        let small = pairs::load(&ask).map(|shown| {
            let height = (PEEK_PX * shown.pixels.height).div_ceil(shown.pixels.width.max(1));
            shown.pixels.resized(PEEK_PX, height.clamp(1, 2 * PEEK_PX))
        });
        Some((dot, small))
    };
    Latest::new("peek", wake, work).map_err(|err| format!("the system gave no thread for the map's pictures: {err}"))
}

impl Studio {
    /// Lays the map out otherwise; by neighbourhood is worked out where it was not.
    pub(super) fn lay_map_out(&mut self, layout: MapLayout) {
        let Some(document) = &mut self.document else { return };
        document.map.layout = layout;
        let Some(found) = document.comparison.as_ref().map(Arc::clone) else { return };
        if layout == MapLayout::Neighbours && document.map.neighbourhood.is_none() {
            tasks::lay_map_out(&mut self.jobs, found, document.study().seed);
        }
    }

    /// Works out the colours of the map where they are others.
    pub(super) fn shade_map(&mut self) {
        let Some(document) = &self.document else { return };
        let Some(found) = &document.comparison else {
            self.live.shaded = None;
            return;
        };
        let conditions = self.pairing().map(|shown| shown.conditions.each_ref().map(Arc::clone));
        let by = &document.map.by;
        if self.live.shaded.as_ref().is_some_and(|shaded| shaded.is_of(found, by, conditions.as_ref())) {
            return;
        }
        let Some(map) = &found.map else { return };
        let known = conditions.as_ref().map(|both| both.each_ref().map(|one| &**one));
        let shaded = Shaded {
            offered: offered(map, known).into(),
            shades: Arc::new(shades(map, known, by)),
            of: Arc::clone(found),
            by: by.clone(),
            conditions,
        };
        self.live.shaded = Some(shaded);
    }

    /// Keeps to the frames within `outline`, or to all.
    pub(super) fn throw_lasso(&mut self, outline: Option<&[[f64; 2]]>) {
        let Some(document) = &mut self.document else { return };
        let Some(map) = document.comparison.as_ref().and_then(|found| found.map.as_ref()) else { return };
        let lasso = outline.map(|outline| {
            let dots = document.map.dots(map);
            let inside: Arc<[bool]> = dots.iter().map(|dot| is_within(outline, dot.at)).collect();
            Lasso::new(&map.dots, inside)
        });
        self.keep_to(lasso);
    }

    /// Keeps to the frames of one value of the key; the same value again lets go.
    pub(super) fn lasso_value(&mut self, value: usize) {
        let Some(shaded) = &self.live.shaded else { return };
        let Some(map) = &shaded.of.map else { return };
        let is_it = |(dot, at): (&MapDot, usize)| match shaded.shades.key {
            ShadeKey::Sides => dot.side == value,
            _ => shaded.shades.of_dot.get(at).copied().flatten().map(usize::from) == Some(value),
        };
        let inside: Arc<[bool]> = map.dots.iter().zip(0..).map(is_it).collect();
        let lasso = Lasso::new(&map.dots, inside);
        let before = self.document.as_ref().and_then(|document| document.map.lasso.as_ref());
        let again = before.is_some_and(|before| before.inside == lasso.inside);
        self.keep_to(Some(lasso).filter(|_| !again));
    }

    fn keep_to(&mut self, lasso: Option<Lasso>) {
        let pairing = self.paired();
        let Some(document) = &mut self.document else { return };
        // An empty throw is a slip of the hand: nothing is kept to, and nothing hidden.
        document.map.lasso = lasso.filter(|lasso| lasso.inside.contains(&true)).map(Rc::new);
        if let Some(pairing) = pairing {
            let list = document.pair_list(&pairing);
            document.pair = list.at(list.place(document.pair)).unwrap_or(document.pair);
        }
        self.draw_pairs();
    }

    /// Asks for the picture of the dot under the pointer.
    pub(super) fn peek(&mut self, dot: Option<MapDot>) {
        let Some(document) = &mut self.document else { return };
        document.map.peek = dot;
        let Some(ask) = dot.and_then(|dot| Some((dot, peek_ask(document, &dot)?))) else { return };
        if let Ok(peeker) = &mut self.live.peeker {
            peeker.ask(ask);
        }
    }

    /// Takes in the picture under the pointer.
    pub(super) fn take_in_peek(&mut self, ctx: &egui::Context) {
        let Ok(peeker) = &mut self.live.peeker else { return };
        if peeker.poll()
            && let Some((_, Ok(picture))) = peeker.last()
        {
            self.live.uploads.put(ctx, "peek", theme::color_image(picture));
        }
    }

    /// The picture under the pointer, as far as it is there.
    pub(super) fn peeked(&self) -> Option<Peek> {
        // A comparison of other sets, or of other episodes of them, forgets the dot.
        let dot = self.document.as_ref()?.map.peek?;
        let (of, picture) = self.live.peeker.as_ref().ok()?.last()?;
        if *of != dot {
            return None;
        }
        let picture = match picture {
            Ok(picture) => Ok((self.live.uploads.id("peek")?, [picture.width, picture.height])),
            Err(why) => Err(why.clone()),
        };
        Some(Peek { dot, picture })
    }
}

/// The frame of a dot; `None` where it may not be looked at any more.
fn peek_ask(document: &Document, dot: &MapDot) -> Option<SideAsk> {
    let set_ref = document.compared()[dot.side]?;
    let set = document.set(&set_ref.name)?;
    let episode = set.position(dot.episode)?;
    // It may have been held back since the sets were compared.
    let is_visible = import::visible_episodes(set, set_ref).contains(&episode);
    let camera = document.camera_of(dot.side);
    is_visible.then(|| SideAsk {
        set: Arc::clone(set),
        camera,
        episode,
        frame: dot.frame,
        column: None,
        annotated: false,
    })
}

/// What dots can be coloured by: only what is known of at least two values.
fn offered(map: &FeatureMap, conditions: Option<[&Conditions; 2]>) -> Vec<MapColour> {
    let names: BTreeSet<&String> = conditions.iter().flatten().flat_map(|known| known.keys()).collect();
    let differ = |name: &&&String| {
        let of = |known: &Conditions| known.get(**name).map(|values| values.values().cloned().collect::<BTreeSet<_>>());
        conditions.into_iter().flatten().filter_map(of).flatten().collect::<BTreeSet<_>>().len() > 1
    };
    let conditions = names.iter().filter(differ).map(|name| MapColour::Condition((*name).clone()));
    let parameters = map.parameters.keys().map(|name| MapColour::Parameter(name.clone()));
    let features = (0..drift::NAMES.len()).filter(|at| !drift::is_of_one_cell(drift::NAMES[*at]));
    std::iter::once(MapColour::Side)
        .chain(conditions)
        .chain(parameters)
        .chain(features.map(MapColour::Feature))
        .collect()
}

fn shades(map: &FeatureMap, conditions: Option<[&Conditions; 2]>, by: &MapColour) -> Shades {
    match by {
        MapColour::Side => Shades::default(),
        MapColour::Condition(name) => {
            let of = |dot: &MapDot| conditions?[dot.side].get(name)?.get(&dot.episode).map(String::as_str);
            by_text(&map.dots.iter().map(of).collect::<Vec<_>>())
        }
        MapColour::Parameter(name) => {
            let of = map.parameters.get(name);
            let value = |dot: &MapDot| of?.get(&dot.episode).copied().filter(|_| map.drawn == Some(dot.side));
            by_number(&map.dots.iter().map(value).collect::<Vec<_>>())
        }
        MapColour::Feature(at) => {
            by_number(&map.rows.iter().map(|row| row.get(*at).copied()).collect::<Vec<Option<f64>>>())
        }
    }
}

/// Shades of texts: along a scale where they are many numbers, else one for each of the commonest.
fn by_text(texts: &[Option<&str>]) -> Shades {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts.iter().flatten() {
        *counts.entry(*text).or_default() += 1;
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    if counts.len() > MOST_VALUES && counts.keys().all(|text| number(text).is_some()) {
        return by_number(&texts.iter().map(|text| text.and_then(number)).collect::<Vec<_>>());
    }
    let mut kept: Vec<(&str, usize)> = counts.into_iter().collect();
    kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| natural(a.0, b.0)));
    kept.truncate(MOST_VALUES);
    kept.sort_by(|a, b| natural(a.0, b.0));
    let place = |text: &str| kept.iter().position(|(one, _)| *one == text).map(|at| at as u8);
    let of_dot = texts.iter().map(|text| text.and_then(place)).collect();
    Shades { of_dot, key: ShadeKey::Values(kept.into_iter().map(|(text, count)| (text.to_owned(), count)).collect()) }
}

fn by_number(values: &[Option<f64>]) -> Shades {
    let known: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let known = sorted(&known);
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return Shades { of_dot: vec![None; values.len()], key: ShadeKey::Values(Vec::new()) };
    };
    let [mut low, mut high] = [BEYOND, 1.0 - BEYOND].map(|share| quantile(&known, share));
    if low >= high {
        // Nearly all are one value: the few others are what there is to see.
        (low, high) = (*first, *last);
    }
    let width = (high - low).max(f64::MIN_POSITIVE);
    let shade = |value: f64| (((value - low) / width).clamp(0.0, 1.0) * 255.0).round() as u8;
    let of_dot = values.iter().map(|value| value.filter(|value| value.is_finite()).map(shade)).collect();
    Shades { of_dot, key: ShadeKey::Scale([low, high]) }
}

/// Whether a point lies within a closed outline, which may cross itself: by the number of its sides to the right of the point.
fn is_within(outline: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let after = outline.iter().cycle().skip(1);
    outline.iter().zip(after).fold(false, |inside, (a, b)| {
        let crosses = (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0];
        inside != crosses
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasso_holds_what_lies_within_it_and_nothing_of_its_dents() {
        let dented = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        let held = [[1.0, 0.5], [2.0, 0.5], [0.2, 3.0], [3.8, 3.0], [2.0, 2.0], [5.0, 0.5], [-1.0, 0.5], [2.0, 9.0]]
            .map(|at| is_within(&dented, at));
        assert_eq!(held, [true, true, true, true, false, false, false, false]);
        assert!(!is_within(&[], [0.0, 0.0]) && !is_within(&[[0.0, 0.0]], [0.0, 0.0]), "no outline holds nothing");
    }

    #[test]
    fn few_values_have_a_colour_each_and_many_numbers_a_scale() {
        let shades = by_text(&[Some("dim"), Some("bright"), None, Some("dim")]);
        assert_eq!(shades.of_dot, [Some(1), Some(0), None, Some(1)], "in the order of their names");
        assert_eq!(shades.key, ShadeKey::Values(vec![("bright".to_owned(), 1), ("dim".to_owned(), 2)]));
        let texts: Vec<String> = (0..20).map(|at| at.to_string()).collect();
        let shades = by_text(&texts.iter().map(|text| Some(text.as_str())).collect::<Vec<_>>());
        assert!(matches!(shades.key, ShadeKey::Scale([low, high]) if low < 1.0 && high > 18.0), "{:?}", shades.key);
        assert_eq!((shades.of_dot[0], shades.of_dot[19]), (Some(0), Some(255)));
        let names: Vec<String> = (0..20).map(|at| format!("kind {at}")).collect();
        let mut all: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
        all.extend([Some("kind 17"), Some("kind 3")]);
        let shades = by_text(&all);
        let ShadeKey::Values(kept) = &shades.key else { panic!("{:?}", shades.key) };
        assert_eq!(
            (kept.len(), kept[2].clone(), kept.last().cloned()),
            (8, ("kind 2".to_owned(), 1), Some(("kind 17".to_owned(), 2)))
        );
        assert_eq!(shades.of_dot.iter().filter(|shade| shade.is_some()).count(), 10, "the rest have none");
    }

    #[test]
    fn an_outlier_does_not_take_all_colours() {
        let mut values: Vec<Option<f64>> = (0..100).map(|at| Some(f64::from(at))).collect();
        values.extend([Some(1e9), Some(f64::NAN), None]);
        let shades = by_number(&values);
        assert!(matches!(shades.key, ShadeKey::Scale([_, high]) if high < 120.0), "{:?}", shades.key);
        assert_eq!(shades.of_dot[100..], [Some(255), None, None]);
        let same = by_number(&[Some(2.0), Some(2.0)]);
        assert_eq!((same.of_dot, same.key), (vec![Some(0); 2], ShadeKey::Scale([2.0, 2.0])));
        let rare = by_number(&[vec![Some(0.0); 200], vec![Some(1.0)]].concat());
        assert_eq!((rare.of_dot[0], rare.of_dot[200]), (Some(0), Some(255)), "the one that differs is seen");
        assert_eq!(by_number(&[None, None]).of_dot, [None, None]);
    }

    #[test]
    fn a_list_of_kept_pairs_is_turned_page_by_page() {
        let all = PairList { all: 100, kept: None };
        assert_eq!((all.len(), all.at(99), all.at(100), all.place(250)), (100, Some(99), None, 99));
        assert_eq!(all.page_of(50).collect::<Vec<_>>(), (48..96).collect::<Vec<_>>());
        let kept = PairList { all: 100, kept: Some([3, 40, 41, 90].into()) };
        assert_eq!((kept.len(), kept.at(3), kept.place(40), kept.place(42), kept.place(99)), (4, Some(90), 1, 3, 3));
        assert_eq!(kept.page_of(3).collect::<Vec<_>>(), [3, 40, 41, 90]);
        let none = PairList { all: 9, kept: Some([].into()) };
        assert_eq!((none.len(), none.place(4), none.page_of(4).count()), (0, 0, 0));
    }
}
