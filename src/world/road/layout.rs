//! The road itself: where its lanes are, what it is made of, its tunnel, and what may be touched of it.

use glam::DVec3;

use super::eyes::Tunnel;
use super::{lanes, scenery};
use crate::world::WorldError;
use crate::world::body::{Part, boxed, pattern, plain};
use crate::world::engine::Builder;
use crate::world::fields::Binder;
use crate::world::snapshot::{Class, Material, Surface};

/// Where the road begins and ends, in metres: more than any episode drives.
pub(super) const FROM_M: f64 = -70.0;
pub(super) const TO_M: f64 = 900.0;
/// Lane widths, and what lies beside the lanes: shoulders of a motorway, a strip to park on in town.
const STREET_LANE_M: f64 = 3.3;
const MOTORWAY_LANE_M: f64 = 3.65;
const SHOULDERS_M: [f64; 2] = [2.6, 1.3];
const PARKING_M: f64 = 2.3;
/// A line's half width, and how high it stands over the asphalt so that the two never fight for a pixel.
pub(super) const LINE_HALF_M: f64 = 0.075;
pub(super) const LINE_HIGH_M: f64 = 0.012;
/// Dashes as on American motorways, and short ones in town: length and period in metres.
pub(super) const MOTORWAY_DASH_M: [f64; 2] = [3.05, 12.2];
pub(super) const STREET_DASH_M: [f64; 2] = [2.0, 6.0];
/// Stripes of a zebra crossing and the gaps between them: 0.5 m each (the German traffic code, sign 293).
const STRIPE_M: f64 = 0.5;
/// Nobody tells dashes apart beyond this.
pub(super) const DASHES_TO_M: f64 = 420.0;
/// Pieces of a tunnel that have one brightness, in metres.
const PIECE_M: f64 = 4.0;
const TUNNEL_HIGH_M: f64 = 5.6;

/// Where things are across the road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) motorway: bool,
    pub(super) lane_m: f64,
    /// The ego's lane, from the right.
    ego_lane: f64,
    /// The lines beside the lanes, right and left, and the edges of the asphalt.
    pub(super) lines_m: [f64; 2],
    pub(super) edges_m: [f64; 2],
    /// Where the middle of parked vehicles is.
    pub(super) parked_m: f64,
    pub(super) tunnel: Option<Tunnel>,
    /// Where a zebra crossing begins and ends along the road.
    pub(super) crossing_m: Option<[f64; 2]>,
    pub(super) seed: u64,
    /// Where the sun stands, as seen from everywhere.
    pub(super) sun: DVec3,
}

impl Place {
    /// As the scene of `binder`'s draw has it.
    ///
    /// # Errors
    /// A value outside its range.
    pub(super) fn of(binder: &Binder<'_>) -> Result<Self, WorldError> {
        let motorway = binder.slot("motorway")? >= 0.5;
        let lane_m = if motorway { MOTORWAY_LANE_M } else { STREET_LANE_M };
        let ego_lane = if motorway { libm::round(binder.slot("ego_lane")?) } else { 0.0 };
        let lanes = if motorway { 3.0 } else { 2.0 };
        let lines_m = [-(ego_lane + 0.5) * lane_m, (lanes - ego_lane - 0.5) * lane_m];
        let [right, left] = if motorway { SHOULDERS_M } else { [PARKING_M; 2] };
        let edges_m = [lines_m[0] - right, lines_m[1] + left];
        let length_m = binder.slot("tunnel_length_m")?;
        let to_m = binder.slot("tunnel_exit_m")?;
        let light = binder.slot("tunnel_light")?;
        let tunnel = (length_m > 0.0).then_some(Tunnel { from_m: to_m - length_m, to_m, light });
        let crossing_m = crossing(binder, motorway)?;
        let (up, across) = libm::sincos(binder.slot("sun_elevation_deg")?.to_radians());
        let (sine, cosine) = libm::sincos(binder.slot("sun_azimuth_deg")?.to_radians());
        let sun = DVec3::new(across * cosine, across * sine, up);
        let seed = (binder.slot("scenery_seed")? + 0.5) as u64;
        let parked_m = lines_m[0] - 0.5 * PARKING_M;
        Ok(Self { motorway, lane_m, ego_lane, lines_m, edges_m, parked_m, tunnel, crossing_m, seed, sun })
    }

