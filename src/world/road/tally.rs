//! How critical it is between the ego and the others, now and over the episode.
//!
//! Definitions follow Westhofen et al. (2022, doi 10.1007/s11831-022-09788-7) and Shalev-Shwartz et al. (2017, arXiv:1708.06374) as in
//! [`crate::world::criticality::road`]; what does not exist is [`FAR`], so that every number is finite.

use glam::DVec2;

use super::sight::Footprint;
use super::words::FAR;
use crate::world::criticality::plane::{Moving, time_to_touch_s};
use crate::world::criticality::road::{Responsible, brake_threat, post_encroachment_s, required_acceleration_m_s2};
use crate::world::physics::STEP_S;

/// Somebody on the road, as the ego meets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Met {
    pub(super) footprint: Footprint,
    pub(super) velocity: DVec2,
    /// Its acceleration along the road.
    pub(super) accel_m_s2: f64,
    /// Whether it travels along the road, so that following rules apply.
    pub(super) follows: bool,
}

/// How critical it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Critical {
    pub(super) ttc_s: f64,
    pub(super) drac_m_s2: f64,
    pub(super) btn: f64,
    pub(super) rss_margin_m: f64,
    pub(super) clearance_m: f64,
}

impl Critical {
    /// Nobody is there.
    pub(super) const NOBODY: Self = Self { ttc_s: FAR, drac_m_s2: 0.0, btn: 0.0, rss_margin_m: FAR, clearance_m: FAR };

    /// With one more road user: the worse of both.
    fn and(self, other: Self) -> Self {
        Self {
            ttc_s: self.ttc_s.min(other.ttc_s),
            drac_m_s2: self.drac_m_s2.max(other.drac_m_s2),
            btn: self.btn.max(other.btn),
            rss_margin_m: self.rss_margin_m.min(other.rss_margin_m),
            clearance_m: self.clearance_m.min(other.clearance_m),
        }
    }
}

/// How critical the ego is to one of those it meets, `strongest_m_s2` being the deceleration that the road and its brakes allow.
fn to_one(ego: &Met, other: &Met, strongest_m_s2: f64) -> Critical {
    let moving = |met: &Met| {
        let Footprint { centre, half, ahead } = met.footprint;
        Moving { centre, half, forward: ahead, velocity: met.velocity }
    };
    let ttc_s = time_to_touch_s(&moving(ego), &moving(other)).min(FAR);
    let clearance_m = ego.footprint.distance_m(&other.footprint);
    let (own, theirs) = (ego.footprint.bounds(), other.footprint.bounds());
    let gap_m = theirs.0.x - own.1.x;
    let beside = theirs.0.y > own.1.y || theirs.1.y < own.0.y;
    let passed = theirs.1.x < own.0.x;
    if beside || passed {
        return Critical { ttc_s, clearance_m, ..Critical::NOBODY };
    }
    let (rear, front) = (ego.velocity.x, other.velocity.x);
    let avoids = -required_acceleration_m_s2(gap_m, rear, front, 0.0);
    let required = required_acceleration_m_s2(gap_m, rear, front, other.accel_m_s2.min(0.0));
    let rss_margin_m = gap_m - Responsible::EGO.safe_gap_m(rear, front);
    Critical {
        ttc_s,
        clearance_m,
        // Who drives away from nobody needs no brake: minus zero would be written otherwise.
        drac_m_s2: avoids.clamp(0.0, FAR),
        btn: brake_threat(required, -strongest_m_s2).clamp(0.0, FAR),
        rss_margin_m: if other.follows { rss_margin_m.clamp(-FAR, FAR) } else { FAR },
    }
}

/// How critical the ego is to all that it meets.
pub(super) fn critical<'a>(ego: &Met, others: impl Iterator<Item = &'a Met>, strongest_m_s2: f64) -> Critical {
    others.fold(Critical::NOBODY, |worst, other| worst.and(to_one(ego, other, strongest_m_s2)))
}

/// When something entered a conflict area, and when it left it.
#[derive(Clone, Copy, Debug, Default)]
struct Passage {
    enters_s: Option<f64>,
    leaves_s: Option<f64>,
}

impl Passage {
    fn follow(&mut self, time_s: f64, inside: bool) {
        if inside && self.enters_s.is_none() {
            self.enters_s = Some(time_s);
        }
        if !inside && self.enters_s.is_some() && self.leaves_s.is_none() {
            self.leaves_s = Some(time_s);
        }
    }
}

/// What is followed over the episode.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) worst: Critical,
    pub(super) rss_violation_s: f64,
    pub(super) occluded_s: f64,
    /// When the ego first hit something, and how fast relative to it.
    pub(super) struck: Option<(f64, f64)>,
    /// Whether that was the cyclist.
    pub(super) struck_cyclist: bool,
    /// The least room between the ego and the cyclist, side by side.
    pub(super) passing_min_m: f64,
    pub(super) brake_max_m_s2: f64,
    /// Where the ego first braked, and where it then stood.
    braked_at_m: Option<f64>,
    stood_at_m: Option<f64>,
    crosses: Passage,
    drives_by: Passage,
}

