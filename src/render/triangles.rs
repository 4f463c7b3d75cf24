//! Pipelines that draw bodies' triangles: the geometry pass, and depth for the sun's and the lamps' maps.

use super::mesh::{Met, Vertex};
use super::pipelines::{EXACT_FORMAT, Look, MATTER_FORMAT, depth_state, shader, target};
use super::shaders::SHADOW;
use crate::world::snapshot::Surface;

const OF_VERTICES: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3];
const OF_INSTANCES: [wgpu::VertexAttribute; 1] = wgpu::vertex_attr_array![2 => Uint32];

const OF_PICTURES: [wgpu::VertexAttribute; 1] = wgpu::vertex_attr_array![3 => Float32x2];

/// A mesh's vertices, of which bodies they are, and where they lie on pictures.
fn vertex_layouts() -> [Option<wgpu::VertexBufferLayout<'static>>; 3] {
    let vertices = wgpu::VertexBufferLayout {
        array_stride: size_of::<Vertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &OF_VERTICES,
    };
    let places = wgpu::VertexBufferLayout {
        array_stride: size_of::<[f32; 2]>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &OF_PICTURES,
    };
    [Some(vertices), Some(instance_layout()), Some(places)]
}

/// The numbers of bodies.
pub(super) fn instance_layout() -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<u32>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &OF_INSTANCES,
    }
}

impl Met {
    /// Which triangles are drawn: of boxes round shapes those that look away, so that the eye may be among them.
    fn primitive(self) -> wgpu::PrimitiveState {
        facing(Some(if self == Self::Facets { wgpu::Face::Back } else { wgpu::Face::Front }))
    }
}

fn facing(cull_mode: Option<wgpu::Face>) -> wgpu::PrimitiveState {
    wgpu::PrimitiveState { front_face: wgpu::FrontFace::Ccw, cull_mode, ..wgpu::PrimitiveState::default() }
}

pub(super) fn geometry(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    (surface, met): Look,
) -> wgpu::RenderPipeline {
    let entries = match (surface, met) {
        (Surface::Textured, _) => ["pictured_vertex", "pictured_fragment"],
        (_, Met::Facets) => ["geometry_vertex", "geometry_fragment"],
        _ => ["geometry_vertex", "met_fragment"],
    };
    let targets = [Some(target(EXACT_FORMAT)), Some(target(MATTER_FORMAT))];
    let depth = Some(depth_state(wgpu::CompareFunction::Greater));
    bodies(device, shader, layout, (&[("SURFACE", f64::from(surface as u32))], met), (entries, &targets, depth))
}

/// Bodies that are met as `met`: a vertex stage of the geometry pass, which has places on pictures where it is theirs, before a
/// fragment stage, its targets and depth test.
pub(super) fn bodies(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    (constants, met): (&[(&str, f64)], Met),
    ([vertex, fragment], targets, depth_stencil): (
        [&str; 2],
        &[Option<wgpu::ColorTargetState>],
        Option<wgpu::DepthStencilState>,
    ),
) -> wgpu::RenderPipeline {
    let constants = [constants, &[("MET", f64::from(met as u32))]].concat();
    let compilation_options = wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: compilation_options.clone(),
            buffers: vertex_layouts().get(..if vertex == "pictured_vertex" { 3 } else { 2 }).unwrap_or_default(),
        },
        primitive: met.primitive(),
        depth_stencil,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState { module, entry_point: Some(fragment), compilation_options, targets }),
        multiview_mask: None,
        cache: None,
    })
}

/// The sun's map: the faces that look at it, so that contact shadows reach right up to what stands on a table.
pub(super) fn shadow(device: &wgpu::Device, layout: &wgpu::PipelineLayout) -> wgpu::RenderPipeline {
    let module = shader(device, "shadow", SHADOW);
    let faces = ("shadow_vertex", Some(wgpu::Face::Back), wgpu::CompareFunction::Less);
    depth_only(device, &module, layout, (faces, None))
}

/// The same with holes where pictures have them, from whichever side: what has holes is seldom closed.
pub(super) fn cut_shadow(device: &wgpu::Device, layout: &wgpu::PipelineLayout) -> wgpu::RenderPipeline {
    let module = shader(device, "shadow", SHADOW);
    let faces = ("cut_vertex", None, wgpu::CompareFunction::Less);
    depth_only(device, &module, layout, (faces, Some("cut_fragment")))
}

/// Depth only; `cut` names the fragment stage that makes holes.
pub(super) fn depth_only(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    ((entry, cull, nearer), cut): ((&str, Option<wgpu::Face>, wgpu::CompareFunction), Option<&str>),
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(entry),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: vertex_layouts().get(..if cut.is_some() { 3 } else { 2 }).unwrap_or_default(),
        },
        primitive: facing(cull),
        depth_stencil: Some(depth_state(nearer)),
        multisample: wgpu::MultisampleState::default(),
        fragment: cut.map(|entry| wgpu::FragmentState {
            module: shader,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[],
        }),
        multiview_mask: None,
        cache: None,
    })
}
