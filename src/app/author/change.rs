//! One change of a family: whole values exchanged, added, removed, renamed. What the inspector asks for and undo takes back.
//!
//! A change that would leave a name without a meaning is refused with a sentence; whether the family then makes sense is
//! validation's question.

use crate::family::validate::is_identifier;
use crate::family::{
    Action, Bound, Correlation, Distribution, Event, Expression, Family, Parameter, Region, Requirement, Spread,
};

/// What a person changes in a family, one thing each.
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
    /// Exchanges requirement `n`, or adds one behind the last.
    PutRequirement(usize, Requirement),
    /// Removes requirement `n`.
    RemoveRequirement(usize),
    /// Exchanges event `n`, or adds one behind the last.
    PutEvent(usize, Box<Event>),
    /// Removes event `n`.
    RemoveEvent(usize),
    /// Answers question `n` of the policy card.
    Answer(usize, String),
}

impl Change {
    /// `family` with this change.
    ///
    /// # Errors
    /// Why it cannot be done; one sentence.
    pub fn apply(&self, family: &Family) -> Result<Family, String> {
        let mut family = family.clone();
        match self {
            Self::PutParameter(name, new) => put_parameter(&mut family, name, new)?,
            Self::AddParameter(behind, new) => {
                let name = free_name(&family, &new.name);
                let behind = behind.as_ref().and_then(|name| place_of(&family, name));
                let at = behind.map_or(family.parameters.len(), |at| at + 1);
                family.parameters.insert(at, Parameter { name, ..(**new).clone() });
            }
            Self::RemoveParameter(name) => {
                let at = place_of(&family, name).ok_or_else(|| format!("there is no parameter `{name}`"))?;
                let users = used_by(&family, name);
                if !users.is_empty() {
                    return Err(format!("`{name}` is used by {}; change that first", users.join(", ")));
                }
                family.parameters.remove(at);
            }
            Self::Correlate(pair, rho) => correlate(&mut family, pair, *rho)?,
            Self::PutRequirement(at, new) => put(&mut family.requirements, *at, new.clone()),
            Self::RemoveRequirement(at) => remove(&mut family.requirements, *at),
            Self::PutEvent(at, new) => put(&mut family.events, *at, (**new).clone()),
            Self::RemoveEvent(at) => {
                let name = family.events.get(*at).map(|event| event.name.clone()).unwrap_or_default();
                let moves = |event: &&Event| match &event.action {
                    Action::Move { entity, .. } | Action::Push { entity, .. } => *entity == name,
                    _ => false,
                };
                if let Some(user) = family.events.iter().find(moves) {
                    return Err(format!("event `{}` moves what `{name}` lets appear; change it first", user.name));
                }
                remove(&mut family.events, *at);
            }
            Self::Answer(at, text) => {
                let card = &mut family.card;
                let answers = [&mut card.rare_event, &mut card.artefact, &mut card.real_probe, &mut card.discard_rule];
                if let Some(answer) = answers.into_iter().nth(*at) {
                    answer.clone_from(text);
                }
            }
        }
        Ok(family)
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

fn put_parameter(family: &mut Family, name: &str, new: &Parameter) -> Result<(), String> {
    let at = place_of(family, name).ok_or_else(|| format!("there is no parameter `{name}`"))?;
    if new.name != name {
        check_name(family, &new.name)?;
        visit(family, &mut |_, text| *text = renamed(text, name, &new.name));
        for pair in &mut family.correlations {
            for end in [&mut pair.a, &mut pair.b] {
                if end == name {
                    end.clone_from(&new.name);
                }
            }
        }
        for goal in family.coverage.iter_mut().filter(|goal| goal.of == name) {
            goal.of.clone_from(&new.name);
        }
    }
    if let Some(place) = family.parameters.get_mut(at) {
        *place = new.clone();
    }
    Ok(())
}

/// Whether something new in `family` can be called `name`.
///
/// # Errors
/// One sentence where it cannot.
pub fn check_name(family: &Family, name: &str) -> Result<(), String> {
    if !is_identifier(name) {
        return Err(format!("`{name}` is no name; write lower-case letters, digits and _, beginning with a letter"));
    }
    if crate::family::expression::is_reserved(name) {
        return Err(format!("`{name}` has a meaning in expressions; choose another name"));
    }
    let columns = crate::family::Columns::of(family);
    let measure = family.measures.iter().any(|measure| measure.name == name);
    if measure || columns.position(name).is_some() {
        return Err(format!("the name `{name}` is taken; choose another"));
    }
    Ok(())
}

/// `name`, or with the first number behind it that makes it new.
pub fn free_name(family: &Family, name: &str) -> String {
    if check_name(family, name).is_ok() {
        return name.to_owned();
    }
    let stem: String = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_').to_owned();
    let stem = if is_identifier(&stem) { stem } else { "parameter".to_owned() };
    let mut numbered = (2_usize..).map(|number| format!("{stem}_{number}"));
    numbered.find(|name| check_name(family, name).is_ok()).unwrap_or(stem)
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

/// What reads the name, each in a few words for a sentence.
pub fn used_by(family: &Family, name: &str) -> Vec<String> {
    let mut users = Vec::new();
    let mut family = family.clone();
    // A parameter's own distribution goes with it.
    family.parameters.retain(|parameter| parameter.name != name);
    visit(&mut family, &mut |user, text| {
        if reads(text, name) && !users.iter().any(|other| other == user) {
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

fn reads(text: &str, name: &str) -> bool {
    match Expression::compile(text) {
        Ok(expression) => expression.variables().contains(name),
        Err(_) => renamed(text, name, "\0") != text,
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
fn visit(family: &mut Family, f: &mut dyn FnMut(&str, &mut String)) {
    for parameter in &mut family.parameters {
        let user = format!("parameter `{}`", parameter.name);
        distribution(&mut parameter.nominal, &mut |text| f(&user, text));
        parameter.proposal.iter_mut().for_each(|one| distribution(one, &mut |text| f(&user, text)));
    }
    for place in &mut family.places {
        let user = format!("place `{}`", place.name);
        for Spread { nominal, proposal } in [&mut place.along, &mut place.across, &mut place.up] {
            distribution(nominal, &mut |text| f(&user, text));
            if let Some(one) = proposal {
                distribution(one, &mut |text| f(&user, text));
            }
        }
    }
    for (name, region) in &mut family.regions {
        let user = format!("region `{name}`");
        for one in bounds_of(region) {
            bound(one, &mut |text| f(&user, text));
        }
    }
    family.derived.iter_mut().for_each(|one| f(&format!("derived quantity `{}`", one.name), &mut one.is));
    for requirement in &mut family.requirements {
        f(&format!("requirement `{}`", requirement.name), &mut requirement.that);
    }
    for (slot, one) in &mut family.scene {
        bound(one, &mut |text| f(&format!("the scene's `{slot}`"), text));
    }
    let camera = &mut family.camera;
    let one = [&mut camera.vertical_fov_deg, &mut camera.roll_deg, &mut camera.exposure_ev];
    let all = one.into_iter().chain(&mut camera.eye_m).chain(&mut camera.target_m);
    all.for_each(|one| bound(one, &mut |text| f("the camera", text)));
    family.events.iter_mut().for_each(|event| self::event(event, f));
    family.measures.iter_mut().for_each(|measure| f(&format!("measure `{}`", measure.name), &mut measure.is));
    f("the rare event", &mut family.rare_event);
}

fn event(event: &mut Event, f: &mut dyn FnMut(&str, &mut String)) {
    let user = format!("event `{}`", event.name);
    let times = event.at_s.iter_mut().chain([&mut event.delay_s, &mut event.over_s]).chain(&mut event.for_s);
    times.for_each(|one| bound(one, &mut |text| f(&user, text)));
    event.when.iter_mut().for_each(|text| f(&user, text));
    let numbers: Vec<&mut Bound> = match &mut event.action {
        Action::ScaleLight { to } | Action::Set { to, .. } => vec![to],
        Action::Move { by_m: three, .. } | Action::Push { impulse_ns: three, .. } => three.iter_mut().collect(),
        Action::Spawn { at_m, velocity_m_s, .. } => at_m.iter_mut().chain(velocity_m_s).collect(),
    };
    for one in numbers {
        bound(one, &mut |text| f(&user, text));
    }
}

fn bounds_of(region: &mut Region) -> Vec<&mut Bound> {
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
    fn whole_words_are_exchanged_and_parts_are_not() {
        assert_eq!(renamed("a_m + 2 * a - ba", "a", "b"), "a_m + 2 * b - ba");
        assert_eq!(renamed("aa", "a", "b"), "aa");
        assert_eq!(renamed("a", "a", "b"), "b");
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
}
