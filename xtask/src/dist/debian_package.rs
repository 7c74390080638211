//! The Debian package: the program, its manual and its completions, for two architectures.
//!
//! In: static binaries, so it depends on nothing; `ca-certificates` is only recommended, for Google's addresses.
//! Out: `hallpass_VERSION_ARCH.deb`, built by `dpkg-deb` with every time the commit's.

use super::{Binary, HOMEPAGE, Release, SUMMARY, VERSION, archives, copy, write};
use crate::shell::{self, Outcome};
use std::path::Path;

/// The address takes no mail; a package has to have one.
const MAINTAINER: &str = "The hallpass authors <hallpass-dev@users.noreply.github.com>";

pub(crate) fn make(release: &Release, pages: &Path) -> Outcome {
    for binary in release.binaries.iter().filter(|binary| binary.is_for("linux")) {
        let architecture = architecture(binary);
        let root = release.work.join("debian").join(architecture);
        fill(release, &root, binary, pages)?;
        let control = format!(
            "Package: hallpass\nVersion: {VERSION}\nArchitecture: {architecture}\nSection: utils\nPriority: optional\n\
             Recommends: ca-certificates\nSuggests: curl\nMaintainer: {MAINTAINER}\n\
             Homepage: {HOMEPAGE}\nDescription: {SUMMARY}\n \
             Application Default Credentials without gcloud: sign in, refresh,\n \
             and use them with every Google client.\n \
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

fn fill(release: &Release, root: &Path, binary: &Binary, pages: &Path) -> Outcome {
    copy(&binary.path, &root.join("usr/bin/hallpass"))?;
    let share = root.join("usr/share");
    let man = share.join("man/man1");
    archives::copy_pages(pages, &man)?;
    compress(&man, "*.1")?;
    for (from, to) in [
        ("hallpass.bash", "bash-completion/completions/hallpass"),
        ("hallpass.fish", "fish/vendor_completions.d/hallpass.fish"),
        ("_hallpass", "zsh/vendor-completions/_hallpass"),
    ] {
        copy(&pages.join("completions").join(from), &share.join(to))?;
    }
    let documents = share.join("doc/hallpass");
    // Debian has Apache's licence once for all packages.
    let text = format!(
        "{HOMEPAGE}\nhallpass is MIT or Apache-2.0, at your choice.\n\n{}\n\
         Apache-2.0: see /usr/share/common-licenses/Apache-2.0\n",
        super::read(&shell::root().join("LICENSE-MIT"))?
    );
    write(&documents.join("copyright"), &text)?;
    write(&documents.join("changelog"), &changelog(release)?)?;
    compress(&documents, "changelog")?;
    write(&documents.join("README.md"), &super::readme()?)
}

/// Debian's form, which its tools read; what changed is in the sources' own.
fn changelog(release: &Release) -> Outcome<String> {
    let mut date = shell::command_of("date", &["--utc", "--rfc-email"]);
    let date = shell::output({
        date.arg(format!("--date=@{}", release.time));
        date
    })?;
    Ok(format!(
        "hallpass ({VERSION}) unstable; urgency=medium\n\n  * {HOMEPAGE}/blob/v{VERSION}/CHANGELOG.md\n\n \
         -- {MAINTAINER}  {date}"
    ))
}

/// Debian's documents are compressed; without a time and a name in them.
fn compress(folder: &Path, names: &str) -> Outcome {
    let mut gzip = shell::command_of("sh", &["-c", &format!("gzip --no-name --best {names}")]);
    gzip.current_dir(folder);
    shell::output(gzip).map(drop)
}
