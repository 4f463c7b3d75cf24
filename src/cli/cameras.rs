//! `camera`.

use anyhow::Result;
use serde_json::json;

use crate::run::calibration::Distortion;
use crate::run::camera::{CalibrateRequest, calibrate};

use super::args::Camera;
use super::output::{Outcome, number};

/// `worldproof camera`: a calibration into a family.
pub(super) fn camera(args: &Camera) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let request =
        CalibrateRequest { file: args.file.clone(), family: args.family.clone(), camera: args.camera.clone() };
    let found = calibrate(&place, &study, &request, &stamp)?;
    place.keep(&mut study, [found.edit])?;
    let calibration = &found.calibration;
    let [width, height] = calibration.size_px;
    let mut text = format!("{}: {width} x {height} px into the camera of `{}`\n", calibration.format, args.family);
    if let Some([fx, fy, cx, cy]) = calibration.intrinsics {
        let [fx, fy, cx, cy] = [fx, fy, cx, cy].map(number);
        text.push_str(&format!(
            "focal length {fx} x {fy} px, principal point {cx}, {cy} px (pixel centres at halves)\n"
        ));
    }
    let (kind, k): (Option<&str>, Vec<f64>) = match &calibration.distortion {
        Distortion::None => (None, Vec::new()),
        Distortion::BrownConrady(k) => (Some("brown_conrady"), k.to_vec()),
        Distortion::KannalaBrandt(k) => (Some("kannala_brandt"), k.to_vec()),
    };
    match kind {
        Some(kind) => {
            text.push_str(&format!("{kind}: {}\n", k.iter().map(|k| number(*k)).collect::<Vec<_>>().join(", ")));
        }
        None if calibration.intrinsics.is_some() => text.push_str("no distortion\n"),
        None => {}
    }
    for remark in &found.remarks {
        text.push_str(&format!("note: {remark}\n"));
    }
    let json = json!({
        "family": args.family, "format": calibration.format, "size_px": calibration.size_px,
        "rate_hz": calibration.rate_hz, "intrinsics_px": calibration.intrinsics, "distortion": kind,
        "coefficients": k, "remarks": found.remarks,
    });
    Ok(Outcome::done(text, json))
}
