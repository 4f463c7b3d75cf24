//! Snapshot + camera -> [`Frame`]: colour, depth, instance ids, normals and flow in one geometry pass.
//!
//! Owns every wgpu object. Headless and on egui's device it gives the same bytes. It never sees a family, a draw or a set.
//!
//! A picture takes six passes: the sun's depth map, the geometry (exact channels and unshadowed light), what each body
//! takes from its neighbours' surroundings at quarter size, the visibility of sun and surroundings at half size, the
//! composition with tone curve, and the last step that smooths colour edges or shows another channel. Only the last two
//! touch colour after the geometry: ids, depth, normals and flow leave as the rasteriser wrote them.
//!
//! Colour leaves as 8-bit sRGB. Light is linear; a white, matt surface under a sun of 1 and nothing else has radiance 1.
//! The tone curve (`shaders/compose.wgsl`) lifts darks, is linear in the middle and rolls off above 0.72, so that this
//! white becomes 238 of 255, 0.18 becomes 123 and 0.01 becomes 36; a test holds these. Deliberately not here: lens effects
//! and sensor noise (`sense`), text and overlays (`app`).

mod error;
pub mod frame;
mod gpu;
mod layout;
mod mesh;
mod meshes;
mod pipelines;
mod readback;
mod renderer;
mod targets;

#[cfg(test)]
mod tests;

pub use error::RenderError;
pub use frame::Frame;
pub use gpu::Gpu;
pub use renderer::Renderer;
pub use targets::{PictureTarget, TileRect};

/// What a picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Channel {
    /// What the camera sees.
    #[default]
    Colour,
    /// Distance along the optical axis, near warm and far cool.
    Depth,
    /// One colour for each instance.
    Instance,
    /// World normals as colours.
    Normal,
    /// Direction of motion as hue, speed as saturation.
    Flow,
}

impl Channel {
    /// All channels in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Colour, Self::Depth, Self::Instance, Self::Normal, Self::Flow];
}
