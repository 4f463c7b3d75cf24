// The geometry pass: every exact channel, and what the light pass needs to know of the matter, in one go. Depth, ids, normal
// and flow share one integer target, so that no blending or rounding of a driver can touch them.

override SURFACE: u32 = 0u;
struct Varying {
    @builtin(position) position: vec4<f32>,
    // normal and place in the world's axes, relative to the eye; place in the body's; homogeneous pixel in the next snapshot
    @location(0) normal: vec3<f32>,
    @location(1) at: vec3<f32>,
    @location(2) local: vec3<f32>,
    @location(3) next: vec3<f32>,
    @location(4) @interpolate(flat) colour: vec4<f32>,
    @location(5) @interpolate(flat) second: vec4<f32>,
    // as in the body, but for 1 / focal x in w
    @location(6) @interpolate(flat) pattern: vec4<f32>,
    @location(7) @interpolate(flat) ids: vec4<u32>,
    // as in the body, but for the optical axis in w: there may be no more varyings
    @location(8) @interpolate(flat) world_x: vec4<f32>,
    @location(9) @interpolate(flat) world_y: vec4<f32>,
    @location(10) @interpolate(flat) world_z: vec4<f32>,
    @location(11) @interpolate(flat) next_x: vec4<f32>,
    @location(12) @interpolate(flat) next_y: vec4<f32>,
    @location(13) @interpolate(flat) next_z: vec4<f32>,
    // what a round shape is met as
    @location(14) @interpolate(flat) extent: vec4<f32>,
}

struct Targets {
    // depth bits, ids, packed normal, packed flow
    @location(0) exact: vec4<u32>,
    // square roots of the colour and roughness; normal that light sees; metallic, coat, eight bits of the light given off, and
    // flags over five bits of the share of light that passes through; the other sixteen bits, and whose it is
    @location(1) matter: vec4<u32>,
}

@vertex
fn geometry_vertex(vertex: Vertex) -> Varying {
    return varying_of(vertex);
}

fn varying_of(vertex: Vertex) -> Varying {
    choose(vertex.which);
    let local = select(vertex.core * met_box(), local_point(vertex), MET == AS_FACETS);
    // the sides of a cone lean by its slope
    let lean = vec3<f32>(vertex.core.xy * 2.0 * thing.extent.z, thing.cone.x - thing.cone.y);
    let is_side = thing.cone.z * (1.0 - abs(vertex.normal.z));
    let normal = mix(vertex.normal, lean * inverseSqrt(max(dot(lean, lean), 1e-20)), is_side);
    let one = vec4<f32>(local, 1.0);
    var out: Varying;
    out.position = to_clip(local);
    out.normal = vec3<f32>(dot(thing.world_x.xyz, normal), dot(thing.world_y.xyz, normal), dot(thing.world_z.xyz, normal));
    out.at = to_world(local);
    out.local = local;
    out.next = vec3<f32>(dot(thing.next_x, one), dot(thing.next_y, one), dot(thing.next_z, one));
    out.colour = thing.colour;
    out.second = thing.second;
    out.pattern = vec4<f32>(thing.pattern.xyz, numbers.lens.x);
    out.ids = thing.ids;
    out.world_x = vec4<f32>(thing.world_x.xyz, numbers.forward.x);
    out.world_y = vec4<f32>(thing.world_y.xyz, numbers.forward.y);
    out.world_z = vec4<f32>(thing.world_z.xyz, numbers.forward.z);
    out.next_x = thing.next_x;
    out.next_y = thing.next_y;
    out.next_z = thing.next_z;
    out.extent = met_extent();
    return out;
}

// What a pattern makes of the material at one point.
struct Look {
    colour: vec3<f32>,
    roughness: f32,
    metallic: f32,
    // added to the normal's height, as a slope in the body's frame
    slope: vec3<f32>,
}

