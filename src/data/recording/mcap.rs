//! MCAP (version 0, <https://mcap.dev/spec>): its records, by its index where it has one and else from the beginning.
//!
//! Opening reads the summary and the indexes of messages, never a chunk; where they are absent, damaged or incomplete, the
//! whole file is read once. Checksums of the summary and of chunks are held against the bytes; that of the whole data
//! section only where the file is read from the beginning. Deliberately not: attachments, metadata and writing.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;

use super::bytes::Front;
use super::index::{At, Chunk, Found, NO_CHUNK, read_at};
use super::unpack::{MOST_CHUNK_BYTES, Packed, expect_known};
use super::walk::Walk;
use crate::base::Monitor;
use crate::data::fault::{Fault, cut};

/// At both ends of a file.
pub(super) const MAGIC: [u8; 8] = [0x89, b'M', b'C', b'A', b'P', b'0', b'\r', b'\n'];

const FOOTER: u8 = 0x02;
const SCHEMA: u8 = 0x03;
const CHANNEL: u8 = 0x04;
const MESSAGE: u8 = 0x05;
const CHUNK: u8 = 0x06;
const MESSAGE_INDEX: u8 = 0x07;
const CHUNK_INDEX: u8 = 0x08;
const STATISTICS: u8 = 0x0b;
const DATA_END: u8 = 0x0f;

/// Opcode and length.
const HEAD_BYTES: u64 = 9;
/// Two places and a checksum.
const FOOTER_BYTES: u64 = 20;
/// Channel, number and two times.
const MESSAGE_HEAD_BYTES: u64 = 22;
/// Descriptions of message types are text; a longer one is damage.
const LONGEST_DESCRIPTION_BYTES: u64 = 64 << 20;

/// All messages of a file.
pub(super) fn find(file: File, monitor: &dyn Monitor) -> Result<Found, Fault> {
    let mut note = None;
    match summary(&file) {
        Ok(Some((bytes, start))) => match by_index(&file, &bytes, start, monitor) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(Fault::Wrong(what)) => note = Some(what),
            Err(other) => return Err(other),
        },
        Ok(None) => {}
        Err(Fault::Wrong(what)) => note = Some(what),
        Err(other) => return Err(other),
    }
    let is_cut = !ends_whole(&file)?;
    let (mut found, is_told) = scan(file, monitor)?;
    if is_cut && !is_told {
        found.notes.push("It is cut short behind its messages: all of them are read.".to_owned());
    }
    found.notes.extend(note.map(|what| format!("Its index is damaged ({what}); it was searched from the beginning.")));
    Ok(found)
}

fn ends_whole(file: &File) -> Result<bool, Fault> {
    let length = MAGIC.len() as u64;
    Ok(read_at(file, file.metadata()?.len().saturating_sub(length), length)? == MAGIC)
}

/// The records of the summary and where it begins; none where a file has none or was cut.
fn summary(file: &File) -> Result<Option<(Vec<u8>, u64)>, Fault> {
    let size = file.metadata()?.len();
    let tail_bytes = HEAD_BYTES + FOOTER_BYTES + MAGIC.len() as u64;
    let Some(footer_at) = size.checked_sub(tail_bytes).filter(|at| *at >= MAGIC.len() as u64) else { return Ok(None) };
    let tail = read_at(file, footer_at, tail_bytes)?;
    let mut front = Front::new(&tail);
    if !tail.ends_with(&MAGIC) || front.byte()? != FOOTER || front.u64()? != FOOTER_BYTES {
        return Ok(None);
    }
    let (start, _, crc) = (front.u64()?, front.u64()?, front.u32()?);
    if start == 0 {
        return Ok(None);
    }
    // The checksum covers the footer down to itself.
    let end = size - MAGIC.len() as u64 - 4;
    let length = footer_at.checked_sub(start).and_then(|_| end.checked_sub(start)).ok_or_else(cut)?;
    let mut bytes = read_at(file, start, length)?;
    if crc != 0 && crc32fast::hash(&bytes) != crc {
        return Err(Fault::wrong("its summary has a wrong checksum"));
    }
    bytes.truncate((footer_at - start) as usize);
    Ok(Some((bytes, start)))
}

/// Opcode and body of the next record.
fn record<'a>(front: &mut Front<'a>) -> Result<(u8, &'a [u8]), Fault> {
    let (opcode, length) = (front.byte()?, front.u64()?);
    Ok((opcode, front.take(length)?))
}

/// What a summary says of a chunk.
struct Listed {
    chunk: Chunk,
    /// Bytes of message indexes that follow it.
    indexes: u64,
    is_empty: bool,
}

