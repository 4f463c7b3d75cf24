//! The colour of each value of each channel, and the picture of them.

use std::collections::BTreeMap;

use glam::DQuat;

use super::map::byte;
use super::scale::{range_of, round};
use super::{Exact, Look, Map, Scale};
use crate::base::Rgb;
use crate::render::Channel;
use crate::sense::camera::exposure::srgb;
use crate::world::Class;

/// Where nothing is seen.
pub const NOTHING: [u8; 3] = [13, 13, 15];
/// The least speed of full colour that a picture gives by itself, in pixels.
const SLOWEST_PX: f32 = 0.5;

/// What the colours of a picture mean: enough to paint it, and enough to say so beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Key {
    /// They are the camera's.
    #[default]
    Colour,
    /// They are the matter's own, as reflectance in sRGB.
    Reflectance,
    /// Depth: near is at the bright end of the map.
    Depth(Map, Scale),
    /// Flow: its direction is the hue, its speed the saturation, up to this many pixels.
    Flow(f32),
    /// World normals: x, y and z from −1 to 1 are red, green and blue; and `world_from_camera` of the picture.
    Normal(DQuat),
    /// Instances, those that cover most first.
    Instances(Vec<Named>),
    /// Classes, those that cover most first.
    Classes(Vec<Named>),
}

/// Something with a colour of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Its id.
    pub id: u16,
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub colour: [u8; 3],
    /// The pixels that show it.
    pub area_px: usize,
}

impl Key {
    /// The key of `channel` of a picture.
    pub fn of(channel: Channel, exact: &Exact, look: &Look) -> Self {
        let frame = &exact.frame;
        match channel {
            Channel::Colour => Self::Colour,
            Channel::Albedo => Self::Reflectance,
            Channel::Depth => {
                let range_m = look.depth_m.or_else(|| range_of(&frame.depth_m)).unwrap_or([1.0, 10.0]);
                Self::Depth(look.map, Scale::new(range_m, look.spread))
            }
            Channel::Flow => {
                let fastest = || {
                    let speeds: Vec<f32> = frame.flow_px.iter().map(|flow| speed(*flow)).collect();
                    range_of(&speeds).map_or(SLOWEST_PX, |[_, high]| round(high, true).max(SLOWEST_PX))
                };
                Self::Flow(look.flow_px.filter(|px| *px > 0.0 && px.is_finite()).unwrap_or_else(fastest))
            }
            Channel::Normal => Self::Normal(exact.snapshot.camera.world_from_camera.rotation),
            Channel::Instance => Self::Instances(named(exact, |instance| {
                let (_, name) = exact.thing(instance)?;
                Some((instance, name.replace('_', " "), instance_colour(instance)))
            })),
            Channel::Class => Self::Classes(named(exact, |instance| {
                let (class, _) = exact.thing(instance)?;
                Some((class as u16, class.name().replace('_', " "), class_colour(class)))
            })),
        }
    }

    /// The colour of pixel `at`, counted row by row.
    pub fn colour(&self, exact: &Exact, at: usize) -> [u8; 3] {
        let frame = &exact.frame;
        let of = |image: &Rgb| image.bytes.as_chunks::<3>().0.get(at).copied().unwrap_or(NOTHING);
        let instance = frame.instance.get(at).copied().unwrap_or(0);
        match self {
            Self::Colour => of(&frame.colour),
            _ if instance == 0 => NOTHING,
            Self::Reflectance => exact.albedo.as_ref().map_or(NOTHING, |albedo| of(albedo).map(reflectance_colour)),
            Self::Depth(map, scale) => frame.depth_m.get(at).map_or(NOTHING, |m| depth_colour(*map, scale, *m)),
            Self::Flow(top_px) => frame.flow_px.get(at).map_or(NOTHING, |flow| flow_colour(*top_px, *flow)),
            Self::Normal(_) => frame.normal.get(at).map_or(NOTHING, |normal| normal_colour(unit(*normal))),
            Self::Instances(_) => instance_colour(instance),
            Self::Classes(_) => exact.thing(instance).map_or(NOTHING, |(class, _)| class_colour(class)),
        }
    }

