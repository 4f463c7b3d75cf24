//! Protobuf on the wire, as far as an ONNX file needs it: fields one after the other, every length held against what is there.
//!
//! Deliberately not: groups, packed numbers, and any knowledge of a message's meaning.

/// What stands behind a tag.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes that nobody here asks for.
    Fixed,
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: Value<'a>,
    /// Where its tag begins, in bytes from the start of the message.
    pub(super) start: usize,
    /// Where the next field begins.
    pub(super) end: usize,
}

/// The fields of a message in the file's order.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next field; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, &'static str> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err("a field in it is of no known kind"),
        };
        Ok(Some(Field { number: tag >> 3, value, start, end: self.at }))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], &'static str> {
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len()).ok_or("it is cut short")?;
        self.at += length;
        Ok(&rest[..length])
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err("a number in it does not end")
    }
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], &'static str> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err("a field in it is of the wrong kind") }
    }

    pub(super) fn text(self) -> Result<&'a str, &'static str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a name in it is no text")
    }

    pub(super) fn number(self) -> Result<u64, &'static str> {
        if let Self::Number(number) = self { Ok(number) } else { Err("a field in it is of the wrong kind") }
    }
}

/// Appends a field of bytes, in parts that follow one another.
pub(super) fn push(to: &mut Vec<u8>, number: u64, parts: &[&[u8]]) {
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
