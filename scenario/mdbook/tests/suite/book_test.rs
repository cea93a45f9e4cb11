//! The builder of the suite: a book as mdBook sends it, and what comes back.

use serde_json::{Value, json};
use tempfile::TempDir;

/// A book that a test puts together.
pub(crate) struct BookTest {
    items: Vec<Value>,
    settings: Value,
    version: &'static str,
    steps: u32,
    root: TempDir,
}

impl BookTest {
    pub(crate) fn new() -> BookTest {
        let root = TempDir::new().expect("a folder");
        BookTest { items: Vec::new(), settings: json!({}), version: "0.5.4", steps: 0, root }
    }

    /// Adds a numbered chapter, `src/step-N.md`.
    pub(crate) fn step(mut self, text: &str) -> BookTest {
        self.steps += 1;
        let name = format!("step-{}", self.steps);
        let number = json!([self.steps]);
        self.item(&name, number, text)
    }

    /// A file in the folder of the pages. That of a page says something else than mdBook sends where another preprocessor
    /// came before.
    pub(crate) fn file(self, name: &str, text: &str) -> BookTest {
        let path = self.root.path().join("src").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// Adds a chapter that is not a step.
    pub(crate) fn page(self, name: &str, text: &str) -> BookTest {
        self.item(name, Value::Null, text)
    }

    /// Adds a chapter below the first.
    pub(crate) fn nested(mut self, text: &str) -> BookTest {
        let child = BookTest::new().item("nested", json!([1, 1]), text).items.remove(0);
        self.items[0]["Chapter"]["sub_items"] = json!([child]);
        self
    }

    /// Adds a chapter without a page.
    pub(crate) fn draft(self) -> BookTest {
        let mut test = self.item("draft", json!([9]), "");
        let last = test.items.len() - 1;
        test.items[last]["Chapter"]["path"] = Value::Null;
        test.items[last]["Chapter"]["source_path"] = Value::Null;
        test
    }

    /// Adds a chapter with any name and number.
    pub(crate) fn item(mut self, name: &str, number: Value, text: &str) -> BookTest {
        let path = format!("{name}.md");
        self.items.push(json!({ "Chapter": {
            "name": name, "content": text, "number": number, "sub_items": [],
            "path": path, "source_path": path, "parent_names": [],
        }}));
        self
    }

    /// Sets a key of `[preprocessor.scenario]`.
    pub(crate) fn setting(mut self, key: &str, value: impl Into<Value>) -> BookTest {
        self.settings[key] = value.into();
        self
    }

    /// Says which mdBook sends the book.
    pub(crate) fn mdbook_version(mut self, version: &'static str) -> BookTest {
        self.version = version;
        self
    }

    /// The book as mdBook writes it to a preprocessor's standard input.
    pub(crate) fn json(&self) -> String {
        let config = json!({ "book": { "title": "A book" }, "preprocessor": { "scenario": self.settings } });
        json!([
            { "root": self.root.path(), "config": config, "renderer": "html", "mdbook_version": self.version },
            { "items": self.items },
        ])
        .to_string()
    }

    /// What became of the chapters, or the error's text.
    pub(crate) fn run(&self) -> Result<Shown, String> {
        let (mut output, mut warnings) = (Vec::new(), Vec::new());
        let mut warn = |warning: &str| warnings.push(warning.to_owned());
        mdbook_scenario::run(self.json().as_bytes(), &mut output, &mut warn)
            .map_err(|error| error.to_string())?;
        let book: Value = serde_json::from_slice(&output).unwrap();
        let mut chapters = Vec::new();
        contents(&book["items"], &mut chapters);
        Ok(Shown { chapters, warnings })
    }

    /// The first chapter, made readable.
    #[track_caller]
    pub(crate) fn first(&self) -> String {
        readable(&self.run().unwrap().chapters[0])
    }

    /// The last chapter, made readable.
    #[track_caller]
    pub(crate) fn last(&self) -> String {
        readable(self.run().unwrap().chapters.last().unwrap())
    }
}

/// The text of each chapter and of those nested below it.
fn contents(items: &Value, chapters: &mut Vec<String>) {
    for item in items.as_array().into_iter().flatten() {
        chapters.push(item["Chapter"]["content"].as_str().unwrap().to_owned());
        contents(&item["Chapter"]["sub_items"], chapters);
    }
}

/// What the preprocessor made of a book.
pub(crate) struct Shown {
    pub(crate) chapters: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// A chapter without the style before it and the script after it, with a new line for each escaped one and for each
/// part of a figure.
pub(crate) fn readable(content: &str) -> String {
    let rest = content.split_once("</style>\n\n").map_or(content, |(_, rest)| rest);
    let rest = rest.split_once("\n\n<script>").map_or(rest, |(rest, _)| rest);
    let parts =
        ["<figcaption", "<pre>", "</figure>", "<p data", "<ul>", "<li ", "</ul>", "</section>", "<p class"];
    let broken = parts.iter().fold(rest.to_owned(), |text, part| text.replace(part, &format!("\n  {part}")));
    broken.replace("&#10;", "⏎\n")
}
