//! A wooden table seen from a humanoid's head: a canister, two arms, clutter. For looking at and for the tests.

use glam::{DQuat, DVec3};

use crate::base::Pose;
use crate::world::snapshot::{Body, Camera, Class, Lamp, Light, Material, Shape, Snapshot, Surface, Weather};

pub(super) fn material(surface: Surface, colour: [f32; 3], second: [f32; 3], roughness: f32) -> Material {
    Material {
        surface,
        colour,
        second,
        roughness,
        metallic: 0.0,
        scale_m: 0.05,
        seed: 3,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    }
}

pub(super) fn grey() -> Material {
    material(Surface::Plain, [0.5; 3], [0.4; 3], 0.6)
}

pub(super) fn body(instance: u16, class: Class, shape: Shape, pose: Pose, material: Material) -> Body {
    Body { instance, class, name: "thing".into(), shape, material, pose }
}

pub(super) fn light() -> Light {
    Light {
        sun_direction: DVec3::new(0.35, 0.55, 0.9).normalize(),
        sun: [0.80, 0.76, 0.68],
        sun_radius_rad: 0.09,
        sky: [0.36, 0.39, 0.44],
        horizon: [0.30, 0.30, 0.30],
        ground: [0.18, 0.15, 0.12],
        exposure: 1.0,
    }
}

/// Light with a lamp gone: 15 % of it.
pub(super) fn dim() -> Light {
    let mut light = light();
    for part in [&mut light.sun, &mut light.sky, &mut light.horizon, &mut light.ground] {
        *part = part.map(|value| value * 0.15);
    }
    light
}

/// A warm reading lamp over the table's far corner.
pub(super) fn lamp() -> Lamp {
    Lamp {
        name: "lamp".into(),
        position: DVec3::new(0.6, 0.55, 1.5),
        direction: DVec3::new(-0.3, -0.4, -0.8).normalize(),
        inner_rad: 0.4,
        outer_rad: 0.5,
        radius_m: 0.02,
        at_1_m: [0.9, 0.7, 0.4],
        casts: true,
    }
}

fn turned(position: DVec3, axis: DVec3, degrees: f64) -> Pose {
    Pose { position, rotation: DQuat::from_axis_angle(axis.normalize(), degrees.to_radians()) }
}

/// A capsule from `from` to `to`.
fn limb(instance: u16, from: DVec3, to: DVec3, radius: f64, look: Material) -> Body {
    let along = to - from;
    let pose = Pose { position: 0.5 * (from + to), rotation: DQuat::from_rotation_arc(DVec3::Z, along.normalize()) };
    body(instance, Class::RobotArm, Shape::Capsule { radius, half_height: 0.5 * along.length() }, pose, look)
}

fn arm(instance: u16, side: f64, bodies: &mut Vec<Body>) {
    let mut shell = material(Surface::Plain, [0.60, 0.61, 0.62], [0.5, 0.5, 0.5], 0.30);
    shell.scale_m = 0.01;
    let mut metal = material(Surface::Brushed, [0.56, 0.57, 0.58], [0.36, 0.37, 0.38], 0.34);
    metal.metallic = 1.0;
    metal.scale_m = 0.0008;
    let black = material(Surface::Plain, [0.018, 0.018, 0.02], [0.03, 0.03, 0.03], 0.42);
    let at = |x: f64, y: f64, z: f64| DVec3::new(x, side * y, 0.75 + z);
    bodies.push(limb(instance, at(-0.30, 0.36, 0.16), at(-0.10, 0.29, 0.075), 0.045, shell));
    bodies.push(limb(instance, at(-0.10, 0.29, 0.072), at(-0.06, 0.27, 0.066), 0.036, metal));
    let wrist = DQuat::from_rotation_arc(DVec3::X, (at(0.08, 0.17, 0.05) - at(-0.06, 0.27, 0.066)).normalize());
    let palm = Shape::Box { half: DVec3::new(0.055, 0.038, 0.016), round: 0.012 };
    bodies.push(body(
        instance,
        Class::RobotArm,
        palm,
        Pose { position: at(0.005, 0.225, 0.055), rotation: wrist },
        black,
    ));
    let plate = Shape::Box { half: DVec3::new(0.042, 0.028, 0.006), round: 0.005 };
    let above = at(0.0, 0.228, 0.073);
    bodies.push(body(instance, Class::RobotArm, plate, Pose { position: above, rotation: wrist }, shell));
    for finger in 0..4 {
        let spread = f64::from(finger) * 0.019 - 0.028;
        let root = at(0.052 + spread * 0.55, 0.195 + spread * 0.8, 0.052);
        let knuckle = at(0.105 + spread * 0.3, 0.158 + spread * 0.9, 0.050);
        let tip = at(0.135 + spread * 0.1, 0.125 + spread * 0.9, 0.024);
        bodies.push(limb(instance, root, knuckle, 0.0095, if finger % 2 == 0 { black } else { shell }));
        bodies.push(limb(instance, knuckle, tip, 0.0085, black));
    }
    bodies.push(limb(instance, at(-0.01, 0.19, 0.05), at(0.035, 0.145, 0.035), 0.0115, shell));
    bodies.push(limb(instance, at(0.035, 0.145, 0.035), at(0.07, 0.125, 0.025), 0.010, black));
}

