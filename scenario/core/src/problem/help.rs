//! What to do about a problem: text and, where it is known, the edit that corrects the page.

use super::near::near;
use super::quote::quote;
use super::sample::{name_for, placeholder};
use super::{Container, NAME_MAX, Nearest, NoEnd, Owner, Problem, ResultFault, Unreadable};

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What to do; several lines are possible.
    pub text: String,
    /// The edit that does it, where one is known.
    pub edit: Option<Edit>,
}

/// An edit of the text that a problem is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Another text in its place.
    Replace(String),
    /// A text right behind it.
    Append(String),
}

impl From<&str> for Advice {
    fn from(text: &str) -> Advice {
        Advice { text: text.to_owned(), edit: None }
    }
}

impl From<String> for Advice {
    fn from(text: String) -> Advice {
        Advice { text, edit: None }
    }
}

impl Advice {
    fn replace(text: impl Into<String>, by: impl Into<String>) -> Advice {
        Advice { text: text.into(), edit: Some(Edit::Replace(by.into())) }
    }
}

const STEPS: &str = "only the chapters in the numbered list of SUMMARY.md are steps";
const QUOTED: &str = "a value with spaces is written `key=\"some text\"`; a quote inside it is `\\\"`";
const ESCAPES: &str =
    "in a quoted value `\\\"` is a quote and `\\\\` a backslash; there are no other escapes";
const NO_SPACES: &str = "an attribute is written `key=value`, without spaces around the `=`";
const DURATION: &str = "write a whole number and `ms`, `s` or `m`, from `1ms` to `60m`, as in `30s`";
const EXPECTATION: &str = "write comparisons of `value` or `count` with a number, joined by `and`, as in\n\
     `value > 0.5 and count == 3` (with `<`, `<=`, `==`, `!=`, `>=`, `>`), or `none` alone";

const CURVE: &str = "write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in\n\
     `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)";

/// What a hidden comment may be.
const REQUESTS: [&str; 2] = ["check", "needs"];

