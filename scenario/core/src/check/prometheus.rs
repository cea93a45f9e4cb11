//! Asks Prometheus: the health of targets, and instant queries.
//!
//! Health comes from the targets API and never from the metric `up`, and counts only from a scrape that began
//! after a given moment: right after a container was replaced, the last scrape is still that of the old one. A query
//! depends on the targets whose samples it reads, and on no others.
//! The API is documented at <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::check::freshness::{Look, Scrape, is_frequent};
use crate::check::{http, selector, shown};
use crate::failure::{Asked, Found, Mismatch, NoAnswer, Outcome, SAMPLES_MAX, Sample, Samples};
use crate::model::{Expect, Health};

/// A target that Prometheus scrapes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScrapeTarget {
    labels: BTreeMap<String, String>,
    scrape_url: String,
    health: String,
    last_error: String,
    last_scrape: Timestamp,
    /// In seconds.
    #[serde(default)]
    last_scrape_duration: f64,
    #[serde(default)]
    scrape_interval: String,
    #[serde(default)]
    scrape_timeout: String,
}

impl ScrapeTarget {
    fn scrape(&self) -> Scrape {
        Scrape {
            url: self.scrape_url.clone(),
            began: self.last_scrape,
            took: Duration::try_from_secs_f64(self.last_scrape_duration).unwrap_or_default(),
            interval: self.interval(),
            timeout: duration(&self.scrape_timeout).unwrap_or_default(),
        }
    }

    /// How often it is scraped; Prometheus's own default where it does not say.
    fn interval(&self) -> Duration {
        duration(&self.scrape_interval).unwrap_or(Duration::from_secs(60))
    }

    /// Whether a series with these labels comes from it. A label that the query has dropped is not compared.
    fn has(&self, labels: &BTreeMap<String, String>) -> bool {
        let agrees = |name| labels.get(name).is_none_or(|value| self.labels.get(name) == Some(value));
        agrees("job") && agrees("instance")
    }
}

/// A duration as Prometheus writes it, such as `1h30m` or `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
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

/// A sample as Prometheus writes it: a value, or a native histogram.
#[derive(Deserialize)]
struct Point {
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
    histogram: Option<(f64, Histogram)>,
}

#[derive(Deserialize)]
struct Histogram {
    count: String,
    sum: String,
}

impl Point {
    fn sample(self) -> Sample {
        let value = match (self.value, self.histogram) {
            (Some((_, value)), _) => value,
            (None, Some((_, Histogram { count, sum }))) => format!("{{count:{count}, sum:{sum}}}"),
            (None, None) => String::new(),
        };
        Sample { labels: self.metric, value }
    }
}

/// Why there is nothing to judge.
pub(super) enum Unanswered {
    /// Prometheus does not answer at all.
    Unreachable(NoAnswer),
    /// Prometheus answers that it will not.
    Refused(String),
}

impl Unanswered {
    pub(super) fn outcome(self, base: &str) -> Outcome {
        match self {
            Unanswered::Unreachable(why) => {
                Outcome::Unreachable { what: Asked::Prometheus(base.to_owned()), why }
            }
            Unanswered::Refused(error) => Outcome::Failed(Mismatch::Refused { error }),
        }
    }
}

pub(super) fn ask<T: DeserializeOwned>(url: &str, parameters: &[(&str, &str)]) -> Result<T, Unanswered> {
    let response = http::get_with(url, parameters).map_err(Unanswered::Unreachable)?;
    let answer: Envelope<T> = serde_json::from_str(&response.body).map_err(|error| {
        let (url, status, error) = (url.to_owned(), response.status, error.to_string());
        Unanswered::Unreachable(NoAnswer::NotPrometheus { url, status, error })
    })?;
    match (answer.data, answer.error) {
        (Some(data), None) => Ok(data),
        (_, error) => {
            Err(Unanswered::Refused(error.unwrap_or_else(|| format!("status {}", response.status))))
        }
    }
}

fn targets(base: &str) -> Result<Vec<ScrapeTarget>, Unanswered> {
    let mut targets =
        ask::<Targets>(&format!("{base}/api/v1/targets"), &[("state", "active")])?.active_targets;
    targets.sort_by(|a, b| a.scrape_url.cmp(&b.scrape_url));
    Ok(targets)
}

pub(super) fn evaluate_target(
    base: &str,
    job: &str,
    health: Health,
    error: Option<&str>,
    since: Option<Timestamp>,
) -> Look {
    let all = match targets(base) {
        Ok(targets) => targets,
        Err(no) => return Look::Judged(no.outcome(base)),
    };
    let ours: Vec<&ScrapeTarget> =
        all.iter().filter(|t| t.labels.get("job").is_some_and(|name| name == job)).collect();
    let Some(first) = ours.first() else {
        let jobs = all.iter().filter_map(|target| target.labels.get("job").cloned()).collect();
        let mismatch = Mismatch::NoTarget { job: job.to_owned(), expected: health, jobs };
        return Look::Judged(Outcome::Failed(mismatch));
    };
    let now = Timestamp::now();
    for target in &ours {
        if let Some(look) = since.and_then(|since| target.scrape().judge(since, now)) {
            return look;
        }
        if target.health != health.name() {
            return Look::Judged(Outcome::Failed(Mismatch::Health {
                job: job.to_owned(),
                expected: health,
                url: target.scrape_url.clone(),
                found: target.health.clone(),
                error: target.last_error.clone(),
            }));
        }
        if let Some(text) = error.filter(|text| !target.last_error.contains(text)) {
            let found = target.last_error.clone();
            let mismatch = Mismatch::ScrapeError { expected: text.to_owned(), found };
            return Look::Judged(Outcome::Failed(mismatch));
        }
    }
    let found = Found::Target { url: first.scrape_url.clone(), health: first.health.clone() };
    Look::Judged(Outcome::Passed(found))
}

