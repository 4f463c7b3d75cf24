//! From what a person did while a draw ran to a family: every deed becomes an event whose time and magnitude are parameters.
//!
//! The new family is a variant of the one that was driven. With the values that come with it, its episode is the live run
//! again: times lie in the middle of their physics steps, and pushes were made of numbers that a file can hold ([`snapped`]).

use std::collections::BTreeMap;

use glam::DVec3;

use super::super::author::{Change, free, free_name, nice};
use crate::family::{Action, Bound, Distribution, Event, Family, Layer, Parameter, Variant};
use crate::world::{Act, Deed, check_entity_name, farthest_m, footprint};

/// How far a time varies about what was done, in seconds.
const ABOUT_S: f64 = 0.2;
/// How much of the strongest push is used: digits of a file may round a bound up.
pub const WITHIN: f64 = 0.999;
/// How high above what it is let fall on a thing appears, in metres: higher than half the largest kind.
const ABOVE_M: f64 = 0.2;
/// How far a place varies to either side of where it was, as a share of the shorter side of what there is to stand on.
const ABOUT_SIDE: f64 = 0.05;
/// By which share a magnitude varies about what was done.
const ABOUT_SHARE: f64 = 0.5;

/// An impulse as a file holds it: shares of the axes with six decimals, and a magnitude of four digits. Their products are
/// the impulse, the same bits wherever they are multiplied.
pub fn snapped(impulse_ns: DVec3) -> ([f64; 3], f64) {
    let length = impulse_ns.length();
    let magnitude = nice(length, length);
    if magnitude.is_nan() || magnitude <= 0.0 {
        return ([0.0; 3], 0.0);
    }
    let share = |part: f64| libm::round(part / magnitude * 1e6) / 1e6;
    (impulse_ns.to_array().map(share), magnitude)
}

/// A push as [`snapped`] makes it, at a place with tenths of millimetres.
pub fn push(thing: &str, at: Option<DVec3>, impulse_ns: DVec3) -> Act {
    let (shares, magnitude) = snapped(impulse_ns);
    let at = at.map(|at| DVec3::from_array(at.to_array().map(|part| libm::round(part * 1e4) / 1e4)));
    Act::Push { thing: thing.to_owned(), at, impulse_ns: DVec3::from_array(shares) * magnitude }
}

/// A thing that appears above `at`, which is what the person points at, under a name that nothing in `family` and among `deeds` has,
/// at a place with tenths of millimetres.
///
/// # Errors
/// A sentence: too far away.
pub fn appear(family: &Family, deeds: &[Deed], kind: &'static str, at: DVec3) -> Result<Act, String> {
    let at = at + DVec3::Z * ABOVE_M;
    let at = DVec3::from_array(at.to_array().map(|part| libm::round(part * 1e4) / 1e4));
    let farthest_m = farthest_m(&family.stage).unwrap_or(0.0);
    if at.abs().max_element() > farthest_m {
        return Err(format!(
            "That is too far away: on this stage things can appear up to {farthest_m} m from its origin on any axis"
        ));
    }
    let known = |name: &str| {
        family.events.iter().any(|event| event.name == name)
            || deeds.iter().any(|deed| matches!(&deed.act, Act::Spawn { name: known, .. } if known == name))
            || check_entity_name(family, name).is_err()
    };
    Ok(Act::Spawn { name: free(&format!("new_{kind}"), |name| !known(name)), kind, at })
}

/// The variant of `base` called `id` in which the deeds are events, and what its new parameters were in the live run.
///
/// # Errors
/// A sentence: nothing was done, or the variant cannot be had.
pub fn recorded(
    base: &Family,
    deeds: &[Deed],
    (id, title): (&str, &str),
    strongest_ns: f64,
) -> Result<(Family, BTreeMap<String, f64>), String> {
    if deeds.is_empty() {
        return Err("Nothing was done in the live run yet: push something or let an event begin".to_owned());
    }
    let variant = Variant::new(id, title, &base.id).over(base);
    let family = variant.map_err(|(field, text)| format!("in `{field}`: {text}"))?;
    let mut making = Making { family, done: BTreeMap::new(), strongest_ns };
    for deed in deeds {
        match &deed.act {
            Act::Push { thing, at, impulse_ns } => making.pushed(deed.at_s(), thing, *at, *impulse_ns),
            Act::Begin(event) => making.begun(deed.at_s(), *event),
            Act::Spawn { name, kind, at } => making.appeared(deed.at_s(), (name, kind), *at),
        }
    }
    Ok((making.family, making.done))
}

/// A family that is being made of deeds.
struct Making {
    family: Family,
    done: BTreeMap<String, f64>,
    strongest_ns: f64,
}

