// How much of the sun (at half size) and of the surroundings (at quarter size) each surface point sees. The sun comes from the shadow map
// with a penumbra that grows with the distance to what shades; the surroundings from the distance to every other body.

struct Occluder {
    // rows of body from eye-relative world
    x: vec4<f32>,
    y: vec4<f32>,
    z: vec4<f32>,
    // half extents of the core, rounding radius
    extent: vec4<f32>,
    // colour that it throws back; w: 1 for a body round about z
    colour: vec4<f32>,
    // x: body index from 1, as in the ids
    ids: vec4<u32>,
}

struct Occluders {
    list: array<Occluder, 128>,
}

@group(0) @binding(1) var<uniform> occluders: Occluders;
@group(0) @binding(2) var exact: texture_2d<u32>;
@group(0) @binding(3) var shadow_map: texture_depth_2d;
@group(0) @binding(4) var surroundings: texture_2d<u32>;

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let at = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(at * 2.0 - 1.0, 0.0, 1.0);
}

// Distance to the surface of body `index` from `o` in the body's frame; negative inside.
fn distance_to(index: u32, o: vec3<f32>) -> f32 {
    let extent = occluders.list[index].extent;
    let is_round = occluders.list[index].colour.w;
    let size = abs(o);
    let q = vec3<f32>(mix(size.x, sqrt(o.x * o.x + o.y * o.y), is_round), size.y * (1.0 - is_round), size.z) - extent.xyz;
    let outside = max(q, vec3<f32>(0.0));
    return sqrt(dot(outside, outside)) + min(max(q.x, max(q.y, q.z)), 0.0) - extent.w;
}

fn stored_depth(uv: vec2<f32>) -> f32 {
    let texels = frame.shadow_size.z;
    let cell = clamp(vec2<i32>(floor(uv * texels)), vec2<i32>(0), vec2<i32>(i32(texels) - 1));
    return textureLoad(shadow_map, cell, 0) * frame.shadow_size.y;
}

// `turn` rotates the disc's points; `slope` is how the receiver's own depth changes along them, so that it never shades
// itself however wide the search.
fn sun_seen(at: vec3<f32>, normal: vec3<f32>, turn: vec2<f32>) -> f32 {
    let texel = 2.0 * frame.shadow_size.x / frame.shadow_size.z;
    let toward = dot(normal, frame.sun_direction.xyz);
    let slant = 1.0 - clamp(toward, 0.0, 1.0);
    let point = vec4<f32>(at + normal * (texel * (0.5 + 1.0 * slant)), 1.0);
    let light = vec3<f32>(dot(frame.shadow_x, point), dot(frame.shadow_y, point), dot(frame.shadow_z, point));
    let across = vec2<f32>(dot(frame.shadow_x.xyz, normal), dot(frame.shadow_y.xyz, normal));
    let slope = clamp(across / max(toward, 0.05), vec2<f32>(-3.0), vec2<f32>(3.0));
    let uv = light.xy / (2.0 * frame.shadow_size.x) + 0.5;
    let metre = 1.0 / (2.0 * frame.shadow_size.x);
    let radius = frame.sun_direction.w;
    let slack = 0.0003 + 0.5 * texel * slant;
    let reach = clamp(radius * min(light.z, 0.5), texel * 1.5, 0.08);
    var depth_sum = 0.0;
    var found = 0.0;
    for (var i = 0u; i < 8u; i++) {
        let pair = frame.disc[i];
        let a = vec2<f32>(pair.x * turn.x - pair.y * turn.y, pair.x * turn.y + pair.y * turn.x) * reach;
        let own = light.z + dot(slope, a);
        let d = stored_depth(uv + a * metre);
        let blocks = select(0.0, 1.0, d < own - slack);
        depth_sum += (own - d) * blocks;
        found += blocks;
    }
    let gap = depth_sum / max(found, 1.0);
    let penumbra = clamp(radius * gap, texel * 1.3, 0.10);
    var seen = 0.0;
    for (var i = 0u; i < 8u; i++) {
        let pair = frame.disc[i] * penumbra;
        let a = vec2<f32>(pair.x * turn.x - pair.y * turn.y, pair.x * turn.y + pair.y * turn.x);
        let b = vec2<f32>(pair.z * turn.x - pair.w * turn.y, pair.z * turn.y + pair.w * turn.x);
        seen += select(0.0, 1.0, stored_depth(uv + a * metre) >= light.z + dot(slope, a) - slack);
        seen += select(0.0, 1.0, stored_depth(uv + b * metre) >= light.z + dot(slope, b) - slack);
    }
    let inside = all(abs(uv - 0.5) < vec2<f32>(0.498)) && frame.shadow_size.w > 0.5;
    return select(1.0, seen / 16.0, inside);
}

