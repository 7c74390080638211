//! Installs every package on a root of its own, and runs `hallpass demo` there.
//!
//! In: a packed release. Out: a line for each, or the first thing that went wrong; what a release has no program for
//! is named and counted as skipped. Only loopback is reachable: npm, pip, uv and the install script are given
//! registries there that hold the packed files. wine and qemu run what is for other machines.

mod install_scripts;
#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod tests;

use super::{Release, VERSION, checksum, copy, make_folder, read, write};
use crate::debian;
use crate::platforms::{install, suites, wine};
use crate::private_network;
use crate::shell::{self, Outcome, command};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use install_scripts::on_windows;

/// What `hallpass demo` ends with when all went well.
const DEMO_ENDS: &str = "nothing is left behind";

const X86_64: &str = "x86_64-unknown-linux-musl";
const ARM64: &str = "aarch64-unknown-linux-musl";
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// Lines of the README; registries on loopback answer them.
const PIP: &str = "pip install hallpass";
const UVX: &str = "uvx hallpass demo";
const NPM: &str = "npm install --global hallpass";
const NPX: &str = "npx hallpass demo";

/// A trial, and the platform whose program it needs.
type Step<'a> = (&'a str, &'a str, &'a dyn Fn() -> Outcome);

pub(crate) fn everything(release: &Release) -> Outcome {
    let trial = Trial { release, folder: release.folder.with_extension("trial") };
    let _ = fs::remove_dir_all(&trial.folder);
    let steps: [Step<'_>; 16] = [
        ("SHA256SUMS, and the sums of other files", X86_64, &|| trial.checksums()),
        ("the same program in all packages of a platform", X86_64, &|| trial.contents()),
        ("archive, Linux x86-64", X86_64, &|| trial.archive(X86_64)),
        ("archive, Linux arm64 under qemu", ARM64, &|| trial.archive(ARM64)),
        ("install.sh", X86_64, &|| trial.install_script()),
        ("install.sh refuses", X86_64, &|| trial.install_script_refuses()),
        ("Debian package, amd64", X86_64, &|| trial.debian("amd64")),
        ("Debian package, arm64 under qemu", ARM64, &|| trial.debian("arm64")),
        (PIP, X86_64, &|| trial.pip()),
        (UVX, X86_64, &|| trial.uvx()),
        (NPM, X86_64, &|| trial.npm()),
        (NPX, X86_64, &|| trial.npx()),
        ("npm without the platform's package", X86_64, &|| trial.npm_alone()),
        ("container image, amd64", X86_64, &|| trial.image("amd64")),
        ("container image, arm64 under qemu", ARM64, &|| trial.image("arm64")),
        ("Windows archive under wine", WINDOWS, &|| trial.windows()),
    ];
    let is_there = |triple: &str| release.binaries.iter().any(|binary| binary.triple == triple);
    let mut skipped = 0;
    for (name, triple, run) in &steps {
        if !is_there(triple) {
            println!("not tried: {name}: this release has no program for {triple}");
            skipped += 1;
            continue;
        }
        run().map_err(|error| format!("{name}: {error}"))?;
        println!("tried: {name}");
    }
    println!("\n{} passed, 0 failed, {skipped} skipped", steps.len() - skipped);
    Ok(())
}

struct Trial<'a> {
    release: &'a Release,
    folder: PathBuf,
}

