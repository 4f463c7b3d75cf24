//! The scene on the GPU: the numbers of the views and of their bodies, and which bodies each draw takes.

use super::Gpu;
use super::draws::Draws;
use super::layout::{BodyData, FrameData};
use super::pipelines::Pipelines;

/// A buffer that grows with what is written to it.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) buffer: wgpu::Buffer,
    label: &'static str,
}

impl Growing {
    /// Small at first.
    pub(super) fn new(gpu: &Gpu, label: &'static str, usage: wgpu::BufferUsages) -> Self {
        Self { buffer: Self::make(gpu, label, usage | wgpu::BufferUsages::COPY_DST, 1 << 12), label }
    }

    fn make(gpu: &Gpu, label: &str, usage: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
        let described = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        gpu.device.create_buffer(&described)
    }

    /// Writes `bytes` from its start; true where it is another buffer afterwards.
    pub(super) fn bring(&mut self, gpu: &Gpu, bytes: &[u8]) -> bool {
        let needed = bytes.len() as u64;
        let grows = needed > self.buffer.size();
        if grows {
            self.buffer = Self::make(gpu, self.label, self.buffer.usage(), needed.next_power_of_two());
        }
        gpu.queue.write_buffer(&self.buffer, 0, bytes);
        grows
    }
}

/// What every pass over bodies reads.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) views: Growing,
    bodies: Growing,
    /// Numbers of bodies, an instance each.
    which: Growing,
    pub(super) group: wgpu::BindGroup,
}

impl Scene {
    pub(super) fn new(gpu: &Gpu, pipelines: &Pipelines) -> Self {
        let views = Growing::new(gpu, "views", wgpu::BufferUsages::STORAGE);
        let bodies = Growing::new(gpu, "bodies", wgpu::BufferUsages::STORAGE);
        let group = group(gpu, pipelines, &views, &bodies);
        Self { views, bodies, which: Growing::new(gpu, "which bodies", wgpu::BufferUsages::VERTEX), group }
    }

    /// Uploads everything.
    pub(super) fn bring(
        &mut self,
        gpu: &Gpu,
        pipelines: &Pipelines,
        (views, bodies): (&[FrameData], &[BodyData]),
        draws: &Draws,
    ) {
        let others =
            [self.views.bring(gpu, bytemuck::cast_slice(views)), self.bodies.bring(gpu, bytemuck::cast_slice(bodies))];
        self.which.bring(gpu, bytemuck::cast_slice(&draws.which));
        if others.contains(&true) {
            self.group = group(gpu, pipelines, &self.views, &self.bodies);
        }
    }

    /// The part of the numbers of bodies that a draw takes.
    pub(super) fn which(&self, part: &std::ops::Range<u32>) -> wgpu::BufferSlice<'_> {
        let step = size_of::<u32>() as u64;
        self.which.buffer.slice(step * u64::from(part.start)..step * u64::from(part.end))
    }
}

fn group(gpu: &Gpu, pipelines: &Pipelines, views: &Growing, bodies: &Growing) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("scene"),
        layout: &pipelines.body_layout,
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: views.buffer.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: bodies.buffer.as_entire_binding() },
        ],
    })
}
