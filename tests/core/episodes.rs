//! Episodes of the families that ship: the bits that they have on every machine, and whether hours of them stay sane.

use std::collections::BTreeMap;

use worldproof::base::{Digest, Silent};
use worldproof::family::{Action, Bound, Columns, Event, Family};
use worldproof::run::new;
use worldproof::sample::{Draw, Sampler};
use worldproof::world::{Episode, Simulator};

/// What the first draws of every family come to: where everything was, when things touched, and what is known at the end.
const EXPECTED: &str = include_str!("episodes.txt");
const DRAWS: u64 = 3;

fn bytes(episode: &Episode) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |value: f64| bytes.extend(value.to_bits().to_le_bytes());
    for pose in episode.tracks.iter().flat_map(|track| &track.poses) {
        pose.position.to_array().into_iter().chain(pose.rotation.to_array()).for_each(&mut put);
    }
    episode.contacts.iter().for_each(|touch| put(touch.begin_s));
    episode.summary.values().copied().for_each(put);
    bytes
}

/// Set `WORLDPROOF_WRITE_EPISODES=1` where a change is meant to change what happens, and say so in the changelog.
#[test]
fn episodes_have_the_bits_that_are_written_down() {
    let found: BTreeMap<&str, String> = new::EXAMPLES
        .iter()
        .map(|(id, _)| {
            let family = new::example(id).expect("ships with the program");
            let (sampler, simulator) =
                (Sampler::new(&family, 7).expect("draws"), Simulator::new(&family).expect("runs"));
            let run = |at| simulator.tracked(&sampler.draw(at).expect("a draw"), &Silent).expect("an episode");
            let all: Vec<u8> = (0..DRAWS).flat_map(|at| bytes(&run(at))).collect();
            (*id, Digest::of(&all).short())
        })
        .collect();
    let written: String = found.iter().fold(String::new(), |text, (id, digest)| text + &format!("{id} {digest}\n"));
    if std::env::var_os("WORLDPROOF_WRITE_EPISODES").is_some_and(|value| value == "1") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/core/episodes.txt");
        std::fs::write(path, &written).expect("writable");
        return;
    }
    assert_eq!(written, EXPECTED, "what happens in these families has changed");
}

/// Megabytes that this process holds; zero where /proc is missing.
fn held_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// What the events of `family` give the thing called `thing` at `draw` together, in m/s: impulses over its mass.
fn pushed_m_s(family: &Family, draw: &Draw, thing: &str) -> f64 {
    let columns = Columns::of(family);
    let row: Vec<f64> = columns.names().map(|name| draw.values.get(name).copied().unwrap_or(f64::NAN)).collect();
    let number = |bound: &Bound, unit: &str| {
        bound.bind(&columns.scope(), unit).expect("a sound family").number(&row).expect("a number")
    };
    // What a push strikes: the humanoid's torso first, by itself, before the rest of it comes along.
    let kg = match thing {
        "humanoid" => 9.5,
        "canister" => number(&family.scene["canister_mass_kg"], "kg"),
        other => panic!("say what `{other}` weighs"),
    };
    let of = |event: &Event| match &event.action {
        Action::Push { entity, impulse_ns, .. } if entity == thing => {
            impulse_ns.iter().map(|part| number(part, "Ns").powi(2)).sum::<f64>().sqrt() / kg
        }
        _ => 0.0,
    };
    family.events.iter().map(of).sum()
}

