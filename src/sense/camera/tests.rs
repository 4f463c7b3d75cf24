//! Whole pictures of a scene that is computed ray by ray.

use std::convert::Infallible;
use std::sync::Arc;

use glam::DVec3;

use super::*;
use crate::base::{Pose, StreamKey};
use crate::world::sensor_model::{Auto, BrownConrady, Exposure, KannalaBrandt, Mosaic, Noise, Shutter, Tone};
use crate::world::{Body, Class, Light, Material, Shape, Surface, Weather};

/// A wall at z = 2 m with a bright bar 0.2 m wide about the body's x, seen by a camera at the origin that looks along z.
struct Wall {
    n_pictures: usize,
}

const BAR_HALF_M: f64 = 0.1;

impl Pinhole for Wall {
    type Error = Infallible;

    fn linear_frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<(Frame, Linear), Infallible> {
        self.n_pictures += 1;
        let camera = &now.camera;
        let (width, height) = (camera.width_px, camera.height_px);
        let bar_m = |state: &Snapshot| state.bodies[0].pose.position.x;
        let by_m = next.map_or(0.0, |next| bar_m(next) - bar_m(now));
        let count = (width * height) as usize;
        let mut frame = Frame::blank(width, height);
        let mut pixels = vec![[0.0; 3]; count];
        for (at, light) in pixels.iter_mut().enumerate() {
            let (column, row) = (at as u32 % width, at as u32 / width);
            let pixel = DVec2::new(f64::from(column) + 0.5, f64::from(row) + 0.5);
            let own = ((pixel - camera.centre_px) / camera.focal_px).extend(1.0);
            let ray = camera.world_from_camera.rotation * own;
            if ray.z < 1e-3 {
                continue;
            }
            let meets = |ray: DVec3| ray * (2.0 / ray.z);
            let is_bar = (meets(ray).x - bar_m(now)).abs() < BAR_HALF_M;
            frame.depth_m[at] = (own.z * 2.0 / ray.z) as f32;
            frame.instance[at] = 1 + u16::from(is_bar);
            if is_bar {
                let (there, _) = camera.project(meets(ray) + DVec3::X * by_m);
                frame.flow_px[at] = (there - pixel).as_vec2().to_array();
            }
            // Nine samples a pixel, so that edges are soft.
            let cover = (0..9).filter(|n| {
                let offset = DVec2::new((f64::from(*n) - 4.0) / 9.0, 0.0) / camera.focal_px;
                let ray = camera.world_from_camera.rotation * (own + offset.extend(0.0));
                (meets(ray).x - bar_m(now)).abs() < BAR_HALF_M
            });
            *light = [0.1 + 0.1 * cover.count() as f32; 3];
        }
        Ok((frame, Linear { width, height, pixels }))
    }
}

/// A wall whose matter is told, too: red is its instance.
struct Painted(Wall);

impl Pinhole for Painted {
    type Error = Infallible;

    fn linear_frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<(Frame, Linear), Infallible> {
        self.0.linear_frame(now, next)
    }

    fn matter_frame(
        &mut self,
        now: &Snapshot,
        next: Option<&Snapshot>,
    ) -> Result<(Frame, Linear, Option<Rgb>), Infallible> {
        let (frame, light) = self.0.linear_frame(now, next)?;
        let bytes = frame.instance.iter().flat_map(|instance| [*instance as u8, 0, 9]).collect();
        let albedo = Rgb::from_bytes(frame.width, frame.height, bytes);
        Ok((frame, light, albedo))
    }
}

/// `n` states a thirtieth of a second apart, in which the bar goes right at `speed_m_s`.
fn states(n: usize, speed_m_s: f64) -> Vec<Snapshot> {
    let body = |x: f64| Body {
        instance: 2,
        class: Class::Clutter,
        name: Arc::from("bar"),
        shape: Shape::Sphere { radius: 0.1 },
        material: Material {
            surface: Surface::Plain,
            colour: [1.0; 3],
            second: [0.0; 3],
            roughness: 0.5,
            metallic: 0.0,
            scale_m: 0.1,
            seed: 0,
            coat: 0.0,
            glow: 0.0,
            transmission: 0.0,
        },
        pose: Pose::at(DVec3::new(x, 0.0, 2.0)),
    };
    let light = Light {
        sun_direction: DVec3::Z,
        sun: [1.0; 3],
        sun_radius_rad: 0.1,
        sky: [0.0; 3],
        horizon: [0.0; 3],
        ground: [0.0; 3],
        exposure: 1.0,
    };
    let state = |at: usize| Snapshot {
        time_s: at as f64 / 30.0,
        bodies: vec![body(-0.3 + speed_m_s * at as f64 / 30.0)],
        light,
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera: Camera::with_vertical_fov(96, 64, 45.0, Pose::IDENTITY),
    };
    (0..n).map(state).collect()
}

