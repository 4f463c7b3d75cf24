//! What stands in the page; how it behaves in a browser is tested in `tests/core/compare_page.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::base::Rgb;
use crate::run::compare::{
    BandEntry, CauseEntry, ChanceEntry, DifferenceEntry, DistanceEntry, FeatureMap, MapDot, ProbeEntry, PropertyEntry,
};

const HOSTILE: &str = "</script><img src=x onerror=\"x()\"> & <!-- 🦾 '`";

/// What chance gives of a difference.
fn chance() -> ChanceEntry {
    let band = |high: f64| BandEntry { null_band: [0.0, high], reference_band: Some([0.0, 0.25]), p: 0.5 };
    ChanceEntry {
        permutations: 999,
        effect_sd: BandEntry { null_band: [-0.5, 0.5], ..band(0.0) },
        cliffs_delta: BandEntry { null_band: [-0.25, 0.25], ..band(0.0) },
        ks: band(0.25),
        js_p_adjusted: 0.5,
        w1_sd: band(0.5),
        js: band(0.25),
        psi: band(0.5),
    }
}

fn finding() -> ComparisonFile {
    let distance = |metric: &str, value: f64, p: f64| DistanceEntry {
        metric: metric.to_owned(),
        value,
        null_band: [0.25, 0.75],
        p,
        permutations: 999,
        interval: Some([value - 0.125, value + 0.125]),
        reference_band: None,
        exact: false,
        caveat: None,
    };
    let chance = chance();
    let difference = |feature: &str, effect_sd: f64| DifferenceEntry {
        feature: feature.to_owned(),
        reference: 12.25,
        other: 0.0625,
        effect_sd,
        cliffs_delta: -0.5,
        ks: 0.75,
        w1_sd: 1.5,
        js: 0.1,
        psi: 0.2,
        p: 0.01,
        p_adjusted: 0.02,
        sd: Some([0.5, 0.25]),
        groups: Some([8, 12]),
        chance: Some(chance),
    };
    ComparisonFile {
        format: "worldproof comparison 3".to_owned(),
        reference: HOSTILE.to_owned(),
        reference_origin: Origin::StandIn,
        other: "light".to_owned(),
        other_origin: Origin::Synthetic,
        cameras: [String::new(), String::new()],
        metric: "KID".to_owned(),
        features: "frame statistics 2".to_owned(),
        value: 3.71,
        null_band: [0.25, 0.75],
        p: 0.0004,
        groups: [6, 1],
        frames: [117, 208],
        caveat: Some("Few groups & <many> frames.".to_owned()),
        sentences: vec!["No parameter of `<light>` explains it.".to_owned(), "One ` alone stays.".to_owned()],
        causes: vec![CauseEntry {
            feature: "luminance_mean".to_owned(),
            parameter: "sun".to_owned(),
            share: 0.62,
            correlation: -0.81,
            p: 0.004,
            raise: Some(true),
            sentence: "`sun` explains most.".to_owned(),
        }],
        distances: vec![distance("KID", 3.71, 0.0004), distance("MMD²", -0.000_05, 0.41)],
        hidden: vec!["Fréchet is not shown: <few> rows.".to_owned()],
        differences: vec![difference("small", 2.0), difference("large", -130.0)],
        signals: Vec::new(),
        touches: Vec::new(),
        parameters: Vec::new(),
        identities: Default::default(),
        measuring: None,
        camera_positions: [0, 0],
        family: String::new(),
        colours: Default::default(),
        backbone: None,
        probe: Some(probe()),
        luminance: [vec![0.25; 4], vec![0.5, 0.5, 0.0, 0.0]],
    }
}

