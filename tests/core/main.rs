//! The command line through the built binary, on data made here and, where it lies beside the repository, on real data.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test says what failed by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests write damaged and partial files on purpose")]

mod board;
mod compare_page;
mod draws;
mod episodes;
mod faults;
mod fuzz;
mod hostile;
mod language;
mod methods;
mod pipeline;
mod real;
mod tool;
