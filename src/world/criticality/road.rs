//! Criticality between road users.
//!
//! Definitions follow Westhofen et al., "Criticality Metrics for Automated Driving" (2022, doi
//! 10.1007/s11831-022-09788-7), and responsibility-sensitive safety follows Shalev-Shwartz et al. (2017,
//! arXiv:1708.06374). Gaps run from front bumper to rear bumper in metres; decelerations are negative accelerations.

/// Time to collision in car following in seconds: the gap over the closing speed; infinity where the gap does not close.
pub fn time_to_collision_s(gap_m: f64, rear_m_s: f64, front_m_s: f64) -> f64 {
    let closing = rear_m_s - front_m_s;
    if gap_m <= 0.0 {
        0.0
    } else if closing > 0.0 {
        gap_m / closing
    } else {
        f64::INFINITY
    }
}

/// Post-encroachment time in seconds: from when the first road user left the conflict area to when the second entered
/// it. Negative where both were in it at once.
pub fn post_encroachment_s(first_leaves_s: f64, second_enters_s: f64) -> f64 {
    second_enters_s - first_leaves_s
}

/// The acceleration in m/s² that the rear vehicle needs at once so as not to touch the front one, which keeps its
/// acceleration: at most 0, minus infinity where the gap is gone and still closing.
///
/// The published page prints a plus before the second term, which contradicts its own "at most 0"; the minus is meant.
pub fn required_acceleration_m_s2(gap_m: f64, rear_m_s: f64, front_m_s: f64, front_m_s2: f64) -> f64 {
    let closing = rear_m_s - front_m_s;
    if closing <= 0.0 {
        return front_m_s2.min(0.0);
    }
    if gap_m <= 0.0 {
        return f64::NEG_INFINITY;
    }
    (front_m_s2 - closing * closing / (2.0 * gap_m)).min(0.0)
}

/// Brake threat number: what is required over what is possible (`strongest_m_s2` is negative). 1 and above cannot be
/// braked out of.
pub fn brake_threat(required_m_s2: f64, strongest_m_s2: f64) -> f64 {
    required_m_s2 / strongest_m_s2
}

/// Distance in metres in which a vehicle stops by friction alone: v² / (2 μ g).
pub fn braking_distance_m(speed_m_s: f64, friction: f64) -> f64 {
    speed_m_s * speed_m_s / (2.0 * friction * super::balance::GRAVITY_M_S2)
}

/// What responsibility-sensitive safety assumes of both vehicles. All accelerations are magnitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Responsible {
    /// Response time of the rear vehicle in seconds.
    pub response_s: f64,
    /// How strongly the rear vehicle may accelerate while it responds, in m/s².
    pub accelerates_m_s2: f64,
    /// How strongly the rear vehicle brakes at least, in m/s².
    pub brakes_at_least_m_s2: f64,
    /// How strongly the front vehicle brakes at most, in m/s².
    pub brakes_at_most_m_s2: f64,
}

impl Responsible {
    /// The values that ad-rss-lib ships for the ego vehicle.
    pub const EGO: Self =
        Self { response_s: 1.0, accelerates_m_s2: 3.5, brakes_at_least_m_s2: 4.0, brakes_at_most_m_s2: 8.0 };

    /// The smallest safe gap in metres between vehicles in one lane; never negative.
    pub fn safe_gap_m(&self, rear_m_s: f64, front_m_s: f64) -> f64 {
        let fastest = rear_m_s + self.response_s * self.accelerates_m_s2;
        let while_responding =
            rear_m_s * self.response_s + 0.5 * self.accelerates_m_s2 * self.response_s * self.response_s;
        let rear_stops = fastest * fastest / (2.0 * self.brakes_at_least_m_s2);
        let front_stops = front_m_s * front_m_s / (2.0 * self.brakes_at_most_m_s2);
        (while_responding + rear_stops - front_stops).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KM_H: f64 = 1.0 / 3.6;

    #[test]
    fn safe_gaps_are_the_published_ones() {
        let rule = |response_s, accelerates_m_s2| Responsible { response_s, accelerates_m_s2, ..Responsible::EGO };
        let fifty = 50.0 * KM_H;
        assert!((rule(2.0, 0.0).safe_gap_m(fifty, fifty) - 39.834_105).abs() < 1e-6);
        assert!((rule(2.0, 4.0).safe_gap_m(fifty, fifty) - 83.611_883).abs() < 1e-6);
        assert!((rule(1.0, 3.5).safe_gap_m(fifty, fifty) - 41.379_244).abs() < 1e-6);
        assert!((rule(1.0, 3.5).safe_gap_m(30.0, 30.0) - 115.781_25).abs() < 1e-6);
        assert_eq!(rule(1.0, 3.5).safe_gap_m(0.0, 60.0), 0.0);
    }

    #[test]
    fn what_is_required_just_suffices() {
        // Rear 20 m/s, front 12 m/s braking with 2 m/s², 30 m between: integrated, the gap closes to nothing and no further.
        let required = required_acceleration_m_s2(30.0, 20.0, 12.0, -2.0);
        assert!((required + 2.0 + 64.0 / 60.0).abs() < 1e-12);
        let gap_at = |t: f64| 30.0 + (12.0 - 20.0) * t + 0.5 * (-2.0 - required) * t * t;
        let smallest = (0..100_000).map(|step| gap_at(f64::from(step) * 1e-4)).fold(f64::INFINITY, f64::min);
        assert!(smallest.abs() < 1e-6, "{smallest}");
        assert_eq!(required_acceleration_m_s2(5.0, 10.0, 12.0, 1.0), 0.0);
        assert_eq!(required_acceleration_m_s2(0.0, 10.0, 5.0, 0.0), f64::NEG_INFINITY);
        assert!(brake_threat(required, -6.0) < 1.0 && brake_threat(-9.0, -6.0) == 1.5);
    }

    #[test]
    fn times_to_collision() {
        assert_eq!(time_to_collision_s(30.0, 20.0, 12.0), 3.75);
        assert_eq!(time_to_collision_s(30.0, 12.0, 20.0), f64::INFINITY);
        assert_eq!(time_to_collision_s(-0.1, 12.0, 20.0), 0.0);
        assert_eq!(post_encroachment_s(3.0, 4.25), 1.25);
    }
}
