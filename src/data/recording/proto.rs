//! Messages of the published Foxglove types as Protobuf, by the numbers of their fields; what is absent is zero, as the
//! format says.

use std::borrow::Cow;

use super::message::{Coded, Kind, Part, Picture, Pixels, other_kind};
use crate::base::protobuf::{Fields, Value, Wrong};
use crate::data::fault::{Fault, cut};

/// In words that follow the message's place in its file.
impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Cut => cut(),
            Wrong::Endless => Self::wrong("a number in it does not end"),
            Wrong::UnknownKind => Self::wrong("a field in it is of no known kind"),
            Wrong::OtherKind => other_kind(),
            Wrong::NoText => Self::wrong("a name in it is no text"),
        }
    }
}

fn float(value: Value<'_>) -> Result<f64, Fault> {
    if let Value::Eight(eight) = value { Ok(f64::from_le_bytes(eight)) } else { Err(other_kind()) }
}

/// Foxglove's types have fixed ones; a varint means the same.
fn whole(value: Value<'_>) -> Result<u32, Fault> {
    match value {
        Value::Four(four) => Ok(u32::from_le_bytes(four)),
        Value::Number(number) => u32::try_from(number).map_err(|_| cut()),
        _ => Err(other_kind()),
    }
}

/// Calls `each` with the number and value of every field of a message.
fn fields<'a>(bytes: &'a [u8], mut each: impl FnMut(u64, Value<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut all = Fields::new(bytes);
    while let Some(field) = all.next()? {
        each(field.number, field.value)?;
    }
    Ok(())
}

pub(super) fn picture(kind: Kind, bytes: &[u8]) -> Result<Picture<'_>, Fault> {
    match kind {
        Kind::Compressed => {
            let [data, format] = [2, 3];
            Ok(Picture::File(coded(bytes, data, format)?))
        }
        Kind::Raw => {
            let (mut width, mut height, mut step) = (0, 0, 0);
            let (mut encoding, mut data) = (String::new(), &[][..]);
            fields(bytes, |number, value| {
                match number {
                    2 => width = whole(value)?,
                    3 => height = whole(value)?,
                    4 => encoding = value.text()?.to_owned(),
                    5 => step = whole(value)?,
                    6 => data = value.bytes()?,
                    _ => {}
                }
                Ok(())
            })?;
            let bytes = Cow::Borrowed(data);
            Ok(Picture::Pixels(Pixels { width, height, encoding, step, is_big_endian: false, bytes }))
        }
        _ => Err(other_kind()),
    }
}

pub(super) fn video(bytes: &[u8]) -> Result<Coded<'_>, Fault> {
    let [data, format] = [3, 4];
    coded(bytes, data, format)
}

/// Bytes and what they are called, in the fields of these numbers.
fn coded(bytes: &[u8], data: u64, format: u64) -> Result<Coded<'_>, Fault> {
    let mut coded = Coded { format: String::new(), bytes: Cow::Borrowed(&[]) };
    fields(bytes, |number, value| {
        if number == data {
            coded.bytes = Cow::Borrowed(value.bytes()?);
        } else if number == format {
            value.text()?.clone_into(&mut coded.format);
        }
        Ok(())
    })?;
    Ok(coded)
}

pub(super) fn parts(kind: Kind, bytes: &[u8]) -> Result<Vec<Part>, Fault> {
    match kind {
        Kind::Transform => Ok(vec![transform(bytes)?]),
        Kind::Transforms => {
            let mut parts = Vec::new();
            fields(bytes, |number, value| {
                if number == 1 {
                    parts.push(transform(value.bytes()?)?);
                }
                Ok(())
            })?;
            Ok(parts)
        }
        Kind::Joints => joints(bytes),
        _ => Err(other_kind()),
    }
}

fn transform(bytes: &[u8]) -> Result<Part, Fault> {
    let (mut parent, mut child, mut values) = ("", "", [0.0; 7]);
    fields(bytes, |number, value| {
        match number {
            2 => parent = value.text()?,
            3 => child = value.text()?,
            4 => set_floats(value.bytes()?, values.get_mut(..3).unwrap_or_default())?,
            5 => set_floats(value.bytes()?, values.get_mut(3..).unwrap_or_default())?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(Part::transform(parent, child, values))
}

/// Fields 1, 2, … of a message of numbers.
fn set_floats(bytes: &[u8], values: &mut [f64]) -> Result<(), Fault> {
    fields(bytes, |number, value| {
        if let Some(place) = number.checked_sub(1).and_then(|at| values.get_mut(at as usize)) {
            *place = float(value)?;
        }
        Ok(())
    })
}

fn joints(bytes: &[u8]) -> Result<Vec<Part>, Fault> {
    let mut names = Vec::new();
    let mut columns = [("position", Vec::new()), ("velocity", Vec::new()), ("effort", Vec::new())];
    fields(bytes, |number, value| {
        if number != 2 {
            return Ok(());
        }
        let (mut name, mut numbers) = (String::new(), [None; 3]);
        fields(value.bytes()?, |number, value| {
            match number {
                1 => name = value.text()?.to_owned(),
                2 => numbers[0] = Some(float(value)?),
                3 => numbers[1] = Some(float(value)?),
                5 => numbers[2] = Some(float(value)?),
                _ => {}
            }
            Ok(())
        })?;
        names.push(name);
        columns.iter_mut().zip(numbers).for_each(|((_, column), number)| column.push(number));
        Ok(())
    })?;
    Part::joints(&names, columns)
}
