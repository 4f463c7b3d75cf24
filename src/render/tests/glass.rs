//! What light passes through, with known answers: how much comes through, in which colour, and that none is lost or made.

use glam::DVec3;

use super::{gpu, read_picture, scene};
use crate::base::{Linear, Pose};
use crate::render::{PictureTarget, Renderer, TileRect};
use crate::world::snapshot::{Body, Camera, Class, Light, Material, Shape, Snapshot, Surface, Weather};

fn matter(colour: [f32; 3], roughness: f32, transmission: f32) -> Material {
    Material { transmission, ..scene::material(Surface::Even, colour, colour, roughness) }
}

/// A pane of `material` half a metre above the floor, in the right half of the picture.
fn pane(material: Material) -> Body {
    let slab = Shape::Box { half: DVec3::new(2.0, 2.0, 0.005), round: 0.0 };
    scene::body(7, Class::Clutter, slab, Pose::at(DVec3::new(2.0, 0.0, 0.5)), material)
}

/// A floor of `floor`, seen from 2 m above, 64 x 48 pixels.
fn above(floor: Material, light: Light) -> Snapshot {
    let slab = Shape::Box { half: DVec3::new(9.0, 9.0, 0.1), round: 0.0 };
    let bodies = vec![scene::body(1, Class::Table, slab, Pose::at(DVec3::Z * -0.1), floor)];
    let eye = Pose::looking_at(DVec3::new(0.0, -1e-9, 2.0), DVec3::ZERO);
    let camera = Camera::with_vertical_fov(64, 48, 20.0, eye);
    Snapshot { time_s: 0.0, bodies, light, lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}

fn dark() -> Light {
    Light { sun: [0.0; 3], sky: [0.0; 3], horizon: [0.0; 3], ground: [0.0; 3], ..scene::light() }
}

/// Linear light right and left of the middle: through what stands in the right half, and beside it.
fn both(renderer: &mut Renderer, now: &Snapshot) -> [[f32; 3]; 2] {
    let linear: Linear = renderer.linear_frame(now, None).expect("frame").1;
    [36, 28].map(|x| linear.pixels[24 * 64 + x])
}

#[test]
fn a_pane_lets_through_what_two_faces_do_not_mirror() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    // the floor shines by itself and nothing else does: what is seen has come through
    let glowing = Material { glow: 0.5, ..matter([0.9, 0.6, 0.3], 1.0, 0.0) };
    for (colour, transmission) in [([1.0; 3], 1.0), ([0.25, 0.5, 1.0], 1.0), ([1.0; 3], 16.0 / 31.0)] {
        let mut now = above(glowing, dark());
        now.bodies.push(pane(matter(colour, 0.02, transmission)));
        let [through, beside] = both(&mut renderer, &now);
        for channel in 0..3 {
            // a face mirrors ((n - 1) / (n + 1))² of what comes straight, and so for ever between two of them
            let face = 0.04;
            let passes = (1.0 - face) / (1.0 + face) * transmission * colour[channel];
            let got = through[channel] / beside[channel];
            assert!((got - passes).abs() < 0.012, "{colour:?}, {transmission}: {got} for {passes}");
        }
        let (frame, _) = renderer.linear_frame(&now, None).expect("frame");
        assert_eq!((frame.instance[24 * 64 + 36], frame.instance[24 * 64 + 28]), (7, 1), "the glass has the ids");
        assert!((frame.depth_m[24 * 64 + 36] - 1.495).abs() < 1e-3, "and the depth");
    }
}

