//! An automotive radar: what it detects in one scan, as range, azimuth and radial speed.
//!
//! Rays within the field of view gather what is seen of every thing into cells of range, azimuth and radial speed. A thing's
//! radar cross-section is its visible area across the line of sight times a factor for its class: a simplification that knows
//! size and occlusion, but neither corners nor plates nor aspect. The factors are ours, so that the rear of a car (2.5 m²) has
//! about 10 m², somebody on foot (0.7 m²) 0.3 m², as is usual at 77 GHz. The power of a cell falls with the fourth power
//! of the range and fluctuates from scan to scan (Swerling 1: exponentially); it is detected above a threshold of 13 dB
//! over the noise. False alarms are evenly spread over what can be told. Chance is keyed by scan and cell: no order matters.
//!
//! The radial speed is that of the surface against the sensor, positive where it moves away. All of a scan is seen at one time.
//!
//! Deliberately left out: several ways to a target and ghosts by mirrors, interference, ambiguous speeds and ranges, side lobes,
//! elevation, spinning wheels and swinging arms, rain; one target may give detections in several cells, as raw lists have.

use std::collections::BTreeMap;

use core::f64::consts::LN_10;

use glam::DVec3;

use super::ray::{Moment, Ray};
use super::travel::Travel;
use crate::base::special::normal_quantile;
use crate::base::{Pose, Purpose};
use crate::world::Class;

/// What the power of a cell must exceed, over the mean of the noise: 13 dB.
const THRESHOLD: f64 = 20.0;
/// Rays to the width of a cell.
const RAYS: f64 = 8.0;
/// Radial speeds of false alarms reach this far either way, in m/s.
const FALSE_M_S: f64 = 40.0;

/// Radar cross-section over visible area.
fn factor(class: Class) -> f64 {
    match class {
        Class::Vehicle => 4.0,
        Class::Robot | Class::RobotArm => 2.0,
        Class::Cyclist => 1.0,
        Class::Pedestrian | Class::Human => 0.45,
        Class::Road => 0.002,
        Class::Background => 0.03,
        _ => 0.5,
    }
}

/// The numbers of a radar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cells {
    /// Scans a second.
    pub rate_hz: f64,
    /// Nothing farther is told, in metres.
    pub range_max_m: f64,
    /// Where a target of 1 m² has a mean power at the threshold, in metres.
    pub range_at_1_m2_m: f64,
    /// Field of view about x, in radians.
    pub width_rad: f64,
    /// Field of view up and down, in radians.
    pub height_rad: f64,
    /// Resolution in range, in metres.
    pub range_cell_m: f64,
    /// Resolution in azimuth, in radians.
    pub azimuth_cell_rad: f64,
    /// Resolution in radial speed, in m/s.
    pub speed_cell_m_s: f64,
    /// Standard deviation of a detection's range, in metres.
    pub range_noise_m: f64,
    /// Standard deviation of its azimuth, in radians.
    pub azimuth_noise_rad: f64,
    /// Standard deviation of its radial speed, in m/s.
    pub speed_noise_m_s: f64,
    /// False alarms of a scan, in the mean.
    pub false_alarms: f64,
}

/// Something that was detected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// In metres.
    pub range_m: f64,
    /// From x towards y of the sensor, in radians.
    pub azimuth_rad: f64,
    /// Radial speed against the sensor in m/s, positive where it moves away.
    pub speed_m_s: f64,
    /// Radar cross-section as the power says it, in decibels over 1 m².
    pub cross_section_dbsm: f64,
    /// Power over the noise in decibels.
    pub snr_db: f64,
    /// The instance that most of it comes from; 0 for a false alarm.
    pub instance: u16,
    /// What that is; none for a false alarm.
    pub class: Option<Class>,
}

/// A radar of a family at a draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Radar {
    /// Its numbers.
    pub cells: Cells,
    /// Its noise.
    pub noise: Purpose,
}

/// What falls into one cell.
#[derive(Clone, Debug, Default)]
struct Cell {
    /// m² at the fourth power of the range, and the same times range, azimuth and speed.
    power: f64,
    range: f64,
    azimuth: f64,
    speed: f64,
    /// Whose it is.
    shares: BTreeMap<u16, (f64, Option<Class>)>,
}

impl Radar {
    /// When scan `number` is, in seconds.
    pub fn time_s(&self, number: u64) -> f64 {
        number as f64 / self.cells.rate_hz
    }

