//! Fits in words, as both faces show them.

use crate::family::Distribution;
use crate::sample::fit::Fits;

/// A distribution's numbers in short: its name and what people read of it, each number as `number` writes it.
pub fn words(distribution: &Distribution, number: fn(f64) -> String) -> String {
    let named = |pairs: &[(&str, f64)]| {
        pairs.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect::<Vec<_>>().join(", ")
    };
    match distribution {
        Distribution::Choice(choices) => match choices.as_slice() {
            [one] => format!("the value {}", number(one.value)),
            many => format!("{} values", many.len()),
        },
        Distribution::Histogram { weights, .. } if weights.len() == 1 => "1 bar".to_owned(),
        Distribution::Histogram { weights, .. } => format!("{} bars", weights.len()),
        Distribution::Empirical { quantiles, .. } => format!("{} quantiles", quantiles.len()),
        Distribution::Mixture(parts) => {
            parts.iter().map(|part| words(&part.of, number)).collect::<Vec<_>>().join(" and ")
        }
        other => {
            let mut pairs = Vec::new();
            let seen = other.try_map(&mut |spot, value: &f64| {
                pairs.push((spot.path.clone(), *value));
                Ok::<f64, std::convert::Infallible>(*value)
            });
            let pairs: Vec<(&str, f64)> = pairs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            match seen {
                Ok(_) => named(&pairs),
                Err(never) => match never {},
            }
        }
    }
}

/// Why distributions were not fitted, those with one reason together.
pub fn reasons(fits: &Fits) -> Vec<String> {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for (model, why) in &fits.left_out {
        match told.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(model.name()),
            None => told.push((why.as_str(), vec![model.name()])),
        }
    }
    told.into_iter().map(|(why, names)| format!("{}: {why}", names.join(", "))).collect()
}
