//! Where f64 becomes f32: snapshot to the uniforms of the shaders, relative to the eye so that nothing is lost far from
//! the origin. The structs are twins of those in `shaders/*.wgsl`; a test holds them against the parsed shaders.

use bytemuck::{Pod, Zeroable};
use glam::{DMat3, DVec2, DVec3, DVec4};

use super::view::View;
use crate::base::Pose;
use crate::world::snapshot::{Body, Camera, Dome, Shape, Snapshot, Weather};

/// Twin of `Frame` in `common.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct FrameData {
    size: [f32; 4],
    place: [f32; 4],
    shown: [f32; 4],
    lens: [f32; 4],
    right: [f32; 4],
    down: [f32; 4],
    forward: [f32; 4],
    sun_direction: [f32; 4],
    sun: [f32; 4],
    sky: [f32; 4],
    horizon: [f32; 4],
    ground: [f32; 4],
    shadow_x: [f32; 4],
    shadow_y: [f32; 4],
    shadow_z: [f32; 4],
    shadow_size: [f32; 4],
    shadow_place: [f32; 4],
    air: [f32; 4],
    haze: [f32; 4],
    eye: [f32; 4],
    dome: [f32; 4],
}

/// Twin of `Body` in `body.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct BodyData {
    now: [[f32; 4]; 3],
    next: [[f32; 4]; 3],
    world: [[f32; 4]; 3],
    extent: [f32; 4],
    cone: [f32; 4],
    colour: [f32; 4],
    second: [f32; 4],
    pattern: [f32; 4],
    ids: [u32; 4],
    nearby: [f32; 4],
}

/// Nothing nearer than this is drawn, in metres.
const NEAR_M: f64 = 0.01;
/// Shadows of what is farther from the eye than this are left out, in metres: a map that held them would show none sharply.
pub(super) const CASTERS_M: f64 = 60.0;
/// What lets through more than this share of the light casts no shadow.
const SHADELESS: f32 = 0.5;
/// The distance, in metres, from the light's plane to the first caster.
const LIGHT_MARGIN_M: f64 = 0.05;

/// Rows of a 3x4 matrix.
fn rows(pose: &Pose) -> [[f32; 4]; 3] {
    let matrix = DMat3::from_quat(pose.rotation);
    [0, 1, 2].map(|row| {
        let axis = matrix.row(row);
        [axis.x as f32, axis.y as f32, axis.z as f32, pose.position[row] as f32]
    })
}

pub(super) fn wide(vector: DVec3, last: f64) -> [f32; 4] {
    [vector.x as f32, vector.y as f32, vector.z as f32, last as f32]
}

fn colour(rgb: [f32; 3], last: f32) -> [f32; 4] {
    [rgb[0], rgb[1], rgb[2], last]
}

fn lens(camera: &Camera) -> [f32; 4] {
    let inverse = camera.focal_px.recip();
    [inverse.x as f32, inverse.y as f32, camera.centre_px.x as f32, camera.centre_px.y as f32]
}

/// Rows that give a body's points as homogeneous pixels of `camera`: the last is the depth along its axis.
fn pixels_from_body(camera: &Camera, body: &Body) -> [[f32; 4]; 3] {
    let camera_from_body = camera.world_from_camera.inverse().then(&body.pose);
    let turn = DMat3::from_quat(camera_from_body.rotation);
    let [x, y, z] = [0, 1, 2].map(|row| turn.row(row).extend(camera_from_body.position[row]));
    let across = |row: DVec4, focal: f64, centre: f64| (row * focal + z * centre).to_array().map(|value| value as f32);
    [
        across(x, camera.focal_px.x, camera.centre_px.x),
        across(y, camera.focal_px.y, camera.centre_px.y),
        z.to_array().map(|value| value as f32),
    ]
}

/// Flags of a body; twins of those in `body.wgsl`.
const IS_ROUND: u32 = 1;
const IS_MESH: u32 = 2;
const MOVES: u32 = 4;
const IS_GROUND: u32 = 8;

