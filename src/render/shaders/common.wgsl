// Shared by every pass: the frame's numbers, the sky, and reading the packed channels. Twin of `layout.rs`.
//
// Several pictures may be drawn at once, side by side in the same targets: the views. A picture alone is the only view.
//
// A software driver fetches every number of a buffer anew for every pixel, and that costs more than all the arithmetic here;
// what vertices hand on flat costs nothing. So only vertex stages read `numbers`, and each pass hands on what its pixels need.

struct Frame {
    // width and height of the targets in pixels, near plane in metres
    size: vec4<f32>,
    // where the view lies in the targets: left, top, right, bottom, in pixels
    place: vec4<f32>,
    // left and top of where it is shown, width and height of what it is shown in, in pixels
    shown: vec4<f32>,
    // 1 / focal x, 1 / focal y, centre x, centre y, in the targets' pixels
    lens: vec4<f32>,
    // camera axes in the world frame; w of the first two: 1 / width and height of the visibility in texels
    right: vec4<f32>,
    down: vec4<f32>,
    forward: vec4<f32>,
    // towards the sun; w is its angular radius
    sun_direction: vec4<f32>,
    // w is the exposure
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
    // left, top, width and height of the map in the texture that holds those of all views, as shares
    shadow_place: vec4<f32>,
    // extinction of the air per metre; how wet what lies open is; share of level ground under puddles; time in seconds
    air: vec4<f32>,
    // what the air itself shines with; rain in mm/h
    haze: vec4<f32>,
    // the eye's place in the world modulo 1024 m, for what lies on the ground; snow in mm/h
    eye: vec4<f32>,
    // a panorama all round: cosine and sine of its turn, its strength, the number of its most blurred copy
    dome: vec4<f32>,
}

@group(0) @binding(0) var<storage, read> views: array<Frame>;

// Those of the view that a vertex belongs to.
var<private> numbers: Frame;

// What a pixel knows of them.
var<private> frame: Frame;

// Takes what the vertices handed on of where the camera is.
fn take_eye(place: vec4<f32>, lens: vec4<f32>, right: vec4<f32>, down: vec4<f32>, forward: vec4<f32>) {
    frame.place = place;
    frame.lens = lens;
    frame.right = right;
    frame.down = down;
    frame.forward = forward;
}

// In the matter's flags: edges are not smoothed; the colour is what the picture shows, whatever light and exposure; puddles may lie here.
const IS_CRISP: u32 = 0x80000000u;
const IS_FIXED: u32 = 0x40000000u;
const IS_LEVEL_GROUND: u32 = 0x20000000u;

fn viewing_ray(pixel: vec2<f32>) -> vec3<f32> {
    let across = (pixel - frame.lens.zw) * frame.lens.xy;
    return frame.right.xyz * across.x + frame.down.xyz * across.y + frame.forward.xyz;
}

// A corner of a rectangle of two triangles, 0 or 1 along each side.
fn corner_of(index: u32) -> vec2<f32> {
    return vec2<f32>(f32(index & 1u), f32(index >> 1u));
}

// A corner of the view's rectangle in targets that are `part` as large along each side, whose pixels it fills.
fn corner_of_view(index: u32, part: f32) -> vec4<f32> {
    let low = floor(numbers.place.xy * part);
    let high = ceil(numbers.place.zw * part);
    let at = mix(low, high, corner_of(index)) / ceil(numbers.size.xy * part);
    return vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}

struct Point {
    // relative to the eye, in the world's axes
    at: vec3<f32>,
    normal: vec3<f32>,
    // its body's index from 1 and instance, as in the exact channel; 0 for sky
    ids: u32,
}

fn point_under(channels: texture_2d<u32>, pixel: vec2<i32>) -> Point {
    let inside = min(pixel, vec2<i32>(frame.place.zw) - 1);
    let texel = textureLoad(channels, inside, 0);
    var out: Point;
    out.at = viewing_ray(vec2<f32>(inside) + 0.5) * bitcast<f32>(texel.x);
    out.normal = normalize(unpack4x8snorm(texel.z).xyz + vec3<f32>(0.0, 0.0, 1e-6));
    out.ids = texel.y;
    return out;
}

// Eight points that cover the unit disc evenly (a sunflower).
const DISC = array<vec2<f32>, 8>(
    vec2<f32>(0.2500000, 0.0000000),
    vec2<f32>(-0.3192901, 0.2924959),
    vec2<f32>(0.0488725, -0.5568765),
    vec2<f32>(0.4024445, 0.5249176),
    vec2<f32>(-0.7385351, -0.1306365),
    vec2<f32>(0.6996049, -0.4450314),
    vec2<f32>(-0.2340042, 0.8704838),
    vec2<f32>(-0.4462713, -0.8592682),
);

fn turned(at: vec2<f32>, turn: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(at.x * turn.x - at.y * turn.y, at.x * turn.y + at.y * turn.x);
}