fn listed(body: &[u8]) -> Result<Listed, Fault> {
    let mut front = Front::new(body);
    let (_, _) = (front.u64()?, front.u64()?);
    let chunk = Chunk { at: front.u64()?, length: front.u64()? };
    front.counted()?;
    let indexes = front.u64()?;
    expect_known(front.text()?)?;
    let (_, size) = (front.u64()?, front.u64()?);
    Ok(Listed { chunk, indexes, is_empty: size == 0 })
}

/// The names of message types, by number, and the channels that wait for theirs.
#[derive(Default)]
struct Described {
    schemas: BTreeMap<u16, String>,
    /// Number, schema, topic, encoding.
    channels: Vec<(u16, u16, String, String)>,
}

impl Described {
    fn schema(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut front = Front::new(body);
        let (id, name) = (front.u16()?, front.text()?);
        self.schemas.entry(id).or_insert_with(|| name.to_owned());
        Ok(())
    }

    fn channel(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut front = Front::new(body);
        let (id, schema) = (front.u16()?, front.u16()?);
        let (topic, encoding) = (front.text()?, front.text()?);
        self.channels.push((id, schema, topic.to_owned(), encoding.to_owned()));
        Ok(())
    }

    fn settle(&mut self, found: &mut Found) {
        for (id, schema, topic, encoding) in self.channels.drain(..) {
            let schema = self.schemas.get(&schema).map_or("", String::as_str);
            found.add_way(u32::from(id), &topic, schema, &encoding);
        }
    }
}

/// All messages by the index; `None` where it does not hold them all.
fn by_index(file: &File, summary: &[u8], start: u64, monitor: &dyn Monitor) -> Result<Option<Found>, Fault> {
    let (mut described, mut chunks, mut n_messages) = (Described::default(), Vec::new(), None);
    let mut front = Front::new(summary);
    while !front.is_empty() {
        let (opcode, body) = record(&mut front)?;
        match opcode {
            SCHEMA => described.schema(body)?,
            CHANNEL => described.channel(body)?,
            CHUNK_INDEX => chunks.push(listed(body)?),
            STATISTICS => n_messages = Some(Front::new(body).u64()?),
            _ => {}
        }
    }
    let mut found = Found::default();
    described.settle(&mut found);
    chunks.sort_by_key(|listed| listed.chunk.at);
    let mut free = MAGIC.len() as u64;
    for listed in &chunks {
        if monitor.stopped() {
            return Err(Fault::Stopped);
        }
        if listed.indexes == 0 && !listed.is_empty && n_messages.is_none() {
            return Ok(None);
        }
        // Chunks that lie over each other would be read many times over.
        let indexes_at = listed.chunk.at.checked_add(listed.chunk.length).ok_or_else(cut)?;
        let end = indexes_at.checked_add(listed.indexes).filter(|end| *end <= start).ok_or_else(cut)?;
        if listed.chunk.at < free {
            return Err(Fault::wrong("two of its chunks lie in the same place"));
        }
        free = end;
        let position = found.add_chunk(listed.chunk)?;
        let indexes = read_at(file, indexes_at, listed.indexes)?;
        if !add_indexed(&mut found, &indexes, position)? {
            return Ok(None);
        }
    }
    let is_whole = n_messages.is_none_or(|stated| stated == found.n_messages()) && !chunks.is_empty();
    Ok(is_whole.then_some(found))
}

/// Adds the messages of one chunk; false where one is of no known channel.
fn add_indexed(found: &mut Found, indexes: &[u8], chunk: u32) -> Result<bool, Fault> {
    let mut front = Front::new(indexes);
    while !front.is_empty() {
        let (opcode, body) = record(&mut front)?;
        if opcode != MESSAGE_INDEX {
            continue;
        }
        let mut body = Front::new(body);
        let id = u32::from(body.u16()?);
        if !found.knows(id) {
            return Ok(false);
        }
        let mut entries = Front::new(body.counted()?);
        while !entries.is_empty() {
            found.add_message(id, At { time_ns: entries.u64()?, chunk, offset: entries.u64()? });
        }
    }
    Ok(true)
}

