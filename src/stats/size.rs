//! How many independent groups (episodes, recordings) a paired comparison needs.
//!
//! Both formulas count *groups*, never frames. `disagreement` is the expected share of groups on which the two arms
//! disagree, `1 - power` the chance to miss, zₚ the normal quantile of `power`. They use the normal approximation; [`mcnemar_power`] is exact.

use crate::base::special::normal_quantile;

use super::exact_mcnemar_one_sided;

/// Groups needed to show, at one-sided level `alpha`, that an arm is not worse by more than `margin`, when it is in truth
/// equal: n = (z₁₋α + zₚ)² · disagreement / margin². `None` where an argument is out of range.
pub fn non_inferiority_n(disagreement: f64, margin: f64, alpha: f64, power: f64) -> Option<u64> {
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    if !in_range(disagreement, margin, alpha, power) || margin > 1.0 || z <= 0.0 {
        return None;
    }
    whole(z * z * disagreement / (margin * margin))
}

/// Groups needed to show, at one-sided level `alpha`, that an arm is better, when it is in truth better by `gain` (a share):
/// n = ((z₁₋α √q + zₚ √(q − gain²)) / gain)² with q the disagreement (Connor, Biometrics 43 (1987) 207–211).
/// `None` where an argument is out of range; the gain cannot exceed the disagreement.
pub fn superiority_n(disagreement: f64, gain: f64, alpha: f64, power: f64) -> Option<u64> {
    if !in_range(disagreement, gain, alpha, power) || gain > disagreement {
        return None;
    }
    let under_null = normal_quantile(1.0 - alpha) * libm::sqrt(disagreement);
    let under_gain = normal_quantile(power) * libm::sqrt(disagreement - gain * gain);
    let root = (under_null + under_gain) / gain;
    if root <= 0.0 { None } else { whole(root * root) }
}

/// The exact chance that the one-sided exact `McNemar` test at level `alpha` finds a true `gain` with `groups` groups of which
/// a share `disagreement` disagrees. O(groups²); meant for up to some thousand groups. `None` where an argument is out of range.
pub fn mcnemar_power(groups: u64, disagreement: f64, gain: f64, alpha: f64) -> Option<f64> {
    if !in_range(disagreement, gain.max(f64::MIN_POSITIVE), alpha, 0.5) || gain < 0.0 || gain > disagreement {
        return None;
    }
    let win = 0.5 * (1.0 + gain / disagreement);
    let mut power = 0.0;
    for pairs in 0..=groups {
        let weight = binomial(groups, pairs, disagreement);
        if weight < 1e-15 {
            continue;
        }
        // p falls as wins rise: find the fewest wins that reject.
        let (mut low, mut high) = (0, pairs + 1);
        while low < high {
            let wins = low + (high - low) / 2;
            if exact_mcnemar_one_sided(wins, pairs - wins) <= alpha {
                high = wins;
            } else {
                low = wins + 1;
            }
        }
        power += weight * (low..=pairs).map(|wins| binomial(pairs, wins, win)).sum::<f64>();
    }
    Some(power.min(1.0))
}

fn in_range(disagreement: f64, effect: f64, alpha: f64, power: f64) -> bool {
    disagreement > 0.0
        && disagreement <= 1.0
        && effect > 0.0
        && alpha > 0.0
        && alpha < 1.0
        && power > 0.0
        && power < 1.0
}

/// Rounds up; `None` beyond what a count can hold.
fn whole(n: f64) -> Option<u64> {
    (n.is_finite() && n < 1e15).then_some(libm::ceil(n) as u64)
}

/// P[Bin(n, p) = k].
pub(super) fn binomial(n: u64, k: u64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        let certain = if p <= 0.0 { 0 } else { n };
        return if k == certain { 1.0 } else { 0.0 };
    }
    let (n, k) = (n as f64, k as f64);
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    libm::exp(ways + k * libm::log(p) + (n - k) * libm::log1p(-p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_inferiority_meets_its_references() {
        for (margin, groups) in [(0.02, 1546), (0.05, 248), (0.10, 62)] {
            assert_eq!(non_inferiority_n(0.1, margin, 0.05, 0.8), Some(groups), "margin {margin}");
        }
        assert_eq!(non_inferiority_n(0.1, 0.0, 0.05, 0.8), None, "no margin");
        assert_eq!(non_inferiority_n(f64::NAN, 0.1, 0.05, 0.8), None, "not a number");
    }

    #[test]
    fn superiority_meets_its_references() {
        for (q, gain, groups) in [(0.1, 0.02, 1544), (0.1, 0.05, 246), (0.3, 0.2, 45)] {
            assert_eq!(superiority_n(q, gain, 0.05, 0.8), Some(groups), "{q}, {gain}");
        }
        assert_eq!(superiority_n(0.1, 0.2, 0.05, 0.8), None, "more gain than disagreement");
    }

    #[test]
    fn exact_power_bounds_the_level_and_agrees_with_the_formula() {
        let level = mcnemar_power(200, 0.3, 0.0, 0.05).expect("in range");
        assert!(level <= 0.05 && level > 0.025, "an exact test keeps its level: {level}");
        // Four disagreements can never reach .05: 2^-4 = .0625; five can: all groups disagree and all win.
        assert_eq!(mcnemar_power(4, 1.0, 1.0, 0.05), Some(0.0), "too few");
        assert_eq!(mcnemar_power(5, 1.0, 1.0, 0.05), Some(1.0), "just enough");
        let groups = superiority_n(0.3, 0.1, 0.05, 0.8).expect("in range");
        let power = mcnemar_power(groups, 0.3, 0.1, 0.05).expect("in range");
        assert!((0.74..0.82).contains(&power), "{groups} groups: {power}, a little less for an exact test");
    }
}
