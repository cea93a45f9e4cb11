//! The size of a terminal.

use std::num::NonZeroU16;

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
