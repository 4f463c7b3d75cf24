//! Vehicles: a body in the physics that stands on four suspended tyres.
//!
//! The body's frame lies on the road under the vehicle's middle: x forward, y left, z up. Each tyre carries what its spring and damper
//! say, is steered by the geometry of a bicycle, and gives no more force along and across together than its friction allows
//! (the friction circle). Brake and drive follow what is asked of them with a lag of first order; the wheels never lock, as with an
//! anti-lock brake that loses nothing. Air drag, rolling resistance, differing left and right grip and the slip of a driven wheel are
//! deliberately left out.

use glam::{DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::engine::Engine;
use crate::world::physics::STEP_S;

/// Natural frequency of the body on its springs in rad/s (1.4 Hz), and its damping as a share of the critical.
const RIDE_RAD_S: f64 = 8.8;
const RIDE_DAMPING: f64 = 0.4;
/// Lateral force of a tyre per load and slip angle, 1/rad: about 60 kN/rad under 4 kN.
const CORNERING_PER_RAD: f64 = 15.0;
/// Below this speed in m/s a slip angle means nothing, and the tyre resists sliding instead.
const SLIP_FLOOR_M_S: f64 = 2.0;
/// How fast brake and engine follow, in seconds.
const BRAKE_LAG_S: f64 = 0.08;
const DRIVE_LAG_S: f64 = 0.25;
/// How fast the front wheels turn, in rad/s, and how far.
const STEER_RAD_S: f64 = 0.7;
const STEER_MOST_RAD: f64 = 0.6;

/// What a kind of vehicle is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Build {
    /// Half its length, width and height in metres.
    pub(super) half: DVec3,
    pub(super) mass_kg: f64,
    pub(super) wheelbase_m: f64,
    pub(super) track_m: f64,
    pub(super) wheel_m: f64,
}

impl Build {
    /// Whether it is a van, and no car.
    pub(super) fn is_van(&self) -> bool {
        self.half.z > 1.0
    }
}

/// A car, and a delivery van.
pub(super) const CAR: Build =
    Build { half: DVec3::new(2.3, 0.9, 0.72), mass_kg: 1500.0, wheelbase_m: 2.7, track_m: 1.62, wheel_m: 0.33 };
pub(super) const VAN: Build =
    Build { half: DVec3::new(2.8, 1.0, 1.25), mass_kg: 2400.0, wheelbase_m: 3.5, track_m: 1.80, wheel_m: 0.35 };

/// What is asked of a vehicle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pedals {
    /// Acceleration that is wanted in m/s²; negative brakes.
    pub(super) accelerate_m_s2: f64,
    /// Angle of the front wheels in rad; positive to the left.
    pub(super) steer_rad: f64,
}

/// What a vehicle is told, as its pedals and its wheel are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Share of what its engine gives, 0 to 1.
    pub(super) throttle: f64,
    /// Share of what its brakes give, 0 to 1.
    pub(super) brake: f64,
    /// The acceleration that is asked for, within what brakes and engine give.
    pub(super) accel_m_s2: f64,
    /// Angle of the front wheels, within what they can.
    pub(super) steer_rad: f64,
}

/// A vehicle that drives.
#[derive(Clone, Debug)]
pub(super) struct Vehicle {
    pub(super) build: Build,
    /// Its number among the engine's things.
    pub(super) thing: usize,
    handle: rp::RigidBodyHandle,
    /// The strongest that its brakes give and its engine gives, in m/s² of its mass.
    brake_most_m_s2: f64,
    drive_most_m_s2: f64,
    /// What brake and engine give by now, in m/s²; negative brakes.
    gives_m_s2: f64,
    steer_rad: f64,
    /// What it was told in the last step; nothing before it.
    pub(super) told: Told,
    /// How far its wheels have rolled, in rad.
    pub(super) rolled_rad: f64,
    pub(super) now: Motion,
}

/// How a vehicle moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    /// Its middle on the road.
    pub(super) at: DVec3,
    /// Unit vector ahead, in the plane.
    pub(super) ahead: DVec2,
    pub(super) velocity: DVec2,
    /// Along its own direction.
    pub(super) speed_m_s: f64,
    pub(super) accel_m_s2: f64,
    /// Turning rate about the vertical, positive to the left.
    pub(super) yaw_rate_rad_s: f64,
}

impl Vehicle {
    /// Its body.
    pub(super) fn handle(&self) -> rp::RigidBodyHandle {
        self.handle
    }

    /// Takes charge of the body `handle`, which drives at `speed_m_s` along x at `at`.
    pub(super) fn new(build: Build, thing: usize, handle: rp::RigidBodyHandle, (at, speed_m_s): (DVec2, f64)) -> Self {
        let velocity = DVec2::new(speed_m_s, 0.0);
        let now =
            Motion { at: at.extend(0.0), ahead: DVec2::X, velocity, speed_m_s, accel_m_s2: 0.0, yaw_rate_rad_s: 0.0 };
        Self {
            build,
            thing,
            handle,
            brake_most_m_s2: 10.0,
            drive_most_m_s2: 3.0,
            gives_m_s2: 0.0,
            steer_rad: 0.0,
            told: Told::default(),
            rolled_rad: 0.0,
            now,
        }
    }

    /// With brakes that give at most `most_m_s2`.
    pub(super) fn braked(mut self, most_m_s2: f64) -> Self {
        self.brake_most_m_s2 = most_m_s2;
        self
    }

    /// The most that its brakes give, in m/s².
    pub(super) fn brake_most_m_s2(&self) -> f64 {
        self.brake_most_m_s2
    }

    /// The angle of its front wheels in rad.
    pub(super) fn steer_rad(&self) -> f64 {
        self.steer_rad
    }

