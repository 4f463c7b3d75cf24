//! Controllers: what a robot wants, step by step, from what it senses.
//!
//! A controller is a function of what was sensed and of its own state: it sees no physics, reads no clock and acts through
//! drives that the joints' efforts bound, so that a rare event is something it can recover from or not. What is random
//! in it comes from the stream that it is given.

pub mod leg;
pub mod stand;

pub use stand::{Stand, StandSettings, Strategy};

/// Why a controller cannot be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ControllerError {
    /// The rig is not of the kind that the controller moves.
    #[error("the rig \"{rig}\" cannot stand on two legs: {lacks}")]
    WrongRig {
        /// The rig's name.
        rig: String,
        /// What is missing and what to do.
        lacks: String,
    },
    /// A setting is not a number or outside what it may be.
    #[error("{setting} of the balance controller is {value}; choose a value from {low} to {high}")]
    Setting {
        /// The setting with its unit.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// Smallest allowed value.
        low: f64,
        /// Largest allowed value.
        high: f64,
    },
}
