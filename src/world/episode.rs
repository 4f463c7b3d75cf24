//! What a stepped world leaves behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::snapshot::SensorModel;
use super::{Facts, Snapshot};
use crate::base::Pose;

/// A finished episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// The draw's index.
    pub draw: u64,
    /// What the camera is like beside its pose; none where it is ideal.
    pub sensor: Option<Arc<SensorModel>>,
    /// One a recorded time, the first at 0.
    pub snapshots: Vec<Snapshot>,
    /// What no picture shows, one a snapshot.
    pub facts: Vec<Facts>,
    /// Where every body that may move was, one pose a snapshot.
    pub tracks: Vec<Track>,
    /// Where lidars and radars were, in the family's order; none without snapshots.
    pub carried: Vec<Carried>,
    /// Named columns, one value a snapshot: joint angles, canister pose, light level, … with the unit in the name.
    pub signals: BTreeMap<String, Vec<f64>>,
    /// Every touch, in order of its begin.
    pub contacts: Vec<Contact>,
    /// The family's events, in its order.
    pub events: Vec<Begun>,
    /// The quantities that measures are written over (`canister_tilt_max_deg`, …).
    pub summary: BTreeMap<String, f64>,
    /// The family's measures.
    pub measures: BTreeMap<String, f64>,
    /// Whether the rare event happened.
    pub rare: bool,
    /// How far it is from happening, or how deep in it, in the terms of its own condition: at or above 0 where it happened.
    pub margin: f64,
}

/// A lidar or radar of the family, and where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// Its place among the family's sensors.
    pub sensor: usize,
    /// Which noise it has.
    pub noise_seed: u64,
    /// The numbers of what it reads, in the order of the family's file.
    pub numbers: Vec<f64>,
    /// `world_from_sensor` at every recorded time.
    pub poses: Vec<Pose>,
}

/// Where a body was.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its thing's name.
    pub thing: Arc<str>,
    /// What it is called within its thing (`"left_foot"`); empty where the thing has one body.
    pub link: Arc<str>,
    /// `world_from_body` at every recorded time.
    pub poses: Vec<Pose>,
}

/// Whether an event came, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// Its name.
    pub name: String,
    /// When its change began, its delay included, in seconds; `None` where that was not within the episode.
    pub at_s: Option<f64>,
}

/// Two things touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Name of one body.
    pub a: String,
    /// Name of the other.
    pub b: String,
    /// Begin in seconds.
    pub begin_s: f64,
    /// End in seconds; the episode's end where they still touch.
    pub end_s: f64,
    /// Largest normal force in newtons: the sum over all points where the two touch.
    pub force_max_n: f64,
    /// Largest tangential force in newtons: the length of the sum of what friction gives at all points where the two touch.
    pub tangential_max_n: f64,
    /// Where the normal force acted when it was largest, in metres in the world: the mean of the points, each with the
    /// weight of its force.
    pub at_m: [f64; 3],
}
