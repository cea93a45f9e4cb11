//! The editor's files: listed, read, and written so that nothing of anybody's is lost.

use serde_json::json;

use crate::lab_test::LabTest;

#[test]
fn files_are_listed_with_those_of_the_book_marked() {
    let test = LabTest::second_book();
    for path in [
        "notes/shopping.txt",
        "mine.rs",
        "a/b/c.txt",
        ".dotfile",
        "target/debug/x",
        "node_modules/y/z",
        ".git/config",
    ] {
        test.write(&format!("workspace/{path}"), "x");
    }
    std::os::unix::fs::symlink("/etc", test.path("etc")).expect("a link");
    let lab = test.start();
    let listed = lab.get("/api/files").is(200).json();
    let file = |path: &str, book: bool| json!({"path": path, "book": book});
    let expected = json!({
        "files": [file(".dotfile", false), file("a/b/c.txt", false), file("mine.rs", false), file("notes/shopping.txt", true)],
        "folders": ["a", "a/b", "notes"],
        "truncated": false,
    });
    assert_eq!(listed, expected);
}

#[test]
fn more_files_than_an_editor_can_show_are_cut_off() {
    let test = LabTest::second_book();
    for number in 0..2001 {
        test.write(&format!("workspace/many/{number}"), "");
    }
    let lab = test.start();
    let listed = lab.get("/api/files").is(200).json();
    assert_eq!(listed["truncated"], true);
    assert_eq!(listed["files"].as_array().map(Vec::len), Some(2000));
}

#[test]
fn the_books_files_are_listed_however_many_others_there_are() {
    let test = LabTest::second_book();
    for number in 0..2001 {
        test.write(&format!("workspace/many/{number}"), "");
    }
    test.write("workspace/notes/shopping.txt", "bread\n");
    test.write("workspace/clock.sh", "");
    let lab = test.start();
    let listed = lab.get("/api/files").is(200).json();
    let files = listed["files"].as_array().expect("files");
    let of_book = files.iter().filter(|file| file["book"] == true).count();
    assert_eq!((of_book, files.len()), (2, 2000));
}

#[test]
fn a_folder_is_made_and_listed_and_pages_learn_of_those_that_come_and_go() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let folders = || lab.get("/api/files").is(200).json()["folders"].clone();
    lab.post("/api/folder?path=one/two", "{}").is(204);
    page.wait_for("files", |_| true);
    assert_eq!(folders(), json!(["one", "one/two"]));
    let refused = lab.post("/api/folder?path=one/two", "{}").is(412).text();
    assert!(refused.contains("`one/two` is there already"), "{refused}");
    std::fs::remove_dir(test.path("one/two")).expect("the folder");
    page.wait_for("files", |_| folders() == json!(["one"]));
}

#[test]
fn all_files_are_searched_and_those_of_the_book_first() {
    let test = LabTest::second_book();
    test.write("workspace/a.txt", format!("{}Bread{}\nnone\n", "x ".repeat(200), " y".repeat(200)));
    test.write("workspace/notes/shopping.txt", "milk\nbread\n");
    for path in ["target/x", ".hidden", ".git/config", ".scenario/x"] {
        test.write(&format!("workspace/{path}"), "bread\n");
    }
    test.write("workspace/large.txt", "bread\n".repeat(50_000));
    test.write("workspace/bytes", [0xff, b'b', b'r', b'e', b'a', b'd']);
    let lab = test.start();
    let find = |text: &str| lab.get(&format!("/api/files/search?text={text}")).is(200).json();
    let found = find("BREAD");
    let lines = found["lines"].as_array().expect("lines");
    let places: Vec<_> = lines.iter().map(|line| (line["path"].as_str(), line["line"].as_u64())).collect();
    assert_eq!(places, [(Some("notes/shopping.txt"), Some(2)), (Some("a.txt"), Some(1))]);
    let text = lines[1]["text"].as_str().expect("a text");
    assert!(text.contains("Bread") && text.chars().count() < 140, "{text}");
    assert_eq!(found["cut"], json!(null));
    assert_eq!(find("elsewhere"), json!({"lines": [], "cut": null}));
    assert_eq!(find("%20"), json!({"lines": [], "cut": null}));
    test.write("workspace/many.txt", "bread\n".repeat(201));
    let found = find("bread");
    assert_eq!((found["lines"].as_array().map(Vec::len), &found["cut"]), (Some(200), &json!("lines")));
}

