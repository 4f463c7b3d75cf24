//! Whether importance weights from one law to another are right, and whether they are any good: what the proposal never
//! draws, and tails so light that the weights have no variance.

use super::law::{Edge, Law};

/// Most gaps or values that a sentence names.
const NAMED: usize = 8;

/// What the nominal draws and the proposal never does, in words that follow "never draws"; `None` where every value and
/// region of the nominal is drawn.
pub fn uncovered(nominal: &Law, proposal: &Law) -> Option<String> {
    let mut missing = Vec::new();
    let pieces = nominal.pieces();
    if !pieces.is_empty() && proposal.is_discrete() {
        let (low, high) = nominal.support();
        let except: Vec<f64> = proposal.atoms().into_iter().map(|(value, _)| value).collect();
        missing.push(format!("{} except {}", words((low, high)), listed(&except)));
    } else {
        let gaps = minus(&pieces, &proposal.pieces()).into_iter().filter(|gap| gap.0 < gap.1);
        // Where f64 cannot hold the nominal's share, nothing is missed.
        let gaps = gaps.filter(|(low, high)| nominal.cdf(*high) > 0.0 && nominal.survival(*low) > 0.0);
        missing.extend(limited(gaps.map(words).collect(), " and "));
    }
    missing.extend(missing_atoms(nominal, proposal));
    (!missing.is_empty()).then(|| missing.join(" and "))
}

fn missing_atoms(nominal: &Law, proposal: &Law) -> Option<String> {
    let drawn = proposal.shape().runs();
    // Long runs of whole numbers are compared by their ends, all else value by value.
    let runs = nominal.shape().runs();
    let mut left: Vec<String> = Vec::new();
    let mut values: Vec<f64> = Vec::new();
    for (first, last) in whole_minus(&runs, &drawn) {
        if last - first < 1_000.0 {
            let count = (last - first) as u32;
            values.extend((0..=count).map(|step| first + f64::from(step)).filter(|value| proposal.mass(*value) <= 0.0));
        } else {
            left.push(format!("the whole numbers {}", words((first, last))));
        }
    }
    let in_run = |value: f64| runs.iter().any(|(first, last)| value >= *first && value <= *last);
    let single = nominal.atoms().into_iter().map(|(value, _)| value);
    values.extend(single.filter(|value| !in_run(*value) && proposal.mass(*value) <= 0.0));
    values.sort_by(f64::total_cmp);
    if !values.is_empty() {
        let is_continuous = !proposal.pieces().is_empty() && proposal.atoms().is_empty();
        left.push(if is_continuous { format!("exactly {}", listed(&values)) } else { listed(&values) });
    }
    (!left.is_empty()).then(|| left.join(" and "))
}

fn words((low, high): (f64, f64)) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("anything above {low}"),
        (false, true) => format!("anything below {high}"),
        (false, false) => "anything".to_owned(),
    }
}

fn listed(values: &[f64]) -> String {
    limited(values.iter().map(f64::to_string).collect(), ", ").unwrap_or_default()
}

fn limited(mut parts: Vec<String>, joint: &str) -> Option<String> {
    let more = parts.len().saturating_sub(NAMED);
    parts.truncate(NAMED);
    let text = parts.join(joint);
    (!text.is_empty()).then(|| if more > 0 { format!("{text} and {more} more") } else { text })
}

/// What `taken` leaves of `from`, both disjoint and rising.
fn minus(from: &[(f64, f64)], taken: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut left = Vec::new();
    for &(low, high) in from {
        let mut at = low;
        for &(begin, end) in taken.iter().filter(|(begin, end)| *end > low && *begin < high) {
            if begin > at {
                left.push((at, begin));
            }
            at = at.max(end);
        }
        if at < high {
            left.push((at, high));
        }
    }
    left
}

/// The same for runs of whole numbers, of which both ends belong.
fn whole_minus(from: &[(f64, f64)], taken: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let open = |runs: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let mut open: Vec<(f64, f64)> = runs.iter().map(|(first, last)| (first - 0.5, last + 0.5)).collect();
        open.sort_by(|a, b| a.0.total_cmp(&b.0));
        open
    };
    minus(&open(from), &open(taken)).into_iter().map(|(low, high)| (low + 0.5, high - 0.5)).collect()
}

/// A sentence where the weights from `proposal` to `nominal` certainly have an infinite variance, because the proposal's
/// density falls off too fast at an end: a few draws would then outweigh all the others, however many there are. `None`
/// where it is finite, and where that is not decided by the ends (a density drawn by hand that touches 0 within).
pub fn heavy_weights(nominal: &Law, proposal: &Law) -> Option<String> {
    let pairs = nominal.shape().edges().into_iter().zip(proposal.shape().edges());
    let bad = pairs.zip(["lower", "upper"]).find(|((nominal, proposal), _)| is_too_light(*nominal, *proposal));
    bad.map(|(_, side)| {
        format!(
            "at the {side} end the proposal falls off so much faster than the nominal that the weights have an infinite \
             variance: a few draws would outweigh all the others; widen the proposal there, or mix a tenth of the \
             nominal into it"
        )
    })
}

/// Whether ∫ nominal² / proposal diverges at this end.
fn is_too_light(nominal: Edge, proposal: Edge) -> bool {
    match (nominal, proposal) {
        (Edge::Power { end, power }, Edge::Power { end: other, power: drawn }) => {
            end == other && 2.0 * power - drawn <= -1.0
        }
        // Towards a finite end a bell of the logarithm falls faster than any power.
        (Edge::Power { end, .. }, Edge::LogBell { end: other, .. }) => end == other,
        (Edge::Tail { decay, rate, power }, Edge::Tail { decay: other, rate: drawn, power: front }) => {
            // Exponents compared where both tails decay alike, powers where even the exponents cancel.
            let lead = 2.0 * libm::pow(rate, decay) - libm::pow(drawn, other);
            other > decay || other == decay && (lead < 0.0 || lead == 0.0 && 2.0 * power - front >= -1.0)
        }
        (Edge::LogBell { end, .. }, Edge::Tail { .. }) => end.is_infinite(),
        (Edge::LogBell { end, sigma }, Edge::LogBell { end: other, sigma: drawn }) => {
            end == other && 2.0 / (sigma * sigma) <= 1.0 / (drawn * drawn)
        }
        _ => false,
    }
}
