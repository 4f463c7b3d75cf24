//! The footprints of parts, and where they are put on a board: pads on the nodes of its grid, nothing else.
//!
//! Sizes follow what such parts look like at the board's own pitch, not a maker's drawing.

use super::grid::{CLOSED, FREE, Grid, Node};
use crate::base::stream::Stream;

/// What a pad is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A rectangle that a part is soldered to.
    Land,
    /// A large rectangle with cut corners.
    Area,
    /// A disc of so many nodes round its middle, for a wire or a screw: with a hole.
    Pin,
    /// A disc that leads to another layer: with a hole, under the mask.
    Via,
    /// A disc that a probe is put on: without a hole.
    Probe,
}

/// Copper on the nodes from `low` to `high`, both included; a disc's touch its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pad {
    pub(super) low: Node,
    pub(super) high: Node,
    pub(super) kind: Kind,
    pub(super) net: u16,
}

impl Pad {
    /// Nodes from its middle to its edge, along the shorter side.
    pub(super) fn radius(&self) -> i32 {
        (self.high.x - self.low.x).min(self.high.y - self.low.y) / 2
    }

    pub(super) fn is_round(&self) -> bool {
        matches!(self.kind, Kind::Pin | Kind::Via | Kind::Probe)
    }

    /// Whether the mask leaves it free.
    pub(super) fn is_bare(&self) -> bool {
        self.kind != Kind::Via
    }

    /// All its nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let (low, high) = (self.low, self.high);
        (low.y..=high.y).flat_map(move |y| (low.x..=high.x).map(move |x| Node::new(x, y)))
    }

    /// Whether `node` is a corner that is cut off.
    fn is_cut_off(&self, node: Node) -> bool {
        let at_end = |at: i32, low: i32, high: i32| at == low || at == high;
        let is_corner = at_end(node.x, self.low.x, self.high.x) && at_end(node.y, self.low.y, self.high.y);
        self.kind == Kind::Area && is_corner
    }

    /// The nodes that a trace may begin at: its rim.
    pub(super) fn rim(&self) -> Vec<Node> {
        if self.is_round() {
            let middle = Node::new(i32::midpoint(self.low.x, self.high.x), i32::midpoint(self.low.y, self.high.y));
            return vec![middle];
        }
        let (low, high) = (self.low, self.high);
        let on_rim = |at: &Node| at.x == low.x || at.x == high.x || at.y == low.y || at.y == high.y;
        self.nodes().filter(|at| on_rim(at) && !self.is_cut_off(*at)).collect()
    }
}

/// A part on the board: its pads by number, and the rectangle of nodes that it covers.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) pads: Vec<usize>,
    pub(super) low: Node,
    pub(super) high: Node,
    /// Whether it is printed: probes and screws are not.
    pub(super) printed: bool,
}

/// A pad of a footprint, round its middle.
type Foot = (Kind, [i32; 4]);

/// A chip with pins on four sides and a land under its middle.
fn quad(pins: i32) -> Vec<Foot> {
    let (half, first) = (pins + 1, 1 - pins);
    let mut feet = vec![(Kind::Land, [3 - half, 3 - half, half - 3, half - 3])];
    for pin in 0..pins {
        let along = first + 2 * pin;
        feet.push((Kind::Land, [along, -half - 3, along, -half]));
        feet.push((Kind::Land, [half, along, half + 3, along]));
        feet.push((Kind::Land, [along, half, along, half + 3]));
        feet.push((Kind::Land, [-half - 3, along, -half, along]));
    }
    feet
}

/// A chip with pins on two sides.
fn dual(pins: i32) -> Vec<Foot> {
    let along = |pin: i32| 3 * pin - 3 * (pins - 1) / 2;
    let pair = |pin| {
        let at = along(pin);
        [(Kind::Land, [at, -7, at + 1, -4]), (Kind::Land, [at, 4, at + 1, 7])]
    };
    (0..pins).flat_map(pair).collect()
}

/// A resistor or a capacitor.
fn passive() -> Vec<Foot> {
    vec![(Kind::Land, [-4, -1, -2, 1]), (Kind::Land, [2, -1, 4, 1])]
}

/// A row of pins.
fn header(pins: i32) -> Vec<Foot> {
    let at = |pin: i32| 5 * pin - 5 * (pins - 1) / 2;
    (0..pins).map(|pin| (Kind::Pin, [at(pin) - 1, -1, at(pin) + 1, 1])).collect()
}