impl Trial<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.release.folder.join(name)
    }

    /// Returns an empty folder.
    fn root(&self, name: &str) -> Outcome<PathBuf> {
        let root = self.folder.join(name);
        make_folder(&root)?;
        Ok(root)
    }

    /// Every file is summed, and the sums in the other files are those.
    fn checksums(&self) -> Outcome {
        let mut check =
            shell::command_of("sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"]);
        shell::output({
            check.current_dir(&self.release.folder);
            check
        })?;
        let sums = read(&self.file("SHA256SUMS"))?;
        let catalogues = ["hallpass.rb", "hallpass.json"];
        for name in catalogues.into_iter().filter(|name| self.file(name).exists()) {
            let text = read(&self.file(name))?;
            let words = text.split('"').filter(|word| word.len() == 64);
            let unknown = words.filter(|word| !sums.contains(word)).count();
            if unknown > 0 || !text.contains(VERSION) {
                return Err(format!("`{name}` has {unknown} checksums that SHA256SUMS has not"));
            }
        }
        // Scoop's manifest is JSON, and the names of what it downloads are those of the release.
        let parse = "import json, sys\nfor file in sys.argv[1:]: json.load(open(file))";
        let mut parse = shell::command_of("python3", &["-c", parse]);
        for name in ["hallpass.json", "hallpass.cdx.json"] {
            parse.args(Some(self.file(name)).filter(|file| file.exists()));
        }
        shell::output(parse).map(drop)
    }

    /// One program for each platform in all of its packages, and no path of this machine in it.
    fn contents(&self) -> Outcome {
        let root = shell::root().display().to_string();
        for binary in &self.release.binaries {
            let program = fs::read(&binary.path).map_err(|error| error.to_string())?;
            if program.windows(root.len()).any(|bytes| bytes == root.as_bytes()) {
                return Err(format!("`{root}` is in the program for {}", binary.triple));
            }
        }
        let mut compare = shell::command_of("python3", &["-c", include_str!("contents.py")]);
        compare.arg(&self.release.folder).arg(VERSION);
        compare.args(self.release.binaries.iter().map(|binary| binary.triple));
        print!("{}", shell::output(compare)?);
        Ok(())
    }

    /// Returns a command that finds the packed files where it would find a release.
    fn registries(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = shell::command_of("python3", &["-c", include_str!("registry.py")]);
        command.arg(&self.release.folder).arg(program);
        // What is installed is what was packed: nothing of an earlier trial, nothing of the user's.
        command.env("npm_config_cache", self.folder.join("npm-cache"));
        command.env("npm_config_update_notifier", "false").env("UV_NO_CACHE", "1");
        command.env("PIP_NO_CACHE_DIR", "1").env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        command
    }

    fn archive(&self, triple: &str) -> Outcome {
        let root = self.root(&format!("archive-{triple}"))?;
        let name = format!("hallpass-{VERSION}-{triple}");
        let mut unpack = shell::command_of("tar", &["--extract", "--directory"]);
        unpack.arg(&root).arg("--file").arg(self.file(&format!("{name}.tar.gz")));
        shell::output(unpack)?;
        let program = root.join(name).join("hallpass");
        if triple != ARM64 {
            return demo(command(program));
        }
        let mut run = command(suites::arm()?);
        run.arg(program);
        demo(run)
    }

    fn debian(&self, architecture: &str) -> Outcome {
        let root = self.root(&format!("debian-{architecture}"))?;
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "tmp"] {
            make_folder(&root.join(folder))?;
        }
        write(&root.join("var/lib/dpkg/status"), "")?;
        let dpkg = |words: &[&str]| {
            let mut dpkg = shell::command_of("dpkg", &["--force-not-root", "--force-architecture"]);
            dpkg.arg(format!("--root={}", root.display())).args(words);
            shell::output(dpkg)
        };
        let file = self.file(&format!("hallpass_{VERSION}_{architecture}.deb"));
        dpkg(&["--install", &file.display().to_string()])?;
        demo(inside(&root, architecture, None)?)?;
        if !root.join("usr/share/man/man1/hallpass-login.1.gz").exists() {
            return Err("the manual is not there".to_owned());
        }
        dpkg(&["--remove", "hallpass"])?;
        match root.join("usr/bin/hallpass").exists() {
            true => Err("the program stays when the package goes".to_owned()),
            false => Ok(()),
        }
    }

    fn pip(&self) -> Outcome {
        let root = self.root("pip")?;
        shell::output({
            let mut make = shell::command_of("python3", &["-m", "venv"]);
            make.arg(&root);
            make
        })?;
        let mut pip = self.registries(root.join("bin/pip"));
        pip.args(["install", "--quiet", "hallpass"]);
        shell::output(private_network::wrap(&pip))?;
        demo(command(root.join("bin/hallpass")))?;
        let mut remove = command(root.join("bin/pip"));
        remove.args(["uninstall", "--quiet", "--yes", "hallpass"]);
        shell::output(remove)?;
        match root.join("bin/hallpass").exists() {
            true => Err("pip leaves the program".to_owned()),
            false => Ok(()),
        }
    }

    /// The README's line.
    fn uvx(&self) -> Outcome {
        let python = install::environment("uv", "uv==0.13.9")?;
        let mut uvx = self.registries(python.with_file_name("uvx"));
        uvx.arg("hallpass");
        demo(uvx)
    }

    fn npm(&self) -> Outcome {
        let root = self.root("npm")?;
        let mut npm = self.registries("npm");
        npm.args(["install", "--global", "--silent", "hallpass", "--prefix"]).arg(&root);
        shell::output(private_network::wrap(&npm))?;
        // Of the packages of platforms, this machine's alone.
        holds_only(&root.join("lib/node_modules/hallpass/node_modules/@hallpass"), &["linux-x64"])?;
        demo(command(root.join("bin/hallpass")))
    }

    /// The README's line.
    fn npx(&self) -> Outcome {
        let mut npx = self.registries("npx");
        npx.arg("hallpass");
        demo(npx)
    }

    fn npm_alone(&self) -> Outcome {
        let root = self.root("npm-alone")?;
        let mut npm = self.registries("npm");
        // Of a global installation, npm leaves nothing out.
        npm.args(["install", "--silent", "--omit=optional", "hallpass", "--prefix"]).arg(&root);
        shell::output(private_network::wrap(&npm))?;
        let program = command(root.join("node_modules/.bin/hallpass"));
        refuses(program, "there is no program for linux on x64 here")
    }

    /// Reads the image as a runtime does: index, manifest, layer, each by its digest.
    fn image(&self, architecture: &str) -> Outcome {
        const LAYER: &str = "import json, sys\n\
            blob = lambda digest: json.load(open('blobs/' + digest.replace(':', '/')))\n\
            [named] = json.load(open('index.json'))['manifests']\n\
            index = blob(named['digest'])['manifests']\n\
            manifest = next(m for m in index if m['platform']['architecture'] == sys.argv[1])\n\
            image = blob(manifest['digest'])\n\
            assert blob(image['config']['digest'])['config']['Entrypoint'] == ['/usr/bin/hallpass']\n\
            print('blobs/' + image['layers'][0]['digest'].replace(':', '/'))\n";
        let layout = self.root(&format!("image-{architecture}"))?;
        let mut unpack = shell::command_of("tar", &["--extract", "--directory"]);
        unpack.arg(&layout).arg("--file").arg(self.file(&format!("hallpass-{VERSION}-oci.tar")));
        shell::output(unpack)?;
        for blob in
            fs::read_dir(layout.join("blobs/sha256")).map_err(|error| error.to_string())?.flatten()
        {
            if checksum(&blob.path())? != blob.file_name().to_string_lossy() {
                return Err(format!("{} has another digest", blob.path().display()));
            }
        }
        let mut ask = shell::command_of("python3", &["-c", LAYER, architecture]);
        let layer = shell::output({
            ask.current_dir(&layout);
            ask
        })?;
        let root = self.root(&format!("image-{architecture}-root"))?;
        // Where qemu runs there is one user, whom the image's own would keep out of its folders.
        let owner = if architecture == "amd64" { "--same-owner" } else { "--no-same-owner" };
        let mut unpack = shell::command_of("tar", &["--extract", "--gzip", owner, "--directory"]);
        unpack.arg(&root).arg("--file").arg(layout.join(layer.trim()));
        shell::output(unpack)?;
        demo(inside(&root, architecture, Some("65532:65532"))?)
    }

    fn windows(&self) -> Outcome {
        let root = self.root("windows")?;
        let name = format!("hallpass-{VERSION}-x86_64-pc-windows-gnu");
        let mut unzip = shell::command_of("python3", &["-m", "zipfile", "-e"]);
        shell::output({
            unzip.arg(self.file(&format!("{name}.zip"))).arg(&root);
            unzip
        })?;
        let program = root.join(name).join("hallpass.exe");
        let mut run = command(wine::program()?);
        run.arg(&program);
        demo(run)?;
        match suites::from_outside(&program)? {
            (true, _) => Ok(()),
            (false, _) => Err("it does not behave at a console".to_owned()),
        }
    }
}

