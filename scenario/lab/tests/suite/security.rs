//! Who may ask what: requests and the status that each gets. The numbers are the rows of the lab's security table, of
//! which none may deviate.

use std::io::Write;
use std::time::Instant;

use nix::sys::signal::Signal;
use scenario_core::process::Tree;
use tokio_tungstenite::tungstenite::Message;

use crate::http::{Answer, Ask, connect};
use crate::lab_test::{Lab, LabTest, members, secret_in, until};
use crate::prometheus::Mock;

/// Rows of the table: its number and what is asked, the request, and the status.
type Rows = Vec<(&'static str, Ask, u16)>;

/// Sends all, and names each row that deviates. Every answer has our headers, whatever it says.
#[track_caller]
fn all_hold(rows: Rows) {
    let mut deviations = Vec::new();
    for (row, ask, status) in rows {
        let answer = ask.send();
        if answer.status != status {
            deviations.push(format!("row {row}: {} instead of {status}: {}", answer.status, answer.text()));
        }
        deviations.extend(headers_missing(&answer).map(|header| format!("row {row}: row 29: {header}")));
        if answer.has_header_like("access-control-") {
            deviations.push(format!("row {row}: row 16: another origin is allowed something"));
        }
    }
    assert!(deviations.is_empty(), "\n{}", deviations.join("\n"));
}

/// Row 29: the headers that no answer may lack.
fn headers_missing(answer: &Answer) -> impl Iterator<Item = &'static str> {
    let wanted = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; "),
    ];
    wanted
        .into_iter()
        .filter(|(name, value)| !answer.header(name).is_some_and(|found| found.starts_with(value)))
        .map(|(name, _)| name)
}

/// A site that has nothing to do with the lab.
const STRANGER: &str = "evil.example";

fn origin_of(host: &str) -> String {
    format!("http://{host}")
}

const FILE: &str = "/api/file?path=notes/new.txt";

/// A write of a new file, complete but for who asks.
fn put(lab: &Lab) -> Ask {
    lab.ask("PUT", FILE).with("If-None-Match", "*").with("Content-Type", "text/plain").body("x")
}

#[test]
fn it_listens_on_127_0_0_1_and_nowhere_else() {
    let test = LabTest::second_book();
    let lab = test.start();
    let inodes: Vec<u64> = procfs::process::Process::new(lab.pid())
        .and_then(|process| process.fd())
        .expect("the server's files")
        .flatten()
        .filter_map(|file| match file.target {
            procfs::process::FDTarget::Socket(inode) => Some(inode),
            _ => None,
        })
        .collect();
    let (tcp, tcp6) = (procfs::net::tcp().expect("/proc"), procfs::net::tcp6().unwrap_or_default());
    let listens = |entry: &&procfs::net::TcpNetEntry| {
        entry.state == procfs::net::TcpState::Listen && inodes.contains(&entry.inode)
    };
    let addresses: Vec<String> =
        tcp.iter().chain(&tcp6).filter(listens).map(|entry| entry.local_address.to_string()).collect();
    assert_eq!(addresses, [format!("127.0.0.1:{}", lab.port)]);
    let output = test.run(test.command(&["--host", "0.0.0.0"]));
    assert_eq!(output.status.code(), Some(2), "there is no flag for another address");
}

#[test]
fn without_a_cookie_only_the_lock_is_seen() {
    let test = LabTest::second_book();
    let lab = test.start();
    all_hold(vec![
        ("2: GET / without cookie", lab.ask("GET", "/"), 401),
        ("2: an asset without cookie", lab.ask("GET", "/assets/page.js"), 401),
        ("2: the book without cookie", lab.ask("GET", "/book/"), 401),
        ("2: a file without cookie", lab.ask("GET", "/api/file?path=clock.sh"), 401),
        ("2: what is not there without cookie", lab.ask("GET", "/nothing"), 401),
        ("2: a write without cookie", put(&lab).origin(), 401),
        ("2: a wrong cookie", lab.ask("GET", "/").with("Cookie", &format!("lab_{}=0", lab.port)), 401),
        ("2: an empty cookie", lab.ask("GET", "/").with("Cookie", &format!("lab_{}=", lab.port)), 401),
        (
            "2: the cookie of another port",
            lab.ask("GET", "/").with("Cookie", &lab.cookie.replace("lab_", "lab_1")),
            401,
        ),
        ("3: a wrong token", lab.ask("GET", "/?token=wrong"), 401),
        ("3: an empty token", lab.ask("GET", "/?token="), 401),
        ("6: GET / with cookie", lab.ask("GET", "/").cookie(), 200),
        (
            "6: the cookie among others",
            lab.ask("GET", "/").with("Cookie", &format!("a=b; {}; c=d", lab.cookie)),
            200,
        ),
        ("6: what is not there with cookie", lab.ask("GET", "/nothing").cookie(), 404),
    ]);
    let page = lab.ask("GET", "/").send().text();
    assert!(page.contains("Open the link that is printed in your terminal"), "{page}");
}

