//! A folder with scenarios, and what the program prints about it.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder for scenarios.
pub(crate) struct Folder {
    dir: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder { dir: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Folder {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn link(&self, to: impl AsRef<Path>, path: &str) -> &Folder {
        std::os::unix::fs::symlink(to, self.path(path)).unwrap();
        self
    }

    /// A scenario with these pages as its steps.
    pub(crate) fn scenario(&self, name: &str, pages: &[&str]) -> &Folder {
        let mut steps = Vec::new();
        for (number, page) in pages.iter().enumerate() {
            let file = format!("step{}.md", number + 1);
            self.write(&format!("{name}/{file}"), page);
            steps.push(json!({ "title": "Step", "text": file }));
        }
        self.write(&format!("{name}/index.json"), index(json!({ "steps": steps })))
    }

    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario-katacoda"));
        command.current_dir(self.dir.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program().args(arguments).output().unwrap()
    }

    /// What `inspect --json` prints for each scenario.
    pub(crate) fn inspect(&self, folder: &str) -> Vec<Value> {
        let output = self.run(&["inspect", "--json", folder]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{error}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What `inspect` prints for a person.
    pub(crate) fn say(&self, folder: &str) -> String {
        let output = self.run(&["inspect", folder]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// An index.json with these details.
pub(crate) fn index(details: Value) -> String {
    serde_json::to_string_pretty(&json!({
        "title": "Tea",
        "details": details,
        "backend": { "imageid": "ubuntu" },
    }))
    .unwrap()
}

/// What `inspect --json` prints for a scenario with one page.
pub(crate) fn page(text: &str) -> Value {
    let folder = Folder::new();
    folder.scenario("tea", &[text]);
    folder.inspect(".").remove(0)
}

/// What is counted in a page.
pub(crate) fn counts(text: &str) -> Value {
    page(text)["counts"].clone()
}
