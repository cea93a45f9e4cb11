//! What is wrong, in one lower-case line. What to do about it is in `help`.

use std::fmt;

use super::{Dependency, ExpectationFault, NAME_MAX, Owner, PathFault, Problem, ResultFault};

impl fmt::Display for Problem {
    // A table with an arm for each variant, however long it gets: the compiler sees that none is missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Problem::*;
        match self {
            MisplacedList => f.write_str("numbered list below an unnumbered chapter"),
            EntryWithoutLink => f.write_str("list item without a link to a page"),
            SecondInEntry { what } => write!(f, "second {what} in a list item; mdBook reads only one"),
            NoSteps => f.write_str("the book has no numbered chapter, so it has no step"),
            DraftChapter => f.write_str("a draft chapter cannot be a step: it has no page"),
            DuplicateChapter { path } => write!(f, "duplicate chapter `{path}`"),
            UnreadablePage { path, cause } => write!(f, "failed to read `{path}`: {cause}"),

            BareCarriageReturn => f.write_str("line ends with a carriage return alone"),
            UnclosedFence { .. } => f.write_str("unclosed fence"),
            FenceInsideBlock { .. } => f.write_str("fence inside another block"),
            UnrecognizedFence => f.write_str("Markdown does not recognize this fence"),
            BacktickInInfoString => f.write_str("backtick in the info string of a backtick fence"),
            UnrecognizedComment => f.write_str("Markdown does not recognize this comment"),
            UnclosedComment => f.write_str("unterminated comment"),
            MisspelledComment { prefix, .. } => {
                let words: Vec<&str> = prefix.split_whitespace().collect();
                write!(f, "unknown comment prefix `{}`", words.join(" "))
            }
            DirectiveInBlock { directive } => {
                write!(f, "mdBook would replace `{directive}` in this block, and the runner would not")
            }
            IncludedBlocks { directive } => {
                write!(f, "`{directive}` brings blocks or checks that the runner would not see")
            }

            DuplicateAttribute { key } => write!(f, "duplicate attribute `{key}`"),
            UnexpectedQuote => f.write_str("expected an attribute name, found a quote"),
            MissingAttributeName => f.write_str("missing attribute name before `=`"),
            MissingValue { key } => write!(f, "missing value for `{key}`"),
            EmptyValue { key } => write!(f, "empty value for `{key}`"),
            UnexpectedValue { key } => write!(f, "`{key}` takes no value"),
            InvalidQuote { found } => write!(f, "invalid quote `{found}`"),
            UnquotedValue { key, .. } => write!(f, "unquoted spaces in the value of `{key}`"),
            TextAfterQuote => f.write_str("unexpected text after a closing quote"),
            InvalidEscape { sequence } => write!(f, "invalid escape sequence `{sequence}`"),
            UnterminatedQuote => f.write_str("unterminated quoted value"),
            UnknownAttribute { key, .. } => write!(f, "unknown attribute `{key}`"),
            MisplacedAttribute { key, owner, .. } => write!(f, "`{key}` is not allowed on {owner}"),
            MissingAttribute { key, owner } => write!(f, "missing attribute `{key}` on {owner}"),

            InvalidLanguage { language } => write!(f, "invalid language `{language}`"),
            MissingLanguage { attribute } => write!(f, "expected a language, found attribute `{attribute}`"),
            MisspelledLanguage { language, .. } => write!(f, "unknown language `{language}`"),
            BlockWithoutEffect { language } if language.is_empty() => {
                f.write_str("a block without a language is not applied, run or checked")
            }
            BlockWithoutEffect { .. } => f.write_str("this block is not applied, run or checked"),
            AttributeOutsideStep { key } => write!(f, "`{key}` has no effect: this page is not a step"),
            CheckOutsideStep => f.write_str("this check never runs: this page is not a step"),

            InvalidPath { path, fault } => write!(f, "invalid path `{path}`: {fault}"),
            ConflictingAttributes { first, second } => write!(f, "`{first}` conflicts with `{second}`"),
            ReplaceToWithoutReplace => f.write_str("`replace-to` without `replace`"),
            MarkerNotFound { path, after_replace, .. } => {
                write!(f, "marker not found in `{path}`{}", scope(*after_replace))
            }
            AmbiguousMarker { path, after_replace, count, .. } => {
                write!(f, "marker matches {count} places in `{path}`{}", scope(*after_replace))
            }
            UnknownFile { path, .. } => write!(f, "no earlier block writes `{path}`"),
            PathConflict { path, other } => {
                write!(f, "`{path}` cannot be a file: the book writes `{other}` as well")
            }

            NoCommand => f.write_str("console block without a command"),
            OutputBeforeCommand => f.write_str("expected a command that starts with `$ `"),
            EmptyCommand => f.write_str("empty command"),
            InvalidExitStatus { line } => write!(f, "invalid exit status `{line}`"),
            MisplacedExitStatus => f.write_str("an exit status must be directly below its command"),
            MissingContinuation => f.write_str("command ends with `\\`, but no continuation line follows"),
            TrailingAmpersand { .. } => f.write_str("`&` is not allowed at the end of a command"),
            EngineOutput => f.write_str(
                "the output of a container engine differs between machines, so it is not compared",
            ),
            ContainerCommandNotAlone => {
                f.write_str("a command that changes containers or images must be a plain command of its own")
            }
            MissingImageName => f.write_str("missing name of the image"),
            MissingContainerName => f.write_str("missing name of a detached container"),
            MissingImage => f.write_str("missing image after `run`"),
            MissingContainer { command } => write!(f, "missing container name after `{command}`"),
            UnsupportedContainerCommand { command } => {
                write!(f, "the runner does not keep track of `{command}`")
            }

            InvalidName { name, attribute } => {
                let what = if *attribute == "background" { "process" } else { *attribute };
                match name.chars().count() {
                    length if length > NAME_MAX => write!(f, "{what} name has {length} characters"),
                    _ => write!(f, "invalid {what} name `{name}`"),
                }
            }
            NotRunning { name, .. } => write!(f, "no background process `{name}` is running here"),
            MissingReady => f.write_str("background process without `ready`"),
            ReadyWithoutBackground { probe } => write!(f, "`ready={probe}` without a background process"),
            MissingWithin => f.write_str("`ready` without `within`"),
            WithinWithoutReady => f.write_str("`within` without `ready`"),
            WithinWithoutOutput => f.write_str("`within` on a read-only block without expected output"),
            ReadOnlyContainerCommand => f.write_str("container command in a read-only block"),
            SeveralBackgroundCommands => f.write_str("more than one command in a background block"),
            BackgroundOutput => f.write_str("the output of a background process is not compared"),
            BackgroundExitStatus => f.write_str("a background process has no exit status while it runs"),
            BackgroundContainerCommand => {
                f.write_str("this command ends at once, so it cannot be a background process")
            }

            MistakeWithoutExercise => f.write_str("`mistake` without `exercise`"),
            BlockAfterExercise { exercise } => {
                write!(f, "a block of the chapter is below the exercise `{exercise}`")
            }
            ExerciseWithoutCheck { name } => write!(f, "the exercise `{name}` has no hidden check"),
            ExerciseWithoutSolution { name } => write!(f, "the exercise `{name}` has no solution"),
            UnmatchedMistake { exercise, on_check: true } => {
                write!(f, "no block of the exercise `{exercise}` makes this mistake")
            }
            UnmatchedMistake { exercise, on_check: false } => {
                write!(f, "no check of the exercise `{exercise}` has this mistake")
            }

            EmptyQuery => f.write_str("`promql` block without a query"),
            InvalidResult { fault } => write!(f, "{fault}"),
            QueryBelowResult => f.write_str("query below its result"),
            EmptyComment => f.write_str("empty scenario comment"),
            DuplicateNeeds => f.write_str("second `needs` on a page"),
            DependsOnSkippable { what: Dependency::File, name, chapter } => {
                write!(f, "`{name}` is a file of chapter {chapter}, which may be skipped")
            }
            DependsOnSkippable { what: Dependency::Process, name, chapter } => {
                write!(f, "chapter {chapter}, which may be skipped, starts the process `{name}`")
            }
            UnknownRequest { word } => write!(f, "expected `check` or `needs`, found `{word}`"),
            MissingCheckKind => f.write_str("missing kind of check"),
            UnknownCheckKind { kind } => write!(f, "unknown kind of check `{kind}`"),
            CheckWithoutAssertion { .. } => f.write_str("this check asserts nothing"),
            ErrorWithoutDown => f.write_str("`error` without `health=down`"),
            InvalidDuration { text } => write!(f, "invalid duration `{text}`"),
            DurationOutOfRange { text } => write!(f, "duration `{text}` is out of range"),
            InvalidReady { text } => write!(f, "invalid readiness probe `{text}`"),
            InvalidExpectation { fault } => write!(f, "{fault}"),
            InvalidCurve { fault } => write!(f, "{fault}"),
            AttributeWithoutPlot { key } => write!(f, "`{key}` without `plot`"),
            StepsOutOfRange { steps: 0, .. } => f.write_str("`step` is longer than `range`"),
            StepsOutOfRange { steps, .. } => write!(f, "`range` has {steps} steps"),
            DuplicatePlot { name } => write!(f, "duplicate plot `{name}`"),
            UrlWithoutScreenshot => f.write_str("`url` without `screenshot`"),
            ForeignUrl { text } => write!(f, "`{text}` is not on this machine"),
            DuplicateScreenshot { name } => write!(f, "duplicate screenshot `{name}`"),
            InvalidHealth { text } => write!(f, "invalid health `{text}`"),
            InvalidUrl { text } => write!(f, "invalid URL `{text}`"),
            InvalidStatus { text, owner: Owner::CommandCheck } => write!(f, "invalid exit status `{text}`"),
            InvalidStatus { text, .. } => write!(f, "invalid HTTP status `{text}`"),
            InvalidHeader { text } => write!(f, "invalid header `{text}`"),
            InvalidRegex { text, .. } => write!(f, "invalid regular expression `{text}`"),
        }
    }
}

