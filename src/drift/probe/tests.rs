//! Known answers of scikit-learn, planted artefacts, what chance does, and odd input.

use std::time::Instant;

use crate::base::monitor::Impatient;
use crate::base::special::normal_quantile;
use crate::base::{Rgb, Silent, Stream, StreamKey};
use crate::drift::{DriftError, Settings, Side};
use crate::stats::{cliffs_delta, ks_one_sample};

use super::cells::SIDE;
use super::logistic::{Labelled, Row, fit, log_odds};
use super::occlusion::covered;
use super::place::Place;
use super::*;

/// What `tests/reference/probe.py` wrote: inputs, and what scikit-learn makes of them.
#[derive(serde::Deserialize)]
struct Reference {
    ridge: f64,
    regressions: Vec<Regression>,
    aucs: Vec<Auc>,
}

#[derive(serde::Deserialize)]
struct Regression {
    name: String,
    rows: Vec<Vec<f64>>,
    side: Vec<usize>,
    weights: Vec<f64>,
    log_odds: Vec<f64>,
}

#[derive(serde::Deserialize)]
struct Auc {
    name: String,
    side: Vec<usize>,
    scores: Vec<f64>,
    #[serde(rename = "auc")]
    expected: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/probe.json")).expect("reference")
}

#[test]
fn weights_are_those_of_scikit_learn() {
    let reference = reference();
    for case in reference.regressions {
        let rows: Vec<Row> =
            case.rows.iter().map(|row| core::array::from_fn(|at| *row.get(at).unwrap_or(&1.0))).collect();
        let others = case.side.iter().sum::<usize>();
        let counts = [rows.len() - others, others];
        let labelled = rows.iter().zip(&case.side).map(|(row, side)| Labelled {
            row,
            side: if *side == 1 { 1.0 } else { -1.0 },
            weight: 0.5 / counts[*side] as f64,
        });
        let got = fit(&labelled.collect::<Vec<_>>(), reference.ridge);
        let largest = case.weights.iter().fold(0.0_f64, |most, weight| weight.abs().max(most));
        for (got, expected) in got.iter().zip(&case.weights) {
            assert!((got - expected).abs() < 1e-6 * largest, "{}: {got} for {expected}", case.name);
        }
        for (row, expected) in rows.iter().zip(&case.log_odds) {
            let got = log_odds(&got, row);
            assert!((got - expected).abs() < 1e-6 * expected.abs().max(1.0), "{}: {got} for {expected}", case.name);
        }
    }
}

#[test]
fn auc_is_that_of_scikit_learn() {
    for case in reference().aucs {
        let of = |wanted| -> Vec<f64> {
            case.scores.iter().zip(&case.side).filter(|(_, side)| **side == wanted).map(|(score, _)| *score).collect()
        };
        let got = 0.5 + 0.5 * cliffs_delta(&of(0), &of(1));
        assert!((got - case.expected).abs() < 1e-12, "{}: {got} for {}", case.name, case.expected);
    }
}

fn normal(stream: &mut Stream) -> f64 {
    normal_quantile(stream.next_unit())
}

/// Rows and groups of a side.
type Rows = (Vec<Vec<f64>>, Vec<u64>);

/// Frames of two cells, alike within groups, of which three properties vary and the first is moved.
fn alike(stream: &mut Stream, groups: u64, frames: usize, shift: f64) -> Rows {
    let mut out = (Vec::new(), Vec::new());
    for group in 0..groups {
        let centre: Vec<f64> = (0..3).map(|_| normal(stream)).collect();
        for _ in 0..frames {
            let mut row = vec![0.0; 2 * COUNT];
            for (at, value) in row.iter_mut().enumerate().filter(|(at, _)| at % COUNT < 3) {
                let moved = if at % COUNT == 0 { shift } else { 0.0 };
                *value = moved + centre[at % COUNT] + 0.5 * normal(stream);
            }
            out.0.push(row);
            out.1.push(group);
        }
    }
    out
}

fn side(rows: &Rows) -> Side<'_> {
    Side { rows: &rows.0, groups: &rows.1 }
}

fn p_values(runs: u64, groups: [u64; 2], frames: usize, shift: f64) -> Vec<f64> {
    let one = |run| {
        let mut stream = StreamKey::new(5, "probe test").stream("null", run);
        let x = alike(&mut stream, groups[0], frames, 0.0);
        let y = alike(&mut stream, groups[1], frames, shift);
        let settings = Settings { permutations: 39, seed: run };
        Probe::of_any_cells(&side(&x), &side(&y), &settings, &Silent).expect("groups").told().p
    };
    (0..runs).map(one).collect()
}

