//! Messages to all pages that are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use axum::http::StatusCode;
use tokio::sync::broadcast;

use crate::limits::{MESSAGES_BEHIND_MAX, SOCKETS_MAX};
use crate::message::Message;
use crate::refusal::{Answer, Refusal};

/// The channel of messages, and the number of WebSockets.
#[derive(Debug)]
pub(crate) struct Hub {
    messages: broadcast::Sender<Utf8Bytes>,
    pages: AtomicUsize,
    sockets: AtomicUsize,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub {
            messages: broadcast::channel(MESSAGES_BEHIND_MAX).0,
            pages: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
        }
    }
}

impl Hub {
    /// Sends a message to all pages.
    pub(crate) fn send(&self, message: &Message) {
        // It fails where no page is open.
        let _ = self.messages.send(text(message));
    }

    /// The messages from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Utf8Bytes> {
        self.messages.subscribe()
    }

    /// Whether a page is open.
    pub(crate) fn has_pages(&self) -> bool {
        self.pages.load(Ordering::SeqCst) > 0
    }

    /// Counts one more WebSocket until it is dropped.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub(crate) fn socket(self: &Arc<Hub>, is_page: bool) -> Answer<Socket> {
        let open = self.sockets.fetch_add(1, Ordering::SeqCst);
        if is_page {
            self.pages.fetch_add(1, Ordering::SeqCst);
        }
        // Dropped below, it is not counted any more.
        let socket = Socket { hub: Arc::clone(self), is_page };
        if open < SOCKETS_MAX {
            return Ok(socket);
        }
        let error = format!("there are {SOCKETS_MAX} connections already");
        Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).help("close a window of the lab"))
    }
}

/// A message in JSON.
pub(crate) fn text(message: &Message) -> Utf8Bytes {
    // Plain data with string keys: this cannot fail.
    serde_json::to_string(message).unwrap_or_default().into()
}

/// A WebSocket that is counted.
#[derive(Debug)]
pub(crate) struct Socket {
    hub: Arc<Hub>,
    is_page: bool,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.hub.sockets.fetch_sub(1, Ordering::SeqCst);
        if self.is_page {
            self.hub.pages.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
