//! Labels of one frame: what each instance covers, shows and hides, where it is in space, its named points, contacts, lanes.
//!
//! Everything visible is read off the rendered ids and depths, so it cannot disagree with the picture. What is hidden comes from
//! the rasteriser too ([`Cover`]); without covers, nothing is said of it. Boxes in space and points come from the geometry.
//!
//! # Conventions
//! - A point in the picture is (u, v) in pixels: u to the right, v down, (0, 0) the outer corner of the top-left pixel. The pixel in
//!   column x and row y covers x ≤ u < x + 1, y ≤ v < y + 1; its centre, which ids and depth belong to, is (x + ½, y + ½).
//! - A box (x, y, width, height) is half-open: it covers columns x to x + width − 1 and rows y to y + height − 1. Boxes round
//!   pixels have whole numbers; a box round geometry (`Extent`) has not, and may reach beyond the picture.
//! - Depth is along the optical axis. The camera's frame is x right, y down, z ahead. Rotations are unit quaternions.
//! - Amodal pixels are counted within the picture; what lies outside is told by `Extent`.

mod amodal;
mod lane;
mod point;
mod solid;
#[cfg(test)]
pub(in crate::sense) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use amodal::Amodal;
pub use lane::{AreaInPicture, LineInPicture};
pub use point::{Contact, Point, Points, Sight};
pub use solid::{Extent, Solid};

use super::Rle;
use super::camera::lens::{Eye, Lens};
use super::rle::Runs;
use crate::render::{Cover, Frame};
use crate::world::{Body, Class, Facts, Snapshot};

/// One thing in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its id in the frame's instance channel.
    pub instance: u16,
    /// What it is.
    pub class: Class,
    /// Its name in the world.
    pub name: Arc<str>,
    /// x, y, width and height in pixels: the tightest box round its visible pixels; zeros where none is visible.
    pub bbox_px: [u32; 4],
    /// Number of its visible pixels.
    pub area_px: u32,
    /// Its visible pixels.
    pub mask: Rle,
    /// As if nothing stood before it; `None` where no cover is known, as of what is part of the road.
    pub amodal: Option<Amodal>,
    /// The rectangle of its geometry; `None` where some of it reaches behind the camera, and of what is part of the road.
    pub extent: Option<Extent>,
    /// The box round it in space; `None` of what is part of the road.
    pub solid: Option<Solid>,
    /// Its named points, where it has any.
    pub points: Option<Points>,
}

/// All labels of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// What the picture was taken through: all that is told in pixels is where it shows it.
    pub lens: Lens,
    /// What is visible, in order of the ids.
    pub seen: Vec<Label>,
    /// What would be in the picture but for what stands before it, in order of the ids; empty where no cover is known.
    pub hidden: Vec<Label>,
    /// Things that press on each other.
    pub contacts: Vec<Contact>,
    /// Lines of the road.
    pub lines: Vec<LineInPicture>,
    /// Lanes of the road.
    pub areas: Vec<AreaInPicture>,
}

impl Labels {
    /// The labels of `frame`, which shows `snapshot`, of which `facts` are true. `covers` are those of the things that labels name,
    /// of the same picture, which was taken through `lens`.
    pub fn of(frame: &Frame, (snapshot, lens): (&Snapshot, Lens), facts: &Facts, covers: Option<&[Cover]>) -> Self {
        let eye = &Eye { camera: &snapshot.camera, lens };
        let cover = |instance: u16| {
            let own = covers.unwrap_or_default().iter().find(|cover| cover.instance == instance);
            own.filter(|cover| cover.size_px() == [frame.width, frame.height])
        };
        let mut seen = labels(frame, snapshot);
        let mut hidden = Vec::new();
        for (instance, (class, name)) in known(snapshot) {
            let is_seen = seen.iter().any(|label| label.instance == instance);
            if !is_seen && cover(instance).is_some_and(|cover| cover.area_px() > 0) {
                hidden.push(Label::unseen(frame, instance, (class, name)));
            }
        }
        for label in seen.iter_mut().chain(&mut hidden) {
            label.amodal = cover(label.instance).and_then(|cover| amodal::amodal(frame, cover, label.bbox_px));
            let own = facts.skeletons.iter().find(|skeleton| skeleton.instance == label.instance);
            label.points = own.map(|skeleton| point::points(frame, eye, skeleton));
            if label.class != Class::Road {
                let of = |body: &&Body| body.instance == label.instance;
                let bodies: Vec<&Body> = snapshot.bodies.iter().filter(of).collect();
                label.solid = solid::solid(&bodies, eye);
                label.extent = solid::extent(&bodies, eye);
            }
        }
        let contacts = facts.contacts.iter().map(|pressing| point::contact(frame, eye, pressing)).collect();
        let lanes = facts.lanes.as_deref();
        let lines = lanes.map_or_else(Vec::new, |lanes| lane::lines(frame, (snapshot, lens), lanes));
        let areas = lanes.map_or_else(Vec::new, |lanes| lane::areas(frame, (snapshot, lens), lanes));
        Self { lens, seen, hidden, contacts, lines, areas }
    }
}

