//! Where frames lie: both sets on the plane on which their frames vary most, as a picture that needs no script.
//!
//! Marks are lines without length, whose round or square ends are what is seen: ten bytes a frame, sharp at every size, and in the
//! colours of the style sheet, on paper too. The script reads the places back from them, and adds names, choices and the way to a
//! pair. Form tells the side as well as colour, as in the studio: round marks are the reference's, diamonds the other's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::compare::{FeatureMap, MapDot};
use super::super::report_html::escape;
use super::{Named, PageView, kind, sentence};
use crate::base::text::counted;

/// Frames on a page, of both sets together.
const MOST: usize = 4_000;
/// Width of the picture in its own units, and the largest of either coordinate.
const WIDTH: f64 = 1000.0;
/// The picture is as high as its frames ask for, between these.
const HEIGHTS: [f64; 2] = [440.0, 640.0];
/// Room round the outermost marks, for their rings.
const MARGIN: f64 = 24.0;
/// Each set is drawn in so many turns: neither covers the other, and where marks crowd they grow darker.
const LAYERS: usize = 20;
/// A line from where the pen is that shows a round end alone, or a diamond: a square end has the direction of its line.
const FORMS: [&str; 2] = ["h0", "l.1.1"];
/// The end of the class of marks that something shows through.
const HOLLOW: &str = " hollow";

/// Frames of both sets on one plane, few enough for a page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageMap {
    /// The reference's and the other's that are shown, in order of episode and frame.
    dots: [Vec<MapDot>; 2],
    /// How many of either there are.
    known: [usize; 2],
    /// Those that stand for pictures of pairs, by pair.
    marks: Vec<Mark>,
    /// What places mean: across and up. Names stand between backticks.
    axes: [String; 2],
    /// The share of all variance that the plane shows, 0 to 1.
    explained: f64,
}

/// A frame that stands for a picture of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// The pair's number on the page, from 1.
    pair: usize,
    side: usize,
    /// Position among the side's frames that are shown.
    at: usize,
}

impl PageMap {
    /// At most 4,000 frames of `map`, each set's taken evenly: with them the frame nearest to each picture of `pairs`, which are told by
    /// episode id and frame, the reference's first.
    pub fn of(map: &FeatureMap, pairs: &[[(u64, u32); 2]]) -> Self {
        let of_side = |side: usize| {
            let is_of_side = move |(_, dot): &(usize, &MapDot)| dot.side == side;
            map.dots.iter().enumerate().filter(is_of_side)
        };
        let all: [Vec<usize>; 2] = [0, 1].map(|side| {
            let finite = of_side(side).filter(|(_, dot)| dot.at.iter().all(|value| value.is_finite()));
            finite.map(|(at, _)| at).collect()
        });
        let nearest: [Vec<Option<usize>>; 2] = [0, 1].map(|side| {
            let near = |pair: &[(u64, u32); 2]| map.nearest(side, pair[side].0, pair[side].1);
            pairs.iter().map(near).collect()
        });
        let most = shares(all.each_ref().map(Vec::len));
        let shown = [0, 1].map(|side| taken(&all[side], &nearest[side], most[side]));
        let mark = |(pair, side): (usize, usize)| {
            let at = shown[side].binary_search(&nearest[side][pair]?).ok()?;
            Some(Mark { pair: pair + 1, side, at })
        };
        let both = |pair: usize| [(pair, 0), (pair, 1)];
        Self {
            dots: [0, 1].map(|side: usize| shown[side].iter().map(|at| map.dots[*at]).collect()),
            known: [0, 1].map(|side| of_side(side).count()),
            marks: (0..pairs.len()).flat_map(both).filter_map(mark).collect(),
            axes: axes(map),
            explained: map.explained.iter().sum(),
        }
    }

