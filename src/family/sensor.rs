//! Sensors that a family puts on links of the stage's rig and on things: inertial units, wrenches of what touches, satellite
//! receivers, lidars and radars.
//!
//! Here is what a file says of them; what they read is the world's to know, and of lidars and radars the sensors' (`sense`). Cameras and joint encoders are deliberately not
//! here: the family has its own camera, and a stage records its joints.

use serde::{Deserialize, Serialize};

use super::Bound;
use super::beams::Beams;
use super::bound::{are_zero, is_one, is_zero, one, zero, zeros};

/// A sensor on a link or a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// Identifier: its signals are called by it.
    pub name: String,
    /// The link of the stage's rig (`"torso"`), or the thing, that it is fixed to; a lidar or a radar may also stand on the
    /// `"stage"`.
    pub on: String,
    /// What it reads.
    pub reads: Reading,
    /// Where it sits in the frame of what it is on, in metres.
    #[serde(default = "zeros", skip_serializing_if = "are_zero")]
    pub at_m: [Bound; 3],
    /// How it is turned about that frame's x, then y, then z, in degrees.
    #[serde(default = "zeros", skip_serializing_if = "are_zero")]
    pub turn_deg: [Bound; 3],
    /// Which noise it has.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub noise_seed: Bound,
}

