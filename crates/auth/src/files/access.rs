//! Who can read a file: on Windows the access list decides, elsewhere the mode.
//!
//! In: a path. Out: a list that lets its user alone in, set and read back; or somebody else who is let in. Windows
//! itself and its administrators do not count: no list keeps them out.
//! Specification: Windows, "Security Descriptor String Format" and "ACE Strings".
//! Not here: who can put another file in its place (`exposure`).

use std::io;
use std::path::Path;

/// Returns somebody beside the user (and the system) who can read a file or folder; nothing where it is the user's alone.
///
/// # Errors
///
/// The file is not there, or the system does not say.
pub fn other_reader(path: impl AsRef<Path>) -> io::Result<Option<String>> {
    of(path.as_ref())
}

#[cfg(unix)]
fn of(path: &Path) -> io::Result<Option<String>> {
    let mode = std::os::unix::fs::MetadataExt::mode(&path.metadata()?);
    let who = match mode {
        mode if mode & 0o007 != 0 => "every user of this machine",
        mode if mode & 0o070 != 0 => "its group",
        _ => return Ok(None),
    };
    Ok(Some(who.to_owned()))
}

#[cfg(not(any(unix, windows)))]
fn of(_: &Path) -> io::Result<Option<String>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(windows)]
use windows::of;
#[cfg(windows)]
pub(super) use windows::protect;

#[cfg(windows)]
mod windows {
    use std::io;
    use std::path::Path;
    use windows_permissions::constants::{SeObjectType::SE_FILE_OBJECT, SecurityInformation};
    use windows_permissions::utilities::current_process_sid;
    use windows_permissions::wrappers::{
        ConvertSecurityDescriptorToStringSecurityDescriptor, ConvertSidToStringSid,
        GetNamedSecurityInfo, SetNamedSecurityInfo,
    };
    use windows_permissions::{LocalBox, SecurityDescriptor};

    /// Lets this user alone in, whatever the folder above says; what is made in a folder later takes its list over.
    pub(crate) fn protect(path: &Path) -> io::Result<()> {
        let inherited = if path.is_dir() { "OICI" } else { "" };
        let wanted = descriptor(&format!("D:P(A;{inherited};FA;;;{})", user()?))?;
        let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
        SetNamedSecurityInfo(path, SE_FILE_OBJECT, what, None, None, wanted.dacl(), None)?;
        // A file system without access lists, such as FAT, lets everybody in.
        match of(path)? {
            None => Ok(()),
            Some(other) => Err(io::Error::other(format!(
                "this file system keeps no access list: {other} could read it"
            ))),
        }
    }

    pub(super) fn of(path: &Path) -> io::Result<Option<String>> {
        let there = GetNamedSecurityInfo(path, SE_FILE_OBJECT, SecurityInformation::Dacl)?;
        let list = text(&there, SecurityInformation::Dacl)?;
        Ok(super::other_in(&list, &user()?))
    }

    /// Returns this user as access lists name it: some accounts have two letters in the place of a number.
    fn user() -> io::Result<String> {
        let number = ConvertSidToStringSid(&*current_process_sid()?)?;
        let owned = descriptor(&format!("O:{}", number.to_string_lossy()))?;
        let named = text(&owned, SecurityInformation::Owner)?;
        Ok(named.trim_start_matches("O:").to_owned())
    }

    fn descriptor(text: &str) -> io::Result<LocalBox<SecurityDescriptor>> {
        text.parse()
    }

    fn text(descriptor: &SecurityDescriptor, what: SecurityInformation) -> io::Result<String> {
        let text = ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, what)?;
        Ok(text.to_string_lossy().into_owned())
    }
}

