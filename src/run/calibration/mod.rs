//! A real camera's calibration into a family: OpenCV's YAML, ROS's `camera_info`, LeRobot's `info.json`.
//!
//! What a file says of size, camera matrix, distortion and cuts is either taken or refused by name, with its line; what else it
//! says is left alone. Principal points move by half a pixel: OpenCV and
//! ROS put pixel centres at integers, we at half-integers. Rectification and projection matrices belong to rectified pictures
//! and are deliberately not used, and poses of cameras are not in these files. Matching a picture is `match_camera`.

mod put;
mod yaml;

pub use put::{Taken, take};

use std::path::Path;

use crate::base::text::did_you_mean;
use crate::family::Family;

use yaml::{Entry, Value};

/// Longest file; a calibration has a few kilobytes.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// Why a file gives no calibration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {text}", .line.map_or_else(String::new, |line| format!(":{line}")))]
pub struct CalibrationError {
    /// The file's name.
    pub file: String,
    /// From 1, where it is a line that is wrong.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub text: String,
}

impl CalibrationError {
    fn at(file: &str, line: usize, text: String) -> Self {
        Self { file: file.to_owned(), line: Some(line), text }
    }

    fn whole(file: &str, text: String) -> Self {
        Self { file: file.to_owned(), line: None, text }
    }
}

/// What a file says of a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Which kind of file it was, for people.
    pub format: &'static str,
    /// Pixels in a row and rows.
    pub size_px: [u32; 2],
    /// Pictures a second.
    pub rate_hz: Option<f64>,
    /// Focal lengths and principal point in pixels, pixel centres at half-integers; none where the file does not say.
    pub intrinsics: Option<[f64; 4]>,
    /// Its distortion.
    pub distortion: Distortion,
    /// What the file leaves open or was taken to mean.
    pub remarks: Vec<String>,
}

/// Coefficients in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distortion {
    /// None, or not said.
    None,
    /// k1 k2 p1 p2 k3 k4 k5 k6 as in OpenCV.
    BrownConrady([f64; 8]),
    /// k1 to k4.
    KannalaBrandt([f64; 4]),
}

/// Reads the calibration in the file at `path`; `camera` chooses among several in LeRobot's.
///
/// # Errors
/// A file that cannot be read or is none of the three kinds, with its line where there is one.
pub fn read(path: &Path, camera: Option<&str>) -> Result<Calibration, CalibrationError> {
    let file = path.display().to_string();
    parse(&text_of(path, &file)?, &file, camera)
}

/// The cameras of the file at `path`, in its order: those of LeRobot's that has any. The other kinds are of one camera and name none,
/// and what is wrong with a file is [`read`]'s to say.
pub fn cameras(path: &Path) -> Vec<String> {
    let text = text_of(path, "").unwrap_or_default();
    let root: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let features = root.get("features").and_then(serde_json::Value::as_object);
    features.map_or_else(Vec::new, |features| cameras_of(features).map(|(name, _)| name.clone()).collect())
}

fn text_of(path: &Path, file: &str) -> Result<String, CalibrationError> {
    let wrong = |text: String| CalibrationError::whole(file, text);
    let length =
        std::fs::metadata(path).map_err(|error| wrong(format!("cannot be read ({error}); check the path")))?.len();
    if length > LONGEST_FILE {
        return Err(wrong(format!("has {length} bytes; a calibration has a few thousand, choose its file")));
    }
    std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read as text ({error})")))
}

/// As [`read`] for a text; `file` names it in errors.
///
/// # Errors
/// As there.
pub fn parse(text: &str, file: &str, camera: Option<&str>) -> Result<Calibration, CalibrationError> {
    if text.trim_start().starts_with('{') {
        return lerobot(text, file, camera);
    }
    let document = Document { entries: yaml::parse(text, file)?, file };
    let is_ros = document.find(&["distortion_model"]).is_some();
    document.calibration(is_ros)
}

/// A YAML file's entries.
struct Document<'a> {
    entries: Vec<Entry>,
    file: &'a str,
}

