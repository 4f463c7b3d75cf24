//! Pictures against analytic rays, and against themselves. They need a Vulkan driver (a software one will do) and fail
//! without; `WORLDPROOF_NO_GPU=1` skips them on machines that cannot have one.

mod amodal;
mod dome;
mod glass;
mod light;
mod patterns;
mod pictures;
pub(super) mod scene;
mod sheet;

use std::sync::OnceLock;

use glam::DVec3;

use super::{Gpu, PictureTarget, Renderer, TileRect};
use crate::base::png::encode_rgb;
use crate::world::snapshot::{Snapshot, Weather};

/// One device for all tests; `None` only where the environment says so.
pub(super) fn gpu() -> Option<Gpu> {
    static SHARED: OnceLock<Option<Gpu>> = OnceLock::new();
    SHARED
        .get_or_init(|| {
            if std::env::var_os("WORLDPROOF_NO_GPU").is_some_and(|value| value == "1") {
                return None;
            }
            Some(Gpu::headless().expect("a graphics driver; set WORLDPROOF_NO_GPU=1 to skip"))
        })
        .clone()
}

/// Saves pictures for people to look at where `WORLDPROOF_PICTURES` names a folder.
#[test]
fn pictures_for_people() {
    let (Some(gpu), Some(folder)) = (gpu(), std::env::var_os("WORLDPROOF_PICTURES")) else { return };
    let folder = std::path::PathBuf::from(folder);
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let save = |name: &str, rgb: &crate::base::Rgb| {
        let bytes = encode_rgb(rgb).expect("png");
        crate::base::files::write_whole(&folder.join(name), &bytes).expect("written");
    };
    for (name, light) in [("bright.png", scene::light()), ("dim.png", scene::dim())] {
        let now = Snapshot { light, ..scene::tabletop(640, 480) };
        save(name, &renderer.frame(&now, None).expect("frame").colour);
    }
    let mut close = scene::tabletop(960, 720);
    close.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-0.15, 0.18, 1.02), DVec3::new(0.17, 0.02, 0.82));
    save("close.png", &renderer.frame(&close, None).expect("frame").colour);
    let mut wide = scene::tabletop(960, 540);
    wide.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-1.3, -1.1, 1.7), DVec3::new(0.35, 0.0, 0.7));
    save("wide.png", &renderer.frame(&wide, None).expect("frame").colour);
    let mut night = Snapshot { light: scene::dim(), ..scene::tabletop(960, 540) };
    night.light.exposure = 1.4;
    night.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-1.0, -0.9, 1.6), DVec3::new(0.25, 0.0, 0.75));
    let lamp = |position, at_1_m, outer_rad| crate::world::Lamp {
        name: "lamp".into(),
        position,
        direction: (DVec3::new(0.2, 0.0, 0.7) - position).normalize(),
        inner_rad: 0.8 * outer_rad,
        outer_rad,
        radius_m: 0.02,
        at_1_m,
        casts: true,
    };
    night.lamps = vec![
        lamp(DVec3::new(0.6, 0.55, 1.5), [0.9, 0.7, 0.4], 0.5),
        lamp(DVec3::new(0.3, -0.5, 0.95), [0.05, 0.1, 0.25], std::f32::consts::PI),
    ];
    save("lamps.png", &renderer.frame(&night, None).expect("frame").colour);
    let weather = Weather { fog_per_m: 0.05, rain_mm_h: 20.0, wetness: 1.0, puddles: 0.5, ..Weather::default() };
    let mut wet = Snapshot { weather, ..scene::tabletop(960, 540) };
    wet.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-2.6, -1.9, 1.2), DVec3::new(0.35, 0.0, 0.5));
    save("rain.png", &renderer.frame(&wet, None).expect("frame").colour);
    wet.weather = Weather { snow_mm_h: 3.0, ..Weather::default() };
    save("snow.png", &renderer.frame(&wet, None).expect("frame").colour);
}

