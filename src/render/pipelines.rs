//! Shaders and pipelines. Those of the geometry pass are built when a surface is first seen: one for each pattern, so
//! that no pixel pays for another's pattern on hardware that runs both sides of a branch.

use std::borrow::Cow;

use super::lamps::{FaceData, LampData};
use super::layout::{BodyData, FrameData};
use super::mesh::Met;
use super::shaders::{GEOMETRY, LAMP, LAMP_SHADOW, LIGHT, SHOW, SURROUNDINGS, VISIBILITY};
use super::triangles::{cut_shadow, depth_only, geometry, instance_layout, shadow};
use crate::world::snapshot::Surface;

/// Depth bits, ids, normal and flow of a pixel.
pub(super) const EXACT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Uint;
/// What the light pass needs to know of the matter under a pixel, packed.
pub(super) const MATTER_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Uint;
/// What a point sees of sun and surroundings, and whose it is, packed: software drivers read such texels fastest.
pub(super) const SEEN_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Uint;
/// Encoded pictures.
pub(super) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Linear light: of lamps, and of pictures that others develop.
pub(super) const LINEAR_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
/// All depth buffers.
pub(super) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

/// What a geometry pipeline is made for: a pattern, and how the shape that has it is met.
pub(super) type Look = (Surface, Met);

/// What the light pass is made for.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a constant of the shader, and they go together in any way")]
pub(super) struct LightKind {
    /// Linear light instead of an encoded picture.
    pub(super) linear: bool,
    /// Lamps shine.
    pub(super) lamps: bool,
    /// There is weather.
    pub(super) air: bool,
    /// Something has a clear coat; what is wet has one of water.
    pub(super) coat: bool,
    /// A panorama is all round.
    pub(super) dome: bool,
    /// Something gives off light.
    pub(super) glow: bool,
    /// Light passes through something; what lies behind it has been drawn.
    pub(super) glass: bool,
}

impl LightKind {
    fn index(self) -> usize {
        [self.linear, self.lamps, self.air, self.coat, self.glass, self.dome, self.glow]
            .into_iter()
            .fold(0, |index, holds| index << 1 | usize::from(holds))
    }
}

/// What draws lamps and their shadows.
#[derive(Debug)]
pub(super) struct LampPipelines {
    pub(super) face_layout: wgpu::BindGroupLayout,
    pub(super) shadow: wgpu::RenderPipeline,
    /// Of meshes whose pictures have holes, once there is one.
    pub(super) cut_shadow: Option<wgpu::RenderPipeline>,
    pub(super) lamp_layout: wgpu::BindGroupLayout,
    pub(super) scene_layout: wgpu::BindGroupLayout,
    /// On dry matter, and where there is weather.
    lamp: [wgpu::RenderPipeline; 2],
}

impl LampPipelines {
    fn new(device: &wgpu::Device, body: &wgpu::BindGroupLayout) -> Self {
        let group = |label, entries: &[wgpu::BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
        };
        let face_layout = group("face", &[one_of(0, size_of::<FaceData>())]);
        let lamp_layout = group("lamp", &[one_of(0, size_of::<LampData>())]);
        let scene_layout = group(
            "lit scene",
            &[
                all_of(0, size_of::<FrameData>()),
                texture(1, wgpu::TextureSampleType::Uint),
                texture(2, wgpu::TextureSampleType::Uint),
                texture(3, wgpu::TextureSampleType::Float { filterable: false }),
            ],
        );
        let module = shader(device, "lamp_shadow", LAMP_SHADOW);
        let passes = layout(device, "lamp shadow", &[Some(body), Some(&face_layout)]);
        // faces that look against an axis are mirrored, so that either side of a triangle may be its front
        let shadow =
            depth_only(device, &module, &passes, (("lamp_shadow_vertex", None, wgpu::CompareFunction::Greater), None));
        let passes = layout(device, "lamp", &[Some(&scene_layout), Some(&lamp_layout)]);
        let lit = shader(device, "lamp", LAMP);
        let lamp = [false, true].map(|air| lamp(device, &lit, &passes, air));
        Self { face_layout, shadow, cut_shadow: None, lamp_layout, scene_layout, lamp }
    }

    /// Builds what draws the shadows of meshes whose pictures have holes.
    fn prepare_cut(&mut self, device: &wgpu::Device, [body, pictures]: [&wgpu::BindGroupLayout; 2]) {
        self.cut_shadow.get_or_insert_with(|| {
            let module = shader(device, "lamp_shadow", LAMP_SHADOW);
            let passes = layout(device, "cut lamp shadow", &[Some(body), Some(&self.face_layout), Some(pictures)]);
            let faces = ("cut_vertex", None, wgpu::CompareFunction::Greater);
            depth_only(device, &module, &passes, (faces, Some("cut_fragment")))
        });
    }

