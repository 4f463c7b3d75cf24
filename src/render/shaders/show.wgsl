// The last step of a picture that is shown: its edges smoothed. What is read back is smoothed by the twin in `smooth.rs`.

@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

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
