//! The series that a query reads: its selectors, such as `up` or `http_requests_total{code="500"}`.
//!
//! Only as much of PromQL is parsed as is needed to find them. Prometheus decides whether the query is valid.

/// Words that never name a metric, in lower case.
const KEYWORDS: [&str; 8] = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"];
/// Words before a list of labels in parentheses.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The selectors of a query, each once, without their ranges and offsets.
pub(super) fn selectors(query: &str) -> Vec<String> {
    let mut reader = Reader { rest: query };
    let mut found: Vec<String> = Vec::new();
    while let Some(next) = reader.rest.chars().next() {
        let selector = match next {
            '"' | '\'' | '`' => {
                reader.string(next);
                None
            }
            '#' => {
                reader.take_until('\n');
                None
            }
            '[' => {
                reader.take_until(']');
                None
            }
            '{' => Some(reader.braces().to_owned()),
            c if c.is_ascii_digit() || c == '.' => {
                reader.take_while(|c| is_word(c) || c == '.');
                None
            }
            c if is_word(c) => reader.word(),
            c => {
                reader.rest = &reader.rest[c.len_utf8()..];
                None
            }
        };
        found.extend(selector.filter(|selector| !found.contains(selector)));
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !is(c)).unwrap_or(self.rest.len()))
    }

    fn take_until(&mut self, end: char) -> &'a str {
        self.take(self.rest.find(end).map_or(self.rest.len(), |at| at + end.len_utf8()))
    }

    /// A string with its quotes; a backslash escapes in all but raw strings.
    fn string(&mut self, quote: char) {
        let mut escaped = false;
        let is_end = |(_, c): &(usize, char)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped && quote != '`';
            ends
        };
        let end = self.rest.char_indices().skip(1).find(is_end);
        self.take(end.map_or(self.rest.len(), |(at, c)| at + c.len_utf8()));
    }

    /// Label matchers with their braces.
    fn braces(&mut self) -> &'a str {
        let start = self.rest;
        while let Some(next) = self.rest.chars().next() {
            match next {
                '"' | '\'' | '`' => self.string(next),
                c => {
                    self.take(c.len_utf8());
                    if c == '}' {
                        break;
                    }
                }
            }
        }
        &start[..start.len() - self.rest.len()]
    }

    /// The selector that begins with a word, unless the word is something else.
    fn word(&mut self) -> Option<String> {
        let word = self.take_while(is_word);
        let lower = word.to_ascii_lowercase();
        self.take_while(char::is_whitespace);
        if BEFORE_LABELS.contains(&lower.as_str()) {
            if self.rest.starts_with('(') {
                self.take_until(')');
            }
            return None;
        }
        if KEYWORDS.contains(&lower.as_str()) {
            return None;
        }
        if self.rest.starts_with('{') {
            return Some(format!("{word}{}", self.braces()));
        }
        let mut ahead = Reader { rest: self.rest };
        let next = ahead.take_while(is_word).to_ascii_lowercase();
        let is_aggregation = matches!(next.as_str(), "by" | "without");
        let is_function = self.rest.starts_with('(');
        (!is_function && !is_aggregation).then(|| word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selectors_of_a_query_are_found() {
        let all: [(&str, &[&str]); 14] = [
            ("up", &["up"]),
            ("up{job=\"a\"} == 0 or up", &["up{job=\"a\"}", "up"]),
            (
                "sum by (code) (rate(http_requests_total{path=~\"/}x\"}[5m] offset 1h))",
                &["http_requests_total{path=~\"/}x\"}"],
            ),
            ("histogram_quantile(0.95, sum(rate(x_bucket[1m])) by (le))", &["x_bucket"]),
            ("a / on(job) group_left(x) b", &["a", "b"]),
            ("{__name__=\"up\"} and ON (job) c:d:e", &["{__name__=\"up\"}", "c:d:e"]),
            ("vector(1) + 1e3 + 0x1F + time() + Inf - NaN", &[]),
            ("label_replace(up, \"x\", '$1', `job`, \"\\\"(.*)\")", &["up"]),
            ("up # of the app (all)\n > bool 1", &["up"]),
            ("avg without (instance) (up @ 1609746000)", &["up"]),
            ("up unless (down)", &["up", "down"]),
            ("sum(a) or {__name__=\"up\"} @ start()", &["a", "{__name__=\"up\"}"]),
            ("max_over_time(deriv(rate(d[5s])[30s:5s])[10m:])", &["d"]),
            ("a{b=\"", &["a{b=\""]),
        ];
        for (query, expected) in all {
            assert_eq!(selectors(query), expected, "{query}");
        }
    }
}
