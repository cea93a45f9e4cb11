//! An HTTP GET, bounded in time and size, and the check on what it answers.

use std::time::Duration;

use crate::check::text;
use crate::failure::{Asked, Captured, Found, Mismatch, NoAnswer, Outcome, TextOf};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a body is read.
const BODY_BYTES_MAX: u64 = 4 << 20;

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

/// Asks once.
///
/// # Errors
///
/// There was no answer, or not a whole one.
pub fn get(url: &str) -> Result<Response, NoAnswer> {
    get_with(url, &[])
}

/// Asks once, with parameters after the URL.
///
/// # Errors
///
/// There was no answer, or not a whole one.
pub fn get_with(url: &str, parameters: &[(&str, &str)]) -> Result<Response, NoAnswer> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    let request = ureq::Agent::new_with_config(config).get(url).query_pairs(parameters.iter().copied());
    let mut response = request.call().map_err(why)?;
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).lossy_utf8(true).read_to_string();
    let body =
        body.map_err(|error| NoAnswer::Body { error: error.to_string(), bytes_max: BODY_BYTES_MAX })?;
    Ok(Response { status: response.status().as_u16(), headers, body })
}

fn why(error: ureq::Error) -> NoAnswer {
    match error {
        ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
            NoAnswer::NothingListens
        }
        ureq::Error::Timeout(_) => NoAnswer::TimedOut { seconds: REQUEST_TIMEOUT.as_secs() },
        other => NoAnswer::Other(other.to_string()),
    }
}

/// What an answer must be.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) status: Option<u16>,
    pub(super) header: Option<&'a (String, String)>,
    pub(super) contains: Option<&'a str>,
    pub(super) matches: Option<&'a str>,
}

pub(super) fn evaluate(url: &str, expected: &Expected<'_>) -> Outcome {
    match get(url) {
        Ok(response) => match mismatch(&response, expected) {
            None => Outcome::Passed(Found::Answer { status: response.status }),
            Some(mismatch) => Outcome::Failed(mismatch),
        },
        Err(why) => Outcome::Unreachable { what: Asked::Url(url.to_owned()), why },
    }
}

fn mismatch(response: &Response, expected: &Expected<'_>) -> Option<Mismatch> {
    if let Some(status) = expected.status.filter(|status| *status != response.status) {
        let body = Captured::new(&response.body);
        return Some(Mismatch::HttpStatus { expected: status, found: response.status, body });
    }
    if let Some((name, value)) = expected.header {
        let found = response.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        if found.is_none_or(|(_, found)| found != value) {
            let found = found.map(|(_, found)| found.clone());
            return Some(Mismatch::Header { name: name.clone(), expected: value.clone(), found });
        }
    }
    text::mismatch(TextOf::Body, &response.body, expected.contains, expected.matches)
}