/// Braking begins at this deceleration, and standing below this speed.
const BRAKES_M_S2: f64 = 1.0;
const STANDS_M_S: f64 = 0.05;

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            worst: Critical::NOBODY,
            rss_violation_s: 0.0,
            occluded_s: 0.0,
            struck: None,
            struck_cyclist: false,
            passing_min_m: FAR,
            brake_max_m_s2: 0.0,
            braked_at_m: None,
            stood_at_m: None,
            crosses: Passage::default(),
            drives_by: Passage::default(),
        }
    }

    /// Takes in what is critical after a step, and how the ego brakes; nothing that comes after a collision counts.
    pub(super) fn follow(&mut self, now: &Critical, (x_m, speed_m_s, accel_m_s2): (f64, f64, f64)) {
        if self.struck.is_some() {
            return;
        }
        self.worst = self.worst.and(*now);
        if now.rss_margin_m < 0.0 {
            self.rss_violation_s += STEP_S;
        }
        self.brake_max_m_s2 = self.brake_max_m_s2.max(-accel_m_s2);
        if accel_m_s2 < -BRAKES_M_S2 && self.braked_at_m.is_none() {
            self.braked_at_m = Some(x_m);
        }
        if self.braked_at_m.is_some() && speed_m_s < STANDS_M_S && self.stood_at_m.is_none() {
            self.stood_at_m = Some(x_m);
        }
    }

    /// Takes in how near the ego passes the cyclist now, in metres.
    pub(super) fn pass(&mut self, room_m: f64) {
        self.passing_min_m = self.passing_min_m.min(room_m);
    }

    /// Follows who is in the conflict area: where the pedestrian's way crosses the ego's.
    pub(super) fn conflict(&mut self, time_s: f64, ego: &Footprint, pedestrian: &Footprint) {
        if self.struck.is_some() {
            return;
        }
        let (own, theirs) = (ego.bounds(), pedestrian.bounds());
        self.crosses.follow(time_s, theirs.0.y < own.1.y && theirs.1.y > own.0.y);
        self.drives_by.follow(time_s, theirs.0.x < own.1.x && theirs.1.x > own.0.x);
    }

    /// The ego touches the pedestrian: both are in the conflict area, even if only their edges are.
    pub(super) fn meet(&mut self, time_s: f64) {
        for passage in [&mut self.crosses, &mut self.drives_by] {
            passage.enters_s.get_or_insert(time_s);
            passage.leaves_s = None;
        }
    }

    /// Post-encroachment time in seconds at the end of the episode: at most 0 where both were in the conflict area at once,
    /// [`FAR`] where one of them never was.
    pub(super) fn pet_s(&self, end_s: f64) -> f64 {
        let (Some(crosses_s), Some(drives_s)) = (self.crosses.enters_s, self.drives_by.enters_s) else { return FAR };
        let (first, second_s) =
            if crosses_s <= drives_s { (self.crosses, drives_s) } else { (self.drives_by, crosses_s) };
        let leaves_s = first.leaves_s.or(self.struck.map(|(at_s, _)| at_s)).unwrap_or(end_s);
        post_encroachment_s(leaves_s, second_s)
    }

    /// From where the ego first braked to where it stood, in metres; −1 where it never stood.
    pub(super) fn stop_distance_m(&self) -> f64 {
        self.braked_at_m.zip(self.stood_at_m).map_or(-1.0, |(from, to)| to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(x: f64, y: f64, half: (f64, f64), velocity: (f64, f64)) -> Met {
        let footprint = Footprint { centre: DVec2::new(x, y), half: DVec2::new(half.0, half.1), ahead: DVec2::X };
        Met { footprint, velocity: DVec2::new(velocity.0, velocity.1), accel_m_s2: 0.0, follows: true }
    }

    #[test]
    fn following_has_the_numbers_of_the_formulas() {
        let ego = met(0.0, 0.0, (2.0, 0.9), (20.0, 0.0));
        // 30 m from bumper to bumper, closing with 8 m/s.
        let lead = met(34.0, 0.5, (2.0, 0.9), (12.0, 0.0));
        let now = critical(&ego, [lead].iter(), 8.0);
        assert!((now.ttc_s - 3.75).abs() < 1e-12 && (now.drac_m_s2 - 64.0 / 60.0).abs() < 1e-12, "{now:?}");
        assert!((now.btn - 64.0 / 60.0 / 8.0).abs() < 1e-12 && (now.clearance_m - 30.0).abs() < 1e-12, "{now:?}");
        assert!((now.rss_margin_m - (30.0 - Responsible::EGO.safe_gap_m(20.0, 12.0))).abs() < 1e-12);
        let beside = critical(&ego, [met(3.0, 3.5, (2.0, 0.9), (12.0, 0.0))].iter(), 8.0);
        assert_eq!((beside.drac_m_s2, beside.rss_margin_m, beside.ttc_s), (0.0, FAR, FAR));
        assert!((beside.clearance_m - 1.7).abs() < 1e-12);
    }

    #[test]
    fn post_encroachment_is_told_from_both_orders() {
        let run = |crosses: (f64, f64), ego: (f64, f64)| {
            let mut tally = Tally::new();
            for step in 0..100 {
                let time_s = f64::from(step) * 0.1;
                let at = |span: (f64, f64)| if (span.0..span.1).contains(&time_s) { 0.0 } else { 50.0 };
                let own = met(at(ego), 0.0, (2.0, 0.9), (0.0, 0.0)).footprint;
                let walks = met(0.0, at(crosses), (0.25, 0.25), (0.0, 0.0)).footprint;
                tally.conflict(time_s, &own, &walks);
            }
            tally.pet_s(10.0)
        };
        assert!((run((1.0, 3.0), (4.5, 5.0)) - 1.5).abs() < 0.11, "the pedestrian first");
        assert!((run((4.5, 6.0), (1.0, 3.0)) - 1.5).abs() < 0.11, "the ego first");
        assert!(run((1.0, 5.0), (3.0, 4.0)) < 0.0, "both at once");
        assert_eq!(run((20.0, 21.0), (1.0, 2.0)), FAR, "nobody crosses");
        let mut edges = Tally::new();
        edges.meet(2.0);
        edges.struck = Some((2.0, 5.0));
        assert!(edges.pet_s(10.0) <= 0.0, "who touches is in the same place");
    }
}
