//! What went wrong with a call of the Gemini API, with the thing that was asked about.
//!
//! In: an error of the library. Out: a failure that names a model, a file, a store.
//! Not here: which row of the table it is (`exit`), and failures that name nothing (`failure`).

use crate::context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass_gemini::{Client, Error};

/// A refusal of a model says which one, and which names are like it among the models with this method.
pub(crate) fn of_model(failure: Failure, model: &str, method: &str, client: &Client) -> Failure {
    if !failure.is(Case::ModelNotFound) {
        return failure;
    }
    // Google answers the same to a model that is there and cannot do this.
    if context::block_on(async { Ok(client.models().get(model).await?) }).is_ok() {
        let what = format!("the model `{model}` cannot do this: it has no `{method}`");
        return failure.saying(what).with_case(Case::ModelMethod);
    }
    let failure = failure.saying(format!("Gemini does not know the model `{model}`"));
    let near = context::block_on(async { Ok(client.models().nearest(model, method).await?) });
    match near {
        Ok(names) if !names.is_empty() => {
            failure.with_case(Case::ModelMisspelled).about(names.join("`, `"))
        }
        _ => failure,
    }
}

/// A refusal of a file says which one.
pub(crate) fn of_file(error: Error, name: &str) -> Failure {
    named(error.into(), "files", "file", name)
}

/// A refusal of a store says which one.
pub(crate) fn of_store(failure: impl Into<Failure>, name: &str) -> Failure {
    named(failure.into(), "file-search", "File Search store", name)
}

fn named(failure: Failure, command: &str, thing: &str, name: &str) -> Failure {
    match failure.case() {
        Case::ModelName => failure.with_case(Case::ResourceName).about(command),
        Case::FileNotFound if command == "files" => {
            failure.saying(format!("Google has no {thing} `{name}`"))
        }
        Case::StoreNotFound => failure.saying(format!("there is no {thing} `{name}`")),
        Case::StoreNotEmpty => {
            failure.saying(format!("the {thing} `{name}` has documents")).about(name)
        }
        Case::StillWorking if command == "files" => failure.about(format!("files get {name}")),
        Case::StillWorking => failure.about(format!("file-search list {name}")),
        _ => failure,
    }
}

/// What is left at Google when a command was interrupted; `look` is the command that shows it.
pub(crate) fn left_at_google<T>(outcome: Outcome<T>, left: Option<(String, String)>) -> Outcome<T> {
    outcome.map_err(|failure| match left {
        Some((what, look)) if failure.is(Case::Interrupted) => {
            Failure::new(Case::LeftAtGoogle, "interrupted").because(what).about(look)
        }
        _ => failure,
    })
}
