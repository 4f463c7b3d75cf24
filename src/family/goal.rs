//! Coverage goals: into which buckets a quantity is cut and how many hits each bucket wants, in the words of ASAM
//! `OpenSCENARIO` DSL's `cover` (`range`, `every`, `target`).
//!
//! A goal is only the wish; `sample` counts. Whether `of` names anything is the validator's question.

use serde::{Deserialize, Serialize};

/// More buckets than this are a slip of the pen.
pub const BUCKETS_MOST: usize = 1_000;

/// Buckets of a goal that gives a range and no width; also of a parameter without a goal.
pub const BUCKETS_DEFAULT: usize = 10;

/// One quantity's goal. With neither `range` nor `buckets` only the target is set: the buckets are then those of a
/// parameter without a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The parameter or measure.
    pub of: String,
    /// Lowest and highest value that count, in the quantity's unit; both belong to it.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// Width of a bucket; a last bucket that does not fit is narrower. A tenth of the range where left out.
    #[serde(default)]
    pub every: Option<f64>,
    /// The edges themselves, rising, one more than buckets; instead of `range` and `every`.
    #[serde(default)]
    pub buckets: Option<Vec<f64>>,
    /// Hits that every bucket wants.
    #[serde(default = "one")]
    pub target: u64,
}

fn one() -> u64 {
    1
}

impl Goal {
    /// The edges that the goal asks for, one more than buckets; `None` where it only sets the target.
    pub fn edges(&self) -> Option<Vec<f64>> {
        if let Some(edges) = &self.buckets {
            return Some(edges.clone());
        }
        let (low, high) = self.range?;
        let width = self.every.unwrap_or((high - low) / BUCKETS_DEFAULT as f64);
        // A width that fits up to rounding makes no sliver at the end.
        let n_buckets = libm::ceil((high - low) / width - 1e-9).clamp(1.0, BUCKETS_MOST as f64) as usize;
        let opening = (0..n_buckets).map(|bucket| as_written(low + bucket as f64 * width));
        Some(opening.chain([high]).collect())
    }

    /// Whether the numbers make a goal.
    ///
    /// # Errors
    /// One sentence that says what is wrong and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        if self.target == 0 {
            return Err("target is 0, but a bucket that wants no hit is no goal; write 1 or more".to_owned());
        }
        match (&self.buckets, self.range, self.every) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                Err("buckets already say where the edges are; leave range and every out".to_owned())
            }
            (Some(edges), None, None) => check_edges(edges),
            (None, None, Some(_)) => Err("every needs a range to divide; add range: (low, high)".to_owned()),
            (None, None, None) => Ok(()),
            (None, Some((low, high)), every) => check_range(low, high, every).and_then(|()| {
                let edges = self.edges().unwrap_or_default();
                check_edges(&edges)
            }),
        }
    }
}

fn check_range(low: f64, high: f64, every: Option<f64>) -> Result<(), String> {
    if !(low.is_finite() && high.is_finite() && (high - low).is_finite()) {
        return Err(format!("range is ({low}, {high}), but both ends must be finite numbers"));
    }
    if low >= high {
        return Err(format!("range is ({low}, {high}), but its low end must be below its high end"));
    }
    let Some(every) = every else { return Ok(()) };
    // Written so that NaN is refused, too.
    if !(every > 0.0 && every <= high - low) {
        return Err(format!("every is {every}; choose above 0 and at most the range's width {}", high - low));
    }
    if (high - low) / every > BUCKETS_MOST as f64 {
        return Err(format!("every {every} makes more than {BUCKETS_MOST} buckets; choose a greater width"));
    }
    Ok(())
}

fn check_edges(edges: &[f64]) -> Result<(), String> {
    if !(2..=BUCKETS_MOST + 1).contains(&edges.len()) {
        return Err(format!("buckets has {} edges; write 2 to {}", edges.len(), BUCKETS_MOST + 1));
    }
    if let Some(edge) = edges.iter().find(|edge| !edge.is_finite()) {
        return Err(format!("{edge} is not a finite number; every edge of a bucket must be one"));
    }
    match edges.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(format!("the edge {} does not rise above the one before it, {}", pair[1], pair[0])),
        None => Ok(()),
    }
}

