//! A Bayer array before a chip: one colour a photosite, and what interpolates the two others.
//!
//! Colours are interpolated either bilinearly or with the 5 × 5 kernels of Malvar, He and Cutler (High-quality linear interpolation
//! for demosaicing of Bayer-patterned color images, ICASSP 2004), whose gains are 1/2, 5/8 and 3/4. Beyond its rim the picture is
//! mirrored about the outermost photosites, so that colours keep their places. Crosstalk, an optical low-pass and demosaicers that
//! look for edges are deliberately left out: zippers and colour moiré are what these two make of fine patterns.

use rayon::prelude::*;

use super::Linear;

/// Which colour each photosite has: 0 red, 1 green, 2 blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Column and row of the first red photosite.
    red: [usize; 2],
    malvar: bool,
}

/// What each photosite tells, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Sites {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Linear light in the photosite's own colour.
    pub values: Vec<f32>,
}

/// A kernel over the 5 × 5 photosites round the middle, as column offset, row offset, weight in sixteenths.
type Kernel = &'static [(i8, i8, f32)];

/// What a photosite tells itself.
const OWN: Kernel = &[(0, 0, 16.0)];
/// Green at red and blue photosites.
const GREEN: [Kernel; 2] = [
    &[(-1, 0, 4.0), (1, 0, 4.0), (0, -1, 4.0), (0, 1, 4.0)],
    &[
        (0, 0, 8.0),
        (-1, 0, 4.0),
        (1, 0, 4.0),
        (0, -1, 4.0),
        (0, 1, 4.0),
        (-2, 0, -2.0),
        (2, 0, -2.0),
        (0, -2, -2.0),
        (0, 2, -2.0),
    ],
];
/// Red (blue) at a green photosite between two of red (blue) in its row; between two in its column, turned.
const BETWEEN: [Kernel; 2] = [
    &[(-1, 0, 8.0), (1, 0, 8.0)],
    &[
        (0, 0, 10.0),
        (-1, 0, 8.0),
        (1, 0, 8.0),
        (-2, 0, -2.0),
        (2, 0, -2.0),
        (-1, -1, -2.0),
        (1, -1, -2.0),
        (-1, 1, -2.0),
        (1, 1, -2.0),
        (0, -2, 1.0),
        (0, 2, 1.0),
    ],
];
/// Red at blue photosites, blue at red ones.
const ACROSS: [Kernel; 2] = [
    &[(-1, -1, 4.0), (1, -1, 4.0), (-1, 1, 4.0), (1, 1, 4.0)],
    &[
        (0, 0, 12.0),
        (-1, -1, 4.0),
        (1, -1, 4.0),
        (-1, 1, 4.0),
        (1, 1, 4.0),
        (-2, 0, -3.0),
        (2, 0, -3.0),
        (0, -2, -3.0),
        (0, 2, -3.0),
    ],
];

impl Array {
    /// An array that begins, row by row, with RGGB (0), GRBG (1), GBRG (2) or BGGR (3); interpolated by the 5 × 5 kernels where
    /// `malvar`, else bilinearly.
    pub const fn new(pattern: usize, malvar: bool) -> Self {
        Self { red: [pattern & 1, pattern >> 1 & 1], malvar }
    }

    /// The colour of the photosite in a column and row: 0 red, 1 green, 2 blue.
    pub fn colour(&self, column: usize, row: usize) -> usize {
        let [x, y] = self.red;
        usize::from(column & 1 != x) + usize::from(row & 1 != y)
    }

    /// What photosites without noise make of `light`.
    pub fn sites(&self, light: &Linear) -> Sites {
        let columns = light.width.max(1) as usize;
        let own = |(at, pixel): (usize, &[f32; 3])| pixel[self.colour(at % columns, at / columns)];
        Sites { width: light.width, height: light.height, values: light.pixels.iter().enumerate().map(own).collect() }
    }

