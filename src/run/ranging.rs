//! What the lidars and radars of a family meet during an episode, each at its own rate.
//!
//! It is worked out on the finished episode: bodies and sensors go straight and turn evenly between two recorded states, so that a
//! family's `frame_rate_hz` says how finely. A sweep depends on the family, the draw and its number alone: not on threads, nor on
//! which sweeps or draws are asked for beside it.

pub mod files;

use std::ops::Range;

use crate::base::{Pose, StreamKey};
use crate::family::{Beams, Family, Reading};
use crate::sense::lidar::{Lidar, Optics, Pattern, Point};
use crate::sense::radar::{Cells, Detection, Radar};
use crate::sense::travel::Travel;
use crate::world::{Carried, Episode};

/// The lidars and radars of an episode.
#[derive(Debug)]
pub struct Watch<'a> {
    travel: Travel<'a>,
    devices: Vec<Device<'a>>,
}

/// One of them.
#[derive(Debug)]
struct Device<'a> {
    name: &'a str,
    eye: Eye,
    poses: &'a [Pose],
}

#[derive(Debug)]
enum Eye {
    Lidar(Box<Lidar>),
    Radar(Box<Radar>),
}

/// Which of a watch's sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    device: usize,
    /// From 0, within its sensor.
    pub number: u64,
}

/// What one sweep or scan told.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// When it begins and ends in seconds; a radar's is at one time.
    pub times_s: [f64; 2],
    /// `world_from_sensor` then.
    pub poses: [Pose; 2],
    /// What was met.
    pub told: Told,
}

/// What a sensor met.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A lidar's points.
    Points(Vec<Point>),
    /// A radar's detections.
    Detections(Vec<Detection>),
}

impl Told {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Points(all) => all.len(),
            Self::Detections(all) => all.len(),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether `family` has a lidar or a radar.
pub fn is_asked(family: &Family) -> bool {
    family.sensors.iter().any(|sensor| sensor.reads.is_ranging())
}

impl<'a> Watch<'a> {
    /// The lidars and radars of `episode`, which has its snapshots, of `family`.
    pub fn new(family: &'a Family, episode: &'a Episode) -> Self {
        Self::over(family, episode, 0..episode.snapshots.len())
    }

    /// As [`Self::new`] for who asks for sweeps between two times in seconds only: they are the same, and the rest of the episode
    /// is not prepared. Its [`Self::all`] ends with what is prepared.
    pub fn within(family: &'a Family, episode: &'a Episode, [from_s, to_s]: [f64; 2]) -> Self {
        let by = |time_s: f64| episode.snapshots.partition_point(|snapshot| snapshot.time_s <= time_s);
        // Speeds and poses need the states on either side.
        Self::over(family, episode, by(from_s).saturating_sub(2)..(by(to_s) + 2).min(episode.snapshots.len()))
    }

    fn over(family: &'a Family, episode: &'a Episode, states: Range<usize>) -> Self {
        let devices = devices(family, episode).map(|(name, eye, poses)| {
            let poses = poses.get(states.clone()).unwrap_or(poses);
            Device { name, eye, poses }
        });
        let devices = devices.collect();
        Self { travel: Travel::new(episode.snapshots.get(states.clone()).unwrap_or_default()), devices }
    }

    /// All sweeps, sensor by sensor.
    pub fn all(&self) -> Vec<Which> {
        let end_s = self.travel.end_s();
        let of = |(device, one): (usize, &Device<'_>)| {
            let count = match &one.eye {
                Eye::Lidar(lidar) => lidar.n_sweeps(end_s),
                Eye::Radar(radar) => radar.n_scans(end_s),
            };
            (0..count).map(move |number| Which { device, number })
        };
        self.devices.iter().enumerate().flat_map(of).collect()
    }

    /// Where the sensor of a sweep is at `time_s`: `world_from_sensor`.
    pub fn pose(&self, which: Which, time_s: f64) -> Pose {
        self.devices.get(which.device).map_or(Pose::IDENTITY, |device| self.travel.pose(device.poses, time_s))
    }

    /// The name of the sensor of a sweep.
    pub fn name(&self, which: Which) -> &'a str {
        self.devices.get(which.device).map_or("", |device| device.name)
    }

