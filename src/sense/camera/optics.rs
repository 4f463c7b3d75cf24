//! What glass does to light: softness, defocus, colour fringes, scattered light, falling off towards the corners.
//!
//! All on linear light. Softness and scatter keep the picture's energy: their kernels are even, add up to 1, and are mirrored at
//! the rim, so that what would leave the picture comes back as from a scene that goes on alike. Scattered light falls off with the
//! square of the angle, as glare does (Vos, "On the cause of disability glare", Clinical and Experimental Optometry 86 (2003)
//! 363–370), made of five Gaussians an octave apart of equal energy. Ghosts and diffraction stars are deliberately left out.

use rayon::prelude::*;

use super::view::bilinear;
use crate::base::Linear;
use crate::world::sensor_model::{Focus, Optics};

/// Gaussians that the scattered light is made of, an octave apart.
const OCTAVES: u32 = 5;
/// Standard deviation up to which a Gaussian is summed tap by tap; above, three boxes do.
const TAPS_TO: f64 = 2.0;
/// Largest radius of a circle of confusion in pixels; beyond, pictures are as blurred as there.
pub const MOST_BLUR_PX: f64 = 32.0;
/// What is nearer by this factor lies in front: its blur covers what is behind, and not the other way round.
const NEARER: f32 = 0.95;
/// Side of the tiles in which the largest circle is looked up.
const TILE_PX: usize = 16;

/// Multiplies each pixel by what the lens lets through: a share of the fourth power of the cosine of its ray, and a polynomial of
/// the distance from the principal point over half the diagonal.
pub fn vignette<'a>(
    picture: &mut Linear,
    optics: &Optics<f64>,
    cosines: impl FnOnce() -> &'a [f32],
    centre_px: [f64; 2],
) {
    let Optics { cos4, vignette_k2, vignette_k4, vignette_k6, .. } = *optics;
    if [cos4, vignette_k2, vignette_k4, vignette_k6] == [0.0; 4] {
        return;
    }
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let half_square = 0.25 * (width * width + height * height);
    let columns = picture.width.max(1) as usize;
    picture.pixels.par_iter_mut().zip(cosines()).enumerate().for_each(|(at, (pixel, cosine))| {
        let (x, y) = ((at % columns) as f64 + 0.5 - centre_px[0], (at / columns) as f64 + 0.5 - centre_px[1]);
        let u = (x * x + y * y) / half_square;
        let square = f64::from(*cosine) * f64::from(*cosine);
        let fall = 1.0 - cos4 + cos4 * square * square;
        let polynomial = 1.0 + u * (vignette_k2 + u * (vignette_k4 + u * vignette_k6));
        let share = (fall * polynomial).max(0.0) as f32;
        *pixel = pixel.map(|channel| channel * share);
    });
}

/// Makes the red and the blue picture larger by their factors about the principal point.
pub fn fringe(picture: &mut Linear, optics: &Optics<f64>, centre_px: [f64; 2]) {
    let columns = picture.width.max(1) as usize;
    for (channel, by) in [(0, optics.red_scale), (2, optics.blue_scale)] {
        if by == 1.0 {
            continue;
        }
        let source = picture.clone();
        picture.pixels.par_iter_mut().enumerate().for_each(|(at, pixel)| {
            let from = |place: usize, centre: f64| (centre + (place as f64 + 0.5 - centre) / by) as f32;
            let place = [from(at % columns, centre_px[0]), from(at / columns, centre_px[1])];
            pixel[channel] = bilinear(&source, place)[channel];
        });
    }
}

/// Spreads the scattered share of the light over angles of about `width_px`; see the module's words.
pub fn glare(picture: &mut Linear, share: f64, width_px: f64) {
    if share <= 0.0 {
        return;
    }
    let mut sum = vec![[0.0_f32; 3]; picture.pixels.len()];
    for octave in 0..OCTAVES {
        let mut spread = picture.clone();
        blur(&mut spread, width_px * libm::exp2(f64::from(octave)) / 4.0);
        sum.iter_mut().flatten().zip(spread.pixels.iter().flatten()).for_each(|(sum, channel)| *sum += channel);
    }
    let (kept, scattered) = ((1.0 - share) as f32, (share / f64::from(OCTAVES)) as f32);
    let channels = picture.pixels.iter_mut().flatten().zip(sum.iter().flatten());
    channels.for_each(|(channel, sum)| *channel = *channel * kept + sum * scattered);
}

