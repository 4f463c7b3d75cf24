//! How one quantity is cut: into intervals, or into single values.

use super::words;
use crate::family::distribution::Law;
use crate::family::goal::BUCKETS_DEFAULT;

/// Up to so many distinct values are taken as they are; more are cut into intervals.
pub const DISTINCT_MOST: usize = 12;

/// The buckets of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub enum Buckets {
    /// Rising edges, one more than buckets. An edge belongs to the bucket that it opens, the last one to the last
    /// bucket. The outer edges may be infinite.
    Intervals(Vec<f64>),
    /// Rising values, one a bucket.
    Values(Vec<f64>),
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the bucket of this number.
    In(usize),
    /// Below the lowest bucket.
    Below,
    /// Above the highest bucket.
    Above,
    /// None of the values, but among them.
    Between,
    /// NaN: the row has no such value.
    Missing,
}

impl Default for Buckets {
    /// None.
    fn default() -> Self {
        Self::Intervals(Vec::new())
    }
}

impl Buckets {
    /// Ten buckets of equal probability under `nominal`, or one a value where it is discrete.
    pub fn of_nominal(nominal: &Law) -> Self {
        Self::equal(nominal, BUCKETS_DEFAULT)
    }

    /// `count` buckets (at least one) of equal probability under `nominal`, or one a value where it is discrete.
    pub fn equal(nominal: &Law, count: usize) -> Self {
        if nominal.is_discrete() {
            return Self::Values(nominal.atoms().into_iter().map(|(value, _)| value).collect());
        }
        let count = count.max(1);
        let mut edges: Vec<f64> = (0..=count).map(|edge| nominal.quantile(edge as f64 / count as f64)).collect();
        // So narrow a range that two quantiles are the same number has fewer buckets.
        edges.dedup();
        Self::Intervals(edges)
    }

    /// Buckets from values alone: one a value up to [`DISTINCT_MOST`] distinct ones, else about `n_buckets` with
    /// equally many values, the outer two without end. Every bucket holds a value. NaN is left out.
    pub fn automatic(values: impl IntoIterator<Item = f64>, n_buckets: usize) -> Self {
        // Adding 0 makes -0 the same value as 0.
        let mut sorted: Vec<f64> =
            values.into_iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
        sorted.sort_by(f64::total_cmp);
        let mut distinct = sorted.clone();
        distinct.dedup();
        if distinct.len() <= DISTINCT_MOST {
            return Self::Values(distinct);
        }
        // Values as edges, not numbers between them: each bucket holds at least the value that opens it.
        let n_buckets = n_buckets.clamp(1, sorted.len());
        let inner = (1..n_buckets).filter_map(|edge| sorted.get(sorted.len() * edge / n_buckets).copied());
        let lowest = distinct.first().copied().unwrap_or(f64::NEG_INFINITY);
        let mut edges = vec![f64::NEG_INFINITY];
        edges.extend(inner.filter(|edge| *edge > lowest));
        edges.push(f64::INFINITY);
        edges.dedup();
        Self::Intervals(edges)
    }

    /// Number of buckets.
    pub fn len(&self) -> usize {
        match self {
            Self::Intervals(edges) => edges.len().saturating_sub(1),
            Self::Values(values) => values.len(),
        }
    }

    /// Whether there is no bucket at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where `value` lies.
    pub fn place(&self, value: f64) -> Place {
        let (Self::Intervals(points) | Self::Values(points)) = self;
        let (Some(lowest), Some(highest)) = (points.first(), points.last()) else { return Place::Above };
        if value.is_nan() {
            Place::Missing
        } else if value < *lowest {
            Place::Below
        } else if value > *highest {
            Place::Above
        } else {
            let opened = points.partition_point(|point| *point <= value).saturating_sub(1);
            match self {
                Self::Intervals(_) if self.is_empty() => Place::Above,
                Self::Intervals(_) => Place::In(opened.min(self.len() - 1)),
                Self::Values(_) if points.get(opened) == Some(&value) => Place::In(opened),
                Self::Values(_) => Place::Between,
            }
        }
    }

    /// Both ends of a bucket; the same number twice for a single value.
    pub fn ends(&self, bucket: usize) -> Option<(f64, f64)> {
        match self {
            Self::Intervals(edges) => Some((*edges.get(bucket)?, *edges.get(bucket + 1)?)),
            Self::Values(values) => values.get(bucket).map(|value| (*value, *value)),
        }
    }

    /// A bucket in words with its unit: `0–2 m/s`, `< 0.1`, `≥ 5 kg`, `3`.
    pub fn words(&self, bucket: usize, unit: &str) -> String {
        self.ends(bucket).map_or_else(|| "nothing".to_owned(), |(low, high)| words::interval(low, high, unit))
    }

    /// The probability of each bucket under `nominal`.
    pub fn probabilities(&self, nominal: &Law) -> Vec<f64> {
        if nominal.is_discrete() {
            let mut each = vec![0.0; self.len()];
            for (value, mass) in nominal.atoms() {
                if let Place::In(bucket) = self.place(value)
                    && let Some(sum) = each.get_mut(bucket)
                {
                    *sum += mass;
                }
            }
            return each;
        }
        match self {
            Self::Intervals(edges) => {
                let below: Vec<f64> = edges.iter().map(|edge| nominal.cdf(*edge)).collect();
                below.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect()
            }
            // A density gives no single value a probability.
            Self::Values(values) => vec![0.0; values.len()],
        }
    }
}
