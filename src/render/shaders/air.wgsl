// Weather in the air, for the light pass: what puddles mirror, fog, dust, rain and snow.

// Fog and dust lie near the ground: the height, in metres, up to which the air counts on the way to the sky.
const HAZE_HEIGHT_M: f32 = 300.0;

// What a wet, level surface shows of the picture itself: colour, and how sure it is of it. It follows the mirrored ray over the
// depths of the picture; what lies outside the picture or behind something stays unknown and is left to the surroundings.
fn mirrored_in_water(matter: Matter, at: vec3<f32>, direction: vec3<f32>) -> vec4<f32> {
    let ray = reflect(direction, matter.normal);
    var found = vec4<f32>(0.0);
    var length_m = 0.05 + 0.01 * length(at);
    for (var i = 0u; i < 20u; i++) {
        let here = at + ray * length_m;
        let depth = dot(here, frame.forward.xyz);
        let across = vec2<f32>(dot(here, frame.right.xyz), dot(here, frame.down.xyz)) / (max(depth, 1e-3) * frame.lens.xy);
        let spot = across + frame.lens.zw;
        let inside = all(spot >= frame.place.xy) && all(spot < frame.place.zw) && depth > 0.01;
        let pixel = vec2<i32>(clamp(spot, frame.place.xy, frame.place.zw - 1.0));
        let texel = textureLoad(exact, pixel, 0);
        let behind = depth - bitcast<f32>(texel.x);
        let hit = inside && texel.y != 0u && behind > 0.0 && behind < 0.3 * length_m + 0.05 && found.a == 0.0;
        let other = matter_of(textureLoad(matter_texels, pixel, 0));
        let bright = hemisphere(other.normal) + frame.sun.rgb * (0.6 * max(dot(other.normal, frame.sun_direction.xyz), 0.0));
        let border = min(spot - frame.place.xy, frame.place.zw - spot) / (0.08 * (frame.place.zw - frame.place.xy));
        let sure = clamp(min(border.x, border.y), 0.0, 1.0);
        found = select(found, vec4<f32>(other.colour * bright + other.light, sure), hit);
        length_m *= 1.32;
    }
    return found * vec4<f32>(1.0, 1.0, 1.0, matter.coat * step(0.98, matter.normal.z));
}

// One sheet of falling things at `away_m`: how much of a pixel they cover. `size` are width and length of one in metres,
// `per_m3` how many there are, `speed` how fast they fall in m/s.
fn falling(pixel: vec2<f32>, away_m: f32, size: vec2<f32>, per_m3: f32, speed: f32, seed: u32) -> f32 {
    let px_per_m = 1.0 / (frame.lens.y * away_m);
    let thing_px = max(size * px_per_m, vec2<f32>(0.7, 0.7));
    let cell_px = thing_px * vec2<f32>(6.0, 2.5);
    let fallen = vec2<f32>(0.08 * speed * frame.air.w * px_per_m, speed * frame.air.w * px_per_m);
    let at = (pixel - fallen) / cell_px;
    let column = floor(at.x);
    let shifted = vec2<f32>(at.x, at.y + air_unit(air_hash(vec2<i32>(i32(column), 11), seed)));
    let cell = vec2<i32>(floor(shifted));
    let hash = air_hash(cell, seed + 1u);
    let volume_m3 = cell_px.x * cell_px.y / (px_per_m * px_per_m) * 0.7 * away_m;
    let there = step(air_unit(hash), min(per_m3 * volume_m3, 0.9));
    let part = (shifted - floor(shifted) - 0.5) * cell_px;
    let centre = vec2<f32>((air_unit(air_hash(cell, seed + 2u)) - 0.5) * (cell_px.x - thing_px.x), 0.0);
    let off = abs(part - centre) / (0.5 * thing_px);
    let shown = clamp(1.0 - off.x * off.x, 0.0, 1.0) * clamp(1.0 - off.y * off.y, 0.0, 1.0);
    // what is narrower than a pixel covers less of it
    let true_px = size * px_per_m;
    return there * shown * min(true_px.x / thing_px.x, 1.0);
}

// The share of light that is left after so many metres of air.
fn kept_by_air(away_m: f32, direction: vec3<f32>) -> f32 {
    return exp(-frame.air.x * min(away_m, HAZE_HEIGHT_M / max(direction.z, 1.0e-4)));
}

// What was there before the air on the last metres, which fog and dust have taken from and added to.
fn before_air(seen: vec3<f32>, away_m: f32, direction: vec3<f32>) -> vec3<f32> {
    let kept = max(kept_by_air(away_m, direction), 0.02);
    return max(seen - frame.haze.rgb * (1.0 - kept), vec3<f32>(0.0)) / kept;
}

// Koschmieder: what lies `away_m` off keeps exp(-extinction * distance) of its light, and the air on the way adds its own. Drops
// and flakes that are near enough are seen one by one.
fn through_air(linear: vec3<f32>, away_m: f32, direction: vec3<f32>, pixel: vec2<f32>) -> vec3<f32> {
    let kept = kept_by_air(away_m, direction);
    var out = linear * kept + frame.haze.rgb * (1.0 - kept);
    let rain = frame.haze.w;
    let snow = frame.eye.w;
    let bright = 0.5 * (frame.sky.rgb + frame.horizon.rgb);
    for (var i = 0u; i < 4u; i++) {
        let sheet_m = 1.2 * exp2(f32(i));
        let nearer = step(sheet_m, away_m);
        // drops of 2 mm that fall at 6.5 m/s are streaks in an exposure of 1/60 s; their number after Marshall and Palmer (1948)
        let drops = falling(pixel, sheet_m, vec2<f32>(0.002, 0.11), 30.0 * pow(max(rain, 0.0), 0.6) * step(0.01, rain), 6.5, 20u + i);
        let flakes = falling(pixel, sheet_m, vec2<f32>(0.006, 0.02), 90.0 * pow(max(snow, 0.0), 0.8) * step(0.01, snow), 1.1, 40u + i);
        out = mix(out, out * 0.6 + bright * 0.5, min(drops * nearer * 0.5, 1.0));
        out = mix(out, bright * 0.9, min(flakes * nearer * 0.85, 1.0));
    }
    return out;
}
