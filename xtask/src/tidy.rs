//! House rules as tests: which module imports which, what each may do, and (in `words`) that the documentation is true.
//!
//! Each rule is a table and a look at the committed text. A failure says what to do about it; where an
//! exception is right, it goes into the table with its reason. What clippy and rustfmt see is left to them.

mod circles;
mod words;

use std::collections::BTreeSet;

use crate::project_root;

/// The modules of scenario-core in reading order, and what each may import: only modules above it.
const MODULES: [(&str, &str); 46] = [
    ("digest", ""),
    ("shell", ""),
    ("problem", "shell"),
    ("source", ""),
    ("disk", ""),
    ("excerpt", "source"),
    ("diagnostic", "excerpt problem source"),
    ("error", "diagnostic excerpt"),
    ("model", "source"),
    ("parse", "diagnostic digest model problem source"),
    ("edit", "diagnostic model problem source"),
    ("files", "diagnostic edit model problem source"),
    ("transcript", "model problem"),
    ("world", "model"),
    ("process", "disk error"),
    ("failure", "files model process source transcript"),
    ("config", "error excerpt model problem source"),
    ("fence", "diagnostic model source"),
    ("include", "diagnostic parse problem source"),
    ("page_edit", "diagnostic disk error source"),
    ("book", "config diagnostic error files include model page_edit parse problem source"),
    ("adopt", "book diagnostic edit error fence files model source"),
    ("ports", ""),
    ("clear", "error"),
    ("compare", "error failure model"),
    ("confine", "error"),
    ("lock", "error"),
    ("stamp", ""),
    ("mode_and_time", "digest error stamp"),
    ("workspace", "clear compare confine digest disk error files mode_and_time stamp"),
    ("snapshot", "confine digest disk error files mode_and_time stamp workspace"),
    ("check", "error failure model process snapshot stamp transcript workspace"),
    ("plan", "digest files model source"),
    ("claims", "model parse plan source"),
    ("mutant", "check failure files model source transcript"),
    ("container", "disk error parse process"),
    ("creations", "container error"),
    ("swarm", "container error process"),
    ("state", ""),
    ("watchdog", "container creations error process state swarm"),
    ("session", "container creations disk error lock process state swarm watchdog workspace"),
    ("trust", "digest disk error model plan state"),
    ("event", "failure model plan snapshot source"),
    ("report", "book error event excerpt failure model plan process shell snapshot source transcript"),
    (
        "runner",
        "book check compare container digest edit error event failure files lock mode_and_time model mutant plan ports process session shell snapshot source stamp transcript \
         workspace world",
    ),
    ("bless", "check diagnostic event failure fence model page_edit parse plan source transcript"),
];

/// The modules inside `parse`, and what each may import of the others: only modules above it.
const PARSE: [(&str, &str); 20] = [
    ("vocabulary", ""),
    ("attribute", ""),
    ("attributes", "attribute vocabulary"),
    ("exercise", "attributes"),
    ("shell", ""),
    ("console", "shell"),
    ("expect", ""),
    ("result", ""),
    ("directive", ""),
    ("fence", "directive"),
    ("closing", "fence"),
    ("info", "attribute fence vocabulary"),
    ("ids", "attribute"),
    ("names", ""),
    ("plot", "attributes expect names vocabulary"),
    ("screenshot", "attributes expect names"),
    ("block", "attributes console exercise expect fence ids info plot result screenshot vocabulary"),
    ("comment", "attribute attributes exercise expect fence ids shell"),
    ("skippable", ""),
    ("summary", ""),
];

