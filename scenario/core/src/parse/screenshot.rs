//! The picture of a web page: `screenshot` and the attributes that go with it.

use crate::diagnostic::Diagnostic;
use crate::model::{Screenshot, Step, url_port};
use crate::parse::attributes::Attributes;
use crate::parse::{expect, names};
use crate::problem::{Owner, Problem};
use crate::source::Span;

/// The screenshot of a `promql` block. `None` without one, and if a mistake leaves it incomplete.
pub(super) fn screenshot(attributes: &mut Attributes<'_>, opening: Span) -> Option<Screenshot> {
    let name = attributes.take_name("screenshot");
    let Some((name, name_span)) = name else {
        let url = attributes.take("url");
        // One that was there without a value has been reported.
        if attributes.had_mistake("screenshot") {
            attributes.take("alt");
        } else if let Some((_, span)) = url {
            attributes.report(span, Problem::UrlWithoutScreenshot);
        }
        return None;
    };
    let [url, alt] = ["url", "alt"].map(|key| {
        let taken = attributes.take(key);
        if taken.is_none() && !attributes.had_mistake(key) {
            attributes.report(opening, Problem::MissingAttribute { key, owner: Owner::Screenshot });
        }
        taken
    });
    let url = attributes.parse_taken("url", url, |url| match url_port(url) {
        _ if !expect::is_url(url) => Err(Problem::InvalidUrl { text: url.to_owned() }),
        None => Err(Problem::ForeignUrl { text: url.to_owned() }),
        Some(_) => Ok(url.to_owned()),
    });
    Some(Screenshot { name, name_span, url: url?, alt: alt?.0 })
}

/// Reports each screenshot with the name of an earlier one: both would have the same file.
pub(super) fn duplicates(steps: &[Step]) -> Vec<Diagnostic> {
    let checks = steps.iter().flat_map(Step::all_checks);
    let all = checks.filter_map(|check| check.screenshot.as_deref());
    names::duplicates(all.map(|one| (&*one.name, one.name_span)), |name| Problem::DuplicateScreenshot {
        name,
    })
}
