//! A mock of the release site, on a port of its own, with a small archive; curl and the sums are real.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;
use crate::catalog::{ALERTMANAGER, PROMETHEUS};

/// An archive with the given entries, packed by hand: the `tar` crate refuses to write a `..`.
fn archive(entries: &[(&str, u8, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(content.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).unwrap();
    gz.finish().unwrap()
}

fn good_archive() -> Vec<u8> {
    archive(&[
        ("prometheus-9.9.9.linux-amd64/", b'5', ""),
        ("prometheus-9.9.9.linux-amd64/prometheus", b'0', "#!/bin/sh\necho prometheus, version 9.9.9\n"),
        ("prometheus-9.9.9.linux-amd64/LICENSE", b'0', "Apache"),
    ])
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A release on a mock site that gives this answer to one request.
fn mock_site(answer: Vec<u8>, sha256: String) -> Release {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(&answer);
    });
    Release { server: &PROMETHEUS, base, version: "9.9.9".into(), platform: "linux-amd64".into(), sha256 }
}

fn ok(length: usize, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

struct Fetched {
    tools: tempfile::TempDir,
    result: Result<std::result::Result<PathBuf, String>>,
}

fn fetch_from(release: &Release) -> Fetched {
    let tools = tempfile::tempdir().unwrap();
    let place = Place { tools: tools.path().to_owned() };
    let folder = tools.path().join("prometheus");
    let result = fetch(&Host::current(), &place, release, &folder, &mut |_| {});
    let left: Vec<_> = std::fs::read_dir(tools.path().join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "nothing half done is left: {left:?}");
    Fetched { tools, result }
}

impl Fetched {
    #[track_caller]
    fn error(self) -> Error {
        assert!(!self.tools.path().join("prometheus").exists(), "nothing was unpacked");
        self.result.unwrap_err()
    }

    #[track_caller]
    fn passed_over(self) -> String {
        assert!(!self.tools.path().join("prometheus").exists(), "nothing was unpacked");
        self.result.unwrap().unwrap_err()
    }
}

#[test]
fn the_right_sum_is_unpacked_and_runs() {
    let body = good_archive();
    let fetched = fetch_from(&mock_site(ok(body.len(), &body), sum(&body)));
    let program = fetched.result.unwrap().unwrap();
    assert_eq!(program, fetched.tools.path().join("prometheus/9.9.9/prometheus"));
    assert!(program.with_file_name("LICENSE").is_file());
    // Through `sh`: a test beside this one may fork while the file is still open for writing.
    let said =
        scenario_core::process::Command::new(["sh".as_ref(), program.as_os_str()]).run().unwrap().stdout;
    assert_eq!(said, "prometheus, version 9.9.9\n");
}

#[test]
fn a_wrong_sum_ends_it_and_both_sums_are_reported() {
    let body = good_archive();
    let pinned = "0".repeat(64);
    let release = mock_site(ok(body.len(), &body), pinned.clone());
    let error = fetch_from(&release).error();
    let url = release.url();
    let found = sum(&body);
    let expected = format!(
        "wrong checksum of the download of Prometheus 9.9.9, which was deleted\n  expected  sha256 {pinned}\n  \
         found     sha256 {found}\n  from      {url}"
    );
    assert_eq!(error.to_string(), expected);
    assert!(error.help().unwrap().contains("another network"));
}

#[test]
fn a_download_that_breaks_off_is_passed_over() {
    let body = good_archive();
    let why = fetch_from(&mock_site(ok(body.len() + 10, &body), sum(&body))).passed_over();
    assert!(why.starts_with("curl: (18)"), "{why}");
}

#[test]
fn an_archive_that_was_cut_before_it_was_served_has_a_wrong_sum() {
    let body = good_archive();
    let cut = &body[..body.len() - 20];
    let error = fetch_from(&mock_site(ok(cut.len(), cut), sum(&body))).error();
    assert!(error.to_string().contains("wrong checksum"), "{error}");
}

#[test]
fn an_archive_that_ends_early_under_its_own_right_sum_is_an_error() {
    let body = good_archive();
    let cut = &body[..body.len() - 20];
    let error = fetch_from(&mock_site(ok(cut.len(), cut), sum(cut))).error();
    assert!(error.to_string().starts_with("failed to unpack"), "{error}");
}

#[test]
fn not_found_is_passed_over_with_the_status() {
    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
    let why = fetch_from(&mock_site(answer, "0".repeat(64))).passed_over();
    assert_eq!(why, "curl: (22) The requested URL returned error: 404");
}

#[test]
fn refused_is_passed_over_at_once() {
    let release = Release {
        server: &PROMETHEUS,
        base: "http://127.0.0.1:1".into(),
        version: "9.9.9".into(),
        platform: "linux-amd64".into(),
        sha256: "0".repeat(64),
    };
    let began = std::time::Instant::now();
    let why = fetch_from(&release).passed_over();
    assert!(why.starts_with("curl: (7)"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn without_a_mirror_only_tls_is_spoken() {
    assert_eq!(pinned(&PROMETHEUS).protocols(), "=https");
    let mirror = Host::current().with_var("SCENARIO_RELEASES", "http://mirror");
    assert_eq!(Release::pinned(&mirror, &PROMETHEUS, "linux-arm64").unwrap().protocols(), "=http,https");
    let url = "https://github.com/prometheus/prometheus/releases/download/v3.13.2/prometheus-3.13.2.linux-amd64.tar.gz";
    assert_eq!(pinned(&PROMETHEUS).url(), url);
    let url = "https://github.com/prometheus/alertmanager/releases/download/v0.28.1/alertmanager-0.28.1.linux-amd64.tar.gz";
    assert_eq!(pinned(&ALERTMANAGER).url(), url);
}

fn pinned(server: &'static Server) -> Release {
    Release::pinned(&Host::current().without_var("SCENARIO_RELEASES"), server, "linux-amd64").unwrap()
}

#[test]
fn entries_that_leave_the_folder_or_link_are_refused() {
    let refused = [
        archive(&[("../outside", b'0', "x")]),
        archive(&[("prometheus-9.9.9.linux-amd64/../../outside", b'0', "x")]),
        archive(&[("/absolute", b'0', "x")]),
        archive(&[("link", b'2', "")]),
    ];
    for body in refused {
        let error = fetch_from(&mock_site(ok(body.len(), &body), sum(&body))).error();
        assert!(error.to_string().contains("unexpected entry in the archive"), "{error}");
    }
}

#[test]
fn what_is_not_an_archive_is_an_error_even_under_its_sum() {
    let body = b"<html>sign in to this network</html>";
    let error = fetch_from(&mock_site(ok(body.len(), body), sum(body))).error();
    assert!(error.to_string().starts_with("failed to unpack"), "{error}");
}