fn taken(states: &[Snapshot], at: usize, model: &SensorModel) -> Frame {
    let chance = StreamKey::new(1, "f").purpose(&format!("camera {at}"));
    let shot = Shot { snapshots: states, at, model, auto_ev: 0.0, chance };
    Taking::default().take(&mut Wall { n_pictures: 0 }, &shot).unwrap()
}

fn with(change: impl FnOnce(&mut SensorModel)) -> SensorModel {
    let mut model = SensorModel::default();
    change(&mut model);
    model
}

/// Where a row's light has its middle, in pixels, from code values of the linear tone.
fn middle(frame: &Frame, row: u32) -> f64 {
    let level = |x: u32| f64::from(frame.colour.pixel(x, row)[0]) - 26.0;
    let sum: f64 = (0..frame.width).map(level).sum();
    (0..frame.width).map(|x| (f64::from(x) + 0.5) * level(x)).sum::<f64>() / sum
}

#[test]
fn an_empty_model_gives_the_pinholes_own_channels_and_the_renderers_tone() {
    let states = states(3, 0.6);
    let frame = taken(&states, 1, &SensorModel::default());
    let (plain, light) = Wall { n_pictures: 0 }.linear_frame(&states[1], Some(&states[2])).unwrap();
    assert_eq!((&frame.depth_m, &frame.flow_px), (&plain.depth_m, &plain.flow_px));
    let expected = exposure::code(&Tone::Renderer, light.pixels[0]).map(|code| (code * 255.0 + 0.5) as u8);
    assert_eq!(frame.colour.pixel(0, 0), expected);
    let bright = with(|model| model.exposure = Some(Exposure { iso: 200.0, ..Exposure::default() }));
    let bright = SensorModel { tone: Tone::Linear, ..bright };
    assert_eq!(taken(&states, 1, &bright).colour.pixel(0, 0), [51; 3], "0.1, twice as bright");
}

#[test]
fn a_rolling_shutter_leans_what_moves_and_a_global_one_does_not() {
    let states = states(4, 1.5);
    let speed_px_s = 1.5 / 2.0 * states[0].camera.focal_px.x;
    for row_s in [0.0, 2e-4, 5e-4] {
        let model = with(|model| {
            model.tone = Tone::Linear;
            model.exposure = Some(Exposure { time_s: 1e-3, iso: 1000.0, ..Exposure::default() });
            model.shutter = Some(Shutter { row_s, step_px: 0.25, most: 256.0 });
        });
        let frame = taken(&states, 1, &model);
        let skew_px = middle(&frame, 63) - middle(&frame, 0);
        let wanted_px = speed_px_s * row_s * 63.0;
        println!("row time {row_s} s: skew {skew_px:.3} px, speed times row time {wanted_px:.3} px");
        assert!((skew_px - wanted_px).abs() < 0.5, "{skew_px} px, not {wanted_px} px");
        // The ids lean with the light.
        let ids = |row: u32| {
            let all: Vec<u32> = (0..96).filter(|x| frame.instance[(row * 96 + x) as usize] == 2).collect();
            f64::from(all.iter().sum::<u32>()) / all.len() as f64 + 0.5
        };
        for row in [0, 20, 63] {
            assert!((ids(row) - middle(&frame, row)).abs() < 0.6, "row {row}: {} {}", ids(row), middle(&frame, row));
        }
        let moved = frame.flow_px.iter().map(|flow| f64::from(flow[0])).fold(0.0, f64::max);
        assert!((moved - speed_px_s / 30.0).abs() < 0.05, "flow {moved} px");
    }
}

