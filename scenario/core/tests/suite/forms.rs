//! The forms of the reports: `docs/report.schema.json`, and what the two published schemas of JUnit XML allow, as a table:
//! `junit-10.xsd` of <https://github.com/jenkinsci/xunit-plugin>, and <https://github.com/windyroad/JUnit-Schema>.
//!
//! This module understands only the keywords of JSON Schema that this file uses. Any other keyword is a failure.

use std::path::Path;

use roxmltree::{Document, Node};
use serde_json::Value;

/// An element of JUnit XML: attributes that it has, an attribute that it may have, the elements in it in their order, and
/// whether it holds text.
struct Element(&'static str, &'static [&'static str], &'static str, &'static [&'static str], bool);

const ELEMENTS: [Element; 10] = [
    Element("testsuites", &[], "", &["testsuite"], false),
    Element(
        "testsuite",
        &["id", "name", "package", "tests", "failures", "errors", "time", "timestamp", "hostname"],
        "skipped",
        &["properties", "testcase", "system-out", "system-err"],
        false,
    ),
    Element("properties", &[], "", &["property"], false),
    Element("property", &["name", "value"], "", &[], false),
    Element("testcase", &["name", "classname", "time"], "", &["skipped", "error", "failure"], false),
    Element("failure", &["type"], "message", &[], true),
    Element("error", &["type"], "message", &[], true),
    Element("skipped", &[], "message", &[], true),
    Element("system-out", &[], "", &[], true),
    Element("system-err", &[], "", &[], true),
];

/// Checks a report against the rules, and that its names are unique and its counts correct.
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
    for node in root.children().filter(|node| node.has_tag_name("testsuite")) {
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
        if !required.contains(&attribute) && *optional != attribute {
            complaints.push(format!("`{name}` with `{attribute}`"));
        }
    }
    let prose = |node: &Node<'_, '_>| node.is_text() && !node.text().unwrap_or_default().trim().is_empty();
    if !text && node.children().any(|child| prose(&child)) {
        complaints.push(format!("`{name}` with text in it"));
    }
    let inner: Vec<&str> =
        node.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    let place = |inner: &&str| children.iter().position(|child| child == inner);
    if inner.iter().any(|inner| place(inner).is_none()) || !inner.is_sorted_by_key(place) {
        complaints.push(format!("`{name}` with {inner:?} in it"));
    }
    // A suite has all of these, and a case at most one of them.
    let one = |inner: &str| node.children().filter(|child| child.has_tag_name(inner)).count() == 1;
    if name == "testsuite" && !["properties", "system-out", "system-err"].into_iter().all(one)
        || name == "testcase" && inner.len() > 1
    {
        complaints.push(format!("`{name}` with {inner:?} in it"));
    }
}

/// Checks a report against the schema.
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
    /// Lists the places where a value differs from a schema.
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
                    let mut numbered = items.iter().enumerate();
                    numbered
                        .try_for_each(|(index, item)| self.check(wanted, item, &format!("{at}/{index}")))?;
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
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema says type `{other}`, and this test does not know it"),
    }
}