fn pair(flag: Option<&str>) -> PagePair {
    let picture = Rgb::from_bytes(2, 1, vec![255, 0, 0, 0, 0, 255]).expect("six bytes");
    let side = |picture| PageSide { episode: "7".to_owned(), frame: 2, n_frames: 13, time_s: Some(0.2), picture };
    PagePair {
        sides: [side(PagePicture::png(&picture)), side(Err("`a.mp4` ends <here>.".to_owned()))],
        flag: flag.map(str::to_owned),
        note: Some("12 mm & more".to_owned()),
    }
}

fn view(finding: &ComparisonFile, pairs: Vec<PagePair>) -> PageView<'_> {
    PageView {
        title: HOSTILE.to_owned(),
        made: "2026-01-02T03:04:05Z, by <tester>".to_owned(),
        matched: "By order.".to_owned(),
        pairs,
        finding,
        about: &[("KID", "How far <both> lie apart.")],
        colours: None,
        map: None,
    }
}

/// Nine frames of either set in a row, of which each set's fourth stands for the first pair's picture.
fn plane(strongest: Option<[&'static str; 2]>) -> PageMap {
    let dots = (0..18).map(|at: usize| MapDot {
        side: at / 9,
        episode: u64::MAX,
        frame: 10 * (at % 9) as u32,
        at: [at as f64, (at % 9) as f64],
    });
    let runs = [0, 1].map(|side: usize| ((side, u64::MAX), 9 * side..9 * side + 9));
    let map = FeatureMap {
        dots: dots.collect(),
        runs: Arc::new(BTreeMap::from(runs)),
        explained: [0.41, 0.17],
        strongest,
        ..FeatureMap::default()
    };
    PageMap::of(&map, &[[(u64::MAX, 33), (u64::MAX, 33)], [(3, 0), (3, 0)]])
}

/// A probe that tells by a property with a hostile name, in the lower row.
fn probe() -> ProbeEntry {
    ProbeEntry {
        version: "worldproof-probe-1".to_owned(),
        auc: 0.93,
        null_band: [0.41, 0.58],
        p: 0.002,
        permutations: 999,
        frames: [117, 208],
        groups: [6, 16],
        properties: vec![
            PropertyEntry { property: "noise_floor_log2".to_owned(), part: 1.25, alone: 0.08, shift_sd: -2.5 },
            PropertyEntry { property: "<img src=x>".to_owned(), part: 0.5, alone: 0.6, shift_sd: 0.3 },
        ],
        grid: [2, 2],
        cells: vec![0.5, 0.42, 0.97, 0.75],
        cell_chance: 0.8,
        caveat: Some("With 6 & 3 groups only large differences are found.".to_owned()),
    }
}

#[test]
fn where_sets_differ_is_drawn_and_named() {
    let finding = finding();
    let text = page(&view(&finding, vec![pair(None)]));
    assert!(text.contains("right in 93\u{2009}% of pairs of frames, by chance in 41 to 58\u{2009}%"), "the verdict");
    let row = "<tr><th scope=\"row\">noise floor</th><td class=\"n\">1.25</td><td class=\"n\">0.0800</td><td class=\"n\">−2.50</td><td>lower</td></tr>";
    assert!(text.contains(row), "the property in words");
    assert!(text.contains("With 6 &amp; 3 groups only large"), "what must be known");
    assert!(text.contains("&lt;img src=x&gt;") && !text.contains("<img src=x>"), "whatever it is called");
    assert_eq!(text.matches("class=\"cell told\"").count(), 1, "one cell tells beyond chance");
    assert_eq!(text.matches("class=\"cell\"").count(), 3);
    let uneven = ComparisonFile { probe: Some(ProbeEntry { grid: [3, 2], ..probe() }), ..self::finding() };
    assert!(!page(&view(&uneven, vec![pair(None)])).contains("class=\"cell"), "cells that do not fit are not drawn");
    let none = ComparisonFile { probe: None, ..self::finding() };
    assert!(!page(&view(&none, vec![pair(None)])).contains("Where they differ"));
}

#[test]
fn frames_stand_on_a_plane_that_needs_no_script() {
    let finding = finding();
    let with = |map: PageMap| page(&PageView { map: Some(map), ..view(&finding, vec![pair(None), pair(None)]) });
    let text = with(plane(Some(["luminance_mean", "edge_<share>"])));
    let (_, section) = text.split_once("id=\"plane-title\"").expect("the section");
    let (section, _) = section.split_once("</section>").expect("its end");
    let drawn = section.split_once("<a ").expect("ringed marks").0;
    let (_, drawn) = drawn.split_once("plane-dots").expect("the picture");
    assert_eq!([drawn.matches("h0").count(), drawn.matches("l.1.1").count()], [9, 9], "each frame once");
    // 1000 less 24 on both sides over 17 units is 56 a unit; the eight units up make 448 and the same room.
    assert!(drawn.contains("M24 472h0") && drawn.contains("M976 24l.1.1"), "{drawn}");
    assert!(drawn.contains("\"dots standin\"") && drawn.contains("\"dots synthetic diamond\""), "in the sets' colours");
    for told in [
        "The plane shows 58\u{2009}% of all that varies: what lies together on it may still differ in the rest.",
        "Across: 41\u{2009}% of what varies, most of all <code>luminance_mean</code>",
        "Up: 17\u{2009}% of what varies, most of all <code>edge_&lt;share&gt;</code>",
        "href=\"#pair-1\" tabindex=\"-1\" aria-label=\"Pair 1, light, episode 18446744073709551615, frame 30\"",
        "<span class=\"soft\">9 frames</span>",
        "aria-label=\"Scatter of frames on one plane: 9 frames of &lt;/script&gt;&lt;img",
    ] {
        assert!(section.contains(told), "{told}");
    }
    assert_eq!(section.matches("<a ").count(), 2, "the second pair is of episodes that were not looked at");
    assert_eq!(text.matches("</script>").count(), 2, "no name ends the script");
    let (_, rest) = text.split_once("id=\"data\">").expect("data");
    let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").expect("end").0).expect("JSON");
    let frames: Vec<u32> = (0..9).map(|at| 10 * at).collect();
    let set = serde_json::json!({ "episodes": [["18446744073709551615", 9]], "frames": frames });
    let known = serde_json::json!({ "sets": [set, set], "marks": [[1, 0, 3], [1, 1, 3]] });
    assert_eq!(data["plane"], known, "what the script reads");
    let deep = with(plane(None));
    assert!(deep.contains("Up: 17\u{2009}% of what varies in the network’s features"), "a network's have no names");
}

#[test]
fn where_both_sets_have_one_origin_the_other_is_hollow() {
    let finding = ComparisonFile { other_origin: Origin::StandIn, ..finding() };
    let text = page(&PageView { map: Some(plane(None)), ..view(&finding, vec![]) });
    assert!(
        text.contains("class=\"dots standin\"") && text.contains("class=\"dots standin diamond hollow\""),
        "two marks"
    );
    assert!(!text.contains("dots synthetic"), "no third");
}

#[test]
fn many_frames_are_a_small_page_and_none_no_section() {
    let finding = finding();
    let bare = page(&view(&finding, vec![pair(None)]));
    assert!(!bare.contains("id=\"plane\"") && bare.contains("\"plane\":null"), "no map, no section");
    let none = PageMap::of(&FeatureMap::default(), &[]);
    let empty = page(&PageView { map: Some(none), ..view(&finding, vec![pair(None)]) });
    assert_eq!(empty, bare, "nor where nothing is on it");
    let dot = |at: usize| MapDot {
        side: at / 50_000,
        episode: (at % 50_000 / 40) as u64,
        frame: at as u32 % 40,
        at: [libm::sin(at as f64), libm::cos(3.0 * at as f64)],
    };
    let map = FeatureMap { dots: (0..100_000).map(dot).collect(), ..FeatureMap::default() };
    let full = page(&PageView { map: Some(PageMap::of(&map, &[])), ..view(&finding, vec![pair(None)]) });
    assert!(full.contains("2000 of 50000 frames"), "told");
    assert!(full.len() - bare.len() < 150_000, "{} bytes", full.len() - bare.len());
}

#[test]
fn no_name_leaves_its_element() {
    let finding = finding();
    let text = page(&view(&finding, vec![pair(Some(HOSTILE))]));
    assert_eq!(text.matches("</script>").count(), 2, "the data's and the script's own ends");
    for wrong in ["<img src=x", "<!-- 🦾", "<light>", "<tester>", "<few>", "<here>", "<both>", "<many>"] {
        assert!(!text.contains(wrong), "{wrong}");
    }
    assert!(text.contains("No parameter of <code>&lt;light&gt;</code> explains it."), "names in the face of names");
    assert!(text.contains("One ` alone stays."), "half a quotation is none");
}

#[test]
fn the_script_reads_back_what_it_is_told() {
    let finding = finding();
    let text = page(&view(&finding, vec![pair(Some(HOSTILE)), pair(None)]));
    let (_, rest) = text.split_once("id=\"data\">").expect("data");
    let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").expect("end").0).expect("JSON");
    assert_eq!(data["sides"][0]["name"], HOSTILE, "word for word");
    assert_eq!(data["sides"][0]["word"], "STAND-IN", "origin");
    assert_eq!(data["pairs"][0]["flag"], HOSTILE, "flag");
    assert_eq!(data["pairs"][1]["flag"], serde_json::Value::Null, "no flag");
    assert_eq!(data["pairs"][0]["sides"][0]["size"], serde_json::json!([2, 1]), "size");
    assert_eq!(data["pairs"][0]["sides"][1]["missing"], "`a.mp4` ends <here>.", "why there is none");
}

#[test]
fn the_policy_names_exactly_what_stands_in_the_page() {
    let finding = finding();
    let text = page(&view(&finding, vec![pair(None)]));
    let between = |from: &str, to: &str| {
        let (_, rest) = text.split_once(from).expect("begins");
        rest.split_once(to).expect("ends").0.to_owned()
    };
    let policy = between("Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; img-src data:; "), "{policy}");
    assert!(policy.contains(&format!("style-src '{}'", digest(&between("<style>", "</style>")))), "{policy}");
    assert!(
        policy.contains(&format!("script-src '{}'", digest(&between("</script>\n<script>", "</script>")))),
        "{policy}"
    );
    // RFC 6234's digest of nothing.
    assert_eq!(digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "a digest as policies write it");
}

