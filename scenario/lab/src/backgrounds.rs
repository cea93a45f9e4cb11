//! The background processes of the book: whether they run, and what their blocks show.

use std::path::Path;

use scenario_core::model::BackgroundCommand;
use scenario_core::session::Background;
use scenario_core::{ports, runner, session};

use crate::lab::Lab;
use crate::message::{BlockState, Now};

/// Looks which background processes of the book run, and changes the states of their blocks. This blocks.
pub(crate) fn refresh(lab: &Lab) {
    // The next run reports a record that cannot be read.
    let record = session::backgrounds().unwrap_or_default();
    let book = lab.book();
    let blocks = book.blocks().map(|(_, block)| block);
    for (block, background) in blocks.filter_map(|block| Some((block, block.kind.background()?))) {
        let state = state_of(background, record.get(&background.name), lab.workspace());
        let is_starting = lab.jobs.is_starting(&block.id);
        let known = lab.learner().blocks.get(&block.id).cloned();
        // The reason why it could not be started stays until it runs.
        let has_reason = known.as_ref().is_some_and(|known| known.now == Now::Failed);
        let is_less = state.as_ref().is_none_or(|state| state.now == Now::Stopped);
        if known != state && !is_starting && !(has_reason && is_less) {
            lab.set_block(&block.id, state);
        }
    }
}

/// What the block of a background process shows; `None` if the process was not started.
fn state_of(
    background: &BackgroundCommand,
    recorded: Option<&Background>,
    workspace: &Path,
) -> Option<BlockState> {
    let (name, port) = (&background.name, background.ready.port());
    let answers = port.is_none_or(ports::accepts);
    // Another block may have started a process of that name.
    let is_other = |recorded: &Background| recorded.command != background.command.id && recorded.serves();
    Some(match recorded {
        Some(recorded) if is_other(recorded) => return None,
        Some(recorded) if recorded.serves() && answers => {
            let place = port.map(|port| format!(" and answers on port {port}")).unwrap_or_default();
            BlockState::new(Now::Passed, format!("`{name}` runs{place}"))
        }
        Some(recorded) if recorded.serves() => {
            BlockState::new(Now::Running, format!("`{name}` runs and does not answer yet"))
        }
        Some(_) => BlockState::new(Now::Stopped, format!("`{name}` has ended; its log says why")),
        None => {
            let port = port.filter(|_| answers)?;
            runner::started_by_hand(background, workspace)?;
            BlockState::new(Now::Passed, format!("port {port} answers, started by hand"))
        }
    })
}
