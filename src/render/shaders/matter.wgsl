// What the geometry pass left of the matter under a pixel, and how it mirrors. Shared by the passes that light it.

// Something has a clear coat, or is wet.
override COAT: bool = true;
// Light passes through something.
override GLASS: bool = false;
// Something gives off light.
override GLOW: bool = true;

struct Matter {
    colour: vec3<f32>,
    roughness: f32,
    metallic: f32,
    coat: f32,
    normal: vec3<f32>,
    // given off, a radiance
    light: vec3<f32>,
    flags: u32,
    // its body's index from 1
    whose: u32,
    // the share that passes through, out of what is not mirrored, and its colour
    clear: f32,
    tint: vec3<f32>,
}

fn unfolded(at: vec2<f32>) -> vec3<f32> {
    let z = 1.0 - abs(at.x) - abs(at.y);
    let over = max(-z, 0.0);
    let side = select(vec2<f32>(over), vec2<f32>(-over), at >= vec2<f32>(0.0));
    return normalize(vec3<f32>(at + side, z));
}

// Twin of `light_packed` in `geometry.wgsl`.
fn light_given(bits: u32) -> vec3<f32> {
    let share = vec3<f32>(vec3<u32>(bits, bits >> 6u, bits >> 13u) & vec3<u32>(63u, 127u, 63u));
    return share * vec3<f32>(1.0 / 63.0, 1.0 / 127.0, 1.0 / 63.0) * bitcast<f32>((114u + (bits >> 19u)) << 23u);
}

fn matter_of(texel: vec4<u32>) -> Matter {
    let first = unpack4x8unorm(texel.x);
    let third = unpack4x8unorm(texel.z);
    var out: Matter;
    out.colour = first.rgb * first.rgb;
    out.roughness = first.a;
    out.metallic = third.x;
    out.coat = third.y;
    out.normal = unfolded(unpack2x16snorm(texel.y));
    out.light = vec3<f32>(0.0);
    if GLOW {
        out.light = light_given(texel.z >> 16u & 255u | (texel.w & 0xffffu) << 8u);
    }
    out.flags = texel.z & 0xff000000u;
    out.whose = texel.w >> 16u;
    if GLASS {
        // what passes through is not thrown back
        out.clear = f32(texel.z >> 24u & 31u) * (1.0 / 31.0) * (1.0 - out.metallic);
        out.tint = out.colour;
        out.colour = out.colour * (1.0 - out.clear);
    }
    return out;
}

// How a surface shares light out between mirroring and its inside.
struct Shares {
    // cosine to the eye, and what is mirrored head on
    facing: f32,
    base: vec3<f32>,
    // mirrored at once, mirrored after bouncing in the roughness, all that is mirrored over the first; given back from inside;
    // passed by the coat
    once: vec3<f32>,
    again: vec3<f32>,
    more: vec3<f32>,
    diffuse: vec3<f32>,
    coat: f32,
}

fn fresnel_of(base: vec3<f32>, cosine: f32) -> vec3<f32> {
    let grazing = 1.0 - clamp(cosine, 0.0, 1.0);
    let g2 = grazing * grazing;
    return base + (vec3<f32>(1.0) - base) * (g2 * g2 * grazing);
}

// No light is lost or made: what is mirrored after more than one bounce is added back, and the inside has what is left
// (Fdez-Agüera 2019, with Karis' fit of 2014 of the share that is mirrored over roughness and angle).
fn shares_of(matter: Matter, eye: vec3<f32>) -> Shares {
    var out: Shares;
    out.facing = max(dot(matter.normal, eye), 0.04);
    out.base = mix(vec3<f32>(0.04), matter.colour, matter.metallic);
    let r = matter.roughness * vec4<f32>(-1.0, -0.0275, -0.572, 0.022) + vec4<f32>(1.0, 0.0425, 1.04, -0.04);
    let tilt = 1.0 - out.facing;
    let t2 = tilt * tilt;
    let a004 = min(r.x * r.x, t2 * t2 * t2) * r.x + r.y;
    let split = vec2<f32>(-1.04, 1.04) * a004 + r.zw;
    out.once = out.base * split.x + split.y;
    let left = 1.0 - (split.x + split.y);
    let mean = out.base + (vec3<f32>(1.0) - out.base) * (1.0 / 21.0);
    out.more = vec3<f32>(1.0) / (vec3<f32>(1.0) - mean * left);
    out.again = out.once * (out.more - vec3<f32>(1.0));
    out.diffuse = matter.colour * (1.0 - matter.metallic) * (vec3<f32>(1.0) - out.once - out.again);
    out.coat = matter.coat * fresnel_of(vec3<f32>(0.04), out.facing).x;
    return out;
}

// GGX with a correlated masking term: the share of a small light's irradiance that leaves towards the eye, the cosine included.
fn highlight(normal: vec3<f32>, eye: vec3<f32>, towards: vec3<f32>, alpha: f32, facing: f32) -> vec2<f32> {
    let level = max(dot(normal, towards), 0.0);
    let halfway = normalize(eye + towards);
    let a2 = alpha * alpha;
    let nh = max(dot(normal, halfway), 0.0);
    let spread = (nh * nh) * (a2 - 1.0) + 1.0;
    let k = 0.5 * alpha;
    let masking = (facing * (1.0 - k) + k) * (level * (1.0 - k) + k);
    return vec2<f32>(min(0.25 * a2 / (spread * spread * masking), 40.0) * level, dot(eye, halfway));
}

// What leaves towards the eye of a light from `towards` with an irradiance of 1; `softness` is its angular radius.
fn from_light(matter: Matter, shares: Shares, eye: vec3<f32>, towards: vec3<f32>, softness: f32) -> vec3<f32> {
    let alpha = max(matter.roughness * matter.roughness, 0.003) + 0.5 * softness;
    let shine = highlight(matter.normal, eye, towards, alpha, shares.facing);
    let under = shares.diffuse * max(dot(matter.normal, towards), 0.0) + fresnel_of(shares.base, shine.y) * shares.more * shine.x;
    if !COAT {
        return under;
    }
    let over = highlight(matter.normal, eye, towards, 0.01 + 0.5 * softness, shares.facing);
    return under * (1.0 - shares.coat) + vec3<f32>(matter.coat * fresnel_of(vec3<f32>(0.04), over.y).x * over.x);
}