/// What a sensor reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Reading {
    /// Specific force (at rest g upwards) and turning rate, in the sensor's own axes.
    Imu {
        /// Standard deviation of the specific force's noise on every axis, in m/s².
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_noise_m_s2: Bound,
        /// Standard deviation of the turning rate's noise on every axis, in rad/s.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_noise_rad_s: Bound,
        /// Readings a second, each the mean since the one before; 240 is every step of the physics.
        #[serde(default = "usual::n240", skip_serializing_if = "usual::is_n240")]
        rate_hz: Bound,
        /// Density of the specific force's white noise, in m/s² for the root of a hertz; it comes to `accel_noise_m_s2`.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_density_m_s2_rthz: Bound,
        /// The same of the turning rate, in rad/s.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_density_rad_s_rthz: Bound,
        /// Standard deviation of what the specific force is off by from the begin on, in m/s².
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_bias_m_s2: Bound,
        /// The same of the turning rate, in rad/s.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_bias_rad_s: Bound,
        /// How the specific force's bias walks at random: by this many m/s² in a second, by twice as many in four.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_walk_m_s2_rts: Bound,
        /// The same of the turning rate, in rad/s.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_walk_rad_s_rts: Bound,
        /// Standard deviation of the error of the specific force's scale, as a share.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_scale: Bound,
        /// The same of the turning rate.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_scale: Bound,
        /// No more is told of the specific force on any axis; 0 does not cut.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        accel_most_m_s2: Bound,
        /// The same of the turning rate.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        gyro_most_rad_s: Bound,
    },
    /// Force and moment about the sensor of all that touches what it is on.
    Wrench {
        /// Along which axes it tells them.
        #[serde(default, skip_serializing_if = "Axes::is_own")]
        axes: Axes,
        /// Standard deviation of the force's noise on every axis, in N.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        force_noise_n: Bound,
        /// Standard deviation of the moment's noise on every axis, in N m.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        torque_noise_nm: Bound,
    },
    /// What a turning or scanning laser meets: clouds of points beside the pictures, no signals.
    Lidar {
        /// Where its beams go.
        beams: Beams,
        /// Sweeps a second.
        #[serde(default = "usual::n10", skip_serializing_if = "usual::is_n10")]
        rate_hz: Bound,
        /// Nothing nearer is told.
        #[serde(default = "usual::n0_5", skip_serializing_if = "usual::is_n0_5")]
        range_min_m: Bound,
        /// Nothing farther is told.
        #[serde(default = "usual::n120", skip_serializing_if = "usual::is_n120")]
        range_max_m: Bound,
        /// Where a surface that reflects 10 % is detected half the time in clear air.
        #[serde(default = "usual::n80", skip_serializing_if = "usual::is_n80")]
        range_at_10_percent_m: Bound,
        /// What reflects less across the beam is not told, however near.
        #[serde(default = "usual::n003", skip_serializing_if = "usual::is_n003")]
        reflectance_min: Bound,
        /// Standard deviation of the range.
        #[serde(default = "usual::n02", skip_serializing_if = "usual::is_n02")]
        range_noise_m: Bound,
        /// What comes to it with the range, as a share of it.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        range_noise_share: Bound,
        /// Ranges are told in steps of this; 0 does not round.
        #[serde(default = "usual::n004", skip_serializing_if = "usual::is_n004")]
        range_step_m: Bound,
        /// Whole angle by which a beam widens; above 0 a beam is seven rays.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        divergence_deg: Bound,
        /// What lies nearer together along a beam is one echo: half the pulse's length.
        #[serde(default = "usual::n0_75", skip_serializing_if = "usual::is_n0_75")]
        pulse_m: Bound,
        /// Most echoes of a beam, the strongest.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        echoes: Bound,
    },
    /// What a radar detects: lists of ranges, azimuths and radial speeds beside the pictures, no signals.
    Radar {
        /// Scans a second.
        #[serde(default = "usual::n15", skip_serializing_if = "usual::is_n15")]
        rate_hz: Bound,
        /// Nothing farther is told.
        #[serde(default = "usual::n150", skip_serializing_if = "usual::is_n150")]
        range_max_m: Bound,
        /// Where a target of 1 m² has a mean power at the threshold of detection.
        #[serde(default = "usual::n90", skip_serializing_if = "usual::is_n90")]
        range_at_1_m2_m: Bound,
        /// Field of view about x.
        #[serde(default = "usual::n120", skip_serializing_if = "usual::is_n120")]
        width_deg: Bound,
        /// Field of view up and down.
        #[serde(default = "usual::n16", skip_serializing_if = "usual::is_n16")]
        height_deg: Bound,
        /// Resolution in range.
        #[serde(default = "usual::n0_4", skip_serializing_if = "usual::is_n0_4")]
        range_cell_m: Bound,
        /// Resolution in azimuth.
        #[serde(default = "usual::n2", skip_serializing_if = "usual::is_n2")]
        azimuth_cell_deg: Bound,
        /// Resolution in radial speed.
        #[serde(default = "usual::n0_2", skip_serializing_if = "usual::is_n0_2")]
        speed_cell_m_s: Bound,
        /// Standard deviation of a detection's range.
        #[serde(default = "usual::n0_1", skip_serializing_if = "usual::is_n0_1")]
        range_noise_m: Bound,
        /// Standard deviation of its azimuth.
        #[serde(default = "usual::n0_3", skip_serializing_if = "usual::is_n0_3")]
        azimuth_noise_deg: Bound,
        /// Standard deviation of its radial speed.
        #[serde(default = "usual::n05", skip_serializing_if = "usual::is_n05")]
        speed_noise_m_s: Bound,
        /// False alarms of a scan, in the mean.
        #[serde(default = "usual::n0_5", skip_serializing_if = "usual::is_n0_5")]
        false_alarms: Bound,
    },
    /// Position and velocity of a satellite receiver's antenna.
    Gnss {
        /// Fixes a second.
        #[serde(default = "usual::n10", skip_serializing_if = "usual::is_n10")]
        rate_hz: Bound,
        /// How long after its time a fix is told.
        #[serde(default = "usual::n05", skip_serializing_if = "usual::is_n05")]
        latency_s: Bound,
        /// Standard deviation of the position's white noise along either level axis.
        #[serde(default = "usual::n02", skip_serializing_if = "usual::is_n02")]
        level_noise_m: Bound,
        /// The same upwards.
        #[serde(default = "usual::n04", skip_serializing_if = "usual::is_n04")]
        up_noise_m: Bound,
        /// Standard deviation of an error that changes slowly (Gauss and Markov, first order), along either level axis.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        level_drift_m: Bound,
        /// The same upwards.
        #[serde(default = "usual::n2", skip_serializing_if = "usual::is_n2")]
        up_drift_m: Bound,
        /// Within this time the slow errors keep 37 % of themselves.
        #[serde(default = "usual::n60", skip_serializing_if = "usual::is_n60")]
        drift_s: Bound,
        /// Standard deviation of the velocity on every axis.
        #[serde(default = "usual::n05", skip_serializing_if = "usual::is_n05")]
        speed_noise_m_s: Bound,
        /// Satellites lower than this are not used.
        #[serde(default = "usual::n10", skip_serializing_if = "usual::is_n10")]
        mask_deg: Bound,
        /// Of the stage's origin, north.
        #[serde(default = "usual::n48", skip_serializing_if = "usual::is_n48")]
        latitude_deg: Bound,
        /// Of the stage's origin, east.
        #[serde(default = "usual::n11", skip_serializing_if = "usual::is_n11")]
        longitude_deg: Bound,
        /// Of the stage's origin, over the ellipsoid of WGS 84.
        #[serde(default = "usual::n500", skip_serializing_if = "usual::is_n500")]
        height_m: Bound,
        /// Where the stage's x points: from north by east.
        #[serde(default = "usual::n90", skip_serializing_if = "usual::is_n90")]
        heading_deg: Bound,
    },
}

