//! Which tests ran, how long each took, and which failed, from what test programs print.
//!
//! Rust's libtest prints one line for each test, `test NAME ... ok`; its formats for programs are unstable, and
//! this line has been the same since Rust 1.0. It prints no times, so they follow from when the lines come: it
//! starts tests in the order of their names, as many at once as there are threads, and one more as each ends.
//! Node's test runner writes TAP into a file, with times.

use std::time::{Duration, Instant};

/// A test that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) failed: bool,
    pub(crate) elapsed: Duration,
}

/// Reads the output of `cargo test` line by line.
#[derive(Debug)]
pub(crate) struct Libtest {
    threads: usize,
    begun: Instant,
    /// Those of the test program that runs, in the order in which they ended.
    running: Vec<(String, bool, Instant)>,
    tests: Vec<Test>,
}

impl Libtest {
    /// A reader for test programs with that many threads.
    pub(crate) fn new(threads: usize) -> Libtest {
        Libtest { threads, begun: Instant::now(), running: vec![], tests: vec![] }
    }

    /// Takes a line of output that was printed at this moment.
    pub(crate) fn line(&mut self, line: &str, now: Instant) {
        if begins_program(line) {
            self.end_program();
            self.begun = now;
        } else if let Some((name, failed)) = verdict(line) {
            self.running.push((name.to_owned(), failed, now));
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
            self.tests.push(Test { name: name.clone(), failed: *failed, elapsed });
        }
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
pub(crate) fn tap(text: &str) -> Vec<Test> {
    let mut tests: Vec<Test> = vec![];
    for line in text.lines().map(str::trim_start) {
        let (failed, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (true, Some(rest)),
            None => (false, line.strip_prefix("ok ")),
        };
        if let Some((_, name)) = rest.and_then(|rest| rest.split_once(" - ")) {
            // A directive such as `# SKIP` may follow, and a `#` of the name is escaped.
            let name = name.split(" # ").next().unwrap_or(name).replace("\\#", "#");
            tests.push(Test { name, failed, elapsed: Duration::ZERO });
        } else if let Some(millis) = line.strip_prefix("duration_ms: ")
            && let (Ok(millis), Some(test)) = (millis.parse::<f64>(), tests.last_mut())
        {
            test.elapsed = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default();
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tests: &[Test]) -> Vec<String> {
        let line = |test: &Test| {
            let verdict = if test.failed { "failed" } else { "ok" };
            format!("{} {verdict} {} ms", test.name, test.elapsed.as_millis())
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
            (900, "test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out"),
            (1000, "running 1 test"),
            (1200, "test core/src/lib.rs - x (line 3) ... ok"),
        ] {
            reader.line(line, start + Duration::from_millis(at));
        }
        let tests = shown(&reader.finish());
        let expected = [
            "a ok 300 ms",
            "b failed 100 ms",
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
                    duration_ms: 20.1\n  ...\nok 3 - a lock # SKIP “a key” has failed\n1..3\n# tests 3\n# pass 1\n";
        let expected = ["the page, number #1 ok 1250 ms", "a key failed 20 ms", "a lock ok 0 ms"];
        assert_eq!(shown(&tap(text)), expected);
    }
}
