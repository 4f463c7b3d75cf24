//! Histograms of colours, and which single features differ most, in numbers and in words.

use crate::base::text::in_sentence_case;
use crate::base::{Monitor, Rgb};
use crate::stats::{benjamini_hochberg, cliffs_delta, ks_two_sample, mean, sd, sorted};

use super::bins::Deciles;
use super::labelling::{Grouping, Labellings};
use super::sliced::moved;
use super::{DriftError, Settings, Side};

/// Counts of 8-bit codes, 256 bins each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHistograms {
    /// Luminance 0.2126 R + 0.7152 G + 0.0722 B, rounded.
    pub luminance: Vec<u64>,
    /// Red, green, blue.
    pub rgb: [Vec<u64>; 3],
}

impl Default for ChannelHistograms {
    fn default() -> Self {
        Self { luminance: vec![0; 256], rgb: [vec![0; 256], vec![0; 256], vec![0; 256]] }
    }
}

impl ChannelHistograms {
    /// Of one picture.
    pub fn of(image: &Rgb) -> Self {
        Self::of_many([image])
    }

    /// Of many pictures together; each pixel counts once.
    pub fn of_many<'a>(images: impl IntoIterator<Item = &'a Rgb>) -> Self {
        let mut out = Self::default();
        images.into_iter().for_each(|image| out.add(image));
        out
    }

    /// Adds a picture's pixels.
    pub fn add(&mut self, image: &Rgb) {
        let [red, green, blue] = &mut self.rgb;
        for [r, g, b] in image.pixels() {
            let luminance = (2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b) + 5000) / 10_000;
            self.luminance[luminance as usize] += 1;
            red[usize::from(r)] += 1;
            green[usize::from(g)] += 1;
            blue[usize::from(b)] += 1;
        }
    }
}

/// How one feature differs between the reference `x` and `y`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureDifference {
    /// The feature.
    pub name: String,
    /// Mean over the reference's rows.
    pub mean_x: f64,
    /// Mean over the other side's rows.
    pub mean_y: f64,
    /// (`mean_y` − `mean_x`) in standard deviations of the reference's rows (of all rows where the reference never changes).
    pub effect: f64,
    /// P(y > x) − P(y < x), −1 to 1.
    pub cliffs_delta: f64,
    /// Largest distance between the empirical distribution functions, 0 to 1.
    pub ks: f64,
    /// Wasserstein-1 distance in standard deviations of the reference's rows (of all rows where the reference never changes).
    pub w1_sd: f64,
    /// Jensen–Shannon distance over the reference's deciles, in bits, 0 to 1.
    pub js: f64,
    /// Population stability index over the reference's deciles.
    pub psi: f64,
    /// Permutation p-value by group of the difference of means, two-sided.
    pub p: f64,
    /// `p` adjusted over all features (Benjamini–Hochberg).
    pub p_adjusted: f64,
}

impl FeatureDifference {
    /// Whether it is beyond chance and not negligible: a few odd frames can be many σ of a reference that hardly varies.
    pub fn is_told(&self) -> bool {
        is_told(self.p_adjusted, self.effect, self.cliffs_delta)
    }
}

/// Whether a difference with this adjusted p, this effect in σ and this Cliff's delta is spoken of.
pub fn is_told(p_adjusted: f64, effect: f64, cliffs_delta: f64) -> bool {
    /// Below it Romano and others (2006) call Cliff's delta negligible.
    const SMALL: f64 = 0.147;
    p_adjusted <= 0.05 && effect.abs() >= 0.05 && cliffs_delta.abs() >= SMALL
}

/// All features' differences: those that are told from chance first ([`FeatureDifference::is_told`]), of these and of the others the
/// largest |effect|.
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
    let labellings = Labellings::new(grouping.groups_x, grouping.groups_y(), settings, "features");
    let mut out = Vec::with_capacity(length);
    for (feature, name) in names.iter().enumerate() {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        let column = |side: &Side<'_>| -> Vec<f64> { side.rows.iter().map(|row| row[feature]).collect() };
        out.push(difference(name, &column(x), &column(y), &grouping, &labellings));
    }
    let adjusted = benjamini_hochberg(&out.iter().map(|difference| difference.p).collect::<Vec<_>>());
    for (difference, p_adjusted) in out.iter_mut().zip(adjusted) {
        difference.p_adjusted = p_adjusted;
    }
    // Stable: equal effects stay in the features' order.
    out.sort_by(|a, b| b.is_told().cmp(&a.is_told()).then(b.effect.abs().total_cmp(&a.effect.abs())));
    Ok(out)
}

