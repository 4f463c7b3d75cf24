//! One open recording: its topics, where each message of those that are read lies, and the messages on demand.
//!
//! Both containers come out here the same: chunks of messages, topics by name, messages in the order of their log times.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunks::Chunks;
use super::message::{Coding, Kind};
use super::unpack::MOST_CHUNK_BYTES;
use super::{bag, mcap};
use crate::base::Monitor;
use crate::data::fault::{Fault, cut};

/// Messages that lie in no chunk.
pub(super) const NO_CHUNK: u32 = u32::MAX;

/// Where a message lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// When it was recorded: nanoseconds since whatever the clock counts from.
    pub(super) time_ns: u64,
    /// Position among the chunks, or [`NO_CHUNK`].
    pub(super) chunk: u32,
    /// Of its record, from the start of the unpacked chunk or of the file.
    pub(super) offset: u64,
}

/// The record of a chunk, with its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) at: u64,
    pub(super) length: u64,
}

/// What a recording says about one topic.
#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    /// The name of the message's type.
    pub(super) schema: String,
    /// `cdr`, `ros1`, `protobuf`, `json` or another.
    pub(super) encoding: String,
    /// How its messages are read; `None` where they are not.
    pub(super) reading: Option<(Coding, Kind)>,
    /// All its messages, also where they are not read.
    pub(super) count: u64,
    /// In the order of their times; empty where they are not read.
    pub(super) messages: Vec<At>,
}

impl Topic {
    pub(super) fn is_video(&self) -> bool {
        matches!(self.reading, Some((_, Kind::Video)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Mcap,
    Bag,
}

pub(super) struct Recording {
    pub(super) path: PathBuf,
    container: Container,
    chunks: Vec<Chunk>,
    /// Sorted by name.
    pub(super) topics: Vec<Topic>,
    /// What is odd about the file.
    pub(super) notes: Vec<String>,
}

/// A message's own bytes.
pub(super) struct Piece {
    whole: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }
}

impl Recording {
    /// Finds the messages of the file at `path`.
    pub(super) fn open(path: &Path, monitor: &dyn Monitor) -> Result<Self, Fault> {
        let mut file = File::open(path)?;
        let mut first = [0; mcap::MAGIC.len()];
        let container = match file.read_exact(&mut first) {
            Ok(()) if first == mcap::MAGIC => Container::Mcap,
            Ok(()) if bag::MAGIC.starts_with(&first) => Container::Bag,
            Ok(()) => return Err(refused(first)),
            Err(_) => return Err(Fault::wrong("it ends before it says what it is")),
        };
        let found = match container {
            Container::Mcap => mcap::find(file, monitor)?,
            Container::Bag => bag::find(&file, monitor)?,
        };
        Ok(found.into_recording(path, container))
    }

    pub(super) fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name && topic.reading.is_some())
    }

    /// How many places of messages it holds in memory.
    pub(super) fn weight(&self) -> usize {
        self.topics.iter().map(|topic| topic.messages.len()).sum()
    }

    /// The message at `at`; `number` is the recording's among those that share `chunks`.
    pub(super) fn message(&self, at: &At, chunks: &Chunks, number: usize) -> Result<Piece, Fault> {
        if at.chunk == NO_CHUNK {
            return self.loose(at);
        }
        let chunk = *self.chunks.get(at.chunk as usize).ok_or_else(cut)?;
        let whole = chunks.get((number, at.chunk), || self.unpacked(chunk))?;
        let offset = usize::try_from(at.offset).map_err(|_| cut())?;
        let record = whole.get(offset..).ok_or_else(cut)?;
        let inner = self.inner(record, at)?;
        let range = offset + inner.start..offset + inner.end;
        Ok(Piece { whole, range })
    }

    fn unpacked(&self, chunk: Chunk) -> Result<Vec<u8>, Fault> {
        let record = read_at(&File::open(&self.path)?, chunk.at, chunk.length)?;
        match self.container {
            Container::Mcap => mcap::packed(&record)?.unpack(),
            Container::Bag => bag::packed(&record)?.unpack(),
        }
    }

    /// A message that lies in the file itself.
    fn loose(&self, at: &At) -> Result<Piece, Fault> {
        let file = File::open(&self.path)?;
        let length = match self.container {
            Container::Mcap => mcap::record_length(&file, at.offset)?,
            Container::Bag => bag::record_length(&file, at.offset)?,
        };
        let record = read_at(&file, at.offset, length)?;
        let range = self.inner(&record, at)?;
        Ok(Piece { whole: Arc::new(record), range })
    }

    /// Where in its record the message's own bytes lie.
    fn inner(&self, record: &[u8], at: &At) -> Result<Range<usize>, Fault> {
        match self.container {
            Container::Mcap => mcap::message(record, at.time_ns),
            Container::Bag => bag::message(record, at.time_ns),
        }
    }
}

fn refused(first: [u8; mcap::MAGIC.len()]) -> Fault {
    if first.starts_with(b"#ROSBAG") {
        return Fault::unsupported("it is a ROS bag older than 2.0", "bring it up to date with `rosbag fix`");
    }
    if first.starts_with(b"version ") {
        return Fault::unsupported("it is only the name of a file that Git LFS keeps", "fetch it with `git lfs pull`");
    }
    if first.starts_with(b"SQLite") {
        return Fault::unsupported("it is an SQLite database", "write it as MCAP with `ros2 bag convert`");
    }
    Fault::wrong("it does not begin as MCAP files and ROS bags do")
}