impl Making {
    /// A new parameter about what was done; its name.
    fn parameter(&mut self, (name, unit): (&str, &str), (done, half): (f64, f64), about: String) -> String {
        let name = free_name(&self.family, name);
        let nominal = if half > 0.0 {
            Distribution::Uniform { low: nice(done - half, 0.1 * done), high: nice(done + half, 0.1 * done) }
        } else {
            Distribution::Constant(done)
        };
        // What moves, and when: the fourth of the six layers.
        let layer = Some(Layer::L4);
        self.family.parameters.push(Parameter { about, layer, ..Parameter::new(&name, unit, &nominal) });
        self.done.insert(name.clone(), done);
        name
    }

    fn time(&mut self, name: &str, at_s: f64, about: String) -> Bound {
        let half = ABOUT_S.min(at_s).min((self.family.clock.duration_s - at_s).max(0.0));
        Bound::Expression(self.parameter((name, "s"), (at_s, half), about))
    }

    fn pushed(&mut self, at_s: f64, thing: &str, at: Option<DVec3>, impulse_ns: DVec3) {
        let taken: Vec<String> = self.family.events.iter().map(|event| event.name.clone()).collect();
        let event = free(&format!("push_{thing}"), |name| !taken.iter().any(|taken| taken == name));
        let words = thing.replace('_', " ");
        let begins = self.time(&format!("{event}_at_s"), at_s, format!("When the {words} is pushed."));
        let (shares, magnitude) = snapped(impulse_ns);
        let widest = shares.iter().fold(0.0_f64, |most, share| most.max(share.abs())).max(1e-9);
        let half = (ABOUT_SHARE * magnitude).min((WITHIN * self.strongest_ns / widest - magnitude).max(0.0));
        let about = format!("How strongly the {words} is pushed.");
        let strength = self.parameter((&format!("{event}_ns"), "Ns"), (magnitude, half), about);
        let axis = |share: f64| match share {
            0.0 => Bound::Number(0.0),
            // Debug writes a point into whole numbers: the language tells 1 from 1.0.
            share => Bound::Expression(format!("{share:?} * {strength}")),
        };
        let at_m = at.map(|at| at.to_array().map(Bound::Number));
        let action = Action::Push { entity: thing.to_owned(), impulse_ns: shares.map(axis), at_m };
        self.family.events.push(Event::at(&event, begins, action));
    }

    fn appeared(&mut self, at_s: f64, (event, kind): (&str, &str), at: DVec3) {
        let words = event.replace('_', " ");
        let begins = self.time(&format!("{event}_at_s"), at_s, format!("When the {words} appears."));
        let [low, high] = footprint(&self.family.stage).unwrap_or([[0.0; 2], [1.0; 2]]);
        let side_m = (high[0] - low[0]).min(high[1] - low[1]);
        let farthest_m = farthest_m(&self.family.stage).unwrap_or(f64::INFINITY);
        let mut place = |axis: &str, done: f64| {
            let half = (ABOUT_SIDE * side_m).min(WITHIN * (farthest_m - done.abs())).max(0.0);
            let about = format!("Where the {words} appears along {axis}.");
            // A name of its own unit; its digits are those of metres.
            let name = free_name(&self.family, &format!("{event}_{axis}_m"));
            let (low, high) = (nice(done - half, 1.0), nice(done + half, 1.0));
            // At the very edge there is no room on both sides.
            let nominal = if low < done && done < high {
                Distribution::Uniform { low, high }
            } else {
                Distribution::Constant(done)
            };
            let layer = Some(Layer::L4);
            self.family.parameters.push(Parameter { about, layer, ..Parameter::new(&name, "m", &nominal) });
            self.done.insert(name.clone(), done);
            Bound::Expression(name)
        };
        let at_m = [place("x", at.x), place("y", at.y), Bound::Number(at.z)];
        let action = Action::Spawn { kind: kind.to_owned(), at_m, velocity_m_s: [0.0; 3].map(Bound::Number) };
        self.family.events.push(Event::at(event, begins, action));
    }

