//! Snapshot + camera -> [`Frame`]: colour, depth, instance ids, normals and flow in one geometry pass.
//!
//! Owns every wgpu object. Headless and on egui's device it gives the same bytes. It never sees a family, a draw or a set.

pub mod frame;

pub use frame::Frame;
