//! Installs every package on a root of its own, and runs `hallpass demo` there.
//!
//! In: a packed release. Out: a line for each, or the first thing that went wrong. Only loopback is reachable, so
//! what is installed is what was packed. wine and qemu run what is for other machines.

use super::{Release, VERSION, checksum, copy, make_folder, read, write};
use crate::platforms::{install, suites, wine};
use crate::private_network;
use crate::shell::{self, Outcome, command};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `hallpass demo` ends with when all went well.
const DEMO_ENDS: &str = "nothing is left behind";

pub(crate) fn everything(release: &Release) -> Outcome {
    let trial = Trial { release, folder: release.folder.with_extension("trial") };
    let _ = fs::remove_dir_all(&trial.folder);
    let trials: [(&str, &dyn Fn() -> Outcome); 9] = [
        ("SHA256SUMS", &|| trial.checksums()),
        ("install.sh", &|| trial.install_script()),
        ("install.sh refuses", &|| trial.install_script_refuses()),
        ("Debian packages", &|| trial.debian()),
        ("Python wheel, pip", &|| trial.pip()),
        ("Python wheel, uvx", &|| trial.uvx()),
        ("npm packages", &|| trial.npm()),
        ("container image", &|| trial.image()),
        ("Windows archive", &|| trial.windows()),
    ];
    for (name, run) in trials {
        run().map_err(|error| format!("{name}: {error}"))?;
        println!("tried: {name}");
    }
    println!("\n{} passed, 0 failed", trials.len());
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
        for name in ["hallpass.rb", "hallpass.json"] {
            let text = read(&self.file(name))?;
            let words = text.split('"').filter(|word| word.len() == 64);
            let unknown = words.filter(|word| !sums.contains(word)).count();
            if unknown > 0 || !text.contains(VERSION) {
                return Err(format!("`{name}` has {unknown} checksums that SHA256SUMS has not"));
            }
        }
        let parse = ["-c", "import json, sys; json.load(open(sys.argv[1]))"];
        let mut parse = shell::command_of("python3", &parse);
        shell::output({
            parse.arg(self.file("hallpass.json"));
            parse
        })
        .map(drop)
    }

    fn script(&self, folder: &Path, address: &Path) -> Command {
        let mut script = command("sh");
        script.arg(self.file("install.sh")).arg(folder);
        script.env("HALLPASS_RELEASE_URL", format!("file://{}", address.display()));
        script
    }

    fn install_script(&self) -> Outcome {
        let root = self.root("script")?;
        shell::output(self.script(&root, &self.release.folder))?;
        demo(command(root.join("hallpass")))?;
        holds_only(&root, &["hallpass"])
    }

    /// Another processor, another file, a folder without permission: refused, and nothing is half installed.
    fn install_script_refuses(&self) -> Outcome {
        let root = self.root("script-refuses")?;
        write(&root.join("bin/uname"), "#!/bin/sh\n[ \"$1\" = -s ] && echo Plan9 || echo mips\n")?;
        shell::output({
            let mut allow = shell::command_of("chmod", &["755"]);
            allow.arg(root.join("bin/uname"));
            allow
        })?;
        let mut elsewhere = self.script(&root.join("a"), &self.release.folder);
        elsewhere.env("PATH", format!("{}:/usr/bin:/bin", root.join("bin").display()));
        refuses(elsewhere, "there is no program for Plan9 on mips")?;
        for name in ["SHA256SUMS", &format!("hallpass-{VERSION}-x86_64-unknown-linux-musl.tar.gz")]
        {
            copy(&self.file(name), &root.join("altered").join(name))?;
        }
        shell::output({
            let mut alter = shell::command_of(
                "sh",
                &["-c", "for file in *.tar.gz; do printf x >>\"$file\"; done"],
            );
            alter.current_dir(root.join("altered"));
            alter
        })?;
        refuses(
            self.script(&root.join("b"), &root.join("altered")),
            "is not the file of the release",
        )?;
        holds_only(&root.join("b"), &[])?;
        write(&root.join("file"), "")?;
        refuses(
            self.script(&root.join("file/c"), &self.release.folder),
            "the folder cannot be made",
        )?;
        if shell::output(shell::command_of("id", &["-u"]))?.trim() == "0" {
            make_folder(&root.join("d"))?;
            let script = self.script(&root.join("d"), &self.release.folder);
            let mut other = shell::command_of("setpriv", &["--reuid=65534", "--clear-groups"]);
            other.arg("sh").args(script.get_args());
            refuses(other, "no permission to write there")?;
            holds_only(&root.join("d"), &[])?;
        }
        Ok(())
    }

    fn debian(&self) -> Outcome {
        for architecture in ["amd64", "arm64"] {
            let root = self.root(&format!("debian-{architecture}"))?;
            for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "tmp"] {
                make_folder(&root.join(folder))?;
            }
            write(&root.join("var/lib/dpkg/status"), "")?;
            let dpkg = |words: &[&str]| {
                let mut dpkg =
                    shell::command_of("dpkg", &["--force-not-root", "--force-architecture"]);
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
            if root.join("usr/bin/hallpass").exists() {
                return Err("the program stays when the package goes".to_owned());
            }
        }
        Ok(())
    }

    fn wheel(&self) -> PathBuf {
        let tags = "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64";
        self.file(&format!("hallpass-{VERSION}-py3-none-{tags}.whl"))
    }

    fn pip(&self) -> Outcome {
        let root = self.root("pip")?;
        shell::output({
            let mut make = shell::command_of("python3", &["-m", "venv"]);
            make.arg(&root);
            make
        })?;
        let mut pip = command(root.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-index"]).arg(self.wheel());
        shell::output(private_network::wrap(&pip))?;
        demo(command(root.join("bin/hallpass")))?;
        let mut remove = command(root.join("bin/python"));
        remove.args(["-m", "pip", "uninstall", "--quiet", "--yes", "hallpass"]);
        shell::output(remove)?;
        if root.join("bin/hallpass").exists() {
            Err("pip leaves the program".to_owned())
        } else {
            Ok(())
        }
    }

    fn uvx(&self) -> Outcome {
        let python = install::environment("uv", "uv==0.13.9")?;
        let mut uvx = command(python.with_file_name("uvx"));
        uvx.args(["--offline", "--no-cache", "--from"]).arg(self.wheel()).arg("hallpass");
        demo(uvx)
    }

    fn npm(&self) -> Outcome {
        let main = self.file(&format!("npm-hallpass-{VERSION}.tgz"));
        let here = self.file(&format!("npm-hallpass-linux-x64-{VERSION}.tgz"));
        for (name, files) in [("npm", vec![&main, &here]), ("npm-alone", vec![&main])] {
            let root = self.root(name)?;
            let mut npm =
                shell::command_of("npm", &["install", "--offline", "--no-audit", "--no-fund"]);
            npm.arg("--prefix")
                .arg(&root)
                .args(files)
                .arg("--cache")
                .arg(self.folder.join("npm-cache"));
            shell::output(private_network::wrap(&npm))?;
        }
        let npx = |name: &str| {
            let mut npx = shell::command_of("npx", &["--offline", "--prefix"]);
            npx.arg(self.folder.join(name)).arg("hallpass");
            npx
        };
        demo(npx("npm"))?;
        refuses(npx("npm-alone"), "there is no program for linux on x64 here")
    }

    /// Reads the image as a runtime does: index, manifest, layer, each by its digest.
    fn image(&self) -> Outcome {
        let layout = self.root("image")?;
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
        for architecture in ["amd64", "arm64"] {
            const LAYER: &str = "import json, sys\n\
                blob = lambda digest: json.load(open('blobs/' + digest.replace(':', '/')))\n\
                index = json.load(open('index.json'))['manifests']\n\
                manifest = next(m for m in index if m['platform']['architecture'] == sys.argv[1])\n\
                image = blob(manifest['digest'])\n\
                assert blob(image['config']['digest'])['config']['Entrypoint'] == ['/usr/bin/hallpass']\n\
                print('blobs/' + image['layers'][0]['digest'].replace(':', '/'))\n";
            let mut ask = shell::command_of("python3", &["-c", LAYER, architecture]);
            let layer = shell::output({
                ask.current_dir(&layout);
                ask
            })?;
            let root = self.root(&format!("image-{architecture}"))?;
            let mut unpack =
                shell::command_of("tar", &["--extract", "--gzip", "--same-owner", "--directory"]);
            unpack.arg(&root).arg("--file").arg(layout.join(layer.trim()));
            shell::output(unpack)?;
            demo(inside(&root, architecture, Some("65532:65532"))?)?;
        }
        Ok(())
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

/// Returns the program of a root, run with that root as its only files.
fn inside(root: &Path, architecture: &str, user: Option<&str>) -> Outcome<Command> {
    let is_root = shell::output(shell::command_of("id", &["-u"]))?.trim() == "0";
    // A namespace has root alone, and qemu needs one.
    let user = user.filter(|_| is_root && architecture == "amd64");
    let mut run = match architecture {
        "arm64" => {
            let mut run = command(suites::arm()?);
            run.arg("chroot");
            run
        }
        _ if is_root => command("chroot"),
        _ => shell::command_of("unshare", &["--map-root-user", "chroot"]),
    };
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