/// All messages from the beginning, up to where the file ends or makes no sense; and whether it was told that it is cut.
fn scan(file: File, monitor: &dyn Monitor) -> Result<(Found, bool), Fault> {
    let mut walk = Walk::new(file)?;
    walk.skip(MAGIC.len() as u64)?;
    let (mut found, mut described) = (Found::default(), Described::default());
    loop {
        if monitor.stopped() {
            return Err(Fault::Stopped);
        }
        let (at, sum) = (walk.at, walk.sum());
        if walk.left() < HEAD_BYTES {
            found.notes.push(cut_note(at));
            return Ok((found, true));
        }
        let mut head = Head::new(&walk.bytes(HEAD_BYTES)?)?;
        if head.length > walk.left() {
            found.notes.push(cut_note(at));
            return Ok((found, true));
        }
        match head.opcode {
            SCHEMA | CHANNEL if head.length <= LONGEST_DESCRIPTION_BYTES => {
                let body = walk.bytes(std::mem::take(&mut head.length))?;
                let read = if head.opcode == SCHEMA { described.schema(&body) } else { described.channel(&body) };
                read.or_else(|fault| found.damaged(at, fault))?;
                described.settle(&mut found);
            }
            MESSAGE if head.length >= MESSAGE_HEAD_BYTES => {
                let start = walk.bytes(MESSAGE_HEAD_BYTES)?;
                head.length -= MESSAGE_HEAD_BYTES;
                let (id, time_ns) = message_head(&mut Front::new(&start))?;
                found.add_message(id, At { time_ns, chunk: NO_CHUNK, offset: at });
            }
            CHUNK if head.length <= MOST_CHUNK_BYTES => {
                let length = std::mem::take(&mut head.length);
                let body = walk.bytes(length)?;
                let position = found.add_chunk(Chunk { at, length: HEAD_BYTES + length })?;
                let read = chunk_of(&body).and_then(|packed| packed.unpack());
                let read = read.and_then(|bytes| add_chunk(&mut found, &mut described, &bytes, position));
                read.or_else(|fault| found.damaged(at, fault))?;
            }
            DATA_END if head.length >= 4 => {
                let stated = u32::from_le_bytes(walk.array()?);
                if stated != 0 && stated != sum {
                    let text = "Its checksum is wrong: some bytes are not those that were written; download it again.";
                    found.notes.push(text.to_owned());
                }
                return Ok((found, false));
            }
            FOOTER => return Ok((found, false)),
            _ => {}
        }
        walk.skip(head.length)?;
    }
}

/// Opcode and length of a record.
struct Head {
    opcode: u8,
    length: u64,
}

impl Head {
    fn new(bytes: &[u8]) -> Result<Self, Fault> {
        let mut front = Front::new(bytes);
        Ok(Self { opcode: front.byte()?, length: front.u64()? })
    }
}

fn cut_note(at: u64) -> String {
    format!(
        "It is cut short at byte {at}, as when a recorder is stopped hard: what lies before is read; `mcap recover` makes \
         a whole file of it."
    )
}

/// Adds what an unpacked chunk holds.
fn add_chunk(found: &mut Found, described: &mut Described, bytes: &[u8], chunk: u32) -> Result<(), Fault> {
    let mut front = Front::new(bytes);
    while !front.is_empty() {
        let offset = (bytes.len() - front.rest.len()) as u64;
        let (opcode, body) = record(&mut front)?;
        match opcode {
            SCHEMA => described.schema(body)?,
            CHANNEL => {
                described.channel(body)?;
                described.settle(found);
            }
            MESSAGE => {
                let (id, time_ns) = message_head(&mut Front::new(body))?;
                found.add_message(id, At { time_ns, chunk, offset });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Channel and log time.
fn message_head(front: &mut Front<'_>) -> Result<(u32, u64), Fault> {
    let (channel, _, log_time, _) = (front.u16()?, front.u32()?, front.u64()?, front.u64()?);
    Ok((u32::from(channel), log_time))
}

/// The chunk in a record.
pub(super) fn packed(bytes: &[u8]) -> Result<Packed<'_>, Fault> {
    let (opcode, body) = record(&mut Front::new(bytes))?;
    if opcode != CHUNK {
        return Err(Fault::wrong("its index names a place where no chunk is"));
    }
    chunk_of(body)
}

fn chunk_of(body: &[u8]) -> Result<Packed<'_>, Fault> {
    let mut front = Front::new(body);
    let (_, _, size, crc) = (front.u64()?, front.u64()?, front.u64()?, front.u32()?);
    let packing = front.text()?;
    let length = front.u64()?;
    Ok(Packed { packing, size, crc, bytes: front.take(length)? })
}

/// Where in a record the message's own bytes lie.
pub(super) fn message(bytes: &[u8], time_ns: u64) -> Result<Range<usize>, Fault> {
    let (opcode, body) = record(&mut Front::new(bytes))?;
    let mut front = Front::new(body);
    if opcode != MESSAGE || message_head(&mut front)?.1 != time_ns {
        return Err(Fault::wrong("its index names a place where no such message is"));
    }
    let start = (HEAD_BYTES + MESSAGE_HEAD_BYTES) as usize;
    Ok(start..start + front.rest.len())
}

/// Bytes of the record at `at`.
pub(super) fn record_length(file: &File, at: u64) -> Result<u64, Fault> {
    let head = Head::new(&read_at(file, at, HEAD_BYTES)?)?;
    head.length.checked_add(HEAD_BYTES).ok_or_else(cut)
}
