//! `tf.train.Example` on the wire: which features a record has, where their values lie, and the values on demand.
//!
//! A reader of the four nested messages and no more: fields of other numbers are skipped, every length is held against what
//! is around it, and nothing is read that nobody asks for. Deliberately not: writing, `SequenceExample`, groups.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use crate::data::fault::{Fault, cut};

/// More features than any set has; a record that claims more is damaged.
const MOST_FEATURES: usize = 10_000;
/// Longer names are no names.
const LONGEST_NAME_BYTES: u64 = 4096;

/// A stretch of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) at: u64,
    pub(super) length: u64,
}

impl Stretch {
    /// Takes `length` bytes off the front.
    fn take(&mut self, length: u64) -> Result<Self, Fault> {
        let left = self.length.checked_sub(length).ok_or_else(cut)?;
        let front = Self { at: self.at, length };
        self.at = self.at.checked_add(length).ok_or_else(cut)?;
        self.length = left;
        Ok(front)
    }
}

/// What stands behind a tag.
enum Value {
    Number(u64),
    Four(Stretch),
    Eight,
    Stretch(Stretch),
}

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bytes,
    Floats,
    Whole,
}

/// The values of one feature: of what kind, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) kind: Kind,
    pub(super) stretch: Stretch,
}

/// The features of a record by name; those without a list are left out.
pub(super) type Layout = BTreeMap<String, List>;

/// Reads messages from a file or from memory.
pub(super) struct Wire<R> {
    from: R,
    at: u64,
}

impl<R: Read + Seek> Wire<R> {
    pub(super) fn new(mut from: R) -> Result<Self, Fault> {
        let at = from.seek(SeekFrom::Start(0))?;
        Ok(Self { from, at })
    }

