//! PromQL blocks, and checks in comments.

use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

#[test]
fn a_query_finds_something_where_nothing_is_said() {
    ScenarioTest::step("```promql\nup\n```\n").outline(str![[r#"
step 1: step-1
1 check Promql { query: "up", expect: Samples { value: [], count: [(Greater, 0.0)] } }

"#]]);
}

#[test]
fn an_expectation_compares_value_and_count() {
    ScenarioTest::step(
        "```promql within=15s expect=\"value >= 0.5 and value<1e3 and count == 2\"\nsum(\n  up\n)\n```\n\n```promql expect=none already-true=\"nothing runs\"\nup\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
1 check Promql { query: "sum(\n  up\n)", expect: Samples { value: [(GreaterEqual, 0.5), (Less, 1000.0)], count: [(Equal, 2.0)] } } within 15s
7 check Promql { query: "up", expect: None }, already true: nothing runs

"#]]);
}

#[test]
fn an_expectation_that_is_none_says_so() {
    rejects(
        "```promql expect=\"value\"\nup\n```\n",
        str![[r#"
error[invalid-expectation]: expected a comparison, found `value`
 --> src/step-1.md:1:18
  |
1 | ```promql expect="value"
  |                  ^^^^^^^
  |
  = help: write comparisons of `value` or `count` with a number, joined by `and`, as in
          `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone

"#]],
    );
    rejects(
        "```promql expect=\"values > 1\"\nup\n```\n",
        str![[r#"
error[invalid-expectation]: expected `value` or `count`, found `values`
 --> src/step-1.md:1:18
  |
1 | ```promql expect="values > 1"
  |                  ^^^^^^^^^^^^
  |
  = help: write comparisons of `value` or `count` with a number, joined by `and`, as in
          `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone

"#]],
    );
    rejects(
        "```promql expect=\"value > many\"\nup\n```\n",
        str![[r#"
error[invalid-expectation]: invalid number `many`
 --> src/step-1.md:1:18
  |
1 | ```promql expect="value > many"
  |                  ^^^^^^^^^^^^^^
  |
  = help: write comparisons of `value` or `count` with a number, joined by `and`, as in
          `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone

"#]],
    );
    rejects(
        "```promql expect=\"count > 0.5\"\nup\n```\n",
        str![[r#"
error[invalid-expectation]: expected a whole number for `count`, found `0.5`
 --> src/step-1.md:1:18
  |
1 | ```promql expect="count > 0.5"
  |                  ^^^^^^^^^^^^^
  |
  = help: write comparisons of `value` or `count` with a number, joined by `and`, as in
          `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone

"#]],
    );
    rejects(
        "```promql expect=\"value > 1 or count > 1\"\nup\n```\n",
        str![[r#"
error[invalid-expectation]: invalid number `1 or count > 1`
 --> src/step-1.md:1:18
  |
1 | ```promql expect="value > 1 or count > 1"
  |                  ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write comparisons of `value` or `count` with a number, joined by `and`, as in
          `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone

"#]],
    );
}

#[test]
fn a_query_is_not_empty() {
    rejects(
        "```promql\n\n```\n",
        str![[r#"
error[empty-query]: `promql` block without a query
 --> src/step-1.md:1:1
  |
1 | ```promql
  | ^^^^^^^^^
  |
  = help: write one PromQL expression between the fences

"#]],
    );
}

#[test]
fn a_comment_holds_a_check() {
    ScenarioTest::step(
        r#"
<!-- scenario: check target job=app health=down error="404 Not Found" within=30s -->
<!-- scenario: check target job=app -->

Text <!--scenario: check http url=http://localhost:8000/metrics status=200--> and text.

- in a list

  <!-- scenario: check http url=http://localhost:8000/metrics
       header="content-type: text/plain; version=0.0.4"
       contains="x{a=\"b\"}" matches="^x [0-9]+" already-true="since step 1" -->
"#,
    )
    .outline(str![[r#"
step 1: step-1
1 check Target { job: "app", health: Down, error: Some("404 Not Found") } within 30s
2 check Target { job: "app", health: Up, error: None }
4 check Http { url: "http://localhost:8000/metrics", status: Some(200), header: None, contains: None, matches: None }
8 check Http { url: "http://localhost:8000/metrics", status: None, header: Some(("content-type", "text/plain; version=0.0.4")), contains: Some("x{a=\"b\"}"), matches: Some("^x [0-9]+") }, already true: since step 1

"#]]);
}

#[test]
fn checks_run_after_the_blocks_and_belong_to_the_step() {
    ScenarioTest::step(
        "<!-- scenario: check target job=app -->\n\n```promql\nup\n```\n\n```console\n$ ls\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
3 check Promql { query: "up", expect: Samples { value: [], count: [(Greater, 0.0)] } }
7-9 console
  run "ls"
1 check Target { job: "app", health: Up, error: None }

"#]]);
}

#[test]
fn only_checks_are_hidden() {
    rejects(
        "<!-- scenario: run ls -->\n",
        str![[r#"
error[unknown-request]: expected `check` or `needs`, found `run`
 --> src/step-1.md:1:16
  |
1 | <!-- scenario: run ls -->
  |                ^^^
  |
  = help: write a check, as in `<!-- scenario: check target job=NAME -->`, or what the chapter needs,
          as in `<!-- scenario: needs what="…" command="…" -->`

"#]],
    );
    rejects(
        "<!-- scenario: need what=a command=b -->\n",
        str![[r#"
error[unknown-request]: expected `check` or `needs`, found `need`
 --> src/step-1.md:1:16
  |
1 | <!-- scenario: need what=a command=b -->
  |                ^^^^
  |
  = help: did you mean `needs`?

"#]],
    );
    rejects(
        "<!-- scenario: job=app -->\n",
        str![[r#"
error[unknown-request]: expected `check` or `needs`, found `job=app`
 --> src/step-1.md:1:16
  |
1 | <!-- scenario: job=app -->
  |                ^^^
  |
  = help: write a check, as in `<!-- scenario: check target job=NAME -->`, or what the chapter needs,
          as in `<!-- scenario: needs what="…" command="…" -->`

"#]],
    );
    rejects(
        "<!-- scenario: -->\n",
        str![[r#"
error[empty-comment]: empty scenario comment
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: -->
  | ^^^^^^^^^^^^^^^^^^
  |
  = help: write a check, as in `<!-- scenario: check target job=NAME -->`, or what the chapter needs,
          as in `<!-- scenario: needs what="…" command="…" -->`

"#]],
    );
}

#[test]
fn a_check_has_a_kind() {
    rejects(
        "<!-- scenario: check tarjet job=app -->\n",
        str![[r#"
error[unknown-check-kind]: unknown kind of check `tarjet`
 --> src/step-1.md:1:22
  |
1 | <!-- scenario: check tarjet job=app -->
  |                      ^^^^^^
  |
  = help: did you mean `target`?

"#]],
    );
    rejects(
        "<!-- scenario: check command -->\n",
        str![[r#"
error[unknown-check-kind]: unknown kind of check `command`
 --> src/step-1.md:1:22
  |
1 | <!-- scenario: check command -->
  |                      ^^^^^^^
  |
  = help: it has a value: write `check command="test -s PATH"`

"#]],
    );
    rejects(
        "<!-- scenario: check -->\n",
        str![[r#"
error[missing-check-kind]: missing kind of check
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `check target job=NAME`, `check http url=URL status=200`, `check command="COMMAND"` or `check file=PATH contains="text"`

"#]],
    );
}

#[test]
fn a_check_has_what_it_asks_for() {
    rejects(
        "<!-- scenario: check target health=up -->\n",
        str![[r#"
error[missing-attribute]: missing attribute `job` on `check target`
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check target health=up -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `job=NAME`

"#]],
    );
    rejects(
        "<!-- scenario: check http status=200 -->\n",
        str![[r#"
error[missing-attribute]: missing attribute `url` on `check http`
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check http status=200 -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `url=http://localhost:8000/`

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ -->\n",
        str![[r#"
error[check-without-assertion]: this check asserts nothing
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check http url=http://localhost/ -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `status=`, `header=`, `contains=` or `matches=`

"#]],
    );
}

#[test]
fn an_attribute_of_a_check_is_known() {
    rejects(
        "<!-- scenario: check target job=app helth=up -->\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `helth`
 --> src/step-1.md:1:37
  |
1 | <!-- scenario: check target job=app helth=up -->
  |                                     ^^^^^
  |
  = help: did you mean `health`?

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ job=app status=200 -->\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `job`
 --> src/step-1.md:1:49
  |
1 | <!-- scenario: check http url=http://localhost/ job=app status=200 -->
  |                                                 ^^^
  |
  = help: expected `url`, `status`, `header`, `contains`, `matches`, `within`, `already-true`, `exercise` or `mistake`

"#]],
    );
    rejects(
        "<!-- scenario: check target job=app file=a -->\n",
        str![[r#"
error[misplaced-attribute]: `file` is not allowed on `check target`
 --> src/step-1.md:1:37
  |
1 | <!-- scenario: check target job=app file=a -->
  |                                     ^^^^
  |
  = help: expected `job`, `health`, `error`, `within`, `already-true`, `exercise` or `mistake`

"#]],
    );
}

#[test]
fn a_value_of_a_check_can_be_read() {
    rejects(
        "<!-- scenario: check target job=app health=unknown -->\n",
        str![[r#"
error[invalid-health]: invalid health `unknown`
 --> src/step-1.md:1:44
  |
1 | <!-- scenario: check target job=app health=unknown -->
  |                                            ^^^^^^^
  |
  = help: write `up` or `down`

"#]],
    );
    rejects(
        "<!-- scenario: check http url=localhost:8000 status=OK -->\n",
        str![[r#"
error[invalid-url]: invalid URL `localhost:8000`
 --> src/step-1.md:1:31
  |
1 | <!-- scenario: check http url=localhost:8000 status=OK -->
  |                               ^^^^^^^^^^^^^^
  |
  = help: write it whole, with a port up to 65535, as in `http://localhost:8000/metrics`

error[invalid-status]: invalid HTTP status `OK`
 --> src/step-1.md:1:53
  |
1 | <!-- scenario: check http url=localhost:8000 status=OK -->
  |                                                     ^^
  |
  = help: write a number from 100 to 599

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ header=text/plain -->\n",
        str![[r#"
error[invalid-header]: invalid header `text/plain`
 --> src/step-1.md:1:56
  |
1 | <!-- scenario: check http url=http://localhost/ header=text/plain -->
  |                                                        ^^^^^^^^^^
  |
  = help: write `header="name: value"`

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ matches=\"(\" -->\n",
        str![[r#"
error[invalid-regex]: invalid regular expression `(`
 --> src/step-1.md:1:57
  |
1 | <!-- scenario: check http url=http://localhost/ matches="(" -->
  |                                                         ^^^
  |
  = help: found open group without closing ')'

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ contains=\"\" -->\n",
        str![[r#"
error[empty-value]: empty value for `contains`
 --> src/step-1.md:1:49
  |
1 | <!-- scenario: check http url=http://localhost/ contains="" -->
  |                                                 ^^^^^^^^
  |
  = help: write `contains="some text"`, without spaces around the `=`

"#]],
    );
}

#[test]
fn a_target_that_is_up_has_no_error() {
    rejects(
        "<!-- scenario: check target job=app error=\"404\" -->\n",
        str![[r#"
error[error-without-down]: `error` without `health=down`
 --> src/step-1.md:1:43
  |
1 | <!-- scenario: check target job=app error="404" -->
  |                                           ^^^^^
  |
  = help: add `health=down`: a target that is up has no scrape error

"#]],
    );
}

#[test]
fn a_comment_ends_at_its_first_arrow() {
    rejects(
        "<!-- scenario: check http url=http://localhost/ contains=\"<!-- x -->\" -->\n",
        str![[r#"
error[unterminated-quote]: unterminated quoted value
 --> src/step-1.md:1:58
  |
1 | <!-- scenario: check http url=http://localhost/ contains="<!-- x -->" -->
  |                                                          ^^^^^^^^
  |
  = help: end the value with `"` on the same line; inside it, a quote is written `\"`,
          and `-->` ends a comment, even in a value

"#]],
    );
    rejects(
        "<!-- scenario: check http url=http://localhost/ contains=--> -->\n",
        str![[r#"
error[missing-value]: missing value for `contains`
 --> src/step-1.md:1:49
  |
1 | <!-- scenario: check http url=http://localhost/ contains=--> -->
  |                                                 ^^^^^^^^^
  |
  = help: write `contains="some text"`, without spaces around the `=`

"#]],
    );
}

#[test]
fn a_comment_is_closed() {
    rejects(
        "<!-- scenario: check target job=app\n\n```text file=a\nx\n```\n",
        str![[r#"
error[unclosed-comment]: unterminated comment
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check target job=app
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: end it with `-->`

"#]],
    );
}

#[test]
fn a_comment_that_was_probably_meant_for_us_is_an_error() {
    rejects(
        "<!-- senario: check target job=app -->\n",
        str![[r#"
error[misspelled-comment]: unknown comment prefix `<!-- senario:`
 --> src/step-1.md:1:1
  |
1 | <!-- senario: check target job=app -->
  | ^^^^^^^^^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

"#]],
    );
    rejects(
        "<!-- scenario check target job=app -->\n",
        str![[r#"
error[misspelled-comment]: unknown comment prefix `<!-- scenario`
 --> src/step-1.md:1:1
  |
1 | <!-- scenario check target job=app -->
  | ^^^^^^^^^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

"#]],
    );
    rejects(
        "Text <!-- Scenario: check target job=app --> text.\n",
        str![[r#"
error[misspelled-comment]: unknown comment prefix `<!-- Scenario:`
 --> src/step-1.md:1:6
  |
1 | Text <!-- Scenario: check target job=app --> text.
  |      ^^^^^^^^^^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

"#]],
    );
    rejects(
        "<!-- check target job=app -->\n",
        str![[r#"
error[misspelled-comment]: unknown comment prefix `<!-- check`
 --> src/step-1.md:1:1
  |
1 | <!-- check target job=app -->
  | ^^^^^^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

"#]],
    );
}

#[test]
fn other_comments_are_left_alone() {
    ScenarioTest::step("<!-- TODO: say more about scenarios; check the target. -->\n<!-- -->\n")
        .diagnostics(str![""]);
}

#[test]
fn a_comment_that_markdown_does_not_see_is_not_lost_in_silence() {
    rejects(
        "Text.\n\n    <!-- scenario: check target job=app -->\n",
        str![[r#"
error[unrecognized-comment]: Markdown does not recognize this comment
 --> src/step-1.md:3:5
  |
3 |     <!-- scenario: check target job=app -->
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: begin it at the margin, below an empty line

"#]],
    );
}

#[test]
fn a_check_of_a_command_or_a_file() {
    ScenarioTest::step(
        r#"
<!-- scenario: check command="test -s db.sqlite" -->
<!-- scenario: check status=2 command="ls \"a b\"" contains=No matches="^ls: " within=2s -->
<!-- scenario: check file=app/Cargo.toml contains="[dependencies]" -->
<!-- scenario: check absent file=app/old.rs already-true="it never was there" -->
"#,
    )
    .outline(str![[r#"
step 1: step-1
1 check Command { command: "test -s db.sqlite", status: 0, contains: None, matches: None, programs: {"test"} }
2 check Command { command: "ls \"a b\"", status: 2, contains: Some("No"), matches: Some("^ls: "), programs: {"ls"} } within 2s
3 check File { path: "app/Cargo.toml", absent: false, contains: Some("[dependencies]"), matches: None }
4 check File { path: "app/old.rs", absent: true, contains: None, matches: None }, already true: it never was there

"#]]);
}

#[test]
fn a_check_of_a_command_or_a_file_can_be_read() {
    rejects(
        "<!-- scenario: check command=true status=256 -->\n",
        str![[r#"
error[invalid-status]: invalid exit status `256`
 --> src/step-1.md:1:42
  |
1 | <!-- scenario: check command=true status=256 -->
  |                                          ^^^
  |
  = help: write a number from 0 to 255

"#]],
    );
    rejects(
        "<!-- scenario: check command=true url=http://localhost/ -->\n",
        str![[r#"
error[misplaced-attribute]: `url` is not allowed on `check command`
 --> src/step-1.md:1:35
  |
1 | <!-- scenario: check command=true url=http://localhost/ -->
  |                                   ^^^
  |
  = help: expected `command`, `status`, `contains`, `matches`, `within`, `already-true`, `exercise` or `mistake`

"#]],
    );
    rejects(
        "<!-- scenario: check file=a -->\n",
        str![[r#"
error[check-without-assertion]: this check asserts nothing
 --> src/step-1.md:1:1
  |
1 | <!-- scenario: check file=a -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `contains=`, `matches=` or `absent`

"#]],
    );
    rejects(
        "<!-- scenario: check file=../a contains=x -->\n",
        str![[r#"
error[invalid-path]: invalid path `../a`: it leads out of the workspace
 --> src/step-1.md:1:27
  |
1 | <!-- scenario: check file=../a contains=x -->
  |                           ^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
    rejects(
        "<!-- scenario: check file=a contains=x absent -->\n",
        str![[r#"
error[conflicting-attributes]: `contains` conflicts with `absent`
 --> src/step-1.md:1:40
  |
1 | <!-- scenario: check file=a contains=x absent -->
  |                                        ^^^^^^
  |
  = help: remove one of them: a file that does not exist has no text

"#]],
    );
    rejects(
        "<!-- scenario: check file=a absent=yes -->\n",
        str![[r#"
error[unexpected-value]: `absent` takes no value
 --> src/step-1.md:1:36
  |
1 | <!-- scenario: check file=a absent=yes -->
  |                                    ^^^
  |
  = help: write `absent` alone

"#]],
    );
    rejects(
        "<!-- scenario: check file=a matches=\"(\" -->\n",
        str![[r#"
error[invalid-regex]: invalid regular expression `(`
 --> src/step-1.md:1:37
  |
1 | <!-- scenario: check file=a matches="(" -->
  |                                     ^^^
  |
  = help: found open group without closing ')'

"#]],
    );
    rejects(
        "<!-- scenario: check file=a status=0 contains=x -->\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `status`
 --> src/step-1.md:1:29
  |
1 | <!-- scenario: check file=a status=0 contains=x -->
  |                             ^^^^^^
  |
  = help: expected `file`, `absent`, `contains`, `matches`, `within`, `already-true`, `exercise` or `mistake`

"#]],
    );
}

#[test]
fn a_query_shows_its_result_in_comments_below_it() {
    ScenarioTest::step(
        "```promql\nsum( # of all\n  x\n)\n\n# => {a=\"b, \\\"c\\\"\", [..]} 0.075 ±10%\n#=> up NaN\n  # => -Inf\n# ...\n```\n\n```promql\nup\n# => none\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
1 check Promql { query: "sum( # of all\n  x\n)", expect: Shown(Shown { samples: [ShownSample { name: None, labels: {"a": "b, \"c\""}, other_labels: true, value: Some(0.075), tolerance: Some(Percent(10.0)) }, ShownSample { name: Some("up"), labels: {}, other_labels: false, value: Some(NaN), tolerance: None }, ShownSample { name: None, labels: {}, other_labels: false, value: Some(-inf), tolerance: None }], more: true }) }
12 check Promql { query: "up", expect: Shown(Shown { samples: [], more: false }) }

"#]]);
}

/// As the printer of Prometheus 3 writes them (`Labels.String`), and as its parser takes them.
#[test]
fn names_in_quotes_are_read() {
    ScenarioTest::step(
        "```promql\n{\"http.count\"}\n# => {\"http.count\", \"http.status\"=\"500\", job=\"a\\tb\"} 28\n# => {\"service.name\"=\"tea\", [..]} 1\n\
         # => up{\"a}\\\"=b\"=\"[..]\"} 1\n# => {job=\"app\",\"http count\"} [..]\n# => {\"up\", \"job\"=\"app\"} 2\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
1 check Promql { query: "{\"http.count\"}", expect: Shown(Shown { samples: [ShownSample { name: Some("http.count"), labels: {"http.status": "500", "job": "a\tb"}, other_labels: false, value: Some(28.0), tolerance: None }, ShownSample { name: None, labels: {"service.name": "tea"}, other_labels: true, value: Some(1.0), tolerance: None }, ShownSample { name: Some("up"), labels: {"a}\"=b": "[..]"}, other_labels: false, value: Some(1.0), tolerance: None }, ShownSample { name: Some("http count"), labels: {"job": "app"}, other_labels: false, value: None, tolerance: None }, ShownSample { name: Some("up"), labels: {"job": "app"}, other_labels: false, value: Some(2.0), tolerance: None }], more: false }) }

"#]]);
}

#[test]
fn a_result_below_a_tab_that_a_list_has_taken_in_part_has_its_place() {
    rejects(
        "- ```promql\n\tup\n\t# => 1 ±x\n\t# … more\n\t```\n",
        str![[r#"
error[invalid-result]: invalid tolerance `x`
 --> src/step-1.md:3:2
  |
3 |     # => 1 ±x
  |     ^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

error[query-below-result]: query below its result
 --> src/step-1.md:4:2
  |
4 |     # … more
  |     ^^^^^^^^
  |
  = help: write the lines with `# =>` and `# ...` last

"#]],
    );
    rejects(
        "- ```promql\n\tup\n\t# => 1\n\t… more\n\t```\n",
        str![[r#"
error[query-below-result]: query below its result
 --> src/step-1.md:4:2
  |
4 |     … more
  |     ^^^^^^
  |
  = help: write the lines with `# =>` and `# ...` last

"#]],
    );
}

#[test]
fn what_is_infinite_has_no_bounds() {
    rejects(
        "```promql\nup\n# => +Inf ±10%\n```\n",
        str![[r#"
error[invalid-result]: invalid tolerance `+Inf ±10%`
 --> src/step-1.md:3:1
  |
3 | # => +Inf ±10%
  | ^^^^^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
}

#[test]
fn a_result_of_a_query_can_be_read() {
    rejects(
        "```promql\nup\n# => {job=\"app\"}\n```\n",
        str![[r#"
error[invalid-result]: missing value of a sample
 --> src/step-1.md:3:1
  |
3 | # => {job="app"}
  | ^^^^^^^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "```promql\nup\n# => many\n```\n",
        str![[r#"
error[invalid-result]: missing value of a sample
 --> src/step-1.md:3:1
  |
3 | # => many
  | ^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "```promql\nup\n# => 1 ±x%\n```\n",
        str![[r#"
error[invalid-result]: invalid tolerance `x%`
 --> src/step-1.md:3:1
  |
3 | # => 1 ±x%
  | ^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "```promql\nup\n# => {job=app} 1\n```\n",
        str![[r#"
error[invalid-result]: expected a label or `}`, found `job=app} 1`
 --> src/step-1.md:3:1
  |
3 | # => {job=app} 1
  | ^^^^^^^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    for (line, error) in [
        ("{http.status=\"500\"} 1", "expected a label, found `http.status` without quotes"),
        ("{0=\"a\"} 1", "expected a label, found `0` without quotes"),
        ("up{\"http.count\"} 1", "expected a label or `}`, found `\"http.count\"} 1`"),
        ("{\"a\", \"b\"} 1", "expected a label or `}`, found `\"b\"} 1`"),
        ("{\"\"=\"a\"} 1", "expected a label or `}`, found `\"\"=\"a\"} 1`"),
        ("{\"http.status\"=500} 1", "expected a label or `}`, found `\"http.status\"=500} 1`"),
        ("{\"http.status\" \"500\"} 1", "expected a label or `}`, found `\"http.status\" \"500\"} 1`"),
        ("{\"http.status=\\\"500\\\"} 1", "expected a label or `}`, found `\"http.status=\\\"500\\\"} 1`"),
    ] {
        let test = ScenarioTest::step(&format!("```promql\nup\n# => {line}\n```\n"));
        let found = test.rendered();
        let expected =
            format!("error[invalid-result]: {error}\n --> src/step-1.md:3:1\n  |\n3 | # => {line}\n");
        assert!(found.starts_with(&expected), "{found}");
    }
    rejects(
        "```promql\nup\n# => {http.status=\"500\"} 1\n```\n",
        str![[r#"
error[invalid-result]: expected a label, found `http.status` without quotes
 --> src/step-1.md:3:1
  |
3 | # => {http.status="500"} 1
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the name in quotes, as in `# => {"http.status"="…"} 1`

"#]],
    );
    rejects(
        "```promql\nup\n# => {job=\"app\" 1\n```\n",
        str![[r#"
error[invalid-result]: expected a label or `}`, found `1`
 --> src/step-1.md:3:1
  |
3 | # => {job="app" 1
  | ^^^^^^^^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "```promql\nup\n# => none\n# => 1\n```\n",
        str![[r#"
error[invalid-result]: `none` beside other lines of the result
 --> src/step-1.md:3:1
  |
3 | # => none
  | ^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "```promql\nup\n# => {a=\"1\", a=\"2\"} 1\n```\n",
        str![[r#"
error[invalid-result]: expected a label or `}`, found `a="2"} 1`
 --> src/step-1.md:3:1
  |
3 | # => {a="1", a="2"} 1
  | ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write a sample as in `# => up{job="app"} 1`, `# => {code="500", [..]} [..]` or `# => 0.075 ±10%`, or `# => none` alone

"#]],
    );
    rejects(
        "> ```promql\n> sum(\n> # => 1\n>   up)\n> ```\n",
        str![[r#"
error[query-below-result]: query below its result
 --> src/step-1.md:4:5
  |
4 | >   up)
  |     ^^^
  |
  = help: write the lines with `# =>` and `# ...` last

"#]],
    );
    rejects(
        "```promql expect=none\nup\n# => 1\n```\n",
        str![[r#"
error[conflicting-attributes]: `expect` conflicts with `# =>`
 --> src/step-1.md:3:1
  |
1 | ```promql expect=none
  |                  ---- the first is here
2 | up
3 | # => 1
  | ^^^^^^
  |
  = help: a result that is shown is compared: remove `expect`, or the lines with `# =>`

"#]],
    );
    rejects(
        "```promql\n# => 1\n```\n",
        str![[r#"
error[empty-query]: `promql` block without a query
 --> src/step-1.md:1:1
  |
1 | ```promql
  | ^^^^^^^^^
  |
  = help: write one PromQL expression between the fences

"#]],
    );
}