pub(in crate::render) fn tabletop(width_px: u32, height_px: u32) -> Snapshot {
    let at = DVec3::new;
    let mut bodies = Vec::new();
    let mut floor = material(Surface::Tile, [0.46, 0.45, 0.43], [0.22, 0.21, 0.20], 0.35);
    floor.scale_m = 0.6;
    let slab = Shape::Box { half: at(3.0, 3.0, 0.05), round: 0.0 };
    bodies.push(body(1, Class::Background, slab, Pose::at(at(0.5, 0.0, -0.05)), floor));
    let mut wall = material(Surface::Concrete, [0.62, 0.61, 0.58], [0.50, 0.49, 0.47], 0.9);
    wall.scale_m = 0.5;
    let panel = Shape::Box { half: at(0.05, 3.0, 1.5), round: 0.0 };
    bodies.push(body(2, Class::Background, panel, Pose::at(at(2.6, 0.0, 1.5)), wall));
    let mut oak = material(Surface::Wood, [0.58, 0.41, 0.27], [0.33, 0.19, 0.10], 0.38);
    oak.scale_m = 0.16;
    let top = Shape::Box { half: at(0.45, 0.75, 0.02), round: 0.004 };
    let along = DQuat::from_rotation_z(0.0);
    bodies.push(body(3, Class::Table, top, Pose { position: at(0.25, 0.0, 0.73), rotation: along }, oak));
    for (x, y) in [(-0.15, -0.7), (-0.15, 0.7), (0.65, -0.7), (0.65, 0.7)] {
        let leg = Shape::Box { half: at(0.025, 0.025, 0.355), round: 0.003 };
        bodies.push(body(3, Class::Table, leg, Pose::at(at(x, y, 0.355)), oak));
    }
    let mut print = material(Surface::Label, [0.80, 0.50, 0.03], [0.86, 0.56, 0.05], 0.28);
    print.scale_m = 0.012;
    let can = Shape::Cylinder { radius: 0.037, half_height: 0.105, round: 0.002 };
    bodies.push(body(4, Class::Canister, can, Pose::at(at(0.17, 0.03, 0.855)), print));
    let mut lid = material(Surface::Plain, [0.80, 0.58, 0.03], [0.75, 0.5, 0.03], 0.35);
    lid.scale_m = 0.02;
    let cap = Shape::Cylinder { radius: 0.039, half_height: 0.008, round: 0.003 };
    bodies.push(body(4, Class::Canister, cap, Pose::at(at(0.17, 0.03, 0.965)), lid));
    arm(5, 1.0, &mut bodies);
    arm(6, -1.0, &mut bodies);
    let green = material(Surface::Plain, [0.10, 0.42, 0.06], [0.08, 0.35, 0.05], 0.45);
    let carton = Shape::Box { half: at(0.05, 0.03, 0.016), round: 0.003 };
    bodies.push(body(7, Class::Clutter, carton, turned(at(0.42, -0.28, 0.766), DVec3::Z, 70.0), green));
    let red = material(Surface::Plain, [0.45, 0.03, 0.03], [0.4, 0.03, 0.03], 0.12);
    bodies.push(body(8, Class::Clutter, Shape::Sphere { radius: 0.033 }, Pose::at(at(0.40, 0.22, 0.783)), red));
    let mut steel = material(Surface::Brushed, [0.62, 0.62, 0.62], [0.45, 0.45, 0.45], 0.28);
    steel.metallic = 1.0;
    steel.scale_m = 0.0006;
    let mug = Shape::Cone { bottom: 0.03, top: 0.040, half_height: 0.05 };
    bodies.push(body(9, Class::Clutter, mug, Pose::at(at(0.50, 0.05, 0.80)), steel));
    let mut cloth = material(Surface::Fabric, [0.10, 0.18, 0.36], [0.16, 0.25, 0.45], 0.9);
    cloth.scale_m = 0.004;
    let towel = Shape::Box { half: at(0.09, 0.07, 0.006), round: 0.005 };
    bodies.push(body(10, Class::Clutter, towel, turned(at(0.36, -0.07, 0.756), DVec3::Z, 20.0), cloth));
    let eye = Pose::looking_at(at(-0.25, 0.0, 1.28), at(0.19, 0.0, 0.77));
    let camera = Camera::with_vertical_fov(width_px, height_px, 52.0, eye);
    Snapshot { time_s: 0.0, bodies, light: light(), lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}
