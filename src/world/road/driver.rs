//! Drivers: what the ego vehicle's controller makes of the road users that it perceives, and what others do with their pedals.
//!
//! The ego follows by the intelligent driver model (Treiber, Hennecke & Helbing, Phys. Rev. E 62 (2000) 1805), brakes as hard as is
//! required where that is more than it finds comfortable, and brakes as hard as it can where the time to collision falls below its
//! threshold. It perceives late (`reaction_s`) and with noise, and only what it sees; it extrapolates sideways motion for as long as
//! its foresight reaches. It keeps its lane by pure pursuit. Steering round an obstacle is deliberately left out.

use std::collections::VecDeque;

use super::vehicle::{Motion, Pedals};
use crate::base::Stream;
use crate::base::special::normal_quantile;
use crate::world::criticality::road::{required_acceleration_m_s2, time_to_collision_s};
use crate::world::physics::{PHYSICS_RATE_HZ, STEP_S};

/// How many road users are watched at once.
pub(super) const WATCHED: usize = 4;
/// How long an error of perception stays before the next is drawn, in seconds.
const NOISE_HOLDS_S: f64 = 0.1;
/// An emergency stop goes on for this long after its reason was last perceived, in seconds.
const EMERGENCY_HOLDS_S: f64 = 0.6;
/// Room beside the vehicle that it wants free, in metres.
const BESIDE_M: f64 = 0.25;
/// Gap that it wants at a standstill, and its strongest acceleration.
const STANDSTILL_M: f64 = 2.0;
const ACCELERATES_M_S2: f64 = 1.5;

/// A road user as perceived.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Percept {
    /// From the own front to its nearest point ahead, in metres.
    pub(super) gap_m: f64,
    /// Its speed along the own direction.
    pub(super) speed_m_s: f64,
    /// How far left of the middle of the own lane its middle is, and how fast that grows.
    pub(super) beside_m: f64,
    pub(super) beside_m_s: f64,
    /// Half its width across the own path.
    pub(super) half_m: f64,
}

/// What is perceived at one time; a place of the list is one road user's, always.
pub(super) type Scene = [Option<Percept>; WATCHED];

/// What the ego's controller is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) speed_m_s: f64,
    pub(super) time_gap_s: f64,
    pub(super) reaction_s: f64,
    pub(super) foresight_s: f64,
    pub(super) comfort_m_s2: f64,
    /// Time to collision below which it brakes as hard as it can; 0 switches that off.
    pub(super) emergency_ttc_s: f64,
    pub(super) brake_most_m_s2: f64,
    pub(super) gap_noise_m: f64,
    pub(super) speed_noise_m_s: f64,
    pub(super) half_width_m: f64,
    pub(super) wheelbase_m: f64,
}

/// The ego's controller.
#[derive(Debug)]
pub(super) struct Driver {
    settings: Settings,
    noise: Stream,
    /// Errors of gap and speed of each road user, until when they hold.
    errors: [(f64, f64); WATCHED],
    errors_until_s: f64,
    /// What was perceived and has not been acted on yet, oldest first.
    on_the_way: VecDeque<Scene>,
    emergency_until_s: f64,
    /// When it touched something: it brakes from then on.
    struck: bool,
}

impl Driver {
    pub(super) fn new(settings: Settings, noise: Stream) -> Self {
        Self {
            settings,
            noise,
            errors: [(0.0, 0.0); WATCHED],
            errors_until_s: 0.0,
            on_the_way: VecDeque::new(),
            emergency_until_s: f64::NEG_INFINITY,
            struck: false,
        }
    }

    /// Tells it that it hit something.
    pub(super) fn strike(&mut self) {
        self.struck = true;
    }

    /// Whether it brakes as hard as it can.
    pub(super) fn in_emergency(&self, time_s: f64) -> bool {
        self.struck || time_s < self.emergency_until_s
    }

    /// What it does at `time_s`, where the things are as `seen`, moving as `own`, and it wants to drive
    /// along y = `line_m`.
    pub(super) fn act(&mut self, time_s: f64, seen: &Scene, own: &Motion, line_m: f64) -> Pedals {
        let scene = self.perceive(time_s, seen);
        let steer_rad = keep_lane(own, line_m, self.settings.wheelbase_m);
        if self.struck {
            return Pedals { accelerate_m_s2: -self.settings.brake_most_m_s2, steer_rad };
        }
        let mut accelerate_m_s2 = free_m_s2(own.speed_m_s, self.settings.speed_m_s);
        let mut emergency = false;
        for percept in scene.iter().flatten().filter(|percept| self.in_path(percept, own, line_m)) {
            accelerate_m_s2 = accelerate_m_s2.min(self.answer_m_s2(percept, own));
            let ttc_s = time_to_collision_s(percept.gap_m, own.speed_m_s, percept.speed_m_s);
            emergency |= ttc_s < self.settings.emergency_ttc_s && own.speed_m_s > percept.speed_m_s + 0.3;
        }
        if emergency {
            self.emergency_until_s = time_s + EMERGENCY_HOLDS_S;
        }
        if self.in_emergency(time_s) {
            accelerate_m_s2 = -self.settings.brake_most_m_s2;
        }
        Pedals { accelerate_m_s2, steer_rad }
    }

