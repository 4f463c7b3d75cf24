//! Who sees whom, in plan: which share of a road user's width is free of what stands between.
//!
//! Heights are deliberately left out: what hides, hides from foot to head. Seeing through windows is left out, too.

use glam::DVec2;

/// A rectangle on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Footprint {
    /// Its middle.
    pub(super) centre: DVec2,
    /// Half its length and width.
    pub(super) half: DVec2,
    /// Unit vector along its length.
    pub(super) ahead: DVec2,
}

/// Lines of sight to one road user.
const LINES: usize = 9;

impl Footprint {
    /// `point` in its own frame.
    fn local(&self, point: DVec2) -> DVec2 {
        let away = point - self.centre;
        DVec2::new(away.dot(self.ahead), away.dot(self.ahead.perp()))
    }

    /// Whether `point` lies on it.
    pub(super) fn contains(&self, point: DVec2) -> bool {
        let local = self.local(point).abs();
        local.x <= self.half.x && local.y <= self.half.y
    }

    /// Its corners, counter-clockwise.
    pub(super) fn corners(&self) -> [DVec2; 4] {
        let (x, y) = (self.ahead * self.half.x, self.ahead.perp() * self.half.y);
        [self.centre + x - y, self.centre + x + y, self.centre - x + y, self.centre - x - y]
    }

    /// The smallest and the largest x and y of it.
    pub(super) fn bounds(&self) -> (DVec2, DVec2) {
        let corners = self.corners();
        let fold = |start: DVec2, pick: fn(DVec2, DVec2) -> DVec2| corners.iter().fold(start, |a, b| pick(a, *b));
        (fold(DVec2::INFINITY, DVec2::min), fold(DVec2::NEG_INFINITY, DVec2::max))
    }

    /// Whether the straight line from `a` to `b` meets it. Slabs: the shares of the line within each pair of sides.
    fn blocks(&self, a: DVec2, b: DVec2) -> bool {
        let (from, to) = (self.local(a), self.local(b));
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        for (start, end, half) in [(from.x, to.x, self.half.x), (from.y, to.y, self.half.y)] {
            let by = end - start;
            if by == 0.0 {
                if start.abs() > half {
                    return false;
                }
                continue;
            }
            let (one, other) = ((-half - start) / by, (half - start) / by);
            enters = enters.max(one.min(other));
            leaves = leaves.min(one.max(other));
        }
        enters < leaves
    }

    /// How far it lies from `other` in metres; 0 where they overlap.
    pub(super) fn distance_m(&self, other: &Self) -> f64 {
        use crate::world::criticality::plane::inside_m;
        let (own, theirs) = (self.corners(), other.corners());
        let nearest = |hull: &[DVec2; 4], points: &[DVec2; 4]| {
            points.iter().map(|point| -inside_m(hull, *point)).fold(f64::INFINITY, f64::min)
        };
        // Two that cross without a corner in each other lie a corner's distance apart by this: no two road users do.
        nearest(&own, &theirs).min(nearest(&theirs, &own)).max(0.0)
    }
}

/// The share of `seen` that `eye` sees past `between`: of nine points across it as seen from there, those with a free line.
pub(super) fn visible_share(eye: DVec2, seen: &Footprint, between: &(impl Iterator<Item = Footprint> + Clone)) -> f64 {
    let Some(view) = (seen.centre - eye).try_normalize() else { return 1.0 };
    let across = view.perp();
    let wide = seen.half.x * seen.ahead.dot(across).abs() + seen.half.y * seen.ahead.perp().dot(across).abs();
    let free = (0..LINES)
        .filter(|line| {
            let share = 2.0 * (*line as f64 + 0.5) / LINES as f64 - 1.0;
            let point = seen.centre + across * (share * wide);
            !between.clone().any(|other| other.blocks(eye, point))
        })
        .count();
    free as f64 / LINES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, half: f64) -> Footprint {
        Footprint { centre: DVec2::new(x, y), half: DVec2::splat(half), ahead: DVec2::X }
    }

    #[test]
    fn what_stands_between_hides_its_share() {
        let seen = square(10.0, 0.0, 0.5);
        let share = |between: Footprint| visible_share(DVec2::ZERO, &seen, &std::iter::once(between));
        assert_eq!(share(square(5.0, 3.0, 0.5)), 1.0, "beside");
        assert_eq!(share(square(15.0, 0.0, 3.0)), 1.0, "behind");
        assert_eq!(share(square(5.0, 0.0, 1.0)), 0.0, "before all of it");
        // Its edge at y = 0.0 on the line hides the left half; the middle line just passes on the border.
        let half = share(square(5.0, 1.0, 1.0));
        assert!((half - 0.5).abs() < 0.07, "{half}");
    }

    #[test]
    fn distances_between_rectangles() {
        assert_eq!(square(0.0, 0.0, 1.0).distance_m(&square(3.0, 0.5, 0.5)), 1.5);
        assert_eq!(square(0.0, 0.0, 1.0).distance_m(&square(1.2, 0.5, 0.5)), 0.0);
        let diagonal = square(0.0, 0.0, 1.0).distance_m(&square(4.0, 4.0, 1.0));
        assert!((diagonal - 8.0_f64.sqrt()).abs() < 1e-12, "{diagonal}");
    }
}
