//! Splits code that is typed into a terminal into the commands of a console block.
//!
//! A line is a command of its own if it is surely complete. Otherwise it stays together with the next lines. This module
//! does not parse commands as bash does.

use std::collections::VecDeque;

/// Words that begin a compound command.
const OPENING: [&str; 7] = ["if", "for", "while", "until", "case", "select", "{"];
/// Words that end one.
const CLOSING: [&str; 4] = ["fi", "done", "esac", "}"];

/// The commands, each with its lines. A comment belongs to the command below it.
pub(super) fn split(typed: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut command = String::new();
    for line in typed.trim_matches(['\n', '\r']).lines().map(str::trim_end) {
        if command.is_empty() && line.trim().is_empty() {
            continue;
        }
        let is_first = command.is_empty();
        command.push_str(if is_first { line.trim_start() } else { line });
        command.push('\n');
        if is_complete(&command) && !line.trim_start().starts_with('#') {
            all.push(std::mem::take(&mut command));
        }
    }
    all.push(command);
    // After a backslash at the end, the shell would wait for another line.
    let whole = all.iter().map(|command| command.trim_end().trim_end_matches('\\').trim_end().to_owned());
    whole.filter(|command| !command.is_empty()).collect()
}

/// Whether some lines are surely a complete command.
fn is_complete(command: &str) -> bool {
    let mut depth = 0_i32;
    let mut waits_for: VecDeque<&str> = VecDeque::new();
    for line in command.lines() {
        if let Some(end) = waits_for.front() {
            if line.trim() == *end {
                waits_for.pop_front();
            }
            continue;
        }
        waits_for.extend(here_documents(line));
        for word in line.split([';', '&', '|']).filter_map(|part| part.split_whitespace().next()) {
            depth += i32::from(OPENING.contains(&word)) - i32::from(CLOSING.contains(&word));
        }
        depth += i32::from(line.trim_end().ends_with('{')) - i32::from(line.trim() == "{");
    }
    let last = command.trim_end();
    let goes_on = last.ends_with(['\\', '|', '(']) || last.ends_with("&&");
    !goes_on && depth <= 0 && waits_for.is_empty() && (command.contains("<<") || are_quotes_closed(command))
}

/// The words that end the here-documents which begin in a line, in their order.
fn here_documents(line: &str) -> impl Iterator<Item = &str> {
    // `<<<` gives a text on the line itself.
    let texts = line.split("<<<").flat_map(|part| part.split("<<").skip(1));
    texts.filter_map(|rest| {
        let word = rest.trim_start_matches('-').trim_start();
        let word = word.split([' ', ';', '|', '>', '<', ')']).next()?.trim_matches(['\'', '"', '\\']);
        (!word.is_empty()).then_some(word)
    })
}

/// Whether all quotes and parentheses of some lines are closed. Those in a comment do not count.
fn are_quotes_closed(lines: &str) -> bool {
    let (mut quote, mut chars, mut parentheses) = (None, lines.chars(), 0_i32);
    let mut before = '\n';
    while let Some(c) = chars.next() {
        let begins_word = before.is_whitespace() || matches!(before, ';' | '&' | '|');
        before = c;
        if c == '#' && quote.is_none() && begins_word {
            before = chars.by_ref().find(|c| *c == '\n').unwrap_or(c);
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') | (Some('`'), '`') => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None | Some('"'), '\\') => drop(chars.next()),
            (None, '(') => parentheses += 1,
            (None, ')') => parentheses -= 1,
            _ => {}
        }
    }
    quote.is_none() && parentheses == 0
}

/// Commands that change their shell, which has its prompt back at once.
const BUILTINS: [&str; 14] = [
    "alias", "cd", "clear", "declare", "export", "history", "popd", "pushd", "read", "set", "shopt",
    "source", "unset", ".",
];

/// Whether a command surely ends by itself, because the shell executes it without a program.
pub(super) fn is_of_shell(command: &str) -> bool {
    let command = command.trim();
    let first = command.split_whitespace().next().unwrap_or_default();
    let assigns = first.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    let is_alone = !command.contains(['\n', ';', '|', '&']);
    is_alone && (BUILTINS.contains(&first) || assigns && !command.contains(' ')) || command.starts_with('#')
}

