//! ROS 1 bags (version 2.0, <https://wiki.ros.org/Bags/Format/2.0>): by their index where they were closed, and else from
//! the beginning.
//!
//! Deliberately not: bzip2, older versions and encrypted bags, which are refused with the cure.

use std::fs::File;
use std::ops::Range;

use super::bytes::Front;
use super::index::{At, Chunk, Found, NO_CHUNK, read_at};
use super::unpack::{MOST_CHUNK_BYTES, Packed, expect_known};
use super::walk::Walk;
use crate::base::Monitor;
use crate::data::fault::{Fault, cut};

/// What all bags begin with; the version follows.
pub(super) const MAGIC: &[u8] = b"#ROSBAG ";
const VERSION: &[u8] = b"V2.0\n";

const MESSAGE: u8 = 2;
const BAG: u8 = 3;
const INDEX: u8 = 4;
const CHUNK: u8 = 5;
const CHUNK_INFO: u8 = 6;
const CONNECTION: u8 = 7;

/// Heads hold a few numbers and a topic's name; a longer one is damage.
const LONGEST_HEAD_BYTES: u64 = 1 << 20;
/// Descriptions of connections hold the message's definition.
const LONGEST_CONNECTION_BYTES: u64 = 64 << 20;
/// Two halves of a time and a place.
const ENTRY_BYTES: usize = 12;

/// The fields of a record's head.
struct Head<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Head<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (mut front, mut fields) = (Front::new(bytes), Vec::new());
        while !front.is_empty() {
            let field = front.counted()?;
            let at = field.iter().position(|byte| *byte == b'=');
            let (name, value) = at
                .and_then(|at| field.split_at_checked(at))
                .ok_or_else(|| Fault::wrong("a field in it has no name"))?;
            fields.push((name, value.get(1..).unwrap_or_default()));
        }
        Ok(Self(fields))
    }

    fn bytes(&self, name: &str) -> Result<&'a [u8], Fault> {
        let field = self.0.iter().find(|(other, _)| *other == name.as_bytes());
        field.map(|(_, value)| *value).ok_or_else(|| Fault::wrong(format!("a record in it has no `{name}`")))
    }

    fn text(&self, name: &str) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes(name)?).map_err(|_| Fault::wrong("a name in it is no text"))
    }

    fn kind(&self) -> Result<u8, Fault> {
        Front::new(self.bytes("op")?).byte()
    }

    fn u32(&self, name: &str) -> Result<u32, Fault> {
        Front::new(self.bytes(name)?).u32()
    }

    fn u64(&self, name: &str) -> Result<u64, Fault> {
        Front::new(self.bytes(name)?).u64()
    }

    fn time_ns(&self) -> Result<u64, Fault> {
        time_ns(&mut Front::new(self.bytes("time")?))
    }
}

fn time_ns(front: &mut Front<'_>) -> Result<u64, Fault> {
    let (seconds, nanoseconds) = (front.u32()?, front.u32()?);
    Ok(u64::from(seconds) * 1_000_000_000 + u64::from(nanoseconds))
}

/// Head and data of the next record.
fn record<'a>(front: &mut Front<'a>) -> Result<(Head<'a>, &'a [u8]), Fault> {
    Ok((Head::new(front.counted()?)?, front.counted()?))
}

/// All messages of a file.
pub(super) fn find(file: &File, monitor: &dyn Monitor) -> Result<Found, Fault> {
    let mut walk = Walk::new(file.try_clone()?)?;
    walk.skip(MAGIC.len() as u64)?;
    let version = walk.bytes(walk.left().min(VERSION.len() as u64))?;
    if version != VERSION {
        return Err(Fault::unsupported(
            "it is a ROS bag of another version than 2.0",
            "bring it up to date with `rosbag fix`",
        ));
    }
    let head = match next_head(&mut walk)? {
        Next::Head(bytes, length) => {
            walk.skip(length.min(walk.left()))?;
            bytes
        }
        Next::End | Next::Cut => return Err(Fault::wrong("it ends before its first message")),
    };
    let head = Head::new(&head)?;
    if head.kind()? != BAG {
        return Err(Fault::wrong("it does not begin with a bag's head"));
    }
    if head.text("encryptor").is_ok_and(|name| !name.is_empty() && name != "rosbag/NoEncryptor") {
        return Err(Fault::unsupported("it is encrypted", "decrypt it with `rosbag decrypt`"));
    }
    let index_at = head.u64("index_pos")?;
    let fault = if index_at == 0 {
        None
    } else {
        match by_index(file, index_at, (head.u32("conn_count")?, head.u32("chunk_count")?), monitor) {
            Ok(found) => return Ok(found),
            Err(Fault::Wrong(what)) => Some(what),
            Err(other) => return Err(other),
        }
    };
    let mut found = scan(walk, monitor)?;
    found.notes.push(match fault {
        Some(what) => {
            format!("Its index is damaged ({what}); it was searched from the beginning, `rosbag reindex` mends it.")
        }
        None => {
            "It has no index, as when a recorder is stopped hard: it was searched from the beginning; `rosbag reindex` \
                 makes one."
                .to_owned()
        }
    });
    Ok(found)
}

