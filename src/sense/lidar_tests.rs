//! What a lidar tells of walls whose range, colour and movement are known.

use super::super::ray::tests::{body, snapshot};
use super::*;
use crate::base::StreamKey;
use crate::base::special::normal_cdf;
use crate::world::{Shape, Snapshot, Weather};

const CLEAR: Optics = Optics {
    rate_hz: 10.0,
    range_min_m: 0.5,
    range_max_m: 200.0,
    range_at_10_percent_m: 80.0,
    reflectance_min: 0.003,
    range_noise_m: 0.0,
    range_noise_share: 0.0,
    range_step_m: 0.0,
    divergence_rad: 0.0,
    pulse_m: 0.75,
    echoes: 1,
};

fn lidar(pattern: Pattern, optics: Optics) -> Lidar {
    Lidar { pattern, optics, noise: StreamKey::new(5, "lidar").purpose("lidar") }
}

/// A narrow bundle of beams straight ahead.
fn ahead(count: usize) -> Pattern {
    let turn = |at: usize| 2e-5 * (at as f64 - 0.5 * count as f64);
    Pattern::directions(&(0..count).map(|at| (turn(at), 0.0)).collect::<Vec<_>>())
}

/// A wall across x whose face is at `x_m`, of the red `reflectance`.
fn wall(time_s: f64, x_m: f64, reflectance: f32) -> Snapshot {
    let shape = Shape::Box { half: DVec3::new(0.5, 50.0, 50.0), round: 0.0 };
    let mut wall = body(7, shape, Pose::at(DVec3::new(x_m + 0.5, 0.0, 0.0)));
    wall.material.colour = [reflectance, 0.9, 0.9];
    snapshot(time_s, vec![wall])
}

fn sweep_of(lidar: &Lidar, snapshots: &[Snapshot]) -> Vec<Point> {
    lidar.sweep(0, &Travel::new(snapshots), &vec![Pose::IDENTITY; snapshots.len()])
}

fn mean_and_deviation(all: &[f64]) -> (f64, f64) {
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    (mean, (all.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / all.len() as f64).sqrt())
}

#[test]
fn energy_falls_as_beer_and_lambert_say_there_and_back() {
    let lidar = lidar(ahead(4000), CLEAR);
    for range_m in [10.0, 25.0, 40.0] {
        let mean = |fog_per_m: f32| {
            let mut now = wall(0.0, range_m, 0.8);
            now.weather = Weather { fog_per_m, ..Weather::default() };
            let points: Vec<Point> = sweep_of(&lidar, &[now]).into_iter().filter(|point| point.instance == 7).collect();
            assert!(points.len() > 3000, "{}", points.len());
            points.iter().map(|point| point.intensity).sum::<f64>() / points.len() as f64
        };
        let clear = mean(0.0);
        assert!((clear - 0.8).abs() < 0.01, "Lambert's cosine is 1 here: {clear}");
        for fog_per_m in [0.005_f32, 0.01] {
            let expected = libm::exp(-2.0 * f64::from(fog_per_m) * range_m);
            let found = mean(fog_per_m) / clear;
            assert!((found / expected - 1.0).abs() < 0.01, "{range_m} m, {fog_per_m}: {found} for {expected}");
        }
    }
}

#[test]
fn a_slanted_wall_sends_back_less_by_the_cosine() {
    let lidar = lidar(Pattern::directions(&[(0.0, 0.0), (60.0, 0.0)]), CLEAR);
    let points = sweep_of(&lidar, &[wall(0.0, 10.0, 0.8)]);
    let [front, side] = points.as_slice() else { panic!("{points:?}") };
    assert!((front.position - DVec3::new(10.0, 0.0, 0.0)).length() < 1e-9, "{front:?}");
    assert!((side.position.length() - 20.0).abs() < 1e-9 && (side.intensity / 0.4 - 1.0).abs() < 0.02, "{side:?}");
}

