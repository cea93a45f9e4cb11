//! Why a path, a result or an expectation of a page cannot be read. What is said about it is in `message`.

/// Why a path cannot name a file of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFault {
    /// It leads out of the workspace.
    Outside,
    /// It is below the runner's own folder.
    Reserved,
    /// It ends in `/`.
    Folder,
    /// It has a part or a character that a plain path does not have.
    NotPlain,
}

/// Why a line of a shown result cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultFault {
    /// It has no value.
    MissingValue,
    /// Its value is not a number.
    InvalidValue(String),
    /// Its tolerance is not a number.
    InvalidTolerance(String),
    /// Its labels cannot be read from here on.
    InvalidLabel(String),
    /// The name of a label that PromQL takes in quotes alone.
    UnquotedName(String),
    /// `none` is not the only line.
    NoneNotAlone,
}

/// Why an expectation cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectationFault {
    /// Nothing is compared.
    NoComparison(String),
    /// The operator is none of the six comparisons.
    UnknownOperator(String),
    /// Something else is compared than what there is to compare.
    UnknownSubject {
        /// What the page has.
        found: String,
        /// What there is.
        known: &'static [&'static str],
    },
    /// It is compared with something else than a number.
    InvalidNumber(String),
    /// `count` is compared with something else than a whole number.
    InvalidCount(f64),
}
