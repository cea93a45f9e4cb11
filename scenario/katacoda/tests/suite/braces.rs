//! Fences, code spans, and braces.

use serde_json::json;

use crate::scenario_test::{counts, page};

#[test]
fn an_action_on_the_closing_fence_belongs_to_the_block() {
    let found = page("```\nls\n```{{execute T2}}\nMore `text`.\n");
    assert_eq!(found["counts"], json!({ "fence": 1, "run": 1, "run_fence": 1 }));
    assert_eq!(found["terminals"], json!(["T2"]));
}

#[test]
fn blanks_inside_and_before_the_braces_and_a_line_break_are_accepted_behind_a_fence() {
    let run = json!({ "fence": 1, "run": 1, "run_fence": 1 });
    assert_eq!(counts("```\nls\n``` {{execute}}\n"), run);
    assert_eq!(counts("```\nls\n```\n{{execute}}\n"), run);
    assert_eq!(counts("`ls`{{ execute }}\n"), json!({ "run": 1, "run_inline": 1 }));
    // Braces must touch a code span.
    let found = page("`ls` {{execute}}\n");
    assert_eq!((&found["counts"], &found["odd"]["orphan_action"]), (&json!({}), &json!(1)));
    assert_eq!(counts("```\nls\n```\n\n{{execute}}\n"), json!({ "fence": 1 }));
}

#[test]
fn text_after_the_action_is_text() {
    let found = page("```\na: 1\n```{{copy}} Once you have saved, run `ls`{{execute}}.\n");
    let expected = json!({ "fence": 1, "copy": 1, "copy_fence": 1, "run": 1, "run_inline": 1 });
    assert_eq!(found["counts"], expected);
    assert_eq!(found["odd"]["text_after_close_fence"], 1);
}

#[test]
fn code_and_the_closing_fence_may_share_a_line() {
    let found = page("```bash\n./load.sh```{{execute}}\n`ls`{{execute}}\n");
    assert_eq!(found["counts"], json!({ "fence": 1, "run": 2, "run_fence": 1, "run_inline": 1 }));
    assert_eq!(found["odd"]["fence_closed_after_code"], 1);
    // A command substitution before the closing fence is code.
    let found = counts("```\nX=`pwd`; ls```{{execute}}\n`ls`{{execute}}\n");
    assert_eq!(found, json!({ "fence": 1, "run": 2, "run_fence": 1, "run_inline": 1 }));
    // Without braces the backticks are code. Two runs of them on a line are a code span in an example.
    assert_eq!(counts("```\na```\nb\n```{{execute}}\n"), json!({ "fence": 1, "run": 1, "run_fence": 1 }));
    assert_eq!(counts("```\nsee ```ls```{{execute}}\n```\n"), json!({ "fence": 1 }));
}

#[test]
fn a_command_may_begin_on_the_opening_line() {
    let found = counts("```curl -X PUT \\\n  localhost:8081/config```{{execute}}\n");
    assert_eq!(found, json!({ "fence": 1, "run": 1, "run_fence": 1 }));
    let found = page("```curl localhost:8081/config\n```{{execute}}\n");
    assert_eq!(found["counts"], json!({ "fence": 1, "run": 1, "run_fence": 1 }));
    assert_eq!(found["errors"], json!([]));
}

#[test]
fn three_backticks_behind_text_may_be_closed_at_the_start_of_a_line() {
    let run = json!({ "run": 1, "run_inline": 1 });
    assert_eq!(counts("Run ```\nls\n```{{execute}}\n"), run);
    assert_eq!(counts("* Run ```\n  ls\n  ```{{execute}}\n"), run);
    let found = counts("Run ```\nls\n```{{execute}}\n\n```\npwd\n```{{execute}}\n");
    assert_eq!(found, json!({ "fence": 1, "run": 2, "run_fence": 1, "run_inline": 1 }));
    // Three backticks alone are text. A fence below them is a fence.
    let found = counts("Use ``` here.\n```\nls\n```{{execute}}\n");
    assert_eq!(found, json!({ "fence": 1, "run": 1, "run_fence": 1 }));
}

#[test]
fn a_byte_order_mark_hides_no_fence() {
    assert_eq!(counts("\u{feff}```\nls\n```{{execute}}\n"), json!({ "fence": 1, "run": 1, "run_fence": 1 }));
}

#[test]
fn three_backticks_on_a_line_are_a_code_span_and_may_go_over_lines() {
    assert_eq!(counts("```ls -l```{{execute T1}}\n"), json!({ "run": 1, "run_inline": 1 }));
    let found = page("Run ```kubectl apply \\\n -f a.yaml```{{execute}} now.\n");
    assert_eq!(found["counts"], json!({ "run": 1, "run_inline": 1 }));
    assert_eq!(found["odd"], json!({ "code_span_over_lines": 1, "multi_backtick_span": 1 }));
}

#[test]
fn four_backticks_may_be_closed_by_three_with_an_action() {
    let found = page("````bash\nls\n```{{execute}}\n`pwd`{{execute}}\n");
    assert_eq!(found["counts"], json!({ "fence": 1, "run": 2, "run_fence": 1, "run_inline": 1 }));
    assert_eq!(found["odd"]["fence_closed_by_shorter"], 1);
    // A block inside the block is text.
    assert_eq!(counts("````\n```bash\nls\n```{{execute}}\n````\n"), json!({ "fence": 1 }));
    assert_eq!(counts("````\nls\n`````{{execute}}\n"), json!({ "fence": 1, "run": 1, "run_fence": 1 }));
}