/// Core half extents and rounding radius; and a cone's radii, or half a mesh's extent along x and y.
fn extent(shape: &Shape) -> ([f64; 4], [f64; 4]) {
    match *shape {
        // Its corners are what they are; how large it is stands where others have a cone's radii.
        Shape::Mesh(ref mesh) => ([1.0, 1.0, 1.0, 0.0], mesh.half_extents_m().extend(0.0).with_z(0.0).to_array()),
        Shape::Box { half, round } => ([half.x - round, half.y - round, half.z - round, round], [0.0; 4]),
        Shape::Sphere { radius } => ([0.0, 0.0, 0.0, radius], [0.0; 4]),
        Shape::Cylinder { radius, half_height, round } => {
            ([radius - round, radius - round, half_height - round, round], [0.0; 4])
        }
        Shape::Capsule { radius, half_height } => ([0.0, 0.0, half_height, radius], [0.0; 4]),
        Shape::Cone { bottom, top, half_height } => ([0.0, 0.0, half_height, 0.0], [bottom, top, 1.0, 0.0]),
    }
}

/// Whether a body shades others: walls and floor only receive, as if the light came in through a window.
pub(super) fn casts(body: &Body) -> bool {
    !body.class.is_scene() && body.material.transmission <= SHADELESS
}

impl BodyData {
    /// Where its members start, in bytes.
    #[cfg(test)]
    pub(super) const OFFSETS: [usize; 10] = [
        core::mem::offset_of!(Self, now),
        core::mem::offset_of!(Self, next),
        core::mem::offset_of!(Self, world),
        core::mem::offset_of!(Self, extent),
        core::mem::offset_of!(Self, cone),
        core::mem::offset_of!(Self, colour),
        core::mem::offset_of!(Self, second),
        core::mem::offset_of!(Self, pattern),
        core::mem::offset_of!(Self, ids),
        core::mem::offset_of!(Self, nearby),
    ];

    /// The numbers of body `index` of `view`, which counts from 0; `nearby` is where it darkens others.
    pub(super) fn new(index: usize, body: &Body, view: &View<'_>, nearby: Option<[f32; 4]>) -> Self {
        let next = view.next.as_ref().and_then(|(next, camera)| Some((next.bodies.get(index)?, camera)));
        let moved = next.filter(|(moved, other)| moved.pose != body.pose || **other != view.camera);
        let (next_body, next_camera) = moved.unwrap_or((body, &view.camera));
        let camera = &view.camera;
        let eye = camera.world_from_camera.position;
        let relative = Pose { position: body.pose.position - eye, rotation: body.pose.rotation };
        let (extent, cone) = extent(&body.shape);
        let half = body.shape.half_extents_m();
        let material = &body.material;
        let is_round = matches!(body.shape, Shape::Cylinder { .. } | Shape::Cone { .. });
        let is_mesh = matches!(body.shape, Shape::Mesh(_));
        let is_ground = body.class.is_scene();
        let flags = [(is_round, IS_ROUND), (is_mesh, IS_MESH), (moved.is_some(), MOVES), (is_ground, IS_GROUND)];
        let flags: u32 = flags.iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).sum();
        let clear = (material.transmission.clamp(0.0, 1.0) * 31.0 + 0.5) as u32;
        let coat = (material.coat.clamp(0.0, 1.0) * 255.0 + 0.5) as u32;
        Self {
            now: pixels_from_body(camera, body),
            next: pixels_from_body(next_camera, next_body),
            world: rows(&relative),
            extent: extent.map(|value| value as f32),
            cone: [cone[0] as f32, cone[1] as f32, cone[2] as f32, view.number as f32],
            colour: colour(material.colour, material.roughness),
            second: colour(material.second, material.metallic),
            pattern: [material.scale_m.max(1e-4), half.z as f32, half.x as f32, middle(half) as f32],
            ids: [
                material.seed,
                ((index as u32 + 1) << 16) | u32::from(body.instance),
                flags | coat << 8 | clear << 24,
                material.glow.max(0.0).to_bits(),
            ],
            nearby: nearby.unwrap_or_default(),
        }
    }
}