#[test]
fn the_noise_of_the_range_is_what_it_is_said_to_be() {
    for (constant_m, share, range_m) in [(0.03, 0.0, 10.0), (0.01, 0.002, 30.0)] {
        let optics = Optics { range_noise_m: constant_m, range_noise_share: share, ..CLEAR };
        let points = sweep_of(&lidar(ahead(20_000), optics), &[wall(0.0, range_m, 0.8)]);
        let ranges: Vec<f64> = points.iter().map(|point| point.position.length()).collect();
        let (mean, deviation) = mean_and_deviation(&ranges);
        let expected = constant_m + share * range_m;
        // One part in 200 is a deviation of 20,000 deviations' own.
        assert!((deviation / expected - 1.0).abs() < 0.02, "{deviation} for {expected}");
        assert!((mean - range_m).abs() < 4.0 * expected / 141.0 + 1e-4, "{mean}");
    }
    let optics = Optics { range_noise_m: 0.03, range_step_m: 0.004, ..CLEAR };
    let points = sweep_of(&lidar(ahead(500), optics), &[wall(0.0, 10.0, 0.8)]);
    assert!(points.iter().all(|point| {
        let steps = point.position.length() / 0.004;
        (steps - steps.round()).abs() < 1e-6
    }));
}

#[test]
fn beams_are_lost_as_often_as_the_receivers_noise_says() {
    let lidar = lidar(ahead(8000), CLEAR);
    for (range_m, reflectance, fog_per_m, between) in [
        (80.0, 0.1_f32, 0.0_f32, 0.45..0.55),
        (70.0, 0.1, 0.0, 0.9..0.96),
        (60.0, 0.1, 0.004, 0.55..0.8),
        (60.0, 0.1, 0.006, 0.2..0.5),
        (60.0, 0.1, 0.01, 0.0..0.1),
    ] {
        let mut now = wall(0.0, range_m, reflectance);
        now.weather.fog_per_m = fog_per_m;
        let points = sweep_of(&lidar, &[now]);
        let share = points.iter().filter(|point| point.instance == 7).count() as f64 / 8000.0;
        let energy = libm::exp(-2.0 * f64::from(fog_per_m) * range_m) * (80.0 / range_m) * (80.0 / range_m);
        let expected = normal_cdf((energy - 1.0) * 5.0);
        assert!((share - expected).abs() < 0.03, "{range_m} m in {fog_per_m}: {share} for {expected}");
        assert!(between.contains(&share), "{range_m} m in {fog_per_m}: {share}");
    }
}

#[test]
fn a_moving_wall_is_aslant_by_its_speed_and_the_time_of_a_sweep() {
    let columns = 1800;
    let lidar = lidar(Pattern::spinning(&[0.0], columns), CLEAR);
    // Towards the sensor at 20 m/s, in snapshots that no sweep begins with.
    let speed = 20.0;
    let snapshots: Vec<Snapshot> =
        (0..8).map(|at| f64::from(at) / 30.0).map(|time_s| wall(time_s, 30.0 - speed * time_s, 0.8)).collect();
    let travel = Travel::new(&snapshots);
    let still = vec![Pose::IDENTITY; snapshots.len()];
    let points = lidar.sweep(1, &travel, &still);
    let near: Vec<&Point> = points.iter().filter(|point| point.position.y.abs() < 20.0).collect();
    assert!(near.len() > 300, "{}", near.len());
    for point in &near {
        let expected = 30.0 - speed * (0.1 + point.offset_s);
        assert!((point.position.x - expected).abs() < 1e-9, "{point:?} for {expected}");
    }
    let (first, last) = (near[0], near[near.len() - 1]);
    let skew = (first.position.x - last.position.x) / (last.offset_s - first.offset_s);
    assert!((skew - speed).abs() < 1e-6 && last.offset_s - first.offset_s > 0.015, "{skew}");
    // A sensor that drives at the wall as fast sees the very same.
    let standing: Vec<Snapshot> = snapshots.iter().map(|one| wall(one.time_s, 30.0, 0.8)).collect();
    let driving: Vec<Pose> = snapshots.iter().map(|one| Pose::at(DVec3::X * speed * one.time_s)).collect();
    let other = lidar.sweep(1, &Travel::new(&standing), &driving);
    assert_eq!(other.len(), points.len());
    assert!(other.iter().zip(&points).all(|(a, b)| (a.position - b.position).length() < 1e-9));
}

