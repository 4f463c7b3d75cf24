//! The passes of a picture, one after the other, as they are recorded.

use super::super::draws::Run;
use super::super::lamps::{ATLAS_TEXELS, FaceData, LampBuffers, LampData, LampList};
use super::super::layout::has_weather;
use super::super::pipelines::{LampPipelines, LightKind};
use super::super::targets::{Targets, TileRect};
use super::{Draws, Renderer};
use crate::world::snapshot::{Snapshot, Surface};

impl Renderer {
    /// The same picture in linear light.
    pub(super) fn linear_passes(&mut self, encoder: &mut wgpu::CommandEncoder, kind: LightKind) {
        let kind = LightKind { linear: true, ..kind };
        self.prepare_kind(kind);
        let Some(linear) = self.targets.first().and_then(|targets| targets.linear.as_ref()) else { return };
        self.light_pass(encoder, kind, &linear.raw, 1);
        let Some(pipeline) = &self.pipelines.show_linear else { return };
        let group = self.show_group(&linear.raw);
        cover(encoder, pipeline, &group, &linear.smooth_view, 1);
    }

    pub(super) fn shadow_pass(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws) {
        let Some((_, map)) = self.sun_maps.first() else { return };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("shadow"),
            depth_stencil_attachment: Some(depth_attachment(map, 1.0, wgpu::StoreOp::Store)),
            ..Default::default()
        });
        pass.set_bind_group(0, &self.scene.group, &[]);
        let mut last = None;
        for run in &draws.shadows {
            let cut = run.look.and(self.pipelines.cut_shadow.as_ref());
            if last != Some(cut.is_some()) {
                pass.set_pipeline(cut.unwrap_or(&self.pipelines.shadow));
                last = Some(cut.is_some());
            }
            if cut.is_some() {
                self.meshes.dress(&mut pass, run.mesh);
            }
            self.draw(&mut pass, &run.which, run.mesh);
        }
    }

    pub(super) fn geometry_pass(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws) {
        let Some(targets) = self.targets.first() else { return };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("geometry"),
            // every pixel is written, if only at last
            color_attachments: &[&targets.exact_view, &targets.matter_view]
                .map(|view| Some(attachment(view, wgpu::LoadOp::Load))),
            // reversed: 0 is infinitely far
            depth_stencil_attachment: Some(depth_attachment(&targets.depth, 0.0, wgpu::StoreOp::Store)),
            ..Default::default()
        });
        let [width, height] = targets.size;
        self.draw_runs(&mut pass, &draws.geometry, targets);
        pass.set_scissor_rect(0, 0, width, height);
        pass.set_pipeline(&self.pipelines.nothing);
        pass.draw(0..4, 0..1);
    }

    /// What light passes through, over the geometry that is there.
    pub(super) fn glass_pass(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws) {
        let Some(targets) = self.targets.first() else { return };
        let keep = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("glass"),
            color_attachments: &[&targets.exact_view, &targets.matter_view]
                .map(|view| Some(attachment(view, wgpu::LoadOp::Load))),
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &targets.depth,
                depth_ops: Some(keep),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        self.draw_runs(&mut pass, &draws.glass, targets);
    }

    fn draw_runs(&self, pass: &mut wgpu::RenderPass<'_>, runs: &[Run], targets: &Targets) {
        let [width, height] = targets.size;
        let whole = TileRect { x: 0, y: 0, width, height };
        pass.set_bind_group(0, &self.scene.group, &[]);
        let (mut look, mut within) = (None, whole);
        for run in runs {
            if look != run.look {
                let Some(pipeline) = run.look.and_then(|look| self.pipelines.surface(look)) else { continue };
                pass.set_pipeline(pipeline);
                look = run.look;
            }
            let part = run.within.unwrap_or(whole);
            if within != part {
                pass.set_scissor_rect(part.x, part.y, part.width, part.height);
                within = part;
            }
            if look.is_some_and(|(surface, _)| surface == Surface::Textured) {
                self.meshes.dress(pass, run.mesh);
            }
            self.draw(pass, &run.which, run.mesh);
        }
    }

    pub(super) fn visibility_passes(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws, views: usize) {
        let (Some(targets), Some((_, map))) = (self.targets.first(), self.sun_maps.first()) else { return };
        let view = wgpu::BindingResource::TextureView;
        self.surroundings_pass(encoder, draws, targets);
        let entries = [
            (0, self.scene.views.buffer.as_entire_binding()),
            (1, view(&targets.exact_view)),
            (2, view(map)),
            (3, view(&targets.surroundings)),
            (4, wgpu::BindingResource::Sampler(&self.nearest)),
        ];
        let group = self.group(&self.pipelines.visibility_layout, &entries);
        cover(encoder, &self.pipelines.visibility, &group, &targets.visibility, views);
    }

    /// Everything that `kind` and the lamps need, before passes are recorded.
    pub(super) fn prepare_light(&mut self, kind: LightKind, lamps: &LampList) {
        self.prepare_kind(kind);
        if kind.lamps {
            self.lamps.get_or_insert_with(|| LampBuffers::new(&self.gpu)).bring(&self.gpu, lamps);
        }
    }

    pub(super) fn prepare_kind(&mut self, kind: LightKind) {
        self.pipelines.prepare_light(&self.gpu.device, kind);
        if let Some(targets) = self.targets.first_mut() {
            targets.prepare(&self.gpu, kind);
        }
    }

    /// The lamps' depth maps.
    pub(super) fn lamp_shadow_pass(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws, list: &LampList) {
        if let (Some(pipelines), Some(buffers)) = (&self.pipelines.lamps, &self.lamps) {
            self.lamp_shadows(encoder, draws, list, (pipelines, buffers));
        }
    }

    /// What each lamp adds.
    pub(super) fn lamp_passes(&self, encoder: &mut wgpu::CommandEncoder, kind: LightKind, list: &LampList) {
        let (Some(targets), Some(pipelines)) = (self.targets.first(), &self.pipelines.lamps) else { return };
        let (Some(lamplight), Some(buffers)) = (&targets.lamplight, &self.lamps) else { return };
        let view = wgpu::BindingResource::TextureView;
        let scene = self.group(
            &pipelines.scene_layout,
            &[
                (0, self.scene.views.buffer.as_entire_binding()),
                (1, view(&targets.exact_view)),
                (2, view(&targets.matter_view)),
                (3, view(&buffers.atlas)),
            ],
        );
        let lamp = self.group(&pipelines.lamp_layout, &[(0, one_of(&buffers.lamps.buffer, size_of::<LampData>()))]);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("lamps"),
            color_attachments: &[Some(attachment(lamplight, wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT)))],
            ..Default::default()
        });
        pass.set_pipeline(pipelines.lamp(kind));
        pass.set_bind_group(0, &scene, &[]);
        for (index, view) in list.views.iter().enumerate() {
            let view = *view as u32;
            pass.set_bind_group(1, &lamp, &[(index * size_of::<LampData>()) as u32]);
            pass.draw(0..4, view..view + 1);
        }
    }

    pub(super) fn lamp_shadows(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        draws: &Draws,
        list: &LampList,
        (pipelines, buffers): (&LampPipelines, &LampBuffers),
    ) {
        if list.faces.is_empty() {
            return;
        }
        let face = self.group(&pipelines.face_layout, &[(0, one_of(&buffers.faces.buffer, size_of::<FaceData>()))]);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("lamp shadows"),
            depth_stencil_attachment: Some(depth_attachment(&buffers.atlas, 0.0, wgpu::StoreOp::Store)),
            ..Default::default()
        });
        pass.set_bind_group(0, &self.scene.group, &[]);
        let mut last = None;
        let in_row = ATLAS_TEXELS / list.tile;
        for (index, view) in list.face_views.iter().enumerate() {
            let index = index as u32;
            let (x, y) = (index % in_row * list.tile, index / in_row * list.tile);
            pass.set_viewport(x as f32, y as f32, list.tile as f32, list.tile as f32, 0.0, 1.0);
            pass.set_scissor_rect(x, y, list.tile, list.tile);
            pass.set_bind_group(1, &face, &[index * size_of::<FaceData>() as u32]);
            for item in draws.items.iter().filter(|item| item.casts && item.view == *view) {
                let cut = pipelines.cut_shadow.as_ref().filter(|_| item.is_cut);
                if last != Some(cut.is_some()) {
                    pass.set_pipeline(cut.unwrap_or(&pipelines.shadow));
                    last = Some(cut.is_some());
                }
                if cut.is_some() {
                    self.meshes.dress(&mut pass, item.mesh);
                }
                self.draw(&mut pass, &(item.body..item.body + 1), item.shadow_mesh);
            }
        }
    }

    /// Light on what the geometry pass found, into `view`.
    pub(super) fn light_pass(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        kind: LightKind,
        view: &wgpu::TextureView,
        views: usize,
    ) {
        let (Some(targets), Some(pipelines)) = (self.targets.first(), self.pipelines.light(kind)) else { return };
        let texture = wgpu::BindingResource::TextureView;
        let entries = [
            (0, self.scene.views.buffer.as_entire_binding()),
            (1, texture(&targets.exact_view)),
            (2, texture(&targets.matter_view)),
            (3, texture(&targets.visibility)),
            (4, wgpu::BindingResource::Sampler(&self.nearest)),
            // without lamps nothing reads it: any texture of floats will do
            (5, texture(targets.lamplight.as_ref().unwrap_or(&targets.surroundings))),
            (6, texture(targets.behind.as_ref().filter(|_| kind.glass).unwrap_or(&targets.surroundings))),
            (7, texture(self.domes.first().filter(|_| kind.dome).map_or(&targets.surroundings, |(_, view)| view))),
            (8, wgpu::BindingResource::Sampler(&self.all_round)),
        ];
        let group = self.group(&self.pipelines.light_layout, &entries);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("light"),
            // every pixel is written: either way of drawing it
            color_attachments: &[Some(attachment(view, wgpu::LoadOp::Load))],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &targets.depth,
                depth_ops: None,
                stencil_ops: None,
            }),
            ..Default::default()
        });
        pass.set_bind_group(0, &group, &[]);
        for pipeline in pipelines {
            pass.set_pipeline(pipeline);
            pass.draw(0..4, 0..views as u32);
        }
    }

    pub(super) fn surroundings_pass(&self, encoder: &mut wgpu::CommandEncoder, draws: &Draws, targets: &Targets) {
        let exact = wgpu::BindingResource::TextureView(&targets.exact_view);
        let group = self.group(&self.pipelines.exact_layout, &[(0, exact)]);
        let white = wgpu::LoadOp::Clear(wgpu::Color::WHITE);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("surroundings"),
            color_attachments: &[Some(attachment(&targets.surroundings, white))],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipelines.surroundings);
        pass.set_bind_group(0, &self.scene.group, &[]);
        pass.set_bind_group(1, &group, &[]);
        if !draws.darkens.is_empty() {
            pass.set_vertex_buffer(0, self.scene.which(&draws.darkens));
            pass.draw(0..4, 0..draws.darkens.end - draws.darkens.start);
        }
    }

    /// The last pass: each view where it is shown.
    pub(super) fn show(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        view: &wgpu::TextureView,
        views: usize,
        load: wgpu::LoadOp<wgpu::Color>,
    ) {
        let Some(targets) = self.targets.first() else { return };
        let group = self.show_group(&targets.composed_view);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("show"),
            color_attachments: &[Some(attachment(view, load))],
            ..Default::default()
        });
        // A software driver pays as much for smooth edges of many small tiles as for a third of all the rest.
        let is_sheet = views > 1 && self.gpu.is_software();
        pass.set_pipeline(if is_sheet { &self.pipelines.show_raw } else { &self.pipelines.show });
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..4, 0..views as u32);
    }

    /// What the last pass reads.
    pub(super) fn show_group(&self, picture: &wgpu::TextureView) -> wgpu::BindGroup {
        let entries = [
            (0, self.scene.views.buffer.as_entire_binding()),
            (1, wgpu::BindingResource::TextureView(picture)),
            (2, wgpu::BindingResource::Sampler(&self.sampler)),
        ];
        self.group(&self.pipelines.show_layout, &entries)
    }
}