/// Names as people spell them differ in capitals and underscores.
fn plain(path: &str) -> String {
    path.chars().filter(|c| *c != '_' && *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

const WIDTH: [&str; 2] = ["image_width", "width"];
const HEIGHT: [&str; 2] = ["image_height", "height"];
const MATRIX: [&str; 3] = ["camera_matrix", "k", "intrinsics"];
const COEFFICIENTS: [&str; 5] = ["distortion_coefficients", "dist_coeffs", "dist_coeff", "d", "distortion"];

impl Document<'_> {
    fn find(&self, names: &[&str]) -> Option<&Entry> {
        names.iter().find_map(|name| self.entries.iter().find(|entry| plain(&entry.path) == plain(name)))
    }

    fn need(&self, names: &[&str]) -> Result<&Entry, CalibrationError> {
        self.find(names).ok_or_else(|| {
            let has: Vec<&str> = self.entries.iter().map(|entry| entry.path.as_str()).collect();
            let first = names.first().copied().unwrap_or_default();
            let hint = did_you_mean(first, has.iter().copied());
            let text =
                format!("has no `{first}`{hint}; write the file with OpenCV's FileStorage, or as a ROS camera_info");
            CalibrationError::whole(self.file, text)
        })
    }

    fn number(&self, entry: &Entry) -> Result<f64, CalibrationError> {
        match &entry.value {
            Value::Text(text) => yaml::number(text, self.file, entry.line),
            Value::Numbers(_) => Err(self.wrong(entry, format!("`{}` is a list; one number is needed", entry.path))),
        }
    }

    fn whole(&self, entry: &Entry) -> Result<u32, CalibrationError> {
        let number = self.number(entry)?;
        if number.fract() != 0.0 || !(1.0..=65_535.0).contains(&number) {
            return Err(self.wrong(entry, format!("`{}` is {number}; a number of pixels is needed", entry.path)));
        }
        Ok(number as u32)
    }

    fn wrong(&self, entry: &Entry, text: String) -> CalibrationError {
        CalibrationError::at(self.file, entry.line, text)
    }

    /// The numbers of a matrix: a group with `rows`, `cols` and `data`, or a list.
    fn matrix(&self, names: &[&str]) -> Result<Option<(usize, Vec<f64>)>, CalibrationError> {
        let of_groups: Vec<String> = names.iter().map(|name| format!("{name}.data")).collect();
        let groups: Vec<&str> = of_groups.iter().map(String::as_str).collect();
        let Some(entry) = self.find(&groups).or_else(|| self.find(names)) else { return Ok(None) };
        let Value::Numbers(numbers) = &entry.value else {
            return Err(self.wrong(entry, format!("`{}` is no list of numbers", entry.path)));
        };
        if let Some(group) = entry.path.strip_suffix(".data") {
            let side = |name: &str| self.need(&[&format!("{group}.{name}")]).and_then(|entry| self.number(entry));
            let (rows, columns) = (side("rows")?, side("cols")?);
            if rows * columns != numbers.len() as f64 {
                let text = format!("`{group}` has {} numbers, but {rows} rows of {columns}", numbers.len());
                return Err(self.wrong(entry, format!("{text}; the file may be cut off")));
            }
        }
        Ok(Some((entry.line, numbers.clone())))
    }

    fn calibration(&self, is_ros: bool) -> Result<Calibration, CalibrationError> {
        let size_px = match self.find(&["image_size", "image_resolution", "resolution"]) {
            Some(Entry { value: Value::Numbers(size), line, .. }) => match size.as_slice() {
                [width, height] if width.fract() == 0.0 && height.fract() == 0.0 && *width >= 1.0 && *height >= 1.0 => {
                    [*width as u32, *height as u32]
                }
                _ => {
                    return Err(CalibrationError::at(
                        self.file,
                        *line,
                        "the picture's size is width, height".to_owned(),
                    ));
                }
            },
            _ => [self.whole(self.need(&WIDTH)?)?, self.whole(self.need(&HEIGHT)?)?],
        };
        let mut remarks = Vec::new();
        let intrinsics = self.intrinsics()?;
        self.refuse_cut(size_px)?;
        let distortion = if is_ros { self.ros_distortion()? } else { self.opencv_distortion(&mut remarks)? };
        if let Some(error) = self.find(&["avg_reprojection_error", "reprojection_error", "rms"]) {
            remarks.push(format!("the calibration's own reprojection error is {} px", self.number(error)?));
        }
        Ok(Calibration {
            format: if is_ros { "ROS camera_info" } else { "OpenCV YAML" },
            size_px,
            rate_hz: None,
            intrinsics: Some(intrinsics),
            distortion,
            remarks,
        })
    }

    fn intrinsics(&self) -> Result<[f64; 4], CalibrationError> {
        let Some((line, numbers)) = self.matrix(&MATRIX)? else {
            self.need(&MATRIX)?;
            return Err(CalibrationError::whole(self.file, "`camera_matrix` has no `data`".to_owned()));
        };
        let wrong = |text: String| CalibrationError::at(self.file, line, text);
        let [fx, skew, cx, zero, fy, cy, zero_x, zero_y, one] = numbers[..] else {
            return Err(wrong(format!("a camera matrix has 9 numbers, this one {}", numbers.len())));
        };
        if skew != 0.0 {
            return Err(wrong(format!("the camera matrix has a skew of {skew}; calibrate without one")));
        }
        if [zero, zero_x, zero_y, one - 1.0] != [0.0; 4] {
            return Err(wrong("the camera matrix is not (fx 0 cx; 0 fy cy; 0 0 1)".to_owned()));
        }
        if fx <= 0.0 || fy <= 0.0 {
            return Err(wrong(format!(
                "the focal length is {fx} x {fy} px; an uncalibrated camera has zeros, calibrate it first"
            )));
        }
        Ok([fx, fy, cx + 0.5, cy + 0.5])
    }

    /// Binning and regions of interest change what the numbers mean.
    fn refuse_cut(&self, size_px: [u32; 2]) -> Result<(), CalibrationError> {
        for name in ["binning_x", "binning_y", "roi.x_offset", "roi.y_offset"] {
            if let Some(entry) = self.find(&[name]) {
                let (number, plain_to) = (self.number(entry)?, if name.starts_with("binning") { 1.0 } else { 0.0 });
                if number > plain_to {
                    let text = format!(
                        "`{name}` is {number}: the picture is part of the calibrated one; use the whole one's file"
                    );
                    return Err(self.wrong(entry, text));
                }
            }
        }
        // A region of 0 by 0 is the whole picture; one from its corner may still be smaller.
        for (name, whole) in ["roi.width", "roi.height"].into_iter().zip(size_px) {
            let Some(entry) = self.find(&[name]) else { continue };
            let number = self.number(entry)?;
            if number > 0.0 && number != f64::from(whole) {
                let text = format!(
                    "`{name}` is {number} of {whole} px: the picture is part of the calibrated one; use the whole one's file"
                );
                return Err(self.wrong(entry, text));
            }
        }
        Ok(())
    }

    fn ros_distortion(&self) -> Result<Distortion, CalibrationError> {
        let entry = self.need(&["distortion_model"])?;
        let model = match &entry.value {
            Value::Text(text) => text.as_str(),
            Value::Numbers(_) => return Err(self.wrong(entry, "`distortion_model` is no name".to_owned())),
        };
        let k = self.matrix(&COEFFICIENTS)?.map_or_else(Vec::new, |(_, numbers)| numbers);
        let needs = |least: usize, most: usize| {
            if (least..=most).contains(&k.len()) || k.is_empty() {
                return Ok(());
            }
            let text = format!("`{model}` has {least} to {most} coefficients, the file gives {}", k.len());
            Err(self.wrong(entry, text))
        };
        match model {
            "plumb_bob" => needs(4, 5).map(|()| brown(&k)),
            "rational_polynomial" => needs(8, 8).map(|()| brown(&k)),
            "equidistant" | "fisheye" => needs(4, 4).map(|()| fisheye(&k)),
            other => {
                let known = ["plumb_bob", "rational_polynomial", "equidistant"];
                let hint = did_you_mean(other, known);
                let text = format!("the distortion model `{other}` is not known{hint}; there are {}", known.join(", "));
                Err(self.wrong(entry, text))
            }
        }
    }

    fn opencv_distortion(&self, remarks: &mut Vec<String>) -> Result<Distortion, CalibrationError> {
        let Some((line, k)) = self.matrix(&COEFFICIENTS)? else {
            remarks.push("the file has no distortion coefficients: the lens is taken to have none".to_owned());
            return Ok(Distortion::None);
        };
        let is_fisheye = match self.find(&["fisheye_model", "fisheye"]) {
            Some(entry) => self.number(entry)? != 0.0,
            None => false,
        };
        let wrong = |text: String| Err(CalibrationError::at(self.file, line, text));
        match k.len() {
            4 if is_fisheye => Ok(fisheye(&k)),
            _ if is_fisheye => wrong(format!("a fisheye has 4 coefficients, the file gives {}", k.len())),
            4 => {
                remarks.push(
                    "4 coefficients are taken as k1 k2 p1 p2; where they are a fisheye's, add the line `fisheye_model: 1`"
                        .to_owned(),
                );
                Ok(brown(&k))
            }
            5 | 8 => Ok(brown(&k)),
            12 | 14 if k.iter().skip(8).all(|k| *k == 0.0) => Ok(brown(&k[..8])),
            12 | 14 => wrong("thin prisms and tilted chips are not modelled; calibrate with 8 coefficients".to_owned()),
            n => wrong(format!("there are {n} distortion coefficients; OpenCV has 4, 5, 8, 12 or 14")),
        }
    }
}

fn brown(k: &[f64]) -> Distortion {
    let mut all = [0.0; 8];
    all.iter_mut().zip(k).for_each(|(to, from)| *to = *from);
    if all == [0.0; 8] { Distortion::None } else { Distortion::BrownConrady(all) }
}

fn fisheye(k: &[f64]) -> Distortion {
    let mut all = [0.0; 4];
    all.iter_mut().zip(k).for_each(|(to, from)| *to = *from);
    Distortion::KannalaBrandt(all)
}

/// The features that are cameras.
fn cameras_of(
    features: &serde_json::Map<String, serde_json::Value>,
) -> impl Iterator<Item = (&String, &serde_json::Value)> {
    let is_camera = |feature: &serde_json::Value| {
        matches!(feature.get("dtype").and_then(serde_json::Value::as_str), Some("video" | "image"))
    };
    features.iter().filter(move |(_, feature)| is_camera(feature))
}

/// LeRobot's `info.json` knows a camera's size and rate only.
fn lerobot(text: &str, file: &str, camera: Option<&str>) -> Result<Calibration, CalibrationError> {
    let wrong = |text: String| CalibrationError::whole(file, text);
    let root: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| CalibrationError::at(file, error.line(), format!("is no JSON ({error})")))?;
    let features = root.get("features").and_then(serde_json::Value::as_object);
    let features =
        features.ok_or_else(|| wrong("has no `features`; choose the `meta/info.json` of a LeRobot set".to_owned()))?;
    let cameras: Vec<&str> = cameras_of(features).map(|(name, _)| name.as_str()).collect();
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let name = match (camera, cameras.as_slice()) {
        (_, []) => return Err(wrong("the set has no camera: no feature is a video or an image".to_owned())),
        (Some(wanted), all) => {
            all.iter().find(|name| **name == wanted || last(name) == wanted).copied().ok_or_else(|| {
                let hint = did_you_mean(wanted, all.iter().copied());
                wrong(format!("the set has no camera `{wanted}`{hint}; it has {}", all.join(", ")))
            })?
        }
        (None, [only]) => only,
        (None, all) => return Err(wrong(format!("the set has several cameras; choose one of {}", all.join(", ")))),
    };
    let feature = features.get(name).unwrap_or(&serde_json::Value::Null);
    let size_px =
        shape(feature).ok_or_else(|| wrong(format!("the shape of `{name}` is no height, width and channels")))?;
    let rate_hz = root.get("fps").and_then(serde_json::Value::as_f64).filter(|rate_hz| *rate_hz > 0.0);
    let remarks = vec![format!(
        "`{name}`: info.json says size and rate only; focal length, principal point, distortion and pose are not in it, and \
         the family keeps its own"
    )];
    let (format, distortion) = ("LeRobot info.json", Distortion::None);
    Ok(Calibration { format, size_px, rate_hz, intrinsics: None, distortion, remarks })
}

/// Width and height of a feature's shape, in the order that its names say.
fn shape(feature: &serde_json::Value) -> Option<[u32; 2]> {
    let sides: Vec<u64> = feature.get("shape")?.as_array()?.iter().filter_map(serde_json::Value::as_u64).collect();
    let names = feature.get("names").and_then(serde_json::Value::as_array);
    let at = |wanted: &str| names?.iter().position(|name| name.as_str() == Some(wanted));
    let (row, column) = (at("height").unwrap_or(0), at("width").unwrap_or(1));
    let side = |at: usize| sides.get(at).and_then(|side| u32::try_from(*side).ok()).filter(|side| *side > 0);
    (sides.len() == 3).then_some(())?;
    Some([side(column)?, side(row)?])
}

#[cfg(test)]
mod tests;