impl Problem {
    /// What to do about it.
    // A table with an arm for each variant, like the one of the messages.
    pub fn advice(&self) -> Advice {
        use Problem::*;
        match self {
            MisplacedList => "move the unnumbered chapters above or below all numbered ones".into(),
            EntryWithoutLink => "write it as a link: `- [Title](page.md)`".into(),
            SecondInEntry { what: "list" } => "write all chapters below an entry as one list".into(),
            SecondInEntry { .. } => "give each chapter an item of its own".into(),
            NoSteps => "add one to SUMMARY.md as an item of a list: `- [Title](page.md)`".into(),
            DraftChapter => "link it to a page, or remove it until there is one".into(),
            DuplicateChapter { .. } => "list each page once".into(),
            UnreadablePage { cause: Unreadable::Error(_), .. } => "write the page, or correct its path here".into(),
            UnreadablePage { cause: Unreadable::NotText(cause), path } => cause.advice(path).into(),

            BareCarriageReturn => "save the page with LF or CRLF line ends".into(),
            UnclosedFence { mark, end } => unclosed(mark, end),
            FenceInsideBlock { mark, text, ends } => inner_fence(mark, text, *ends),
            UnrecognizedFence => "in an HTML block or comment, or indented by four spaces or more, nothing is a block;\n\
                 to show a block without running it, write `ignore=\"why\"` on its opening fence"
                .into(),
            BacktickInInfoString => "open and close this block with `~~~`".into(),
            UnrecognizedComment => "begin it at the margin, below an empty line".into(),
            UnclosedComment => "end it with `-->`".into(),
            MisspelledComment { right, .. } => Advice::replace(
                "a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon",
                right.clone(),
            ),
            DirectiveInBlock { .. } => "write the text itself: what is shown is what runs".into(),
            IncludedBlocks { .. } => "write the blocks and checks on this page; prose alone may be included".into(),

            DuplicateAttribute { .. } => "remove one of them".into(),
            UnexpectedQuote => QUOTED.into(),
            MissingAttributeName => NO_SPACES.into(),
            MissingValue { key } | EmptyValue { key } => {
                format!("write `{key}={}`, without spaces around the `=`", placeholder(key)).into()
            }
            UnexpectedValue { key } => format!("write `{key}` alone").into(),
            InvalidQuote { .. } => "quote the value with `\"`".into(),
            UnquotedValue { key, value } => {
                Advice::replace(format!("quote the value: `{key}=\"{value}\"`"), format!("\"{value}\""))
            }
            TextAfterQuote | InvalidEscape { .. } => ESCAPES.into(),
            UnterminatedQuote => "end the value with `\"` on the same line; inside it, a quote is written `\\\"`,\n\
                 and `-->` ends a comment, even in a value"
                .into(),
            UnknownAttribute { key, known } => suggestion(key, known),
            MisplacedAttribute { known, .. } => format!("expected {}", list_of(known)).into(),
            MissingAttribute { key: "file", .. } => "add `file=PATH`".into(),
            MissingAttribute { key, .. } => format!("add `{key}={}`", placeholder(key)).into(),

            InvalidLanguage { language } => language_then(language),
            MissingLanguage { attribute } => {
                Advice::replace(format!("write the language first: `text {attribute}`"), format!("text {attribute}"))
            }
            MisspelledLanguage { near, .. } => Advice::replace(format!("did you mean `{near}`?"), *near),
            BlockWithoutEffect { language } => without_effect(language),
            AttributeOutsideStep { .. } | CheckOutsideStep => STEPS.into(),

            InvalidPath { .. } => {
                "write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`".into()
            }
            ConflictingAttributes { first: "background", second: "writes" } => {
                "a process that keeps running could change the file at any time: remove `writes`".into()
            }
            ConflictingAttributes { first: "read-only", second: "writes" } => {
                "a block that writes a file is not read-only: remove one of the two".into()
            }
            ConflictingAttributes { second: "read-only", .. } => {
                "a block that starts or stops something is not read-only: remove one of the two".into()
            }
            ConflictingAttributes { second: "# =>", .. } => {
                "a result that is shown is compared: remove `expect`, or the lines with `# =>`".into()
            }
            ConflictingAttributes { second: "absent", .. } => "remove one of them: a file that does not exist has no text".into(),
            ConflictingAttributes { first: "exercise", .. } => "remove it: a solution's query is asked only after it".into(),
            ConflictingAttributes { .. } => "write two blocks, one for each".into(),
            ReplaceToWithoutReplace => "add `replace=\"MARKER\"`, which says where the replaced text begins".into(),
            MarkerNotFound { nearest, .. } => nearest_to_marker(nearest),
            AmbiguousMarker { lines, more_lines, .. } => {
                format!("extend the marker until it matches one place only:\n{}", quote(lines, *more_lines)).into()
            }
            UnknownFile { written_later: true, .. } => "move the block that writes the file before this edit".into(),
            UnknownFile { near: Some(near), .. } => Advice::replace(format!("did you mean `{near}`?"), near.clone()),
            UnknownFile { path, .. } => {
                format!(
                    "first write the whole file, in a block with `file={path}` and nothing else;\n\
                     if a command makes it, add `writes=\"{path}\"` to the block of that command"
                )
                .into()
            }
            PathConflict { .. } => "rename one of them: one is a folder, the other a file of the same name".into(),

            NoCommand => "write a command after `$ `".into(),
            OutputBeforeCommand => "write `$ ` before the command, or add `ignore=\"why\"` to the block".into(),
            EmptyCommand => "write a command after `$ `".into(),
            InvalidExitStatus { .. } => "write a number from 0 to 255, as in `? 1`, directly below the command".into(),
            MisplacedExitStatus => {
                "move it above the output; if the command prints this line, write `[..]` for a part of it".into()
            }
            MissingContinuation => "a continuation line starts with `> `".into(),
            TrailingAmpersand { background: true } => {
                "remove the `&`: `background` keeps the command running already".into()
            }
            TrailingAmpersand { background: false } => {
                "remove it, and add `background=NAME`, `ready=` and `within=` to the block".into()
            }
            EngineOutput => "remove the output, or write `...`".into(),
            ContainerCommandNotAlone => "write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: \
                 then `step` plays the step again each time".into(),
            MissingImageName => "add `-t NAME`".into(),
            MissingContainerName => "add `--name=NAME`".into(),
            MissingImage => "write the image behind all flags".into(),
            MissingContainer { .. } => "add the name that the container was run with".into(),
            UnsupportedContainerCommand { .. } => {
                "use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: \
                 then `step` plays the step again each time".into()
            }

            InvalidName { name, .. } if name.chars().count() > NAME_MAX => "use at most 100 characters".into(),
            InvalidName { attribute, .. } => {
                format!("use letters, digits, `-` and `_`, as in `{attribute}={}`", name_for(attribute)).into()
            }
            NotRunning { near: Some(near), .. } => Advice::replace(format!("did you mean `{near}`?"), near.clone()),
            NotRunning { name, .. } => {
                format!("an earlier block starts it with `background={name}`; remove `stop` if none does").into()
            }
            MissingReady => "add `ready=URL`, `ready=PORT` or `ready=log:\"text\"`, and `within=30s`".into(),
            ReadyWithoutBackground { .. } => "add `background=NAME`, or wait for a port or a URL".into(),
            MissingWithin => Advice {
                text: "add how long it may take: `within=30s`".to_owned(),
                edit: Some(Edit::Append(" within=30s".to_owned())),
            },
            WithinWithoutReady => {
                "add `ready=URL` or `ready=PORT`; add `read-only` to repeat commands that change nothing; \
                 or remove `within`"
                    .into()
            }
            WithinWithoutOutput => {
                "show the output to wait for; a `read-only` block with `within` is repeated until it prints that"
                    .into()
            }
            ReadOnlyContainerCommand => {
                "move the command to a block without `read-only`, or remove `read-only`".into()
            }
            SeveralBackgroundCommands => "move the others to a `console` block of their own".into(),
            BackgroundOutput => "remove the output; to wait for a line of it, write `ready=log:\"text\"`".into(),
            BackgroundExitStatus => "remove the `?` line, or remove `background`".into(),
            BackgroundContainerCommand => {
                "remove `background`; the runner keeps track of containers and images by itself".into()
            }

            MistakeWithoutExercise => "name the exercise as well: `exercise=NAME`".into(),
            BlockAfterExercise { .. } => {
                "an exercise begins at the end of its chapter: move the block above the exercise, or make it \
                 part of an exercise with `exercise=NAME`"
                    .into()
            }
            ExerciseWithoutCheck { name } => format!(
                "add what must be true when it is solved, such as\n\
                 `<!-- scenario: check http url=http://localhost:8000/ status=200 exercise={name} -->`"
            )
            .into(),
            ExerciseWithoutSolution { name } => format!(
                "add the file edits or commands that solve it, each with `exercise={name}` and without `mistake`"
            )
            .into(),
            UnmatchedMistake { exercise, on_check: true } => format!(
                "`mistake` on a check is the hint that is shown when the check fails: add a file edit or commands \
                 that\nmake the mistake, with the same text and `exercise={exercise}`, so that it is seen to fail"
            )
            .into(),
            UnmatchedMistake { exercise, on_check: false } => format!(
                "add `mistake` with the same text to the check that fails then, which has `exercise={exercise}`: \
                 the text is its hint"
            )
            .into(),

            InvalidResult { fault: ResultFault::UnquotedName(name) } => {
                format!("write the name in quotes, as in `# => {{\"{name}\"=\"…\"}} 1`").into()
            }
            InvalidResult { .. } => "write a sample as in `# => up{job=\"app\"} 1`, `# => {code=\"500\", [..]} [..]` or \
                                     `# => 0.075 ±10%`, or `# => none` alone"
                .into(),
            QueryBelowResult => "write the lines with `# =>` and `# ...` last".into(),
            EmptyQuery => "write one PromQL expression between the fences".into(),
            DuplicateNeeds => "a page has one command that decides: join both commands by `&&`".into(),
            DependsOnSkippable { what, .. } => what.advice().into(),
            UnknownRequest { word } if near(word, &REQUESTS).is_some() => suggestion(word, &REQUESTS),
            EmptyComment | UnknownRequest { .. } => {
                "write a check, as in `<!-- scenario: check target job=NAME -->`, or what the chapter needs,\n\
                 as in `<!-- scenario: needs what=\"…\" command=\"…\" -->`"
                    .into()
            }
            MissingCheckKind => "write `check target job=NAME`, `check http url=URL status=200`, \
                                 `check command=\"COMMAND\"` or `check file=PATH contains=\"text\"`"
                .into(),
            UnknownCheckKind { kind } if matches!(kind.as_str(), "command" | "file") => {
                format!("it has a value: write `check {kind}={}`", placeholder(kind)).into()
            }
            UnknownCheckKind { kind } => suggestion(kind, &["target", "http", "command", "file"]),
            CheckWithoutAssertion { owner: Owner::FileCheck } => "add `contains=`, `matches=` or `absent`".into(),
            CheckWithoutAssertion { .. } => "add `status=`, `header=`, `contains=` or `matches=`".into(),
            ErrorWithoutDown => "add `health=down`: a target that is up has no scrape error".into(),
            InvalidDuration { .. } | DurationOutOfRange { .. } => DURATION.into(),
            InvalidReady { .. } => "write a port, an `http://` URL, `log:\"some text\"`, or `wait`".into(),
            InvalidExpectation { .. } => EXPECTATION.into(),
            InvalidCurve { .. } => CURVE.into(),
            AttributeWithoutPlot { key } => format!("add `plot=NAME`, or remove `{key}`").into(),
            StepsOutOfRange { steps_max, .. } => {
                format!("a plot has 1 to {steps_max} steps: write another `range` or `step`").into()
            }
            UrlWithoutScreenshot => "add `screenshot=NAME`, or remove `url`".into(),
            ForeignUrl { .. } => "name a page that the book starts, as in `http://localhost:9090/targets`".into(),
            DuplicatePlot { .. } | DuplicateScreenshot { .. } => "write another name for one of them".into(),
            InvalidHealth { .. } => "write `up` or `down`".into(),
            InvalidUrl { .. } => "write it whole, with a port up to 65535, as in `http://localhost:8000/metrics`".into(),
            InvalidStatus { owner: Owner::CommandCheck, .. } => "write a number from 0 to 255".into(),
            InvalidStatus { .. } => "write a number from 100 to 599".into(),
            InvalidHeader { .. } => "write `header=\"name: value\"`".into(),
            InvalidRegex { cause, .. } => cause.clone().into(),
        }
    }
}

