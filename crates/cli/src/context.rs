//! All that is impure: environment, paths, streams, clock, browser, endpoints, runtime.
//!
//! In: this process. Out: what a command may know of it. `Context::for_test` is the twin with a
//! pretended environment and streams that can be read.
//! Not here: any decision of a command.
#![expect(clippy::disallowed_methods, reason = "the one module that reads the environment")]

#[cfg(any(not(unix), test))]
mod lines;
mod wait;

use crate::browser::{self, Opened};
use crate::emulator_clock::{self, Server};
use crate::exit::{Case, Exit};
use crate::failure::{Failure, Outcome};
use crate::line::{Colour, Line};
use crate::one_time_page;
use crate::output::Output;
use crate::render::{self, Format};
use futures_util::future;
use hallpass::http::{HttpClient, Proxies};
use hallpass::oauth::Endpoints;
use hallpass::store::FileStore;
use hallpass::time::{Clock, SystemClock};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
pub(crate) use wait::{Ended, block_on, ended, run, show_while};
#[cfg(windows)]
pub(crate) use wait::{background_runtime, run_to_its_end};
use wait::{line_soon, read_line};

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
    pub(crate) output: Output,
    pub(crate) stdin_is_terminal: bool,
    /// Google's own libraries take what gcloud writes on either stream for the token.
    pub(crate) called_as_gcloud: bool,
    emulator_announced: bool,
    silent_emulator: Option<SocketAddr>,
    /// How the process ends after a success: as the program that `exec` ran, where it cannot become it.
    pub(crate) exit_code: u8,
    /// The form of results and errors.
    pub(crate) format: Format,
    profile: Option<String>,
    /// Whether the profile was named on the command line, not by a variable.
    pub(crate) profile_flag: bool,
    token_file: Option<PathBuf>,
    /// Whether the command looks for a sign-in where Google's clients do.
    pub(crate) follows_the_variable: bool,
}

impl Context {
    /// The real one.
    pub(crate) fn of_this_process() -> Self {
        let env: Env = Arc::new(|name| std::env::var_os(name));
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        // https://no-color.org; a dumb terminal knows no escapes.
        let plain = set("NO_COLOR") || env("TERM").is_some_and(|term| term == "dumb");
        let output = Output::of_this_process(if plain { Colour::Off } else { Colour::On });
        let browser_env = Arc::clone(&env);
        let browser = Arc::new(move |address: &str| browser::open(&*browser_env, address));
        let mut context = Self::new(env, browser, output, Arc::new(SystemClock));
        context.stdin_is_terminal = io::stdin().is_terminal();
        context
    }

    fn new(env: Env, browser: Browser, output: Output, clock: Arc<dyn Clock>) -> Self {
        Self {
            env,
            folder: None,
            clock,
            browser,
            output,
            stdin_is_terminal: false,
            called_as_gcloud: false,
            emulator_announced: false,
            silent_emulator: None,
            exit_code: Exit::Done as u8,
            format: Format::Text,
            profile: None,
            profile_flag: false,
            token_file: None,
            follows_the_variable: false,
        }
    }

    /// A separate context: other variables, another browser, streams in memory.
    /// `demo` runs the real commands in it, and never touches the user's files.
    #[cfg_attr(not(any(feature = "emulator", test)), expect(dead_code, reason = "for `demo`"))]
    pub(crate) fn inner(
        variables: Vec<(&'static str, OsString)>,
        folder: PathBuf,
        browser: Browser,
        output: Output,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let find = move |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.clone())
        };
        let context = Self::new(Arc::new(find), browser, output, clock);
        Self { folder: Some(folder), ..context }
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

    /// Sends the browser to the address of a sign-in, which stands in no argument list.
    pub(crate) fn open_sign_in(&self, address: &str) -> Opened {
        if !browser::is_there(&*self.env) && self.folder.is_none() {
            return Opened::NoBrowser;
        }
        // Where no page can be served, a browser with the address itself is better than none.
        let page = one_time_page::serve(address);
        self.open_browser(page.as_deref().unwrap_or(address))
    }

