//! Pictures out of messages that hold one encoded picture each and come in the order of show: from the last key message, with
//! the decoder kept for reading in order.
//!
//! A key message and those that build on it are a group, and each group gets a decoder of its own: a picture is the same
//! whatever was decoded before it, and what is behind a damaged message waits for the next key. Which messages are keys is
//! seen by looking at them, back from the wanted one; nothing is kept of those that were passed. Memory is one message, the
//! decoder's own pictures, and up to 32 MiB of pictures where the stream is walked backwards.

use std::collections::BTreeMap;
use std::path::Path;

use super::asked::{Asked, Wanted};
use super::decode::Decoder;
use super::units::{Codec, Encoded, Unit};
use crate::base::Rgb;
use crate::data::error::{DataError, guarded};
use crate::data::fault::Fault;

/// Where the messages come from.
pub(in crate::data) struct Source<'a> {
    pub(in crate::data) path: &'a Path,
    pub(in crate::data) topic: &'a str,
    pub(in crate::data) count: usize,
    pub(in crate::data) read: &'a dyn Fn(usize) -> Result<Encoded, Fault>,
}

impl Source<'_> {
    fn told(&self, at: usize, fault: Fault) -> DataError {
        fault.told(self.path, &format!("message {at} of `{}`", self.topic))
    }

    /// Whether decoding can start at a message. A damaged one is no key: whoever decodes up to it says why. One of a kind
    /// that is not read ends the search.
    fn is_key(&self, at: usize) -> Result<bool, DataError> {
        match (self.read)(at) {
            Ok(encoded) => Ok(Unit::of(&encoded).is_ok_and(|unit| unit.is_key)),
            Err(Fault::Wrong(_)) => Ok(false),
            Err(fault) => Err(self.told(at, fault)),
        }
    }
}