#[test]
fn a_link_is_good_once() {
    let test = LabTest::second_book();
    let mut lab = test.start_locked(&[]);
    let link = lab.next_link();
    let path = link.strip_prefix(&lab.origin()).expect("a link").to_owned();
    // Who looks at links before they are opened must not use them up.
    assert_eq!(lab.ask("HEAD", &path).send().status, 401);
    let answer = lab.ask("GET", &path).send().is(200);
    lab.secret = secret_in(&answer.text()).expect("the secret of the page");
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    let (pair, rest) = cookie.split_once("; ").expect("attributes");
    assert!(pair.starts_with(&format!("lab_{}=", lab.port)) && pair.len() > 64, "{pair}");
    assert_eq!(rest, "HttpOnly; SameSite=Strict; Path=/");
    lab.cookie = pair.to_owned();
    let again = lab.ask("GET", &path).send().is(401);
    assert!(again.text().contains("each is good once"), "{}", again.text());
    // In a browser that is in already, the used link leads to the page, without the token in its address.
    let used = lab.ask("GET", &path).cookie().send().is(303);
    assert_eq!((used.header("location"), used.header("set-cookie")), (Some("/"), None));
    assert!(!lab.get("/").is(200).text().contains("lab-key"), "only a link opens a page with the secret");
    lab.get("/api/files").is(200);
}

#[test]
fn enter_prints_a_new_link_that_works() {
    let test = LabTest::second_book();
    let mut lab = test.start_locked(&[]);
    let first = lab.next_link();
    lab.press_enter();
    let second = lab.next_link();
    assert_ne!(first, second);
    for link in [first, second] {
        let path = link.strip_prefix(&lab.origin()).expect("a link");
        assert_eq!(lab.ask("GET", path).send().status, 200, "each of them works once");
    }
}

#[test]
fn the_server_answers_for_its_own_name_only() {
    let test = LabTest::second_book();
    let lab = test.start();
    let port = lab.port;
    let here = format!("127.0.0.1:{port}");
    let get = |host: &str| lab.ask("GET", "/").cookie().hosts(&[host]);
    let mut rows: Rows = vec![
        ("7: a foreign host", get(STRANGER), 421),
        ("7: a foreign host with our port", get(&format!("{STRANGER}:{port}")), 421),
        ("8: a name that begins like ours", get(&format!("localhost.{STRANGER}:{port}")), 421),
        ("8: no port", get("127.0.0.1"), 421),
        ("8: another port", get("127.0.0.1:1"), 421),
        ("8: two hosts, ours first", lab.ask("GET", "/").cookie().hosts(&[&here, STRANGER]), 421),
        ("8: two hosts, ours last", lab.ask("GET", "/").cookie().hosts(&[STRANGER, &here]), 421),
        ("8: ours twice", lab.ask("GET", "/").cookie().hosts(&[&here, &here]), 421),
        ("8: no host", lab.ask("GET", "/").cookie().hosts(&[]), 421),
        ("8: localhost6", get(&format!("localhost6:{port}")), 421),
        ("8: a dot at the end", get(&format!("127.0.0.1.:{port}")), 421),
        ("8: the same number otherwise", get(&format!("2130706433:{port}")), 421),
        ("8: IPv6", get(&format!("[::1]:{port}")), 421),
        ("9: PUT to localhost", put(&lab).cookie().origin().hosts(&[&format!("localhost:{port}")]), 421),
        (
            "9: POST to localhost",
            lab.ask("POST", "/api/steps/1/check")
                .cookie()
                .origin()
                .json("{}")
                .hosts(&[&format!("localhost:{port}")]),
            421,
        ),
        (
            "9: a WebSocket to localhost",
            lab.ask("GET", "/ws/events").cookie().origin().upgrade().hosts(&[&format!("localhost:{port}")]),
            421,
        ),
    ];
    let address = format!("http://{STRANGER}:{port}/");
    rows.push(("8: a whole address of a foreign host", lab.ask("GET", &address).cookie(), 421));
    all_hold(rows);
    let link = lab.ask("GET", "/?token=abc").hosts(&[&format!("localhost:{port}")]).send().is(307);
    assert_eq!(link.header("location"), Some(format!("http://{here}/?token=abc").as_str()), "row 9");
    assert_eq!(
        link.header("set-cookie"),
        None,
        "row 9: a cookie for `localhost` would reach the learner's service"
    );
}

