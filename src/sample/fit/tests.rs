//! Known answers from `SciPy`, laws, and what the p-values promise.

use super::*;
use crate::base::Silent;

/// What a robot might have measured.
const X: [f64; 24] = [
    0.31, 1.27, 2.05, 0.88, 1.64, 3.42, 0.57, 1.11, 2.73, 1.93, 0.74, 1.45, 4.61, 2.24, 1.02, 0.46, 1.78, 3.05, 1.36,
    2.51, 0.95, 1.58, 5.87, 2.12,
];

fn settings(candidates: &[Model]) -> Settings<'_> {
    Settings { candidates, full_turn: None, seed: 11, refits: 0 }
}

fn one(values: &[f64], model: Model, full_turn: Option<f64>, refits: u32) -> Fit {
    seeded(values, model, full_turn, refits, 11)
}

fn seeded(values: &[f64], model: Model, full_turn: Option<f64>, refits: u32, seed: u64) -> Fit {
    let settings = Settings { candidates: &[model], full_turn, seed, refits };
    let fits = fit(values, None, &settings, &Silent).unwrap();
    assert!(fits.left_out.is_empty(), "{:?}", fits.left_out);
    fits.fits.into_iter().next().unwrap()
}

fn numbers(distribution: &Distribution) -> Vec<f64> {
    let mut numbers = Vec::new();
    let seen = distribution.try_map(&mut |_, number: &f64| {
        numbers.push(*number);
        Ok::<f64, std::convert::Infallible>(*number)
    });
    assert!(seen.is_ok());
    numbers
}

fn drawn(distribution: &Distribution, full_turn: Option<f64>, n: usize, index: u64) -> Vec<f64> {
    let law = Law::new(distribution, full_turn).unwrap();
    let mut stream = StreamKey::new(3, "fit tests").stream(&format!("{distribution:?}"), index);
    (0..n).map(|_| law.quantile(stream.next_unit())).collect()
}

#[test]
fn maximum_likelihood_meets_scipy() {
    // SciPy 1.17.1: norm.fit, and {lognorm, gamma, expon}.fit with floc=0, beta.fit and vonmises.fit with the scale fixed;
    // weibull_min, truncnorm and triang, whose own fit stops early, by Nelder–Mead on -logpdf to 1e-13. Then logpdf's sum.
    use Model as M;
    let ends = (0.0876, 6.0924);
    let cases: [(Model, Option<f64>, &[f64], f64); 8] = [
        (M::Normal, None, &[1.902_083_333_333_333_6, 1.292_916_532_388_004_7], -40.220_137_859_036_24),
        (M::LogNormal, None, &[1.522_063_057_992_422_8, 0.692_050_702_451_281_6], -35.301_819_988_380_02),
        (M::Gamma, None, &[2.396_800_805_323_853_6, 0.793_592_579_370_118_2], -35.297_278_715_961_546),
        (M::Weibull, None, &[1.579_907_423_990_817_3, 2.131_982_134_388_898], -35.882_549_877_575_7),
        (M::Exponential, None, &[1.902_083_333_333_333_6], -39.430_794_640_632_77),
        (M::Beta, None, &[1.154_788_535_015_849_5, 2.347_311_020_226_638_5, ends.0, ends.1], -37.699_428_042_298_85),
        (
            M::TruncatedNormal,
            None,
            &[0.505_029_947_836_473_5, 2.115_830_439_419_837_7, ends.0, ends.1],
            -36.433_462_088_624_694,
        ),
        (
            M::VonMises,
            Some(core::f64::consts::TAU),
            &[1.490_404_267_925_432, 1.467_772_068_258_219],
            -34.906_481_608_216_8,
        ),
    ];
    for (model, full_turn, expected, ln_likelihood) in cases {
        let got = one(&X, model, full_turn, 0);
        let numbers = numbers(&got.distribution);
        assert_eq!(numbers.len(), expected.len(), "{:?}", got.distribution);
        for (got, expected) in numbers.iter().zip(expected) {
            assert!((got / expected - 1.0).abs() < 2e-7, "{model:?}: {got} for {expected}");
        }
        let ln = got.ln_likelihood.unwrap();
        assert!((ln / ln_likelihood - 1.0).abs() < 1e-10, "{model:?}: {ln} for {ln_likelihood}");
        // As many values as there are: the plain criteria.
        let k = got.learnt as f64;
        assert!((got.bic.unwrap() - (k * libm::log(24.0) - 2.0 * ln)).abs() < 1e-12, "{model:?}");
        assert!((got.aic.unwrap() - (2.0 * k - 2.0 * ln)).abs() < 1e-12, "{model:?}");
    }
}

