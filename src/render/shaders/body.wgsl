// One body: its numbers and where its vertices lie. Twin of `layout.rs`.

struct Body {
    // camera from body, now and next; world axes relative to the eye from body: rows of 3x4 matrices
    now_x: vec4<f32>,
    now_y: vec4<f32>,
    now_z: vec4<f32>,
    next_x: vec4<f32>,
    next_y: vec4<f32>,
    next_z: vec4<f32>,
    world_x: vec4<f32>,
    world_y: vec4<f32>,
    world_z: vec4<f32>,
    // scale of the core, radius of the rounding
    extent: vec4<f32>,
    // cone: bottom and top radius; mesh: half extents along x and y; 1 for a cone; 1 for a ball
    cone: vec4<f32>,
    // rgb, roughness
    colour: vec4<f32>,
    // rgb, metallic
    second: vec4<f32>,
    // feature size in metres, half height along z, radius, and middle half extent, in metres
    pattern: vec4<f32>,
    // seed, body index << 16 | instance, 1 for a body round about z, 1 for a mesh
    ids: vec4<u32>,
    // where on the screen it darkens others: left, bottom, right, top
    nearby: vec4<f32>,
}

@group(0) @binding(1) var<uniform> body: Body;

struct Vertex {
    @location(0) core: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

fn local_point(vertex: Vertex) -> vec3<f32> {
    let radius = mix(body.cone.x, body.cone.y, 0.5 + 0.5 * vertex.core.z);
    let scale = vec3<f32>(mix(body.extent.xy, vec2<f32>(radius), body.cone.z), body.extent.z);
    return vertex.core * scale + vertex.normal * body.extent.w * (1.0 - body.cone.z);
}

fn to_world(local: vec3<f32>) -> vec3<f32> {
    let at = vec4<f32>(local, 1.0);
    return vec3<f32>(dot(body.world_x, at), dot(body.world_y, at), dot(body.world_z, at));
}

fn to_camera(local: vec3<f32>) -> vec3<f32> {
    let at = vec4<f32>(local, 1.0);
    return vec3<f32>(dot(body.now_x, at), dot(body.now_y, at), dot(body.now_z, at));
}
