//! Which tests ran, how long each took, which failed, and why, from what test programs print and `verify` reports.
//!
//! Rust's libtest prints one line for each test, `test NAME ... ok`; its formats for programs are unstable, and
//! this line has been the same since Rust 1.0. It prints no times, so they follow from when the lines come: it
//! starts tests in the order of their names, as many at once as there are threads, and one more as each ends.
//! Node's test runner writes TAP into a file, with times; so does `verify`, as JSON.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How many lines are kept of why a test failed.
const WHY_LINES_MAX: usize = 12;

/// A test that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) failed: bool,
    pub(crate) elapsed: Duration,
    /// Why it failed, in the words of what ran it.
    pub(crate) why: Vec<String>,
}

/// A file below the project's folder that has the results of tests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Report {
    /// Written by Node's test runner, as TAP.
    Tap(&'static str),
    /// Written by `verify --json`.
    Verify(&'static str),
}

impl Report {
    /// Removes it, so that no old results are taken for new ones.
    pub(crate) fn remove(self) {
        // Mostly there is none.
        let _ = std::fs::remove_file(self.path());
    }

    /// The tests in it; none if it was not written.
    pub(crate) fn read(self) -> Vec<Test> {
        let text = std::fs::read_to_string(self.path()).unwrap_or_default();
        match self {
            Report::Tap(_) => tap(&text),
            Report::Verify(_) => verify(&text),
        }
    }

    fn path(self) -> PathBuf {
        let (Report::Tap(path) | Report::Verify(path)) = self;
        crate::project_root().join(path)
    }
}

/// Reads the output of `cargo test` line by line.
#[derive(Debug)]
pub(crate) struct Libtest {
    threads: usize,
    begun: Instant,
    /// Those of the test program that runs, in the order in which they ended.
    running: Vec<(String, bool, Instant)>,
    /// What those that failed have said, by their names.
    said: BTreeMap<String, Vec<String>>,
    /// The test whose words come now.
    speaker: Option<String>,
    tests: Vec<Test>,
}

impl Libtest {
    /// A reader for test programs with that many threads.
    pub(crate) fn new(threads: usize) -> Libtest {
        Libtest {
            threads,
            begun: Instant::now(),
            running: vec![],
            said: BTreeMap::new(),
            speaker: None,
            tests: vec![],
        }
    }

    /// Takes a line of output that was printed at this moment.
    pub(crate) fn line(&mut self, line: &str, now: Instant) {
        if begins_program(line) {
            self.end_program();
            self.begun = now;
        } else if let Some((name, failed)) = verdict(line) {
            self.running.push((name.to_owned(), failed, now));
        } else {
            self.listen(line);
        }
    }

    /// Keeps what a failed test has said, up to its backtrace.
    fn listen(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            self.speaker = Some(name.to_owned());
        } else if ["stack backtrace:", "failures:"].contains(&line) || line.starts_with("note: ") {
            self.speaker = None;
        } else if let Some(name) = &self.speaker {
            keep(self.said.entry(name.clone()).or_default(), line);
        }
    }

    /// All tests that have ended.
    pub(crate) fn finish(mut self) -> Vec<Test> {
        self.end_program();
        self.tests
    }

    fn end_program(&mut self) {
        let ended = std::mem::take(&mut self.running);
        let mut order: Vec<usize> = (0..ended.len()).collect();
        order.sort_by_key(|index| &ended[*index].0);
        for (place, index) in order.into_iter().enumerate() {
            let (name, failed, end) = &ended[index];
            // It began when a thread was free.
            let freed = place.checked_sub(self.threads).map(|place| ended[place].2);
            let elapsed = end.saturating_duration_since(freed.unwrap_or(self.begun));
            let why = self.said.remove(name).unwrap_or_default();
            self.tests.push(Test { name: name.clone(), failed: *failed, elapsed, why });
        }
        self.speaker = None;
    }
}

/// Whether a test program says here how many tests it is about to run, as in `running 3 tests`.
fn begins_program(line: &str) -> bool {
    let count = line.strip_prefix("running ").and_then(|rest| rest.split_once(" test"));
    count.is_some_and(|(count, _)| count.parse::<usize>().is_ok())
}

