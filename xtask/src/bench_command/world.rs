//! A home with a sign-in, and an emulator that gave it: what a benchmark of the command runs in.
//!
//! In: a release binary. Out: commands that see this home and nothing of the user's.

use crate::shell::{self, Outcome, run};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// An emulator, a home with a sign-in, and nothing of the user's.
pub(super) struct World {
    emulator: Child,
    home: PathBuf,
    pub(super) token_uri: String,
}

impl World {
    /// Signs in with a release binary of the command.
    pub(super) fn start(binary: &str) -> Outcome<Self> {
        let home = shell::root().join("target/bench-command");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let mut emulator = Command::new(binary);
        emulator.args([
            "emulator",
            "--listen",
            "127.0.0.1:0",
            "--approve",
            "ada@example.com",
            "--dir",
        ]);
        emulator.arg(&home).stdout(Stdio::null()).stderr(Stdio::null());
        let emulator = emulator.spawn().map_err(|error| error.to_string())?;
        let mut world = Self { emulator, home, token_uri: String::new() };
        let client = world.wait_for("client_secret.json")?;
        world.token_uri = text(&client, "token_uri")?;
        let mut login = world.command(binary);
        // The addresses in the client file lead to the emulator, as they would lead to Google.
        login.args(["login", "--client-id-file", "client_secret.json"]);
        login.env("BROWSER", "curl -sL -o /dev/null %s &");
        run(login)?;
        let adc = world.read("gcloud/application_default_credentials.json")?;
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            text(&adc, "client_id")?,
            text(&adc, "client_secret")?,
            text(&adc, "refresh_token")?.replace('/', "%2F"),
        );
        world.write("form", &form)?;
        Ok(world)
    }

    /// A command that runs in this home.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.home)
            .env("HOME", &self.home)
            .env("CLOUDSDK_CONFIG", self.home.join("gcloud"))
            .env("HALLPASS_CONFIG", self.home.join("hallpass"))
            .env("CLOUDSDK_AUTH_TOKEN_HOST", &self.token_uri)
            .env("CLOUDSDK_CORE_DISABLE_FILE_LOGGING", "1")
            .env_remove("GOOGLE_APPLICATION_CREDENTIALS");
        command
    }

    /// Returns what makes the next command refresh: the side record without its token.
    pub(super) fn forget_token(&self) -> Outcome<String> {
        let folder = self.home.join("hallpass/grants");
        let mut records = fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let record = records
            .find_map(|entry| {
                Some(entry.ok()?.path())
                    .filter(|path| path.extension().is_some_and(|end| end == "json"))
            })
            .ok_or("there is no side record")?;
        let text = fs::read_to_string(&record).map_err(|error| error.to_string())?;
        let ended: String = text
            .lines()
            .map(|line| match line.split_once("\"access_token_expires_at\":") {
                Some((before, after)) => {
                    let comma = if after.trim_end().ends_with(',') { "," } else { "" };
                    format!("{before}\"access_token_expires_at\": 1577836800{comma}\n")
                }
                None => format!("{line}\n"),
            })
            .collect();
        self.write("ended.json", &ended)?;
        Ok(format!("cp ended.json {}", record.display()))
    }

    pub(super) fn read(&self, name: &str) -> Outcome<String> {
        fs::read_to_string(self.home.join(name)).map_err(|error| format!("{name}: {error}"))
    }

    #[expect(clippy::disallowed_methods, reason = "a file of the benchmark's own")]
    fn write(&self, name: &str, text: &str) -> Outcome {
        fs::write(self.home.join(name), text).map_err(|error| format!("{name}: {error}"))
    }

    fn wait_for(&self, name: &str) -> Outcome<String> {
        for _ in 0..200 {
            if let Ok(text) = self.read(name)
                && text.ends_with('}')
            {
                return Ok(text);
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(format!("the emulator wrote no {name}"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}

/// The text of a field; the files are ours, and hold no escapes.
fn text(json: &str, field: &str) -> Outcome<String> {
    let (_, after) = json.split_once(&format!("\"{field}\":")).ok_or(format!("no {field}"))?;
    after.split('"').nth(1).map(str::to_owned).ok_or(format!("no text in {field}"))
}
