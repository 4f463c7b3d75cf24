//! The grid that a board is laid out on: whose every node is, and the way that a trace finds across it.
//!
//! Neighbouring nodes lie one trace and one space apart, so that a trace on its own nodes keeps its distance by construction.
//! A diagonal step passes two more nodes at 0.7 of that, and takes them too. What the nodes belong to is the board's.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A node: column and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node {
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Node {
    pub(super) const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    pub(super) const fn by(self, (x, y): (i32, i32), times: i32) -> Self {
        Self { x: self.x + x * times, y: self.y + y * times }
    }
}

/// Nobody's.
pub(super) const FREE: u16 = 0;
/// Where nothing may be.
pub(super) const CLOSED: u16 = u16::MAX;

/// The eight ways on, counter-clockwise.
const WAYS: [(i32, i32); 8] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];
/// What a step costs: straight, diagonal; and a turn by 45° and by 90°.
const STEP: [u32; 2] = [10, 14];
const TURN: [u32; 3] = [0, 4, 14];
/// A search gives up after so many nodes: a trace that goes round half the board is left to another layer.
const PATIENCE: usize = 2000;

/// Who owns what.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) wide: i32,
    pub(super) high: i32,
    owner: Vec<u16>,
    /// Taken, but without copper at the node itself: beside a diagonal, at the corner of a disc.
    bare: Vec<bool>,
    /// The cost of the best way to a node and direction, and the search that it belongs to.
    best: Vec<(u32, u32)>,
    came: Vec<u8>,
    search: u32,
}

/// Whether a node is where a search may end.
type Goal<'a> = dyn Fn(&Grid, Node) -> bool + 'a;

impl Grid {
    /// A free grid whose outermost `margin` nodes are closed.
    pub(super) fn new(wide: i32, high: i32, margin: i32) -> Self {
        let n = (wide.max(0) * high.max(0)) as usize;
        let (best, came) = (vec![(0, 0); 8 * n], vec![0; 8 * n]);
        let mut grid = Self { wide, high, owner: vec![FREE; n], bare: vec![false; n], best, came, search: 0 };
        for node in grid.nodes().collect::<Vec<_>>() {
            let edge = node.x.min(node.y).min(wide - 1 - node.x).min(high - 1 - node.y);
            if edge < margin {
                grid.take(node, CLOSED, true);
            }
        }
        grid
    }

