//! Things that a family adds to its stage's scene: a shape or a model, where it stands, what it weighs and how it looks.
//!
//! Every number may be bound to parameters. What a thing does in the world is the world's to know; which joints a rig has and
//! what controllers do with them are deliberately not known here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Bound;
use super::bound::{are_zero, is_one, is_zero, one, zero, zeros};

/// A thing that the family adds to the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Identifier: events act on it, its signals and labels are called by it.
    pub name: String,
    /// What it is.
    pub shape: Form,
    /// Where its middle is at time 0, or what its file has as the origin: x, y, z in metres in the stage's frame.
    pub at_m: [Bound; 3],
    /// How it is turned about the stage's x, then y, then z, in degrees.
    #[serde(default = "zeros", skip_serializing_if = "are_zero")]
    pub turn_deg: [Bound; 3],
    /// Its velocity at time 0, in metres a second.
    #[serde(default = "zeros", skip_serializing_if = "are_zero")]
    pub velocity_m_s: [Bound; 3],
    /// What it weighs, in kilograms, spread evenly; left out, it never moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_kg: Option<Bound>,
    /// Coefficient of friction against its own material; two things have the geometric mean of theirs.
    #[serde(default = "half", skip_serializing_if = "is_half")]
    pub friction: Bound,
    /// Share of the speed that a bounce keeps, 0 to 1; two things have the mean of theirs.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub restitution: Bound,
    /// How its surface looks. A model whose file has colours keeps them where this is left out.
    #[serde(default, skip_serializing_if = "Finish::is_plain")]
    pub look: Finish,
}

/// The shape of a thing, standing along z, its middle at its origin; lengths in metres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Form {
    /// A box.
    Box {
        /// Along x, y and z.
        size_m: [Bound; 3],
    },
    /// A ball.
    Sphere {
        /// Its radius.
        radius_m: Bound,
    },
    /// A cylinder.
    Cylinder {
        /// Its radius.
        radius_m: Bound,
        /// From end to end.
        height_m: Bound,
    },
    /// A cylinder with half balls on both ends.
    Capsule {
        /// Its radius.
        radius_m: Bound,
        /// From end to end, the half balls included.
        height_m: Bound,
    },
    /// A truncated cone; touched as the cylinder round it.
    Cone {
        /// Radius at the lower end.
        bottom_m: Bound,
        /// Radius at the upper end.
        top_m: Bound,
        /// From end to end.
        height_m: Bound,
    },
    /// A lamp: a ball that glows in the colour of its look and lights the scene along its own -z, or all round.
    Lamp {
        /// Radius of its ball: the larger, the softer its shadows.
        radius_m: Bound,
        /// Irradiance 1 m ahead of it; 1 makes white paper white.
        strength: Bound,
        /// Half the angle of its cone in degrees; 180 shines all round.
        #[serde(default = "all_round", skip_serializing_if = "is_all_round")]
        cone_deg: Bound,
        /// The outer share of its cone in which its light fades, 0 to 1.
        #[serde(default = "fifth", skip_serializing_if = "is_fifth")]
        soft: Bound,
        /// How often in a second it flickers.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        flicker_hz: Bound,
        /// The share of its light that goes at the darkest of its flicker, 0 to 1.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        flicker: Bound,
    },
    /// Light from all round: a panorama of all directions instead of the stage's sky, which is seen where nothing stands, mirrored,
    /// and lights. It is turned about z alone, and where it stands does not matter; there is one at most.
    Dome {
        /// A .hdr, .png, .jpg or .jpeg file, twice as wide as high, its path in the study's folder. Its middle is ahead.
        file: String,
        /// How bright it is: 1 alone makes white paper white that lies level. A sun in it is cut: the stage's own casts shadows.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        strength: Bound,
    },
    /// A model of the user's own, standing where its file has the origin; touched as its convex hull.
    Model {
        /// A .glb, .gltf, .stl or .obj file, its path in the study's folder.
        file: String,
        /// How much larger than in its file, whose numbers are metres.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        scale: Bound,
    },
    /// A robot of the user's own; its root stands where the thing does, its links weigh what its file says.
    Rig {
        /// A .urdf file, its path in the study's folder.
        file: String,
        /// Whether its root is fixed to the world; else it stands on its own.
        #[serde(default = "yes", skip_serializing_if = "is_true")]
        fixed: bool,
        /// What moves its joints, by name (`"hold"`).
        #[serde(default = "hold", skip_serializing_if = "is_hold")]
        controller: String,
        /// Where its joints start and where they are to go, by their names in the file.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        joints: BTreeMap<String, RigJoint>,
        /// When a controller that follows begins to move, in seconds.
        #[serde(default = "zero", skip_serializing_if = "is_zero")]
        from_s: Bound,
        /// How long its way takes, in seconds.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        over_s: Bound,
    },
}

