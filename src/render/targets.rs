//! The textures that pictures are drawn to: the renderer's own of one size, and those that others show.

use super::pipelines::{
    DEPTH_FORMAT, EXACT_FORMAT, LINEAR_FORMAT, LightKind, MATTER_FORMAT, PICTURE_FORMAT, SEEN_FORMAT,
};
use super::{Gpu, RenderError};

/// A picture that egui (or anyone on the same device) can show: 8-bit RGBA whose bytes are sRGB-encoded, in a texture of
/// format `Rgba8Unorm`, which is what `egui_wgpu::Renderer::register_native_texture` expects.
#[derive(Debug)]
pub struct PictureTarget {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

/// A part of a [`PictureTarget`] in pixels, from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileRect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl PictureTarget {
    /// An empty (transparent black) picture of `width` x `height` pixels.
    pub fn new(gpu: &Gpu, width: u32, height: u32) -> Result<Self, RenderError> {
        check_size(gpu, width, height)?;
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_SRC;
        let texture = texture(gpu, "picture", [width, height], PICTURE_FORMAT, usage);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { texture, view })
    }

    /// What shows it.
    pub fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    /// The texture itself.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    /// All of it.
    pub fn whole(&self) -> TileRect {
        TileRect { x: 0, y: 0, width: self.texture.width(), height: self.texture.height() }
    }
}

/// Refuses pictures without pixels and pictures that the device has no textures for.
pub(super) fn check_size(gpu: &Gpu, width: u32, height: u32) -> Result<(), RenderError> {
    if width == 0 || height == 0 {
        return Err(RenderError::Empty { width, height });
    }
    let side = gpu.device.limits().max_texture_dimension_2d;
    if width > side || height > side {
        let limit = u64::from(side);
        return Err(RenderError::TooLarge { width, height, limit_name: "max_texture_dimension_2d", limit });
    }
    Ok(())
}

pub(super) fn texture(
    gpu: &Gpu,
    label: &str,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

/// The renderer's own textures for one picture size.
#[derive(Debug)]
pub(super) struct Targets {
    pub(super) size: [u32; 2],
    pub(super) exact: wgpu::Texture,
    pub(super) exact_view: wgpu::TextureView,
    pub(super) matter: wgpu::Texture,
    pub(super) matter_view: wgpu::TextureView,
    pub(super) depth: wgpu::TextureView,
    pub(super) surroundings: wgpu::TextureView,
    pub(super) visibility: wgpu::TextureView,
    /// The encoded picture; its alpha is how bright a texel is to whoever smooths the edges.
    pub(super) composed: wgpu::Texture,
    pub(super) composed_view: wgpu::TextureView,
    /// What lamps add, once there are some.
    pub(super) lamplight: Option<wgpu::TextureView>,
    /// What lies behind glass, in linear light, once there is some.
    pub(super) behind: Option<wgpu::TextureView>,
    /// The picture in linear light, before and after its edges are smoothed, once asked for.
    pub(super) linear: Option<LinearTargets>,
}

/// Linear light of one picture size.
#[derive(Debug)]
pub(super) struct LinearTargets {
    pub(super) raw: wgpu::TextureView,
    pub(super) smooth: wgpu::Texture,
    pub(super) smooth_view: wgpu::TextureView,
}

impl Targets {
    pub(super) fn new(gpu: &Gpu, size: [u32; 2]) -> Self {
        let drawn = wgpu::TextureUsages::RENDER_ATTACHMENT;
        let read = drawn | wgpu::TextureUsages::TEXTURE_BINDING;
        let view = |label, size, format, usage| {
            texture(gpu, label, size, format, usage).create_view(&wgpu::TextureViewDescriptor::default())
        };
        let copied = read | wgpu::TextureUsages::COPY_SRC;
        let exact = texture(gpu, "exact", size, EXACT_FORMAT, copied);
        let matter = texture(gpu, "matter", size, MATTER_FORMAT, copied);
        let composed = texture(gpu, "composed", size, PICTURE_FORMAT, copied);
        Self {
            size,
            exact_view: exact.create_view(&wgpu::TextureViewDescriptor::default()),
            exact,
            matter_view: matter.create_view(&wgpu::TextureViewDescriptor::default()),
            matter,
            depth: view("depth", size, DEPTH_FORMAT, drawn),
            surroundings: view("surroundings", size.map(|side| side.div_ceil(4)), PICTURE_FORMAT, read),
            visibility: view("visibility", size.map(|side| side.div_ceil(2)), SEEN_FORMAT, read),
            composed_view: composed.create_view(&wgpu::TextureViewDescriptor::default()),
            composed,
            lamplight: None,
            behind: None,
            linear: None,
        }
    }

    /// Makes what lamps or linear light need.
    pub(super) fn prepare(&mut self, gpu: &Gpu, kind: LightKind) {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
        let whole = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let size = self.size;
        if kind.lamps {
            self.lamplight.get_or_insert_with(|| whole(&texture(gpu, "lamplight", size, LINEAR_FORMAT, usage)));
        }
        if kind.glass {
            self.behind.get_or_insert_with(|| whole(&texture(gpu, "behind glass", size, LINEAR_FORMAT, usage)));
        }
        if kind.linear {
            self.linear.get_or_insert_with(|| {
                let smooth = texture(gpu, "linear", size, LINEAR_FORMAT, usage | wgpu::TextureUsages::COPY_SRC);
                let raw = whole(&texture(gpu, "raw linear", size, LINEAR_FORMAT, usage));
                LinearTargets { raw, smooth_view: whole(&smooth), smooth }
            });
        }
    }
}