#[test]
fn a_turning_sensor_bends_what_is_straight() {
    let lidar = lidar(Pattern::spinning(&[0.0], 3600), CLEAR);
    let snapshots: Vec<Snapshot> = (0..4).map(|at| wall(f64::from(at) / 30.0, 30.0, 0.8)).collect();
    let turned = |at: usize| Pose { position: DVec3::ZERO, rotation: glam::DQuat::from_rotation_z(0.02 * at as f64) };
    let poses: Vec<Pose> = (0..4).map(turned).collect();
    for point in lidar.sweep(0, &Travel::new(&snapshots), &poses) {
        // Turned back by as much as the sensor has turned at 0.6 rad/s, every point lies on the wall.
        let world = glam::DQuat::from_rotation_z(0.6 * point.offset_s) * point.position;
        assert!((world.x - 30.0).abs() < 1e-6, "{point:?}");
    }
}

#[test]
fn an_edge_gives_two_echoes_and_what_is_near_is_one_between() {
    let half = DVec3::new(0.5, 10.0, 10.0);
    let scene = |behind_m: f64| {
        let mut far = wall(0.0, 20.0 + behind_m, 0.8);
        let mut near = body(3, Shape::Box { half, round: 0.0 }, Pose::at(DVec3::new(20.5, 10.0, 0.0)));
        near.material.colour = [0.8; 3];
        far.bodies.insert(0, near);
        far
    };
    let optics = Optics { divergence_rad: 0.003, echoes: 3, ..CLEAR };
    let lidar = lidar(Pattern::directions(&[(0.0, 0.0)]), optics);
    let points = sweep_of(&lidar, &[scene(5.0)]);
    let [near, far] = points.as_slice() else { panic!("{points:?}") };
    assert_eq!(([near.instance, far.instance], [near.echo, far.echo]), ([3, 7], [0, 1]));
    assert!((near.position.x - 20.0).abs() < 1e-3 && (far.position.x - 25.0).abs() < 1e-3, "{points:?}");
    assert!((near.intensity + far.intensity - 0.8).abs() < 0.08, "they share the light: {points:?}");
    let points = sweep_of(&lidar, &[scene(0.4)]);
    let [mixed] = points.as_slice() else { panic!("{points:?}") };
    assert!(mixed.position.x > 20.1 && mixed.position.x < 20.3, "a mixed pixel: {mixed:?}");
}

#[test]
fn rain_snow_and_dust_answer_near_the_sensor_and_only_they_do_so() {
    let pattern = Pattern::grid([60.0, 20.0], [400, 100]);
    let lidar = lidar(pattern, Optics { divergence_rad: 0.0, ..CLEAR });
    let sky = |weather: Weather| {
        let mut now = snapshot(0.0, Vec::new());
        now.weather = weather;
        sweep_of(&lidar, &[now])
    };
    assert_eq!(sky(Weather::default()), [], "clear air says nothing");
    let mut last = 0;
    for rain_mm_h in [2.0, 10.0, 40.0] {
        let points = sky(Weather { rain_mm_h, ..Weather::default() });
        assert!(points.len() > last, "{rain_mm_h}: {}", points.len());
        last = points.len();
        assert!(points.iter().all(|point| point.instance == 0 && point.class.is_none()));
        let near = points.iter().filter(|point| point.position.length() < 15.0).count();
        assert!(near * 10 > points.len() * 9, "{near} of {}", points.len());
    }
    for weather in [
        Weather { snow_mm_h: 1.0, ..Weather::default() },
        Weather { dust_per_m: 0.1, ..Weather::default() },
        Weather { fog_per_m: 0.05, ..Weather::default() },
    ] {
        assert!(sky(weather).len() > 200, "{weather:?}: {}", sky(weather).len());
    }
}

#[test]
fn a_beams_chance_is_its_own() {
    let noisy = Optics { range_noise_m: 0.05, ..CLEAR };
    let whole = lidar(ahead(64), noisy);
    let walls = |reach: f64| -> Vec<Snapshot> {
        (0..13).map(|at| wall(f64::from(at) / 30.0, 20.0, 0.8)).filter(|one| one.time_s < reach).collect()
    };
    let (long, short) = (walls(1.0), walls(0.25));
    let poses = vec![Pose::IDENTITY; 13];
    let [a, b] = [&long, &short].map(|snapshots| whole.sweep(1, &Travel::new(snapshots), &poses));
    assert_eq!(a, b, "a sweep does not depend on what comes after it");
    assert_ne!(a, whole.sweep(2, &Travel::new(&long), &poses), "and is not another one");
    assert_eq!((whole.n_sweeps(0.4), whole.n_sweeps(0.399_99)), (4, 3));
}
