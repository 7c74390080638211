//! Grants in a SQLite database that several processes share: a store of one's own, as an example.
//!
//! In: the file of a database. Out: a `GrantStore`. A row's version is a random number, so that no version comes back;
//! a lease is a row that ends by itself. The same statements do in PostgreSQL.
//! Tests: the suite that every store has to pass, and processes that refresh at once.

use hallpass::store::{
    GrantKey, Hold, Lease, Renewed, Saved, StoreFuture, Stored, StoredGrant, SyncGrantStore,
    Version,
};
use hallpass::{Error, ErrorKind};
use rusqlite::{Connection, OptionalExtension, params};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::spawn_blocking;

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS grants (key TEXT PRIMARY KEY, version BLOB NOT NULL, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS leases (key TEXT PRIMARY KEY, holder BLOB NOT NULL, ends REAL NOT NULL);";

const INSERT: &str = "INSERT INTO grants (key, version, json) VALUES (?1, randomblob(16), ?2)
    ON CONFLICT DO NOTHING RETURNING version";
const UPDATE: &str = "UPDATE grants SET version = randomblob(16), json = ?2
    WHERE key = ?1 AND version = ?3 RETURNING version";

/// Takes a lease that is free, or whose holder has let it end.
const TAKE: &str =
    "INSERT INTO leases (key, holder, ends) VALUES (?1, ?2, unixepoch('subsec') + ?3)
    ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, ends = excluded.ends
    WHERE leases.ends < unixepoch('subsec')";
const RENEW: &str =
    "UPDATE leases SET ends = unixepoch('subsec') + ?3 WHERE key = ?1 AND holder = ?2";
const RELEASE: &str = "DELETE FROM leases WHERE key = ?1 AND holder = ?2 AND ?3 > 0";

/// A refresh takes less than a second; a process that was killed is waited for as long as this.
const LEASE: Duration = Duration::from_secs(10);

/// A database cannot wake who waits for a row.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Keeps grants in a database.
pub struct SqliteStore {
    database: Arc<Mutex<Connection>>,
    lease: Duration,
}

impl SqliteStore {
    /// Opens a database, and makes the tables where they are missing.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is no database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let database = Connection::open(path).map_err(failed)?;
        database.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
        database.execute_batch(TABLES).map_err(failed)?;
        Ok(Self { database: Arc::new(Mutex::new(database)), lease: LEASE })
    }

    /// Lets leases last so long without a renewal.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }
}

fn failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Store, "the database of sign-ins cannot be used").with_source(error)
}

fn locked(database: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    database.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SyncGrantStore for SqliteStore {
    fn load(&self, key: &GrantKey) -> Result<Option<Stored>, Error> {
        let sql = "SELECT version, json FROM grants WHERE key = ?1";
        let row: Option<(Vec<u8>, String)> = locked(&self.database)
            .query_row(sql, [key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(failed)?;
        let Some((version, json)) = row else { return Ok(None) };
        let grant = StoredGrant::from_json(json.as_bytes())?;
        Ok(Some(Stored::new(grant, Version::from_bytes(version))))
    }

    fn save(
        &self,
        key: &GrantKey,
        grant: &StoredGrant,
        expected: &Version,
    ) -> Result<Saved, Error> {
        let (key, json, database) = (key.as_str(), grant.to_json(), locked(&self.database));
        let version = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let saved = match expected.as_bytes() {
            None => database.query_row(INSERT, params![key, json.expose()], version),
            Some(old) => database.query_row(UPDATE, params![key, json.expose(), old], version),
        };
        let saved = saved.optional().map_err(failed)?;
        Ok(saved.map_or(Saved::Changed, |version| Saved::Written(Version::from_bytes(version))))
    }

    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let Some(version) = expected.as_bytes() else {
            let there = self.load(key)?.is_some();
            return Ok(if there { Saved::Changed } else { Saved::Written(Version::NOTHING) });
        };
        let sql = "DELETE FROM grants WHERE key = ?1 AND version = ?2";
        let removed = locked(&self.database).execute(sql, params![key.as_str(), version]);
        match removed.map_err(failed)? {
            0 => Ok(Saved::Changed),
            _ => Ok(Saved::Written(Version::NOTHING)),
        }
    }

    fn lock(&self, key: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error> {
        let mut holder = [0; 16];
        getrandom::fill(&mut holder).map_err(|error| {
            Error::new(ErrorKind::Store, "there is no randomness").with_source(error)
        })?;
        let row = Row {
            database: Arc::clone(&self.database),
            key: key.as_str().to_owned(),
            holder,
            lease: self.lease,
        };
        for _ in 0..=wait.as_millis() / LOOK_AGAIN.as_millis() {
            if row.change(TAKE)? {
                return Ok(Some(Lease::new(row)));
            }
            if !wait.is_zero() {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        Ok(None)
    }
}

/// A lease, taken or about to be.
#[derive(Clone)]
struct Row {
    database: Arc<Mutex<Connection>>,
    key: String,
    holder: [u8; 16],
    lease: Duration,
}

impl Row {
    /// Runs a statement on the lease's row and says whether it was ours.
    fn change(&self, sql: &str) -> Result<bool, Error> {
        let (key, holder, seconds) = (&self.key, self.holder.as_slice(), self.lease.as_secs_f64());
        let changed = locked(&self.database).execute(sql, params![key, holder, seconds]);
        Ok(changed.map_err(failed)? == 1)
    }
}

impl Hold for Row {
    fn renew_every(&self) -> Duration {
        self.lease / 3
    }

    fn renew(&self) -> StoreFuture<'_, Renewed> {
        let row = self.clone();
        Box::pin(async move {
            let held = spawn_blocking(move || row.change(RENEW)).await.map_err(stopped)??;
            Ok(if held { Renewed::Held } else { Renewed::Lost })
        })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move {
            spawn_blocking(move || self.change(RELEASE)).await.map_err(stopped)?.map(drop)
        })
    }

    fn give_back(&self) {
        let _ = self.change(RELEASE);
    }
}

fn stopped(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Store, "the lease could not be looked at").with_source(error)
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}
