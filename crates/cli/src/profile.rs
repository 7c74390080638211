//! Named sign-ins beside the one that every Google client finds.
//!
//! In: `--profile NAME` or `HALLPASS_PROFILE`. Out: where that profile's sign-in rests, in hallpass's own
//! folder and in the format of Application Default Credentials. `default`, and no name at all, is plain
//! ADC.
//! Not here: `hallpass profile` (`commands/profile`).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use std::path::PathBuf;

/// The name of what has none: the sign-in in gcloud's place.
pub(crate) const DEFAULT: &str = "default";

const FILE: &str = "application_default_credentials.json";

/// Longer than any name that people type.
const LONGEST_NAME: usize = 64;

/// Accepts what can be the name of a folder on every system, and cannot lead out of it.
pub(crate) fn checked(name: &str) -> Outcome<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if first && name.len() <= LONGEST_NAME && name.bytes().all(plain) {
        return Ok(name);
    }
    Err(Failure::new(Case::ProfileName, format!("`{name}` cannot be the name of a profile")))
}

/// Returns the file of a profile, whether it is there or not.
pub(crate) fn file(name: &str, context: &Context) -> Outcome<PathBuf> {
    Ok(folder(context)?.join(checked(name)?).join(FILE))
}

/// Returns the names of all profiles that hold a sign-in, sorted.
pub(crate) fn names(context: &Context) -> Outcome<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(folder(context)?) else { return Ok(Vec::new()) };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| file(name, context).is_ok_and(|path| path.exists())).collect();
    names.sort();
    Ok(names)
}

fn folder(context: &Context) -> Outcome<PathBuf> {
    Ok(context.own_folder()?.join("profiles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        for good in ["work", "ada@example.com", "a-b_c.d", "2"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "-x", "a b", "a\n", "ä", &"x".repeat(65)]
        {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
