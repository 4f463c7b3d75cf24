//! Draws snapshots: uploads, passes, read-back.

pub(super) mod amodal;
mod passes;

use std::ops::Range;
use std::sync::Arc;

use self::passes::light_kind;
use super::draws::{Draws, Item};
use super::lamps::{self, LampBuffers, LampList};
use super::layout::{BodyData, FrameData, nearby};
use super::mesh::MeshId;
use super::meshes::Meshes;
use super::panorama;
use super::pipelines::{DEPTH_FORMAT, LightKind, Pipelines};
use super::readback::{Extra, ReadLayout, Wanted};
use super::scene::Scene;
use super::targets::{PictureTarget, Targets, TileRect, check_size, texture};
use super::underway::{Bytes, Stagings, Underway};
use super::view::{Tile, View, at_once, fit, side_by_side};
use super::{Frame, Gpu, RenderError};
use crate::base::Linear;
use crate::world::snapshot::{Panorama, Snapshot};

/// Ids leave 16 bits for a body's index.
const MOST_BODIES: usize = 65_534;
/// The most bodies of all views that are drawn at once: 32 MiB of numbers.
const MOST_AT_ONCE: usize = 1 << 17;
/// Sizes whose textures are kept: the preview, the contact sheet's turns and its last one, a job's frames.
const KEPT_SIZES: usize = 4;

/// Draws snapshots on one [`Gpu`]. Owns its buffers, so each thread has its own.
#[derive(Debug)]
pub struct Renderer {
    gpu: Gpu,
    pipelines: Pipelines,
    meshes: Meshes,
    sampler: wgpu::Sampler,
    nearest: wgpu::Sampler,
    /// Of panoramas: round in breadth, up to its edges in height.
    all_round: wgpu::Sampler,
    /// By width and height, the last used first.
    sun_maps: Vec<([u32; 2], wgpu::TextureView)>,
    /// Panoramas, the last used first.
    domes: Vec<(Arc<Panorama>, wgpu::TextureView)>,
    scene: Scene,
    /// Made when the first lamp is drawn.
    lamps: Option<LampBuffers>,
    targets: Vec<Targets>,
    stagings: Stagings,
    amodal: Option<amodal::Pass>,
}

impl Renderer {
    /// Compiles the shaders and uploads the meshes.
    pub fn new(gpu: &Gpu) -> Result<Self, RenderError> {
        gpu.refuse_incapable()?;
        let device = &gpu.device;
        let pipelines = Pipelines::new(device);
        let meshes = Meshes::new(gpu, &pipelines.picture_layout);
        let scene = Scene::new(gpu, &pipelines);
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let renderer = Self {
            gpu: gpu.clone(),
            pipelines,
            meshes,
            sampler,
            nearest: device.create_sampler(&wgpu::SamplerDescriptor { label: Some("nearest"), ..Default::default() }),
            all_round: panorama::sampler(gpu),
            sun_maps: Vec::new(),
            domes: Vec::new(),
            scene,
            lamps: None,
            targets: Vec::new(),
            stagings: Stagings::default(),
            amodal: None,
        };
        gpu.check()?;
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
        self.start(now, next, wanted)?.read(frame)
    }

    /// Begins to draw `now` and does not wait: while one picture is drawn, the one before can be read and the one after begun.
    /// Whatever is begun later, its bytes are those of [`Renderer::frame_with`].
    pub fn start(&mut self, now: &Snapshot, next: Option<&Snapshot>, wanted: Wanted) -> Result<Underway, RenderError> {
        let size = [now.camera.width_px, now.camera.height_px];
        check(now, next)?;
        check_size(&self.gpu, size[0], size[1])?;
        let layout = ReadLayout::new(size[0], size[1], wanted);
        let limit = self.gpu.device.limits().max_buffer_size;
        if layout.total > limit {
            let [width, height] = size;
            return Err(RenderError::TooLarge { width, height, limit_name: "max_buffer_size", limit });
        }
        let (mut encoder, kind) = self.begin(&[View::alone(now, next)]);
        if wanted.linear {
            self.linear_passes(&mut encoder, kind);
        }
        let staging = self.stagings.take(&self.gpu, layout.total);
        if let Some(targets) = self.targets.first() {
            copy(&mut encoder, &targets.exact, &staging, 0, layout.exact_row);
            if let (Some(start), Some(linear)) = (layout.linear_start, &targets.linear) {
                copy(&mut encoder, &linear.smooth, &staging, start, layout.linear_row);
            }
            if let Some(start) = layout.matter_start {
                copy(&mut encoder, &targets.matter, &staging, start, layout.exact_row);
            }
            copy(&mut encoder, &targets.composed, &staging, layout.colour_start, layout.colour_row);
        }
        let index = self.gpu.queue.submit([encoder.finish()]);
        self.settle()?;
        Ok(Underway { bytes: Bytes::new(&self.gpu, &self.stagings, (staging, layout.total), index), size, layout })
    }

