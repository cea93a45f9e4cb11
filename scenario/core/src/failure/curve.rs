//! The curve of a query over a range of time, as values. The crate's module `check` asks for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many series a [`Curve`] may have: more cannot be told apart in a picture.
pub const SERIES_MAX: usize = 8;

/// How many samples of a series are kept: as dots in a picture, more would touch each other.
pub const SCRAPES_MAX: usize = 40;

/// The values of a query over a range of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Its series.
    pub series: Vec<Series>,
}

/// One series of a curve.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Pairs of a time, in seconds since the range began, and the value then. Times without a finite value are left out.
    pub points: Vec<(f64, f64)>,
    /// The same for the samples themselves, if the query is a single selector. Empty if there are more than [`SCRAPES_MAX`].
    pub scrapes: Vec<(f64, f64)>,
}

impl Series {
    /// What a condition can compare; `None` if it has no point.
    pub fn summary(&self) -> Option<SeriesSummary> {
        let values = || self.points.iter().map(|(_, value)| *value);
        let (lowest, highest) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
        Some(SeriesSummary { labels: self.labels.clone(), lowest, highest, last: values().next_back()? })
    }
}

/// What is compared of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// Its labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Its lowest value.
    pub lowest: f64,
    /// Its highest value.
    pub highest: f64,
    /// Its last value.
    pub last: f64,
}
