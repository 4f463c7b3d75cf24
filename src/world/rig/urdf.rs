//! Rigs from URDF text (the format's specification: wiki.ros.org/urdf/XML).
//!
//! Read are links with inertial, visual and collision, primitive geometry, materials by colour, and joints that are fixed,
//! revolute, continuous or prismatic, and that one mimics another. What lies at the end of a fixed joint is welded to its
//! parent. Nothing here touches
//! a disk: the caller gives the bytes of meshes. Every refusal names the line and the element and says what to change.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};
use roxmltree::{Document, Node};

use super::{Joint, Link, Mimic, Motion, Rig};
use crate::base::Pose;
use crate::base::text::did_you_mean;
use crate::world::body::{Part, plain, turn};
use crate::world::mesh::file::{Fetch, Triangles, check_ending};
use crate::world::snapshot::{Material, Shape};

/// Why a URDF file makes no rig.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {text}")]
pub struct UrdfError {
    /// The file, as the caller named it.
    pub file: String,
    /// Line of the element, from 1.
    pub line: u32,
    /// What is wrong and what to change.
    pub text: String,
}

/// The longest text that is read, in bytes.
const LONGEST: usize = 8 << 20;

/// The rig that `text` describes and that names no mesh; `file` is what errors call it.
pub fn read(file: &str, text: &str) -> Result<Rig, UrdfError> {
    read_with(file, text, &|_| None)
}

/// The rig that `text` describes; `file` is what errors call it, `fetch` gives its meshes.
pub fn read_with(file: &str, text: &str, fetch: Fetch<'_>) -> Result<Rig, UrdfError> {
    read_as(file, text, fetch, false)
}

/// As [`read_with`], for a rig whose root is fixed to the world: what never moves needs no mass.
pub fn read_fixed(file: &str, text: &str, fetch: Fetch<'_>) -> Result<Rig, UrdfError> {
    read_as(file, text, fetch, true)
}

fn read_as(file: &str, text: &str, fetch: Fetch<'_>, fixed: bool) -> Result<Rig, UrdfError> {
    let whole = |line: u32, text: String| UrdfError { file: file.to_owned(), line, text };
    if text.len() > LONGEST {
        return Err(whole(
            1,
            format!("the file has {} MB; leave out what is over {} MB", text.len() >> 20, LONGEST >> 20),
        ));
    }
    let document = Document::parse(text).map_err(|error| whole(error.pos().row, format!("not XML: {error}")))?;
    let told = |fault: Fault| whole(document.text_pos_at(fault.at).row, fault.text);
    Reader::new(document.root_element(), fetch).and_then(|reader| reader.rig(fixed)).map_err(told)
}

/// A refusal, at a byte of the text.
struct Fault {
    at: usize,
    text: String,
}

type Found<T> = Result<T, Fault>;

fn fault<T>(node: Node<'_, '_>, text: impl Into<String>) -> Found<T> {
    Err(Fault { at: node.range().start, text: text.into() })
}

/// An element by what a person would search for: `joint "left_knee"`.
fn called(node: Node<'_, '_>) -> String {
    let tag = node.tag_name().name();
    node.attribute("name").map_or_else(|| format!("<{tag}>"), |name| format!("{tag} \"{name}\""))
}

fn child<'a, 'i>(node: Node<'a, 'i>, tag: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(tag))
}

fn children<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name(tag))
}

fn needed<'a, 'i>(node: Node<'a, 'i>, tag: &str) -> Found<Node<'a, 'i>> {
    child(node, tag).map_or_else(|| fault(node, format!("{} lacks <{tag}>; add it", called(node))), Ok)
}

fn name_of<'a>(node: Node<'a, '_>) -> Found<&'a str> {
    match node.attribute("name") {
        Some(name) if !name.trim().is_empty() => Ok(name),
        _ => fault(node, format!("this <{}> has no name; give it one", node.tag_name().name())),
    }
}