fn unclosed(mark: &str, end: &NoEnd) -> Advice {
    match end {
        NoEnd::Nothing => format!("close the block with a line that is {mark} and nothing else"),
        NoEnd::Indented => {
            "a closing fence is indented by three spaces at most, as long as the opening one, and carries nothing"
                .to_owned()
        }
        NoEnd::Marks(marks) => format!("write {mark} in place of {marks}: a closing fence has the marks of the opening one, and at least as many"),
        NoEnd::Outside(Container::ListItem) => {
            "indent the closing fence as far as the opening one; as it is, it ends the list item and opens another block"
                .to_owned()
        }
        NoEnd::Outside(Container::Quote) => {
            "begin the line of the closing fence with `>`, as that of the opening one; as it is, it ends the quote and opens \
             another block"
                .to_owned()
        }
        NoEnd::EndOf(Container::ListItem) => format!(
            "a block ends with its list item: indent all its lines as far as its opening fence, and close it with a line that \
             is {mark} and nothing else"
        ),
        NoEnd::EndOf(Container::Quote) => format!(
            "a block ends with its quote: begin all its lines with `>`, and close it with a line that is {mark} and nothing else"
        ),
    }
    .into()
}

fn inner_fence(mark: &str, text: &str, ends: bool) -> Advice {
    if ends {
        let text =
            format!("remove `{text}`: a closing fence carries nothing, so the block does not end here");
        return Advice::replace(text, mark);
    }
    let longer = format!("{mark}{}", &mark[..1]);
    format!(
        "close that block first, with a line that is {mark} and nothing else;\n\
         or, if this line belongs to it, open and close that block with {longer}"
    )
    .into()
}

