//! How hard all points push each other away, with far points taken together (Barnes & Hut, Nature 1986; for t-SNE van der
//! Maaten, JMLR 2014).
//!
//! A binary tree over the points in Morton order. What is far enough is asked once for all points of a leaf (Barnes, J. Comput.
//! Phys. 1990), so that the pushes are one long row of numbers, eight at a time. Every leaf is reckoned on its own and put back
//! in order: the number of threads changes no bit.
//!
//! Written with plain loops: this runs hundreds of times, and our own code is compiled at a level that calls every closure.

use rayon::prelude::*;
use wide::f32x8;

use super::Point;

/// Points of a leaf at most.
const LEAF: usize = 16;
/// How large a part of the plane may be as against its distance, to be taken together: Barnes and Hut's θ.
const OPENING: f32 = 0.5;

/// A part of the plane.
#[derive(Clone, Copy)]
struct Node {
    low: Point,
    high: Point,
    /// The mean of its points; while it is made, their sum.
    centre: Point,
    /// The first of its points in Morton order, and the end.
    points: (usize, usize),
    /// The node after it and all that it holds.
    after: usize,
}

impl Default for Node {
    fn default() -> Self {
        Self { low: [f32::INFINITY; 2], high: [f32::NEG_INFINITY; 2], centre: [0.0; 2], points: (0, 0), after: 0 }
    }
}

impl Node {
    /// Grows by a part whose `mass` points have this mean.
    fn hold(&mut self, low: Point, high: Point, mean: Point, mass: f32) {
        for at in 0..2 {
            self.low[at] = if low[at] < self.low[at] { low[at] } else { self.low[at] };
            self.high[at] = if high[at] > self.high[at] { high[at] } else { self.high[at] };
            self.centre[at] += mass * mean[at];
        }
    }

    /// The smallest square that holds all its points.
    fn size(&self) -> f32 {
        let (x, y) = (self.high[0] - self.low[0], self.high[1] - self.low[1]);
        if x > y { x } else { y }
    }

    /// Whether it is so small from anywhere in `leaf` that its points can be taken together.
    fn is_far(&self, leaf: &Node) -> bool {
        let mut apart2 = 0.0;
        for at in 0..2 {
            let (below, above) = (leaf.low[at] - self.centre[at], self.centre[at] - leaf.high[at]);
            let apart = if below > above { below } else { above };
            apart2 += if apart > 0.0 { apart * apart } else { 0.0 };
        }
        let size = self.size();
        size * size < OPENING * OPENING * apart2
    }
}

/// Points in Morton order, and the parts that they make up.
pub(super) struct Tree<'a> {
    points: &'a [Point],
    order: &'a [(u64, u32)],
    /// Each before what it holds.
    nodes: Vec<Node>,
    leaves: Vec<usize>,
}

/// What pushes the points of one leaf: places and how many points lie there, eight at a time.
#[derive(Default)]
struct Pushes {
    x: Vec<f32>,
    y: Vec<f32>,
    mass: Vec<f32>,
}

impl Pushes {
    fn push(&mut self, place: Point, mass: f32) {
        self.x.push(place[0]);
        self.y.push(place[1]);
        self.mass.push(mass);
    }

    /// The push on `point` and the sum of similarities, its own among them.
    fn on(&self, point: Point) -> (Point, f32) {
        let (x, y) = (f32x8::splat(point[0]), f32x8::splat(point[1]));
        let (mut push_x, mut push_y, mut sum) = (f32x8::ZERO, f32x8::ZERO, f32x8::ZERO);
        let places = self.x.as_chunks::<8>().0.iter().zip(self.y.as_chunks::<8>().0);
        for ((other_x, other_y), mass) in places.zip(self.mass.as_chunks::<8>().0) {
            let (apart_x, apart_y) = (x - f32x8::from(*other_x), y - f32x8::from(*other_y));
            let similar = f32x8::ONE / (f32x8::ONE + apart_x * apart_x + apart_y * apart_y);
            let some = f32x8::from(*mass) * similar;
            sum += some;
            let push = some * similar;
            push_x += push * apart_x;
            push_y += push * apart_y;
        }
        ([total(push_x), total(push_y)], total(sum))
    }
}

