//! A lidar: a pattern of beams, fired one column after the other while sensor and world move, and what comes back of each.
//!
//! A surface sends back what its material's colour says in red, the band nearest to 905 nm, as if it were matt (Lambert): a
//! simplification, since paints and plants differ more in the near infrared than in red, and patterns have their main colour. Nothing
//! reflects less than 8 %: hardly a surface does at 905 nm, and stages darken materials where the sun does not come.
//! Energy falls with the square of the range, with the cosine of the angle of incidence and with the air's transmission there
//! and back. A beam is detected where its energy and the receiver's noise, a fifth of the threshold, exceed the threshold
//! together: five deviations keep false alarms in clear air away. The threshold is told as the range at which a surface that
//! reflects 10 % across the beam is detected half the time; nearby, what reflects less than a least share is not told either.
//!
//! With divergence, seven rays stand for a beam; what is nearer together than the pulse is long is one echo at the mean of its energy.
//! In fog, rain, snow and dust the air answers, too ([`super::air`]). Chance is keyed by sweep and beam: no order matters.
//!
//! Deliberately left out: retroreflectors, mirrors and glass, crosstalk and sunlight, drops on the window, blooming, range that
//! walks with intensity.

use core::f64::consts::{PI, TAU};

use glam::DVec3;

use super::air::{Backscatter, Needed, extinction_per_m};
use super::ray::{Moment, Ray};
use super::travel::Travel;
use crate::base::special::normal_quantile;
use crate::base::{Pose, Purpose, Stream};
use crate::world::Class;

/// Beams that a list of directions fires at one time.
const TOGETHER: usize = 32;
/// The threshold in deviations of the receiver's noise.
const DEVIATIONS: f64 = 5.0;
/// The least that a surface reflects.
const DARKEST: f64 = 0.08;
/// The share that defines the detection range.
const REFERENCE: f64 = 0.1;

/// Beams that are fired at one time.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    /// When, as a share of the sweep.
    at: f64,
    /// Unit vectors in the sensor's frame, each with its ring: the channel, the row, or 0.
    beams: Vec<(DVec3, u16)>,
}

/// Where a lidar's beams go, x forward, y left, z up; azimuths count from x to y.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Vec<Column>);

fn direction(azimuth: f64, elevation: f64) -> DVec3 {
    let ((sin_a, cos_a), (sin_e, cos_e)) = (libm::sincos(azimuth), libm::sincos(elevation));
    DVec3::new(cos_e * cos_a, cos_e * sin_a, sin_e)
}

impl Pattern {
    /// Channels at `elevations_deg` that turn once a sweep in `columns` steps, from behind by the right to the front.
    pub fn spinning(elevations_deg: &[f64], columns: u32) -> Self {
        let column = |at: u32| {
            let share = f64::from(at) / f64::from(columns);
            let beam = |(ring, elevation_deg): (usize, &f64)| {
                (direction(share * TAU - PI, elevation_deg.to_radians()), ring as u16)
            };
            Column { at: share, beams: elevations_deg.iter().enumerate().map(beam).collect() }
        };
        Self((0..columns).map(column).collect())
    }

    /// A field of view of `width_deg` by `height_deg` about x, scanned from right to left; all rows of a column at one time.
    pub fn grid([width_deg, height_deg]: [f64; 2], [columns, rows]: [u32; 2]) -> Self {
        let angle =
            |at: u32, of: u32, whole_deg: f64| ((f64::from(at) + 0.5) / f64::from(of) - 0.5) * whole_deg.to_radians();
        let column = |at: u32| {
            let beam = |row: u32| (direction(angle(at, columns, width_deg), angle(row, rows, height_deg)), row as u16);
            Column { at: f64::from(at) / f64::from(columns), beams: (0..rows).map(beam).collect() }
        };
        Self((0..columns).map(column).collect())
    }

    /// One beam after the other at these azimuths and elevations in degrees.
    pub fn directions(all_deg: &[(f64, f64)]) -> Self {
        let column = |(at, some): (usize, &[(f64, f64)])| Column {
            at: (at * TOGETHER) as f64 / all_deg.len() as f64,
            beams: some.iter().map(|(a, e)| (direction(a.to_radians(), e.to_radians()), 0)).collect(),
        };
        Self(all_deg.chunks(TOGETHER).enumerate().map(column).collect())
    }

    /// Beams of a sweep.
    pub fn n_beams(&self) -> usize {
        self.0.iter().map(|column| column.beams.len()).sum()
    }
}

