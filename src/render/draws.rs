//! What is drawn in one go: bodies with the same mesh and look, nearest first as far as that allows, so that hidden pixels are
//! skipped early. The order hangs on the snapshots alone.

use std::collections::BTreeMap;
use std::ops::Range;

use super::layout::{CASTERS_M, casts, on_screen, reach};
use super::mesh::{MeshId, Met};
use super::pipelines::Look;
use super::targets::TileRect;
use super::view::View;
use crate::world::snapshot::{Body, Shape, Surface};

/// One body of one view.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each decides for itself in which passes the body is drawn")]
pub(super) struct Item {
    /// Its place among the bodies of all views.
    pub(super) body: u32,
    pub(super) view: usize,
    pub(super) mesh: MeshId,
    pub(super) shadow_mesh: MeshId,
    pub(super) look: Look,
    /// Its mesh's picture has holes.
    pub(super) is_cut: bool,
    /// Light passes through it.
    is_glass: bool,
    pub(super) casts: bool,
    /// Some of it may be in the picture.
    pub(super) is_seen: bool,
    /// It reaches beyond its view into another.
    crosses: bool,
    /// How far off it is; see [`near_key`].
    near: f64,
    /// The same in steps; see [`band`].
    band: i32,
}

impl Item {
    /// Body number `number` of all. `texels_per_m` are those of the sun's map: small pictures make do with coarser outlines in it.
    pub(super) fn new(number: u32, body: &Body, view: &View<'_>, texels_per_m: f64) -> Self {
        let away_m = reach(body, view.camera.world_from_camera.position);
        let (seen, near) = (on_screen(body, view, 0.0), near_key(away_m));
        Self {
            body: number,
            view: view.number,
            mesh: MeshId::in_picture(&body.shape),
            shadow_mesh: MeshId::in_shadow(
                &body.shape,
                if view.is_alone() { texels_per_m } else { 0.5 * texels_per_m },
            ),
            look: look(body),
            is_cut: is_cut(body),
            is_glass: body.material.transmission > 0.0,
            casts: casts(body) && away_m < CASTERS_M,
            is_seen: seen.is_some(),
            crosses: seen.is_some_and(|seen| seen.crosses) && !view.is_alone(),
            near,
            band: band(near),
        }
    }
}

/// What the pixels of `body` look like: pictures only where its mesh brings some.
fn look(body: &Body) -> Look {
    let has_pictures = matches!(&body.shape, Shape::Mesh(mesh) if mesh.pictures().is_some());
    let surface = match body.material.surface {
        Surface::Textured if !has_pictures => Surface::Even,
        surface => surface,
    };
    (surface, Met::of(&body.shape))
}

/// Whether a body has holes where its mesh's picture has them.
fn is_cut(body: &Body) -> bool {
    let Shape::Mesh(mesh) = &body.shape else { return false };
    let colour = mesh.pictures().and_then(|textured| textured.pictures.colour.as_ref());
    body.material.surface == Surface::Textured && colour.is_some_and(|texture| texture.picture.has_holes())
}

/// Bodies that the eye's distance says nothing about (it lies within their sphere: table, floor, walls) count as far, being behind
/// the rest.
fn near_key(reach_m: f64) -> f64 {
    if reach_m < 0.0 { 1e6 + reach_m.abs() } else { reach_m }
}

/// Distances in steps of a fifth or so: within one, it matters little who is drawn first.
fn band(near_m: f64) -> i32 {
    libm::floor(4.0 * libm::log2(near_m.max(0.01))) as i32
}

/// Bodies that are drawn in one go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// Their places in [`Draws::which`].
    pub(super) which: Range<u32>,
    pub(super) mesh: MeshId,
    /// What their pixels look like; none where only depth counts and nothing has holes.
    pub(super) look: Option<Look>,
    /// The only part of the targets that they may touch, if not all.
    pub(super) within: Option<TileRect>,
}

/// All that is drawn.
#[derive(Debug, Default)]
pub(super) struct Draws {
    /// In the order of the bodies.
    pub(super) items: Vec<Item>,
    /// Numbers of bodies: first all of them in their own order, then those of the runs.
    pub(super) which: Vec<u32>,
    pub(super) geometry: Vec<Run>,
    /// What light passes through, drawn over what lies behind it.
    pub(super) glass: Vec<Run>,
    pub(super) shadows: Vec<Run>,
    /// Of bodies that may darken something in the picture, in `which`.
    pub(super) darkens: Range<u32>,
}

impl Draws {
    /// Puts `items` in order; `darkens` are the numbers of those that may darken something.
    pub(super) fn new(items: Vec<Item>, views: &[View<'_>], darkens: &[u32]) -> Self {
        let mut draws = Self { which: items.iter().map(|item| item.body).collect(), ..Self::default() };
        // places in memory, which tell meshes apart, would bring chance into the order
        let mut first: BTreeMap<MeshId, u32> = BTreeMap::new();
        for item in &items {
            first.entry(item.mesh).or_insert(item.body);
            first.entry(item.shadow_mesh).or_insert(item.body);
        }
        let rank = |mesh: &MeshId| first.get(mesh).copied().unwrap_or(u32::MAX);
        let mut seen: Vec<&Item> = items.iter().filter(|item| item.is_seen).collect();
        seen.sort_by(|a, b| {
            let key = |item: &Item| {
                let view = if item.crosses { item.view + 1 } else { 0 };
                (item.band, item.look.0 as usize, item.look.1 as usize, rank(&item.mesh), view)
            };
            key(a).cmp(&key(b)).then(a.near.total_cmp(&b.near)).then(a.body.cmp(&b.body))
        });
        let within = |item: &Item| views.get(item.view).filter(|_| item.crosses).map(|view| view.place);
        let one = |item: &Item| (item.body, item.mesh, Some(item.look), within(item));
        let (glass, solid): (Vec<&Item>, Vec<&Item>) = seen.into_iter().partition(|item| item.is_glass);
        draws.geometry = draws.runs(solid.into_iter().map(one));
        draws.glass = draws.runs(glass.into_iter().map(one));
        let mut casters: Vec<&Item> = items.iter().filter(|item| item.casts).collect();
        casters.sort_by_key(|item| (rank(&item.shadow_mesh), item.is_cut, item.body));
        let cut = |item: &Item| item.is_cut.then_some(item.look);
        draws.shadows = draws.runs(casters.into_iter().map(|item| (item.body, item.shadow_mesh, cut(item), None)));
        let start = draws.which.len() as u32;
        draws.which.extend(darkens);
        draws.darkens = start..draws.which.len() as u32;
        draws.items = items;
        draws
    }

    /// Appends bodies to `which`; neighbours that share everything else become one run.
    fn runs(&mut self, bodies: impl Iterator<Item = (u32, MeshId, Option<Look>, Option<TileRect>)>) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (body, mesh, look, within) in bodies {
            let at = self.which.len() as u32;
            self.which.push(body);
            match runs.last_mut() {
                Some(run) if (run.mesh, run.look, run.within) == (mesh, look, within) => run.which.end = at + 1,
                _ => runs.push(Run { which: at..at + 1, mesh, look, within }),
            }
        }
        runs
    }
}
