//! A hint in the words of this system: on Windows, commands of Unix do not exist.
//!
//! In: a hint as the table and the checks have it, written for Unix. Out: the same, or Windows' commands in it.

/// Returns a hint that can be pasted on this system.
pub(super) fn for_this_system(hint: &str) -> String {
    if cfg!(windows) { for_windows(hint) } else { hint.to_owned() }
}

fn for_windows(hint: &str) -> String {
    let hint = hint
        .replace("its owner and mode with `ls -l`", "who may read it with `icacls`")
        .replace("owner and mode with `ls -ld`", "rights with `icacls`")
        .replace("the free space with `df`", "the free space of its disk")
        .replace("set HOME, or both", "set APPDATA, or both");
    let mut parts = hint.split("`unset ");
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (names, rest) = part.split_once('`').unwrap_or((part, ""));
        let each = |form: &dyn Fn(&str) -> String, between: &str| {
            names.split(' ').map(form).collect::<Vec<_>>().join(between)
        };
        let cmd = each(&|name| format!("set {name}="), "& ");
        let powershell = each(&|name| format!("$env:{name}=''"), "; ");
        words += &format!("`{cmd}` (in PowerShell `{powershell}`){rest}");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_unix_become_those_of_windows() {
        for (hint, expected) in [
            (
                "for Google, run `unset A_B`",
                "for Google, run `set A_B=` (in PowerShell `$env:A_B=''`)",
            ),
            (
                "run `unset A B`, then x",
                "run `set A=& set B=` (in PowerShell `$env:A=''; $env:B=''`), then x",
            ),
            ("look at its owner and mode with `ls -l`", "look at who may read it with `icacls`"),
            ("set HOME, or both X and Y", "set APPDATA, or both X and Y"),
            ("sign in again", "sign in again"),
        ] {
            assert_eq!(for_windows(hint), expected);
        }
    }

    #[test]
    fn no_row_of_the_table_names_a_command_of_unix_on_windows() {
        for case in crate::exit::Case::ALL {
            let hint = for_windows(case.row().hint);
            for word in ["`unset ", "`ls ", "`df`", "chmod", " HOME,"] {
                assert!(!hint.contains(word), "{hint}");
            }
        }
    }
}
