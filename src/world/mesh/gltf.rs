//! Meshes from glTF 2.0, text or binary, with their materials and what pictures these lay on them ([`pictures`]).
//!
//! The format has y up; here z is up and x stays x, as Blender has it. Skins, morphs, animations, compressed meshes and colours of
//! corners are deliberately not read. Every number of the file is checked before it is used, since its own reader
//! trusts them.

mod pictures;

use base64::Engine as _;
use glam::{DMat4, DVec3, DVec4};
use gltf::accessor::{DataType, Dimensions};
use gltf::buffer::Source;
use gltf::material::AlphaMode;
use gltf::mesh::{Mode, Primitive};
use gltf::{Accessor, Document, Gltf, Node};

use self::pictures::{Images, Laid, given_off};
use super::file::{Fetch, Painted, TRIANGLES_MAX};
use crate::world::body::plain;
use crate::world::snapshot::{Material, Surface};

/// The triangles in `bytes`, which come from `file`, a material at a time in the order in which the scene comes to them;
/// `fetch` gives the buffers and pictures that are other files, and without it pictures are passed over. Or what is wrong and what to do.
pub(super) fn read(file: &str, bytes: &[u8], fetch: Option<Fetch<'_>>) -> Result<Vec<Painted>, String> {
    let refuse = |text: String| format!("the model {file}: {text}");
    let Gltf { document, blob } = Gltf::from_slice_without_validation(bytes).map_err(|error| refuse(told(&error)))?;
    let document = validated(document).map_err(refuse)?;
    let buffers = buffers(&document, blob.as_deref(), fetch.unwrap_or(&|_| None)).map_err(refuse)?;
    let seen = vec![false; document.nodes().count()];
    let mut reader = Reader { buffers: &buffers, images: Images::new(&buffers, fetch), seen, parts: Vec::new() };
    let Some(scene) = document.default_scene().or_else(|| document.scenes().next()) else {
        return Err(refuse("it has no scene; export it again with one".to_owned()));
    };
    for node in scene.nodes() {
        reader.node(&node, DMat4::IDENTITY, 0).map_err(refuse)?;
    }
    Ok(reader.parts.into_iter().map(|part| part.painted).collect())
}

/// The document where every index in it leads somewhere.
fn validated(document: Document) -> Result<Document, String> {
    let root = document.into_json();
    // The reader's own check trusts this one index.
    for (mesh, primitives) in root.meshes.iter().map(|mesh| &mesh.primitives).enumerate() {
        for (part, primitive) in primitives.iter().enumerate() {
            if let Some(beyond) = primitive.attributes.values().find(|index| index.value() >= root.accessors.len()) {
                let (beyond, count) = (beyond.value(), root.accessors.len());
                let element = format!("`meshes[{mesh}].primitives[{part}].attributes`");
                return Err(format!("{element} names accessor {beyond}, but there are only {count}; export it again"));
            }
        }
    }
    Document::from_json(root).map_err(|error| told(&error))
}

/// What the file's reader found wrong, by the element.
fn told(error: &gltf::Error) -> String {
    match error {
        gltf::Error::Validation(all) => {
            let first = all.first().map_or_else(String::new, |(path, error)| format!("`{}`: {error}", path.as_str()));
            format!("{first}; export it again, without extensions and compression")
        }
        other => format!("it cannot be read: {other}; export it again"),
    }
}

/// The bytes of every buffer.
fn buffers(document: &Document, blob: Option<&[u8]>, fetch: Fetch<'_>) -> Result<Vec<Vec<u8>>, String> {
    let one = |buffer: gltf::Buffer<'_>| {
        let at = buffer.index();
        let bytes = match buffer.source() {
            Source::Bin => {
                blob.map(<[u8]>::to_vec).ok_or_else(|| format!("`buffers[{at}]` is not in the file; export it again"))
            }
            Source::Uri(uri) => behind(uri, &format!("buffers[{at}]"), fetch),
        }?;
        if bytes.len() < buffer.length() {
            let (has, wants) = (bytes.len(), buffer.length());
            return Err(format!("`buffers[{at}]` has {has} bytes and not {wants}; the file is cut, export it again"));
        }
        Ok(bytes)
    };
    document.buffers().map(one).collect()
}

