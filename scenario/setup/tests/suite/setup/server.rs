//! Prometheus, Alertmanager and mdBook: found, provided, refused. The servers are fakes, the sums and curl are not.

use std::process::Command;

use scenario_setup::{Need, toolbox_on};

use super::{Machine, detail};

const SERVER: &str = r#"case $* in --version) echo "prometheus, version 3.13.2 (branch: HEAD)";; esac
printf '%s\n' "$@""#;

#[test]
fn no_prometheus_is_reported_with_its_sources_and_sizes() {
    let expected = "  Prometheus   no `prometheus` on PATH or in the tools folder
      with --yes: download Prometheus 3.13.2, or else this system's package into `[TMP]/tools` (100 to 150 MB, or 23 MB)
      by hand:    apt-get install prometheus, or unpack a release of https://prometheus.io/download/ and set \
                    SCENARIO_PROMETHEUS to its `prometheus`";
    let text = Machine::new().lacks(Need::Prometheus);
    assert_eq!(text, expected.replace("set                     SC", "set SC"));
}

#[test]
fn a_prometheus_that_was_named_and_does_not_run_is_not_replaced_by_another() {
    let machine =
        Machine::new().program("prometheus", SERVER).var("SCENARIO_PROMETHEUS", "/nowhere/prometheus");
    let expected =
        "  Prometheus   SCENARIO_PROMETHEUS is `/nowhere/prometheus`, which does not run: no such file
      by hand:    set SCENARIO_PROMETHEUS to the program of Prometheus, or unset it";
    assert_eq!(machine.lacks(Need::Prometheus), expected);
}

#[test]
fn the_wrapper_gives_a_fake_server_our_defaults_unless_the_caller_gives_them() {
    let machine = Machine::new().program("prometheus", SERVER);
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(machine.place().bin().join("prometheus"));
        command.args(args).env("LOG", "/dev/null").env_remove("SCENARIO_DATA");
        command
    };
    let said = |command: &mut Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
    let data = machine.place().tools.join("data/prometheus/3.13.2");
    let ours = format!("--storage.tsdb.path={}\n--web.listen-address=127.0.0.1:9090\n", data.display());
    assert_eq!(said(&mut run(&["--config.file=a b.yml"])), format!("{ours}--config.file=a b.yml\n"));
    let theirs = ["--storage.tsdb.path=x", "--web.listen-address", ":1"];
    assert_eq!(said(&mut run(&theirs)), "--storage.tsdb.path=x\n--web.listen-address\n:1\n");
    let elsewhere = said(run(&[]).env("SCENARIO_DATA", "/x y"));
    assert!(elsewhere.starts_with("--storage.tsdb.path=/x y/prometheus/3.13.2\n"), "{elsewhere}");
}

const ALERTMANAGER: &str = r#"case $* in --version) echo "alertmanager, version 0.25.0 (branch: debian/sid)";; esac
printf '%s\n' "$@""#;

const PROMTOOL: &str = r#"echo "promtool, version 3.13.2 (branch: HEAD)""#;

#[test]
fn no_alertmanager_is_reported_with_its_sources_and_sizes() {
    let expected = "  Alertmanager   no `alertmanager` on PATH or in the tools folder
      with --yes: download Alertmanager 0.28.1, or else this system's package into `[TMP]/tools` (30 to 40 MB, or 11 MB)
      by hand:    apt-get install prometheus-alertmanager, or unpack a release of https://prometheus.io/download/ and \
                    set SCENARIO_ALERTMANAGER to its `alertmanager`";
    let expected = expected.replace("and                     set", "and set");
    assert_eq!(Machine::new().program("unshare", "").lacks(Need::Alertmanager), expected);
    // The package is of no use where its files cannot be mounted.
    let without = expected.replace(", or else this system's package", "").replace(", or 11 MB", "");
    for machine in [Machine::new(), Machine::new().program("unshare", "exit 1")] {
        assert_eq!(machine.lacks(Need::Alertmanager), without);
    }
}

