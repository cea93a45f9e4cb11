//! `scenario`: runs, checks and proves any book whose pages are scenarios.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, Parser, Subcommand, value_parser};
use scenario_cli::{self as cli, BookCommand, Front};
use scenario_core::error::Error;

/// Run a tutorial written in Markdown: its file edits, its commands and its checks
#[derive(Parser)]
#[command(name = "scenario", version)]
struct Flags {
    /// The folder with the book's `book.toml`
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    book: PathBuf,
    /// The folder for the reader's files
    #[arg(long, global = true, value_name = "DIR", default_value = "workspace")]
    workspace: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Book(BookCommand),
    /// Write a small book that passes at once, with a README and a workflow for CI
    // Its help does not show the flags that lead to a book, and they are refused.
    #[command(
        arg(Arg::new("book").long("book").value_parser(value_parser!(PathBuf)).hide(true)),
        arg(Arg::new("workspace").long("workspace").value_parser(value_parser!(PathBuf)).hide(true))
    )]
    New {
        /// Its folder, which must be empty or not exist
        dir: PathBuf,
    },
}

impl Flags {
    /// The flags that lead to this book and workspace.
    fn words(&self) -> Vec<OsString> {
        let paths = [("--book", &self.book, "."), ("--workspace", &self.workspace, "workspace")];
        let given = paths.into_iter().filter(|(_, path, default)| path.as_os_str() != *default);
        given.flat_map(|(flag, path, _)| [OsString::from(flag), path.as_os_str().to_owned()]).collect()
    }
}

fn main() -> ExitCode {
    cli::main(|| {
        let flags = Flags::parse();
        let words = flags.words();
        let command = match flags.command {
            Command::New { .. } if !words.is_empty() => {
                let error = Error::usage("`new` takes neither `--book` nor `--workspace`");
                return Err(error.with_help("`scenario new DIR` writes a new book into the folder DIR"));
            }
            Command::New { dir } => return cli::new_book(&dir).map(|()| ExitCode::SUCCESS),
            Command::Book(command) => command,
        };
        let front = Front {
            name: cli::quoted(
                [OsStr::new("scenario")].into_iter().chain(words.iter().map(OsString::as_os_str)),
            ),
            flags: words,
            tools: cli::tools_dir(cli::cache_dir().join("tools")),
            book: flags.book,
            workspace: flags.workspace,
        };
        cli::run(&command, &front)
    })
}
