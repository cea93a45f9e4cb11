//! The Content-Security-Policy of answers: what the lab's page may load and frame, and that nothing of the book runs.

use crate::lab::Lab;

/// The policy of every answer that is not a part of the book.
pub(super) fn of_lab(lab: &Lab) -> String {
    let services = lab.services.all();
    let frames: String =
        services.iter().map(|service| format!(" http://localhost:{}", service.port)).collect();
    of_page(lab.port, &frames)
}

/// The policy of a page of ours; `frames` are the services that it may frame.
pub(super) fn of_page(port: u16, frames: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' ws://127.0.0.1:{port}; frame-src 'self'{frames}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )
}

/// The policy of the book. It can look like anything, and do nothing: no script, form, frame or request to elsewhere.
///
/// The sandbox holds as well where a page of the book is opened in a tab of its own. It lets links open new tabs, and the
/// lab's page reach into its frame, which is of the same origin.
pub(super) const OF_BOOK: &str = "default-src 'none'; script-src 'none'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'none'; frame-src 'none'; object-src 'none'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
    sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
