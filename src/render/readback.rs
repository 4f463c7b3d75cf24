//! From the one staging buffer of a frame to its channels.

use wide::{f32x4, u32x4};

use super::Frame;
use super::smooth::{Drawn, packed};
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
        let pixels = texels.map(|texel| {
            let [red, green, blue, alpha]: [u16; 4] = bytemuck::cast(*texel);
            let halves = u32x4::new([red.into(), green.into(), blue.into(), alpha.into()]);
            let [red, green, blue, _]: [f32; 4] = bytemuck::cast(half_floats(halves));
            [red, green, blue]
        });
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
        unpack_row(row.as_chunks().0, depths, ids, normals, flows);
    }
    let drawn = Drawn { bytes: colour, row_bytes: read.colour_row as usize, width: columns, height: height as usize };
    drawn.smooth_into(&mut frame.colour.bytes);
}

/// One row of exact texels, four at a time; the last ones as a four of their own.
fn unpack_row(
    texels: &[[u8; 16]],
    depths: &mut [f32],
    ids: &mut [u16],
    normals: &mut [[i8; 3]],
    flows: &mut [[f32; 2]],
) {
    let (depths, last_depths) = depths.as_chunks_mut::<4>();
    let (ids, last_ids) = ids.as_chunks_mut::<4>();
    let (normals, last_normals) = normals.as_chunks_mut::<4>();
    let (flows, last_flows) = flows.as_chunks_mut::<4>();
    let (fours, last) = texels.split_at(4 * depths.len());
    let out = depths.iter_mut().zip(ids).zip(normals.iter_mut().zip(flows));
    for (four, ((depths, ids), (normals, flows))) in fours.as_chunks::<4>().0.iter().zip(out) {
        let four = Four::of(four);
        (*depths, *ids, *normals, *flows) = (four.depths, four.ids, four.normals, four.flows);
    }
    let rest = last_depths.len();
    let mut four = [[0; 16]; 4];
    four[..rest].copy_from_slice(&last[..rest]);
    let four = Four::of(&four);
    last_depths.copy_from_slice(&four.depths[..rest]);
    last_ids.copy_from_slice(&four.ids[..rest]);
    last_normals.copy_from_slice(&four.normals[..rest]);
    last_flows.copy_from_slice(&four.flows[..rest]);
}

/// The channels of four pixels.
struct Four {
    depths: [f32; 4],
    ids: [u16; 4],
    normals: [[i8; 3]; 4],
    flows: [[f32; 2]; 4],
}

impl Four {
    fn of(texels: &[[u8; 16]; 4]) -> Self {
        let [depths, ids, normals, flows] = u32x4::transpose(bytemuck::cast(*texels));
        let [a, b, c, d] = ids.to_array();
        let (across, down) = (half_floats(flows & u32x4::splat(0xffff)), half_floats(flows >> 16_u32));
        Self {
            depths: bytemuck::cast(depths),
            ids: [a as u16, b as u16, c as u16, d as u16],
            normals: bytemuck::cast(packed(normals.to_array())),
            flows: bytemuck::cast([across.unpack_lo(down), across.unpack_hi(down)]),
        }
    }
}

/// IEEE half floats as bits of floats; the shader writes no infinities.
fn half_floats(bits: u32x4) -> u32x4 {
    let sign = (bits & u32x4::splat(0x8000)) << 16_u32;
    let magnitude: f32x4 = bytemuck::cast((bits & u32x4::splat(0x7fff)) << 13_u32);
    // the exponent's bias differs by 112; the product also sets subnormals right
    let scaled: u32x4 = bytemuck::cast(magnitude * f32x4::splat(f32::from_bits((254 - 15) << 23)));
    scaled | sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_exact() {
        for (bits, value) in
            [(0, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (1, 5.960_464_5e-8), (0x7bff, 65_504.0)]
        {
            let floats: [f32; 4] = bytemuck::cast(half_floats(u32x4::new([0x3c00, bits, 0, 0x3c00])));
            assert_eq!(floats, [1.0, value, 0.0, 1.0], "{bits:#x}");
        }
    }

    #[test]
    fn rows_of_any_width_are_unpacked_texel_by_texel() {
        let texel = |x: u32| -> [u8; 16] {
            let depth_m = 0.5 + x as f32;
            bytemuck::cast([depth_m.to_bits(), 0xabcd_0000 + 7 * x, 0x7f80_0000 + x + 0x200 * x, 0xc000_3c00 + x])
        };
        for width in 0..=13 {
            let texels: Vec<_> = (0..width).map(texel).collect();
            let count = width as usize;
            let (mut depths, mut ids, mut normals, mut flows) =
                (vec![0.0; count], vec![0; count], vec![[0; 3]; count], vec![[0.0; 2]; count]);
            unpack_row(&texels, &mut depths, &mut ids, &mut normals, &mut flows);
            for x in 0..count {
                assert_eq!(depths[x], 0.5 + x as f32, "{width}");
                assert_eq!(ids[x], 7 * x as u16, "{width}");
                assert_eq!(normals[x], [x as i8, 2 * x as i8, -128], "{width}");
                assert_eq!(flows[x], [1.0 + x as f32 / 1024.0, -2.0], "{width}");
            }
        }
    }
}
