//! One of the books in `scenario/examples/`, and what a learner has of it at the end of a step.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

/// Folders that do not count as files of a book: what the runner keeps, and what tools make anew differently each time.
const NOT_COMPARED: [&str; 5] = [".scenario", ".git", ".venv", "__pycache__", "data"];

/// Held by the test that uses the port of the book about postgres.
pub(crate) static POSTGRES: Mutex<()> = Mutex::new(());

/// One of the books, with a state, a cache and workspaces of its own. Whatever it leaves running ends with it.
pub(crate) struct Example {
    name: &'static str,
    folder: TempDir,
    book: PathBuf,
    /// A command that prints what the files alone do not show.
    look: &'static str,
}

impl Example {
    /// The book, unless this machine lacks something that it needs.
    pub(crate) fn new(name: &'static str, look: &'static str) -> Option<Example> {
        let folder = TempDir::new().expect("a folder");
        let example = Example { name, folder, book: repository().join("scenario/examples").join(name), look };
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same book with another text in one file.
    pub(crate) fn with(mut self, file: &str, from: &str, to: &str) -> Example {
        let book = self.path("book");
        std::fs::create_dir_all(book.join("src")).expect("a folder");
        for name in ["book.toml", "src"] {
            let copied = Command::new("cp").arg("-r").arg(self.book.join(name)).arg(&book).status();
            assert!(copied.is_ok_and(|status| status.success()), "cp");
        }
        let text = std::fs::read_to_string(book.join(file)).expect("a page");
        assert!(text.contains(from), "no `{from}` in {file}");
        std::fs::write(book.join(file), text.replace(from, to)).expect("a page");
        self.book = book;
        self
    }

    /// What is said about the first mistake when the last step is played.
    pub(crate) fn complaint(&self) -> String {
        let (status, text) = self.run("workspace", &["step", "3"]);
        assert_ne!(status, Some(0), "{text}");
        let folder = self.folder.path().canonicalize().expect("a folder").display().to_string();
        let text = text.replace(&format!("{folder}/"), "");
        let begin = text.find("\nerror").map_or(0, |at| at + 1);
        let end = text[begin..].find("\n  again:").map_or(text.len(), |at| begin + at + 1);
        text[begin..end].to_owned()
    }

    /// Runs `scenario` on the book in a workspace; its exit status, and all that it prints.
    pub(crate) fn run(&self, workspace: &str, words: &[&str]) -> (Option<i32>, String) {
        let repository = repository();
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
        command.arg("--book").arg(&self.book);
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
    pub(crate) fn must(&self, workspace: &str, words: &[&str]) {
        let (status, text) = self.run(workspace, words);
        assert_eq!(status, Some(0), "`scenario {}` of the book `{}`:\n{text}", words.join(" "), self.name);
    }

    /// Goes to a step, checks it, and returns what is there.
    #[track_caller]
    pub(crate) fn step(&self, workspace: &str, number: usize) -> State {
        let number = number.to_string();
        self.must(workspace, &["step", &number]);
        self.must(workspace, &["check", &number]);
        self.state(&self.path(workspace))
    }

    #[track_caller]
    pub(crate) fn state(&self, workspace: &Path) -> State {
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

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository")
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.run("none", &["down"]);
    }
}

/// What a learner has at the end of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) look: String,
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
