//! The inspection stage: a camera over circuit boards whose copper has a defect, on a belt that may move.
//!
//! x to the right in a picture from straight above, y up in it, z up, in metres; the origin lies on the board's upper face where
//! its middle is at the beginning by default. Boards are made from a seed; a defect is exactly the region by which its board
//! differs from the defect-free one, as a thing of its own. Assembled parts, solder and inner layers are deliberately left out.

mod board;
mod defect;
mod grid;
mod looks;
mod parts;
mod region;
mod site;
#[cfg(test)]
mod tests;
mod words;

use glam::{DQuat, DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use self::board::{Board, Design};
use self::defect::{Defect, Kind as DefectKind, Wanted};
use self::looks::Looks;
use super::WorldError;
use super::body::{rapier_pose, turn};
use super::engine::{Builder, Engine, OTHER_FRICTION};
use super::fields::{Binder, camera};
use super::fixture::{Fixtures, Plan, RING_LIGHT, Row, row};
use super::light::Window;
use super::physics::{STEP_S, shared};
use super::snapshot::{Camera, Class, Light};
use super::stage::{Kind, Stage};
use crate::base::{Pose, StreamKey};
use crate::family::Family;

/// The inspection stage.
pub(super) static KIND: Kind = Kind {
    name: "inspection",
    physics: shared,
    slots: words::SLOTS,
    live: words::LIVE_SLOTS,
    signals: words::SIGNALS,
    summary: words::SUMMARY,
    movable: &[],
    pushable: &[],
    lamps: &[RING],
    mounts: &[],
    links: &[],
    events_reach: (5.0, 100.0),
    placed: words::PLACED,
    footprint: [[-0.05, -0.05], [0.05, 0.05]],
    build,
};

/// A metre in mm.
const MM: f64 = 1e3;

/// A board under the camera.
struct Inspection {
    board: rp::RigidBodyHandle,
    conveyor_mm_s: f64,
    window: Window,
    camera: Camera,
    lamps: Fixtures,
    /// Whether the family asks for one; it is the first.
    wanted: bool,
    defects: Vec<Defect>,
    nets: usize,
    copper_share: f64,
    tally: Tally,
}

/// What is followed at every physics step.
struct Tally {
    critical_px_max: f64,
    seen_steps: u32,
    light_min: f64,
}

/// What the picture shows of the defect now.
struct Seen {
    at_px: DVec2,
    in_view: bool,
    critical_px: f64,
}

/// Puts the board of `binder`'s draw on its belt.
fn build(family: &Family, binder: &Binder<'_>, builder: &mut Builder) -> Result<Box<dyn Stage>, WorldError> {
    let get = |name: &str| binder.slot(name);
    let wrong = |text: String| WorldError::Bound { field: "scene".to_owned(), text };
    let (board, defects) = laid_out(binder)?;
    let mask = whole(binder, "mask_colour")? as usize;
    let looks =
        if get("look")? > 0.5 { Looks::scanned() } else { Looks::photographed(mask, get("smooth_edges")? > 0.5) };
    let rotation = DQuat::from_mat3(&turn(2, get("board_yaw_deg")?.to_radians())).normalize();
    let position = DVec3::new(get("board_x_mm")?, get("board_y_mm")?, 0.0) / MM;
    let body = rp::RigidBodyBuilder::kinematic_position_based().pose(rapier_pose(&Pose { position, rotation }));
    let thing = builder.thing("board");
    let parts = looks.board(&board).map_err(wrong)?;
    let handle = builder.body((thing, 0), Class::Board, Some(body), (OTHER_FRICTION, 0.0), parts);
    let handle = handle.unwrap_or_else(rp::RigidBodyHandle::invalid);
    for (at, defect) in defects.iter().enumerate() {
        let class = defect.kind.class();
        let thing = builder.thing(&format!("{}_{}", class.name(), at + 1));
        builder.group((thing, ""), class, handle, looks.defect(&board, defect).map_err(wrong)?);
    }
    let camera = camera(&family.camera, binder)?;
    let belt = builder.thing("belt");
    let half_y_m = 0.5 * board.design.size_mm.length() / MM;
    builder.body((belt, 0), Class::Background, None, (OTHER_FRICTION, 0.0), looks.belt(half_y_m));
    let lamps = ring((family, binder), builder, &camera)?;
    let drilled = board.holes.area_mm2();
    let size = board.design.size_mm;
    Ok(Box::new(Inspection {
        board: handle,
        conveyor_mm_s: get("conveyor_mm_s")?,
        window: Window::of(family, binder)?,
        camera,
        lamps,
        nets: board.nets.len(),
        copper_share: (board.copper.area_mm2() - drilled) / (size.x * size.y),
        wanted: DefectKind::numbered(get("defect_kind")?).is_some(),
        defects,
        tally: Tally { critical_px_max: 0.0, seen_steps: 0, light_min: 1.0 },
    }))
}

/// Lamps in a ring round where the camera's axis meets the board, all aimed at it.
const RING_LAMPS: u32 = 12;
const RING: Row = row("ring_lamp", &RING_LIGHT, RING_LAMPS);

fn ring(of: (&Family, &Binder<'_>), builder: &mut Builder, camera: &Camera) -> Result<Fixtures, WorldError> {
    let (_, binder) = of;
    let (radius_m, height_m) = (binder.slot("ring_radius_mm")? / MM, binder.slot("ring_height_mm")? / MM);
    let pose = camera.world_from_camera;
    let axis = pose.rotation * DVec3::Z;
    let middle = pose.position - axis * (pose.position.z / axis.z.min(-1e-3));
    let slant_m = libm::hypot(radius_m, height_m);
    let plan = |number: u32| {
        let (sine, cosine) = libm::sincos(core::f64::consts::TAU * f64::from(number) / f64::from(RING_LAMPS));
        let from_middle = DVec3::new(radius_m * cosine, radius_m * sine, height_m);
        Plan {
            at: middle + from_middle,
            towards: -from_middle / slant_m,
            cone_rad: [0.8, 1.0],
            radius_m: 0.002,
            colour: [1.0; 3],
            // All together give the slot's irradiance in the middle, where each arrives at a slant.
            by: slant_m * slant_m * slant_m / (height_m * f64::from(RING_LAMPS)),
            casts: false,
        }
    };
    let mut lamps = Fixtures::default();
    lamps.put(of, builder, &RING, None, (0..RING_LAMPS).map(plan))?;
    Ok(lamps)
}

/// A number of a slot that is a whole one.
fn whole(binder: &Binder<'_>, name: &str) -> Result<u64, WorldError> {
    Ok((binder.slot(name)? + 0.5) as u64)
}

fn design(binder: &Binder<'_>) -> Result<Design, WorldError> {
    let get = |name: &str| binder.slot(name);
    Ok(Design {
        seed: whole(binder, "board_seed")?,
        size_mm: DVec2::new(get("board_width_mm")?, get("board_height_mm")?),
        trace_mm: get("trace_width_mm")?,
        space_mm: get("trace_space_mm")?,
        density: get("density")?,
        pour: get("pour")?,
    })
}

/// How many boards are laid out in search of a place for the defect that the family asks for.
const BOARDS: u64 = 8;

/// The board of the family's seed with its defects; where it has no place for the first of them, the next of its series.
fn laid_out(binder: &Binder<'_>) -> Result<(Board, Vec<Defect>), WorldError> {
    let wrong = |text: String| WorldError::Bound { field: "scene".to_owned(), text };
    let first = design(binder)?;
    for turn in 0..BOARDS {
        // Seeds of families end at 32 bits: no board of a series is the first of another.
        let board = Board::new(Design { seed: first.seed + (turn << 32), ..first }).map_err(wrong)?;
        if let Some(defects) = defects(binder, &board)? {
            return Ok((board, defects));
        }
    }
    Err(no_place(DefectKind::numbered(binder.slot("defect_kind")?), binder.slot("defect_window_mm")?))
}

/// The defect that the family asks for, then others of any kind; none where the first has no place.
fn defects(binder: &Binder<'_>, board: &Board) -> Result<Option<Vec<Defect>>, WorldError> {
    let get = |name: &str| binder.slot(name);
    let key = StreamKey::new(whole(binder, "defect_seed")?, "inspection");
    let window_mm = get("defect_window_mm")?;
    let mut all = Vec::new();
    if let Some(kind) = DefectKind::numbered(get("defect_kind")?) {
        let wanted =
            Wanted { kind, size_mm: get("defect_size_mm")?, depth: get("defect_depth")?, place: get("defect_place")? };
        let Some(made) = defect::make(board, &wanted, (window_mm, &all), &mut key.stream("defect", 0)) else {
            return Ok(None);
        };
        all.push(made);
    }
    for number in 0..whole(binder, "other_defects")? {
        let mut stream = key.stream("other", number);
        let number = 1 + stream.next_below(DefectKind::ALL.len() as u64);
        let Some(kind) = DefectKind::numbered(number as f64) else { continue };
        let wanted = Wanted {
            kind,
            size_mm: board.design.trace_mm * (0.3 + 0.7 * stream.next_unit()),
            depth: 0.3 + 0.5 * stream.next_unit(),
            place: stream.next_unit(),
        };
        all.extend(defect::make(board, &wanted, (window_mm, &all), &mut stream));
    }
    Ok(Some(all))
}

/// The sentence on boards that have no place for a defect.
fn no_place(kind: Option<DefectKind>, window_mm: f64) -> WorldError {
    let what = kind.map_or("", |kind| kind.class().name());
    let text = format!(
        "none of {BOARDS} boards has a place for a defect of the kind `{what}` within {window_mm} mm of its middle; make the \
         board or scene.defect_window_mm larger, or change scene.density or scene.pour"
    );
    WorldError::Bound { field: "scene.defect_kind".to_owned(), text }
}

impl Inspection {
    /// The defect that the family asks for, where it asks for one: what is measured. Others only lie about.
    fn asked(&self) -> Option<&Defect> {
        self.defects.first().filter(|_| self.wanted)
    }

    /// Where the defect is in the picture.
    fn seen(&self, engine: &Engine) -> Seen {
        let Some(defect) = self.asked() else {
            return Seen { at_px: DVec2::NEG_ONE, in_view: false, critical_px: 0.0 };
        };
        let pose = engine.pose(self.board);
        let place = |at: DVec2| self.camera.project(pose.point((at / MM).extend(0.0)));
        let [low, high] = defect.bounds_mm;
        let corners = [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)];
        let size = DVec2::new(f64::from(self.camera.width_px), f64::from(self.camera.height_px));
        let in_view = corners
            .into_iter()
            .map(place)
            .all(|(at, depth)| depth > 0.0 && at.cmpge(DVec2::ZERO).all() && at.cmple(size).all());
        let (at_px, depth_m) = place(0.5 * (low + high));
        let px_per_mm = self.camera.focal_px.y / (depth_m.max(1e-6) * MM);
        Seen { at_px, in_view, critical_px: if in_view { defect.critical_mm * px_per_mm } else { 0.0 } }
    }

    /// The critical length of the defect in micrometres where it is of one of `kinds`, else −1.
    fn critical_um(&self, kinds: &[DefectKind]) -> f64 {
        let first = self.asked().filter(|defect| kinds.contains(&defect.kind));
        first.map_or(-1.0, |defect| 1e3 * defect.critical_mm)
    }
}

impl Stage for Inspection {
    fn act(&mut self, engine: &mut Engine) {
        let by_m = engine.slot("conveyor_mm_s", self.conveyor_mm_s) / MM * STEP_S;
        let mut pose = engine.pose(self.board);
        pose.position.x += by_m;
        if let Some(board) = engine.physics.bodies.get_mut(self.board) {
            board.set_next_kinematic_position(rapier_pose(&pose));
        }
    }

    fn follow(&mut self, engine: &Engine) -> bool {
        let seen = self.seen(engine);
        if seen.in_view {
            self.tally.critical_px_max = self.tally.critical_px_max.max(seen.critical_px);
            self.tally.seen_steps += 1;
            self.tally.light_min = self.tally.light_min.min(engine.light_level());
        }
        engine.pose(self.board).position.is_finite()
    }

    fn light(&self, engine: &Engine) -> Light {
        self.window.now(engine).light()
    }

    fn lamps(&self) -> Option<&Fixtures> {
        Some(&self.lamps)
    }

    fn signals(&self, engine: &Engine) -> Vec<f64> {
        let Seen { at_px, in_view, critical_px } = self.seen(engine);
        vec![
            engine.time_s(),
            engine.pose(self.board).position.x * MM,
            engine.slot("conveyor_mm_s", self.conveyor_mm_s),
            engine.light_level(),
            at_px.x,
            at_px.y,
            f64::from(u8::from(in_view)),
            critical_px,
        ]
    }

    fn summary(&self, _engine: &Engine) -> Vec<f64> {
        let [low, high] = self.asked().map_or([DVec2::ZERO; 2], |defect| defect.bounds_mm);
        let count = |what: fn(&Defect) -> usize| self.defects.iter().map(what).sum::<usize>() as f64;
        vec![
            0.5 * (low.x + high.x),
            0.5 * (low.y + high.y),
            high.x - low.x,
            high.y - low.y,
            self.asked().map_or(0.0, |defect| defect.patch.area_mm2()),
            self.critical_um(&[DefectKind::Open]),
            self.critical_um(&[DefectKind::Short]),
            self.critical_um(&[DefectKind::Mousebite]),
            self.critical_um(&[DefectKind::Spur, DefectKind::Copper]),
            self.critical_um(&[DefectKind::Pinhole]),
            self.tally.critical_px_max,
            f64::from(self.tally.seen_steps) * STEP_S,
            self.tally.light_min,
            self.nets as f64,
            count(|defect| defect.broken),
            count(|defect| defect.joined),
            self.defects.len() as f64,
            self.copper_share,
        ]
    }
}
