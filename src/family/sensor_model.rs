//! What a family's camera is like beside its pose and angle of view: lens, exposure, shutter, noise, coding.
//!
//! Every group may be left out, and a camera without any is ideal: a pinhole whose pictures are those of the renderer. Numbers
//! are [`Bound`]s in a family and plain once a draw is put in; the structs are the same. What the numbers do is deliberately
//! not here: `sense::camera` says so beside each formula.

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::Bound;

/// What one number of a group may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowed {
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
    /// Unit symbol.
    pub unit: &'static str,
    /// For sentences (`"the exposure time"`).
    pub what: &'static str,
}

/// A number of a sensor model: its path within the model, what it may be, and what stands there.
pub type ModelNumber<'a, N> = (String, Allowed, &'a N);

/// A group of numbers, each with its default, range, unit and words. Only what differs from the default is written.
macro_rules! group {
    ($(#[$about:meta])* $name:ident { $($field:ident = $plain:literal, $low:literal, $high:literal, $unit:literal, $what:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name<N = Bound> {
            $(#[doc = concat!("Unit `", $unit, "`: ", $what, ", ", stringify!($plain), " where it is left out.")] pub $field: N,)*
        }

        impl<N: From<f64>> Default for $name<N> {
            fn default() -> Self {
                Self { $($field: N::from($plain),)* }
            }
        }

        impl<N> $name<N> {
            fn try_map<'a, M, E>(
                &'a self,
                path: &str,
                f: &mut dyn FnMut(String, Allowed, &'a N) -> Result<M, E>,
            ) -> Result<$name<M>, E> {
                Ok($name {
                    $($field: {
                        let allowed = Allowed { low: $low, high: $high, unit: $unit, what: $what };
                        f(format!("{path}.{}", stringify!($field)), allowed, &self.$field)?
                    },)*
                })
            }

            fn each_mut<'a>(&'a mut self, all: &mut Vec<&'a mut N>) {
                all.extend([$(&mut self.$field,)*]);
            }
        }

        impl<N: Serialize + PartialEq + From<f64>> Serialize for $name<N> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let plain = Self::default();
                let count = [$(self.$field != plain.$field,)*].into_iter().filter(|differs| *differs).count();
                let mut group = to.serialize_struct(stringify!($name), count)?;
                $(if self.$field == plain.$field {
                    group.skip_field(stringify!($field))?;
                } else {
                    group.serialize_field(stringify!($field), &self.$field)?;
                })*
                group.end()
            }
        }
    };
}

group! {
    /// Focal length and principal point. They stand instead of the angle of view. Pixel centres lie at half-integers, so
    /// that a principal point of OpenCV's, whose centres are integers, is 0.5 px less.
    Intrinsics {
        fx_px = 600.0, 1.0, 100_000.0, "px", "the focal length along x";
        fy_px = 600.0, 1.0, 100_000.0, "px", "the focal length along y";
        cx_px = 320.0, -10_000.0, 20_000.0, "px", "the principal point's x";
        cy_px = 240.0, -10_000.0, 20_000.0, "px", "the principal point's y";
    }
}

group! {
    /// Distortion after Brown and Conrady, with OpenCV's rational denominator.
    BrownConrady {
        k1 = 0.0, -100.0, 100.0, "", "the radial distortion k1";
        k2 = 0.0, -100.0, 100.0, "", "the radial distortion k2";
        p1 = 0.0, -1.0, 1.0, "", "the tangential distortion p1";
        p2 = 0.0, -1.0, 1.0, "", "the tangential distortion p2";
        k3 = 0.0, -100.0, 100.0, "", "the radial distortion k3";
        k4 = 0.0, -100.0, 100.0, "", "the rational distortion k4";
        k5 = 0.0, -100.0, 100.0, "", "the rational distortion k5";
        k6 = 0.0, -100.0, 100.0, "", "the rational distortion k6";
    }
}

group! {
    /// A fisheye after Kannala and Brandt, as OpenCV's `fisheye` has it.
    KannalaBrandt {
        k1 = 0.0, -10.0, 10.0, "", "the fisheye's k1";
        k2 = 0.0, -10.0, 10.0, "", "the fisheye's k2";
        k3 = 0.0, -10.0, 10.0, "", "the fisheye's k3";
        k4 = 0.0, -10.0, 10.0, "", "the fisheye's k4";
    }
}

