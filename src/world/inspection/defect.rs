//! Defects: what copper too much or too little is, as regions, and what it does to the nets.
//!
//! The six kinds are those of `DeepPCB` (Tang et al., arXiv 1902.06197): open, short, mousebite, spur, spurious copper and
//! pin-hole. Each is a polygon that is added to the copper or taken from it; its patch is exactly what can be seen of it.

use glam::DVec2;

use super::board::Board;
use super::grid::FREE;
use super::region::{Outline, Region, outline};
use super::site::{self, Site};
use crate::base::Stream;
use crate::world::snapshot::Class;

/// Corners of a blob.
const CORNERS: usize = 28;

/// The kinds of defects; their numbers are those of `DeepPCB`'s label files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open = 1,
    Short = 2,
    Mousebite = 3,
    Spur = 4,
    Copper = 5,
    Pinhole = 6,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Open, Self::Short, Self::Mousebite, Self::Spur, Self::Copper, Self::Pinhole];

    /// The kind with a number; none for 0 and what lies beyond.
    pub(super) fn numbered(number: f64) -> Option<Self> {
        let number = libm::round(number) as usize;
        Self::ALL.into_iter().find(|kind| *kind as usize == number)
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Open => Class::Open,
            Self::Short => Class::Short,
            Self::Mousebite => Class::Mousebite,
            Self::Spur => Class::Spur,
            Self::Copper => Class::SpuriousCopper,
            Self::Pinhole => Class::PinHole,
        }
    }

    /// Whether copper is there that should not be.
    pub(super) fn adds(self) -> bool {
        matches!(self, Self::Short | Self::Spur | Self::Copper)
    }
}

/// What a defect should be like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) kind: Kind,
    /// Its width along the trace, or its diameter, in mm; less where there is no room.
    pub(super) size_mm: f64,
    /// How much of the trace's width a bite takes, or of the gap a spur.
    pub(super) depth: f64,
    /// 0 the leftmost place that there is for it, 1 the rightmost.
    pub(super) place: f64,
}

/// A defect as it came out.
#[derive(Clone, Debug)]
pub(super) struct Defect {
    pub(super) kind: Kind,
    /// What is added or taken, before what changes nothing is left out.
    #[cfg(test)]
    pub(super) shape: Region,
    /// What differs from the board without it.
    pub(super) patch: Region,
    /// Its low and high corner in mm.
    pub(super) bounds_mm: [DVec2; 2],
    /// What makes it critical, in mm: the narrowest gap of an open, the narrowest width of a short, what is left of a bitten
    /// trace, of the gap at a spur or round spurious copper, of the copper round a pin-hole.
    pub(super) critical_mm: f64,
    /// Pieces that nets fall into because of it, and nets that it joins, less one each.
    pub(super) broken: usize,
    pub(super) joined: usize,
}

/// A defect as `wanted` on `board`, within a square window round its middle; other defects keep away from `others`. None where
/// there is no place for it.
pub(super) fn make(
    board: &Board,
    wanted: &Wanted,
    (window_mm, others): (f64, &[Defect]),
    stream: &mut Stream,
) -> Option<Defect> {
    let sites = site::all(board, wanted.kind, window_mm);
    let first = ((wanted.place * sites.len() as f64) as usize).min(sites.len().checked_sub(1)?);
    // The next places to the right, then from the left: one whose neighbourhood is taken is passed over.
    let found = sites.iter().cycle().skip(first).take(sites.len());
    let (site, ..) = found.map(|site| (site, others)).find(|(site, others)| {
        let apart = |other: &Defect| {
            let [low, high] = other.bounds_mm;
            let away = (low - site.at_mm).max(site.at_mm - high).max_element();
            away > 2.0 * site.half_mm.max(board.pitch_mm()) + wanted.size_mm
        };
        others.iter().all(apart)
    })?;
    shaped(board, wanted, site, stream)
}

/// The defect at a site.
fn shaped(board: &Board, wanted: &Wanted, site: &Site, stream: &mut Stream) -> Option<Defect> {
    let (shape, critical_mm) = match wanted.kind {
        Kind::Open => cut(board, wanted, site, stream),
        Kind::Short => bridge(board, wanted, site, stream),
        Kind::Mousebite => bite(wanted, site, stream),
        Kind::Spur => spur(board, wanted, site, stream),
        Kind::Copper | Kind::Pinhole => spot(wanted, site, stream),
    };
    let shape = Region::of(&[shape]);
    let (patch, broken, joined) =
        if wanted.kind.adds() { added(board, &shape) } else { removed(board, site.net, &shape) };
    let bounds_mm = patch.bounds_mm()?;
    Some(Defect {
        kind: wanted.kind,
        #[cfg(test)]
        shape,
        patch,
        bounds_mm,
        critical_mm,
        broken,
        joined,
    })
}

/// What adding `shape` changes.
fn added(board: &Board, shape: &Region) -> (Region, usize, usize) {
    let met = board.nets.iter().filter(|net| touches(net.bounds_mm, shape) && !net.copper.and(shape).is_empty());
    let mut patch = shape.clone();
    let mut joined = 0_usize;
    for net in met {
        patch = patch.without(&net.copper);
        joined += 1;
    }
    (patch, 0, joined.saturating_sub(1))
}

/// What taking `shape` from the net called `number` changes.
fn removed(board: &Board, number: u16, shape: &Region) -> (Region, usize, usize) {
    let met = board.nets.iter().filter(|net| net.number == number && touches(net.bounds_mm, shape));
    let mut patch = Region::default();
    let mut broken = 0;
    for net in met {
        patch = patch.or(&net.copper.and(shape));
        broken += net.copper.without(shape).pieces().count().saturating_sub(1);
    }
    (patch, broken, 0)
}