fn scramble(value: u32) -> u32 {
    var h = value;
    h = (h ^ (h >> 16u)) * 0x7feb352du;
    h = (h ^ (h >> 15u)) * 0x846ca68bu;
    return h ^ (h >> 16u);
}

fn cell_hash(cell: vec2<i32>, seed: u32) -> u32 {
    return scramble(bitcast<u32>(cell.x) * 0x8da6b343u ^ bitcast<u32>(cell.y) * 0xd8163841u ^ seed * 0x9e3779b1u);
}

fn unit(hash: u32) -> f32 {
    return f32(hash >> 8u) * (1.0 / 16777216.0);
}

// A cheaper hash for noise: one round, top bits.
fn corner(x: u32, y: u32) -> f32 {
    var h = (x ^ y) * 0x2c1b3c6du;
    h = h ^ (h >> 15u);
    return f32((h * 0x297a2d39u) >> 8u) * (1.0 / 16777216.0);
}

// Smooth value noise in 0..1.
fn noise(at: vec2<f32>, seed: u32) -> f32 {
    let base = floor(at);
    let part = at - base;
    let blend = part * part * (3.0 - 2.0 * part);
    let x0 = bitcast<u32>(i32(base.x)) * 0x8da6b343u;
    let x1 = x0 + 0x8da6b343u;
    let y0 = bitcast<u32>(i32(base.y)) * 0xd8163841u + seed * 0x9e3779b1u;
    let y1 = y0 + 0xd8163841u;
    let low = mix(corner(x0, y0), corner(x1, y0), blend.x);
    let high = mix(corner(x0, y1), corner(x1, y1), blend.x);
    return mix(low, high, blend.y);
}

// How much of a feature of `size` survives where one pixel covers `pixel` metres.
fn fade(size: f32, pixel: f32) -> f32 {
    return clamp(1.6 - 1.6 * pixel / size, 0.0, 1.0);
}

// A line of half width `half` around 0, softened to the pixel.
fn line(distance: f32, half: f32, pixel: f32) -> f32 {
    let soft = max(pixel, 0.0001);
    return clamp((half - distance) / soft + 0.5, 0.0, 1.0) * min(1.0, 2.0 * half / soft + 0.15);
}

// The face's own plane: along and across, from the axis the normal follows most.
fn face_plane(local: vec3<f32>, normal: vec3<f32>) -> vec2<f32> {
    let size = abs(normal);
    let side = select(local.xz, local.yz, size.x > size.y);
    return select(side, local.xy, size.z >= max(size.x, size.y));
}