#[test]
fn by_chance_p_values_are_uniform_and_a_shift_is_found() {
    for (groups, frames) in [([6, 6], 3), ([9, 4], 2)] {
        let all = p_values(300, groups, frames, 0.0);
        // Whole fortieths (and ties) are no smaller than uniform: spread over the step below, they are uniform.
        let mut stream = StreamKey::new(6, "probe test").stream("within a step", 0);
        let spread: Vec<f64> = all.iter().map(|p| p - stream.next_unit() / 40.0).collect();
        let ks = ks_one_sample(&spread, |p| p.clamp(0.0, 1.0)).expect("numbers");
        let alarms = all.iter().filter(|p| **p <= LEVEL).count();
        println!("{groups:?}: Kolmogorov–Smirnov {ks:?}, {alarms} of 300 at {LEVEL}");
        assert!(ks.p > 0.01, "{ks:?}");
        // 300 of 0.05: 15, with a standard deviation of 3.8.
        assert!(alarms <= 25, "{alarms} false alarms");
    }
    let found = p_values(40, [8, 8], 3, 2.5).into_iter().filter(|p| *p <= LEVEL).count();
    assert!(found >= 36, "{found} of 40");
}

/// Scenes of one group share a room, with boxes and patches of texture, and differ by where the camera points; all have noise.
fn scene(group: u64, frame: u64, noise: impl Fn(u32, u32) -> f64) -> Rgb {
    let key = StreamKey::new(3, "probe test");
    let mut room = key.stream("room", group);
    let mut within = |low: f64, high: f64| low + (high - low) * room.next_unit();
    let tint: [f64; 3] = core::array::from_fn(|_| within(90.0, 150.0));
    // A slow wave that switches the two others on and off.
    let waves = [0.02, 0.8, 0.8].map(|fast| [within(fast, 2.0 * fast), within(fast, 2.0 * fast), within(4.0, 12.0)]);
    let boxes: Vec<[f64; 5]> = (0..8)
        .map(|_| [within(0.0, 320.0), within(0.0, 240.0), within(0.0, 60.0), within(0.0, 60.0), within(-35.0, 35.0)])
        .collect();
    let mut stream = key.stream("frame", 1000 * group + frame);
    let (right, down) = (20.0 * stream.next_unit(), 20.0 * stream.next_unit());
    // What repeats along a line is worked out once.
    let turn = |wave: &[f64; 3], at: usize, length: u32, off: f64| -> Vec<(f64, f64)> {
        (0..length).map(|along| libm::sincos(wave[at] * (f64::from(along) + off))).collect()
    };
    let across = waves.each_ref().map(|wave| turn(wave, 0, 320, right));
    let along = waves.each_ref().map(|wave| turn(wave, 1, 240, down));
    let mut out = Rgb::black(320, 240);
    for y in 0..240_u32 {
        for x in 0..320_u32 {
            let wave = |at: usize| {
                let ((sx, cx), (sy, cy)) = (across[at][x as usize], along[at][y as usize]);
                sx * cy + cx * sy
            };
            let textured = if wave(0) > -0.5 { waves[1][2] * wave(1) + waves[2][2] * wave(2) } else { 0.0 };
            let mut light = 0.1 * f64::from(y) + textured;
            for [left, top, width, height, step] in &boxes {
                let (u, v) = (f64::from(x) + right - left, f64::from(y) + down - top);
                if u > 0.0 && v > 0.0 && u < *width && v < *height {
                    light += step;
                }
            }
            let at = 3 * (y as usize * 320 + x as usize);
            let grain = noise(x, y) * 3.464 * (stream.next_unit() - 0.5);
            for (channel, tint) in tint.iter().enumerate() {
                out.bytes[at + channel] = (tint + light + grain).clamp(0.0, 255.0) as u8;
            }
        }
    }
    out
}

fn frames(groups: core::ops::Range<u64>, each: u64, make: impl Fn(u64, u64) -> Rgb) -> Rows {
    let all = groups.flat_map(|group| (0..each).map(move |frame| (group, frame)));
    all.map(|(group, frame)| (describe(&make(group, frame)), group)).unzip()
}

/// No noise in the lower left quarter.
fn clean_lower_left(x: u32, y: u32) -> f64 {
    if x < 160 && y >= 120 { 0.0 } else { 3.0 }
}

