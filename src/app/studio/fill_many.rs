//! What the lower panel of the Author workspace shows, from the document and what its workers have finished so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::TextureId;

use crate::app::many::{
    self, Bins, Brush, Compared, ContactSheet, Face, Heat, Many, PinRow, PinSide, Pool, Strip, Tile, TilePicture,
};
use crate::app::widgets::contact_sheet::atlas_uv;
use crate::family::{Family, Law};
use crate::sample::{Normalisation, estimate};

use super::document::Document;
use super::sheet::{Board, BoardTile, Made};

/// Bins of a heat map's side.
const HEAT_BINS: usize = 10;
/// Bins of a parameter by itself.
const STRIP_BINS: usize = 24;
/// Axes of parallel coordinates before the person chose.
const FIRST_AXES: usize = 9;

/// Which rows of which pool are brushed: kept, because it is asked for every frame and changes rarely.
#[derive(Default)]
pub(super) struct Masked {
    pool: Arc<Pool>,
    brush: Brush,
    mask: Arc<[bool]>,
}

impl Masked {
    /// The rows of `pool` that `brush` holds.
    pub(super) fn of(&mut self, pool: Option<Arc<Pool>>, brush: &Brush) -> (Arc<Pool>, Arc<[bool]>) {
        let pool = pool.unwrap_or_else(|| {
            // The same empty one as long as there is none.
            if self.pool.is_empty() { Arc::clone(&self.pool) } else { Arc::default() }
        });
        if !Arc::ptr_eq(&pool, &self.pool) || *brush != self.brush {
            self.mask = brush.mask(&pool).into();
            self.pool = Arc::clone(&pool);
            self.brush = brush.clone();
        }
        (pool, Arc::clone(&self.mask))
    }
}

/// The draws of the contact sheet: a row from where one looks, or the first that are brushed.
pub(super) fn sheet_draws(document: &Document, mask: &[bool]) -> Vec<u64> {
    let state = &document.many;
    if state.brushed_only {
        let brushed = mask.iter().zip(0_u64..).filter(|(brushed, _)| **brushed).map(|(_, draw)| draw);
        return brushed.take(state.size as usize).collect();
    }
    (document.sheet_from..document.sheet_from.saturating_add(state.size)).collect()
}

/// Width of a tile in pixels: enough for its size on the screen, and an atlas of 256 of them stays at 2048.
pub(super) fn tile_px(size: u64) -> u32 {
    match size {
        0..=36 => 192,
        37..=100 => 160,
        _ => 128,
    }
}

/// The contact sheet as far as it is drawn.
pub(super) fn sheet(document: &Document, board: &Board, atlas: Option<TextureId>, mask: &[bool]) -> ContactSheet {
    let Some(family) = document.shown_family() else { return ContactSheet::default() };
    let state = &document.many;
    let draws = sheet_draws(document, mask);
    let mut tiles: Vec<Tile> = draws.iter().map(|draw| tile(document, board, *draw)).collect();
    many::sort(&mut tiles, &state.sort);
    let camera = &family.camera;
    ContactSheet {
        noun: String::new(),
        atlas,
        aspect: camera.width_px as f32 / camera.height_px.max(1) as f32,
        summary: summary(document, board, &draws, mask),
        tiles,
        selected: Some(document.draw),
        event: family.rare_event.replace('_', " "),
        can_pin: true,
        visible: state.visible.clone(),
    }
}

fn tile(document: &Document, board: &Board, draw: u64) -> Tile {
    let pinned = document.pins().contains(&draw);
    let shown = board.tiles.get(&draw).filter(|_| board.family == document.family());
    let Some(shown) = shown else { return Tile { draw, pinned, picture: TilePicture::Waiting, ..Tile::default() } };
    let uv = atlas_uv(shown.slot, board.grid[0] as usize, board.grid[1] as usize);
    let waiting = Tile { draw, pinned, uv, picture: TilePicture::Waiting, ..Tile::default() };
    match &shown.made {
        None => waiting,
        Some(Err(error)) => Tile { picture: TilePicture::Failed, outcome: error.clone(), ..waiting },
        Some(Ok(made)) => Tile {
            picture: if shown.pictured { TilePicture::Ready } else { TilePicture::Waiting },
            weight: Some(made.ln_weight.exp()),
            tipped: made.rare,
            outcome: made.outcome.clone(),
            values: Arc::clone(&made.values),
            deviations: Arc::clone(&made.deviations),
            lit: document.many.brush.holds(|name| made.values.get(name).copied())
                && !document.is_outside_lasso(document.family(), draw),
            ..waiting
        },
    }
}

/// How many are drawn, how many show the rare event, and what share of reality that stands for.
fn summary(document: &Document, board: &Board, draws: &[u64], mask: &[bool]) -> String {
    let of = |draw: &u64| board.tiles.get(draw).filter(|_| board.family == document.family());
    let failed = |tile: &&BoardTile| matches!(tile.made, Some(Err(_)));
    // What came of a draw is known before its picture is there, and stays when the sheet is laid out anew.
    let n_failed = draws.iter().filter_map(of).filter(failed).count();
    let n_drawn = draws.iter().filter_map(of).filter(|tile| tile.pictured && !failed(tile)).count() + n_failed;
    let good: Vec<&Made> = draws.iter().filter_map(|draw| of(draw)?.made.as_ref()?.as_deref().ok()).collect();
    let hits: Vec<bool> = good.iter().map(|made| made.rare).collect();
    let rare = hits.iter().filter(|hit| **hit).count();
    let failed = if n_failed > 0 { format!(" · {n_failed} without a picture") } else { String::new() };
    let counted = format!("{rare} of {} rare{failed}", good.len());
    let progress = (n_drawn < draws.len()).then(|| format!("{n_drawn} of {} drawn", draws.len()));
    if document.many.brushed_only {
        let brushed = mask.iter().filter(|brushed| **brushed).count();
        let shown = progress.unwrap_or_else(|| draws.len().to_string());
        return format!("{shown} of {brushed} brushed · {counted}");
    }
    if let Some(progress) = progress {
        if good.is_empty() {
            return progress;
        }
        return format!("{progress} · {counted}");
    }
    if !document.pinned().is_empty() {
        return format!("{counted} · values set by hand, so no share of reality");
    }
    let ln_weights: Vec<f64> = good.iter().map(|made| made.ln_weight).collect();
    match estimate(&hits, &ln_weights, Normalisation::SelfNormalised) {
        Some(share) if share.ess_hits >= 10.0 => {
            format!("{counted} · {:.1}\u{2009}% of reality by weight", share.value * 100.0)
        }
        _ => format!("{counted} · too few to say a share of reality"),
    }
}

