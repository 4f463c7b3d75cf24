//! Family + seed -> [`Draw`]: keyed uniforms through inverse distribution functions, requirements by rejection with
//! counts, and the importance weight of every draw; designs that place draws more evenly than chance; then what the weights
//! are worth and what the draws cover; and distributions fitted to measured values.
//!
//! Draw 7 is draw 7 whether 10 or 10 million are drawn. No IO, no clock, no thread order.

pub mod coverage;
pub mod design;
pub mod draw;
pub mod fit;
pub mod ln_weight;
pub mod method;
pub mod placed;
pub mod rare;
pub mod row;
pub mod weights;

pub use coverage::{Columns, Coverage, CoverageError, coverage};
pub use draw::{SampleError, Sampler};
pub use method::Method;
pub use placed::Placed;
pub use row::{Draw, Draws, Rows, Summary};
pub use weights::{Estimate, Normalisation, WeightSummary, estimate};
