//! Family + seed -> [`Draw`]: keyed uniforms through inverse distribution functions, requirements by rejection with
//! counts, and the importance weight of every draw.
//!
//! Draw 7 is draw 7 whether 10 or 10 million are drawn. No IO, no clock, no thread order.

pub mod draw;

pub use draw::{Draw, SampleError, Sampler};
