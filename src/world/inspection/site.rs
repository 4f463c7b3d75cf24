//! Where on a board a defect of some kind can be: on which trace, towards which neighbour, in which copper, in which gap.

use glam::DVec2;

use super::board::{Board, POUR, Run};
use super::defect::Kind;
use super::grid::{FREE, Node, square};
use super::parts::{Kind as PadKind, Pad};

/// A gap to a neighbour is looked for so many nodes from a trace's edge.
const REACH: i32 = 4;

/// A place where a defect can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Site {
    /// In mm from the board's middle; on a trace, on its middle line.
    pub(super) at_mm: DVec2,
    /// Along the trace there; any direction elsewhere.
    pub(super) along: DVec2,
    /// The net that it damages; [`FREE`] where there is none.
    pub(super) net: u16,
    /// Half the width of the trace; half the extent of the copper or of the room round it elsewhere.
    pub(super) half_mm: f64,
    /// To the left of the trace: how far the next copper is, and whether it was found there.
    pub(super) gap_mm: f64,
    pub(super) faces: bool,
}

/// The places for `kind` whose middle lies in the square of `window_mm` round the board's middle, from left to right.
pub(super) fn all(board: &Board, kind: Kind, window_mm: f64) -> Vec<Site> {
    let mut sites: Vec<Site> = match kind {
        Kind::Open | Kind::Mousebite => board.runs.iter().flat_map(|run| along(board, run)).collect(),
        Kind::Short => across(board).filter(|site| site.faces).collect(),
        Kind::Spur => across(board).collect(),
        Kind::Copper => gaps(board),
        Kind::Pinhole => inside(board),
    };
    sites.retain(|site| site.at_mm.abs().max_element() <= 0.5 * window_mm);
    // Left to right; the order of a column's sites is that of the runs, which is kept.
    sites.sort_by(|a, b| a.at_mm.x.total_cmp(&b.at_mm.x));
    sites
}

fn direction((x, y): (i32, i32)) -> DVec2 {
    DVec2::new(f64::from(x), f64::from(y)).normalize_or(DVec2::X)
}

/// Both edges of a trace, far enough from its ends.
fn along(board: &Board, run: &Run) -> Vec<Site> {
    let (way, steps) = run.steps();
    // A step along a diagonal is longer; what is wider has wider ends.
    let step = direction(way).dot(DVec2::new(f64::from(way.0), f64::from(way.1)));
    let ends = libm::ceil((1.5 + f64::from(run.radius)) / step) as i32;
    let site = |at: i32, side: f64| Site {
        at_mm: board.at_mm(run.from.by(way, at)),
        along: side * direction(way),
        net: run.net,
        half_mm: board.half_mm(run.radius),
        gap_mm: 0.0,
        faces: false,
    };
    // Beside its own pads a trace cannot be cut through.
    let pads: Vec<&Pad> = board.pads.iter().filter(|pad| pad.net == run.net).collect();
    let is_clear = |at: &i32| {
        let (node, away) = (run.from.by(way, *at), 1 + run.radius);
        let beside = |pad: &&Pad| {
            let by = (pad.low.x - node.x).max(node.x - pad.high.x).max(pad.low.y - node.y).max(node.y - pad.high.y);
            by <= away
        };
        !pads.iter().any(beside)
    };
    (ends..=steps - ends).filter(is_clear).flat_map(|at| [site(at, 1.0), site(at, -1.0)]).collect()
}

/// The sides of straight traces with what they face.
fn across(board: &Board) -> impl Iterator<Item = Site> {
    board.runs.iter().flat_map(move |run| {
        let (way, steps) = run.steps();
        let is_diagonal = way.0 != 0 && way.1 != 0;
        let places = if is_diagonal { 0..0 } else { 1 + run.radius..steps - run.radius };
        places.flat_map(move |at| [1, -1].into_iter().filter_map(move |side| facing(board, run, at, side)))
    })
}

/// What the trace `run` faces at its step `at`, on its left (`side` 1) or right.
fn facing(board: &Board, run: &Run, at: i32, side: i32) -> Option<Site> {
    let (way, _) = run.steps();
    let left = (-way.1 * side, way.0 * side);
    let from = run.from.by(way, at);
    let grid = &board.grid;
    // Its neighbours along the trace must be free as well, so that nothing else comes near.
    let is_free = |away: i32| {
        [-1, 0, 1].into_iter().all(|by| [FREE, run.net].contains(&grid.owner(from.by(way, by).by(left, away))))
    };
    let mut faces = false;
    let mut end = run.radius + REACH;
    for away in run.radius + 1..=run.radius + REACH {
        if is_free(away) {
            continue;
        }
        faces = grid.copper(from.by(left, away)).is_some_and(|owner| owner != run.net);
        end = away;
        break;
    }
    let gap_mm = f64::from(end - run.radius) * board.pitch_mm() - board.design.trace_mm;
    let own_in_between = (run.radius + 1..end).any(|away| grid.owner(from.by(left, away)) == run.net);
    (gap_mm > 0.0 && !own_in_between).then(|| Site {
        at_mm: board.at_mm(from),
        along: direction(way) * f64::from(side),
        net: run.net,
        half_mm: board.half_mm(run.radius),
        gap_mm,
        faces,
    })
}

/// A place that no trace tells a direction of.
fn round(at_mm: DVec2, net: u16, half_mm: f64) -> Site {
    Site { at_mm, along: DVec2::X, net, half_mm, gap_mm: 0.0, faces: false }
}

/// The middles of free room.
fn gaps(board: &Board) -> Vec<Site> {
    let is_free = |node: &Node| square(*node, 1).all(|at| board.grid.owner(at) == FREE);
    // Copper begins half a trace before the next node but one.
    let room_mm = 2.0 * board.pitch_mm() - 0.5 * board.design.trace_mm;
    board.grid.nodes().filter(is_free).map(|node| round(board.at_mm(node), FREE, room_mm)).collect()
}

/// Copper that is wider than a signal: lands, wide traces, the pour; signals where a board has nothing else.
fn inside(board: &Board) -> Vec<Site> {
    let pads = board.pads.iter().filter(|pad| pad.kind != PadKind::Pin && pad.kind != PadKind::Via);
    let lands = pads.flat_map(|pad| {
        let depth = move |node: &Node| {
            let (low, high) = (pad.low, pad.high);
            (node.x - low.x).min(high.x - node.x).min(node.y - low.y).min(high.y - node.y)
        };
        // Of a disc only the middle is as deep as its square.
        let deep = pad.nodes().filter(move |node| depth(node) >= if pad.is_round() { pad.radius() } else { 1 });
        deep.map(move |node| round(board.at_mm(node), pad.net, board.half_mm(depth(&node))))
    });
    let wide = board.runs.iter().filter(|run| run.radius > 0).flat_map(|run| along(board, run)).step_by(2);
    let poured = |node: &Node| square(*node, 1).all(|at| board.grid.copper(at) == Some(POUR));
    let pour = board.grid.nodes().filter(poured).map(|node| round(board.at_mm(node), POUR, board.half_mm(1)));
    let found: Vec<Site> = lands.chain(wide).chain(pour).collect();
    if found.is_empty() { board.runs.iter().flat_map(|run| along(board, run)).collect() } else { found }
}
