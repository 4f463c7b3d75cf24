//! Which single features, signals or parameters differ, in numbers and in words: their means, and how they are distributed.
//!
//! Everything is held against chance by relabelling whole groups, and stands beside what that gives.

use rayon::prelude::*;

use crate::base::Monitor;
use crate::base::text::in_sentence_case;
use crate::stats::{Interval, benjamini_hochberg, mean, sd};

use super::labelling::{EXACT_LABELLINGS, Grouping, Labellings, band, both};
use super::shape::{Banded, Bands, Pooled, Shape};
use super::{DriftError, Settings, Side};

/// How one feature differs between the reference `x` and `y`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureDifference {
    /// The feature.
    pub name: String,
    /// Mean over the reference's rows.
    pub mean_x: f64,
    /// Mean over the other side's rows.
    pub mean_y: f64,
    /// Standard deviation of the reference's rows.
    pub sd_x: f64,
    /// Standard deviation of the other side's rows.
    pub sd_y: f64,
    /// (`mean_y` − `mean_x`) in standard deviations of the reference's rows (of all rows where the reference never changes).
    pub effect: f64,
    /// Where it lies by chance.
    pub effect_bands: Bands,
    /// Permutation p-value by group of the difference of means, two-sided.
    pub p: f64,
    /// `p` adjusted over all features (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// How the distributions differ.
    pub shape: Shape,
    /// The Jensen–Shannon distance's p-value, adjusted over all features. Of the five numbers it and the stability index see a spread
    /// that changed by far the best, and it has a scale of its own.
    pub shape_p_adjusted: f64,
    /// Groups of the reference and of the other side that have it.
    pub groups: [usize; 2],
}

/// Below it Romano and others (2006) call Cliff's delta negligible.
const SMALL: f64 = 0.147;

/// Below it the usual tools (Evidently, of more than 1,000 rows) let a Jensen–Shannon distance pass.
const SMALL_JS: f64 = 0.1;

impl FeatureDifference {
    /// Whether it is beyond chance and not negligible: a few odd frames can be many σ of a reference that hardly varies.
    pub fn is_told(&self) -> bool {
        is_told(self.p_adjusted, self.effect, self.shape.cliffs_delta.value)
    }

    /// Whether the distributions differ beyond chance, and not negligibly, where the means are not told apart.
    pub fn is_told_by_shape(&self) -> bool {
        let js = &self.shape.js;
        !self.is_told() && is_told_by_shape(self.shape_p_adjusted, js.value, js.bands.null.high)
    }
}

/// Whether a difference with this adjusted p, this effect in σ and this Cliff's delta is spoken of.
pub fn is_told(p_adjusted: f64, effect: f64, cliffs_delta: f64) -> bool {
    p_adjusted <= 0.05 && effect.abs() >= 0.05 && cliffs_delta.abs() >= SMALL
}

/// Whether a Jensen–Shannon distance with this adjusted p is spoken of where `high` is the upper end of its null band.
pub fn is_told_by_shape(p_adjusted: f64, js: f64, high: f64) -> bool {
    p_adjusted <= 0.05 && js >= SMALL_JS && js > high
}

/// One feature's values on both sides, and the group of each.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The feature.
    pub name: String,
    /// Values, the reference's first.
    pub values: [Vec<f64>; 2],
    /// Ids of their groups; those of the two sides are unrelated.
    pub groups: [Vec<u64>; 2],
}

/// All features' differences: those whose means are told from chance first ([`FeatureDifference::is_told`]), then those whose shapes
/// are, then the others; of each the largest |effect|.
///
/// # Errors
/// As [`super::distances()`]; also when `names` does not fit the rows.
pub fn differences(
    x: &Side<'_>,
    y: &Side<'_>,
    names: &[&str],
    settings: &Settings,
    monitor: &dyn Monitor,
) -> Result<Vec<FeatureDifference>, DriftError> {
    let grouping = Grouping::new(x, y)?;
    let length = x.rows.first().map_or(0, Vec::len);
    if names.len() != length {
        let what = format!("{} names for {length} features", names.len());
        return Err(DriftError::Uneven { side: "reference", what });
    }
    let chance = Chance::new(&grouping, length, settings);
    let mut out = Vec::with_capacity(length);
    for (feature, name) in names.iter().enumerate() {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        let [x, y] = [x, y].map(|side| side.rows.iter().map(|row| row[feature]).collect::<Vec<f64>>());
        out.push(difference(name, [&x, &y], &grouping, &chance));
    }
    Ok(adjusted(out))
}

