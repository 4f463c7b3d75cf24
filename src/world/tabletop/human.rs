//! A person's hand that reaches over the table, and the robot's answer to it.
//!
//! The hand follows a minimum-jerk way to a point, stays, and withdraws. It is no wall: a muscle of limited force holds it to its
//! way, and what pushes harder moves it. It keeps its direction; bending fingers and a person who answers are deliberately left out.
//!
//! The robot keeps the protective distance S = K T + C of ISO 13855 (K speed of approach, T time until it stands, C a margin):
//! nearer than 1.5 S it slows, nearer than S it stops, a reaction time after it could be seen. Separation is that of capsules that
//! enclose the arm and the hand, so it errs on the safe side.
//!
//! The force of a touch is that of two masses on a spring, v √(μ k) with 1/μ = 1/m₁ + 1/m₂ (ISO/TS 15066:2016, Annex A),
//! not the solver's: a touch of rigid bodies has the force that the length of a step gives it.

use std::collections::VecDeque;

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::arm::{FORE_M, HAND, LINKS, UPPER_M};
use crate::base::Pose;
use crate::world::WorldError;
use crate::world::body::{Part, boxed, pattern, plain, rapier_pose};
use crate::world::engine::{Builder, Engine};
use crate::world::fields::Binder;
use crate::world::physics::STEP_S;
use crate::world::skeleton::{Knot, On};
use crate::world::snapshot::{Class, Material, Shape, Surface};

/// How far away the hand starts and ends.
const FROM_M: f64 = 0.8;
/// Mass that moves when something pushes hand and forearm.
const MOVED_KG: f64 = 2.0;
/// Rate of the muscle that holds the hand to its way, and its largest force.
const MUSCLE_PER_S: f64 = 25.0;
const MUSCLE_N: f64 = 60.0;
/// How steeply the forearm comes down to the table.
const SLOPE_RAD: f64 = 0.30;
/// Moving mass of the robot's arm; half of it counts (ISO/TS 15066:2016, A.3).
const ARM_KG: f64 = 4.0;
/// How long the robot takes back to its full pace.
const RESUME_S: f64 = 0.5;
/// What is said where nobody is there.
pub(super) const NOBODY_M: f64 = 10.0;
/// Hands that were apart for so long touch anew.
const ANEW_S: f64 = 0.1;

/// What the scene says of the person and of the robot's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) start_s: f64,
    pub(super) speed_m_s: f64,
    /// 0 from straight ahead of the robot, 90 from its left.
    pub(super) from_deg: f64,
    pub(super) to: DVec3,
    pub(super) stay_s: f64,
    pub(super) mass_kg: f64,
    pub(super) stiffness_n_m: f64,
    pub(super) skin_tone: f64,
    pub(super) guard: Guard,
}

/// How the robot keeps away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guard {
    /// C of ISO 13855 in metres; 0 is a robot that does not keep away.
    margin_m: f64,
    /// K of ISO 13855.
    approach_m_s: f64,
    reaction_s: f64,
    stop_s: f64,
}

impl Guard {
    /// The protective distance in metres.
    fn distance_m(&self) -> f64 {
        self.approach_m_s * (self.reaction_s + self.stop_s) + self.margin_m
    }

    /// The share of its pace that it goes at while it sees a person at `seen_m`.
    fn pace(&self, seen_m: f64) -> f64 {
        let stop_m = self.distance_m();
        if self.margin_m <= 0.0 { 1.0 } else { ((seen_m - stop_m) / (0.5 * stop_m)).clamp(0.0, 1.0) }
    }
}

impl Settings {
    /// As the scene of `binder`'s draw has it; `None` where nobody reaches in.
    pub(super) fn of(binder: &Binder<'_>) -> Result<Option<Self>, WorldError> {
        let get = |name: &str| binder.slot(name);
        let guard = Guard {
            margin_m: get("separation_stop_m")?,
            approach_m_s: get("approach_speed_m_s")?,
            reaction_s: get("reaction_delay_s")?,
            stop_s: get("stop_time_s")?,
        };
        let settings = Self {
            start_s: get("human_start_s")?,
            speed_m_s: get("human_speed_m_s")?,
            from_deg: get("human_from_deg")?,
            to: DVec3::new(get("human_x_m")?, get("human_y_m")?, get("human_z_m")?),
            stay_s: get("human_stay_s")?,
            mass_kg: get("human_mass_kg")?,
            stiffness_n_m: get("human_stiffness_n_m")?,
            skin_tone: get("skin_tone")?,
            guard,
        };
        Ok((get("human_hand")? > 0.5).then_some(settings))
    }

