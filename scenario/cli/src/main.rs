//! `scenario`: runs, checks and proves any book whose pages are scenarios.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scenario_cli::{self as cli, BookCommand, Front};

/// Run a tutorial written in Markdown: its file edits, its commands and its checks
#[derive(Parser)]
#[command(name = "scenario", version)]
struct Flags {
    /// The folder with the book's `book.toml`
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    book: PathBuf,
    /// The learner's directory
    #[arg(long, global = true, value_name = "DIR", default_value = "workspace")]
    workspace: PathBuf,
    #[command(subcommand)]
    command: BookCommand,
}

impl Flags {
    /// What a reader types before `step 3` to come back to this book.
    fn name(&self) -> String {
        let mut words = vec![OsStr::new("scenario")];
        for (flag, path, default) in
            [("--book", &self.book, "."), ("--workspace", &self.workspace, "workspace")]
        {
            if path.as_os_str() != default {
                words.extend([OsStr::new(flag), path.as_os_str()]);
            }
        }
        cli::quoted(words)
    }
}

fn main() -> ExitCode {
    cli::main(|| {
        let flags = Flags::parse();
        let front = Front {
            name: flags.name(),
            tools: cli::tools_dir(cli::cache_dir().join("tools")),
            book: flags.book,
            workspace: flags.workspace,
        };
        cli::run(&flags.command, &front)
    })
}
