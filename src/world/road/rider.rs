//! The cyclist's controller: it keeps to a line and a speed, swerves round a door that opens, and brakes where it cannot.
//!
//! It acts on the door `reaction_s` late, crosses with a limited acceleration, and knows nothing of the ego behind it: who swerves does
//! not look round. Steering a bicycle by leaning first, and falling without being struck, are deliberately left out.

use glam::DVec2;

use super::walker::Walker;
use crate::base::Stream;
use crate::base::special::normal_quantile;
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::engine::Engine;
use crate::world::physics::STEP_S;

/// How long a deviation from the line holds, in seconds.
const SWAY_HOLDS_S: f64 = 0.8;
/// How fast it pedals up to its speed, in m/s².
const PEDALS_M_S2: f64 = 0.8;
/// A bicycle goes sideways by no more than this share of its speed: 25° off its way.
const TURNS_MOST: f64 = 0.47;
/// Near its line it comes back to it within this time, in seconds.
const SETTLES_S: f64 = 0.4;
/// It brakes where less than this many times the time that it needs to get clear is left.
const BRAKES_WITHIN: f64 = 1.15;
/// How fast a rider leans over, in seconds.
const LEANS_S: f64 = 0.15;

/// What stands in its way: where along the road, and how far it reaches out to the left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Obstacle {
    pub(super) along_m: [f64; 2],
    pub(super) edge_m: f64,
}

/// What a cyclist is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manner {
    pub(super) reaction_s: f64,
    pub(super) lateral_m_s2: f64,
    pub(super) brakes_m_s2: f64,
    pub(super) room_m: f64,
    pub(super) sway_m: f64,
}

/// A cyclist's controller.
#[derive(Debug)]
pub(super) struct Rider {
    manner: Manner,
    noise: Stream,
    /// Its deviation from the line, and until when it holds.
    sways: (f64, f64),
    /// Since when something has stood in its way.
    seen_s: Option<f64>,
    /// How far it leans to the left, in rad.
    pub(super) lean_rad: f64,
}

impl Rider {
    pub(super) fn new(manner: Manner, noise: Stream) -> Self {
        Self { manner, noise, sways: (0.0, 0.0), seen_s: None, lean_rad: 0.0 }
    }

    /// Rides on for one step along y = `line` at `speed` where nothing is in the way.
    pub(super) fn ride(
        &mut self,
        engine: &mut Engine,
        walker: &mut Walker,
        (line_m, speed_m_s): (f64, f64),
        obstacle: Option<Obstacle>,
    ) {
        let time_s = engine.time_s();
        if self.manner.sway_m > 0.0 && time_s >= self.sways.1 {
            self.sways = (self.manner.sway_m * normal_quantile(self.noise.next_unit()), time_s + SWAY_HOLDS_S);
        }
        let known = self.knows(time_s, obstacle);
        let now = (walker.at.truncate(), walker.velocity);
        let accelerates = self.accelerates(now, walker.half, (line_m + self.sways.0, speed_m_s), known);
        let leans_rad = if walker.upright { libm::atan(accelerates.y / GRAVITY_M_S2) } else { 0.0 };
        self.lean_rad += (leans_rad - self.lean_rad) * (STEP_S / LEANS_S);
        walker.go(engine, time_s, walker.velocity + accelerates * STEP_S);
        walker.face(engine);
    }

    /// What it has had the time to act on.
    fn knows(&mut self, time_s: f64, obstacle: Option<Obstacle>) -> Option<Obstacle> {
        if obstacle.is_none() {
            self.seen_s = None;
        }
        let since_s = obstacle.map(|_| *self.seen_s.get_or_insert(time_s))?;
        obstacle.filter(|_| time_s - since_s >= self.manner.reaction_s)
    }

    /// The acceleration in m/s² that it wants at `at` with `velocity`, as large as `half` in plan.
    fn accelerates(
        &self,
        (at, velocity): (DVec2, DVec2),
        half: DVec2,
        (line_m, speed_m_s): (f64, f64),
        obstacle: Option<Obstacle>,
    ) -> DVec2 {
        let Manner { lateral_m_s2, brakes_m_s2, room_m, .. } = self.manner;
        let ahead = obstacle.filter(|obstacle| at.x - half.x < obstacle.along_m[1]);
        let clear_m = |obstacle: &Obstacle| obstacle.edge_m + half.y + room_m;
        let goal_m = ahead.as_ref().map_or(line_m, |obstacle| line_m.max(clear_m(obstacle)));
        let lacks_m = goal_m - at.y;
        // As fast as it can still stop at the line, slower near it, and never more across than a bicycle turns.
        let fastest = libm::sqrt(1.6 * lateral_m_s2 * lacks_m.abs()).min(lacks_m.abs() / SETTLES_S);
        let across_m_s = lacks_m.signum() * fastest.min(TURNS_MOST * velocity.x.max(0.0));
        let across = ((across_m_s - velocity.y) / 0.1).clamp(-lateral_m_s2, lateral_m_s2);
        let brakes = ahead.is_some_and(|obstacle| {
            // It must only be past the edge itself by then; the room comes after.
            let until_m = obstacle.edge_m + half.y - at.y;
            let left_m = obstacle.along_m[0] - (at.x + half.x);
            left_m > 0.0 && left_m < BRAKES_WITHIN * velocity.x * clears_s(until_m, velocity.y, lateral_m_s2)
        });
        let along = ((speed_m_s - velocity.x) / 0.5).clamp(-brakes_m_s2, PEDALS_M_S2);
        DVec2::new(if brakes { -brakes_m_s2.min(velocity.x.max(0.0) / STEP_S) } else { along }, across)
    }
}