/// A Gaussian of standard deviation `sigma_px`.
pub fn blur(picture: &mut Linear, sigma_px: f64) {
    if sigma_px.is_nan() || sigma_px <= 0.0 {
        return;
    }
    let passes = if sigma_px <= TAPS_TO { vec![gaussian(sigma_px)] } else { vec![Kernel::boxed(sigma_px); 3] };
    let over = |line: &mut [[f32; 3]]| passes.iter().for_each(|kernel| kernel.over(line));
    picture.pixels.par_chunks_mut(picture.width.max(1) as usize).for_each(over);
    let mut turned = transposed(&picture.pixels, picture.width as usize);
    turned.par_chunks_mut(picture.height.max(1) as usize).for_each(over);
    picture.pixels = transposed(&turned, picture.height as usize);
}

fn transposed(pixels: &[[f32; 3]], width: usize) -> Vec<[f32; 3]> {
    let rows: Vec<&[[f32; 3]]> = pixels.chunks(width.max(1)).collect();
    let mut turned = vec![[0.0; 3]; pixels.len()];
    turned.par_chunks_mut(rows.len().max(1)).enumerate().for_each(|(x, column)| {
        for (to, row) in column.iter_mut().zip(&rows) {
            *to = row.get(x).copied().unwrap_or_default();
        }
    });
    turned
}

/// An even kernel that adds up to 1.
#[derive(Clone, Debug)]
enum Kernel {
    /// The middle tap and those on either side.
    Taps(Vec<f64>),
    /// A box of this many taps on either side of the middle, and a share of the next ones.
    Box { side: usize, ends: f64 },
}

fn gaussian(sigma: f64) -> Kernel {
    let reach = libm::ceil(4.0 * sigma) as u32;
    let taps: Vec<f64> = (0..=reach).map(|at| libm::exp(-0.5 * f64::from(at * at) / (sigma * sigma))).collect();
    let sum = 2.0 * taps.iter().sum::<f64>() - 1.0;
    Kernel::Taps(taps.into_iter().map(|tap| tap / sum).collect())
}

impl Kernel {
    /// A third of a Gaussian: Gwosdek, Grewenig, Bruhn and Weickert, "Theoretical foundations of Gaussian convolution by extended
    /// box filtering", SSVM 2011, equations 5 to 9 with d = 3.
    fn boxed(sigma: f64) -> Self {
        let part = sigma * sigma / 3.0;
        let side = libm::floor(0.5 * libm::sqrt(12.0 * part + 1.0) - 0.5);
        let ends =
            (2.0 * side + 1.0) * (side * (side + 1.0) - 3.0 * part) / (6.0 * (part - (side + 1.0) * (side + 1.0)));
        Self::Box { side: side as usize, ends }
    }

    fn over(&self, line: &mut [[f32; 3]]) {
        let old: Vec<[f64; 3]> = line.iter().map(|pixel| pixel.map(f64::from)).collect();
        match self {
            Self::Taps(taps) => taps_over(taps, &old, line),
            Self::Box { side, ends } => box_over(*side, *ends, &old, line),
        }
    }
}

/// Place `at` of a line that is mirrored at both ends, again and again.
fn mirrored(at: isize, count: usize) -> usize {
    // Nearly all places are inside, and a division takes longer than the rest.
    if at >= 0 && (at as usize) < count {
        return at as usize;
    }
    let at = at.rem_euclid(2 * count.max(1) as isize) as usize;
    if at < count { at } else { 2 * count - 1 - at }
}

fn taps_over(taps: &[f64], old: &[[f64; 3]], line: &mut [[f32; 3]]) {
    for (at, pixel) in line.iter_mut().enumerate() {
        let mut sum = [0.0; 3];
        for (away, tap) in taps.iter().enumerate() {
            let (at, away) = (at as isize, away as isize);
            let sides = if away == 0 { [Some(at), None] } else { [Some(at - away), Some(at + away)] };
            for place in sides.into_iter().flatten() {
                let there = old.get(mirrored(place, old.len())).copied().unwrap_or_default();
                sum = [0, 1, 2].map(|c: usize| sum[c] + tap * there[c]);
            }
        }
        *pixel = sum.map(|channel| channel as f32);
    }
}

