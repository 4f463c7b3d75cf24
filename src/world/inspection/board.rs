//! A board made from a seed: parts, the traces between them, vias and a pour, and the copper that they are.
//!
//! Everything lies on a grid whose nodes are one trace and one space apart, so that nothing comes nearer to another net than
//! the space. What a board does, more layers and the holes' plating are deliberately left out.

use glam::DVec2;

use super::grid::{FREE, Grid, Node, square};
use super::parts::{self, Kind, Pad, Part};
use super::region::{Outline, Region, capsule, chamfered, disc, outline, rectangle, rounded};
use crate::base::StreamKey;
use crate::base::stream::Stream;

/// The most nodes that a board may have: what a laptop lays out in some ten milliseconds.
const NODES_MAX: f64 = 60_000.0;
/// The fewest along a side.
const SIDE_MIN: f64 = 14.0;
/// Radius of a land's corners, as a share of half a trace.
const LAND_ROUND: f64 = 0.7;
/// Nodes at the edge that stay free.
const MARGIN: i32 = 2;
/// The pour's net: all its islands.
pub(super) const POUR: u16 = u16::MAX - 1;
/// An island of fewer nodes is left out.
const ISLAND_MIN: usize = 24;

/// What a board is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Design {
    pub(super) seed: u64,
    pub(super) size_mm: DVec2,
    pub(super) trace_mm: f64,
    pub(super) space_mm: f64,
    /// 0 a few parts, 1 as many as find room.
    pub(super) density: f64,
    /// The share of the board, from its left edge, whose free room is filled with copper.
    pub(super) pour: f64,
}

/// A straight piece of a trace between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) net: u16,
    pub(super) from: Node,
    pub(super) to: Node,
    /// Nodes from its middle line to its edge: 0 a signal, 1 power.
    pub(super) radius: i32,
}

impl Run {
    /// Its direction and how many steps it has.
    pub(super) fn steps(&self) -> ((i32, i32), i32) {
        let (x, y) = (self.to.x - self.from.x, self.to.y - self.from.y);
        ((x.signum(), y.signum()), x.abs().max(y.abs()))
    }
}

/// A net's copper.
#[derive(Clone, Debug)]
pub(super) struct Net {
    pub(super) number: u16,
    pub(super) copper: Region,
    /// Its low and high corner in mm.
    pub(super) bounds_mm: [DVec2; 2],
}

impl Net {
    fn new(number: u16, copper: Region) -> Option<Self> {
        let bounds_mm = copper.bounds_mm()?;
        Some(Self { number, copper, bounds_mm })
    }
}

/// A board without defects.
#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) design: Design,
    pub(super) grid: Grid,
    pub(super) pads: Vec<Pad>,
    pub(super) parts: Vec<Part>,
    pub(super) runs: Vec<Run>,
    /// The copper of every net; none touches another.
    pub(super) nets: Vec<Net>,
    /// Copper of all nets.
    pub(super) copper: Region,
    /// Where the mask leaves pads free, and what is drilled.
    pub(super) openings: Region,
    pub(super) holes: Region,
}

/// The sentence on a design that no board can be made from.
fn refuse(design: &Design) -> Option<String> {
    let pitch_mm = design.trace_mm + design.space_mm;
    let DVec2 { x, y } = design.size_mm / pitch_mm;
    let what = format!("a board of {} × {} mm at a pitch of {pitch_mm:.2} mm", design.size_mm.x, design.size_mm.y);
    if x * y > NODES_MAX {
        return Some(format!("{what} is too large to lay out; make it smaller, or its traces and spaces wider"));
    }
    let cure = "make it larger, or its traces and spaces narrower";
    (x.min(y) < SIDE_MIN).then(|| format!("{what} has no room for parts; {cure}"))
}

