//! Meshes' own pictures with known answers: places, edges, smaller copies, holes.

use std::sync::Arc;

use glam::DVec3;

use super::{gpu, scene};
use crate::base::Pose;
use crate::render::{Extra, Frame, Renderer, Wanted};
use crate::world::snapshot::{
    Camera, Class, Holds, Lamp, Material, Mesh, Picture, Pictures, Shape, Snapshot, Surface, Texture, Weather, Wrap,
};

fn texture(size: [u32; 2], holds: Holds, wrap: Wrap, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Texture {
    let places = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| (x, y)));
    let bytes = places.flat_map(|(x, y)| pixel(x, y)).collect();
    Texture { picture: Arc::new(Picture::new(size, holds, bytes).expect("a picture")), wrap: [wrap; 2] }
}

fn coloured(texture: Texture) -> Pictures {
    Pictures { colour: Some(texture), ..Pictures::default() }
}

fn white() -> Material {
    Material { roughness: 1.0, ..scene::material(Surface::Textured, [1.0; 3], [0.0; 3], 1.0) }
}

/// A square of side 2 at z = 0, its pictures upright for who looks down from above with y up; it has them `times` across.
fn square(pictures: Pictures, times: f32) -> Shape {
    let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(|[x, y]: [f64; 2]| DVec3::new(x, y, 0.0));
    let uv =
        [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]].map(|at: [f32; 2]| at.map(|part| (part - 0.5) * times + 0.5));
    let mesh = Mesh::textured((&corners, &uv), &[[0, 1, 2], [0, 2, 3]], 0.5, Arc::new(pictures)).expect("a mesh");
    Shape::Mesh(Arc::new(mesh))
}

/// The square alone, filling a picture of 64 x 64 pixels, 32 to a metre.
fn alone(shape: Shape, material: Material) -> Snapshot {
    let eye = Pose::looking_at(DVec3::new(0.0, -1e-9, 10.0), DVec3::ZERO);
    let mut camera = Camera::with_vertical_fov(64, 64, 20.0, eye);
    camera.focal_px = glam::DVec2::splat(320.0);
    let bodies = vec![scene::body(3, Class::Clutter, shape, Pose::at(DVec3::ZERO), material)];
    Snapshot {
        time_s: 0.0,
        bodies,
        light: scene::light(),
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera,
    }
}

fn drawn(renderer: &mut Renderer, now: &Snapshot) -> (Frame, Extra) {
    let mut frame = Frame::empty();
    let extra = renderer.frame_with(&mut frame, now, None, Wanted { linear: true, albedo: true }).expect("frame");
    (frame, extra)
}

/// The colour of the matter at a pixel, as an sRGB byte.
fn albedo(extra: &Extra, [x, y]: [u32; 2]) -> [f64; 3] {
    let encoded = |root: u8| {
        let linear = (f64::from(root) / 255.0).powi(2);
        255.0 * if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
    };
    extra.albedo.as_ref().expect("asked for").pixel(x, y).map(encoded)
}

fn assert_near(got: [f64; 3], wanted: [u8; 3], what: &str) {
    for (got, wanted) in got.into_iter().zip(wanted) {
        // half a step of the picture, and half a step of the channel, whose steps are roots
        assert!((got - f64::from(wanted)).abs() < 1.5, "{what}: {got} for {wanted}");
    }
}

#[test]
fn a_picture_lies_where_its_corners_say_and_goes_on_as_it_says() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let four = |x: u32, y: u32| {
        [[[200, 30, 40, 255], [20, 180, 60, 255]], [[30, 60, 220, 255], [240, 230, 90, 255]]][y as usize][x as usize]
    };
    let pixel = |x, y| {
        let [r, g, b, _] = four(x, y);
        [r, g, b]
    };
    let mut now = alone(square(coloured(texture([2, 2], Holds::Colour, Wrap::Edge, four)), 1.0), white());
    // texels are 32 pixels wide, and now their middles lie on those of pixels
    now.camera.centre_px += 0.5;
    let (_, extra) = drawn(&mut renderer, &now);
    for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        assert_near(albedo(&extra, [16 + 32 * x, 16 + 32 * y]), pixel(x, y), "a texel's middle");
    }
    // three times as many: the middle third of the square has the picture, and beyond it what the edge says
    for (wrap, right, far) in [(Wrap::Repeat, 0, 1), (Wrap::Mirror, 1, 0), (Wrap::Edge, 1, 1)] {
        let (_, extra) =
            drawn(&mut renderer, &alone(square(coloured(texture([2, 2], Holds::Colour, wrap, four)), 3.0), white()));
        // texels are 64/6 pixels wide: those from the fifth to the sixth lie beyond the right edge, in the first row of the picture
        for (column, texel) in [(26, 0), (37, 1), (48, right), (58, far)] {
            assert_near_texel(albedo(&extra, [column, 26]), pixel(texel, 0), &format!("{wrap:?}, column {column}"));
        }
    }
}

