//! The program on a small book: from the report of a run to pictures, and what is not up to date.

use std::process::Command;

use snapbox::{assert_data_eq, str};
use tempfile::TempDir;

const PAGE: &str = "# One\n\n```promql plot=load range=10s unit=requests curve=\"last > 0\" alt=\"It climbs <fast>.\"\napp\n```\n";

/// A report of `verify`, as far as it is read.
fn report(id: &str, outcome: &str) -> String {
    format!(
        r#"{{"outcome": "{outcome}", "items": [
            {{"label": "1", "id": "other", "kind": "command", "seconds": 19.5}},
            {{"label": "1", "id": "{id}", "kind": "check", "seconds": 13.5, "curve": {{"series": [
                {{"labels": {{"__name__": "app", "code": "200"}}, "points": [[4.02, 1.0], [5.02, 1.0], [8.02, 123456.7]],
                  "scrapes": [[3.9, 0.0], [4.51, 1.0]]}},
                {{"labels": {{"__name__": "app", "code": "500"}}, "points": [[7.02, 0.333333333]], "scrapes": []}}]}}}}]}}"#
    )
}

struct Folder(TempDir);

impl Folder {
    /// A book, and the report of its run.
    fn new() -> Folder {
        let folder = Folder(TempDir::new().expect("a folder"));
        folder.write("book.toml", "[book]\ntitle = \"A book\"\n");
        folder.write("src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
        folder.write("src/one.md", PAGE);
        let scenario = scenario_core::book::Book::load(folder.0.path()).expect("a book").scenario;
        let id = scenario.steps[0].all_checks().next().expect("a query").id.clone();
        folder.write("report.json", &report(&id, "passed"));
        folder.write("failed.json", &report(&id, "failed"));
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn write_bytes(&self, path: &str, bytes: &[u8]) {
        self.write(path, "");
        std::fs::write(self.0.path().join(path), bytes).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).expect("a file")
    }

    /// What the program prints, and its exit status.
    fn run(&self, words: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_scenario-pictures"))
            .args(["--book", "."])
            .args(words)
            .current_dir(self.0.path())
            .output()
            .expect("the program");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().expect("a status");
        format!("{}{}status {status}\n", text(&output.stdout), text(&output.stderr))
    }
}

#[test]
fn a_run_gives_data_a_picture_and_the_time_of_each_chapter() {
    let folder = Folder::new();
    assert_data_eq!(
        folder.run(&["--report", "report.json"]),
        str![[r#"
src/plots/load.json
times.json
src/plots/load.svg
status 0

"#]]
    );
    assert_data_eq!(
        folder.read("src/plots/load.json"),
        str![[r#"
{
  "query": "app",
  "range": 10,
  "step": 1,
  "series": [
    {
      "labels": {"__name__": "app", "code": "200"},
      "points": [[0.1,1],[1.1,1],[4.1,123460]],
      "scrapes": [[0,0],[0.6,1]]
    },
    {
      "labels": {"__name__": "app", "code": "500"},
      "points": [[3.1,0.33333]],
      "scrapes": []
    }
  ]
}

"#]]
    );
    assert_data_eq!(
        folder.read("times.json"),
        str![[r#"
{
  "one.md": 20
}

"#]]
    );
    let picture = folder.read("src/plots/load.svg");
    let picture = roxmltree::Document::parse(&picture).expect("XML");
    let svg = |name| ("http://www.w3.org/2000/svg", name);
    let count = |name| picture.descendants().filter(|node| node.has_tag_name(svg(name))).count();
    assert!(count("polyline") >= 2, "a line for each stretch without a gap");
    assert_eq!(count("circle"), 3, "a dot for each scrape, and for a point without a neighbour");
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
status 0

"#]]
    );
    assert_data_eq!(
        folder.run(&["--report", "report.json"]),
        str![[r#"
status 0

"#]]
    );
}

#[test]
fn what_is_not_up_to_date_is_listed() {
    let folder = Folder::new();
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
src/plots/load.json: missing
times.json: no time of `one.md`

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    folder.run(&["--report", "report.json"]);
    let picture = folder.read("src/plots/load.svg");
    folder.write("src/plots/load.svg", &picture.replace("climbs", "falls"));
    folder.write("src/plots/old.json", &folder.read("src/plots/load.json"));
    folder.write("src/plots/by-hand.png", "not drawn here");
    folder.write("times.json", "{\"two.md\": 5}");
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
src/plots/load.svg: not what is drawn from the data
src/plots/old.json: no page has this plot
times.json: no time of `one.md`
times.json: no chapter `two.md`

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    assert_data_eq!(
        folder.run(&[]),
        str![[r#"
src/plots/load.svg
src/plots/old.json
status 0

"#]]
    );
    assert_eq!(folder.read("src/plots/load.svg"), picture);
    assert_eq!(folder.read("src/plots/by-hand.png"), "not drawn here");
    folder.write("src/one.md", &PAGE.replace("range=10s", "range=20s"));
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
src/plots/load.json: of another query, range or step than the page has
times.json: no time of `one.md`
times.json: no chapter `two.md`

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    assert!(!folder.0.path().join("src/plots/old.json").exists(), "it belongs to no plot");
}

#[test]
fn a_run_that_has_failed_gives_no_pictures() {
    let folder = Folder::new();
    assert_data_eq!(
        folder.run(&["--report", "failed.json"]),
        str![[r#"
error: the run has not passed: its outcome is `failed`
  help: pictures are drawn from a run of `verify` that has passed
status 2

"#]]
    );
    assert_data_eq!(
        folder.run(&["--report", "none.json"]),
        str![[r#"
error: there is no `none.json`
  help: `cargo xtask verify --json FILE` writes it
status 2

"#]]
    );
    folder.write("broken.json", "{");
    assert_data_eq!(
        folder.run(&["--report", "broken.json"]),
        str![[r#"
error: failed to read `broken.json`: EOF while parsing an object at line 1 column 1
status 2

"#]]
    );
    assert!(!folder.0.path().join("src/plots").exists());
}

#[test]
fn values_that_are_too_large_to_draw_are_reported_at_their_plot() {
    let folder = Folder::new();
    let report = folder.read("report.json").replace("123456.7", "-1e308").replace("0.333333333", "1e308");
    folder.write("report.json", &report);
    assert_data_eq!(
        folder.run(&["--report", "report.json"]),
        str![[r#"
error: src/one.md:3:16: the values of the plot `load` are too large to draw
status 2

"#]]
    );
}

/// A picture of this size, in bytes; `is_blank` or with a pattern.
fn png(width: u32, height: u32, is_blank: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixel =
        |at: u32| if is_blank || at / width > 99 { [255; 4] } else { [at.to_be_bytes()[3], 0, 9, 255] };
    let data: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&data)).expect("a picture");
    bytes
}

const SCREENSHOT: &str =
    "# One\n\n```promql screenshot=down url=http://localhost:9090/targets alt=\"It is DOWN.\"\nup\n```\n";

#[test]
fn a_screenshot_is_cut_and_put_beside_the_pages() {
    let folder = Folder::new();
    folder.write("src/one.md", SCREENSHOT);
    folder.write("times.json", "{\"one.md\": 20}");
    folder.write_bytes("taken/down.png", &png(1680, 1800, false));
    folder.write_bytes("src/screenshots/old.png", b"of a screenshot that is gone");
    folder.write("src/screenshots/by-hand.svg", "not taken here");
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
src/screenshots/down.png: missing
src/screenshots/old.png: no page has this screenshot

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    assert_data_eq!(
        folder.run(&["--screenshots", "taken"]),
        str![[r#"
src/screenshots/down.png
src/screenshots/old.png
status 0

"#]]
    );
    assert_data_eq!(
        folder.run(&["--check"]),
        str![[r#"
status 0

"#]]
    );
    let picture = std::fs::read(folder.0.path().join("src/screenshots/down.png")).expect("a picture");
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
    assert_eq!(reader.info().size(), (1680, 116));
    // Where none was taken, that of an earlier run stays.
    assert_data_eq!(
        folder.run(&["--screenshots", "nothing"]),
        str![[r#"
status 0

"#]]
    );
}

#[test]
fn a_screenshot_that_shows_nothing_is_refused() {
    let folder = Folder::new();
    folder.write("src/one.md", SCREENSHOT);
    folder.write("times.json", "{\"one.md\": 20}");
    folder.write_bytes("taken/down.png", &png(1680, 1800, true));
    assert_data_eq!(
        folder.run(&["--screenshots", "taken"]),
        str![[r#"
error: cannot use `taken/down.png`: blank: fewer than 16 colours
status 2

"#]]
    );
    let check = |bytes: &[u8]| {
        folder.write_bytes("src/screenshots/down.png", bytes);
        folder.run(&["--check"])
    };
    assert_data_eq!(
        check(&png(1680, 1800, true)),
        str![[r#"
src/screenshots/down.png: blank: fewer than 16 colours

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    assert_data_eq!(
        check(&png(640, 901, false)),
        str![[r#"
src/screenshots/down.png: expected 1680 by 60 to 1800 pixels, found 640 by 901

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    assert_data_eq!(
        check(b"no picture"),
        str![[r#"
src/screenshots/down.png: not a PNG: Invalid PNG signature.

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
    let mut large = png(1680, 1800, false);
    large.extend([0; 200 << 10]);
    assert_data_eq!(
        check(&large),
        str![[r#"
src/screenshots/down.png: more than 200 KiB

`cargo xtask pictures` makes them from a run
status 1

"#]]
    );
}