    /// How a picture is laid over its frames.
    fn layout(&self) -> Layout {
        let places = self.dots.iter().flatten().map(|dot| dot.at);
        let grown = |[low, high]: [[f64; 2]; 2], at: [f64; 2]| {
            [[low[0].min(at[0]), low[1].min(at[1])], [high[0].max(at[0]), high[1].max(at[1])]]
        };
        let ends = places.map(|at| [at, at]).reduce(|ends, [at, _]| grown(ends, at));
        let [low, high] = ends.unwrap_or_default();
        let [wide, tall] = [0, 1].map(|axis| high[axis] - low[axis]);
        let room = WIDTH - 2.0 * MARGIN;
        let ratio = tall / wide;
        let asked = if ratio.is_finite() { room * ratio } else { room };
        let height = (asked + 2.0 * MARGIN).clamp(HEIGHTS[0], HEIGHTS[1]).round();
        // One scale both ways: how far marks lie apart means the same in every direction.
        let scale = (room / wide).min((height - 2.0 * MARGIN) / tall);
        let scale = if scale.is_finite() { scale } else { 0.0 };
        Layout { middle: [0, 1].map(|axis| low[axis] / 2.0 + high[axis] / 2.0), scale, height }
    }

    /// The set's line of a path that is drawn in this turn.
    fn layer(&self, layout: Layout, side: usize, turn: usize) -> String {
        let dots = self.dots[side].iter().skip(turn).step_by(LAYERS);
        dots.map(|dot| layout.line(dot, FORMS[side])).collect()
    }

    /// How many of a side's frames are shown.
    fn count(&self, side: usize) -> String {
        let (shown, known) = (self.dots[side].len(), self.known[side]);
        if shown == known { counted(known, "frame") } else { format!("{shown} of {}", counted(known, "frame")) }
    }
}

/// From the plane into the picture.
#[derive(Clone, Copy, Debug)]
struct Layout {
    middle: [f64; 2],
    scale: f64,
    height: f64,
}

impl Layout {
    /// Whole units, across and down.
    fn place(self, at: [f64; 2]) -> [u32; 2] {
        let [x, y] = [0, 1].map(|axis| (at[axis] - self.middle[axis]) * self.scale);
        [WIDTH / 2.0 + x, self.height / 2.0 - y].map(|unit| unit.round().clamp(0.0, WIDTH) as u32)
    }

    fn line(self, dot: &MapDot, form: &str) -> String {
        let [x, y] = self.place(dot.at);
        format!("M{x} {y}{form}")
    }
}

/// How many frames of either set are shown: all of a small one, so that a large one does not crowd it out.
fn shares(known: [usize; 2]) -> [usize; 2] {
    let reference = known[0].min(MOST - known[1].min(MOST / 2));
    [reference, known[1].min(MOST - reference)]
}

/// At most `most` of `all`, which is sorted: those that are wanted, and others evenly.
fn taken(all: &[usize], wanted: &[Option<usize>], most: usize) -> Vec<usize> {
    if all.len() <= most {
        return all.to_vec();
    }
    let is_known = |at: &usize| all.binary_search(at).is_ok();
    let wanted: BTreeSet<usize> = wanted.iter().flatten().copied().filter(is_known).take(most).collect();
    let others: Vec<usize> = all.iter().copied().filter(|at| !wanted.contains(at)).collect();
    let mut taken: Vec<usize> = evenly(others.len(), most - wanted.len()).map(|at| others[at]).collect();
    taken.extend(wanted);
    taken.sort_unstable();
    taken
}

