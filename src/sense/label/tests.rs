//! Labels with known answers.

use super::*;
use crate::base::Pose;
use crate::base::StreamKey;
use crate::world::facts::{AreaKind, Bones, LaneArea, LaneLine, Lanes, LineKind, Pressing, Skeleton};
use crate::world::{Body, Camera, Light, Material, Shape, Surface, Weather};
use glam::{DQuat, DVec2, DVec3};

fn eye(now: &Snapshot) -> Eye<'_> {
    Eye { camera: &now.camera, lens: Lens::PINHOLE }
}

pub(in crate::sense) fn frame(width: u32, instance: Vec<u16>, depth_m: Vec<f32>) -> Frame {
    let height = instance.len() as u32 / width;
    Frame { depth_m, instance, ..Frame::blank(width, height) }
}

pub(in crate::sense) fn snapshot(bodies: &[(u16, Class, &str)]) -> Snapshot {
    let material = Material {
        surface: Surface::Plain,
        colour: [0.5; 3],
        second: [0.5; 3],
        roughness: 0.5,
        metallic: 0.0,
        scale_m: 0.1,
        seed: 0,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    };
    let body = |&(instance, class, name): &(u16, Class, &str)| Body {
        instance,
        class,
        name: Arc::from(name),
        shape: Shape::Sphere { radius: 1.0 },
        material,
        pose: Pose::IDENTITY,
    };
    let light = Light {
        sun_direction: DVec3::Z,
        sun: [1.0; 3],
        sun_radius_rad: 0.01,
        sky: [0.1; 3],
        horizon: [0.1; 3],
        ground: [0.1; 3],
        exposure: 1.0,
    };
    let camera = Camera::with_vertical_fov(4, 3, 60.0, Pose::IDENTITY);
    Snapshot {
        time_s: 0.0,
        bodies: bodies.iter().map(body).collect(),
        light,
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera,
    }
}

#[test]
fn boxes_masks_and_areas_agree_with_the_ids() {
    let ids = vec![
        0, 7, 7, 1, //
        2, 7, 9, 2, //
        1, 1, 2, 1,
    ];
    let world = snapshot(&[
        (1, Class::Background, "floor"),
        (2, Class::RobotArm, "arm"),
        (2, Class::RobotArm, "hand"),
        (3, Class::Table, "hidden table"),
        (7, Class::Canister, "canister"),
    ]);
    let got = labels(&frame(4, ids.clone(), vec![1.0; 12]), &world);
    let names: Vec<&str> = got.iter().map(|label| &*label.name).collect();
    assert_eq!(names, ["arm", "canister"], "no background, nothing hidden, no unknown id 9, one label an instance");
    assert_eq!((got[0].bbox_px, got[0].area_px), ([0, 1, 4, 2], 3), "arm in parts");
    assert_eq!((got[1].bbox_px, got[1].area_px), ([1, 0, 2, 2], 3), "canister");
    for label in &got {
        let expected: Vec<bool> = ids.iter().map(|id| *id == label.instance).collect();
        assert_eq!(label.mask.decode(), expected, "mask of {}", label.name);
        assert_eq!(label.mask.area_px(), u64::from(label.area_px), "area of {}", label.name);
    }
}

#[test]
fn depth_is_rounded_and_saturates() {
    let depths = vec![0.0, 0.000_1, 1.234_6, 65.534, 65.6, 1e9, -1.0, f32::NAN];
    let got = depth_mm(&frame(4, vec![1; 8], depths));
    assert_eq!(got, [0, 1, 1235, 65_534, 65_535, 65_535, 0, 0], "millimetres");
}

