//! A real camera's calibration into the shown family: chosen in the system's dialog, or dropped on the window.

use std::path::{Path, PathBuf};

use crate::app::author::Face;
use crate::run::camera::{CalibrateRequest, calibrate};

use super::document::Document;
use super::tasks::{self, Picking, Purpose};
use super::{Studio, stamp};

/// What a calibration's file ends with.
const CALIBRATIONS: [&str; 3] = ["yaml", "yml", "json"];

impl Studio {
    /// Asks for a calibration for the shown family's camera.
    pub(super) fn pick_calibration(&mut self) {
        let Some(document) = &self.document else { return };
        let from = Some(document.place.folder.clone());
        let picking = Picking { title: "Choose a calibration", from, endings: Some(("Calibration", &CALIBRATIONS)) };
        let purpose = Purpose::Calibration(document.family().to_owned());
        tasks::pick(&mut self.jobs, purpose, picking, self.picker.clone());
    }

    /// Whether `path` is a file that calibrates cameras, which is then taken in.
    pub(super) fn drop_calibration(&mut self, path: &Path) -> bool {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let is_yaml = ending.as_deref().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let is_info = path.file_name().is_some_and(|name| name == "info.json");
        let Some(document) = self.document.as_ref().filter(|document| document.shown_family().is_some()) else {
            return false;
        };
        let takes = path.is_file() && (is_yaml || is_info);
        if takes {
            self.calibrate(document.family().to_owned(), path.to_owned());
        }
        takes
    }

    /// Takes the calibration at `path` into a family's camera.
    pub(super) fn calibrate(&mut self, family: String, file: PathBuf) {
        let Some(document) = &mut self.document else { return };
        match take(document, family, file) {
            Ok(said) => {
                self.status = said;
                self.shell.inspector.face = Face::Sensor;
            }
            Err(why) => self.complain(why),
        }
    }
}

/// Takes a calibration into a family's camera, as one step of the history; what a person is told.
fn take(document: &mut Document, family: String, file: PathBuf) -> Result<String, String> {
    let request = CalibrateRequest { file, family, camera: None };
    let found = calibrate(&document.place, document.study(), &request, &stamp()).map_err(|error| error.to_string())?;
    let name = request.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let label = format!("Calibrate the camera of {}", request.family);
    document.edit_as(label, found.edit, None).map_err(|error| error.to_string())?;
    document.refresh();
    let [width, height] = found.calibration.size_px;
    let said = format!("{name} ({}): {width} × {height} px", found.calibration.format);
    Ok(found.remarks.iter().fold(said, |text, remark| text + "; " + remark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "image_width: 640\nimage_height: 480\ndistortion_model: plumb_bob\ncamera_matrix:\n  rows: 3\n  cols: 3\n  data: [500, 0, 320, 0, 501, 240, 0, 0, 1]\ndistortion_coefficients:\n  rows: 1\n  cols: 5\n  data: [-0.1, 0.01, 0, 0, 0]\n";

    #[test]
    fn a_calibration_is_one_step_and_what_is_none_changes_nothing() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let family = document.family().to_owned();
        let (good, bad) = (dir.path().join("left.yaml"), dir.path().join("bad.yaml"));
        std::fs::write(&good, YAML).expect("written");
        std::fs::write(&bad, "image_width: 640\n").expect("written");
        let before = document.shown_family().cloned();
        let why = take(&mut document, family.clone(), bad).expect_err("it is none");
        assert!(why.contains("bad.yaml") && document.shown_family() == before.as_ref(), "{why}");
        let said = take(&mut document, family.clone(), good).expect("a calibration");
        assert!(said.starts_with("left.yaml (ROS camera_info): 640 × 480 px"), "{said}");
        let sensor = document.shown_family().and_then(|family| family.camera.sensor.clone()).expect("a sensor");
        assert!(sensor.intrinsics.is_some() && sensor.brown_conrady.is_some());
        assert_eq!(document.undo(), Some(format!("Calibrate the camera of {family}")));
        assert_eq!(document.shown_family(), before.as_ref());
    }
}
