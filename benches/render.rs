//! Frames a second and processor time of the renderer: 36 primitives over a ground plate, all moving, an orbiting
//! camera, one shadow light, 640 x 480, all five channels read back. Prints JSON lines. Arguments: frames, width, height.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a measurement, not the product")]

use std::time::Instant;

use glam::{DQuat, DVec3};
use worldproof::base::{Pose, processor};
use worldproof::render::{Gpu, Renderer};
use worldproof::world::snapshot::{Body, Camera, Class, Light, Material, Shape, Snapshot, Surface, Weather};

fn material(index: usize, surface: Surface) -> Material {
    let part = |step: usize| 0.2 + 0.7 * ((index * step) % 17) as f32 / 16.0;
    let colour = [part(5), part(7), part(11)];
    Material {
        surface,
        colour,
        second: colour.map(|c| c * 0.6),
        roughness: 0.4,
        metallic: 0.0,
        scale_m: 0.1,
        seed: 1,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    }
}

fn scene(step: u32, width: u32, height: u32) -> Snapshot {
    let time = f64::from(step);
    let mut bodies = vec![Body {
        instance: 1,
        class: Class::Table,
        name: "ground".into(),
        shape: Shape::Box { half: DVec3::new(6.0, 6.0, 0.1), round: 0.0 },
        material: Material { scale_m: 0.5, ..material(3, Surface::Wood) },
        pose: Pose::at(DVec3::new(0.0, 0.0, -0.1)),
    }];
    for index in 0..36_usize {
        let size = 0.18 + 0.16 * ((index * 7) % 13) as f64 / 12.0;
        let phase = (index * 5 % 36) as f64 * 0.1745;
        let shape = match index % 3 {
            0 => Shape::Box { half: DVec3::splat(size), round: 0.02 },
            1 => Shape::Sphere { radius: size },
            _ => Shape::Cylinder { radius: size, half_height: size, round: 0.01 },
        };
        let surface = [Surface::Plain, Surface::Brushed, Surface::Label][(index / 3) % 3];
        let spot = DVec3::new((index % 6) as f64 - 2.5, (index / 6) as f64 - 2.5, 0.0) * 0.9;
        let height = size + 0.15 * (1.0 + (phase + 0.1 * time).sin());
        let rotation = DQuat::from_axis_angle(DVec3::new(0.6, 0.0, 0.8), phase + 0.05 * time);
        let pose = Pose { position: spot + DVec3::Z * height, rotation };
        let instance = index as u16 + 2;
        bodies.push(Body {
            instance,
            class: Class::Clutter,
            name: "thing".into(),
            shape,
            material: material(index, surface),
            pose,
        });
    }
    let turn = 0.03 * time;
    let eye = Pose::looking_at(DVec3::new(6.0 * turn.cos(), 6.0 * turn.sin(), 3.2), DVec3::new(0.0, 0.0, 0.3));
    let light = Light {
        sun_direction: DVec3::new(0.4, 0.3, 0.87).normalize(),
        sun: [0.8; 3],
        sun_radius_rad: 0.03,
        sky: [0.35, 0.38, 0.42],
        horizon: [0.3; 3],
        ground: [0.15; 3],
        exposure: 1.0,
    };
    Snapshot {
        time_s: time / 30.0,
        bodies,
        light,
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera: Camera::with_vertical_fov(width, height, 60.0, eye),
    }
}

/// User and system time of this process in seconds, and its peak memory in MiB; zero where /proc is missing.
fn process() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    let peak_kib: f64 = peak.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    (processor::process_s().unwrap_or(0.0), peak_kib / 1024.0)
}

fn main() {
    let start = Instant::now();
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let frames = numbers.first().copied().unwrap_or(120).max(1);
    let (width, height) = (numbers.get(1).copied().unwrap_or(640), numbers.get(2).copied().unwrap_or(480));
    let gpu = Gpu::headless().unwrap();
    let mut renderer = Renderer::new(&gpu).unwrap();
    renderer.frame(&scene(0, width, height), Some(&scene(1, width, height))).unwrap();
    let first_s = start.elapsed().as_secs_f64();
    for step in 1..6 {
        renderer.frame(&scene(step, width, height), Some(&scene(step + 1, width, height))).unwrap();
    }
    let (cpu_before, _) = process();
    let mut walls: Vec<f64> = (0..frames)
        .map(|step| {
            let (now, next) = (scene(step, width, height), scene(step + 1, width, height));
            let begin = Instant::now();
            renderer.frame(&now, Some(&next)).expect("frame");
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let (cpu_after, peak_mib) = process();
    walls.sort_by(f64::total_cmp);
    let at = |share: f64| walls[((walls.len() - 1) as f64 * share) as usize];
    let cpu_ms = (cpu_after - cpu_before) * 1e3 / f64::from(frames);
    println!(
        "{{\"bench\":\"render\",\"adapter\":{:?},\"width\":{width},\"height\":{height},\"channels\":5,\"bodies\":37,\"frames\":{frames},\
         \"cpu_ms_per_frame\":{cpu_ms:.1},\"wall_ms_median\":{:.1},\"wall_ms_p95\":{:.1},\"first_frame_s\":{first_s:.2},\"peak_rss_mib\":{peak_mib:.0}}}",
        format!("{} {}", gpu.adapter_name(), gpu.driver_text()),
        at(0.5),
        at(0.95),
    );
}
