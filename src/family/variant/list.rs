//! Lists of named things, merged by name.

use std::collections::{BTreeMap, BTreeSet};

use super::part::PartParameter;
use super::{Fault, Gone};
use crate::base::text::did_you_mean;
use crate::family::{Correlation, Derived, Entity, Event, Goal, Measure, Parameter, Place, Requirement, Sensor, units};

/// An entry of a list that is known by a name.
pub(super) trait Thing: Clone + PartialEq {
    /// What a variant's file gives of it.
    type Part: Clone + PartialEq;
    /// The list's name in the file.
    const LIST: &'static str;
    /// What one is called in sentences.
    const NOUN: &'static str;

    fn key(&self) -> String;

    fn part_key(part: &Self::Part) -> String;

    /// The thing, which stands at the path `field`, with its quantities turned into its unit.
    fn resolved(self, _field: &str) -> Result<Self, Fault> {
        Ok(self)
    }

    /// The thing that `part`, which stands at the path `field`, makes of the base's.
    fn merged(part: &Self::Part, base: Option<&Self>, field: &str) -> Result<Self, Fault>;

    /// What the file must say so that the thing comes out as `target`; `None` where it need not say anything.
    fn wanted(kept: Option<&Self::Part>, base: Option<&Self>, target: &Self) -> Option<Self::Part>;
}

/// A thing that a variant's file gives whole.
macro_rules! whole {
    ($type:ty, $list:literal, $noun:literal, |$thing:ident| $key:expr $(, $resolve:item)?) => {
        impl Thing for $type {
            type Part = Self;
            const LIST: &'static str = $list;
            const NOUN: &'static str = $noun;

            fn key(&self) -> String {
                let $thing = self;
                $key
            }

            fn part_key(part: &Self) -> String {
                part.key()
            }

            $($resolve)?

            fn merged(part: &Self, _base: Option<&Self>, field: &str) -> Result<Self, Fault> {
                part.clone().resolved(field)
            }

            fn wanted(kept: Option<&Self>, base: Option<&Self>, target: &Self) -> Option<Self> {
                if kept.is_none() && base == Some(target) {
                    return None;
                }
                // Its own words, such as a quantity, stay while they mean the same.
                let said = kept.filter(|kept| Self::merged(kept, None, "").as_ref() == Ok(target));
                Some(said.unwrap_or(target).clone())
            }
        }
    };
}

whole!(
    Place,
    "places",
    "place",
    |thing| thing.name.clone(),
    fn resolved(mut self, field: &str) -> Result<Self, Fault> {
        units::resolve_place(field, &mut self)?;
        Ok(self)
    }
);
whole!(Derived, "derived", "derived quantity", |thing| thing.name.clone());
whole!(Correlation, "correlations", "correlation", |thing| {
    let (low, high) = if thing.a <= thing.b { (&thing.a, &thing.b) } else { (&thing.b, &thing.a) };
    format!("{low}.{high}")
});
whole!(Requirement, "requirements", "requirement", |thing| thing.name.clone());
whole!(Goal, "coverage", "coverage goal", |thing| thing.of.clone());
whole!(Entity, "entities", "thing", |thing| thing.name.clone());
whole!(Sensor, "sensors", "sensor", |thing| thing.name.clone());
whole!(Event, "events", "event", |thing| thing.name.clone());
whole!(Measure, "measures", "measure", |thing| thing.name.clone());

impl Thing for Parameter {
    type Part = PartParameter;
    const LIST: &'static str = "parameters";
    const NOUN: &'static str = "parameter";

    fn key(&self) -> String {
        self.name.clone()
    }

    fn part_key(part: &PartParameter) -> String {
        part.name.clone().unwrap_or_default()
    }

    fn merged(part: &PartParameter, base: Option<&Self>, field: &str) -> Result<Self, Fault> {
        part.merged(base, field)
    }

    fn wanted(kept: Option<&PartParameter>, base: Option<&Self>, target: &Self) -> Option<PartParameter> {
        PartParameter::wanted(kept, base, target)
    }
}