fn add_connection(found: &mut Found, head: &Head<'_>, data: &[u8]) -> Result<(), Fault> {
    let (id, topic) = (head.u32("conn")?, head.text("topic")?);
    found.add_way(id, topic, Head::new(data)?.text("type")?, "ros1");
    Ok(())
}

/// All messages by the index that begins at `index_at`. `stated` are the numbers of connections and chunks.
fn by_index(file: &File, index_at: u64, stated: (u32, u32), monitor: &dyn Monitor) -> Result<Found, Fault> {
    let tail = read_at(file, index_at, file.metadata()?.len().checked_sub(index_at).ok_or_else(cut)?)?;
    let (mut found, mut chunks, mut n_connections) = (Found::default(), Vec::new(), 0_u32);
    let mut front = Front::new(&tail);
    while !front.is_empty() {
        let (head, data) = record(&mut front)?;
        match head.kind()? {
            CONNECTION => {
                add_connection(&mut found, &head, data)?;
                n_connections += 1;
            }
            CHUNK_INFO => {
                let counts = data.as_chunks::<8>().0.iter();
                let counts = counts.map(|[.., a, b, c, d]| u64::from(u32::from_le_bytes([*a, *b, *c, *d])));
                chunks.push((head.u64("chunk_pos")?, counts.sum::<u64>()));
            }
            _ => {}
        }
    }
    if (n_connections, chunks.len() as u64) != (stated.0, u64::from(stated.1)) {
        return Err(Fault::wrong("it does not hold as many topics and chunks as it says"));
    }
    chunks.sort_unstable();
    let ends = chunks.iter().skip(1).map(|(at, _)| *at).chain([index_at]).collect::<Vec<u64>>();
    for ((at, n_messages), end) in chunks.into_iter().zip(ends) {
        if monitor.stopped() {
            return Err(Fault::Stopped);
        }
        let before = found.n_messages();
        let length = record_length(file, at)?;
        let indexes_at = at.checked_add(length).filter(|at| *at <= end).ok_or_else(cut)?;
        let position = found.add_chunk(Chunk { at, length })?;
        let indexes = read_at(file, indexes_at, end - indexes_at)?;
        add_indexed(&mut found, &indexes, position)?;
        if found.n_messages() - before != n_messages {
            return Err(Fault::wrong("it does not hold as many messages as it says"));
        }
    }
    Ok(found)
}

/// Adds the messages of one chunk.
fn add_indexed(found: &mut Found, indexes: &[u8], chunk: u32) -> Result<(), Fault> {
    let mut front = Front::new(indexes);
    while !front.is_empty() {
        let (head, data) = record(&mut front)?;
        if head.kind()? != INDEX {
            continue;
        }
        let (id, version, count) = (head.u32("conn")?, head.u32("ver")?, head.u32("count")? as usize);
        if version != 1 || data.len() != count.saturating_mul(ENTRY_BYTES) || !found.knows(id) {
            return Err(Fault::wrong("a part of it is of no known kind"));
        }
        let mut entries = Front::new(data);
        while !entries.is_empty() {
            let (time_ns, offset) = (time_ns(&mut entries)?, u64::from(entries.u32()?));
            found.add_message(id, At { time_ns, chunk, offset });
        }
    }
    Ok(())
}

/// What comes next in a file that is read in order.
enum Next {
    /// A head, and the length of the data behind it.
    Head(Vec<u8>, u64),
    End,
    Cut,
}

fn next_head(walk: &mut Walk) -> Result<Next, Fault> {
    match walk.left() {
        0 => return Ok(Next::End),
        1..4 => return Ok(Next::Cut),
        _ => {}
    }
    let length = u64::from(u32::from_le_bytes(walk.array()?));
    if length > LONGEST_HEAD_BYTES || length > walk.left().saturating_sub(4) {
        return Ok(Next::Cut);
    }
    let head = walk.bytes(length)?;
    Ok(Next::Head(head, u64::from(u32::from_le_bytes(walk.array()?))))
}

