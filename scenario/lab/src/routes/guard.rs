//! The one outer guard: every request, HTTP and WebSocket, passes here before any route sees it.
//!
//! It protects from web pages and other origins. It does not protect from other programs of the same user,
//! which could do without the lab whatever the lab can do.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::policy;
use crate::door::Guest;
use crate::keys::{Keys, cookie_name};
use crate::lab::Lab;
use crate::limits::{BODY_BYTES_MAX, REQUESTS_PER_SECOND_MAX};
use crate::refusal::Refusal;
use crate::sync::locked;

/// What is guarded: a server with secrets of its own.
pub(super) trait Guarded: Send + Sync {
    /// Its secrets.
    fn keys(&self) -> &Keys;
    /// The port that it listens on.
    fn port(&self) -> u16;
    /// The policy of its page.
    fn policy(&self) -> String;
    /// Its origin. It is never called `localhost`: cookies are not separated by port.
    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }
}

impl Guarded for Lab {
    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn policy(&self) -> String {
        policy::of_lab(self)
    }
}

/// What the guard knows.
pub(super) struct Guard {
    lab: Arc<dyn Guarded>,
    rate: Mutex<Rate>,
}

impl Guard {
    /// The guard of a server.
    pub(super) fn new(lab: Arc<dyn Guarded>) -> Guard {
        Guard { lab, rate: Mutex::default() }
    }
}

/// The number of the learner's requests in the current second.
#[derive(Debug)]
struct Rate {
    since: Instant,
    count: u32,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate { since: Instant::now(), count: 0 }
    }
}

impl Rate {
    fn is_exceeded(&mut self) -> bool {
        if self.since.elapsed().as_secs() >= 1 {
            *self = Rate::default();
        }
        self.count += 1;
        self.count > REQUESTS_PER_SECOND_MAX
    }
}

/// Lets a request pass or answers it, and puts our headers on every answer.
pub(super) async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let mut response = match examine(&guard, &request) {
        Verdict::Pass => next.run(request).await,
        Verdict::LetIn => {
            request.extensions_mut().insert(LetIn);
            let mut response = next.run(request).await;
            if let Ok(cookie) = HeaderValue::from_str(&guard.lab.keys().cookie(guard.lab.port())) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Verdict::Answer(response) => *response,
    };
    put_headers(&*guard.lab, response.headers_mut());
    response
}

/// Marks the request of a browser that a link has let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct LetIn;

enum Verdict {
    Pass,
    /// It passes, and its answer has the secrets.
    LetIn,
    Answer(Box<Response>),
}

impl From<Response> for Verdict {
    fn from(response: Response) -> Verdict {
        Verdict::Answer(Box::new(response))
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Verdict {
        refusal.into_response().into()
    }
}

fn refuse(status: StatusCode, error: &str) -> Verdict {
    Refusal::new(status, error).into()
}

fn examine(guard: &Guard, request: &Request) -> Verdict {
    let lab = &*guard.lab;
    let headers = request.headers();
    let upgrade = headers.contains_key(header::UPGRADE);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD) && !upgrade;
    match host(headers, request.uri(), lab.port()) {
        Host::Ours => {}
        // A cookie must never be set for `localhost`: the learner's own service is framed from there.
        Host::Localhost if reads => {
            return redirect(StatusCode::TEMPORARY_REDIRECT, &here(lab, request.uri())).into();
        }
        _ => return refuse(StatusCode::MISDIRECTED_REQUEST, "this server answers for no such host"),
    }
    if request.method() == Method::OPTIONS {
        return refuse(StatusCode::FORBIDDEN, "requests of other origins are refused");
    }
    if let Some(refused) = foreign(lab, request, reads) {
        return refused;
    }
    if too_large(headers) {
        let error = format!("the body is larger than {} KiB", BODY_BYTES_MAX >> 10);
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error).into();
    }
    let token = request.uri().path().eq("/").then(|| token(request.uri())).flatten();
    // Only by GET: a program that previews links with HEAD must not use one up.
    if let (&Method::GET, Some(token)) = (request.method(), &token)
        && lab.keys().redeem(token)
    {
        return Verdict::LetIn;
    }
    if !has_cookie(headers, lab) {
        return locked_page(token.is_some()).into();
    }
    if let Some(ConnectInfo(guest)) = request.extensions().get::<ConnectInfo<Guest>>() {
        guest.let_in();
    }
    // Only requests with the cookie count, so that a page of another site cannot lock the learner out.
    if locked(&guard.rate).is_exceeded() {
        let error = format!("more than {REQUESTS_PER_SECOND_MAX} requests in a second");
        return Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).help("wait a second").into();
    }
    if token.is_some() {
        // A used link in a browser that is in already; its token should not stay in the address bar.
        return redirect(StatusCode::SEE_OTHER, "/").into();
    }
    // A browser loads the pages and their files by itself; all else is asked by the page.
    let is_of_page = ["/api/", "/ws/"].iter().any(|start| request.uri().path().starts_with(start));
    if is_of_page && !has_secret(headers, upgrade, lab) {
        let error = "this request does not have the secret of the page";
        let help = "open the link that is printed in the terminal of the lab";
        return Refusal::new(StatusCode::UNAUTHORIZED, error).help(help).into();
    }
    if !reads && !upgrade && !has_plain_type(headers) {
        let error = "the body must be application/json or text/plain";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
    }
    Verdict::Pass
}