/// `count` of `n` positions, one of each of as many runs of one length. Where in its run each stands goes round by the golden ratio:
/// episodes that are as long as a run would else be seen at one moment alone.
fn evenly(n: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(n);
    (0..count).map(move |at| {
        let [from, to] = [at, at + 1].map(|end| end * n / count);
        let turn = (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        from + ((turn * (to - from) as u64) >> 32) as usize
    })
}

/// What places mean, as the studio says it.
fn axes(map: &FeatureMap) -> [String; 2] {
    [0, 1].map(|at| {
        let (way, share) = (["Across", "Up"][at], percent(map.explained[at]));
        match map.strongest {
            Some(names) => format!("{way}: {share} of what varies, most of all `{}`", names[at]),
            None => format!("{way}: {share} of what varies in the network’s features"),
        }
    })
}

fn percent(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    format!("{:.0}\u{2009}%", 100.0 * share)
}

/// The plane, where there is one with anything on it.
fn known<'a>(view: &'a PageView<'_>) -> Option<&'a PageMap> {
    view.map.as_ref().filter(|map| map.dots.iter().any(|dots| !dots.is_empty()))
}

/// The section; nothing where no map was kept.
pub(super) fn scatter(view: &PageView<'_>) -> String {
    let Some(map) = known(view) else { return String::new() };
    let sides = Named::of(view.finding);
    let layout = map.layout();
    let hint = if map.marks.is_empty() {
        "With the focus, arrows go from mark to mark."
    } else {
        "A click on a ringed mark shows its pair. With the focus, arrows go from mark to mark, Page Up and Page Down between ringed \
         ones, and Enter shows the pair."
    };
    let view_box = format!("viewBox=\"0 0 {WIDTH} {}\"", layout.height);
    format!(
        "<section aria-labelledby=\"plane-title\">\n<h2 id=\"plane-title\">Frames on one plane</h2>\n<p class=\"soft\">{}</p>\n\
         <div class=\"plane-sets\" role=\"group\" aria-label=\"Sets on the plane\">{}{}</div>\n\
         <div id=\"plane\" class=\"plane\" role=\"group\" aria-label=\"{}\" aria-describedby=\"plane-hint\">\n\
         <svg class=\"plane-dots\" {view_box} role=\"presentation\">{}{}</svg>\n\
         <svg id=\"plane-over\" {view_box} aria-hidden=\"true\"><path/><circle/><circle/><circle/></svg>\n\
         <div id=\"plane-tip\" aria-hidden=\"true\" hidden></div>\n</div>\n\
         <p class=\"plane-axes soft\"><span>{}</span> <span>{}</span></p>\n<p id=\"plane-hint\" class=\"soft\">{hint}</p>\n\
         <p id=\"plane-said\" class=\"unseen\" aria-live=\"polite\"></p>\n</section>\n",
        caption(map),
        button(map, 0, sides),
        button(map, 1, sides),
        label(map, sides),
        layers(map, layout, sides),
        marks(map, layout, sides),
        sentence(&map.axes[0]),
        sentence(&map.axes[1]),
    )
}

/// What is seen, and what must not be read from it.
fn caption(map: &PageMap) -> String {
    let rings =
        if map.marks.is_empty() { "" } else { " Ringed marks are the frames nearest to the pictures of the pairs." };
    format!(
        "Each mark is a frame, placed along the two directions in which the frames of both sets vary most. The plane shows {} of \
         all that varies: what lies together on it may still differ in the rest.{rings}",
        percent(map.explained),
    )
}

/// For those who do not see it.
fn label(map: &PageMap, sides: [Named<'_>; 2]) -> String {
    let of = |side: usize| format!("{} of {}", map.count(side), escape(sides[side].name));
    format!("Scatter of frames on one plane: {}, the reference, and {}", of(0), of(1))
}

/// How a side's marks look: hollow where both sets have one colour.
fn class(side: usize, sides: [Named<'_>; 2]) -> String {
    let form = if side == 0 { "" } else { " diamond" };
    let hollow = if side == 1 && sides[0].origin == sides[1].origin { HOLLOW } else { "" };
    format!("dots {}{form}{hollow}", kind(sides[side].origin))
}

/// A set's mark, its name, and how many of its frames are shown; the script makes it a switch.
fn button(map: &PageMap, side: usize, sides: [Named<'_>; 2]) -> String {
    format!(
        "<button type=\"button\" id=\"plane-set-{side}\" aria-pressed=\"true\" title=\"Show or hide the set’s frames\" disabled>\
         <svg class=\"plane-mark\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">{}</svg>{} <bdi>{}</bdi> \
         <span class=\"soft\">{}</span></button>",
        drawn(&class(side, sides), &format!("M6 6{}", FORMS[side])),
        sides[side].badge(),
        escape(sides[side].name),
        map.count(side),
    )
}

/// Lines as marks, once more and smaller in the colour of the ground where something shows through them.
fn drawn(class: &str, lines: &str) -> String {
    let path = |class: &str| format!("<path{class} vector-effect=\"non-scaling-stroke\" d=\"{lines}\"/>");
    let hole = if class.ends_with(HOLLOW) { path(" class=\"hole\"") } else { String::new() };
    format!("<g class=\"{class}\">{}{hole}</g>", path(""))
}

/// All marks, the sets in turns.
fn layers(map: &PageMap, layout: Layout, sides: [Named<'_>; 2]) -> String {
    let turns = (0..LAYERS).flat_map(|turn| [(turn, 0), (turn, 1)]);
    let layer = |(turn, side): (usize, usize)| {
        let lines = map.layer(layout, side, turn);
        if lines.is_empty() {
            return String::new();
        }
        format!("<g data-side=\"{side}\">{}</g>\n", drawn(&class(side, sides), &lines))
    };
    turns.map(layer).collect()
}

/// The ringed ones, each a link to its pair. The list of pairs is what a keyboard walks through.
fn marks(map: &PageMap, layout: Layout, sides: [Named<'_>; 2]) -> String {
    let one = |mark: &Mark| {
        let Mark { pair, side, at } = *mark;
        let dot = &map.dots[side][at];
        format!(
            "<a data-side=\"{side}\" href=\"#pair-{pair}\" tabindex=\"-1\" aria-label=\"Pair {pair}, {}, episode {}, frame {}\">\
             {}{}</a>\n",
            escape(sides[side].name),
            dot.episode,
            dot.frame,
            drawn("ring hollow", &layout.line(dot, FORMS[0])),
            drawn(&class(side, sides), &layout.line(dot, FORMS[side])),
        )
    };
    map.marks.iter().map(one).collect()
}

/// What the script must know of the marks, in the order in which each set has them: episodes as runs, frames, and which is ringed.
pub(super) fn data(view: &PageView<'_>) -> Value {
    let Some(map) = known(view) else { return Value::Null };
    let set = |dots: &Vec<MapDot>| {
        // Names of episodes are text: a script's numbers end at 2^53.
        let runs = dots.chunk_by(|one, next| one.episode == next.episode);
        let runs = runs.filter_map(|run| run.first().map(|first| json!([first.episode.to_string(), run.len()])));
        let frames: Vec<u32> = dots.iter().map(|dot| dot.frame).collect();
        json!({ "episodes": runs.collect::<Vec<Value>>(), "frames": frames })
    };
    let marks: Vec<Value> = map.marks.iter().map(|mark| json!([mark.pair, mark.side, mark.at])).collect();
    json!({ "sets": map.dots.each_ref().map(set), "marks": marks })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Episodes of five frames, each at its number across and at its episode up.
    fn map(frames: [usize; 2]) -> FeatureMap {
        let dot = |side: usize, at: usize| MapDot {
            side,
            episode: at as u64 / 5,
            frame: at as u32 % 5,
            at: [at as f64, (at / 5) as f64],
        };
        with([0, 1].map(|side| (0..frames[side]).map(|at| dot(side, at)).collect::<Vec<_>>()).concat())
    }

    fn with(dots: Vec<MapDot>) -> FeatureMap {
        let mut runs = BTreeMap::new();
        for (at, dot) in dots.iter().enumerate() {
            runs.entry((dot.side, dot.episode)).or_insert(at..at).end = at + 1;
        }
        let dots = dots.into();
        FeatureMap { dots, runs: runs.into(), explained: [0.5, 0.25], ..FeatureMap::default() }
    }

    #[test]
    fn large_sets_are_taken_evenly_and_small_ones_whole() {
        for (known, shown) in [
            ([3, 4], [3, 4]),
            ([2_000, 2_000], [2_000, 2_000]),
            ([5_000, 100], [3_900, 100]),
            ([100, 90_000], [100, 3_900]),
            ([9_000, 9_000], [2_000, 2_000]),
            ([0, 9_000], [0, 4_000]),
        ] {
            let page = PageMap::of(&map(known), &[]);
            assert_eq!(page.dots.each_ref().map(Vec::len), shown, "of {known:?}");
            assert_eq!(page.known, known, "and told");
        }
        let page = PageMap::of(&map([9_000, 100]), &[]);
        assert_eq!([page.count(0), page.count(1)], ["3900 of 9000 frames", "100 frames"], "in words");
        let numbers: Vec<usize> = page.dots[0].iter().map(|dot| dot.at[0] as usize).collect();
        assert!(numbers.windows(2).all(|two| two[0] < two[1] && two[1] - two[0] <= 6), "no gap of more than two runs");
    }

    #[test]
    fn one_of_each_run_at_every_moment_of_it() {
        let taken: Vec<usize> = evenly(4_000, 100).collect();
        assert!(taken.iter().enumerate().all(|(run, at)| at / 40 == run), "one each");
        let moments: BTreeSet<usize> = taken.iter().map(|at| at % 40).collect();
        assert!(moments.len() >= 38, "{} of 40 moments", moments.len());
        assert_eq!(evenly(3, 9).collect::<Vec<_>>(), [0, 1, 2], "no more than there are");
        assert_eq!(evenly(0, 9).count() + evenly(9, 0).count(), 0, "of nothing, nothing");
    }

    #[test]
    fn frames_of_pairs_are_among_them_and_marked() {
        let known = map([9_000, 9_000]);
        // The other set has no episode 5000: it is no part of the map, and is not marked.
        let pairs = [[(3, 4), (1_799, 0)], [(3, 4), (5_000, 0)], [(7, 99), (0, 2)]];
        let page = PageMap::of(&known, &pairs);
        assert_eq!(page.dots.each_ref().map(Vec::len), [2_000, 2_000], "no more for it");
        let marked: Vec<(usize, usize, u64, u32)> = page
            .marks
            .iter()
            .map(|mark| (mark.pair, mark.side, &page.dots[mark.side][mark.at]))
            .map(|(pair, side, dot)| (pair, side, dot.episode, dot.frame))
            .collect();
        let nearest = (3, 0, 7, 4);
        assert_eq!(marked, [(1, 0, 3, 4), (1, 1, 1_799, 0), (2, 0, 3, 4), nearest, (3, 1, 0, 2)]);
    }

    #[test]
    fn places_are_whole_numbers_on_one_scale() {
        let dot = |side: usize, at: [f64; 2]| MapDot { side, episode: 1, frame: 0, at };
        let places = |dots: &[MapDot]| {
            let page = PageMap::of(&with(dots.to_vec()), &[]);
            let layout = page.layout();
            (page.dots.iter().flatten().map(|dot| layout.place(dot.at)).collect::<Vec<_>>(), layout.height)
        };
        // 1000 less a margin of 24 on both sides over 4 units is 238 a unit; the second axis goes up.
        let known = [dot(0, [-1.0, 0.0]), dot(0, [1.0, 1.0]), dot(1, [3.0, 2.0])];
        assert_eq!(places(&known), (vec![[24, 500], [500, 262], [976, 24]], 524.0));
        assert_eq!(places(&[dot(0, [7.0, 7.0]); 2]), (vec![[500, 320]; 2], 640.0), "all in one place");
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(|value| dot(1, [value, 0.0]));
        let page = PageMap::of(&with([&known[..], &odd[..]].concat()), &[[(1, 0), (1, 0)]]);
        assert_eq!(page.dots.each_ref().map(Vec::len), [2, 1], "what has no place is not shown");
        assert_eq!(page.known, [2, 4], "and told");
        let far = [dot(0, [-f64::MAX, 0.0]), dot(1, [f64::MAX, f64::MAX])];
        assert!(places(&far).0.iter().flatten().all(|unit| *unit <= 1000), "any two numbers");
    }
}
