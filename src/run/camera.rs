//! A family's camera: whether its lens can make its picture, and a real camera's calibration as its own.
//!
//! What a lens does is `sense`'s to know, and what a draw makes of a family `world`'s; only here can a family be told that its
//! distortion folds before anything is simulated.

use std::path::PathBuf;
use std::sync::Arc;

use crate::family::validate::Prepared;
use crate::family::{Family, Finding, Severity};
use crate::sample::{Draw, Sampler};
use crate::sense::camera::lens::Lens;
use crate::study::{Edit, Study};
use crate::world;

use super::calibration::{self, Calibration};
use super::place::{Place, Stamp};
use super::{RunError, check};

/// Draws in which the lens is tried.
const TRIED: u64 = 16;

/// What is wrong with the family's sensor in some draws, of what no range tells: a lens that folds, numbers at odds.
pub(super) fn findings(family: &Family, prepared: &Prepared) -> Option<Finding> {
    let sensor = family.camera.sensor.as_ref()?;
    // without intrinsics of its own a lens goes by the angle of view
    let view = &family.camera.vertical_fov_deg;
    let is_fixed = view.is_constant() && sensor.numbers().iter().all(|(.., bound)| bound.is_constant());
    let sampler = Sampler::prepared(family, 0, &prepared.plan).ok()?;
    let lens = if sensor.brown_conrady.is_some() { "brown_conrady" } else { "kannala_brandt" };
    let error = |field: String, text: String| Some(Finding { severity: Severity::Error, field, text });
    // What else is wrong with a draw is told elsewhere.
    let draws = (0..if is_fixed { 1 } else { TRIED }).filter_map(|index| sampler.draw(index).ok());
    draws.into_iter().find_map(|draw| match folds(family, &draw) {
        Ok(folded) => error(format!("camera.sensor.{lens}"), folded?),
        Err(world::WorldError::Bound { field, text }) if field.starts_with("camera.sensor") => error(field, text),
        Err(_) => None,
    })
}

/// What is wrong with the lens at `draw`, or that it cannot be told.
fn folds(family: &Family, draw: &Draw) -> Result<Option<String>, world::WorldError> {
    let (camera, sensor) = world::camera_of(family, draw)?;
    let lens = sensor.map_or(Lens::PINHOLE, |sensor| Lens::of(&sensor));
    Ok(lens.check(&camera).err().map(|folds| folds.to_string()))
}

/// Refuses a draw whose lens cannot make its picture, before it is simulated.
///
/// # Errors
/// The sentence of the lens, with the draw.
pub fn refuse_folded(family: &Family, draw: &Draw) -> Result<(), RunError> {
    if family.camera.sensor.is_none() {
        return Ok(());
    }
    match folds(family, draw)? {
        Some(text) => Err(RunError::Request(format!("draw {}: {text}", draw.index))),
        None => Ok(()),
    }
}

/// Whose calibration goes where.
#[derive(Clone, Debug)]
pub struct CalibrateRequest {
    /// The calibration's file.
    pub file: PathBuf,
    /// The family's id.
    pub family: String,
    /// Which camera, where the file has several.
    pub camera: Option<String>,
}

/// A calibration as the edit that puts it into the family.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Changes the family.
    pub edit: Edit,
    /// What the file said.
    pub calibration: Calibration,
    /// What the person should know, a sentence each.
    pub remarks: Vec<String>,
}