#[test]
fn nothing_is_loaded_from_anywhere_and_no_style_or_handler_stands_on_an_element() {
    let finding = ComparisonFile { reference: "real".to_owned(), ..finding() };
    let text = page(&PageView { title: "a page".to_owned(), ..view(&finding, vec![pair(None)]) });
    for wrong in ["http:", "https:", "//cdn", "<link", "@import", "url(", " style=\"", "eval(", "Function(", "import("]
    {
        assert!(!text.contains(wrong), "{wrong}");
    }
    let (body, _) = text.split_once("<script").expect("script");
    let handler =
        |(at, _): (usize, &str)| body[at + 1..].split(|c: char| !c.is_ascii_alphabetic()).next().map(str::len);
    let handlers =
        body.match_indices(" on").filter(|&hit| handler(hit).is_some_and(|n| body[hit.0 + 1 + n..].starts_with('=')));
    assert_eq!(handlers.count(), 0, "no handler on an element");
    assert_eq!(body.matches(" src=\"").count(), body.matches(" src=\"data:image/").count(), "pictures within");
}

#[test]
fn every_picture_and_every_number_stands_in_it() {
    let finding = finding();
    let text = page(&view(&finding, vec![pair(None), pair(Some("look"))]));
    let known = PagePicture::png(&Rgb::from_bytes(2, 1, vec![255, 0, 0, 0, 0, 255]).expect("six bytes")).expect("png");
    assert_eq!(text.matches(&known.address()).count(), 2, "once for each of two pairs");
    assert_eq!(text.matches("ends &lt;here&gt;.").count(), 2, "and why the others are missing");
    assert!(text.contains("episode 7, frame 2 of 13, 0.20\u{2009}s"), "caption");
    assert!(text.contains("Only flagged (1)") && text.contains("aria-label=\"Pair 2, flagged: look\""), "flags");
    assert!(text.contains("117 frames of 6 episodes") && text.contains("208 frames of 1 episode<"), "counts");
    for told in [
        "3.71",
        "3.58 to 3.83",
        "0.250 to 0.750",
        "below 0.001",
        "−5.00e−5",
        "0.410",
        "≠ beyond chance",
        "≈ as by chance",
    ] {
        assert!(text.contains(told), "{told}");
    }
    for told in ["beyond 99", "+2.0", "12.2", "0.0625", "−0.50", "0.75", "62\u{2009}%", "−0.81", "mean 2, other 0"]
    {
        assert!(text.contains(told), "{told}");
    }
    assert!(text.find("<code>large</code>") < text.find("<code>small</code>"), "largest effect first");
    assert!(text.contains("A diagnosis, never the acceptance test.") && text.contains("Few groups"), "caveats");
    assert!(text.contains("A STAND-IN was rendered"), "banner");
    assert!(text.contains("kept without loss"), "no JPEG among them");
}

