//! What a check asks, as data. Asking it is the work of the module `check` of the crate.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use crate::model::{Op, Plot, Screenshot, Shown};
use crate::source::Span;

/// One assertion about the world.
#[derive(Debug, Clone)]
pub struct Check {
    /// Made of the page, a hash of what the check says, and which one with that hash it is.
    pub id: String,
    /// Where it is.
    pub span: Span,
    /// What is asked.
    pub kind: CheckKind,
    /// How long it may take to become true; once where it is not given.
    pub within: Option<Duration>,
    /// Why it holds before its step already, where it does.
    pub already_true: Option<String>,
    /// The picture of a query's curve, where the page shows one.
    pub plot: Option<Box<Plot>>,
    /// The picture of a web page that is taken when a query has passed, where the page shows one.
    pub screenshot: Option<Box<Screenshot>>,
    /// In an exercise: the hint that is shown when this is the first check to fail.
    pub hint: Option<String>,
}

/// A range of less than five minutes, as `[30s]` or as `rate1m` in the name of a recording rule.
static BRIEF_RANGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[(\d+s|[1-4]m)[]:]|:\w*[a-z](\d+s|[1-4]m)\b").ok());

impl Check {
    /// Whether it is a query that looks at less than the last five minutes: its answer is soon another one.
    pub fn is_brief(&self) -> bool {
        let CheckKind::Promql { query, .. } = &self.kind else { return false };
        BRIEF_RANGE.as_ref().is_some_and(|range| range.is_match(query))
    }

    /// What it asks, in one line for a person.
    pub fn title(&self) -> String {
        match &self.kind {
            CheckKind::Target { job, health, .. } => format!("target of job `{job}` is {}", health.name()),
            CheckKind::Http { url, status, header, contains, matches } => {
                let mut parts = Vec::new();
                parts.extend(status.map(|status| format!("answers {status}")));
                parts.extend(header.as_ref().map(|(name, value)| format!("has `{name}: {value}`")));
                parts.extend(contains.as_ref().map(|text| format!("contains `{text}`")));
                parts.extend(matches.as_ref().map(|pattern| format!("matches `{pattern}`")));
                format!("`{url}` {}", parts.join(", "))
            }
            CheckKind::Command { command, status, contains, matches, .. } => {
                let mut parts = vec![format!("ends with status {status}")];
                parts.extend(contains.as_ref().map(|text| format!("prints `{text}`")));
                parts.extend(matches.as_ref().map(|pattern| format!("prints what matches `{pattern}`")));
                format!("`{command}` {}", parts.join(", "))
            }
            CheckKind::File { path, absent, contains, matches } => {
                let mut parts = Vec::new();
                parts.extend(absent.then(|| "does not exist".to_owned()));
                parts.extend(contains.as_ref().map(|text| format!("contains `{text}`")));
                parts.extend(matches.as_ref().map(|pattern| format!("matches `{pattern}`")));
                format!("`{path}` {}", parts.join(", "))
            }
            CheckKind::Promql { query, expect } => {
                let query: Vec<&str> = query.split_whitespace().collect();
                format!("`{}` has {expect}", query.join(" "))
            }
        }
    }
}

/// What a check asks.
#[derive(Debug, Clone)]
pub enum CheckKind {
    /// Whether Prometheus can scrape a target.
    Target {
        /// The job that the target belongs to.
        job: String,
        /// What its health must be.
        health: Health,
        /// Text that the error of the last scrape must contain.
        error: Option<String>,
    },
    /// What an HTTP GET answers.
    Http {
        /// Where.
        url: String,
        /// The expected status.
        status: Option<u16>,
        /// An expected header, name and whole value.
        header: Option<(String, String)>,
        /// Text that the body must contain.
        contains: Option<String>,
        /// A regular expression that must match somewhere in the body, by line.
        matches: Option<String>,
    },
    /// How a command ends, and what it prints.
    Command {
        /// The command, for a shell in the workspace.
        command: String,
        /// The expected exit status.
        status: i32,
        /// Text that it must print.
        contains: Option<String>,
        /// A regular expression that must match somewhere in what it prints, by line.
        matches: Option<String>,
        /// The names of the programs that it runs, as far as its words say.
        programs: BTreeSet<String>,
    },
    /// What a file of the workspace has.
    File {
        /// The file, relative to the workspace.
        path: String,
        /// Whether there must be no such file.
        absent: bool,
        /// Text that it must contain.
        contains: Option<String>,
        /// A regular expression that must match somewhere in it, by line.
        matches: Option<String>,
    },
    /// What an instant query finds.
    Promql {
        /// The query.
        query: String,
        /// What its result must be.
        expect: Expect,
    },
}

/// A regular expression as `matches` means it: `^` and `$` match at the ends of each line, whatever ends it.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn by_line(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::RegexBuilder::new(pattern).multi_line(true).crlf(true).build()
}

/// The health of a target; `unknown`, before the first scrape, is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// The last scrape succeeded.
    Up,
    /// The last scrape failed.
    Down,
}

impl Health {
    /// The word that Prometheus uses.
    pub fn name(self) -> &'static str {
        match self {
            Health::Up => "up",
            Health::Down => "down",
        }
    }
}

/// What the result of a query must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// What the page shows. A difference from it has a form of its own, so it is not written as JSON.
    #[serde(skip)]
    Shown(Shown),
    /// No sample at all.
    None,
    /// The number of samples meets all of `count`, and one sample meets all of `value`.
    Samples {
        /// Conditions on one sample's value; NaN meets none.
        #[serde(with = "bounds")]
        value: Vec<(Op, f64)>,
        /// Conditions on the number of samples.
        #[serde(with = "bounds")]
        count: Vec<(Op, f64)>,
    },
}

/// As an author writes it.
impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, count) = match self {
            Expect::Samples { value, count } => (value, count),
            Expect::None => return f.write_str("no sample"),
            Expect::Shown(_) => return f.write_str("the result that the page shows"),
        };
        let terms = |subject: &str, terms: &[(Op, f64)]| -> Vec<String> {
            terms.iter().map(|(op, bound)| format!("{subject} {} {bound}", op.sign())).collect()
        };
        f.write_str(&[terms("value", value), terms("count", count)].concat().join(" and "))
    }
}

/// Bounds in JSON: a number that JSON does not know is written as a text, as in `[">", "inf"]`.
mod bounds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::Op;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Number {
        Finite(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(bounds: &[(Op, f64)], to: S) -> Result<S::Ok, S::Error> {
        let number = |bound: f64| {
            if bound.is_finite() { Number::Finite(bound) } else { Number::Text(bound.to_string()) }
        };
        to.collect_seq(bounds.iter().map(|(op, bound)| (op, number(*bound))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Op, f64)>, D::Error> {
        let bounds = Vec::<(Op, Number)>::deserialize(from)?;
        let number = |(op, number)| match number {
            Number::Finite(bound) => Ok((op, bound)),
            Number::Text(text) => text.parse().map(|bound| (op, bound)).map_err(serde::de::Error::custom),
        };
        bounds.into_iter().map(number).collect()
    }
}

/// The port of a URL on this machine; `None` for another host.
pub fn url_port(url: &str) -> Option<u16> {
    let rest = url.strip_prefix("http://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    matches!(host, "localhost" | "127.0.0.1" | "[::1]").then(|| port.parse().ok()).flatten()
}
