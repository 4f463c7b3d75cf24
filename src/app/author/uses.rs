//! Who reads a name in a family: what a change would leave without a meaning, and where a new name has to be written.

use std::collections::BTreeSet;

use crate::family::measure::Named;
use crate::family::{Action, Bound, Columns, Distribution, Event, Expression, Family, Region, Scope, Spread};
use crate::world;

/// What an expression may read beside the draw: it decides what a name means there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    /// Nothing.
    Draw,
    /// The stage's live quantities, which come before a parameter of the same name.
    Live,
    /// What a state recorded, which comes before the draw.
    Recorded,
    /// The episode's summary and, inside a summary function, what it recorded; both come before the draw.
    Outcome,
}

/// Every name that an expression over `family`'s draws and episodes can read because the family says so.
fn names(family: &Family) -> BTreeSet<String> {
    let columns = Columns::of(family);
    let measures = family.measures.iter().map(|measure| measure.name.clone());
    columns.names().map(str::to_owned).chain(measures).collect()
}

/// Refuses what would leave a name without a meaning that had one before.
///
/// # Errors
/// A sentence that names what still reads it.
pub fn check_kept(before: &Family, after: &Family) -> Result<(), String> {
    for name in before.regions.keys().filter(|name| !after.regions.contains_key(*name)) {
        if let Some(place) = after.places.iter().find(|place| place.on == *name) {
            return Err(format!("the place `{}` lies on `{name}`; put it elsewhere first", place.name));
        }
    }
    let left = names(after);
    for name in names(before).difference(&left) {
        let users = used_by(after, name);
        if !users.is_empty() {
            return Err(format!("`{name}` is used by {}; change that first", users.join(", ")));
        }
    }
    for sensor in after.sensors.iter().filter(|sensor| before.entities.iter().any(|one| one.name == sensor.on)) {
        if after.entities.iter().all(|one| one.name != sensor.on) {
            return Err(format!("the sensor `{}` is on `{}`; put it elsewhere first", sensor.name, sensor.on));
        }
    }
    for gone in before.entities.iter().filter(|one| after.entities.iter().all(|other| other.name != one.name)) {
        for quantity in world::recorded_of(before, gone) {
            let users = readers_of_recorded(after, &quantity);
            if !users.is_empty() {
                return Err(format!("`{quantity}` is used by {}; change that first", users.join(", ")));
            }
        }
    }
    let things = world::movable(after);
    for name in world::movable(before).into_iter().filter(|name| !things.contains(name)) {
        if let Some(user) = after.events.iter().find(|event| moved_by(event) == Some(name)) {
            return Err(format!("event `{}` moves `{name}`; change it first", user.name));
        }
    }
    let lamps = world::lamps(after);
    for name in world::lamps(before).into_iter().filter(|name| !lamps.contains(name)) {
        if let Some(user) = after.events.iter().find(|event| dimmed_by(event) == Some(name)) {
            return Err(format!("event `{}` dims `{name}`; change it first", user.name));
        }
    }
    Ok(())
}

/// The lamp that an event dims.
fn dimmed_by(event: &Event) -> Option<&str> {
    match &event.action {
        Action::ScaleLamp { lamp, .. } => Some(lamp),
        _ => None,
    }
}

/// The thing that an event moves or pushes.
fn moved_by(event: &Event) -> Option<&str> {
    match &event.action {
        Action::Move { entity, .. } | Action::Push { entity, .. } => Some(entity),
        Action::ScaleLight { .. } | Action::ScaleLamp { .. } | Action::Set { .. } | Action::Spawn { .. } => None,
    }
}

/// Writes `to` wherever `from` is read.
pub(super) fn rename(family: &mut Family, from: &str, to: &str) {
    let asked = Asked::new(family, from);
    visit(family, &mut |_, site, text| {
        if asked.is_read(site, text) {
            *text = renamed(text, from, to);
        }
    });
    for pair in &mut family.correlations {
        for end in [&mut pair.a, &mut pair.b] {
            if end == from {
                to.clone_into(end);
            }
        }
    }
    for goal in family.coverage.iter_mut().filter(|goal| goal.of == from) {
        to.clone_into(&mut goal.of);
    }
}

/// Writes `to` wherever the recorded quantity `from` is read.
pub(super) fn rename_recorded(family: &mut Family, from: &str, to: &str) {
    visit(family, &mut |_, site, text| {
        if site != Site::Draw {
            *text = renamed(text, from, to);
        }
    });
}

