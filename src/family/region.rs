//! Named regions of space, and places drawn on them: on a surface, in a box, on a ring round an object, along a lane.
//!
//! A place is drawn through two or three shares between 0 and 1 (`spot_along`, `spot_across`, `spot_up`), which are
//! parameters like any other: they have nominals and proposals, can be correlated and covered. The region turns them
//! into metres so that uniform shares are uniform in length, area or volume (along a lane: exactly so on its straight
//! parts; across a bend the outer side is a little thinner).

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::expression::{ExpressionError, Scope};
use super::taxonomy::Layer;
use super::{Bound, BoundError, Bounded, Role};

/// Farthest coordinate of a lane's point: beyond, lengths lose their millimetres.
const FARTHEST_M: f64 = 1e7;

/// Most points of a lane.
const MOST_POINTS: usize = 1_000;

/// A part of space, in metres in the stage's frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Region {
    /// A flat four-sided surface: a corner and the two edges that leave it.
    Surface {
        /// The corner.
        corner_m: [Bound; 3],
        /// The edge that `along` runs on.
        along_m: [Bound; 3],
        /// The edge that `across` runs on.
        across_m: [Bound; 3],
    },
    /// A box with sides along the axes.
    Box {
        /// The corner of smallest coordinates.
        low_m: [Bound; 3],
        /// The corner of largest coordinates.
        high_m: [Bound; 3],
    },
    /// A flat ring, or a part of it, round a point (which may be an object's: name its parameters).
    Ring {
        /// The middle.
        centre_m: [Bound; 3],
        /// Inner radius in metres.
        inner_m: Bound,
        /// Outer radius in metres.
        outer_m: Bound,
        /// Where the part begins, in degrees from x towards y.
        #[serde(default = "nought")]
        from_deg: Bound,
        /// Where it ends.
        #[serde(default = "full")]
        to_deg: Bound,
    },
    /// A strip along a line of points.
    Lane {
        /// The line, in metres.
        points_m: Vec<[f64; 3]>,
        /// Full width of the strip in metres.
        width_m: Bound,
    },
}

fn nought() -> Bound {
    Bound::Number(0.0)
}

fn full() -> Bound {
    Bound::Number(360.0)
}

/// A place that is drawn on a region. It gives the parameters `<name>_along`, `<name>_across` and, in a box, `<name>_up`,
/// and the computed quantities `<name>_x_m`, `<name>_y_m`, `<name>_z_m`; along a lane also `<name>_heading_deg`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Identifier.
    pub name: String,
    /// What a change of it means.
    pub role: Role,
    /// Where it belongs among the six layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// The region's name.
    pub on: String,
    /// How the share along the region is distributed; uniform where left out.
    #[serde(default, skip_serializing_if = "Spread::is_plain")]
    pub along: Spread,
    /// How the share across is distributed.
    #[serde(default, skip_serializing_if = "Spread::is_plain")]
    pub across: Spread,
    /// How the share upwards is distributed (boxes only).
    #[serde(default, skip_serializing_if = "Spread::is_plain")]
    pub up: Spread,
}

impl Place {
    /// A nuisance that is uniform on the region called `on`.
    pub fn new(name: &str, on: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: Role::Nuisance,
            layer: None,
            about: String::new(),
            on: on.to_owned(),
            along: Spread::default(),
            across: Spread::default(),
            up: Spread::default(),
        }
    }
}

/// How a share is distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// In reality.
    #[serde(default = "plain")]
    pub nominal: Distribution<Bound>,
    /// As we draw it; the nominal where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Distribution<Bound>>,
}

fn plain() -> Distribution<Bound> {
    Distribution::Uniform { low: Bound::Number(0.0), high: Bound::Number(1.0) }
}

impl Default for Spread {
    fn default() -> Self {
        Self { nominal: plain(), proposal: None }
    }
}

impl Spread {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Region {
    /// The shares that a place on it needs, by the ending of their names.
    pub fn shares(&self) -> &'static [&'static str] {
        match self {
            Self::Box { .. } => &["along", "across", "up"],
            Self::Surface { .. } | Self::Ring { .. } | Self::Lane { .. } => &["along", "across"],
        }
    }

