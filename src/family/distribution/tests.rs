//! Tests of the distributions, against integrals and high-precision references.

use super::*;
use crate::base::StreamKey;

fn normal(mean: f64, sd: f64, low: f64, high: f64) -> Distribution {
    Distribution::TruncatedNormal { mean, sd, low, high }
}

fn choice(pairs: &[(f64, f64)]) -> Distribution {
    let weighted = |(value, weight): &(f64, f64)| Weighted { value: *value, weight: *weight, label: String::new() };
    Distribution::Choice(pairs.iter().map(weighted).collect())
}

fn continuous() -> Vec<Distribution> {
    vec![
        Distribution::Uniform { low: -2.0, high: 5.0 },
        Distribution::LogUniform { low: 0.01, high: 3.0 },
        Distribution::LogUniform { low: 1.0, high: 1.000_001 },
        normal(0.0, 1.0, -3.0, 4.0),
        normal(1.0, 2.0, 1.5, 1.500_01),
        normal(0.0, 1.0, 8.0, 12.0),
        normal(0.0, 1.0, -12.0, -8.0),
        normal(0.0, 1.0, 20.0, 20.000_1),
        normal(0.3, 0.02, 0.2, 0.5),
        normal(0.0, 100.0, -1.0, 1.0),
    ]
}

fn simpson(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let n = 4_000;
    let h = (b - a) / f64::from(n);
    let weight = |at: i32| if at == 0 || at == n { 1.0 } else { f64::from(2 + 2 * (at % 2)) };
    (0..=n).map(|at| weight(at) * f(a + h * f64::from(at))).sum::<f64>() * h / 3.0
}

#[test]
fn quantile_inverts_the_distribution_function() {
    let mut stream = StreamKey::new(1, "test").stream("quantile", 0);
    for distribution in continuous() {
        distribution.check().unwrap();
        let (low, high) = distribution.support();
        for _ in 0..300 {
            let u = stream.next_unit();
            let x = distribution.quantile(u);
            assert!(x >= low && x <= high, "{distribution:?} at {u}: {x}");
            // An x near 20 has steps of 4e-15, and the density there decides what share one step is.
            let step = 4.0 * f64::EPSILON * x.abs().max(low.abs()) * distribution.density(x);
            let back = distribution.cdf(x);
            assert!((back - u).abs() < 1e-12 + step, "{distribution:?} at {u}: {x} -> {back}");
        }
        assert_eq!((distribution.quantile(0.0), distribution.quantile(1.0)), (low, high), "{distribution:?}");
    }
}

#[test]
fn density_integrates_to_one_and_gives_the_moments() {
    for distribution in continuous() {
        let (low, high) = distribution.support();
        let mass = simpson(|x| distribution.density(x), low, high);
        assert!((mass - 1.0).abs() < 1e-6, "{distribution:?}: {mass}");
        let mean = simpson(|x| x * distribution.density(x), low, high) / mass;
        let sd = simpson(|x| (x - mean) * (x - mean) * distribution.density(x), low, high).sqrt();
        let width = high - low;
        assert!((mean - distribution.mean()).abs() < 1e-6 * width, "{distribution:?}: mean {mean}");
        assert!((sd / distribution.sd() - 1.0).abs() < 1e-5, "{distribution:?}: {sd} {}", distribution.sd());
    }
}

#[test]
fn known_numbers() {
    // Half-normal: mean sqrt(2/π), variance 1 − 2/π.
    let half = normal(0.0, 1.0, 0.0, 30.0);
    assert!((half.mean() - 0.797_884_560_802_865_4).abs() < 1e-12, "{}", half.mean());
    assert!((half.sd() - 0.602_810_274_989_087_9).abs() < 1e-12, "{}", half.sd());
    // P(Z > 9) / P(Z > 8) = 1.12858840595e-19 / 6.22096057427e-16.
    let tail = normal(0.0, 1.0, 8.0, 40.0);
    let beyond = tail.cdf(9.0);
    assert!((1.0 - beyond - 1.128_588_405_95e-19 / 6.220_960_574_27e-16).abs() < 1e-13, "{beyond}");
    let mirrored = normal(0.0, 1.0, -40.0, -8.0);
    assert!((mirrored.cdf(-9.0) / 1.814_171_983_9e-4 - 1.0).abs() < 1e-6, "{}", mirrored.cdf(-9.0));
    // Median of a log-uniform is the geometric mean.
    assert!((Distribution::LogUniform { low: 1.0, high: 100.0 }.median() - 10.0).abs() < 1e-12, "median");
    assert!((Distribution::Uniform { low: 0.0, high: 1.0 }.sd() - 0.288_675_134_594_812_9).abs() < 1e-15, "sd");
}

