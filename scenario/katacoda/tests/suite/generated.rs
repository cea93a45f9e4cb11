//! Makes pages of scenarios from parts. The same number gives the same page every time.

/// Parts of pages. A number replaces `@`, so that no two parts are equal.
const PARTS: [&str; 38] = [
    "Text @ with `code@` and more.\n\n",
    "Run `run-@`{{execute}} now.\n\n",
    "`run-@`{{execute T2}}\n",
    "`stop-@`{{execute interrupt}}\n\n",
    "```\nfirst-@\nsecond-@\n```{{execute}}\n",
    "```bash\nserve-@ &\n```{{exec}} after @\n\n",
    "1. Item @\n\n   ```sh\n   listed-@\n   ```{{exec}}\n\n    more @\n",
    "```copied-@\n``` \n",
    "`copied-@`{{copy}} and `open-@`{{open}}\n\n",
    "```yaml\nkey: @\n```{{copy}}\n",
    "<pre class=file data-filename=f@.txt data-target=replace>\nwhole @\n</pre>\n",
    "<pre class=file data-filename=same.txt>part @</pre>\n",
    "<pre class=file data-filename=same.txt data-target=prepend>first @</pre>\n",
    "<pre class=file data-filename=f1.txt data-target=insert data-marker=whole>marker @</pre>\n",
    "<pre class=file data-filename=/etc/f@ data-target=append>out @</pre>\n",
    "<pre class=file data-target=clipboard>clip @</pre>\n<pre>plain @</pre>\n",
    "<!-- comment @\n```\ninside @\n-->\n",
    "<!-- scenario: check @ -->\n",
    "> ```\n> quoted-@\n> ```\n\n",
    "- ~~~\n\n",
    ">>Q@: Which?<<\n(*) Right @\n( ) Wrong @\n\n",
    "<script>alert(@)</script>\n\n",
    "{{#include secret-@.md}}\n\n",
    "`docker run -d image-@`{{execute}}\n",
    "`docker-compose up -d service-@; ls`{{execute}}\n",
    "`x-@`{{execute HOST2}} `^C`{{execute ctrl-seq}} `y-@`{{execute no-newline}}\n\n",
    "`a-@`{{exeute}} {{execute}} lone ` tick @\n\n",
    "```{{execute}}\nwrong-@\n```\n",
    "# Heading @ {#id}\n\n<details>\n<summary>s @</summary>\n",
    "    indented @\n\n</details>\n\n",
    "| a @ | b |\n|---|---|\n| c | d |\n\n",
    "See https://[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]].environments.katacoda.com/@\n\n",
    "```\ncat <<EOF > here-@\n$ text @\n> more\nEOF\n```{{execute}}\n",
    "An open <pre tag-@ and\n\n",
    "~~~append\nshown-@\n~~~\n",
    "<pre class=file data-filename='price$ @'>\n```{{exec}}\n~~~{{exec}}\ncost @</pre>\n",
    "````\ncat <<END > ticks-@\n```\n~~~\nEND\n````{{execute}}\n",
    "`if true; then\nlong-@\nfi`{{execute}} Слова @ 字\r\n\n",
];

/// A sequence of numbers. It is the same in each run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}

/// A page of up to twelve parts.
pub(crate) fn page(numbers: &mut Numbers) -> String {
    let mut out = String::new();
    for number in 0..1 + numbers.below(12) {
        out.push_str(&PARTS[numbers.below(PARTS.len())].replace('@', &number.to_string()));
    }
    out
}
