//! The picture of a web page that a page of the book shows. Taking it is the work of other programs.

use crate::source::Span;

/// How wide the window is that a web page is shown in.
pub const SCREENSHOT_WIDTH: u32 = 800;
/// How high it is. What is empty at the bottom is cut off.
pub const SCREENSHOT_HEIGHT_MAX: u32 = 900;

/// The picture of a web page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screenshot {
    /// What its file is named after; the only one of this name in the book.
    pub name: String,
    /// Where its name is.
    pub name_span: Span,
    /// The web page, on this machine.
    pub url: String,
    /// What the picture shows, for a reader who does not see it.
    pub alt: String,
}
