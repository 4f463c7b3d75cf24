// Where a pixel's ray meets a round shape, exactly, in the shape's own frame. Round shapes are drawn as the far faces of the box
// round them: the eye may then be anywhere, and no triangle bends. Twin of `Met` in `mesh.rs`.

override MET: u32 = 0u;
const AS_FACETS: u32 = 0u;
const AS_BALL: u32 = 1u;
const AS_ROUNDED: u32 = 2u;
const AS_CYLINDER: u32 = 3u;
const AS_CONE: u32 = 4u;

// Half extents of the box round the shape.
fn met_box() -> vec3<f32> {
    let widest = max(thing.cone.x, thing.cone.y);
    return select(thing.extent.xyz + thing.extent.w, vec3<f32>(widest, widest, thing.extent.z), MET == AS_CONE);
}

// Half extents of the core and radius of the rounding; a cone's bottom and top radius and half height.
fn met_extent() -> vec4<f32> {
    return select(thing.extent, vec4<f32>(thing.cone.xy, thing.extent.z, 0.0), MET == AS_CONE);
}

struct Hit {
    is_met: bool,
    // from where the ray leaves the box, in metres along it
    along: f32,
    at: vec3<f32>,
    // of any length
    normal: vec3<f32>,
}

// What a ray can be divided by.
fn divisor(along: f32) -> f32 {
    return select(along, select(-1e-9, 1e-9, along >= 0.0), abs(along) < 1e-9);
}

// All points within `radius` of a box: balls, capsules and rounded boxes. Which of the core's axes count is known once the point
// is: where the ray comes into the box begins, and a few turns settle it.
fn meet_rounded(leaves: vec3<f32>, ray: vec3<f32>, core: vec3<f32>, radius: f32) -> Hit {
    var along = 0.0;
    if MET != AS_BALL {
        let steps = vec3<f32>(divisor(ray.x), divisor(ray.y), divisor(ray.z));
        let near = (-select(vec3<f32>(-1.0), vec3<f32>(1.0), steps >= vec3<f32>(0.0)) * (core + radius) - leaves) / steps;
        along = max(near.x, max(near.y, near.z));
    }
    var at = leaves + ray * along;
    var over = 0.0;
    for (var turn = 0; turn < select(4, 1, MET == AS_BALL); turn++) {
        let counts = abs(at) >= core;
        let from_core = select(vec3<f32>(0.0), at - sign(at) * core, counts);
        let step = select(vec3<f32>(0.0), ray, counts);
        let per_square = 1.0 / max(dot(step, step), 1e-12);
        let nearest = -dot(from_core, step) * per_square;
        let miss = from_core + step * nearest;
        over = radius * radius - dot(miss, miss);
        let by = nearest - sqrt(max(over, 0.0) * per_square);
        along += by;
        at += ray * by;
    }
    return Hit(over >= 0.0, along, at, sign(at) * max(abs(at) - core, vec3<f32>(0.0)));
}

// A cylinder whose edges are rounded by `radius`: its side, its cap, or the rim between them.
fn meet_cylinder(leaves: vec3<f32>, ray: vec3<f32>, core: vec2<f32>, radius: f32) -> Hit {
    let per_round = 1.0 / max(dot(ray.xy, ray.xy), 1e-12);
    let nearest = -dot(leaves.xy, ray.xy) * per_round;
    let miss = leaves.xy + ray.xy * nearest;
    let outer = core + radius;
    let over = outer.x * outer.x - dot(miss, miss);
    let to_side = nearest - sqrt(max(over, 0.0) * per_round);
    let side = leaves + ray * to_side;
    let end = select(-1.0, 1.0, ray.z < 0.0);
    let to_cap = (end * outer.y - leaves.z) / divisor(ray.z);
    let cap = leaves + ray * to_cap;
    if abs(side.z) <= core.y {
        return Hit(over >= 0.0, to_side, side, vec3<f32>(side.xy, 0.0));
    }
    if dot(cap.xy, cap.xy) <= core.x * core.x {
        return Hit(true, to_cap, cap, vec3<f32>(0.0, 0.0, end));
    }
    // The rim is a piece of a ring. The ray comes near it where it enters the sharp cylinder round the shape; there it is met
    // like a straight rod across the radius.
    var along = max(to_side, to_cap);
    var at = leaves + ray * along;
    var within = over;
    for (var turn = 0; turn < 5; turn++) {
        let out = at.xy * inverseSqrt(max(dot(at.xy, at.xy), 1e-12));
        let from_core = vec2<f32>(dot(out, at.xy) - core.x, at.z - end_of(at.z) * core.y);
        let step = vec2<f32>(dot(out, ray.xy), ray.z);
        let per_square = 1.0 / max(dot(step, step), 1e-12);
        let middle = -dot(from_core, step) * per_square;
        let aside = from_core + step * middle;
        within = radius * radius - dot(aside, aside);
        let by = middle - sqrt(max(within, 0.0) * per_square);
        along += by;
        at += ray * by;
    }
    let ring = at.xy * (1.0 - core.x * inverseSqrt(max(dot(at.xy, at.xy), 1e-12)));
    return Hit(over >= 0.0 && within >= 0.0 && radius > 0.0, along, at, vec3<f32>(ring, at.z - end_of(at.z) * core.y));
}

fn end_of(z: f32) -> f32 {
    return select(-1.0, 1.0, z >= 0.0);
}

// `size`: radius at the bottom, radius at the top, half height.
fn meet_cone(leaves: vec3<f32>, ray: vec3<f32>, size: vec3<f32>) -> Hit {
    let slope = (size.y - size.x) / (2.0 * size.z);
    let middle = 0.5 * (size.x + size.y);
    let radius = middle + slope * leaves.z;
    let a = dot(ray.xy, ray.xy) - slope * slope * ray.z * ray.z;
    let b = dot(leaves.xy, ray.xy) - slope * ray.z * radius;
    let c = dot(leaves.xy, leaves.xy) - radius * radius;
    let over = b * b - a * c;
    let root = sqrt(max(over, 0.0));
    // where the ray goes in, in the form that does not cancel
    let to_side = select((-b - root) / select(a, 1e-12, abs(a) < 1e-12), c / max(root - b, 1e-12), b < 0.0);
    let side = leaves + ray * to_side;
    if over >= 0.0 && abs(side.z) <= size.z {
        return Hit(true, to_side, side, vec3<f32>(side.xy, -slope * (middle + slope * side.z)));
    }
    let end = select(-1.0, 1.0, ray.z < 0.0);
    let to_cap = (end * size.z - leaves.z) / divisor(ray.z);
    let cap = leaves + ray * to_cap;
    let widest = select(size.x, size.y, end > 0.0);
    return Hit(dot(cap.xy, cap.xy) <= widest * widest, to_cap, cap, vec3<f32>(0.0, 0.0, end));
}

fn meet(leaves: vec3<f32>, ray: vec3<f32>, extent: vec4<f32>) -> Hit {
    if MET == AS_CYLINDER {
        return meet_cylinder(leaves, ray, extent.xz, extent.w);
    }
    if MET == AS_CONE {
        return meet_cone(leaves, ray, extent.xyz);
    }
    return meet_rounded(leaves, ray, extent.xyz, extent.w);
}
