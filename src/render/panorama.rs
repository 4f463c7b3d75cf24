//! Panoramas on the GPU: the sharp picture and its blurred copies as the levels of one texture.

use super::{Gpu, pictures};
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
    let size = levels.first().map_or([1; 2], |level| level.size_px);
    let bytes: Vec<&[u8]> = levels.iter().map(|level| bytemuck::cast_slice(&level.texels)).collect();
    pictures::upload(gpu, size, (wgpu::TextureFormat::Rgba16Float, &bytes))
}
