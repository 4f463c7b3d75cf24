//! The contact sheet as plain values, and its order.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Rect, TextureId};

/// What the contact sheet is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// The draw's number.
    #[default]
    Draw,
    /// The importance weight.
    Weight,
    /// A parameter or measure by name.
    Value(String),
}

/// An order of the contact sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// In words (`"tilt_deg"`).
    pub fn word(&self) -> &str {
        match &self.key {
            SortKey::Draw => "draw",
            SortKey::Weight => "weight",
            SortKey::Value(name) => name,
        }
    }
}

/// What there is of a tile's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TilePicture {
    /// It is there; it may be of a moment ago.
    #[default]
    Ready,
    /// It is on its way.
    Waiting,
    /// There will be none: the outcome says why.
    Failed,
}

/// How far a parameter is from its nominal mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The parameter.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its value.
    pub value: f64,
    /// Standard deviations of the nominal above the nominal's mean.
    pub sds: f64,
}

/// A draw on the contact sheet.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own on the tile")]
pub struct Tile {
    /// Draw index.
    pub draw: u64,
    /// Where it is in the atlas; the whole texture when it has its own.
    pub uv: Rect,
    /// Its own texture, if it is not in the atlas.
    pub texture: Option<TextureId>,
    /// What there is of the picture.
    pub picture: TilePicture,
    /// Importance weight (1 is reality's share); `None` for what is no draw or not drawn yet.
    pub weight: Option<f64>,
    /// True where the rare event came about.
    pub tipped: bool,
    /// Outcome in a few words, for hover.
    pub outcome: String,
    /// Parameters and measures by name, as far as they are known.
    pub values: Arc<BTreeMap<String, f64>>,
    /// The parameters that are farthest from their nominal, farthest first.
    pub deviations: Arc<[Deviation]>,
    /// The person pinned it.
    pub pinned: bool,
    /// The person flagged it, or wrote something about it.
    pub flagged: bool,
    /// It is brushed, or nothing is.
    pub lit: bool,
}

impl Default for Tile {
    fn default() -> Self {
        Self {
            draw: 0,
            uv: Rect::ZERO,
            texture: None,
            picture: TilePicture::Ready,
            weight: None,
            tipped: false,
            outcome: String::new(),
            values: Arc::default(),
            deviations: Arc::default(),
            pinned: false,
            flagged: false,
            lit: true,
        }
    }
}

/// Many draws.
#[derive(Clone, Debug, Default)]
pub struct ContactSheet {
    /// One texture for all tiles.
    pub atlas: Option<TextureId>,
    /// Width through height of a tile.
    pub aspect: f32,
    /// The draws, in the order of the screen.
    pub tiles: Vec<Tile>,
    /// The selected draw.
    pub selected: Option<u64>,
    /// One line above (`"11 of 24 tip over · weighted 0.8 %"`).
    pub summary: String,
    /// The word for the rare event in a tile's name; empty means `"rare event"`.
    pub event: String,
    /// What a tile is (`"Pair"`); empty means a draw.
    pub noun: String,
    /// The tiles are draws, which can be pinned and brushed.
    pub can_pin: bool,
    /// Tiles that were last said to be in sight.
    pub visible: Vec<u64>,
}

/// Brings `tiles` into the order of `sort`. What is not known comes last whichever way; ties go by draw number, so that a
/// tile keeps its place while the values of others arrive.
pub fn sort(tiles: &mut [Tile], sort: &Sort) {
    let key = |tile: &Tile| match &sort.key {
        SortKey::Draw => Some(tile.draw as f64),
        SortKey::Weight => tile.weight,
        SortKey::Value(name) => tile.values.get(name).copied(),
    };
    tiles.sort_by(|a, b| {
        let by_key = match (key(a), key(b)) {
            (Some(a), Some(b)) if sort.descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        by_key.then(a.draw.cmp(&b.draw))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(draw: u64, weight: Option<f64>, tilt: Option<f64>) -> Tile {
        let values = tilt.map(|tilt| ("tilt".to_owned(), tilt)).into_iter().collect();
        Tile { draw, weight, values: Arc::new(values), ..Tile::default() }
    }

    fn order(key: SortKey, descending: bool) -> Vec<u64> {
        let mut tiles = vec![
            tile(4, Some(0.5), Some(9.0)),
            tile(2, None, None),
            tile(0, Some(0.5), Some(-3.0)),
            tile(3, Some(2.0), Some(9.0)),
            tile(1, Some(0.1), None),
        ];
        sort(&mut tiles, &Sort { key, descending });
        tiles.iter().map(|tile| tile.draw).collect()
    }

    #[test]
    fn unknown_values_come_last_and_ties_go_by_draw() {
        let tilt = || SortKey::Value("tilt".to_owned());
        assert_eq!(order(SortKey::Draw, false), [0, 1, 2, 3, 4]);
        assert_eq!(order(SortKey::Draw, true), [4, 3, 2, 1, 0]);
        assert_eq!(order(SortKey::Weight, false), [1, 0, 4, 3, 2], "a tie at 0.5");
        assert_eq!(order(SortKey::Weight, true), [3, 0, 4, 1, 2], "the tie in the same order");
        assert_eq!(order(tilt(), false), [0, 3, 4, 1, 2], "two unknown at the end");
        assert_eq!(order(tilt(), true), [3, 4, 0, 1, 2], "and so the other way round");
    }

    #[test]
    fn what_arrives_moves_nobody_else() {
        let by = Sort { key: SortKey::Value("tilt".to_owned()), descending: true };
        let mut tiles = vec![tile(0, None, Some(1.0)), tile(1, None, Some(5.0)), tile(2, None, None)];
        sort(&mut tiles, &by);
        let before: Vec<u64> = tiles.iter().map(|tile| tile.draw).collect();
        if let Some(late) = tiles.iter_mut().find(|tile| tile.draw == 2) {
            *late = tile(2, None, Some(3.0));
        }
        sort(&mut tiles, &by);
        let others: Vec<u64> = tiles.iter().map(|tile| tile.draw).filter(|draw| *draw != 2).collect();
        assert_eq!((before, others), (vec![1, 0, 2], vec![1, 0]));
    }
}