#[test]
fn glass_in_a_white_furnace_stays_white() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let light = Light { sky: [1.0; 3], horizon: [1.0; 3], ground: [1.0; 3], ..dark() };
    for (roughness, transmission) in [(0.02, 1.0), (0.3, 1.0), (0.8, 1.0), (0.1, 0.5), (0.1, 0.0)] {
        let mut now = above(matter([1.0; 3], 1.0, 0.0), light);
        now.bodies.push(pane(matter([1.0; 3], roughness, transmission)));
        for eye in [DVec3::new(0.0, -1e-9, 2.0), DVec3::new(-4.0, 0.0, 1.6)] {
            now.camera.world_from_camera = Pose::looking_at(eye, DVec3::new(0.3, 0.0, 0.5));
            // that a neighbour takes light from the floor is no part of this
            now.bodies[0].pose.position.z = -1.6;
            for value in both(&mut renderer, &now)[0] {
                assert!(
                    (value - 1.0).abs() < 0.02,
                    "roughness {roughness}, {transmission} through, from {eye}: {value}"
                );
            }
        }
    }
}

#[test]
fn what_is_clear_casts_no_shadow_and_what_lies_before_glass_hides_it() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut light = scene::light();
    light.sun_direction = DVec3::new(1.0, 0.0, 1.0).normalize();
    light.sun_radius_rad = 0.005;
    let mut below = |transmission: f32| {
        let mut now = above(matter([0.5; 3], 1.0, 0.0), light);
        now.bodies.push(pane(matter([1.0; 3], 0.1, transmission)));
        both(&mut renderer, &now)[1][1]
    };
    let (open, shaded) = (below(1.0), below(0.0));
    assert!(open > 1.5 * shaded, "{open} under glass, {shaded} under a board");
    let mut now = above(matter([0.5; 3], 1.0, 0.0), light);
    let ball = Shape::Sphere { radius: 0.2 };
    now.bodies.push(scene::body(
        8,
        Class::Clutter,
        ball,
        Pose::at(DVec3::new(0.05, 0.0, 1.0)),
        matter([0.3; 3], 0.5, 0.0),
    ));
    let without = renderer.linear_frame(&now, None).expect("frame");
    now.bodies.push(pane(matter([0.2, 1.0, 0.2], 0.1, 1.0)));
    let with = renderer.linear_frame(&now, None).expect("frame");
    assert_eq!((with.0.instance[24 * 64 + 36], with.0.depth_m[24 * 64 + 36]), (8, without.0.depth_m[24 * 64 + 36]));
}

#[test]
fn fog_lies_before_and_behind_glass_once() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let light = Light { sky: [0.5; 3], horizon: [0.5; 3], ground: [0.5; 3], ..dark() };
    let mut now = above(Material { glow: 2.0, ..matter([0.5; 3], 1.0, 0.0) }, light);
    now.weather = Weather { fog_per_m: 0.4, ..Weather::default() };
    now.bodies.push(pane(matter([1.0; 3], 0.02, 1.0)));
    let [through, beside] = both(&mut renderer, &now);
    now.weather = Weather::default();
    let [clear, plain] = both(&mut renderer, &now);
    // both shares of the picture lose the same on the way from the glass, and the glass takes its share of what reached it
    let (whole, near) = ((-0.4_f32 * 2.0).exp(), (-0.4_f32 * 1.495).exp());
    let haze = (beside[1] - plain[1] * whole) / (1.0 - whole);
    let mirrored = clear[1] - 0.9157 * plain[1];
    let reached = (beside[1] - haze * (1.0 - near)) / near;
    let wanted = (mirrored + 0.9157 * reached) * near + haze * (1.0 - near);
    assert!((through[1] / wanted - 1.0).abs() < 0.02, "{} through fog, {wanted} by the law", through[1]);
}