#[test]
fn shaders_parse_and_their_structs_are_the_twins_of_ours() {
    use super::lamps::{FaceData, LampData};
    use super::layout::{BodyData, FrameData};
    use super::mesh::Vertex;
    use wgpu::naga;
    for (name, source) in super::shaders::ALL {
        let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|err| panic!("{name}: {err}"));
        let flags = naga::valid::ValidationFlags::all();
        naga::valid::Validator::new(flags, naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32)
            .validate(&module)
            .unwrap_or_else(|err| panic!("{name}: {err:?}"));
        let mut found = 0;
        for (_, ty) in module.types.iter() {
            let naga::TypeInner::Struct { members, span } = &ty.inner else { continue };
            let offsets: Vec<u32> = members.iter().map(|member| member.offset).collect();
            let (size, ours): (usize, Vec<usize>) = match ty.name.as_deref() {
                Some("Frame") => (size_of::<FrameData>(), FrameData::OFFSETS.into()),
                Some("Body") => (size_of::<BodyData>(), BodyData::OFFSETS.into()),
                Some("Slot") => (16, [0, 4, 8, 12].into()),
                Some("Face") => (16 * FaceData::OFFSETS.len(), FaceData::OFFSETS.into()),
                // ours is followed by room up to the step of dynamic offsets
                Some("Lamp") => (16 * LampData::OFFSETS.len(), LampData::OFFSETS.into()),
                _ => continue,
            };
            found += 1;
            assert_eq!(*span as usize, size, "{name}: size of {:?}", ty.name);
            for offset in ours {
                assert!(offsets.contains(&(offset as u32)), "{name}: {:?} has no member at {offset}", ty.name);
            }
        }
        assert!(found > 0, "{name}: no shared struct");
    }
    assert_eq!(size_of::<Vertex>(), 24, "two vec3 attributes without padding");
}

#[test]
fn nothing_near_a_body_lies_outside_its_rectangle() {
    use super::layout::on_screen;
    let now = scene::tabletop(320, 240);
    let view = super::view::View::alone(&now, None);
    let camera = &now.camera;
    let (mut inside, mut outside) = (0, 0);
    for body in &now.bodies {
        let rect = on_screen(body, &view, 0.1).map(|seen| seen.rect);
        let half = body.shape.half_extents_m() + 0.1;
        for step in 0..1000_u32 {
            let share = |bit: u32| f64::from(step / bit % 10) / 4.5 - 1.0;
            let point = body.pose.point(half * DVec3::new(share(1), share(10), share(100)));
            let (pixel, depth) = camera.project(point);
            let at = [pixel.x / 160.0 - 1.0, 1.0 - pixel.y / 120.0];
            if depth < 0.01 || at.iter().any(|side| side.abs() > 1.0) {
                outside += 1;
                continue;
            }
            inside += 1;
            let [left, bottom, right, top] = rect.expect("what is seen has a rectangle").map(f64::from);
            let covered = (left..=right).contains(&at[0]) && (bottom..=top).contains(&at[1]);
            assert!(covered, "{at:?} of body {} outside {rect:?}", body.instance);
        }
    }
    assert!(inside > 1000 && outside > 1000, "{inside} inside, {outside} outside");
}

