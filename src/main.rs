//! The `worldproof` program.
fn main() {}
