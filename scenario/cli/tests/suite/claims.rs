//! `plan --claims` and `plan --links`: what is listed, and the exit status.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A book of one step and this page about it.
fn book(prose: &str) -> Playground {
    ScenarioTest::step("# One\n\n```text file=settings.toml\nport = 8000\n```\n")
        .unnumbered("about.md", prose)
        .playground()
}

#[test]
fn inline_code_that_nothing_backs_is_listed_and_fails() {
    let bad = book("Port `8080` in `settings.toml`.\n\n<!-- source: `8000`: it is known -->\n");
    bad.run(&["plan", "--claims"]).status(1).err(str![""]).out(str![[r#"
src/about.md:1:6: no block of the book has `8080`
src/about.md:3:15: nothing in the book needs a source for `8000`
  help: show it in a block, take it out of the prose, or say where it is from: <!-- source: `CODE`, `CODE`: WHERE -->
2 pieces of inline code: 1 without a block or a source

"#]]);
    bad.run(&["plan", "--claims", "--json"]).status(1).err(str![""]).out(str![[r#"
{"unbacked":[{"column":6,"line":1,"path":"src/about.md","text":"8080"}],"unused":[{"column":15,"line":3,"path":"src/about.md","text":"8000"}]}

"#]]);
}

#[test]
fn a_book_that_backs_all_of_it_passes() {
    let good = book("Port `8000` in `settings.toml`, and [`8080`](https://docs.rs/).\n");
    good.run(&["plan", "--claims"]).status(0).err(str![""]).out(str![[r#"
2 pieces of inline code: 0 without a block or a source

"#]]);
    good.run(&["plan", "--links"]).status(0).err(str![""]).out(str![[r#"
src/about.md:1:37: https://docs.rs/

"#]]);
    good.run(&["plan", "--links", "--json"]).status(0).err(str![""]).out(str![[r#"
[{"column":37,"line":1,"path":"src/about.md","text":"https://docs.rs/"}]

"#]]);
}

#[test]
fn a_book_with_mistakes_has_no_claims() {
    let broken = ScenarioTest::step("# One\n\n```text file=\n```\n").playground();
    broken.run(&["plan", "--claims"]).status(2).out(str![""]);
}
