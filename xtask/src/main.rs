//! `cargo xtask`: this repository's front door.

mod build;
mod child;
mod ci;
mod flags;
mod import;
mod pictures;
mod results;
mod schedule;
mod serve;
mod soak;
mod stages;
mod suites;
#[cfg(test)]
mod tidy;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use scenario_cli::{self as cli, Front};

fn main() -> ExitCode {
    cli::main(|| {
        let flags = flags::Flags::parse();
        let root = project_root();
        let words = flags.words();
        let program = ["cargo", "xtask"].map(OsStr::new);
        let front = Front {
            name: cli::quoted(program.into_iter().chain(words.iter().map(OsString::as_os_str))),
            flags: words,
            book: flags.book.unwrap_or_else(|| root.join("book")),
            workspace: flags.workspace.unwrap_or_else(|| root.join("workspace")),
            tools: cli::tools_dir(root.join("target/tools")),
        };
        match flags.command {
            flags::XtaskCommand::Scenario(command) => cli::run(&command, &front),
            flags::XtaskCommand::Serve(serve) => serve.run(&front),
            flags::XtaskCommand::Import(import) => import.run(),
            flags::XtaskCommand::Page(page) => page.run(&front),
            flags::XtaskCommand::Build(build) => build.run(&front),
            flags::XtaskCommand::Pictures(pictures) => pictures.run(&front),
            flags::XtaskCommand::Ci(ci) => ci.run(&front),
            flags::XtaskCommand::Soak(soak) => soak.run(&front),
        }
    })
}

/// The repository that cargo runs this program for: one that was compiled in another clone may be run in this one.
fn project_root() -> PathBuf {
    let given = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package =
        given.filter(|package| package.ends_with("xtask")).unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    package.parent().map(Path::to_owned).unwrap_or_default()
}
