//! Protobuf on the wire, of a message in memory: fields one after the other, every length held against what is there.
//!
//! Deliberately not: groups, packed numbers, any knowledge of a message's meaning, and messages too long for memory.

/// What is wrong with a message. Whoever reads it says so in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A length reaches beyond its end.
    Cut,
    /// A number goes on for longer than any.
    Endless,
    /// A tag names no kind of value.
    UnknownKind,
    /// A field holds another kind of value than was asked for.
    OtherKind,
    /// A text is none.
    NoText,
}

/// What stands behind a tag.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A whole number.
    Number(u64),
    /// Eight bytes of fixed length.
    Eight([u8; 8]),
    /// Bytes, a text or a message.
    Bytes(&'a [u8]),
    /// Four bytes of fixed length.
    Four([u8; 4]),
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its number.
    pub number: u64,
    /// Its value.
    pub value: Value<'a>,
    /// Where its tag begins, in bytes from the start of the message.
    pub start: usize,
    /// Where the next field begins.
    pub end: usize,
}

/// The fields of a message in the file's order.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// Of a message's bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next field; none at the end.
    ///
    /// # Errors
    /// Where the message does not read on.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot be asked with `?`")]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, Wrong> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Eight(self.array()?),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Four(self.array()?),
            _ => return Err(Wrong::UnknownKind),
        };
        Ok(Some(Field { number: tag >> 3, value, start, end: self.at }))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Wrong> {
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len()).ok_or(Wrong::Cut)?;
        self.at += length;
        Ok(&rest[..length])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let (front, _) = self.bytes[self.at..].split_first_chunk::<N>().ok_or(Wrong::Cut)?;
        self.at += N;
        Ok(*front)
    }

    fn varint(&mut self) -> Result<u64, Wrong> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(Wrong::Endless)
    }
}

impl<'a> Value<'a> {
    /// The bytes of a field that holds some.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn bytes(self) -> Result<&'a [u8], Wrong> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(Wrong::OtherKind) }
    }

    /// The text of a field that holds one.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn text(self) -> Result<&'a str, Wrong> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Wrong::NoText)
    }

    /// The number of a field that holds one.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn number(self) -> Result<u64, Wrong> {
        if let Self::Number(number) = self { Ok(number) } else { Err(Wrong::OtherKind) }
    }
}

/// Appends a field of bytes, in parts that follow one another.
pub fn push(to: &mut Vec<u8>, number: u64, parts: &[&[u8]]) {
    push_varint(to, number << 3 | 2);
    push_varint(to, parts.iter().map(|part| part.len() as u64).sum());
    for part in parts {
        to.extend_from_slice(part);
    }
}

fn push_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        to.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_read_and_what_is_cut_is_refused() {
        let mut bytes = vec![8, 150, 1];
        push(&mut bytes, 300, &[&[7; 150], &[7; 50]]);
        let mut fields = Fields::new(&bytes);
        let first = fields.next().unwrap().unwrap();
        assert_eq!((first.number, first.value.number(), first.start, first.end), (1, Ok(150), 0, 3));
        let second = fields.next().unwrap().unwrap();
        assert_eq!((second.number, second.value.bytes(), second.end), (300, Ok(&[7; 200][..]), bytes.len()));
        assert!(fields.next().unwrap().is_none(), "the end");
        for length in 1..bytes.len() {
            let mut fields = Fields::new(&bytes[..length]);
            let whole = length == 3;
            let last = fields.next().and_then(|_| fields.next());
            assert_eq!(last.is_ok(), whole, "{length} bytes");
        }
        assert!(Fields::new(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]).next().is_err(), "endless");
        assert!(Fields::new(&[11]).next().is_err(), "a group");
    }
}