/// A scene of a few shapes whose hits are known, with and without movement.
fn known() -> Snapshot {
    use crate::world::snapshot::{Camera, Class, Shape};
    use scene::{body, grey, light};
    let tilt = |x: f64, y: f64, z: f64, turn: f64| crate::base::Pose {
        position: DVec3::new(x, y, z),
        rotation: glam::DQuat::from_euler(glam::EulerRot::XYZ, turn, 0.7 * turn, -0.4 * turn),
    };
    let slab = Shape::Box { half: DVec3::new(8.0, 8.0, 0.1), round: 0.0 };
    let cube = |x, y, z| Shape::Box { half: DVec3::new(x, y, z), round: 0.0 };
    let ball = |radius| Shape::Sphere { radius };
    let bodies = vec![
        body(1, Class::Background, slab, tilt(0.0, 0.0, -0.1, 0.0), grey()),
        body(2, Class::Clutter, ball(0.5), tilt(1.0, 0.4, 0.6, 0.3), grey()),
        body(3, Class::Clutter, ball(0.21), tilt(-0.6, -0.9, 0.3, 1.1), grey()),
        body(4, Class::Clutter, cube(0.3, 0.4, 0.2), tilt(0.1, -0.7, 0.7, 0.5), grey()),
        body(700, Class::Clutter, cube(0.15, 0.5, 0.35), tilt(0.2, 1.2, 0.5, -0.8), grey()),
    ];
    let eye = crate::base::Pose::looking_at(DVec3::new(-3.8, 0.3, 2.1), DVec3::new(0.3, 0.1, 0.4));
    let camera = Camera::with_vertical_fov(317, 239, 45.0, eye);
    Snapshot { time_s: 0.0, bodies, light: light(), lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}

/// A box as a mesh: the picture is that of the box, whichever comes first, and a second picture needs no second upload.
#[test]
fn a_mesh_is_drawn_as_the_shape_that_it_has() {
    use crate::world::snapshot::{Mesh, Shape};
    let Some(gpu) = gpu() else { return };
    let now = known();
    let corners_of = |half: DVec3| -> Vec<DVec3> {
        let sign = |bits: u32, bit: u32| if bits >> bit & 1 == 1 { 1.0 } else { -1.0 };
        (0..8).map(|bits| half * DVec3::new(sign(bits, 0), sign(bits, 1), sign(bits, 2))).collect()
    };
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles: Vec<[u32; 3]> = quads.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect();
    let mut meshes = now.clone();
    for body in &mut meshes.bodies {
        let Shape::Box { half, .. } = body.shape else { continue };
        let mesh = Mesh::creased(&corners_of(half), &triangles, 0.5).expect("a mesh");
        body.shape = Shape::Mesh(std::sync::Arc::new(mesh));
    }
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let (shapes, first) = (renderer.frame(&now, None).expect("frame"), renderer.frame(&meshes, None).expect("frame"));
    let again = renderer.frame(&meshes, None).expect("frame");
    assert_eq!(first, again, "the same picture twice");
    let differ = shapes.instance.iter().zip(&first.instance).filter(|(a, b)| a != b).count();
    assert_eq!(differ, 0, "pixels with another instance");
    let off_m = shapes.depth_m.iter().zip(&first.depth_m).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // 1 / w in single precision: 1.5e-5 m seen at 5 m
    assert!(off_m < 3e-5, "depth {off_m} m");
    let pairs = || shapes.colour.pixels().zip(first.colour.pixels()).flat_map(|(a, b)| std::iter::zip(a, b));
    let off = pairs().map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
    // the sun's visibility has 15 steps; where one falls the other way for a rounding, a quarter of it shows
    assert!(off <= 4, "colour differs by {off}/255");
}

/// The analytic hit of a ray: index, distance along `direction`, world normal.
fn cast(now: &Snapshot, origin: DVec3, direction: DVec3) -> Option<(usize, f64, DVec3)> {
    use crate::world::snapshot::Shape;
    let mut best: Option<(usize, f64, DVec3)> = None;
    for (index, body) in now.bodies.iter().enumerate() {
        let inverse = body.pose.inverse();
        let (start, along) = (inverse.point(origin), inverse.rotation * direction);
        let hit = match body.shape {
            Shape::Sphere { radius } => {
                let (a, b) = (along.dot(along), start.dot(along));
                let inside = b * b - a * (start.dot(start) - radius * radius);
                (inside > 0.0).then(|| {
                    let t = (-b - inside.sqrt()) / a;
                    (t, (start + along * t) / radius)
                })
            }
            Shape::Box { half, .. } => {
                let (mut enter, mut leave, mut axis) = (f64::NEG_INFINITY, f64::INFINITY, 0);
                for side in 0..3 {
                    let (a, b) = ((-half[side] - start[side]) / along[side], (half[side] - start[side]) / along[side]);
                    if a.min(b) > enter {
                        (enter, axis) = (a.min(b), side);
                    }
                    leave = leave.min(a.max(b));
                }
                let mut normal = DVec3::ZERO;
                normal[axis] = -along[axis].signum();
                (enter < leave).then_some((enter, normal))
            }
            _ => None,
        };
        if let Some((t, normal)) = hit
            && t > 0.0
            && best.is_none_or(|(_, other, _)| t < other)
        {
            best = Some((index, t, body.pose.rotation * normal));
        }
    }
    best
}

#[test]
fn depth_ids_normals_and_flow_agree_with_analytic_rays() {
    let Some(gpu) = gpu() else { return };
    let now = known();
    let mut next = now.clone();
    for (index, body) in next.bodies.iter_mut().enumerate().skip(1) {
        body.pose.position += DVec3::new(0.02, -0.03, 0.015 * index as f64);
        body.pose.rotation = glam::DQuat::from_rotation_z(0.04) * body.pose.rotation;
    }
    next.camera.world_from_camera.position += DVec3::new(0.01, 0.02, 0.0);
    let frame = Renderer::new(&gpu).expect("renderer").frame(&now, Some(&next)).expect("frame");
    let camera = &now.camera;
    let ray = |x: f64, y: f64| {
        let across = (glam::DVec2::new(x, y) - camera.centre_px) / camera.focal_px;
        camera.world_from_camera.rotation * DVec3::new(across.x, across.y, 1.0)
    };
    let origin = camera.world_from_camera.position;
    let (mut compared, mut sky, mut seen) = (0, 0, std::collections::BTreeSet::new());
    for y in 0..camera.height_px {
        for x in 0..camera.width_px {
            let at = (y * camera.width_px + x) as usize;
            let (u, v) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let hit = cast(&now, origin, ray(u, v));
            // away from edges: the pixel's neighbours meet the same face
            let same = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)].iter().all(|(du, dv)| {
                match (hit, cast(&now, origin, ray(u + du, v + dv))) {
                    (Some(a), Some(b)) => a.0 == b.0 && a.2.dot(b.2) > 0.9,
                    (None, None) => true,
                    _ => false,
                }
            });
            if !same {
                continue;
            }
            let Some((index, depth, normal)) = hit else {
                sky += 1;
                assert_eq!((frame.depth_m[at], frame.instance[at]), (0.0, 0), "sky at {x},{y}");
                assert_eq!((frame.normal[at], frame.flow_px[at]), ([0; 3], [0.0; 2]), "sky at {x},{y}");
                continue;
            };
            compared += 1;
            seen.insert(index);
            let body = &now.bodies[index];
            assert_eq!(frame.instance[at], body.instance, "id at {x},{y}");
            let slack = if depth < 6.0 { 0.001 } else { 0.001 * depth / 6.0 };
            assert!(
                (f64::from(frame.depth_m[at]) - depth).abs() < slack,
                "depth at {x},{y}: {} for {depth}",
                frame.depth_m[at]
            );
            let got = DVec3::from_array(frame.normal[at].map(|value| f64::from(value) / 127.0));
            let angle = got.normalize().angle_between(normal).to_degrees();
            assert!(angle < 0.5, "normal at {x},{y}: off by {angle} degrees");
            let point = body.pose.inverse().point(origin + ray(u, v) * depth);
            let moved = next.camera.project(next.bodies[index].pose.point(point)).0 - glam::DVec2::new(u, v);
            let flow = glam::DVec2::from_array(frame.flow_px[at].map(f64::from));
            assert!((flow - moved).length() < 0.05, "flow at {x},{y}: {flow} for {moved}");
        }
    }
    assert!(
        compared > 40_000 && sky > 1000 && seen.len() == now.bodies.len(),
        "{compared} pixels, {sky} sky, {seen:?}"
    );
}

