//! From process start to the first header: whole processes, one program for each peer, in turn with
//! `true`; and a hundred processes of ours at once with one store.

use crate::cached::median;
use crate::peers::{authorized_user, client_file, service_account, yup_tokens};
use crate::server::Server;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 41;
const PROCESSES: usize = 100;

/// Returns the median in milliseconds for each program, `true` first.
pub fn measure(server: &Server, folder: &Path) -> Result<Vec<(&'static str, f64)>, String> {
    server.heal();
    let programs = programs(server, folder)?;
    let mut figures: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    for _ in 0..ROUNDS {
        for (index, program) in programs.iter().enumerate() {
            (program.prepare)(folder)?;
            let start = Instant::now();
            run(program.command())?;
            figures[index].push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(programs.iter().zip(figures).map(|(program, all)| (program.name, median(all))).collect())
}

struct Program {
    name: &'static str,
    path: PathBuf,
    environment: Vec<(&'static str, String)>,
    prepare: fn(&Path) -> Result<(), String>,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("HOME", "/nonexistent");
        command
    }
}

fn programs(server: &Server, folder: &Path) -> Result<Vec<Program>, String> {
    let uri = server.token_uri();
    let user = write(folder, "user.json", &authorized_user(&uri).to_string())?;
    let account = write(folder, "account.json", &service_account(&uri).to_string())?;
    let client = write(folder, "client.json", &client_file(&uri).to_string())?;
    let tokens = folder.join("tokens.json").display().to_string();
    let nothing: fn(&Path) -> Result<(), String> = |_| Ok(());
    let program = |name, file: &str, credentials: &str| {
        let environment = vec![("CREDENTIALS", credentials.to_owned()), ("TOKEN_URI", uri.clone())];
        Ok::<_, String>(Program { name, path: beside(file)?, environment, prepare: nothing })
    };
    let mut yup = program("yup-oauth2 user", "first-token-yup-oauth2", &client)?;
    yup.environment.push(("TOKENS", tokens));
    yup.prepare = |folder| write(folder, "tokens.json", &yup_tokens()).map(drop);
    Ok(vec![
        Program {
            name: "`true`",
            path: "/bin/true".into(),
            environment: Vec::new(),
            prepare: nothing,
        },
        program("hallpass user", "first-token-hallpass", &user)?,
        program("google-cloud-auth user", "first-token-google-cloud-auth", &user)?,
        yup,
        program("gcp_auth service account", "first-token-gcp-auth", &account)?,
        program("gcloud-auth user", "first-token-gcloud-auth", &user)?,
    ])
}

/// Starts a hundred processes at once with an empty store; returns how many requests they made.
pub fn processes(server: &Server, folder: &Path) -> Result<u64, String> {
    server.heal();
    server.behaviour.delay_ms.store(50, std::sync::atomic::Ordering::SeqCst);
    server.take_requests();
    let ours = programs(server, folder)?.swap_remove(1);
    let store = folder.join("grants");
    let children: Result<Vec<_>, String> = (0..PROCESSES)
        .map(|_| {
            let mut command = ours.command();
            command.env("STORE", &store).stdout(Stdio::null());
            command.spawn().map_err(|error| error.to_string())
        })
        .collect();
    for mut child in children? {
        if !child.wait().map_err(|error| error.to_string())?.success() {
            return Err("a process failed".to_owned());
        }
    }
    Ok(server.take_requests())
}

fn run(mut command: Command) -> Result<(), String> {
    let status = command.stdout(Stdio::null()).status().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

fn beside(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(here.with_file_name(name))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<String, String> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path.display().to_string())
}
