// Depth from a lamp, of the bodies that cast shadows: one face of what it shines at.

struct Face {
    // right, down and ahead of the lamp, in the world's axes; w: the place of the lamp relative to the eye along them
    x: vec4<f32>,
    y: vec4<f32>,
    z: vec4<f32>,
    // tangent of half the face's angle, nearest depth in metres
    lens: vec4<f32>,
}

@group(1) @binding(0) var<uniform> face: Face;

@vertex
fn lamp_shadow_vertex(vertex: Vertex) -> @builtin(position) vec4<f32> {
    return in_map(vertex);
}

fn in_map(vertex: Vertex) -> vec4<f32> {
    choose(vertex.which);
    let at = to_world(local_point(vertex));
    let across = vec2<f32>(dot(face.x.xyz, at) - face.x.w, dot(face.y.xyz, at) - face.y.w) / face.lens.x;
    return vec4<f32>(across.x, -across.y, face.lens.y, dot(face.z.xyz, at) - face.z.w);
}