/// Whether a command looks as if it goes on until it is interrupted.
pub(super) fn keeps_running(command: &str) -> bool {
    const SIGNS: [&str; 16] = [
        "tail -f",
        "tail -F",
        "logs -f",
        "--follow",
        "while true",
        "while :",
        "http.server",
        "SimpleHTTPServer",
        "flask run",
        "runserver",
        "npm start",
        "npm run dev",
        "port-forward",
        "kubectl proxy",
        "compose up",
        "cargo run",
    ];
    const FIRST: [&str; 4] = ["ping", "top", "watch", "htop"];
    let first = command.split_whitespace().next().unwrap_or_default();
    !is_detached(command) && (FIRST.contains(&first) || SIGNS.iter().any(|sign| command.contains(sign)))
}

/// Whether a command says that it goes on elsewhere, or only for some time.
fn is_detached(command: &str) -> bool {
    const SIGNS: [&str; 4] = [" -d ", "--detach", "-c 1", "ping -c"];
    SIGNS.iter().any(|sign| command.contains(sign)) || command.ends_with(" -d")
}

/// Whether a command may go on until it is interrupted: it starts or serves something, and asks nothing.
pub(super) fn may_keep_running(command: &str) -> bool {
    const WORDS: [&str; 8] = ["daemon", "listen", "proxy", "run", "serve", "server", "start", "up"];
    const ENDS: [&str; 10] =
        ["apt", "apt-get", "cd", "curl", "docker", "git", "kubectl", "oc", "service", "systemctl"];
    const STARTS: [&str; 9] =
        ["flask", "gunicorn", "java", "node", "php", "prometheus", "python", "python3", "ruby"];
    let mut words = command.split_whitespace();
    let first = words.next().unwrap_or_default();
    let starts_file = STARTS.contains(&first) && words.clone().next().is_some();
    let has_word = !ENDS.contains(&first) && words.any(|word| WORDS.contains(&word));
    keeps_running(command) || !is_detached(command) && (starts_file || has_word)
}

/// Whether a command is a script of the scenario.
pub(super) fn is_script(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let first = words.next().unwrap_or_default();
    first.starts_with("./")
        || matches!(first, "bash" | "sh") && words.next().is_some_and(|next| !next.starts_with('-'))
}

/// Whether a command starts a program that reads what is typed next.
pub(super) fn reads_what_follows(command: &str) -> bool {
    const PROGRAMS: [&str; 12] = [
        "bash",
        "irb",
        "mongo",
        "mysql",
        "node",
        "psql",
        "python",
        "python3",
        "redis-cli",
        "sh",
        "sqlite3",
        "ssh",
    ];
    let words: Vec<&str> = command.split_whitespace().collect();
    let is_alone = matches!(words.as_slice(), [program] if PROGRAMS.contains(program));
    let is_tty = words.iter().any(|word| ["-it", "-ti"].contains(word))
        || words.windows(2).any(|pair| pair == ["-i", "-t"]);
    let is_shell =
        words.last().is_some_and(|last| PROGRAMS.contains(&last.rsplit('/').next().unwrap_or(last)));
    is_alone || is_tty && is_shell || is_other_shell(&words)
}

/// Whether a command is an editor, or begins a shell of another host or user.
fn is_other_shell(words: &[&str]) -> bool {
    const WITH_VALUE: [&str; 6] = ["-F", "-i", "-J", "-l", "-o", "-p"];
    match words {
        ["sudo", "-i" | "-s"] | ["vi" | "vim" | "nano", ..] => true,
        ["sudo", rest @ ..] => is_other_shell(rest),
        ["su", rest @ ..] => !rest.contains(&"-c"),
        // With a command after the host, ssh starts no shell.
        ["ssh", rest @ ..] => {
            let is_value = |at: &usize| *at > 0 && WITH_VALUE.contains(&rest[at - 1]);
            let others = (0..rest.len()).filter(|at| !rest[*at].starts_with('-') && !is_value(at));
            others.count() == 1
        }
        _ => false,
    }
}

/// Whether a command is a client of a server, so that a port in it belongs to another program.
pub(super) fn is_client(command: &str) -> bool {
    ["curl", "wget", "://", "localhost", "127.0.0.1", "telnet", "nc ", "siege", "hey "]
        .iter()
        .any(|sign| command.contains(sign))
}

/// Whether a command starts a container and may return before the container listens.
pub(super) fn starts_container(command: &str) -> bool {
    let is_engine = command.starts_with("docker") || command.starts_with("podman");
    is_engine && (command.contains(" run ") || command.contains(" up")) && is_detached(command)
}