/// The axes that a wrench is told along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axes {
    /// The sensor's own.
    #[default]
    Own,
    /// The world's.
    World,
}

impl Axes {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

/// Low, high and unit of a number.
type Range = (f64, f64, &'static str);

/// A number of a sensor: the field's path within it, its range and unit, and what is written there.
pub type SensorBound<'a> = (String, Range, &'a Bound);

/// What stands for a number that a file leaves out: serde takes defaults by the name of a function.
mod usual {
    use super::Bound;

    macro_rules! numbers {
        ($($name:ident $is:ident $value:expr),*) => {$(
            pub(super) fn $name() -> Bound {
                Bound::Number($value)
            }
            pub(super) fn $is(bound: &Bound) -> bool {
                *bound == $name()
            }
        )*};
    }

    numbers! {
        n003 is_n003 0.003,
        n004 is_n004 0.004,
        n02 is_n02 0.02,
        n04 is_n04 0.04,
        n05 is_n05 0.05,
        n0_1 is_n0_1 0.1,
        n0_2 is_n0_2 0.2,
        n0_3 is_n0_3 0.3,
        n0_4 is_n0_4 0.4,
        n0_5 is_n0_5 0.5,
        n0_75 is_n0_75 0.75,
        n2 is_n2 2.0,
        n10 is_n10 10.0,
        n11 is_n11 11.0,
        n15 is_n15 15.0,
        n16 is_n16 16.0,
        n48 is_n48 48.0,
        n60 is_n60 60.0,
        n80 is_n80 80.0,
        n90 is_n90 90.0,
        n120 is_n120 120.0,
        n150 is_n150 150.0,
        n240 is_n240 240.0,
        n500 is_n500 500.0
    }
}

/// The numbers of every kind of reading with their ranges, for reading and for writing.
macro_rules! numbers {
    ($($kind:ident { $($field:ident $range:expr),* $(,)? })*) => {
        impl Reading {
            fn numbers(&self) -> Vec<(&'static str, Range, &Bound)> {
                match self {
                    $(Self::$kind { $($field,)* .. } => vec![$((stringify!($field), $range, $field)),*],)*
                }
            }

            fn numbers_mut(&mut self) -> Vec<&mut Bound> {
                match self {
                    $(Self::$kind { $($field,)* .. } => vec![$($field),*],)*
                }
            }
        }
    };
}

numbers! {
    Imu {
        accel_noise_m_s2 (0.0, 100.0, "m/s2"),
        gyro_noise_rad_s (0.0, 10.0, "rad/s"),
        rate_hz (1.0, 240.0, "Hz"),
        accel_density_m_s2_rthz (0.0, 10.0, ""),
        gyro_density_rad_s_rthz (0.0, 1.0, ""),
        accel_bias_m_s2 (0.0, 10.0, "m/s2"),
        gyro_bias_rad_s (0.0, 1.0, "rad/s"),
        accel_walk_m_s2_rts (0.0, 10.0, ""),
        gyro_walk_rad_s_rts (0.0, 1.0, ""),
        accel_scale (0.0, 0.5, ""),
        gyro_scale (0.0, 0.5, ""),
        accel_most_m_s2 (0.0, 10_000.0, "m/s2"),
        gyro_most_rad_s (0.0, 1000.0, "rad/s"),
    }
    Wrench {
        force_noise_n (0.0, 1000.0, "N"),
        torque_noise_nm (0.0, 1000.0, "Nm"),
    }
    Lidar {
        rate_hz (0.1, 100.0, "Hz"),
        range_min_m (0.0, 100.0, "m"),
        range_max_m (0.1, 2000.0, "m"),
        range_at_10_percent_m (0.1, 2000.0, "m"),
        reflectance_min (0.0, 1.0, ""),
        range_noise_m (0.0, 10.0, "m"),
        range_noise_share (0.0, 0.5, ""),
        range_step_m (0.0, 1.0, "m"),
        divergence_deg (0.0, 5.0, "deg"),
        pulse_m (0.05, 50.0, "m"),
        echoes (1.0, 5.0, ""),
    }
    Radar {
        rate_hz (0.1, 100.0, "Hz"),
        range_max_m (1.0, 2000.0, "m"),
        range_at_1_m2_m (1.0, 2000.0, "m"),
        width_deg (1.0, 360.0, "deg"),
        height_deg (0.5, 90.0, "deg"),
        range_cell_m (0.05, 20.0, "m"),
        azimuth_cell_deg (0.2, 45.0, "deg"),
        speed_cell_m_s (0.01, 20.0, "m/s"),
        range_noise_m (0.0, 20.0, "m"),
        azimuth_noise_deg (0.0, 20.0, "deg"),
        speed_noise_m_s (0.0, 20.0, "m/s"),
        false_alarms (0.0, 1000.0, ""),
    }
    Gnss {
        rate_hz (0.1, 240.0, "Hz"),
        latency_s (0.0, 10.0, "s"),
        level_noise_m (0.0, 1000.0, "m"),
        up_noise_m (0.0, 1000.0, "m"),
        level_drift_m (0.0, 1000.0, "m"),
        up_drift_m (0.0, 1000.0, "m"),
        drift_s (0.01, 100_000.0, "s"),
        speed_noise_m_s (0.0, 100.0, "m/s"),
        mask_deg (0.0, 80.0, "deg"),
        latitude_deg (-89.0, 89.0, "deg"),
        longitude_deg (-180.0, 180.0, "deg"),
        height_m (-1000.0, 10_000.0, "m"),
        heading_deg (-360.0, 360.0, "deg"),
    }
}

impl Sensor {
    /// A sensor without noise at the origin of what it is on.
    pub fn new(name: &str, on: &str, reads: Reading) -> Self {
        let (name, on) = (name.to_owned(), on.to_owned());
        Self { name, on, reads, at_m: zeros(), turn_deg: zeros(), noise_seed: one() }
    }

