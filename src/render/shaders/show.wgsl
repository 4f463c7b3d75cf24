// The last step of a picture: colour with its edges smoothed, or another channel in false colours.

@group(0) @binding(1) var exact: texture_2d<u32>;
@group(0) @binding(2) var picture: texture_2d<f32>;
@group(0) @binding(3) var smooth_sampler: sampler;
@group(0) @binding(4) var matter_texels: texture_2d<u32>;

struct Cover {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) size: vec4<f32>,
}

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32) -> Cover {
    let at = corner_of(index);
    var out: Cover;
    out.position = vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
    out.uv = at;
    out.size = numbers.size;
    return out;
}

fn luma(pixel: vec2<i32>) -> f32 {
    return textureLoad(picture, clamp(pixel, vec2<i32>(0), vec2<i32>(frame.size.xy) - 1), 0).a;
}

// Blends along edges of brightness (after Lottes' FXAA): deterministic, colour only.
@fragment
fn colour_fragment(in: Cover) -> @location(0) vec4<f32> {
    frame.size = in.size;
    let pixel = vec2<i32>(in.uv * in.size.xy);
    let centre = textureLoad(picture, clamp(pixel, vec2<i32>(0), vec2<i32>(in.size.xy) - 1), 0);
    let nw = luma(pixel + vec2<i32>(-1, -1));
    let ne = luma(pixel + vec2<i32>(1, -1));
    let sw = luma(pixel + vec2<i32>(-1, 1));
    let se = luma(pixel + vec2<i32>(1, 1));
    let lowest = min(centre.a, min(min(nw, ne), min(sw, se)));
    let highest = max(centre.a, max(max(nw, ne), max(sw, se)));
    let across = vec2<f32>(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    let damp = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    let scale = 1.0 / (min(abs(across.x), abs(across.y)) + damp);
    let along = clamp(across * scale, vec2<f32>(-6.0), vec2<f32>(6.0)) / in.size.xy;
    let edge = highest - lowest > max(0.05, 0.125 * highest);
    // Four taps along the edge, the inner pair first. A loop and not a branch: processors that run pixels in groups leave
    // it early where no pixel of the group lies on an edge.
    let uv = (vec2<f32>(pixel) + 0.5) / in.size.xy;
    let taps = select(0, 4, edge);
    var inner = vec4<f32>(0.0);
    var outer = vec4<f32>(0.0);
    for (var i = 0; i < taps; i++) {
        let at = along * select(select(0.5, -0.5, i == 2), select(0.1666667, -0.1666667, i == 0), i < 2);
        let tap = textureSampleLevel(picture, smooth_sampler, uv + at, 0.0);
        outer += 0.25 * tap;
        inner += select(0.0, 0.5, i < 2) * tap;
    }
    let smoothed = select(outer, inner, outer.a < lowest || outer.a > highest);
    return vec4<f32>(select(centre, smoothed, edge).rgb, 1.0);
}

fn hue(turn: f32) -> vec3<f32> {
    let at = (turn - floor(turn)) * 6.0;
    return clamp(vec3<f32>(abs(at - 3.0) - 1.0, 2.0 - abs(at - 2.0), 2.0 - abs(at - 4.0)), vec3<f32>(0.0), vec3<f32>(1.0));
}

@fragment
fn depth_fragment(in: Cover) -> @location(0) vec4<f32> {
    let texel = textureLoad(exact, vec2<i32>(in.uv * in.size.xy), 0);
    let depth = bitcast<f32>(texel.x);
    // near is warm, far is cool; logarithmic from 0.2 m to 6 m
    let t = clamp(log2(max(depth, 1e-3) / 0.2) / 4.9, 0.0, 1.0);
    let warm = mix(vec3<f32>(0.99, 0.91, 0.55), vec3<f32>(0.87, 0.32, 0.28), clamp(t * 2.5, 0.0, 1.0));
    let cool = mix(vec3<f32>(0.48, 0.15, 0.42), vec3<f32>(0.07, 0.06, 0.20), clamp(t * 1.6 - 0.6, 0.0, 1.0));
    let colour = mix(warm, cool, smoothstep(0.25, 0.65, t));
    return vec4<f32>(select(colour, vec3<f32>(0.03, 0.03, 0.05), texel.y == 0u), 1.0);
}

@fragment
fn instance_fragment(in: Cover) -> @location(0) vec4<f32> {
    let id = textureLoad(exact, vec2<i32>(in.uv * in.size.xy), 0).y & 0xffffu;
    let colour = mix(vec3<f32>(0.92), hue(f32(id) * 0.61803399), 0.62) * (0.72 + 0.28 * f32(id % 3u) / 2.0);
    return vec4<f32>(select(colour, vec3<f32>(0.05, 0.05, 0.06), id == 0u), 1.0);
}

@fragment
fn normal_fragment(in: Cover) -> @location(0) vec4<f32> {
    let texel = textureLoad(exact, vec2<i32>(in.uv * in.size.xy), 0);
    let colour = unpack4x8snorm(texel.z).xyz * 0.5 + 0.5;
    return vec4<f32>(select(colour, vec3<f32>(0.05, 0.05, 0.06), texel.y == 0u), 1.0);
}

@fragment
fn flow_fragment(in: Cover) -> @location(0) vec4<f32> {
    let texel = textureLoad(exact, vec2<i32>(in.uv * in.size.xy), 0);
    let flow = unpack2x16float(texel.w);
    let speed = length(flow);
    let turn = atan2(flow.y, flow.x + 1e-9) / 6.2831853;
    let colour = mix(vec3<f32>(0.96), hue(turn), clamp(sqrt(speed / 24.0), 0.0, 1.0));
    return vec4<f32>(select(colour, vec3<f32>(0.05, 0.05, 0.06), texel.y == 0u), 1.0);
}

@fragment
fn albedo_fragment(in: Cover) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.uv * in.size.xy);
    let root = unpack4x8unorm(textureLoad(matter_texels, pixel, 0).x).rgb;
    let linear = root * root;
    let curve = 1.055 * pow(linear, vec3<f32>(1.0 / 2.4)) - 0.055;
    let encoded = select(curve, 12.92 * linear, linear < vec3<f32>(0.0031308));
    return vec4<f32>(select(encoded, vec3<f32>(0.0), textureLoad(exact, pixel, 0).y == 0u), 1.0);
}

@fragment
fn class_fragment(in: Cover) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.uv * in.size.xy);
    let class_id = textureLoad(matter_texels, pixel, 0).z >> 16u & 255u;
    let colour = mix(vec3<f32>(0.90), hue(f32(class_id) * 0.38196601 + 0.05), 0.7) * (0.75 + 0.25 * f32(class_id % 2u));
    return vec4<f32>(select(colour, vec3<f32>(0.05, 0.05, 0.06), textureLoad(exact, pixel, 0).y == 0u), 1.0);
}
