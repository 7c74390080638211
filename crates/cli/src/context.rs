//! All that is impure: environment, paths, streams, clock, browser, endpoints, runtime.
//!
//! In: this process. Out: what a command may know of it. `Context::for_test` is the twin with a
//! pretended environment and streams that can be read.
//! Not here: any decision of a command.
#![expect(clippy::disallowed_methods, reason = "the one room that reads the environment")]

mod wait;

use crate::browser::{self, Opened};
use crate::emulator_clock;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::profile;
use futures_util::future;
use hallpass::store::FileStore;
use hallpass::{Clock, HttpClient, Proxies, SystemClock};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;
use wait::{a_line_is_there, read_line};
pub(crate) use wait::{block_on, told};

type Env = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;
/// What opens an address.
pub(crate) type Browser = Arc<dyn Fn(&str) -> Opened + Send + Sync>;

/// The process as a command sees it.
pub(crate) struct Context {
    env: Env,
    /// Relative paths begin here; without it, in the process's working folder.
    folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    browser: Browser,
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    #[cfg_attr(not(any(feature = "emulator", test)), expect(dead_code, reason = "for `demo`"))]
    pub(crate) stdout_is_terminal: bool,
    pub(crate) stdin_is_terminal: bool,
    /// Google's own libraries take what gcloud writes on either stream for the token.
    pub(crate) in_gclouds_place: bool,
    reader_left: bool,
    emulator_announced: bool,
    silent_emulator: Option<SocketAddr>,
    profile: Option<String>,
    profile_flag: bool,
}

impl Context {
    /// The real one.
    pub(crate) fn of_this_process() -> Self {
        let env: Env = Arc::new(|name| std::env::var_os(name));
        let browser_env = Arc::clone(&env);
        Self {
            env,
            folder: None,
            clock: Arc::new(SystemClock),
            browser: Arc::new(move |address| browser::open(&*browser_env, address)),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            stdout_is_terminal: io::stdout().is_terminal(),
            stdin_is_terminal: io::stdin().is_terminal(),
            in_gclouds_place: false,
            reader_left: false,
            emulator_announced: false,
            silent_emulator: None,
            profile: None,
            profile_flag: false,
        }
    }

