//! What an H.264 sequence parameter set declares (ITU-T H.264, 7.3.2.1.1 and annex E): the colour description, and whether the
//! pictures are of a kind that is decoded.

use super::colour::{Colour, Matrix};

/// The profiles that `OpenH264` decodes.
const DECODED: [u8; 6] = [66, 77, 83, 86, 88, 100];
/// The cure for more than 8 bits, and for chroma that is finer than 4:2:0.
const TO_EIGHT_BITS: &str = "convert it to 8-bit 4:2:0, as with `ffmpeg -i IN -pix_fmt yuv420p OUT.mp4`";
/// The cure for half pictures.
const TO_WHOLE: &str = "convert it to whole pictures, as with `ffmpeg -i IN -vf yadif -pix_fmt yuv420p OUT.mp4`";

/// Reads bits after the emulation prevention bytes are gone.
pub(super) struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    pub(super) fn new(nal: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(nal.len());
        let mut zeros = 0;
        for &byte in nal {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            bytes.push(byte);
        }
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = *self.bytes.get(self.at / 8)?;
        let bit = (byte >> (7 - self.at % 8)) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    fn flag(&mut self) -> Option<bool> {
        self.bit().map(|bit| bit == 1)
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |value, _| Some((value << 1) | self.bit()?))
    }

    /// Unsigned Exp-Golomb.
    pub(super) fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some(((1_u32 << zeros) - 1) + self.bits(zeros)?)
    }

    /// Signed Exp-Golomb.
    fn se(&mut self) -> Option<i32> {
        let code = i64::from(self.ue()?);
        Some(if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 } as i32)
    }
}

/// What decides whether pictures can be decoded.
struct Kind {
    /// 0 grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    chroma_format: u32,
    /// Of luma or chroma, whichever has more.
    depth_bits: u32,
    /// Whether pictures may come as two halves.
    is_interlaced: bool,
}

/// Why pictures with the parameter set `nal` (with its one header byte) cannot be decoded, and the cure; `None` where they can,
/// and where it is cut short.
pub(super) fn fault(nal: &[u8]) -> Option<(String, &'static str)> {
    let profile = *nal.get(1)?;
    if !DECODED.contains(&profile) {
        return Some((format!("its H.264 profile is {}", profile_name(profile)), TO_EIGHT_BITS));
    }
    let kind = kind(&mut Bits::new(nal.get(1..)?))?;
    if kind.depth_bits > 8 || kind.chroma_format > 1 {
        let format = match kind.chroma_format {
            0 => "grey",
            1 => "4:2:0",
            2 => "4:2:2",
            _ => "4:4:4",
        };
        let name = profile_name(profile);
        let what = format!("its H.264 profile is {name} with {} bits a value and {format}", kind.depth_bits);
        return Some((what, TO_EIGHT_BITS));
    }
    kind.is_interlaced.then(|| ("it is interlaced".to_owned(), TO_WHOLE))
}

/// What people call a profile.
fn profile_name(profile: u8) -> String {
    let name = match profile {
        66 => "Baseline",
        77 => "Main",
        88 => "Extended",
        100 => "High",
        110 => "High 10",
        122 => "High 4:2:2",
        244 => "High 4:4:4 Predictive",
        44 => "CAVLC 4:4:4 Intra",
        other => return format!("number {other}"),
    };
    name.to_owned()
}

/// Whether the parameter set `nal` declares pictures without chroma.
pub(super) fn is_grey(nal: &[u8]) -> bool {
    nal.get(1..).and_then(|bytes| kind(&mut Bits::new(bytes))).is_some_and(|kind| kind.chroma_format == 0)
}

/// The colour that the parameter set `nal` (with its one header byte) declares; the default where it says nothing.
pub(super) fn colour(nal: &[u8]) -> Colour {
    described(nal).unwrap_or_default()
}

fn described(nal: &[u8]) -> Option<Colour> {
    let mut bits = Bits::new(nal.get(1..)?);
    let kind = kind(&mut bits)?;
    if kind.is_interlaced {
        bits.flag()?;
    }
    bits.flag()?;
    if bits.flag()? {
        for _ in 0..4 {
            bits.ue()?;
        }
    }
    if bits.flag()? { usability(&mut bits) } else { None }
}

/// Everything up to the flag that says whether pictures are whole.
fn kind(bits: &mut Bits) -> Option<Kind> {
    let profile = bits.bits(8)?;
    bits.bits(16)?;
    bits.ue()?;
    let (mut chroma_format, mut depth_bits) = (1, 8);
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        (chroma_format, depth_bits) = high_profile(bits)?;
    }
    bits.ue()?;
    match bits.ue()? {
        0 => {
            bits.ue()?;
        }
        1 => {
            bits.flag()?;
            bits.se()?;
            bits.se()?;
            for _ in 0..bits.ue()?.min(255) {
                bits.se()?;
            }
        }
        _ => {}
    }
    bits.ue()?;
    bits.flag()?;
    bits.ue()?;
    bits.ue()?;
    let is_interlaced = !bits.flag()?;
    Some(Kind { chroma_format, depth_bits, is_interlaced })
}

