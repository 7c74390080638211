//! The install scripts: what they install, and what they refuse with nothing half installed.
//!
//! In: a packed release, whole and altered. Out: the first thing that went wrong. `install.sh` runs on Linux;
//! `install.ps1` runs where there is a PowerShell: in the release workflow, on Windows.

use super::*;

/// Runs install.ps1 on Windows, from the packed files in a folder, and sees it refuse an altered archive.
pub(crate) fn on_windows(folder: &str) -> Outcome {
    let folder = shell::root().join(folder);
    let install = |to: &Path| {
        let mut script = shell::command_of("python", &["-c", include_str!("../registry.py")]);
        script.arg(&folder).args(["powershell", "-ExecutionPolicy", "Bypass", "-File"]);
        script.arg(folder.join("install.ps1")).arg(to);
        script
    };
    let root = folder.with_extension("installed");
    let _ = fs::remove_dir_all(&root);
    shell::run(install(&root.join("here")))?;
    holds_only(&root.join("here"), &["hallpass.exe"])?;
    demo(command(root.join("here/hallpass.exe")))?;
    let archive = folder.join(format!("hallpass-{VERSION}-{WINDOWS}.zip"));
    write(&archive, "another file")?;
    refuses(install(&root.join("there")), "is not the file of the release")?;
    holds_only(&root.join("there"), &[])
}

impl Trial<'_> {
    pub(super) fn script(&self, folder: &Path, address: &Path) -> Command {
        let mut script = command("sh");
        script.arg(self.file("install.sh")).arg(folder);
        script.env("HALLPASS_RELEASE_URL", format!("file://{}", address.display()));
        script
    }

    /// Over http, by curl and by wget; and a second time, over what is there.
    pub(super) fn install_script(&self) -> Outcome {
        let root = self.root("script")?;
        let mut script = self.registries("sh");
        script.arg(self.file("install.sh")).arg(&root);
        shell::output(private_network::wrap(&script))?;
        demo(command(root.join("hallpass")))?;
        holds_only(&root, &["hallpass"])?;
        let wget = self.path_without("curl")?;
        debian::need("wget", &["wget"])?;
        shell::output(private_network::wrap(script.env("PATH", wget)))?;
        demo(command(root.join("hallpass")))?;
        holds_only(&root, &["hallpass"])
    }

    /// Returns a `PATH` with all of the system's programs but one.
    pub(super) fn path_without(&self, name: &str) -> Outcome<String> {
        let folder = self.root(&format!("without-{name}"))?;
        let link = "ln -sf /usr/local/bin/* /usr/bin/* /bin/* \"$1\"; rm -f \"$1/$2\"";
        let mut link = shell::command_of("sh", &["-c", link, "sh"]);
        shell::output({
            link.arg(&folder).arg(name);
            link
        })?;
        Ok(folder.display().to_string())
    }

    /// Another processor, another file, no file, no sum, a folder without permission: refused, and nothing is half
    /// installed.
    pub(super) fn install_script_refuses(&self) -> Outcome {
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
        refuses(self.script(&root.join("b"), &root.join("nowhere")), "cannot download")?;
        write(&root.join("altered/SHA256SUMS"), "")?;
        refuses(self.script(&root.join("b"), &root.join("altered")), "is not in SHA256SUMS")?;
        holds_only(&root.join("b"), &[])?;
        make_folder(&root.join("e/hallpass"))?;
        refuses(self.script(&root.join("e"), &self.release.folder), "a folder is there")?;
        holds_only(&root.join("e"), &["hallpass"])?;
        holds_only(&root.join("e/hallpass"), &[])?;
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
}