#[test]
fn what_appears_stops_nothing_that_moves() {
    let mut states = states(3, 1.5);
    let mut new = states[1].bodies[0].clone();
    (new.instance, new.name) = (1, Arc::from("new"));
    states[1].bodies.insert(0, new);
    let at = |after: f64| moment(&states, 0, after).unwrap();
    assert_eq!(at(0.5).bodies.len(), 1, "it is not there yet");
    let (middle, wanted) = (at(0.5).bodies[0].pose.position.x, -0.3 + 1.5 / 60.0);
    assert!((middle - wanted).abs() < 1e-12, "{middle}, not {wanted}");
    // A body that becomes another shape is another one.
    let mut grown = states;
    grown[1].bodies.remove(0);
    grown[1].bodies[0].shape = Shape::Sphere { radius: 0.2 };
    assert_eq!(moment(&grown, 0, 0.5).unwrap().bodies[0].pose, grown[0].bodies[0].pose);
}

#[test]
fn a_long_exposure_is_the_mean_of_64_instants() {
    let states = states(4, 1.5);
    let model = with(|model| {
        model.tone = Tone::Linear;
        model.exposure = Some(Exposure { time_s: 0.03, iso: 100.0 / 3.0, ..Exposure::default() });
        model.shutter = Some(Shutter { row_s: 0.0, step_px: 0.05, most: 64.0 });
    });
    let blurred = taken(&states, 1, &model);
    let mut mean = vec![0.0; 96];
    for slice in 0..64 {
        let state = moment(&states, 1, 0.03 * 30.0 * (f64::from(slice) + 0.5) / 64.0).unwrap();
        let (_, light) = Wall { n_pictures: 0 }.linear_frame(&state, None).unwrap();
        mean.iter_mut().zip(&light.pixels[..96]).for_each(|(mean, pixel)| *mean += f64::from(pixel[0]) / 64.0);
    }
    for (x, mean) in (0..96).zip(&mean) {
        let got = f64::from(blurred.colour.pixel(x, 0)[0]);
        assert!((got - 255.0 * mean.min(1.0)).abs() <= 1.0, "column {x}: {got}, mean {}", 255.0 * mean);
    }
}

#[test]
fn lenses_bend_light_and_ids_alike_and_leave_depth_along_the_axis() {
    let states = states(3, 0.6);
    let barrel = BrownConrady { k1: -0.25, k2: 0.05, ..BrownConrady::default() };
    for model in [
        with(|model| model.brown_conrady = Some(barrel)),
        with(|model| model.kannala_brandt = Some(KannalaBrandt { k1: 0.02, ..KannalaBrandt::default() })),
    ] {
        let model = SensorModel { tone: Tone::Linear, ..model };
        let frame = taken(&states, 1, &model);
        let lens = Lens::of(&model);
        assert!(frame.depth_m.iter().all(|depth| (depth - 2.0).abs() < 1e-3), "a wall stays a wall");
        let bar_m = states[1].bodies[0].pose.position.x;
        let mut n_bar = 0;
        for (at, id) in (0_u32..).zip(&frame.instance) {
            let pixel = DVec2::new(f64::from(at % 96) + 0.5, f64::from(at / 96) + 0.5);
            let ray = lens.ray(&states[1].camera, pixel).unwrap();
            let off_m = (ray.x * 2.0 / ray.z - bar_m).abs() - BAR_HALF_M;
            n_bar += u32::from(*id == 2);
            if off_m.abs() > 0.03 {
                assert_eq!(*id == 2, off_m < 0.0, "{pixel}");
                let level = frame.colour.pixel(at % 96, at / 96)[0];
                assert_eq!(level > 140, off_m < 0.0, "{pixel}: {level}");
            }
        }
        assert!(n_bar > 200, "{n_bar} pixels of the bar");
    }
}

#[test]
fn noise_is_the_same_for_the_same_picture_only() {
    let states = states(3, 0.0);
    let model = with(|model| model.noise = Some(Noise { full_well_e: 800.0, ..Noise::default() }));
    let (one, again, other) = (taken(&states, 1, &model), taken(&states, 1, &model), taken(&states, 0, &model));
    assert_eq!(one, again);
    assert_ne!(one.colour, other.colour, "nothing moved, but time went by");
    assert_eq!(one.instance, other.instance);
}