    /// Scans until `end_s`, the one at its very end included.
    pub fn n_scans(&self, end_s: f64) -> u64 {
        (end_s * self.cells.rate_hz + 1e-6).max(0.0) as u64 + 1
    }

    /// The detections of scan `number` of a radar that at the snapshots' times was at `poses`, near to far, then false alarms.
    pub fn scan(&self, number: u64, travel: &Travel<'_>, poses: &[Pose]) -> Vec<Detection> {
        let time_s = self.time_s(number);
        let Some(moment) = travel.at(time_s) else { return Vec::new() };
        let (pose, velocity) = (travel.pose(poses, time_s), travel.velocity_m_s(poses, time_s));
        let cells = self.gather(&moment, &pose, velocity);
        let found = cells.iter().filter_map(|(place, cell)| self.detect(number, *place, cell));
        found.chain(self.false_alarms(number)).collect()
    }

    /// What is seen, cell by cell.
    fn gather(&self, moment: &Moment<'_>, pose: &Pose, velocity: DVec3) -> BTreeMap<[u32; 3], Cell> {
        let numbers = &self.cells;
        let step = numbers.azimuth_cell_rad / RAYS;
        let counts = [numbers.width_rad, numbers.height_rad].map(|whole| (whole / step).max(1.0) as u32);
        let angle = |at: u32, of: u32| (f64::from(at) + 0.5 - 0.5 * f64::from(of)) * step;
        let mut cells: BTreeMap<[u32; 3], Cell> = BTreeMap::new();
        for (column, row) in (0..counts[0]).flat_map(|column| (0..counts[1]).map(move |row| (column, row))) {
            let (azimuth, elevation) = (angle(column, counts[0]), angle(row, counts[1]));
            let ((sin_a, cos_a), (sin_e, cos_e)) = (libm::sincos(azimuth), libm::sincos(elevation));
            let direction = pose.rotation * DVec3::new(cos_e * cos_a, cos_e * sin_a, sin_e);
            let ray = Ray { origin: pose.position, direction };
            let Some(hit) = moment.cast(&ray, numbers.range_max_m) else { continue };
            let Some(body) = moment.body(hit.body) else { continue };
            let range_m = hit.distance_m;
            let speed = (moment.velocity_m_s(hit.body, ray.at(range_m)) - velocity).dot(direction);
            let area_m2 = range_m * range_m * step * step * cos_e;
            let power = factor(body.class) * area_m2 / libm::pow(range_m, 4.0);
            let place = [
                range_m / numbers.range_cell_m,
                (azimuth + 0.5 * numbers.width_rad) / numbers.azimuth_cell_rad,
                speed / numbers.speed_cell_m_s + 0.5 * f64::from(1 << 20),
            ];
            let cell = cells.entry(place.map(|part| libm::floor(part) as u32)).or_default();
            cell.power += power;
            cell.range += power * range_m;
            cell.azimuth += power * azimuth;
            cell.speed += power * speed;
            cell.shares.entry(body.instance).or_insert((0.0, Some(body.class))).0 += power;
        }
        cells
    }

    /// Whether a cell's power exceeds the threshold in this scan, and what is told of it then.
    fn detect(&self, number: u64, place: [u32; 3], cell: &Cell) -> Option<Detection> {
        let numbers = &self.cells;
        // Every cell of every scan has a stream of its own, up to 16,384 cells of range; of more, cells of neighbouring scans share.
        let [range, azimuth, speed] = place.map(u64::from);
        let mut chance = self.noise.stream(number << 48 ^ range << 34 ^ azimuth << 21 ^ speed);
        let reach = libm::pow(numbers.range_at_1_m2_m, 4.0);
        let strength = -libm::log(chance.next_unit());
        let snr = THRESHOLD * reach * cell.power * strength;
        if snr < THRESHOLD {
            return None;
        }
        let mut off = |deviation: f64| deviation * normal_quantile(chance.next_unit());
        let range_m = cell.range / cell.power + off(numbers.range_noise_m);
        let azimuth_rad = cell.azimuth / cell.power + off(numbers.azimuth_noise_rad);
        let speed_m_s = cell.speed / cell.power + off(numbers.speed_noise_m_s);
        let whose =
            cell.shares.iter().fold(None, |best: Option<(u16, f64, _)>, (instance, (power, class))| match best {
                Some((_, most, _)) if most >= *power => best,
                _ => Some((*instance, *power, *class)),
            });
        let (instance, _, class) = whose?;
        let told = range_m > 0.0 && range_m <= numbers.range_max_m;
        told.then(|| detection([range_m, azimuth_rad, speed_m_s], (snr, reach), (instance, class)))
    }