/// One of the footprints, large ones only where they leave most of the board free.
fn footprint(stream: &mut Stream, grid: &Grid, first: bool) -> Vec<Foot> {
    let room = grid.wide.min(grid.high);
    let below = |stream: &mut Stream, count: i32| stream.next_below(count.max(1) as u64) as i32;
    if first && room >= 44 {
        return quad(8 + below(stream, ((room - 36) / 6).min(8)));
    }
    match stream.next_unit() {
        kind if kind < 0.42 => passive(),
        kind if kind < 0.56 && room >= 26 => dual(3 + below(stream, ((room - 20) / 6).min(6))),
        kind if kind < 0.66 && room >= 30 => header(2 + below(stream, ((room - 20) / 8).min(6))),
        kind if kind < 0.84 => {
            let (x, y) = (2 + below(stream, 4), 1 + below(stream, 4));
            vec![(Kind::Area, [-x, -y, x, y])]
        }
        _ => {
            let radius = 1 + below(stream, 2);
            vec![(Kind::Probe, [-radius, -radius, radius, radius])]
        }
    }
}

/// Puts parts on `grid` until `tries` have been tried; a try that meets another part is let go.
pub(super) fn place(grid: &mut Grid, stream: &mut Stream, tries: usize) -> (Vec<Pad>, Vec<Part>) {
    let (mut pads, mut parts) = (Vec::new(), Vec::new());
    screws(grid, &mut pads, &mut parts);
    for attempt in 0..tries {
        let mut feet = footprint(stream, grid, attempt == 0);
        if stream.next_unit() < 0.5 {
            // A quarter turn.
            for (_, rect) in &mut feet {
                *rect = [-rect[3], rect[0], -rect[1], rect[2]];
            }
        }
        let spread = |stream: &mut Stream, size: i32| {
            let share = if attempt == 0 { 0.35 + 0.3 * stream.next_unit() } else { stream.next_unit() };
            (share * f64::from(size)) as i32
        };
        let at = Node::new(spread(stream, grid.wide), spread(stream, grid.high));
        add(grid, (&feet, at, true), &mut pads, &mut parts);
    }
    (pads, parts)
}

/// Holes for screws in the corners, where the board is large enough.
fn screws(grid: &mut Grid, pads: &mut Vec<Pad>, parts: &mut Vec<Part>) {
    if grid.wide.min(grid.high) < 60 {
        return;
    }
    let (near, right, top) = (9, grid.wide - 10, grid.high - 10);
    for (x, y) in [(near, near), (right, near), (right, top), (near, top)] {
        add(grid, (&[(Kind::Pin, [-4, -4, 4, 4])], Node::new(x, y), false), pads, parts);
    }
}

/// Adds a footprint round `at` where nothing is in its way.
fn add(grid: &mut Grid, (feet, at, printed): (&[Foot], Node, bool), pads: &mut Vec<Pad>, parts: &mut Vec<Part>) {
    let corner = |x: i32, y: i32| Node::new(at.x + x, at.y + y);
    let ends = |pick: fn(i32, i32) -> i32, side: usize| {
        feet.iter().filter_map(|(_, rect)| rect.get(side).copied()).reduce(pick).unwrap_or(0)
    };
    let (low, high) = (corner(ends(i32::min, 0), ends(i32::min, 1)), corner(ends(i32::max, 2), ends(i32::max, 3)));
    // Small boards are crowded.
    let apart = if grid.wide.min(grid.high) < 60 { 1 } else { 2 };
    let court = Pad { low: low.by((-1, -1), apart), high: high.by((1, 1), apart), kind: Kind::Land, net: CLOSED };
    if court.nodes().any(|node| grid.owner(node) != FREE) {
        return;
    }
    let first = pads.len();
    for (kind, [x0, y0, x1, y1]) in feet {
        // Nets count from 1; a board has far fewer pads than there are numbers.
        let net = pads.len() as u16 + 1;
        let pad = Pad { low: corner(*x0, *y0), high: corner(*x1, *y1), kind: *kind, net };
        take(grid, &pad);
        pads.push(pad);
    }
    let has_print = printed && feet.iter().all(|(kind, _)| matches!(kind, Kind::Land | Kind::Pin));
    parts.push(Part { pads: (first..pads.len()).collect(), low, high, printed: has_print });
}

/// Takes the nodes of `pad`.
pub(super) fn take(grid: &mut Grid, pad: &Pad) {
    let middle = pad.rim().first().copied().unwrap_or(pad.low);
    let radius = pad.radius();
    for node in pad.nodes() {
        let (x, y) = (node.x - middle.x, node.y - middle.y);
        let outside = pad.is_round() && x * x + y * y > radius * radius;
        grid.take(node, pad.net, outside || pad.is_cut_off(node));
    }
}
