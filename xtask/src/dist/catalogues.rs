//! Files that point at a release: the Homebrew formula, the Scoop manifest, the install scripts.
//!
//! In: the archives and their checksums. Out: text with the addresses and checksums of this release filled in.

use super::{Binary, HOMEPAGE, Release, SUMMARY, VERSION, checksum, write};
use crate::shell::Outcome;

pub(crate) fn make(release: &Release) -> Outcome {
    write(&release.folder.join("hallpass.rb"), &formula(release)?)?;
    if let Some(windows) = release.binaries.iter().find(|binary| binary.is_for("windows")) {
        write(&release.folder.join("hallpass.json"), &scoop(release, windows)?)?;
    }
    for (name, script) in
        [("install.sh", include_str!("install.sh")), ("install.ps1", include_str!("install.ps1"))]
    {
        let script = script.replace("@ADDRESS@", &release.address).replace("@VERSION@", VERSION);
        write(&release.folder.join(name), &script)?;
    }
    Ok(())
}

fn archive(release: &Release, binary: &Binary) -> Outcome<(String, String)> {
    let extension = if binary.is_for("windows") { "zip" } else { "tar.gz" };
    let name = format!("hallpass-{VERSION}-{}.{extension}", binary.triple);
    let sum = checksum(&release.folder.join(&name))?;
    Ok((format!("{}/{name}", release.address), sum))
}

/// Homebrew, on Linux as on a Mac.
fn formula(release: &Release) -> Outcome<String> {
    let mut cases = String::new();
    for binary in release.binaries.iter().filter(|binary| !binary.is_for("windows")) {
        let system = if binary.is_for("apple") { "OS.mac?" } else { "OS.linux?" };
        let processor = if binary.is_for("aarch64") { "arm?" } else { "intel?" };
        let (address, sum) = archive(release, binary)?;
        cases += &format!(
            "  if {system} && Hardware::CPU.{processor}\n    url \"{address}\"\n    sha256 \"{sum}\"\n  end\n"
        );
    }
    Ok(format!(
        "class Hallpass < Formula\n  desc \"{SUMMARY}\"\n  homepage \"{HOMEPAGE}\"\n  version \"{VERSION}\"\n  \
         license any_of: [\"MIT\", \"Apache-2.0\"]\n\n{cases}\n  def install\n    bin.install \"hallpass\"\n    man1.install Dir[\"man1/*.1\"]\n    \
         bash_completion.install \"completions/hallpass.bash\" => \"hallpass\"\n    zsh_completion.install \"completions/_hallpass\"\n    \
         fish_completion.install \"completions/hallpass.fish\"\n  end\n\n  test do\n    system bin/\"hallpass\", \"demo\"\n  end\nend\n"
    ))
}

fn scoop(release: &Release, windows: &Binary) -> Outcome<String> {
    let (address, sum) = archive(release, windows)?;
    let folder = format!("hallpass-{VERSION}-{}", windows.triple);
    Ok(format!(
        "{{\n  \"version\": \"{VERSION}\",\n  \"description\": \"{SUMMARY}\",\n  \
         \"homepage\": \"{HOMEPAGE}\",\n  \"license\": \"MIT|Apache-2.0\",\n  \
         \"architecture\": {{\n    \"64bit\": {{\n      \"url\": \"{address}\",\n      \"hash\": \"{sum}\",\n      \
         \"extract_dir\": \"{folder}\"\n    }}\n  }},\n  \"bin\": \"hallpass.exe\"\n}}\n"
    ))
}
