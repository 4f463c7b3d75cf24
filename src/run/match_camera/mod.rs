//! Fits a family's camera to a real one: pose from points of the scene and their pixels, exposure and white balance from a real
//! and a synthetic picture of the same view.
//!
//! Pure functions of numbers and pictures in memory. What the data cannot tell is refused with the reason, and what they can
//! comes with its covariance. Focal length and distortion are deliberately not fitted: a handful of clicked points cannot tell
//! them from the pose; [`super::calibration`] brings them.

mod light;
mod pose;

pub use light::{LightError, LightFit, fit_light};
pub use pose::{Pair, PoseError, PoseFit, fit_pose};

use crate::base::Pose;
use crate::family::sensor_model::Balance;
use crate::family::{Bound, CameraSpec, SensorModel};

/// Puts a fitted pose into a camera's eye, target and roll. The target stays as far away as `distance_m`.
///
/// # Errors
/// A sentence: the camera rides on something, whose pose the fit does not know.
pub fn put_pose(camera: &mut CameraSpec, world_from_camera: &Pose, distance_m: f64) -> Result<(), String> {
    if let Some(on) = &camera.on {
        return Err(format!("the camera rides on `{on}`, so that its place in the world changes; fit one that stands"));
    }
    let eye = world_from_camera.position;
    let target = world_from_camera.point(glam::DVec3::Z * distance_m);
    let level = Pose::looking_at(eye, target);
    // A turn about the optical axis is left; the picture's content turns the other way than the camera.
    let left = level.rotation.conjugate() * world_from_camera.rotation;
    let roll_deg = -2.0 * libm::atan2(left.z, left.w).to_degrees();
    let roll_deg = roll_deg - 360.0 * (roll_deg / 360.0).round();
    camera.eye_m = eye.to_array().map(Bound::Number);
    camera.target_m = target.to_array().map(Bound::Number);
    camera.roll_deg = Bound::Number(roll_deg);
    Ok(())
}

/// Puts a fitted exposure and white balance into a camera, on top of those that the synthetic picture was made with.
///
/// # Errors
/// A sentence: they follow parameters, which a fit cannot be put on top of.
pub fn put_light(camera: &mut CameraSpec, fit: &LightFit) -> Result<(), String> {
    let number = |bound: &Bound, what: &str| match bound {
        Bound::Number(number) => Ok(*number),
        Bound::Quantity(_) | Bound::Expression(_) => {
            Err(format!("the camera's {what} is no plain number; write its number before fitting it"))
        }
    };
    let ev = number(&camera.exposure_ev, "exposure")? + fit.ev;
    let sensor = camera.sensor.get_or_insert_with(|| Box::new(SensorModel::default()));
    let balance = sensor.balance.get_or_insert_with(Balance::default);
    let [red, green, blue] = fit.gains;
    for (bound, gain, what) in [
        (&mut balance.red, red, "gain of red"),
        (&mut balance.green, green, "gain of green"),
        (&mut balance.blue, blue, "gain of blue"),
    ] {
        *bound = Bound::Number(number(bound, what)? * gain);
    }
    camera.exposure_ev = Bound::Number(ev);
    Ok(())
}
