//! What one message of a stream of video holds, as far as it must be known before it is decoded: whether decoding can start
//! with it, and that it is one whole picture.
//!
//! H.264 in the form of ITU-T H.264, annex B; AV1 as a temporal unit in the low-overhead format (AV1 specification, 5.2).

use super::decode::Coding;
use super::sps::{self, Bits};
use crate::data::fault::{Fault, cut};

/// How the messages of a stream are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Codec {
    H264,
    Av1,
}

/// One message as it lies in its file.
pub(in crate::data) struct Encoded {
    pub(in crate::data) codec: Codec,
    pub(in crate::data) bytes: Vec<u8>,
}

/// Kinds of H.264 units: a slice, one of a key picture, and the two parameter sets.
const SLICE: u8 = 1;
const KEY_SLICE: u8 = 5;
const SEQUENCE: u8 = 7;
const PICTURE: u8 = 8;

/// Kinds of AV1 units.
const AV1_SEQUENCE: u8 = 1;
const AV1_FRAME_HEADER: u8 = 3;
const AV1_FRAME: u8 = 6;

/// One picture, ready for the decoder.
#[derive(Debug)]
pub(super) struct Unit {
    /// Decoding can start here.
    pub(super) is_key: bool,
    pub(super) packet: Vec<u8>,
    /// What decoding must know where it starts here, or why it cannot.
    coding: Result<Coding, (String, &'static str)>,
}

impl Unit {
    pub(super) fn of(encoded: &Encoded) -> Result<Self, Fault> {
        match encoded.codec {
            Codec::H264 => h264(&encoded.bytes),
            Codec::Av1 => av1(&encoded.bytes),
        }
    }

    pub(super) fn coding(&self) -> Result<Coding, Fault> {
        self.coding.clone().map_err(|(what, cure)| Fault::unsupported(what, cure))
    }
}

fn h264(bytes: &[u8]) -> Result<Unit, Fault> {
    let kind = |unit: &&[u8]| unit.first().map_or(0, |head| head & 31);
    // The decoder takes remarks and delimiters behind a picture for the start of the next, and then loses one of the two.
    let units: Vec<&[u8]> = annex_b(bytes)?
        .into_iter()
        .filter(|unit| matches!(kind(unit), SLICE | KEY_SLICE | SEQUENCE | PICTURE))
        .collect();
    let slices = || units.iter().filter(|unit| matches!(kind(unit), SLICE | KEY_SLICE));
    let mut n_pictures = 0;
    for slice in slices() {
        let (first, refers_ahead) = slice_head(slice).ok_or_else(cut)?;
        if refers_ahead {
            return Err(Fault::unsupported(
                "its picture is a B frame, which comes in another order than it is shown",
                "write it without B frames",
            ));
        }
        n_pictures += usize::from(first == 0);
    }
    if n_pictures != 1 {
        return Err(Fault::wrong(format!("it holds {n_pictures} pictures, not one")));
    }
    let sequence = units.iter().find(|unit| kind(unit) == SEQUENCE);
    let has_parameters = sequence.is_some() && units.iter().any(|unit| kind(unit) == PICTURE);
    let is_key = has_parameters && slices().all(|unit| kind(unit) == KEY_SLICE);
    let coding = match sequence.map(|unit| (sps::fault(unit), unit)) {
        Some((Some((what, _)), _)) => Err((what, "write it as whole pictures in 8-bit 4:2:0")),
        Some((None, unit)) => Ok(Coding::h264(unit)),
        None => Ok(Coding::h264(&[])),
    };
    let packet = units.iter().flat_map(|unit| [&[0, 0, 0, 1][..], unit]).flatten().copied().collect();
    Ok(Unit { is_key, packet, coding })
}

/// The units between start codes, without the zeros around them.
fn annex_b(bytes: &[u8]) -> Result<Vec<&[u8]>, Fault> {
    let (mut starts, mut at) = (Vec::new(), 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(3).position(|three| three == [0, 0, 1])) {
        at += found + 3;
        starts.push(at);
    }
    let before = starts.first().and_then(|start| bytes.get(..start - 3));
    if before.is_none_or(|before| before.iter().any(|byte| *byte != 0)) {
        return Err(Fault::wrong("it does not begin with a start code (Annex B)"));
    }
    let ends = starts.iter().skip(1).map(|next| next - 3).chain([bytes.len()]);
    let units = starts.iter().zip(ends).filter_map(|(start, end)| bytes.get(*start..end));
    Ok(units.map(without_zeros).collect())
}

fn without_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    unit.get(..end).unwrap_or_default()
}

/// The first block of a slice, and whether it is of a B frame.
fn slice_head(unit: &[u8]) -> Option<(u32, bool)> {
    const B: u32 = 1;
    // Two numbers of at most 63 bits each.
    let mut bits = Bits::new(unit.get(1..unit.len().min(24))?);
    let (first, kind) = (bits.ue()?, bits.ue()?);
    Some((first, kind % 5 == B))
}

