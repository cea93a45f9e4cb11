//! Messages to all pages that are open.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::broadcast;

use crate::limits::{MESSAGES_BEHIND_MAX, SOCKETS_MAX};
use crate::message::Message;

/// Where messages go, and how many listen.
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
    /// Tells all pages.
    pub(crate) fn tell(&self, message: &Message) {
        // Nobody need listen.
        let _ = self.messages.send(text(message));
    }

    /// What is told from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Utf8Bytes> {
        self.messages.subscribe()
    }

    /// Whether a page is open.
    pub(crate) fn has_pages(&self) -> bool {
        self.pages.load(Ordering::SeqCst) > 0
    }

    /// The right to one more WebSocket; `None` if there are too many.
    pub(crate) fn socket(self: &std::sync::Arc<Hub>, is_page: bool) -> Option<Socket> {
        let open = self.sockets.fetch_add(1, Ordering::SeqCst);
        if is_page {
            self.pages.fetch_add(1, Ordering::SeqCst);
        }
        let socket = Socket { hub: std::sync::Arc::clone(self), is_page };
        (open < SOCKETS_MAX).then_some(socket)
    }
}

/// A message as it goes over the wire.
pub(crate) fn text(message: &Message) -> Utf8Bytes {
    // Plain data with string keys: this cannot fail.
    serde_json::to_string(message).unwrap_or_default().into()
}

/// One of the WebSockets that may be open.
#[derive(Debug)]
pub(crate) struct Socket {
    hub: std::sync::Arc<Hub>,
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
