//! What a check asks, as data. Asking it is the work of the module `check` of the crate.

use std::time::Duration;

use crate::source::Span;

/// One assertion about the world.
#[derive(Debug, Clone)]
pub struct Check {
    /// Made of the page, a hash of what the check says, and which one with that hash it is.
    pub id: String,
    /// Where it stands.
    pub span: Span,
    /// What is asked.
    pub kind: CheckKind,
    /// How long it may take to become true; once where it is not given.
    pub within: Option<Duration>,
    /// Why it holds before its step already, where it does.
    pub already_true: Option<String>,
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
        /// Text that must stand in the error of the last scrape.
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
        /// Text that must stand in the body.
        contains: Option<String>,
        /// A regular expression that must match in the body.
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

/// The health of a target; `unknown`, before the first scrape, is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// No sample at all.
    None,
    /// The number of samples meets all of `count`, and one sample meets all of `value`.
    Samples {
        /// Conditions on one sample's value; NaN meets none.
        value: Vec<(Op, f64)>,
        /// Conditions on the number of samples.
        count: Vec<(Op, f64)>,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    GreaterEqual,
    /// `>`
    Greater,
}

impl Op {
    /// The sign that an author writes.
    pub fn sign(self) -> &'static str {
        match self {
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::GreaterEqual => ">=",
            Op::Greater => ">",
        }
    }

    /// Whether `left OP right`; never with NaN.
    pub fn holds(self, left: f64, right: f64) -> bool {
        if left.is_nan() || right.is_nan() {
            return false;
        }
        match self {
            Op::Less => left < right,
            Op::LessEqual => left <= right,
            Op::Equal => left == right,
            Op::NotEqual => left != right,
            Op::GreaterEqual => left >= right,
            Op::Greater => left > right,
        }
    }
}
