//! Finds the downloaded `client_secret_*.json`: where the user says, or in Downloads.
//!
//! In: what a terminal makes of a dropped file, or a folder. Out: a path.

use crate::context::Context;
use hallpass::OAuthClient;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Reads a path as people give it: typed, quoted, dropped into the terminal, as a `file://` address.
pub(crate) fn path(text: &str, home: Option<&Path>) -> PathBuf {
    let text = text.trim();
    let quoted = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)));
    if let Some(inner) = quoted {
        return inner.into();
    }
    if let Some(address) = text.strip_prefix("file://") {
        let path = percent_decoded(address);
        // `file:///C:/x`: the slash belongs to the address.
        let drive = cfg!(windows) && path.as_bytes().get(2) == Some(&b':');
        return path[usize::from(drive)..].into();
    }
    match (text.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(unescaped(below)),
        _ => unescaped(text).into(),
    }
}

/// A terminal puts a backslash before spaces; on Windows it is what stands between folders.
fn unescaped(text: &str) -> String {
    if cfg!(windows) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the newest Desktop client among the downloads that fits.
pub(crate) fn downloaded(
    context: &Context,
    fits: impl Fn(&OAuthClient) -> bool,
) -> Option<PathBuf> {
    let folder = home(context)?.join("Downloads");
    let mut found: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with("client_secret") && name.ends_with(".json")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| OAuthClient::from_file(path).is_ok_and(|client| fits(&client)))
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path)
}

pub(crate) fn home(context: &Context) -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    context.variable(name).map(PathBuf::from)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_understood_as_terminals_give_it() {
        let home = Path::new("/home/ada");
        for (text, wanted) in [
            ("/tmp/a.json\n", "/tmp/a.json"),
            ("'/tmp/my file.json' ", "/tmp/my file.json"),
            ("\"/tmp/my file.json\"", "/tmp/my file.json"),
            (r"/tmp/my\ file\ \(1\).json", "/tmp/my file (1).json"),
            ("file:///tmp/my%20file.json", "/tmp/my file.json"),
            ("file:///tmp/100%.json", "/tmp/100%.json"),
            ("~/Downloads/a.json", "/home/ada/Downloads/a.json"),
            ("a.json", "a.json"),
        ] {
            assert_eq!(path(text, Some(home)), Path::new(wanted), "{text}");
        }
    }
}