/// The bytes that the `uri` of `element` holds or names.
fn behind(uri: &str, element: &str, fetch: Fetch<'_>) -> Result<Vec<u8>, String> {
    let Some(data) = uri.strip_prefix("data:") else {
        return fetch(uri).ok_or_else(|| {
            format!("`{element}` is the file {uri}, which was not found; put it beside, or export as .glb")
        });
    };
    let text = data.split_once(";base64,").map(|(_, text)| text);
    text.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
        .ok_or_else(|| format!("`{element}.uri` is no base64; export it again"))
}

/// How deep nodes may hang: more would exhaust the stack.
const DEEPEST: usize = 256;

struct Reader<'a> {
    buffers: &'a [Vec<u8>],
    images: Images<'a>,
    /// Nodes that hang somewhere already.
    seen: Vec<bool>,
    parts: Vec<Part>,
}

/// What has one material.
struct Part {
    /// The material's index.
    index: Option<usize>,
    painted: Painted,
    laid: Option<Laid>,
    /// Its triangles are seen from both sides.
    both: bool,
}

impl Part {
    fn new(material: &gltf::Material<'_>, images: &mut Images<'_>) -> Result<Self, String> {
        let index = material.index();
        let laid = images.laid(material)?;
        let own = look(material);
        let own = if laid.is_some() {
            let (second, glow) = given_off(material);
            Material { surface: Surface::Textured, second, glow, ..own }
        } else {
            own
        };
        let painted = Painted {
            material: index.map(|_| own),
            pictures: laid.as_ref().map(|laid| (laid.pictures.clone(), Vec::new())),
            ..Painted::default()
        };
        // Of what is closed, the inside is never seen; leaves and panes are often single sheets.
        let both = material.double_sided() && material.alpha_mode() != AlphaMode::Opaque;
        Ok(Self { index, painted, laid, both })
    }
}

