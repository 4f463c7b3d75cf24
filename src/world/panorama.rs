//! Panoramas of users' own: what surrounds a scene from all sides, as light, as mirror image and as background.
//!
//! A picture of all directions (equirectangular: its middle is ahead, its left edge behind, its top straight up) becomes
//! copies that are ever more blurred: as a surface mirrors it that is ever rougher, up to chalk. The blur of roughness r is GGX
//! with alpha r², seen along the normal (Karis 2013), summed over directions that are as dense as the lobe is, each out of a
//! copy as coarse as they are apart (Křivánek and Colbert 2008). All of it is done once a file and here, not by the device, so
//! that it is the same everywhere. Shadows of what shines in a panorama are deliberately not here: a sun in it is cut, and is
//! the stage's to cast.

use std::sync::{Arc, OnceLock};

use glam::{DVec3, Vec3};
use half::f16;
use image::ImageFormat;
use rayon::prelude::*;

use super::mesh::picture::{self, still};
use crate::family::Files;

/// The longest side that is kept, in pixels; a longer one is halved, as often as it takes.
const WIDTH_MAX_PX: usize = 2048;
/// A picture that is wider than this is refused.
const READ_MAX_PX: u32 = 8192;
/// A picture that is narrower than this shows nothing.
const READ_MIN_PX: u32 = 64;
/// Rows of the most blurred copy, at least.
const ROWS_MIN: usize = 16;
/// What is brighter than this many times the mean of all directions is cut to it: a sun, whose light must cast shadows.
const BRIGHTEST: f32 = 32.0;

/// A picture of all directions with its blurred copies.
#[derive(Debug)]
pub struct Panorama {
    sharp: Map,
    up: [f32; 3],
    level: [f32; 3],
    down: [f32; 3],
    sun: Option<[f64; 2]>,
    /// Made when somebody draws it: that takes seconds, and who checks a family should not wait for it.
    levels: OnceLock<Vec<Level>>,
}

impl PartialEq for Panorama {
    fn eq(&self, other: &Self) -> bool {
        self.sharp == other.sharp
    }
}

/// One copy: rows of red, green, blue and 1 from straight up to straight down, each from behind over the left, ahead and the right.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Columns and rows.
    pub size_px: [u32; 2],
    /// Linear radiance, as the bits of half floats.
    pub texels: Vec<[u16; 4]>,
}

/// A panorama round a scene.
#[derive(Clone, Debug)]
pub struct Dome {
    /// What it shows.
    pub panorama: Arc<Panorama>,
    /// How far it is turned about z, in radians, from ahead to the left.
    pub turn_rad: f64,
    /// What its radiance is multiplied by.
    pub strength: f32,
}

impl PartialEq for Dome {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.panorama, &other.panorama) || self.panorama == other.panorama;
        same && self.turn_rad == other.turn_rad && self.strength == other.strength
    }
}

impl Dome {
    /// Linear radiance of what lies straight up, of what lies at the horizon and of what lies below: the light that white paper
    /// throws back which faces up, stands upright (the mean of all ways it may face) and faces down.
    pub fn means(&self) -> [[f32; 3]; 3] {
        let Panorama { up, level, down, .. } = &*self.panorama;
        [up, level, down].map(|colour| colour.map(|part| part * self.strength))
    }
}

impl Panorama {
    /// The panorama in `file`, read at the first call; or what is wrong with it and what to do.
    pub(super) fn of(files: &Files, file: &str) -> Result<Arc<Self>, String> {
        let read = files.kept(&format!("panorama {file}"), || {
            let bytes = files.bytes(file)?;
            Self::read(bytes).map(Arc::new).map_err(|text| format!("the panorama {file} {text}"))
        });
        (*read).clone()
    }

