//! What is drawn of inertial units and satellite receivers over a picture: their newest readings beside the truth.

use glam::DVec3;

use super::{Device, Fixed, Sensors};
use crate::base::Pose;
use crate::world::engine::Engine;
use crate::world::mark::{Drawn, Layer, Mark};

/// Less than this of a reading has no direction to draw, in m/s² or rad/s.
const FAINT: f64 = 1e-6;

impl Sensors {
    /// The newest readings at this recorded state. A receiver's way is that of all states that were asked for before, so that who
    /// asks at every state has all of it; episodes that nobody looks at keep none.
    pub(in crate::world) fn marks(&mut self, engine: &Engine) -> Vec<Mark> {
        self.fixed.iter_mut().flat_map(|sensor| sensor.marks(engine)).collect()
    }
}

impl Fixed {
    fn marks(&mut self, engine: &Engine) -> Vec<Mark> {
        let pose = engine.pose(self.body).then(&self.at);
        let name = self.name.replace('_', " ");
        match (&self.device, self.now.as_slice()) {
            (Device::Imu(_), [ax, ay, az, wx, wy, wz]) => {
                let force = arrow(&pose, DVec3::new(*ax, *ay, *az), (&name, "specific force", "m/s²"));
                let turning = arrow(&pose, DVec3::new(*wx, *wy, *wz), (&name, "turning rate", "rad/s"));
                [force, turning].into()
            }
            (Device::Gnss(gnss), [x, y, z, .., satellites, fix, age_s]) => {
                let told = DVec3::new(*x, *y, *z);
                if self.way.last().is_none_or(|[known, _]| *known != told) {
                    self.way.push([told, pose.position]);
                }
                let last = Last { satellites: *satellites, is_fix: *fix > 0.5, age_s: *age_s };
                fixes(&name, (told, pose.position), (last, gnss.stated_level_m()), &self.way)
            }
            _ => Vec::new(),
        }
    }
}

/// A reading as an arrow at its unit, its components in the unit's own axes beside its name.
fn arrow(pose: &Pose, reading: DVec3, (name, what, unit): (&str, &str, &'static str)) -> Mark {
    let [x, y, z] = reading.to_array().map(|part| format!("{:.2}", part + 0.0).replace('-', "−"));
    let along = if reading.length() > FAINT { pose.rotation * reading.normalize() } else { DVec3::ZERO };
    Mark {
        layer: Layer::Inertial,
        name: format!("{name}, {what} ({x}, {y}, {z})"),
        value: Some((reading.length(), unit)),
        drawn: Drawn::Arrow { from: pose.position, along },
    }
}

/// What a receiver tells beside its place.
struct Last {
    satellites: f64,
    is_fix: bool,
    age_s: f64,
}

/// Where the receiver says that it is and where it is, on the plane z = 0: the way of either, how far they are apart, and the
/// standard deviation that the family states as a circle round what is told. What moves has left the place of its last fix, so
/// that its age stands beside the distance.
fn fixes(name: &str, (told, truth): (DVec3, DVec3), (last, stated_m): (Last, f64), way: &[[DVec3; 2]]) -> Vec<Mark> {
    let level = |at: DVec3| DVec3::new(at.x, at.y, 0.0);
    let of = |what: &str, value: Option<(f64, &'static str)>, drawn: Drawn| Mark {
        layer: Layer::Satellites,
        name: format!("{name}, {what}"),
        value,
        drawn,
    };
    let places = |which: usize| way.iter().filter_map(|both| both.get(which)).map(|at| level(*at)).collect();
    let Last { satellites, is_fix, age_s } = last;
    let fix = if is_fix { format!("fix {age_s:.2} s old") } else { format!("no fix for {age_s:.2} s") };
    let apart_m = level(told).distance(level(truth));
    vec![
        of("true way", None, Drawn::Way(places(1))),
        of("told way", None, Drawn::Dots(places(0))),
        of("stated standard deviation", Some((stated_m, "m")), Drawn::Circle { at: level(told), radius_m: stated_m }),
        of(
            &format!("from where it is now, {fix}, {satellites:.0} satellites"),
            Some((apart_m, "m")),
            Drawn::Line([level(truth), level(told)]),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sampler;
    use crate::world::Simulator;

    #[test]
    fn marks_are_the_recorded_signals_at_their_mounts() {
        let path = format!("{}/scenarios/road_tunnel_glare.ron", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let with_imu = r#"sensors: [ (name: "cab_imu", on: "ego", reads: Imu(), at_m: (0.3, 0, 1.1)),"#;
        // A road under the open sky: in a tunnel the receiver tells one place for all of it.
        let open = text.replace("\"tunnel_length_m\": 160", "\"tunnel_length_m\": 0");
        let family = crate::family::parse(&open.replace("sensors: [", with_imu), "road_tunnel_glare").unwrap();
        let draw = Sampler::new(&family, 3).unwrap().draw(0).unwrap();
        let simulator = Simulator::new(&family).unwrap();
        let mut drive = simulator.drive(&draw, &[]).unwrap();
        drive.go_to(1.5).unwrap();
        let marks = drive.seen(1.5).unwrap().2;
        let signals = simulator.so_far(&drive).unwrap().signals;
        let last = |name: &str| *signals[name].last().unwrap();
        let find = |layer: Layer, has: &str| {
            let found = marks.iter().find(|mark| mark.layer == layer && mark.name.contains(has));
            found.unwrap_or_else(|| panic!("no {has} in {marks:?}")).clone()
        };
        let force = find(Layer::Inertial, "cab imu, specific force");
        let read = DVec3::new(last("cab_imu_ax_m_s2"), last("cab_imu_ay_m_s2"), last("cab_imu_az_m_s2"));
        let Drawn::Arrow { from, along } = force.drawn else { panic!("an arrow") };
        assert!((force.value.unwrap().0 - read.length()).abs() < 1e-12 && along.z > 0.9, "gravity is felt upwards");
        // 0.3 m ahead of the ego's middle and 1.1 m up, on a car that leans little.
        assert!((from.x - last("ego_x_m") - 0.3).abs() < 0.05 && (from.z - 1.1).abs() < 0.05, "{from}");
        let circle = find(Layer::Satellites, "standard deviation");
        let Drawn::Circle { at, radius_m } = circle.drawn else { panic!("a circle") };
        // What the family's reference says of a receiver that gives nothing: 2 cm of white noise, 1 m of slow error.
        assert!((radius_m - libm::hypot(0.02, 1.0)).abs() < 1e-12, "{radius_m}");
        assert_eq!([at.x, at.y, at.z], [last("gnss_x_m"), last("gnss_y_m"), 0.0]);
        let off = find(Layer::Satellites, "from where it is now");
        let Drawn::Line([truth, told]) = off.drawn else { panic!("a line") };
        assert!((truth.x - last("ego_x_m") + 0.5).abs() < 0.05 && told == at, "the antenna is behind the middle");
        assert!((off.value.unwrap().0 - truth.distance(told)).abs() < 1e-12);
        let (Drawn::Way(truths), Drawn::Dots(fixes)) =
            (find(Layer::Satellites, "true way").drawn, find(Layer::Satellites, "told way").drawn)
        else {
            panic!("two ways")
        };
        assert!(fixes.len() > 3 && fixes.len() == truths.len(), "{} fixes, {} truths", fixes.len(), truths.len());
        // Who drives in one go has the same marks.
        let mut again = simulator.drive(&draw, &[]).unwrap();
        again.go_to(0.7).unwrap();
        again.go_to(1.5).unwrap();
        assert_eq!(again.seen(1.5).unwrap().2, marks);
    }
}