#[test]
fn same_input_same_bytes() {
    let finding = finding();
    let make = || page(&view(&finding, vec![pair(None), pair(Some("look"))]));
    assert_eq!(make(), make(), "twice the same");
    assert!(!make().contains('\r'), "line ends as a parser has them");
}

#[test]
fn a_page_without_pairs_features_or_histograms_is_still_one() {
    let bare = ComparisonFile {
        reference_origin: Origin::Real,
        caveat: None,
        sentences: vec![],
        causes: vec![],
        distances: vec![],
        hidden: vec![],
        differences: vec![],
        identities: Default::default(),
        measuring: None,
        camera_positions: [0, 0],
        family: String::new(),
        colours: Default::default(),
        backbone: None,
        probe: None,
        luminance: [vec![], vec![]],
        ..finding()
    };
    let text = page(&view(&bare, vec![]));
    assert!(text.contains("There is no pair of pictures to show"), "said");
    assert!(text.contains("3.71"), "the first format's one distance");
    for absent in ["id=\"viewer\"", "id=\"features\"", "class=\"histogram\"", "A STAND-IN was", "id=\"causes\""] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn a_jpeg_is_near_its_frame_and_one_without_pixels_says_so() {
    let bytes: Vec<u8> = (0..64 * 48).flat_map(|at: u32| [(at % 64) as u8 * 2, (at / 64) as u8 * 3, 90]).collect();
    let frame = Rgb::from_bytes(64, 48, bytes).expect("size");
    let kept = PagePicture::jpeg(&frame).expect("jpeg");
    let address = kept.address();
    let file = STANDARD.decode(address.strip_prefix("data:image/jpeg;base64,").expect("jpeg")).expect("base64");
    let back = image::load_from_memory(&file).expect("decodes").to_rgb8();
    let worst = back.as_raw().iter().zip(&frame.bytes).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(kept.size() == [64, 48] && worst.is_some_and(|worst| worst <= 12), "{worst:?}");
    let empty = PagePicture::jpeg(&Rgb::black(0, 4)).expect_err("no pixels");
    assert_eq!(empty, "A picture of 0 × 4 pixels cannot stand in a page: it has no pixels.", "a sentence");
    assert!(PagePicture::jpeg(&Rgb::black(70_000, 1)).is_err(), "JPEG's own limit");
}
