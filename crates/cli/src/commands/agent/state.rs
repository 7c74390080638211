//! What a standing agent keeps in `agent/` of hallpass's own folder, for the next start.
//!
//! In and out: its address; its tickets, each by its fingerprint, which opens nothing; the credential files that
//! `agent env` wrote. The folder is 0700, each file 0600; on Windows its access list is for the user alone. One process
//! at a time holds the lock.
//! Not here: the sign-ins, which stay where they are.

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass::store::{make_private_folder, read_private, remove_private, write_private};
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folder of a standing agent.
#[derive(Clone, Debug)]
pub(crate) struct State(PathBuf);

/// A ticket as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) fingerprint: String,
    pub(crate) profile: Option<String>,
    /// Fewer than the sign-in's, joined by spaces.
    pub(crate) scopes: Option<String>,
    pub(crate) created_at: u64,
    pub(crate) expires_at: Option<u64>,
}

impl State {
    /// Opens the folder, and makes it where it is not there.
    pub(crate) fn open(context: &Context) -> Outcome<Self> {
        let folder = context.path(&context.own_folder()?).join("agent");
        let failed = |why: String| {
            let what = format!("cannot use the folder `{}`", folder.display());
            Failure::new(Case::AgentFolder, what).because(why).about(folder.display().to_string())
        };
        let made = make_private_folder(&folder).and_then(|()| is_private(&folder));
        made.map_err(|error| failed(error.to_string()))?;
        Ok(Self(folder))
    }

    /// Returns where commands find the agent that runs.
    pub(crate) fn control(&self) -> PathBuf {
        self.0.join(if cfg!(unix) { "control.sock" } else { "control.json" })
    }

    #[cfg(unix)]
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("agent.sock")
    }

    /// Returns the credential file of a ticket.
    pub(crate) fn credential_file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// Takes the lock, or returns none where another process has it.
    pub(crate) fn lock(&self) -> io::Result<Option<File>> {
        let file = self.append("lock")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    pub(crate) fn append(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // Windows locks no file that can only be appended to.
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
            options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        }
        options.open(self.0.join(name))
    }

    /// Removes what an agent that was killed has left.
    pub(crate) fn remove_control(&self) -> Outcome {
        #[cfg(unix)]
        remove_private(self.socket())?;
        Ok(remove_private(self.control())?)
    }

    /// Returns the port of the last time.
    pub(crate) fn port(&self) -> Option<u16> {
        self.read("agent.json")?["port"].as_u64()?.try_into().ok()
    }

    pub(crate) fn keep_port(&self, port: u16) -> Outcome {
        self.write("agent.json", &json!({ "port": port }))
    }

    pub(crate) fn tickets(&self) -> Vec<Kept> {
        let all = self.read("tickets.json").unwrap_or_default();
        all["tickets"].as_array().into_iter().flatten().filter_map(Kept::read).collect()
    }

    pub(crate) fn keep_tickets(&self, tickets: &[Kept]) -> Outcome {
        let all: Vec<Value> = tickets.iter().map(Kept::write).collect();
        self.write("tickets.json", &json!({ "tickets": all }))
    }

    fn read(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&read_private(&self.0.join(name)).ok()??).ok()
    }

    fn write(&self, name: &str, value: &Value) -> Outcome {
        Ok(write_private(self.0.join(name), format!("{value:#}\n").as_bytes())?)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Refuses a folder that others may enter: they could reach what is in it.
#[cfg(unix)]
fn is_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let there = fs::symlink_metadata(folder)?;
    let ours = there.uid() == rustix::process::geteuid().as_raw();
    if there.is_dir() && ours && there.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other("it is not a folder of this user alone (mode 0700)"))
}

#[cfg(windows)]
fn is_private(folder: &Path) -> io::Result<()> {
    match hallpass::store::other_reader(folder)? {
        None => Ok(()),
        Some(other) => Err(io::Error::other(format!("{other} can read it"))),
    }
}

impl Kept {
    fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            name: text("name")?,
            fingerprint: text("sha256")?,
            profile: text("profile"),
            scopes: text("scopes"),
            created_at: value["created_at"].as_u64()?,
            expires_at: value["expires_at"].as_u64(),
        })
    }

    fn write(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "sha256": self.fingerprint,
            "profile": self.profile,
            "scopes": self.scopes,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
        })
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

pub(crate) fn moment(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
