//! From a path to a model that is known to work: its files read and digested, its input and output found, one picture tried.

use std::path::{Component, Path};
use std::thread;

use super::error::BackboneError;
use super::graph::{Facts, Port};
use super::prepare::{Input, Layout, Scale};
use super::runtime::{Engine, Lane};
use super::{Backbone, Preparation, rows};
use crate::base::text::did_you_mean;
use crate::base::{Digest, Rgb, files};

/// All files of a model together. Larger ones exist, and take minutes a picture here.
const BYTES_MAX: u64 = 2 << 30;
/// Enough for a chain of as many steps as are allowed, in a build without optimisation; memory is taken only where it is used.
const STACK_BYTES: usize = 128 << 20;
/// The side of pictures where neither the model nor the asker says: what most were trained at.
const SIDE_PX: u32 = 224;
/// Longer sides would take the memory of a whole machine.
const SIDE_MAX_PX: u32 = 2048;

const REEXPORT: &str = "export it again with one picture as its input (1 x 3 x height x width)";
/// Values inside that are named to whoever asked for one that is not there.
const LAST_SHOWN: usize = 6;

/// A model's bytes, and those of the files that its weights lie in.
struct Read {
    model: Vec<u8>,
    facts: Facts,
    data: Vec<(String, Vec<u8>)>,
    /// Name and digest of every file, the model's own first.
    files: Vec<(String, Digest)>,
}

/// See [`Backbone::open`].
pub(super) fn open(path: &Path, ask: &Preparation) -> Result<Backbone, BackboneError> {
    let Read { model, facts, data, files } = read(path)?;
    let (port, input) = input(path, &facts, ask)?;
    let output = output(path, &facts, ask)?;
    let model = if facts.outputs.contains(&output) { model } else { facts.with_output(&model, &output) };
    let lane = Lane::new().ok_or_else(|| no_threads(path))?;
    let work = || {
        let engine = Engine::load(model, data, [&port.name, &output]).map_err(|err| cannot_load(path, &err))?;
        let mut backbone =
            Backbone { path: path.to_owned(), files, input, output, tokens: None, length: 0, engine, lane };
        backbone.try_out(&facts, ask)?;
        Ok(backbone)
    };
    // The runtime's planner calls itself once a step; it plans once, and keeps the plan.
    let builder = thread::Builder::new().name("backbone".to_owned()).stack_size(STACK_BYTES);
    thread::scope(|scope| match builder.spawn_scoped(scope, work) {
        Ok(opening) => opening.join().unwrap_or_else(|_| Err(BackboneError::damaged(path, "reading it broke off"))),
        Err(_) => Err(no_threads(path)),
    })
}

fn no_threads(path: &Path) -> BackboneError {
    BackboneError::unsuitable(path, "the system gives no more threads", "close other programs and try again")
}

impl Backbone {
    /// Runs one picture with some texture, so that whatever does not work is said now and not after an hour of reading.
    fn try_out(&mut self, facts: &Facts, ask: &Preparation) -> Result<(), BackboneError> {
        let mut picture = Rgb::black(64, 64);
        picture.bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 37 % 251) as u8);
        let answer = self.engine.run(&self.lane, self.input.shape(), &self.input.of(&picture));
        let answer = answer.map_err(|err| {
            let others = facts.inputs.len() > 1;
            let cure = if others { other_output(facts) } else { REEXPORT.to_owned() };
            BackboneError::unsuitable(&self.path, format!("it does not run on one picture ({err})"), cure)
        })?;
        self.tokens = (answer.shape.len() == 3).then(|| ask.tokens.unwrap_or_default());
        if let (None, Some(tokens)) = (self.tokens, ask.tokens) {
            let what = format!("`{tokens}` was asked, and its output `{}` has no tokens", self.output);
            return Err(BackboneError::asked(&self.path, what, "leave the tokens out, or ask for an output with some"));
        }
        let row = rows::row(&answer, self.input.layout, self.tokens.unwrap_or_default()).map_err(|what| {
            let what = format!("its output `{}` gives no features: {what}", self.output);
            BackboneError::unsuitable(&self.path, what, other_output(facts))
        })?;
        self.length = row.len();
        self.finite(&row, "a picture for trial")
    }
}