#[test]
fn two_devices_and_two_renders_give_the_same_bytes() {
    let (Some(one), Some(_)) = (gpu(), gpu()) else { return };
    let other = Gpu::headless().expect("second device");
    let now = scene::tabletop(200, 150);
    let mut first = Renderer::new(&one).expect("renderer");
    let a = first.frame(&now, Some(&now)).expect("first");
    // another size in between must leave no trace
    first.frame(&scene::tabletop(64, 40), None).expect("between");
    let b = first.frame(&now, Some(&now)).expect("again");
    let c = Renderer::new(&other).expect("renderer").frame(&now, Some(&now)).expect("other device");
    assert!(a == b, "the same renderer, twice");
    assert!(a == c, "another device");
    assert!(a.flow_px.iter().all(|flow| *flow == [0.0; 2]), "nothing moved");
    assert!(one.take_errors().is_empty(), "no errors were stored");
}

#[test]
fn renderers_work_side_by_side_on_threads() {
    let Some(gpu) = gpu() else { return };
    let now = scene::tabletop(96, 72);
    let expected = Renderer::new(&gpu).expect("renderer").frame(&now, None).expect("frame");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut renderer = Renderer::new(&gpu).expect("renderer");
                for _ in 0..3 {
                    assert!(renderer.frame(&now, None).expect("frame") == expected, "the same bytes on each thread");
                }
            });
        }
    });
}