impl Board {
    /// The board of `design`; the same one for the same design, bit for bit.
    ///
    /// # Errors
    /// A sentence on a board too large to lay out, or too small for anything.
    pub(super) fn new(design: Design) -> Result<Self, String> {
        if let Some(sentence) = refuse(&design) {
            return Err(sentence);
        }
        let pitch_mm = design.trace_mm + design.space_mm;
        let [wide, high] = (design.size_mm / pitch_mm).to_array().map(|nodes| nodes as i32);
        let mut grid = Grid::new(wide, high, MARGIN);
        let key = StreamKey::new(design.seed, "inspection");
        let tries = 20.0 + design.density * f64::from(wide * high) / 10.0;
        let (mut pads, parts) = parts::place(&mut grid, &mut key.stream("parts", 0), tries as usize);
        let mut runs = Vec::new();
        connect(&mut grid, (&mut pads, &parts, &mut runs), &mut key.stream("nets", 0));
        let poured = pour(&mut grid, &pads, (design.pour * f64::from(wide)) as i32);
        let empty = Region::default();
        let mut board = Self {
            design,
            grid,
            pads,
            parts,
            runs,
            nets: Vec::new(),
            copper: empty.clone(),
            openings: empty.clone(),
            holes: empty,
        };
        board.fill_in(&poured);
        Ok(board)
    }

    /// One trace and one space, in mm.
    pub(super) fn pitch_mm(&self) -> f64 {
        self.design.trace_mm + self.design.space_mm
    }

    /// Where `node` lies, from the board's middle, in mm.
    pub(super) fn at_mm(&self, node: Node) -> DVec2 {
        let middle = DVec2::new(f64::from(self.grid.wide - 1), f64::from(self.grid.high - 1)) * 0.5;
        (DVec2::new(f64::from(node.x), f64::from(node.y)) - middle) * self.pitch_mm()
    }

    /// From the middle line of what is `radius` nodes wide to its edge, in mm.
    pub(super) fn half_mm(&self, radius: i32) -> f64 {
        0.5 * self.design.trace_mm + f64::from(radius) * self.pitch_mm()
    }

    /// The whole board from above.
    pub(super) fn outline(&self) -> Outline {
        rectangle(-0.5 * self.design.size_mm, 0.5 * self.design.size_mm)
    }

    /// Pads as copper, grown by `by_mm`.
    pub(super) fn pad(&self, pad: &Pad, by_mm: f64) -> Outline {
        let (low, high) = (self.at_mm(pad.low), self.at_mm(pad.high));
        let half = self.half_mm(0) + by_mm;
        match pad.kind {
            // Within the round end of a trace that begins at its corner.
            Kind::Land => rounded(low - half, high + half, LAND_ROUND * half),
            Kind::Area => chamfered(low - half, high + half, 0.8 * self.pitch_mm()),
            Kind::Pin | Kind::Via | Kind::Probe => disc(0.5 * (low + high), 0.5 * (high.x - low.x) + half),
        }
    }

    /// The copper of everything that lies on the grid.
    fn fill_in(&mut self, poured: &[[Node; 3]]) {
        let n = self.pads.iter().map(|pad| pad.net).max().unwrap_or(0);
        let mut outlines: Vec<Vec<Outline>> = vec![Vec::new(); usize::from(n) + 1];
        let mut put = |net: u16, outline| {
            if let Some(all) = outlines.get_mut(usize::from(net)) {
                all.push(outline);
            }
        };
        for pad in &self.pads {
            put(pad.net, self.pad(pad, 0.0));
        }
        for run in &self.runs {
            put(run.net, capsule([run.from, run.to].map(|node| self.at_mm(node)), self.half_mm(run.radius)));
        }
        let net = |(number, all): (usize, &Vec<Outline>)| Net::new(number as u16, Region::of(all));
        self.nets = outlines.iter().enumerate().filter_map(net).collect();
        let half = self.half_mm(0);
        let fill = |&[low, high, corner]: &[Node; 3]| {
            let [a, b, c] = [low, high, corner].map(|node| self.at_mm(node));
            if corner == low {
                return rectangle(a - half, b + half);
            }
            // From corner to corner of the squares at its ends.
            let out = (a + b - 2.0 * c) * (half / self.pitch_mm());
            outline(&[c, a, a + out, b + out, b])
        };
        let pour = Region::of(&poured.iter().map(fill).collect::<Vec<_>>());
        self.nets.extend(pour.pieces().filter_map(|island| Net::new(POUR, island)));
        self.copper = Region::together(self.nets.iter().map(|net| &net.copper));
        let grown = 0.4 * self.design.space_mm.min(0.2);
        let free = self.pads.iter().filter(|pad| pad.is_bare()).map(|pad| self.pad(pad, grown));
        self.openings = Region::of(&free.collect::<Vec<_>>());
        let drilled = self.pads.iter().filter(|pad| matches!(pad.kind, Kind::Pin | Kind::Via)).map(|pad| {
            let (low, high) = (self.at_mm(pad.low), self.at_mm(pad.high));
            disc(0.5 * (low + high), 0.45 * (0.5 * (high.x - low.x) + half))
        });
        self.holes = Region::of(&drilled.collect::<Vec<_>>());
    }
}