fn total(sums: f32x8) -> f32 {
    let [a, b, c, d, e, f, g, h] = sums.to_array();
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

impl<'a> Tree<'a> {
    /// Over `points`, all finite. `order` holds each point's number once; it is brought into Morton order, which is quick where it
    /// nearly has it.
    pub(super) fn new(points: &'a [Point], order: &'a mut [(u64, u32)]) -> Self {
        let mut all = Node::default();
        for point in points {
            all.hold(*point, *point, [0.0; 2], 0.0);
        }
        let scale = f64::from(u32::MAX) / f64::from(all.size().max(f32::MIN_POSITIVE));
        for (code, point) in &mut *order {
            let [x, y] = points[*point as usize];
            let (x, y) = (f64::from(x) - f64::from(all.low[0]), f64::from(y) - f64::from(all.low[1]));
            *code = spread((x * scale) as u32) | spread((y * scale) as u32) << 1;
        }
        order.sort_by_key(|entry| entry.0);
        let mut tree = Self { points, order, nodes: Vec::new(), leaves: Vec::new() };
        tree.add(0, points.len());
        tree
    }

    /// The part that holds points `begin..end` in Morton order, and all that it holds.
    fn add(&mut self, begin: usize, end: usize) -> usize {
        let own = self.nodes.len();
        let mut node = Node { points: (begin, end), ..Node::default() };
        self.nodes.push(node);
        if end - begin <= LEAF {
            self.leaves.push(own);
            for (_, point) in &self.order[begin..end] {
                let point = self.points[*point as usize];
                node.hold(point, point, point, 1.0);
            }
        } else {
            let middle = self.middle(begin, end);
            for (begin, end) in [(begin, middle), (middle, end)] {
                let part = self.add(begin, end);
                let part = &self.nodes[part];
                node.hold(part.low, part.high, part.centre, (end - begin) as f32);
            }
        }
        node.centre[0] /= (end - begin) as f32;
        node.centre[1] /= (end - begin) as f32;
        node.after = self.nodes.len();
        self.nodes[own] = node;
        own
    }

    /// Where the highest bit changes in which codes differ; halfway where all are the same.
    fn middle(&self, begin: usize, end: usize) -> usize {
        let differ = self.order[begin].0 ^ self.order[end - 1].0;
        if differ == 0 {
            return usize::midpoint(begin, end);
        }
        let bit = 1_u64 << differ.ilog2();
        begin + self.order[begin..end].partition_point(|(code, _)| code & bit == 0)
    }

    /// The push on each point by all others, not yet divided by the sum of similarities; and that sum.
    pub(super) fn repulsion(&self) -> (Vec<Point>, f64) {
        let of_leaves: Vec<Vec<(Point, f32)>> = self
            .leaves
            .par_iter()
            .map_init(Pushes::default, |pushes, leaf| {
                let leaf = &self.nodes[*leaf];
                self.gather(leaf, pushes);
                let (begin, end) = leaf.points;
                self.order[begin..end].iter().map(|(_, point)| pushes.on(self.points[*point as usize])).collect()
            })
            .collect();
        let (mut out, mut sum) = (vec![[0.0; 2]; self.points.len()], 0.0);
        for ((_, point), (push, similar)) in self.order.iter().zip(of_leaves.into_iter().flatten()) {
            out[*point as usize] = push;
            // Every point is its own neighbour once.
            sum += f64::from(similar) - 1.0;
        }
        (out, sum.max(f64::MIN_POSITIVE))
    }

    /// What pushes the points of `leaf`.
    fn gather(&self, leaf: &Node, pushes: &mut Pushes) {
        for row in [&mut pushes.x, &mut pushes.y, &mut pushes.mass] {
            row.clear();
        }
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            let (begin, end) = node.points;
            if node.is_far(leaf) {
                pushes.push(node.centre, (end - begin) as f32);
                at = node.after;
                continue;
            }
            at += 1;
            if at == node.after {
                for (_, point) in &self.order[begin..end] {
                    pushes.push(self.points[*point as usize], 1.0);
                }
            }
        }
        while !pushes.x.len().is_multiple_of(8) {
            pushes.push(leaf.centre, 0.0);
        }
    }
}

/// The bits of `value` with a zero between each and the next.
fn spread(value: u32) -> u64 {
    let mut bits = u64::from(value);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn repulsion(points: &[Point]) -> (Vec<Point>, f64) {
        let mut order: Vec<(u64, u32)> = (0..points.len() as u32).map(|point| (0, point)).collect();
        Tree::new(points, &mut order).repulsion()
    }

    #[test]
    fn pushes_are_those_of_all_pairs_within_a_percent() {
        let mut stream = StreamKey::new(5, "tree").stream("points", 0);
        for count in [1, 2, 16, 17, 1500] {
            let mut next = || stream.next_unit() as f32;
            // Some spread out, some in a clump, some equal.
            let points: Vec<Point> = (0..count)
                .map(|at| match at % 3 {
                    0 => [60.0 * next(), 20.0 * next()],
                    1 => [5.0 + next(), 5.0 + next()],
                    _ => [30.0, 7.0],
                })
                .collect();
            let (found, sum) = repulsion(&points);
            let (mut exact_sum, mut worst, mut size) = (0.0, 0.0_f64, 0.0_f64);
            for (own, found) in points.iter().zip(&found) {
                let mut push = [0.0; 2];
                for other in &points {
                    let apart = [0, 1].map(|at| f64::from(own[at]) - f64::from(other[at]));
                    let similar = 1.0 / (1.0 + apart[0] * apart[0] + apart[1] * apart[1]);
                    exact_sum += similar;
                    push = [0, 1].map(|at| push[at] + similar * similar * apart[at]);
                }
                let wrong = [0, 1].map(|at| push[at] - f64::from(found[at]));
                worst = worst.max(libm::hypot(wrong[0], wrong[1]));
                size = size.max(libm::hypot(push[0], push[1]));
            }
            let exact_sum = exact_sum - f64::from(count);
            assert!((sum - exact_sum).abs() <= 0.01 * exact_sum + 1e-5, "{count}: {sum} {exact_sum}");
            assert!(worst <= 0.01 * size + 1e-5, "{count}: {worst} of {size}");
        }
    }

    #[test]
    fn many_equal_points_push_nobody() {
        let (found, sum) = repulsion(&[[2.0, -3.0]; 500]);
        assert!(found.iter().flatten().all(|push| *push == 0.0));
        assert!((sum - 500.0 * 499.0).abs() < 1.0, "{sum}");
    }
}
