//! One page that looks at one terminal: output and keystrokes over a WebSocket.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{Frame, Terminal};
use crate::hub::Socket;
use crate::lab::Lab;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::refusal::{Answer, Refusal};
use crate::terminal::screen::Size;

/// The terminal is gone for good.
const GONE: u16 = 4001;

/// What a page says beside keystrokes.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Said {
    /// This is how large it shows the terminal.
    Size { cols: u16, rows: u16 },
    /// It has shown so much more of the output.
    Ack { bytes: usize },
}

/// `WS /ws/terminal/ID`
pub(crate) async fn socket(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    let terminal = lab.terminal(&id).ok_or_else(|| Refusal::unknown("terminal"))?;
    let socket = lab.socket(false)?;
    Ok(upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |page| show(page, terminal, socket)))
}

/// Shows a terminal to a page until either of them goes.
async fn show(mut page: WebSocket, terminal: Arc<Terminal>, _counted: Socket) {
    // The screen is laid out for a size, so the page says its own first.
    let Some(size) = first_size(&mut page).await else { return };
    let (viewer, mut frames) = terminal.look_in(size);
    loop {
        let go_on = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => send(&mut page, frame).await,
                None => {
                    let _ = page.send(Message::Close(Some(CloseFrame { code: GONE, reason: "gone".into() }))).await;
                    false
                }
            },
            message = page.recv() => match message {
                Some(Ok(message)) => handle(&terminal, viewer, message).await,
                _ => false,
            },
        };
        if !go_on {
            break;
        }
    }
    terminal.look_away(viewer);
}

async fn first_size(page: &mut WebSocket) -> Option<Size> {
    let Some(Ok(Message::Text(text))) = page.recv().await else { return None };
    match serde_json::from_str(&text) {
        Ok(Said::Size { cols, rows }) => Some(Size::clamped(rows, cols)),
        _ => None,
    }
}

/// Sends a frame; false once the page is gone.
async fn send(page: &mut WebSocket, frame: Frame) -> bool {
    let messages = match frame {
        Frame::Output(bytes) => vec![Message::Binary(bytes)],
        Frame::Snapshot(screen) => {
            vec![
                Message::Text(json!({"type": "snapshot"}).to_string().into()),
                Message::Binary(Bytes::from(screen)),
            ]
        }
        Frame::Exit(status) => {
            vec![Message::Text(json!({"type": "exit", "status": status}).to_string().into())]
        }
    };
    for message in messages {
        if page.send(message).await.is_err() {
            return false;
        }
    }
    true
}

/// Does what a page says; false when it says goodbye, or what no page of ours says.
async fn handle(terminal: &Terminal, viewer: u64, message: Message) -> bool {
    match message {
        Message::Binary(bytes) => terminal.type_in(viewer, bytes).await,
        Message::Text(text) => match serde_json::from_str(&text) {
            Ok(Said::Size { cols, rows }) => terminal.resize(viewer, Size::clamped(rows, cols)),
            Ok(Said::Ack { bytes }) => terminal.has_shown(viewer, bytes),
            Err(_) => return false,
        },
        Message::Close(_) => return false,
        Message::Ping(_) | Message::Pong(_) => {}
    }
    true
}
