//! One change of a family: whole values exchanged, added, removed, renamed. What the inspector asks for and undo takes back.
//!
//! A change that would leave a name without a meaning is refused with a sentence (`uses`); whether the family then makes
//! sense is validation's question.

use std::collections::BTreeSet;

use super::uses::{check_kept, rename, rename_lamp, rename_recorded, rename_thing};
use crate::family::validate::is_identifier;
use crate::family::{
    Bound, CameraSpec, Clock, Correlation, Derived, Entity, Event, Family, Goal, Mapping, Measure, Parameter, Place,
    Region, Requirement, Taxonomy,
};
use crate::world;

/// What a person changes in a family, one thing each. What is put at a place behind the last is added.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Exchanges the parameter called so; another name is written everywhere.
    PutParameter(String, Box<Parameter>),
    /// Adds one behind the one called so, or at the end.
    AddParameter(Option<String>, Box<Parameter>),
    /// Removes one that nothing reads.
    RemoveParameter(String),
    /// Correlates two parameters, or no longer.
    Correlate([String; 2], Option<f64>),
    /// Exchanges requirement `n`.
    PutRequirement(usize, Requirement),
    /// Removes requirement `n`.
    RemoveRequirement(usize),
    /// Exchanges event `n`; another name is written wherever an event acts on what it lets appear.
    PutEvent(usize, Box<Event>),
    /// Removes event `n`.
    RemoveEvent(usize),
    /// Exchanges thing `n` of the family's own; another name is written wherever events act on it or anything reads it.
    PutEntity(usize, Box<Entity>),
    /// Removes thing `n`, if nothing acts on it or reads it.
    RemoveEntity(usize),
    /// Exchanges the region called so, or adds one, under a name that places follow.
    PutRegion(Option<String>, String, Box<Region>),
    /// Removes a region that no place lies on.
    RemoveRegion(String),
    /// Exchanges place `n`; another name is written into everything that reads its shares and coordinates.
    PutPlace(usize, Box<Place>),
    /// Removes place `n`, if nothing reads it.
    RemovePlace(usize),
    /// Exchanges derived quantity `n`; another name is written everywhere.
    PutDerived(usize, Derived),
    /// Removes derived quantity `n`, if nothing reads it.
    RemoveDerived(usize),
    /// Exchanges measure `n`; another name is written everywhere.
    PutMeasure(usize, Measure),
    /// Removes measure `n`, if nothing reads it.
    RemoveMeasure(usize),
    /// Says when the rare event happened.
    RareEvent(String),
    /// Exchanges coverage goal `n`.
    PutGoal(usize, Goal),
    /// Removes coverage goal `n`.
    RemoveGoal(usize),
    /// Sets a slot of the stage, or leaves it at the stage's default.
    SetSlot(String, Option<Bound>),
    /// Exchanges the view.
    SetCamera(Box<CameraSpec>),
    /// Exchanges length and rate.
    SetClock(Clock),
    /// Exchanges title and version.
    Entitle(String, u32),
    /// Answers question `n` of the policy card.
    Answer(usize, String),
    /// Exchanges the words that sort the family; none is without.
    Sort(Option<Box<Taxonomy>>),
    /// Exchanges the free tags.
    Tag(Vec<String>),
    /// Says how episodes are told in the columns of a real set; none is without.
    SetMapping(Option<Box<Mapping>>),
}

impl Change {
    /// `family` with this change.
    ///
    /// # Errors
    /// Why it cannot be done; one sentence.
    pub fn apply(&self, family: &Family) -> Result<Family, String> {
        let mut changed = family.clone();
        self.make(&mut changed)?;
        check_kept(family, &changed)?;
        Ok(changed)
    }

