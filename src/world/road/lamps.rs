//! The lamps of the road: over the street, in the tunnel, on the ego's front.
//!
//! What the light of a tunnel paints dark reflects less than it would: its lamps are stronger by as much, so that what they light
//! comes out as bright as it should. Lamps of other vehicles are deliberately left out.

use glam::DVec3;

use super::layout::{self, Place};
use super::scenery;
use super::vehicle::{CAR, Vehicle};
use crate::family::Family;
use crate::world::WorldError;
use crate::world::engine::Builder;
use crate::world::fields::Binder;
use crate::world::fixture::{Fixtures, HEADLAMPS, Plan, Row, STREET_LAMPS, TUNNEL_LAMPS, row};

/// Half the angles of a lamp that looks down, just what one shadow map has room for.
const DOWN_RAD: [f64; 2] = [0.75, 1.02];
/// Half the angles of a headlamp's beam, and how far it looks down: it meets the road 30 m ahead.
const BEAM_RAD: [f64; 2] = [0.06, 0.32];
const BEAM_DOWN: f64 = 0.018;

/// The lamps that a road can have: nine posts a side; two abreast in every second of the 4 m of the longest tunnel.
pub(super) const ROWS: [Row; 3] =
    [row("street_lamp", &STREET_LAMPS, 18), row("tunnel_lamp", &TUNNEL_LAMPS, 102), row("headlamp", &HEADLAMPS, 2)];

/// All lamps of `place` and of the ego.
///
/// # Errors
/// A strength outside its range.
pub(super) fn of(
    of: (&Family, &Binder<'_>),
    builder: &mut Builder,
    (place, ego): (&Place, &Vehicle),
) -> Result<Fixtures, WorldError> {
    let mut all = Fixtures::default();
    let [over_street, in_tunnel, ahead] = &ROWS;
    all.put(of, builder, over_street, None, street(place))?;
    all.put(of, builder, in_tunnel, None, tunnel(place))?;
    all.put(of, builder, ahead, Some(ego.handle()), headlamps())?;
    Ok(all)
}

/// Under the heads of the street's posts, leaning over the road.
fn street(place: &Place) -> Vec<Plan> {
    let plan = |head: DVec3| Plan {
        at: head - DVec3::Z * 0.12,
        towards: DVec3::new(0.0, -0.25 * head.y.signum(), -1.0).normalize(),
        cone_rad: DOWN_RAD,
        radius_m: 0.09,
        colour: [1.0, 0.80, 0.52],
        by: 1.0,
        casts: true,
    };
    scenery::street_lamps(place).into_iter().map(plan).collect()
}

fn tunnel(place: &Place) -> Vec<Plan> {
    let share = |x_m: f64| place.tunnel.map_or(1.0, |tunnel| tunnel.share(x_m));
    let plan = |head: DVec3| Plan {
        at: head - DVec3::Z * 0.1,
        towards: DVec3::NEG_Z,
        cone_rad: DOWN_RAD,
        radius_m: 0.05,
        colour: [1.0, 0.86, 0.62],
        by: 1.0 / share(head.x),
        casts: false,
    };
    layout::tunnel_lamps(place).into_iter().map(plan).collect()
}

/// In the ego's frame; so low that its own camera does not see them over the bonnet.
fn headlamps() -> [Plan; 2] {
    [1.0, -1.0].map(|side| Plan {
        at: DVec3::new(CAR.half.x + 0.06, side * 0.58, 0.54),
        towards: DVec3::new(1.0, 0.0, -BEAM_DOWN).normalize(),
        cone_rad: BEAM_RAD,
        radius_m: 0.04,
        colour: [1.0, 0.96, 0.88],
        by: 1.0,
        casts: true,
    })
}
