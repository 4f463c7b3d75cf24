//! The numbers of the page: sentences first, then the distances within their null bands, features, causes and histograms.

use super::super::compare::{BandEntry, CauseEntry, ChanceEntry, ComparisonFile, DifferenceEntry, DistanceEntry};
use super::super::report_html::{escape, mono};
use super::{Named, PageView, kind, list, paragraphs, sentence};
use crate::base::text::counted;

/// Below this a difference is called one.
const ALPHA: f64 = 0.05;

/// The whole part.
pub(super) fn numbers(view: &PageView<'_>) -> String {
    let finding = view.finding;
    let mut text =
        format!("<section aria-labelledby=\"told\">\n<h2 id=\"told\">What differs most</h2>\n{}", lead(finding));
    text.push_str("</section>\n");
    text.push_str(&distances(view));
    text.push_str(&super::scatter::scatter(view));
    text.push_str(&super::probe::probe(view));
    text.push_str(&histograms(view));
    if !finding.differences.is_empty() {
        text.push_str(&features(finding));
    }
    if !finding.causes.is_empty() {
        text.push_str(&causes(&finding.causes));
    }
    text
}

/// Sentences and what to keep in mind.
fn lead(finding: &ComparisonFile) -> String {
    let caveat = finding.caveat.as_ref();
    let caveat = caveat.map_or_else(String::new, |words| format!("<p class=\"banner\">{}</p>\n", sentence(words)));
    let told = if finding.sentences.is_empty() {
        "<p>No sentence was kept with this comparison.</p>\n".to_owned()
    } else {
        format!("<div class=\"told\">{}</div>\n", paragraphs(&finding.sentences))
    };
    format!("{told}{caveat}")
}

/// Columns of the distances: class and word.
const DISTANCE_COLUMNS: [(&str, &str); 8] = [
    ("", "Distance"),
    ("", "Against chance"),
    ("n", "Value"),
    ("n", "95 % interval"),
    ("n", "By chance"),
    ("n", "Halves of the reference"),
    ("n", "p"),
    ("word", "Reads as"),
];

/// Every distance with its null band.
fn distances(view: &PageView<'_>) -> String {
    let finding = view.finding;
    // The first format kept one distance alone.
    let alone = [DistanceEntry {
        metric: finding.metric.clone(),
        value: finding.value,
        null_band: finding.null_band,
        p: finding.p,
        permutations: 0,
        interval: None,
        reference_band: None,
        exact: false,
        caveat: None,
    }];
    let entries = if finding.distances.is_empty() { &alone[..] } else { &finding.distances[..] };
    let rows: String = entries.iter().enumerate().map(|(at, entry)| distance(at, entry, view)).collect();
    let [reference, other] = Named::of(finding);
    let head =
        DISTANCE_COLUMNS.map(|(class, word)| format!("<th scope=\"col\" class=\"{class}\">{word}</th>")).concat();
    let hidden = if finding.hidden.is_empty() {
        String::new()
    } else {
        format!("<h3>Not shown</h3>\n{}", list(&finding.hidden))
    };
    format!(
        "<section aria-labelledby=\"distances\">\n<h2 id=\"distances\">Distances</h2>\n\
         <p class=\"soft\">On features {}; {} of {} of <bdi>{}</bdi> against {} of {} of <bdi>{}</bdi>. Grey: where a value lies if \
         both sets have one source. Line below it: between halves of the reference. Each axis holds zero. A name says what \
         it means under the pointer or with the focus.</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of distances\">\
         <table class=\"distances\"><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n{hidden}</section>\n",
        mono(&finding.features),
        counted(finding.frames[1], "frame"),
        counted(finding.groups[1], "episode"),
        escape(other.name),
        counted(finding.frames[0], "frame"),
        counted(finding.groups[0], "episode"),
        escape(reference.name),
    )
}

