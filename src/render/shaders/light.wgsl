// Light on what the geometry pass found: sun, sky and surroundings, then exposure, the tone curve and the sRGB encoding. Its
// rectangles lie infinitely far, so that the depth test parts surfaces from sky before any pixel is worked out.

@group(0) @binding(1) var exact: texture_2d<u32>;
@group(0) @binding(2) var matter_texels: texture_2d<u32>;
@group(0) @binding(3) var visibility: texture_2d<u32>;
@group(0) @binding(4) var nearest: sampler;
@group(0) @binding(5) var lamplight: texture_2d<f32>;
@group(0) @binding(6) var behind: texture_2d<f32>;

@group(0) @binding(7) var panorama: texture_2d<f32>;
@group(0) @binding(8) var all_round: sampler;

// Radiance as it is, for those who make their own picture of it, instead of the encoded picture.
override LINEAR: bool = false;
// Lamps have been drawn.
override LAMPS: bool = false;
// A panorama is all round, not the sky.
override DOME: bool = false;

struct Cover {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place: vec4<f32>,
    @location(1) @interpolate(flat) lens: vec4<f32>,
    @location(2) @interpolate(flat) right: vec4<f32>,
    @location(3) @interpolate(flat) down: vec4<f32>,
    @location(4) @interpolate(flat) forward: vec4<f32>,
    @location(5) @interpolate(flat) sun_direction: vec4<f32>,
    @location(6) @interpolate(flat) sun: vec4<f32>,
    @location(7) @interpolate(flat) sky: vec4<f32>,
    @location(8) @interpolate(flat) horizon: vec4<f32>,
    @location(9) @interpolate(flat) ground: vec4<f32>,
    @location(10) @interpolate(flat) air: vec4<f32>,
    @location(11) @interpolate(flat) haze: vec4<f32>,
    @location(12) @interpolate(flat) eye: vec4<f32>,
    // across from the sun, level: where the window is that mirrors show; how bright it is. Of a dome its own four numbers
    @location(13) @interpolate(flat) window: vec4<f32>,
    // the view's part of the visibility, in texels: between which of them a pixel may look
    @location(14) @interpolate(flat) half_place: vec4<f32>,
}

@vertex
fn cover_vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) view: u32) -> Cover {
    numbers = views[view];
    var out: Cover;
    out.position = corner_of_view(index, 1.0);
    out.place = numbers.place;
    out.lens = numbers.lens;
    out.right = numbers.right;
    out.down = numbers.down;
    out.forward = numbers.forward;
    out.sun_direction = numbers.sun_direction;
    out.sun = numbers.sun;
    out.sky = numbers.sky;
    out.horizon = numbers.horizon;
    out.ground = numbers.ground;
    out.air = numbers.air;
    out.haze = numbers.haze;
    out.eye = numbers.eye;
    let sun = numbers.sun_direction;
    let ahead = sun.xy * inverseSqrt(max(dot(sun.xy, sun.xy), 1e-6));
    let side = vec2<f32>(-0.80 * ahead.x - 0.60 * ahead.y, 0.60 * ahead.x - 0.80 * ahead.y);
    out.window = vec4<f32>(side, 1.6 * smoothstep(0.02, 0.05, sun.w), 0.0);
    if DOME {
        out.window = numbers.dome;
    }
    let place = numbers.place;
    out.half_place = vec4<f32>(place.xy * 0.5 + 1.0, max(ceil(place.zw * 0.5) - 1.0, place.xy * 0.5 + 1.0));
    return out;
}

var<private> window: vec4<f32>;
var<private> half_place: vec4<f32>;

fn take(in: Cover) {
    take_eye(in.place, in.lens, in.right, in.down, in.forward);
    frame.sun_direction = in.sun_direction;
    frame.sun = in.sun;
    frame.sky = in.sky;
    frame.horizon = in.horizon;
    frame.ground = in.ground;
    frame.air = in.air;
    frame.haze = in.haze;
    frame.eye = in.eye;
    window = in.window;
    half_place = in.half_place;
}

