//! A draw made concrete: bodies, an arm, contacts and lights that step at a fixed rate, and the episode they leave.
//!
//! No IO, no clock, the same bits on every run and machine (rapier with `enhanced-determinism`, `libm`). What the
//! renderer and the labels may see is a [`Snapshot`], nothing else.
//!
//! Every stage stands on one engine (bodies, touches, events, the clock) and adds its own slots, things and controllers:
//!
//! - `"tabletop"`: an arm reaches for a canister. It follows its path whatever it meets; what lies on the table is dynamic.
//! - `"inspection"`: circuit boards with one of six kinds of defects pass under a camera.
//! - `"balance"`: a humanoid with torque-limited joints stands, is pushed, and steps or falls.
//! - `"road"`: a vehicle follows, brakes and stops, or not, among others on wheels and on foot.
//!
//! x forward, y left, z up, in metres. Cables and soft things are deliberately left out so far.

mod balance;
mod body;
mod built;
mod clutter;
pub mod controller;
pub mod criticality;
mod drive;
mod engine;
mod entity;
pub mod episode;
mod event;
pub mod facts;
mod fields;
mod fixture;
mod force;
mod gnss;
mod imu;
mod inspection;
mod lamp;
mod light;
mod mark;
mod mesh;
mod model;
mod own_rig;
mod panorama;
pub mod physics;
mod pick;
mod record;
pub mod rig;
mod road;
mod sensor;
mod shape;
mod skeleton;
mod slots;
pub mod snapshot;
mod stage;
mod tabletop;
mod touch;
mod weather;

#[cfg(test)]
mod entity_tests;
#[cfg(test)]
mod facts_tests;
#[cfg(test)]
mod lamp_tests;
#[cfg(test)]
mod own_rig_tests;
#[cfg(test)]
mod physics_tests;
#[cfg(test)]
mod placed_tests;
#[cfg(test)]
mod sensor_tests;
#[cfg(test)]
mod tests;

/// The groups of a [`SensorModel`].
pub use crate::family::sensor_model;
pub use built::World;
pub use drive::{Act, Deed, Drive, Seen, next_step};
pub use entity::{check_name as check_entity_name, read_form, recorded_of, sun_of};
pub use episode::{Begun, Carried, Contact, Episode, Track};
pub use event::KINDS as SPAWNED_KINDS;
pub use facts::Facts;
pub use fields::camera_of;
pub use mark::{Drawn, Layer, Mark};
pub use mesh::file::Fetch;
pub use own_rig::{CONTROLLERS, rig_joints};
pub use panorama::{Level, Panorama};
pub use physics::PHYSICS_RATE_HZ;
pub use record::{Simulator, simulate, vocabulary};
pub use sensor::recorded_by as recorded_by_sensor;
pub use slots::{
    Slot, acted_on, check, farthest_m, footprint, lamps, live_slots, movable, placed, slots, strongest_push_ns,
};
pub use snapshot::{
    Body, Camera, Class, Dome, Holds, Lamp, Light, Material, Mesh, MeshVertex, Picture, Pictures, SensorModel, Shape,
    Snapshot, Surface, Texture, Textured, Weather, Wrap,
};
pub use stage::Placed;

/// Why a world could not be built or stepped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// The family names a stage that does not exist.
    #[error("{0}")]
    UnknownStage(String),
    /// The family sets a slot that the stage does not have.
    #[error("scene.{slot} is not a slot of the stage; {cure}")]
    UnknownSlot {
        /// The name in the family.
        slot: String,
        /// What to write instead.
        cure: String,
    },
    /// A value is not a number or lies outside what the field allows.
    #[error(
        "{field} is {value} {unit}, which is outside its range {low} to {high} {unit}; change the value or the \
             distribution of its parameter"
    )]
    OutOfRange {
        /// The field (`"scene.canister_x_m"`).
        field: String,
        /// The value.
        value: f64,
        /// Smallest allowed value.
        low: f64,
        /// Largest allowed value.
        high: f64,
        /// Unit symbol.
        unit: &'static str,
    },
    /// A field is bound to a parameter that the draw lacks.
    #[error(
        "{field} is bound to the parameter \"{parameter}\", which the draw has no value for; declare it under \
             parameters"
    )]
    MissingParameter {
        /// The field.
        field: String,
        /// The parameter's name.
        parameter: String,
    },
    /// The camera stands where it looks.
    #[error("camera.eye_m and camera.target_m are the same point; move one of them")]
    CameraLooksAtItself,
    /// A field's quantity or expression has no number.
    #[error("{field}: {text}")]
    Bound {
        /// The field.
        field: String,
        /// What is wrong.
        text: String,
    },
    /// A thing of the family cannot stand where or as it is to.
    #[error("the thing \"{name}\": {text}")]
    Entity {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        text: String,
    },
    /// A sensor of the family cannot be where it is to.
    #[error("the sensor \"{name}\": {text}")]
    Sensor {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        text: String,
    },
    /// Two quantities would have one name.
    #[error("`{name}` would be recorded twice; give the thing, its rig's joint or the sensor another name")]
    RecordedTwice {
        /// The name.
        name: String,
    },
    /// An event makes no sense on this stage.
    #[error("event \"{event}\": {text}")]
    Event {
        /// The event's name.
        event: String,
        /// What is wrong.
        text: String,
    },
    /// A measure or the rare event cannot be evaluated.
    #[error(transparent)]
    Measure(#[from] crate::family::MeasureError),
    /// The physics left the numbers behind.
    #[error(
        "the physics of draw {draw} became unstable at {time_s} s; bring its masses, speeds and sizes closer to the \
             defaults"
    )]
    Unstable {
        /// The draw's index.
        draw: u64,
        /// When.
        time_s: f64,
    },
    /// A rig or its controller cannot be had.
    #[error("{0}")]
    Rig(String),
    /// The watcher stopped the task.
    #[error("the simulation was stopped before its end; start it again for a whole episode")]
    Stopped,
}
