//! One emulator, one empty home, and `hallpass` run in it.

use hallpass_emulator::Emulator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::{env, fs};

/// The page's two scopes.
pub(crate) const SCOPES: &str = "cloud-platform,retriever";

/// A browser that follows the emulator's approval; `&` keeps it in the background.
pub(crate) const BROWSER: &str = "curl -sL -o /dev/null %s &";

/// Google's side of the street, and a user's home folder.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    home: tempfile::TempDir,
}

/// How the emulator's refresh tokens, codes, access tokens and client secrets begin.
const EVERY_SECRET: &[&str] = &["1//0g", "4/0A", "4%2F0A", "ya29.a0", "GOCSPX-"];

/// Access tokens are what some commands are for, and a code is what the other machine carries over.
const NEVER_A_RESULT: &[&str] = &["1//0g", "GOCSPX-"];

/// Where secrets may rest: credential files and side records, all of them JSON, and what a killed writer of
/// one has left; links to the command itself are no text.
fn may_hold_secrets(file: &str) -> bool {
    file.ends_with(".json") || file.contains("/.hallpass-") || file.starts_with("bin/")
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
        if std::thread::panicking() {
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

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The same with ports, paths and the random parts of addresses replaced.
    pub(crate) words: String,
}

impl World {
    /// Ada signs in by herself; her `client_secret.json` is in the home folder.
    pub(crate) fn new() -> Self {
        Self::around(Emulator::builder().approve("ada@example.com").start().expect("emulator"))
    }

    pub(crate) fn around(emulator: Emulator) -> Self {
        let world = Self { emulator, home: tempfile::tempdir().expect("home") };
        world.write("client_secret.json", &world.emulator.client_secret_json());
        world
    }

    /// A world where Ada has signed in.
    pub(crate) fn signed_in() -> Self {
        let world = Self::new();
        let run =
            world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES]);
        assert_eq!(run.code, Some(0), "{run:?}");
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn adc(&self) -> PathBuf {
        self.path("gcloud/application_default_credentials.json")
    }

    /// Moves the sign-in elsewhere and leaves a link, as managers of dotfiles do.
    #[expect(clippy::disallowed_methods, reason = "some other program's doing")]
    pub(crate) fn link_the_sign_in(&self) {
        fs::rename(self.adc(), self.path("elsewhere.json")).expect("move");
        std::os::unix::fs::symlink(self.path("elsewhere.json"), self.adc()).expect("link");
    }

    #[expect(clippy::disallowed_methods, reason = "a file that some other program wrote")]
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        fs::write(path, text).expect("write");
    }

    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.home.path().join(path)).expect("read")
    }

    pub(crate) fn json(&self, path: impl AsRef<Path>) -> Value {
        serde_json::from_str(&self.read(path)).expect("JSON")
    }

    pub(crate) fn mode(&self, path: impl AsRef<Path>) -> u32 {
        let path = self.home.path().join(path);
        fs::metadata(path).expect("metadata").permissions().mode() & 0o777
    }

    /// Runs `hallpass` to its end, aimed at the emulator.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    /// The same with variables set, or removed with an empty value.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command(arguments);
        for (name, value) in variables {
            command.env(name, value);
        }
        self.finish(command.output().expect("run hallpass"))
    }

    /// Starts `hallpass` and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("start hallpass")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_hallpass"), arguments)
    }

    /// Another program in the same home.
    pub(crate) fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", path_variable())
            .env("HOME", self.home.path())
            .env("CLOUDSDK_CONFIG", self.path("gcloud"))
            .env("HALLPASS_CONFIG", self.path("hallpass"))
            .env("HALLPASS_EMULATOR_HOST", self.emulator.address().to_string())
            .env("BROWSER", BROWSER);
        command
    }

    pub(crate) fn finish(&self, output: Output) -> Run {
        let run = self.left_behind(output);
        holds_no_secret("standard error", &run.stderr, EVERY_SECRET);
        holds_no_secret("standard output", &run.stdout, NEVER_A_RESULT);
        run
    }

    pub(crate) fn left_behind(&self, output: Output) -> Run {
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        let words = self.redact(&stderr);
        Run { code: output.status.code(), stdout, stderr, words }
    }

    pub(crate) fn make_executable(&self, name: &str) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).expect("mode");
    }

    /// `PATH` with a folder of the home before everything else.
    pub(crate) fn path_with(&self, folder: &str) -> String {
        format!("{}:{}", self.path(folder).display(), path_variable().to_string_lossy())
    }

    /// All files of the home, below its folders too.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("folder") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(&self.home).expect("below").display().to_string());
                }
            }
        }
        files.sort();
        files
    }

    pub(crate) fn side_records(&self) -> Vec<String> {
        let all = self.files().into_iter();
        all.filter(|file| file.starts_with("hallpass/grants/") && file.ends_with(".json")).collect()
    }

    pub(crate) fn forget_side_records(&self) {
        fs::remove_dir_all(self.path("hallpass")).expect("remove");
    }

    /// Moves the end of every saved access token into the past, as the passing of time would.
    pub(crate) fn expire_access_token(&self) {
        for file in self.side_records() {
            let mut record = self.json(&file);
            assert!(record["access_token_expires_at"].is_u64(), "{record}");
            record["access_token_expires_at"] = 1_577_836_800.into();
            self.write(&file, &record.to_string());
        }
    }

    /// Ends Ada's grant as her account page would.
    pub(crate) fn revoke_at_google(&self) {
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

    /// Names another token server in the client file.
    pub(crate) fn use_token_uri(&self, token_uri: &str) {
        let mut file = self.json("client_secret.json");
        file["installed"]["token_uri"] = token_uri.into();
        self.write("client_secret.json", &file.to_string());
    }

    /// Returns how many token requests of this grant type Google has seen.
    pub(crate) fn token_requests(&self, grant_type: &str) -> usize {
        let requests = self.emulator.requests();
        let of_this_type = |form: &BTreeMap<String, String>| {
            form.get("grant_type").is_some_and(|value| value == grant_type)
        };
        requests
            .iter()
            .filter(|request| request.path == "/token" && of_this_type(&request.form))
            .count()
    }

    pub(crate) fn redact(&self, text: &str) -> String {
        let text = text.replace(&self.home.path().display().to_string(), "[PATH]");
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

#[expect(clippy::disallowed_methods, reason = "`curl` and `sh` are found on the real PATH")]
fn path_variable() -> std::ffi::OsString {
    env::var_os("PATH").unwrap_or_default()
}

impl Run {
    /// Asserts success and returns standard output.
    #[track_caller]
    pub(crate) fn stdout(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Asserts failure with this exit code and an empty standard output; returns the words.
    #[track_caller]
    pub(crate) fn failed_with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "standard output is for data");
        self.words
    }
}
