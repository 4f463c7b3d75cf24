//! The studio: a window over the study, drawn by egui on the GPU that `render` shares.
//!
//! Drawing only reads: a screen takes the plain values of [`view`] and answers with what the person wants
//! ([`command::Command`] and [`message::Message`] in an [`message::Outbox`]). What is slow runs in [`jobs`]; what is
//! only worth its newest answer runs in [`latest`]. Nothing here computes a number that the command line could not.

pub mod adapter;
pub mod author;
pub mod channel;
pub mod command;
pub mod difference;
pub mod icon;
pub mod jobs;
pub mod lab;
pub mod latest;
pub mod many;
pub mod message;
pub mod panes;
pub mod shell;
pub mod stage;
pub mod studio;
pub mod theme;
pub mod view;
pub mod widgets;

pub use command::Command;
pub use message::{Message, Outbox};
pub use shell::{Shell, shell_ui};
pub use studio::{Launch, open};
pub use theme::Theme;
