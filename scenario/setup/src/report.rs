//! The text for a machine that lacks something: what was found, what `--yes` would do, what to do by hand.

use std::fmt::Write;

use scenario_core::error::{Error, ErrorKind};

use crate::finding::{Finding, State};

/// The error that lists everything `findings` lack, or nothing if they lack nothing.
pub fn lacking(findings: &[Finding]) -> Option<Error> {
    let mut list = String::new();
    let (mut count, mut by_us) = (0, 0);
    let width = findings.iter().map(|finding| finding.need.name().len()).max().unwrap_or(0);
    for finding in findings {
        let State::Missing { found, remedy, help } = &finding.state else { continue };
        count += 1;
        let found = indented(found, width + 5);
        // Writing to a `String` cannot fail.
        let _ = write!(list, "\n  {:width$}   {found}", finding.need.name());
        if let Some(remedy) = remedy {
            by_us += 1;
            let _ = write!(list, "\n      with --yes: {} ({})", remedy.what, remedy.size);
        }
        let _ = write!(list, "\n      by hand:    {}", indented(help, 18));
    }
    let message = match findings.len() {
        1 => format!("this machine lacks something that is needed{list}"),
        total => format!("this machine lacks {count} of the {total} things that are needed{list}"),
    };
    let help = match (count, by_us) {
        (0, _) => return None,
        (_, 0) => "do what `by hand` says, then run the same command again",
        (all, ours) if all == ours => "run the same command again with `--yes` to have this done",
        _ => {
            "do what `by hand` says where there is no `with --yes`, then run the same command again with `--yes`"
        }
    };
    Some(Error::of(ErrorKind::MissingTool, message).with_help(help))
}

/// `text` with its second and later lines moved below its first.
fn indented(text: &str, column: usize) -> String {
    text.trim_end().replace('\n', &format!("\n{:column$}", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Need, Remedy, RemedyKind};

    fn missing(need: Need, found: &str, remedy: Option<Remedy>, help: &str) -> Finding {
        let (found, help) = (found.to_owned(), help.to_owned());
        Finding { need, state: State::Missing { found, remedy, help } }
    }

    #[test]
    fn everything_missing_is_listed_with_remedy_size_and_hand() {
        let remedy = Remedy {
            what: "apt-get install docker.io and start dockerd".into(),
            size: "about 65 MB".into(),
            kind: RemedyKind::Engine,
        };
        let findings = [
            Finding { need: Need::Curl, state: State::Present { detail: "curl 8".into() } },
            missing(
                Need::ContainerEngine,
                "docker 28.2.2 is installed, but its daemon does not run",
                Some(remedy),
                "sudo systemctl start docker",
            ),
            missing(Need::Prometheus, "not here\nnor there", None, "install it"),
        ];
        let error = lacking(&findings).unwrap();
        let expected = "\
this machine lacks 2 of the 3 things that are needed
  container engine   docker 28.2.2 is installed, but its daemon does not run
      with --yes: apt-get install docker.io and start dockerd (about 65 MB)
      by hand:    sudo systemctl start docker
  Prometheus         not here
                     nor there
      by hand:    install it";
        assert_eq!(error.to_string(), expected);
        let help = "do what `by hand` says where there is no `with --yes`, then run the same command again with `--yes`";
        assert_eq!(error.help(), Some(help));
    }

    #[test]
    fn nothing_missing_is_no_error() {
        let present = Finding { need: Need::Curl, state: State::Present { detail: "curl 8".into() } };
        assert!(lacking(&[present]).is_none());
    }
}