/// Joins pads of different parts by traces, nearest first; a pad that finds none gets a via to another layer.
fn connect(grid: &mut Grid, (pads, parts, runs): (&mut Vec<Pad>, &[Part], &mut Vec<Run>), stream: &mut Stream) {
    let mut order: Vec<(usize, usize)> =
        parts.iter().enumerate().flat_map(|(part, all)| all.pads.iter().map(move |pad| (part, *pad))).collect();
    // Pins of a chip in turn, so that they leave as bundles; parts as they come.
    let mut joined = vec![false; order.len()];
    let all = order.clone();
    order.retain(|(_, pad)| pads.get(*pad).is_some_and(|pad| pad.radius() < 4));
    for (part, pad) in order {
        if joined.get(pad) == Some(&true) {
            continue;
        }
        let Some(from) = pads.get(pad).copied() else { continue };
        let mut others: Vec<(i64, usize)> = all
            .iter()
            .filter(|(other, pad)| *other != part && joined.get(*pad) == Some(&false))
            .filter_map(|(_, pad)| Some((distance(&from, pads.get(*pad)?) + stream.next_below(12) as i64, *pad)))
            .collect();
        others.sort_unstable();
        let found = others.iter().take(2).find_map(|(_, other)| {
            let to = pads.get(*other).copied()?;
            Some((*other, join(grid, (&from, &to), stream.next_unit() < 0.3)?))
        });
        if let Some((other, (path, radius))) = found {
            let was = pads.get(other).map_or(FREE, |pad| pad.net);
            grid.take_path(&path, from.net, radius);
            grid.rename(was, from.net);
            pads.iter_mut().filter(|pad| pad.net == was).for_each(|pad| pad.net = from.net);
            runs.iter_mut().filter(|run| run.net == was).for_each(|run| run.net = from.net);
            runs.extend(straight(&path, from.net, radius));
            for pad in [pad, other] {
                if let Some(done) = joined.get_mut(pad) {
                    *done = true;
                }
            }
        } else {
            lead_away(grid, &from, (pads, runs));
            joined.iter_mut().skip(pad).take(1).for_each(|done| *done = true);
        }
    }
}

/// How far two pads lie apart, in nodes.
fn distance(a: &Pad, b: &Pad) -> i64 {
    let middle = |pad: &Pad| (pad.low.x + pad.high.x, pad.low.y + pad.high.y);
    let ((ax, ay), (bx, by)) = (middle(a), middle(b));
    i64::from((ax - bx).abs().max((ay - by).abs())) / 2
}

/// The way of a trace between two pads, and its radius: wide where it is wanted and there is room.
fn join(grid: &mut Grid, (from, to): (&Pad, &Pad), wide: bool) -> Option<(Vec<Node>, i32)> {
    let aim = Node::new(i32::midpoint(to.low.x, to.high.x), i32::midpoint(to.low.y, to.high.y));
    let is_wide = wide && from.radius().min(to.radius()) >= 1;
    let radii: &[i32] = if is_wide { &[1, 0] } else { &[0] };
    // While the way is sought, the goal's nodes are its own: a wide trace comes near them before it arrives.
    grid.rename(to.net, from.net);
    let rim = to.rim();
    let goal = |_: &Grid, node: Node| rim.contains(&node);
    let found = radii
        .iter()
        .find_map(|radius| Some((grid.way(&from.rim(), (&goal, Some(aim)), (from.net, *radius))?, *radius)));
    parts::take(grid, to);
    found
}

