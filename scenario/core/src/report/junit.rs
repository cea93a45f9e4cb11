//! A run as JUnit XML, which most CI systems show: a suite per step, a case per action.
//!
//! The form follows both published schemas, Jenkins's `junit-10.xsd` and the `JUnit.xsd` of Ant's report, and a test
//! validates it. Each case has a unique name: its step, the number of its block and command, and its title.
//! `classname` is its page.

use std::fmt::Write;

use jiff::Timestamp;

use crate::event::{ItemResult, Phase, Verdict};
use crate::model::Scenario;
use crate::plan::{ActionKind, PlannedAction, PlannedStep, in_blocks};
use crate::report::{Door, End, Report, Words, text};

/// The whole run as one XML document.
pub fn junit(report: &Report<'_>) -> String {
    let mut suites = Vec::new();
    if let Some(plan) = report.plan {
        suites.extend(plan.steps.iter().filter_map(|step| of_step(report, &plan.scenario, step)));
    }
    suites.extend(of_end(report));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (id, suite) in suites.iter().enumerate() {
        suite.write(&mut out, id, report);
    }
    out + "</testsuites>\n"
}

struct TestSuite {
    name: String,
    package: String,
    began: Timestamp,
    seconds: f64,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: String,
    /// What the commands printed that failed.
    stdout: String,
    stderr: String,
}

impl TestSuite {
    fn write(&self, out: &mut String, id: usize, report: &Report<'_>) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            out,
            "  <testsuite id=\"{id}\" name=\"{}\" package=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
             skipped=\"{}\" time=\"{:.3}\" timestamp=\"{}\" hostname=\"localhost\">",
            escape(&self.name),
            escape(&self.package),
            self.tests,
            self.failures,
            self.errors,
            self.skipped,
            self.seconds,
            self.began.strftime("%Y-%m-%dT%H:%M:%S")
        );
        let title = report.plan.map_or("", |plan| &plan.scenario.title);
        let _ = writeln!(
            out,
            "    <properties>\n      <property name=\"book\" value=\"{}\"/>\n    </properties>",
            escape(title)
        );
        out.push_str(&self.cases);
        let _ = write!(
            out,
            "    <system-out>{}</system-out>\n    <system-err>{}</system-err>\n  </testsuite>\n",
            escape_text(&self.stdout),
            escape_text(&self.stderr)
        );
    }
}

/// How the run ended, where that is more than what its cases say.
fn of_end(report: &Report<'_>) -> Option<TestSuite> {
    let (message, help) = match report.end {
        End::Done => return None,
        End::Error(error) if error.is_interrupted() => ("interrupted".to_owned(), None),
        End::Error(error) => (error.to_string(), error.help()),
        End::Unfinished => ("the run has not ended".to_owned(), None),
    };
    let first = escape(message.lines().next().unwrap_or_default());
    let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let (seconds, outcome) = (report.took.as_secs_f64(), report.outcome());
    let cases = format!(
        "    <testcase name=\"the run comes to its end\" classname=\"run\" time=\"{seconds:.3}\">\n      \
         <error type=\"{outcome}\" message=\"{first}\">{}</error>\n    </testcase>\n",
        escape_text(&format!("{message}{help}"))
    );
    Some(TestSuite {
        name: "The run".to_owned(),
        package: "run".to_owned(),
        began: report.began,
        seconds,
        tests: 1,
        failures: 0,
        errors: 1,
        skipped: 0,
        cases,
        stdout: String::new(),
        stderr: String::new(),
    })
}

