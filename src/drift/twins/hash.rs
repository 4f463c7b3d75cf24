//! How a picture looks, in 64 bits.

use crate::base::Rgb;

/// Means along each side that the transform is taken of.
const SIDE: usize = 32;

/// Lowest frequencies along each side, the constant among them.
const LOW: usize = 8;

/// The hash of `picture`, the lowest vertical and horizontal frequency first. Pictures of one colour have one hash.
pub fn perceptual_hash(picture: &Rgb) -> u64 {
    let means = means(picture);
    let cosines = cosines();
    // Rows first, then columns: the transform is separable.
    let mut rows = [[0.0; LOW]; SIDE];
    for (row, line) in rows.iter_mut().zip(&means) {
        *row = transformed(line, &cosines);
    }
    let mut low = [[0.0; LOW]; LOW];
    for across in 0..LOW {
        let column: [f64; SIDE] = std::array::from_fn(|y| rows[y][across]);
        for (down, value) in transformed(&column, &cosines).into_iter().enumerate() {
            low[down][across] = value;
        }
    }
    let all = low.as_flattened();
    let mut sorted: Vec<f64> = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = 0.5 * (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]);
    // What rounding leaves of a flat picture is no detail.
    let least = median + 1e-9 * all[0].abs();
    all.iter().zip(0..).filter(|(value, _)| **value > least).fold(0, |hash, (_, bit)| hash | 1 << bit)
}

/// Cosines of the transform: frequency by place.
fn cosines() -> [[f64; SIDE]; LOW] {
    let step = std::f64::consts::PI / (2.0 * SIDE as f64);
    std::array::from_fn(|frequency| std::array::from_fn(|at| libm::cos(step * (frequency * (2 * at + 1)) as f64)))
}

fn transformed(line: &[f64; SIDE], cosines: &[[f64; SIDE]; LOW]) -> [f64; LOW] {
    std::array::from_fn(|frequency| line.iter().zip(&cosines[frequency]).map(|(value, cosine)| value * cosine).sum())
}

/// Mean luminance (Rec. 601, 0 to 255) of 32 x 32 equal parts; a pixel that lies in several counts for each by its share.
fn means(picture: &Rgb) -> [[f64; SIDE]; SIDE] {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut means = [[0.0; SIDE]; SIDE];
    if width == 0 || height == 0 {
        return means;
    }
    let columns = shares(width);
    let mut lines = picture.bytes.chunks_exact(3 * width);
    let (mut known, mut along) = (None, [0.0; SIDE]);
    for (y, row, share) in shares(height) {
        if known != Some(y) {
            let Some(line) = lines.next() else { break };
            (known, along) = (Some(y), means_along(line, &columns));
        }
        for (sum, value) in means[row].iter_mut().zip(along) {
            *sum += value * share;
        }
    }
    means
}

/// Mean luminance of the parts of one row of pixels.
fn means_along(line: &[u8], columns: &[(usize, usize, f64)]) -> [f64; SIDE] {
    let pixels = line.as_chunks::<3>().0;
    let mut along = [0.0; SIDE];
    for (x, part, share) in columns {
        let [red, green, blue] = pixels[*x].map(f64::from);
        along[*part] += share * (0.299 * red + 0.587 * green + 0.114 * blue);
    }
    along
}

/// Which of `count` pixels in a row lies in which of [`SIDE`] parts, and how much of the part it takes; pixel by pixel.
fn shares(count: usize) -> Vec<(usize, usize, f64)> {
    // In units in which both a pixel and a part have whole lengths.
    let of_pixel = |x: usize| {
        let (begin, end) = (x * SIDE, (x + 1) * SIDE);
        (begin / count..end.div_ceil(count)).map(move |part| {
            let both = end.min((part + 1) * count) - begin.max(part * count);
            (x, part, both as f64 / count as f64)
        })
    };
    (0..count).flat_map(of_pixel).collect()
}