fn av1(bytes: &[u8]) -> Result<Unit, Fault> {
    let (mut rest, mut sequence, mut frame) = (bytes, None, None);
    while !rest.is_empty() {
        let (kind, payload, after) = obu(rest)?;
        match kind {
            AV1_SEQUENCE => sequence = sequence.or(payload.first()),
            AV1_FRAME_HEADER | AV1_FRAME => frame = frame.or(payload.first()),
            _ => {}
        }
        rest = after;
    }
    let Some(frame) = frame else { return Err(Fault::wrong("it holds no picture")) };
    // A sequence of one still picture has no more to say of it; else: not a repeated one, of the kind of key frames, shown.
    let is_key = sequence.is_some_and(|sequence| sequence & 0x08 != 0 || frame & 0xf0 == 0x10);
    Ok(Unit { is_key, packet: bytes.to_vec(), coding: Ok(Coding::Av1) })
}

/// Kind and payload of the first unit, and what follows it.
fn obu(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Fault> {
    let (head, mut rest) = bytes.split_first().ok_or_else(cut)?;
    if head & 0x80 != 0 {
        return Err(Fault::wrong("a unit in it has no AV1 head"));
    }
    if head & 0x04 != 0 {
        rest = rest.get(1..).ok_or_else(cut)?;
    }
    let mut length = rest.len() as u64;
    if head & 0x02 != 0 {
        length = 0;
        for place in 0..8 {
            let (byte, after) = rest.split_first().ok_or_else(cut)?;
            length |= u64::from(byte & 0x7f) << (7 * place);
            rest = after;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    let length = usize::try_from(length).map_err(|_| cut())?;
    let (payload, after) = rest.split_at_checked(length).ok_or_else(cut)?;
    Ok(((head >> 3) & 15, payload, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(codec: Codec, bytes: &[u8]) -> Result<bool, String> {
        Unit::of(&Encoded { codec, bytes: bytes.to_vec() }).map(|unit| unit.is_key).map_err(|fault| fault.to_string())
    }

    #[test]
    fn h264_messages_are_one_picture_and_keys_bring_their_parameters() {
        // Slice heads: first block 0 and kind 7 (I) are the bits 1 0001000; kind 5 (P) is 00110, kind 6 (B) 00111.
        let [sps, pps] = [&[0, 0, 0, 1, 0x67, 66, 0, 30, 0x80][..], &[0, 0, 1, 0x68, 0x80]];
        let [key, slice] = [&[0, 0, 1, 0x65, 0x88, 0x80][..], &[0, 0, 0, 1, 0x41, 0x98, 0x80, 0, 0]];
        let h264 = |parts: &[&[u8]]| told(Codec::H264, &parts.concat());
        assert_eq!(h264(&[sps, pps, key]), Ok(true));
        assert_eq!(h264(&[key]), Ok(false), "without parameters nothing can start");
        assert_eq!(h264(&[sps, key]), Ok(false), "nor with half of them");
        assert_eq!(h264(&[slice]), Ok(false));
        assert_eq!(h264(&[sps, slice]), Ok(false), "parameters alone do not make a key");
        for (parts, words) in [
            (&[sps, pps][..], "0 pictures"),
            (&[sps, key, key], "2 pictures"),
            (&[], "start code"),
            (&[&[0, 0, 0, 5, 0x65, 0x88]], "start code"),
            (&[&[0, 0, 1, 0x41, 0x9c, 0x80]], "B frame"),
            (&[&[0, 0, 1, 0x41]], "reaches beyond"),
        ] {
            let err = h264(parts).expect_err(words);
            assert!(err.contains(words), "{err}");
        }
        let bytes =
            [&[0, 0, 0, 1, 9, 0x10][..], sps, &[0, 0, 1, 6, 5, 1, 0x80], pps, key, &[0, 0, 1, 9, 0x30]].concat();
        let unit = Unit::of(&Encoded { codec: Codec::H264, bytes }).expect("a picture");
        assert_eq!(unit.packet, [sps, &[0], pps, &[0], key].concat(), "delimiters and remarks are gone");
        let deep = [&[0, 0, 1, 0x67, 110, 0, 30, 0x80][..], pps, key].concat();
        let unit = Unit::of(&Encoded { codec: Codec::H264, bytes: deep }).expect("a picture");
        assert!(
            unit.is_key && unit.coding().expect_err("10 bits").to_string().contains("High 10"),
            "told when it is used"
        );
    }

    #[test]
    fn av1_units_add_up_and_keys_bring_their_sequence() {
        let [sequence, key, inter] = [&[0x0a, 2, 0, 0][..], &[0x32, 2, 0x10, 7], &[0x32, 2, 0x30, 7]];
        let av1 = |parts: &[&[u8]]| told(Codec::Av1, &parts.concat());
        assert_eq!(av1(&[&[0x12, 0], sequence, key]), Ok(true), "behind a delimiter");
        assert_eq!(av1(&[key]), Ok(false), "without its sequence");
        assert_eq!(av1(&[sequence, inter]), Ok(false));
        assert_eq!(av1(&[inter]), Ok(false));
        assert_eq!(av1(&[&[0x0a, 1, 0x18], inter]), Ok(true), "one still picture");
        assert_eq!(av1(&[sequence, &[0x30, 0x10, 7]]), Ok(true), "the last needs no length");
        for (parts, words) in [
            (&[][..], "no picture"),
            (&[sequence], "no picture"),
            (&[&[0x80, 1]], "no AV1 head"),
            (&[&[0x32, 3, 0x10, 7]], "reaches beyond"),
            (&[&[0x32, 0xff]], "reaches beyond"),
            (&[&[0x36]], "reaches beyond"),
        ] {
            let err = av1(parts).expect_err(words);
            assert!(err.contains(words), "{err}");
        }
    }
}
