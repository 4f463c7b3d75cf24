//! The search against looking at all pairs; the hash against what it must and must not see.

use super::*;
use crate::base::{Rgb, StreamKey};

fn random(count: usize, seed: u64) -> Vec<u64> {
    let mut stream = StreamKey::new(seed, "twins").stream("hashes", 0);
    (0..count).map(|_| stream.next_u64()).collect()
}

/// Hashes of which many lie near others: each new one is an earlier one with a few bits turned.
fn clustered(count: usize, seed: u64) -> Vec<u64> {
    let mut stream = StreamKey::new(seed, "twins").stream("clustered", 0);
    let mut all = random(count / 10, seed);
    while all.len() < count {
        let from = all[(stream.next_u64() % all.len() as u64) as usize];
        let turned = (0..stream.next_u64() % 6).fold(from, |hash, _| hash ^ (1 << (stream.next_u64() % 64)));
        all.push(turned);
    }
    all
}

#[test]
fn the_index_finds_what_looking_at_all_finds_and_each_once() {
    let all = clustered(3000, 1);
    for within in 0..=MOST_WITHIN {
        let index = Index::new(&all, within);
        for hash in all.iter().step_by(37).chain(&random(20, 2)) {
            let mut found = Vec::new();
            index.visit(*hash, |at| found.push(at));
            found.sort_unstable();
            let expected: Vec<u32> =
                (0..).zip(&all).filter(|(_, other)| apart(*hash, **other) <= within).map(|(at, _)| at).collect();
            assert_eq!(found, expected, "within {within} of {hash:x}");
        }
    }
}

#[test]
fn folding_keeps_the_earliest_and_joins_no_chain() {
    for (within, seed) in [(0, 3), (2, 4), (4, 5), (7, 6)] {
        let all = clustered(2000, seed);
        let folded = fold(&all, within);
        for (at, first) in folded.iter().map(|first| *first as usize).enumerate() {
            assert_eq!(folded[first] as usize, first, "what stands for another stands for itself");
            assert!(first <= at && apart(all[first], all[at]) <= within, "{at} goes to {first}");
            let earlier =
                (0..first).find(|other| folded[*other] as usize == *other && apart(all[*other], all[at]) <= within);
            assert_eq!(earlier, None, "{at} goes to the earliest");
        }
    }
    // 0 and 2 differ in six bits: each step of three is near, the whole way is not.
    assert_eq!(fold(&[0b000_000, 0b000_111, 0b111_111], 3), [0, 0, 2]);
    assert_eq!(fold(&[], 4), Vec::<u32>::new());
}

/// A picture with soft shapes, other ones for each `seed`.
fn scene(seed: u64, width: u32, height: u32) -> Rgb {
    let mut stream = StreamKey::new(seed, "twins").stream("scene", 0);
    let blobs: Vec<[f64; 5]> =
        (0..12).map(|_| std::array::from_fn(|_| (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)).collect();
    let mut picture = Rgb::black(width, height);
    for (at, pixel) in picture.bytes.chunks_exact_mut(3).enumerate() {
        let (x, y) =
            (f64::from(at as u32 % width) / f64::from(width), f64::from(at as u32 / width) / f64::from(height));
        let sum: f64 = blobs
            .iter()
            .map(|[u, v, size, bright, _]| {
                let far = ((x - u) * (x - u) + (y - v) * (y - v)) / (0.01 + 0.04 * size);
                (bright - 0.5) * libm::exp(-far)
            })
            .sum();
        pixel.copy_from_slice(&[0.9, 1.0, 0.8].map(|tint| ((0.5 + 0.6 * sum).clamp(0.0, 1.0) * 200.0 * tint) as u8));
    }
    picture
}

#[test]
fn a_copy_keeps_its_hash_and_another_picture_has_another() {
    let hashes: Vec<u64> = (0..40).map(|seed| perceptual_hash(&scene(seed, 160, 120))).collect();
    for (seed, hash) in (0..).zip(&hashes) {
        let smaller = perceptual_hash(&scene(seed, 160, 120).resized(80, 60));
        let mut darker = scene(seed, 160, 120);
        darker.bytes.iter_mut().for_each(|value| *value = (f64::from(*value) * 0.8) as u8 + 10);
        let other_shape = perceptual_hash(&scene(seed, 97, 131));
        for (what, copy) in
            [("smaller", smaller), ("darker", perceptual_hash(&darker)), ("drawn at another size", other_shape)]
        {
            assert!(apart(*hash, copy) <= WITHIN, "{seed} {what}: {} bits", apart(*hash, copy));
        }
    }
    let nearest = (0..40).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| apart(hashes[a], hashes[b])).min();
    assert!(nearest.is_some_and(|bits| bits > 2 * WITHIN), "{nearest:?}");
}

#[test]
fn pictures_of_any_size_have_a_hash_and_flat_ones_the_same() {
    let flat = |width, height, value: u8| {
        let picture = Rgb::from_bytes(width, height, vec![value; 3 * (width * height) as usize]).expect("a picture");
        perceptual_hash(&picture)
    };
    for (width, height) in [(1, 1), (1, 200), (5, 3), (31, 33), (640, 480)] {
        for value in [1, 128, 255] {
            assert_eq!(flat(width, height, value), 1, "{width} x {height}, {value}: nothing but its mean");
        }
    }
    assert_eq!((flat(9, 9, 0), perceptual_hash(&Rgb::black(0, 0))), (0, 0), "black has no mean either");
}
