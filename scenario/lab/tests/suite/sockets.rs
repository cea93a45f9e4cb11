//! The two WebSockets of a page: what happens, and a terminal. A terminal is shown as xterm.js would show it, so that
//! tests look at the screen and not at bytes.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, ClientRequestBuilder, Error, HandshakeError, Message, WebSocket};

use crate::http::connect;
use crate::lab_test::{Lab, PATIENCE};

/// How long one look at a socket takes.
const LOOK: Duration = Duration::from_millis(20);

/// A WebSocket of the learner's.
pub(crate) struct Socket {
    socket: WebSocket<TcpStream>,
    /// Why it is closed, once it is.
    pub(crate) closed: Option<Option<CloseFrame>>,
}

impl Lab {
    /// Opens a WebSocket as the page does; otherwise the status that the lab has answered with.
    pub(crate) fn try_socket(&self, path: &str) -> Result<Socket, u16> {
        let uri = format!("ws://127.0.0.1:{}{path}", self.port).parse().expect("an address");
        let request = ClientRequestBuilder::new(uri)
            .with_header("Cookie", self.cookie.as_str())
            .with_header("Origin", self.origin())
            .with_sub_protocol("lab")
            .with_sub_protocol(format!("key.{}", self.secret));
        match tungstenite::client(request, connect(self.port)) {
            Ok((socket, _)) => {
                socket.get_ref().set_read_timeout(Some(LOOK)).expect("a timeout");
                Ok(Socket { socket, closed: None })
            }
            Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
            Err(other) => panic!("{path}: {other}"),
        }
    }

    #[track_caller]
    pub(crate) fn socket(&self, path: &str) -> Socket {
        self.try_socket(path).unwrap_or_else(|status| panic!("{path}: {status}"))
    }

    /// A page that listens; it has had its hello.
    #[track_caller]
    pub(crate) fn page(&self) -> Page {
        let mut page = self.page_without_hello();
        page.wait_for("hello", |_| true);
        page
    }

    #[track_caller]
    pub(crate) fn page_without_hello(&self) -> Page {
        Page { socket: self.socket("/ws/events"), heard: Vec::new(), looked_at: 0 }
    }

    /// A page that shows a terminal in the usual size.
    #[track_caller]
    pub(crate) fn view(&self, terminal: &str) -> View {
        self.view_sized(terminal, 80, 24)
    }

    #[track_caller]
    pub(crate) fn view_sized(&self, terminal: &str, cols: u16, rows: u16) -> View {
        let socket = self.socket(&format!("/ws/terminal/{terminal}"));
        let mut view = View {
            socket,
            screen: empty(cols, rows),
            exits: Vec::new(),
            acks: true,
            received: 0,
            snapshots: 0,
        };
        view.resize(cols, rows);
        view
    }
}

impl Socket {
    /// The next message, if one comes soon.
    pub(crate) fn look(&mut self) -> Option<Message> {
        if self.closed.is_some() {
            return None;
        }
        match self.socket.read() {
            Ok(Message::Close(frame)) => {
                self.closed = Some(frame);
                None
            }
            Ok(message) => Some(message),
            Err(Error::Io(cause)) if matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                None
            }
            Err(_) => {
                self.closed.get_or_insert(None);
                None
            }
        }
    }

    pub(crate) fn say(&mut self, message: Message) {
        // Whether it is closed is seen by looking.
        let _ = self.socket.send(message);
    }

    /// Waits until the lab has closed it.
    #[track_caller]
    pub(crate) fn until_closed(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.closed.is_none() {
            self.look();
            assert!(Instant::now() < end, "the socket is still open after {} s", PATIENCE.as_secs());
        }
    }
}

/// A page that listens to what happens.
pub(crate) struct Page {
    pub(crate) socket: Socket,
    /// All messages, in order.
    pub(crate) heard: Vec<Value>,
    looked_at: usize,
}

impl Page {
    /// What it was told first.
    pub(crate) fn hello(&self) -> &Value {
        &self.heard[0]
    }

