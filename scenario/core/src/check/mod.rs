//! Runs one check, and repeats it until it passes or its time is over.
//!
//! A check that fails and a check that could not run are different outcomes, and neither is an error.

mod command;
mod curve;
mod file;
mod freshness;
mod http;
mod prometheus;
mod selector;
mod shown;
mod text;
mod unchanged;

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::error::Result;
use crate::failure::{Curve, Mismatch};
use crate::model::{Check, CheckKind, Expect};
use crate::process;

use freshness::{Look, Seen};

pub use crate::failure::Outcome;
pub use command::Place;
pub use http::{get, get_with};
pub use prometheus::accepts;
pub use shown::{ResultRow, rewrite as rewrite_shown};

/// How long a target may take where the page does not say: Prometheus lists one 5 s after its own start.
const TARGET_WITHIN: Duration = Duration::from_secs(30);
/// How long to wait between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Asks Prometheus a query once, whatever the age of what it knows.
pub fn query(prometheus: &str, query: &str, expect: &Expect) -> Outcome {
    match prometheus::evaluate_query(prometheus, query, expect, None) {
        Look::Judged(outcome) => outcome,
        Look::Stale(scrape) => scrape.outcome(),
    }
}

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct Prober {
    /// The address of Prometheus with its path prefix, without a slash at the end.
    pub prometheus: String,
    /// Where files are looked for and commands run.
    pub place: Place,
    /// Whether to judge by what is there now, without waiting for anything.
    pub looks_only: bool,
}

impl Prober {
    /// Asks once; with `since`, what was scraped before is [`Outcome::Stale`].
    ///
    /// # Errors
    ///
    /// The run was interrupted, or a command could not be started.
    pub fn once(&self, check: &Check, since: Option<Timestamp>) -> Result<Outcome> {
        Ok(match self.look(check, since)? {
            Look::Judged(outcome) => outcome,
            Look::Stale(scrape) => scrape.outcome(),
        })
    }

    fn look(&self, check: &Check, since: Option<Timestamp>) -> Result<Look> {
        Ok(match &check.kind {
            CheckKind::Target { job, health, error } => {
                prometheus::evaluate_target(&self.prometheus, job, *health, error.as_deref(), since)
            }
            CheckKind::Promql { query, expect } => {
                prometheus::evaluate_query(&self.prometheus, query, expect, since)
            }
            CheckKind::Http { url, status, header, contains, matches } => {
                let expected = http::Expected {
                    status: *status,
                    header: header.as_ref(),
                    contains: contains.as_deref(),
                    matches: matches.as_deref(),
                };
                Look::Judged(http::evaluate(url, &expected))
            }
            CheckKind::Command { command, status, contains, matches, .. } => {
                let (contains, matches) = (contains.as_deref(), matches.as_deref());
                let expected = command::Expected { status: *status, contains, matches };
                Look::Judged(command::evaluate(&self.place, command, &expected)?)
            }
            CheckKind::File { path, absent, contains, matches } => {
                let (contains, matches) = (contains.as_deref(), matches.as_deref());
                let expected = file::Expected { absent: *absent, contains, matches };
                Look::Judged(file::evaluate(&self.place.root, path, &expected))
            }
        })
    }

    /// The curve of a query, which has just passed, over the range of its plot; `None` for a check without a plot.
    ///
    /// # Errors
    ///
    /// Prometheus returns no curve, or the curve does not meet its conditions.
    pub fn curve(&self, check: &Check) -> Option<std::result::Result<Curve, Outcome>> {
        match (&check.kind, &check.plot) {
            (CheckKind::Promql { query, .. }, Some(plot)) => {
                Some(curve::curve(&self.prometheus, query, plot))
            }
            _ => None,
        }
    }

    /// The same, asked again until it is what it must be or the time of the check is over: a rate falls only when what it
    /// has counted leaves the window.
    ///
    /// # Errors
    ///
    /// The run was interrupted.
    pub fn curve_until(&self, check: &Check) -> Result<Option<std::result::Result<Curve, Outcome>>> {
        let (start, within) = (Instant::now(), check.within.unwrap_or_default());
        loop {
            let curve = self.curve(check);
            let is_another = matches!(curve, Some(Err(Outcome::Failed(Mismatch::Curve { .. }))));
            if !is_another || start.elapsed() >= within {
                return Ok(curve);
            }
            process::pause(LOOK_AGAIN)?;
        }
    }

    /// Repeats the check until it passes or its time is over; `on_wait` gets the time left and what was found.
    ///
    /// The time does not run while what is known is stale: a scrape comes in its own time, which has a bound
    /// of its own, made from the target's scrape interval.
    pub fn until(
        &self,
        check: &Check,
        since: Option<Timestamp>,
        on_wait: &mut dyn FnMut(Duration, &Outcome),
    ) -> Result<Outcome> {
        let is_target = matches!(check.kind, CheckKind::Target { .. });
        let within = match (self.looks_only, check.within) {
            (true, _) => Duration::ZERO,
            (false, Some(within)) => within,
            (false, None) if is_target => TARGET_WITHIN,
            (false, None) => Duration::ZERO,
        };
        let start = Instant::now();
        let (mut fresh_at, mut seen) = (None, Seen::default());
        loop {
            let asked = Timestamp::now();
            let (outcome, from, bound) = match self.look(check, since)? {
                Look::Judged(outcome) => (outcome, *fresh_at.get_or_insert_with(Instant::now), within),
                Look::Stale(scrape) => {
                    let outcome = seen.judge(&scrape, asked, since.unwrap_or(asked));
                    (outcome, start, within.max(scrape.next_within()))
                }
            };
            if matches!(outcome, Outcome::Passed(_) | Outcome::ClocksDiffer { .. }) {
                return Ok(outcome);
            }
            let left = bound.saturating_sub(from.elapsed());
            if left.is_zero() {
                return Ok(outcome);
            }
            on_wait(left, &outcome);
            process::pause(LOOK_AGAIN)?;
        }
    }
}
