//! From a variant through its bases to a whole family, and from a field back to the file in which it stands.

use std::collections::BTreeMap;

use super::list::Thing;
use super::{Said, Variant};
use crate::base::text::did_you_mean;
use crate::family::edit::written;
use crate::family::scan::value_span;
use crate::family::text::{FamilyError, bare, located, read};
use crate::family::{
    Correlation, Derived, Entity, Event, Family, Goal, Measure, Parameter, Place, Requirement, Sensor,
};

/// Most bases in a row.
pub const DEEPEST: usize = 8;

/// A family's text and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The whole text.
    pub text: String,
    /// Names it in errors.
    pub file: String,
}

/// Where bases are looked up: the families of one folder, by id.
pub trait Shelf {
    /// The file of the family called `id`; `None` where there is none.
    ///
    /// # Errors
    /// A sentence where there is one that cannot be read.
    fn source(&self, id: &str) -> Result<Option<Source>, String>;

    /// Every id there is, for guesses at what was meant.
    fn ids(&self) -> Vec<String>;
}

impl Shelf for BTreeMap<String, Source> {
    fn source(&self, id: &str) -> Result<Option<Source>, String> {
        Ok(self.get(id).cloned())
    }

    fn ids(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

/// A family and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The whole family.
    pub family: Family,
    /// What the file says where it is a variant's, then what its bases say that are variants themselves, nearest first; empty
    /// for a family that needs no other.
    pub variants: Vec<Variant>,
}

/// Reads a family from `source`, alone or over its bases from `shelf`.
///
/// # Errors
/// [`FamilyError`] in `source`. Where a base is at fault, the sentence names it and the place in its file.
pub fn parse_with(source: &Source, shelf: &dyn Shelf) -> Result<Parsed, FamilyError> {
    match read(&source.text, &source.file)? {
        Said::Whole(family) => Ok(Parsed { family: *family, variants: Vec::new() }),
        Said::Variant(variant) => {
            let (base, above) = base_of(&variant, shelf).map_err(|text| fault(source, ("extends".to_owned(), text)))?;
            let family = variant.over(&base).map_err(|wrong| fault(source, wrong))?;
            Ok(Parsed { family, variants: [*variant].into_iter().chain(above).collect() })
        }
    }
}

fn fault(source: &Source, (field, text): super::Fault) -> FamilyError {
    located(bare(&source.text), &source.file, field, text)
}

/// The base of `variant` as a whole family, and the variants on the way to it; a sentence for the field `extends` where there
/// is none.
fn base_of(variant: &Variant, shelf: &dyn Shelf) -> Result<(Family, Vec<Variant>), String> {
    let mut ids = vec![variant.id.clone()];
    let mut above: Vec<(Variant, Source)> = Vec::new();
    let mut family = loop {
        let below = above.last().map_or(variant, |(below, _)| below);
        let id = below.extends.clone();
        let step = may_follow(&ids, &id).and_then(|()| found(&id, shelf));
        let source = match above.last() {
            None => step?,
            // What is wrong with a base's own base stands in the base's file.
            Some((_, source)) => {
                step.map_err(|text| broken(&below.id, &fault(source, ("extends".to_owned(), text))))?
            }
        };
        let said = read(&source.text, &source.file).map_err(|error| broken(&id, &error))?;
        if said.id() != id {
            let text = format!("the file holds the family `{}`; call it `{0}.ron`", said.id());
            return Err(broken(&id, &fault(&source, ("id".to_owned(), text))));
        }
        ids.push(id);
        match said {
            Said::Whole(family) => break *family,
            Said::Variant(next) => above.push((*next, source)),
        }
    };
    for (next, source) in above.iter().rev() {
        family = next.over(&family).map_err(|wrong| broken(&next.id, &fault(source, wrong)))?;
    }
    Ok((family, above.into_iter().map(|(next, _)| next).collect()))
}

/// Whether the family `id` may come after these.
fn may_follow(ids: &[String], id: &String) -> Result<(), String> {
    if let Some(at) = ids.iter().position(|other| other == id) {
        let circle: Vec<String> = ids.iter().skip(at).chain([id]).map(|id| format!("`{id}`")).collect();
        let circle = circle.join(", which extends ").replacen(", which", "", 1);
        return Err(format!("{circle}: a circle; one of them must be a whole family"));
    }
    if ids.len() > DEEPEST {
        return Err(format!("more than {DEEPEST} families extend each other in a row; extend one nearer to the first"));
    }
    Ok(())
}

fn found(id: &str, shelf: &dyn Shelf) -> Result<Source, String> {
    shelf.source(id)?.ok_or_else(|| {
        let ids = shelf.ids();
        let hint = did_you_mean(id, ids.iter().map(String::as_str));
        format!("there is no family `{id}`{hint}; a base lies in the same folder as `{id}.ron`")
    })
}

fn broken(id: &str, error: &FamilyError) -> String {
    let sentence = error.to_string();
    let sentence = sentence.strip_suffix(&error.excerpt).unwrap_or(&sentence).trim_end().to_owned();
    format!("its base `{id}` is broken: {sentence}")
}

/// The id of the base in whose file the field of the merged `family` stands; `None` where it stands in the variant's own.
/// `variants` as in [`Parsed`].
pub fn inherited_from<'a>(family: &Family, field: &str, variants: &[&'a Variant]) -> Option<&'a str> {
    let says = |variant: &&&Variant| variant.says(family, field);
    if variants.first().is_none_or(|own| own.says(family, field)) {
        return None;
    }
    let base = variants.iter().skip(1).find(says).map(|variant| variant.id.as_str());
    base.or_else(|| variants.last().map(|last| last.extends.as_str()))
}

