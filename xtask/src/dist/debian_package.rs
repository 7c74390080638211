//! The Debian package: the program, its manual and its completions, for two architectures.
//!
//! In: static binaries, so it depends on nothing; `ca-certificates` is only recommended, for Google's addresses.
//! Out: `hallpass_VERSION_ARCH.deb`, built by `dpkg-deb` with every time the commit's.

use super::{Binary, Release, SUMMARY, VERSION, archives, copy, write};
use crate::shell::{self, Outcome};
use std::path::Path;

pub(crate) fn make(release: &Release, pages: &Path) -> Outcome {
    for binary in release.binaries.iter().filter(|binary| binary.is_for("linux")) {
        let architecture = architecture(binary);
        let root = release.work.join("debian").join(architecture);
        fill(&root, binary, pages)?;
        let control = format!(
            "Package: hallpass\nVersion: {VERSION}\nArchitecture: {architecture}\nSection: utils\nPriority: optional\n\
             Recommends: ca-certificates\nSuggests: curl\nMaintainer: the hallpass authors <hallpass@example.com>\n\
             Description: {SUMMARY}\n \
             Application Default Credentials without gcloud: sign in, refresh, and use them with every Google client.\n \
             `hallpass demo` shows all of it against an offline Google.\n"
        );
        write(&root.join("DEBIAN/control"), &control)?;
        let file = release.folder.join(format!("hallpass_{VERSION}_{architecture}.deb"));
        let mut build = shell::command_of("dpkg-deb", &["--root-owner-group", "-Zgzip", "--build"]);
        build.arg(&root).arg(file).env("SOURCE_DATE_EPOCH", &release.time);
        shell::output(build)?;
    }
    Ok(())
}

/// The name that Debian gives a processor.
pub(crate) fn architecture(binary: &Binary) -> &'static str {
    if binary.is_for("aarch64") { "arm64" } else { "amd64" }
}

fn fill(root: &Path, binary: &Binary, pages: &Path) -> Outcome {
    copy(&binary.path, &root.join("usr/bin/hallpass"))?;
    let share = root.join("usr/share");
    let man = share.join("man/man1");
    archives::copy_pages(pages, &man)?;
    // Debian's manual is compressed; without a time and a name in it.
    let pack = ["-c", "gzip --no-name --best *.1"];
    shell::output({
        let mut command = shell::command_of("sh", &pack);
        command.current_dir(&man);
        command
    })?;
    for (from, to) in [
        ("hallpass.bash", "bash-completion/completions/hallpass"),
        ("hallpass.fish", "fish/vendor_completions.d/hallpass.fish"),
        ("_hallpass", "zsh/vendor-completions/_hallpass"),
    ] {
        copy(&pages.join("completions").join(from), &share.join(to))?;
    }
    let documents = share.join("doc/hallpass");
    let licences =
        ["LICENSE-MIT", "LICENSE-APACHE"].map(|name| super::read(&shell::root().join(name)));
    let [mit, apache] = licences;
    let text = format!("hallpass is MIT or Apache-2.0, at your choice.\n\n{}\n\n{}", mit?, apache?);
    write(&documents.join("copyright"), &text)?;
    copy(&shell::root().join("README.md"), &documents.join("README.md"))
}
