//! The parts of an output that vary: folders, from machine to machine, and the time, from run to run.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use regex_lite::Regex;

use crate::transcript::{elide_varying, line_matches};

/// How far before or after a run a printed time may be to count as one of the run.
const TOLERANCE: Duration = Duration::from_secs(2);
const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
const PATH: &str = "[PATH]";
/// An offset from UTC, behind a time, or behind the year after a time.
static OFFSET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:[0-9:.,]{4,}|:[0-9]{2} [0-9]{4}) ?([+-])([0-9]{2}):?([0-9]{2})(?:$|[^0-9])").ok()
});
/// The year behind a time, as `date` and git print it; there may be the name of a time zone between them.
static YEAR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\[TIME\](?: [AP]M)?(?: [A-Z]{3,5})?) ([0-9]{4})(?:$|[^0-9])").ok());
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What varies in an output.
pub(super) struct Varying<'a> {
    /// Folders whose paths depend on the machine.
    pub(super) folders: &'a [&'a Path],
    /// When the command ran.
    pub(super) began: Timestamp,
    pub(super) elapsed: Duration,
}

impl Varying<'_> {
    /// A printed line with elisions for what varies; `old` is the line of the page that it replaces.
    pub(super) fn elide(&self, line: &str, old: Option<&str>) -> String {
        let mut line = line.to_owned();
        for folder in self.folders {
            line = without_folder(&line, &folder.to_string_lossy());
        }
        let offset = offset_of(&line);
        let line = elide_varying(&line, old, &|name, text| match name {
            "[DATE]" => self.is_today(text, offset),
            "[TIME]" => self.is_now(text, offset),
            _ => false,
        });
        self.without_year(line)
    }

    /// A line without the present year after an elided time.
    fn without_year(&self, line: String) -> String {
        let Some(found) = YEAR.as_ref().and_then(|year| year.captures(&line)) else { return line };
        let (Some(time), Some(year)) = (found.get(1), found.get(2)) else { return line };
        let (from, to) = self.seconds();
        let is_now = [from, to].iter().any(|second| {
            Timestamp::from_second(*second)
                .is_ok_and(|now| now.to_zoned(jiff::tz::TimeZone::UTC).year().to_string() == year.as_str())
        });
        if !is_now {
            return line;
        }
        format!("{} [NUMBER]{}", &line[..time.end()], &line[year.end()..])
    }

    /// When the command began and ended, in seconds since 1970, with some tolerance.
    fn seconds(&self) -> (i64, i64) {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or_default();
        let began = self.began.as_second();
        (began - seconds(TOLERANCE), began + seconds(self.elapsed) + 1 + seconds(TOLERANCE))
    }

    /// Whether a time of day is within the run, in UTC or with an offset.
    fn is_now(&self, text: &str, offset: i64) -> bool {
        let text = without_offset(text);
        let digits: Vec<i64> = text
            .split(|c: char| !c.is_ascii_digit())
            .take(3)
            .take_while(|digits| digits.len() <= 2)
            .map_while(|digits| digits.parse().ok())
            .collect();
        let (Some(hour), Some(minute)) = (digits.first(), digits.get(1)) else { return false };
        let lower = text.to_ascii_lowercase();
        let hour = match (lower.contains("pm"), lower.contains("am")) {
            (true, _) => hour % 12 + 12,
            (_, true) => hour % 12,
            _ => *hour,
        };
        let second = digits.get(2).copied().filter(|_| text.matches(':').count() > 1);
        let start = hour * 3600 + minute * 60 + second.unwrap_or(0);
        let end = start + if second.is_some() { 0 } else { 59 };
        let (from, to) = self.seconds();
        [0, offset].iter().any(|offset| {
            let (from, to) = (from + offset, to + offset);
            let today = to.div_euclid(SECONDS_OF_A_DAY) * SECONDS_OF_A_DAY;
            [today - SECONDS_OF_A_DAY, today].iter().any(|day| day + end >= from && day + start <= to)
        })
    }

    /// Whether a date is that of today, in UTC or with an offset.
    fn is_today(&self, text: &str, offset: i64) -> bool {
        let (from, to) = self.seconds();
        [from, to, from + offset, to + offset].iter().any(|second| {
            let Ok(time) = Timestamp::from_second(*second) else { return false };
            let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
            is_date(text, (i64::from(date.year()), i64::from(date.month()), i64::from(date.day())))
        })
    }
}

/// The offset from UTC that a line gives for its time, in seconds; 0 without one.
fn offset_of(line: &str) -> i64 {
    let Some(found) = OFFSET.as_ref().and_then(|offset| offset.captures(line)) else { return 0 };
    let number = |index| found.get(index).and_then(|digits| digits.as_str().parse::<i64>().ok()).unwrap_or(0);
    let seconds = number(2) * 3600 + number(3) * 60;
    if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -seconds } else { seconds }
}

