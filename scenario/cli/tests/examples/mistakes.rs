//! Mistakes in the books: each is explained by its message alone.

use std::sync::PoisonError;

use snapbox::data::Inline;
use snapbox::{Assert, str};

use crate::example::{Example, POSTGRES};

/// Makes a mistake in one of the books, and compares what is said about it.
#[track_caller]
fn explained(book: &'static str, (file, from, to): (&str, &str, &str), expected: Inline) {
    let Some(example) = Example::new(book, "true") else { return };
    Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(example.with(file, from, to).complaint(), expected);
}

#[test]
fn a_mistake_in_an_edit_or_an_attribute_is_explained() {
    let page = "src/step-2-metrics.md";
    explained(
        "flask",
        (page, "after=\"app = Flask(__name__)", "after=\"app = Flask(__main__)"),
        str![[r#"
error[marker-not-found]: marker not found in `app.py`
  --> book/src/step-2-metrics.md:62:36
   |
62 | ```python file=app.py insert-after="app = Flask(__main__)"
   |                                    ^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: a marker is text from one line of the file; the most similar lines are:
             line 12: app = Flask(__name__)

"#]],
    );
    let page = "src/step-2-branch.md";
    explained(
        "git",
        (page, "writes=", "write="),
        str![[r#"
error[unknown-attribute]: unknown attribute `write`
  --> book/src/step-2-branch.md:49:12
   |
49 | ```console write="recipes/pancakes.md"
   |            ^^^^^
   |
   = help: did you mean `writes`?

"#]],
    );
    explained(
        "git",
        (page, " writes=\"recipes/pancakes.md\"", ""),
        str![[r#"
error[marker-not-found]: marker not found in `recipes/pancakes.md`
  --> book/src/step-3-conflict.md:9:46
   |
 9 | ```markdown file=recipes/pancakes.md replace="- 400 ml milk"
   |                                              ^^^^^^^^^^^^^^^
   |
  ::: book/src/step-2-branch.md:16:1
   |
16 | ```markdown file=recipes/pancakes.md replace="- 400 ml milk"
   | ------------------------------------------------------------ this edit took it out of the file
   |
   = help: a marker is text from one line of the file; the most similar lines are:
             line 5: - 300 ml buttermilk
   = help: if a command brings that text back, write `writes="recipes/pancakes.md"` on the block of the command

"#]],
    );
}

#[test]
fn a_mistake_in_a_check_a_need_or_a_process_is_explained() {
    let page = "src/step-1-repository.md";
    explained(
        "git",
        (page, "\"^Add pancakes$\"", "\"\\AAdd\""),
        str![[r#"
error[invalid-escape]: invalid escape sequence `\A`
  --> book/src/step-1-repository.md:78:77
   |
78 | <!-- scenario: check command="git -C recipes log --format=%s main" matches="\AAdd" -->
   |                                                                             ^^
   |
   = help: in a quoted value `\"` is a quote and `\\` a backslash; there are no other escapes

"#]],
    );
    explained(
        "git",
        ("book.toml", "\"git\"", "\"gti\", \"slq\""),
        str![[r#"
error: this machine lacks 2 of the 3 things that are needed
  gti      no `gti` on PATH
      by hand:    install `gti`; if this name is wrong, change `needs` in book.toml
  slq      no `slq` on PATH
      by hand:    install `slq`; if this name is wrong, change `needs` in book.toml
  help: do what `by hand` says, then run the same command again

"#]],
    );
    let page = "src/step-2-transaction.md";
    explained(
        "postgres",
        (
            page,
            "console background=postgres ready=log:\"ready to accept connections\" within=60s",
            "sh ignore=\"why\"",
        ),
        str![[r#"
error[not-running]: no background process `postgres` is running here
  --> book/src/step-2-transaction.md:60:17
   |
60 | ```console stop=postgres
   |                 ^^^^^^^^
   |
  ::: book/src/step-1-table.md:82:17
   |
82 | ```console stop=postgres
   |                 -------- it is stopped here already
   |
   = help: an earlier block starts it with `background=postgres`; remove `stop` if none does

"#]],
    );
}

#[test]
fn a_mistake_in_the_output_is_explained() {
    let page = "src/step-1-repository.md";
    explained(
        "git",
        (page, " 7 insertions", " 8 insertions"),
        str![[r#"
error: the output differs from what the page shows
  --> book/src/step-1-repository.md:58:1
   |
58 |  1 file changed, 8 insertions(+)
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [main (root-commit) [HASH]] Add pancakes
    -  1 file changed, 8 insertions(+)
    +  1 file changed, 7 insertions(+)
       create mode 100644 pancakes.md
  help:     lines with `-` are on the page, lines with `+` were printed
            terminal `T1` is in `recipes`, and not in the workspace itself

"#]],
    );
    let page = "src/step-2-branch.md";
    explained(
        "git",
        (
            page,
            "$ git commit --all --message=\"Add cinnamon\"\n[spicy [HASH]] Add cinnamon\n 1 file changed, 2 insertions(+), 1 deletion(-)\n",
            "$ git status --short\n M pancakes.md\n",
        ),
        str![[r#"
error: the output differs from what the page shows
  --> book/src/step-2-branch.md:50:1
   |
50 | Switched to branch 'main'
   | ^^^^^^^^^^^^^^^^^^^^^^^^^
    + M	pancakes.md
      Switched to branch 'main'
  help:     lines with `-` are on the page, lines with `+` were printed
            terminal `T1` is in `recipes`, and not in the workspace itself

"#]],
    );
}

#[test]
fn a_mistake_about_a_failure_or_a_conflict_is_explained() {
    let page = "src/step-3-conflict.md";
    explained(
        "git",
        (page, "\n? 1\n", "\n"),
        str![[r#"
error: the command failed
  --> book/src/step-3-conflict.md:24:3
   |
24 | $ git merge spicy
   |   ^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 1
    Auto-merging pancakes.md
    CONFLICT (content): Merge conflict in pancakes.md
    Automatic merge failed; fix conflicts and then commit the result.
  help:     if the command is meant to end so, write `? 1` on the line below it
            terminal `T1` is in `recipes`, and not in the workspace itself

"#]],
    );
    explained(
        "git",
        (page, "replace-to=\">>>>>>> spicy\"", "replace-to=\">>>>>>> main\""),
        str![[r#"
error: marker not found in `recipes/pancakes.md` after the text of `replace`
  --> book/src/step-3-conflict.md:56:72
   |
56 | ```markdown file=recipes/pancakes.md replace="<<<<<<< HEAD" replace-to=">>>>>>> main"
   |                                                                        ^^^^^^^^^^^^^^
  expected: one place with `>>>>>>> main`
  found:    none
  help:     a marker is text from one line of the file; the most similar lines are:
              line 10: >>>>>>> spicy
            `writes` at book/src/step-3-conflict.md:23:19 says that a command writes it

"#]],
    );
}

#[test]
fn a_misspelled_program_is_explained() {
    let page = "src/step-1-table.md";
    let _port = POSTGRES.lock().unwrap_or_else(PoisonError::into_inner);
    explained(
        "postgres",
        (page, "$ psql --file", "$ pslq --file"),
        str![[r#"
error: the command failed
  --> book/src/step-1-table.md:63:3
   |
63 | $ pslq --file=books.sql
   |   ^^^^^^^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 127
    bash: pslq: command not found
  help:     install the program if this machine lacks it; `needs` in book.toml lists the programs that a book needs

"#]],
    );
}