/// The numbers of an attribute, exactly `N`.
fn numbers<const N: usize>(node: Node<'_, '_>, attribute: &str) -> Found<[f64; N]> {
    let Some(text) = node.attribute(attribute) else {
        return fault(node, format!("<{}> lacks `{attribute}`; add it", node.tag_name().name()));
    };
    let all: Option<Vec<f64>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    let all = all.filter(|all| all.iter().all(|number| number.is_finite()));
    all.and_then(|all| <[f64; N]>::try_from(all).ok()).map_or_else(
        || {
            let many = if N == 1 { "one finite number".to_owned() } else { format!("{N} finite numbers") };
            fault(node, format!("`{attribute}` of <{}> is \"{text}\"; write {many}", node.tag_name().name()))
        },
        Ok,
    )
}

fn number_or(node: Node<'_, '_>, attribute: &str, otherwise: f64) -> Found<f64> {
    if node.has_attribute(attribute) { numbers::<1>(node, attribute).map(|[number]| number) } else { Ok(otherwise) }
}

fn positive(node: Node<'_, '_>, attribute: &str) -> Found<f64> {
    let [number] = numbers::<1>(node, attribute)?;
    if number > 0.0 {
        return Ok(number);
    }
    fault(node, format!("`{attribute}` of <{}> is {number}; it must be above 0", node.tag_name().name()))
}

/// The pose in `<origin>`: fixed axes, roll then pitch then yaw.
fn origin(node: Node<'_, '_>) -> Found<Pose> {
    let Some(node) = child(node, "origin") else { return Ok(Pose::IDENTITY) };
    let position = if node.has_attribute("xyz") { DVec3::from_array(numbers(node, "xyz")?) } else { DVec3::ZERO };
    let [roll, pitch, yaw] = if node.has_attribute("rpy") { numbers(node, "rpy")? } else { [0.0; 3] };
    let rotation = turn(2, yaw) * turn(1, pitch) * turn(0, roll);
    Ok(Pose { position, rotation: DQuat::from_mat3(&rotation).normalize() })
}

/// A joint as the file has it, before welding.
struct RawJoint<'a> {
    node: usize,
    child: &'a str,
    fixed: bool,
    joint: Joint,
}

struct Reader<'a, 'i> {
    robot: Node<'a, 'i>,
    fetch: Fetch<'a>,
    materials: BTreeMap<&'a str, [f32; 3]>,
    /// In the file's order.
    links: Vec<(Node<'a, 'i>, Link)>,
    joints: BTreeMap<&'a str, Vec<RawJoint<'a>>>,
}

impl<'a, 'i> Reader<'a, 'i> {
    fn new(robot: Node<'a, 'i>, fetch: Fetch<'a>) -> Found<Self> {
        if !robot.has_tag_name("robot") {
            return fault(
                robot,
                format!("the outermost element is <{}>; a URDF file begins with <robot>", robot.tag_name().name()),
            );
        }
        let mut reader = Self { robot, fetch, materials: BTreeMap::new(), links: Vec::new(), joints: BTreeMap::new() };
        for node in children(robot, "material") {
            if let Some(colour) = colour(node)? {
                reader.materials.insert(name_of(node)?, colour);
            }
        }
        for node in children(robot, "link") {
            let link = reader.link(node)?;
            if reader.links.iter().any(|(_, other)| other.name == link.name) {
                return fault(node, format!("{} is there twice; rename one", called(node)));
            }
            reader.links.push((node, link));
        }
        let mut carried: BTreeMap<&str, &str> = BTreeMap::new();
        for node in children(robot, "joint") {
            let (parent, raw) = reader.joint(node)?;
            if let Some(other) = carried.insert(raw.child, raw_name(node)) {
                let text = format!(
                    "{} carries link \"{}\", which joint \"{other}\" carries already; a link has one parent",
                    called(node),
                    raw.child
                );
                return fault(node, text);
            }
            reader.joints.entry(parent).or_default().push(raw);
        }
        Ok(reader)
    }