    /// The panorama in the bytes of a Radiance HDR, PNG or JPEG file.
    ///
    /// # Errors
    /// What is wrong with it and what to do.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        Self::of_map(Map::decoded(file)?)
    }

    /// Where a sun stands in it that was cut: its azimuth from ahead to the left and its elevation, in degrees.
    pub fn sun_deg(&self) -> Option<[f64; 2]> {
        self.sun
    }

    /// What is sharp first, then ever more blurred; the last is what paper throws back that faces each direction. The first call
    /// takes up to some seconds.
    pub fn levels(&self) -> &[Level] {
        if let Some(levels) = self.levels.get() {
            return levels;
        }
        // Made outside the lock, by two at once at worst: a worker that waits for others may come by here a second time.
        let made = self.blurred();
        self.levels.get_or_init(|| made)
    }

    fn blurred(&self) -> Vec<Level> {
        let (sharp, count) = (&self.sharp, self.count());
        let around = sharp.halves();
        let blurred = (1..count).map(|at| {
            let size = [(sharp.width >> at).max(1), (sharp.height >> at).max(1)];
            let rays = if at + 1 == count { lambert() } else { ggx(at as f32 / (count - 1) as f32) };
            around.blurred(size, &rays).level()
        });
        std::iter::once(sharp.level()).chain(blurred).collect()
    }

    /// The number of its copies, the sharp one included.
    pub fn count(&self) -> usize {
        (self.sharp.height / ROWS_MIN).max(1).ilog2() as usize + 1
    }

    fn of_map(mut map: Map) -> Result<Self, String> {
        while map.width > WIDTH_MAX_PX {
            map = map.halved();
        }
        let sun = map.without_sun();
        let mut paper = map.halves().blurred([2 * ROWS_MIN, ROWS_MIN], &lambert());
        let mean = luminance(map.mean());
        if mean <= 0.0 {
            return Err("is black; choose another, or set the strength of the sky to 0 instead".to_owned());
        }
        // Where hardly anything comes from above, what is there all round says how bright it is.
        let scale = 1.0 / luminance(paper.at(Vec3::Z)).max(0.1 * mean);
        for texel in map.texels.iter_mut().chain(&mut paper.texels) {
            *texel *= scale;
        }
        let ring = (0..64).map(|at| {
            let (y, x) = libm::sincosf(at as f32 * core::f32::consts::TAU / 64.0);
            paper.at(Vec3::new(x, y, 0.0))
        });
        let level = (ring.fold(Vec3::ZERO, |sum, one| sum + one) / 64.0).to_array();
        let (up, down) = (paper.at(Vec3::Z).to_array(), paper.at(Vec3::NEG_Z).to_array());
        Ok(Self { sharp: map, up, level, down, sun, levels: OnceLock::new() })
    }
}

fn luminance(colour: Vec3) -> f32 {
    colour.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

/// One direction out of a blur, about its middle at +z; its share; the solid angle that it stands for.
struct Ray {
    towards: Vec3,
    share: f32,
    sr: f32,
}

/// Points that fill a square evenly (Hammersley).
fn points(count: u32) -> impl Iterator<Item = (f64, f64)> {
    (0..count).map(move |at| {
        let radical = f64::from(at.reverse_bits()) / f64::from(1_u32 << 16) / f64::from(1_u32 << 16);
        ((f64::from(at) + 0.5) / f64::from(count), radical)
    })
}

fn direction(cosine: f64, share: f64) -> DVec3 {
    let (sin, cos) = libm::sincos(core::f64::consts::TAU * share);
    let sine = libm::sqrt((1.0 - cosine * cosine).max(0.0));
    DVec3::new(sine * cos, sine * sin, cosine)
}

/// What a surface of this roughness mirrors that is looked at along its normal.
fn ggx(rough: f32) -> Vec<Ray> {
    let a2 = f64::from(rough).powi(4);
    let count = if rough < 0.4 { 24 } else { 64 };
    let rays = points(count).filter_map(|(across, round)| {
        let halfway = libm::sqrt((1.0 - across) / (1.0 + (a2 - 1.0) * across));
        let normal = direction(halfway, round);
        let towards = 2.0 * halfway * normal - DVec3::Z;
        let spread = halfway * halfway * (a2 - 1.0) + 1.0;
        // a quarter of the density of the normals that mirror it
        let per_sr = 0.25 * a2 / (core::f64::consts::PI * spread * spread);
        let sr = 1.0 / (f64::from(count) * per_sr);
        (towards.z > 0.0).then(|| Ray { towards: towards.as_vec3(), share: towards.z as f32, sr: sr as f32 })
    });
    evened(rays.collect())
}

/// What paper throws back.
fn lambert() -> Vec<Ray> {
    const COUNT: u32 = 256;
    let rays = points(COUNT).map(|(across, round)| {
        let cosine = libm::sqrt(1.0 - across);
        let sr = core::f64::consts::PI / (f64::from(COUNT) * cosine);
        Ray { towards: direction(cosine, round).as_vec3(), share: 1.0, sr: sr as f32 }
    });
    evened(rays.collect())
}

/// With shares that are 1 together.
fn evened(mut rays: Vec<Ray>) -> Vec<Ray> {
    let whole: f32 = rays.iter().map(|ray| ray.share).sum();
    for ray in &mut rays {
        ray.share /= whole;
    }
    rays
}

/// Linear radiance of all directions.
#[derive(Clone, PartialEq)]
struct Map {
    width: usize,
    height: usize,
    texels: Vec<Vec3>,
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} px", self.width, self.height)
    }
}