    /// What adds a lamp's light.
    pub(super) fn lamp(&self, kind: LightKind) -> &wgpu::RenderPipeline {
        let [dry, wet] = &self.lamp;
        if kind.air { wet } else { dry }
    }
}

/// All pipelines of one renderer.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub(super) body_layout: wgpu::BindGroupLayout,
    body_passes: wgpu::PipelineLayout,
    /// The group of a mesh's own pictures, which is the third.
    pub(super) picture_layout: wgpu::BindGroupLayout,
    pictured_passes: wgpu::PipelineLayout,
    geometry_shader: wgpu::ShaderModule,
    /// By surface and by how it is met.
    geometry: [[Option<wgpu::RenderPipeline>; Met::ALL.len()]; Surface::ALL.len()],
    /// Of the geometry pass, where no surface is.
    pub(super) nothing: wgpu::RenderPipeline,
    pub(super) shadow: wgpu::RenderPipeline,
    /// Of meshes whose pictures have holes, once there is one.
    pub(super) cut_shadow: Option<wgpu::RenderPipeline>,
    pub(super) surroundings: wgpu::RenderPipeline,
    /// The second group of `surroundings`.
    pub(super) exact_layout: wgpu::BindGroupLayout,
    pub(super) visibility_layout: wgpu::BindGroupLayout,
    pub(super) visibility: wgpu::RenderPipeline,
    light_shader: wgpu::ShaderModule,
    pub(super) light_layout: wgpu::BindGroupLayout,
    light_passes: wgpu::PipelineLayout,
    /// By [`LightKind::index`]: for surfaces, and for sky.
    light: [Option<[wgpu::RenderPipeline; 2]>; 128],
    /// Built when the first lamp is drawn.
    pub(super) lamps: Option<LampPipelines>,
    /// The smoothed picture in linear light, once asked for.
    pub(super) show_linear: Option<wgpu::RenderPipeline>,
    show_shader: wgpu::ShaderModule,
    pub(super) show_layout: wgpu::BindGroupLayout,
    show_passes: wgpu::PipelineLayout,
    pub(super) show: wgpu::RenderPipeline,
    /// Without smoothing.
    pub(super) show_raw: wgpu::RenderPipeline,
}