    fn find(&self, node: Node<'a, 'i>, tag: &str) -> Found<&'a str> {
        let end = needed(node, tag)?;
        let Some(name) = end.attribute("link") else {
            return fault(end, format!("<{tag}> of {} lacks `link`; name one", called(node)));
        };
        if self.links.iter().any(|(_, link)| link.name == name) {
            return Ok(name);
        }
        let hint = did_you_mean(name, self.links.iter().map(|(_, link)| link.name.as_str()));
        fault(end, format!("{} names the {tag} link \"{name}\", which does not exist{hint}", called(node)))
    }

    fn joint(&self, node: Node<'a, 'i>) -> Found<(&'a str, RawJoint<'a>)> {
        let name = name_of(node)?;
        let (parent, carried) = (self.find(node, "parent")?, self.find(node, "child")?);
        let kind = node.attribute("type").unwrap_or_default();
        let motion = match kind {
            "revolute" | "continuous" | "fixed" => Motion::Turns,
            "prismatic" => Motion::Slides,
            other => {
                let text =
                    format!("{} is of type \"{other}\"; write revolute, continuous, prismatic or fixed", called(node));
                return fault(node, text);
            }
        };
        let dynamics = child(node, "dynamics");
        let extra = |what: &str| dynamics.map_or(Ok(0.0), |node| number_or(node, what, 0.0));
        let limited = matches!(kind, "revolute" | "prismatic");
        let (range, effort, speed) = limits(node, limited)?;
        let joint = Joint {
            name: name.to_owned(),
            parent: 0,
            at: origin(node)?,
            axis: axis(node)?,
            motion,
            range,
            effort,
            speed,
            damping: extra("damping")?,
            friction: extra("friction")?,
            mimic: None,
        };
        Ok((parent, RawJoint { node: node.range().start, child: carried, fixed: kind == "fixed", joint }))
    }

    fn link(&self, node: Node<'a, 'i>) -> Found<Link> {
        let mut link = Link::empty(name_of(node)?);
        if let Some(inertial) = child(node, "inertial") {
            let at = origin(inertial)?;
            link.mass_kg = positive(needed(inertial, "mass")?, "value")?;
            link.centre_m = at.position;
            let turned = DMat3::from_quat(at.rotation);
            link.inertia_kg_m2 = turned * inertia(needed(inertial, "inertia")?)? * turned.transpose();
        }
        for visual in children(node, "visual") {
            let (shape, _) = self.shape(visual)?;
            let material = self.material(visual)?;
            link.parts.push(Part { at: origin(visual)?, ..Part::new(shape, material, DVec3::ZERO) }.ghost());
        }
        for collision in children(node, "collision") {
            let (shape, mesh) = self.shape(collision)?;
            let hull = mesh.map(|(file, mesh)| mesh.hull(file).or_else(|text| fault(collision, text))).transpose()?;
            let part = Part::new(shape, plain([0.5; 3], 0.5), DVec3::ZERO).hidden();
            link.parts.push(Part { at: origin(collision)?, hull, ..part });
        }
        Ok(link)
    }

    /// The shape that `carrier` has; and the mesh it is of, with its file.
    fn shape(&self, carrier: Node<'a, 'i>) -> Found<(Shape, Option<(&'a str, Triangles)>)> {
        let node = match geometry(carrier)? {
            Geometry::Shape(shape) => return Ok((shape, None)),
            Geometry::Mesh(node) => node,
        };
        let Some(file) = node.attribute("filename") else {
            return fault(node, "this <mesh> lacks `filename`; name an .stl or .obj file");
        };
        let scale = if node.has_attribute("scale") { DVec3::from_array(numbers(node, "scale")?) } else { DVec3::ONE };
        // Before it is asked for: who lacks it need not look for what cannot be read.
        check_ending(file).or_else(|text| fault(node, text))?;
        let Some(bytes) = (self.fetch)(file) else {
            let text =
                format!("the mesh {file} was not found; put it there, or a box, cylinder or sphere in its place");
            return fault(node, text);
        };
        let mesh = Triangles::read(file, &bytes, scale).or_else(|text| fault(node, text))?;
        let seen = mesh.seen(file).or_else(|text| fault(node, text))?;
        Ok((Shape::Mesh(Arc::new(seen)), Some((file, mesh))))
    }

    fn material(&self, visual: Node<'a, 'i>) -> Found<Material> {
        let Some(node) = child(visual, "material") else { return Ok(plain([0.6; 3], 0.5)) };
        if let Some(colour) = colour(node)? {
            return Ok(plain(colour, 0.5));
        }
        let name = name_of(node)?;
        let Some(colour) = self.materials.get(name) else {
            let hint = did_you_mean(name, self.materials.keys().copied());
            return fault(node, format!("material \"{name}\" has no colour{hint}; add <color rgba=\"…\"/>"));
        };
        Ok(plain(*colour, 0.5))
    }

    /// The tree from its root, welded.
    fn rig(mut self, fixed: bool) -> Found<Rig> {
        let Some(root) = self.root()? else { return fault(self.robot, "the file has no link; add one") };
        let mut rig = Rig {
            name: self.robot.attribute("name").unwrap_or("robot").to_owned(),
            links: Vec::new(),
            joints: Vec::new(),
        };
        let root_link = self.take(&root);
        rig.links.push(root_link);
        // Links still to be followed: name, index of the link they are or are welded to, and where they are in it.
        let mut open = vec![(root, 0, Pose::IDENTITY)];
        while let Some((name, at, within)) = open.pop() {
            for raw in self.joints.remove(name.as_str()).unwrap_or_default() {
                let link = self.take(raw.child);
                let (child, place) = if raw.fixed {
                    let place = within.then(&raw.joint.at);
                    if let Some(carrier) = rig.links.get_mut(at) {
                        weld(carrier, link, place);
                    }
                    (at, place)
                } else {
                    rig.links.push(link);
                    rig.joints.push(Joint { parent: at, at: within.then(&raw.joint.at), ..raw.joint });
                    (rig.links.len() - 1, Pose::IDENTITY)
                };
                open.push((raw.child.to_owned(), child, place));
            }
        }
        self.all_reached()?;
        self.mimics(&mut rig)?;
        if let Some(link) = rig.links.iter().skip(usize::from(fixed)).find(|link| link.mass_kg == 0.0) {
            let text = format!("link \"{}\" moves and has no mass; give it an <inertial> with mass above 0", link.name);
            return fault(self.robot, text);
        }
        Ok(rig)
    }

    /// Reads which joints follow others, now that all are known.
    fn mimics(&self, rig: &mut Rig) -> Found<()> {
        let of = |name: &str| rig.joints.iter().position(|joint| joint.name == name);
        let mut all = Vec::new();
        for node in children(self.robot, "joint") {
            let Some(mimic) = child(node, "mimic") else { continue };
            // What a fixed joint follows does not matter.
            let Some(at) = of(raw_name(node)) else { continue };
            let Some(name) = mimic.attribute("joint") else {
                return fault(
                    mimic,
                    format!("<mimic> of {} lacks `joint`; name the one that it follows", called(node)),
                );
            };
            let Some(leader) = of(name) else {
                let hint = did_you_mean(name, rig.joints.iter().map(|joint| joint.name.as_str()));
                let text = format!("{} mimics \"{name}\", which is no joint that moves{hint}; name one", called(node));
                return fault(mimic, text);
            };
            let (multiplier, offset) = (number_or(mimic, "multiplier", 1.0)?, number_or(mimic, "offset", 0.0)?);
            all.push((mimic, node, at, Mimic { leader, multiplier, offset }));
        }
        for (mimic, node, at, how) in &all {
            let Some(leader) = rig.joints.get(how.leader) else { continue };
            if how.leader == *at || all.iter().any(|(_, _, other, _)| *other == how.leader) {
                let text = format!(
                    "{} mimics \"{}\", which mimics a joint itself; let it mimic the one that leads",
                    called(*node),
                    leader.name
                );
                return fault(*mimic, text);
            }
            if let Some(text) = rig.joints.get(*at).and_then(|joint| too_far(joint, leader, how)) {
                return fault(*mimic, text);
            }
        }
        for (_, _, at, how) in all {
            if let Some(joint) = rig.joints.get_mut(at) {
                joint.mimic = Some(how);
            }
        }
        Ok(())
    }

    /// The link that nothing carries.
    fn root(&self) -> Found<Option<String>> {
        let carried: Vec<&str> = self.joints.values().flatten().map(|joint| joint.child).collect();
        let mut free = self.links.iter().filter(|(_, link)| !carried.contains(&link.name.as_str()));
        match (free.next(), free.next()) {
            (Some((_, root)), None) => Ok(Some(root.name.clone())),
            (None, _) if self.links.is_empty() => Ok(None),
            (None, _) => {
                fault(self.robot, "the joints form a cycle: every link is carried by another; remove one joint")
            }
            (Some((_, one)), Some((node, two))) => {
                let text = format!(
                    "neither \"{}\" nor \"{}\" is carried by a joint; join them, a rig has one root",
                    one.name, two.name
                );
                fault(*node, text)
            }
        }
    }

    /// The link called `name`, with nothing left in its place.
    fn take(&mut self, name: &str) -> Link {
        let at = self.links.iter().position(|(_, link)| link.name == name);
        at.map_or_else(|| Link::empty(name), |at| self.links.remove(at).1)
    }

    /// Links that the root does not reach hang on a cycle.
    fn all_reached(&self) -> Found<()> {
        let Some(raw) = self.joints.values().flatten().min_by_key(|raw| raw.node) else { return Ok(()) };
        let text = format!(
            "joint \"{}\" is part of a cycle that the root does not reach; remove one joint of it",
            raw.joint.name
        );
        Err(Fault { at: raw.node, text })
    }
}

