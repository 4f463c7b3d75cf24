//! What a screen asks for beyond [`Command`]s: acts that carry a value. Screens only push; the studio applies.

use crate::run::compare::MapDot;
use crate::run::pairing::{MatchBy, TimeLock};

use super::{
    author::Change,
    command::Command,
    lab::LabAct,
    many::ManyAct,
    stage::StageAct,
    view::{MapColour, MapLayout},
};

/// An act with a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Select a row of the tree by its id.
    SelectNode(String),
    /// Select a parameter by name; an empty name selects none.
    SelectParameter(String),
    /// Show a parameter of a family, whichever is shown now.
    OpenParameter {
        /// The family's id.
        family: String,
        /// The parameter's name.
        parameter: String,
    },
    /// The person sets a parameter of the shown draw. `gesture` counts drags, so that one drag is one undo step.
    SetValue {
        /// Parameter name.
        parameter: String,
        /// New value in the parameter's unit.
        value: f64,
        /// Counts drags and typed entries.
        gesture: u64,
    },
    /// Back to the nominal value.
    ResetValue {
        /// Parameter name.
        parameter: String,
    },
    /// Change the family. Changes with one gesture are one step of undo; without, each is a step of its own.
    Change {
        /// What changes.
        change: Box<Change>,
        /// The same while a drag or an editing lasts.
        gesture: Option<u64>,
    },
    /// Let a part of the shown variant be its base's again.
    Inherit {
        /// The list or field of a family's file (`"parameters"`).
        list: &'static str,
        /// The thing in it.
        key: String,
    },
    /// Take the names of this real set's columns into the shown family.
    TakeColumns(String),
    /// Move an event on the timeline, or its end.
    MoveEvent {
        /// Index in the family.
        event: usize,
        /// Its start, or its length.
        part: EventPart,
        /// The new one in seconds.
        to_s: f64,
        /// The same while one drag lasts.
        gesture: u64,
    },
    /// Show this time, in seconds.
    Seek(f64),
    /// Show this draw.
    SelectDraw(u64),
    /// What the person does with many draws.
    Many(ManyAct),
    /// What the person does on a page that asks about the family.
    Lab(LabAct),
    /// What the person does with the stage in the preview.
    Stage(StageAct),
    /// Unfold the drift metric with this id, or fold it where it is shown.
    SelectMetric(String),
    /// Show pair `n` in the compare workspace.
    SelectPair(usize),
    /// What the person does in the compare workspace.
    Compare(CompareAct),
    /// Show another channel of the preview (`"Colour"`, `"Depth"`, …).
    ShowChannel(String),
    /// Open example `n` of the welcome screen.
    OpenExample(usize),
    /// Open recent study `n`.
    OpenRecent(usize),
    /// Cancel the job with this id.
    CancelJob(u64),
    /// The banner was read.
    DismissBanner,
    /// The person typed into a field of the open form.
    SetField {
        /// Index in the form's fields.
        at: usize,
        /// What stands there now.
        text: String,
    },
    /// The person wants to choose the file of the thing called so, in the system's own dialog.
    PickFile(String),
    /// The person wants to choose the calibration of a real camera for the shown family's, in the system's own dialog.
    PickCalibration,
    /// The person wants to choose the path of field `n` in the system's own dialog.
    BrowseField(usize),
    /// The person confirmed the act that the dialog named.
    Confirm,
    /// The person turned away from the act that the dialog named.
    Decline,
}

/// What a person does in the compare workspace. Sides are 0, the reference, and 1.
#[derive(Clone, Debug, PartialEq)]
pub enum CompareAct {
    /// Put the set called so on a side.
    Set(usize, String),
    /// Look through a side's camera `n`.
    Camera(usize, usize),
    /// Match episodes in this way.
    Match(MatchBy),
    /// Lock time by this.
    Lock(TimeLock),
    /// Draw this signal of a side; an empty name draws none.
    Signal(usize, String),
    /// Write this about the shown pair. One `gesture` is one step of undo.
    Remark {
        /// Whether it is flagged.
        flagged: bool,
        /// Free text.
        text: String,
        /// The same while the person types on.
        gesture: u64,
    },
    /// Show the pair that remark `n` is about.
    ShowRemark(usize),
    /// Show frame `frame` of the episode with this id on a side, with what stands beside it.
    ShowFrame {
        /// The side.
        side: usize,
        /// Episode id.
        episode: u64,
        /// From 0.
        frame: u32,
    },
    /// Exchange this parameter among the draws of the audited set, and look what moves.
    Swap(String),
    /// Lay the dots of the map out so.
    Layout(MapLayout),
    /// Colour the dots of the map by this.
    ColourBy(MapColour),
    /// Keep to the frames within this outline on the map, in its own units; without one, to all.
    Lasso(Option<Vec<[f64; 2]>>),
    /// Keep to the frames of this value, by position in the key of the map's colours.
    LassoValue(usize),
    /// Show the picture of this dot beside the pointer; `None` when it has left.
    Peek(Option<MapDot>),
}

/// What of an event is moved on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPart {
    /// When it starts.
    Start,
    /// How long its change takes.
    Length,
}

/// What the screens asked for in one pass, in order.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Commands.
    pub commands: Vec<Command>,
    /// Acts with a value.
    pub messages: Vec<Message>,
}

impl Outbox {
    /// Asks for `command`.
    pub fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Asks for `message`.
    pub fn send(&mut self, message: Message) {
        self.messages.push(message);
    }
}