#[test]
fn another_origin_may_ask_nothing() {
    let test = LabTest::second_book();
    let lab = test.start();
    let own = lab.origin();
    let other = format!("http://127.0.0.1:{}", lab.port - 1);
    let get = |path: &str| lab.ask("GET", path).cookie();
    let from = |ask: Ask, site: &str| ask.with("Sec-Fetch-Site", site);
    all_hold(vec![
        ("10: GET from a foreign origin", get("/").with("Origin", &origin_of(STRANGER)), 403),
        ("10: GET from no origin", get("/").with("Origin", "null"), 403),
        ("10: GET from https", get("/").with("Origin", &own.replace("http:", "https:")), 403),
        ("10: GET from localhost", get("/").with("Origin", &own.replace("127.0.0.1", "localhost")), 403),
        ("10: two origins", get("/").origin().with("Origin", &origin_of(STRANGER)), 403),
        ("10: PUT from a foreign origin", put(&lab).cookie().with("Origin", &origin_of(STRANGER)), 403),
        ("11: PUT from another port", put(&lab).cookie().with("Origin", &other), 403),
        ("12: a file for another site", from(get("/api/files"), "cross-site"), 403),
        ("12: a file for the same site", from(get("/api/files"), "same-site"), 403),
        ("12: an asset for another site", from(get("/assets/page.js"), "cross-site"), 403),
        ("12: an asset for the same site", from(get("/assets/page.js"), "same-site"), 403),
        (
            "12: the book for another site",
            from(get("/book/"), "cross-site").with("Sec-Fetch-Mode", "navigate"),
            403,
        ),
        ("12: a WebSocket for another site", from(get("/ws/events").origin().upgrade(), "cross-site"), 403),
        ("12: a WebSocket for the same site", from(get("/ws/events").origin().upgrade(), "same-site"), 403),
        ("12: for ourselves", from(get("/api/files"), "same-origin"), 200),
        ("12: for the user", from(get("/"), "none"), 200),
        (
            "13: a link from elsewhere, with cookie",
            from(get("/"), "cross-site")
                .with("Sec-Fetch-Mode", "navigate")
                .with("Sec-Fetch-Dest", "document"),
            200,
        ),
        (
            "13: a link from elsewhere, without",
            from(lab.ask("GET", "/"), "cross-site").with("Sec-Fetch-Mode", "navigate"),
            401,
        ),
        (
            "13: a frame elsewhere",
            from(get("/"), "cross-site").with("Sec-Fetch-Mode", "navigate").with("Sec-Fetch-Dest", "iframe"),
            403,
        ),
        ("13: a script elsewhere", from(get("/"), "cross-site").with("Sec-Fetch-Mode", "no-cors"), 403),
        ("14: PUT without an origin", put(&lab).cookie(), 403),
        ("14: POST without an origin", lab.ask("POST", "/api/steps/1/check").cookie().json("{}"), 403),
        ("14: DELETE without an origin", lab.ask("DELETE", "/api/terminals/1").cookie(), 403),
        (
            "16: a preflight of another origin",
            lab.ask("OPTIONS", FILE)
                .cookie()
                .with("Origin", &origin_of(STRANGER))
                .with("Access-Control-Request-Method", "PUT"),
            403,
        ),
        (
            "16: a preflight of ours",
            lab.ask("OPTIONS", FILE).cookie().origin().with("Access-Control-Request-Method", "PUT"),
            403,
        ),
    ]);
}

#[test]
fn a_body_is_json_or_plain_text() {
    let test = LabTest::second_book();
    let lab = test.start();
    let with = |kind: &str| {
        lab.ask("PUT", FILE).cookie().origin().with("If-None-Match", "*").with("Content-Type", kind).body("x")
    };
    let post = |kind: &str| {
        lab.ask("POST", "/api/guide/dismiss").cookie().origin().with("Content-Type", kind).body("{}")
    };
    all_hold(vec![
        ("16: a form", with("application/x-www-form-urlencoded"), 415),
        ("16: a form with files", with("multipart/form-data; boundary=x"), 415),
        ("16: bytes", with("application/octet-stream"), 415),
        ("16: HTML", with("text/html"), 415),
        (
            "16: nothing said",
            lab.ask("PUT", FILE).cookie().origin().with("If-None-Match", "*").body("x"),
            415,
        ),
        ("16: a name that begins like ours", with("text/plainer"), 415),
        ("16: a form for a button", post("application/x-www-form-urlencoded"), 415),
        ("16: text for a button", post("text/plain"), 415),
        ("15: PUT with cookie and origin", with("text/plain; charset=utf-8"), 204),
        ("15: POST with cookie and origin", post("application/json"), 204),
    ]);
    assert_eq!(test.read("notes/new.txt"), "x");
}

#[test]
fn a_websocket_needs_cookie_origin_and_secret() {
    let test = LabTest::second_book();
    let lab = test.start();
    let ask = |path: &str| lab.ask("GET", path).upgrade();
    let mut rows: Rows = Vec::new();
    for path in ["/ws/events", "/ws/terminal/1"] {
        let ask = || ask(path);
        rows.push(("17: an origin and no cookie", ask().origin(), 401));
        rows.push(("18: a cookie and no origin", ask().cookie(), 403));
        rows.push(("18: neither", ask(), 403));
        rows.push(("19: a foreign origin", ask().cookie().with("Origin", &origin_of(STRANGER)), 403));
        rows.push(("19: no origin", ask().cookie().with("Origin", "null"), 403));
        rows.push(("11, 19: another port", ask().cookie().with("Origin", "http://127.0.0.1:1"), 403));
        rows.push(("19: a foreign host", ask().cookie().origin().hosts(&[STRANGER]), 421));
        rows.push(("20: cookie and origin", ask().cookie().origin(), 101));
        let alone = || lab.ask("GET", path).upgrade_alone().cookie_alone().origin();
        rows.push(("36: a WebSocket without the secret", alone(), 401));
        let offer = |protocols: &str| alone().with("Sec-WebSocket-Protocol", protocols);
        rows.push(("36: a wrong secret", offer("lab, key.0"), 401));
        rows.push(("36: the cookie as the secret", offer(&format!("lab, key.{}", key_of(&lab))), 401));
        rows.push(("36: the secret in a header", alone().with("X-Lab-Key", &lab.secret), 401));
    }
    rows.push(("20: an unknown terminal", ask("/ws/terminal/9").cookie().origin(), 404));
    rows.push(("20: a terminal of another name", ask("/ws/terminal/bash").cookie().origin(), 404));
    all_hold(rows);
}

/// The value of the cookie.
fn key_of(lab: &Lab) -> &str {
    lab.cookie.split_once('=').expect("a cookie").1
}

