//! A thing as something to take hold of in the picture: axes that move it and a ring that turns it about z. It is the opened
//! thing of the family's own, or one of the stage's whose slots say where it is. One drag is one step of undo.
//!
//! A number that is written is rewritten; where a parameter stands for it, the parameter's nominal moves along, or its value
//! in the shown draw where that was set by hand. What is computed from more than a name cannot be dragged and is drawn faint.
//! A thing of the stage is held where it is seen now, one of the family's own where it begins.

use eframe::egui::{self, Color32, CursorIcon, Pos2, Rect, Response, Sense, Ui, accesskit::Role, vec2};
use glam::DVec3;

use super::{field, marks};
use crate::app::{
    author::{Change, Inspected, InspectorState, grip, nice},
    message::{Message, Outbox},
    stage::{Eye, StageView},
    theme,
};
use crate::family::distribution::NumberKind;
use crate::family::{Bound, Distribution, Entity, Form, Parameter};
use crate::world::{self, Placed, Slot, Snapshot};

/// Length of an axis on screen, in points.
const AXIS: f64 = 64.0;
/// The shortest that it is drawn, in points.
const SHORTEST: f32 = 22.0;
/// Radius of the ring, in points.
const RING: f64 = 48.0;

/// What a number of a thing was at the begin of a drag.
#[derive(Clone)]
enum Begun {
    /// It is written.
    Written(f64),
    /// A parameter stands for it.
    Drawn(Box<Parameter>),
    /// A parameter stands for it whose value in the shown draw was set by hand.
    ByHand(String, f64),
}

/// Which number of a thing is dragged.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Place(usize),
    Turn,
}

/// Whose thing it is.
#[derive(Clone, Copy)]
enum Thing<'a> {
    /// The family's own, by its place in the list.
    Own(usize, &'a Entity),
    /// The stage's.
    Stage(&'static Placed),
}

/// What of the stage itself a hand can move and is seen in `snapshot`.
pub fn held<'a>(stage: &str, snapshot: &'a Snapshot) -> impl Iterator<Item = &'static Placed> + 'a {
    let there = |placed: &&Placed| snapshot.bodies.iter().any(|body| placed.is_called(&body.name));
    world::placed(stage).iter().filter(there)
}

/// Draws the handles of the inspector's opened thing.
pub fn gizmo(
    ui: &mut Ui,
    (rect, eye): (Rect, &Eye),
    (stage, snapshot): (&StageView, &Snapshot),
    (inspected, state): (&Inspected, &InspectorState),
    out: &mut Outbox,
) {
    let opened = state.entity.as_ref().filter(|_| state.face == crate::app::author::Face::Scene);
    let Some((thing, origin)) = opened.and_then(|name| found(name, inspected, snapshot)) else { return };
    let mut gizmo = Gizmo { rect, eye, origin, inspected, stage, thing, out };
    if gizmo.bound(Part::Turn).is_some() {
        gizmo.ring(ui);
    }
    // What is all round has no place.
    let is_dome = matches!(&gizmo.thing, Thing::Own(_, entity) if matches!(entity.shape, Form::Dome { .. }));
    for (place, name) in ["x", "y", "z"].into_iter().enumerate().filter(|_| !is_dome) {
        if gizmo.bound(Part::Place(place)).is_some() {
            gizmo.axis(ui, place, name);
        }
    }
}

/// The thing called `name` and where in the world it is held; `None` where there is none in sight.
fn found<'a>(name: &str, inspected: &'a Inspected, snapshot: &Snapshot) -> Option<(Thing<'a>, DVec3)> {
    let family = &inspected.family;
    if let Some(at) = family.entities.iter().position(|entity| entity.name == name) {
        let entity = family.entities.get(at)?;
        let row = row(inspected);
        let number = |bound: &Bound| bound.bind(&inspected.scope, "m").ok()?.number(&row).ok();
        let [x, y, z] = &entity.at_m;
        return Some((Thing::Own(at, entity), DVec3::new(number(x)?, number(y)?, number(z)?)));
    }
    let placed = held(&family.stage, snapshot).find(|placed| placed.thing == name)?;
    let bodies = snapshot.bodies.iter().filter(|body| placed.is_called(&body.name));
    let (sum, count) = bodies.fold((DVec3::ZERO, 0.0), |(sum, count), body| (sum + body.pose.position, count + 1.0));
    let middle = sum / count;
    // What lies in the ground, as a patch of the floor does, is held on it.
    Some((Thing::Stage(placed), middle.with_z(middle.z.max(0.0))))
}