/// A short trace from `pad` to a via.
fn lead_away(grid: &mut Grid, pad: &Pad, (pads, runs): (&mut Vec<Pad>, &mut Vec<Run>)) {
    let (low, high, net) = (pad.low, pad.high, pad.net);
    let near = |node: Node| node.x >= low.x - 2 && node.x <= high.x + 2 && node.y >= low.y - 2 && node.y <= high.y + 2;
    let goal = |grid: &Grid, node: Node| !near(node) && square(node, 1).all(|at| grid.owner(at) == FREE);
    let Some(path) = grid.way(&pad.rim(), (&goal, None), (net, 0)) else { return };
    let Some(end) = path.last().copied().filter(|_| path.len() < 16) else { return };
    grid.take_path(&path, net, 0);
    runs.extend(straight(&path, net, 0));
    let via = Pad { low: end.by((-1, -1), 1), high: end.by((1, 1), 1), kind: Kind::Via, net };
    parts::take(grid, &via);
    pads.push(via);
}

/// The straight pieces of a path.
fn straight(path: &[Node], net: u16, radius: i32) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for pair in path.windows(2) {
        let [from, to] = *pair else { continue };
        let step = Run { net, from, to, radius };
        match runs.last_mut() {
            Some(last) if last.steps().0 == step.steps().0 => last.to = to,
            _ => runs.push(step),
        }
    }
    runs
}

/// Fills the free room of the first `columns` columns: rectangles as (low, high, low), and along diagonals (from, to, beside).
fn pour(grid: &mut Grid, pads: &[Pad], columns: i32) -> Vec<[Node; 3]> {
    let block = |grid: &Grid, at: Node| {
        at.x + 1 < columns && square_of(at).into_iter().all(|node| [FREE, POUR].contains(&grid.owner(node)))
    };
    let blocks: Vec<Node> = grid.nodes().filter(|at| block(grid, *at)).collect();
    for at in &blocks {
        for node in square_of(*at) {
            grid.take(node, POUR, false);
        }
    }
    drop_islands(grid);
    let mut filled = Vec::new();
    for y in 0..grid.high {
        let mut from = None;
        for x in 0..=grid.wide {
            let at = Node::new(x, y);
            let is_filled = square_of(at).into_iter().all(|node| grid.owner(node) == POUR);
            match (is_filled, from) {
                (true, None) => from = Some(at),
                (false, Some(low)) => {
                    filled.push([low, at.by((0, 1), 1), low]);
                    from = None;
                }
                _ => {}
            }
        }
    }
    // Round discs the pour keeps its steps: a cut corner would come too near.
    let is_disc = |node: Node| pads.iter().any(|pad| pad.is_round() && pad.nodes().any(|own| own == node));
    let cut = grid.nodes().filter_map(|at| beside_diagonal(grid, at)).filter(|(open, _)| !is_disc(*open));
    filled.extend(cut.map(|(_, corners)| corners));
    filled
}

/// The four nodes whose lowest is `at`.
fn square_of(at: Node) -> [Node; 4] {
    [at, at.by((1, 0), 1), at.by((1, 1), 1), at.by((0, 1), 1)]
}

/// Where three nodes of a square are poured and the fourth only keeps its distance to a diagonal: that one, and the three.
fn beside_diagonal(grid: &Grid, at: Node) -> Option<(Node, [Node; 3])> {
    let nodes = square_of(at);
    let poured = nodes.map(|node| grid.owner(node) == POUR);
    let open = poured.iter().position(|poured| !poured)?;
    if poured.iter().filter(|poured| **poured).count() != 3 || !nodes.get(open).is_some_and(|node| grid.is_bare(*node))
    {
        return None;
    }
    let pick = |step: usize| nodes.get((open + step) % 4).copied();
    Some((pick(0)?, [pick(1)?, pick(3)?, pick(2)?]))
}

/// Gives small islands of the pour back.
fn drop_islands(grid: &mut Grid) {
    let mut seen = std::collections::BTreeSet::new();
    for start in grid.nodes() {
        if grid.owner(start) != POUR || !seen.insert(start) {
            continue;
        }
        let (mut island, mut at) = (vec![start], 0);
        while let Some(node) = island.get(at).copied() {
            at += 1;
            for step in [(1, 0), (0, 1), (-1, 0), (0, -1)] {
                let next = node.by(step, 1);
                if grid.owner(next) == POUR && seen.insert(next) {
                    island.push(next);
                }
            }
        }
        if island.len() < ISLAND_MIN {
            for node in island {
                grid.take(node, FREE, false);
            }
        }
    }
}