/// The name of a test that ran, and whether it failed.
fn verdict(line: &str) -> Option<(&str, bool)> {
    let (name, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    match verdict {
        "ok" => Some((name, false)),
        "FAILED" => Some((name, true)),
        _ => None,
    }
}

/// The tests of a report in TAP version 13, as Node's test runner writes it.
fn tap(text: &str) -> Vec<Test> {
    let mut tests: Vec<Test> = vec![];
    // Whether the lines that come are an error's.
    let mut explains = false;
    for line in text.lines().map(str::trim_start) {
        let (failed, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (true, Some(rest)),
            None => (false, line.strip_prefix("ok ")),
        };
        if let Some((_, name)) = rest.and_then(|rest| rest.split_once(" - ")) {
            // A directive such as `# SKIP` may follow, and a `#` of the name is escaped.
            let name = name.split(" # ").next().unwrap_or(name).replace("\\#", "#");
            tests.push(Test { name, failed, elapsed: Duration::ZERO, why: vec![] });
            explains = false;
        } else if let Some(millis) = line.strip_prefix("duration_ms: ")
            && let (Ok(millis), Some(test)) = (millis.parse::<f64>(), tests.last_mut())
        {
            test.elapsed = duration(millis / 1000.0);
        } else if let Some(test) = tests.last_mut() {
            let error = line.strip_prefix("error: ");
            // The names of the details that follow an error.
            explains = error.is_some()
                || explains && !["code: ", "name: ", "stack: "].iter().any(|name| line.starts_with(name));
            if explains {
                keep(&mut test.why, error.unwrap_or(line).trim_start_matches("|-"));
            }
        }
    }
    tests
}

/// The actions of a book's pages, from the report of `verify --json`.
fn verify(text: &str) -> Vec<Test> {
    let report: Value = serde_json::from_str(text).unwrap_or_default();
    let items = report["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(action).collect()
}

fn action(item: &Value) -> Test {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failure = &item["failure"];
    let mut why = vec![];
    for (name, value) in [("", "message"), ("expected: ", "expected"), ("found: ", "found"), ("", "detail")] {
        let value = text(&failure[value]);
        if !value.is_empty() {
            format!("{name}{value}").lines().for_each(|line| keep(&mut why, line));
        }
    }
    Test {
        name: format!("{}:{} {}", text(&item["page"]), item["line"], text(&item["title"]).replace('\n', " ")),
        failed: item["verdict"] == "failed",
        elapsed: duration(item["seconds"].as_f64().unwrap_or_default()),
        why,
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn keep(why: &mut Vec<String>, line: &str) {
    if !line.trim().is_empty() && why.len() < WHY_LINES_MAX {
        why.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tests: &[Test]) -> Vec<String> {
        let line = |test: &Test| {
            let verdict = if test.failed { "failed" } else { "ok" };
            let why: String = test.why.iter().map(|line| format!(" | {line}")).collect();
            format!("{} {verdict} {} ms{why}", test.name, test.elapsed.as_millis())
        };
        tests.iter().map(line).collect()
    }

    #[test]
    fn a_test_begins_when_a_thread_is_free() {
        let start = Instant::now();
        let mut reader = Libtest::new(2);
        for (at, line) in [
            (0, "running 4 tests"),
            (100, "test b ... FAILED"),
            (300, "test a ... ok"),
            (350, "test c - should panic ... ok"),
            (350, "test x ... ignored, it fetches packages"),
            (900, "test d ... ok"),
            (900, "failures:"),
            (900, ""),
            (900, "---- b stdout ----"),
            (900, ""),
            (900, "thread 'b' (7) panicked at src/lib.rs:8:9:"),
            (900, "no butter"),
            (900, "stack backtrace:"),
            (900, "   0: begin"),
            (900, "note: Some details are omitted"),
            (900, "failures:"),
            (900, "    b"),
            (900, "test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out"),
            (1000, "running 1 test"),
            (1200, "test core/src/lib.rs - x (line 3) ... ok"),
        ] {
            reader.line(line, start + Duration::from_millis(at));
        }
        let tests = shown(&reader.finish());
        let expected = [
            "a ok 300 ms",
            "b failed 100 ms | thread 'b' (7) panicked at src/lib.rs:8:9: | no butter",
            "c - should panic ok 250 ms",
            "d ok 600 ms",
            "core/src/lib.rs - x (line 3) ok 200 ms",
        ];
        assert_eq!(tests, expected);
    }

    #[test]
    fn tap_names_tests_and_their_times() {
        let text = "TAP version 13\n# Subtest: the page, number \\#1\nok 1 - the page, number \\#1\n  ---\n  \
                    duration_ms: 1250.5\n  type: 'test'\n  ...\n# Subtest: a key\nnot ok 2 - a key\n  ---\n  \
                    duration_ms: 20.1\n  failureType: 'testCodeFailure'\n  error: |-\n    no focus\n    in the \
                    page\n  code: 'ERR_ASSERTION'\n  ...\nok 3 - a lock # SKIP “a key” has failed\n1..3\n# tests 3\n# pass 1\n";
        let expected = [
            "the page, number #1 ok 1250 ms",
            "a key failed 20 ms | no focus | in the page",
            "a lock ok 0 ms",
        ];
        assert_eq!(shown(&tap(text)), expected);
    }

    #[test]
    fn a_report_of_verify_names_actions_by_their_lines() {
        let text = r#"{"items": [
            {"page": "book/src/a.md", "line": 7, "title": "write `x`", "seconds": 0.5, "verdict": "passed"},
            {"page": "book/src/a.md", "line": 9, "title": "cat x \\\n  y", "seconds": 0.1, "verdict": "failed", "failure":
                {"message": "it failed", "expected": "exit status 0", "found": "exit status 1", "detail": "- 1\n+ 2"}}
        ]}"#;
        let expected = [
            "book/src/a.md:7 write `x` ok 500 ms",
            "book/src/a.md:9 cat x \\   y failed 100 ms | it failed | expected: exit status 0 | found: exit status 1 \
             | - 1 | + 2",
        ];
        assert_eq!(shown(&verify(text)), expected);
        assert_eq!(verify(""), []);
    }
}
