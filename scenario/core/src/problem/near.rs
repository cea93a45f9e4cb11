//! Suggests the known name that a mistyped one was probably meant to be. Texts of a file are compared elsewhere.

/// The known name that a mistyped one was probably meant to be.
pub(crate) fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate));
    let best = scored.filter(|(score, _)| *score > 0.75).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, candidate)| candidate)
}