fn wood(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let width = body.pattern.x;
    let row = floor(at.y / width);
    let row_hash = cell_hash(vec2<i32>(i32(row), 7), seed);
    // boards of a row are as long as each other, those of the next row are not
    let board = width * (6.0 + 5.0 * unit(scramble(row_hash)));
    let along = at.x / board + unit(row_hash);
    let hash = cell_hash(vec2<i32>(i32(floor(along)), i32(row)), seed + 1u);
    let tint = unit(hash);
    let warmth = unit(scramble(hash)) - 0.5;
    let across = at.y - row * width;
    // each board is cut from another place of the tree
    let u = (at.x + tint * 31.0) / width;
    let v = across / width + tint * 57.0;
    // slow figure bends the rings into arches; the clouds' finer sway keeps them from looking drawn
    let figure = noise(vec2<f32>(u * 0.22, v * 0.9), seed + 2u) - 0.5;
    let cloud = noise(vec2<f32>(u * 0.8, v * 2.0), seed + 6u);
    let sway = cloud - 0.5;
    let rings = (across / width) * (2.0 + 3.0 * tint) + figure * 7.0 + sway * 0.8;
    let part = rings - floor(rings);
    let ring = smoothstep(0.0, 0.80, part) * (1.0 - smoothstep(0.82, 1.0, part));
    let ring_seen = mix(0.4, ring, fade(width * 0.12, pixel));
    let fibre_size = width * 0.016;
    let fibre = mix(0.5, noise(vec2<f32>(u * 1.7, across / fibre_size + sway * 6.0), seed + 4u), fade(fibre_size * 1.3, pixel));
    let pore = max(fibre - 0.72, 0.0);
    let dark = clamp(0.16 * ring_seen * (0.5 + cloud) + 0.20 * (fibre - 0.5) + 0.34 * cloud + 0.5 * pore, 0.0, 1.0);
    var colour = mix(body.colour.rgb, body.second.rgb, dark);
    colour = colour * (0.88 + 0.20 * tint) * vec3<f32>(1.0 + 0.05 * warmth, 1.0 - 0.02 * warmth, 1.0 - 0.12 * warmth);
    let to_side = min(across, width - across);
    let to_end = min(along - floor(along), 1.0 - (along - floor(along))) * board;
    let joint = max(line(to_side, 0.0005, pixel), line(to_end, 0.0005, pixel));
    var look: Look;
    look.colour = colour * (1.0 - 0.42 * joint);
    look.roughness = clamp(body.colour.w + 0.16 * (fibre - 0.5) + 0.10 * ring_seen + 0.3 * joint, 0.04, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn fabric(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let thread = at / body.pattern.x;
    let cell = floor(thread);
    let part = thread - cell - 0.5;
    let over = f32((i32(cell.x) + i32(cell.y)) & 1);
    let hump = mix(1.0 - 4.0 * part.y * part.y, 1.0 - 4.0 * part.x * part.x, over);
    let shown = fade(body.pattern.x * 1.2, pixel);
    let uneven = unit(cell_hash(vec2<i32>(cell), seed));
    let cloud = noise(at / (body.pattern.x * 14.0), seed + 3u);
    let light = 0.80 + shown * (0.32 * (hump - 0.667) + 0.16 * (uneven - 0.5)) + 0.24 * (cloud - 0.5);
    let share = mix(0.5, over, shown) * 0.5;
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, share) * light;
    look.roughness = max(body.colour.w, 0.75);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn brushed(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let size = body.pattern.x;
    let fine = noise(vec2<f32>(at.x / (size * 40.0), at.y / size), seed);
    let broad = noise(vec2<f32>(at.x / (size * 120.0), at.y / (size * 5.0)), seed + 1u);
    let streak = (fine - 0.5) * fade(size * 1.5, pixel) + 0.6 * (broad - 0.5) * fade(size * 6.0, pixel);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, clamp(0.25 + 0.5 * streak, 0.0, 1.0));
    look.roughness = clamp(body.colour.w + 0.22 * streak, 0.05, 1.0);
    look.metallic = body.second.w;
    look.slope = vec3<f32>(0.0, 0.05 * streak, 0.02 * streak);
    return look;
}

fn concrete(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let p = at / body.pattern.x;
    let broad = noise(p, seed);
    let middle = mix(0.5, noise(p * 3.7, seed + 1u), fade(body.pattern.x * 0.3, pixel));
    let fine = mix(0.5, noise(p * 17.0, seed + 2u), fade(body.pattern.x * 0.07, pixel));
    let pit = smoothstep(0.86, 0.96, noise(p * 31.0, seed + 3u)) * fade(body.pattern.x * 0.04, pixel);
    let share = clamp(0.20 + 0.55 * (broad - 0.5) + 0.4 * (middle - 0.5) + 0.25 * (fine - 0.5), 0.0, 1.0);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, share) * (1.0 - 0.25 * pit);
    look.roughness = clamp(body.colour.w + 0.1 * (fine - 0.5), 0.05, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

// 1 within an ellipse of half axes `half` round 0, softened to the pixel.
fn ellipse(at: vec2<f32>, half: vec2<f32>, pixel: f32) -> f32 {
    let q = at / half;
    return clamp((1.0 - length(q)) * half.y / max(pixel, 1e-5) + 0.5, 0.0, 1.0);
}

// A printed can: body colour all over, and twice round it a badge, three signs and a pale picture below.
fn label(local: vec3<f32>, normal: vec3<f32>, pixel: f32, seed: u32) -> Look {
    let height = max(body.pattern.y, 1e-4);
    let radius = max(body.pattern.z, 1e-4);
    let side = step(abs(normal.z), 0.6);
    let turn = atan2(local.y, local.x) * (1.0 / 6.2831853) + unit(scramble(seed));
    let panel = (turn - floor(turn)) * 2.0;
    let x = (panel - floor(panel) - 0.5) * 3.1415927 * radius;
    let z = local.z;
    let ink = body.second.rgb;
    let size = min(1.1 * radius, 0.40 * height);
    // the ground is paler towards the foot, with a faint diagonal weave
    let weave = (x + z) / (0.14 * size);
    let shade = 0.05 * (abs(weave - floor(weave) - 0.5) - 0.25) * fade(0.28 * size, pixel);
    let foot = 0.14 * smoothstep(0.2, -0.9, z / height);
    var colour = mix(body.colour.rgb, vec3<f32>(0.95, 0.80, 0.42), foot) * (1.0 + shade);
    // badge: white rim, ink, a pale bar
    let badge = vec2<f32>(x, z - 0.48 * height);
    colour = mix(colour, vec3<f32>(0.86), ellipse(badge, vec2<f32>(0.80, 0.50) * size, pixel) * side);
    colour = mix(colour, ink, ellipse(badge, vec2<f32>(0.72, 0.43) * size, pixel) * side);
    let bar_wave = badge.y - 0.05 * size * (1.0 - badge.x * badge.x / (0.3 * size * size));
    let bar = line(abs(bar_wave), 0.10 * size, pixel) * step(abs(badge.x), 0.50 * size);
    let stroke = badge.x / (0.13 * size);
    let gap = step(0.24, stroke - floor(stroke));
    colour = mix(colour, vec3<f32>(0.88), bar * mix(0.75, gap, fade(0.13 * size, pixel)) * side);
    // three signs of blocks
    let sign = vec2<f32>(x / (0.54 * size) + 1.5, (z - 0.01 * height) / (0.54 * size) + 0.5);
    let block = (sign - floor(sign)) * vec2<f32>(5.0, 5.0);
    let which = vec2<i32>(i32(floor(sign.x)) * 8 + i32(floor(block.x)), i32(floor(block.y)));
    let frame_block = step(block.x, 4.0) * step(block.y, 5.0);
    let filled = step(0.34, unit(cell_hash(which, seed + 9u))) * frame_block;
    let in_row = step(0.0, sign.x) * step(sign.x, 3.0) * step(0.0, sign.y) * step(sign.y, 1.0);
    colour = mix(colour, ink, in_row * mix(0.5, filled, fade(0.16 * size, pixel)) * side);
    // the pale picture: two leaning ovals
    let low = vec2<f32>(x, z + 0.52 * height);
    let first = vec2<f32>(low.x + 0.22 * size + 0.3 * low.y, low.y);
    let second = vec2<f32>(low.x - 0.26 * size - 0.4 * low.y, low.y + 0.10 * size);
    colour = mix(colour, vec3<f32>(0.62, 0.26, 0.04), ellipse(first, vec2<f32>(0.50, 0.34) * size, pixel) * side);
    colour = mix(colour, vec3<f32>(0.90, 0.62, 0.20), ellipse(first, vec2<f32>(0.46, 0.29) * size, pixel) * side);
    colour = mix(colour, vec3<f32>(0.60, 0.24, 0.04), ellipse(second, vec2<f32>(0.42, 0.30) * size, pixel) * side);
    colour = mix(colour, vec3<f32>(0.93, 0.68, 0.26), ellipse(second, vec2<f32>(0.38, 0.25) * size, pixel) * side);
    var look: Look;
    look.colour = colour;
    look.roughness = body.colour.w;
    look.metallic = body.second.w;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn chequer(at: vec2<f32>, pixel: f32) -> Look {
    let p = at / body.pattern.x;
    // the integral of a chequer over the pixel, so that it turns grey instead of aliasing
    let w = max(pixel / body.pattern.x, 1e-4);
    let q = abs(p * 0.5 - floor(p * 0.5) - 0.5);
    let part = clamp((q - 0.25) * 2.0 / w, vec2<f32>(-1.0), vec2<f32>(1.0)) * fade(body.pattern.x, pixel);
    let share = 0.5 - 0.5 * part.x * part.y;
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, share);
    look.roughness = body.colour.w;
    look.metallic = body.second.w;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn tile(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let p = at / body.pattern.x;
    let cell = floor(p);
    let part = abs(p - cell - 0.5);
    let to_joint = (0.5 - max(part.x, part.y)) * body.pattern.x;
    let joint = line(to_joint, 0.0025, pixel);
    let tint = unit(cell_hash(vec2<i32>(cell), seed));
    let vein = noise(p * 2.6 + tint * 40.0, seed + 1u) * 0.6 + noise(p * 9.0 + tint * 17.0, seed + 2u) * 0.4 * fade(body.pattern.x * 0.12, pixel);
    var look: Look;
    look.colour = mix(body.colour.rgb * (0.90 + 0.10 * tint + 0.14 * (vein - 0.5)), body.second.rgb, joint);
    look.roughness = clamp(body.colour.w + 0.5 * joint + 0.08 * (vein - 0.5), 0.05, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

// Rolled asphalt: stones that show near by, patches and worn bands along x, and cracks filled with tar.
fn asphalt(at: vec2<f32>, pixel: f32, seed: u32) -> Look {
    let size = body.pattern.x;
    let stone = mix(0.5, noise(at / size, seed), fade(size * 1.5, pixel));
    let grain = mix(0.5, noise(at / (size * 0.37), seed + 1u), fade(size * 0.5, pixel));
    let patches = noise(at / vec2<f32>(9.0, 1.9), seed + 2u);
    let cloud = noise(at / vec2<f32>(2.6, 0.9), seed + 3u);
    // where tyres run it is worn and polished: two bands a lane, which wander a little
    let sway = 0.25 * noise(vec2<f32>(at.x / 31.0, 0.5), seed + 4u);
    let band = abs(fract((at.y + sway) / 1.83) - 0.5);
    let worn = smoothstep(0.16, 0.42, band);
    // tar runs across now and then
    let joint_at = at.x / 17.0 + 0.02 * noise(vec2<f32>(at.y / 0.7, at.x / 40.0), seed + 5u);
    let joint_cell = floor(joint_at);
    let is_joint = step(0.62, unit(cell_hash(vec2<i32>(i32(joint_cell), 3), seed)));
    let joint = line(abs(joint_at - joint_cell - 0.5) * 17.0, 0.022, pixel) * is_joint;
    let share = clamp(0.35 + 0.45 * (patches - 0.5) + 0.35 * (cloud - 0.5) + 0.20 * worn + 0.9 * (stone - 0.5) + 0.5 * (grain - 0.5), 0.0, 1.4);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, share) * (1.0 - 0.5 * joint);
    look.roughness = clamp(body.colour.w - 0.05 * worn + 0.12 * (stone - 0.5), 0.05, 1.0);
    look.metallic = 0.0;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn plain(local: vec3<f32>, pixel: f32, seed: u32) -> Look {
    let size = max(body.pattern.x, 1e-4);
    let at = vec2<f32>(local.x + 0.71 * local.z, local.y - 0.63 * local.z) / size;
    let mottle = noise(at, seed) - 0.5;
    let shown = fade(size, pixel);
    var look: Look;
    look.colour = mix(body.colour.rgb, body.second.rgb, clamp(0.06 + 0.10 * mottle * shown, 0.0, 1.0));
    look.roughness = clamp(body.colour.w + 0.06 * mottle * shown, 0.04, 1.0);
    look.metallic = body.second.w;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn even() -> Look {
    var look: Look;
    look.colour = body.colour.rgb;
    look.roughness = body.colour.w;
    look.metallic = body.second.w;
    look.slope = vec3<f32>(0.0);
    return look;
}

fn surface(local: vec3<f32>, normal: vec3<f32>, pixel: f32) -> Look {
    let seed = body.ids.x;
    // constant while the pipeline is built: each pattern has a pipeline of its own
    if SURFACE == 1u {
        return wood(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 2u {
        return fabric(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 3u {
        return brushed(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 4u {
        return concrete(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 5u {
        return label(local, normal, pixel, seed);
    }
    if SURFACE == 6u {
        return chequer(face_plane(local, normal), pixel);
    }
    if SURFACE == 7u {
        return tile(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 8u {
        return asphalt(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 11u {
        return even();
    }
    if SURFACE == 12u {
        return cardboard(face_plane(local, normal), pixel, seed);
    }
    if SURFACE == 13u {
        return skin(local, pixel, seed);
    }
    if SURFACE == 14u {
        return foliage(face_plane(local, normal), pixel, seed);
    }
    return plain(local, pixel, seed);
}

// White or black, whatever the light.
fn threshold() -> f32 {
    return select(0.0, 1.0, dot(body.colour.rgb, vec3<f32>(0.2126, 0.7152, 0.0722)) > 0.5);
}

// A unit vector as a point of the square that its octahedron unfolds to (Meyer et al. 2010).
fn folded(normal: vec3<f32>) -> vec2<f32> {
    let flat_at = normal.xy / (abs(normal.x) + abs(normal.y) + abs(normal.z));
    let side = select(vec2<f32>(-1.0), vec2<f32>(1.0), flat_at >= vec2<f32>(0.0));
    return select(flat_at, (vec2<f32>(1.0) - abs(flat_at.yx)) * side, normal.z < 0.0);
}

// A point of a surface: relative to the eye in the world's axes, in the body's, and its homogeneous pixel in the next snapshot.
struct Place {
    at: vec3<f32>,
    normal: vec3<f32>,
    local: vec3<f32>,
    next: vec3<f32>,
    depth: f32,
}

struct MetTargets {
    @location(0) exact: vec4<u32>,
    @location(1) matter: vec4<u32>,
    @builtin(frag_depth) depth: f32,
}

@fragment
fn geometry_fragment(in: Varying) -> Targets {
    return shaded(in, Place(in.at, normalize(in.normal), in.local, in.next, 1.0 / in.position.w));
}

// Where the ray through this pixel meets the shape; `is_met` only before the eye.
fn met_at(in: Varying, ray: vec3<f32>) -> Hit {
    let own_ray = in.world_x.xyz * ray.x + in.world_y.xyz * ray.y + in.world_z.xyz * ray.z;
    var hit = meet(in.local, own_ray, in.extent);
    let near = in.position.z / in.position.w;
    hit.is_met = hit.is_met && length(in.at) + hit.along > near;
    return hit;
}

@fragment
fn met_fragment(in: Varying) -> MetTargets {
    let ray = normalize(in.at);
    let hit = met_at(in, ray);
    if !hit.is_met {
        discard;
    }
    let at = in.at + ray * hit.along;
    let normal = normalize(vec3<f32>(
        dot(in.world_x.xyz, hit.normal),
        dot(in.world_y.xyz, hit.normal),
        dot(in.world_z.xyz, hit.normal),
    ));
    let one = vec4<f32>(hit.at, 1.0);
    let next = vec3<f32>(dot(in.next_x, one), dot(in.next_y, one), dot(in.next_z, one));
    let depth = dot(at, vec3<f32>(in.world_x.w, in.world_y.w, in.world_z.w));
    let targets = shaded(in, Place(at, normal, hit.at, next, depth));
    return MetTargets(targets.exact, targets.matter, clamp(in.position.z / in.position.w / depth, 0.0, 1.0));
}

fn shaded(in: Varying, place: Place) -> Targets {
    body.colour = in.colour;
    body.second = in.second;
    body.pattern = in.pattern;
    body.ids = in.ids;
    let at = place.at;
    let normal = place.normal;
    let local_normal = in.world_x.xyz * normal.x + in.world_y.xyz * normal.y + in.world_z.xyz * normal.z;
    let facing = dot(normal, at) * -inverseSqrt(dot(at, at));
    let look = surface(place.local, local_normal, place.depth * in.pattern.w / max(facing, 0.12));
    let lean = vec3<f32>(
        dot(in.world_x.xyz, look.slope),
        dot(in.world_y.xyz, look.slope),
        dot(in.world_z.xyz, look.slope),
    );
    return written(in, place, look, lean, look.colour * bitcast<f32>(in.ids.w));
}

// Light given off, in 24 bits: the power of two above the brightest channel, and shares of it in 63rds, 127ths for green.
// Twin of `light_given` in `matter.wgsl`.
fn light_packed(light: vec3<f32>) -> u32 {
    let kept = clamp(light, vec3<f32>(0.0), vec3<f32>(65504.0));
    let power = (bitcast<u32>(max(max(kept.r, kept.g), max(kept.b, 0.00006103515625))) >> 23u) - 113u;
    let share = vec3<u32>(kept * bitcast<f32>((140u - power) << 23u) * vec3<f32>(63.0, 127.0, 63.0) + 0.5);
    return share.r | share.g << 6u | share.b << 13u | power << 19u;
}

// What a point of this look leaves; `lean` is added to the normal that light sees, `light` is what it gives off.
fn written(in: Varying, place: Place, look: Look, lean: vec3<f32>, light: vec3<f32>) -> Targets {
    let normal = place.normal;
    let moves = (in.ids.z & MOVES) != 0u;
    let flow = select(vec2<f32>(0.0), place.next.xy / max(place.next.z, 1e-3) - in.position.xy, moves);
    let is_crisp = SURFACE == 9u || SURFACE == 10u;
    let is_threshold = SURFACE == 9u;
    let colour = select(look.colour, vec3<f32>(threshold()), is_threshold);

    let given = light_packed(light);

    var out: Targets;
    out.exact = vec4<u32>(
        bitcast<u32>(place.depth),
        in.ids.y,
        pack4x8snorm(vec4<f32>(normal, 0.0)),
        pack2x16float(clamp(flow, vec2<f32>(-60000.0), vec2<f32>(60000.0))),
    );
    out.matter = vec4<u32>(
        pack4x8unorm(vec4<f32>(sqrt(clamp(colour, vec3<f32>(0.0), vec3<f32>(1.0))), look.roughness)),
        pack2x16snorm(folded(normalize(normal + lean))),
        u32(clamp(look.metallic, 0.0, 1.0) * 255.0 + 0.5) | (in.ids.z & 0x1f00ff00u) | (given & 255u) << 16u
            | select(0u, IS_CRISP, is_crisp) | select(0u, IS_FIXED, is_threshold) | select(0u, IS_LEVEL_GROUND, (in.ids.z & IS_GROUND) != 0u),
        // whose it is, too: in clear air the light pass then reads this texel alone
        given >> 8u | (in.ids.y & 0xffff0000u),
    );
    return out;
}

// What is left where nothing was drawn: the depth test tells. A software driver clears texels of this size one by one.
@vertex
fn nothing_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(corner_of(index) * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn nothing_fragment() -> Targets {
    return Targets(vec4<u32>(0u), vec4<u32>(0u));
}
