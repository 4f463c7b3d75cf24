//! A tried camera as a family's own.
//!
//! Only what the trial changed is written: what follows a parameter goes on following it where nobody touched it.

use glam::DVec3;

use super::trial::roll_deg;
use super::{Scene, Trial};
use crate::family::sensor_model::{Balance, Intrinsics, SensorModel};
use crate::family::{Bound, CameraSpec, Family};

/// A change of exposure or gain below this is none: a thousandth of a stop.
const NO_LIGHT: f64 = 1e-3;

/// Why no exposure can be put into the family's camera; `None` where one can.
pub fn why_no_light(family: &Family) -> Option<String> {
    let camera = &family.camera;
    if camera.sensor.as_ref().is_some_and(|sensor| sensor.auto.is_some()) {
        let text =
            "the camera's exposure is automatic and would make up for another one; switch it off in the sensor first";
        return Some(text.to_owned());
    }
    let balance = camera.sensor.as_ref().and_then(|sensor| sensor.balance.as_ref());
    let gains =
        balance.map(|own| [(&own.red, "gain of red"), (&own.green, "gain of green"), (&own.blue, "gain of blue")]);
    let all = gains.into_iter().flatten().chain([(&camera.exposure_ev, "exposure")]);
    let follows = |(bound, what): (&Bound, &str)| match bound {
        Bound::Number(_) => None,
        Bound::Quantity(_) | Bound::Expression(_) => {
            Some(format!("the camera's {what} is no plain number; write its number before fitting it"))
        }
    };
    all.into_iter().find_map(follows)
}

/// Why no pose can be put into the family's camera; `None` where one can.
pub fn why_no_pose(family: &Family, trial: &Trial) -> Option<String> {
    let limit_m = 100.0;
    let far = trial.eye_m.abs().max_element();
    (far > limit_m).then(|| {
        format!("the camera of `{}` may stand at most {limit_m} m from the middle; it is {far:.0} m away", family.id)
    })
}

/// The family with the tried camera, and what a person should know, a sentence each.
///
/// # Errors
/// A sentence: something of it cannot be put there.
pub fn put(scene: &Scene, trial: &Trial) -> Result<(Family, Vec<String>), String> {
    let mut family = (*scene.family).clone();
    let (own, mut remarks) = (scene.own(), Vec::new());
    put_size(&mut family, scene.size_px(), &mut remarks)?;
    if own.pose() != trial.pose() {
        if let Some(why) = why_no_pose(&family, trial) {
            return Err(why);
        }
        put_pose(&mut family.camera, trial, scene, &mut remarks);
    }
    if trial.view_deg != own.view_deg && !scene.is_calibrated() {
        replaced(&family.camera.vertical_fov_deg, "the angle of view", &mut remarks);
        family.camera.vertical_fov_deg = Bound::Number(rounded(trial.view_deg, 1e-4));
    }
    let is_lit = trial.ev.abs() < NO_LIGHT && trial.gains.iter().all(|gain| (gain - 1.0).abs() < NO_LIGHT);
    if !is_lit {
        put_light(&mut family, trial)?;
    }
    Ok((family, remarks))
}

/// Says that an expression gives way to a number.
fn replaced(bound: &Bound, what: &str, remarks: &mut Vec<String>) {
    if let Bound::Expression(text) = bound {
        remarks.push(format!("{what} followed `{text}`; it is a number now"));
    }
}

fn rounded(number: f64, step: f64) -> f64 {
    // Dividing by a whole number gives the nearest double to what is read.
    (number / step).round() / (1.0 / step).round()
}

/// The picture's size, with a calibrated focal length in its pixels.
fn put_size(family: &mut Family, size_px: [u32; 2], remarks: &mut Vec<String>) -> Result<(), String> {
    let camera = &mut family.camera;
    let was = [camera.width_px, camera.height_px];
    if was == size_px {
        return Ok(());
    }
    let [[old_width, old_height], [width, height]] = [was, size_px];
    scale_intrinsics(camera, f64::from(height) / f64::from(old_height))?;
    (camera.width_px, camera.height_px) = (width, height);
    remarks.push(format!(
        "the camera's picture is {width} x {height} px now, as the real one; it was {old_width} x {old_height} px"
    ));
    Ok(())
}

