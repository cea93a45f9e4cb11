//! The program `scenario-katacoda`.
//!
//! It runs nothing of a scenario.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use scenario_core::error::{Error, Result};
use scenario_core::excerpt::Style;
use scenario_core::shell::quoted;
use scenario_katacoda::folder::Folder;
use scenario_katacoda::import::Source;
use scenario_katacoda::{all, export, import, pathway, report};

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
    /// Write a scenario as a book, or a pathway as a book for each of its scenarios, and list the differences
    Import {
        /// The folder of the scenario, or the file of the pathway: NAME-pathway.json or structure.json
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The folder of the book or books, which must be empty or not exist [default: DIR's name in
        /// ~/.local/share/scenario/books]
        #[arg(long, value_name = "BOOK")]
        out: Option<PathBuf>,
        /// The folder whose files may be read; a page may be a link into it [default: DIR, or the folder of the pathway]
        #[arg(long, value_name = "DIR")]
        within: Option<PathBuf>,
        /// The words before a command in messages
        #[arg(long, value_name = "WORDS", hide = true)]
        front: Option<String>,
    },
    /// Write a book as a scenario for another platform, and list the differences
    Export {
        /// The platform
        #[arg(value_name = "PLATFORM")]
        platform: Platform,
        /// The folder of the book
        #[arg(value_name = "BOOK")]
        book: PathBuf,
        /// The folder of the scenario, which must be empty or not exist
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// What a scenario is exported for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Platform {
    /// Killercoda
    Killercoda,
}

fn main() -> ExitCode {
    let result = match Flags::parse().command {
        Command::Inspect { folders, json } => inspect(&folders, json),
        Command::Import { folder, out, within, front } => {
            import(&folder, out, within.as_deref(), front.as_deref())
        }
        Command::Export { platform: Platform::Killercoda, book, out } => export(&book, &out),
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

/// Prints the scenarios below the folders. Returns whether no problems were found; with `json`, problems are data and
/// not a failure.
fn inspect(folders: &[PathBuf], json: bool) -> Result<bool> {
    let opened: Vec<Folder> = folders
        .iter()
        .map(|path| Folder::open(path).map_err(|cause| Error::io("read", path, cause)))
        .collect::<Result<_>>()?;
    let style = if io::IsTerminal::is_terminal(&io::stdout()) { Style::Coloured } else { Style::Plain };
    let mut out = BufWriter::new(io::stdout().lock());
    match print(&opened, folders, json, style, &mut out).and_then(|printed| out.flush().map(|()| printed)) {
        Ok(Found { scenarios: 0, pathways: 0, .. }) => {
            Err(Error::usage("no scenario found: no folder has an index.json with `details` and `steps`")
                .with_help("give the folder of a scenario, or one above it"))
        }
        Ok(found) => Ok(json || found.problems == 0),
        // The reader of the output has closed it.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(cause) => Err(Error::new("cannot write to standard output").with_source(cause)),
    }
}

/// How much was found.
#[derive(Debug, Default)]
struct Found {
    scenarios: usize,
    pathways: usize,
    problems: usize,
}

/// Prints all scenarios, and without `json` the pathways below them.
fn print(
    opened: &[Folder],
    shown: &[PathBuf],
    json: bool,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<Found> {
    let mut found = Found::default();
    for (folder, shown) in opened.iter().zip(shown) {
        let pathways = all::inspect_all(folder, shown, &mut |inspection| {
            if !json && found.scenarios == 0 {
                writeln!(out, "{}", report::HEADER)?;
            }
            found.scenarios += 1;
            found.problems += inspection.problems.list.len();
            if json {
                report::json(out, &inspection)
            } else {
                write!(out, "{}", report::text(&inspection, style))
            }
        })?;
        if json {
            continue;
        }
        for (pathway, problems) in pathways.iter().filter_map(|path| pathway::read(folder, path, shown)) {
            found.pathways += 1;
            found.problems += problems.list.len();
            write!(out, "{}", report::pathway(&pathway, &problems, style))?;
        }
    }
    if !json && found.scenarios + found.pathways > 0 {
        let pathways =
            if found.pathways > 0 { number(found.pathways, "pathway") + ", " } else { String::new() };
        let (scenarios, problems) = (number(found.scenarios, "scenario"), number(found.problems, "problem"));
        writeln!(out, "\n{scenarios}, {pathways}{problems}")?;
    }
    Ok(found)
}

/// Writes a scenario as a book, or a pathway as several, and says what comes next.
fn import(given: &Path, out: Option<PathBuf>, within: Option<&Path>, front: Option<&str>) -> Result<bool> {
    let out = out.map_or_else(|| import::usual_place(given), Ok)?;
    let mut printed = io::stdout().lock();
    match import::find(given, within)? {
        Source::Scenario(folder) => {
            let imported = import::import(&folder, &out)?;
            let _ = imported.notes.iter().try_for_each(|note| writeln!(printed, "{note}"));
            let _ = writeln!(
                printed,
                "\nwrote a book with {} into `{}`; {}\n",
                number(imported.steps, "step"),
                out.display(),
                listed(imported.notes.len(), "import.md"),
            );
            let _ = write!(printed, "{}", next(&out, front));
        }
        Source::Pathway(folder, path) => {
            let imported = import::import_pathway(&folder, &path, &out)?;
            let _ = imported.notes.iter().try_for_each(|note| writeln!(printed, "{note}"));
            let _ = writeln!(
                printed,
                "\nwrote {} into `{}`; `README.md` there has them in order; {}\n",
                number(imported.books.len(), "book"),
                out.display(),
                listed(imported.notes.len(), "import.md"),
            );
            if let Some(first) = imported.books.first() {
                let _ = write!(printed, "{}", next(&out.join(first), front));
            }
        }
    }
    Ok(true)
}

/// Where the differences are listed, if there are any.
fn listed(count: usize, file: &str) -> String {
    match count {
        0 => "everything is as it was".to_owned(),
        1 => format!("1 difference is listed above and in its `{file}`"),
        _ => format!("{count} differences are listed above and in its `{file}`"),
    }
}

/// A number and its word, in the plural unless the number is 1.
fn number(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// What to do with a book: the commands for it.
fn next(out: &Path, front: Option<&str>) -> String {
    let workspace = out.join("workspace");
    let flags = ["--book".as_ref(), out.as_os_str(), "--workspace".as_ref(), workspace.as_os_str()];
    let flags = quoted(flags);
    let (front, lab) = match front {
        Some(front) => (front, format!("{front} {flags} serve")),
        None => ("scenario", format!("scenario-lab {flags}")),
    };
    format!(
        "It is somebody else's code, and nothing of it runs before you agree.\n\
         \x20 read all that it runs:    {front} {flags} plan\n\
         \x20 open it in the lab:       {lab}\n\
         \x20 or run it, once read:     {front} {flags} step 1 --trust\n"
    )
}

/// Writes a book as a scenario.
fn export(book: &Path, out: &Path) -> Result<bool> {
    let exported = export::export(book, out)?;
    let mut printed = io::stdout().lock();
    let _ = exported.notes.iter().try_for_each(|note| writeln!(printed, "{note}"));
    let _ = writeln!(
        printed,
        "\nwrote a scenario of {} with {} into `{}`; {}",
        number(exported.files, "file"),
        number(exported.steps, "step"),
        out.display(),
        listed(exported.notes.len(), "export.md"),
    );
    Ok(true)
}