fn touches([low, high]: [DVec2; 2], shape: &Region) -> bool {
    shape.bounds_mm().is_some_and(|[from, to]| from.cmple(high).all() && to.cmpge(low).all())
}

/// A number from `low` to `high`.
fn between(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * stream.next_unit()
}

/// Points (along, to the left) of a site as an outline.
fn placed(site: &Site, points: &[DVec2]) -> Outline {
    let to = |at: &DVec2| site.at_mm + site.along * at.x + site.along.perp() * at.y;
    outline(&points.iter().map(to).collect::<Vec<_>>())
}

/// A crooked band from `low` to `high` to the left, nowhere narrower than `width`; `sway` is how far it leaves its middle.
fn band([low, high]: [f64; 2], (width, sway): (f64, f64), stream: &mut Stream) -> Vec<DVec2> {
    const JOINTS: u32 = 6;
    // The narrowest joint has the width that was asked for; the others are up to half as wide again.
    let narrowest = stream.next_below(u64::from(JOINTS)) as u32;
    let joints: Vec<[f64; 3]> = (0..JOINTS)
        .map(|joint| {
            let y = low + (high - low) * f64::from(joint) / f64::from(JOINTS - 1);
            let half = 0.5 * width * if joint == narrowest { 1.0 } else { between(stream, 1.0, 1.5) };
            [y, between(stream, -sway, sway), half]
        })
        .collect();
    let right = joints.iter().map(|[y, x, half]| DVec2::new(x + half, *y));
    let left = joints.iter().rev().map(|[y, x, half]| DVec2::new(x - half, *y));
    right.chain(left).collect()
}

/// A crack through a trace.
fn cut(board: &Board, wanted: &Wanted, site: &Site, stream: &mut Stream) -> (Outline, f64) {
    let width = wanted.size_mm.min(0.8 * board.pitch_mm());
    let beyond = site.half_mm + 0.4 * board.design.space_mm;
    let points = band([-beyond, beyond], (width, 0.25 * width.max(0.1 * board.pitch_mm())), stream);
    (placed(site, &points), width)
}

/// Copper from a trace to what it faces.
fn bridge(board: &Board, wanted: &Wanted, site: &Site, stream: &mut Stream) -> (Outline, f64) {
    let width = wanted.size_mm.min(0.5 * board.pitch_mm());
    let half_trace = 0.5 * board.design.trace_mm;
    let ends = [site.half_mm - half_trace, site.half_mm + site.gap_mm + half_trace];
    let points = band(ends, (width, 0.1 * board.pitch_mm()), stream);
    (placed(site, &points), width)
}

/// A blob within the half axes (along, to the left), which it touches on every side, round (0, `y`).
fn blob(half: DVec2, y: f64, stream: &mut Stream) -> Vec<DVec2> {
    let waves = [(2.0, 0.16), (3.0, 0.12), (5.0, 0.06)].map(|(times, size)| {
        let turn = between(stream, 0.0, core::f64::consts::TAU);
        (times, size, turn)
    });
    let corner = |at: usize| {
        let angle = at as f64 / CORNERS as f64 * core::f64::consts::TAU;
        let wave = |(times, size, turn): &(f64, f64, f64)| size * libm::cos(times * angle + turn);
        let (sine, cosine) = libm::sincos(angle);
        DVec2::new(cosine, sine) * (1.0 + waves.iter().map(wave).sum::<f64>())
    };
    let corners: Vec<DVec2> = (0..CORNERS).map(corner).collect();
    let (low, high) = corners.iter().fold((DVec2::ZERO, DVec2::ZERO), |(low, high), at| (low.min(*at), high.max(*at)));
    let fit = |at: &DVec2| {
        let side = |value: f64, low: f64, high: f64| if value < 0.0 { -value / low } else { value / high };
        DVec2::new(side(at.x, low.x, high.x) * half.x, y + side(at.y, low.y, high.y) * half.y)
    };
    corners.iter().map(fit).collect()
}

/// A notch in the edge of a trace.
fn bite(wanted: &Wanted, site: &Site, stream: &mut Stream) -> (Outline, f64) {
    let deep = wanted.depth * 2.0 * site.half_mm;
    let points = blob(DVec2::new(0.5 * wanted.size_mm.min(2.4 * site.half_mm), deep), site.half_mm, stream);
    (placed(site, &points), 2.0 * site.half_mm - deep)
}

/// A tongue of copper from the edge of a trace towards what it faces.
fn spur(board: &Board, wanted: &Wanted, site: &Site, stream: &mut Stream) -> (Outline, f64) {
    let reach = wanted.depth * site.gap_mm;
    let half = DVec2::new(0.5 * wanted.size_mm.min(0.8 * board.pitch_mm()), reach);
    let mut points = blob(half, site.half_mm, stream);
    // What lies below the edge only has to meet the trace.
    for at in &mut points {
        at.y = at.y.max(0.5 * site.half_mm);
    }
    (placed(site, &points), site.gap_mm - reach)
}

/// Copper in a gap, or a hole in copper: a blob in the room that there is.
fn spot(wanted: &Wanted, site: &Site, stream: &mut Stream) -> (Outline, f64) {
    let room = if site.net == FREE { 0.85 } else { 0.75 } * site.half_mm;
    let long = (0.5 * wanted.size_mm).min(room);
    let mut points = blob(DVec2::new(1.0, between(stream, 0.55, 1.0)), 0.0, stream);
    let farthest = points.iter().map(|at| at.length()).fold(0.0, f64::max);
    let (sine, cosine) = libm::sincos(between(stream, 0.0, core::f64::consts::TAU));
    for at in &mut points {
        *at = DVec2::new(cosine, sine).rotate(*at) * (long / farthest);
    }
    (placed(site, &points), site.half_mm - long)
}
