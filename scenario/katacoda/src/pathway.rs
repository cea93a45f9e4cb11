//! Pathways: files that put scenarios into an order. Katacoda reads `NAME-pathway.json` beside the folder NAME, Killercoda
//! reads `structure.json` in the folder of a course.
//!
//! The format is that of the public examples of both platforms (katacoda/scenario-examples,
//! killercoda/scenario-examples-courses). This module reads no page of a scenario.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use scenario_core::source::{SourceFile, Span};

use crate::folder::{self, Folder, PATHWAY_SUFFIX, STRUCTURE, Unreadable};
use crate::index;
use crate::json::{self, Value};
use crate::problem::{ITEMS_MAX, Kind, Problem, Problems};

/// The keys of lists of scenarios.
const LISTS: [&str; 3] = ["courses", "scenarios", "items"];

/// A pathway, with those that it names.
#[derive(Debug)]
pub struct Pathway {
    /// Its file, or its folder if it has no file. Relative to the given folder.
    pub path: PathBuf,
    /// The title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// What it names, in its order.
    pub items: Vec<Item>,
}

/// What a pathway names.
#[derive(Debug)]
pub struct Item {
    /// The title in the pathway, or that of the scenario.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// What it is.
    pub target: Target,
    /// Its place in one of the sources of [`Problems`].
    pub place: Span,
}

/// What an item of a pathway is.
#[derive(Debug)]
pub enum Target {
    /// A scenario, by its folder relative to the given one.
    Scenario(PathBuf),
    /// Another pathway.
    Pathway(Pathway),
    /// A pathway that an item before has named.
    Again(PathBuf),
    /// An address on the web.
    Web(String),
    /// Nothing that can be found: what the pathway says. It is one of the problems.
    Missing(String),
}

/// The name of a pathway's folder: `tea` for `tea-pathway.json`, and for `structure.json` that of the folder it is in.
pub fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    if name == STRUCTURE {
        return Some(path.parent()?.file_name()?.to_string_lossy().into_owned());
    }
    name.strip_suffix(PATHWAY_SUFFIX).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Reads the pathway in a file below a folder, and what would not work in it; `None` if the file is missing or is not a
/// pathway.
///
/// `shown` is the folder as messages name it.
pub fn read(folder: &Folder, path: &Path, shown: &Path) -> Option<(Pathway, Problems)> {
    let mut reader = Reader {
        folder,
        shown,
        problems: Problems::default(),
        open: Vec::new(),
        seen: BTreeSet::new(),
        room: ITEMS_MAX,
    };
    let pathway = reader.file(path)?;
    Some((pathway, reader.problems))
}

struct Reader<'a> {
    folder: &'a Folder,
    shown: &'a Path,
    problems: Problems,
    /// The files that are being read: each names the next.
    open: Vec<PathBuf>,
    /// The files that were read.
    seen: BTreeSet<PathBuf>,
    /// How many more items are read.
    room: usize,
}