/// As [`differences`] of features that do not all have a value in every row.
///
/// # Errors
/// As [`super::distances()`] for each of them by itself.
pub fn differences_of(
    columns: &[Column],
    settings: &Settings,
    monitor: &dyn Monitor,
) -> Result<Vec<FeatureDifference>, DriftError> {
    let mut out = Vec::with_capacity(columns.len());
    // Columns that the same rows have share their relabellings.
    let mut known: Vec<(Grouping, Chance)> = Vec::new();
    for column in columns {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        let rows = column.values.each_ref().map(|side| side.iter().map(|value| vec![*value]).collect::<Vec<_>>());
        let side = |at: usize| Side { rows: &rows[at], groups: &column.groups[at] };
        let grouping = Grouping::new(&side(0), &side(1))?;
        let alike = |(of, _): &(Grouping, Chance)| (of.groups_x, &of.of_row) == (grouping.groups_x, &grouping.of_row);
        let at = known.iter().position(alike).unwrap_or_else(|| {
            known.push((grouping.clone(), Chance::new(&grouping, columns.len(), settings)));
            known.len() - 1
        });
        let [x, y] = &column.values;
        out.push(difference(&column.name, [x, y], &grouping, &known[at].1));
        // The first is of all rows; of the others few at once are enough.
        if known.len() > 8 {
            known.truncate(1);
        }
    }
    Ok(adjusted(out))
}

/// Looking at many features takes chance into account, and puts them in order.
fn adjusted(mut all: Vec<FeatureDifference>) -> Vec<FeatureDifference> {
    let means = benjamini_hochberg(&all.iter().map(|one| one.p).collect::<Vec<_>>());
    let shapes = benjamini_hochberg(&all.iter().map(|one| one.shape.js.p).collect::<Vec<_>>());
    for (one, (mean, shape)) in all.iter_mut().zip(means.into_iter().zip(shapes)) {
        (one.p_adjusted, one.shape_p_adjusted) = (mean, shape);
    }
    let rank = |one: &FeatureDifference| (one.is_told(), one.is_told_by_shape());
    // Stable: equal effects stay in the features' order.
    all.sort_by(|a, b| rank(b).cmp(&rank(a)).then(b.effect.abs().total_cmp(&a.effect.abs())));
    all
}

/// Relabellings that features are held against.
struct Chance {
    means: (Labellings, Option<Labellings>),
    /// Fewer where rows are very many: each takes a look at all of them.
    shapes: (Labellings, Option<Labellings>),
}

impl Chance {
    fn new(grouping: &Grouping, features: usize, settings: &Settings) -> Self {
        /// Looks at rows that all shapes together may take: some seconds, and where that would not tell one alone, five times as many.
        const MOST_LOOKS: f64 = 4e8;
        /// Fewer give no band.
        const FEWEST: usize = 199;
        // One feature alone is told among `features` where its p is at most 0.05 over their number.
        let permutations = settings.permutations.max((40 * features).min(10_000));
        let looks = (grouping.of_row.len() * features).max(1) as f64;
        let [usual, utmost] = [MOST_LOOKS, 5.0 * MOST_LOOKS].map(|most| (most / looks) as usize);
        let most = usual.max(utmost.min(20 * features)).max(FEWEST);
        let drawn = |most: usize| {
            let settings = Settings { permutations: permutations.min(most), ..*settings };
            both(grouping, |sides, purpose| {
                Labellings::up_to(
                    EXACT_LABELLINGS.min(most as f64),
                    sides,
                    &settings,
                    &format!("{purpose} of features"),
                )
            })
        };
        Self { means: drawn(usize::MAX), shapes: drawn(most) }
    }
}

