//! A calibration as a family's camera.

use super::{Calibration, Distortion, Family};
use crate::family::sensor_model::{BrownConrady, Intrinsics, KannalaBrandt, SensorModel};
use crate::family::{Bound, validate};
use crate::run::match_camera::{same_shape, scale_intrinsics};

/// A family with a calibration's camera.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The family as it becomes.
    pub family: Family,
    /// What a person should know, a sentence each.
    pub remarks: Vec<String>,
}

/// Puts `calibration` into the camera of `family`: size, focal length, principal point and distortion. Pose, exposure and the rest
/// of its sensor stay.
///
/// # Errors
/// A sentence: a picture that is too small or too large; the family's own focal length, which should go with the picture's size
/// but follows a parameter.
pub fn take(family: &Family, calibration: &Calibration) -> Result<Taken, String> {
    let mut family = family.clone();
    let mut remarks = calibration.remarks.clone();
    let [width, height] = calibration.size_px;
    if let Some(side) = [width, height].into_iter().find(|side| !validate::PICTURE_SIDE_PX.contains(side)) {
        let (least, most) = (validate::PICTURE_SIDE_PX.start(), validate::PICTURE_SIDE_PX.end());
        return Err(format!(
            "the calibrated picture is {width} x {height} px; {side} is not within {least} to {most}, calibrate a smaller one"
        ));
    }
    let was = [family.camera.width_px, family.camera.height_px];
    (family.camera.width_px, family.camera.height_px) = (width, height);
    if calibration.intrinsics.is_none() {
        remarks.extend(resized(&mut family, was)?);
    }
    if let Some([fx, fy, cx, cy]) = calibration.intrinsics {
        let sensor = family.camera.sensor.get_or_insert_default();
        put_lens(sensor, [fx, fy, cx, cy], &calibration.distortion);
        // What shows no lens, such as a form, shows the angle that the focal length has.
        let fov_deg = 2.0 * libm::atan(0.5 * f64::from(height) / fy).to_degrees();
        let rounded = (fov_deg.clamp(1.0, 170.0) * 1e4).round() / 1e4;
        family.camera.vertical_fov_deg = Bound::Number(rounded);
        if fov_deg > 170.0 {
            remarks.push(
                "the angle of view is beyond the 170 deg of a pinhole; previews without the lens show less".to_owned(),
            );
        }
    }
    if let Some(rate_hz) = calibration.rate_hz.filter(|rate_hz| *rate_hz != family.clock.frame_rate_hz) {
        remarks.push(format!(
            "the camera takes {rate_hz} pictures a second, the family's clock {}; set `clock.frame_rate_hz` if they are to agree",
            family.clock.frame_rate_hz
        ));
    }
    Ok(Taken { family, remarks })
}

/// What becomes of a calibrated focal length where only the picture's size is another than it `was`: it goes with the size where
/// the shape is the same. What a person should know.
///
/// # Errors
/// It follows a parameter.
fn resized(family: &mut Family, was: [u32; 2]) -> Result<Option<String>, String> {
    let camera = &mut family.camera;
    let now = [camera.width_px, camera.height_px];
    if now == was || camera.sensor.as_ref().is_none_or(|sensor| sensor.intrinsics.is_none()) {
        return Ok(None);
    }
    let [[old_width, old_height], [width, height]] = [was, now];
    let of = format!("the family's own focal length was calibrated for {old_width} x {old_height} px");
    if !same_shape(was, now) {
        return Ok(Some(format!(
            "{of}, which is another shape than {width} x {height} px; calibrate the camera for that size"
        )));
    }
    scale_intrinsics(camera, f64::from(height) / f64::from(old_height))?;
    Ok(Some(format!("{of}; it is scaled to {width} x {height} px")))
}

fn put_lens(sensor: &mut SensorModel, [fx, fy, cx, cy]: [f64; 4], distortion: &Distortion) {
    let number = Bound::Number;
    sensor.intrinsics = Some(Intrinsics { fx_px: number(fx), fy_px: number(fy), cx_px: number(cx), cy_px: number(cy) });
    (sensor.brown_conrady, sensor.kannala_brandt) = match *distortion {
        Distortion::None => (None, None),
        Distortion::BrownConrady(k) => {
            let [k1, k2, p1, p2, k3, k4, k5, k6] = k.map(number);
            (Some(BrownConrady { k1, k2, p1, p2, k3, k4, k5, k6 }), None)
        }
        Distortion::KannalaBrandt(k) => {
            let [k1, k2, k3, k4] = k.map(number);
            (None, Some(KannalaBrandt { k1, k2, k3, k4 }))
        }
    };
}
