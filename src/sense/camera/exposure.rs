//! How bright: aperture, time, speed, a metering that follows the light, white balance, tone curve.
//!
//! Convention: the speed is ISO 12232's saturation-based one. A scene of luminance L makes H = 0.65 L t / N² lx s on the chip
//! (the standard's q), which is full at 78 / S lx s; a radiance of 1 stands for `white_cd_m2` and is exposed to 1 where it
//! comes to 1/√2 of full, the standard's half stop of headroom. With the defaults (N = 2, t = 1/100 s, ISO 100, 340 cd/m²)
//! that is so to 0.2 %, and the factor is defined to be exactly 1 there, so that `light.exposure` alone holds. Bellows, filters
//! and the transmission of the glass are deliberately left out: the white luminance takes them in.

use glam::{DMat3, DVec3};
use rayon::prelude::*;

use crate::base::Linear;
use crate::world::SensorModel;
use crate::world::sensor_model::{Auto, Balance, Exposure, Tone};

/// The linear light, after exposure, at which the chip is full: half a stop over white paper.
pub const HEADROOM: f64 = core::f64::consts::SQRT_2;
/// Standard deviation of the middle that metering may prefer, as a share of half the picture's diagonal.
const MIDDLE: f64 = 0.3;
/// Weights of linear sRGB in luminance (IEC 61966-2-1).
const LUMINANCE: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// The temperature that is white without a balance.
const PLAIN_K: f64 = 6500.0;

/// What linear light is multiplied by for aperture, time, speed and the scene's luminance; 1 with the defaults.
pub fn factor(model: &SensorModel) -> f64 {
    let (own, plain) = (model.exposure.unwrap_or_default(), Exposure::<f64>::default());
    let opening = (plain.f_number / own.f_number) * (plain.f_number / own.f_number);
    opening * (own.time_s / plain.time_s) * (own.iso / plain.iso) * (own.white_cd_m2 / plain.white_cd_m2)
}

/// The binary logarithm of a picture's mean luminance, its middle weighing more the nearer `centre` is to 1; minus infinity
/// where it is black.
pub fn metered_ev(picture: &Linear, centre: f64) -> f64 {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let half_diagonal = 0.5 * libm::hypot(width, height);
    let (mut light, mut weights) = (0.0, 0.0);
    for (at, pixel) in picture.pixels.iter().enumerate() {
        let (column, row) = (at as u32 % picture.width.max(1), at as u32 / picture.width.max(1));
        let (x, y) = (f64::from(column) + 0.5 - 0.5 * width, f64::from(row) + 0.5 - 0.5 * height);
        let away = (x * x + y * y) / (half_diagonal * half_diagonal * MIDDLE * MIDDLE);
        let weight = 1.0 - centre + centre * libm::exp(-0.5 * away);
        let luminance: f32 = pixel.iter().zip(LUMINANCE).map(|(channel, share)| channel.max(0.0) * share).sum();
        light += weight * f64::from(luminance);
        weights += weight;
    }
    if weights > 0.0 { libm::log2(light / weights) } else { f64::NEG_INFINITY }
}

/// The compensation in stops at each of `metered_ev` (logarithms of mean exposed luminance), `period_s` apart. It begins
/// settled, and then goes towards what the picture before asked for by the share 1 − exp(−period/lag), so that a step of the
/// light is made up for exponentially in stops.
pub fn compensations(auto: &Auto<f64>, metered_ev: &[f64], period_s: f64) -> Vec<f64> {
    let wanted = |metered: f64| {
        let ev = libm::log2(auto.grey) - metered;
        // An empty range keeps its lower end.
        if ev.is_nan() { auto.darkest_ev } else { ev.min(auto.brightest_ev).max(auto.darkest_ev) }
    };
    let share = if auto.lag_s > 0.0 { 1.0 - libm::exp(-period_s / auto.lag_s) } else { 1.0 };
    let mut now = metered_ev.first().map_or(0.0, |first| wanted(*first));
    let mut all = Vec::with_capacity(metered_ev.len());
    for metered in metered_ev {
        all.push(now);
        now += share * (wanted(*metered) - now);
    }
    all
}

/// The ISO speed that an automatic exposure comes to: it brightens by gain; it darkens by gain down to ISO 100 (or what is set,
/// if that is less), and below that by less light.
pub fn gained_iso(iso: f64, auto_ev: f64) -> f64 {
    (iso * libm::exp2(auto_ev)).max(iso.min(100.0))
}

