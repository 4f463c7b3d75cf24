//! `meta/info.json`: what a LeRobot set says about itself.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::base::files;
use crate::data::error::DataError;
use crate::data::set::{CameraInfo, ColumnInfo};

/// Where a camera's pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Video,
    /// Embedded in the Parquet rows.
    Rows,
}

/// The parts of the file that reading needs.
pub(super) struct Info {
    pub(super) path: PathBuf,
    pub(super) version: Version,
    pub(super) fps: f64,
    pub(super) chunks_size: u64,
    pub(super) data_path: String,
    pub(super) video_path: String,
    pub(super) cameras: Vec<(CameraInfo, Stored)>,
    /// Signals, without the bookkeeping columns.
    pub(super) columns: Vec<ColumnInfo>,
    /// Features of text.
    pub(super) texts: Vec<String>,
    /// Features that are not read.
    pub(super) skipped: Vec<String>,
    pub(super) total_episodes: Option<u64>,
    pub(super) total_frames: Option<u64>,
}

/// The two layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// One file an episode (v2.0 and v2.1).
    Two,
    /// Many episodes a file (v3.x).
    Three,
}

/// Columns that number the rows; readable, but not listed as signals.
pub(super) const BOOKKEEPING: [&str; 5] = ["timestamp", "frame_index", "episode_index", "index", "task_index"];

impl Info {
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let value: Value =
            serde_json::from_str(&files::read_text(path)?).map_err(|err| DataError::damaged(path, err))?;
        let version = version(path, value.get("codebase_version").and_then(Value::as_str))?;
        let fps = value.get("fps").and_then(Value::as_f64).filter(|fps| *fps > 0.0 && fps.is_finite());
        let fps = fps.ok_or_else(|| DataError::field(path, "fps", "must be a number above 0"))?;
        let (data, video) = match version {
            Version::Two => (
                "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
                "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
            ),
            Version::Three => (
                "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
                "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
            ),
        };
        let text = |field: &str, default: &str| value.get(field).and_then(Value::as_str).unwrap_or(default).to_owned();
        let mut info = Self {
            path: path.to_owned(),
            version,
            fps,
            chunks_size: value.get("chunks_size").and_then(Value::as_u64).filter(|size| *size > 0).unwrap_or(1000),
            data_path: text("data_path", data),
            video_path: text("video_path", video),
            cameras: Vec::new(),
            columns: Vec::new(),
            texts: Vec::new(),
            skipped: Vec::new(),
            total_episodes: value.get("total_episodes").and_then(Value::as_u64),
            total_frames: value.get("total_frames").and_then(Value::as_u64),
        };
        let features = value.get("features").and_then(Value::as_object);
        let features =
            features.ok_or_else(|| DataError::field(path, "features", "must list the columns and cameras"))?;
        for (name, feature) in features {
            info.add_feature(name, feature)?;
        }
        Ok(info)
    }

    fn add_feature(&mut self, name: &str, feature: &Value) -> Result<(), DataError> {
        let shape: Vec<u64> =
            feature.get("shape").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
        let dtype = feature.get("dtype").and_then(Value::as_str).unwrap_or_default();
        let is_depth = ["is_depth_map", "video.is_depth_map"]
            .iter()
            .any(|key| feature.get("info").and_then(|info| info.get(key)).and_then(Value::as_bool) == Some(true));
        match dtype {
            "video" | "image" if !is_depth => {
                let (width, height) = picture_size(&shape, feature.get("names")).ok_or_else(|| {
                    DataError::field(
                        &self.path,
                        &format!("features.{name}.shape"),
                        "must be height, width and channels",
                    )
                })?;
                let camera = CameraInfo { name: name.to_owned(), width, height, fps: self.fps };
                self.cameras.push((camera, if dtype == "video" { Stored::Video } else { Stored::Rows }));
            }
            "float16" | "float32" | "float64" | "bool" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16"
            | "uint32" | "uint64" => {
                if !BOOKKEEPING.contains(&name) {
                    let width = shape.iter().product::<u64>().clamp(1, 1 << 16) as usize;
                    let names = component_names(name, feature.get("names"), width);
                    self.columns.push(ColumnInfo { name: name.to_owned(), names, width });
                }
            }
            "string" => self.texts.push(name.to_owned()),
            _ => self.skipped.push(name.to_owned()),
        }
        Ok(())
    }
}

fn version(path: &Path, text: Option<&str>) -> Result<Version, DataError> {
    let text = text.ok_or_else(|| DataError::field(path, "codebase_version", "is absent; it should be \"v3.0\""))?;
    let mut parts = text.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(3)), _) => Ok(Version::Three),
        (Some(Ok(2)), Some(Ok(0 | 1))) => Ok(Version::Two),
        _ => Err(DataError::unsupported(
            path,
            format!("its codebase_version is {text}"),
            "convert it to v3.0 with LeRobot's own converter",
        )),
    }
}

