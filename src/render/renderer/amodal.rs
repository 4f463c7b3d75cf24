//! The amodal pass: which pixels each instance covers, hidden ones included.
//!
//! The geometry is drawn once more without a depth test; every covered pixel sets its instance's bit in a storage buffer, 32
//! instances a pass. Vertex stage, meshes and culling are those of the geometry pass, so that coverage is the rasteriser's own and
//! a visible pixel is always covered. Walls, floor and road are left out: things stand on them everywhere.

use std::collections::BTreeSet;

use super::super::mesh::Met;
use super::super::pipelines::{self, PICTURE_FORMAT, shader};
use super::super::shaders::AMODAL;
use super::super::targets::{check_size, texture};
use super::super::triangles::bodies;
use super::super::underway::Bytes;
use super::super::{Cover, Gpu, RenderError};
use super::{Item, Renderer, View, check};
use crate::world::snapshot::Snapshot;

/// Instances a pass: bits of a word.
const A_PASS: usize = 32;
/// Bytes from one slot's numbers to the next: the step of dynamic offsets.
const SLOT_BYTES: u64 = 256;

/// What the pass keeps from picture to picture.
#[derive(Debug)]
pub(super) struct Pass {
    /// By how the shape is met.
    pipelines: [wgpu::RenderPipeline; Met::ALL.len()],
    /// Of meshes whose pictures have holes.
    cut: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    room: Option<Room>,
}

/// What each instance covers, while it is being drawn.
#[derive(Debug)]
pub struct CoversUnderway {
    /// None where there is no instance.
    bytes: Option<Bytes>,
    size: [u32; 2],
    instances: Vec<u16>,
}

impl CoversUnderway {
    /// Waits for it.
    ///
    /// # Errors
    /// When the device failed.
    pub fn read(self) -> Result<Vec<Cover>, RenderError> {
        let (size, instances) = (self.size, self.instances);
        self.bytes.map_or(Ok(Vec::new()), |bytes| bytes.read(|bytes| unpack(bytes, size, &instances)))
    }
}

/// Buffers for pictures of one size with so many instances.
#[derive(Debug)]
struct Room {
    size: [u32; 2],
    slots: usize,
    bits: wgpu::Buffer,
    numbers: wgpu::Buffer,
    group: wgpu::BindGroup,
    /// Nothing is written to it: a pass must have a target.
    target: wgpu::TextureView,
}

impl Renderer {
    /// Whether the device can tell what is hidden: fragments must be able to write to buffers.
    pub fn can_cover(&self) -> bool {
        self.gpu.fragments_write
    }

    /// The pixels that each instance of `now` covers in its picture, whatever stands before it, in order of the ids; walls,
    /// floor (`Class::Background`) and road are left out.
    pub fn covers(&mut self, now: &Snapshot) -> Result<Vec<Cover>, RenderError> {
        self.start_covers(now)?.read()
    }

    /// Begins with [`Renderer::covers`] and does not wait.
    pub fn start_covers(&mut self, now: &Snapshot) -> Result<CoversUnderway, RenderError> {
        if !self.can_cover() {
            return Err(RenderError::NoCovers { adapter: self.gpu.adapter_name() });
        }
        check(now, None)?;
        let size = [now.camera.width_px, now.camera.height_px];
        check_size(&self.gpu, size[0], size[1])?;
        let named = now.bodies.iter().filter(|body| !body.class.is_scene() && body.instance != 0);
        let instances: Vec<u16> = named.map(|body| body.instance).collect::<BTreeSet<u16>>().into_iter().collect();
        let items = self.upload(&[View::alone(now, None)]).items;
        let mut pass = match self.amodal.take() {
            Some(pass) => pass,
            None => Pass::new(&self.gpu, &self.pipelines.body_layout, &self.pipelines.picture_layout),
        };
        let room = match pass.room(&self.gpu, size, instances.len()) {
            Ok(room) => room,
            Err(err) => {
                self.amodal = Some(pass);
                return Err(err);
            }
        };
        let total = instances.len().div_ceil(A_PASS) as u64 * plane_bytes(size);
        let bytes = (total > 0).then(|| {
            let staging = self.stagings.take(&self.gpu, total);
            let index = self.draw_covers(&pass, (&room, &staging), now, (&items, &instances));
            Bytes::new(&self.gpu, &self.stagings, (staging, total), index)
        });
        pass.room = Some(room);
        self.amodal = Some(pass);
        self.settle()?;
        Ok(CoversUnderway { bytes, size, instances })
    }

    /// Submits all passes.
    fn draw_covers(
        &self,
        pass: &Pass,
        (room, staging): (&Room, &wgpu::Buffer),
        now: &Snapshot,
        (items, instances): (&[Item], &[u16]),
    ) -> wgpu::SubmissionIndex {
        let described = wgpu::CommandEncoderDescriptor { label: Some("covers") };
        let mut encoder = self.gpu.device.create_command_encoder(&described);
        let bytes = plane_bytes(room.size);
        for (plane, own) in instances.chunks(A_PASS).enumerate() {
            encoder.clear_buffer(&room.bits, 0, None);
            {
                let load = wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT);
                let ops = wgpu::Operations { load, store: wgpu::StoreOp::Discard };
                let attachment = wgpu::RenderPassColorAttachment {
                    view: &room.target,
                    depth_slice: None,
                    resolve_target: None,
                    ops,
                };
                let mut drawing = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                    label: Some("covers"),
                    color_attachments: &[Some(attachment)],
                    ..Default::default()
                });
                drawing.set_bind_group(0, &self.scene.group, &[]);
                for item in items.iter().filter(|item| item.is_seen) {
                    let instance = now.bodies.get(item.body as usize).map_or(0, |body| body.instance);
                    let Ok(at) = own.binary_search(&instance) else { continue };
                    let Some(pipeline) = pass.pipelines.get(item.look.1 as usize) else { continue };
                    drawing.set_pipeline(if item.is_cut { &pass.cut } else { pipeline });
                    if item.is_cut {
                        self.meshes.dress(&mut drawing, item.mesh);
                    }
                    drawing.set_bind_group(1, &room.group, &[(plane * A_PASS + at) as u32 * SLOT_BYTES as u32]);
                    self.draw(&mut drawing, &(item.body..item.body + 1), item.mesh);
                }
            }
            encoder.copy_buffer_to_buffer(&room.bits, 0, staging, plane as u64 * bytes, bytes);
        }
        self.gpu.queue.submit([encoder.finish()])
    }
}

