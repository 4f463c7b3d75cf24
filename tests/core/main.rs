//! The command line through the built binary, on data made here and, where it lies beside the repository, on real data.

mod faults;
mod pipeline;
mod real;
mod tool;
