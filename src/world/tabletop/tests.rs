//! The tabletop as families see it: what mechanics says of a grasp, and who keeps away from whom.

use std::collections::BTreeMap;

use crate::base::Silent;
use crate::family::{Bound, Clock, Family};
use crate::sample::Draw;
use crate::world::{Episode, simulate};

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(duration_s: f64, slots: &[(&str, f64)]) -> Family {
    let mut family = Family::new("grasp", "Grasp", "tabletop");
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    family.clock = Clock { duration_s, frame_rate_hz: 60.0 };
    family.rare_event = "dropped > 0.5".to_owned();
    family
}

fn run(duration_s: f64, slots: &[(&str, f64)]) -> Episode {
    simulate(&family(duration_s, slots), &draw(), &Silent).unwrap()
}

#[test]
fn explore() {
    for (mass, friction, force) in [(0.25, 0.45, 10.0), (0.25, 0.45, 3.0), (1.0, 0.45, 12.0), (1.0, 0.45, 20.0), (0.1,0.3,4.0)] {
        let e = run(4.0, &[("canister_mass_kg", mass), ("canister_friction", friction), ("grip_force_n", force), ("grip_close", 1.0),
            ("lift_height_m", 0.1), ("distractor_count", 0.0), ("canister_fill", 1.0), ("canister_height_m", 0.2), ("reach_height_m", 0.1)]);
        println!("m {mass} mu {friction} N {force}: {:?}", e.summary);
        for n in ["grip_force_n", "grasp_slip_m", "canister_lift_m", "canister_tilt_deg"] {
            let v: Vec<String> = e.signals[n].iter().step_by(10).map(|x| format!("{x:.3}")).collect();
            println!("{n} {}", v.join(" "));
        }
    }
}