    /// The whole picture.
    pub fn paint(&self, exact: &Exact) -> Rgb {
        let frame = &exact.frame;
        if *self == Self::Colour {
            return frame.colour.clone();
        }
        let bytes = (0..frame.instance.len()).flat_map(|at| self.colour(exact, at)).collect();
        Rgb { width: frame.width, height: frame.height, bytes }
    }
}

/// The things or classes that a picture shows.
fn named(exact: &Exact, of: impl Fn(u16) -> Option<(u16, String, [u8; 3])>) -> Vec<Named> {
    let mut areas: BTreeMap<u16, usize> = BTreeMap::new();
    for instance in &exact.frame.instance {
        *areas.entry(*instance).or_default() += 1;
    }
    let mut all: BTreeMap<u16, Named> = BTreeMap::new();
    for (instance, area_px) in areas {
        let Some((id, name, colour)) = of(instance) else { continue };
        all.entry(id).or_insert(Named { id, name, colour, area_px: 0 }).area_px += area_px;
    }
    let mut all: Vec<Named> = all.into_values().collect();
    all.sort_by_key(|named| (std::cmp::Reverse(named.area_px), named.id));
    all
}

/// The colour of a depth in metres.
pub fn depth_colour(map: Map, scale: &Scale, depth_m: f32) -> [u8; 3] {
    map.colour(1.0 - scale.share(depth_m))
}

/// The colour of a motion in pixels (right, down), where `top_px` and more have full colour.
pub fn flow_colour(top_px: f32, flow_px: [f32; 2]) -> [u8; 3] {
    let share = (speed(flow_px) / top_px).min(1.0);
    let turn = flow_px[1].atan2(flow_px[0]) / std::f32::consts::TAU;
    mixed([0.96; 3], hue(turn), share)
}

/// The colour of a unit normal in the world.
pub fn normal_colour(normal: [f32; 3]) -> [u8; 3] {
    normal.map(|part| byte(0.5 * part + 0.5))
}

/// The colour of an instance: neighbours in number are far apart in hue.
pub fn instance_colour(instance: u16) -> [u8; 3] {
    let light = 0.72 + 0.14 * f32::from(instance % 3);
    mixed([0.92; 3], hue(f32::from(instance) * 0.618_034), 0.62).map(|part| byte(f32::from(part) / 255.0 * light))
}

/// The colour of a class.
pub fn class_colour(class: Class) -> [u8; 3] {
    let id = class as u16;
    let light = 0.75 + 0.25 * f32::from(id % 2);
    mixed([0.9; 3], hue(f32::from(id) * 0.381_966 + 0.05), 0.7).map(|part| byte(f32::from(part) / 255.0 * light))
}

/// A reflectance, kept as the root of a share in 255 steps, encoded as sRGB.
pub fn reflectance_colour(root: u8) -> u8 {
    byte(srgb(f64::from(reflectance(root))) as f32)
}

/// The reflectance itself, 0 to 1.
pub fn reflectance(root: u8) -> f32 {
    (f32::from(root) / 255.0).powi(2)
}

/// A stored normal as a vector.
pub fn unit(normal: [i8; 3]) -> [f32; 3] {
    normal.map(|part| f32::from(part) / 127.0)
}

/// The length of a motion.
pub fn speed(flow: [f32; 2]) -> f32 {
    flow[0].hypot(flow[1])
}

/// A pure hue; a whole turn is 1, and 0 is red.
fn hue(turn: f32) -> [f32; 3] {
    let at = turn.rem_euclid(1.0) * 6.0;
    [(at - 3.0).abs() - 1.0, 2.0 - (at - 2.0).abs(), 2.0 - (at - 4.0).abs()].map(|part| part.clamp(0.0, 1.0))
}

fn mixed(from: [f32; 3], to: [f32; 3], share: f32) -> [u8; 3] {
    [0, 1, 2].map(|part| byte(from[part] + share * (to[part] - from[part])))
}

