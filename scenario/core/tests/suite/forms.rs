//! The forms of the reports: `docs/report.schema.json`, and the rules of Jenkins's `junit-10.xsd`
//! (<https://github.com/jenkinsci/xunit-plugin>) as a table.
//!
//! As much of JSON Schema is understood as that file uses; another keyword is a failure.

use std::path::Path;

use roxmltree::{Document, Node};
use serde_json::Value;

/// What an element of JUnit XML may have: attributes that it must have, others, elements in it, and text.
struct Element(&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const ELEMENTS: [Element; 8] = [
    Element(
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "disabled", "errors"],
        &["testsuite"],
        false,
    ),
    Element(
        "testsuite",
        &["tests"],
        &[
            "name",
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "skips",
            "timestamp",
            "hostname",
            "id",
            "package",
            "assertions",
            "file",
            "skip",
            "log",
            "url",
        ],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
        false,
    ),
    Element(
        "testcase",
        &["name"],
        &[
            "assertions",
            "time",
            "timestamp",
            "classname",
            "status",
            "class",
            "file",
            "line",
            "log",
            "group",
            "url",
        ],
        &["skipped", "error", "failure", "rerunFailure", "rerunError", "system-out", "system-err"],
        false,
    ),
    Element("failure", &[], &["type", "message"], &[], true),
    Element("error", &[], &["type", "message"], &[], true),
    Element("skipped", &[], &["type", "message"], &[], true),
    Element("system-out", &[], &[], &[], true),
    Element("system-err", &[], &[], &[], true),
];

/// Holds a report to the rules; beyond them, to names that are unique and to counts that are true.
#[track_caller]
pub(crate) fn is_junit(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|cause| panic!("{cause}:\n{text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let mut complaints = Vec::new();
    root.descendants().filter(Node::is_element).for_each(|node| check_element(node, &mut complaints));
    let of = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let cases: Vec<Node<'_, '_>> = root.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let mut names: Vec<(String, String)> =
        cases.iter().map(|case| (of(*case, "classname"), of(*case, "name"))).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "each case has a name of its own:\n{text}");
    for node in root.descendants().filter(|node| node.has_tag_name("testsuite") || *node == root) {
        for (count, of_case) in
            [("tests", ""), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            let cases = node.descendants().filter(|node| node.has_tag_name("testcase"));
            let counted = cases.filter(|case| {
                of_case.is_empty() || case.children().any(|child| child.has_tag_name(of_case))
            });
            let counted = counted.count().to_string();
            if node.attribute(count).is_some_and(|count| count != counted) {
                complaints.push(format!("{count} of `{}` are {counted}", of(node, "name")));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}\n{text}");
}

fn check_element(node: Node<'_, '_>, complaints: &mut Vec<String>) {
    let name = node.tag_name().name();
    let Some(Element(_, required, optional, children, text)) =
        ELEMENTS.iter().find(|element| element.0 == name)
    else {
        return complaints.push(format!("unknown element `{name}`"));
    };
    for attribute in required.iter().filter(|attribute| node.attribute(**attribute).is_none()) {
        complaints.push(format!("`{name}` without `{attribute}`"));
    }
    for attribute in node.attributes().map(|attribute| attribute.name()) {
        if !required.contains(&attribute) && !optional.contains(&attribute) {
            complaints.push(format!("`{name}` with `{attribute}`"));
        }
    }
    for child in node.children() {
        let other = child.is_element() && !children.contains(&child.tag_name().name());
        let prose = child.is_text() && !text && !child.text().unwrap_or_default().trim().is_empty();
        if other || prose {
            complaints.push(format!("`{name}` with {child:?} in it"));
        }
    }
}

/// Holds a report to the schema.
#[track_caller]
pub(crate) fn is_report(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|cause| panic!("{cause}: {text}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository");
    let schema = std::fs::read_to_string(path.join("docs/report.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("a schema is JSON");
    if let Err(complaint) = Schema(&schema).check(&schema, &value, "") {
        panic!("{complaint}\n{text}");
    }
    value
}

struct Schema<'a>(&'a Value);

impl Schema<'_> {
    /// Says where a value is not what a schema says.
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let keywords = schema.as_object().expect("a schema is an object");
        for (keyword, wanted) in keywords {
            let holds = match keyword.as_str() {
                "$ref" => {
                    let place = wanted.as_str().unwrap_or_default().trim_start_matches('#');
                    self.check(self.0.pointer(place).expect("what is referred to"), value, at)?;
                    true
                }
                "type" => {
                    let types = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                    types.iter().any(|name| is_of_type(value, name.as_str().unwrap_or_default()))
                }
                "const" => value == wanted,
                "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
                "minimum" => value.as_f64() >= wanted.as_f64(),
                "minItems" => value.as_array().map(Vec::len) >= wanted.as_u64().map(|count| count as usize),
                "maxItems" => value.as_array().map(Vec::len) <= wanted.as_u64().map(|count| count as usize),
                "required" => wanted.as_array().is_some_and(|names| {
                    names.iter().all(|name| value.get(name.as_str().unwrap_or_default()).is_some())
                }),
                "oneOf" => {
                    let all = wanted.as_array().expect("schemas");
                    let results: Vec<_> = all.iter().map(|one| self.check(one, value, at)).collect();
                    results.iter().filter(|result| result.is_ok()).count() == 1
                }
                "items" => {
                    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    let numbered = items.iter().enumerate();
                    numbered
                        .map(|(index, item)| self.check(wanted, item, &format!("{at}/{index}")))
                        .collect::<Result<(), _>>()?;
                    true
                }
                "properties" | "additionalProperties" => self.members(schema, value, at)?,
                "$schema" | "$defs" | "title" | "description" => true,
                other => panic!("the schema says `{other}`, and this test does not know it"),
            };
            if !holds {
                return Err(format!("at `{at}`: `{keyword}` is {wanted}, and the value {value}"));
            }
        }
        Ok(())
    }

    fn members(&self, schema: &Value, value: &Value, at: &str) -> Result<bool, String> {
        for (name, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(known), _) => self.check(known, member, &at)?,
                (None, Value::Bool(false)) => return Err(format!("at `{at}`: not in the schema")),
                (None, Value::Object(_)) => self.check(&schema["additionalProperties"], member, &at)?,
                (None, _) => {}
            }
        }
        Ok(true)
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the schema says type `{other}`, and this test does not know it"),
    }
}
