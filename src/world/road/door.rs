//! The door of a parked vehicle that opens into the road.
//!
//! It swings about its front edge as an event says, whatever is in the way, and strikes whoever rides into it. Who opens it is left out.

use glam::{DQuat, DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use super::looks::{Paint, glass};
use super::rider::Obstacle;
use super::vehicle::Build;
use crate::base::Pose;
use crate::family::{Action, Family};
use crate::world::body::{Part, boxed, plain, rapier_pose};
use crate::world::engine::{Builder, Engine};
use crate::world::snapshot::Class;

/// How far a door opens, in rad: 70°.
const OPENS_RAD: f64 = 1.22;
/// Length of a front door in metres, and half how thick it is.
const LONG_M: f64 = 1.15;
const THICK_M: f64 = 0.025;
/// A door that has opened by this share is seen to open.
const SEEN_FROM: f64 = 0.04;
const BODYWORK: f64 = 0.4;

/// A door with its hinge.
#[derive(Debug)]
pub(super) struct Door {
    handle: rp::RigidBodyHandle,
    hinge: DVec2,
    /// What the scene says of how far it stands open.
    pub(super) open: f64,
    /// How far it stands open now.
    pub(super) now: f64,
}

/// The name of the slot that opens it.
pub(super) const SLOT: &str = "parked_door";

/// Whether `family` ever says something of a door.
pub(super) fn is_wanted(family: &Family) -> bool {
    family.scene.contains_key(SLOT) || is_opened(family)
}

/// Whether an event of `family` opens it.
pub(super) fn is_opened(family: &Family) -> bool {
    let sets = |action: &Action| matches!(action, Action::Set { slot, .. } if slot == SLOT);
    family.events.iter().any(|event| sets(&event.action))
}

/// How a door that stands open by the share `open` is turned.
fn turned(open: f64) -> DQuat {
    let (sine, cosine) = libm::sincos(-0.5 * OPENS_RAD * open);
    DQuat::from_xyzw(0.0, 0.0, sine, cosine)
}

impl Door {
    /// Hangs a door on the left side of a vehicle whose middle is at `at`.
    pub(super) fn hang(builder: &mut Builder, (build, paint): (&Build, &Paint), at: DVec2, open: f64) -> Option<Self> {
        let is_van = build.is_van();
        let hinge = at + DVec2::new(if is_van { 1.55 } else { 0.90 }, build.half.y + 0.03);
        let thing = builder.thing("door");
        let body = rp::RigidBodyBuilder::kinematic_position_based()
            .pose(rapier_pose(&Pose { position: hinge.extend(0.0), rotation: turned(open) }));
        let part = |shape, material, z: f64| Part::new(shape, material, DVec3::new(-0.5 * LONG_M, 0.0, z));
        let (sill_m, belt_m, top_m) = if is_van { (0.40, 1.14, 1.80) } else { (0.26, 0.86, 1.30) };
        let [lower_m, upper_m] = [0.5 * (belt_m - sill_m), 0.5 * (top_m - belt_m)];
        let panel = boxed(0.5 * LONG_M, THICK_M, lower_m, 0.02);
        let window = boxed(0.42 * LONG_M, 0.4 * THICK_M, upper_m, 0.0);
        let lining = boxed(0.46 * LONG_M, 0.4 * THICK_M, 0.8 * lower_m, 0.0);
        let dark = plain([0.025, 0.025, 0.028], 0.8);
        let mut parts = vec![
            part(panel, paint.coat(), sill_m + lower_m),
            part(window, glass(), belt_m + upper_m),
            part(lining, dark, sill_m + lower_m).shifted(DVec3::new(0.0, -THICK_M, 0.0)).ghost(),
        ];
        // The frame round the window.
        for (x, z, half) in [
            (-0.04, belt_m + upper_m, boxed(0.03, THICK_M, upper_m, 0.01)),
            (-LONG_M + 0.04, belt_m + upper_m, boxed(0.03, THICK_M, upper_m, 0.01)),
            (-0.5 * LONG_M, top_m, boxed(0.5 * LONG_M, THICK_M, 0.03, 0.01)),
        ] {
            parts.push(Part::new(half, paint.coat(), DVec3::new(x, 0.0, z)).ghost());
        }
        let handle = builder.body((thing, 0), Class::Vehicle, Some(body), (BODYWORK, 0.0), parts)?;
        // What is seen behind an open door.
        let hole = builder.thing("doorway");
        let inside = DVec3::new(hinge.x - 0.5 * LONG_M, hinge.y - 0.034, 0.5 * (sill_m + top_m) - 0.04);
        let inside = Part::new(boxed(0.44 * LONG_M, 0.012, 0.42 * (top_m - sill_m), 0.0), dark, inside).ghost();
        builder.body((hole, 0), Class::Vehicle, None, (BODYWORK, 0.0), vec![inside]);
        Some(Self { handle, hinge, open, now: open })
    }

    /// Turns it for the next step to where it stands open by the share `open`.
    pub(super) fn swing(&mut self, engine: &mut Engine, open: f64) {
        self.now = open.clamp(0.0, 1.0);
        if let Some(body) = engine.physics.bodies.get_mut(self.handle) {
            body.set_next_kinematic_rotation(turned(self.now));
        }
    }

    /// What it is for somebody who comes along: nothing while it is shut, and all of its way once it opens.
    pub(super) fn obstacle(&self) -> Option<Obstacle> {
        let edge_m = self.hinge.y + LONG_M * libm::sin(OPENS_RAD);
        let along_m = [self.hinge.x - LONG_M, self.hinge.x];
        (self.now > SEEN_FROM).then_some(Obstacle { along_m, edge_m })
    }
}
