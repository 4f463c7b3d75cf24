//! Which of a family's parameters moves what differs: how much of a feature's spread between draws a parameter explains.
//!
//! A draw's feature is the mean over its frames. Its ranks are fitted by a parabola of the parameter's ranks, which sees what rises, falls
//! or has a summit; the share told is the adjusted R² of that fit. Chance shuffles draws; p-values are adjusted over all pairs of
//! features and parameters that were looked at (Benjamini–Hochberg). What is not independent in the family cannot be told apart here: of
//! two parameters that move together, both explain.

use crate::base::StreamKey;
use crate::base::text::in_sentence_case;
use crate::stats::{benjamini_hochberg, mean, ranks};

use super::difference::{FeatureDifference, comparative, kind};
use super::rows::dot;

/// Fewer draws than this say nothing of parameters.
const FEWEST_DRAWS: usize = 8;
/// Features that are looked at.
const LOOKED_AT: usize = 8;
/// Causes that are told.
const TOLD: usize = 3;
/// Shuffles of draws: many, since p-values are adjusted over a hundred pairs and more.
const SHUFFLES: usize = 9_999;

/// A parameter that explains a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The feature that differs.
    pub feature: String,
    /// The parameter.
    pub parameter: String,
    /// Share of the feature's spread between draws that it explains, 0 to 1.
    pub share: f64,
    /// Correlation of ranks, −1 to 1.
    pub correlation: f64,
    /// Permutation p, adjusted over all pairs that were looked at.
    pub p: f64,
    /// Whether a higher value would bring the feature nearer to the reference; `None` where it neither rises nor falls with it.
    pub raise: Option<bool>,
}

impl Cause {
    /// In a sentence.
    pub fn sentence(&self, reference: &str) -> String {
        let share = 100.0 * self.share;
        let way = match self.raise {
            Some(raise) => {
                let verb = if raise { "raise" } else { "lower" };
                let higher = comparative(&self.feature, self.correlation > 0.0);
                format!(": a higher one is {higher}; {verb} it to come nearer to {reference}")
            }
            None => ", in both directions".to_owned(),
        };
        in_sentence_case(&format!(
            "between draws, `{}` explains {share:.0} % of `{}`{way}.",
            self.parameter, self.feature
        ))
    }
}