/// The draw's numbers in the scope's order.
fn row(inspected: &Inspected) -> Vec<f64> {
    let columns = crate::family::Columns::of(&inspected.family);
    columns.names().map(|name| inspected.values.get(name).copied().unwrap_or(f64::NAN)).collect()
}

struct Gizmo<'a, 'b> {
    rect: Rect,
    eye: &'a Eye,
    origin: DVec3,
    inspected: &'a Inspected,
    stage: &'a StageView,
    thing: Thing<'a>,
    out: &'b mut Outbox,
}

/// The share of an arrow, from its foot, that cannot be taken hold of.
const FREE_FOOT: f32 = 0.35;

/// A number of a thing as the family has it.
#[derive(Clone, Copy)]
enum Said<'a> {
    Bound(&'a Bound),
    /// A slot that is left at its default.
    Default(f64),
}

/// Where an arrow is taken hold of: at its tip, or along its shaft where the pointer is near that. Its foot is left to the
/// other arrows.
fn taken_at(ui: &Ui, [from, tip]: [Pos2; 2]) -> Pos2 {
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return tip };
    let way = tip - from;
    let share = (pointer - from).dot(way) / way.length_sq().max(1.0);
    from + way * share.clamp(FREE_FOOT, 1.0)
}

impl<'a> Gizmo<'a, '_> {
    fn name(&self) -> &'a str {
        match self.thing {
            Thing::Own(_, entity) => &entity.name,
            Thing::Stage(placed) => placed.thing,
        }
    }

    fn axis(&mut self, ui: &mut Ui, place: usize, name: &str) {
        let along = DVec3::AXES[place.min(2)];
        let length_m = AXIS * self.eye.metres_per_point(self.origin);
        let ends = (self.eye.screen(self.origin), self.eye.screen(self.origin + along * length_m));
        let (Some(from), Some(tip)) = ends else { return };
        // An axis along the view is short: it must be taken hold of beside its middle.
        let tip = if from.distance(tip) < SHORTEST { from + (tip - from).normalized() * SHORTEST } else { tip };
        let words = format!("Move {} along {name}", self.name());
        let held_at = taken_at(ui, [from, tip]);
        let (response, ink) = self.handle(ui, held_at, &words, Part::Place(place));
        let painter = ui.painter_at(self.rect);
        marks::arrow(&painter, from, tip - from, ink);
        let beyond = tip + (tip - from).normalized() * 10.0;
        painter.text(beyond, egui::Align2::CENTER_CENTER, name, theme::mono(theme::size::SMALL), ink);
        self.drag(ui, &response, Part::Place(place), |(eye, origin), start, now| {
            eye.along((origin, along), start, now)
        });
    }

    fn ring(&mut self, ui: &mut Ui) {
        let radius_m = RING * self.eye.metres_per_point(self.origin);
        let turn = match self.bound(Part::Turn) {
            Some(Said::Bound(bound)) => bound.shown(&self.inspected.values).unwrap_or(0.0),
            Some(Said::Default(number)) => number,
            None => return,
        };
        let at = |angle: f64| {
            let (sine, cosine) = libm::sincos(angle);
            self.origin + DVec3::new(cosine, sine, 0.0) * radius_m
        };
        let points: Option<Vec<Pos2>> =
            (0..=48).map(|step| self.eye.screen(at(f64::from(step) / 48.0 * core::f64::consts::TAU))).collect();
        let (Some(points), Some(knob)) = (points, self.eye.screen(at(turn.to_radians()))) else { return };
        let (response, ink) = self.handle(ui, knob, &format!("Turn {} about z", self.name()), Part::Turn);
        let painter = ui.painter_at(self.rect);
        marks::cased(&painter, &points, 1.0, ink);
        painter.circle(knob, 5.0, ink, egui::Stroke::new(1.0, theme::ON_PICTURE));
        self.drag(ui, &response, Part::Turn, |(eye, origin), start, now| {
            // The angle of the hand where its ray meets the ring's plane.
            let angle = |pointer: Pos2| {
                let (from, along) = eye.ray(pointer);
                let away = from + along * ((origin.z - from.z) / along.z) - origin;
                libm::atan2(away.y, away.x).to_degrees()
            };
            let by = angle(now) - angle(start);
            (by + 180.0).rem_euclid(360.0) - 180.0
        });
    }

    /// The slot that a part of a thing of the stage's is said by.
    fn slot(&self, part: Part) -> Option<&'static Slot> {
        let Thing::Stage(placed) = self.thing else { return None };
        let name = match part {
            Part::Place(at) => placed.along.get(at).copied().flatten(),
            Part::Turn => placed.about_z,
        }?;
        world::slots(&self.inspected.family.stage).iter().find(|slot| slot.name == name)
    }

    /// How far a number may go.
    fn range(&self, part: Part) -> (f64, f64) {
        self.slot(part).map_or((f64::NEG_INFINITY, f64::INFINITY), |slot| (slot.low, slot.high))
    }

    /// What says where it is, or how it is turned; `None` where nothing does.
    fn bound(&self, part: Part) -> Option<Said<'a>> {
        match (self.thing, part) {
            (Thing::Own(_, entity), Part::Place(at)) => entity.at_m.get(at).map(Said::Bound),
            (Thing::Own(_, entity), Part::Turn) => Some(Said::Bound(&entity.turn_deg[2])),
            (Thing::Stage(_), _) => {
                let slot = self.slot(part)?;
                let said = self.inspected.family.scene.get(slot.name);
                Some(said.map_or(Said::Default(slot.default), Said::Bound))
            }
        }
    }

    /// What takes the drag; faint where it cannot be dragged.
    fn handle(&self, ui: &mut Ui, at: Pos2, name: &str, part: Part) -> (Response, Color32) {
        let id = ui.scope_id().with(("gizmo", name));
        let held = self.can_drag(part);
        let sense = if held { Sense::drag() } else { Sense::hover() };
        let response = ui.interact(Rect::from_center_size(at, vec2(18.0, 18.0)), id, sense);
        super::named(&response, Role::Slider, name);
        let ink = match (held, response.hovered() || response.dragged()) {
            (false, _) => theme::faded(theme::WHITE, 0.35),
            (true, false) => theme::faded(theme::WHITE, 0.85),
            (true, true) => theme::WHITE,
        };
        if !held {
            let told = "It is computed, or its distribution fills all that the slot allows: change that";
            return (response.on_hover_text(told), ink);
        }
        (response.on_hover_cursor(CursorIcon::Grab), ink)
    }

    /// The parameter that stands for a number alone.
    fn parameter(&self, bound: &Bound) -> Option<&'a Parameter> {
        bound.name().and_then(|name| self.inspected.family.parameter(name))
    }

    fn can_drag(&self, part: Part) -> bool {
        match self.bound(part) {
            Some(Said::Default(_) | Said::Bound(Bound::Number(_))) => true,
            Some(Said::Bound(bound @ Bound::Expression(_))) => self
                .parameter(bound)
                .is_some_and(|own| self.stage.by_hand.contains_key(&own.name) || moves(own, self.range(part))),
            Some(Said::Bound(Bound::Quantity(_))) | None => false,
        }
    }

    /// What is to be changed; `None` where nothing can be.
    fn begun(&self, part: Part) -> Option<Begun> {
        match self.bound(part)? {
            Said::Default(number) => Some(Begun::Written(number)),
            Said::Bound(Bound::Number(number)) => Some(Begun::Written(*number)),
            Said::Bound(Bound::Quantity(_)) => None,
            Said::Bound(bound @ Bound::Expression(_)) => {
                let parameter = self.parameter(bound)?;
                if let Some(value) = self.stage.by_hand.get(&parameter.name) {
                    return Some(Begun::ByHand(parameter.name.clone(), *value));
                }
                moves(parameter, self.range(part)).then(|| Begun::Drawn(Box::new(parameter.clone())))
            }
        }
    }

    /// Changes the number by what the drag so far says: `by` maps where it began and where it is to a difference in metres or
    /// degrees, seen as it was when the drag began.
    fn drag(&mut self, ui: &Ui, response: &Response, part: Part, by: impl Fn((&Eye, DVec3), Pos2, Pos2) -> f64) {
        type Kept = (Begun, Pos2, Eye, DVec3);
        let id = response.id.with("begun");
        let gesture = field::drag_gesture(ui, response);
        if response.drag_started()
            && let (Some(begun), Some(from)) = (self.begun(part), ui.input(|input| input.pointer.press_origin()))
        {
            ui.data_mut(|data| data.insert_temp::<Kept>(id, (begun, from, *self.eye, self.origin)));
        }
        let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) else { return };
        let Some((begun, from, eye, origin)) = ui.data(|data| data.get_temp::<Kept>(id)) else { return };
        let by = by((&eye, origin), from, pointer);
        if let Some(message) = self.asked(&begun, part, by, gesture) {
            self.out.send(message);
        }
    }

    /// What moves a number by `by` metres or degrees from where the drag began.
    fn asked(&self, begun: &Begun, part: Part, by: f64, gesture: u64) -> Option<Message> {
        let slot = self.slot(part);
        let by = if slot.is_some_and(|slot| slot.unit == "mm") { by * 1000.0 } else { by };
        let (low, high) = self.range(part);
        let step = if part == Part::Turn { 100.0 } else { 1.0 };
        let change = match begun {
            Begun::ByHand(name, value) => {
                let value = nice(value + by, step).clamp(low, high);
                return Some(Message::SetValue { parameter: name.clone(), value, gesture });
            }
            Begun::Written(number) => {
                let new = Bound::Number(nice(number + by, step).clamp(low, high));
                match (self.thing, slot) {
                    (Thing::Own(at, entity), _) => Change::PutEntity(at, Box::new(with(entity, part, new)?)),
                    (Thing::Stage(_), slot) => Change::SetSlot(slot?.name.to_owned(), Some(new)),
                }
            }
            Begun::Drawn(parameter) => {
                let new = shifted(parameter, by, (low, high))?;
                Change::PutParameter(parameter.name.clone(), Box::new(new))
            }
        };
        Some(Message::Change { change: Box::new(change), gesture: Some(gesture) })
    }
}

