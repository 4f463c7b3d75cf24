//! Our renderer beside others on one scene, in one run: 36 primitives over a plane, all moving, an orbiting camera, one light
//! with shadows, 640 x 480. Ours gives five channels (colour, depth, ids, normals, flow) with read-back; the peers give three.
//!
//! Without arguments ours alone is measured. `WORLDPROOF_PEERS` names the folder with the peers' scripts and
//! `WORLDPROOF_PEER_PYTHON` the Python that has them installed; then each round measures ours, `MuJoCo`'s fast setting and its
//! default one after the other, and the ratios of processor time a frame are printed round by round. Processor time, because
//! machines are shared; ratios within a round, because they are noisy. Arguments: frames (150), rounds (3).

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a measurement, not the product")]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use glam::{DQuat, DVec3};
use worldproof::base::Pose;
use worldproof::render::{Frame, Gpu, Renderer};
use worldproof::world::snapshot::{Body, Camera, Class, Light, Material, Shape, Snapshot, Surface, Weather};

/// The peers' scene: kind, place, size, colour and phase of each primitive, as their `scene.py` draws them with its seed.
const SCENE: &str = include_str!("peers.csv");

/// Width and height of the pictures in pixels.
const SIZE_PX: [u32; 2] = [640, 480];

fn material(colour: [f32; 3]) -> Material {
    Material {
        surface: Surface::Even,
        colour,
        second: colour,
        roughness: 0.5,
        metallic: 0.0,
        scale_m: 0.1,
        seed: 1,
        coat: 0.0,
        glow: 0.0,
    }
}

fn body(instance: u16, shape: Shape, colour: [f32; 3], pose: Pose) -> Body {
    Body { instance, class: Class::Clutter, name: "thing".into(), shape, material: material(colour), pose }
}

/// One primitive at frame `step`.
fn primitive(index: usize, line: &str, step: f64) -> Body {
    let fields: Vec<&str> = line.split(',').collect();
    let at = |field: usize| fields[field].parse::<f64>().unwrap();
    let (size, phase) = (at(3), at(7));
    let shape = match fields[0] {
        "box" => Shape::Box { half: DVec3::splat(size), round: 0.0 },
        "ball" => Shape::Sphere { radius: size },
        _ => Shape::Cylinder { radius: 0.8 * size, half_height: size, round: 0.0 },
    };
    let position = DVec3::new(at(1), at(2), size + 0.15 * (1.0 + (phase + 0.1 * step).sin()));
    let half_angle = 0.5 * (phase + 0.05 * step);
    let (sin, cos) = half_angle.sin_cos();
    let rotation = DQuat::from_xyzw(0.6 * sin, 0.0, 0.8 * sin, cos);
    let colour = [at(4), at(5), at(6)].map(|part| part as f32);
    body(index as u16 + 2, shape, colour, Pose { position, rotation })
}

fn scene(step: u32) -> Snapshot {
    let step = f64::from(step);
    let ground = Shape::Box { half: DVec3::new(8.0, 8.0, 0.1), round: 0.0 };
    let mut bodies = vec![Body { class: Class::Background, ..body(1, ground, [0.6; 3], Pose::at(DVec3::Z * -0.1)) }];
    bodies.extend(SCENE.lines().skip(1).enumerate().map(|(index, line)| primitive(index, line, step)));
    let (sin, cos) = (0.03 * step).sin_cos();
    let eye = Pose::looking_at(DVec3::new(6.0 * cos, 6.0 * sin, 3.2), DVec3::new(0.0, 0.0, 0.3));
    let light = Light {
        sun_direction: DVec3::new(0.4, 0.3, 0.87).normalize(),
        sun: [0.8; 3],
        sun_radius_rad: 0.03,
        sky: [0.35, 0.38, 0.42],
        horizon: [0.3; 3],
        ground: [0.15; 3],
        exposure: 1.0,
    };
    let camera = Camera::with_vertical_fov(SIZE_PX[0], SIZE_PX[1], 60.0, eye);
    Snapshot { time_s: step / 30.0, bodies, light, lamps: Vec::new(), weather: Weather::default(), camera }
}

/// User and system time of this process in seconds.
fn spent_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Processor and wall milliseconds a frame.
fn ours(renderer: &mut Renderer, frame: &mut Frame, frames: u32) -> [f64; 2] {
    let (spent, begin) = (spent_s(), Instant::now());
    for step in 0..frames {
        renderer.frame_into(frame, &scene(step), Some(&scene(step + 1))).expect("frame");
    }
    [spent_s() - spent, begin.elapsed().as_secs_f64()].map(|seconds| seconds * 1e3 / f64::from(frames))
}

/// The same of `MuJoCo` with `quality`, of its own report; none where it does not run.
fn mujoco(folder: &Path, quality: &str) -> Option<[f64; 2]> {
    let python = std::env::var_os("WORLDPROOF_PEER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = folder.join("peer_mujoco.py");
    let run = Command::new(python).arg(script).args([quality, "all"]).env("MUJOCO_GL", "egl").output().ok()?;
    let line = String::from_utf8_lossy(&run.stdout).lines().find(|line| line.contains("\"peer\""))?.to_owned();
    let report: serde_json::Value = serde_json::from_str(&line).ok()?;
    Some([report["cpu_ms_per_frame"].as_f64()?, report["ms_median"].as_f64()?])
}

fn main() {
    let start = Instant::now();
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let frames = numbers.first().copied().unwrap_or(150).max(1);
    let rounds = numbers.get(1).copied().unwrap_or(3).max(1);
    let gpu = Gpu::headless().unwrap();
    let mut renderer = Renderer::new(&gpu).unwrap();
    let mut frame = renderer.frame(&scene(0), Some(&scene(1))).unwrap();
    println!("adapter {} {}", gpu.adapter_name(), gpu.driver_text());
    println!("first frame of the process after {:.2} s", start.elapsed().as_secs_f64());
    if let Some(path) = std::env::var_os("WORLDPROOF_PICTURES") {
        let bytes = worldproof::base::png::encode_rgb(&frame.colour).unwrap();
        worldproof::base::files::write_whole(&Path::new(&path).join("peers.png"), &bytes).unwrap();
    }
    ours(&mut renderer, &mut frame, 10);
    let folder = std::env::var_os("WORLDPROOF_PEERS");
    for round in 1..=rounds {
        let [cpu, wall] = ours(&mut renderer, &mut frame, frames);
        println!(
            "round {round}: ours, five channels: {cpu:.1} ms of processor time, {wall:.1} ms of wall time a frame"
        );
        let Some(folder) = &folder else { continue };
        for quality in ["fast", "default"] {
            let Some([their_cpu, their_wall]) = mujoco(Path::new(folder), quality) else {
                println!("round {round}: MuJoCo did not run: set WORLDPROOF_PEER_PYTHON to a Python that has it");
                continue;
            };
            let [cpu_ratio, wall_ratio] = [cpu / their_cpu, wall / their_wall];
            println!(
                "round {round}: MuJoCo {quality}, three channels: {their_cpu:.1} ms, {their_wall:.1} ms; ours to it {cpu_ratio:.2}, {wall_ratio:.2}"
            );
        }
    }
}
