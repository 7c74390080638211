//! Files that Google keeps for 48 hours, for prompts.
//!
//! In: a path or bytes. Out: a `File`, whose address is a part of a prompt.
//! `session`, `upload`: the resumable protocol. `source`: what is read, piece by piece. `media_type`: what a file is.
//! `cache`: what was uploaded before.

mod cache;
mod media_type;
mod session;
mod source;
mod upload;

pub use cache::UploadCache;
pub use media_type::media_type;
pub use source::Source;
#[cfg(feature = "file-search")]
pub(crate) use upload::Transfer;
pub use upload::{Progress, Upload};

use crate::generate::{Contents, Part};
use crate::pages::{self, Page};
use crate::wire::{open_enum, wire};
use crate::{Client, Error, waiting};
use futures_util::Stream;
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// As many as Google gives at once: unasked it gives ten.
const LARGEST_PAGE: u32 = 100;

open_enum! {
    /// Whether a file can be used.
    FileState {
        Processing = "PROCESSING",
        Active = "ACTIVE",
        Failed = "FAILED",
    }
}

wire! {
    /// A file that Google keeps.
    File {
        /// Its name: `files/...`.
        name: String,
        /// Its name for people.
        display_name: Option<String>,
        /// Its type.
        mime_type: Option<String>,
        /// Its size in bytes, in digits.
        size_bytes: Option<String>,
        /// When it was made.
        create_time: Option<String>,
        /// When Google deletes it.
        expiration_time: Option<String>,
        /// Its SHA-256 (base64).
        sha256_hash: Option<String>,
        /// Its address in a prompt.
        uri: Option<String>,
        /// Whether it can be used.
        state: Option<FileState>,
        /// Why it cannot be.
        error: Option<Value>,
    }
}

impl From<&File> for Part {
    fn from(file: &File) -> Self {
        let mime_type = file.mime_type.clone().unwrap_or_default();
        Self::file(file.uri.clone().unwrap_or_default(), mime_type)
    }
}

impl From<&File> for Contents {
    fn from(file: &File) -> Self {
        Part::from(file).into()
    }
}

/// The files of the project.
///
/// ```no_run
/// use hallpass_gemini::generate::Part;
/// use std::time::Duration;
///
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// let files = client.files();
/// let file = files.upload("report.pdf").on_progress(|at| println!("{} of {}", at.sent, at.total)).await?;
/// let file = files.wait_active(&file.name, Duration::from_secs(300)).await?;
/// let question = client.model("gemini-flash-latest").content([Part::from(&file), "What is this?".into()]);
/// println!("{}", question.await?.text()?);
/// files.delete(&file.name).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    client: &'a Client,
}

impl Client {
    /// Returns the files of the project.
    #[must_use]
    pub fn files(&self) -> Files<'_> {
        Files { client: self }
    }
}

impl<'a> Files<'a> {
    /// Starts an upload of a file on the disk ([`Source::path`]) or of bytes ([`Source::bytes`]).
    pub fn upload(self, source: impl Into<Source>) -> Upload<'a> {
        Upload::new(self.client, source.into())
    }

    /// Lists all files.
    pub fn list(self) -> impl Stream<Item = Result<File, Error>> + Send + 'a {
        pages::items::<FilesPage>(self.client, "files".to_owned(), Some(LARGEST_PAGE))
    }

    /// Returns one file by its name. A file that is not there, or another project's, is a status 403.
    ///
    /// # Errors
    /// A name that is none ([`Error::is_invalid_name`]), and those of a request.
    pub async fn get(self, name: &str) -> Result<File, Error> {
        self.client.request(Method::GET, &path(name)?).send().await
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// Those of [`Files::get`].
    pub async fn delete(self, name: &str) -> Result<(), Error> {
        self.client.request(Method::DELETE, &path(name)?).send::<Value>().await.map(|_| ())
    }

    /// Waits until Google has read a file, at most so long.
    ///
    /// # Errors
    /// Those of [`Files::get`], a file that Google cannot read, and the end of the time ([`Error::is_late`]).
    pub async fn wait_active(self, name: &str, limit: Duration) -> Result<File, Error> {
        waiting::until(limit, || async {
            let file = self.get(name).await?;
            match &file.state {
                Some(FileState::Failed) => {
                    Err(Error::not_done(format!("Google cannot read `{}`", name.escape_debug())))
                }
                Some(FileState::Active) | None => Ok(Some(file)),
                Some(_) => Ok(None),
            }
        })
        .await
    }
}

fn path(name: &str) -> Result<String, Error> {
    crate::models::resource_path("files", name)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct FilesPage {
    files: Vec<File>,
    next_page_token: String,
}

impl Page for FilesPage {
    type Item = File;

    fn into_parts(self) -> (Vec<File>, String) {
        (self.files, self.next_page_token)
    }
}
