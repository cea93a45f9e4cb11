//! Node.js for the lab's page and a browser for its tests, found and refused. All of them are fakes.

use scenario_setup::{Need, toolbox_on};

use super::{Machine, detail};

const BY_HAND: &str = "
      by hand:    install Node.js 20 or newer, with npm: from this system's packages, or https://nodejs.org";

const CHROMIUM: &str = "echo 'Chromium 140.0.7339.80 built on Debian GNU/Linux 12 (bookworm)'";

#[test]
fn a_fake_node_with_npm_is_reported_with_both_versions() {
    let machine = Machine::new().program("node", "echo v20.20.2").program("npm", "echo 11.19.1");
    assert_eq!(detail(&machine.survey(Need::Node)), "node 20.20.2, npm 11.19.1");
}

#[test]
fn which_of_node_and_npm_is_missing_is_reported() {
    let lacks = |machine: Machine| machine.lacks(Need::Node);
    let neither = lacks(Machine::new().program("apt-get", ""));
    assert_eq!(neither, format!("  Node.js   no `node` and no `npm` on PATH{BY_HAND}"));
    let no_npm = lacks(Machine::new().program("node", "echo v22.1.0"));
    assert_eq!(no_npm, format!("  Node.js   no `npm` on PATH; `node` is there{BY_HAND}"));
    let no_node = lacks(Machine::new().program("npm", "echo 11.19.1"));
    assert_eq!(no_node, format!("  Node.js   no `node` on PATH; `npm` is there{BY_HAND}"));
}

#[test]
fn a_fake_node_that_is_too_old_or_does_not_answer_is_reported() {
    let machine = Machine::new().program("node", "echo v18.20.4").program("npm", "echo 9.2.0");
    let expected = "  Node.js   `[TMP]/path/node` is 18.20.4, expected 20 or newer";
    assert_eq!(machine.lacks(Need::Node), format!("{expected}{BY_HAND}"));
    let machine = Machine::new().program("node", "echo v20.0.0").program("npm", "echo broken >&2; exit 1");
    let expected = "  Node.js   `[TMP]/path/npm --version`: broken";
    assert_eq!(machine.lacks(Need::Node), format!("{expected}{BY_HAND}"));
}

#[test]
fn no_browser_is_reported_with_debians_remedy_and_with_none_on_ubuntu() {
    let none =
        "  browser   no `chromium`, `chromium-browser`, `google-chrome-stable`, `google-chrome` on PATH";
    let machine = Machine::new().program("apt-get", "");
    let expected = "
      with --yes: apt-get install chromium (at most 200 MB)
      by hand:    apt-get install chromium";
    assert_eq!(machine.lacks(Need::Browser), format!("{none}{expected}"));
    let machine = machine.host(|host| host.os_release = "ID=ubuntu\nID_LIKE=debian\n".into());
    let expected = "
      by hand:    install Google Chrome's package (https://www.google.com/chrome), or `snap install chromium`";
    assert_eq!(machine.lacks(Need::Browser), format!("{none}{expected}"));
}

#[test]
fn a_fake_chromium_that_only_points_at_a_snap_is_passed_over() {
    let stub = "echo 'requires the chromium snap to be installed' >&2; exit 1";
    let machine = Machine::new().program("chromium-browser", stub);
    let text = machine.lacks(Need::Browser);
    let expected =
        "  browser   `[TMP]/path/chromium-browser --version`: requires the chromium snap to be installed\n";
    assert!(text.starts_with(expected), "{text}");
    let machine = machine.program("google-chrome", "echo 'Google Chrome 140.0.1 '");
    let chrome = machine.bin().join("google-chrome");
    assert_eq!(
        detail(&machine.survey(Need::Browser)),
        format!("Google Chrome 140.0.1 ({})", chrome.display())
    );
}

#[test]
fn the_fake_browser_that_was_found_is_named_to_the_tests() {
    let machine = Machine::new().program("chromium", CHROMIUM);
    let chromium = machine.bin().join("chromium");
    let told = format!("Chromium 140.0.7339.80 ({})", chromium.display());
    assert_eq!(detail(&machine.survey(Need::Browser)), told);
    let toolbox = toolbox_on(&machine.host, &[Need::Browser], &machine.place()).unwrap();
    assert!(toolbox.env.contains(&("SCENARIO_BROWSER".into(), Some(chromium.into()))), "{:?}", toolbox.env);
}

#[test]
fn a_browser_that_was_named_and_does_not_run_is_not_replaced_by_another() {
    let machine = Machine::new().program("chromium", CHROMIUM).var("SCENARIO_BROWSER", "/nowhere/chrome");
    let expected = "  browser   SCENARIO_BROWSER is `/nowhere/chrome`, which does not run: failed to run \
                    `/nowhere/chrome`: no such program on PATH
      by hand:    set SCENARIO_BROWSER to a Chromium or a Chrome, or unset it";
    assert_eq!(machine.lacks(Need::Browser), expected);
}
