//! Our renderer beside others on one scene, in one run: 36 primitives over a plane, all moving, an orbiting camera, one light
//! with shadows, 640 x 480. Ours gives five channels (colour, depth, ids, normals, flow) with read-back; the peers give three.
//!
//! Without arguments ours alone is measured. `WORLDPROOF_PEERS` names the folder with the peers' scripts, which are not part of this
//! repository, and `WORLDPROOF_PEER_PYTHON` the Python that has them installed; then each round measures ours, `MuJoCo`'s fast setting
//! and its default one after the other, and the ratios of processor time a frame are printed round by round. Processor time, because
//! machines are shared; ratios within a round, because they are noisy. Arguments: frames (150), rounds (3).
//!
//! With `sheet` first: 64 tiles of 160 x 120, each of a scene of its own, beside one frame of one scene and one frame in which
//! all 64 scenes are seen. With `two`: two processes at once, ours and theirs. With `soak`: memory over so many frames (10,000).

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a measurement, not the product")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use glam::{DQuat, DVec3};
use worldproof::base::{Pose, processor};
use worldproof::render::{Frame, Gpu, PictureTarget, Renderer, TileRect};
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
        transmission: 0.0,
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
    Snapshot { time_s: step / 30.0, bodies, light, lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}

/// User and system time of this process in seconds; zero where the system does not tell.
fn spent_s() -> f64 {
    processor::process_s().unwrap_or(0.0)
}