    /// Short ways stay inside the reader's buffer.
    fn move_to(&mut self, at: u64) -> Result<(), Fault> {
        let (Ok(from), Ok(to)) = (i64::try_from(self.at), i64::try_from(at)) else { return Err(cut()) };
        if from != to {
            self.from.seek_relative(to - from)?;
            self.at = at;
        }
        Ok(())
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Fault> {
        self.from.read_exact(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn varint(&mut self, rest: &mut Stretch) -> Result<u64, Fault> {
        self.move_to(rest.at)?;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            rest.take(1)?;
            let mut byte = [0];
            self.fill(&mut byte)?;
            let [byte] = byte;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(Fault::wrong("a number in it does not end"))
    }

    /// The next field of the message whose remaining bytes are `rest`.
    fn field(&mut self, rest: &mut Stretch) -> Result<Option<(u64, Value)>, Fault> {
        if rest.length == 0 {
            return Ok(None);
        }
        let tag = self.varint(rest)?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint(rest)?),
            1 => {
                rest.take(8)?;
                Value::Eight
            }
            2 => {
                let length = self.varint(rest)?;
                Value::Stretch(rest.take(length)?)
            }
            5 => Value::Four(rest.take(4)?),
            _ => return Err(Fault::wrong("a field in it is of no known kind")),
        };
        Ok(Some((tag >> 3, value)))
    }

    /// The stretches of the field `wanted` of a message.
    fn stretches(
        &mut self,
        mut message: Stretch,
        wanted: u64,
        mut each: impl FnMut(&mut Self, Stretch) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        while let Some((number, value)) = self.field(&mut message)? {
            if let (true, Value::Stretch(stretch)) = (number == wanted, value) {
                each(self, stretch)?;
            }
        }
        Ok(())
    }

    /// The features of the record at `record`.
    pub(super) fn layout(&mut self, record: Stretch) -> Result<Layout, Fault> {
        let mut layout = Layout::new();
        self.stretches(record, 1, |wire, features| {
            wire.stretches(features, 1, |wire, entry| {
                let (name, list) = wire.entry(entry)?;
                if let Some(list) = list {
                    layout.insert(name, list);
                }
                if layout.len() > MOST_FEATURES {
                    return Err(Fault::wrong("it has more features than any set"));
                }
                Ok(())
            })
        })?;
        Ok(layout)
    }

    fn entry(&mut self, mut entry: Stretch) -> Result<(String, Option<List>), Fault> {
        let (mut name, mut list) = (String::new(), None);
        while let Some((number, value)) = self.field(&mut entry)? {
            match (number, value) {
                (1, Value::Stretch(stretch)) => {
                    let bytes = self.bytes(stretch, LONGEST_NAME_BYTES)?;
                    name = String::from_utf8(bytes).map_err(|_| Fault::wrong("a feature's name in it is no text"))?;
                }
                (2, Value::Stretch(feature)) => list = self.feature(feature)?,
                _ => {}
            }
        }
        Ok((name, list))
    }

    fn feature(&mut self, mut feature: Stretch) -> Result<Option<List>, Fault> {
        let mut list = None;
        while let Some((number, value)) = self.field(&mut feature)? {
            let (kind, Value::Stretch(stretch)) = (number, value) else { continue };
            let kind = match kind {
                1 => Kind::Bytes,
                2 => Kind::Floats,
                3 => Kind::Whole,
                _ => continue,
            };
            if list.replace(List { kind, stretch }).is_some() {
                return Err(Fault::wrong("a feature in it has two lists"));
            }
        }
        Ok(list)
    }

    /// How many values a list holds; none is kept.
    pub(super) fn count(&mut self, list: List) -> Result<u64, Fault> {
        let (mut count, mut rest) = (0_u64, list.stretch);
        while let Some((number, value)) = self.field(&mut rest)? {
            count += match (number, list.kind, value) {
                (1, Kind::Bytes, Value::Stretch(_))
                | (1, Kind::Floats, Value::Four(_))
                | (1, Kind::Whole, Value::Number(_)) => 1,
                (1, Kind::Floats, Value::Stretch(packed)) => floats_in(packed)?,
                (1, Kind::Whole, Value::Stretch(packed)) => self.ends(packed)?,
                _ => 0,
            };
        }
        Ok(count)
    }

    /// How many numbers end in a packed stretch: the last byte of each has no high bit.
    fn ends(&mut self, mut packed: Stretch) -> Result<u64, Fault> {
        let (mut chunk, mut count) = ([0_u8; 4096], 0);
        self.move_to(packed.at)?;
        while packed.length > 0 {
            let wanted = packed.length.min(chunk.len() as u64);
            packed.take(wanted)?;
            let Some(part) = chunk.get_mut(..wanted as usize) else { return Err(cut()) };
            self.fill(part)?;
            count += part.iter().filter(|byte| **byte < 128).count() as u64;
        }
        Ok(count)
    }

    /// Where each byte string of a list lies; at most `most`.
    pub(super) fn pieces(&mut self, list: List, most: usize) -> Result<Vec<Stretch>, Fault> {
        let mut pieces = Vec::new();
        if list.kind != Kind::Bytes {
            return Err(Fault::wrong("it has numbers where pictures or text should be"));
        }
        self.stretches(list.stretch, 1, |_, piece| {
            if pieces.len() == most {
                return Err(Fault::wrong("it has more pictures than steps"));
            }
            pieces.push(piece);
            Ok(())
        })?;
        Ok(pieces)
    }

    /// The first text of a list that is one.
    pub(super) fn text(&mut self, list: List, longest_bytes: u64) -> Result<Option<String>, Fault> {
        let mut rest = list.stretch;
        while let (Kind::Bytes, Some((number, value))) = (list.kind, self.field(&mut rest)?) {
            if let (1, Value::Stretch(piece)) = (number, value) {
                let piece = Stretch { length: piece.length.min(longest_bytes), ..piece };
                let bytes = self.bytes(piece, longest_bytes)?;
                return Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()));
            }
        }
        Ok(None)
    }

    /// The bytes of a stretch, unless it is longer than `longest`.
    pub(super) fn bytes(&mut self, stretch: Stretch, longest: u64) -> Result<Vec<u8>, Fault> {
        if stretch.length > longest {
            return Err(Fault::wrong("a value in it is longer than any should be"));
        }
        self.move_to(stretch.at)?;
        let mut bytes = vec![0; stretch.length as usize];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The numbers of a list; at most `most`. 64-bit floats are stored as 32-bit ones by the format.
    pub(super) fn numbers(&mut self, list: List, most: usize) -> Result<Vec<f32>, Fault> {
        let (mut numbers, mut rest) = (Vec::new(), list.stretch);
        while let Some((number, value)) = self.field(&mut rest)? {
            match (number, list.kind, value) {
                (1, Kind::Floats, Value::Stretch(mut packed)) => {
                    floats_in(packed)?;
                    while packed.length > 0 && numbers.len() <= most {
                        let part = packed.take(packed.length.min(4096))?;
                        let bytes = self.bytes(part, 4096)?;
                        numbers.extend(bytes.chunks_exact(4).map(float));
                    }
                }
                (1, Kind::Floats, Value::Four(one)) => numbers.extend(self.bytes(one, 4)?.chunks_exact(4).map(float)),
                (1, Kind::Whole, Value::Stretch(mut packed)) => {
                    while packed.length > 0 && numbers.len() <= most {
                        numbers.push(self.varint(&mut packed)? as i64 as f32);
                    }
                }
                (1, Kind::Whole, Value::Number(one)) => numbers.push(one as i64 as f32),
                (_, Kind::Bytes, _) => return Err(Fault::wrong("it has bytes where numbers should be")),
                _ => {}
            }
            if numbers.len() > most {
                return Err(Fault::wrong("it has more numbers than its steps call for"));
            }
        }
        Ok(numbers)
    }
}

