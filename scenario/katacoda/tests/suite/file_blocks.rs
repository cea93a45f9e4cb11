//! Blocks for files.

use serde_json::json;

use crate::scenario_test::{Folder, counts, page};

#[test]
fn the_class_may_be_written_in_many_ways() {
    for tag in [
        "class=file",
        "class='file'",
        "class = file",
        "class =\"file\"",
        "class=\"file\"i",
        "CLASS=\"a file b\"",
        "class=\"file\" style=\"color: red\"",
    ] {
        let text = format!("<pre {tag} data-filename=a data-target=replace>x</pre>\n");
        assert_eq!(counts(&text), json!({ "file": 1, "file_replace": 1 }), "{tag}");
    }
    // Curly quotes are part of the class, so it is not `file`.
    let found = page("<pre class=”file” data-filename=a>x</pre>\n");
    assert_eq!(found["counts"], json!({ "plain_pre": 1 }));
    assert_eq!(found["odd"], json!({ "curly_quotes_in_tag": 1 }));
    assert_eq!(counts("<pre class=files>x</pre>\n<PRE>x</PRE>\n"), json!({ "plain_pre": 2 }));
    assert_eq!(counts("<prefix class=file>\n"), json!({}));
}

#[test]
fn the_tag_may_go_over_lines() {
    let found = page("<pre class=\"file\"\n  data-filename=\"a\"\n  data-target=\"replace\">\nx</pre>\n");
    assert_eq!(found["counts"], json!({ "file": 1, "file_replace": 1 }));
    assert_eq!(found["odd"], json!({ "pre_tag_over_lines": 1 }));
}

/// A page that writes a file and inserts at a marker.
fn insert(marker: &str) -> String {
    format!(
        "<pre class=file data-filename=a data-target=replace>\nbegin\n    [x('y', \"z\")]\n&lt;!-- here --&gt;\n</pre>\n\
         <pre class=file data-filename=a data-target=insert data-marker={marker}>new</pre>\n"
    )
}

#[test]
fn a_greater_sign_in_a_quoted_value_does_not_end_the_tag() {
    let found = counts(&insert("\"<!-- here -->\""));
    assert_eq!(found, json!({ "file": 2, "file_insert": 1, "file_replace": 1, "marker_found": 1 }));
}

#[test]
fn markers_may_have_blanks_quotes_and_brackets() {
    for marker in ["\"    [x('y'\"", "'\"z\")]'", "&lt;!--", "\"&lt;!-- here --&gt;\""] {
        assert_eq!(counts(&insert(marker))["marker_found"], 1, "{marker}");
    }
}

#[test]
fn entities_and_raw_tags_are_text() {
    let found = page(
        "<pre class=file data-filename=a>\n&lt;b&gt; List<String> <![CDATA[ x ]]>\n<blockquote>`ls`{{execute}}</blockquote></pre>\n",
    );
    assert_eq!(found["counts"], json!({ "file": 1, "file_unset": 1 }));
    let odd = json!({ "entity_in_file_block": 1, "ignored_in_pre": 1, "raw_tag_in_file_block": 1 });
    assert_eq!(found["odd"], odd);
}

#[test]
fn blank_lines_indentation_and_html_before_are_accepted() {
    let found = page(
        "- one\n    <pre class=file data-filename=a>\nx\n\ny\n</pre>\n\n<p><pre class=file data-filename=b>x</pre>\n`ls`{{execute}}\n",
    );
    assert_eq!(found["counts"], json!({ "file": 2, "file_unset": 2, "run": 1, "run_inline": 1 }));
    let odd = json!({ "blank_line_in_file_block": 1, "pre_indented_4": 1, "pre_not_at_line_start": 1 });
    assert_eq!(found["odd"], odd);
}

#[test]
fn a_tag_that_is_opened_again_closes_the_block() {
    let found = page("<pre class=file>\nx\n<pre class=file>\n`ls`{{execute}}\n");
    assert_eq!(
        found["counts"],
        json!({ "file": 1, "file_unnamed": 1, "file_unset": 1, "run": 1, "run_inline": 1 })
    );
    // A block without an end ends where the next one begins.
    let found = page(
        "<pre class=file data-filename=a>\nx\n<pre class=file data-filename=b>\ny\n</pre>\n`ls`{{execute}}\n",
    );
    assert_eq!(found["counts"], json!({ "file": 2, "file_unset": 2, "run": 1, "run_inline": 1 }));
    assert_eq!(found["odd"], json!({ "unclosed_pre": 1 }));
    assert_eq!(found["errors"], json!(["unclosed_pre: step1.md"]));
    // The text of a file may contain a `<pre>`.
    assert_eq!(counts("<pre class=file data-filename=a><pre>x</pre>\n`ls`{{execute}}\n")["run"], 1);
}

#[test]
fn every_target_is_counted() {
    let text: String = ["replace", "append", "prepend", "clipboard", "", " Replace "]
        .iter()
        .map(|target| format!("<pre class=file data-filename=a data-target=\"{target}\">x</pre>\n"))
        .collect();
    let expected = json!({
        "file": 6, "file_append": 1, "file_clipboard": 1, "file_empty": 1, "file_prepend": 1, "file_replace": 2,
    });
    assert_eq!(counts(&text), expected);
    let found = page("<pre class=file>x</pre>\n<pre class=file data-target=append>x</pre>\n");
    assert_eq!(found["counts"], json!({ "file": 2, "file_append": 1, "file_unnamed": 1, "file_unset": 1 }));
    assert_eq!(found["errors"], json!(["no_filename: step1.md"]));
}

#[test]
fn a_file_name_has_many_spellings() {
    let folder = Folder::new();
    let write = "<pre class=file data-filename=\" ./src/a.txt \" data-target=replace>\n# here\n</pre>\n";
    let insert =
        "<pre class=file data-filename=\"~/src//a.txt\" data-target=insert data-marker=\"# here\">x</pre>\n";
    folder.scenario("tea", &[write, insert]);
    assert_eq!(folder.inspect(".")[0]["counts"]["marker_found"], 1);
}

#[test]
fn braces_in_a_block_are_text() {
    let found =
        page("<pre class=file data-filename=a>\n{{ansible_variable}} `ls`{{execute}}\n```{{copy}}\n</pre>\n");
    assert_eq!(found["counts"], json!({ "file": 1, "file_unset": 1 }));
}

#[test]
fn a_marker_that_is_gone_is_reported_and_one_that_may_be_there_is_not() {
    let twice = insert("\"begin\"")
        + "<pre class=file data-filename=a data-target=insert data-marker=begin>new</pre>\n";
    let found = page(&twice);
    assert_eq!(found["counts"]["marker_found"], 1);
    assert_eq!(found["errors"], json!(["marker_not_found: step1.md"]));
    let unknown = "<pre class=file data-filename=a data-target=insert data-marker=begin>new</pre>\n";
    assert_eq!(page(unknown)["errors"], json!([]));
    let ran = twice.replacen("</pre>", "</pre>\n`echo begin >> a`{{execute}}\n", 2);
    assert_eq!(page(&ran)["errors"], json!([]));
}
