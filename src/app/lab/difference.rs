//! What one set covers that another does not, as the page shows it.

use super::{Answer, ColumnsState, SetChoice};
use crate::app::many::{Bins, Brush};
use crate::run::coverage::{CoverageRequest, Covered, LEVELS};
use crate::sample::coverage::{Combination, Difference, Factor, PairCells};

/// Draws of the family that can be counted.
pub const COUNTS: [u64; 2] = [10, 100_000];

/// What the person chose to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceChoice {
    /// The first side: a synthetic set; draws of the family where left out.
    pub set: Option<String>,
    /// How many draws, where no set is named.
    pub count: u64,
    /// The other side's name.
    pub against: Option<String>,
    /// Parameter or measure, and the real set's column that holds it.
    pub pairs: Vec<(String, String)>,
    /// Combinations of how many quantities.
    pub strength: usize,
    /// Levels of a quantity that has no goal.
    pub levels: usize,
}

impl Default for DifferenceChoice {
    fn default() -> Self {
        Self { set: None, count: 200, against: None, pairs: Vec::new(), strength: 2, levels: LEVELS }
    }
}

/// What the person does on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceAct {
    /// Choose the first side; draws of the family where left out.
    Set(Option<String>),
    /// How many draws.
    Count(u64),
    /// Choose the other side.
    Against(String),
    /// Say which column of the real set a quantity is; none takes it out.
    Pair(String, Option<String>),
    /// Combinations of how many quantities.
    Strength(usize),
    /// Levels of a quantity that has no goal.
    Levels(usize),
    /// Count.
    Run,
}

impl DifferenceChoice {
    /// Does what only chooses.
    pub fn apply(&mut self, act: &DifferenceAct) {
        match act {
            DifferenceAct::Set(set) => self.set.clone_from(set),
            DifferenceAct::Count(count) => self.count = *count,
            DifferenceAct::Against(set) => {
                self.pairs.clear();
                self.against = Some(set.clone());
            }
            DifferenceAct::Pair(name, column) => {
                self.pairs.retain(|(known, _)| known != name);
                self.pairs.extend(column.iter().map(|column| (name.clone(), column.clone())));
                self.pairs.sort();
            }
            DifferenceAct::Strength(strength) => self.strength = *strength,
            DifferenceAct::Levels(levels) => self.levels = *levels,
            DifferenceAct::Run => {}
        }
    }

    /// What is asked of `run`; `None` where there is nothing to compare with.
    pub fn request(&self, family: &str) -> Option<CoverageRequest> {
        Some(CoverageRequest {
            family: family.to_owned(),
            set: self.set.clone(),
            count: self.count,
            strength: self.strength,
            levels: self.levels,
            against: Some(self.against.clone()?),
            pairs: self.pairs.clone(),
        })
    }
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct DifferenceView {
    /// Synthetic sets, for the first side.
    pub synthetic: Vec<SetChoice>,
    /// All sets, for the other side.
    pub sets: Vec<SetChoice>,
    /// Names that a column of a real set can be: parameters, then measures where the first side has them.
    pub names: Vec<String>,
    /// Columns of the other side, where it is real.
    pub columns: ColumnsState,
    /// Whether the other side is real or stands in for it.
    pub against_reality: bool,
    /// What is chosen.
    pub choice: DifferenceChoice,
    /// What was found.
    pub answer: Answer<Differences>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// What both sides are called.
    pub names: [String; 2],
    /// What their rows are (`"draws of light"`).
    pub rows_are: [String; 2],
    /// How many quantities a combination has.
    pub strength: usize,
    /// Combinations that both sides hold.
    pub both: u64,
    /// Those that only one holds.
    pub only: [u64; 2],
    /// Those that neither holds.
    pub neither: u64,
    /// Rows of each side, and how many of them hold a combination that the other lacks.
    pub rows: [[u64; 2]; 2],
    /// The other side is real, or stands in for it.
    pub against_reality: bool,
    /// The most frequent combinations that only one holds.
    pub lists: [Vec<Tuple>; 2],
    /// What was left out, in sentences.
    pub notes: Vec<String>,
    /// What was combined.
    pub factors: Vec<Factor>,
    /// Every pair of it, cell by cell.
    pub cells: Vec<PairCells>,
}

/// Two quantities, cell by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct PairMap {
    /// Across.
    pub x: Bins,
    /// Up.
    pub y: Bins,
    /// Rows of both sides in each cell, a row of `x` after the other from the lowest `y` up.
    rows: Vec<[u64; 2]>,
}

impl PairMap {
    /// Rows of both sides in a cell.
    pub fn rows(&self, [column, row]: [usize; 2]) -> [u64; 2] {
        self.rows.get(row * self.x.len() + column).copied().unwrap_or_default()
    }