/// Where following takes a joint beyond its limits; a hundredth of their range is forgiven, files round.
fn too_far(joint: &Joint, leader: &Joint, how: &Mimic) -> Option<String> {
    let [low, high] = joint.range?;
    let [from, to] = leader.range.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let slack = 0.01 * (high - low) + 1e-6;
    // 0 times infinity is what following with the multiplier 0 does: nothing.
    let goes = |position: f64| if how.multiplier == 0.0 { how.offset } else { how.multiplier * position + how.offset };
    let (a, b) = (goes(from), goes(to));
    let (least, most) = (a.min(b), a.max(b));
    (least < low - slack || most > high + slack).then(|| {
        format!(
            "joint \"{}\" mimics \"{}\" and would go from {least} to {most}, beyond its limits {low} to {high}; widen \
             them, or change `multiplier` and `offset`",
            joint.name, leader.name
        )
    })
}

fn raw_name<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("name").unwrap_or_default()
}

fn axis(node: Node<'_, '_>) -> Found<DVec3> {
    let Some(axis) = child(node, "axis") else { return Ok(DVec3::X) };
    let along = DVec3::from_array(numbers(axis, "xyz")?);
    along.try_normalize().map_or_else(
        || fault(axis, format!("the axis of {} has no direction; write one that is not 0 0 0", called(node))),
        Ok,
    )
}

