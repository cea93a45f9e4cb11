//! Imports inside packages: no circles, so that what a file builds on is in files that do not build on it.
//!
//! An import is a path that starts with `crate`, `self`, `super` or a module that the file declares. It leads to
//! the module that has the item: a re-export is followed, and is itself no import. Other paths are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, PACKAGES, files, none};

/// The modules of scenario-setup in reading order, and what each imports: only modules above it.
const SETUP: [(&str, &str); 26] = [
    ("ask", ""),
    ("host", ""),
    ("place", ""),
    ("catalog", ""),
    ("finding", "catalog"),
    ("report", "finding"),
    ("apt", "ask finding host place"),
    ("client", ""),
    ("elf", ""),
    ("probe", "ask client elf host place"),
    ("trouble", "apt client finding host"),
    ("engine", "ask client finding host place probe trouble"),
    ("daemon", "apt ask engine finding host place"),
    ("debian", "apt catalog finding host place"),
    ("release", "ask catalog finding host place"),
    ("wrapper", "ask catalog host place"),
    ("record", "catalog place release wrapper"),
    ("server", "ask catalog debian finding host place record release wrapper"),
    ("browser", "apt ask finding host"),
    ("compiler", "apt ask finding host place"),
    ("environment", "host"),
    ("mdbook", "ask environment finding host place"),
    ("node", "ask finding host"),
    ("program", "apt ask finding host"),
    (
        "survey",
        "apt ask browser catalog client compiler daemon engine finding host mdbook node place program server wrapper",
    ),
    ("toolbox", "browser client environment finding host place report server survey wrapper"),
];

/// The modules of scenario-lab in reading order, and what each imports: only modules above it.
const LAB: [(&str, &str); 77] = [
    ("digest", ""),
    ("limits", ""),
    ("refusal", ""),
    ("settings", ""),
    ("sync", ""),
    ("answer", ""),
    ("parts", ""),
    ("place", ""),
    ("problem", "place"),
    ("trust", "limits"),
    ("message", "place problem trust"),
    ("hub", "limits message sync"),
    ("door", "limits"),
    ("problems", "hub message problem sync"),
    ("command", ""),
    ("finding", "limits problem"),
    ("keys", "digest limits sync"),
    ("listing", "limits"),
    ("page", "digest"),
    ("pages", "limits"),
    ("recent", ""),
    ("search", "limits place"),
    ("catalog", "digest limits page recent refusal"),
    ("files", "digest limits listing refusal sync"),
    ("find", "answer files limits listing search"),
    ("book", "limits pages place search"),
    ("learner", "files message"),
    ("services", "hub message sync"),
    ("start", "catalog keys page"),
    ("terminal::size", ""),
    ("terminal::history", "limits"),
    ("terminal::reflow", "terminal::history terminal::size"),
    ("terminal::screen", "terminal::history terminal::reflow terminal::size"),
    ("terminal::shell", "limits terminal::screen terminal::size"),
    ("terminal::viewer", "limits terminal::screen"),
    ("terminal::state", "message sync terminal::screen terminal::shell terminal::size terminal::viewer"),
    ("terminal::seat", "command limits terminal::state"),
    (
        "terminal::life",
        "digest sync terminal::screen terminal::seat terminal::shell terminal::size terminal::state terminal::viewer",
    ),
    ("terminal", "terminal::seat terminal::shell terminal::size terminal::state terminal::viewer"),
    ("terminals", "hub limits message refusal sync terminal::shell terminal::state"),
    ("view", "book learner message"),
    ("kept", "files limits refusal"),
    ("edit", "answer book files kept refusal"),
    ("machine", "message settings terminal::shell"),
    ("undo", "files refusal"),
    ("work", "settings"),
    ("job", "hub limits message refusal sync work"),
    (
        "lab",
        "book files hub job kept keys learner limits listing machine message page place problems recent services settings sync terminals trust undo view",
    ),
    ("backgrounds", "lab message"),
    ("checks", "book lab message sync view"),
    ("format", "book lab limits listing problem sync"),
    ("lines", "book lab limits place problem"),
    ("run", "backgrounds book lab message sync terminal::seat terminal::state"),
    ("running", "lab learner limits parts refusal"),
    ("after_save", "finding lab limits lines problem sync"),
    ("supervise", "after_save backgrounds book checks lab message place refusal sync work"),
    ("watch", "backgrounds book checks lab limits message sync"),
    ("routes::empty", ""),
    ("routes::policy", "lab"),
    ("routes::guard", "door keys lab limits refusal routes::policy sync"),
    ("routes::assets", "lab page refusal routes::guard routes::policy sync"),
    (
        "routes::blocks",
        "answer backgrounds edit lab message refusal routes::empty run running supervise sync terminal::seat terminal::state undo work",
    ),
    ("routes::events", "hub lab limits message sync"),
    ("routes::files", "answer files find lab listing message refusal routes::empty sync"),
    ("routes::job", "lab routes::empty"),
    ("routes::lines", "after_save format lab lines problem refusal routes::empty routes::files sync"),
    ("routes::machine", "lab refusal routes::empty supervise work"),
    ("routes::prometheus", "answer lab limits refusal sync"),
    ("routes::running", "lab parts refusal routes::empty running supervise sync work"),
    ("routes::search", "lab place refusal sync"),
    ("routes::start", "catalog keys limits refusal routes::assets routes::guard routes::policy start sync"),
    (
        "routes::steps",
        "answer checks edit lab message refusal routes::empty routes::files supervise sync work",
    ),
    (
        "routes::terminals",
        "hub lab limits listing refusal routes::empty sync terminal::size terminal::state terminal::viewer",
    ),
    ("routes::trust", "lab refusal sync trust"),
    (
        "routes",
        "lab limits refusal routes::assets routes::blocks routes::events routes::files routes::guard routes::job routes::lines routes::machine routes::prometheus routes::running routes::search routes::start routes::steps routes::terminals routes::trust run undo",
    ),
    (
        "serve",
        "after_save book digest door files keys lab listing machine message page routes settings sync watch",
    ),
    ("chooser", "catalog door page routes::start serve start"),
];