    /// What a place on it gives, by the ending of the names, with units.
    pub fn gives(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Lane { .. } => &[("x_m", "m"), ("y_m", "m"), ("z_m", "m"), ("heading_deg", "deg")],
            Self::Surface { .. } | Self::Box { .. } | Self::Ring { .. } => &[("x_m", "m"), ("y_m", "m"), ("z_m", "m")],
        }
    }

    /// Its numbers: field, unit, bound.
    pub fn bounds(&self) -> Vec<(String, &'static str, &Bound)> {
        let axes = |name: &str, all| -> Vec<(String, &'static str, &Bound)> {
            let all: &[Bound; 3] = all;
            ["x", "y", "z"].iter().zip(all).map(|(axis, bound)| (format!("{name}.{axis}"), "m", bound)).collect()
        };
        match self {
            Self::Surface { corner_m, along_m, across_m } => {
                [axes("corner_m", corner_m), axes("along_m", along_m), axes("across_m", across_m)].concat()
            }
            Self::Box { low_m, high_m } => [axes("low_m", low_m), axes("high_m", high_m)].concat(),
            Self::Ring { centre_m, inner_m, outer_m, from_deg, to_deg } => {
                let mut all = axes("centre_m", centre_m);
                all.push(("inner_m".to_owned(), "m", inner_m));
                all.push(("outer_m".to_owned(), "m", outer_m));
                all.push(("from_deg".to_owned(), "deg", from_deg));
                all.push(("to_deg".to_owned(), "deg", to_deg));
                all
            }
            Self::Lane { width_m, .. } => vec![("width_m".to_owned(), "m", width_m)],
        }
    }

    /// What is wrong with a lane's points, if anything.
    pub fn fault(&self) -> Option<String> {
        let Self::Lane { points_m, .. } = self else { return None };
        if points_m.len() < 2 || points_m.len() > MOST_POINTS {
            return Some(format!("a lane has {} points; give 2 to {MOST_POINTS}", points_m.len()));
        }
        if points_m.iter().flatten().any(|number| !number.is_finite()) {
            return Some("a lane's point is not finite; give metres".to_owned());
        }
        if points_m.iter().flatten().any(|number| number.abs() > FARTHEST_M) {
            return Some(format!(
                "a lane's point lies more than {FARTHEST_M} m away; give metres in the stage's frame"
            ));
        }
        let standing = points_m.windows(2).position(|pair| pair.first() == pair.get(1));
        standing.map(|at| format!("points {at} and {} of the lane are the same; leave one out", at + 1))
    }

    /// The region over the numbers of `scope`.
    ///
    /// # Errors
    /// A bound that does not fit.
    pub fn bind(&self, scope: &Scope) -> Result<BoundRegion, BoundError> {
        let bounds = self.bounds();
        let numbers = bounds.iter().map(|(_, unit, bound)| bound.bind(scope, unit)).collect::<Result<_, _>>()?;
        let (shape, line) = match self {
            Self::Surface { .. } => (Shape::Surface, Vec::new()),
            Self::Box { .. } => (Shape::Box, Vec::new()),
            Self::Ring { .. } => (Shape::Ring, Vec::new()),
            Self::Lane { points_m, .. } => (Shape::Lane, measured(points_m)),
        };
        Ok(BoundRegion { shape, numbers, line })
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Surface,
    Box,
    Ring,
    Lane,
}

/// A region whose numbers have places.
#[derive(Clone, Debug)]
pub struct BoundRegion {
    shape: Shape,
    numbers: Vec<Bounded>,
    line: Vec<(f64, [f64; 3])>,
}

/// Each point with the length of the line up to it.
fn measured(points: &[[f64; 3]]) -> Vec<(f64, [f64; 3])> {
    let mut length = 0.0;
    let mut before: Option<[f64; 3]> = None;
    let mut line = Vec::with_capacity(points.len());
    for point in points {
        if let Some(from) = before {
            length += distance(from, *point);
        }
        line.push((length, *point));
        before = Some(*point);
    }
    line
}

fn distance([x0, y0, z0]: [f64; 3], [x1, y1, z1]: [f64; 3]) -> f64 {
    libm::hypot(libm::hypot(x1 - x0, y1 - y0), z1 - z0)
}

impl BoundRegion {
    /// The point at the shares `[along, across, up]` in metres, and the lane's heading there in degrees (0 elsewhere),
    /// in a draw whose row is `values`.
    ///
    /// # Errors
    /// A bound that is not finite there.
    pub fn point(&self, [along, across, up]: [f64; 3], values: &[f64]) -> Result<[f64; 4], ExpressionError> {
        let mut numbers = [0.0; 9];
        for (slot, bound) in numbers.iter_mut().zip(&self.numbers) {
            *slot = bound.number(values)?;
        }
        let [a, b, c, d, e, f, g, h, i] = numbers;
        let point = match self.shape {
            Shape::Surface => [a + along * d + across * g, b + along * e + across * h, c + along * f + across * i, 0.0],
            Shape::Box => [a + along * (d - a), b + across * (e - b), c + up * (f - c), 0.0],
            Shape::Ring => {
                // Uniform in area: the square of the radius is.
                let radius = libm::sqrt((d * d + across * (e * e - d * d)).max(0.0));
                let (sine, cosine) = libm::sincos((f + along * (g - f)).to_radians());
                [a + radius * cosine, b + radius * sine, c, 0.0]
            }
            Shape::Lane => self.on_lane(along, (across - 0.5) * a),
        };
        if point.iter().all(|number| number.is_finite()) {
            return Ok(point);
        }
        // Numbers that are finite one by one can overflow together.
        let operands = format!("the shares {along}, {across}, {up}");
        Err(ExpressionError::NotFinite { column: 1, operation: "the region".to_owned(), operands })
    }

