//! The body of a request that says all by its address.

use serde::Deserialize;

/// `{}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}
