//! What lidars and radars cost, in processor time of one core: making an episode's states ready for rays, a beam of the roof lidar
//! and a scan of the radar of the tunnel's family, and the whole of it beside the simulation. Prints one JSON line.
//! Argument: sweeps (20).

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement, not the product")]

use worldproof::base::{Silent, processor};
use worldproof::run::new;
use worldproof::run::ranging::{Told, Watch};
use worldproof::sample::Sampler;
use worldproof::world::Simulator;

/// Processor time of this thread in microseconds; zero where the system does not tell.
fn spent_us() -> f64 {
    1e6 * processor::thread_s().unwrap_or(0.0)
}

fn main() {
    let count: usize = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(20);
    let family = new::example("road_tunnel_glare").unwrap();
    let draw = Sampler::new(&family, 7).unwrap().draw(0).unwrap();
    let simulator = Simulator::new(&family).unwrap();
    let from = spent_us();
    let episode = simulator.episode(&draw, &Silent).unwrap();
    let simulated_us = spent_us() - from;
    let from = spent_us();
    let watch = Watch::new(&family, &episode);
    let ready_us = spent_us() - from;
    let (mut lidar, mut radar) = ([0.0; 2], [0.0; 2]);
    for (name, spent) in [("roof", &mut lidar), ("grille", &mut radar)] {
        let all = watch.all().into_iter().filter(|which| watch.name(*which) == name);
        for which in all.skip(10).take(count) {
            let from = spent_us();
            let told = watch.sweep(which).unwrap().told;
            spent[0] += spent_us() - from;
            spent[1] += 1.0;
            assert!(matches!(told, Told::Points(_) | Told::Detections(_)) && !told.is_empty());
        }
    }
    // 16 channels of 1800 columns a sweep.
    let (sweep_us, scan_us) = (lidar[0] / lidar[1], radar[0] / radar[1]);
    println!(
        "{{\"bodies\": {}, \"states\": {}, \"simulated_ms\": {:.1}, \"ready_ms\": {:.1}, \"beam_us\": {:.3}, \"scan_ms\": {:.2}}}",
        episode.snapshots[0].bodies.len(),
        episode.snapshots.len(),
        simulated_us / 1e3,
        ready_us / 1e3,
        sweep_us / 28_800.0,
        scan_us / 1e3
    );
}
