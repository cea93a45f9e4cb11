//! The small program that clears away after a run that was killed.
//!
//! It is this same program, started as `__watchdog SESSION [ENGINE]` with a pipe from the run. The pipe closes
//! with the run, however that ends; a run that ends well says `done` first.

use std::ffi::OsString;
use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use crate::container::{Engine, SESSION_LABEL};
use crate::process;
use crate::session::Group;

/// How long after the first sweep the second one comes: a container that was being started when the run died
/// is only there after a moment.
const SECOND_SWEEP: Duration = Duration::from_secs(2);

/// Runs the watchdog if these are its arguments; tells whether they were.
pub fn run_if_asked(args: &[OsString]) -> bool {
    let [_, word, session, rest @ ..] = args else { return false };
    let Some(session) = session.to_str().filter(|_| word == "__watchdog") else { return false };
    let engine = rest.first().map(|program| Engine::new(Path::new(program), Vec::new()));
    if let Some(groups) = listen(std::io::stdin().lock()) {
        process::begin_cleaning();
        sweep(&groups, engine.as_ref(), session);
        std::thread::sleep(SECOND_SWEEP);
        sweep(&groups, engine.as_ref(), session);
    }
    true
}

/// The groups to end once the pipe closes, or `None` if the run said that it is done.
fn listen(pipe: impl BufRead) -> Option<Vec<Group>> {
    let mut groups = Vec::new();
    for line in pipe.lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        let group =
            |pid: &str, started: &str| Some(Group { pid: pid.parse().ok()?, started: started.parse().ok()? });
        match words[..] {
            ["done"] => return None,
            ["group", pid, started] => groups.extend(group(pid, started)),
            ["gone", pid, started] => {
                let gone = group(pid, started);
                groups.retain(|other| Some(*other) != gone);
            }
            _ => {}
        }
    }
    Some(groups)
}

fn sweep(groups: &[Group], engine: Option<&Engine>, session: &str) {
    for group in groups {
        group.end();
    }
    if let Some(engine) = engine {
        // There is nobody left to tell; what stays is found by the next start.
        let _ = engine.remove_labelled_containers(&format!("{SESSION_LABEL}={session}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_done_leaves_everything() {
        assert_eq!(listen("group 1 2\ndone\n".as_bytes()), None);
    }

    #[test]
    fn a_run_that_dies_leaves_the_groups_that_have_not_ended() {
        let groups = listen("group 1 2\ngroup 3 4\ngone 1 2\n".as_bytes());
        assert_eq!(groups, Some(vec![Group { pid: 3, started: 4 }]));
    }
}
