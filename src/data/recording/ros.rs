//! Messages of ROS 1, and of ROS 2 as CDR: the same fields one after the other, in CDR each number at a multiple of its size.

use std::borrow::Cow;

use super::message::{Coded, Coding, Kind, POSE, Part, Picture, Pixels, other_kind};
use crate::data::fault::{Fault, cut};

/// Reads fields in order.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    coding: Coding,
    is_big_endian: bool,
    /// Numbers larger than this lie at a multiple of it.
    widest: usize,
}

/// A number on the wire.
trait Number: Sized {
    const SIZE: usize;
    fn of(bytes: &[u8], is_big_endian: bool) -> Option<Self>;
}

macro_rules! number {
    ($kind:ty) => {
        impl Number for $kind {
            const SIZE: usize = size_of::<$kind>();
            fn of(bytes: &[u8], is_big_endian: bool) -> Option<Self> {
                let bytes = bytes.try_into().ok()?;
                Some(if is_big_endian { <$kind>::from_be_bytes(bytes) } else { <$kind>::from_le_bytes(bytes) })
            }
        }
    };
}

number!(u8);
number!(u32);
number!(f64);

impl<'a> Fields<'a> {
    fn new(coding: Coding, bytes: &'a [u8]) -> Result<Self, Fault> {
        if coding == Coding::Ros1 {
            return Ok(Self { bytes, at: 0, coding, is_big_endian: false, widest: 1 });
        }
        let (head, bytes) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
        // The second byte names the representation: plain CDR, and the plain one of its second version.
        let (is_big_endian, widest) = match head {
            [0, 0, ..] => (true, 8),
            [0, 1, ..] => (false, 8),
            [0, 6, ..] => (true, 4),
            [0, 7, ..] => (false, 4),
            _ => return Err(Fault::wrong("a message is not in plain CDR")),
        };
        Ok(Self { bytes, at: 0, coding, is_big_endian, widest })
    }

    fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(length).ok_or_else(cut)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(cut)?;
        self.at = end;
        Ok(taken)
    }

    fn number<N: Number>(&mut self) -> Result<N, Fault> {
        self.at = self.at.next_multiple_of(N::SIZE.min(self.widest).max(1));
        let bytes = self.take(N::SIZE)?;
        N::of(bytes, self.is_big_endian).ok_or_else(cut)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.number()
    }

    fn counted(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    /// In CDR a zero ends it.
    fn text(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.counted()?;
        let bytes = if self.coding == Coding::Cdr { bytes.strip_suffix(&[0]).unwrap_or(bytes) } else { bytes };
        std::str::from_utf8(bytes).map_err(|_| Fault::wrong("a name in it is no text"))
    }

    fn floats<const N: usize>(&mut self) -> Result<[f64; N], Fault> {
        let mut all = [0.0; N];
        for one in &mut all {
            *one = self.number()?;
        }
        Ok(all)
    }

    /// As many numbers as it says.
    fn list(&mut self) -> Result<Vec<Option<f64>>, Fault> {
        let count = self.count(f64::SIZE)?;
        (0..count).map(|_| self.number().map(Some)).collect()
    }

    /// A count of things that take at least `smallest` bytes each.
    fn count(&mut self, smallest: usize) -> Result<usize, Fault> {
        let count = self.u32()? as usize;
        if count.saturating_mul(smallest) > self.left() { Err(cut()) } else { Ok(count) }
    }

    /// Time and frame of a message; the frame.
    fn header(&mut self) -> Result<&'a str, Fault> {
        if self.coding == Coding::Ros1 {
            self.u32()?;
        }
        let _ = (self.u32()?, self.u32()?);
        self.text()
    }

    fn transform(&mut self) -> Result<Part, Fault> {
        let (parent, child) = (self.header()?, self.text()?);
        Ok(Part::transform(parent, child, self.floats()?))
    }
}

