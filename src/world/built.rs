//! A draw made concrete: a stage on the engine, at some time.

use std::sync::Arc;

use rapier3d_f64::prelude as rp;

use super::WorldError;
use super::drive::{Act, deed_s};
use super::engine::{Builder, Engine};
use super::entity::{self, Entities};
use super::episode::Carried;
use super::event::{Running, happenings};
use super::facts::Facts;
use super::fields::{Binder, Fields, camera, sensor as sensor_model};
use super::fixture;
use super::light;
use super::mark::Mark;
use super::sensor::{self, Sensors};
use super::slots::{acted_on, no_lamp, no_mount, no_thing};
use super::snapshot::{Camera, SensorModel, Snapshot};
use super::stage::Stage;
use super::weather::Sky;
use crate::base::Pose;
use crate::family::{Action, Family};
use crate::sample::Draw;

/// A draw made concrete, at some time.
pub struct World {
    pub(super) engine: Engine,
    stage: Box<dyn Stage>,
    entities: Entities,
    sensors: Sensors,
    camera: Camera,
    sky: Sky,
    /// None where the camera is ideal.
    model: Option<Arc<SensorModel>>,
    /// What the camera rides on.
    mount: Option<rp::RigidBodyHandle>,
    draw: u64,
    /// What a person does in the next step.
    acts: Vec<Act>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("draw", &self.draw).field("step", &self.engine.steps()).finish_non_exhaustive()
    }
}

impl World {
    /// The world of `family` at `draw`, at time 0.
    ///
    /// # Errors
    /// A stage, slot or thing that does not exist; a value outside its field's range.
    pub fn build(family: &Family, draw: &Draw) -> Result<Self, WorldError> {
        Self::with(family, &Fields::of(family)?, draw)
    }

    /// As [`Self::build`], with the fields of `family` prepared.
    pub(super) fn with(family: &Family, fields: &Fields, draw: &Draw) -> Result<Self, WorldError> {
        let kind = fields.kind();
        let binder = Binder::new(family, fields, draw)?;
        let mut builder = Builder::new(kind);
        let mut stage = (kind.build)(family, &binder, &mut builder)?;
        let entities = entity::build(family, &binder, &mut builder)?;
        let events: Vec<Running> = happenings(family, &binder)?.into_iter().map(Running::new).collect();
        check_things(family)?;
        if let Some(text) = family.camera.on.as_deref().and_then(|name| no_mount(kind, name)) {
            return Err(WorldError::Bound { field: "camera.on".to_owned(), text });
        }
        let camera = camera(&family.camera, &binder)?;
        let model = sensor_model(&family.camera, &binder)?;
        let of_sensors = sensor::numbers(family, &binder)?;
        let sky = Sky::of(&binder)?;
        let engine = builder.finish(kind, events, binder);
        let sensors = sensor::build(family, of_sensors, &engine)?;
        stage.begin(&engine);
        let mount = family.camera.on.as_deref().and_then(|name| engine.body(name));
        let (draw, acts) = (draw.index, Vec::new());
        Ok(Self { engine, stage, entities, sensors, camera, sky, model, mount, draw, acts })
    }

    /// Goes on by one physics step.
    ///
    /// # Errors
    /// [`WorldError::Unstable`].
    pub fn step(&mut self) -> Result<(), WorldError> {
        let Self { engine, stage, entities, sensors, .. } = self;
        engine.begin_step(|engine| signals(&**stage, entities, sensors, engine));
        self.sensors.remember(&self.engine);
        let acts = std::mem::take(&mut self.acts);
        for event in acts.iter().filter_map(Act::begins) {
            let begun_s = deed_s(self.engine.steps());
            self.engine.begin(event, begun_s);
        }
        self.engine.let_happen();
        // Behind the family's own: what is recorded of an act becomes the family's last event.
        for (thing, at, impulse) in acts.iter().filter_map(Act::pushes) {
            self.engine.push(thing, impulse, at);
        }
        self.stage.act(&mut self.engine);
        self.entities.act(&mut self.engine);
        self.engine.end_step();
        self.sensors.read(&self.engine);
        if self.stage.follow(&self.engine) && self.entities.make_sense(&self.engine) {
            return Ok(());
        }
        Err(WorldError::Unstable { draw: self.draw, time_s: self.engine.time_s() })
    }

