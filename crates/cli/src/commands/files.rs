//! `hallpass files`: files that Google keeps for 48 hours, for prompts.
//!
//! In: paths, names. Out: the names of files at Google, and what is known of them.
//! Not here: the resumable protocol (`hallpass_gemini::files`).

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::Outcome;
use crate::gemini::attachment::{self, LONGEST_READING};
use crate::gemini::{self, GEMINI, refusal};
use crate::line::Line;
use crate::progress::{Progress, size};
use crate::render::{self, Format};
use futures_util::TryStreamExt;
use hallpass_gemini::files::File;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Upload files to Google for prompts, list them, delete them
///
/// Google deletes them after 48 hours. `hallpass generate --file files/NAME` asks about one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Upload a file, and wait until Google has read it; prints its name
    Upload {
        /// The file
        path: PathBuf,
        /// Its title, instead of the name that it has here
        #[arg(long)]
        title: Option<String>,
        /// Its type, where neither its first bytes nor its name tell, such as text/csv
        #[arg(long, value_name = "TYPE")]
        mime_type: Option<String>,
    },
    /// List the files that Google has
    List,
    /// Show what is known of one file
    Get {
        /// Its name, such as files/abc
        name: String,
    },
    /// Delete files
    Delete {
        /// Their names, such as files/abc
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match &args.action {
        Action::Upload { path, title, mime_type } => {
            upload(path, title.as_deref(), mime_type.as_deref(), context)
        }
        Action::List => list(context),
        Action::Get { name } => get(name, context),
        Action::Delete { names } => delete(names, context),
    }
}

fn upload(
    path: &Path,
    title: Option<&str>,
    mime_type: Option<&str>,
    context: &mut Context,
) -> Outcome {
    let here = context.path(path);
    let kind = attachment::kind(path, &here, mime_type)?;
    let client = gemini::client(context)?;
    let (mut sent, mut uploaded) = (0, None);
    let outcome = context::block_on(async {
        let mut progress = Progress::of_upload(&here, &mut context.output);
        let mut upload = client.files().upload(&here).mime_type(kind);
        if let Some(title) = title {
            upload = upload.display_name(title);
        }
        let file = upload.on_progress(|at| (progress.is_at(at.sent), sent = at.sent).1).await;
        context.output.end_progress();
        let name = file?.name;
        uploaded = Some(name.clone());
        let ready = client.files().wait_active(&name, LONGEST_READING);
        let ready = context::show_while("Google is reading the file", ready).await;
        ready.map_err(|error| refusal::of_file(error, &name))
    });
    let left = uploaded.map(|name| {
        (format!("`{name}` is uploaded; Google goes on reading it"), format!("files get {name}"))
    });
    let outcome = refusal::left_at_google(outcome, left).map_err(|failure| {
        match failure.is(Case::Interrupted) {
            true => failure.because(format!(
                "{} of `{}` were sent; Google drops an upload that is not finished",
                size(sent),
                path.display()
            )),
            false => failure,
        }
    });
    let file = outcome?;
    if let Some(end) = &file.expiration_time {
        context.note(format!("uploaded; Google keeps it until {end}"));
    }
    match context.format {
        Format::Text => context.data([&file.name]),
        Format::Json => context.data(render::document(&json!(file))),
    }
}

fn list(context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let files: Vec<File> = context::block_on(async {
        Ok(context::show_while(GEMINI, client.files().list().try_collect()).await?)
    })?;
    if context.format == Format::Json {
        return context.data(render::document(&json!(files)));
    }
    if files.is_empty() {
        context.note("there are no files; `hallpass files upload PATH` sends one");
    }
    context.data(render::table(files.iter().map(|file| {
        [
            file.name.clone(),
            file.display_name.clone().unwrap_or_default(),
            file.mime_type.clone().unwrap_or_default(),
            size_of(file),
            file.state.as_ref().map_or_else(String::new, |state| state.to_string().to_lowercase()),
        ]
    })))
}

fn get(name: &str, context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let file = context::block_on(async {
        let asked = context::show_while(GEMINI, client.files().get(name)).await;
        asked.map_err(|error| refusal::of_file(error, name))
    })?;
    context.data(match context.format {
        Format::Json => render::document(&json!(file)),
        Format::Text => describe(&file),
    })
}

fn describe(file: &File) -> Vec<Line> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    render::rows(&[
        ("name", file.name.clone()),
        ("title", text(&file.display_name)),
        ("type", text(&file.mime_type)),
        ("size", size_of(file)),
        ("state", file.state.as_ref().map_or_else(String::new, ToString::to_string)),
        ("made", text(&file.create_time)),
        ("kept until", text(&file.expiration_time)),
        ("address", text(&file.uri)),
    ])
}

fn size_of(file: &File) -> String {
    let bytes = file.size_bytes.as_ref().and_then(|digits| digits.parse().ok());
    bytes.map_or_else(String::new, size)
}

fn delete(names: &[String], context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    for name in names {
        context::block_on(async {
            let deleted = context::show_while(GEMINI, client.files().delete(name)).await;
            deleted.map_err(|error| refusal::of_file(error, name))
        })?;
        context.note(format!("deleted `{name}`"));
    }
    context.result(&json!({ "deleted": names }))
}