/// A joint of a rig: in radians where it turns, in metres where it slides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RigJoint {
    /// Where it turns to at time 0; at 0 where left out, or at the limit that is nearest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_rad: Option<Bound>,
    /// Where it slides to at time 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_m: Option<Bound>,
    /// Where its controller turns it to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_rad: Option<Bound>,
    /// Where its controller slides it to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_m: Option<Bound>,
}

impl RigJoint {
    /// What is written, by field, unit and number.
    pub fn bounds(&self) -> impl Iterator<Item = (&'static str, &'static str, &Bound)> {
        let Self { start_rad, start_m, to_rad, to_m } = self;
        let all = [
            ("start_rad", "rad", start_rad),
            ("start_m", "m", start_m),
            ("to_rad", "rad", to_rad),
            ("to_m", "m", to_m),
        ];
        all.into_iter().filter_map(|(field, unit, bound)| Some((field, unit, bound.as_ref()?)))
    }

    fn bounds_mut(&mut self) -> impl Iterator<Item = &mut Bound> {
        let Self { start_rad, start_m, to_rad, to_m } = self;
        [start_rad, start_m, to_rad, to_m].into_iter().flatten()
    }
}

/// How a surface looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Finish {
    /// Its pattern by name (`"Wood"`); plain where left out.
    pub pattern: String,
    /// Linear red, green and blue, 0 to 1.
    pub colour: [Bound; 3],
    /// The pattern's second colour.
    pub second: [Bound; 3],
    /// 0 mirror to 1 chalk.
    pub roughness: Bound,
    /// 0 dielectric to 1 metal.
    pub metallic: Bound,
    /// Size of the pattern's features in metres.
    pub scale_m: Bound,
    /// How much of a clear, smooth coat lies over it, 0 to 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub coat: Bound,
    /// The light that it gives off itself, as a multiple of its colour: 1 is as bright as white paper under a sun of 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub glow: Bound,
    /// Share of the light that passes through it, tinted by its colour: 1 is clear glass.
    #[serde(skip_serializing_if = "is_zero")]
    pub transmission: Bound,
}

impl Default for Finish {
    fn default() -> Self {
        let grey = || [0.5, 0.5, 0.5].map(Bound::Number);
        Self {
            pattern: "Plain".to_owned(),
            colour: grey(),
            second: grey(),
            roughness: Bound::Number(0.6),
            metallic: zero(),
            scale_m: Bound::Number(0.05),
            coat: zero(),
            glow: zero(),
            transmission: zero(),
        }
    }
}

impl Finish {
    /// Whether nothing is said.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// A number of an entity: the field's path within it, its range and unit, and what is written there.
pub type EntityBound<'a> = (String, (f64, f64, &'static str), &'a Bound);

const REACH_M: f64 = 100.0;
/// Smaller than this is no thing, larger is the surroundings.
const SIZE_M: (f64, f64, &str) = (0.001, 50.0, "m");

impl Entity {
    /// A thing of this shape and place that never moves.
    pub fn new(name: &str, shape: Form, at_m: [f64; 3]) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            at_m: at_m.map(Bound::Number),
            turn_deg: zeros(),
            velocity_m_s: zeros(),
            mass_kg: None,
            friction: half(),
            restitution: zero(),
            look: Finish::default(),
        }
    }

    /// All its numbers.
    pub fn bounds(&self) -> Vec<EntityBound<'_>> {
        let mut all = axes("at_m", (-REACH_M, REACH_M, "m"), &self.at_m);
        all.extend(axes("turn_deg", (-360.0, 360.0, "deg"), &self.turn_deg));
        all.extend(axes("velocity_m_s", (-REACH_M, REACH_M, "m/s"), &self.velocity_m_s));
        all.extend(self.mass_kg.iter().map(|mass| ("mass_kg".to_owned(), (1e-4, 1e5, "kg"), mass)));
        all.push(("friction".to_owned(), (0.0, 2.0, ""), &self.friction));
        all.push(("restitution".to_owned(), (0.0, 1.0, ""), &self.restitution));
        all.extend(self.shape.bounds());
        all.extend(self.look.bounds());
        all
    }

    /// The same numbers, to be written anew, in the same order.
    pub fn bounds_mut(&mut self) -> Vec<&mut Bound> {
        let Self { at_m, turn_deg, velocity_m_s, mass_kg, friction, restitution, shape, look, name: _ } = self;
        let mut all: Vec<&mut Bound> = at_m.iter_mut().chain(turn_deg).chain(velocity_m_s).chain(mass_kg).collect();
        all.extend([friction, restitution]);
        all.extend(shape.bounds_mut());
        let Finish { pattern: _, colour, second, roughness, metallic, scale_m, coat, glow, transmission } = look;
        all.extend(colour.iter_mut().chain(second).chain([roughness, metallic, scale_m, coat, glow, transmission]));
        all
    }
}