    /// How many cells only the first side reaches, both, only the other, neither.
    pub fn parts(&self) -> [u64; 4] {
        let part = |first: bool, second: bool| {
            self.rows.iter().filter(|[a, b]| (*a > 0, *b > 0) == (first, second)).count() as u64
        };
        [part(true, false), part(true, true), part(false, true), part(false, false)]
    }

    /// The cells as CSV.
    pub fn csv(&self, names: &[String; 2]) -> String {
        let mut text = format!("across,up,rows of {},rows of {}\n", names[0], names[1]);
        for row in 0..self.y.len() {
            for column in 0..self.x.len() {
                let [ours, theirs] = self.rows([column, row]);
                text.push_str(&format!("{},{},{ours},{theirs}\n", self.x.words(column), self.y.words(row)));
            }
        }
        text
    }
}

/// A combination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuple {
    /// In words.
    pub words: String,
    /// Rows that hold it.
    pub rows: u64,
    /// The ranges that it brushes.
    pub brush: Brush,
}

impl Differences {
    /// What the page shows of `found`; `None` where nothing was compared.
    pub fn of(request: &CoverageRequest, found: &Covered, against_reality: bool) -> Option<Self> {
        let [adds, lacks] = &found.differences[..] else { return None };
        let (adds, lacks) = (&adds.found, &lacks.found);
        let both = adds.present.saturating_sub(adds.only);
        let first = request.set.clone().unwrap_or_else(|| "draws of the family".to_owned());
        let second = request.against.clone().unwrap_or_default();
        let ours = request.set.as_ref().map_or_else(|| first.clone(), |set| format!("draws of {set}"));
        let theirs = if against_reality { format!("frames of {second}") } else { format!("draws of {second}") };
        let list = |of: &Difference| of.most_frequent.iter().map(|one| tuple(of, one)).collect();
        Some(Self {
            names: [first, second],
            rows_are: [ours, theirs],
            strength: adds.strength,
            both,
            only: [adds.only, lacks.only],
            neither: adds.possible().saturating_sub(both + adds.only + lacks.only),
            rows: [adds, lacks].map(|of| [of.n_rows, of.rows_with]),
            against_reality,
            lists: [list(adds), list(lacks)],
            notes: [adds, lacks].into_iter().filter_map(Difference::left_out).collect(),
            factors: adds.factors.clone(),
            cells: found.cells.clone(),
        })
    }

    /// The map of `pair` (across, up); of the one with the most cells that only one side reaches, where none is chosen or it is not
    /// there. `None` where there is no pair.
    pub fn map(&self, pair: Option<&[String; 2]>) -> Option<PairMap> {
        let name = |factor: usize| self.factors.get(factor).map(|factor| factor.name.as_str());
        let is = |cells: &&PairCells| {
            let [a, b] = cells.factors.map(name);
            pair.is_some_and(|[x, y]| [(a, b), (b, a)].contains(&(Some(x), Some(y))))
        };
        // The first of those that are equally far apart.
        let telling = || self.cells.iter().rev().max_by_key(|cells| cells.one_sided());
        let cells = self.cells.iter().find(is).or_else(telling)?;
        let [a, b] = cells.factors;
        let turned = pair.is_some_and(|[x, y]| Some(x.as_str()) == name(b) && Some(y.as_str()) == name(a));
        let [x, y] = if turned { [b, a] } else { [a, b] };
        let [x, y] = [Bins::of(self.factors.get(x)?), Bins::of(self.factors.get(y)?)];
        let place = |row: usize, column: usize| if turned { row * x.len() + column } else { column * y.len() + row };
        let at = |row: usize, column: usize| cells.rows.get(place(row, column)).map(|rows| rows.map(u64::from));
        let rows = (0..y.len()).flat_map(|row| (0..x.len()).map(move |column| (row, column)));
        let rows = rows.map(|(row, column)| at(row, column).unwrap_or_default()).collect();
        Some(PairMap { x, y, rows })
    }

    /// Everything that is counted.
    pub fn possible(&self) -> u64 {
        self.both + self.only[0] + self.only[1] + self.neither
    }

    /// Both lists as CSV.
    pub fn csv(&self) -> String {
        let mut text = String::from("only in,rows,combination\n");
        for (name, list) in self.names.iter().zip(&self.lists) {
            for tuple in list {
                text.push_str(&format!("{name},{},\"{}\"\n", tuple.rows, tuple.words));
            }
        }
        text
    }
}

fn tuple(of: &Difference, combination: &Combination) -> Tuple {
    let mut brush = Brush::default();
    for (factor, level) in &combination.levels {
        let Some(factor) = of.factors.get(*factor) else { continue };
        brush = brush.with(&factor.name, Some(Bins::of(factor).brushed(*level as usize)));
    }
    Tuple { words: combination.words(&of.factors), rows: combination.count as u64, brush }
}

