//! What is said about the code: pages, links, commands, chapters and hosts that exist.
//!
//! Whether it is said well is for a reader to judge.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use scenario_core::book::Book;

use super::{File, PAGE, files, none, read};
use crate::{flags, project_root};

/// Hosts that the committed text may name: pages that a reader may want, this machine, and the tests' own.
const HOSTS: [&str; 20] = [
    "127.0.0.1",
    "docs.docker.com",
    "docs.github.com",
    "docs.kernel.org",
    "docs.rs",
    "far",
    "flask.palletsprojects.com",
    "github.com",
    "json-schema.org",
    "localhost",
    "mirror",
    "nodejs.org",
    "podman.io",
    "prometheus.io",
    "rust-lang.github.io",
    "rustup.rs",
    "sre.google",
    "www.apache.org",
    "www.google.com",
    "www.w3.org",
];

/// Words that belong to one machine or one person.
const PLACES: [&str; 3] = ["/root/", "/home/", "/Users/"];

/// The pages about the code.
const PAGES: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

impl File {
    /// Its lines outside fenced code blocks, without what is in backticks.
    fn prose(&self) -> Vec<(usize, String)> {
        let mut fenced = false;
        let mut prose = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
            fenced ^= fence;
            if !fenced && !fence {
                prose.push((index + 1, line.split('`').step_by(2).collect::<Vec<_>>().join("")));
            }
        }
        prose
    }
}

/// What a heading is called in a link, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.is(".md")) {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        for (line, text) in file.prose() {
            for rest in text.split("](").skip(1) {
                let target = rest.split([')', ' ']).next().unwrap_or_default();
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
                let path = if path.is_empty() { Path::new(&file.path).to_owned() } else { folder.join(path) };
                let page = std::fs::read_to_string(project_root().join(&path)).unwrap_or_default();
                // Where the address begins in its line, code in backticks included.
                let whole = file.text.lines().nth(line - 1).unwrap_or_default();
                let before = whole.split(&format!("]({target}")).next().unwrap_or_default();
                let at = format!("{}:{line}:{}", file.path, before.chars().count() + 3);
                let headings = page.lines().filter(|line| line.starts_with('#'));
                let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#')));
                if !project_root().join(&path).exists() {
                    complaints.push(format!("{at}: `{target}`: no such file"));
                } else if !fragment.is_empty() && !anchors.any(|anchor| anchor == fragment) {
                    complaints.push(format!("{at}: `{target}`: no such heading"));
                }
            }
        }
    }
    none(&complaints, "correct the link: it is relative to its page");
}

#[test]
fn chapters_that_are_named_exist() {
    let book = Book::load(&project_root().join("book")).unwrap();
    let last = book.scenario.steps.len();
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.is(".md") && !file.path.contains("fixtures/")) {
        for before in
            ["xtask step ", "xtask check ", "xtask plan ", "verify --step ", "chapter ", "chapters "]
        {
            for (at, _) in file.text.match_indices(before) {
                let rest = &file.text[at + before.len()..];
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if digits.parse::<usize>().is_ok_and(|number| number == 0 || number > last) {
                    let line = file.text[..at].lines().count().max(1);
                    complaints.push(format!("{}:{line}: `{before}{digits}`", file.path));
                }
            }
        }
    }
    none(&complaints, &format!("the book has the chapters 1 to {last} (book/src/SUMMARY.md)"));
}

#[test]
fn readme_tells_the_command_that_ci_runs() {
    let script = read(".ci/run");
    let commands: Vec<&str> = script.lines().filter(|line| line.contains("cargo ")).collect();
    assert_eq!(commands, ["exec cargo xtask ci --yes"], ".ci/run runs one command, the one in README");
    assert!(script.contains("set -euo pipefail"), ".ci/run: a failure must not pass for a success");
    let lines = |page: &str| read(page).lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let told = lines("README.md").iter().any(|line| line == "cargo xtask ci --yes");
    assert!(told, "README.md: `cargo xtask ci --yes` on a line of its own, as .ci/run has it");
    let run = lines(".github/workflows/ci.yml").iter().any(|line| line == "- run: .ci/run");
    assert!(run, ".github/workflows/ci.yml: run .ci/run, so that CI runs what everybody runs");
}

