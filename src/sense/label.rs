//! Instance labels and depth maps of one frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::render::Frame;
use crate::world::{Class, Snapshot};

use super::Rle;
use super::rle::Runs;

/// One visible thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its id in the frame's instance channel.
    pub instance: u16,
    /// What it is.
    pub class: Class,
    /// Its name in the world.
    pub name: Arc<str>,
    /// x, y, width and height in pixels: the tightest box round its visible pixels.
    pub bbox_px: [u32; 4],
    /// Number of its visible pixels.
    pub area_px: u32,
    /// Its visible pixels.
    pub mask: Rle,
}

struct Extent {
    first: [u32; 2],
    last: [u32; 2],
    area_px: u32,
    runs: Runs,
}

/// The visible things of `frame`, in order of their instance id. Background ([`Class::Background`]), pixels that no body
/// covers and ids that `snapshot` does not know have no label. Where several shapes make one instance, the first names it.
pub fn labels(frame: &Frame, snapshot: &Snapshot) -> Vec<Label> {
    let mut known: BTreeMap<u16, (Class, &Arc<str>)> = BTreeMap::new();
    for body in &snapshot.bodies {
        known.entry(body.instance).or_insert((body.class, &body.name));
    }
    known.retain(|instance, (class, _name)| *instance != 0 && *class != Class::Background);
    extents(frame)
        .into_iter()
        .filter_map(|(instance, seen)| {
            let (class, name) = known.get(&instance)?;
            let [x, y] = seen.first;
            Some(Label {
                instance,
                class: *class,
                name: Arc::clone(name),
                bbox_px: [x, y, seen.last[0] - x + 1, seen.last[1] - y + 1],
                area_px: seen.area_px,
                mask: seen.runs.finish(frame.width, frame.height),
            })
        })
        .collect()
}

/// Extent and runs of every id but 0, walking down the columns as the run lengths want it.
fn extents(frame: &Frame) -> BTreeMap<u16, Extent> {
    let mut found: BTreeMap<u16, Extent> = BTreeMap::new();
    for x in 0..frame.width {
        for y in 0..frame.height {
            let at = y as usize * frame.width as usize + x as usize;
            let instance = frame.instance.get(at).copied().unwrap_or(0);
            if instance == 0 {
                continue;
            }
            let seen = found.entry(instance).or_insert_with(|| Extent {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Pose, Rgb};
    use crate::world::{Body, Camera, Light, Material, Shape, Surface};
    use glam::DVec3;

    fn frame(width: u32, instance: Vec<u16>, depth_m: Vec<f32>) -> Frame {
        let height = instance.len() as u32 / width;
        let size = instance.len();
        let (normal, flow_px) = (vec![[0; 3]; size], vec![[0.0; 2]; size]);
        Frame { width, height, colour: Rgb::black(width, height), depth_m, instance, normal, flow_px }
    }

    fn snapshot(bodies: &[(u16, Class, &str)]) -> Snapshot {
        let material = Material {
            surface: Surface::Plain,
            colour: [0.5; 3],
            second: [0.5; 3],
            roughness: 0.5,
            metallic: 0.0,
            scale_m: 0.1,
            seed: 0,
        };
        let body = |&(instance, class, name): &(u16, Class, &str)| Body {
            instance,
            class,
            name: Arc::from(name),
            shape: Shape::Sphere { radius: 1.0 },
            material,
            pose: Pose::IDENTITY,
        };
        let light = Light {
            sun_direction: DVec3::Z,
            sun: [1.0; 3],
            sun_radius_rad: 0.01,
            sky: [0.1; 3],
            horizon: [0.1; 3],
            ground: [0.1; 3],
            exposure: 1.0,
        };
        let camera = Camera::with_vertical_fov(4, 3, 60.0, Pose::IDENTITY);
        Snapshot { time_s: 0.0, bodies: bodies.iter().map(body).collect(), light, camera }
    }

    #[test]
    fn boxes_masks_and_areas_agree_with_the_ids() {
        let ids = vec![
            0, 7, 7, 1, //
            2, 7, 9, 2, //
            1, 1, 2, 1,
        ];
        let world = snapshot(&[
            (1, Class::Background, "floor"),
            (2, Class::RobotArm, "arm"),
            (2, Class::RobotArm, "hand"),
            (3, Class::Table, "hidden table"),
            (7, Class::Canister, "canister"),
        ]);
        let got = labels(&frame(4, ids.clone(), vec![1.0; 12]), &world);
        let names: Vec<&str> = got.iter().map(|label| &*label.name).collect();
        assert_eq!(names, ["arm", "canister"], "no background, nothing hidden, no unknown id 9, one label an instance");
        assert_eq!((got[0].bbox_px, got[0].area_px), ([0, 1, 4, 2], 3), "arm in parts");
        assert_eq!((got[1].bbox_px, got[1].area_px), ([1, 0, 2, 2], 3), "canister");
        for label in &got {
            let expected: Vec<bool> = ids.iter().map(|id| *id == label.instance).collect();
            assert_eq!(label.mask.decode(), expected, "mask of {}", label.name);
            assert_eq!(label.mask.area_px(), u64::from(label.area_px), "area of {}", label.name);
        }
    }

    #[test]
    fn depth_is_rounded_and_saturates() {
        let depths = vec![0.0, 0.000_1, 1.234_6, 65.534, 65.6, 1e9, -1.0, f32::NAN];
        let got = depth_mm(&frame(4, vec![1; 8], depths));
        assert_eq!(got, [0, 1, 1235, 65_534, 65_535, 65_535, 0, 0], "millimetres");
    }
}
