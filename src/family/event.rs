//! What happens during an episode: when it begins, what it changes, how fast, and for how long.

use serde::{Deserialize, Serialize};

use super::Bound;
use super::bound::{are_zero, is_zero, zero, zeros};

/// Something that happens at a time, or when a condition comes true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Identifier.
    pub name: String,
    /// When it starts, in seconds. Either this or `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_s: Option<Bound>,
    /// It starts as soon as this condition over the stage's live quantities and the draw comes true (`"hand_gap_m < 0.1"`),
    /// once an episode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How long after that it really begins, in seconds: a reaction time.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub delay_s: Bound,
    /// How long the change takes, in seconds; 0 is a step.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub over_s: Bound,
    /// How the change runs from its begin to its end.
    #[serde(default, skip_serializing_if = "Easing::is_linear")]
    pub easing: Easing,
    /// After how many seconds the change is taken back, as it came; never where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<Bound>,
    /// What changes.
    pub action: Action,
}

impl Event {
    /// A step at a time.
    pub fn at(name: &str, at_s: Bound, action: Action) -> Self {
        Self {
            name: name.to_owned(),
            at_s: Some(at_s),
            when: None,
            delay_s: zero(),
            over_s: zero(),
            easing: Easing::Linear,
            for_s: None,
            action,
        }
    }
}

/// How a change runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Easing {
    /// In equal steps.
    #[default]
    Linear,
    /// Slow at both ends: 3 t² − 2 t³.
    Smooth,
    /// Fast at first, then slower: 1 − (1 − t)².
    Out,
    /// Slow at first, then faster: t².
    In,
}

impl Easing {
    /// All of them, to choose from.
    pub const ALL: [Self; 4] = [Self::Linear, Self::Smooth, Self::Out, Self::In];

    // serde asks for a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of skip_serializing_if")]
    fn is_linear(&self) -> bool {
        *self == Self::Linear
    }

    /// The share of the change that is done at the share `t` of its time, 0 to 1.
    pub fn at(self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::Linear => t,
            Self::Smooth => t * t * (3.0 - 2.0 * t),
            Self::Out => t * (2.0 - t),
            Self::In => t * t,
        }
    }
}

/// What an event changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Action {
    /// Multiplies all light by this factor (from 1 before the event).
    ScaleLight {
        /// The factor after the event; 0.1 leaves a tenth.
        to: Bound,
    },
    /// Multiplies the light of one lamp, or of all lamps of a name, beside whatever happens to all light.
    ScaleLamp {
        /// One of the family's own lamps, or one of the stage's: `street_lamp_3`, or `street_lamp` for all of them.
        lamp: String,
        /// The factor after the event; 0 puts it out.
        to: Bound,
        /// How often a second it swings between its own light and the factor while the event lasts; 0 does not.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        flicker_hz: Bound,
    },
    /// Brings one of the stage's live slots (friction, light, a controller's set-point, exposure) to another value.
    Set {
        /// The slot's name.
        slot: String,
        /// Its value after the event, in the slot's unit.
        to: Bound,
    },
    /// Moves a thing along a straight line, whatever stands in its way.
    Move {
        /// The thing's name.
        entity: String,
        /// By how much, x, y, z in metres in the stage's frame.
        by_m: [Bound; 3],
    },
    /// Lets a thing appear that was not there before.
    Spawn {
        /// What appears: one of the stage's kinds.
        kind: String,
        /// Where, x, y, z in metres in the stage's frame.
        at_m: [Bound; 3],
        /// How it moves then, x, y, z in metres a second.
        #[serde(default = "zeros", skip_serializing_if = "are_zero")]
        velocity_m_s: [Bound; 3],
    },
    /// Gives a thing an impulse.
    Push {
        /// The thing's name.
        entity: String,
        /// x, y, z in newton seconds; spread over the event's length.
        impulse_ns: [Bound; 3],
        /// Where on the thing, x, y, z in metres in its own frame; left out, at its centre of mass. A robot is always struck at
        /// the middle of its torso.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_m: Option<[Bound; 3]>,
    },
}

impl Action {
    /// The numbers that it takes: field name, unit, bound.
    pub fn bounds(&self) -> Vec<(String, &'static str, &Bound)> {
        match self {
            Self::ScaleLight { to } => vec![("to".to_owned(), "", to)],
            Self::ScaleLamp { to, flicker_hz, .. } => {
                vec![("to".to_owned(), "", to), ("flicker_hz".to_owned(), "Hz", flicker_hz)]
            }
            // The slot's unit is the stage's to know.
            Self::Set { .. } => Vec::new(),
            Self::Move { by_m, .. } => axes("by_m", "m", by_m),
            Self::Spawn { at_m, velocity_m_s, .. } => {
                let mut all = axes("at_m", "m", at_m);
                all.extend(axes("velocity_m_s", "m/s", velocity_m_s));
                all
            }
            Self::Push { impulse_ns, at_m, .. } => {
                let mut all = axes("impulse_ns", "Ns", impulse_ns);
                all.extend(at_m.iter().flat_map(|at_m| axes("at_m", "m", at_m)));
                all
            }
        }
    }

    /// A few words for people.
    pub fn words(&self) -> String {
        match self {
            Self::ScaleLight { .. } => "scale the light".to_owned(),
            Self::ScaleLamp { lamp, .. } => format!("scale {lamp}"),
            Self::Set { slot, .. } => format!("set {slot}"),
            Self::Move { entity, .. } => format!("move {entity}"),
            Self::Spawn { kind, .. } => format!("spawn {kind}"),
            Self::Push { entity, .. } => format!("push {entity}"),
        }
    }
}

fn axes<'a>(name: &str, unit: &'static str, all: &'a [Bound; 3]) -> Vec<(String, &'static str, &'a Bound)> {
    ["x", "y", "z"].iter().zip(all).map(|(axis, bound)| (format!("{name}.{axis}"), unit, bound)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easings_begin_at_0_end_at_1_and_never_turn_back() {
        for easing in Easing::ALL {
            assert_eq!((easing.at(-1.0), easing.at(0.0), easing.at(1.0), easing.at(2.0)), (0.0, 0.0, 1.0, 1.0));
            let steps: Vec<f64> = (0..=20).map(|at| easing.at(f64::from(at) / 20.0)).collect();
            assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]), "{easing:?}");
        }
        assert_eq!((Easing::Smooth.at(0.5), Easing::Out.at(0.5), Easing::In.at(0.5)), (0.5, 0.75, 0.25));
    }
}