fn distance(at: usize, entry: &DistanceEntry, view: &PageView<'_>) -> String {
    let about = view.about.iter().find(|(name, _)| *name == entry.metric).map(|(_, about)| *about);
    let name = about.map_or_else(
        || escape(&entry.metric),
        |about| {
            format!(
                "<span class=\"term\"><button type=\"button\" aria-describedby=\"about-{at}\">{}</button>\
                 <span role=\"tooltip\" id=\"about-{at}\" class=\"tip\">{}</span></span>",
                escape(&entry.metric),
                sentence(about)
            )
        },
    );
    let between = |ends: Option<[f64; 2]>| {
        ends.map_or_else(|| "–".to_owned(), |[low, high]| format!("{} to {}", figures(low), figures(high)))
    };
    let reads = if entry.p < ALPHA { "<b>≠ beyond chance</b>" } else { "≈ as by chance" };
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"word\">{reads}</td></tr>\n",
        strip(entry, kind(view.finding.other_origin)),
        figures(entry.value),
        between(entry.interval),
        between(Some(entry.null_band)),
        between(entry.reference_band),
        chance(entry.p),
    )
}

/// Width of a drawn band, in its own units.
const WIDTH: f64 = 168.0;

/// The value over its null band, on an axis of its own that holds zero.
fn strip(entry: &DistanceEntry, class: &str) -> String {
    let known = entry.interval.into_iter().chain(entry.reference_band).chain([entry.null_band]).flatten();
    let all = known.chain([entry.value, 0.0]).filter(|end| end.is_finite());
    let [low, high] = all.fold([0.0_f64; 2], |[low, high], end| [low.min(end), high.max(end)]);
    // Zero is an end of the axis unless something lies beyond it.
    let room = (high - low).max(f64::MIN_POSITIVE) * 0.04;
    let (low, high) = (if low < 0.0 { low - room } else { 0.0 }, if high > 0.0 { high + room } else { 0.0 });
    let span = if high > low { high - low } else { 1.0 };
    let x = |at: f64| if at.is_finite() { 4.0 + (at - low) / span * (WIDTH - 8.0) } else { 4.0 };
    let bar = |class: &str, [from, to]: [f64; 2], y: f64, height: f64| {
        let width = (x(to) - x(from)).max(1.0);
        format!("<rect class=\"{class}\" x=\"{:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>", x(from))
    };
    format!(
        "<svg class=\"strip-of\" viewBox=\"0 0 {WIDTH} 20\" role=\"img\" aria-label=\"{} within an axis from {} to {}, by chance {} to {}\">\
         <line class=\"axis\" x1=\"{:.1}\" y1=\"1\" x2=\"{:.1}\" y2=\"19\"/>{}{}{}<circle class=\"{class}\" cx=\"{:.1}\" cy=\"9\" r=\"4\"/></svg>",
        figures(entry.value),
        figures(low),
        figures(high),
        figures(entry.null_band[0]),
        figures(entry.null_band[1]),
        x(0.0),
        x(0.0),
        bar("null", entry.null_band, 3.0, 12.0),
        entry.reference_band.map_or_else(String::new, |band| bar("halves", band, 17.0, 1.0)),
        entry.interval.map_or_else(String::new, |ends| bar(&format!("{class} interval"), ends, 8.0, 2.0)),
        x(entry.value),
    )
}

/// Columns of the features: class, word and what a click on it sorts by.
const FEATURE_COLUMNS: [(&str, &str, &str); 10] = [
    ("", "Feature", "text"),
    ("n", "Reference mean", "number"),
    ("n", "Other mean", "number"),
    ("n", "Effect, σ", "size"),
    ("n", "Cliff’s δ", "size"),
    ("n", "KS", "number"),
    ("n", "W₁, σ", "number"),
    ("n", "JS", "number"),
    ("n", "PSI", "number"),
    ("n", "Adjusted p", "number"),
];