    /// Whether there is a lane left (1) or right (−1) of the ego's.
    pub(super) fn has_lane(&self, side: f64) -> bool {
        let last = if self.motorway { 2.0 } else { 1.0 };
        (0.0..=last).contains(&(self.ego_lane + side))
    }

    /// The lanes for other traffic: their middle, and 1 where they go the ego's way, −1 where they come towards it. The lane at `taken_m`
    /// is left alone.
    pub(super) fn traffic_lanes(&self, taken_m: Option<f64>) -> Vec<(f64, f64)> {
        if !self.motorway {
            return if taken_m.is_some() { Vec::new() } else { vec![(self.lane_m, -1.0)] };
        }
        let own = [-2.0, -1.0, 1.0, 2.0].into_iter().filter(|side| self.has_lane(*side));
        let own = own.map(|side| (side * self.lane_m, 1.0)).filter(|(y, _)| taken_m.is_none_or(|taken| taken != *y));
        let opposite = self.opposite_m();
        own.chain([(opposite + 0.5 * self.lane_m, -1.0), (opposite + 1.5 * self.lane_m, -1.0)]).collect()
    }

    /// Where the lanes of the opposite carriageway of a motorway begin.
    pub(super) fn opposite_m(&self) -> f64 {
        self.edges_m[1] + 3.4
    }

    /// `material` as it looks at `x_m`: darker in the tunnel.
    pub(super) fn shaded(&self, material: Material, x_m: f64) -> Material {
        let share = self.tunnel.map_or(1.0, |tunnel| tunnel.share(x_m)) as f32;
        let dim = |colour: [f32; 3]| colour.map(|channel| channel * share);
        Material { colour: dim(material.colour), second: dim(material.second), ..material }
    }

    /// Stretches of the road from `from_m` to `to_m`: outside the tunnel whole, inside in pieces of one brightness each.
    pub(super) fn stretches(&self, from_m: f64, to_m: f64) -> Vec<[f64; 2]> {
        let Some(tunnel) = self.tunnel else { return vec![[from_m, to_m]] };
        let (dark_from, dark_to) = (tunnel.from_m.clamp(from_m, to_m), tunnel.to_m.clamp(from_m, to_m));
        let mut all = vec![[from_m, dark_from]];
        let pieces = libm::ceil((dark_to - dark_from) / PIECE_M).max(0.0);
        let each_m = (dark_to - dark_from) / pieces.max(1.0);
        all.extend((0..pieces as usize).map(|piece| {
            let start = dark_from + piece as f64 * each_m;
            [start, start + each_m]
        }));
        all.push([dark_to, to_m]);
        all.retain(|[from, to]| to > from);
        all
    }
}

/// Where the crossing of `binder`'s draw lies along the road.
///
/// # Errors
/// A crossing of a motorway.
fn crossing(binder: &Binder<'_>, motorway: bool) -> Result<Option<[f64; 2]>, WorldError> {
    let half_m = 0.5 * binder.slot("crossing_width_m")?;
    if half_m > 0.0 && motorway {
        let text = "nobody walks across a motorway; set `motorway` to 0, or leave the crossing out".to_owned();
        return Err(WorldError::Bound { field: "scene.crossing_width_m".to_owned(), text });
    }
    let middle_m = binder.slot("crossing_x_m")?;
    Ok((half_m > 0.0).then_some([middle_m - half_m, middle_m + half_m]))
}

/// Puts the road, its lines, its tunnel and its scenery into the world; the number of the ground, which everything may touch.
///
/// # Errors
/// A value outside its range.
pub(super) fn build(binder: &Binder<'_>, builder: &mut Builder, place: &Place) -> Result<usize, WorldError> {
    let friction = binder.slot("road_friction")?;
    let ground = builder.thing("ground");
    let earth = Part::new(boxed(2500.0, 400.0, 0.5, 0.0), plain([0.2; 3], 0.9), DVec3::new(0.0, 0.0, -0.5)).hidden();
    builder.body((ground, 0), Class::Background, None, (friction, 0.0), vec![earth]);
    // Its rolled surface is wet where it is slippery.
    let wet = ((0.65 - friction) / 0.4).clamp(0.0, 1.0) as f32;
    still(builder, "road", Class::Road, asphalt(place, wet));
    still(builder, "markings", Class::Road, lines(place));
    if let Some(along) = place.crossing_m {
        still(builder, "crossing", Class::Road, zebra(place, along));
    }
    if place.tunnel.is_some() {
        let [walls, lamps] = tunnel(place);
        let thing = builder.thing("tunnel");
        builder.body((thing, 0), Class::Background, None, (0.5, 0.0), walls);
        still(builder, "lamps", Class::Background, lamps);
    }
    for (name, solid, parts) in scenery::all(place) {
        let thing = builder.thing(name);
        let parts = if solid { parts } else { parts.into_iter().map(Part::ghost).collect() };
        builder.body((thing, 0), Class::Background, None, (0.5, 0.0), parts);
    }
    Ok(ground)
}

