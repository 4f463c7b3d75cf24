//! What measures hold a signal against: the numbers beside its name in their conditions, where a plot draws a line.
//!
//! A measure over a quantity that the stage followed for it (`margin_min_m < 0`) speaks of the signal whose name is the same
//! without `_min` or `_max`. Limits that are computed are left out: they have no one place on the plot.

use std::collections::BTreeMap;

use crate::family::{Expression, Family, Limit};

/// The limits of the signal called `signal`, each with the measure that names it; `values` are the shown draw's.
pub fn thresholds(family: &Family, values: &BTreeMap<String, f64>, signal: &str) -> Vec<(f64, String)> {
    let mut all: Vec<(f64, String)> = Vec::new();
    for measure in &family.measures {
        let Ok(expression) = Expression::compile(&measure.is) else { continue };
        for (name, limit) in expression.limits() {
            let number = match limit {
                Limit::Number(number) => Some(number),
                Limit::Name(name) => values.get(name).copied(),
            };
            let Some(number) = number.filter(|_| speaks_of(name, signal)) else { continue };
            if all.iter().all(|(known, _)| *known != number) {
                all.push((number, measure.name.clone()));
            }
        }
    }
    all
}

fn speaks_of(name: &str, signal: &str) -> bool {
    let followed = |part: &str| name.split_once(part).is_some_and(|(head, tail)| format!("{head}{tail}") == signal);
    name == signal || followed("_min") || followed("_max")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::measure::family_measuring;

    #[test]
    fn limits_are_found_where_measures_write_them() {
        let family = family_measuring(
            r#"(name: "tipped", is: "peak(tilt_deg) > 45 && tilt_max_deg > floor_deg"),
               (name: "near", is: "time_when(-0.5 >= gap_m) >= 0"), (name: "other", is: "tilt_deg > 45.0")"#,
        );
        let values = BTreeMap::from([("floor_deg".to_owned(), 30.0)]);
        let of = |signal: &str| thresholds(&family, &values, signal);
        assert_eq!(of("tilt_deg"), [(45.0, "tipped".to_owned()), (30.0, "tipped".to_owned())]);
        assert_eq!(of("gap_m"), [(-0.5, "near".to_owned())]);
        assert!(of("gap").is_empty() && of("time_s").is_empty());
    }
}
