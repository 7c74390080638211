//! What a started emulator hands to other programs: client file, variables, ready line.
//!
//! Files are 0600 and replaced whole, because `client_secret.json` looks like a secret to every scanner.

use crate::{Client, ClientKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file that clients of the proxy are told to trust.
pub(crate) const CERTIFICATE_FILE: &str = "ca.pem";

/// Google's download has its keys in this order, on one line.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ClientFile<'a> {
    Installed(Details<'a>),
    Web(Details<'a>),
}

#[derive(Serialize)]
struct Details<'a> {
    client_id: &'a str,
    project_id: &'a str,
    auth_uri: String,
    token_uri: String,
    auth_provider_x509_cert_url: String,
    client_secret: &'a str,
    redirect_uris: Vec<&'a str>,
}

#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    client_secret_file: Option<&'a Path>,
    proxy: Option<String>,
    ca_file: Option<&'a Path>,
    env: BTreeMap<&'static str, String>,
}

/// A client as the Cloud console lets it be downloaded.
pub(crate) fn client_file(project_id: &str, client: &Client, origin: &str) -> String {
    let web = client.kind == ClientKind::Web;
    let details = Details {
        client_id: &client.client_id,
        project_id,
        auth_uri: format!("{origin}/o/oauth2/auth"),
        token_uri: format!("{origin}/token"),
        auth_provider_x509_cert_url: format!("{origin}/oauth2/v1/certs"),
        client_secret: &client.client_secret,
        redirect_uris: match web {
            true => client.redirect_uris.iter().map(String::as_str).collect(),
            false => vec!["http://localhost"],
        },
    };
    let file = if web { ClientFile::Web(details) } else { ClientFile::Installed(details) };
    serde_json::to_string(&file).unwrap_or_default()
}

/// The files of a folder that others are told about.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    client_secret: Option<PathBuf>,
    ca: Option<PathBuf>,
}

pub(crate) fn ready_json(origin: &str, proxy: Option<SocketAddr>, files: Option<&Files>) -> String {
    let ready = Ready {
        url: origin,
        client_secret_file: files.and_then(|files| files.client_secret.as_deref()),
        proxy: proxy.map(|proxy| format!("http://{proxy}")),
        ca_file: files.and_then(|files| files.ca.as_deref()),
        env: variables(origin, proxy, files),
    };
    serde_json::to_string(&ready).unwrap_or_default()
}

type Variables = BTreeMap<&'static str, String>;

/// The variables that aim clients at this origin; all are read by clients that exist.
pub(crate) fn variables(
    origin: &str,
    proxy: Option<SocketAddr>,
    files: Option<&Files>,
) -> Variables {
    let mut variables = of_origin(origin);
    if let Some(files) = files {
        variables.extend(of_folder(&files.folder));
        if let Some((proxy, ca)) = proxy.zip(files.ca.as_ref()) {
            variables.extend(of_proxy(proxy, ca));
        }
    }
    variables
}

fn of_origin(origin: &str) -> Variables {
    let host = origin.strip_prefix("http://").unwrap_or(origin);
    BTreeMap::from([
        ("CLOUDSDK_AUTH_AUTH_HOST", format!("{origin}/o/oauth2/auth")),
        ("CLOUDSDK_AUTH_TOKEN_HOST", format!("{origin}/token")),
        ("GOOGLE_GEMINI_BASE_URL", origin.to_owned()),
        ("HALLPASS_EMULATOR_HOST", host.to_owned()),
        ("OAUTHLIB_INSECURE_TRANSPORT", "1".to_owned()),
        // No client is to look for a metadata server, an update or a usage statistic on the network.
        ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "1".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1".to_owned()),
        ("METADATA_SERVER_DETECTION", "none".to_owned()),
        ("NO_GCE_CHECK", "true".to_owned()),
    ])
}

/// What clients store and read lies in the folder, so that the user's own sign-ins are not touched.
fn of_folder(folder: &Path) -> Variables {
    let gcloud = folder.join(GCLOUD_FOLDER);
    let credentials = gcloud.join("application_default_credentials.json");
    let text = |path: &Path| path.display().to_string();
    BTreeMap::from([
        ("CLOUDSDK_CONFIG", text(&gcloud)),
        // gcloud asks before it signs in beside the next variable, though it writes the very same file.
        ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
        ("GOOGLE_APPLICATION_CREDENTIALS", text(&credentials)),
        ("HALLPASS_CONFIG", text(&folder.join("hallpass"))),
    ])
}

fn of_proxy(proxy: SocketAddr, ca: &Path) -> Variables {
    let mut variables = BTreeMap::from([
        ("HTTPS_PROXY", format!("http://{proxy}")),
        ("https_proxy", format!("http://{proxy}")),
        ("NO_PROXY", LOOPBACK.to_owned()),
        ("no_proxy", LOOPBACK.to_owned()),
        // Without it, `fetch` and `https` of Node 24 pass the proxy by.
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
    ]);
    variables.extend(CA_VARIABLES.map(|name| (name, ca.display().to_string())));
    variables
}

const LOOPBACK: &str = "localhost,127.0.0.1,::1";

/// In this order: gcloud, curl, gRPC, Python's httplib2, Node, Python's requests, OpenSSL and Go.
const CA_VARIABLES: [&str; 7] = [
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Writes the files into `dir`; `ca.pem` is there already when there is a proxy.
pub(crate) fn write(
    dir: &Path,
    client_secret: Option<&str>,
    origin: &str,
    proxy: Option<SocketAddr>,
) -> io::Result<Files> {
    fs::create_dir_all(dir)?;
    // Not `canonicalize`: on Windows it gives `\\?\C:\…`, which few programs take from a variable.
    let dir = std::path::absolute(dir)?;
    let client_secret =
        client_secret.map(|json| replace(&dir, "client_secret.json", json)).transpose()?;
    let ca = proxy.map(|_| dir.join(CERTIFICATE_FILE));
    let files = Files { folder: dir.clone(), client_secret, ca };
    make_private_folder(&dir.join(GCLOUD_FOLDER))?;
    let variables = variables(origin, proxy, Some(&files));
    let lines = variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    replace(&dir, "env.sh", &lines.collect::<String>())?;
    let lines = variables.iter().map(|(name, value)| {
        let value = value.replace('\'', "''");
        format!("$env:{name} = '{value}'\n")
    });
    // Without the mark, the PowerShell that Windows comes with reads other letters than ASCII's wrongly.
    let mark = "\u{feff}".to_owned();
    replace(&dir, "env.ps1", &std::iter::once(mark).chain(lines).collect::<String>())?;
    Ok(files)
}

/// Where gcloud, and all who follow it, keep their files.
const GCLOUD_FOLDER: &str = "gcloud";

/// Made for its owner alone; one that exists stays as it is.
fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}

/// One word of a POSIX shell, whatever the folder is called.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

pub(crate) fn replace(dir: &Path, name: &str, content: &str) -> io::Result<PathBuf> {
    // Created 0600 where permissions exist.
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(content.as_bytes())?;
    let path = dir.join(name);
    file.persist(&path)?;
    Ok(path)
}
