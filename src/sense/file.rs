//! `labels.json`: the labels of an episode as our own sets and packs keep them. `docs/FORMATS.md` describes every field.
//!
//! Pixels are kept to a ten-thousandth, metres and newtons to a millionth. A file of format 1, which knew nothing but what is
//! visible, is read as one whose other fields are absent.

mod camera;

use std::collections::BTreeMap;

use glam::{DVec2, DVec3};
use serde::{Deserialize, Serialize};

pub use camera::{CameraEntry, LensEntry};

use super::Rle;
use super::camera::lens::Eye;
use super::label::{Amodal, Contact, Extent, Label, Labels, LineInPicture, Point, Solid};
use crate::base::Pose;
use crate::world::facts::{EventNow, SoFar};
use crate::world::{Facts, Snapshot};

/// What this version writes.
pub const FORMAT: &str = "worldproof labels 2";
/// What it also reads: files without a format.
const FIRST_FORMAT: &str = "worldproof labels 1";

/// `labels.json`: one entry a kept frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelFile {
    /// [`FORMAT`].
    #[serde(default = "first_format")]
    pub format: String,
    /// The named points of instances, one entry an instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skeletons: Vec<SkeletonEntry>,
    /// The road's lines in the world, which do not change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<WorldLineEntry>,
    /// In order of the kept frames.
    pub frames: Vec<FrameLabels>,
}

fn first_format() -> String {
    FIRST_FORMAT.to_owned()
}

/// The named points of one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkeletonEntry {
    /// The instance's id.
    pub instance: u16,
    /// A name a point.
    pub points: Vec<String>,
    /// Pairs of points, from 0.
    pub edges: Vec<[usize; 2]>,
}

/// A line of the road in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldLineEntry {
    /// Its name.
    pub name: String,
    /// `solid_white`, `solid_yellow`, `dashed_white` or `edge`.
    pub kind: String,
    /// Its width in metres; 0 for an edge.
    pub width_m: f64,
    /// Its middle in metres.
    pub points_m: Vec<[f64; 3]>,
    /// Where there is paint, along it from its first point.
    pub painted_m: Vec<[f64; 2]>,
}

/// The labels of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameLabels {
    /// Recorded state.
    pub state: usize,
    /// Its time in seconds.
    pub time_s: f64,
    /// The camera that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraEntry>,
    /// What is seen.
    pub labels: Vec<LabelEntry>,
    /// What would be in the picture but for what stands before it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<LabelEntry>>,
    /// Things that press on each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactEntry>,
    /// What the picture shows of the road's lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineEntry>,
    /// What the picture shows of the road's lanes: `own_lane`, `other_lane`, `oncoming_lane`, `beside`; run lengths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lanes: BTreeMap<String, String>,
    /// The family's events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventEntry>,
    /// The rare event, judged on the episode up to this frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare_so_far: Option<RareEntry>,
}

/// A pose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseEntry {
    /// In metres.
    pub at_m: [f64; 3],
    /// Unit quaternion, x, y, z, w.
    pub turn_xyzw: [f64; 4],
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelEntry {
    /// Instance id.
    pub instance: u16,
    /// Class name.
    pub class: String,
    /// Its name in the world.
    pub name: String,
    /// x, y, width, height in pixels, tight to the visible pixels, half-open; zeros where none is visible.
    pub bbox_px: [u32; 4],
    /// Visible pixels.
    pub area_px: u64,
    /// COCO's compressed run lengths.
    pub rle: String,
    /// As if nothing stood before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amodal: Option<AmodalEntry>,
    /// The rectangle of its geometry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<ExtentEntry>,
    /// The box round it in space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub box3d: Option<BoxEntry>,
    /// Its points, in the order of its skeleton.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<PointEntry>>,
}

/// An instance as if nothing stood before it, within the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmodalEntry {
    /// x, y, width, height in pixels, tight, half-open.
    pub bbox_px: [u32; 4],
    /// Covered pixels.
    pub area_px: u64,
    /// COCO's compressed run lengths.
    pub rle: String,
    /// The share of them that is seen.
    pub visible: f64,
    /// Who is seen at the hidden pixels.
    pub occluded_by: Vec<OccluderEntry>,
}

/// Who hides something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccluderEntry {
    /// Instance id.
    pub instance: u16,
    /// Pixels that it hides.
    pub pixels: u32,
}

/// The rectangle of an instance's geometry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtentEntry {
    /// x, y, width, height in pixels; may reach beyond the picture.
    pub bbox_px: [f64; 4],
    /// The share of it outside the picture.
    pub outside: f64,
}

