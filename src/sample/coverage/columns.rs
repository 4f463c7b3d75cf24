//! The plain tables that coverage looks at: named columns of numbers, a row a draw or a recorded episode.

use super::CoverageError;
use crate::family::Family;
use crate::sample::Draw;

/// One named quantity of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, unique in the table.
    pub name: String,
    /// Unit symbol.
    pub unit: String,
    /// One a row; NaN where the row lacks it.
    pub values: Vec<f64>,
}

/// A table: what a row is called, and columns of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    one: String,
    many: String,
    all: Vec<Column>,
}

impl Columns {
    /// An empty table whose rows are called so in sentences, in the singular and the plural (`"draw"`, `"draws"`).
    pub fn new(one: &str, many: &str) -> Self {
        Self { one: one.to_owned(), many: many.to_owned(), all: Vec::new() }
    }

    /// The parameters of a family in the order of its file, a row a draw; NaN where a draw lacks one.
    pub fn of_draws(family: &Family, draws: &[Draw]) -> Self {
        let mut table = Self::new("draw", "draws");
        for column in crate::family::Columns::of(family).all {
            // The validator reports a name that stands twice; here the first one counts.
            if table.column(&column.name).is_none() {
                let value = |draw: &Draw| draw.values.get(&column.name).copied().unwrap_or(f64::NAN);
                let values = draws.iter().map(value).collect();
                table.all.push(Column { name: column.name, unit: column.unit, values });
            }
        }
        table
    }

    /// Adds a column, such as a measure of every draw's episode.
    ///
    /// # Errors
    /// [`CoverageError::Table`] where the name stands already or the number of rows differs.
    pub fn push(&mut self, name: &str, unit: &str, values: Vec<f64>) -> Result<(), CoverageError> {
        if self.column(name).is_some() {
            return Err(CoverageError::Table(format!("the table already has a column `{name}`; rename one")));
        }
        if !self.all.is_empty() && values.len() != self.n_rows() {
            let (got, want) = (values.len(), self.counted(self.n_rows() as u64));
            return Err(CoverageError::Table(format!("`{name}` has {got} values for {want}; give one value a row")));
        }
        self.all.push(Column { name: name.to_owned(), unit: unit.to_owned(), values });
        Ok(())
    }

    /// All columns, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.all
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.all.iter().find(|column| column.name == name)
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.all.first().map_or(0, |column| column.values.len())
    }

    /// A number of rows in words: `no draw`, `1 draw`, `14 draws`.
    pub fn counted(&self, rows: u64) -> String {
        match rows {
            0 => format!("no {}", self.one),
            1 => format!("1 {}", self.one),
            _ => format!("{rows} {}", self.many),
        }
    }

    /// Its names without its columns.
    pub(super) fn without_rows(&self) -> Self {
        Self::new(&self.one, &self.many)
    }

    /// What rows are called, in the plural.
    pub fn rows_are(&self) -> &str {
        &self.many
    }
}