/// All messages from the beginning, up to where the file ends or makes no sense.
fn scan(mut walk: Walk, monitor: &dyn Monitor) -> Result<Found, Fault> {
    let mut found = Found::default();
    loop {
        if monitor.stopped() {
            return Err(Fault::Stopped);
        }
        let at = walk.at;
        let (bytes, mut length) = match next_head(&mut walk)? {
            Next::End => return Ok(found),
            Next::Head(bytes, length) if length <= walk.left() => (bytes, length),
            Next::Head(..) | Next::Cut => {
                found.notes.push(format!("It is cut short at byte {at}; what lies before is read."));
                return Ok(found);
            }
        };
        let head = Head::new(&bytes);
        let kind = head.as_ref().map_or(Ok(0), Head::kind).unwrap_or(0);
        match (head, kind) {
            (Ok(head), CHUNK) if length <= MOST_CHUNK_BYTES => {
                let data = walk.bytes(std::mem::take(&mut length))?;
                let position = found.add_chunk(Chunk { at, length: walk.at - at })?;
                let read = packed_of(&head, &data).and_then(|packed| packed.unpack());
                let read = read.and_then(|bytes| add_chunk(&mut found, &bytes, position));
                read.or_else(|fault| found.damaged(at, fault))?;
            }
            (Ok(head), CONNECTION) if length <= LONGEST_CONNECTION_BYTES => {
                let data = walk.bytes(std::mem::take(&mut length))?;
                add_connection(&mut found, &head, &data).or_else(|fault| found.damaged(at, fault))?;
            }
            (Ok(head), MESSAGE) => match (head.u32("conn"), head.time_ns()) {
                (Ok(id), Ok(time_ns)) => found.add_message(id, At { time_ns, chunk: NO_CHUNK, offset: at }),
                (Err(fault), _) | (_, Err(fault)) => found.damaged(at, fault)?,
            },
            (Err(fault), _) => found.damaged(at, fault)?,
            _ => {}
        }
        walk.skip(length)?;
    }
}

/// Adds what an unpacked chunk holds.
fn add_chunk(found: &mut Found, bytes: &[u8], chunk: u32) -> Result<(), Fault> {
    let mut front = Front::new(bytes);
    while !front.is_empty() {
        let offset = (bytes.len() - front.rest.len()) as u64;
        let (head, data) = record(&mut front)?;
        match head.kind()? {
            CONNECTION => add_connection(found, &head, data)?,
            MESSAGE => found.add_message(head.u32("conn")?, At { time_ns: head.time_ns()?, chunk, offset }),
            _ => {}
        }
    }
    Ok(())
}

/// The chunk in a record.
pub(super) fn packed(bytes: &[u8]) -> Result<Packed<'_>, Fault> {
    let (head, data) = record(&mut Front::new(bytes))?;
    packed_of(&head, data)
}

fn packed_of<'a>(head: &Head<'a>, data: &'a [u8]) -> Result<Packed<'a>, Fault> {
    if head.kind()? != CHUNK {
        return Err(Fault::wrong("its index names a place where no chunk is"));
    }
    let packing = head.text("compression")?;
    expect_known(packing)?;
    Ok(Packed { packing, size: u64::from(head.u32("size")?), crc: 0, bytes: data })
}

/// Where in a record the message's own bytes lie.
pub(super) fn message(bytes: &[u8], time_ns: u64) -> Result<Range<usize>, Fault> {
    let mut front = Front::new(bytes);
    let (head, data) = record(&mut front)?;
    if head.kind()? != MESSAGE || head.time_ns()? != time_ns {
        return Err(Fault::wrong("its index names a place where no such message is"));
    }
    let end = bytes.len() - front.rest.len();
    Ok(end - data.len()..end)
}

/// Bytes of the record at `at`. A chunk whose compression is not read is refused at once.
pub(super) fn record_length(file: &File, at: u64) -> Result<u64, Fault> {
    let head_length = Front::new(&read_at(file, at, 4)?).u32()?;
    if u64::from(head_length) > LONGEST_HEAD_BYTES {
        return Err(cut());
    }
    let bytes = read_at(file, at, u64::from(head_length) + 8)?;
    let mut front = Front::new(&bytes);
    let head = Head::new(front.counted()?)?;
    if head.kind()? == CHUNK {
        expect_known(head.text("compression")?)?;
    }
    Ok(u64::from(head_length) + 8 + u64::from(front.u32()?))
}
