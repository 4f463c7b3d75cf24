//! Rays against the renderer's pictures: what lies at the middle of a pixel is what a ray through it meets. It needs a Vulkan
//! driver, as the renderer's own tests do; `WORLDPROOF_NO_GPU=1` skips it.

use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::tests::{body, facets, pose, shape, snapshot};
use super::{Hit, Meshes, Moment, Ray, Scene};
use crate::base::{Pose, StreamKey};
use crate::render::{Frame, Gpu, Renderer, Wanted};
use crate::sense::camera::exposure::code;
use crate::world::sensor_model::Tone;
use crate::world::{Camera, Shape, Snapshot};

/// A floor and thirty shapes of every kind about 5 m from the eye.
fn scene(seed: u64) -> Snapshot {
    let mut stream = StreamKey::new(seed, "pictures").stream("bodies", 0);
    let slab = Shape::Box { half: DVec3::new(8.0, 8.0, 0.1), round: 0.0 };
    let mut bodies = vec![body(1, slab, Pose::at(DVec3::new(0.0, 0.0, -1.8)))];
    let mesh = Arc::new(facets(DVec3::new(0.4, 0.3, 0.5), 8));
    for at in 0..33_u64 {
        let shape = if at % 11 == 10 { Shape::Mesh(Arc::clone(&mesh)) } else { shape(&mut stream, at % 11) };
        bodies.push(body(2 + at as u16, shape, pose(&mut stream, 1.6)));
    }
    let eye = Pose::looking_at(DVec3::new(-5.0, 0.4, 1.2), DVec3::ZERO);
    Snapshot { camera: Camera::with_vertical_fov(400, 300, 45.0, eye), ..snapshot(0.0, bodies) }
}

fn ray(camera: &Camera, x: f64, y: f64) -> (Ray, f64) {
    let across = (DVec2::new(x, y) - camera.centre_px) / camera.focal_px;
    let direction = DVec3::new(across.x, across.y, 1.0);
    let world = camera.world_from_camera.rotation * direction.normalize();
    (Ray { origin: camera.world_from_camera.position, direction: world }, direction.length())
}

fn cast(moment: &Moment<'_>, camera: &Camera, x: f64, y: f64) -> Option<Hit> {
    moment.cast(&ray(camera, x, y).0, 100.0)
}

/// What a camera's model makes of the renderer's linear light is what the renderer shows of it.
#[test]
fn the_cameras_renderer_tone_is_that_of_the_pictures() {
    if std::env::var_os("WORLDPROOF_NO_GPU").is_some_and(|value| value == "1") {
        return;
    }
    let gpu = Gpu::headless().expect("a graphics driver; set WORLDPROOF_NO_GPU=1 to skip");
    let mut renderer = Renderer::new(&gpu).expect("a renderer");
    let (now, mut frame) = (scene(3), Frame::empty());
    let wanted = Wanted { linear: true, albedo: false };
    let light = renderer.frame_with(&mut frame, &now, None, wanted).expect("a picture").linear.expect("light");
    let width = frame.width as usize;
    let ids = |at: usize| [at - width - 1, at - width + 1, at + width - 1, at + width + 1].map(|at| frame.instance[at]);
    let (mut n, mut far) = (0_u32, 0_u32);
    for at in width + 1..frame.instance.len() - width - 1 {
        // Edges are smoothed: in linear light for the one picture, as bytes for the other.
        if ids(at) != [frame.instance[at]; 4] {
            continue;
        }
        let code = code(&Tone::Renderer, light.pixels[at].map(|channel| channel * now.light.exposure));
        let shown = frame.colour.pixel((at % width) as u32, (at / width) as u32);
        let off = |(code, shown): (f32, u8)| (f64::from(code) * 255.0 - f64::from(shown)).abs();
        (n, far) = (n + 1, far + u32::from(code.into_iter().zip(shown).map(off).any(|off| off > 0.51)));
    }
    // Bytes are rounded; what is left are edges within one thing.
    println!("{far} of {n} pixels are off by more than half a step");
    assert!(n > 90_000 && f64::from(far) < 0.05 * f64::from(n), "{far} of {n}");
}

