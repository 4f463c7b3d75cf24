// How much of the sun and of the surroundings each surface point sees, at half size. The sun comes from the shadow map with a
// penumbra that grows with the distance to what shades; the surroundings are enlarged from quarter size.

@group(0) @binding(1) var exact: texture_2d<u32>;
@group(0) @binding(2) var shadow_map: texture_depth_2d;
@group(0) @binding(3) var surroundings: texture_2d<f32>;
@group(0) @binding(4) var nearest: sampler;

struct Cover {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place: vec4<f32>,
    @location(1) @interpolate(flat) lens: vec4<f32>,
    @location(2) @interpolate(flat) right: vec4<f32>,
    @location(3) @interpolate(flat) down: vec4<f32>,
    @location(4) @interpolate(flat) forward: vec4<f32>,
    @location(5) @interpolate(flat) sun_direction: vec4<f32>,
    @location(6) @interpolate(flat) shadow_x: vec4<f32>,
    @location(7) @interpolate(flat) shadow_y: vec4<f32>,
    @location(8) @interpolate(flat) shadow_z: vec4<f32>,
    @location(9) @interpolate(flat) shadow_size: vec4<f32>,
    @location(10) @interpolate(flat) shadow_place: vec4<f32>,
}

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) view: u32) -> Cover {
    numbers = views[view];
    var out: Cover;
    out.position = corner_of_view(index, 0.5);
    out.place = numbers.place;
    out.lens = numbers.lens;
    out.right = numbers.right;
    out.down = numbers.down;
    out.forward = numbers.forward;
    out.sun_direction = numbers.sun_direction;
    out.shadow_x = numbers.shadow_x;
    out.shadow_y = numbers.shadow_y;
    out.shadow_z = numbers.shadow_z;
    out.shadow_size = numbers.shadow_size;
    out.shadow_place = numbers.shadow_place;
    return out;
}

fn take(in: Cover) {
    take_eye(in.place, in.lens, in.right, in.down, in.forward);
    frame.sun_direction = in.sun_direction;
    frame.shadow_x = in.shadow_x;
    frame.shadow_y = in.shadow_y;
    frame.shadow_z = in.shadow_z;
    frame.shadow_size = in.shadow_size;
    frame.shadow_place = in.shadow_place;
}

// Four points that cover the unit disc evenly (a sunflower).
const WIDE_DISC = array<vec2<f32>, 4>(
    vec2<f32>(0.3535534, 0.0000000),
    vec2<f32>(-0.4515444, 0.4136526),
    vec2<f32>(0.0691162, -0.7875423),
    vec2<f32>(0.5691424, 0.7423559),
);

// How far a receiver lies behind what the map holds in the four texels round a point, in metres; `depth` is the receiver's at the
// point, `slope` how it changes across the map in metres a texel, `part` where between the texels' middles the point lies.
// Texels come as a gather has them: lower left, lower right, upper right, upper left.
fn gaps_at(uv: vec2<f32>, part: vec2<f32>, depth: f32, slope: vec2<f32>) -> vec4<f32> {
    // the maps of other views begin where this one ends
    let inside = clamp(uv, vec2<f32>(1.0 / frame.shadow_size.z), vec2<f32>(1.0 - 1.0 / frame.shadow_size.z));
    let stored = textureGather(shadow_map, nearest, frame.shadow_place.xy + inside * frame.shadow_place.zw);
    let receiver = depth - dot(slope, part) + vec4<f32>(slope.y, slope.x + slope.y, slope.x, 0.0);
    // Where nothing shades, nothing does however deep the receiver lies: a floor far below tall things is deeper than the map.
    return select(receiver - stored * frame.shadow_size.y, vec4<f32>(-1.0), stored >= vec4<f32>(1.0));
}

