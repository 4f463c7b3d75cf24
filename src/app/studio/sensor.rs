//! A real camera's calibration into the shown family: chosen in the system's dialog, or dropped on the window.

use std::path::{Path, PathBuf};

use crate::app::author::Face;
use crate::app::view::FieldKind;
use crate::run::calibration;
use crate::run::camera::{CalibrateRequest, calibrate};

use super::dialog::{self, Dialog};
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

    /// Takes the calibration at `path` into a family's camera; asks which, where the file has several.
    pub(super) fn calibrate(&mut self, family: String, file: PathBuf) {
        let cameras = calibration::cameras(&file);
        if cameras.len() > 1 {
            self.dialog = Some(ask(family, file, cameras));
        } else if let Err(why) = self.calibrate_with(family, file, None) {
            self.complain(why);
        }
    }

    /// Takes a camera of the calibration at `path` into a family's.
    ///
    /// # Errors
    /// The sentence on what is wrong with it.
    pub(super) fn calibrate_with(
        &mut self,
        family: String,
        file: PathBuf,
        camera: Option<String>,
    ) -> Result<(), String> {
        let Some(document) = &mut self.document else { return Ok(()) };
        self.status = take(document, &CalibrateRequest { file, family, camera })?;
        self.shell.inspector.face = Face::Sensor;
        Ok(())
    }
}

/// Asks which of `cameras` the family takes.
fn ask(family: String, file: PathBuf, cameras: Vec<String>) -> Dialog {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let line = format!("{name} has {} cameras. {family} takes the size and rate of one.", cameras.len());
    let first = cameras.first().cloned().unwrap_or_default();
    let fields = vec![dialog::field("Camera", first, "", "", FieldKind::Choice(cameras))];
    Dialog::Calibration(family, file, dialog::form("Choose a camera", &[&line], fields, "Take in"))
}

/// Takes a calibration into a family's camera, as one step of the history; what a person is told.
fn take(document: &mut Document, request: &CalibrateRequest) -> Result<String, String> {
    let found = calibrate(&document.place, document.study(), request, &stamp()).map_err(|error| error.to_string())?;
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
        let of = |file: PathBuf, camera: Option<&str>| CalibrateRequest {
            file,
            family: family.clone(),
            camera: camera.map(str::to_owned),
        };
        let before = document.shown_family().cloned();
        let why = take(&mut document, &of(bad, None)).expect_err("it is none");
        assert!(why.contains("bad.yaml") && document.shown_family() == before.as_ref(), "{why}");
        let said = take(&mut document, &of(good, None)).expect("a calibration");
        assert!(said.starts_with("left.yaml (ROS camera_info): 640 × 480 px"), "{said}");
        let sensor = document.shown_family().and_then(|family| family.camera.sensor.clone()).expect("a sensor");
        assert!(sensor.intrinsics.is_some() && sensor.brown_conrady.is_some());
        assert_eq!(document.undo(), Some(format!("Calibrate the camera of {family}")));
        assert_eq!(document.shown_family(), before.as_ref());
    }

    const INFO: &str = r#"{ "fps": 30, "features": {
        "observation.images.top": { "dtype": "video", "shape": [480, 640, 3], "names": ["height", "width", "channels"] },
        "observation.state": { "dtype": "float32", "shape": [6] },
        "observation.images.wrist": { "dtype": "image", "shape": [120, 160, 3], "names": ["height", "width", "channels"] } } }"#;

    #[test]
    fn of_several_cameras_one_is_chosen() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let family = document.family().to_owned();
        let file = dir.path().join("info.json");
        std::fs::write(&file, INFO).expect("written");
        let names = ["observation.images.top", "observation.images.wrist"];
        assert_eq!(calibration::cameras(&file), names);
        let Dialog::Calibration(_, _, form) = ask(family.clone(), file.clone(), calibration::cameras(&file)) else {
            panic!("a question")
        };
        assert!(form.lines[0].contains("has 2 cameras"), "{:?}", form.lines);
        assert_eq!(dialog::text_of(&form, 0), names[0]);
        for (camera, size) in names.into_iter().zip([[640, 480], [160, 120]]) {
            let request =
                CalibrateRequest { file: file.clone(), family: family.clone(), camera: Some(camera.to_owned()) };
            take(&mut document, &request).expect("a camera");
            let camera = document.shown_family().map(|family| [family.camera.width_px, family.camera.height_px]);
            assert_eq!(camera, Some(size));
        }
        // What has one camera or is none of LeRobot's asks nothing.
        std::fs::write(&file, INFO.replace("\"image\"", "\"float32\"")).expect("written");
        assert_eq!(calibration::cameras(&file).len(), 1);
        assert!(calibration::cameras(&dir.path().join("left.yaml")).is_empty());
    }
}