group! {
    /// What the glass does to light.
    Optics {
        blur_px = 0.0, 0.0, 20.0, "px", "the lens's softness";
        cos4 = 0.0, 0.0, 1.0, "", "the share of the fourth-power law of falling off";
        vignette_k2 = 0.0, -2.0, 2.0, "", "the vignetting's k2";
        vignette_k4 = 0.0, -2.0, 2.0, "", "the vignetting's k4";
        vignette_k6 = 0.0, -2.0, 2.0, "", "the vignetting's k6";
        red_scale = 1.0, 0.95, 1.05, "", "the scale of the red picture";
        blue_scale = 1.0, 0.95, 1.05, "", "the scale of the blue picture";
        glare_share = 0.0, 0.0, 0.9, "", "the share of light that is scattered";
        glare_deg = 2.0, 0.01, 45.0, "deg", "the width of the scattered light";
    }
}

group! {
    /// What the lens is focused on; the aperture is the exposure's.
    Focus {
        at_m = 1.0, 0.01, 100_000.0, "m", "the distance of focus";
        focal_mm = 4.0, 0.1, 2000.0, "mm", "the focal length";
    }
}

group! {
    /// How much light makes how bright a picture.
    Exposure {
        f_number = 2.0, 0.5, 64.0, "", "the aperture's f-number";
        time_s = 0.01, 0.000_001, 60.0, "s", "the exposure time";
        iso = 100.0, 1.0, 10_000_000.0, "", "the ISO speed";
        white_cd_m2 = 340.0, 0.000_001, 1_000_000_000.0, "cd/m2", "the luminance of what has radiance 1";
    }
}

group! {
    /// An exposure that follows the light.
    Auto {
        grey = 0.18, 0.001, 10.0, "", "the level that is exposed for";
        lag_s = 0.5, 0.0, 1000.0, "s", "the time constant of the exposure";
        darkest_ev = -6.0, -30.0, 30.0, "EV", "the least compensation";
        brightest_ev = 6.0, -30.0, 30.0, "EV", "the largest compensation";
        centre = 0.0, 0.0, 1.0, "", "the weight of the middle in metering";
    }
}

group! {
    /// White balance.
    Balance {
        temperature_k = 6500.0, 1500.0, 15_000.0, "K", "the colour temperature that looks white";
        red = 1.0, 0.01, 100.0, "", "the gain of red";
        green = 1.0, 0.01, 100.0, "", "the gain of green";
        blue = 1.0, 0.01, 100.0, "", "the gain of blue";
    }
}

group! {
    /// What the chip adds.
    Noise {
        full_well_e = 10_000.0, 10.0, 10_000_000.0, "", "the full well in electrons";
        read_e = 2.0, 0.0, 100_000.0, "", "the read noise in electrons";
        dark_e_s = 0.0, 0.0, 1_000_000_000.0, "", "the dark current in electrons a second";
        prnu = 0.0, 0.0, 0.5, "", "the spread of the pixels' gains";
        offset_e = 0.0, 0.0, 100_000.0, "", "the spread of the pixels' offsets in electrons";
        hot_share = 0.0, 0.0, 0.5, "", "the share of hot pixels";
        hot_e_s = 0.0, 0.0, 1_000_000_000_000.0, "", "the dark current of a hot pixel in electrons a second";
        bits = 12.0, 1.0, 16.0, "", "the number of bits of the converter";
        serial = 1.0, 0.0, 4_294_967_295.0, "", "the serial number that the fixed pattern comes from";
    }
}

group! {
    /// A Bayer array before the chip. The pattern is where its first red photosite is: column plus twice the row, so that 0 to 3 are
    /// RGGB, GRBG, GBRG and BGGR ([`PATTERNS`]); the demosaic is one of [`DEMOSAICS`].
    Mosaic {
        pattern = 0.0, 0.0, 3.0, "", "the colour filters' pattern";
        demosaic = 1.0, 0.0, 1.0, "", "the demosaic";
    }
}

/// The words of [`Mosaic::pattern`], by number.
pub const PATTERNS: [&str; 4] = ["RGGB", "GRBG", "GBRG", "BGGR"];
/// The words of [`Mosaic::demosaic`], by number.
pub const DEMOSAICS: [&str; 2] = ["Bilinear", "Malvar, He and Cutler"];

/// The words of a number of a sensor model that stands for one of a few things, by its path; none where it measures something.
pub fn words_of(path: &str) -> &'static [&'static str] {
    match path {
        "mosaic.pattern" => &PATTERNS,
        "mosaic.demosaic" => &DEMOSAICS,
        _ => &[],
    }
}

group! {
    /// A shutter that is open for the exposure time, row after row.
    Shutter {
        row_s = 0.0, 0.0, 1.0, "s", "the time between two rows";
        step_px = 0.5, 0.05, 8.0, "px", "the way between two pictures of a blur";
        most = 64.0, 1.0, 1024.0, "", "the largest number of pictures of a blur";
    }
}

