//! File edits: captions, the lines around, and the marks.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

const FILE: &str =
    "```rust file=src/lib.rs\nuse a::A;\n\nfn one() {\n    call(A, 1);\n}\n\nfn two() {}\n```\n\n";

#[test]
fn a_new_file_is_shown_plain() {
    let page =
        "# One\n\nThe file:\n\n```toml file=app/Cargo.toml\n[package]\n\nname = \"app\"\n```\n\nDone.\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r##"
# One

The file:

<figure class="scenario-block" data-kind="edit" data-block="step-1:ab6a9755:1">
  <figcaption data-text="“app/Cargo.toml” · new file"></figcaption>
  <pre><code class="language-toml noplayground"><span>[package]
⏎
name = "app"
</span></code></pre>
  </figure>

Done.
"##]]
    );
}

#[test]
fn an_insertion_is_shown_between_the_lines_around_it() {
    let edit = "```rust file=src/lib.rs insert-after=\"use a::A;\"\nuse b::B;\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:2fa23942:1">
  <figcaption data-text="“src/lib.rs” · insert after the line with “use a::A;”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="use a::A;
"></span><ins class="scenario-own">use b::B;
</ins><span class="scenario-around" data-text="
fn one() {
    call(A, 1);
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn insert_before_says_so() {
    let edit = "```rust file=src/lib.rs insert-before=\"fn two\"\nfn new() {}\n\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:2f2e7711:1">
  <figcaption data-text="“src/lib.rs” · insert before the line with “fn two”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="    call(A, 1);
}
⏎
"></span><ins class="scenario-own">fn new() {}
</ins><ins class="scenario-own">
</ins><span class="scenario-around" data-text="fn two() {}
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn an_appended_block_follows_the_end_of_the_file() {
    let edit = "```rust file=src/lib.rs append\n\nfn three() {}\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:458da354:1">
  <figcaption data-text="“src/lib.rs” · append to the end"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span><ins class="scenario-own">
</ins><ins class="scenario-own">fn three() {}
</ins></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_prepended_block_goes_before_the_first_line() {
    let edit = "```rust file=src/lib.rs prepend\n//! Docs.\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:c950aaaf:1">
  <figcaption data-text="“src/lib.rs” · insert at the beginning"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><ins class="scenario-own">//! Docs.
</ins><span class="scenario-around" data-text="use a::A;
⏎
fn one() {
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_replacement_within_a_line_shows_the_rest_of_the_line() {
    let edit = "```rust file=src/lib.rs replace=\"(A, 1)\"\n(A, 2)\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:cdb69f10:1">
  <figcaption data-text="“src/lib.rs” · replace “(A, 1)”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="use a::A;
⏎
fn one() {
"></span><del data-text="    call(A, 1);
"></del><ins class="scenario-line">    call<span class="scenario-own">(A, 2)</span>;
</ins><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_replacement_through_a_second_marker_shows_what_goes_and_what_stays() {
    let edit = "```rust file=src/lib.rs replace=\"fn one() {\" replace-to=\"call(A, 1);\"\nfn one(n: u8) {\n    call(A, 1);\n    more(n);\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:8bd58341:1">
  <figcaption data-text="“src/lib.rs” · replace from “fn one() {” to “call(A, 1);”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="use a::A;
⏎
"></span><del data-text="fn one() {
"></del><ins class="scenario-own">fn one(n: u8) {
</ins><span class="scenario-own">    call(A, 1);
</span><ins class="scenario-own">    more(n);
</ins><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn an_empty_replacement_shows_what_goes() {
    let edit = "```rust file=src/lib.rs replace=\"call(A, 1);\"\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:2652978d:1">
  <figcaption data-text="“src/lib.rs” · replace “call(A, 1);”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="use a::A;
⏎
fn one() {
"></span><del data-text="    call(A, 1);
"></del><ins class="scenario-own">    
</ins><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_rewritten_file_is_marked_where_it_differs() {
    let edit = "```rust file=src/lib.rs\nuse a::A;\n\nfn one() {\n    call(A, 3);\n}\n\nfn two() {}\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edit).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:48e98522:1">
  <figcaption data-text="“src/lib.rs” · replace the whole file"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-own">use a::A;
</span><span class="scenario-own">
</span><span class="scenario-own">fn one() {
</span><ins class="scenario-own">    call(A, 3);
</ins><span class="scenario-own">}
</span><span class="scenario-own">
</span><span class="scenario-own">fn two() {}
</span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn an_edit_sees_the_edits_before_it_in_its_own_step() {
    let edits = "```rust file=src/lib.rs append\nfn three() {}\n```\n\n```rust file=src/lib.rs insert-before=\"fn three\"\n// Third.\n```\n";
    assert_data_eq!(
        BookTest::new().step(FILE).step(edits).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:8b07efd3:1">
  <figcaption data-text="“src/lib.rs” · append to the end"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span><ins class="scenario-own">fn three() {}
</ins></span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-2:ce920020:1">
  <figcaption data-text="“src/lib.rs” · insert before the line with “fn three”"></figcaption>
  <pre><code class="language-rust noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="}
⏎
fn two() {}
"></span><ins class="scenario-own">// Third.
</ins><span class="scenario-around" data-text="fn three() {}
"></span></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn names_and_markers_are_escaped() {
    let page = "```html file=a&b.html\n<p class=\"x\">&amp;</p>\n```\n\n```html file=a&b.html insert-after=\"<p class=\\\"x\\\">\"\n<hr>\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-1:a06d7bd8:1">
  <figcaption data-text="“a&amp;b.html” · new file"></figcaption>
  <pre><code class="language-html noplayground"><span>&lt;p class="x">&amp;amp;&lt;/p>
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-1:834da041:1">
  <figcaption data-text="“a&amp;b.html” · insert after the line with “
  <p class=&quot;x&quot;>”"></figcaption>
  <pre><code class="language-html noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="
  <p class=&quot;x&quot;>&amp;amp;</p>
"></span><ins class="scenario-own">&lt;hr>
</ins></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn files_whose_paths_end_alike_are_not_mixed_up() {
    let page = "```toml file=app/Cargo.toml\n[inner]\n```\n\n```toml file=Cargo.toml\n[outer]\n```\n\n```toml file=Cargo.toml append\nx = 1\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-1:e149913c:1">
  <figcaption data-text="“app/Cargo.toml” · new file"></figcaption>
  <pre><code class="language-toml noplayground"><span>[inner]
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-1:f74fe865:1">
  <figcaption data-text="“Cargo.toml” · new file"></figcaption>
  <pre><code class="language-toml noplayground"><span>[outer]
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-1:f46897e9:1">
  <figcaption data-text="“Cargo.toml” · append to the end"></figcaption>
  <pre><code class="language-toml noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="[outer]
"></span><ins class="scenario-own">x = 1
</ins></span></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn of_a_file_that_a_command_writes_only_the_block_itself_is_shown() {
    let page = "```console writes=a\n$ tool\n```\n\n";
    let edits = "```text file=a insert-after=x\none\ntwo\n```\n\n```text file=a replace=x\n```\n\n```text file=a replace=x\ny\n```\n\n```text file=a\nall\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).step(edits).last(),
        str![[r#"
<figure class="scenario-block" data-kind="edit" data-block="step-2:201d731a:1">
  <figcaption data-text="“a” · insert after the line with “x”"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><ins class="scenario-own">one
</ins><ins class="scenario-own">two
</ins></span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-2:d3d1e364:1">
  <figcaption data-text="“a” · replace “x”"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><del data-text="x
"></del><ins class="scenario-own">
</ins></span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-2:a045c1c3:1">
  <figcaption data-text="“a” · replace “x”"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><del data-text="x
"></del><ins class="scenario-own">y
</ins></span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="edit" data-block="step-2:da661fa1:1">
  <figcaption data-text="“a” · replace the whole file"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><ins class="scenario-own">all
</ins></span></code></pre>
  </figure>
"#]]
    );
}