/// Puts a calibrated focal length and principal point into the pixels of a picture that is `by` times as large.
///
/// # Errors
/// They follow parameters; nothing is scaled then.
pub(in crate::run) fn scale_intrinsics(camera: &mut CameraSpec, by: f64) -> Result<(), String> {
    let Some(own) = camera.sensor.as_mut().and_then(|sensor| sensor.intrinsics.as_mut()) else { return Ok(()) };
    let scaled = |bound: &Bound| match bound {
        Bound::Number(number) => Some(Bound::Number(rounded(number * by, 1e-6))),
        Bound::Quantity(_) | Bound::Expression(_) => None,
    };
    let all = (scaled(&own.fx_px), scaled(&own.fy_px), scaled(&own.cx_px), scaled(&own.cy_px));
    let (Some(fx_px), Some(fy_px), Some(cx_px), Some(cy_px)) = all else {
        return Err("the calibrated focal length or principal point follows a parameter and cannot be put into another size of \
                    picture; write its number"
            .to_owned());
    };
    *own = Intrinsics { fx_px, fy_px, cx_px, cy_px };
    Ok(())
}

/// Eye, target and roll. The target stays as far away as it was.
fn put_pose(camera: &mut CameraSpec, trial: &Trial, scene: &Scene, remarks: &mut Vec<String>) {
    let point = |bounds: &[Bound; 3]| {
        let [x, y, z] = [0, 1, 2].map(|at: usize| bounds[at].shown(&scene.values));
        Some(DVec3::new(x?, y?, z?))
    };
    let distance_m =
        point(&camera.eye_m).zip(point(&camera.target_m)).map_or(1.0, |(eye, target)| eye.distance(target));
    for (bound, what) in camera.eye_m.iter().map(|bound| (bound, "a coordinate of the camera's place")) {
        replaced(bound, what, remarks);
    }
    for bound in &camera.target_m {
        replaced(bound, "a coordinate of what the camera looks at", remarks);
    }
    replaced(&camera.roll_deg, "the camera's roll", remarks);
    // To a hundredth of a millimetre; the roll then belongs to the target as it is written.
    let near = |at: DVec3| at.to_array().map(|metres| rounded(metres, 1e-5));
    let pose = trial.pose();
    let (eye_m, target_m) = (near(pose.position), near(pose.point(DVec3::Z * distance_m)));
    camera.eye_m = eye_m.map(Bound::Number);
    camera.target_m = target_m.map(Bound::Number);
    camera.roll_deg = Bound::Number(rounded(roll_deg(&pose, DVec3::from(target_m)), 1e-4));
}

/// Exposure and gains on top of those that are there.
fn put_light(family: &mut Family, trial: &Trial) -> Result<(), String> {
    if let Some(why) = why_no_light(family) {
        return Err(why);
    }
    let none = std::collections::BTreeMap::new();
    let camera = &mut family.camera;
    let ev = camera.exposure_ev.shown(&none).unwrap_or(0.0) + trial.ev;
    camera.exposure_ev = Bound::Number(rounded(ev, 1e-4));
    if trial.gains.iter().all(|gain| (gain - 1.0).abs() < NO_LIGHT) {
        return Ok(());
    }
    let sensor = camera.sensor.get_or_insert_with(|| Box::new(SensorModel::default()));
    let balance = sensor.balance.get_or_insert_with(Balance::default);
    for (bound, gain) in [&mut balance.red, &mut balance.green, &mut balance.blue].into_iter().zip(trial.gains) {
        *bound = Bound::Number(rounded(bound.shown(&none).unwrap_or(1.0) * gain, 1e-4));
    }
    Ok(())
}
