//! A real set that generated episodes are to lie beside: what must agree, said before anything is simulated.

use std::path::Path;

use serde_json::{Map, Value};

use crate::base::files;
use crate::data::{Format, Set};
use crate::family::{Clock, Mapping};
use crate::pack::PackError;

/// What is taken over from a real set, word for word.
#[derive(Clone, Debug, PartialEq)]
pub struct Like {
    /// `features` of its `meta/info.json`.
    pub features: Map<String, Value>,
}

/// Holds the columns of `mapping` against those of the `LeRobot` set `real`. The sentences say what of the real set the
/// generated one does not have.
///
/// # Errors
/// Every column, element or rate that differs, each with its cure, in one message.
pub fn compare(mapping: &Mapping, clock: &Clock, real: &Set) -> Result<(Like, Vec<String>), PackError> {
    let fault = |what: String| PackError::Content { about: format!("the set `{}`", real.name), what };
    if !matches!(real.format, Format::LeRobotV21 | Format::LeRobotV30) {
        return Err(fault("it is no LeRobot set; name one whose columns are to be matched".to_owned()));
    }
    let info = read_info(&real.root)?;
    let features = info.get("features").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut wrong = differences(mapping, &features, real);
    let fps = info.get("fps").and_then(Value::as_f64).unwrap_or_default();
    if fps != clock.frame_rate_hz {
        wrong.push(format!(
            "it has {fps} rows a second and the family {}; set clock.frame_rate_hz",
            clock.frame_rate_hz
        ));
    }
    let robot = info.get("robot_type").and_then(Value::as_str).unwrap_or_default();
    if robot != mapping.robot {
        wrong.push(format!("its robot is `{robot}` and the family's `{}`; set mapping.robot", mapping.robot));
    }
    if !wrong.is_empty() {
        return Err(fault(wrong.join("; ")));
    }
    let cameras: Vec<&str> = real.cameras.iter().map(|camera| camera.name.as_str()).collect();
    let mut remarks = Vec::new();
    if !cameras.is_empty() {
        remarks.push(format!(
            "`{}` also has pictures ({}), which a simulation has not; merge the two without them",
            real.name,
            cameras.join(", ")
        ));
    }
    Ok((Like { features }, remarks))
}

fn read_info(root: &Path) -> Result<Value, PackError> {
    let path = root.join("meta/info.json");
    let text = files::read_text(&path)?;
    serde_json::from_str(&text)
        .map_err(|err| PackError::Content { about: path.display().to_string(), what: err.to_string() })
}

/// A sentence for everything in which the columns differ.
fn differences(mapping: &Mapping, features: &Map<String, Value>, real: &Set) -> Vec<String> {
    let mut wrong = Vec::new();
    for column in &real.columns {
        let Some(feature) = mapping.features.iter().find(|feature| feature.name == column.name) else {
            wrong.push(format!("it has the column `{}`, which the mapping lacks", column.name));
            continue;
        };
        let dtype = features.get(&column.name).and_then(|one| one.get("dtype")).and_then(Value::as_str);
        if dtype != Some("float32") {
            let dtype = dtype.unwrap_or("of no type");
            wrong.push(format!("its column `{}` is {dtype}, and only float32 is written", column.name));
        }
        let names: Vec<&str> = feature.elements.iter().map(|element| element.name.as_str()).collect();
        if names.len() != column.names.len() {
            let (theirs, ours) = (column.names.len(), names.len());
            wrong.push(format!("its column `{}` has {theirs} elements and the mapping's {ours}", column.name));
        } else if let Some(at) = (0..names.len()).find(|at| names[*at] != column.names[*at]) {
            wrong.push(format!(
                "element {at} of `{}` is `{}` there and `{}` in the mapping",
                column.name, column.names[at], names[at]
            ));
        }
    }
    for feature in &mapping.features {
        if real.columns.iter().all(|column| column.name != feature.name) {
            wrong.push(format!("it has no column `{}`, which the mapping has", feature.name));
        }
    }
    wrong
}