    /// How strongly its brakes are asked by now: 1 is all that they give.
    pub(super) fn brake(&self) -> f64 {
        (-self.gives_m_s2 / self.brake_most_m_s2).clamp(0.0, 1.0)
    }

    /// The middle of its front (`end` 1) or rear (−1), on the road.
    pub(super) fn bumper(&self, end: f64) -> DVec2 {
        self.now.at.truncate() + self.now.ahead * (end * self.build.half.x)
    }

    /// Reads how it moves after a step.
    pub(super) fn sense(&mut self, engine: &Engine) {
        let Some(body) = engine.physics.bodies.get(self.handle) else { return };
        let ahead = (*body.rotation() * DVec3::X).truncate().normalize_or(DVec2::X);
        let velocity = body.velocity_at_point(body.center_of_mass()).truncate();
        let speed_m_s = velocity.dot(ahead);
        let accel_m_s2 = (speed_m_s - self.now.speed_m_s) / STEP_S;
        self.rolled_rad += speed_m_s / self.build.wheel_m * STEP_S;
        let yaw_rate_rad_s = body.angvel().z;
        self.now = Motion { at: body.translation(), ahead, velocity, speed_m_s, accel_m_s2, yaw_rate_rad_s };
    }

    /// Drives as `pedals` ask for one step on a road of `friction`.
    pub(super) fn drive(&mut self, engine: &mut Engine, pedals: &Pedals, friction: f64) {
        let asked = pedals.accelerate_m_s2.clamp(-self.brake_most_m_s2, self.drive_most_m_s2);
        let lag_s = if asked < self.gives_m_s2 && asked < 0.0 { BRAKE_LAG_S } else { DRIVE_LAG_S };
        self.gives_m_s2 += (asked - self.gives_m_s2) * (STEP_S / lag_s).min(1.0);
        let turn = STEER_RAD_S * STEP_S;
        let wanted = pedals.steer_rad.clamp(-STEER_MOST_RAD, STEER_MOST_RAD);
        self.told = Told {
            // The clamp keeps −0, which would be written.
            throttle: (asked / self.drive_most_m_s2).clamp(0.0, 1.0) + 0.0,
            brake: (-asked / self.brake_most_m_s2).clamp(0.0, 1.0) + 0.0,
            accel_m_s2: asked,
            steer_rad: wanted,
        };
        self.steer_rad += (wanted - self.steer_rad).clamp(-turn, turn);
        let Some(body) = engine.physics.bodies.get_mut(self.handle) else { return };
        let loads = self.wheels().map(|at| (at, self.load_n(body, at)));
        let carried: f64 = loads.iter().map(|(_, load)| load).sum();
        // All from one state, so that no wheel sees what another has just done.
        let impulses = loads.map(|(at, load)| {
            let point = body.position() * at;
            let contact = DVec3::new(point.x, point.y, 0.0);
            let share = if carried > 0.0 { load / carried } else { 0.0 };
            let flat = self.tyre_n(body, (at, contact), (load, share), friction);
            (flat.extend(load) * STEP_S, contact)
        });
        for (impulse, contact) in impulses {
            body.apply_impulse_at_point(impulse, contact, true);
        }
    }

    /// Where its wheels stand, in its frame: front left, front right, rear left, rear right.
    pub(super) fn wheels(&self) -> [DVec3; 4] {
        let (x, y) = (0.5 * self.build.wheelbase_m, 0.5 * self.build.track_m);
        [(x, y), (x, -y), (-x, y), (-x, -y)].map(|(x, y)| DVec3::new(x, y, 0.0))
    }

    /// What the wheel at `at` in the body's frame carries, in newtons.
    fn load_n(&self, body: &rp::RigidBody, at: DVec3) -> f64 {
        let quarter_kg = 0.25 * self.build.mass_kg;
        let point = body.position() * at;
        let sinks_m_s = -body.velocity_at_point(point).z;
        let spring = quarter_kg * (GRAVITY_M_S2 - RIDE_RAD_S * RIDE_RAD_S * point.z);
        let up = (*body.rotation() * DVec3::Z).z;
        // A wheel in the air, or under a car that lies on its side, carries nothing.
        if up < 0.3 {
            return 0.0;
        }
        (spring + 2.0 * RIDE_DAMPING * RIDE_RAD_S * quarter_kg * sinks_m_s).max(0.0)
    }

    /// The force in newtons, in the plane, of the wheel at `at` that touches the road at `contact` and carries `load`.
    fn tyre_n(
        &self,
        body: &rp::RigidBody,
        (at, contact): (DVec3, DVec3),
        (load, share): (f64, f64),
        friction: f64,
    ) -> DVec2 {
        let ahead = (*body.rotation() * DVec3::X).truncate().normalize_or(DVec2::X);
        let steered = if at.x > 0.0 { self.steer_rad } else { 0.0 };
        let (sine, cosine) = libm::sincos(steered);
        let along = ahead * cosine + ahead.perp() * sine;
        let velocity = body.velocity_at_point(contact).truncate();
        let (rolls, slides) = (velocity.dot(along), velocity.dot(along.perp()));
        // What one step can take away of a motion without turning it round, in newtons a m/s.
        let stops = 0.4 * share * self.build.mass_kg / STEP_S;
        let wanted = share * self.build.mass_kg * self.gives_m_s2;
        let along_n = if wanted < 0.0 { -rolls.signum() * (-wanted).min(rolls.abs() * stops) } else { wanted };
        let stiffness = (CORNERING_PER_RAD * load / rolls.abs().max(SLIP_FLOOR_M_S)).min(stops);
        let force = along * along_n - along.perp() * (slides * stiffness);
        force.clamp_length_max(friction * load)
    }
}
