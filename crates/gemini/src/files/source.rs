//! What is uploaded: a file on the disk, bytes, or a reader.
//!
//! A file and bytes are read from any place. A reader is read once, piece by piece; the piece that is being sent is kept, so
//! that an upload that was cut within it goes on. All that is read is hashed on the way, on a thread of its own, while it is
//! sent and the next piece is read: SHA-256 takes longer than both.

use crate::Error;
use bytes::{Bytes, BytesMut};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// As much is read at once of what is only hashed.
const READ_TO_HASH: usize = 1024 * 1024;

/// A file on the disk, bytes with a name, or a reader with a name and a length.
pub struct Source {
    /// For its type, and for people.
    pub(super) name: PathBuf,
    kind: Kind,
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;

enum Kind {
    Path,
    Bytes(Bytes),
    Reader(Reader, u64),
}

impl Source {
    /// Uploads the file of this path; it is never in memory as a whole.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self { name: path.into(), kind: Kind::Path }
    }

    /// Uploads these bytes; the end of the name tells their type.
    pub fn bytes(name: impl Into<PathBuf>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), kind: Kind::Bytes(bytes.into()) }
    }

    /// Uploads what this reader gives, which has to be this many bytes: Google wants to know before it takes any. It is read
    /// once; an upload that is cut goes on if Google has got as far as the last piece (8 MiB).
    pub fn reader(
        name: impl Into<PathBuf>,
        reader: impl AsyncRead + Send + Unpin + 'static,
        length: u64,
    ) -> Self {
        Self { name: name.into(), kind: Kind::Reader(Box::new(reader), length) }
    }

    /// Returns the SHA-256 of a source that can be read twice.
    pub(super) async fn sha256(&mut self) -> Result<Option<[u8; 32]>, Error> {
        if matches!(self.kind, Kind::Reader(..)) {
            return Ok(None);
        }
        let mut source = self.open().await?;
        let mut offset = 0;
        while offset < source.length {
            let piece = source.piece(offset, READ_TO_HASH).await?;
            offset += piece.len() as u64;
            source.give_back(piece);
        }
        source.sha256().await.map(Some)
    }

    /// Returns the end of its name.
    pub(crate) fn display_name(&self) -> Option<String> {
        self.name.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// A reader can be opened once.
    pub(super) async fn open(&mut self) -> Result<Opened, Error> {
        let (length, kind) = match &mut self.kind {
            Kind::Reader(reader, length) => {
                let reader = mem::replace(reader, Box::new(tokio::io::empty()));
                (*length, Reading::Reader { reader, position: 0, kept: VecDeque::new() })
            }
            Kind::Bytes(bytes) => (bytes.len() as u64, Reading::Bytes(bytes.clone())),
            Kind::Path => {
                let unreadable = |error| unreadable(&self.name, error);
                // Asked by its name first: Windows opens no folder, and a pipe without a writer never opens.
                let about = tokio::fs::metadata(&self.name).await.map_err(unreadable)?;
                if !about.is_file() {
                    return Err(Error::file(format!("{} is no file", shown(&self.name)), None));
                }
                let file = tokio::fs::File::open(&self.name).await.map_err(unreadable)?;
                let about = file.metadata().await.map_err(unreadable)?;
                (about.len(), Reading::File(Arc::new(file.into_std().await)))
            }
        };
        Ok(Opened { name: self.name.clone(), length, kind, hashing: None, spare: None })
    }
}

pub(super) fn shown(path: &Path) -> String {
    format!("`{}`", path.to_string_lossy().escape_debug())
}

