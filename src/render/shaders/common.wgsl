// Shared by every pass: the frame's numbers, the sky, and reading the packed channels. Twin of `layout.rs`.

struct Frame {
    // width and height in pixels, near plane in metres, exposure
    size: vec4<f32>,
    // focal x, focal y, centre x, centre y, in pixels
    lens: vec4<f32>,
    next_lens: vec4<f32>,
    // camera axes in the world frame; right.w is 1 where a next snapshot exists
    right: vec4<f32>,
    down: vec4<f32>,
    forward: vec4<f32>,
    // towards the sun; w is its angular radius
    sun_direction: vec4<f32>,
    sun: vec4<f32>,
    sky: vec4<f32>,
    horizon: vec4<f32>,
    ground: vec4<f32>,
    // rows that map eye-relative world points to light space in metres: x, y in [-half, half], z from the light
    shadow_x: vec4<f32>,
    shadow_y: vec4<f32>,
    shadow_z: vec4<f32>,
    // half the map's width in metres, its depth range in metres, texels in a row, 1 where there is a caster
    shadow_size: vec4<f32>,
    // points of a unit disc; xy and zw hold two
    disc: array<vec4<f32>, 4>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

fn viewing_ray(pixel: vec2<f32>) -> vec3<f32> {
    let across = (pixel - frame.lens.zw) / frame.lens.xy;
    return frame.right.xyz * across.x + frame.down.xyz * across.y + frame.forward.xyz;
}

// Radiance that arrives along `direction`, blurred by `blur` (0 sharp to 1 fully diffuse).
fn environment(direction: vec3<f32>, blur: f32) -> vec3<f32> {
    let z = direction.z;
    let up = clamp(z, 0.0, 1.0);
    let high = mix(frame.horizon.rgb, frame.sky.rgb, mix(up * (2.0 - up), 0.6, 0.5 * blur));
    let low = mix(frame.horizon.rgb, frame.ground.rgb, clamp(0.35 - 2.5 * z, 0.0, 1.0));
    let width = 0.06 + 0.9 * blur;
    return mix(low, high, smoothstep(-width, width, z));
}

struct Point {
    // relative to the eye, in the world's axes
    at: vec3<f32>,
    normal: vec3<f32>,
    // its body's index from 1 and instance, as in the exact channel; 0 for sky
    ids: u32,
}

fn point_under(channels: texture_2d<u32>, pixel: vec2<i32>) -> Point {
    let inside = min(pixel, vec2<i32>(frame.size.xy) - 1);
    let texel = textureLoad(channels, inside, 0);
    var out: Point;
    out.at = viewing_ray(vec2<f32>(inside) + 0.5) * bitcast<f32>(texel.x);
    out.normal = normalize(unpack4x8snorm(texel.z).xyz + vec3<f32>(0.0, 0.0, 1e-6));
    out.ids = texel.y;
    return out;
}
