//! Many draws at once, as plain values and pure logic: what is shown of them, in which order, which are brushed.
//!
//! All views of many draws share one [`Brush`] and one [`ManyState`], so that a rectangle drawn in the scatter matrix is
//! lit in the contact sheet too. Nothing here draws, knows the study, or waits for a worker.

mod bins;
mod brush;
mod order;
mod pool;

use std::sync::Arc;

use eframe::egui::{Rect, TextureId};

use super::command::Command;

pub use bins::{Bins, Heat, Strip, cell_brush};
pub use brush::{Brush, nudged};
pub use order::{ContactSheet, Deviation, Sort, SortKey, Tile, TilePicture, sort};
pub use pool::{Column, ColumnKind, Pool, rank_correlation};

/// What the lower panel of the Author workspace shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// Pictures.
    #[default]
    Sheet,
    /// Every chosen column against every other.
    Matrix,
    /// One axis a column, one line a draw.
    Parallel,
    /// Which part of the nominal range the draws reached.
    Coverage,
}

impl Face {
    /// All, with their words.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Sheet, "Sheet"),
        (Self::Matrix, "Scatter matrix"),
        (Self::Parallel, "Parallel"),
        (Self::Coverage, "Coverage"),
    ];

    /// The one after this, round and round.
    pub fn next(self) -> Self {
        match self {
            Self::Sheet => Self::Matrix,
            Self::Matrix => Self::Parallel,
            Self::Parallel => Self::Coverage,
            Self::Coverage => Self::Sheet,
        }
    }
}

/// How many draws a contact sheet can hold.
pub const SIZES: [u64; 8] = [16, 24, 36, 64, 100, 144, 196, 256];
/// How many it holds before the person chose.
pub const USUAL_SIZE: u64 = 36;

/// The most draws that can be pinned.
pub const PINS_MAX: usize = 8;

/// The fewest and the most columns of a scatter matrix.
pub const MATRIX_COLUMNS: [usize; 2] = [2, 6];

/// What the person chose to see of many draws. It belongs to the document but not to its history: a look is no edit.
#[derive(Clone, Debug, PartialEq)]
pub struct ManyState {
    /// The shown view.
    pub face: Face,
    /// Draws on the contact sheet, one of [`SIZES`].
    pub size: u64,
    /// Order of the contact sheet.
    pub sort: Sort,
    /// Which draws are brushed.
    pub brush: Brush,
    /// The contact sheet leaves out what is not brushed.
    pub brushed_only: bool,
    /// Columns of the scatter matrix; empty means those that tell most about the rare event.
    pub columns: Vec<String>,
    /// Axes of the parallel coordinates in their order; empty means a choice of ours.
    pub axes: Vec<String>,
    /// The two parameters of the heat map; `None` means the two that tell most.
    pub heat: Option<[String; 2]>,
    /// Coverage shows every parameter by itself.
    pub strips: bool,
    /// Draws whose tiles are in sight, in the order of the screen.
    pub visible: Vec<u64>,
    /// The two pins that are compared, while they are.
    pub compared: Option<[u64; 2]>,
}

impl Default for ManyState {
    fn default() -> Self {
        Self {
            face: Face::Sheet,
            size: USUAL_SIZE,
            sort: Sort::default(),
            brush: Brush::default(),
            brushed_only: false,
            columns: Vec::new(),
            axes: Vec::new(),
            heat: None,
            strips: false,
            visible: Vec::new(),
            compared: None,
        }
    }
}

/// What the person does with many draws.
#[derive(Clone, Debug, PartialEq)]
pub enum ManyAct {
    /// Show this view.
    Show(Face),
    /// Show that many draws on the sheet.
    Resize(u64),
    /// Order the sheet.
    SortBy(Sort),
    /// Pin a draw, or let it go. One step of undo.
    Pin(u64),
    /// Let all pinned draws go. One step of undo.
    UnpinAll,
    /// Brush these draws and no others.
    Brush(Brush),
    /// Leave out what is not brushed, or not.
    BrushedOnly(bool),
    /// Choose the scatter matrix's columns.
    Columns(Vec<String>),
    /// Choose the parallel axes and their order.
    Axes(Vec<String>),
    /// Choose the heat map's parameters: across, up.
    Heat([String; 2]),
    /// Show the coverage of every parameter by itself, or of two together.
    Strips(bool),
    /// These draws' tiles are in sight.
    See(Vec<u64>),
    /// Hold two draws side by side; `None` ends it.
    Compare(Option<[u64; 2]>),
}

