//! What is uploaded: a file on the disk, bytes, or a reader.
//!
//! A file and bytes are read from any place. A reader is read once, piece by piece; the last piece is kept, so that an upload
//! that was cut within it goes on.

use crate::Error;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, SeekFrom};

/// As much is read at once to learn what a source is.
const HASHED_AT_ONCE: usize = 256 * 1024;

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
        let (mut hash, mut offset) = (Sha256::new(), 0);
        while offset < source.length {
            let piece = source.piece(offset, HASHED_AT_ONCE).await?;
            offset += piece.len() as u64;
            hash.update(&piece);
        }
        Ok(Some(hash.finalize().into()))
    }

    /// Returns the end of its name.
    pub(crate) fn display_name(&self) -> Option<String> {
        self.name.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// A reader can be opened once.
    pub(super) async fn open(&mut self) -> Result<Opened, Error> {
        let (length, kind) = match &mut self.kind {
            Kind::Reader(reader, length) => {
                let reader = std::mem::replace(reader, Box::new(tokio::io::empty()));
                (*length, Reading::Reader { reader, start: 0, last: Bytes::new() })
            }
            Kind::Bytes(bytes) => (bytes.len() as u64, Reading::Bytes(bytes.clone())),
            Kind::Path => {
                let file = File::open(&self.name).await.map_err(|error| self.unreadable(error))?;
                let about = file.metadata().await.map_err(|error| self.unreadable(error))?;
                if !about.is_file() {
                    return Err(Error::file(format!("{} is no file", shown(&self.name)), None));
                }
                (about.len(), Reading::File(file))
            }
        };
        Ok(Opened { name: self.name.clone(), length, kind })
    }

    fn unreadable(&self, error: std::io::Error) -> Error {
        Error::file(format!("cannot read {}", shown(&self.name)), Some(error))
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
}

enum Reading {
    File(File),
    Bytes(Bytes),
    /// What was read last, and where it begins.
    Reader {
        reader: Reader,
        start: u64,
        last: Bytes,
    },
}

impl Opened {
    /// Returns at most `most` bytes from this place; fewer only at the end. Of a reader, what was read before comes, too.
    ///
    /// # Errors
    /// A file that cannot be read, or has become shorter.
    pub(super) async fn piece(&mut self, offset: u64, most: usize) -> Result<Bytes, Error> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(most);
        let size = left.min(most);
        match &mut self.kind {
            Reading::Bytes(bytes) => {
                let start = usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
                Ok(bytes.slice(start..start + size))
            }
            Reading::Reader { reader, start, last } => {
                let kept = offset
                    .checked_sub(*start)
                    .and_then(|skip| usize::try_from(skip).ok())
                    .filter(|skip| *skip <= last.len());
                let Some(skip) = kept else {
                    let what = format!("cannot go back in {}", shown(&self.name));
                    return Err(Error::file(what, None));
                };
                let mut piece = last.slice(skip..).to_vec();
                let (known, size) = (piece.len(), size.max(piece.len()));
                piece.resize(size, 0);
                let read = reader.read_exact(&mut piece[known..]).await;
                let what = || format!("cannot read {}", shown(&self.name));
                read.map_err(|error| Error::file(what(), Some(error)))?;
                let piece = Bytes::from(piece);
                (*start, *last) = (offset, piece.clone());
                Ok(piece)
            }
            Reading::File(file) => {
                let mut piece = vec![0; size];
                let read = async {
                    file.seek(SeekFrom::Start(offset)).await?;
                    file.read_exact(&mut piece).await
                };
                let read = read.await;
                let what = || format!("cannot read {}", shown(&self.name));
                read.map_err(|error| Error::file(what(), Some(error)))?;
                Ok(piece.into())
            }
        }
    }
}