fn train(x: &Rows, y: &Rows) -> Probe {
    Probe::train(&side(x), &side(y), &Settings { permutations: 99, seed: 1 }, &Silent).expect("groups")
}

/// Whether a cell is in the lower left quarter.
fn is_lower_left(cell: usize) -> bool {
    cell % COLUMNS < 4 && cell / COLUMNS >= 3
}

#[test]
fn noise_that_is_missing_in_a_quarter_is_found_there_and_named() {
    let x = frames(0..10, 2, |group, frame| scene(group, frame, |_, _| 3.0));
    let y = frames(10..20, 2, |group, frame| scene(group, frame, clean_lower_left));
    let start = Instant::now();
    let probe = train(&x, &y);
    let told = probe.told();
    println!("{} in {:.2} s", told.sentence("`real`", "`synthetic`"), start.elapsed().as_secs_f64());
    for one in &told.carried {
        println!("{:22} part {:6.2} alone {:.2} shift {:5.2}", one.property.name, one.part, one.alone, one.shift);
    }
    assert!(told.is_told() && told.auc > 0.95, "{} {}", told.auc, told.p);
    assert_eq!(told.place(), Some("in the lower left"));
    // Where noise is gone, plain surfaces have no gradient: one as true as the other.
    let words: Vec<&str> = told.named().iter().map(|one| one.property.words).collect();
    assert_eq!(words, ["untextured areas", "noise floor"]);
    let noise = told.named()[1];
    assert!(noise.shift < 0.0 && noise.alone < 0.1, "{noise:?}");
    let sum: f64 = told.cells.iter().map(|cell| cell.gap).sum::<f64>() / CELLS as f64;
    assert!((sum - told.gap).abs() < 1e-9, "cells and properties give the same whole: {sum} {}", told.gap);
    // Under rough texture noise is not to be seen; so not every cell of the quarter tells by itself, but no other does.
    let telling: Vec<usize> = (0..CELLS).filter(|cell| told.cells[*cell].auc > told.cell_chance).collect();
    println!("telling cells {telling:?}, above {}", told.cell_chance);
    assert!(telling.len() >= 6 && telling.iter().all(|cell| is_lower_left(*cell)), "{telling:?}");
    let picture = scene(10, 0, clean_lower_left);
    let evidence = probe.evidence(&picture, Origin::Other(10));
    assert!((evidence.score - told.scores[1][0]).abs() < 1e-12, "the model that did not see it");
    let start = Instant::now();
    let occlusion = probe.occlusion(&picture, Origin::Other(10));
    println!("occlusion: {:.0} ms", 1e3 * start.elapsed().as_secs_f64());
    assert!((occlusion.score - evidence.score).abs() < 1e-12);
    let log_odds: Vec<f64> = evidence.cells.iter().map(|cell| cell.log_odds).collect();
    for (name, map) in [("evidence", &log_odds), ("occlusion", &occlusion.drops)] {
        let mean = |inside: bool| {
            let some: Vec<f64> = (0..CELLS).filter(|at| is_lower_left(*at) == inside).map(|at| map[at]).collect();
            some.iter().sum::<f64>() / some.len() as f64
        };
        println!("{name}: {:.3} inside, {:.3} outside on average", mean(true), mean(false));
        assert!(mean(true) > 3.0 * mean(false).abs(), "{name}: {map:?}");
        let mut order: Vec<usize> = (0..CELLS).collect();
        order.sort_by(|a, b| map[*b].total_cmp(&map[*a]));
        assert!(order[..6].iter().all(|cell| is_lower_left(*cell)), "{name}: {order:?}");
    }
    let loud = || evidence.cells.iter().filter(|cell| cell.log_odds > 1.0);
    assert!(loud().count() >= 5 && loud().all(|cell| words.contains(&cell.strongest.words)), "{evidence:?}");
    // A picture that no model saw is judged by all of them, and alike.
    let unseen = scene(99, 0, clean_lower_left);
    let elsewhere = probe.evidence(&unseen, Origin::Elsewhere);
    assert!(elsewhere.score > 0.0, "{}", elsewhere.score);
    assert_eq!(elsewhere, probe.evidence(&unseen, Origin::Other(99)), "a group that none saw");
}

