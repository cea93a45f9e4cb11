//! Opening and closing terminals, and one page that shows one: output and keystrokes over a WebSocket.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::empty::Empty;
use crate::hub::{Socket, accept};
use crate::lab::Lab;
use crate::limits::{NAME_CHARS_MAX, PIECE_BYTES_MAX};
use crate::listing::is_plain;
use crate::refusal::{Answer, Refusal};
use crate::sync::blocking;
use crate::terminal::{Frame, Size, Terminal};

/// The terminal is gone for good.
const GONE: u16 = 4001;

/// What a page sends in addition to keystrokes.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum PageMessage {
    /// This is how large it shows the terminal.
    Size { cols: u16, rows: u16 },
    /// It has shown so much more of the output.
    Ack { bytes: usize },
}

/// `POST /api/terminals`
pub(super) async fn open(
    State(lab): State<Arc<Lab>>,
    Json(Empty {}): Json<Empty>,
) -> Answer<(StatusCode, Json<serde_json::Value>)> {
    let terminal = lab.terminals.open()?;
    Ok((StatusCode::CREATED, Json(json!({"id": terminal.id}))))
}

/// `DELETE /api/terminals/ID`
pub(super) async fn close(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<StatusCode> {
    let terminal = lab.terminals.remove(&id)?;
    blocking(move || terminal.end()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/terminals/ID/restart`
pub(super) async fn restart(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    lab.terminals.restart(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/terminals/ID/clear`: its screen, and what is above that.
pub(super) async fn clear(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    lab.terminals.get(&id)?.clear();
    Ok(StatusCode::NO_CONTENT)
}

/// What a learner calls a terminal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    name: String,
}

/// `POST /api/terminals/ID/name`: an empty name takes it away.
pub(super) async fn name(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Name { name }): Json<Name>,
) -> Answer<StatusCode> {
    let name = name.trim();
    if name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        let error = format!("the name of a terminal has at most {NAME_CHARS_MAX} characters on one line");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
    }
    lab.terminals.get(&id)?.rename(name.to_owned());
    Ok(StatusCode::NO_CONTENT)
}

/// `WS /ws/terminal/ID`
pub(super) async fn socket(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    let terminal = lab.terminals.get(&id)?;
    let counted = lab.hub.socket(false);
    Ok(accept(upgrade, counted, move |page, counted| show(page, terminal, counted)))
}

/// Shows a terminal to a page until either of them goes.
async fn show(mut page: WebSocket, terminal: Arc<Terminal>, _counted: Socket) {
    // The screen is laid out for a size, which the page sends first.
    let Some(size) = first_size(&mut page).await else { return };
    let (viewer, mut frames) = terminal.attach(size);
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
    terminal.detach(viewer);
}

async fn first_size(page: &mut WebSocket) -> Option<Size> {
    let Some(Ok(Message::Text(text))) = page.recv().await else { return None };
    match serde_json::from_str(&text) {
        Ok(PageMessage::Size { cols, rows }) => Some(Size::clamped(rows, cols)),
        _ => None,
    }
}

/// Sends a frame; false once the page is gone.
async fn send(page: &mut WebSocket, frame: Frame) -> bool {
    let messages = match frame {
        Frame::Output(bytes) => vec![Message::Binary(bytes)],
        Frame::Snapshot(screen) => {
            let screen = Bytes::from(screen);
            let pieces = (0..screen.len()).step_by(PIECE_BYTES_MAX);
            let pieces = pieces.map(|at| screen.slice(at..screen.len().min(at + PIECE_BYTES_MAX)));
            let first = Message::Text(json!({"type": "snapshot"}).to_string().into());
            [first].into_iter().chain(pieces.map(Message::Binary)).collect()
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

/// Handles a message of a page; false if it closes the socket, or sends what no page of ours sends.
async fn handle(terminal: &Terminal, viewer: u64, message: Message) -> bool {
    match message {
        Message::Binary(bytes) => terminal.type_in(viewer, bytes).await,
        Message::Text(text) => match serde_json::from_str(&text) {
            Ok(PageMessage::Size { cols, rows }) => terminal.resize(viewer, Size::clamped(rows, cols)),
            Ok(PageMessage::Ack { bytes }) => terminal.acknowledge(viewer, bytes),
            Err(_) => return false,
        },
        Message::Close(_) => return false,
        Message::Ping(_) | Message::Pong(_) => {}
    }
    true
}
