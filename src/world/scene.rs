//! A family's scene, camera, clock and events with the draw's values put in, checked.

use glam::{DQuat, DVec3};

use super::event::{Happening, happenings};
use super::light;
use super::slots::{Slot, TABLETOP, cure, slots};
use super::snapshot::{Camera, Light};
use super::{WorldError, stage::PHYSICS_RATE_HZ};
use crate::base::Pose;
use crate::family::{Bound, CameraSpec, Columns, Family, Scope};
use crate::sample::Draw;

/// Everything that a tabletop world is built from.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Where the canister stands (centre of its base) in metres.
    pub(super) canister_at: DVec3,
    pub(super) canister_yaw_rad: f64,
    pub(super) canister: Canister,
    pub(super) table_friction: f64,
    pub(super) table_tone: f64,
    pub(super) reach: Reach,
    pub(super) distractor_count: u32,
    pub(super) distractor_seed: u64,
    pub(super) window: Window,
    pub(super) events: Vec<Happening>,
    /// The draw's numbers, in the order of the family's columns.
    pub(super) row: Vec<f64>,
    pub(super) camera: Camera,
    pub(super) duration_s: f64,
}

/// The canister's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Canister {
    pub(super) mass_kg: f64,
    pub(super) radius_m: f64,
    pub(super) height_m: f64,
    pub(super) fill: f64,
    pub(super) friction: f64,
}

/// The light from the window and the camera's exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) elevation_deg: f64,
    pub(super) azimuth_deg: f64,
    pub(super) sun: f64,
    pub(super) sky: f64,
    pub(super) exposure_ev: f64,
}

impl Window {
    pub(super) fn light(&self) -> Light {
        light::window(self.elevation_deg, self.azimuth_deg, self.sun, self.sky, self.exposure_ev)
    }
}

/// How the right hand goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    pub(super) speed_m_s: f64,
    pub(super) offset_y_m: f64,
    pub(super) height_m: f64,
    pub(super) close: bool,
}

impl Scene {
    /// The scene of `family` at `draw`.
    pub(super) fn of(family: &Family, draw: &Draw) -> Result<Self, WorldError> {
        if family.stage != TABLETOP {
            return Err(WorldError::UnknownStage { stage: family.stage.clone() });
        }
        let all = slots(&family.stage);
        if let Some(name) = family.scene.keys().find(|name| !all.iter().any(|slot| slot.name == name.as_str())) {
            return Err(WorldError::UnknownSlot { slot: name.clone(), cure: cure(name) });
        }
        let binder = Binder::new(family, draw)?;
        let get = |name: &str| slot_value(all, name, family, &binder);
        let window = Window {
            elevation_deg: get("sun_elevation_deg")?,
            azimuth_deg: get("sun_azimuth_deg")?,
            sun: get("sun_strength")?,
            sky: get("sky_strength")?,
            exposure_ev: binder.value("camera.exposure_ev", &family.camera.exposure_ev, (-10.0, 10.0, "EV"))?,
        };
        Ok(Self {
            canister_at: DVec3::new(get("canister_x_m")?, get("canister_y_m")?, 0.0),
            canister_yaw_rad: get("canister_yaw_deg")?.to_radians(),
            canister: Canister {
                mass_kg: get("canister_mass_kg")?,
                radius_m: get("canister_radius_m")?,
                height_m: get("canister_height_m")?,
                fill: get("canister_fill")?,
                friction: get("canister_friction")?,
            },
            table_friction: get("table_friction")?,
            table_tone: get("table_tone")?,
            reach: Reach {
                speed_m_s: get("reach_speed_m_s")?,
                offset_y_m: get("reach_offset_y_m")?,
                height_m: get("reach_height_m")?,
                close: get("grip_close")? > 0.5,
            },
            distractor_count: (get("distractor_count")? + 0.5) as u32,
            distractor_seed: (get("distractor_seed")? + 0.5) as u64,
            window,
            events: happenings(family, &binder)?,
            camera: camera(&family.camera, &binder)?,
            row: binder.row,
            duration_s: clock(family)?,
        })
    }
}

fn clock(family: &Family) -> Result<f64, WorldError> {
    within("clock.frame_rate_hz", family.clock.frame_rate_hz, (0.1, PHYSICS_RATE_HZ, "Hz"))?;
    within("clock.duration_s", family.clock.duration_s, (0.0, 60.0, "s"))
}

