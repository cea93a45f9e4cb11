//! Converts the checks of a step into one script for bash, curl and the standard programs of Ubuntu.
//!
//! The script asks the same checks as the command `check`, or compares the files if the step has no checks. This module does
//! not convert queries: `query` does.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use scenario_core::files::Files;
use scenario_core::model::{BlockKind, Check, CheckKind, Health};
use scenario_core::plan::{Action, Plan, PlannedStep};
use scenario_core::runner::prometheus_address;
use scenario_core::shell;

use super::marks::{MADE, digest, sha256};
use super::{edit, pattern, query};

/// The shortest time limit for a target and a query, because Prometheus must scrape first.
const SCRAPE: Duration = Duration::from_secs(30);

/// The beginning of all scripts.
const PRELUDE: &str = r#"cd ~ || exit 1
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80 PAGER=cat GIT_PAGER=cat
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# SECONDS TITLE COMMAND: repeats the command until it succeeds, for at most so long.
check() {
  local end=$((SECONDS + $1)) title=$2
  shift 2
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "not passed: $title" >&2
      exit 1
    fi
    sleep 1
  done
}
"#;

/// For checks of a text.
const MATCHES: &str = r#"
# FILE PATTERN: whether a regular expression matches somewhere, by line.
matches() {
  tr -d '\r' <"$1" | grep -qazP -e "(?m)$2"
}
"#;

/// For checks that ask Prometheus.
const PROMETHEUS: &str = r#"
# QUERY: what Prometheus finds, as JSON.
ask() {
  curl -sG --max-time 5 --noproxy '*' "$prometheus/api/v1/query" --data-urlencode "query=$1"
}

# QUERY: whether it finds a sample.
finds() {
  local found
  found=$(ask "$1") || return 1
  case $found in
    *'"status":"success"'*'"result":[]'*) return 1 ;;
    *'"status":"success"'*) return 0 ;;
    *) return 1 ;;
  esac
}

# QUERY: whether it finds none.
finds_nothing() {
  case $(ask "$1") in *'"status":"success"'*'"result":[]'*) return 0 ;; *) return 1 ;; esac
}
"#;

/// The script; `None` if there is nothing to check.
pub(super) fn script(plan: &Plan, step: &PlannedStep, notes: &mut Vec<String>) -> Option<String> {
    let mut writer = Writer { plan, step, out: String::new(), number: 0, uses: BTreeSet::new() };
    let lasting: Vec<_> = step.lasting_checks().collect();
    for (action, check) in &lasting {
        writer.check(check, action.block.is_some());
    }
    if lasting.is_empty() {
        writer.files();
    } else if lasting.iter().all(|(_, check)| check.already_true.is_some()) {
        notes.push(format!(
            "{}: `verify` also passes before the step: each of its checks is marked `already-true`",
            step.page
        ));
    }
    let all = step.checks().count();
    if lasting.len() < all {
        notes.push(format!(
            "{}: `verify` asks {} of {all} checks; the others hold only for a moment",
            step.page,
            lasting.len()
        ));
    }
    (writer.number > 0).then(|| writer.finish())
}

struct Writer<'a> {
    plan: &'a Plan,
    step: &'a PlannedStep,
    out: String,
    /// The number of checks so far.
    number: usize,
    /// The necessary functions, and the address of Prometheus.
    uses: BTreeSet<&'static str>,
}

