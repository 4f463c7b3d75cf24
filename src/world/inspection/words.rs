//! The slots, signals and end quantities of the inspection stage.

use crate::world::fixture;
use crate::world::light;
use crate::world::slots::{Slot, slot};
use crate::world::stage::{Names, Placed, placed};
use crate::world::weather;

/// Range as low, default, high.
pub(super) const SLOTS: &[Slot] = &[
    slot("board_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which board: its parts, their places and the traces."),
    slot(
        "board_width_mm",
        "mm",
        [6.0, 30.0, 100.0],
        "Extent of the board along x, to the right in a picture from above.",
    ),
    slot("board_height_mm", "mm", [6.0, 24.0, 100.0], "Extent of the board along y."),
    slot(
        "trace_width_mm",
        "mm",
        [0.05, 0.2, 1.0],
        "Width of signal traces; some of power are one pitch wider on both sides.",
    ),
    slot("trace_space_mm", "mm", [0.05, 0.2, 1.0], "The least space between the copper of two nets."),
    slot("density", "", [0.0, 0.6, 1.0], "How many parts are tried: 0 very few, 1 until hardly any finds room."),
    slot("pour", "", [0.0, 0.0, 1.0], "Share of the board, from its left edge, whose free room is filled with copper."),
    slot(
        "defect_kind",
        "",
        [0.0, 1.0, 6.0],
        "The defect: 0 none, 1 open, 2 short, 3 mousebite, 4 spur, 5 spurious copper, 6 pin-hole.",
    ),
    slot(
        "defect_size_mm",
        "mm",
        [0.005, 0.15, 2.0],
        "Narrowest width of an open's gap or a short's bridge; width of a bite or spur along the trace; diameter of the rest.",
    ),
    slot("defect_depth", "", [0.02, 0.5, 0.98], "How much of the trace's width a bite takes, or of the gap a spur."),
    slot("defect_place", "", [0.0, 0.5, 1.0], "Which of the places where it can be: 0 the leftmost, 1 the rightmost."),
    slot("defect_seed", "", [0.0, 1.0, 4_294_967_295.0], "The defects' outlines, and what the others are."),
    slot(
        "other_defects",
        "",
        [0.0, 0.0, 12.0],
        "How many other defects of any kind there are besides, where they find room.",
    ),
    slot(
        "defect_window_mm",
        "mm",
        [2.0, 200.0, 200.0],
        "Defects lie in a square of this side round the board's middle.",
    ),
    slot("look", "", [0.0, 0.0, 1.0], "0 photographed, 1 a scan after its threshold: copper black, all else white."),
    slot("mask_colour", "", [0.0, 0.0, 3.0], "Solder mask of a photographed board: 0 green, 1 blue, 2 red, 3 black."),
    slot(
        "smooth_edges",
        "",
        [0.0, 0.0, 1.0],
        "1 smooths the edges of a photographed board, and so changes pixels beside a defect's mask too; 0 keeps the mask exact.",
    ),
    slot("board_x_mm", "mm", [-300.0, 0.0, 300.0], "Where the board's middle begins, right of the stage's origin."),
    slot(
        "board_y_mm",
        "mm",
        [-50.0, 0.0, 50.0],
        "Where the board's middle lies, above the origin in a picture from above.",
    ),
    slot("board_yaw_deg", "deg", [-180.0, 0.0, 180.0], "How far the board is turned about the vertical."),
    slot("conveyor_mm_s", "mm/s", [-500.0, 0.0, 500.0], "Speed of the belt along x; the board moves with it."),
    light::SUN_ELEVATION,
    light::SUN_AZIMUTH,
    light::SUN_STRENGTH,
    light::SKY_STRENGTH,
    fixture::RING_LIGHT,
    fixture::RING_RADIUS,
    fixture::RING_HEIGHT,
    weather::DUST_NEAR,
];

/// What a hand can move, and the slots that say where it is.
pub(super) const PLACED: &[Placed] =
    &[placed("board", [Some("board_x_mm"), Some("board_y_mm"), None], Some("board_yaw_deg"))];

/// What an event may set while the world steps; `exposure_ev` is the camera's.
pub(super) const LIVE_SLOTS: &[Slot] = &[
    slot("conveyor_mm_s", "mm/s", [-500.0, 0.0, 500.0], "Speed of the belt along x; the board moves with it."),
    light::SUN_ELEVATION_LIVE,
    light::SUN_AZIMUTH_LIVE,
    light::SUN_STRENGTH_LIVE,
    light::SKY_STRENGTH_LIVE,
    light::EXPOSURE_LIVE,
    fixture::RING_LIGHT,
    weather::DUST_NEAR,
];

/// What is recorded with every state, with units; an event's condition may read it at every physics step.
///
/// Pixels are those of the family's camera, of the middle of the defect that the family asks for; `critical_px` is how many of
/// them its critical length covers. Where `defect_kind` is 0 there is none: the middle is at −1, and nothing is in view.
pub(super) const SIGNALS: Names = &[
    ("time_s", "s"),
    ("board_x_mm", "mm"),
    ("conveyor_mm_s", "mm/s"),
    ("light_level", ""),
    ("defect_u_px", "px"),
    ("defect_v_px", "px"),
    ("defect_in_view", ""),
    ("critical_px", "px"),
];

/// The quantities of an episode's summary with their units. Those of one kind of defect are −1 for the others, and place, size
/// and time in view 0 where `defect_kind` is 0; counts are of all defects, the `other_defects` too.
pub(super) const SUMMARY: Names = &[
    ("defect_x_mm", "mm"),
    ("defect_y_mm", "mm"),
    ("defect_width_mm", "mm"),
    ("defect_height_mm", "mm"),
    ("defect_area_mm2", "mm2"),
    ("gap_um", "um"),
    ("bridge_um", "um"),
    ("neck_um", "um"),
    ("clear_um", "um"),
    ("wall_um", "um"),
    ("critical_px_max", "px"),
    ("seen_s", "s"),
    ("light_seen_min", ""),
    ("nets", ""),
    ("nets_broken", ""),
    ("nets_joined", ""),
    ("defects", ""),
    ("copper_share", ""),
];
