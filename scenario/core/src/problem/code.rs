//! The stable name of each kind of problem, as in `unknown-attribute`.
//!
//! A code never changes its meaning. What it means is written in ERRORS.md.

use std::fmt;
use std::str::FromStr;

use super::Problem;

macro_rules! codes {
    ($($variant:ident $name:literal)*) => {
        /// The stable name of a kind of [`Problem`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Code {
            /// All codes, in the order of ERRORS.md.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name that people read and type.
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                }
            }
        }

        impl Problem {
            /// The code of this kind of problem.
            pub fn code(&self) -> Code {
                match self {
                    $(Problem::$variant { .. } => Code::$variant,)*
                }
            }
        }
    };
}

codes! {
    MisplacedList "misplaced-list"
    EntryWithoutLink "entry-without-link"
    SecondInEntry "second-in-entry"
    NoSteps "no-steps"
    DraftChapter "draft-chapter"
    DuplicateChapter "duplicate-chapter"
    UnreadablePage "unreadable-page"
    BareCarriageReturn "bare-carriage-return"
    UnclosedFence "unclosed-fence"
    FenceInsideBlock "fence-inside-block"
    UnrecognizedFence "unrecognized-fence"
    BacktickInInfoString "backtick-in-info-string"
    UnrecognizedComment "unrecognized-comment"
    UnclosedComment "unclosed-comment"
    MisspelledComment "misspelled-comment"
    DirectiveInBlock "directive-in-block"
    IncludedBlocks "included-blocks"
    DuplicateAttribute "duplicate-attribute"
    UnexpectedQuote "unexpected-quote"
    MissingAttributeName "missing-attribute-name"
    MissingValue "missing-value"
    EmptyValue "empty-value"
    UnexpectedValue "unexpected-value"
    InvalidQuote "invalid-quote"
    UnquotedValue "unquoted-value"
    TextAfterQuote "text-after-quote"
    InvalidEscape "invalid-escape"
    UnterminatedQuote "unterminated-quote"
    UnknownAttribute "unknown-attribute"
    MisplacedAttribute "misplaced-attribute"
    MissingAttribute "missing-attribute"
    InvalidLanguage "invalid-language"
    MissingLanguage "missing-language"
    MisspelledLanguage "misspelled-language"
    BlockWithoutEffect "block-without-effect"
    AttributeOutsideStep "attribute-outside-step"
    CheckOutsideStep "check-outside-step"
    InvalidPath "invalid-path"
    ConflictingAttributes "conflicting-attributes"
    ReplaceToWithoutReplace "replace-to-without-replace"
    MarkerNotFound "marker-not-found"
    AmbiguousMarker "ambiguous-marker"
    UnknownFile "unknown-file"
    PathConflict "path-conflict"
    NoCommand "no-command"
    OutputBeforeCommand "output-before-command"
    EmptyCommand "empty-command"
    InvalidExitStatus "invalid-exit-status"
    MisplacedExitStatus "misplaced-exit-status"
    MissingContinuation "missing-continuation"
    TrailingAmpersand "trailing-ampersand"
    EngineOutput "engine-output"
    ContainerCommandNotAlone "container-command-not-alone"
    MissingImageName "missing-image-name"
    MissingContainerName "missing-container-name"
    MissingImage "missing-image"
    MissingContainer "missing-container"
    UnsupportedContainerCommand "unsupported-container-command"
    InvalidName "invalid-name"
    NotRunning "not-running"
    MissingReady "missing-ready"
    ReadyWithoutBackground "ready-without-background"
    MissingWithin "missing-within"
    WithinWithoutReady "within-without-ready"
    WithinWithoutOutput "within-without-output"
    ReadOnlyContainerCommand "read-only-container-command"
    SeveralBackgroundCommands "several-background-commands"
    BackgroundOutput "background-output"
    BackgroundExitStatus "background-exit-status"
    BackgroundContainerCommand "background-container-command"
    MistakeWithoutExercise "mistake-without-exercise"
    BlockAfterExercise "block-after-exercise"
    ExerciseWithoutCheck "exercise-without-check"
    ExerciseWithoutSolution "exercise-without-solution"
    UnmatchedMistake "unmatched-mistake"
    EmptyQuery "empty-query"
    InvalidResult "invalid-result"
    QueryBelowResult "query-below-result"
    EmptyComment "empty-comment"
    DuplicateNeeds "duplicate-needs"
    DependsOnSkippable "depends-on-skippable"
    UnknownRequest "unknown-request"
    MissingCheckKind "missing-check-kind"
    UnknownCheckKind "unknown-check-kind"
    CheckWithoutAssertion "check-without-assertion"
    ErrorWithoutDown "error-without-down"
    InvalidDuration "invalid-duration"
    DurationOutOfRange "duration-out-of-range"
    InvalidReady "invalid-ready"
    InvalidExpectation "invalid-expectation"
    InvalidCurve "invalid-curve"
    AttributeWithoutPlot "attribute-without-plot"
    StepsOutOfRange "steps-out-of-range"
    DuplicatePlot "duplicate-plot"
    UrlWithoutScreenshot "url-without-screenshot"
    ForeignUrl "foreign-url"
    DuplicateScreenshot "duplicate-screenshot"
    InvalidHealth "invalid-health"
    InvalidUrl "invalid-url"
    InvalidStatus "invalid-status"
    InvalidHeader "invalid-header"
    InvalidRegex "invalid-regex"
}

impl Code {
    /// The code that a mistyped name was probably meant to be.
    pub fn nearest(name: &str) -> Option<Code> {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        super::near::near(name, &names).and_then(|name| name.parse().ok())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no code of this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Code, UnknownCode> {
        Code::ALL.iter().copied().find(|code| code.name() == name).ok_or(UnknownCode)
    }
}
