//! Flat regions with exact edges: unions, differences and triangles of polygons in whole nanometres.
//!
//! Whole numbers give the same copper on every machine, and a defect that is told apart from it without a tolerance. Curves
//! are polygons inside the true curve, so that nothing comes nearer to its neighbour than it was placed. What the regions are
//! made of and for is not known here.

use glam::DVec2;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::Overlay;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use i_overlay::i_shape::int::shape::{IntContour, IntShapes};
use i_triangle::int::triangulatable::IntTriangulatable as _;

/// Nanometres in a millimetre.
pub(super) const NM: f64 = 1e6;
/// Corners of a whole circle.
const ROUND: usize = 24;

/// A closed outline in nanometres, counter-clockwise.
pub(super) type Outline = IntContour<i32>;

/// The points of a part of the plane; its pieces do not touch each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Region {
    pieces: IntShapes<i32>,
}

impl Region {
    /// What at least one of `outlines` holds.
    pub(super) fn of(outlines: &[Outline]) -> Self {
        Self { pieces: Overlay::from_subj(outlines).overlay(OverlayRule::Subject, FillRule::NonZero) }
    }

    /// What at least one of `all` holds, where none touches another.
    pub(super) fn together<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        Self { pieces: all.into_iter().flat_map(|region| region.pieces.iter().cloned()).collect() }
    }

    fn with(&self, other: &Self, rule: OverlayRule) -> Self {
        let pieces = Overlay::from_subj_and_clip(&self.pieces, &other.pieces).overlay(rule, FillRule::NonZero);
        Self { pieces }
    }

    /// What one or the other holds.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Union)
    }

    /// What both hold.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Intersect)
    }

    /// What this holds and `other` does not.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Difference)
    }

    /// The pieces that hang together.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Self> {
        self.pieces.iter().map(|piece| Self { pieces: vec![piece.clone()] })
    }

    /// Whether it holds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Its area in mm².
    pub(super) fn area_mm2(&self) -> f64 {
        let twice = |outline: &Outline| -> f64 {
            let next = outline.iter().cycle().skip(1);
            outline.iter().zip(next).map(|(a, b)| cross(mm(*a), mm(*b))).sum()
        };
        0.5 * self.pieces.iter().flatten().map(twice).sum::<f64>()
    }

    /// Its low and high corner in mm; none where it is empty.
    pub(super) fn bounds_mm(&self) -> Option<[DVec2; 2]> {
        let points = self.pieces.iter().flatten().flatten().map(|point| mm(*point));
        points.fold(None, |bounds, at| match bounds {
            None => Some([at, at]),
            Some([low, high]) => Some([low.min(at), high.max(at)]),
        })
    }

    /// The number of its outlines: one a piece, and one a hole.
    #[cfg(test)]
    pub(super) fn outlines(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Its edges in mm.
    #[cfg(test)]
    pub(super) fn edges_mm(&self) -> Vec<[DVec2; 2]> {
        let edges = |outline: &Outline| -> Vec<[DVec2; 2]> {
            let next = outline.iter().cycle().skip(1);
            outline.iter().zip(next).map(|(a, b)| [mm(*a), mm(*b)]).collect()
        };
        self.pieces.iter().flatten().flat_map(edges).collect()
    }

    /// Its corners in mm, and triples of them that cover it once, counter-clockwise.
    pub(super) fn triangles(&self) -> (Vec<DVec2>, Vec<[u32; 3]>) {
        let (mut corners, mut triples) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            let from = corners.len() as u32;
            let made = piece.triangulate().into_triangulation::<u32>();
            corners.extend(made.points.iter().map(|point| mm(*point)));
            let all = made.indices.as_chunks::<3>().0;
            triples.extend(all.iter().map(|triple| triple.map(|corner| corner + from)));
        }
        (corners, triples)
    }
}

fn cross(a: DVec2, b: DVec2) -> f64 {
    a.x * b.y - a.y * b.x
}

fn mm(point: IntPoint<i32>) -> DVec2 {
    DVec2::new(f64::from(point.x), f64::from(point.y)) / NM
}

fn nm(at_mm: DVec2) -> IntPoint<i32> {
    // Boards are at most a tenth of a metre, so that this never saturates.
    IntPoint::new(libm::round(at_mm.x * NM) as i32, libm::round(at_mm.y * NM) as i32)
}

/// The outline through `corners_mm`, turned counter-clockwise.
pub(super) fn outline(corners_mm: &[DVec2]) -> Outline {
    let next = corners_mm.iter().cycle().skip(1);
    let twice: f64 = corners_mm.iter().zip(next).map(|(a, b)| cross(*a, *b)).sum();
    let mut outline: Outline = corners_mm.iter().map(|at| nm(*at)).collect();
    if twice < 0.0 {
        outline.reverse();
    }
    outline
}

/// An upright rectangle between two corners.
pub(super) fn rectangle(low_mm: DVec2, high_mm: DVec2) -> Outline {
    outline(&[low_mm, DVec2::new(high_mm.x, low_mm.y), high_mm, DVec2::new(low_mm.x, high_mm.y)])
}

