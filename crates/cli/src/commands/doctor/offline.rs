//! The checks that look at this machine alone.

use super::subject::{NO_SIGN_IN, Subject};
use super::{Finding, Verdict};
use crate::browser;
use crate::commands::quota_project::checked;
use crate::commands::status;
use crate::gemini_address;
use crate::given_ticket::GivenTicket;
use crate::issuer::is_gclouds;
use crate::render;
use crate::saved::FoundThrough;
use hallpass::Scopes;
use hallpass::store::Claim;
use std::path::{Path, PathBuf};

pub(super) fn emulator(subject: &mut Subject<'_>) -> Verdict {
    match subject.context.emulator() {
        Ok(None) => Verdict::Fine("commands talk to Google".to_owned()),
        Ok(Some(address)) => Verdict::Warning(Finding::new(
            format!("commands talk to the emulator at {address}"),
            "HALLPASS_EMULATOR_HOST is set",
            "for Google, run `unset HALLPASS_EMULATOR_HOST`",
        )),
        Err(failure) => Verdict::Broken(Finding::of(&failure, subject.context)),
    }
}

pub(super) fn api_key(subject: &mut Subject<'_>) -> Verdict {
    let names = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];
    let set: Vec<&str> =
        names.into_iter().filter(|name| subject.context.variable(name).is_some()).collect();
    if set.is_empty() {
        return Verdict::Fine("no API key in the environment".to_owned());
    }
    let given = GivenTicket::in_force(subject.context);
    let is_ticket = |name: &&str| {
        given.as_ref().map(|given| given.ticket.expose())
            == subject.context.variable(name).as_deref()
    };
    if set.iter().all(is_ticket) {
        return Verdict::Fine(format!("{}: the ticket of an agent", set.join(", ")));
    }
    Verdict::Warning(Finding::new(
        format!("{} {} set", set.join(" and "), if set.len() == 1 { "is" } else { "are" }),
        "Gemini's SDKs use an API key before any sign-in",
        format!("run `unset {}`", set.join(" ")),
    ))
}

pub(super) fn gemini_address(subject: &mut Subject<'_>) -> Verdict {
    match gemini_address::foreign_address(subject.context) {
        None => Verdict::Fine("the Gemini API's own".to_owned()),
        Some(address)
            if GivenTicket::in_force(subject.context).is_some_and(|it| it.origin == address) =>
        {
            Verdict::Fine(format!("the agent's, at {address}"))
        }
        Some(address) => Verdict::Warning(Finding::new(
            format!("Gemini requests and their tokens go to {address}, not to Google"),
            format!("{} is set", gemini_address::BASE_URL),
            format!("for Google, run `unset {}`", gemini_address::BASE_URL),
        )),
    }
}

pub(super) fn credential(subject: &mut Subject<'_>) -> Verdict {
    match (&subject.saved, subject.trouble.take()) {
        (_, Some(failure)) => Verdict::Broken(Finding::of(&failure, subject.context)),
        (Some(saved), None) => {
            if let Err(failure) = saved.check_machine(subject.context) {
                return Verdict::Broken(Finding::of(&failure, subject.context));
            }
            let from = saved.token_addresses().join(" and ");
            let from = if from.is_empty() { from } else { format!(", tokens from {from}") };
            let who = saved.account().map(|account| saved.claimed(account, Claim::Account));
            let who = who.map_or(String::new(), |who| format!(", {who}"));
            Verdict::Fine(format!("{}{who}{from}", saved.path.display()))
        }
        (None, None) => Verdict::Skipped(NO_SIGN_IN),
    }
}

pub(super) fn shadowed(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    match saved.shadowed.first() {
        None => Verdict::Fine("it hides no other sign-in".to_owned()),
        // A profile that is named is meant.
        Some(_) if saved.found_through == FoundThrough::Profile => {
            Verdict::Fine("the profile comes before Application Default Credentials".to_owned())
        }
        Some(hidden) => Verdict::Warning(Finding::new(
            format!("{} is not used", hidden.display()),
            format!("GOOGLE_APPLICATION_CREDENTIALS names {}", saved.path.display()),
            "run `unset GOOGLE_APPLICATION_CREDENTIALS` to use the hidden one",
        )),
    }
}

