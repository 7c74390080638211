//! Installs what builds and runs for other platforms, each thing in a folder of its own under `target/platforms`.
//!
//! In: Debian's packages, downloaded and unpacked but not installed, so that the machine's own toolchain stays as it
//! is; zig from PyPI, in an environment of its own. Out: folders and small programs in `target/platforms/bin`.
//! Each folder is made once: a stamp in it names the packages it was made from.
#![expect(clippy::disallowed_methods, reason = "a task writes its tools under target/")]

use crate::debian;
use crate::shell::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

/// zig is the C compiler and the linker for Linux, and reads C for macOS.
const ZIG: &str = "ziglang==0.17.1";

/// Returns the folder of all of it.
pub(crate) fn folder() -> PathBuf {
    shell::root().join("target/platforms")
}

/// Returns Debian's `rustc`, the only one whose standard library comes as source in a package.
pub(crate) fn rustc() -> Outcome<PathBuf> {
    let wanted = ["rustc-web", "rust-web-src", "libstd-rust-web-dev", "libedit2", "libz3-4"];
    let rust = unpacked("rust", &wanted, &|found| {
        // Their names hold versions, which change with Debian's: the packages above say them.
        let library = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
        found.push(dependency(&library, "libllvm")?);
        found.push(library);
        Ok(())
    })?;
    let script = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH={0}/usr/lib/x86_64-linux-gnu exec {0}/usr/bin/rustc \"$@\"\n",
        rust.display()
    );
    program("rustc", &script)
}

/// Returns the folder of the compiler's programs for Windows.
pub(crate) fn mingw() -> Outcome<PathBuf> {
    let packages = [
        "binutils-mingw-w64-x86-64",
        "gcc-mingw-w64-base",
        "gcc-mingw-w64-x86-64-win32",
        "gcc-mingw-w64-x86-64-win32-runtime",
        "libgmp10",
        "libisl23",
        "libmpc3",
        "libmpfr6",
        "mingw-w64-common",
        "mingw-w64-x86-64-dev",
    ];
    Ok(unpacked("mingw", &packages, &|_| Ok(()))?.join("usr/bin"))
}

/// Returns the folder of wine's packages.
pub(crate) fn wine() -> Outcome<PathBuf> {
    unpacked("wine", &["libunwind8", "libwine", "libz-mingw-w64", "wine64"], &|_| Ok(()))
}

/// Returns the emulator of an arm64 processor.
pub(crate) fn qemu() -> Outcome<PathBuf> {
    let folder = unpacked("qemu", &["qemu-user-static"], &|_| Ok(()))?;
    Ok(folder.join("usr/bin/qemu-aarch64-static"))
}

/// Returns a program that compiles and links C for one of zig's targets.
pub(crate) fn zig(target: &str) -> Outcome<PathBuf> {
    // rustc and the cc crate name the target in words of their own, which zig does not take.
    const SCRIPT: &str = r#"#!/bin/sh
skip=
for word do
    shift
    if [ "$skip" ]; then skip=; continue; fi
    case $word in
        -target|-arch) skip=1 ;;
        --target=*|-mmacosx-version-min=*) ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec PYTHON -m ziglang cc -target TARGET "$@"
"#;
    let python = environment("zig", ZIG)?;
    let script = SCRIPT.replace("PYTHON", &python.display().to_string()).replace("TARGET", target);
    program(&format!("zig-{target}"), &script)
}

/// Returns the interpreter of a Python environment with one package of PyPI.
pub(crate) fn environment(name: &str, package: &str) -> Outcome<PathBuf> {
    let folder = folder().join(name);
    let python = folder.join("bin/python");
    once(&folder, package, || {
        let mut make = shell::command("python3");
        make.args(["-m", "venv", "--clear"]).arg(&folder);
        shell::run(make)?;
        let mut install = shell::command(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
        shell::run(install)
    })?;
    Ok(python)
}

/// Writes a small program and returns its path.
pub(crate) fn program(name: &str, script: &str) -> Outcome<PathBuf> {
    let path = folder().join("bin").join(name);
    if fs::read_to_string(&path).is_ok_and(|there| there == script) {
        return Ok(path);
    }
    make_folder(&folder().join("bin"))?;
    fs::write(&path, script).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut allow = shell::command_of("chmod", &["755"]);
    allow.arg(&path);
    shell::output(allow).map(|_| path)
}

/// Runs `make` unless it has ended well before with the same words.
pub(crate) fn once(folder: &Path, words: &str, make: impl FnOnce() -> Outcome) -> Outcome {
    let stamp = folder.join("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == words) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    make_folder(folder)?;
    make()?;
    fs::write(&stamp, words).map_err(|error| format!("{}: {error}", stamp.display()))
}

pub(crate) fn make_folder(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// More packages, which only the package lists name.
type Discover<'a> = &'a dyn Fn(&mut Vec<String>) -> Outcome;

/// Downloads packages of Debian and unpacks them into a folder. Nothing is installed, no script of theirs is run.
fn unpacked(name: &str, packages: &[&str], discover: Discover<'_>) -> Outcome<PathBuf> {
    let folder = folder().join(name);
    once(&folder, &packages.join(" "), || {
        debian::refresh_lists()?;
        let mut packages: Vec<String> =
            packages.iter().map(|&package| package.to_owned()).collect();
        discover(&mut packages)?;
        let archives = folder.join("archives");
        make_folder(&archives)?;
        let mut download = shell::command_of("apt-get", &["download", "--quiet"]);
        // As root, apt would download as another user, who may not write here.
        download.args(["--option", "APT::Sandbox::User=root"]).args(&packages);
        shell::run({
            download.current_dir(&archives);
            download
        })?;
        for entry in fs::read_dir(&archives).map_err(|error| error.to_string())?.flatten() {
            let mut unpack = shell::command_of("dpkg-deb", &["--extract"]);
            unpack.arg(entry.path()).arg(&folder);
            shell::output(unpack)?;
        }
        fs::remove_dir_all(&archives).map_err(|error| error.to_string())
    })?;
    Ok(folder)
}

/// Returns what a package depends on whose name begins so.
fn dependency(package: &str, beginning: &str) -> Outcome<String> {
    let told = shell::output(shell::command_of("apt-cache", &["depends", package]))?;
    let mut names = told.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    let found = names.find(|name| name.starts_with(beginning));
    found.map(str::to_owned).ok_or_else(|| format!("`{package}` depends on no `{beginning}…`"))
}
