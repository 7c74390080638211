//! Between a command and a standing agent: a connection that this user's own processes alone get.
//!
//! On Unix it is a socket in a private folder, whose other end has to be of the same user. On Windows it is a port of
//! 127.0.0.1, which every program of the machine can reach: a file that the user alone can read names the port, the
//! word that a command says first, and the word by which the agent answers it. Each side so knows the other, and a
//! program that listens at the port of an agent that was killed is asked nothing.
//! Not here: what is asked and answered (`control`).

use std::time::Duration;

/// The agent answers from memory; a new ticket waits for files at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// A line that does not come is not waited for: others ask, too.
pub(super) const LINE_TIME: Duration = Duration::from_secs(2);

#[cfg(unix)]
pub(super) use unix::{Listener, connect};
#[cfg(windows)]
pub(super) use windows::{Listener, connect};

#[cfg(unix)]
mod unix {
    use super::PATIENCE;
    use crate::commands::agent::state::State;
    use hallpass_agent::is_same_user;
    use std::io::{self, BufReader};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use tokio::net::UnixListener;

    /// Reaches the agent that runs.
    pub(crate) fn connect(state: &State) -> io::Result<BufReader<UnixStream>> {
        let stream = UnixStream::connect(state.control())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }

    /// The agent's end.
    pub(crate) struct Listener(UnixListener);

    impl Listener {
        pub(crate) fn open(state: &State) -> io::Result<Self> {
            let path = state.control();
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600))?;
            Ok(Self(listener))
        }

        /// Returns the next connection of this user.
        pub(crate) async fn next(&mut self) -> io::Result<tokio::net::UnixStream> {
            loop {
                let (stream, _) = self.0.accept().await?;
                if is_same_user(&stream).unwrap_or(false) {
                    return Ok(stream);
                }
            }
        }
    }
}

#[cfg(windows)]
mod windows {
    use super::{LINE_TIME, PATIENCE};
    use crate::commands::agent::state::State;
    use hallpass::store::{read_private, write_private};
    use serde_json::{Value, json};
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::net::{Ipv4Addr, TcpStream};
    use std::sync::Arc;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    /// Both words have this many letters.
    const LETTERS: usize = 64;

    /// Connections that have not said their word.
    const MOST_WAITING: usize = 64;

    /// What the file says: for who asks, and for who answers.
    struct Words {
        asks: String,
        answers: String,
    }

    /// Reaches the agent that runs.
    pub(crate) fn connect(state: &State) -> io::Result<BufReader<TcpStream>> {
        let (port, words) = read(state).ok_or(io::ErrorKind::NotFound)?;
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{}\n", words.asks).as_bytes())?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        (&mut stream).take(LETTERS as u64 + 1).read_line(&mut line)?;
        if is_word(&line, &words.answers) {
            return Ok(stream);
        }
        // Another program has the port of an agent that has ended.
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    fn read(state: &State) -> Option<(u16, Words)> {
        let file = read_private(&state.control()).ok()??;
        let file: Value = serde_json::from_slice(&file).ok()?;
        let word = |name: &str| file[name].as_str().map(str::to_owned);
        let words = Words { asks: word("asks")?, answers: word("answers")? };
        Some((file["port"].as_u64()?.try_into().ok()?, words))
    }

    /// Takes the same time wherever the two differ.
    fn is_word(line: &str, word: &str) -> bool {
        let line = line.trim_end_matches('\n');
        let differences = line.bytes().zip(word.bytes()).fold(0, |bits, (a, b)| bits | (a ^ b));
        line.len() == LETTERS && word.len() == LETTERS && differences == 0
    }

    /// The agent's end.
    pub(crate) struct Listener {
        listener: TcpListener,
        words: Arc<Words>,
        /// Connections whose first line has not come yet; the others go on meanwhile.
        greeted: JoinSet<Option<tokio::net::TcpStream>>,
    }

    impl Listener {
        pub(crate) fn open(state: &State) -> io::Result<Self> {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let words = Words { asks: new_word()?, answers: new_word()? };
            let port = listener.local_addr()?.port();
            let file = json!({ "port": port, "asks": words.asks, "answers": words.answers });
            write_private(state.control(), format!("{file}\n").as_bytes())
                .map_err(io::Error::other)?;
            Ok(Self { listener, words: Arc::new(words), greeted: JoinSet::new() })
        }

        /// Returns the next connection that has said the word.
        pub(crate) async fn next(&mut self) -> io::Result<tokio::net::TcpStream> {
            loop {
                let has_place = self.greeted.len() < MOST_WAITING;
                tokio::select! {
                    accepted = self.listener.accept(), if has_place => {
                        let greeting = greet(accepted?.0, Arc::clone(&self.words));
                        let greeting = tokio::time::timeout(LINE_TIME, greeting);
                        self.greeted.spawn(async { greeting.await.ok()?.ok()? });
                    }
                    greeted = self.greeted.join_next(), if !self.greeted.is_empty() => {
                        if let Some(Ok(Some(stream))) = greeted {
                            return Ok(stream);
                        }
                    }
                }
            }
        }
    }

    /// Hears a connection's word and says the agent's; nothing where it is another word.
    async fn greet(
        mut stream: tokio::net::TcpStream,
        words: Arc<Words>,
    ) -> io::Result<Option<tokio::net::TcpStream>> {
        let mut line = String::new();
        // Nothing follows the word before the agent has said its own.
        let mut first = tokio::io::BufReader::new((&mut stream).take(LETTERS as u64 + 1));
        first.read_line(&mut line).await?;
        if !is_word(&line, &words.asks) {
            return Ok(None);
        }
        stream.write_all(format!("{}\n", words.answers).as_bytes()).await?;
        Ok(Some(stream))
    }

    fn new_word() -> io::Result<String> {
        let mut random = [0_u8; LETTERS / 2];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