/// The packages: folder, name, and which of the others each may depend on.
const PACKAGES: [(&str, &str, &[&str]); 11] = [
    ("scenario/core", "scenario-core", &[]),
    ("scenario/setup", "scenario-setup", &["scenario-core"]),
    ("scenario/cli", "scenario-cli", &["scenario-core", "scenario-setup"]),
    ("scenario/fuzz", "scenario-fuzz", &["scenario-core", "scenario-katacoda", "mdbook-scenario"]),
    ("scenario/katacoda", "scenario-katacoda", &["scenario-core"]),
    (
        "scenario/lab",
        "scenario-lab",
        &["scenario-core", "scenario-setup", "scenario-cli", "scenario-katacoda", "mdbook-scenario"],
    ),
    ("scenario/mdbook", "mdbook-scenario", &["scenario-core"]),
    ("scenario/pictures", "scenario-pictures", &["scenario-core"]),
    ("xtask", "xtask", &["scenario-core", "scenario-setup", "scenario-cli"]),
    ("app", "app", &[]),
    ("receiver", "receiver", &[]),
];

/// What xtask takes from scenario-core; all else it gets through scenario-cli.
const FRONT_DOOR: [&str; 2] = ["error", "process"];

/// Words that are allowed in one place only: where to look, the word, the files and `folders/` that may have it, and why.
const ONLY_HERE: [(&str, &str, &[&str], &str); 14] = [
    (
        "scenario/",
        "process::Command::new",
        &["lab/src/terminal/shell.rs"],
        "only `process` starts processes, and the lab's terminals their shells",
    ),
    ("scenario/", "use std::process::Command", &[], "only `process` starts processes"),
    (
        "scenario/",
        "tokio::process",
        &["lab/src/supervise.rs", "lab/src/terminal/shell.rs"],
        "in the lab `supervise` starts this program anew, and a terminal its shell",
    ),
    ("scenario/", "pty_process", &["lab/src/terminal/"], "only the lab's terminals are terminals"),
    ("scenario/", "ureq::", &["core/src/check/http.rs"], "only a check asks over HTTP"),
    ("scenario/", "TcpStream", &["core/src/ports.rs"], "only `ports` looks whether something listens"),
    ("scenario/", "TcpListener", &["lab/src/"], "only the lab listens"),
    ("scenario/", "process::exit", &[], "a library returns, so that what it started is cleared away"),
    (
        "scenario/",
        "stdout()",
        &[
            "cli/src/lib.rs",
            "cli/src/output.rs",
            "cli/src/run.rs",
            "katacoda/src/main.rs",
            "lab/src/main.rs",
            "lab/src/work.rs",
            "mdbook/src/main.rs",
            "pictures/src/main.rs",
        ],
        "only a front door prints",
    ),
    ("scenario/", "tokio", &["lab/src/"], "the runner is synchronous"),
    ("scenario/", "app/", &[], "the runner names no particular book"),
    ("scenario/core/src/", "Cargo.", &[], "the runner knows no build tool"),
    ("scenario/core/src/", "xtask", &[], "the runner does not know its callers"),
    ("app/", "scenario", &[], "the service is what a reader ends up with, and knows nothing of us"),
];

/// Modules that read, write and start nothing: text and data in, data out.
const PURE: [&str; 16] = [
    "config",
    "problem",
    "source",
    "excerpt",
    "diagnostic",
    "model",
    "parse",
    "edit",
    "files",
    "transcript",
    "world",
    "failure",
    "plan",
    "claims",
    "mutant",
    "event",
];

/// Files of more than [`LINES_MAX`] lines that were looked at again and found to be right as they are.
const LONG: [(&str, &str); 0] = [];
const LINES_MAX: usize = 400;
/// Made from the types of the server, so it is as long as they ask for.
const GENERATED: &str = "scenario/lab/web/src/contract.ts";

/// The lab's page, which is TypeScript.
const PAGE: &str = "scenario/lab/web/";

/// Folders that git ignores.
const IGNORED: [&str; 5] = ["target", "workspace", ".git", "node_modules", "dist"];

/// A committed text file, by its path from the root.
struct File {
    path: String,
    text: String,
}