/// `entity` with one of its numbers exchanged.
fn with(entity: &Entity, part: Part, new: Bound) -> Option<Entity> {
    let mut entity = entity.clone();
    match part {
        Part::Place(axis) => *entity.at_m.get_mut(axis)? = new,
        Part::Turn => entity.turn_deg[2] = new,
    }
    Some(entity)
}

/// A number of a distribution that is a place on the axis.
struct Spot {
    path: String,
    number: f64,
    /// It only cuts tails off: at the end of what a slot allows it stays there.
    cuts: bool,
}

/// The places among a distribution's numbers, where these are places and one width; `None` where it cannot be moved as a whole.
fn spots(distribution: &Distribution<Bound>) -> Option<Vec<Spot>> {
    use Distribution as D;
    let moves = matches!(
        distribution,
        D::Constant(_)
            | D::Uniform { .. }
            | D::Triangular { .. }
            | D::Pert { .. }
            | D::Normal { .. }
            | D::TruncatedNormal { .. }
    );
    let truncated = matches!(distribution, D::TruncatedNormal { .. });
    let all = grip::places(distribution).into_iter().filter(|_| moves);
    let places = all.filter(|(place, _)| place.kind == NumberKind::Value && place.path != "sd");
    let spots: Option<Vec<Spot>> = places
        .map(|(place, bound)| match bound {
            Bound::Number(number) => Some(Spot { cuts: truncated && place.path != "mean", path: place.path, number }),
            _ => None,
        })
        .collect();
    spots.filter(|spots| !spots.is_empty())
}

