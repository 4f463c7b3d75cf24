//! How close an episode came to harm: published measures of criticality as plain functions of positions and speeds.
//!
//! Every function names its source. Infinity means "never at this rate", as in the sources; no function guesses a limit
//! of what is dangerous, because limits belong to a family's measures and to their citation.

pub mod balance;
pub mod plane;
pub mod road;