    /// The picture with all three colours at every photosite; what each tells itself is kept.
    pub fn demosaiced(&self, sites: &Sites) -> Linear {
        let columns = sites.width.max(1) as usize;
        let mut pixels = vec![[0.0; 3]; sites.values.len()];
        pixels.par_iter_mut().enumerate().for_each(|(at, pixel)| {
            let (column, row) = (at % columns, at / columns);
            *pixel = [0, 1, 2].map(|colour| self.one(sites, [column, row], colour));
        });
        Linear { width: sites.width, height: sites.height, pixels }
    }

    /// `colour` at one photosite.
    fn one(&self, sites: &Sites, [column, row]: [usize; 2], colour: usize) -> f32 {
        let own = self.colour(column, row);
        let malvar = usize::from(self.malvar);
        // Red is in the rows of the first red photosite, blue in the others.
        let in_row = (row & 1 == self.red[1]) == (colour == 0);
        let (kernel, turned) = match (own, colour) {
            _ if own == colour => (OWN, false),
            (_, 1) => (GREEN[malvar], false),
            (1, _) => (BETWEEN[malvar], !in_row),
            _ => (ACROSS[malvar], false),
        };
        let sum: f32 = kernel
            .iter()
            .map(|(x, y, weight)| {
                let (x, y) = if turned { (*y, *x) } else { (*x, *y) };
                weight * sites.at(column as i64 + i64::from(x), row as i64 + i64::from(y))
            })
            .sum();
        sum / 16.0
    }
}

impl Sites {
    /// What a photosite tells; beyond the rim, its mirror image.
    fn at(&self, column: i64, row: i64) -> f32 {
        let mirrored = |at: i64, count: u32| {
            let last = i64::from(count) - 1;
            let inside = if at > last { 2 * last - at } else { at.abs() };
            inside.clamp(0, last.max(0)) as usize
        };
        let at = mirrored(row, self.height) * self.width as usize + mirrored(column, self.width);
        self.values.get(at).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(pattern: f64, demosaic: f64) -> Array {
        Array::new(pattern as usize, demosaic > 0.0)
    }

    fn picture(size: u32, of: impl Fn(f64, f64) -> [f64; 3]) -> Linear {
        let pixel = |at: u32| of(f64::from(at % size), f64::from(at / size)).map(|channel| channel as f32);
        Linear { width: size, height: size, pixels: (0..size * size).map(pixel).collect() }
    }

    fn there_and_back(array: Array, light: &Linear) -> Linear {
        array.demosaiced(&array.sites(light))
    }

    #[test]
    fn patterns_begin_as_they_are_called() {
        // The upper left four photosites, row by row, as the names spell them.
        for (pattern, name) in [(0.0, "rggb"), (1.0, "grbg"), (2.0, "gbrg"), (3.0, "bggr")] {
            let array = array(pattern, 0.0);
            let spelt: String = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(column, row)| ["r", "g", "b"][array.colour(column, row)])
                .concat();
            assert_eq!(spelt, name);
            assert_eq!(array.colour(4, 6), array.colour(0, 0));
        }
    }

    #[test]
    fn flat_light_stays_flat_in_every_colour() {
        for pattern in 0..4 {
            for demosaic in 0..2 {
                let light = picture(9, |_, _| [0.73, 0.21, 1.4]);
                let back = there_and_back(array(f64::from(pattern), f64::from(demosaic)), &light);
                for (pixel, was) in back.pixels.iter().flatten().zip(light.pixels.iter().flatten()) {
                    assert!((pixel - was).abs() < 1.0 / 65_535.0, "{pattern} {demosaic}: {pixel} {was}");
                }
            }
        }
    }