impl Reader<'_> {
    fn node(&mut self, node: &Node<'_>, above: DMat4, depth: usize) -> Result<(), String> {
        let at = node.index();
        if depth > DEEPEST {
            return Err(format!("`nodes[{at}]` hangs more than {DEEPEST} deep; flatten it"));
        }
        match self.seen.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => {
                let name = node.name().unwrap_or("without a name");
                return Err(format!("`nodes[{at}]` ({name}) hangs on two nodes or on itself; export it again"));
            }
        }
        let own = node.transform().matrix().map(|column| DVec4::from_array(column.map(f64::from)));
        let [x, y, z, w] = own;
        let whole = above * DMat4::from_cols(x, y, z, w);
        if let Some(mesh) = node.mesh() {
            for primitive in mesh.primitives() {
                let (mesh, part) = (mesh.index(), primitive.index());
                self.primitive(&primitive, whole)
                    .map_err(|text| format!("`meshes[{mesh}].primitives[{part}]` {text}"))?;
            }
        }
        node.children().try_for_each(|child| self.node(&child, whole, depth + 1))
    }

    fn primitive(&mut self, primitive: &Primitive<'_>, whole: DMat4) -> Result<(), String> {
        if matches!(primitive.mode(), Mode::Points | Mode::Lines | Mode::LineLoop | Mode::LineStrip) {
            return Ok(());
        }
        let Some(positions) = primitive.get(&gltf::Semantic::Positions) else {
            return Err("has no positions; export it again".to_owned());
        };
        let corners = self.corners(&positions)?;
        let count = corners.len() as u32;
        let indices = match primitive.indices() {
            Some(accessor) => self.indices(&accessor)?,
            None => (0..count).collect(),
        };
        if let Some(beyond) = indices.iter().find(|index| **index >= count) {
            return Err(format!("names corner {beyond}, but has only {count}; export it again"));
        }
        let mut triangles = triangles(primitive.mode(), &indices);
        // A mirrored part turns its faces inside out.
        if whole.determinant() < 0.0 {
            for [_, b, c] in &mut triangles {
                std::mem::swap(b, c);
            }
        }
        self.put(primitive, corners.into_iter().map(|at| standing(whole.transform_point3(at))), &triangles)
    }

    /// Adds triangles to those of the same material.
    fn put(
        &mut self,
        primitive: &Primitive<'_>,
        corners: impl ExactSizeIterator<Item = DVec3>,
        triangles: &[[u32; 3]],
    ) -> Result<(), String> {
        let index = primitive.material().index();
        let at = if let Some(at) = self.parts.iter().position(|part| part.index == index) {
            at
        } else {
            self.parts.push(Part::new(&primitive.material(), &mut self.images)?);
            self.parts.len() - 1
        };
        let laid = self.parts.get(at).and_then(|part| part.laid.clone());
        let count = corners.len();
        let uv = laid.map(|laid| self.uv(primitive, &laid, count)).transpose()?;
        if let Some(Part { painted, both, .. }) = self.parts.get_mut(at) {
            let first = painted.triangles.corners.len() as u32;
            painted.triangles.corners.extend(corners);
            let there = triangles.iter().map(|triangle| triangle.map(|corner| first + corner));
            let back = triangles.iter().map(|[a, b, c]| [first + a, first + c, first + b]).filter(|_| *both);
            painted.triangles.triangles.extend(there.chain(back));
            let count = painted.triangles.corners.len();
            if let (Some((_, all)), Some(uv)) = (&mut painted.pictures, uv) {
                all.extend(uv);
                if all.len() != count {
                    return Err(format!(
                        "has {} places on its pictures for {count} corners; export it again",
                        all.len()
                    ));
                }
            }
        }
        // One that is used a hundred times counts a hundred times.
        let count: usize = self.parts.iter().map(|part| part.painted.triangles.triangles.len()).sum();
        if count > TRIANGLES_MAX {
            return Err(format!("is over {TRIANGLES_MAX} triangles with those before it; simplify the model"));
        }
        Ok(())
    }

    /// Where on its material's pictures each of the `count` corners of `primitive` lies.
    fn uv(&self, primitive: &Primitive<'_>, laid: &Laid, count: usize) -> Result<Vec<[f32; 2]>, String> {
        let Some(set) = laid.set else { return Ok(vec![[0.0; 2]; count]) };
        let Some(accessor) = primitive.get(&gltf::Semantic::TexCoords(set)) else {
            return Err(format!(
                "has no `TEXCOORD_{set}` for the pictures of its material; unwrap it, or leave them out"
            ));
        };
        let share = |whole: u16, most: u16| f32::from(whole) / f32::from(most);
        let all: Vec<[f32; 2]> = match (accessor.data_type(), accessor.dimensions()) {
            (DataType::F32, Dimensions::Vec2) => self
                .items(&accessor)?
                .into_iter()
                .map(|[a, b, c, d, e, f, g, h]: [u8; 8]| {
                    [f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])]
                })
                .collect(),
            (DataType::U16, Dimensions::Vec2) => {
                let one = |[a, b, c, d]: [u8; 4]| [[a, b], [c, d]].map(|two| share(u16::from_le_bytes(two), u16::MAX));
                self.items(&accessor)?.into_iter().map(one).collect()
            }
            (DataType::U8, Dimensions::Vec2) => {
                let one = |two: [u8; 2]| two.map(|byte| share(u16::from(byte), 255));
                self.items(&accessor)?.into_iter().map(one).collect()
            }
            _ => return Err(format!("has `TEXCOORD_{set}` that are not two numbers each; export it uncompressed")),
        };
        let all: Vec<[f32; 2]> = all.into_iter().map(|at| laid.on_picture(at)).collect();
        match all.iter().position(|at| at.iter().any(|part| !part.is_finite())) {
            Some(corner) => {
                Err(format!("has a `TEXCOORD_{set}` at corner {corner} that is not a number; export it again"))
            }
            None => Ok(all),
        }
    }

    fn corners(&self, accessor: &Accessor<'_>) -> Result<Vec<DVec3>, String> {
        if (accessor.data_type(), accessor.dimensions()) != (DataType::F32, Dimensions::Vec3) {
            return Err("has positions that are not three 32-bit numbers each; export it uncompressed".to_owned());
        }
        let one = |bytes: [u8; 12]| {
            let [x, y, z] = [0, 4, 8].map(|at| {
                let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
                f64::from(f32::from_le_bytes(four))
            });
            DVec3::new(x, y, z)
        };
        Ok(self.items(accessor)?.into_iter().map(one).collect())
    }

    fn indices(&self, accessor: &Accessor<'_>) -> Result<Vec<u32>, String> {
        match (accessor.data_type(), accessor.dimensions()) {
            (DataType::U8, Dimensions::Scalar) => {
                Ok(self.items(accessor)?.into_iter().map(|[byte]: [u8; 1]| u32::from(byte)).collect())
            }
            (DataType::U16, Dimensions::Scalar) => {
                Ok(self.items(accessor)?.into_iter().map(|two| u32::from(u16::from_le_bytes(two))).collect())
            }
            (DataType::U32, Dimensions::Scalar) => {
                Ok(self.items(accessor)?.into_iter().map(u32::from_le_bytes).collect())
            }
            _ => Err("has indices that are no whole numbers; export it again".to_owned()),
        }
    }

    /// The items of `accessor`, `N` bytes each.
    fn items<const N: usize>(&self, accessor: &Accessor<'_>) -> Result<Vec<[u8; N]>, String> {
        let at = accessor.index();
        if accessor.sparse().is_some() {
            return Err(format!("reads `accessors[{at}]`, which is sparse; export it without"));
        }
        let beyond =
            || format!("reads `accessors[{at}]`, which lies beyond its buffer; the file is broken, export it again");
        let view = accessor.view().ok_or_else(beyond)?;
        let buffer = self.buffers.get(view.buffer().index()).ok_or_else(beyond)?;
        let end = view.offset().checked_add(view.length()).ok_or_else(beyond)?;
        let bytes = buffer.get(view.offset()..end).ok_or_else(beyond)?;
        let stride = view.stride().unwrap_or(N);
        // As many as there are bytes for, so that a count without sense asks for no memory.
        let items = (0..accessor.count()).map_while(|item| {
            let from = item.checked_mul(stride)?.checked_add(accessor.offset())?;
            bytes.get(from..from.checked_add(N)?)?.try_into().ok()
        });
        let items: Vec<[u8; N]> = items.collect();
        if items.len() < accessor.count() { Err(beyond()) } else { Ok(items) }
    }
}

