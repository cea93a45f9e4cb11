//! The books in `scenario/examples/`, run by the program `scenario` on every way to their last step: at once, step by
//! step, back and forth, and by `verify`. The files must be the same each time.
//!
//! A suite of its own that plain `cargo test` leaves out: it downloads packages of Python and takes a minute. `cargo
//! xtask ci` runs it by `--test examples`. The books use fixed ports, so only one run of this suite can go on at a time.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The last step of each book.
const LAST: usize = 3;
/// Folders that do not count as files of a book: what the runner keeps, and what tools make anew differently each time.
const NOT_COMPARED: [&str; 5] = [".scenario", ".git", ".venv", "__pycache__", "data"];

/// One of the books, with a state, a cache and workspaces of its own. Whatever it leaves running ends with it.
struct Example {
    name: &'static str,
    folder: TempDir,
    /// A command that prints what the files alone do not show.
    look: &'static str,
}

impl Example {
    /// The book, unless this machine lacks something that it needs.
    fn new(name: &'static str, look: &'static str) -> Option<Example> {
        let example = Example { name, folder: TempDir::new().expect("a folder"), look };
        let (status, text) = example.run("none", &["setup"]);
        if status == Some(0) {
            return Some(example);
        }
        let reason = format!("the book `{name}` cannot run here: {text}");
        assert!(std::env::var_os("SCENARIO_NO_SKIP").is_none(), "cannot be skipped here: {reason}");
        // A passing test keeps back what `eprintln!` says.
        let _ = writeln!(std::io::stderr(), "skipped: {reason}");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `scenario` on the book in a workspace; its exit status, and all that it prints.
    fn run(&self, workspace: &str, words: &[&str]) -> (Option<i32>, String) {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository");
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
        command.arg("--book").arg(repository.join("scenario/examples").join(self.name));
        command.arg("--workspace").arg(self.path(workspace)).args(words);
        command.stdin(Stdio::null()).current_dir(self.folder.path());
        command.env("SCENARIO_STATE", self.path("state")).env("XDG_CACHE_HOME", self.path("cache"));
        if std::env::var_os("SCENARIO_TOOLS").is_none() {
            command.env("SCENARIO_TOOLS", repository.join("target/tools"));
        }
        // No engine by that name: these books must not touch the machine's containers.
        command.env("SCENARIO_ENGINE", "none").env_remove("SCENARIO_COMMAND_SECONDS");
        let output = command.output().expect("scenario can be started");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.code(), text.concat())
    }

    #[track_caller]
    fn must(&self, workspace: &str, words: &[&str]) {
        let (status, text) = self.run(workspace, words);
        assert_eq!(status, Some(0), "`scenario {}` of the book `{}`:\n{text}", words.join(" "), self.name);
    }

    /// Goes to a step, checks it, and returns what is there.
    #[track_caller]
    fn step(&self, workspace: &str, number: usize) -> State {
        let number = number.to_string();
        self.must(workspace, &["step", &number]);
        self.must(workspace, &["check", &number]);
        self.state(&self.path(workspace))
    }

    #[track_caller]
    fn state(&self, workspace: &Path) -> State {
        let mut files = BTreeMap::new();
        collect(workspace, workspace, &mut files);
        let mut command = Command::new("bash");
        command.args(["-euc", self.look]).current_dir(workspace).stdin(Stdio::null());
        let looked = command.output().expect("bash");
        let complaint = String::from_utf8_lossy(&looked.stderr);
        assert!(looked.status.success(), "the look at the book `{}`: {complaint}", self.name);
        State { files, look: String::from_utf8_lossy(&looked.stdout).into_owned() }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.run("none", &["down"]);
    }
}

/// What a learner has at the end of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    files: BTreeMap<PathBuf, String>,
    look: String,
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if NOT_COMPARED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            files.insert(path.strip_prefix(root).expect("a path below").to_owned(), text);
        }
    }
}

/// One by one and back and forth in one workspace, at once in another.
const ALL_WAYS: [&[usize]; 2] = [&[1, 2, 3, 1, 3], &[3]];
/// The same with fewer steps from nothing, for a book that takes long to begin.
const FEW_WAYS: [&[usize]; 1] = [&[3, 1, 2, 3]];

/// Goes to the steps of each way in a workspace of its own, then runs `verify`. Returns what is there at the end of each
/// step, which must be the same every time.
#[track_caller]
fn go(example: &Example, ways: &[&[usize]]) -> [State; LAST] {
    let mut states = [const { None }; LAST];
    for (index, way) in ways.iter().enumerate() {
        let workspace = format!("workspace-{index}");
        for number in *way {
            let state = example.step(&workspace, *number);
            let known = states[number - 1].get_or_insert_with(|| state.clone());
            assert_eq!(&state, known, "step {number} on the way {way:?}");
        }
        example.must(&workspace, &["down"]);
    }
    example.must("none", &["verify"]);
    let verified = std::fs::read_dir(example.path("cache/scenario/verify")).expect("a folder");
    let verified: Vec<PathBuf> = verified.flatten().map(|entry| entry.path()).collect();
    assert_eq!(verified.len(), 1, "{verified:?}");
    let states = states.map(|state| state.expect("every step was reached"));
    assert_eq!(example.state(&verified[0]), states[LAST - 1], "by verify");
    states
}

#[test]
fn the_book_about_git_is_the_same_on_every_way() {
    let look = "git -C recipes log --all --topo-order --format='%s (%D)'; git -C recipes status --short";
    let Some(example) = Example::new("git", look) else { return };
    let [_, second, last] = go(&example, &ALL_WAYS);
    assert_eq!(second.look, "Add cinnamon (spicy)\nAdd pancakes (HEAD -> main)\n");
    assert_eq!(
        last.look,
        "Merge cinnamon, with more buttermilk (HEAD -> main)\nAdd cinnamon ()\nTake more milk ()\nAdd pancakes ()\n"
    );
}

#[test]
fn the_book_about_flask_is_the_same_on_every_way() {
    let Some(example) = Example::new("flask", "true") else { return };
    let [first, _, last] = go(&example, &FEW_WAYS);
    let names = |state: &State| state.files.keys().map(|path| path.display().to_string()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["app.py", "requirements.txt"]);
    assert_eq!(names(&last), ["app.py", "metrics.py", "prometheus.yml", "requirements.txt"]);
}

#[test]
fn the_book_about_postgres_has_the_right_rows_on_every_way() {
    // The server is asked alone, and on a copy: a look must change nothing.
    let look = r#"copy=$(mktemp -d); trap 'rm -rf "$copy"' EXIT; chmod 755 "$copy"; cp -a data "$copy/data"
        echo 'SELECT * FROM books ORDER BY title' |
            sh pg.sh postgres --single -j -D "$copy/data" postgres 2>/dev/null | grep -o '[a-z]* = ".*"'"#;
    let Some(example) = Example::new("postgres", look) else { return };
    let states = go(&example, &ALL_WAYS);
    let rows = states.map(|state| state.look.matches("title = ").count());
    assert_eq!(rows, [2, 4, 4]);
}
