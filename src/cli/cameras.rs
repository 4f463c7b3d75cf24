//! `camera` and `match`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::base::{files, png};
use crate::render::{Gpu, Renderer};
use crate::run::calibration::Distortion;
use crate::run::camera::{CalibrateRequest, calibrate};
use crate::run::match_camera::{self, MatchRequest, Matched, RealPicture, light_words, pose_words};

use super::Progress;
use super::args::{Camera, Match};
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

/// `worldproof match`: a family's camera to a real picture.
pub(super) fn match_camera(args: &Match) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let picture = match args.episode {
        Some(episode) => {
            RealPicture::Frame(args.picture.display().to_string(), episode, args.frame, args.camera.clone())
        }
        None => RealPicture::File(args.picture.clone()),
    };
    let pairs = args.pairs.as_deref().map(match_camera::read_pairs).transpose()?;
    let request = MatchRequest {
        picture,
        family: args.family.clone(),
        draw: args.draw,
        time_s: args.time,
        pairs: pairs.unwrap_or_default(),
        light: args.light,
    };
    let mut renderer = Renderer::new(&Gpu::headless()?)?;
    let matched = match_camera::match_camera(&place, &study, &request, &mut renderer, &progress)?;
    progress.finish();
    if let Some(out) = &args.out {
        let laid = match_camera::blended(&matched.real, &matched.synthetic.colour, 0.5);
        files::write_whole(out, &png::encode_rgb(&laid)?)?;
    }
    let mut text = told(&matched, request.pairs.len());
    let mut remarks = Vec::new();
    if args.save {
        let (edit, said) = match_camera::keep(&place, (&matched.scene, &matched.trial), &request.picture, &stamp)?;
        place.keep(&mut study, [edit])?;
        remarks = said;
        text.push_str(&format!("saved to the camera of `{}`\n", args.family));
    } else if matched.pose.is_some() || matched.light.is_some() {
        text.push_str("nothing is changed; --save puts this camera into the family\n");
    }
    for remark in &remarks {
        text.push_str(&format!("note: {remark}\n"));
    }
    let mut json = as_json(&matched);
    json["family"] = json!(args.family);
    json["picture"] = json!(request.picture.to_string());
    json["saved"] = json!(args.save);
    json["remarks"] = json!(remarks);
    Ok(Outcome::done(text, json))
}

/// What came of a match, a sentence a line.
fn told(matched: &Matched, n_pairs: usize) -> String {
    let pose = matched.pose.as_ref().map_or_else(Vec::new, |fit| pose_words(fit, n_pairs));
    let light = matched.light.as_ref().map_or_else(Vec::new, light_words);
    let trial = &matched.trial;
    let [x, y, z] = trial.eye_m.to_array().map(number);
    let at = format!(
        "camera at {x}, {y}, {z} m, heading {}°, pitch {}°, roll {}°, angle of view {}°",
        number(trial.heading_deg),
        number(trial.pitch_deg),
        number(trial.roll_deg),
        number(trial.view_deg)
    );
    let lines = pose.into_iter().chain(light).chain([at]);
    lines.map(|line| line + "\n").collect()
}

fn as_json(matched: &Matched) -> Value {
    let pose = matched.pose.as_ref().map(|fit| {
        json!({
            "rms_px": fit.rms_px, "sd_px": fit.sd_px, "worst_pair": fit.worst.0 + 1, "worst_px": fit.worst.1,
            "place_sd_m": fit.place_sd_m(), "turn_sd_deg": fit.turn_sd_deg(), "covariance": fit.covariance,
        })
    });
    let light = matched.light.as_ref().map(|fit| {
        json!({
            "ev": fit.ev, "ev_sd": fit.ev_sd, "gains": fit.gains, "gains_sd": fit.gains_sd, "blocks": fit.n_blocks,
            "agree": fit.agree,
        })
    });
    let trial = &matched.trial;
    json!({
        "pose": pose, "light": light,
        "camera": {
            "eye_m": trial.eye_m.to_array(), "heading_deg": trial.heading_deg, "pitch_deg": trial.pitch_deg,
            "roll_deg": trial.roll_deg, "vertical_fov_deg": trial.view_deg,
        },
    })
}
