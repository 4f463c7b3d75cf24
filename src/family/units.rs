//! Quantities in a family's distributions, turned into the parameter's unit when the file is read.
//!
//! So that everything behind the file sees one unit a parameter, and two files that say the same in different units are
//! the same family. Other fields keep their quantity until they are bound: their unit is the stage's to know.

use super::distribution::{NumberKind, Place as Spot};
use super::{Bound, Distribution, Family, Parameter, Place};
use crate::base::Unit;

/// Turns every quantity of `family`'s distributions into a number of the parameter's unit.
///
/// # Errors
/// The field's path and a sentence.
pub(super) fn resolve(family: &mut Family) -> Result<(), (String, String)> {
    for (at, parameter) in family.parameters.iter_mut().enumerate() {
        resolve_parameter(&format!("parameters[{at}]"), parameter)?;
    }
    for (at, place) in family.places.iter_mut().enumerate() {
        resolve_place(&format!("places[{at}]"), place)?;
    }
    Ok(())
}

/// [`resolve`] for one parameter, which stands at the path `field`.
pub(super) fn resolve_parameter(field: &str, parameter: &mut Parameter) -> Result<(), (String, String)> {
    both(field, &parameter.unit, &mut parameter.nominal, &mut parameter.proposal)
}

/// [`resolve`] for one place.
pub(super) fn resolve_place(field: &str, place: &mut Place) -> Result<(), (String, String)> {
    for (part, spread) in [("along", &mut place.along), ("across", &mut place.across), ("up", &mut place.up)] {
        both(&format!("{field}.{part}"), "", &mut spread.nominal, &mut spread.proposal)?;
    }
    Ok(())
}

fn both(
    field: &str,
    symbol: &str,
    nominal: &mut Distribution<Bound>,
    proposal: &mut Option<Distribution<Bound>>,
) -> Result<(), (String, String)> {
    *nominal = resolved(&format!("{field}.nominal"), symbol, nominal)?;
    if let Some(proposal) = proposal {
        *proposal = resolved(&format!("{field}.proposal"), symbol, proposal)?;
    }
    Ok(())
}

/// `distribution` with its quantities in the unit called `symbol`.
///
/// # Errors
/// The number's path under `field`, and a sentence.
pub(super) fn resolved(
    field: &str,
    symbol: &str,
    distribution: &Distribution<Bound>,
) -> Result<Distribution<Bound>, (String, String)> {
    distribution.try_map(&mut |spot: Spot, bound: &Bound| {
        let Bound::Quantity(quantity) = bound else { return Ok(bound.clone()) };
        let symbol = if spot.kind == NumberKind::Pure { "" } else { symbol };
        // A parameter's unknown unit is validation's finding, with its own place.
        let Ok(unit) = Unit::parse(symbol) else { return Ok(bound.clone()) };
        let joint = if spot.path.is_empty() || spot.path.starts_with('[') { "" } else { "." };
        quantity
            .number_in(unit, symbol)
            .map(Bound::Number)
            .map_err(|text| (format!("{field}{joint}{}", spot.path), text))
    })
}