#[test]
fn an_action_on_the_opening_fence_runs_nothing_and_a_stray_one_opens_nothing() {
    let found = page("```{{exec}}\nls\n```\n`pwd`{{execute}}\n");
    assert_eq!(found["counts"], json!({ "fence": 1, "run": 1, "run_inline": 1 }));
    assert_eq!(found["odd"]["open_fence_action"], 1);
    let found = page("```\nls\n```\n```{{exec}}\n`pwd`{{execute}}\n```bash\nls\n```{{exec}}\n");
    let expected = json!({ "fence": 2, "run": 2, "run_inline": 1, "run_fence": 1, "run_exec_word": 1 });
    assert_eq!(found["counts"], expected);
    assert_eq!(found["odd"]["open_fence_action"], 1);
}

#[test]
fn fences_may_be_indented_in_lists_of_tildes_and_with_attributes() {
    let run = json!({ "fence": 1, "run": 1, "run_fence": 1 });
    for text in [
        "1. Run\n\n       ```bash\n       ls\n       ```{{execute}}\n",
        "- ```bash\n  ls\n\n  ```{{execute}}\n",
        "> ```bash\n> ls\n> ```{{execute}}\n",
        "<details>\n  ```\n  ls\n  ```{{execute}}\n</details>\n",
        "~~~bash\nls\n```\n~~~{{execute}}\n",
        "```yaml{2,5,6}\nls\n```{{execute}}\n",
        "```{.sql}\nselect 1\n```{{execute}}\n",
    ] {
        assert_eq!(counts(text), run, "{text}");
    }
}

#[test]
fn stray_actions_belong_to_nothing() {
    let found =
        page("Confirm the topic:{{execute}}\n\nRun `make install'{{execute}}\n\nThen `ls`{{execute}}\n");
    assert_eq!(found["counts"], json!({ "run": 1, "run_inline": 1 }));
    assert_eq!(found["odd"], json!({ "lone_backticks": 1, "orphan_action": 2 }));
    // In one paragraph the wrong quote shifts all later pairs.
    assert_eq!(counts("`make'{{execute}}\n`ls`{{execute}}\n"), json!({}));
}

#[test]
fn a_misspelt_verb_is_no_action_and_its_case_does_not_matter() {
    let found = page(
        "`a`{{exeute}} `b`{{€xecute}} `c`{{ecopy}} `d`{{Execute T3}} `e`{{EXECUTE}} `f`{{execute interupt T2}}\n",
    );
    assert_eq!(found["counts"], json!({ "run": 3, "run_inline": 3, "run_other_word": 1 }));
    assert_eq!(found["terminals"], json!(["T2", "T3", "default"]));
    let errors = [
        "unknown_action: step1.md: exeute",
        "unknown_action: step1.md: €xecute",
        "unknown_action: step1.md: ecopy",
    ];
    assert_eq!(found["errors"], json!(errors));
}

#[test]
fn words_may_be_in_any_order_and_in_quotes() {
    let found = page(
        "`a`{{interrupt execute T1}} `b`{{execute T1 interrupt}} `c`{{execute \"T1\"}} `d`{{execute HOST2}} \
         `e`{{execute MASTER}} `f`{{exec target=host3}} `g`{{execute no-newline}} `^C`{{execute ctrl-seq}}\n",
    );
    let expected = json!({
        "run": 8, "run_inline": 8, "run_interrupt": 2, "run_other_word": 2, "run_exec_word": 1,
        "run_no-newline": 1, "run_ctrl-seq": 1,
    });
    assert_eq!(found["counts"], expected);
    assert_eq!(found["terminals"], json!(["HOST2", "T1", "default"]));
}

#[test]
fn other_braces_are_no_actions() {
    let found = page(
        "`docker ps --format '{{.Names}}'`{{execute}}, {{TRAFFIC_HOST1_80}}, {{ inventory_hostname }}, \
         {{< docs/ignore >}}, `a`{{TRAFFIC_HOST1_81}}\n",
    );
    assert_eq!(found["counts"]["run"], 1);
    assert_eq!(found["errors"], json!([]));
}

#[test]
fn empty_braces_are_counted_and_empty_commands_reported() {
    assert_eq!(counts("`a`{{}}\n```\nb\n```{{}}\n"), json!({ "fence": 1, "none": 2 }));
    let found = page("Run ``` ```{{execute T2}}\n");
    assert_eq!(found["errors"], json!(["empty_command: step1.md"]));
}

#[test]
fn examples_in_pre_and_in_comments_do_not_run() {
    let found = page(
        "<pre>`echo \"Run in T1\"`{{execute T1}}\n\n```\nls\n```{{execute}}</pre>\n<!-- `ls`{{execute}} -->\n`ls`{{execute}}\n",
    );
    assert_eq!(found["counts"], json!({ "plain_pre": 1, "run": 1, "run_inline": 1 }));
    assert_eq!(found["odd"], json!({ "ignored_in_comment": 1, "ignored_in_pre": 2 }));
    // Examples in a block or a code span do not run either.
    assert_eq!(counts("~~~\n`ls`{{execute}}\n~~~\n"), json!({ "fence": 1 }));
    assert_eq!(counts("`` `ls`{{execute}} ``\n"), json!({}));
}

#[test]
fn an_unclosed_fence_goes_to_the_end_of_the_page() {
    let found = page("```\nls\n\n`pwd`{{execute}}\n");
    assert_eq!(found["counts"], json!({ "fence": 1 }));
    assert_eq!(found["odd"], json!({ "action_in_fence": 1, "unclosed_fence": 1 }));
}

#[test]
fn an_escaped_backtick_begins_no_code() {
    assert_eq!(counts("\\`ls`{{execute}}\n"), json!({}));
    assert_eq!(counts("\\`one\\` `ls`{{execute}}\n"), json!({ "run": 1, "run_inline": 1 }));
}
