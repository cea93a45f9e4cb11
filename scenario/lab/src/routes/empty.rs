//! The empty body of a request whose address says everything.

use serde::Deserialize;

/// `{}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}
