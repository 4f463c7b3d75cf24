//! Scenario families: one named failure mode, its parameters with distributions, its requirements, events and measures,
//! and the policy card that says what would make the data dangerous.
//!
//! A family is data. Loading one does no IO here ([`text::parse`] takes the text), runs no code and cannot loop. This
//! module knows nothing of worlds: whether a slot name exists on a stage is checked by `world`.

mod beams;
mod bound;
pub mod columns;
pub mod copula;
pub mod distribution;
pub mod edit;
mod entity;
mod event;
pub mod expression;
pub mod files;
pub mod goal;
pub mod mapping;
pub mod measure;
mod order;
pub mod plan;
mod region;
mod scan;
mod sensor;
pub mod sensor_model;
pub mod taxonomy;
pub mod text;
mod tree;
mod units;
pub mod validate;
pub mod variant;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use beams::{Beams, PRESETS as BEAM_PRESETS};
use bound::zero;
pub use bound::{Bound, BoundError, Bounded};
pub use columns::{Column, ColumnKind, Columns};
pub use distribution::{Distribution, Law, Weighted};
pub use edit::{said_text, saved_text};
pub use entity::{Entity, EntityBound, Finish, Form, RigJoint};
pub use event::{Action, Easing, Event};
pub use expression::{Expression, ExpressionError, Formula, Limit, Scope, Series};
pub use files::Files;
pub use goal::Goal;
pub use mapping::{Element, Feature, Mapped, Mapping};
pub use measure::{MeasureError, Measures, Outcome};
pub use plan::Plan;
pub use region::{BoundRegion, Place, Region, Spread};
pub use sensor::{Axes, Reading, Sensor, SensorBound};
pub use sensor_model::SensorModel;
pub use taxonomy::{Layer, Taxonomy};
pub use text::{FamilyError, canonical, parse};
pub use validate::{Finding, Severity, validate};
pub use variant::{Said, Variant};

/// A scenario family, as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Lower-case identifier, the file's stem; part of every random stream's name.
    pub id: String,
    /// For people, in sentence case.
    pub title: String,
    /// Raised by hand when the meaning changes.
    pub version: u32,
    /// The family that this one is a variant of, by id; it lies in the same folder. What a variant's file leaves out is
    /// the base's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// Free tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Words from versioned lists: operating conditions, failure, disturbance, robot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxonomy: Option<Taxonomy>,
    /// Mandatory before export.
    pub card: PolicyCard,
    /// The stage by name (`"tabletop"`).
    pub stage: String,
    /// What the stage's named slots are set to: a number, or a parameter's name. Slots left out keep the stage's default.
    #[serde(default)]
    pub scene: BTreeMap<String, Bound>,
    /// Things beside those of the stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// What is sensed on links and things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensors: Vec<Sensor>,
    /// The picture.
    pub camera: CameraSpec,
    /// Length and rate.
    pub clock: Clock,
    /// Parts of space that places are drawn on, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<String, Region>,
    /// In the order of the file.
    pub parameters: Vec<Parameter>,
    /// Points that are drawn on regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// Quantities that follow from parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// How parameters hang together: a Gaussian copula over their normal scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub correlations: Vec<Correlation>,
    /// Draws that violate one are drawn again.
    #[serde(default)]
    pub requirements: Vec<Requirement>,
    /// Which values draws are to cover, beside the ten equally likely parts of each parameter's nominal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Goal>,
    /// What happens during the episode.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What is measured on the finished episode.
    pub measures: Vec<Measure>,
    /// Whether the rare event happened: an expression over the measures, mostly the name of one (> 0.5 means yes).
    pub rare_event: String,
    /// How its episodes are told in the columns of a real set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// What lies beside its file and its things are made of; whoever reads the file adds it.
    #[serde(skip)]
    pub files: Files,
}

/// The family's four answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCard {
    /// What happens rarely and matters.
    pub rare_event: String,
    /// What in the generated data could teach something wrong.
    pub artefact: String,
    /// Which real measurement would show it.
    pub real_probe: String,
    /// What makes us throw the data away.
    pub discard_rule: String,
}

/// Picture size and view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraSpec {
    /// Pixels in a row.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Full vertical angle of view, in degrees.
    pub vertical_fov_deg: Bound,
    /// Where the camera stands: x, y, z in metres in the stage's frame.
    pub eye_m: [Bound; 3],
    /// What it looks at: x, y, z in metres.
    pub target_m: [Bound; 3],
    /// The thing that it rides on (`"ego"`): eye and target are then in that thing's frame. Left out, it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Roll about the optical axis in degrees, clockwise in the picture.
    #[serde(default = "zero")]
    pub roll_deg: Bound,
    /// Exposure compensation in stops, added to the stage's exposure.
    #[serde(default = "zero")]
    pub exposure_ev: Bound,
    /// Lens, exposure, shutter, noise and coding; left out, the camera is ideal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<Box<SensorModel>>,
}

/// Length and rate of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Length in seconds.
    pub duration_s: f64,
    /// Recorded states (and frames) per second.
    pub frame_rate_hz: f64,
}

impl Clock {
    /// Number of recorded states: one at time 0, then one each period up to the duration.
    pub fn n_frames(&self) -> usize {
        // Half a period of tolerance: 2.5 s at 30 Hz is 76 states whatever the rounding.
        (self.duration_s * self.frame_rate_hz + 0.5) as usize + 1
    }
}