impl Pipelines {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let body_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("body"),
            entries: &[all_of(0, size_of::<FrameData>()), all_of(1, size_of::<BodyData>())],
        });
        let exact_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("exact"),
            entries: &[texture(0, wgpu::TextureSampleType::Uint)],
        });
        let body_passes = layout(device, "body", &[Some(&body_layout)]);
        let picture_layout = picture_layout(device);
        let pictured_passes = layout(device, "pictured", &[Some(&body_layout), None, Some(&picture_layout)]);
        let visibility_shader = shader(device, "visibility", VISIBILITY);
        let visibility_layout = visibility_layout(device);
        let visibility_passes = layout(device, "visibility", &[Some(&visibility_layout)]);
        let light_layout = light_layout(device);
        let show_layout = show_layout(device);
        let show_passes = layout(device, "show", &[Some(&show_layout)]);
        let show_shader = shader(device, "show", SHOW);
        let geometry_shader = shader(device, "geometry", GEOMETRY);
        Self {
            shadow: shadow(device, &body_passes),
            cut_shadow: None,
            surroundings: surroundings(device, &body_layout, &exact_layout),
            exact_layout,
            visibility: cover(
                device,
                &visibility_shader,
                &visibility_passes,
                ("visibility_fragment", SEEN_FORMAT),
                (&[], None),
            ),
            visibility_layout,
            light_shader: shader(device, "light", LIGHT),
            light_passes: layout(device, "light", &[Some(&light_layout)]),
            light_layout,
            light: [const { None }; 128],
            lamps: None,
            show_linear: None,
            show_layout,
            nothing: everywhere(
                device,
                &geometry_shader,
                &body_passes,
                (["nothing_vertex", "nothing_fragment"], &[EXACT_FORMAT, MATTER_FORMAT]),
                (&[], Some(wgpu::CompareFunction::Equal)),
            ),
            geometry_shader,
            geometry: [const { [const { None }; Met::ALL.len()] }; Surface::ALL.len()],
            show: cover(device, &show_shader, &show_passes, ("colour_fragment", PICTURE_FORMAT), (&[], None)),
            show_raw: cover(
                device,
                &show_shader,
                &show_passes,
                ("colour_fragment", PICTURE_FORMAT),
                (&[("SMOOTHS", 0.0)], None),
            ),
            show_passes,
            show_shader,
            body_layout,
            body_passes,
            picture_layout,
            pictured_passes,
        }
    }

    /// Builds what is missing for `look`.
    pub(super) fn prepare_surface(&mut self, device: &wgpu::Device, look: Look) {
        let slot = self.geometry.get_mut(look.0 as usize).and_then(|slots| slots.get_mut(look.1 as usize));
        if let Some(slot) = slot {
            let passes = if look.0 == Surface::Textured { &self.pictured_passes } else { &self.body_passes };
            slot.get_or_insert_with(|| geometry(device, &self.geometry_shader, passes, look));
        }
    }

    /// Builds what draws the shadows of meshes whose pictures have holes.
    pub(super) fn prepare_cut(&mut self, device: &wgpu::Device) {
        let passes = &self.pictured_passes;
        self.cut_shadow.get_or_insert_with(|| cut_shadow(device, passes));
        if let Some(lamps) = &mut self.lamps {
            lamps.prepare_cut(device, [&self.body_layout, &self.picture_layout]);
        }
    }

    /// The geometry pipeline of `look`, once prepared.
    pub(super) fn surface(&self, look: Look) -> Option<&wgpu::RenderPipeline> {
        self.geometry.get(look.0 as usize)?.get(look.1 as usize)?.as_ref()
    }

    /// Builds what is missing to light a picture of `kind`.
    pub(super) fn prepare_light(&mut self, device: &wgpu::Device, kind: LightKind) {
        if kind.lamps {
            let body = &self.body_layout;
            self.lamps.get_or_insert_with(|| LampPipelines::new(device, body));
        }
        if kind.linear {
            self.show_linear.get_or_insert_with(|| {
                cover(device, &self.show_shader, &self.show_passes, ("colour_fragment", LINEAR_FORMAT), (&[], None))
            });
        }
        if let Some(slot) = self.light.get_mut(kind.index()) {
            slot.get_or_insert_with(|| {
                let format = if kind.linear { LINEAR_FORMAT } else { PICTURE_FORMAT };
                let holds = |value: bool| f64::from(u8::from(value));
                let constants = [
                    ("LINEAR", holds(kind.linear)),
                    ("LAMPS", holds(kind.lamps)),
                    ("AIR", holds(kind.air)),
                    ("COAT", holds(kind.coat)),
                    ("GLASS", holds(kind.glass)),
                    ("DOME", holds(kind.dome)),
                    ("GLOW", holds(kind.glow)),
                ];
                // the rectangle lies infinitely far, at 0: in front of it is a surface, as far as it is sky
                [("light_fragment", wgpu::CompareFunction::Less), ("sky_fragment", wgpu::CompareFunction::Equal)].map(
                    |(entry, compare)| {
                        let constants = (&constants[..], Some(compare));
                        cover(device, &self.light_shader, &self.light_passes, (entry, format), constants)
                    },
                )
            });
        }
    }

    /// The light pipelines of `kind`, for surfaces and for sky, once prepared.
    pub(super) fn light(&self, kind: LightKind) -> Option<&[wgpu::RenderPipeline; 2]> {
        self.light.get(kind.index())?.as_ref()
    }
}

/// What the last pass reads.
fn show_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("show"),
        entries: &[
            all_of(0, size_of::<FrameData>()),
            texture(1, wgpu::TextureSampleType::Float { filterable: true }),
            sampler(2, wgpu::SamplerBindingType::Filtering),
        ],
    })
}

/// A mesh's pictures: colour, roughness with metal, normals, light given off, and how each goes on beyond its edges.
fn picture_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let picture = |binding| texture(binding, wgpu::TextureSampleType::Float { filterable: true });
    let beyond = |binding| sampler(binding, wgpu::SamplerBindingType::Filtering);
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("pictures"),
        entries: &[picture(0), picture(1), picture(2), picture(3), beyond(4), beyond(5), beyond(6), beyond(7)],
    })
}

/// What the visibility pass reads.
fn visibility_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("visibility"),
        entries: &[
            all_of(0, size_of::<FrameData>()),
            texture(1, wgpu::TextureSampleType::Uint),
            texture(2, wgpu::TextureSampleType::Depth),
            texture(3, wgpu::TextureSampleType::Float { filterable: false }),
            sampler(4, wgpu::SamplerBindingType::NonFiltering),
        ],
    })
}

/// What the light pass reads.
fn light_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("light"),
        entries: &[
            all_of(0, size_of::<FrameData>()),
            texture(1, wgpu::TextureSampleType::Uint),
            texture(2, wgpu::TextureSampleType::Uint),
            texture(3, wgpu::TextureSampleType::Uint),
            sampler(4, wgpu::SamplerBindingType::NonFiltering),
            texture(5, wgpu::TextureSampleType::Float { filterable: false }),
            texture(6, wgpu::TextureSampleType::Float { filterable: false }),
            texture(7, wgpu::TextureSampleType::Float { filterable: true }),
            sampler(8, wgpu::SamplerBindingType::Filtering),
        ],
    })
}