group! {
    /// What is left of the picture in a file.
    Coding {
        bits = 8.0, 1.0, 8.0, "", "the number of bits of the picture";
        jpeg_quality = 0.0, 0.0, 100.0, "", "the JPEG quality";
    }
}

group! {
    /// A video of all pictures of an episode, H.264 with a constant quantiser.
    Video {
        qp = 28.0, 12.0, 51.0, "", "the video's quantiser";
        key_every = 30.0, 1.0, 10_000.0, "", "the number of pictures from a key picture to the next";
    }
}

/// What the exponent of [`Tone::Gamma`] may be.
pub const GAMMA: Allowed = Allowed { low: 0.1, high: 10.0, unit: "", what: "the gamma" };
/// What the linear light of a point of [`Tone::Points`] may be.
pub const POINT_LIGHT: Allowed = Allowed { low: 0.0, high: 10_000.0, unit: "", what: "a point's linear light" };
/// What its code value may be.
pub const POINT_CODE: Allowed = Allowed { low: 0.0, high: 1.0, unit: "", what: "a point's code value" };

/// How linear light becomes code values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Tone<N = Bound> {
    /// The renderer's own curve: lifted darks, rolled-off highlights.
    #[default]
    Renderer,
    /// In proportion.
    Linear,
    /// The sRGB curve, cut off at white.
    Srgb,
    /// A power, cut off at white: code value = linear^(1/gamma).
    Gamma(N),
    /// Straight lines through points of linear light and code value (0 to 1), in rising order; level before and after.
    Points(Vec<(N, N)>),
}

impl<N> Tone<N> {
    fn is_renderer(&self) -> bool {
        matches!(self, Self::Renderer)
    }

    fn try_map<'a, M, E>(&'a self, f: &mut dyn FnMut(String, Allowed, &'a N) -> Result<M, E>) -> Result<Tone<M>, E> {
        Ok(match self {
            Self::Renderer => Tone::Renderer,
            Self::Linear => Tone::Linear,
            Self::Srgb => Tone::Srgb,
            Self::Gamma(gamma) => Tone::Gamma(f("tone".to_owned(), GAMMA, gamma)?),
            Self::Points(points) => {
                let mut all = Vec::with_capacity(points.len());
                for (at, (linear, code)) in points.iter().enumerate() {
                    let linear = f(format!("tone[{at}].0"), POINT_LIGHT, linear)?;
                    let code = f(format!("tone[{at}].1"), POINT_CODE, code)?;
                    all.push((linear, code));
                }
                Tone::Points(all)
            }
        })
    }
}