fn difference(name: &str, [x, y]: [&[f64]; 2], grouping: &Grouping, chance: &Chance) -> FeatureDifference {
    let all: Vec<f64> = x.iter().chain(y).copied().collect();
    let spread_of_all = sd(&all);
    let (mean_x, mean_y) = (mean(x), mean(y));
    let steady = 1e-12 * (1.0 + mean_x.abs());
    let spread = [sd(x), spread_of_all].into_iter().find(|spread| *spread > steady);
    let effect = effect(&all, (spread_of_all, spread), grouping, &chance.means);
    FeatureDifference {
        name: name.to_owned(),
        mean_x,
        mean_y,
        sd_x: sd(x),
        sd_y: sd(y),
        // Of the means themselves: sums of groups round otherwise.
        effect: spread.map_or(0.0, |spread| (mean_y - mean_x) / spread),
        effect_bands: effect.bands,
        p: effect.p,
        p_adjusted: 1.0,
        shape: Shape::new(&Pooled::new(&all, &grouping.of_row), grouping, &chance.shapes, spread),
        shape_p_adjusted: 1.0,
        groups: [grouping.groups_x, grouping.groups_y()],
    }
}

/// The difference of means, and what chance gives of it.
fn effect(
    all: &[f64],
    (spread_of_all, spread): (f64, Option<f64>),
    grouping: &Grouping,
    (labellings, halves): &(Labellings, Option<Labellings>),
) -> Banded {
    // Centred, so that sums of groups lose no digits.
    let centre = mean(all);
    let mut sums = vec![0.0; grouping.sizes.len()];
    for (value, group) in all.iter().zip(&grouping.of_row) {
        sums[*group] += value - centre;
    }
    // Groups without a label are left out.
    let gap = |labels: &[bool]| {
        let (mut totals, mut counts) = ([0.0; 2], [0_usize; 2]);
        for ((label, sum), size) in labels.iter().zip(&sums).zip(&grouping.sizes) {
            totals[usize::from(*label)] += sum;
            counts[usize::from(*label)] += size;
        }
        totals[0] / counts[0] as f64 - totals[1] / counts[1] as f64
    };
    let gaps = |labellings: &Labellings| -> Vec<f64> { labellings.all.par_iter().map(|labels| gap(labels)).collect() };
    let in_spreads = |gaps: &[f64]| -> Interval {
        band(&gaps.iter().map(|gap| spread.map_or(0.0, |spread| gap / spread)).collect::<Vec<_>>())
    };
    let (observed, null) = (gap(&grouping.observed()), gaps(labellings));
    let sizes: Vec<f64> = null.iter().map(|gap| gap.abs()).collect();
    Banded {
        value: spread.map_or(0.0, |spread| observed / spread),
        bands: Bands { null: in_spreads(&null), halves: halves.as_ref().map(|halves| in_spreads(&gaps(halves))) },
        p: labellings.p(observed.abs(), &sizes, 1e-12 * (spread_of_all + centre.abs())),
    }
}

/// Beyond this many σ a number only says how little the reference varies; "far" says all that is known.
const FAR: f64 = 5.0;