    /// The names of the sensors with what they are.
    pub fn sensors(&self) -> impl Iterator<Item = (&'a str, &'static str)> + '_ {
        self.devices.iter().map(|device| {
            let kind = match device.eye {
                Eye::Lidar(_) => "lidar",
                Eye::Radar(_) => "radar",
            };
            (device.name, kind)
        })
    }

    /// What a sweep told.
    pub fn sweep(&self, which: Which) -> Option<Sweep> {
        let Device { eye, poses, .. } = self.devices.get(which.device)?;
        let (times_s, told) = match eye {
            Eye::Lidar(lidar) => {
                let times_s = [which.number, which.number + 1].map(|number| lidar.begin_s(number));
                (times_s, Told::Points(lidar.sweep(which.number, &self.travel, poses)))
            }
            Eye::Radar(radar) => {
                let time_s = radar.time_s(which.number);
                ([time_s; 2], Told::Detections(radar.scan(which.number, &self.travel, poses)))
            }
        };
        Some(Sweep { times_s, poses: times_s.map(|time_s| self.travel.pose(poses, time_s)), told })
    }
}

/// The lidars and radars of an episode: the name, the device, and where it was.
fn devices<'a>(family: &'a Family, episode: &'a Episode) -> impl Iterator<Item = (&'a str, Eye, &'a [Pose])> {
    episode.carried.iter().filter_map(|carried| {
        let sensor = family.sensors.get(carried.sensor)?;
        Some((&*sensor.name, eye(&sensor.name, &sensor.reads, carried)?, &*carried.poses))
    })
}

/// The newest whole sweep of every lidar and radar at `time_s`, in the sensors' order, with when it begins and ends; one that has
/// none by then is left out.
pub fn newest(family: &Family, episode: &Episode, time_s: f64) -> Vec<(Which, [f64; 2])> {
    let by_s = time_s.min(episode.snapshots.last().map_or(0.0, |last| last.time_s));
    let of = |(device, (_, eye, _)): (usize, (&str, Eye, &[Pose]))| {
        let (number, times_s) = match &eye {
            Eye::Lidar(lidar) => {
                let number = lidar.n_sweeps(by_s).checked_sub(1)?;
                (number, [number, number + 1].map(|number| lidar.begin_s(number)))
            }
            Eye::Radar(radar) => {
                let number = radar.n_scans(by_s).checked_sub(1)?;
                (number, [radar.time_s(number); 2])
            }
        };
        Some((Which { device, number }, times_s))
    };
    devices(family, episode).enumerate().filter_map(of).collect()
}

/// The device that `carried` is, with its numbers; none where it is neither lidar nor radar.
fn eye(name: &str, reads: &Reading, carried: &Carried) -> Option<Eye> {
    let key = StreamKey::new(carried.noise_seed, name);
    match (reads, carried.numbers.as_slice()) {
        (Reading::Lidar { beams, .. }, [rate, least, most, ten, faint, noise, share, step, wide, pulse, echoes]) => {
            let optics = Optics {
                rate_hz: *rate,
                range_min_m: *least,
                range_max_m: *most,
                range_at_10_percent_m: *ten,
                reflectance_min: *faint,
                range_noise_m: *noise,
                range_noise_share: *share,
                range_step_m: *step,
                divergence_rad: wide.to_radians(),
                pulse_m: *pulse,
                echoes: (*echoes + 0.5) as usize,
            };
            Some(Eye::Lidar(Box::new(Lidar { pattern: pattern(beams)?, optics, noise: key.purpose("lidar") })))
        }
        (Reading::Radar { .. }, numbers) => {
            let [rate, most, reach, width, height, range, azimuth, speed, range_off, azimuth_off, speed_off, alarms] =
                *numbers.first_chunk()?;
            let cells = Cells {
                rate_hz: rate,
                range_max_m: most,
                range_at_1_m2_m: reach,
                width_rad: width.to_radians(),
                height_rad: height.to_radians(),
                range_cell_m: range,
                azimuth_cell_rad: azimuth.to_radians(),
                speed_cell_m_s: speed,
                range_noise_m: range_off,
                azimuth_noise_rad: azimuth_off.to_radians(),
                speed_noise_m_s: speed_off,
                false_alarms: alarms,
            };
            Some(Eye::Radar(Box::new(Radar { cells, noise: key.purpose("radar") })))
        }
        _ => None,
    }
}

fn pattern(beams: &Beams) -> Option<Pattern> {
    Some(match beams.resolved().ok()? {
        Beams::Spinning { elevations_deg, columns } => Pattern::spinning(&elevations_deg, columns),
        Beams::Grid { width_deg, height_deg, columns, rows } => Pattern::grid([width_deg, height_deg], [columns, rows]),
        Beams::Directions(all) => Pattern::directions(&all),
        Beams::Preset(_) => return None,
    })
}

#[cfg(test)]
mod tests;