impl Map {
    fn decoded(file: &[u8]) -> Result<Self, String> {
        const FORMATS: [ImageFormat; 3] = [ImageFormat::Hdr, ImageFormat::Png, ImageFormat::Jpeg];
        let fits = |[width, height]: [u32; 2]| {
            let is = format!("is {width} x {height} pixels");
            if !(READ_MIN_PX..=READ_MAX_PX).contains(&width) {
                return Err(format!("{is}; scale it to {READ_MIN_PX} to {READ_MAX_PX} in width"));
            }
            if width.abs_diff(height.saturating_mul(2)) * 100 > width {
                return Err(format!("{is}; a panorama of all directions is twice as wide as high (equirectangular)"));
            }
            Ok(())
        };
        let (format, image) = still(file, (&FORMATS, "Radiance HDR (.hdr), PNG or JPEG"), fits)?;
        let (width, height) = (image.width() as usize, image.height() as usize);
        let pixels = image.into_rgb32f().into_raw();
        let linear = |value: f32| {
            if format == ImageFormat::Hdr { radiance(value) } else { picture::linear(value.into()) as f32 }
        };
        let texels = pixels.as_chunks::<3>().0.iter().map(|texel| Vec3::from_array(texel.map(linear))).collect();
        Ok(Self { width, height, texels })
    }

    fn row(&self, y: usize) -> &[Vec3] {
        self.texels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// Half as wide and high: means of four.
    fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let row = |y: usize| {
            let (first, second) = (self.row(2 * y), self.row((2 * y + 1).min(self.height - 1)));
            let pairs = first.chunks(2).zip(second.chunks(2)).take(width);
            let sums = pairs.map(|(one, two)| (one.iter().chain(two).sum::<Vec3>(), (one.len() + two.len()) as f32));
            sums.map(|(sum, count)| sum / count).collect::<Vec<_>>()
        };
        let texels = (0..height).into_par_iter().map(row).collect::<Vec<_>>().concat();
        Self { width, height, texels }
    }

    /// It and all its halves.
    fn halves(&self) -> Halves {
        let all = std::iter::successors(Some(self.clone()), |map| (map.height > 1).then(|| map.halved()));
        Halves(all.collect())
    }

    /// Its mean over all directions.
    fn mean(&self) -> Vec3 {
        let (mut sum, mut whole) = (Vec3::ZERO, 0.0);
        for y in 0..self.height {
            let share = libm::sinf(core::f32::consts::PI * (y as f32 + 0.5) / self.height as f32);
            sum += self.row(y).iter().sum::<Vec3>() * share;
            whole += share * self.width as f32;
        }
        sum / whole
    }

    /// Cuts what is far brighter than all the rest; azimuth and elevation of the middle of what was cut, in degrees.
    fn without_sun(&mut self) -> Option<[f64; 2]> {
        let most = BRIGHTEST * luminance(self.mean());
        let mut middle = DVec3::ZERO;
        for (at, texel) in self.texels.iter_mut().enumerate() {
            let bright = luminance(*texel);
            if bright > most {
                let [_, _, towards] = axes_at([at % self.width, at / self.width], [self.width, self.height]);
                // near the poles a texel is a smaller part of the sky
                middle += (towards * towards.truncate().length() * (bright - most)).as_dvec3();
                *texel *= most / bright;
            }
        }
        let towards = middle.try_normalize()?;
        Some([libm::atan2(towards.y, towards.x).to_degrees(), libm::asin(towards.z.clamp(-1.0, 1.0)).to_degrees()])
    }

    /// Between the four texels round a direction.
    fn at(&self, towards: Vec3) -> Vec3 {
        let across = 0.5 - libm::atan2f(towards.y, towards.x) / core::f32::consts::TAU;
        let down = libm::acosf(towards.z.clamp(-1.0, 1.0)) / core::f32::consts::PI;
        let x = across * self.width as f32 - 0.5;
        let y = (down * self.height as f32 - 0.5).clamp(0.0, self.height as f32 - 1.0);
        let (left, above) = (libm::floorf(x), libm::floorf(y));
        let column = |at: f32| (at as i64).rem_euclid(self.width as i64) as usize;
        let (left_at, right_at, above_at) = (column(left), column(left + 1.0), above as usize);
        let row = |y: usize| {
            let row = self.row(y.min(self.height - 1));
            let texel = |x: usize| row.get(x).copied().unwrap_or_default();
            texel(left_at).lerp(texel(right_at), x - left)
        };
        row(above_at).lerp(row(above_at + 1), y - above)
    }

