//! Boards and defects held to their promises: clearance, and what a defect does to the nets.

use std::collections::BTreeMap;

use glam::DVec2;

use super::board::{Board, Design};
use super::defect::{Defect, Kind, Wanted, make};
use super::region::Region;
use crate::base::{Silent, StreamKey};
use crate::family::{Bound, Event, Family};
use crate::sample::Draw;
use crate::world::{Class, Episode, WorldError, simulate, vocabulary};

/// Boards of all sorts by seed: fine and coarse, sparse and dense, with and without a pour.
fn design(seed: u64) -> Design {
    let key = StreamKey::new(seed, "tests");
    let pick = |what: &str, low: f64, high: f64| low + (high - low) * key.unit(what, 0);
    let trace_mm = pick("trace", 0.15, 0.4);
    Design {
        seed,
        size_mm: DVec2::new(pick("width", 16.0, 30.0), pick("height", 16.0, 26.0)),
        trace_mm,
        space_mm: trace_mm * pick("space", 0.7, 1.4),
        density: pick("density", 0.2, 1.0),
        pour: if seed.is_multiple_of(3) { pick("pour", 0.0, 0.8) } else { 0.0 },
    }
}

fn wanted(kind: Kind, seed: u64) -> Wanted {
    let key = StreamKey::new(seed, "wanted");
    let pick = |what: &str, low: f64, high: f64| low + (high - low) * key.unit(what, kind as u64);
    Wanted { kind, size_mm: pick("size", 0.02, 0.6), depth: pick("depth", 0.02, 0.98), place: pick("place", 0.0, 1.0) }
}

fn defect(board: &Board, kind: Kind, seed: u64) -> Option<Defect> {
    let mut stream = StreamKey::new(seed, "shape").stream("defect", kind as u64);
    make(board, &wanted(kind, seed), (200.0, &[]), &mut stream)
}

/// All nets in one region, told apart only by what touches.
fn united(board: &Board) -> Region {
    board.nets.iter().fold(Region::default(), |all, net| all.or(&net.copper))
}

#[test]
fn a_defect_does_to_the_nets_what_its_kind_says_on_two_hundred_boards() {
    let mut made = [0; 6];
    for seed in 0..200 {
        let board = Board::new(design(seed)).unwrap();
        let whole = united(&board);
        let nets = whole.pieces().count();
        assert_eq!(nets, board.nets.len(), "board {seed}: no net touches another, and each hangs together");
        for kind in Kind::ALL {
            let Some(defect) = defect(&board, kind, seed) else { continue };
            made[kind as usize - 1] += 1;
            let about = format!("{kind:?} on board {seed}: {:?}", (defect.critical_mm, defect.broken, defect.joined));
            // The truth by another way: the whole board's copper with the patch, and what then hangs together.
            let patch = &defect.patch;
            // Where its edge crosses another the patch's corner is rounded, which may leave a thread of a nanometre.
            let after = match kind {
                Kind::Open => whole.without(&defect.shape),
                _ if kind.adds() => whole.or(&defect.shape),
                _ => whole.without(patch),
            };
            let pieces = after.pieces().count();
            let expected = match kind {
                Kind::Open | Kind::Copper => nets + 1,
                Kind::Short => nets - 1,
                Kind::Mousebite | Kind::Spur | Kind::Pinhole => nets,
            };
            assert_eq!(pieces, expected, "{about}");
            assert_eq!(
                (defect.broken, defect.joined),
                (usize::from(kind == Kind::Open), usize::from(kind == Kind::Short)),
                "{about}"
            );
            assert!(defect.critical_mm > 0.0 && patch.area_mm2() > 0.0, "{about}");
            let changed = after.area_mm2() - whole.area_mm2();
            let signed = if kind.adds() { patch.area_mm2() } else { -patch.area_mm2() };
            // Corners are rounded to whole nanometres where edges cross.
            assert!((changed - signed).abs() < 1e-5, "{about}: the patch is all that changes: {changed} {signed}");
            let holes = |region: &Region| region.outlines() - region.pieces().count();
            if kind == Kind::Pinhole {
                assert_eq!(holes(&after), holes(&whole) + 1, "{about}: all round it is copper");
            }
        }
    }
    assert!(made.iter().all(|count| *count > 100), "{made:?}");
}

#[test]
fn a_bite_leaves_the_neck_that_it_says() {
    for seed in 0..60 {
        let board = Board::new(design(seed)).unwrap();
        let Some(found) = defect(&board, Kind::Mousebite, seed) else { continue };
        let depth = wanted(Kind::Mousebite, seed).depth;
        // The patch lies in the trace; across the trace it is as deep as was asked.
        let sites = super::site::all(&board, Kind::Mousebite, 200.0);
        let near = sites[(wanted(Kind::Mousebite, seed).place * sites.len() as f64) as usize];
        let (corners, _) = found.patch.triangles();
        let across = corners.iter().map(|at| (*at - near.at_mm).dot(near.along.perp()));
        let deep = across.clone().fold(f64::NEG_INFINITY, f64::max) - across.fold(f64::INFINITY, f64::min);
        let width = 2.0 * near.half_mm;
        assert!((deep - depth * width).abs() < 0.02 * width, "seed {seed}: {deep} of {width}, asked {depth}");
        assert!((found.critical_mm - (width - deep)).abs() < 0.02 * width, "seed {seed}");
    }
}