/// Where a ray enters `body`, a ball or a box: how many times `direction` away, and the normal there.
fn enters(body: &Body, origin: DVec3, direction: DVec3) -> Option<(f64, DVec3)> {
    let inverse = body.pose.inverse();
    let (start, along) = (inverse.point(origin), inverse.rotation * direction);
    let (t, normal) = match body.shape {
        Shape::Sphere { radius } => {
            let (a, b) = (along.dot(along), start.dot(along));
            let inside = b * b - a * (start.dot(start) - radius * radius);
            let t = (inside > 0.0).then(|| (-b - inside.sqrt()) / a)?;
            (t, (start + along * t) / radius)
        }
        Shape::Box { half, .. } => {
            let (one, two) = ((-half - start) / along, (half - start) / along);
            let (low, leave) = (one.min(two), one.max(two).min_element());
            let enter = (low.max_element() < leave).then(|| low.max_element())?;
            let axis = DVec3::new(
                f64::from(u8::from(low.x == enter)),
                f64::from(u8::from(low.y == enter)),
                f64::from(u8::from(low.z == enter)),
            );
            (enter, -axis * along.signum())
        }
        _ => panic!("balls and boxes"),
    };
    (t > 0.0).then(|| (t, body.pose.rotation * normal))
}

/// The picture of `now` by one ray a pixel, and what each instance covers.
fn cast(now: &Snapshot) -> (Frame, Vec<Cover>) {
    let camera = &now.camera;
    let (width, height) = (camera.width_px, camera.height_px);
    let size = (width * height) as usize;
    let mut picture = frame(width, vec![0; size], vec![0.0; size]);
    let mut covers: Vec<Cover> = now.bodies.iter().map(|body| Cover::none(body.instance, width, height)).collect();
    for y in 0..height {
        for x in 0..width {
            let across = (DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5) - camera.centre_px) / camera.focal_px;
            let ray = camera.world_from_camera.rotation * across.extend(1.0);
            let at = (y * width + x) as usize;
            for (body, cover) in now.bodies.iter().zip(&mut covers) {
                let Some((depth_m, normal)) = enters(body, camera.world_from_camera.position, ray) else { continue };
                cover.set(x, y);
                if picture.instance[at] == 0 || depth_m < f64::from(picture.depth_m[at]) {
                    (picture.instance[at], picture.depth_m[at]) = (body.instance, depth_m as f32);
                    picture.normal[at] = normal.to_array().map(|part| (part * 127.0).round() as i8);
                }
            }
        }
    }
    (picture, covers)
}

/// Balls and boxes at random places before a camera at the origin that looks along x.
fn scene(seed: u64, width_px: u32) -> Snapshot {
    let mut stream = StreamKey::new(seed, "labels").stream("scene", 0);
    let mut unit = || stream.next_unit() - 0.5;
    let mut now = snapshot(&[]);
    now.camera = Camera::with_vertical_fov(width_px, width_px * 3 / 4, 50.0, Pose::looking_at(DVec3::ZERO, DVec3::X));
    for at in 0..10_u16 {
        let shape = match at % 2 {
            0 => Shape::Sphere { radius: 0.25 + 0.2 * unit() },
            _ => {
                Shape::Box { half: DVec3::new(0.3 + 0.3 * unit(), 0.3 + 0.3 * unit(), 0.3 + 0.3 * unit()), round: 0.0 }
            }
        };
        let rotation = DQuat::from_xyzw(unit(), unit(), unit(), unit()).normalize();
        let position = DVec3::new(4.0 + 2.0 * unit(), 4.0 * unit(), 3.0 * unit());
        let body = Body {
            shape,
            pose: Pose { position, rotation },
            ..snapshot(&[(at + 1, Class::Clutter, "it")]).bodies[0].clone()
        };
        now.bodies.push(body);
    }
    now
}

