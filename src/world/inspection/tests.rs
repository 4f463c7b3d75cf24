//! Boards and defects held to their promises.