/// An oriented box in space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxEntry {
    /// Its whole extent along its own axes in metres.
    pub size_m: [f64; 3],
    /// `world_from_box`.
    pub world: PoseEntry,
    /// `camera_from_box`.
    pub camera: PoseEntry,
    /// Its corners in pixels: bits 0, 1, 2 of the number say the far side along x, y, z; null behind the camera.
    pub corners_px: [Option<[f64; 2]>; 8],
}

/// A point in the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointEntry {
    /// In metres in the world.
    pub at_m: [f64; 3],
    /// In pixels; null behind the camera.
    pub px: Option<[f64; 2]>,
    /// Along the optical axis in metres.
    pub depth_m: f64,
    /// 0 not in the picture, 1 hidden, 2 seen.
    pub seen: u8,
}

/// Two things that press on each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactEntry {
    /// Names.
    pub between: [String; 2],
    /// Instance ids; 0 where none that is seen has it.
    pub instances: [u16; 2],
    /// Where the normal force acts.
    pub at: PointEntry,
    /// What the first gives the second along the normals, in the world.
    pub normal_n: [f64; 3],
    /// What friction gives the second.
    pub tangential_n: [f64; 3],
    /// Each point, with its normal force in newtons.
    pub points: Vec<PressedEntry>,
}

/// A point where two things press.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PressedEntry {
    /// Where.
    #[serde(flatten)]
    pub at: PointEntry,
    /// Normal force in newtons.
    pub force_n: f64,
}

/// A line in the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineEntry {
    /// Its name.
    pub name: String,
    /// Polylines in pixels, clipped to the picture.
    pub pieces_px: Vec<Vec<[f64; 2]>>,
    /// The share of their length at which nothing hides the road.
    pub visible: f64,
}

/// An event at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventEntry {
    /// Its name.
    pub name: String,
    /// `light`, `lamp`, `set`, `move`, `spawn` or `push`.
    pub kind: String,
    /// `waits`, `changes`, `holds`, `returns` or `over`.
    pub phase: String,
    /// Share of its change that is done.
    pub share: f64,
    /// When its change began or will; null while it waits for its condition.
    pub at_s: Option<f64>,
}

/// The rare event up to one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RareEntry {
    /// Whether it has happened.
    pub happened: bool,
    /// How far it is from happening; null where that is no finite number.
    pub margin: Option<f64>,
}

impl Default for LabelFile {
    fn default() -> Self {
        Self { format: FORMAT.to_owned(), skeletons: Vec::new(), lines: Vec::new(), frames: Vec::new() }
    }
}

impl LabelFile {
    /// Whether this version understands it.
    pub fn is_known(&self) -> bool {
        [FORMAT, FIRST_FORMAT].contains(&self.format.as_str())
    }

    /// Adds the labels of the frame of recorded state `state`. `has_covers` says that nothing that is wholly hidden is missing.
    pub fn add(&mut self, state: usize, snapshot: &Snapshot, facts: &Facts, labels: &Labels, has_covers: bool) {
        for skeleton in &facts.skeletons {
            if self.skeletons.iter().all(|known| known.instance != skeleton.instance) {
                let (points, edges) = (skeleton.bones.names.clone(), skeleton.bones.edges.clone());
                self.skeletons.push(SkeletonEntry { instance: skeleton.instance, points, edges });
            }
        }
        if let Some(lanes) = facts.lanes.as_ref().filter(|_| self.lines.is_empty()) {
            self.lines.extend(lanes.lines.iter().map(|line| WorldLineEntry {
                name: line.name.clone(),
                kind: line.kind.name().to_owned(),
                width_m: line.width_m,
                points_m: line.points.iter().map(|at| metres(*at)).collect(),
                painted_m: line.painted_m.iter().map(|pair| pair.map(|at| kept(at, 1e6))).collect(),
            }));
        }
        self.frames.push(FrameLabels::of(state, snapshot, facts, labels, has_covers));
    }