    fn begun(&mut self, at_s: f64, at: usize) {
        let Some(event) = self.family.events.get(at).cloned() else { return };
        let words = event.name.replace('_', " ");
        let begins = self.time(&format!("{}_by_hand_s", event.name), at_s, format!("When the {words} begins."));
        let was = event.at_s.clone();
        let new = Event { at_s: Some(begins), when: None, delay_s: Bound::Number(0.0), ..event };
        if let Some(place) = self.family.events.get_mut(at) {
            *place = new;
        }
        // The parameter that said when, if nothing else reads it, has nothing to say any more.
        if let Some(name) = was.as_ref().and_then(Bound::name)
            && let Ok(without) = Change::RemoveParameter(name.to_owned()).apply(&self.family)
        {
            self.family = without;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::family::{Plan, Severity};
    use crate::run::check;
    use crate::sample::Sampler;
    use crate::world::{Simulator, next_step, strongest_push_ns};

    fn family(name: &str) -> Family {
        let path = format!("{}/scenarios/{name}.ron", env!("CARGO_MANIFEST_DIR"));
        crate::family::parse(&std::fs::read_to_string(&path).unwrap(), name).unwrap()
    }

    #[test]
    fn what_is_snapped_stays_as_it_is() {
        for impulse in [DVec3::new(9.87, -3.21, 0.123), DVec3::new(0.0, 0.0271, 0.0), DVec3::new(-1234.5, 88.0, 3.0)] {
            let Act::Push { impulse_ns, .. } = push("a", None, impulse) else { panic!("a push") };
            assert!(impulse_ns.distance(impulse) < 1e-3 * impulse.length(), "{impulse} {impulse_ns}");
            let (shares, magnitude) = snapped(impulse_ns);
            assert_eq!(DVec3::from_array(shares) * magnitude, impulse_ns, "{impulse}");
        }
        assert_eq!(snapped(DVec3::ZERO), ([0.0; 3], 0.0));
    }

    #[test]
    fn the_recorded_family_repeats_the_live_run_and_is_sound() {
        let cases = [
            (
                "tabletop_light_step",
                "canister",
                Some(DVec3::new(0.0, 0.0123, 0.05)),
                DVec3::new(0.05, -0.03, 0.0),
                Some(0),
            ),
            ("balance_push", "humanoid", None, DVec3::new(-7.3, 11.0, 0.0), None),
        ];
        for (name, thing, at, impulse, event) in cases {
            let base = family(name);
            let draw = Sampler::new(&base, 7).unwrap().draw(5).unwrap();
            let mut deeds: Vec<Deed> = [(0.3, 1.0), (0.6, 0.4)]
                .map(|(time_s, factor)| Deed { step: next_step(time_s), act: push(thing, at, impulse * factor) })
                .into();
            deeds.extend(event.map(|event| Deed { step: next_step(0.4), act: Act::Begin(event) }));
            for (time_s, kind) in [(0.2, "ball"), (0.5, "ball")] {
                let act = appear(&base, &deeds, kind, DVec3::new(0.41, -0.62, 0.0)).unwrap();
                deeds.push(Deed { step: next_step(time_s), act });
            }
            deeds.sort_by_key(|deed| deed.step);
            let simulator = Simulator::new(&base).unwrap();
            let mut live = simulator.drive(&draw, &deeds).unwrap();
            live.go_to_end().unwrap();
            let live = simulator.so_far(&live).unwrap();
            let strongest = strongest_push_ns(&base.stage).unwrap();
            let (family, done) = recorded(&base, &deeds, ("again", "Again"), strongest).unwrap();
            assert_eq!(family.extends.as_deref(), Some(base.id.as_str()), "{name}");
            let findings = check::findings_of(&family, &crate::family::validate::Prepared::of(&family));
            let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            // With what was done, the same bits.
            let plan = Plan::new(&family).unwrap();
            let drawn = plan.columns().names().take(plan.n_drawn());
            let value = |name: &str| done.get(name).or_else(|| draw.values.get(name)).copied().unwrap();
            let pins: BTreeMap<String, f64> = drawn.map(|name| (name.to_owned(), value(name))).collect();
            let again = Sampler::new(&family, 7).unwrap().draw_with(0, &pins).unwrap();
            let again = Simulator::new(&family).unwrap().episode(&again, &Silent).unwrap();
            assert_eq!((&again.summary, &again.tracks), (&live.summary, &live.tracks), "{name}");
            // The medians of its new parameters are what was done, but for the digits of the file.
            for (name, done) in &done {
                let at = family.parameters.iter().position(|parameter| parameter.name == *name).unwrap();
                let median = plan.nominal(at).unwrap().median();
                let digits = if name.ends_with("_m") { 1e-3 } else { 1e-4 * done.abs().max(0.1) };
                assert!((median - done).abs() <= digits, "{name}: {median}, done {done}");
            }
        }
    }

    #[test]
    fn what_appears_has_a_name_of_its_own_and_is_not_out_of_reach() {
        let base = family("tabletop_tip_over");
        let mut deeds = Vec::new();
        for expected in ["new_mug", "new_mug_2"] {
            let act = appear(&base, &deeds, "mug", DVec3::new(0.3, 0.1, 0.0)).unwrap();
            assert!(matches!(&act, Act::Spawn { name, at, .. } if name == expected && at.z == 0.2), "{act:?}");
            deeds.push(Deed { step: 9, act });
        }
        let refused = appear(&base, &deeds, "mug", DVec3::new(6.0, 0.1, 0.0)).unwrap_err();
        assert!(refused.contains("up to 5 m"), "{refused}");
    }

    #[test]
    fn nothing_done_is_no_family() {
        let refused = recorded(&family("balance_push"), &[], ("again", "Again"), 100.0).unwrap_err();
        assert!(refused.contains("push something"), "{refused}");
    }
}