/// The first message from `from` on where decoding can start, of so many.
pub(in crate::data) fn next_key(source: &Source<'_>, from: usize, most: usize) -> Result<Option<usize>, DataError> {
    for at in (from..source.count).take(most) {
        if source.is_key(at)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// One stream with its decoder.
#[derive(Default)]
pub(in crate::data) struct Stream {
    group: Option<Group>,
    asked: Asked,
    /// So many messages from the first on are known to have no key among them.
    keyless: usize,
    /// Messages that went into a decoder.
    #[cfg(test)]
    pub(in crate::data) fed: usize,
}

/// A key message and those that build on it, as far as they went into the decoder.
struct Group {
    first: usize,
    codec: Codec,
    /// Waits for the key, and is gone after the end.
    decoder: Option<Decoder>,
    /// The message that goes in next.
    next: usize,
    /// Pictures that came out. Those of H.264 say nothing of where they belong: they are counted.
    emitted: usize,
    /// Pictures that came out before they were asked for.
    ready: BTreeMap<usize, Rgb>,
    end: Option<End>,
    /// Up to here, exclusive, no other key was found: beyond an end nothing goes in, and each would be sought again.
    searched: usize,
}

/// From this message on nothing comes out.
struct End {
    at: usize,
    fault: Fault,
}

impl Stream {
    /// The picture of message `at`.
    pub(in crate::data) fn frame(&mut self, source: &Source<'_>, at: usize) -> Result<Rgb, DataError> {
        let wanted = self.asked.then(at);
        // A decoder that panics does so while the group is taken out of the stream: it does not come back.
        let picture = guarded(source.path, || self.advance(source, wanted))?;
        self.asked = wanted.got(&picture);
        Ok(picture)
    }

    fn advance(&mut self, source: &Source<'_>, wanted: Wanted) -> Result<Rgb, DataError> {
        let at = wanted.rank;
        let mut group = self.group_of(source, at)?;
        let result = loop {
            if let Some(picture) = group.ready.remove(&at) {
                break Ok(picture);
            }
            if group.first + group.emitted > at {
                break Err(source.told(at, lost()));
            }
            if let Some(end) = &group.end {
                break Err(source.told(at, end.fault_at(at)));
            }
            group.step(source, wanted).map_err(|fault| source.told(at, fault))?;
            #[cfg(test)]
            {
                self.fed += 1;
            }
        };
        group.ready.retain(|rank, _| *rank >= wanted.keep_from);
        self.group = Some(group);
        result
    }

    /// The group of message `at`: the one that runs, where `at` is still to come out of it, or else a new one.
    fn group_of(&mut self, source: &Source<'_>, at: usize) -> Result<Group, DataError> {
        let mut running = self.group.take().filter(|group| group.first <= at);
        let unknown = running.as_ref().map_or(self.keyless, |group| group.next.max(group.searched));
        for key in (unknown..=at).rev() {
            if source.is_key(key)? {
                return Ok(Group::new(key));
            }
        }
        if let Some(group) = &mut running {
            group.searched = group.searched.max(at + 1);
        }
        match running {
            Some(group) if group.ready.contains_key(&at) || at >= group.first + group.emitted => Ok(group),
            Some(group) => Ok(Group::new(group.first)),
            None => {
                self.keyless = self.keyless.max(at + 1);
                // Where even this one cannot be read, that is the reason.
                let unit = (source.read)(at).and_then(|encoded| Unit::of(&encoded));
                Err(source.told(at, unit.err().unwrap_or_else(no_key)))
            }
        }
    }
}

impl Group {
    fn new(first: usize) -> Self {
        let ready = BTreeMap::new();
        Self { first, codec: Codec::H264, decoder: None, next: first, emitted: 0, ready, end: None, searched: first }
    }

    /// Feeds one message, or ends the group; fails only for reasons that may pass.
    fn step(&mut self, source: &Source<'_>, wanted: Wanted) -> Result<(), Fault> {
        match self.feed_next(source, wanted) {
            Err(fault) if is_passing(&fault) => Err(fault),
            Err(fault) => {
                self.close(fault, wanted);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn feed_next(&mut self, source: &Source<'_>, wanted: Wanted) -> Result<(), Fault> {
        let at = self.next;
        if at >= source.count {
            return Err(lost());
        }
        let encoded = (source.read)(at)?;
        let unit = Unit::of(&encoded)?;
        if at == self.first {
            self.codec = encoded.codec;
            self.decoder = Some(Decoder::new(unit.coding()?)?);
        } else if unit.is_key {
            return Err(lost());
        } else if encoded.codec != self.codec {
            return Err(Fault::wrong("it is coded otherwise than the message before it"));
        }
        let (first, mut came) = (self.first + self.emitted, Vec::new());
        let decoder = self.decoder.as_mut().ok_or_else(lost)?;
        decoder.feed(at, unit.packet, &mut |_, rgb| {
            let is_kept = first + came.len() >= wanted.keep_from;
            came.push(if is_kept { rgb() } else { None });
        })?;
        // OpenH264 holds the newest picture back unless the profile is Baseline. From the first message on it does or does not;
        // a message without its picture, or with two, would shift all that follow.
        let may_wait = at == self.first && self.codec == Codec::H264;
        let expected = if may_wait { came.len().min(1) } else { 1 };
        if came.len() != expected {
            return Err(if came.is_empty() { lost() } else { Fault::wrong("it holds more than one picture") });
        }
        self.next += 1;
        self.keep(came);
        Ok(())
    }

    /// Takes what the decoder holds back and lets go of it; `fault` is why message `next` does not go in.
    fn close(&mut self, fault: Fault, wanted: Wanted) {
        let (first, mut held) = (self.first + self.emitted, Vec::new());
        let drained = self.decoder.take().map_or(Ok(()), |mut decoder| {
            decoder.drain(&mut |_, rgb| held.push(if first + held.len() >= wanted.keep_from { rgb() } else { None }))
        });
        // Fewer or more than went in: which they are is not known.
        let fits = drained.is_ok() && first + held.len() == self.next;
        if fits {
            self.keep(held);
            self.end = Some(End { at: self.next, fault });
        } else {
            self.end = Some(End { at: first, fault: lost() });
        }
    }

    /// Books the pictures that follow those that came out.
    fn keep(&mut self, pictures: Vec<Option<Rgb>>) {
        for picture in pictures {
            if let Some(picture) = picture {
                self.ready.insert(self.first + self.emitted, picture);
            }
            self.emitted += 1;
        }
    }
}

impl End {
    /// Why message `at`, which is this one or builds on it, cannot be shown.
    fn fault_at(&self, at: usize) -> Fault {
        let placed = |what: &str| {
            if at == self.at { what.to_owned() } else { format!("it builds on message {}: {what}", self.at) }
        };
        match &self.fault {
            Fault::Unsupported { what, cure } => Fault::unsupported(placed(what), cure.clone()),
            other => Fault::wrong(placed(&other.to_string())),
        }
    }
}

/// What says nothing of the message: the same may be read the next time.
fn is_passing(fault: &Fault) -> bool {
    matches!(fault, Fault::Read(_) | Fault::Stopped)
}

fn lost() -> Fault {
    Fault::wrong("its picture does not come out of the decoder")
}

fn no_key() -> Fault {
    Fault::unsupported(
        "neither it nor a message before it is a key picture with its parameters, and it cannot be decoded without one",
        "record from a key picture on, with SPS and PPS (H.264) or the sequence header (AV1) in front of every key picture",
    )
}