#[test]
fn a_change_of_an_open_file_is_reported_though_it_is_not_listed() {
    let test = LabTest::second_book();
    test.write("workspace/target/out.txt", "one\n");
    let lab = test.start();
    let mut page = lab.page();
    lab.file("target/out.txt");
    test.write("workspace/target/out.txt", "two, and longer\n");
    page.wait_for("file", |message| message["path"] == "target/out.txt");
    std::fs::remove_file(test.path("target/out.txt")).expect("the file");
    page.wait_for("file", |message| message["path"] == "target/out.txt" && message["etag"].is_null());
}

#[test]
fn a_file_is_renamed_and_removed_only_as_it_was_read() {
    let test = LabTest::second_book();
    test.write("workspace/a.txt", "one\n");
    test.write("workspace/taken.txt", "");
    let lab = test.start();
    let (_, etag) = lab.file("a.txt");
    let rename = |to: &str| {
        let address = format!("/api/file/rename?path=a.txt&to={to}");
        lab.ask("POST", &address).cookie().origin().with("If-Match", &etag).json("{}").send()
    };
    assert!(rename("taken.txt").is(412).text().contains("`taken.txt` is there already"));
    rename("new/folder/b.txt").is(204);
    assert_eq!(test.read("new/folder/b.txt"), "one\n");
    assert!(!test.path("a.txt").exists());
    let remove = |etag: &str| {
        let ask = lab.ask("DELETE", "/api/file?path=new/folder/b.txt").cookie().origin();
        ask.with("If-Match", etag).json("").send()
    };
    test.write("workspace/new/folder/b.txt", "two\n");
    let refused = remove(&etag).is(412).text();
    assert!(refused.contains("has changed on disk meanwhile"), "{refused}");
    remove(&lab.file("new/folder/b.txt").1).is(204);
    assert!(!test.path("new/folder/b.txt").exists());
}

#[test]
fn a_file_is_written_only_as_it_was_read() {
    let test = LabTest::second_book();
    let lab = test.start();
    let first = lab.put("notes/a.txt", None, "one\n").is(204);
    let (text, etag) = lab.file("notes/a.txt");
    assert_eq!((text.as_str(), Some(etag.as_str())), ("one\n", first.header("etag")));
    assert!(lab.put("notes/a.txt", None, "two\n").is(412).text().contains("`notes/a.txt` is there already"));
    let second = lab.put("notes/a.txt", Some(&etag), "two\n").is(204);
    assert_ne!(second.header("etag"), Some(etag.as_str()));
    lab.put("notes/a.txt", Some(&etag), "three\n").is(412);
    assert_eq!(test.read("notes/a.txt"), "two\n");
    std::fs::remove_file(test.path("notes/a.txt")).expect("the file");
    let gone = lab.put("notes/a.txt", second.header("etag"), "three\n").is(412);
    assert!(gone.text().contains("`notes/a.txt` was removed meanwhile"), "{}", gone.text());
    // There is none on disk that could be taken instead.
    assert_eq!(gone.json()["help"], "close it, or save it again to write it anew");
    let ask = || {
        lab.ask("PUT", "/api/file?path=b.txt").cookie().origin().with("Content-Type", "text/plain").body("x")
    };
    for (what, ask) in [
        ("no condition", ask()),
        ("both conditions", ask().with("If-Match", "\"0\"").with("If-None-Match", "*")),
        ("any but one", ask().with("If-None-Match", "\"0\"")),
    ] {
        assert_eq!(ask.send().status, 428, "{what}");
    }
    assert!(!test.path("b.txt").exists());
}

