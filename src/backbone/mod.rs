//! Features of pictures from a neural network that the user supplies as an ONNX file, run in this process on the processor.
//!
//! Beside `drift` and not in it, because it reads files and because its numbers are not the same bits on every machine:
//! the runtime sums in another order with other vector instructions. On one machine they are the same from run to run and
//! whatever else runs, since a picture is worked on by one thread from end to end; [`CAVEAT`] says so to the reader.
//! Every number is told with [`Backbone::name`], which holds the file's digest and the preparation, and with [`RUNTIME`].
//!
//! Deliberately not: weights of our own, downloads, graphics processors, training, and which distance the rows go into.
//! A model is data, not a program that could reach files or the network, but it can ask for more memory than there is: what it needs
//! while running is not bounded here, and neither is how long it takes. Files are at most 2 GiB.

mod error;
mod graph;
mod open;
mod prepare;
mod resize;
mod rows;
mod runtime;
#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};

pub use error::BackboneError;
pub use prepare::{Fit, Scale, Tokens};
pub use runtime::RUNTIME;

use crate::base::{Digest, Monitor, Rgb};
use prepare::Input;
use runtime::{Engine, Lane};

/// What a reader of a backbone's numbers has to know.
pub const CAVEAT: &str = "Features of a backbone are the same to the last bit on one machine, but may differ in the last digits \
                          between kinds of processors: compare sets that were described on the same machine.";

/// Lanes need memory each: the values inside the network, tens of megabytes.
const LANES_MAX: usize = 16;
/// As many classes as `ImageNet` has: an output of that length is most likely no layer of features.
const CLASSES: usize = 1000;

/// How pictures are brought to the model, and what of its results is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparation {
    /// Width and height in pixels, where the model leaves them free; 224 where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_px: Option<u32>,
    /// What of a picture is seen.
    pub fit: Fit,
    /// `Imagenet` where nothing is asked, or the codes themselves where the model takes bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// An output's name, or that of any value inside the model; the first output where nothing is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// `First` where nothing is asked and the output has tokens; refused where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// An open model that has described one picture already.
pub struct Backbone {
    path: PathBuf,
    files: Vec<(String, Digest)>,
    input: Input,
    output: String,
    /// Where the output has tokens, which.
    tokens: Option<Tokens>,
    length: usize,
    engine: Engine,
    lane: Lane,
}

impl Backbone {
    /// Reads, checks and tries the ONNX file at `path`, with the files of weights that it names beside it.
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX, does not take one picture or gives no features; or `ask` does not go with it.
    pub fn open(path: &Path, ask: &Preparation) -> Result<Self, BackboneError> {
        open::open(path, ask)
    }

    /// File, digest, size, filter, fit, scale, output and tokens: equal names mean that rows can be compared.
    pub fn name(&self) -> String {
        let Input { width, height, fit, scale, .. } = self.input;
        let file = self.files.first().map_or("", |(name, _)| name.as_str());
        let tokens = self.tokens.map_or_else(String::new, |tokens| format!("-{tokens}"));
        let digest = self.digest().short();
        format!("{file}@{digest}:{width}x{height}-bicubic-{fit}-{scale}:{}{tokens}", self.output)
    }

    /// The file's BLAKE3 digest; where weights lie in files of their own, that of the lines `digest  name` of all files, which is
    /// what `b3sum` prints of them, the model first and then by name.
    pub fn digest(&self) -> Digest {
        match self.files.as_slice() {
            [(_, digest)] => *digest,
            files => {
                let line = |(name, digest): &(String, Digest)| format!("{digest}  {name}\n");
                let lines = files.iter().map(line).collect::<Vec<_>>().concat();
                Digest::of(lines.as_bytes())
            }
        }
    }

    /// Name and BLAKE3 digest of every file that was read, the model first.
    pub fn files(&self) -> &[(String, Digest)] {
        &self.files
    }

    /// Numbers in a row.
    pub fn length(&self) -> usize {
        self.length
    }

    /// What a reader has to know about the numbers, a sentence each.
    pub fn caveats(&self) -> Vec<String> {
        let mut caveats = vec![CAVEAT.to_owned()];
        if self.length == CLASSES {
            caveats.push(format!(
                "The output `{}` has {CLASSES} numbers, as many as ImageNet has classes: for features rather than opinions ask \
                 for the value before the last layer by its name.",
                self.output
            ));
        }
        caveats
    }

    /// One row of finite numbers. For many pictures see [`Self::describe_all`].
    ///
    /// # Errors
    /// The model breaks off or gives numbers that are not finite.
    pub fn describe(&self, picture: &Rgb) -> Result<Vec<f64>, BackboneError> {
        self.describe_on(&self.lane, picture, "a picture")
    }

    /// One row for each picture in their order, on all processors.
    ///
    /// # Errors
    /// As [`Self::describe`], of the first picture that fails; or the monitor wanted the end.
    pub fn describe_all(&self, pictures: &[&Rgb], monitor: &dyn Monitor) -> Result<Vec<Vec<f64>>, BackboneError> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        self.describe_on_lanes(pictures, monitor, processors.min(LANES_MAX))
    }

    fn describe_on_lanes(
        &self,
        pictures: &[&Rgb],
        monitor: &dyn Monitor,
        lanes: usize,
    ) -> Result<Vec<Vec<f64>>, BackboneError> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |lane: &Lane| {
            let mut rows = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(picture) = pictures.get(at).filter(|_| !monitor.stopped()) else { return rows };
                rows.push((at, self.describe_on(lane, picture, &format!("picture {}", at + 1))));
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                monitor.step("Describing pictures", done as u64, pictures.len() as u64);
            }
        };
        // Plain threads: a rayon worker that waits for a lane would begin other pictures on top of this one.
        let mut rows = thread::scope(|scope| {
            let more = (1..lanes.min(pictures.len())).filter_map(|_| Lane::new()).filter_map(|lane| {
                let builder = thread::Builder::new().name("backbone".to_owned());
                builder.spawn_scoped(scope, move || work(&lane)).ok()
            });
            let more: Vec<_> = more.collect();
            let mut rows = work(&self.lane);
            // A lane cannot panic: the runtime's panics are caught, and a lost row would be seen below.
            rows.extend(more.into_iter().filter_map(|lane| lane.join().ok()).flatten());
            rows
        });
        rows.sort_by_key(|(at, _)| *at);
        if rows.len() < pictures.len() {
            return Err(BackboneError::Stopped);
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn describe_on(&self, lane: &Lane, picture: &Rgb, which: &str) -> Result<Vec<f64>, BackboneError> {
        let fault = |what: String| {
            let what = format!("it broke off at {which} ({what})");
            BackboneError::unsuitable(&self.path, what, "leave that picture out, or take another backbone")
        };
        let answer = self.engine.run(lane, self.input.shape(), &self.input.of(picture)).map_err(fault)?;
        let row = rows::row(&answer, self.input.layout, self.tokens.unwrap_or_default()).map_err(fault)?;
        if row.len() != self.length {
            return Err(fault(format!("{} numbers instead of {}", row.len(), self.length)));
        }
        self.finite(&row, which)?;
        Ok(row)
    }

    fn finite(&self, row: &[f64], which: &str) -> Result<(), BackboneError> {
        row.iter()
            .position(|number| !number.is_finite())
            .map_or(Ok(()), |at| Err(BackboneError::not_finite(&self.path, format!("number {} of {which}", at + 1))))
    }
}

impl std::fmt::Debug for Backbone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backbone").field("name", &self.name()).field("length", &self.length).finish_non_exhaustive()
    }
}