fn language_then(language: &str) -> Advice {
    let end =
        language.find(|c: char| !(c.is_alphanumeric() || "+-_.#".contains(c))).unwrap_or(language.len());
    let word = if end == 0 { "text" } else { &language[..end] };
    if language.ends_with(",ignore") || language.contains(",ignore,") {
        let right = format!("{word} ignore=\"why\"");
        return Advice::replace(format!("write the reason as an attribute: `{right}`"), right);
    }
    format!("write the language, one space, then the attributes: `{word} file=PATH`").into()
}

fn without_effect(language: &str) -> Advice {
    match language {
        "sh" | "bash" | "shell" | "shell-session" | "sh-session" | "zsh" => {
            "write commands in a `console` block, each after `$ `; or add `file=PATH` or `ignore=\"why\"`".into()
        }
        "" => "add a language, and `file=PATH` to write the block to a file, or `ignore=\"why\"` to show it only".into(),
        _ => "add `file=PATH` to write it to a file, or `ignore=\"why\"` to show it only; if another preprocessor\n\
              makes a picture of it, also write `before = [\"NAME\"]` into `[preprocessor.scenario]` of book.toml"
            .into(),
    }
}

fn nearest_to_marker(nearest: &Nearest) -> Advice {
    match nearest {
        Nearest::None(0) => "the file is empty at this point of the book".into(),
        Nearest::None(1) => "the file has one line at this point, which is not similar".into(),
        Nearest::None(count) => format!("none of the {count} lines there is similar").into(),
        Nearest::Lines(lines) => {
            format!("a marker is text from one line of the file; the most similar lines are:\n{}", quote(lines, 0)).into()
        }
        Nearest::LooksTheSame { line, theirs, ours } if theirs.is_empty() || ours.is_empty() => {
            format!("line {} has the same text with other spaces or invisible characters", line.number).into()
        }
        Nearest::LooksTheSame { line, theirs, ours } => format!(
            "line {} looks the same, but is made of other characters: {theirs} in the file, {ours} in the marker",
            line.number
        )
        .into(),
    }
}

/// The nearest known name, or all of them where none is near.
fn suggestion(name: &str, known: &[&str]) -> Advice {
    match near(name, known) {
        Some(candidate) => Advice::replace(format!("did you mean `{candidate}`?"), candidate),
        None => format!("expected {}", list_of(known)).into(),
    }
}

/// "`a`, `b` or `c`".
pub(super) fn list_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
