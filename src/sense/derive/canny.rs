//! Canny's edges (Canny 1986), bit for bit as `OpenCV`'s `Canny` finds them with its defaults (Sobel of 3 × 3 pixels, L1 gradient).
//!
//! Of a colour picture, each pixel's gradient is that of the channel where it is largest, the first of several. Nothing is smoothed
//! before: `OpenCV` does not, and [`super::smoothed`] does where it is wanted.

use crate::base::Rgb;

/// tan 22.5° in 15 bits after the point, as `OpenCV` has it: where a gradient counts as level, upright or slanted.
const TAN_22: i64 = 13_573;

/// Edges of `image`: 255 where there is one, else 0. A line begins where the gradient (the sum of both absolute Sobel responses) is
/// above `high` and goes on over neighbours above `low`; of thresholds given the wrong way round, the smaller is the lower.
pub fn canny(image: &Rgb, low: i32, high: i32) -> Vec<u8> {
    let (low, high) = (low.min(high), low.max(high));
    let slopes = Slopes::of(image);
    let (width, height) = (image.width as usize, image.height as usize);
    let mut edges = vec![0_u8; width * height];
    let mut weak = vec![false; width * height];
    let mut open = Vec::new();
    for y in 0..height as i64 {
        for x in 0..width as i64 {
            if slopes.at(x, y) > low && slopes.is_ridge(x, y) {
                let at = y as usize * width + x as usize;
                if slopes.at(x, y) > high {
                    edges[at] = 255;
                    open.push(at);
                } else {
                    weak[at] = true;
                }
            }
        }
    }
    while let Some(at) = open.pop() {
        let (x, y) = (at % width, at / width);
        for near_y in y.saturating_sub(1)..(y + 2).min(height) {
            for near_x in x.saturating_sub(1)..(x + 2).min(width) {
                let near = near_y * width + near_x;
                if weak[near] {
                    weak[near] = false;
                    edges[near] = 255;
                    open.push(near);
                }
            }
        }
    }
    edges
}

/// The gradient of every pixel.
struct Slopes {
    width: i64,
    height: i64,
    /// Right, down, and the sum of their absolute values.
    all: Vec<[i32; 3]>,
}

impl Slopes {
    fn of(image: &Rgb) -> Self {
        let (width, height) = (i64::from(image.width), i64::from(image.height));
        let mut all = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            for x in 0..width {
                let mut best = [0, 0, -1];
                for channel in 0..3 {
                    let slope = sobel(image, x, y, channel);
                    if slope[2] > best[2] {
                        best = slope;
                    }
                }
                all.push(best);
            }
        }
        Self { width, height, all }
    }

    /// How steep it is; nothing outside the picture.
    fn at(&self, x: i64, y: i64) -> i32 {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        if inside { self.all[(y * self.width + x) as usize][2] } else { 0 }
    }

    /// Whether it is steeper there than on either side along its gradient. On one side of level and upright ones the same
    /// steepness will do, so that an edge between two pixels is one line.
    fn is_ridge(&self, x: i64, y: i64) -> bool {
        let [right, down, steep] = self.all[(y * self.width + x) as usize];
        let (across, up) = (i64::from(right.abs()), i64::from(down.abs()) << 15);
        let level = across * TAN_22;
        if up < level {
            steep > self.at(x - 1, y) && steep >= self.at(x + 1, y)
        } else if up > level + (across << 16) {
            steep > self.at(x, y - 1) && steep >= self.at(x, y + 1)
        } else {
            let side = if (right ^ down) < 0 { -1 } else { 1 };
            steep > self.at(x - side, y - 1) && steep > self.at(x + side, y + 1)
        }
    }
}

/// Sobel's responses of one channel, the picture going on beyond its edge as its last pixels are.
fn sobel(image: &Rgb, x: i64, y: i64, channel: usize) -> [i32; 3] {
    let (width, height) = (i64::from(image.width), i64::from(image.height));
    let value = |dx: i64, dy: i64| {
        let (x, y) = ((x + dx).clamp(0, width - 1), (y + dy).clamp(0, height - 1));
        i32::from(image.bytes[(y * width + x) as usize * 3 + channel])
    };
    let right = value(1, -1) + 2 * value(1, 0) + value(1, 1) - value(-1, -1) - 2 * value(-1, 0) - value(-1, 1);
    let down = value(-1, 1) + 2 * value(0, 1) + value(1, 1) - value(-1, -1) - 2 * value(0, -1) - value(1, -1);
    [right, down, right.abs() + down.abs()]
}
