//! The result of a query as a page shows it, in comments below the query. Comparing it is the work of the module `check`
//! of the crate.

use std::collections::BTreeMap;
use std::fmt;

/// What a page shows of a result; no sample and not `more` where it shows `none`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// The samples, in the order of the page; that of the result does not matter.
    pub samples: Vec<ShownSample>,
    /// Whether there may be other samples.
    pub more: bool,
}

/// One sample of a shown result.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownSample {
    /// The name of the metric.
    pub name: Option<String>,
    /// Its other labels; values may have elisions.
    pub labels: BTreeMap<String, String>,
    /// Whether it may have other labels and any name.
    pub other_labels: bool,
    /// Its value; `None` for any.
    pub value: Option<f64>,
    /// How far the value may be away.
    pub tolerance: Option<Tolerance>,
}

/// How far a value may be away from the one that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// In percent of the shown value.
    Percent(f64),
    /// As a number.
    Absolute(f64),
}

impl ShownSample {
    /// Whether a value is as shown; NaN is as NaN.
    pub fn has_value(&self, found: f64) -> bool {
        let Some(value) = self.value else { return true };
        let away = match self.tolerance {
            None => 0.0,
            Some(Tolerance::Percent(percent)) => value.abs() * percent / 100.0,
            Some(Tolerance::Absolute(number)) => number,
        };
        value == found || (value.is_nan() && found.is_nan()) || (value - found).abs() <= away
    }

    /// The value as a page writes it.
    pub fn value_text(&self) -> String {
        let value = self.value.map_or_else(|| "[..]".to_owned(), number);
        match self.tolerance {
            None => value,
            Some(Tolerance::Percent(percent)) => format!("{value} ±{percent}%"),
            Some(Tolerance::Absolute(by)) => format!("{value} ±{by}"),
        }
    }
}

/// A number as Prometheus writes it.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

/// As a page writes it, without the `# => `.
impl fmt::Display for ShownSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let series = series(self.name.as_deref(), labels, self.other_labels);
        let blank = if series.is_empty() { "" } else { " " };
        write!(f, "{series}{blank}{}", self.value_text())
    }
}

/// What a character of a string is after a backslash, as PromQL and Go write it.
pub(crate) const ESCAPES: [(char, char); 5] =
    [('\\', '\\'), ('"', '"'), ('\n', 'n'), ('\t', 't'), ('\r', 'r')];

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match ESCAPES.iter().find(|(plain, _)| *plain == c) {
            Some((_, escaped)) => quoted.extend(['\\', *escaped]),
            None => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Whether PromQL takes the name of a label without quotes.
pub(crate) fn is_plain_label(name: &str) -> bool {
    !name.contains(':') && is_plain_metric(name)
}

/// The same for the name of a metric.
fn is_plain_metric(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

/// A series as PromQL writes it, such as `up{job="app"}`; empty without a name and labels.
///
/// Names that Prometheus has since version 3 are quoted, and that of a metric is in the braces then:
/// `{"my.metric", "http.status"="500"}`.
pub(crate) fn series<'a>(
    name: Option<&str>,
    labels: impl Iterator<Item = (&'a str, &'a str)>,
    other_labels: bool,
) -> String {
    let name_of_label = |name: &str| if is_plain_label(name) { name.to_owned() } else { quoted(name) };
    let (before, inside) = match name {
        Some(name) if is_plain_metric(name) => (name, None),
        name => ("", name.map(quoted)),
    };
    let labels = labels.map(|(name, value)| format!("{}={}", name_of_label(name), quoted(value)));
    let parts: Vec<String> =
        inside.into_iter().chain(labels).chain(other_labels.then(|| "[..]".to_owned())).collect();
    if parts.is_empty() { before.to_owned() } else { format!("{before}{{{}}}", parts.join(", ")) }
}