    /// The horizontal unit vector to where it comes from.
    fn outwards(&self) -> DVec3 {
        let (left, ahead) = libm::sincos(self.from_deg.to_radians());
        DVec3::new(ahead, left, 0.0)
    }

    /// Where the middle of the hand wants to be at `time_s`.
    fn way(&self, time_s: f64) -> DVec3 {
        let over_s = FROM_M / self.speed_m_s;
        let share = |since_s: f64| {
            let u = (since_s / over_s).clamp(0.0, 1.0);
            u * u * u * (10.0 + u * (6.0 * u - 15.0))
        };
        let since_s = time_s - self.start_s;
        let near = share(since_s) - share(since_s - over_s - self.stay_s);
        let rise = libm::tan(SLOPE_RAD);
        self.to + (self.outwards() + DVec3::Z * rise) * (FROM_M * (1.0 - near))
    }

    /// How the hand is turned: its fingers along x, its back along z.
    fn rotation(&self) -> DQuat {
        let (sine, cosine) = libm::sincos(SLOPE_RAD);
        let x = -self.outwards() * cosine - DVec3::Z * sine;
        let y = DVec3::Z.cross(x).normalize_or(DVec3::Y);
        DQuat::from_mat3(&DMat3::from_cols(x, y, x.cross(y))).normalize()
    }
}

/// The person's hand in a world.
#[derive(Debug)]
pub(super) struct Human {
    settings: Settings,
    thing: usize,
    body: rp::RigidBodyHandle,
    /// What the robot has seen of the separation and does not know yet; the oldest first.
    seen_m: VecDeque<f64>,
    /// The share of its pace that the robot goes at.
    pub(super) pace: f64,
    pub(super) separation_m: f64,
    pub(super) tally: Tally,
    /// Velocity of the robot's hand over the person's before the step.
    closing_m_s: f64,
    robot_at: Option<DVec3>,
    apart_s: f64,
}

/// What is followed of it at every physics step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) separation_min_m: f64,
    pub(super) force_max_n: f64,
    pub(super) speed_m_s: f64,
}

impl Tally {
    /// Where nobody is there.
    pub(super) const NOBODY: Self = Self { separation_min_m: NOBODY_M, force_max_n: 0.0, speed_m_s: 0.0 };
}

impl Human {
    /// Adds the hand to a world where the robot's arm is at `links`.
    pub(super) fn insert(builder: &mut Builder, settings: Settings, links: &[Pose; LINKS]) -> Self {
        let thing = builder.thing("human_hand");
        let pose = Pose { position: settings.way(0.0), rotation: settings.rotation() };
        let body = rp::RigidBodyBuilder::dynamic()
            .pose(rapier_pose(&pose))
            .lock_rotations()
            .gravity_scale(0.0)
            .can_sleep(false);
        let handle = builder.body((thing, 0), Class::Human, Some(body), (0.6, MOVED_KG), parts(settings.skin_tone));
        builder.points(thing, points(handle.unwrap_or_else(rp::RigidBodyHandle::invalid)));
        Self {
            settings,
            thing,
            body: handle.unwrap_or_else(rp::RigidBodyHandle::invalid),
            seen_m: VecDeque::new(),
            pace: 1.0,
            separation_m: separation(links, &pose).min(NOBODY_M),
            tally: Tally::NOBODY,
            closing_m_s: 0.0,
            robot_at: None,
            apart_s: ANEW_S,
        }
    }

