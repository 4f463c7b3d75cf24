//! The Author inspector as plain values and pure logic: what is shown of a family, what a person's hand or keyboard does to
//! it, and what comes of that. Nothing here draws, knows the study, or waits for a worker.

mod acceptance;
mod boundary;
mod bring;
mod change;
pub mod grip;
mod kind;
mod label;
mod look;
pub mod region;
pub mod sensor;
pub mod typed;
mod uses;

use std::collections::BTreeSet;

pub use acceptance::{Acceptance, acceptance};
pub use boundary::{Boundary, Side as BoundarySide, boundary};
pub use bring::brought;
pub use change::{Change, check_entity_name, check_name, check_place_name, check_region_name, free, free_name, tags};
pub use grip::Grip;
pub use kind::{drawn, like, nice};
pub use look::{
    Inherited, Inspected, Names, Question, RareShare, Selected, Side, TAILS, curve, inspect, inspect_with, laws_of,
    outcome_scope, select,
};
pub use typed::Fault;
pub use uses::{check_kept, used_by};

/// A face of the inspector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// The tree or the table of parameters, and the selected one's distributions.
    #[default]
    Parameters,
    /// Regions of space, and places that are drawn on them.
    Places,
    /// What is computed: from a draw, and from its episode, up to the rare event.
    Quantities,
    /// How parameters hang together.
    Correlation,
    /// What every draw must meet.
    Requirements,
    /// What the stage, its camera and its clock are set to.
    Scene,
    /// What the camera is like beside its pose.
    Sensor,
    /// What happens during the episode.
    Events,
    /// Which values draws are to cover.
    Goals,
    /// How its episodes are told in the columns of a real set.
    Columns,
    /// What the family answers for, and the words that sort it.
    Card,
    /// What a variant has of its own.
    Variant,
}

impl Face {
    /// All of them with their words, in the order of the tabs.
    pub const ALL: [(Self, &str); 12] = [
        (Self::Parameters, "Parameters"),
        (Self::Places, "Places"),
        (Self::Quantities, "Quantities"),
        (Self::Correlation, "Correlation"),
        (Self::Requirements, "Requirements"),
        (Self::Scene, "Scene"),
        (Self::Sensor, "Sensor"),
        (Self::Events, "Events"),
        (Self::Goals, "Goals"),
        (Self::Columns, "Columns"),
        (Self::Card, "Card"),
        (Self::Variant, "Variant"),
    ];

    /// The face that a finding about `field` belongs to; `None` for what has no place in the inspector.
    pub fn of_field(field: &str) -> Option<Self> {
        let head = field.split(['.', '[']).next().unwrap_or_default();
        match head {
            "camera" if field.starts_with("camera.sensor") => Some(Self::Sensor),
            "parameters" => Some(Self::Parameters),
            "places" | "regions" => Some(Self::Places),
            "derived" | "measures" | "rare_event" => Some(Self::Quantities),
            "correlations" => Some(Self::Correlation),
            "requirements" => Some(Self::Requirements),
            "stage" | "scene" | "entities" | "sensors" | "camera" | "clock" => Some(Self::Scene),
            "events" => Some(Self::Events),
            "coverage" => Some(Self::Goals),
            "mapping" => Some(Self::Columns),
            "card" | "title" | "version" | "tags" | "taxonomy" => Some(Self::Card),
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
    /// The opened thing of the family's own.
    pub entity: Option<String>,
    /// The selected region.
    pub region: Option<String>,
    /// What is searched for among the words that sort families.
    pub word: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_find_their_face() {
        assert_eq!(Face::of_field("parameters[2].nominal.low"), Some(Face::Parameters));
        assert_eq!(Face::of_field("correlations[0]"), Some(Face::Correlation));
        assert_eq!(Face::of_field("card.artefact"), Some(Face::Card));
        assert_eq!(Face::of_field("camera.eye_m.x"), Some(Face::Scene));
        assert_eq!(Face::of_field("camera.sensor.noise.bits"), Some(Face::Sensor));
        assert_eq!(Face::of_field("id"), None);
    }
}
