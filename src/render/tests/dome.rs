//! Panoramas all round, with known answers: a white furnace, where things lie in the picture, how light falls out of it.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use glam::DVec3;

use super::{gpu, read_picture, scene};
use crate::base::{Linear, Pose};
use crate::render::{PictureTarget, Renderer, TileRect};
use crate::world::snapshot::{Camera, Class, Dome, Light, Material, Panorama, Shape, Snapshot, Surface, Weather};

/// A panorama of 256 x 128 pixels out of what lies at each azimuth (degrees, 0 ahead, 90 left) and elevation.
fn panorama(colour: impl Fn(f64, f64) -> [f32; 3]) -> Arc<Panorama> {
    let (width, height) = (256_u32, 128_u32);
    let at = |index: u32| {
        let (x, y) = (f64::from(index % width) + 0.5, f64::from(index / width) + 0.5);
        image::Rgb(colour(180.0 - 360.0 * x / f64::from(width), 90.0 - 180.0 * y / f64::from(height)))
    };
    let pixels: Vec<_> = (0..width * height).map(at).collect();
    let mut file = Vec::new();
    let encoder = image::codecs::hdr::HdrEncoder::new(&mut file);
    encoder.encode(&pixels, width as usize, height as usize).expect("a file in memory");
    Arc::new(Panorama::read(&file).expect("a panorama"))
}

fn dome(panorama: &Arc<Panorama>, turn_rad: f64, strength: f32) -> Dome {
    Dome { panorama: Arc::clone(panorama), turn_rad, strength }
}

/// A ball of `material` at the origin, seen from `from`, 64 x 48 pixels, under nothing but `dome`.
fn ball(material: Material, from: DVec3, dome: impl Into<Option<Dome>>) -> Snapshot {
    let light = Light { sun: [0.0; 3], sky: [0.0; 3], horizon: [0.0; 3], ground: [0.0; 3], ..scene::light() };
    let bodies = vec![scene::body(1, Class::Clutter, Shape::Sphere { radius: 0.5 }, Pose::IDENTITY, material)];
    let camera = Camera::with_vertical_fov(64, 48, 30.0, Pose::looking_at(from, DVec3::ZERO));
    Snapshot { time_s: 0.0, bodies, light, lamps: Vec::new(), dome: dome.into(), weather: Weather::default(), camera }
}

fn even(colour: [f32; 3], roughness: f32, metallic: f32) -> Material {
    Material { metallic, ..scene::material(Surface::Even, colour, colour, roughness) }
}

fn pixel(linear: &Linear, x: u32, y: u32) -> [f32; 3] {
    linear.pixels[(y * linear.width + x) as usize]
}

fn linear_of(renderer: &mut Renderer, now: &Snapshot) -> Linear {
    renderer.linear_frame(now, None).expect("frame").1
}

#[test]
fn a_white_ball_in_a_white_dome_is_not_seen() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let white = panorama(|_, _| [0.25; 3]);
    for metallic in [0.0, 1.0] {
        for roughness in [0.02, 0.3, 0.6, 1.0] {
            for strength in [1.0, 0.5] {
                let now = ball(even([1.0; 3], roughness, metallic), DVec3::X * 3.0, dome(&white, 0.3, strength));
                let linear = linear_of(&mut renderer, &now);
                let off =
                    linear.pixels.iter().flatten().map(|value| (value / strength - 1.0).abs()).fold(0.0, f32::max);
                // its rim darkens nothing but itself
                assert!(off < 0.02, "roughness {roughness}, metallic {metallic}, strength {strength}: off by {off}");
            }
        }
    }
}