    /// Pulls the hand along its way.
    pub(super) fn act(&self, engine: &mut Engine) {
        let time_s = engine.time_s();
        let (to, before) = (self.settings.way(time_s), self.settings.way(time_s - STEP_S));
        if let Some(body) = engine.physics.bodies.get_mut(self.body) {
            let (off, slow) = (before - body.translation(), (to - before) / STEP_S - body.linvel());
            let pull = (off * (MUSCLE_PER_S * MUSCLE_PER_S) + slow * (2.0 * MUSCLE_PER_S)) * MOVED_KG;
            body.reset_forces(true);
            body.add_force(pull.clamp_length_max(MUSCLE_N), true);
        }
    }

    /// Takes in a step: separation, the robot's pace from what it saw a reaction time ago, and touches with the thing `arm`.
    pub(super) fn follow(&mut self, engine: &Engine, links: &[Pose; LINKS], arm: usize, carried_kg: f64) {
        let own = engine.pose(self.body);
        self.separation_m = separation(links, &own).min(NOBODY_M);
        self.tally.separation_min_m = self.tally.separation_min_m.min(self.separation_m);
        self.touch(engine, arm, carried_kg);
        let robot_at = links.get(HAND).map_or(DVec3::ZERO, |pose| pose.position);
        let robot_m_s = (robot_at - self.robot_at.unwrap_or(robot_at)) / STEP_S;
        let own_m_s = engine.physics.bodies.get(self.body).map_or(DVec3::ZERO, rp::RigidBody::linvel);
        self.closing_m_s = robot_m_s.distance(own_m_s);
        self.robot_at = Some(robot_at);
        let guard = &self.settings.guard;
        self.seen_m.push_back(self.separation_m);
        if self.seen_m.len() as f64 * STEP_S > guard.reaction_s
            && let Some(seen_m) = self.seen_m.pop_front()
        {
            let step = guard.pace(seen_m) - self.pace;
            self.pace += step.clamp(-STEP_S / guard.stop_s, STEP_S / RESUME_S);
        }
    }

    fn touch(&mut self, engine: &Engine, arm: usize, carried_kg: f64) {
        if engine.touches.force_now_n(self.thing, arm) <= 0.0 {
            self.apart_s += STEP_S;
            return;
        }
        if self.apart_s >= ANEW_S {
            let robot_kg = 0.5 * ARM_KG + carried_kg;
            let force_n =
                self.closing_m_s * transient_n_s_m(self.settings.mass_kg, robot_kg, self.settings.stiffness_n_m);
            if force_n > self.tally.force_max_n {
                (self.tally.force_max_n, self.tally.speed_m_s) = (force_n, self.closing_m_s);
            }
        }
        self.apart_s = 0.0;
    }
}

/// Force for each m/s of relative speed, √(μ k) in N s/m: two masses in kg, a spring in N/m (ISO/TS 15066:2016, Annex A).
fn transient_n_s_m(person_kg: f64, robot_kg: f64, stiffness_n_m: f64) -> f64 {
    let together_kg = person_kg * robot_kg / (person_kg + robot_kg);
    libm::sqrt(together_kg * stiffness_n_m)
}

/// A capsule: the ends of its axis and its radius.
type Capsule = (DVec3, DVec3, f64);

/// The distance in metres between capsules that enclose the robot's arm and the person's, 0 where they meet.
fn separation(links: &[Pose; LINKS], own: &Pose) -> f64 {
    let at = |pose: &Pose, from: DVec3, to: DVec3, radius| (pose.point(from), pose.point(to), radius);
    let [upper, fore, hand, ..] = links;
    let down = |z: f64| DVec3::new(0.0, 0.0, -z);
    let fingers = DVec3::new(0.03, 0.0, 0.0);
    let robot: [Capsule; 3] = [
        at(upper, down(0.0), down(UPPER_M), 0.042),
        at(fore, down(0.0), down(FORE_M), 0.047),
        at(hand, fingers + down(0.03), fingers + down(0.12), 0.06),
    ];
    let along = |x: f64| DVec3::new(x, 0.0, 0.0);
    let person: [Capsule; 2] = [at(own, along(0.09), along(-0.06), 0.045), at(own, along(-0.06), along(-0.62), 0.058)];
    let mut least = f64::INFINITY;
    for one in &robot {
        for two in &person {
            least = least.min(between_segments((one.0, one.1), (two.0, two.1)) - one.2 - two.2);
        }
    }
    least.max(0.0)
}

