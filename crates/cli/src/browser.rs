//! Opens an address in the user's browser, or says that there is none.
//!
//! In: `BROWSER`, the display variables, the address. Out: whether a program was started.
//! Specification: Python's `webbrowser` module: `BROWSER` is a list of commands, `%s` is the address,
//! a trailing `&` means "in the background".
//! Not here: waiting for that program. It may stay until the sign-in ends, so it is never waited for.

use std::ffi::OsString;
use std::process::{Command, Stdio};

/// What stands between two commands of `BROWSER`.
const LIST_SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// Says whether a browser was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    Yes,
    NoBrowser,
}

/// Says whether `open` has anything to try.
pub(crate) fn is_there(env: &dyn Fn(&str) -> Option<OsString>) -> bool {
    match variable(env, "BROWSER") {
        Some(commands) => command_lines(&commands, "").iter().any(|words| can_start(words, env)),
        None => has_display(env),
    }
}

fn can_start(words: &[String], env: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let Some(program) = words.first() else { return false };
    let path = env("PATH").unwrap_or_default();
    let named = program.contains(std::path::MAIN_SEPARATOR);
    // On Windows a program may be found without its ending, and elsewhere than in PATH.
    cfg!(windows)
        || named && std::path::Path::new(program).is_file()
        || !named && std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Opens `address` with the first command of `BROWSER` that starts, else with the system's browser.
pub(crate) fn open(env: &dyn Fn(&str) -> Option<OsString>, address: &str) -> Opened {
    if let Some(commands) = variable(env, "BROWSER") {
        let started = command_lines(&commands, address).iter().any(|words| start(words));
        return if started { Opened::Yes } else { Opened::NoBrowser };
    }
    if !has_display(env) || open::that_detached(address).is_err() {
        return Opened::NoBrowser;
    }
    Opened::Yes
}

/// Says why there is no browser, as far as the environment tells.
pub(crate) fn why_none(env: &dyn Fn(&str) -> Option<OsString>) -> &'static str {
    let set = |name: &str| variable(env, name).is_some();
    if set("SSH_CONNECTION") || set("SSH_TTY") {
        "this is an SSH session"
    } else if set("container") || std::path::Path::new("/.dockerenv").exists() {
        "this is a container"
    } else if set("WSL_DISTRO_NAME") {
        "this is WSL without a display"
    } else if set("BROWSER") {
        "no command in BROWSER could be started"
    } else {
        "DISPLAY and WAYLAND_DISPLAY are not set"
    }
}

/// Linux shows windows only on a display; elsewhere a desktop is taken for granted.
fn has_display(env: &dyn Fn(&str) -> Option<OsString>) -> bool {
    cfg!(any(target_os = "macos", windows))
        || variable(env, "DISPLAY").is_some()
        || variable(env, "WAYLAND_DISPLAY").is_some()
}

fn variable(env: &dyn Fn(&str) -> Option<OsString>, name: &str) -> Option<String> {
    env(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty())
}

fn start(words: &[String]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command.args(arguments).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().is_ok()
}

/// Splits `BROWSER` into commands and puts the address where `%s` stands, or last.
fn command_lines(commands: &str, address: &str) -> Vec<Vec<String>> {
    let one = |command: &str| {
        let mut words = words(command);
        if words.last().is_some_and(|word| word == "&") {
            words.pop();
        }
        if words.iter().any(|word| word.contains("%s")) {
            return words.iter().map(|word| word.replace("%s", address)).collect();
        }
        if !words.is_empty() {
            words.push(address.to_owned());
        }
        words
    };
    commands.split(LIST_SEPARATOR).map(one).filter(|words: &Vec<_>| !words.is_empty()).collect()
}

/// Splits as a shell does, with quotes and backslashes and nothing else: no shell is started.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            // A backslash is a letter of Windows paths.
            (None | Some('"'), '\\') if cfg!(not(windows)) => {
                word.get_or_insert_default().extend(characters.next());
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn browser_variable_is_read_as_python_reads_it() {
        let table: &[(&str, &[&[&str]])] = &[
            ("firefox", &[&["firefox", "URL"]]),
            ("firefox %s", &[&["firefox", "URL"]]),
            ("curl -sL -o /dev/null %s &", &[&["curl", "-sL", "-o", "/dev/null", "URL"]]),
            ("w3m:/opt/my\\ browser %s", &[&["w3m", "URL"], &["/opt/my browser", "URL"]]),
            ("'a b' \"--at=%s\" ''", &[&["a b", "--at=URL", ""]]),
            (" : &:", &[]),
        ];
        for (variable, expected) in table {
            assert_eq!(command_lines(variable, "URL"), *expected, "{variable}");
        }
    }

    #[test]
    fn a_browser_that_does_not_start_is_no_browser() {
        let env = |name: &str| (name == "BROWSER").then(|| "/nonexistent/browser".into());
        assert_eq!(open(&env, "http://127.0.0.1:1/"), Opened::NoBrowser);
        assert!(!is_there(&env));
        let found = |name: &str| match name {
            "BROWSER" => Some("/nonexistent/browser:true %s".into()),
            "PATH" => Some("/nonexistent:/bin:/usr/bin".into()),
            _ => None,
        };
        assert!(is_there(&found));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_display_and_variable_there_is_no_browser() {
        assert_eq!(open(&|_| None, "http://127.0.0.1:1/"), Opened::NoBrowser);
    }
}
