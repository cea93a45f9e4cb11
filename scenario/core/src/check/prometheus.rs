//! Prometheus's own word: the health of targets, and instant queries.
//!
//! Health is asked of the targets API and never of the metric `up`, and counts only from a scrape that began
//! after a given moment: right after a container was replaced, the last scrape is still that of the old one.
//! The API is documented at <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::check::Outcome;
use crate::check::http;
use crate::model::{Expect, Health};

/// A target that Prometheus scrapes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    labels: std::collections::BTreeMap<String, String>,
    scrape_url: String,
    health: String,
    last_error: String,
    last_scrape: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum QueryResult {
    Vector(Vec<Sample>),
    Scalar((f64, String)),
    Matrix(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Sample {
    metric: std::collections::BTreeMap<String, String>,
    value: (f64, String),
}

/// Why there is no answer.
enum NoAnswer {
    /// Prometheus does not answer at all.
    Silent(String),
    /// Prometheus answers that it will not.
    Refused(String),
}

impl From<NoAnswer> for Outcome {
    fn from(no: NoAnswer) -> Outcome {
        match no {
            NoAnswer::Silent(why) => Outcome::Unaskable(format!("Prometheus could not be asked: {why}")),
            NoAnswer::Refused(why) => {
                Outcome::fails("an answer".to_owned(), format!("Prometheus says: {why}"))
            }
        }
    }
}

fn ask<T: DeserializeOwned>(url: &str) -> Result<T, NoAnswer> {
    let response = http::get(url).map_err(NoAnswer::Silent)?;
    let answer: Answer<T> = serde_json::from_str(&response.body)
        .map_err(|error| NoAnswer::Silent(format!("`{url}` does not answer as Prometheus does: {error}")))?;
    match (answer.data, answer.error) {
        (Some(data), None) => Ok(data),
        (_, error) => Err(NoAnswer::Refused(error.unwrap_or_else(|| format!("status {}", response.status)))),
    }
}

fn targets(base: &str) -> Result<Vec<Target>, NoAnswer> {
    let mut targets = ask::<Targets>(&format!("{base}/api/v1/targets?state=active"))?.active_targets;
    targets.sort_by(|a, b| a.scrape_url.cmp(&b.scrape_url));
    Ok(targets)
}

pub(super) fn evaluate_target(
    base: &str,
    job: &str,
    health: Health,
    error: Option<&str>,
    since: Option<Timestamp>,
) -> Outcome {
    let all = match targets(base) {
        Ok(targets) => targets,
        Err(no) => return no.into(),
    };
    let jobs: Vec<&str> =
        all.iter().filter_map(|target| target.labels.get("job").map(String::as_str)).collect();
    let expected = format!("job `{job}`: health {}", health.name());
    let ours: Vec<&Target> =
        all.iter().filter(|t| t.labels.get("job").is_some_and(|name| name == job)).collect();
    if ours.is_empty() {
        let listed = if jobs.is_empty() {
            "no target at all".to_owned()
        } else {
            format!("only jobs {}", jobs.join(", "))
        };
        return Outcome::fails(expected, format!("Prometheus lists {listed}"));
    }
    for target in &ours {
        if since.is_some_and(|since| target.last_scrape <= since) {
            return Outcome::Stale(format!("no scrape of {} since the last command", target.scrape_url));
        }
        if target.health != health.name() {
            let mut found = format!("{} has health {}", target.scrape_url, target.health);
            if !target.last_error.is_empty() {
                let _ = write!(found, "; its last scrape says: {}", target.last_error);
            }
            return Outcome::fails(expected, found);
        }
        if let Some(text) = error.filter(|text| !target.last_error.contains(text)) {
            return Outcome::fails(
                format!("a scrape error with `{text}`"),
                format!("`{}`", target.last_error),
            );
        }
    }
    Outcome::Holds(format!("{} is {}", ours[0].scrape_url, health.name()))
}

pub(super) fn evaluate_query(base: &str, query: &str, expect: &Expect, since: Option<Timestamp>) -> Outcome {
    if let Some(since) = since {
        match targets(base) {
            Ok(targets) => {
                if let Some(stale) = targets.iter().find(|target| target.last_scrape <= since) {
                    return Outcome::Stale(format!(
                        "no scrape of {} since the last command",
                        stale.scrape_url
                    ));
                }
            }
            Err(no) => return no.into(),
        }
    }
    let url = format!("{base}/api/v1/query?query={}", percent_encode(query));
    let samples = match ask::<QueryResult>(&url) {
        Ok(QueryResult::Vector(samples)) => samples,
        Ok(QueryResult::Scalar(value)) => vec![Sample { metric: Default::default(), value }],
        Ok(QueryResult::Matrix(_) | QueryResult::String(_)) => {
            return Outcome::fails(
                "an instant vector or a scalar".to_owned(),
                "a result of another type".to_owned(),
            );
        }
        Err(no) => return no.into(),
    };
    let samples: Vec<(String, f64)> =
        samples.iter().map(|s| (labels(&s.metric), number(&s.value.1))).collect();
    let values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    if holds(expect, &values) {
        Outcome::Holds(shown(&samples))
    } else {
        Outcome::fails(describe(expect), shown(&samples))
    }
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        other => other.parse().unwrap_or(f64::NAN),
    }
}

/// Whether the values of a result are as expected.
fn holds(expect: &Expect, values: &[f64]) -> bool {
    match expect {
        Expect::None => values.is_empty(),
        Expect::Samples { value, count } => {
            #[expect(clippy::cast_precision_loss, reason = "nobody expects 2^52 samples")]
            let number = values.len() as f64;
            count.iter().all(|(op, bound)| op.holds(number, *bound))
                && (value.is_empty()
                    || values.iter().any(|found| value.iter().all(|(op, bound)| op.holds(*found, *bound))))
        }
    }
}

/// An expectation as an author writes it.
pub fn describe(expect: &Expect) -> String {
    let Expect::Samples { value, count } = expect else { return "no sample".to_owned() };
    let term = |subject: &str, terms: &[(crate::model::Op, f64)]| -> Vec<String> {
        terms.iter().map(|(op, bound)| format!("{subject} {} {bound}", op.sign())).collect()
    };
    [term("value", value), term("count", count)].concat().join(" and ")
}

fn shown(samples: &[(String, f64)]) -> String {
    const SAMPLES_MAX: usize = 5;
    if samples.is_empty() {
        return "the query found nothing".to_owned();
    }
    let mut shown: Vec<String> = samples
        .iter()
        .take(SAMPLES_MAX)
        .map(|(labels, value)| format!("{labels} {value}").trim().to_owned())
        .collect();
    if samples.len() > SAMPLES_MAX {
        shown.push(format!("and {} more samples", samples.len() - SAMPLES_MAX));
    }
    shown.join("; ")
}

fn labels(metric: &std::collections::BTreeMap<String, String>) -> String {
    let name = metric.get("__name__").map_or("", String::as_str);
    let pairs: Vec<String> = metric
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "__name__" | "instance" | "job"))
        .map(|(key, value)| format!("{key}=\"{value}\""))
        .collect();
    if pairs.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", pairs.join(",")) }
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Op;

    #[test]
    fn one_sample_must_meet_all_value_terms() {
        let between = Expect::Samples { value: vec![(Op::Greater, 1.0), (Op::Less, 2.0)], count: vec![] };
        assert!(holds(&between, &[0.5, 1.5]));
        assert!(!holds(&between, &[0.5, 2.5]), "one is above 1, another below 2, and none is between");
        assert!(!holds(&between, &[]));
        assert!(!holds(&between, &[f64::NAN]));
    }

    #[test]
    fn not_equal_does_not_hold_for_nan() {
        let other = Expect::Samples { value: vec![(Op::NotEqual, 0.0)], count: vec![] };
        assert!(!holds(&other, &[f64::NAN]));
    }

    #[test]
    fn counts_and_none_look_at_the_number_of_samples() {
        let two = Expect::Samples { value: vec![], count: vec![(Op::Equal, 2.0)] };
        assert!(holds(&two, &[1.0, f64::NAN]));
        assert!(!holds(&two, &[1.0]));
        assert!(holds(&Expect::None, &[]));
        assert!(!holds(&Expect::None, &[0.0]));
    }
}