#[test]
fn half_a_square_is_seen_and_the_other_half_has_a_name() {
    let ids = vec![
        2, 2, 3, 3, 0, //
        2, 2, 3, 3, 3, //
        2, 2, 3, 3, 0, //
        2, 2, 3, 3, 0, //
    ];
    let mut cover = Cover::none(2, 5, 4);
    (0..4).for_each(|at| (0..4).for_each(|other| cover.set(at, other)));
    let world = snapshot(&[(2, Class::Table, "square"), (3, Class::Clutter, "box"), (4, Class::Clutter, "gone")]);
    let mut gone = Cover::none(4, 5, 4);
    gone.set(3, 1);
    let got =
        Labels::of(&frame(5, ids, vec![1.0; 20]), (&world, Lens::PINHOLE), &Facts::default(), Some(&[cover, gone]));
    let amodal = got.seen[0].amodal.as_ref().unwrap();
    assert_eq!((amodal.visible, amodal.area_px, amodal.bbox_px), (0.5, 16, [0, 0, 4, 4]));
    assert_eq!(amodal.occluded_by, [(3, 8)]);
    assert_eq!(got.seen[1].amodal, None, "no cover, no guess");
    let hidden = &got.hidden[0];
    let amodal = hidden.amodal.as_ref().unwrap();
    assert_eq!((&*hidden.name, hidden.area_px, hidden.bbox_px, amodal.visible), ("gone", 0, [0; 4], 0.0));
    assert_eq!((amodal.area_px, &amodal.occluded_by[..]), (1, &[(3, 1)][..]));
}

#[test]
fn boxes_masks_and_occluders_of_random_scenes_are_those_of_analytic_rays() {
    let (mut partly, mut hidden, mut cut) = (0, 0, 0);
    for seed in 0..8 {
        let now = scene(seed, 120);
        let (picture, covers) = cast(&now);
        let got = Labels::of(&picture, (&now, Lens::PINHOLE), &Facts::default(), Some(&covers));
        hidden += got.hidden.len();
        for label in got.seen.iter().chain(&got.hidden) {
            let amodal = label.amodal.as_ref().unwrap();
            let (seen, all) = (label.mask.decode(), amodal.mask.decode());
            assert!(seen.iter().zip(&all).all(|(seen, covered)| *covered || !seen), "visible is covered");
            let inside = |[x, y, w, h]: [u32; 4], mask: &[bool]| {
                let set = |at: usize| [at as u32 % 120, at as u32 / 120];
                let places = || mask.iter().enumerate().filter(|(_, set)| **set).map(|(at, _)| set(at));
                let least = |axis: usize| places().map(|place| place[axis]).min().unwrap();
                let most = |axis: usize| places().map(|place| place[axis]).max().unwrap();
                [x, y, x + w - 1, y + h - 1] == [least(0), least(1), most(0), most(1)]
            };
            assert!(inside(amodal.bbox_px, &all), "the box is the mask's extent");
            assert!(label.area_px == 0 || inside(label.bbox_px, &seen), "the box is the mask's extent");
            let covered_by_others: u32 = amodal.occluded_by.iter().map(|(_, pixels)| pixels).sum();
            assert_eq!(amodal.area_px, label.area_px + covered_by_others, "every pixel is seen or hidden by somebody");
            for (other, pixels) in &amodal.occluded_by {
                let by = (0..all.len()).filter(|at| all[*at] && picture.instance[*at] == *other).count();
                assert_eq!(by as u32, *pixels, "hidden by {other}");
            }
            partly += usize::from(amodal.visible > 0.0 && amodal.visible < 1.0);
            // The rectangle of the geometry: at most a pixel round that of its pixels, where all of it is in the picture.
            let extent = label.extent.unwrap();
            cut += usize::from(extent.outside > 0.0);
            let [x, y, w, h] = amodal.bbox_px.map(f64::from);
            let [u, v, wide, high] = extent.bbox_px;
            let (low, right, bottom) = ([u.max(0.0), v.max(0.0)], (u + wide).min(120.0), (v + high).min(90.0));
            assert!(low[0] < x + 0.51 && low[1] < y + 0.51 && right > x + w - 0.51 && bottom > y + h - 0.51);
            if extent.outside == 0.0 && amodal.area_px > 60 {
                assert!(
                    u > x - 1.5 && v > y - 1.5 && u + wide < x + w + 1.5 && v + high < y + h + 1.5,
                    "{extent:?} {x} {y}"
                );
            }
        }
    }
    assert!(partly > 20 && hidden > 0 && cut > 5, "{partly} partly hidden, {hidden} hidden, {cut} cut");
}