impl<T: AsRef<Path> + ?Sized> From<&T> for Source {
    fn from(path: &T) -> Self {
        Self::path(path.as_ref())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// Shows its name, and nothing of what it holds.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A source that is being read.
pub(super) struct Opened {
    name: PathBuf,
    pub(super) length: u64,
    kind: Reading,
    /// All that was read so far, once it ends.
    hashing: Option<JoinHandle<Digest>>,
    /// The memory of a piece that was sent, for the next one.
    spare: Option<BytesMut>,
}

enum Reading {
    File(Arc<File>),
    Bytes(Bytes),
    /// How far it was read, and the last pieces with the offset of each.
    Reader {
        reader: Reader,
        position: u64,
        kept: VecDeque<(u64, Bytes)>,
    },
}

/// The SHA-256 of a source from its beginning to `end`.
#[derive(Default)]
struct Digest {
    hash: Sha256,
    end: u64,
}

impl Digest {
    /// Takes in what is new of a piece that begins at `offset`, at most where the digest ends.
    fn add(&mut self, offset: u64, piece: &[u8]) {
        let known = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if let Some(new) = piece.get(known..) {
            self.hash.update(new);
            self.end += new.len() as u64;
        }
    }
}

impl Opened {
    /// Returns at most `most` bytes from this place; fewer only at the end, and of a reader that was read further: then the
    /// rest of the piece in which the place is. Of a reader, what was read before comes, too.
    ///
    /// # Errors
    /// A file that cannot be read, or has become shorter.
    pub(super) async fn piece(&mut self, offset: u64, most: usize) -> Result<Bytes, Error> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(most);
        let size = left.min(most);
        let piece = match &mut self.kind {
            Reading::File(file) => {
                let (file, spare) = (Arc::clone(file), self.spare.take());
                let read = read_file(file, offset, size, spare.unwrap_or_default()).await;
                read.map_err(|error| unreadable(&self.name, error))?
            }
            Reading::Bytes(bytes) => {
                let start = usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
                bytes.slice(start..start + size)
            }
            Reading::Reader { reader, position, kept } => {
                let read = read_on(reader, position, kept, offset, size).await;
                let read = read.map_err(|error| unreadable(&self.name, error))?;
                read.ok_or_else(|| {
                    Error::file(format!("cannot go back in {}", shown(&self.name)), None)
                })?
            }
        };
        let mut digest = self.hashed().await?;
        let hashed = piece.clone();
        self.hashing = Some(spawn_blocking(move || {
            digest.add(offset, &hashed);
            digest
        }));
        Ok(piece)
    }

    /// Says that what is before this offset is not asked for again.
    pub(super) fn forget_before(&mut self, offset: u64) {
        if let Reading::Reader { kept, .. } = &mut self.kind {
            kept.retain(|(start, piece)| start + piece.len() as u64 > offset);
        }
    }

    /// Takes a piece of a file back, whose memory the next one can have.
    pub(super) fn give_back(&mut self, piece: Bytes) {
        if let Reading::File(_) = self.kind {
            self.spare = piece.try_into_mut().ok();
        }
    }

    /// Returns the SHA-256 of all that was read.
    ///
    /// # Errors
    /// The runtime ends.
    pub(super) async fn sha256(mut self) -> Result<[u8; 32], Error> {
        Ok(self.hashed().await?.hash.finalize().into())
    }

    /// Waits until all that was read is hashed.
    async fn hashed(&mut self) -> Result<Digest, Error> {
        let Some(hashing) = self.hashing.take() else { return Ok(Digest::default()) };
        hashing.await.map_err(|error| unreadable(&self.name, ended(error)))
    }
}

/// Reads from this place, on a thread that may wait, into memory that was used before.
async fn read_file(
    file: Arc<File>,
    offset: u64,
    size: usize,
    mut piece: BytesMut,
) -> std::io::Result<Bytes> {
    let read = spawn_blocking(move || {
        piece.resize(size, 0);
        let mut file = &*file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut piece)?;
        Ok(piece.freeze())
    });
    read.await.unwrap_or_else(|error| Err(ended(error)))
}

/// Reads on, or returns what is kept from this place, made up to `size` if nothing was read after it; none if the place is
/// not kept any more.
async fn read_on(
    reader: &mut Reader,
    position: &mut u64,
    kept: &mut VecDeque<(u64, Bytes)>,
    offset: u64,
    size: usize,
) -> std::io::Result<Option<Bytes>> {
    let holds = |(start, piece): &(u64, Bytes)| {
        let skip = usize::try_from(offset.checked_sub(*start)?).ok()?;
        (skip < piece.len()).then(|| piece.slice(skip..))
    };
    let found = kept.iter().position(|one| holds(one).is_some());
    let known = found.and_then(|index| holds(&kept[index])).unwrap_or_default();
    let is_last = found.is_some_and(|index| index + 1 == kept.len());
    if found.is_some() && !(is_last && known.len() < size) {
        return Ok(Some(known));
    }
    if found.is_none() && offset != *position {
        return Ok(None);
    }
    let mut piece = known.to_vec();
    piece.resize(size, 0);
    reader.read_exact(&mut piece[known.len()..]).await?;
    *position = offset + size as u64;
    let piece = Bytes::from(piece);
    if found.is_some() {
        kept.pop_back();
    }
    kept.push_back((offset, piece.clone()));
    Ok(Some(piece))
}

fn unreadable(name: &Path, error: std::io::Error) -> Error {
    Error::file(format!("cannot read {}", shown(name)), Some(error))
}

/// The runtime stops before the thread has read.
fn ended(error: JoinError) -> std::io::Error {
    std::io::Error::other(error)
}