/// The second of three half extents: how large a thing looks to its neighbours, be it a plate or a rod.
fn middle(half: DVec3) -> f64 {
    half.x.max(half.y).min(half.x.min(half.y).max(half.z))
}

/// How far from its surface a body darkens others, in metres: twice the longest step of `surroundings.wgsl` that its size
/// counts for.
fn nearby_m(half: DVec3) -> f64 {
    let longest = [0.12, 0.06, 0.018].into_iter().find(|step| 2.0 * middle(half) / step > 0.7);
    longest.map_or(0.0, |step| 2.0 * step)
}

/// Part of a view: where something may be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnScreen {
    /// Left, bottom, right, top of it in the targets, -1 to 1.
    pub(super) rect: [f32; 4],
    /// It reaches beyond the view.
    pub(super) crosses: bool,
}

/// Where a body may darken others, as [`on_screen`] gives it.
pub(super) fn nearby(body: &Body, view: &View<'_>) -> Option<[f32; 4]> {
    Some(on_screen(body, view, nearby_m(body.shape.half_extents_m()))?.rect)
}

/// The rectangle that holds the picture of all points within `margin_m` of a body, and a few pixels more; none where they lie
/// outside the view.
pub(super) fn on_screen(body: &Body, view: &View<'_>, margin_m: f64) -> Option<OnScreen> {
    let half = body.shape.half_extents_m() + margin_m;
    let camera_from_body = view.camera.world_from_camera.inverse().then(&body.pose);
    corners_on_screen(view, |sign| camera_from_body.point(half * sign))
}

/// The rectangle round eight corners, which `corner` gives in the camera's frame for each choice of signs.
fn corners_on_screen(view: &View<'_>, corner: impl Fn(DVec3) -> DVec3) -> Option<OnScreen> {
    const MARGIN_PX: f64 = 8.0;
    let camera = &view.camera;
    let size = DVec2::from(view.targets.map(f64::from));
    let (first, last) = view.corners();
    let rect = |low: DVec2, high: DVec2| {
        let (low, high) = (low / size * 2.0 - 1.0, high / size * 2.0 - 1.0);
        [low.x as f32, -high.y as f32, high.x as f32, -low.y as f32]
    };
    let mut nearest = f64::INFINITY;
    let mut farthest = f64::NEG_INFINITY;
    let (mut low, mut high) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
    for which in 0..8 {
        let sign = |bit: u32| if which >> bit & 1 == 1 { 1.0 } else { -1.0 };
        let at = corner(DVec3::new(sign(0), sign(1), sign(2)));
        nearest = nearest.min(at.z);
        farthest = farthest.max(at.z);
        let pixel = DVec2::new(at.x, at.y) / at.z * camera.focal_px + camera.centre_px;
        low = low.min(pixel);
        high = high.max(pixel);
    }
    if farthest <= NEAR_M {
        return None;
    }
    if nearest <= NEAR_M {
        // it reaches behind the eye, where projection means nothing
        return Some(OnScreen { rect: rect(first, last), crosses: true });
    }
    let (low, high) = (low - MARGIN_PX, high + MARGIN_PX);
    if low.cmpge(last).any() || high.cmple(first).any() {
        return None;
    }
    let crosses = low.cmplt(first).any() || high.cmpgt(last).any();
    Some(OnScreen { rect: rect(low.max(first), high.min(last)), crosses })
}

/// The rectangle of [`on_screen`] round a ball; none where it lies outside the view.
pub(super) fn on_screen_ball(centre: DVec3, radius_m: f64, view: &View<'_>) -> Option<[f32; 4]> {
    let at = view.camera.world_from_camera.inverse().point(centre);
    Some(corners_on_screen(view, |sign| at + sign * radius_m)?.rect)
}

