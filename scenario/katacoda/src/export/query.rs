//! Converts the expectations of a query into lines of bash. Prometheus itself evaluates conditions on values and numbers, and
//! awk compares a result that the page shows.
//!
//! A comparison in PromQL keeps the samples for which it holds, so a sample meets all conditions if it remains after all of
//! them. This module runs nothing.

use std::fmt::Write;

use scenario_core::model::{Expect, Op, Shown, ShownSample, Tolerance};
use scenario_core::shell;

use super::pattern;

/// The lines, each of which must succeed.
pub(super) fn lines(query: &str, expect: &Expect) -> Vec<String> {
    let finds = |query: &str| format!("finds {}", shell::quoted([query]));
    match expect {
        Expect::None => vec![format!("finds_nothing {}", shell::quoted([query]))],
        Expect::Samples { value, count } => {
            let mut lines = Vec::new();
            if value.is_empty() && count.is_empty() {
                lines.push(finds(query));
            }
            if !value.is_empty() {
                // NaN meets no condition, but `!=` alone would keep it.
                let is_number = (Op::GreaterEqual, f64::NEG_INFINITY);
                let all = std::iter::once(&is_number).chain(value);
                let wrapped = all.fold(query.to_owned(), |query, (op, bound)| compared(&query, *op, *bound));
                lines.push(finds(&wrapped));
            }
            let number = format!("count(\n{query}\n) or vector(0)");
            lines.extend(count.iter().map(|(op, bound)| finds(&compared(&number, *op, *bound))));
            lines
        }
        Expect::Shown(shown) if shown.samples.is_empty() && !shown.more => {
            vec![format!("finds_nothing {}", shell::quoted([query]))]
        }
        Expect::Shown(shown) => {
            vec![format!("ask {} > \"$work/json\"", shell::quoted([query])), compare(shown)]
        }
    }
}

/// A query for the samples of another one that meet a condition. The newlines end a comment.
fn compared(query: &str, op: Op, bound: f64) -> String {
    let bound = match bound {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        bound => bound.to_string(),
    };
    format!("(\n{query}\n) {} {bound}", op.sign())
}

/// A program for awk that compares samples, one on each line. It requires each sample of the page, and no other.
fn compare(shown: &Shown) -> String {
    let mut program = String::from(
        "!/^[{]\"metric\"/ { ok += /\"status\":\"success\"/; next }\n    { samples++; known = 0; match($0, /\"value\":[[][^,]*,\"[^\"]*\"/)\n      \
         value = substr($0, RSTART, RLENGTH); sub(/.*,\"/, \"\", value); sub(/\"/, \"\", value) }\n",
    );
    for (number, sample) in shown.samples.iter().enumerate() {
        let _ = writeln!(
            program,
            "    /{}/{} {{ seen[{number}] = 1; known = 1 }}",
            pattern::labels(sample),
            value(sample)
        );
    }
    program.push_str("    !known { others++ }\n    END {\n");
    for number in 0..shown.samples.len() {
        let _ = writeln!(program, "      if (!seen[{number}]) exit 1");
    }
    let others =
        if shown.more { String::new() } else { format!(" || others || samples != {}", shown.samples.len()) };
    let _ = write!(program, "      if (!ok{others}) exit 1\n    }}");
    format!("sed 's/{{\"metric\":/\\n&/g' \"$work/json\" | awk {}", quoted(&program))
}

/// A program in single quotes, over several lines.
fn quoted(program: &str) -> String {
    format!("'{}'", program.replace('\'', "'\\''"))
}

/// The condition on the value of a sample.
fn value(sample: &ShownSample) -> String {
    let Some(value) = sample.value else { return String::new() };
    if !value.is_finite() {
        return format!(
            " && value == \"{}\"",
            if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            }
        );
    }
    let away = match sample.tolerance {
        None => 0.0,
        Some(Tolerance::Percent(percent)) => value.abs() * percent / 100.0,
        Some(Tolerance::Absolute(number)) => number,
    };
    // `NaN + 0` may be 0.
    format!(" && value ~ /^[-+0-9.e]+$/ && value + 0 >= {} && value + 0 <= {}", value - away, value + away)
}
