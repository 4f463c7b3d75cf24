// Water on what lies open, and puddles: for every pass that lights matter.

// There is something in the air or water on the ground.
override AIR: bool = false;

fn air_hash(cell: vec2<i32>, seed: u32) -> u32 {
    var h = bitcast<u32>(cell.x) * 0x8da6b343u ^ bitcast<u32>(cell.y) * 0xd8163841u ^ seed * 0x9e3779b1u;
    h = (h ^ (h >> 16u)) * 0x7feb352du;
    h = (h ^ (h >> 15u)) * 0x846ca68bu;
    return h ^ (h >> 16u);
}

fn air_unit(hash: u32) -> f32 {
    return f32(hash >> 8u) * (1.0 / 16777216.0);
}

fn air_noise(at: vec2<f32>, seed: u32) -> f32 {
    let base = floor(at);
    let part = at - base;
    let blend = part * part * (3.0 - 2.0 * part);
    let cell = vec2<i32>(base);
    let low = mix(air_unit(air_hash(cell, seed)), air_unit(air_hash(cell + vec2<i32>(1, 0), seed)), blend.x);
    let high = mix(air_unit(air_hash(cell + vec2<i32>(0, 1), seed)), air_unit(air_hash(cell + vec2<i32>(1, 1), seed)), blend.x);
    return mix(low, high, blend.y);
}

// A film of water darkens what is rough, since light is held in its pores, and mirrors like a coat (Lagarde 2013). Puddles are
// deep enough to be level, and ruffled by rain.
fn wetted(dry: Matter, at: vec3<f32>) -> Matter {
    let place = frame.eye.xy + at.xy;
    let open = smoothstep(-0.2, 0.5, dry.normal.z) * (1.0 - dry.metallic);
    let film = frame.air.y * open;
    let hollow = 0.65 * air_noise(place * 0.31, 5u) + 0.35 * air_noise(place * 1.3, 6u);
    let is_ground = select(0.0, 1.0, (dry.flags & IS_LEVEL_GROUND) != 0u && dry.normal.z > 0.98);
    // hollows are spread about a half: the share below `level` is about the share asked for
    let level = 0.5 + 0.42 * (2.0 * frame.air.z - 1.0);
    let water = is_ground * smoothstep(0.015, -0.015, hollow - level) * step(0.001, frame.air.z);
    let porous = dry.roughness;
    var out = dry;
    let dark = mix(1.0, 1.0 - 0.55 * porous, film);
    out.colour = dry.colour * mix(dark, 0.35, water);
    out.roughness = mix(mix(dry.roughness, min(dry.roughness, 0.35), 0.6 * film), 0.04, water);
    out.coat = max(dry.coat, max(0.55 * film, water));
    let ruffle = min(frame.haze.w * 0.004, 0.05) * water;
    let ring = vec2<f32>(air_noise(place * 14.0 + frame.air.w * 3.1, 7u), air_noise(place * 14.0 - frame.air.w * 2.7, 8u)) - 0.5;
    out.normal = normalize(mix(dry.normal, vec3<f32>(0.0, 0.0, 1.0), water) + vec3<f32>(ring * ruffle, 0.0));
    return out;
}
