//! A family's scene, camera, clock and events with the draw's values put in, checked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use glam::{DQuat, DVec3};

use super::event::{Happening, happenings};
use super::light;
use super::slots::{Slot, TABLETOP, cure, slots};
use super::snapshot::{Camera, Light};
use super::{WorldError, stage::PHYSICS_RATE_HZ};
use crate::base::Pose;
use crate::family::{Bound, Bounded, CameraSpec, Columns, Expression, ExpressionError, Family, Formula, Scope};
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
    /// The scene of `family`, whose fields are `fields`, at `draw`.
    pub(super) fn of(family: &Family, fields: &Fields, draw: &Draw) -> Result<Self, WorldError> {
        let all = slots(&family.stage);
        let binder = Binder::new(fields, draw)?;
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

/// What no draw changes about a family's fields: which names there are, and every expression parsed.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    columns: Columns,
    scope: Scope,
    /// What an event's condition may read.
    live: Scope,
    /// By their texts. One that does not parse is left out; the draw that meets it says in which field.
    parsed: BTreeMap<String, Expression>,
}

impl Fields {
    /// The fields of `family`.
    ///
    /// # Errors
    /// A stage or a slot that does not exist.
    pub(super) fn of(family: &Family) -> Result<Self, WorldError> {
        if family.stage != TABLETOP {
            return Err(WorldError::UnknownStage { stage: family.stage.clone() });
        }
        let all = slots(&family.stage);
        if let Some(name) = family.scene.keys().find(|name| !all.iter().any(|slot| slot.name == name.as_str())) {
            return Err(WorldError::UnknownSlot { slot: name.clone(), cure: cure(name) });
        }
        let columns = Columns::of(family);
        let scope = columns.scope();
        let live = with_live(&scope, super::record::SIGNALS);
        let CameraSpec { vertical_fov_deg, roll_deg, exposure_ev, eye_m, target_m, .. } = &family.camera;
        let of_camera = [vertical_fov_deg, roll_deg, exposure_ev].into_iter().chain(eye_m).chain(target_m);
        let of_events = family.events.iter().flat_map(|event| {
            let of_action = event.action.bounds().into_iter().map(|(.., bound)| bound);
            of_action.chain([&event.delay_s, &event.over_s]).chain(&event.at_s).chain(&event.for_s)
        });
        let texts = family.scene.values().chain(of_camera).chain(of_events).filter_map(|bound| match bound {
            Bound::Expression(text) => Some(text),
            Bound::Number(_) | Bound::Quantity(_) => None,
        });
        let texts = texts.chain(family.events.iter().filter_map(|event| event.when.as_ref()));
        let parsed = texts.filter_map(|text| Some((text.clone(), Expression::compile(text).ok()?))).collect();
        Ok(Self { columns, scope, live, parsed })
    }

    /// `text`, parsed.
    fn expression(&self, text: &str) -> Result<Cow<'_, Expression>, ExpressionError> {
        self.parsed
            .get(text)
            .map_or_else(|| Expression::compile(text).map(Cow::Owned), |known| Ok(Cow::Borrowed(known)))
    }

    /// The condition of an event.
    pub(super) fn condition(&self, text: &str) -> Result<Formula, ExpressionError> {
        self.expression(text)?.bind(&self.live)
    }
}

/// Puts a draw's numbers into bounds.
pub(super) struct Binder<'a> {
    fields: &'a Fields,
    draw: &'a Draw,
    row: Vec<f64>,
}

impl<'a> Binder<'a> {
    fn new(fields: &'a Fields, draw: &'a Draw) -> Result<Self, WorldError> {
        let number = |name: &str| {
            let missing = || WorldError::MissingParameter { field: "the draw".to_owned(), parameter: name.to_owned() };
            draw.values.get(name).copied().ok_or_else(missing)
        };
        let row = fields.columns.names().map(number).collect::<Result<_, _>>()?;
        Ok(Self { fields, draw, row })
    }

    /// What no draw changes.
    pub(super) fn fields(&self) -> &Fields {
        self.fields
    }

    /// The number of `bound` in the range's unit.
    pub(super) fn value(&self, field: &str, bound: &Bound, range: Range) -> Result<f64, WorldError> {
        if let Some(name) = bound.name()
            && !self.draw.values.contains_key(name)
        {
            return Err(WorldError::MissingParameter { field: field.to_owned(), parameter: name.to_owned() });
        }
        let refuse = |text: String| WorldError::Bound { field: field.to_owned(), text };
        let scope = &self.fields.scope;
        let bounded = match bound {
            Bound::Expression(text) => {
                let formula = self.fields.expression(text).and_then(|parsed| parsed.bind_in(scope, range.2));
                Bounded::Formula(formula.map_err(|error| refuse(format!("`{text}`: {error}")))?)
            }
            Bound::Number(_) | Bound::Quantity(_) => {
                bound.bind(scope, range.2).map_err(|error| refuse(error.to_string()))?
            }
        };
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
