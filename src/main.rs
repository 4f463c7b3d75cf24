//! The `worldproof` program: no arguments open the studio, a subcommand runs without a window.

use std::process::ExitCode;

use worldproof::cli;

fn main() -> ExitCode {
    match cli::main() {
        cli::Asked::Done(code) => ExitCode::from(code),
        cli::Asked::Studio(arguments) => studio(arguments),
    }
}

#[cfg(feature = "app")]
fn studio(arguments: cli::args::Studio) -> ExitCode {
    let cli::args::Studio { path, profile_startup, tour, size, light } = arguments;
    match worldproof::app::open(&worldproof::app::Launch { path, profile_startup, tour, size, light }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => ExitCode::from(cli::fail(&err)),
    }
}

#[cfg(not(feature = "app"))]
fn studio(_: cli::args::Studio) -> ExitCode {
    let err =
        anyhow::anyhow!("this build has no studio; build with the feature `app`, or run a subcommand (see --help)");
    ExitCode::from(cli::fail(&err))
}
