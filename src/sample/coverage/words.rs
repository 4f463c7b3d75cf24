//! Numbers, intervals and shares as people read them.

/// An interval with its unit: `0–2 m/s`, `-5 to -2 deg`, `< 0.1`, `≥ 5 kg`; a single value where both ends are the
/// same.
pub(super) fn interval(low: f64, high: f64, unit: &str) -> String {
    let text = if low == high {
        number(low, 4)
    } else if low == f64::NEG_INFINITY && high == f64::INFINITY {
        return "any value".to_owned();
    } else if low == f64::NEG_INFINITY {
        format!("< {}", number(high, 4))
    } else if high == f64::INFINITY {
        format!("≥ {}", number(low, 4))
    } else {
        // As many digits as it takes to tell the ends apart.
        let told_apart = |digits: &usize| number(low, *digits) != number(high, *digits);
        let digits = (4..17).find(told_apart).unwrap_or(17);
        let dash = if low < 0.0 { " to " } else { "–" };
        format!("{}{dash}{}", number(low, digits), number(high, digits))
    };
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

/// A number to so many significant digits, without trailing zeros.
pub(super) fn number(value: f64, digits: usize) -> String {
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    let size = rounded.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e9).contains(&size) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// A share of counts in per cent. It says 0 or 100 only where that is exact.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "0 %".to_owned() } else { percent_of(part as f64 / whole as f64) }
}

/// A share between 0 and 1 in per cent, as [`percent`].
pub(super) fn percent_of(share: f64) -> String {
    let rounded = libm::round(share * 1000.0) / 10.0;
    if share > 0.0 && rounded == 0.0 {
        "less than 0.1 %".to_owned()
    } else if share < 1.0 && rounded == 100.0 {
        "more than 99.9 %".to_owned()
    } else {
        format!("{rounded} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::listed;

    #[test]
    fn intervals_are_read_with_their_unit() {
        assert_eq!(interval(0.0, 2.0, "m/s"), "0–2 m/s");
        assert_eq!(interval(0.430_000_000_000_000_05, 0.7, "kg"), "0.43–0.7 kg", "no rounding noise");
        assert_eq!(interval(1000.01, 1000.02, ""), "1000.01–1000.02", "told apart");
        assert_eq!(interval(-5.0, -2.0, "deg"), "-5 to -2 deg");
        assert_eq!(interval(f64::NEG_INFINITY, 0.1, ""), "< 0.1");
        assert_eq!(interval(0.7, f64::INFINITY, "kg"), "≥ 0.7 kg");
        assert_eq!((interval(-0.0, 0.0, ""), interval(2e-9, 3e12, "m")), ("0".into(), "2e-9–3e12 m".into()));
    }

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        assert_eq!((percent(0, 7), percent(7, 7), percent(1, 3)), ("0 %".into(), "100 %".into(), "33.3 %".into()));
        assert_eq!((percent(1, 9999), percent(9998, 9999)), ("less than 0.1 %".into(), "more than 99.9 %".into()));
    }

    #[test]
    fn long_lists_are_cut() {
        let items: Vec<String> = ["a", "b", "c"].map(String::from).into();
        assert_eq!((listed(&items, 3), listed(&items, 2)), ("a, b, c".into(), "a, b and 1 more".into()));
    }
}
