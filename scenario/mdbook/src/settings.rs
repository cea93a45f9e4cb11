//! The settings that `book.toml` has for the preprocessor.

use mdbook_preprocessor::PreprocessorContext;
use scenario_core::error::{Error, Result};

/// What `[preprocessor.scenario]` says to us.
pub(crate) struct Settings {
    /// The command that checks a step, `{step}` standing for its number.
    pub(crate) check_command: String,
}

impl Settings {
    pub(crate) fn read(context: &PreprocessorContext) -> Result<Settings> {
        let key = "preprocessor.scenario.check-command";
        let given: Option<String> = context
            .config
            .get(key)
            .map_err(|error| Error::new(format!("failed to read `{key}` of `book.toml`: {error:#}")))?;
        Ok(Settings { check_command: given.unwrap_or_else(|| "scenario check {step}".to_owned()) })
    }
}
