//! The small values that attributes hold: durations, readiness probes, paths, expectations on a query.

use std::time::Duration;

use crate::model::{Expect, Op, Ready};
use crate::problem::{ExpectationFault, PathFault, Problem};

/// A reader does not wait longer.
const DURATION_MAX: Duration = Duration::from_secs(60 * 60);

/// `30s`, `500ms`, `2m`.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let bad = || Problem::InvalidDuration { text: text.to_owned() };
    let number: u64 = text[..digits].parse().map_err(|_| bad())?;
    let duration = match &text[digits..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(bad()),
    };
    if duration.is_zero() || duration > DURATION_MAX {
        return Err(Problem::DurationOutOfRange { text: text.to_owned() });
    }
    Ok(duration)
}

/// A URL, a port, `log:` and a text, or `wait`.
pub(super) fn ready(text: &str) -> Result<Ready, Problem> {
    if text == "wait" {
        return Ok(Ready::Wait);
    }
    if let Some(log) = text.strip_prefix("log:").filter(|log| !log.is_empty()) {
        return Ok(Ready::Log(log.to_owned()));
    }
    if is_url(text) {
        return Ok(Ready::Url(text.to_owned()));
    }
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .map(Ready::Port)
        .ok_or_else(|| Problem::InvalidReady { text: text.to_owned() })
}

/// Whether a text is an `http://` URL with a host and, if it names a port, one from 1 to 65535.
pub(super) fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://").filter(|rest| !rest.contains(char::is_whitespace)) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The colons of an IPv6 address are within brackets.
    let address = authority.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match authority[address..].split_once(':') {
        Some((host, port)) => (&authority[..address + host.len()], port.parse().unwrap_or(0_u16)),
        None => (authority, 80),
    };
    !host.is_empty() && port != 0
}

/// Why a path cannot name a file of the workspace.
pub(super) fn path_fault(path: &str) -> Option<PathFault> {
    if path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
        Some(PathFault::Outside)
    } else if path.split('/').next() == Some(".scenario") {
        Some(PathFault::Reserved)
    } else if path.ends_with('/') {
        Some(PathFault::Folder)
    } else if path.contains('\\')
        || path.contains(char::is_control)
        || path.split('/').any(|part| matches!(part, "" | "."))
    {
        Some(PathFault::NotPlain)
    } else {
        None
    }
}

/// `none`, or comparisons of `value` and `count` with numbers, joined by `and`.
pub(super) fn expect(text: &str) -> Result<Expect, Problem> {
    if text.trim() == "none" {
        return Ok(Expect::None);
    }
    let (mut value, mut count) = (Vec::new(), Vec::new());
    for term in text.split(" and ") {
        let invalid = |fault| Problem::InvalidExpectation { fault };
        let (subject, op, number) = comparison(term).map_err(invalid)?;
        match subject {
            "value" => value.push((op, number)),
            "count" if number.fract() != 0.0 || number < 0.0 => {
                return Err(invalid(ExpectationFault::InvalidCount(number)));
            }
            "count" => count.push((op, number)),
            other => {
                let (found, known) = (other.to_owned(), &["value", "count"]);
                return Err(invalid(ExpectationFault::UnknownSubject { found, known }));
            }
        }
    }
    Ok(Expect::Samples { value, count })
}

/// What a query must find where nothing is said: something.
pub(super) fn expect_something() -> Expect {
    Expect::Samples { value: Vec::new(), count: vec![(Op::Greater, 0.0)] }
}

/// A subject, an operator and a number.
pub(super) fn comparison(term: &str) -> Result<(&str, Op, f64), ExpectationFault> {
    const OPS: [(&str, Op); 6] = [
        ("<=", Op::LessEqual),
        (">=", Op::GreaterEqual),
        ("==", Op::Equal),
        ("!=", Op::NotEqual),
        ("<", Op::Less),
        (">", Op::Greater),
    ];
    let term = term.trim();
    let is_sign = |c: char| "<>=!".contains(c);
    let Some(start) = term.find(is_sign) else {
        return Err(ExpectationFault::NoComparison(term.to_owned()));
    };
    let (subject, rest) = term.split_at(start);
    let (sign, number) = rest.split_at(rest.find(|c: char| !is_sign(c)).unwrap_or(rest.len()));
    let Some((_, op)) = OPS.iter().find(|(known, _)| *known == sign) else {
        return Err(ExpectationFault::UnknownOperator(sign.to_owned()));
    };
    let number = number.trim();
    let parsed = number.parse().ok().filter(|number: &f64| !number.is_nan());
    parsed
        .map(|number| (subject.trim(), *op, number))
        .ok_or_else(|| ExpectationFault::InvalidNumber(number.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for bad in ["30", "s", "1h", "-1s", "1.5s", "", "0s", "61m", "99999999999999999999s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn expectations_are_comparisons_joined_by_and() {
        let samples = |value: &[(Op, f64)], count: &[(Op, f64)]| {
            Ok(Expect::Samples { value: value.to_vec(), count: count.to_vec() })
        };
        assert_eq!(expect("none"), Ok(Expect::None));
        assert_eq!(expect("value > 0"), samples(&[(Op::Greater, 0.0)], &[]));
        assert_eq!(
            expect("value >= 0.01 and value<=1e3 and count == 2"),
            samples(&[(Op::GreaterEqual, 0.01), (Op::LessEqual, 1e3)], &[(Op::Equal, 2.0)])
        );
        let operator = |sign: &str| {
            Err(Problem::InvalidExpectation { fault: ExpectationFault::UnknownOperator(sign.to_owned()) })
        };
        assert_eq!(expect("value => 1"), operator("=>"));
        assert_eq!(expect("value = 1"), operator("="));
        for bad in ["", "value", "values > 1", "value > x", "value > NaN", "none and value > 1", "value => 1"]
            .into_iter()
            .chain(["count > 0.5", "count > -1", "value > 1 or value < 0", "value > 1 and "])
        {
            assert!(expect(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn readiness_is_a_port_a_url_or_a_text_in_the_log() {
        assert_eq!(ready("8000"), Ok(Ready::Port(8000)));
        assert_eq!(
            ready("http://localhost:9090/-/ready"),
            Ok(Ready::Url("http://localhost:9090/-/ready".to_owned()))
        );
        assert_eq!(ready("log:listening on"), Ok(Ready::Log("listening on".to_owned())));
        for bad in ["", "log:", "0", "70000", "http://", "http:///x", "https://localhost/", "soon"] {
            assert!(ready(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_has_a_host_and_a_port_that_exists() {
        for good in ["localhost", "localhost:8000/a?b=c:d", "[::1]", "[::1]:9090/x", "127.0.0.1:65535"] {
            assert!(is_url(&format!("http://{good}")), "{good}");
        }
        for bad in ["", "/", ":80", "a:", "a:0", "a:99999", "a:x", "[::1]:65536", "a b", "a:80 /"] {
            assert!(!is_url(&format!("http://{bad}")), "{bad}");
        }
    }
}