#[test]
fn a_sheet_shows_glass_as_a_picture_alone_does() {
    let Some(gpu) = gpu() else { return };
    let mut plain = scene::tabletop(320, 240);
    let bottle = Shape::Cylinder { radius: 0.04, half_height: 0.11, round: 0.01 };
    plain.bodies.push(scene::body(
        20,
        Class::Clutter,
        bottle,
        Pose::at(DVec3::new(0.2, -0.1, 0.862)),
        matter([0.6, 0.9, 0.7], 0.08, 0.9),
    ));
    let mut frosted = plain.clone();
    frosted.bodies.last_mut().expect("a bottle").material.roughness = 0.5;
    let lit = Snapshot { lamps: vec![scene::lamp()], light: scene::dim(), ..plain.clone() };
    let none = scene::tabletop(320, 240);
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let scenes = [&plain, &frosted, &lit, &none];
    let place = |at: usize| TileRect { x: 128 * (at as u32 % 2), y: 96 * (at as u32 / 2), width: 128, height: 96 };
    let tiles: Vec<(TileRect, &Snapshot)> = scenes.iter().enumerate().map(|(at, now)| (place(at), *now)).collect();
    let target = || PictureTarget::new(&gpu, 256, 192).expect("target");
    let (mut once, mut again, mut apart) = (target(), target(), target());
    renderer.draw_tiles(&mut once, &tiles).expect("at once");
    let turned: Vec<(TileRect, &Snapshot)> = tiles.iter().rev().copied().collect();
    renderer.draw_tiles(&mut again, &turned).expect("the other way round");
    for tile in &tiles {
        renderer.draw_tiles(&mut apart, &[*tile]).expect("one by one");
    }
    let [once, again, apart] = [once, again, apart].map(|target| read_picture(&gpu, &target));
    let mean = |other: &[[u8; 4]]| {
        let steps = once.as_flattened().iter().zip(other.as_flattened()).map(|(a, b)| f64::from(a.abs_diff(*b)));
        steps.sum::<f64>() / (4 * once.len()) as f64
    };
    // edges are not smoothed on software drivers, and outlines in the map of the sun are coarser
    assert!(mean(&apart) < 2.5 && mean(&again) < 0.02, "{} and, by the order alone, {}", mean(&apart), mean(&again));
    let first = renderer.frame(&plain, None).expect("frame").colour;
    assert_eq!(first, renderer.frame(&plain, None).expect("frame").colour, "the same bytes again");
    assert_ne!(first, renderer.frame(&none, None).expect("frame").colour);
    assert!(gpu.take_errors().is_empty(), "no errors were stored");
}

/// Saves pictures for people to look at where `WORLDPROOF_PICTURES` names a folder.
#[test]
fn glass_for_people() {
    let (Some(gpu), Some(folder)) = (gpu(), std::env::var_os("WORLDPROOF_PICTURES")) else { return };
    let mut now = scene::tabletop(960, 720);
    now.camera.world_from_camera = Pose::looking_at(DVec3::new(-0.25, 0.18, 1.05), DVec3::new(0.20, -0.02, 0.82));
    let add = |now: &mut Snapshot, shape: Shape, at: DVec3, material: Material| {
        now.bodies.push(scene::body(20 + now.bodies.len() as u16, Class::Clutter, shape, Pose::at(at), material));
    };
    let bottle = Shape::Cylinder { radius: 0.035, half_height: 0.09, round: 0.012 };
    add(&mut now, bottle, DVec3::new(0.12, -0.08, 0.842), matter([0.55, 0.85, 0.65], 0.05, 0.92));
    let pane = Shape::Box { half: DVec3::new(0.002, 0.10, 0.09), round: 0.0 };
    add(&mut now, pane, DVec3::new(0.10, 0.10, 0.842), matter([0.97, 1.0, 0.98], 0.04, 1.0));
    let film = Shape::Box { half: DVec3::new(0.05, 0.05, 0.04), round: 0.01 };
    add(&mut now, film, DVec3::new(0.34, -0.14, 0.80), matter([0.95; 3], 0.45, 0.7));
    let colour = Renderer::new(&gpu).expect("renderer").frame(&now, None).expect("frame").colour;
    let file = std::path::PathBuf::from(folder).join("glass.png");
    crate::base::files::write_whole(&file, &crate::base::png::encode_rgb(&colour).expect("png")).expect("written");
}