/// Multiplies all light.
pub fn scale(picture: &mut Linear, by: f64) {
    let by = by as f32;
    if by != 1.0 {
        picture.pixels.iter_mut().flatten().for_each(|channel| *channel *= by);
    }
}

/// The matrix that makes what lies on the Planckian locus at the balance's temperature as white as what lies there at 6500 K
/// (Bradford's adaptation), and then its gains; `None` where it changes nothing. Above `temperature_k`, things look blue.
pub fn balance(own: &Balance<f64>) -> Option<DMat3> {
    if *own == Balance::default() {
        return None;
    }
    // Bradford's cones (Lam 1985) and linear sRGB of D65 (IEC 61966-2-1), both from XYZ; glam takes columns.
    let cones =
        DMat3::from_cols_array_2d(&[[0.8951, -0.7502, 0.0389], [0.2664, 1.7135, -0.0685], [-0.1614, 0.0367, 1.0296]]);
    let xyz = DMat3::from_cols_array_2d(&[
        [0.412_456_4, 0.212_672_9, 0.019_333_9],
        [0.357_576_1, 0.715_152_2, 0.119_192],
        [0.180_437_5, 0.072_175, 0.950_304_1],
    ]);
    let gains = DMat3::from_diagonal(DVec3::new(own.red, own.green, own.blue));
    if own.temperature_k == PLAIN_K {
        return Some(gains);
    }
    let ratio = cones * planckian(PLAIN_K) / (cones * planckian(own.temperature_k));
    let adapted = xyz.inverse() * cones.inverse() * DMat3::from_diagonal(ratio) * cones * xyz;
    Some(gains * adapted)
}

/// XYZ of a black body with Y = 1: Krystek, "An algorithm to calculate correlated colour temperature", Color Research and
/// Application 10 (1985) 38–40, good to 1 % in u and v from 1000 K to 15 000 K.
fn planckian(temperature_k: f64) -> DVec3 {
    let t = temperature_k;
    let u = (0.860_117_757 + 1.541_182_54e-4 * t + 1.286_412_12e-7 * t * t)
        / (1.0 + 8.424_202_35e-4 * t + 7.081_451_63e-7 * t * t);
    let v = (0.317_398_726 + 4.228_062_45e-5 * t + 4.204_816_91e-8 * t * t)
        / (1.0 - 2.897_418_16e-5 * t + 1.614_560_53e-7 * t * t);
    let (x, y) = (3.0 * u / (2.0 * u - 8.0 * v + 4.0), 2.0 * v / (2.0 * u - 8.0 * v + 4.0));
    DVec3::new(x / y, 1.0, (1.0 - x - y) / y)
}

/// Applies a matrix of [`balance`]; what would be negative is black.
pub fn balanced(picture: &mut Linear, matrix: &DMat3) {
    picture.pixels.par_iter_mut().for_each(|pixel| {
        let mixed = *matrix * DVec3::from(pixel.map(f64::from));
        *pixel = mixed.to_array().map(|channel| channel.max(0.0) as f32);
    });
}

/// Linear light as code values from 0 to 1.
pub fn code(tone: &Tone<f64>, pixel: [f32; 3]) -> [f32; 3] {
    let each = |f: &dyn Fn(f64) -> f64| pixel.map(|channel| f(f64::from(channel)) as f32);
    match tone {
        Tone::Renderer => renderer(pixel),
        Tone::Linear => pixel.map(|channel| channel.clamp(0.0, 1.0)),
        Tone::Srgb => each(&|linear| srgb(linear.clamp(0.0, 1.0))),
        Tone::Gamma(gamma) => each(&|linear| libm::pow(linear.clamp(0.0, 1.0), 1.0 / gamma)),
        Tone::Points(points) => each(&|linear| through(points, linear)),
    }
}

/// The least linear light that [`code`] makes these code values (0 to 1) of.
pub fn light(tone: &Tone<f64>, code: [f32; 3]) -> [f32; 3] {
    let each = |f: &dyn Fn(f64) -> f64| code.map(|channel| f(f64::from(channel.clamp(0.0, 1.0))) as f32);
    match tone {
        Tone::Renderer => renderer_light(code),
        Tone::Linear => code,
        Tone::Srgb => each(&srgb_light),
        Tone::Gamma(gamma) => each(&|code| libm::pow(code, *gamma)),
        Tone::Points(points) => each(&|code| back(points, code)),
    }
}