/// Processor milliseconds a frame, and the median of the wall milliseconds. What is drawn is made before.
fn ours(renderer: &mut Renderer, frame: &mut Frame, frames: u32) -> [f64; 2] {
    let scenes: Vec<Snapshot> = (0..=frames).map(scene).collect();
    let spent = spent_s();
    let mut walls: Vec<f64> = scenes
        .windows(2)
        .map(|pair| {
            let begin = Instant::now();
            renderer.frame_into(frame, &pair[0], Some(&pair[1])).expect("frame");
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    walls.sort_by(f64::total_cmp);
    [(spent_s() - spent) * 1e3 / f64::from(frames), walls[walls.len() / 2]]
}

/// The same of `MuJoCo` with `quality`, of its own report; else why there is none.
fn mujoco(folder: &Path, quality: &str) -> Result<[f64; 2], String> {
    read_report(start_mujoco(folder, quality)?)
}

fn start_mujoco(folder: &Path, quality: &str) -> Result<Child, String> {
    let python = std::env::var_os("WORLDPROOF_PEER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = folder.join("peer_mujoco.py");
    let mut command = Command::new(python);
    command.arg(script).args([quality, "all"]).env("MUJOCO_GL", "egl");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|err| err.to_string())
}

fn read_report(child: Child) -> Result<[f64; 2], String> {
    let run = child.wait_with_output().map_err(|err| err.to_string())?;
    let text = String::from_utf8_lossy(&run.stdout);
    let Some(line) = text.lines().find(|line| line.contains("\"peer\"")) else {
        let why = String::from_utf8_lossy(&run.stderr);
        return Err(why.lines().last().unwrap_or("it printed no report").to_owned());
    };
    let report: serde_json::Value = serde_json::from_str(line).map_err(|err| err.to_string())?;
    let number = |name: &str| report[name].as_f64().ok_or_else(|| format!("its report has no {name}"));
    Ok([number("cpu_ms_per_frame")?, number("ms_median")?])
}

/// 64 scenes, as tiles and as one crowd.
fn sheet(rounds: u32) {
    let gpu = Gpu::headless().unwrap();
    let mut renderer = Renderer::new(&gpu).unwrap();
    let mut frame = Frame::empty();
    let tile_px = [160, 120];
    let tiles: Vec<Snapshot> = (0..64).map(|step| shrunk(scene(step), tile_px)).collect();
    let place = |at: usize| {
        let (column, row) = (at as u32 % 8, at as u32 / 8);
        TileRect { x: column * tile_px[0], y: row * tile_px[1], width: tile_px[0], height: tile_px[1] }
    };
    let placed: Vec<(TileRect, &Snapshot)> = tiles.iter().enumerate().map(|(at, now)| (place(at), now)).collect();
    let mut target = PictureTarget::new(&gpu, 8 * tile_px[0], 8 * tile_px[1]).unwrap();
    let crowds = [crowd(0), crowd(1)];
    for round in 0..=rounds {
        let [one, _] = ours(&mut renderer, &mut frame, 60);
        let spent = spent_s();
        for _ in 0..10 {
            renderer.draw_tiles(&mut target, &placed).unwrap();
            gpu.finish().unwrap();
        }
        let sheet = (spent_s() - spent) * 1e3 / 10.0;
        let spent = spent_s();
        for step in 0..20 {
            renderer.frame_into(&mut frame, &crowds[step % 2], Some(&crowds[(step + 1) % 2])).unwrap();
        }
        let all = (spent_s() - spent) * 1e3 / 20.0;
        if round > 0 {
            println!(
                "round {round}: 64 tiles {sheet:.0} ms of processor time; a frame of one scene {one:.1} ms, ratio {:.2}; of all 64 scenes {all:.0} ms, ratio {:.2}",
                sheet / one,
                sheet / all
            );
        }
    }
}

/// The same scene for a picture of `size`.
fn shrunk(mut now: Snapshot, size: [u32; 2]) -> Snapshot {
    now.camera = Camera::with_vertical_fov(size[0], size[1], 60.0, now.camera.world_from_camera);
    now
}

/// 64 scenes side by side in one picture.
fn crowd(step: u32) -> Snapshot {
    let mut all = scene(step);
    all.bodies = (0..64_u32).flat_map(|at| apart(scene(step + at), at)).collect();
    all.camera.world_from_camera = Pose::looking_at(DVec3::new(0.0, -40.0, 32.0), DVec3::new(0.0, -3.0, 0.0));
    all
}

/// The bodies of a scene in cell `at` of eight by eight.
fn apart(one: Snapshot, at: u32) -> impl Iterator<Item = Body> {
    let by = DVec3::new(f64::from(at % 8) - 3.5, f64::from(at / 8) - 3.5, 0.0) * 6.2;
    one.bodies.into_iter().map(move |mut body| {
        if let (1, Shape::Box { half, .. }) = (body.instance, &mut body.shape) {
            *half = DVec3::new(3.0, 3.0, 0.1);
        }
        body.pose.position += by;
        body
    })
}

/// Frames a second of two processes at once, ours and `MuJoCo`'s.
fn two(frames: u32, rounds: u32) {
    let itself = std::env::current_exe().unwrap();
    let frames_text = frames.to_string();
    for round in 1..=rounds {
        let start = || Command::new(&itself).args(["alone", &frames_text]).stdout(Stdio::piped()).spawn().unwrap();
        let ours = rate([start(), start()].map(|child| {
            let out = child.wait_with_output().unwrap();
            String::from_utf8_lossy(&out.stdout).trim().parse::<f64>().map_err(|err| err.to_string())
        }));
        let Some(folder) = std::env::var_os("WORLDPROOF_PEERS").map(PathBuf::from) else {
            println!("round {round}: ours, two processes: {} frames a second", ours.unwrap());
            continue;
        };
        let theirs = [start_mujoco(&folder, "fast"), start_mujoco(&folder, "fast")];
        let theirs = rate(theirs.map(|child| child.and_then(read_report).map(|[_, wall_ms]| wall_ms)));
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => println!(
                "round {round}: two processes: ours {ours:.1} frames a second, MuJoCo fast {theirs:.1}: {:.2} times as many",
                ours / theirs
            ),
            (Err(why), _) | (_, Err(why)) => println!("round {round}: no ratio: {why}"),
        }
    }
}

/// Frames a second of processes, from the median milliseconds of each.
fn rate(walls_ms: [Result<f64, String>; 2]) -> Result<f64, String> {
    walls_ms.into_iter().map(|wall| wall.map(|ms| 1e3 / ms)).sum()
}

/// Resident memory of this process in MiB.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Memory over many frames.
fn soak(frames: u32) {
    let mut renderer = Renderer::new(&Gpu::headless().unwrap()).unwrap();
    let mut frame = Frame::empty();
    for step in 0..=frames {
        renderer.frame_into(&mut frame, &scene(step), Some(&scene(step + 1))).expect("frame");
        if step == 100 || step % 2000 == 0 && step > 0 {
            println!("after {step} frames: {:.1} MiB", resident_mib());
        }
    }
}

fn main() {
    let start = Instant::now();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let number = |at: usize, otherwise: u32| numbers.get(at).copied().unwrap_or(otherwise).max(1);
    match words.first().map(String::as_str) {
        Some("sheet") => return sheet(number(0, 3)),
        Some("two") => return two(number(0, 150), number(1, 3)),
        Some("soak") => return soak(number(0, 10_000)),
        _ => {}
    }
    let (frames, rounds) = (number(0, 150), number(1, 3));
    let gpu = Gpu::headless().unwrap();
    let mut renderer = Renderer::new(&gpu).unwrap();
    let mut frame = renderer.frame(&scene(0), Some(&scene(1))).unwrap();
    if words.first().is_some_and(|word| word == "alone") {
        ours(&mut renderer, &mut frame, 10);
        let [_, wall] = ours(&mut renderer, &mut frame, frames);
        println!("{wall}");
        return;
    }
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
            let [their_cpu, their_wall] = match mujoco(Path::new(folder), quality) {
                Ok(report) => report,
                Err(why) => {
                    println!(
                        "round {round}: MuJoCo did not run ({why}): set WORLDPROOF_PEER_PYTHON to a Python that has it"
                    );
                    continue;
                }
            };
            let [cpu_ratio, wall_ratio] = [cpu / their_cpu, wall / their_wall];
            println!(
                "round {round}: MuJoCo {quality}, three channels: {their_cpu:.1} ms, {their_wall:.1} ms; ours to it {cpu_ratio:.2}, {wall_ratio:.2}"
            );
        }
    }
}