fn floats_in(packed: Stretch) -> Result<u64, Fault> {
    if packed.length.is_multiple_of(4) { Ok(packed.length / 4) } else { Err(cut()) }
}

fn float(four: &[u8]) -> f32 {
    four.try_into().map_or(f32::NAN, f32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::base::StreamKey;

    /// One field with a length.
    fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length > 127 {
            out.push(length as u8 | 128);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
        out
    }

    /// A record of features whose lists are given as (kind, encoded list).
    fn example(features: &[(&str, u8, Vec<u8>)]) -> Vec<u8> {
        let entry = |(name, kind, list): &(&str, u8, Vec<u8>)| {
            part(1, &[part(1, name.as_bytes()), part(2, &part(*kind, list))].concat())
        };
        part(1, &features.iter().flat_map(entry).collect::<Vec<u8>>())
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        part(1, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    }

    fn made() -> Vec<u8> {
        let loose: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|v| [&[0x0d_u8][..], &v.to_le_bytes()].concat()).collect();
        let minus_one = [[0xff; 9].as_slice(), &[1]].concat();
        example(&[
            ("packed", 2, floats(&[0.5, 1.0, -3.25])),
            ("loose", 2, loose),
            ("whole", 3, part(1, &[[0, 1, 0xac, 2].as_slice(), &minus_one].concat())),
            ("whole loose", 3, vec![8, 5, 8, 0xac, 2]),
            ("text", 1, [part(1, b"Lift"), part(1, b""), part(1, &[7; 300])].concat()),
            ("nothing", 1, Vec::new()),
        ])
    }

    #[test]
    fn numbers_packed_and_loose_are_read() {
        let bytes = made();
        let mut wire = Wire::new(Cursor::new(&bytes)).expect("memory");
        let layout = wire.layout(Stretch { at: 0, length: bytes.len() as u64 }).expect("whole");
        for (name, numbers) in [
            ("packed", vec![0.5, 1.0, -3.25]),
            ("loose", vec![1.5, -2.0]),
            ("whole", vec![0.0, 1.0, 300.0, -1.0]),
            ("whole loose", vec![5.0, 300.0]),
        ] {
            assert_eq!(wire.count(layout[name]).expect("counts"), numbers.len() as u64, "{name}");
            assert_eq!(wire.numbers(layout[name], numbers.len()).expect("reads"), numbers, "{name}");
            assert!(wire.numbers(layout[name], 1).is_err(), "{name}: more than wanted");
        }
        assert_eq!(wire.count(layout["text"]).expect("counts"), 3, "byte strings");
        let lengths: Vec<u64> = wire.pieces(layout["text"], 3).expect("3").iter().map(|one| one.length).collect();
        assert_eq!(lengths, [4, 0, 300], "stretches");
        assert!(wire.pieces(layout["text"], 2).is_err(), "more than wanted");
        assert_eq!(wire.text(layout["text"], 99).expect("reads").as_deref(), Some("Lift"), "the first");
        assert_eq!(wire.text(layout["nothing"], 99).expect("reads"), None, "an empty list");
        assert!(wire.numbers(layout["text"], 9).is_err() && wire.pieces(layout["packed"], 9).is_err(), "kinds");
    }

    #[test]
    fn mutated_records_never_panic() {
        let whole = made();
        let key = StreamKey::new(7, "data");
        let mut read = 0;
        for at in 0..6000 {
            let mut stream = key.stream("rlds mutation", at);
            let mut bytes = whole.clone();
            for _ in 0..=stream.next_below(4) {
                let place = stream.next_below(bytes.len() as u64) as usize;
                match stream.next_below(4) {
                    0 => bytes[place] = stream.next_u64() as u8,
                    1 => bytes[place] ^= 1 << stream.next_below(8),
                    2 => bytes.truncate(place.max(1)),
                    _ => bytes.insert(place, stream.next_u64() as u8),
                }
            }
            let mut wire = Wire::new(Cursor::new(&bytes)).expect("memory");
            let Ok(layout) = wire.layout(Stretch { at: 0, length: bytes.len() as u64 }) else { continue };
            for list in layout.values() {
                let count = wire.count(*list);
                let numbers = wire.numbers(*list, 1000);
                if let (Ok(count), Ok(numbers)) = (&count, &numbers) {
                    // A last number that does not end is not counted; reading it fails instead.
                    assert_eq!(*count, numbers.len() as u64, "mutation {at}");
                    read += 1;
                }
                let pieces = wire.pieces(*list, 1000);
                pieces.into_iter().flatten().for_each(|piece| drop(wire.bytes(piece, 1000)));
                drop(wire.text(*list, 1000));
            }
        }
        assert!(read > 1000, "most lists survive: {read}");
    }
}