/// What reads the recorded quantity `name`, each in a few words.
fn readers_of_recorded(family: &Family, name: &str) -> Vec<String> {
    let mut users = Vec::new();
    visit(&mut family.clone(), &mut |user, site, text| {
        let reads = site != Site::Draw && renamed(text, name, "\0") != *text;
        if reads && !users.iter().any(|other| other == user) {
            users.push(user.to_owned());
        }
    });
    users
}

/// Writes `to` wherever an event acts on the thing called `from`.
pub(super) fn rename_thing(family: &mut Family, from: &str, to: &str) {
    for event in &mut family.events {
        if let Action::Move { entity, .. } | Action::Push { entity, .. } = &mut event.action
            && entity == from
        {
            to.clone_into(entity);
        }
    }
}

/// Writes `to` wherever an event dims the lamp called `from`.
pub(super) fn rename_lamp(family: &mut Family, from: &str, to: &str) {
    for event in &mut family.events {
        if let Action::ScaleLamp { lamp, .. } = &mut event.action
            && lamp == from
        {
            to.clone_into(lamp);
        }
    }
}

/// What reads the name, each in a few words for a sentence. What a thing says of itself does not count.
pub fn used_by(family: &Family, name: &str) -> Vec<String> {
    let mut users = Vec::new();
    let mut family = family.clone();
    family.parameters.retain(|parameter| parameter.name != name);
    family.derived.retain(|derived| derived.name != name);
    family.measures.retain(|measure| measure.name != name);
    let asked = Asked::new(&family, name);
    visit(&mut family, &mut |user, site, text| {
        if asked.is_read(site, text) && !users.iter().any(|other| other == user) {
            users.push(user.to_owned());
        }
    });
    let pairs = family.correlations.iter().filter_map(|pair| match (pair.a == name, pair.b == name) {
        (true, _) => Some(&pair.b),
        (_, true) => Some(&pair.a),
        _ => None,
    });
    users.extend(pairs.map(|other| format!("the correlation with `{other}`")));
    if family.coverage.iter().any(|goal| goal.of == name) {
        users.push("a coverage goal".to_owned());
    }
    users
}

/// Whether expressions read a name of the family, and not something of the stage that is called the same.
struct Asked<'a> {
    name: &'a str,
    is_live: bool,
    is_summary: bool,
    /// What measures can read without the name, where the stage records something that is called so.
    recorded: Option<Scope>,
}

impl<'a> Asked<'a> {
    fn new(family: &Family, name: &'a str) -> Self {
        let vocabulary = world::vocabulary(family);
        let has = |names: &[Named]| names.iter().any(|(known, _)| *known == name);
        let recorded = has(&vocabulary.signals).then(|| {
            let mut without = family.clone();
            without.parameters.retain(|parameter| parameter.name != name);
            without.derived.retain(|derived| derived.name != name);
            super::look::outcome_scope(&without, without.measures.len())
        });
        Self { name, is_live: has(&vocabulary.live), is_summary: has(&vocabulary.summary), recorded }
    }

    fn is_read(&self, site: Site, text: &str) -> bool {
        match site {
            Site::Live if self.is_live => return false,
            Site::Outcome if self.is_summary => return false,
            Site::Recorded if self.recorded.is_some() => return false,
            _ => {}
        }
        match Expression::compile(text) {
            Ok(expression) if !expression.variables().contains(self.name) => false,
            // What can be read without it is the recorded one.
            Ok(expression) => match (&self.recorded, site) {
                (Some(scope), Site::Outcome) => expression.bind(scope).is_err(),
                _ => true,
            },
            Err(_) => renamed(text, self.name, "\0") != text,
        }
    }
}

/// `text` with the whole word `from` exchanged for `to`.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + from.len()..).unwrap_or_default());
        let inside =
            before.ends_with(is_word) || after.starts_with(is_word) || (before.is_empty() && out.ends_with(is_word));
        out.push_str(before);
        out.push_str(if inside { from } else { to });
        rest = after;
    }
    out + rest
}

