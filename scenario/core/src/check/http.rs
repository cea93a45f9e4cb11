//! An HTTP GET, bounded in time and size, and the check on what it answers.

use std::time::Duration;

use crate::check::Outcome;

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

/// Asks once. An error says why there was no answer.
pub fn get(url: &str) -> Result<Response, String> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    let mut response = ureq::Agent::new_with_config(config).get(url).call().map_err(why)?;
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).lossy_utf8(true).read_to_string();
    let body = body.map_err(|error| format!("{error} (bodies are read up to {BODY_BYTES_MAX} bytes)"))?;
    Ok(Response { status: response.status().as_u16(), headers, body })
}

fn why(error: ureq::Error) -> String {
    match error {
        ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nothing listens there".to_owned()
        }
        ureq::Error::Timeout(_) => format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()),
        other => other.to_string(),
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
    let response = match get(url) {
        Ok(response) => response,
        Err(why) => return Outcome::Unaskable(format!("`{url}` could not be asked: {why}")),
    };
    if let Some(status) = expected.status.filter(|status| *status != response.status) {
        return Outcome::fails(format!("status {status}"), format!("status {}", response.status))
            .with_detail(&response.body);
    }
    if let Some((name, value)) = expected.header {
        let found = response.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        if found.is_none_or(|(_, found)| found != value) {
            let found = found
                .map_or_else(|| format!("no header `{name}`"), |(_, found)| format!("`{name}: {found}`"));
            return Outcome::fails(format!("`{name}: {value}`"), found);
        }
    }
    if let Some(text) = expected.contains.filter(|text| !response.body.contains(text)) {
        return Outcome::fails(format!("a body that contains `{text}`"), "one that does not".to_owned())
            .with_detail(&response.body);
    }
    if let Some(pattern) = expected.matches {
        let matched = regex_lite::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(&response.body));
        if !matched {
            return Outcome::fails(
                format!("a body that matches `{pattern}`"),
                "one that does not".to_owned(),
            )
            .with_detail(&response.body);
        }
    }
    Outcome::Holds(format!("status {}", response.status))
}