pub(super) fn picture(coding: Coding, kind: Kind, bytes: &[u8]) -> Result<Picture<'_>, Fault> {
    let mut fields = Fields::new(coding, bytes)?;
    fields.header()?;
    match kind {
        Kind::Compressed => {
            let format = fields.text()?.to_owned();
            Ok(Picture::File(Coded { format, bytes: Cow::Borrowed(fields.counted()?) }))
        }
        Kind::Raw => {
            let (height, width) = (fields.u32()?, fields.u32()?);
            let encoding = fields.text()?.to_owned();
            let is_big_endian = fields.number::<u8>()? != 0;
            let step = fields.u32()?;
            let bytes = Cow::Borrowed(fields.counted()?);
            Ok(Picture::Pixels(Pixels { width, height, encoding, step, is_big_endian, bytes }))
        }
        _ => Err(other_kind()),
    }
}

/// Time and frame, but no `Header`.
pub(super) fn video(coding: Coding, bytes: &[u8]) -> Result<Coded<'_>, Fault> {
    let mut fields = Fields::new(coding, bytes)?;
    let _ = (fields.u32()?, fields.u32()?, fields.text()?);
    let bytes = Cow::Borrowed(fields.counted()?);
    Ok(Coded { format: fields.text()?.to_owned(), bytes })
}

pub(super) fn parts(coding: Coding, kind: Kind, bytes: &[u8]) -> Result<Vec<Part>, Fault> {
    let mut fields = Fields::new(coding, bytes)?;
    match kind {
        Kind::Joints => {
            fields.header()?;
            let count = fields.count(4)?;
            let names = (0..count).map(|_| fields.text().map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
            let columns = [("position", fields.list()?), ("velocity", fields.list()?), ("effort", fields.list()?)];
            Part::joints(&names, columns)
        }
        Kind::Transforms => {
            // Two times, two names and seven numbers.
            let count = fields.count(72)?;
            (0..count).map(|_| fields.transform()).collect()
        }
        Kind::Transform => Ok(vec![fields.transform()?]),
        Kind::Twist => Ok(vec![Part::twist(fields.floats()?)]),
        Kind::StampedTwist => {
            fields.header()?;
            Ok(vec![Part::twist(fields.floats()?)])
        }
        Kind::StampedPose => {
            fields.header()?;
            Ok(vec![Part::named("", POSE, fields.floats()?)])
        }
        Kind::Imu => {
            fields.header()?;
            let orientation = fields.floats()?;
            let _: [f64; 9] = fields.floats()?;
            let angular_velocity = fields.floats()?;
            let _: [f64; 9] = fields.floats()?;
            let linear_acceleration = fields.floats()?;
            Ok(vec![
                Part::named("orientation", ["x", "y", "z", "w"], orientation),
                Part::named("angular_velocity", ["x", "y", "z"], angular_velocity),
                Part::named("linear_acceleration", ["x", "y", "z"], linear_acceleration),
            ])
        }
        _ => Err(other_kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdr_of_either_end_and_version_is_aligned_its_own_way() {
        // A byte, then a double: at 8 in the first version, at 4 in the second, at once in ROS 1.
        for (coding, head, gap, is_big_endian) in [
            (Coding::Cdr, &[0, 1, 0, 0][..], 7, false),
            (Coding::Cdr, &[0, 0, 0, 0], 7, true),
            (Coding::Cdr, &[0, 7, 0, 0], 3, false),
            (Coding::Cdr, &[0, 6, 0, 0], 3, true),
            (Coding::Ros1, &[], 0, false),
        ] {
            let number = if is_big_endian { 1.5_f64.to_be_bytes() } else { 1.5_f64.to_le_bytes() };
            let bytes = [head, &[9], &vec![0; gap], &number].concat();
            let mut fields = Fields::new(coding, &bytes).expect("a head");
            assert_eq!(fields.number::<u8>().expect("one byte"), 9, "{head:?}");
            assert_eq!(fields.number::<f64>().expect("eight bytes"), 1.5, "{head:?}");
            assert_eq!(fields.left(), 0, "{head:?}");
            assert!(fields.number::<u8>().is_err(), "nothing left");
        }
        assert!(Fields::new(Coding::Cdr, &[0, 3, 0, 0]).is_err(), "a list of parameters");
        assert!(Fields::new(Coding::Cdr, &[0, 1]).is_err(), "half a head");
    }
}