/// What differs most, in words: up to three features whose adjusted p-value is at most 0.05, the largest effect first
/// (`"Synthetic is 0.8 σ brighter than real."`). σ is the spread of the reference's frames; effects beyond 5 σ are "far" and
/// stand in the order of the built-in features.
pub fn sentence(differences: &[FeatureDifference], reference: &str, other: &str) -> String {
    const SHOWN: usize = 3;
    let is_far = |one: &FeatureDifference| one.effect.abs() > FAR;
    let words = |one: &FeatureDifference| {
        let comparative = comparative(&one.name, one.effect > 0.0);
        if is_far(one) { format!("far {comparative}") } else { format!("{:.1} σ {comparative}", one.effect.abs()) }
    };
    let mut found: Vec<&FeatureDifference> = differences.iter().filter(|one| one.is_told()).collect();
    // Stable: what is not far stays sorted by its effect.
    let place = |one: &FeatureDifference| super::NAMES.iter().position(|name| *name == one.name).unwrap_or(usize::MAX);
    found.sort_by_key(|one| if is_far(one) { (0, place(one)) } else { (1, 0) });
    if found.is_empty() {
        return match differences.iter().max_by(|one, two| one.effect.abs().total_cmp(&two.effect.abs())) {
            Some(largest) => format!(
                "No feature's mean differs beyond chance between {other} and {reference}; the largest difference: {other} is {} \
                 (adjusted p {:.2}).",
                words(largest),
                largest.p_adjusted
            ),
            None => format!("There is no feature to compare between {other} and {reference}."),
        };
    }
    let mut shown: Vec<&FeatureDifference> = Vec::new();
    for one in found {
        // A cell of the grid says nothing new where the same kind was named already.
        if shown.len() < SHOWN && shown.iter().all(|other| kind(&other.name) != kind(&one.name)) {
            shown.push(one);
        }
    }
    let parts: Vec<String> = shown.iter().map(|one| words(one)).collect();
    let list = match parts.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        only => only.concat(),
    };
    let meaning = if shown.iter().any(|one| is_far(one)) {
        format!(" (far: by more than {FAR} σ of {reference}'s own frames)")
    } else {
        String::new()
    };
    in_sentence_case(&format!("{other} is {list} than {reference}{meaning}."))
}

/// What differs in shape more than in its mean, in words; none where chance explains all. `kind` is what the numbers are called,
/// in the plural ("features").
pub fn shape_sentence(differences: &[FeatureDifference], [reference, other]: [&str; 2], kind: &str) -> Option<String> {
    let told = || differences.iter().filter(|one| one.is_told_by_shape());
    let found = told().max_by(|one, two| one.shape.js.value.total_cmp(&two.shape.js.value))?;
    let js = &found.shape.js;
    let (value, by_chance) = (js.value, js.bands.null.high);
    // A spread that is nearly the same says nothing of the difference.
    let ratio = Some(found.sd_y / found.sd_x).filter(|ratio| ratio.is_finite() && !(0.8..=1.25).contains(ratio));
    let spread = ratio.map_or_else(String::new, |ratio| {
        format!(", which spreads {ratio:.2} times as wide in {other} as in {reference}")
    });
    let are = match told().count() {
        1 => format!("1 of {} {kind} differs beyond chance:", differences.len()),
        count => format!("{count} of {} {kind} differ beyond chance, most of all", differences.len()),
    };
    Some(format!(
        "In shape more than in the mean {are} `{}`{spread} (Jensen–Shannon {value:.2}, by chance up to {by_chance:.2}).",
        found.name
    ))
}

/// Grid cells and the mean of the same quantity are one kind.
pub(super) fn kind(name: &str) -> &str {
    cell(name).map_or_else(|| name.strip_suffix("_mean").unwrap_or(name), |(kind, _row, _column)| kind)
}

/// `luminance_r2c3` is (`luminance`, `2`, `3`).
fn cell(name: &str) -> Option<(&str, &str, &str)> {
    let (kind, place) = name.rsplit_once("_r")?;
    let (row, column) = place.split_once('c')?;
    (row.parse::<u8>().is_ok() && column.parse::<u8>().is_ok()).then_some((kind, row, column))
}

