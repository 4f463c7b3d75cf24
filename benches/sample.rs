//! How fast families are drawn from, on one core: `cargo bench --bench sample`. The limits are those that the program
//! promises; Scenic's figures stand beside them in `docs/performance.md`.

#![expect(clippy::unwrap_used, reason = "a bench may fail loudly")]
#![expect(missing_docs, reason = "criterion's macros")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use worldproof::base::Silent;
use worldproof::family::{Derived, Distribution, Family, Parameter, Requirement, Weighted, written};
use worldproof::sample::{Method, Sampler};

/// Draws of one measurement.
const DRAWS: u64 = 8_192;

/// Twenty parameters of ten kinds.
fn twenty() -> Family {
    let value = |value: f64| Weighted { value, weight: 1.0 + value, label: String::new() };
    let kinds = [
        Distribution::Uniform { low: -1.0, high: 2.0 },
        Distribution::Normal { mean: 1.0, sd: 0.5 },
        Distribution::TruncatedNormal { mean: 0.4, sd: 0.2, low: 0.0, high: 1.0 },
        Distribution::LogUniform { low: 0.1, high: 10.0 },
        Distribution::LogNormal { median: 2.0, sigma: 0.4 },
        Distribution::Triangular { low: 0.0, mode: 0.3, high: 1.0 },
        Distribution::Exponential { mean: 2.0 },
        Distribution::Weibull { shape: 1.7, scale: 3.0 },
        Distribution::Choice((0..5).map(|at| value(f64::from(at))).collect()),
        Distribution::Integer { low: 1.0, high: 6.0 },
    ];
    let mut family = Family::new("bench", "Bench", "tabletop");
    family.parameters = (0..20).map(|at| Parameter::new(&format!("p{at}"), "", &kinds[at % kinds.len()])).collect();
    family
}

/// With two derived quantities and three requirements that refuse about a twentieth.
fn conditioned() -> Family {
    let mut family = twenty();
    let derived = |name: &str, is: &str| Derived {
        name: name.to_owned(),
        unit: String::new(),
        is: is.to_owned(),
        about: String::new(),
    };
    family.derived = vec![derived("reach", "hypot(p0, p1 + p10)"), derived("energy", "0.5 * p3 * pow(p4, 2)")];
    let requirement = |name: &str, that: &str| Requirement {
        name: name.to_owned(),
        that: that.to_owned(),
        probability: None,
        because: String::new(),
    };
    family.requirements = vec![
        requirement("near", "reach < 6"),
        requirement("slow", "energy < 300 || p2 < 0.9"),
        requirement("sane", "p5 + p6 / 10 < 1.5"),
    ];
    family
}

/// Twenty parameters, one of which is drawn beyond three sigma: a tail of probability 1.35e-3.
fn tail() -> Family {
    let mut family = twenty();
    let nominal = Distribution::Normal { mean: 0.0, sd: 1.0 };
    let beyond = Distribution::Normal { mean: 3.4, sd: 0.45 };
    // A tenth stays with the nominal, so that no weight exceeds ten and its support is covered.
    let part = |weight: f64, of: &Distribution| worldproof::family::distribution::Part { weight, of: of.clone() };
    let proposal = Distribution::Mixture(vec![part(0.1, &nominal), part(0.9, &beyond)]);
    family.parameters[0] = Parameter { proposal: Some(written(&proposal)), ..Parameter::new("p0", "", &nominal) };
    family
}

fn drawing(criterion: &mut Criterion) {
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut group = criterion.benchmark_group("draws on one core");
    group.throughput(Throughput::Elements(DRAWS));
    let cases = [
        ("20 parameters", twenty(), 0, Method::Independent),
        ("20 parameters from draw 10^9", twenty(), 1_000_000_000, Method::Independent),
        ("20 parameters, Sobol", twenty(), 0, Method::Sobol),
        ("20 parameters, 2 derived, 3 requirements", conditioned(), 0, Method::Independent),
        ("20 parameters, weighted, in a tail of 1.35e-3", tail(), 0, Method::Independent),
    ];
    for (name, family, from, method) in &cases {
        let sampler = Sampler::with(family, 1, method, &Silent).unwrap();
        group.bench_function(*name, |bencher| {
            one_core.install(|| {
                bencher.iter(|| {
                    let mut sum = 0.0;
                    let taken = sampler.rows(*from..from + DRAWS, &Silent, &mut |rows| {
                        sum += rows.ln_weights.iter().sum::<f64>();
                        Ok(())
                    });
                    black_box((taken.unwrap(), sum))
                });
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(4)).warm_up_time(Duration::from_secs(1));
    targets = drawing
}
criterion_main!(benches);