#[test]
fn halves_of_one_set_are_not_told() {
    let rooms: Vec<Rows> =
        (0..14).map(|room| frames(room..room + 1, 2, |group, frame| scene(group, frame, |_, _| 3.0))).collect();
    let mut found = 0;
    for split in 0..20 {
        let mut order: Vec<usize> = (0..rooms.len()).collect();
        StreamKey::new(8, "probe test").stream("split", split).shuffle(&mut order);
        let half = |some: &[usize]| -> Rows {
            let all = some.iter().flat_map(|room| rooms[*room].0.iter().cloned().zip(rooms[*room].1.iter().copied()));
            all.unzip()
        };
        let (x, y) = (half(&order[..7]), half(&order[7..]));
        let settings = Settings { permutations: 59, seed: split };
        let told = Probe::train(&side(&x), &side(&y), &settings, &Silent).expect("groups").told().clone();
        let sentence = told.sentence("`a`", "`b`");
        assert_eq!(sentence.contains("cannot tell frames of `a` from `b` beyond chance"), !told.is_told());
        found += u32::from(told.is_told());
    }
    println!("{found} of 20 halves told");
    // One by chance; five or more once in four hundred.
    assert!(found <= 4, "{found} of 20 told");
}

fn turned(image: &Rgb) -> Rgb {
    let mut out = image.clone();
    for (to, from) in out.bytes.as_chunks_mut::<3>().0.iter_mut().zip(image.bytes.as_chunks::<3>().0.iter().rev()) {
        *to = *from;
    }
    out
}

#[test]
fn the_same_patches_elsewhere_are_not_told_but_more_of_something_is() {
    // A dark box in the upper left of one and in the lower right of the other; twice as wide in the third.
    let boxed = |image: &Rgb, wide: u32| {
        let mut out = image.clone();
        for (at, pixel) in out.bytes.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            if at as u32 % 320 < wide && at / 320 < 80 {
                *pixel = pixel.map(|code| code / 4);
            }
        }
        out
    };
    let plain = |group, frame| scene(group, frame, |_, _| 3.0);
    let x = frames(0..6, 2, |group, frame| boxed(&plain(group, frame), 80));
    let y = frames(0..6, 2, |group, frame| turned(&boxed(&plain(group, frame), 80)));
    let z = frames(6..12, 2, |group, frame| boxed(&plain(group, frame), 240));
    let [turned, more] = [&y, &z].map(|other| train(&x, other).told().clone());
    println!("{}\n{}", turned.sentence("a", "b"), more.sentence("a", "b"));
    assert!(!turned.is_told(), "{} {}", turned.auc, turned.p);
    assert!(more.is_told(), "{} {}", more.auc, more.p);
    let is_more = |cell: usize| cell / COLUMNS < 2 && (2..6).contains(&(cell % COLUMNS));
    let mean = |wanted: bool| {
        let some: Vec<f64> = (0..CELLS).filter(|at| is_more(*at) == wanted).map(|at| more.cells[at].gap).collect();
        some.iter().sum::<f64>() / some.len() as f64
    };
    assert!(mean(true) > 3.0 * mean(false).abs(), "{} {}", mean(true), mean(false));
}

#[test]
fn few_groups_and_unequal_sides_are_told_as_what_they_are() {
    let plain = frames(0..8, 1, |group, frame| scene(group, frame, |_, _| 3.0));
    let clean = frames(10..12, 1, |group, frame| scene(group, frame, |_, _| 0.0));
    // Eight groups of one frame against two: 45 labellings, all of them tried.
    let told = train(&plain, &clean).told().clone();
    assert_eq!((told.exact, told.permutations, told.folds, told.frames), (true, 45, 2, [8, 2]));
    let reached = told.p * 45.0;
    assert!(
        told.auc == 1.0 && (reached - libm::round(reached)).abs() < 1e-9 && reached < 4.5,
        "{} {reached}",
        told.auc
    );
    assert!(told.caveat().expect("few").contains("only large differences"), "{:?}", told.caveat());
    let two = (plain.0[..2].to_vec(), vec![7, 9]);
    let told = train(&two, &clean).told().clone();
    assert!(!told.is_told() && told.sentence("a", "b").contains("below 0.33; add episodes"), "{told:?}");
    let one = (plain.0[..2].to_vec(), vec![7, 7]);
    let refused = Probe::train(&side(&one), &side(&clean), &Settings::default(), &Silent).expect_err("one group");
    assert_eq!(refused, DriftError::TooFewGroups { side: "reference", got: 1 });
    let short = (vec![vec![0.0; 66]; 2], vec![0, 1]);
    let refused = Probe::train(&side(&plain), &side(&short), &Settings::default(), &Silent).expect_err("66 numbers");
    assert!(matches!(refused, DriftError::Uneven { side: "other", .. }), "{refused}");
}

