//! Shows edits of pages as a difference, asks, and writes them.

use std::io::{BufRead, IsTerminal};
use std::os::fd::AsFd;

use anstyle::{AnsiColor, Style};
use nix::poll::{PollFd, PollFlags, poll};
use scenario_core::diagnostic::PageEdit;
use scenario_core::error::{Context, Result};
use scenario_core::page_edit;
use scenario_core::process;
use scenario_core::report::visible;
use scenario_core::source::Sources;

use crate::output::print;

/// How often a signal is looked for, in milliseconds.
const LOOK_EVERY: u8 = 50;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// What became of edits that were offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Offer {
    /// The pages were written.
    Written,
    /// The author said no, or there is nobody to ask.
    Declined,
}

/// Shows what the edits change, and writes the pages if `yes` or if the author agrees.
pub(crate) fn offer(sources: &Sources, edits: &[PageEdit], yes: bool) -> Result<Offer> {
    show(&page_edit::diff(sources, edits))?;
    if !yes && !agreed()? {
        return Ok(Offer::Declined);
    }
    let pages = page_edit::write(sources, edits)?;
    print(|out| {
        pages.iter().try_for_each(|page| writeln!(out, "wrote `{}`", visible(&page.display().to_string())))
    })?;
    Ok(Offer::Written)
}

fn show(diff: &str) -> Result<()> {
    print(|out| {
        diff.lines().try_for_each(|line| {
            let style = match line.as_bytes().first() {
                Some(b'+') => ADDED,
                Some(b'-') => REMOVED,
                _ => Style::new(),
            };
            writeln!(out, "{style}{}{style:#}", visible(line))
        })
    })
}

/// Asks at the terminal; without one, nothing is written.
fn agreed() -> Result<bool> {
    if !has_terminal() {
        print(|out| {
            writeln!(out, "nothing was written: there is no terminal to ask at; `--yes` writes the pages")
        })?;
        return Ok(false);
    }
    let agreed = matches!(answer("write these pages? [y/N] ")?.as_str(), "y" | "Y" | "yes");
    if !agreed {
        print(|out| writeln!(out, "nothing was written"))?;
    }
    Ok(agreed)
}

/// Whether there is somebody to ask.
pub(crate) fn has_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// The answer to a question at the terminal.
pub(crate) fn answer(question: &str) -> Result<String> {
    print(|out| write!(out, "{question}"))?;
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    // A signal is only counted and does not end a read, so the count is checked while there is nothing to read.
    while poll(&mut fds, LOOK_EVERY) != Ok(1) {
        process::check_interrupt()?;
    }
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context(|| "read the answer".to_owned())?;
    process::check_interrupt()?;
    Ok(answer.trim().to_owned())
}
