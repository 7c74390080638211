//! Named sign-ins beside the one that every Google client finds.
//!
//! In: `--profile NAME` or `HALLPASS_PROFILE`. Out: where that profile's sign-in rests, in hallpass's own
//! folder and in the format of Application Default Credentials. `default`, and no name at all, is plain
//! ADC.
//! Not here: `hallpass profile` (`commands/profile`).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use std::path::{Path, PathBuf};

/// The name of what has none: the sign-in in gcloud's place.
pub(crate) const DEFAULT: &str = "default";

const FILE: &str = "application_default_credentials.json";

/// Longer than any name that people type.
const LONGEST_NAME: usize = 64;

/// Accepts what can be the name of a folder on every system, and cannot lead out of it.
pub(crate) fn checked(name: &str) -> Outcome<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if first
        && name.len() <= LONGEST_NAME
        && name.bytes().all(plain)
        && !is_device(name)
        && !name.ends_with('.')
    {
        return Ok(name);
    }
    Err(Failure::new(Case::ProfileName, format!("`{name}` cannot be the name of a profile")))
}

/// Says whether Windows takes a name for a device: each of them is in every folder there.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
    ["aux", "con", "nul", "prn"].contains(&stem.as_str())
        || numbered.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
}

/// Returns the file of a profile, whether it is there or not.
///
/// Windows and macOS have one folder for `Work` and `work`: the second to come is refused, on every system.
pub(crate) fn file(name: &str, context: &Context) -> Outcome<PathBuf> {
    let folder = folder(context)?;
    let path = folder.join(checked(name)?).join(FILE);
    let there: Vec<_> = entries(&folder).collect();
    let mut alike = there.iter().filter(|other| other.eq_ignore_ascii_case(name)).peekable();
    if let Some(other) = alike.peek().copied()
        && alike.all(|other| other != name)
    {
        let cause =
            format!("there is a profile `{other}`, and some systems do not tell the two apart");
        let what = format!("`{name}` cannot be the name of a profile");
        return Err(Failure::new(Case::ProfileName, what).because(cause));
    }
    Ok(path)
}

fn entries(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

/// Returns the names of all profiles that hold a sign-in, sorted.
pub(crate) fn names(context: &Context) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = entries(&folder(context)?)
        .filter(|name| file(name, context).is_ok_and(|path| path.exists()))
        .collect();
    names.sort();
    Ok(names)
}

/// Returns the name that a sign-in without a profile gets when another one takes its place: `default`, or with a
/// number behind it where a profile of that name is there already.
pub(crate) fn name_for_plain(context: &Context) -> Outcome<String> {
    let taken = names(context)?;
    let free = |name: &String| !taken.iter().any(|other| other.eq_ignore_ascii_case(name));
    let numbered = (2..).map(|number| format!("{DEFAULT}-{number}"));
    let mut candidates = std::iter::once(DEFAULT.to_owned()).chain(numbered);
    Ok(candidates.find(free).unwrap_or_default())
}

fn folder(context: &Context) -> Outcome<PathBuf> {
    Ok(context.own_folder()?.join("profiles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        for good in ["work", "ada@example.com", "a-b_c.d", "2", "nullo", "com", "com10"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "-x",
            "a b",
            "a\n",
            "ä",
            "a.",
            "nul",
            "COM1.x",
            &"x".repeat(65),
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
