//! What the messages of a topic are and what they hold: pictures, or numbers by name.
//!
//! A message is known by its encoding and the name of its type; the layouts are those of the published types. Deliberately
//! not: layouts out of the descriptions that recordings carry, so that a type that is not listed here is left out and told.

use std::borrow::Cow;

use super::{json, proto, ros};
use crate::data::fault::Fault;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// ROS 2.
    Cdr,
    Ros1,
    Protobuf,
    Json,
}

/// What messages hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture file.
    Compressed,
    /// Pixels.
    Raw,
    /// A picture that may build on those before it.
    Video,
    Joints,
    /// Where frames stand in their parents.
    Transforms,
    /// The same, one a message.
    Transform,
    /// Of an inertial sensor.
    Imu,
    /// A speed, which is mostly a command.
    Twist,
    StampedTwist,
    StampedPose,
    /// An object of numbers.
    Numbers,
}

impl Kind {
    /// How messages of a type are read; `None` where they are not.
    pub(super) fn of(encoding: &str, schema: &str) -> Option<(Coding, Self)> {
        let coding = match encoding {
            "cdr" => Coding::Cdr,
            "ros1" => Coding::Ros1,
            "protobuf" => Coding::Protobuf,
            "json" => Coding::Json,
            _ => return None,
        };
        // ROS 2 says `sensor_msgs/msg/Image` what ROS 1 calls `sensor_msgs/Image`.
        let plain = schema.replacen("/msg/", "/", 1);
        let kind = match (coding, plain.as_str()) {
            (Coding::Cdr | Coding::Ros1, name) => match name {
                "sensor_msgs/CompressedImage" => Self::Compressed,
                "sensor_msgs/Image" => Self::Raw,
                "foxglove_msgs/CompressedVideo" => Self::Video,
                "sensor_msgs/JointState" => Self::Joints,
                "sensor_msgs/Imu" => Self::Imu,
                "geometry_msgs/Twist" => Self::Twist,
                "geometry_msgs/TwistStamped" => Self::StampedTwist,
                "geometry_msgs/PoseStamped" => Self::StampedPose,
                "tf2_msgs/TFMessage" | "tf/tfMessage" => Self::Transforms,
                "geometry_msgs/TransformStamped" => Self::Transform,
                _ => return None,
            },
            (_, "foxglove.CompressedImage") => Self::Compressed,
            (_, "foxglove.RawImage") => Self::Raw,
            (_, "foxglove.CompressedVideo") => Self::Video,
            (_, "foxglove.JointStates") => Self::Joints,
            (_, "foxglove.FrameTransforms") => Self::Transforms,
            (_, "foxglove.FrameTransform") => Self::Transform,
            (Coding::Json, name) if !name.starts_with("foxglove.") => Self::Numbers,
            _ => return None,
        };
        Some((coding, kind))
    }

    pub(super) fn is_picture(self) -> bool {
        matches!(self, Self::Compressed | Self::Raw | Self::Video)
    }
}

/// Bytes that code a picture, and what their writer calls their format.
#[derive(Debug)]
pub(super) struct Coded<'a> {
    pub(super) format: String,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// One picture of a message.
#[derive(Debug)]
pub(super) enum Picture<'a> {
    /// As in a file.
    File(Coded<'a>),
    Pixels(Pixels<'a>),
}

/// Values as a camera gives them.
#[derive(Debug)]
pub(super) struct Pixels<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// `rgb8`, `mono16`, …
    pub(super) encoding: String,
    /// Bytes from one row to the next.
    pub(super) step: u32,
    pub(super) is_big_endian: bool,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Position and quaternion.
pub(super) const POSE: [&str; 7] = ["x", "y", "z", "qx", "qy", "qz", "qw"];
const TWIST: [&str; 6] = ["linear.x", "linear.y", "linear.z", "angular.x", "angular.y", "angular.z"];

/// Numbers of one column at one time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// What follows the topic in the column's name; empty where the topic has one column.
    pub(super) column: String,
    pub(super) values: Vec<(String, f64)>,
}

impl Part {
    /// Numbers under fixed names.
    pub(super) fn named<const N: usize>(column: impl Into<String>, names: [&str; N], values: [f64; N]) -> Self {
        let values = names.into_iter().map(str::to_owned).zip(values).collect();
        Self { column: column.into(), values }
    }

    /// A frame in its parent: position and quaternion.
    pub(super) fn transform(parent: &str, child: &str, values: [f64; 7]) -> Self {
        Self::named(format!("{parent}->{child}"), POSE, values)
    }

