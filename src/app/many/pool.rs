//! Values of far more draws than are rendered: a column a parameter and a measure, a row a draw.

use std::sync::Arc;

use crate::app::view::ParameterRole;
use crate::stats::ranks;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A parameter with its role.
    Parameter(ParameterRole),
    /// A measure of the simulated episode.
    Measure,
}

/// A parameter or a measure over all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name in the family.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// One a row; NaN where it is not known.
    pub values: Arc<[f64]>,
    /// Least and largest known value, never the same: the ends of an axis.
    pub ends: [f64; 2],
}

impl Column {
    /// A column with the ends of its known values.
    pub fn new(name: &str, unit: &str, kind: ColumnKind, values: Arc<[f64]>) -> Self {
        let known = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let ends = match (low, high) {
            _ if low > high => [0.0, 1.0],
            // All the same: it lies in the middle of its axis.
            _ if low == high => [low - 0.5 * low.abs().max(1.0), low + 0.5 * low.abs().max(1.0)],
            _ => [low, high],
        };
        Self { name: name.to_owned(), unit: unit.to_owned(), kind, values, ends }
    }

    /// The value in `row`, where it is known.
    pub fn value(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|value| value.is_finite())
    }

    /// Where `value` lies between the ends, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        ((value - self.ends[0]) / (self.ends[1] - self.ends[0])).clamp(0.0, 1.0)
    }

    /// The value at `share` of the way between the ends.
    pub fn at(&self, share: f64) -> f64 {
        self.ends[0] + share.clamp(0.0, 1.0) * (self.ends[1] - self.ends[0])
    }

    /// True where all known values are the same, or none is known.
    pub fn is_constant(&self) -> bool {
        let mut known = self.values.iter().filter(|value| value.is_finite());
        known.next().is_none_or(|first| known.all(|value| value == first))
    }

    /// True where every known value is 0 or 1.
    pub fn is_yes_or_no(&self) -> bool {
        self.values.iter().all(|value| !value.is_finite() || *value == 0.0 || *value == 1.0)
    }
}

/// The rows are draws 0, 1, 2, … of the family.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    /// Parameters in the family's order, then measures in the family's order.
    pub columns: Vec<Column>,
    /// Whether the rare event happened; `None` where the episode is not simulated.
    pub rare: Arc<[Option<bool>]>,
    /// Rows whose measures are known.
    pub simulated: usize,
    /// Rows whose measures will be known.
    pub wanted: usize,
    /// Causes that vary, those first that go most with the rare event; then the measure behind it. Empty before any
    /// episode is simulated.
    pub telling: Vec<String>,
    /// Why there are no more rows; one sentence.
    pub error: Option<String>,
}

/// Causes in a default choice of columns.
const TELLING_CAUSES: usize = 3;

impl Pool {
    /// Number of draws.
    pub fn len(&self) -> usize {
        self.rare.len()
    }

    /// True before the first draw.
    pub fn is_empty(&self) -> bool {
        self.rare.is_empty()
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Those of `wanted` that there are; where fewer than `least` are left, `instead`.
    pub fn known(&self, wanted: &[String], least: usize, instead: impl FnOnce() -> Vec<String>) -> Vec<String> {
        let known: Vec<String> = wanted.iter().filter(|name| self.column(name).is_some()).cloned().collect();
        if known.len() >= least { known } else { instead() }
    }

    /// The causes that vary, those first whose ranks go most with the rare event's, then the measure behind the event:
    /// what `telling` is filled with. Before anything is simulated the causes stand in the family's order.
    pub fn find_telling(&self, rare_event: &str) -> Vec<String> {
        let rare: Vec<f64> = self.rare.iter().map(|rare| rare.map_or(f64::NAN, f64::from)).collect();
        let strength = |column: &Column| rank_correlation(&column.values, &rare).map_or(0.0, f64::abs);
        let of = |wanted: &dyn Fn(&Column) -> bool| {
            let mut found: Vec<(f64, &Column)> = self
                .columns
                .iter()
                .filter(|column| wanted(column) && !column.is_constant())
                .map(|column| (strength(column), column))
                .collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0));
            found
        };
        let causes = of(&|column| column.kind == ColumnKind::Parameter(ParameterRole::Cause));
        let mut names: Vec<String> =
            causes.iter().take(TELLING_CAUSES).map(|(_, column)| column.name.clone()).collect();
        // A yes or no makes two stripes: the number behind it shows how near a miss was.
        let behind = of(&|column| column.kind == ColumnKind::Measure && !column.is_yes_or_no());
        let event = self.column(rare_event).map(|column| &column.name);
        names.extend(behind.first().map(|(_, column)| &column.name).or(event).cloned());
        names
    }

    /// The first axes of parallel coordinates: the causes that tell most in the family's order, then numeric measures.
    pub fn first_axes(&self, most: usize) -> Vec<String> {
        let numeric = |column: &&Column| column.kind == ColumnKind::Measure && !column.is_yes_or_no();
        let measures: Vec<&Column> = self.columns.iter().filter(numeric).take(most.div_ceil(3)).collect();
        let cause = |column: &&Column| column.kind == ColumnKind::Parameter(ParameterRole::Cause);
        let causes = self.columns.iter().filter(|column| cause(column) && !column.is_constant());
        let causes = causes.take(most.saturating_sub(measures.len()));
        causes.chain(measures).map(|column| column.name.clone()).collect()
    }

    /// The rows as CSV: `draw,rare,` and the columns; only brushed ones where `mask` is not empty.
    pub fn csv(&self, mask: &[bool]) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let mut text = format!("draw,rare,{}\n", names.join(","));
        for (row, rare) in self.rare.iter().enumerate().filter(|(row, _)| mask.get(*row).copied().unwrap_or(true)) {
            let rare = rare.map_or("", |rare| if rare { "1" } else { "0" });
            text.push_str(&format!("{row},{rare}"));
            for column in &self.columns {
                text.push_str(&column.value(row).map_or_else(|| ",".to_owned(), |value| format!(",{value}")));
            }
            text.push('\n');
        }
        text
    }
}

