//! Small files written here: what is read of them, and what is refused.

use super::*;

/// A glTF text with one unit square in the x-y plane (y up: it stands upright), its buffer inside; `node` is what the node
/// says beside its mesh.
pub(in crate::world) fn square(node: &str) -> String {
    let mut bytes = Vec::new();
    for number in [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0] {
        bytes.extend(number.to_le_bytes());
    }
    for index in [0_u16, 1, 2, 0, 2, 3] {
        bytes.extend(index.to_le_bytes());
    }
    let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
    let data = format!("\"uri\": \"data:application/octet-stream;base64,{text}\", \"byteLength\": {}", bytes.len());
    document(&data, node, 4, 6)
}

fn document(buffer: &str, node: &str, corners: usize, indices: usize) -> String {
    format!(
        r#"{{"asset": {{"version": "2.0"}}, "scene": 0, "scenes": [{{"nodes": [0]}}],
        "nodes": [{{"name": "plate", "mesh": 0{node}}}],
        "meshes": [{{"primitives": [{{"attributes": {{"POSITION": 0}}, "indices": 1, "material": 0}}]}}],
        "materials": [{{"pbrMetallicRoughness": {{"baseColorFactor": [0.9, 0.1, 0.2, 1.0], "metallicFactor": 0.0,
            "roughnessFactor": 0.4}}}}],
        "buffers": [{{{buffer}}}],
        "bufferViews": [{{"buffer": 0, "byteOffset": 0, "byteLength": {0}}},
            {{"buffer": 0, "byteOffset": {0}, "byteLength": {1}}}],
        "accessors": [{{"bufferView": 0, "componentType": 5126, "count": {corners}, "type": "VEC3",
            "min": [0, 0, 0], "max": [1, 1, 1]}},
            {{"bufferView": 1, "componentType": 5123, "count": {indices}, "type": "SCALAR"}}]}}"#,
        12 * corners,
        2 * indices,
    )
}

/// A binary glTF with a cube of this side standing on its origin, in Blender's axes.
pub(in crate::world) fn cube(side_m: f32) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    for corner in 0..8_u32 {
        let bit = |at: u32| (corner >> at & 1) as f32;
        for number in [(bit(0) - 0.5) * side_m, bit(2) * side_m, -(bit(1) - 0.5) * side_m] {
            bytes.extend(number.to_le_bytes());
        }
    }
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5_u16]];
    for index in quads.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]) {
        bytes.extend(index.to_le_bytes());
    }
    let mut json = document(&format!("\"byteLength\": {}", bytes.len()), "", 8, 36);
    while !json.len().is_multiple_of(4) {
        json.push(' ');
    }
    let mut file = b"glTF".to_vec();
    let total = 12 + 8 + json.len() + 8 + bytes.len();
    file.extend([2, total as u32, json.len() as u32].map(u32::to_le_bytes).as_flattened());
    file.extend(b"JSON");
    file.extend(json.as_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(b"BIN\0");
    file.extend(bytes);
    file
}

fn read_alone(bytes: &[u8]) -> Result<Vec<Painted>, String> {
    read("plate.gltf", bytes, Some(&|_| None))
}

#[test]
fn a_node_moves_turns_and_mirrors_its_mesh_and_y_up_becomes_z_up() {
    let corners = |node: &str| {
        let mut parts = read_alone(square(node).as_bytes()).expect("reads");
        let Painted { triangles, material, .. } = parts.pop().expect("one part");
        let [a, b, c] = triangles.triangles[0].map(|corner| triangles.corners[corner as usize]);
        (triangles.corners[2], (b - a).cross(c - a).normalize(), material.expect("painted"))
    };
    let (corner, normal, material) = corners("");
    assert_eq!((corner, normal), (DVec3::new(1.0, 0.0, 1.0), -DVec3::Y), "it stands upright and faces −y");
    assert_eq!((material.colour, material.roughness, material.metallic), ([0.9, 0.1, 0.2], 0.4, 0.0));
    let (corner, normal, _) = corners(", \"translation\": [0, 0, 3], \"scale\": [2, 1, 1]");
    assert_eq!((corner, normal), (DVec3::new(2.0, -3.0, 1.0), -DVec3::Y));
    // Mirrored across x, the face still looks the same way.
    let (corner, normal, _) = corners(", \"scale\": [-1, 1, 1]");
    assert_eq!((corner, normal), (DVec3::new(-1.0, 0.0, 1.0), -DVec3::Y));
}