struct Point {
    at: vec3<f32>,
    normal: vec3<f32>,
    // its body's index from 1 and instance, as in the exact channel; 0 for sky
    ids: u32,
}

fn point_under(pixel: vec2<i32>) -> Point {
    let inside = min(pixel, vec2<i32>(frame.size.xy) - 1);
    let texel = textureLoad(exact, inside, 0);
    var out: Point;
    out.at = viewing_ray(vec2<f32>(inside) + 0.5) * bitcast<f32>(texel.x);
    out.normal = normalize(unpack4x8snorm(texel.z).xyz + vec3<f32>(0.0, 0.0, 1e-6));
    out.ids = texel.y;
    return out;
}

// At quarter size, as it changes slowly: the share of the surroundings that arrives, coloured by what is in the way.
@fragment
fn surroundings_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec2<u32> {
    let point = point_under(vec2<i32>(position.xy) * 4 + 1);
    let at = vec4<f32>(point.at, 1.0);
    // distance to the nearest other body, three steps out along the normal
    var near = 0.018;
    var middle = 0.06;
    var far = 0.20;
    var bounce = vec4<f32>(0.0, 0.0, 0.0, 1e-4);
    for (var i = 0u; i < frame.counts.x; i++) {
        let x = occluders.list[i].x;
        let y = occluders.list[i].y;
        let z = occluders.list[i].z;
        let o = vec3<f32>(dot(x, at), dot(y, at), dot(z, at));
        let n = vec3<f32>(dot(x.xyz, point.normal), dot(y.xyz, point.normal), dot(z.xyz, point.normal));
        let other = select(1.0, 1e3, occluders.list[i].ids.x == (point.ids >> 16u));
        near = min(near, distance_to(i, o + n * 0.018) * other);
        let m = distance_to(i, o + n * 0.06) * other;
        let close = max(1.0 - m / 0.06, 0.0);
        bounce += vec4<f32>(occluders.list[i].colour.rgb, 1.0) * (close * close);
        middle = min(middle, m);
        far = min(far, distance_to(i, o + n * 0.20) * other);
    }
    let hidden = 1.0
        - (1.0 - 0.55 * clamp(1.0 - near / 0.018, 0.0, 1.0))
        * (1.0 - 0.50 * clamp(1.0 - middle / 0.06, 0.0, 1.0))
        * (1.0 - 0.45 * clamp(1.0 - far / 0.20, 0.0, 1.0));
    let arrives = vec3<f32>(1.0) - hidden * (vec3<f32>(1.0) - 0.55 * bounce.rgb / bounce.a);
    return vec2<u32>(point.ids, pack4x8unorm(vec4<f32>(arrives, 1.0)));
}

fn quarter(at: vec2<i32>, ids: u32, weight: f32) -> vec4<f32> {
    let limit = (vec2<i32>(frame.size.xy) + 3) / 4 - 1;
    let texel = textureLoad(surroundings, clamp(at, vec2<i32>(0), limit), 0).xy;
    let same = select(0.0005, 1.0, texel.x == ids);
    return vec4<f32>(unpack4x8unorm(texel.y).rgb, 1.0) * (weight * same);
}

@fragment
fn visibility_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec2<u32> {
    let half_pixel = vec2<i32>(position.xy);
    let point = point_under(half_pixel * 2);
    // four turns of the disc in a square of pixels, which the enlarging pass averages
    let which = (half_pixel.x & 1) + 2 * (half_pixel.y & 1);
    let turn = select(
        select(vec2<f32>(1.0, 0.0), vec2<f32>(0.7071068, 0.7071068), which == 1),
        select(vec2<f32>(0.9238795, 0.3826834), vec2<f32>(0.3826834, 0.9238795), which == 3),
        which >= 2,
    );
    let sun = sun_seen(point.at, point.normal, turn);
    // between four quarter-size pixels, of which those on the same body count
    let odd = half_pixel & vec2<i32>(1);
    let base = (half_pixel + odd) / 2 - 1;
    let share = vec2<f32>(0.75) - 0.5 * vec2<f32>(odd);
    let sum = quarter(base, point.ids, (1.0 - share.x) * (1.0 - share.y))
        + quarter(base + vec2<i32>(1, 0), point.ids, share.x * (1.0 - share.y))
        + quarter(base + vec2<i32>(0, 1), point.ids, (1.0 - share.x) * share.y)
        + quarter(base + vec2<i32>(1, 1), point.ids, share.x * share.y);
    return vec2<u32>(point.ids, pack4x8unorm(vec4<f32>(sum.rgb / sum.a, sun)));
}
