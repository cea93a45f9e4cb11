//! The picture of a query: `plot` and the attributes that go with it.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::model::{CurveBound, Measure, PLOT_STEPS_MAX, Plot, Step};
use crate::parse::attributes::Attributes;
use crate::parse::{expect, names, vocabulary};
use crate::problem::{ExpectationFault, Owner, Problem};
use crate::source::Span;

/// How far points are apart where the page does not say.
const STEP: Duration = Duration::from_secs(1);

/// The names of what can be compared, as messages list them.
const MEASURES: [&str; 4] = ["highest", "lowest", "last", "count"];

/// The plot of a `promql` block. `None` without one, and if a mistake leaves it incomplete.
pub(super) fn plot(attributes: &mut Attributes<'_>, opening: Span) -> Option<Plot> {
    let name = attributes.take_name("plot");
    let [range, step, curve, unit, alt] = vocabulary::OF_PLOTS.map(|key| (key, attributes.take(key)));
    let Some((name, name_span)) = name else {
        // One that was there without a value has been reported.
        if !attributes.had_mistake("plot") {
            for (key, (_, span)) in
                [range, step, curve, unit, alt].into_iter().filter_map(|(key, taken)| Some((key, taken?)))
            {
                attributes.report(span, Problem::AttributeWithoutPlot { key });
            }
        }
        return None;
    };
    for (key, taken) in [&range, &curve, &alt] {
        if taken.is_none() && !attributes.had_mistake(key) {
            attributes.report(opening, Problem::MissingAttribute { key, owner: Owner::Plot });
        }
    }
    let range_span = range.1.as_ref().map(|(_, span)| *span);
    let step_span = step.1.as_ref().map(|(_, span)| *span);
    let range = attributes.parse_taken("range", range.1, expect::duration);
    let step =
        attributes.parse_taken("step", step.1, expect::duration).or(step_span.is_none().then_some(STEP));
    let curve = attributes.parse_taken("curve", curve.1, self::curve);
    let (range, step) = (range?, step?);
    let steps = range.as_nanos() / step.as_nanos().max(1);
    if !(1..=PLOT_STEPS_MAX).contains(&steps) {
        attributes
            .report(step_span.or(range_span)?, Problem::StepsOutOfRange { steps, steps_max: PLOT_STEPS_MAX });
    }
    let (unit, alt) = (unit.1.map(|(unit, _)| unit), alt.1?.0);
    Some(Plot { name, name_span, range, step, curve: curve?, unit, alt })
}

/// Comparisons of what a curve has, joined by `and`.
fn curve(text: &str) -> Result<Vec<CurveBound>, Problem> {
    let invalid = |fault| Problem::InvalidCurve { fault };
    let bounds = text.split(" and ").map(|term| {
        let (subject, op, number) = expect::comparison(term).map_err(invalid)?;
        let found = || ExpectationFault::UnknownSubject { found: subject.to_owned(), known: &MEASURES };
        let of = Measure::ALL.into_iter().find(|measure| measure.name() == subject);
        let of = of.ok_or_else(|| invalid(found()))?;
        if !number.is_finite() {
            return Err(invalid(ExpectationFault::InvalidNumber(number.to_string())));
        }
        if of == Measure::Count && (number.fract() != 0.0 || number < 0.0) {
            return Err(invalid(ExpectationFault::InvalidCount(number)));
        }
        Ok(CurveBound { of, op, number })
    });
    bounds.collect()
}

/// Each plot with the name of an earlier one: their files would be the same.
pub(super) fn duplicates(steps: &[Step]) -> Vec<Diagnostic> {
    let checks = steps.iter().flat_map(Step::all_checks);
    let all = checks.filter_map(|check| check.plot.as_deref());
    names::duplicates(all.map(|one| (&*one.name, one.name_span)), |name| Problem::DuplicatePlot { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_listed() {
        assert_eq!(MEASURES, Measure::ALL.map(Measure::name));
    }
}