/// The struct of all groups, and what walks over them.
macro_rules! model {
    ($($(#[$about:meta])* $field:ident: $group:ident,)*) => {
        /// A camera beside its pose: everything that makes its picture differ from the renderer's.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, bound(deserialize = "N: Deserialize<'de> + From<f64>", serialize = "N: Serialize + PartialEq + From<f64>"))]
        pub struct SensorModel<N = Bound> {
            $($(#[$about])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$group<N>>,)*
            /// How linear light becomes code values.
            #[serde(skip_serializing_if = "Tone::is_renderer")]
            pub tone: Tone<N>,
        }

        impl<N> Default for SensorModel<N> {
            fn default() -> Self {
                Self { $($field: None,)* tone: Tone::Renderer }
            }
        }

        impl<N: From<f64>> SensorModel<N> {
            /// Adds the group called so with its defaults, or leaves it out; what is there stays as it is.
            pub fn switch(&mut self, group: &str, on: bool) {
                match group {
                    $(stringify!($field) => {
                        if on {
                            self.$field.get_or_insert_with($group::default);
                        } else {
                            self.$field = None;
                        }
                    })*
                    _ => {}
                }
            }
        }

        impl<N> SensorModel<N> {
            /// The groups by their names, in the order of light.
            pub const GROUPS: &[&'static str] = &[$(stringify!($field)),*];

            /// Whether the group called so is there.
            pub fn has(&self, group: &str) -> bool {
                match group {
                    $(stringify!($field) => self.$field.is_some(),)*
                    _ => false,
                }
            }

            /// The same camera with other numbers, which `f` makes of each path, range and number.
            ///
            /// # Errors
            /// The first error of `f`.
            pub fn try_map<'a, M, E>(
                &'a self,
                f: &mut dyn FnMut(String, Allowed, &'a N) -> Result<M, E>,
            ) -> Result<SensorModel<M>, E> {
                Ok(SensorModel {
                    $($field: match &self.$field {
                        Some(group) => Some(group.try_map(stringify!($field), f)?),
                        None => None,
                    },)*
                    tone: self.tone.try_map(f)?,
                })
            }

            /// All its numbers, to be written anew.
            pub fn numbers_mut(&mut self) -> Vec<&mut N> {
                let mut all = Vec::new();
                $(if let Some(group) = &mut self.$field {
                    group.each_mut(&mut all);
                })*
                match &mut self.tone {
                    Tone::Gamma(gamma) => all.push(gamma),
                    Tone::Points(points) => all.extend(points.iter_mut().flat_map(|(linear, code)| [linear, code])),
                    Tone::Renderer | Tone::Linear | Tone::Srgb => {}
                }
                all
            }
        }
    };
}

model! {
    /// Instead of the angle of view.
    intrinsics: Intrinsics,
    /// Distortion of an ordinary lens.
    brown_conrady: BrownConrady,
    /// Distortion of a fisheye.
    kannala_brandt: KannalaBrandt,
    /// What the glass does to light.
    optics: Optics,
    /// Left out, everything is sharp.
    focus: Focus,
    /// Aperture, time and speed.
    exposure: Exposure,
    /// Left out, the exposure stays.
    auto: Auto,
    /// White balance.
    balance: Balance,
    /// Left out, there is none.
    noise: Noise,
    /// Left out, every pixel has a well for each colour.
    mosaic: Mosaic,
    /// Left out, a picture is one instant.
    shutter: Shutter,
    /// Bits and compression.
    coding: Coding,
    /// Left out, pictures are coded one by one.
    video: Video,
}

impl<N> SensorModel<N> {
    /// All its numbers, in the order of [`Self::numbers_mut`].
    pub fn numbers(&self) -> Vec<ModelNumber<'_, N>> {
        let mut all = Vec::new();
        let pushed = self.try_map(&mut |path, allowed, number| {
            all.push((path, allowed, number));
            Ok::<(), std::convert::Infallible>(())
        });
        match pushed {
            Ok(_) => all,
            Err(never) => match never {},
        }
    }

    /// What is wrong however its numbers are: the field within the model, and a sentence.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if self.brown_conrady.is_some() && self.kannala_brandt.is_some() {
            let text = "the lens has two distortions; keep `brown_conrady` or `kannala_brandt`".to_owned();
            found.push(("kannala_brandt", text));
        }
        if let Tone::Points(points) = &self.tone
            && points.len() < 2
        {
            let text = format!("the tone curve has {} points; give at least two, in rising order", points.len());
            found.push(("tone", text));
        }
        found
    }
}

/// The least speed of a chip with a full well, which √2 times white fills at ISO 100.
const LEAST_ISO: f64 = 71.0;

impl SensorModel<f64> {
    /// Numbers that are right alone and wrong together: the field within the model, and a sentence.
    pub fn contradiction(&self) -> Option<(&'static str, String)> {
        if let Some(Auto { darkest_ev, brightest_ev, .. }) =
            self.auto.filter(|auto| auto.darkest_ev > auto.brightest_ev)
        {
            let text =
                format!("`darkest_ev` is {darkest_ev}, above `brightest_ev`, which is {brightest_ev}; swap them");
            return Some(("auto", text));
        }
        if let Some(Focus { at_m, focal_mm }) = self.focus.filter(|focus| focus.at_m * 1000.0 <= focus.focal_mm) {
            let text = format!(
                "nothing can be sharp {at_m} m in front of a lens of {focal_mm} mm; focus farther away than the focal length"
            );
            return Some(("focus", text));
        }
        if let (Some(_), Some(Exposure { iso, .. })) = (&self.noise, self.exposure.filter(|own| own.iso < LEAST_ISO)) {
            let text = format!(
                "at ISO {iso} the chip is full before anything is white; with noise, choose at least ISO {LEAST_ISO}"
            );
            return Some(("exposure", text));
        }
        if let Tone::Points(points) = &self.tone
            && let Some([(before, _), (after, _)]) = points.array_windows().find(|[(a, _), (b, _)]| a >= b)
        {
            return Some((
                "tone",
                format!("{after} follows {before}; write the points in the rising order of their light"),
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "(intrinsics: (fx_px: 500.5, cx_px: \"cx\"), brown_conrady: (k1: -0.3), optics: (blur_px: 0.7), \
        focus: (at_m: \"2 m\"), exposure: (time_s: \"5 ms\"), auto: (), balance: (red: 1.5), noise: (read_e: 3.5), mosaic: (pattern: 3), \
        shutter: (row_s: 0.00003), coding: (bits: 6), video: (qp: 35), tone: Points([(0, 0), (\"knee\", 0.9)]))";

    fn read(text: &str) -> SensorModel {
        super::super::text::options().from_str(text).unwrap()
    }

    fn written(model: &SensorModel) -> String {
        super::super::text::options().to_string(model).unwrap()
    }

    #[test]
    fn text_goes_round_and_says_only_what_differs() {
        let model = read(ALL);
        assert_eq!(read(&written(&model)), model, "{}", written(&model));
        assert_eq!(written(&SensorModel::default()), "()");
        let plain = read("(noise: (read_e: 2.0, full_well_e: 500))");
        assert_eq!(written(&plain), "(noise:(full_well_e:500.0))", "2 electrons go without saying");
        assert_eq!(model.auto, Some(Auto::default()), "an empty group is there");
    }

    #[test]
    fn numbers_are_listed_alike_for_reading_and_writing() {
        let mut model = read(ALL);
        for (at, number) in model.numbers_mut().into_iter().enumerate() {
            *number = Bound::Number(at as f64);
        }
        let listed: Vec<Bound> = model.numbers().into_iter().map(|(.., number)| number.clone()).collect();
        let expected: Vec<Bound> = (0..listed.len()).map(|at| Bound::Number(at as f64)).collect();
        assert_eq!(listed, expected);
        assert_eq!(listed.len(), 4 + 8 + 9 + 2 + 4 + 5 + 4 + 9 + 2 + 3 + 2 + 2 + 4, "none is left out");
    }

    #[test]
    fn groups_are_switched_one_by_one_and_keep_their_numbers() {
        let mut model = SensorModel::<f64>::default();
        for group in SensorModel::<f64>::GROUPS {
            assert!(!model.has(group), "{group}");
            model.switch(group, true);
            assert!(model.has(group), "{group}");
        }
        assert_eq!(model.numbers().len(), 4 + 8 + 4 + 9 + 2 + 4 + 5 + 4 + 9 + 2 + 3 + 2 + 2, "all are there");
        model.noise = model.noise.map(|noise| Noise { read_e: 7.0, ..noise });
        model.switch("noise", true);
        assert_eq!(model.noise.map(|noise| noise.read_e), Some(7.0), "on already");
        model.switch("noise", false);
        assert!(!model.has("noise") && model.has("coding") && !model.has("tone"));
    }

    #[test]
    fn defaults_lie_in_their_ranges_and_units_exist() {
        let model = SensorModel::<f64> {
            intrinsics: Some(Intrinsics::default()),
            brown_conrady: Some(BrownConrady::default()),
            kannala_brandt: Some(KannalaBrandt::default()),
            optics: Some(Optics::default()),
            focus: Some(Focus::default()),
            exposure: Some(Exposure::default()),
            auto: Some(Auto::default()),
            balance: Some(Balance::default()),
            noise: Some(Noise::default()),
            mosaic: Some(Mosaic::default()),
            shutter: Some(Shutter::default()),
            coding: Some(Coding::default()),
            video: Some(Video::default()),
            tone: Tone::Gamma(2.2),
        };
        for (path, allowed, number) in model.numbers() {
            assert!(allowed.low <= *number && *number <= allowed.high, "{path}");
            assert!(crate::base::Unit::parse(allowed.unit).is_ok(), "{path}: {}", allowed.unit);
        }
        assert_eq!(model.faults().len(), 1, "two distortions");
        assert_eq!(model.contradiction(), None);
        let auto = Some(Auto { darkest_ev: 1.0, brightest_ev: -1.0, ..Auto::default() });
        let focus = Some(Focus { at_m: 0.04, focal_mm: 50.0 });
        let tone = Tone::Points(vec![(0.0, 0.0), (0.5, 0.4), (0.5, 1.0)]);
        let (noise, slow) = (Some(Noise::default()), Some(Exposure { iso: 50.0, ..Exposure::default() }));
        assert_eq!(SensorModel { exposure: slow, ..SensorModel::default() }.contradiction(), None, "without noise");
        for (wrong, field, words) in [
            (SensorModel { noise, exposure: slow, ..SensorModel::default() }, "exposure", "at least ISO 71"),
            (SensorModel { auto, ..SensorModel::default() }, "auto", "`darkest_ev` is 1, above"),
            (SensorModel { focus, ..SensorModel::default() }, "focus", "0.04 m in front of a lens of 50 mm"),
            (SensorModel { tone, ..SensorModel::default() }, "tone", "0.5 follows 0.5"),
        ] {
            let (at, text) = wrong.contradiction().unwrap();
            assert!(at == field && text.contains(words), "{at}: {text}");
        }
    }
}
