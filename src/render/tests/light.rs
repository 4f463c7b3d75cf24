//! Light with known answers: a white furnace, the inverse square, Koschmieder's fog, shadows of lamps, linear against encoded.

use std::f32::consts::PI;
use std::sync::Arc;

use glam::DVec3;

use super::{gpu, scene};
use crate::base::{Linear, Pose};
use crate::render::{Frame, RenderError, Renderer, Wanted};
use crate::world::snapshot::{Camera, Class, Lamp, Light, Material, Shape, Snapshot, Surface, Weather};

fn no_light() -> Light {
    Light { sun: [0.0; 3], sky: [0.0; 3], horizon: [0.0; 3], ground: [0.0; 3], ..scene::light() }
}

fn white(roughness: f32, metallic: f32) -> Material {
    let mut material = scene::material(Surface::Even, [1.0; 3], [1.0; 3], roughness);
    material.metallic = metallic;
    material
}

/// A floor of `material` seen from above at 0.6 m, 64 x 48 pixels.
fn floor(material: Material, light: Light) -> Snapshot {
    let slab = Shape::Box { half: DVec3::new(4.0, 4.0, 0.1), round: 0.0 };
    let bodies = vec![scene::body(1, Class::Table, slab, Pose::at(DVec3::Z * -0.1), material)];
    let eye = Pose::looking_at(DVec3::new(0.05, 0.0, 0.6), DVec3::ZERO);
    let camera = Camera::with_vertical_fov(64, 48, 40.0, eye);
    Snapshot { time_s: 0.0, bodies, light, lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}

fn lamp(position: DVec3, at_1_m: f32) -> Lamp {
    Lamp {
        name: Arc::from("lamp"),
        position,
        direction: -DVec3::Z,
        inner_rad: PI,
        outer_rad: PI,
        radius_m: 0.02,
        at_1_m: [at_1_m; 3],
        casts: true,
    }
}

fn middle(linear: &Linear) -> [f32; 3] {
    linear.pixels[(linear.height / 2 * linear.width + linear.width / 2) as usize]
}

fn linear_of(renderer: &mut Renderer, now: &Snapshot) -> Linear {
    renderer.linear_frame(now, None).expect("frame").1
}

#[test]
fn a_white_furnace_stays_white() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let light = Light { sky: [1.0; 3], horizon: [1.0; 3], ground: [1.0; 3], ..no_light() };
    for metallic in [0.0, 1.0] {
        for step in 0..=10 {
            let mut now = floor(white(0.1 * step as f32, metallic), light);
            // seen from above and flat along
            for (x, z) in [(0.05, 0.6), (-2.0, 0.5)] {
                now.camera.world_from_camera = Pose::looking_at(DVec3::new(x, 0.0, z), DVec3::ZERO);
                for value in middle(&linear_of(&mut renderer, &now)) {
                    assert!((value - 1.0).abs() < 0.02, "roughness {step}/10, metallic {metallic}, from {x}: {value}");
                }
            }
        }
    }
}

#[test]
fn a_lamp_falls_off_with_the_square_of_its_distance() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut at = |height: f64, strength: f32| {
        let mut now = floor(white(1.0, 0.0), no_light());
        now.lamps = vec![lamp(DVec3::new(0.0, 0.0, height), strength)];
        middle(&linear_of(&mut renderer, &now))[1]
    };
    let (near, far, twice) = (at(1.0, 0.5), at(2.0, 0.5), at(1.0, 1.0));
    assert!((near / far - 4.0).abs() < 0.05, "{near} at 1 m, {far} at 2 m");
    assert!((twice / near - 2.0).abs() < 0.01, "{twice} for twice {near}");
    // white matter gives back what the sun of the same irradiance would
    let mut sunny = floor(white(1.0, 0.0), no_light());
    sunny.light.sun = [0.5; 3];
    sunny.light.sun_direction = DVec3::Z;
    let sun = middle(&linear_of(&mut renderer, &sunny))[1];
    assert!((near / sun - 1.0).abs() < 0.02, "lamp {near}, sun {sun}");
}

#[test]
fn a_lamp_that_shines_all_round_shines_behind_itself_too() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut now = floor(white(1.0, 0.0), no_light());
    now.lamps = vec![lamp(DVec3::new(0.0, 0.0, 0.4), 0.5)];
    let below = linear_of(&mut renderer, &now);
    now.lamps[0].direction = DVec3::Z;
    let behind = linear_of(&mut renderer, &now);
    let off = std::iter::zip(below.pixels.as_flattened(), behind.pixels.as_flattened())
        .map(|(a, b)| (a - b).abs() / a.max(1e-6))
        .fold(0.0, f32::max);
    assert!(off < 0.01, "a pixel differs by {off} of itself where the lamp looks away");
    now.lamps[0].inner_rad = PI + 0.5;
    assert!(matches!(renderer.frame(&now, None), Err(RenderError::Lamp { .. })), "an inner angle beyond the outer one");
}

