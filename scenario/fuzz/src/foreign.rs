//! Pages and index.json of Katacoda and Killercoda: no panic, and each place is in the text.

use scenario_katacoda::blocks::Files;
use scenario_katacoda::check::check;
use scenario_katacoda::count::count;
use scenario_katacoda::json::{self, Data, Value};
use scenario_katacoda::scan::{Construct, Kind, scan};
use scenario_katacoda::{index, links};

use crate::{BETWEEN_PARTS, text};

/// A separate paragraph to put before a page.
const BEFORE: &str = "A paragraph.\n\n";

/// The input is a page, and after a line `%%%` an index.json.
pub fn foreign(input: &[u8]) {
    let input = text(input);
    let (page, index) = input.split_once(BETWEEN_PARTS).unwrap_or((&input, ""));
    let constructs = scan(page);
    places_are_in_order(page, &constructs);
    let mut tally = count(page, &constructs);
    let number = |name: &str| tally.counts.get(name).copied().unwrap_or_default();
    for verb in ["run", "copy", "open"] {
        let parts = number(&format!("{verb}_inline")) + number(&format!("{verb}_fence"));
        assert_eq!(number(verb), parts, "{verb}");
    }
    for (place, problem) in check(page, &constructs, &mut Files::new(None), &mut tally) {
        assert!(page.get(place.clone()).is_some(), "{problem:?} at {place:?}");
        assert!(!problem.message().is_empty() && !problem.help().is_empty());
    }
    for link in links::find(page) {
        assert!(page.get(link.span).is_some());
    }
    // A paragraph before the page changes nothing in it.
    let moved = scan(&format!("{BEFORE}{page}"));
    let spans = |constructs: &[Construct], by: usize| {
        constructs
            .iter()
            .map(|construct| construct.span.start + by..construct.span.end + by)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        spans(&moved, 0),
        spans(&constructs, BEFORE.len()),
        "a paragraph before changes what is found"
    );
    is_read_as_serde_reads_it(index);
}

fn places_are_in_order(page: &str, constructs: &[Construct]) {
    let mut end = 0;
    for Construct { span, kind } in constructs {
        assert!(span.start >= end && span.start < span.end, "{kind:?} at {span:?} behind {end}");
        assert!(page.get(span.clone()).is_some(), "{kind:?} at {span:?}");
        end = span.end;
        let inner = match kind {
            Kind::Fence(fence) => vec![fence.info.clone(), fence.body.clone()],
            Kind::Span(code) => vec![code.code.clone()],
            Kind::Pre(pre) => vec![pre.tag.clone(), pre.body.clone()],
            Kind::Orphan(braces) | Kind::Stray(braces) => vec![braces.span.clone()],
            Kind::Comment { .. } | Kind::LoneBackticks => vec![],
        };
        for place in inner {
            assert!(place.start >= span.start && place.end <= span.end, "{place:?} of {kind:?} at {span:?}");
            assert!(page.get(place.clone()).is_some(), "{place:?} of {kind:?}");
        }
    }
}

/// Our reader calls JSON strict only if serde reads it too, and then both give the same value.
fn is_read_as_serde_reads_it(text: &str) {
    let serde = serde_json::from_str::<serde_json::Value>(text);
    match json::parse(text) {
        Ok(document) => {
            inside(text, &document.value);
            if document.is_strict {
                let serde = serde.unwrap_or_else(|cause| panic!("strict, but {cause}"));
                assert_eq!(value(&document.value), value_of_serde(serde));
            }
        }
        Err(invalid) => {
            assert!(text.get(invalid.at..).is_some(), "{invalid:?}");
            let too_deep = invalid.expected == json::EXPECTED_DEPTH;
            assert!(serde.is_err() || too_deep, "{invalid:?}, which serde reads");
        }
    }
    let _ = index::read(text);
}

fn inside(text: &str, value: &Value) {
    assert!(text.get(value.span.clone()).is_some_and(|written| !written.is_empty()));
    value.elements().iter().for_each(|element| inside(text, element));
    value.members().iter().for_each(|member| inside(text, &member.value));
}

/// The value as serde has it. If members have the same key, the last one counts.
fn value(ours: &Value) -> serde_json::Value {
    match &ours.data {
        Data::Null => serde_json::Value::Null,
        Data::Bool(truth) => (*truth).into(),
        // The precision of numbers does not matter here.
        Data::Number(_) => 0.into(),
        Data::Text(text) => text.as_str().into(),
        Data::Array(elements) => elements.iter().map(value).collect(),
        Data::Object(members) => {
            members.iter().map(|member| (member.key.clone(), value(&member.value))).collect()
        }
    }
}

fn value_of_serde(serde: serde_json::Value) -> serde_json::Value {
    match serde {
        serde_json::Value::Number(_) => 0.into(),
        serde_json::Value::Array(elements) => elements.into_iter().map(value_of_serde).collect(),
        serde_json::Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, value_of_serde(value))).collect()
        }
        other => other,
    }
}
