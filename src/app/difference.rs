//! Pictures of how two pictures differ.

use std::borrow::Cow;

use eframe::egui;

use super::channel::Map;
use crate::base::Rgb;

/// |a − b| per channel, multiplied by `gain`; `b` is brought to the size of `a`. `None` where their shapes differ by more than a
/// hundredth.
pub fn difference_image(a: &Rgb, b: &Rgb, gain: f32) -> Option<egui::ColorImage> {
    let b = of_size(a, b)?;
    let bytes: Vec<u8> =
        a.bytes.iter().zip(&b.bytes).map(|(x, y)| (f32::from(x.abs_diff(*y)) * gain).min(255.0) as u8).collect();
    Some(egui::ColorImage::from_rgb([a.width as usize, a.height as usize], &bytes))
}

/// The difference of luminance (Rec. 709, of the codes as they are), multiplied by `gain`, in the colours of `map`; otherwise as
/// [`difference_image`].
pub fn heat_image(a: &Rgb, b: &Rgb, gain: f32, map: Map) -> Option<egui::ColorImage> {
    let b = of_size(a, b)?;
    let colours: Vec<[u8; 3]> = (0..=255_u8).map(|level| map.colour(f32::from(level) / 255.0)).collect();
    let luminance =
        |[red, green, blue]: [u8; 3]| 0.2126 * f32::from(red) + 0.7152 * f32::from(green) + 0.0722 * f32::from(blue);
    let level = |(x, y)| ((luminance(x) - luminance(y)).abs() * gain).min(255.0) as usize;
    let bytes: Vec<u8> = a.pixels().zip(b.pixels()).flat_map(|pair| colours[level(pair)]).collect();
    Some(egui::ColorImage::from_rgb([a.width as usize, a.height as usize], &bytes))
}

/// `b` in the size of `a`, where both have one shape.
fn of_size<'a>(a: &Rgb, b: &'a Rgb) -> Option<Cow<'a, Rgb>> {
    if (a.width, a.height) == (b.width, b.height) {
        return Some(Cow::Borrowed(b));
    }
    let shape = |picture: &Rgb| f64::from(picture.width) / f64::from(picture.height.max(1));
    let alike = (shape(a) / shape(b) - 1.0).abs() <= 0.01;
    alike.then(|| Cow::Owned(b.resized(a.width, a.height)))
}

#[cfg(test)]
mod tests {
    use eframe::egui::Color32;

    use super::*;

    #[test]
    fn difference_is_absolute_and_clipped() {
        let a = Rgb { width: 1, height: 1, bytes: vec![10, 200, 0] };
        let b = Rgb { width: 1, height: 1, bytes: vec![12, 0, 0] };
        let image = difference_image(&a, &b, 4.0).expect("same size");
        assert_eq!(image.pixels[0], Color32::from_rgb(8, 255, 0));
        assert!(difference_image(&a, &Rgb::black(2, 1), 1.0).is_none(), "shapes differ");
    }

    #[test]
    fn a_heat_map_shows_how_far_luminance_is_apart() {
        let grey = |level: u8| Rgb { width: 1, height: 1, bytes: vec![level; 3] };
        let colour = |share: f32| theme_colour(Map::Viridis.colour(share));
        let at =
            |a: u8, b: u8, gain: f32| heat_image(&grey(a), &grey(b), gain, Map::Viridis).expect("one shape").pixels[0];
        assert_eq!(at(90, 90, 4.0), colour(0.0), "nothing is the darkest");
        assert_eq!(at(10, 61, 2.0), colour(102.0 / 255.0), "51 levels, twice");
        assert_eq!(at(0, 255, 4.0), colour(1.0), "clipped at the brightest");
    }

    #[test]
    fn the_other_picture_is_brought_to_size() {
        let mut small = Rgb::black(2, 2);
        small.bytes.fill(40);
        let image = difference_image(&Rgb::black(4, 4), &small, 1.0).expect("one shape");
        assert_eq!((image.size, image.pixels[15]), ([4, 4], Color32::from_rgb(40, 40, 40)));
    }

    fn theme_colour([red, green, blue]: [u8; 3]) -> Color32 {
        Color32::from_rgb(red, green, blue)
    }
}
