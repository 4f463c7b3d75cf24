//! Who touches whom, from when to when, and how hard.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::episode::Contact;
use super::facts::Pressing;
use super::force::forces;
use super::physics::pressing_n_s;

/// A touch that comes again within this many steps is the same touch: solvers chatter.
const SAME_STEPS: u64 = 6;

/// A collider's mark: the thing it belongs to and, on an arm, the link.
pub(super) fn mark(thing: usize, link: usize) -> u128 {
    thing as u128 | (link as u128) << 32
}

pub(super) fn thing_of(mark: u128) -> usize {
    (mark & 0xffff_ffff) as usize
}

fn link_of(mark: u128) -> usize {
    (mark >> 32) as usize
}

/// A touch that may still go on.
#[derive(Clone, Debug)]
struct Open {
    pair: (usize, usize),
    begin: u64,
    last: u64,
    force_max_n: f64,
    tangential_max_n: f64,
    at: DVec3,
}

/// How two things press on each other in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Pressed {
    force_n: f64,
    /// What friction does to the second of the two.
    tangential_n: DVec3,
    /// The sum of the places where they press, each times its force.
    moment: DVec3,
}

impl Pressed {
    /// Where it acts: `None` where nothing presses.
    fn at(&self) -> Option<DVec3> {
        (self.force_n > 0.0).then(|| self.moment / self.force_n)
    }
}

/// All touches so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches {
    all: Vec<Open>,
    now: Vec<((usize, usize), Pressed)>,
}

impl Touches {
    /// Takes in the step that has just ended, number `step` (the first is 1).
    pub(super) fn update(&mut self, physics: &rp::PhysicsWorld, step: u64) {
        self.now.clear();
        for pair in physics.narrow_phase.contact_pairs() {
            let marks = (physics.colliders.get(pair.collider1), physics.colliders.get(pair.collider2));
            let (Some(one), Some(two)) = marks else { continue };
            let (a, b) = (thing_of(one.user_data), thing_of(two.user_data));
            if a == b {
                continue;
            }
            let force = pressing_n_s(pair) / physics.integration_parameters.dt;
            if force <= 0.0 {
                continue;
            }
            let key = (a.min(b), a.max(b));
            let mut pressed = Pressed { force_n: force, ..Pressed::default() };
            let turned = if a < b { 1.0 } else { -1.0 };
            forces(physics, pair, &mut |force| {
                pressed.tangential_n += force.tangential_n * turned;
                pressed.moment += force.at * force.normal_n;
            });
            match self.now.iter_mut().find(|(pair, _)| *pair == key) {
                Some((_, sum)) => {
                    sum.force_n += pressed.force_n;
                    sum.tangential_n += pressed.tangential_n;
                    sum.moment += pressed.moment;
                }
                None => self.now.push((key, pressed)),
            }
        }
        // By name of the things, so that touches that begin together have one order.
        self.now.sort_by_key(|(pair, _)| *pair);
        for (pair, pressed) in &self.now {
            let (force, tangential) = (pressed.force_n, pressed.tangential_n.length());
            let open = self.all.iter_mut().find(|open| open.pair == *pair && step - open.last <= SAME_STEPS);
            match open {
                Some(open) => {
                    open.last = step;
                    if force > open.force_max_n {
                        (open.force_max_n, open.at) = (force, pressed.at().unwrap_or(open.at));
                    }
                    open.tangential_max_n = open.tangential_max_n.max(tangential);
                }
                None => self.all.push(Open {
                    pair: *pair,
                    begin: step,
                    last: step,
                    force_max_n: force,
                    tangential_max_n: tangential,
                    at: pressed.at().unwrap_or_default(),
                }),
            }
        }
    }

    /// The step in which `a` and `b` first touched.
    pub(super) fn first(&self, a: usize, b: usize) -> Option<u64> {
        let key = (a.min(b), a.max(b));
        self.all.iter().find(|open| open.pair == key).map(|open| open.begin)
    }

    /// The first thing other than `ground` that `a` has touched.
    pub(super) fn other(&self, a: usize, ground: usize) -> Option<usize> {
        let other = |open: &Open| match open.pair {
            (one, two) if one == a => Some(two),
            (one, two) if two == a => Some(one),
            _ => None,
        };
        self.all.iter().filter_map(other).find(|other| *other != ground)
    }

    /// The normal force between `a` and `b` in the step that has just ended, in newtons.
    pub(super) fn force_now_n(&self, a: usize, b: usize) -> f64 {
        let key = (a.min(b), a.max(b));
        self.now.iter().find(|(pair, _)| *pair == key).map_or(0.0, |(_, pressed)| pressed.force_n)
    }