/// The shortest time in seconds to get `way_m` to the left, moving there with `speed_m_s` and accelerating with `most_m_s2`.
fn clears_s(way_m: f64, speed_m_s: f64, most_m_s2: f64) -> f64 {
    if way_m <= 0.0 {
        return 0.0;
    }
    (libm::sqrt(speed_m_s * speed_m_s + 2.0 * most_m_s2 * way_m) - speed_m_s) / most_m_s2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn rider(lateral_m_s2: f64, reaction_s: f64) -> Rider {
        let manner = Manner { reaction_s, lateral_m_s2, brakes_m_s2: 3.5, room_m: 0.3, sway_m: 0.0 };
        Rider::new(manner, StreamKey::new(1, "road").stream("test", 0))
    }

    /// Where a point that follows its controller is, step by step, with a door 12 m ahead that reaches to y = −0.8.
    fn rides(rider: &mut Rider, from_m: f64) -> Vec<(DVec2, DVec2)> {
        let (mut at, mut velocity) = (DVec2::new(from_m, -1.2), DVec2::new(5.0, 0.0));
        let door = Obstacle { along_m: [12.0, 13.1], edge_m: -0.8 };
        let step = |step: u32| {
            let known = rider.knows(f64::from(step) * STEP_S, Some(door));
            let accelerates = rider.accelerates((at, velocity), DVec2::new(0.9, 0.3), (-1.2, 5.0), known);
            velocity += accelerates * STEP_S;
            at += velocity * STEP_S;
            (at, velocity)
        };
        (0..1440).map(step).collect()
    }

    #[test]
    fn it_swerves_round_a_door_and_comes_back_within_its_acceleration() {
        let all = rides(&mut rider(2.0, 0.5), 0.0);
        let beside = |(at, _): &&(DVec2, DVec2)| (11.1..14.0).contains(&at.x);
        assert!(all.iter().filter(beside).all(|(at, _)| at.y > -0.5), "it is clear of the door");
        assert!(
            all.iter().all(|(at, velocity)| at.y < -0.1 && velocity.x > 4.9),
            "no farther than it wants, no slower"
        );
        assert!(all.last().is_some_and(|(at, _)| (at.y + 1.2).abs() < 0.02), "{:?}", all.last());
        let sideways = all.windows(2).map(|pair| (pair[1].1.y - pair[0].1.y).abs() / STEP_S);
        assert!(sideways.fold(0.0, f64::max) < 2.0 + 1e-9);
        let first = all.iter().position(|(at, _)| at.y > -1.2).map(|step| step as f64 * STEP_S);
        assert!(first.is_some_and(|first_s| (first_s - 0.5).abs() < 0.01), "{first:?}");
    }

    #[test]
    fn it_brakes_where_it_cannot_get_clear_and_strikes_where_even_that_is_too_late() {
        let hits = |from_m: f64| {
            let in_door = |at: &DVec2| (11.1..14.0).contains(&at.x) && at.y < -0.6;
            rides(&mut rider(2.0, 0.5), from_m).iter().any(|(at, _)| in_door(at))
        };
        let slowest = |from_m: f64| {
            rides(&mut rider(2.0, 0.5), from_m).iter().map(|(_, velocity)| velocity.x).fold(5.0, f64::min)
        };
        assert!(!hits(0.0) && hits(9.0), "9 m is 2.1 m from wheel to door");
        assert!(slowest(0.0) > 4.9 && slowest(5.5) < 4.0, "{} {}", slowest(0.0), slowest(5.5));
    }

    #[test]
    fn the_time_to_get_clear_is_the_textbooks() {
        // s = v t + a t² / 2.
        let time_s = clears_s(0.9, 0.4, 2.0);
        assert!((0.4 * time_s + time_s * time_s - 0.9).abs() < 1e-12);
        assert_eq!(clears_s(-0.1, 0.4, 2.0), 0.0);
    }
}
