//! The start page's side of the server: its secrets, its page, and the way on which a choice goes to the program.

use std::sync::Arc;

use scenario_core::error::{Error, Result};
use scenario_core::state::state_dir;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::catalog::Chosen;
use crate::keys::Keys;
use crate::page::BuiltPage;

/// A choice, and where the link to its lab goes, or why there is none.
pub(crate) type Wish = (Chosen, oneshot::Sender<Result<String>>);

/// The start page.
#[derive(Debug)]
pub struct Start {
    pub(crate) port: u16,
    pub(crate) keys: Keys,
    pub(crate) page: BuiltPage,
    pub(crate) wishes: mpsc::Sender<Wish>,
    /// One choice at a time: it may take a while to open a book.
    pub(crate) choosing: Semaphore,
}

impl Start {
    /// The start page's own secrets; no workspace has them.
    ///
    /// # Errors
    ///
    /// Another start page is open, or the state folder cannot be used.
    pub(crate) fn keys() -> Result<Keys> {
        Keys::of(&state_dir().join("start"))
    }

    /// A link that opens the start page in a browser, once.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn link(&self) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}/?token={}", self.port, self.keys.token()?))
    }

    /// Asks the program to open the lab of a book; the link to it.
    pub(crate) async fn open(self: &Arc<Start>, chosen: Chosen) -> Result<String> {
        let (answer, link) = oneshot::channel();
        let stopped = || Error::new("the lab is being stopped");
        self.wishes.send((chosen, answer)).await.map_err(|_| stopped())?;
        link.await.map_err(|_| stopped())?
    }
}
