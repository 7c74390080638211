//! Runs other programs: says what it runs, and turns a bad end into one clear sentence.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a task fails with: a sentence for the person who ran it.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Returns the root of the checkout.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Returns a command that runs in the root of the checkout.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The same with its words.
pub(crate) fn command_of(program: &str, arguments: &[&str]) -> Command {
    let mut command = command(program);
    command.args(arguments);
    command
}

/// Returns a command of the `cargo` that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(env!("CARGO"));
    command.args(arguments);
    command
}

/// Runs a command to its end and shows what it prints.
pub(crate) fn run(mut command: Command) -> Outcome {
    announce(&command);
    let status = command.status().map_err(|error| cannot_start(&command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ({status})", line(&command))) }
}

/// Runs a command, shows its standard output as it comes, and returns it with the verdict.
pub(crate) fn run_and_keep(mut command: Command) -> Outcome<(bool, String)> {
    announce(&command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(&command, &error))?;
    let mut kept = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok((status.success(), kept))
}

/// Runs a command in silence and returns its standard output.
pub(crate) fn output(mut command: Command) -> Outcome<String> {
    let output = command.output().map_err(|error| cannot_start(&command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let words = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} ({}): {}", line(&command), output.status, words.trim()))
    }
}

/// Returns a tool of the registry, installed under `target/tools` the first time.
pub(crate) fn tool(name: &str, version: &str) -> Outcome<PathBuf> {
    let tools = root().join("target/tools");
    let binary = tools.join("bin").join(name);
    if !binary.exists() {
        let mut install = cargo(&["install", "--locked", name, "--version", version, "--root"]);
        install.arg(&tools);
        run(install)?;
    }
    Ok(binary)
}

fn announce(command: &Command) {
    println!("\n$ {}", line(command));
    // A piped standard output is block-buffered: without this, our lines come after the child's.
    let _ = std::io::stdout().flush();
}

fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    // A script is a word of several lines; its first is enough to tell.
    let words = words.iter().map(|word| if word.contains('\n') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").replace(&format!("{}/", root().display()), "")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", command.get_program().to_string_lossy())
}
