//! From what was typed into a terminal to the commands of a console block.
//!
//! Lines are commands of their own where each is surely whole; otherwise they stay together, as one command over several
//! lines. Bash decides what they mean.

/// Words that begin what another word ends.
const OPENING: [&str; 7] = ["if", "for", "while", "until", "case", "select", "{"];
/// The words that end it.
const CLOSING: [&str; 4] = ["fi", "done", "esac", "}"];

/// The commands with `$ ` and `> `; empty if there are none.
pub(super) fn console(typed: &str) -> String {
    let mut out = String::new();
    let mut command = String::new();
    for line in typed.trim_matches(['\n', '\r']).lines().map(str::trim_end) {
        if command.is_empty() && line.trim().is_empty() {
            continue;
        }
        let is_first = command.is_empty();
        command.push_str(if is_first { line.trim_start() } else { line });
        command.push('\n');
        // A comment goes with the command below it.
        if is_complete(&command) && !line.trim_start().starts_with('#') {
            add(&mut out, &command);
            command.clear();
        }
    }
    add(&mut out, &command);
    out
}

fn add(out: &mut String, command: &str) {
    for (number, line) in command.trim_end_matches('\n').lines().enumerate() {
        out.push_str(if number == 0 { "$ " } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
}

/// Whether some lines are surely a whole command.
fn is_complete(command: &str) -> bool {
    let mut depth = 0_i32;
    let mut waits_for: Option<&str> = None;
    for line in command.lines() {
        if let Some(end) = waits_for {
            waits_for = (line.trim() != end).then_some(end);
            continue;
        }
        waits_for = here_document(line);
        for word in line.split([';', '&', '|']).filter_map(|part| part.split_whitespace().next()) {
            depth += i32::from(OPENING.contains(&word)) - i32::from(CLOSING.contains(&word));
        }
        depth += i32::from(line.trim_end().ends_with('{')) - i32::from(line.trim() == "{");
    }
    let last = command.trim_end();
    let goes_on = last.ends_with(['\\', '|', '(']) || last.ends_with("&&");
    !goes_on && depth <= 0 && waits_for.is_none() && (command.contains("<<") || are_quotes_closed(command))
}

/// The word that ends the here-document which begins in a line.
fn here_document(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("<<")?;
    let word = rest.trim_start_matches('-').trim_start();
    let word = word.split([' ', ';', '|', '>', ')']).next()?.trim_matches(['\'', '"', '\\']);
    // `<<<` gives a text on the line itself.
    (!word.is_empty() && !rest.starts_with('<')).then_some(word)
}

fn are_quotes_closed(line: &str) -> bool {
    let (mut quote, mut chars, mut parentheses) = (None, line.chars(), 0_i32);
    while let Some(c) = chars.next() {
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

/// Whether a command looks as if it goes on until it is interrupted.
pub(super) fn keeps_running(typed: &str) -> bool {
    const SIGNS: [&str; 24] = [
        "serve",
        "server",
        "start",
        "watch",
        "tail -f",
        "logs -f",
        "--follow",
        "while true",
        "http.server",
        "flask",
        "node ",
        "npm ",
        "ping ",
        "top",
        "port-forward",
        "proxy",
        "listen",
        "docker run",
        "compose up",
        "python",
        "java ",
        "go run",
        "cargo run",
        "./",
    ];
    let typed = typed.trim();
    let is_one = !typed.contains(['\n', ';', '|']) && !typed.contains("&&") && !typed.ends_with('&');
    let is_detached = typed.contains(" -d ") || typed.contains("--detach");
    is_one && !is_detached && !typed.starts_with("curl ") && SIGNS.iter().any(|sign| typed.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_lines_are_commands_and_others_stay_together() {
        assert_eq!(console("docker kill a\n\ndocker run b \n"), "$ docker kill a\n$ docker run b\n");
        assert_eq!(console("# first\nls\npwd"), "$ # first\n> ls\n$ pwd\n");
        assert_eq!(console("cat > a <<EOF\n  b\n\nEOF\nls"), "$ cat > a <<EOF\n>   b\n> \n> EOF\n$ ls\n");
        assert_eq!(
            console("for i in 1 2\ndo\n  echo $i\ndone"),
            "$ for i in 1 2\n> do\n>   echo $i\n> done\n"
        );
        assert_eq!(console("echo 'a\nb'\n"), "$ echo 'a\n> b'\n");
        assert_eq!(console("ls \\\n  -l\n"), "$ ls \\\n>   -l\n");
        assert_eq!(
            console("f() {\n  ls\n}\nf\ncase $a in\nb) ls;;\nesac"),
            "$ f() {\n>   ls\n> }\n$ f\n$ case $a in\n> b) ls;;\n> esac\n"
        );
        assert_eq!(
            console("docker run a \\\n  b\nls; if true; then\n  ls\nfi\n"),
            "$ docker run a \\\n>   b\n$ ls; if true; then\n>   ls\n> fi\n"
        );
        assert_eq!(console("if x; then"), "$ if x; then\n");
        assert_eq!(console(" \n"), "");
    }
}