/// The least distance between the copper of two nets: from a corner of one to an edge of the other.
fn least_gap_mm(board: &Board) -> f64 {
    let mut least = f64::INFINITY;
    for (at, a) in board.nets.iter().enumerate() {
        for b in board.nets.iter().skip(at + 1) {
            let reach = board.pitch_mm();
            if (a.bounds_mm[0] - reach).cmpgt(b.bounds_mm[1]).any()
                || (b.bounds_mm[0] - reach).cmpgt(a.bounds_mm[1]).any()
            {
                continue;
            }
            for (from, to) in [(a, b), (b, a)] {
                let edges = to.copper.edges_mm();
                for [corner, _] in from.copper.edges_mm() {
                    for [p, q] in &edges {
                        let along = *q - *p;
                        let share = ((corner - *p).dot(along) / along.length_squared()).clamp(0.0, 1.0);
                        least = least.min(corner.distance(*p + along * share));
                    }
                }
            }
        }
    }
    least
}

#[test]
fn nets_keep_their_space() {
    let mut runs = 0;
    for seed in 0..24 {
        let board = Board::new(design(seed)).unwrap();
        let gap_mm = least_gap_mm(&board);
        assert!(gap_mm > board.design.space_mm - 1e-5, "board {seed}: {gap_mm} of {} mm", board.design.space_mm);
        let [low, high] = board.copper.bounds_mm().unwrap();
        assert!(low.cmpge(-0.5 * board.design.size_mm).all() && high.cmple(0.5 * board.design.size_mm).all());
        runs += board.runs.len();
    }
    assert!(runs > 24 * 20, "{runs} straight pieces of traces on 24 boards");
}

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(slots: &[(&str, f64)]) -> Family {
    let mut family = Family::new("board", "Board", "inspection");
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    let number = Bound::Number;
    family.camera.eye_m = [0.0, 0.0, 0.2].map(number);
    family.camera.target_m = [0.0; 3].map(number);
    family.camera.vertical_fov_deg = number(7.0);
    family.clock.duration_s = 0.5;
    family.rare_event = "nets_broken > 0.5".to_owned();
    family
}

fn episode(slots: &[(&str, f64)]) -> Result<Episode, WorldError> {
    simulate(&family(slots), &draw(), &Silent)
}

#[test]
fn an_episode_says_what_was_asked_and_is_the_same_again() {
    let slots = [("defect_size_mm", 0.1), ("conveyor_mm_s", 12.0), ("other_defects", 4.0), ("board_seed", 5.0)];
    let one = episode(&slots).unwrap();
    assert_eq!(one, episode(&slots).unwrap(), "the same bits");
    assert!(one.rare && (one.summary["gap_um"] - 100.0).abs() < 1e-9, "{:?}", one.summary);
    assert_eq!((one.summary["neck_um"], one.summary["defects"]), (-1.0, 5.0));
    let x = &one.signals["board_x_mm"];
    assert!((x.last().unwrap() - x[0] - 12.0 * one.signals["time_s"].last().unwrap()).abs() < 1e-6, "{x:?}");
    let moved = one.signals["defect_u_px"].last().unwrap() - one.signals["defect_u_px"][0];
    assert!(moved > 0.0, "the belt runs to the right in the picture");
    for (name, _) in vocabulary(&Family::new("x", "X", "inspection")).signals {
        assert!(one.signals[name.as_ref()].iter().all(|value| value.is_finite()), "{name}");
    }
    let classes: Vec<Class> = one.snapshots[0].bodies.iter().map(|body| body.class).collect();
    assert!(classes.contains(&Class::Open) && classes.contains(&Class::Board), "{classes:?}");
    let good = episode(&[("defect_kind", 0.0), ("board_seed", 5.0)]).unwrap();
    assert!(
        !good.rare && good.summary["defects"] == 0.0 && good.summary["copper_share"] == one.summary["copper_share"]
    );
    assert_ne!(episode(&[("board_seed", 6.0)]).unwrap().summary["copper_share"], good.summary["copper_share"]);
}

#[test]
fn an_event_stops_the_belt() {
    let mut family = family(&[("conveyor_mm_s", 20.0)]);
    let stop = crate::family::Action::Set { slot: "conveyor_mm_s".to_owned(), to: Bound::Number(0.0) };
    family.events = vec![Event::at("stop", Bound::Number(0.25), stop)];
    let x = simulate(&family, &draw(), &Silent).unwrap().signals["board_x_mm"].clone();
    assert!((x.last().unwrap() - 5.0).abs() < 0.2, "{x:?}");
}

#[test]
fn what_cannot_be_made_is_refused_with_the_cure() {
    let refused = |slots: &[(&str, f64)]| episode(slots).unwrap_err().to_string();
    let fine = refused(&[
        ("board_width_mm", 100.0),
        ("board_height_mm", 100.0),
        ("trace_width_mm", 0.06),
        ("trace_space_mm", 0.06),
    ]);
    assert!(fine.contains("too large to lay out; make it smaller"), "{fine}");
    let small = refused(&[("board_width_mm", 6.0), ("board_height_mm", 6.0), ("trace_width_mm", 0.5)]);
    assert!(small.contains("has no room for parts; make it larger"), "{small}");
    let full = refused(&[("defect_kind", 5.0), ("pour", 1.0), ("defect_window_mm", 2.0)]);
    assert!(full.contains("none of 8 boards has a place for a defect of the kind `copper`"), "{full}");
}