    /// Draws `now` over all of `target`, without reading back: scaled to fit and centred, with the margins left empty.
    pub fn draw_to(&mut self, target: &mut PictureTarget, now: &Snapshot) -> Result<(), RenderError> {
        let tile = tile(target, target.whole(), now)?;
        self.draw_sheet(target, &[tile], wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT))
    }

    /// Draws each snapshot into its tile of `target` and leaves the rest of it alone: scaled to fit the tile and centred. Many
    /// small tiles are drawn at once, for little more than their pixels cost.
    pub fn draw_tiles(
        &mut self,
        target: &mut PictureTarget,
        tiles: &[(TileRect, &Snapshot)],
    ) -> Result<(), RenderError> {
        let fitted = tiles.iter().map(|(place, now)| tile(target, *place, now));
        let fitted: Vec<Tile<'_>> = fitted.collect::<Result<_, _>>()?;
        let largest = |side: fn(&Tile<'_>) -> u32| fitted.iter().map(side).max().unwrap_or(1);
        let size = [largest(|tile| tile.camera.width_px), largest(|tile| tile.camera.height_px)];
        let bodies = fitted.iter().map(|tile| tile.now.bodies.len()).max().unwrap_or(0);
        let count = at_once(size).min(MOST_AT_ONCE / bodies.max(1)).max(1);
        let alike = fitted.chunk_by(|one, other| panorama::is_same(one.now, other.now));
        alike.flat_map(|some| some.chunks(count)).try_for_each(|some| self.draw_sheet(target, some, wgpu::LoadOp::Load))
    }

    /// Draws `tiles` at once.
    fn draw_sheet(
        &mut self,
        target: &PictureTarget,
        tiles: &[Tile<'_>],
        load: wgpu::LoadOp<wgpu::Color>,
    ) -> Result<(), RenderError> {
        let views = side_by_side(tiles);
        let (mut encoder, _) = self.begin(&views);
        self.show(&mut encoder, target.view(), views.len(), load);
        self.gpu.queue.submit([encoder.finish()]);
        self.settle()
    }

    /// The first error since the last call. What was made meanwhile may be hollow then, and kept it would spoil every later
    /// picture: it is made anew.
    fn settle(&mut self) -> Result<(), RenderError> {
        self.gpu.check().inspect_err(|_| {
            self.meshes = Meshes::new(&self.gpu, &self.pipelines.picture_layout);
            self.scene = Scene::new(&self.gpu, &self.pipelines);
            self.sun_maps.clear();
            self.domes.clear();
            self.targets.clear();
            self.stagings = Stagings::default();
            (self.lamps, self.amodal) = (None, None);
        })
    }

    /// Uploads and records all passes but the last; and what the light had to reckon with. The targets in use are the first of the
    /// list afterwards.
    fn begin(&mut self, views: &[View<'_>]) -> (wgpu::CommandEncoder, LightKind) {
        self.use_targets(views.first().map_or([1; 2], |view| view.targets));
        self.use_sun_map(views.first().map_or([1; 2], |view| view.sun_map.texture));
        // those that are drawn at once have the same
        if let Some(dome) = views.first().and_then(|view| view.now.dome.as_ref()) {
            self.use_dome(&dome.panorama);
        }
        let draws = self.upload(views);
        let kind = LightKind { glass: !draws.glass.is_empty(), ..light_kind(views.iter().map(|view| view.now)) };
        let lamps = LampList::new(views);
        self.prepare_light(kind, &lamps);
        for look in draws.geometry.iter().chain(&draws.glass).filter_map(|run| run.look) {
            self.pipelines.prepare_surface(&self.gpu.device, look);
        }
        if draws.shadows.iter().any(|run| run.look.is_some()) {
            self.pipelines.prepare_cut(&self.gpu.device);
        }
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        self.shadow_pass(&mut encoder, &draws);
        self.geometry_pass(&mut encoder, &draws);
        if kind.lamps {
            self.lamp_shadow_pass(&mut encoder, &draws, &lamps);
        }
        if kind.glass {
            // first all that glass may have behind it, then glass over that
            self.prepare_kind(LightKind { linear: true, glass: false, ..kind });
            self.seeing_passes(&mut encoder, kind, (&draws, &lamps), views.len());
            if let Some(behind) = self.targets.first().and_then(|targets| targets.behind.as_ref()) {
                self.light_pass(&mut encoder, LightKind { linear: true, glass: false, ..kind }, behind, views.len());
            }
            self.glass_pass(&mut encoder, &draws);
        }
        self.seeing_passes(&mut encoder, kind, (&draws, &lamps), views.len());
        if let Some(targets) = self.targets.first() {
            self.light_pass(&mut encoder, kind, &targets.composed_view, views.len());
        }
        (encoder, kind)
    }

    /// What the light pass needs to know of the geometry that has been drawn so far: what it sees of the sun and the surroundings,
    /// and what lamps give it.
    fn seeing_passes(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        kind: LightKind,
        (draws, lamps): (&Draws, &LampList),
        views: usize,
    ) {
        self.visibility_passes(encoder, draws, views);
        if kind.lamps {
            self.lamp_passes(encoder, kind, lamps);
        }
    }

    fn use_targets(&mut self, size: [u32; 2]) {
        to_front(&mut self.targets, |targets| targets.size == size, || Targets::new(&self.gpu, size));
    }

    fn use_sun_map(&mut self, size: [u32; 2]) {
        let make = || {
            let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
            let map = texture(&self.gpu, "sun map", size, DEPTH_FORMAT, usage);
            (size, map.create_view(&wgpu::TextureViewDescriptor::default()))
        };
        to_front(&mut self.sun_maps, |(own, _)| *own == size, make);
    }

    fn use_dome(&mut self, panorama: &Arc<Panorama>) {
        let make = || (Arc::clone(panorama), panorama::upload(&self.gpu, panorama));
        to_front(&mut self.domes, |(own, _)| Arc::ptr_eq(own, panorama), make);
    }

    /// Writes all numbers; what is to be drawn comes back.
    fn upload(&mut self, views: &[View<'_>]) -> Draws {
        self.meshes.bring(&self.gpu, views.iter().map(|view| view.now));
        let count = views.iter().map(|view| view.now.bodies.len()).sum();
        let (mut bodies, mut items) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut darkens = Vec::with_capacity(count);
        let mut frames = Vec::with_capacity(views.len());
        for view in views {
            let frame = FrameData::new(view);
            let texels_per_m = frame.shadow_texels_per_m();
            frames.push(frame);
            for (index, body) in view.now.bodies.iter().enumerate() {
                let number = bodies.len() as u32;
                let nearby = nearby(body, view);
                darkens.extend(nearby.map(|_| number));
                bodies.push(BodyData::new(index, body, view, nearby));
                items.push(Item::new(number, body, view, texels_per_m));
            }
        }
        let draws = Draws::new(items, views, &darkens);
        self.scene.bring(&self.gpu, &self.pipelines, (&frames, &bodies), &draws);
        draws
    }

    /// Draws `mesh` for each of the bodies that `which` chooses; the scene's group is set.
    fn draw(&self, pass: &mut wgpu::RenderPass<'_>, which: &Range<u32>, mesh: MeshId) {
        if let Some(mesh) = self.meshes.get(mesh) {
            pass.set_vertex_buffer(0, mesh.vertices.slice(..));
            pass.set_vertex_buffer(1, self.scene.which(which));
            pass.set_index_buffer(mesh.indices.slice(..), mesh.format);
            pass.draw_indexed(0..mesh.count, 0, 0..which.end - which.start);
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

/// Brings what is wanted to the front of what is kept, the last used first; makes it where it is not there.
fn to_front<T>(kept: &mut Vec<T>, is_wanted: impl Fn(&T) -> bool, make: impl FnOnce() -> T) {
    if let Some(at) = kept.iter().position(is_wanted) {
        kept[..=at].rotate_right(1);
    } else {
        kept.truncate(KEPT_SIZES - 1);
        kept.insert(0, make());
    }
}

/// `now` in `place` of `target`, at the largest size that fits, in the middle.
fn tile<'a>(target: &PictureTarget, place: TileRect, now: &'a Snapshot) -> Result<Tile<'a>, RenderError> {
    let [width, height] = target.size();
    let inside = place.x.checked_add(place.width).is_some_and(|right| right <= width)
        && place.y.checked_add(place.height).is_some_and(|bottom| bottom <= height);
    if !inside {
        let limit = u64::from(width.min(height));
        let (width, height) = (place.x.saturating_add(place.width), place.y.saturating_add(place.height));
        return Err(RenderError::TooLarge { width, height, limit_name: "size of the picture target", limit });
    }
    check(now, None)?;
    let camera = fit(&now.camera, place.width, place.height)?;
    let left = place.x + (place.width - camera.width_px) / 2;
    let top = place.y + (place.height - camera.height_px) / 2;
    Ok(Tile { now, camera, shown: [left, top, width, height] })
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