    /// What is detected where there is nothing: as many as Poisson's law gives.
    fn false_alarms(&self, number: u64) -> Vec<Detection> {
        let numbers = &self.cells;
        // Above every cell's number up to scan 32,768, which is 9 minutes at 60 Hz; of later ones, some share.
        let mut chance = self.noise.stream(1 << 63 | number);
        let mut all = Vec::new();
        let mut left = numbers.false_alarms;
        loop {
            // Arrivals at unit rate, one after the other.
            left += libm::log(chance.next_unit());
            if left < 0.0 {
                return all;
            }
            let mut even = |low: f64, high: f64| low + (high - low) * chance.next_unit();
            let half = 0.5 * numbers.width_rad;
            let place = [even(0.0, numbers.range_max_m), even(-half, half), even(-FALSE_M_S, FALSE_M_S)];
            let snr = THRESHOLD - libm::log(chance.next_unit());
            all.push(detection(place, (snr, libm::pow(numbers.range_at_1_m2_m, 4.0)), (0, None)));
        }
    }
}

fn detection(
    [range_m, azimuth_rad, speed_m_s]: [f64; 3],
    (snr, reach): (f64, f64),
    (instance, class): (u16, Option<Class>),
) -> Detection {
    let decibels = |share: f64| 10.0 * libm::log(share) / LN_10;
    let cross_section_m2 = snr / THRESHOLD * libm::pow(range_m, 4.0) / reach;
    let (cross_section_dbsm, snr_db) = (decibels(cross_section_m2), decibels(snr));
    Detection { range_m, azimuth_rad, speed_m_s, cross_section_dbsm, snr_db, instance, class }
}

#[cfg(test)]
mod tests {
    use super::super::ray::tests::{body, snapshot};
    use super::*;
    use crate::base::StreamKey;
    use crate::world::{Shape, Snapshot};

    const CELLS: Cells = Cells {
        rate_hz: 15.0,
        range_max_m: 150.0,
        range_at_1_m2_m: 90.0,
        width_rad: 1.0,
        height_rad: 0.2,
        range_cell_m: 0.5,
        azimuth_cell_rad: 0.03,
        speed_cell_m_s: 0.2,
        range_noise_m: 0.0,
        azimuth_noise_rad: 0.0,
        speed_noise_m_s: 0.0,
        false_alarms: 0.0,
    };

    fn radar(cells: Cells) -> Radar {
        Radar { cells, noise: StreamKey::new(2, "radar").purpose("radar") }
    }

    /// The rear of a car at `x_m`, and somebody on foot beside it.
    fn road(time_s: f64, x_m: f64, y_m: f64) -> Snapshot {
        let at =
            |x: f64, y: f64, half: DVec3| (Shape::Box { half, round: 0.0 }, Pose::at(DVec3::new(x + half.x, y, 0.0)));
        let (car, there) = at(x_m, 0.0, DVec3::new(2.0, 0.9, 0.7));
        let (person, beside) = at(30.0, y_m, DVec3::new(0.15, 0.2, 0.875));
        let mut bodies = vec![body(4, car, there), body(9, person, beside)];
        bodies[0].class = Class::Vehicle;
        bodies[1].class = Class::Pedestrian;
        snapshot(time_s, bodies)
    }

