//! `hallpass file-search`: stores of one's own documents that a model searches before it answers.
//!
//! In: titles or names of stores, files, a question. Out: names, lists, an answer with the passages it is from.
//! `add`: documents on their way into a store.
//! Not here: asking with more than a store (`generate --file-search`).

mod add;

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini::question::{Model, Words};
use crate::gemini::{self, GEMINI, answer, refusal, store};
use crate::progress::size;
use crate::render::{self, Format};
use futures_util::TryStreamExt;
use hallpass_gemini::Client;
use hallpass_gemini::file_search::{Delete, Document, Store};
use serde_json::json;

/// Ask about your own documents: Google's File Search
///
/// A store holds documents, cut into passages that a model finds by their meaning. Stores stay until
/// they are deleted. STORE is the title that you gave, or Google's name (fileSearchStores/…).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass file-search create docs
  hallpass file-search add docs report.pdf notes/*.md
  hallpass file-search ask docs \"What was sold in May?\"")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a store; prints its name
    Create {
        /// Its title, by which it can be called
        title: String,
    },
    /// Put documents into a store, and wait until they can be found; prints their names
    Add(add::Args),
    /// List the stores, or the documents of one
    List {
        /// The store whose documents are listed
        store: Option<String>,
    },
    /// Ask about the documents of a store; prints the answer and the passages that it is from
    Ask(Ask),
    /// Delete a store, or one document (fileSearchStores/…/documents/…)
    Delete {
        /// The store or the document
        name: String,
        /// Delete a store with its documents
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Ask {
    /// The store
    store: String,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    model: Model,
}

/// The method that the model has to have.
const METHOD: &str = "generateContent";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match &args.action {
        Action::Create { title } => create(title, context),
        Action::Add(args) => add::run(args, context),
        Action::List { store: None } => list(context),
        Action::List { store: Some(store) } => documents(store, context),
        Action::Ask(args) => ask(args, context),
        Action::Delete { name, force } => delete(name, *force, context),
    }
}

fn create(title: &str, context: &mut Context) -> Outcome {
    if title.trim().is_empty() {
        return Err(Failure::new(Case::StoreTitle, "the title of a store is empty"));
    }
    let client = gemini::client(context)?;
    let store = context::block_on(context::show_while(GEMINI, async {
        // By its title it could not be called any more.
        let stores = store::all(&client).await?;
        let same = |store: &&Store| store.display_name.as_deref() == Some(title);
        if let Some(store) = stores.iter().find(same) {
            let what = format!("there is a File Search store `{title}` already");
            return Err(Failure::new(Case::StoreExists, what).because(&store.name));
        }
        Ok(client.file_search().create(title).await?)
    }))?;
    match context.format {
        Format::Text => context.data([&store.name]),
        Format::Json => context.data(render::document(&json!(store))),
    }
}

fn list(context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let stores = context::block_on(context::show_while(GEMINI, store::all(&client)))?;
    if context.format == Format::Json {
        return context.data(render::document(&json!(stores)));
    }
    if stores.is_empty() {
        context.note("there are no stores; `hallpass file-search create TITLE` makes one");
    }
    context.data(render::table(stores.iter().map(|store| {
        let title = store.display_name.clone().unwrap_or_default();
        [store.name.clone(), title, counted(store), bytes(store.size_bytes.as_ref())]
    })))
}

/// Says how many documents there are, and how many of them are not to be found.
fn counted(store: &Store) -> String {
    let number = |digits: &Option<String>| {
        digits.as_ref().and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0)
    };
    let (ready, pending) =
        (number(&store.active_documents_count), number(&store.pending_documents_count));
    let failed = number(&store.failed_documents_count);
    let mut text = format!("{ready} {}", if ready == 1 { "document" } else { "documents" });
    for (count, what) in [(pending, "being indexed"), (failed, "failed")] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

fn bytes(digits: Option<&String>) -> String {
    digits.and_then(|digits| digits.parse().ok()).map_or_else(String::new, size)
}

fn documents(wanted: &str, context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let documents: Vec<Document> = context::block_on(context::show_while(GEMINI, async {
        let name = store::find(&client, wanted).await?;
        let of_store = |error: hallpass_gemini::Error| refusal::of_store(error, wanted);
        let documents = client.file_search().documents(&name).map_err(of_store)?;
        documents.try_collect().await.map_err(of_store)
    }))?;
    if context.format == Format::Json {
        return context.data(render::document(&json!(documents)));
    }
    if documents.is_empty() {
        context
            .note("the store is empty; `hallpass file-search add STORE PATH` puts a document in");
    }
    context.data(render::table(documents.iter().map(|document| {
        let state = document.state.clone().unwrap_or_default();
        [
            document.name.clone(),
            document.display_name.clone().unwrap_or_default(),
            document.mime_type.clone().unwrap_or_default(),
            bytes(document.size_bytes.as_ref()),
            state.strip_prefix("STATE_").unwrap_or(&state).to_lowercase(),
        ]
    })))
}

fn ask(args: &Ask, context: &mut Context) -> Outcome {
    let prompt = args.words.read(context)?;
    let client = gemini::client(context)?;
    args.model.question(&client).content(&prompt).check()?;
    context::block_on(asked(args, &prompt, &client, context))
        .map_err(|failure| refusal::of_model(failure, &args.model.model, METHOD, &client))
}

async fn asked(args: &Ask, prompt: &str, client: &Client, context: &mut Context) -> Outcome {
    let store = store::find(client, &args.store).await?;
    let question = args.model.question(client).file_search([store]).content(prompt);
    if context.format == Format::Json {
        let response = context::show_while(GEMINI, question.send()).await?;
        context.data(render::document(&json!(response)))?;
        return answer::judged(&response).map(drop);
    }
    let response = answer::printed(question, context).await?;
    answer::finish(&response, context)
}

fn delete(wanted: &str, force: bool, context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let deleted = context::block_on(context::show_while(GEMINI, async {
        let of_store = |error: hallpass_gemini::Error| refusal::of_store(error, wanted);
        if wanted.contains("/documents/") {
            client.file_search().delete_document(wanted).await.map_err(of_store)?;
            return Ok(wanted.to_owned());
        }
        let name = store::find(&client, wanted).await?;
        let how = if force { Delete::WithDocuments } else { Delete::IfEmpty };
        client.file_search().delete(&name, how).await.map_err(of_store)?;
        Ok(name)
    }))?;
    context.note(format!("deleted `{deleted}`"));
    context.result(&json!({ "deleted": deleted }))
}
