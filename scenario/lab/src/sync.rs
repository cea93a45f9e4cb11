//! Locks, and work that blocks a thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use scenario_core::error::{Error, Result};

/// Takes a lock. A panic elsewhere does not spoil it: what a lock of the lab guards is changed in single steps.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work that blocks on a thread that may be blocked.
///
/// # Errors
///
/// The work has panicked.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| Error::new(format!("a task of the lab has failed: {cause}")))
}