/// All text files of the repository, but for what git ignores.
fn files() -> Vec<File> {
    let root = project_root();
    let (mut files, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let ignored = IGNORED.iter().any(|ignored| name == *ignored);
                folders.extend((!ignored).then_some(path));
            } else if name != ".git"
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let path = path.strip_prefix(&root).unwrap().display().to_string();
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn read(path: &str) -> String {
    std::fs::read_to_string(project_root().join(path)).unwrap_or_else(|cause| panic!("`{path}`: {cause}"))
}

impl File {
    fn is(&self, extension: &str) -> bool {
        self.path.ends_with(extension)
    }

    /// Whether it is a script of the lab's page, or of its tests.
    fn is_script(&self) -> bool {
        self.path.starts_with(PAGE) && [".ts", ".tsx", ".mjs"].iter().any(|ending| self.is(ending))
    }

    /// Whether it is part of a program, and not of its tests.
    fn is_source(&self) -> bool {
        self.is(".rs") && self.path.contains("src/") && !self.path.ends_with("tests.rs") && !self.is_tidy()
    }

    /// This file, which names what it forbids.
    fn is_tidy(&self) -> bool {
        self.path.starts_with("xtask/src/tidy")
    }

    /// Its lines of code with their numbers: without comments, and without the tests at its end.
    fn code(&self) -> Vec<(usize, &str)> {
        let tests = self.text.find("\n#[cfg(test)]\nmod tests").unwrap_or(self.text.len());
        let lines = self.text[..tests].lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
    }
}

#[track_caller]
fn none(complaints: &[String], what_to_do: &str) {
    assert!(complaints.is_empty(), "\n{}\n\n{what_to_do}\n", complaints.join("\n"));
}

/// The first name of each path that begins with `root::`, as in `crate::a::b` or `crate::{a, b::c}`.
fn imports(file: &File, root: &str) -> BTreeSet<String> {
    let code: String = file.code().iter().flat_map(|(_, line)| [*line, "\n"]).collect();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(&format!("{root}::")) {
        let rest = &code[at + root.len() + 2..];
        let mut depth = 0;
        let mut name = String::new();
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                c if c.is_alphanumeric() || c == '_' => name.push(c),
                _ if depth == 0 => break,
                ',' if depth == 1 => drop(found.insert(std::mem::take(&mut name))),
                ':' if depth == 1 => name.push(':'),
                _ => {}
            }
            if depth == 0 && c == '}' {
                break;
            }
        }
        found.insert(name);
    }
    found.iter().map(|path| path.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn modules_of_core_import_downwards_only() {
    let mut complaints = Vec::new();
    let names: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    let mut used: Vec<BTreeSet<String>> = vec![BTreeSet::new(); names.len()];
    for file in files() {
        let Some(path) = file.path.strip_prefix("scenario/core/src/") else { continue };
        let parts: Vec<&str> = path.split('/').collect();
        let Some(index) = names.iter().position(|name| *name == parts[0].trim_end_matches(".rs")) else {
            continue;
        };
        used[index].extend(imports(&file, "crate").into_iter().filter(|name| names.contains(&name.as_str())));
        let depth = if path.ends_with("/mod.rs") { parts.len() - 1 } else { parts.len() };
        for (line, text) in file.code().iter().filter(|(_, text)| text.contains(&"super::".repeat(depth))) {
            complaints.push(format!("{}:{line}: `{}` climbs to the crate", file.path, text.trim()));
        }
    }
    for (index, (name, allowed)) in MODULES.iter().enumerate() {
        used[index].remove(*name);
        for import in &used[index] {
            if !allowed.split_whitespace().any(|other| other == import) {
                complaints.push(format!("`{name}` imports `{import}`, which the table does not allow"));
            }
        }
        for import in allowed.split_whitespace() {
            if !names[..index].contains(&import) {
                complaints.push(format!("the table lets `{name}` import `{import}`, which is not above it"));
            } else if !used[index].contains(import) {
                complaints.push(format!("the table lets `{name}` import `{import}`, and it does not"));
            }
        }
    }
    none(
        &complaints,
        "import what is above a module in MODULES (xtask/src/tidy.rs), or mend the table there",
    );
}

#[test]
fn modules_of_parse_import_downwards_only() {
    let mut complaints = Vec::new();
    let names: Vec<&str> = PARSE.iter().map(|(name, _)| *name).collect();
    for file in files() {
        let Some(name) = file.path.strip_prefix("scenario/core/src/parse/") else { continue };
        let name = name.trim_end_matches(".rs");
        let Some(index) = names.iter().position(|other| *other == name) else {
            complaints.extend((name != "mod").then(|| format!("`{name}` is not in the table PARSE")));
            continue;
        };
        let allowed: BTreeSet<String> = PARSE[index].1.split_whitespace().map(str::to_owned).collect();
        let used = imports(&file, "crate::parse");
        for import in used.symmetric_difference(&allowed) {
            complaints.push(format!("`{name}` and the table PARSE do not agree on `{import}`"));
        }
        for import in used.iter().filter(|import| !names[..index].contains(&import.as_str())) {
            complaints.push(format!("`{name}` imports `{import}`, which is not above it"));
        }
    }
    none(&complaints, "move what both need below both, or mend PARSE in xtask/src/tidy.rs");
}

#[test]
fn modules_of_core_are_declared_and_described_in_reading_order() {
    let text = read("scenario/core/src/lib.rs");
    let names: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    let names_after = |starts: &[&str], end: char| -> Vec<&str> {
        let rests = text.lines().filter_map(|line| starts.iter().find_map(|start| line.strip_prefix(start)));
        rests.filter_map(|rest| rest.split_once(end)).map(|(name, _)| name).collect()
    };
    let declared = names_after(&["pub mod ", "mod "], ';');
    let described = names_after(&["//! - [`", "//! - `"], '`');
    let what_to_do = "keep lib.rs and MODULES (xtask/src/tidy.rs) in one order, lowest first";
    assert_eq!(declared, names, "`mod` in lib.rs: {what_to_do}");
    assert_eq!(described, names, "`# Layout` in lib.rs: {what_to_do}");
}

#[test]
fn packages_depend_downwards_only() {
    let mut complaints = Vec::new();
    for (folder, name, allowed) in PACKAGES {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{name}\"")), "PACKAGES in xtask/src/tidy.rs: `{name}`");
        for (_, other, _) in PACKAGES.iter().filter(|(_, other, _)| *other != name) {
            let names = |line: &str| {
                let key = line.split(['.', ' ', '=']).next().unwrap_or_default();
                key == *other || line.contains(&format!("package = \"{other}\""))
            };
            if manifest.lines().any(names) && !allowed.contains(other) {
                complaints.push(format!("{folder}/Cargo.toml: `{name}` must not depend on `{other}`"));
            }
        }
    }
    let members = read("Cargo.toml").lines().find(|line| line.starts_with("members")).map(str::to_owned);
    for folder in members.unwrap_or_default().split('"').skip(1).step_by(2) {
        if !PACKAGES.iter().any(|(known, _, _)| *known == folder) {
            complaints.push(format!("Cargo.toml: the member `{folder}` is not in PACKAGES"));
        }
    }
    for file in files().iter().filter(|file| file.is_source() && file.path.starts_with("xtask/")) {
        for name in imports(file, "scenario_core").iter().filter(|name| !FRONT_DOOR.contains(&name.as_str()))
        {
            complaints.push(format!("{}: xtask takes `{name}` from scenario-core", file.path));
        }
    }
    none(&complaints, "see PACKAGES and FRONT_DOOR in xtask/src/tidy.rs: move the code, or mend the table");
}

