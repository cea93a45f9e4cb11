//! Inline code in prose: what backs it, and what is listed if nothing does.

use scenario_core::claims::{self, Mention};
use snapbox::{IntoData, assert_data_eq, str};

use crate::scenario_test::ScenarioTest;

/// A step that writes a file, runs a command and checks something.
const STEP: &str = r#"# One

```rust file=app/src/main.rs
const PORT: u16 = 8000;
// app_request_count_total{http_status="200"} 0.5
```

```console
$ docker run -d --name app-v1 \
> -p 8000:8000 app
$ echo listening on 0.0.0.0:18001
listening on 0.0.0.0:18001
```

<!-- scenario: check http url=http://localhost:8000/healthz status=200 matches="le=\"5.0\"" -->
"#;

/// The unbacked inline code of a second page, and the unused sources.
fn left(prose: &str) -> String {
    let test = ScenarioTest::step(STEP).unnumbered("words.md", prose);
    let found = claims::find(&test.scenario());
    let line = |what: &str, it: &Mention| format!("{what} {}: {}\n", it.position, it.text);
    let unbacked = found.unbacked.iter().map(|claim| line("claim", claim));
    let lines: String = unbacked.chain(found.unused.iter().map(|source| line("source", source))).collect();
    test.redact(&lines)
}

#[test]
fn what_a_block_or_a_check_has_is_backed() {
    let prose = "\
`8000`, `app/src/main.rs`, `src/main.rs`, `docker run`, `--name app-v1 -p 8000:8000`, `/healthz`, `0.5`, `le=\"5.0\"`, `200\"}`, `u16 = 8000; // app_request_count_total {`
also over
two lines: `const PORT:
u16`.
";
    assert_eq!(left(prose), "");
}

#[test]
fn a_part_of_a_word_or_of_a_number_is_not_backed() {
    let prose =
        "Here `8001`, `800` and `80`.\n\n| a | b |\n|---|---|\n| `request_count` | `5` or `docker  kill` |\n";
    assert_data_eq!(
        left(prose),
        str![[r#"
claim src/words.md:1:6: 8001
claim src/words.md:1:14: 800
claim src/words.md:1:24: 80
claim src/words.md:5:3: request_count
claim src/words.md:5:21: 5
claim src/words.md:5:28: docker kill

"#]]
        .raw()
    );
}

#[test]
fn what_is_left_out_may_be_anything_within_a_block() {
    let prose = "`app_…`, `…_total`, `_total`, `docker run … app`, `docker run -d --name <name>`, `app_...{http_status=\"<code>\"}`\n\
                 and `app … docker`, `Vec<u16>`, `<name> kill`.\n";
    assert_data_eq!(
        left(prose),
        str![[r#"
claim src/words.md:2:5: app … docker
claim src/words.md:2:21: Vec<u16>
claim src/words.md:2:33: <name> kill

"#]]
        .raw()
    );
}

#[test]
fn a_source_or_a_link_into_the_web_backs_the_rest() {
    let prose = "\
`SIGTERM` <!-- source: `SIGTERM`: signal(7) -->, [`tokio`](https://docs.rs/tokio), [`axum`](step-1.md), `tokio`

<!-- source: `cargo xtask …` README of this book;
`8000`, `gone`: needed by nothing -->

`cargo xtask step 1`, `cargo run`

<!-- source: `cargo run` -->
";
    assert_data_eq!(
        left(prose),
        str![[r#"
claim src/words.md:1:85: axum
claim src/words.md:6:23: cargo run
source src/words.md:4:2: 8000
source src/words.md:4:10: gone

"#]]
        .raw()
    );
}

#[test]
fn links_into_the_web_are_listed() {
    let test = ScenarioTest::step(
        "# One\n\nSee [this](https://docs.rs/) and <https://localhost/>, not [that](#one).\n",
    );
    let found = claims::find(&test.scenario());
    let links: String = found.links.iter().map(|link| format!("{} {}\n", link.position, link.text)).collect();
    assert_data_eq!(
        test.redact(&links),
        str![[r#"
src/step-1.md:3:5 https://docs.rs/
src/step-1.md:3:34 https://localhost/

"#]]
        .raw()
    );
}
