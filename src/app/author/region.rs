//! Regions as they are seen from above: outlines in the shown draw, the handles that pull them, and what a pull makes of
//! their numbers. Screens draw it; nothing here knows a screen.

use super::nice;
use super::uses::bounds_of;
use crate::family::{Bound, Columns, Family, Region};

/// A point on the ground in metres: away from the robot, to its left.
pub type Spot = [f64; 2];

/// The kinds of regions, by their words.
pub const KINDS: [&str; 4] = ["Surface", "Box", "Ring", "Lane"];

/// The word of a region's kind.
pub fn kind(region: &Region) -> &'static str {
    match region {
        Region::Surface { .. } => KINDS[0],
        Region::Box { .. } => KINDS[1],
        Region::Ring { .. } => KINDS[2],
        Region::Lane { .. } => KINDS[3],
    }
}

/// The region's numbers in a draw, in the order of [`Region::bounds`].
///
/// # Errors
/// The first that has none; one sentence.
pub fn numbers(region: &Region, family: &Family, value: impl Fn(&str) -> Option<f64>) -> Result<Vec<f64>, String> {
    let columns = Columns::of(family);
    let row: Vec<f64> = columns.names().map(|name| value(name).unwrap_or(f64::NAN)).collect();
    let scope = columns.scope();
    let number = |(field, unit, bound): (String, &'static str, &Bound)| {
        let told = |error: String| format!("{field}: {error}");
        let bounded = bound.bind(&scope, unit).map_err(|error| told(error.to_string()))?;
        bounded.number(&row).map_err(|error| told(error.to_string()))
    };
    region.bounds().into_iter().map(number).collect()
}

fn arc(centre: Spot, radius: f64, [from_deg, to_deg]: [f64; 2]) -> Vec<Spot> {
    const STEPS: u32 = 64;
    let at = |step: u32| {
        let share = f64::from(step) / f64::from(STEPS);
        on_circle(centre, radius, from_deg + share * (to_deg - from_deg))
    };
    (0..=STEPS).map(at).collect()
}

fn on_circle([x, y]: Spot, radius: f64, degrees: f64) -> Spot {
    let (sine, cosine) = libm::sincos(degrees.to_radians());
    [x + radius * cosine, y + radius * sine]
}

fn plus([x, y]: Spot, [by_x, by_y]: Spot) -> Spot {
    [x + by_x, y + by_y]
}

/// The lines that bound a region with these numbers; closed ones end where they begin.
pub fn outline(region: &Region, numbers: &[f64]) -> Vec<Vec<Spot>> {
    match (region, numbers) {
        (Region::Surface { .. }, [x, y, _, ax, ay, _, bx, by, _]) => {
            let (corner, along, across) = ([*x, *y], [*ax, *ay], [*bx, *by]);
            let far = plus(plus(corner, along), across);
            vec![vec![corner, plus(corner, along), far, plus(corner, across), corner]]
        }
        (Region::Box { .. }, [x0, y0, _, x1, y1, _]) => {
            vec![vec![[*x0, *y0], [*x1, *y0], [*x1, *y1], [*x0, *y1], [*x0, *y0]]]
        }
        (Region::Ring { .. }, [x, y, _, inner, outer, from, to]) => {
            let (centre, span) = ([*x, *y], [*from, *to]);
            let (mut far, near) = (arc(centre, *outer, span), arc(centre, *inner, span));
            if (to - from).abs() >= 360.0 {
                return vec![far, near];
            }
            let begin = far.first().copied();
            far.extend(near.into_iter().rev().chain(begin));
            vec![far]
        }
        (Region::Lane { points_m, .. }, [width]) => {
            let middle: Vec<Spot> = points_m.iter().map(|[x, y, _]| [*x, *y]).collect();
            vec![beside(&middle, 0.5 * width), beside(&middle, -0.5 * width), middle]
        }
        _ => Vec::new(),
    }
}

/// The line that runs `aside` metres to the left of another one.
fn beside(line: &[Spot], aside: f64) -> Vec<Spot> {
    let left = |pair: &[Spot]| match pair {
        [[x0, y0], [x1, y1]] => {
            let length = libm::hypot(x1 - x0, y1 - y0).max(f64::MIN_POSITIVE);
            [-(y1 - y0) / length * aside, (x1 - x0) / length * aside]
        }
        _ => [0.0; 2],
    };
    let pieces = line.windows(2).flat_map(|pair| {
        let by = left(pair);
        pair.iter().map(move |point| plus(*point, by))
    });
    pieces.collect()
}

/// Something that is pulled.
#[derive(Clone, Debug, PartialEq)]
pub struct Handle {
    /// What it is (`"outer radius"`).
    pub name: String,
    /// Where it is.
    pub at: Spot,
    /// Its numbers are written, not computed from the draw.
    pub free: bool,
    pull: Pull,
}

