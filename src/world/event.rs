//! A draw's events: when each begins, how far each has come, and what follows from that for light, slots and things.
//!
//! An event that waits for a condition begins in the step after the condition first holds. An event that is taken back
//! (`for_s`) runs its change backwards in the same time. Several changes of one slot are applied one after the other, in
//! the order of the file.

use glam::DVec3;

use super::WorldError;
use super::facts::{EventNow, Phase};
use super::fields::Binder;
use crate::family::{self, Action, Bound, Easing, Formula};

/// An event with a draw's numbers put in.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) name: String,
    start: Start,
    delay_s: f64,
    over_s: f64,
    easing: Easing,
    for_s: Option<f64>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
enum Start {
    At(f64),
    When(Formula),
}

/// What changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Light { to: f64 },
    Lamp { lamp: String, to: f64, flicker_hz: f64 },
    Slot { slot: &'static str, to: f64 },
    Move { entity: String, by: DVec3 },
    Spawn { kind: &'static str, at: DVec3, velocity: DVec3 },
    Push { entity: String, impulse: DVec3, at: Option<DVec3> },
}

/// The kinds of things that can appear.
pub const KINDS: [&str; 4] = ["box", "mug", "ball", "carton"];

impl Happening {
    /// The event with the numbers of `binder`'s draw.
    fn of(event: &family::Event, binder: &Binder<'_>) -> Result<Self, WorldError> {
        let field = |part: &str| format!("event \"{}\" {part}", event.name);
        let seconds = |part: &str, bound: &Bound| binder.value(&field(part), bound, (0.0, 3600.0, "s"));
        let start = match (&event.at_s, &event.when) {
            (_, Some(text)) => {
                let refuse = |error: family::ExpressionError| WorldError::Event {
                    event: event.name.clone(),
                    text: format!("`{text}`: {error}"),
                };
                Start::When(binder.fields().condition(text).map_err(refuse)?)
            }
            (Some(at_s), None) => Start::At(seconds("at_s", at_s)?),
            (None, None) => {
                let text = "it never starts; give it `at_s`, or `when`".to_owned();
                return Err(WorldError::Event { event: event.name.clone(), text });
            }
        };
        Ok(Self {
            name: event.name.clone(),
            start,
            delay_s: seconds("delay_s", &event.delay_s)?,
            over_s: seconds("over_s", &event.over_s)?,
            easing: event.easing,
            for_s: event.for_s.as_ref().map(|for_s| seconds("for_s", for_s)).transpose()?,
            what: what(event, binder)?,
        })
    }

    /// When it starts, where that is a time.
    pub(super) fn start_s(&self) -> Option<f64> {
        match self.start {
            Start::At(at_s) => Some(at_s + self.delay_s),
            Start::When(_) => None,
        }
    }
}

fn what(event: &family::Event, binder: &Binder<'_>) -> Result<What, WorldError> {
    let field = |part: &str| format!("event \"{}\" {part}", event.name);
    let refuse = |text: String| WorldError::Event { event: event.name.clone(), text };
    let vector = |part: &str, all: &[Bound; 3], range| -> Result<DVec3, WorldError> {
        let [x, y, z] = all;
        let one = |axis: &str, bound| binder.value(&field(&format!("{part}.{axis}")), bound, range);
        Ok(DVec3::new(one("x", x)?, one("y", y)?, one("z", z)?))
    };
    let (room, strongest) = binder.kind().events_reach;
    Ok(match &event.action {
        Action::ScaleLight { to } => What::Light { to: binder.value(&field("to"), to, (0.0, 100.0, ""))? },
        Action::ScaleLamp { lamp, to, flicker_hz } => What::Lamp {
            lamp: lamp.clone(),
            to: binder.value(&field("to"), to, (0.0, 1000.0, ""))?,
            flicker_hz: binder.value(&field("flicker_hz"), flicker_hz, (0.0, 1000.0, "Hz"))?,
        },
        Action::Set { slot, to } => {
            let Some(live) = binder.kind().live.iter().find(|live| live.name == slot) else {
                return Err(refuse(super::slots::no_live_slot(binder.kind(), slot)));
            };
            What::Slot { slot: live.name, to: binder.value(&field("to"), to, (live.low, live.high, live.unit))? }
        }
        Action::Move { entity, by_m } => {
            What::Move { entity: entity.clone(), by: vector("by_m", by_m, (-5.0, 5.0, "m"))? }
        }
        Action::Spawn { kind, at_m, velocity_m_s } => {
            let Some(kind) = KINDS.iter().find(|known| *known == kind) else { return Err(refuse(no_kind(kind))) };
            let at = vector("at_m", at_m, (-room, room, "m"))?;
            What::Spawn { kind, at, velocity: vector("velocity_m_s", velocity_m_s, (-20.0, 20.0, "m/s"))? }
        }
        Action::Push { entity, impulse_ns, at_m } => What::Push {
            entity: entity.clone(),
            impulse: vector("impulse_ns", impulse_ns, (-strongest, strongest, "Ns"))?,
            at: at_m.as_ref().map(|at_m| vector("at_m", at_m, (-room, room, "m"))).transpose()?,
        },
    })
}

/// The sentence on a kind that cannot appear.
pub(super) fn no_kind(kind: &str) -> String {
    let hint = crate::base::text::did_you_mean(kind, KINDS);
    format!("nothing called `{kind}` can appear{hint}; choose one of {}", KINDS.join(", "))
}

/// A happening while the world steps.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) happening: Happening,
    begun_s: Option<f64>,
    /// The share of the change that was done at the last step.
    pub(super) share: f64,
}

