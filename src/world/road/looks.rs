//! How vehicles, people and daylight look.
//!
//! Solid parts stand first and are hidden: what is touched is simpler than what is seen. The order of a vehicle's first parts is fixed, so
//! that its wheels can turn and its lamps light up.

use std::sync::Arc;

use glam::{DQuat, DVec3};

use super::shell;
use super::trim;
use super::vehicle::{Build, Vehicle};
use super::walker::{Limb, Swing};
use crate::base::{Pose, Stream};
use crate::world::body::{Part, boxed, cylinder, metal, plain};
use crate::world::engine::Engine;
use crate::world::light::Window;
use crate::world::snapshot::{Light, Material, Shape};

/// Parts of a vehicle that come before its wheels, then the wheels (tyre and rim each), then the brake lamps.
const SOLID_PARTS: usize = 2;
const WHEEL_PARTS: usize = 8;
const LAMP_PARTS: usize = 2;
/// The part that stands in the vehicle's own frame: its body, behind the four arches of its wheels.
pub(super) const BODY_PART: usize = SOLID_PARTS + WHEEL_PARTS + LAMP_PARTS + 4;
/// Half the width of a rim along its axle, in metres.
pub(super) const RIM_HALF_M: f64 = 0.114;
/// Linear red of a lamp that is dark, and of one that gives light of its own.
const LAMP_OFF: [f32; 3] = [0.16, 0.008, 0.006];
const LAMP_ON: [f32; 3] = [1.0, 0.04, 0.025];
/// How much brighter than white paper in the sun the latter is.
const LAMP_GLOW: f32 = 2.0;
/// Braking harder than this share of all lights the lamps.
const LAMP_FROM: f64 = 0.04;

/// Angular radius of the sun with the haze round it.
const SUN_RADIUS_RAD: f32 = 0.008;

/// Daylight, and an exposure for a camera that has adapted to `adapted_ev` stops over it.
pub(super) fn daylight(window: &Window, adapted_ev: f64) -> Light {
    let (up, across) = libm::sincos(window.elevation_deg.to_radians());
    let (left, ahead) = libm::sincos(window.azimuth_deg.to_radians());
    // A low sun is redder: its light has come a longer way through the air.
    let high = (window.elevation_deg / 28.0).clamp(0.0, 1.0);
    let between = |low: f64, full: f64| low + (full - low) * high;
    let tint = |colour: [f64; 3], strength: f64| colour.map(|channel| (channel * strength) as f32);
    Light {
        sun_direction: DVec3::new(across * ahead, across * left, up),
        sun: tint([1.06, between(0.80, 1.0), between(0.52, 0.88)], window.sun),
        sun_radius_rad: SUN_RADIUS_RAD,
        sky: tint([between(0.26, 0.10), between(0.42, 0.38), between(0.78, 0.98)], window.sky),
        horizon: tint([between(1.35, 0.76), between(1.15, 1.24), between(0.96, 1.60)], window.sky),
        ground: tint([0.42, 0.37, 0.28], window.sky),
        exposure: libm::exp2(window.exposure_ev - adapted_ev) as f32,
    }
}

/// Colours of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    body: [f32; 3],
    metallic: f32,
}

impl Paint {
    /// The ego's: its bonnet edge is in every picture.
    pub(super) const EGO: Self = Self { body: [0.10, 0.11, 0.13], metallic: 0.4 };

    /// One of the colours that there are, as often as they are.
    pub(super) fn any(stream: &mut Stream) -> Self {
        const ALL: [([f32; 3], f32); 10] = [
            ([0.62, 0.62, 0.61], 0.0),
            ([0.62, 0.62, 0.61], 0.0),
            ([0.02, 0.02, 0.022], 0.3),
            ([0.03, 0.03, 0.034], 0.3),
            ([0.20, 0.21, 0.22], 0.6),
            ([0.34, 0.35, 0.36], 0.6),
            ([0.36, 0.03, 0.03], 0.2),
            ([0.04, 0.09, 0.24], 0.4),
            ([0.10, 0.13, 0.12], 0.4),
            ([0.40, 0.34, 0.24], 0.4),
        ];
        let (body, metallic) = ALL.get(stream.next_below(10) as usize).copied().unwrap_or(([0.5; 3], 0.0));
        Self { body, metallic }
    }

