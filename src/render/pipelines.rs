//! Shaders and pipelines. Those of the geometry pass are built when a surface is first seen: one for each pattern, so
//! that no pixel pays for another's pattern on hardware that runs both sides of a branch.

use std::borrow::Cow;

use super::Channel;
use super::layout::{BodyData, FrameData};
use super::mesh::Vertex;
use crate::world::snapshot::Surface;

/// The shader sources as they are compiled; also what the tests parse.
pub(super) const SHADOW: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/shadow.wgsl")
);
pub(super) const GEOMETRY: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/geometry.wgsl")
);
pub(super) const SURROUNDINGS: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/surroundings.wgsl")
);
pub(super) const VISIBILITY: &str =
    concat!(include_str!("shaders/common.wgsl"), include_str!("shaders/visibility.wgsl"));
pub(super) const COMPOSE: &str = concat!(include_str!("shaders/common.wgsl"), include_str!("shaders/compose.wgsl"));
pub(super) const SHOW: &str = concat!(include_str!("shaders/common.wgsl"), include_str!("shaders/show.wgsl"));

/// All of them, for the tests.
#[cfg(test)]
pub(super) const ALL: [(&str, &str); 6] = [
    ("shadow", SHADOW),
    ("geometry", GEOMETRY),
    ("surroundings", SURROUNDINGS),
    ("visibility", VISIBILITY),
    ("compose", COMPOSE),
    ("show", SHOW),
];

/// Depth bits, ids, normal and flow of a pixel.
pub(super) const EXACT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Uint;
/// Linear light before exposure, packed, and ids.
pub(super) const LIGHT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Uint;
/// Ids, and what a point sees of sun and surroundings, packed.
pub(super) const SEEN_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rg32Uint;
/// Encoded pictures.
pub(super) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Both depth buffers.
pub(super) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

/// All pipelines of one renderer.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub(super) body_layout: wgpu::BindGroupLayout,
    body_passes: wgpu::PipelineLayout,
    geometry_shader: wgpu::ShaderModule,
    geometry: [Option<wgpu::RenderPipeline>; Surface::ALL.len()],
    pub(super) shadow: wgpu::RenderPipeline,
    pub(super) surroundings: wgpu::RenderPipeline,
    /// The second group of `surroundings`.
    pub(super) exact_layout: wgpu::BindGroupLayout,
    pub(super) visibility: wgpu::RenderPipeline,
    pub(super) compose: wgpu::RenderPipeline,
    show_shader: wgpu::ShaderModule,
    pub(super) show_layout: wgpu::BindGroupLayout,
    show_passes: wgpu::PipelineLayout,
    show: [Option<wgpu::RenderPipeline>; 5],
}