/// Returns the program of a root, run with that root as its only files, and `/proc` as systems and runtimes mount it.
fn inside(root: &Path, architecture: &str, user: Option<&str>) -> Outcome<Command> {
    const SCRIPT: &str = "mount -t proc proc \"$1/proc\" && shift && exec chroot \"$@\"";
    let is_root = shell::output(shell::command_of("id", &["-u"]))?.trim() == "0";
    // A namespace has root alone, and qemu needs one.
    let user = user.filter(|_| is_root && architecture == "amd64");
    make_folder(&root.join("proc"))?;
    let mut run = match architecture {
        "arm64" => {
            let mut run = command(suites::arm()?);
            run.arg("unshare");
            run
        }
        _ if is_root => command("unshare"),
        _ => shell::command_of("unshare", &["--map-root-user"]),
    };
    run.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh"]).arg(root);
    run.args(user.map(|user| format!("--userspec={user}"))).arg(root).arg("/usr/bin/hallpass");
    Ok(run)
}

/// Runs `demo` with loopback alone.
fn demo(mut command: Command) -> Outcome {
    command.arg("demo");
    // In a network of its own there is no user but root.
    let as_user = command.get_args().any(|word| word.to_string_lossy().starts_with("--userspec"));
    let command = if as_user { command } else { private_network::wrap(&command) };
    let told = shell::output(command)?;
    if told.contains(DEMO_ENDS) { Ok(()) } else { Err(format!("`demo` ended with: {told}")) }
}

fn refuses(mut command: Command, words: &str) -> Outcome {
    let output = command.output().map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && told.contains(words) {
        return Ok(());
    }
    Err(format!("no refusal with `{words}`: {} {told}", output.status))
}

fn holds_only(folder: &Path, names: &[&str]) -> Outcome {
    let there = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut there: Vec<_> =
        there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    there.sort();
    if there == names { Ok(()) } else { Err(format!("{} holds {there:?}", folder.display())) }
}