#[cfg(unix)]
pub(super) fn permissions(subject: &mut Subject<'_>) -> Verdict {
    if let Some(wide) = own_files_that_others_read(subject) {
        return Verdict::Broken(wide);
    }
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    let (path, folder) = (&saved.path, saved.path.parent().unwrap_or(Path::new("/")));
    let (Some(of_file), Some(of_folder)) = (mode(path), mode(folder)) else {
        return Verdict::Skipped("the mode of the file cannot be read");
    };
    if of_file & 0o077 != 0 {
        return Verdict::Broken(Finding::new(
            format!("{} has mode {of_file:04o}", path.display()),
            "others on this machine can read the credential and use the account with it",
            format!("run `chmod 600 '{}'`", path.display()),
        ));
    }
    // A sticky folder, like /tmp, lets users replace their own files only.
    if of_folder & 0o022 != 0 && of_folder & 0o1000 == 0 {
        return Verdict::Broken(Finding::new(
            format!("{} has mode {of_folder:04o}", folder.display()),
            "others on this machine can put another file in the place of yours",
            format!("run `chmod go-w '{}'`", folder.display()),
        ));
    }
    if saved.found_through == FoundThrough::WellKnownFile
        && let Ok(target) = std::fs::read_link(path)
    {
        let (path, target) = (path.display(), target.display());
        return Verdict::Warning(Finding::new(
            format!("{path} is a link to {target}"),
            "`login` and `logout` refuse to write or delete through a link",
            format!("run `cp --remove-destination '{target}' '{path}'`"),
        ));
    }
    Verdict::Fine(format!("mode {of_file:04o}, plain text, yours alone"))
}

/// Returns a folder and everything in it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut paths = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = paths.get(next) {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let entries: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.extend(entries);
        next += 1;
    }
    paths
}

