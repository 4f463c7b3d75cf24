//! The comparison's page in a real browser: `tests/browser/compare_page.py` works its controls and reads its pixels.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use worldproof::base::Rgb;
use worldproof::data::Origin;
use worldproof::run::compare::{
    BandEntry, CauseEntry, ChanceEntry, ComparisonFile, DifferenceEntry, DistanceEntry, FeatureMap, MapDot,
};
use worldproof::run::compare_page::{PageMap, PagePair, PagePicture, PageSide, PageView, page};

/// A name that would break out of any element, attribute or script that it is not escaped for.
const HOSTILE: &str = "g1 </script><b onclick=\"x()\">&amp;'`<!-- 🦾";

fn picture(width: u32, height: u32, code: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
    let bytes = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| code(x, y)).collect();
    Rgb::from_bytes(width, height, bytes).expect("three bytes a pixel")
}

fn side(episode: &str, picture: Result<PagePicture, String>) -> PageSide {
    PageSide { episode: episode.to_owned(), frame: 2, n_frames: 13, time_s: Some(0.2), picture }
}

/// Pairs whose codes the script knows.
fn pairs() -> Vec<PagePair> {
    let ramp = |by: [u8; 3]| picture(96, 64, move |x, y| [x as u8 + by[0], 2 * y as u8 + by[1], 40 + by[2]]);
    let flat = |width: u32, code: [u8; 3]| picture(width, width * 2 / 3, move |_, _| code);
    let pair = |one: Result<PagePicture, String>, two: Result<PagePicture, String>| PagePair {
        sides: [side("7", one), side("0", two)],
        flag: None,
        note: None,
    };
    let known = pair(PagePicture::png(&ramp([0; 3])), PagePicture::png(&ramp([20, 10, 30])));
    let mut sizes = pair(PagePicture::png(&flat(96, [200, 100, 50])), PagePicture::png(&flat(48, [180, 130, 50])));
    sizes.flag = Some("far outside \"the\" <middle>".to_owned());
    let missing = pair(PagePicture::jpeg(&ramp([0; 3])), Err("`video.mp4` ends <within> this frame.".to_owned()));
    let mut small = pair(PagePicture::jpeg(&ramp([0; 3])), PagePicture::jpeg(&ramp([90, 40, 100])));
    small.flag = Some("darker than any of the reference".to_owned());
    small.note = Some("Matched by `arm_position`: 12 mm apart.".to_owned());
    vec![known, sizes, missing, small]
}

fn feature(name: &str, effect: f64, p: f64) -> DifferenceEntry {
    let delta = (effect / 10.0).clamp(-1.0, 1.0);
    let [reference, other] = [0.5, 0.5 + effect / 100.0];
    let band = |high: f64| BandEntry { null_band: [0.0, high], reference_band: Some([0.0, 0.25]), p: 0.5 };
    let chance = ChanceEntry {
        permutations: 999,
        effect_sd: BandEntry { null_band: [-0.5, 0.5], ..band(0.0) },
        cliffs_delta: BandEntry { null_band: [-0.25, 0.25], ..band(0.0) },
        ks: band(0.25),
        js_p_adjusted: 0.5,
        w1_sd: band(0.5),
        js: band(0.25),
        psi: band(0.5),
    };
    DifferenceEntry {
        feature: name.to_owned(),
        reference,
        other,
        effect_sd: effect,
        cliffs_delta: delta,
        ks: delta.abs(),
        w1_sd: effect.abs(),
        js: 0.1,
        psi: 0.2,
        p,
        p_adjusted: p,
        sd: Some([0.5, 0.25]),
        groups: Some([8, 12]),
        chance: Some(chance),
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
        reference_band: Some([0.1, 0.6]),
        exact: false,
        caveat: None,
    };
    let features = [
        ("luminance_mean", 2.0, 0.04),
        ("blockiness", -130.0, 0.0005),
        ("edge_share", 0.5, 0.7),
        ("luminance_r1c10", -4.0, 0.01),
        ("luminance_r1c2", 8.0, 0.02),
    ];
    let spread = |middle: usize| {
        (0..256).map(move |code: usize| if code.abs_diff(middle) < 32 { 1.0 / 63.0 } else { 0.0 }).collect()
    };
    ComparisonFile {
        format: "worldproof comparison 3".to_owned(),
        reference: HOSTILE.to_owned(),
        reference_origin: Origin::Real,
        other: "light_step".to_owned(),
        other_origin: Origin::Synthetic,
        cameras: [String::new(), String::new()],
        metric: "KID".to_owned(),
        features: "frame statistics 2".to_owned(),
        value: 3.71,
        null_band: [0.25, 0.75],
        p: 0.0004,
        groups: [6, 16],
        frames: [117, 208],
        caveat: Some("Few groups: p cannot fall below 0.0012.".to_owned()),
        sentences: vec!["Synthetic is far flatter than real.".to_owned()],
        causes: vec![CauseEntry {
            feature: "luminance_mean".to_owned(),
            parameter: "sun_strength".to_owned(),
            share: 0.62,
            correlation: -0.81,
            p: 0.004,
            raise: None,
            sentence: "`sun_strength` explains most of it.".to_owned(),
        }],
        distances: vec![distance("KID", 3.71, 0.0004), distance("Precision", 0.5, 0.41)],
        hidden: vec!["Fréchet is not shown: 117 rows are too few.".to_owned()],
        differences: features.map(|(name, effect, p)| feature(name, effect, p)).to_vec(),
        signals: Vec::new(),
        touches: Vec::new(),
        parameters: Vec::new(),
        identities: Default::default(),
        measuring: None,
        camera_positions: [0, 0],
        family: String::new(),
        colours: Default::default(),
        backbone: None,
        probe: None,
        luminance: [spread(64), spread(128)],
    }
}

