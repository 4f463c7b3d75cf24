//! The opened thing of the family's own as something to take hold of in the picture: three axes that move it and a ring that
//! turns it about z. One drag is one step of undo.
//!
//! A number that is written is rewritten; where a parameter stands for it, the parameter's nominal moves along. What is
//! computed from more than a name cannot be dragged and is drawn faint.

use eframe::egui::{self, Color32, CursorIcon, Pos2, Rect, Response, Sense, Ui, accesskit::Role, vec2};
use glam::DVec3;

use super::{field, marks};
use crate::app::{
    author::{Change, Inspected, InspectorState, grip, nice},
    message::{Message, Outbox},
    stage::Eye,
    theme,
};
use crate::family::distribution::NumberKind;
use crate::family::{Bound, Entity, Parameter};

/// Length of an axis on screen, in points.
const AXIS: f64 = 64.0;
/// Radius of the ring, in points.
const RING: f64 = 48.0;

/// What a number of a thing is at the begin of a drag.
#[derive(Clone)]
enum Begun {
    /// It is written.
    Written(Box<Entity>, f64),
    /// A parameter stands for it.
    Drawn(Box<Parameter>),
}

/// Which number of a thing is dragged.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Place(usize),
    Turn,
}

/// Draws the handles of the inspector's opened thing.
pub fn gizmo(ui: &mut Ui, rect: Rect, eye: &Eye, (inspected, state): (&Inspected, &InspectorState), out: &mut Outbox) {
    let family = &inspected.family;
    let opened = state.entity.as_ref().filter(|_| state.face == crate::app::author::Face::Scene);
    let found = opened.and_then(|name| family.entities.iter().position(|entity| entity.name == *name));
    let Some((at, entity)) = found.and_then(|at| Some((at, family.entities.get(at)?))) else { return };
    let number = |bound: &Bound| {
        bound.bind(&inspected.scope, "m").ok().and_then(|bound| {
            let row: Vec<f64> = row(inspected);
            bound.number(&row).ok()
        })
    };
    let [x, y, z] = &entity.at_m;
    let (Some(x), Some(y), Some(z)) = (number(x), number(y), number(z)) else { return };
    let origin = DVec3::new(x, y, z);
    let mut gizmo = Gizmo { rect, eye, origin, inspected, at, entity, out };
    gizmo.ring(ui);
    for (place, name) in ["x", "y", "z"].into_iter().enumerate() {
        gizmo.axis(ui, place, name);
    }
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
    at: usize,
    entity: &'a Entity,
    out: &'b mut Outbox,
}

impl Gizmo<'_, '_> {
    fn axis(&mut self, ui: &mut Ui, place: usize, name: &str) {
        let along = DVec3::AXES[place.min(2)];
        let length_m = AXIS * self.eye.metres_per_point(self.origin);
        let ends = (self.eye.screen(self.origin), self.eye.screen(self.origin + along * length_m));
        let (Some(from), Some(tip)) = ends else { return };
        let (response, ink) =
            self.handle(ui, tip, &format!("Move {} along {name}", self.entity.name), Part::Place(place));
        let painter = ui.painter_at(self.rect);
        marks::arrow(&painter, from, tip - from, ink);
        painter.text(tip + vec2(8.0, -8.0), egui::Align2::LEFT_CENTER, name, theme::mono(theme::size::SMALL), ink);
        let (origin, eye) = (self.origin, *self.eye);
        self.drag(ui, &response, Part::Place(place), |start, now| eye.along((origin, along), start, now));
    }

    fn ring(&mut self, ui: &mut Ui) {
        let radius_m = RING * self.eye.metres_per_point(self.origin);
        let turn = self.entity.turn_deg[2].shown(&self.inspected.values).unwrap_or(0.0).to_radians();
        let at = |angle: f64| {
            let (sine, cosine) = libm::sincos(angle);
            self.origin + DVec3::new(cosine, sine, 0.0) * radius_m
        };
        let points: Option<Vec<Pos2>> =
            (0..=48).map(|step| self.eye.screen(at(f64::from(step) / 48.0 * core::f64::consts::TAU))).collect();
        let (Some(points), Some(knob)) = (points, self.eye.screen(at(turn))) else { return };
        let (response, ink) = self.handle(ui, knob, &format!("Turn {} about z", self.entity.name), Part::Turn);
        let painter = ui.painter_at(self.rect);
        marks::cased(&painter, &points, 1.0, ink);
        painter.circle(knob, 5.0, ink, egui::Stroke::new(1.0, theme::ON_PICTURE));
        let (origin, eye) = (self.origin, *self.eye);
        // The angle of the hand where its ray meets the ring's plane.
        let angle = move |pointer: Pos2| {
            let (from, along) = eye.ray(pointer);
            let away = from + along * ((origin.z - from.z) / along.z) - origin;
            libm::atan2(away.y, away.x).to_degrees()
        };
        self.drag(ui, &response, Part::Turn, |start, now| {
            let by = angle(now) - angle(start);
            (by + 180.0).rem_euclid(360.0) - 180.0
        });
    }