/// Whether a parameter's nominal (and its proposal) can be moved as a whole, be it a hair, within `range`.
fn moves(parameter: &Parameter, range: (f64, f64)) -> bool {
    [-1.0, 1.0].into_iter().any(|by| shifted(parameter, by, range).is_some_and(|new| new != *parameter))
}

/// The parameter with its nominal (and its proposal) moved by `by` as a whole, as far as its places stay within `low` to
/// `high`; `None` where that is not a matter of its numbers.
fn shifted(parameter: &Parameter, by: f64, (low, high): (f64, f64)) -> Option<Parameter> {
    let nominal = spots(&parameter.nominal)?;
    let proposal = match &parameter.proposal {
        Some(proposal) => Some((proposal, spots(proposal)?)),
        None => None,
    };
    let all = || nominal.iter().chain(proposal.iter().flat_map(|(_, spots)| spots)).filter(|spot| !spot.cuts);
    let least = all().map(|spot| spot.number).fold(f64::INFINITY, f64::min);
    let most = all().map(|spot| spot.number).fold(f64::NEG_INFINITY, f64::max);
    // What lies outside already is not pulled in.
    let by = by.max((low - least).min(0.0)).min((high - most).max(0.0));
    let moved = |distribution: &Distribution<Bound>, spots: &[Spot]| {
        let new = |spot: &Spot| {
            let number = nice(spot.number + by, 1.0);
            let number = if spot.cuts { number.clamp(low.min(spot.number), high.max(spot.number)) } else { number };
            (spot.path.clone(), Bound::Number(number))
        };
        grip::with(distribution, &spots.iter().map(new).collect::<Vec<_>>())
    };
    Some(Parameter {
        nominal: moved(&parameter.nominal, &nominal),
        proposal: proposal.map(|(proposal, spots)| moved(proposal, &spots)),
        ..parameter.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::written;

    #[test]
    fn a_parameter_is_moved_as_a_whole_and_no_farther_than_its_slot_goes() {
        let uniform = |low: f64, high: f64| written(&Distribution::Uniform { low, high });
        let mut parameter = Parameter::new("x_m", "m", &Distribution::Uniform { low: 0.30, high: 0.38 });
        parameter.proposal = Some(uniform(0.26, 0.40));
        let moved = |by: f64| shifted(&parameter, by, (0.24, 0.44)).expect("two plain ranges");
        assert_eq!(moved(0.03).nominal, uniform(0.33, 0.41));
        assert_eq!(moved(0.03).proposal, Some(uniform(0.29, 0.43)));
        assert_eq!(moved(0.5).proposal, Some(uniform(0.30, 0.44)), "to the slot's end");
        assert_eq!(moved(-0.5).nominal, uniform(0.28, 0.36), "and no farther down");
        assert!(moves(&parameter, (0.24, 0.44)) && !moves(&parameter, (0.26, 0.40)), "no room at all");
        // Of a bell that is cut at the slot's ends the middle moves, and the cuts stay.
        let cut = |mean: f64, low: f64, high: f64| Distribution::TruncatedNormal { mean, sd: 0.03, low, high };
        let bell = Parameter::new("y_m", "m", &cut(0.03, -0.04, 0.1));
        let moved = shifted(&bell, 0.05, (-0.04, 0.1)).expect("a plain bell");
        assert_eq!(moved.nominal, written(&cut(0.08, 0.01, 0.1)));
        parameter.nominal = written(&Distribution::Exponential { mean: 0.3 });
        assert!(
            !moves(&parameter, (0.0, 1.0)) && shifted(&parameter, 0.1, (0.0, 1.0)).is_none(),
            "its width would change"
        );
    }
}
