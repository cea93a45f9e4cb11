//! `explain` says what a code means, and finds one that is mistyped.

use scenario_core::problem::{Code, explanation};
use snapbox::str;

use crate::scenario_test::ScenarioTest;

#[test]
fn a_code_is_explained() {
    let playground = ScenarioTest::new().playground();
    playground.run(&["explain", "missing-within"]).status(0).out(str![[r#"
## missing-within

`ready` has no `within`.

Every wait has a bound.

Wrong:

`````markdown
```console background=web ready=8000
$ web
```
`````

Right:

`````markdown
```console background=web ready=8000 within=30s
$ web
```
`````

"#]]);
    playground.run(&["explain", "unknwon-attribute"]).status(2).err(str![[r#"
error: unknown code `unknwon-attribute`
  help: did you mean `unknown-attribute`?

"#]]);
    playground.run(&["explain", "xyz"]).status(2).err(str![[r#"
error: unknown code `xyz`
  help: `scenario explain` lists all codes

"#]]);
}

#[test]
fn all_codes_are_listed() {
    let run = ScenarioTest::new().playground().run(&["explain"]);
    let listed: Vec<&str> = run.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(listed, codes);
    assert!(explanation(Code::NoCommand).starts_with("## no-command\n"));
}
