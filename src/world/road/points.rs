//! Joints of those who walk and ride, as labels name them: from head to ankles, twelve of them in pairs.

use glam::DVec3;

use super::walker::Limb;
use crate::world::skeleton::{Knot, On};

/// The points of somebody on foot of `height_m`, whose limbs are thigh, shank, shoe, upper arm, forearm and hand, first those of
/// the left; `torso` is a part that does not swing and stands at `torso_at`.
pub(super) fn pedestrian(height_m: f64, limbs: &[Limb], (torso, torso_at): (usize, DVec3)) -> Vec<Knot> {
    let s = height_m / 1.75;
    let still = |x: f64, z: f64| (On::Part(torso), DVec3::new(x, 0.0, z) * s - torso_at);
    let mut all = vec![
        Knot::new("head", still(0.02, 1.625), 0.10 * s, None),
        Knot::new("neck", still(0.0, 1.47), 0.05 * s, Some(0)),
    ];
    for (side, first) in [("left", 0), ("right", 6)] {
        let on = |limb: usize, up_m: f64| {
            let part = limbs.get(first + limb).map_or(torso, |limb| limb.part);
            (On::Part(part), DVec3::Z * (up_m * s))
        };
        // Arms hang from the neck, legs from the neck too: there is no point between.
        limb(&mut all, side, ["shoulder", "elbow", "wrist"], [on(3, 0.14), on(4, 0.12), on(4, -0.12)], 0.05 * s);
        limb(&mut all, side, ["hip", "knee", "ankle"], [on(0, 0.21), on(1, 0.20), on(1, -0.19)], 0.08 * s);
    }
    all
}

/// The points of somebody on a bicycle: those of the upper body, which rest in the frame of the part `rests` that stands as
/// `rests_from_body` says, and those of the legs, on thigh and shank (left and right) of the given lengths.
pub(super) fn cyclist(
    (rests, rests_from_body): (usize, &crate::base::Pose),
    legs: [[usize; 2]; 2],
    [thigh_m, shank_m]: [f64; 2],
) -> Vec<Knot> {
    let still = |x: f64, y: f64, z: f64| (On::Part(rests), rests_from_body.point(DVec3::new(x, y, z)));
    let mut all = vec![
        Knot::new("head", still(0.27, 0.0, 1.645), 0.12, None),
        Knot::new("neck", still(0.185, 0.0, 1.52), 0.05, Some(0)),
    ];
    for ((name, side), [thigh, shank]) in [("left", 1.0), ("right", -1.0)].into_iter().zip(legs) {
        let arm = [still(0.13, 0.22 * side, 1.43), still(0.26, 0.225 * side, 1.20), still(0.41, 0.23 * side, 1.07)];
        limb(&mut all, name, ["shoulder", "elbow", "wrist"], arm, 0.05);
        let on = |part: usize, up_m: f64| (On::Part(part), DVec3::Z * up_m);
        // A thigh stands along z from hip to knee, a shank from knee to ankle.
        let leg = [on(thigh, -0.5 * thigh_m), on(thigh, 0.5 * thigh_m), on(shank, 0.5 * shank_m)];
        limb(&mut all, name, ["hip", "knee", "ankle"], leg, 0.08);
    }
    all
}

/// Adds three points in a row, the first of them joined to the neck, which is point 1.
fn limb(all: &mut Vec<Knot>, side: &str, names: [&str; 3], places: [(On, DVec3); 3], inside_m: f64) {
    let mut before = 1;
    for (name, place) in names.into_iter().zip(places) {
        all.push(Knot::new(&format!("{side}_{name}"), place, inside_m, Some(before)));
        before = all.len() - 1;
    }
}