/// A path of a `use` or of an expression, and the module that it starts from.
type Path = Vec<String>;

/// The modules of a package by their names, such as `parse::block`; the root has the empty name.
struct Modules {
    /// For each module its paths that are imports.
    imports: BTreeMap<String, Vec<Path>>,
    /// For each module the names that a `use` brings into it, and where from.
    names: BTreeMap<String, BTreeMap<String, Path>>,
}

impl Modules {
    fn of(folder: &str, files: &[File]) -> Modules {
        let mut modules = Modules { imports: BTreeMap::new(), names: BTreeMap::new() };
        for file in files.iter().filter(|file| file.is(".rs") && !file.path.ends_with("tests.rs")) {
            let Some(path) = file.path.strip_prefix(&format!("{folder}/src/")) else { continue };
            let code: String = file.code().iter().flat_map(|(_, line)| [*line, "\n"]).collect();
            let (imports, names) = paths(&code);
            modules.imports.insert(name_of(path), imports);
            modules.names.insert(name_of(path), names);
        }
        modules
    }

    fn is_module(&self, name: &str) -> bool {
        self.imports.contains_key(name)
    }

    /// The module that has what a path leads to, as seen from a module. `None`: it leads out of the package.
    fn target(&self, from: &str, path: &[String], depth: usize) -> Option<String> {
        let (first, mut rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "crate" => String::new(),
            "self" => from.to_owned(),
            "super" => parent(from)?,
            child if self.is_module(&join(from, child)) => join(from, child),
            _ => return None,
        };
        while let Some((name, more)) = rest.split_first() {
            if name == "super" {
                module = parent(&module)?;
            } else if self.is_module(&join(&module, name)) {
                module = join(&module, name);
            } else {
                let source = self.names.get(&module).and_then(|names| names.get(name));
                let followed = source.filter(|_| depth < 9).map(|path| self.target(&module, path, depth + 1));
                return followed.unwrap_or(Some(module));
            }
            rest = more;
        }
        Some(module)
    }

