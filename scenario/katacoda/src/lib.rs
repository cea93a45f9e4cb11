//! Reads scenarios of Katacoda and Killercoda: says what is in them, and what would not work.
//!
//! It also converts them into books for our runner, and such books into scenarios. It runs nothing, and reads no file outside
//! the given folder.
//!
//! # Layout
//!
//! In reading order, lowest first:
//!
//! - [`scan`]: from the text of a page to its constructs. Pure.
//! - [`links`]: links to ports. Pure.
//! - [`html`]: entities as characters. Pure.
//! - [`json`]: JSON as authors write it, with places. Pure.
//! - [`index`]: index.json as data. Pure.
//! - [`blocks`]: the files as blocks make them. Pure.
//! - [`count`]: what is in a page. Pure.
//! - [`problem`]: what would not work: code, message, advice.
//! - [`check`]: what would not work in a page. Pure.
//! - [`folder`]: finds scenarios, and reads their files.
//! - [`language`]: translations, by the names of folders.
//! - [`pathway`]: scenarios in an order.
//! - [`inspect`]: one scenario: what is in it, and what would not work.
//! - [`all`]: all scenarios below a folder, several at a time.
//! - [`report`]: what was found, as text.
//! - [`export`]: from a book of ours to a scenario.
//! - [`import`]: from a scenario to a book of ours.

pub mod scan;

pub mod html;
pub mod links;

pub mod json;

pub mod index;

pub mod blocks;

pub mod count;
pub mod problem;

pub mod check;

pub mod folder;

pub mod language;
pub mod pathway;

pub mod inspect;

pub mod all;

pub mod report;

pub mod export;

pub mod import;