/// A browser sends the cookie to every port of this computer.
#[test]
fn with_the_cookie_alone_there_is_the_book_and_no_file_and_no_button() {
    let test = LabTest::second_book();
    let lab = test.start();
    let get = |path: &str| lab.ask("GET", path).cookie_alone();
    let post = |path: &str| lab.ask("POST", path).cookie_alone().origin().json("{}");
    let mut rows: Rows = vec![
        ("36: the page", get("/"), 200),
        ("36: its files", get("/assets/page.js"), 200),
        ("36: the book", get("/book/"), 200),
        ("36: the list of files", get("/api/files"), 401),
        ("36: a file", get("/api/file?path=a.txt"), 401),
        ("36: a search", get("/api/search?text=a"), 401),
        (
            "36: a write",
            lab.ask("PUT", FILE).cookie_alone().origin().with("Content-Type", "text/plain").body("x"),
            401,
        ),
        ("36: a terminal", post("/api/terminals"), 401),
        ("36: the end of one", lab.ask("DELETE", "/api/terminals/1").cookie_alone().origin().json(""), 401),
        ("36: a wrong secret", get("/api/files").with("X-Lab-Key", "0"), 401),
        ("36: no secret", get("/api/files").with("X-Lab-Key", ""), 401),
        ("36: the cookie as the secret", get("/api/files").with("X-Lab-Key", key_of(&lab)), 401),
        (
            "36: the secret without the cookie",
            lab.ask("GET", "/api/files").with("X-Lab-Key", &lab.secret),
            401,
        ),
        (
            "36: the secret as the cookie",
            lab.ask("GET", "/").with("Cookie", &format!("lab_{}={}", lab.port, lab.secret)),
            401,
        ),
        ("36: both", lab.ask("GET", "/api/files").cookie(), 200),
    ];
    let block = lab.block(1, 2);
    rows.push(("36: a command", post(&format!("/api/blocks/{block}/run")), 401));
    rows.push(("36: a solution", post("/api/steps/1/solve"), 401));
    all_hold(rows);
    let answer = get("/api/files").send().json();
    assert_eq!(answer["error"], "this request does not have the secret of the page");
}

#[test]
fn a_path_leads_nowhere_but_into_the_workspace() {
    let test = LabTest::second_book();
    test.write("workspace/notes/a.txt", "a");
    test.write("secret.txt", "secret");
    let root = test.root();
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, test.path(name)).expect("a link");
    link("../secret.txt", "out.txt");
    link(root.join("secret.txt").to_str().expect("a path"), "absolute.txt");
    link("..", "up");
    link("/dev/zero", "device");
    let lab = test.start();
    let get = |path: &str| lab.ask("GET", &format!("/api/file?path={path}")).cookie();
    let put = |path: &str| {
        let ask = lab.ask("PUT", &format!("/api/file?path={path}")).cookie().origin();
        ask.with("Content-Type", "text/plain").body("x")
    };
    let mut rows: Rows = Vec::new();
    for path in [
        "../../etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "notes/../../secret.txt",
        "//etc/passwd",
        "/etc/passwd",
        "a%5c..%5cx",
        "a%00b",
        "a%0ab",
        "a%ffb",
        "a%ef%bf%bdb",
        "notes/%e2%80%aegpj.exe",
        "notes/%e2%81%a6a%e2%81%a9",
        "a%e2%80%8fb",
        "a%d8%9cb",
        "",
        ".",
        "./notes/a.txt",
        "notes//a.txt",
        "notes/",
    ] {
        rows.push(("21: a path that leads elsewhere", get(path), 400));
        rows.push(("21: a write there", put(path).with("If-None-Match", "*"), 400));
        for button in ["folder", "file/mine"] {
            let address = format!("/api/{button}?path={path}");
            rows.push(("21: a button there", lab.ask("POST", &address).cookie().origin().json("{}"), 400));
        }
    }
    for path in [".git/config", "notes/.hidden", ".bashrc"] {
        rows.push(("22: a hidden file", get(path), 400));
        rows.push(("22: a write there", put(path).with("If-None-Match", "*"), 400));
    }
    for path in ["out.txt", "absolute.txt", "up/secret.txt", "device"] {
        rows.push(("23: a link out of the workspace", get(path), 403));
        rows.push(("23: a write there", put(path).with("If-None-Match", "*"), 403));
        rows.push(("23: a write there with an etag", put(path).with("If-Match", "\"0\""), 403));
    }
    rows.push(("24: a folder as a file", get("notes"), 403));
    rows.push(("24: a write to a folder", put("notes").with("If-None-Match", "*"), 403));
    rows.push(("24: a missing file", get("notes/b.txt"), 404));
    rows.push(("24: a missing folder", get("nowhere/b.txt"), 404));
    let delete = |path: &str| lab.ask("DELETE", &format!("/api/file?path={path}")).cookie().origin().json("");
    let rename = |path: &str, to: &str| {
        let address = format!("/api/file/rename?path={path}&to={to}");
        lab.ask("POST", &address).cookie().origin().with("If-Match", "\"0\"").json("{}")
    };
    for (path, status) in [
        ("../secret.txt", 400),
        ("notes/../../secret.txt", 400),
        ("out.txt", 403),
        ("up/secret.txt", 403),
        (".bashrc", 400),
        (".scenario/progress.json", 403),
        ("notes", 403),
        ("notes/b.txt", 404),
    ] {
        rows.push(("25: a file is removed", delete(path).with("If-Match", "\"0\""), status));
        rows.push(("25: a file is renamed", rename(path, "new.txt"), status));
    }
    for (to, status) in [("../x", 400), ("a%5cx", 400), (".bashrc", 400), (".scenario/x", 403)] {
        rows.push(("25: a file is renamed to elsewhere", rename("notes/a.txt", to), status));
    }
    rows.push(("25: a file is removed as it was not", delete("notes/a.txt").with("If-Match", "\"0\""), 412));
    rows.push(("25: a file is renamed as it was not", rename("notes/a.txt", "b.txt"), 412));
    rows.push(("25: a file is removed without an etag", delete("notes/a.txt"), 428));
    rows.push((
        "24: another method",
        lab.ask("POST", "/api/file?path=notes/a.txt").cookie().origin().json("{}"),
        405,
    ));
    for path in [".scenario/progress.json", ".scenario/new", ".scenario"] {
        rows.push(("25: our own folder", get(path), 403));
        rows.push(("25: a write there", put(path).with("If-None-Match", "*"), 403));
    }
    rows.push(("25: any path of the workspace", put("build.rs").with("If-None-Match", "*"), 204));
    all_hold(rows);
    assert_eq!(std::fs::read_to_string(root.join("secret.txt")).expect("the file"), "secret");
    assert!(test.path("out.txt").is_symlink() && !root.join("x").exists());
}

