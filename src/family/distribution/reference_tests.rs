//! The laws against another implementation's figures.

use super::Distribution as D;
use super::Law;

/// A distribution; an x and its cdf; an x and its survival; a share and the quantiles that leave it below and above.
/// By `SciPy` 1.17.1, the two directions by 30-digit quadrature with mpmath 1.4.1 (`SciPy` takes a normal for kappa above 50).
#[rustfmt::skip]
fn references() -> Vec<(D, [f64; 7])> {
    vec![
        (D::Normal { mean: 1.0, sd: 2.0 }, [-9.0, 2.866_515_718_791_933e-7, 11.0, 2.866_515_718_791_933e-7, 1e-12, -13.068_967_650_602_263, 15.068_967_650_602_263]),
        (D::LogNormal { median: 2.0, sigma: 0.5 }, [0.1, 1.039_798_321_454_320_7e-9, 20.0, 2.060_643_395_971_714e-6, 1e-10, 0.083_115_566_626_195_44, 48.125_762_265_324_25]),
        (D::Triangular { low: 1.0, mode: 2.0, high: 5.0 }, [1.5, 0.0625, 4.5, 0.020_833_333_333_333_37, 0.01, 1.2, 4.653_589_838_486_225]),
        (D::Pert { low: 0.0, mode: 1.0, high: 4.0, shape: None }, [0.01, 6.218_808_554_687_503e-5, 3.9, 1.914_062_500_000_006_7e-6, 1e-6, 0.001_265_311_285_574_897, 3.915_047_127_197_788_7]),
        (D::Beta { alpha: 0.5, beta: 3.5, low: None, high: None }, [1e-6, 0.002_037_181_573_924_297_7, 0.9, 9.584_590_571_929_164e-5, 1e-5, 2.409_571_387_081_475e-11, 0.947_278_380_437_647]),
        (D::Gamma { shape: 0.05, scale: 2.0 }, [1e-20, 0.099_222_608_785_021_07, 30.0, 1.131_666_641_624_309_1e-9, 0.001, 1.168_926_411_457_326_4e-60, 5.472_917_197_457_355]),
        (D::Gamma { shape: 7.5, scale: 0.4 }, [0.1, 1.744_640_104_219_179e-9, 15.0, 5.662_025_485_491_882e-10, 1e-10, 0.067_657_966_781_834_6, 15.829_357_463_740_365]),
        (D::Gamma { shape: 10_000.0, scale: 1.0 }, [9500.0, 1.862_454_651_795_158_3e-7, 10_600.0, 1.962_192_482_133_041e-9, 1e-9, 9_411.828_411_445_864, 10_611.486_364_411_105]),
        (D::Weibull { shape: 1.7, scale: 3.0 }, [0.001, 1.227_138_552_883_531e-6, 20.0, 1.187_970_519_897_995_8e-11, 1e-8, 5.905_258_359_228_241e-5, 16.650_171_493_323_08]),
        (D::Exponential { mean: 2.0 }, [0.01, 0.004_987_520_807_317_686, 40.0, 2.061_153_622_438_558e-9, 1e-7, 2.000_000_100_000_006_6e-7, 32.236_191_301_916_64]),
        (D::Poisson { mean: 3.7 }, [0.0, 0.024_723_526_470_339_39, 15.0, 1.855_940_377_657_681_8e-6, 0.0001, 0.0, 13.0]),
        (D::Truncated { of: Box::new(D::Exponential { mean: 2.0 }), low: 1.0, high: 7.0 }, [1.5, 0.232_789_103_962_889_32, 6.5, 0.014_881_709_528_573_402, 0.001, 1.001_901_329_340_255_4, 6.962_188_614_515_258]),
        (D::VonMises { mean: 0.0, kappa: 4.0 }, [-2.0, 0.000_870_377_226_316_344, 2.5, 0.000_223_038_098_838_201_08, 0.001, -1.955_243_021_074_196, 1.955_243_021_074_196]),
        (D::VonMises { mean: 0.0, kappa: 200.0 }, [-0.4, 9.792_595_522_225_978e-9, 0.5, 1.344_222_891_494_116_9e-12, 1e-9, -0.427_631_930_047_041_86, 0.427_631_930_047_041_86]),
    ]
}

#[test]
fn shares_and_quantiles_meet_the_references() {
    for (distribution, [low, below, high, above, share, first, last]) in references() {
        let law = Law::new(&distribution, Some(core::f64::consts::TAU)).unwrap();
        for (what, got, expected) in [
            ("cdf", law.cdf(low), below),
            ("survival", law.survival(high), above),
            ("quantile", law.quantile(share), first),
            ("upper quantile", law.upper_quantile(share), last),
            ("cdf and survival", law.cdf(low) + law.survival(low), 1.0),
        ] {
            // A quantile of 0 (a count) must be exactly that.
            let off = (got - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
            assert!(off < 2e-12, "{distribution:?}: {what} is {got:e} instead of {expected:e}, off by {off:e}");
        }
    }
}