/// The distance between two segments (Ericson, Real-Time Collision Detection, 2005, 5.1.9).
fn between_segments((p1, q1): (DVec3, DVec3), (p2, q2): (DVec3, DVec3)) -> f64 {
    let (d1, d2, r) = (q1 - p1, q2 - p2, p1 - p2);
    let (a, e, f) = (d1.length_squared().max(1e-18), d2.length_squared().max(1e-18), d2.dot(r));
    let (c, b) = (d1.dot(r), d1.dot(d2));
    let denominator = a * e - b * b;
    let s = if denominator > 1e-15 { ((b * f - c * e) / denominator).clamp(0.0, 1.0) } else { 0.0 };
    let (s, t) = match (b * s + f) / e {
        t if t < 0.0 => ((-c / a).clamp(0.0, 1.0), 0.0),
        t if t > 1.0 => (((b - c) / a).clamp(0.0, 1.0), 1.0),
        t => (s, t),
    };
    (p1 + d1 * s).distance(p2 + d2 * t)
}

/// Hand and forearm in their frame: the palm's middle at the origin, fingers along x, the back of the hand up.
fn parts(tone: f64) -> Vec<Part> {
    let mix = |light: f64, dark: f64| (light + (dark - light) * tone) as f32;
    let colour = [mix(0.72, 0.105), mix(0.44, 0.052), mix(0.32, 0.030)];
    let blood = [colour[0], 0.72 * colour[1], 0.66 * colour[2]];
    let skin = Material { roughness: 0.55, ..pattern(Surface::Skin, [colour, blood], 0.0015, 21) };
    let nail = plain(colour.map(|channel| (channel * 1.25 + 0.05).min(1.0)), 0.3);
    let cloth = pattern(Surface::Fabric, [[0.055, 0.085, 0.16], [0.035, 0.055, 0.11]], 0.004, 5);
    let mut all = vec![
        Part::new(boxed(0.044, 0.039, 0.013, 0.012), skin, DVec3::ZERO),
        Part::new(boxed(0.055, 0.026, 0.018, 0.017), skin, DVec3::new(-0.085, 0.0, 0.0)),
        // The sleeve: cuff, forearm, upper arm.
        capsule(DVec3::new(-0.135, 0.0, 0.0), DVec3::new(-0.155, 0.0, 0.0), 0.037, cloth),
        capsule(DVec3::new(-0.16, 0.0, 0.0), DVec3::new(-0.36, 0.0, 0.0), 0.041, cloth),
        capsule(DVec3::new(-0.36, 0.0, 0.0), DVec3::new(-0.75, 0.0, 0.012), 0.052, cloth),
    ];
    for (_, y, length, radius) in FINGERS {
        let [knuckle, middle, tip] = finger(y, length);
        all.push(capsule(knuckle, middle, radius, skin));
        all.push(capsule(middle, tip, radius * 0.92, skin));
        all.push(capsule(tip.lerp(middle, 0.25), tip, radius * 0.75, nail).shifted(DVec3::Z * (radius * 0.28)).ghost());
    }
    let [root, joint, tip] = THUMB;
    all.push(capsule(root, joint, 0.0125, skin));
    all.push(capsule(joint, tip, 0.0105, skin));
    all
}

/// Fingers: where they are across the palm, their length and radius. Towards +y, where the thumb is, comes first.
const FINGERS: [(&str, f64, f64, f64); 4] = [
    ("index", 0.030, 0.062, 0.0092),
    ("middle", 0.0105, 0.071, 0.0096),
    ("ring", -0.0095, 0.067, 0.0094),
    ("little", -0.0285, 0.052, 0.0083),
];
/// The thumb's joints and its tip.
const THUMB: [DVec3; 3] =
    [DVec3::new(-0.012, 0.034, -0.004), DVec3::new(0.022, 0.060, -0.012), DVec3::new(0.052, 0.066, -0.020)];