    /// The material of the bodywork.
    pub(super) fn coat(&self) -> Material {
        Material { metallic: self.metallic, ..plain(self.body, 0.22) }
    }
}

/// Tinted glass.
pub(super) fn glass() -> Material {
    Material { metallic: 0.2, ..plain([0.018, 0.022, 0.026], 0.06) }
}

/// Tyres and grips.
pub(super) fn rubber() -> Material {
    plain([0.012, 0.012, 0.013], 0.9)
}

/// A vehicle's parts in its frame.
pub(super) fn vehicle(build: &Build, paint: &Paint) -> Vec<Part> {
    let Build { half, wheel_m, .. } = *build;
    let at = DVec3::new;
    let (deck, top) = if build.is_van() { (1.05, 2.0 * half.z) } else { (0.92, 2.0 * half.z) };
    let coat = paint.coat();
    // Low enough for a centre of mass at 0.55 m; the upper part only touches.
    let mut parts = vec![
        Part::new(boxed(half.x, half.y, 0.5 * (deck - 0.2), 0.0), coat, at(0.0, 0.0, 0.5 * (deck + 0.2))).hidden(),
        Part::new(
            boxed(0.6 * half.x, 0.85 * half.y, 0.5 * (top - deck), 0.0),
            coat,
            at(-0.15 * half.x, 0.0, 0.5 * (top + deck)),
        )
        .hidden(),
    ];
    for place in wheel_places(build) {
        let lying = wheel_pose(place, 0.0, 0.0);
        parts.push(Part { at: lying, ..Part::new(cylinder(wheel_m, 0.11, 0.03), rubber(), place).ghost() });
        let rim = metal([0.42, 0.43, 0.44], 0.35);
        parts.push(Part { at: lying, ..Part::new(cylinder(0.66 * wheel_m, RIM_HALF_M, 0.01), rim, place).ghost() });
    }
    parts.extend([1.0, -1.0].map(|side| trim::tail_lamp(build, side).part(lamp_material(false))));
    // The dark of the wheel arches, just proud of the body.
    parts.extend(wheel_places(build).map(|place| {
        let middle = place + DVec3::new(0.0, -place.y.signum() * 0.008, 0.02);
        Part { at: wheel_pose(middle, 0.0, 0.0), ..seen(cylinder(wheel_m + 0.065, 0.11, 0.0), rubber(), middle) }
    }));
    parts.extend(if build.is_van() { van_shell(build, coat) } else { car_shell(build, coat) });
    parts
}

/// What is seen of a car above its wheels.
fn car_shell(build: &Build, coat: Material) -> Vec<Part> {
    let x = build.half.x;
    let at = DVec3::new;
    let dark = plain([0.02, 0.02, 0.022], 0.6);
    let shell = shell::car();
    let mut parts = vec![
        seen(Shape::Mesh(Arc::clone(&shell.body)), coat, DVec3::ZERO),
        seen(Shape::Mesh(Arc::clone(&shell.glass)), glass(), DVec3::ZERO),
        trim::plate(build).part(plain([0.6, 0.6, 0.55], 0.5)),
        seen(boxed(0.05, 0.66, 0.09, 0.03), dark, at(-x + 0.06, 0.0, 0.38)),
        seen(boxed(0.04, 0.44, 0.06, 0.02), dark, at(x - 0.03, 0.0, 0.46)),
    ];
    parts.extend(shell.roof.as_ref().map(|roof| seen(Shape::Mesh(Arc::clone(roof)), coat, DVec3::ZERO)));
    for side in [1.0, -1.0] {
        parts.push(trim::headlamp(build, side).part(plain([0.75, 0.76, 0.74], 0.1)));
        parts.push(trim::mirror(build, side).part(coat));
        // Pillars before and behind the doors.
        parts.push(seen(boxed(0.035, 0.012, 0.20, 0.0), dark, at(-0.28, side * 0.735, 1.12)));
    }
    parts
}