/// No number is without a value, and nothing is faster than anything here can be, what events give it included.
fn sane(family: &Family, draw: &Draw, episode: &Episode) -> Result<(), String> {
    // On the road twice the fastest that families let anything be driven; elsewhere several times what a fall, a stumble or a
    // hand makes of anything.
    let fastest_m_s = if family.stage == "road" { 120.0 } else { 30.0 };
    let rate_hz = family.clock.frame_rate_hz;
    let acts = |event: &Event, name: &str| match &event.action {
        Action::Push { entity, .. } => (entity == name, false),
        Action::Move { entity, .. } => (false, entity == name),
        Action::Spawn { .. } => (false, event.name == name),
        Action::Set { .. } | Action::ScaleLight { .. } | Action::ScaleLamp { .. } => (false, false),
    };
    if let Some((name, _)) = episode.signals.iter().find(|(_, values)| values.iter().any(|value| !value.is_finite())) {
        return Err(format!("`{name}` is not finite"));
    }
    for track in &episode.tracks {
        let whose = format!("{} {}", track.thing, track.link);
        if track.poses.iter().any(|pose| !pose.position.is_finite() || !pose.rotation.is_finite()) {
            return Err(format!("{whose} is nowhere"));
        }
        let is = |what: fn((bool, bool)) -> bool| family.events.iter().any(|event| what(acts(event, &track.thing)));
        // What an event moves or lets appear jumps; only that.
        if is(|(_, jumps)| jumps) {
            continue;
        }
        let most_m_s =
            fastest_m_s + if is(|(pushed, _)| pushed) { pushed_m_s(family, draw, &track.thing) } else { 0.0 };
        for pair in track.poses.windows(2) {
            let speed_m_s = pair[0].position.distance(pair[1].position) * rate_hz;
            if speed_m_s > most_m_s {
                return Err(format!("{whose} goes at {speed_m_s:.0} m/s, {most_m_s:.0} at most"));
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_faster_than_its_pushes_make_it_is_told() {
    for (id, thing) in [("balance_push", "humanoid"), ("tabletop_grasp_slip", "canister")] {
        let family = new::example(id).expect("ships with the program");
        let draw = Sampler::new(&family, 7).expect("draws").draw(0).expect("a draw");
        let mut episode = Simulator::new(&family).expect("runs").tracked(&draw, &Silent).expect("an episode");
        assert_eq!(sane(&family, &draw, &episode), Ok(()), "{id}");
        let most_m_s = 30.0 + pushed_m_s(&family, &draw, thing);
        assert!(
            (30.0..80.0).contains(&most_m_s) && most_m_s > 30.0,
            "{id}: it is pushed, and not to the moon: {most_m_s}"
        );
        let track = episode.tracks.iter_mut().find(|track| *track.thing == *thing).expect("it is followed");
        track.poses[9].position.z += 1.1 * most_m_s / family.clock.frame_rate_hz;
        let told = sane(&family, &draw, &episode).expect_err("too fast");
        assert!(told.starts_with(thing) && told.contains("at most"), "{id}: {told}");
    }
}

/// Draws of all families that ship, by chance, for `WORLDPROOF_SOAK_S` seconds (600).
#[test]
#[ignore = "runs for ten minutes; name it to run it"]
fn a_soak_of_every_family_ends_without_nonsense_and_without_a_leak() {
    let told = std::env::var("WORLDPROOF_SOAK_S").ok().and_then(|text| text.parse().ok());
    let seconds = std::time::Duration::from_secs(told.unwrap_or(600));
    let kept: Vec<_> = new::EXAMPLES
        .iter()
        .map(|(id, _)| {
            let family = new::example(id).expect("ships with the program");
            let (sampler, simulator) =
                (Sampler::new(&family, 97).expect("draws"), Simulator::new(&family).expect("runs"));
            (*id, family, sampler, simulator)
        })
        .collect();
    let began = std::time::Instant::now();
    let (mut at, mut settled_mib) = (0, 0.0);
    while began.elapsed() < seconds {
        for (id, family, sampler, simulator) in &kept {
            let draw = sampler.draw(at).expect("a draw");
            let episode = simulator.tracked(&draw, &Silent).unwrap_or_else(|error| panic!("{id}, draw {at}: {error}"));
            sane(family, &draw, &episode).unwrap_or_else(|error| panic!("{id}, draw {at}: {error}"));
        }
        at += 1;
        if at == 20 {
            settled_mib = held_mib();
        }
    }
    let now_mib = held_mib();
    println!(
        "{at} draws of each of {} families, {settled_mib:.0} MiB after 20, {now_mib:.0} MiB at the end",
        kept.len()
    );
    assert!(
        at > 20 && now_mib < 1.1 * settled_mib + 16.0,
        "{settled_mib:.0} MiB after 20 draws, {now_mib:.0} MiB after {at}"
    );
}
