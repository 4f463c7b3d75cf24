//! What instances cover, against analytic rays and against the picture.

use super::{cast, gpu, known, scene};
use crate::render::{Cover, Renderer};
use crate::world::snapshot::{Class, Snapshot};
use glam::{DVec2, DVec3};

#[test]
fn what_is_covered_is_what_analytic_rays_meet_without_the_others() {
    let Some(gpu) = gpu() else { return };
    let now = known();
    let camera = &now.camera;
    let covers = Renderer::new(&gpu).expect("renderer").covers(&now).expect("covers");
    let instances: Vec<u16> = covers.iter().map(|cover| cover.instance).collect();
    assert_eq!(instances, [2, 3, 4, 700], "the floor is no thing");
    for cover in &covers {
        let alone = Snapshot {
            bodies: now.bodies.iter().filter(|body| body.instance == cover.instance).cloned().collect(),
            ..now.clone()
        };
        let meets = |u: f64, v: f64| {
            let across = (DVec2::new(u, v) - camera.centre_px) / camera.focal_px;
            let ray = camera.world_from_camera.rotation * DVec3::new(across.x, across.y, 1.0);
            cast(&alone, camera.world_from_camera.position, ray).is_some()
        };
        let (mut inside, mut outside) = (0, 0);
        for y in 0..camera.height_px {
            for x in 0..camera.width_px {
                let (u, v) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
                let here = meets(u, v);
                // Away from its outline, where single and double precision may differ.
                let around = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)];
                if around.iter().all(|(du, dv)| meets(u + du, v + dv) == here) {
                    assert_eq!(cover.has(x, y), here, "instance {} at {x},{y}", cover.instance);
                    inside += u32::from(here);
                    outside += u32::from(!here);
                }
            }
        }
        assert!(inside > 100 && outside > 10_000, "{inside} {outside}");
    }
}

#[test]
fn every_visible_pixel_is_covered_and_what_stands_alone_is_wholly_visible() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let now = scene::tabletop(320, 240);
    let frame = renderer.frame(&now, None).expect("frame");
    let covers = renderer.covers(&now).expect("covers");
    assert_eq!(covers, renderer.covers(&now).expect("again"), "the same twice");
    let find = |instance: u16| covers.iter().find(|cover| cover.instance == instance);
    let mut hidden = 0;
    for (at, instance) in frame.instance.iter().enumerate() {
        let (x, y) = (at as u32 % 320, at as u32 / 320);
        match find(*instance) {
            Some(cover) => assert!(cover.has(x, y), "instance {instance} is seen at {x},{y}"),
            None => assert!(*instance <= 2, "{instance} is neither sky nor background"),
        }
        hidden += covers.iter().filter(|cover| cover.instance != *instance && cover.has(x, y)).count();
    }
    assert!(hidden > 2000, "the table lies under things: {hidden}");
    for cover in &covers {
        let alone = Snapshot {
            bodies: now.bodies.iter().filter(|body| body.instance == cover.instance).cloned().collect(),
            ..now.clone()
        };
        let seen = renderer.frame(&alone, None).expect("alone");
        let mut expected = Cover::none(cover.instance, 320, 240);
        for at in (0..seen.instance.len() as u32).filter(|at| seen.instance[*at as usize] != 0) {
            expected.set(at % 320, at / 320);
        }
        assert_eq!(*cover, expected, "instance {}: alone it is seen where it covers", cover.instance);
    }
}

#[test]
fn more_instances_than_bits_and_other_sizes_are_told_apart() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut now = known();
    let ball = now.bodies[1].clone();
    now.bodies.truncate(1);
    for at in 0..70_u16 {
        let mut body = ball.clone();
        body.instance = 10 + 3 * at;
        body.class = Class::Clutter;
        body.shape = crate::world::snapshot::Shape::Sphere { radius: 0.05 };
        body.pose.position = DVec3::new(0.0, f64::from(at % 10) * 0.2 - 0.9, f64::from(at / 10) * 0.2);
        now.bodies.push(body);
    }
    for width in [317, 200, 317] {
        now.camera.width_px = width;
        let covers = renderer.covers(&now).expect("covers");
        assert_eq!(covers.len(), 70);
        for cover in &covers {
            let body = now.bodies.iter().find(|body| body.instance == cover.instance).expect("known");
            let (px, _) = now.camera.project(body.pose.position);
            if (2.0..f64::from(width) - 2.0).contains(&px.x) && (2.0..237.0).contains(&px.y) {
                assert!(cover.has(px.x as u32, px.y as u32), "{} at {px}, {width} wide", cover.instance);
                assert!((20..400).contains(&cover.area_px()), "{}", cover.area_px());
            }
        }
    }
    let nothing = Snapshot { bodies: Vec::new(), ..now };
    assert!(renderer.covers(&nothing).expect("covers").is_empty());
}
