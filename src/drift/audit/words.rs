//! What an audit says, in sentences.

use crate::base::text::in_sentence_case;

use super::chance::Target;
use super::columns::Columns;
use super::{Audit, Finding, LEVEL, Outcome, Untold, Values, Why};

/// Share of what is told that must lie along the way for there to be one.
const ALONG: f64 = 0.5;

/// Which way a candidate goes with an outcome, where it is a number that mostly rises or falls.
pub(super) fn direction(outcome: &Outcome, present: &[usize], target: &Target, columns: &Columns) -> Option<String> {
    let (products, share) = target.way(columns);
    if !columns.ordered || share < ALONG {
        return None;
    }
    let way = |product: f64| if product > 0.0 { "higher" } else { "lower" };
    match &outcome.values {
        // Few numbers are levels, a column each.
        Values::Numbers(_) if products.len() > 2 => None,
        Values::Numbers(_) => Some(format!("{} where `{}` is higher", way(*products.first()?), outcome.name)),
        Values::Levels { names, of_draw } => {
            let mut found: Vec<usize> = present.iter().filter_map(|draw| of_draw[*draw]).collect();
            found.sort_unstable();
            found.dedup();
            // Two levels are one column, that of the second.
            let (at, product) = products
                .iter()
                .copied()
                .enumerate()
                .fold((0, 0.0_f64), |best, one| if one.1.abs() > best.1.abs() { one } else { best });
            let level = found.get(if found.len() == 2 { 1 } else { at })?;
            Some(format!("{} when {}", way(product), names.get(*level)?))
        }
    }
}

/// "p < 0.001" or "p = 0.012".
fn p_in_words(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

impl Finding {
    /// Whether the candidate tells of the outcome.
    pub fn is_told(&self) -> bool {
        self.p_adjusted <= LEVEL
    }

    /// In a sentence or two; `pairs` is how many were judged.
    pub fn sentence(&self, pairs: usize) -> String {
        let Self { candidate, outcome, bits, open, .. } = self;
        let p = p_in_words(self.p_adjusted);
        let over = if pairs == 1 { String::new() } else { format!(" after adjusting for {pairs} pairs") };
        if !self.is_told() {
            return format!("`{candidate}` tells nothing of `{outcome}` that chance would not ({p}{over}).");
        }
        let way = self.direction.as_ref().map_or(String::new(), |way| format!(", {way}"));
        format!(
            "`{candidate}` tells `{outcome}` beyond its causes{way}: {bits:.2} of {open:.2} bits that they leave open ({p}{over}). \
             A model can learn it instead of the cause."
        )
    }
}

impl Untold {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        let Self { candidate, outcome, .. } = self;
        match self.why {
            Why::CandidateFixed => format!("`{candidate}` is the same in all draws and tells nothing of `{outcome}`."),
            Why::CandidateMissing => {
                format!(
                    "`{candidate}` is not a number in some draws; leave these out to judge what it tells of `{outcome}`."
                )
            }
            Why::CandidateFollows => {
                format!(
                    "`{candidate}` follows from the declared causes, so that nothing of it is left to tell `{outcome}`."
                )
            }
            Why::OutcomeFixed => format!("`{outcome}` is the same in all draws, so that there is nothing to tell."),
            Why::OutcomeFollows => {
                format!("`{outcome}` follows from the declared causes, so that nothing of it is left to be told.")
            }
            Why::FewDraws => {
                format!("too few draws to tell whether `{candidate}` tells `{outcome}` beyond its causes; add draws.")
            }
        }
    }
}

impl Audit {
    /// Pairs that were judged.
    pub fn pairs(&self) -> usize {
        self.findings.len()
    }

    /// Pairs where the candidate tells of the outcome, the most certain first.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_told())
    }

    /// Of one outcome where nothing tells of it: what could have been found, so that a clean result is not over-read. `None` where
    /// something does.
    pub fn clean(&self, outcome: &str) -> Option<String> {
        let mut judged = self.findings.iter().filter(|finding| finding.outcome == outcome).peekable();
        let Some(first) = judged.peek().copied() else {
            let any = self.untold.iter().find(|pair| pair.outcome == outcome)?;
            return Some(match any.why {
                Why::OutcomeFixed | Why::OutcomeFollows => in_sentence_case(&any.sentence()),
                _ => format!("Too few draws to tell whether anything tells `{outcome}` beyond its causes; add draws."),
            });
        };
        let count = judged.clone().count();
        if judged.any(Finding::is_told) {
            return None;
        }
        let (share, draws, open) = (100.0 * first.smallest_share, first.draws, first.open);
        let could = if first.smallest_share < 1.0 {
            format!(
                "{draws} draws would show, in about 80 % of cases, what tells {share:.0} % of the {open:.2} bits that the causes leave \
                 open; what tells less can hide"
            )
        } else {
            format!(
                "the causes leave but {open:.2} bits open in {draws} draws, so that only what tells nearly all of them would show"
            )
        };
        let untold = self.untold.iter().filter(|pair| pair.outcome == outcome).count();
        let rest = if untold == 0 { String::new() } else { format!(" {untold} more could not be judged.") };
        let judged = if count == 1 { "1 candidate".to_owned() } else { format!("{count} candidates") };
        Some(format!("Nothing among {judged} tells `{outcome}` beyond its causes: {could}.{rest}"))
    }
}