/// Ends; mean, sd, quantiles at 1/2, 2^-10 and 1 - 2^-10 of a standard normal cut there, by 60-digit arithmetic.
const REFERENCES: [([f64; 2], [f64; 5]); 6] = [
    (
        [20.0, 21.0],
        [
            20.049_753_067_339_75,
            0.049_631_244_493_875_32,
            20.034_541_676_454_727,
            20.000_048_730_698_024,
            20.342_790_311_619_04,
        ],
    ),
    (
        [-3.0, 4.0],
        [
            0.004_303_964_411_157_656,
            0.993_041_527_337_013_4,
            0.001_652_153_023_462_398,
            -2.830_314_784_882_925,
            3.088_194_077_629_122_4,
        ],
    ),
    (
        [8.0, 12.0],
        [
            8.121_368_112_236_113,
            0.119_686_605_112_438_82,
            8.084_911_007_391_544,
            8.000_120_303_931_735,
            8.813_310_755_948_728,
        ],
    ),
    (
        [-1.0, 0.5],
        [
            -0.206_631_218_061_533,
            0.415_660_028_252_047_9,
            -0.188_968_232_205_775_13,
            -0.997_851_966_152_337_7,
            0.498_522_639_019_429_2,
        ],
    ),
    (
        [28.0, 29.0],
        [
            28.035_623_753_468_68,
            0.035_578_800_626_658_2,
            28.024_712_922_697_85,
            28.000_034_849_912_737,
            28.246_158_706_558_12,
        ],
    ),
    (
        [0.25, 0.375],
        [
            0.312_093_321_178_791_6,
            0.036_073_620_608_130_08,
            0.311_890_282_771_172,
            0.250_119_874_665_717,
            0.374_875_354_851_348_9,
        ],
    ),
];

#[test]
fn truncated_normals_meet_high_precision_references() {
    for ([low, high], [mean, sd, median, early, late]) in REFERENCES {
        let cut = normal(0.0, 1.0, low, high);
        cut.check().unwrap();
        let tenth = 2_f64.powi(-10);
        for (got, expected, tolerance) in [
            (cut.mean(), mean, 1e-13),
            // A small variance far out is the difference of large squares.
            (cut.sd(), sd, 1e-8),
            (cut.median(), median, 2e-15),
            (cut.quantile(tenth), early, 2e-15),
            (cut.quantile(1.0 - tenth), late, 2e-15),
        ] {
            // Against the end nearest to 0, which sets the spacing of f64 there.
            let scale = if tolerance > 1e-9 { sd } else { expected.abs().max(1.0) };
            let off = (got - expected).abs() / scale;
            assert!(off < tolerance, "{low}..{high}: {got} instead of {expected}, off by {off:e}");
        }
    }
}

#[test]
fn tails_mirror_each_other() {
    let (right, left) = (normal(1.0, 2.0, 9.0, 30.0), normal(-1.0, 2.0, -30.0, -9.0));
    // Powers of two, so that 1 - u is exact.
    for u in [2_f64.powi(-40), 0.000_976_562_5, 0.25, 0.5, 0.875] {
        assert!((right.quantile(1.0 - u) + left.quantile(u)).abs() < 1e-9, "{u}");
    }
    assert_eq!(right.ln_density(10.0), left.ln_density(-10.0), "density");
    assert_eq!(right.sd(), left.sd(), "sd");
}

#[test]
fn choices_draw_in_proportion_whatever_their_order() {
    let one = choice(&[(0.0, 1.0), (1.0, 2.0), (4.0, 1.0)]);
    let other = choice(&[(4.0, 1.0), (0.0, 1.0), (1.0, 2.0)]);
    for step in 1..1_000 {
        let u = f64::from(step) / 1_000.0;
        let expected = if u <= 0.25 {
            0.0
        } else if u <= 0.75 {
            1.0
        } else {
            4.0
        };
        assert_eq!((one.quantile(u), other.quantile(u)), (expected, expected), "{u}");
    }
    assert_eq!((one.density(1.0), one.density(2.0)), (0.5, 0.0), "mass");
    assert_eq!((one.mean(), one.cdf(3.9), one.support()), (1.5, 0.75, (0.0, 4.0)), "moments");
    assert!((one.sd() - 2.25_f64.sqrt()).abs() < 1e-15, "sd");
    assert_eq!(one.values(), [0.0, 1.0, 4.0], "values");
}

#[test]
fn nonsense_is_refused_in_a_sentence() {
    let refused = [
        (Distribution::Constant(f64::NAN), "finite"),
        (Distribution::Uniform { low: 1.0, high: 1.0 }, "Constant(1.0)"),
        (Distribution::Uniform { low: -1e308, high: 1e308 }, "width"),
        (Distribution::LogUniform { low: 0.0, high: 1.0 }, "above 0"),
        (Distribution::LogUniform { low: 1e-300, high: 1e300 }, "narrow"),
        (normal(0.0, 0.0, 0.0, 1.0), "above 0"),
        (normal(0.0, 1.0, 60.0, 70.0), "nearly nothing"),
        (normal(0.0, 1.0, 2.0, 1.0), "below high"),
        (normal(0.0, 1e-320, 2.0, 3.0), "nearly nothing"),
        (choice(&[]), "at least one"),
        (choice(&[(1.0, 0.0)]), "above 0"),
        (choice(&[(1.0, 1.0), (1.0, 2.0)]), "twice"),
    ];
    for (distribution, part) in refused {
        let error = distribution.check().unwrap_err();
        assert!(error.contains(part), "{distribution:?}: {error}");
    }
}
