//! The slots, signals and end quantities of the balance stage.

use crate::world::light;
use crate::world::slots::{Slot, slot};
use crate::world::stage::{Names, Placed, placed};
use crate::world::weather;

/// Range as low, default, high.
pub(super) const SLOTS: &[Slot] = &[
    slot("floor_friction", "", [0.02, 0.7, 1.5], "Friction coefficient of the floor against its own material."),
    slot("sole_friction", "", [0.1, 0.8, 1.5], "Friction coefficient of the robot's soles against their own material."),
    slot("patch_x_m", "m", [-2.0, 0.3, 2.0], "How far ahead of the robot the middle of the patch lies."),
    slot("patch_y_m", "m", [-2.0, 0.0, 2.0], "How far left of the robot the middle of the patch lies."),
    slot("patch_half_m", "m", [0.0, 0.0, 1.0], "Half the side of the patch, a square; 0 is none."),
    slot("patch_friction", "", [0.01, 0.1, 1.5], "Friction coefficient of the patch against its own material."),
    slot("patch_drop_m", "m", [0.0, 0.0, 0.3], "How far the patch lies below the floor: a step that is missing."),
    slot(
        "strategy",
        "",
        [0.0, 3.0, 3.0],
        "What the robot may do: 0 holds its joints, 1 ankles, 2 hips too, 3 steps too.",
    ),
    slot("delay_s", "s", [0.0, 0.02, 0.3], "How late its balance reacts."),
    slot(
        "centre_noise_m",
        "m",
        [0.0, 0.002, 0.1],
        "Standard deviation of what it thinks its centre of mass is, on every axis.",
    ),
    slot(
        "velocity_noise_m_s",
        "m/s",
        [0.0, 0.02, 1.0],
        "Standard deviation of what it thinks its velocity is, on every axis.",
    ),
    slot("noise_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which noise it senses."),
    slot("step_s", "s", [0.15, 0.28, 0.6], "How long a step of the robot takes."),
    light::SUN_ELEVATION,
    light::SUN_AZIMUTH,
    light::SUN_STRENGTH,
    light::SKY_STRENGTH,
    weather::FOG_INDOORS,
    weather::DUST_INDOORS,
];

/// What a hand can move, and the slots that say where it is.
pub(super) const PLACED: &[Placed] = &[placed("patch", [Some("patch_x_m"), Some("patch_y_m"), None], None)];

/// What an event may set while the world steps; `exposure_ev` is the camera's.
pub(super) const LIVE_SLOTS: &[Slot] = &[
    slot("floor_friction", "", [0.02, 0.7, 1.5], "Friction coefficient of the floor against its own material."),
    slot("patch_friction", "", [0.01, 0.1, 1.5], "Friction coefficient of the patch against its own material."),
    light::SUN_ELEVATION_LIVE,
    light::SUN_AZIMUTH_LIVE,
    light::SUN_STRENGTH_LIVE,
    light::SKY_STRENGTH_LIVE,
    light::EXPOSURE_LIVE,
    weather::FOG_INDOORS,
    weather::DUST_INDOORS,
];

/// The joints of the rig that are recorded, and the names of what is recorded of each: position, rate, set-point, torque told.
macro_rules! signals {
    (joints: [$($joint:literal),* $(,)?], before: [$($before:expr),* $(,)?], after: [$($after:expr),* $(,)?] $(,)?) => {
        /// The joints that are recorded, by their names in the rig.
        pub(super) const JOINTS: &[&str] = &[$($joint),*];

        /// What is recorded with every state, with units; an event's condition may read it at every physics step.
        ///
        /// `margin_m` is the margin of stability: how far the capture point (the centre of mass moved by its velocity over
        /// √(g / height); Hof, Gazendam & Sinke, J. Biomech. 38 (2005) 1–8) lies inside the hull of the soles that carry, negative
        /// outside; of both soles while none carries. `…_foot_friction_use` is the share of its friction cone that a sole uses,
        /// |ΣF| / Σ(μ N) over its points (Coulomb's law; μ times it is the required coefficient of friction of arXiv 1708.01866):
        /// 0 while it carries less than 20 N, 1 where it slides. `…_rad_s`, `…_target_rad` and `…_torque_nm` of each joint come last:
        /// its rate, and what its motor was told in the step that has just ended.
        pub(super) const SIGNALS: Names = &[
            $($before,)*
            $((concat!($joint, "_rad"), "rad"),)*
            $($after,)*
            $((concat!($joint, "_rad_s"), "rad/s"),)*
            $((concat!($joint, "_target_rad"), "rad"),)*
            $((concat!($joint, "_torque_nm"), "Nm"),)*
        ];
    };
}

signals! {
    joints: [
        "waist_pitch",
        "left_hip_yaw",
        "left_hip_roll",
        "left_hip_pitch",
        "left_knee",
        "left_ankle_pitch",
        "left_ankle_roll",
        "right_hip_yaw",
        "right_hip_roll",
        "right_hip_pitch",
        "right_knee",
        "right_ankle_pitch",
        "right_ankle_roll",
        "left_shoulder_pitch",
        "left_shoulder_roll",
        "left_elbow",
        "right_shoulder_pitch",
        "right_shoulder_roll",
        "right_elbow",
    ],
    before: [("time_s", "s")],
    after: [
        ("centre_x_m", "m"),
        ("centre_y_m", "m"),
        ("centre_z_m", "m"),
        ("centre_vx_m_s", "m/s"),
        ("centre_vy_m_s", "m/s"),
        ("centre_vz_m_s", "m/s"),
        ("capture_x_m", "m"),
        ("capture_y_m", "m"),
        ("margin_m", "m"),
        ("torso_tilt_deg", "deg"),
        ("left_foot_x_m", "m"),
        ("left_foot_y_m", "m"),
        ("left_foot_z_m", "m"),
        ("left_foot_load_n", "N"),
        ("left_foot_friction_use", ""),
        ("right_foot_x_m", "m"),
        ("right_foot_y_m", "m"),
        ("right_foot_z_m", "m"),
        ("right_foot_load_n", "N"),
        ("right_foot_friction_use", ""),
        ("light_level", ""),
    ],
}

/// The links of the rig that a sensor can be on.
pub(super) const LINKS: &[(&str, &str, &str)] = &[
    ("pelvis", "humanoid", "pelvis"),
    ("torso", "humanoid", "torso"),
    ("left_thigh", "humanoid", "left_thigh"),
    ("left_shank", "humanoid", "left_shank"),
    ("left_foot", "humanoid", "left_foot"),
    ("right_thigh", "humanoid", "right_thigh"),
    ("right_shank", "humanoid", "right_shank"),
    ("right_foot", "humanoid", "right_foot"),
    ("left_upper_arm", "humanoid", "left_upper_arm"),
    ("left_forearm", "humanoid", "left_forearm"),
    ("right_upper_arm", "humanoid", "right_upper_arm"),
    ("right_forearm", "humanoid", "right_forearm"),
];

/// The quantities of an episode's summary with their units: followed at every physics step. `foot_friction_use_max` and
/// `foot_slip_max_m` are of soles that carry at least 20 N, until it falls.
pub(super) const SUMMARY: Names = &[
    ("centre_height_min_m", "m"),
    ("fallen", ""),
    ("foot_friction_use_max", ""),
    ("foot_slip_max_m", "m"),
    ("margin_min_m", "m"),
    ("shift_m", "m"),
    ("steps_taken", ""),
    ("time_to_fall_s", "s"),
    ("torso_tilt_max_deg", "deg"),
];
