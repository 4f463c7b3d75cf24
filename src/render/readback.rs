//! From the one staging buffer of a frame to its channels.

use super::Frame;
use super::smooth::Drawn;
use crate::base::{Linear, Rgb};

/// What is wanted of a picture beyond its [`Frame`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The picture in linear light.
    pub linear: bool,
    /// The colour of the matter itself.
    pub albedo: bool,
}

/// What was wanted beyond the frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra {
    /// Radiance before exposure and tone curve; see [`Linear`].
    pub linear: Option<Linear>,
    /// The colour of the matter, linear, as square roots in 255 steps: `(value / 255)²`; black where only sky is seen.
    pub albedo: Option<Rgb>,
}

/// Where the textures of a frame lie in the one staging buffer; rows start at multiples of 256 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadLayout {
    pub(super) exact_row: u32,
    pub(super) colour_row: u32,
    pub(super) linear_row: u32,
    pub(super) colour_start: u64,
    pub(super) linear_start: Option<u64>,
    pub(super) matter_start: Option<u64>,
    pub(super) total: u64,
}

impl ReadLayout {
    pub(super) fn new(width: u32, height: u32, wanted: Wanted) -> Self {
        let align = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;
        let row = |bytes: u32| width.saturating_mul(bytes).next_multiple_of(align);
        let (exact_row, colour_row, linear_row) = (row(16), row(4), row(8));
        let mut total = u64::from(exact_row) * u64::from(height);
        let mut place = |row: u32| {
            let start = total;
            total += u64::from(row) * u64::from(height);
            start
        };
        let colour_start = place(colour_row);
        let linear_start = wanted.linear.then(|| place(linear_row));
        let matter_start = wanted.albedo.then(|| place(exact_row));
        Self { exact_row, colour_row, linear_row, colour_start, linear_start, matter_start, total }
    }
}

/// What else was wanted, from the staging bytes.
pub(super) fn unpack_extra(bytes: &[u8], [width, height]: [u32; 2], read: ReadLayout) -> Extra {
    let columns = width as usize;
    let from = |start: u64| bytes.get(start as usize..).unwrap_or_default();
    let linear = read.linear_start.map(|start| {
        let rows = from(start).chunks_exact(read.linear_row as usize).take(height as usize);
        let texels = rows.flat_map(|row| row.as_chunks::<8>().0.iter().take(columns));
        let half = |low: u8, high: u8| half_float(u32::from(u16::from_le_bytes([low, high])));
        let pixels = texels.map(|[r0, r1, g0, g1, b0, b1, ..]| [half(*r0, *r1), half(*g0, *g1), half(*b0, *b1)]);
        Linear { width, height, pixels: pixels.collect() }
    });
    let albedo = read.matter_start.and_then(|start| {
        let rows = from(start).chunks_exact(read.exact_row as usize).take(height as usize);
        let texels = rows.flat_map(|row| row.as_chunks::<16>().0.iter().take(columns));
        Rgb::from_bytes(width, height, texels.flat_map(|texel| [texel[0], texel[1], texel[2]]).collect())
    });
    Extra { linear, albedo }
}

/// From the staging bytes to the channels of `frame`, which becomes as large as they are.
pub(super) fn unpack(bytes: &[u8], [width, height]: [u32; 2], read: ReadLayout, frame: &mut Frame) {
    frame.resize(width, height);
    let columns = width as usize;
    let (exact, colour) = bytes.split_at((read.colour_start as usize).min(bytes.len()));
    let Frame { depth_m, instance, normal, flow_px, .. } = frame;
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
    let drawn = Drawn { bytes: colour, row_bytes: read.colour_row as usize, width: columns, height: height as usize };
    drawn.smooth_into(&mut frame.colour.bytes);
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
