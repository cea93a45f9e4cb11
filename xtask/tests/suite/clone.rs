//! The program of one clone in another one, as with a copied target folder.

use std::process::Command;

#[test]
fn the_repository_is_the_one_that_cargo_runs_the_program_for() {
    let clone = tempfile::tempdir().expect("a folder");
    let file = |path: &str, text: &str| {
        let path = clone.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    file("book/book.toml", "[book]\ntitle = \"Another clone\"\n");
    file("book/src/SUMMARY.md", "# Summary\n\n- [Elsewhere](elsewhere.md)\n");
    file("book/src/elsewhere.md", "# Elsewhere\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let ran = command.arg("steps").env("CARGO_MANIFEST_DIR", clone.path().join("xtask")).output();
    let steps = String::from_utf8_lossy(&ran.expect("xtask can be started").stdout).into_owned();
    assert!(steps.contains("Elsewhere"), "{steps}");
}