/// Every expression of `family` with what it belongs to.
fn visit(family: &mut Family, f: &mut dyn FnMut(&str, Site, &mut String)) {
    for parameter in &mut family.parameters {
        let user = format!("parameter `{}`", parameter.name);
        distribution(&mut parameter.nominal, &mut |text| f(&user, Site::Draw, text));
        parameter.proposal.iter_mut().for_each(|one| distribution(one, &mut |text| f(&user, Site::Draw, text)));
    }
    for place in &mut family.places {
        let user = format!("place `{}`", place.name);
        for Spread { nominal, proposal } in [&mut place.along, &mut place.across, &mut place.up] {
            distribution(nominal, &mut |text| f(&user, Site::Draw, text));
            if let Some(one) = proposal {
                distribution(one, &mut |text| f(&user, Site::Draw, text));
            }
        }
    }
    for (name, region) in &mut family.regions {
        let user = format!("region `{name}`");
        for one in bounds_of(region) {
            bound(one, &mut |text| f(&user, Site::Draw, text));
        }
    }
    for one in &mut family.derived {
        f(&format!("derived quantity `{}`", one.name), Site::Draw, &mut one.is);
    }
    for requirement in &mut family.requirements {
        f(&format!("requirement `{}`", requirement.name), Site::Draw, &mut requirement.that);
    }
    for (slot, one) in &mut family.scene {
        bound(one, &mut |text| f(&format!("the scene's `{slot}`"), Site::Draw, text));
    }
    for entity in &mut family.entities {
        let user = format!("`{}` in the scene", entity.name);
        entity.bounds_mut().into_iter().for_each(|one| bound(one, &mut |text| f(&user, Site::Draw, text)));
    }
    for sensor in &mut family.sensors {
        let user = format!("sensor `{}`", sensor.name);
        sensor.bounds_mut().into_iter().for_each(|one| bound(one, &mut |text| f(&user, Site::Draw, text)));
    }
    let camera = &mut family.camera;
    let one = [&mut camera.vertical_fov_deg, &mut camera.roll_deg, &mut camera.exposure_ev];
    let all = one.into_iter().chain(&mut camera.eye_m).chain(&mut camera.target_m);
    let of_sensor = camera.sensor.iter_mut().flat_map(|sensor| sensor.numbers_mut());
    all.chain(of_sensor).for_each(|one| bound(one, &mut |text| f("the camera", Site::Draw, text)));
    family.events.iter_mut().for_each(|event| self::event(event, f));
    for measure in &mut family.measures {
        f(&format!("measure `{}`", measure.name), Site::Outcome, &mut measure.is);
    }
    f("the rare event", Site::Outcome, &mut family.rare_event);
    for feature in family.mapping.iter_mut().flat_map(|mapping| &mut mapping.features) {
        for element in &mut feature.elements {
            f(&format!("the column `{}`", feature.name), Site::Recorded, &mut element.is);
        }
    }
}

fn event(event: &mut Event, f: &mut dyn FnMut(&str, Site, &mut String)) {
    let user = format!("event `{}`", event.name);
    let times = event.at_s.iter_mut().chain([&mut event.delay_s, &mut event.over_s]).chain(&mut event.for_s);
    times.for_each(|one| bound(one, &mut |text| f(&user, Site::Draw, text)));
    event.when.iter_mut().for_each(|text| f(&user, Site::Live, text));
    let numbers: Vec<&mut Bound> = match &mut event.action {
        Action::ScaleLight { to } | Action::Set { to, .. } => vec![to],
        Action::ScaleLamp { to, flicker_hz, .. } => vec![to, flicker_hz],
        Action::Move { by_m: three, .. } | Action::Push { impulse_ns: three, at_m: None, .. } => {
            three.iter_mut().collect()
        }
        Action::Push { impulse_ns, at_m: Some(at_m), .. } => impulse_ns.iter_mut().chain(at_m).collect(),
        Action::Spawn { at_m, velocity_m_s, .. } => at_m.iter_mut().chain(velocity_m_s).collect(),
    };
    for one in numbers {
        bound(one, &mut |text| f(&user, Site::Draw, text));
    }
}

/// The region's numbers in the order of [`Region::bounds`].
pub(super) fn bounds_of(region: &mut Region) -> Vec<&mut Bound> {
    match region {
        Region::Surface { corner_m, along_m, across_m } => corner_m.iter_mut().chain(along_m).chain(across_m).collect(),
        Region::Box { low_m, high_m } => low_m.iter_mut().chain(high_m).collect(),
        Region::Ring { centre_m, inner_m, outer_m, from_deg, to_deg } => {
            centre_m.iter_mut().chain([inner_m, outer_m, from_deg, to_deg]).collect()
        }
        Region::Lane { width_m, .. } => vec![width_m],
    }
}

fn bound(bound: &mut Bound, f: &mut dyn FnMut(&mut String)) {
    if let Bound::Expression(text) = bound {
        f(text);
    }
}