    /// What it knows by now of what it has seen: late, and with errors.
    fn perceive(&mut self, time_s: f64, seen: &Scene) -> Scene {
        if time_s >= self.errors_until_s {
            let Settings { gap_noise_m, speed_noise_m_s, .. } = self.settings;
            for error in &mut self.errors {
                let mut normal = |deviation: f64| deviation * normal_quantile(self.noise.next_unit());
                *error = (normal(gap_noise_m), normal(speed_noise_m_s));
            }
            self.errors_until_s = time_s + NOISE_HOLDS_S;
        }
        let mut scene = *seen;
        for (percept, (gap_m, speed_m_s)) in scene.iter_mut().zip(&self.errors) {
            if let Some(percept) = percept {
                percept.gap_m += gap_m;
                percept.speed_m_s += speed_m_s;
            }
        }
        self.on_the_way.push_back(scene);
        // Half a step for the nearest number of steps.
        let late = (self.settings.reaction_s * PHYSICS_RATE_HZ + 0.5) as usize;
        if self.on_the_way.len() > late { self.on_the_way.pop_front().unwrap_or_default() } else { Scene::default() }
    }

    /// Whether a road user is in its path along `line_m`, or will be within its foresight before it gets there.
    fn in_path(&self, percept: &Percept, own: &Motion, line_m: f64) -> bool {
        let room_m = self.settings.half_width_m + percept.half_m + BESIDE_M;
        if percept.gap_m < -2.0 * self.settings.wheelbase_m {
            return false;
        }
        let until_s = time_to_collision_s(percept.gap_m, own.speed_m_s, percept.speed_m_s);
        let beside_m = percept.beside_m - line_m;
        let then_m = beside_m + percept.beside_m_s * until_s.min(self.settings.foresight_s);
        // Between now and then it is anywhere between the two.
        beside_m.abs().min(then_m.abs()) < room_m || beside_m * then_m < 0.0
    }

    /// The acceleration that a road user in its path asks for.
    fn answer_m_s2(&self, percept: &Percept, own: &Motion) -> f64 {
        let Settings { time_gap_s, comfort_m_s2, speed_m_s, .. } = self.settings;
        let gap_m = percept.gap_m.max(0.1);
        let closing_m_s = own.speed_m_s - percept.speed_m_s;
        let wanted_m = STANDSTILL_M
            + (own.speed_m_s * time_gap_s
                + own.speed_m_s * closing_m_s / (2.0 * libm::sqrt(ACCELERATES_M_S2 * comfort_m_s2)))
            .max(0.0);
        let follows = free_m_s2(own.speed_m_s, speed_m_s) - ACCELERATES_M_S2 * (wanted_m / gap_m) * (wanted_m / gap_m);
        // It stops a little short of what it could touch.
        let required = required_acceleration_m_s2((gap_m - 1.0).max(0.1), own.speed_m_s, percept.speed_m_s, 0.0);
        let comfortable = follows.max(-comfort_m_s2);
        if required < -comfort_m_s2 { comfortable.min(1.1 * required) } else { comfortable }
    }
}

/// The intelligent driver model's acceleration on an empty road. Beyond the wanted speed it only lets go of the pedal.
fn free_m_s2(speed_m_s: f64, wanted_m_s: f64) -> f64 {
    let share = (speed_m_s / wanted_m_s.max(0.1)).max(0.0);
    let squared = share * share;
    (ACCELERATES_M_S2 * (1.0 - squared * squared)).max(-1.0)
}

/// The angle of the front wheels in rad that leads a vehicle of `wheelbase_m` to the line y = `line_m`: pure pursuit of a point one
/// second ahead (Coulter, CMU-RI-TR-92-01, 1992).
pub(super) fn keep_lane(own: &Motion, line_m: f64, wheelbase_m: f64) -> f64 {
    let ahead_m = own.speed_m_s.max(6.0);
    let heading = libm::atan2(own.ahead.y, own.ahead.x);
    let to = libm::atan2(line_m - own.at.y, ahead_m) - heading;
    libm::atan(2.0 * wheelbase_m * libm::sin(to) / ahead_m)
}

/// The pedals of another vehicle: it keeps to `line_m` and `speed_m_s`, or brakes with `brakes_m_s2` where that is not 0.
pub(super) fn others(own: &Motion, (line_m, speed_m_s): (f64, f64), brakes_m_s2: f64, wheelbase_m: f64) -> Pedals {
    let holds = (speed_m_s - own.speed_m_s) / (60.0 * STEP_S);
    let accelerate_m_s2 = if brakes_m_s2 > 0.0 { -brakes_m_s2 } else { holds.clamp(-4.0, 2.0) };
    Pedals { accelerate_m_s2, steer_rad: keep_lane(own, line_m, wheelbase_m) }
}

