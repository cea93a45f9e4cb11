//! Programs that a book lists by their names, found, missing and installed. All of them are fakes.

use scenario_setup::{Need, lacking};

use super::{Machine, detail};

fn program(name: &str) -> Need {
    Need::Program(name.to_owned())
}

#[test]
fn a_program_that_is_there_is_reported_with_its_place() {
    let machine = Machine::new().program("git", "");
    let expected = machine.bin().join("git").display().to_string();
    assert_eq!(detail(&machine.survey(program("git"))), expected);
    assert_eq!(machine.log(), "", "it is not started");
}

#[test]
fn a_missing_program_comes_with_its_package_where_that_is_known() {
    let machine = || Machine::new().program("apt-get", "");
    let expected = "  psql   no `psql` on PATH
      with --yes: apt-get install postgresql-client (at most 20 MB)
      by hand:    apt-get install postgresql-client";
    assert_eq!(machine().lacks(program("psql")), expected);
    let fedora = machine().host(|host| {
        host.root = false;
        host.os_release = "ID=fedora".into();
    });
    let expected = "  postgres   no `postgres` on PATH\n      by hand:    sudo dnf install postgresql-server";
    assert_eq!(fedora.lacks(program("postgres")), expected);
    let expected = "  pslq   no `pslq` on PATH
      by hand:    install `pslq`; if this name is wrong, change `needs` in book.toml";
    assert_eq!(machine().lacks(program("pslq")), expected);
}

#[test]
fn a_fake_python_without_its_module_cannot_make_environments() {
    let broken = "echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1";
    let machine = Machine::new().program("apt-get", "").program("python3", broken);
    let expected = "  python3-venv   `[TMP]/path/python3` cannot make environments: ModuleNotFoundError: No module named 'ensurepip'
      with --yes: apt-get install python3 python3-venv (at most 30 MB)
      by hand:    apt-get install python3 python3-venv";
    assert_eq!(machine.lacks(program("python3-venv")), expected);
    assert_eq!(
        detail(&machine.survey(program("python3"))),
        machine.bin().join("python3").display().to_string()
    );
    let whole = Machine::new().program("python3", "");
    let expected = format!("{} can make environments", whole.bin().join("python3").display());
    assert_eq!(detail(&whole.survey(program("python3-venv"))), expected);
}

#[test]
fn a_missing_program_is_installed_by_a_fake_apt_get() {
    let apt_get =
        r#"case "$*" in *install*) cp "${0%/*}/later" "${0%/*}/git"; chmod 755 "${0%/*}/git";; esac"#;
    let machine = Machine::new().program("apt-get", apt_get).program("later", "exit 0");
    let (findings, told) = machine.provide(program("git"));
    assert!(lacking(&findings.unwrap()).is_none());
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(machine.log().contains("install git\n"), "{}", machine.log());
}
