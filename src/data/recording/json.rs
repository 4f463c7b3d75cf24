//! Messages of the Foxglove types as JSON, and objects of numbers of whatever type.

use std::borrow::Cow;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::message::{Coded, Kind, Part, Picture, Pixels, other_kind};
use crate::data::fault::Fault;

type Object = Map<String, Value>;

fn object(bytes: &[u8]) -> Result<Object, Fault> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Fault::wrong("a message is no JSON object")),
        Err(cause) => Err(Fault::wrong(format!("a message is no JSON ({cause})"))),
    }
}

fn text<'a>(object: &'a Object, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(object: &Object, field: &str) -> f64 {
    object.get(field).and_then(Value::as_f64).unwrap_or_default()
}

fn whole(object: &Object, field: &str) -> Result<u32, Fault> {
    let number = object.get(field).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| Fault::wrong(format!("a message has no `{field}` that is a whole number")))
}

fn data(object: &Object) -> Result<Cow<'static, [u8]>, Fault> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text(object, "data"));
    bytes.map(Cow::Owned).map_err(|cause| Fault::wrong(format!("a picture is not base64 ({cause})")))
}

pub(super) fn picture(kind: Kind, bytes: &[u8]) -> Result<Picture<'static>, Fault> {
    let message = object(bytes)?;
    match kind {
        Kind::Compressed => Ok(Picture::File(coded(&message)?)),
        Kind::Raw => Ok(Picture::Pixels(Pixels {
            width: whole(&message, "width")?,
            height: whole(&message, "height")?,
            encoding: text(&message, "encoding").to_owned(),
            step: whole(&message, "step")?,
            is_big_endian: false,
            bytes: data(&message)?,
        })),
        _ => Err(other_kind()),
    }
}

pub(super) fn video(bytes: &[u8]) -> Result<Coded<'static>, Fault> {
    coded(&object(bytes)?)
}

fn coded(message: &Object) -> Result<Coded<'static>, Fault> {
    Ok(Coded { format: text(message, "format").to_owned(), bytes: data(message)? })
}

pub(super) fn parts(kind: Kind, bytes: &[u8]) -> Result<Vec<Part>, Fault> {
    let message = object(bytes)?;
    match kind {
        Kind::Transform => Ok(vec![transform(&message)]),
        Kind::Transforms => Ok(objects(&message, "transforms").map(transform).collect()),
        Kind::Joints => {
            let names: Vec<String> = objects(&message, "joints").map(|joint| text(joint, "name").to_owned()).collect();
            let column = |name: &'static str| {
                (name, objects(&message, "joints").map(|joint| joint.get(name).and_then(Value::as_f64)).collect())
            };
            Part::joints(&names, [column("position"), column("velocity"), column("effort")])
        }
        Kind::Numbers => {
            let value = |value: &Value| value.as_f64().or_else(|| value.as_bool().map(f64::from));
            let values = message.iter().filter_map(|(name, field)| Some((name.clone(), value(field)?)));
            let part = Part { column: String::new(), values: values.collect() };
            Ok(if part.values.is_empty() { Vec::new() } else { vec![part] })
        }
        _ => Err(other_kind()),
    }
}

fn objects<'a>(message: &'a Object, field: &str) -> impl Iterator<Item = &'a Object> {
    message.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn transform(message: &Object) -> Part {
    let inner = |name: &str, field: &str| {
        message.get(name).and_then(Value::as_object).map(|inner| number(inner, field)).unwrap_or_default()
    };
    let [x, y, z] = ["x", "y", "z"].map(|field| inner("translation", field));
    let [qx, qy, qz, qw] = ["x", "y", "z", "w"].map(|field| inner("rotation", field));
    Part::transform(text(message, "parent_frame_id"), text(message, "child_frame_id"), [x, y, z, qx, qy, qz, qw])
}
