//! What the lidars and radars of the shown draw have met last, as points of the world, and what their colours mean.

use serde::{Deserialize, Serialize};

use glam::DVec3;

use crate::app::channel::paint::instance_colour;
use crate::app::channel::{Map, Scale, Spread, scale};
use crate::app::theme;
use crate::run::ranging::{Sweep, Told, Watch, Which};

/// What the colour of a point tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// How far it is from its sensor.
    #[default]
    Range,
    /// How much of a lidar's light comes back; a radar has none.
    Intensity,
    /// What it lies on.
    Instance,
}

impl By {
    /// All, with their words.
    pub const ALL: [(Self, &str); 3] =
        [(Self::Range, "By range"), (Self::Intensity, "By intensity"), (Self::Instance, "By instance")];
}

/// An echo of a lidar, or a detection of a radar.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Where it is in the world, in metres. A radar tells no height: it lies in the sensor's own plane.
    pub at_m: DVec3,
    /// From the sensor, in metres.
    pub range_m: f32,
    /// A lidar's intensity: 1 is a white surface across the beam.
    pub intensity: Option<f32>,
    /// A radar's radial speed in m/s, positive where it moves away.
    pub speed_m_s: Option<f64>,
    /// Whose it is; 0 for the air's echoes and false alarms.
    pub instance: u16,
}

/// The newest whole sweep of one sensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// The sensor's name.
    pub sensor: String,
    /// When it began and ended, in seconds; a radar's is at one time.
    pub times_s: [f64; 2],
    /// What was met.
    pub spots: Vec<Spot>,
}

impl Cloud {
    /// What `which` of `watch` has told, where its points were when their beams met them.
    pub fn of(watch: &Watch<'_>, which: Which, sweep: &Sweep) -> Self {
        let spots = match &sweep.told {
            Told::Points(points) => {
                let mut pose = (f64::NAN, sweep.poses[0]);
                let one = |point: &crate::sense::lidar::Point| {
                    // A column's beams have one time.
                    if pose.0 != point.offset_s {
                        pose = (point.offset_s, watch.pose(which, sweep.times_s[0] + point.offset_s));
                    }
                    Spot {
                        at_m: pose.1.point(point.position),
                        range_m: point.position.length() as f32,
                        intensity: Some(point.intensity as f32),
                        speed_m_s: None,
                        instance: point.instance,
                    }
                };
                points.iter().map(one).collect()
            }
            Told::Detections(found) => {
                let one = |one: &crate::sense::radar::Detection| {
                    let (sine, cosine) = libm::sincos(one.azimuth_rad);
                    Spot {
                        at_m: sweep.poses[0].point(DVec3::new(cosine, sine, 0.0) * one.range_m),
                        range_m: one.range_m as f32,
                        intensity: None,
                        speed_m_s: Some(one.speed_m_s),
                        instance: one.instance,
                    }
                };
                found.iter().map(one).collect()
            }
        };
        Self { sensor: watch.name(which).to_owned(), times_s: sweep.times_s, spots }
    }

    /// Whose, when and how many, in words.
    pub fn words(&self) -> String {
        let [from, to] = self.times_s;
        let when = if from < to { format!("{from:.2} to {to:.2}") } else { format!("{from:.2}") };
        let is_radar = self.spots.iter().any(|spot| spot.speed_m_s.is_some());
        let what = if is_radar { "detections" } else { "points" };
        let count = theme::count(self.spots.len() as u64);
        format!("{}: {count} {what}, {when}{}s", self.sensor.replace('_', " "), theme::THIN_SPACE)
    }
}

/// The newest sweeps of all sensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Clouds {
    /// In the sensors' order; one without a whole sweep yet is left out.
    pub all: Vec<Cloud>,
    /// The ranges of all points.
    pub ranges: Scale,
}

/// What the colours of points mean.
#[derive(Clone, Copy, Debug)]
pub struct CloudKey {
    /// What is told, with its unit.
    pub title: &'static str,
    /// Of which values.
    pub scale: Scale,
    /// The colour at a share of the scale.
    pub colour: fn(f32) -> [u8; 3],
}

/// The colours of ranges and of intensities.
const MAP: Map = Map::Turbo;
/// Intensities from nothing to a white surface across the beam.
const INTENSITIES: Scale = Scale { low: 0.0, high: 1.0, spread: Spread::Linear };

impl Clouds {
    /// Of these sweeps.
    pub fn new(all: Vec<Cloud>) -> Self {
        let ranges: Vec<f32> = all.iter().flat_map(|cloud| &cloud.spots).map(|spot| spot.range_m).collect();
        let ranges = Scale::new(scale::range_of(&ranges).unwrap_or([1.0, 10.0]), Spread::Log);
        Self { all, ranges }
    }

    /// The colour of a point.
    pub fn colour(&self, by: By, spot: &Spot) -> [u8; 3] {
        match (by, spot.intensity) {
            (By::Instance, _) if spot.instance == 0 => AIR,
            (By::Instance, _) => instance_colour(spot.instance),
            (By::Intensity, Some(intensity)) => MAP.colour(INTENSITIES.share(intensity)),
            (By::Intensity, None) => AIR,
            (By::Range, _) => MAP.colour(1.0 - self.ranges.share(spot.range_m)),
        }
    }