#[cfg(test)]
mod tests {
    use glam::{DVec2, DVec3};

    use super::*;
    use crate::base::StreamKey;

    fn settings() -> Settings {
        Settings {
            speed_m_s: 30.0,
            time_gap_s: 1.5,
            reaction_s: 0.0,
            foresight_s: 1.0,
            comfort_m_s2: 3.0,
            emergency_ttc_s: 1.5,
            brake_most_m_s2: 9.0,
            gap_noise_m: 0.0,
            speed_noise_m_s: 0.0,
            half_width_m: 0.9,
            wheelbase_m: 2.7,
        }
    }

    fn driver(settings: Settings) -> Driver {
        Driver::new(settings, StreamKey::new(1, "road").stream("test", 0))
    }

    fn moving(speed_m_s: f64) -> Motion {
        let velocity = DVec2::new(speed_m_s, 0.0);
        Motion { at: DVec3::ZERO, ahead: DVec2::X, velocity, speed_m_s, accel_m_s2: 0.0, yaw_rate_rad_s: 0.0 }
    }

    fn ahead(gap_m: f64, speed_m_s: f64, beside_m: f64, beside_m_s: f64) -> Scene {
        [Some(Percept { gap_m, speed_m_s, beside_m, beside_m_s, half_m: 0.9 }), None, None, None]
    }

    #[test]
    fn the_equilibrium_gap_is_the_models() {
        // Treiber et al., equation 4 solved for rest: s = (s0 + vT) / sqrt(1 - (v/v0)^4).
        let gap_m = (2.0 + 20.0 * 1.5) / libm::sqrt(1.0 - libm::pow(20.0 / 30.0, 4.0));
        let mut driver = driver(settings());
        let at = |driver: &mut Driver, gap_m: f64| driver.act(0.0, &ahead(gap_m, 20.0, 0.0, 0.0), &moving(20.0), 0.0);
        assert!(at(&mut driver, gap_m).accelerate_m_s2.abs() < 1e-12);
        assert!(
            at(&mut driver, gap_m + 5.0).accelerate_m_s2 > 0.05 && at(&mut driver, gap_m - 5.0).accelerate_m_s2 < -0.05
        );
    }

    #[test]
    fn it_brakes_hard_only_for_what_comes_into_its_path() {
        let act = |scene: Scene| driver(settings()).act(0.0, &scene, &moving(20.0), 0.0).accelerate_m_s2;
        assert_eq!(act(ahead(25.0, 0.0, 0.0, 0.0)), -9.0, "1.25 s away");
        assert!(act(ahead(25.0, 0.0, 4.0, 0.0)) > 0.0, "a lane beside");
        assert_eq!(act(ahead(25.0, 0.0, 4.0, -3.0)), -9.0, "it comes in within a second");
        assert!(act(ahead(25.0, 0.0, 4.0, -1.0)) > 0.0, "it comes in later than foreseen");
        let over = |line_m: f64| driver(settings()).act(0.0, &ahead(25.0, 5.0, -1.2, 0.0), &moving(20.0), line_m);
        assert!(over(0.0).accelerate_m_s2 < -3.0, "somebody at the lane's edge");
        assert!(over(1.0).accelerate_m_s2 > 0.0, "whom it passes with room");
        let required = act(ahead(40.0, 0.0, 0.0, 0.0));
        assert!((required + 1.1 * 400.0 / 78.0).abs() < 1e-9, "what is required and a little more: {required}");
    }

    #[test]
    fn it_acts_on_what_it_saw_its_reaction_ago_and_errs_as_it_is_told() {
        let mut late = driver(Settings { reaction_s: 0.1, ..settings() });
        let threat = ahead(20.0, 0.0, 0.0, 0.0);
        let brakes = |step: u32| late.act(f64::from(step) * STEP_S, &threat, &moving(20.0), 0.0).accelerate_m_s2 < -1.0;
        let first = (0..60).map(brakes).position(|brakes| brakes);
        assert_eq!(first, Some(24), "0.1 s of 240 steps a second");
        let mut errs = driver(Settings { gap_noise_m: 2.0, ..settings() });
        let seen: Vec<f64> = (0..2000)
            .map(|at| errs.perceive(f64::from(at) * 0.1, &threat)[0].map_or(0.0, |percept| percept.gap_m - 20.0))
            .collect();
        let deviation = libm::sqrt(seen.iter().map(|error| error * error).sum::<f64>() / 2000.0);
        assert!((deviation - 2.0).abs() < 0.15, "{deviation}");
    }
}
