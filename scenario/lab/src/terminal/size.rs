//! The size of a terminal, and how many rows above the screen are kept in it.

use std::num::NonZeroU16;

use crate::limits::{SCROLLBACK_COLUMNS, SCROLLBACK_LINES_MAX};

/// Rows and columns, within sensible bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(super) rows: u16,
    pub(super) cols: u16,
}

impl Size {
    /// The nearest size that a program can work in.
    pub(crate) fn clamped(rows: u16, cols: u16) -> Size {
        Size { rows: rows.clamp(5, 200), cols: cols.clamp(20, 500) }
    }

    pub(super) fn non_zero(self) -> (NonZeroU16, NonZeroU16) {
        (
            NonZeroU16::new(self.rows).unwrap_or(NonZeroU16::MIN),
            NonZeroU16::new(self.cols).unwrap_or(NonZeroU16::MIN),
        )
    }
}

impl Default for Size {
    fn default() -> Size {
        Size { rows: 24, cols: 80 }
    }
}

/// How many rows above a screen of this width are kept. A line takes more of them on a narrow screen, and is kept
/// there as long as on a wide one.
pub(super) fn scrollback_rows(cols: u16) -> usize {
    SCROLLBACK_LINES_MAX.max(SCROLLBACK_LINES_MAX * SCROLLBACK_COLUMNS / usize::from(cols.max(1)))
}