#[test]
fn binary_files_and_buffers_beside_are_read() {
    let parts = read_alone(&cube(0.2)).expect("reads");
    let [Painted { triangles, .. }] = &parts[..] else { panic!("one part, not {}", parts.len()) };
    assert_eq!((triangles.corners.len(), triangles.triangles.len()), (8, 12));
    let high = triangles.corners.iter().map(|at| at.z).fold(0.0, f64::max);
    assert!((high - 0.2).abs() < 1e-6 && triangles.corners.iter().all(|at| at.z >= 0.0), "it stands on its origin");
    let volume: f64 = triangles
        .triangles
        .iter()
        .map(|triangle| {
            let [a, b, c] = triangle.map(|corner| triangles.corners[corner as usize]);
            a.dot(b.cross(c)) / 6.0
        })
        .sum();
    assert!((volume - 0.008).abs() < 1e-8, "its faces look outwards: {volume}");

    let beside = document("\"uri\": \"plate.bin\", \"byteLength\": 60", "", 4, 6);
    let missing = read_alone(beside.as_bytes()).unwrap_err();
    assert!(missing.contains("`buffers[0]` is the file plate.bin, which was not found"), "{missing}");
    assert!(read("plate.gltf", beside.as_bytes(), Some(&|_| Some(vec![0; 60]))).is_ok());
    let cut = read("plate.gltf", beside.as_bytes(), Some(&|_| Some(vec![0; 59]))).unwrap_err();
    assert!(cut.contains("has 59 bytes and not 60"), "{cut}");
}

#[test]
fn what_is_broken_is_named_and_never_believed() {
    let whole = square("");
    let refused = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        read_alone(whole.replace(from, to).as_bytes()).expect_err(to)
    };
    // The square's second triangle names its corner 3, which is then one too many.
    let corner = refused("\"count\": 4", "\"count\": 3");
    assert!(corner.contains("`meshes[0].primitives[0]` names corner 3, but has only 3"), "{corner}");
    assert!(refused("\"count\": 4", "\"count\": 4000000000").contains("`accessors[0]`, which lies beyond its buffer"));
    assert!(refused("\"mesh\": 0", "\"mesh\": 0, \"children\": [0]").contains("`nodes[0]` (plate) hangs on two nodes"));
    assert!(refused("5126", "5123").contains("are not three 32-bit numbers"));
    assert!(refused("\"POSITION\": 0", "\"POSITION\": 9").contains("names accessor 9, but there are only 2"));
    let wanted = refused("\"asset\"", "\"extensionsRequired\": [\"KHR_draco_mesh_compression\"], \"asset\"");
    assert!(wanted.contains("extension"), "{wanted}");
    assert!(refused("{\"asset\"", "[\"asset\"").contains("cannot be read"));
    assert!(refused("\"scenes\": [{\"nodes\": [0]}],", "\"scenes\": [],").starts_with("the model plate.gltf: "));
    let binary = cube(1.0);
    for length in 0..binary.len() {
        assert!(read_alone(&binary[..length]).is_err(), "cut at {length}");
    }
}

/// A PNG of `size` pixels.
fn png(size: [u32; 2], pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let picture = image::RgbaImage::from_fn(size[0], size[1], |x, y| image::Rgba(pixel(x, y)));
    written(&picture.into())
}

fn written(picture: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

/// [`square`] with places on its pictures and `material` in place of its own; the picture is the file `wood.png`.
fn textured(material: &str, uv: [[f32; 2]; 4]) -> String {
    let bytes: Vec<u8> = uv.as_flattened().iter().flat_map(|number| number.to_le_bytes()).collect();
    let places = base64::engine::general_purpose::STANDARD.encode(bytes);
    let own = "{\"pbrMetallicRoughness\": {\"baseColorFactor\": [0.9, 0.1, 0.2, 1.0], \"metallicFactor\": 0.0,
            \"roughnessFactor\": 0.4}}";
    let whole = square("");
    assert!(whole.contains(own));
    whole
        .replace(own, material)
        .replace("\"POSITION\": 0", "\"POSITION\": 0, \"TEXCOORD_0\": 2")
        .replace("\"buffers\": [", &format!("\"buffers\": [{{\"uri\": \"data:;base64,{places}\", \"byteLength\": 32}}, "))
        .replace("\"buffer\": 0", "\"buffer\": 1")
        .replace("\"bufferViews\": [", "\"bufferViews\": [{\"buffer\": 0, \"byteLength\": 32}, ")
        .replace("\"bufferView\": 1, ", "\"bufferView\": 2, ")
        .replace("\"bufferView\": 0, ", "\"bufferView\": 1, ")
        .replace("\"type\": \"SCALAR\"}", "\"type\": \"SCALAR\"}, {\"bufferView\": 0, \"componentType\": 5126, \"count\": 4, \"type\": \"VEC2\"}")
        .replace("\"scene\": 0", "\"images\": [{\"uri\": \"wood.png\"}], \"textures\": [{\"source\": 0, \"sampler\": 0}], \"samplers\": [{\"wrapS\": 33648, \"wrapT\": 33071}], \"scene\": 0")
}

const PLACES: [[f32; 2]; 4] = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]];
const COLOURED: &str = "{\"pbrMetallicRoughness\": {\"baseColorTexture\": {\"index\": 0}}}";

