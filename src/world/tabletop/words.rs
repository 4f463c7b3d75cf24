//! The slots, signals and end quantities of the tabletop.

use super::arm::JOINT_NAMES;
use crate::world::light;
use crate::world::slots::{Slot, slot};
use crate::world::stage::Names;

/// Range as low, default, high.
pub(super) const SLOTS: &[Slot] = &[
    slot("canister_x_m", "m", [0.24, 0.34, 0.44], "How far the canister stands from the near table edge."),
    slot("canister_y_m", "m", [-0.04, 0.03, 0.10], "How far left of the robot's middle the canister stands."),
    slot("canister_yaw_deg", "deg", [-180.0, 0.0, 180.0], "How far the canister's label is turned about the vertical."),
    slot("canister_mass_kg", "kg", [0.02, 0.25, 2.0], "Mass of the canister with what is in it."),
    slot("canister_radius_m", "m", [0.020, 0.037, 0.048], "Radius of the canister."),
    slot("canister_height_m", "m", [0.08, 0.23, 0.30], "Height of the canister with its cap."),
    slot(
        "canister_fill",
        "",
        [0.0, 0.8, 1.0],
        "How full it is: about a third has the lowest centre of mass, 1 and 0 the highest.",
    ),
    slot("canister_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the canister against its own material."),
    slot("table_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the table top against its own material."),
    slot(
        "reach_speed_m_s",
        "m/s",
        [0.05, 0.5, 1.5],
        "Mean speed of the hand along its path; the peak is 1.875 times that.",
    ),
    slot("reach_offset_y_m", "m", [-0.12, 0.0, 0.12], "How far left of the right place the hand ends its path."),
    slot("reach_height_m", "m", [0.05, 0.12, 0.28], "Height of the middle of the hand when it arrives."),
    slot("grip_close", "", [0.0, 0.0, 1.0], "1 closes the fingers after the hand has arrived, 0 leaves them open."),
    slot(
        "grip_delay_s",
        "s",
        [0.0, 0.0, 1.0],
        "How long after its arrival the hand begins to close: its reaction time.",
    ),
    slot(
        "grip_force_n",
        "N",
        [0.0, 0.0, 60.0],
        "Force that the closed hand presses with, half the sum of all its normal forces; 0 closes it until it touches.",
    ),
    slot("grip_force_max_n", "N", [0.0, 40.0, 60.0], "What the reflex against slip raises the force to at most."),
    slot("slip_gain_n_m", "N/m", [0.0, 0.0, 20_000.0], "Reflex against slip: newtons more for each metre; 0 is none."),
    slot("slip_noise_m", "m", [0.0, 0.000_2, 0.01], "Standard deviation of the slip that the hand feels."),
    slot("reaction_delay_s", "s", [0.0, 0.1, 1.0], "Reaction time: of the reflex against slip, and of what keeps away from people."),
    slot("noise_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which noise it senses."),
    slot("lift_height_m", "m", [0.0, 0.0, 0.2], "How far the hand lifts what it has grasped; 0 is no lift."),
    slot(
        "lift_speed_m_s",
        "m/s",
        [0.02, 0.2, 1.5],
        "Mean speed of the lift; the peak is 1.875 times that.",
    ),
    slot("hand_friction", "", [0.0, 0.7, 1.5], "Friction coefficient of the hands against their own material."),
    slot("distractor_count", "", [0.0, 2.0, 4.0], "Number of other things on the table."),
    slot("distractor_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which other things, and where they stand."),
    light::SUN_ELEVATION,
    light::SUN_AZIMUTH,
    light::SUN_STRENGTH,
    light::SKY_STRENGTH,
    slot("table_tone", "", [0.0, 0.3, 1.0], "Colour of the table from light maple to dark walnut."),
];

/// What an event may set while the world steps; `exposure_ev` is the camera's.
pub(super) const LIVE_SLOTS: &[Slot] = &[
    slot("canister_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the canister against its own material."),
    slot("table_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the table top against its own material."),
    slot("reach_speed_m_s", "m/s", [0.0, 0.5, 1.5], "Set-point of the hand's mean speed along its path."),
    slot(
        "reach_offset_y_m",
        "m",
        [-0.12, 0.0, 0.12],
        "Set-point of where the hand ends its path, left of the right place; the hand follows within half a second.",
    ),
    slot(
        "reach_height_m",
        "m",
        [0.05, 0.12, 0.28],
        "Set-point of the hand's height when it arrives; the hand follows within half a second.",
    ),
    slot("grip_close", "", [0.0, 0.0, 1.0], "Set-point of the hand: 1 closes the fingers after it has arrived."),
    slot("grip_force_n", "N", [0.0, 0.0, 60.0], "Set-point of the force that the closed hand presses with."),
    light::SUN_ELEVATION_LIVE,
    light::SUN_AZIMUTH_LIVE,
    light::SUN_STRENGTH_LIVE,
    light::SKY_STRENGTH_LIVE,
    light::EXPOSURE_LIVE,
];

/// The quantities of an episode's summary with their units: followed at every physics step.
pub(super) const SUMMARY: Names = &[
    ("canister_fell_off", ""),
    ("canister_lift_max_m", "m"),
    ("canister_shift_m", "m"),
    ("canister_tilt_end_deg", "deg"),
    ("canister_tilt_max_deg", "deg"),
    ("dropped", ""),
    ("grasp_friction_use_max", ""),
    ("grasp_slip_max_m", "m"),
    ("grip_force_max_n", "N"),
    ("hand_canister_contact_s", "s"),
    ("hand_canister_force_max_n", "N"),
    ("hand_speed_at_contact_m_s", "m/s"),
    ("lifted", ""),
    ("light_drop_s", "s"),
    ("light_min", ""),
];

/// What is recorded with every state, with units; an event's condition may read it at every physics step.
pub(super) const SIGNALS: Names = &[
    ("time_s", "s"),
    (JOINT_NAMES[0], "rad"),
    (JOINT_NAMES[1], "rad"),
    (JOINT_NAMES[2], "rad"),
    (JOINT_NAMES[3], "rad"),
    (JOINT_NAMES[4], "rad"),
    (JOINT_NAMES[5], "rad"),
    (JOINT_NAMES[6], "rad"),
    ("right_hand_x_m", "m"),
    ("right_hand_y_m", "m"),
    ("right_hand_z_m", "m"),
    ("right_hand_speed_m_s", "m/s"),
    ("canister_x_m", "m"),
    ("canister_y_m", "m"),
    ("canister_z_m", "m"),
    ("canister_qx", ""),
    ("canister_qy", ""),
    ("canister_qz", ""),
    ("canister_qw", ""),
    ("canister_speed_m_s", "m/s"),
    ("canister_tilt_deg", "deg"),
    ("hand_canister_distance_m", "m"),
    ("hand_canister_force_n", "N"),
    ("light_level", ""),
    ("grip_force_n", "N"),
    ("grasp_slip_m", "m"),
    ("canister_lift_m", "m"),
];