fn other_output(facts: &Facts) -> String {
    format!(
        "ask for another output than the first (it has {}), or for any value inside by its name",
        list(&facts.outputs)
    )
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

fn read(path: &Path) -> Result<Read, BackboneError> {
    let mut room = BYTES_MAX;
    let model = read_within(path, path, &mut room)?;
    let facts = Facts::of(&model).map_err(|what| BackboneError::damaged(path, what))?;
    let own = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut files = vec![(own, Digest::of(&model))];
    let mut data = Vec::new();
    for name in &facts.data_files {
        let plain = matches!(Path::new(name).components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
        let ending = Path::new(name).extension().is_some_and(|ending| {
            let ending = ending.to_string_lossy();
            ending.starts_with("data") || ending.starts_with("onnx_data")
        });
        if !(plain && ending) {
            let what = format!("its weights lie in `{name}`, and only files beside it called `….data` are read");
            let cure =
                "save it again with its weights inside, or in one file that is called like it with `.data` behind";
            return Err(BackboneError::unsuitable(path, what, cure));
        }
        let beside = path.with_file_name(name);
        if !beside.is_file() {
            let what = format!("its weights lie in `{name}`, which is not beside it");
            return Err(BackboneError::unsuitable(path, what, "copy that file into the same folder"));
        }
        let bytes = read_within(path, &beside, &mut room)?;
        files.push((name.clone(), Digest::of(&bytes)));
        data.push((name.clone(), bytes));
    }
    Ok(Read { model, facts, data, files })
}

/// A whole file, if there is still room for it.
fn read_within(model: &Path, path: &Path, room: &mut u64) -> Result<Vec<u8>, BackboneError> {
    let length = std::fs::metadata(path).map_err(|err| files::FileError::new("read", path, err))?.len();
    *room = room.checked_sub(length).ok_or_else(|| {
        let what = "its files have more than 2 GiB together, too much to run on a processor";
        BackboneError::unsuitable(model, what, "take a smaller variant of it")
    })?;
    Ok(files::read(path)?)
}

/// The input that takes a picture, and what it asks for.
fn input<'a>(path: &Path, facts: &'a Facts, ask: &Preparation) -> Result<(&'a Port, Input), BackboneError> {
    let takes_picture = |port: &&Port| port.sides.as_ref().is_none_or(|sides| sides.len() == 4);
    let pictures: Vec<&Port> = facts.inputs.iter().filter(takes_picture).collect();
    let [port] = pictures[..] else {
        let names: Vec<String> = facts.inputs.iter().map(|port| port.name.clone()).collect();
        let what = match facts.inputs.len() {
            0 => "it has no input".to_owned(),
            1 => format!("its input {} is no picture (it has not four sides)", list(&names)),
            _ => format!("of its inputs {} not exactly one takes a picture", list(&names)),
        };
        return Err(BackboneError::unsuitable(path, what, REEXPORT));
    };
    let unsuitable = |what: String, cure: &str| BackboneError::unsuitable(path, what, cure);
    let bytes = match port.kind {
        // Float, half and double; the runtime brings them all to float.
        Some(1 | 10 | 11) => false,
        Some(2) => true,
        kind => {
            let what = format!("its input `{}` takes {}, not a picture's numbers", port.name, kind_words(kind));
            return Err(unsuitable(what, "export it again with an input of 32-bit floats"));
        }
    };
    let sides: [Option<usize>; 4] =
        port.sides.as_ref().and_then(|sides| sides.as_slice().try_into().ok()).unwrap_or_default();
    let (layout, channels, [height, width]) = match sides {
        [_, one, high, Some(3)] if one != Some(3) => (Layout::ChannelsLast, Some(3), [one, high]),
        [_, channels, height, width] => (Layout::ChannelsFirst, channels, [height, width]),
    };
    if channels.is_some_and(|channels| channels != 3) {
        let what =
            format!("its input `{}` has the shape {} without 3 channels of colour", port.name, sides_words(&sides));
        return Err(unsuitable(what, REEXPORT));
    }
    if let Some(batch) = sides[0].filter(|batch| *batch != 1) {
        let what = format!("its input `{}` always takes {batch} pictures at once", port.name);
        return Err(unsuitable(what, "export it again for one picture, or for any number of them"));
    }
    let scale = scale(path, bytes, ask)?;
    let (width, height) = (side(path, width, ask)?, side(path, height, ask)?);
    Ok((port, Input { layout, width, height, bytes, scale, fit: ask.fit }))
}

fn sides_words(sides: &[Option<usize>]) -> String {
    let word = |side: &Option<usize>| side.map_or_else(|| "any".to_owned(), |length| length.to_string());
    sides.iter().map(word).collect::<Vec<_>>().join(" x ")
}

/// Names of `TensorProto.DataType`.
fn kind_words(kind: Option<u64>) -> &'static str {
    match kind {
        Some(8) => "text",
        Some(9) => "yes or no",
        Some(3..=7 | 12 | 13 | 21 | 22) => "whole numbers",
        Some(16) => "16-bit brain floats",
        _ => "numbers of a kind that is not known here",
    }
}

