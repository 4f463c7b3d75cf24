//! A family's fields with the draw's values put in, checked; its camera and clock.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use glam::{DQuat, DVec2, DVec3};

use super::WorldError;
use super::entity;
use super::physics::PHYSICS_RATE_HZ;
use super::slots::cure;
use super::snapshot::{Camera, SensorModel};
use super::stage::{Kind, kind, unknown};
use crate::base::Pose;
use crate::family::measure::{Named, named};
use crate::family::sensor_model;
use crate::family::{Bound, Bounded, CameraSpec, Columns, Expression, ExpressionError, Family, Formula, Scope};
use crate::sample::Draw;

fn clock(family: &Family) -> Result<f64, WorldError> {
    within("clock.frame_rate_hz", family.clock.frame_rate_hz, (0.1, PHYSICS_RATE_HZ, "Hz"))?;
    within("clock.duration_s", family.clock.duration_s, (0.0, 60.0, "s"))
}

/// What is recorded of `family` on a stage of this kind.
pub(super) fn signals(kind: &Kind, family: &Family) -> Vec<Named> {
    let mut all = named(kind.signals);
    all.extend(entity::signals(family));
    all.extend(super::sensor::signals(family));
    all
}

/// Refuses what would be recorded under a name that is taken: by the stage, a thing or another sensor.
fn no_twins(kind: &Kind, signals: &[Named]) -> Result<(), WorldError> {
    let mut known: BTreeSet<&str> = kind.summary.iter().map(|(name, _)| *name).collect();
    match signals.iter().find(|(name, _)| !known.insert(name)) {
        Some((name, _)) => Err(WorldError::RecordedTwice { name: name.clone().into_owned() }),
        None => Ok(()),
    }
}

/// Low, high and unit of a field.
pub(super) type Range = (f64, f64, &'static str);

/// What no draw changes about a family's fields: which names there are, and every expression parsed.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    kind: &'static Kind,
    columns: Columns,
    scope: Scope,
    /// What is recorded with every state.
    signals: Vec<Named>,
    /// What an event's condition may read.
    live: Scope,
    /// By their texts. One that does not parse is left out; the draw that meets it says in which field.
    parsed: BTreeMap<String, Expression>,
}

impl Fields {
    /// The fields of `family`.
    ///
    /// # Errors
    /// A stage or a slot that does not exist, a name that would be recorded twice.
    pub(super) fn of(family: &Family) -> Result<Self, WorldError> {
        let Some(kind) = kind(&family.stage) else { return Err(WorldError::UnknownStage(unknown(&family.stage))) };
        let known = |name: &str| kind.slots.iter().any(|slot| slot.name == name);
        if let Some(name) = family.scene.keys().find(|name| !known(name)) {
            return Err(WorldError::UnknownSlot { slot: name.clone(), cure: cure(kind, name) });
        }
        let columns = Columns::of(family);
        let scope = columns.scope();
        let signals = signals(kind, family);
        no_twins(kind, &signals)?;
        let live = with_live(&scope, &signals);
        let CameraSpec { vertical_fov_deg, roll_deg, exposure_ev, eye_m, target_m, .. } = &family.camera;
        let of_camera = [vertical_fov_deg, roll_deg, exposure_ev].into_iter().chain(eye_m).chain(target_m);
        let of_model = family.camera.sensor.iter().flat_map(|model| model.numbers()).map(|(.., bound)| bound);
        let of_camera = of_camera.chain(of_model);
        let of_events = family.events.iter().flat_map(|event| {
            let of_action = event.action.bounds().into_iter().map(|(.., bound)| bound);
            of_action.chain([&event.delay_s, &event.over_s]).chain(&event.at_s).chain(&event.for_s)
        });
        let of_entities =
            family.entities.iter().flat_map(|entity| entity.bounds().into_iter().map(|(.., bound)| bound));
        let of_sensors = family.sensors.iter().flat_map(|one| one.bounds().into_iter().map(|(.., bound)| bound));
        let of_things = of_entities.chain(of_sensors);
        let texts =
            family.scene.values().chain(of_camera).chain(of_events).chain(of_things).filter_map(|bound| match bound {
                Bound::Expression(text) => Some(text),
                Bound::Number(_) | Bound::Quantity(_) => None,
            });
        let texts = texts.chain(family.events.iter().filter_map(|event| event.when.as_ref()));
        let parsed = texts.filter_map(|text| Some((text.clone(), Expression::compile(text).ok()?))).collect();
        Ok(Self { kind, columns, scope, signals, live, parsed })
    }