    /// What contradicts itself in it, for pictures of `width` x `height` pixels; `None` where nothing does.
    pub fn fault(&self, width: u32, height: u32) -> Option<String> {
        if !self.is_known() {
            return Some(format!("its format `{}` is not known to this version", self.format));
        }
        self.frames.iter().find_map(|frame| {
            let all = frame.labels.iter().chain(frame.hidden.iter().flatten());
            let fault = all.into_iter().find_map(|label| {
                self.fault_of(label, (width, height)).map(|what| format!("`{}`: {what}", label.name))
            });
            let lanes = || {
                let wrong = |rle: &&String| Rle::from_compressed(width, height, rle).is_err();
                frame.lanes.values().find(wrong).map(|_| "a lane's mask does not cover the picture".to_owned())
            };
            let all = frame.labels.iter().chain(frame.hidden.iter().flatten());
            let points = all.filter_map(|label| label.points.as_ref()).flatten();
            let pressed = frame.contacts.iter().flat_map(|contact| {
                core::iter::once(&contact.at).chain(contact.points.iter().map(|pressed| &pressed.at))
            });
            let camera =
                || frame.camera.as_ref().and_then(|camera| camera.fault([width, height], points.chain(pressed)));
            fault.or_else(lanes).or_else(camera).map(|what| format!("state {}, {what}", frame.state))
        })
    }

    fn fault_of(&self, label: &LabelEntry, (width, height): (u32, u32)) -> Option<String> {
        let Ok(mask) = Rle::from_compressed(width, height, &label.rle) else {
            return Some("its mask does not cover the picture".to_owned());
        };
        let of_masks = mask_fault(&mask, label.bbox_px, label.area_px);
        let of_masks = of_masks.or_else(|| label.amodal.as_ref().and_then(|amodal| amodal.fault(&mask)));
        if of_masks.is_some() {
            return of_masks;
        }
        let own = self.skeletons.iter().find(|skeleton| skeleton.instance == label.instance);
        let count = label.points.as_ref().map(Vec::len);
        match (count, own.map(|skeleton| skeleton.points.len())) {
            (Some(has), Some(wants)) if has != wants => Some(format!("it has {has} points, its skeleton {wants}")),
            (Some(_), None) => Some("it has points but no skeleton".to_owned()),
            _ => None,
        }
    }
}

impl FrameLabels {
    /// The labels of the frame of recorded state `state`; see [`LabelFile::add`].
    pub fn of(state: usize, snapshot: &Snapshot, facts: &Facts, labels: &Labels, has_covers: bool) -> Self {
        Self {
            state,
            time_s: snapshot.time_s,
            camera: Some(CameraEntry::of(&Eye { camera: &snapshot.camera, lens: labels.lens })),
            labels: labels.seen.iter().map(LabelEntry::of).collect(),
            hidden: has_covers.then(|| labels.hidden.iter().map(LabelEntry::of).collect()),
            contacts: labels.contacts.iter().map(ContactEntry::of).collect(),
            lines: labels.lines.iter().map(LineEntry::of).collect(),
            lanes: labels.areas.iter().map(|area| (area.kind.name().to_owned(), area.mask.compressed())).collect(),
            events: facts.events.iter().map(EventEntry::of).collect(),
            rare_so_far: facts.so_far.map(RareEntry::of),
        }
    }
}

impl AmodalEntry {
    /// What contradicts itself, `visible` being the instance's visible pixels.
    pub fn fault(&self, visible: &Rle) -> Option<String> {
        let Ok(mask) = Rle::from_compressed(visible.width(), visible.height(), &self.rle) else {
            return Some("its amodal mask does not cover the picture".to_owned());
        };
        let hidden: u64 = self.occluded_by.iter().map(|by| u64::from(by.pixels)).sum();
        let own = mask_fault(&mask, self.bbox_px, self.area_px).map(|what| format!("amodal: {what}"));
        own.or_else(|| amodal_fault(visible, &mask, self.visible, hidden))
    }

    fn of(amodal: &Amodal) -> Self {
        let by = |(instance, pixels): &(u16, u32)| OccluderEntry { instance: *instance, pixels: *pixels };
        Self {
            bbox_px: amodal.bbox_px,
            area_px: u64::from(amodal.area_px),
            rle: amodal.mask.compressed(),
            visible: kept(amodal.visible, 1e6),
            occluded_by: amodal.occluded_by.iter().map(by).collect(),
        }
    }
}

impl LabelEntry {
    fn of(label: &Label) -> Self {
        Self {
            instance: label.instance,
            class: label.class.name().to_owned(),
            name: label.name.to_string(),
            bbox_px: label.bbox_px,
            area_px: u64::from(label.area_px),
            rle: label.mask.compressed(),
            amodal: label.amodal.as_ref().map(AmodalEntry::of),
            extent: label.extent.map(ExtentEntry::of),
            box3d: label.solid.as_ref().map(BoxEntry::of),
            points: label.points.as_ref().map(|points| points.points.iter().map(PointEntry::of).collect()),
        }
    }
}

