//! index.json as data: both vocabularies, with the places of everything that names a file.
//!
//! The keys are those of the public examples of both platforms, katacoda/scenario-examples and killercoda/scenario-examples.
//! This module does not check that the files exist.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::json::{self, Document, Invalid, Member, Value};

/// What index.json says.
#[derive(Debug, Clone)]
pub struct Index {
    /// The title.
    pub title: Option<String>,
    /// Whether the text is JSON by the standard.
    pub is_strict: bool,
    /// The introduction, if there is one.
    pub intro: Option<Part>,
    /// The steps in their order.
    pub steps: Vec<Part>,
    /// The end, if there is one.
    pub finish: Option<Part>,
    /// The files that are put on the hosts.
    pub assets: Vec<Asset>,
    /// The image of the machine.
    pub image: Option<String>,
    /// The folder to which relative file names refer.
    pub editor_path: Option<String>,
    /// Unknown keys of `details`.
    pub unknown: Vec<Text>,
    /// Keys that an object has had before. The last one counts.
    pub duplicates: Vec<Text>,
    /// Values of the wrong type, which have no effect.
    pub mistyped: Vec<Mistyped>,
}

/// A value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistyped {
    /// Its key, such as `steps` or `text`. An element has the key of its array.
    pub key: String,
    /// The expected type.
    pub expected: &'static str,
    /// The type of the value.
    pub found: &'static str,
    /// Its bytes in index.json.
    pub span: Range<usize>,
}

impl Index {
    /// Whether there is an introduction, a step or an end.
    pub fn has_pages(&self) -> bool {
        self.intro.is_some() || !self.steps.is_empty() || self.finish.is_some()
    }
}

/// A text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its bytes in index.json.
    pub span: Range<usize>,
}

/// An introduction, a step, or an end.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Its title.
    pub title: Option<String>,
    /// Its page.
    pub page: Option<Text>,
    /// The scripts and pages that go with it.
    pub files: Vec<(Role, Text)>,
    /// Its bytes in index.json.
    pub span: Range<usize>,
}

/// What a file of a part is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A script that runs before the part, hidden from the learner: `courseData` or `background`.
    Background,
    /// A script that runs in the terminal: `code` or `foreground`.
    Foreground,
    /// A script that decides whether the learner may go on.
    Verify,
    /// A page with the solution.
    Answer,
    /// A script that prints a hint.
    Hint,
}

/// A file that is put on a host.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The host.
    pub host: String,
    /// Its path below `assets/`, perhaps with `*`.
    pub file: Text,
    /// The folder or file that it becomes.
    pub target: Option<String>,
    /// The argument of `chmod`.
    pub chmod: Option<String>,
}

/// Both names of each role.
const ROLES: [(&str, Role); 7] = [
    ("courseData", Role::Background),
    ("background", Role::Background),
    ("code", Role::Foreground),
    ("foreground", Role::Foreground),
    ("verify", Role::Verify),
    ("answer", Role::Answer),
    ("hint", Role::Hint),
];

/// The keys of `details` that something reads.
const DETAILS: [&str; 7] = ["steps", "intro", "finish", "assets", "difficulty", "duration", "template"];

impl Role {
    /// Its name in counts.
    pub fn name(self) -> &'static str {
        match self {
            Role::Background => "background",
            Role::Foreground => "foreground",
            Role::Verify => "verify",
            Role::Answer => "answer",
            Role::Hint => "hint",
        }
    }
}

impl Asset {
    /// Whether it names several files by `*`.
    pub fn is_glob(&self) -> bool {
        self.file.text.contains('*')
    }
}

/// Reads index.json. Returns `None` if it does not belong to a scenario.
///
/// # Errors
///
/// The text is not JSON.
pub fn read(text: &str) -> Result<Option<Index>, Invalid> {
    let Document { value, is_strict } = json::parse(text)?;
    let Some(details) = value.get("details") else { return Ok(None) };
    let Some(steps) = details.get("steps") else { return Ok(None) };
    let part = |key: &str| details.get(key).filter(|value| !value.members().is_empty()).map(part);
    Ok(Some(Index {
        title: string(&value, "title"),
        is_strict,
        intro: part("intro"),
        steps: steps.elements().iter().map(self::part).collect(),
        finish: part("finish"),
        assets: details.get("assets").map(assets).unwrap_or_default(),
        image: value.get("backend").and_then(|backend| string(backend, "imageid")),
        editor_path: value.get("environment").and_then(|environment| string(environment, "uieditorpath")),
        unknown: details.members().iter().filter_map(unknown).collect(),
        duplicates: duplicates(&value),
        mistyped: mistyped(details),
    }))
}

fn unknown(member: &Member) -> Option<Text> {
    let is_known = DETAILS.contains(&member.key.as_str());
    (!is_known).then(|| Text { text: member.key.clone(), span: member.key_span.clone() })
}