    fn level(&self) -> Level {
        let texel = |texel: &Vec3| {
            let [red, green, blue] =
                texel.min(Vec3::splat(60_000.0)).to_array().map(|part| f16::from_f32(part).to_bits());
            [red, green, blue, f16::ONE.to_bits()]
        };
        Level { size_px: [self.width as u32, self.height as u32], texels: self.texels.iter().map(texel).collect() }
    }
}

/// A map and its halves.
struct Halves(Vec<Map>);

impl Halves {
    /// What lies towards each direction, blurred by `rays`.
    fn blurred(&self, [width, height]: [usize; 2], rays: &[Ray]) -> Map {
        let Some(whole) = self.0.first() else { return Map { width, height, texels: Vec::new() } };
        let texel_sr = 4.0 * core::f32::consts::PI / (whole.width * whole.height) as f32;
        // each ray out of the copy whose texels are about as large as what it stands for
        let coarse = |ray: &Ray| {
            let halvings = 0.5 * libm::log2f((ray.sr / texel_sr).max(1.0)) + 0.5;
            self.0.get(halvings as usize).or(self.0.last()).unwrap_or(whole)
        };
        let rays: Vec<(&Ray, &Map)> = rays.iter().map(|ray| (ray, coarse(ray))).collect();
        let row = |y: usize| {
            let texel = |x: usize| {
                let [south, east, middle] = axes_at([x, y], [width, height]);
                let turned = |ray: &Ray| south * ray.towards.x + east * ray.towards.y + middle * ray.towards.z;
                rays.iter().map(|(ray, map)| map.at(turned(ray)) * ray.share).sum::<Vec3>()
            };
            (0..width).map(texel).collect::<Vec<_>>()
        };
        let texels = (0..height).into_par_iter().map(row).collect::<Vec<_>>().concat();
        Map { width, height, texels }
    }
}

/// At the middle of a texel: down its meridian, along its parallel to the left, and towards it. None is zero anywhere, as the poles
/// lie between rows.
fn axes_at([x, y]: [usize; 2], [width, height]: [usize; 2]) -> [Vec3; 3] {
    let (sine, cosine) = libm::sincosf(core::f32::consts::PI * (y as f32 + 0.5) / height as f32);
    let (left, ahead) = libm::sincosf(core::f32::consts::TAU * (0.5 - (x as f32 + 0.5) / width as f32));
    let south = Vec3::new(cosine * ahead, cosine * left, -sine);
    [south, Vec3::new(-left, ahead, 0.0), Vec3::new(sine * ahead, sine * left, cosine)]
}