impl Pipelines {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let body_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("body"),
            entries: &[uniform(0, false, size_of::<FrameData>()), uniform(1, true, size_of::<BodyData>())],
        });
        let exact_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("exact"),
            entries: &[texture(0, wgpu::TextureSampleType::Uint)],
        });
        let body_passes = layout(device, "body", &[Some(&body_layout)]);
        let shadow_shader = shader(device, "shadow", SHADOW);
        let visibility_shader = shader(device, "visibility", VISIBILITY);
        let compose_shader = shader(device, "compose", COMPOSE);
        let show_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("show"),
            entries: &[
                uniform(0, false, size_of::<FrameData>()),
                texture(1, wgpu::TextureSampleType::Uint),
                texture(2, wgpu::TextureSampleType::Float { filterable: true }),
                wgpu::BindGroupLayoutEntry {
                    binding: 3,
                    visibility: wgpu::ShaderStages::FRAGMENT,
                    ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                    count: None,
                },
            ],
        });
        Self {
            shadow: shadow(device, &shadow_shader, &body_passes),
            surroundings: surroundings(device, &body_layout, &exact_layout),
            exact_layout,
            visibility: cover(device, &visibility_shader, None, ("visibility_fragment", SEEN_FORMAT)),
            compose: cover(device, &compose_shader, None, ("compose_fragment", PICTURE_FORMAT)),
            show_passes: layout(device, "show", &[Some(&show_layout)]),
            show_layout,
            geometry_shader: shader(device, "geometry", GEOMETRY),
            geometry: [const { None }; Surface::ALL.len()],
            show_shader: shader(device, "show", SHOW),
            show: [const { None }; 5],
            body_layout,
            body_passes,
        }
    }

    /// Builds what is missing for `surface`.
    pub(super) fn prepare_surface(&mut self, device: &wgpu::Device, surface: Surface) {
        if let Some(slot) = self.geometry.get_mut(surface as usize) {
            slot.get_or_insert_with(|| geometry(device, &self.geometry_shader, &self.body_passes, surface));
        }
    }

    /// The geometry pipeline of `surface`, once prepared.
    pub(super) fn surface(&self, surface: Surface) -> Option<&wgpu::RenderPipeline> {
        self.geometry.get(surface as usize)?.as_ref()
    }

    /// Builds what is missing for `channel`.
    pub(super) fn prepare_channel(&mut self, device: &wgpu::Device, channel: Channel) {
        let entry = match channel {
            Channel::Colour => "colour_fragment",
            Channel::Depth => "depth_fragment",
            Channel::Instance => "instance_fragment",
            Channel::Normal => "normal_fragment",
            Channel::Flow => "flow_fragment",
        };
        if let Some(slot) = self.show.get_mut(channel as usize) {
            slot.get_or_insert_with(|| {
                cover(device, &self.show_shader, Some(&self.show_passes), (entry, PICTURE_FORMAT))
            });
        }
    }

    /// The last pipeline for `channel`, once prepared.
    pub(super) fn channel(&self, channel: Channel) -> Option<&wgpu::RenderPipeline> {
        self.show.get(channel as usize)?.as_ref()
    }
}

fn shader(device: &wgpu::Device, label: &str, source: &'static str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(source)),
    })
}

fn layout(
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

fn uniform(binding: u32, has_dynamic_offset: bool, size: usize) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: wgpu::BufferSize::new(size as u64),
        },
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

const ATTRIBUTES: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3];

fn vertex_layout() -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<Vertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &ATTRIBUTES,
    }
}

fn depth_state(compare: wgpu::CompareFunction) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: DEPTH_FORMAT,
        depth_write_enabled: Some(true),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn facing(cull_mode: wgpu::Face) -> wgpu::PrimitiveState {
    wgpu::PrimitiveState {
        front_face: wgpu::FrontFace::Ccw,
        cull_mode: Some(cull_mode),
        ..wgpu::PrimitiveState::default()
    }
}

fn target(format: wgpu::TextureFormat) -> wgpu::ColorTargetState {
    wgpu::ColorTargetState { format, blend: None, write_mask: wgpu::ColorWrites::ALL }
}

fn geometry(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    surface: Surface,
) -> wgpu::RenderPipeline {
    let constants = [("SURFACE", f64::from(surface as u32))];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("geometry"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("geometry_vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(vertex_layout())],
        },
        primitive: facing(wgpu::Face::Back),
        depth_stencil: Some(depth_state(wgpu::CompareFunction::Greater)),
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some("geometry_fragment"),
            compilation_options: wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() },
            targets: &[Some(target(EXACT_FORMAT)), Some(target(LIGHT_FORMAT))],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Depth only, of the faces that look at the sun: contact shadows then reach right up to what stands on a table.
fn shadow(device: &wgpu::Device, shader: &wgpu::ShaderModule, layout: &wgpu::PipelineLayout) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("shadow"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("shadow_vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(vertex_layout())],
        },
        primitive: facing(wgpu::Face::Back),
        depth_stencil: Some(depth_state(wgpu::CompareFunction::Less)),
        multisample: wgpu::MultisampleState::default(),
        fragment: None,
        multiview_mask: None,
        cache: None,
    })
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
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("surroundings"),
        layout: Some(&layout(device, "surroundings", &[Some(body), Some(exact)])),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("surroundings_vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("surroundings_fragment"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState { blend, ..target(PICTURE_FORMAT) })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A pass over all pixels that writes one picture.
fn cover(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: Option<&wgpu::PipelineLayout>,
    (entry, format): (&str, wgpu::TextureFormat),
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(entry),
        layout,
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("cover_vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(target(format))],
        }),
        multiview_mask: None,
        cache: None,
    })
}
