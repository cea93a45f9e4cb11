//! Terminals: shells that outlive the pages that show them.
//!
//! A page is only a viewer. The shell's output goes to the server's own screen first and from there to the pages that
//! show it. A page that is too slow is left out, and gets the screen as it is once it has caught up. So a flood of output
//! costs neither memory nor a frozen page.

// In reading order, as in lib.rs.
mod size;

mod history;
mod reflow;
mod screen;

mod shell;
mod viewer;

mod state;

mod seat;

mod life;

pub(crate) use seat::{NotRun, Seat};
pub(crate) use shell::ShellSettings;
pub(crate) use size::Size;
pub(crate) use state::{Lost, Terminal};
pub(crate) use viewer::Frame;