    /// A context of its own inside this one: other variables, another browser, streams that are kept.
    /// `demo` runs the real commands in it, and never touches the user's files.
    #[cfg_attr(not(any(feature = "emulator", test)), expect(dead_code, reason = "for `demo`"))]
    pub(crate) fn inner(
        variables: Vec<(&'static str, OsString)>,
        folder: PathBuf,
        browser: Browser,
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let find = move |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.clone())
        };
        Self {
            env: Arc::new(find),
            folder: Some(folder),
            clock,
            browser,
            stdout,
            stderr,
            stdout_is_terminal: false,
            stdin_is_terminal: false,
            in_gclouds_place: false,
            reader_left: false,
            emulator_announced: false,
            silent_emulator: None,
            profile: None,
            profile_flag: false,
        }
    }

    /// Returns a variable; a set but empty one counts as unset.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = (self.env)(name)?.to_string_lossy().into_owned();
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn env(&self) -> &dyn Fn(&str) -> Option<OsString> {
        &*self.env
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Returns a path as the user meant it.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.folder.as_ref().map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }

    #[cfg_attr(not(feature = "emulator"), expect(dead_code, reason = "for `demo`"))]
    pub(crate) fn browser(&self) -> Browser {
        Arc::clone(&self.browser)
    }

    pub(crate) fn open_browser(&self, address: &str) -> Opened {
        (self.browser)(address)
    }

    /// Writes data to standard output. A reader that has left is no error.
    pub(crate) fn data(&mut self, text: &str) -> Outcome {
        if self.reader_left {
            return Ok(());
        }
        let written = writeln!(self.stdout, "{text}").and_then(|()| self.stdout.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.reader_left = true,
            Err(error) => {
                return Err(Failure::new(Case::Output, "cannot write the result").because(error));
            }
            Ok(()) => {}
        }
        Ok(())
    }

    /// Writes words to standard error; when nobody can read them, nobody can be told.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Asks on standard error and returns the line that is typed; none without a terminal, or at its end.
    pub(crate) fn ask(&mut self, question: &str) -> Outcome<Option<String>> {
        if !self.stdin_is_terminal {
            return Ok(None);
        }
        let _ = write!(self.stderr, "{question}").and_then(|()| self.stderr.flush());
        read_line()
    }

    /// Asks on standard error and returns a line of standard input, a terminal or not; none at its end.
    pub(crate) fn line(&mut self, question: &str) -> Outcome<Option<String>> {
        let _ = write!(self.stderr, "{question}").and_then(|()| self.stderr.flush());
        read_line()
    }

    /// The same while something else is waited for, on a terminal alone. A line that is typed after the wait
    /// belongs to the next question, so nothing is read before a line is there.
    pub(crate) fn line_later(
        &mut self,
        question: &str,
    ) -> Option<impl Future<Output = String> + use<>> {
        if !self.stdin_is_terminal {
            return None;
        }
        let _ = write!(self.stderr, "{question}").and_then(|()| self.stderr.flush());
        let (sender, receiver) = oneshot::channel();
        std::thread::spawn(move || {
            while !sender.is_closed() {
                if a_line_is_there() && !sender.is_closed() {
                    // At the end of input there is nothing to paste, and the wait goes on.
                    if let Ok(Some(line)) = read_line() {
                        let _ = sender.send(line);
                    }
                    return;
                }
            }
        });
        Some(async move {
            match receiver.await {
                Ok(line) => line,
                Err(_) => future::pending().await,
            }
        })
    }

    /// Returns the emulator that every command talks to, when there is one; says so once, and goes by its
    /// clock from then on.
    pub(crate) fn emulator(&mut self) -> Outcome<Option<SocketAddr>> {
        let Some(text) = self.variable("HALLPASS_EMULATOR_HOST") else { return Ok(None) };
        let address = emulator_address(&text).ok_or_else(|| {
            let what =
                format!("`HALLPASS_EMULATOR_HOST` is `{text}`, not an address of this machine");
            Failure::new(Case::EmulatorHost, what)
        })?;
        if !self.emulator_announced {
            self.emulator_announced = true;
            match emulator_clock::follow(address, self.clock()) {
                Some(clock) => self.clock = clock,
                None => self.silent_emulator = Some(address),
            }
            if !self.in_gclouds_place || io::stderr().is_terminal() {
                self.note(&format!("using the emulator at {address}, not Google"));
            }
        }
        Ok(Some(address))
    }

    /// Returns what to say when nothing listens where the emulator should be; nothing when it is well.
    pub(crate) fn silent_emulator(&self) -> Option<Failure> {
        let address = self.silent_emulator?;
        let what = format!("no emulator answers at {address}");
        Some(Failure::new(Case::EmulatorSilent, what).about(address.to_string()))
    }

    /// Takes the profile of the flag, else of `HALLPASS_PROFILE`.
    pub(crate) fn choose_profile(&mut self, flag: Option<&str>) -> Outcome {
        let name = flag.map(str::to_owned).or_else(|| self.variable("HALLPASS_PROFILE"));
        if let Some(name) = &name {
            profile::checked(name)?;
        }
        self.profile_flag = flag.is_some();
        self.profile = name.filter(|name| name != profile::DEFAULT);
        Ok(())
    }

    /// Says whether a profile was named on the command line, not by a variable.
    pub(crate) fn profile_flag(&self) -> bool {
        self.profile_flag
    }

    /// Returns the profile that commands work with; none is Application Default Credentials.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Returns the store of side records.
    pub(crate) fn store(&self) -> Outcome<FileStore> {
        Ok(FileStore::new(self.own_folder()?))
    }

    /// Returns where hallpass keeps what is its own.
    pub(crate) fn own_folder(&self) -> Outcome<PathBuf> {
        if let Some(folder) = self.variable("HALLPASS_CONFIG") {
            return Ok(folder.into());
        }
        let (home, below) = if cfg!(windows) { ("APPDATA", "") } else { ("HOME", ".config") };
        let home = self
            .variable(home)
            .ok_or_else(|| Failure::new(Case::NoHome, "there is no home folder"))?;
        Ok(PathBuf::from(home).join(below).join("hallpass"))
    }

    /// Returns the HTTP client that every request of this command goes through.
    pub(crate) fn http(&self) -> HttpClient {
        // SSL_CERT_FILE is read where the certificates are, by rustls-native-certs.
        HttpClient::builder().proxies(Proxies::from_env(self.env())).build()
    }

    /// Sends what the libraries say to standard error, when `HALLPASS_LOG` asks for it.
    pub(crate) fn start_logging(&self) -> Outcome {
        let Some(level) = self.variable("HALLPASS_LOG") else { return Ok(()) };
        let level: tracing_subscriber::filter::LevelFilter = level.parse().map_err(|_| {
            Failure::new(Case::LogLevel, format!("`HALLPASS_LOG` is `{level}`, not a level"))
        })?;
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(io::stderr)
            .with_ansi(false)
            .without_time()
            .init();
        Ok(())
    }
}

/// Reads `host:port`; nothing but this machine, so that a stray variable cannot send a grant away.
fn emulator_address(text: &str) -> Option<SocketAddr> {
    if let Some(port) = text.strip_prefix("localhost:") {
        return Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into());
    }
    text.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback())
}

#[cfg(test)]
impl Context {
    /// The test twin: these variables, no browser, streams that go nowhere.
    pub(crate) fn for_test(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, OsString::from(*value)));
        Self::inner(
            variables.collect(),
            PathBuf::from("/"),
            Arc::new(|_| Opened::NoBrowser),
            Box::new(io::sink()),
            Box::new(io::sink()),
            Arc::new(SystemClock),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emulator_must_be_on_this_machine() {
        for good in ["127.0.0.1:9099", "[::1]:9099", "localhost:9099", "127.8.0.1:1"] {
            assert!(emulator_address(good).is_some(), "{good}");
        }
        for bad in
            ["10.0.0.1:9099", "example.com:80", "127.0.0.1", "http://127.0.0.1:1", "localhost:x"]
        {
            assert_eq!(emulator_address(bad), None, "{bad}");
        }
    }

    #[test]
    fn empty_variable_counts_as_unset() {
        let context = Context::for_test(&[("BROWSER", ""), ("HOME", "/home/ada")]);
        assert_eq!(context.variable("BROWSER"), None);
        assert_eq!(context.variable("HOME").as_deref(), Some("/home/ada"));
    }

    #[test]
    fn own_folder_is_the_named_one_or_below_home() {
        let named = Context::for_test(&[("HALLPASS_CONFIG", "/c"), ("HOME", "/h")]);
        assert_eq!(named.own_folder().expect("folder"), PathBuf::from("/c"));
        assert!(Context::for_test(&[]).own_folder().is_err());
    }

    #[test]
    fn a_reader_that_leaves_is_no_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut context = Context::for_test(&[]);
        context.stdout = Box::new(Closed);
        assert!(context.data("models/aqa").is_ok());
        assert!(context.reader_left);
    }
}