/// Every feature: those told from chance first, then by effect. Files from before had them in another order.
fn features(finding: &ComparisonFile) -> String {
    let mut entries: Vec<&DifferenceEntry> = finding.differences.iter().collect();
    let effect = |entry: &DifferenceEntry| entry.effect_sd.abs();
    let rank = |entry: &DifferenceEntry| (entry.is_told(), entry.is_told_by_shape());
    entries.sort_by(|one, two| rank(two).cmp(&rank(one)).then(effect(two).total_cmp(&effect(one))));
    let differ = entries.iter().filter(|entry| entry.p_adjusted <= ALPHA).count();
    let by_shape = match entries.iter().filter(|entry| entry.is_told_by_shape()).count() {
        0 => String::new(),
        count => format!(", and {count} more in shape, by the Jensen–Shannon distance"),
    };
    let head = |(class, word, sorted): &(&str, &str, &str)| {
        format!(
            "<th scope=\"col\" class=\"{class}\" data-sort=\"{sorted}\" aria-sort=\"none\"><span>{word}</span></th>"
        )
    };
    let head: String = FEATURE_COLUMNS.iter().map(head).collect();
    let rows: String = entries.iter().map(|entry| feature(entry, kind(finding.other_origin))).collect();
    format!(
        "<section aria-labelledby=\"features-title\">\n<h2 id=\"features-title\">Features that differ</h2>\n\
         <p class=\"soft\">The means of {differ} of {} differ beyond chance (adjusted p of at most {ALPHA}){by_shape}; the others are quiet. σ is the spread of the reference’s own frames; δ, −1 to 1, is the chance that a \
         frame of the other set has more of it, less the chance that it has less. Below each number: where it lies by chance, in the middle \
         95&nbsp;% of relabelled episodes; under the pointer, between halves of the reference.</p>\n\
         <p class=\"find\"><label>Search <input type=\"search\" id=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label> \
         <output id=\"found\" class=\"soft\"></output></p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of features\">\
         <table id=\"features\" class=\"features\"><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n</section>\n",
        counted(entries.len(), "feature"),
    )
}

fn feature(entry: &DifferenceEntry, class: &str) -> String {
    let effect =
        if entry.effect_sd.abs() > 99.0 { "beyond 99".to_owned() } else { signed(&format!("{:+.1}", entry.effect_sd)) };
    let cell = |value: f64, text: &str| format!("<td class=\"n\" data-v=\"{value}\">{text}</td>");
    let chance_of = |of: fn(&ChanceEntry) -> &BandEntry| entry.chance.as_ref().map(of);
    let banded = |value: f64, text: &str, band: Option<&BandEntry>| {
        // What lies within its band, or is less than chance gives of what only grows, reads as nothing.
        let is_within =
            band.is_some_and(|BandEntry { null_band: [low, high], .. }| (low.min(0.0)..=*high).contains(&value));
        let class = if is_within { "n within" } else { "n" };
        format!("<td class=\"{class}\" data-v=\"{value}\">{text}{}</td>", band.map_or_else(String::new, by_chance))
    };
    let x = 40.0 + entry.cliffs_delta.clamp(-1.0, 1.0) * 36.0;
    let delta = format!(
        "<svg class=\"delta\" viewBox=\"0 0 80 12\" aria-hidden=\"true\"><line class=\"axis\" x1=\"40\" y1=\"1\" x2=\"40\" y2=\"11\"/>\
         <rect class=\"{class}\" x=\"{:.1}\" y=\"5\" width=\"{:.1}\" height=\"2\"/><circle class=\"{class}\" cx=\"{x:.1}\" cy=\"6\" r=\"3\"/></svg> {}",
        x.min(40.0),
        (x - 40.0).abs(),
        signed(&format!("{:+.2}", entry.cliffs_delta)),
    );
    format!(
        "<tr{}><th scope=\"row\" data-v=\"{}\">{}</th>{}{}{}{}{}{}{}{}{}</tr>\n",
        if entry.p_adjusted <= ALPHA || entry.is_told_by_shape() { "" } else { " class=\"quiet\"" },
        escape(&entry.feature),
        mono(&entry.feature),
        cell(entry.reference, &figures(entry.reference)),
        cell(entry.other, &figures(entry.other)),
        banded(entry.effect_sd, &effect, chance_of(|of| &of.effect_sd)),
        banded(entry.cliffs_delta, &delta, chance_of(|of| &of.cliffs_delta)),
        banded(entry.ks, &two(entry.ks), chance_of(|of| &of.ks)),
        banded(entry.w1_sd, &two(entry.w1_sd), chance_of(|of| &of.w1_sd)),
        banded(entry.js, &two(entry.js), chance_of(|of| &of.js)),
        banded(entry.psi, &two(entry.psi), chance_of(|of| &of.psi)),
        cell(entry.p_adjusted, &chance(entry.p_adjusted)),
    )
}

/// Two places after the point, and no more figures than matter of what is large.
fn two(value: f64) -> String {
    if value.abs() < 10.0 { signed(&format!("{value:.2}")) } else { figures(value) }
}

/// Where a number lies by chance; under the pointer, between halves of the reference.
fn by_chance(band: &BandEntry) -> String {
    let between = |[low, high]: [f64; 2]| format!("{} to {}", two(low), two(high));
    let title = |band| format!(" title=\"Between halves of the reference {}\"", between(band));
    let halves = band.reference_band.map_or_else(String::new, title);
    format!("<small{halves}>{}</small>", between(band.null_band))
}

