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
    read("plate.gltf", bytes, &|_| None)
}

#[test]
fn a_node_moves_turns_and_mirrors_its_mesh_and_y_up_becomes_z_up() {
    let corners = |node: &str| {
        let mut parts = read_alone(square(node).as_bytes()).expect("reads");
        let (triangles, material) = parts.pop().expect("one part");
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
    let [(triangles, _)] = &parts[..] else { panic!("one part, not {}", parts.len()) };
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
    assert!(read("plate.gltf", beside.as_bytes(), &|_| Some(vec![0; 60])).is_ok());
    let cut = read("plate.gltf", beside.as_bytes(), &|_| Some(vec![0; 59])).unwrap_err();
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