impl PoseEntry {
    fn of(pose: &Pose) -> Self {
        Self { at_m: metres(pose.position), turn_xyzw: pose.rotation.to_array().map(|part| kept(part, 1e9)) }
    }
}

impl ExtentEntry {
    fn of(extent: Extent) -> Self {
        Self { bbox_px: extent.bbox_px.map(|side| kept(side, 1e4)), outside: kept(extent.outside, 1e6) }
    }
}

impl BoxEntry {
    fn of(solid: &Solid) -> Self {
        Self {
            size_m: metres(solid.size_m),
            world: PoseEntry::of(&solid.world),
            camera: PoseEntry::of(&solid.camera),
            corners_px: solid.corners_px.map(|corner| corner.map(pixels)),
        }
    }
}

impl PointEntry {
    fn of(point: &Point) -> Self {
        let (at_m, px) = (metres(point.at), point.px.map(pixels));
        Self { at_m, px, depth_m: kept(point.depth_m, 1e6), seen: point.sight as u8 }
    }
}

impl ContactEntry {
    fn of(contact: &Contact) -> Self {
        let pressing = &contact.pressing;
        let forces = pressing.points.iter().map(|(_, force_n)| kept(*force_n, 1e6));
        let pressed = |(point, force_n)| PressedEntry { at: PointEntry::of(point), force_n };
        Self {
            between: [pressing.a.0.to_string(), pressing.b.0.to_string()],
            instances: [pressing.a.1, pressing.b.1],
            at: PointEntry::of(&contact.at),
            normal_n: metres(pressing.normal_n),
            tangential_n: metres(pressing.tangential_n),
            points: contact.points.iter().zip(forces).map(pressed).collect(),
        }
    }
}

impl LineEntry {
    fn of(line: &LineInPicture) -> Self {
        let pieces_px = line.pieces_px.iter().map(|piece| piece.iter().map(|at| pixels(*at)).collect()).collect();
        Self { name: line.name.clone(), pieces_px, visible: kept(line.visible, 1e6) }
    }
}

impl EventEntry {
    fn of(event: &EventNow) -> Self {
        let (kind, phase) = (event.kind.to_owned(), event.phase.name().to_owned());
        Self { name: event.name.clone(), kind, phase, share: kept(event.share, 1e6), at_s: event.at_s }
    }
}

impl RareEntry {
    fn of(so_far: SoFar) -> Self {
        Self { happened: so_far.rare, margin: Some(so_far.margin).filter(|margin| margin.is_finite()) }
    }
}

/// What is wrong with a box and an area that are told of `mask`; `None` where nothing is.
pub fn mask_fault(mask: &Rle, bbox_px: [u32; 4], area_px: u64) -> Option<String> {
    let (tight, all) = (mask.bbox_px(), mask.area_px());
    if all != area_px {
        return Some(format!("its mask has {all} pixels, its area is {area_px}"));
    }
    (tight != bbox_px).then(|| format!("the box round its mask is {tight:?}, its own is {bbox_px:?}"))
}

/// What is wrong where of an instance that covers `covered` the pixels `seen` are seen, told as the share `share` of them, and
/// `hidden` pixels are hidden; `None` where nothing is.
pub fn amodal_fault(seen: &Rle, covered: &Rle, share: f64, hidden: u64) -> Option<String> {
    let (visible, all) = (seen.area_px(), covered.area_px());
    if all == 0 {
        return Some("its amodal mask is empty".to_owned());
    }
    if seen.decode().into_iter().zip(covered.decode()).any(|(seen, covered)| seen && !covered) {
        return Some("some of its visible pixels lie outside its amodal mask".to_owned());
    }
    let is_share = (share - visible as f64 / all as f64).abs() <= 1e-5;
    if !is_share {
        return Some(format!("{visible} of its {all} pixels are visible, not the share {share}"));
    }
    (hidden + visible != all).then(|| format!("{visible} visible and {hidden} hidden pixels are not its {all}"))
}

/// `value` to one part of `parts`.
fn kept(value: f64, parts: f64) -> f64 {
    // Adding 0 makes −0 a plain 0.
    libm::round(value * parts) / parts + 0.0
}

fn pixels(at: DVec2) -> [f64; 2] {
    at.to_array().map(|part| kept(part, 1e4))
}

fn metres(at: DVec3) -> [f64; 3] {
    at.to_array().map(|part| kept(part, 1e6))
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