#[test]
fn the_wrapper_of_debians_alertmanager_gives_it_our_defaults_unless_the_caller_gives_them() {
    let machine = Machine::new().program("prometheus-alertmanager", ALERTMANAGER);
    toolbox_on(&machine.host, &[Need::Alertmanager], &machine.place()).unwrap();
    let said = |args: &[&str]| {
        let mut command = Command::new(machine.place().bin().join("alertmanager"));
        command.args(args).env("LOG", "/dev/null").env_remove("SCENARIO_DATA");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let data = machine.place().tools.join("data/alertmanager/0.25.0");
    assert_eq!(
        said(&["--config.file=a.yml"]),
        format!(
            "--storage.path={}\n--web.listen-address=127.0.0.1:9093\n--cluster.listen-address=\n\
             --config.file=a.yml\n",
            data.display()
        )
    );
    let theirs = ["--storage.path", "x", "--cluster.listen-address=:1", "--web.listen-address=:2"];
    assert_eq!(said(&theirs), format!("{}\n", theirs.join("\n")));
}

/// A machine on which the package of Alertmanager can be fetched, and its release cannot.
fn with_package(machine: Machine, server: &str) -> Machine {
    let unpack = r#"mkdir -p "$3/usr/bin" "$3/usr/share/prometheus"; echo template > "$3/usr/share/prometheus/default.tmpl"
cp "${0%/*}/later" "$3/usr/bin/prometheus-alertmanager"; cp "${0%/*}/tool" "$3/usr/bin/amtool""#;
    machine
        .program("curl", "exit 7")
        .program("apt-get", "case \"$*\" in *download*) touch a.deb;; esac")
        .program("later", server)
        .program("tool", r#"echo "amtool, version 0.25.0 (branch: debian/sid)""#)
        .program("dpkg", unpack)
}

#[test]
fn an_alertmanager_of_a_package_that_is_not_installed_finds_its_files() {
    let able = |flags: &[&str]| {
        let status = Command::new("unshare")
            .args(flags)
            .args(["mount", "--rbind", "/usr/share", "/usr/share"])
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !able(&["--map-root-user", "--mount"]) {
        return super::real::skip("no user namespaces on this machine");
    }
    let server = r#"case $* in --version) echo "alertmanager, version 0.25.0";; esac
cat /usr/share/prometheus/default.tmpl; printf '%s\n' "$@""#;
    // As it is for root, and for a plain user.
    let real = Machine::new().real("unshare");
    let program = std::fs::read_link(real.bin().join("unshare")).unwrap();
    let plain = format!("case $1 in --mount) exit 1;; esac; exec {} \"$@\"", program.display());
    for machine in [real, Machine::new().program("unshare", &plain)] {
        let machine = with_package(machine.real("mount"), server);
        machine.provide(Need::Alertmanager).0.unwrap();
        toolbox_on(&machine.host, &[Need::Alertmanager], &machine.place()).unwrap();
        let mut command = Command::new(machine.place().bin().join("alertmanager"));
        let path = std::env::join_paths([machine.bin()]).unwrap();
        command.env("PATH", path).env("LOG", "/dev/null");
        let output = command.args(["--storage.path=a b", "c d"]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            said,
            "template\n--web.listen-address=127.0.0.1:9093\n--cluster.listen-address=\n--storage.path=a b\nc d\n"
        );
    }
}

#[test]
fn where_a_container_forbids_mounts_a_fake_alertmanager_of_a_package_is_not_offered() {
    let refused = "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1";
    let why = "Alertmanager of this system's package looks for its files in `/usr/share` only, and they cannot be \
               mounted there: unshare: unshare failed: Operation not permitted";
    let machine = with_package(Machine::new().program("unshare", refused), ALERTMANAGER);
    let error = machine.provide(Need::Alertmanager).0.unwrap_err().to_string();
    assert_eq!(
        error.lines().last(),
        Some(format!("  tried  apt-get download      {why}").as_str()),
        "{error}"
    );
    // One that was fetched where it could be started, as on another machine with the same folder.
    let elsewhere = with_package(Machine::new().program("unshare", ""), ALERTMANAGER);
    elsewhere.provide(Need::Alertmanager).0.unwrap();
    let elsewhere = elsewhere.program("unshare", refused);
    let text = elsewhere.lacks(Need::Alertmanager);
    let expected = format!(
        "  Alertmanager   `[TMP]/tools/alertmanager/debian/usr/bin/prometheus-alertmanager` does not start: {why}
      with --yes: download Alertmanager 0.28.1 into `[TMP]/tools` (30 to 40 MB)
      by hand:    apt-get install prometheus-alertmanager, or unpack a release of https://prometheus.io/download/ and set \
         SCENARIO_ALERTMANAGER to its `alertmanager`"
    );
    assert_eq!(text, expected);
    // Its companion needs no mount.
    let amtool = elsewhere.place().tools.join("alertmanager/debian/usr/bin/amtool");
    assert_eq!(detail(&elsewhere.survey(Need::Amtool)), format!("0.25.0 ({})", amtool.display()));
    assert!(machine.provide(Need::Amtool).0.is_ok());
}

#[test]
fn a_tools_folder_that_was_moved_or_copied_keeps_its_servers() {
    let machine = with_package(Machine::new().program("unshare", ""), ALERTMANAGER);
    machine.provide(Need::Alertmanager).0.unwrap();
    let file = machine.place().tools.join("alertmanager/record.json");
    let record = std::fs::read_to_string(&file).unwrap();
    assert!(!record.contains(&machine.folder.path().display().to_string()), "{record}");
    let is_here = |machine: &Machine| {
        let server = machine.place().tools.join("alertmanager/debian/usr/bin/prometheus-alertmanager");
        assert_eq!(detail(&machine.survey(Need::Alertmanager)), format!("0.25.0 ({})", server.display()));
        toolbox_on(&machine.host, &[Need::Alertmanager], &machine.place()).unwrap();
        let script = std::fs::read_to_string(machine.place().bin().join("alertmanager")).unwrap();
        let assets = machine.place().tools.join("alertmanager/debian/usr/share");
        assert!(script.contains(&format!("sh {} ", assets.display())), "{script}");
    };
    is_here(&machine);
    // As an earlier version wrote it, with whole paths.
    let old =
        record.replace("\"alertmanager/", &format!("\"{}/alertmanager/", machine.place().tools.display()));
    assert_ne!(old, record);
    std::fs::write(&file, old).unwrap();
    is_here(&machine);
    // The copy has other times, and the original is there still, or gone.
    let copy = Machine::new().program("unshare", "");
    let copied = Command::new("cp").arg("-r").arg(machine.place().tools).arg(copy.place().tools).status();
    assert!(copied.unwrap().success());
    is_here(&copy);
    std::fs::remove_dir_all(machine.place().tools).unwrap();
    is_here(&copy);
}

#[test]
fn what_is_on_path_is_used_and_only_what_is_missing_is_provided() {
    let amtool = r#"echo "amtool, version 0.20.0""#;
    let alone = Machine::new().program("amtool", amtool);
    let expected = format!("0.20.0 ({})", alone.bin().join("amtool").display());
    assert_eq!(detail(&alone.survey(Need::Amtool)), expected);

    // The server comes into the tools folder, with another companion beside it, which is of its version.
    let machine = with_package(Machine::new().program("unshare", ""), ALERTMANAGER).program("amtool", amtool);
    assert_eq!(detail(&machine.provide(Need::Amtool).0.unwrap()[0]).split(' ').next(), Some("0.20.0"));
    assert!(!machine.log().contains("apt-get"), "{}", machine.log());
    let server = machine.place().tools.join("alertmanager/debian/usr/bin/prometheus-alertmanager");
    let provided = machine.provide(Need::Alertmanager).0.unwrap();
    assert_eq!(detail(&provided[0]), format!("0.25.0 ({})", server.display()));

    // The other way round: the server on PATH stays in use.
    let machine = with_package(Machine::new().program("alertmanager", ALERTMANAGER), ALERTMANAGER);
    let own = format!("0.25.0 ({})", machine.bin().join("alertmanager").display());
    let provided = machine.provide(Need::Amtool).0.unwrap();
    let tool = machine.place().tools.join("alertmanager/debian/usr/bin/amtool");
    assert_eq!(detail(&provided[0]), format!("0.25.0 ({})", tool.display()));
    assert_eq!(detail(&machine.survey(Need::Alertmanager)), own);
    toolbox_on(&machine.host, &[Need::Alertmanager], &machine.place()).unwrap();
    assert_eq!(std::fs::read_link(machine.place().bin().join("amtool")).unwrap(), tool);

    // One that does not run is passed over.
    let broken = Machine::new().program("amtool", "echo broken >&2; exit 1");
    assert!(
        broken
            .lacks(Need::Amtool)
            .starts_with("  amtool   `[TMP]/path/amtool` does not run: `--version` says: broken\n")
    );
    let broken = with_package(broken, ALERTMANAGER);
    let tool = broken.place().tools.join("alertmanager/debian/usr/bin/amtool");
    assert_eq!(detail(&broken.provide(Need::Amtool).0.unwrap()[0]), format!("0.25.0 ({})", tool.display()));
}

#[test]
fn a_book_finds_the_promtool_beside_prometheus_and_else_the_one_on_path() {
    let machine = Machine::new().program("prometheus", SERVER).program("promtool", PROMTOOL);
    let beside = machine.bin().join("promtool");
    let link = machine.place().bin().join("promtool");
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    assert_eq!(std::fs::read_link(&link).unwrap(), beside);

    // The server of a release is run by a link on PATH.
    let release = machine.folder.path().join("release");
    std::fs::create_dir(&release).unwrap();
    for name in ["prometheus", "promtool"] {
        std::fs::rename(machine.bin().join(name), release.join(name)).unwrap();
    }
    std::os::unix::fs::symlink(release.join("prometheus"), machine.bin().join("prometheus")).unwrap();
    let promtool = release.canonicalize().unwrap().join("promtool");
    assert_eq!(detail(&machine.survey(Need::Promtool)), format!("3.13.2 ({})", promtool.display()));

    // Our own link on PATH is not taken for the program.
    let elsewhere = machine.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(release.join("promtool"), elsewhere.join("promtool")).unwrap();
    let path = std::env::join_paths([machine.place().bin(), machine.bin(), elsewhere.clone()]).unwrap();
    let machine = machine.var("PATH", path);
    for _ in 0..2 {
        toolbox_on(&machine.host, &[Need::Promtool], &machine.place()).unwrap();
        assert_eq!(std::fs::read_link(&link).unwrap(), elsewhere.join("promtool"));
    }
}

#[test]
fn a_prometheus_without_promtool_is_reported_only_to_a_book_that_needs_it() {
    let machine = Machine::new().program("prometheus", SERVER);
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    let expected = "  promtool   no `promtool` beside `[TMP]/path/prometheus`, on PATH or in the tools folder
      with --yes: download Prometheus 3.13.2, or else this system's package into `[TMP]/tools` (100 to 150 MB, or 23 MB)
      by hand:    apt-get install prometheus, or unpack a release of https://prometheus.io/download/ and set \
         SCENARIO_PROMETHEUS to its `prometheus`";
    assert_eq!(machine.lacks(Need::Promtool), expected);
}

#[test]
fn a_missing_amtool_is_provided_with_its_server() {
    let expected = "  amtool   no `amtool` on PATH or in the tools folder
      with --yes: download Alertmanager 0.28.1 into `[TMP]/tools` (30 to 40 MB)
      by hand:    unpack a release of https://prometheus.io/download/ and set SCENARIO_ALERTMANAGER to its `alertmanager`";
    let arch = Machine::new().host(|host| host.os_release = "ID=arch".into());
    assert_eq!(arch.lacks(Need::Amtool), expected);
    let machine = with_package(Machine::new(), ALERTMANAGER);
    let (findings, told) = machine.provide(Need::Amtool);
    let amtool = machine.place().tools.join("alertmanager/debian/usr/bin/amtool");
    assert_eq!(detail(&findings.unwrap()[0]), format!("0.25.0 ({})", amtool.display()), "{told:?}");
    assert!(machine.log().contains("download prometheus-alertmanager\n"), "{}", machine.log());
}

#[test]
fn a_wrapper_on_path_or_in_the_variable_is_not_taken_for_a_server() {
    let machine = Machine::new().program("prometheus", SERVER);
    let server = machine.survey(Need::Prometheus);
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    let wrapper = machine.place().bin().join("prometheus");
    // Another checkout's tools folder and our own, by a link: both would end in a circle.
    let link = machine.folder.path().join("link");
    std::os::unix::fs::symlink(machine.place().tools, &link).unwrap();
    let path = std::env::join_paths([link.join("bin"), machine.bin()]).unwrap();
    let machine = machine.var("PATH", path).var("SCENARIO_PROMETHEUS", wrapper.as_os_str());
    assert_eq!(detail(&machine.survey(Need::Prometheus)), detail(&server));
}

#[test]
fn what_a_killed_process_left_in_the_tools_folder_is_removed() {
    let machine = Machine::new().program("cc", "");
    let left = machine.place().tools.join("tmp/mdbook-999999999-0");
    std::fs::create_dir_all(&left).unwrap();
    machine.survey(Need::Linker);
    assert!(!left.exists());
}

#[test]
fn every_source_that_was_tried_is_listed_when_none_has_prometheus() {
    let machine = Machine::new()
        .real("curl")
        .var("SCENARIO_RELEASES", "http://127.0.0.1:1")
        .host(|host| host.os_release = "ID=arch".into());
    let error = machine.provide(Need::Prometheus).0.unwrap_err();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "no Prometheus could be provided for linux-amd64");
    assert_eq!(lines[1], "  tried  SCENARIO_PROMETHEUS   not set");
    assert_eq!(lines[2], "  tried  prometheus on PATH    not found");
    assert!(lines[3].starts_with("  tried  release 3.13.2        curl: (7) Failed to connect"), "{text}");
    assert_eq!(lines[4], "  tried  apt-get download      this is not Debian or Ubuntu, or has no `apt-get`");
    assert!(error.help().unwrap().contains("set SCENARIO_PROMETHEUS"));
}

#[test]
fn a_download_with_a_wrong_sum_from_a_fake_curl_is_not_replaced_by_the_package() {
    let curl = r#"while [ $# -gt 0 ]; do [ "$1" = --output ] && echo rubbish > "$2"; shift; done"#;
    let machine = Machine::new().program("curl", curl).program("apt-get", "");
    let error = machine.provide(Need::Prometheus).0.unwrap_err();
    assert!(error.to_string().contains("wrong checksum of the download of Prometheus"), "{error}");
    assert!(!machine.log().contains("apt-get"), "{}", machine.log());
}

#[test]
fn a_plain_users_lists_are_kept_apart_from_the_systems_by_a_fake_apt_get() {
    let machine = Machine::new()
        .program("apt-get", "case \"$*\" in *download*) exit 100;; esac")
        .program("curl", "exit 7")
        .host(|host| host.root = false);
    std::fs::remove_file(machine.host.apt_lists.join("debian_Packages")).unwrap();
    machine.provide(Need::Prometheus).0.unwrap_err();
    let log = machine.log();
    let private = format!("Dir::State={}/apt/state", machine.place().tools.display());
    assert!(
        log.lines().filter(|line| line.starts_with("apt-get")).all(|line| line.contains(&private)),
        "{log}"
    );
    assert_eq!(log.matches(" update").count(), 1, "{log}");
    assert!(!machine.place().tools.join("apt").exists());
}

#[test]
fn a_server_in_the_tools_folder_that_changed_is_not_believed() {
    let machine = Machine::new()
        .program("curl", "exit 7")
        .program("apt-get", "case \"$*\" in *download*) touch prometheus.deb;; esac")
        .program("later", SERVER)
        .program("dpkg", r#"mkdir -p "$3/usr/bin"; cp "${0%/*}/later" "$3/usr/bin/prometheus""#);
    let (findings, _) = machine.provide(Need::Prometheus);
    assert!(detail(&findings.unwrap()[0]).starts_with("3.13.2 ("));
    let server = machine.place().tools.join("prometheus/debian/usr/bin/prometheus");

    // Only its time changed: the sum says that it is the same.
    std::fs::File::options().append(true).open(&server).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    detail(&machine.survey(Need::Prometheus));

    std::fs::write(&server, "something else").unwrap();
    let text = machine.lacks(Need::Prometheus);
    assert!(
        text.contains("usr/bin/prometheus` has changed since it was put there: its SHA-256 is "),
        "{text}"
    );
    let (findings, _) = machine.provide(Need::Prometheus);
    detail(&findings.unwrap()[0]);
}

#[test]
fn a_fake_mdbook_of_another_series_is_named() {
    let machine = Machine::new().program("mdbook", "echo mdbook v0.4.52");
    let text = machine.lacks(Need::Mdbook);
    assert!(text.contains("mdBook 0.4.52 is here, and the book needs 0.5.x"), "{text}");
    assert!(text.contains("(about 20 MB, and 2 minutes to compile)"), "{text}");
    let machine = machine.program("mdbook", "echo mdbook v0.5.2");
    assert!(detail(&machine.survey(Need::Mdbook)).starts_with("0.5.2 ("));
}

#[test]
fn a_fake_cargo_installs_mdbook_into_the_tools_folder_without_our_flags() {
    let cargo = r#"[ -z "${RUSTFLAGS+set}${CARGO_TARGET_DIR+set}" ] || exit 9
while [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; shift; done
mkdir -p "$root/bin"; printf '#!/bin/sh\necho mdbook v0.5.4\n' > "$root/bin/mdbook"; chmod 755 "$root/bin/mdbook""#;
    let machine = Machine::new().program("cargo", cargo).var("RUSTFLAGS", "-x").var("CARGO_TARGET_DIR", "/x");
    let (findings, told) = machine.provide(Need::Mdbook);
    let mdbook = machine.place().bin().join("mdbook");
    assert_eq!(detail(&findings.unwrap()[0]), format!("0.5.4 ({})", mdbook.display()));
    assert_eq!(
        told[2],
        "cargo install mdbook --version 0.5.4 --locked --no-default-features --features search (about 2 minutes)"
    );
}