/// The cases of a step. The results of one action in several phases make one case.
fn of_step(report: &Report<'_>, scenario: &Scenario, step: &PlannedStep) -> Option<TestSuite> {
    let mut cases: Vec<Vec<&ItemResult>> = Vec::new();
    for item in report.result.items.iter().filter(|item| item.step == step.number) {
        match cases.iter_mut().find(|case| case[0].id == item.id) {
            Some(case) => case.push(item),
            None => cases.push(vec![item]),
        }
    }
    let mut suite = TestSuite {
        name: format!("Step {} {}", step.label, step.title),
        package: scenario.sources.pages[step.source].path.with_extension("").display().to_string(),
        began: cases.first()?[0].began,
        seconds: cases.iter().flatten().map(|item| item.elapsed.as_secs_f64()).sum(),
        tests: cases.len(),
        failures: 0,
        errors: 0,
        skipped: 0,
        cases: String::new(),
        stdout: String::new(),
        stderr: String::new(),
    };
    let words = Words { scenario, door: Door::Command(report.front) };
    cases.iter().for_each(|items| suite.case(step, &words, items));
    Some(suite)
}

impl TestSuite {
    fn case(&mut self, step: &PlannedStep, words: &Words<'_>, items: &[&ItemResult]) {
        let failed = items.iter().find(|item| matches!(item.verdict, Verdict::Failed(_)));
        let item = failed.unwrap_or(&items[items.len() - 1]);
        let seconds: f64 = items.iter().map(|item| item.elapsed.as_secs_f64()).sum();
        let name = format!("step {}, {}{}", step.label, number(step, item), text::one_line(&item.title));
        let out = &mut self.cases;
        let _ = write!(
            out,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"{seconds:.3}\"",
            escape(&name),
            escape(&self.package)
        );
        let _ = match &item.verdict {
            Verdict::Passed(_) => writeln!(out, "/>"),
            Verdict::Skipped(skip) => {
                self.skipped += 1;
                let why = escape(&words.skip(*skip));
                writeln!(out, ">\n      <skipped message=\"{why}\"/>\n    </testcase>")
            }
            Verdict::Failed(_) => {
                self.failures += 1;
                if let Some(output) = &item.output {
                    let _ = write!(self.stdout, "{name}\n{}\n", output.stdout.text);
                    let _ = write!(self.stderr, "{name}\n{}\n", output.stderr.text);
                }
                let (message, text) = failure(words, item);
                let (kind, message, text) = (item.kind.name(), escape(&message), escape_text(&text));
                writeln!(
                    out,
                    ">\n      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>\n    </testcase>"
                )
            }
        };
    }
}

/// The message of a failure, and its text.
fn failure(words: &Words<'_>, item: &ItemResult) -> (String, String) {
    let explained = words.explain(item);
    let mut lines = vec![words.at(Words::place(item))];
    if item.phase != Phase::Run {
        lines.push(format!("phase: {}", item.phase.name()));
    }
    lines.extend(explained.parts());
    (explained.message, lines.join("\n"))
}

/// Which block, command or check of its step or exercise an action is.
fn number(step: &PlannedStep, item: &ItemResult) -> String {
    let Some(name) = &item.exercise else { return number_in(&step.actions, item) };
    let Some(exercise) = step.exercises.iter().find(|exercise| exercise.name == *name) else {
        return String::new();
    };
    let mistake = exercise.mistakes.iter().position(|mistake| mistake.id == item.id);
    let number = match mistake.filter(|_| item.kind == ActionKind::Mistake) {
        Some(index) => format!("{}: ", index + 1),
        None => number_in(&exercise.actions, item),
    };
    format!("exercise {name}, {number}")
}

fn number_in(actions: &[PlannedAction], item: &ItemResult) -> String {
    for (block, (_, actions)) in (1..).zip(in_blocks(actions)) {
        let mut numbered = (1..).zip(actions);
        if let Some((command, _)) = numbered.find(|(_, action)| action.id == item.id) {
            return match item.kind {
                ActionKind::Command => format!("block {block}, command {command}: "),
                _ => format!("block {block}: "),
            };
        }
    }
    let mut hidden = (1..).zip(actions.iter().filter(|action| action.block.is_none()));
    let check = hidden.find(|(_, action)| action.id == item.id);
    check.map_or_else(String::new, |(check, _)| format!("check {check}: "))
}

/// Text for an attribute, on one line. Characters that XML 1.0 does not allow are shown as escapes.
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