pub(super) fn comparative(name: &str, more: bool) -> String {
    if let Some((kind, row, column)) = cell(name) {
        return format!("{} in row {row}, column {column} of 4", comparative(&format!("{kind}_mean"), more));
    }
    let (up, down) = match name {
        "luminance_mean" => ("brighter", "darker"),
        "luminance_sd" => ("higher in contrast", "lower in contrast"),
        "luminance_p1" => ("lighter in the blacks", "deeper in the blacks"),
        "luminance_p99" => ("brighter in the whites", "duller in the whites"),
        "clipped_dark_share" => ("more clipped in the shadows", "less clipped in the shadows"),
        "clipped_bright_share" => ("more clipped in the highlights", "less clipped in the highlights"),
        "saturation_mean" => ("more saturated", "less saturated"),
        "red_green_mean" => ("redder", "greener"),
        "yellow_blue_mean" => ("yellower", "bluer"),
        "spectrum_slope" => ("smoother", "rougher"),
        "high_frequency_log10" => ("richer in fine texture", "poorer in fine texture"),
        "noise_floor" => ("noisier", "cleaner"),
        "flat_gradient_share" => ("flatter", "more textured"),
        "gradient_kurtosis_log10" => ("sparser in gradients", "denser in gradients"),
        "mscn_variance" => ("higher in local contrast", "lower in local contrast"),
        "mscn_kurtosis_log10" => ("more peaked in local contrast", "less peaked in local contrast"),
        "edge_share" => ("richer in edges", "poorer in edges"),
        "blockiness" => ("blockier", "less blocky"),
        _ => return format!("{} in `{name}`", if more { "higher" } else { "lower" }),
    };
    (if more { up } else { down }).to_owned()
}

