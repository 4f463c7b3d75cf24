//! What a fit found, in sentences.

use super::{LightFit, PoseFit};

/// What came of a pose of `n` pairs, a sentence each: how well it fits, how well it is known, what fits worst.
pub fn pose_words(fit: &PoseFit, n: usize) -> Vec<String> {
    let mut all =
        vec![format!("Pose from {n} pairs: {:.2} px between points and pixels (root mean square)", fit.rms_px)];
    let [right, down, ahead] = fit.place_sd_m().map(distance);
    let [x, y, z] = fit.turn_sd_deg().map(|sd| format!("{sd:.2}"));
    all.push(format!("Place known to ±{right} right, ±{down} down, ±{ahead} ahead (one standard deviation)"));
    all.push(format!("Turn known to ±{y}° right, ±{x}° down, ±{z}° roll"));
    let (worst, off_px) = fit.worst;
    if off_px > 3.0 * fit.rms_px.max(1e-9) || off_px > 3.0 {
        all.push(format!("Pair {} fits worst, by {off_px:.1} px: look at it", worst + 1));
    }
    all
}

/// A length in the unit that a person would take.
fn distance(metres: f64) -> String {
    match metres {
        m if m < 0.1 => format!("{:.1} mm", m * 1000.0),
        m if m < 10.0 => format!("{m:.2} m"),
        m => format!("{m:.0} m"),
    }
}

/// What came of an exposure, a sentence each.
pub fn light_words(fit: &LightFit) -> Vec<String> {
    let [red, _, blue] = fit.gains;
    let [red_sd, _, blue_sd] = fit.gains_sd;
    vec![
        format!(
            "Exposure {:+.2} EV ± {:.2} EV; red × {red:.3} ± {red_sd:.3}, blue × {blue:.3} ± {blue_sd:.3}",
            fit.ev, fit.ev_sd
        ),
        format!("From {} blocks that are neither black nor white; {:.0} % agree", fit.n_blocks, 100.0 * fit.agree),
    ]
}
