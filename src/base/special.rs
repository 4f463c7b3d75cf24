//! Special functions with the same bits on every platform (`libm`, no tables).

use core::f64::consts::{PI, SQRT_2};

/// The standard normal cumulative distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The natural logarithm of the standard normal density.
pub fn normal_ln_density(x: f64) -> f64 {
    -0.5 * x * x - 0.5 * libm::log(2.0 * PI)
}

/// The standard normal quantile for `0 < p < 1`, to full f64 precision: Wichura, Algorithm AS 241 (PPND16),
/// Applied Statistics 37 (1988) 477–484. Infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE_TOP, &CENTRE_BOTTOM);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let magnitude =
        if r <= 5.0 { ratio(r - 1.6, &NEAR_TOP, &NEAR_BOTTOM) } else { ratio(r - 5.0, &FAR_TOP, &FAR_BOTTOM) };
    if q < 0.0 { -magnitude } else { magnitude }
}

fn ratio(r: f64, top: &[f64; 8], bottom: &[f64; 8]) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * r + c);
    polynomial(top) / polynomial(bottom)
}

const CENTRE_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_BOTTOM: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_545,
];
const NEAR_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const NEAR_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_8e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_7e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_meets_the_published_checks_and_inverts_the_cdf() {
        // Wichura's own check values.
        assert!((normal_quantile(0.25) + 0.674_489_750_196_081_7).abs() < 1e-15, "0.25");
        assert!((normal_quantile(0.001) + 3.090_232_306_167_813_5).abs() < 1e-14, "0.001");
        assert!((normal_quantile(1e-20) + 9.262_340_089_798_409).abs() < 1e-13, "1e-20");
        for x in [-6.0, -4.5, -1.0, -0.1, 0.0, 0.5, 2.0, 5.0] {
            let back = normal_quantile(normal_cdf(x));
            assert!((back - x).abs() < 1e-9_f64.max(1e-15 / normal_ln_density(x).exp()), "{x} -> {back}");
        }
    }

    #[test]
    fn cdf_meets_the_rare_event_references() {
        // Φ(−3) and Φ(−5) as printed in tables.
        assert!((normal_cdf(-3.0) / 1.349_898_031_6e-3 - 1.0).abs() < 1e-10, "three sigma");
        assert!((normal_cdf(-5.0) / 2.866_515_718_8e-7 - 1.0).abs() < 1e-10, "five sigma");
    }
}
