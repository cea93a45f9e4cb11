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

/// A series as PromQL writes it, such as `up{job="app"}`; empty without a name and labels.
pub(crate) fn series<'a>(
    name: Option<&str>,
    labels: impl Iterator<Item = (&'a str, &'a str)>,
    other_labels: bool,
) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let mut parts: Vec<String> =
        labels.map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    parts.extend(other_labels.then(|| "[..]".to_owned()));
    let name = name.unwrap_or_default();
    if parts.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", parts.join(", ")) }
}
