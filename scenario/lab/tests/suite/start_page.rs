//! The start page: a book, an example or the last place is chosen there, or a scenario is imported; behind the same guard.

use std::path::Path;

use scenario_katacoda::folder::Folder;
use scenario_katacoda::import;
use serde_json::{Value, json};

use crate::http::{Answer, Ask};
use crate::lab_test::{Lab, LabTest, secret_in};

const PAGE: &str =
    "# One\n\n```console\n$ echo ran > log\n```\n\n<!-- scenario: check file=log contains=ran -->\n";

/// A folder with a book that nobody has named.
fn place() -> LabTest {
    let test = LabTest::book(&[PAGE, PAGE]);
    test.write("page/start.html", "<!doctype html><title>Choose a book</title>");
    test
}

fn start(test: &LabTest) -> Lab {
    let mut lab = test.start_with(test.program());
    lab.open_link();
    lab
}

fn open(lab: &Lab, path: &str) -> Answer {
    lab.post("/api/start/open", &json!({ "path": path }).to_string())
}

/// Goes on to the lab that was opened, as the page does.
#[track_caller]
fn follow(lab: &mut Lab, answer: &Answer) {
    let link = answer.json()["link"].as_str().expect("a link").to_owned();
    let rest = link.strip_prefix("http://127.0.0.1:").expect("a link to this computer");
    let (port, path) = rest.split_once('/').expect("a path");
    lab.port = port.parse().expect("a port");
    let answer = lab.ask("GET", &format!("/{path}")).send().is(200);
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    lab.cookie = cookie.expect("a cookie").to_owned();
    lab.secret = secret_in(&answer.text()).expect("a secret");
}

#[test]
fn without_a_book_one_is_chosen_and_its_lab_opened() {
    let test = place();
    let mut lab = start(&test);
    assert!(lab.get("/").is(200).text().contains("Choose a book"));
    let choices = lab.get("/api/start").is(200).json();
    assert_eq!(choices["last"], Value::Null);
    let titles: Vec<&str> = choices["books"]
        .as_array()
        .expect("books")
        .iter()
        .filter_map(|book| book["title"].as_str())
        .collect();
    assert!(titles.len() >= 5 && titles.contains(&"Write a book that runs"), "{titles:?}");
    let answer = open(&lab, "book").is(201);
    let (first, page) = (lab.port, lab.secret.clone());
    follow(&mut lab, &answer);
    assert_ne!((lab.port, &lab.secret), (first, &page), "another server with other secrets");
    let hello = lab.page().hello().clone();
    assert_eq!(hello["title"], "A book");
    let front = hello["front"].as_str().expect("a command");
    assert!(front.starts_with("scenario --book ") && front.contains(" --workspace "), "{front}");
    lab.post("/api/steps/2/here", "{}").is(204);
    // The start page is gone, and the next one leads back here.
    lab.stop(nix::sys::signal::Signal::SIGINT);
    let mut lab = start(&test);
    let last = lab.get("/api/start").is(200).json()["last"].clone();
    assert_eq!((&last["title"], &last["step"]), (&json!("A book"), &json!("2, Step 2")));
    let answer = open(&lab, last["path"].as_str().expect("a path")).is(201);
    follow(&mut lab, &answer);
    assert_eq!(
        (&lab.page().hello()["step"], &lab.page().hello()["workspace"]),
        (&json!(2), &hello["workspace"])
    );
}