/// A thing that is seen and never touched.
fn still(builder: &mut Builder, name: &str, class: Class, parts: Vec<Part>) {
    let thing = builder.thing(name);
    builder.body((thing, 0), class, None, (0.5, 0.0), parts.into_iter().map(Part::ghost).collect());
}

/// A slab from corner to corner whose top lies at `top_m`.
pub(super) fn slab([x0, x1]: [f64; 2], [y0, y1]: [f64; 2], top_m: f64, material: Material) -> Part {
    let half = 0.05;
    let middle = DVec3::new(0.5 * (x0 + x1), 0.5 * (y0 + y1), top_m - half);
    Part::new(boxed(0.5 * (x1 - x0), 0.5 * (y1 - y0), half, 0.0), material, middle)
}

fn asphalt(place: &Place, wet: f32) -> Vec<Part> {
    let dark = 1.0 - 0.45 * wet;
    let [colour, worn] =
        [[0.046, 0.046, 0.053], [0.068, 0.066, 0.072]].map(|rgb: [f32; 3]| rgb.map(|channel| channel * dark));
    let rolled = Material { roughness: 0.92 - 0.72 * wet, ..pattern(Surface::Asphalt, [colour, worn], 0.02, 11) };
    let mut parts: Vec<Part> = place
        .stretches(FROM_M, TO_M)
        .into_iter()
        .map(|[from, to]| slab([from, to], place.edges_m, 0.0, place.shaded(rolled, 0.5 * (from + to))))
        .collect();
    if place.motorway {
        let opposite = place.opposite_m();
        parts.push(slab([FROM_M, TO_M], [opposite - 1.0, opposite + 3.0 * place.lane_m + 2.0], 0.0, rolled));
    }
    parts
}

/// White paint, worn in places.
fn white() -> Material {
    Material { roughness: 0.75, ..pattern(Surface::Concrete, [[0.82, 0.81, 0.78], [0.62, 0.62, 0.60]], 0.25, 3) }
}

/// The stripes of a crossing from kerb to kerb.
fn zebra(place: &Place, along: [f64; 2]) -> Vec<Part> {
    let [right, left] = place.edges_m;
    let paint = place.shaded(white(), 0.5 * (along[0] + along[1]));
    // As many as there is room for, with half a gap or more at either kerb.
    let count = ((left - right) / (2.0 * STRIPE_M)) as usize;
    let first = 0.5 * (right + left) - (count as f64 - 0.5) * STRIPE_M;
    let stripe = |number: usize| first + 2.0 * STRIPE_M * number as f64;
    (0..count).map(|number| slab(along, [stripe(number), stripe(number) + STRIPE_M], LINE_HIGH_M, paint)).collect()
}

/// What is left of the stretch from `from` to `to` where no line runs through the crossing.
pub(super) fn beside_crossing(place: &Place, [from, to]: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
    let [cut_from, cut_to] = place.crossing_m.unwrap_or([to; 2]);
    [[from, to.min(cut_from)], [from.max(cut_to), to]].into_iter().filter(|[from, to]| to > from)
}

fn lines(place: &Place) -> Vec<Part> {
    let white = white();
    let yellow = Material { colour: [0.80, 0.43, 0.02], second: [0.62, 0.34, 0.03], ..white };
    let line = |[from, to]: [f64; 2], y: f64, paint: Material| {
        let across = [y - LINE_HALF_M, y + LINE_HALF_M];
        slab([from, to], across, LINE_HIGH_M, place.shaded(paint, 0.5 * (from + to)))
    };
    let mut parts = Vec::new();
    let [right, left] = place.lines_m;
    let whole = place.stretches(FROM_M, TO_M);
    for stretch in whole.into_iter().flat_map(|stretch| beside_crossing(place, stretch)) {
        parts.push(line(stretch, right, white));
        parts.push(line(stretch, left, if place.motorway { yellow } else { white }));
    }
    for y in dividers_m(place) {
        parts.extend(lanes::dashes(place).map(|dash| line(dash, y, white)));
    }
    parts
}

