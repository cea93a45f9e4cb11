//! Asks Prometheus: the health of targets, and instant queries.
//!
//! Health comes from the targets API and never from the metric `up`, and counts only from a scrape that began
//! after a given moment: right after a container was replaced, the last scrape is still that of the old one.
//! The API is documented at <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::check::http;
use crate::failure::{Asked, Found, Mismatch, NoAnswer, Outcome, SAMPLES_MAX, Sample, Samples};
use crate::model::{Expect, Health};

/// A target that Prometheus scrapes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScrapeTarget {
    labels: std::collections::BTreeMap<String, String>,
    scrape_url: String,
    health: String,
    last_error: String,
    last_scrape: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<ScrapeTarget>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum QueryResult {
    Vector(Vec<Point>),
    Scalar((f64, String)),
    Matrix(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

/// A sample as Prometheus writes it.
#[derive(Deserialize)]
struct Point {
    metric: std::collections::BTreeMap<String, String>,
    value: (f64, String),
}

/// Why there is nothing to judge.
enum Unanswered {
    /// Prometheus does not answer at all.
    Unreachable(NoAnswer),
    /// Prometheus answers that it will not.
    Refused(String),
}

impl Unanswered {
    fn outcome(self, base: &str) -> Outcome {
        match self {
            Unanswered::Unreachable(why) => {
                Outcome::Unreachable { what: Asked::Prometheus(base.to_owned()), why }
            }
            Unanswered::Refused(error) => Outcome::Failed(Mismatch::Refused { error }),
        }
    }
}

fn ask<T: DeserializeOwned>(url: &str, parameter: (&str, &str)) -> Result<T, Unanswered> {
    let response = http::get_with(url, Some(parameter)).map_err(Unanswered::Unreachable)?;
    let answer: Envelope<T> = serde_json::from_str(&response.body).map_err(|error| {
        let (url, error) = (url.to_owned(), error.to_string());
        Unanswered::Unreachable(NoAnswer::NotPrometheus { url, error })
    })?;
    match (answer.data, answer.error) {
        (Some(data), None) => Ok(data),
        (_, error) => {
            Err(Unanswered::Refused(error.unwrap_or_else(|| format!("status {}", response.status))))
        }
    }
}

fn targets(base: &str) -> Result<Vec<ScrapeTarget>, Unanswered> {
    let mut targets = ask::<Targets>(&format!("{base}/api/v1/targets"), ("state", "active"))?.active_targets;
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
        Err(no) => return no.outcome(base),
    };
    let ours: Vec<&ScrapeTarget> =
        all.iter().filter(|t| t.labels.get("job").is_some_and(|name| name == job)).collect();
    let Some(first) = ours.first() else {
        let jobs = all.iter().filter_map(|target| target.labels.get("job").cloned()).collect();
        return Outcome::Failed(Mismatch::NoTarget { job: job.to_owned(), expected: health, jobs });
    };
    for target in &ours {
        if since.is_some_and(|since| target.last_scrape <= since) {
            return Outcome::Stale { url: target.scrape_url.clone() };
        }
        if target.health != health.name() {
            return Outcome::Failed(Mismatch::Health {
                job: job.to_owned(),
                expected: health,
                url: target.scrape_url.clone(),
                found: target.health.clone(),
                error: target.last_error.clone(),
            });
        }
        if let Some(text) = error.filter(|text| !target.last_error.contains(text)) {
            let found = target.last_error.clone();
            return Outcome::Failed(Mismatch::ScrapeError { expected: text.to_owned(), found });
        }
    }
    Outcome::Passed(Found::Target { url: first.scrape_url.clone(), health: first.health.clone() })
}

pub(super) fn evaluate_query(base: &str, query: &str, expect: &Expect, since: Option<Timestamp>) -> Outcome {
    if let Some(since) = since {
        match targets(base) {
            Ok(targets) => {
                if let Some(stale) = targets.iter().find(|target| target.last_scrape <= since) {
                    return Outcome::Stale { url: stale.scrape_url.clone() };
                }
            }
            Err(no) => return no.outcome(base),
        }
    }
    let points = match ask::<QueryResult>(&format!("{base}/api/v1/query"), ("query", query)) {
        Ok(QueryResult::Vector(points)) => points,
        Ok(QueryResult::Scalar(value)) => vec![Point { metric: Default::default(), value }],
        Ok(QueryResult::Matrix(_) | QueryResult::String(_)) => {
            return Outcome::Failed(Mismatch::NotSamples);
        }
        Err(no) => return no.outcome(base),
    };
    let values: Vec<f64> = points.iter().map(|point| number(&point.value.1)).collect();
    let count = points.len();
    let sample = |point: Point| Sample { labels: point.metric, value: point.value.1 };
    let found = Samples { first: points.into_iter().take(SAMPLES_MAX).map(sample).collect(), count };
    if holds(expect, &values) {
        Outcome::Passed(Found::Samples(found))
    } else {
        Outcome::Failed(Mismatch::Samples { expected: expect.clone(), found })
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
            #[expect(clippy::cast_precision_loss, reason = "no query finds 2^52 samples")]
            let number = values.len() as f64;
            count.iter().all(|(op, bound)| op.holds(number, *bound))
                && (value.is_empty()
                    || values.iter().any(|found| value.iter().all(|(op, bound)| op.holds(*found, *bound))))
        }
    }
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
