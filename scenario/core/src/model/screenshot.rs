//! The picture of a web page that a page of the book shows. Taking it is the work of other programs.

use crate::source::Span;

/// How many pixels the picture has for one of the window, in each direction: it stays sharp on the screen of a phone.
pub const SCREENSHOT_SCALE: u32 = 2;
/// How wide the window is that a web page is shown in. In a narrower one, Prometheus's table of targets breaks its words.
pub const SCREENSHOT_WIDTH: u32 = 840;
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
