//! Controllers: what a robot or road user wants, step by step, from what it senses.
//!
//! A controller sees the world late and acts through joints or pedals within their limits, so that a rare event is
//! something it can recover from or not. It draws no random numbers of its own.

pub(super) mod leg;
pub(super) mod stand;
