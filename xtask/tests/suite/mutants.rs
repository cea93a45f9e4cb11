//! Nothing in chapter 3 is idle: without any one of its file blocks, its state-changing commands or its expected
//! lines, the proof fails, at a line of the book that helps.

use std::path::Path;
use std::time::Instant;

use scenario_core::model::{Block, BlockKind, Scenario, Step};
use scenario_core::source::{SourceFile, Span};
use scenario_core::transcript::compare_streams;

use crate::world::{World, root, tell};

const CHAPTER: usize = 3;

/// A hole in the page: what is missing, and its first and last line.
struct Mutant {
    what: String,
    lines: (usize, usize),
}

fn lines(page: &SourceFile, span: Span) -> (usize, usize) {
    (page.line_number(span.start), page.line_number(span.end))
}

/// Whether the page says that a block changes nothing.
fn is_read_only(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Commands(commands) if commands.read_only)
}

fn mutants(scenario: &Scenario, step: &Step) -> Vec<Mutant> {
    let page = &scenario.sources.pages[step.page];
    let mut mutants = vec![];
    for block in &step.blocks {
        match &block.kind {
            BlockKind::Edit(edit) => {
                let what = format!("{} {}", edit.verb.name(), edit.path);
                mutants.push(Mutant { what, lines: lines(page, block.span) });
            }
            _ => mutants.extend(without_commands(page, block)),
        }
    }
    mutants
}

fn without_commands<'a>(page: &'a SourceFile, block: &'a Block) -> impl Iterator<Item = Mutant> + 'a {
    let commands = block.kind.commands().iter().filter(|_| !is_read_only(block));
    commands.map(move |command| {
        let (first, mut last) = lines(page, command.span);
        last = last.max(first + command.text.lines().count() - 1);
        if let Some(line) = command.output.last() {
            last = last.max(page.line_number(line.span.start));
        }
        Mutant { what: command.text.clone(), lines: (first, last) }
    })
}

/// What the chapters before only look at, as lines of their pages: to wait for a target that is down takes most of the
/// time of a proof, and is proved with the whole book.
fn looks(scenario: &Scenario, step: &Step) -> Vec<(usize, usize)> {
    let page = &scenario.sources.pages[step.page];
    let idle = |block: &&Block| is_read_only(block) || matches!(block.kind, BlockKind::Query(_));
    let blocks = step.blocks.iter().filter(idle).map(|block| block.span);
    let checks = step.checks.iter().map(|check| check.span);
    blocks.chain(checks).map(|span| lines(page, span)).collect()
}

/// Removes lines of a page, numbered from 1.
fn cut(folder: &Path, page: &SourceFile, cuts: &[(usize, usize)]) {
    let path = folder.join(page.path.file_name().expect("a name"));
    let text = std::fs::read_to_string(&path).expect("a page");
    let kept = text.split_inclusive('\n').zip(1..);
    let kept = kept.filter(|(_, line)| !cuts.iter().any(|(first, last)| (first..=last).contains(&line)));
    std::fs::write(&path, kept.map(|(text, _)| text).collect::<String>()).expect("a page");
}

/// A copy of the book whose page lacks these lines.
fn copy_without(scenario: &Scenario, step: &Step, lines: (usize, usize)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let (book, copy) = (root().join("book"), dir.path().join("book"));
    std::fs::create_dir_all(copy.join("src")).expect("a folder");
    std::fs::copy(book.join("book.toml"), copy.join("book.toml")).expect("a copy");
    for entry in std::fs::read_dir(book.join("src")).expect("the book").flatten() {
        std::fs::copy(entry.path(), copy.join("src").join(entry.file_name())).expect("a copy");
    }
    std::os::unix::fs::symlink(root().join("app"), dir.path().join("app")).expect("a link");
    for before in scenario.steps.iter().filter(|before| before.number < step.number) {
        cut(&copy.join("src"), &scenario.sources.pages[before.page], &looks(scenario, before));
    }
    cut(&copy.join("src"), &scenario.sources.pages[step.page], &[lines]);
    dir
}