/// Parameters that explain what differs, in words.
fn causes(causes: &[CauseEntry]) -> String {
    let one = |cause: &CauseEntry| {
        format!(
            "<li>{} <span class=\"soft\">{} of {}: {:.0}\u{2009}% of its spread between draws, rank correlation {}, p {}</span></li>\n",
            sentence(&cause.sentence),
            mono(&cause.parameter),
            mono(&cause.feature),
            cause.share * 100.0,
            signed(&format!("{:+.2}", cause.correlation)),
            chance(cause.p),
        )
    };
    let all: String = causes.iter().map(one).collect();
    format!(
        "<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">Causes</h2>\n\
         <p class=\"soft\">Parameters of the family that explain what differs, between its own draws.</p>\n<ul class=\"causes\">{all}</ul>\n</section>\n"
    )
}

/// How codes are spread in both sets.
fn histograms(view: &PageView<'_>) -> String {
    let [reference, other] = Named::of(view.finding);
    let same = reference.origin == other.origin;
    let classes =
        [kind(reference.origin).to_owned(), format!("{}{}", kind(other.origin), if same { " dashed" } else { "" })];
    let mut all = histogram("Luminance", [&view.finding.luminance[0], &view.finding.luminance[1]], &classes);
    if let Some([one, two]) = view.colours {
        for (at, word) in ["Red", "Green", "Blue"].into_iter().enumerate() {
            all.push_str(&histogram(word, [&one[at], &two[at]], &classes));
        }
    }
    if all.is_empty() {
        return all;
    }
    let key = |class: &str, named: Named<'_>| {
        format!(
            "<span class=\"key\"><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\"><polyline class=\"{class}\" points=\"0,4 24,4\"/></svg> \
             <bdi>{}</bdi></span>",
            escape(named.name)
        )
    };
    format!(
        "<section aria-labelledby=\"levels\">\n<h2 id=\"levels\">Levels</h2>\n<p class=\"soft\">Share of the pixels at each code, 0 to 255, on a \
         square-root scale: {} {}</p>\n<div class=\"histograms\">{all}</div>\n</section>\n",
        key(&classes[0], reference),
        key(&classes[1], other),
    )
}

/// Two histograms on one scale; nothing where they do not fit together.
fn histogram(word: &str, shares: [&[f64]; 2], classes: &[String; 2]) -> String {
    let n = shares[0].len();
    if n < 2 || shares[1].len() != n {
        return String::new();
    }
    let most = shares.iter().flat_map(|shares| shares.iter()).copied().fold(1e-9, f64::max);
    let line = |at: usize| {
        let point = |(code, share): (usize, &f64)| {
            let x = code as f64 * 256.0 / (n - 1) as f64;
            format!("{x:.1},{:.1}", 100.0 - libm::sqrt((share / most).max(0.0)) * 96.0)
        };
        let points: Vec<String> = shares[at].iter().enumerate().map(point).collect();
        format!("<polyline class=\"{}\" points=\"{}\"/>", classes[at], points.join(" "))
    };
    let mean = |at: usize| {
        let total: f64 = shares[at].iter().sum();
        let sum: f64 = shares[at].iter().enumerate().map(|(code, share)| code as f64 * share).sum();
        if total > 0.0 { sum / total } else { 0.0 }
    };
    format!(
        "<figure class=\"histogram\"><figcaption>{word} <span class=\"soft\">mean {:.0}, other {:.0}</span></figcaption>\
         <svg viewBox=\"0 0 256 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{word} histograms\">{}{}</svg>\
         <div class=\"ticks\"><span>0</span><span>128</span><span>255</span></div></figure>\n",
        mean(0),
        mean(1),
        line(0),
        line(1)
    )
}

/// A p-value is never 0.
pub(super) fn chance(p: f64) -> String {
    if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
}

/// Three figures that matter, with a minus that is one.
pub(super) fn figures(value: f64) -> String {
    let size = value.abs();
    signed(&if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e6).contains(&size) {
        format!("{value:.2e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else if size >= 0.1 {
        format!("{value:.3}")
    } else {
        format!("{value:.4}")
    })
}

fn signed(text: &str) -> String {
    text.replace('-', "−")
}
