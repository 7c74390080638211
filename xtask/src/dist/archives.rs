//! The archives that everything else points at: `hallpass-VERSION-TRIPLE.tar.gz`, and a zip for Windows.
//!
//! In: binaries, the manual, completions, licences. Out: archives with one folder inside. GNU tar and Python's
//! zipfile make the same bytes of the same files.

use super::pages::COMPLETIONS;
use super::{Binary, Release, VERSION, copy};
use crate::shell::{self, Outcome};
use std::path::Path;

pub(crate) fn make(release: &Release, pages: &Path) -> Outcome {
    for binary in &release.binaries {
        let name = format!("hallpass-{VERSION}-{}", binary.triple);
        let folder = release.work.join("archives").join(binary.triple).join(&name);
        fill(&folder, binary, pages)?;
        let parent = folder.parent().unwrap_or(&folder);
        if binary.is_for("windows") {
            zip(&release.folder.join(format!("{name}.zip")), parent, &release.time)?;
        } else {
            let file = release.folder.join(format!("{name}.tar.gz"));
            tar(&file, parent, &name, &release.time)?;
        }
    }
    Ok(())
}

fn fill(folder: &Path, binary: &Binary, pages: &Path) -> Outcome {
    copy(&binary.path, &folder.join(binary.name()))?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md", "SECURITY.md"] {
        copy(&shell::root().join(name), &folder.join(name))?;
    }
    for (_, name) in COMPLETIONS {
        copy(&pages.join("completions").join(name), &folder.join("completions").join(name))?;
    }
    if !binary.is_for("windows") {
        copy_pages(pages, &folder.join("man1"))?;
    }
    Ok(())
}

/// Copies the pages of the manual.
pub(crate) fn copy_pages(pages: &Path, to: &Path) -> Outcome {
    let entries = std::fs::read_dir(pages.join("man1")).map_err(|error| error.to_string())?;
    for entry in entries.flatten() {
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Packs `name` of a folder, compressed if the file's name says so.
pub(crate) fn tar(file: &Path, folder: &Path, name: &str, time: &str) -> Outcome {
    let mut tar = shell::command_of("tar", &["--sort=name", "--owner=0", "--group=0"]);
    tar.args(["--numeric-owner", "--format=ustar", "--mode=u+w,go=rX"]);
    tar.arg(format!("--mtime=@{time}"));
    if file.extension().is_some_and(|extension| extension == "gz") {
        tar.args(["--use-compress-program", "gzip --no-name --best"]);
    }
    tar.args(["--create", "--file"]).arg(file).arg("--directory").arg(folder).arg(name);
    shell::output(tar).map(drop)
}

/// Packs what is in a folder.
pub(crate) fn zip(file: &Path, folder: &Path, time: &str) -> Outcome {
    let mut zip = shell::command_of("python3", &["-c", include_str!("archive.py")]);
    zip.arg(file).arg(folder).arg(time);
    shell::output(zip).map(drop)
}
