//! Walking over every number of a distribution, from one type of number to another.

use super::{Case, Distribution, Part, Weighted};

/// Which number of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As in the file (`"low"`, `"[2].of.mean"`); empty for a constant.
    pub path: String,
    /// Whether it carries the parameter's unit.
    pub kind: NumberKind,
}

/// Whether a number of a distribution carries the parameter's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// A value of the parameter or a width among them: ends, mean, standard deviation, scale.
    Value,
    /// A pure number: weights, shapes, probabilities, concentrations, relative densities, the mean of a count.
    Pure,
}

impl<N> Distribution<N> {
    /// The same distribution with every number exchanged for what `f` makes of it, in the order of the file.
    ///
    /// # Errors
    /// The first error of `f`.
    pub fn try_map<M, E>(&self, f: &mut impl FnMut(Place, &N) -> Result<M, E>) -> Result<Distribution<M>, E> {
        Walk { prefix: String::new(), f }.distribution(self)
    }
}

struct Walk<'a, N, M, E> {
    prefix: String,
    // Dynamic, because a distribution within a distribution would otherwise need a walk of its own type.
    f: &'a mut dyn FnMut(Place, &N) -> Result<M, E>,
}

impl<N, M, E> Walk<'_, N, M, E> {
    fn place(&self, name: &str) -> String {
        match (self.prefix.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (_, true) => self.prefix.clone(),
            _ if name.starts_with('[') => format!("{}{name}", self.prefix),
            _ => format!("{}.{name}", self.prefix),
        }
    }

    fn value(&mut self, name: &str, number: &N) -> Result<M, E> {
        let path = self.place(name);
        (self.f)(Place { path, kind: NumberKind::Value }, number)
    }

    fn pure(&mut self, name: &str, number: &N) -> Result<M, E> {
        let path = self.place(name);
        (self.f)(Place { path, kind: NumberKind::Pure }, number)
    }

    fn within(&mut self, name: &str, inner: &Distribution<N>) -> Result<Distribution<M>, E> {
        Walk { prefix: self.place(name), f: &mut *self.f }.distribution(inner)
    }

    fn distribution(&mut self, from: &Distribution<N>) -> Result<Distribution<M>, E> {
        use Distribution as D;
        Ok(match from {
            D::Constant(value) => D::Constant(self.value("", value)?),
            D::Uniform { low, high } => D::Uniform { low: self.value("low", low)?, high: self.value("high", high)? },
            D::LogUniform { low, high } => {
                D::LogUniform { low: self.value("low", low)?, high: self.value("high", high)? }
            }
            D::Normal { mean, sd } => D::Normal { mean: self.value("mean", mean)?, sd: self.value("sd", sd)? },
            D::TruncatedNormal { mean, sd, low, high } => D::TruncatedNormal {
                mean: self.value("mean", mean)?,
                sd: self.value("sd", sd)?,
                low: self.value("low", low)?,
                high: self.value("high", high)?,
            },
            D::LogNormal { median, sigma } => {
                D::LogNormal { median: self.value("median", median)?, sigma: self.pure("sigma", sigma)? }
            }
            D::Triangular { low, mode, high } => D::Triangular {
                low: self.value("low", low)?,
                mode: self.value("mode", mode)?,
                high: self.value("high", high)?,
            },
            D::Pert { low, mode, high, shape } => D::Pert {
                low: self.value("low", low)?,
                mode: self.value("mode", mode)?,
                high: self.value("high", high)?,
                shape: shape.as_ref().map(|shape| self.pure("shape", shape)).transpose()?,
            },
            D::Beta { alpha, beta, low, high } => D::Beta {
                alpha: self.pure("alpha", alpha)?,
                beta: self.pure("beta", beta)?,
                low: low.as_ref().map(|low| self.value("low", low)).transpose()?,
                high: high.as_ref().map(|high| self.value("high", high)).transpose()?,
            },
            D::Gamma { shape, scale } => {
                D::Gamma { shape: self.pure("shape", shape)?, scale: self.value("scale", scale)? }
            }
            D::Weibull { shape, scale } => {
                D::Weibull { shape: self.pure("shape", shape)?, scale: self.value("scale", scale)? }
            }
            D::Exponential { mean } => D::Exponential { mean: self.value("mean", mean)? },
            D::VonMises { mean, kappa } => {
                D::VonMises { mean: self.value("mean", mean)?, kappa: self.pure("kappa", kappa)? }
            }
            _ => return self.listed(from),
        })
    }

    /// The discrete ones, the ones with lists and the ones made of others.
    fn listed(&mut self, from: &Distribution<N>) -> Result<Distribution<M>, E> {
        use Distribution as D;
        Ok(match from {
            D::Bernoulli { p } => D::Bernoulli { p: self.pure("p", p)? },
            D::Integer { low, high } => D::Integer { low: self.value("low", low)?, high: self.value("high", high)? },
            D::Poisson { mean } => D::Poisson { mean: self.pure("mean", mean)? },
            D::Choice(choices) => D::Choice(self.each("", choices, Self::weighted)?),
            D::Histogram { edges, weights } => D::Histogram {
                edges: self.each("edges", edges, |walk, edge| walk.value("", edge))?,
                weights: self.each("weights", weights, |walk, weight| walk.pure("", weight))?,
            },
            D::Drawn(points) => D::Drawn(
                self.each("", points, |walk, (x, density)| Ok((walk.value("x", x)?, walk.pure("density", density)?)))?,
            ),
            D::Empirical { quantiles, from } => D::Empirical {
                quantiles: self.each("quantiles", quantiles, |walk, value| walk.value("", value))?,
                from: from.clone(),
            },
            D::Mixture(parts) => D::Mixture(self.each("", parts, |walk, part| {
                Ok(Part { weight: walk.pure("weight", &part.weight)?, of: walk.within("of", &part.of)? })
            })?),
            D::Truncated { of, low, high } => D::Truncated {
                of: Box::new(self.within("of", of)?),
                low: self.value("low", low)?,
                high: self.value("high", high)?,
            },
            D::Cases { of, otherwise } => D::Cases {
                of: self.each("of", of, |walk, case| {
                    Ok(Case { when: case.when.clone(), then: walk.within("then", &case.then)? })
                })?,
                otherwise: Box::new(self.within("otherwise", otherwise)?),
            },
            // The others are `distribution`'s own, which calls this function only with the above.
            _ => return self.distribution(from),
        })
    }

    fn weighted(walk: &mut Walk<'_, N, M, E>, from: &Weighted<N>) -> Result<Weighted<M>, E> {
        let (value, weight) = (walk.value("value", &from.value)?, walk.pure("weight", &from.weight)?);
        Ok(Weighted { value, weight, label: from.label.clone() })
    }

    /// Every entry of a list, each under its own place.
    fn each<A, B>(
        &mut self,
        name: &str,
        from: &[A],
        mut one: impl FnMut(&mut Walk<'_, N, M, E>, &A) -> Result<B, E>,
    ) -> Result<Vec<B>, E> {
        let entry = |(index, entry): (usize, &A)| {
            let prefix = self.place(&format!("{name}[{index}]"));
            one(&mut Walk { prefix, f: &mut *self.f }, entry)
        };
        from.iter().enumerate().map(entry).collect()
    }
}