fn read_with(text: &str, picture: &[u8]) -> Result<Painted, String> {
    let parts = read("plate.gltf", text.as_bytes(), Some(&|name| (name == "wood.png").then(|| picture.to_vec())));
    parts.map(|mut parts| parts.pop().expect("one part"))
}

#[test]
fn pictures_are_read_with_their_places() {
    use crate::world::snapshot::Wrap;
    let picture = png([3, 2], |x, y| [10 * x as u8, 10 * y as u8, 7, 99]);
    let part = read_with(&textured(COLOURED, PLACES), &picture).expect("reads");
    let (pictures, uv) = part.pictures.clone().expect("pictures");
    let colour = pictures.colour.as_ref().expect("a colour");
    assert_eq!((uv, colour.wrap), (PLACES.to_vec(), [Wrap::Mirror, Wrap::Edge]));
    assert_eq!(
        (colour.picture.size_px(), &colour.picture.bytes()[20..]),
        ([3, 2], &[20, 10, 7, 255][..]),
        "all of it is there"
    );
    let mesh = part.seen("plate.gltf").expect("a mesh");
    assert_eq!(mesh.pictures().expect("kept").uv.len(), mesh.vertices().len());
    assert_eq!(part.material.expect("a material").surface, Surface::Textured);

    // scaled, turned a quarter and moved, as the extension's own example of a rotation has it
    let turn = "{\"index\": 0, \"extensions\": {\"KHR_texture_transform\": {\"offset\": [0.0, 1.0], \"rotation\": 1.57079632679, \"scale\": [0.5, 0.5]}}}";
    let turned = COLOURED.replace("{\"index\": 0}", turn);
    let (_, uv) = read_with(&textured(&turned, PLACES), &picture).expect("reads").pictures.expect("pictures");
    for (got, wanted) in uv.iter().zip([[0.5, 1.0], [0.5, 0.5], [0.0, 0.5], [0.0, 1.0]]) {
        assert!(got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6), "{got:?} for {wanted:?}");
    }
}

#[test]
fn alpha_makes_holes_or_glass_as_the_material_says() {
    let picture = png([4, 1], |x, _| [50, 50, 50, [0, 75, 78, 255][x as usize]]);
    let holes = |more: &str| {
        let material = format!("{{{more}, {}", &COLOURED[1..]);
        let part = read_with(&textured(&material, PLACES), &picture).expect("reads");
        let (pictures, _) = part.pictures.expect("pictures");
        let bytes = pictures.colour.as_ref().expect("a colour").picture.bytes().to_vec();
        let holes: Vec<bool> = bytes.as_chunks::<4>().0.iter().map(|[.., alpha]| *alpha < 128).collect();
        (holes, part.triangles.triangles.len(), part.material.expect("a material").transmission)
    };
    assert_eq!(holes("\"alphaMode\": \"OPAQUE\""), (vec![false; 4], 2, 0.0));
    assert_eq!(holes("\"alphaMode\": \"MASK\", \"alphaCutoff\": 0.3"), (vec![true, true, false, false], 2, 0.0));
    let both = "\"alphaMode\": \"MASK\", \"doubleSided\": true";
    assert_eq!(holes(both), (vec![true, true, true, false], 4, 0.0), "a leaf is seen from both sides");
    assert_eq!(holes("\"extensions\": {\"KHR_materials_transmission\": {\"transmissionFactor\": 0.75}}").2, 0.75);
    let film = "{\"alphaMode\": \"BLEND\", \"pbrMetallicRoughness\": {\"baseColorFactor\": [1, 1, 1, 0.25]}}";
    assert_eq!(
        read_with(&textured(film, PLACES), &picture).expect("reads").material.expect("a material").transmission,
        0.75
    );
}

