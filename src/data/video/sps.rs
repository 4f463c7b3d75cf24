//! The colour description in an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1 and annex E).

use super::colour::{Colour, Matrix};

/// Reads bits after the emulation prevention bytes are gone.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(nal: &[u8]) -> Self {
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
    fn ue(&mut self) -> Option<u32> {
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

/// The colour that the parameter set `nal` (with its one header byte) declares; the default where it says nothing.
pub(super) fn colour(nal: &[u8]) -> Colour {
    described(nal).unwrap_or_default()
}

fn described(nal: &[u8]) -> Option<Colour> {
    let mut bits = Bits::new(nal.get(1..)?);
    let profile = bits.bits(8)?;
    bits.bits(16)?;
    bits.ue()?;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        skip_high_profile(&mut bits)?;
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
    if !bits.flag()? {
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

fn skip_high_profile(bits: &mut Bits) -> Option<()> {
    let chroma = bits.ue()?;
    if chroma == 3 {
        bits.flag()?;
    }
    bits.ue()?;
    bits.ue()?;
    bits.flag()?;
    if bits.flag()? {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(())
}

fn skip_scaling_list(bits: &mut Bits, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.se()?) & 255;
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
}