/// What kinds of shapes came to.
#[derive(Default)]
struct Off {
    pixels: u32,
    /// Sum and largest of depth in metres, and of the normal in degrees.
    depth: [f64; 2],
    normal: [f64; 2],
}

fn kind(shape: &Shape) -> usize {
    match *shape {
        Shape::Box { round, .. } => usize::from(round > 0.0),
        Shape::Cylinder { .. } => 2,
        Shape::Sphere { .. } => 3,
        Shape::Capsule { .. } => 4,
        Shape::Cone { .. } => 5,
        Shape::Mesh(_) => 6,
    }
}

const KINDS: [&str; 7] = ["sharp box", "rounded box", "cylinder", "ball", "capsule", "cone", "mesh"];

/// What all pixels came to.
#[derive(Default)]
struct Tally {
    all: [Off; 7],
    /// Pixels away from edges that show another body.
    wrong: u32,
}

impl Tally {
    /// Compares pixel number `at` of `frame` with rays, where its neighbours meet the same surface.
    fn take(&mut self, (now, frame): (&Snapshot, &Frame), moment: &Moment<'_>, at: u32) {
        let camera = &now.camera;
        let (x, y) = (f64::from(at % camera.width_px) + 0.5, f64::from(at / camera.width_px) + 0.5);
        let at = at as usize;
        let hit = cast(moment, camera, x, y);
        let beside = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)];
        let same = beside.iter().all(|(u, v)| match (hit, cast(moment, camera, x + u, y + v)) {
            (Some(a), Some(b)) => a.body == b.body && a.normal.dot(b.normal) > 0.9,
            (None, None) => true,
            _ => false,
        });
        if !same {
            return;
        }
        let shown = frame.instance[at];
        let Some(hit) = hit else {
            self.wrong += u32::from(shown != 0);
            return;
        };
        let body = &now.bodies[hit.body];
        if shown != body.instance {
            self.wrong += 1;
            return;
        }
        let (along, stretch) = ray(camera, x, y);
        let facing = -hit.normal.dot(along.direction);
        // Where the surface is steep, a pixel's depth changes by more than any of these bounds within the pixel.
        if facing < 0.25 {
            return;
        }
        let off = &mut self.all[kind(&body.shape)];
        let depth = (f64::from(frame.depth_m[at]) - hit.distance_m / stretch).abs();
        let shown = DVec3::from_array(frame.normal[at].map(|value| f64::from(value) / 127.0)).normalize();
        let normal = shown.dot(hit.normal).min(1.0).acos().to_degrees();
        off.pixels += 1;
        off.depth = [off.depth[0] + depth, off.depth[1].max(depth)];
        off.normal = [off.normal[0] + normal, off.normal[1].max(normal)];
    }
}

/// Shapes of every kind agree to 1 mm and half a degree at 5 m, and every pixel away from edges shows the body that is there.
#[test]
fn pictures_show_what_rays_meet() {
    if std::env::var_os("WORLDPROOF_NO_GPU").is_some_and(|value| value == "1") {
        return;
    }
    let gpu = Gpu::headless().expect("a graphics driver; set WORLDPROOF_NO_GPU=1 to skip");
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut tally = Tally::default();
    for seed in 0..3 {
        let now = scene(seed);
        let frame = renderer.frame(&now, None).expect("frame");
        let mut meshes = Meshes::default();
        let whole = Scene::new(&now, None, &mut meshes);
        let moment = whole.at(0.0);
        (0..now.camera.width_px * now.camera.height_px).for_each(|at| tally.take((&now, &frame), &moment, at));
    }
    let Tally { all, wrong } = tally;
    for (name, off) in KINDS.iter().zip(&all) {
        let mean = |sum: f64| sum / f64::from(off.pixels);
        println!(
            "{name}: {} pixels, depth {:.3} mm in the mean and {:.3} at most, normal {:.2} and {:.2} degrees",
            off.pixels,
            1e3 * mean(off.depth[0]),
            1e3 * off.depth[1],
            mean(off.normal[0]),
            off.normal[1]
        );
        let (depth, normal) = (off.depth[1], off.normal[1]);
        assert!(off.pixels > 10_000 && depth < 1e-3 && normal < 0.5, "{name}: {depth} m, {normal} degrees");
    }
    assert_eq!(wrong, 0, "pixels away from edges that show another body");
}
