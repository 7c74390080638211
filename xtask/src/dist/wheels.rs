//! Python wheels: `pip install hallpass` and `uvx hallpass demo` bring the program, and no Python code.
//!
//! In: binaries. Out: one wheel a platform (PEP 427), the program among its scripts, as ruff and uv do it. A static
//! binary runs on every Linux, so one wheel has the tags of glibc's and musl's.

use super::{Binary, HOMEPAGE, Release, SUMMARY, VERSION, archives, copy, readme, write};
use crate::shell::{self, Outcome};

pub(crate) fn make(release: &Release) -> Outcome {
    for binary in &release.binaries {
        let tags = tags(binary)?;
        let folder = release.work.join("wheels").join(binary.triple);
        copy(
            &binary.path,
            &folder.join(format!("hallpass-{VERSION}.data/scripts")).join(binary.name()),
        )?;
        let information = folder.join(format!("hallpass-{VERSION}.dist-info"));
        let readme = readme()?;
        let metadata = format!(
            "Metadata-Version: 2.4\nName: hallpass\nVersion: {VERSION}\nSummary: {SUMMARY}\n\
             License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE-APACHE\nLicense-File: LICENSE-MIT\n\
             Project-URL: Homepage, {HOMEPAGE}\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{readme}"
        );
        write(&information.join("METADATA"), &metadata)?;
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            copy(&shell::root().join(licence), &information.join("licenses").join(licence))?;
        }
        let each: String = tags.iter().map(|tag| format!("Tag: py3-none-{tag}\n")).collect();
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: hallpass xtask\nRoot-Is-Purelib: false\n{each}"
        );
        write(&information.join("WHEEL"), &wheel)?;
        let name = format!("hallpass-{VERSION}-py3-none-{}.whl", tags.join("."));
        archives::zip(&release.folder.join(name), &folder, &release.time)?;
    }
    Ok(())
}

fn tags(binary: &Binary) -> Outcome<&'static [&'static str]> {
    Ok(match binary.triple {
        "x86_64-unknown-linux-musl" => {
            &["manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"]
        }
        "aarch64-unknown-linux-musl" => {
            &["manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"]
        }
        "x86_64-pc-windows-gnu" => &["win_amd64"],
        "aarch64-apple-darwin" => &["macosx_11_0_arm64"],
        "x86_64-apple-darwin" => &["macosx_10_12_x86_64"],
        other => return Err(format!("no wheel tag for {other}")),
    })
}