impl Running {
    pub(super) fn new(happening: Happening) -> Self {
        let begun_s = happening.start_s();
        Self { happening, begun_s, share: 0.0 }
    }

    /// Looks whether it begins, with what its condition reads in `live`. A condition that cannot be evaluated does not hold.
    pub(super) fn watch(&mut self, time_s: f64, live: &[f64]) {
        if let (None, Start::When(formula)) = (self.begun_s, &self.happening.start)
            && formula.holds(live).unwrap_or(false)
        {
            self.begun_s = Some(time_s + self.happening.delay_s);
        }
    }

    /// When it really begins, its delay included, in seconds; `None` while it waits for its condition.
    pub(super) fn begun_s(&self) -> Option<f64> {
        self.begun_s
    }

    /// Lets it begin at `begun_s`, around `time_s`, unless it has begun by then; whether it does now.
    pub(super) fn begin(&mut self, time_s: f64, begun_s: f64) -> bool {
        let waits = self.begun_s.is_none_or(|begun_s| begun_s > time_s);
        if waits {
            self.begun_s = Some(begun_s);
        }
        waits
    }

    /// Whether it waits for a condition that has not come.
    pub(super) fn waits(&self) -> bool {
        self.begun_s.is_none()
    }

    /// The share of the change that is done at `time_s`, 0 to 1.
    pub(super) fn share_at(&self, time_s: f64) -> f64 {
        let Some(begun_s) = self.begun_s.filter(|begun_s| time_s >= *begun_s) else { return 0.0 };
        let Happening { over_s, easing, for_s, .. } = self.happening;
        let part = |since_s: f64| if since_s >= over_s { 1.0 } else { easing.at(since_s / over_s) };
        let since_s = time_s - begun_s;
        match for_s.map(|for_s| since_s - over_s - for_s) {
            Some(back_s) if back_s >= 0.0 => 1.0 - part(back_s),
            _ => part(since_s),
        }
    }
}

impl Running {
    /// How far it has come at `time_s`.
    pub(super) fn now(&self, time_s: f64) -> EventNow {
        let Happening { name, what, .. } = &self.happening;
        let kind = match what {
            What::Light { .. } => "light",
            What::Lamp { .. } => "lamp",
            What::Slot { .. } => "set",
            What::Move { .. } => "move",
            What::Spawn { .. } => "spawn",
            What::Push { .. } => "push",
        };
        let (phase, share) = (self.phase_at(time_s), self.share_at(time_s));
        EventNow { name: name.clone(), kind, phase, share, at_s: self.begun_s }
    }