#[test]
fn odd_sizes_empty_scenes_and_limits() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    for (width, height) in [(1, 1), (3, 2), (65, 7), (130, 33)] {
        let frame = renderer.frame(&scene::tabletop(width, height), None).expect("frame");
        let count = (width * height) as usize;
        assert_eq!((frame.depth_m.len(), frame.colour.bytes.len()), (count, 3 * count), "{width} x {height}");
        assert_eq!((frame.instance.len(), frame.normal.len(), frame.flow_px.len()), (count, count, count));
        assert!(frame.instance.iter().any(|id| *id > 0), "{width} x {height} sees something");
    }
    let mut empty = scene::tabletop(40, 30);
    empty.bodies.clear();
    let frame = renderer.frame(&empty, None).expect("sky");
    assert!(frame.instance.iter().all(|id| *id == 0) && frame.depth_m.iter().all(|depth| *depth == 0.0), "only sky");
    assert!(frame.colour.bytes.iter().all(|byte| *byte > 20), "the sky has a colour");
    let text = renderer.frame(&scene::tabletop(100_000, 4), None).expect_err("too large").to_string();
    assert!(text.contains("max_texture_dimension_2d"), "{text}");
    let text = renderer.frame(&scene::tabletop(0, 4), None).expect_err("no pixels").to_string();
    assert!(text.contains("0 x 4"), "{text}");
    let other = Snapshot { bodies: Vec::new(), ..scene::tabletop(40, 30) };
    assert!(renderer.frame(&scene::tabletop(40, 30), Some(&other)).is_err(), "another list of bodies");
    assert!(gpu.take_errors().is_empty(), "refusals are ours, not the device's");
}

#[test]
fn previews_and_tiles_are_drawn_where_they_belong() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let now = scene::tabletop(64, 48);
    let mut target = PictureTarget::new(&gpu, 128, 48).expect("target");
    let direct = renderer.frame(&now, None).expect("frame");
    renderer.draw_to(&mut target, &now).expect("preview");
    let centred = read_picture(&gpu, &target);
    assert_eq!(centred[0], [0; 4], "margins are empty");
    let at = |x: usize, y: usize| y * 128 + x;
    // what is read back is smoothed on the processor, what is shown by the driver, whose samples have fewer bits: where the two
    // fall on different sides of a bound, a pixel is blended by another pair
    let mut far = 0;
    for (x, y) in (0..48).flat_map(|y| (0..64).map(move |x| (x, y))) {
        let read = direct.colour.pixel(x as u32, y as u32);
        let off = (0..3).map(|part| centred[at(x + 32, y)][part].abs_diff(read[part])).max().unwrap_or(0);
        assert!(off < 32, "pixel {x}, {y} is shown off by {off}");
        far += u32::from(off > 2);
    }
    assert!(far <= 30, "{far} of 3072 pixels are shown otherwise than read back");
    for x in [0, 64] {
        let tile = TileRect { x, y: 0, width: 64, height: 48 };
        renderer.draw_tiles(&mut target, &[(tile, &now)]).expect("tile");
    }
    let sheet = read_picture(&gpu, &target);
    assert!((0..48).all(|y| sheet[at(0, y)..at(64, y)] == sheet[at(64, y)..at(128, y)]), "two equal tiles");
    let outside = TileRect { x: 100, y: 0, width: 64, height: 48 };
    assert!(renderer.draw_tiles(&mut target, &[(outside, &now)]).is_err(), "beyond the edge");
}

