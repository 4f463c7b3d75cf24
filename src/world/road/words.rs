//! The slots, signals and end quantities of the road stage.

use crate::world::fixture;
use crate::world::light;
use crate::world::slots::{Slot, slot};
use crate::world::stage::{Names, Placed, placed};
use crate::world::weather;

/// What stands for "never" and "nothing there" in seconds, metres and m/s²: numbers stay finite.
pub(super) const FAR: f64 = 100.0;

const ROAD_FRICTION: Slot =
    slot("road_friction", "", [0.05, 0.8, 1.2], "Friction of tyres on the road: dry 0.8, wet 0.5, snow 0.2, ice 0.1.");
const LEAD_SPEED: Slot =
    slot("lead_speed_m_s", "m/s", [0.0, 13.0, 60.0], "Speed that the vehicle ahead keeps, unless it brakes.");
const LEAD_BRAKES: Slot =
    slot("lead_brakes_m_s2", "m/s2", [0.0, 0.0, 10.0], "How hard the vehicle ahead brakes; 0 lets it keep its speed.");
const CUTTER_SPEED: Slot =
    slot("cutter_speed_m_s", "m/s", [0.0, 13.0, 60.0], "Speed that the vehicle in the next lane keeps.");
const CUTTER_SHIFT: Slot = slot(
    "cutter_shift",
    "",
    [0.0, 0.0, 1.0],
    "Where the vehicle of the next lane drives: 0 there, 1 in the ego's lane.",
);
const CUTTER_BRAKES: Slot =
    slot("cutter_brakes_m_s2", "m/s2", [0.0, 0.0, 10.0], "How hard the vehicle of the next lane brakes.");
const PEDESTRIAN_SPEED: Slot =
    slot("pedestrian_speed_m_s", "m/s", [0.0, 0.0, 6.0], "How fast the pedestrian walks where it looks; 0 stands.");
const EGO_LINE: Slot =
    slot("ego_line_m", "m", [-1.5, 0.0, 4.5], "How far left of the middle of its lane the ego begins and drives.");
const PARKED_DOOR: Slot = slot(
    "parked_door",
    "",
    [0.0, 0.0, 1.0],
    "How far the door towards the road of the farthest parked vehicle stands open; 1 is 70°.",
);
const CYCLIST_SPEED: Slot = slot("cyclist_speed_m_s", "m/s", [0.0, 5.0, 15.0], "How fast the cyclist rides.");
const CYCLIST_Y: Slot =
    slot("cyclist_y_m", "m", [-8.0, -1.2, 8.0], "How far left of the middle of the ego's lane the cyclist rides.");