#[test]
fn a_hidden_file_that_the_book_writes_is_open() {
    let test = LabTest::book(&["# One\n\n```text file=.dockerignore\ntarget\n```\n"]);
    let lab = test.start();
    assert_eq!(lab.put(".dockerignore", None, "mine\n").status, 204, "row 22");
    assert_eq!(lab.file(".dockerignore").0, "mine\n");
    assert_eq!(lab.put(".dockerignore2", None, "mine\n").status, 400);
}

#[test]
fn what_is_too_large_is_refused() {
    const MAX: usize = 256 << 10;
    let test = LabTest::second_book();
    let lab = test.start();
    let ask = || {
        let ask = lab.ask("PUT", FILE).cookie().origin();
        ask.with("Content-Type", "text/plain").with("If-None-Match", "*")
    };
    let chunked = |size: usize| {
        let mut body = format!("{size:x}\r\n").into_bytes();
        body.extend(std::iter::repeat_n(b'x', size));
        body.extend_from_slice(b"\r\n0\r\n\r\n");
        ask().with("Transfer-Encoding", "chunked").body(body)
    };
    all_hold(vec![
        ("26: a body over 256 KiB", ask().body(vec![b'x'; MAX + 1]), 413),
        ("26: the same, its length not said", chunked(MAX + 1), 413),
        ("26: a body of 256 KiB", ask().body(vec![b'x'; MAX]), 204),
    ]);
    let mut view = lab.view("1");
    view.until_prompt();
    view.socket.say(Message::Binary(vec![b'x'; (64 << 10) + 1].into()));
    view.socket.until_closed();
    let mut page = lab.page();
    page.socket.say(Message::Text("x".repeat((64 << 10) + 1).into()));
    page.socket.until_closed();
    let mut other = lab.view("1");
    other.until_prompt();
    assert!(!other.text().contains("xxx"), "row 26: nothing of the message was typed");
}

#[test]
fn a_file_that_has_changed_meanwhile_is_not_overwritten() {
    let test = LabTest::second_book();
    test.write("workspace/mine.txt", "one");
    let lab = test.start();
    let (_, etag) = lab.file("mine.txt");
    test.write("workspace/mine.txt", "two");
    let answer = lab.put("mine.txt", Some(&etag), "three").is(412);
    assert!(answer.text().contains("`mine.txt` has changed on disk meanwhile"), "row 27: {}", answer.text());
    assert_eq!(test.read("mine.txt"), "two", "row 27");
}

#[test]
fn a_file_goes_out_as_plain_text_whatever_it_is() {
    let test = LabTest::second_book();
    test.write("workspace/evil.html", "<script>alert(1)</script>");
    test.write("workspace/evil.svg", "<svg onload=alert(1)>");
    let lab = test.start();
    for path in ["evil.html", "evil.svg"] {
        let answer = lab.get(&format!("/api/file?path={path}")).is(200);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "row 28: {path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "row 28: {path}");
        assert_eq!(answer.header("content-disposition"), None, "row 28: {path}");
    }
}

#[test]
fn the_policy_allows_this_server_and_the_frames_of_the_books_services() {
    let page = "# One\n\n```console background=web ready=http://127.0.0.1:17991/ within=5s\n$ python3 -m http.server 17991\n```\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' ws://127.0.0.1:{}; frame-src 'self' http://localhost:17991; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
        lab.port
    );
    assert_eq!(policy_of(&lab, "/"), policy, "row 30");
    assert_eq!(policy_of(&lab, "/assets/page.js"), policy, "row 30");
}

fn policy_of(lab: &Lab, path: &str) -> String {
    lab.get(path).is(200).header("content-security-policy").unwrap_or_default().to_owned()
}

