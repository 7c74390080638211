//! What a started emulator hands to other programs: client file, variables, ready line.
//!
//! Files are 0600 and replaced whole, because `client_secret.json` looks like a secret to every scanner.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{ClientKind, Config, Lifecycle};

/// Google's download has its keys in this order, on one line.
#[derive(Serialize)]
struct ClientFile<'a> {
    installed: Installed<'a>,
}

#[derive(Serialize)]
struct Installed<'a> {
    client_id: &'a str,
    project_id: &'a str,
    auth_uri: String,
    token_uri: String,
    auth_provider_x509_cert_url: String,
    client_secret: &'a str,
    redirect_uris: [&'a str; 1],
}

#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    client_secret_file: Option<&'a Path>,
    proxy: Option<&'a str>,
    ca_file: Option<&'a Path>,
    env: BTreeMap<&'static str, String>,
}

pub(crate) fn client_secret_json(config: &Config, origin: &str) -> String {
    let clients = config.projects.iter().flat_map(|project| {
        project.clients.iter().map(move |client| (project.id.as_str(), client))
    });
    let desktop = clients.into_iter().find(|(_, client)| {
        client.kind == ClientKind::Desktop && client.lifecycle == Lifecycle::Active
    });
    let (project_id, client_id, client_secret) =
        desktop.map_or(("", "", ""), |(project_id, client)| {
            (project_id, client.client_id.as_str(), client.client_secret.as_str())
        });
    let file = ClientFile {
        installed: Installed {
            client_id,
            project_id,
            auth_uri: format!("{origin}/o/oauth2/auth"),
            token_uri: format!("{origin}/token"),
            auth_provider_x509_cert_url: format!("{origin}/oauth2/v1/certs"),
            client_secret,
            redirect_uris: ["http://localhost"],
        },
    };
    serde_json::to_string(&file).unwrap_or_default()
}

pub(crate) fn ready_json(origin: &str, client_secret_file: Option<&Path>) -> String {
    let ready = Ready {
        url: origin,
        client_secret_file,
        proxy: None,
        ca_file: None,
        env: variables(origin),
    };
    serde_json::to_string(&ready).unwrap_or_default()
}

/// The variables that aim clients at this origin; all are read by clients that exist.
fn variables(origin: &str) -> BTreeMap<&'static str, String> {
    let host = origin.strip_prefix("http://").unwrap_or(origin);
    BTreeMap::from([
        ("CLOUDSDK_AUTH_AUTH_HOST", format!("{origin}/o/oauth2/auth")),
        ("CLOUDSDK_AUTH_TOKEN_HOST", format!("{origin}/token")),
        ("GOOGLE_GEMINI_BASE_URL", origin.to_owned()),
        ("HALLPASS_EMULATOR_HOST", host.to_owned()),
        ("OAUTHLIB_INSECURE_TRANSPORT", "1".to_owned()),
    ])
}

/// Writes the files and returns the path of `client_secret.json`.
pub(crate) fn write(dir: &Path, client_secret: &str, origin: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let dir = fs::canonicalize(dir)?;
    // None of these values can hold a quote: they are made of the origin.
    let env: String = variables(origin)
        .iter()
        .map(|(name, value)| format!("export {name}='{value}'\n"))
        .collect();
    replace(&dir, "env.sh", &env)?;
    replace(&dir, "client_secret.json", client_secret)
}

fn replace(dir: &Path, name: &str, content: &str) -> io::Result<PathBuf> {
    // Created 0600 where permissions exist.
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(content.as_bytes())?;
    let path = dir.join(name);
    file.persist(&path)?;
    Ok(path)
}
