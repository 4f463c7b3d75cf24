// The share of the surroundings' light that arrives at each surface point, at quarter size, as it changes slowly. Each body
// darkens what lies near it: one rectangle a body, multiplied into the picture, coloured by what the body throws back.

@group(1) @binding(0) var exact: texture_2d<u32>;

struct Reach {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place: vec4<f32>,
    @location(1) @interpolate(flat) lens: vec4<f32>,
    @location(2) @interpolate(flat) right: vec4<f32>,
    @location(3) @interpolate(flat) down: vec4<f32>,
    @location(4) @interpolate(flat) forward: vec4<f32>,
    @location(5) @interpolate(flat) world_x: vec4<f32>,
    @location(6) @interpolate(flat) world_y: vec4<f32>,
    @location(7) @interpolate(flat) world_z: vec4<f32>,
    @location(8) @interpolate(flat) extent: vec4<f32>,
    @location(9) @interpolate(flat) cone: vec4<f32>,
    @location(10) @interpolate(flat) colour: vec4<f32>,
    @location(11) @interpolate(flat) pattern: vec4<f32>,
    @location(12) @interpolate(flat) ids: vec4<u32>,
}

@vertex
fn surroundings_vertex(@builtin(vertex_index) index: u32, @location(2) which: u32) -> Reach {
    choose(which);
    var out: Reach;
    out.position = vec4<f32>(mix(thing.nearby.xy, thing.nearby.zw, corner_of(index)), 0.0, 1.0);
    out.place = numbers.place;
    out.lens = numbers.lens;
    out.right = numbers.right;
    out.down = numbers.down;
    out.forward = numbers.forward;
    out.world_x = thing.world_x;
    out.world_y = thing.world_y;
    out.world_z = thing.world_z;
    out.extent = thing.extent;
    out.cone = thing.cone;
    out.colour = thing.colour;
    out.pattern = thing.pattern;
    out.ids = thing.ids;
    return out;
}

fn take(in: Reach) {
    take_eye(in.place, in.lens, in.right, in.down, in.forward);
    body.world_x = in.world_x;
    body.world_y = in.world_y;
    body.world_z = in.world_z;
    body.extent = in.extent;
    body.cone = in.cone;
    body.colour = in.colour;
    body.pattern = in.pattern;
    body.ids = in.ids;
}

// Distance to the body's surface from `o` in its own frame; negative inside.
fn distance_to(o: vec3<f32>) -> f32 {
    let is_round = f32(body.ids.z & IS_ROUND);
    let size = abs(o);
    let radius = mix(body.extent.x, 0.5 * (body.cone.x + body.cone.y), body.cone.z);
    let simple = vec3<f32>(radius, body.extent.yz);
    // a mesh darkens as the box round it
    let core = select(simple, vec3<f32>(body.cone.xy, body.pattern.y), (body.ids.z & IS_MESH) != 0u);
    let q = vec3<f32>(mix(size.x, sqrt(o.x * o.x + o.y * o.y), is_round), size.y * (1.0 - is_round), size.z) - core;
    let outside = max(q, vec3<f32>(0.0));
    return sqrt(dot(outside, outside)) + min(max(q.x, max(q.y, q.z)), 0.0) - body.extent.w;
}

@fragment
fn surroundings_fragment(in: Reach) -> @location(0) vec4<f32> {
    take(in);
    let point = point_under(exact, vec2<i32>(in.position.xy) * 4 + 1);
    let away_m = point.at - vec3<f32>(body.world_x.w, body.world_y.w, body.world_z.w);
    let o = body.world_x.xyz * away_m.x + body.world_y.xyz * away_m.y + body.world_z.xyz * away_m.z;
    let n = body.world_x.xyz * point.normal.x + body.world_y.xyz * point.normal.y + body.world_z.xyz * point.normal.z;
    // what is missing between the point and three places out along the normal; a body far smaller than the step hides
    // nothing, as `nearby_m` in layout.rs relies on
    let step_m = vec3<f32>(0.018, 0.06, 0.12);
    let away = vec3<f32>(distance_to(o + n * step_m.x), distance_to(o + n * step_m.y), distance_to(o + n * step_m.z));
    let weight = clamp(2.0 * body.pattern.w / step_m - 0.7, vec3<f32>(0.0), vec3<f32>(1.0));
    let hides = vec3<f32>(0.55, 0.50, 0.42) * weight * clamp(vec3<f32>(1.0) - away / step_m, vec3<f32>(0.0), vec3<f32>(1.0));
    let open = (1.0 - hides.x) * (1.0 - hides.y) * (1.0 - hides.z);
    let is_other = select(0.0, 1.0, point.ids >> 16u != body.ids.y >> 16u);
    let hidden = (1.0 - open) * is_other;
    // alpha is not multiplied: it says whose pixel this is
    let whose = f32(point.ids >> 16u & 255u) / 255.0;
    return vec4<f32>(vec3<f32>(1.0) - hidden * (vec3<f32>(1.0) - 0.55 * body.colour.rgb), whose);
}
