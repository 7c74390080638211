#![doc = include_str!("../README.md")]

use hallpass::file::AuthorizedUser;
use hallpass::store::{GrantKey, Lease, Saved, Stored, StoredGrant, SyncGrantStore, Version};
use hallpass::{Error, ErrorKind};
use keyring_core::{CredentialStore, Error as Refusal};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// A keyring that needs longer is waiting for a person, or will never answer.
const PATIENCE: Duration = Duration::from_secs(3);

const PROBE: &str = "probe";

/// Keeps sign-ins and side records in the keyring of the user's session.
///
/// Its calls wait for another program, up to three seconds each. There is no lock: two processes may
/// refresh at once, and the later save of two that began together is refused.
#[derive(Clone)]
pub struct KeyringStore {
    service: String,
    backend: Arc<CredentialStore>,
    /// A keyring has no compare-and-swap; at least this process does not undo its own saves.
    swapping: Arc<Mutex<()>>,
}

impl KeyringStore {
    /// Opens the keyring, and shows that it keeps what it is given. `service` names the program.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Keyring`]: there is none, it is locked, or it does not answer.
    pub fn open(service: impl Into<String>) -> Result<Self, Error> {
        let backend = in_time(native)?;
        let store = Self { service: service.into(), backend, swapping: Arc::default() };
        store.probe()?;
        Ok(store)
    }

    /// Keeps a sign-in under a name of the program's choice, and reads it back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Keyring`].
    pub fn save_sign_in(&self, name: &str, user: &AuthorizedUser) -> Result<(), Error> {
        let text = user.to_json();
        self.set(&sign_in(name), text.expose().as_bytes())?;
        match self.get(&sign_in(name))? {
            Some(kept) if kept.as_slice() == text.expose().as_bytes() => Ok(()),
            _ => Err(differs()),
        }
    }

    /// Returns the sign-in of this name, if there is one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Keyring`]; what is there is no sign-in.
    pub fn sign_in(&self, name: &str) -> Result<Option<AuthorizedUser>, Error> {
        let Some(text) = self.get(&sign_in(name))? else {
            // "Locked" looks like "not there" until something is written.
            return self.probe().map(|()| None);
        };
        AuthorizedUser::parse(&text, &format!("the keyring's entry `{name}`")).map(Some)
    }

    /// Forgets the sign-in of this name; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Keyring`].
    pub fn remove_sign_in(&self, name: &str) -> Result<(), Error> {
        self.delete(&sign_in(name))
    }

    fn probe(&self) -> Result<(), Error> {
        self.set(PROBE, PROBE.as_bytes())?;
        let kept = self.get(PROBE)?;
        self.delete(PROBE)?;
        let kept = kept.is_some_and(|kept| kept.as_slice() == PROBE.as_bytes());
        if kept { Ok(()) } else { Err(differs()) }
    }

    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.call(user, |entry| match entry.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Refusal::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, user: &str, secret: &[u8]) -> Result<(), Error> {
        let secret = Zeroizing::new(secret.to_vec());
        self.call(user, move |entry| entry.set_secret(&secret))
    }

    fn delete(&self, user: &str) -> Result<(), Error> {
        self.call(user, |entry| match entry.delete_credential() {
            Err(Refusal::NoEntry) => Ok(()),
            ended => ended,
        })
    }

    fn call<T: Send + 'static>(
        &self,
        user: &str,
        work: impl FnOnce(keyring_core::Entry) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Error> {
        let (backend, service) = (Arc::clone(&self.backend), self.service.clone());
        let user = user.to_owned();
        in_time(move || work(backend.build(&service, &user, None)?))
    }
}

fn sign_in(name: &str) -> String {
    format!("sign-in {name}")
}

fn grant(key: &GrantKey) -> String {
    format!("grant {key}")
}

#[cfg(target_os = "macos")]
fn native() -> Result<Arc<CredentialStore>, Refusal> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn native() -> Result<Arc<CredentialStore>, Refusal> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "macos", windows)))]
fn native() -> Result<Arc<CredentialStore>, Refusal> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Does this elsewhere, and waits no longer than three seconds for it.
fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Error> {
    let (done, ended) = sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || done.send(work()))
        .map_err(|error| keyring("cannot be asked").with_source(error))?;
    match ended.recv_timeout(PATIENCE) {
        Ok(ended) => {
            ended.map_err(|refusal| keyring(said(&refusal)).with_source(refusal.to_string()))
        }
        Err(RecvTimeoutError::Timeout) => Err(keyring("does not answer within 3 seconds")),
        Err(RecvTimeoutError::Disconnected) => Err(keyring("cannot be used here")),
    }
}

fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoStorageAccess(_) => "is locked, or there is none",
        Refusal::TooLong(..) => "has no space for an entry of this size",
        _ => "cannot be used",
    }
}

fn keyring(what: &str) -> Error {
    Error::new(ErrorKind::Keyring, format!("the keyring {what}"))
}

fn differs() -> Error {
    keyring("does not hold what was just saved")
}

impl SyncGrantStore for KeyringStore {
    fn load(&self, key: &GrantKey) -> Result<Option<Stored>, Error> {
        let Some(bytes) = self.get(&grant(key))? else { return Ok(None) };
        let found = StoredGrant::from_json(&bytes).map_err(|error| {
            let what = format!("the keyring's entry `{}` is not a sign-in", grant(key));
            Error::new(ErrorKind::CredentialFileUnreadable, what).with_source(error)
        })?;
        Ok(Some(Stored::new(found, Version::of(Some(&bytes)))))
    }

    fn save(
        &self,
        key: &GrantKey,
        found: &StoredGrant,
        expected: &Version,
    ) -> Result<Saved, Error> {
        let _swapping = self.swapping.lock().unwrap_or_else(PoisonError::into_inner);
        if self.version(key)? != *expected {
            return Ok(Saved::Changed);
        }
        let text = found.to_json();
        self.set(&grant(key), text.expose().as_bytes())?;
        Ok(Saved::Written(Version::of(Some(text.expose().as_bytes()))))
    }

    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let _swapping = self.swapping.lock().unwrap_or_else(PoisonError::into_inner);
        if self.version(key)? != *expected {
            return Ok(Saved::Changed);
        }
        self.delete(&grant(key)).map(|()| Saved::Written(Version::NOTHING))
    }

    fn lock(&self, _: &GrantKey, _: Duration) -> Result<Option<Lease>, Error> {
        Ok(Some(Lease::until_dropped(())))
    }
}

impl KeyringStore {
    fn version(&self, key: &GrantKey) -> Result<Version, Error> {
        let now = self.get(&grant(key))?;
        Ok(Version::of(now.as_ref().map(|bytes| bytes.as_slice())))
    }
}

impl std::fmt::Debug for KeyringStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyringStore").field("service", &self.service).finish_non_exhaustive()
    }
}