/// What the text of a pathway refers to.
struct Names<'a> {
    /// Its value, for messages.
    value: &'a Value,
    /// The folders that it may be, in the order in which they are tried.
    folders: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path) -> Option<Pathway> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let bytes = self.folder.read(folder, &path.file_name()?.to_string_lossy()).ok()?;
        let (text, is_text) = folder::decode(&bytes);
        let mut pathway =
            Pathway { path: path.to_owned(), title: None, description: None, items: Vec::new() };
        let parsed = json::parse(&text);
        let is_one = match &parsed {
            Ok(document) => LISTS.iter().any(|key| document.value.get(key).is_some()),
            Err(_) => LISTS.iter().any(|key| text.contains(&format!("\"{key}\""))),
        };
        if !is_one {
            return None;
        }
        let shown = self.shown.join(path);
        let shown = shown.strip_prefix(".").unwrap_or(&shown);
        let page = self.problems.sources.add(SourceFile::new(shown, text.as_ref()));
        if let Some(at) = text.find(char::REPLACEMENT_CHARACTER).filter(|_| !is_text) {
            self.add(page, at..at + char::REPLACEMENT_CHARACTER.len_utf8(), Kind::NotText);
        }
        match parsed {
            Ok(document) => {
                pathway.title = string(&document.value, "title");
                pathway.description = string(&document.value, "description");
                self.open.push(path.to_owned());
                pathway.items = self.items(path, page, &document.value);
                self.open.pop();
            }
            Err(invalid) => {
                let end = text[invalid.at..].chars().next().map_or(invalid.at, |c| invalid.at + c.len_utf8());
                self.add(page, invalid.at..end, Kind::InvalidJson { expected: invalid.expected });
            }
        }
        self.seen.insert(path.to_owned());
        Some(pathway)
    }

    fn add(&mut self, page: usize, range: Range<usize>, kind: Kind) {
        self.problems.list.push(Problem { place: Span::new(page, range), kind });
    }

    fn items(&mut self, path: &Path, page: usize, value: &Value) -> Vec<Item> {
        let mut items = Vec::new();
        let lists = value.members().iter().filter(|member| LISTS.contains(&member.key.as_str()));
        for list in lists {
            let mistyped = |value: &Value, expected| Kind::Mistyped {
                key: list.key.clone(),
                expected,
                found: value.type_name(),
            };
            if list.value.type_name() != "an array" {
                self.add(page, list.value.span.clone(), mistyped(&list.value, "an array"));
            }
            for element in list.value.elements() {
                let span = element.span.clone();
                if element.type_name() != "an object" {
                    self.add(page, span, mistyped(element, "an object"));
                    continue;
                }
                if self.room == 0 {
                    self.add(page, span, Kind::TooManyItems);
                    return items;
                }
                self.room -= 1;
                let (target, title) = self.target(path, page, element);
                items.push(Item {
                    title: string(element, "title").or(title),
                    description: string(element, "description"),
                    target,
                    place: Span::new(page, span),
                });
            }
        }
        items
    }

    /// What an item is, and the title of a scenario.
    fn target(&mut self, path: &Path, page: usize, element: &Value) -> (Target, Option<String>) {
        if let Some(address) = string(element, "external_link") {
            return (Target::Web(address), None);
        }
        let Some(names) = names(element, &name_of(path).unwrap_or_default()) else {
            self.add(page, element.span.clone(), Kind::NoScenario);
            return (Target::Missing(string(element, "title").unwrap_or_default()), None);
        };
        let base = path.parent().unwrap_or(Path::new(""));
        let mut is_outside = false;
        for name in &names.folders {
            let Some(place) = below(base, name) else {
                is_outside = true;
                continue;
            };
            match self.found(&place, page, names.value) {
                Ok(Some(found)) => return found,
                Ok(None) => {}
                Err(Unreadable::Outside) => is_outside = true,
                Err(_) => {}
            }
        }
        let first = names.folders.into_iter().next().unwrap_or_default();
        let kind = if is_outside { Kind::Outside } else { Kind::MissingScenario };
        self.add(page, names.value.span.clone(), kind(first.clone()));
        (Target::Missing(first), None)
    }

    /// The scenario or the pathway at a place.
    fn found(
        &mut self,
        place: &Path,
        page: usize,
        value: &Value,
    ) -> Result<Option<(Target, Option<String>)>, Unreadable> {
        let here = Path::new("");
        let real = self.folder.locate(here, &place.to_string_lossy());
        if let Ok(Some(folder)) = real.as_ref().map(|real| self.folder.relative(real))
            && let Some(title) = self.title(&folder)
        {
            return Ok(Some((Target::Scenario(folder), title)));
        }
        let mut beside = place.as_os_str().to_owned();
        beside.push(PATHWAY_SUFFIX);
        for file in [PathBuf::from(beside), place.join(STRUCTURE)] {
            let Ok(real) = self.folder.locate(here, &file.to_string_lossy()) else { continue };
            let Some(file) = self.folder.relative(&real) else { continue };
            if self.open.contains(&file) {
                self.add(page, value.span.clone(), Kind::Cycle(file.to_string_lossy().into_owned()));
                return Ok(Some((Target::Again(file), None)));
            }
            if self.seen.contains(&file) {
                return Ok(Some((Target::Again(file), None)));
            }
            if let Some(pathway) = self.file(&file) {
                return Ok(Some((Target::Pathway(pathway), None)));
            }
        }
        let Some(folder) = self.folder.relative(&real?) else { return Err(Unreadable::Outside) };
        let pathway = self.folder_of(folder, Span::new(page, value.span.clone()));
        Ok(pathway.map(|pathway| (Target::Pathway(pathway), None)))
    }

    /// The title of the scenario in a folder, if there is a scenario. One that cannot be read counts.
    fn title(&self, folder: &Path) -> Option<Option<String>> {
        let bytes = self.folder.read(folder, "index.json").ok()?;
        match index::read(&folder::decode(&bytes).0) {
            Ok(index) => index.map(|index| index.title),
            Err(_) => Some(None),
        }
    }

    /// The scenarios below a folder without a file that orders them, by their names, as Killercoda shows them.
    fn folder_of(&mut self, path: PathBuf, place: Span) -> Option<Pathway> {
        let inner = self.folder.inner(&path)?;
        let mut items = Vec::new();
        for scenario in inner.scenarios() {
            let folder = path.join(scenario);
            let Some(title) = self.title(&folder) else { continue };
            if self.room == 0 {
                self.problems.list.push(Problem { place, kind: Kind::TooManyItems });
                break;
            }
            self.room -= 1;
            items.push(Item { title, description: None, target: Target::Scenario(folder), place });
        }
        (!items.is_empty()).then_some(Pathway { path, title: None, description: None, items })
    }
}

/// A text that is not empty.
fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.text().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// The names of an item. `name` is that of the pathway's folder.
///
/// `course_id` is a folder in that of the pathway, or in `pathway_id`, which may also be the name of the author. `id` is a
/// path from the folder of the file, and so is `path`.
fn names<'a>(element: &'a Value, name: &str) -> Option<Names<'a>> {
    let text =
        |key: &str| element.get(key).filter(|value| value.text().is_some_and(|text| !text.trim().is_empty()));
    let value = ["path", "course_id", "id"].into_iter().find_map(text)?;
    let of = |key: &str| text(key).and_then(Value::text);
    let mut folders = Vec::new();
    folders.extend(of("path").map(str::to_owned));
    if let Some(course) = of("course_id") {
        folders.extend(of("pathway_id").map(|pathway| format!("{pathway}/{course}")));
        folders.extend([format!("{name}/{course}"), course.to_owned()]);
    }
    if let Some(id) = of("id") {
        folders.extend([id.to_owned(), format!("{name}/{id}")]);
    }
    Some(Names { value, folders })
}

/// A path from a folder, without `.` and `..`; `None` if it leads above the given folder.
fn below(base: &Path, path: &str) -> Option<PathBuf> {
    let mut place = PathBuf::new();
    for part in base.components().chain(Path::new(path.trim_start_matches('/')).components()) {
        match part {
            Component::Normal(part) => place.push(part),
            Component::ParentDir if place.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(place)
}