/// The numbers of a lidar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optics {
    /// Sweeps a second.
    pub rate_hz: f64,
    /// Nothing nearer is told, in metres.
    pub range_min_m: f64,
    /// Nothing farther is told, in metres.
    pub range_max_m: f64,
    /// Where a surface that reflects 10 % is detected half the time in clear air, in metres.
    pub range_at_10_percent_m: f64,
    /// What reflects less, its angle and the air included, is not told.
    pub reflectance_min: f64,
    /// Standard deviation of the range, in metres.
    pub range_noise_m: f64,
    /// What comes to it with the range, as a share of it.
    pub range_noise_share: f64,
    /// Ranges are told in steps of this, in metres; 0 does not round.
    pub range_step_m: f64,
    /// Whole angle by which a beam widens, in radians.
    pub divergence_rad: f64,
    /// What lies nearer together along a beam is one echo, in metres: half the pulse's length.
    pub pulse_m: f64,
    /// Most echoes of a beam, the strongest.
    pub echoes: usize,
}

/// An echo that was detected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// In the sensor's frame at the time of its beam, in metres.
    pub position: DVec3,
    /// Reflectance over the angle of incidence and what the air leaves of it: 1 is a white surface across the beam.
    pub intensity: f64,
    /// Channel or row.
    pub ring: u16,
    /// Which of the beam's echoes, from 0, near to far.
    pub echo: u8,
    /// Since the begin of the sweep, in seconds.
    pub offset_s: f64,
    /// The instance that it lies on; 0 where it is the air.
    pub instance: u16,
    /// What that is; none where it is the air.
    pub class: Option<Class>,
}

/// A lidar of a family at a draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Lidar {
    /// Where its beams go.
    pub pattern: Pattern,
    /// Its numbers.
    pub optics: Optics,
    /// Its noise.
    pub noise: Purpose,
}

/// One thing that sends light back, before it is detected.
#[derive(Clone, Copy, Debug)]
struct Return {
    range_m: f64,
    energy: f64,
    whose: Option<(u16, Class)>,
}

/// One that was detected.
#[derive(Clone, Copy, Debug)]
struct Heard {
    told_m: f64,
    range_m: f64,
    energy: f64,
    whose: Option<(u16, Class)>,
}

/// A sweep's surroundings that are the same for all of its beams.
struct Air {
    loss_per_m: f64,
    back: Backscatter,
}

impl Lidar {
    /// The energy that is detected half the time; a white surface across the beam at 1 m sends back 1.
    fn threshold(&self) -> f64 {
        let range_m = self.optics.range_at_10_percent_m;
        REFERENCE / (range_m * range_m)
    }

    fn needed(&self) -> Needed {
        Needed { energy: self.threshold(), reflectance: self.optics.reflectance_min }
    }

    /// When sweep `number` begins, in seconds.
    pub fn begin_s(&self, number: u64) -> f64 {
        number as f64 / self.optics.rate_hz
    }

    /// Whole sweeps until `end_s`.
    pub fn n_sweeps(&self, end_s: f64) -> u64 {
        // A sweep that ends with the last snapshot up to rounding is whole.
        (end_s * self.optics.rate_hz + 1e-6).max(0.0) as u64
    }

    /// The echoes of sweep `number`, column by column: of a lidar that at the snapshots' times was at `poses`.
    pub fn sweep(&self, number: u64, travel: &Travel<'_>, poses: &[Pose]) -> Vec<Point> {
        let begin_s = self.begin_s(number);
        let optics = &self.optics;
        let weather = travel.weather(begin_s);
        let reach = [optics.range_min_m, optics.range_max_m];
        let back = Backscatter::new(&weather, reach, optics.pulse_m, optics.divergence_rad, self.needed());
        let air = Air { loss_per_m: extinction_per_m(&weather), back };
        let mut points = Vec::new();
        let mut beam = number * self.pattern.n_beams() as u64;
        for column in &self.pattern.0 {
            let offset_s = column.at / optics.rate_hz;
            let pose = travel.pose(poses, begin_s + offset_s);
            let moment = travel.at(begin_s + offset_s);
            for (direction, ring) in &column.beams {
                let mut chance = self.noise.stream(beam);
                beam += 1;
                let Some(moment) = &moment else { continue };
                let returns = self.returns(moment, &pose, *direction, &air, &mut chance);
                for (echo, heard) in self.detect(returns, &mut chance).into_iter().enumerate() {
                    points.push(Point {
                        position: *direction * heard.told_m,
                        intensity: heard.energy * heard.range_m * heard.range_m,
                        ring: *ring,
                        echo: echo as u8,
                        offset_s,
                        instance: heard.whose.map_or(0, |(instance, _)| instance),
                        class: heard.whose.map(|(_, class)| class),
                    });
                }
            }
        }
        points
    }