/// Height and width by name where the names say so, else by position; channels may come first.
fn picture_size(shape: &[u64], names: Option<&Value>) -> Option<(u32, u32)> {
    let mut labels = Vec::new();
    flatten(names, &mut labels);
    let by_name = |wanted: &str| labels.iter().position(|label| label == wanted).and_then(|at| shape.get(at));
    let named = by_name("height").copied().zip(by_name("width").copied());
    let (height, width) = match (named, shape) {
        (Some(sizes), _) => sizes,
        (None, [1 | 3 | 4, height, width] | [height, width, _] | [height, width]) => (*height, *width),
        _ => return None,
    };
    let fits = |length: u64| u32::try_from(length).ok().filter(|length| (1..=16_384).contains(length));
    Some((fits(width)?, fits(height)?))
}

/// Names may be a list, lists in a list, an object of lists, or null.
fn component_names(column: &str, names: Option<&Value>, width: usize) -> Vec<String> {
    let mut labels = Vec::new();
    flatten(names, &mut labels);
    if labels.len() == width {
        return labels;
    }
    if width == 1 { vec![column.to_owned()] } else { (0..width).map(|at| format!("{column}.{at}")).collect() }
}

fn flatten(names: Option<&Value>, out: &mut Vec<String>) {
    match names {
        Some(Value::String(name)) => out.push(name.clone()),
        Some(Value::Array(names)) => names.iter().for_each(|name| flatten(Some(name), out)),
        Some(Value::Object(names)) => {
            // `{"x": 0, "y": 1}` names components by its keys, `{"motors": ["x", "y"]}` by its values.
            for (name, inner) in names {
                if inner.is_number() { out.push(name.clone()) } else { flatten(Some(inner), out) }
            }
        }
        _ => {}
    }
}

/// A value for a `{place}` in a path.
pub(super) enum Part<'a> {
    Number(u64),
    Text(&'a str),
}

/// Fills a path template such as `videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4`.
///
/// The result must stay inside the set: a template from the web must not read elsewhere.
pub(super) fn fill(info: &Path, template: &str, parts: &[(&str, Part<'_>)]) -> Result<PathBuf, DataError> {
    let wrong = |problem: String| DataError::field(info, "data_path or video_path", problem);
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) =
            after.split_once('}').ok_or_else(|| wrong(format!("is `{template}`, where a brace is not closed")))?;
        let (name, layout) = place.split_once(':').unwrap_or((place, ""));
        out.push_str(before);
        match parts.iter().find(|(known, _)| *known == name) {
            Some((_, Part::Text(text))) => out.push_str(text),
            Some((_, Part::Number(number))) => {
                let digits = layout.trim_end_matches('d').parse::<usize>().unwrap_or(0).min(20);
                out.push_str(&format!("{number:0digits$}"));
            }
            None => return Err(wrong(format!("names `{name}`, which is not known"))),
        }
        rest = after;
    }
    out.push_str(rest);
    let path = PathBuf::from(out);
    if path.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        Ok(path)
    } else {
        Err(wrong(format!("leads to `{}`, outside the set", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_four_shapes() {
        let names = |text: &str| component_names("s", serde_json::from_str::<Value>(text).ok().as_ref(), 2);
        for text in [r#"["a","b"]"#, r#"[["a","b"]]"#, r#"{"motors":["a","b"]}"#, r#"{"a":0,"b":1}"#] {
            assert_eq!(names(text), ["a", "b"], "{text}");
        }
        assert_eq!(names("null"), ["s.0", "s.1"], "made up");
        assert_eq!(names(r#"["a"]"#), ["s.0", "s.1"], "wrong number");
    }

    #[test]
    fn templates_are_filled_and_stay_inside() {
        let info = Path::new("info.json");
        let parts = || [("k", Part::Text("cam")), ("n", Part::Number(7))];
        assert_eq!(fill(info, "v/{k}/f-{n:03d}.mp4", &parts()).expect("fills"), PathBuf::from("v/cam/f-007.mp4"));
        for bad in ["../{n}", "/etc/{n}", "{what}", "{n"] {
            assert!(fill(info, bad, &parts()).is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_are_told_apart() {
        let info = Path::new("info.json");
        assert_eq!(version(info, Some("v3.0")).expect("known"), Version::Three);
        assert_eq!(version(info, Some("v2.1")).expect("known"), Version::Two);
        for bad in [Some("v4.0"), Some("v1.6"), Some("x"), None] {
            assert!(version(info, bad).is_err(), "{bad:?}");
        }
    }
}
