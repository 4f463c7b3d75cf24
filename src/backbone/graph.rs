//! What an ONNX file says about itself before anything runs it: inputs, outputs, and the data files beside it.
//!
//! Read here and not through the runtime for three reasons: the runtime forgets what kind of number an input had (text, whole
//! numbers); data files must be known so that they can be digested; and its decoder and its planner call themselves once a nested
//! graph and once a step of a chain, so that a hostile file would exhaust the stack, which nothing can catch. Field numbers
//! are those of the published `onnx.proto3`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::base::protobuf::{self, Field, Fields, Wrong};

/// Graphs inside graphs (branches, loops), or types inside types; real models have two or three.
const DEPTH_MAX: usize = 8;
/// Steps of all graphs together; the largest vision models have a few thousand.
const STEPS_MAX: usize = 20_000;

/// In words that follow the file's name.
impl From<Wrong> for &'static str {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Cut => "it is cut short",
            Wrong::Endless => "a number in it does not end",
            Wrong::UnknownKind => "a field in it is of no known kind",
            Wrong::OtherKind => "a field in it is of the wrong kind",
            Wrong::NoText => "a name in it is no text",
        }
    }
}

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Without those that the file gives a value for.
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<String>,
    /// Every named value that a step of the outermost graph makes, in the order of the file: the last are nearest to the outputs.
    pub(super) values: Vec<String>,
    /// Names of the files that hold weights, as the model spells them.
    pub(super) data_files: BTreeSet<String>,
    /// The graph's field with its tag, and its contents, in bytes of the file.
    graph: (Range<usize>, Range<usize>),
    steps: usize,
}

/// An input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    /// `TensorProto.DataType`; none where it is no tensor or does not say.
    pub(super) kind: Option<u64>,
    /// The length of each side, none where it is free; none at all where the file does not say.
    pub(super) sides: Option<Vec<Option<usize>>>,
}

impl Facts {
    /// Of a file's bytes; else what is wrong with them.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut facts = Self::default();
        let (mut graph, mut version) = (None, false);
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => version = field.value.number().is_ok(),
                7 if graph.is_some() => return Err("it has two graphs"),
                7 => graph = Some((field, field.value.bytes()?)),
                _ => {}
            }
        }
        let (Some((field, contents)), true) = (graph, version) else {
            return Err("it has no version and graph, as every ONNX file has");
        };
        facts.graph = (field.start..field.end, field.end - contents.len()..field.end);
        facts.read_graph(contents, 0)?;
        Ok(facts)
    }

    /// The file with one more output: any value that a step makes can be had that way. What is asked of must be in `values`.
    pub(super) fn with_output(&self, bytes: &[u8], name: &str) -> Vec<u8> {
        let (field, contents) = &self.graph;
        let (mut port, mut output, mut all) = (Vec::new(), Vec::new(), Vec::new());
        protobuf::push(&mut port, 1, &[name.as_bytes()]);
        protobuf::push(&mut output, 12, &[&port]);
        all.reserve_exact(bytes.len() + output.len() + 8);
        all.extend_from_slice(&bytes[..field.start]);
        protobuf::push(&mut all, 7, &[&bytes[contents.clone()], &output]);
        all.extend_from_slice(&bytes[field.end..]);
        all
    }

    fn read_graph(&mut self, bytes: &[u8], depth: usize) -> Result<(), &'static str> {
        if depth > DEPTH_MAX {
            return Err("its graphs are nested too deeply");
        }
        let (mut given, mut inputs) = (BTreeSet::new(), Vec::new());
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.read_step(field.value.bytes()?, depth)?,
                5 => given.extend(self.read_tensor(field.value.bytes()?)?),
                11 => inputs.push(port(&field)?),
                12 if depth == 0 => self.outputs.push(port(&field)?.name),
                12 | 13 => drop(port(&field)?),
                _ => {}
            }
        }
        if depth == 0 {
            inputs.retain(|input| !given.contains(input.name.as_str()));
            self.inputs = inputs;
        }
        Ok(())
    }

    fn read_step(&mut self, bytes: &[u8], depth: usize) -> Result<(), &'static str> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err("it has more than 20000 steps");
        }
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next()? {
            match field.number {
                2 if depth == 0 => {
                    // What a step may leave out has no name.
                    let name = field.value.text()?;
                    if !name.is_empty() {
                        self.values.push(name.to_owned());
                    }
                }
                5 => self.read_attribute(field.value.bytes()?, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_attribute(&mut self, bytes: &[u8], depth: usize) -> Result<(), &'static str> {
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next()? {
            match field.number {
                5 => drop(self.read_tensor(field.value.bytes()?)?),
                6 => self.read_graph(field.value.bytes()?, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes the file that a tensor's numbers lie in; gives its name.
    fn read_tensor<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<&'a str>, &'static str> {
        let (mut name, mut file, mut elsewhere) = (None, None, false);
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next()? {
            match field.number {
                8 => name = Some(field.value.text()?),
                13 => file = location(field.value.bytes()?)?.or(file),
                14 => elsewhere = field.value.number()? == 1,
                _ => {}
            }
        }
        if let (Some(file), true) = (file, elsewhere) {
            self.data_files.insert(file.to_owned());
        }
        Ok(name)
    }
}

/// The value of an entry whose key is `location`.
fn location(bytes: &[u8]) -> Result<Option<&str>, &'static str> {
    let (mut key, mut value) = (None, None);
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = Some(field.value.text()?),
            2 => value = Some(field.value.text()?),
            _ => {}
        }
    }
    Ok(value.filter(|_| key == Some("location")))
}

fn port(field: &Field<'_>) -> Result<Port, &'static str> {
    let mut port = Port { name: String::new(), kind: None, sides: None };
    let mut fields = Fields::new(field.value.bytes()?);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => port.name = field.value.text()?.to_owned(),
            2 => read_type(&mut port, field.value.bytes()?, 0)?,
            _ => {}
        }
    }
    Ok(port)
}

/// A tensor's kind and shape; of a sequence only that it is not too deep.
fn read_type(port: &mut Port, bytes: &[u8], depth: usize) -> Result<(), &'static str> {
    if depth > DEPTH_MAX {
        return Err("its types are nested too deeply");
    }
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next()? {
        match field.number {
            1 if depth == 0 => read_tensor_type(port, field.value.bytes()?)?,
            4 => {
                let mut inner = Fields::new(field.value.bytes()?);
                while let Some(field) = inner.next()? {
                    if field.number == 1 {
                        read_type(port, field.value.bytes()?, depth + 1)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_tensor_type(port: &mut Port, bytes: &[u8]) -> Result<(), &'static str> {
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => port.kind = Some(field.value.number()?),
            2 => {
                let mut sides = Vec::new();
                let mut inner = Fields::new(field.value.bytes()?);
                while let Some(field) = inner.next()? {
                    if field.number == 1 {
                        sides.push(side(field.value.bytes()?)?);
                    }
                }
                port.sides = Some(sides);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Fixed, or none: some exporters write 0 or −1 for a free side.
fn side(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut length = None;
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            length = i64::try_from(field.value.number()?).ok().filter(|length| *length > 0);
        }
    }
    Ok(length.and_then(|length| usize::try_from(length).ok()))
}
