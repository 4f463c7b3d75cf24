//! What a stage is: the slots, signals and things of one kind of world, how it is built, and what it does at every step.
//!
//! Everything that stages share (bodies, touches, events, the clock) is the [`Engine`]'s.

use std::sync::Arc;

use rapier3d_f64::prelude as rp;

use super::engine::{Builder, Engine};
use super::facts::Lanes;
use super::fields::Binder;
use super::fixture::{Fixtures, Row};
use super::mark::Mark;
use super::slots::Slot;
use super::snapshot::Light;
use super::{WorldError, balance, inspection, road, tabletop};
use crate::family::Family;

/// Names with units.
pub(super) type Names = &'static [(&'static str, &'static str)];

/// A thing of a stage and the slots that say where it is at time 0: in metres or millimetres along the stage's axes, in
/// degrees about its z. Raising such a slot moves or turns the thing by as much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// What its bodies are called; of several that are numbered (`"parked_2"`), without the number.
    pub thing: &'static str,
    /// Along x, y and z, where a slot says that.
    pub along: [Option<&'static str>; 3],
    /// About z, where a slot says that.
    pub about_z: Option<&'static str>,
}

impl Placed {
    /// Whether a body called `name` is of this thing.
    pub fn is_called(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.thing) else { return false };
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|number| number.parse::<u32>().is_ok())
    }
}

/// A row of a stage's table of what a hand can move.
pub(super) const fn placed(
    thing: &'static str,
    along: [Option<&'static str>; 3],
    about_z: Option<&'static str>,
) -> Placed {
    Placed { thing, along, about_z }
}

/// What puts a draw's things into the world.
type Build = fn(&Family, &Binder<'_>, &mut Builder) -> Result<Box<dyn Stage>, WorldError>;

/// A kind of world.
pub(super) struct Kind {
    /// As a family writes it.
    pub(super) name: &'static str,
    /// An empty world that solves contacts as its things need.
    pub(super) physics: fn() -> rp::PhysicsWorld,
    /// What a family may set.
    pub(super) slots: &'static [Slot],
    /// What an event may set while the world steps.
    pub(super) live: &'static [Slot],
    /// What is recorded with every state; an event's condition may read it at every step.
    pub(super) signals: Names,
    /// What is known at the end.
    pub(super) summary: Names,
    /// The things that events can move or push; what events let appear comes to them.
    pub(super) movable: &'static [&'static str],
    /// The things that events can only push: robots, which nothing can carry about.
    pub(super) pushable: &'static [&'static str],
    /// Its own lamps.
    pub(super) lamps: &'static [Row],
    /// The things that a camera can ride on.
    pub(super) mounts: &'static [&'static str],
    /// The bodies that a sensor can be on: the name in a family, the thing, and the link within it.
    pub(super) links: &'static [(&'static str, &'static str, &'static str)],
    /// How far from the origin an event may let something appear, in metres, and the strongest push on any axis in N s.
    pub(super) events_reach: (f64, f64),
    /// Which slots say where its things are: what a hand can move.
    pub(super) placed: &'static [Placed],
    /// What there is to stand on from above: the low and the high corner in metres.
    pub(super) footprint: [[f64; 2]; 2],
    /// Puts a draw's things into the world.
    pub(super) build: Build,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kind").field(&self.name).finish()
    }
}

/// All there are.
pub(super) static ALL: [&Kind; 4] = [&tabletop::KIND, &balance::KIND, &road::KIND, &inspection::KIND];

/// The kind that a family calls `name`.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    ALL.into_iter().find(|kind| kind.name == name)
}

/// The sentence on a stage that does not exist.
pub(super) fn unknown(name: &str) -> String {
    let names: Vec<&str> = ALL.iter().map(|kind| kind.name).collect();
    format!("stage \"{name}\" does not exist; the stages are: {}", names.join(", "))
}

/// A stage with a draw's things on it.
pub(super) trait Stage: Send {
    /// Looks round once before the first step, when the family's own things are there, too.
    fn begin(&mut self, _engine: &Engine) {}

    /// Acts before a physics step: controllers, and slots that events have set.
    fn act(&mut self, engine: &mut Engine);

    /// Follows what [`Self::summary`] needs after a physics step; false where the numbers make no sense any more.
    fn follow(&mut self, engine: &Engine) -> bool;

    /// The light, before events dim it.
    fn light(&self, engine: &Engine) -> Light;

    /// Its own lamps.
    fn lamps(&self) -> Option<&Fixtures> {
        None
    }

    /// In the order of [`Kind::signals`].
    fn signals(&self, engine: &Engine) -> Vec<f64>;

    /// In the order of [`Kind::summary`].
    fn summary(&self, engine: &Engine) -> Vec<f64>;

    /// Lines and lanes, where it is a road.
    fn lanes(&self) -> Option<Arc<Lanes>> {
        None
    }

    /// What is drawn over the picture for who looks on; nothing that is exported depends on it.
    fn marks(&self, _engine: &Engine) -> Vec<Mark> {
        Vec::new()
    }
}