/// The first `page:line` of the chapter's page that an output names, and the message before it.
fn caught(text: &str, page: &str) -> Option<(String, String)> {
    let at = text.lines().position(|line| line.contains(&format!("{page}:")))?;
    let line = text.lines().nth(at)?;
    let rest = line.split_once(page)?.1;
    let number: String = rest.trim_start_matches(':').chars().take_while(char::is_ascii_digit).collect();
    let message = text.lines().find(|line| line.starts_with("error")).unwrap_or_default();
    let words: Vec<&str> = message.split(' ').map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    Some((number, words.join(" ")))
}

#[test]
fn without_any_one_block_or_command_of_chapter_3_the_proof_fails_at_its_page() {
    let Some(world) = World::new() else { return };
    let scenario = world.scenario();
    let step = scenario.step(CHAPTER).expect("chapter 3");
    let page =
        scenario.sources.pages[step.page].path.file_name().expect("a name").to_string_lossy().into_owned();
    let start = Instant::now();
    let mut survived = vec![];
    let mutants = mutants(&scenario, step);
    assert!(mutants.len() > 12, "the book has lost its blocks");
    drop(world);
    let whole = copy_without(&scenario, step, (0, 0));
    World::of(&whole.path().join("book"), "world")
        .inspect(|world| drop(world.passes(&["verify", "--step", "3"])));
    tell(&format!("{:<60} {:>6} {:>6}  said", "without", "lines", "exit"));
    for mutant in &mutants {
        let dir = copy_without(&scenario, step, mutant.lines);
        let Some(world) = World::of(&dir.path().join("book"), "world") else { return };
        let begun = Instant::now();
        let ran = world.run(&["verify", "--step", &CHAPTER.to_string()]);
        let caught = caught(&ran.text, &page);
        let what: String = mutant.what.chars().take(60).collect();
        let (line, message) = caught.clone().unwrap_or_default();
        let (first, last) = mutant.lines;
        let exit = ran.status.unwrap_or(-1);
        let seconds = begun.elapsed().as_secs_f32();
        tell(&format!("{what:<60} {first:>3}-{last:<3} {exit:>4}  line {line}: {message} ({seconds:.1} s)"));
        if caught.is_none() || !matches!(ran.status, Some(1 | 2)) {
            survived.push(format!("without lines {first}-{last} ({what}):\n{}", ran.text));
        }
    }
    tell(&format!("{} mutants in {:.0} s", mutants.len(), start.elapsed().as_secs_f32()));
    assert!(survived.is_empty(), "{}", survived.join("\n"));
}

#[test]
fn without_any_one_expected_line_of_chapter_3_its_command_prints_something_else() {
    let Some(world) = World::new() else { return };
    let hand = world.type_by_hand(CHAPTER);
    let scenario = world.scenario();
    let step = scenario.step(CHAPTER).expect("chapter 3");
    let page = &scenario.sources.pages[step.page];
    let commands = step.blocks.iter().flat_map(|block| block.kind.commands());
    let (mut survived, mut count) = (vec![], 0);
    for command in commands.filter(|command| !command.output.is_empty()) {
        let (_, stdout, stderr) =
            hand.printed.iter().find(|(id, _, _)| *id == command.id).expect("a command that was typed");
        let real = compare_streams(&command.output, stdout, stderr);
        assert_eq!(real, None, "by hand, `{}` prints what the page shows", command.text);
        for index in 0..command.output.len() {
            count += 1;
            let mut rest = command.output.clone();
            let removed = rest.remove(index);
            // A command without expected lines is held to its status alone.
            if rest.is_empty() || compare_streams(&rest, stdout, stderr).is_none() {
                survived.push(format!("line {}: {}", page.line_number(removed.span.start), removed.text));
            }
        }
    }
    tell(&format!("{count} expected lines, {} of them idle", survived.len()));
    assert!(count > 10, "the book has lost its expected lines");
    assert!(survived.is_empty(), "these lines can go and nobody notices:\n{}", survived.join("\n"));
}
