//! Questions to the book's Prometheus through the lab. A listener of the test stands in for it: what it is asked and what
//! comes back is compared. A real one is asked in the browser's tests.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use tokio_tungstenite::tungstenite::Message;

use crate::free_port::free_port;
use crate::lab_test::{LabTest, PATIENCE, until};

/// A server that answers as Prometheus would, and remembers what it was asked.
pub(crate) struct Mock {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mock {
    /// Answers each request with what `answer` makes of its path: a status and a body, or nothing at all.
    pub(crate) fn start(answer: impl Fn(&str) -> Option<(u16, String)> + Send + 'static) -> Mock {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                // The lab looks whether something listens, and says nothing then.
                let Some(Ok(request)) = lines.next() else { continue };
                lines.map_while(Result::ok).find(String::is_empty);
                let words: Vec<&str> = request.split(' ').collect();
                log.lock().expect("the requests").push(format!("{} {}", words[0], words[1]));
                let Some((status, body)) = answer(words[1]) else {
                    silent.push(stream);
                    continue;
                };
                let head = format!(
                    "HTTP/1.1 {status} It\r\ncontent-type: text/html\r\ncontent-length: {}\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes());
            }
        });
        Mock { port, asked }
    }

    /// What it was asked for below `/prom/api/`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("the requests").clone();
        asked.into_iter().filter(|request| request.contains("/prom/api/")).collect()
    }

    /// A book that starts a Prometheus at this port, below a path, and asks it.
    pub(crate) fn book(&self) -> LabTest {
        let port = self.port;
        LabTest::book(&[&format!(
            "```console background=prometheus ready=http://localhost:{port}/prom/-/ready within=1s\n\
             $ prometheus\n```\n\n```promql\nup\n# => up{{job=\"app\"}} 1\n```\n\n\
             ```promql expect=\"value > 2\"\nup + 1\n```\n"
        )])
    }
}

const EMPTY: &str = r#"{"status":"success","data":{}}"#;

fn vector(value: &str) -> String {
    format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[
            {{"metric":{{"__name__":"up","job":"app"}},"value":[1,"{value}"]}}]}}}}"#
    )
}

#[test]
fn a_question_goes_to_the_books_prometheus_and_its_answer_comes_back() {
    let mock = Mock::start(|_| Some((200, vector("1"))));
    let test = mock.book();
    let lab = test.start();
    let base = format!("/api/prometheus/{}", mock.port);
    let answer = lab.get(&format!("{base}/query?query=up%7Bjob%3D%22app%22%7D&time=12.5")).is(200);
    assert_eq!(answer.header("content-type"), Some("application/json"), "whatever the other side says");
    assert_eq!(answer.text(), vector("1"));
    for question in ["targets?state=active", "label/__name__/values", "series?match[]=up", "rules?type=alert"]
    {
        lab.get(&format!("{base}/{question}")).is(200);
    }
    assert_eq!(
        mock.asked(),
        [
            "GET /prom/api/v1/query?query=up%7Bjob%3D%22app%22%7D&time=12.5&timeout=4s",
            "GET /prom/api/v1/targets?state=active",
            "GET /prom/api/v1/label/__name__/values",
            "GET /prom/api/v1/series?match%5B%5D=up",
            "GET /prom/api/v1/rules?type=alert",
        ]
    );
}

#[test]
fn a_page_that_is_told_all_late_is_told_nothing_older_afterwards() {
    // While the lab waits for the answer of Prometheus, which the page is told, two terminals are opened.
    let (has_asked, asked) = channel();
    let (answers, has_answered) = channel::<()>();
    let mock = Mock::start(move |_| {
        let _ = has_asked.send(());
        let _ = has_answered.recv();
        Some((200, EMPTY.to_owned()))
    });
    let test = mock.book();
    let lab = test.start();
    let mut page = lab.page_without_hello();
    asked.recv_timeout(PATIENCE).expect("a question");
    lab.post("/api/terminals", "{}").is(201);
    lab.post("/api/terminals", "{}").is(201);
    drop(answers);
    let count = |message: &serde_json::Value| message["terminals"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&page.wait_for("hello", |_| true)), 3);
    lab.post("/api/terminals", "{}").is(201);
    page.wait_for("terminals", |message| count(message) == 4);
    // The same list may come again, when a shell shows its prompt.
    let mut lists = page.heard.iter().filter(|message| message["type"] == "terminals");
    assert!(lists.all(|message| count(message) >= 3), "{:#?}", page.heard);
}

#[test]
fn what_prometheus_refuses_is_told_in_its_words() {
    let error = r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected end"}"#;
    let mock = Mock::start(move |_| Some((422, error.to_owned())));
    let test = mock.book();
    let lab = test.start();
    let answer = lab.get(&format!("/api/prometheus/{}/query?query=u(", mock.port)).is(400);
    assert_eq!(answer.json()["error"], "1:3: parse error: unexpected end");
}