#[test]
fn nothing_of_the_book_runs_or_sends_anything() {
    let page = "# One\n\n<script>let author = 1;</script>\n<script src=\"beside.js\"></script>\n";
    let test = LabTest::book(&[page, "# Two\n"]);
    for script in ["beside.js", "book.js", "deep/deeper/image.svg"] {
        test.write(&format!("book/src/{script}"), "let author = 2;");
    }
    let lab = test.start();
    let policy = "default-src 'none'; script-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                  media-src 'self'; font-src 'self'; connect-src 'none'; frame-src 'none'; object-src 'none'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
                  sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
    for path in
        ["step-1.html", "step-2.html", "", "toc.html", "beside.js", "book.js", "deep/deeper/image.svg"]
    {
        assert_eq!(policy_of(&lab, &format!("/book/{path}")), policy, "row 37: {path}");
    }
    let html = lab.get("/book/step-1.html").text();
    assert!(html.contains("let author = 1") && html.contains("beside.js"), "{html}");
}

#[test]
fn a_button_names_a_block_or_a_step_and_nothing_else() {
    let test = LabTest::second_book();
    let lab = test.start();
    let edit = lab.block(1, 0);
    let post = |path: &str, body: &str| lab.ask("POST", path).cookie().origin().json(body);
    let mut rows: Rows = Vec::new();
    for button in ["apply", "restore", "run", "stop", "undo", "asked"] {
        rows.push(("31: an unknown block", post(&format!("/api/blocks/step-9-1/{button}"), "{}"), 404));
        rows.push(("31: a path as a block", post(&format!("/api/blocks/..%2f..%2fetc/{button}"), "{}"), 404));
    }
    for button in ["here", "check", "begin", "solve"] {
        rows.push(("31: an unknown step", post(&format!("/api/steps/99/{button}"), "{}"), 404));
        rows.push(("31: step 0", post(&format!("/api/steps/0/{button}"), "{}"), 404));
    }
    let exercise = "/api/steps/1/exercises";
    rows.push(("31: an unknown exercise", post(&format!("{exercise}/none/check"), "{}"), 404));
    rows.push(("31: a path as an exercise", post(&format!("{exercise}/..%2fetc/check"), "{}"), 404));
    rows.push(("31: the log of an unknown block", lab.ask("GET", "/api/blocks/nothing/log").cookie(), 404));
    rows.push(("31: the difference of an unknown step", lab.ask("GET", "/api/steps/99/diff").cookie(), 404));
    for id in ["nothing", "..%2fetc", "step-1-1"] {
        rows.push(("31: an unknown part", post(&format!("/api/running/{id}/start"), "{}"), 404));
        rows.push(("31: its log", lab.ask("GET", &format!("/api/running/{id}/log")).cookie(), 404));
    }
    rows.push(("31: a question for a file block", post(&format!("/api/blocks/{edit}/asked"), "{}"), 404));
    rows.push(("31: a command for a file block", post(&format!("/api/blocks/{edit}/run"), "{}"), 404));
    rows.push((
        "31: an unknown terminal",
        post(&format!("/api/blocks/{}/run", lab.block(1, 2)), "{\"terminal\": \"9\"}"),
        404,
    ));
    for body in ["{\"command\": \"id\"}", "{\"path\": \"x\"}", "{\"text\": \"x\"}"] {
        rows.push(("31: words for an edit", post(&format!("/api/blocks/{edit}/apply"), body), 422));
        rows.push((
            "31: words for a command",
            post(&format!("/api/blocks/{}/run", lab.block(1, 2)), body),
            422,
        ));
        rows.push(("31: words for a check", post("/api/steps/1/check", body), 422));
        rows.push(("31: words for an exercise", post("/api/steps/1/exercises/none/check", body), 422));
    }
    all_hold(rows);
}

#[test]
fn the_ninth_terminal_is_refused() {
    let test = LabTest::second_book();
    let lab = test.start();
    for number in 2..=8 {
        let answer = lab.post("/api/terminals", "{}").is(201);
        assert_eq!(answer.json()["id"], number.to_string());
    }
    let answer = lab.post("/api/terminals", "{}").is(429);
    assert_eq!(answer.json()["error"], "there are 8 terminals already", "row 32");
    assert_eq!(lab.ask("DELETE", "/api/terminals/3").cookie().origin().json("").send().status, 204);
    assert_eq!(lab.post("/api/terminals", "{}").is(201).json()["id"], "3");
}

#[test]
fn only_the_books_prometheus_is_asked_and_only_to_read() {
    let mock = Mock::start(|_| Some((200, "{}".to_owned())));
    let test = mock.book();
    let lab = test.start();
    // Another server of the machine, which is none of the lab's business.
    let other = Mock::start(|_| Some((200, "{}".to_owned())));
    let base = format!("/api/prometheus/{}", mock.port);
    let get = |path: &str| lab.ask("GET", &format!("{base}/{path}")).cookie();
    let post = |path: &str| lab.ask("POST", &format!("{base}/{path}")).cookie().origin().json("{}");
    let question = format!("{base}/labels");
    let mut rows: Rows = vec![
        ("36: no cookie", lab.ask("GET", &question), 401),
        ("36: a foreign origin", get("labels").with("Origin", &origin_of(STRANGER)), 403),
        ("36: another site", get("labels").with("Sec-Fetch-Site", "cross-site"), 403),
        ("36: another port", lab.ask("GET", &format!("/api/prometheus/{}/labels", other.port)).cookie(), 404),
        (
            "36: the lab's own port",
            lab.ask("GET", &format!("/api/prometheus/{}/labels", lab.port)).cookie(),
            404,
        ),
        ("36: a host", lab.ask("GET", &format!("/api/prometheus/{STRANGER}/labels")).cookie(), 400),
        ("36: a write", post("query"), 405),
        ("36: a query of a block that is none", lab.ask("GET", "/api/blocks/nothing/compare").cookie(), 404),
        ("36: an unknown parameter", get("query?query=up&timeout=1h"), 400),
        ("36: a parameter of another question", get("targets?query=up"), 400),
    ];
    for path in [
        "admin/tsdb/delete_series?match[]=up",
        "status/config",
        "status/flags",
        "alertmanagers",
        "../../-/quit",
        "..%2f..%2f-%2fquit",
        "label/../../-/quit/values",
        "label/a%2f..%2fb/values",
        "label/a%3fb/values",
        "label//values",
        "label/a",
        "label",
        "query/",
        "query%00",
        "QUERY",
    ] {
        rows.push(("36: what is no question", get(path), 404));
    }
    all_hold(rows);
    assert_eq!((mock.asked(), other.asked()), (Vec::new(), Vec::new()), "row 36: something was asked");
    lab.get(&question).is(200);
    assert_eq!(mock.asked(), ["GET /prom/api/v1/labels"]);
}