/// Puts the calibration in a file into a family's camera: recorded in the ledger and left to the caller to keep.
///
/// # Errors
/// When the file is no calibration, there is no such family, or the family would have an error with it.
pub fn calibrate(
    place: &Place,
    study: &Study,
    request: &CalibrateRequest,
    stamp: &Stamp,
) -> Result<Calibrated, RunError> {
    let family = check::family(study, &request.family)?;
    let calibration = calibration::read(&request.file, request.camera.as_deref())
        .map_err(|error| RunError::Request(error.to_string()))?;
    let taken = calibration::take(&family, &calibration).map_err(RunError::Request)?;
    let old = check::findings(&family);
    let is_new = |finding: &Finding| finding.severity == Severity::Error && !old.contains(finding);
    if let Some(first) = check::findings(&taken.family).into_iter().find(is_new) {
        let (file, Finding { field, text, .. }) = (request.file.display(), first);
        return Err(RunError::Request(format!("with {file} the family would have an error, {field}: {text}")));
    }
    let body = serde_json::json!({
        "family": family.id, "file": request.file.display().to_string(), "format": calibration.format,
        "size_px": calibration.size_px, "family_digest": taken.family.digest().to_string(),
    });
    place.record(stamp, "camera.calibrated", body)?;
    Ok(Calibrated { edit: Edit::PutFamily(Arc::new(taken.family)), calibration, remarks: taken.remarks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::distribution::Distribution;
    use crate::family::sensor_model::{BrownConrady, Noise};
    use crate::family::{Bound, Parameter, Role, SensorModel};

    fn family() -> Family {
        crate::run::new::example("tabletop_light_step").unwrap()
    }

    fn with_lens(k1: Bound) -> Family {
        let mut family = family();
        let lens = BrownConrady { k1, ..BrownConrady::default() };
        family.camera.sensor = Some(Box::new(SensorModel { brown_conrady: Some(lens), ..SensorModel::default() }));
        family
    }

    #[test]
    fn a_lens_that_folds_is_a_finding_before_anything_moves() {
        let told = check::findings(&with_lens(Bound::Number(-0.9)));
        let [finding] = &told[..] else { panic!("{told:?}") };
        assert_eq!((finding.severity, finding.field.as_str()), (Severity::Error, "camera.sensor.brown_conrady"));
        assert!(finding.text.contains("folds the picture over"), "{}", finding.text);
        assert_eq!(check::findings(&with_lens(Bound::Number(-0.2))), []);
        let mut drawn = with_lens(Bound::Expression("bend".to_owned()));
        let mut bend = Parameter::new("bend", "", &Distribution::Uniform { low: -1.2, high: 0.0 });
        bend.role = Role::Sensor;
        drawn.parameters.push(bend);
        assert_eq!(check::findings(&drawn).len(), 1, "some draws fold");
    }

    #[test]
    fn numbers_out_of_range_say_field_range_and_words() {
        let mut family = family();
        let noise = Noise { bits: Bound::Number(17.0), ..Noise::default() };
        let exposure = crate::family::sensor_model::Exposure { time_s: Bound::Number(0.0), ..Default::default() };
        let intrinsics = crate::family::sensor_model::Intrinsics { fx_px: Bound::Number(0.0), ..Default::default() };
        family.camera.sensor = Some(Box::new(SensorModel {
            noise: Some(noise),
            exposure: Some(exposure),
            intrinsics: Some(intrinsics),
            ..SensorModel::default()
        }));
        let told: Vec<String> =
            check::findings(&family).iter().map(|one| format!("{}: {}", one.field, one.text)).collect();
        for expected in [
            "camera.sensor.intrinsics.fx_px: the focal length along x is 0 px, but must lie within 1 to 100000 px",
            "camera.sensor.exposure.time_s: the exposure time is 0 s, but must lie within 0.000001 to 60 s",
            "camera.sensor.noise.bits: the number of bits of the converter is 17, but must lie within 1 to 16",
        ] {
            assert!(told.contains(&expected.to_owned()), "{expected}\nin {told:#?}");
        }
    }

    #[test]
    fn every_number_may_follow_a_parameter_and_reaches_the_episode() {
        let mut family = family();
        let mut gain = Parameter::new("speed", "", &Distribution::Uniform { low: 100.0, high: 800.0 });
        gain.role = Role::Sensor;
        family.parameters.push(gain);
        let exposure =
            crate::family::sensor_model::Exposure { iso: Bound::Expression("speed".to_owned()), ..Default::default() };
        family.camera.sensor = Some(Box::new(SensorModel { exposure: Some(exposure), ..SensorModel::default() }));
        assert_eq!(check::findings(&family), []);
        let text = crate::family::canonical(&family);
        assert!(text.contains("iso: \"speed\""), "{text}");
        assert_eq!(crate::family::canonical(&crate::family::parse(&text, "f").unwrap()), text, "round trip");
        let sampler = Sampler::new(&family, 3).unwrap();
        for index in 0..3 {
            let draw = sampler.draw(index).unwrap();
            let (_, sensor) = world::camera_of(&family, &draw).unwrap();
            assert_eq!(sensor.unwrap().exposure.unwrap().iso, draw.values["speed"]);
        }
        family.camera.sensor = Some(Box::default());
        assert_eq!(world::camera_of(&family, &sampler.draw(0).unwrap()).unwrap().1, None, "an empty one is ideal");
    }
}
