//! The program `scenario-pictures`: draws the plots of a book, takes over its screenshots, and checks that what is
//! committed is up to date.
//!
//! It runs nothing of the book. What it draws comes from the report of a proof, `scenario verify --json`.

mod data;
mod draw;
mod files;
mod image;
mod labels;
mod screenshots;
mod times;
mod update;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scenario_core::book::Book;
use scenario_core::error::Result;

/// Draw the plots of a book, from the report of a proof or from the data beside it
#[derive(Debug, Parser)]
#[command(name = "scenario-pictures")]
struct Flags {
    /// The folder of the book
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    /// Take the curves and times from the report that `verify --json` has written
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    report: Option<PathBuf>,
    /// Take over the screenshots that `verify --screenshots` has taken into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    screenshots: Option<PathBuf>,
    /// Write nothing; fail unless all pictures are as they would be drawn
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Flags::parse()) {
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

/// Whether everything is up to date.
fn run(flags: &Flags) -> Result<bool> {
    let book = Book::load(&flags.book)?;
    let src = book.src().unwrap_or(&flags.book).to_owned();
    let scenario = book.into_scenario()?;
    let folder = files::Folder { book: flags.book.clone(), src };
    if flags.check {
        let mut complaints = update::check(&scenario, &folder)?;
        complaints.extend(screenshots::check(&scenario, &folder)?);
        let mut out = anstream::stdout();
        for complaint in &complaints {
            let _ = writeln!(out, "{complaint}");
        }
        if !complaints.is_empty() {
            let _ = writeln!(out, "\n`cargo xtask pictures` makes them from a run");
        }
        return Ok(complaints.is_empty());
    }
    let mut changed = match &flags.report {
        Some(report) => update::from_report(&scenario, &folder, report)?,
        None => update::redraw(&scenario, &folder)?,
    };
    if let Some(from) = &flags.screenshots {
        changed.extend(screenshots::take_over(&scenario, &folder, from)?);
    }
    changed.extend(screenshots::remove_left_over(&scenario, &folder)?);
    let mut out = anstream::stdout();
    for path in changed {
        let _ = writeln!(out, "{}", path.display());
    }
    Ok(true)
}
