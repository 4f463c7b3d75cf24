//! Variants: a family whose file says `extends: "base"` and gives only what differs from the base.
//!
//! A [`Variant`] is what such a file says; [`Variant::over`] makes a whole [`Family`] of it, and everything downstream sees
//! only that. [`Variant::revised`] goes the other way: what a file must say so that an edited family comes out, in which
//! nothing that is merely inherited is written down. Bases are found by id among the texts that the caller hands over
//! ([`Shelf`]): nothing here reads a file, and a chain of bases ends after [`DEEPEST`] steps.

mod chain;
mod list;
mod own;
mod part;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use chain::{DEEPEST, Parsed, Shelf, Source, inherited_from, parse_with};
pub use own::{Own, OwnKind};

use super::taxonomy::Taxonomy;
use super::{
    Bound, Correlation, Derived, Entity, Event, Family, Goal, Mapping, Measure, Place, Region, Requirement, Sensor,
};
use crate::base::text::did_you_mean;
use list::{Thing, merged, wanted};
use part::{PartCamera, PartCard, PartClock, PartParameter, PartTaxonomy, given, revised};

/// A path in the variant's file, and what is wrong there.
type Fault = (String, String);

/// The base's things that a variant does without: list and name.
type Gone = BTreeSet<(&'static str, String)>;

/// What a family's file says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A family that needs no other.
    Whole(Box<Family>),
    /// What differs from another one.
    Variant(Box<Variant>),
}

impl Said {
    /// The family's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Whole(family) => &family.id,
            Self::Variant(variant) => &variant.id,
        }
    }
}

/// What a variant's file says: its id, title and base, and what differs from the base.
///
/// Lists are merged by name: a thing of the base's name replaces it in its place, a new one comes last. Coverage goals are
/// known by what they are `of`, correlations by their two parameters in either order. Of the card, the taxonomy, the camera,
/// the clock and each parameter, only the fields that differ are given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "Family")]
pub struct Variant {
    /// Its own id.
    pub id: String,
    /// Its own title.
    pub title: String,
    /// The base's id.
    pub extends: String,
    /// Names of the base's things that it does without (`"speed"`, or `"scene.speed"` where several lists have the name). A
    /// thing that is also given comes last, as a new one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    without: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    #[expect(clippy::option_option, reason = "left out is inherited, `None` is without")]
    taxonomy: Option<Option<PartTaxonomy>>,
    #[serde(default, skip_serializing_if = "PartCard::is_empty")]
    card: PartCard,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    stage: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    scene: BTreeMap<String, Bound>,
    #[serde(default, skip_serializing_if = "PartCamera::is_empty")]
    camera: PartCamera,
    #[serde(default, skip_serializing_if = "PartClock::is_empty")]
    clock: PartClock,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<String, Region>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entities: Vec<Entity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sensors: Vec<Sensor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<PartParameter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<Place>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    derived: Vec<Derived>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    correlations: Vec<Correlation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<Requirement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    coverage: Vec<Goal>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measures: Vec<Measure>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    rare_event: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    #[expect(clippy::option_option, reason = "left out is inherited, `None` is without")]
    mapping: Option<Option<Mapping>>,
}

/// Whether a family can be called so: an id is its file's stem, and never a path.
pub fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    !id.is_empty() && id.len() <= 100 && id.chars().all(plain)
}

