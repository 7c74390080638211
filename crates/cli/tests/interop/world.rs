//! One emulator, one empty home, and the programs that run in it.

use hallpass_emulator::Emulator;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use std::{env, fs};

/// Google's side of the street, a user's home folder, and what runs in it.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    home: tempfile::TempDir,
}

impl World {
    /// Starts an emulator that signs Ada in, and a home that holds her `client_secret.json`.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("home");
        let proxy = "127.0.0.1:0".parse().expect("address");
        let builder = Emulator::builder().approve("ada@example.com").proxy(proxy).dir(home.path());
        Self { emulator: builder.start().expect("emulator"), home }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "what the user's other programs wrote")]
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("write");
    }

    pub(crate) fn read_json(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).expect(name);
        serde_json::from_str(&text).expect(name)
    }

    /// Moves the `expiry` of a token file into the past, as the passing of time would.
    pub(crate) fn expire(&self, name: &str) {
        let mut file = self.read_json(name);
        file["expiry"] = "2020-01-01T00:00:00Z".into();
        self.write(name, &file.to_string());
        self.emulator.advance(Duration::from_secs(2 * 60 * 60));
    }

    /// Runs a Python program of `programs/` with Google's libraries; returns its standard output.
    pub(crate) fn python(&self, program: &str) -> String {
        self.python_with(program, &[])
    }

    /// The same with arguments.
    pub(crate) fn python_with(&self, program: &str, arguments: &[&str]) -> String {
        let python = installed("HALLPASS_TEST_PYTHON");
        let mut command = self.command(&python);
        command.arg(programs().join(program)).args(arguments);
        finished(program, command.output())
    }

    /// The same where no variable names a project, and `bin/` of the home comes first on the PATH.
    pub(crate) fn python_without_project(&self, program: &str) -> String {
        let mut command = self.command(&installed("HALLPASS_TEST_PYTHON"));
        command.arg(programs().join(program));
        finished(program, self.without_project(command).output())
    }

    pub(crate) fn node_without_project(&self, program: &str) -> String {
        let beside = installed("HALLPASS_TEST_NODE_FOLDER").join(program);
        fs::copy(programs().join(program), &beside).expect("copy the program");
        let mut command = self.command(Path::new("node"));
        command.arg(beside);
        finished(program, self.without_project(command).output())
    }

    fn without_project(&self, mut command: Command) -> Command {
        let mut path = self.path("bin").into_os_string();
        path.push(":");
        path.push(inherited("PATH"));
        command.env("PATH", path).env_remove("GOOGLE_CLOUD_PROJECT");
        command
    }

    /// Runs a Node program of `programs/` with Google's library; returns its standard output.
    pub(crate) fn node(&self, program: &str) -> String {
        self.node_with(program, "")
    }

    /// The same with an argument.
    pub(crate) fn node_with(&self, program: &str, argument: &str) -> String {
        // Node looks for packages beside the program, so the program is copied beside them.
        let folder = installed("HALLPASS_TEST_NODE_FOLDER");
        let beside = folder.join(program);
        fs::copy(programs().join(program), &beside).expect("copy the program");
        let mut command = self.command(Path::new("node"));
        command.arg(beside).arg(argument);
        finished(program, command.output())
    }

    /// Runs the shell example of the emulator around `node --test` of another one.
    pub(crate) fn example_in_node_folder(&self, shell: &str, test: &str) -> String {
        let folder = installed("HALLPASS_TEST_NODE_FOLDER");
        let beside = folder.join(test);
        fs::copy(examples().join(test), &beside).expect("copy the example");
        let mut command = self.stranger("sh");
        command
            .arg(examples().join(shell))
            .args(["node", "--test", "--test-reporter=tap"])
            .arg(beside);
        finished(shell, command.output())
    }

    /// Runs an example of the emulator with pytest.
    pub(crate) fn pytest_example(&self, test: &str) -> String {
        let python = installed("HALLPASS_TEST_PYTHON");
        let mut command = self.stranger(python);
        command.args(["-m", "pytest", "-p", "no:cacheprovider"]).arg(examples().join(test));
        finished(test, command.output())
    }

    /// A command of somebody who has `hallpass` on the PATH and knows nothing of this world's emulator.
    fn stranger(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("a folder");
        let mut path = binary.as_os_str().to_owned();
        path.push(":");
        path.push(inherited("PATH"));
        let mut command = Command::new(program);
        command
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path());
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("GOOGLE_CLOUD_PROJECT", "demo-project");
        command
    }

    /// Says whether gcloud is installed here.
    pub(crate) fn has_gcloud(&self) -> bool {
        self.command(Path::new("gcloud"))
            .arg("--version")
            .output()
            .is_ok_and(|run| run.status.success())
    }

    /// Runs gcloud and returns its standard output; it must end well.
    pub(crate) fn gcloud(&self, arguments: &[&str]) -> String {
        let mut command = self.command(Path::new("gcloud"));
        // It opens a browser only where it sees a display; this is the least harmful sign of one.
        command.args(arguments).env("MIR_SOCKET", "none");
        finished("gcloud", command.output())
    }

    /// Runs `hallpass` and returns its standard output; it must end well.
    pub(crate) fn hallpass(&self, arguments: &[&str]) -> String {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_hallpass")));
        command.args(arguments);
        finished("hallpass", command.output())
    }

    /// Returns how many token requests of this grant type Google has seen.
    pub(crate) fn token_requests(&self, grant_type: &str) -> usize {
        let requests = self.emulator.requests();
        requests
            .iter()
            .filter(|request| request.path == "/token")
            .filter(|request| {
                request.form.iter().any(|(name, value)| name == "grant_type" && value == grant_type)
            })
            .count()
    }

    /// A program in this home, aimed at the emulator, that the test talks to.
    pub(crate) fn program(&self, program: &str) -> Command {
        self.command(Path::new(program))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", inherited("PATH"))
            .env("HOME", self.home.path())
            .env("CLOUDSDK_CONFIG", self.path("gcloud"))
            .env("HALLPASS_CONFIG", self.path("hallpass"))
            // The browser: it opens the address and follows the emulator's approval.
            .env("BROWSER", "curl -sL -o /dev/null %s &")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // Else Google's libraries would run a gcloud that happens to be installed.
            .env("GOOGLE_CLOUD_PROJECT", "demo-project")
            // What `env.sh` sets, and nothing else about the emulator.
            .envs(self.emulator.variables());
        command
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../emulator/examples/ci")
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/programs")
}

#[expect(clippy::disallowed_methods, reason = "the tests are told where the clients are")]
fn inherited(name: &str) -> std::ffi::OsString {
    env::var_os(name).unwrap_or_default()
}

fn installed(variable: &str) -> PathBuf {
    let path = inherited(variable);
    assert!(!path.is_empty(), "{variable} is not set: run `cargo xtask interop`");
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