/// What is seen of a van above its wheels.
fn van_shell(build: &Build, coat: Material) -> Vec<Part> {
    let x = build.half.x;
    let at = DVec3::new;
    let dark = plain([0.02, 0.02, 0.022], 0.6);
    let shell = shell::van();
    let mut parts = vec![
        seen(Shape::Mesh(Arc::clone(&shell.body)), coat, DVec3::ZERO),
        seen(Shape::Mesh(Arc::clone(&shell.glass)), glass(), DVec3::ZERO),
        seen(boxed(0.012, 0.012, 0.82, 0.0), dark, at(-x - 0.003, 0.0, 1.25)),
        trim::plate(build).part(plain([0.6, 0.6, 0.55], 0.5)),
        seen(boxed(0.06, 0.90, 0.10, 0.03), dark, at(-x + 0.02, 0.0, 0.40)),
        seen(boxed(0.04, 0.60, 0.09, 0.03), dark, at(x - 0.03, 0.0, 0.55)),
    ];
    for side in [1.0, -1.0] {
        parts.push(seen(boxed(0.008, 0.32, 0.26, 0.0), glass(), at(-x - 0.002, side * 0.40, 1.78)));
        parts.push(trim::mirror(build, side).part(dark));
        parts.push(trim::headlamp(build, side).part(plain([0.75, 0.76, 0.74], 0.1)));
        parts.push(seen(boxed(1.2, 0.005, 0.02, 0.0), dark, at(-1.1, side * 0.985, 1.05)));
    }
    parts
}

/// A part that is seen and never touched.
fn seen(shape: Shape, material: Material, place: DVec3) -> Part {
    Part::new(shape, material, place).ghost()
}

/// The part that is the rim of a wheel: front left, front right, rear left, rear right.
pub(super) const fn rim_part(wheel: usize) -> usize {
    SOLID_PARTS + 2 * wheel + 1
}

/// The middles of a vehicle's wheels.
fn wheel_places(build: &Build) -> [DVec3; 4] {
    let (x, y) = (0.5 * build.wheelbase_m, 0.5 * build.track_m);
    [(x, y), (x, -y), (-x, y), (-x, -y)].map(|(x, y)| DVec3::new(x, y, build.wheel_m))
}

/// A wheel that has rolled so far and stands at an angle to the vehicle.
fn wheel_pose(place: DVec3, rolled_rad: f64, steer_rad: f64) -> Pose {
    // Cylinders stand along z; an axle lies along y.
    let lying = DQuat::from_xyzw(core::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, core::f64::consts::FRAC_1_SQRT_2);
    let about = |axis: DVec3, angle: f64| {
        let (sine, cosine) = libm::sincos(0.5 * angle);
        DQuat::from_xyzw(axis.x * sine, axis.y * sine, axis.z * sine, cosine)
    };
    Pose { position: place, rotation: about(DVec3::Z, steer_rad) * about(DVec3::Y, rolled_rad) * lying }
}

fn lamp_material(lit: bool) -> Material {
    if lit { Material { glow: LAMP_GLOW, ..plain(LAMP_ON, 0.25) } } else { plain(LAMP_OFF, 0.25) }
}

/// The wheels and lamps of one vehicle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wheels {
    thing: usize,
    places: [DVec3; 4],
}

/// The wheels of the vehicle `thing`.
pub(super) fn wheels(build: &Build, thing: usize) -> Wheels {
    Wheels { thing, places: wheel_places(build) }
}

impl Wheels {
    /// Turns the wheels as `vehicle` has rolled and steers, and lights its lamps where it brakes.
    pub(super) fn show(&self, engine: &mut Engine, vehicle: &Vehicle) {
        for (at, place) in self.places.iter().enumerate() {
            let steer_rad = if at < 2 { vehicle.steer_rad() } else { 0.0 };
            let pose = wheel_pose(*place, vehicle.rolled_rad, steer_rad);
            for part in [rim_part(at) - 1, rim_part(at)] {
                if let Some(part) = engine.part_mut(self.thing, part) {
                    part.at = pose;
                }
            }
        }
        let lamps = lamp_material(vehicle.brake() > LAMP_FROM);
        for lamp in 0..LAMP_PARTS {
            if let Some(part) = engine.part_mut(self.thing, SOLID_PARTS + WHEEL_PARTS + lamp) {
                part.material = lamps;
            }
        }
    }
}

