// The last step of a picture that is shown: its edges smoothed. What is read back is smoothed by the twin in `smooth.rs`.

@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

// Smooths edges; else pixels are shown as they are.
override SMOOTHS: bool = true;

struct Cover {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place: vec4<f32>,
    // from where it is shown to where it lies in the targets, in pixels; 1 / width and height of the targets
    @location(1) @interpolate(flat) back: vec4<f32>,
}

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) view: u32) -> Cover {
    numbers = views[view];
    let size = numbers.place.zw - numbers.place.xy;
    let at = (numbers.shown.xy + size * corner_of(index)) / numbers.shown.zw;
    var out: Cover;
    out.position = vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
    out.place = numbers.place;
    out.back = vec4<f32>(numbers.place.xy - numbers.shown.xy, 1.0 / numbers.size.xy);
    return out;
}

fn inside(pixel: vec2<i32>) -> vec2<i32> {
    return clamp(pixel, vec2<i32>(frame.place.xy), vec2<i32>(frame.place.zw) - 1);
}

fn luma(pixel: vec2<i32>) -> f32 {
    return textureLoad(picture, inside(pixel), 0).a;
}

// Blends along edges of brightness (after Lottes' FXAA): deterministic, colour only.
@fragment
fn colour_fragment(in: Cover) -> @location(0) vec4<f32> {
    frame.place = in.place;
    let spot = floor(in.position.xy + in.back.xy) + 0.5;
    let pixel = vec2<i32>(spot);
    let centre = textureLoad(picture, pixel, 0);
    if !SMOOTHS {
        return vec4<f32>(centre.rgb, 1.0);
    }
    let nw = luma(pixel + vec2<i32>(-1, -1));
    let ne = luma(pixel + vec2<i32>(1, -1));
    let sw = luma(pixel + vec2<i32>(-1, 1));
    let se = luma(pixel + vec2<i32>(1, 1));
    let lowest = min(centre.a, min(min(nw, ne), min(sw, se)));
    let highest = max(centre.a, max(max(nw, ne), max(sw, se)));
    let across = vec2<f32>(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    let damp = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    let scale = 1.0 / (min(abs(across.x), abs(across.y)) + damp);
    let along = clamp(across * scale, vec2<f32>(-6.0), vec2<f32>(6.0));
    let edge = highest - lowest > max(0.05, 0.125 * highest);
    // Four taps along the edge, the inner pair first. A loop and not a branch: processors that run pixels in groups leave
    // it early where no pixel of the group lies on an edge.
    let taps = select(0, 4, edge);
    var inner = vec4<f32>(0.0);
    var outer = vec4<f32>(0.0);
    for (var i = 0; i < taps; i++) {
        let away = along * select(select(0.5, -0.5, i == 2), select(0.1666667, -0.1666667, i == 0), i < 2);
        let at = clamp(spot + away, in.place.xy + 0.5, in.place.zw - 0.5);
        let tap = textureSampleLevel(picture, smooth_sampler, at * in.back.zw, 0.0);
        outer += 0.25 * tap;
        inner += select(0.0, 0.5, i < 2) * tap;
    }
    let smoothed = select(outer, inner, outer.a < lowest || outer.a > highest);
    return vec4<f32>(select(centre, smoothed, edge).rgb, 1.0);
}
