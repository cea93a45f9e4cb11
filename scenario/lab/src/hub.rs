//! Messages to all pages that are open, and their WebSockets, which are counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::broadcast;

use crate::limits::{MESSAGE_BYTES_MAX, MESSAGES_BEHIND_MAX, SOCKET_READ_BYTES, SOCKETS_MAX};
use crate::message::Message;
use crate::sync::locked;

/// The protocol that the lab's page speaks on a WebSocket. It names its secret beside it.
const PROTOCOL: &str = "lab";

/// The channel of messages, and the number of WebSockets.
#[derive(Debug)]
pub(crate) struct Hub {
    messages: broadcast::Sender<Utf8Bytes>,
    sending: Mutex<()>,
    pages: AtomicUsize,
    sockets: AtomicUsize,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub {
            messages: broadcast::channel(MESSAGES_BEHIND_MAX).0,
            sending: Mutex::default(),
            pages: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
        }
    }
}

impl Hub {
    /// Sends the present state of something to all pages. `look` reads it under a lock that all such messages share:
    /// otherwise an older state could be sent after a newer one. So it must not send anything itself.
    pub(crate) fn send_state<M: Into<Option<Message>>>(&self, look: impl FnOnce() -> M) {
        let _one = locked(&self.sending);
        if let Some(message) = look().into() {
            self.send(&message);
        }
    }

    /// Sends a message to all pages that says that something has happened.
    pub(crate) fn send(&self, message: &Message) {
        // It fails where no page is open.
        let _ = self.messages.send(text(message));
    }

    /// What `look` reads, and the messages from then on: none of them has a state that is older than what was read.
    pub(crate) fn listen<T>(&self, look: impl FnOnce() -> T) -> (T, broadcast::Receiver<Utf8Bytes>) {
        let _one = locked(&self.sending);
        (look(), self.messages.subscribe())
    }

    /// Whether a page is open.
    pub(crate) fn has_pages(&self) -> bool {
        self.pages.load(Ordering::SeqCst) > 0
    }

    /// Counts one more WebSocket until it is dropped; none if there are too many.
    pub(crate) fn socket(self: &Arc<Hub>, is_page: bool) -> Option<Socket> {
        let open = self.sockets.fetch_add(1, Ordering::SeqCst);
        if is_page {
            self.pages.fetch_add(1, Ordering::SeqCst);
        }
        // Dropped below, it is not counted any more.
        let socket = Socket { hub: Arc::clone(self), is_page };
        (open < SOCKETS_MAX).then_some(socket)
    }
}

/// The code with which a WebSocket is closed that is one too many: its page could not see the status of a refusal.
const TOO_MANY: u16 = 4002;

/// Accepts a WebSocket of a page, with bounded messages. One that is too many is told so, and closed.
pub(crate) fn accept<F>(
    upgrade: WebSocketUpgrade,
    counted: Option<Socket>,
    serve: impl FnOnce(WebSocket, Socket) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    let upgrade = upgrade.read_buffer_size(SOCKET_READ_BYTES);
    upgrade.protocols([PROTOCOL]).on_upgrade(async move |mut page| match counted {
        Some(counted) => serve(page, counted).await,
        None => {
            let reason = format!("there are {SOCKETS_MAX} connections already; close a window of the lab");
            let frame = CloseFrame { code: TOO_MANY, reason: reason.into() };
            let _ = page.send(Frame::Close(Some(frame))).await;
        }
    })
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_two_messages_about_one_thing_the_last_one_has_the_newest_state() {
        let (hub, state) = (Hub::default(), AtomicUsize::new(1));
        let look = |state: &AtomicUsize| Message::Checked {
            step: state.load(Ordering::SeqCst),
            passed: 0,
            total: 0,
            done: false,
            by: crate::message::By::Lab,
        };
        let ((), mut messages) = hub.listen(|| ());
        let (has_sent, sent) = channel();
        std::thread::scope(|scope| {
            hub.send_state(|| {
                let old = look(&state);
                scope.spawn(|| {
                    state.store(2, Ordering::SeqCst);
                    hub.send_state(|| look(&state));
                    has_sent.send(()).expect("somebody listens");
                });
                // Without the lock, the other thread would send in this time.
                let _ = sent.recv_timeout(Duration::from_millis(200));
                old
            });
        });
        let mut last = None;
        while let Ok(message) = messages.try_recv() {
            last = Some(message);
        }
        assert!(last.expect("two messages").contains("\"step\":2"));
    }
}
