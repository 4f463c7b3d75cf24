//! Meshes' own pictures on the GPU, with their smaller copies: for as long as a mesh that has them is there.
//!
//! Smaller copies are made here and not by the device, so that they are the same everywhere: each is the mean of what lies below it, in
//! linear light. Between copies and pixels it is the device that interpolates, along the longer side of a pixel's footprint.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::Gpu;
use crate::world::snapshot::{Holds, Picture, Pictures, Texture, Textured, Wrap};

/// How many times longer than wide a pixel's footprint on a picture may be before it blurs, on hardware. Software drivers make
/// one texel of such footprints the wrong colour (llvmpipe, enlarged, by a fifth of its light), and are slow at it.
const STRETCH: u16 = 8;

/// What a mesh with pictures is drawn with.
#[derive(Debug)]
pub(super) struct Dress {
    uv: wgpu::Buffer,
    worn: Arc<Worn>,
}

/// The pictures of a material.
#[derive(Debug)]
struct Worn {
    /// Held, so that no others take their place in memory and thereby their key.
    _pictures: Arc<Pictures>,
    group: wgpu::BindGroup,
    _views: [Arc<Shown>; 4],
}

/// One picture.
#[derive(Debug)]
struct Shown {
    _picture: Option<Arc<Picture>>,
    view: wgpu::TextureView,
    bytes: u64,
}

/// All pictures of one renderer; whoever wears them keeps them.
#[derive(Debug)]
pub(super) struct Wardrobe {
    layout: wgpu::BindGroupLayout,
    worn: BTreeMap<usize, Weak<Worn>>,
    shown: BTreeMap<usize, Weak<Shown>>,
}

impl Dress {
    pub(super) fn put_on(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_vertex_buffer(2, self.uv.slice(..));
        pass.set_bind_group(2, &self.worn.group, &[]);
    }
}

impl Wardrobe {
    pub(super) fn new(layout: &wgpu::BindGroupLayout) -> Self {
        Self { layout: layout.clone(), worn: BTreeMap::new(), shown: BTreeMap::new() }
    }

    /// Bytes of all pictures that are there.
    pub(super) fn bytes(&self) -> u64 {
        self.shown.values().filter_map(Weak::upgrade).map(|shown| shown.bytes).sum()
    }

    /// Forgets what nobody wears any more.
    pub(super) fn tidy(&mut self) {
        self.worn.retain(|_, worn| worn.strong_count() > 0);
        self.shown.retain(|_, shown| shown.strong_count() > 0);
    }

    /// Uploads what is not there yet.
    pub(super) fn dress(&mut self, gpu: &Gpu, textured: &Textured) -> Dress {
        let uv = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("places on pictures"),
            size: (size_of_val(&*textured.uv) as u64).max(8),
            usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.queue.write_buffer(&uv, 0, bytemuck::cast_slice(&textured.uv));
        let key = Arc::as_ptr(&textured.pictures).addr();
        let worn = self.worn.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let worn = Arc::new(self.wear(gpu, &textured.pictures));
            self.worn.insert(key, Arc::downgrade(&worn));
            worn
        });
        Dress { uv, worn }
    }

    fn wear(&mut self, gpu: &Gpu, pictures: &Arc<Pictures>) -> Worn {
        let Pictures { colour, roughness, normals, light } = &**pictures;
        let all = [(colour, [255; 4]), (roughness, [255; 4]), (normals, [128, 128, 255, 255]), (light, [255; 4])];
        let views = all.map(|(texture, instead)| match texture {
            Some(texture) => self.show(gpu, &texture.picture),
            None => Arc::new(Shown {
                _picture: None,
                view: upload(gpu, [1, 1], (format(Holds::Numbers), &[&instead])),
                bytes: 4,
            }),
        });
        let samplers = all.map(|(texture, _)| sampler(gpu, texture.as_ref()));
        let resources = views.iter().map(|shown| wgpu::BindingResource::TextureView(&shown.view));
        let resources = resources.chain(samplers.iter().map(wgpu::BindingResource::Sampler));
        let entry = |(at, resource)| wgpu::BindGroupEntry { binding: at as u32, resource };
        let entries: Vec<_> = resources.enumerate().map(entry).collect();
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("pictures"),
            layout: &self.layout,
            entries: &entries,
        });
        Worn { _pictures: Arc::clone(pictures), group, _views: views }
    }

    fn show(&mut self, gpu: &Gpu, picture: &Arc<Picture>) -> Arc<Shown> {
        let key = Arc::as_ptr(picture).addr();
        self.shown.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let shown = Arc::new(Shown::new(gpu, picture));
            self.shown.insert(key, Arc::downgrade(&shown));
            shown
        })
    }
}

impl Shown {
    /// With all smaller copies, down to one pixel; without the largest ones where the device has no textures for them.
    fn new(gpu: &Gpu, picture: &Arc<Picture>) -> Self {
        let side = |picture: &Picture| picture.size_px().into_iter().max().unwrap_or(1);
        let limit = gpu.device.limits().max_texture_dimension_2d;
        let halves =
            std::iter::successors(Some((**picture).clone()), |larger| (side(larger) > 1).then(|| larger.halved()));
        let levels: Vec<Picture> = halves.skip_while(|level| side(level) > limit).collect();
        let bytes: Vec<&[u8]> = levels.iter().map(Picture::bytes).collect();
        let size = levels.first().map_or([1, 1], Picture::size_px);
        let view = upload(gpu, size, (format(picture.holds()), &bytes));
        Self { _picture: Some(Arc::clone(picture)), view, bytes: bytes.iter().map(|level| level.len() as u64).sum() }
    }
}

/// What a picture is on the GPU.
fn format(holds: Holds) -> wgpu::TextureFormat {
    match holds {
        Holds::Colour => wgpu::TextureFormat::Rgba8UnormSrgb,
        Holds::Numbers => wgpu::TextureFormat::Rgba8Unorm,
    }
}

/// A texture of these levels, the largest first, each half as wide and high as the one before.
pub(super) fn upload(
    gpu: &Gpu,
    [width, height]: [u32; 2],
    (format, levels): (wgpu::TextureFormat, &[&[u8]]),
) -> wgpu::TextureView {
    let texel_bytes = format.block_copy_size(None).unwrap_or(4);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: levels.len() as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (level, bytes) in levels.iter().enumerate() {
        let [width, height] = [width, height].map(|side| (side >> level).max(1));
        gpu.queue.write_texture(
            wgpu::TexelCopyTextureInfo { mip_level: level as u32, ..texture.as_image_copy() },
            bytes,
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(texel_bytes * width), rows_per_image: None },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn sampler(gpu: &Gpu, texture: Option<&Texture>) -> wgpu::Sampler {
    let beyond = |wrap| match wrap {
        Wrap::Repeat => wgpu::AddressMode::Repeat,
        Wrap::Mirror => wgpu::AddressMode::MirrorRepeat,
        Wrap::Edge => wgpu::AddressMode::ClampToEdge,
    };
    let [across, down] = texture.map_or([Wrap::Repeat; 2], |texture| texture.wrap).map(beyond);
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("picture"),
        address_mode_u: across,
        address_mode_v: down,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        anisotropy_clamp: if gpu.is_software() { 1 } else { STRETCH },
        ..Default::default()
    })
}
