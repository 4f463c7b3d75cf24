//! A family's scene, camera, clock and events with the draw's values put in, checked.

use glam::{DQuat, DVec3};

use super::light::{self, LightChange};
use super::slots::{Slot, TABLETOP, cure, slots};
use super::snapshot::{Camera, Light};
use super::{WorldError, stage::PHYSICS_RATE_HZ};
use crate::base::Pose;
use crate::family::{Action, Bound, CameraSpec, Event, Family};
use crate::sample::Draw;

/// Everything that a tabletop world is built from.
#[derive(Clone, Debug, PartialEq)]
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
    pub(super) light: Light,
    pub(super) changes: Vec<LightChange>,
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
        let get = |name: &str| slot_value(all, name, family, draw);
        let exposure_ev = value("camera.exposure_ev", &family.camera.exposure_ev, draw, (-10.0, 10.0, "EV"))?;
        let elevation_deg = get("sun_elevation_deg")?;
        let azimuth_deg = get("sun_azimuth_deg")?;
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
            light: light::window(elevation_deg, azimuth_deg, get("sun_strength")?, get("sky_strength")?, exposure_ev),
            changes: family.events.iter().map(|event| change(event, draw)).collect::<Result<_, _>>()?,
            camera: camera(&family.camera, draw)?,
            duration_s: clock(family)?,
        })
    }
}

fn clock(family: &Family) -> Result<f64, WorldError> {
    within("clock.frame_rate_hz", family.clock.frame_rate_hz, (0.1, PHYSICS_RATE_HZ, "Hz"))?;
    within("clock.duration_s", family.clock.duration_s, (0.0, 60.0, "s"))
}

fn slot_value(all: &[Slot], name: &str, family: &Family, draw: &Draw) -> Result<f64, WorldError> {
    let Some(slot) = all.iter().find(|slot| slot.name == name) else {
        return Err(WorldError::UnknownSlot { slot: name.to_owned(), cure: cure(name) });
    };
    match family.scene.get(name) {
        None => Ok(slot.default),
        Some(bound) => value(&format!("scene.{name}"), bound, draw, (slot.low, slot.high, slot.unit)),
    }
}

/// Low, high and unit of a field.
type Range = (f64, f64, &'static str);

fn value(field: &str, bound: &Bound, draw: &Draw, range: Range) -> Result<f64, WorldError> {
    let number = match bound {
        Bound::Number(number) => *number,
        Bound::Parameter(parameter) => *draw
            .values
            .get(parameter)
            .ok_or_else(|| WorldError::MissingParameter { field: field.to_owned(), parameter: parameter.clone() })?,
    };
    within(field, number, range)
}

fn within(field: &str, value: f64, (low, high, unit): Range) -> Result<f64, WorldError> {
    // Written so that NaN fails too.
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(WorldError::OutOfRange { field: field.to_owned(), value, low, high, unit })
}

fn change(event: &Event, draw: &Draw) -> Result<LightChange, WorldError> {
    let name = &event.name;
    let Action::ScaleLight { to } = &event.action;
    Ok(LightChange {
        at_s: value(&format!("event \"{name}\" at_s"), &event.at_s, draw, (0.0, 3600.0, "s"))?,
        over_s: value(&format!("event \"{name}\" over_s"), &event.over_s, draw, (0.0, 3600.0, "s"))?,
        to: value(&format!("event \"{name}\" to"), to, draw, (0.0, 100.0, ""))?,
    })
}

/// Roll turns the picture's content clockwise, so the camera turns the other way about its optical axis.
fn camera(spec: &CameraSpec, draw: &Draw) -> Result<Camera, WorldError> {
    within("camera.width_px", f64::from(spec.width_px), (1.0, 8192.0, "px"))?;
    within("camera.height_px", f64::from(spec.height_px), (1.0, 8192.0, "px"))?;
    let fov_deg = value("camera.vertical_fov_deg", &spec.vertical_fov_deg, draw, (1.0, 170.0, "deg"))?;
    let point = |what: &str, bounds: &[Bound; 3]| {
        let [x, y, z] = bounds;
        let one = |axis: &str, bound| value(&format!("camera.{what}.{axis}"), bound, draw, (-100.0, 100.0, "m"));
        Ok::<_, WorldError>(DVec3::new(one("x", x)?, one("y", y)?, one("z", z)?))
    };
    let eye = point("eye_m", &spec.eye_m)?;
    let target = point("target_m", &spec.target_m)?;
    if eye.distance(target) < 1e-9 {
        return Err(WorldError::CameraLooksAtItself);
    }
    let roll = value("camera.roll_deg", &spec.roll_deg, draw, (-180.0, 180.0, "deg"))?.to_radians();
    let (sine, cosine) = libm::sincos(-0.5 * roll);
    let rolled = Pose { position: DVec3::ZERO, rotation: DQuat::from_xyzw(0.0, 0.0, sine, cosine) };
    let pose = Pose::looking_at(eye, target).then(&rolled);
    Ok(Camera::with_vertical_fov(spec.width_px, spec.height_px, fov_deg, pose))
}
