//! `hallpass file-search add`: documents on their way into a store, one after the other.
//!
//! In: files of this machine, or names of files that Google has. Out: the documents' names, once they can be found.
//! All files are looked at before the first is sent. What is done when the command ends early is printed.

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini::attachment;
use crate::gemini::{self, refusal, store};
use crate::progress::{Progress, size};
use crate::render::{self, Format};
use hallpass_gemini::Client;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The store
    store: String,
    /// Files of this machine, or files/… at Google
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The documents' type, where neither their first bytes nor their names tell, such as text/csv
    #[arg(long, value_name = "TYPE")]
    mime_type: Option<String>,
}

/// A long book is indexed in less.
const LONGEST_INDEXING: Duration = Duration::from_secs(15 * 60);

/// A document that was looked at.
enum Document {
    Here { path: PathBuf, kind: String },
    AtGoogle(String),
}

/// How far one document is, for what is said when the command is interrupted.
#[derive(Default)]
struct Reached {
    bytes: u64,
    is_sent: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Outcome {
    let look = |path: &PathBuf| look_at(path, args.mime_type.as_deref(), context);
    let documents = args.paths.iter().map(look).collect::<Outcome<Vec<_>>>()?;
    let client = gemini::client(context)?;
    let mut added = Vec::new();
    let mut outcome = context::block_on(store::find(&client, &args.store));
    for (path, document) in args.paths.iter().zip(documents) {
        let Ok(store) = &outcome else { break };
        let mut reached = Reached::default();
        let one = context::block_on(add(&client, store, &document, &mut reached, context));
        match one {
            Ok(name) => added.push(json!({ "document": name, "path": path.display().to_string() })),
            Err(failure) => {
                let failure = interrupted(failure, path, &reached, &args.store);
                outcome = Err(refusal::of_store(failure, &args.store));
            }
        }
    }
    // What is done is done, however the command ends.
    let names = added.iter().map(|one: &Value| one["document"].as_str().unwrap_or_default());
    match context.format {
        Format::Text => context.data(names)?,
        Format::Json if outcome.is_ok() || !added.is_empty() => {
            context.data(render::document(&json!(added)))?;
        }
        Format::Json => {}
    }
    outcome.map(drop)
}

fn look_at(path: &Path, mime_type: Option<&str>, context: &Context) -> Outcome<Document> {
    let here = context.path(path);
    match path.to_str().filter(|name| name.starts_with("files/") && !here.exists()) {
        Some(name) => Ok(Document::AtGoogle(name.to_owned())),
        None => {
            let kind = attachment::kind(path, &here, mime_type)?;
            Ok(Document::Here { path: here, kind })
        }
    }
}

/// Returns the document's name once it can be found.
async fn add(
    client: &Client,
    store: &str,
    document: &Document,
    reached: &mut Reached,
    context: &mut Context,
) -> Outcome<String> {
    let stores = client.file_search();
    let work = match document {
        Document::AtGoogle(name) => {
            // The store's refusal would not tell whether the store or the file is not there.
            let file = client.files().get(name).await;
            file.map_err(|error| refusal::of_file(error, name))?;
            stores.import(store, name).await
        }
        Document::Here { path, kind } => {
            let mut progress = Progress::of_upload(path, &mut context.output);
            let upload = stores.upload(store, path).mime_type(kind);
            let watch = |at: hallpass_gemini::files::Progress| {
                progress.is_at(at.sent);
                reached.bytes = at.sent;
            };
            upload.on_progress(watch).await
        }
    };
    context.output.end_progress();
    let work = work?;
    reached.is_sent = true;
    let indexing = work.wait(client, LONGEST_INDEXING);
    let done = context::show_while("Google is indexing the document", indexing).await?;
    let result: Option<Value> = done.result().map_err(|error| {
        let message = error.message().unwrap_or("no reason is given").to_owned();
        Failure::new(Case::FileNotRead, "Google cannot index the document").because(message)
    })?;
    let name = result.as_ref().and_then(|result| result["documentName"].as_str());
    Ok(name.unwrap_or_default().to_owned())
}

fn interrupted(failure: Failure, path: &Path, reached: &Reached, store: &str) -> Failure {
    let path = path.display();
    match (failure.is(Case::Interrupted), reached.is_sent) {
        (false, _) => failure,
        (true, true) => Failure::new(Case::LeftAtGoogle, "interrupted")
            .because(format!("`{path}` is at Google, which goes on indexing it"))
            .about(format!("file-search list {store}")),
        (true, false) => failure.because(format!(
            "{} of `{path}` were sent; Google drops an upload that is not finished",
            size(reached.bytes)
        )),
    }
}