// `smoothstep` from -width to width, with the width's inverse.
fn rise(at: f32, per_width: f32) -> f32 {
    let t = clamp(0.5 + 0.5 * at * per_width, 0.0, 1.0);
    return t * t * (3.0 - 2.0 * t);
}

// What a dome shows towards `direction`, blurred by `blur`.
fn dome_at(direction: vec3<f32>, blur: f32) -> vec3<f32> {
    let x = window.x * direction.x + window.y * direction.y;
    let y = window.x * direction.y - window.y * direction.x;
    // straight up and down there is no azimuth: any will do, but not none
    let ahead = select(x, 1e-6, max(abs(x), abs(y)) < 1e-6);
    let across = 0.5 - atan2(y, ahead) * 0.15915494;
    let down = acos(clamp(direction.z, -1.0, 1.0)) * 0.31830989;
    return textureSampleLevel(panorama, all_round, vec2<f32>(across, down), blur * window.w).rgb * window.z;
}

// Radiance that arrives along `direction`, blurred by `blur` (0 sharp to 1 fully diffuse).
fn environment(direction: vec3<f32>, blur: f32) -> vec3<f32> {
    if DOME {
        return dome_at(direction, blur);
    }
    let z = direction.z;
    let up = clamp(z, 0.0, 1.0);
    let high = mix(frame.horizon.rgb, frame.sky.rgb, mix(up * (2.0 - up), 0.6, 0.5 * blur));
    let low = mix(frame.horizon.rgb, frame.ground.rgb, clamp(0.35 - 2.5 * z, 0.0, 1.0));
    return mix(low, high, rise(z, 1.0 / (0.06 + 0.9 * blur)));
}

// What a surface mirrors: the surroundings, the glow round the sun, and where the sun is as large as a lamp or a window, a tall
// pale window across from it. Without the last two, varnish and metal would have nothing to show.
fn mirrored(direction: vec3<f32>, blur: f32) -> vec3<f32> {
    if DOME {
        return dome_at(direction, blur);
    }
    let glow = rise(dot(direction, frame.sun_direction.xyz) - (0.775 - 0.25 * blur), 1.0 / (0.225 + 0.25 * blur));
    let level = direction.xy * inverseSqrt(max(dot(direction.xy, direction.xy), 1e-6));
    let per_edge = 1.0 / (0.03 + 0.35 * blur);
    let wide = rise(dot(level, window.xy) - 0.90, per_edge);
    let tall = rise(direction.z - 0.05, per_edge) * (1.0 - rise(direction.z - 0.75, per_edge));
    return environment(direction, blur) + frame.sun.rgb * (0.45 * glow + window.z * wide * tall);
}

// The camera's curve, on the brightest channel so that hues stay. Darks are lifted, as cameras do, by up to 2.2 below 0.02;
// then it is linear up to 0.72, and above it rolls off towards white and loses saturation with it. White paper in full sun
// (linear 1) comes out at 0.86, which is 238 of 255.
fn tone(linear: vec3<f32>) -> vec3<f32> {
    let peak = max(linear.r, max(linear.g, linear.b));
    let start = 0.72;
    let room = 1.0 - start;
    // Lifted to peak * (1 + 0.024 / below) * (1.02 / 1.044), then rolled off to 1 - room² / (lifted + room - start): all over one
    // denominator, as divisions are what costs here.
    let below = peak + 0.02;
    let raised = (peak + 0.044) * (1.02 / 1.044);
    let beyond = max(peak * raised, start * below) + (room - start) * below;
    let some = max(peak, 1e-6);
    let per = 1.0 / (below * beyond * some);
    let lift = raised * beyond * some * per;
    let lifted = lift * peak;
    let share = select(lift, (beyond - room * room * below) * below * per, lifted > start);
    let out = share * peak;
    let over = 0.12 * max(lifted - out, 0.0);
    return mix(linear * share, vec3<f32>(min(out, 1.0)), over / (over + 1.0));
}

