//! Comparisons of numbers.

use serde::{Deserialize, Serialize};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessEqual,
    /// `==`
    #[serde(rename = "==")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterEqual,
    /// `>`
    #[serde(rename = ">")]
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
