//! Files beside a question: looked at before anything is sent; small ones go inline, large ones are uploaded first.
//!
//! In: paths, or names of files that Google has (`files/…`). Out: parts of the prompt, and what has to be deleted after
//! the answer. Text goes as text under its file's name, so that a model can tell several files apart, and so that any
//! text will do, whatever the end of its name.
//! Not here: what a file is (`hallpass_gemini::files::media_type`).

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini::refusal;
use crate::output::Output;
use crate::progress::Progress;
use hallpass_gemini::Client;
use hallpass_gemini::files::media_type;
use hallpass_gemini::generate::Part;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// A file up to this size is quick to send again with each question.
const LARGEST_INLINE: u64 = 4 * 1024 * 1024;
/// Google takes requests of 20 MB; in base64 this is 16.
const MOST_INLINE: u64 = 12 * 1024 * 1024;
/// How the types of Word, Excel and PowerPoint begin, which `generateContent` refuses.
const OFFICE: &str = "application/vnd.openxmlformats-officedocument.";
/// Google keeps no larger file.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;
/// Google reads an hour of video in less.
pub(crate) const LONGEST_READING: Duration = Duration::from_secs(15 * 60);

/// A person has pressed Ctrl-C, perhaps, and waits for the end.
const LONGEST_DELETING: Duration = Duration::from_secs(5);

/// A file that was looked at.
pub(crate) enum Attachment {
    /// It is part of the prompt.
    Inline(Box<Part>),
    /// It goes to Google first.
    ToUpload(PathBuf, &'static str),
    /// Google has it, under this name.
    AtGoogle(String),
}

/// The parts of a prompt, and what was uploaded for it.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) parts: Vec<Part>,
    /// Names of files at Google that are there for this question alone.
    pub(crate) uploaded: Vec<String>,
}

/// Looks at each file; nothing is sent.
pub(crate) fn look_at(paths: &[PathBuf], context: &Context) -> Outcome<Vec<Attachment>> {
    let mut inline = 0;
    let look = |path: &PathBuf| {
        let here = context.path(path);
        let name = path.to_str().filter(|name| name.starts_with("files/") && !here.exists());
        match name {
            Some(name) => Ok(Attachment::AtGoogle(name.to_owned())),
            None => one(path, &here, &mut inline),
        }
    };
    paths.iter().map(look).collect()
}

fn one(path: &Path, here: &Path, inline: &mut u64) -> Outcome<Attachment> {
    let (kind, size) = checked(path, here)?;
    if kind.starts_with(OFFICE) {
        let failure = unusable(path, "is not of a type that Gemini reads in a prompt");
        return Err(failure.with_case(Case::FileForStore).about(path.display().to_string()));
    }
    let may_be_inline = size.is_none_or(|size| {
        size <= LARGEST_INLINE && *inline + size <= MOST_INLINE && !kind.starts_with("video/")
    });
    if !may_be_inline {
        return Ok(Attachment::ToUpload(here.to_owned(), kind));
    }
    let bytes = beginning(path, here, LARGEST_INLINE + 1)?;
    *inline += bytes.len() as u64;
    let kind = match size {
        Some(_) => kind,
        // A pipe has no size before it was read, and cannot be read twice.
        None if bytes.len() as u64 > LARGEST_INLINE => {
            return Err(unusable(path, "is a pipe with more than 4 MiB"));
        }
        None => kind_of(path, &bytes)?,
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = match std::str::from_utf8(&bytes) {
        Ok(text) if is_text(kind) => Part::text(format!("File `{name}`:\n\n{text}\n")),
        _ => Part::bytes(kind, bytes),
    };
    Ok(Attachment::Inline(Box::new(part)))
}

/// Returns the type of a file that can be sent to Google, and its size where it has one.
pub(crate) fn checked(path: &Path, here: &Path) -> Outcome<(&'static str, Option<u64>)> {
    let about = here.metadata().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unusable(path, "is not there").with_case(Case::FileMissing),
        _ => unusable(path, "cannot be read").because(error),
    })?;
    if about.is_dir() {
        return Err(unusable(path, "is a folder; name its files"));
    }
    let size = about.is_file().then_some(about.len());
    if size.is_some_and(|size| size > LARGEST) {
        return Err(unusable(path, "is larger than 2 GiB, which is more than Google takes"));
    }
    match size {
        Some(_) => Ok((kind_of(path, &beginning(path, here, 4096)?)?, size)),
        None => Ok(("application/octet-stream", None)),
    }
}

/// Returns the type of a file that is to be uploaded; a pipe cannot be.
pub(crate) fn kind(path: &Path, here: &Path, mime_type: Option<&str>) -> Outcome<String> {
    let (kind, size) = match (checked(path, here), mime_type) {
        (Ok(known), _) => known,
        // A type that is named needs no other.
        (Err(failure), Some(_)) if failure.is(Case::FileType) => ("", Some(1)),
        (Err(failure), _) => return Err(failure),
    };
    match size {
        Some(_) => Ok(mime_type.unwrap_or(kind).to_owned()),
        None => Err(unusable(path, "is not a file on a disk")),
    }
}

fn kind_of(path: &Path, beginning: &[u8]) -> Outcome<&'static str> {
    if beginning.is_empty() {
        return Err(unusable(path, "is empty"));
    }
    media_type(path, beginning)
        .ok_or_else(|| unusable(path, "is of an unknown type").with_case(Case::FileType))
}

fn beginning(path: &Path, here: &Path, most: u64) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(here).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| unusable(path, "cannot be read").because(error))?;
    Ok(bytes)
}

/// Says whether a model reads the bytes of this type as they are.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") && kind != "text/rtf"
        || ["application/json", "application/jsonl"].contains(&kind)
}

fn unusable(path: &Path, what: &str) -> Failure {
    Failure::new(Case::FileUnusable, format!("`{}` {what}", path.display()))
}

/// Makes parts of all files; `sent` knows what is at Google whatever happens.
pub(crate) async fn send(
    client: &Client,
    attachments: Vec<Attachment>,
    sent: &mut Sent,
    output: &mut Output,
) -> Outcome {
    for attachment in attachments {
        let part = match attachment {
            Attachment::Inline(part) => *part,
            Attachment::AtGoogle(name) => {
                let file = context::show_while("asking for the file", client.files().get(&name));
                Part::from(&file.await.map_err(|error| refusal::of_file(error, &name))?)
            }
            Attachment::ToUpload(path, kind) => {
                let mut progress = Progress::of_upload(&path, output);
                let upload = client.files().upload(&path).mime_type(kind);
                let file = upload.on_progress(|at| progress.is_at(at.sent)).await;
                output.end_progress();
                let file = file?;
                sent.uploaded.push(file.name.clone());
                let ready = client.files().wait_active(&file.name, LONGEST_READING);
                Part::from(&context::show_while("Google is reading the file", ready).await?)
            }
        };
        sent.parts.push(part);
    }
    Ok(())
}

/// Deletes what was uploaded for one question, and says what could not be.
pub(crate) fn delete(client: &Client, uploaded: &[String], context: &mut Context) {
    for name in uploaded {
        let deleted = context::block_on(async {
            let deleted = timeout(LONGEST_DELETING, client.files().delete(name)).await;
            Ok(deleted.is_ok_and(|deleted| deleted.is_ok()))
        });
        if !deleted.unwrap_or(false) {
            context.note(format!(
                "`{name}` is still at Google, which deletes it 48 hours after its upload; \
                 `hallpass files delete {name}` does at once"
            ));
        }
    }
}
