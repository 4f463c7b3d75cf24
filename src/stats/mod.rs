//! Pure statistics: summaries, intervals, two-sample tests, goodness of fit, permutation p-values and sample sizes.
//!
//! It knows only numbers. Every function is exact or says which approximation it is, uses `libm` alone (the same bits
//! everywhere) and never draws: chance comes from the caller's stream. Deliberately not here: what a number is for.

pub mod beta;
pub mod gamma;
pub mod goodness;
pub mod interval;
pub mod size;
pub mod summary;
pub mod test;

pub use beta::{beta_quantile, incomplete_beta, student_quantile};
pub use gamma::{gamma_quantile, incomplete_gamma};
pub use goodness::{QqPoint, anderson_darling, ks_one_sample, qq_points};
pub use interval::{Interval, clopper_pearson, lognormal_mean, newcombe, weighted_count, wilson};
pub use size::{mcnemar_power, non_inferiority_n, superiority_n};
pub use summary::{Histogram, cliffs_delta, histogram, mean, quantile, ranks, sd, sorted};
pub use test::{KsTest, benjamini_hochberg, exact_mcnemar_one_sided, ks_two_sample, permutation_p};