    /// All its numbers.
    pub fn bounds(&self) -> Vec<SensorBound<'_>> {
        let axes = |name: &str, range: (f64, f64, &'static str), all| {
            let one = |(axis, bound)| (format!("{name}.{axis}"), range, bound);
            ["x", "y", "z"].into_iter().zip(all).map(one).collect::<Vec<_>>()
        };
        let mut all = axes("at_m", (-10.0, 10.0, "m"), &self.at_m);
        all.extend(axes("turn_deg", (-360.0, 360.0, "deg"), &self.turn_deg));
        all.push(("noise_seed".to_owned(), (0.0, f64::from(u32::MAX), ""), &self.noise_seed));
        all.extend(
            self.reads.numbers().into_iter().map(|(name, range, bound)| (format!("reads.{name}"), range, bound)),
        );
        all
    }

    /// The same numbers, to be written anew, in the same order.
    pub fn bounds_mut(&mut self) -> Vec<&mut Bound> {
        let Self { name: _, on: _, reads, at_m, turn_deg, noise_seed } = self;
        let mut all: Vec<&mut Bound> = at_m.iter_mut().chain(turn_deg).chain([noise_seed]).collect();
        all.extend(reads.numbers_mut());
        all
    }
}

impl Reading {
    /// An inertial unit without any error.
    pub fn imu() -> Self {
        Self::Imu {
            accel_noise_m_s2: zero(),
            gyro_noise_rad_s: zero(),
            rate_hz: usual::n240(),
            accel_density_m_s2_rthz: zero(),
            gyro_density_rad_s_rthz: zero(),
            accel_bias_m_s2: zero(),
            gyro_bias_rad_s: zero(),
            accel_walk_m_s2_rts: zero(),
            gyro_walk_rad_s_rts: zero(),
            accel_scale: zero(),
            gyro_scale: zero(),
            accel_most_m_s2: zero(),
            gyro_most_rad_s: zero(),
        }
    }