/// Three corners each, whatever the file's way to say it.
fn triangles(mode: Mode, indices: &[u32]) -> Vec<[u32; 3]> {
    let three = |window: &[u32]| <[u32; 3]>::try_from(window).unwrap_or_default();
    match mode {
        Mode::TriangleStrip => {
            // Every other one of a strip runs the other way round.
            let turned = |(at, window): (usize, &[u32])| {
                let [a, b, c] = three(window);
                if at % 2 == 0 { [a, b, c] } else { [b, a, c] }
            };
            indices.windows(3).enumerate().map(turned).collect()
        }
        Mode::TriangleFan => {
            let Some((first, rest)) = indices.split_first() else { return Vec::new() };
            rest.windows(2).filter_map(|pair| Some([*first, *pair.first()?, *pair.last()?])).collect()
        }
        _ => indices.chunks_exact(3).map(three).collect(),
    }
}

/// From y up to z up.
fn standing(at: DVec3) -> DVec3 {
    DVec3::new(at.x, -at.z, at.y)
}

/// What its numbers say. An opacity below 1 lets through what is missing; a mask makes holes and no glass.
fn look(material: &gltf::Material<'_>) -> Material {
    let pbr = material.pbr_metallic_roughness();
    let [red, green, blue, opacity] = pbr.base_color_factor();
    let share = |number: f32| if number.is_finite() { number.clamp(0.0, 1.0) } else { 0.5 };
    let blended = if material.alpha_mode() == AlphaMode::Blend { 1.0 - share(opacity) } else { 0.0 };
    let passing = material.transmission().map_or(0.0, |glass| share(glass.transmission_factor()));
    Material {
        metallic: share(pbr.metallic_factor()),
        transmission: blended.max(passing),
        ..plain([red, green, blue].map(share), share(pbr.roughness_factor()).max(0.02))
    }
}

#[cfg(test)]
pub(in crate::world) mod tests;