/// Everything else about many draws.
pub(super) fn many(document: &Document, pool: Arc<Pool>, brushed: Arc<[bool]>, compared: Option<Compared>) -> Many {
    let Some(family) = document.shown_family() else { return Many::default() };
    let state = document.many.clone();
    let covers = state.face == Face::Coverage && !pool.is_empty();
    let columns = pool.known(&state.columns, many::MATRIX_COLUMNS[0], || pool.telling.clone());
    let axes = pool.known(&state.axes, 2, || pool.first_axes(FIRST_AXES));
    Many {
        heat: if covers && !state.strips { heat(document, family, &pool, state.heat.as_ref()) } else { None },
        strips: if covers && state.strips { strips(document, family, &pool) } else { Vec::new() },
        pins: document.pins().to_vec(),
        event: family.rare_event.replace('_', " "),
        state,
        pool,
        brushed,
        compared,
        columns,
        axes,
    }
}

/// The nominal of a parameter; `None` where it depends on others.
fn law_of(document: &Document, name: &str) -> Option<Law> {
    let prepared = document.prepared()?;
    let plan = prepared.plan()?;
    plan.nominal(plan.columns().position(name)?).cloned()
}

fn heat(document: &Document, family: &Family, pool: &Pool, pair: Option<&[String; 2]>) -> Option<Heat> {
    let is_parameter = |name: &&String| family.parameter(name).is_some();
    let chosen = pair.filter(|pair| pair.iter().all(|name| is_parameter(&name)));
    let telling: Vec<&String> = pool.telling.iter().filter(is_parameter).collect();
    let first = telling.first().map(|name| (*name).clone()).zip(telling.get(1).map(|name| (*name).clone()));
    let [x, y] = chosen.cloned().or_else(|| first.map(|(x, y)| [x, y]))?;
    let bins = |name: &str| {
        let parameter = family.parameter(name)?;
        Some(Bins::new(name, &parameter.unit, &law_of(document, name)?, HEAT_BINS))
    };
    let (across, up) = (&pool.column(&x)?.values, &pool.column(&y)?.values);
    Some(Heat::of(bins(&x)?, bins(&y)?, across, up))
}

fn strips(document: &Document, family: &Family, pool: &Pool) -> Vec<Strip> {
    let strip = |parameter: &crate::family::Parameter| {
        let bins = Bins::new(&parameter.name, &parameter.unit, &law_of(document, &parameter.name)?, STRIP_BINS);
        // A constant has nothing to cover.
        (bins.range(0)[0] < bins.range(bins.len().saturating_sub(1))[1])
            .then(|| pool.column(&parameter.name).map(|column| Strip::of(bins, &column.values)))
            .flatten()
    };
    family.parameters.iter().filter_map(strip).collect()
}

/// Two pins side by side, as far as they are drawn.
pub(super) fn compared(document: &Document, board: &Board, atlas: Option<TextureId>) -> Option<Compared> {
    let family = document.shown_family()?;
    let pair = document.many.compared?;
    let tile_of = |draw: &u64| board.tiles.get(draw).filter(|_| board.family == family.id);
    let made_of = |draw: &u64| tile_of(draw)?.made.as_ref()?.as_ref().ok();
    let side = |draw: u64| {
        let uv = tile_of(&draw)
            .filter(|tile| tile.pictured)
            .map(|tile| atlas_uv(tile.slot, board.grid[0] as usize, board.grid[1] as usize));
        let failed = tile_of(&draw).and_then(|tile| tile.made.as_ref()?.as_ref().err());
        let made = made_of(&draw);
        PinSide {
            draw,
            picture: atlas.zip(uv),
            weight: made.map(|made| made.ln_weight.exp()),
            outcome: made.map(|made| made.outcome.clone()).or_else(|| failed.cloned()).unwrap_or_default(),
        }
    };
    let none = BTreeMap::new();
    let [left, right] = pair.map(|draw| made_of(&draw).map_or(&none, |made| &*made.values));
    let row = |name: &str, unit: &str, sd: Option<f64>| {
        let values = [*left.get(name)?, *right.get(name)?];
        let apart_sds = sd.filter(|sd| *sd > 0.0).map(|sd| (values[1] - values[0]) / sd);
        Some(PinRow { name: name.to_owned(), unit: unit.to_owned(), values, apart_sds })
    };
    let parameters = family
        .parameters
        .iter()
        .filter_map(|p| row(&p.name, &p.unit, law_of(document, &p.name).map(|law| law.sd())))
        .collect();
    let camera = &family.camera;
    Some(Compared {
        sides: pair.map(side),
        aspect: camera.width_px as f32 / camera.height_px.max(1) as f32,
        parameters: many::differing(parameters),
        measures: family.measures.iter().filter_map(|measure| row(&measure.name, &measure.unit, None)).collect(),
    })
}
