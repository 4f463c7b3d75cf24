//! Draws snapshots: uploads, passes, read-back.

pub(super) mod amodal;
mod passes;

use std::sync::mpsc;
use std::time::Duration;

use self::passes::light_kind;
use super::lamps::{self, LampBuffers, LampList};
use super::layout::{BodyData, FrameData, SHADOW_TEXELS, casts, nearby, on_screen, reach, shadow_map};
use super::mesh::{MeshId, Met};
use super::meshes::Meshes;
use super::pipelines::{DEPTH_FORMAT, Look, Pipelines};
use super::readback::{Extra, ReadLayout, Wanted, unpack, unpack_extra};
use super::targets::{PictureTarget, Targets, TileRect, check_size, texture};
use super::{Frame, Gpu, RenderError};
use crate::base::Linear;
use crate::world::snapshot::{Camera, Snapshot};

/// Ids leave 16 bits for a body's index.
const MOST_BODIES: usize = 65_534;
/// Sizes whose textures are kept: the preview, the contact sheet's tiles and a job's frames.
const KEPT_SIZES: usize = 3;
/// A frame that takes longer means a hung driver.
const PATIENCE: Duration = Duration::from_mins(2);

/// Draws snapshots on one [`Gpu`]. Owns its buffers, so each thread has its own.
#[derive(Debug)]
pub struct Renderer {
    gpu: Gpu,
    pipelines: Pipelines,
    meshes: Meshes,
    sampler: wgpu::Sampler,
    nearest: wgpu::Sampler,
    /// Coarse and fine.
    shadow_maps: [wgpu::TextureView; 2],
    frame_buffer: wgpu::Buffer,
    bodies: BodyBuffer,
    /// Made when the first lamp is drawn.
    lamps: Option<LampBuffers>,
    targets: Vec<Targets>,
    staging: Option<wgpu::Buffer>,
    amodal: Option<amodal::Pass>,
}

#[derive(Debug)]
struct BodyBuffer {
    buffer: wgpu::Buffer,
    group: wgpu::BindGroup,
    room: usize,
    bytes: Vec<BodyData>,
}

/// One body's draw.
#[derive(Clone, Copy, Debug)]
struct Item {
    index: u32,
    mesh: MeshId,
    shadow_mesh: MeshId,
    look: Look,
    casts: bool,
    /// Some of it may be in the picture.
    is_seen: bool,
    /// It may darken something in the picture.
    hides: bool,
}

