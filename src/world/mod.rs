//! A draw made concrete: bodies, an arm, contacts and lights that step at a fixed rate, and the episode they leave.
//!
//! No IO, no clock, the same bits on every run and machine (rapier with `enhanced-determinism`, `libm`). What the
//! renderer and the labels may see is a [`Snapshot`], nothing else.

pub mod episode;
pub mod snapshot;

pub use episode::{Contact, Episode};
pub use snapshot::{Body, Camera, Class, Light, Material, Shape, Snapshot, Surface};
