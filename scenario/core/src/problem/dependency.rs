//! What a later chapter can take from an earlier one. Whether it may is decided in `parse`.

/// What a chapter can depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dependency {
    /// A file of the pages.
    File,
    /// A background process.
    Process,
}

impl Dependency {
    /// What to do about one that may not be there.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Dependency::File => {
                "a machine that lacks what that chapter needs does not have this file as it is there: use another file,\n\
                 or write the whole file here"
            }
            Dependency::Process => {
                "a machine that lacks what that chapter needs does not have this process: stop it in that chapter"
            }
        }
    }
}