impl Variant {
    /// A variant of `base` that says nothing of its own yet.
    pub fn new(id: &str, title: &str, base: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            extends: base.to_owned(),
            without: Vec::new(),
            version: None,
            tags: None,
            taxonomy: None,
            card: PartCard::default(),
            stage: None,
            scene: BTreeMap::new(),
            camera: PartCamera::default(),
            clock: PartClock::default(),
            regions: BTreeMap::new(),
            entities: Vec::new(),
            sensors: Vec::new(),
            parameters: Vec::new(),
            places: Vec::new(),
            derived: Vec::new(),
            correlations: Vec::new(),
            requirements: Vec::new(),
            coverage: Vec::new(),
            events: Vec::new(),
            measures: Vec::new(),
            rare_event: None,
            mapping: None,
        }
    }

    /// What can be told without the base.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let wrong = |field: String, text: &str| Err((field, text.to_owned()));
        if !is_id(&self.extends) {
            let text =
                "a base is named by its id, 1 to 100 lower-case letters, digits, `-` or `_`, and never by a path";
            return wrong("extends".to_owned(), text);
        }
        match self.parameters.iter().position(|part| part.name.is_none()) {
            Some(at) => wrong(format!("parameters[{at}]"), "the field `name` is missing; say which parameter is meant"),
            None => Ok(()),
        }
    }

    /// The whole family: `base` with what this variant says instead.
    ///
    /// # Errors
    /// The path of a field in the variant's file and a sentence: a name that the base lacks, a quantity that does not fit.
    pub fn over(&self, base: &Family) -> Result<Family, (String, String)> {
        let gone = self.gone(base)?;
        Ok(Family {
            id: self.id.clone(),
            title: self.title.clone(),
            version: self.version.unwrap_or(base.version),
            extends: Some(self.extends.clone()),
            tags: self.tags.clone().unwrap_or_else(|| base.tags.clone()),
            taxonomy: self.taxonomy_over(base.taxonomy.as_ref())?,
            card: self.card.over(&base.card),
            stage: self.stage.clone().unwrap_or_else(|| base.stage.clone()),
            scene: map_over("scene", &base.scene, &self.scene, &gone),
            camera: self.camera.over(&base.camera),
            clock: self.clock.over(&base.clock),
            regions: map_over("regions", &base.regions, &self.regions, &gone),
            entities: merged(&base.entities, &self.entities, &gone)?,
            sensors: merged(&base.sensors, &self.sensors, &gone)?,
            parameters: merged(&base.parameters, &self.parameters, &gone)?,
            places: merged(&base.places, &self.places, &gone)?,
            derived: merged(&base.derived, &self.derived, &gone)?,
            correlations: merged(&base.correlations, &self.correlations, &gone)?,
            requirements: merged(&base.requirements, &self.requirements, &gone)?,
            coverage: merged(&base.coverage, &self.coverage, &gone)?,
            events: merged(&base.events, &self.events, &gone)?,
            measures: merged(&base.measures, &self.measures, &gone)?,
            rare_event: self.rare_event.clone().unwrap_or_else(|| base.rare_event.clone()),
            mapping: self.mapping.clone().unwrap_or_else(|| base.mapping.clone()),
            // Read anew only where its things are of other files.
            files: base.files.clone(),
        })
    }

    /// What the file must say so that `revised.over(base)` is `target`: what it says already stays, with the new values, and
    /// what else differs from the base is added.
    pub fn revised(&self, base: &Family, target: &Family) -> Self {
        // What the file removes and gives anew stays so.
        let before = self.gone(base).unwrap_or_default();
        let mut gone = Gone::new();
        let mut next = Self {
            version: revised(&self.version, &base.version, &target.version),
            tags: revised(&self.tags, &base.tags, &target.tags),
            taxonomy: self.taxonomy_revised(base.taxonomy.as_ref(), target.taxonomy.as_ref()),
            card: PartCard::revised(&self.card, &base.card, &target.card),
            stage: revised(&self.stage, &base.stage, &target.stage),
            scene: map_wanted("scene", [&self.scene, &base.scene, &target.scene], &before, &mut gone),
            camera: PartCamera::revised(&self.camera, &base.camera, &target.camera),
            clock: PartClock::revised(&self.clock, &base.clock, &target.clock),
            regions: map_wanted("regions", [&self.regions, &base.regions, &target.regions], &before, &mut gone),
            entities: wanted(&self.entities, &base.entities, &target.entities, &before, &mut gone),
            sensors: wanted(&self.sensors, &base.sensors, &target.sensors, &before, &mut gone),
            parameters: wanted(&self.parameters, &base.parameters, &target.parameters, &before, &mut gone),
            places: wanted(&self.places, &base.places, &target.places, &before, &mut gone),
            derived: wanted(&self.derived, &base.derived, &target.derived, &before, &mut gone),
            correlations: wanted(&self.correlations, &base.correlations, &target.correlations, &before, &mut gone),
            requirements: wanted(&self.requirements, &base.requirements, &target.requirements, &before, &mut gone),
            coverage: wanted(&self.coverage, &base.coverage, &target.coverage, &before, &mut gone),
            events: wanted(&self.events, &base.events, &target.events, &before, &mut gone),
            measures: wanted(&self.measures, &base.measures, &target.measures, &before, &mut gone),
            rare_event: revised(&self.rare_event, &base.rare_event, &target.rare_event),
            mapping: revised(&self.mapping, &base.mapping, &target.mapping),
            ..Self::new(&target.id, &target.title, &self.extends)
        };
        next.without = self.without_revised(base, gone);
        next
    }

    fn taxonomy_over(&self, base: Option<&Taxonomy>) -> Result<Option<Taxonomy>, Fault> {
        match (&self.taxonomy, base) {
            (None, base) => Ok(base.cloned()),
            (Some(None), _) => Ok(None),
            (Some(Some(part)), Some(base)) => Ok(Some(part.over(base))),
            (Some(Some(part)), None) => part.alone().map(Some),
        }
    }

    #[expect(clippy::option_option, reason = "the field that it is for")]
    fn taxonomy_revised(&self, base: Option<&Taxonomy>, target: Option<&Taxonomy>) -> Option<Option<PartTaxonomy>> {
        let kept = self.taxonomy.clone();
        match (base, target) {
            (None, Some(target)) => {
                let words = kept.flatten().unwrap_or_default();
                let part = PartTaxonomy::revised(&words, &Taxonomy::of_version(target.version), target);
                Some(Some(PartTaxonomy { version: Some(target.version), ..part }))
            }
            (_, None) => (kept.is_some() || base.is_some()).then_some(None),
            (Some(base), Some(target)) => {
                let words = self.taxonomy.clone().flatten().unwrap_or_default();
                let part = PartTaxonomy::revised(&words, base, target);
                (kept.is_some() || !part.is_empty()).then_some(Some(part))
            }
        }
    }

    /// The base's things that `without` names.
    fn gone(&self, base: &Family) -> Result<Gone, Fault> {
        let names = names(base);
        let mut gone = Gone::new();
        for (at, name) in self.without.iter().enumerate() {
            let fault = |text: String| Err((format!("without[{at}]"), text));
            let meant: Vec<_> = names.iter().filter(|(list, key)| is_meant(name, list, key)).collect();
            match meant.as_slice() {
                [] => {
                    let plain = name.rsplit('.').next().unwrap_or_default();
                    let hint = did_you_mean(plain, names.iter().map(|(_, key)| key.as_str()));
                    return fault(format!("the base `{}` has nothing called `{name}`{hint}", base.id));
                }
                [one] if gone.insert((*one).clone()) => {}
                [_] => return fault(format!("`{name}` is named twice; write it once")),
                several => {
                    let full: Vec<String> = several.iter().map(|(list, key)| format!("`{list}.{key}`")).collect();
                    return fault(format!("`{name}` is the name of several things; write {}", full.join(" or ")));
                }
            }
        }
        Ok(gone)
    }

    /// The names that stand there already and still hold, then those of what else is gone.
    fn without_revised(&self, base: &Family, mut gone: Gone) -> Vec<String> {
        let names = names(base);
        let mut without = Vec::new();
        for name in &self.without {
            let meant: Vec<_> = names.iter().filter(|(list, key)| is_meant(name, list, key)).collect();
            if let [one] = meant.as_slice()
                && gone.remove(*one)
            {
                without.push(name.clone());
            }
        }
        without.extend(gone.iter().map(|(list, key)| format!("{list}.{key}")));
        without
    }
}