impl Renderer {
    /// Compiles the shaders and uploads the meshes.
    pub fn new(gpu: &Gpu) -> Result<Self, RenderError> {
        let device = &gpu.device;
        let pipelines = Pipelines::new(device);
        let buffer = |label, size: usize, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: size as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let meshes = Meshes::new(gpu);
        let frame_buffer = buffer("frame", size_of::<FrameData>(), wgpu::BufferUsages::UNIFORM);
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
        let shadow_maps = SHADOW_TEXELS.map(|texels| {
            texture(gpu, "shadow map", [texels; 2], DEPTH_FORMAT, usage)
                .create_view(&wgpu::TextureViewDescriptor::default())
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let bodies = BodyBuffer::new(device, &pipelines, &frame_buffer, 64);
        let renderer = Self {
            gpu: gpu.clone(),
            pipelines,
            meshes,
            sampler,
            nearest: device.create_sampler(&wgpu::SamplerDescriptor { label: Some("nearest"), ..Default::default() }),
            shadow_maps,
            frame_buffer,
            bodies,
            lamps: None,
            targets: Vec::new(),
            staging: None,
            amodal: None,
        };
        renderer.check_device()?;
        Ok(renderer)
    }

    /// Draws `now` and reads every channel back; waits for it. Flow is the motion to `next`, zero without one.
    pub fn frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<Frame, RenderError> {
        let mut frame = Frame::empty();
        self.frame_into(&mut frame, now, next)?;
        Ok(frame)
    }

    /// [`Renderer::frame`], and with it the picture in linear light as it reaches the lens: radiance before exposure and tone
    /// curve, its edges smoothed like those of the colours.
    pub fn linear_frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<(Frame, Linear), RenderError> {
        let mut frame = Frame::empty();
        let extra = self.frame_with(&mut frame, now, next, Wanted { linear: true, albedo: false })?;
        let empty = Linear { width: 0, height: 0, pixels: Vec::new() };
        Ok((frame, extra.linear.unwrap_or(empty)))
    }

    /// As [`Renderer::frame`], into a frame whose memory is used again. After an error it holds what it held.
    pub fn frame_into(
        &mut self,
        frame: &mut Frame,
        now: &Snapshot,
        next: Option<&Snapshot>,
    ) -> Result<(), RenderError> {
        self.frame_with(frame, now, next, Wanted::default()).map(drop)
    }

    /// As [`Renderer::frame_into`], with what else is wanted.
    pub fn frame_with(
        &mut self,
        frame: &mut Frame,
        now: &Snapshot,
        next: Option<&Snapshot>,
        wanted: Wanted,
    ) -> Result<Extra, RenderError> {
        let [width, height] = [now.camera.width_px, now.camera.height_px];
        let mut encoder = self.begin(now, next)?;
        if wanted.linear {
            self.linear_passes(&mut encoder, now);
        }
        let read = ReadLayout::new(width, height, wanted);
        let staging = match self.staging.take() {
            Some(buffer) if buffer.size() >= read.total => buffer,
            _ => self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("staging"),
                size: read.total,
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            }),
        };
        if let Some(targets) = self.targets.first() {
            copy(&mut encoder, &targets.exact, &staging, 0, read.exact_row);
            if let (Some(start), Some(linear)) = (read.linear_start, &targets.linear) {
                copy(&mut encoder, &linear.smooth, &staging, start, read.linear_row);
            }
            if let Some(start) = read.matter_start {
                copy(&mut encoder, &targets.matter, &staging, start, read.exact_row);
            }
            copy(&mut encoder, &targets.composed, &staging, read.colour_start, read.colour_row);
        }
        let index = self.gpu.queue.submit([encoder.finish()]);
        self.wait(&staging, index, read.total)?;
        self.check_device()?;
        let extra = {
            let mapped = staging.get_mapped_range(..read.total).map_err(|err| RenderError::Device(err.to_string()))?;
            unpack(&mapped, [width, height], read, frame);
            unpack_extra(&mapped, [width, height], read)
        };
        staging.unmap();
        self.staging = Some(staging);
        Ok(extra)
    }