pub(super) fn evaluate_query(base: &str, query: &str, expect: &Expect, since: Option<Timestamp>) -> Look {
    query_look(base, query, expect, since).unwrap_or_else(|no| Look::Judged(no.outcome(base)))
}

fn query_look(
    base: &str,
    query: &str,
    expect: &Expect,
    since: Option<Timestamp>,
) -> Result<Look, Unanswered> {
    // Asked before the samples: a scrape in between must not make older samples count as new.
    let targets = if since.is_some() { targets(base)? } else { Vec::new() };
    let Some(samples) = samples(base, query)? else {
        return Ok(Look::Judged(Outcome::Failed(Mismatch::NotSamples)));
    };
    if let Some(since) = since {
        let now = Timestamp::now();
        let read = targets_read(base, query, &samples, &targets)?;
        if let Some(look) = read.into_iter().find_map(|target| target.scrape().judge(since, now)) {
            return Ok(look);
        }
    }
    let diff = match expect {
        Expect::Shown(shown) => shown::compare(shown, &samples),
        Expect::None | Expect::Samples { .. } => None,
    };
    let values: Vec<f64> = samples.iter().map(Sample::number).collect();
    let count = samples.len();
    let found = Samples { first: samples.into_iter().take(SAMPLES_MAX).collect(), count };
    if let Some(diff) = diff {
        return Ok(Look::Judged(Outcome::Failed(Mismatch::Result { found, diff })));
    }
    Ok(Look::Judged(if holds(expect, &values) {
        Outcome::Passed(Found::Samples(found))
    } else {
        Outcome::Failed(Mismatch::Samples { expected: expect.clone(), found })
    }))
}

/// What an instant query finds; `None` if that is neither a vector nor a scalar.
fn samples(base: &str, query: &str) -> Result<Option<Vec<Sample>>, Unanswered> {
    Ok(match ask::<QueryResult>(&format!("{base}/api/v1/query"), &[("query", query)])? {
        QueryResult::Vector(points) => Some(points.into_iter().map(Point::sample).collect()),
        QueryResult::Scalar((_, value)) => Some(vec![Sample { labels: BTreeMap::new(), value }]),
        QueryResult::Matrix(_) | QueryResult::String(_) => None,
    })
}

/// The targets whose samples a query reads. Where its result does not say, as that of a sum, its selectors do. If they
/// find nothing yet, any target may bring it with its next scrape, but for those that are scraped rarely.
fn targets_read<'a>(
    base: &str,
    query: &str,
    found: &[Sample],
    targets: &'a [ScrapeTarget],
) -> Result<Vec<&'a ScrapeTarget>, Unanswered> {
    let of = |samples: &[Sample]| -> Vec<&'a ScrapeTarget> {
        targets.iter().filter(|target| samples.iter().any(|sample| target.has(&sample.labels))).collect()
    };
    let named = |samples: &[Sample]| {
        !samples.is_empty() && samples.iter().all(|sample| sample.labels.contains_key("job"))
    };
    if named(found) {
        return Ok(of(found));
    }
    let selectors = selector::selectors(query);
    if targets.is_empty() || selectors.is_empty() {
        return Ok(Vec::new());
    }
    let counts = selectors.iter().map(|selector| format!("count by (job, instance) ({selector})"));
    let read = match samples(base, &counts.collect::<Vec<_>>().join(" or ")) {
        Ok(read) => read.unwrap_or_default(),
        // The query itself was accepted.
        Err(Unanswered::Refused(_)) => Vec::new(),
        Err(no) => return Err(no),
    };
    if named(&read) {
        return Ok(of(&read));
    }
    let is_named = |target: &ScrapeTarget| {
        read.iter().any(|sample| sample.labels.contains_key("job") && target.has(&sample.labels))
    };
    Ok(targets.iter().filter(|target| is_frequent(target.interval()) || is_named(target)).collect())
}

/// Whether samples are what is expected.
pub fn accepts(expect: &Expect, samples: &[Sample]) -> bool {
    let values: Vec<f64> = samples.iter().map(Sample::number).collect();
    let is_shown = match expect {
        Expect::Shown(shown) => shown::compare(shown, samples).is_none(),
        Expect::None | Expect::Samples { .. } => true,
    };
    is_shown && holds(expect, &values)
}

/// Whether the values of a result are as expected.
fn holds(expect: &Expect, values: &[f64]) -> bool {
    match expect {
        Expect::None => values.is_empty(),
        // Compared with the samples themselves.
        Expect::Shown(_) => true,
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
    fn durations_are_read_as_prometheus_writes_them() {
        assert_eq!(duration("15s"), Some(Duration::from_secs(15)));
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("1s500ms"), Some(Duration::from_millis(1500)));
        for bad in ["", "15", "s", "1x", "99999999999999999y"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

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