/// `length` bytes at `at`, never more than the file has.
pub(super) fn read_at(mut file: &File, at: u64, length: u64) -> Result<Vec<u8>, Fault> {
    let size = file.metadata()?.len();
    if at > size || length > size - at {
        return Err(cut());
    }
    // A packed chunk is hardly larger than an unpacked one.
    if length > MOST_CHUNK_BYTES + (1 << 24) {
        let what = format!("a part of it has {length} bytes, more than {MOST_CHUNK_BYTES}");
        return Err(Fault::unsupported(what, "write it again with smaller chunks"));
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| cut())?];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// One publisher's way to a topic: what MCAP calls a channel and a bag a connection.
struct Way {
    topic: String,
    schema: String,
    encoding: String,
    reading: Option<(Coding, Kind)>,
    count: u64,
    messages: Vec<At>,
}

/// What a container has found so far.
#[derive(Default)]
pub(super) struct Found {
    ways: BTreeMap<u32, Way>,
    pub(super) chunks: Vec<Chunk>,
    pub(super) notes: Vec<String>,
    /// Messages of no known topic.
    n_lost: u64,
    /// Chunks that cannot be read, and why the first cannot.
    n_damaged: u64,
    first_damage: String,
}

impl Found {
    /// The first description of a way stands.
    pub(super) fn add_way(&mut self, id: u32, topic: &str, schema: &str, encoding: &str) {
        self.ways.entry(id).or_insert_with(|| Way {
            topic: topic.to_owned(),
            schema: schema.to_owned(),
            encoding: encoding.to_owned(),
            reading: Kind::of(encoding, schema),
            count: 0,
            messages: Vec::new(),
        });
    }

    pub(super) fn knows(&self, id: u32) -> bool {
        self.ways.contains_key(&id)
    }

    pub(super) fn add_message(&mut self, id: u32, at: At) {
        let Some(way) = self.ways.get_mut(&id) else {
            self.n_lost += 1;
            return;
        };
        way.count += 1;
        if way.reading.is_some() {
            way.messages.push(at);
        }
    }

    pub(super) fn n_messages(&self) -> u64 {
        self.ways.values().map(|way| way.count).sum()
    }

    /// Adds a chunk and returns its position.
    pub(super) fn add_chunk(&mut self, chunk: Chunk) -> Result<u32, Fault> {
        let position = u32::try_from(self.chunks.len()).ok().filter(|position| *position != NO_CHUNK);
        self.chunks.push(chunk);
        position.ok_or_else(|| Fault::wrong("it has more chunks than any recording"))
    }

    /// Books a chunk that cannot be read; what stops everything is passed on.
    pub(super) fn damaged(&mut self, at: u64, fault: Fault) -> Result<(), Fault> {
        let Fault::Wrong(what) = fault else { return Err(fault) };
        if self.n_damaged == 0 {
            self.first_damage = format!("the first at byte {at}: {what}");
        }
        self.n_damaged += 1;
        Ok(())
    }

    fn into_recording(mut self, path: &Path, container: Container) -> Recording {
        if self.n_damaged > 0 {
            let text = format!(
                "Damaged chunks of it are left out ({}; {}); download it again if they are needed.",
                self.n_damaged, self.first_damage
            );
            self.notes.push(text);
        }
        if self.n_lost > 0 {
            let text =
                format!("{} of its messages belong to no topic that it describes; they are left out.", self.n_lost);
            self.notes.push(text);
        }
        let mut topics: BTreeMap<(String, String, String), Topic> = BTreeMap::new();
        for way in self.ways.into_values() {
            let key = (way.topic.clone(), way.schema.clone(), way.encoding.clone());
            let topic = topics.entry(key).or_insert_with(|| Topic {
                name: way.topic,
                schema: way.schema,
                encoding: way.encoding,
                reading: way.reading,
                count: 0,
                messages: Vec::new(),
            });
            topic.count += way.count;
            topic.messages.extend(way.messages);
        }
        let mut topics: Vec<Topic> = topics.into_values().collect();
        for topic in &mut topics {
            topic.messages.sort_unstable();
        }
        one_type_a_topic(&mut topics);
        Recording { path: path.to_owned(), container, chunks: self.chunks, topics, notes: self.notes }
    }
}

/// Of topics that carry several types the one with the most messages is read: a camera has one name.
fn one_type_a_topic(topics: &mut [Topic]) {
    for group in topics.chunk_by_mut(|a, b| a.name == b.name) {
        let readable = group.iter().enumerate().filter(|(_, topic)| topic.reading.is_some());
        let most = readable.max_by_key(|(at, topic)| (topic.count, std::cmp::Reverse(*at))).map(|(at, _)| at);
        for (at, topic) in group.iter_mut().enumerate() {
            if Some(at) != most {
                topic.reading = None;
                topic.messages = Vec::new();
            }
        }
    }
}