    pub(super) fn twist(values: [f64; 6]) -> Self {
        Self::named("", TWIST, values)
    }

    /// The three columns of joints, those that are there. `columns` have a value a name, or none.
    pub(super) fn joints(names: &[String], columns: [(&str, Vec<Option<f64>>); 3]) -> Result<Vec<Self>, Fault> {
        let mut parts = Vec::new();
        for (column, values) in columns {
            if !values.is_empty() && values.len() != names.len() {
                return Err(Fault::wrong(format!(
                    "it has {} joints and {} numbers of {column}",
                    names.len(),
                    values.len()
                )));
            }
            let values = names.iter().cloned().zip(values);
            let values: Vec<(String, f64)> = values.filter_map(|(name, value)| Some((name, value?))).collect();
            if !values.is_empty() {
                parts.push(Self { column: column.to_owned(), values });
            }
        }
        Ok(parts)
    }
}

/// The picture of a message.
pub(super) fn picture((coding, kind): (Coding, Kind), bytes: &[u8]) -> Result<Picture<'_>, Fault> {
    match coding {
        Coding::Cdr | Coding::Ros1 => ros::picture(coding, kind, bytes),
        Coding::Protobuf => proto::picture(kind, bytes),
        Coding::Json => json::picture(kind, bytes),
    }
}

/// The part of a video that a message of [`Kind::Video`] holds.
pub(super) fn video((coding, kind): (Coding, Kind), bytes: &[u8]) -> Result<Coded<'_>, Fault> {
    match (coding, kind) {
        (Coding::Cdr | Coding::Ros1, Kind::Video) => ros::video(coding, bytes),
        (Coding::Protobuf, Kind::Video) => proto::video(bytes),
        (Coding::Json, Kind::Video) => json::video(bytes),
        _ => Err(other_kind()),
    }
}

/// The numbers of a message.
pub(super) fn parts((coding, kind): (Coding, Kind), bytes: &[u8]) -> Result<Vec<Part>, Fault> {
    match coding {
        Coding::Cdr | Coding::Ros1 => ros::parts(coding, kind, bytes),
        Coding::Protobuf => proto::parts(kind, bytes),
        Coding::Json => json::parts(kind, bytes),
    }
}

/// A message that is not of the kind that its topic has.
pub(super) fn other_kind() -> Fault {
    Fault::wrong("a message is of another kind than its topic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_encoding_and_name() {
        for (encoding, schema, kind) in [
            ("cdr", "sensor_msgs/msg/Image", Some((Coding::Cdr, Kind::Raw))),
            ("ros1", "sensor_msgs/Image", Some((Coding::Ros1, Kind::Raw))),
            ("cdr", "tf2_msgs/msg/TFMessage", Some((Coding::Cdr, Kind::Transforms))),
            ("cdr", "sensor_msgs/msg/LaserScan", None),
            ("protobuf", "foxglove.RawImage", Some((Coding::Protobuf, Kind::Raw))),
            ("protobuf", "sensor_msgs/Image", None),
            ("protobuf", "foxglove.CompressedVideo", Some((Coding::Protobuf, Kind::Video))),
            ("json", "foxglove.CompressedVideo", Some((Coding::Json, Kind::Video))),
            ("cdr", "foxglove_msgs/msg/CompressedVideo", Some((Coding::Cdr, Kind::Video))),
            ("cdr", "foxglove.CompressedVideo", None),
            ("json", "", Some((Coding::Json, Kind::Numbers))),
            ("flatbuffer", "foxglove.RawImage", None),
        ] {
            assert_eq!(Kind::of(encoding, schema), kind, "{encoding} {schema}");
        }
    }

    #[test]
    fn joints_have_a_number_each_or_none() {
        let names = ["a".to_owned(), "b".to_owned()];
        let columns = |position: &[f64]| {
            let given = position.iter().map(|value| Some(*value)).collect();
            [("position", given), ("velocity", vec![None, Some(3.0)]), ("effort", Vec::new())]
        };
        let parts = Part::joints(&names, columns(&[1.0, 2.0])).expect("fits");
        let want = [("position", vec![("a", 1.0), ("b", 2.0)]), ("velocity", vec![("b", 3.0)])];
        let want = want.map(|(column, values)| Part {
            column: column.to_owned(),
            values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        });
        assert_eq!(parts, want);
        assert!(Part::joints(&names, columns(&[1.0])).is_err(), "one too few");
    }
}