#[test]
fn a_triangle_meets_a_search_with_every_mode() {
    // Nelder–Mead over both ends for each value as the mode (SciPy 1.17.1).
    let logs = X.map(libm::log);
    let got = one(&logs, Model::Triangular, None, 0);
    let expected = [-1.419_338_037_079_797_4, 0.657_520_002_916_794_1, 1.980_820_827_703_901];
    for (got, expected) in numbers(&got.distribution).iter().zip(expected) {
        assert!((got / expected - 1.0).abs() < 1e-7, "{got} for {expected}");
    }
    assert!((got.ln_likelihood.unwrap() + 24.551_621_097_016_73).abs() < 1e-9, "{:?}", got.ln_likelihood);
    // Likeliest with the mode on the lowest value: that is the lower end, too.
    assert_eq!(numbers(&one(&X, Model::Triangular, None, 0).distribution)[..2], [0.31, 0.31], "a right triangle");
}

#[test]
fn the_statistics_meet_scipy() {
    // SciPy 1.17.1: kstest(x, "norm", norm.fit(x)); A² from its definition with norm.cdf.
    let got = one(&X, Model::Normal, None, 0);
    assert!((got.ks - 0.146_907_449_778_307_05).abs() < 1e-14, "{}", got.ks);
    assert!((got.ks_p_if_fixed.unwrap() - 0.625_894_071_069_006).abs() < 1e-12, "{:?}", got.ks_p_if_fixed);
    assert!((got.anderson_darling.unwrap() - 0.849_257_218_341_801_2).abs() < 1e-12, "{:?}", got.anderson_darling);
    assert_eq!((got.qq.len(), got.qq[23].observed), (24, 5.87), "one point a value");
    // The second way of the same distance, for distributions without atoms.
    for model in [Model::Gamma, Model::Uniform, Model::Empirical] {
        let got = one(&X, model, None, 0);
        let law = Law::new(&got.distribution, None).unwrap();
        let test = stats::ks_one_sample(&X, |x| law.cdf(x)).unwrap();
        assert!((got.ks - test.statistic).abs() < 1e-14, "{model:?}");
    }
}

#[test]
fn every_model_finds_its_own_numbers_again() {
    use Distribution as D;
    let circle = Some(360.0);
    let cases = [
        (Model::Uniform, D::Uniform { low: -2.0, high: 3.0 }, None),
        (Model::LogUniform, D::LogUniform { low: 0.1, high: 30.0 }, None),
        (Model::Normal, D::Normal { mean: -4.0, sd: 0.3 }, None),
        (Model::TruncatedNormal, D::TruncatedNormal { mean: 0.8, sd: 0.5, low: 0.0, high: 1.6 }, None),
        (Model::LogNormal, D::LogNormal { median: 0.02, sigma: 0.7 }, None),
        (Model::Triangular, D::Triangular { low: 1.0, mode: 2.0, high: 5.0 }, None),
        (Model::Beta, D::Beta { alpha: 1.2, beta: 1.1, low: Some(0.0), high: Some(1.0) }, None),
        (Model::Gamma, D::Gamma { shape: 3.0, scale: 0.2 }, None),
        (Model::Weibull, D::Weibull { shape: 1.7, scale: 12.0 }, None),
        (Model::Exponential, D::Exponential { mean: 40.0 }, None),
        (Model::VonMises, D::VonMises { mean: 170.0, kappa: 2.5 }, circle),
        (Model::Bernoulli, D::Bernoulli { p: 0.2 }, None),
        (Model::Integer, D::Integer { low: -3.0, high: 4.0 }, None),
        (Model::Poisson, D::Poisson { mean: 3.3 }, None),
    ];
    for (model, truth, full_turn) in cases {
        let estimates: Vec<Vec<f64>> = (0..30)
            .map(|index| numbers(&one(&drawn(&truth, full_turn, 500, index), model, full_turn, 0).distribution))
            .collect();
        for (at, true_number) in numbers(&truth).iter().enumerate() {
            let found: Vec<f64> = estimates.iter().map(|numbers| numbers[at]).collect();
            let (mean, sd) = (stats::mean(&found), stats::sd(&found));
            let off = (mean - true_number).abs();
            // Ends are learnt from outermost values, which lie on one side of them, and the beta's exponents hang on its
            // ends: one error of a single fit. All others are without bias but for O(1/n).
            let leans = matches!(model, Model::Uniform | Model::LogUniform | Model::Beta)
                || (model == Model::TruncatedNormal && at >= 2);
            let most = if leans { 1.5 * sd } else { 3.5 * sd / libm::sqrt(30.0) };
            assert!(off <= most, "{model:?}, number {at}: {mean} for {true_number}, sd {sd}");
        }
    }
}