/// The bytes of a picture.
pub(super) fn read_picture(gpu: &Gpu, target: &PictureTarget) -> Vec<[u8; 4]> {
    let [width, height] = target.size();
    let row = (4 * width).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(row * height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        target.texture().as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None },
        },
        target.texture().size(),
    );
    gpu.queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.expect("mapped"));
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).expect("poll");
    let bytes = buffer.get_mapped_range(..).expect("range");
    bytes.chunks(row as usize).flat_map(|row| row.as_chunks::<4>().0[..width as usize].to_vec()).collect()
}

#[test]
fn a_tall_thing_shades_a_strip_of_the_floor_and_no_more() {
    use crate::base::Pose;
    use crate::world::snapshot::{Camera, Class, Light, Shape};
    let Some(gpu) = gpu() else { return };
    // A floor casts nothing, so that most of it lies deeper than the map that fits the post.
    let floor = Shape::Box { half: DVec3::new(4.0, 4.0, 0.1), round: 0.0 };
    let post = Shape::Cylinder { radius: 0.05, half_height: 0.6, round: 0.01 };
    let bodies = vec![
        scene::body(1, Class::Background, floor, Pose::at(DVec3::new(0.0, 0.0, -0.1)), scene::grey()),
        scene::body(2, Class::Robot, post, Pose::at(DVec3::new(0.0, 0.0, 0.6)), scene::grey()),
    ];
    let light = Light { sun_direction: DVec3::new(-0.8, 0.0, 0.6), sun_radius_rad: 0.02, ..scene::light() };
    let eye = Pose::looking_at(DVec3::new(0.8, -2.5, 2.6), DVec3::new(0.5, 0.0, 0.0));
    let now = Snapshot {
        time_s: 0.0,
        bodies,
        light,
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera: Camera::with_vertical_fov(320, 240, 50.0, eye),
    };
    let lit = Renderer::new(&gpu).expect("renderer").frame(&now, None).expect("frame");
    let green = |x: f64, y: f64| {
        let (at, _) = now.camera.project(DVec3::new(x, y, 0.0));
        f64::from(lit.colour.pixel(at.x as u32, at.y as u32)[1])
    };
    let open = green(-0.5, 0.0);
    assert!(green(1.2, 0.0) < 0.75 * open, "the shadow's end: {} against {open}", green(1.2, 0.0));
    for beside in [0.2, -0.2, 0.35] {
        assert!(
            (green(1.2, beside) - open).abs() < 12.0,
            "beside it by {beside} m: {} against {open}",
            green(1.2, beside)
        );
    }
}