/// The number that a person would have written: 0.3 for 3 · 0.1, so that a value of 0.3 opens its bucket.
fn as_written(edge: f64) -> f64 {
    format!("{edge:.13e}").parse().unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(text: &str) -> Goal {
        super::super::text::options().from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn range_and_every_define_the_edges() {
        let edges = |text: &str| goal(text).edges().unwrap();
        assert_eq!(edges("(of: \"v\", range: (0, 10), every: 2, target: 3)"), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(edges("(of: \"v\", range: (0, 1), every: 0.4)"), [0.0, 0.4, 0.8, 1.0], "a narrower last bucket");
        assert_eq!(edges("(of: \"v\", range: (0.1, 0.4), every: 0.1)"), [0.1, 0.2, 0.3, 0.4], "as written, no sliver");
        assert_eq!(edges("(of: \"v\", range: (-5, 5))").len(), 11, "ten buckets");
        assert_eq!(edges("(of: \"v\", buckets: [0, 1, 5])"), [0.0, 1.0, 5.0]);
        let bare = goal("(of: \"v\", target: 3)");
        assert_eq!((bare.edges(), bare.check(), bare.target), (None, Ok(()), 3), "target alone");
        assert_eq!(goal("(of: \"v\")").target, 1, "the default");
    }

    #[test]
    fn the_edges_of_any_range_are_sound() {
        for (low, high, every) in [(0.0, 1.0, 0.001), (1e9, 1e9 + 1.0, 0.01), (-1e-7, 3e-7, 7e-9), (-3.0, 0.3, 1.1)] {
            let range = Goal { of: "v".into(), range: Some((low, high)), every: Some(every), buckets: None, target: 1 };
            assert_eq!(range.check(), Ok(()), "{range:?}");
            let edges = range.edges().unwrap();
            assert_eq!((edges.first(), edges.last()), (Some(&low), Some(&high)), "{range:?}");
            let widest = edges.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            assert!((widest / every - 1.0).abs() < 1e-3, "{range:?}: {widest}");
        }
    }

    #[test]
    fn each_mistake_has_its_sentence() {
        for (text, part) in [
            ("(of: \"v\", target: 0)", "1 or more"),
            ("(of: \"v\", every: 2)", "add range"),
            ("(of: \"v\", range: (0, 1), buckets: [0, 1])", "leave range and every out"),
            ("(of: \"v\", every: 1, buckets: [0, 1])", "leave range and every out"),
            ("(of: \"v\", range: (1, 1))", "below"),
            ("(of: \"v\", range: (NaN, 1))", "finite"),
            ("(of: \"v\", range: (0, 1), every: 0)", "above 0"),
            ("(of: \"v\", range: (0, 1), every: NaN)", "above 0"),
            ("(of: \"v\", range: (0, 1), every: 2)", "width 1"),
            ("(of: \"v\", range: (0, 1), every: 0.0001)", "1000 buckets"),
            ("(of: \"v\", range: (1e18, 1.000000000000001e18), every: 2)", "does not rise"),
            ("(of: \"v\", buckets: [0])", "1 edges"),
            ("(of: \"v\", buckets: [0, inf])", "finite"),
            ("(of: \"v\", buckets: [0, 2, 2])", "does not rise"),
        ] {
            let found = goal(text).check().expect_err(text);
            assert!(found.contains(part), "{text}: {found}");
        }
        assert!(super::super::text::options().from_str::<Goal>("(of: \"v\", evry: 2)").is_err(), "unknown field");
    }

    #[test]
    fn a_goal_survives_being_written_and_read() {
        let before = goal("(of: \"v\", range: (0, 10), every: 2, target: 3)");
        let text = super::super::text::options().to_string(&before).unwrap();
        assert_eq!(goal(&text), before, "{text}");
    }
}