#[test]
fn a_boxs_corners_project_onto_its_silhouettes_extent_and_its_frame_is_its_own() {
    let now = scene(3, 120);
    for body in now.bodies.iter().filter(|body| matches!(body.shape, Shape::Box { .. })) {
        let solid = solid::solid(&[body], &eye(&now)).unwrap();
        let Shape::Box { half, .. } = body.shape else { continue };
        assert!((solid.size_m - 2.0 * half).abs().max_element() < 1e-12);
        assert!(solid.world.position.distance(body.pose.position) < 1e-12);
        let corners = solid.corners_px.map(|corner| corner.unwrap());
        let low = corners.iter().copied().reduce(DVec2::min).unwrap();
        let high = corners.iter().copied().reduce(DVec2::max).unwrap();
        let [x, y, w, h] = solid::extent(&[body], &eye(&now)).unwrap().bbox_px;
        let off = (low - DVec2::new(x, y)).abs().max((high - DVec2::new(x + w, y + h)).abs()).max_element();
        assert!(off < 1e-9, "{off} px");
        let far = now.camera.project(body.pose.point(half * DVec3::new(1.0, -1.0, 1.0))).0;
        assert!(corners[5].distance(far) < 1e-9, "bits 0 and 2");
        let from_camera = now.camera.world_from_camera.then(&solid.camera);
        assert!(from_camera.position.distance(body.pose.position) < 1e-12);
    }
    // A ball on a box: one box round both, in the frame of the larger.
    let (mut large, mut small) = (now.bodies[1].clone(), now.bodies[0].clone());
    large.shape = Shape::Box { half: DVec3::new(0.5, 0.4, 0.3), round: 0.0 };
    small.shape = Shape::Sphere { radius: 0.1 };
    small.pose.position = large.pose.point(DVec3::new(0.0, 0.0, 0.4));
    let solid = solid::solid(&[&small, &large], &eye(&now)).unwrap();
    assert!((solid.size_m - DVec3::new(1.0, 0.8, 0.8)).abs().max_element() < 1e-12, "{}", solid.size_m);
    assert!(solid.world.position.distance(large.pose.point(DVec3::new(0.0, 0.0, 0.1))) < 1e-12);
}

#[test]
fn corners_are_seen_where_nothing_stands_between_them_and_the_camera() {
    let (mut counts, mut wrong) = ([0; 3], 0);
    for seed in 0..8 {
        let now = scene(seed, 240);
        let (picture, _) = cast(&now);
        let eye_m = now.camera.world_from_camera.position;
        for body in &now.bodies {
            let Shape::Box { half, .. } = body.shape else { continue };
            let sign = |bits: u32, bit: u32| if bits >> bit & 1 == 1 { 1.0 } else { -1.0 };
            let at = (0..8).map(|bits| body.pose.point(half * DVec3::new(sign(bits, 0), sign(bits, 1), sign(bits, 2))));
            let bones = Bones { names: vec![String::new(); 8], edges: Vec::new(), inside_m: vec![0.0; 8] };
            let skeleton = Skeleton { instance: body.instance, bones: bones.into(), at: at.collect() };
            let points = point::points(&picture, &eye(&now), &skeleton);
            for point in points.points {
                counts[point.sight as usize] += 1;
                // A second way: the ray to the point meets nothing before it.
                let clear = now
                    .bodies
                    .iter()
                    .all(|other| enters(other, eye_m, point.at - eye_m).is_none_or(|(t, _)| t > 1.0 - 1e-4));
                wrong += usize::from(point.sight != Sight::Outside && clear != (point.sight == Sight::Visible));
            }
        }
    }
    // Within a pixel of somebody's silhouette a ray a pixel does not tell.
    assert!(counts[0] > 20 && counts[1] > 50 && counts[2] > 50, "{counts:?}");
    assert!(wrong * 30 < counts[1] + counts[2], "{wrong} of {counts:?}");
}