/// [`renderer`] backwards: what is pale is told from how far the brightest channel was rolled off.
fn renderer_light(code: [f32; 3]) -> [f32; 3] {
    let shown = code.map(|channel| srgb_light(f64::from(channel.clamp(0.0, 1.0))));
    // White itself is what infinitely much light makes.
    let out = shown.iter().copied().fold(0.0, f64::max).min(0.9999);
    let lifted = if out > ROLLED_FROM {
        let room = 1.0 - ROLLED_FROM;
        room * room / (1.0 - out) - room + ROLLED_FROM
    } else {
        out
    };
    // `lifted` is (p + 0.024 p / (p + 0.02)) · 1.02 / 1.044 of the brightest channel p.
    let over = lifted * 1.044 / 1.02 - 0.044;
    let peak = 0.5 * (over + libm::sqrt(over * over + 0.08 * (over + 0.044)));
    let pale = 1.0 - 1.0 / (0.12 * (lifted - out).max(0.0) + 1.0);
    shown.map(|channel| (((channel - out * pale) / (1.0 - pale)).max(0.0) * peak / out.max(1e-9)) as f32)
}

/// The first linear light at which a curve through points comes to `code`; the nearer end where it never does.
fn back(points: &[(f64, f64)], code: f64) -> f64 {
    let between = points.array_windows().find_map(|[(x0, y0), (x1, y1)]| {
        let share = if y0 == y1 { 0.0 } else { (code - y0) / (y1 - y0) };
        let is_on = (y0.min(*y1)..=y0.max(*y1)).contains(&code);
        is_on.then(|| x0 + (x1 - x0) * share)
    });
    let nearest = || points.iter().min_by(|a, b| (a.1 - code).abs().total_cmp(&(b.1 - code).abs()));
    between.or_else(|| nearest().map(|(linear, _)| *linear)).unwrap_or(0.0)
}

/// The sRGB curve (IEC 61966-2-1) for 0 to 1.
pub fn srgb(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 }
}

/// The light that [`srgb`] gives a code value of 0 to 1.
pub fn srgb_light(code: f64) -> f64 {
    if code <= 0.040_45 { code / 12.92 } else { libm::pow((code + 0.055) / 1.055, 2.4) }
}

/// The brightest channel above which the renderer's curve rolls off.
const ROLLED_FROM: f64 = 0.72;

/// The renderer's polynomial of the square root for the sRGB curve, from the fourth power down.
const ENCODED: [f32; 5] = [-0.309_570_28, 0.842_788_7, -0.944_860_07, 1.447_899_5, -0.037_004_7];

/// `tone` and `encode` of `render/shaders/light.wgsl`, step by step in the same precision.
fn renderer(linear: [f32; 3]) -> [f32; 3] {
    let linear = linear.map(|channel| channel.max(0.0));
    let peak = linear[0].max(linear[1]).max(linear[2]);
    let lifted = peak * (1.0 + 0.024 / (peak + 0.02)) * (1.02 / 1.044);
    let start = ROLLED_FROM as f32;
    let room = 1.0 - start;
    let rolled = 1.0 - room * room / (lifted.max(start) + room - start);
    let out = if lifted > start { rolled } else { lifted };
    let pale = 1.0 - 1.0 / (0.12 * (lifted - out).max(0.0) + 1.0);
    let scaled = linear.map(|channel| channel * (out / peak.max(1e-6)));
    scaled.map(|channel| {
        let c = (channel + (out.min(1.0) - channel) * pale).clamp(0.0, 1.0);
        let s = c.sqrt();
        let curve = ENCODED.into_iter().reduce(|sum, factor| sum * s + factor).unwrap_or_default();
        if c < 0.003_130_8 { 12.92 * c } else { curve }
    })
}