/// Near the middle of a texel: a fiftieth of its neighbours' light is in it.
fn assert_near_texel(got: [f64; 3], wanted: [u8; 3], what: &str) {
    let light = |byte: f64| (byte / 255.0).powf(2.2);
    let near = |(got, wanted): (&f64, u8)| (light(*got) - light(f64::from(wanted))).abs() < 0.04;
    assert!(got.iter().zip(wanted).all(near), "{what}: {got:?} for {wanted:?}");
}

#[test]
fn far_off_a_chequer_is_half_its_light() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let chequer = texture([64, 64], Holds::Colour, Wrap::Repeat, |x, y| {
        [[255, 255, 255, 255], [0, 0, 0, 255]][((x + y) & 1) as usize]
    });
    let (_, extra) = drawn(&mut renderer, &alone(square(coloured(chequer), 16.0), white()));
    for at in [[3, 5], [31, 32], [60, 40]] {
        assert_near(albedo(&extra, at), [188; 3], "sixteen by sixteen texels a pixel");
    }
}

#[test]
fn holes_are_holes_in_every_channel() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let half = texture([2, 1], Holds::Colour, Wrap::Edge, |x, _| [90, 90, 90, if x == 0 { 255 } else { 0 }]);
    let mut now = alone(square(coloured(half), 1.0), white());
    let slab = Shape::Box { half: DVec3::new(2.0, 2.0, 0.5), round: 0.0 };
    now.bodies.insert(0, scene::body(1, Class::Table, slab, Pose::at(DVec3::Z * -1.5), scene::grey()));
    now.light.sun_direction = DVec3::new(0.3, 0.0, 1.0).normalize();
    now.light.sun_radius_rad = 0.005;
    let (frame, _) = drawn(&mut renderer, &now);
    let at = |x: usize, y: usize| 64 * y + x;
    for row in [2, 33, 61] {
        assert_eq!((frame.instance[at(28, row)], frame.instance[at(36, row)]), (3, 1));
        assert!((frame.depth_m[at(28, row)] - 10.0).abs() < 1e-3 && (frame.depth_m[at(36, row)] - 11.0).abs() < 1e-3);
    }
    // what is seen through the hole lies in the sun there, and a whole sheet would shade it
    let lit = frame.colour.pixel(50, 32)[1];
    now.bodies[1].material.surface = Surface::Even;
    now.camera.world_from_camera = Pose::looking_at(DVec3::new(6.0, 0.0, 8.0), DVec3::new(0.5, 0.0, -1.0));
    let shaded = drawn(&mut renderer, &now).0;
    now.bodies[1].material.surface = Surface::Textured;
    let open = drawn(&mut renderer, &now).0;
    let differ =
        shaded.colour.bytes.iter().zip(&open.colour.bytes).filter(|(shaded, open)| **open > **shaded + 20).count();
    assert!(lit > 100 && differ > 200, "{lit} through the hole, {differ} bytes brighter with it");
    // and so does what a lamp shines at
    now.light.sun = [0.0; 3];
    now.lamps = vec![Lamp { position: DVec3::new(1.2, 0.0, 4.0), radius_m: 0.01, at_1_m: [15.0; 3], ..scene::lamp() }];
    now.lamps[0].direction = -DVec3::Z;
    let through = drawn(&mut renderer, &now).0;
    now.bodies[1].material.surface = Surface::Even;
    let dark = drawn(&mut renderer, &now).0;
    let pairs = dark.colour.bytes.iter().zip(&through.colour.bytes);
    let differ = pairs.filter(|(dark, through)| **through > **dark + 20).count();
    now.bodies[1].material.surface = Surface::Textured;
    assert!(differ > 200, "{differ} bytes brighter with the hole under a lamp");
    if renderer.can_cover() {
        let covers = renderer.covers(&now).expect("covers");
        let seen = open.instance.iter().filter(|id| **id == 3).count();
        let own = covers.iter().find(|cover| cover.instance == 3).expect("covered");
        assert_eq!(own.area_px() as usize, seen, "nothing stands before it: it covers what is seen of it");
    }
}