/// What the light pass has to reckon with.
pub(super) fn light_kind<'a>(views: impl Iterator<Item = &'a Snapshot>) -> LightKind {
    views.fold(LightKind::default(), |kind, now| {
        let air = kind.air || has_weather(&now.weather);
        let coat = air || kind.coat || now.bodies.iter().any(|body| body.material.coat > 0.0);
        let dome = kind.dome || now.dome.is_some();
        let glow = kind.glow || now.bodies.iter().any(|body| body.material.glow > 0.0);
        LightKind { lamps: kind.lamps || !now.lamps.is_empty(), air, coat, dome, glow, ..kind }
    })
}

/// One of the equal parts of `buffer`, which a dynamic offset chooses.
pub(super) fn one_of(buffer: &wgpu::Buffer, size: usize) -> wgpu::BindingResource<'_> {
    let size = wgpu::BufferSize::new(size as u64);
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
}

pub(super) fn attachment(
    view: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPassColorAttachment<'_> {
    let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
    wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops }
}

pub(super) fn depth_attachment(
    view: &wgpu::TextureView,
    clear: f32,
    store: wgpu::StoreOp,
) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    wgpu::RenderPassDepthStencilAttachment {
        view,
        depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store }),
        stencil_ops: None,
    }
}

/// Every pixel of all views is written anew.
pub(super) fn cover(
    encoder: &mut wgpu::CommandEncoder,
    pipeline: &wgpu::RenderPipeline,
    group: &wgpu::BindGroup,
    view: &wgpu::TextureView,
    views: usize,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("cover"),
        color_attachments: &[Some(attachment(view, wgpu::LoadOp::Load))],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, group, &[]);
    pass.draw(0..4, 0..views as u32);
}