impl Form {
    /// The rig in `file`, fixed to the world and held as it stands.
    pub fn rig(file: &str) -> Self {
        let (file, joints) = (file.to_owned(), BTreeMap::new());
        Self::Rig { file, fixed: true, controller: hold(), joints, from_s: zero(), over_s: one() }
    }

    /// The panorama in `file`, as bright as white paper.
    pub fn dome(file: &str) -> Self {
        Self::Dome { file: file.to_owned(), strength: one() }
    }

    /// A lamp that shines all round, with this irradiance 1 m away.
    pub fn lamp(strength: f64) -> Self {
        let (radius_m, strength) = (Bound::Number(0.03), Bound::Number(strength));
        Self::Lamp { radius_m, strength, cone_deg: all_round(), soft: fifth(), flicker_hz: zero(), flicker: zero() }
    }

    /// Whether what it weighs is the family's to say.
    pub fn has_mass(&self) -> bool {
        !matches!(self, Self::Rig { .. } | Self::Dome { .. })
    }

    /// The file that it is made of, by its path in the study's folder.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Dome { file, .. } | Self::Model { file, .. } | Self::Rig { file, .. } => Some(file),
            Self::Box { .. }
            | Self::Sphere { .. }
            | Self::Cylinder { .. }
            | Self::Capsule { .. }
            | Self::Cone { .. }
            | Self::Lamp { .. } => None,
        }
    }

    fn bounds(&self) -> Vec<EntityBound<'_>> {
        let one = |name: &str, bound| (format!("shape.{name}"), SIZE_M, bound);
        match self {
            Self::Box { size_m } => axes("shape.size_m", SIZE_M, size_m),
            Self::Sphere { radius_m } => vec![one("radius_m", radius_m)],
            Self::Cylinder { radius_m, height_m } | Self::Capsule { radius_m, height_m } => {
                vec![one("radius_m", radius_m), one("height_m", height_m)]
            }
            Self::Cone { bottom_m, top_m, height_m } => {
                vec![one("bottom_m", bottom_m), one("top_m", top_m), one("height_m", height_m)]
            }
            Self::Lamp { radius_m, strength, cone_deg, soft, flicker_hz, flicker } => {
                let said = |name: &str, range, bound| (format!("shape.{name}"), range, bound);
                vec![
                    one("radius_m", radius_m),
                    said("strength", (0.0, 1e4, ""), strength),
                    said("cone_deg", (1.0, 180.0, "deg"), cone_deg),
                    said("soft", (0.0, 1.0, ""), soft),
                    said("flicker_hz", (0.0, 1e3, "Hz"), flicker_hz),
                    said("flicker", (0.0, 1.0, ""), flicker),
                ]
            }
            Self::Dome { file: _, strength } => vec![("shape.strength".to_owned(), (0.0, 100.0, ""), strength)],
            Self::Model { file: _, scale } => vec![("shape.scale".to_owned(), (1e-4, 1e4, ""), scale)],
            Self::Rig { joints, from_s, over_s, .. } => {
                let time = (0.0, 60.0, "s");
                let mut all =
                    vec![("shape.from_s".to_owned(), time, from_s), ("shape.over_s".to_owned(), time, over_s)];
                for (name, joint) in joints {
                    // What its own limits are is its file's to say.
                    let one = |(field, unit, bound)| (format!("shape.joints.{name}.{field}"), (-1e3, 1e3, unit), bound);
                    all.extend(joint.bounds().map(one));
                }
                all
            }
        }
    }

    fn bounds_mut(&mut self) -> Vec<&mut Bound> {
        match self {
            Self::Box { size_m } => size_m.iter_mut().collect(),
            Self::Sphere { radius_m } => vec![radius_m],
            Self::Cylinder { radius_m, height_m } | Self::Capsule { radius_m, height_m } => vec![radius_m, height_m],
            Self::Cone { bottom_m, top_m, height_m } => vec![bottom_m, top_m, height_m],
            Self::Lamp { radius_m, strength, cone_deg, soft, flicker_hz, flicker } => {
                vec![radius_m, strength, cone_deg, soft, flicker_hz, flicker]
            }
            Self::Dome { file: _, strength: scale } | Self::Model { file: _, scale } => vec![scale],
            Self::Rig { joints, from_s, over_s, .. } => {
                let mut all = vec![from_s, over_s];
                all.extend(joints.values_mut().flat_map(RigJoint::bounds_mut));
                all
            }
        }
    }
}