#[test]
fn roughness_metal_and_normals_come_from_pictures() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let lit = |renderer: &mut Renderer, normal: [u8; 4], sun: DVec3| {
        let normals = texture([1, 1], Holds::Numbers, Wrap::Repeat, |_, _| normal);
        let mut now = alone(square(Pictures { normals: Some(normals), ..Pictures::default() }, 1.0), white());
        now.light.sun_direction = sun.normalize();
        let (frame, extra) = drawn(renderer, &now);
        assert_eq!(frame.normal[64 * 32 + 32], [0, 0, 127], "the exact normal is the surface's own");
        extra.linear.expect("asked for").pixels[64 * 32 + 32][1]
    };
    // red leans towards the picture's right (x), green towards its top (y)
    let (right, up) = (DVec3::new(1.0, 0.0, 1.0), DVec3::new(0.0, 1.0, 1.0));
    let plain = lit(&mut renderer, [128, 128, 255, 255], right);
    for (normal, sun) in [([198, 128, 234, 255], right), ([128, 198, 234, 255], up)] {
        assert!(lit(&mut renderer, normal, sun) > 1.1 * plain, "it leans towards the sun");
        assert!(
            lit(&mut renderer, normal, -sun + 2.0 * DVec3::Z) < 0.9 * plain,
            "and away from one that stands across"
        );
    }
    let mirror = texture([1, 1], Holds::Numbers, Wrap::Repeat, |_, _| [0, 10, 255, 255]);
    let metal = Material { metallic: 1.0, ..white() };
    let mut now = alone(square(Pictures { roughness: Some(mirror), ..Pictures::default() }, 1.0), metal);
    let textured = drawn(&mut renderer, &now).1;
    now.bodies[0].material = Material { roughness: 10.0 / 255.0, surface: Surface::Even, ..metal };
    assert!(textured == drawn(&mut renderer, &now).1, "as if the material had these numbers");
}

#[test]
fn bodies_share_a_mesh_with_pictures_and_let_go_of_it() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let red = texture([1, 1], Holds::Colour, Wrap::Edge, |_, _| [200, 20, 20, 255]);
    let picture = Arc::downgrade(&red.picture);
    let mut now = alone(square(coloured(red), 1.0), white());
    let mut other = now.bodies[0].clone();
    other.instance = 4;
    other.pose.position = DVec3::new(0.0, 1.0, 0.1);
    other.material.colour = [0.0, 1.0, 1.0];
    now.bodies.push(other);
    let (frame, extra) = drawn(&mut renderer, &now);
    assert_eq!((frame.instance[64 * 50 + 32], frame.instance[64 * 10 + 32]), (3, 4));
    assert_near(albedo(&extra, [32, 50]), [200, 20, 20], "as it is");
    assert_near(albedo(&extra, [32, 10]), [0, 20, 20], "times its own colour");
    drop((now, renderer));
    assert!(picture.upgrade().is_none(), "nothing holds it any more");
}

#[test]
fn what_a_picture_says_shines_in_the_dark_in_its_own_colour() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let left =
        texture([2, 1], Holds::Colour, Wrap::Edge, |x, _| if x == 0 { [255, 255, 188, 255] } else { [0, 0, 0, 255] });
    let pictures = Pictures { light: Some(left), ..Pictures::default() };
    for glow in [0.3, 2.0, 900.0] {
        let material = Material { second: [1.0, 0.5, 0.5], colour: [0.04, 0.36, 0.04], glow, ..white() };
        let mut now = alone(square(pictures.clone(), 1.0), material);
        now.light = crate::world::snapshot::Light {
            sun: [0.0; 3],
            sky: [0.0; 3],
            horizon: [0.0; 3],
            ground: [0.0; 3],
            ..now.light
        };
        let (_, extra) = drawn(&mut renderer, &now);
        let linear = extra.linear.as_ref().expect("asked for");
        for (value, share) in linear.pixels[32 * 64 + 8].into_iter().zip([1.0, 0.5, 0.25]) {
            // half a step of 1/63 of the power of two above, and of a half float
            assert!((value / glow - share).abs() < 0.017, "{value} for {share} of {glow}");
        }
        assert_eq!(linear.pixels[32 * 64 + 56], [0.0; 3], "where its picture is black it gives off nothing");
        assert_near(albedo(&extra, [8, 32]), [56, 162, 56], "its own colour is another");
    }
}