/// The chroma format and bits a value; scaling lists are passed over.
fn high_profile(bits: &mut Bits) -> Option<(u32, u32)> {
    let chroma = bits.ue()?;
    if chroma == 3 {
        bits.flag()?;
    }
    let depth_bits = bits.ue()?.max(bits.ue()?).saturating_add(8);
    bits.flag()?;
    if bits.flag()? {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((chroma, depth_bits))
}

fn skip_scaling_list(bits: &mut Bits, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..size {
        if next != 0 {
            next = last.wrapping_add(bits.se()?) & 255;
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// The video usability information up to the matrix.
fn usability(bits: &mut Bits) -> Option<Colour> {
    const EXTENDED_ASPECT: u32 = 255;
    if bits.flag()? && bits.bits(8)? == EXTENDED_ASPECT {
        bits.bits(32)?;
    }
    if bits.flag()? {
        bits.flag()?;
    }
    let mut colour = Colour::default();
    if bits.flag()? {
        bits.bits(3)?;
        colour.full_range = bits.flag()?;
        if bits.flag()? {
            bits.bits(16)?;
            colour.matrix = Matrix::from_code(bits.bits(8)?);
        }
    }
    Some(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs `(value, bits)` pairs; `bits == 0` writes unsigned Exp-Golomb.
    fn pack(parts: &[(u32, u32)]) -> Vec<u8> {
        let mut text = String::new();
        for &(value, bits) in parts {
            if bits == 0 {
                let code = format!("{:b}", value + 1);
                text.push_str(&"0".repeat(code.len() - 1));
                text.push_str(&code);
            } else {
                text.push_str(&format!("{value:0width$b}", width = bits as usize));
            }
        }
        text.push('1');
        while !text.len().is_multiple_of(8) {
            text.push('0');
        }
        (0..text.len()).step_by(8).map(|at| u8::from_str_radix(&text[at..at + 8], 2).expect("bits")).collect()
    }

    #[test]
    fn the_matrix_and_range_are_found() {
        let head = [(0x67, 8), (66, 8), (0, 8), (30, 8), (0, 0), (0, 0), (2, 0), (1, 0), (0, 1), (39, 0), (29, 0)];
        let tail =
            [(1, 1), (1, 1), (0, 1), (1, 1), (0, 1), (0, 1), (1, 1), (5, 3), (1, 1), (1, 1), (1, 8), (1, 8), (1, 8)];
        let nal = pack(&[head.as_slice(), tail.as_slice()].concat());
        assert_eq!(colour(&nal), Colour { matrix: Matrix::Bt709, full_range: true }, "tagged");
        for length in 0..nal.len() {
            let _cut_short_never_panics = colour(&nal[..length]);
        }
        assert_eq!(colour(&nal[..4]), Colour::default(), "cut short: untagged");
    }

    /// A High parameter set with this chroma format and these bits above 8, of whole pictures or of halves.
    fn high(profile: u32, chroma: u32, more_bits: u32, whole: u32) -> Vec<u8> {
        let head = [(0x67, 8), (profile, 8), (0, 8), (40, 8), (0, 0), (chroma, 0)];
        let planes: &[(u32, u32)] = if chroma == 3 { &[(0, 1)] } else { &[] };
        let depths = [(more_bits, 0), (more_bits, 0), (0, 1), (0, 1)];
        let tail = [(0, 0), (2, 0), (1, 0), (0, 1), (39, 0), (29, 0), (whole, 1), (1, 1), (0, 1), (0, 1)];
        pack(&[head.as_slice(), planes, &depths, &tail].concat())
    }

    #[test]
    fn what_is_not_decoded_is_known_by_its_profile() {
        let fault = |nal: &[u8]| fault(nal).map(|(what, cure)| format!("{what}; {cure}"));
        assert_eq!(fault(&high(100, 1, 0, 1)), None, "High is decoded");
        assert_eq!((fault(&high(100, 0, 0, 1)), is_grey(&high(100, 0, 0, 1))), (None, true), "grey too");
        assert!(!is_grey(&high(100, 1, 0, 1)), "and 4:2:0 is not grey");
        for (nal, words) in [
            (high(110, 1, 2, 1), "High 10;"),
            (high(110, 1, 0, 1), "High 10;"),
            (high(122, 2, 0, 1), "High 4:2:2;"),
            (high(244, 3, 0, 1), "High 4:4:4 Predictive;"),
            (high(118, 1, 0, 1), "number 118;"),
            (high(100, 1, 2, 1), "High with 10 bits a value and 4:2:0;"),
            (high(100, 3, 0, 1), "High with 8 bits a value and 4:4:4;"),
        ] {
            let told = fault(&nal).unwrap_or_default();
            assert!(told.contains(words) && told.contains("-pix_fmt yuv420p OUT.mp4"), "{words} {told}");
        }
        let told = fault(&high(100, 1, 0, 0)).unwrap_or_default();
        assert!(told.contains("it is interlaced; ") && told.contains("yadif"), "{told}");
        assert_eq!(fault(&high(100, 1, 0, 1)[..3]), None, "cut short");
    }
}
