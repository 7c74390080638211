//! The hint of a failure, complete: it can be pasted as it is, and mends the fault where it was met.
//!
//! In: a failure and the context. Out: the hint and exit code of its row in `exit`, or of the row for this situation;
//! with the client file that is there, and with the sign-in in force behind every command that takes one.
//! Not here: the sentences (`exit`).

mod system;

use crate::client_file;
use crate::context::Context;
use crate::exit::{Case, Exit, INSTEAD, Instead, Situation};
use crate::failure::Failure;
use crate::place;
use crate::render;
use crate::saved::Saved;
use crate::selection::Takes;
use std::path::{Path, PathBuf};

/// Reports the failure that ends a command, and returns how the process ends.
pub(crate) fn report(failure: Failure, context: &mut Context) -> Exit {
    // An address that does not answer is the emulator's, where there should be one.
    let silent = context.silent_emulator().filter(|_| failure.is(Case::Connect));
    let failure = silent.unwrap_or(failure);
    let (hint, exit) = (of(&failure, context), exit(&failure, context));
    let lines = render::failure(&failure, hint, exit, context.format);
    lines.into_iter().for_each(|line| context.note(line));
    exit
}

/// Returns the hint of a failure; none where there is no advice.
pub(crate) fn of(failure: &Failure, context: &Context) -> Option<String> {
    let own = failure.case().row().hint;
    let hint = match instead(failure, context) {
        Some(row) => row.hint.replace("{hint}", own.strip_prefix("run ").unwrap_or(own)),
        None => own.to_owned(),
    };
    (!hint.is_empty()).then(|| complete(&hint.replace("{it}", failure.it()), context))
}

/// Returns how the process ends.
fn exit(failure: &Failure, context: &Context) -> Exit {
    let situation = instead(failure, context).and_then(|row| row.exit);
    situation.unwrap_or_else(|| failure.exit())
}

fn instead(failure: &Failure, context: &Context) -> Option<&'static Instead> {
    let fits =
        |row: &&Instead| row.cases.contains(&failure.case()) && is_in(row.situation, context);
    INSTEAD.iter().find(fits)
}

fn is_in(situation: Situation, context: &Context) -> bool {
    match situation {
        Situation::CredentialVariable => place::is_of_the_variable(context),
        Situation::QuotaVariable => {
            context.follows_the_variable && context.variable("GOOGLE_CLOUD_QUOTA_PROJECT").is_some()
        }
        Situation::Ended => Saved::find(context, None).is_ok_and(|saved| {
            saved.record.refresh_token_expires_at.is_some_and(|end| end <= context.clock().now())
        }),
        Situation::TokenFile => context.token_file().is_some(),
        Situation::Proxy => proxy(context).is_some(),
    }
}

/// Returns the variable that names the proxy of requests to Google, and the proxy without its password.
fn proxy(context: &Context) -> Option<(&'static str, String)> {
    if context.variable("HALLPASS_EMULATOR_HOST").is_some() {
        return None;
    }
    ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].into_iter().find_map(|name| {
        let value = context.variable(name)?;
        let address = value.rsplit('@').next().unwrap_or_default();
        let address = address.rsplit("//").next().unwrap_or_default();
        Some((name, address.trim_end_matches('/').to_owned()))
    })
}

/// Fills in what the hints of all rows leave open, and names the sign-in in force behind each command.
pub(crate) fn complete(hint: &str, context: &Context) -> String {
    let mut hint = hint.to_owned();
    if hint.contains("{proxy}") {
        let (name, address) = proxy(context).unwrap_or_default();
        hint = hint.replace("{proxy}", &address).replace("{variable}", name);
    }
    if let Some(path) = context.token_file() {
        hint = hint.replace("{token_file}", &quoted(path));
    }
    if hint.contains("{client}") {
        hint = hint.replace("{client}", &a_client_file(context));
    }
    // Every second part stands between backticks.
    let parts = hint.split('`').enumerate().map(|(at, part)| {
        let command = part.strip_prefix("hallpass ").filter(|_| at % 2 == 1);
        command.map_or(part.to_owned(), |words| with_selection(part, words, context))
    });
    system::for_this_system(&parts.collect::<Vec<_>>().join("`"))
}

fn with_selection(command: &str, words: &str, context: &Context) -> String {
    let name = words.split(' ').next().unwrap_or_default();
    let mut command = command.to_owned();
    let takes = Takes::of(name);
    let profile = context.profile().filter(|_| takes != Takes::None);
    let token_file = context.token_file().filter(|_| takes == Takes::Both);
    if words.contains("--token-file") {
        return command;
    }
    if let Some(path) = token_file {
        command.push_str(&format!(" --token-file {}", quoted(path)));
    } else if let Some(profile) = profile.filter(|_| !words.contains("--profile")) {
        command.push_str(&format!(" --profile {profile}"));
    }
    // The account of a profile is checked, so it has to be asked for.
    if context.profile().is_some() && words.ends_with("--scopes cloud-platform,retriever") {
        command = command.replacen("retriever", "retriever,openid,email", 1);
    }
    // Without an earlier sign-in there is no client to take.
    let is_there = |path: &Path| context.path(path).exists();
    let knows_a_client = || {
        token_file.is_some_and(is_there)
            || place::well_known(context).is_ok_and(|path| path.exists())
            || place::application_default(context).is_ok_and(|path| path.exists())
    };
    if words == "login" && !knows_a_client() {
        command.push_str(&format!(" --client-id-file {}", a_client_file(context)));
    }
    command
}

/// Returns a client file that is there: in this folder, in that of the emulator, else the newest in Downloads.
fn a_client_file(context: &Context) -> String {
    let here = Path::new("client_secret.json");
    let download = || client_file::downloaded(context, |_| true);
    let path = match context.path(here).exists() {
        true => None,
        false => of_emulator(context).or_else(download),
    };
    quoted(&path.unwrap_or_else(|| here.to_owned()))
}

/// Returns the emulator's client file: its `env.sh` puts hallpass's own folder beside it.
fn of_emulator(context: &Context) -> Option<PathBuf> {
    context.variable("HALLPASS_EMULATOR_HOST")?;
    let folder = PathBuf::from(context.variable("HALLPASS_CONFIG")?);
    let file = folder.parent()?.join("client_secret.json");
    file.exists().then_some(file)
}

/// Returns a path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with('-') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