#[test]
fn the_sun_casts_a_shadow_away_from_itself_and_contact_darkens() {
    use crate::base::Pose;
    use crate::world::snapshot::{Camera, Class, Light, Shape};
    let Some(gpu) = gpu() else { return };
    let slab = Shape::Box { half: DVec3::new(2.0, 2.0, 0.1), round: 0.0 };
    let post = Shape::Cylinder { radius: 0.1, half_height: 0.25, round: 0.01 };
    let bodies = vec![
        scene::body(1, Class::Table, slab, Pose::at(DVec3::new(0.0, 0.0, -0.1)), scene::grey()),
        scene::body(2, Class::Clutter, post, Pose::at(DVec3::new(0.0, 0.0, 0.25)), scene::grey()),
    ];
    let light = Light { sun_direction: DVec3::new(-0.6, 0.0, 0.8), sun_radius_rad: 0.02, ..scene::light() };
    let eye = Pose::looking_at(DVec3::new(0.0, -1.5, 1.6), DVec3::ZERO);
    let mut now = Snapshot {
        time_s: 0.0,
        bodies,
        light,
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera: Camera::with_vertical_fov(320, 240, 50.0, eye),
    };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let lit = renderer.frame(&now, None).expect("frame");
    let green = |frame: &super::Frame, x: f64, y: f64| {
        let (at, _) = now.camera.project(DVec3::new(x, y, 0.0));
        f64::from(frame.colour.pixel(at.x as u32, at.y as u32)[1])
    };
    let (shaded, open) = (green(&lit, 0.25, 0.0), green(&lit, -0.35, 0.0));
    assert!(shaded < 0.75 * open, "shadow {shaded} against {open} on the sunny side");
    assert!((green(&lit, 1.0, 0.3) - green(&lit, -1.0, 0.3)).abs() < 12.0, "no self-shadow on the open plate");
    now.light.sun = [0.0; 3];
    let dull = renderer.frame(&now, None).expect("frame");
    let green = |x: f64, y: f64| {
        let (at, _) = now.camera.project(DVec3::new(x, y, 0.0));
        f64::from(dull.colour.pixel(at.x as u32, at.y as u32)[1])
    };
    assert!(
        green(0.0, -0.112) < 0.93 * green(0.0, -0.6),
        "contact: {} against {}",
        green(0.0, -0.112),
        green(0.0, -0.6)
    );
}

#[test]
fn far_from_the_origin_nothing_is_lost() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let here = known();
    let mut there = here.clone();
    let away = DVec3::new(65_536.0, -32_768.0, 4096.0);
    there.bodies.iter_mut().for_each(|body| body.pose.position += away);
    there.camera.world_from_camera.position += away;
    let (a, b) = (renderer.frame(&here, None).expect("here"), renderer.frame(&there, None).expect("there"));
    let other = a.instance.iter().zip(&b.instance).filter(|(a, b)| a != b).count();
    assert!(other < 20, "{other} pixels show another body");
    let off = a
        .depth_m
        .iter()
        .zip(&b.depth_m)
        .zip(a.instance.iter().zip(&b.instance))
        .filter(|(_, (a, b))| a == b)
        .map(|((a, b), _)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(off < 0.002, "depth moved by {off} m");
}

/// The documented curve of `light.wgsl`: what 8-bit sRGB value a white, matt plate in full light has.
#[test]
fn white_paper_has_the_documented_value_and_darks_are_lifted() {
    use crate::base::Pose;
    use crate::world::snapshot::{Camera, Class, Light, Shape};
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut paper = scene::material(crate::world::snapshot::Surface::Plain, [1.0; 3], [1.0; 3], 1.0);
    paper.metallic = 0.0;
    let slab = Shape::Box { half: DVec3::new(2.0, 2.0, 0.1), round: 0.0 };
    let eye = Pose::looking_at(DVec3::new(0.0, -0.8, 1.2), DVec3::ZERO);
    for (level, expected) in [(1.0, 238), (0.18, 123), (0.01, 36)] {
        let light = Light {
            sun_direction: DVec3::Z,
            sun: [level; 3],
            sun_radius_rad: 0.005,
            sky: [0.0; 3],
            horizon: [0.0; 3],
            ground: [0.0; 3],
            exposure: 1.0,
        };
        let bodies = vec![scene::body(1, Class::Table, slab.clone(), Pose::at(DVec3::new(0.0, 0.0, -0.1)), paper)];
        let camera = Camera::with_vertical_fov(64, 48, 40.0, eye);
        let frame = renderer
            .frame(
                &Snapshot {
                    time_s: 0.0,
                    bodies,
                    light,
                    lamps: Vec::new(),
                    dome: None,
                    weather: Weather::default(),
                    camera,
                },
                None,
            )
            .expect("frame");
        for value in frame.colour.pixel(32, 24) {
            assert!(i32::from(value).abs_diff(expected) <= 2, "light {level}: {value}, documented {expected}");
        }
    }
}
