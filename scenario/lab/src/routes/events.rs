//! `WS /ws/events`: the messages to one page. It sends none itself.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::broadcast::error::RecvError;

use crate::hub::{Socket, accept, text};
use crate::lab::Lab;
use crate::limits::ALIVE_EVERY;
use crate::message::Message;
use crate::sync::blocking;

/// `WS /ws/events`
pub(super) async fn socket(State(lab): State<Arc<Lab>>, upgrade: WebSocketUpgrade) -> Response {
    let counted = lab.hub.socket(true);
    accept(upgrade, counted, move |page, counted| send_all(lab, page, counted))
}

async fn send_all(lab: Arc<Lab>, mut page: WebSocket, _counted: Socket) {
    // They are not polled while no page is open.
    let worker = Arc::clone(&lab);
    let _ = blocking(move || worker.services.refresh()).await;
    let (hello, mut messages) = lab.hub.listen(|| lab.hello());
    if page.send(Frame::Text(text(&Message::Hello(Box::new(hello))))).await.is_err() {
        return;
    }
    // A page cannot see the pings of the protocol.
    let mut alive = tokio::time::interval(ALIVE_EVERY);
    loop {
        tokio::select! {
            _ = alive.tick() => {
                if page.send(Frame::Text(text(&Message::Alive))).await.is_err() {
                    return;
                }
            }
            message = messages.recv() => match message {
                Ok(message) => {
                    if page.send(Frame::Text(message)).await.is_err() {
                        return;
                    }
                }
                // It is too far behind. It reconnects, and gets everything.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            },
            message = page.recv() => match message {
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                _ => return,
            },
        }
    }
}