/// Spearman's rank correlation over the rows where both are known; ties share their mean rank. `None` where fewer than
/// three rows are known or one side does not vary.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let both: Vec<(f64, f64)> =
        x.iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite()).map(|(x, y)| (*x, *y)).collect();
    if both.len() < 3 {
        return None;
    }
    let ranks_x = ranks(&both.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let ranks_y = ranks(&both.iter().map(|(_, y)| *y).collect::<Vec<_>>());
    let mean = (both.len() - 1) as f64 / 2.0;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in ranks_x.iter().zip(&ranks_y) {
        xy += (a - mean) * (b - mean);
        xx += (a - mean) * (a - mean);
        yy += (b - mean) * (b - mean);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Causes with these values; nothing is simulated.
    pub(in crate::app::many) fn pool_of(columns: &[(&str, &[f64])]) -> Pool {
        let cause = ColumnKind::Parameter(ParameterRole::Cause);
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let columns = columns.iter().map(|(name, values)| Column::new(name, "m", cause, Arc::from(*values)));
        Pool { columns: columns.collect(), rare: vec![None; rows].into(), ..Pool::default() }
    }

    #[test]
    fn rank_correlation_meets_a_textbook_value() {
        // IQ and hours of television, as in the usual worked example: rho = -29/165.
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let rho = rank_correlation(&iq, &hours).expect("ten rows");
        assert!((rho + 29.0 / 165.0).abs() < 1e-12, "{rho}");
        let tied = rank_correlation(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 2.0, 3.0]);
        assert!(tied.is_some_and(|rho| (rho - 1.0).abs() < 1e-12), "ties agree with themselves: {tied:?}");
        assert_eq!(rank_correlation(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]), None, "two known rows");
        assert_eq!(rank_correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None, "no spread");
        // Ranks do not see a monotone change of scale.
        let cubed: Vec<f64> = iq.iter().map(|x| x * x * x).collect();
        assert_eq!(rank_correlation(&cubed, &hours), Some(rho));
    }

    #[test]
    fn the_telling_columns_are_the_strongest_causes_and_the_number_behind_the_event() {
        let n = 40;
        let row = |of: &dyn Fn(f64) -> f64| (0..n).map(|at| of(f64::from(at))).collect::<Vec<f64>>();
        let mut pool = pool_of(&[
            ("weak", &row(&|at| (at * 7.0) % 11.0)),
            ("still", &row(&|_| 3.0)),
            ("strong", &row(&|at| -at)),
            ("middling", &row(&|at| at + 15.0 * ((at * 5.0) % 7.0))),
            ("none", &row(&|at| (at * 3.0) % 2.0)),
        ]);
        pool.rare = (0..n).map(|at| Some(at > 25)).collect();
        let measure = |name: &str, values: Vec<f64>| Column::new(name, "", ColumnKind::Measure, values.into());
        pool.columns.push(measure("tipped", row(&|at| f64::from(at > 25.0))));
        assert_eq!(pool.find_telling("tipped").last().map(String::as_str), Some("tipped"), "only a yes or no");
        pool.columns.push(measure("tilt", row(&|at| at * at)));
        let found = pool.find_telling("tipped");
        assert_eq!((found.len(), found[0].as_str(), found[3].as_str()), (4, "strong", "tilt"), "{found:?}");
        assert!(!found.iter().any(|name| name == "still"), "what never varies tells nothing");
    }

    #[test]
    fn ends_are_those_of_what_is_known() {
        let column = |values: &[f64]| Column::new("c", "", ColumnKind::Measure, Arc::from(values));
        assert_eq!(column(&[2.0, f64::NAN, -1.0]).ends, [-1.0, 2.0]);
        assert_eq!(column(&[4.0, 4.0]).ends, [2.0, 6.0], "in the middle");
        assert_eq!(column(&[f64::NAN]).ends, [0.0, 1.0], "nothing known");
        let some = column(&[10.0, 20.0]);
        assert_eq!((some.share(12.5), some.at(0.25), some.share(99.0)), (0.25, 12.5, 1.0));
    }

    #[test]
    fn csv_leaves_unknown_cells_empty_and_what_is_not_brushed_out() {
        let mut pool = pool_of(&[("a", &[1.5, 2.0]), ("b", &[f64::NAN, 4.0])]);
        pool.rare = vec![None, Some(true)].into();
        assert_eq!(pool.csv(&[]), "draw,rare,a,b\n0,,1.5,\n1,1,2,4\n");
        assert_eq!(pool.csv(&[false, true]), "draw,rare,a,b\n1,1,2,4\n");
    }
}