/// An upright rectangle whose corners are cut at 45° by `cut_mm`.
pub(super) fn chamfered(low_mm: DVec2, high_mm: DVec2, cut_mm: f64) -> Outline {
    let (a, b, cut) = (low_mm, high_mm, cut_mm);
    let at = DVec2::new;
    outline(&[
        at(a.x + cut, a.y),
        at(b.x - cut, a.y),
        at(b.x, a.y + cut),
        at(b.x, b.y - cut),
        at(b.x - cut, b.y),
        at(a.x + cut, b.y),
        at(a.x, b.y - cut),
        at(a.x, a.y + cut),
    ])
}

/// An upright rectangle whose corners are rounded with `radius_mm`.
pub(super) fn rounded(low_mm: DVec2, high_mm: DVec2, radius_mm: f64) -> Outline {
    /// Straight pieces of a corner.
    const PIECES: usize = 3;
    let (low, high) = (low_mm + radius_mm, high_mm - radius_mm);
    let middles = [high, DVec2::new(low.x, high.y), low, DVec2::new(high.x, low.y)];
    let corner = |(quarter, middle): (usize, DVec2)| {
        let at = move |piece: usize| direction(quarter * ROUND / 4 + piece * ROUND / (4 * PIECES));
        (0..=PIECES).map(move |piece| middle + radius_mm * at(piece))
    };
    outline(&middles.into_iter().enumerate().flat_map(corner).collect::<Vec<_>>())
}

/// A disc.
pub(super) fn disc(middle_mm: DVec2, radius_mm: f64) -> Outline {
    let corners: Vec<DVec2> = (0..ROUND).map(|corner| middle_mm + radius_mm * direction(corner)).collect();
    outline(&corners)
}

/// All points within `radius_mm` of a line.
pub(super) fn capsule([from_mm, to_mm]: [DVec2; 2], radius_mm: f64) -> Outline {
    let along = (to_mm - from_mm).normalize_or(DVec2::X);
    let half = ROUND / 2;
    // The corners of a circle from the right of the line round its far end, then the other half round the near one.
    let corner = |at: usize| {
        let [cos, sin] = direction(at).to_array();
        DVec2::new(along.x * sin + along.y * cos, along.y * sin - along.x * cos) * radius_mm
    };
    let far = (0..=half).map(|at| to_mm + corner(at));
    let near = (half..=ROUND).map(|at| from_mm + corner(at));
    outline(&far.chain(near).collect::<Vec<_>>())
}

/// Corner `corner` of the unit circle.
fn direction(corner: usize) -> DVec2 {
    let (sine, cosine) = libm::sincos(corner as f64 / ROUND as f64 * core::f64::consts::TAU);
    DVec2::new(cosine, sine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_unite_cut_and_are_told_apart() {
        let at = DVec2::new;
        let a = Region::of(&[rectangle(at(0.0, 0.0), at(2.0, 2.0))]);
        let b = Region::of(&[rectangle(at(1.0, 1.0), at(3.0, 3.0))]);
        assert_eq!([a.or(&b), a.and(&b), a.without(&b)].map(|all| all.area_mm2()), [7.0, 1.0, 3.0]);
        let far = Region::of(&[rectangle(at(5.0, 0.0), at(6.0, 1.0))]);
        assert_eq!((a.or(&far).pieces().count(), a.or(&b).pieces().count()), (2, 1));
        assert!(a.and(&far).is_empty() && a.and(&far).bounds_mm().is_none());
        assert_eq!(a.or(&far).bounds_mm(), Some([at(0.0, 0.0), at(6.0, 2.0)]));
        let ring = Region::of(&[rectangle(at(0.0, 0.0), at(4.0, 4.0))]).without(&b);
        assert_eq!(ring.area_mm2(), 12.0, "a hole counts once");
    }

    #[test]
    fn triangles_cover_a_region_once_and_round_things_stay_inside_their_circle() {
        let at = DVec2::new;
        let line = capsule([at(1.0, 2.0), at(4.0, -1.0)], 0.5);
        let region = Region::of(&[line, disc(at(0.0, 0.0), 1.5)]).without(&Region::of(&[disc(at(0.2, 0.0), 0.4)]));
        let (corners, triples) = region.triangles();
        let area: f64 = triples
            .iter()
            .map(|triple| triple.map(|corner| corners[corner as usize]))
            .map(|[a, b, c]| 0.5 * cross(b - a, c - a))
            .inspect(|area| assert!(*area > 0.0, "counter-clockwise"))
            .sum();
        assert!((area - region.area_mm2()).abs() < 1e-6, "{area} of {}", region.area_mm2());
        let round = Region::of(&[capsule([at(0.0, 0.0), at(3.0, 0.0)], 0.5)]).area_mm2();
        let whole = 3.0 + core::f64::consts::PI * 0.25;
        assert!(round < whole && round > 0.99 * whole, "{round} of {whole}");
    }
}
