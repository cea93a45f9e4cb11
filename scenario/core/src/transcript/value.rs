//! Values in a printed line that may vary from run to run: times, dates, durations, hashes and identifiers. Pure.
//!
//! Numbers, sizes, ports and paths are not looked for: one that differs may well be what has changed.

use std::sync::LazyLock;

use regex_lite::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::elision::ELISIONS;

/// Lines with more parts than this are left as they are.
const PARTS_MAX: usize = 400;
/// The form of a UUID.
const UUID: &str = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
/// The names of the elisions whose values are looked for; the first that fits is taken.
const NAMES: [&str; 5] = ["[ID]", "[DATE]", "[TIME]", "[DURATION]", "[HASH]"];
/// What may follow a value.
const END: &str = "(?:$|[^0-9A-Za-z_:.]|[:.](?:$|[^0-9])|T[0-9])";

/// A value at the beginning of a text, a group for each of [`NAMES`].
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = |name: &&str| match ELISIONS.iter().find(|elision| elision.name == *name) {
        Some(elision) if *name != NAMES[0] => elision.pattern,
        _ => UUID,
    };
    let groups: Vec<String> = NAMES.iter().map(|name| format!("({})", pattern(name))).collect();
    Regex::new(&format!("^(?:{}){END}", groups.join("|"))).ok()
});

/// A value, or a word or character between values.
struct Part<'a> {
    /// The name of the elision that stands for a value; otherwise the text.
    key: &'a str,
    text: &'a str,
}

impl Part<'_> {
    fn is_value(&self) -> bool {
        self.key.len() != self.text.len() || self.key != self.text
    }
}

/// A line in which elisions stand for values that differ from those in the same places of another line, and for those that
/// `is_now` names: a time or a date.
pub fn elide_varying(line: &str, old: Option<&str>, is_now: &dyn Fn(&str, &str) -> bool) -> String {
    let new = parts(line);
    let mut varies: Vec<bool> =
        new.iter().map(|part| part.is_value() && is_now(part.key, part.text)).collect();
    let old = old.map(parts).unwrap_or_default();
    if new.len().max(old.len()) <= PARTS_MAX {
        let keys = |parts: &[Part<'_>]| parts.iter().map(|part| part.key.to_owned()).collect::<Vec<_>>();
        for op in capture_diff_slices(Algorithm::Myers, &keys(&old), &keys(&new)) {
            let DiffOp::Equal { old_index, new_index, len } = op else { continue };
            for offset in 0..len {
                let (old, new) = (&old[old_index + offset], &new[new_index + offset]);
                varies[new_index + offset] |= differs(old, new);
            }
        }
    }
    new.iter().zip(varies).map(|(part, varies)| if varies { part.key } else { part.text }).collect()
}

/// Whether two values of one form differ. A text of digits only, or of letters only, is not taken for a hash.
fn differs(old: &Part<'_>, new: &Part<'_>) -> bool {
    let is_mixed = |text: &str| {
        text.contains(|c: char| c.is_ascii_digit()) && text.contains(|c: char| c.is_ascii_alphabetic())
    };
    let is_plain = new.key == "[HASH]" && !is_mixed(old.text) && !is_mixed(new.text);
    old.is_value() && new.is_value() && old.text != new.text && !is_plain
}

fn parts(line: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    let mut is_open = true;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        let found = if is_open && first.is_ascii_alphanumeric() { value(rest) } else { None };
        let (key, length) = match found {
            Some((name, length)) => (Some(name), length),
            None if first.is_alphanumeric() => {
                (None, rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()))
            }
            None => (None, first.len_utf8()),
        };
        let text = &rest[..length];
        parts.push(Part { key: key.unwrap_or(text), text });
        at += length;
        // After a date, a `T` begins the time.
        if key == Some("[DATE]") && line[at..].starts_with('T') {
            parts.push(Part { key: "T", text: "T" });
            at += 1;
            is_open = true;
        } else {
            is_open =
                !matches!(first, '_' | '.' | ',' | ':' | '-') && !first.is_alphanumeric() && key.is_none();
        }
    }
    parts
}

/// The elision and the length of the value that a text begins with.
fn value(text: &str) -> Option<(&'static str, usize)> {
    let groups = VALUE.as_ref()?.captures(text)?;
    NAMES.iter().enumerate().find_map(|(index, name)| Some((*name, groups.get(index + 1)?.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(old: &str, line: &str, expected: &str) {
        assert_eq!(elide_varying(line, Some(old), &|_, _| false), expected);
    }

    #[test]
    fn values_of_one_form_that_differ_are_elided() {
        becomes("cup 1: ready at 12:00:00", "cup 2: ready at 09:15:02", "cup 2: ready at [TIME]");
        becomes("on 2026-01-02T03:04:05Z ok", "on 2026-11-26T08:36:06Z ok", "on [DATE]T[TIME] ok");
        becomes("took 0.45s (12:00)", "took 1.5s (12:00)", "took [DURATION] (12:00)");
        becomes("[main 1a2b3c4] Add", "[main 9f8e7d6] Add", "[main [HASH]] Add");
        becomes(
            "id=123e4567-e89b-12d3-a456-426614174000",
            "id=0fb4b7a4-8d0c-4d9e-9d3f-0242ac130003",
            "id=[ID]",
        );
        becomes("12:00 a", "b a 13:00", "b a 13:00");
    }

    #[test]
    fn values_that_are_the_same_or_of_another_form_stay() {
        becomes("at 12:00:00", "at 12:00:00", "at 12:00:00");
        becomes("at noon", "at 12:00:00", "at 12:00:00");
        becomes("3 tests", "4 tests", "4 tests");
        becomes("1000000 rows", "1234567 rows", "1234567 rows");
        becomes("port 8000", "port 8001", "port 8001");
        becomes("a.1:30.b", "a.1:40.b", "a.1:40.b");
        becomes("defaced", "effaced", "effaced");
        becomes("", "", "");
    }

    #[test]
    fn what_is_of_now_is_elided_too() {
        let is_now = |name: &str, text: &str| name == "[DATE]" && text == "Nov 26" || text == "08:36";
        assert_eq!(elide_varying("-rw 7 Nov 26 08:36 a", Some("x"), &is_now), "-rw 7 [DATE] [TIME] a");
        assert_eq!(elide_varying("since Nov 25 08:37", None, &is_now), "since Nov 25 08:37");
    }
}