/// Distance from `eye` to the sphere round a body; negative inside it.
pub(super) fn reach(body: &Body, eye: DVec3) -> f64 {
    (body.pose.position - eye).length() - body.shape.half_extents_m().length()
}

/// A frame for the sun's map that fits the casters, and moves in whole texels only, so that shadows do not swim.
struct LightFit {
    axes: [DVec3; 3],
    /// Middle of the map along the first two axes, start along the third, in metres.
    origin: DVec3,
    half_width: f64,
    range: f64,
}

impl LightFit {
    fn new(now: &Snapshot, texels: u32) -> Option<Self> {
        let towards = now.light.sun_direction.try_normalize()?;
        let pose = Pose::looking_at(DVec3::ZERO, -towards);
        let axes = [DVec3::X, DVec3::Y, DVec3::Z].map(|axis| pose.rotation * axis);
        let mut low = DVec3::INFINITY;
        let mut high = DVec3::NEG_INFINITY;
        let eye = now.camera.world_from_camera.position;
        for body in now.bodies.iter().filter(|body| casts(body) && reach(body, eye) < CASTERS_M) {
            let half = body.shape.half_extents_m();
            let turn = DMat3::from_quat(body.pose.rotation);
            for axis in 0..3 {
                let along = axes[axis];
                let size = (0..3).map(|side| (turn.col(side).dot(along) * half[side]).abs()).sum::<f64>();
                let middle = body.pose.position.dot(along);
                low[axis] = low[axis].min(middle - size);
                high[axis] = high[axis].max(middle + size);
            }
        }
        if !(low.is_finite() && high.is_finite()) {
            return None;
        }
        let widest = (high.x - low.x).max(high.y - low.y) * 0.5 * 1.04;
        // steps of an eighth: the scale stays while things move a little
        let step = libm::exp2(libm::floor(libm::log2(widest.max(0.01)))) / 8.0;
        let half_width = libm::ceil(widest / step) * step;
        let texel = 2.0 * half_width / f64::from(texels);
        let snap = |value: f64| libm::round(value / texel) * texel;
        let origin = DVec3::new(snap(0.5 * (low.x + high.x)), snap(0.5 * (low.y + high.y)), low.z - LIGHT_MARGIN_M);
        Some(Self { axes, origin, half_width, range: high.z - low.z + 2.0 * LIGHT_MARGIN_M })
    }

    fn row(&self, axis: usize, eye: DVec3) -> [f32; 4] {
        wide(self.axes[axis], self.axes[axis].dot(eye) - self.origin[axis])
    }
}

/// Patterns of the weather on the ground repeat after this distance, in metres.
const GROUND_M: f64 = 1024.0;

/// How much light the air takes in a metre.
fn extinction_per_m(weather: &Weather) -> f32 {
    weather.extinctions_per_m().iter().sum::<f64>() as f32
}

/// What the air shines with: the light of the whole sky, which drops scatter without choosing colours, browner for dust.
fn haze(now: &Snapshot) -> [f32; 3] {
    let (light, weather) = (&now.light, &now.weather);
    let dusty = weather.dust_per_m / extinction_per_m(weather).max(1e-9);
    let all = |channel: usize| 0.5 * light.horizon[channel] + 0.35 * light.sky[channel] + 0.08 * light.sun[channel];
    let grey = 0.2126 * all(0) + 0.7152 * all(1) + 0.0722 * all(2);
    core::array::from_fn(|channel| {
        let pale = 0.85 * grey + 0.15 * all(channel);
        pale * (1.0 - dusty * (1.0 - [0.82, 0.66, 0.45][channel]))
    })
}

/// Cosine and sine of how far a dome is turned, its strength, the number of its most blurred copy.
fn dome(dome: &Dome) -> [f32; 4] {
    let (sin, cos) = libm::sincos(dome.turn_rad);
    let last = dome.panorama.count().saturating_sub(1);
    [cos as f32, sin as f32, dome.strength, last as f32]
}