    fn phase_at(&self, time_s: f64) -> Phase {
        let Some(since_s) = self.begun_s.map(|begun_s| time_s - begun_s).filter(|since_s| *since_s >= 0.0) else {
            return Phase::Waits;
        };
        let Happening { over_s, for_s, what, .. } = &self.happening;
        if since_s < *over_s {
            return Phase::Changes;
        }
        match for_s {
            Some(for_s) if since_s >= 2.0 * over_s + for_s => Phase::Over,
            Some(for_s) if since_s >= over_s + for_s => Phase::Returns,
            // A push that is done is done: nothing of it lasts but what it moved.
            None if matches!(what, What::Push { .. } | What::Move { .. }) => Phase::Over,
            _ => Phase::Holds,
        }
    }
}

/// The factor on all light at `time_s`: the product of all changes.
pub(super) fn light_level(all: &[Running], time_s: f64) -> f64 {
    let factor = |running: &Running| match running.happening.what {
        What::Light { to } => match running.share_at(time_s) {
            // A finished change is exactly its end.
            share if share >= 1.0 => to,
            share => 1.0 + (to - 1.0) * share,
        },
        _ => 1.0,
    };
    all.iter().map(factor).product()
}

/// The factor on the light of the lamp that answers to `names` at `time_s`, beside that on all light: the product of all changes. One that
/// flickers begins with the lamp's own light and swings to the factor and back.
pub(super) fn lamp_level(all: &[Running], names: &[&str], time_s: f64) -> f64 {
    let factor = |running: &Running| match &running.happening.what {
        What::Lamp { lamp, to, flicker_hz } if names.contains(&lamp.as_str()) => {
            let since_s = time_s - running.begun_s.unwrap_or(time_s);
            let swing = if *flicker_hz > 0.0 {
                0.5 * (1.0 - libm::cos(core::f64::consts::TAU * flicker_hz * since_s))
            } else {
                1.0
            };
            match running.share_at(time_s) * swing {
                // A finished change is exactly its end.
                share if share >= 1.0 => *to,
                share => 1.0 + (to - 1.0) * share,
            }
        }
        _ => 1.0,
    };
    all.iter().map(factor).product()
}

/// The slot `name` at `time_s`, `base` being what the scene says.
pub(super) fn slot(all: &[Running], name: &str, base: f64, time_s: f64) -> f64 {
    all.iter().fold(base, |value, running| match running.happening.what {
        What::Slot { slot, to } if slot == name => match running.share_at(time_s) {
            // A finished change is exactly its end.
            share if share >= 1.0 => to,
            share => value + (to - value) * share,
        },
        _ => value,
    })
}

/// When the first change to less light starts within `duration_s`; −1 where none does.
pub(super) fn drop_s(all: &[Running], duration_s: f64) -> f64 {
    let dims = |running: &&Running| matches!(running.happening.what, What::Light { to } if to < 1.0);
    let starts = all.iter().filter(dims).filter_map(|running| running.begun_s);
    starts.filter(|start_s| *start_s <= duration_s).reduce(f64::min).unwrap_or(-1.0)
}

/// The numbers that a condition reads: the draw's row, then the stage's live quantities.
pub(super) fn live_row(row: &[f64], live: impl IntoIterator<Item = f64>) -> Vec<f64> {
    row.iter().copied().chain(live).collect()
}

