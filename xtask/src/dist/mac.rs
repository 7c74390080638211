//! A program for a Mac, linked without Apple's SDK: a proof that everything it needs is named and can be linked.
//!
//! In: zig, whose linker writes Mach-O and which has the names of Apple's C library; stubs of the two frameworks and
//! the library that are used besides, which say what is in them and hold no code. Out: a debug program in an archive
//! of `target/dist-stubs`, after a look at its load commands. It was never run.
//! Not here: what is given away. That is linked on a Mac, with Apple's SDK, by `cargo xtask dist --programs`.

use super::{VERSION, archives, copy, make_folder, write};
use crate::platforms::target;
use crate::shell::{self, Outcome};
use std::fs;
use std::path::Path;

const BUILD: &str = "target/platforms/build-stubs";

/// What zig has no names of: where each stub lies below its folder, and its text.
const STUBS: [(&str, &str); 3] = [
    ("CoreFoundation.framework/CoreFoundation.tbd", include_str!("stubs/CoreFoundation.tbd")),
    ("Security.framework/Security.tbd", include_str!("stubs/Security.tbd")),
    ("libiconv.tbd", include_str!("stubs/libiconv.tbd")),
];

/// The processor that today's Macs have.
const TRIPLE: &str = "aarch64-apple-darwin";

pub(crate) fn everything() -> Outcome {
    if cfg!(target_os = "macos") {
        return Err("a Mac has Apple's SDK: `cargo xtask dist --programs`".to_owned());
    }
    let target = target::MACS.iter().find(|target| target.triple == TRIPLE);
    let target = target.ok_or("there is no such target")?;
    let stubs = shell::root().join("target/platforms/stubs");
    let _ = fs::remove_dir_all(&stubs);
    for (name, text) in STUBS {
        write(&stubs.join(name), text)?;
    }
    let mut build = target::cargo_for_tests(&[target], "build", BUILD)?;
    build.args(["--locked", "--package", "hallpass-cli"]);
    // Stripping would take a program of LLVM's that understands Mach-O.
    build.args(["--config", "profile.dev.strip=false"]);
    let flags = format!("-Lframework={0} -Lnative={0}", stubs.display());
    build.env("CARGO_TARGET_AARCH64_APPLE_DARWIN_RUSTFLAGS", flags);
    // rustc would ask Apple's tools where the SDK is.
    build.env("SDKROOT", &stubs);
    shell::run(build)?;
    let program = shell::root().join(BUILD).join(TRIPLE).join("debug/hallpass");
    let mut look = shell::command_of("python3", &["-c", include_str!("load_commands.py")]);
    look.arg(&program);
    print!("{}", shell::output(look)?);
    pack(&program)
}

/// Its name says what it is.
fn pack(program: &Path) -> Outcome {
    let name = format!("hallpass-{VERSION}-{TRIPLE}-debug-never-run");
    let folder = shell::root().join("target/dist-stubs");
    let work = folder.with_extension("work");
    for folder in [&folder, &work] {
        let _ = fs::remove_dir_all(folder);
        make_folder(folder)?;
    }
    copy(program, &work.join(&name).join("hallpass"))?;
    let time = shell::output(shell::command_of("git", &["log", "-1", "--format=%ct"]))?;
    let file = folder.join(format!("{name}.tar.gz"));
    archives::tar(&file, &work, &name, time.trim())?;
    println!("{}", file.display());
    Ok(())
}
