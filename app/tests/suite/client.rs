//! A service on a free port, and just enough HTTP to ask it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use app::dice::Dice;
use app::metrics::Metrics;
use axum::Router;

/// How long a test waits for an answer before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of the header `name`, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The value of one time series on a `/metrics` page, `series` being its name and labels.
    pub fn sample(&self, series: &str) -> Option<f64> {
        self.body.lines().find_map(|line| {
            let value = line.strip_prefix(series)?.strip_prefix(' ')?;
            value.parse().ok()
        })
    }
}

/// Starts a service that never fails, and gives its address. It runs until the test ends.
pub fn serve() -> SocketAddr {
    serve_with(0.0)
}

/// Starts a service that fails with the given probability.
pub fn serve_with(fail_rate: f64) -> SocketAddr {
    serve_dice(Dice::new(45, fail_rate, 0.0).expect("the rate is a probability"))
}

/// Starts a service with these dice. Both its ports are one here.
pub fn serve_dice(dice: Dice) -> SocketAddr {
    serve_slots(dice, u16::MAX)
}

/// Starts a service with these dice, which works on `slots` requests at the same time.
pub fn serve_slots(dice: Dice, slots: u16) -> SocketAddr {
    let metrics = Metrics::new("1.2.3", "test").expect("the metrics are well formed");
    let public = app::router(dice, slots, metrics.clone());
    serve_router(app::private_router(metrics).merge(public))
}

/// Starts a server with these routes.
pub fn serve_router(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    listener.set_nonblocking(true).expect("a socket can be");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be built");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("not blocking");
            axum::serve(listener, router).await
        })
    });
    address
}

/// `GET path`.
pub fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path)
}

/// Any method, known or made up.
pub fn request(address: SocketAddr, method: &str, path: &str) -> Answer {
    finish(send(address, method, path))
}

/// Sends a request and does not wait for the answer.
pub fn send(address: SocketAddr, method: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("the timeout is not zero");
    let text = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).expect("the service reads");
    stream
}

/// Waits until a condition holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        thread::yield_now();
    }
}

/// Waits for the answer to what was sent.
pub fn finish(mut stream: TcpStream) -> Answer {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the service answers in time");
    let (head, body) = text.split_once("\r\n\r\n").expect("headers end somewhere");
    let status = head.split(' ').nth(1).expect("a status line");
    Answer { status: status.parse().expect("a status code"), head: head.to_owned(), body: body.to_owned() }
}