#[test]
fn of_many_who_save_at_once_one_wins_and_the_others_are_informed() {
    let test = LabTest::second_book();
    test.write("workspace/a.txt", "one");
    let lab = test.start();
    for round in 0..10 {
        let (_, etag) = lab.file("a.txt");
        let texts: Vec<String> = (0..8).map(|writer| format!("{round} {writer} ").repeat(10_000)).collect();
        let lab = &lab;
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let writers: Vec<_> =
                texts.iter().map(|text| scope.spawn(|| lab.put("a.txt", Some(&etag), text).status)).collect();
            writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
        let winner = statuses.iter().position(|status| *status == 204).expect("a winner");
        assert!(test.read("a.txt") == texts[winner], "the text of the one who was told so");
    }
}

#[test]
fn a_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let test = LabTest::second_book();
    test.write("workspace/run.sh", "one");
    std::fs::set_permissions(test.path("run.sh"), PermissionsExt::from_mode(0o755)).expect("a mode");
    let lab = test.start();
    let (_, etag) = lab.file("run.sh");
    lab.put("run.sh", Some(&etag), "two").is(204);
    let mode = std::fs::metadata(test.path("run.sh")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn a_link_inside_the_workspace_is_read_and_written_through() {
    let test = LabTest::second_book();
    test.write("workspace/notes/real.txt", "one");
    std::os::unix::fs::symlink("notes/real.txt", test.path("link.txt")).expect("a link");
    let lab = test.start();
    let (text, etag) = lab.file("link.txt");
    assert_eq!(text, "one");
    lab.put("link.txt", Some(&etag), "two").is(204);
    assert_eq!(test.read("notes/real.txt"), "two");
    assert!(test.path("link.txt").is_symlink(), "the link is still one");
}

#[test]
fn a_link_to_nothing_is_neither_read_nor_replaced() {
    let test = LabTest::second_book();
    std::os::unix::fs::symlink("nowhere.txt", test.path("link.txt")).expect("a link");
    let lab = test.start();
    let answer = lab.get("/api/file?path=link.txt").is(403);
    assert_eq!(answer.json()["error"], "`link.txt` is a link to nothing");
    lab.put("link.txt", None, "x").is(403);
    assert!(test.path("link.txt").is_symlink() && !test.path("nowhere.txt").exists());
}

#[test]
fn the_runners_own_folder_is_closed_in_every_spelling() {
    let test = LabTest::second_book();
    std::os::unix::fs::symlink(".scenario", test.path("own")).expect("a link");
    std::os::unix::fs::symlink(".scenario/progress.json", test.path("progress.json")).expect("a link");
    let lab = test.start();
    lab.post("/api/guide/dismiss", "{}").is(204);
    assert!(test.path(".scenario/progress.json").is_file());
    for path in [
        ".scenario/progress.json",
        "%2escenario/progress.json",
        "%2Escenario%2Fprogress.json",
        "./.scenario/progress.json",
        "notes/../.scenario/progress.json",
        ".scenario//progress.json",
        "/.scenario/progress.json",
        ".scenario%5cprogress.json",
        ".scenario/",
        ".scenario/new.json",
        "own/progress.json",
        "own/new.json",
        "own/new/new.json",
        "progress.json",
    ] {
        let refused = |status: u16| matches!(status, 400 | 403);
        let status = lab.get(&format!("/api/file?path={path}")).status;
        assert!(refused(status), "{path} is read: {status}");
        let status = lab.put(path, None, "x").status;
        assert!(refused(status), "{path} is written: {status}");
        let status = lab.put(path, Some("\"0\""), "x").status;
        assert!(refused(status), "{path} is written over: {status}");
    }
    assert!(!test.path(".scenario/new.json").exists() && !test.path(".scenario/new").exists());
}

#[test]
fn what_is_no_text_or_too_large_is_not_opened() {
    let test = LabTest::second_book();
    test.write("workspace/bytes", [0xff, 0xfe, 0x00]);
    test.write("workspace/large", vec![b'x'; (256 << 10) + 1]);
    test.write("workspace/just-right", vec![b'x'; 256 << 10]);
    let lab = test.start();
    let answer = lab.get("/api/file?path=bytes").is(415);
    assert_eq!(answer.json()["error"], "`bytes` is not text in UTF-8");
    let answer = lab.get("/api/file?path=large").is(413);
    assert_eq!(
        answer.json(),
        json!({"error": "`large` is larger than 256 KiB", "help": "open it in another editor"})
    );
    assert_eq!(lab.file("just-right").0.len(), 256 << 10);
    let ask = lab.ask("PUT", "/api/file?path=new").cookie().origin().with("Content-Type", "text/plain");
    ask.with("If-None-Match", "*").body([0xff, 0xfe]).send().is(415);
    assert!(!test.path("new").exists());
}

#[test]
fn a_page_hears_of_files_that_come_change_and_go() {
    let test = LabTest::second_book();
    test.write("workspace/a.txt", "one");
    let lab = test.start();
    let mut page = lab.page();
    test.write("workspace/b.txt", "new");
    page.wait_for("files", |_| true);
    test.write("workspace/a.txt", "two, and longer");
    let told = page.wait_for("file", |message| message["path"] == "a.txt");
    assert_eq!(told["etag"].as_str(), Some(lab.file("a.txt").1.as_str()));
    std::fs::remove_file(test.path("a.txt")).expect("the file");
    let told = page.wait_for("file", |message| message["path"] == "a.txt");
    assert!(told["etag"].is_null(), "{told}");
}

#[test]
fn a_large_file_that_grows_costs_no_memory() {
    let test = LabTest::second_book();
    let large =
        || std::fs::OpenOptions::new().create(true).append(true).open(test.path("app.log")).expect("a file");
    large().set_len(200 << 20).expect("room");
    let lab = test.start();
    let mut page = lab.page();
    let before = lab.memory();
    large().set_len(201 << 20).expect("room");
    page.wait_for("file", |message| message["path"] == "app.log");
    let peak =
        procfs::process::Process::new(lab.pid()).and_then(|process| process.status()).expect("the server");
    let peak = peak.vmhwm.expect("its memory") as f64 / 1024.0;
    assert!(peak < before + 50.0, "{before} MiB before, {peak} MiB at most");
}

#[test]
fn a_named_pipe_in_place_of_a_file_is_refused_and_the_lab_goes_on() {
    let test =
        LabTest::book(&["# One\n\n```text file=a.txt\none\n```\n\n```text file=a.txt append\ntwo\n```\n"]);
    let mut lab = test.start();
    let made = std::process::Command::new("mkfifo").arg(test.path("a.txt")).status().expect("mkfifo");
    assert!(made.success());
    for index in [0, 1] {
        for button in ["apply", "restore"] {
            let refused = lab.post(&format!("/api/blocks/{}/{button}", lab.block(1, index)), "{}").is(403);
            assert_eq!(refused.json()["error"], "`a.txt` is not a file", "{button}");
        }
    }
    assert_eq!(lab.get("/api/file?path=a.txt").is(403).json()["error"], "`a.txt` is not a file");
    lab.put("a.txt", None, "mine").is(403);
    lab.put("b.txt", None, "mine").is(204);
    let differs = json!([{"path": "a.txt", "mine": null, "book": "one\ntwo\n"}]);
    assert_eq!(lab.get("/api/steps/1/diff").is(200).json(), differs);
    assert!(lab.stop(nix::sys::signal::Signal::SIGINT).success());
}