/// What a pull changes: indices of the region's numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pull {
    /// Two coordinates.
    Point(usize, usize),
    /// Two coordinates over a corner.
    Edge(usize, usize, Spot),
    /// A distance from a point.
    Radius(usize, Spot),
    /// A direction from a point, in degrees, near what it was.
    Angle(usize, Spot, f64),
    /// Point `n` of a lane.
    OfLane(usize),
    /// Twice the distance from a line through two points.
    Width(usize, [Spot; 2]),
}

/// Everything that can be pulled.
pub fn handles(region: &Region, numbers: &[f64]) -> Vec<Handle> {
    let bounds = region.bounds();
    let constant = |at: usize| bounds.get(at).is_some_and(|(_, _, bound)| bound.is_constant());
    let handle = |name: &str, at: Spot, pull: Pull| {
        let free = match pull {
            Pull::Point(x, y) | Pull::Edge(x, y, _) => constant(x) && constant(y),
            Pull::Radius(n, _) | Pull::Angle(n, ..) | Pull::Width(n, _) => constant(n),
            Pull::OfLane(_) => true,
        };
        Handle { name: name.to_owned(), at, free, pull }
    };
    match (region, numbers) {
        (Region::Surface { .. }, [x, y, _, ax, ay, _, bx, by, _]) => {
            let corner = [*x, *y];
            vec![
                handle("corner", corner, Pull::Point(0, 1)),
                handle("end of along", plus(corner, [*ax, *ay]), Pull::Edge(3, 4, corner)),
                handle("end of across", plus(corner, [*bx, *by]), Pull::Edge(6, 7, corner)),
            ]
        }
        (Region::Box { .. }, [x0, y0, _, x1, y1, _]) => vec![
            handle("low corner", [*x0, *y0], Pull::Point(0, 1)),
            handle("high corner", [*x1, *y1], Pull::Point(3, 4)),
        ],
        (Region::Ring { .. }, [x, y, _, inner, outer, from, to]) => {
            let (centre, middle) = ([*x, *y], 0.5 * (from + to));
            let on = |radius: f64, degrees: f64| on_circle(centre, radius, degrees);
            let between = 0.5 * (inner + outer);
            vec![
                handle("centre", centre, Pull::Point(0, 1)),
                handle("inner radius", on(*inner, middle), Pull::Radius(3, centre)),
                handle("outer radius", on(*outer, middle), Pull::Radius(4, centre)),
                handle("end", on(between, *to), Pull::Angle(6, centre, *to)),
                handle("begin", on(between, *from), Pull::Angle(5, centre, *from)),
            ]
        }
        (Region::Lane { points_m, .. }, [width]) => {
            let points = points_m.iter().map(|[x, y, _]| [*x, *y]).enumerate();
            let mut all: Vec<Handle> =
                points.map(|(at, spot)| handle(&format!("point {at}"), spot, Pull::OfLane(at))).collect();
            if let [[x0, y0, _], [x1, y1, _], ..] = points_m.as_slice() {
                let line = [[*x0, *y0], [*x1, *y1]];
                let edge = beside(&line, 0.5 * width);
                let at =
                    [edge[0], edge[1]].iter().fold([0.0; 2], |sum, spot| plus(sum, [0.5 * spot[0], 0.5 * spot[1]]));
                all.push(handle("width", at, Pull::Width(0, line)));
            }
            all
        }
        _ => Vec::new(),
    }
}

/// The region after its handle was pulled to a place.
pub fn pulled(region: &Region, handle: &Handle, [x, y]: Spot) -> Region {
    let mut new = region.clone();
    if let (Region::Lane { points_m, .. }, Pull::OfLane(at)) = (&mut new, handle.pull) {
        if let Some([px, py, _]) = points_m.get_mut(at) {
            (*px, *py) = (nice(x, 1.0), nice(y, 1.0));
        }
        return new;
    }
    let set: Vec<(usize, f64)> = match handle.pull {
        Pull::Point(at_x, at_y) => vec![(at_x, x), (at_y, y)],
        Pull::Edge(at_x, at_y, corner) => vec![(at_x, x - corner[0]), (at_y, y - corner[1])],
        Pull::Radius(at, centre) => vec![(at, libm::hypot(x - centre[0], y - centre[1]))],
        Pull::Angle(at, centre, before) => {
            let degrees = libm::atan2(y - centre[1], x - centre[0]).to_degrees();
            let turns = libm::round((before - degrees) / 360.0);
            vec![(at, nice((degrees + 360.0 * turns).clamp(-360.0, 720.0), 100.0))]
        }
        Pull::Width(at, [[x0, y0], [x1, y1]]) => {
            let length = libm::hypot(x1 - x0, y1 - y0).max(f64::MIN_POSITIVE);
            let aside = ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length;
            vec![(at, 2.0 * aside.abs())]
        }
        Pull::OfLane(_) => Vec::new(),
    };
    let mut bounds = bounds_of(&mut new);
    for (at, number) in set {
        if let Some(bound) = bounds.get_mut(at) {
            **bound = Bound::Number(nice(number, 1.0));
        }
    }
    new
}