impl ManyState {
    /// Does `act`. Pins are not here: they are in the document's history.
    pub fn apply(&mut self, act: ManyAct) {
        match act {
            ManyAct::Show(face) => self.face = face,
            ManyAct::Resize(size) => {
                self.size = SIZES.into_iter().find(|offered| *offered >= size).unwrap_or(SIZES[SIZES.len() - 1]);
            }
            ManyAct::SortBy(sort) => self.sort = sort,
            ManyAct::Brush(brush) => {
                // A sheet of what is brushed would be empty without a brush.
                self.brushed_only &= !brush.is_empty();
                self.brush = brush;
            }
            ManyAct::BrushedOnly(only) => self.brushed_only = only && !self.brush.is_empty(),
            ManyAct::Columns(columns) if (MATRIX_COLUMNS[0]..=MATRIX_COLUMNS[1]).contains(&columns.len()) => {
                self.columns = columns;
            }
            ManyAct::Axes(axes) if axes.len() >= 2 => self.axes = axes,
            ManyAct::Heat(pair) => self.heat = Some(pair),
            ManyAct::Strips(strips) => self.strips = strips,
            ManyAct::See(visible) => self.visible = visible,
            ManyAct::Compare(pair) => self.compared = pair,
            ManyAct::Pin(_) | ManyAct::UnpinAll | ManyAct::Columns(_) | ManyAct::Axes(_) => {}
        }
    }

    /// What `command` does to many draws, with these pins and this draw shown; `None` where it is about something else.
    ///
    /// # Errors
    /// Why it does nothing now; one sentence.
    pub fn act_of(&self, command: Command, pins: &[u64], draw: u64) -> Result<Option<ManyAct>, String> {
        Ok(Some(match command {
            Command::NextSheetView => ManyAct::Show(self.face.next()),
            Command::MoreDraws => ManyAct::Resize(SIZES.into_iter().find(|size| *size > self.size).unwrap_or(SIZES[0])),
            Command::ClearBrush => ManyAct::Brush(Brush::default()),
            Command::BrushedOnly if self.brush.is_empty() => {
                return Err("Nothing is brushed: drag in the scatter matrix or along a parallel axis first".to_owned());
            }
            Command::BrushedOnly => ManyAct::BrushedOnly(!self.brushed_only),
            Command::PinDraw => ManyAct::Pin(draw),
            Command::ComparePins if self.compared.is_some() => ManyAct::Compare(None),
            Command::ComparePins => match pins {
                [.., left, right] => ManyAct::Compare(Some([*left, *right])),
                _ => return Err("Pin two draws first: Shift+click on a tile, or P".to_owned()),
            },
            _ => return Ok(None),
        }))
    }

    /// Forgets what names columns of another family.
    pub fn forget_names(&mut self) {
        *self = Self { face: self.face, size: self.size, strips: self.strips, ..Self::default() };
    }
}

/// The pins after `draw` was pinned or let go.
///
/// # Errors
/// When [`PINS_MAX`] are pinned already; one sentence.
pub fn toggled(pins: &[u64], draw: u64) -> Result<Vec<u64>, String> {
    let mut pins = pins.to_vec();
    if let Some(at) = pins.iter().position(|pin| *pin == draw) {
        pins.remove(at);
    } else if pins.len() < PINS_MAX {
        pins.push(draw);
    } else {
        return Err(format!("{PINS_MAX} draws are pinned: let one go before you pin draw {draw}"));
    }
    Ok(pins)
}

/// One side of two compared pins.
#[derive(Clone, Debug, Default)]
pub struct PinSide {
    /// The draw.
    pub draw: u64,
    /// Its picture: texture and where it lies in it; `None` while it is drawn.
    pub picture: Option<(TextureId, Rect)>,
    /// Importance weight.
    pub weight: Option<f64>,
    /// Outcome in a few words.
    pub outcome: String,
}

/// A value of both pins.
#[derive(Clone, Debug, PartialEq)]
pub struct PinRow {
    /// The parameter or measure.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Left and right.
    pub values: [f64; 2],
    /// How far apart, in standard deviations of the nominal; `None` for a measure.
    pub apart_sds: Option<f64>,
}

/// Two pins side by side.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Left and right.
    pub sides: [PinSide; 2],
    /// Width through height of the pictures.
    pub aspect: f32,
    /// Parameters that differ, farthest apart first.
    pub parameters: Vec<PinRow>,
    /// All measures.
    pub measures: Vec<PinRow>,
}