    fn make(&self, family: &mut Family) -> Result<(), String> {
        match self {
            Self::PutParameter(name, new) => put_parameter(family, name, new)?,
            Self::AddParameter(behind, new) => {
                let name = free_name(family, &new.name);
                let behind = behind.as_ref().and_then(|name| place_of(family, name));
                let at = behind.map_or(family.parameters.len(), |at| at + 1);
                family.parameters.insert(at, Parameter { name, ..(**new).clone() });
            }
            Self::RemoveParameter(name) => {
                let at = place_of(family, name).ok_or_else(|| format!("there is no parameter `{name}`"))?;
                family.parameters.remove(at);
            }
            Self::Correlate(pair, rho) => correlate(family, pair, *rho)?,
            Self::PutRequirement(at, new) => put(&mut family.requirements, *at, new.clone()),
            Self::RemoveRequirement(at) => remove(&mut family.requirements, *at),
            Self::PutEvent(at, new) => {
                let name = family.events.get(*at).map_or_else(|| new.name.clone(), |event| event.name.clone());
                put(&mut family.events, *at, (**new).clone());
                if name != new.name {
                    rename_thing(family, &name, &new.name);
                }
            }
            Self::RemoveEvent(at) => remove(&mut family.events, *at),
            Self::PutEntity(at, new) => put_entity(family, *at, new)?,
            Self::RemoveEntity(at) => remove(&mut family.entities, *at),
            Self::PutRegion(name, new_name, new) => put_region(family, name.as_deref(), new_name, new)?,
            Self::RemoveRegion(name) => drop(family.regions.remove(name)),
            Self::PutPlace(at, new) => put_place(family, *at, new)?,
            Self::RemovePlace(at) => remove(&mut family.places, *at),
            Self::PutDerived(at, new) => {
                let name = family.derived.get(*at).map(|derived| derived.name.clone());
                called(family, name.as_deref(), &new.name)?;
                put(&mut family.derived, *at, new.clone());
            }
            Self::RemoveDerived(at) => remove(&mut family.derived, *at),
            Self::PutMeasure(at, new) => {
                let name = family.measures.get(*at).map(|measure| measure.name.clone());
                called(family, name.as_deref(), &new.name)?;
                put(&mut family.measures, *at, new.clone());
            }
            Self::RemoveMeasure(at) => remove(&mut family.measures, *at),
            other => other.set(family),
        }
        Ok(())
    }

    /// The changes that cannot be refused.
    fn set(&self, family: &mut Family) {
        match self {
            Self::RareEvent(text) => family.rare_event.clone_from(text),
            Self::PutGoal(at, new) => put(&mut family.coverage, *at, new.clone()),
            Self::RemoveGoal(at) => remove(&mut family.coverage, *at),
            Self::SetSlot(name, Some(bound)) => drop(family.scene.insert(name.clone(), bound.clone())),
            Self::SetSlot(name, None) => drop(family.scene.remove(name)),
            Self::SetCamera(new) => family.camera = (**new).clone(),
            Self::SetClock(new) => family.clock = *new,
            Self::Entitle(title, version) => {
                family.title.clone_from(title);
                family.version = *version;
            }
            Self::Answer(at, text) => {
                let card = &mut family.card;
                let answers = [&mut card.rare_event, &mut card.artefact, &mut card.real_probe, &mut card.discard_rule];
                if let Some(answer) = answers.into_iter().nth(*at) {
                    answer.clone_from(text);
                }
            }
            Self::Sort(words) => family.taxonomy = words.as_deref().cloned(),
            Self::Tag(tags) => family.tags.clone_from(tags),
            Self::SetMapping(new) => family.mapping = new.as_deref().cloned(),
            _ => {}
        }
    }
}

fn put<T>(all: &mut Vec<T>, at: usize, new: T) {
    match all.get_mut(at) {
        Some(place) => *place = new,
        None => all.push(new),
    }
}

fn remove<T>(all: &mut Vec<T>, at: usize) {
    if at < all.len() {
        all.remove(at);
    }
}

fn place_of(family: &Family, name: &str) -> Option<usize> {
    family.parameters.iter().position(|parameter| parameter.name == name)
}

/// Writes the new name of something that was called `old`, or checks that of something new.
fn called(family: &mut Family, old: Option<&str>, new: &str) -> Result<(), String> {
    if old == Some(new) {
        return Ok(());
    }
    check_name(family, new)?;
    if let Some(old) = old {
        rename(family, old, new);
    }
    Ok(())
}

fn put_parameter(family: &mut Family, name: &str, new: &Parameter) -> Result<(), String> {
    let at = place_of(family, name).ok_or_else(|| format!("there is no parameter `{name}`"))?;
    called(family, Some(name), &new.name)?;
    put(&mut family.parameters, at, new.clone());
    Ok(())
}

fn put_region(family: &mut Family, old: Option<&str>, name: &str, new: &Region) -> Result<(), String> {
    if old != Some(name) {
        check_region_name(family, name)?;
        if let Some(old) = old {
            family.regions.remove(old);
            for place in family.places.iter_mut().filter(|place| place.on == old) {
                name.clone_into(&mut place.on);
            }
        }
    }
    family.regions.insert(name.to_owned(), new.clone());
    Ok(())
}

