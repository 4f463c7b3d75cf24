//! The kinds of distributions: their names in a family's file, and what each is for in one line.

use super::Distribution;

macro_rules! kinds {
    ($($kind:ident, $about:literal;)*) => {
        /// A kind of distribution.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $about] $kind,)*
        }

        impl Kind {
            /// All of them, the common ones first.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The word in a family's file.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }

            /// What it is for, in one line.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$kind => $about,)*
                }
            }
        }
    };
}

kinds! {
    Constant, "One value.";
    Uniform, "Every value between two ends is equally likely.";
    Normal, "A bell without ends.";
    TruncatedNormal, "A bell that is cut off at two ends.";
    LogUniform, "Flat in the logarithm: as likely per factor of two.";
    LogNormal, "A bell in the logarithm.";
    Triangular, "Straight up to the likeliest value, straight down from it.";
    Pert, "A smooth estimate from three points.";
    Beta, "Bends between two ends.";
    Gamma, "Positive, with a tail to the right.";
    Weibull, "Lifetimes and extremes.";
    Exponential, "Waiting without memory.";
    VonMises, "A direction on the circle.";
    Bernoulli, "Yes or no.";
    Integer, "Whole numbers, equally likely.";
    Poisson, "A count of independent events.";
    Choice, "One of several values with weights.";
    Histogram, "Bars.";
    Drawn, "A density drawn by hand.";
    Empirical, "As measured: quantiles of data.";
    Mixture, "One of several distributions with weights.";
    Truncated, "What lies between two ends of another distribution.";
    Cases, "Depends on conditions over the draw.";
}

impl Kind {
    /// The kind of `distribution`.
    pub fn of<N>(distribution: &Distribution<N>) -> Self {
        use Distribution as D;
        match distribution {
            D::Constant(_) => Self::Constant,
            D::Uniform { .. } => Self::Uniform,
            D::LogUniform { .. } => Self::LogUniform,
            D::Normal { .. } => Self::Normal,
            D::TruncatedNormal { .. } => Self::TruncatedNormal,
            D::LogNormal { .. } => Self::LogNormal,
            D::Triangular { .. } => Self::Triangular,
            D::Pert { .. } => Self::Pert,
            D::Beta { .. } => Self::Beta,
            D::Gamma { .. } => Self::Gamma,
            D::Weibull { .. } => Self::Weibull,
            D::Exponential { .. } => Self::Exponential,
            D::VonMises { .. } => Self::VonMises,
            D::Bernoulli { .. } => Self::Bernoulli,
            D::Integer { .. } => Self::Integer,
            D::Poisson { .. } => Self::Poisson,
            D::Choice(_) => Self::Choice,
            D::Histogram { .. } => Self::Histogram,
            D::Drawn(_) => Self::Drawn,
            D::Empirical { .. } => Self::Empirical,
            D::Mixture(_) => Self::Mixture,
            D::Truncated { .. } => Self::Truncated,
            D::Cases { .. } => Self::Cases,
        }
    }

    /// The one whose name is `name`, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::text::{distribution_line, parse_distribution};

    #[test]
    fn a_kinds_name_is_the_word_of_the_file() {
        for text in
            ["Constant(3)", "VonMises(mean: 0, kappa: 2)", "Choice([(value: 1, weight: 1)])", "Poisson(mean: 2)"]
        {
            let read = parse_distribution(text, "").unwrap();
            let name = Kind::of(&read).name();
            assert!(text.starts_with(name) && distribution_line(&read).starts_with(name), "{text}: {name}");
            assert_eq!(Kind::named(&name.to_lowercase()), Some(Kind::of(&read)));
        }
        for kind in Kind::ALL {
            assert!(kind.about().ends_with('.') && kind.about().len() < 60, "{kind:?}");
        }
        assert_eq!(Kind::named("normall"), None);
    }
}
