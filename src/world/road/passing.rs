//! How near the ego passes the cyclist: the room between them side by side, and the time between one's and the other's being in a place.
//!
//! Rectangles in plan; mirrors and arms that stick out are left out.

use glam::DVec2;

use super::sight::Footprint;
use super::words::FAR;
use crate::world::criticality::road::post_encroachment_s;

/// The side of a place in metres, and where places begin and end along and across the road.
const CELL_M: f64 = 0.25;
const FROM_M: DVec2 = DVec2::new(-20.0, -8.0);
const CELLS: [usize; 2] = [1400, 64];

/// Room between the sides of the ego and of somebody beside it in metres, 0 where there is none; [`FAR`] where they are not side by side.
pub(super) fn passing_m(ego: &Footprint, other: &Footprint) -> f64 {
    let (own, theirs) = (ego.bounds(), other.bounds());
    if theirs.0.x >= own.1.x || theirs.1.x <= own.0.x {
        return FAR;
    }
    (theirs.0.y - own.1.y).max(own.0.y - theirs.1.y).max(0.0)
}

/// When somebody was first and last in a place; negative where never.
#[derive(Clone, Copy, Debug)]
struct Stay {
    enters_s: f32,
    leaves_s: f32,
}

impl Stay {
    const NEVER: Self = Self { enters_s: -1.0, leaves_s: -1.0 };

    fn at(&mut self, time_s: f32) {
        if self.enters_s < 0.0 {
            self.enters_s = time_s;
        }
        self.leaves_s = time_s;
    }
}

/// The places where two have been, and when.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    /// Of the ego and of the other, for every place.
    cells: Vec<[Stay; 2]>,
    /// The first row of places along the road where anybody has been, and the one behind the last.
    rows: [usize; 2],
}

impl Ways {
    pub(super) fn new() -> Self {
        Self { cells: vec![[Stay::NEVER; 2]; CELLS[0] * CELLS[1]], rows: [CELLS[0], 0] }
    }

    /// Notes where the two are at `time_s`.
    pub(super) fn follow(&mut self, time_s: f64, both: [&Footprint; 2]) {
        for (who, footprint) in both.into_iter().enumerate() {
            let (low, high) = footprint.bounds();
            let cells = |from_m: f64, to_m: f64, count: usize| {
                let cell = |at_m: f64| (at_m / CELL_M).max(0.0) as usize;
                cell(from_m)..(cell(to_m) + 1).min(count)
            };
            for along in cells(low.x - FROM_M.x, high.x - FROM_M.x, CELLS[0]) {
                self.rows = [self.rows[0].min(along), self.rows[1].max(along + 1)];
                for across in cells(low.y - FROM_M.y, high.y - FROM_M.y, CELLS[1]) {
                    let middle = FROM_M + CELL_M * (DVec2::new(along as f64, across as f64) + 0.5);
                    if !footprint.contains(middle) {
                        continue;
                    }
                    let stays = self.cells.get_mut(along * CELLS[1] + across);
                    if let Some(stay) = stays.and_then(|stays| stays.get_mut(who)) {
                        stay.at(time_s as f32);
                    }
                }
            }
        }
    }

    /// The smallest post-encroachment time in seconds over all places where both have been: at most 0 where both were in one at once,
    /// [`FAR`] where there is no such place.
    pub(super) fn pet_s(&self) -> f64 {
        let [first, end] = self.rows.map(|row| row * CELLS[1]);
        let seen = self.cells.get(first..end).unwrap_or_default();
        let shared = seen.iter().filter(|stays| stays.iter().all(|stay| stay.enters_s >= 0.0));
        let apart_s = shared.map(|[ego, other]| {
            let (first, second) = if ego.enters_s <= other.enters_s { (ego, other) } else { (other, ego) };
            post_encroachment_s(f64::from(first.leaves_s), f64::from(second.enters_s))
        });
        apart_s.fold(FAR, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64, half: (f64, f64)) -> Footprint {
        Footprint { centre: DVec2::new(x, y), half: DVec2::new(half.0, half.1), ahead: DVec2::X }
    }

    #[test]
    fn the_room_is_between_the_sides_and_only_while_they_are_side_by_side() {
        let ego = at(0.0, 1.0, (2.3, 0.9));
        assert!((passing_m(&ego, &at(3.0, -1.2, (0.9, 0.3))) - 1.0).abs() < 1e-12, "its wheel overlaps by 0.2 m");
        assert_eq!(passing_m(&ego, &at(3.3, -1.2, (0.9, 0.3))), FAR, "ahead");
        assert_eq!(passing_m(&ego, &at(0.0, 0.2, (0.9, 0.3))), 0.0, "in contact");
        assert!((passing_m(&ego, &at(0.0, 3.2, (0.9, 0.3))) - 1.0).abs() < 1e-12, "on the other side");
    }

    #[test]
    fn the_time_between_two_who_follow_each_other_is_the_time_gap() {
        // The ego's front is where the other's rear was 20 m / (10 m/s) later; both drive 10 m/s.
        let run = |beside_m: f64| {
            let mut ways = Ways::new();
            for step in 0..960 {
                let time_s = f64::from(step) / 240.0;
                let (own, theirs) =
                    (at(10.0 * time_s, 0.0, (2.3, 0.9)), at(23.2 + 10.0 * time_s, beside_m, (0.9, 0.3)));
                ways.follow(time_s, [&own, &theirs]);
            }
            ways.pet_s()
        };
        assert!((run(0.0) - 2.0).abs() < 0.03, "{}", run(0.0));
        assert_eq!(run(2.0), FAR, "their ways never meet");
        let mut both = Ways::new();
        both.follow(0.5, [&at(0.0, 0.0, (2.3, 0.9)), &at(2.0, 0.5, (0.9, 0.3))]);
        assert!(both.pet_s() <= 0.0, "in one place at once");
    }
}