pub(super) fn shader(device: &wgpu::Device, label: &str, source: &'static str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(source)),
    })
}

pub(super) fn layout(
    device: &wgpu::Device,
    label: &str,
    bind_group_layouts: &[Option<&wgpu::BindGroupLayout>],
) -> wgpu::PipelineLayout {
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts,
        immediate_size: 0,
    })
}

/// A buffer of which a dynamic offset chooses one part.
fn one_of(binding: u32, size: usize) -> wgpu::BindGroupLayoutEntry {
    numbers(binding, size, wgpu::BufferBindingType::Uniform, true)
}

/// A buffer of which vertices choose their parts; pixels are handed what they need.
fn all_of(binding: u32, size: usize) -> wgpu::BindGroupLayoutEntry {
    numbers(binding, size, wgpu::BufferBindingType::Storage { read_only: true }, false)
}

fn numbers(
    binding: u32,
    size: usize,
    ty: wgpu::BufferBindingType,
    has_dynamic_offset: bool,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: wgpu::BufferSize::new(size as u64) },
        count: None,
    }
}

fn sampler(binding: u32, kind: wgpu::SamplerBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Sampler(kind),
        count: None,
    }
}

fn texture(binding: u32, sample_type: wgpu::TextureSampleType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

/// Two triangles.
fn rectangle() -> wgpu::PrimitiveState {
    wgpu::PrimitiveState { topology: wgpu::PrimitiveTopology::TriangleStrip, ..wgpu::PrimitiveState::default() }
}

pub(super) fn depth_state(compare: wgpu::CompareFunction) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: DEPTH_FORMAT,
        depth_write_enabled: Some(true),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

pub(super) fn target(format: wgpu::TextureFormat) -> wgpu::ColorTargetState {
    wgpu::ColorTargetState { format, blend: None, write_mask: wgpu::ColorWrites::ALL }
}

/// One rectangle a lamp, added to what the lamps before it have given.
fn lamp(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    air: bool,
) -> wgpu::RenderPipeline {
    let constants = [("AIR", f64::from(u8::from(air))), ("COAT", f64::from(u8::from(true))), ("GLASS", 1.0)];
    let plus = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Add,
    };
    let blend = Some(wgpu::BlendState { color: plus, alpha: plus });
    let target = wgpu::ColorTargetState { blend, ..target(LINEAR_FORMAT) };
    rectangles(device, module, layout, ("lamp", target, &constants), &[])
}

/// One rectangle a body, multiplied into what the bodies before it have left.
fn surroundings(
    device: &wgpu::Device,
    body: &wgpu::BindGroupLayout,
    exact: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    let module = shader(device, "surroundings", SURROUNDINGS);
    let times = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Dst,
        dst_factor: wgpu::BlendFactor::Zero,
        operation: wgpu::BlendOperation::Add,
    };
    let blend = Some(wgpu::BlendState { color: times, alpha: wgpu::BlendComponent::REPLACE });
    let layout = layout(device, "surroundings", &[Some(body), Some(exact)]);
    let target = wgpu::ColorTargetState { blend, ..target(PICTURE_FORMAT) };
    rectangles(device, &module, &layout, ("surroundings", target, &[]), &[Some(instance_layout())])
}

/// Rectangles of four vertices that blend: entries are `NAME_vertex` and `NAME_fragment`.
fn rectangles(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    (name, target, constants): (&str, wgpu::ColorTargetState, &[(&str, f64)]),
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(name),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(&format!("{name}_vertex")),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers,
        },
        primitive: rectangle(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(&format!("{name}_fragment")),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A pass over all pixels of all views that writes one picture, or over those whose depth compares so with 0.
fn cover(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    (entry, format): (&str, wgpu::TextureFormat),
    (constants, compare): (&[(&str, f64)], Option<wgpu::CompareFunction>),
) -> wgpu::RenderPipeline {
    everywhere(device, shader, layout, (["cover_vertex", entry], &[format]), (constants, compare))
}

/// The same with the entry points of both stages, writing several pictures.
fn everywhere(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    ([vertex, fragment], formats): ([&str; 2], &[wgpu::TextureFormat]),
    (constants, compare): (&[(&str, f64)], Option<wgpu::CompareFunction>),
) -> wgpu::RenderPipeline {
    let tested = |compare| wgpu::DepthStencilState { depth_write_enabled: Some(false), ..depth_state(compare) };
    let options = wgpu::PipelineCompilationOptions { constants, ..Default::default() };
    let targets: Vec<_> = formats.iter().map(|format| Some(target(*format))).collect();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some(vertex),
            compilation_options: options.clone(),
            buffers: &[],
        },
        primitive: rectangle(),
        depth_stencil: compare.map(tested),
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some(fragment),
            compilation_options: options,
            targets: &targets,
        }),
        multiview_mask: None,
        cache: None,
    })
}
