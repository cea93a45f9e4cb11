//! Inspects one scenario: what is in it, and what would not work.
//!
//! It runs and writes nothing. `report` shows the result.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::blocks::Files;
use crate::check::check;
use crate::count::{self, Counts, Tally};
use crate::folder::{self, Folder, Listing, Unreadable};
use crate::index::{self, Asset, Index, Mistyped, Part, Text};
use crate::language::{self, Translation};
use crate::problem::{Kind, PAGES_BYTES_MAX, PAGES_MAX, PATTERNS_MAX, Problems};
use crate::scan::scan;

/// What is in a scenario, and what would not work.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Its path from the given folder.
    pub path: PathBuf,
    /// How index.json is written.
    pub json: Json,
    /// The title.
    pub title: Option<String>,
    /// The translation that it is.
    pub translation: Option<Translation>,
    /// How many steps there are.
    pub steps: usize,
    /// Whether there is an introduction.
    pub has_intro: bool,
    /// Whether there is an end.
    pub has_finish: bool,
    /// What there is in all pages and in index.json.
    pub tally: Tally,
    /// The pages in their order.
    pub pages: Vec<Page>,
    /// What would not work.
    pub problems: Problems,
    /// The lines of `errors`.
    pub errors: Vec<String>,
}

/// How index.json is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Json {
    /// Valid by the standard.
    Strict,
    /// Readable, with deviations.
    Tolerant,
    /// Not readable.
    #[default]
    Invalid,
}

/// A page of a scenario.
#[derive(Debug, Serialize)]
pub struct Page {
    /// `intro`, `step 1`, `finish`.
    pub role: String,
    /// Its path as index.json has it.
    pub path: String,
    /// What is in it.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Inspects the scenario in a folder; `None` if its index.json is missing or is not that of a scenario.
///
/// `shown` is the folder as messages name it.
pub fn inspect(folder: &Folder, path: &Path, shown: &Path) -> Option<Inspection> {
    let mut inspector = Inspector {
        folder: &folder.inner(path)?,
        path,
        shown,
        result: Inspection::default(),
        files: Files::new(None),
        assets: Vec::new(),
        buffer: Vec::new(),
        looked: (0, 0),
        is_cut: false,
        listing: OnceCell::new(),
        patterns: 0,
    };
    inspector.result.path = path.to_owned();
    inspector.result.translation = language::translation(inspector.folder.path());
    let (text, is_text) = match inspector.folder.read(HERE.as_ref(), "index.json") {
        Ok(bytes) => {
            let (text, is_text) = folder::decode(&bytes);
            (text.into_owned(), is_text)
        }
        Err(Unreadable::Missing) => return None,
        Err(unreadable) => {
            let kind = problem(unreadable, "index.json", |path| Kind::MissingPage(path.to_owned()));
            inspector.add("index.json", "", vec![(0..0, kind)]);
            return Some(inspector.result);
        }
    };
    let mut found = if is_text { Found::new() } else { not_text(&text) };
    match index::read(&text) {
        Ok(None) => return None,
        Ok(Some(index)) => inspector.all(&text, &index, &mut found),
        // A file of another program.
        Err(_) if !text.contains("steps") || !text.contains("details") => return None,
        Err(invalid) => {
            let end = text[invalid.at..].chars().next().map_or(invalid.at, |c| invalid.at + c.len_utf8());
            found.push((invalid.at..end, Kind::InvalidJson { expected: invalid.expected }));
        }
    }
    inspector.add("index.json", &text, found);
    Some(inspector.result)
}

/// The place of the first invalid bytes.
fn not_text(text: &str) -> Found {
    let at = text.find(char::REPLACEMENT_CHARACTER);
    at.map(|at| (at..at + char::REPLACEMENT_CHARACTER.len_utf8(), Kind::NotText)).into_iter().collect()
}

type Found = Vec<(std::ops::Range<usize>, Kind)>;

struct Inspector<'a> {
    folder: &'a Folder,
    path: &'a Path,
    shown: &'a Path,
    result: Inspection,
    files: Files,
    /// The assets whose texts are not in `files` yet.
    assets: Vec<Asset>,
    /// A buffer that is used again for each page.
    buffer: Vec<u8>,
    /// The number of inspected pages, and of their bytes.
    looked: (usize, usize),
    /// Whether a bound was reached.
    is_cut: bool,
    /// The files of the folder for assets, listed when the first pattern needs them.
    listing: OnceCell<Listing>,
    /// The number of patterns so far.
    patterns: usize,
}

