//! What every other module stands on: digests, keyed random streams, special functions, units, images, Bayer arrays, poses, Protobuf
//! on the wire, whole-file writes, processor time and the [`Monitor`].
//!
//! It knows no word of the domain: no family, no set, no pack. It names no other module.

pub mod bayer;
pub mod digest;
pub mod files;
pub mod float_image;
pub mod image;
pub mod monitor;
pub mod png;
pub mod pose;
pub mod processor;
pub mod protobuf;
pub mod special;
pub mod stream;
pub mod text;
pub mod unit;

pub use digest::Digest;
pub use image::{Linear, Rgb};
pub use monitor::{Monitor, Note, Silent};
pub use pose::Pose;
pub use stream::{Purpose, Stream, StreamKey};
pub use unit::{Quantity, Unit};