    #[test]
    fn a_scan_tells_range_azimuth_and_radial_speed() {
        // The ego at 10 m/s, the car at 25, somebody crossing to the right at 2.
        let snapshots: Vec<Snapshot> = (0..4)
            .map(|at| f64::from(at) / 30.0)
            .map(|time_s| road(time_s, 60.0 + 25.0 * time_s, 8.0 - 2.0 * time_s))
            .collect();
        let ego: Vec<Pose> = snapshots.iter().map(|one| Pose::at(DVec3::X * 10.0 * one.time_s)).collect();
        let travel = Travel::new(&snapshots);
        let (mut cars, mut people, mut scans) = (0, 0, 0);
        for seed in 0..40 {
            let radar = Radar { noise: StreamKey::new(seed, "radar").purpose("radar"), ..radar(CELLS) };
            scans += 1;
            for one in radar.scan(1, &travel, &ego) {
                let time_s = 1.0 / 15.0;
                if one.instance == 4 {
                    cars += 1;
                    assert!((one.range_m - (60.0 + 15.0 * time_s)).abs() < 0.05, "{one:?}");
                    assert!((one.speed_m_s - 15.0).abs() < 0.02 && one.azimuth_rad.abs() < 0.016, "{one:?}");
                } else {
                    people += 1;
                    let at = DVec3::new(30.0 - 10.0 * time_s, 8.0 - 2.0 * time_s, 0.0);
                    let radial = DVec3::new(-10.0, -2.0, 0.0).dot(at.normalize());
                    assert!((one.range_m - at.length()).abs() < 0.3, "{one:?}");
                    assert!((one.speed_m_s - radial).abs() < 0.15, "{one:?} for {radial}");
                    assert!((one.azimuth_rad - libm::atan2(at.y, at.x)).abs() < 0.01, "{one:?}");
                    assert_eq!(one.class, Some(Class::Pedestrian));
                }
            }
        }
        assert!(cars > 20 && people > 20, "{cars} and {people} in {scans}");
    }

    #[test]
    fn cross_sections_are_those_of_the_visible_area_and_fade_with_the_fourth_power() {
        let power = |x_m: f64| -> f64 {
            let now = [road(0.0, x_m, 200.0)];
            let travel = Travel::new(&now);
            let moment = travel.at(0.0).expect("a moment");
            let fine = Cells { azimuth_cell_rad: 0.012, ..CELLS };
            radar(fine).gather(&moment, &Pose::IDENTITY, DVec3::ZERO).values().map(|cell| cell.power).sum()
        };
        let area_m2 = 1.8 * 1.4;
        for x_m in [25.0, 40.0, 60.0] {
            let expected = 4.0 * area_m2 / libm::pow(x_m, 4.0);
            assert!((power(x_m) / expected - 1.0).abs() < 0.15, "{x_m}: {} for {expected}", power(x_m));
        }
        assert!((power(25.0) / power(50.0) - 16.0).abs() < 2.5, "{}", power(25.0) / power(50.0));
    }

    #[test]
    fn a_fluctuating_target_is_seen_as_often_as_swerling_says() {
        let now = [road(0.0, 20.0, 200.0)];
        let travel = Travel::new(&now);
        let moment = travel.at(0.0).expect("a moment");
        // One cell as wide as all of it.
        let wide = Cells { azimuth_cell_rad: 0.2, width_rad: 0.2, range_cell_m: 20.0, ..CELLS };
        let all = radar(wide).gather(&moment, &Pose::IDENTITY, DVec3::ZERO);
        let power: f64 = all.values().map(|cell| cell.power).sum();
        assert_eq!(all.len(), 1, "{all:?}");
        for mean in [0.5, 1.0, 4.0] {
            let cells = Cells { range_at_1_m2_m: libm::pow(mean / power, 0.25), ..wide };
            let seen = (0..2000).filter(|scan| {
                let radar = Radar { noise: StreamKey::new(*scan, "r").purpose("radar"), ..radar(cells) };
                !radar.scan(0, &travel, &[Pose::IDENTITY]).is_empty()
            });
            let (share, expected) = (seen.count() as f64 / 2000.0, libm::exp(-1.0 / mean));
            assert!((share - expected).abs() < 0.035, "{mean}: {share} for {expected}");
        }
    }

    #[test]
    fn false_alarms_are_as_many_as_asked_for_and_lie_everywhere() {
        let empty = [snapshot(0.0, Vec::new()), snapshot(200.0, Vec::new())];
        let travel = Travel::new(&empty);
        let radar = radar(Cells { false_alarms: 1.7, ..CELLS });
        let all: Vec<Detection> = (0..3000).flat_map(|scan| radar.scan(scan, &travel, &[Pose::IDENTITY; 2])).collect();
        let mean = all.len() as f64 / 3000.0;
        assert!((mean - 1.7).abs() < 0.1, "{mean}");
        assert!(all.iter().all(|one| one.instance == 0 && one.class.is_none() && one.snr_db >= 13.0));
        let far = all.iter().filter(|one| one.range_m > 75.0).count() as f64 / all.len() as f64;
        assert!((far - 0.5).abs() < 0.05, "{far}");
    }
}