/// Side records hold access tokens, profiles hold sign-ins.
#[cfg(unix)]
fn own_files_that_others_read(subject: &Subject<'_>) -> Option<Finding> {
    let folder = subject.context.own_folder().ok()?;
    let paths = below(&folder);
    let open = |path: &&PathBuf| mode(path).is_some_and(|mode| mode & 0o077 != 0);
    let wide = paths.iter().find(open)?;
    Some(Finding::new(
        format!("{} has mode {:04o}", wide.display(), mode(wide)?),
        "others on this machine can read access tokens, or put other files in their place",
        format!("run `chmod -R go= '{}'`", folder.display()),
    ))
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// Access lists take the place of modes.
#[cfg(not(unix))]
pub(super) fn permissions(subject: &mut Subject<'_>) -> Verdict {
    let own = subject.context.own_folder().map(|folder| below(&folder)).unwrap_or_default();
    let saved = subject.saved.as_ref().map(|saved| saved.path.clone());
    let other = |path: &PathBuf| hallpass::store::other_reader(path).ok().flatten();
    for path in saved.iter().chain(&own) {
        let Some(other) = other(path) else { continue };
        let rights = if path.is_dir() { "(OI)(CI)F" } else { "F" };
        let path = path.display();
        return Verdict::Broken(Finding::new(
            format!("{path} can be read by {other}"),
            "others on this machine can use the account with what is in it",
            format!(
                "run `icacls \"{path}\" /inheritance:r /grant:r \"%USERNAME%:{rights}\"` \
                 (in PowerShell: \"${{env:USERNAME}}:{rights}\")"
            ),
        ));
    }
    match saved {
        Some(_) => Verdict::Fine("plain text, yours alone".to_owned()),
        None => Verdict::Skipped(NO_SIGN_IN),
    }
}

pub(super) fn client(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    let Some(id) = saved.client_id() else {
        return Verdict::Skipped("the credential of a machine has no OAuth client");
    };
    if !is_gclouds(id) {
        let made_at = saved
            .foreign_servers()
            .map_or(String::new(), |servers| format!(", for sign-ins at {servers}, not at Google"));
        return Verdict::Fine(format!("an OAuth client of your own: {id}{made_at}"));
    }
    Verdict::Broken(Finding::new(
        "the sign-in was made with gcloud's own OAuth client",
        "Google gives that client no scope that opens the Gemini API",
        "create a Desktop client, then run `hallpass login --client-id-file {client}`",
    ))
}

pub(super) fn scopes(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    if saved.machine_type().is_some() {
        return Verdict::Skipped("the credential of a machine asks for its scopes each time");
    }
    let Some(scopes) = &saved.record.scopes else {
        return Verdict::Skipped("another program signed in, so the scopes are not known here");
    };
    match scopes.iter().find(|scope| scope.contains("/auth/generative-language")) {
        Some(opens) => Verdict::Fine(format!("{opens} opens the Gemini API")),
        None => Verdict::Broken(Finding::new(
            format!("granted: {}", short(scopes)),
            "none of these opens the Gemini API; cloud-platform does not",
            "run `hallpass login --scopes cloud-platform,retriever`",
        )),
    }
}

fn short(scopes: &Scopes) -> String {
    let last = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
    scopes.iter().map(last).collect::<Vec<_>>().join(", ")
}

pub(super) fn sign_in_end(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    if saved.record.refused_at.is_some() {
        return Verdict::Broken(Finding::new(
            "Google no longer accepts this sign-in",
            "a refresh was refused",
            "run `hallpass login`",
        ));
    }
    let Some(end) = saved.record.refresh_token_expires_at else {
        return Verdict::Fine("no end is known".to_owned());
    };
    let finding = |evidence: String| {
        Finding::new(
            evidence,
            "the consent screen is in \"Testing\": sign-ins end after 7 days",
            "run `hallpass login`; for sign-ins that last, publish the app (Cloud console, Google Auth platform, Audience)",
        )
    };
    match end.duration_since(subject.context.clock().now()) {
        Err(_) => Verdict::Broken(finding("the sign-in has ended".to_owned())),
        Ok(left) => {
            let words = format!("the sign-in ends in {}", render::span(left.as_secs()));
            if left < status::SOON {
                Verdict::Warning(finding(words))
            } else {
                Verdict::Fine(words)
            }
        }
    }
}

pub(super) fn quota_project(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    let Some((project, from)) = saved.quota_project(subject.context) else {
        let whose =
            if saved.machine_type().is_some() { "credential's own" } else { "OAuth client's" };
        return Verdict::Fine(format!("none: requests count for the {whose} project"));
    };
    if let Err(failure) = checked(&project) {
        let failure = failure.saying(format!("`{project}` ({from}) cannot be a project ID"));
        return Verdict::Broken(Finding::of(&failure, subject.context));
    }
    match saved.quota_project_in_file() {
        Some(hidden) if hidden != project => Verdict::Warning(Finding::new(
            format!("requests count for {project}, not for {hidden}"),
            format!("{from} comes before the file"),
            format!("to use the file's, run `unset {from}`"),
        )),
        _ => Verdict::Fine(format!("{project} (from {from})")),
    }
}

pub(super) fn proxy(subject: &mut Subject<'_>) -> Verdict {
    let find = |name: &str| {
        let small = name.to_lowercase();
        let value = subject.context.variable(&small).map(|value| (small, value));
        value.or_else(|| Some((name.to_owned(), subject.context.variable(name)?)))
    };
    let Some((name, value)) = find("HTTPS_PROXY").or_else(|| find("ALL_PROXY")) else {
        return Verdict::Fine("none".to_owned());
    };
    let address = if value.contains("://") { value } else { format!("http://{value}") };
    let uri = address.parse::<http::Uri>().ok();
    let Some(host) = uri.as_ref().and_then(|uri| uri.host()) else {
        return Verdict::Broken(Finding::new(
            format!("{name} is not an address"),
            "requests go round the proxy, or nowhere",
            format!("set it to http://HOST:PORT, or run `unset {name}`"),
        ));
    };
    if uri.as_ref().and_then(http::Uri::scheme_str) != Some("http") {
        let scheme = address.split("://").next().unwrap_or_default();
        return Verdict::Broken(Finding::new(
            format!("{name} is a proxy of type {scheme}"),
            "hallpass goes through HTTP proxies alone, so every request fails",
            format!("set it to http://HOST:PORT, or run `unset {name}`"),
        ));
    }
    let port =
        uri.as_ref().and_then(http::Uri::port_u16).map_or(String::new(), |port| format!(":{port}"));
    let except = find("NO_PROXY").map_or(String::new(), |(_, list)| format!("; not for {list}"));
    Verdict::Fine(format!("{host}{port} ({name}){except}"))
}

pub(super) fn certificates(subject: &mut Subject<'_>) -> Verdict {
    let Some(path) = subject.context.variable("SSL_CERT_FILE") else {
        return Verdict::Fine("the system's".to_owned());
    };
    let file = std::fs::read_to_string(&path);
    let seen = match &file {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => {
            return Verdict::Fine(format!("those of {path}"));
        }
        Ok(_) => "there is no certificate in it".to_owned(),
        Err(error) => error.to_string(),
    };
    Verdict::Broken(Finding::new(
        format!("SSL_CERT_FILE names {path}: {seen}"),
        "no https server can be trusted",
        "name a file with certificates (PEM), or run `unset SSL_CERT_FILE`",
    ))
}

pub(super) fn browser(subject: &mut Subject<'_>) -> Verdict {
    Verdict::Fine(if browser::is_there(subject.context.env()) {
        "`login` can open one".to_owned()
    } else {
        "none here: `login` prints an address for any other machine".to_owned()
    })
}
