//! The road's lines and lanes as labels have them: what `layout` paints, said in words and numbers.

use glam::DVec3;

use super::layout::{DASHES_TO_M, FROM_M, LINE_HALF_M, LINE_HIGH_M, MOTORWAY_DASH_M, Place, STREET_DASH_M, TO_M};
use super::layout::{beside_crossing, dividers_m};
use crate::world::facts::{AreaKind, LaneArea, LaneLine, Lanes, LineKind};

/// Corners of a line's polyline are so far apart, in metres, so that each has a place of its own where lenses bend lines.
const STEP_M: f64 = 10.0;

/// The lines and lanes of the ego's carriageway at `place`.
pub(super) fn of(place: &Place) -> Lanes {
    let [right, left] = place.lines_m;
    let left_kind = if place.motorway { LineKind::SolidYellow } else { LineKind::SolidWhite };
    let dividers = dividers_m(place).into_iter().map(|y| (y, LineKind::DashedWhite));
    let [right_edge, left_edge] = place.edges_m;
    let mut across = vec![(right_edge, LineKind::Edge), (right, LineKind::SolidWhite)];
    across.extend(dividers);
    across.extend([(left, left_kind), (left_edge, LineKind::Edge)]);
    let mut named = [0; 2];
    let lines = across.into_iter().map(|(y, kind)| {
        let is_edge = usize::from(kind == LineKind::Edge);
        let number = named.get_mut(is_edge).map_or(0, |number| {
            *number += 1;
            *number
        });
        line(place, y, kind, &format!("{}_{number}", if is_edge == 1 { "edge" } else { "line" }))
    });
    Lanes { lines: lines.collect(), areas: areas(place) }
}

fn line(place: &Place, y: f64, kind: LineKind, name: &str) -> LaneLine {
    let high = if kind == LineKind::Edge { 0.0 } else { LINE_HIGH_M };
    let to_m = if kind == LineKind::DashedWhite { DASHES_TO_M } else { TO_M };
    let steps = libm::ceil((to_m - FROM_M) / STEP_M) as usize;
    let points = (0..=steps).map(|step| DVec3::new((FROM_M + STEP_M * step as f64).min(to_m), y, high)).collect();
    let from_start = |[from, to]: [f64; 2]| [from - FROM_M, to - FROM_M];
    let painted_m = match kind {
        LineKind::Edge => Vec::new(),
        LineKind::DashedWhite => dashes(place).map(from_start).collect(),
        _ => beside_crossing(place, [FROM_M, TO_M]).map(from_start).collect(),
    };
    let width_m = if kind == LineKind::Edge { 0.0 } else { 2.0 * LINE_HALF_M };
    LaneLine { name: name.to_owned(), kind, points, painted_m, width_m }
}

/// Where the dashes of `place` are along the road.
pub(super) fn dashes(place: &Place) -> impl Iterator<Item = [f64; 2]> {
    let [length, period] = if place.motorway { MOTORWAY_DASH_M } else { STREET_DASH_M };
    let count = ((DASHES_TO_M - FROM_M) / period) as usize;
    let starts = (0..count).map(move |dash| FROM_M + 5.0 + dash as f64 * period);
    starts.flat_map(move |start| beside_crossing(place, [start, start + length]))
}

/// What the asphalt between the edges is for.
fn areas(place: &Place) -> Vec<LaneArea> {
    let [right, left] = place.lines_m;
    let [right_edge, left_edge] = place.edges_m;
    let area = |kind, low: f64, high: f64| LaneArea { kind, along_across_m: [[FROM_M, low], [TO_M, high]] };
    let mut all = vec![area(AreaKind::Beside, right_edge, right)];
    let mut bounds = vec![right];
    bounds.extend(dividers_m(place));
    bounds.push(left);
    for pair in bounds.windows(2) {
        let [low, high] = [pair[0], pair[1]];
        // The ego's lane is the one about y = 0.
        let kind = match (low < 0.0 && high > 0.0, place.motorway) {
            (true, _) => AreaKind::OwnLane,
            (false, true) => AreaKind::OtherLane,
            (false, false) => AreaKind::OncomingLane,
        };
        all.push(area(kind, low, high));
    }
    all.push(area(AreaKind::Beside, left, left_edge));
    all
}