#[cfg(test)]
impl FeatureDifference {
    /// With this effect, and this much in every measure of its shape; p-values of 1.
    pub(crate) fn of(name: &str, effect: f64, shape: f64) -> Self {
        let bands = Bands { null: Interval { low: 0.0, high: 0.1 }, halves: None };
        let banded = Banded { value: shape, bands, p: 1.0 };
        Self {
            name: name.to_owned(),
            mean_x: 0.0,
            mean_y: effect,
            sd_x: 1.0,
            sd_y: 1.0,
            effect,
            effect_bands: bands,
            p: 1.0,
            p_adjusted: 1.0,
            shape: Shape { cliffs_delta: banded, ks: banded, w1_sd: banded, js: banded, psi: banded, labellings: 999 },
            shape_p_adjusted: 1.0,
            groups: [8, 8],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Silent, StreamKey};

    #[test]
    fn the_shifted_feature_comes_first_and_is_put_in_words() {
        let mut stream = StreamKey::new(2, "differences").stream("rows", 0);
        let mut side = |shift: f64| -> Vec<Vec<f64>> {
            (0..60).map(|_| vec![stream.next_unit(), 3.0 + shift + stream.next_unit(), 7.0]).collect()
        };
        let (x, y) = (side(0.0), side(0.5));
        let groups: Vec<u64> = (0..60).map(|row| row / 6).collect();
        let names = ["noise_floor", "luminance_mean", "blockiness"];
        let (x, y) = (Side { rows: &x, groups: &groups }, Side { rows: &y, groups: &groups });
        let got = differences(&x, &y, &names, &Settings::default(), &Silent).expect("groups");
        assert_eq!(got[0].name, "luminance_mean", "{got:?}");
        // A uniform has sd √(1/12): the shift is 1.73 σ.
        assert!((got[0].effect - 1.73).abs() < 0.4 && got[0].p_adjusted < 0.01, "{:?}", got[0]);
        assert!(got[0].shape.cliffs_delta.value > 0.5 && got[0].shape.ks.value > 0.3, "{:?}", got[0]);
        assert_eq!((got[2].effect, got[2].p), (0.0, 1.0), "a constant differs in nothing: {:?}", got[2]);
        let words = sentence(&got, "real", "synthetic");
        assert!(words.starts_with("Synthetic is 1.") && words.ends_with("σ brighter than real."), "{words}");
        let same = differences(&x, &x, &names, &Settings::default(), &Silent).expect("groups");
        assert!(sentence(&same, "real", "real").starts_with("No feature's mean differs"), "same set");
        assert!(differences(&x, &y, &names[..2], &Settings::default(), &Silent).is_err(), "a name is missing");
    }

    #[test]
    fn what_is_negligible_comes_after_what_is_told_however_many_sigma_it_is() {
        let mut stream = StreamKey::new(3, "differences").stream("rows", 0);
        // The first feature is almost constant in the reference, and far off in two frames of a hundred of the other side.
        let mut side = |shift: f64, odd: f64| -> Vec<Vec<f64>> {
            let first = |at: usize, noise: f64| if at % 50 == 7 { odd } else { 1e-4 * noise };
            (0..100).map(|at| vec![first(at, stream.next_unit()), shift + stream.next_unit()]).collect()
        };
        let (x, y) = (side(0.0, 0.0), side(0.4, 1.0));
        let groups: Vec<u64> = (0..100).map(|row| row / 10).collect();
        let (x, y) = (Side { rows: &x, groups: &groups }, Side { rows: &y, groups: &groups });
        let names = ["clipped_dark_share", "luminance_mean"];
        let got = differences(&x, &y, &names, &Settings::default(), &Silent).expect("groups");
        assert!(
            got[1].effect.abs() > 10.0 * got[0].effect.abs() && got[1].shape.cliffs_delta.value.abs() < 0.147,
            "{got:?}"
        );
        assert_eq!((got[0].name.as_str(), got[0].is_told(), got[1].is_told()), ("luminance_mean", true, false));
    }

    #[test]
    fn where_the_reference_hardly_varies_no_number_is_shown() {
        let one = |name: &str, effect: f64| FeatureDifference {
            p_adjusted: 0.01,
            ..FeatureDifference::of(name, effect, 1.0)
        };
        let found = [one("clipped_dark_share", 295.6), one("luminance_mean", -12.3), one("noise_floor", 2.0)];
        let expected = "Synthetic is far darker, far more clipped in the shadows and 2.0 σ noisier than real \
                        (far: by more than 5 σ of real's own frames).";
        assert_eq!(sentence(&found, "real", "synthetic"), expected, "brightness first, as the features stand");
    }

    #[test]
    fn every_built_in_feature_has_words() {
        for name in super::super::NAMES {
            let (up, down) = (comparative(name, true), comparative(name, false));
            assert!(!up.contains('`') && up != down, "{name}: {up}, {down}");
        }
        assert_eq!(comparative("luminance_r2c3", false), "darker in row 2, column 3 of 4", "cell");
        assert_eq!(comparative("mine", true), "higher in `mine`", "a user's own");
    }

    #[test]
    fn one_feature_alone_is_told_among_many() {
        let mut stream = StreamKey::new(6, "differences").stream("rows", 0);
        let mut side = |shift: f64| -> Vec<Vec<f64>> {
            let row = |stream: &mut crate::base::Stream| (0..66).map(|_| stream.next_unit()).collect::<Vec<f64>>();
            (0..60)
                .map(|_| {
                    let mut row = row(&mut stream);
                    row[40] += shift;
                    row
                })
                .collect()
        };
        let (x, y) = (side(0.0), side(0.6));
        let groups: Vec<u64> = (0..60).map(|row| row / 3).collect();
        let (x, y) = (Side { rows: &x, groups: &groups }, Side { rows: &y, groups: &groups });
        let names: Vec<String> = (0..66).map(|at| format!("number {at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // 199 labellings could never tell one of 66: their smallest p is 0.005
        let got = differences(&x, &y, &names, &Settings { permutations: 199, seed: 1 }, &Silent).expect("groups");
        let told: Vec<&str> = got.iter().filter(|one| one.is_told()).map(|one| one.name.as_str()).collect();
        assert_eq!(told, ["number 40"]);
        assert!(got[0].effect > got[0].effect_bands.null.high && got[0].effect_bands.null.low < 0.0, "{:?}", got[0]);
        let outside = |one: &&FeatureDifference| {
            let band = one.effect_bands.null;
            one.effect < band.low || one.effect > band.high
        };
        assert!(got[1..].iter().filter(outside).count() <= 10, "a twentieth of 65 is 3");
        assert!(got.iter().all(|one| one.effect_bands.halves.is_some()));
    }

    #[test]
    fn a_spread_that_collapsed_is_told_though_the_mean_stays() {
        let mut stream = StreamKey::new(9, "differences").stream("rows", 0);
        let mut side = |spread: f64| -> Vec<Vec<f64>> {
            (0..80).map(|_| vec![stream.next_unit(), spread * (stream.next_unit() - 0.5)]).collect()
        };
        let (x, y) = (side(1.0), side(0.3));
        let groups: Vec<u64> = (0..80).map(|row| row / 4).collect();
        let (x, y) = (Side { rows: &x, groups: &groups }, Side { rows: &y, groups: &groups });
        let got = differences(&x, &y, &["same", "narrow"], &Settings::default(), &Silent).expect("groups");
        let narrow = got.iter().find(|one| one.name == "narrow").unwrap();
        assert!(narrow.is_told_by_shape() && !narrow.is_told(), "{narrow:?}");
        assert!(narrow.shape.js.value > narrow.shape.js.bands.null.high, "{narrow:?}");
        assert_eq!(got[0].name, "narrow", "it stands before what nothing tells");
        assert!(sentence(&got, "real", "synthetic").starts_with("No feature's mean differs"), "both can be said");
        let words = shape_sentence(&got, ["real", "synthetic"], "features").unwrap();
        assert!(
            words.starts_with("In shape more than in the mean 1 of 2 features differs beyond chance: `narrow`"),
            "{words}"
        );
        assert!(words.contains("which spreads 0.") && words.contains("by chance up to 0."), "{words}");
        assert_eq!(shape_sentence(&got[..0], ["real", "synthetic"], "features"), None);
    }

    #[test]
    fn of_many_rows_shapes_have_fewer_relabellings() {
        let groups: Vec<u64> = (0..40_000).map(|row| row / 100).collect();
        let rows: Vec<Vec<f64>> = groups.iter().map(|_| vec![0.0]).collect();
        let side = Side { rows: &rows, groups: &groups };
        let grouping = Grouping::new(&side, &side).expect("groups");
        let count = |features: usize| {
            let chance = Chance::new(&grouping, features, &Settings { permutations: 99, seed: 1 });
            [chance.means.0.all.len(), chance.shapes.0.all.len()]
        };
        assert_eq!(count(1), [99, 99], "as was asked");
        assert_eq!(count(20), [800, 400], "20 a feature tell one");
        assert_eq!(count(66), [2_640, 378], "five times as long at the most");
        assert_eq!(count(1_000), [10_000, 199], "and the looks have an end");
    }

    #[test]
    fn a_number_that_some_rows_lack_is_compared_where_it_is() {
        let column = |name: &str, shift: f64, count: usize| Column {
            name: name.to_owned(),
            values: [(0..20).map(f64::from).collect(), (0..count).map(|at| at as f64 + shift).collect()],
            groups: [(0..20).collect(), (0..count as u64).collect()],
        };
        let columns = [column("same", 0.0, 20), column("later", 30.0, 7)];
        let got = differences_of(&columns, &Settings::default(), &Silent).expect("groups");
        assert_eq!(got[0].name, "later");
        assert!(got[0].shape.cliffs_delta.value == 1.0 && got[0].p_adjusted < 0.01, "{:?}", got[0]);
        assert_eq!(got[1].effect, 0.0);
        // where every row has every number both ways give the same
        let full = [column("one", 3.0, 20), column("two", 0.5, 20)];
        let rows = [0, 1].map(|side: usize| -> Vec<Vec<f64>> {
            (0..20).map(|at| full.iter().map(|one| one.values[side][at]).collect()).collect()
        });
        let [x, y] = [0, 1].map(|side: usize| Side { rows: &rows[side], groups: &full[0].groups[side] });
        let together = differences(&x, &y, &["one", "two"], &Settings::default(), &Silent).expect("groups");
        assert_eq!(differences_of(&full, &Settings::default(), &Silent), Ok(together));
        assert_eq!(got[0].groups, [20, 7]);
        assert!(differences_of(&[column("one draw", 0.0, 1)], &Settings::default(), &Silent).is_err(), "one group");
    }
}
