//! The program `scenario-katacoda`.
//!
//! It runs nothing of a scenario.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scenario_core::error::{Error, Result};
use scenario_core::excerpt::Style;
use scenario_katacoda::folder::Folder;
use scenario_katacoda::{import, inspect, report};

/// Read scenarios of Katacoda and Killercoda
#[derive(Debug, Parser)]
#[command(name = "scenario-katacoda")]
struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is in all scenarios below the folders, and what would not work; run and write nothing
    Inspect {
        /// The folders
        #[arg(value_name = "DIR", required = true)]
        folders: Vec<PathBuf>,
        /// Print a line of JSON for each scenario
        #[arg(long)]
        json: bool,
    },
    /// Write a scenario as a book, and list what is not as it was
    Import {
        /// The folder of the scenario
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The folder of the book, which must be empty or not exist
        #[arg(long, value_name = "BOOK")]
        out: PathBuf,
        /// The folder whose files may be read; a page may be a link into it [default: DIR]
        #[arg(long, value_name = "DIR")]
        within: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let result = match Flags::parse().command {
        Command::Inspect { folders, json } => inspect(&folders, json),
        Command::Import { folder, out, within } => import(&folder, &out, within.as_deref()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            if let Some(help) = error.help() {
                let _ = writeln!(anstream::stderr(), "  help: {help}");
            }
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found that would not work. With `json` that is data like the rest, and not a failure.
fn inspect(folders: &[PathBuf], json: bool) -> Result<bool> {
    let opened: Vec<Folder> = folders
        .iter()
        .map(|path| Folder::open(path).map_err(|cause| Error::io("read", path, cause)))
        .collect::<Result<_>>()?;
    let style = if io::IsTerminal::is_terminal(&io::stdout()) { Style::Coloured } else { Style::Plain };
    let mut out = BufWriter::new(io::stdout().lock());
    match print(&opened, folders, json, style, &mut out).and_then(|printed| out.flush().map(|()| printed)) {
        Ok((0, _)) => {
            Err(Error::usage("no scenario found: no folder has an index.json with `details` and `steps`")
                .with_help("give the folder of a scenario, or one above it"))
        }
        Ok((_, problems)) => Ok(json || problems == 0),
        // Whoever reads has seen enough.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(cause) => Err(Error::new("cannot write to standard output").with_source(cause)),
    }
}

/// Prints all scenarios: how many there are, and how many problems.
fn print(
    opened: &[Folder],
    shown: &[PathBuf],
    json: bool,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<(usize, usize)> {
    let (mut scenarios, mut problems) = (0, 0);
    for (folder, shown) in opened.iter().zip(shown) {
        for path in folder.scenarios() {
            let Some(inspection) = inspect::inspect(folder, &path, shown) else { continue };
            if !json && scenarios == 0 {
                writeln!(out, "{}", report::HEADER)?;
            }
            scenarios += 1;
            problems += inspection.problems.list.len();
            if json {
                report::json(out, &inspection)?;
            } else {
                write!(out, "{}", report::text(&inspection, style))?;
            }
        }
    }
    if !json && scenarios > 0 {
        let number =
            |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        writeln!(out, "\n{}, {}", number(scenarios, "scenario"), number(problems, "problem"))?;
    }
    Ok((scenarios, problems))
}

/// Writes a scenario as a book.
fn import(folder: &Path, out: &Path, within: Option<&Path>) -> Result<bool> {
    let open = |path: &Path| Folder::open(path).map_err(|cause| Error::io("read", path, cause));
    let mut opened = open(folder)?;
    if let Some(within) = within {
        opened = opened
            .within(&open(within)?)
            .ok_or_else(|| Error::usage("`--within` must be a folder above DIR"))?;
    }
    let imported = import::import(&opened, out)?;
    let mut printed = io::stdout().lock();
    let _ = imported.notes.iter().try_for_each(|note| writeln!(printed, "{note}"));
    let _ = writeln!(
        printed,
        "\nwrote a book of {} files with {} numbered chapters into `{}`; {} lines above, also in `import.md`\n\
         It is somebody else's code: read `scenario plan --book {}` before you run it",
        imported.files,
        imported.steps,
        out.display(),
        imported.notes.len(),
        out.display(),
    );
    Ok(true)
}
