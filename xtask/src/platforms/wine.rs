//! Windows on this machine: wine, with a system folder of its own and what wine 8 lacks.
//!
//! In: Debian's packages of wine and mingw. Out: a program that runs Windows programs. wine is not Windows: what
//! passes here was not run there, and access control lists, consoles and signals are hardly imitated.
#![expect(clippy::disallowed_methods, reason = "a task writes its tools under target/")]

use super::install;
use crate::shell::{self, Outcome};
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// A library that Rust's programs load, and a program that Windows comes with.
const MISSING: [(&str, &str, &[&str]); 2] = [
    (
        "bcryptprimitives.dll",
        include_str!("windows/bcryptprimitives.c"),
        &["-shared", "-ladvapi32"],
    ),
    ("curl.exe", include_str!("windows/curl.c"), &["-lwininet"]),
];

/// The system's folder: programs, registry, drives.
fn prefix() -> PathBuf {
    install::folder().join("wine-prefix")
}

/// Ends every Windows program that still runs, and wine's server. The server makes the sockets of all of them, so the next
/// ones would have theirs in the network of the first.
pub(crate) fn end() -> Outcome {
    let server = install::wine()?.join("usr/lib/wine/wineserver64");
    for word in ["--kill", "--wait"] {
        let mut command = shell::command(&server);
        command.arg(word).env("WINEPREFIX", prefix());
        // It ends with 1 where none runs.
        command.output().map_err(|error| format!("{}: {error}", server.display()))?;
    }
    Ok(())
}

/// Returns the program that runs Windows programs.
pub(crate) fn program() -> Outcome<PathBuf> {
    let wine = install::wine()?;
    // Debian's script looks for its server in /usr alone.
    let server = wine.join("usr/lib/wine/wineserver");
    fs::write(&server, "#!/bin/sh\nexec \"$(dirname \"$0\")/wineserver64\" \"$@\"\n")
        .map_err(|error| format!("{}: {error}", server.display()))?;
    let prefix = prefix();
    // wine adds a folder's access list to each that is set below it, protected or not. So that a list can be the
    // user's alone there, folders are.
    // Each process of wine needs its first page at 0x7ffe0000. Where the kernel has put something else there by chance,
    // the process ends at once, and whoever starts it hears of an internal error (1359): one in 12,000, so a whole run of
    // the tests seldom ended well. Without that chance it does not happen.
    let script = format!(
        "#!/bin/sh\numask 077\nunset DISPLAY\nexport WINEPREFIX={} WINEDEBUG=-all\n\
         if setarch -R true; then set -- setarch -R {wine} \"$@\"; else set -- {wine} \"$@\"; fi\nexec \"$@\"\n",
        prefix.display(),
        wine = wine.join("usr/lib/wine/wine64").display()
    );
    let program = install::program("wine", &script)?;
    let made_from: String =
        MISSING.iter().map(|(name, source, _)| format!("{name}\n{source}")).collect();
    install::once(&prefix, &made_from, || set_up(&program, &wine, &prefix))?;
    Ok(program)
}

fn set_up(program: &Path, wine: &Path, prefix: &Path) -> Outcome {
    let run = |words: &[&str]| {
        let mut command = shell::command(program);
        shell::output({
            command.args(words);
            command
        })
    };
    // Debian's wine loads this library, and its own script would have put it there.
    let library = wine.join("usr/x86_64-w64-mingw32/lib/zlib1.dll");
    let system = prefix.join("drive_c/windows/system32");
    let copy = |to: PathBuf| fs::copy(&library, to).map(drop);
    let failed = |error: std::io::Error| format!("{}: {error}", library.display());
    copy(wine.join("usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll")).map_err(failed)?;
    // It says that it has failed, since there are no 32-bit programs; the next command finds out.
    let _ = run(&["wineboot", "-i"]);
    copy(system.join("zlib1.dll")).map_err(failed)?;
    run(&["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"])?;
    let compiler = install::mingw()?.join("x86_64-w64-mingw32-gcc-win32");
    for (name, source, words) in MISSING {
        let file = prefix.join(name).with_extension("c");
        fs::write(&file, source).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut compile = shell::command(&compiler);
        compile.arg(&file).arg("-o").arg(system.join(name)).args(words);
        shell::run(compile)?;
    }
    Ok(())
}
