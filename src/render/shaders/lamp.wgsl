// One lamp's light on what the geometry pass found, added to that of the lamps before it.

struct Lamp {
    // relative to the eye, in the world's axes; w is its radius in metres
    at: vec4<f32>,
    // along its cone; w is the cosine beyond which it does not shine
    direction: vec4<f32>,
    // irradiance 1 m away; w is the cosine within which it shines fully
    colour: vec4<f32>,
    // faces of its shadow map (0: none, 1: its cone, 6: all round), the first of them, tiles in a row of the atlas, the nearest
    // depth in metres
    shadow: vec4<f32>,
    // the cone's face: right and down; w: the tangent of half its angle, texels of a tile
    right: vec4<f32>,
    down: vec4<f32>,
    // where on the screen it shines: left, bottom, right, top
    reach: vec4<f32>,
}

@group(0) @binding(1) var exact: texture_2d<u32>;
@group(0) @binding(2) var matter_texels: texture_2d<u32>;
@group(0) @binding(3) var atlas: texture_2d<f32>;
@group(1) @binding(0) var<uniform> lamp_numbers: Lamp;

var<private> lamp: Lamp;

struct Cover {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place: vec4<f32>,
    @location(1) @interpolate(flat) lens: vec4<f32>,
    @location(2) @interpolate(flat) eye_right: vec4<f32>,
    @location(3) @interpolate(flat) eye_down: vec4<f32>,
    @location(4) @interpolate(flat) forward: vec4<f32>,
    @location(5) @interpolate(flat) at: vec4<f32>,
    @location(6) @interpolate(flat) direction: vec4<f32>,
    @location(7) @interpolate(flat) colour: vec4<f32>,
    @location(8) @interpolate(flat) shadow: vec4<f32>,
    @location(9) @interpolate(flat) right: vec4<f32>,
    @location(10) @interpolate(flat) down: vec4<f32>,
    @location(11) @interpolate(flat) air: vec4<f32>,
    @location(12) @interpolate(flat) haze: vec4<f32>,
    @location(13) @interpolate(flat) eye: vec4<f32>,
}

@vertex
fn lamp_vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) view: u32) -> Cover {
    numbers = views[view];
    var out: Cover;
    out.position = vec4<f32>(mix(lamp_numbers.reach.xy, lamp_numbers.reach.zw, corner_of(index)), 0.0, 1.0);
    out.place = numbers.place;
    out.lens = numbers.lens;
    out.eye_right = numbers.right;
    out.eye_down = numbers.down;
    out.forward = numbers.forward;
    out.at = lamp_numbers.at;
    out.direction = lamp_numbers.direction;
    out.colour = lamp_numbers.colour;
    out.shadow = lamp_numbers.shadow;
    out.right = lamp_numbers.right;
    out.down = lamp_numbers.down;
    out.air = numbers.air;
    out.haze = numbers.haze;
    out.eye = numbers.eye;
    return out;
}

fn take(in: Cover) {
    take_eye(in.place, in.lens, in.eye_right, in.eye_down, in.forward);
    lamp.at = in.at;
    lamp.direction = in.direction;
    lamp.colour = in.colour;
    lamp.shadow = in.shadow;
    lamp.right = in.right;
    lamp.down = in.down;
    frame.air = in.air;
    frame.haze = in.haze;
    frame.eye = in.eye;
}

// Where a point lies from the lamp: across the face (-1 to 1), the depth along it, and which face.
struct OnFace {
    across: vec2<f32>,
    depth: f32,
    face: f32,
}

// The faces all round, in the order of their axes: +x, -x, +y, -y, +z, -z. Twin of `lamps.rs`.
fn on_face(away: vec3<f32>) -> OnFace {
    var out: OnFace;
    let size = abs(away);
    let along_x = size.x >= size.y && size.x >= size.z;
    let along_y = !along_x && size.y >= size.z;
    let main = select(select(away.z, away.y, along_y), away.x, along_x);
    let axis = select(select(2.0, 1.0, along_y), 0.0, along_x);
    let side = select(select(away.xy, away.zx, along_y), away.yz, along_x);
    let is_cone = lamp.shadow.x < 1.5;
    let ahead = dot(away, lamp.direction.xyz);
    let cone = vec2<f32>(dot(away, lamp.right.xyz), dot(away, lamp.down.xyz)) / (max(ahead, 1e-4) * lamp.right.w);
    out.depth = select(abs(main), ahead, is_cone);
    out.across = select(side / max(abs(main), 1e-4), cone, is_cone);
    out.face = select(2.0 * axis + select(0.0, 1.0, main < 0.0), 0.0, is_cone);
    return out;
}