impl Finish {
    fn bounds(&self) -> Vec<EntityBound<'_>> {
        let share = (0.0, 1.0, "");
        let mut all = axes("look.colour", share, &self.colour);
        all.extend(axes("look.second", share, &self.second));
        all.push(("look.roughness".to_owned(), (0.02, 1.0, ""), &self.roughness));
        all.push(("look.metallic".to_owned(), share, &self.metallic));
        all.push(("look.scale_m".to_owned(), (1e-4, 100.0, "m"), &self.scale_m));
        all.push(("look.coat".to_owned(), share, &self.coat));
        all.push(("look.glow".to_owned(), (0.0, 1e4, ""), &self.glow));
        all.push(("look.transmission".to_owned(), share, &self.transmission));
        all
    }
}

fn axes<'a>(name: &str, range: (f64, f64, &'static str), all: &'a [Bound; 3]) -> Vec<EntityBound<'a>> {
    ["x", "y", "z"].iter().zip(all).map(|(axis, bound)| (format!("{name}.{axis}"), range, bound)).collect()
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_true(flag: &bool) -> bool {
    *flag
}

fn hold() -> String {
    "hold".to_owned()
}

fn is_hold(controller: &str) -> bool {
    controller == "hold"
}

fn all_round() -> Bound {
    Bound::Number(180.0)
}

fn is_all_round(bound: &Bound) -> bool {
    *bound == all_round()
}

fn fifth() -> Bound {
    Bound::Number(0.2)
}

fn is_fifth(bound: &Bound) -> bool {
    *bound == fifth()
}

fn half() -> Bound {
    Bound::Number(0.5)
}

fn is_half(bound: &Bound) -> bool {
    *bound == half()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_alike_for_reading_and_writing() {
        let number = |value: f64| Bound::Number(value);
        let forms = [
            Form::Box { size_m: [1.0, 2.0, 3.0].map(number) },
            Form::Sphere { radius_m: number(1.0) },
            Form::Cylinder { radius_m: number(1.0), height_m: number(2.0) },
            Form::Capsule { radius_m: number(1.0), height_m: number(2.0) },
            Form::Cone { bottom_m: number(1.0), top_m: number(2.0), height_m: number(3.0) },
            Form::Model { file: "mug.glb".to_owned(), scale: number(2.0) },
            Form::Dome { file: "hall.hdr".to_owned(), strength: number(2.0) },
            Form::rig("arm.urdf"),
            Form::lamp(1.0),
        ];
        for mut form in forms {
            if let Form::Rig { joints, .. } = &mut form {
                let joint = RigJoint { start_rad: Some(number(1.0)), to_m: Some(number(2.0)), ..RigJoint::default() };
                joints.extend([("b".to_owned(), joint.clone()), ("a".to_owned(), joint)]);
            }
            let mut entity = Entity { mass_kg: Some(number(4.0)), ..Entity::new("crate", form, [5.0, 6.0, 7.0]) };
            for (at, bound) in entity.bounds_mut().into_iter().enumerate() {
                *bound = number(at as f64);
            }
            let read: Vec<f64> = entity
                .bounds()
                .into_iter()
                .filter_map(|(_, _, bound)| match bound {
                    Bound::Number(value) => Some(*value),
                    _ => None,
                })
                .collect();
            let expected: Vec<f64> = (0..read.len()).map(|at| at as f64).collect();
            assert_eq!(read, expected, "{entity:?}");
        }
    }
}
