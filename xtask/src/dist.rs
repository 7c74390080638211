//! `cargo xtask dist`: everything that a user downloads, in `target/dist`, with checksums.
//!
//! In: release binaries for Linux (static, x86-64 and arm64) and Windows. Out: archives, a Debian package, Python
//! wheels, npm packages, a container image, a Homebrew formula, a Scoop manifest, an install script, an SBOM,
//! and SHA256SUMS over all of them. The same commit in the same folder gives the same bytes: times are the commit's,
//! names are sorted, and no path of the machine is inside.
//! Not here: uploading; a release workflow does that with what this task leaves.

mod archives;
mod binaries;
mod catalogues;
mod debian_package;
mod image;
mod npm;
mod pages;
mod trial;
mod wheels;

use crate::shell::{self, Outcome};
use binaries::Binary;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use binaries::FOLDER as BUILD;

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every package says of itself.
pub(crate) const SUMMARY: &str = "Sign in to Google and call the Gemini API from the command line";

/// Where the files of a release will be, unless `HALLPASS_RELEASE_URL` names another place.
const RELEASES: &str = "https://example.com/hallpass/releases/download";

/// What this run makes.
pub(crate) struct Release {
    /// Where the files go.
    pub(crate) folder: PathBuf,
    /// Where the files are taken from that are not kept.
    pub(crate) work: PathBuf,
    pub(crate) binaries: Vec<Binary>,
    /// The commit's time, in seconds.
    pub(crate) time: String,
    /// Where users will find the files.
    pub(crate) address: String,
}

/// Builds and packs.
pub(crate) fn everything() -> Outcome {
    let binaries = binaries::build(binaries::FOLDER)?;
    pack("target/dist", &binaries).map(drop)
}

/// Packs a second time, compares, and installs and runs every package on a root of its own.
pub(crate) fn test() -> Outcome {
    let binaries = binaries::build(binaries::FOLDER)?;
    let first = pack("target/dist", &binaries)?;
    let second = pack("target/dist-again", &binaries)?;
    same(&first.folder, &second.folder)?;
    trial::everything(&first)
}

/// Builds the binaries a second time, from nothing, and compares.
pub(crate) fn again() -> Outcome {
    let folder = "target/platforms/build-again";
    let _ = fs::remove_dir_all(shell::root().join(folder));
    let first = binaries::build(binaries::FOLDER)?;
    let second = binaries::build(folder)?;
    for (first, second) in first.iter().zip(&second) {
        let same = fs::read(&first.path).ok() == fs::read(&second.path).ok();
        println!("{}: {}", first.triple, if same { "the same bytes" } else { "DIFFERENT" });
        if !same {
            return Err(format!("two builds for {} differ", first.triple));
        }
    }
    Ok(())
}

fn pack(folder: &str, binaries: &[Binary]) -> Outcome<Release> {
    let folder = shell::root().join(folder);
    let work = folder.with_extension("work");
    for folder in [&folder, &work] {
        let _ = fs::remove_dir_all(folder);
        make_folder(folder)?;
    }
    let time = match variable("SOURCE_DATE_EPOCH") {
        Some(time) => time,
        None => shell::output(shell::command_of("git", &["log", "-1", "--format=%ct"]))?,
    };
    let address =
        variable("HALLPASS_RELEASE_URL").unwrap_or_else(|| format!("{RELEASES}/v{VERSION}"));
    let release = Release {
        folder,
        work,
        binaries: binaries.to_vec(),
        time: time.trim().to_owned(),
        address,
    };
    let pages = pages::write_all(&release)?;
    archives::make(&release, &pages)?;
    debian_package::make(&release, &pages)?;
    wheels::make(&release)?;
    npm::make(&release)?;
    image::make(&release)?;
    crate::check::sbom()?;
    let materials = read(&shell::root().join("target/hallpass.cdx.json"))?;
    let materials = materials.replace(&shell::root().display().to_string(), "/hallpass");
    write(&release.folder.join("hallpass.cdx.json"), &materials)?;
    catalogues::make(&release)?;
    checksums(&release)?;
    Ok(release)
}

/// SHA256SUMS, in the form that `sha256sum --check` reads.
fn checksums(release: &Release) -> Outcome {
    let mut sums = shell::command_of("sh", &["-c", "LC_ALL=C; sha256sum -- *"]);
    sums.current_dir(&release.folder);
    let text = shell::output(sums)?;
    print!("\n{text}");
    write(&release.folder.join("SHA256SUMS"), &text)
}

/// Returns the checksum of a file.
pub(crate) fn checksum(file: &Path) -> Outcome<String> {
    let mut sum = shell::command("sha256sum");
    let told = shell::output({
        sum.arg(file);
        sum
    })?;
    told.split_whitespace().next().map(str::to_owned).ok_or_else(|| "no checksum".to_owned())
}

fn same(first: &Path, second: &Path) -> Outcome {
    let mut compare = shell::command_of("diff", &["--recursive", "--brief"]);
    shell::run({
        compare.arg(first).arg(second);
        compare
    })?;
    println!("packed twice: the same bytes");
    Ok(())
}

pub(crate) fn make_folder(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

pub(crate) fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[expect(clippy::disallowed_methods, reason = "a file under target/, not a user's")]
pub(crate) fn write(file: &Path, text: &str) -> Outcome {
    make_folder(file.parent().unwrap_or(file))?;
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Copies with a mode that lets every user read it.
pub(crate) fn copy(from: &Path, to: &Path) -> Outcome {
    make_folder(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

#[expect(clippy::disallowed_methods, reason = "a task is told things by its environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