#[test]
fn the_book_is_published_from_main_after_ci() {
    let workflow = read(".github/workflows/ci.yml");
    let job = workflow.split("\n  publish:\n").nth(1).unwrap_or_default();
    for line in [
        "needs: success",
        "needs.success.result == 'success'",
        "github.event_name == 'push' && github.ref == 'refs/heads/main'",
    ] {
        assert!(job.contains(line), ".github/workflows/ci.yml: the job `publish` without `{line}`");
    }
    for word in ["pages: write", "actions/deploy-pages@"] {
        assert_eq!(workflow.matches(word).count(), job.matches(word).count(), "`{word}` outside `publish`");
        assert!(job.contains(word), ".github/workflows/ci.yml: the job `publish` without `{word}`");
    }
}

/// The files below `folder` whose names end like this, by their paths from there.
fn below(folder: &str, ending: &str) -> BTreeSet<String> {
    let files = files();
    let paths = files.iter().filter_map(|file| file.path.strip_prefix(folder)?.strip_prefix('/'));
    paths.filter(|path| path.ends_with(ending)).map(str::to_owned).collect()
}

#[test]
fn every_page_is_a_chapter_and_every_file_of_prometheus_is_compared() {
    let mut complaints = Vec::new();
    for book in ["book", "scenario/guide"] {
        let src = format!("{book}/src");
        let loaded = Book::load(&project_root().join(book)).unwrap();
        let chapters: BTreeSet<&Path> =
            loaded.scenario.sources.pages.iter().map(|page| page.path.as_path()).collect();
        for page in below(&src, ".md") {
            if !chapters.iter().any(|path| path.ends_with(format!("{src}/{page}"))) {
                complaints.push(format!("{src}/{page}: SUMMARY.md does not name it"));
            }
        }
    }
    let results = Book::load(&project_root().join("book")).unwrap().scenario.results;
    for file in below("prometheus", "") {
        if !results.iter().any(|result| result.ends_with(format!("prometheus/{file}"))) {
            complaints.push(format!("prometheus/{file}: `result` in book/book.toml does not name it"));
        }
    }
    none(&complaints, "name the file, or remove it");
}

#[test]
fn readme_has_every_command_and_flag() {
    let readme = read("README.md");
    let mut complaints = Vec::new();
    for command in flags::Flags::command().get_subcommands() {
        let name = command.get_name();
        let row = readme.lines().find(|line| {
            let words = line.strip_prefix("| `").and_then(|rest| rest.split(['`', ' ']).next());
            words == Some(name)
        });
        let Some(row) = row else {
            complaints.push(format!("README.md: no row `| `{name}` | … |` in the table of commands"));
            continue;
        };
        for flag in
            command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(|it| it.get_long())
        {
            // What `--yes`, `--workspace` and `--trust` mean is said once, below the table.
            let told =
                ["yes", "help", "workspace", "trust"].contains(&flag) || row.contains(&format!("--{flag}"));
            if !told {
                complaints.push(format!("README.md: the row of `{name}` does not name `--{flag}`"));
            }
        }
    }
    none(&complaints, "the table of commands in README.md follows `cargo xtask --help` (xtask/src/flags.rs)");
}

#[test]
fn architecture_maps_every_source_file_and_no_other() {
    let text = read("ARCHITECTURE.md");
    let (mut complaints, mut folder) = (Vec::new(), String::new());
    let mut mapped = BTreeSet::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### `") {
            folder = heading.split('`').next().unwrap_or_default().to_owned();
        } else if line.starts_with('#') {
            folder.clear();
        } else if let Some(row) = line.strip_prefix("| `").filter(|_| !folder.is_empty()) {
            let path = format!("{folder}{}", row.split('`').next().unwrap_or_default());
            if !project_root().join(&path).exists() {
                complaints.push(format!("ARCHITECTURE.md: the code map has `{path}`, which does not exist"));
            }
            mapped.insert(path);
        }
    }
    let is_page = |file: &File| file.path.starts_with(PAGE) && (file.is(".css") || file.is(".html"));
    for file in files().iter().filter(|file| file.is(".rs") || file.is_script() || is_page(file)) {
        let below = |mapped: &String| mapped.ends_with('/') && file.path.starts_with(mapped);
        if !mapped.contains(&file.path) && !mapped.iter().any(below) {
            complaints.push(format!("ARCHITECTURE.md: the code map lacks `{}`", file.path));
        }
    }
    none(&complaints, "the code map of ARCHITECTURE.md has a row for each file, or one for its folder");
}

