//! A stock `mdbook build` with this preprocessor.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const PAGE: &str = r##"# One

```rust file=src/main.rs
#[derive(Debug)]
# hidden, would mdBook say
#
struct A;

fn main() {}
```

- in a list

  ```rust file=src/main.rs replace="struct A;"
  struct A(u8);

  struct B;
  ```
  *after*

```console ready=8000 within=10s
$ echo "<b>" && true
<b>
```

```rust ignore="a sketch"
let x = 1;
```

<!-- scenario: check http url=http://localhost:8000/ status=200 -->
"##;

#[test]
fn a_small_book_is_built() {
    let Some(mdbook) = mdbook() else { return };
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    let write = |path: &str, text: &str| fs::write(dir.path().join(path), text).unwrap();
    write("book.toml", "[book]\ntitle = \"A book\"\n[preprocessor.scenario]\n");
    write("src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
    write("src/one.md", PAGE);
    let log = build(&mdbook, dir.path(), &dir.path().join("out"));
    assert!(!log.contains("WARN"), "{log}");
    let html = fs::read_to_string(dir.path().join("out/one.html")).unwrap();
    for wanted in [
        // Every line of a listing is there, and none is hidden or added.
        "<span>#[derive(Debug)]\n# hidden, would mdBook say\n#\nstruct A;\n\nfn main() {}\n</span></code></pre>",
        "<ins class=\"scenario-own\">struct A(u8);\n</ins>",
        "<em>after</em>",
        "<kbd>echo \"&lt;b&gt;\" &amp;&amp; true</kbd>",
        "<samp>&lt;b&gt;\n</samp>",
        "<code class=\"language-rust\">",
        "<li data-check=",
        "if (window.scenarioBlocks) {return;}",
    ] {
        assert!(html.contains(wanted), "{wanted}\n\nis not in\n\n{}", main(&html));
    }
    for unwanted in ["scenario: check", "file=", "ready=", "boring\">hidden", "<figure class=\"playground"] {
        assert!(!html.contains(unwanted), "{unwanted}\n\nis in\n\n{}", main(&html));
    }
}

#[test]
fn a_mistake_stops_the_build() {
    let Some(mdbook) = mdbook() else { return };
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    let write = |path: &str, text: &str| fs::write(dir.path().join(path), text).unwrap();
    write("book.toml", "[book]\ntitle = \"A book\"\n[preprocessor.scenario]\n");
    write("src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
    write("src/one.md", "# One\n\n```rust\nfn main() {}\n```\n");
    let output = command(&mdbook, dir.path(), &dir.path().join("out")).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{log}");
    assert!(log.contains("--> src/one.md:3:1"), "{log}");
    assert!(!dir.path().join("out/one.html").exists());
}

#[test]
fn the_projects_own_books_are_built() {
    let Some(mdbook) = mdbook() else { return };
    for (book, chapters) in [("book", 4), ("scenario/guide", 5)] {
        let out = TempDir::new().unwrap();
        let log = build(&mdbook, &root().join(book), out.path());
        assert!(!log.contains("WARN"), "{log}");
        let pages = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path());
        let shown = pages
            .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
            .filter(|path| fs::read_to_string(path).unwrap().contains("<figure class=\"scenario-block\""));
        assert!(shown.count() >= chapters, "{book}");
    }
}

#[test]
fn a_new_book_of_the_runner_is_built_with_the_preprocessor_and_without_it() {
    let Some(mdbook) = mdbook() else { return };
    let dir = TempDir::new().unwrap();
    let template = root().join("scenario/cli/template");
    fs::create_dir(dir.path().join("src")).unwrap();
    let config = fs::read_to_string(template.join("book.toml")).unwrap();
    fs::write(dir.path().join("book.toml"), config.replace("{TITLE}", "\"A book\"")).unwrap();
    for entry in fs::read_dir(template.join("src")).unwrap().flatten() {
        fs::copy(entry.path(), dir.path().join("src").join(entry.file_name())).unwrap();
    }
    let out = dir.path().join("out");
    let log = build(&mdbook, dir.path(), &out);
    assert!(!log.contains("WARN"), "{log}");
    let html = fs::read_to_string(out.join("change.html")).unwrap();
    assert!(html.contains("<figure class=\"scenario-block\""), "{}", main(&html));

    let output = command(&mdbook, dir.path(), &out)
        .env("MDBOOK_PREPROCESSOR__SCENARIO__COMMAND", "a-program-that-nobody-has")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let html = fs::read_to_string(out.join("change.html")).unwrap();
    assert!(html.contains("Hello, reader! It is [TIME]."), "{}", main(&html));
}

/// What a page says, without mdBook's own frame, for a message.
fn main(html: &str) -> &str {
    let start = html.find("<main>").unwrap_or(0);
    &html[start..html.find("</main>").unwrap_or(html.len())]
}

/// Builds a book, which must succeed, and returns what mdBook logs.
#[track_caller]
fn build(mdbook: &Path, dir: &Path, out: &Path) -> String {
    let output = command(mdbook, dir, out).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    log
}

fn command(mdbook: &Path, dir: &Path, out: &Path) -> Command {
    let mut command = Command::new(mdbook);
    command
        .arg("build")
        .arg(dir)
        .arg("--dest-dir")
        .arg(out)
        .env("MDBOOK_PREPROCESSOR__SCENARIO__COMMAND", env!("CARGO_BIN_EXE_mdbook-scenario"))
        .env("NO_COLOR", "1");
    command
}

/// The `mdbook` to test with: named by the environment, in the tools folder, or on PATH.
fn mdbook() -> Option<PathBuf> {
    let named = std::env::var_os("SCENARIO_MDBOOK").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("mdbook"));
    let tools = root().join("target/tools/bin/mdbook");
    let found = named.into_iter().chain([tools]).chain(on_path).find(|program| program.is_file());
    if found.is_none() {
        skipped("no `mdbook` in the tools folder or on PATH, and `SCENARIO_MDBOOK` names none");
    }
    found
}

fn skipped(reason: &str) {
    assert!(std::env::var_os("SCENARIO_NO_SKIP").is_none_or(|value| value != "1"), "skipped: {reason}");
    println!("skipped: {reason}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
