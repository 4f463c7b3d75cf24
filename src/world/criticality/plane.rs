//! Convex shapes in the plane: hulls, signed distances, and when two of them meet.

use glam::DVec2;

/// The convex hull of `points` in metres, counter-clockwise without repetition; fewer than three corners where the points
/// lie on one line or are too few. Andrew's monotone chain.
pub fn hull(points: &[DVec2]) -> Vec<DVec2> {
    let mut sorted: Vec<DVec2> = points.iter().copied().filter(|point| point.is_finite()).collect();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut lower = chain(sorted.iter().copied());
    let mut upper = chain(sorted.iter().rev().copied());
    // Each chain ends where the other begins.
    lower.pop();
    upper.pop();
    lower.append(&mut upper);
    lower
}

fn chain(points: impl Iterator<Item = DVec2>) -> Vec<DVec2> {
    let mut kept: Vec<DVec2> = Vec::new();
    for point in points {
        while let [.., a, b] = kept.as_slice()
            && (*b - *a).perp_dot(point - *b) <= 0.0
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}

/// Distance in metres from `point` to the border of the convex polygon `hull` (counter-clockwise): positive inside,
/// negative outside; minus infinity where the polygon has no corner.
pub fn inside_m(hull: &[DVec2], point: DVec2) -> f64 {
    let Some(last) = hull.last() else { return f64::NEG_INFINITY };
    let starts = std::iter::once(last).chain(hull);
    let mut nearest = f64::INFINITY;
    let mut within = hull.len() >= 3;
    for (a, b) in starts.zip(hull) {
        nearest = nearest.min(to_segment_m(*a, *b, point));
        within &= (*b - *a).perp_dot(point - *a) >= 0.0;
    }
    if within { nearest } else { -nearest }
}

/// The point of the convex polygon `hull` (counter-clockwise) that is nearest to `point`: `point` itself where it lies
/// inside, or where the polygon has no corner.
pub fn nearest_m(hull: &[DVec2], point: DVec2) -> DVec2 {
    let Some(last) = hull.last() else { return point };
    if inside_m(hull, point) >= 0.0 {
        return point;
    }
    let sides = std::iter::once(last).chain(hull).zip(hull).map(|(a, b)| on_segment(*a, *b, point));
    sides.min_by(|a, b| a.distance_squared(point).total_cmp(&b.distance_squared(point))).unwrap_or(point)
}

fn to_segment_m(a: DVec2, b: DVec2, point: DVec2) -> f64 {
    point.distance(on_segment(a, b, point))
}

/// The point between `a` and `b` that is nearest to `point`.
fn on_segment(a: DVec2, b: DVec2, point: DVec2) -> DVec2 {
    let along = b - a;
    let share =
        if along == DVec2::ZERO { 0.0 } else { ((point - a).dot(along) / along.length_squared()).clamp(0.0, 1.0) };
    a + along * share
}

/// A rectangle that moves without turning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moving {
    /// Its centre in metres.
    pub centre: DVec2,
    /// Half its length and width in metres.
    pub half: DVec2,
    /// Unit vector along its length.
    pub forward: DVec2,
    /// Its velocity in m/s.
    pub velocity: DVec2,
}

impl Moving {
    /// Half its extent along the unit vector `axis`, in metres.
    fn reach_m(&self, axis: DVec2) -> f64 {
        self.half.x * self.forward.dot(axis).abs() + self.half.y * self.forward.perp().dot(axis).abs()
    }
}

/// When `a` and `b` first touch in seconds from now, if both keep their velocity and heading: 0 where they overlap
/// already, infinity where they never do. Separating axes of both rectangles, each an interval of time.
pub fn time_to_touch_s(a: &Moving, b: &Moving) -> f64 {
    let (apart, closing) = (b.centre - a.centre, b.velocity - a.velocity);
    let (mut from, mut to) = (0.0_f64, f64::INFINITY);
    for axis in [a.forward, a.forward.perp(), b.forward, b.forward.perp()] {
        let reach = a.reach_m(axis) + b.reach_m(axis);
        let (distance, speed) = (apart.dot(axis), closing.dot(axis));
        if speed == 0.0 {
            if distance.abs() > reach {
                return f64::INFINITY;
            }
            continue;
        }
        let ends = [(-reach - distance) / speed, (reach - distance) / speed];
        from = from.max(ends[0].min(ends[1]));
        to = to.min(ends[0].max(ends[1]));
    }
    if from <= to { from } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hull_drops_inner_and_collinear_points() {
        let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| DVec2::new(x, y));
        let mut points = square.to_vec();
        points.extend([DVec2::new(0.5, 0.5), DVec2::new(0.5, 0.0), DVec2::new(1.0, 1.0)]);
        assert_eq!(hull(&points), square);
        assert_eq!(hull(&[DVec2::ZERO, DVec2::X, DVec2::X * 2.0]).len(), 2);
    }

    #[test]
    fn distances_are_signed() {
        let square = hull(&[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)].map(|(x, y)| DVec2::new(x, y)));
        assert!((inside_m(&square, DVec2::new(1.0, 0.4)) - 0.4).abs() < 1e-12);
        assert!((inside_m(&square, DVec2::new(1.0, 1.25)) + 0.25).abs() < 1e-12);
        // Beyond a corner: the distance to the corner.
        assert!((inside_m(&square, DVec2::new(5.0, 5.0)) + 5.0).abs() < 1e-12);
        assert_eq!(inside_m(&[], DVec2::ZERO), f64::NEG_INFINITY);
        assert_eq!(nearest_m(&square, DVec2::new(1.5, 3.0)), DVec2::new(1.5, 1.0));
        assert_eq!(nearest_m(&square, DVec2::new(5.0, -5.0)), DVec2::new(2.0, 0.0));
        assert_eq!(nearest_m(&square, DVec2::new(0.5, 0.5)), DVec2::new(0.5, 0.5));
    }

    #[test]
    fn touching_agrees_with_stepping() {
        let a = Moving {
            centre: DVec2::ZERO,
            half: DVec2::new(2.2, 0.9),
            forward: DVec2::new(0.8, 0.6),
            velocity: DVec2::new(8.0, 6.0),
        };
        let b = Moving {
            centre: DVec2::new(30.0, 16.0),
            half: DVec2::new(0.3, 0.25),
            forward: DVec2::Y,
            velocity: DVec2::new(-0.5, 1.4),
        };
        let at_s = time_to_touch_s(&a, &b);
        let moved = |by_s: f64| {
            (Moving { centre: a.centre + a.velocity * by_s, ..a }, Moving { centre: b.centre + b.velocity * by_s, ..b })
        };
        let overlaps = |by_s: f64| {
            let (a, b) = moved(by_s);
            time_to_touch_s(&Moving { velocity: DVec2::ZERO, ..a }, &Moving { velocity: DVec2::ZERO, ..b }) == 0.0
        };
        assert!(at_s.is_finite() && !overlaps(at_s - 1e-9) && overlaps(at_s + 1e-9), "{at_s}");
        // Side by side with the same velocity: never.
        let beside = Moving { centre: a.centre + a.forward.perp() * 3.0, ..a };
        assert_eq!(time_to_touch_s(&a, &beside), f64::INFINITY);
    }
}