    /// The family's stage.
    pub(super) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// What is recorded with every state, in order.
    pub(super) fn signals(&self) -> &[Named] {
        &self.signals
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
    family: &'a Family,
    fields: &'a Fields,
    draw: &'a Draw,
    row: Vec<f64>,
    duration_s: f64,
}

impl<'a> Binder<'a> {
    /// For the fields of `family` at `draw`.
    ///
    /// # Errors
    /// A quantity that the draw lacks, a clock that the stage cannot keep.
    pub(super) fn new(family: &'a Family, fields: &'a Fields, draw: &'a Draw) -> Result<Self, WorldError> {
        let number = |name: &str| {
            let missing = || WorldError::MissingParameter { field: "the draw".to_owned(), parameter: name.to_owned() };
            draw.values.get(name).copied().ok_or_else(missing)
        };
        let row = fields.columns.names().map(number).collect::<Result<_, _>>()?;
        Ok(Self { family, fields, draw, row, duration_s: clock(family)? })
    }

    /// The family's stage.
    pub(super) fn kind(&self) -> &'static Kind {
        self.fields.kind
    }

    /// How long the episode lasts in seconds.
    pub(super) fn duration_s(&self) -> f64 {
        self.duration_s
    }

    /// The draw's numbers, in the order of the family's columns.
    pub(super) fn into_row(self) -> Vec<f64> {
        self.row
    }

    /// What the scene sets the slot `name` to, or its default.
    ///
    /// # Errors
    /// A value outside the slot's range; a slot that the stage does not have.
    pub(super) fn slot(&self, name: &str) -> Result<f64, WorldError> {
        let Some(slot) = self.fields.kind.slots.iter().find(|slot| slot.name == name) else {
            return Err(WorldError::UnknownSlot { slot: name.to_owned(), cure: cure(self.fields.kind, name) });
        };
        match self.family.scene.get(name) {
            None => Ok(slot.default),
            Some(bound) => self.value(&format!("scene.{name}"), bound, (slot.low, slot.high, slot.unit)),
        }
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
pub(super) fn with_live(scope: &Scope, more: &[Named]) -> Scope {
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
pub(super) fn camera(spec: &CameraSpec, binder: &Binder<'_>) -> Result<Camera, WorldError> {
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
    let mut camera = Camera::with_vertical_fov(spec.width_px, spec.height_px, fov_deg, pose);
    if let Some(intrinsics) = spec.sensor.as_ref().and_then(|model| model.intrinsics.clone()) {
        let alone = sensor_model::SensorModel { intrinsics: Some(intrinsics), ..Default::default() };
        let own = with_numbers(&alone, binder)?.intrinsics.unwrap_or_default();
        camera.focal_px = DVec2::new(own.fx_px, own.fy_px);
        camera.centre_px = DVec2::new(own.cx_px, own.cy_px);
    }
    Ok(camera)
}

/// What the camera is like beside its pose and its pinhole; none where it is ideal.
pub(super) fn sensor(spec: &CameraSpec, binder: &Binder<'_>) -> Result<Option<Arc<SensorModel>>, WorldError> {
    let Some(spec) = &spec.sensor else { return Ok(None) };
    if let Some((field, text)) = spec.faults().into_iter().next() {
        return Err(WorldError::Bound { field: format!("camera.sensor.{field}"), text });
    }
    // Focal length and principal point are the camera's.
    let rest = SensorModel { intrinsics: None, ..with_numbers(spec, binder)? };
    if let Some((field, text)) = rest.contradiction() {
        return Err(WorldError::Bound { field: format!("camera.sensor.{field}"), text });
    }
    Ok((rest != SensorModel::default()).then(|| Arc::new(rest)))
}

fn with_numbers(model: &sensor_model::SensorModel, binder: &Binder<'_>) -> Result<SensorModel, WorldError> {
    model.try_map(&mut |path, allowed, bound| {
        binder.value(&format!("camera.sensor.{path}"), bound, (allowed.low, allowed.high, allowed.unit))
    })
}

/// The camera of `family` at `draw` and its sensor, without building a world: for who checks pictures before anything moves.
/// A camera that rides on something stands in that thing's frame.
///
/// # Errors
/// A value outside its field's range.
pub fn camera_of(family: &Family, draw: &Draw) -> Result<(Camera, Option<Arc<SensorModel>>), WorldError> {
    let fields = Fields::of(family)?;
    let binder = Binder::new(family, &fields, draw)?;
    Ok((camera(&family.camera, &binder)?, sensor(&family.camera, &binder)?))
}