// `turn` rotates the disc's points; `slope` is how the receiver's own depth changes along them, so that it never shades
// itself however wide the search.
fn sun_seen(at: vec3<f32>, normal: vec3<f32>, turn: vec2<f32>) -> f32 {
    let metre = 1.0 / (2.0 * frame.shadow_size.x);
    let texel = 2.0 * frame.shadow_size.x / frame.shadow_size.z;
    let toward = dot(normal, frame.sun_direction.xyz);
    let slant = 1.0 - clamp(toward, 0.0, 1.0);
    let point = vec4<f32>(at + normal * (texel * (0.5 + 1.0 * slant)), 1.0);
    let light = vec3<f32>(dot(frame.shadow_x, point), dot(frame.shadow_y, point), dot(frame.shadow_z, point));
    let across = vec2<f32>(dot(frame.shadow_x.xyz, normal), dot(frame.shadow_y.xyz, normal));
    let slope = clamp(across / max(toward, 0.05), vec2<f32>(-3.0), vec2<f32>(3.0));
    let uv = light.xy * metre + 0.5;
    let radius = frame.sun_direction.w;
    let slack = vec4<f32>(0.0003 + 0.5 * texel * slant);
    let reach = clamp(radius * min(light.z, 0.5), texel * 1.5, 0.08);
    let inside = all(abs(uv - 0.5) < vec2<f32>(0.498)) && frame.shadow_size.w > 0.5;
    var sum = vec4<f32>(0.0);
    var found = vec4<f32>(0.0);
    for (var i = 0u; i < 4u; i++) {
        let tap = turned(WIDE_DISC[i], turn) * reach;
        let point_uv = uv + tap * metre;
        let part = fract(point_uv * frame.shadow_size.z - 0.5);
        let gaps = gaps_at(point_uv, part, light.z + dot(slope, tap), slope * texel);
        let blocks = select(vec4<f32>(0.0), vec4<f32>(1.0), gaps > slack);
        sum += gaps * blocks;
        found += blocks;
    }
    let one = vec4<f32>(1.0);
    let gap = dot(sum, one) / max(dot(found, one), 1.0);
    let penumbra = clamp(radius * gap, texel * 1.3, 0.10);
    var seen = 0.0;
    for (var i = 0u; i < 4u; i++) {
        let tap = turned(WIDE_DISC[i], turn) * penumbra;
        let point_uv = uv + tap * metre;
        let part = fract(point_uv * frame.shadow_size.z - 0.5);
        let gaps = gaps_at(point_uv, part, light.z + dot(slope, tap), slope * texel);
        // as near as each texel's middle is, so that no texel shows
        let open = select(vec4<f32>(0.25), vec4<f32>(0.0), gaps > slack);
        seen += mix(mix(open.w, open.z, part.x), mix(open.x, open.y, part.x), part.y);
    }
    return select(1.0, seen, inside);
}

fn quarter(at: vec2<i32>, whose: f32, weight: f32) -> vec4<f32> {
    let first = vec2<i32>(frame.place.xy) / 4;
    let last = (vec2<i32>(frame.place.zw) + 3) / 4 - 1;
    let texel = textureLoad(surroundings, clamp(at, first, last), 0);
    let same = select(0.0005, 1.0, abs(texel.a - whose) < 0.002);
    return vec4<f32>(texel.rgb, 1.0) * (weight * same);
}

@fragment
fn visibility_fragment(in: Cover) -> @location(0) u32 {
    take(in);
    let half_pixel = vec2<i32>(in.position.xy);
    let point = point_under(exact, half_pixel * 2);
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
    let whose = f32(point.ids >> 16u & 255u) / 255.0;
    let sum = quarter(base, whose, (1.0 - share.x) * (1.0 - share.y))
        + quarter(base + vec2<i32>(1, 0), whose, share.x * (1.0 - share.y))
        + quarter(base + vec2<i32>(0, 1), whose, (1.0 - share.x) * share.y)
        + quarter(base + vec2<i32>(1, 1), whose, share.x * share.y);
    // seven bits of whose pixel it is, seven each of the surroundings, four of the sun
    let open = vec3<u32>(clamp(sum.rgb / sum.a, vec3<f32>(0.0), vec3<f32>(1.0)) * 127.0 + 0.5);
    return (point.ids >> 16u & 127u) | open.r << 7u | open.g << 14u | open.b << 21u | u32(sun * 15.0 + 0.5) << 28u;
}
