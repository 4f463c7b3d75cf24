//! What is true at one time and no picture shows: named points with their skeletons, contacts with their forces, lanes, events,
//! and whether the rare event has happened by then. Labels are made of it.
//!
//! Everything is in the world's frame. What a camera sees of it is deliberately not asked here.

use std::sync::Arc;

use glam::DVec3;

/// What is true at one recorded time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// In order of their instances; at most one an instance.
    pub skeletons: Vec<Skeleton>,
    /// Who presses on whom in the physics step that has just ended.
    pub contacts: Vec<Pressing>,
    /// Where the stage is a road.
    pub lanes: Option<Arc<Lanes>>,
    /// The family's events, in its order.
    pub events: Vec<EventNow>,
    /// The family's rare event, judged on the episode up to this time; `None` where nobody asked, or its measures cannot be told so early.
    pub so_far: Option<SoFar>,
}

/// The named points of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// The instance's id.
    pub instance: u16,
    /// What the points are, the same at every time.
    pub bones: Arc<Bones>,
    /// Where each point is, in metres in the world.
    pub at: Vec<DVec3>,
}

/// What the points of a skeleton are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bones {
    /// A name a point, without repetition.
    pub names: Vec<String>,
    /// Pairs of points that are joined, the smaller index first.
    pub edges: Vec<[usize; 2]>,
    /// How far below the surface each point lies, in metres: a joint is inside its limb.
    pub inside_m: Vec<f64>,
}

/// Two things press on each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Pressing {
    /// Name and instance of the one; instance 0 where no body that is seen has it.
    pub a: (Arc<str>, u16),
    /// Of the other.
    pub b: (Arc<str>, u16),
    /// Where the normal force acts, in metres: the mean of the points, each with the weight of its force.
    pub at: DVec3,
    /// Sum of what `a` gives `b` along the normals, in newtons.
    pub normal_n: DVec3,
    /// Sum of what friction gives `b`, in newtons.
    pub tangential_n: DVec3,
    /// Each point in metres with its normal force in newtons.
    pub points: Vec<(DVec3, f64)>,
}

/// Lines and lanes of a road.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    /// From the right to the left.
    pub lines: Vec<LaneLine>,
    /// From the right to the left, without overlap.
    pub areas: Vec<LaneArea>,
}

/// A line on the road or its edge.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneLine {
    /// What it is (`"line_1"`), counted from the right.
    pub name: String,
    /// How it is painted.
    pub kind: LineKind,
    /// The middle of the line as one polyline in metres, gaps included.
    pub points: Vec<DVec3>,
    /// Where there is paint, along the line from its first point, in metres; empty for an edge.
    pub painted_m: Vec<[f64; 2]>,
    /// Its width in metres; 0 for an edge.
    pub width_m: f64,
}

/// How a line is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// White throughout, but for crossings.
    SolidWhite,
    /// Yellow throughout.
    SolidYellow,
    /// White dashes.
    DashedWhite,
    /// Not painted: where the asphalt ends.
    Edge,
}

impl LineKind {
    /// The name that goes into files.
    pub fn name(self) -> &'static str {
        match self {
            Self::SolidWhite => "solid_white",
            Self::SolidYellow => "solid_yellow",
            Self::DashedWhite => "dashed_white",
            Self::Edge => "edge",
        }
    }
}

/// A part of the asphalt.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneArea {
    /// What it is for.
    pub kind: AreaKind,
    /// Low and high corner in plan, in metres.
    pub along_across_m: [[f64; 2]; 2],
}

/// What a part of the asphalt is for, as the ego sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AreaKind {
    /// The ego's lane.
    OwnLane = 1,
    /// Another lane that goes the ego's way.
    OtherLane = 2,
    /// A lane that comes towards it.
    OncomingLane = 3,
    /// A shoulder, or a strip to park on.
    Beside = 4,
}

impl AreaKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OwnLane, Self::OtherLane, Self::OncomingLane, Self::Beside];

    /// The name that goes into files.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnLane => "own_lane",
            Self::OtherLane => "other_lane",
            Self::OncomingLane => "oncoming_lane",
            Self::Beside => "beside",
        }
    }
}

/// One of the family's events at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct EventNow {
    /// Its name.
    pub name: String,
    /// `light`, `lamp`, `set`, `move`, `spawn` or `push`.
    pub kind: &'static str,
    /// How far it has come.
    pub phase: Phase,
    /// The share of its change that is done, 0 to 1.
    pub share: f64,
    /// When its change began or will, in seconds; `None` while it waits for its condition.
    pub at_s: Option<f64>,
}

/// How far an event has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has not begun.
    Waits,
    /// Its change is on its way.
    Changes,
    /// Its change is whole and lasts.
    Holds,
    /// Its change is taken back.
    Returns,
    /// It is over: taken back, or a push or a movement that is done.
    Over,
}

impl Phase {
    /// The name that goes into files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Changes => "changes",
            Self::Holds => "holds",
            Self::Returns => "returns",
            Self::Over => "over",
        }
    }

    /// Whether the event has begun and something of it is still there.
    pub fn runs(self) -> bool {
        matches!(self, Self::Changes | Self::Holds | Self::Returns)
    }
}

/// The rare event, judged on an episode up to some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoFar {
    /// Whether it has happened.
    pub rare: bool,
    /// As [`super::Episode::margin`].
    pub margin: f64,
}
