//! The small program that clears away after a run that was killed.
//!
//! It is this same program, started as `__watchdog SESSION [ENGINE]` with a pipe from the run. The pipe closes
//! with the run, however that ends; a run that ends well says `done` first.

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Duration;

use crate::container::{Engine, SESSION_LABEL};
use crate::creations::Creations;
use crate::error::Result;
use crate::process::{self, Child, Command, Tree};
use crate::state::state_dir;
use crate::swarm::Swarm;

/// How long after the first sweep the second one comes: a process that was being started when the run died is only
/// there after a moment.
const SECOND_SWEEP: Duration = Duration::from_secs(2);
/// How long what an engine was asked to create is waited for.
const CREATION_TIME_MAX: Duration = Duration::from_secs(60);

/// The watchdog as its run sees it.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Starts one for the run with this id. `exe` is a program that understands `__watchdog`.
    pub(crate) fn start(exe: &Path, id: &str, engine: Option<&Engine>, dir: &Path) -> Result<Watchdog> {
        let mut words = vec![exe.as_os_str().to_owned(), "__watchdog".into(), id.into()];
        words.extend(engine.iter().map(|engine| engine.program().as_os_str().to_owned()));
        Command::new(words).start_with_input(&dir.join("watchdog.log")).map(Watchdog)
    }

    /// Says that a tree belongs to the run (`tree`), or has ended (`gone`).
    pub(crate) fn notify(&mut self, word: &str, tree: &Tree) {
        if let Some(pipe) = self.0.stdin.as_mut()
            && let Ok(tree) = serde_json::to_string(tree)
        {
            // Without its watchdog a run continues, and the next run cleans up. A single write wakes it once.
            let _ = pipe.write_all(format!("{word} {tree}\n").as_bytes());
        }
    }

    /// The run has ended and needs it no more.
    pub(crate) fn dismiss(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = writeln!(pipe, "done");
        }
        self.0.wait();
    }
}

/// Runs the watchdog if these are its arguments; true if they were.
pub fn run_if_asked(args: &[OsString]) -> bool {
    let [_, word, session, rest @ ..] = args else { return false };
    let Some(session) = session.to_str().filter(|_| word == "__watchdog") else { return false };
    let engine = rest.first().map(|program| Engine::new(Path::new(program), Vec::new()));
    if let Some(trees) = listen(std::io::stdin().lock()) {
        process::begin_cleaning();
        sweep(&trees, engine.as_ref(), session);
        std::thread::sleep(SECOND_SWEEP);
        sweep(&trees, engine.as_ref(), session);
    }
    true
}

/// The trees to end once the pipe closes, or `None` if the run said that it is done.
fn listen(pipe: impl BufRead) -> Option<Vec<Tree>> {
    let mut trees: Vec<Tree> = Vec::new();
    for line in pipe.lines().map_while(Result::ok) {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let tree = || serde_json::from_str::<Tree>(rest).ok();
        match word {
            "done" => return None,
            "tree" | "gone" => {
                let Some(tree) = tree() else { continue };
                trees.retain(|other| !other.is_same(&tree));
                trees.extend((word == "tree").then_some(tree));
            }
            _ => {}
        }
    }
    Some(trees)
}

fn sweep(trees: &[Tree], engine: Option<&Engine>, session: &str) {
    for tree in trees {
        tree.end();
    }
    if let Some(engine) = engine {
        // There is nowhere to report it; the next run finds what is left.
        let _ = Creations::of(session, &state_dir()).remove_containers(engine, CREATION_TIME_MAX);
        let _ = Swarm::of(engine, &state_dir(), (SESSION_LABEL, session)).end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_done_leaves_everything() {
        assert_eq!(listen("tree {\"pid\":1,\"started\":2}\ndone\n".as_bytes()), None);
    }

    #[test]
    fn a_run_that_dies_leaves_the_trees_that_have_not_ended() {
        let (one, three) = (r#"{"pid":1,"started":2}"#, r#"{"pid":3,"started":4}"#);
        let trees = listen(format!("tree {one}\ntree {three}\ngone {one}\n").as_bytes());
        let left: Vec<i32> = trees.iter().flatten().map(|tree| tree.pid).collect();
        assert_eq!(left, [3]);
    }
}
