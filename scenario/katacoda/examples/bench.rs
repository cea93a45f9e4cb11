//! Compares the time of `inspect` for many scenarios with that of reading their files twice. It writes the scenarios below
//! the system's temporary folder, and removes them.
//!
//! ```sh
//! cargo run --release -p scenario-katacoda --example bench
//! ```

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use scenario_katacoda::folder::Folder;
use scenario_katacoda::{all, report};

/// The numbers of scenarios, pages and bytes are those of a public count, and so are those of the blocks: 46,000 runs and
/// 2,600 files in 22,000 pages.
const SCENARIOS: usize = 3_300;
const PAGES: usize = 7;
const PAGE_BYTES: usize = 11_000;

/// How often each is done. They alternate, so that a load on the machine slows both.
const ROUNDS: usize = 9;

fn main() -> std::io::Result<()> {
    let dir = tempfile::TempDir::new()?;
    let (files, bytes) = write(dir.path())?;
    // The first round fills the cache of the system.
    read(dir.path())?;
    let folder = Folder::open(dir.path())?;
    let mut printed = 0;
    let (mut reads, mut inspects, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let twice = time(|| read(dir.path()).and_then(|()| read(dir.path())))?;
        let inspected = time(|| {
            printed = inspect(&folder)?;
            Ok(())
        })?;
        reads.push(twice);
        inspects.push(inspected);
        ratios.push(inspected / twice);
    }
    let mut out = std::io::stdout();
    writeln!(out, "{SCENARIOS} scenarios, {files} files, {} MB; {} MB printed", bytes >> 20, printed >> 20)?;
    for (what, numbers, unit) in
        [("read twice", reads, " s"), ("inspect", inspects, " s"), ("ratio", ratios, "")]
    {
        let [least, median, most] = spread(numbers);
        writeln!(out, "{what:<10} {median:.2}{unit} ({least:.2} to {most:.2}, {ROUNDS} rounds)")?;
    }
    let peak = std::fs::read_to_string("/proc/self/status")?;
    let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    writeln!(out, "memory     {}", peak.trim_start_matches("VmHWM:").trim())
}

/// Inspects all scenarios, and returns how many bytes of JSON that gives.
fn inspect(folder: &Folder) -> std::io::Result<usize> {
    let (mut printed, mut line) = (0, Vec::new());
    all::inspect_all(folder, Path::new("."), &mut |inspection| {
        line.clear();
        report::json(&mut line, &inspection)?;
        printed += line.len();
        Ok(())
    })?;
    Ok(printed)
}

/// The time in seconds.
fn time(mut work: impl FnMut() -> std::io::Result<()>) -> std::io::Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// The smallest, the median and the largest of some numbers.
fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    [numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]]
}

/// Reads all files, in any order.
fn read(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            read(&entry.path())?;
        } else {
            std::hint::black_box(std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Writes the scenarios, and returns the numbers of files and of bytes.
fn write(root: &Path) -> std::io::Result<(usize, usize)> {
    let blocks = "Some words about tea, `kettle --on`{{execute}} and [a link](https://localhost). More words follow.\n\n\
        ```bash\npour --cup 1\n```{{execute T2}}\n\n<pre class=\"file\" data-filename=\"tea.yaml\" data-target=\"replace\">\n\
        cups: 1\n&lt;b&gt;\n</pre>\n\n* one\n* two\n\n";
    let prose = "A paragraph about tea is a few lines long. It says what to do next, and *why*.\n\
        It has no block, as most of a page has none.\n\n";
    let page = blocks.to_owned() + &prose.repeat(PAGE_BYTES / prose.len());
    let steps: Vec<_> =
        (0..PAGES).map(|n| serde_json::json!({ "title": "Step", "text": format!("step{n}.md") })).collect();
    let index = serde_json::json!({ "title": "Tea", "details": { "steps": steps }, "backend": { "imageid": "ubuntu" } });
    let index = index.to_string();
    let mut bytes = 0;
    for number in 0..SCENARIOS {
        let folder = root.join(format!("{}", number / 100)).join(format!("{number}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("index.json"), &index)?;
        for n in 0..PAGES {
            std::fs::write(folder.join(format!("step{n}.md")), &page)?;
        }
        bytes += index.len() + PAGES * page.len();
    }
    Ok((SCENARIOS * (PAGES + 1), bytes))
}
