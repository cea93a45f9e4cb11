//! `--trust`: the user agrees to what an imported book runs. Core decides what this covers, and remembers it.

use scenario_core::error::Result;
use scenario_core::plan::Plan;
use scenario_core::trust::{self, Runs};

use crate::flags::{Front, Trust};
use crate::output::print;

/// Refuses an imported book to whose commands the user has not agreed; with the flag, they agree now.
pub(crate) fn require(
    front: &Front,
    plan: &Plan,
    command: &str,
    Trust { trust: agrees }: Trust,
) -> Result<()> {
    if let Some(runs) = Runs::of(plan).filter(|runs| agrees && !runs.is_trusted()) {
        runs.trust()?;
        print(|out| writeln!(out, "trusted from now on: {}; asked again when they change", runs.counts()))?;
    }
    trust::require(plan, &front.name, &format!("{} {command} --trust", front.name))
}

/// The book has changed as the user has just agreed to, and was trusted before.
pub(crate) fn go_on(plan: &Plan) -> Result<()> {
    Runs::of(plan).map_or(Ok(()), |runs| runs.trust())
}
