//! Translations: a folder `NAME_es` beside `NAME` is the same scenario in Spanish.
//!
//! This module looks only at the names of folders, and reads no file: authors rarely say a language anywhere else.

use std::fs;
use std::path::Path;

/// The languages that a name may end with, as ISO 639-1 writes them. Codes that usually mean something else at the end of a
/// name, such as `ca`, `cs`, `hr` or `io`, are not among them.
const LANGUAGES: [&str; 29] = [
    "ar", "bg", "bn", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "ko", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "tr", "uk", "vi", "zh",
];

/// That a folder is a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// Its language as HTML names it: `es`, `pt-BR`.
    pub language: String,
    /// The name of the folder without its language.
    pub of: String,
}

/// The translation that a folder is by its name, if the original or another translation is beside it.
pub fn translation(folder: &Path) -> Option<Translation> {
    let name = folder.file_name()?.to_str()?;
    let (of, language) = split(name)?;
    let parent = folder.parent()?;
    let is_beside = parent.join(of).is_dir() || !others(parent, of, name).is_empty();
    is_beside.then(|| Translation { language, of: of.to_owned() })
}

/// The names of the folders that are translations of a folder, sorted, each with its language.
pub fn translations(folder: &Path) -> Vec<(String, String)> {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    folder.parent().map(|parent| others(parent, name, name)).unwrap_or_default()
}

/// The folders in `parent` that are translations of `of`, except one.
fn others(parent: &Path, of: &str, except: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(String, String)> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != except)
        .filter_map(|name| {
            let (base, language) = split(&name)?;
            (base == of).then_some(language).map(|language| (name, language))
        })
        .collect();
    found.sort();
    found
}

/// The name of a folder without its language, and the language.
fn split(name: &str) -> Option<(&str, String)> {
    let (before, last) = name.rsplit_once(['_', '-', '.'])?;
    let is_code = |code: &str| LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(code));
    let is_region = last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let (base, language) = match before.rsplit_once(['_', '-', '.']) {
        Some((base, code)) if is_region && is_code(code) => {
            (base, format!("{}-{}", code.to_ascii_lowercase(), last.to_ascii_uppercase()))
        }
        _ if is_code(last) => (before, last.to_ascii_lowercase()),
        _ => return None,
    };
    (!base.is_empty()).then_some((base, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_a_language_and_perhaps_a_region() {
        let said = |name| split(name).map(|(base, language)| format!("{base} {language}"));
        for (name, expected) in [
            ("tea_es", "tea es"),
            ("green-tea-FR", "green-tea fr"),
            ("tea.ja", "tea ja"),
            ("tea_pt_br", "tea pt-BR"),
            ("tea-zh-CN", "tea zh-CN"),
        ] {
            assert_eq!(said(name).as_deref(), Some(expected));
        }
        for name in ["tea", "es", "_es", "tea-aws", "tea-ca", "tea-io", "tea-v2", "teaes"] {
            assert_eq!(said(name), None);
        }
    }
}
