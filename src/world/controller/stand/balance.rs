//! The balance at one moment: feet, support and capture point.

use glam::{DQuat, DVec2, DVec3};

use super::REST_M;
use crate::base::Pose;
use crate::world::controller::leg::{Leg, Sole};
use crate::world::criticality::balance::{capture_point_m, pendulum_rate_hz};
use crate::world::criticality::plane;
use crate::world::rig::{Moving, Whole};

/// Everything of one moment that the parts of the controller share. Positions in the world, in metres.
pub(super) struct Balance {
    pub(super) motion: Vec<Moving>,
    pub(super) mass_kg: f64,
    /// Centre of mass and its velocity in m/s, as sensed.
    pub(super) centre: DVec3,
    pub(super) velocity: DVec3,
    pub(super) root: Pose,
    pub(super) turning_rad_s: DVec3,
    pub(super) ankles: [Pose; 2],
    /// What presses on each foot, in N, and how high its sole's lowest corner is over the ground.
    pub(super) loads_n: [f64; 2],
    pub(super) lifted_m: [f64; 2],
    /// Which legs carry.
    pub(super) carrying: [bool; 2],
    /// Where the carrying feet point, in rad.
    pub(super) heading: f64,
    pub(super) ground_z: f64,
    /// Height of the centre of mass over the ground.
    pub(super) height_m: f64,
    /// Rate of the pendulum.
    pub(super) rate_hz: f64,
    pub(super) capture: DVec2,
    /// The soles' corners of carrying feet in the foot's frame, with the foot.
    soles: Vec<(Pose, Sole)>,
}

impl Balance {
    /// `motion` and loads are those of the links.
    pub(super) fn new(
        (motion, loads_n): (Vec<Moving>, &[f64]),
        whole: Whole,
        legs: &[Leg; 2],
        carrying: [bool; 2],
    ) -> Self {
        let pose = |link: usize| motion.get(link).map_or(Pose::IDENTITY, |moving| moving.pose);
        let ankles = legs.each_ref().map(|leg| pose(leg.foot()));
        let [left, right] = legs;
        let soles_z = [left.sole.lowest(&ankles[0]), right.sole.lowest(&ankles[1])];
        let soles: Vec<(Pose, Sole)> =
            ankles.iter().zip(legs).zip(carrying).filter(|(_, on)| *on).map(|((at, leg), _)| (*at, leg.sole)).collect();
        let ahead: DVec3 = soles.iter().map(|(ankle, _)| ankle.rotation * DVec3::X).sum();
        let ground_z =
            soles_z.into_iter().zip(carrying).filter(|(_, on)| *on).fold(f64::INFINITY, |z, (at, _)| z.min(at));
        let height_m = (whole.centre_m.z - ground_z).max(0.1);
        let rate_hz = pendulum_rate_hz(height_m);
        Self {
            root: pose(0),
            turning_rad_s: motion.first().map_or(DVec3::ZERO, |root| root.turning_rad_s),
            mass_kg: whole.mass_kg,
            centre: whole.centre_m,
            velocity: whole.velocity_m_s,
            ankles,
            loads_n: legs.each_ref().map(|leg| loads_n.get(leg.foot()).copied().unwrap_or(0.0)),
            lifted_m: soles_z.map(|z| z - ground_z),
            carrying,
            heading: libm::atan2(ahead.y, ahead.x),
            ground_z,
            height_m,
            rate_hz,
            capture: capture_point_m(whole.centre_m.truncate(), whole.velocity_m_s.truncate(), rate_hz),
            soles,
            motion,
        }
    }

    /// Where it wants its capture point: between the carrying ankles, a little ahead.
    pub(super) fn rest(&self) -> DVec2 {
        let middle = self.soles.iter().map(|(ankle, _)| ankle.position.truncate()).sum::<DVec2>();
        middle / self.soles.len().max(1) as f64 + turned(DVec2::new(REST_M, 0.0), self.heading)
    }

    /// The base of support, `inset_m` within the edges of the soles.
    fn support(&self, inset_m: f64) -> Vec<DVec2> {
        let corners = self.soles.iter().flat_map(|(ankle, sole)| {
            let heading = heading(ankle);
            sole.corners(inset_m).map(|corner| ankle.position.truncate() + turned(corner, heading))
        });
        plane::hull(&corners.collect::<Vec<DVec2>>())
    }

    /// The point of the support, `inset_m` within its edges, that is nearest to `wanted`.
    pub(super) fn hold(&self, wanted: DVec2, inset_m: f64) -> DVec2 {
        plane::nearest_m(&self.support(inset_m), wanted)
    }

    /// How far the capture point has left what the feet can hold without a step, along the heading and to its left.
    pub(super) fn beyond(&self, inset_m: f64) -> DVec2 {
        turned(self.capture - plane::nearest_m(&self.support(inset_m), self.capture), -self.heading)
    }

    /// How the weight is shared between the feet so that its middle lies at `pressure`.
    pub(super) fn shares(&self, pressure: DVec2) -> [f64; 2] {
        match self.carrying {
            [true, true] => {
                let [left, right] = self.ankles.map(|ankle| ankle.position.truncate());
                let apart = left - right;
                let share = ((pressure - right).dot(apart) / apart.length_squared().max(1e-6)).clamp(0.02, 0.98);
                [share, 1.0 - share]
            }
            [left, right] => [f64::from(u8::from(left)), f64::from(u8::from(right))],
        }
    }
}

impl Sole {
    /// The corners, `inset_m` within the edges.
    fn corners(&self, inset_m: f64) -> [DVec2; 4] {
        let (low, high) = self.edges(inset_m);
        [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)]
    }

    fn edges(&self, inset_m: f64) -> (DVec2, DVec2) {
        let inset = DVec2::splat(inset_m);
        (DVec2::new(self.heel, -self.half_width) + inset, DVec2::new(self.toe, self.half_width) - inset)
    }

    /// The point of the sole nearest to `point`, `inset_m` within the edges.
    pub(super) fn within(&self, point: DVec2, inset_m: f64) -> DVec2 {
        let (low, high) = self.edges(inset_m);
        point.clamp(low, high)
    }

    /// Height of its lowest corner in the world, in metres.
    pub(super) fn lowest(&self, ankle: &Pose) -> f64 {
        self.corners_m().into_iter().map(|corner| ankle.point(corner).z).fold(f64::INFINITY, f64::min)
    }
}

/// Where a foot points on the ground, in rad.
pub(super) fn heading(foot: &Pose) -> f64 {
    let ahead = foot.rotation * DVec3::X;
    libm::atan2(ahead.y, ahead.x)
}

/// `angle_rad` between −π and π.
pub(super) fn wrapped(angle_rad: f64) -> f64 {
    let (sine, cosine) = libm::sincos(angle_rad);
    libm::atan2(sine, cosine)
}

/// `vector` turned by `angle_rad`.
pub(super) fn turned(vector: DVec2, angle_rad: f64) -> DVec2 {
    let (sine, cosine) = libm::sincos(angle_rad);
    DVec2::new(cosine * vector.x - sine * vector.y, sine * vector.x + cosine * vector.y)
}

/// The rotation about the vertical.
pub(super) fn turn_z(angle_rad: f64) -> DQuat {
    let (sine, cosine) = libm::sincos(0.5 * angle_rad);
    DQuat::from_xyzw(0.0, 0.0, sine, cosine)
}
