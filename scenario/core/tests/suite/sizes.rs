//! Ten times the size takes about ten times as long, and not a hundred times as long.
//!
//! The tests measure the processor time of their thread, so other work on the machine does not count.

use std::fmt::Write;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use scenario_core::edit;
use scenario_core::files::Files;
use scenario_core::model::{BlockKind, Marker, Scenario, Verb};
use scenario_core::plan::Plan;
use scenario_core::source::Span;

use crate::scenario_test::ScenarioTest;

/// The largest factor of time for ten times the size. Linear time is 10, and quadratic time is 100.
const RATIO_MAX: f64 = 30.0;
/// The shortest time to measure, so that the clock and the caches matter little.
const TIME_MIN: Duration = Duration::from_millis(5);

pub(crate) fn processor_time() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock"))
}

/// The time of some work: the shortest of three times. Quick work is repeated until it can be measured.
fn time<T>(input: &T, work: &dyn Fn(&T)) -> Duration {
    let times = (0..3).map(|_| {
        let (start, mut count) = (processor_time(), 0);
        loop {
            work(input);
            count += 1;
            let took = processor_time() - start;
            if took >= TIME_MIN {
                return took / count;
            }
        }
    });
    times.min().unwrap_or_default()
}

/// Checks that work is linear in the size of what `make` returns, from `size` to ten times `size`.
#[track_caller]
fn is_linear<T>(size: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let (small, large) = (time(&make(size), &work), time(&make(10 * size), &work));
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    assert!(ratio < RATIO_MAX, "{size}: {small:?}, {}: {large:?}, {ratio:.1} times as long", 10 * size);
}

/// A book with one page made of numbered parts.
fn book(count: usize, part: impl Fn(usize) -> String) -> ScenarioTest {
    let mut page = "# One\n\n```text file=a\nfirst\n```\n".to_owned();
    for number in 0..count {
        let _ = write!(page, "\n{}", part(number));
    }
    ScenarioTest::step(&page)
}

fn appends(count: usize) -> Scenario {
    book(count, |number| format!("```text file=a append\nline {number}\n```\n")).scenario()
}

#[test]
fn appends_to_one_file() {
    is_linear(
        500,
        |count| book(count, |number| format!("```text file=a append\nline {number}\n```\n")),
        |book| assert!(book.book().diagnostics.is_empty()),
    );
}

#[test]
fn the_plan_of_commands_between_edits() {
    is_linear(
        200,
        |count| {
            let block = |number: usize| {
                let file = number % 20;
                format!("```text file=f{file}\n{number}\n```\n\n```console\n$ cat f{file}\n```\n")
            };
            book(count, block).scenario()
        },
        |scenario| assert!(!Plan::new(scenario.clone()).steps.is_empty()),
    );
}

#[test]
fn the_plan_of_steps_with_a_new_file_each() {
    let make = |count| {
        let book = (0..count).fold(ScenarioTest::new(), |book, number| {
            book.page(&format!("{number}.md"), &format!("```text file=folder/{number}\nline\n```\n"))
        });
        book.scenario()
    };
    is_linear(100, make, |scenario| assert!(!Plan::new(scenario.clone()).steps.is_empty()));
}

#[test]
fn exercises_in_a_book_with_long_files() {
    let lines = "line\n".repeat(200);
    let page = |number: usize| {
        let check = "<!-- scenario: check command=true contains=x";
        let solution = format!("```text file=folder/{number} append exercise=e{number}\nx\n```\n");
        format!("```text file=folder/{number}\n{lines}```\n\n{check} exercise=e{number} -->\n\n{solution}")
    };
    let make = |count| {
        (0..count).fold(ScenarioTest::new(), |book, number| book.page(&format!("{number}.md"), &page(number)))
    };
    is_linear(20, make, |book| {
        let book = book.book();
        assert!(book.diagnostics.is_empty(), "{:?}", book.diagnostics);
        assert!(!Plan::new(book.scenario).steps.is_empty());
    });
}

#[test]
fn new_files() {
    is_linear(
        500,
        |count| book(count, |number| format!("```text file=folder/{number}\nline\n```\n")),
        |book| assert!(book.book().diagnostics.is_empty()),
    );
}

#[test]
fn mistakes_in_many_files() {
    is_linear(
        100,
        |count| {
            book(count, |number| {
                format!(
                    "```text file=folder/{number}\nline\n```\n\n```text file=folder/{number} replace=x\ny\n```\n"
                )
            })
        },
        |book| assert!(book.book().diagnostics.len() >= 100),
    );
}

#[test]
fn the_files_before_and_after_a_block() {
    is_linear(2_000, appends, |scenario| {
        let last = &scenario.steps[0].blocks.last().expect("a block").id;
        let before = Files::before(scenario, last).and_then(|files| files.text("a")).expect("a file");
        let after = Files::after(scenario, last).and_then(|files| files.text("a")).expect("a file");
        assert!(before.len() < after.len());
        assert!(!Files::has_reached(scenario, last, &before));
        let first = &scenario.steps[0].blocks[0].id;
        assert!(Files::has_reached(scenario, first, &before));
    });
}

#[test]
fn an_edit_in_a_text_of_equal_lines() {
    let marker = |text: &str| Marker { text: text.to_owned(), span: Span::new(0, 0..0) };
    for (verb, holds) in [
        (Verb::InsertBefore(marker("the end")), true),
        (Verb::InsertAfter(marker("the end")), false),
        (Verb::InsertAfter(marker("equal")), false),
        (Verb::Append, false),
        (Verb::Replace(marker("missing"), None), false),
    ] {
        let make = |count: usize| {
            let mut text = vec!["equal"; count];
            text.push("the end");
            (text, vec!["equal"; count / 2])
        };
        is_linear(10_000, make, |(text, block)| assert_eq!(edit::holds(text, &verb, block), holds));
    }
}

#[test]
fn an_edit_with_many_lines() {
    is_linear(
        5_000,
        |count| {
            let lines: String = (0..count).map(|number| format!("line {number}\n")).collect();
            let page = format!("# One\n\n```text file=a\n{lines}```\n\n```text file=a append\n{lines}```\n");
            ScenarioTest::step(&page).scenario()
        },
        |scenario| {
            let block = scenario.steps[0].blocks.last().expect("a block");
            let BlockKind::Edit(change) = &block.kind else { panic!("an edit") };
            let after = Files::at(scenario, 1);
            assert!(edit::holds(
                after.lines("a").expect("a file"),
                &change.verb,
                &edit::Line::of_block(block)
            ));
        },
    );
}