/// The parameters that explain most of the largest differences, each with the feature that it explains best, the largest share first;
/// at most three, and none where chance explains as much. `rows` are the other side's, `groups` the index of each row's draw,
/// `parameters` one number a draw.
pub fn causes(
    differences: &[FeatureDifference],
    (names, rows, groups): (&[&str], &[Vec<f64>], &[usize]),
    parameters: &[(String, Vec<f64>)],
    seed: u64,
) -> Vec<Cause> {
    let draws = parameters.first().map_or(0, |(_, values)| values.len());
    if draws < FEWEST_DRAWS {
        return Vec::new();
    }
    let trends: Vec<(&String, Trend)> =
        parameters.iter().filter_map(|(name, values)| Some((name, Trend::new(values)?))).collect();
    let mut found = Vec::new();
    let (mut pairs, mut all_ranks): (Vec<Pair<'_>>, Vec<Vec<f64>>) = Default::default();
    for one in looked_at(differences) {
        let Some(feature) = names.iter().position(|name| *name == one.name) else { continue };
        let Some(values) = per_draw(rows, groups, feature, draws) else { continue };
        let Some(ranks) = unit_ranks(&values) else { continue };
        for (parameter, trend) in &trends {
            let fit = trend.fit(&ranks);
            found.push(trend.cause(one, parameter, fit, draws));
            pairs.push(Pair { trend, feature: all_ranks.len(), share: fit.0, reached: 0 });
        }
        all_ranks.push(ranks);
    }
    shuffled(&mut pairs, &mut all_ranks, seed);
    for (cause, pair) in found.iter_mut().zip(pairs) {
        cause.p = (1 + pair.reached) as f64 / (1 + SHUFFLES) as f64;
    }
    let adjusted = benjamini_hochberg(&found.iter().map(|cause| cause.p).collect::<Vec<_>>());
    for (cause, p) in found.iter_mut().zip(adjusted) {
        cause.p = p;
    }
    found.retain(|cause| cause.p <= 0.05);
    // Stable: equal shares stay in the order of features and parameters.
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    let mut told: Vec<Cause> = Vec::new();
    for cause in found {
        let is_new = |other: &Cause| other.feature != cause.feature && other.parameter != cause.parameter;
        if told.len() < TOLD && told.iter().all(is_new) {
            told.push(cause);
        }
    }
    told
}

/// Differences beyond chance, one of a kind, in their order: what is not negligible first, then by effect.
fn looked_at(differences: &[FeatureDifference]) -> Vec<&FeatureDifference> {
    let mut some: Vec<&FeatureDifference> = Vec::new();
    for one in differences.iter().filter(|one| one.p_adjusted <= 0.05) {
        if some.len() < LOOKED_AT && some.iter().all(|other| kind(&other.name) != kind(&one.name)) {
            some.push(one);
        }
    }
    some
}

/// The mean of a feature over each draw's rows; `None` where a draw has none.
fn per_draw(rows: &[Vec<f64>], groups: &[usize], feature: usize, draws: usize) -> Option<Vec<f64>> {
    let mut of_draw: Vec<Vec<f64>> = vec![Vec::new(); draws];
    for (row, group) in rows.iter().zip(groups) {
        of_draw.get_mut(*group)?.push(*row.get(feature)?);
    }
    of_draw.iter().map(|values| (!values.is_empty()).then(|| mean(values))).collect()
}

/// Ranks with mean 0 and length 1, equal values the mean of theirs; `None` where all are equal or one is no number.
fn unit_ranks(values: &[f64]) -> Option<Vec<f64>> {
    let middle = 0.5 * (values.len() as f64 - 1.0);
    let ranks = ranks(values).into_iter().map(|rank| rank - middle).collect();
    of_length_one(ranks).filter(|_| values.iter().all(|value| value.is_finite()))
}

/// A parameter over the draws: a line and what a parabola adds to it, each of length 1 and with mean 0.
struct Trend {
    line: Vec<f64>,
    /// `None` where there are but two values.
    bend: Option<Vec<f64>>,
}

impl Trend {
    fn new(values: &[f64]) -> Option<Self> {
        let line = unit_ranks(values)?;
        let squares: Vec<f64> = line.iter().map(|part| part * part).collect();
        let (middle, along) = (mean(&squares), dot(&squares, &line));
        let bend = squares.iter().zip(&line).map(|(square, part)| square - middle - along * part).collect();
        Some(Self { bend: of_length_one(bend), line })
    }

    /// The share of `ranks`, of length 1, that the fit explains, and the part of it along the line.
    fn fit(&self, ranks: &[f64]) -> (f64, f64) {
        let along = dot(&self.line, ranks);
        let bent = self.bend.as_ref().map_or(0.0, |bend| dot(bend, ranks));
        (along * along + bent * bent, along)
    }

    /// What its fit to a feature of so many draws says; its chance is not known yet.
    fn cause(&self, one: &FeatureDifference, parameter: &str, (share, along): (f64, f64), draws: usize) -> Cause {
        let (draws, terms) = (draws as f64, 1.0 + f64::from(u8::from(self.bend.is_some())));
        let adjusted = 1.0 - (1.0 - share) * (draws - 1.0) / (draws - terms - 1.0);
        // half of what is explained must lie along the line, else raising helps here and harms there
        let has_way = along * along > 0.5 * share;
        Cause {
            feature: one.name.clone(),
            parameter: parameter.to_owned(),
            share: adjusted.clamp(0.0, 1.0),
            correlation: along,
            p: 1.0,
            raise: has_way.then_some((along > 0.0) != (one.effect > 0.0)),
        }
    }
}

/// A parameter and a feature, and how often chance explained as much.
struct Pair<'a> {
    trend: &'a Trend,
    /// Which of the features' ranks.
    feature: usize,
    share: f64,
    reached: usize,
}