/// Range, effort and speed.
fn limits(joint: Node<'_, '_>, limited: bool) -> Found<(Option<[f64; 2]>, f64, f64)> {
    let Some(node) = child(joint, "limit") else {
        if limited {
            return fault(joint, format!("{} lacks <limit>; add lower, upper, effort and velocity", called(joint)));
        }
        return Ok((None, f64::INFINITY, f64::INFINITY));
    };
    let range = [number_or(node, "lower", 0.0)?, number_or(node, "upper", 0.0)?];
    let [low, high] = range;
    if limited && low > high {
        return fault(
            node,
            format!("the limits of {} are reversed: lower {low} lies above upper {high}; swap them", called(joint)),
        );
    }
    let above = |what: &str| {
        let number = number_or(node, what, f64::INFINITY)?;
        if number > 0.0 {
            Ok(number)
        } else {
            fault(node, format!("`{what}` of {} is {number}; it must be above 0", called(joint)))
        }
    };
    Ok((limited.then_some(range), above("effort")?, above("velocity")?))
}

fn inertia(node: Node<'_, '_>) -> Found<DMat3> {
    let get = |what: &str| numbers::<1>(node, what).map(|[number]| number);
    let (xx, yy, zz) = (get("ixx")?, get("iyy")?, get("izz")?);
    let (xy, xz, yz) = (get("ixy")?, get("ixz")?, get("iyz")?);
    let matrix = DMat3::from_cols(DVec3::new(xx, xy, xz), DVec3::new(xy, yy, yz), DVec3::new(xz, yz, zz));
    if !(xx > 0.0 && xx * yy - xy * xy > 0.0 && matrix.determinant() > 0.0) {
        return fault(node, "this inertia is not positive definite: no body has it; compute it again from the shape");
    }
    // The moments of a body obey the triangle inequality; files round, so a thousandth is forgiven.
    let slack = 1e-3 * (xx + yy + zz);
    if xx + yy + slack < zz || yy + zz + slack < xx || zz + xx + slack < yy {
        let text = "one moment of this inertia is larger than the other two together: no body has it; compute it again";
        return fault(node, text);
    }
    Ok(matrix)
}

