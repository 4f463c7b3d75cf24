//! The lamps that belong to a stage: street lamps, headlamps, tunnel lamps, a ring light over a board.
//!
//! They are there where a family says how strong they are or an event may say it later; left out, a stage is as it was without
//! them. Each is a thing of its own with a glowing ball, so that it is seen, told apart and addressed by events. What the light
//! of a lamp does is the renderer's.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::WorldError;
use super::body::{Part, plain};
use super::engine::{Builder, Engine};
use super::fields::Binder;
use super::lamp::BRIGHTEST;
use super::slots::{Slot, slot};
use super::snapshot::{Body, Class, Lamp, Shape};
use crate::base::Pose;
use crate::family::{Action, Family, Form};

pub(super) const STREET_LAMPS: Slot = slot(
    "street_lamps",
    "",
    [0.0, 0.0, 1000.0],
    "Street lamps of the street: irradiance 1 m below each, where 1 alone makes white paper white; 0 is none. At night 10 to 30.",
);
pub(super) const TUNNEL_LAMPS: Slot = slot(
    "tunnel_lamps",
    "",
    [0.0, 0.0, 1000.0],
    "Lamps in the tunnel beside its even light: irradiance 1 m below each, in the unit of `tunnel_light`'s outside; 0 is none.",
);
pub(super) const HEADLAMPS: Slot = slot(
    "headlamps",
    "",
    [0.0, 0.0, 10_000.0],
    "Both headlamps of the ego: irradiance 1 m ahead of each; 0 is off. At night 50 to 200.",
);
pub(super) const RING_LIGHT: Slot = slot(
    "ring_light",
    "",
    [0.0, 0.0, 3.0],
    "A ring of twelve lamps round the camera's axis: their irradiance together in its middle on the board; 0 is none.",
);
pub(super) const RING_RADIUS: Slot =
    slot("ring_radius_mm", "mm", [5.0, 60.0, 300.0], "Radius of the ring of lamps over the board.");
pub(super) const RING_HEIGHT: Slot = slot(
    "ring_height_mm",
    "mm",
    [5.0, 80.0, 500.0],
    "Height of the ring of lamps above the board: low rings show what stands out and dents.",
);

/// Lamps of a stage that are called alike and numbered from 1.
#[derive(Debug)]
pub(super) struct Row {
    /// Without the number.
    pub(super) name: &'static str,
    /// Says how strong they are.
    slot: &'static Slot,
    /// The most that a draw has of them.
    most: u32,
}

/// A row of a stage's lamps.
pub(super) const fn row(name: &'static str, slot: &'static Slot, most: u32) -> Row {
    Row { name, slot, most }
}

impl Row {
    /// Whether `name` is that of all its lamps, or of one by its number.
    fn is_called(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.name) else { return false };
        let number = rest.strip_prefix('_').and_then(|digits| digits.parse().ok());
        // One spelling only: no sign, no zeros before it.
        rest.is_empty()
            || number.is_some_and(|number| (1..=self.most).contains(&number) && rest == format!("_{number}"))
    }
}

/// A lamp before it is there.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Its place and the unit vector along its cone, in the frame of what carries it.
    pub(super) at: DVec3,
    pub(super) towards: DVec3,
    /// Half angles in radians: within which it shines fully, beyond which not at all.
    pub(super) cone_rad: [f64; 2],
    pub(super) radius_m: f64,
    pub(super) colour: [f32; 3],
    /// Its irradiance at 1 m is the slot's value times this.
    pub(super) by: f64,
    /// Whether bodies shade others from it.
    pub(super) casts: bool,
}

/// A lamp of the stage.
#[derive(Debug)]
struct Fixture {
    /// Without its number.
    row: &'static str,
    name: Arc<str>,
    plan: Plan,
    body: Option<rp::RigidBodyHandle>,
    slot: &'static str,
    /// What the scene says of the slot.
    base: f64,
}

/// All lamps of a stage.
#[derive(Debug, Default)]
pub(super) struct Fixtures(Vec<Fixture>);

/// Whether `family` has lamps whose strength is `slot`: it says so, or one of its events may.
pub(super) fn are_there(family: &Family, slot: &Slot) -> bool {
    let sets = |action: &Action| matches!(action, Action::Set { slot: set, .. } if set == slot.name);
    family.scene.contains_key(slot.name) || family.events.iter().any(|event| sets(&event.action))
}