    /// Which modules each module imports.
    fn graph(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let targets = |(from, paths): (&'_ String, &Vec<Path>)| -> BTreeSet<String> {
            let targets = paths.iter().filter_map(|path| self.target(from, path, 0));
            targets.filter(|target| target != from).collect()
        };
        self.imports.iter().map(|entry| (entry.0.as_str(), targets(entry))).collect()
    }
}

fn name_of(path: &str) -> String {
    let name = path.trim_end_matches(".rs").trim_end_matches("/mod");
    if name == "lib" { String::new() } else { name.replace('/', "::") }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn parent(module: &str) -> Option<String> {
    if module.is_empty() {
        return None;
    }
    Some(module.rsplit_once("::").map(|(parent, _)| parent.to_owned()).unwrap_or_default())
}

/// The paths of a file that are imports, and the names that its `use` items bring in.
fn paths(code: &str) -> (Vec<Path>, BTreeMap<String, Path>) {
    let (mut imports, mut names) = (Vec::new(), BTreeMap::new());
    for statement in code.split(';') {
        // A `use` may follow the end of another item.
        let used = statement.rfind("use ").filter(|at| is_use(statement, *at));
        let Some(at) = used else {
            imports.extend(expressions(statement));
            continue;
        };
        imports.extend(expressions(&statement[..at]));
        let found = tree(statement[at + 4..].trim(), &[]);
        let exported = statement[..at].trim_end().ends_with("pub");
        for path in found {
            let name = path.last().cloned().unwrap_or_default();
            if !exported {
                imports.push(path.clone());
            }
            names.insert(name, path);
        }
    }
    (imports, names)
}

/// Whether `use ` at this place begins an item: only a visibility may come before it on its line.
fn is_use(statement: &str, at: usize) -> bool {
    let line = statement[..at].rsplit('\n').next().unwrap_or_default().trim();
    line.is_empty() || line.starts_with("pub")
}

/// The paths of a `use` tree, as in `a::{b, c::d}`. The new name of `a as b` is not looked at.
fn tree(text: &str, before: &[String]) -> Vec<Path> {
    let text = text.trim();
    if let Some((head, group)) = text.split_once('{') {
        let head = head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
        let before: Path = before.iter().cloned().chain(head).collect();
        let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
        let (mut depth, mut start, mut found) = (0, 0, Vec::new());
        for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    let part = group[start..at].trim();
                    found.extend((!part.is_empty()).then(|| tree(part, &before)).into_iter().flatten());
                    start = at + 1;
                }
                _ => {}
            }
        }
        return found;
    }
    let path = text.split(" as ").next().unwrap_or(text).split("::").map(|part| part.trim().to_owned());
    let mut path: Path = before.iter().cloned().chain(path).collect();
    // `a::{self}` brings in `a`, and `a::*` whatever `a` has.
    if path.len() > 1 && matches!(path.last().map(String::as_str), Some("self" | "*")) {
        path.pop();
    }
    vec![path]
}

/// The paths with `::` in code that is not a `use`.
fn expressions(code: &str) -> Vec<Path> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words =
        code.split(|c| !is_part(c)).map(|word| word.trim_matches(':')).filter(|word| word.contains("::"));
    words.map(|word| word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()).collect()
}