    /// All that sends light of a beam back, near to far.
    fn returns(&self, moment: &Moment<'_>, pose: &Pose, beam: DVec3, air: &Air, chance: &mut Stream) -> Vec<Return> {
        let optics = &self.optics;
        let single = [DVec3::ZERO; 1];
        let ring = if optics.divergence_rad > 0.0 { footprint(beam, optics.divergence_rad) } else { Vec::new() };
        let rays = single.iter().chain(&ring);
        let share = 1.0 / (1 + ring.len()) as f64;
        let mut all: Vec<Return> = rays
            .filter_map(|aside| {
                let direction = pose.rotation * (beam + *aside).normalize();
                let ray = Ray { origin: pose.position, direction };
                let hit = moment.cast(&ray, optics.range_max_m)?;
                let body = moment.body(hit.body)?;
                let [red, ..] = body.material.colour;
                let facing = -hit.normal.dot(direction);
                let energy = share
                    * f64::from(red).clamp(DARKEST, 1.0)
                    * facing.max(0.0)
                    * libm::exp(-2.0 * air.loss_per_m * hit.distance_m)
                    / (hit.distance_m * hit.distance_m);
                Some(Return { range_m: hit.distance_m, energy, whose: Some((body.instance, body.class)) })
            })
            .collect();
        all.sort_by(|a, b| a.range_m.total_cmp(&b.range_m));
        let nearest_m = all.first().map_or(optics.range_max_m, |first| first.range_m);
        let mut all = merged(&all, optics.pulse_m);
        if air.loss_per_m > 0.0 {
            let unit = [0; 3].map(|_| chance.next_unit());
            let echo = air.back.echo(nearest_m, unit);
            all.splice(0..0, echo.map(|(range_m, energy)| Return { range_m, energy, whose: None }));
        }
        all
    }

    /// The echoes that the receiver tells, near to far.
    fn detect(&self, returns: Vec<Return>, chance: &mut Stream) -> Vec<Heard> {
        let (optics, threshold) = (&self.optics, self.threshold());
        let mut all: Vec<Heard> = Vec::with_capacity(returns.len());
        for Return { range_m, energy, whose } in returns {
            let (loud, off) = (normal_quantile(chance.next_unit()), normal_quantile(chance.next_unit()));
            // An echo of the air that is told is over the threshold already.
            let energy = energy + if whose.is_some() { loud * threshold / DEVIATIONS } else { 0.0 };
            let told_m = range_m + off * (optics.range_noise_m + optics.range_noise_share * range_m);
            let step_m = optics.range_step_m;
            let told_m = if step_m > 0.0 { libm::round(told_m / step_m) * step_m } else { told_m };
            let within = told_m >= optics.range_min_m && told_m <= optics.range_max_m;
            if within && (whose.is_none() || energy >= self.needed().at(range_m)) {
                all.push(Heard { told_m, range_m, energy, whose });
            }
        }
        // Stable: of two that are as strong, the nearer one.
        all.sort_by(|a, b| b.energy.total_cmp(&a.energy));
        all.truncate(optics.echoes);
        all.sort_by(|a, b| a.told_m.total_cmp(&b.told_m));
        all
    }
}

/// Six directions at two thirds of the half angle round `beam`, less the beam: with the middle one they share the footprint's area.
fn footprint(beam: DVec3, divergence_rad: f64) -> Vec<DVec3> {
    let radius = libm::tan(0.5 * divergence_rad) * 2.0 / 3.0;
    let (one, other) = beam.any_orthonormal_pair();
    let aside = |at: u32| {
        let (sin, cos) = libm::sincos(f64::from(at) * TAU / 6.0);
        (one * cos + other * sin) * radius
    };
    (0..6).map(aside).collect()
}

/// Returns near to far, those that follow each other within `pulse_m` taken together: at the mean of their energy, and
/// whose most of it is.
fn merged(all: &[Return], pulse_m: f64) -> Vec<Return> {
    let mut groups: Vec<Vec<Return>> = Vec::new();
    for one in all {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| one.range_m - last.range_m < pulse_m) => group.push(*one),
            _ => groups.push(vec![*one]),
        }
    }
    let whole = |group: &Vec<Return>| {
        let energy: f64 = group.iter().map(|one| one.energy).sum();
        let weighted: f64 = group.iter().map(|one| one.energy * one.range_m).sum();
        let strongest = group.iter().copied().reduce(|best, one| if one.energy > best.energy { one } else { best })?;
        let range_m = if energy > 0.0 { weighted / energy } else { strongest.range_m };
        Some(Return { range_m, energy, whose: strongest.whose })
    };
    groups.iter().filter_map(whole).collect()
}

#[cfg(test)]
#[path = "lidar_tests.rs"]
mod tests;
