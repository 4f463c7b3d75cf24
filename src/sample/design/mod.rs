//! Designs.
pub mod covering;
pub mod discrepancy;
pub mod grid;
pub mod halton;
mod hash;
pub mod hypercube;
mod joe_kuo;
pub mod sobol;
pub use discrepancy::centred_l2_discrepancy;