    #[test]
    fn a_ramp_goes_through_unchanged_but_for_its_rim() {
        for (pattern, demosaic) in [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 1.0), (3.0, 1.0)] {
            let light = picture(12, |x, y| [0.3 + 0.02 * x - 0.01 * y; 3]);
            let back = there_and_back(array(pattern, demosaic), &light);
            for at in (0..144).filter(|at| (2..10).contains(&(at % 12)) && (2..10).contains(&(at / 12))) {
                for channel in 0..3 {
                    let off = (back.pixels[at][channel] - light.pixels[at][channel]).abs();
                    assert!(off < 1e-6, "{pattern} {demosaic}: {off} at {at}");
                }
            }
        }
    }

    #[test]
    fn one_photosite_spreads_as_the_published_kernels_say() {
        // The answer to one lit photosite is the kernel, mirrored; all of them are symmetrical.
        let lit = |array: Array, column: usize, row: usize| {
            let mut values = vec![0.0; 121];
            values[row * 11 + column] = 8.0;
            array.demosaiced(&Sites { width: 11, height: 11, values })
        };
        let told = |back: &Linear, column: usize, row: usize, channel: usize| back.pixels[row * 11 + column][channel];
        let (bilinear, malvar) = (array(0.0, 0.0), array(0.0, 1.0));
        // A red photosite (4, 4), RGGB.
        let back = lit(malvar, 4, 4);
        assert_eq!([4, 5, 6].map(|column| told(&back, column, 4, 0)), [8.0, 4.0, 0.0], "red along its row");
        assert_eq!(
            [told(&back, 4, 4, 1), told(&back, 6, 4, 1), told(&back, 4, 2, 1)],
            [4.0, -1.0, -1.0],
            "green at red"
        );
        assert_eq!([told(&back, 5, 5, 0), told(&back, 4, 5, 0)], [2.0, 4.0], "red at blue and below");
        assert_eq!(
            [told(&back, 4, 4, 2), told(&back, 6, 4, 2), told(&back, 4, 6, 2)],
            [6.0, -1.5, -1.5],
            "blue at red"
        );
        // A green one in a row of red, (5, 4).
        let back = lit(malvar, 5, 4);
        assert_eq!([told(&back, 5, 4, 0), told(&back, 5, 4, 2)], [5.0, 5.0], "red and blue at green");
        assert_eq!([told(&back, 7, 4, 0), told(&back, 5, 6, 0)], [-1.0, 0.5], "red at the greens beside and below");
        assert_eq!([told(&back, 7, 4, 2), told(&back, 5, 6, 2)], [0.5, -1.0], "and blue, turned");
        assert_eq!([told(&back, 4, 4, 1), told(&back, 4, 5, 0)], [2.0, -1.0], "green at red, red at green across");
        let back = lit(bilinear, 4, 4);
        assert_eq!([told(&back, 5, 4, 0), told(&back, 5, 5, 0), told(&back, 4, 4, 1)], [4.0, 2.0, 0.0]);
    }

    #[test]
    fn fine_stripes_turn_colourful_and_malvars_kernels_keep_more_of_them_grey() {
        let stripes = picture(16, |x, _| [if (x as u32).is_multiple_of(2) { 1.0 } else { 0.0 }; 3]);
        let apart = |light: &Linear| {
            let spread = |p: &[f32; 3]| f64::from((p[0] - p[2]).abs().max((p[0] - p[1]).abs()));
            light.pixels.iter().map(spread).sum::<f64>() / light.pixels.len() as f64
        };
        assert_eq!(apart(&stripes), 0.0);
        assert!(apart(&there_and_back(array(0.0, 0.0), &stripes)) > 0.5, "at the limit nothing helps");
        // Four pixels a period and slanted, as a zone plate's middle rings are.
        let rings = picture(64, |x, y| [0.5 + 0.4 * libm::sin(0.9 * x + 0.5 * y); 3]);
        let (plain, better) =
            (apart(&there_and_back(array(0.0, 0.0), &rings)), apart(&there_and_back(array(0.0, 1.0), &rings)));
        assert!(plain > 0.02 && better < 0.7 * plain, "{plain} {better}");
    }

    #[test]
    fn pictures_of_a_pixel_are_pictures() {
        for size in [1, 2, 3] {
            let back = there_and_back(array(2.0, 1.0), &picture(size, |_, _| [0.5; 3]));
            assert!(back.pixels.iter().flatten().all(|channel| channel.is_finite()), "{size}");
        }
    }
}
