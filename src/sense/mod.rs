//! What a camera's channels say about a picture (labels, masks and depth in the units that files carry), and what looks round without
//! one: rays against snapshots ([`ray`], [`travel`]), [`lidar`] and [`radar`] with weather in their way ([`air`]);
//! and what a real camera makes of the renderer's light ([`camera`]).
//!
//! What is visible is read off the rendered pixels, so labels cannot disagree with the picture; what is hidden, what reaches beyond
//! it and where things are in space comes from the geometry. Deliberately not here: the shape of any foreign file.
//!
//! Pixel conventions stand in [`label`].

pub mod air;
pub mod camera;
pub mod channel;
pub mod derive;
pub mod file;
pub mod label;
pub mod lidar;
pub mod radar;
pub mod ray;
pub mod rle;
pub mod travel;

pub use label::{Label, Labels, depth_mm, labels};
pub use lidar::Lidar;
pub use radar::Radar;
pub use rle::{Rle, RleError};
pub use travel::Travel;
