//! Snapshot + camera -> [`Frame`]: colour, depth, instance ids, normals and flow in one geometry pass.
//!
//! Owns every wgpu object. Headless and on egui's device it gives the same bytes. It never sees a family, a draw or a set.
//!
//! A picture takes these passes: the sun's depth map; the geometry, which writes the exact channels and what light needs to know of
//! the matter, round shapes met per pixel (`shaders/meet.wgsl`); what each body takes from its neighbours' surroundings at quarter
//! size; the visibility of sun and surroundings at half size; the lamps, where there are some, with their depth maps; the light pass
//! with weather and tone curve, for surfaces and for sky; and the last step, which smooths colour edges (on the processor for what is
//! read back, `smooth`). Ids, depth, normals and flow leave as the rasteriser wrote them.
//!
//! Colour leaves as 8-bit sRGB, or as linear light for those who develop it themselves. A white, matt surface under a sun of 1 and
//! nothing else has radiance 1. The tone curve (`shaders/light.wgsl`) lifts darks, is linear in the middle and rolls off above 0.72, so
//! that this white becomes 238 of 255, 0.18 becomes 123 and 0.01 becomes 36; a test holds these. Deliberately not here: lens effects and
//! sensor noise (`sense`), text and overlays (`app`). Where light passes through something, all else is lit first and the glass is drawn
//! over it: one layer, and the exact channels are the glass's. Known shortcomings: light is not bent by glass; it does not bounce but from
//! neighbours; what glows is seen but lights nothing.

mod cover;
mod draws;
mod error;
pub mod frame;
mod gpu;
mod lamps;
mod layout;
mod mesh;
mod meshes;
mod panorama;
mod pictures;
mod pipelines;
mod readback;
mod renderer;
mod scene;
mod shaders;
mod smooth;
mod targets;
mod triangles;
mod underway;
mod view;

#[cfg(test)]
mod tests;

pub use cover::Cover;
pub use error::RenderError;
pub use frame::Frame;
pub use gpu::Gpu;
pub use readback::{Extra, Wanted};
pub use renderer::{Renderer, amodal::CoversUnderway};
pub use targets::{PictureTarget, TileRect};
pub use underway::Underway;

/// A channel of a frame, as a person asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Channel {
    /// What the camera sees.
    #[default]
    Colour,
    /// Distance along the optical axis.
    Depth,
    /// Which thing is there.
    Instance,
    /// The surface's normal in the world's axes.
    Normal,
    /// Motion to the next state, in pixels.
    Flow,
    /// The colour of the matter itself, without light.
    Albedo,
    /// Which kind of thing is there.
    Class,
}

impl Channel {
    /// All channels in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Colour, Self::Depth, Self::Instance, Self::Normal, Self::Flow, Self::Albedo, Self::Class];
}