    /// The next message of a type of which something holds; those before it are passed over.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, kind: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            while self.looked_at < self.heard.len() {
                let message = &self.heard[self.looked_at];
                self.looked_at += 1;
                if message["type"] == kind && holds(message) {
                    return message.clone();
                }
            }
            self.listen();
            assert!(
                Instant::now() < end && self.socket.closed.is_none(),
                "no such `{kind}`, but: {:#?}",
                self.heard.iter().filter(|message| message["type"] == kind).collect::<Vec<_>>()
            );
        }
    }

    /// Waits until a block is in a state.
    #[track_caller]
    pub(crate) fn wait_for_block(&mut self, id: &str, now: &str) -> String {
        let message = self.wait_for("block", |message| {
            message["block"]["id"] == id && message["block"]["state"]["now"] == now
        });
        text(&message["block"]["state"]["text"])
    }

    /// Waits until the job has ended; what it was then.
    #[track_caller]
    pub(crate) fn wait_for_job(&mut self) -> Value {
        self.wait_for("job", |message| message["job"]["state"] != "running")["job"].clone()
    }

    /// Takes in what has come.
    pub(crate) fn listen(&mut self) {
        if let Some(Message::Text(text)) = self.socket.look() {
            self.heard.push(serde_json::from_str(&text).expect("JSON"));
        }
    }
}

/// A page that shows a terminal.
pub(crate) struct View {
    pub(crate) socket: Socket,
    screen: vt100::Parser,
    /// The statuses of shells that have ended.
    pub(crate) exits: Vec<i64>,
    /// Whether it says how much it has shown.
    pub(crate) acks: bool,
    /// How many bytes have come.
    pub(crate) received: usize,
    pub(crate) snapshots: usize,
}

impl View {
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        self.screen.screen_mut().set_size(size(rows), size(cols));
        let said = json!({"type": "size", "cols": cols, "rows": rows});
        self.socket.say(Message::Text(said.to_string().into()));
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.socket.say(Message::Binary(keys.as_bytes().to_vec().into()));
    }

    /// Takes in what has come; false if nothing has.
    pub(crate) fn look(&mut self) -> bool {
        match self.socket.look() {
            Some(Message::Binary(bytes)) => {
                self.screen.process(&bytes);
                self.received += bytes.len();
                if self.acks {
                    let ack = json!({"type": "ack", "bytes": bytes.len()});
                    self.socket.say(Message::Text(ack.to_string().into()));
                }
            }
            Some(Message::Text(said)) => {
                let said: Value = serde_json::from_str(&said).expect("JSON");
                if said["type"] == "exit" {
                    self.exits.push(said["status"].as_i64().expect("a status"));
                } else {
                    assert_eq!(said["type"], "snapshot");
                    self.snapshots += 1;
                    let (rows, cols) = self.screen.screen().size();
                    self.screen = empty(cols.get(), rows.get());
                }
            }
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// The text on the screen.
    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen, or what lies above it, with all that it looks like.
    pub(crate) fn looks(&self) -> String {
        self.screen.screen().state_formatted()
    }

    /// Whether a program has the whole screen.
    pub(crate) fn is_full_screen(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// Says that it has shown so much.
    pub(crate) fn ack(&mut self, bytes: usize) {
        let said = json!({"type": "ack", "bytes": bytes});
        self.socket.say(Message::Text(said.to_string().into()));
    }

    /// Scrolls back by so many lines.
    pub(crate) fn scroll(&mut self, lines: usize) {
        self.screen.screen_mut().set_scrollback(lines);
    }

    /// Waits until something holds of the text on the screen.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(&self.text()) {
            self.look();
            assert!(
                Instant::now() < end && self.socket.closed.is_none(),
                "{what} is not on the screen ({:?}):\n{}",
                self.socket.closed,
                self.text()
            );
        }
    }

    /// Waits until a line is on the screen.
    #[track_caller]
    pub(crate) fn until_line(&mut self, line: &str) {
        self.until(&format!("the line `{line}`"), |text| text.lines().any(|shown| shown.trim_end() == line));
    }

    /// Waits until the shell asks for the next command, and nothing stands there yet.
    #[track_caller]
    pub(crate) fn until_prompt(&mut self) {
        self.until("a prompt", |text| {
            text.lines().rfind(|line| !line.is_empty()).is_some_and(|line| line.trim_end() == "$")
        });
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        self.type_in(&format!("{line}\r"));
    }

    /// Takes in what comes until nothing comes for a while; for what must *not* come.
    pub(crate) fn drain(&mut self) {
        while self.look() {}
    }
}

/// A JSON string as it is.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn empty(cols: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(size(rows), size(cols), 1000)
}

fn size(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a size")
}