    /// All nodes, row by row.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let wide = self.wide;
        (0..self.high).flat_map(move |y| (0..wide).map(move |x| Node { x, y }))
    }

    fn index(&self, node: Node) -> Option<usize> {
        let inside = node.x >= 0 && node.y >= 0 && node.x < self.wide && node.y < self.high;
        inside.then_some((node.y * self.wide + node.x) as usize)
    }

    /// Whose `node` is; [`CLOSED`] outside.
    pub(super) fn owner(&self, node: Node) -> u16 {
        self.index(node).and_then(|at| self.owner.get(at).copied()).unwrap_or(CLOSED)
    }

    /// Whether there is copper at `node`, and whose.
    pub(super) fn copper(&self, node: Node) -> Option<u16> {
        let bare = self.index(node).and_then(|at| self.bare.get(at).copied()).unwrap_or(true);
        Some(self.owner(node)).filter(|owner| !bare && *owner != FREE)
    }

    /// Whether `node` is taken without copper of its own.
    pub(super) fn is_bare(&self, node: Node) -> bool {
        self.owner(node) != FREE && self.copper(node).is_none()
    }

    /// Gives `node` to `owner`. Copper stays copper.
    pub(super) fn take(&mut self, node: Node, owner: u16, bare: bool) {
        let Some(at) = self.index(node) else { return };
        let was_copper = self.copper(node) == Some(owner);
        if let (Some(own), Some(is_bare)) = (self.owner.get_mut(at), self.bare.get_mut(at)) {
            *own = owner;
            *is_bare = bare && !was_copper;
        }
    }

    /// Gives all that `from` owns to `to`.
    pub(super) fn rename(&mut self, from: u16, to: u16) {
        self.owner.iter_mut().filter(|owner| **owner == from).for_each(|owner| *owner = to);
    }

    /// Whether `owner` may be at every node within `radius` of `node`.
    pub(super) fn is_open(&self, node: Node, radius: i32, owner: u16) -> bool {
        let free = |at: Node| [FREE, owner].contains(&self.owner(at));
        square(node, radius).all(free)
    }

    /// Takes the steps of `path` for `owner`, `radius` nodes to every side.
    pub(super) fn take_path(&mut self, path: &[Node], owner: u16, radius: i32) {
        for node in path {
            self.take(*node, owner, false);
            for at in square(*node, radius) {
                let to = |other: &Node| -> bool {
                    let (x, y) = (other.x - at.x, other.y - at.y);
                    x * x + y * y <= radius * radius
                };
                self.take(at, owner, !path.iter().any(to));
            }
        }
        for pair in path.windows(2) {
            let [a, b] = pair else { continue };
            for side in [Node::new(a.x, b.y), Node::new(b.x, a.y)] {
                if side != *a && side != *b {
                    self.take(side, owner, true);
                }
            }
        }
    }

    /// The cheapest way from any of `from` to any node that is a `goal`, over what is free or `owner`'s and open by
    /// `radius`; the first of the goals is what the search aims at. None where there is none within its patience.
    pub(super) fn way(
        &mut self,
        from: &[Node],
        (goal, aim): (&Goal<'_>, Option<Node>),
        (owner, radius): (u16, i32),
    ) -> Option<Vec<Node>> {
        self.search += 1;
        let mut open = BinaryHeap::new();
        for node in from {
            // Nothing leads back to where it began.
            for way in 0..8 {
                self.note(*node, way, (0, 8));
            }
            open.push(Reverse((far(*node, aim), 0, *node, 8_u8)));
        }
        let mut seen = 0;
        while let Some(Reverse((_, cost, node, way))) = open.pop() {
            if self.best_of(node, way).is_some_and(|best| best < cost) {
                continue;
            }
            if way != 8 && goal(self, node) {
                return Some(self.back(node, way, from));
            }
            seen += 1;
            if seen > PATIENCE {
                return None;
            }
            for (next_way, step) in WAYS.into_iter().enumerate() {
                let next = node.by(step, 1);
                let Some(turn) = turn(way, next_way) else { continue };
                let diagonal = usize::from(step.0 != 0 && step.1 != 0);
                let cost = cost + STEP.get(diagonal).copied().unwrap_or(14) + turn;
                let is_better = self.best_of(next, next_way as u8).is_none_or(|best| cost < best);
                if is_better && self.passes(node, step, (owner, radius), goal) {
                    self.note(next, next_way as u8, (cost, way));
                    open.push(Reverse((cost + far(next, aim), cost, next, next_way as u8)));
                }
            }
        }
        None
    }

    /// Whether a step may be taken.
    fn passes(&self, node: Node, step: (i32, i32), (owner, radius): (u16, i32), goal: &Goal<'_>) -> bool {
        let next = node.by(step, 1);
        if !self.is_open(next, radius, owner) && !goal(self, next) {
            return false;
        }
        let sides = [Node::new(node.x + step.0, node.y), Node::new(node.x, node.y + step.1)];
        step.0 == 0 || step.1 == 0 || sides.into_iter().all(|side| self.is_open(side, radius, owner))
    }

    fn place(&self, node: Node, way: u8) -> Option<usize> {
        self.index(node).filter(|_| way < 8).map(|at| 8 * at + usize::from(way))
    }

    fn best_of(&self, node: Node, way: u8) -> Option<u32> {
        let (search, cost) = *self.best.get(self.place(node, way)?)?;
        (search == self.search).then_some(cost)
    }

    fn note(&mut self, node: Node, way: u8, (cost, came): (u32, u8)) {
        let Some(at) = self.place(node, way) else { return };
        if let (Some(best), Some(from)) = (self.best.get_mut(at), self.came.get_mut(at)) {
            *best = (self.search, cost);
            *from = came;
        }
    }

    /// The way that led to `node`, from its beginning.
    fn back(&self, mut node: Node, mut way: u8, from: &[Node]) -> Vec<Node> {
        let mut path = vec![node];
        while let Some(step) = WAYS.get(usize::from(way)) {
            let came = self.place(node, way).and_then(|at| self.came.get(at).copied()).unwrap_or(8);
            node = node.by(*step, -1);
            path.push(node);
            if from.contains(&node) {
                break;
            }
            way = came;
        }
        path.reverse();
        path
    }
}

/// The nodes within `radius` of `node` along both axes.
pub(super) fn square(node: Node, radius: i32) -> impl Iterator<Item = Node> {
    (-radius..=radius).flat_map(move |y| (-radius..=radius).map(move |x| Node::new(node.x + x, node.y + y)))
}

/// What a turn costs; none for one by more than 90°.
fn turn(way: u8, next: usize) -> Option<u32> {
    let by = (i32::from(way) - next as i32).rem_euclid(8);
    if way == 8 { Some(0) } else { TURN.get(by.min(8 - by) as usize).copied() }
}

/// The least that the way from `node` to `aim` can cost.
fn far(node: Node, aim: Option<Node>) -> u32 {
    let Some(aim) = aim else { return 0 };
    let (x, y) = ((node.x - aim.x).unsigned_abs(), (node.y - aim.y).unsigned_abs());
    10 * x.max(y) + 4 * x.min(y)
}