/// Linear RGB of a material's `<color>`; none where it has none.
fn colour(node: Node<'_, '_>) -> Found<Option<[f32; 3]>> {
    let Some(colour) = child(node, "color") else { return Ok(None) };
    let [red, green, blue, _opacity] = numbers::<4>(colour, "rgba")?;
    Ok(Some([red, green, blue].map(|channel| libm::pow(channel.clamp(0.0, 1.0), 2.2) as f32)))
}

/// What a visual or collision element looks like.
enum Geometry<'a, 'i> {
    Shape(Shape),
    Mesh(Node<'a, 'i>),
}

fn geometry<'a, 'i>(node: Node<'a, 'i>) -> Found<Geometry<'a, 'i>> {
    let geometry = needed(node, "geometry")?;
    let Some(shape) = geometry.children().find(Node::is_element) else {
        return fault(geometry, "this <geometry> is empty; add box, cylinder, capsule, sphere or mesh");
    };
    let shape = match shape.tag_name().name() {
        "box" => {
            let half = DVec3::from_array(numbers(shape, "size")?) * 0.5;
            if half.min_element() <= 0.0 {
                return fault(shape, "every side of this box must be longer than 0");
            }
            // Ours: other readers pass over an attribute they do not know.
            let round = number_or(shape, "round", 0.0)?.clamp(0.0, 0.99 * half.min_element());
            Shape::Box { half, round }
        }
        "sphere" => Shape::Sphere { radius: positive(shape, "radius")? },
        "cylinder" => Shape::Cylinder {
            radius: positive(shape, "radius")?,
            half_height: 0.5 * positive(shape, "length")?,
            round: 0.0,
        },
        "capsule" => {
            Shape::Capsule { radius: positive(shape, "radius")?, half_height: 0.5 * positive(shape, "length")? }
        }
        "mesh" => return Ok(Geometry::Mesh(shape)),
        other => {
            return fault(shape, format!("<{other}> is no geometry; write box, cylinder, capsule, sphere or mesh"));
        }
    };
    Ok(Geometry::Shape(shape))
}

impl Link {
    fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            mass_kg: 0.0,
            centre_m: DVec3::ZERO,
            inertia_kg_m2: DMat3::ZERO,
            parts: Vec::new(),
            welded: Vec::new(),
        }
    }
}

/// Makes `link`, which stands at `place` in `carrier`, part of it.
fn weld(carrier: &mut Link, link: Link, place: Pose) {
    let whole = carrier.mass_kg + link.mass_kg;
    if whole > 0.0 && link.mass_kg > 0.0 {
        let other = place.point(link.centre_m);
        let centre = (carrier.centre_m * carrier.mass_kg + other * link.mass_kg) / whole;
        let turned = DMat3::from_quat(place.rotation);
        let moved = turned * link.inertia_kg_m2 * turned.transpose();
        carrier.inertia_kg_m2 = carrier.inertia_kg_m2
            + about(carrier.mass_kg, carrier.centre_m - centre)
            + moved
            + about(link.mass_kg, other - centre);
        carrier.centre_m = centre;
        carrier.mass_kg = whole;
    }
    carrier.parts.extend(link.parts.into_iter().map(|part| Part { at: place.then(&part.at), ..part }));
    carrier.welded.push((link.name, place));
    carrier.welded.extend(link.welded.into_iter().map(|(name, at)| (name, place.then(&at))));
}

/// What a point mass adds to the inertia about a point `from` away (the parallel axes of Steiner).
fn about(mass_kg: f64, from: DVec3) -> DMat3 {
    let outer = DMat3::from_cols(from * from.x, from * from.y, from * from.z);
    (DMat3::IDENTITY * from.length_squared() - outer) * mass_kg
}

#[cfg(test)]
mod tests;