    /// Writes lines of data to standard output.
    pub(crate) fn data<L: Into<Line>>(&mut self, lines: impl IntoIterator<Item = L>) -> Outcome {
        self.output.data(lines.into_iter().map(Into::into))
    }

    /// Writes a piece of a text that comes in pieces to standard output.
    pub(crate) fn piece(&mut self, text: &str) -> Outcome {
        self.output.piece(text)
    }

    /// Writes one line of words to standard error.
    pub(crate) fn note(&mut self, line: impl Into<Line>) {
        self.output.note(line.into());
    }

    /// Reports what a command has done, to programs: people have read it in its notes.
    pub(crate) fn result(&mut self, result: &Value) -> Outcome {
        match self.format {
            Format::Text => Ok(()),
            Format::Json => self.data(render::document(result)),
        }
    }

    /// Asks on standard error and returns the line that is typed; none without a terminal, or at its end.
    pub(crate) fn ask(&mut self, question: &str) -> Outcome<Option<String>> {
        if self.stdin_is_terminal { self.line(question) } else { Ok(None) }
    }

    /// Asks on standard error and returns a line of standard input, a terminal or not; none at its end.
    pub(crate) fn line(&mut self, question: &str) -> Outcome<Option<String>> {
        self.output.question(question);
        read_line()
    }

    /// Returns a line that is typed while something else is waited for, on a terminal alone. A line that is typed
    /// after the wait belongs to the next question, so nothing is read before a line is there.
    pub(crate) fn line_later(&mut self) -> Option<impl Future<Output = String> + use<>> {
        if !self.stdin_is_terminal {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        std::thread::spawn(move || {
            while !sender.is_closed() {
                let Some(line) = line_soon(|| !sender.is_closed()) else { continue };
                // At the end of input there is nothing to paste, and the wait goes on.
                if let Ok(Some(line)) = line {
                    let _ = sender.send(line);
                }
                return;
            }
        });
        Some(async move {
            match receiver.await {
                Ok(line) => line,
                Err(_) => future::pending().await,
            }
        })
    }

    /// Returns the lines of standard input, each as soon as it is there, also while something else is waited for.
    pub(crate) fn lines(&self) -> mpsc::UnboundedReceiver<Outcome<String>> {
        let (sender, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            while let Some(line) = read_line().transpose() {
                let is_last = line.is_err();
                if sender.send(line).is_err() || is_last {
                    return;
                }
            }
        });
        lines
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
                Server::Emulator(clock) => self.clock = clock,
                Server::None => self.silent_emulator = Some(address),
                // A sign-in would be shown to it.
                Server::Stranger => {
                    self.emulator_announced = false;
                    let what = format!("the server at {address} is not an emulator");
                    return Err(Failure::new(Case::NotAnEmulator, what).about(address.to_string()));
                }
            }
            if !self.called_as_gcloud || self.output.notes.is_terminal {
                self.note(format!("using the emulator at {address}, not Google"));
            }
        }
        Ok(Some(address))
    }

    /// Returns the addresses that every command calls: Google's, or the emulator's.
    pub(crate) fn endpoints(&mut self) -> Outcome<Endpoints> {
        Ok(self.emulator()?.map_or_else(Endpoints::google, Endpoints::emulator))
    }

    /// Returns what to say when nothing listens where the emulator should be; nothing when it is well.
    pub(crate) fn silent_emulator(&self) -> Option<Failure> {
        let address = self.silent_emulator?;
        let what = format!("no emulator answers at {address}");
        Some(Failure::new(Case::EmulatorSilent, what).about(address.to_string()))
    }

    /// Chooses the sign-in that commands work with.
    pub(crate) fn choose(&mut self, profile: Option<String>, token_file: Option<PathBuf>) {
        (self.profile, self.token_file) = (profile, token_file);
    }

    /// Returns the token.json that was named on the command line.
    pub(crate) fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
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
            Output::unseen(),
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
}