    /// What the colours mean; `None` where names tell it.
    pub fn key(&self, by: By) -> Option<CloudKey> {
        match by {
            By::Range => {
                Some(CloudKey { title: "Range, m · log", scale: self.ranges, colour: |share| MAP.colour(1.0 - share) })
            }
            By::Intensity => {
                Some(CloudKey { title: "Intensity", scale: INTENSITIES, colour: |share| MAP.colour(share) })
            }
            By::Instance => None,
        }
    }
}

/// What lies on nothing, and what has no number.
const AIR: [u8; 3] = [235; 3];

/// The overlay of a family that has lidars or radars.
#[derive(Clone, Debug, Default)]
pub struct CloudView {
    /// It is shown.
    pub on: bool,
    /// What colours tell.
    pub by: By,
    /// The sweeps at the shown time, as far as they are worked out.
    pub shown: Option<std::sync::Arc<Clouds>>,
    /// What stands for them in words: what is shown, what is on its way, why there is none.
    pub said: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::run::ranging;
    use crate::sample::Sampler;
    use crate::world::{Class, Simulator};

    #[test]
    fn points_lie_on_what_they_are_told_to_lie_on() {
        let mut family = crate::run::new::example("road_tunnel_glare").expect("ships");
        family.clock.duration_s = 0.4;
        let draw = Sampler::new(&family, 7).expect("sound").draw(0).expect("a draw");
        let episode = Simulator::new(&family).expect("sound").episode(&draw, &Silent).expect("simulates");
        let watch = Watch::new(&family, &episode);
        let early = ranging::newest(&family, &episode, 0.05);
        assert_eq!(early.len(), 1, "the radar has its first scan, the lidar no whole sweep");
        let newest = ranging::newest(&family, &episode, 0.35);
        assert_eq!(newest.len(), 2);
        let of = |(which, _): &(Which, [f64; 2])| Cloud::of(&watch, *which, &watch.sweep(*which).expect("there"));
        let clouds = Clouds::new(newest.iter().map(of).collect());
        let end_s = |cloud: &Cloud| cloud.times_s[1];
        assert!(clouds.all.iter().all(|cloud| end_s(cloud) <= 0.35 + 1e-6 && end_s(cloud) > 0.2), "the newest");
        let lidar = clouds.all.iter().find(|cloud| cloud.spots[0].intensity.is_some()).expect("a lidar");
        let now = episode.snapshots.iter().min_by(|a, b| {
            let off = |time_s: f64| (time_s - lidar.times_s[0]).abs();
            off(a.time_s).total_cmp(&off(b.time_s))
        });
        let now = now.expect("states");
        // The ground does not move, and the lidar's own car does: unless each point had its own pose, they would not lie level.
        let road: Vec<u16> =
            now.bodies.iter().filter(|body| body.class == Class::Road).map(|body| body.instance).collect();
        let ground: Vec<f64> =
            lidar.spots.iter().filter(|spot| road.contains(&spot.instance)).map(|spot| spot.at_m.z).collect();
        assert!(ground.len() > 100 && ground.iter().all(|z| z.abs() < 0.3), "{} on the ground", ground.len());
        let radar = clouds.all.iter().find(|cloud| cloud.sensor != lidar.sensor).expect("a radar");
        assert!(radar.spots.iter().all(|spot| spot.speed_m_s.is_some()));
        let far = clouds.all.iter().flat_map(|cloud| &cloud.spots).map(|spot| spot.range_m).fold(0.0, f32::max);
        assert!(clouds.ranges.high <= far && clouds.ranges.low > 0.0, "{:?} {far}", clouds.ranges);
    }

    #[test]
    fn a_points_colour_is_its_keys() {
        let spot =
            |range_m, intensity, instance| Spot { at_m: DVec3::ZERO, range_m, intensity, speed_m_s: None, instance };
        let near = spot(2.0, Some(0.5), 3);
        let spots = vec![near.clone(), spot(50.0, None, 0)];
        let clouds = Clouds::new(vec![Cloud { sensor: "top_lidar".into(), times_s: [0.1, 0.2], spots }]);
        let CloudKey { scale, colour, .. } = clouds.key(By::Range).expect("a bar");
        assert_eq!(clouds.colour(By::Range, &near), colour(scale.share(2.0)));
        assert_ne!(clouds.colour(By::Range, &near), clouds.colour(By::Range, &spot(50.0, None, 0)));
        let CloudKey { scale, colour, .. } = clouds.key(By::Intensity).expect("a bar");
        assert_eq!(clouds.colour(By::Intensity, &near), colour(scale.share(0.5)));
        assert_eq!(clouds.colour(By::Instance, &near), instance_colour(3));
        assert_eq!(clouds.colour(By::Instance, &spot(2.0, None, 0)), AIR, "the air");
        assert_eq!(clouds.all[0].words(), "top lidar: 2 points, 0.10 to 0.20\u{2009}s");
    }
}
