//! What a model is asked: flags that several commands share, and the question made of them.
//!
//! In: flags, words, files. Out: a question of the library, checked before anything is sent.

use crate::context::Context;
use crate::failure::Outcome;
use crate::gemini::attachment::{self, Attachment};
use crate::gemini::{MODEL, prompt, store};
use hallpass_gemini::Client;
use hallpass_gemini::generate::{Generate, Part};
use std::path::PathBuf;

/// Which model is asked, and what it knows beside the prompt.
#[derive(Debug, clap::Args)]
pub(crate) struct Model {
    /// The model to ask; `hallpass models list` has them all
    #[arg(short, long, value_name = "MODEL", default_value = MODEL)]
    pub(crate) model: String,
    /// What the model is to keep to, such as "Answer in one sentence"
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
}

/// The words of a prompt.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    /// What to ask; `-` stands for what is piped in, and is meant where nothing is named
    #[arg(value_name = "PROMPT")]
    words: Vec<String>,
}

/// A prompt, with files.
#[derive(Debug, clap::Args)]
pub(crate) struct Prompt {
    #[command(flatten)]
    words: Words,
    /// A file to ask about: text, a PDF, a picture, sound, a video, or `files/…` at Google; may be
    /// repeated
    #[arg(long = "file", value_name = "PATH")]
    files: Vec<PathBuf>,
}

/// Where the model may look.
#[derive(Debug, clap::Args)]
pub(crate) struct Tools {
    /// Let the model search with Google, and list the pages that the answer is from
    #[arg(long)]
    search: bool,
    /// Let the model search this File Search store, by its title or name, and list the passages that
    /// the answer is from; may be repeated
    #[arg(long, value_name = "STORE")]
    file_search: Vec<String>,
}

/// What is asked, as far as this machine knows it.
pub(crate) struct Asked {
    pub(crate) prompt: String,
    pub(crate) attachments: Vec<Attachment>,
}

impl Words {
    /// Reads the prompt; nothing is sent.
    pub(crate) fn read(&self, context: &Context) -> Outcome<String> {
        prompt::read(&self.words, context.stdin_is_terminal)
    }
}

impl Prompt {
    /// Reads the prompt and looks at the files; nothing is sent.
    pub(crate) fn read(&self, context: &Context) -> Outcome<Asked> {
        let attachments = attachment::look_at(&self.files, context)?;
        let prompt = self.words.read(context)?;
        Ok(Asked { prompt, attachments })
    }
}

impl Model {
    /// Starts a question to the model.
    pub(crate) fn question<'a>(&self, client: &'a Client) -> Generate<'a> {
        self.set(client.model(&self.model))
    }

    pub(crate) fn set<'a>(&self, question: Generate<'a>) -> Generate<'a> {
        match &self.system {
            Some(text) => question.system(text.as_str()),
            None => question,
        }
    }
}

impl Tools {
    /// Returns the names of the stores.
    pub(crate) async fn stores(&self, client: &Client) -> Outcome<Vec<String>> {
        store::names(client, &self.file_search).await
    }

    pub(crate) fn set<'a>(&self, question: Generate<'a>, stores: &[String]) -> Generate<'a> {
        let question = if self.search { question.google_search() } else { question };
        if stores.is_empty() { question } else { question.file_search(stores) }
    }
}

/// Returns the parts of a prompt: the files first, then what is asked about them.
pub(crate) fn parts(files: Vec<Part>, prompt: &str) -> Vec<Part> {
    files.into_iter().chain([Part::text(prompt)]).collect()
}