/// Whether there is something in the air, or water on the ground.
pub(super) fn has_weather(weather: &Weather) -> bool {
    *weather != Weather::default()
}

impl FrameData {
    /// Where its members start, in bytes.
    #[cfg(test)]
    pub(super) const OFFSETS: [usize; 21] = [
        core::mem::offset_of!(Self, size),
        core::mem::offset_of!(Self, place),
        core::mem::offset_of!(Self, shown),
        core::mem::offset_of!(Self, lens),
        core::mem::offset_of!(Self, right),
        core::mem::offset_of!(Self, down),
        core::mem::offset_of!(Self, forward),
        core::mem::offset_of!(Self, sun_direction),
        core::mem::offset_of!(Self, sun),
        core::mem::offset_of!(Self, sky),
        core::mem::offset_of!(Self, horizon),
        core::mem::offset_of!(Self, ground),
        core::mem::offset_of!(Self, shadow_x),
        core::mem::offset_of!(Self, shadow_y),
        core::mem::offset_of!(Self, shadow_z),
        core::mem::offset_of!(Self, shadow_size),
        core::mem::offset_of!(Self, shadow_place),
        core::mem::offset_of!(Self, air),
        core::mem::offset_of!(Self, haze),
        core::mem::offset_of!(Self, eye),
        core::mem::offset_of!(Self, dome),
    ];

    /// The numbers of one view.
    pub(super) fn new(view: &View<'_>) -> Self {
        let (now, camera) = (view.now, &view.camera);
        let turn = DMat3::from_quat(camera.world_from_camera.rotation);
        let eye = camera.world_from_camera.position;
        let light = &now.light;
        let texels = view.sun_map.texels;
        let fit = LightFit::new(now, texels);
        let row = |axis| fit.as_ref().map_or([0.0; 4], |fit| fit.row(axis, eye));
        let (first, last) = view.corners();
        let [width, height] = view.targets.map(|side| side as f32);
        let per_half = view.targets.map(|side| 1.0 / f64::from(side.div_ceil(2)));
        Self {
            size: [width, height, NEAR_M as f32, 0.0],
            place: [first.x as f32, first.y as f32, last.x as f32, last.y as f32],
            shown: view.shown.map(|pixels| pixels as f32),
            lens: lens(camera),
            right: wide(turn.x_axis, per_half[0]),
            down: wide(turn.y_axis, per_half[1]),
            forward: wide(turn.z_axis, 0.0),
            sun_direction: wide(light.sun_direction.normalize_or(DVec3::Z), f64::from(light.sun_radius_rad)),
            sun: colour(light.sun, light.exposure),
            sky: colour(light.sky, 0.0),
            horizon: colour(light.horizon, 0.0),
            ground: colour(light.ground, 0.0),
            shadow_x: row(0),
            shadow_y: row(1),
            shadow_z: row(2),
            shadow_size: fit.as_ref().map_or([1.0, 1.0, texels as f32, 0.0], |fit| {
                [fit.half_width as f32, fit.range as f32, texels as f32, 1.0]
            }),
            shadow_place: view.sun_map.shares(),
            air: [extinction_per_m(&now.weather), now.weather.wetness, now.weather.puddles, now.time_s as f32],
            haze: colour(haze(now), now.weather.rain_mm_h),
            eye: wide(eye.map(|part| part - GROUND_M * libm::floor(part / GROUND_M)), f64::from(now.weather.snow_mm_h)),
            dome: now.dome.as_ref().map_or([0.0; 4], dome),
        }
    }

    /// Texels of the sun's map in a metre.
    pub(super) fn shadow_texels_per_m(&self) -> f64 {
        let [half_width, _, texels, _] = self.shadow_size.map(f64::from);
        0.5 * texels / half_width
    }
}