fn put_entity(family: &mut Family, at: usize, new: &Entity) -> Result<(), String> {
    let old = family.entities.get(at).cloned();
    if old.as_ref().is_none_or(|old| old.name != new.name) {
        check_entity_name(family, &new.name)?;
    }
    if let Some(old) = old.filter(|old| old.name != new.name) {
        rename_thing(family, &old.name, &new.name);
        rename_lamp(family, &old.name, &new.name);
        let before = world::recorded_of(family, &old);
        let after = world::recorded_of(family, &Entity { name: new.name.clone(), ..old.clone() });
        for (from, to) in before.into_iter().zip(after) {
            rename_recorded(family, &from, &to);
        }
        for sensor in family.sensors.iter_mut().filter(|sensor| sensor.on == old.name) {
            new.name.clone_into(&mut sensor.on);
        }
    }
    put(&mut family.entities, at, new.clone());
    Ok(())
}

/// Whether a thing of the family's own can be called `name`.
///
/// # Errors
/// One sentence where it cannot.
pub fn check_entity_name(family: &Family, name: &str) -> Result<(), String> {
    check_word(name)?;
    if family.entities.iter().any(|entity| entity.name == name) {
        return Err(taken(name));
    }
    world::check_entity_name(family, name)
}

fn put_place(family: &mut Family, at: usize, new: &Place) -> Result<(), String> {
    let Some(old) = family.places.get(at).cloned() else {
        check_place_name(family, None, &new.name)?;
        family.places.push(new.clone());
        return Ok(());
    };
    if old.name != new.name {
        check_place_name(family, Some(at), &new.name)?;
        for ending in endings(family, &old.on) {
            rename(family, &format!("{}_{ending}", old.name), &format!("{}_{ending}", new.name));
        }
    }
    put(&mut family.places, at, new.clone());
    Ok(())
}

/// The endings of what a place on the region called so adds to a draw.
fn endings(family: &Family, region: &str) -> Vec<&'static str> {
    let Some(region) = family.regions.get(region) else { return Vec::new() };
    region.shares().iter().copied().chain(region.gives().iter().map(|(ending, _)| *ending)).collect()
}

/// Whether something new in `family` can be called `name`.
///
/// # Errors
/// One sentence where it cannot.
pub fn check_name(family: &Family, name: &str) -> Result<(), String> {
    check_word(name)?;
    if crate::family::expression::is_reserved(name) {
        return Err(format!("`{name}` has a meaning in expressions; choose another name"));
    }
    let columns = crate::family::Columns::of(family);
    let measure = family.measures.iter().any(|measure| measure.name == name);
    let place = family.places.iter().any(|place| place.name == name);
    if measure || place || columns.position(name).is_some() {
        return Err(taken(name));
    }
    Ok(())
}

fn taken(name: &str) -> String {
    format!("the name `{name}` is taken; choose another")
}

fn check_word(name: &str) -> Result<(), String> {
    if is_identifier(name) {
        return Ok(());
    }
    Err(format!("`{name}` is no name; write lower-case letters, digits and _, beginning with a letter"))
}

/// Whether a region can be called `name`.
///
/// # Errors
/// One sentence where it cannot.
pub fn check_region_name(family: &Family, name: &str) -> Result<(), String> {
    check_word(name)?;
    if family.regions.contains_key(name) { Err(taken(name)) } else { Ok(()) }
}

/// Whether place `at`, or a new one, can be called `name`: its shares and coordinates need names, too.
///
/// # Errors
/// One sentence where it cannot.
pub fn check_place_name(family: &Family, at: Option<usize>, name: &str) -> Result<(), String> {
    let mut others = family.clone();
    if let Some(at) = at {
        remove(&mut others.places, at);
    }
    check_name(&others, name)?;
    // Whatever kind of region it lies on, now or later.
    ["along", "across", "up", "x_m", "y_m", "z_m", "heading_deg"]
        .into_iter()
        .try_for_each(|ending| check_name(&others, &format!("{name}_{ending}")))
}

/// `name`, or with the first number behind it that makes it new among everything that expressions read.
pub fn free_name(family: &Family, name: &str) -> String {
    free(name, |name| check_name(family, name).is_ok())
}

