//! Use cases as plain functions: what the command line and the studio both call.
//!
//! Only here do real and synthetic data meet. Nothing below reads a clock: time and actor come in as a [`Stamp`]. A
//! function that changes the study returns the [`crate::study::Edit`] to apply; the caller applies and saves it, so that the studio
//! can make it undoable.

mod error;

pub mod annotations;
pub mod audit;
pub mod bring;
pub mod calibration;
pub mod camera;
pub mod check;
pub mod compare;
pub mod compare_page;
pub mod compare_report;
pub mod conditions;
mod controls;
mod copies;
pub mod coverage;
pub mod demo;
pub mod draw;
pub mod estimate;
pub mod export;
pub mod fit;
pub mod gate;
pub mod generate;
pub mod generator;
pub mod import;
pub mod inside;
pub mod lerobot;
pub mod match_camera;
pub mod method;
pub mod new;
pub mod pairing;
pub mod person;
pub mod place;
pub mod preview;
pub mod ranging;
pub mod report;
pub mod report_html;
pub mod seal;
pub mod simulate;
pub mod swap;
pub mod synthetic;
pub mod table_file;
pub mod twins;
mod unread;
pub mod verify;

pub use error::RunError;
pub use place::{Place, Stamp};
