//! `WS /ws/events`: the messages to one page. It sends none itself.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::broadcast::error::RecvError;

use crate::hub::{Socket, text};
use crate::lab::Lab;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::message::Message;
use crate::refusal::Answer;
use crate::sync::blocking;

/// `WS /ws/events`
pub(super) async fn socket(State(lab): State<Arc<Lab>>, upgrade: WebSocketUpgrade) -> Answer<Response> {
    let socket = lab.hub.socket(true)?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |page| send_all(lab, page, socket)))
}

async fn send_all(lab: Arc<Lab>, mut page: WebSocket, _counted: Socket) {
    let mut messages = lab.hub.listen();
    // They are not polled while no page is open.
    let worker = Arc::clone(&lab);
    let _ = blocking(move || worker.services.refresh()).await;
    if page.send(Frame::Text(text(&Message::Hello(Box::new(lab.hello()))))).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
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