/// Whether a place is a file, or a folder that the file is in.
fn covers(place: &str, file: &str) -> bool {
    place == file || (place.ends_with('/') && file.starts_with(place))
}

#[test]
fn what_is_allowed_in_one_place_is_not_elsewhere() {
    let mut complaints = Vec::new();
    let files = files();
    for (folder, word, allowed, why) in ONLY_HERE {
        let inside = files.iter().filter(|file| file.is_source() && file.path.starts_with(folder));
        let mut used = BTreeSet::new();
        for file in inside {
            let place = file.path.strip_prefix(folder).unwrap_or(&file.path).to_owned();
            for (line, _) in file.code().iter().filter(|(_, text)| text.contains(word)) {
                if !allowed.iter().any(|allowed| covers(allowed, &place)) {
                    complaints.push(format!("{}:{line}: `{word}`: {why}", file.path));
                }
                used.insert(place.clone());
            }
        }
        for place in allowed.iter().filter(|place| !used.iter().any(|used| covers(place, used))) {
            complaints.push(format!("ONLY_HERE: `{place}` does not say `{word}` any more"));
        }
    }
    none(&complaints, "go through the module that is there for it, or mend ONLY_HERE in xtask/src/tidy.rs");
}

#[test]
fn pure_modules_touch_nothing() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.is_source()) {
        let Some(path) = file.path.strip_prefix("scenario/core/src/") else { continue };
        let module = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
        let outside = ["fs", "env", "net", "io", "process", "thread"];
        for name in imports(file, "std").iter().filter(|name| outside.contains(&name.as_str())) {
            if PURE.contains(&module) {
                complaints.push(format!("{}: `std::{name}` in `{module}`", file.path));
            }
        }
    }
    none(
        &complaints,
        "these modules are text and data only: read in `book`, write in `workspace`, run in `runner`",
    );
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut complaints = Vec::new();
    let mut long = BTreeSet::new();
    for file in files().iter().filter(|file| file.is(".rs")) {
        if !file.text.starts_with("//! ") {
            complaints
                .push(format!("{}: begin it with `//!`: what it is for, and what it is not", file.path));
        }
        let tests = file.text.find("\n#[cfg(test)]\nmod tests").unwrap_or(file.text.len());
        let lines = file.text[..tests].lines().count();
        if file.is_source() && lines > LINES_MAX {
            long.insert(file.path.clone());
            if !LONG.iter().any(|(path, _)| *path == file.path) {
                complaints.push(format!("{}: {lines} lines: look again whether it is two files", file.path));
            }
        }
    }
    for file in files().iter().filter(|file| file.is_script()) {
        if !file.text.starts_with("// ") {
            complaints.push(format!("{}: begin it with `//`: what it is for, and what it is not", file.path));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX && file.path != GENERATED {
            complaints.push(format!("{}: {lines} lines: look again whether it is two files", file.path));
        }
    }
    for (path, _) in LONG.iter().filter(|(path, _)| !long.contains(*path)) {
        complaints.push(format!("LONG: `{path}` is not long any more"));
    }
    none(&complaints, "split a long file, or give the reason why it is one in LONG (xtask/src/tidy.rs)");
}

