//! Messages of the published Foxglove types as Protobuf, by the numbers of their fields; what is absent is zero, as the
//! format says.

use std::borrow::Cow;

use super::bytes::Front;
use super::message::{Kind, Part, Picture, Pixels, other_kind};
use crate::data::fault::{Fault, cut};

/// What stands behind a tag.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

impl<'a> Value<'a> {
    fn bytes(self) -> Result<&'a [u8], Fault> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(other_kind()) }
    }

    fn text(self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Fault::wrong("a name in it is no text"))
    }

    fn float(self) -> Result<f64, Fault> {
        if let Self::Eight(eight) = self { Ok(f64::from_le_bytes(eight)) } else { Err(other_kind()) }
    }

    /// Foxglove's types have fixed ones; a varint means the same.
    fn u32(self) -> Result<u32, Fault> {
        match self {
            Self::Four(four) => Ok(u32::from_le_bytes(four)),
            Self::Number(number) => u32::try_from(number).map_err(|_| cut()),
            _ => Err(other_kind()),
        }
    }
}

fn varint(front: &mut Front<'_>) -> Result<u64, Fault> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = front.byte()?;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(value);
        }
    }
    Err(Fault::wrong("a number in it does not end"))
}

/// Calls `each` with the number and value of every field of a message.
fn fields<'a>(bytes: &'a [u8], mut each: impl FnMut(u64, Value<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut front = Front::new(bytes);
    while !front.is_empty() {
        let tag = varint(&mut front)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut front)?),
            1 => Value::Eight(front.array()?),
            2 => {
                let length = varint(&mut front)?;
                Value::Bytes(front.take(length)?)
            }
            5 => Value::Four(front.array()?),
            _ => return Err(Fault::wrong("a field in it is of no known kind")),
        };
        each(tag >> 3, value)?;
    }
    Ok(())
}

pub(super) fn picture(kind: Kind, bytes: &[u8]) -> Result<Picture<'_>, Fault> {
    match kind {
        Kind::Compressed => {
            let (mut format, mut data) = (String::new(), &[][..]);
            fields(bytes, |number, value| {
                match number {
                    2 => data = value.bytes()?,
                    3 => format = value.text()?.to_owned(),
                    _ => {}
                }
                Ok(())
            })?;
            Ok(Picture::File { format, bytes: Cow::Borrowed(data) })
        }
        Kind::Raw => {
            let (mut width, mut height, mut step) = (0, 0, 0);
            let (mut encoding, mut data) = (String::new(), &[][..]);
            fields(bytes, |number, value| {
                match number {
                    2 => width = value.u32()?,
                    3 => height = value.u32()?,
                    4 => encoding = value.text()?.to_owned(),
                    5 => step = value.u32()?,
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
            *place = value.float()?;
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
                2 => numbers[0] = Some(value.float()?),
                3 => numbers[1] = Some(value.float()?),
                5 => numbers[2] = Some(value.float()?),
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
