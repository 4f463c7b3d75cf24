//! The few directions, of perhaps a hundred, in which an event lies away from the middle.
//!
//! A mixture fitted to every score of many fits mostly noise, and the noise eats the weights; one that stays nominal but
//! for the directions that the event is told by needs no more draws than they ask for (El Masri, Morio & Simatos,
//! Reliability Engineering & System Safety 216 (2021) 107991). These are the mean, where chance alone would not put
//! it there, and then the directions in which the points lie farther out than chance would: a two-sided event has no mean.
//! How far chance goes is the edge of Marchenko and Pastur's law.

use crate::base::stream::Stream;

use super::batch::normals;
use super::fit::Point;

/// More directions than this cannot be told apart by the best draws of a level.
const MOST: usize = 8;
/// Rounds of the power method; a direction that stands out is there much earlier.
const ROUNDS: u32 = 40;
/// A round in which the spread grows by a smaller share is the last.
const GAIN_MIN: f64 = 1e-4;

/// Orthonormal directions: all where there are few, else the mean's and those that stand out; one at least. `ess` is what the points' weights are worth.
pub(super) fn directions(points: &[Point], ess: f64, stream: &mut Stream) -> Vec<Vec<f64>> {
    let dimensions = points.first().map_or(0, |point| point.z.len());
    if dimensions <= MOST {
        return axes(dimensions);
    }
    let scores = dimensions as f64;
    let mut found: Vec<Vec<f64>> = Vec::new();
    let mut mean = vec![0.0; dimensions];
    for point in points {
        add(&mut mean, point.weight, &point.z);
    }
    // n |mean|² of n points is chi-squared where nothing but chance moves them: three standard deviations.
    if ess * dot(&mean, &mean) > scores + 3.0 * libm::sqrt(2.0 * scores) {
        found.extend(unit(mean, &[]));
    }
    let by_chance = 1.0 + libm::sqrt(scores / ess);
    while found.len() < MOST.min(dimensions) {
        let Some((direction, spread)) = widest(points, &found, stream) else { break };
        if spread <= by_chance * by_chance && !found.is_empty() {
            break;
        }
        found.push(direction);
    }
    found
}

/// The scores' own directions.
pub(super) fn axes(dimensions: usize) -> Vec<Vec<f64>> {
    let axis = |at: usize| (0..dimensions).map(|score| if score == at { 1.0 } else { 0.0 }).collect();
    (0..dimensions).map(axis).collect()
}

/// The direction, orthogonal to those `found`, in which the points' mean square is largest, and that mean square.
fn widest(points: &[Point], found: &[Vec<f64>], stream: &mut Stream) -> Option<(Vec<f64>, f64)> {
    let mut direction = unit(normals(stream, points.first()?.z.len()), found)?;
    let mut spread = 0.0;
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; direction.len()];
        for point in points {
            add(&mut next, point.weight * dot(&direction, &point.z), &point.z);
        }
        let now = dot(&direction, &next);
        direction = unit(next, found)?;
        if now - spread < GAIN_MIN * now {
            break;
        }
        spread = now;
    }
    let square = |point: &Point| point.weight * dot(&direction, &point.z) * dot(&direction, &point.z);
    let spread = points.iter().map(square).sum();
    Some((direction, spread))
}

/// `vector` without its parts along those `found`, of length 1; `None` where nothing is left.
fn unit(mut vector: Vec<f64>, found: &[Vec<f64>]) -> Option<Vec<f64>> {
    for other in found {
        let along = dot(&vector, other);
        add(&mut vector, -along, other);
    }
    let length = libm::sqrt(dot(&vector, &vector));
    if length < 1e-12 {
        return None;
    }
    for score in &mut vector {
        *score /= length;
    }
    Some(vector)
}

/// The scalar product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `factor` times `other`.
pub(super) fn add(to: &mut [f64], factor: f64, other: &[f64]) {
    to.iter_mut().zip(other).for_each(|(to, other)| *to += factor * other);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    /// 400 normal points of 50 scores, of which `keep` lets some through.
    fn cloud(keep: impl Fn(&mut Vec<f64>)) -> Vec<Point> {
        let key = StreamKey::new(4, "directions");
        let point = |index| {
            let mut z = normals(&mut key.stream("point", index), 50);
            keep(&mut z);
            Point { z, weight: 1.0 / 400.0 }
        };
        (0..400).map(point).collect()
    }

    #[test]
    fn what_stands_out_is_found_and_chance_is_not() {
        let of = |points: &[Point]| directions(points, 400.0, &mut StreamKey::new(5, "directions").stream("start", 0));
        let shifted = of(&cloud(|z| z[7] += 2.0));
        assert!(shifted.len() == 1 && shifted[0][7] > 0.95, "the mean alone: {} directions", shifted.len());
        let split = of(&cloud(|z| z[7] = if z[7] > 0.0 { z[7] + 2.0 } else { z[7] - 2.0 }));
        assert!(split.len() == 1 && split[0][7].abs() > 0.95, "two sides without a mean: {} directions", split.len());
        let both = of(&cloud(|z| {
            z[7] += 2.0;
            z[30] *= 2.5;
        }));
        assert!(both.len() == 2 && both[0][7] > 0.9 && both[1][30].abs() > 0.9, "{} directions", both.len());
        assert!(dot(&both[0], &both[1]).abs() < 1e-12, "orthogonal");
        assert_eq!(of(&cloud(|_| ())).len(), 1, "one at least, even of nothing but chance");
    }
}