/// Puts parameters that are farthest apart first and leaves out those that do not differ.
pub fn differing(mut rows: Vec<PinRow>) -> Vec<PinRow> {
    rows.retain(|row| row.values[0] != row.values[1]);
    let apart = |row: &PinRow| row.apart_sds.unwrap_or(0.0).abs();
    rows.sort_by(|a, b| apart(b).total_cmp(&apart(a)));
    rows
}

/// The lower panel of the Author workspace.
#[derive(Clone, Debug, Default)]
pub struct Many {
    /// What the person chose.
    pub state: ManyState,
    /// Values of far more draws than are rendered.
    pub pool: Arc<Pool>,
    /// Which rows of the pool are brushed; empty without a brush.
    pub brushed: Arc<[bool]>,
    /// Pinned draws, oldest first.
    pub pins: Vec<u64>,
    /// The two compared pins.
    pub compared: Option<Compared>,
    /// The coverage of two parameters, while it is shown.
    pub heat: Option<Heat>,
    /// The coverage of each parameter, while it is shown.
    pub strips: Vec<Strip>,
    /// Columns that the matrix shows.
    pub columns: Vec<String>,
    /// Axes that the parallel coordinates show.
    pub axes: Vec<String>,
    /// The rare event in words (`"tipped"`).
    pub event: String,
}

impl Many {
    /// How many rows of the pool are brushed; `None` without a brush.
    pub fn n_brushed(&self) -> Option<usize> {
        (!self.state.brush.is_empty()).then(|| self.brushed.iter().filter(|brushed| **brushed).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_toggle_and_stay_few() {
        let full: Vec<u64> = (0..PINS_MAX as u64).collect();
        assert_eq!(toggled(&[3, 5], 3), Ok(vec![5]), "let go");
        assert_eq!(toggled(&[3], 5), Ok(vec![3, 5]), "in the order of pinning");
        assert!(toggled(&full, 99).is_err_and(|text| text.contains("draw 99")), "no ninth");
        assert_eq!(toggled(&full, 0).map(|pins| pins.len()), Ok(PINS_MAX - 1), "but one can go");
    }

    #[test]
    fn a_sheet_of_brushed_draws_needs_a_brush() {
        let mut state = ManyState::default();
        state.apply(ManyAct::BrushedOnly(true));
        assert!(!state.brushed_only, "nothing is brushed");
        state.apply(ManyAct::Brush(Brush::default().with("tilt", Some([1.0, 2.0]))));
        state.apply(ManyAct::BrushedOnly(true));
        assert!(state.brushed_only);
        state.apply(ManyAct::Brush(Brush::default()));
        assert!(!state.brushed_only, "it went with the brush");
        state.apply(ManyAct::Resize(50));
        assert_eq!(state.size, 64, "the next that is offered");
        let more = |state: &ManyState| state.act_of(Command::MoreDraws, &[], 0);
        assert_eq!(more(&state), Ok(Some(ManyAct::Resize(100))), "the next larger");
        state.apply(ManyAct::Resize(10_000));
        assert_eq!((state.size, more(&state)), (256, Ok(Some(ManyAct::Resize(16)))), "round and round");
        state.apply(ManyAct::Columns(vec!["one".into()]));
        assert!(state.columns.is_empty(), "one column is no matrix");
    }

    #[test]
    fn commands_say_why_they_do_nothing() {
        let state = ManyState::default();
        assert!(state.act_of(Command::ComparePins, &[4], 4).is_err_and(|why| why.contains("two draws")));
        assert!(state.act_of(Command::BrushedOnly, &[], 4).is_err_and(|why| why.contains("brushed")));
        assert_eq!(state.act_of(Command::PinDraw, &[], 4), Ok(Some(ManyAct::Pin(4))));
        let last_two = state.act_of(Command::ComparePins, &[9, 4, 6], 4);
        assert_eq!(last_two, Ok(Some(ManyAct::Compare(Some([4, 6])))), "those pinned last");
        assert_eq!(state.act_of(Command::Save, &[], 4), Ok(None));
    }

    #[test]
    fn what_differs_most_comes_first() {
        let row = |name: &str, values, apart_sds| PinRow { name: name.into(), unit: String::new(), values, apart_sds };
        let rows =
            vec![row("a", [1.0, 1.0], Some(0.0)), row("b", [1.0, 2.0], Some(0.5)), row("c", [9.0, 2.0], Some(-3.0))];
        let names: Vec<String> = differing(rows).into_iter().map(|row| row.name).collect();
        assert_eq!(names, ["c", "b"]);
    }
}