/// The base's things without those that are `gone`, each replaced in its place by the variant's of its name; then what the
/// variant adds.
pub(super) fn merged<T: Thing>(base: &[T], parts: &[T::Part], gone: &Gone) -> Result<Vec<T>, Fault> {
    let stays = |thing: &&T| !gone.contains(&(T::LIST, thing.key()));
    let mut things: Vec<T> = base.iter().filter(stays).cloned().collect();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (at, thing) in things.iter().enumerate() {
        places.entry(thing.key()).or_insert(at);
    }
    let mut changed = BTreeSet::new();
    for (at, part) in parts.iter().enumerate() {
        let (field, key) = (format!("{}[{at}]", T::LIST), T::part_key(part));
        let Some(place) = places.get(&key).and_then(|place| things.get_mut(*place)) else {
            let new = T::merged(part, None, &field).map_err(|(field, text)| {
                let hint = did_you_mean(&key, places.keys().map(String::as_str));
                (field, format!("{text} (the base has no {} `{key}`{hint})", T::NOUN))
            })?;
            things.push(new);
            continue;
        };
        if !changed.insert(key.clone()) {
            return Err((field, format!("the base's {} `{key}` is changed twice; write it once", T::NOUN)));
        }
        *place = T::merged(part, Some(place), &field)?;
    }
    Ok(things)
}

/// What a variant's list must say so that it comes out as `target`; the base's things that have to go are put into `gone`.
///
/// Inherited things keep the base's order and new ones follow, so that a list in another order is taken over as far as the
/// orders agree and given in full from there on.
///
/// A thing of `before` that the file gives anew stays gone and given, unless things of the base now come behind it.
pub(super) fn wanted<T: Thing>(
    kept: &[T::Part],
    base: &[T],
    target: &[T],
    before: &Gone,
    gone: &mut Gone,
) -> Vec<T::Part> {
    let words: BTreeMap<(String, usize), &T::Part> =
        numbered(kept.iter().map(T::part_key)).into_iter().zip(kept).collect();
    let (base_keys, target_keys) = (keys(base), keys(target));
    let anew = |key: &&String| before.contains(&(T::LIST, (*key).clone())) && words.contains_key(&((*key).clone(), 0));
    let plain: Vec<&String> = base_keys.iter().filter(|key| !anew(key)).collect();
    let n_plain = in_order(&plain, &target_keys);
    let n_inherited = if !unique(&base_keys) || !unique(&target_keys) {
        0
    } else if target_keys.iter().skip(n_plain).all(|key| !plain.contains(&key)) {
        n_plain
    } else {
        in_order(&base_keys.iter().collect::<Vec<_>>(), &target_keys)
    };
    let inherited: BTreeSet<&String> = target_keys.iter().take(n_inherited).collect();
    gone.extend(base_keys.iter().filter(|key| !inherited.contains(key)).map(|key| (T::LIST, key.clone())));
    let of_base: BTreeMap<&String, &T> = base_keys.iter().zip(base).collect();
    let numbered = numbered(target_keys.iter().cloned());
    let parts = numbered.iter().zip(target).enumerate().filter_map(|(at, (key, thing))| {
        let base = of_base.get(&key.0).copied().filter(|_| at < n_inherited);
        T::wanted(words.get(key).copied(), base, thing).map(|part| (at >= n_inherited, part))
    });
    in_file_order::<T>(kept, parts.collect())
}

fn keys<T: Thing>(things: &[T]) -> Vec<String> {
    things.iter().map(T::key).collect()
}

/// Each key with how often it came before, so that even a name that stands twice finds its own words.
fn numbered(keys: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = |key: String| {
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        (key, *count - 1)
    };
    keys.map(&mut number).collect()
}

fn unique(keys: &[String]) -> bool {
    keys.iter().collect::<BTreeSet<_>>().len() == keys.len()
}

/// How many of `target`'s first keys stand in `base` in the same order.
fn in_order(base: &[&String], target: &[String]) -> usize {
    let mut rest = base.iter();
    target.iter().take_while(|key| rest.any(|other| *other == *key)).count()
}

/// The parts in the order in which the file has them already, then the others; new things keep their order in any case.
fn in_file_order<T: Thing>(kept: &[T::Part], parts: Vec<(bool, T::Part)>) -> Vec<T::Part> {
    let places: BTreeMap<String, usize> = kept.iter().enumerate().map(|(at, part)| (T::part_key(part), at)).collect();
    let mut sorted: Vec<_> = parts.iter().enumerate().collect();
    sorted.sort_by_key(|(at, (_, part))| (places.get(&T::part_key(part)).copied().unwrap_or(usize::MAX), *at));
    let new: Vec<usize> = sorted.iter().filter(|(_, (is_new, _))| *is_new).map(|(at, _)| *at).collect();
    if new.is_sorted() {
        sorted.into_iter().map(|(_, (_, part))| part.clone()).collect()
    } else {
        parts.into_iter().map(|(_, part)| part).collect()
    }
}