fn stored_depth(face: f32, across: vec2<f32>) -> f32 {
    let tile_texels = lamp.down.w;
    let tile = u32(lamp.shadow.y + face);
    let row = u32(lamp.shadow.z);
    let corner = vec2<f32>(vec2<u32>(tile % row, tile / row)) * tile_texels;
    let cell = clamp(floor((across * 0.5 + 0.5) * tile_texels), vec2<f32>(0.0), vec2<f32>(tile_texels - 1.0));
    let stored = textureLoad(atlas, vec2<i32>(corner + cell), 0).r;
    return select(lamp.shadow.w / stored, 1.0e9, stored <= 0.0);
}

// The share of the lamp that a point sees; its penumbra grows with the lamp and with the distance to what shades.
fn lamp_seen(away: vec3<f32>, normal: vec3<f32>, turn: vec2<f32>) -> f32 {
    let span = select(1.0, lamp.right.w, lamp.shadow.x < 1.5);
    let distance = length(away);
    let texel_m = 2.0 * span * distance / lamp.down.w;
    let slant = 1.0 - max(-dot(normal, away) / distance, 0.0);
    let place = on_face(away + normal * (texel_m * (0.6 + 1.6 * slant)));
    let slack = 0.002 + texel_m * (0.3 + 1.2 * slant);
    let texel = 2.0 / lamp.down.w;
    let search = clamp(lamp.at.w / (place.depth * span), 1.5 * texel, 0.12);
    var sum = 0.0;
    var found = 0.0;
    for (var i = 1u; i < 8u; i += 2u) {
        let gap = place.depth - stored_depth(place.face, place.across + turned(DISC[i], turn) * search);
        let blocks = select(0.0, 1.0, gap > slack);
        sum += gap * blocks;
        found += blocks;
    }
    let gap = sum / max(found, 1.0);
    let width = clamp(lamp.at.w * gap / (max(place.depth - gap, 0.05) * place.depth * span), 1.2 * texel, 0.12);
    var seen = 0.0;
    for (var i = 0u; i < 8u; i++) {
        let stored = stored_depth(place.face, place.across + turned(DISC[i], turn) * width);
        seen += select(0.0, 0.125, stored >= place.depth - slack);
    }
    return seen;
}

@fragment
fn lamp_fragment(in: Cover) -> @location(0) vec4<f32> {
    take(in);
    let pixel = vec2<i32>(in.position.xy);
    let point = point_under(exact, pixel);
    var matter = matter_of(textureLoad(matter_texels, pixel, 0));
    if AIR {
        matter = wetted(matter, point.at);
    }
    let away = point.at - lamp.at.xyz;
    let distance = max(length(away), 1e-4);
    let towards = -away / distance;
    // a ball of its radius is never nearer than its skin
    let near_m = max(distance, max(lamp.at.w, 0.005));
    let cone = smoothstep(lamp.direction.w, lamp.colour.w + 1e-4, dot(-towards, lamp.direction.xyz));
    let shares = shares_of(matter, -normalize(point.at));
    let light = from_light(matter, shares, -normalize(point.at), towards, min(lamp.at.w / near_m, 0.5));
    let which = (pixel.x & 1) + 2 * (pixel.y & 1);
    let turn = select(
        select(vec2<f32>(1.0, 0.0), vec2<f32>(0.7071068, 0.7071068), which == 1),
        select(vec2<f32>(0.9238795, 0.3826834), vec2<f32>(0.3826834, 0.9238795), which == 3),
        which >= 2,
    );
    var seen = 1.0;
    if lamp.shadow.x > 0.5 {
        seen = lamp_seen(away, point.normal, turn);
    }
    let shines = select(cone * seen / (near_m * near_m), 0.0, point.ids == 0u);
    return vec4<f32>(min(light * lamp.colour.rgb * shines, vec3<f32>(30000.0)), 0.0);
}