/// The page that teaches how to resolve a conflict of git.
const SHOWS_A_CONFLICT: &str = "scenario/examples/git/src/step-3-conflict.md";

#[test]
fn nothing_is_left_for_later() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| !file.is_tidy()) {
        let is_rust = file.is(".rs");
        for (index, line) in file.text.lines().enumerate() {
            let comment =
                if is_rust { line.split_once("//").map(|(_, comment)| comment) } else { Some(line) };
            let later = comment.is_some_and(|text| text.contains("TODO") || text.contains("FIXME"));
            let conflict = ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark))
                && file.path != SHOWS_A_CONFLICT;
            if later || conflict || (is_rust && line.contains("dbg!(")) {
                complaints.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    none(&complaints, "do it, file an issue, or say in a sentence what is so and why");
}

#[test]
fn every_skip_can_be_forbidden() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.is(".rs") && !file.is_tidy()) {
        let forbids = file.text.contains("SCENARIO_NO_SKIP");
        if file.path.contains("tests/") && file.text.contains("skipped: {") && !forbids {
            complaints.push(format!("{}: skips, whatever `SCENARIO_NO_SKIP` says", file.path));
        }
    }
    none(&complaints, "fail where SCENARIO_NO_SKIP is set: `cargo xtask ci` provides all that a test needs");
}
