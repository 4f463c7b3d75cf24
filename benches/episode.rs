//! What an episode costs, in processor time of one core: with its family prepared anew and prepared once, with and without
//! the states that a picture needs; what preparing costs by itself; and how many times faster than real time every family
//! that ships runs. Prints one JSON line a family. Argument: draws (64).

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement, not the product")]

use std::collections::BTreeMap;
use std::sync::Arc;

use worldproof::base::{Silent, processor};
use worldproof::family::{Derived, Distribution, Family, Parameter, Requirement};
use worldproof::run::new;
use worldproof::run::preview::Previewer;
use worldproof::sample::Sampler;
use worldproof::world::Simulator;

/// Rounds of every measurement; the quickest counts, as the one that others disturbed least.
const ROUNDS: usize = 5;

/// Processor time of this thread in microseconds; zero where the system does not tell.
fn spent_us() -> f64 {
    1e6 * processor::thread_s().unwrap_or(0.0)
}

/// Microseconds that each of `n` calls takes.
fn each_us(n: u64, mut call: impl FnMut(u64)) -> f64 {
    let round = |_| {
        let from = spent_us();
        (0..n).for_each(&mut call);
        (spent_us() - from) / n as f64
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

/// The example with `more` parameters, half as many derived quantities and a tenth as many requirements.
fn wider(more: usize) -> Family {
    let mut family = new::example(new::EXAMPLES[0].0).unwrap();
    let flat = Distribution::Uniform { low: 0.0, high: 1.0 };
    family.parameters.extend((0..more).map(|at| Parameter::new(&format!("more_{at}"), "m", &flat)));
    family.derived.extend((0..more / 2).map(|at| Derived {
        name: format!("sum_{at}"),
        unit: "m".to_owned(),
        is: format!("more_{at} + 0.5 * more_{}", at + 1),
        about: String::new(),
    }));
    family.requirements.extend((0..more / 10).map(|at| Requirement {
        name: format!("kept_{at}"),
        that: format!("sum_{at} < 10"),
        probability: None,
        because: String::new(),
    }));
    family
}

/// Real seconds that a second of processor time simulates, of episodes that leave no picture.
fn times_real_time(id: &str, draws: u64) -> f64 {
    let kept = Previewer::new(Arc::new(new::example(id).unwrap()), 7);
    let (sampler, simulator) = (kept.sampler().unwrap(), kept.simulator().unwrap());
    let each = each_us(draws, |index| drop(simulator.measured(&sampler.draw(index).unwrap(), &Silent).unwrap()));
    new::example(id).unwrap().clock.duration_s * 1e6 / each
}

fn main() {
    let draws = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(64_u64).max(1);
    let board = new::example("board_hairline_open").unwrap();
    for (name, family) in [("example", wider(0)), ("200 parameters more", wider(200)), ("inspection", board)] {
        let (family, none) = (Arc::new(family), BTreeMap::new());
        let look = |by: &Previewer, index| drop(by.preview(index, &none, &Silent).unwrap());
        let anew_us = each_us(draws, |index| look(&Previewer::new(Arc::clone(&family), 7), index));
        let kept = Previewer::new(Arc::clone(&family), 7);
        let kept_us = each_us(draws, |index| look(&kept, index));
        let (sampler, simulator) = (kept.sampler().unwrap(), kept.simulator().unwrap());
        let measured_us = each_us(draws, |index| {
            drop(simulator.measured(&sampler.draw(index).unwrap(), &Silent).unwrap());
        });
        // Far more often: processor time is told in steps of some milliseconds.
        let sampler_us = each_us(40 * draws, |_| drop(Sampler::new(&family, 7).unwrap()));
        let simulator_us = each_us(40 * draws, |_| drop(Simulator::new(&family).unwrap()));
        println!(
            "{{\"family\":\"{name}\",\"draws\":{draws},\"prepared_anew_us\":{anew_us:.0},\"prepared_once_us\":{kept_us:.0},\
             \"without_states_us\":{measured_us:.0},\"sampler_us\":{sampler_us:.1},\"simulator_us\":{simulator_us:.1}}}"
        );
    }
    for (id, _) in new::EXAMPLES {
        println!("{{\"family\":\"{id}\",\"times_real_time\":{:.0}}}", times_real_time(id, draws));
    }
}
