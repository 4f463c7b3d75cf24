//! From the one staging buffer of a frame to its channels.

use super::Frame;
use crate::base::Rgb;

/// Where the two textures of a frame lie in the one staging buffer; rows start at multiples of 256 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadLayout {
    pub(super) exact_row: u32,
    pub(super) colour_row: u32,
    pub(super) colour_start: u64,
    pub(super) total: u64,
}

impl ReadLayout {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let align = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;
        let exact_row = width.saturating_mul(16).next_multiple_of(align);
        let colour_row = width.saturating_mul(4).next_multiple_of(align);
        let colour_start = u64::from(exact_row) * u64::from(height);
        Self { exact_row, colour_row, colour_start, total: colour_start + u64::from(colour_row) * u64::from(height) }
    }
}

/// From the staging bytes to the channels.
pub(super) fn unpack(bytes: &[u8], width: u32, height: u32, read: ReadLayout) -> Frame {
    let columns = width as usize;
    let count = columns * height as usize;
    let (exact, colour) = bytes.split_at((read.colour_start as usize).min(bytes.len()));
    let mut depth_m = vec![0.0; count];
    let mut instance = vec![0; count];
    let mut normal = vec![[0; 3]; count];
    let mut flow_px = vec![[0.0; 2]; count];
    // whole rows at a time: no check and no growth for each pixel
    let rows = exact.chunks_exact(read.exact_row as usize);
    let channels = depth_m.chunks_exact_mut(columns).zip(instance.chunks_exact_mut(columns));
    let channels = channels.zip(normal.chunks_exact_mut(columns)).zip(flow_px.chunks_exact_mut(columns));
    for (row, (((depths, ids), normals), flows)) in rows.zip(channels) {
        let texels = row.as_chunks::<16>().0.iter();
        for ((((texel, depth), id), normal), flow) in texels.zip(depths).zip(ids).zip(normals).zip(flows) {
            let [depth_bits, id_bits, normal_bits, flow_bits]: [u32; 4] = bytemuck::cast(*texel);
            *depth = f32::from_bits(depth_bits);
            *id = (id_bits & 0xffff) as u16;
            let [x, y, z, _] = normal_bits.to_le_bytes();
            *normal = [x.cast_signed(), y.cast_signed(), z.cast_signed()];
            *flow = [half_float(flow_bits & 0xffff), half_float(flow_bits >> 16)];
        }
    }
    let mut pixels = vec![0; count * 3];
    let rows = colour.chunks_exact(read.colour_row as usize);
    for (row, out) in rows.zip(pixels.chunks_exact_mut(columns * 3)) {
        for ([red, green, blue, _], pixel) in row.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<3>().0) {
            *pixel = [*red, *green, *blue];
        }
    }
    Frame { width, height, colour: Rgb { width, height, bytes: pixels }, depth_m, instance, normal, flow_px }
}

/// An IEEE half float; the shader writes no infinities.
fn half_float(bits: u32) -> f32 {
    let sign = (bits & 0x8000) << 16;
    let magnitude = (bits & 0x7fff) << 13;
    // the exponent's bias differs by 112; the product also sets subnormals right
    let scaled = f32::from_bits(magnitude) * f32::from_bits((254 - 15) << 23);
    f32::from_bits(scaled.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_exact() {
        for (bits, value) in
            [(0, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (1, 5.960_464_5e-8), (0x7bff, 65_504.0)]
        {
            assert_eq!(half_float(bits), value, "{bits:#x}");
        }
    }
}