fn scope(after_replace: bool) -> &'static str {
    if after_replace { " after the text of `replace`" } else { "" }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Owner::Ignored => "an ignored block",
            Owner::Edit => "a file edit",
            Owner::Console => "a `console` block",
            Owner::Promql => "a `promql` block",
            Owner::Plot => "a plot",
            Owner::Screenshot => "a screenshot",
            Owner::OtherBlock => "a block that is neither a file edit, `console` nor `promql`",
            Owner::TargetCheck => "`check target`",
            Owner::HttpCheck => "`check http`",
            Owner::CommandCheck => "`check command`",
            Owner::FileCheck => "`check file`",
            Owner::Needs => "`needs`",
        })
    }
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PathFault::Outside => "it leads out of the workspace",
            PathFault::Reserved => "`.scenario` is the runner's own folder",
            PathFault::Folder => "it names a folder",
            PathFault::NotPlain => "it has an empty part, `.`, `\\` or a control character",
        })
    }
}

impl fmt::Display for ResultFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultFault::MissingValue => f.write_str("missing value of a sample"),
            ResultFault::InvalidValue(text) => write!(f, "invalid value `{text}` of a sample"),
            ResultFault::InvalidTolerance(text) => write!(f, "invalid tolerance `{text}`"),
            ResultFault::InvalidLabel(text) => write!(f, "expected a label or `}}`, found `{text}`"),
            ResultFault::UnquotedName(name) => write!(f, "expected a label, found `{name}` without quotes"),
            ResultFault::NoneNotAlone => f.write_str("`none` beside other lines of the result"),
        }
    }
}

impl fmt::Display for ExpectationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExpectationFault::NoComparison(term) => write!(f, "expected a comparison, found `{term}`"),
            ExpectationFault::UnknownOperator(sign) => write!(f, "unknown comparison operator `{sign}`"),
            ExpectationFault::UnknownSubject { found, known } => {
                write!(f, "expected {}, found `{found}`", super::help::list_of(known))
            }
            ExpectationFault::InvalidNumber(number) => write!(f, "invalid number `{number}`"),
            ExpectationFault::InvalidCount(number) => {
                write!(f, "expected a whole number for `count`, found `{number}`")
            }
        }
    }
}