    /// Draws `now` over all of `target`, without reading back: scaled to fit and centred, with the margins left empty.
    pub fn draw_to(&mut self, target: &mut PictureTarget, now: &Snapshot) -> Result<(), RenderError> {
        self.draw_part(target, target.whole(), now, wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT))
    }

    /// Draws `now` into one tile of `target` and leaves the rest of it alone: scaled to fit the tile and centred.
    pub fn draw_tile(&mut self, target: &mut PictureTarget, tile: TileRect, now: &Snapshot) -> Result<(), RenderError> {
        self.draw_part(target, tile, now, wgpu::LoadOp::Load)
    }

    fn draw_part(
        &mut self,
        target: &PictureTarget,
        tile: TileRect,
        now: &Snapshot,
        load: wgpu::LoadOp<wgpu::Color>,
    ) -> Result<(), RenderError> {
        let [width, height] = target.size();
        let inside = tile.x.checked_add(tile.width).is_some_and(|right| right <= width)
            && tile.y.checked_add(tile.height).is_some_and(|bottom| bottom <= height);
        if !inside {
            let (width, height) = (tile.x.saturating_add(tile.width), tile.y.saturating_add(tile.height));
            let limit = u64::from(target.size()[0].min(target.size()[1]));
            return Err(RenderError::TooLarge { width, height, limit_name: "size of the picture target", limit });
        }
        let camera = fit(&now.camera, tile.width, tile.height)?;
        let size = [camera.width_px, camera.height_px];
        let scaled = Snapshot { camera, ..now.clone() };
        let place = TileRect {
            x: tile.x + (tile.width - size[0]) / 2,
            y: tile.y + (tile.height - size[1]) / 2,
            width: size[0],
            height: size[1],
        };
        let mut encoder = self.begin(&scaled, None)?;
        self.show(&mut encoder, target.view(), place, load);
        self.gpu.queue.submit([encoder.finish()]);
        self.check_device()
    }

    /// Maps `staging` and waits until the work is done.
    fn wait(&self, staging: &wgpu::Buffer, index: wgpu::SubmissionIndex, size: u64) -> Result<(), RenderError> {
        let (send, receive) = mpsc::sync_channel(1);
        staging.map_async(wgpu::MapMode::Read, ..size, move |result| {
            // the receiver is gone only when the wait gave up
            send.send(result).ok();
        });
        let wait = wgpu::PollType::Wait { submission_index: Some(index), timeout: Some(PATIENCE) };
        self.gpu.device.poll(wait).map_err(|err| RenderError::Device(self.device_words(&err.to_string())))?;
        // another thread's poll may be the one that runs our callback
        match receive.recv_timeout(PATIENCE) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(err)) => Err(RenderError::Device(self.device_words(&err.to_string()))),
            Err(err) => Err(RenderError::Device(self.device_words(&err.to_string()))),
        }
    }

    fn device_words(&self, otherwise: &str) -> String {
        self.gpu.take_errors().into_iter().next().unwrap_or_else(|| otherwise.to_owned())
    }

    fn check_device(&self) -> Result<(), RenderError> {
        self.gpu.take_errors().into_iter().next().map_or(Ok(()), |text| Err(RenderError::Device(text)))
    }

    /// Uploads and records all passes but the last. The targets in use are the first of the list afterwards.
    fn begin(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<wgpu::CommandEncoder, RenderError> {
        check(now, next)?;
        check_size(&self.gpu, now.camera.width_px, now.camera.height_px)?;
        self.use_targets([now.camera.width_px, now.camera.height_px]);
        let items = self.upload(now, next);
        let kind = light_kind(now);
        let lamps = LampList::new(now);
        self.prepare_light(kind, &lamps);
        for item in &items {
            self.pipelines.prepare_surface(&self.gpu.device, item.look);
        }
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        self.shadow_pass(&mut encoder, &items, shadow_map(&now.camera));
        self.geometry_pass(&mut encoder, &items);
        self.visibility_passes(&mut encoder, &items, shadow_map(&now.camera));
        if kind.lamps {
            self.lamp_passes(&mut encoder, &items, &lamps);
        }
        if let Some(targets) = self.targets.first() {
            self.light_pass(&mut encoder, kind, &targets.composed_view);
        }
        Ok(encoder)
    }

    fn use_targets(&mut self, size: [u32; 2]) {
        if let Some(at) = self.targets.iter().position(|targets| targets.size == size) {
            let targets = self.targets.remove(at);
            self.targets.insert(0, targets);
        } else {
            self.targets.truncate(KEPT_SIZES - 1);
            self.targets.insert(0, Targets::new(&self.gpu, size));
        }
    }

    /// Writes the uniforms; the draws come back nearest first, so that hidden pixels are skipped early.
    fn upload(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Vec<Item> {
        self.meshes.bring(&self.gpu, now);
        let eye = now.camera.world_from_camera.position;
        let frame = FrameData::new(now);
        self.gpu.queue.write_buffer(&self.frame_buffer, 0, bytemuck::bytes_of(&frame));

        if now.bodies.len() > self.bodies.room {
            let room = now.bodies.len().next_power_of_two();
            self.bodies = BodyBuffer::new(&self.gpu.device, &self.pipelines, &self.frame_buffer, room);
        }
        self.bodies.bytes.clear();
        let mut items = Vec::with_capacity(now.bodies.len());
        let texels_per_m = frame.shadow_texels_per_m();
        for (index, body) in now.bodies.iter().enumerate() {
            let moved = next.and_then(|next| Some((next.bodies.get(index)?, &next.camera)));
            self.bodies.bytes.push(BodyData::new(index, body, &now.camera, moved));
            items.push(Item {
                index: index as u32,
                mesh: MeshId::in_picture(&body.shape),
                shadow_mesh: MeshId::in_shadow(&body.shape, texels_per_m),
                look: (body.material.surface, Met::of(&body.shape)),
                casts: casts(body),
                is_seen: on_screen(body, &now.camera, 0.0).is_some(),
                hides: nearby(body, &now.camera).is_some(),
            });
        }
        self.gpu.queue.write_buffer(&self.bodies.buffer, 0, bytemuck::cast_slice(&self.bodies.bytes));
        let near = |item: &Item| now.bodies.get(item.index as usize).map_or(0.0, |body| reach(body, eye));
        // large bodies (table, floor, walls) surround the eye's sphere test: they go last, being behind the rest
        items.sort_by(|a, b| near_key(near(a)).total_cmp(&near_key(near(b))));
        items
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'_>, index: u32, mesh: MeshId) {
        if let Some(mesh) = self.meshes.get(mesh) {
            pass.set_bind_group(0, &self.bodies.group, &[index * size_of::<BodyData>() as u32]);
            pass.set_vertex_buffer(0, mesh.vertices.slice(..));
            pass.set_index_buffer(mesh.indices.slice(..), mesh.format);
            pass.draw_indexed(0..mesh.count, 0, 0..1);
        }
    }

    fn group(&self, layout: &wgpu::BindGroupLayout, resources: &[(u32, wgpu::BindingResource<'_>)]) -> wgpu::BindGroup {
        let entries: Vec<_> = resources
            .iter()
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding: *binding, resource: resource.clone() })
            .collect();
        self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }
}

impl BodyBuffer {
    fn new(device: &wgpu::Device, pipelines: &Pipelines, frame: &wgpu::Buffer, room: usize) -> Self {
        let step = size_of::<BodyData>() as u64;
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("bodies"),
            size: step * room as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let one = wgpu::BufferBinding { buffer: &buffer, offset: 0, size: wgpu::BufferSize::new(step) };
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("body"),
            layout: &pipelines.body_layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: frame.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Buffer(one) },
            ],
        });
        Self { buffer, group, room, bytes: Vec::with_capacity(room) }
    }
}

