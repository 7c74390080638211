//! The container image: the program, root certificates, and nothing else; for two architectures.
//!
//! In: static binaries. Out: `hallpass-VERSION-oci.tar`, an image layout (OCI image specification 1.1) that podman,
//! skopeo and docker load; no daemon makes it. It runs as a user without rights, whose home is `/home/hallpass`.
#![expect(clippy::disallowed_methods, reason = "a task writes under target/")]

use super::{
    Binary, HOMEPAGE, Release, SUMMARY, VERSION, archives, checksum, copy, debian_package,
    make_folder, write,
};
use crate::platforms::install;
use crate::shell::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

/// Mozilla's root certificates, as Python's clients use them.
const ROOTS: &str = "certifi==2026.10.18";

/// The user that images without a system use by custom.
const USER: &str = "65532";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What `podman load` calls it, after `localhost/`.
pub(crate) const NAME: &str = concat!("hallpass:", env!("CARGO_PKG_VERSION"));

pub(crate) fn make(release: &Release) -> Outcome {
    let folder = release.work.join("image");
    let layout = Layout { folder: folder.join("layout") };
    let mut manifests = Vec::new();
    for binary in release.binaries.iter().filter(|binary| binary.is_for("linux")) {
        let architecture = debian_package::architecture(binary);
        let layer = layer(release, binary, &folder.join(architecture))?;
        manifests.push(layout.manifest(release, architecture, &layer)?);
    }
    if manifests.is_empty() {
        return Ok(());
    }
    // One entry with the image's name, which leads to one image for each processor: runtimes load that under its name.
    let platforms = layout.add_text(INDEX, &index(&manifests.join(",")))?;
    let named = format!(
        r#","annotations":{{"org.opencontainers.image.ref.name":"{NAME}","io.containerd.image.name":"localhost/{NAME}"}}}}"#
    );
    let named = platforms.trim_end_matches('}').to_owned() + &named;
    write(&layout.folder.join("index.json"), &index(&named))?;
    write(&layout.folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let file = release.folder.join(format!("hallpass-{VERSION}-oci.tar"));
    archives::tar(&file, &layout.folder, ".", &release.time)
}

fn index(entries: &str) -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{entries}]}}"#)
}

/// Returns the layer, not yet compressed.
fn layer(release: &Release, binary: &Binary, folder: &Path) -> Outcome<PathBuf> {
    let root = folder.join("root");
    copy(&binary.path, &root.join("usr/bin/hallpass"))?;
    let python = install::environment("roots", ROOTS)?;
    let ask = ["-c", "import certifi; print(certifi.where())"];
    let roots = shell::output({
        let mut command = shell::command(python);
        command.args(ask);
        command
    })?;
    copy(Path::new(roots.trim()), &root.join("etc/ssl/certs/ca-certificates.crt"))?;
    write(
        &root.join("etc/passwd"),
        &format!("hallpass:x:{USER}:{USER}::/home/hallpass:/usr/bin/hallpass\n"),
    )?;
    let file = folder.join("layer.tar");
    for (owner, names) in [("0", &["etc", "usr"][..]), (USER, &["home/hallpass", "tmp"])] {
        let mut tar =
            shell::command_of("tar", &["--sort=name", "--numeric-owner", "--format=ustar"]);
        tar.args([format!("--owner={owner}"), format!("--group={owner}")]);
        tar.args(["--mode=u+w,go=rX", &format!("--mtime=@{}", release.time)]);
        tar.args(["--append", "--file"]).arg(&file).arg("--directory").arg(&root).args(names);
        for name in names {
            make_folder(&root.join(name))?;
        }
        shell::output(tar)?;
    }
    Ok(file)
}

struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// Adds an image and returns its entry in the index.
    fn manifest(&self, release: &Release, architecture: &str, layer: &Path) -> Outcome<String> {
        let unpacked = checksum(layer)?;
        shell::output(shell::command_of(
            "gzip",
            &["--no-name", "--best", &layer.display().to_string()],
        ))?;
        let layer = self
            .add("application/vnd.oci.image.layer.v1.tar+gzip", &layer.with_extension("tar.gz"))?;
        let mut date = shell::command_of("date", &["--utc", "+%Y-%m-%dT%H:%M:%SZ"]);
        let created = shell::output({
            date.arg(format!("--date=@{}", release.time));
            date
        })?;
        let created = created.trim();
        let configuration = format!(
            r#"{{"created":"{created}","architecture":"{architecture}","os":"linux","config":{{"User":"{USER}:{USER}","Env":["PATH=/usr/bin","HOME=/home/hallpass"],"Entrypoint":["/usr/bin/hallpass"],"WorkingDir":"/home/hallpass","Labels":{{"org.opencontainers.image.title":"hallpass","org.opencontainers.image.description":"{SUMMARY}","org.opencontainers.image.source":"{HOMEPAGE}","org.opencontainers.image.version":"{VERSION}","org.opencontainers.image.licenses":"MIT OR Apache-2.0"}}}},"rootfs":{{"type":"layers","diff_ids":["sha256:{unpacked}"]}},"history":[{{"created":"{created}","created_by":"cargo xtask dist"}}]}}"#
        );
        let configuration =
            self.add_text("application/vnd.oci.image.config.v1+json", &configuration)?;
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{configuration},"layers":[{layer}]}}"#
        );
        let entry = self.add_text(MANIFEST, &manifest)?;
        let platform = format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}}}"#);
        Ok(entry.trim_end_matches('}').to_owned() + &platform)
    }

    fn add_text(&self, media_type: &str, text: &str) -> Outcome<String> {
        let file = self.folder.with_extension("blob");
        write(&file, text)?;
        self.add(media_type, &file)
    }

    /// Moves a file among the blobs and returns its descriptor.
    fn add(&self, media_type: &str, file: &Path) -> Outcome<String> {
        let digest = checksum(file)?;
        let size = fs::metadata(file).map_err(|error| error.to_string())?.len();
        let blobs = self.folder.join("blobs/sha256");
        make_folder(&blobs)?;
        fs::rename(file, blobs.join(&digest)).map_err(|error| error.to_string())?;
        Ok(format!(r#"{{"mediaType":"{media_type}","digest":"sha256:{digest}","size":{size}}}"#))
    }
}