#[test]
fn no_neighbour_of_a_likeliest_distribution_is_likelier() {
    let truth = Distribution::Triangular { low: 0.0, mode: 0.7, high: 1.0 };
    let values = drawn(&truth, None, 200, 0);
    for model in [Model::Triangular, Model::Gamma, Model::Weibull, Model::Beta, Model::TruncatedNormal] {
        let best = one(&values, model, None, 0);
        let learnt = if matches!(model, Model::Beta | Model::TruncatedNormal) { 2 } else { 3 };
        for (number, factor) in (0..learnt).flat_map(|number| [0.9, 0.999, 1.001, 1.1].map(|factor| (number, factor))) {
            let mut at = 0;
            let moved = best.distribution.try_map(&mut |_, value: &f64| {
                at += 1;
                Ok::<f64, String>(if at == number + 1 { value * factor } else { *value })
            });
            let Ok(law) = Law::new(&moved.unwrap(), None) else { continue };
            let ln: f64 = values.iter().map(|value| law.ln_density(*value)).sum();
            assert!(ln <= best.ln_likelihood.unwrap() + 1e-9, "{model:?}: number {number} times {factor}");
        }
    }
}

/// Shares of p-values at most 0.1 and 0.5, and their Kolmogorov–Smirnov p against the uniform.
fn p_values(truth: &Distribution, model: Model, full_turn: Option<f64>, n: usize, trials: u64) -> (f64, f64, f64) {
    let ps: Vec<f64> = (0..trials)
        .into_par_iter()
        // Another seed each: the same refits for all would put the same error on every p.
        .map(|trial| seeded(&drawn(truth, full_turn, n, trial), model, full_turn, 99, trial).bootstrap.unwrap().p)
        .collect();
    let share = |limit: f64| ps.iter().filter(|p| **p <= limit).count() as f64 / trials as f64;
    // A p of k/100 stands for the hundredth below it.
    let middles: Vec<f64> = ps.iter().map(|p| p - 0.005).collect();
    (share(0.1), share(0.5), stats::ks_one_sample(&middles, |p| p).unwrap().p)
}

#[test]
fn the_honest_p_is_uniform_under_the_truth_and_the_table_is_not() {
    let truth = Distribution::Normal { mean: 5.0, sd: 2.0 };
    let (tenth, half, uniform) = p_values(&truth, Model::Normal, None, 40, 80);
    assert!(uniform > 0.001 && tenth <= 0.225 && (0.3..=0.7).contains(&half), "{tenth}, {half}, {uniform}");
    let tables =
        (0..80).map(|trial| one(&drawn(&truth, None, 40, trial), Model::Normal, None, 0).ks_p_if_fixed.unwrap());
    // A table's p would be at most 0.5 in half of the trials.
    assert!(tables.filter(|p| *p <= 0.5).count() <= 18, "the table's p is far too large");
    // And where the model is wrong, p is small.
    let wrong = drawn(&Distribution::Exponential { mean: 1.0 }, None, 100, 0);
    assert!(one(&wrong, Model::Normal, None, 99).bootstrap.unwrap().p <= 0.02, "an exponential is no normal");
}

