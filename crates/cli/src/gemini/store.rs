//! File Search stores by what people call them: the title that they gave, or Google's name.
//!
//! In: a title or a name. Out: the name, `fileSearchStores/…`.

use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use futures_util::TryStreamExt;
use hallpass_gemini::Client;
use hallpass_gemini::file_search::Store;

const FOLDER: &str = "fileSearchStores/";

/// Returns the names of stores that are named or titled like this. A whole name is taken as it is.
pub(crate) async fn names(client: &Client, wanted: &[String]) -> Outcome<Vec<String>> {
    if wanted.iter().all(|wanted| wanted.starts_with(FOLDER)) {
        return Ok(wanted.to_vec());
    }
    let stores = all(client).await?;
    wanted.iter().map(|wanted| name(wanted, &stores)).collect()
}

/// Returns the name of one store.
pub(crate) async fn find(client: &Client, wanted: &str) -> Outcome<String> {
    let names = names(client, &[wanted.to_owned()]).await?;
    Ok(names.into_iter().next().unwrap_or_default())
}

/// Returns all stores.
pub(crate) async fn all(client: &Client) -> Outcome<Vec<Store>> {
    Ok(client.file_search().list().try_collect().await?)
}

fn name(wanted: &str, stores: &[Store]) -> Outcome<String> {
    if wanted.starts_with(FOLDER) {
        return Ok(wanted.to_owned());
    }
    let titled = |store: &&Store| store.display_name.as_deref() == Some(wanted);
    let titled: Vec<&Store> = stores.iter().filter(titled).collect();
    let named = stores.iter().find(|store| store.name.strip_prefix(FOLDER) == Some(wanted));
    match (&titled[..], named) {
        (&[store], _) | (&[], Some(store)) => Ok(store.name.clone()),
        ([], None) => {
            let what = format!("there is no File Search store `{wanted}`");
            Err(Failure::new(Case::StoreNotFound, what))
        }
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|store| &*store.name).collect();
            let what = format!("{} File Search stores have the title `{wanted}`", several.len());
            Err(Failure::new(Case::StoreAmbiguous, what).because(names.join(", ")))
        }
    }
}
