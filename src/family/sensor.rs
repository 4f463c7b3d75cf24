//! Sensors that a family puts on links of the stage's rig and on things: inertial units, and wrenches of what touches.
//!
//! Here is what a file says of them; what they read is the world's to know. Cameras and joint encoders are deliberately not
//! here: the family has its own camera, and a stage records its joints.

use serde::{Deserialize, Serialize};

use super::Bound;
use super::bound::{are_zero, is_one, is_zero, one, zero, zeros};

/// A sensor on a link or a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// Identifier: its signals are called by it.
    pub name: String,
    /// The link of the stage's rig (`"torso"`), or the thing, that it is fixed to.
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

/// A number of a sensor: the field's path within it, its range and unit, and what is written there.
pub type SensorBound<'a> = (String, (f64, f64, &'static str), &'a Bound);

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
        let noise = |name: &str, range, bound| (format!("reads.{name}"), range, bound);
        all.extend(match &self.reads {
            Reading::Imu { accel_noise_m_s2, gyro_noise_rad_s } => [
                noise("accel_noise_m_s2", (0.0, 100.0, "m/s2"), accel_noise_m_s2),
                noise("gyro_noise_rad_s", (0.0, 10.0, "rad/s"), gyro_noise_rad_s),
            ],
            Reading::Wrench { force_noise_n, torque_noise_nm, .. } => [
                noise("force_noise_n", (0.0, 1000.0, "N"), force_noise_n),
                noise("torque_noise_nm", (0.0, 1000.0, "Nm"), torque_noise_nm),
            ],
        });
        all
    }

    /// The same numbers, to be written anew, in the same order.
    pub fn bounds_mut(&mut self) -> Vec<&mut Bound> {
        let Self { name: _, on: _, reads, at_m, turn_deg, noise_seed } = self;
        let mut all: Vec<&mut Bound> = at_m.iter_mut().chain(turn_deg).chain([noise_seed]).collect();
        all.extend(match reads {
            Reading::Imu { accel_noise_m_s2, gyro_noise_rad_s } => [accel_noise_m_s2, gyro_noise_rad_s],
            Reading::Wrench { axes: _, force_noise_n, torque_noise_nm } => [force_noise_n, torque_noise_nm],
        });
        all
    }
}

impl Reading {
    /// An inertial unit without noise.
    pub fn imu() -> Self {
        Self::Imu { accel_noise_m_s2: zero(), gyro_noise_rad_s: zero() }
    }

    /// A wrench without noise.
    pub fn wrench(axes: Axes) -> Self {
        Self::Wrench { axes, force_noise_n: zero(), torque_noise_nm: zero() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_alike_for_reading_and_writing() {
        for reads in [Reading::imu(), Reading::wrench(Axes::World)] {
            let mut sensor = Sensor::new("s", "torso", reads);
            for (at, bound) in sensor.bounds_mut().into_iter().enumerate() {
                *bound = Bound::Number(at as f64);
            }
            let numbers: Vec<Bound> = (0..9).map(|at| Bound::Number(f64::from(at))).collect();
            let read: Vec<Bound> = sensor.bounds().into_iter().map(|(.., bound)| bound.clone()).collect();
            assert_eq!(read, numbers, "{sensor:?}");
        }
    }
}