/// The port of this machine to which a command connects.
pub(super) fn asked_port(command: &str) -> Option<u16> {
    let is_http = ["curl", "wget"].iter().any(|program| command.starts_with(program));
    let at = ["localhost:", "127.0.0.1:"].iter().find_map(|host| Some(command.find(host)? + host.len()))?;
    let digits = command[at..].bytes().take_while(u8::is_ascii_digit).count();
    command[at..at + digits].parse().ok().filter(|port| is_http && *port != 0)
}

/// Whether a command may change a file that it names.
pub(super) fn may_change(command: &str, path: &str) -> bool {
    const CHANGES: [&str; 13] =
        ["awk", "cp", "git", "mv", "nano", "patch", "perl", "rm", "sed", "tee", "touch", "vim", "wget"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let changes = command.contains('>') || command.split_whitespace().any(|word| CHANGES.contains(&word));
    changes && command.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(typed: &str) -> String {
        split(typed).iter().map(|command| format!("$ {}\n", command.replace('\n', "\n> "))).collect()
    }

    #[test]
    fn complete_lines_are_commands_and_others_stay_together() {
        assert_eq!(shown("docker kill a\n\ndocker run b \n"), "$ docker kill a\n$ docker run b\n");
        assert_eq!(shown("# first\nls\npwd"), "$ # first\n> ls\n$ pwd\n");
        assert_eq!(shown("cat > a <<EOF\n  b\n\nEOF\nls"), "$ cat > a <<EOF\n>   b\n> \n> EOF\n$ ls\n");
        assert_eq!(shown("for i in 1 2\ndo\n  echo $i\ndone"), "$ for i in 1 2\n> do\n>   echo $i\n> done\n");
        assert_eq!(shown("echo 'a\nb'\n"), "$ echo 'a\n> b'\n");
        assert_eq!(shown("ls \\\n  -l\n"), "$ ls \\\n>   -l\n");
        assert_eq!(
            shown("f() {\n  ls\n}\nf\ncase $a in\nb) ls;;\nesac"),
            "$ f() {\n>   ls\n> }\n$ f\n$ case $a in\n> b) ls;;\n> esac\n"
        );
        assert_eq!(
            shown("docker run a \\\n  b\nls; if true; then\n  ls\nfi\n"),
            "$ docker run a \\\n>   b\n$ ls; if true; then\n>   ls\n> fi\n"
        );
        assert_eq!(
            shown("ls # don't (a\npwd\necho a#'\n'b\nid"),
            "$ ls # don't (a\n$ pwd\n$ echo a#'\n> 'b\n$ id\n"
        );
        assert_eq!(
            shown("cat <<A <<'B'\n1\nA\n2\nB\ncat <<<x\npwd"),
            "$ cat <<A <<'B'\n> 1\n> A\n> 2\n> B\n$ cat <<<x\n$ pwd\n"
        );
        assert_eq!(shown("if x; then"), "$ if x; then\n");
        assert_eq!(shown(" \n"), "");
        assert_eq!(shown("ls \\\n"), "$ ls\n");
    }

    #[test]
    fn the_words_of_a_command_say_whether_it_goes_on_or_reads_what_follows() {
        assert!(is_of_shell("cd app") && is_of_shell("A=1") && is_of_shell("# a"));
        assert!(!is_of_shell("cd app && ./run") && !is_of_shell("A=1 ./run"));
        assert!(!may_keep_running("docker-compose up -d"));
        assert!(may_keep_running("flagd start \\\n --port 1") && !may_keep_running("service a start"));
        assert!(may_keep_running("node a.js") && !may_keep_running("curl a/start"));
        assert!(
            keeps_running("watch ls")
                && !keeps_running("docker-compose up -d")
                && !keeps_running("ping -c 1 a")
        );
        assert!(
            reads_what_follows("docker exec -it a bash")
                && reads_what_follows("psql")
                && !reads_what_follows("sh a.sh")
        );
        for command in
            ["ssh node01", "ssh -p 22 -o A=b root@host", "sudo su -", "su tea", "sudo -i", "sudo vi a"]
        {
            assert!(reads_what_follows(command), "{command}");
        }
        for command in ["ssh node01 ls", "ssh -V", "su tea -c ls", "sudo ls", "sudo"] {
            assert!(!reads_what_follows(command), "{command}");
        }
        assert!(
            may_change("sed -i s/a/b/ app/x.py", "x.py")
                && !may_change("cat x.py", "x.py")
                && may_change("cat a > x.py", "x.py")
        );
    }
}