/// The sets of modules in which each imports all others, directly or through others.
fn circles(graph: &BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<BTreeSet<String>> {
    let reach = |from: &str| -> BTreeSet<String> {
        let (mut found, mut left) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(module) = left.pop() {
            for next in graph.get(module.as_str()).into_iter().flatten() {
                if found.insert(next.clone()) {
                    left.push(next.clone());
                }
            }
        }
        found
    };
    let reached: BTreeMap<&str, BTreeSet<String>> =
        graph.keys().map(|module| (*module, reach(module))).collect();
    let in_circle = reached.iter().filter(|(module, reached)| reached.contains(**module));
    let circle = |(module, reached_from): (&&str, &BTreeSet<String>)| -> BTreeSet<String> {
        let back =
            |other: &&String| reached.get(other.as_str()).is_some_and(|reached| reached.contains(*module));
        reached_from.iter().filter(back).cloned().collect()
    };
    in_circle.map(circle).collect()
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let files = files();
    let mut complaints = Vec::new();
    for (folder, package, _) in PACKAGES {
        let modules = Modules::of(folder, &files);
        for circle in circles(&modules.graph()) {
            let names: Vec<&str> =
                circle.iter().map(|name| if name.is_empty() { "(root)" } else { name }).collect();
            complaints.push(format!("{package}: a circle of {}", names.join(" ")));
        }
    }
    none(&complaints, "move what both sides use into a module of its own below them");
}

/// The modules that a file declares, in order: of each its own ones first, as it may build on them.
fn declared(folder: &str, file: &str, module: &str) -> Vec<String> {
    let text = super::read(&format!("{folder}/src/{file}"));
    let declarations = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let mut found = Vec::new();
    for name in declarations.filter(|name| *name != "tests") {
        let name = join(module, name);
        let file = format!("{}/mod.rs", name.replace("::", "/"));
        if crate::project_root().join(folder).join("src").join(&file).is_file() {
            found.extend(declared(folder, &file, &name));
        }
        found.push(name);
    }
    found
}

/// Compares the modules of a package, and what each imports, with a table of this file.
#[track_caller]
fn import_downwards_only(folder: &str, table: &[(&str, &str)], table_name: &str) {
    let modules = Modules::of(folder, &files());
    let graph = modules.graph();
    let mut complaints = Vec::new();
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    for (index, (name, allowed)) in table.iter().enumerate() {
        let found = graph.get(name).map(|found| found.iter().cloned().collect::<Vec<_>>().join(" "));
        if found.as_deref() != Some(*allowed) {
            complaints.push(format!(
                "`{name}` imports `{}`, the table says `{allowed}`",
                found.unwrap_or_default()
            ));
        }
        for import in allowed.split_whitespace().filter(|import| !names[..index].contains(import)) {
            complaints.push(format!("the table lets `{name}` import `{import}`, which is not above it"));
        }
    }
    let place = format!("{table_name} (xtask/src/tidy/circles.rs)");
    assert_eq!(declared(folder, "lib.rs", ""), names, "declare the modules in the order of {place}");
    none(&complaints, &format!("import what is above a module in {place}, or mend the table there"));
}

#[test]
fn modules_of_setup_import_downwards_only() {
    import_downwards_only("scenario/setup", &SETUP, "SETUP");
}

#[test]
fn modules_of_the_lab_import_downwards_only() {
    import_downwards_only("scenario/lab", &LAB, "LAB");
}

#[test]
fn circles_are_found_through_groups_and_exports() {
    let file = |path: &str, text: &str| File { path: format!("p/src/{path}"), text: text.to_owned() };
    let files = [
        file("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\n"),
        // Through the root's re-export of `A`, `b` imports `a`, which imports `b` in turn.
        file("a.rs", "use crate::{b::{self, B}, c};\npub struct A(B);\n"),
        file("b.rs", "pub struct B;\nfn f() -> super::A { todo() }\n"),
        file("c.rs", "use std::fmt;\n// use crate::a::A;\nmod d;\npub use d::D;\n"),
        file("c/d.rs", "use super::super::c;\npub struct D;\n"),
    ];
    let modules = Modules::of("p", &files);
    let found: Vec<Vec<String>> =
        circles(&modules.graph()).into_iter().map(|circle| circle.into_iter().collect()).collect();
    assert_eq!(found, [["a", "b"]]);
}
