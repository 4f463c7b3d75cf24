//! Panoramas on the GPU: the sharp picture and its blurred copies as the levels of one texture.

use super::Gpu;
use crate::world::snapshot::{Panorama, Snapshot};

/// How a panorama goes on: round in breadth, with its last rows at the poles.
pub(super) fn sampler(gpu: &Gpu) -> wgpu::Sampler {
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("all round"),
        address_mode_u: wgpu::AddressMode::Repeat,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        ..Default::default()
    })
}

/// Whether what is all round may be drawn at once.
pub(super) fn is_same(one: &Snapshot, other: &Snapshot) -> bool {
    match (&one.dome, &other.dome) {
        (Some(one), Some(other)) => std::sync::Arc::ptr_eq(&one.panorama, &other.panorama),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The whole of it.
pub(super) fn upload(gpu: &Gpu, panorama: &Panorama) -> wgpu::TextureView {
    let levels = panorama.levels();
    let [width, height] = levels.first().map_or([1; 2], |level| level.size_px);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("panorama"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: levels.len().max(1) as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba16Float,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (at, level) in levels.iter().enumerate() {
        let [width, height] = level.size_px;
        let bytes: Vec<u8> = level.texels.iter().flatten().flat_map(|part| part.to_le_bytes()).collect();
        gpu.queue.write_texture(
            wgpu::TexelCopyTextureInfo { mip_level: at as u32, ..texture.as_image_copy() },
            &bytes,
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(8 * width), rows_per_image: None },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