/// The keys that an object has had before.
fn duplicates(value: &Value) -> Vec<Text> {
    let mut found = Vec::new();
    let mut keys = BTreeSet::new();
    for member in value.members() {
        if !keys.insert(member.key.as_str()) {
            found.push(Text { text: member.key.clone(), span: member.key_span.clone() });
        }
        found.extend(duplicates(&member.value));
    }
    found.extend(value.elements().iter().flat_map(duplicates));
    found
}

/// The values in `details` of the wrong type. Of the elements of an array it lists only the first, because the others
/// usually have the same mistake.
fn mistyped(details: &Value) -> Vec<Mistyped> {
    let mut found = Vec::new();
    for key in ["intro", "finish"] {
        if let Some(part) = details.get(key) {
            check(&mut found, key, part, "an object");
            check_part(&mut found, part);
        }
    }
    if let Some(steps) = details.get("steps") {
        check(&mut found, "steps", steps, "an array");
        check_elements(&mut found, "steps", steps);
        steps.elements().iter().for_each(|step| check_part(&mut found, step));
    }
    if let Some(assets) = details.get("assets") {
        check(&mut found, "assets", assets, "an object");
        for host in assets.members() {
            check(&mut found, &host.key, &host.value, "an array");
            check_elements(&mut found, &host.key, &host.value);
            for file in host.value.elements().iter().filter_map(|asset| asset.get("file")) {
                check(&mut found, "file", file, "a string");
            }
        }
    }
    found
}

/// Records a value of the wrong type. `null` is allowed and stands for no value.
fn check(found: &mut Vec<Mistyped>, key: &str, value: &Value, expected: &'static str) {
    let name = value.type_name();
    if name != expected && name != "null" {
        found.push(Mistyped { key: key.to_owned(), expected, found: name, span: value.span.clone() });
    }
}

fn check_elements(found: &mut Vec<Mistyped>, key: &str, array: &Value) {
    let is_other = |element: &&Value| !matches!(element.type_name(), "an object" | "null");
    if let Some(first) = array.elements().iter().find(is_other) {
        check(found, key, first, "an object");
    }
}

fn check_part(found: &mut Vec<Mistyped>, part: &Value) {
    let is_read = |key: &str| matches!(key, "title" | "text") || ROLES.iter().any(|(name, _)| *name == key);
    for member in part.members().iter().filter(|member| is_read(&member.key)) {
        check(found, &member.key, &member.value, "a string");
    }
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.text().map(str::to_owned)
}

/// A text that is not empty.
fn text(value: &Value) -> Option<Text> {
    let text = value.text().filter(|text| !text.trim().is_empty())?;
    Some(Text { text: text.to_owned(), span: value.span.clone() })
}

fn part(value: &Value) -> Part {
    let role = |key: &str| ROLES.iter().find(|(name, _)| *name == key).map(|(_, role)| *role);
    let files = value.members().iter().filter_map(|member| Some((role(&member.key)?, text(&member.value)?)));
    Part {
        title: string(value, "title"),
        page: value.get("text").and_then(text),
        files: files.collect(),
        span: value.span.clone(),
    }
}

fn assets(value: &Value) -> Vec<Asset> {
    let hosts = value
        .members()
        .iter()
        .flat_map(|host| host.value.elements().iter().map(move |asset| (host.key.clone(), asset)));
    let assets = hosts.filter_map(|(host, asset)| {
        let file = asset.get("file").and_then(text)?;
        Some(Asset { host, file, target: string(asset, "target"), chmod: string(asset, "chmod") })
    });
    assets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_vocabularies_are_read() {
        let text = r#"{"details": {"intro": {"text": "a.md", "courseData": "a.sh", "code": "b.sh"},
            "steps": [{"title": "One", "text": "b.md", "background": "c.sh", "foreground": "d.sh", "tile": "x"}]}}"#;
        let index = read(text).unwrap().unwrap();
        let roles = |part: &Part| {
            part.files.iter().map(|(role, file)| (*role, file.text.clone())).collect::<Vec<_>>()
        };
        let expected =
            |a: &str, b: &str| vec![(Role::Background, a.to_owned()), (Role::Foreground, b.to_owned())];
        assert_eq!(roles(index.intro.as_ref().unwrap()), expected("a.sh", "b.sh"));
        assert_eq!(roles(&index.steps[0]), expected("c.sh", "d.sh"));
        let page = index.steps[0].page.as_ref().unwrap();
        assert_eq!(&text[page.span.clone()], "\"b.md\"");
    }

    #[test]
    fn titles_and_parts_may_be_absent() {
        let index = read(r#"{"details": {"steps": [{}], "NOT_WORKING": 1}}"#).unwrap().unwrap();
        assert!(
            index.title.is_none() && index.intro.is_none() && index.finish.is_none() && index.image.is_none()
        );
        assert_eq!(index.steps.len(), 1);
        assert_eq!(index.unknown[0].text, "NOT_WORKING");
    }

    #[test]
    fn other_files_are_no_scenario() {
        for text in
            [r#"{"type": "jupyter@0.1", "backend": {"imageid": "python:3.8"}}"#, "[1]", "{\"details\": 1}"]
        {
            assert!(read(text).unwrap().is_none(), "{text}");
        }
    }
}