#[test]
#[ignore = "half a minute"]
fn honest_p_values_are_uniform_for_every_model() {
    use Distribution as D;
    for (model, truth, full_turn, n) in [
        (Model::Uniform, D::Uniform { low: 0.0, high: 1.0 }, None, 60),
        (Model::Normal, D::Normal { mean: 0.0, sd: 1.0 }, None, 3_000),
        (Model::LogNormal, D::LogNormal { median: 1.0, sigma: 0.5 }, None, 50),
        (Model::Triangular, D::Triangular { low: 0.0, mode: 0.3, high: 1.0 }, None, 60),
        (Model::TruncatedNormal, D::TruncatedNormal { mean: 0.5, sd: 0.18, low: 0.0, high: 1.0 }, None, 80),
        (Model::Beta, D::Beta { alpha: 1.2, beta: 1.4, low: None, high: None }, None, 60),
        (Model::Gamma, D::Gamma { shape: 2.0, scale: 1.0 }, None, 700),
        (Model::Weibull, D::Weibull { shape: 1.5, scale: 1.0 }, None, 50),
        (Model::Exponential, D::Exponential { mean: 1.0 }, None, 50),
        (Model::VonMises, D::VonMises { mean: 0.3, kappa: 1.5 }, Some(core::f64::consts::TAU), 60),
        (Model::Poisson, D::Poisson { mean: 8.0 }, None, 60),
    ] {
        let (tenth, half, uniform) = p_values(&truth, model, full_turn, n, 200);
        println!("{model:?}: {tenth} at most 0.1, {half} at most 0.5, KS p {uniform}");
        // Four standard errors of 200 trials.
        assert!(tenth <= 0.185 && uniform > 0.001, "{model:?}: {tenth}, {half}, {uniform}");
    }
}

/// Episodes with a level of their own: normal as a whole, but frames of one hang together.
fn episodes(count: u64, frames: usize, trial: u64) -> (Vec<f64>, Vec<u64>) {
    let mut stream = StreamKey::new(trial, "fit tests").stream("episodes", 0);
    let mut normal = || crate::base::special::normal_quantile(stream.next_unit());
    let rows = (0..count).flat_map(|episode| {
        let level = normal();
        (0..frames).map(|_| (level + 0.3 * normal(), episode)).collect::<Vec<_>>()
    });
    rows.unzip()
}

#[test]
fn frames_of_one_episode_are_not_taken_for_independent_values() {
    let (mut by_episode, mut as_independent) = (0, 0);
    for trial in 0..40 {
        let (values, groups) = episodes(24, 15, trial);
        let settings = Settings { refits: 99, seed: trial, ..settings(&[Model::Normal]) };
        let fits = fit(&values, Some(&groups), &settings, &Silent).unwrap();
        assert_eq!((fits.resampling, fits.groups), (Resampling::Groups, Some(24)));
        // Twenty-four levels, and a little for the noise within.
        assert!((20.0..=45.0).contains(&fits.effective), "{}", fits.effective);
        by_episode += u32::from(fits.fits[0].bootstrap.unwrap().p <= 0.1);
        let alone = fit(&values, None, &settings, &Silent).unwrap();
        as_independent += u32::from(alone.fits[0].bootstrap.unwrap().p <= 0.1);
    }
    assert!(by_episode <= 9, "{by_episode} of 40 true normals refused at 0.1");
    assert!(as_independent >= 30, "what happens without episodes: {as_independent} of 40 refused");
}

#[test]
fn episodes_still_refuse_what_does_not_fit() {
    let (values, groups) = episodes(60, 10, 1);
    let bent: Vec<f64> = values.iter().map(|x| libm::exp(1.5 * x)).collect();
    let settings = Settings { refits: 199, ..settings(&[Model::Normal, Model::LogNormal, Model::Uniform]) };
    let fits = fit(&bent, Some(&groups), &settings, &Silent).unwrap();
    let p = |model: Model| fits.fits.iter().find(|fit| fit.model == model).unwrap().bootstrap.unwrap().p;
    assert!(p(Model::Normal) <= 0.05 && p(Model::Uniform) <= 0.02 && p(Model::LogNormal) > 0.05, "{:?}", fits.fits);
    assert_eq!(fits.fits[0].model, Model::LogNormal, "smallest BIC first");
}