    /// The sum of the normal forces on `thing` in the step that has just ended, in newtons.
    pub(super) fn pressing_n(&self, thing: usize) -> f64 {
        let on = |pair: &(usize, usize)| pair.0 == thing || pair.1 == thing;
        self.now.iter().filter(|(pair, _)| on(pair)).fold(0.0, |sum, (_, pressed)| sum + pressed.force_n)
    }

    /// The largest normal force between `a` and `b` so far, in newtons.
    pub(super) fn force_max_n(&self, a: usize, b: usize) -> f64 {
        let key = (a.min(b), a.max(b));
        self.all.iter().filter(|open| open.pair == key).fold(0.0, |most, open| most.max(open.force_max_n))
    }

    /// All touches with names, `dt_s` being the step and `end` the last step's number.
    pub(super) fn contacts(&self, names: &[Arc<str>], dt_s: f64, end: u64) -> Vec<Contact> {
        let name = |thing: usize| names.get(thing).map_or_else(String::new, ToString::to_string);
        let contact = |open: &Open| Contact {
            a: name(open.pair.0),
            b: name(open.pair.1),
            begin_s: open.begin.saturating_sub(1) as f64 * dt_s,
            end_s: open.last.min(end) as f64 * dt_s,
            force_max_n: open.force_max_n,
            tangential_max_n: open.tangential_max_n,
            at_m: open.at.to_array(),
        };
        self.all.iter().map(contact).collect()
    }
}

/// Less than this is no force to tell of, in newtons.
const FAINT_N: f64 = 0.01;

/// Who presses on whom in the step that has just ended, by number of the things; `who` tells a thing's name and the instance that
/// is seen of it, from its body and its number.
pub(super) fn pressing(
    physics: &rp::PhysicsWorld,
    who: impl Fn(Option<rp::RigidBodyHandle>, usize) -> (Arc<str>, u16),
) -> Vec<Pressing> {
    let mut all: BTreeMap<(usize, usize), Pressing> = BTreeMap::new();
    for pair in physics.narrow_phase.contact_pairs() {
        let colliders = (physics.colliders.get(pair.collider1), physics.colliders.get(pair.collider2));
        let (Some(one), Some(two)) = colliders else { continue };
        let (first, second) = (thing_of(one.user_data), thing_of(two.user_data));
        if first == second {
            continue;
        }
        let in_order = first < second;
        let (sign, [a, b]) = if in_order { (1.0, [one, two]) } else { (-1.0, [two, one]) };
        forces(physics, pair, &mut |force| {
            let sum = all.entry((first.min(second), first.max(second))).or_insert_with(|| Pressing {
                a: who(a.parent(), first.min(second)),
                b: who(b.parent(), first.max(second)),
                at: DVec3::ZERO,
                normal_n: DVec3::ZERO,
                tangential_n: DVec3::ZERO,
                points: Vec::new(),
            });
            sum.normal_n += force.normal * (sign * force.normal_n);
            sum.tangential_n += force.tangential_n * sign;
            if force.normal_n > 0.0 {
                sum.points.push((force.at, force.normal_n));
            }
        });
    }
    let strong = |pressing: &mut Pressing| {
        let total_n: f64 = pressing.points.iter().map(|(_, force_n)| force_n).sum();
        pressing.at = pressing.points.iter().map(|(at, force_n)| *at * (*force_n / total_n)).sum();
        total_n > FAINT_N
    };
    let mut all: Vec<Pressing> = all.into_values().collect();
    all.retain_mut(strong);
    all
}

/// The normal force in newtons between `thing` and each link of the arm `arm` in the step that has just ended.
pub(super) fn link_forces<const LINKS: usize>(
    physics: &rp::PhysicsWorld,
    thing: rp::ColliderHandle,
    arm: usize,
) -> [f64; LINKS] {
    let mut forces = [0.0; LINKS];
    for pair in physics.narrow_phase.contact_pairs_with(thing) {
        let other = if pair.collider1 == thing { pair.collider2 } else { pair.collider1 };
        let Some(other) = physics.colliders.get(other) else { continue };
        if thing_of(other.user_data) != arm {
            continue;
        }
        if let Some(sum) = forces.get_mut(link_of(other.user_data)) {
            *sum += pressing_n_s(pair) / physics.integration_parameters.dt;
        }
    }
    forces
}