#[test]
fn an_answer_is_bounded_in_time_and_size_and_is_json() {
    let mock = Mock::start(|path| match path.rsplit('/').next() {
        Some("metadata") => Some((200, format!("\"{}\"", "x".repeat(4 << 20)))),
        Some("targets") => Some((200, "<!doctype html><script>alert(1)</script>".to_owned())),
        Some("labels") => None,
        _ => Some((200, EMPTY.to_owned())),
    });
    let test = mock.book();
    let lab = test.start();
    let ask = |question: &str| {
        let answer = lab.get(&format!("/api/prometheus/{}/{question}", mock.port)).is(502);
        answer.json()["error"].as_str().expect("an error").to_owned()
    };
    let no_answer = format!("no answer from Prometheus at `http://127.0.0.1:{}/prom`: ", mock.port);
    let large = ask("metadata");
    assert!(
        large.starts_with(&no_answer) && large.ends_with("(bodies are read up to 4194304 bytes)"),
        "{large}"
    );
    let other = ask("targets");
    assert!(other.contains("does not answer as Prometheus does") && !other.contains("script"), "{other}");
    assert_eq!(ask("labels"), format!("{no_answer}no answer within 5 s"));
}

#[test]
fn seventeen_questions_at_once_are_one_too_many() {
    let mock = Mock::start(|_| None);
    let test = mock.book();
    let lab = test.start();
    let path = format!("/api/prometheus/{}/labels", mock.port);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..17).map(|_| scope.spawn(|| lab.get(&path).status)).collect();
        asking.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((refused, statuses.iter().filter(|status| **status == 502).count()), (1, 16), "{statuses:?}");
}

#[test]
fn what_a_query_finds_is_compared_with_the_page() {
    let value = Arc::new(Mutex::new("1"));
    let found = Arc::clone(&value);
    let mock = Mock::start(move |_| Some((200, vector(*found.lock().expect("a value")))));
    let test = mock.book();
    let lab = test.start();
    let blocks = lab.page().hello()["steps"][0]["blocks"].clone();
    assert_eq!(blocks[1]["shown"], serde_json::json!([r#"up{job="app"} 1"#]));
    assert_eq!(blocks[2]["shown"], serde_json::json!(["value > 2"]));
    let compare =
        |index: usize| lab.get(&format!("/api/blocks/{}/compare", lab.block(1, index))).is(200).json();
    assert_eq!(compare(1)["same"], true);
    *value.lock().expect("a value") = "3";
    let differs = compare(1);
    assert_eq!(differs["same"], false);
    let detail = differs["detail"].as_str().expect("a difference");
    assert!(detail.contains(r#"- up{job="app"} 1"#) && detail.contains(r#"+ up{job="app"} 3"#), "{detail}");
    assert_eq!(compare(2)["same"], true);
    lab.get(&format!("/api/blocks/{}/compare", lab.block(1, 0))).is(404);
}

/// Not recorded, since no such version can be had here: its API documents these answers, and its source (3.14) builds them so.
#[test]
fn answers_in_the_form_of_prometheus_3_are_read() {
    let mock = Mock::start(|path| {
        let data = match path.split('?').next().and_then(|path| path.rsplit('/').next()) {
            Some("query") => {
                r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"app"},"value":[1.5,"1"]}]}"#
            }
            Some("values") => r#"["tea","coffee"]"#,
            _ => "{}",
        };
        let infos = r#"["PromQL info: metric might not be a counter (1:6)"]"#;
        Some((200, format!(r#"{{"status":"success","data":{data},"infos":{infos}}}"#)))
    });
    let test = mock.book();
    let lab = test.start();
    // A name that is not plain ASCII is escaped in a path.
    let base = format!("/api/prometheus/{}", mock.port);
    let values = lab.get(&format!("{base}/label/U__service_2e_name/values")).is(200).json();
    assert_eq!(values["data"], serde_json::json!(["tea", "coffee"]));
    assert_eq!(lab.get(&format!("/api/blocks/{}/compare", lab.block(1, 1))).is(200).json()["same"], true);
}

#[test]
fn the_services_of_a_book_that_has_changed_stay_when_a_look_at_those_of_before_ends_late() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (has_asked, asked) = channel();
    let (answer, answered) = channel::<()>();
    // The first question waits for its answer, and no other does.
    let held = Arc::new(Mutex::new(Some(answered)));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (held, has_asked) = (Arc::clone(&held), has_asked.clone());
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let Some(Ok(_)) = lines.next() else { return };
                lines.map_while(Result::ok).find(String::is_empty);
                let first = held.lock().expect("the first").take();
                if let Some(answered) = first {
                    has_asked.send(()).expect("the test");
                    let _ = answered.recv();
                }
                let _ =
                    stream.write_all(b"HTTP/1.1 404 It\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            });
        }
    });
    let test = Mock { port, asked: Arc::default() }.book();
    let lab = test.start();
    // A page that opens has the services looked at.
    let mut late = lab.socket("/ws/events");
    asked.recv_timeout(PATIENCE).expect("a question");
    let mut page = lab.page();
    let other = free_port();
    test.change_page("src/step-1.md", &port.to_string(), &other.to_string());
    page.wait_for("book", |message| message["error"].is_null());
    answer.send(()).expect("the question");
    until("the hello of the first page", || matches!(late.look(), Some(Message::Text(_))));
    assert_eq!(lab.page().hello()["services"][0]["port"], other);
}