/// Returns the first whom an access list lets in beside this user, the system and administrators.
#[cfg(any(windows, test))]
fn other_in(list: &str, user: &str) -> Option<String> {
    /// The system, administrators, and the owner, whoever it is.
    const TRUSTED: [&str; 6] = ["SY", "S-1-5-18", "BA", "S-1-5-32-544", "OW", "S-1-3-4"];
    const NAMES: [(&str, &str); 4] = [
        ("WD", "every user of this machine"),
        ("AU", "every user who has signed in"),
        ("BU", "every user in the group `Users`"),
        ("IU", "every user at this machine"),
    ];
    let named = |sid: &str| {
        let known = NAMES.iter().find(|(short, _)| *short == sid);
        known.map_or_else(|| format!("`{sid}`"), |(_, name)| (*name).to_owned())
    };
    // No list at all is no limit; an empty one lets nobody in.
    let Some(entries) = list.split_once("D:").map(|(_, entries)| entries) else {
        return Some(named("WD"));
    };
    if entries.contains("NO_ACCESS_CONTROL") {
        return Some(named("WD"));
    }
    // Type, flags, rights, two kinds of object, who; some have a condition more, which may never be met.
    entries.split('(').skip(1).find_map(|entry| {
        let mut fields = entry.trim_end_matches(')').split(';');
        let (kind, flags, rights) = (fields.next()?, fields.next()?, fields.next()?);
        let who = fields.nth(2)?;
        let lets_in = !kind.contains('D') && !flags.contains("IO") && can_read(rights);
        (lets_in && who != user && !TRUSTED.contains(&who)).then(|| named(who))
    })
}

/// Says whether rights are enough to read, or to take the right to: a list of two letters each, or a number.
#[cfg(any(windows, test))]
fn can_read(rights: &str) -> bool {
    /// All, read; a file's read data; write the list, take the file over.
    const ENOUGH: [&str; 7] = ["GA", "GR", "FA", "FR", "CC", "WD", "WO"];
    const BITS: u32 = 0x1000_0000 | 0x8000_0000 | 0x1 | 0x4_0000 | 0x8_0000;
    match rights.strip_prefix("0x") {
        // What cannot be read as a number may be anything.
        Some(number) => !u32::from_str_radix(number, 16).is_ok_and(|bits| bits & BITS == 0),
        None => {
            rights.as_bytes().chunks(2).any(|two| ENOUGH.iter().any(|one| one.as_bytes() == two))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-1-2-3-1001";

    #[test]
    fn an_access_list_that_lets_others_in_is_told_from_one_that_does_not() {
        for (list, other) in [
            // What `protect` sets, what Windows gives files below a user's folder, an empty list.
            ("D:P(A;;FA;;;S-1-5-21-1-2-3-1001)", None),
            ("D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;S-1-5-21-1-2-3-1001)", None),
            ("D:P", None),
            // What a server of another system adds: somebody who may know of the file, and no more.
            ("D:P(A;;FA;;;S-1-5-21-1-2-3-1001)(A;;0x120080;;;WD)(A;;;;;AU)", None),
            ("D:P(A;;RCSY;;;WD)", None),
            // A list for what will be made in a folder, and one that keeps somebody out.
            ("D:(A;OICIIO;GA;;;CO)(A;;FA;;;SY)", None),
            ("D:(D;;FA;;;WD)(A;;FA;;;SY)", None),
            // What files have directly below C:\, for everybody, another account, with a condition.
            ("D:AI(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", Some("every user in the group `Users`")),
            ("D:P(A;;FR;;;WD)", Some("every user of this machine")),
            ("D:P(A;;RCCCSY;;;WD)", Some("every user of this machine")),
            ("D:P(A;;0x40000;;;WD)", Some("every user of this machine")),
            ("D:(A;;FA;;;S-1-5-21-1-2-3-1002)", Some("`S-1-5-21-1-2-3-1002`")),
            ("D:(XA;;FR;;;S-1-1-0;(@User.Title==\"PM\"))", Some("`S-1-1-0`")),
            // No list.
            ("D:NO_ACCESS_CONTROL", Some("every user of this machine")),
            ("", Some("every user of this machine")),
        ] {
            assert_eq!(other_in(list, USER).as_deref(), other, "{list}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_mode_that_lets_others_in_is_told_from_one_that_does_not() {
        use std::os::unix::fs::PermissionsExt;

        let file = tempfile::NamedTempFile::new().expect("file");
        for (mode, other) in
            [(0o600, None), (0o640, Some("its group")), (0o604, Some("every user of this machine"))]
        {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file.path(), mode).expect("mode");
            assert_eq!(other_reader(file.path()).expect("file").as_deref(), other);
        }
    }
}