#[test]
fn a_change_of_unit_changes_the_numbers_and_nothing_else() {
    let inches = X.map(|x| x / 0.0254);
    let settings = Settings { refits: 49, ..settings(&[]) };
    let [metres, inches] = [X, inches].map(|x| fit(&x, None, &settings, &Silent).unwrap());
    let shown = |fits: &Fits| -> Vec<(Model, Option<Bootstrap>)> {
        fits.fits.iter().map(|fit| (fit.model, fit.bootstrap)).collect()
    };
    assert_eq!(shown(&metres), shown(&inches), "order and p");
    for (a, b) in metres.fits.iter().zip(&inches.fits) {
        assert!((a.ks - b.ks).abs() < 1e-9, "{:?}", a.model);
        let shift = a.bic.unwrap() - b.bic.unwrap();
        assert!((shift + 2.0 * 24.0 * libm::log(1.0 / 0.0254)).abs() < 1e-6, "{:?}: the density is per unit", a.model);
    }
}

#[test]
fn a_direction_may_lie_across_the_cut() {
    let truth = Distribution::VonMises { mean: 0.0, kappa: 4.0 };
    let signed = drawn(&truth, Some(360.0), 150, 0);
    let around: Vec<f64> = signed.iter().map(|x| if *x < 0.0 { x + 360.0 } else { *x }).collect();
    let [a, b] = [&signed, &around].map(|values| one(values, Model::VonMises, Some(360.0), 49));
    assert!((a.ks - b.ks).abs() < 1e-9 && a.ks < 0.1, "{} and {}", a.ks, b.ks);
    assert!((a.ln_likelihood.unwrap() - b.ln_likelihood.unwrap()).abs() < 1e-6, "the same directions");
    assert!(a.bootstrap.unwrap().p > 0.05, "{:?}", a.bootstrap);
    let refused = fit(&X, None, &settings(&[Model::VonMises]), &Silent).unwrap();
    assert!(refused.fits.is_empty() && refused.left_out[0].1.contains("no angle"), "{:?}", refused.left_out);
}

fn names(values: &[f64]) -> Vec<Model> {
    let fits = fit(values, None, &settings(&[]), &Silent).unwrap();
    fits.fits.iter().map(|fit| fit.model).chain(fits.left_out.iter().map(|(model, _)| *model)).collect()
}

#[test]
fn data_are_tried_on_what_suits_them() {
    let mut counts = drawn(&Distribution::Poisson { mean: 3.0 }, None, 400, 0);
    let tried = names(&counts);
    assert_eq!(tried[0], Model::Poisson, "{tried:?}");
    assert!(tried.contains(&Model::Choice) && tried.contains(&Model::Integer) && tried.len() == 3, "{tried:?}");
    for count in &mut counts {
        *count -= 1.0;
    }
    assert!(!names(&counts).contains(&Model::Poisson), "no count below 0");
    let bits = drawn(&Distribution::Bernoulli { p: 0.25 }, None, 100, 0);
    assert!(names(&bits).contains(&Model::Bernoulli), "bits");
    let millimetres = X.map(|x| libm::round(1_000.0 * x));
    assert!(names(&millimetres).contains(&Model::Gamma), "whole numbers that hardly repeat are as good as continuous");
    let steps: Vec<f64> = counts.iter().map(|count| 0.1 * count).collect();
    assert_eq!(names(&steps), [Model::Choice], "a few values again and again");
    assert!(!names(&X).contains(&Model::Choice) && names(&X).contains(&Model::Empirical), "continuous");
    let signed = X.map(|x| x - 1.0);
    let fits = fit(&signed, None, &settings(&[]), &Silent).unwrap();
    let gamma = fits.left_out.iter().find(|(model, _)| *model == Model::Gamma).unwrap();
    assert!(gamma.1.contains("above 0") && gamma.1.contains("-0.69"), "{}", gamma.1);
}

