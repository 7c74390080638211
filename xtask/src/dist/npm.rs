//! npm packages: `npx hallpass demo` without a build.
//!
//! In: binaries. Out: `hallpass`, which is a few lines of JavaScript, and one package a platform with the program in
//! it. npm installs the one whose `os` and `cpu` fit, as biome and esbuild do it; no script runs at installation.

use super::{Binary, HOMEPAGE, Release, SUMMARY, VERSION, archives, copy, readme, write};
use crate::shell::{self, Outcome};

/// Packages of platforms are in it.
const SCOPE: &str = "@hallpass";

pub(crate) fn make(release: &Release) -> Outcome {
    let mut optional = Vec::new();
    for binary in &release.binaries {
        let (system, processor) = platform(binary)?;
        let name = format!("{SCOPE}/{system}-{processor}");
        let manifest = format!(
            "{{\n  \"name\": \"{name}\",\n  \"version\": \"{VERSION}\",\n  \"description\": \"{SUMMARY}: the program for {system} on {processor}\",\n  \
             \"license\": \"MIT OR Apache-2.0\",\n  \"homepage\": \"{HOMEPAGE}\",\n  \
             \"repository\": {{ \"type\": \"git\", \"url\": \"git+{HOMEPAGE}.git\" }},\n  \"os\": [\"{system}\"],\n  \"cpu\": [\"{processor}\"],\n  \
             \"preferUnplugged\": true\n}}\n"
        );
        let folder = release.work.join("npm").join(format!("{system}-{processor}"));
        copy(&binary.path, &folder.join("package").join(binary.name()))?;
        write(&folder.join("package/package.json"), &manifest)?;
        pack(release, &format!("hallpass-{system}-{processor}"), &folder)?;
        optional.push(format!("    \"{name}\": \"{VERSION}\""));
    }
    let manifest = format!(
        "{{\n  \"name\": \"hallpass\",\n  \"version\": \"{VERSION}\",\n  \"description\": \"{SUMMARY}\",\n  \
         \"license\": \"MIT OR Apache-2.0\",\n  \"homepage\": \"{HOMEPAGE}\",\n  \
             \"repository\": {{ \"type\": \"git\", \"url\": \"git+{HOMEPAGE}.git\" }},\n  \"bin\": {{ \"hallpass\": \"hallpass.js\" }},\n  \
         \"engines\": {{ \"node\": \">=18\" }},\n  \"optionalDependencies\": {{\n{}\n  }}\n}}\n",
        optional.join(",\n")
    );
    let folder = release.work.join("npm/hallpass");
    write(&folder.join("package/package.json"), &manifest)?;
    write(&folder.join("package/hallpass.js"), include_str!("npm/hallpass.js"))?;
    write(&folder.join("package/README.md"), &readme()?)?;
    pack(release, "hallpass", &folder)
}

fn pack(release: &Release, name: &str, folder: &std::path::Path) -> Outcome {
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&shell::root().join(licence), &folder.join("package").join(licence))?;
    }
    // npm's own packer would leave the mode of the program to the machine.
    let file = release.folder.join(format!("npm-{name}-{VERSION}.tar.gz"));
    archives::tar(&file, folder, "package", &release.time)?;
    let named = release.folder.join(format!("npm-{name}-{VERSION}.tgz"));
    #[expect(clippy::disallowed_methods, reason = "a file under target/")]
    std::fs::rename(&file, named).map_err(|error| error.to_string())
}

/// The words that Node uses.
fn platform(binary: &Binary) -> Outcome<(&'static str, &'static str)> {
    Ok(match binary.triple {
        "x86_64-unknown-linux-musl" => ("linux", "x64"),
        "aarch64-unknown-linux-musl" => ("linux", "arm64"),
        "x86_64-pc-windows-gnu" => ("win32", "x64"),
        "aarch64-apple-darwin" => ("darwin", "arm64"),
        "x86_64-apple-darwin" => ("darwin", "x64"),
        other => return Err(format!("npm has no name for {other}")),
    })
}
