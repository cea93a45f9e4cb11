//! Requests byte by byte: a client that may say what no browser would, such as two `Host` headers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::lab_test::{Lab, PATIENCE};

/// A request that is being put together.
pub(crate) struct Ask {
    port: u16,
    cookie: String,
    secret: String,
    method: String,
    path: String,
    hosts: Vec<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Lab {
    /// A request with a `Host` and nothing else: neither a cookie nor a secret nor an origin.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        let hosts = vec![format!("127.0.0.1:{}", self.port)];
        let (method, path) = (method.to_owned(), path.to_owned());
        let (port, cookie, secret) = (self.port, self.cookie.clone(), self.secret.clone());
        Ask { port, cookie, secret, method, path, hosts, headers: Vec::new(), body: Vec::new() }
    }

    /// What the page asks.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).cookie().send()
    }

    /// What a button of the page does.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path).cookie().origin().json(body).send()
    }

    /// What the editor does; the condition is `If-None-Match: *` if no etag is given.
    #[track_caller]
    pub(crate) fn put(&self, path: &str, etag: Option<&str>, text: &str) -> Answer {
        let ask = self.ask("PUT", &format!("/api/file?path={path}")).cookie().origin();
        let ask = match etag {
            Some(etag) => ask.with("If-Match", etag),
            None => ask.with("If-None-Match", "*"),
        };
        ask.with("Content-Type", "text/plain").body(text).send()
    }

    /// The id of a block: the n-th of a step, counted from 0.
    #[track_caller]
    pub(crate) fn block(&self, step: usize, index: usize) -> String {
        let page = self.page();
        let id = &page.hello()["steps"][step - 1]["blocks"][index]["id"];
        id.as_str().unwrap_or_else(|| panic!("no block {index} in step {step}")).to_owned()
    }

    /// Text and etag of a file.
    #[track_caller]
    pub(crate) fn file(&self, path: &str) -> (String, String) {
        let answer = self.get(&format!("/api/file?path={path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        (answer.text(), answer.header("etag").expect("an etag").to_owned())
    }
}

impl Ask {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Names these hosts, each with a header of its own, instead of the right one.
    pub(crate) fn hosts(mut self, hosts: &[&str]) -> Self {
        self.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        self
    }

    /// What a browser sends by itself, to every port of this computer.
    pub(crate) fn cookie_alone(self) -> Self {
        let cookie = self.cookie.clone();
        self.with("Cookie", &cookie)
    }

    /// What our page sends: the cookie and its own secret.
    pub(crate) fn cookie(self) -> Self {
        let secret = self.secret.clone();
        self.cookie_alone().with("X-Lab-Key", &secret)
    }

    pub(crate) fn origin(self) -> Self {
        let origin = format!("http://127.0.0.1:{}", self.port);
        self.with("Origin", &origin)
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.with("Content-Type", "application/json").body(body)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_owned();
        self
    }

    /// Asks to go on as a WebSocket, with the secret of our page.
    pub(crate) fn upgrade(self) -> Self {
        let protocols = format!("lab, key.{}", self.secret);
        self.upgrade_alone().with("Sec-WebSocket-Protocol", &protocols)
    }

    /// The same without it.
    pub(crate) fn upgrade_alone(self) -> Self {
        self.with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Version", "13")
            .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// The request as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for host in &self.hosts {
            text.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let is_chunked = self.headers.iter().any(|(name, _)| name == "Transfer-Encoding");
        if !is_chunked && (!self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT")) {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    #[track_caller]
    pub(crate) fn send(self) -> Answer {
        let mut stream = connect(self.port);
        // A server that refuses early need not read all of it.
        let _ = stream.write_all(&self.bytes());
        let mut bytes = Vec::new();
        let answer = Answer::read_one(&mut stream, &mut bytes, self.method != "HEAD");
        answer.unwrap_or_else(|| panic!("no answer to {} {}: {bytes:?}", self.method, self.path))
    }
}

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the lab listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// What the lab has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads one answer; `rest` is what was read beyond the last one.
    pub(crate) fn read(stream: &mut impl Read, rest: &mut Vec<u8>) -> Option<Answer> {
        Answer::read_one(stream, rest, true)
    }

    fn read_one(stream: &mut impl Read, rest: &mut Vec<u8>, has_body: bool) -> Option<Answer> {
        let end = loop {
            if let Some(at) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            more(stream, rest)?;
        };
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let length = if has_body { length } else { 0 };
        rest.drain(..end + 4);
        while rest.len() < length {
            more(stream, rest)?;
        }
        answer.body = rest.drain(..length).collect();
        Some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether any header's name begins so.
    pub(crate) fn has_header_like(&self, start: &str) -> bool {
        self.headers.iter().any(|(name, _)| name.starts_with(start))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|cause| panic!("{cause}: {self:?}"))
    }

    /// Compares the status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

fn more(stream: &mut impl Read, rest: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 16 << 10];
    let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
    rest.extend_from_slice(&buffer[..count]);
    Some(())
}