#[test]
fn behind_colour_filters_only_edges_turn_colourful() {
    let states = states(2, 0.0);
    let plain = taken(&states, 0, &with(|_| {}));
    let spread = |[r, g, b]: [u8; 3]| r.max(g).max(b) - r.min(g).min(b);
    for demosaic in [0.0, 1.0] {
        let mosaic = Some(Mosaic { pattern: 3.0, demosaic });
        let frame = taken(&states, 0, &with(|model| model.mosaic = mosaic));
        assert_eq!((&frame.instance, &frame.depth_m), (&plain.instance, &plain.depth_m), "labels are not filtered");
        let (mut flat, mut zipped) = (0, 0);
        for row in 3..frame.height - 3 {
            for column in 3..frame.width - 3 {
                let ids = (column - 3..=column + 3).map(|x| frame.instance[(row * frame.width + x) as usize]);
                let ids: std::collections::BTreeSet<u16> = ids.collect();
                let pixel = frame.colour.pixel(column, row);
                if ids.len() == 1 {
                    assert_eq!(pixel, plain.colour.pixel(column, row), "{column} {row}");
                    flat += 1;
                } else {
                    zipped += u32::from(spread(pixel) > spread(plain.colour.pixel(column, row)) + 8);
                }
            }
        }
        assert!(flat > 1000 && zipped > 20, "{flat} flat, {zipped} colourful");
        let noisy = with(|model| (model.mosaic, model.noise) = (mosaic, Some(Noise::default())));
        assert_eq!(taken(&states, 0, &noisy), taken(&states, 0, &noisy), "the same picture again");
    }
}

#[test]
fn an_automatic_exposure_follows_the_light_of_the_whole_episode() {
    let mut states = states(40, 0.0);
    states[10..].iter_mut().for_each(|state| state.light.exposure = 8.0);
    let model = with(|model| model.auto = Some(Auto { lag_s: 0.2, ..Auto::default() }));
    let mut wall = Wall { n_pictures: 0 };
    let ev = follow(&mut wall, &states, &model).unwrap();
    assert_eq!((ev.len(), wall.n_pictures), (40, 40));
    assert!((ev[10] - ev[0]).abs() < 1e-9, "the first bright picture is blinded");
    let settled = ev[0] - 3.0;
    let wanted = settled + 3.0 * libm::exp(-6.0 / 30.0 / 0.2);
    assert!((ev[16] - wanted).abs() < 1e-6, "{} after one lag, not {wanted}", ev[16]);
    assert_eq!(follow(&mut wall, &states, &SensorModel::default()).unwrap(), vec![0.0; 40], "it stays");
}

#[test]
fn matter_lies_where_ids_do_and_linear_light_is_that_before_the_exposure() {
    let states: Vec<Snapshot> = states(4, 4.0)
        .into_iter()
        .map(|state| Snapshot { light: Light { exposure: 0.5, ..state.light }, ..state })
        .collect();
    let wanted = Wanted { linear: true, albedo: true };
    let of = |model: &SensorModel| {
        let chance = StreamKey::new(1, "f").purpose("camera 1");
        let shot = Shot { snapshots: &states, at: 1, model, auto_ev: 0.0, chance };
        let (frame, extra) = Taking::default().take_with(&mut Painted(Wall { n_pictures: 0 }), &shot, wanted).unwrap();
        (frame, extra.linear.unwrap(), extra.albedo.unwrap())
    };
    let brown_conrady = Some(BrownConrady { k1: -0.2, ..BrownConrady::default() });
    let kannala_brandt = Some(KannalaBrandt::default());
    let exposure = Some(Exposure { time_s: 0.02, ..Exposure::default() });
    let shutter = Some(Shutter { row_s: 4e-4, ..Shutter::default() });
    for model in [
        SensorModel { brown_conrady, ..SensorModel::default() },
        SensorModel { kannala_brandt, ..SensorModel::default() },
        SensorModel { brown_conrady, exposure, shutter, ..SensorModel::default() },
    ] {
        let (frame, linear, albedo) = of(&model);
        let reds: Vec<u16> = albedo.pixels().map(|[red, ..]| u16::from(red)).collect();
        assert_eq!(reds, frame.instance, "pixel by pixel");
        assert!(frame.instance.contains(&2) && frame.instance.contains(&1));
        let brightest = linear.pixels.iter().flatten().copied().fold(0.0, f32::max);
        assert!((brightest - 1.0).abs() < 1e-3, "the bar's own radiance, whatever the exposure: {brightest}");
        let plain = Taking::default()
            .take(
                &mut Wall { n_pictures: 0 },
                &Shot {
                    snapshots: &states,
                    at: 1,
                    model: &model,
                    auto_ev: 0.0,
                    chance: StreamKey::new(1, "f").purpose("camera 1"),
                },
            )
            .unwrap();
        assert!(plain == frame, "what is wanted beside it changes no picture");
    }
}
