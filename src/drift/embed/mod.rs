//! All rows of both sides on one plane, so that rows that resemble each other lie together: t-SNE.
//!
//! Barnes–Hut t-SNE (van der Maaten, JMLR 2014) in the principal components of standardised features and started from the first two, so that
//! the large picture is that of the plane ([`super::components`]) (Kobak & Berens, "The art of using t-SNE for single-cell transcriptomics",
//! Nature Communications 2019). The same bits on every machine and with any number of threads.
//!
//! A picture to look at, and no test: who is near whom means something, how far apart clumps lie and how large they are does
//! not. Deliberately not here: UMAP, and placing new rows on an old map.

mod affinity;
mod descent;
mod near;
mod tree;

use rayon::prelude::*;

use super::DriftError;
use crate::base::{Monitor, StreamKey};
use affinity::Affinities;
use near::{Near, Table};

/// Rows below which there is no map: nobody has enough neighbours.
const LEAST_ROWS: usize = 8;
/// Near rows that a row looks at, for each that counts in effect.
const NEAR_PER_PERPLEXITY: f64 = 3.0;
/// Spread of the first component at the start, and of the chance added to it.
const START: f64 = 1e-4;
const CHANCE: f64 = 1e-6;
/// Neighbours that say where a row comes to lie that was not laid out itself.
const PLACED_BY: usize = 5;
/// Rows between two looks at whether to stop.
const CHUNK: usize = 1_024;

/// Across and up.
type Point = [f32; 2];

/// What an embedding depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbedSettings {
    /// How many neighbours count for a row in effect, 2 to 100; a third of the rows at most.
    pub perplexity: f64,
    /// Rows that are laid out; where there are more, evenly spaced ones are, and the others placed among them.
    pub most_laid_out: usize,
    /// Names the random stream that tells equal rows apart.
    pub seed: u64,
}

impl Default for EmbedSettings {
    fn default() -> Self {
        Self { perplexity: 30.0, most_laid_out: 40_000, seed: 0 }
    }
}

/// Where rows lie. Units and directions of the axes mean nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// One a row, the reference's first; all finite.
    pub points: Vec<[f64; 2]>,
    /// How many rows were laid out. The others lie at the mean of those laid out that are most like them.
    pub laid_out: usize,
}

/// The map of rows along their principal components ([`super::components`]); `None` where there are fewer than eight.
///
/// Time grows with the square of the rows that are laid out, and with their number for each of the others.
///
/// # Errors
/// [`DriftError::Stopped`] within a second of the monitor's wish.
pub fn embedding(
    scores: &[Vec<f32>],
    settings: &EmbedSettings,
    monitor: &dyn Monitor,
) -> Result<Option<Embedding>, DriftError> {
    let count = scores.len();
    if count < LEAST_ROWS {
        return Ok(None);
    }
    let laid_out = count.min(settings.most_laid_out.max(LEAST_ROWS));
    // Evenly spaced, the first among them.
    let chosen: Vec<usize> = (0..laid_out).map(|at| at * count / laid_out).collect();
    let some: Vec<&[f32]> = chosen.iter().map(|row| scores[*row].as_slice()).collect();
    let points = lay_out(&some, settings, monitor)?;
    let points = if laid_out == count { points } else { place(scores, &some, &points, monitor)? };
    Ok(Some(Embedding { points: points.into_iter().map(|point| point.map(f64::from)).collect(), laid_out }))
}

/// t-SNE of all `rows`.
fn lay_out(rows: &[&[f32]], settings: &EmbedSettings, monitor: &dyn Monitor) -> Result<Vec<Point>, DriftError> {
    let perplexity = settings.perplexity.clamp(2.0, 100.0).min((rows.len() - 1) as f64 / NEAR_PER_PERPLEXITY);
    let most = (NEAR_PER_PERPLEXITY * perplexity) as usize;
    let table = Table::new(rows);
    let near: Vec<Vec<Near>> = for_each(rows.len(), ("Finding neighbours", monitor), |row| {
        table.nearest(rows[row], most, row, Some(row as u32))
    })?;
    let weights =
        for_each(rows.len(), ("Weighing neighbours", monitor), |row| affinity::weights(&near[row], perplexity))?;
    let affinities = Affinities::new(&near, &weights);
    descent::descend(start(rows, settings.seed), &affinities, monitor)
}

/// The first two components, made small, with a little chance: equal rows at one place would never part.
fn start(rows: &[&[f32]], seed: u64) -> Vec<Point> {
    let squares: f64 = rows.iter().map(|row| f64::from(row[0]) * f64::from(row[0])).sum();
    let sd = libm::sqrt(squares / rows.len() as f64).max(f64::from(f32::MIN_POSITIVE));
    let purpose = StreamKey::new(seed, "drift embedding").purpose("start");
    let value = |row: &[f32], at: usize, index: u64| {
        let score = row.get(at).map_or(0.0, |score| f64::from(*score));
        (START * score / sd + CHANCE * (2.0 * purpose.unit(index, at as u64) - 1.0)) as f32
    };
    (0..).zip(rows).map(|(index, row)| [0, 1].map(|at| value(row, at, index))).collect()
}

/// Every row at the mean of those laid out that are nearest to it, near ones counting more; those laid out where they are.
fn place(all: &[Vec<f32>], some: &[&[f32]], points: &[Point], monitor: &dyn Monitor) -> Result<Vec<Point>, DriftError> {
    let table = Table::new(some);
    for_each(all.len(), ("Placing the other rows", monitor), |row| {
        // Where the evenly spaced one at or after it stands among them.
        let at = (row * some.len()).div_ceil(all.len()).min(some.len() - 1);
        if at * all.len() / some.len() == row {
            return points[at];
        }
        let near = table.nearest(&all[row], PLACED_BY, at, None);
        let (mut sum, mut mean) = (0.0, [0.0; 2]);
        for (squared, other) in near {
            let weight = 1.0 / (squared + f32::EPSILON);
            sum += weight;
            mean = [0, 1].map(|part| mean[part] + weight * points[other as usize][part]);
        }
        mean.map(|part| part / sum)
    })
}

/// `of` each of `count` rows, in order, telling how far it is.
fn for_each<T: Send>(
    count: usize,
    (stage, monitor): (&str, &dyn Monitor),
    of: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, DriftError> {
    let mut out = Vec::with_capacity(count);
    for first in (0..count).step_by(CHUNK) {
        monitor.step(stage, first as u64, count as u64);
        let rows = first..(first + CHUNK).min(count);
        let one = |row: usize| if monitor.stopped() { Err(DriftError::Stopped) } else { Ok(of(row)) };
        out.append(&mut rows.into_par_iter().map(one).collect::<Result<Vec<T>, _>>()?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