impl Fixtures {
    /// Puts the lamps of `plans` into the world, numbered in their order, on `body` or where they are for good; without their
    /// slot they are not there.
    ///
    /// # Errors
    /// A strength outside its range.
    pub(super) fn put(
        &mut self,
        (family, binder): (&Family, &Binder<'_>),
        builder: &mut Builder,
        &Row { name: row, slot, .. }: &Row,
        body: Option<rp::RigidBodyHandle>,
        plans: impl IntoIterator<Item = Plan>,
    ) -> Result<(), WorldError> {
        if !are_there(family, slot) {
            return Ok(());
        }
        let base = binder.slot(slot.name)?;
        for (number, plan) in (1..).zip(plans) {
            let name = format!("{row}_{number}");
            let thing = builder.thing(&name);
            let ball = Part::new(Shape::Sphere { radius: plan.radius_m }, plain(plan.colour, 0.6), plan.at).ghost();
            match body {
                Some(body) => builder.group((thing, ""), Class::Background, body, vec![ball]),
                None => {
                    builder.body((thing, 0), Class::Background, None, (0.5, 0.0), vec![ball]);
                }
            }
            self.0.push(Fixture { row, name: Arc::from(name), plan, body, slot: slot.name, base });
        }
        Ok(())
    }

    /// Those that shine now, at `level` of their light; what is off is left out.
    pub(super) fn now(&self, engine: &Engine, level: f64) -> Vec<Lamp> {
        let all = self.0.iter().map(|fixture| fixture.now(engine, level));
        all.filter(|lamp| lamp.at_1_m.iter().any(|part| *part > 0.0)).collect()
    }

    /// Lets their balls among `bodies` glow as they shine now.
    pub(super) fn glow(&self, engine: &Engine, level: f64, bodies: &mut [Body]) {
        for fixture in &self.0 {
            let strength = fixture.strength(engine, level);
            let radiance = (strength / (fixture.plan.radius_m * fixture.plan.radius_m)).min(BRIGHTEST);
            for body in bodies.iter_mut().filter(|body| body.name == fixture.name) {
                body.material.glow = radiance as f32;
            }
        }
    }
}

impl Fixture {
    /// Irradiance at 1 m now.
    fn strength(&self, engine: &Engine, level: f64) -> f64 {
        level * engine.lamp_level(&[self.row, &self.name]) * self.plan.by * engine.slot(self.slot, self.base)
    }

    fn now(&self, engine: &Engine, level: f64) -> Lamp {
        let pose = self.body.map_or(Pose::IDENTITY, |body| engine.pose(body));
        let (plan, strength) = (&self.plan, self.strength(engine, level));
        Lamp {
            name: Arc::clone(&self.name),
            position: pose.point(plan.at),
            direction: pose.rotation * plan.towards,
            inner_rad: plan.cone_rad[0] as f32,
            outer_rad: plan.cone_rad[1] as f32,
            radius_m: plan.radius_m as f32,
            at_1_m: plan.colour.map(|part| (f64::from(part) * strength) as f32),
            casts: plan.casts,
        }
    }
}

fn own_lamps(family: &Family) -> impl Iterator<Item = &str> {
    let own = family.entities.iter().filter(|entity| matches!(entity.shape, Form::Lamp { .. } | Form::Dome { .. }));
    own.map(|entity| entity.name.as_str())
}

/// The lamps that events can dim on a stage that may have `rows`, in words: those of them that `family` has, and its own.
pub(super) fn addressable<'a>(rows: &[Row], family: &'a Family) -> Vec<&'a str> {
    rows.iter().filter(|row| are_there(family, row.slot)).map(|row| row.name).chain(own_lamps(family)).collect()
}

/// The sentence on a lamp that is not there; `None` where `name` is that of one or of all of `rows` that `family` has, or of
/// one of its own.
pub(super) fn no_lamp(name: &str, rows: &[Row], family: &Family) -> Option<String> {
    let row = rows.iter().find(|row| row.is_called(name));
    if own_lamps(family).any(|own| own == name) || row.is_some_and(|row| are_there(family, row.slot)) {
        return None;
    }
    if let Some(Row { name: row, slot, .. }) = row {
        return Some(format!(
            "the family has no `{row}`; give `{}` a value in `scene`, 0 where they are off at first",
            slot.name
        ));
    }
    let known = addressable(rows, family);
    if let Some(Row { name: row, most, .. }) =
        rows.iter().find(|row| known.contains(&row.name) && name.starts_with(row.name))
    {
        return Some(format!(
            "there is no lamp called `{name}`; there are `{row}_1` to `{row}_{most}`, and `{row}` is all of them"
        ));
    }
    if known.is_empty() {
        return Some(format!("there is no lamp called `{name}`: the stage has none; add one to the family's things"));
    }
    let hint = crate::base::text::did_you_mean(name, known.iter().copied());
    Some(format!(
        "there is no lamp called `{name}`{hint}; there are {}, with their number where there are several",
        known.join(", ")
    ))
}

