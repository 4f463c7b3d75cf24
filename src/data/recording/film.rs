//! Topics of video: messages with one encoded picture each (`foxglove.CompressedVideo`).

use super::chunks::Chunks;
use super::open::Look;
use super::pixels::Shows;
use super::{Recordings, Shot, message};
use crate::base::Rgb;
use crate::data::error::DataError;
use crate::data::fault::{Fault, cut};
use crate::data::video::{Codec, Encoded, Kept, Source, Stream, next_key};

/// The decoders of the topics that were shown last, by episode and topic.
pub(super) type Films = Kept<(usize, String), Stream>;

/// Key messages are sought among so many from the first on: half a minute and more.
const MOST_SOUGHT: usize = 1024;
/// How many keys are tried until one can be shown.
const MOST_TRIED: usize = 3;

/// What the first look at a topic gives.
pub(super) struct FirstFilm {
    /// The first key picture that can be shown, and those before it that cannot.
    pub(super) looks: Vec<Look>,
    /// Messages before the first key.
    pub(super) n_before: usize,
}

impl Recordings {
    /// The picture of a message.
    pub(super) fn film(&self, shot: &Shot<'_>) -> Result<Rgb, DataError> {
        self.with_source(shot, |source| {
            let key = (shot.episode, shot.topic.name.clone());
            self.films.with(key, |_| Ok(Stream::default()), |stream| stream.frame(source, shot.number))
        })
    }

    /// Looks at the first key picture of a topic, from `shot` on. The last picture is not looked at: it may build on all
    /// before it.
    pub(super) fn first_film(&self, mut shot: Shot<'_>) -> FirstFilm {
        let (mut looks, mut n_before) = (Vec::new(), 0);
        for tried in 0..MOST_TRIED {
            let key = self.with_source(&shot, |source| next_key(source, shot.number, MOST_SOUGHT)).unwrap_or_default();
            // Without a key the message itself says what is wrong.
            shot.number = key.unwrap_or(shot.number);
            if tried == 0 {
                n_before = shot.number;
            }
            let look = self.film(&shot).map(|rgb| {
                let shows = Shows::Colour { is_deep: false, is_mosaic: false };
                (shows, rgb.width, rgb.height)
            });
            let is_over = look.is_ok() || key.is_none();
            looks.push(("first", look));
            if is_over {
                break;
            }
            shot.number += 1;
        }
        FirstFilm { looks, n_before }
    }

    fn with_source<T>(&self, shot: &Shot<'_>, work: impl FnOnce(&Source<'_>) -> T) -> T {
        let read = |number: usize| encoded(&Shot { number, ..*shot }, &self.chunks);
        let (path, topic) = (&shot.recording.path, &shot.topic.name);
        work(&Source { path, topic, count: shot.topic.messages.len(), read: &read })
    }
}

/// A message of a topic of video.
fn encoded(shot: &Shot<'_>, chunks: &Chunks) -> Result<Encoded, Fault> {
    let at = shot.topic.messages.get(shot.number).ok_or_else(cut)?;
    let piece = shot.recording.message(at, chunks, shot.episode)?;
    let message = message::video(shot.topic.reading.ok_or_else(cut)?, piece.bytes())?;
    let codec = match message.format.to_lowercase().as_str() {
        "h264" => Codec::H264,
        "av1" => Codec::Av1,
        _ => {
            let what = format!("its video is `{}`, which is not read", message.format);
            return Err(Fault::unsupported(what, "write it as H.264 or AV1, or as pictures"));
        }
    };
    Ok(Encoded { codec, bytes: message.bytes.into_owned() })
}