/// Everything in a family that has a name, by list and name.
fn names(family: &Family) -> Gone {
    fn of<T: Thing>(things: &[T]) -> impl Iterator<Item = (&'static str, String)> {
        things.iter().map(|thing| (T::LIST, thing.key()))
    }
    let maps = family.scene.keys().map(|name| ("scene", name.clone()));
    let maps = maps.chain(family.regions.keys().map(|name| ("regions", name.clone())));
    maps.chain(of(&family.parameters))
        .chain(of(&family.places))
        .chain(of(&family.derived))
        .chain(of(&family.correlations))
        .chain(of(&family.requirements))
        .chain(of(&family.coverage))
        .chain(of(&family.entities))
        .chain(of(&family.sensors))
        .chain(of(&family.events))
        .chain(of(&family.measures))
        .collect()
}

/// Whether `name` of `without` means the thing `key` of `list`; a correlation's two names stand in either order.
fn is_meant(name: &str, list: &str, key: &str) -> bool {
    if name == key {
        return true;
    }
    let Some(of_list) = name.strip_prefix(list).and_then(|rest| rest.strip_prefix('.')) else { return false };
    of_list == key
        || list == Correlation::LIST && of_list.split_once('.').is_some_and(|(a, b)| format!("{b}.{a}") == key)
}

fn map_over<T: Clone>(
    list: &'static str,
    base: &BTreeMap<String, T>,
    own: &BTreeMap<String, T>,
    gone: &Gone,
) -> BTreeMap<String, T> {
    let stays = |name: &str| !gone.contains(&(list, name.to_owned()));
    let inherited = base.iter().filter(|(name, _)| stays(name));
    inherited.chain(own).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// As [`wanted`] for lists, for maps; what is said already, the base, and what shall come out.
fn map_wanted<T: Clone + PartialEq>(
    list: &'static str,
    [kept, base, target]: [&BTreeMap<String, T>; 3],
    before: &Gone,
    gone: &mut Gone,
) -> BTreeMap<String, T> {
    let anew = |name: &String| before.contains(&(list, name.clone())) && kept.contains_key(name);
    let goes = |name: &&String| !target.contains_key(*name) || anew(name);
    gone.extend(base.keys().filter(goes).map(|name| (list, name.clone())));
    let said = |(name, value): &(&String, &T)| kept.contains_key(*name) || base.get(*name) != Some(*value);
    target.iter().filter(said).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests;
