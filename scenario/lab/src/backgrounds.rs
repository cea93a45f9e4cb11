//! The background processes of the book: whether they run, and what their blocks show.

use std::collections::BTreeMap;

use scenario_core::{ports, session};

use crate::lab::Lab;
use crate::message::{BlockState, Now};

/// Looks which background processes of the book run, and changes the states of their blocks. This blocks.
pub(crate) fn refresh(lab: &Lab) {
    // The next run reports a record that cannot be read.
    let record = session::backgrounds().unwrap_or_default();
    let book = lab.book();
    let blocks = book.plan.scenario.steps.iter().flat_map(|step| &step.blocks);
    let backgrounds: BTreeMap<&str, (&str, Option<u16>)> = blocks
        .filter_map(|block| {
            let background = block.kind.background()?;
            Some((block.id.as_str(), (background.name.as_str(), background.ready.port())))
        })
        .collect();
    for (id, (name, port)) in backgrounds {
        let answers = || port.is_none_or(ports::accepts);
        let state = match record.get(name) {
            Some(background) if background.serves() && answers() => {
                let place = port.map(|port| format!(" and answers on port {port}")).unwrap_or_default();
                Some(BlockState::new(Now::Passed, format!("`{name}` runs{place}")))
            }
            Some(background) if background.serves() => {
                Some(BlockState::new(Now::Running, format!("`{name}` runs and does not answer yet")))
            }
            Some(_) => Some(BlockState::new(Now::Stopped, format!("`{name}` has ended; its log says why"))),
            None => {
                let taken = port.filter(|port| ports::accepts(*port));
                taken
                    .map(|port| BlockState::new(Now::Passed, format!("port {port} answers, started by hand")))
            }
        };
        let is_starting = lab.jobs.is_starting(id);
        let known = lab.learner().blocks.get(id).cloned();
        // The reason why it could not be started stays until it runs.
        let has_reason = known.as_ref().is_some_and(|known| known.now == Now::Failed);
        let is_less = state.as_ref().is_none_or(|state| state.now == Now::Stopped);
        if known != state && !is_starting && !(has_reason && is_less) {
            lab.set_block(id, state);
        }
    }
}
