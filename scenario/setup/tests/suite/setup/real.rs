//! This machine itself: its linker, its engine, its apt, a real Prometheus and a real dockerd.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use scenario_setup::{Host, Need, Place, lacking, provide_on, survey_on, toolbox_on};

use super::{Machine, detail};

/// Where something is missing, a test says so; in continuous integration that is a failure.
pub(super) fn skip(why: &str) {
    eprintln!("skipped: {why}");
    assert!(std::env::var_os("SCENARIO_NO_SKIP").is_none(), "SCENARIO_NO_SKIP forbids to skip: {why}");
}

fn real_host() -> Host {
    let ours = ["SCENARIO_ENGINE", "SCENARIO_PROMETHEUS", "SCENARIO_ALERTMANAGER"];
    ours.into_iter().fold(Host::current(), |host, name| host.without_var(name))
}

#[test]
fn this_machine_is_surveyed_and_the_second_look_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    let needs = [Need::Linker, Need::StaticLibc, Need::Curl, Need::ContainerEngine];
    let cold = Instant::now();
    let findings = survey_on(&real_host(), &needs, &place);
    eprintln!("cold: {:?}", cold.elapsed());
    if let Some(error) = lacking(&findings) {
        return skip(&error.to_string());
    }
    let warm = Instant::now();
    survey_on(&real_host(), &needs, &place);
    let warm = warm.elapsed();
    eprintln!("warm: {warm:?}; {findings:?}");
    assert!(warm < Duration::from_secs(2), "{warm:?}");
    let tag = format!("scenario-probe:{}", std::process::id());
    let left = Command::new("docker").args(["images", "-q", &tag]).output();
    assert_eq!(left.map(|output| output.stdout).unwrap_or_default(), b"", "the probe's image is gone");
}

#[test]
#[ignore = "fetches 23 MB with apt-get"]
fn the_distributions_prometheus_is_fetched_unpacked_and_served() {
    if !Path::new("/usr/bin/apt-get").exists() {
        return skip("no apt-get on this machine");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    // A mirror that refuses stands for a release site that cannot be reached.
    let host = real_host().with_var("SCENARIO_RELEASES", "http://127.0.0.1:1");
    let mut told = Vec::new();
    let cold = Instant::now();
    let findings = provide_on(&host, &[Need::Prometheus], &place, &mut |line| told.push(line.to_owned()));
    eprintln!("provided in {:?}\n{}", cold.elapsed(), told.join("\n"));
    let findings = findings.unwrap();
    assert!(detail(&findings[0]).contains(place.tools.to_str().unwrap()), "{findings:?}");

    // The second run needs no network: it finds neither curl nor apt-get, and tells nothing.
    let offline = host.clone().with_var("PATH", "/nowhere");
    let warm = Instant::now();
    let again = provide_on(&offline, &[Need::Prometheus], &place, &mut |line| panic!("told {line}"));
    eprintln!("again in {:?}", warm.elapsed());
    assert_eq!(detail(&again.unwrap()[0]), detail(&findings[0]));

    toolbox_on(&offline, &[Need::Prometheus], &place).unwrap();
    std::fs::write(folder.path().join("prometheus.yml"), "").unwrap();
    let data = folder.path().join("data");
    let log = folder.path().join("log");
    let mut server = Command::new(place.bin().join("prometheus"))
        .args(["--config.file=prometheus.yml", "--web.listen-address=127.0.0.1:19190"])
        .env("SCENARIO_DATA", &data)
        .current_dir(folder.path())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let get = |path: &str| {
        let url = format!("http://127.0.0.1:19190{path}");
        let output =
            Command::new("curl").args(["-s", "-w", "%{http_code}", "-o", "/dev/null", &url]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let end = Instant::now() + Duration::from_secs(20);
    while get("/-/ready") != "200" && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    let ready = get("/-/ready");
    let asked = Command::new("curl").args(["-s", "http://127.0.0.1:19190/classic/graph"]).output().unwrap();
    let page = String::from_utf8(asked.stdout).unwrap();
    let linked = page.split(['"', '\'']).filter(|text| text.starts_with("/classic/static/"));
    let mut assets: Vec<(String, String)> =
        linked.map(|path| path.split('?').next().unwrap()).map(|path| (get(path), path.to_owned())).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ready, "200", "{}", std::fs::read_to_string(&log).unwrap());
    eprintln!("{} assets of the page", assets.len());
    assets.retain(|(status, _)| status != "200");
    assert!(assets.is_empty(), "not served: {assets:?}");
    assert!(data.read_dir().unwrap().count() == 1, "the data folder has the version in its name");
}

#[test]
#[ignore = "fetches 37 MB with apt-get"]
fn a_plain_user_without_package_lists_fetches_them_into_the_tools_folder() {
    if !Path::new("/usr/bin/apt-get").exists() {
        return skip("no apt-get on this machine");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    let mut host = real_host().with_var("SCENARIO_RELEASES", "http://127.0.0.1:1");
    host.root = false;
    host.apt_lists = folder.path().join("none");
    let mut told = Vec::new();
    let findings = provide_on(&host, &[Need::Prometheus], &place, &mut |line| told.push(line.to_owned()));
    detail(&findings.unwrap()[0]);
    assert_eq!(told.iter().filter(|line| line.starts_with("apt-get update")).count(), 1, "{told:?}");
    assert!(!place.tools.join("apt").exists(), "the lists are gone");
}

#[test]
#[ignore = "starts a second dockerd beside this machine's own, and needs root"]
fn a_real_dockerd_is_started_and_probed_and_outlives_its_starter() {
    if !Path::new("/usr/sbin/dockerd").exists() || !nix::unistd::Uid::effective().is_root() {
        return skip("needs dockerd and root");
    }
    let machine = ["containerd", "containerd-shim-runc-v2", "runc", "setsid"]
        .into_iter()
        .fold(Machine::new(), Machine::real);
    let own = machine.folder.path().display().to_string();
    let found = Command::new("sh").args(["-c", "command -v docker"]).output().unwrap();
    let docker = String::from_utf8(found.stdout).unwrap();
    // In a network of its own, because a dockerd without a bridge removes that of the machine's own.
    let machine =
        machine.program("docker", &format!("exec {} -H unix://{own}/socket \"$@\"", docker.trim())).program(
            "dockerd",
            &format!(
                "exec /usr/bin/unshare --net /usr/sbin/dockerd -H unix://{own}/socket --pidfile {own}/pid --data-root {own}/data \
                 --exec-root {own}/exec --bridge=none --iptables=false --ip-forward=false --ip-masq=false"
            ),
        );
    let began = Instant::now();
    let (findings, told) = machine.provide(Need::ContainerEngine);
    eprintln!("{:?}: {told:#?}", began.elapsed());
    let log = std::fs::read_to_string(machine.place().tools.join("dockerd.log")).unwrap_or_default();
    let pid = std::fs::read_to_string(machine.folder.path().join("pid")).unwrap_or_else(|_| panic!("{log}"));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let end = format!(
        "kill {pid}; for i in $(seq 100); do kill -0 {pid} 2>/dev/null || break; sleep 0.1; done
         umount {own}/exec/netns/default; ! kill -0 {pid} 2>/dev/null"
    );
    let ended = Command::new("sh").args(["-c", &end]).status().unwrap();
    assert!(ended.success());
    assert!(detail(&findings.unwrap()[0]).starts_with("docker "));
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap();
    assert_eq!(session, pid, "it leads a session of its own");
}