    fn on_lane(&self, along: f64, aside_m: f64) -> [f64; 4] {
        let total = self.line.last().map_or(0.0, |(length, _)| *length);
        let at = along.clamp(0.0, 1.0) * total;
        let after =
            self.line.partition_point(|(length, _)| *length <= at).clamp(1, self.line.len().saturating_sub(1).max(1));
        let (Some((from, p)), Some((to, q))) = (self.line.get(after - 1), self.line.get(after)) else {
            return [0.0; 4];
        };
        let share = (at - from) / (to - from);
        let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
        let flat = libm::hypot(dx, dy).max(f64::MIN_POSITIVE);
        // To the left of the line's direction.
        let (left_x, left_y) = (-dy / flat, dx / flat);
        [
            p[0] + share * dx + aside_m * left_x,
            p[1] + share * dy + aside_m * left_y,
            p[2] + share * (q[2] - p[2]),
            libm::atan2(dy, dx).to_degrees(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn numbers<const N: usize>(all: [f64; N]) -> [Bound; N] {
        all.map(Bound::Number)
    }

    fn bound(region: &Region) -> BoundRegion {
        region.bind(&Scope::default()).unwrap()
    }

    #[test]
    fn corners_and_middles_lie_where_they_should() {
        let surface = Region::Surface {
            corner_m: numbers([1.0, 2.0, 3.0]),
            along_m: numbers([2.0, 0.0, 0.0]),
            across_m: numbers([0.0, 4.0, 1.0]),
        };
        assert_eq!(bound(&surface).point([0.5, 1.0, 0.0], &[]).unwrap(), [2.0, 6.0, 4.0, 0.0]);
        let cube = Region::Box { low_m: numbers([-1.0, 0.0, 0.0]), high_m: numbers([1.0, 2.0, 4.0]) };
        assert_eq!(bound(&cube).point([0.5, 0.25, 1.0], &[]).unwrap(), [0.0, 0.5, 4.0, 0.0]);
        let points_m = vec![[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 2.0]];
        let lane = Region::Lane { points_m, width_m: Bound::Number(3.0) };
        assert_eq!(bound(&lane).point([0.0, 1.0, 0.0], &[]).unwrap(), [0.0, 1.5, 0.0, 0.0], "left edge");
        let end = bound(&lane).point([1.0, 0.5, 0.0], &[]).unwrap();
        assert_eq!(end, [10.0, 10.0, 2.0, 90.0], "the end, heading left");
    }

    #[test]
    fn a_ring_is_uniform_in_area_and_follows_its_object() {
        let mut scope = Scope::default();
        scope.push("x_m", "m").unwrap();
        let ring = Region::Ring {
            centre_m: [Bound::Expression("x_m".to_owned()), Bound::Number(0.0), Bound::Number(0.0)],
            inner_m: Bound::Number(1.0),
            outer_m: Bound::Number(3.0),
            from_deg: Bound::Number(0.0),
            to_deg: Bound::Number(90.0),
        };
        let ring = ring.bind(&scope).unwrap();
        let mut stream = StreamKey::new(1, "region").stream("ring", 0);
        let mut inside = 0;
        for _ in 0..20_000 {
            let [x, y, ..] = ring.point([stream.next_unit(), stream.next_unit(), 0.0], &[5.0]).unwrap();
            let radius = libm::hypot(x - 5.0, y);
            assert!((1.0..=3.0).contains(&radius) && x >= 5.0 && y >= 0.0, "{x} {y}");
            inside += u32::from(radius < 2.0);
        }
        // (4 − 1) / (9 − 1) of the area lies within 2 m.
        assert!((f64::from(inside) / 20_000.0 - 0.375).abs() < 0.012, "{inside}");
    }

    #[test]
    fn broken_lanes_say_what_is_wrong() {
        let lane = |points_m: Vec<[f64; 3]>| Region::Lane { points_m, width_m: Bound::Number(1.0) };
        for (points, part) in [
            (vec![], "2 to 1000"),
            (vec![[0.0; 3], [0.0; 3]], "the same"),
            (vec![[0.0; 3], [f64::NAN, 0.0, 0.0]], "finite"),
            (vec![[0.0; 3], [-1e300, 0.0, 0.0]], "away"),
        ] {
            assert!(lane(points).fault().unwrap().contains(part), "{part}");
        }
    }
}