/// How the combinations are read: as lists, or as a map of two quantities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// A map rather than a list.
    pub map: bool,
    /// The map's quantities (across, up); the two that tell most where left out.
    pub pair: Option<[String; 2]>,
    /// Which list is shown: 0 the first side's, 1 the other's.
    pub side: usize,
    /// By name rather than by how many rows hold it.
    pub by_name: bool,
    /// The shown page of the list.
    pub page: usize,
}

/// Combinations on a page.
pub const PAGE: usize = 20;

impl Lists {
    /// The combinations of the shown page in their order, with how many pages there are.
    pub fn of<'a>(&self, list: &'a [Tuple]) -> (Vec<&'a Tuple>, usize) {
        let mut all: Vec<&Tuple> = list.iter().collect();
        if self.by_name {
            all.sort_by(|a, b| a.words.cmp(&b.words));
        }
        let pages = all.len().div_ceil(PAGE).max(1);
        let from = self.page.min(pages - 1) * PAGE;
        (all.into_iter().skip(from).take(PAGE).collect(), pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::many::cell_brush;
    use crate::base::Silent;
    use crate::run::coverage::TitledDifference;
    use crate::sample::coverage::{Columns, common_factors, pair_cells, set_difference};

    fn table(rows: &[[f64; 2]]) -> Columns {
        let mut table = Columns::new("draw", "draws");
        for (at, name) in ["a", "b"].into_iter().enumerate() {
            table.push(name, "m", rows.iter().map(|row| row[at]).collect()).expect("one length");
        }
        table
    }

    #[test]
    fn the_four_parts_are_all_that_there_is() {
        let (ours, theirs) = (table(&[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), table(&[[0.0, 0.0], [2.0, 1.0]]));
        let factors = common_factors(&[&ours, &theirs], &[], 5).expect("both have them");
        let found = |a: &Columns, b: &Columns| TitledDifference {
            title: String::new(),
            found: set_difference(a, &[b], &factors, 2, &Silent).expect("counted"),
        };
        let differences = vec![found(&ours, &theirs), found(&theirs, &ours)];
        let cells = pair_cells([&ours, &theirs], &factors, &Silent).expect("counted");
        let (n_rows, rows_are) = (3, "draws".into());
        let covered = Covered { n_rows, rows_are, goals: vec![], combinations: vec![], differences, cells };
        let request = DifferenceChoice { against: Some("b".into()), ..DifferenceChoice::default() }.request("f");
        let shown = Differences::of(&request.expect("a side"), &covered, false).expect("both ways");
        assert_eq!((shown.both, shown.only, shown.neither, shown.possible()), (1, [2, 1], 2, 6), "three by two");
        assert_eq!(shown.rows, [[3, 2], [2, 1]]);
        let lone = &shown.lists[1][0];
        assert_eq!((lone.words.as_str(), lone.rows), ("a 2 m and b 1 m", 1));
        assert_eq!(lone.brush, Brush::default().with("a", Some([2.0, 2.0])).with("b", Some([1.0, 1.0])));
        assert_eq!(shown.csv().lines().count(), 4);
        // The map says the same of the only pair there is, also turned.
        let map = shown.map(None).expect("a pair");
        assert_eq!(map.parts(), [shown.only[0], shown.both, shown.only[1], shown.neither]);
        assert_eq!((map.x.name.as_str(), map.rows([2, 1]), map.rows([0, 0])), ("a", [0, 1], [1, 1]));
        let turned = shown.map(Some(&["b".into(), "a".into()])).expect("a pair");
        assert_eq!((turned.x.name.as_str(), turned.parts(), turned.rows([1, 2])), ("b", map.parts(), [0, 1]));
        assert_eq!(cell_brush([&map.x, &map.y], [2, 1]), lone.brush, "as the list");
        assert!(map.csv(&shown.names).contains("a 2 m,b 1 m,0,1"), "{}", map.csv(&shown.names));
    }

    #[test]
    fn pages_and_orders() {
        let list: Vec<Tuple> = (0..45_u64)
            .map(|at| Tuple { words: format!("{:02}", 44 - at), rows: at, brush: Brush::default() })
            .collect();
        let (last, pages) = Lists { page: 9, ..Lists::default() }.of(&list);
        assert_eq!((last.len(), pages), (5, 3), "a page too far is the last");
        let (first, _) = Lists { by_name: true, ..Lists::default() }.of(&list);
        assert_eq!((first[0].words.as_str(), first.len()), ("00", PAGE));
        assert_eq!(Lists::default().of(&[]).1, 1, "an empty page is one");
    }
}
