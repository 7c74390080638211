//! `cargo xtask dist`: everything that a user downloads, in `target/dist`, with checksums.
//!
//! In: release binaries for Linux (static, x86-64 and arm64) and Windows. Out: archives, a Debian package, Python
//! wheels, npm packages, a container image, a Homebrew formula, a Scoop manifest, an install script, an SBOM,
//! and SHA256SUMS over all of them. The same commit in the same folder gives the same bytes: times are the commit's,
//! names are sorted, and no path of the machine is inside. Words name the platforms that are wanted; all are where
//! there is none.
//! Not here: uploading; a release workflow does that with what this task leaves.

mod archives;
mod binaries;
mod catalogues;
mod debian_package;
mod image;
mod lints;
mod mac;
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

/// Where the project is.
pub(crate) const HOMEPAGE: &str = env!("CARGO_PKG_HOMEPAGE");

/// What this run makes.
pub(crate) struct Release {
    /// Where the files go.
    pub(crate) folder: PathBuf,
    /// Where the files are taken from that are not kept.
    pub(crate) work: PathBuf,
    pub(crate) binaries: Vec<Binary>,
    /// The commit's time, in seconds.
    pub(crate) time: String,
    /// Where users will find the files, unless `HALLPASS_RELEASE_URL` names another place.
    pub(crate) address: String,
}

/// Builds and packs.
pub(crate) fn everything(only: &[&str]) -> Outcome {
    let binaries = binaries::build(binaries::FOLDER, only)?;
    pack("target/dist", &binaries).map(drop)
}

/// Builds and does not pack: what a Mac does for the machine that packs.
pub(crate) fn programs(only: &[&str]) -> Outcome {
    binaries::build(binaries::FOLDER, only).map(drop)
}

/// Packs a second time, compares, installs and runs every package on a root of its own, and asks others' tools.
pub(crate) fn test(only: &[&str]) -> Outcome {
    let binaries = binaries::build(binaries::FOLDER, only)?;
    let first = pack("target/dist", &binaries)?;
    let second = pack("target/dist-again", &binaries)?;
    same(&first.folder, &second.folder)?;
    lints::everything(&first)?;
    trial::everything(&first)
}

/// Links a program for a Mac without Apple's SDK, and packs it: a proof that it can be linked, and nothing to give away.
pub(crate) fn stubs() -> Outcome {
    mac::everything()
}

/// Builds the binaries a second time, from nothing, in a checkout of the same commit in another folder, and compares.
pub(crate) fn again(only: &[&str]) -> Outcome {
    let first = binaries::build(binaries::FOLDER, only)?;
    let elsewhere = shell::root().join("target/elsewhere/another-folder/hallpass");
    let _ = fs::remove_dir_all(&elsewhere);
    make_folder(&elsewhere)?;
    let mut clone = shell::command_of("git", &["clone", "--quiet", "--no-hardlinks"]);
    shell::run({
        clone.arg(shell::root()).arg(&elsewhere);
        clone
    })?;
    let mut build = shell::cargo(&["xtask", "dist", "--programs"]);
    build.args(first.iter().map(|binary| binary.triple)).current_dir(&elsewhere);
    shell::run(build)?;
    for binary in &first {
        let path = binary.path.strip_prefix(shell::root()).map_err(|error| error.to_string())?;
        let second = elsewhere.join(path);
        let is_same = checksum(&binary.path)? == checksum(&second)?;
        println!("{}: {}", binary.triple, if is_same { "the same bytes" } else { "DIFFERENT" });
        if !is_same {
            return Err(format!(
                "two builds differ: {}, {}",
                binary.path.display(),
                second.display()
            ));
        }
    }
    fs::remove_dir_all(&elsewhere).map_err(|error| format!("{}: {error}", elsewhere.display()))
}

/// Tries the install script of Windows, on Windows, with what another machine has packed.
pub(crate) fn on_windows(folder: &str) -> Outcome {
    trial::on_windows(folder)
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
    let address = variable("HALLPASS_RELEASE_URL")
        .unwrap_or_else(|| format!("{HOMEPAGE}/releases/download/v{VERSION}"));
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
    let mut sums = shell::command_of("sh", &["-c", "rm -f SHA256SUMS; LC_ALL=C; sha256sum -- *"]);
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

/// Returns the README for a place that has no other file of the checkout: its links name the checkout's place.
pub(crate) fn readme() -> Outcome<String> {
    let text = read(&shell::root().join("README.md"))?;
    let mut parts = text.split("](");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_whole = part.starts_with("http") || part.starts_with('#');
        let link = part.split(')').next().unwrap_or_default();
        // A page shows a file; a picture has to be the file itself.
        let shown = if link.ends_with(".png") { "raw" } else { "blob" };
        let place =
            if is_whole { String::new() } else { format!("{HOMEPAGE}/{shown}/v{VERSION}/") };
        whole += &format!("]({place}{part}");
    }
    Ok(whole)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_of_a_package_has_no_link_into_a_checkout() {
        let text = readme().unwrap();
        let links: Vec<&str> = text.split("](").skip(1).collect();
        assert!(links.len() > 5, "the README has no links");
        for link in links {
            let is_whole = link.starts_with("https://") || link.starts_with('#');
            assert!(
                is_whole,
                "a link into a checkout: {}",
                link.chars().take(40).collect::<String>()
            );
        }
        let picture = format!("]({HOMEPAGE}/raw/v{VERSION}/docs/images/setup.png)");
        assert!(text.contains(&picture), "a picture is not the file itself");
    }
}
