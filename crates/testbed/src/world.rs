//! One emulator, one home folder, and `hallpass` run in it.
//!
//! After each run, and at the end of each test, what was printed and what lies in the home is searched for secrets.
//! Not here: the files of the home (`home`).

mod home;

use crate::{Run, attempts};
use hallpass_emulator::{Builder, Emulator};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::{env, fs};
use tempfile::TempDir;

/// The page's two scopes.
pub const SCOPES: &str = "cloud-platform,retriever";

/// A browser that follows the emulator's approval; `&` keeps it in the background.
pub const BROWSER: &str = "curl -sL -o /dev/null %s &";

/// The usual words of a sign-in.
pub const LOGIN: [&str; 5] =
    ["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES];

/// An emulator and a user's home folder.
#[derive(Debug)]
pub struct World {
    /// Google's side.
    pub emulator: Emulator,
    pub(crate) home: TempDir,
    test: String,
    /// What every command gets beside `PATH` and `HOME`.
    variables: BTreeMap<&'static str, String>,
    /// Whether other programs keep their own secrets in this home.
    shared: bool,
}

/// How the emulator's refresh tokens, codes, access tokens and client secrets begin.
const EVERY_SECRET: &[&str] = &["1//0g", "4/0A", "4%2F0A", "ya29.a0", "GOCSPX-"];

/// Access tokens are what some commands are for, and a code is what the other machine carries over.
const NEVER_A_RESULT: &[&str] = &["1//0g", "GOCSPX-"];

/// Where secrets may rest: credential files and side records, all of them JSON, and what a killed writer of
/// one has left; links to the command itself are no text.
fn may_hold_secrets(file: &str) -> bool {
    file.ends_with(".json") || file.contains(".hallpass-") || file.starts_with("bin/")
}

/// Looked at after every command of every test.
fn holds_no_secret(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "a secret ({secret}…) in {what}: {text}");
    }
}

/// And at the end of every test, what lies about.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || self.shared {
            return;
        }
        for file in self.files() {
            let text = fs::read(self.path(&file)).unwrap_or_default();
            if !may_hold_secrets(&file) {
                holds_no_secret(&file, &String::from_utf8_lossy(&text), EVERY_SECRET);
            }
        }
    }
}

impl World {
    #[expect(clippy::new_without_default, reason = "it starts a server")]
    /// Ada signs in by herself; her `client_secret.json` is in the home folder.
    pub fn new() -> Self {
        Self::around(Emulator::builder().approve("ada@example.com").start().expect("emulator"))
    }

    /// Starts with this emulator and a home that holds its `client_secret.json`.
    #[must_use]
    pub fn around(emulator: Emulator) -> Self {
        let at = emulator.address().to_string();
        let home = tempfile::tempdir().expect("home");
        let world = Self::of(emulator, home, [("HALLPASS_EMULATOR_HOST", at)]);
        world.write("client_secret.json", &world.emulator.client_secret_json());
        world
    }

    /// Starts an emulator with a proxy: commands know of it by the variables of its `env.sh` alone, as
    /// programs of others do.
    #[must_use]
    pub fn with_proxy() -> Self {
        Self::behind_proxy(Emulator::builder())
    }

    /// The same with an emulator of this configuration; Ada signs in by herself.
    #[must_use]
    pub fn behind_proxy(builder: Builder) -> Self {
        let home = tempfile::tempdir().expect("home");
        let proxy = "127.0.0.1:0".parse().expect("address");
        let builder = builder.approve("ada@example.com").proxy(proxy).dir(home.path());
        let emulator = builder.start().expect("emulator");
        let variables = emulator.variables();
        let mut world = Self::of(emulator, home, variables);
        world.shared = true;
        world
    }

    fn of(
        emulator: Emulator,
        home: TempDir,
        variables: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let at = |name: &str| home.path().join(name).display().to_string();
        let mut all = BTreeMap::from([
            ("CLOUDSDK_CONFIG", at("gcloud")),
            ("HALLPASS_CONFIG", at("hallpass")),
            ("BROWSER", BROWSER.to_owned()),
        ]);
        all.extend(variables);
        Self { emulator, home, test: attempts::test(), variables: all, shared: false }
    }

    /// A world where Ada has signed in.
    pub fn signed_in() -> Self {
        let world = Self::new();
        world.login().done();
        world
    }

    /// Signs in with [`LOGIN`].
    pub fn login(&self) -> Run {
        self.run(&LOGIN)
    }