#[test]
fn a_scenario_is_imported_into_the_users_folder_and_asks_before_it_runs() {
    let test = place();
    test.write("cup/a.md", "`echo ran > ran`{{execute}}\n");
    test.write("cup/index.json", r#"{"title":"A cup","details":{"steps":[{"title":"Fill","text":"a.md"}]}}"#);
    let mut lab = start(&test);
    let answer = open(&lab, "cup").is(201);
    follow(&mut lab, &answer);
    let hello = lab.page().hello().clone();
    assert_eq!(
        (&hello["title"], &hello["untrusted"]["counts"]),
        (&json!("A cup"), &json!("1 command, 0 files, 0 checks"))
    );
    lab.post("/api/steps/1/solve", "{}").is(403);
    let book = test.root().join("data/scenario/books/cup");
    assert!(book.join("import.md").is_file());
    assert!(!test.root().join("cup/book.toml").exists());
    lab.stop(nix::sys::signal::Signal::SIGINT);
    let imported = start(&test).get("/api/start").is(200).json()["imported"].clone();
    assert_eq!(imported, json!([{ "path": book.display().to_string(), "title": "A cup" }]));
}

#[test]
fn the_books_of_a_pathway_are_listed_in_its_order() {
    let test = place();
    for name in ["black", "green"] {
        test.write(&format!("teas/{name}/a.md"), "`ls`{{execute}}\n");
        let index = r#"{"title":"NAME","details":{"steps":[{"title":"Brew","text":"a.md"}]}}"#;
        test.write(&format!("teas/{name}/index.json"), index.replace("NAME", name));
    }
    test.write("teas/structure.json", r#"{"items":[{"path":"green"},{"path":"black"}]}"#);
    let books = test.root().join("data/scenario/books/teas");
    let folder = Folder::open(&test.root().join("teas")).expect("a folder");
    import::import_pathway(&folder, Path::new("structure.json"), &books).expect("two books");
    let imported = start(&test).get("/api/start").is(200).json()["imported"].clone();
    let titles: Vec<&Value> = imported.as_array().expect("books").iter().map(|book| &book["title"]).collect();
    assert_eq!(titles, ["green", "black"]);
    assert_eq!(imported[0]["path"], books.join("1-green").display().to_string());
}

#[test]
fn a_folder_that_is_neither_is_refused_with_the_scenarios_below_it() {
    let test = place();
    test.write("course/one/index.json", r#"{"details":{"steps":[{"text":"a.md"}]}}"#);
    test.write("empty/note.txt", "note");
    let lab = start(&test);
    let answer = open(&lab, "course").is(422).json();
    assert_eq!(answer["error"], "there is neither a book nor a scenario in `course`");
    assert_eq!(answer["found"], json!([test.root().join("course/one").display().to_string()]));
    assert_eq!(open(&lab, "empty").is(422).json()["found"], json!([]));
    for path in ["nowhere", "", "empty/note.txt", "~nobody", "a\u{0}b", "$(touch ran)"] {
        open(&lab, path).is(422);
    }
    // A book with a mistake is said to have one, and another can be chosen.
    test.write("bad/book.toml", "[book\n");
    let said = open(&lab, "bad").is(500).json();
    assert!(said["error"].as_str().is_some_and(|error| error.contains("failed to read")), "{said}");
    open(&lab, "book").is(201);
    assert!(!test.root().join("ran").exists());
}

#[test]
fn the_start_page_is_guarded_as_the_lab_is() {
    let test = place();
    let lab = start(&test);
    let post = || lab.ask("POST", "/api/start/open").json("{\"path\":\"book\"}");
    let rows: Vec<(&str, Ask, u16)> = vec![
        ("no cookie", lab.ask("GET", "/api/start"), 401),
        ("no secret", lab.ask("GET", "/api/start").cookie_alone(), 401),
        ("no origin", post().cookie(), 403),
        ("another origin", post().cookie().with("Origin", "http://127.0.0.1:1"), 403),
        ("no secret", post().cookie_alone().origin(), 401),
        ("another host", lab.ask("GET", "/api/start").cookie().hosts(&["evil.example"]), 421),
        (
            "another field",
            lab.ask("POST", "/api/start/open").cookie().origin().json("{\"path\":\"book\",\"run\":1}"),
            422,
        ),
        ("the lab's requests", lab.ask("GET", "/api/files").cookie(), 404),
    ];
    for (row, ask, status) in rows {
        assert_eq!(ask.send().status, status, "{row}");
    }
    let policy = lab.get("/").is(200).header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    // Only one start page at a time, and never in the way of a lab.
    let second = test.run({
        let mut command = test.program();
        command.arg("--no-open");
        command
    });
    assert_eq!(second.status.code(), Some(2));
}