#[test]
fn contacts_are_where_they_are_and_seen_where_one_of_the_two_is() {
    let mut now = scene(1, 480);
    now.bodies.truncate(2);
    now.bodies[0].shape = Shape::Sphere { radius: 0.3 };
    now.bodies[0].pose = Pose::at(DVec3::new(3.0, 0.0, 0.3));
    now.bodies[1].shape = Shape::Box { half: DVec3::new(1.0, 1.0, 0.1), round: 0.0 };
    now.bodies[1].pose = Pose::at(DVec3::new(3.0, 0.0, -0.1));
    now.camera.world_from_camera = Pose::looking_at(DVec3::new(0.0, 0.0, 0.8), DVec3::X * 3.0);
    let pressing = Pressing {
        a: ("table".into(), 2),
        b: ("ball".into(), 1),
        at: DVec3::X * 3.0,
        normal_n: DVec3::Z * 5.0,
        tangential_n: DVec3::ZERO,
        points: vec![(DVec3::X * 3.0, 5.0), (DVec3::new(2.3, 0.0, 0.0), 0.0)],
    };
    let facts = Facts { contacts: vec![pressing], ..Facts::default() };
    let got = Labels::of(&cast(&now).0, (&now, Lens::PINHOLE), &facts, None);
    let contact = &got.contacts[0];
    assert_eq!(contact.at.px, Some(now.camera.project(DVec3::X * 3.0).0));
    assert_eq!(
        [contact.points[0].sight, contact.points[1].sight],
        [Sight::Hidden, Sight::Visible],
        "under the ball, beside it"
    );
}

#[test]
fn lanes_and_lines_are_those_of_the_plan() {
    let mut now = scene(1, 120);
    now.bodies.truncate(2);
    now.bodies[0] = Body { class: Class::Road, ..now.bodies[0].clone() };
    now.bodies[0].shape = Shape::Box { half: DVec3::new(100.0, 6.0, 0.1), round: 0.0 };
    now.bodies[0].pose = Pose::at(DVec3::new(90.0, 0.0, -0.1));
    now.bodies[1].shape = Shape::Box { half: DVec3::new(2.0, 1.0, 1.0), round: 0.0 };
    now.bodies[1].pose = Pose::at(DVec3::new(14.0, 3.0, 1.0));
    now.camera.world_from_camera = Pose::looking_at(DVec3::new(0.0, 0.5, 1.4), DVec3::new(20.0, 0.5, 0.9));
    let line = |y: f64| LaneLine {
        name: format!("at {y}"),
        kind: LineKind::SolidWhite,
        points: (0..10).map(|at| DVec3::new(f64::from(at) * 20.0 - 9.0, y, 0.0)).collect(),
        painted_m: Vec::new(),
        width_m: 0.15,
    };
    let area = |kind, low: f64, high: f64| LaneArea { kind, along_across_m: [[-10.0, low], [200.0, high]] };
    let lanes = Lanes {
        lines: vec![line(-1.5), line(3.0), line(-60.0)],
        areas: vec![area(AreaKind::OwnLane, -1.5, 1.5), area(AreaKind::OncomingLane, 1.5, 5.0)],
    };
    let (picture, _) = cast(&now);
    let facts = Facts { lanes: Some(lanes.into()), ..Facts::default() };
    let got = Labels::of(&picture, (&now, Lens::PINHOLE), &facts, None);
    let visible: Vec<f64> = got.lines.iter().map(|line| line.visible).collect();
    assert!(visible[0] == 1.0 && (0.1..0.9).contains(&visible[1]), "a vehicle stands on the second: {visible:?}");
    for line in &got.lines {
        for px in line.pieces_px.iter().flatten() {
            assert!((-1e-9..=120.0 + 1e-9).contains(&px.x) && (-1e-9..=90.0 + 1e-9).contains(&px.y), "{px}");
        }
    }
    // The first line as a line: every pixel of it lies between the projections of two of its points.
    let (near, far) =
        (now.camera.project(DVec3::new(5.0, -1.5, 0.0)).0, now.camera.project(DVec3::new(50.0, -1.5, 0.0)).0);
    let off = |px: &DVec2| (far - near).normalize().perp_dot(*px - near).abs();
    assert!(got.lines[0].pieces_px.iter().flatten().all(|px| off(px) < 1e-6));
    let mut found = [0; 2];
    for (number, area) in got.areas.iter().enumerate() {
        let mask = area.mask.decode();
        for (at, set) in mask.iter().enumerate() {
            let pixel = DVec2::new((at % 120) as f64 + 0.5, (at / 120) as f64 + 0.5);
            let across = (pixel - now.camera.centre_px) / now.camera.focal_px;
            let eye = now.camera.world_from_camera;
            let ray = eye.rotation * across.extend(1.0);
            let ground = eye.position - ray * (eye.position.z / ray.z);
            let expected = picture.instance[at] == 1
                && match area.kind {
                    AreaKind::OwnLane => ground.y.abs() < 1.5,
                    _ => (1.5..5.0).contains(&ground.y),
                };
            // Within a hair of a lane's edge either answer is right.
            let edge = [-1.5, 1.5, 5.0].iter().any(|y: &f64| (ground.y - y).abs() < 1e-4);
            assert!(*set == expected || edge, "{:?} at {pixel}: {ground}", area.kind);
            found[number] += usize::from(*set);
        }
    }
    assert!(found.iter().all(|count| *count > 100), "{found:?}");
}