// sRGB encoding as a polynomial of the square root: within a fifth of a step of 255, and the same on every driver.
fn encode(linear: vec3<f32>) -> vec3<f32> {
    let c = clamp(linear, vec3<f32>(0.0), vec3<f32>(1.0));
    let s = sqrt(c);
    let curve = (((-0.30957028 * s + 0.84278871) * s - 0.94486007) * s + 1.44789942) * s - 0.0370047;
    return select(curve, 12.92 * c, c < vec3<f32>(0.0031308));
}

// Sun in a and surroundings in rgb, out of the four half-size pixels round this one. Those of other bodies do not count, unless
// all are; the rest weigh the same: together they hold the four turns of the shadow's disc, so that no pattern is left.
fn seen_at(pixel: vec2<i32>, whose: u32) -> vec4<f32> {
    let between = clamp(vec2<f32>((pixel + 1) >> vec2<u32>(1u)), half_place.xy, half_place.zw);
    let four = textureGather(0, visibility, nearest, between * vec2<f32>(frame.right.w, frame.down.w));
    let is_own = (four & vec4<u32>(127u)) == vec4<u32>(whose & 127u);
    let counts = select(is_own, vec4<bool>(true), !any(is_own));
    let kept = select(vec4<u32>(0u), four, counts);
    let ones = select(vec4<u32>(0u), vec4<u32>(1u), counts);
    // two fields at a time, so far apart that four of them can be added
    let red_blue = kept >> vec4<u32>(7u) & vec4<u32>(0x1fc07fu);
    let green_sun = kept >> vec4<u32>(14u) & vec4<u32>(0x3c07fu);
    let sums = vec2<u32>(red_blue.x + red_blue.y + red_blue.z + red_blue.w, green_sun.x + green_sun.y + green_sun.z + green_sun.w);
    let scale = 1.0 / f32(127u * (ones.x + ones.y + ones.z + ones.w));
    let low = vec2<f32>(sums & vec2<u32>(0x1ffu));
    let high = vec2<f32>(sums >> vec2<u32>(14u));
    return vec4<f32>(low.x, low.y, high.x, high.y * (127.0 / 15.0)) * scale;
}

fn hemisphere(normal: vec3<f32>) -> vec3<f32> {
    if DOME {
        return dome_at(normal, 1.0);
    }
    // sky from above, the ground's bounce from below, the horizon all round
    let up = 0.5 + 0.5 * normal.z;
    let level = 0.45 * (1.0 - normal.z * normal.z) + 0.12;
    return mix(mix(frame.ground.rgb, frame.sky.rgb, up), frame.horizon.rgb, level);
}

// Light that leaves a surface towards the eye, but for lamps.
fn lit(matter: Matter, eye: vec3<f32>, seen: vec4<f32>, mirrored_there: vec4<f32>) -> vec3<f32> {
    let shares = shares_of(matter, eye);
    let sun = from_light(matter, shares, eye, frame.sun_direction.xyz, frame.sun_direction.w);
    let open = hemisphere(matter.normal);
    let back = reflect(-eye, matter.normal);
    let around = mirrored(back, matter.roughness);
    let under = shares.diffuse * open + mix(around, mirrored_there.rgb, mirrored_there.a) * shares.once + open * shares.again;
    var ambient = under;
    if COAT {
        let over = mix(mirrored(back, 0.05), mirrored_there.rgb, mirrored_there.a) * shares.coat;
        ambient = under * (1.0 - shares.coat) + over;
    }
    ambient = min(ambient, vec3<f32>(60.0));
    return min(sun, vec3<f32>(60.0)) * frame.sun.rgb * seen.a + ambient * seen.rgb + matter.light;
}

