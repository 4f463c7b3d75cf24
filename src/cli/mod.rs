//! The command line: one file a group of subcommands, each a thin layer over `run`.
//!
//! Results go to standard output as text or (`--json`) as one JSON object; progress, notes and errors go to standard
//! error. Exit codes: 0 done, 1 the gate said no or a check failed, 2 error, 3 inconclusive.

pub mod args;
mod cameras;
mod draws;
mod families;
mod fits;
mod methods;
mod output;
mod packs;
mod progress;
mod sets;

use clap::Parser as _;

use crate::run::{Place, Stamp, person};
use crate::study::{Study, Unreadable};

use args::{Arguments, Command, Common};
use output::Outcome;
pub use progress::Progress;

/// What the command line asks the binary to do.
pub enum Asked {
    /// A subcommand ran; end with this code.
    Done(u8),
    /// Open the studio.
    Studio(args::Studio),
}

/// Parses the process's arguments and runs the subcommand.
pub fn main() -> Asked {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are no errors; what cannot be parsed exits with 2 as every error does.
        Err(err) => {
            let _closed = err.print();
            return Asked::Done(if err.use_stderr() { 2 } else { 0 });
        }
    };
    match arguments.command {
        None => Asked::Studio(args::Studio::plain()),
        Some(Command::Studio(studio)) => Asked::Studio(studio),
        Some(command) => Asked::Done(run(command)),
    }
}

fn run(command: Command) -> u8 {
    let json = common(&command).is_some_and(|common| common.json);
    match dispatch(command) {
        Ok(outcome) => output::print(&outcome, json),
        Err(err) => output::print_error(&err, json),
    }
}

/// Prints what went wrong; the exit code.
pub fn fail(err: &anyhow::Error) -> u8 {
    output::print_error(err, false)
}

fn dispatch(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::New(new) => families::new(&new),
        Command::Check(check) => families::check(&check),
        Command::Draw(draw) => draws::draw(&draw),
        Command::Simulate(simulate) => draws::simulate(&simulate),
        Command::Estimate(estimate) => draws::estimate(&estimate),
        Command::Coverage(coverage) => draws::coverage(&coverage),
        Command::Generate(generate) => sets::generate(&generate),
        Command::Import(import) => sets::import(&import),
        Command::Twins(twins) => sets::twins(&twins),
        Command::Conditions(conditions) => sets::conditions(&conditions),
        Command::Compare(compare) => sets::compare(&compare),
        Command::Audit(audit) => sets::audit(&audit),
        Command::Seal(seal) => sets::seal(&seal),
        Command::Fit(fit) => fits::fit(&fit),
        Command::Camera(camera) => cameras::camera(&camera),
        Command::Match(matching) => cameras::match_camera(&matching),
        Command::Gate(gate) => packs::gate(&gate),
        Command::Export(export) => packs::export(&export),
        Command::Lerobot(lerobot) => packs::lerobot(&lerobot),
        Command::Verify(verify) => packs::verify(&verify),
        Command::Report(report) => packs::report(&report),
        Command::Demo(demo) => packs::demo(&demo),
        Command::Studio(_) => anyhow::bail!("the studio is opened by the binary"),
    }
}

fn common(command: &Command) -> Option<&Common> {
    Some(match command {
        Command::New(new) => &new.common,
        Command::Check(check) => &check.common,
        Command::Draw(draw) => &draw.common,
        Command::Simulate(simulate) => &simulate.common,
        Command::Estimate(estimate) => &estimate.common,
        Command::Coverage(coverage) => &coverage.common,
        Command::Generate(generate) => &generate.common,
        Command::Import(import) => &import.common,
        Command::Twins(twins) => &twins.common,
        Command::Conditions(conditions) => &conditions.common,
        Command::Compare(compare) => &compare.common,
        Command::Audit(audit) => &audit.common,
        Command::Seal(seal) => &seal.common,
        Command::Fit(fit) => &fit.common,
        Command::Camera(camera) => &camera.common,
        Command::Match(matching) => &matching.common,
        Command::Gate(gate) => &gate.common,
        Command::Export(export) => &export.common,
        Command::Lerobot(lerobot) => &lerobot.common,
        Command::Verify(verify) => &verify.common,
        Command::Report(report) => &report.common,
        Command::Demo(demo) => &demo.common,
        Command::Studio(_) => return None,
    })
}

/// The study that `--study` names, with its place and a stamp of now; says which family files cannot be read.
fn open(common: &Common) -> anyhow::Result<(Place, Study, Stamp)> {
    open_with(common, |file| output::warn(&format!("the family `{}` is left out: {}", file.id, file.why)))
}

/// As [`open`], with `tell` called for every family file that cannot be read.
fn open_with(common: &Common, tell: impl FnMut(&Unreadable)) -> anyhow::Result<(Place, Study, Stamp)> {
    let place = Place { folder: common.study.clone(), keys_folder: person::keys_folder() };
    let study = Study::load(&place.folder)?;
    study.unreadable.iter().for_each(tell);
    Ok((place, study, stamp(common)))
}

/// Now, and who acts.
fn stamp(common: &Common) -> Stamp {
    person::stamp(common.actor.as_deref())
}
