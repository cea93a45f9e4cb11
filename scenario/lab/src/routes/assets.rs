//! Static files: those of the page, and the book with a policy of its own.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::guard::LetIn;
use super::policy;
use crate::lab::Lab;
use crate::page::BuiltPage;
use crate::refusal::{Answer, Refusal};
use crate::sync::blocking;

/// `GET /`: with the secret of the page, if a link has opened it.
pub(super) async fn index(State(lab): State<Arc<Lab>>, let_in: Option<Extension<LetIn>>) -> Answer<Response> {
    html(&lab.page, "index.html", let_in.map(|_| lab.keys.page())).await
}

/// An HTML file of the page, with a secret for it.
pub(super) async fn html(page: &BuiltPage, name: &str, secret: Option<&str>) -> Answer<Response> {
    let bytes = read_of_page(page, name.to_owned()).await?;
    let mut html = String::from_utf8_lossy(&bytes).into_owned();
    if let Some(secret) = secret {
        let secret = format!("<meta name=\"lab-key\" content=\"{secret}\">\n<title>");
        html = html.replacen("<title>", &secret, 1);
    }
    Ok(([(header::CONTENT_TYPE, media_type(name))], html).into_response())
}

/// `GET /assets/NAME`
pub(super) async fn asset(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Answer<Response> {
    of_page(&lab.page, name).await
}

/// A file of the page.
pub(super) async fn of_page(page: &BuiltPage, name: String) -> Answer<Response> {
    let kind = media_type(&name);
    Ok(([(header::CONTENT_TYPE, kind)], read_of_page(page, name).await?).into_response())
}

async fn read_of_page(page: &BuiltPage, name: String) -> Answer<Vec<u8>> {
    let is_plain = !name.contains(['/', '\\']) && !name.starts_with('.');
    let file = is_plain.then(|| page.dir().join(&name));
    let bytes = blocking(move || file.and_then(|file| std::fs::read(file).ok())).await?;
    bytes.ok_or_else(|| Refusal::unknown("file of the page"))
}

/// `GET /book/`
pub(super) async fn book_index(lab: State<Arc<Lab>>) -> Answer<Response> {
    book(lab, Path(String::new())).await
}

/// `GET /book/PATH`
pub(super) async fn book(State(lab): State<Arc<Lab>>, Path(path): Path<String>) -> Answer<Response> {
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
    let leads_out =
        path.split('/').any(|part| part.is_empty() || part.starts_with('.')) || path.contains('\\');
    let book = lab.book();
    let file = book.file(&path);
    let bytes = blocking(move || if leads_out { None } else { std::fs::read(file).ok() }).await?;
    let Some(bytes) = bytes else {
        return if path.ends_with(".html") { Ok(missing_page(&lab)) } else { Err(Refusal::unknown("page")) };
    };
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, media_type(&path))], bytes).into_response();
    // Of any file, not of pages alone: an image can contain scripts too.
    let policy = HeaderValue::from_static(policy::OF_BOOK);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// What a reader sees in place of a page that the book does not have, or not any more. It leads to where they were.
fn missing_page(lab: &Lab) -> Response {
    let book = lab.book();
    let number = lab.learner().progress.step;
    let step = book.plan.step(number);
    let way = step.map(|step| {
        let title = escaped(&format!("{}. {}", step.label, step.title));
        format!(
            "<p><a href=\"/book/{}\">{title}</a> is the step that you have read last.</p>",
            escaped(&book.page(step))
        )
    });
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not in the book</title>\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}</style>\
         <main><h1>This page is not in the book</h1><p>It may have been renamed or removed.</p>{}\
         <p><a href=\"/book/index.html\">The first page of the book</a></p></main>",
        way.unwrap_or_default()
    );
    let kind = [(header::CONTENT_TYPE, media_type("x.html"))];
    (StatusCode::NOT_FOUND, kind, page).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The media type of a file of the book or of the page.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        _ => "text/plain; charset=utf-8",
    }
}
