//! Signals to this process: they are counted, so that a run can clean up, and all waiting looks at the count.
//!
//! Signals to children are sent by `tree`.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};

/// How often a wait looks for an interruption.
pub(super) const TICK: Duration = Duration::from_millis(50);

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);
/// Set once a run cleans up: the signal that caused this must not interrupt it.
static CLEANING: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP are counted instead of ending this process, so that a run can
/// clean up. The children do not see a Ctrl-C themselves: each is in a session of its own.
pub fn handle_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTS.fetch_add(1, Ordering::SeqCst);
    })
    .context(|| "handle signals".to_owned())
}

/// How many times this process was asked to stop.
pub fn interrupts() -> usize {
    INTERRUPTS.load(Ordering::SeqCst)
}

/// From now on children run to their end whatever signals come.
pub fn begin_cleaning() {
    CLEANING.store(true, Ordering::SeqCst);
}

pub(super) fn interrupted() -> bool {
    interrupts() > 0 && !CLEANING.load(Ordering::SeqCst)
}

/// Fails with the error of an interruption if this process was asked to stop.
pub fn check_interrupt() -> Result<()> {
    if interrupted() { Err(Error::interrupted()) } else { Ok(()) }
}

/// Waits for `duration`, or less if this process is asked to stop.
pub fn pause(duration: Duration) -> Result<()> {
    let end = Instant::now() + duration;
    loop {
        check_interrupt()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(TICK));
    }
}
