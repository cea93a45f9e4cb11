//! The door: who has connected. A connection that has not shown the cookie is a stranger's; there are few of those, and
//! they are short, so that none is left with half a request.
//!
//! What a request may do is decided by `routes/guard.rs`.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::limits::{STRANGER_MAX, STRANGERS_MAX};

/// Who has connected, as its requests know it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guest(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// It has shown the cookie.
    known: AtomicBool,
    /// It must make room for another one.
    turned_away: Notify,
}

impl Guest {
    /// It has shown the cookie, and may stay.
    pub(crate) fn let_in(&self) {
        self.0.known.store(true, Ordering::Relaxed);
    }

    fn is_known(&self) -> bool {
        self.0.known.load(Ordering::Relaxed)
    }
}

/// Listens, and turns strangers away.
pub(crate) struct Door {
    listener: TcpListener,
    /// Those that were strangers when they came, the oldest first.
    strangers: VecDeque<Guest>,
}

impl Door {
    /// The door of a server.
    pub(crate) fn new(listener: TcpListener) -> Door {
        Door { listener, strangers: VecDeque::new() }
    }

    /// Counts one more; where there are too many, the oldest has to go, so that the learner always gets in.
    fn admit(&mut self) -> Guest {
        let guest = Guest::default();
        self.strangers.retain(|one| !one.is_known() && Arc::strong_count(&one.0) > 1);
        if self.strangers.len() >= STRANGERS_MAX
            && let Some(oldest) = self.strangers.pop_front()
        {
            oldest.0.turned_away.notify_one();
        }
        self.strangers.push_back(guest.clone());
        guest
    }
}

impl Listener for Door {
    type Io = Visit;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visit, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // A keystroke and its echo are small, and must not wait for more.
        let _ = stream.set_nodelay(true);
        let guest = self.admit();
        let state = Arc::clone(&guest.0);
        let end = Box::pin(async move {
            let _ = tokio::time::timeout(STRANGER_MAX, state.turned_away.notified()).await;
        });
        (Visit { stream, guest, end }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Guest {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Guest {
        stream.io().guest.clone()
    }
}

/// A connection, which ends for a stranger when its time is up.
pub(crate) struct Visit {
    stream: <TcpListener as Listener>::Io,
    guest: Guest,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Visit {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.guest.is_known() && self.end.as_mut().poll(context).is_ready() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl AsyncRead for Visit {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Visit {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