fn box_over(side: usize, ends: f64, old: &[[f64; 3]], line: &mut [[f32; 3]]) {
    let there = |at: isize| old.get(mirrored(at, old.len())).copied().unwrap_or_default();
    let add = |a: [f64; 3], b: [f64; 3], by: f64| [0, 1, 2].map(|c: usize| a[c] + by * b[c]);
    let side = side as isize;
    let mut sum = (-side..=side).fold([0.0; 3], |sum, at| add(sum, there(at), 1.0));
    let whole = 2.0 * side as f64 + 1.0 + 2.0 * ends;
    for (at, pixel) in line.iter_mut().enumerate() {
        let at = at as isize;
        let (before, after) = (there(at - side - 1), there(at + side + 1));
        *pixel = add(add(sum, before, ends), after, ends).map(|channel| (channel / whole) as f32);
        sum = add(add(sum, after, 1.0), there(at - side), -1.0);
    }
}

/// The radius in pixels of the circle that a point at `depth_m` makes (0 is infinitely far), from a thin lens of this focal length
/// and f-number whose focal length is `focal_px` pixels: A f |z − s| / (z (s − f)) across on the chip, where A = f / N.
pub fn circle_px(focus: &Focus<f64>, f_number: f64, focal_px: f64, depth_m: f64) -> f64 {
    let focal_m = focus.focal_mm / 1000.0;
    let (aperture_m, behind_m) = (focal_m / f_number, (focus.at_m - focal_m).max(1e-6));
    let off = if depth_m > 0.0 { (depth_m - focus.at_m).abs() / depth_m } else { 1.0 };
    (0.5 * aperture_m * focal_px * off / behind_m).min(MOST_BLUR_PX)
}

/// Blurs what is out of focus by its depth along the axis (0 is infinitely far). Each pixel spreads over its circle; what is in
/// front covers what is behind, and what is behind never spreads over what is sharp in front of it.
pub fn defocus(picture: &mut Linear, depth_m: &[f32], focus: &Focus<f64>, f_number: f64, focal_px: f64) {
    let radii: Vec<f32> =
        depth_m.iter().map(|depth| circle_px(focus, f_number, focal_px, f64::from(*depth)) as f32).collect();
    let source = picture.clone();
    let width = picture.width.max(1) as usize;
    let gather = Gather { source: &source, depth_m, radii: &radii, tiles: Tiles::of(&radii, width), width };
    picture.pixels.par_iter_mut().enumerate().for_each(|(at, pixel)| {
        if let Some(light) = gather.at(at) {
            *pixel = light;
        }
    });
}

/// The largest circle in each tile.
struct Tiles {
    across: usize,
    largest: Vec<f32>,
}

impl Tiles {
    fn of(radii: &[f32], width: usize) -> Self {
        let across = width.div_ceil(TILE_PX);
        let mut largest = vec![0.0_f32; across * radii.len().div_ceil(width).div_ceil(TILE_PX)];
        for (at, radius) in radii.iter().enumerate() {
            let tile = (at / width / TILE_PX) * across + (at % width) / TILE_PX;
            if let Some(most) = largest.get_mut(tile) {
                *most = most.max(*radius);
            }
        }
        Self { across, largest }
    }

    /// The largest circle that may reach a pixel.
    fn near(&self, column: usize, row: usize) -> f32 {
        let reach = (MOST_BLUR_PX as usize).div_ceil(TILE_PX);
        let (x, y) = (column / TILE_PX, row / TILE_PX);
        let rows = y.saturating_sub(reach)..=y + reach;
        let tile = |row: usize, x: usize| self.largest.get(row * self.across + x).copied().unwrap_or(0.0);
        let columns = x.saturating_sub(reach)..=(x + reach).min(self.across - 1);
        rows.flat_map(|row| columns.clone().map(move |x| (row, x))).map(|(row, x)| tile(row, x)).fold(0.0, f32::max)
    }
}

struct Gather<'a> {
    source: &'a Linear,
    depth_m: &'a [f32],
    radii: &'a [f32],
    tiles: Tiles,
    width: usize,
}

