//! Worldproof authors rare-event scenario families, renders them, holds them against sealed real data and exports packs.
//!
//! The modules below stand in layer order: each names only modules above it (`tests/tidy.rs` holds the table of
//! `docs/ARCHITECTURE.md` against the source). Data flows one way:
//!
//! ```text
//! Family --draws--> Draw --builds--> World --steps--> Episode --renders--> Frames --> synthetic Set --+
//!                                                                                                    +--> Drift
//! real files --reads--> real Set --splits--> reference | held --seals--> LockedSet --> Gate --> Verdict --> Pack
//! ```
//!
//! A real set cannot meet the generator by accident: `data` and `ledger` never see `sample`, `world` or `sense`, and
//! what needs both sides happens in [`run`].

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests write damaged and partial files on purpose"))]

pub mod base;
pub mod stats;

pub mod family;
pub mod sample;

pub mod world;

pub mod render;

pub mod sense;

pub mod data;
pub mod drift;

pub mod backbone;

pub mod ledger;
pub mod trial;

pub mod gate;
pub mod pack;

pub mod study;

pub mod run;

pub mod cli;

#[cfg(feature = "app")]
pub mod app;