#[cfg(test)]
pub(in crate::app) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::channel::Spread;
    use crate::render::{Gpu, Renderer, Wanted};
    use crate::sample::Sampler;
    use crate::world::Simulator;

    /// The channels of a state of a family that ships, in a small picture.
    pub(in crate::app) fn shot(name: &str, state: usize) -> Exact {
        let mut family = crate::run::new::example(name).unwrap();
        (family.camera.width_px, family.camera.height_px) = (160, 120);
        let draw = Sampler::new(&family, 7).unwrap().draw(1).unwrap();
        let episode = Simulator::new(&family).unwrap().episode(&draw, &crate::base::Silent).unwrap();
        let mut renderer = Renderer::new(&Gpu::headless().expect("a graphics driver")).unwrap();
        let mut frame = crate::render::Frame::empty();
        let (now, next) = (&episode.snapshots[state], episode.snapshots.get(state + 1));
        let extra = renderer.frame_with(&mut frame, now, next, Wanted { linear: true, albedo: true }).unwrap();
        Exact::new(frame, (extra.albedo, extra.linear), Arc::new(now.clone()))
    }

    #[test]
    fn a_pictures_colours_are_those_of_its_values() {
        for (name, farthest) in [("tabletop_light_step", 0.6..40.0), ("road_cut_in", 50.0..2000.0)] {
            let exact = shot(name, 12);
            let Key::Depth(map, scale) = Key::of(Channel::Depth, &exact, &Look::default()) else { panic!("a scale") };
            assert!(farthest.contains(&scale.high), "{name}: its own range: {scale:?}");
            let picture = Key::Depth(map, scale).paint(&exact);
            for (at, colour) in picture.pixels().enumerate() {
                let depth_m = exact.frame.depth_m[at];
                let expected =
                    if exact.frame.instance[at] == 0 { NOTHING } else { map.colour(1.0 - scale.share(depth_m)) };
                assert_eq!(colour, expected, "{name} at {at}: {depth_m} m");
            }
            let colours: std::collections::BTreeSet<[u8; 3]> = picture.pixels().collect();
            assert!(colours.len() > 40, "{name}: its depths are told apart: {}", colours.len());
        }
    }

    #[test]
    fn names_are_those_in_the_picture_with_their_pixels() {
        let exact = shot("tabletop_light_step", 3);
        let Key::Instances(all) = Key::of(Channel::Instance, &exact, &Look::default()) else { panic!("names") };
        let picture = Key::Instances(all.clone()).paint(&exact);
        assert!(all.len() > 3 && all.iter().any(|named| named.name == "canister"), "{all:?}");
        for named in &all {
            let shown = picture.pixels().filter(|colour| *colour == named.colour).count();
            let same: usize = all.iter().filter(|own| own.colour == named.colour).map(|own| own.area_px).sum();
            assert_eq!(shown, same, "{named:?}");
        }
        let Key::Classes(classes) = Key::of(Channel::Class, &exact, &Look::default()) else { panic!("names") };
        let sum = |all: &[Named]| all.iter().map(|named| named.area_px).sum::<usize>();
        assert_eq!(sum(&classes), sum(&all), "every pixel of a thing has a class");
    }

    #[test]
    fn what_is_held_is_kept_and_directions_have_their_hue() {
        let exact = shot("tabletop_light_step", 3);
        let look = Look { depth_m: Some([0.5, 4.0]), flow_px: Some(8.0), spread: Spread::Linear, ..Look::default() };
        let held = Key::Depth(Map::Turbo, Scale::new([0.5, 4.0], Spread::Linear));
        assert_eq!(Key::of(Channel::Depth, &exact, &look), held);
        assert_eq!(Key::of(Channel::Flow, &exact, &look), Key::Flow(8.0));
        assert_eq!(flow_colour(8.0, [8.0, 0.0]), [255, 0, 0], "to the right");
        assert_eq!(flow_colour(8.0, [-80.0, 0.0]), [0, 255, 255], "to the left, and faster than the scale");
        assert_eq!(flow_colour(8.0, [0.0, 0.0]), [245; 3], "at rest");
        assert_eq!(normal_colour([0.0, 0.0, 1.0]), [128, 128, 255], "upwards");
        assert_eq!((reflectance_colour(255), reflectance_colour(0)), (255, 0));
    }
}