impl Pass {
    fn new(gpu: &Gpu, body_layout: &wgpu::BindGroupLayout, picture_layout: &wgpu::BindGroupLayout) -> Self {
        let device = &gpu.device;
        let entry = |binding, ty, has_dynamic_offset, size| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: wgpu::BufferSize::new(size) },
            count: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("covers"),
            entries: &[
                entry(0, wgpu::BufferBindingType::Storage { read_only: false }, false, 4),
                entry(1, wgpu::BufferBindingType::Uniform, true, 16),
            ],
        });
        let module = shader(device, "amodal", AMODAL);
        let passes = pipelines::layout(device, "covers", &[Some(body_layout), Some(&layout)]);
        // The shader writes no colour.
        let target =
            wgpu::ColorTargetState { format: PICTURE_FORMAT, blend: None, write_mask: wgpu::ColorWrites::empty() };
        let pipelines = Met::ALL.map(|met| {
            let entries = ["geometry_vertex", "amodal_fragment"];
            bodies(device, &module, &passes, (&[], met), (entries, &[Some(target.clone())], None))
        });
        let layouts = [Some(body_layout), Some(&layout), Some(picture_layout)];
        let passes = pipelines::layout(device, "cut covers", &layouts);
        let entries = ["pictured_vertex", "cut_fragment"];
        let cut = bodies(device, &module, &passes, (&[], Met::Facets), (entries, &[Some(target.clone())], None));
        Self { pipelines, cut, layout, room: None }
    }

    /// Buffers for a picture of `size` with `slots` instances: those of the picture before where they fit.
    fn room(&mut self, gpu: &Gpu, size: [u32; 2], slots: usize) -> Result<Room, RenderError> {
        let room = match self.room.take() {
            Some(room) if room.size == size && room.slots >= slots => room,
            _ => Room::new(gpu, &self.layout, size, slots.next_multiple_of(A_PASS).max(A_PASS))?,
        };
        let numbers: Vec<u32> = (0..slots).flat_map(|slot| numbers(slot, size)).collect();
        gpu.queue.write_buffer(&room.numbers, 0, bytemuck::cast_slice(&numbers));
        Ok(room)
    }
}

/// The twin of `Slot` in `amodal.wgsl`, filled up to the next.
fn numbers(slot: usize, [width, height]: [u32; 2]) -> [u32; SLOT_BYTES as usize / 4] {
    let mut all = [0; SLOT_BYTES as usize / 4];
    [all[0], all[1], all[2]] = [1 << (slot % A_PASS), width, height];
    all
}

/// Bytes of one bit of 32 instances for every pixel.
fn plane_bytes([width, height]: [u32; 2]) -> u64 {
    4 * u64::from(width) * u64::from(height)
}

impl Room {
    fn new(gpu: &Gpu, layout: &wgpu::BindGroupLayout, size: [u32; 2], slots: usize) -> Result<Self, RenderError> {
        let bytes = plane_bytes(size);
        let total = bytes * (slots / A_PASS) as u64;
        let limits = gpu.device.limits();
        for (needed, limit_name, limit) in [
            (bytes, "max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size),
            (total, "max_buffer_size", limits.max_buffer_size),
        ] {
            if needed > limit {
                return Err(RenderError::TooLarge { width: size[0], height: size[1], limit_name, limit });
            }
        }
        let buffer = |label, size, usage| {
            let described = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
            gpu.device.create_buffer(&described)
        };
        let to = wgpu::BufferUsages::COPY_DST;
        let bits = buffer("covers", bytes, to | wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
        let numbers = buffer("slots", SLOT_BYTES * slots as u64, to | wgpu::BufferUsages::UNIFORM);
        let one = wgpu::BufferBinding { buffer: &numbers, offset: 0, size: wgpu::BufferSize::new(16) };
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("covers"),
            layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: bits.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Buffer(one) },
            ],
        });
        let target = texture(gpu, "covers", size, PICTURE_FORMAT, wgpu::TextureUsages::RENDER_ATTACHMENT)
            .create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { size, slots, bits, numbers, group, target })
    }
}

/// From the staging bytes, one word a pixel and 32 instances, to covers.
fn unpack(bytes: &[u8], size: [u32; 2], instances: &[u16]) -> Vec<Cover> {
    let mut covers: Vec<Cover> = instances.iter().map(|instance| Cover::none(*instance, size[0], size[1])).collect();
    let plane = plane_bytes(size) as usize;
    for (words, own) in bytes.chunks_exact(plane.max(1)).zip(covers.chunks_mut(A_PASS)) {
        for (pixel, word) in words.as_chunks::<4>().0.iter().enumerate() {
            let mut left = u32::from_le_bytes(*word);
            while left != 0 {
                if let Some(cover) = own.get_mut(left.trailing_zeros() as usize) {
                    cover.set_at(pixel);
                }
                left &= left - 1;
            }
        }
    }
    covers
}