impl Label {
    /// A thing of which nothing is visible.
    fn unseen(frame: &Frame, instance: u16, (class, name): (Class, &Arc<str>)) -> Self {
        Self {
            instance,
            class,
            name: Arc::clone(name),
            bbox_px: [0; 4],
            area_px: 0,
            mask: Runs::default().finish(frame.width, frame.height),
            amodal: None,
            extent: None,
            solid: None,
            points: None,
        }
    }
}

/// What labels name, by id. Where several shapes make one instance, the first names it.
fn known(snapshot: &Snapshot) -> BTreeMap<u16, (Class, &Arc<str>)> {
    let mut known: BTreeMap<u16, (Class, &Arc<str>)> = BTreeMap::new();
    for body in &snapshot.bodies {
        known.entry(body.instance).or_insert((body.class, &body.name));
    }
    known.retain(|instance, (class, _name)| *instance != 0 && *class != Class::Background);
    known
}

/// What is visible of one instance.
struct Visible {
    first: [u32; 2],
    last: [u32; 2],
    area_px: u32,
    runs: Runs,
}

/// What is visible of the things in `frame`, in order of their instance id; boxes, masks and areas only. Background
/// ([`Class::Background`]), pixels that no body covers and ids that `snapshot` does not know have no label.
pub fn labels(frame: &Frame, snapshot: &Snapshot) -> Vec<Label> {
    let known = known(snapshot);
    extents(frame)
        .into_iter()
        .filter_map(|(instance, seen)| {
            let [x, y] = seen.first;
            Some(Label {
                bbox_px: [x, y, seen.last[0] - x + 1, seen.last[1] - y + 1],
                area_px: seen.area_px,
                mask: seen.runs.finish(frame.width, frame.height),
                ..Label::unseen(frame, instance, *known.get(&instance)?)
            })
        })
        .collect()
}

/// Extent and runs of every id but 0, walking down the columns as the run lengths want it.
fn extents(frame: &Frame) -> BTreeMap<u16, Visible> {
    let mut found: BTreeMap<u16, Visible> = BTreeMap::new();
    for x in 0..frame.width {
        for y in 0..frame.height {
            let at = y as usize * frame.width as usize + x as usize;
            let instance = frame.instance.get(at).copied().unwrap_or(0);
            if instance == 0 {
                continue;
            }
            let seen = found.entry(instance).or_insert_with(|| Visible {
                first: [x, y],
                last: [x, y],
                area_px: 0,
                runs: Runs::default(),
            });
            // Columns only grow.
            seen.last = [x, seen.last[1].max(y)];
            seen.first[1] = seen.first[1].min(y);
            seen.area_px += 1;
            seen.runs.set(x * frame.height + y);
        }
    }
    found
}

/// Depth along the optical axis (planar z, not the length of the ray) in whole millimetres, rounded, row by row from the
/// top left. 0 means no surface; surfaces nearer than half a millimetre read 1, those beyond 65.535 m read 65 535.
pub fn depth_mm(frame: &Frame) -> Vec<u16> {
    frame
        .depth_m
        .iter()
        .map(|&depth_m| {
            // Not a number and negative both mean that there is no surface.
            if depth_m > 0.0 { (f64::from(depth_m) * 1000.0 + 0.5).clamp(1.0, 65_535.0) as u16 } else { 0 }
        })
        .collect()
}
