//! `cargo xtask bench command`: the command beside `true`, curl and gcloud, by hyperfine; and its size.
//!
//! In: release builds with and without the emulator, and one that is linked statically; hyperfine,
//! installed under `target/tools`. Out: one table of medians and ratios, measured in one run on this machine.
//! Not here: a verdict; a benchmark prints, tests do not assert times.

use crate::shell::{self, Outcome, cargo, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const HYPERFINE: &str = "1.19.0";
const RUNS: &str = "300";
const STATIC: &str = "target/static";
const RUNS_OF_GCLOUD: &str = "5";

pub(crate) fn everything() -> Outcome {
    run(cargo(&["build", "--release", "--package", "hallpass-cli"]))?;
    let mut small = cargo(&["build", "--release", "--package", "hallpass-cli"]);
    small.args(["--no-default-features", "--target-dir", "target/without-emulator"]);
    run(small)?;
    let linked = build_static()?;
    let hyperfine = shell::tool("hyperfine", HYPERFINE)?;
    let world = World::start()?;
    let token = world.median(&hyperfine, RUNS, None, &[&world.binary, "print-access-token"])?;
    let status = world.median(&hyperfine, RUNS, None, &[&world.binary, "status"])?;
    let doctor = world.median(&hyperfine, RUNS, None, &[&world.binary, "doctor"])?;
    let static_token = world.median(&hyperfine, RUNS, None, &[&linked, "print-access-token"])?;
    let static_status = world.median(&hyperfine, RUNS, None, &[&linked, "status"])?;
    let nothing = world.median(&hyperfine, RUNS, None, &["/bin/true"])?;
    let prepare = world.forget_token()?;
    let refresh =
        world.median(&hyperfine, RUNS, Some(&prepare), &[&world.binary, "print-access-token"])?;
    let curl = world.median(
        &hyperfine,
        RUNS,
        None,
        &["curl", "-s", "-o", "/dev/null", "-d", "@form", &world.token_uri],
    )?;
    println!("\n{:<44}{:>10}{:>10}", "median of hyperfine -N", "ms", "ratio");
    let row = |name: &str, ms: f64, of: f64| println!("{name:<44}{ms:>10.2}{:>9.2}x", ms / of);
    row("/bin/true", nothing, nothing);
    row("print-access-token, cached (to true)", token, nothing);
    row("status (to true)", status, nothing);
    row("linked statically: print-access-token, cached", static_token, nothing);
    row("linked statically: status", static_status, nothing);
    row("doctor, offline (to true)", doctor, nothing);
    row("curl, the same refresh", curl, curl);
    row("print-access-token that refreshes (to curl)", refresh, curl);
    if shell::output(shell::command_of("gcloud", &["--version"])).is_ok() {
        let words = ["gcloud", "auth", "application-default", "print-access-token"];
        let gcloud = world.median(&hyperfine, RUNS_OF_GCLOUD, None, &words)?;
        row("gcloud, the same token (to ours, cached)", gcloud, token);
    } else {
        println!("gcloud is not installed here");
    }
    for (name, path) in [
        ("release binary, MiB", "target/release/hallpass"),
        ("linked statically, MiB", linked.as_str()),
        ("without the emulator, MiB", "target/without-emulator/release/hallpass"),
    ] {
        let size = fs::metadata(shell::root().join(path)).map_err(|error| error.to_string())?.len();
        println!("{name:<44}{:>10.2}", size as f64 / 1024.0 / 1024.0);
    }
    Ok(())
}

/// The same command with the C library inside, as README.md says: nothing is left to load at a start.
fn build_static() -> Outcome<String> {
    let told = shell::output(shell::command_of("rustc", &["--version", "--verbose"]))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("the compiler does not name its host")?;
    let mut build = cargo(&["build", "--release", "--package", "hallpass-cli", "--target", host]);
    build.args(["--target-dir", STATIC]).env("RUSTFLAGS", "-C target-feature=+crt-static");
    run(build)?;
    let binary = shell::root().join(STATIC).join(host).join("release/hallpass");
    Ok(binary.display().to_string())
}

/// An emulator, a home with a sign-in, and nothing of the user's.
struct World {
    emulator: Child,
    home: PathBuf,
    binary: String,
    token_uri: String,
}

impl World {
    fn start() -> Outcome<Self> {
        let home = shell::root().join("target/bench-command");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let binary = shell::root().join("target/release/hallpass").display().to_string();
        let mut emulator = Command::new(&binary);
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
        let mut world = Self { emulator, home, binary, token_uri: String::new() };
        let client = world.wait_for("client_secret.json")?;
        world.token_uri = text(&client, "token_uri")?;
        let mut login = world.command(&world.binary);
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

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
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

    /// Milliseconds.
    fn median(
        &self,
        hyperfine: &Path,
        runs: &str,
        prepare: Option<&str>,
        words: &[&str],
    ) -> Outcome<f64> {
        let mut command = self.command(hyperfine);
        command.args(["-N", "--warmup", "3", "--runs", runs, "--export-json", "result.json"]);
        if let Some(prepare) = prepare {
            command.args(["--prepare", prepare]);
        }
        command.arg(words.join(" ")).stdout(Stdio::null()).stderr(Stdio::null());
        run(command)?;
        let result = self.read("result.json")?;
        let (_, after) = result.split_once("\"median\":").ok_or("hyperfine printed no median")?;
        let number = after.split(',').next().unwrap_or_default().trim();
        number.parse::<f64>().map(|seconds| seconds * 1e3).map_err(|error| error.to_string())
    }

    /// Returns what makes the next command refresh: the side record without its token.
    fn forget_token(&self) -> Outcome<String> {
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

    fn read(&self, name: &str) -> Outcome<String> {
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