fn through(points: &[(f64, f64)], linear: f64) -> f64 {
    let above = points.partition_point(|(at, _)| *at <= linear);
    let (before, after) = (above.checked_sub(1).and_then(|at| points.get(at)), points.get(above));
    match (before, after) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (linear - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some((_, y))) => *y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(level: f32) -> Linear {
        Linear { width: 8, height: 6, pixels: vec![[level; 3]; 48] }
    }

    #[test]
    fn stops_double_and_the_defaults_change_nothing() {
        let with =
            |exposure: Exposure<f64>| factor(&SensorModel { exposure: Some(exposure), ..SensorModel::default() });
        let plain = Exposure::<f64>::default();
        assert_eq!(factor(&SensorModel::default()), 1.0);
        assert_eq!(with(plain), 1.0);
        assert_eq!(with(Exposure { time_s: 0.02, ..plain }), 2.0, "twice the time");
        assert_eq!(with(Exposure { iso: 400.0, ..plain }), 4.0, "two stops of speed");
        assert_eq!(with(Exposure { f_number: 4.0, ..plain }), 0.25, "two stops of aperture");
        // The convention itself: 1/√2 of 78 / S lx s, with H = 0.65 L t / N².
        let full_cd_m2 = 78.0 / 100.0 * 4.0 / (0.65 * 0.01);
        assert!((full_cd_m2 / HEADROOM / plain.white_cd_m2 - 1.0).abs() < 2.5e-3, "{full_cd_m2}");
        let mut picture = grey(0.3);
        scale(&mut picture, 2.0);
        assert_eq!(picture, grey(0.6), "exposure doubling doubles linear values");
    }

    #[test]
    fn a_tunnels_exit_blinds_for_as_long_as_the_lag_says() {
        let auto = Auto { lag_s: 0.6, ..Auto::<f64>::default() };
        let (dark, bright) = (metered_ev(&grey(0.02), 0.0), metered_ev(&grey(0.32), 0.0));
        assert!((bright - dark - 4.0).abs() < 1e-5, "four stops");
        let period_s = 1.0 / 60.0;
        let light: Vec<f64> = (0..300).map(|at| if at < 60 { dark } else { bright }).collect();
        let ev = compensations(&auto, &light, period_s);
        assert!(ev[..=60].iter().all(|one| (one - ev[0]).abs() < 1e-12), "settled, and blind to what is not yet seen");
        let over = |at: usize| light[at] + ev[at] - libm::log2(0.18);
        assert!((over(60) - 4.0).abs() < 1e-6, "blinded by four stops at once");
        // Exponential in stops: down to one stop after lag ln 4, to 4/e after the lag.
        let until = (60..300).find(|at| over(*at) <= 1.0).unwrap() - 60;
        let expected_s = 0.6 * libm::log(4.0);
        println!("blinded for {:.3} s, the lag says {expected_s:.3} s", until as f64 * period_s);
        assert!((until as f64 * period_s - expected_s).abs() <= period_s, "{until} pictures");
        assert!((over(60 + 36) - 4.0 * libm::exp(-1.0)).abs() < 1e-6);
        let limited = compensations(&Auto { brightest_ev: 1.0, lag_s: 0.0, ..auto }, &light, period_s);
        assert_eq!(
            (limited[0], limited.last().copied()),
            (1.0, Some(libm::log2(0.18) - bright)),
            "a limit, and no lag"
        );
        assert_eq!(compensations(&auto, &[f64::NEG_INFINITY], 0.1), [6.0], "black");
    }

    #[test]
    fn metering_may_prefer_the_middle() {
        let mut picture = grey(0.1);
        picture.pixels[2 * 8 + 3] = [4.0; 3];
        picture.pixels[0] = [9.0; 3];
        let [even, middle] = [0.0, 1.0].map(|centre| metered_ev(&picture, centre));
        assert!((even - libm::log2((46.0 * 0.1 + 13.0) / 48.0)).abs() < 1e-6, "{even}");
        picture.pixels[0] = [0.1; 3];
        let [even_less, middle_less] = [0.0, 1.0].map(|centre| metered_ev(&picture, centre));
        assert!(even - even_less > 1.0 && middle - middle_less < 0.1, "the corner hardly counts");
    }

    #[test]
    fn a_balance_makes_its_own_black_body_white() {
        assert_eq!(balance(&Balance::default()), None);
        let gains = balance(&Balance { red: 2.0, ..Balance::default() }).unwrap();
        assert_eq!(gains * DVec3::ONE, DVec3::new(2.0, 1.0, 1.0));
        let xyz_to_rgb = |xyz: DVec3| {
            DVec3::new(
                3.240_454_2 * xyz.x - 1.537_138_5 * xyz.y - 0.498_531_4 * xyz.z,
                -0.969_266 * xyz.x + 1.876_010_8 * xyz.y + 0.041_556 * xyz.z,
                0.055_643_4 * xyz.x - 0.204_025_9 * xyz.y + 1.057_225_2 * xyz.z,
            )
        };
        let lamp = xyz_to_rgb(planckian(2856.0));
        assert!(lamp.x > 2.0 * lamp.y && lamp.y > 2.0 * lamp.z, "a lamp is orange: {lamp}");
        let seen = balance(&Balance { temperature_k: 2856.0, ..Balance::default() }).unwrap() * lamp;
        let white = xyz_to_rgb(planckian(6500.0));
        assert!(seen.distance(white) < 1e-4, "{seen}, white {white}");
        // CIE illuminant A has x 0.44757, y 0.40745.
        let a = planckian(2856.0);
        let sum = a.x + a.y + a.z;
        assert!((a.x / sum - 0.447_57).abs() < 1e-3 && (a.y / sum - 0.407_45).abs() < 1e-3, "{a}");
    }

    #[test]
    fn curves_go_back_the_way_they_came() {
        let points = Tone::Points(vec![(0.0, 0.0), (0.1, 0.3), (0.8, 0.9), (1.0, 1.0)]);
        for tone in [Tone::Renderer, Tone::Linear, Tone::Srgb, Tone::Gamma(1.8), points] {
            for (red, green, blue) in [(0.02, 0.1, 0.3), (0.4, 0.2, 0.5), (0.7, 0.7, 0.7), (0.05, 0.9, 0.3)] {
                let there = code(&tone, [red, green, blue]);
                let back = light(&tone, there);
                for (was, is) in [red, green, blue].into_iter().zip(back) {
                    assert!((is - was).abs() < 0.01 * was.max(0.1), "{tone:?}: {was} came back as {is}");
                }
            }
        }
    }

    #[test]
    fn the_renderers_curve_has_the_constants_of_its_shader() {
        let shader = include_str!("../../render/shaders/light.wgsl");
        let line = |start: &str| shader.lines().find_map(|line| line.trim().strip_prefix(start)).expect(start);
        let numbers = |text: &str| -> Vec<f32> {
            let plain: String = text.chars().filter(|c| !"() ;".contains(*c)).collect();
            plain.split("*s").map(|part| part.parse().unwrap_or_else(|_| panic!("{part} in {text}"))).collect()
        };
        assert_eq!(numbers(line("let curve = ")), ENCODED);
        assert_eq!(numbers(line("let start = ")), [ROLLED_FROM as f32]);
        assert_eq!(line("return select(curve, "), "12.92 * c, c < vec3<f32>(0.0031308));");
        // written there over one denominator: 1 + 0.024 / (peak + 0.02) is (peak + 0.044) / (peak + 0.02)
        assert_eq!(line("let below = "), "peak + 0.02;");
        assert_eq!(line("let raised = "), "(peak + 0.044) * (1.02 / 1.044);");
        assert_eq!(line("let over = "), "0.12 * max(lifted - out, 0.0);");
    }

    #[test]
    fn curves_go_where_they_are_told() {
        let byte = |tone: &Tone<f64>, level: f32| (code(tone, [level; 3])[1] * 255.0 + 0.5) as u8;
        // The figures that `render` promises, whose first is 238.6 rounded down.
        assert_eq!([1.0, 0.18, 0.01, 0.0].map(|level| byte(&Tone::Renderer, level)), [239, 123, 36, 0]);
        assert_eq!([1.0, 0.5, 0.18, 2.0].map(|level| byte(&Tone::Srgb, level)), [255, 188, 118, 255]);
        assert_eq!(byte(&Tone::Linear, 0.5), 128);
        assert_eq!(byte(&Tone::Gamma(2.0), 0.25), 128);
        let points = Tone::Points(vec![(0.1, 0.2), (0.5, 0.6), (1.0, 1.0)]);
        assert_eq!([0.0, 0.3, 0.75, 7.0].map(|level| byte(&points, level)), [51, 102, 204, 255]);
        for step in 0..=255 {
            let value = f64::from(step) / 255.0;
            assert!((srgb(srgb_light(value)) - value).abs() < 1e-6, "sRGB both ways at {step}");
        }
    }
}