#[test]
fn the_sixty_fifth_socket_is_told_so_and_closed() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut open: Vec<_> = (0..64)
        .map(|number| lab.socket(if number % 2 == 0 { "/ws/events" } else { "/ws/terminal/1" }))
        .collect();
    // A page cannot see the status of a WebSocket that is refused: it is accepted, told, and closed.
    for path in ["/ws/events", "/ws/terminal/1"] {
        let mut one = lab.socket(path);
        one.until_closed();
        let frame = one.closed.flatten().expect("a reason");
        let told = (u16::from(frame.code), frame.reason.as_str());
        assert_eq!(
            told,
            (4002, "there are 64 connections already; close a window of the lab"),
            "row 32: {path}"
        );
    }
    open.pop();
    until("a place for another socket", || {
        let mut one = lab.socket("/ws/events");
        one.look().is_some()
    });
}

/// Sends many requests at once on one connection; the statuses and how long it took.
fn burst(lab: &Lab, ask: &Ask, count: usize) -> (Vec<u16>, f64) {
    let mut stream = connect(lab.port);
    let mut writing = stream.try_clone().expect("the stream");
    let all = ask.bytes().repeat(count);
    let begin = Instant::now();
    let writer = std::thread::spawn(move || writing.write_all(&all));
    let mut rest = Vec::new();
    let statuses = (0..count).map_while(|_| Answer::read(&mut stream, &mut rest)).map(|answer| answer.status);
    let statuses: Vec<u16> = statuses.collect();
    writer.join().expect("the writer").expect("all is written");
    (statuses, begin.elapsed().as_secs_f64())
}

#[test]
fn the_601st_request_of_a_second_is_refused() {
    let test = LabTest::second_book();
    let lab = test.start();
    let ask = lab.ask("GET", "/assets/page.js").cookie();
    // A new second may begin between two of them, so that one could hold 600 and more of the answers.
    let (statuses, seconds) = burst(&lab, &ask, 2500);
    assert_eq!(statuses.len(), 2500);
    let granted = statuses.iter().filter(|status| **status == 200).count();
    let most = 600 * (seconds.floor() as usize + 2);
    // A few were asked before.
    assert!(
        (590..=most).contains(&granted),
        "row 32: {granted} of 2500 requests were granted in {seconds} s"
    );
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "row 32");
    let in_a_row = statuses.iter().take_while(|status| **status == 200).count();
    assert!(in_a_row >= 590, "row 32: refused after {in_a_row} requests");
    until("requests to be granted again", || lab.get("/").status == 200);
}

#[test]
fn a_stranger_cannot_use_up_the_learners_requests() {
    let test = LabTest::second_book();
    let lab = test.start();
    let stranger = lab
        .ask("GET", "/api/files")
        .with("Origin", &origin_of(STRANGER))
        .with("Sec-Fetch-Site", "cross-site");
    let (statuses, seconds) = burst(&lab, &stranger, 1500);
    assert_eq!(lab.get("/").status, 200, "{} requests in {seconds} s", statuses.len());
}

/// How many connections the server has.
fn connections(lab: &Lab) -> usize {
    let process =
        procfs::process::Process::new(lab.pid()).and_then(|process| process.fd()).expect("its files");
    let is_socket =
        |file: &procfs::process::FDInfo| matches!(file.target, procfs::process::FDTarget::Socket(_));
    process.flatten().filter(is_socket).count()
}

#[test]
fn strangers_with_half_a_request_are_few_and_short_and_keep_nobody_out() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let begin = Instant::now();
    let half: Vec<_> = (0..300)
        .map(|_| {
            let mut stream = connect(lab.port);
            // One that was turned away already need not take it.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ");
            stream
        })
        .collect();
    let all_are_there = Instant::now();
    until("the oldest to be closed", || connections(&lab) <= 64 + 16);
    assert!(all_are_there.elapsed().as_secs() < 6, "row 38: the oldest have to go before their time is up");
    lab.get("/api/files").is(200);
    lab.post("/api/steps/1/here", "{}").is(204);
    if begin.elapsed() < std::time::Duration::from_secs(9) {
        assert!(connections(&lab) > 32, "row 38: the newest are still there");
    }
    until("the others to be closed", || connections(&lab) <= 16);
    assert!(begin.elapsed().as_secs() >= 9, "row 38: a slow request has its time");
    drop(half);
    // A page that is open stays connected, however long ago it came.
    page.wait_for("alive", |_| true);
    page.wait_for("alive", |_| true);
}

