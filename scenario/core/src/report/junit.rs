//! A run as JUnit XML, which most CI systems show: a suite per step, a case per action.
//!
//! The form is the one described at <https://github.com/testmoapp/junitxml>.

use std::fmt::Write;

use crate::event::{ItemResult, RunResult, Verdict};
use crate::model::Scenario;

/// The whole run as one XML document.
pub fn junit(scenario: &Scenario, result: &RunResult) -> String {
    let (_, failures, skipped) = result.counts();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\">",
        escape(&scenario.title),
        result.items.len()
    );
    for step in &scenario.steps {
        let items: Vec<&ItemResult> = result.items.iter().filter(|item| item.step == step.number).collect();
        if items.is_empty() {
            continue;
        }
        let of_step = RunResult { items: items.iter().map(|item| (*item).clone()).collect() };
        let (_, failures, skipped) = of_step.counts();
        let seconds: f64 = items.iter().map(|item| item.elapsed.as_secs_f64()).sum();
        let name = format!("Step {} {}", step.number, step.title);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{seconds:.3}\">",
            escape(&name),
            items.len()
        );
        items.iter().for_each(|item| case(&mut out, scenario, item));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, scenario: &Scenario, item: &ItemResult) {
    let span = match &item.verdict {
        Verdict::Failed(failure) => failure.span.unwrap_or(item.span),
        _ => item.span,
    };
    let at = scenario.sources.location(span);
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3}\"",
        escape(&item.title),
        item.kind,
        escape(&at.path.display().to_string()),
        at.line,
        item.elapsed.as_secs_f64()
    );
    let _ = match &item.verdict {
        Verdict::Passed(_) => writeln!(out, "/>"),
        Verdict::Skipped(why) => {
            writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escape(why))
        }
        Verdict::Failed(failure) => {
            let text = format!(
                "{at}\nexpected: {}\nfound: {}\n{}\n{}",
                failure.expected, failure.found, failure.detail, failure.help
            );
            let (message, text) = (escape(&failure.message), escape(&text));
            writeln!(out, ">\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>")
        }
    };
}

/// Text for an attribute or an element. Control characters have no place in XML 1.0 and are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push('\t'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
