//! Runs one check, again and again until it passes or its time is over.
//!
//! A check that fails and a check that could not run are different outcomes, and neither is an error.

mod http;
mod prometheus;

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::error::Result;
use crate::model::{Check, CheckKind};
use crate::process;

pub use crate::failure::Outcome;
pub use http::get;

/// How long a target may take where the page does not say: Prometheus lists one 5 s after its own start.
const TARGET_WITHIN: Duration = Duration::from_secs(30);
/// How long to wait for a scrape after the last command, before what was scraped earlier is judged to be all.
const FRESH_WITHIN: Duration = Duration::from_secs(30);
/// How long to wait between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct Prober {
    /// The address of Prometheus, without a slash at the end.
    pub prometheus: String,
    /// Whether to look only at what is there, and not to wait for what may come.
    pub looks_only: bool,
}

impl Prober {
    /// Asks once; with `since`, what was scraped before is [`Outcome::Stale`].
    pub fn once(&self, check: &Check, since: Option<Timestamp>) -> Outcome {
        match &check.kind {
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
                http::evaluate(url, &expected)
            }
        }
    }

    /// Repeats the check until it passes or its time is over; `on_wait` gets the time left and what was found.
    ///
    /// The time does not run while what is known is stale: a scrape comes in its own time, which has a bound
    /// of its own.
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
        let mut fresh_at = None;
        loop {
            let outcome = self.once(check, since);
            if matches!(outcome, Outcome::Passed(_)) {
                return Ok(outcome);
            }
            let stale = matches!(outcome, Outcome::Stale { .. });
            let (from, bound) = if stale {
                (start, within.max(FRESH_WITHIN))
            } else {
                (*fresh_at.get_or_insert_with(Instant::now), within)
            };
            let left = bound.saturating_sub(from.elapsed());
            if left.is_zero() {
                return Ok(outcome);
            }
            on_wait(left, &outcome);
            process::pause(LOOK_AGAIN)?;
        }
    }
}