#[test]
fn nothing_that_is_logged_names_token_cookie_or_query() {
    let test = LabTest::second_book().env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
    let mut lab = test.start();
    lab.get("/api/file?path=canary-in-a-query");
    lab.ask("GET", "/?token=canary-of-a-token").send();
    lab.ask("GET", "/").with("Cookie", "canary=of-a-cookie").send();
    lab.put("notes.txt", None, "x").is(204);
    lab.view("1").until_prompt();
    lab.post("/api/steps/1/check", "{}").is(202);
    assert!(lab.stop(Signal::SIGINT).success());
    let links = |line: &&str| !line.trim().starts_with(&format!("{}/?token=", lab.origin()));
    let said = lab.said();
    let said: Vec<&str> = said.lines().filter(links).collect();
    let key = lab.cookie.split_once('=').expect("a cookie").1;
    for text in [said.join("\n"), lab.complaints()] {
        for secret in ["canary", "token", "Cookie", key, &lab.secret] {
            assert!(!text.contains(secret), "row 33: `{secret}` was logged:\n{text}");
        }
    }
}

#[test]
fn a_shell_knows_nothing_of_the_key() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("env > ../env.txt; tr '\\0' '\\n' < /proc/$PPID/cmdline >> ../env.txt; echo all-written");
    view.until_line("all-written");
    let env = std::fs::read_to_string(test.root().join("env.txt")).expect("the environment");
    let key = lab.cookie.split_once('=').expect("a cookie").1;
    assert!(env.contains("TERM=xterm-256color") && env.contains("scenario-lab"), "{env}");
    for secret in ["token", "lab_", key, &lab.secret] {
        assert!(!env.to_lowercase().contains(secret), "row 34: `{secret}` in\n{env}");
    }
}

/// Where cgroups can be written, nothing that a shell has started outlives the lab.
#[test]
fn a_stop_leaves_no_process_in_any_shells_session() {
    let has_cgroup = {
        let tree = Tree::new();
        tree.release();
        tree.cgroup.is_some()
    };
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        stop_ends_shells(&LabTest::second_book(), signal, has_cgroup);
    }
}

/// Elsewhere, nothing that lives as long as a look through `/proc` takes and is of the session, or marked as the shell's.
#[test]
fn a_stop_without_cgroups_leaves_no_process_that_can_be_found() {
    let test = LabTest::second_book().env("SCENARIO_NO_CGROUP", "1");
    stop_ends_shells(&test, Signal::SIGTERM, false);
}

fn stop_ends_shells(test: &LabTest, signal: Signal, has_cgroup: bool) {
    let mut lab = test.start();
    lab.post("/api/terminals", "{}").is(201);
    lab.post("/api/terminals", "{}").is(201);
    let mut views: Vec<_> = ["1", "2", "3"].map(|id| lab.view(id)).into();
    views.iter_mut().for_each(crate::sockets::View::until_prompt);
    // In the background; without a hang-up, with a child that is always another; in the foreground.
    views[0].enter("sleep 1001 & nohup sleep 1002 > /dev/null 2>&1 &");
    views[0].enter("(trap '' HUP; sleep 1003; echo over) &");
    // A daemon that has left the session, and where a cgroup holds it, its environment too.
    let daemon = if has_cgroup { "env -i $(which setsid) sleep 1006" } else { "setsid sleep 1006" };
    views[0].enter(&format!("({daemon} > /dev/null 2>&1 &)"));
    views[1].enter("(trap '' HUP INT TERM; while true; do sleep 0.05; done) &");
    // One that clears up when it is told to go, and some that end as soon as they have started the next one.
    views[1].enter(
        "(trap 'echo told > told.txt; exit' HUP; echo > waits.txt; while true; do sleep 0.05; done) &",
    );
    let life = if has_cgroup { "0.02" } else { "1" };
    views[1].enter(&format!(
        "hop() {{ (trap '' HUP; sleep {life}; hop) & }}; for n in 1 2 3 4 5; do hop; done 2> /dev/null"
    ));
    views[1].enter("sleep 1004");
    // A shell that has ended and has left something behind.
    views[2].enter("sleep 1005 & exit");
    for number in 1001..=1006 {
        until(&format!("sleep {number}"), || test.process(&format!("sleep {number}")).is_some());
    }
    until("the second shell's jobs", || test.path("waits.txt").exists());
    // The lab knows of its end, and remembers what is left.
    until("the end of the third shell", || lab.page().hello()["terminals"][2]["alive"] == false);
    let last = test.process("sleep 1005").expect("a process");
    let stat = procfs::process::Process::new(last).and_then(|process| process.stat()).expect("a process");
    let sessions: Vec<i32> = lab.shells().into_iter().chain([stat.session]).collect();
    assert_eq!(sessions.len(), 3);
    assert!(lab.stop(signal).success());
    let left: Vec<_> = sessions.iter().flat_map(|session| members(*session)).collect();
    assert!(left.is_empty(), "row 35: left after {signal}: {left:?}");
    assert_eq!(test.process("sleep 1006"), None, "row 35: a daemon is left after {signal}");
    assert!(test.path("told.txt").exists(), "a program is told to go before it is killed");
    assert!(lab.said().contains("the lab has stopped"), "{}", lab.said());
}
