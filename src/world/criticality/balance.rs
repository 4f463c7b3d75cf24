//! Criticality of a legged body on its feet.
//!
//! The linear inverted pendulum: Hof et al., "The condition for dynamic stability" (2005, J. Biomech. 38:1–8), which
//! calls the capture point the extrapolated centre of mass; Koolen et al., "Capturability-based analysis" (2012, doi
//! 10.1177/0278364912452673).

use glam::{DVec2, DVec3};

use super::plane;

/// Standard gravity as the worlds have it, in m/s².
pub const GRAVITY_M_S2: f64 = 9.81;

/// Rate of an inverted pendulum of this length in 1/s: √(g / l).
pub fn pendulum_rate_hz(length_m: f64) -> f64 {
    libm::sqrt(GRAVITY_M_S2 / length_m)
}

/// Where a point foot would have to stand so that the pendulum comes to rest above it, in metres on the ground.
pub fn capture_point_m(centre_m: DVec2, velocity_m_s: DVec2, rate_hz: f64) -> DVec2 {
    centre_m + velocity_m_s / rate_hz
}

/// Margin of stability in metres: how far inside the base of support, the hull of the points `support`, the capture point
/// lies; negative outside, minus infinity where there is no point. Hof, Gazendam & Sinke, J. Biomech. 38 (2005) 1–8.
pub fn margin_of_stability_m(support: &[DVec2], capture_m: DVec2) -> f64 {
    plane::inside_m(&plane::hull(support), capture_m)
}

/// When a pendulum that stands on 0, now at `at_m` with `speed_m_s`, passes the border of its foot at `border_m`
/// (positive), in seconds; infinity where its capture point lies within the border, so that the foot can still stop it.
pub fn time_to_leave_s(at_m: f64, speed_m_s: f64, border_m: f64, rate_hz: f64) -> f64 {
    if at_m >= border_m {
        return 0.0;
    }
    // x(t) = a e^{ωt} + b e^{−ωt}.
    let (a, b) = (0.5 * (at_m + speed_m_s / rate_hz), 0.5 * (at_m - speed_m_s / rate_hz));
    // Twice a is the capture point.
    if 2.0 * a <= border_m {
        return f64::INFINITY;
    }
    libm::log((border_m + libm::sqrt(border_m * border_m - 4.0 * a * b)) / (2.0 * a)) / rate_hz
}

/// Share of the friction cone in use: the length of the tangential force over what friction can bear, the coefficient times
/// the normal force. 1 slips; infinity where there is a tangential force and nothing to bear it.
pub fn friction_use(tangential_n: f64, bears_n: f64) -> f64 {
    if tangential_n == 0.0 { 0.0 } else { tangential_n / bears_n.max(0.0) }
}

/// Zero-moment point in metres from the point that the moment is taken about, on level ground: where the ground's
/// force acts. None where nothing presses on the ground.
pub fn zero_moment_point_m(force_n: DVec3, moment_nm: DVec3) -> Option<DVec2> {
    (force_n.z > 0.0).then(|| DVec2::new(-moment_nm.y, moment_nm.x) / force_n.z)
}

/// The horizontal impulse in newton seconds at height `push_m` that just topples a rigid body over an edge:
/// √(2 m g Δh I) / l, with Δh the rise of its centre of mass to above the edge and I its inertia about the edge in kg m².
pub fn toppling_impulse_n_s(mass_kg: f64, rise_m: f64, inertia_kg_m2: f64, push_m: f64) -> f64 {
    libm::sqrt(2.0 * mass_kg * GRAVITY_M_S2 * rise_m * inertia_kg_m2) / push_m
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pendulum_leaves_when_the_published_numbers_say() {
        let rate = pendulum_rate_hz(0.9);
        assert!((rate - 3.301_514_8).abs() < 1e-6);
        for (speed, expected) in [(0.4, 0.227_884_26), (0.5, 0.187_744_86), (0.8, 0.121_699_03)] {
            let found = time_to_leave_s(0.0, speed, 0.1, rate);
            assert!((found - expected).abs() < 1e-6, "{speed}: {found}");
        }
        assert_eq!(time_to_leave_s(0.0, 0.3, 0.1, rate), f64::INFINITY);
        assert!((capture_point_m(DVec2::ZERO, DVec2::new(0.3, 0.0), rate).x - 0.090_87).abs() < 1e-5);
    }

    #[test]
    fn leaving_agrees_with_integration() {
        let (rate, border) = (3.1, 0.12);
        for (at, speed) in [(-0.05, 0.6), (0.05, 0.3), (0.09, 0.11), (0.02, -0.3), (0.11, 0.05)] {
            let (mut x, mut v, mut t, step) = (at, speed, 0.0, 1e-5);
            while x < border && t < 5.0 && x > -1.0 {
                // Leapfrog.
                v += 0.5 * step * rate * rate * x;
                x += step * v;
                v += 0.5 * step * rate * rate * x;
                t += step;
            }
            let integrated = if x >= border { t } else { f64::INFINITY };
            let found = time_to_leave_s(at, speed, border, rate);
            assert!(found == integrated || (found - integrated).abs() < 1e-4, "{at} {speed}: {found} {integrated}");
        }
    }

    #[test]
    fn a_margin_asks_for_no_order_of_corners() {
        let corners = [(-0.05, 0.1), (0.15, 0.02), (0.15, 0.1), (-0.05, -0.1), (-0.05, 0.02), (0.15, -0.1)];
        let soles = corners.map(|(x, y)| DVec2::new(x, y));
        assert!((margin_of_stability_m(&soles, DVec2::new(0.03, 0.0)) - 0.08).abs() < 1e-12);
        assert!((margin_of_stability_m(&soles, DVec2::new(0.18, 0.0)) + 0.03).abs() < 1e-12);
        assert_eq!(margin_of_stability_m(&[], DVec2::ZERO), f64::NEG_INFINITY);
    }

    #[test]
    fn friction_and_moments() {
        let used = friction_use(libm::hypot(30.0, 40.0), 0.8 * 100.0);
        assert!((used - 0.625).abs() < 1e-12);
        assert_eq!(friction_use(1.0, 0.0), f64::INFINITY);
        assert_eq!(friction_use(0.0, 0.0), 0.0);
        // 100 N at (0.1, −0.05): the moment about the origin is r × f.
        let (at, force) = (DVec3::new(0.1, -0.05, 0.0), DVec3::new(0.0, 0.0, 100.0));
        let found = zero_moment_point_m(force, at.cross(force));
        assert!(found.is_some_and(|found| found.distance(DVec2::new(0.1, -0.05)) < 1e-12));
        assert_eq!(zero_moment_point_m(-force, DVec3::ZERO), None);
    }
}
