//! What existed before a step was played, to tell what the step makes from what belongs to the learner.

use super::{NotKept, Snapshot};

/// What was there before a step was played, or why that is not known.
#[derive(Debug)]
pub struct Before(pub(super) Result<Snapshot, NotKept>);

impl Default for Before {
    /// Nothing was there.
    fn default() -> Before {
        Before(Ok(Snapshot::default()))
    }
}

impl Before {
    /// The same without folders that are about to be removed: if a command makes one of them again, it is the command's.
    #[must_use]
    pub fn without(mut self, folders: &[String]) -> Before {
        if let Ok(before) = &mut self.0 {
            folders.iter().for_each(|folder| drop(before.entries.remove(folder)));
        }
        self
    }
}
