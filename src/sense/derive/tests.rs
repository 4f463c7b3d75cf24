//! Control pictures with known answers. What `OpenCV` makes of the same pictures stands in `opencv.txt` (`tests/peer_canny.py`
//! prints it).

use std::collections::BTreeSet;

use super::depth::{InverseRange, Kept};
use super::*;
use crate::base::Rgb;
use crate::sense::Rle;
use crate::sense::label::tests::{frame, snapshot};

/// A ramp, a disc and a corner under noise, as the peer makes it.
fn picture(width: i64, height: i64, seed: u32) -> Rgb {
    let (mut state, mut bytes) = (seed, Vec::new());
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = i64::from(state >> 24) & if seed % 2 == 1 { 15 } else { 63 };
                let mut value = (x * x * 3 + y * y * 5 + x * y * (7 + c) + 31 * c) / 16 % 200;
                if (x - width / 3).pow(2) + (y - height / 2).pow(2) < (height / 4).pow(2) {
                    value = 230 - 20 * c;
                }
                if x > 2 * width / 3 && y > height / 3 {
                    value = 40 + 30 * c;
                }
                bytes.push((value + noise).min(255) as u8);
            }
        }
    }
    Rgb::from_bytes(width as u32, height as u32, bytes).unwrap()
}

/// The lines of the peer's answers of one kind: their words after the kind.
fn answers(kind: &str) -> Vec<Vec<&'static str>> {
    let lines = include_str!("opencv.txt").lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.filter(|words| words[0] == kind).map(|words| words[1..].to_vec()).collect()
}

fn numbers(words: &[&str]) -> Vec<i64> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

#[test]
fn edges_are_opencvs_to_the_pixel() {
    let all = answers("canny");
    assert_eq!(all.len(), 12);
    for words in all {
        let [width, height, seed, low, high] = numbers(&words[..5])[..] else { panic!("{words:?}") };
        let edges = canny(&picture(width, height, seed as u32), low as i32, high as i32);
        let mask: Vec<bool> = edges.iter().map(|edge| *edge == 255).collect();
        let got = Rle::encode(width as u32, height as u32, &mask).compressed();
        assert_eq!(got, words[5], "{width} x {height}, {low} to {high}");
        assert!(edges.iter().all(|edge| [0, 255].contains(edge)));
    }
    assert!(canny(&Rgb::black(4, 4), 10, 20).iter().all(|edge| *edge == 0), "nothing in nothing");
    assert!(canny(&Rgb::black(0, 0), 10, 20).is_empty());
}

#[test]
fn resampling_and_smoothing_are_opencvs_to_a_level() {
    let near = |got: &[u8], wanted: &[&str], about: &str| {
        let wanted = numbers(wanted);
        assert_eq!(got.len(), wanted.len(), "{about}");
        let off = got.iter().zip(&wanted).map(|(got, wanted)| (i64::from(*got) - wanted).abs()).max().unwrap();
        assert!(off <= 1, "{about}: off by {off} levels");
    };
    for words in answers("cubic") {
        let [width, height, seed, to_width, to_height] = numbers(&words[..5])[..] else { panic!("{words:?}") };
        let image = picture(width, height, seed as u32);
        let got = blur::resampled(&image, [to_width as u32, to_height as u32]);
        let row = 3 * to_width as usize;
        let from = (to_height / 3) as usize * row;
        near(&got.bytes[from..from + row], &words[5..], &format!("{width} to {to_width}"));
    }
    for words in answers("gauss") {
        let [width, height, seed, reach, sigma] = numbers(&words[..5])[..] else { panic!("{words:?}") };
        let got = smoothed(&picture(width, height, seed as u32), sigma as f64, reach as usize);
        let row = 3 * width as usize;
        let from = (height / 3) as usize * row;
        near(&got.bytes[from..from + row], &words[5..], &format!("gauss of {width}"));
    }
}

#[test]
fn blur_takes_detail_away_and_nothing_else() {
    let image = picture(64, 48, 2);
    let mean = |image: &Rgb| image.bytes.iter().map(|byte| f64::from(*byte)).sum::<f64>() / image.bytes.len() as f64;
    let rough = |image: &Rgb| -> f64 {
        let rows = image.bytes.chunks(3 * image.width as usize);
        rows.flat_map(|row| row.windows(4).map(|pair| (f64::from(pair[3]) - f64::from(pair[0])).abs())).sum()
    };
    let mut before = rough(&image);
    for preset in [Preset::VeryLow, Preset::Medium, Preset::VeryHigh] {
        let soft = blurred(&image, Kind::Gaussian, preset);
        assert_eq!((soft.width, soft.height), (64, 48));
        assert!((mean(&soft) - mean(&image)).abs() < 12.0, "{preset:?}: {} of {}", mean(&soft), mean(&image));
        assert!(rough(&soft) < before, "{preset:?}");
        before = rough(&soft);
    }
    let grey = Rgb::from_bytes(9, 7, vec![77; 9 * 7 * 3]).unwrap();
    for kind in [Kind::Gaussian, Kind::Bilateral] {
        assert_eq!(blurred(&grey, kind, Preset::Medium), grey, "one colour stays");
    }
}