/// Shuffles the draws of every feature, and counts for each pair how often as much is explained.
fn shuffled(pairs: &mut [Pair<'_>], ranks: &mut [Vec<f64>], seed: u64) {
    let mut stream = StreamKey::new(seed, "drift").stream("causes", 0);
    for _ in 0..SHUFFLES {
        for one in ranks.iter_mut() {
            stream.shuffle(one);
        }
        for pair in pairs.iter_mut() {
            // equal up to the order of summation
            let reached = pair.trend.fit(&ranks[pair.feature]).0 >= pair.share - 1e-12;
            pair.reached += usize::from(reached);
        }
    }
}

/// Scaled to length 1; `None` where it is nothing but rounding.
fn of_length_one(values: Vec<f64>) -> Option<Vec<f64>> {
    let length = libm::sqrt(dot(&values, &values));
    (length > 1e-9).then(|| values.into_iter().map(|value| value / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(name: &str, effect: f64) -> FeatureDifference {
        FeatureDifference { p_adjusted: 0.01, ..FeatureDifference::of(name, effect, 0.5) }
    }

    /// Rows, the draw of each, and parameters by draw.
    type Planted = (Vec<Vec<f64>>, Vec<usize>, Vec<(String, Vec<f64>)>);

    /// Features of 24 draws of two frames each: brightness follows `light` with some noise, noise has its summit in the middle of
    /// `gain`, edges follow nothing.
    fn planted(seed: u64) -> Planted {
        let mut stream = StreamKey::new(seed, "causes").stream("planted", 0);
        let draws = 24;
        let parameters: Vec<(String, Vec<f64>)> = ["light", "gain", "seed", "fixed"]
            .map(|name| {
                let value = |_| if name == "fixed" { 4.0 } else { stream.next_unit() };
                (name.to_owned(), (0..draws).map(value).collect())
            })
            .into();
        let mut rows = Vec::new();
        let mut groups = Vec::new();
        for draw in 0..draws {
            for _ in 0..2 {
                let (light, gain) = (parameters[0].1[draw], parameters[1].1[draw]);
                let noise = stream.next_unit();
                rows.push(vec![light + 0.3 * noise, (gain - 0.5) * (gain - 0.5) + 0.02 * noise, noise]);
                groups.push(draw);
            }
        }
        (rows, groups, parameters)
    }

    const NAMES: [&str; 3] = ["luminance_mean", "noise_floor", "edge_share"];

    #[test]
    fn planted_causes_are_found_with_their_way() {
        let (rows, groups, parameters) = planted(3);
        let differ =
            [difference("luminance_mean", -0.8), difference("noise_floor", 1.0), difference("edge_share", 1.0)];
        let found = causes(&differ, (&NAMES, &rows, &groups), &parameters, 1);
        let pairs: Vec<_> = found.iter().map(|cause| (cause.feature.as_str(), cause.parameter.as_str())).collect();
        assert!(pairs.contains(&("luminance_mean", "light")) && pairs.contains(&("noise_floor", "gain")), "{found:?}");
        assert_eq!(found.len(), 2, "edges follow nothing: {found:?}");
        let light = found.iter().find(|cause| cause.parameter == "light").expect("found");
        assert!(light.share > 0.7 && light.raise == Some(true), "synthetic is too dark: {light:?}");
        let told = light.sentence("real");
        assert!(
            told.starts_with("Between draws, `light` explains ") && told.contains("a higher one is brighter"),
            "{told}"
        );
        assert!(told.ends_with("raise it to come nearer to real."), "{told}");
        let gain = found.iter().find(|cause| cause.parameter == "gain").expect("found");
        assert!(gain.raise.is_none() && gain.sentence("real").ends_with("in both directions."), "{gain:?}");
    }

    #[test]
    fn nothing_is_accused_where_nothing_causes() {
        let runs = 200;
        let mut accused = 0;
        for run in 0..runs {
            let mut stream = StreamKey::new(run, "causes").stream("clean", 0);
            let mut numbers = |count: usize| -> Vec<f64> { (0..count).map(|_| stream.next_unit()).collect() };
            let parameters: Vec<(String, Vec<f64>)> = (0..6).map(|at| (at.to_string(), numbers(16))).collect();
            let rows: Vec<Vec<f64>> = (0..16).map(|_| numbers(3)).collect();
            let differ = NAMES.map(|name| difference(name, 1.0));
            let groups: Vec<usize> = (0..16).collect();
            accused += usize::from(!causes(&differ, (&NAMES, &rows, &groups), &parameters, run).is_empty());
        }
        println!("{accused} of {runs} clean families accused");
        assert!(accused <= 16, "{accused} of {runs}: 5 % are allowed");
    }

    #[test]
    fn few_draws_and_fixed_parameters_say_nothing() {
        let (rows, groups, parameters) = planted(3);
        let differ = [difference("luminance_mean", -0.8)];
        let few: Vec<(String, Vec<f64>)> =
            parameters.iter().map(|(name, all)| (name.clone(), all[..7].to_vec())).collect();
        assert!(causes(&differ, (&NAMES, &rows[..14], &groups[..14]), &few, 1).is_empty());
        let fixed = &parameters[3..];
        assert!(causes(&differ, (&NAMES, &rows, &groups), fixed, 1).is_empty());
        assert!(
            causes(&[], (&NAMES, &rows, &groups), &parameters, 1).is_empty()
                && causes(&differ, (&NAMES, &rows, &groups), &[], 1).is_empty()
        );
    }
}