fn difference(name: &str, x: &[f64], y: &[f64], grouping: &Grouping, labellings: &Labellings) -> FeatureDifference {
    let all: Vec<f64> = x.iter().chain(y).copied().collect();
    // Centred, so that sums of groups lose no digits.
    let centre = mean(&all);
    let mut sums = vec![0.0; grouping.sizes.len()];
    for (value, group) in all.iter().zip(&grouping.of_row) {
        sums[*group] += value - centre;
    }
    let gap = |labels: &[bool]| {
        let (mut totals, mut counts) = ([0.0; 2], [0_usize; 2]);
        for ((label, sum), size) in labels.iter().zip(&sums).zip(&grouping.sizes) {
            totals[usize::from(*label)] += sum;
            counts[usize::from(*label)] += size;
        }
        (totals[0] / counts[0] as f64 - totals[1] / counts[1] as f64).abs()
    };
    let observed = gap(&grouping.observed());
    let null: Vec<f64> = labellings.all.iter().map(|labels| gap(labels)).collect();
    let spread_of_all = sd(&all);
    let tolerance = 1e-12 * (spread_of_all + centre.abs());
    let (mean_x, mean_y) = (mean(x), mean(y));
    let steady = 1e-12 * (1.0 + mean_x.abs());
    let spread = [sd(x), spread_of_all].into_iter().find(|spread| *spread > steady);
    let bins = Deciles::new(x, y);
    FeatureDifference {
        name: name.to_owned(),
        mean_x,
        mean_y,
        effect: spread.map_or(0.0, |spread| (mean_y - mean_x) / spread),
        cliffs_delta: cliffs_delta(x, y),
        ks: ks_two_sample(x, y).map_or(0.0, |test| test.statistic),
        w1_sd: spread.map_or(0.0, |spread| moved(&sorted(x), &sorted(y), f64::abs) / spread),
        js: bins.js(),
        psi: bins.psi(),
        p: labellings.p(observed, &null, tolerance),
        p_adjusted: 1.0,
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
        return match differences.first() {
            Some(largest) => format!(
                "No feature differs beyond chance between {other} and {reference}; the largest difference: {other} is {} \
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
mod tests {
    use super::*;
    use crate::base::{Silent, StreamKey};

    #[test]
    fn histograms_count_every_pixel_once() {
        let one = Rgb::from_bytes(2, 1, vec![255, 0, 0, 10, 10, 10]).expect("size");
        let got = ChannelHistograms::of(&one);
        assert_eq!((got.luminance[54], got.luminance[10]), (1, 1), "0.2126 of 255, and grey");
        assert_eq!((got.rgb[0][255], got.rgb[1][0], got.rgb[2][10]), (1, 1, 1), "channels");
        let both = ChannelHistograms::of_many([&one, &one]);
        assert_eq!(both.luminance.iter().sum::<u64>(), 4, "two pictures");
    }

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
        assert!(got[0].cliffs_delta > 0.5 && got[0].ks > 0.3, "{:?}", got[0]);
        assert_eq!((got[2].effect, got[2].p), (0.0, 1.0), "a constant differs in nothing: {:?}", got[2]);
        let words = sentence(&got, "real", "synthetic");
        assert!(words.starts_with("Synthetic is 1.") && words.ends_with("σ brighter than real."), "{words}");
        let same = differences(&x, &x, &names, &Settings::default(), &Silent).expect("groups");
        assert!(sentence(&same, "real", "real").starts_with("No feature differs"), "same set");
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
        assert!(got[1].effect.abs() > 10.0 * got[0].effect.abs() && got[1].cliffs_delta.abs() < 0.147, "{got:?}");
        assert_eq!((got[0].name.as_str(), got[0].is_told(), got[1].is_told()), ("luminance_mean", true, false));
    }

    #[test]
    fn where_the_reference_hardly_varies_no_number_is_shown() {
        let one = |name: &str, effect: f64| FeatureDifference {
            name: name.to_owned(),
            mean_x: 0.0,
            mean_y: 1.0,
            effect,
            cliffs_delta: 1.0,
            ks: 1.0,
            w1_sd: 1.0,
            js: 1.0,
            psi: 1.0,
            p: 0.001,
            p_adjusted: 0.01,
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
}