#[test]
fn pictures_of_nothing_and_of_any_size_are_measured() {
    let grey = |width: u32, height: u32, code: u8| {
        Rgb::from_bytes(width, height, vec![code; 3 * (width * height) as usize]).expect("size")
    };
    for picture in [grey(0, 0, 0), grey(1, 1, 255), grey(9, 700, 3), scene(0, 0, |_, _| 40.0).resized(1280, 33)] {
        let numbers = describe(&picture);
        assert_eq!(numbers.len(), CELLS * COUNT);
        assert!(numbers.iter().all(|number| number.is_finite()), "{} x {}", picture.width, picture.height);
    }
    // Nothing varies: nothing is told, and nothing divides by 0.
    let flat = frames(0..4, 2, |_, _| grey(64, 48, 90));
    let probe = train(&flat, &flat);
    assert_eq!((probe.told().auc, probe.told().p), (0.5, 1.0));
    assert!(probe.told().sentence("a", "b").contains("cannot tell"));
    let evidence = probe.evidence(&scene(0, 0, |_, _| 3.0), Origin::Elsewhere);
    assert!(
        evidence.score.abs() < 1e-12 && evidence.cells.iter().all(|cell| cell.log_odds.abs() < 1e-12),
        "{evidence:?}"
    );
    // Sizes that differ are brought to one, and one flat side is told from another.
    let bright = frames(0..4, 2, |group, _| grey(640 + group as u32, 480, 100));
    let told = train(&flat, &bright).told().clone();
    assert_eq!((told.auc, told.named()[0].property.words), (1.0, "brightness"));
    assert_eq!(told.place(), Some("all over the picture"));
}

#[test]
fn every_property_is_what_its_name_says() {
    let of = |picture: &Rgb| -> Vec<f64> { describe(picture)[..COUNT].to_vec() };
    let at = |name: &str| PROPERTIES.iter().position(|property| property.name == name).expect("a name");
    let noise = of(&scene(0, 0, |_, _| 0.0));
    let mut red = Rgb::black(320, 240);
    red.bytes.as_chunks_mut::<3>().0.fill([255, 0, 0]);
    let red = of(&red);
    for (name, expected) in [
        ("luminance_mean", 0.2126 * 255.0),
        ("red_green_mean", 255.0),
        ("yellow_blue_mean", 127.5),
        ("saturation_mean", 1.0),
        ("clipped_dark_share", 0.0),
        ("clipped_bright_share", 1.0),
        ("luminance_sd_log2", -2.0),
        ("noise_floor_log2", -2.0),
        ("fine_log2", -2.0),
        ("flat_gradient_share", 1.0),
        ("mscn_variance", 0.0),
        ("mscn_kurtosis_log2", libm::log2(3.0)),
        ("edge_share", 0.0),
    ] {
        assert!((red[at(name)] - expected).abs() < 1e-4, "{name} of red: {}", red[at(name)]);
    }
    // Grey noise of sd 8 is a fine texture of 8, and half of that over means of four.
    let mut stream = StreamKey::new(1, "probe test").stream("grey", 0);
    let mut grey = Rgb::black(320, 240);
    for pixel in grey.bytes.as_chunks_mut::<3>().0 {
        *pixel = [(128.5 + 8.0 * normal(&mut stream)).clamp(0.0, 255.0) as u8; 3];
    }
    let cells = describe(&grey);
    let mean = |name: &str| cells.iter().skip(at(name)).step_by(COUNT).sum::<f64>() / CELLS as f64;
    for (name, expected) in
        [("fine_log2", 8.25), ("medium_log2", 4.25), ("luminance_sd_log2", 8.25), ("colour_noise_log2", 0.25)]
    {
        assert!((mean(name) - libm::log2(expected)).abs() < 0.03, "{name}: {}", libm::exp2(mean(name)));
    }
    assert!((mean("mscn_kurtosis_log2") - libm::log2(3.0)).abs() < 0.35, "{}", mean("mscn_kurtosis_log2"));
    assert!(noise[at("noise_floor_log2")] < mean("noise_floor_log2"));
}