#[test]
fn rain_darkens_a_rough_floor_under_a_lamp_as_it_does_under_the_sky() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let dry = floor(Material { colour: [0.4; 3], ..white(0.9, 0.0) }, no_light());
    let wet = Weather { wetness: 1.0, ..Weather::default() };
    let sky = Light { sky: [0.5; 3], horizon: [0.5; 3], ground: [0.5; 3], ..no_light() };
    // from the side, so that the film mirrors the lamp past the camera
    let lamps = vec![lamp(DVec3::new(0.0, 0.9, 0.5), 0.5)];
    for (what, light, lamps, most) in [("a lamp", no_light(), lamps, 0.75), ("the sky", sky, Vec::new(), 0.9)] {
        let mut under = |weather: Weather| {
            let now = Snapshot { light, lamps: lamps.clone(), weather, ..dry.clone() };
            middle(&linear_of(&mut renderer, &now))[1]
        };
        let share = under(wet) / under(Weather::default());
        assert!(share > 0.3 && share < most, "under {what} {share} of the light is left");
    }
}

#[test]
fn a_lamp_shines_within_its_cone_and_bodies_shade_it() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    for outer_deg in [40.0_f32, 180.0] {
        let mut now = floor(white(1.0, 0.0), no_light());
        now.camera =
            Camera::with_vertical_fov(160, 120, 60.0, Pose::looking_at(DVec3::new(0.01, 0.0, 3.0), DVec3::ZERO));
        let mut spot = lamp(DVec3::new(0.0, 0.0, 2.0), 4.0);
        (spot.inner_rad, spot.outer_rad) = ((outer_deg - 2.0).to_radians(), outer_deg.to_radians());
        now.lamps = vec![spot];
        let pixel = |now: &Snapshot, at: DVec3| {
            let at = now.camera.project(at).0;
            (at.y as u32 * now.camera.width_px + at.x as u32) as usize
        };
        let open = linear_of(&mut renderer, &now);
        // 20 degrees off the axis is within both, 45 within one
        let (inside, outside) = (DVec3::new(0.73, 0.0, 0.0), DVec3::new(0.0, 1.9, 0.0));
        let lit = open.pixels[pixel(&now, inside)][1];
        let beyond = open.pixels[pixel(&now, outside)][1];
        assert!(lit > 0.3, "{outer_deg}: {lit}");
        assert_eq!(beyond > 0.05, outer_deg > 90.0, "{outer_deg}: {beyond}");
        let ball = Shape::Sphere { radius: 0.1 };
        now.bodies.push(scene::body(2, Class::Clutter, ball, Pose::at(DVec3::new(0.365, 0.0, 1.0)), scene::grey()));
        let shaded = linear_of(&mut renderer, &now);
        // the ball hangs half way to the point inside; from above it hides another place
        let dark = shaded.pixels[pixel(&now, inside)][1];
        assert!(dark < 0.02 * lit, "{outer_deg}: {dark} in the shadow, {lit} without it");
        let free = DVec3::new(-0.73, 0.0, 0.0);
        let same = shaded.pixels[pixel(&now, free)][1];
        assert!((same / open.pixels[pixel(&now, free)][1] - 1.0).abs() < 0.01, "{outer_deg}: {same}");
        now.lamps[0].casts = false;
        let through = linear_of(&mut renderer, &now).pixels[pixel(&now, inside)][1];
        assert!((through / lit - 1.0).abs() < 0.01, "{outer_deg}: {through} through the ball");
    }
}

#[test]
fn fog_lets_through_what_koschmieder_says() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let light = Light { sky: [0.4; 3], horizon: [0.3; 3], ground: [0.2; 3], ..scene::light() };
    let black = scene::material(Surface::Even, [0.0; 3], [0.0; 3], 1.0);
    for (fog, dust) in [(0.05, 0.0), (0.2, 0.0), (0.0, 0.1), (0.03, 0.05)] {
        for distance in [2.0, 10.0, 30.0] {
            let mut seen = |material: Material, weather: Weather| {
                let wall = Shape::Box { half: DVec3::new(0.1, 20.0, 20.0), round: 0.0 };
                let bodies = vec![scene::body(1, Class::Table, wall, Pose::at(DVec3::X * (distance + 0.1)), material)];
                let camera = Camera::with_vertical_fov(32, 32, 10.0, Pose::looking_at(DVec3::ZERO, DVec3::X));
                let now = Snapshot { time_s: 0.0, bodies, light, lamps: Vec::new(), dome: None, weather, camera };
                f64::from(middle(&linear_of(&mut renderer, &now))[1])
            };
            let weather = Weather { fog_per_m: fog, dust_per_m: dust, ..Weather::default() };
            let clear = seen(white(1.0, 0.0), Weather::default()) - seen(black, Weather::default());
            let kept = (seen(white(1.0, 0.0), weather) - seen(black, weather)) / clear;
            let expected = (-f64::from(fog + dust) * distance).exp();
            assert!(
                (kept - expected).abs() < 0.005 + 0.01 * expected,
                "{fog} {dust} at {distance}: {kept} for {expected}"
            );
        }
    }
}