/// Where the dashed lines between the lanes are across the road, from the right.
pub(super) fn dividers_m(place: &Place) -> Vec<f64> {
    let [right, _] = place.lines_m;
    if place.motorway { vec![right + place.lane_m, right + 2.0 * place.lane_m] } else { vec![0.5 * place.lane_m] }
}

/// How far a tunnel's walls are across the road, right and left.
fn walls_m(place: &Place) -> [f64; 2] {
    [place.edges_m[0] - 0.6, place.edges_m[1] + 0.6]
}

/// Where the lamps of the tunnel hang: two abreast in every second piece of it.
pub(super) fn tunnel_lamps(place: &Place) -> Vec<DVec3> {
    let Some(Tunnel { from_m, to_m, .. }) = place.tunnel else { return Vec::new() };
    let [right, left] = walls_m(place);
    let middles = place.stretches(from_m, to_m).into_iter().map(|[from, to]| 0.5 * (from + to));
    let lit = middles.filter(|x| ((x - from_m) as u64 / PIECE_M as u64).is_multiple_of(2));
    let abreast = [right + 0.28 * (left - right), left - 0.28 * (left - right)];
    lit.flat_map(|x| abreast.map(|y| DVec3::new(x, y, TUNNEL_HIGH_M - 0.06))).collect()
}

/// Walls with a ceiling, which may be touched, and lamps.
fn tunnel(place: &Place) -> [Vec<Part>; 2] {
    let Some(Tunnel { from_m, to_m, .. }) = place.tunnel else { return [Vec::new(), Vec::new()] };
    let concrete = |tone: f32, seed| Material {
        roughness: 0.95,
        ..pattern(Surface::Concrete, [[tone; 3], [0.75 * tone; 3]], 0.8, seed)
    };
    let [right, left] = walls_m(place);
    let (mut walls, mut lamps) = (Vec::new(), Vec::new());
    let pale = plain([0.60, 0.59, 0.54], 0.6);
    for [from, to] in place.stretches(from_m, to_m) {
        let (x, half) = (0.5 * (from + to), 0.5 * (to - from));
        let at = |material: Material| place.shaded(material, x);
        for (y, seed) in [(right - 0.3, 4), (left + 0.3, 5)] {
            let side = |low: f64, high: f64, deep: f64, material| {
                Part::new(boxed(half, deep, 0.5 * (high - low), 0.0), material, DVec3::new(x, y, 0.5 * (low + high)))
            };
            walls.push(side(-0.2, 3.2, 0.3, at(pale)));
            walls.push(side(3.2, TUNNEL_HIGH_M, 0.29, at(concrete(0.30, seed))));
            walls.push(side(-0.2, 0.18, 0.9, at(concrete(0.36, seed))));
        }
        let (middle, wide) = (0.5 * (right + left), 0.5 * (left - right) + 0.6);
        let roof = boxed(half, wide, 0.3, 0.0);
        walls.push(Part::new(roof, at(concrete(0.20, 6)), DVec3::new(x, middle, TUNNEL_HIGH_M + 0.3)));
    }
    // They give light of their own: as bright as a white wall outside, which is a lot in the dark.
    let lamp = plain([0.85, 0.78, 0.58], 0.8);
    lamps.extend(tunnel_lamps(place).into_iter().map(|at| Part::new(boxed(0.8, 0.11, 0.05, 0.02), lamp, at)));
    // The face of either end.
    for x in [from_m - 0.3, to_m + 0.3] {
        let face = |[low, high]: [f64; 2], [z0, z1]: [f64; 2]| {
            let half = boxed(0.3, 0.5 * (high - low), 0.5 * (z1 - z0), 0.0);
            Part::new(half, concrete(0.34, 8), DVec3::new(x, 0.5 * (low + high), 0.5 * (z0 + z1)))
        };
        walls.push(face([right - 30.0, right], [-0.2, 11.0]));
        walls.push(face([left, left + 30.0], [-0.2, 11.0]));
        walls.push(face([right, left], [TUNNEL_HIGH_M, 11.0]));
    }
    [walls, lamps]
}