#[test]
fn what_a_material_gives_off_is_read_with_its_picture_and_without() {
    let picture = png([2, 1], |x, _| [255 * x as u8, 9, 0, 255]);
    let strong = "\"extensions\": {\"KHR_materials_emissive_strength\": {\"emissiveStrength\": 6.0}}";
    let shown = format!("{{\"emissiveTexture\": {{\"index\": 0}}, \"emissiveFactor\": [0.5, 0.25, 0.0], {strong}}}");
    let part = read_with(&textured(&shown, PLACES), &picture).expect("reads");
    let (pictures, uv) = part.pictures.expect("pictures");
    let light = pictures.light.as_ref().expect("a picture of its light");
    assert_eq!((uv, &light.picture.bytes()[4..]), (PLACES.to_vec(), &[255, 9, 0, 255][..]));
    let material = part.material.expect("a material");
    assert_eq!((material.surface, material.second, material.glow), (Surface::Textured, [1.0, 0.5, 0.0], 3.0));

    // a signal's glass has no picture and glows in a colour that is not its own
    let lamp =
        "{\"pbrMetallicRoughness\": {\"baseColorFactor\": [0.1, 0.1, 0.1, 1.0]}, \"emissiveFactor\": [0.0, 1.0, 0.25]}";
    let read = |text: &str| read_with(text, b"").expect("reads");
    let part = read(&textured(lamp, PLACES).replace(", \"TEXCOORD_0\": 2", ""));
    let material = part.material.expect("a material");
    assert_eq!((material.colour, material.second, material.glow), ([0.1; 3], [0.0, 1.0, 0.25], 1.0));
    assert!(part.seen("lamp.gltf").expect("a mesh").pictures().is_some(), "so that its light has a place");
    // a strength alone gives off nothing
    let dark = read(&textured(&format!("{{{strong}}}"), PLACES)).material.expect("a material");
    assert_eq!((dark.surface, dark.glow), (Surface::Plain, 0.0));
}

#[test]
fn pictures_that_are_missing_or_broken_are_named() {
    let text = textured(COLOURED, PLACES);
    let refused = |text: &str, picture: &[u8]| read_with(text, picture).map(|_| ()).expect_err("refused");
    let missing = read("plate.gltf", text.as_bytes(), Some(&|_| None)).map(|_| ()).expect_err("refused");
    assert!(missing.contains("`images[0]` is the file wood.png, which was not found; put it beside"), "{missing}");
    assert!(
        read("plate.gltf", text.as_bytes(), None).is_ok_and(|parts| parts[0].pictures.is_none()),
        "a rig has no use for them"
    );
    assert!(refused(&text, b"").contains("`images[0]`, which is empty; save it again as PNG or JPEG"));
    assert!(refused(&text, b"GIF89a").contains("is neither PNG nor JPEG"));
    let whole = png([8, 8], |x, y| [x as u8, y as u8, 0, 255]);
    assert!(refused(&text, &whole[..whole.len() / 2]).contains("cannot be read"));
    let long = written(&image::GrayImage::new(20_000, 1).into());
    assert!(refused(&text, &long).contains("is 20000 x 1 pixels; scale it to at most 16384 on a side"));
    let nowhere = textured(COLOURED, [[0.0, 0.0], [f32::NAN, 0.0], [1.0, 1.0], [0.0, 1.0]]);
    assert!(refused(&nowhere, &whole).contains("has a `TEXCOORD_0` at corner 1 that is not a number"));
    let without = text.replace(", \"TEXCOORD_0\": 2", "");
    assert!(refused(&without, &whole).contains("has no `TEXCOORD_0` for the pictures of its material"));
    let torn = COLOURED.replace("}}}", "}, \"metallicRoughnessTexture\": {\"index\": 0, \"texCoord\": 1}}}");
    assert!(
        refused(&textured(&torn, PLACES), &whole).contains("`materials[0]`, whose pictures are laid in different ways")
    );

    let deep = image::ImageBuffer::from_fn(2, 1, |x, _| image::Rgb([x as u16 * 65_535, 0x8080, 300]));
    let read = |picture: &[u8]| {
        let (pictures, _) = read_with(&text, picture).expect("reads").pictures.expect("pictures");
        pictures.colour.clone().expect("a colour").picture
    };
    assert_eq!(read(&written(&deep.into())).bytes(), [0, 128, 1, 255, 255, 128, 1, 255], "16 bits become 8");
    let wide = written(&image::GrayImage::from_pixel(5000, 3, image::Luma([77])).into());
    assert_eq!(read(&wide).size_px(), [2500, 1], "too large is halved");
}
