//! Whether what Prometheus knows is newer than the last command, and whether its clock can be compared with ours.
//!
//! The caller decides which targets a check depends on.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::failure::Outcome;

/// The least time to wait for a scrape: on a busy machine one may be late.
const FRESH_WITHIN: Duration = Duration::from_secs(30);
/// How late a scrape may be where the interval is longer than that.
const LATE_MAX: Duration = Duration::from_secs(5);
/// How far two clocks may differ without a note.
const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_secs(2);

/// The last scrape of a target.
#[derive(Debug, Clone)]
pub(super) struct Scrape {
    /// The address of the target.
    pub(super) url: String,
    /// When it began, by the clock of Prometheus.
    pub(super) began: Timestamp,
    /// How long it took.
    pub(super) took: Duration,
    /// How often the target is scraped.
    pub(super) interval: Duration,
    /// How long a scrape may take.
    pub(super) timeout: Duration,
}

impl Scrape {
    /// `None` if it began after `since`.
    pub(super) fn judge(&self, since: Timestamp, now: Timestamp) -> Option<Look> {
        let ahead = self.began.duration_since(now);
        if ahead > CLOCKS_DIFFER_MAX {
            let ahead_seconds = ahead.as_secs();
            return Some(Look::Judged(Outcome::ClocksDiffer { url: self.url.clone(), ahead_seconds }));
        }
        (self.began <= since).then(|| Look::Stale(self.clone()))
    }

    /// How long the next one may take to come.
    pub(super) fn next_within(&self) -> Duration {
        FRESH_WITHIN.max(self.interval + self.timeout + LATE_MAX)
    }

    /// What to report while it is awaited.
    pub(super) fn outcome(&self) -> Outcome {
        Outcome::Stale { url: self.url.clone(), interval: self.interval }
    }
}

/// Whether a target is scraped at least every 30 s, which is how long every check waits for a scrape.
pub(super) fn is_frequent(interval: Duration) -> bool {
    interval <= FRESH_WITHIN
}

/// What one request to Prometheus has found.
#[derive(Debug)]
pub(super) enum Look {
    /// There is something to judge.
    Judged(Outcome),
    /// The last scrape of a target that the check depends on is too old.
    Stale(Scrape),
}

/// The scrapes seen while waiting, each with the time of the request.
#[derive(Debug, Default)]
pub(super) struct Seen {
    last: HashMap<String, (Timestamp, Timestamp)>,
}

impl Seen {
    /// What an old scrape means. If it appeared while we waited, it began after `since`, whatever its time says: then the
    /// clock of Prometheus is behind ours. `asked` is when the request was sent.
    pub(super) fn judge(&mut self, scrape: &Scrape, asked: Timestamp, since: Timestamp) -> Outcome {
        let before = self.last.insert(scrape.url.clone(), (scrape.began, asked));
        // A target that has just been found has not been scraped yet: its last scrape was in the year 1.
        let Some((_, ended_after)) = before.filter(|(began, _)| *began < scrape.began) else {
            return scrape.outcome();
        };
        let took = SignedDuration::try_from(scrape.took).unwrap_or_default();
        let began_after = ended_after.checked_sub(took).unwrap_or(since);
        let behind = began_after.duration_since(scrape.began);
        if began_after <= since || behind <= CLOCKS_DIFFER_MAX {
            return scrape.outcome();
        }
        Outcome::ClocksDiffer { url: scrape.url.clone(), ahead_seconds: -behind.as_secs() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_that_ends_while_we_wait_shows_a_clock_that_is_behind() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).expect("a time");
        let second = Duration::from_secs(1);
        let scrape =
            |began| Scrape { url: "u".into(), began, took: second, interval: second, timeout: second };
        let mut seen = Seen::default();
        let waits = |outcome: &Outcome| matches!(outcome, Outcome::Stale { .. });
        assert!(waits(&seen.judge(&scrape(at(-40)), at(0), at(0))));
        assert!(waits(&seen.judge(&scrape(at(-39)), at(1), at(0))), "it may have begun before");
        assert!(waits(&seen.judge(&scrape(at(-39)), at(2), at(0))), "it is the same one");
        let outcome = seen.judge(&scrape(at(-38)), at(3), at(0));
        assert_eq!(outcome, Outcome::ClocksDiffer { url: "u".into(), ahead_seconds: -39 });
    }

    #[test]
    fn a_target_that_is_found_anew_while_we_wait_shows_nothing_about_the_clock() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let second = Duration::from_secs(1);
        let scrape =
            |began| Scrape { url: "u".into(), began, took: second, interval: second, timeout: second };
        let mut seen = Seen::default();
        let never = "0001-01-01T00:00:00Z".parse().expect("a time");
        let waits = |outcome: &Outcome| matches!(outcome, Outcome::Stale { .. });
        assert!(waits(&seen.judge(&scrape(at(1000)), at(1004), at(1001))));
        assert!(waits(&seen.judge(&scrape(never), at(1005), at(1001))));
        assert!(scrape(at(1006)).judge(at(1001), at(1007)).is_none());
    }

    #[test]
    fn clocks_that_hardly_differ_are_waited_for() {
        let at = |millis: i64| Timestamp::from_millisecond(1_000_000_000 + millis).expect("a time");
        let scrape = |began| Scrape {
            url: "u".into(),
            began,
            took: Duration::ZERO,
            interval: Duration::from_millis(100),
            timeout: Duration::from_millis(100),
        };
        let mut seen = Seen::default();
        let waits = |outcome: &Outcome| matches!(outcome, Outcome::Stale { .. });
        assert!(waits(&seen.judge(&scrape(at(-1500)), at(0), at(0))));
        assert!(waits(&seen.judge(&scrape(at(-1300)), at(200), at(0))));
        assert!(waits(&seen.judge(&scrape(at(-1100)), at(400), at(0))));
        assert!(scrape(at(100)).judge(at(0), at(100)).is_none());
        assert!(scrape(at(1000)).judge(at(0), at(100)).is_none());
        assert!(matches!(scrape(at(3000)).judge(at(0), at(100)), Some(Look::Judged(_))));
    }
}