#[test]
fn environment_variables_are_described() {
    let variables = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        words
            .filter(|word| word.strip_prefix("SCENARIO_").is_some_and(|rest| !rest.is_empty()))
            .map(str::to_owned)
            .collect()
    };
    let sources = files();
    let sources = sources.iter().filter(|file| (file.is(".rs") || file.is_script()) && !file.is_tidy());
    let used: BTreeSet<String> = sources.flat_map(|file| variables(&file.text)).collect();
    let told = variables(&read("ARCHITECTURE.md"));
    let difference: Vec<String> = used.symmetric_difference(&told).cloned().collect();
    none(
        &difference,
        "the table of environment variables in ARCHITECTURE.md has those that the code reads, and no others",
    );
}

#[test]
fn invariants_name_the_tests_that_hold_them() {
    let files = files();
    let text = read("ARCHITECTURE.md");
    let invariants: Vec<&str> = text.split("**Architecture invariant:**").skip(1).collect();
    assert!(!invariants.is_empty(), "ARCHITECTURE.md states the invariants");
    let mut complaints = Vec::new();
    for invariant in invariants {
        let invariant = invariant.split("\n\n").next().unwrap_or_default();
        let start: String = invariant.trim().chars().take(60).collect();
        let invariant = invariant.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some((_, held)) = invariant.split_once("Held by ") else {
            complaints.push(format!("ARCHITECTURE.md: `{start}…` does not say `Held by` which test"));
            continue;
        };
        for name in held.split('`').skip(1).step_by(2) {
            let test = name.rsplit("::").next().unwrap_or(name);
            // A test of the page in a browser is named by a sentence.
            let says = |file: &File| {
                file.text.contains(&format!("fn {test}(")) || file.text.contains(&format!("test('{name}'"))
            };
            if !files.iter().any(says) {
                complaints.push(format!("ARCHITECTURE.md: `{start}…`: there is no test `{name}`"));
            }
        }
    }
    none(&complaints, "name the test that fails when the invariant is broken; write it if there is none");
}

#[test]
fn nothing_committed_tells_of_one_machine() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| !file.is_tidy()) {
        for (index, line) in file.text.lines().enumerate() {
            let at = format!("{}:{}", file.path, index + 1);
            if let Some(place) = PLACES.iter().find(|place| line.contains(**place)) {
                complaints.push(format!("{at}: `{place}`: a path of one machine"));
            }
            if file.path.ends_with("Cargo.lock") {
                let ours = !line.starts_with("source = ")
                    || line == "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
                complaints.extend((!ours).then(|| format!("{at}: a package from elsewhere: {line}")));
                continue;
            }
            if file.path.ends_with("package-lock.json") {
                // It names whom a package's authors want supported, but not where it came from.
                let is_place = line.contains("\"resolved\"");
                complaints
                    .extend(is_place.then(|| format!("{at}: where a package came from: {}", line.trim())));
                continue;
            }
            for rest in line.split("://").skip(1) {
                let host: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
                let host = host.trim_end_matches('.');
                if !host.is_empty() && !HOSTS.contains(&host) {
                    complaints.push(format!("{at}: the host `{host}`"));
                }
            }
        }
    }
    let config = read(".cargo/config.toml");
    let elsewhere = config.lines().any(|line| line.starts_with("[source") || line.starts_with("[registries"));
    complaints.extend(elsewhere.then(|| ".cargo/config.toml: packages from elsewhere".to_owned()));
    none(
        &complaints,
        "take it out; a host that a reader should know goes into HOSTS (xtask/src/tidy/words.rs)",
    );
}

/// A screenshot has two dots for each pixel of the window, so it is larger than one would expect.
const PICTURE_BYTES_MAX: u64 = 200_000;

#[test]
fn pages_show_pictures_that_are_small_and_described() {
    let mut complaints = Vec::new();
    for page in PAGES {
        let text = read(page);
        for rest in text.split("![").skip(1) {
            let Some((alt, rest)) = rest.split_once("](") else { continue };
            let path = rest.split(')').next().unwrap_or_default();
            let bytes = std::fs::metadata(project_root().join(path)).map_or(u64::MAX, |meta| meta.len());
            if alt.trim().len() < 20 || bytes > PICTURE_BYTES_MAX {
                complaints.push(format!("{page}: `{path}` has {bytes} bytes and says {alt:?}"));
            }
        }
    }
    none(&complaints, "say in the alternative text what a reader should see, and keep it below 200 kB");
}
