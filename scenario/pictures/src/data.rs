//! The data of a plot, as it is committed: rounded, with moments since the first one, and a series on a few lines.

use std::collections::BTreeMap;
use std::fmt::Write;

use scenario_core::failure::{Curve, Series};
use scenario_core::model::Plot;
use serde::Deserialize;

/// How many digits of a value are kept: more cannot be seen in a picture, and would change with each run.
const DIGITS: usize = 5;

/// What a picture is drawn from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlotData {
    pub(crate) query: String,
    /// In seconds, like all that follows.
    pub(crate) range: f64,
    pub(crate) step: f64,
    pub(crate) series: Vec<SeriesData>,
}

/// One series of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesData {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) scrapes: Vec<(f64, f64)>,
}

impl PlotData {
    /// The data of a curve. Moments begin with the first point or sample: before that there was nothing to see.
    pub(crate) fn new(query: &str, plot: &Plot, curve: &Curve) -> PlotData {
        let all = curve.series.iter().flat_map(|series| series.points.iter().chain(&series.scrapes));
        let first = all.map(|(moment, _)| *moment).reduce(f64::min).unwrap_or_default();
        let moments = |values: &[(f64, f64)]| -> Vec<(f64, f64)> {
            let since = |moment: f64| ((moment - first) * 10.0).round() / 10.0;
            values.iter().map(|(moment, value)| (since(*moment), rounded(*value))).collect()
        };
        let series = |Series { labels, points, scrapes }: &Series| SeriesData {
            labels: labels.clone(),
            points: moments(points),
            scrapes: moments(scrapes),
        };
        PlotData {
            query: query.to_owned(),
            range: plot.range.as_secs_f64(),
            step: plot.step.as_secs_f64(),
            series: curve.series.iter().map(series).collect(),
        }
    }

    /// Whether it is what this plot asks for.
    pub(crate) fn is_of(&self, query: &str, plot: &Plot) -> bool {
        self.query == query && (self.range, self.step) == (plot.range.as_secs_f64(), plot.step.as_secs_f64())
    }

    /// As JSON, for a person to review.
    pub(crate) fn json(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let moments = |values: &[(f64, f64)]| {
            let pairs: Vec<String> =
                values.iter().map(|(moment, value)| format!("[{moment},{value}]")).collect();
            format!("[{}]", pairs.join(","))
        };
        let series = |series: &SeriesData| {
            let labels: Vec<String> = series
                .labels
                .iter()
                .map(|(name, value)| format!("{}: {}", text(name), text(value)))
                .collect();
            format!(
                "    {{\n      \"labels\": {{{}}},\n      \"points\": {},\n      \"scrapes\": {}\n    }}",
                labels.join(", "),
                moments(&series.points),
                moments(&series.scrapes)
            )
        };
        let mut json = String::new();
        let all: Vec<String> = self.series.iter().map(series).collect();
        // Writing into a text does not fail.
        let _ = writeln!(
            json,
            "{{\n  \"query\": {},\n  \"range\": {},\n  \"step\": {},\n  \"series\": [\n{}\n  ]\n}}",
            text(&self.query),
            self.range,
            self.step,
            all.join(",\n")
        );
        json
    }
}

/// A number with its first digits only.
pub(crate) fn rounded(value: f64) -> f64 {
    // By its text: a product with a power of ten may have more digits.
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_five_digits() {
        let all = [(0.0, 0.0), (601.0, 601.0), (1.234_567_8, 1.2346), (-0.000_123_456_7, -0.000_123_46)];
        for (value, expected) in all {
            assert_eq!(rounded(value), expected);
        }
        assert_eq!(rounded(123_456.0), 123_460.0);
    }

    #[test]
    fn data_is_read_as_it_is_written() {
        let labels = BTreeMap::from([("a".to_owned(), "\"b\"".to_owned())]);
        let series = SeriesData { labels, points: vec![(0.0, 1.0), (0.5, 1e-7)], scrapes: vec![] };
        let data = PlotData { query: "up\n# x".into(), range: 60.0, step: 0.5, series: vec![series] };
        assert_eq!(serde_json::from_str::<PlotData>(&data.json()).expect("JSON"), data);
    }
}
