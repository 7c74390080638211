//! What the Gemini API keeps, as the console lists it: files, stores with their documents, caches.
//!
//! In: the state. Out: a table for each kind; the newest first, and not more than the page bears.

use crate::clock;
use crate::state::State;
use maud::{Markup, html};

/// More would make the page slow; the API has them all.
const MOST: usize = 50;

pub(super) fn kept(state: &State) -> Markup {
    let rows = [files(state), documents(state), caches(state)];
    html! {
            @if rows.iter().all(Vec::is_empty) { p { "None yet." } }
            @for (title, columns, rows) in [
                ("Files", ["Name", "Display name", "Type", "Bytes", "State", "Until"], &rows[0]),
                ("File Search", ["Store", "Document", "Type", "Bytes", "State", "Project"], &rows[1]),
                ("Caches", ["Name", "Display name", "Model", "Tokens", "Project", "Until"], &rows[2]),
            ] {
                @if !rows.is_empty() {
                    h3 { (title) }
                    div.scroll tabindex="0" role="region" aria-label=(title) {
                        table {
                            thead { tr { @for column in columns { th { (column) } } } }
                            tbody { @for row in rows.iter().take(MOST) { tr { @for cell in row { td { (cell) } } } } }
                        }
                    }
                    @if rows.len() > MOST { p { (MOST) " of " (rows.len()) } }
                }
            }
    }
}

fn files(state: &State) -> Vec<[String; 6]> {
    let now = state.clock.now();
    let living = state.resources.files.iter().rev().filter(|file| file.expires() > now);
    let row = |file: &crate::gemini::resources::files::File| {
        [
            file.name(),
            file.display_name.clone().unwrap_or_default(),
            file.mime_type.clone(),
            file.size.to_string(),
            file.state(now).to_owned(),
            clock::rfc3339(clock::whole_seconds(file.expires())),
        ]
    };
    living.map(row).collect()
}

/// A row for each document, and one for a store that has none.
fn documents(state: &State) -> Vec<[String; 6]> {
    let now = state.clock.now();
    let mut rows = Vec::new();
    for (id, store) in state.resources.stores.iter().rev() {
        let name = store.display_name.clone().unwrap_or_else(|| id.to_owned());
        let project = || store.project.clone();
        if store.documents.iter().next().is_none() {
            rows.push([
                name,
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                project(),
            ]);
            continue;
        }
        for (_, document) in store.documents.iter().rev() {
            rows.push([
                name.clone(),
                document.title().to_owned(),
                document.mime_type.clone(),
                document.size.to_string(),
                document.state(now).trim_start_matches("STATE_").to_owned(),
                project(),
            ]);
        }
    }
    rows
}

fn caches(state: &State) -> Vec<[String; 6]> {
    let now = state.clock.now();
    let living = state.resources.caches.iter().rev().filter(|cache| cache.expires > now);
    let row = |cache: &crate::gemini::resources::caches::Cache| {
        [
            format!("cachedContents/{}", cache.id),
            cache.display_name.clone().unwrap_or_default(),
            cache.model.clone(),
            cache.tokens.total().to_string(),
            cache.project.clone(),
            clock::rfc3339(clock::whole_seconds(cache.expires)),
        ]
    };
    living.map(row).collect()
}