#[test]
fn the_encoded_picture_is_the_linear_one_developed() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut now = scene::tabletop(160, 120);
    now.light.exposure = 1.3;
    let (with, linear) = renderer.linear_frame(&now, None).expect("frame");
    let without = renderer.frame(&now, None).expect("frame");
    assert!(with == without, "asking for linear light changes nothing else");
    let developed = |value: [f32; 3]| {
        // the curve that `render`'s documentation states
        let exposed = value.map(|part| part * 1.3);
        let peak = exposed.into_iter().fold(0.0, f32::max);
        let lifted = peak * (1.0 + 0.024 / (peak + 0.02)) * (1.02 / 1.044);
        let out = if lifted > 0.72 { 1.0 - 0.28 * 0.28 / (lifted + 0.28 - 0.72) } else { lifted };
        exposed.map(|part| part * out / peak.max(1e-6))
    };
    let srgb = |value: f32| {
        let part = value.clamp(0.0, 1.0);
        255.0 * if part <= 0.003_130_8 { 12.92 * part } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 }
    };
    let mut off: Vec<f32> = Vec::new();
    for (value, shown) in linear.pixels.iter().zip(without.colour.pixels()) {
        off.extend(developed(*value).into_iter().zip(shown).map(|(part, shown)| (srgb(part) - f32::from(shown)).abs()));
    }
    off.sort_by(f32::total_cmp);
    // edges are smoothed before the curve in one and after it in the other
    let (most, worst) = (off[off.len() * 3 / 4], off[off.len() * 999 / 1000]);
    assert!(most < 2.0 && worst < 45.0, "three of four within {most}, 999 of 1000 within {worst}");
}

#[test]
fn albedo_is_the_colour_of_the_matter_whatever_the_light() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let material = scene::material(Surface::Even, [0.8, 0.25, 0.05], [0.0; 3], 0.5);
    for light in [scene::light(), scene::dim(), no_light()] {
        let mut frame = Frame::empty();
        let wanted = Wanted { linear: false, albedo: true };
        let extra = renderer.frame_with(&mut frame, &floor(material, light), None, wanted).expect("frame");
        let albedo = extra.albedo.expect("asked for").pixel(32, 24);
        for (value, expected) in albedo.into_iter().zip(material.colour) {
            let linear = (f32::from(value) / 255.0).powi(2);
            assert!((linear - expected).abs() < 0.005, "{linear} for {expected}");
        }
    }
}

#[test]
fn what_glows_is_seen_in_the_dark_and_the_sky_has_no_lamp() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut material = scene::material(Surface::Even, [0.5, 0.25, 0.0], [0.0; 3], 0.5);
    material.glow = 3.0;
    let mut now = floor(material, no_light());
    let seen = middle(&linear_of(&mut renderer, &now));
    for (value, expected) in seen.into_iter().zip([1.5, 0.75, 0.0]) {
        assert!((value - expected).abs() < 0.01, "{value} for {expected}");
    }
    now.bodies.clear();
    now.lamps = vec![lamp(DVec3::ZERO, 5.0)];
    assert_eq!(middle(&linear_of(&mut renderer, &now)), [0.0; 3], "nothing to shine on");
}

#[test]
fn too_many_lamps_and_broken_ones_are_refused() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut now = floor(scene::grey(), no_light());
    now.lamps = vec![lamp(DVec3::Z, 1.0); 10_000];
    let refused = renderer.frame(&now, None).expect_err("too many");
    assert!(matches!(refused, RenderError::TooManyLamps { count: 10_000, limit: 64 }), "{refused}");
    now.lamps.truncate(64);
    renderer.frame(&now, None).expect("as many as there is room for");
    now.lamps[3].at_1_m[0] = f32::NAN;
    let refused = renderer.frame(&now, None).expect_err("not a number");
    assert!(refused.to_string().contains("the lamp lamp has a number that is not finite"), "{refused}");
}