/// `name`, or with the first number behind it that `is_free`.
pub fn free(name: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(name) {
        return name.to_owned();
    }
    let stem: String = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_').to_owned();
    let stem = if is_identifier(&stem) { stem } else { "parameter".to_owned() };
    let mut numbered = (2_usize..).map(|number| format!("{stem}_{number}"));
    numbered.find(|name| is_free(name)).unwrap_or(stem)
}

fn correlate(family: &mut Family, [a, b]: &[String; 2], rho: Option<f64>) -> Result<(), String> {
    if a == b {
        return Err(format!("`{a}` is correlated with itself; name two parameters"));
    }
    let is_pair = |pair: &Correlation| [&pair.a, &pair.b] == [a, b] || [&pair.a, &pair.b] == [b, a];
    let at = family.correlations.iter().position(is_pair);
    match (rho, at) {
        (None, Some(at)) => drop(family.correlations.remove(at)),
        (None, None) => {}
        (Some(rho), at) => {
            let new = Correlation { a: a.clone(), b: b.clone(), rho };
            put(&mut family.correlations, at.unwrap_or(usize::MAX), new);
        }
    }
    Ok(())
}

/// The tags that a person wrote with commas between them: none empty, none twice.
pub fn tags(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let words = text.split(',').map(|tag| tag.split_whitespace().collect::<Vec<_>>().join(" "));
    words.filter(|tag| !tag.is_empty() && seen.insert(tag.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::used_by;
    use super::*;
    use crate::family::Plan;
    use crate::run::new;

    fn example() -> Family {
        new::example(new::EXAMPLES[0].0).expect("ships with the program")
    }

    #[test]
    fn a_new_name_is_written_everywhere_and_the_family_stays_sound() {
        let family = example();
        let old = family.parameter("reach_height_m").unwrap().clone();
        let new = Parameter { name: "arrival_m".to_owned(), ..old };
        let change = Change::PutParameter("reach_height_m".to_owned(), Box::new(new));
        let changed = change.apply(&family).expect("renames");
        assert!(Plan::new(&changed).is_ok(), "nothing names what is gone");
        assert!(used_by(&changed, "reach_height_m").is_empty());
        assert_eq!(used_by(&changed, "arrival_m").len(), used_by(&family, "reach_height_m").len());
        assert!(changed.scene.contains_key("reach_height_m"), "the slot keeps its name");
        for bad in ["canister_fill", "Arrival", "min", "tipped"] {
            let new = Parameter { name: bad.to_owned(), ..family.parameters[0].clone() };
            let refused = Change::PutParameter(family.parameters[0].name.clone(), Box::new(new)).apply(&family);
            assert!(refused.is_err_and(|text| text.contains(bad)), "{bad}");
        }
    }

    #[test]
    fn what_is_used_stays_and_says_by_what() {
        let family = example();
        let refused = Change::RemoveParameter("drop_time_s".to_owned()).apply(&family).unwrap_err();
        for user in ["event `light_drop`", "requirement `drop_finishes`", "measure `drop_to_contact_s`"] {
            assert!(refused.contains(user), "{refused}");
        }
        let copy = Change::AddParameter(
            Some("drop_time_s".to_owned()),
            Box::new(family.parameter("drop_time_s").unwrap().clone()),
        );
        let more = copy.apply(&family).unwrap();
        let at = place_of(&more, "drop_time_s").unwrap();
        assert_eq!(more.parameters[at + 1].name, "drop_time_s_2", "beside the one it is a copy of");
        let back = Change::RemoveParameter("drop_time_s_2".to_owned()).apply(&more).expect("nothing uses it");
        assert_eq!(back, family);
    }

    #[test]
    fn a_pair_is_one_pair_in_either_order() {
        let family = example();
        let pair = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let once = Change::Correlate(pair("canister_fill", "canister_mass_kg"), Some(0.5)).apply(&family).unwrap();
        let twice = Change::Correlate(pair("canister_mass_kg", "canister_fill"), Some(0.7)).apply(&once).unwrap();
        assert_eq!((twice.correlations.len(), twice.correlations[0].rho), (1, 0.7));
        assert_eq!(Change::Correlate(pair("canister_fill", "canister_mass_kg"), None).apply(&twice), Ok(family));
    }

    fn ring(x: &str) -> Region {
        let at = [Bound::Expression(x.to_owned()), Bound::Number(0.0), Bound::Number(0.0)];
        let [inner_m, outer_m, from_deg, to_deg] = [0.1, 0.2, 0.0, 360.0].map(Bound::Number);
        Region::Ring { centre_m: at, inner_m, outer_m, from_deg, to_deg }
    }

    fn place(name: &str, on: &str) -> Place {
        Place::new(name, on)
    }

    fn with_place() -> Family {
        let add = [
            Change::PutRegion(None, "round".to_owned(), Box::new(ring("canister_x_m"))),
            Change::PutPlace(0, Box::new(place("spot", "round"))),
            Change::PutDerived(
                0,
                Derived { name: "gap_m".into(), unit: "m".into(), is: "spot_x_m - 0.1".into(), about: String::new() },
            ),
            Change::Correlate(["spot_along".to_owned(), "canister_fill".to_owned()], Some(0.3)),
        ];
        add.iter().try_fold(example(), |family, change| change.apply(&family)).expect("each fits")
    }

    #[test]
    fn places_regions_and_derived_quantities_are_renamed_everywhere() {
        let family = with_place();
        assert!(Plan::new(&family).is_ok());
        let renamed = [
            Change::PutRegion(Some("round".to_owned()), "about".to_owned(), Box::new(ring("canister_x_m"))),
            Change::PutPlace(0, Box::new(place("mark", "about"))),
            Change::PutDerived(
                0,
                Derived { name: "way_m".into(), is: "mark_x_m - 0.1".into(), ..family.derived[0].clone() },
            ),
        ];
        let family = renamed.iter().try_fold(family, |family, change| change.apply(&family)).expect("each fits");
        assert!(Plan::new(&family).is_ok(), "nothing names what is gone");
        assert_eq!((family.places[0].on.as_str(), family.correlations[0].a.as_str()), ("about", "mark_along"));
        for (name, part) in [("Mark", "no name"), ("canister_fill", "taken"), ("max", "meaning")] {
            let refused = Change::PutPlace(0, Box::new(place(name, "about"))).apply(&family).unwrap_err();
            assert!(refused.contains(part), "{name}: {refused}");
        }
        let bare = Parameter { name: "x_x_m".to_owned(), ..family.parameters[0].clone() };
        let crowded = Change::AddParameter(None, Box::new(bare)).apply(&family).unwrap();
        assert!(check_place_name(&crowded, Some(0), "x").unwrap_err().contains("x_x_m"), "its coordinate");
    }

    #[test]
    fn what_other_things_stand_on_stays_and_says_so() {
        let family = with_place();
        let refused = |change: Change| change.apply(&family).unwrap_err();
        assert!(refused(Change::RemoveRegion("round".to_owned())).contains("the place `spot` lies on `round`"));
        let told = refused(Change::RemovePlace(0));
        assert!(told.contains("`spot_along` is used by the correlation with `canister_fill`"), "{told}");
        let told = refused(Change::RemoveParameter("canister_x_m".to_owned()));
        assert!(told.contains("region `round`"), "{told}");
        assert!(refused(Change::RemoveMeasure(0)).contains("is used by"), "the rare event");
        let alone =
            Change::Correlate(["spot_along".to_owned(), "canister_fill".to_owned()], None).apply(&family).unwrap();
        let alone = Change::RemoveDerived(0).apply(&alone).expect("nothing reads it");
        let alone = Change::RemovePlace(0).apply(&alone).expect("nothing reads it now");
        assert_eq!(Change::RemoveRegion("round".to_owned()).apply(&alone), Ok(example()), "and back");
    }

    #[test]
    fn a_region_of_another_kind_may_take_names_away_only_if_nothing_reads_them() {
        let mut family = with_place();
        let zero = [0.0, 0.0, 0.0].map(Bound::Number);
        let cube = Region::Box { low_m: zero.clone(), high_m: [0.1, 0.1, 0.1].map(Bound::Number) };
        family = Change::PutRegion(Some("round".into()), "round".into(), Box::new(cube)).apply(&family).unwrap();
        family.requirements[0].that = "spot_up < 0.5".to_owned();
        let back = Change::PutRegion(Some("round".into()), "round".into(), Box::new(ring("canister_x_m")));
        assert!(back.apply(&family).unwrap_err().contains("`spot_up` is used by requirement"));
    }

    #[test]
    fn tags_are_told_apart_by_commas() {
        assert_eq!(tags(" humanoid, sudden   onset,,humanoid "), ["humanoid", "sudden onset"]);
        assert!(tags(" , ").is_empty());
    }
}