/// The most lamps of a picture.
const MOST: usize = 64;

/// The `MOST` of `lamps` that are strongest where `eye` is, in their own order; the earlier of two that are equal.
pub(super) fn strongest(lamps: Vec<Lamp>, eye: DVec3) -> Vec<Lamp> {
    if lamps.len() <= MOST {
        return lamps;
    }
    let there = |lamp: &Lamp| {
        let sum: f64 = lamp.at_1_m.iter().map(|part| f64::from(*part)).sum();
        sum / lamp.position.distance_squared(eye).max(1e-6)
    };
    let mut order: Vec<usize> = (0..lamps.len()).collect();
    let at = |index: usize| lamps.get(index).map_or(0.0, there);
    order.sort_by(|a, b| at(*b).total_cmp(&at(*a)).then(a.cmp(b)));
    order.truncate(MOST);
    order.sort_unstable();
    order.into_iter().filter_map(|index| lamps.get(index).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lamp(x_m: f64, strength: f32) -> Lamp {
        Lamp {
            name: Arc::from(format!("at {x_m}")),
            position: DVec3::new(x_m, 0.0, 0.0),
            direction: DVec3::NEG_Z,
            inner_rad: 1.0,
            outer_rad: 1.0,
            radius_m: 0.1,
            at_1_m: [strength; 3],
            casts: false,
        }
    }

    #[test]
    fn the_strongest_at_the_eye_stay_in_their_order() {
        let all: Vec<Lamp> = (1..=80).map(|at| lamp(f64::from(at), 1.0)).chain([lamp(200.0, 1e6)]).collect();
        let kept = strongest(all.clone(), DVec3::ZERO);
        assert_eq!(kept.len(), MOST);
        assert_eq!((&kept[..63], &kept[63]), (&all[..63], &all[80]), "the nearest, and the strong one far off");
        assert_eq!(strongest(all[..10].to_vec(), DVec3::ZERO), all[..10]);
    }

    #[test]
    fn a_lamp_is_told_by_its_name_or_with_all_of_its_kind() {
        use crate::family::{Bound, Entity, Form};
        let rows =
            [row("street_lamp", &STREET_LAMPS, 18), row("headlamp", &HEADLAMPS, 2), row("ring_lamp", &RING_LIGHT, 12)];
        let mut family = Family::new("night", "Night", "road");
        let none = no_lamp("a", &rows, &family).unwrap();
        assert!(none.contains("has none"), "{none}");
        for slot in ["street_lamps", "headlamps"] {
            family.scene.insert(slot.to_owned(), Bound::Number(1.0));
        }
        let lamp = Form::lamp(1.0);
        family.entities.extend(["desk", "desk_2"].map(|name| Entity::new(name, lamp.clone(), [0.0; 3])));
        let told = |name: &str| no_lamp(name, &rows, &family).unwrap_or_default();
        for name in ["street_lamp", "street_lamp_18", "headlamp_2", "desk", "desk_2"] {
            assert_eq!(told(name), "", "{name}");
        }
        assert!(told("street_lmp").contains("did you mean `street_lamp`"), "{}", told("street_lmp"));
        for name in ["street_lamp_19", "street_lamp_0", "street_lamp_+3", "street_lamp_03", "street_lamp_x"] {
            assert!(told(name).contains("there are `street_lamp_1` to `street_lamp_18`"), "{name}: {}", told(name));
        }
        assert!(told("desk_7").contains("did you mean `desk"), "{}", told("desk_7"));
        assert!(told("ring_lamp").contains("give `ring_light` a value in `scene`"), "{}", told("ring_lamp"));
        assert_eq!(addressable(&rows, &family), ["street_lamp", "headlamp", "desk", "desk_2"]);
    }
}