/// The events of a family with a draw's numbers.
pub(super) fn happenings(family: &family::Family, binder: &Binder<'_>) -> Result<Vec<Happening>, WorldError> {
    family.events.iter().map(|event| Happening::of(event, binder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(at_s: f64, over_s: f64, for_s: Option<f64>, what: What) -> Running {
        let name = "e".to_owned();
        let start = Start::At(at_s);
        Running::new(Happening { name, start, delay_s: 0.0, over_s, easing: Easing::Linear, for_s, what })
    }

    #[test]
    fn a_change_is_exact_at_given_times() {
        let all = [running(1.0, 0.5, None, What::Light { to: 0.2 }), running(2.0, 0.0, None, What::Light { to: 0.5 })];
        for (time_s, expected) in [(0.0, 1.0), (1.0, 1.0), (1.25, 0.6), (1.5, 0.2), (1.999, 0.2), (2.0, 0.1)] {
            let got = light_level(&all, time_s);
            assert!((got - expected).abs() < 1e-12, "{time_s} s: {got}, expected {expected}");
        }
        assert_eq!((drop_s(&all, 2.5), drop_s(&all, 0.5)), (1.0, -1.0));
    }

    #[test]
    fn one_lamp_dims_and_flickers_and_the_others_stay() {
        let lamp = |lamp: &str, to: f64, flicker_hz: f64| What::Lamp { lamp: lamp.to_owned(), to, flicker_hz };
        let all = [
            running(1.0, 0.5, None, lamp("street_lamp_2", 0.2, 0.0)),
            running(3.0, 0.0, Some(1.0), lamp("street_lamp", 0.0, 5.0)),
        ];
        for (name, time_s, expected) in [
            ("street_lamp_2", 0.9, 1.0),
            ("street_lamp_2", 1.25, 0.6),
            ("street_lamp_2", 2.0, 0.2),
            ("street_lamp_21", 2.0, 1.0),
            ("street_lamp_1", 3.0, 1.0),
            ("street_lamp_1", 3.1, 0.0),
            ("street_lamp_1", 3.15, 0.5),
            ("street_lamp_2", 3.2, 0.2),
            ("street_lamp_1", 4.1, 1.0),
            ("lantern", 3.1, 1.0),
        ] {
            let row = if name.starts_with("street") { "street_lamp" } else { name };
            let got = lamp_level(&all, &[row, name], time_s);
            assert!((got - expected).abs() < 1e-9, "{name} at {time_s} s: {got}, expected {expected}");
        }
        assert_eq!(
            lamp_level(&all, &["street_lamp_1"], 3.1),
            1.0,
            "one of the family's own answers to its whole name only"
        );
        assert_eq!((light_level(&all, 3.1), drop_s(&all, 9.0)), (1.0, -1.0), "all light is not touched");
    }

    #[test]
    fn phases_follow_the_share() {
        let up = running(1.0, 1.0, Some(2.0), What::Slot { slot: "table_friction", to: 1.0 });
        let expected = [
            (0.9, Phase::Waits),
            (1.5, Phase::Changes),
            (2.0, Phase::Holds),
            (4.5, Phase::Returns),
            (5.0, Phase::Over),
        ];
        for (time_s, phase) in expected {
            let now = up.now(time_s);
            assert_eq!((now.phase, now.share), (phase, up.share_at(time_s)), "{time_s}");
        }
        let push = running(1.0, 0.2, None, What::Push { entity: "it".into(), impulse: DVec3::X, at: None });
        assert_eq!([0.5, 1.1, 1.21].map(|at_s| push.now(at_s).phase), [Phase::Waits, Phase::Changes, Phase::Over]);
        assert!(!Phase::Over.runs() && Phase::Returns.runs());
    }

    #[test]
    fn what_is_taken_back_comes_back_and_slots_follow_one_another() {
        let up = running(1.0, 1.0, Some(2.0), What::Slot { slot: "table_friction", to: 1.0 });
        for (time_s, share) in [(0.9, 0.0), (1.5, 0.5), (2.0, 1.0), (3.9, 1.0), (4.5, 0.5), (5.0, 0.0), (9.0, 0.0)] {
            assert!((up.share_at(time_s) - share).abs() < 1e-12, "{time_s}");
        }
        let all = [up, running(3.0, 0.0, None, What::Slot { slot: "table_friction", to: 0.2 })];
        assert_eq!(slot(&all, "table_friction", 0.5, 2.5), 1.0, "the first");
        assert_eq!(slot(&all, "table_friction", 0.5, 3.0), 0.2, "the later one wins");
        assert_eq!(slot(&all, "canister_friction", 0.5, 3.0), 0.5, "another slot");
    }
}