fn scale(path: &Path, bytes: bool, ask: &Preparation) -> Result<Scale, BackboneError> {
    match (bytes, ask.scale) {
        (true, None | Some(Scale::Codes)) => Ok(Scale::Codes),
        (false, scale) => Ok(scale.unwrap_or(Scale::Imagenet)),
        (true, Some(scale)) => {
            let what = format!("the scale `{scale}` was asked, and it takes whole codes from 0 to 255");
            Err(BackboneError::asked(path, what, "leave the scale out, or ask for `codes`"))
        }
    }
}

/// One side of the input in pixels: the model's, else the one asked for.
fn side(path: &Path, fixed: Option<usize>, ask: &Preparation) -> Result<u32, BackboneError> {
    let side = match (fixed.map(|side| u32::try_from(side).unwrap_or(u32::MAX)), ask.side_px) {
        (Some(fixed), Some(asked)) if fixed != asked => {
            let what = format!("pictures of {asked} pixels were asked, and it always takes {fixed}");
            return Err(BackboneError::asked(path, what, format!("leave the size out, or ask for {fixed}")));
        }
        (Some(side), _) | (None, Some(side)) => side,
        (None, None) => SIDE_PX,
    };
    if (1..=SIDE_MAX_PX).contains(&side) {
        return Ok(side);
    }
    let what = format!("pictures of {side} pixels a side");
    Err(BackboneError::asked(path, what, format!("1 to {SIDE_MAX_PX} can be had; take a model of such a size")))
}

fn output(path: &Path, facts: &Facts, ask: &Preparation) -> Result<String, BackboneError> {
    let Some(name) = &ask.output else {
        return facts.outputs.first().cloned().ok_or_else(|| {
            BackboneError::unsuitable(path, "it has no output", "export it again with its features as an output")
        });
    };
    if facts.outputs.contains(name) || facts.values.contains(name) {
        return Ok(name.clone());
    }
    let inside: Vec<&str> =
        facts.values.iter().filter(|value| !facts.outputs.contains(value)).map(String::as_str).collect();
    let near = did_you_mean(name, facts.outputs.iter().map(String::as_str).chain(inside.iter().copied()));
    let what = format!("no output or value inside is called `{name}`{near}");
    // Features are what the last steps make.
    let last: Vec<String> = inside.iter().rev().take(LAST_SHOWN).map(|value| (*value).to_owned()).collect();
    let last = if last.is_empty() { String::new() } else { format!("; the last values inside are {}", list(&last)) };
    Err(BackboneError::asked(path, what, format!("it has the outputs {}{last}", list(&facts.outputs))))
}

/// The runtime names the step and, where it is one it does not know, the operator.
fn cannot_load(path: &Path, err: &str) -> BackboneError {
    let cure = "export it again with opset 17 or 18 and standard operators, in 32-bit floats";
    BackboneError::unsuitable(path, format!("the runtime does not take it ({err})"), cure)
}