fn distribution(of: &mut Distribution<Bound>, f: &mut dyn FnMut(&mut String)) {
    let mapped = of.try_map(&mut |_, number: &Bound| {
        let mut number = number.clone();
        bound(&mut number, f);
        Ok::<Bound, std::convert::Infallible>(number)
    });
    match mapped {
        Ok(mapped) => *of = mapped,
        Err(never) => match never {},
    }
    conditions(of, f);
}

fn conditions(of: &mut Distribution<Bound>, f: &mut dyn FnMut(&mut String)) {
    match of {
        Distribution::Cases { of, otherwise } => {
            for case in of {
                f(&mut case.when);
                conditions(&mut case.then, f);
            }
            conditions(otherwise, f);
        }
        Distribution::Mixture(parts) => parts.iter_mut().for_each(|part| conditions(&mut part.of, f)),
        Distribution::Truncated { of, .. } => conditions(of, f),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::author::Change;
    use crate::family::{Derived, Entity, Form, Measure, Parameter};

    fn example() -> Family {
        crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program")
    }

    #[test]
    fn whole_words_are_exchanged_and_parts_are_not() {
        assert_eq!(renamed("a_m + 2 * a - ba", "a", "b"), "a_m + 2 * b - ba");
        assert_eq!(renamed("aa", "a", "b"), "aa");
        assert_eq!(renamed("a", "a", "b"), "b");
    }

    #[test]
    fn what_the_stage_calls_the_same_is_another_thing() {
        let mut family = example();
        assert!(family.parameter("canister_x_m").is_some(), "the stage records one, too");
        family.events[0].when = Some("canister_x_m > 0.4".to_owned());
        family.measures.push(Measure {
            name: "moved_m".to_owned(),
            unit: "m".to_owned(),
            is: "peak(canister_x_m)".to_owned(),
            about: String::new(),
        });
        family.measures.push(Measure {
            name: "from_m".to_owned(),
            is: "canister_x_m".to_owned(),
            ..family.measures[0].clone()
        });
        let users = used_by(&family, "canister_x_m");
        assert!(!users.iter().any(|user| user.contains("moved_m") || user.contains("event")), "{users:?}");
        assert!(users.contains(&"measure `from_m`".to_owned()), "{users:?}");
        rename(&mut family, "canister_x_m", "ahead_m");
        assert_eq!(family.events[0].when.as_deref(), Some("canister_x_m > 0.4"), "the live one");
        let is: Vec<&str> = family.measures.iter().rev().take(2).map(|measure| measure.is.as_str()).collect();
        assert_eq!(is, ["ahead_m", "peak(canister_x_m)"]);
        assert!(family.scene.contains_key("canister_x_m"), "the slot keeps its name");
    }

    #[test]
    fn what_is_left_without_a_meaning_is_refused_with_its_users() {
        let mut before = example();
        let derived = |name: &str, is: &str| Derived {
            name: name.into(),
            unit: String::new(),
            is: is.into(),
            about: String::new(),
        };
        before.derived = vec![derived("twice", "2 * canister_fill"), derived("more", "twice + 1")];
        let mut after = before.clone();
        after.derived.remove(0);
        assert!(check_kept(&before, &after).unwrap_err().contains("`twice` is used by derived quantity `more`"));
        after.derived.clear();
        assert_eq!(check_kept(&before, &after), Ok(()), "nothing reads them");
        let spare = Parameter::new("spare", "", &Distribution::Constant(1.0));
        let mut more = before.clone();
        more.parameters.push(spare);
        assert_eq!((check_kept(&more, &before), check_kept(&before, &more)), (Ok(()), Ok(())));
    }

    #[test]
    fn an_event_goes_on_dimming_a_lamp_that_is_renamed_and_keeps_it_in_the_family() {
        let mut family = example();
        family.entities.push(Entity::new("lantern", Form::lamp(2.0), [0.5, 0.3, 1.0]));
        let lamp = "lantern".to_owned();
        let action = Action::ScaleLamp { lamp, to: Bound::Number(0.5), flicker_hz: Bound::Number(0.0) };
        family.events = vec![Event::at("dusk", Bound::Number(0.2), action)];
        let at = family.entities.len() - 1;
        let removed = Change::RemoveEntity(at).apply(&family).unwrap_err();
        assert!(removed.contains("event `dusk` dims `lantern`"), "{removed}");
        let named = Entity { name: "torch".to_owned(), ..family.entities[at].clone() };
        let changed = Change::PutEntity(at, Box::new(named)).apply(&family).unwrap();
        assert_eq!(dimmed_by(&changed.events[0]), Some("torch"));
    }
}