    /// The same with variables set.
    pub fn login_with(&self, variables: &[(&str, &str)]) -> Run {
        self.run_with(&LOGIN, variables)
    }

    /// Runs `hallpass` to its end, aimed at the emulator.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    /// The same with variables set, or removed with an empty value.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command(arguments);
        for (name, value) in variables {
            command.env(name, value);
        }
        self.finish(command.output().expect("run hallpass"))
    }

    /// Starts `hallpass` and leaves it running.
    pub fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("start hallpass")
    }

    /// Returns `hallpass` with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(hallpass(), arguments)
    }

    /// Another program in the same home.
    pub fn command_of(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        attempts::add(&self.test, 1);
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.home.path()).env_clear();
        command.env("PATH", inherited("PATH")).env("HOME", self.home.path());
        if cfg!(windows) {
            // Without its own variables, Windows has no network and finds no program.
            for name in ["SystemRoot", "ComSpec", "PATHEXT", "TEMP"] {
                command.env(name, inherited(name));
            }
            command.env("APPDATA", self.home.path());
        }
        command.envs(&self.variables);
        command
    }

    /// Searches what a command printed for secrets.
    pub fn finish(&self, output: Output) -> Run {
        let run = self.left_behind(output);
        holds_no_secret("standard error", &run.stderr, EVERY_SECRET);
        holds_no_secret("standard output", &run.stdout, NEVER_A_RESULT);
        run
    }

    /// The same where secrets are expected.
    pub fn left_behind(&self, output: Output) -> Run {
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        let words = self.redact(&stderr);
        Run { code: output.status.code(), stdout, stderr, words }
    }

    /// `PATH` with a folder of the home before everything else.
    pub fn path_with(&self, folder: &str) -> String {
        let path = inherited("PATH");
        let folders = std::iter::once(self.path(folder)).chain(env::split_paths(&path));
        env::join_paths(folders).expect("PATH").into_string().expect("UTF-8")
    }

    /// Ends Ada's grant as her account page would.
    pub fn revoke_at_google(&self) {
        let adc = self.json(self.adc());
        let form =
            format!("token={}", adc["refresh_token"].as_str().expect("token").replace('/', "%2F"));
        let mut stream = TcpStream::connect(self.emulator.address()).expect("connect");
        write!(
            stream,
            "POST /revoke HTTP/1.1\r\nHost: oauth2.googleapis.com\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// Returns how many token requests of this grant type Google has seen.
    pub fn token_requests(&self, grant_type: &str) -> usize {
        let requests = self.emulator.requests();
        let of_this_type = |form: &BTreeMap<String, String>| {
            form.get("grant_type").is_some_and(|value| value == grant_type)
        };
        requests
            .iter()
            .filter(|request| request.path == "/token" && of_this_type(&request.form))
            .count()
    }

    /// Replaces ports, paths and the random parts of addresses.
    pub fn redact(&self, text: &str) -> String {
        let text = text.replace(&self.home.path().display().to_string(), "[PATH]");
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text };
        ["127.0.0.1:", "127.0.0.1%3A", "state=", "code_challenge=", "port ", "-L "]
            .into_iter()
            .fold(text, |text, before| replace_after(&text, before))
    }
}

/// Replaces the word after each `before`: a port by `[PORT]`, anything else by `[RANDOM]`.
fn replace_after(text: &str, before: &str) -> String {
    let name = if before.ends_with('=') { "[RANDOM]" } else { "[PORT]" };
    let mut parts = text.split(before);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let belongs = |character: char| {
            if name == "[PORT]" {
                character.is_ascii_digit()
            } else {
                character.is_ascii_alphanumeric() || "-_".contains(character)
            }
        };
        let rest = part.trim_start_matches(belongs);
        redacted.push_str(before);
        redacted.push_str(if rest.len() == part.len() { "" } else { name });
        redacted.push_str(rest);
    }
    redacted
}

#[expect(clippy::disallowed_methods, reason = "the real PATH, and where the tests' clients are")]
pub(crate) fn inherited(name: &str) -> OsString {
    env::var_os(name).unwrap_or_default()
}

/// Returns the command under test: Cargo puts it above the tests' own folder.
pub(crate) fn hallpass() -> PathBuf {
    let test = env::current_exe().expect("this test");
    test.ancestors()
        .nth(2)
        .expect("target/debug")
        .join("hallpass")
        .with_extension(env::consts::EXE_EXTENSION)
}