/// Bodies that the eye's distance says nothing about (it lies within their sphere) count as far.
fn near_key(reach_m: f64) -> f64 {
    if reach_m < 0.0 { 1e6 + reach_m.abs() } else { reach_m }
}

fn copy(encoder: &mut wgpu::CommandEncoder, from: &wgpu::Texture, to: &wgpu::Buffer, offset: u64, row: u32) {
    encoder.copy_texture_to_buffer(
        from.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: to,
            layout: wgpu::TexelCopyBufferLayout { offset, bytes_per_row: Some(row), rows_per_image: None },
        },
        from.size(),
    );
}

/// The camera at the largest size with its own aspect that fits `width` x `height`.
fn fit(camera: &Camera, width: u32, height: u32) -> Result<Camera, RenderError> {
    if camera.width_px == 0 || camera.height_px == 0 || width == 0 || height == 0 {
        return Err(RenderError::Empty { width: camera.width_px.min(width), height: camera.height_px.min(height) });
    }
    let scale = (f64::from(width) / f64::from(camera.width_px)).min(f64::from(height) / f64::from(camera.height_px));
    let side = |pixels: u32, most: u32| (libm::round(f64::from(pixels) * scale) as u32).clamp(1, most);
    let mut out = *camera;
    out.width_px = side(camera.width_px, width);
    out.height_px = side(camera.height_px, height);
    let stretch = glam::DVec2::new(
        f64::from(out.width_px) / f64::from(camera.width_px),
        f64::from(out.height_px) / f64::from(camera.height_px),
    );
    out.focal_px *= stretch;
    out.centre_px *= stretch;
    Ok(out)
}

fn check(now: &Snapshot, next: Option<&Snapshot>) -> Result<(), RenderError> {
    if now.bodies.len() > MOST_BODIES {
        return Err(RenderError::TooManyBodies { count: now.bodies.len(), limit: MOST_BODIES });
    }
    lamps::check(now)?;
    if let Some(next) = next
        && next.bodies.len() != now.bodies.len()
    {
        return Err(RenderError::OtherBodies { now: now.bodies.len(), next: next.bodies.len() });
    }
    for camera in [Some(&now.camera), next.map(|next| &next.camera)].into_iter().flatten() {
        for (field, value, is_focal) in [
            ("focal_px.x", camera.focal_px.x, true),
            ("focal_px.y", camera.focal_px.y, true),
            ("centre_px.x", camera.centre_px.x, false),
            ("centre_px.y", camera.centre_px.y, false),
        ] {
            if !value.is_finite() || (is_focal && value <= 0.0) {
                return Err(RenderError::Camera { field, value });
            }
        }
    }
    Ok(())
}