/// The scene by one ray a pixel through a lens.
fn cast_through(now: &Snapshot, lens: &Lens) -> Frame {
    let (width, height) = (now.camera.width_px, now.camera.height_px);
    let size = (width * height) as usize;
    let mut picture = frame(width, vec![0; size], vec![0.0; size]);
    for at in 0..width * height {
        let pixel = DVec2::new(f64::from(at % width) + 0.5, f64::from(at / width) + 0.5);
        let ray = lens.ray(&now.camera, pixel).unwrap();
        let ray = now.camera.world_from_camera.rotation * (ray / ray.z);
        for body in &now.bodies {
            let Some((depth_m, normal)) = enters(body, now.camera.world_from_camera.position, ray) else { continue };
            let at = at as usize;
            if picture.instance[at] == 0 || depth_m < f64::from(picture.depth_m[at]) {
                (picture.instance[at], picture.depth_m[at]) = (body.instance, depth_m as f32);
                picture.normal[at] = normal.to_array().map(|part| (part * 127.0).round() as i8);
            }
        }
    }
    picture
}

#[test]
fn through_a_lens_points_lines_and_lanes_are_where_the_lens_shows_them() {
    let lens = Lens::brown_conrady([-0.25, 0.05, 0.0, 0.0, 0.0, 0.0], [0.001, -0.002]);
    let mut now = scene(1, 240);
    now.bodies.truncate(2);
    now.bodies[0] = Body { class: Class::Road, ..now.bodies[0].clone() };
    now.bodies[0].shape = Shape::Box { half: DVec3::new(100.0, 6.0, 0.1), round: 0.0 };
    now.bodies[0].pose = Pose::at(DVec3::new(90.0, 0.0, -0.1));
    now.bodies[1].shape = Shape::Box { half: DVec3::new(0.5, 0.5, 0.5), round: 0.0 };
    now.bodies[1].pose = Pose::at(DVec3::new(4.4, 2.1, 0.5));
    now.camera.world_from_camera = Pose::looking_at(DVec3::new(0.0, 0.5, 1.4), DVec3::new(20.0, 0.5, 0.9));
    let picture = cast_through(&now, &lens);
    let points = (0..10).map(|at| DVec3::new(f64::from(at) * 20.0 - 9.0, -1.5, 0.0)).collect();
    let line =
        LaneLine { name: "line".into(), kind: LineKind::SolidWhite, points, painted_m: Vec::new(), width_m: 0.15 };
    let area = LaneArea { kind: AreaKind::OwnLane, along_across_m: [[-10.0, -1.5], [200.0, 1.5]] };
    // The corner of the box that is nearest to the camera's line of sight: front to it, on top.
    let corner = now.bodies[1].pose.point(DVec3::new(-0.5, -0.5, 0.5));
    let bones = Bones { names: vec!["corner".into()], edges: Vec::new(), inside_m: vec![0.0] };
    let skeleton = Skeleton { instance: now.bodies[1].instance, bones: bones.into(), at: vec![corner] };
    let lanes = Lanes { lines: vec![line], areas: vec![area] };
    let facts = Facts { lanes: Some(lanes.into()), skeletons: vec![skeleton], ..Facts::default() };
    let got = Labels::of(&picture, (&now, lens), &facts, None);
    let camera_from_world = now.camera.world_from_camera.inverse();
    let shown = |world: DVec3| lens.project(&now.camera, camera_from_world.point(world)).unwrap();
    let label = got.seen.iter().find(|label| label.class == Class::Clutter).unwrap();
    let point = label.points.as_ref().unwrap().points[0];
    assert_eq!((point.px, point.sight), (Some(shown(corner)), Sight::Visible));
    let straight = now.camera.project(corner).0;
    assert!(straight.distance(shown(corner)) > 1.0, "the lens bends: {straight} {}", shown(corner));
    // The box's corners enclose its pixels, as far as a straight edge between bent corners can.
    let corners = label.solid.unwrap().corners_px.map(|corner| corner.unwrap());
    let (low, high) =
        (corners.into_iter().reduce(DVec2::min).unwrap(), corners.into_iter().reduce(DVec2::max).unwrap());
    let [x, y, w, h] = label.bbox_px.map(f64::from);
    assert!((low - DVec2::new(x, y)).abs().max_element() < 2.5, "{low} {x} {y}");
    assert!((high - DVec2::new(x + w, y + h)).abs().max_element() < 2.5, "{high} {x} {y} {w} {h}");
    // Every place of the line is where the lens shows some point of it.
    for px in got.lines[0].pieces_px.iter().flatten() {
        let near = (0..40_000).map(|at| DVec3::new(1.5 + 0.004 * f64::from(at), -1.5, 0.0));
        let off = near.map(|at| shown(at).distance(*px)).fold(f64::INFINITY, f64::min);
        assert!(off < 0.5, "{px} is {off} px off the line");
    }
    assert!(got.lines[0].pieces_px.iter().map(Vec::len).sum::<usize>() > 20 && got.lines[0].visible > 0.95);
    let mask = got.areas[0].mask.decode();
    assert!(mask.iter().filter(|set| **set).count() > 1000);
    for (at, _) in mask.iter().enumerate().filter(|(_, set)| **set) {
        let ray = lens.ray(&now.camera, DVec2::new((at % 240) as f64 + 0.5, (at / 240) as f64 + 0.5)).unwrap();
        let ray = now.camera.world_from_camera.rotation * ray;
        let ground = now.camera.world_from_camera.position - ray * (1.4 / ray.z);
        assert!(ground.y.abs() < 1.5 + 1e-3, "{ground}");
    }
    // Beside a fisheye's axis the depth along it is 0: that is no place in the lane in which the camera itself stands.
    let mut beside = picture;
    beside.depth_m.fill(0.0);
    assert!(Labels::of(&beside, (&now, lens), &facts, None).areas.is_empty());
}
