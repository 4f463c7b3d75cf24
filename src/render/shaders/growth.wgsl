// Patterns of what grows and of what is packed; `surface` in geometry.wgsl chooses among them. All fade to their mean where a
// pixel covers their features.

// Corrugated cardboard: flutes along x, `scale` apart, that show faintly through the liner, long fibres, worn patches.
fn cardboard(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let pitch = body.pattern.x;
    let wave = sin(6.2831853 * (at.y / pitch + 0.15 * noise(at / (pitch * 9.0), seed + 4u)));
    let flute = wave * fade(pitch * 0.5, pixel);
    let fibre = noise(vec2<f32>(at.x / (pitch * 0.9), at.y / (pitch * 0.11)), seed) - 0.5;
    let speck = smoothstep(0.78, 0.92, noise(at / (pitch * 0.16), seed + 1u));
    let worn = noise(at / (pitch * 14.0), seed + 2u);
    let fine = fade(pitch * 0.2, pixel);
    let share = clamp(0.25 + 0.5 * (worn - 0.5) + 0.35 * fibre * fine + 0.12 * flute, 0.0, 1.0);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, share) * (1.0 - 0.22 * speck * fine);
    look.roughness = clamp(body.colour.w + 0.06 * fibre * fine, 0.3, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

// Skin: blotches where blood shows in the second colour, creases and pores of about `scale` that take light and gloss away.
fn skin(local: vec3<f32>, pixel: f32, seed: u32) -> Look {
    let size = max(body.pattern.x, 1e-4);
    // sheared, so that no side of a limb is smeared
    let at = vec2<f32>(local.x + 0.71 * local.z, local.y - 0.63 * local.z);
    let broad = mix(0.5, noise(at / (size * 22.0), seed), fade(size * 22.0, pixel));
    let blood = broad * 0.65 + mix(0.5, noise(at / (size * 7.0), seed + 1u), fade(size * 7.0, pixel)) * 0.35;
    let crease = abs(noise(vec2<f32>(at.x + 0.4 * at.y, at.y) / (size * 1.6), seed + 2u) - 0.5);
    let lines = (1.0 - smoothstep(0.0, 0.10, crease)) * fade(size * 0.8, pixel);
    let pores = smoothstep(0.72, 0.90, noise(at / (size * 0.5), seed + 3u)) * fade(size * 0.5, pixel);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, smoothstep(0.30, 0.75, blood)) * (1.0 - 0.10 * lines - 0.14 * pores);
    look.roughness = clamp(body.colour.w + 0.10 * lines + 0.08 * (blood - 0.5), 0.05, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

// How much of a leaf is seen at `at`, in cells of one leaf each, and its tint: x the share, y the tint, z along its midrib.
fn leaf(at: vec2<f32>, seed: u32, soft: f32) -> vec3<f32> {
    let cell = floor(at);
    let hash = cell_hash(vec2<i32>(cell), seed);
    let turn = 6.2831853 * unit(hash);
    let shift = 0.3 * (vec2<f32>(unit(scramble(hash)), unit(scramble(hash + 1u))) - 0.5);
    let from_middle = at - cell - 0.5 - shift;
    let along = from_middle.x * cos(turn) + from_middle.y * sin(turn);
    let across = from_middle.y * cos(turn) - from_middle.x * sin(turn);
    // pointed at both ends: two arcs that meet
    let half = 0.20 * max(1.0 - (along / 0.44) * (along / 0.44), 0.0);
    let inside = clamp((half - abs(across)) / soft + 0.5, 0.0, 1.0) * step(abs(along), 0.44);
    return vec3<f32>(inside, unit(scramble(hash + 2u)), abs(across));
}

// Leaves of about `scale`, three layers of them, the lower ones darker; the second colour is the shade between them.
fn foliage(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let p = at / body.pattern.x;
    let soft = max(pixel / body.pattern.x, 0.02);
    let clump = 0.75 + 0.5 * noise(p / 6.0, seed + 7u);
    var colour = body.second.rgb;
    var gloss = 0.0;
    for (var layer = 0u; layer < 3u; layer += 1u) {
        let shift = vec2<f32>(0.37, 0.61) * f32(layer);
        let one = leaf(p * (1.15 - 0.12 * f32(layer)) + shift, seed + layer, soft);
        let lit = (0.45 + 0.275 * f32(layer)) * (0.70 + 0.6 * one.y);
        let rib = 1.0 + 0.25 * clamp((0.02 - one.z) / soft + 0.5, 0.0, 1.0);
        let tinted = body.colour.rgb * lit * rib * vec3<f32>(0.85 + 0.3 * one.y, 1.0, 0.9);
        colour = mix(colour, tinted, one.x);
        gloss = mix(gloss, 0.2 * one.y, one.x);
    }
    let shown = fade(body.pattern.x, pixel);
    // what three layers come to on average
    let mean = mix(body.second.rgb, body.colour.rgb, 0.6) * 0.85;
    var look: Look;
    look.colour = mix(mean, colour, shown) * clump;
    look.roughness = clamp(body.colour.w - gloss * shown, 0.05, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}