#[test]
fn what_stands_in_the_picture_stands_there_in_the_world_and_lights_from_there() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    // red to the left, green ahead, blue high up, on grey
    let near =
        |azimuth: f64, elevation: f64, at: [f64; 2]| (azimuth - at[0]).abs() < 20.0 && (elevation - at[1]).abs() < 20.0;
    let coloured = panorama(|azimuth, elevation| match () {
        () if near(azimuth, elevation, [90.0, 0.0]) => [4.0, 0.1, 0.1],
        () if near(azimuth, elevation, [0.0, 0.0]) => [0.1, 4.0, 0.1],
        () if elevation > 70.0 => [0.1, 0.1, 4.0],
        () => [0.3; 3],
    });
    let brightest = |colour: [f32; 3]| (0..3).max_by(|a, b| colour[*a].total_cmp(&colour[*b]));
    let mut seen = |towards: DVec3, turn_rad: f64| {
        let mut now = ball(even([0.5; 3], 0.5, 0.0), DVec3::X, dome(&coloured, turn_rad, 1.0));
        now.bodies.clear();
        now.camera.world_from_camera = Pose::looking_at(DVec3::ZERO, towards);
        pixel(&linear_of(&mut renderer, &now), 32, 24)
    };
    assert_eq!(brightest(seen(DVec3::Y, 0.0)), Some(0), "left");
    assert_eq!(brightest(seen(DVec3::X, 0.0)), Some(1), "ahead");
    assert_eq!(brightest(seen(DVec3::new(0.01, 0.0, 1.0), 0.0)), Some(2), "up");
    assert_eq!(brightest(seen(DVec3::Y, FRAC_PI_2)), Some(1), "what was ahead has turned to the left");
    assert_eq!(brightest(seen(-DVec3::X, FRAC_PI_2)), Some(0), "and what was left is behind");
    // Paper and a mirror, seen from behind and the right: each colour on its own side.
    for (roughness, metallic) in [(1.0, 0.0), (0.05, 1.0)] {
        let now = ball(even([0.9; 3], roughness, metallic), DVec3::new(-3.0, 0.0, 0.0), dome(&coloured, 0.0, 1.0));
        let linear = linear_of(&mut renderer, &now);
        let ratio = |x: u32, y: u32| {
            let [red, green, blue] = pixel(&linear, x, y);
            (red / green.max(1e-6), blue / green.max(1e-6))
        };
        // looking ahead, left is left: the ball's left rim faces left
        let (left, right) = (ratio(20, 24), ratio(44, 24));
        assert!(left.0 > 1.3 * right.0, "roughness {roughness}: {left:?} for {right:?}");
        let (top, bottom) = (ratio(32, 12), ratio(32, 36));
        assert!(top.1 > 1.3 * bottom.1, "roughness {roughness}: {top:?} for {bottom:?}");
    }
}

#[test]
fn a_mirror_shows_the_picture_and_rough_metal_its_blur() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let bars = panorama(|azimuth, _| if libm::floor(azimuth / 15.0) as i64 % 2 == 0 { [1.5; 3] } else { [0.1; 3] });
    let mut spread = |roughness: f32| {
        let now = ball(even([1.0; 3], roughness, 1.0), DVec3::new(-3.0, 0.0, 0.0), dome(&bars, 0.0, 1.0));
        let linear = linear_of(&mut renderer, &now);
        let row: Vec<f32> = (24..40).map(|x| pixel(&linear, x, 24)[1]).collect();
        row.iter().copied().fold(0.0, f32::max) - row.iter().copied().fold(f32::MAX, f32::min)
    };
    let [sharp, half, rough] = [0.02, 0.45, 1.0].map(&mut spread);
    assert!(sharp > 1.0 && half < 0.7 * sharp && rough < 0.3 * sharp, "{sharp}, {half}, {rough}");
}

#[test]
fn tiles_with_domes_of_their_own_look_as_they_do_alone() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let (red, blue) = (panorama(|_, _| [1.0, 0.1, 0.1]), panorama(|_, _| [0.1, 0.1, 1.0]));
    let own = |panorama, turn_rad, strength| Some(dome(panorama, turn_rad, strength));
    let all = [own(&red, 0.0, 1.0), None, own(&blue, 0.0, 1.0), own(&blue, 0.0, 0.2), own(&red, 1.0, 0.5)];
    let scenes = all.map(|dome| ball(even([0.8; 3], 0.4, 0.0), DVec3::X * 3.0, dome));
    let tile = |at: usize| TileRect { x: 64 * at as u32, y: 0, width: 64, height: 48 };
    let tiles: Vec<_> = scenes.iter().enumerate().map(|(at, now)| (tile(at), now)).collect();
    let target = || PictureTarget::new(&gpu, 64 * 5, 48).expect("target");
    let (mut once, mut alone) = (target(), target());
    renderer.draw_tiles(&mut once, &tiles).expect("at once");
    for one in &tiles {
        renderer.draw_tiles(&mut alone, &[*one]).expect("alone");
    }
    let (once, alone) = (read_picture(&gpu, &once), read_picture(&gpu, &alone));
    let off = once.iter().flatten().zip(alone.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(40), "{off:?}: edges of a sheet are not smoothed, all else is the same");
    assert!(once[10][0] > once[10][2] && once[64 * 2 + 10][2] > once[64 * 2 + 10][0], "each has its own");
}
