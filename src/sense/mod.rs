//! What a camera's channels say about a picture: labels, masks and depth in the units that files carry.
//!
//! Labels are read off the ids of the rendered pixels, so they cannot disagree with the picture: only what is visible is
//! labelled, and nothing here looks at the geometry again. Deliberately not here: the shape of any foreign file.
//!
//! Pixel conventions: column 0 and row 0 are the top-left pixel; a box (x, y, width, height) covers columns x to
//! x + width − 1 and rows y to y + height − 1 (half-open edges at x + width and y + height).

pub mod label;
pub mod rle;

pub use label::{Label, depth_mm, labels};
pub use rle::{Rle, RleError};
