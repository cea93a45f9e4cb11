//! The curve of a query that a page shows as a picture. Asking for it is the work of the module `check` of the crate;
//! it is drawn by another program.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Op;
use crate::source::Span;

/// How many steps a range may have: more points than that are closer together than a screen shows.
pub const PLOT_STEPS_MAX: u128 = 600;

/// The picture of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What its files are named after; the only one of this name in the book.
    pub name: String,
    /// Where its name is.
    pub name_span: Span,
    /// How far the curve goes back from the moment in which the query has passed.
    pub range: Duration,
    /// How far its points are apart.
    pub step: Duration,
    /// What the curve must be like, each time that it is asked for.
    pub curve: Vec<CurveBound>,
    /// The unit of the values, where they have one.
    pub unit: Option<String>,
    /// What the picture shows, for a reader who does not see it.
    pub alt: String,
}

/// A condition on the curve of a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurveBound {
    /// What is compared.
    pub of: Measure,
    /// How.
    pub op: Op,
    /// With which number.
    pub number: f64,
}

/// As an author writes it.
impl fmt::Display for CurveBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.of.name(), self.op.sign(), self.number)
    }
}

/// What of a curve is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The highest value of a series.
    Highest,
    /// Its lowest value.
    Lowest,
    /// Its last value.
    Last,
    /// The number of series.
    Count,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 4] = [Measure::Highest, Measure::Lowest, Measure::Last, Measure::Count];

    /// The word that an author writes.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Highest => "highest",
            Measure::Lowest => "lowest",
            Measure::Last => "last",
            Measure::Count => "count",
        }
    }
}
