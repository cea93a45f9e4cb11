//! Texts with elisions as extended regular expressions, for awk.

use scenario_core::model::ShownSample;

/// A value of a label in JSON, without its quotes.
const ANY: &str = r#"([^"\\]|\\.)*"#;
/// A label and its value.
const LABEL: &str = r#""[^"]*":"([^"\\]|\\.)*""#;

/// The pattern of the labels of a sample in JSON. Prometheus writes them in the order of their names.
pub(super) fn labels(sample: &ShownSample) -> String {
    let mut labels: Vec<(&str, &str)> =
        sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    labels.extend(sample.name.as_deref().map(|name| ("__name__", name)));
    labels.sort_unstable();
    let each = labels.iter().map(|(name, value)| format!("\"{name}\":\"{}\"", value_pattern(value)));
    let each: Vec<String> = each.collect();
    let inner = match (sample.other_labels, each.is_empty()) {
        (false, _) => each.join(","),
        (true, true) => format!("({LABEL}(,{LABEL})*)?"),
        (true, false) => format!("({LABEL},)*{}(,{LABEL})*", each.join(&format!(",({LABEL},)*"))),
    };
    format!("^[{{]\"metric\":[{{]{inner}[}}]")
}

/// A value of a label. The typed elisions are names in brackets.
fn value_pattern(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(&literal(before));
        let length = from.find(']').map_or(1, |end| end + 1);
        let word = &from[..length];
        let is_elision =
            word == "[..]" || word.len() > 3 && word[1..length - 1].bytes().all(|b| b.is_ascii_uppercase());
        out.push_str(&if is_elision { ANY.to_owned() } else { literal(word) });
        rest = &from[length..];
    }
    out + &literal(rest)
}

/// A text in JSON, in which each character with a meaning in a pattern is in brackets.
fn literal(text: &str) -> String {
    let json = json(text);
    json.chars().fold(String::new(), |mut out, c| {
        match c {
            '\\' | '/' | '^' => out.extend(['\\', c]),
            '.' | '[' | ']' | '(' | ')' | '{' | '}' | '*' | '+' | '?' | '|' | '$' => {
                out.extend(['[', c, ']'])
            }
            c => out.push(c),
        }
        out
    })
}

/// A text as Prometheus writes it in JSON, without the quotes.
pub(super) fn json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let inner = &json[1..json.len() - 1];
    inner.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
