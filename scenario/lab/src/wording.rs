//! What the runner says, as the page of the lab says it: where it names a command, the page has a button.

/// The text with the runner's commands replaced. `front` is what comes before `step N` in a command.
pub(crate) fn for_page(text: &str, front: &str) -> String {
    let text = text
        .replace(
            "do what `by hand` says where there is no `with --yes`, then run the same command again with `--yes`",
            "do what `by hand` says where there is no `the lab can`; “Machine” in the head provides the rest",
        )
        .replace(
            "run the same command again with `--yes` to have this done",
            "“Machine” in the head has a button that provides it",
        )
        .replace("do what `by hand` says, then run the same command again", "do what `by hand` says, then press it again")
        .replace("with --yes:", "the lab can:");
    let command = format!("`{front} step ");
    let mut said = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(&command) {
        let Some((step, behind)) = after.split_once('`') else { break };
        said.push_str(&format!("{before}“Solve step” in step {step}"));
        rest = behind;
    }
    said + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_has_a_button_is_named_by_it() {
        let front = "cargo xtask";
        assert_eq!(
            for_page("step 1 starts `web` there; `cargo xtask step 1.2` runs it for you", front),
            "step 1 starts `web` there; “Solve step” in step 1.2 runs it for you"
        );
        assert_eq!(
            for_page("run the same command again with `--yes` to have this done", front),
            "“Machine” in the head has a button that provides it"
        );
        assert_eq!(for_page("`cargo xtask step 1", front), "`cargo xtask step 1");
    }
}
