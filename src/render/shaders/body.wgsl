// One body: its numbers and where its vertices lie. Twin of `layout.rs`.

struct Body {
    // homogeneous pixels from body, now and next; world axes relative to the eye from body: rows of 3x4 matrices
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
    // cone: bottom and top radius; mesh: half extents along x and y; 1 for a cone; the view that it is drawn in
    cone: vec4<f32>,
    // rgb, roughness
    colour: vec4<f32>,
    // rgb, metallic
    second: vec4<f32>,
    // feature size in metres, half height along z, radius, and middle half extent, in metres
    pattern: vec4<f32>,
    // seed, body index << 16 | instance, flags with the coat in their second byte and five bits of the share of light that
    // passes through in their fourth, bits of how brightly it glows
    ids: vec4<u32>,
    // where on the screen it darkens others: left, bottom, right, top
    nearby: vec4<f32>,
}

// Flags of a body.
const IS_ROUND: u32 = 1u;
const IS_MESH: u32 = 2u;
const MOVES: u32 = 4u;
const IS_GROUND: u32 = 8u;

@group(0) @binding(1) var<storage, read> things: array<Body>;

// The one that a vertex belongs to.
var<private> thing: Body;

// What a pixel knows of it.
var<private> body: Body;

struct Vertex {
    @location(0) core: vec3<f32>,
    @location(1) normal: vec3<f32>,
    // of which body, an instance
    @location(2) which: u32,
}

// What a vertex of a body has to know.
fn choose(which: u32) {
    thing = things[which];
    numbers = views[u32(thing.cone.w)];
}

fn local_point(vertex: Vertex) -> vec3<f32> {
    let radius = mix(thing.cone.x, thing.cone.y, 0.5 + 0.5 * vertex.core.z);
    let scale = vec3<f32>(mix(thing.extent.xy, vec2<f32>(radius), thing.cone.z), thing.extent.z);
    return vertex.core * scale + vertex.normal * thing.extent.w * (1.0 - thing.cone.z);
}

fn to_world(local: vec3<f32>) -> vec3<f32> {
    let at = vec4<f32>(local, 1.0);
    return vec3<f32>(dot(thing.world_x, at), dot(thing.world_y, at), dot(thing.world_z, at));
}

// Where a vertex lies in the picture.
fn to_clip(local: vec3<f32>) -> vec4<f32> {
    let at = vec4<f32>(local, 1.0);
    let depth = dot(thing.now_z, at);
    let across = vec2<f32>(dot(thing.now_x, at), dot(thing.now_y, at)) * 2.0 / numbers.size.xy - depth;
    return vec4<f32>(across.x, -across.y, numbers.size.z, depth);
}
