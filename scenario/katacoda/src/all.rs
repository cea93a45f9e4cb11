//! Inspects all scenarios below a folder, several at a time, and gives them in the order of the search.
//!
//! `inspect` looks into each.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::folder::Folder;
use crate::inspect::{Inspection, inspect};

/// The most scenarios to inspect before the first of them is shown. This bounds memory.
const AHEAD_MAX: usize = 64;
/// More threads only wait for the disk.
const THREADS_MAX: usize = 8;

/// Looks at all scenarios below a folder; `shown` is the folder as messages name it. Returns the files that are pathways by
/// their names.
///
/// # Errors
///
/// What `visit` returns.
pub fn inspect_all(
    folder: &Folder,
    shown: &Path,
    visit: &mut dyn FnMut(Inspection) -> io::Result<()>,
) -> io::Result<Vec<PathBuf>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    let (give, take) = sync_channel::<(usize, PathBuf)>(AHEAD_MAX);
    let (done, results) = sync_channel(AHEAD_MAX);
    let take = Mutex::new(take);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (take, done) = (&take, done.clone());
            scope.spawn(move || {
                while let Some((number, path)) = next(take) {
                    let result = catch_unwind(AssertUnwindSafe(|| inspect(folder, &path, shown)));
                    // After an error, the receiver is closed.
                    if done.send((number, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut in_order = InOrder { waiting: BTreeMap::new(), shown: 0, visit };
        let mut scenarios = folder.scenarios();
        for (number, path) in scenarios.by_ref().enumerate() {
            while number - in_order.shown >= AHEAD_MAX {
                match results.recv() {
                    Ok((number, result)) => in_order.add(number, result)?,
                    Err(_) => return Ok(Vec::new()),
                }
            }
            if give.send((number, path)).is_err() {
                break;
            }
        }
        drop(give);
        results.into_iter().try_for_each(|(number, result)| in_order.add(number, result))?;
        Ok(scenarios.into_pathways())
    })
}

fn next(take: &Mutex<Receiver<(usize, PathBuf)>>) -> Option<(usize, PathBuf)> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Puts the results back into the order of the search.
struct InOrder<'a> {
    waiting: BTreeMap<usize, thread::Result<Option<Inspection>>>,
    /// How many were shown.
    shown: usize,
    visit: &'a mut dyn FnMut(Inspection) -> io::Result<()>,
}

impl InOrder<'_> {
    fn add(&mut self, number: usize, result: thread::Result<Option<Inspection>>) -> io::Result<()> {
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.shown) {
            self.shown += 1;
            let result = result.unwrap_or_else(|panic| resume_unwind(panic));
            result.map_or(Ok(()), &mut *self.visit)?;
        }
        Ok(())
    }
}