fn slot_value(all: &[Slot], name: &str, family: &Family, binder: &Binder<'_>) -> Result<f64, WorldError> {
    let Some(slot) = all.iter().find(|slot| slot.name == name) else {
        return Err(WorldError::UnknownSlot { slot: name.to_owned(), cure: cure(name) });
    };
    match family.scene.get(name) {
        None => Ok(slot.default),
        Some(bound) => binder.value(&format!("scene.{name}"), bound, (slot.low, slot.high, slot.unit)),
    }
}

/// Low, high and unit of a field.
pub(super) type Range = (f64, f64, &'static str);

/// Puts a draw's numbers into bounds.
pub(super) struct Binder<'a> {
    draw: &'a Draw,
    scope: Scope,
    row: Vec<f64>,
}

impl<'a> Binder<'a> {
    fn new(family: &Family, draw: &'a Draw) -> Result<Self, WorldError> {
        let columns = Columns::of(family);
        let number = |name: &str| {
            let missing = || WorldError::MissingParameter { field: "the draw".to_owned(), parameter: name.to_owned() };
            draw.values.get(name).copied().ok_or_else(missing)
        };
        let row = columns.names().map(number).collect::<Result<_, _>>()?;
        Ok(Self { draw, scope: columns.scope(), row })
    }

    /// What an expression over the draw may read.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The number of `bound` in the range's unit.
    pub(super) fn value(&self, field: &str, bound: &Bound, range: Range) -> Result<f64, WorldError> {
        if let Some(name) = bound.name()
            && !self.draw.values.contains_key(name)
        {
            return Err(WorldError::MissingParameter { field: field.to_owned(), parameter: name.to_owned() });
        }
        let refuse = |text: String| WorldError::Bound { field: field.to_owned(), text };
        let bounded = bound.bind(&self.scope, range.2).map_err(|error| refuse(error.to_string()))?;
        within(field, bounded.number(&self.row).map_err(|error| refuse(error.to_string()))?, range)
    }
}

/// `scope` with the named quantities behind it.
pub(super) fn with_live(scope: &Scope, more: &[(&str, &str)]) -> Scope {
    let mut scope = scope.clone();
    for (name, unit) in more {
        // The stage's own units are units; its tests say so.
        let _known = scope.push(name, unit);
    }
    scope
}

fn within(field: &str, value: f64, (low, high, unit): Range) -> Result<f64, WorldError> {
    // Written so that NaN fails too.
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(WorldError::OutOfRange { field: field.to_owned(), value, low, high, unit })
}

/// Roll turns the picture's content clockwise, so the camera turns the other way about its optical axis.
fn camera(spec: &CameraSpec, binder: &Binder<'_>) -> Result<Camera, WorldError> {
    within("camera.width_px", f64::from(spec.width_px), (1.0, 8192.0, "px"))?;
    within("camera.height_px", f64::from(spec.height_px), (1.0, 8192.0, "px"))?;
    let fov_deg = binder.value("camera.vertical_fov_deg", &spec.vertical_fov_deg, (1.0, 170.0, "deg"))?;
    let point = |what: &str, bounds: &[Bound; 3]| {
        let [x, y, z] = bounds;
        let one = |axis: &str, bound| binder.value(&format!("camera.{what}.{axis}"), bound, (-100.0, 100.0, "m"));
        Ok::<_, WorldError>(DVec3::new(one("x", x)?, one("y", y)?, one("z", z)?))
    };
    let eye = point("eye_m", &spec.eye_m)?;
    let target = point("target_m", &spec.target_m)?;
    if eye.distance(target) < 1e-9 {
        return Err(WorldError::CameraLooksAtItself);
    }
    let roll = binder.value("camera.roll_deg", &spec.roll_deg, (-180.0, 180.0, "deg"))?.to_radians();
    let (sine, cosine) = libm::sincos(-0.5 * roll);
    let rolled = Pose { position: DVec3::ZERO, rotation: DQuat::from_xyzw(0.0, 0.0, sine, cosine) };
    let pose = Pose::looking_at(eye, target).then(&rolled);
    Ok(Camera::with_vertical_fov(spec.width_px, spec.height_px, fov_deg, pose))
}