/// What is no radiance is none, and what has no end has one.
fn radiance(value: f32) -> f32 {
    if value > 0.0 { value.min(1e6) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(width: usize, colour: impl Fn(Vec3) -> Vec3) -> Map {
        let height = width / 2;
        let texel = |at: usize| colour(axes_at([at % width, at / width], [width, height])[2]);
        Map { width, height, texels: (0..width * height).map(texel).collect() }
    }

    fn float(bits: u16) -> f32 {
        f16::from_bits(bits).to_f32()
    }

    fn value(level: &Level, towards: Vec3) -> Vec3 {
        let [width, height] = level.size_px.map(|side| side as usize);
        let texels = level.texels.iter().map(|[red, green, blue, _]| Vec3::from([*red, *green, *blue].map(float)));
        Map { width, height, texels: texels.collect() }.at(towards)
    }

    #[test]
    fn what_is_the_same_all_round_is_so_in_every_copy() {
        let even = Panorama::of_map(map(256, |_| Vec3::new(3.0, 3.0, 3.0))).unwrap();
        assert_eq!(even.levels().len(), 4);
        for level in even.levels() {
            assert!(level.texels.iter().flatten().all(|part| (float(*part) - 1.0).abs() < 2e-3), "{:?}", level.size_px);
        }
        assert!([even.up, even.level, even.down].iter().flatten().all(|part| (part - 1.0).abs() < 2e-3));
    }

    #[test]
    fn paper_gets_what_the_integral_says_and_the_sun_is_taken_out() {
        // a linear gradient from 0.5 below to 1.5 above: paper that faces n gets 1 + n.z / 3 (the cosine lobe's first band)
        let sky = Panorama::of_map(map(256, |towards| Vec3::splat(1.0 + 0.5 * towards.z))).unwrap();
        let last = sky.levels().last().unwrap();
        for z in [-0.9_f32, -0.3, 0.0, 0.4, 0.8] {
            let got = value(last, Vec3::new((1.0 - z * z).sqrt(), 0.0, z)).x;
            let expected = (1.0 + z / 3.0) / (1.0 + 1.0 / 3.0);
            assert!((got - expected).abs() < 0.01, "{z}: {got} for {expected}");
        }
        let sun = Vec3::new(0.6, 0.0, 0.8);
        let lit = |towards: Vec3| if towards.dot(sun) > 0.9997 { 50_000.0 } else { 1.0 };
        let outside = Panorama::of_map(map(2048, |towards| Vec3::splat(lit(towards)))).unwrap();
        let first = outside.levels().first().unwrap();
        let (sharp, plain) = (value(first, sun).x, value(first, -sun).x);
        assert!(sharp > 20.0 * plain, "it is seen, {sharp} over {plain}");
        assert!((0.8..1.01).contains(&plain), "and hardly lights: {plain}");
        let [azimuth, elevation] = outside.sun_deg().expect("it was cut");
        assert!(azimuth.abs() < 0.2 && (elevation - 53.13).abs() < 0.2, "{azimuth}, {elevation}");
        assert_eq!(sky.sun_deg(), None);
    }

    #[test]
    fn a_lobe_is_as_wide_as_its_roughness_and_stays_where_it_is() {
        let spot = Vec3::new(0.0, 1.0, 0.0);
        let lamp = Panorama::of_map(map(512, |to| Vec3::splat(if to.dot(spot) > 0.985 { 20.0 } else { 0.1 }))).unwrap();
        let levels = lamp.levels();
        let peaks: Vec<f32> = levels.iter().map(|level| value(level, spot).x).collect();
        assert!(peaks.windows(2).all(|two| two[1] < two[0] + 1e-2), "{peaks:?}");
        for level in levels {
            let sides = [Vec3::X, -Vec3::X, -Vec3::Y].map(|side| value(level, side).x);
            assert!(sides.iter().all(|side| *side < value(level, spot).x), "{:?}: {sides:?}", level.size_px);
        }
    }

    #[test]
    fn pictures_are_read_or_refused_in_words() {
        let encode = |width: u32, height: u32, format: ImageFormat| {
            let mut out = std::io::Cursor::new(Vec::new());
            let pixels = image::RgbImage::from_fn(width, height, |x, _| image::Rgb([(x % 256) as u8, 128, 64]));
            image::DynamicImage::ImageRgb8(pixels).write_to(&mut out, format).unwrap();
            out.into_inner()
        };
        let mut hdr = Vec::new();
        let pixels = vec![image::Rgb([0.5_f32, 8.0, 0.25]); 64 * 32];
        image::codecs::hdr::HdrEncoder::new(&mut hdr).encode(&pixels, 64, 32).unwrap();
        let read = Panorama::read(&hdr).unwrap();
        let [red, green, blue] = read.up;
        assert!((green / red - 16.0).abs() < 0.2 && (red / blue - 2.0).abs() < 0.05, "hue is kept: {:?}", read.up);
        Panorama::read(&encode(200, 100, ImageFormat::Png)).unwrap();
        Panorama::read(&encode(201, 100, ImageFormat::Jpeg)).unwrap();
        let refused = |bytes: &[u8]| Panorama::read(bytes).unwrap_err();
        assert!(refused(&encode(100, 100, ImageFormat::Png)).contains("twice as wide as high"));
        assert!(refused(&encode(32, 16, ImageFormat::Png)).contains("64 to 8192"));
        assert!(refused(&[]).contains("empty") && refused(b"hello").contains("neither Radiance HDR"));
        assert!(refused(&hdr[..200]).contains("cannot be read"), "{}", refused(&hdr[..200]));
        assert!(Panorama::of_map(map(64, |_| Vec3::ZERO)).unwrap_err().contains("is black"));
        assert_eq!([f32::NAN, -1.0, f32::INFINITY].map(radiance), [0.0, 0.0, 1e6]);
    }
}