/// Two fields of ten by five frames whose places the script knows, the reference's to the left: frame 23 is in the third row of the
/// fourth column. The last two pairs have one picture of the other set.
fn plane() -> PageMap {
    let dot = |at: usize| MapDot {
        side: at / 50,
        episode: [7, 0][at / 50],
        frame: at as u32 % 50,
        at: [(at / 50 * 11 + at % 10) as f64, (at % 50 / 10) as f64],
    };
    let map = FeatureMap {
        dots: (0..100).map(dot).collect(),
        runs: Arc::new(BTreeMap::from([((0, 7), 0..50), ((1, 0), 50..100)])),
        explained: [0.41, 0.17],
        strongest: Some(["luminance_mean", "edge_share"]),
        ..FeatureMap::default()
    };
    let pair = |reference: u32, other: u32| [(7, reference), (0, other)];
    PageMap::of(&map, &[pair(0, 4), pair(11, 15), pair(22, 26), pair(33, 26)])
}

fn example(out: &Path) {
    let finding = finding();
    let view = PageView {
        title: format!("light_step against {HOSTILE}"),
        made: "Worldproof comparison, 2026-01-02T03:04:05Z, by tester".to_owned(),
        matched: "Matched by order of the episodes.".to_owned(),
        pairs: pairs(),
        finding: &finding,
        about: &[("KID", "How far both sets lie apart."), ("Precision", "Share of the other set among the reference.")],
        colours: None,
        map: Some(plane()),
    };
    std::fs::write(out, page(&view)).expect("the page is written");
}

/// Passed over where there is no Chromium, unless `WORLDPROOF_BROWSER=must` says that there has to be one.
#[test]
fn every_control_of_the_page_works_in_a_real_browser() {
    let folder = tempfile::tempdir().expect("temp dir");
    let file = folder.path().join("a page.html");
    example(&file);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/compare_page.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(&file);
    // A folder for what the browser showed, for people to look at.
    if let Some(shots) = std::env::var_os("WORLDPROOF_SHOTS") {
        command.arg("--shots").arg(shots);
    }
    // Blinking is told by the clock, and a machine that does something else meanwhile may miss a blink: what holds, holds in one of three.
    let mut ran = command.output();
    for _ in 0..2 {
        if ran.as_ref().is_ok_and(|ran| ran.status.code() == Some(1)) {
            ran = command.output();
        }
    }
    let must = std::env::var_os("WORLDPROOF_BROWSER").is_some_and(|word| word == "must");
    let Some(ran) = ran.ok().filter(|ran| ran.status.code() != Some(77)) else {
        assert!(!must, "WORLDPROOF_BROWSER=must, and there is no python3, chromium or chromedriver: scripts/setup.sh");
        eprintln!(
            "passed over: no python3, chromium or chromedriver here; WORLDPROOF_BROWSER=must scripts/setup.sh installs them"
        );
        return;
    };
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    eprintln!("{told}");
}
