//! The files of a scenario as its blocks write them. Used to find the markers of `insert`.
//!
//! This module does not know what commands write. So it reports a marker as missing only if a block has written the whole
//! file and no later command names it.

use std::collections::HashMap;

use crate::html;
use crate::scan::{Pre, Target};

/// The home folder, which is also the folder of the editor where index.json names none.
const HOME: &str = concat!("/", "root");
/// The most bytes to write, move and search in total. Beyond that, markers are not checked.
const WORK_MAX: usize = 256 << 20;

/// The known files.
#[derive(Debug, Default)]
pub struct Files {
    files: HashMap<String, File>,
    work: usize,
    folder: String,
}

#[derive(Debug, Default)]
struct File {
    text: String,
    /// Whether the text is the whole file.
    is_whole: bool,
}

/// Where the marker of a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// The block has none.
    None,
    /// In the file.
    Found,
    /// Not in the file.
    NotFound,
    /// The file is not known.
    Undecided,
}

impl Files {
    /// The state before the first block. Relative names refer to `folder`, or to the home folder.
    pub fn new(folder: Option<&str>) -> Files {
        Files { folder: folder.unwrap_or(HOME).to_owned(), ..Files::default() }
    }

    /// Adds an asset. `target` is its folder, or its path if it ends with the name of the asset.
    pub fn asset(&mut self, name: &str, target: &str, text: &str) {
        self.work += text.len();
        if self.work < WORK_MAX {
            let target = path_of(target, HOME);
            let is_file = target.rsplit('/').next() == Some(name);
            let path = if is_file { target } else { format!("{target}/{name}") };
            self.files.insert(path, File { text: text.to_owned(), is_whole: true });
        }
    }

    /// Applies a block.
    pub fn apply(&mut self, text: &str, pre: &Pre) -> Marker {
        let target = pre.target(text);
        let (Some(name), true) = (pre.filename(text), self.work < WORK_MAX) else { return Marker::None };
        if matches!(target, Target::Clipboard | Target::Other) {
            return Marker::None;
        }
        let name = path_of(name, &self.folder);
        let block = block_text(&text[pre.body.clone()]);
        let file = self.files.entry(name).or_default();
        self.work += block.len() + file.text.len();
        match target {
            Target::Replace => *file = File { text: block, is_whole: true },
            Target::Prepend => file.text.insert_str(0, &ended(block)),
            Target::Insert => {
                let Some(marker) = pre.marker(text) else { return Marker::None };
                let marker = html::decode(marker);
                match file.text.find(marker.as_ref()) {
                    Some(at) => {
                        file.text.replace_range(at..at + marker.len(), &block);
                        return Marker::Found;
                    }
                    None if file.is_whole => return Marker::NotFound,
                    None => return Marker::Undecided,
                }
            }
            _ => {
                if !file.text.is_empty() && !file.text.ends_with('\n') {
                    file.text.push('\n');
                }
                file.text.push_str(&block);
            }
        }
        Marker::None
    }

    /// The known text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// Marks the files that a command names as changed.
    pub fn run(&mut self, command: &str) {
        self.work += command.len() * self.files.len();
        if self.work > WORK_MAX {
            return;
        }
        for (name, file) in &mut self.files {
            let base = name.rsplit('/').next().unwrap_or(name);
            file.is_whole &= !command.contains(base);
        }
    }
}

/// The absolute path of a file: a relative one is below the folder of the editor, and `~` is the folder of root.
pub fn path_of(name: &str, folder: &str) -> String {
    let name = name.trim();
    let home = |path: &str| {
        path.strip_prefix('~')
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .map(|rest| format!("{HOME}{rest}"))
    };
    let absolute = home(name).or_else(|| name.starts_with('/').then(|| name.to_owned()));
    let path =
        absolute.unwrap_or_else(|| format!("{}/{name}", home(folder).unwrap_or_else(|| folder.to_owned())));
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.flat_map(|part| ["/", part]).collect()
}

/// The text of a block: without its first line break, with entities as characters.
pub fn block_text(body: &str) -> String {
    let body = body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n')).unwrap_or(body);
    html::decode(body).replace("\r\n", "\n")
}

fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Kind, scan};

    /// Where the markers of the blocks of a page are.
    fn markers(text: &str) -> Vec<Marker> {
        let mut files = Files::new(None);
        let constructs = scan(text);
        let markers = constructs.iter().filter_map(|construct| match &construct.kind {
            Kind::Pre(pre) => Some(files.apply(text, pre)),
            Kind::Span(span) => {
                files.run(&text[span.code.clone()]);
                None
            }
            _ => None,
        });
        markers.filter(|marker| *marker != Marker::None).collect()
    }

    #[test]
    fn a_marker_is_found_where_the_blocks_have_put_it_and_is_gone_then() {
        let write = "<pre class=file data-target=replace data-filename=./a>\n&lt;here&gt;</pre>";
        let insert = "<pre class=file data-target=insert data-filename=~/a data-marker='<here>'>x</pre>";
        assert_eq!(markers(&format!("{write}{insert}{insert}")), [Marker::Found, Marker::NotFound]);
        assert_eq!(markers(insert), [Marker::Undecided]);
        assert_eq!(
            markers(&format!("{write}{insert}\n`echo '<here>' >> a`\n{insert}")),
            [Marker::Found, Marker::Undecided]
        );
    }

    #[test]
    fn an_absent_target_appends_on_a_new_line() {
        let mut files = Files::new(None);
        for text in [
            "<pre class=file data-target=replace data-filename=a>\none</pre>",
            "<pre class=file data-filename=a>\ntwo</pre>",
        ] {
            let constructs = scan(text);
            let Kind::Pre(pre) = &constructs[0].kind else { panic!("{constructs:?}") };
            files.apply(text, pre);
        }
        assert_eq!(files.files[&path_of("a", HOME)].text, "one\ntwo");
    }

    #[test]
    fn names_have_many_spellings() {
        let expected = format!("{HOME}/a/b.txt");
        for name in ["a/b.txt", "./a/b.txt", "~/a/b.txt", " a//b.txt ", &expected] {
            assert_eq!(path_of(name, HOME), expected, "{name}");
        }
        assert_eq!(path_of("a", "/opt/app/"), "/opt/app/a");
        assert_eq!(path_of("a", "~/app"), format!("{HOME}/app/a"));
        assert_eq!(path_of("/etc/hosts", "/opt"), "/etc/hosts");
    }

    #[test]
    fn a_marker_may_be_in_an_asset() {
        let text = "<pre class=file data-target=insert data-filename=app.py data-marker='# here'>x</pre>";
        let constructs = scan(text);
        let Kind::Pre(pre) = &constructs[0].kind else { panic!("{constructs:?}") };
        for target in ["~/", "~", "~/app.py"] {
            let mut files = Files::new(None);
            files.asset("app.py", target, "a\n# here\n");
            assert_eq!(files.apply(text, pre), Marker::Found, "{target}");
        }
    }
}