impl Gather<'_> {
    /// Depth, with the sky behind everything.
    fn depth(&self, at: usize) -> f32 {
        self.depth_m.get(at).copied().filter(|depth| *depth > 0.0).unwrap_or(f32::INFINITY)
    }

    /// The light at a pixel; `None` where nothing spreads to it.
    fn at(&self, at: usize) -> Option<[f32; 3]> {
        let (column, row) = (at % self.width, at / self.width);
        let reach = self.tiles.near(column, row);
        if reach <= 0.5 {
            return None;
        }
        let (own_depth, own_radius) = (self.depth(at), self.radii.get(at).copied().unwrap_or(0.0));
        let steps = reach.ceil() as usize;
        let rows = row.saturating_sub(steps)..=(row + steps).min(self.source.height as usize - 1);
        let columns = column.saturating_sub(steps)..=(column + steps).min(self.width - 1);
        let (mut front, mut covered, mut behind, mut weights) = ([0.0_f32; 3], 0.0_f32, [0.0_f32; 3], 0.0_f32);
        for (y, x) in rows.flat_map(|y| columns.clone().map(move |x| (y, x))) {
            let there = y * self.width + x;
            let (Some(light), Some(radius)) = (self.source.pixels.get(there), self.radii.get(there)) else { continue };
            let is_front = self.depth(there) < own_depth * NEARER;
            let radius = if is_front { *radius } else { radius.min(own_radius) };
            let (dx, dy) = (x as f32 - column as f32, y as f32 - row as f32);
            let cover = (radius + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
            if cover == 0.0 {
                continue;
            }
            let weight = cover / (core::f32::consts::PI * radius * radius).max(1.0);
            let (sum, total) = if is_front { (&mut front, &mut covered) } else { (&mut behind, &mut weights) };
            *total += weight;
            sum.iter_mut().zip(light).for_each(|(sum, channel)| *sum += weight * channel);
        }
        let over = covered.max(1.0);
        let left = (1.0 - covered).max(0.0) / weights.max(1e-12);
        Some([0, 1, 2].map(|c: usize| front[c] / over + left * behind[c]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dark(width: u32, height: u32) -> Linear {
        Linear { width, height, pixels: vec![[0.0; 3]; (width * height) as usize] }
    }

    fn light(picture: &Linear) -> f64 {
        picture.pixels.iter().map(|pixel| f64::from(pixel[1])).sum()
    }

    fn star(x: u32, y: u32, level: f32) -> Linear {
        let mut picture = dark(97, 61);
        picture.pixels[(y * 97 + x) as usize] = [level; 3];
        picture
    }

    #[test]
    fn scatter_and_softness_keep_energy_and_even_light() {
        for (x, y) in [(48, 30), (0, 0), (96, 33)] {
            for width in [0.4, 3.0, 12.0] {
                let mut picture = star(x, y, 1000.0);
                glare(&mut picture, 0.2, width);
                assert!((light(&picture) / 1000.0 - 1.0).abs() < 1e-5, "{width} px at {x}: {}", light(&picture));
                let mut picture = star(x, y, 1000.0);
                blur(&mut picture, width);
                assert!((light(&picture) / 1000.0 - 1.0).abs() < 1e-5, "{width} px at {x}: {}", light(&picture));
            }
        }
        let mut even = Linear { pixels: vec![[0.7; 3]; 97 * 61], ..dark(97, 61) };
        glare(&mut even, 0.5, 9.0);
        assert!(even.pixels.iter().flatten().all(|channel| (channel - 0.7).abs() < 1e-5));
    }

    #[test]
    fn a_blur_is_as_wide_as_it_is_told_and_scatter_falls_with_the_square() {
        for sigma in [0.8, 1.9, 2.1, 5.0] {
            let mut picture = star(48, 30, 1.0);
            blur(&mut picture, sigma);
            let row = |x: usize| (0..61).map(|y| f64::from(picture.pixels[y * 97 + x][1])).sum::<f64>();
            let variance: f64 = (0..97).map(|x| (x as f64 - 48.0) * (x as f64 - 48.0) * row(x)).sum();
            assert!((libm::sqrt(variance) / sigma - 1.0).abs() < 0.01, "{sigma} px: {}", libm::sqrt(variance));
        }
        let mut wide = Linear { width: 401, height: 401, pixels: vec![[0.0; 3]; 401 * 401] };
        wide.pixels[200 * 401 + 200] = [1.0; 3];
        glare(&mut wide, 0.3, 8.0);
        let at = |away: usize| f64::from(wide.pixels[200 * 401 + 200 + away][1]);
        for away in [4, 8, 16] {
            let slope = libm::log2(at(2 * away) / at(away));
            assert!((-2.6..-1.4).contains(&slope), "from {away} px to twice that, by 2^{slope}");
        }
    }

    #[test]
    fn corners_are_as_dark_as_the_laws_say() {
        let mut picture = Linear { pixels: vec![[2.0; 3]; 97 * 61], ..dark(97, 61) };
        let optics = Optics { cos4: 1.0, vignette_k2: -0.25, ..Optics::<f64>::default() };
        let cosines = vec![0.9_f32; 97 * 61];
        vignette(&mut picture, &optics, || &cosines, [48.5, 30.5]);
        let fourth = libm::pow(f64::from(0.9_f32), 4.0);
        let [middle, corner] = [30 * 97 + 48, 0].map(|at| f64::from(picture.pixels[at][0]));
        assert!((middle - 2.0 * fourth).abs() < 1e-6, "{middle}");
        let u = (48.0 * 48.0 + 30.0 * 30.0) / (0.25 * (97.0 * 97.0 + 61.0 * 61.0));
        assert!((corner - 2.0 * fourth * (1.0 - 0.25 * u)).abs() < 1e-6, "{corner}");
    }

    #[test]
    fn red_lies_where_its_scale_puts_it() {
        let mut picture = star(80, 30, 1.0);
        fringe(&mut picture, &Optics { red_scale: 1.05, ..Optics::<f64>::default() }, [48.5, 30.5]);
        let row = &picture.pixels[30 * 97..31 * 97];
        let place = |channel: usize| {
            let sum: f64 = row.iter().map(|pixel| f64::from(pixel[channel])).sum();
            row.iter().enumerate().map(|(x, pixel)| (x as f64 + 0.5) * f64::from(pixel[channel])).sum::<f64>() / sum
        };
        assert_eq!(place(1), 80.5, "green stays");
        assert!((place(0) - (48.5 + 32.0 * 1.05)).abs() < 0.1, "{}", place(0));
    }

    #[test]
    fn circles_are_those_of_a_thin_lens() {
        // 50 mm at f/2 focused at 2 m: a point at 4 m makes 0.05 · 0.025 · 2 / (4 · 1.95) = 0.3205 mm across.
        let focus = Focus { at_m: 2.0, focal_mm: 50.0 };
        let pitch_m = 1e-5;
        let got = circle_px(&focus, 2.0, 0.05 / pitch_m, 4.0);
        assert!((2.0 * got * pitch_m - 3.205_128e-4).abs() < 1e-9, "{got}");
        assert_eq!(circle_px(&focus, 2.0, 5000.0, 2.0), 0.0);
        assert!(circle_px(&focus, 2.0, 500.0, 0.0) > circle_px(&focus, 2.0, 500.0, 100.0), "the sky is farthest");
        assert!((circle_px(&focus, 4.0, 5000.0, 4.0) * 2.0 - got).abs() < 1e-12, "half the aperture, half the circle");
    }

    #[test]
    fn blurred_light_is_kept_and_does_not_run_over_what_is_sharp_in_front() {
        let focus = Focus { at_m: 1.0, focal_mm: 50.0 };
        let mut picture = star(48, 30, 100.0);
        defocus(&mut picture, &vec![4.0; 97 * 61], &focus, 4.0, 800.0);
        let radius = circle_px(&focus, 4.0, 800.0, 4.0);
        assert!(radius > 3.0 && picture.pixels[30 * 97 + 48][0] < 10.0, "spread over {radius} px");
        assert!((light(&picture) / 100.0 - 1.0).abs() < 1e-4, "{}", light(&picture));
        // A sharp, dark thing at 1 m before bright, blurred ground: it stays dark, and the ground stays bright.
        let depth: Vec<f32> = (0..97 * 61).map(|at| if at % 97 < 40 { 1.0 } else { 4.0 }).collect();
        let pixels = (0..97 * 61).map(|at| [if at % 97 < 40 { 0.0 } else { 1.0 }; 3]).collect();
        let mut picture = Linear { pixels, ..dark(97, 61) };
        defocus(&mut picture, &depth, &focus, 4.0, 800.0);
        let row = &picture.pixels[30 * 97..31 * 97];
        assert!(row[..40].iter().all(|pixel| pixel[0] == 0.0), "{:?}", &row[36..40]);
        assert!(row[41..].iter().all(|pixel| (pixel[0] - 1.0).abs() < 1e-5), "{:?}", &row[40..44]);
        // A blurred edge in front of sharp ground is half way over it at the edge.
        let depth: Vec<f32> = (0..97 * 61).map(|at| if at % 97 < 40 { 0.5 } else { 1.0 }).collect();
        let pixels = (0..97 * 61).map(|at| [if at % 97 < 40 { 1.0 } else { 0.0 }; 3]).collect();
        let mut picture = Linear { pixels, ..dark(97, 61) };
        defocus(&mut picture, &depth, &focus, 4.0, 800.0);
        let edge = picture.pixels[30 * 97 + 40][0];
        assert!((0.3..0.6).contains(&edge), "{edge}");
        assert!(picture.pixels[30 * 97 + 75][0] == 0.0);
    }
}