    fn bound(&self, part: Part) -> &Bound {
        match part {
            Part::Place(at) => &self.entity.at_m[at.min(2)],
            Part::Turn => &self.entity.turn_deg[2],
        }
    }

    /// What takes the drag; faint where it cannot be dragged.
    fn handle(&self, ui: &mut Ui, at: Pos2, name: &str, part: Part) -> (Response, Color32) {
        let id = ui.scope_id().with(("gizmo", name));
        let sense = if self.begun(part).is_some() { Sense::drag() } else { Sense::hover() };
        let response = ui.interact(Rect::from_center_size(at, vec2(18.0, 18.0)), id, sense);
        super::named(&response, Role::Slider, name);
        let ink = match (self.begun(part).is_some(), response.hovered() || response.dragged()) {
            (false, _) => theme::faded(theme::WHITE, 0.35),
            (true, false) => theme::faded(theme::WHITE, 0.85),
            (true, true) => theme::WHITE,
        };
        (response.on_hover_cursor(CursorIcon::Grab), ink)
    }

    /// What is to be changed; `None` where nothing can be.
    fn begun(&self, part: Part) -> Option<Begun> {
        match self.bound(part) {
            Bound::Number(number) => Some(Begun::Written(Box::new(self.entity.clone()), *number)),
            Bound::Quantity(_) => None,
            bound @ Bound::Expression(_) => {
                let parameter = self.inspected.family.parameter(bound.name()?)?;
                shifted(parameter, 0.0).map(|_| Begun::Drawn(Box::new(parameter.clone())))
            }
        }
    }

    /// Changes the number by what the drag so far says: `by` maps where it began and where it is to a difference.
    fn drag(&mut self, ui: &Ui, response: &Response, part: Part, by: impl Fn(Pos2, Pos2) -> f64) {
        let id = response.id.with("begun");
        let gesture = field::drag_gesture(ui, response);
        if response.drag_started()
            && let (Some(begun), Some(from)) = (self.begun(part), ui.input(|input| input.pointer.press_origin()))
        {
            ui.data_mut(|data| data.insert_temp(id, (begun, from, *self.eye, self.origin)));
        }
        let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) else { return };
        type Kept = (Begun, Pos2, Eye, DVec3);
        let Some((begun, from, ..)) = ui.data(|data| data.get_temp::<Kept>(id)) else { return };
        let by = by(from, pointer);
        let Some(change) = changed(&begun, part, self.at, by) else { return };
        self.out.send(Message::Change { change: Box::new(change), gesture: Some(gesture) });
    }
}

/// The change that moves a number by `by` from where the drag began.
fn changed(begun: &Begun, part: Part, at: usize, by: f64) -> Option<Change> {
    match begun {
        Begun::Written(entity, number) => {
            let mut entity = entity.clone();
            let new = Bound::Number(nice(number + by, if part == Part::Turn { 100.0 } else { 1.0 }));
            match part {
                Part::Place(axis) => *entity.at_m.get_mut(axis)? = new,
                Part::Turn => entity.turn_deg[2] = new,
            }
            Some(Change::PutEntity(at, entity))
        }
        Begun::Drawn(parameter) => {
            let new = shifted(parameter, by)?;
            Some(Change::PutParameter(parameter.name.clone(), Box::new(new)))
        }
    }
}

/// The parameter with its nominal (and its proposal) moved by `by` as a whole; `None` where that is not a matter of its
/// numbers.
fn shifted(parameter: &Parameter, by: f64) -> Option<Parameter> {
    let moved = |distribution: &crate::family::Distribution<Bound>| {
        use crate::family::Distribution as D;
        // Those whose numbers are places on the axis, and one width.
        let moves = matches!(
            distribution,
            D::Constant(_)
                | D::Uniform { .. }
                | D::Triangular { .. }
                | D::Pert { .. }
                | D::Normal { .. }
                | D::TruncatedNormal { .. }
        );
        let mut changes = Vec::new();
        for (place, bound) in grip::places(distribution).into_iter().filter(|_| moves) {
            if place.kind != NumberKind::Value || place.path == "sd" {
                continue;
            }
            let Bound::Number(number) = bound else { return None };
            changes.push((place.path, Bound::Number(nice(number + by, 1.0))));
        }
        (!changes.is_empty()).then(|| grip::with(distribution, &changes))
    };
    let nominal = moved(&parameter.nominal)?;
    let proposal = match &parameter.proposal {
        Some(proposal) => Some(moved(proposal)?),
        None => None,
    };
    Some(Parameter { nominal, proposal, ..parameter.clone() })
}
