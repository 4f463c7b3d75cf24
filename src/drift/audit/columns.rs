//! Candidates and outcomes as columns of numbers from which what the causes explain has been taken.
//!
//! A number becomes two columns: its ranks, which see what rises or falls, and the square of what the causes leave of them, which sees a
//! summit. Levels become a column each, scaled so that without causes the squared products of both sides' columns add up to Pearson's χ²
//! (and two levels are a number: one column says all).

use crate::stats::{mean, ranks};

use super::information::Codes;
use super::smoother::{Smooth, Smoother};

/// What is told apart as levels without order; a number with more values is a number.
pub(super) const MOST_LEVELS: usize = 8;
/// How much a summit weighs beside a rise.
const BEND_WEIGHT: f64 = 0.5;
/// A number of which the causes leave less than this share says nothing that they do not.
const LEAST_LEFT: f64 = 0.03;
/// The same of levels, of which the causes can explain almost all and yet not where one turns into the other.
const LEAST_LEFT_OF_LEVELS: f64 = 1e-3;

/// One column: what is left of it and how it was smoothed.
pub(super) struct Column {
    /// As it was, on the scale of what is left.
    pub(super) before: Vec<f64>,
    pub(super) residual: Vec<f64>,
    pub(super) gains: Vec<f64>,
}

/// A candidate or an outcome beside the causes.
pub(super) struct Columns {
    pub(super) each: Vec<Column>,
    /// For counting: levels, or bins of what is left.
    pub(super) codes: Codes,
    /// What the causes say of it, one list a column that has an order or a level.
    pub(super) fitted: Vec<Vec<f64>>,
    /// Whether it is a number (two levels are one), so that it can rise and fall.
    pub(super) ordered: bool,
}

impl Columns {
    /// Of numbers; `None` where they never change or the causes leave nothing of them. Few values are levels.
    pub(super) fn of_numbers(smoother: &Smoother, values: &[f64], bins: usize) -> Option<Self> {
        match Codes::levels(values, MOST_LEVELS) {
            Some(codes) => Self::of_levels(smoother, codes),
            None => Self::ordered(smoother, values, |residual| Codes::binned(residual, bins), true),
        }
    }

    /// Of levels.
    pub(super) fn of_levels(smoother: &Smoother, codes: Codes) -> Option<Self> {
        if codes.count < 2 {
            return None;
        }
        if codes.count == 2 {
            let values: Vec<f64> = codes.of_draw.iter().map(|code| *code as f64).collect();
            return Self::ordered(smoother, &values, |_| codes, false);
        }
        let draws = codes.of_draw.len() as f64;
        let (mut each, mut fitted) = (Vec::new(), Vec::new());
        for (level, size) in codes.sizes().into_iter().enumerate() {
            let scale = libm::sqrt(draws / size as f64);
            let of_level = |code: &usize| if *code == level { scale } else { 0.0 };
            let before: Vec<f64> = codes.of_draw.iter().map(of_level).collect();
            let smooth = smoother.smooth(&before);
            fitted.push(smooth.fitted);
            each.push(Column { before, residual: smooth.residual, gains: smooth.gains });
        }
        let left = each.iter().any(|column| square_mean(&column.residual) > LEAST_LEFT_OF_LEVELS);
        left.then_some(Self { each, codes, fitted, ordered: false })
    }

    fn ordered(
        smoother: &Smoother,
        values: &[f64],
        codes: impl FnOnce(&[f64]) -> Codes,
        has_bend: bool,
    ) -> Option<Self> {
        let unit = unit(&ranks(values))?;
        let Smooth { fitted, residual, gains } = smoother.smooth(&unit);
        let least = if has_bend { LEAST_LEFT } else { LEAST_LEFT_OF_LEVELS };
        if square_mean(&residual) < least {
            return None;
        }
        let codes = codes(&residual);
        let bend = has_bend.then(|| squares(&residual)).flatten();
        let mut each = vec![Column::weighted(unit, residual, gains, 1.0)];
        if let Some(bend) = bend {
            let Smooth { residual, gains, .. } = smoother.smooth(&bend);
            each.push(Column::weighted(bend, residual, gains, BEND_WEIGHT));
        }
        Some(Self { each, codes, fitted: vec![fitted], ordered: true })
    }
}

impl Column {
    /// What is left has mean square `weight`.
    fn weighted(before: Vec<f64>, residual: Vec<f64>, gains: Vec<f64>, weight: f64) -> Self {
        let size = square_mean(&residual);
        let scale = if size > 0.0 { libm::sqrt(weight / size) } else { 0.0 };
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value * scale).collect();
        Self { before: scaled(before), residual: scaled(residual), gains }
    }
}

/// How far each rank is from the middle, squared.
fn squares(values: &[f64]) -> Option<Vec<f64>> {
    let middle = 0.5 * (values.len() as f64 - 1.0);
    unit(&ranks(values).iter().map(|rank| (rank - middle) * (rank - middle)).collect::<Vec<_>>())
}

fn square_mean(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
}

/// With mean 0 and mean square 1; `None` where nothing changes.
fn unit(values: &[f64]) -> Option<Vec<f64>> {
    let middle = mean(values);
    let centred: Vec<f64> = values.iter().map(|value| value - middle).collect();
    let size = libm::sqrt(square_mean(&centred));
    (size > 1e-9).then(|| centred.into_iter().map(|value| value / size).collect())
}