#[test]
fn a_fill_meets_its_border_and_adds_no_edge() {
    let ramp = Rgb::from_bytes(
        320,
        240,
        (0..240_u32).flat_map(|y| (0..320).flat_map(move |x| [(x / 2) as u8, y as u8, ((x + y) / 4) as u8])).collect(),
    )
    .expect("size");
    for cell in [9, 20, 38] {
        let filled = covered(&ramp, cell);
        let off = filled.bytes.iter().zip(&ramp.bytes).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(1), "a ramp has no curvature: cell {cell} {off:?}");
    }
    // Elsewhere nothing changes; inside nothing is beyond the border; also at the picture's own.
    let busy = scene(4, 0, |_, _| 20.0);
    for cell in [0, 7, 12, 27, 40, 47] {
        let filled = covered(&busy, cell);
        let (left, top) = ((cell % COLUMNS * SIDE) as u32, (cell / COLUMNS * SIDE) as u32);
        let inside = |x: u32, y: u32| (left..left + 40).contains(&x) && (top..top + 40).contains(&y);
        let (mut low, mut high) = (255, 0);
        for (x, y) in (0..240).flat_map(|y| (0..320).map(move |x| (x, y))).filter(|(x, y)| !inside(*x, *y)) {
            assert_eq!(filled.pixel(x, y), busy.pixel(x, y), "outside");
            let is_beside =
                (left.saturating_sub(1)..left + 41).contains(&x) && (top.saturating_sub(1)..top + 41).contains(&y);
            if is_beside {
                low = low.min(busy.pixel(x, y)[1]);
                high = high.max(busy.pixel(x, y)[1]);
            }
        }
        for (x, y) in (top..top + 40).flat_map(|y| (left..left + 40).map(move |x| (x, y))) {
            assert!(
                (low..=high).contains(&filled.pixel(x, y)[1]),
                "cell {cell}: {:?} beyond {low} to {high}",
                filled.pixel(x, y)
            );
        }
    }
}

#[test]
fn a_place_says_what_its_distributions_say() {
    // Means 1 and 5, variance 2 on 4 degrees: the middle is 3, and the slope 4 / 2 but for chance, 2 (1 / 3 + 1 / 3) of 16.
    let got = Place::new([&[-1.0, 1.0, 3.0], &[5.0, 5.0, 5.0]], [3, 3]);
    let kept = 1.0 - 2.0 * (2.0 / 3.0) / 16.0;
    assert!((got.middle - 3.0).abs() < 1e-12 && (got.slope - kept * 2.0).abs() < 1e-12, "{got:?}");
    let nothing = Place::default();
    assert_eq!(Place::new([&[5.0, 5.0], &[1.0, 1.0]], [2, 2]), nothing, "on the wrong side");
    assert_eq!(Place::new([&[-9.0, 9.0], &[-8.0, 9.0]], [2, 2]).slope, 0.0, "no more than chance");
    assert_eq!(Place::new([&[0.0; 3], &[0.0; 3]], [3, 3]), nothing, "alike");
    assert!(Place::new([&[0.0; 3], &[1.0; 3]], [3, 3]).slope <= 64.0, "certain, but not infinitely");
}

#[test]
fn a_watcher_can_stop_it() {
    let mut stream = StreamKey::new(5, "probe test").stream("stop", 0);
    let x = alike(&mut stream, 3, 2, 0.0);
    let got = Probe::of_any_cells(&side(&x), &side(&x), &Settings::default(), &Impatient);
    assert!(matches!(got, Err(DriftError::Stopped)));
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let mut stream = StreamKey::new(5, "probe test").stream("twice", 0);
    let (x, y) = (alike(&mut stream, 5, 3, 0.0), alike(&mut stream, 5, 3, 1.0));
    let told = |x: &Rows, y: &Rows| {
        Probe::of_any_cells(&side(x), &side(y), &Settings { permutations: 99, seed: 3 }, &Silent)
            .expect("groups")
            .told()
            .clone()
    };
    assert_eq!(told(&x, &y), told(&x, &y));
}

#[test]
fn it_is_quick() {
    let image = scene(0, 0, |_, _| 3.0).resized(640, 480);
    // The best of ten: a busy machine is no slower then.
    let once_ms = |_| {
        let start = Instant::now();
        assert_eq!(describe(&image).len(), CELLS * COUNT);
        1e3 * start.elapsed().as_secs_f64()
    };
    let each_ms = (0..10).map(once_ms).fold(f64::INFINITY, f64::min);
    println!("describe: {each_ms:.2} ms for 640 x 480");
    assert!(each_ms < 200.0, "{each_ms} ms is broken");
}
