//! The Content-Security-Policy of answers: what the lab's page may load and frame, and which scripts of the book run.

use crate::lab::Lab;
use crate::scripts::Scripts;

/// The policy of every answer that is not a part of the book.
pub(super) fn of_lab(lab: &Lab) -> String {
    policy(lab, "'self'", "'self'")
}

/// The policy of the book: no other script of its pages runs.
pub(super) fn of_book(lab: &Lab, scripts: &Scripts) -> String {
    let files = scripts.files.iter().map(|file| format!("{}/book/{file}", lab.origin()));
    let sources: Vec<String> = scripts.hashes.iter().cloned().chain(files).collect();
    policy(lab, &sources.join(" "), "'none'")
}

fn policy(lab: &Lab, scripts: &str, forms: &str) -> String {
    let services = lab.services.all();
    let frames: String =
        services.iter().map(|service| format!(" http://localhost:{}", service.port)).collect();
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' ws://127.0.0.1:{}; frame-src 'self'{frames}; object-src 'none'; \
         base-uri 'none'; form-action {forms}; frame-ancestors 'self'",
        lab.port
    )
}