/// The region with another number at `at` of [`Region::bounds`].
pub fn with_number(region: &Region, at: usize, bound: Bound) -> Region {
    let mut new = region.clone();
    if let Some(place) = bounds_of(&mut new).into_iter().nth(at) {
        *place = bound;
    }
    new
}

/// A lane's points and one more, as far behind the last as that is behind the one before.
pub fn longer(points: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut all = points.to_vec();
    let next = match points {
        [.., a, b] => [0, 1, 2].map(|axis| nice(2.0 * b[axis] - a[axis], 1.0)),
        [one] => [one[0] + 0.1, one[1], one[2]],
        [] => [0.0; 3],
    };
    all.push(next);
    all
}

/// A lane's points and one more halfway between point `at` and the next.
pub fn inserted(points: &[[f64; 3]], at: usize) -> Vec<[f64; 3]> {
    let mut all = points.to_vec();
    if let Some([a, b]) = points.get(at..at + 2) {
        all.insert(at + 1, [0, 1, 2].map(|axis| nice(0.5 * (a[axis] + b[axis]), 1.0)));
    }
    all
}

/// A lane with one more point where its middle line comes nearest to `spot`, if that is within `reach` metres.
pub fn split(region: &Region, spot: Spot, reach: f64) -> Option<Region> {
    let Region::Lane { points_m, width_m } = region else { return None };
    let nearest = |(at, pair): (usize, &[[f64; 3]])| {
        let [a, b] = pair else { return None };
        let along = [b[0] - a[0], b[1] - a[1]];
        let length_2 = along[0] * along[0] + along[1] * along[1];
        let ahead = (spot[0] - a[0]) * along[0] + (spot[1] - a[1]) * along[1];
        let share = (ahead / length_2.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let point = [0, 1, 2].map(|axis| a[axis] + share * (b[axis] - a[axis]));
        Some((libm::hypot(point[0] - spot[0], point[1] - spot[1]), at, point))
    };
    let all = points_m.windows(2).enumerate().filter_map(nearest);
    let (away, at, point) = all.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let mut points_m = points_m.clone();
    points_m.insert(at + 1, point.map(|number| nice(number, 1.0)));
    (away <= reach).then(|| Region::Lane { points_m, width_m: width_m.clone() })
}

/// A region of another kind in about the same place; `numbers` are those of `now`.
pub fn like(word: &str, now: &Region, numbers: &[f64]) -> Region {
    let spots: Vec<Spot> = outline(now, numbers).into_iter().flatten().filter(|[x, y]| (x + y).is_finite()).collect();
    let range = |axis: usize| {
        let all = spots.iter().filter_map(|spot| spot.get(axis));
        let low = all.clone().copied().fold(f64::INFINITY, f64::min);
        let high = all.copied().fold(f64::NEG_INFINITY, f64::max);
        if low < high { [nice(low, 1.0), nice(high, 1.0)] } else { [0.25, 0.4] }
    };
    let ([x0, x1], [y0, y1]) = (range(0), range(1));
    let z = match now {
        Region::Lane { points_m, .. } => points_m.first().map_or(0.0, |point| point[2]),
        _ => numbers.get(2).copied().filter(|z| z.is_finite()).unwrap_or(0.0),
    };
    plain(word, [x0, x1], [y0, y1], z)
}

/// A region of a kind between these ends, at this height.
pub fn plain(word: &str, [x0, x1]: [f64; 2], [y0, y1]: [f64; 2], z: f64) -> Region {
    let at = |x: f64, y: f64, z: f64| [x, y, z].map(|number| Bound::Number(nice(number, 1.0)));
    let number = |number: f64| Bound::Number(nice(number, 1.0));
    match word {
        "Box" => Region::Box { low_m: at(x0, y0, z), high_m: at(x1, y1, z + 0.1) },
        "Ring" => {
            let outer = 0.5 * (x1 - x0).min(y1 - y0);
            let centre_m = at(0.5 * (x0 + x1), 0.5 * (y0 + y1), z);
            let [inner_m, outer_m, from_deg, to_deg] = [0.5 * outer, outer, 0.0, 360.0].map(number);
            Region::Ring { centre_m, inner_m, outer_m, from_deg, to_deg }
        }
        "Lane" => {
            let middle = nice(0.5 * (y0 + y1), 1.0);
            Region::Lane { points_m: vec![[x0, middle, z], [x1, middle, z]], width_m: number(y1 - y0) }
        }
        _ => {
            Region::Surface { corner_m: at(x0, y0, z), along_m: at(x1 - x0, 0.0, 0.0), across_m: at(0.0, y1 - y0, 0.0) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(region: &Region) -> Vec<f64> {
        numbers(region, &Family::new("f", "F", "tabletop"), |_| None).expect("numbers")
    }

    #[test]
    fn a_pulled_handle_lies_where_it_was_pulled_to_and_nothing_else_moves() {
        for word in KINDS {
            let region = plain(word, [0.2, 0.5], [-0.2, 0.3], 0.1);
            assert_eq!((kind(&region), region.fault()), (word, None));
            for handle in handles(&region, &now(&region)) {
                let to = plus(handle.at, [0.031, -0.047]);
                let new = pulled(&region, &handle, to);
                let after = handles(&new, &now(&new));
                let moved = after.iter().find(|other| other.name == handle.name).expect("is still there");
                let off = libm::hypot(moved.at[0] - to[0], moved.at[1] - to[1]);
                let along_only = ["radius", "begin", "end", "width"].iter().any(|part| handle.name.ends_with(part));
                assert!(along_only || off < 1e-3, "{word} {}: {off}", handle.name);
                assert_ne!(new, region, "{word} {}", handle.name);
                let changed = now(&region).iter().zip(now(&new)).filter(|(a, b)| **a != *b).count();
                assert!(changed <= 2, "{word} {}: {changed} numbers", handle.name);
            }
        }
    }

    #[test]
    fn what_is_computed_is_not_pulled_and_outlines_follow_the_draw() {
        let mut family = Family::new("f", "F", "tabletop");
        family.parameters.push(crate::family::Parameter::new("x_m", "m", &crate::family::Distribution::Constant(0.3)));
        let Region::Ring { inner_m, outer_m, from_deg, to_deg, .. } = plain("Ring", [0.0, 0.2], [0.0, 0.2], 0.0) else {
            panic!("a ring");
        };
        let centre_m = [Bound::Expression("x_m".to_owned()), Bound::Number(0.0), Bound::Number(0.0)];
        let ring = Region::Ring { centre_m, inner_m, outer_m, from_deg, to_deg };
        let found = numbers(&ring, &family, |_| Some(0.4)).expect("numbers");
        let frees: Vec<bool> = handles(&ring, &found).iter().map(|handle| handle.free).collect();
        assert_eq!(frees, [false, true, true, true, true]);
        let lines = outline(&ring, &found);
        let farthest = lines.iter().flatten().map(|[x, _]| *x).fold(0.0, f64::max);
        assert!((farthest - 0.5).abs() < 1e-9 && lines.len() == 2, "round 0.4: {farthest}");
        assert!(numbers(&ring, &Family::new("f", "F", "tabletop"), |_| None).unwrap_err().contains("x_m"));
    }

    #[test]
    fn a_point_comes_between_two_others_where_the_line_is() {
        let points_m = vec![[0.0, 0.0, 0.0], [0.4, 0.0, 0.2], [0.4, 0.4, 0.2]];
        assert_eq!(inserted(&points_m, 0)[1], [0.2, 0.0, 0.1], "halfway, its height too");
        assert_eq!(inserted(&points_m, 2), points_m, "nothing follows the last");
        let lane = Region::Lane { points_m, width_m: Bound::Number(0.1) };
        let Some(Region::Lane { points_m, .. }) = split(&lane, [0.39, 0.1], 0.02) else { panic!("near enough") };
        assert_eq!((points_m.len(), points_m[2]), (4, [0.4, 0.1, 0.2]), "on the second piece");
        assert_eq!(split(&lane, [0.3, 0.1], 0.02), None, "beside the line");
        assert_eq!(split(&plain("Box", [0.0, 1.0], [0.0, 1.0], 0.0), [0.0, 0.0], 1.0), None, "no lane");
    }

    #[test]
    fn another_kind_lies_in_the_same_place() {
        let cube = plain("Box", [0.2, 0.5], [-0.2, 0.2], 0.1);
        for word in KINDS {
            let other = like(word, &cube, &now(&cube));
            let lines = outline(&other, &now(&other));
            let middle = |axis: usize| {
                let all = lines.iter().flatten().map(|spot| spot[axis]);
                0.5 * (all.clone().fold(f64::INFINITY, f64::min) + all.fold(f64::NEG_INFINITY, f64::max))
            };
            assert!((middle(0) - 0.35).abs() < 1e-3 && middle(1).abs() < 1e-3, "{word}: {} {}", middle(0), middle(1));
        }
    }
}