/// Range as low, default, high.
pub(super) const SLOTS: &[Slot] = &[
    slot(
        "motorway",
        "",
        [0.0, 0.0, 1.0],
        "1 is a motorway of three lanes each way, 0 a street in town with a lane each way.",
    ),
    slot("ego_lane", "", [0.0, 1.0, 2.0], "Lane of the motorway that the ego drives in: 0 is the rightmost."),
    ROAD_FRICTION,
    EGO_LINE,
    slot("ego_speed_m_s", "m/s", [0.0, 13.9, 60.0], "Speed at which the ego begins and that it wants to keep."),
    slot("ego_time_gap_s", "s", [0.3, 1.5, 4.0], "Time gap that the ego keeps behind others."),
    slot("ego_reaction_s", "s", [0.0, 0.3, 3.0], "How late the ego acts on what it sees."),
    slot("ego_foresight_s", "s", [0.0, 1.0, 4.0], "For how long the ego extrapolates how others move sideways."),
    slot("ego_comfort_m_s2", "m/s2", [0.5, 3.0, 8.0], "How hard the ego brakes before it counts as an emergency."),
    slot("ego_brake_m_s2", "m/s2", [1.0, 9.0, 12.0], "The most that the ego's brakes give, where friction allows it."),
    slot("emergency_ttc_s", "s", [0.0, 1.5, 5.0], "Time to collision below which the ego brakes fully; 0 is never."),
    slot("sensor_range_m", "m", [5.0, 150.0, 300.0], "How far the ego's camera sees road users in good light."),
    slot("gap_noise_m", "m", [0.0, 0.2, 10.0], "Standard deviation of the gaps that the ego perceives."),
    slot("speed_noise_m_s", "m/s", [0.0, 0.2, 10.0], "Standard deviation of the speeds that the ego perceives."),
    slot("noise_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which noise there is in perceiving and walking."),
    slot("lead", "", [0.0, 0.0, 1.0], "1 puts a vehicle ahead of the ego into its lane."),
    slot("lead_gap_m", "m", [1.0, 30.0, 300.0], "From the ego's front to the rear of the vehicle ahead at the start."),
    slot("lead_van", "", [0.0, 0.0, 1.0], "1 makes the vehicle ahead a van, 0 a car."),
    LEAD_SPEED,
    LEAD_BRAKES,
    slot("cutter", "", [0.0, 0.0, 1.0], "1 puts a vehicle into the next lane, which may come over."),
    slot("cutter_side", "", [-1.0, 1.0, 1.0], "Where that lane is: 1 left (or 0), −1 right."),
    slot("cutter_gap_m", "m", [-60.0, 8.0, 200.0], "From the ego's front to that vehicle's rear at the start."),
    CUTTER_SPEED,
    CUTTER_SHIFT,
    CUTTER_BRAKES,
    slot("pedestrian", "", [0.0, 0.0, 1.0], "1 puts a pedestrian beside the road."),
    slot("pedestrian_x_m", "m", [-20.0, 35.0, 250.0], "How far ahead of the ego's middle the pedestrian stands."),
    slot("pedestrian_y_m", "m", [-12.0, -4.6, 12.0], "How far left of the middle of the ego's lane it stands."),
    slot("pedestrian_heading_deg", "deg", [-180.0, 90.0, 180.0], "Where it looks and walks: 0 ahead, 90 left."),
    slot("pedestrian_height_m", "m", [1.0, 1.72, 2.05], "How tall it is."),
    PEDESTRIAN_SPEED,
    slot("pedestrian_heeds", "", [0.0, 0.0, 1.0], "1 lets it stop before the ego's lane where the ego would hit it."),
    slot("pedestrian_reaction_s", "s", [0.0, 0.8, 3.0], "How late the pedestrian acts on the ego, if it heeds."),
    slot("pedestrian_sway_m_s", "m/s", [0.0, 0.1, 1.0], "Standard deviation of its pace."),
    slot("cyclist", "", [0.0, 0.0, 1.0], "1 puts a cyclist onto the road, in the ego's direction."),
    slot("cyclist_x_m", "m", [-20.0, 30.0, 250.0], "How far ahead of the ego's middle the cyclist begins."),
    CYCLIST_Y,
    CYCLIST_SPEED,
    slot("cyclist_reaction_s", "s", [0.0, 0.7, 3.0], "How late the cyclist acts on a door that begins to open."),
    slot("cyclist_lateral_m_s2", "m/s2", [0.2, 2.0, 6.0], "The strongest that the cyclist accelerates sideways."),
    slot("cyclist_brakes_m_s2", "m/s2", [0.0, 3.5, 7.0], "The strongest that the cyclist brakes."),
    slot("cyclist_room_m", "m", [0.0, 0.3, 2.0], "Room that the cyclist wants beside an open door."),
    slot("cyclist_sway_m", "m", [0.0, 0.04, 0.5], "Standard deviation of its line."),
    slot("parked_count", "", [0.0, 0.0, 8.0], "Number of vehicles that are parked along the right kerb of the street."),
    slot("parked_x_m", "m", [-20.0, 30.0, 250.0], "Where the front of the farthest of them is."),
    slot("parked_van", "", [0.0, 0.0, 1.0], "1 makes the farthest of them a van."),
    PARKED_DOOR,
    slot("crossing_x_m", "m", [-20.0, 40.0, 250.0], "Where the middle of the zebra crossing of the street is."),
    slot("crossing_width_m", "m", [0.0, 0.0, 12.0], "Its width along the road: usual are 3 to 4 m; 0 is none."),
    slot("traffic_count", "", [0.0, 0.0, 8.0], "Number of other vehicles that come and go in other lanes."),
    slot("scenery_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which trees, houses, colours and other vehicles there are."),
    slot("tunnel_exit_m", "m", [-50.0, 120.0, 400.0], "Where the tunnel ends, ahead of the ego's middle."),
    slot("tunnel_length_m", "m", [0.0, 0.0, 400.0], "Length of the tunnel; 0 is none."),
    slot("tunnel_light", "", [0.002, 0.04, 1.0], "Light in the tunnel as a share of the light outside."),
    slot("adapt_s", "s", [0.0, 0.8, 5.0], "Time constant with which the ego's camera adapts to another brightness."),
    light::SUN_ELEVATION,
    light::SUN_AZIMUTH,
    light::SUN_STRENGTH,
    light::SKY_STRENGTH,
    fixture::STREET_LAMPS,
    fixture::TUNNEL_LAMPS,
    fixture::HEADLAMPS,
    weather::FOG,
    weather::DUST,
    weather::RAIN,
    weather::SNOW,
    weather::WETNESS,
    weather::PUDDLES,
];