/// Clothes, from a few.
pub(super) fn clothes(stream: &mut Stream) -> [Material; 2] {
    const TOPS: [[f32; 3]; 5] =
        [[0.30, 0.05, 0.05], [0.05, 0.09, 0.20], [0.35, 0.33, 0.28], [0.05, 0.05, 0.055], [0.10, 0.16, 0.09]];
    const LEGS: [[f32; 3]; 3] = [[0.03, 0.05, 0.11], [0.04, 0.04, 0.042], [0.16, 0.13, 0.09]];
    let pick = |all: &[[f32; 3]], number: u64| all.get(number as usize).copied().unwrap_or([0.2; 3]);
    [plain(pick(&TOPS, stream.next_below(5)), 0.85), plain(pick(&LEGS, stream.next_below(3)), 0.85)]
}

/// Hands and faces.
pub(super) fn skin() -> Material {
    plain([0.42, 0.25, 0.17], 0.6)
}

/// Somebody on foot, `height_m` tall: parts in the body's frame, and those that swing.
pub(super) fn pedestrian(height_m: f64, stream: &mut Stream) -> (Vec<Part>, Vec<Limb>) {
    let [top, legs] = clothes(stream);
    // All lengths belong to somebody of 1.75 m (after Winter, Biomechanics and Motor Control, table 4.1).
    let s = height_m / 1.75;
    let at = |x: f64, y: f64, z: f64| DVec3::new(x, y, z) * s;
    let capsule = |radius: f64, half: f64| Shape::Capsule { radius: radius * s, half_height: half * s };
    let ghost = |shape: Shape, material: Material, place: DVec3| Part::new(shape, material, place).ghost();
    let mut parts = vec![
        Part::new(capsule(0.23, 0.645), top, at(0.0, 0.0, 0.875)).hidden(),
        ghost(boxed(0.11 * s, 0.19 * s, 0.25 * s, 0.10 * s), top, at(0.0, 0.0, 1.20)),
        ghost(boxed(0.10 * s, 0.165 * s, 0.11 * s, 0.09 * s), legs, at(0.0, 0.0, 0.93)),
        ghost(capsule(0.05, 0.04), skin(), at(0.0, 0.0, 1.47)),
        ghost(capsule(0.088, 0.035), skin(), at(0.02, 0.0, 1.625)),
        ghost(Shape::Sphere { radius: 0.098 * s }, plain([0.03, 0.02, 0.014], 0.7), at(-0.012, 0.0, 1.66)),
    ];
    let mut limbs = Vec::new();
    for side in [1.0, -1.0] {
        let phase = if side > 0.0 { 0.0 } else { 0.5 };
        let hip = at(0.0, 0.09 * side, 0.92);
        let shoulder = at(0.0, 0.225 * side, 1.40);
        let leg = |upper_m| Swing { reach_rad: 0.52, phase, upper_m, bends_rad: 0.75 };
        let arm = |upper_m| Swing { reach_rad: 0.45, phase: phase + 0.5, upper_m, bends_rad: -0.55 };
        let shoe = plain([0.03, 0.03, 0.032], 0.5);
        for (shape, material, joint, below_m, swing) in [
            (capsule(0.078, 0.15), legs, hip, 0.21, leg(None)),
            (capsule(0.055, 0.15), legs, hip, 0.20, leg(Some(0.43 * s))),
            (boxed(0.115 * s, 0.045 * s, 0.04 * s, 0.03 * s), shoe, hip, 0.43, leg(Some(0.43 * s))),
            (capsule(0.048, 0.11), top, shoulder, 0.14, arm(None)),
            (capsule(0.040, 0.10), top, shoulder, 0.12, arm(Some(0.28 * s))),
            (Shape::Sphere { radius: 0.05 * s }, skin(), shoulder, 0.27, arm(Some(0.28 * s))),
        ] {
            limbs.push(Limb { part: parts.len(), joint, below_m: below_m * s, swing });
            parts.push(ghost(shape, material, joint));
        }
    }
    (parts, limbs)
}
