//! What a screen asks for beyond [`Command`]s: acts that carry a value. Screens only push; the studio applies.

use super::{command::Command, many::ManyAct};

/// An act with a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Select a row of the tree by its id.
    SelectNode(String),
    /// Select a parameter by name; an empty name selects none.
    SelectParameter(String),
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
    /// Move the proposal's centre or spread (both in the parameter's unit).
    SetProposal {
        /// Parameter name.
        parameter: String,
        /// Lower and upper end of the proposal's handles.
        range: [f64; 2],
    },
    /// Move an event on the timeline.
    MoveEvent {
        /// Index in the view's events.
        event: usize,
        /// New start in seconds.
        at_s: f64,
    },
    /// Show this time, in seconds.
    Seek(f64),
    /// Show this draw.
    SelectDraw(u64),
    /// What the person does with many draws.
    Many(ManyAct),
    /// Show the drift metric with this name.
    SelectMetric(String),
    /// Show pair `n` in the compare workspace.
    SelectPair(usize),
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
    /// The person wants to choose the path of field `n` in the system's own dialog.
    BrowseField(usize),
    /// The person confirmed the act that the dialog named.
    Confirm,
    /// The person turned away from the act that the dialog named.
    Decline,
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