    /// A wrench without noise.
    pub fn wrench(axes: Axes) -> Self {
        Self::Wrench { axes, force_noise_n: zero(), torque_noise_nm: zero() }
    }

    /// A lidar with the usual numbers.
    pub fn lidar(beams: Beams) -> Self {
        Self::Lidar {
            beams,
            rate_hz: usual::n10(),
            range_min_m: usual::n0_5(),
            range_max_m: usual::n120(),
            range_at_10_percent_m: usual::n80(),
            reflectance_min: usual::n003(),
            range_noise_m: usual::n02(),
            range_noise_share: zero(),
            range_step_m: usual::n004(),
            divergence_deg: zero(),
            pulse_m: usual::n0_75(),
            echoes: one(),
        }
    }

    /// A radar with the usual numbers.
    pub fn radar() -> Self {
        Self::Radar {
            rate_hz: usual::n15(),
            range_max_m: usual::n150(),
            range_at_1_m2_m: usual::n90(),
            width_deg: usual::n120(),
            height_deg: usual::n16(),
            range_cell_m: usual::n0_4(),
            azimuth_cell_deg: usual::n2(),
            speed_cell_m_s: usual::n0_2(),
            range_noise_m: usual::n0_1(),
            azimuth_noise_deg: usual::n0_3(),
            speed_noise_m_s: usual::n05(),
            false_alarms: usual::n0_5(),
        }
    }

    /// A satellite receiver with the usual numbers.
    pub fn gnss() -> Self {
        Self::Gnss {
            rate_hz: usual::n10(),
            latency_s: usual::n05(),
            level_noise_m: usual::n02(),
            up_noise_m: usual::n04(),
            level_drift_m: one(),
            up_drift_m: usual::n2(),
            drift_s: usual::n60(),
            speed_noise_m_s: usual::n05(),
            mask_deg: usual::n10(),
            latitude_deg: usual::n48(),
            longitude_deg: usual::n11(),
            height_m: usual::n500(),
            heading_deg: usual::n90(),
        }
    }

    /// Whether it looks round: what it reads lies in clouds and lists of its own, not among the signals.
    pub fn is_ranging(&self) -> bool {
        matches!(self, Self::Lidar { .. } | Self::Radar { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_alike_for_reading_and_writing() {
        let beams = Beams::Preset("spinning_16".to_owned());
        let all =
            [Reading::imu(), Reading::wrench(Axes::World), Reading::lidar(beams), Reading::radar(), Reading::gnss()];
        for reads in all {
            let mut sensor = Sensor::new("s", "torso", reads);
            assert!(sensor.bounds().iter().all(|(_, (low, high, _), bound)| match bound {
                Bound::Number(usual) => low <= usual && usual <= high,
                _ => false,
            }));
            for (at, bound) in sensor.bounds_mut().into_iter().enumerate() {
                *bound = Bound::Number(at as f64);
            }
            let numbers: Vec<Bound> = (0..sensor.bounds().len()).map(|at| Bound::Number(at as f64)).collect();
            let read: Vec<Bound> = sensor.bounds().into_iter().map(|(.., bound)| bound.clone()).collect();
            assert_eq!(read, numbers, "{sensor:?}");
        }
    }
}
