//! `WS /ws/events`: one page listens to what happens. It says nothing itself.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::broadcast::error::RecvError;

use crate::hub::{Socket, text};
use crate::lab::{Lab, waiting};
use crate::limits::MESSAGE_BYTES_MAX;
use crate::message::Message;
use crate::refusal::Answer;

/// `WS /ws/events`
pub(crate) async fn socket(State(lab): State<Arc<Lab>>, upgrade: WebSocketUpgrade) -> Answer<Response> {
    let socket = lab.socket(true)?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |page| tell(lab, page, socket)))
}

async fn tell(lab: Arc<Lab>, mut page: WebSocket, _counted: Socket) {
    let mut messages = lab.hub.listen();
    // Nobody may have looked for a while.
    let worker = Arc::clone(&lab);
    let _ = waiting(move || worker.look_at_services()).await;
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
                // It is too far behind: it connects anew, and is told everything.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            },
            said = page.recv() => match said {
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                _ => return,
            },
        }
    }
}
