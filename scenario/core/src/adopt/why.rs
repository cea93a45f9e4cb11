//! Why a change of a file is not carried back to a page.

/// Why a change is not carried back to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The lines come from several blocks, and their number has changed.
    SeveralBlocks,
    /// A new line is between the lines of two blocks.
    BetweenBlocks,
    /// A block wrote a part of the line, and another part has changed.
    PartOfLine,
    /// No block has the whole line before or after a new one.
    NoLineBeside,
    /// Only the ends of lines have changed, or the end of the last one is gone.
    LineEnds,
    /// Nothing of the block would be left.
    WholeBlock,
    /// With the change, a later block would produce another file.
    LaterEdit,
    /// The changed pages would have this mistake: a later block looks for a line that has changed, or a page cannot
    /// contain the line.
    Mistake(String),
    /// The pages have changed, too, since the file was written.
    PageChanged,
    /// The file is a symbolic link.
    Link,
    /// The file is gone.
    Missing,
    /// The file is not UTF-8.
    NotText,
}

impl Why {
    /// The reason in words, and what the author can do.
    pub fn text(&self) -> String {
        let text = match self {
            Why::Mistake(message) => {
                return format!("the pages would have a mistake then: {message}; change the blocks by hand");
            }
            Why::PageChanged => {
                "its pages have changed, too, since the file was written; `step` keeps your file and writes theirs"
            }
            Why::Link => "it is a symbolic link",
            Why::SeveralBlocks => {
                "the lines come from several blocks, and there is another number of them now; answer at a terminal which takes \
                 them, or change the blocks by hand"
            }
            Why::BetweenBlocks => {
                "the new lines are between two blocks; answer at a terminal which takes them, or change it by hand"
            }
            Why::PartOfLine => {
                "a block replaces a part of this line, and another part has changed; change the blocks by hand"
            }
            Why::NoLineBeside => {
                "no block has the whole line before or after the new one; change the blocks by hand"
            }
            Why::LineEnds => {
                "a page does not say how lines end: each ends with a newline, the last one too; change the file"
            }
            Why::WholeBlock => "all lines of the block are gone; remove the block from the page by hand",
            Why::LaterEdit => "a later block would make another file of it; change the blocks by hand",
            Why::Missing => "the file is gone; remove its blocks from the pages by hand",
            Why::NotText => "the file is not UTF-8, so a page cannot contain it",
        };
        text.to_owned()
    }
}