#[test]
fn the_bilateral_filter_is_its_definition_and_opencvs_to_a_level() {
    let near = |got: &[u8], wanted: &[i64], about: &str| {
        assert_eq!(got.len(), wanted.len(), "{about}");
        let off = got.iter().zip(wanted).map(|(got, wanted)| (i64::from(*got) - wanted).abs()).max().unwrap();
        assert!(off <= 1, "{about}: off by {off} levels");
    };
    for words in answers("bilateral") {
        let [width, height, seed, across, colour, space] = numbers(&words[..6])[..] else { panic!("{words:?}") };
        let image = picture(width, height, seed as u32);
        let (reach, colour_levels, space_px) = (across / 2, colour as f64, space as f64);
        let filter = Bilateral { reach_px: reach as usize, colour_levels, space_px };
        let got = bilateral(&image, &filter);
        // The definition, neighbour by neighbour, without tables.
        let fold = |at: i64, length: i64| {
            let turn = if length == 1 { 0 } else { at.rem_euclid(2 * length - 2) };
            turn.min((2 * length - 2 - turn).max(0)) as u32
        };
        let direct = |x: i64, y: i64| {
            let own = image.pixel(x as u32, y as u32);
            let (mut sums, mut total) = ([0.0; 3], 0.0);
            for (dx, dy) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy))) {
                let square = (dx * dx + dy * dy) as f64;
                if square > (reach * reach) as f64 {
                    continue;
                }
                let one = image.pixel(fold(x + dx, width), fold(y + dy, height));
                let apart: f64 = (0..3).map(|c| (f64::from(one[c]) - f64::from(own[c])).abs()).sum();
                let weight = (-0.5 * square / space_px.powi(2)).exp() * (-0.5 * (apart / colour_levels).powi(2)).exp();
                total += weight;
                (0..3).for_each(|c| sums[c] += weight * f64::from(one[c]));
            }
            sums.map(|sum| (sum / total + 0.5) as i64)
        };
        let every: Vec<i64> = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x, y])).collect();
        let every: Vec<i64> = every.chunks(2).flat_map(|place| direct(place[0], place[1])).collect();
        near(&got.bytes, &every, "the definition");
        let row = 3 * width as usize;
        let from = (height / 3) as usize * row;
        near(&got.bytes[from..from + row], &numbers(&words[6..]), &format!("OpenCV's of {width}"));
    }
    assert_eq!(answers("bilateral").len(), 3);
}

#[test]
fn a_bilateral_blur_keeps_an_edge_that_a_gaussian_one_smears() {
    let side = |x: u32| if x < 40 { [30, 40, 50] } else { [220, 210, 200] };
    let image = Rgb::from_bytes(80, 60, (0..80 * 60).flat_map(|at| side(at % 80)).collect()).unwrap();
    let step = |image: &Rgb| (38..42).map(|x| image.pixel(x, 30)[0].abs_diff(image.pixel(x - 1, 30)[0])).max().unwrap();
    let filter = Bilateral { reach_px: 5, colour_levels: 60.0, space_px: 5.0 };
    assert!(step(&bilateral(&image, &filter)) > 185 && step(&smoothed(&image, 3.0, 5)) < 40);
}

#[test]
fn near_is_bright_over_the_whole_episode_and_the_sky_is_black() {
    let frames = [vec![1.0, 2.0, 4.0, 0.0], vec![2.0, 2.0, 8.0, 100.0]];
    let kept: Vec<Kept> = frames.map(|depths| Kept::of(&frame(2, vec![1; 4], depths))).into();
    let range = InverseRange::of(&kept);
    let levels = |at: usize| kept[at].picture(&range).pixels().map(|[red, ..]| red).collect::<Vec<u8>>();
    // 255 / z, cut off; one level of slack for the depth's 16 bits.
    for (got, wanted) in levels(0).iter().chain(&levels(1)).zip([255_u8, 127, 63, 0, 127, 127, 31, 2]) {
        assert!(got.abs_diff(wanted) <= 1, "{:?} {:?}", levels(0), levels(1));
    }
    assert_eq!((levels(0)[0], levels(0)[3]), (255, 0), "the ends are exact");
    let kept = [Kept::of(&frame(2, vec![1; 2], vec![2.0, 4.0]))];
    let picture = kept[0].picture(&InverseRange::of(&kept));
    assert_eq!(picture.bytes, [255, 255, 255, 0, 0, 0], "without a sky the farthest is 0; three equal channels");
    let flat = [Kept::of(&frame(2, vec![1; 2], vec![3.0, 3.0]))];
    assert_eq!(flat[0].picture(&InverseRange::of(&flat)).bytes, [0; 6], "where all are equal");
}

#[test]
fn every_instance_has_a_colour_of_its_own_that_is_bright_enough() {
    let mut now = snapshot(&[]);
    let other = snapshot(&[(3, crate::world::Class::Clutter, "it")]);
    for instance in 1..600 {
        let body = crate::world::Body { instance, ..other.bodies[0].clone() };
        now.bodies.push(body);
    }
    let background =
        crate::world::Body { class: crate::world::Class::Background, instance: 700, ..other.bodies[0].clone() };
    now.bodies.push(background);
    let all = colours([&now, &other]);
    let distinct: BTreeSet<[u8; 3]> = all.values().copied().collect();
    assert_eq!((all.len(), distinct.len()), (599, 599), "no two are the same");
    assert!(distinct.iter().all(|colour| colour.iter().any(|level| *level > 50)));
    let picture = flat(&frame(3, vec![1, 700, 0], vec![1.0; 3]), &all);
    assert_eq!(picture.bytes, [255, 0, 0, 0, 0, 0, 0, 0, 0], "background and sky are black");
}

#[test]
fn controls_are_read_as_they_are_written() {
    for text in ["edge:very_low", "blur:high", "depth", "seg"] {
        assert_eq!(Control::parse(text).unwrap().text(), text);
    }
    assert_eq!(Control::parse("edge"), Ok(Control::Edge(Preset::Medium)));
    for (text, says) in [("edges", "edge"), ("edge:lo", "low"), ("depth:low", "no presets"), ("", "there are")] {
        let error = Control::parse(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
}