    /// Seconds since the episode began.
    pub fn time_s(&self) -> f64 {
        self.engine.time_s()
    }

    /// What the camera is like beside its pose, the same all the time; none where it is ideal.
    pub fn sensor(&self) -> Option<&Arc<SensorModel>> {
        self.model.as_ref()
    }

    /// What may be seen of the world now.
    pub fn snapshot(&self) -> Snapshot {
        let level = self.engine.light_level();
        let dome = self.entities.dome(&self.engine, level);
        let light = light::under(dome.as_ref(), light::scaled(&self.stage.light(&self.engine), level));
        let weather = self.sky.now(&self.engine);
        let mut lamps = self.entities.lamps(&self.engine, level);
        let mount = self.mount.map_or(Pose::IDENTITY, |handle| self.engine.pose(handle));
        let camera = Camera { world_from_camera: mount.then(&self.camera.world_from_camera), ..self.camera };
        let mut bodies = self.engine.bodies();
        self.entities.glow(&self.engine, level, &mut bodies);
        if let Some(own) = self.stage.lamps() {
            lamps.extend(own.now(&self.engine, level));
            own.glow(&self.engine, level, &mut bodies);
        }
        let lamps = fixture::strongest(lamps, camera.world_from_camera.position);
        Snapshot { time_s: self.time_s(), bodies, light, lamps, dome, weather, camera }
    }

    /// What is true of the world now and no picture shows. Nothing is said of the rare event: that is its episode's to know.
    pub fn facts(&self) -> Facts {
        Facts {
            skeletons: self.engine.skeletons(),
            contacts: self.engine.pressing(),
            lanes: self.stage.lanes(),
            events: self.engine.events_now(),
            so_far: None,
        }
    }

    /// Adds where lidars and radars are now.
    pub(super) fn track_sensors(&self, carried: &mut Vec<Carried>) {
        self.sensors.track(&self.engine, carried);
    }

    /// Lets a person do something in the next step.
    pub(super) fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    /// What cannot be seen of the world but drawn over its picture: forces, what its stage knows, what sensors read. It is asked for
    /// once a recorded state, since receivers keep the way that they have come.
    pub fn marks(&mut self) -> Vec<Mark> {
        let mut all = self.engine.forces();
        all.extend(self.stage.marks(&self.engine));
        all.extend(self.sensors.marks(&self.engine));
        all
    }

    /// What is recorded: the stage's signals, then those of the family's things and of its sensors.
    pub(super) fn signals(&self) -> Vec<f64> {
        signals(&*self.stage, &self.entities, &self.sensors, &self.engine)
    }

    /// What is known at the end, in the order of the stage's summary.
    pub(super) fn summary(&self) -> Vec<f64> {
        self.stage.summary(&self.engine)
    }
}

fn signals(stage: &dyn Stage, entities: &Entities, sensors: &Sensors, engine: &Engine) -> Vec<f64> {
    let mut all = stage.signals(engine);
    all.extend(entities.signals(engine));
    all.extend(sensors.signals());
    all
}

/// Whether every thing that an event acts on is there.
fn check_things(family: &Family) -> Result<(), WorldError> {
    for event in &family.events {
        if let Action::ScaleLamp { lamp, .. } = &event.action
            && let Some(text) = no_lamp(lamp, family)
        {
            return Err(WorldError::Event { event: event.name.clone(), text });
        }
        let (Action::Move { entity, .. } | Action::Push { entity, .. }) = &event.action else { continue };
        let things = acted_on(family, &event.action);
        if !things.contains(&entity.as_str()) {
            return Err(WorldError::Event { event: event.name.clone(), text: no_thing(entity, &things) });
        }
    }
    Ok(())
}