/// A time without its offset.
fn without_offset(time: &str) -> &str {
    time.rfind(['+', '-']).map_or(time, |at| time[..at].trim_end())
}

/// Whether a text in one of the forms of `[DATE]` is a date.
fn is_date(text: &str, (year, month, day): (i64, i64, i64)) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let numbers: Vec<i64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let named = words.iter().find_map(|word| {
        let at = MONTHS.iter().position(|month| word.starts_with(month))?;
        i64::try_from(at + 1).ok()
    });
    let expected: &[i64] = match (named, numbers.as_slice()) {
        (None, _) => &[year, month, day],
        (Some(named), _) if named != month => return false,
        (Some(_), [_]) => &[day],
        (Some(_), [first, _]) if *first == day => &[day, year],
        (Some(_), _) => return false,
    };
    numbers == expected
}

/// A line with an elision for each place where it has a folder.
fn without_folder(line: &str, folder: &str) -> String {
    if folder.len() < 2 {
        return line.to_owned();
    }
    let elision = if line_matches(PATH, folder) { PATH } else { "[..]" };
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(folder) {
        let (before, after) = (&rest[..at], &rest[at + folder.len()..]);
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_whole = !after.starts_with(goes_on)
            && (before.ends_with("://") || !before.ends_with(|c: char| goes_on(c) || c == '/'));
        out += before;
        out += if is_whole { elision } else { folder };
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn elided(line: &str, expected: &str) {
        let began = "2026-11-26T08:36:06Z".parse().expect("a time");
        let folders = [Path::new("/users/a/book/workspace"), Path::new("/users/a")];
        let varying = Varying { folders: &folders, began, elapsed: Duration::from_secs(1) };
        assert_eq!(varying.elide(line, None), expected);
    }

    #[test]
    fn folders_of_the_reader_are_paths() {
        elided("/users/a/book/workspace", "[PATH]");
        elided("in /users/a/book/workspace/recipes/.git/", "in [PATH]/recipes/.git/");
        elided("--dir=/users/a/book/workspace: ok", "--dir=[PATH]: ok");
        elided(
            "/users/a/.cargo /users/ab /mnt/users/a /users/a.b",
            "[PATH]/.cargo /users/ab /mnt/users/a /users/a.b",
        );
        elided("/users/a/book/workspace2", "[PATH]/book/workspace2");
        assert_eq!(without_folder("/a b/c", "/a b"), "[..]/c");
    }

    #[test]
    fn the_date_of_today_and_the_time_of_the_run_are_elided() {
        for line in [
            "2026-11-26",
            "2026/11/26",
            "26 Nov 2026",
            "Nov 26",
            "Nov 26, 2026",
            "Thu, 26 Nov 2026",
            "Thu Nov 26",
        ] {
            elided(line, "[DATE]");
        }
        for line in ["2026-11-25", "25 Nov 2026", "Nov 27", "Nov 26, 2025", "Dec 26", "2025-11-26"] {
            elided(line, line);
        }
        for line in ["08:36", "8:36", "08:36:05", "08:36:08.123", "8:36 AM", "08:36:07Z", "08:36:06+00:00"] {
            elided(line, "[TIME]");
        }
        for line in ["08:37", "09:36:06", "08:36:20", "8:36 PM", "20:36"] {
            elided(line, line);
        }
        elided("[2026-11-26T08:36:06Z INFO] up", "[[DATE]T[TIME] INFO] up");
    }

    #[test]
    fn an_offset_and_the_year_behind_a_time_are_elided() {
        for line in [
            "2026-11-26T08:36:06+00:00",
            "2026-11-26T09:36:06+01:00",
            "2026-11-26T09:36+01:00",
            "2026-11-25T20:36:06-1200",
        ] {
            elided(line, "[DATE]T[TIME]");
        }
        for line in ["2026-11-26T09:36:06+00:00", "2026-11-26T08:36:20+00:00"] {
            elided(line, &line.replace("2026-11-26", "[DATE]"));
        }
        elided("Thu Nov 26 08:36:06 UTC 2026", "[DATE] [TIME] UTC [NUMBER]");
        elided("Thu Nov 26 08:36:06 AM UTC 2026", "[DATE] [TIME] UTC [NUMBER]");
        elided("Thu Nov 26 08:36:06 UTC 2025", "[DATE] [TIME] UTC 2025");
        elided("Date:   Thu Nov 26 09:36:07 2026 +0100", "Date:   [DATE] [TIME] [NUMBER] +0100");
        elided("at 08:36:06, 2026 cups", "at [TIME], 2026 cups");
    }
}