enum Host {
    Ours,
    Localhost,
    Foreign,
}

/// Compares literally: `localhost.evil.example`, `localhost6` and a missing port are foreign.
fn host(headers: &HeaderMap, uri: &Uri, port: u16) -> Host {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Host::Foreign };
    // A request line with a whole address names a host as well.
    if uri.authority().is_some_and(|authority| authority.as_str().as_bytes() != host.as_bytes()) {
        return Host::Foreign;
    }
    if host.as_bytes() == format!("127.0.0.1:{port}").as_bytes() {
        Host::Ours
    } else if host.as_bytes() == format!("localhost:{port}").as_bytes() {
        Host::Localhost
    } else {
        Host::Foreign
    }
}

/// A request of another origin, or one without an origin where it must have one.
fn foreign(lab: &dyn Guarded, request: &Request, reads: bool) -> Option<Verdict> {
    let headers = request.headers();
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == lab.origin().as_bytes() => {}
        (None, None) if reads => {}
        (None, None) => return Some(refuse(StatusCode::FORBIDDEN, "this request must name its origin")),
        _ => return Some(refuse(StatusCode::FORBIDDEN, "this request is of another origin")),
    }
    let value = |name: &str| headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    // The user may follow a link from anywhere to the page itself, and to nothing else.
    let navigates = reads
        && request.uri().path() == "/"
        && value("sec-fetch-mode") == b"navigate"
        && matches!(value("sec-fetch-dest"), b"" | b"document");
    match value("sec-fetch-site") {
        b"cross-site" | b"same-site" if !navigates => {
            Some(refuse(StatusCode::FORBIDDEN, "this request is of another site"))
        }
        _ => None,
    }
}

fn too_large(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > BODY_BYTES_MAX)
}

fn has_plain_type(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.eq_ignore_ascii_case("text/plain")
}

fn has_cookie(headers: &HeaderMap, lab: &dyn Guarded) -> bool {
    let name = cookie_name(lab.port());
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|(key, value)| key == name && lab.keys().knows_browser(value))
}

/// Whether a request has the secret that is in our page alone: in a header, or beside the protocol of a WebSocket, whose
/// headers a page cannot choose.
fn has_secret(headers: &HeaderMap, upgrade: bool, lab: &dyn Guarded) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if upgrade {
        let mut offered = text("sec-websocket-protocol").split(',').map(str::trim);
        return offered.any(|one| one.strip_prefix("key.").is_some_and(|key| lab.keys().knows_page(key)));
    }
    lab.keys().knows_page(text("x-lab-key"))
}

/// The token of a launch link.
fn token(uri: &Uri) -> Option<String> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token=")).map(str::to_owned)
}

fn here(lab: &dyn Guarded, uri: &Uri) -> String {
    format!("{}{}", lab.origin(), uri.path_and_query().map_or("/", |path| path.as_str()))
}

fn redirect(status: StatusCode, place: &str) -> Response {
    match HeaderValue::from_str(place) {
        Ok(place) => (status, [(header::LOCATION, place)]).into_response(),
        Err(_) => Refusal::new(StatusCode::BAD_REQUEST, "invalid address").into_response(),
    }
}

/// The page for a browser without the cookie, or with a link that was used already.
fn locked_page(had_token: bool) -> Response {
    let what = if had_token {
        "This link does not work any more: each is good once, and for 10 minutes."
    } else {
        "This is a lab that runs on this computer, for the user who has started it."
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>The lab is locked</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}</style>\
         <h1>The lab is locked</h1><p>{what}</p>\
         <p>Open the link that is printed in your terminal. Pressing Enter there prints a new one.</p>"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (StatusCode::UNAUTHORIZED, kind, Body::from(page)).into_response()
}

fn put_headers(lab: &dyn Guarded, headers: &mut HeaderMap) {
    const FIXED: [(&str, &str); 6] = [
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
    ];
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&lab.policy())
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_hundred_requests_of_a_second_are_granted_and_no_more() {
        let mut rate = Rate::default();
        assert!((0..REQUESTS_PER_SECOND_MAX).all(|_| !rate.is_exceeded()));
        assert!(rate.is_exceeded());
        if let Some(earlier) = rate.since.checked_sub(std::time::Duration::from_secs(1)) {
            rate.since = earlier;
        }
        assert!(!rate.is_exceeded());
    }
}
