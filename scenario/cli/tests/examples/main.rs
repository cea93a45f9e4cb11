//! The books in `scenario/examples/`, run by the program `scenario` on every way to their last step: at once, step by
//! step, back and forth, and by `verify`. The files must be the same each time. Then with mistakes in them: each is
//! explained by its message alone.
//!
//! A suite of its own that plain `cargo test` leaves out: it downloads packages of Python and takes a minute. `cargo
//! xtask ci` runs it by `--test examples`. The books use fixed ports, so only one run of this suite can go on at a time.

mod example;
mod mistakes;

use std::path::PathBuf;
use std::sync::PoisonError;

use example::{Example, POSTGRES, State};

/// The last step of each book.
const LAST: usize = 3;

/// One by one and back and forth in one workspace, at once in another.
const ALL_WAYS: [&[usize]; 2] = [&[1, 2, 3, 1, 3], &[3]];
/// The same with fewer steps from nothing, for a book that takes long to begin.
const FEW_WAYS: [&[usize]; 1] = [&[3, 1, 2, 3]];

/// Goes to the steps of each way in a workspace of its own, then runs `verify`. Returns what is there at the end of each
/// step, which must be the same every time.
#[track_caller]
fn go(example: &Example, ways: &[&[usize]]) -> [State; LAST] {
    let mut states = [const { None }; LAST];
    for (index, way) in ways.iter().enumerate() {
        let workspace = format!("workspace-{index}");
        for number in *way {
            let state = example.step(&workspace, *number);
            let known = states[number - 1].get_or_insert_with(|| state.clone());
            assert_eq!(&state, known, "step {number} on the way {way:?}");
        }
        example.must(&workspace, &["down"]);
    }
    example.must("none", &["plan", "--claims"]);
    example.must("none", &["verify"]);
    let verified = std::fs::read_dir(example.path("cache/scenario/verify")).expect("a folder");
    let verified: Vec<PathBuf> =
        verified.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    assert_eq!(verified.len(), 1, "{verified:?}");
    let states = states.map(|state| state.expect("every step was reached"));
    assert_eq!(example.state(&verified[0]), states[LAST - 1], "by verify");
    states
}

#[test]
fn the_book_about_git_is_the_same_on_every_way() {
    let look = "git -C recipes log --all --topo-order --format='%s (%D)'; git -C recipes status --short";
    let Some(example) = Example::new("git", look) else { return };
    let [_, second, last] = go(&example, &ALL_WAYS);
    assert_eq!(second.look, "Add cinnamon (spicy)\nAdd pancakes (HEAD -> main)\n");
    assert_eq!(
        last.look,
        "Merge cinnamon, with more buttermilk (HEAD -> main)\nAdd cinnamon ()\nTake more milk ()\nAdd pancakes ()\n"
    );
}

#[test]
fn nothing_of_the_book_about_git_can_be_left_out() {
    let Some(example) = Example::new("git", "true") else { return };
    example.must("none", &["mutate"]);
}

#[test]
fn the_book_about_flask_is_the_same_on_every_way() {
    let Some(example) = Example::new("flask", "true") else { return };
    let [first, _, last] = go(&example, &FEW_WAYS);
    let names = |state: &State| state.files.keys().map(|path| path.display().to_string()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["app.py", "requirements.txt"]);
    assert_eq!(names(&last), ["app.py", "metrics.py", "prometheus.yml", "requirements.txt"]);
}

#[test]
fn the_book_about_postgres_has_the_right_rows_on_every_way() {
    // The server is asked alone, and on a copy: a look must change nothing.
    let look = r#"copy=$(mktemp -d); trap 'rm -rf "$copy"' EXIT; chmod 755 "$copy"; cp -a data "$copy/data"
        echo 'SELECT * FROM books ORDER BY title' |
            sh pg.sh postgres --single -j -D "$copy/data" postgres 2>/dev/null | grep -o '[a-z]* = ".*"'"#;
    let Some(example) = Example::new("postgres", look) else { return };
    let _port = POSTGRES.lock().unwrap_or_else(PoisonError::into_inner);
    let states = go(&example, &ALL_WAYS);
    let rows = states.map(|state| state.look.matches("title = ").count());
    assert_eq!(rows, [2, 4, 4]);
}