/// What a hand can move, and the slots that say where it is. Those in lanes move along them.
pub(super) const PLACED: &[Placed] = &[
    placed("ego", [None, Some("ego_line_m"), None], None),
    placed("lead", [Some("lead_gap_m"), None, None], None),
    placed("cutter", [Some("cutter_gap_m"), None, None], None),
    placed("pedestrian", [Some("pedestrian_x_m"), Some("pedestrian_y_m"), None], Some("pedestrian_heading_deg")),
    placed("cyclist", [Some("cyclist_x_m"), Some("cyclist_y_m"), None], None),
    placed("parked", [Some("parked_x_m"), None, None], None),
    placed("crossing", [Some("crossing_x_m"), None, None], None),
    placed("tunnel", [Some("tunnel_exit_m"), None, None], None),
];

/// What an event may set while the world steps; `exposure_ev` is the camera's.
pub(super) const LIVE_SLOTS: &[Slot] = &[
    ROAD_FRICTION,
    LEAD_SPEED,
    LEAD_BRAKES,
    CUTTER_SPEED,
    CUTTER_SHIFT,
    CUTTER_BRAKES,
    PEDESTRIAN_SPEED,
    CYCLIST_SPEED,
    CYCLIST_Y,
    EGO_LINE,
    PARKED_DOOR,
    light::SUN_ELEVATION_LIVE,
    light::SUN_AZIMUTH_LIVE,
    light::SUN_STRENGTH_LIVE,
    light::SKY_STRENGTH_LIVE,
    light::EXPOSURE_LIVE,
    fixture::STREET_LAMPS,
    fixture::TUNNEL_LAMPS,
    fixture::HEADLAMPS,
    weather::FOG,
    weather::DUST,
    weather::RAIN,
    weather::SNOW,
    weather::WETNESS,
    weather::PUDDLES,
];

/// What is recorded with every state, with units; an event's condition may read it at every physics step.
///
/// Gaps run from the ego's front bumper along the road. Times, decelerations and gaps that do not exist are [`FAR`].
/// `docs/FAMILY.md` defines each measure and names its source.
pub(super) const SIGNALS: Names = &[
    ("time_s", "s"),
    ("ego_x_m", "m"),
    ("ego_y_m", "m"),
    ("ego_speed_m_s", "m/s"),
    ("ego_accel_m_s2", "m/s2"),
    ("ego_brake", ""),
    ("ego_emergency", ""),
    ("ego_steer_rad", "rad"),
    ("lead_gap_m", "m"),
    ("lead_speed_m_s", "m/s"),
    ("cutter_gap_m", "m"),
    ("cutter_y_m", "m"),
    ("cutter_speed_m_s", "m/s"),
    ("pedestrian_x_m", "m"),
    ("pedestrian_y_m", "m"),
    ("pedestrian_speed_m_s", "m/s"),
    ("pedestrian_visible", ""),
    ("arrives_s", "s"),
    ("cyclist_x_m", "m"),
    ("cyclist_y_m", "m"),
    ("cyclist_visible", ""),
    ("cyclist_speed_m_s", "m/s"),
    ("passing_m", "m"),
    ("door_open", ""),
    ("lead_visible", ""),
    ("cutter_visible", ""),
    ("detection_range_m", "m"),
    ("ttc_s", "s"),
    ("drac_m_s2", "m/s2"),
    ("btn", ""),
    ("rss_margin_m", "m"),
    ("adaptation_ev", "EV"),
    ("light_level", ""),
    ("ego_throttle_command", ""),
    ("ego_brake_command", ""),
    ("ego_accel_command_m_s2", "m/s2"),
    ("ego_steer_command_rad", "rad"),
    ("ego_heading_rad", "rad"),
    ("ego_yaw_rate_rad_s", "rad/s"),
];

/// The quantities of an episode's summary with their units: followed at every physics step.
pub(super) const SUMMARY: Names = &[
    ("btn_max", ""),
    ("clearance_min_m", "m"),
    ("collided", ""),
    ("collision_s", "s"),
    ("cyclist_fell", ""),
    ("cyclist_pet_s", "s"),
    ("drac_max_m_s2", "m/s2"),
    ("ego_brake_max_m_s2", "m/s2"),
    ("impact_speed_m_s", "m/s"),
    ("occluded_s", "s"),
    ("passing_min_m", "m"),
    ("pet_s", "s"),
    ("rss_violation_s", "s"),
    ("stop_distance_m", "m"),
    ("ttc_min_s", "s"),
];