/// The folder of the scenario, relative to itself.
const HERE: &str = "";
/// The folder for assets, relative to that of the scenario.
const ASSETS: &str = "assets";
/// The size in bytes up to which an asset is searched for markers.
const ASSET_MAX: usize = 256 << 10;
/// The most files to read for one pattern.
const ASSETS_MAX: usize = 200;

impl Inspector<'_> {
    /// Adds what was found in one file.
    fn add(&mut self, page: &str, text: &str, found: Found) {
        if found.is_empty() {
            return;
        }
        self.result.errors.extend(found.iter().filter_map(|(_, kind)| kind.error(page)));
        let shown = self.shown.join(self.path).join(page);
        let shown = shown.strip_prefix(".").unwrap_or(&shown);
        self.result.problems.add(&shown.to_string_lossy(), text, found);
    }

    fn all(&mut self, text: &str, index: &Index, found: &mut Found) {
        self.files = Files::new(index.editor_path.as_deref());
        self.assets.clone_from(&index.assets);
        let result = &mut self.result;
        result.json = if index.is_strict { Json::Strict } else { Json::Tolerant };
        result.title.clone_from(&index.title);
        result.steps = index.steps.len();
        result.has_intro = index.intro.is_some();
        result.has_finish = index.finish.is_some();
        found.extend(index.unknown.iter().map(|key| (key.span.clone(), Kind::UnknownKey(key.text.clone()))));
        found.extend(
            index.duplicates.iter().map(|key| (key.span.clone(), Kind::DuplicateKey(key.text.clone()))),
        );
        found.extend(
            index.mistyped.iter().cloned().map(|Mistyped { key, expected, found, span }| {
                (span, Kind::Mistyped { key, expected, found })
            }),
        );
        if index.image.is_none() {
            found.push((0..text.lines().next().map_or(0, str::len), Kind::NoImage));
        }
        if let Some(intro) = &index.intro {
            self.part("intro", intro, found);
        }
        for (number, step) in index.steps.iter().enumerate() {
            self.part(&format!("step {}", number + 1), step, found);
        }
        if let Some(finish) = &index.finish {
            self.part("finish", finish, found);
        }
        for asset in &index.assets {
            self.asset(asset, found);
        }
        let mut seen = BTreeSet::new();
        let twice = self.result.pages.iter().filter(|page| !seen.insert(page.path.as_str())).count();
        if twice > 0 {
            self.result.tally.odd.insert("page_used_twice", twice);
        }
    }

    /// The files of the folder for assets.
    fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| self.folder.list(Path::new(ASSETS)))
    }

    fn count(&mut self, name: &'static str) {
        *self.result.tally.counts.entry(name).or_default() += 1;
    }

    fn part(&mut self, role: &str, part: &Part, found: &mut Found) {
        if let Some(page) = &part.page {
            self.page(role, page, found);
        }
        for (file_role, file) in &part.files {
            self.count(file_role.name());
            if let Err(unreadable) = self.folder.locate(HERE.as_ref(), &file.text) {
                let missing = |path: &str| Kind::MissingFile(file_role.name(), path.to_owned());
                found.push((file.span.clone(), problem(unreadable, &file.text, missing)));
            }
        }
    }

    fn page(&mut self, role: &str, page: &Text, found: &mut Found) {
        let mut counts = Counts::new();
        if self.looked.0 == PAGES_MAX || self.looked.1 > PAGES_BYTES_MAX {
            // One is enough to say so.
            if !std::mem::replace(&mut self.is_cut, true) {
                found.push((page.span.clone(), Kind::TooMuch(page.text.clone())));
            }
            return;
        }
        let mut bytes = std::mem::take(&mut self.buffer);
        self.looked.0 += 1;
        match self.folder.read_into(HERE.as_ref(), &page.text, &mut bytes) {
            Ok(()) => {
                self.looked.1 += bytes.len();
                let (text, is_text) = folder::decode(&bytes);
                if text.trim().is_empty() {
                    found.push((page.span.clone(), Kind::EmptyPage(page.text.clone())));
                }
                counts = self.text(&page.text, &text, is_text);
            }
            Err(unreadable) => {
                let missing = |path: &str| Kind::MissingPage(path.to_owned());
                found.push((page.span.clone(), problem(unreadable, &page.text, missing)));
            }
        }
        self.buffer = bytes;
        self.result.pages.push(Page { role: role.to_owned(), path: page.text.clone(), counts });
    }

    /// Inspects the text of a page, and returns its counts. `is_text` is false if invalid bytes were replaced.
    fn text(&mut self, path: &str, text: &str, is_text: bool) -> Counts {
        let constructs = scan(text);
        let mut tally = count::count(text, &constructs);
        if tally.counts.contains_key("file") {
            self.load_assets();
        }
        let mut problems = check(text, &constructs, &mut self.files, &mut tally);
        if !is_text {
            problems.append(&mut not_text(text));
        }
        self.add(path, text, problems);
        let all = &mut self.result.tally;
        for (from, to) in [(&tally.counts, &mut all.counts), (&tally.odd, &mut all.odd)] {
            for (name, number) in from {
                *to.entry(name).or_default() += number;
            }
        }
        all.terminals.extend(tally.terminals);
        all.ports.extend(tally.ports);
        tally.counts
    }

    /// Adds the texts of the assets to the files, before the first block for a file.
    fn load_assets(&mut self) {
        let folder = Path::new(ASSETS);
        let (mut room, mut patterns) = (PAGES_BYTES_MAX, PATTERNS_MAX);
        for asset in std::mem::take(&mut self.assets) {
            let Some(target) = &asset.target else { continue };
            let paths: Vec<PathBuf> = if !asset.is_glob() {
                vec![PathBuf::from(&asset.file.text)]
            } else if patterns > 0 {
                patterns -= 1;
                self.listing().matching(&asset.file.text).take(ASSETS_MAX).cloned().collect()
            } else {
                continue;
            };
            for path in paths {
                let (Some(name), path) = (path.file_name(), path.to_string_lossy()) else { continue };
                let Ok(bytes) = self.folder.read(folder, &path) else { continue };
                let Some(rest) = room.checked_sub(bytes.len()) else { return };
                room = rest;
                if let Ok(text) = str::from_utf8(&bytes)
                    && bytes.len() <= ASSET_MAX
                {
                    self.files.asset(&name.to_string_lossy(), target, text);
                }
            }
        }
    }

    fn asset(&mut self, asset: &Asset, found: &mut Found) {
        self.count("assets");
        let file = &asset.file;
        let assets = Path::new(ASSETS);
        if asset.is_glob() {
            self.count("assets_glob");
            self.patterns += 1;
            if self.patterns > PATTERNS_MAX {
                // One is enough to say so.
                if self.patterns == PATTERNS_MAX + 1 {
                    found.push((file.span.clone(), Kind::TooMuch(file.text.clone())));
                }
            } else if self.listing().matching(&file.text).next().is_none() {
                found.push((file.span.clone(), Kind::AssetNotFound(file.text.clone())));
            }
            return;
        }
        if let Err(unreadable) = self.folder.locate(assets, &file.text) {
            let missing = |path: &str| {
                let is_beside = self.folder.exists(HERE.as_ref(), path);
                let kind = if is_beside { Kind::AssetBesideAssets } else { Kind::AssetNotFound };
                kind(path.to_owned())
            };
            found.push((file.span.clone(), problem(unreadable, &file.text, missing)));
        }
    }
}

/// Why a file could not be read, as a problem.
fn problem(unreadable: Unreadable, path: &str, missing: impl Fn(&str) -> Kind) -> Kind {
    match unreadable {
        Unreadable::Missing => missing(path),
        Unreadable::Outside => Kind::Outside(path.to_owned()),
        Unreadable::TooLarge(bytes) => Kind::TooLarge(path.to_owned(), bytes),
        Unreadable::Io(cause) => Kind::Unreadable(path.to_owned(), cause.to_string()),
    }
}
