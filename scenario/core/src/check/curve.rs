//! The curve of a query that a page shows as a picture: asked for over the range that ends now, and compared.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::check::prometheus::{Unanswered, ask};
use crate::check::selector;
use crate::failure::{Curve, Mismatch, Outcome, SCRAPES_MAX, SERIES_MAX, Series, SeriesSummary};
use crate::model::{CurveBound, Measure, Plot};

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Values {
    Matrix(Vec<Row>),
    Vector(serde::de::IgnoredAny),
    Scalar(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

/// A series as Prometheus writes it. One of native histograms has no values.
#[derive(Deserialize)]
struct Row {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

/// Asks for the curve of a query, which ends now.
///
/// # Errors
///
/// Prometheus returns no curve, or the curve does not meet its conditions.
pub(super) fn curve(base: &str, query: &str, plot: &Plot) -> Result<Curve, Outcome> {
    let curve = asked(base, query, plot).map_err(|no| no.outcome(base))?;
    let curve = curve.map_err(Outcome::Failed)?;
    let found: Vec<SeriesSummary> = curve.series.iter().filter_map(Series::summary).collect();
    if !holds(&plot.curve, &found) {
        return Err(Outcome::Failed(Mismatch::Curve { expected: plot.curve.clone(), found }));
    }
    Ok(curve)
}

fn asked(base: &str, query: &str, plot: &Plot) -> Result<Result<Curve, Mismatch>, Unanswered> {
    let end = Timestamp::now().as_duration().as_secs_f64();
    let start = end - plot.range.as_secs_f64();
    let seconds = |moment: f64| format!("{moment:.3}");
    let (from, to, step) = (seconds(start), seconds(end), seconds(plot.step.as_secs_f64()));
    let parameters = [("query", query), ("start", &*from), ("end", &*to), ("step", &*step)];
    let Values::Matrix(rows) = ask::<Values>(&format!("{base}/api/v1/query_range"), &parameters)? else {
        return Ok(Err(Mismatch::NotSamples));
    };
    if rows.len() > SERIES_MAX {
        return Ok(Err(Mismatch::TooManySeries { count: rows.len(), series_max: SERIES_MAX }));
    }
    let mut scrapes = scrapes(base, query, plot.range, &to)?;
    let since_start = |values: Vec<(f64, String)>| -> Vec<(f64, f64)> {
        let values =
            values.into_iter().filter_map(|(moment, value)| Some((moment - start, value.parse().ok()?)));
        values.filter(|(_, value): &(f64, f64)| value.is_finite()).collect()
    };
    let series = rows.into_iter().map(|Row { metric, values }| {
        let scrapes = scrapes.remove(&metric).unwrap_or_default();
        Series { points: since_start(values), scrapes: since_start(scrapes), labels: metric }
    });
    Ok(Ok(Curve { series: series.collect() }))
}

type Samples = BTreeMap<BTreeMap<String, String>, Vec<(f64, String)>>;

/// The samples of each series in a range. Only for a query that is a single selector, because only a selector can have a
/// range.
fn scrapes(base: &str, query: &str, range: Duration, end: &str) -> Result<Samples, Unanswered> {
    if selector::selectors(query) != [query] {
        return Ok(Samples::new());
    }
    let samples = format!("{query}[{}ms]", range.as_millis());
    match ask::<Values>(&format!("{base}/api/v1/query"), &[("query", &*samples), ("time", end)])? {
        Values::Matrix(rows) => {
            let few = rows.into_iter().filter(|row| row.values.len() <= SCRAPES_MAX);
            Ok(few.map(|row| (row.metric, row.values)).collect())
        }
        Values::Vector(_) | Values::Scalar(_) | Values::String(_) => Ok(Samples::new()),
    }
}

/// Whether the number of series is as required, and one of them meets all other conditions.
fn holds(bounds: &[CurveBound], found: &[SeriesSummary]) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "there are at most SERIES_MAX")]
    let count = found.len() as f64;
    let (counts, values): (Vec<&CurveBound>, Vec<&CurveBound>) =
        bounds.iter().partition(|bound| bound.of == Measure::Count);
    let meets = |series: &SeriesSummary| {
        values.iter().all(|bound| {
            let value = match bound.of {
                Measure::Highest => series.highest,
                Measure::Lowest => series.lowest,
                Measure::Last => series.last,
                Measure::Count => count,
            };
            bound.op.holds(value, bound.number)
        })
    };
    counts.iter().all(|bound| bound.op.holds(count, bound.number))
        && (values.is_empty() || found.iter().any(meets))
}