impl Writer<'_> {
    fn finish(self) -> String {
        let mut rest = PRELUDE.to_owned();
        self.uses.iter().for_each(|text| rest.push_str(text));
        rest.push_str(&self.out);
        format!("#!/bin/bash\n{MADE} from the checks of a page, digest {}\n{rest}", digest(&rest))
    }

    /// Adds a function with these lines, each of which must succeed, and calls it.
    fn add(&mut self, title: &str, within: Duration, lines: &[String]) {
        self.number += 1;
        let (number, title) = (self.number, title.split_whitespace().collect::<Vec<_>>().join(" "));
        let _ = writeln!(self.out, "check_{number}() {{\n  {}\n}}", lines.join(" || return 1\n  "));
        let title = shell::quoted([title]);
        let _ = writeln!(self.out, "check {} {title} check_{number}", within.as_secs());
    }

    fn check(&mut self, check: &Check, is_block: bool) {
        self.out.push('\n');
        if !is_block {
            let comment = self.plan.scenario.sources.text(check.span);
            let comment = comment.trim_start_matches("<!--").trim_end_matches("-->");
            let words: Vec<&str> =
                comment.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
            let _ = writeln!(self.out, "# {}", words.join(" "));
        }
        let within = check.within.unwrap_or_default();
        let title = check.title();
        match &check.kind {
            CheckKind::Target { job, health, error } => {
                let lines = self.target(job, *health, error.as_deref());
                self.add(&title, within.max(SCRAPE), &lines);
            }
            CheckKind::Http { url, status, header, contains, matches } => {
                let url = shell::quoted([url]);
                let mut lines = vec![format!(
                    "curl -sg --max-time 5 --noproxy '*' -D \"$work/head\" -o \"$work/text\" -w '%{{http_code}}' {url} > \"$work/status\""
                )];
                lines.extend(status.map(|status| format!("[ \"$(cat \"$work/status\")\" = {status} ]")));
                lines.extend(header.as_ref().map(|(name, value)| {
                    let line = shell::quoted([format!("{}: {value}", name.to_lowercase())]);
                    format!("tr -d '\\r' < \"$work/head\" | sed 's/^[^:]*: */\\L&/' | grep -qxF -e {line}")
                }));
                self.text(&mut lines, contains.as_deref(), matches.as_deref());
                self.add(&title, within, &lines);
            }
            CheckKind::Command { command, status, contains, matches, .. } => {
                let command = shell::quoted([command]);
                let mut lines = vec![
                    format!(
                        "timeout 60 bash -c {command} > \"$work/out\" 2> \"$work/err\" < /dev/null; [ $? = {status} ]"
                    ),
                    "cat \"$work/out\" \"$work/err\" | sed 's/\\x1b\\[[0-9;]*[A-Za-z]//g' > \"$work/text\""
                        .to_owned(),
                ];
                self.text(&mut lines, contains.as_deref(), matches.as_deref());
                self.add(&title, within, &lines);
            }
            CheckKind::File { path, absent, contains, matches } => {
                let path = edit::home(path);
                let mut lines = match absent {
                    true => vec![format!("[ ! -e {path} ] && [ ! -L {path} ]")],
                    false => vec![format!("[ -f {path} ] && cp {path} \"$work/text\"")],
                };
                self.text(&mut lines, contains.as_deref(), matches.as_deref());
                self.add(&title, within, &lines);
            }
            CheckKind::Promql { query, expect } => {
                self.prometheus(is_block.then_some(check.id.as_str()));
                let lines = query::lines(query, expect);
                self.add(&title, within.max(SCRAPE), &lines);
            }
        }
    }

    /// The requirements on a text.
    fn text(&mut self, lines: &mut Vec<String>, contains: Option<&str>, matches: Option<&str>) {
        lines.extend(contains.map(|text| format!("grep -qaF -e {} \"$work/text\"", shell::quoted([text]))));
        if let Some(pattern) = matches {
            self.uses.insert(MATCHES);
            lines.push(format!("matches \"$work/text\" {}", shell::quoted([pattern])));
        }
    }

    /// The address for a check.
    fn prometheus(&mut self, id: Option<&str>) {
        self.uses.insert(PROMETHEUS);
        let address = prometheus_address(&self.plan.scenario, self.step.number, id);
        let _ = writeln!(self.out, "prometheus={}", shell::quoted([address]));
    }

    /// All targets of a job must be as expected, and there must be one.
    fn target(&mut self, job: &str, health: Health, error: Option<&str>) -> Vec<String> {
        self.prometheus(None);
        let job = shell::quoted([format!(
            "\"labels\":[{{][^}}]*\"job\":\"{}\"[,}}]",
            regex_lite::escape(&pattern::json(job))
        )]);
        let mut lines = vec![
            "curl -s --max-time 5 --noproxy '*' \"$prometheus/api/v1/targets?state=active\" > \"$work/json\""
                .to_owned(),
            format!(
                "sed 's/{{\"discoveredLabels\"/\\n&/g' \"$work/json\" | grep -E -e {job} > \"$work/targets\""
            ),
            format!("! grep -qv '\"health\":\"{}\"' \"$work/targets\"", health.name()),
        ];
        lines.extend(error.map(|error| {
            let error = shell::quoted([pattern::json(error)]);
            format!("! grep -o '\"lastError\":\"[^,]*' \"$work/targets\" | grep -qvF -e {error}")
        }));
        lines
    }

    /// The files of the step must be as they are on the pages.
    fn files(&mut self) {
        let files = Files::at(&self.plan.scenario, self.step.number);
        let edited = self.step.actions.iter().filter_map(|action| match &action.action {
            Action::Edit(planned) => Some(planned),
            _ => None,
        });
        let edited = edited.filter(|planned| matches!(planned.block.kind, BlockKind::Edit(_)));
        let paths: BTreeSet<&str> = edited.map(|planned| planned.edit.path.as_str()).collect();
        for path in paths {
            let Some(text) = files.text(path) else { continue };
            let (sum, path) = (sha256(&text), edit::home(path));
            let line = format!("[ \"$(sha256sum < {path})\" = '{sum}  -' ] 2> /dev/null");
            self.out.push('\n');
            self.add(&format!("{path} is as it is on the pages"), Duration::ZERO, &[line]);
        }
    }
}
