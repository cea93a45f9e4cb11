//! A run as JUnit XML, which most CI systems show: a suite per step, a case per action.
//!
//! The form is that of Jenkins's `junit-10.xsd`, which a test holds it to. A case has a name of its own: its step,
//! the number of its block and command, and its title. `classname` is its page.

use std::fmt::Write;

use crate::event::{ItemResult, Phase, Verdict};
use crate::model::{Block, BlockKind, Scenario, Step};
use crate::report::{End, Report, Words, text};

/// The whole run as one XML document.
pub fn junit(report: &Report<'_>) -> String {
    let mut suites = String::new();
    let mut totals = Totals::default();
    if let Some(scenario) = report.scenario {
        for step in &scenario.steps {
            suite(&mut suites, &mut totals, report, scenario, step);
        }
    }
    let ended = match report.end {
        End::Done => None,
        End::Error(error) if error.is_interrupted() => Some(("interrupted".to_owned(), None)),
        End::Error(error) => Some((error.to_string(), error.help())),
        End::Unfinished => Some(("the run has not ended".to_owned(), None)),
    };
    if let Some((message, help)) = ended {
        totals.tests += 1;
        totals.errors += 1;
        let first = escape(message.lines().next().unwrap_or_default());
        let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let text = escape_text(&format!("{message}{help}"));
        let _ = writeln!(
            suites,
            "  <testsuite name=\"The run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n    \
             <testcase name=\"the run comes to its end\" classname=\"run\">\n      \
             <error type=\"{}\" message=\"{first}\">{text}</error>\n    </testcase>\n  </testsuite>",
            report.outcome()
        );
    }
    let title = report.scenario.map_or("", |scenario| &scenario.title);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
         time=\"{:.3}\">\n{suites}</testsuites>\n",
        escape(title),
        totals.tests,
        totals.failures,
        totals.errors,
        report.took.as_secs_f64()
    )
}

#[derive(Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
}

/// The cases of a step. What is known of one action in several phases is one case.
fn suite(out: &mut String, totals: &mut Totals, report: &Report<'_>, scenario: &Scenario, step: &Step) {
    let mut cases: Vec<Vec<&ItemResult>> = Vec::new();
    for item in report.result.items.iter().filter(|item| item.step == step.number) {
        match cases.iter_mut().find(|case| case[0].id == item.id) {
            Some(case) => case.push(item),
            None => cases.push(vec![item]),
        }
    }
    let Some(began) = cases.first().map(|case| case[0].began) else { return };
    let count = |is: fn(&Verdict) -> bool| {
        cases.iter().filter(|case| case.iter().any(|item| is(&item.verdict))).count()
    };
    let failures = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped =
        cases.iter().filter(|case| case.iter().all(|item| matches!(item.verdict, Verdict::Skipped(_))));
    let seconds: f64 = cases.iter().flatten().map(|item| item.elapsed.as_secs_f64()).sum();
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{}\" \
         time=\"{seconds:.3}\" timestamp=\"{}\">",
        escape(&format!("Step {} {}", step.number, step.title)),
        cases.len(),
        skipped.count(),
        began.strftime("%Y-%m-%dT%H:%M:%S")
    );
    let words = Words { sources: &scenario.sources, front: report.front };
    cases.iter().for_each(|items| case(out, scenario, step, &words, items));
    out.push_str("  </testsuite>\n");
    totals.tests += cases.len();
    totals.failures += failures;
}

fn case(out: &mut String, scenario: &Scenario, step: &Step, words: &Words<'_>, items: &[&ItemResult]) {
    let failed = items.iter().find(|item| matches!(item.verdict, Verdict::Failed(_)));
    let item = failed.unwrap_or(&items[items.len() - 1]);
    let at = scenario.sources.location(Words::place(item));
    let seconds: f64 = items.iter().map(|item| item.elapsed.as_secs_f64()).sum();
    let page = scenario.sources.pages[step.page].path.with_extension("");
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{seconds:.3}\"",
        escape(&format!("step {}, {}{}", step.number, number(step, item), text::one_line(&item.title))),
        escape(&page.display().to_string()),
        escape(&at.path.display().to_string()),
        at.line
    );
    let _ = match &item.verdict {
        Verdict::Passed(_) => writeln!(out, "/>"),
        Verdict::Skipped(skip) => {
            let why = escape(&words.skip(*skip));
            writeln!(out, ">\n      <skipped message=\"{why}\"/>\n    </testcase>")
        }
        Verdict::Failed(_) => {
            let explained = words.explain(item);
            let mut lines = vec![at.to_string()];
            if item.phase != Phase::Run {
                lines.push(format!("phase: {}", item.phase.name()));
            }
            for (name, text) in [
                ("expected: ", &explained.expected),
                ("found: ", &explained.found),
                ("", &explained.detail),
                ("help: ", &explained.help),
            ] {
                if !text.is_empty() {
                    lines.push(format!("{name}{text}"));
                }
            }
            let (message, text) = (escape(&explained.message), escape_text(&lines.join("\n")));
            writeln!(
                out,
                ">\n      <failure type=\"{}\" message=\"{message}\">{text}</failure>",
                item.kind.name()
            )
            .and_then(|()| streams(out, item))
            .and_then(|()| writeln!(out, "    </testcase>"))
        }
    };
}

/// What a command printed that failed.
fn streams(out: &mut String, item: &ItemResult) -> std::fmt::Result {
    let Some(output) = &item.output else { return Ok(()) };
    for (name, stream) in [("system-out", &output.stdout), ("system-err", &output.stderr)] {
        if !stream.text.is_empty() {
            writeln!(out, "      <{name}>{}</{name}>", escape_text(&stream.text))?;
        }
    }
    Ok(())
}

/// Which block, command or check of its step an action is.
fn number(step: &Step, item: &ItemResult) -> String {
    let command = |block: &Block| match &block.kind {
        BlockKind::Commands(commands) => commands.commands.iter().position(|command| command.id == item.id),
        _ => None,
    };
    let is = |block: &Block| match &block.kind {
        BlockKind::Background(background) => background.command.id == item.id,
        BlockKind::Query(check) => check.id == item.id,
        _ => false,
    };
    for (index, block) in step.blocks.iter().enumerate() {
        if let Some(command) = command(block) {
            return format!("block {}, command {}: ", index + 1, command + 1);
        }
        if block.id == item.id || is(block) {
            return format!("block {}: ", index + 1);
        }
    }
    let check = step.checks.iter().position(|check| check.id == item.id);
    check.map_or_else(String::new, |check| format!("check {}: ", check + 1))
}

/// Text for an attribute, on one line. What XML 1.0 has no place for is shown as an escape.
fn escape(raw: &str) -> String {
    escape_text(raw).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text for an element.
fn escape_text(raw: &str) -> String {
    let plain = anstream::adapter::strip_str(raw).to_string();
    let visible = text::escape(&plain, |c| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}')
    });
    let mut out = String::with_capacity(visible.len());
    for c in visible.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
