//! Rows of features that point in nearly the same direction: pictures that are nearly the same to whatever gave the features.

use rayon::prelude::*;

use crate::base::Monitor;
use crate::drift::rows::{Rows, dot};
use crate::drift::{DriftError, Side};

/// Rows by their directions alone.
pub struct Directions {
    units: Rows,
}

impl Directions {
    /// Of rows of one length. Rows of nothing but zeros have no direction and are like nothing, not even each other.
    pub fn new(rows: &[Vec<f64>]) -> Self {
        let (all, none) = (Side { rows, groups: &[] }, Side { rows: &[], groups: &[] });
        Self { units: Rows::of(&all, &none).of_length_one() }
    }

    /// The cosine between two rows, -1 to 1.
    pub fn likeness(&self, a: usize, b: usize) -> f64 {
        dot(self.units.row(a), self.units.row(b))
    }

    /// As [`super::fold`]: for each row the position of the first that stands for it, with a likeness of `least` or more.
    ///
    /// Time grows with the rows times those that stand for themselves.
    ///
    /// # Errors
    /// When the watcher wanted the end.
    pub fn fold(&self, least: f64, monitor: &dyn Monitor) -> Result<Vec<u32>, DriftError> {
        let mut kept: Vec<u32> = Vec::new();
        let mut stands_for = Vec::with_capacity(self.units.count());
        for own in 0..self.units.count() {
            if monitor.stopped() {
                return Err(DriftError::Stopped);
            }
            let first = kept.par_iter().find_first(|first| self.likeness(**first as usize, own) >= least).copied();
            stands_for.push(first.unwrap_or(own as u32));
            if first.is_none() {
                kept.push(own as u32);
            }
        }
        Ok(stands_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::base::monitor::Impatient;

    #[test]
    fn length_does_not_matter_and_each_goes_to_the_first_that_stands_for_itself() {
        let turned = |degrees: f64| {
            let (sine, cosine) = libm::sincos(degrees.to_radians());
            vec![3.0 * cosine, 3.0 * sine]
        };
        // Ten degrees apart each: the third is near the second, which stands for nobody.
        let rows = vec![turned(0.0), turned(10.0), turned(20.0), vec![0.1, 0.0], vec![0.0, 0.0], vec![0.0, 0.0]];
        let all = Directions::new(&rows);
        assert!((all.likeness(0, 1) - libm::cos(10.0_f64.to_radians())).abs() < 1e-12);
        assert!((all.likeness(0, 3) - 1.0).abs() < 1e-12, "shorter, in the same direction");
        let least = libm::cos(15.0_f64.to_radians());
        assert_eq!(all.fold(least, &Silent), Ok(vec![0, 0, 2, 0, 4, 5]));
        assert_eq!(all.fold(least, &Impatient), Err(DriftError::Stopped));
        assert_eq!(Directions::new(&[]).fold(least, &Silent), Ok(Vec::new()));
    }
}