/// A named quantity that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Lower-case identifier; part of its random stream's name.
    pub name: String,
    /// Unit symbol (`"m"`, `"s"`, `"lx"`, `""` for a pure number).
    pub unit: String,
    /// What a change of it means.
    pub role: Role,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// Where it belongs among the six layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// How it is distributed in reality.
    pub nominal: Distribution<Bound>,
    /// How we draw it; the nominal where left out.
    #[serde(default)]
    pub proposal: Option<Distribution<Bound>>,
    /// The real data that the nominal was fitted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted: Option<Fitted>,
}

impl Parameter {
    /// A cause without words, drawn from its nominal.
    pub fn new(name: &str, unit: &str, nominal: &Distribution) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            role: Role::Cause,
            about: String::new(),
            layer: None,
            nominal: written(nominal),
            proposal: None,
            fitted: None,
        }
    }

    /// The distribution that draws come from.
    pub fn drawn_from(&self) -> &Distribution<Bound> {
        self.proposal.as_ref().unwrap_or(&self.nominal)
    }
}

/// A distribution of plain numbers as a family's file holds it.
pub fn written(distribution: &Distribution) -> Distribution<Bound> {
    match distribution.try_map(&mut |_, number| Ok::<_, std::convert::Infallible>(Bound::Number(*number))) {
        Ok(written) => written,
        Err(never) => match never {},
    }
}

/// Which real data a nominal was fitted to, and how far they reach: draws beyond are extrapolation and say so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// The real set's name in the study.
    pub set: String,
    /// The column.
    pub column: String,
    /// Number of values.
    pub n: u64,
    /// Smallest value, in the parameter's unit.
    pub low: f64,
    /// Largest value.
    pub high: f64,
    /// Digest of the values, so that a change of the data is noticed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// What the fit was judged by (`"Kolmogorov–Smirnov D 0.021"`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub judged: String,
}

/// A quantity that follows from parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Identifier.
    pub name: String,
    /// Unit symbol.
    #[serde(default)]
    pub unit: String,
    /// An expression over parameters, places and other derived quantities.
    pub is: String,
    /// What it means.
    #[serde(default)]
    pub about: String,
}

/// How strongly two parameters hang together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// One parameter.
    pub a: String,
    /// The other.
    pub b: String,
    /// Correlation of their normal scores, −1 to 1 without the ends.
    pub rho: f64,
}

/// What a parameter's change means. Causes are kept apart from nuisances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Brings the failure about.
    Cause,
    /// Varies in reality and must not matter.
    Nuisance,
    /// Belongs to the camera, not to the world.
    Sensor,
}

/// A condition that every draw meets, or a share of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Identifier for counts and messages.
    pub name: String,
    /// An expression over parameters and derived quantities that is true or false.
    pub that: String,
    /// In which share of the draws it is asked for, 0 to 1: a soft requirement. Always, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Why.
    #[serde(default)]
    pub because: String,
}

/// A number taken from the finished episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Identifier.
    pub name: String,
    /// Unit symbol.
    #[serde(default)]
    pub unit: String,
    /// An expression over the episode's summary quantities (`canister_tilt_max_deg`, …), the parameters and earlier
    /// measures; true counts as 1.
    pub is: String,
    /// What it means.
    #[serde(default)]
    pub about: String,
}

impl Family {
    /// A family with nothing in it but a view of the stage and a rare event that never happens.
    pub fn new(id: &str, title: &str, stage: &str) -> Self {
        let at = |x: f64, y: f64, z: f64| [x, y, z].map(Bound::Number);
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            version: 1,
            extends: None,
            tags: Vec::new(),
            taxonomy: None,
            card: PolicyCard::default(),
            stage: stage.to_owned(),
            scene: BTreeMap::new(),
            entities: Vec::new(),
            sensors: Vec::new(),
            camera: CameraSpec {
                width_px: 640,
                height_px: 480,
                vertical_fov_deg: Bound::Number(55.0),
                eye_m: at(0.02, 0.02, 0.52),
                target_m: at(0.3, 0.02, 0.05),
                on: None,
                roll_deg: zero(),
                exposure_ev: zero(),
                sensor: None,
            },
            clock: Clock { duration_s: 2.5, frame_rate_hz: 30.0 },
            regions: BTreeMap::new(),
            parameters: Vec::new(),
            places: Vec::new(),
            derived: Vec::new(),
            correlations: Vec::new(),
            requirements: Vec::new(),
            coverage: Vec::new(),
            events: Vec::new(),
            measures: Vec::new(),
            rare_event: "false".to_owned(),
            mapping: None,
            files: Files::default(),
        }
    }

    /// The parameter called `name`.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The files that its things are made of, by their paths in the study's folder, as its file writes them.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.entities.iter().filter_map(|entity| entity.shape.file())
    }

    /// The digest of the canonical text and of the files that its things are made of: equal for families that mean the
    /// same, whatever their layout or comments.
    pub fn digest(&self) -> crate::base::Digest {
        digest_of(canonical(self), self.files.iter().map(|(path, _, digest)| (path, digest)))
    }
}

/// The digest of a family with this canonical text, whose things are made of the files with these paths and digests, by path.
pub fn digest_of<'a>(
    canonical: String,
    files: impl Iterator<Item = (&'a str, crate::base::Digest)>,
) -> crate::base::Digest {
    let text = files.fold(canonical, |text, (path, digest)| text + &format!("{path} {digest}\n"));
    crate::base::Digest::of(text.as_bytes())
}
