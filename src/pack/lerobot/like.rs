//! A real set that generated episodes are to lie beside: what must agree, said before anything is simulated.

use std::path::Path;

use serde_json::{Map, Value};

use crate::base::files;
use crate::data::{ColumnInfo, Format, Set};
use crate::family::{Clock, Element, Feature, Mapping};
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
    let info = description(real)?;
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
        return Err(PackError::Content { about: about(real), what: wrong.join("; ") });
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

/// The columns of a `LeRobot` set of numbers, whose elements say nothing yet of what they are.
///
/// # Errors
/// A set of another kind; a set without columns; a description that cannot be read.
pub fn columns_of(real: &Set) -> Result<Mapping, PackError> {
    let info = description(real)?;
    let element = |name: &String| Element { name: name.clone(), unit: String::new(), is: String::new() };
    let feature = |column: &ColumnInfo| Feature {
        name: column.name.clone(),
        elements: column.names.iter().map(element).collect(),
    };
    let features: Vec<Feature> = real.columns.iter().map(feature).collect();
    if features.is_empty() {
        return Err(PackError::Content { about: about(real), what: "it has no columns of numbers".to_owned() });
    }
    let robot = info.get("robot_type").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Mapping { robot, task: String::new(), features })
}

fn about(real: &Set) -> String {
    format!("the set `{}`", real.name)
}

/// `meta/info.json` of a `LeRobot` set.
fn description(real: &Set) -> Result<Value, PackError> {
    if matches!(real.format, Format::LeRobotV21 | Format::LeRobotV30) {
        return read_info(&real.root);
    }
    let what = "it is no LeRobot set; name one whose columns are to be matched".to_owned();
    Err(PackError::Content { about: about(real), what })
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
        let shape = features.get(&column.name).and_then(|one| one.get("shape"));
        if shape != Some(&serde_json::json!([column.names.len()])) {
            wrong.push(format!(
                "its column `{}` has more than one dimension, and only rows of numbers are written",
                column.name
            ));
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
