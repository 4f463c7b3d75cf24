//! The Author inspector as plain values and pure logic: what is shown of a family, what a person's hand or keyboard does to
//! it, and what comes of that. Nothing here draws, knows the study, or waits for a worker.

mod acceptance;
mod boundary;
mod change;
pub mod grip;
mod kind;
mod look;
pub mod typed;

use std::collections::BTreeSet;

pub use acceptance::{Acceptance, acceptance};
pub use boundary::{Boundary, Side as BoundarySide, boundary};
pub use change::{Change, check_name, free_name, used_by};
pub use grip::Grip;
pub use kind::{Kind, drawn, like, nice};
pub use look::{Inspected, Question, RareShare, Selected, Side, TAILS, curve, inspect, laws_of};
pub use typed::Fault;

/// A face of the inspector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// The tree or the table of parameters, and the selected one's distributions.
    #[default]
    Parameters,
    /// How parameters hang together.
    Correlation,
    /// What every draw must meet.
    Requirements,
    /// What happens during the episode.
    Events,
    /// What the family answers for.
    Card,
}

impl Face {
    /// All of them with their words, in the order of the tabs.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Parameters, "Parameters"),
        (Self::Correlation, "Correlation"),
        (Self::Requirements, "Requirements"),
        (Self::Events, "Events"),
        (Self::Card, "Card"),
    ];

    /// The face that a finding about `field` belongs to; `None` for what has no place in the inspector.
    pub fn of_field(field: &str) -> Option<Self> {
        let head = field.split(['.', '[']).next().unwrap_or_default();
        match head {
            "parameters" => Some(Self::Parameters),
            "correlations" => Some(Self::Correlation),
            "requirements" => Some(Self::Requirements),
            "events" => Some(Self::Events),
            "card" => Some(Self::Card),
            _ => None,
        }
    }
}

/// How parameters are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum List {
    /// By layer, to be looked at and scrubbed.
    #[default]
    Tree,
    /// As cells, to be typed into.
    Table,
}

/// What the window remembers of the inspector; a look is no edit.
#[derive(Clone, Debug, Default)]
pub struct InspectorState {
    /// The shown face.
    pub face: Face,
    /// What is searched for among the parameters.
    pub search: String,
    /// Headings of the tree that are folded, by their words.
    pub folded: BTreeSet<String>,
    /// How parameters are listed.
    pub list: List,
    /// The handles are those of the proposal, not of the nominal.
    pub on_proposal: bool,
    /// Densities on a logarithmic scale, so that tails are seen.
    pub logarithmic: bool,
    /// The pointer draws a density.
    pub drawing: bool,
    /// The selected pair of parameters.
    pub pair: Option<[String; 2]>,
    /// Parameters added to the matrix that are not correlated with anything yet.
    pub joined: Vec<String>,
    /// The selected event.
    pub event: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_find_their_face() {
        assert_eq!(Face::of_field("parameters[2].nominal.low"), Some(Face::Parameters));
        assert_eq!(Face::of_field("correlations[0]"), Some(Face::Correlation));
        assert_eq!(Face::of_field("card.artefact"), Some(Face::Card));
        assert_eq!(Face::of_field("camera.eye_m.x"), None);
    }
}
