//! A web server within the test, to be asked by the checks of a page.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// What is answered: a status line's rest such as `200 OK`, header lines, and a body.
pub(crate) struct Answer(pub(crate) &'static str, pub(crate) Vec<String>, pub(crate) String);

/// Answers `text` with status 200.
pub(crate) fn ok(text: impl Into<String>) -> Answer {
    Answer("200 OK", vec![], text.into())
}

/// A stand-in for Prometheus without targets. What a query finds, by its path, is the type of its result and the result.
pub(crate) fn prometheus(found: impl Fn(&str) -> (&'static str, String) + Send + Sync + 'static) -> u16 {
    serve(move |path| {
        if path.starts_with("/api/v1/targets") {
            return ok(r#"{"status": "success", "data": {"activeTargets": []}}"#);
        }
        let (kind, result) = found(path);
        ok(format!(r#"{{"status": "success", "data": {{"resultType": "{kind}", "result": {result}}}}}"#))
    })
}

/// Serves until the test program ends; returns the port.
pub(crate) fn serve(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    serve_on(listener, answer);
    port
}

/// Serves on a listener until the test program ends.
pub(crate) fn serve_on(listener: TcpListener, answer: impl Fn(&str) -> Answer + Send + Sync + 'static) {
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || reply(stream, &*answer));
        }
    });
}

fn reply(stream: TcpStream, answer: &(impl Fn(&str) -> Answer + ?Sized)) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    lines.map_while(Result::ok).find(String::is_empty)?;
    let Answer(status, headers, body) = answer(request.split(' ').nth(1)?);
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    let mut stream = stream;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()
}