impl Variant {
    /// Whether the file says something about the merged family's field (`parameters[2].nominal.low`, `camera.eye_m.x`).
    fn says(&self, family: &Family, field: &str) -> bool {
        let Some(text) = written(self) else { return false };
        let mut steps = field.split('.');
        let (first, second) = (steps.next().unwrap_or_default(), steps.next());
        let path = match first.split_once('[') {
            // The place in the merged list is not the place in the file's.
            Some((list, index)) => {
                let index: Option<usize> = index.strip_suffix(']').and_then(|index| index.parse().ok());
                let Some(own) = index.and_then(|index| self.own_place(family, list, index)) else { return false };
                let part = second.filter(|_| list == Parameter::LIST).map(|part| format!(".{part}"));
                format!("{list}[{own}]{}", part.unwrap_or_default())
            }
            None => {
                match second.filter(|_| ["card", "taxonomy", "scene", "camera", "clock", "regions"].contains(&first)) {
                    Some(second) => format!("{first}.{second}"),
                    None => first.to_owned(),
                }
            }
        };
        value_span(&text, &path).is_some()
    }

    /// Where the thing that stands at `index` of the merged list stands in the file's list of that name.
    fn own_place(&self, family: &Family, list: &str, index: usize) -> Option<usize> {
        fn place<T: Thing>(merged: &[T], own: &[T::Part], index: usize) -> Option<usize> {
            let key = merged.get(index)?.key();
            own.iter().position(|part| T::part_key(part) == key)
        }
        match list {
            Parameter::LIST => place(&family.parameters, &self.parameters, index),
            Place::LIST => place(&family.places, &self.places, index),
            Derived::LIST => place(&family.derived, &self.derived, index),
            Correlation::LIST => place(&family.correlations, &self.correlations, index),
            Requirement::LIST => place(&family.requirements, &self.requirements, index),
            Goal::LIST => place(&family.coverage, &self.coverage, index),
            Entity::LIST => place(&family.entities, &self.entities, index),
            Sensor::LIST => place(&family.sensors, &self.sensors, index),
            Event::LIST => place(&family.events, &self.events, index),
            Measure::LIST => place(&family.measures, &self.measures, index),
            _ => None,
        }
    }
}
