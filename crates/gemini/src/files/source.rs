//! What is uploaded: a file on the disk, read piece by piece from any place, or bytes.

use crate::Error;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

/// A file on the disk, or bytes with a name.
#[derive(Clone, Debug)]
pub struct Source {
    /// For its type, and for people.
    pub(super) name: PathBuf,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Path,
    Bytes(Bytes),
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

    /// Returns the end of its name.
    pub(crate) fn display_name(&self) -> Option<String> {
        self.name.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    pub(super) async fn open(&self) -> Result<Opened, Error> {
        let (length, kind) = match &self.kind {
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

/// A source that is being read.
pub(super) struct Opened {
    name: PathBuf,
    pub(super) length: u64,
    kind: Reading,
}

enum Reading {
    File(File),
    Bytes(Bytes),
}

impl Opened {
    /// Returns at most `most` bytes from this place; fewer only at the end.
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