// What glass shows on top of what its face does: what lies behind, and what its back mirrors. It is a pane or a thin wall: light
// is not bent, and meets a second face like the first, between which it goes to and fro.
fn through_glass(matter: Matter, eye: vec3<f32>, direction: vec3<f32>, pixel: vec2<f32>, away_m: f32, open: vec3<f32>) -> vec3<f32> {
    let shares = shares_of(matter, eye);
    let face = shares.once + shares.again;
    let passed = (vec3<f32>(1.0) - face) / (vec3<f32>(1.0) + face);
    let back = mirrored(reflect(-eye, matter.normal), matter.roughness) * open * face * matter.tint;
    var there = behind_at(pixel, matter.roughness);
    if AIR {
        there = before_air(there, away_m, direction);
    }
    return passed * (there + back) * matter.tint * matter.clear;
}

// What lies behind a pixel, blurred as far as rough glass scatters it.
fn behind_at(pixel: vec2<f32>, roughness: f32) -> vec3<f32> {
    let reach_px = 0.12 * roughness * roughness / frame.lens.x;
    let taps = select(0u, 8u, reach_px > 0.5);
    var sum = textureLoad(behind, vec2<i32>(pixel), 0).rgb;
    for (var i = 0u; i < taps; i++) {
        let spot = clamp(pixel + DISC[i] * reach_px, frame.place.xy, frame.place.zw - 1.0);
        sum += textureLoad(behind, vec2<i32>(spot), 0).rgb;
    }
    return sum / f32(1u + taps);
}

// What is written: the picture, and how bright it is to whoever smooths its edges.
fn picture_of(linear: vec3<f32>, encoded: vec3<f32>, smooths: f32) -> vec4<f32> {
    let bright = dot(encoded, vec3<f32>(0.299, 0.587, 0.114)) * smooths;
    if LINEAR {
        return vec4<f32>(min(linear, vec3<f32>(65000.0)), bright);
    }
    return vec4<f32>(encoded, bright);
}

@fragment
fn light_fragment(in: Cover) -> @location(0) vec4<f32> {
    take(in);
    let pixel = vec2<i32>(in.position.xy);
    let ray = viewing_ray(in.position.xy);
    let per_away = inverseSqrt(dot(ray, ray));
    let direction = ray * per_away;
    var matter = matter_of(textureLoad(matter_texels, pixel, 0));
    var there = vec4<f32>(0.0);
    var depth = 0.0;
    if AIR {
        depth = bitcast<f32>(textureLoad(exact, pixel, 0).x);
        matter = wetted(matter, ray * depth);
        there = mirrored_in_water(matter, ray * depth, direction);
    }
    let seen = seen_at(pixel, matter.whose);
    var linear = lit(matter, -direction, seen, there);
    if LAMPS {
        linear += textureLoad(lamplight, pixel, 0).rgb;
    }
    if GLASS {
        linear += through_glass(matter, -direction, direction, in.position.xy, depth / per_away, seen.rgb);
    }
    if AIR {
        linear = through_air(linear, depth / per_away, direction, in.position.xy - frame.place.xy);
    }
    // a fixed colour is black or white, which every encoding leaves alone
    let is_fixed = (matter.flags & IS_FIXED) != 0u;
    let encoded = select(encode(tone(linear * frame.sun.w)), matter.colour, is_fixed);
    // where edges stay as they are, nothing is brighter than its neighbour to whoever smooths them
    let is_crisp = (matter.flags & IS_CRISP) != 0u;
    return picture_of(linear, encoded, select(1.0, 0.0, is_crisp));
}

// Where no surface is: the depth test tells.
@fragment
fn sky_fragment(in: Cover) -> @location(0) vec4<f32> {
    take(in);
    let ray = viewing_ray(in.position.xy);
    let direction = ray * inverseSqrt(dot(ray, ray));
    var linear = environment(direction, 0.0);
    if AIR {
        linear = through_air(linear, 1.0e6, direction, in.position.xy - frame.place.xy);
    }
    return picture_of(linear, encode(tone(linear * frame.sun.w)), 1.0);
}