/// Knuckle, middle joint and tip of a finger.
fn finger(y: f64, length: f64) -> [DVec3; 3] {
    let knuckle = DVec3::new(0.040, y, 0.001);
    let middle = knuckle + DVec3::new(0.55 * length, 0.10 * y, -0.012);
    [knuckle, middle, middle + DVec3::new(0.42 * length, 0.06 * y, -0.022)]
}

/// Elbow, wrist, and the joints and tips of the fingers.
fn points(body: rp::RigidBodyHandle) -> Vec<Knot> {
    let on = |at: DVec3| (On::Body(body), at);
    let mut all = vec![
        Knot::new("elbow", on(DVec3::new(-0.36, 0.0, 0.0)), 0.052, None),
        Knot::new("wrist", on(DVec3::new(-0.085, 0.0, 0.0)), 0.026, Some(0)),
    ];
    let fingers = FINGERS.map(|(name, y, length, radius)| (name, finger(y, length), radius));
    for (name, joints, radius) in [("thumb", THUMB, 0.0125)].into_iter().chain(fingers) {
        let mut before = 1;
        for (part, at) in ["knuckle", "middle", "tip"].into_iter().zip(joints) {
            all.push(Knot::new(&format!("{name}_{part}"), on(at), radius, Some(before)));
            before = all.len() - 1;
        }
    }
    all
}

/// A capsule from one point to another.
fn capsule(from: DVec3, to: DVec3, radius: f64, material: Material) -> Part {
    let shape = Shape::Capsule { radius, half_height: 0.5 * from.distance(to) };
    let rotation = DQuat::from_rotation_arc(DVec3::Z, (to - from).normalize_or(DVec3::Z));
    let mut part = Part::new(shape, material, from.midpoint(to));
    part.at.rotation = rotation;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protective_distance_is_that_of_the_standard() {
        let guard = Guard { margin_m: 0.1, approach_m_s: 2.0, reaction_s: 0.1, stop_s: 0.15 };
        assert!((guard.distance_m() - 0.6).abs() < 1e-12, "2 m/s · 0.25 s + 0.1 m");
        for (seen_m, pace) in [(0.3, 0.0), (0.6, 0.0), (0.75, 0.5), (0.9, 1.0), (5.0, 1.0)] {
            assert!((guard.pace(seen_m) - pace).abs() < 1e-12, "{seen_m} m: {}", guard.pace(seen_m));
        }
        assert_eq!(Guard { margin_m: 0.0, ..guard }.pace(0.0), 1.0, "no margin is no guard");
    }

    #[test]
    fn a_touch_has_the_force_of_two_masses_on_a_spring() {
        // Energy: ½ μ v² = ½ F² / k. 0.6 kg against 2 kg is 0.4615 kg.
        let force_n = 0.5 * transient_n_s_m(0.6, 2.0, 75_000.0);
        let energy = 0.5 * (0.6 * 2.0 / 2.6) * 0.25;
        assert!((force_n * force_n / (2.0 * 75_000.0) / energy - 1.0).abs() < 1e-12, "{force_n} N");
    }

    #[test]
    fn segments_are_as_far_apart_as_their_nearest_points() {
        use crate::base::StreamKey;
        let mut stream = StreamKey::new(1, "segments").stream("ends", 0);
        let mut point = || DVec3::new(stream.next_unit(), stream.next_unit(), stream.next_unit());
        for _ in 0..200 {
            let ends = [point(), point(), point(), point()];
            let [a, b, c, d] = ends;
            let found = between_segments((a, b), (c, d));
            let at = |from: DVec3, to: DVec3, step: u32| from.lerp(to, f64::from(step) / 100.0);
            let pairs = (0..=100).flat_map(|one| (0..=100).map(move |two| at(a, b, one).distance(at(c, d, two))));
            let tried = pairs.fold(f64::INFINITY, f64::min);
            assert!(found <= tried + 1e-12 && tried < found + 0.02, "{found} and {tried}: {ends:?}");
        }
        let parallel = between_segments((DVec3::ZERO, DVec3::X), (DVec3::Y, DVec3::new(1.0, 1.0, 0.0)));
        assert!((parallel - 1.0).abs() < 1e-12, "parallel: {parallel}");
    }
}
