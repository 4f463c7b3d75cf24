//! The columns of a family's draws: every quantity that a draw carries, with its unit and where it comes from.
//!
//! First the parameters in the order of the file, then the shares of places, then what is computed: the coordinates of
//! places and the derived quantities. Nothing is evaluated here.

use super::expression::Scope;
use super::{Family, Parameter};

/// Where a column's number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Drawn: the index in [`Columns::drawn`].
    Drawn(usize),
    /// A component of a place: the place's index in the family, and the component's in what its region gives.
    Place(usize, usize),
    /// A derived quantity: its index in the family.
    Derived(usize),
}

/// One quantity of a draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Identifier.
    pub name: String,
    /// Unit symbol.
    pub unit: String,
    /// Where it comes from.
    pub kind: ColumnKind,
}

/// All columns of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// In order.
    pub all: Vec<Column>,
    /// What is drawn: the family's parameters, then the shares of its places as parameters of their own.
    pub drawn: Vec<Parameter>,
}

impl Columns {
    /// The columns of `family`. A place on a region that does not exist gives none.
    pub fn of(family: &Family) -> Self {
        let mut drawn = family.parameters.clone();
        drawn.extend(family.places.iter().flat_map(|place| shares(family, place)));
        let mut all: Vec<Column> = drawn
            .iter()
            .enumerate()
            .map(|(at, parameter)| Column {
                name: parameter.name.clone(),
                unit: parameter.unit.clone(),
                kind: ColumnKind::Drawn(at),
            })
            .collect();
        for (at, place) in family.places.iter().enumerate() {
            let Some(region) = family.regions.get(&place.on) else { continue };
            for (component, (ending, unit)) in region.gives().iter().enumerate() {
                let name = format!("{}_{ending}", place.name);
                all.push(Column { name, unit: (*unit).to_owned(), kind: ColumnKind::Place(at, component) });
            }
        }
        all.extend(family.derived.iter().enumerate().map(|(at, derived)| Column {
            name: derived.name.clone(),
            unit: derived.unit.clone(),
            kind: ColumnKind::Derived(at),
        }));
        Self { all, drawn }
    }

    /// The place of the column called `name` in a row.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|column| column.name == name)
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|column| column.name.as_str())
    }

    /// What expressions over a draw may read: a row's numbers in order. A unit that is none counts as a pure number here;
    /// validation names it.
    pub fn scope(&self) -> Scope {
        let mut scope = Scope::default();
        for column in &self.all {
            push(&mut scope, &column.name, &column.unit);
        }
        scope
    }
}

/// Adds a name to `scope`, as a pure number where its unit is none.
pub(super) fn push(scope: &mut Scope, name: &str, unit: &str) {
    if scope.push(name, unit).is_err() {
        // "" is a unit, so this cannot fail.
        let _pure = scope.push(name, "");
    }
}

/// The shares of a place as parameters.
fn shares(family: &Family, place: &super::Place) -> Vec<Parameter> {
    let Some(region) = family.regions.get(&place.on) else { return Vec::new() };
    let spreads = [&place.along, &place.across, &place.up];
    region
        .shares()
        .iter()
        .zip(spreads)
        .map(|(ending, spread)| Parameter {
            name: format!("{}_{ending}", place.name),
            unit: String::new(),
            role: place.role,
            about: format!("Share of `{}` {ending}. {}", place.on, place.about),
            layer: place.layer,
            nominal: spread.nominal.clone(),
            proposal: spread.proposal.clone(),
            fitted: None,
        })
        .collect()
}
