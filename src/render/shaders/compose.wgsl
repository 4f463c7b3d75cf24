// Puts sun, surroundings and visibility together, then exposure, the tone curve and the sRGB encoding.

@group(0) @binding(1) var light: texture_2d<u32>;
@group(0) @binding(2) var visibility: texture_2d<u32>;

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let at = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(at * 2.0 - 1.0, 0.0, 1.0);
}

// The camera's curve, on the brightest channel so that hues stay. Darks are lifted, as cameras do, by up to 2.2 below 0.02;
// then it is linear up to 0.72, and above it rolls off towards white and loses saturation with it. White paper in full sun
// (linear 1) comes out at 0.86, which is 238 of 255.
fn tone(linear: vec3<f32>) -> vec3<f32> {
    let peak = max(linear.r, max(linear.g, linear.b));
    let lifted = peak * (1.0 + 0.024 / (peak + 0.02)) * (1.02 / 1.044);
    let start = 0.72;
    let room = 1.0 - start;
    let rolled = 1.0 - room * room / (max(lifted, start) + room - start);
    let out = select(lifted, rolled, lifted > start);
    let scaled = linear * (out / max(peak, 1e-6));
    let pale = 1.0 - 1.0 / (0.12 * max(lifted - out, 0.0) + 1.0);
    return mix(scaled, vec3<f32>(min(out, 1.0)), pale);
}

// sRGB encoding from square roots only: within half a step of 255, and the same on every driver.
fn encode(linear: vec3<f32>) -> vec3<f32> {
    let c = clamp(linear, vec3<f32>(0.0), vec3<f32>(1.0));
    let s1 = sqrt(c);
    let s2 = sqrt(s1);
    let s3 = sqrt(s2);
    let curve = 0.662002687 * s1 + 0.684122060 * s2 - 0.323583601 * s3 - 0.0225411470 * c;
    return select(curve, 12.92 * c, c < vec3<f32>(0.0031308));
}

// How much a half-size pixel says about a pixel of body `own`. All four neighbours weigh the same: together they hold the
// four turns of the shadow's disc, so that no pattern is left.
fn weight(texel: vec4<u32>, own: u32) -> f32 {
    return select(0.0001, 1.0, texel.x == own);
}

@fragment
fn compose_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(position.xy);
    let texel = textureLoad(light, pixel, 0);
    let own = texel.w;
    let limit = (vec2<i32>(frame.size.xy) + 1) / 2 - 1;
    let base = pixel / 2;
    let step_to = clamp(base + (pixel & vec2<i32>(1)) * 2 - 1, vec2<i32>(0), limit);
    let a = textureLoad(visibility, base, 0);
    let b = textureLoad(visibility, vec2<i32>(step_to.x, base.y), 0);
    let c = textureLoad(visibility, vec2<i32>(base.x, step_to.y), 0);
    let d = textureLoad(visibility, step_to, 0);
    let weights = vec4<f32>(weight(a, own), weight(b, own), weight(c, own), weight(d, own));
    let sum = unpack4x8unorm(a.y) * weights.x
        + unpack4x8unorm(b.y) * weights.y
        + unpack4x8unorm(c.y) * weights.z
        + unpack4x8unorm(d.y) * weights.w;
    let seen = sum / dot(weights, vec4<f32>(1.0));
    let first = unpack2x16float(texel.x);
    let second = unpack2x16float(texel.y);
    let third = unpack2x16float(texel.z & 0x7fffffffu);
    let surface = vec3<f32>(first, second.x) * seen.a + vec3<f32>(second.y, third) * seen.rgb;
    let sky = environment(normalize(viewing_ray(position.xy)), 0.0);
    let linear = select(surface, sky, own == 0u) * frame.size.w;
    let colour = encode(tone(linear));
    // where edges stay as they are, nothing is brighter than its neighbour to the pass that smooths them
    let is_crisp = texel.z >> 31u == 1u;
    return vec4<f32>(colour, select(dot(colour, vec3<f32>(0.299, 0.587, 0.114)), 0.0, is_crisp));
}
