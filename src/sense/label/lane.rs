//! Lines and lanes of a road in the picture.
//!
//! A line is clipped to the picture; which share of it is seen is told by the ids at its pixels: a line lies on the road, so
//! that whatever else is seen there hides it. A lane's mask holds the pixels of the road whose surface, put back into the world by
//! its depth, lies in the lane: what stands on it is not part of it.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DVec2, DVec3};

use super::super::Rle;
use super::super::camera::lens::{Eye, Lens};
use super::super::rle::Runs;
use crate::render::Frame;
use crate::world::facts::{AreaKind, LaneLine, Lanes, LineKind};
use crate::world::{Class, Snapshot};

/// Nearer than this a line is cut off, in metres.
const NEAR_M: f64 = 0.05;
/// Straight pieces that a bent segment is told by.
const BENT_PARTS: u32 = 16;

/// A line in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LineInPicture {
    /// Its name.
    pub name: String,
    /// How it is painted.
    pub kind: LineKind,
    /// The polylines that the picture shows of it, in pixels.
    pub pieces_px: Vec<Vec<DVec2>>,
    /// The share of their length at which nothing hides the road, 0 to 1.
    pub visible: f64,
}

/// A lane in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaInPicture {
    /// What it is for.
    pub kind: AreaKind,
    /// Its pixels.
    pub mask: Rle,
}

/// The instances of the road.
fn road(snapshot: &Snapshot) -> BTreeSet<u16> {
    snapshot.bodies.iter().filter(|body| body.class == Class::Road).map(|body| body.instance).collect()
}

/// The lines of `lanes` of which the picture shows something.
pub(super) fn lines(frame: &Frame, (snapshot, lens): (&Snapshot, Lens), lanes: &Lanes) -> Vec<LineInPicture> {
    let road = road(snapshot);
    let eye = Eye { camera: &snapshot.camera, lens };
    let shown = |line: &LaneLine| {
        let pieces_px = clipped(&eye, &line.points);
        let (seen, all) = samples(&pieces_px)
            .fold((0_u32, 0_u32), |(seen, all), at| (seen + u32::from(is_near(frame, at, &road)), all + 1));
        let visible = f64::from(seen) / f64::from(all.max(1));
        let name = line.name.clone();
        (!pieces_px.is_empty()).then_some(LineInPicture { name, kind: line.kind, pieces_px, visible })
    };
    lanes.lines.iter().filter_map(shown).collect()
}

/// The lanes of `lanes` of which the picture shows something, by kind.
pub(super) fn areas(frame: &Frame, (snapshot, lens): (&Snapshot, Lens), lanes: &Lanes) -> Vec<AreaInPicture> {
    let road = road(snapshot);
    let eye = Eye { camera: &snapshot.camera, lens };
    let mut found: BTreeMap<AreaKind, Runs> = BTreeMap::new();
    for x in 0..frame.width {
        for y in 0..frame.height {
            let at = y as usize * frame.width as usize + x as usize;
            let (instance, depth_m) = (frame.instance.get(at), frame.depth_m.get(at));
            let (Some(instance), Some(depth_m)) = (instance, depth_m) else { continue };
            // Beside and behind a fisheye's axis there is no depth along it, and so no place in the world.
            if !road.contains(instance) || *depth_m <= 0.0 {
                continue;
            }
            let pixel = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let world = eye.camera.world_from_camera.point(eye.ray(pixel) * f64::from(*depth_m));
            let holds = |[low, high]: [[f64; 2]; 2]| {
                (low[0]..high[0]).contains(&world.x) && (low[1]..high[1]).contains(&world.y)
            };
            if let Some(area) = lanes.areas.iter().find(|area| holds(area.along_across_m)) {
                found.entry(area.kind).or_default().set(x * frame.height + y);
            }
        }
    }
    found.into_iter().map(|(kind, runs)| AreaInPicture { kind, mask: runs.finish(frame.width, frame.height) }).collect()
}

/// What the picture shows of the polyline `points`, in pixels.
fn clipped(eye: &Eye<'_>, points: &[DVec3]) -> Vec<Vec<DVec2>> {
    let camera = eye.camera;
    // What is straight in the world is bent by a lens.
    let parts = if eye.lens.is_pinhole() { 1 } else { BENT_PARTS };
    let size = DVec2::new(f64::from(camera.width_px), f64::from(camera.height_px));
    let camera_from_world = camera.world_from_camera.inverse();
    let mut pieces: Vec<Vec<DVec2>> = Vec::new();
    for pair in points.windows(2) {
        let [from, to] = [camera_from_world.point(pair[0]), camera_from_world.point(pair[1])];
        let Some([from, to]) = before(from, to) else { continue };
        for part in 0..parts {
            let at = |part: u32| eye.place(from.lerp(to, f64::from(part) / f64::from(parts)));
            let Some((start, end)) = at(part).zip(at(part + 1)) else { continue };
            let Some([start, end]) = inside(start, end, size) else { continue };
            match pieces.last_mut() {
                Some(piece) if piece.last().is_some_and(|last| last.distance(start) < 1e-6) => piece.push(end),
                _ => pieces.push(vec![start, end]),
            }
        }
    }
    pieces
}

/// The part of a segment in the camera's frame that lies before it.
fn before(from: DVec3, to: DVec3) -> Option<[DVec3; 2]> {
    let cut = |from: DVec3, to: DVec3| {
        if from.z >= NEAR_M { from } else { from.lerp(to, (NEAR_M - from.z) / (to.z - from.z)) }
    };
    (from.z.max(to.z) > NEAR_M).then(|| [cut(from, to), cut(to, from)])
}

/// The part of a segment within a picture of `size` (Liang and Barsky 1984).
fn inside(from: DVec2, to: DVec2, size: DVec2) -> Option<[DVec2; 2]> {
    let along = to - from;
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (start, step, end) in [(from.x, along.x, size.x), (from.y, along.y, size.y)] {
        if step == 0.0 {
            if !(0.0..=end).contains(&start) {
                return None;
            }
            continue;
        }
        let (a, b) = (-start / step, (end - start) / step);
        (enter, leave) = (enter.max(a.min(b)), leave.min(a.max(b)));
    }
    (enter < leave).then(|| [from + along * enter, from + along * leave])
}

/// Places along `pieces`, half a pixel apart at most.
fn samples(pieces: &[Vec<DVec2>]) -> impl Iterator<Item = DVec2> + '_ {
    let of = |pair: &[DVec2]| {
        let (from, to) = (pair[0], pair[1]);
        let steps = libm::ceil(2.0 * from.distance(to)).max(1.0);
        (0..steps as u32).map(move |step| from.lerp(to, (f64::from(step) + 0.5) / steps))
    };
    pieces.iter().flat_map(move |piece| piece.windows(2).flat_map(of))
}

/// Whether one of the nine pixels round `at` shows one of `instances`.
fn is_near(frame: &Frame, at: DVec2, instances: &BTreeSet<u16>) -> bool {
    let around = |middle: f64, end: u32| {
        let middle = (middle.max(0.0) as u32).min(end.saturating_sub(1));
        middle.saturating_sub(1)..(middle + 2).min(end)
    };
    around(at.y, frame.height).any(|y| {
        around(at.x, frame.width).any(|x| {
            let pixel = y as usize * frame.width as usize + x as usize;
            frame.instance.get(pixel).is_some_and(|instance| instances.contains(instance))
        })
    })
}
