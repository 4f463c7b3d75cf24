//! Histograms of colours.

use crate::base::Rgb;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_count_every_pixel_once() {
        let one = Rgb::from_bytes(2, 1, vec![255, 0, 0, 10, 10, 10]).expect("size");
        let got = ChannelHistograms::of(&one);
        assert_eq!((got.luminance[54], got.luminance[10]), (1, 1), "0.2126 of 255, and grey");
        assert_eq!((got.rgb[0][255], got.rgb[1][0], got.rgb[2][10]), (1, 1, 1), "channels");
        let both = ChannelHistograms::of_many([&one, &one]);
        assert_eq!(both.luminance.iter().sum::<u64>(), 4, "two pictures");
    }
}