#[test]
fn values_that_hold_much_of_the_data_are_kept_as_they_are() {
    let mut values = drawn(&Distribution::Normal { mean: 2.0, sd: 1.0 }, None, 80, 0);
    values.extend([0.5; 20]);
    let fits = fit(&values, None, &settings(&[]), &Silent).unwrap();
    assert!(fits.warnings.iter().any(|text| text.contains("0.5 holds 20 %")), "{:?}", fits.warnings);
    let mixture = fits.fits.iter().find(|fit| fit.model == Model::Mixture).unwrap();
    let law = Law::new(&mixture.distribution, None).unwrap();
    assert!((law.mass(0.5) - 0.2).abs() < 1e-12 && mixture.ks < 0.05, "{:?}", mixture.distribution);
    assert_eq!((mixture.ln_likelihood, mixture.bic, fits.fits.last().unwrap().model), (None, None, Model::Mixture));
    // Quantiles rise strictly, so that the atom does not fall on two of them.
    let empirical = fits.fits.iter().find(|fit| fit.model == Model::Empirical);
    assert!(empirical.is_none_or(|fit| fit.distribution.check().is_ok()), "{empirical:?}");
}

#[test]
fn bars_and_quantiles_are_those_of_the_data() {
    let flat = drawn(&Distribution::Uniform { low: 0.0, high: 1.0 }, None, 400, 0);
    let bars = |values: &[f64]| match one(values, Model::Histogram, None, 0).distribution {
        Distribution::Histogram { edges, weights } => (edges, weights),
        other => panic!("{other:?}"),
    };
    assert_eq!(bars(&flat).1, [400.0], "uniform data need one bar");
    let humps: Vec<f64> = flat.iter().map(|x| if *x < 0.5 { *x } else { x + 4.0 }).collect();
    let (edges, weights) = bars(&humps);
    assert!(weights.len() >= 5 && weights.iter().sum::<f64>() == 400.0, "{weights:?}");
    assert_eq!((edges[0], *edges.last().unwrap()), (stats::sorted(&humps)[0], stats::sorted(&humps)[399]), "ends");
    let Distribution::Empirical { quantiles, .. } = one(&flat, Model::Empirical, None, 0).distribution else {
        panic!()
    };
    assert_eq!((quantiles.len(), quantiles[25]), (51, stats::quantile(&stats::sorted(&flat), 0.5)), "type 7");
}

#[test]
fn what_cannot_be_fitted_is_refused_in_a_sentence() {
    let refused = |values: &[f64]| fit(values, None, &settings(&[]), &Silent).unwrap_err().to_string();
    assert!(refused(&X[..19]).starts_with("19 values are finite numbers, and a fit needs at least 20"));
    assert!(refused(&[3.5; 40]).contains("write Constant(3.5)"));
    let wide: Vec<f64> = (0..30).map(|at| if at % 2 == 0 { 1.7e308 } else { -1.7e308 }).collect();
    assert!(refused(&wide).contains("beyond f64"));
    let groups = fit(&X, Some(&[1, 2]), &settings(&[]), &Silent).unwrap_err();
    assert_eq!(groups, FitError::Groups { values: 24, groups: 2 });
    let mut holes = X.to_vec();
    holes.extend([f64::NAN, f64::INFINITY]);
    let fits = fit(&holes, None, &settings(&[Model::Normal]), &Silent).unwrap();
    assert_eq!((fits.n, fits.not_finite), (24, 2), "counted and left out");
    assert!(fits.warnings[0].starts_with("2 values are no finite numbers"), "{:?}", fits.warnings);
    assert_eq!(fits.fits[0].ks, one(&X, Model::Normal, None, 0).ks, "as though they were not there");
}

#[test]
fn the_same_values_give_the_same_fits_on_any_thread_count() {
    let (values, groups) = episodes(12, 8, 9);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let settings = Settings { refits: 29, ..settings(&[]) };
        pool.install(|| format!("{:?}", fit(&values, Some(&groups), &settings, &Silent).unwrap()))
    };
    assert_eq!(with(1), with(3));
}
