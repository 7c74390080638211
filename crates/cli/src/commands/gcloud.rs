//! `hallpass gcloud …`, and hallpass under the name `gcloud`: what scripts and Google's own libraries ask of
//! gcloud for credentials.
//!
//! In: gcloud's words. Out: gcloud's answers, from the same sign-in as every other command's. Anything else
//! is refused in one line.
//! Source: the commands, flags and outputs of gcloud 528. Here `gcloud auth` and `gcloud auth
//! application-default` are the same sign-in; with gcloud they are two.

use crate::args;
use crate::commands;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::render;
use crate::saved::Saved;
use clap::{Parser, Subcommand};
use hallpass::AccessToken;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::time::Duration;

/// Answer what gcloud is asked about credentials
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "hallpass gcloud <WORDS>...\n       gcloud <WORDS>...",
    after_help = "\
Linked as `gcloud` into a folder of PATH, hallpass answers scripts and Google's libraries:
  ln -s \"$(command -v hallpass)\" ~/bin/gcloud
Commands: auth application-default login, print-access-token, revoke, set-quota-project;
  auth print-access-token, print-identity-token, list; config get project, config list,
  config config-helper. Each has a --help of its own:
  hallpass gcloud auth application-default login --help"
)]
pub(crate) struct Args {
    /// gcloud's own words, such as `auth application-default print-access-token`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<OsString>,
}

/// hallpass in the place of gcloud: it answers about credentials alone
#[derive(Debug, Parser)]
#[command(name = "gcloud", disable_help_subcommand = true, disable_version_flag = true)]
struct Gcloud {
    #[command(subcommand)]
    group: Option<Group>,
    /// Ask nothing; nothing is asked anyway
    #[arg(long, short, global = true)]
    quiet: bool,
    /// The project; for `login`, the quota project
    #[arg(long, global = true, value_name = "ID")]
    project: Option<String>,
    /// Whose sign-in it has to be
    #[arg(long, global = true, value_name = "EMAIL")]
    account: Option<String>,
    /// json, or value(KEY[,KEY…]) as gcloud knows it
    #[arg(long, global = true)]
    format: Option<String>,
    /// Taken for gcloud's sake: there is nothing to say more or less about
    #[arg(long, global = true, hide = true, value_parser = ["debug", "info", "warning", "error", "critical", "none"])]
    verbosity: Option<String>,
    /// What answers here
    #[arg(long)]
    version: bool,
}

#[derive(Debug, Subcommand)]
enum Group {
    /// The sign-in and its tokens
    #[command(subcommand)]
    Auth(Auth),
    /// What is known of project and account
    #[command(subcommand)]
    Config(Config),
    /// What answers here
    Version,
}

#[derive(Debug, Subcommand)]
enum Auth {
    /// The sign-in that every Google client finds
    #[command(subcommand)]
    ApplicationDefault(ApplicationDefault),
    /// A valid access token
    PrintAccessToken {
        #[arg(value_name = "EMAIL")]
        who: Option<String>,
    },
    /// Who signed in, signed by Google; needs the scope `openid`
    PrintIdentityToken {
        #[arg(value_name = "EMAIL")]
        who: Option<String>,
    },
    /// Who is signed in
    List {
        /// `status:ACTIVE` is the one that is known
        #[arg(long)]
        filter: Option<String>,
        /// This account alone
        #[arg(long, value_name = "EMAIL")]
        filter_account: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ApplicationDefault {
    /// Sign in with the browser
    Login(Login),
    /// A valid access token
    PrintAccessToken,
    /// End the sign-in at Google and delete it here
    Revoke,
    /// Set which project requests are counted for
    SetQuotaProject { project: String },
}

/// gcloud's flags; the scopes are those of hallpass when none are given.
#[derive(Debug, clap::Args)]
struct Login {
    /// The account that is to sign in; another one is refused
    #[arg(value_name = "EMAIL")]
    who: Option<String>,
    /// The OAuth client, as downloaded from the Cloud console
    #[arg(long, value_name = "FILE")]
    client_id_file: Option<OsString>,
    /// What to ask for, with commas
    #[arg(long)]
    scopes: Option<String>,
    /// Open a browser; this is so anyway
    #[arg(long, overrides_with = "no_browser")]
    browser: bool,
    /// The browser is on another machine
    #[arg(long)]
    no_browser: bool,
    /// Open a browser; this is so anyway
    #[arg(long, overrides_with = "no_launch_browser")]
    launch_browser: bool,
    /// Print the address only
    #[arg(long)]
    no_launch_browser: bool,
    /// Be the machine with the browser for another one
    #[arg(long, value_name = "URL")]
    remote_bootstrap: Option<String>,
    /// Take no quota project from --project
    #[arg(long)]
    disable_quota_project: bool,
}

#[derive(Debug, Subcommand)]
enum Config {
    /// The value of `project` or `account`
    #[command(visible_alias = "get-value")]
    Get { property: String },
    /// Project and account
    List,
    /// Project, account and token, as programs read them
    #[command(name = "config-helper")]
    Helper {
        /// Get a new token first
        #[arg(long)]
        force_auth_refresh: bool,
        /// How long the token has to be good for: 300, 300s, 5m, 1h
        #[arg(long, value_name = "TIME", value_parser = span)]
        min_expiry: Option<Duration>,
    },
}

/// Reads a span of time as gcloud's flags have it.
fn span(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        _ => return Err("write it as 300, 300s, 5m or 1h".to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| "write it as 300, 300s, 5m or 1h".to_owned())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let words = std::iter::once(OsString::from("gcloud")).chain(args.words.iter().cloned());
    let asked = match Gcloud::try_parse_from(words) {
        Ok(asked) => asked,
        Err(error) if error.kind() == clap::error::ErrorKind::DisplayHelp => {
            return context.data(error.to_string().trim_end());
        }
        Err(error)
            if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            return Err(unknown("a command is missing"));
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            return Err(unknown(first));
        }
    };
    if let Some(format) = asked.format.as_deref().filter(|format| !is_known(format)) {
        return Err(unknown_format(format));
    }
    match &asked.group {
        Some(Group::Version) | None if asked.version || asked.group.is_some() => {
            let version = env!("CARGO_PKG_VERSION");
            let text = format!("hallpass {version}, answering for gcloud about credentials");
            answer(&json!({ "hallpass": version }), text, &asked, context)
        }
        Some(Group::Auth(auth)) => self::auth(auth, &asked, context),
        Some(Group::Config(Config::Get { property })) => get(property, &asked, context),
        Some(Group::Config(Config::List)) => config_list(&asked, context),
        Some(Group::Config(Config::Helper { force_auth_refresh, min_expiry })) => {
            config_helper(*force_auth_refresh, *min_expiry, &asked, context)
        }
        Some(Group::Version) | None => Err(unknown("no command is named")),
    }
}

/// Everything that is not answered here, in one line.
fn unknown(why: &str) -> Failure {
    let why = render::printable(why.trim_end_matches(':'));
    let what = format!(
        "hallpass in the place of gcloud does not answer this: {why}; `hallpass gcloud --help` lists what it does"
    );
    Failure::new(Case::GcloudUnknown, what)
}

fn auth(auth: &Auth, asked: &Gcloud, context: &mut Context) -> Outcome {
    match auth {
        Auth::ApplicationDefault(ApplicationDefault::Login(login)) => {
            self::login(login, asked, context)
        }
        Auth::ApplicationDefault(ApplicationDefault::PrintAccessToken) => {
            print_access_token(None, asked, context)
        }
        Auth::PrintAccessToken { who } => print_access_token(who.as_deref(), asked, context),
        Auth::PrintIdentityToken { who } => {
            let saved = saved(who.as_deref(), asked, context)?;
            let token = saved.identity_token(context)?.expose().to_owned();
            answer(&json!({ "id_token": token }), token, asked, context)
        }
        Auth::ApplicationDefault(ApplicationDefault::Revoke) => {
            nothing_to_format(asked)?;
            let _theirs =
                asked.account.as_ref().map(|_| saved(None, asked, context)).transpose()?;
            as_hallpass(&["logout"], context)
        }
        Auth::ApplicationDefault(ApplicationDefault::SetQuotaProject { project }) => {
            nothing_to_format(asked)?;
            let _theirs =
                asked.account.as_ref().map(|_| saved(None, asked, context)).transpose()?;
            as_hallpass(&["set-quota-project", project], context)
        }
        Auth::List { filter, filter_account } => {
            list(filter.as_deref(), filter_account.as_deref(), asked, context)
        }
    }
}

fn print_access_token(who: Option<&str>, asked: &Gcloud, context: &mut Context) -> Outcome {
    let token = saved(who, asked, context)?.access_token(context)?.expose().to_owned();
    answer(&json!({ "token": token }), token, asked, context)
}

fn login(login: &Login, asked: &Gcloud, context: &mut Context) -> Outcome {
    nothing_to_format(asked)?;
    let mut words: Vec<OsString> = vec!["login".into()];
    let mut option = |name: &str, value: Option<OsString>| {
        words.extend(value.into_iter().flat_map(|value| [OsString::from(name), value]));
    };
    let who = login.who.as_ref().or(asked.account.as_ref());
    option("--client-id-file", login.client_id_file.clone());
    option("--scopes", login.scopes.clone().map(OsString::from));
    option("--account", who.map(OsString::from));
    option("--remote-bootstrap", login.remote_bootstrap.clone().map(OsString::from));
    let project = asked.project.as_ref().filter(|_| !login.disable_quota_project);
    option("--quota-project", project.map(OsString::from));
    if login.no_browser {
        words.push("--no-browser".into());
    }
    if login.no_launch_browser {
        words.push("--no-launch-browser".into());
    }
    as_hallpass(&words, context)
}

/// Runs one of our own commands.
fn as_hallpass(words: &[impl AsRef<std::ffi::OsStr>], context: &mut Context) -> Outcome {
    let all = std::iter::once(OsString::from("hallpass"))
        .chain(words.iter().map(|word| word.as_ref().to_owned()));
    let args = args::Args::try_parse_from(all).map_err(|error| {
        let text = error.to_string();
        unknown(text.lines().next().unwrap_or_default().trim_start_matches("error: "))
    })?;
    commands::run(&args.command, context)
}

fn is_known(format: &str) -> bool {
    ["text", "default", "table", "json"].contains(&format)
        || format.starts_with("value(") && format.ends_with(')')
}

/// Prints an answer as text, as JSON, or those of its values that a script names.
fn answer(document: &Value, text: String, asked: &Gcloud, context: &mut Context) -> Outcome {
    let text = match asked.format.as_deref() {
        None | Some("text" | "default" | "table" | "value(.)") => text,
        Some("json") => render::document(document),
        Some(format) => values(document, format.trim_start_matches("value(").trim_end_matches(')')),
    };
    if text.is_empty() { Ok(()) } else { context.data(&text) }
}

/// gcloud's projection `value(a.b,c)`: tabs between values, a line for each entry of a list.
fn values(document: &Value, keys: &str) -> String {
    let of = |entry: &Value| {
        let value = |key: &str| {
            let found = key.trim().split('.').fold(entry, |value, part| &value[part]);
            match found {
                Value::Null => String::new(),
                Value::String(text) => render::printable(text),
                other => other.to_string(),
            }
        };
        keys.split(',').map(value).collect::<Vec<_>>().join("\t")
    };
    match document {
        Value::Array(entries) => entries.iter().map(of).collect::<Vec<_>>().join("\n"),
        one => of(one),
    }
}

fn unknown_format(format: &str) -> Failure {
    unknown(&format!("the format `{format}`"))
}

fn nothing_to_format(asked: &Gcloud) -> Outcome {
    asked.format.as_deref().map_or(Ok(()), |format| Err(unknown_format(format)))
}

/// Returns the sign-in. There is one; another account's token would be a lie.
fn saved(who: Option<&str>, asked: &Gcloud, context: &mut Context) -> Outcome<Saved> {
    let saved = Saved::find(context, None)?;
    let Some(wanted) = who.or(asked.account.as_deref()) else { return Ok(saved) };
    match saved.account() {
        Some(account) if account.eq_ignore_ascii_case(wanted) => Ok(saved),
        other => {
            let what = format!(
                "the sign-in is of {}, not of `{wanted}`",
                other.unwrap_or("an unknown account")
            );
            Err(Failure::new(Case::WrongAccount, what).about(wanted))
        }
    }
}

fn list(
    filter: Option<&str>,
    filter_account: Option<&str>,
    asked: &Gcloud,
    context: &mut Context,
) -> Outcome {
    if let Some(other) =
        filter.filter(|filter| !matches!(*filter, "status:ACTIVE" | "status=ACTIVE"))
    {
        return Err(unknown(&format!("the filter `{other}`")));
    }
    let saved = match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => None,
        found => Some(found?),
    };
    let account = saved.as_ref().and_then(|saved| saved.account());
    let is_wanted = |account: Option<&str>| {
        filter_account.is_none_or(|wanted| {
            account.is_some_and(|account| account.eq_ignore_ascii_case(wanted))
        })
    };
    // A script gets what is known; a person is told of a sign-in whose account is not.
    let entries: Value = account
        .iter()
        .filter(|account| is_wanted(Some(account)))
        .map(|account| json!({ "account": account, "status": "ACTIVE" }))
        .collect();
    if saved.is_none() || !is_wanted(account) {
        context.note("No credentialed accounts.");
        return answer(&entries, String::new(), asked, context);
    }
    let shown = render::printable(account.unwrap_or("unknown"));
    let text = format!("   Credentialed Accounts\nACTIVE  ACCOUNT\n*       {shown}");
    answer(&entries, text, asked, context)
}

fn get(property: &str, asked: &Gcloud, context: &mut Context) -> Outcome {
    let name = property.strip_prefix("core/").unwrap_or(property);
    if !["project", "account"].contains(&name) {
        return Err(unknown(&format!("the property `{property}`")));
    }
    let core = core(asked, context)?;
    let Some(value) = core.get(name).and_then(Value::as_str) else {
        // As gcloud: nothing on standard output, and no failure.
        context.note("(unset)");
        return Ok(());
    };
    answer(&json!(value), value.to_owned(), asked, context)
}

fn config_list(asked: &Gcloud, context: &mut Context) -> Outcome {
    let core = core(asked, context)?;
    let lines = core.iter().map(|(name, value)| {
        format!("\n{name} = {}", render::printable(value.as_str().unwrap_or_default()))
    });
    let text = format!("[core]{}", lines.collect::<String>());
    answer(&json!({ "core": core }), text, asked, context)
}

/// What is known of gcloud's section `core`.
fn core(asked: &Gcloud, context: &mut Context) -> Outcome<serde_json::Map<String, Value>> {
    let account = match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => None,
        found => found?.account().map(str::to_owned),
    };
    let mut core = serde_json::Map::new();
    core.extend(account.map(|account| ("account".to_owned(), Value::from(account))));
    let project = project(asked, context)?;
    core.extend(project.map(|project| ("project".to_owned(), Value::from(project))));
    Ok(core)
}

/// gcloud's variable, everybody's variable, then the sign-in's quota project.
fn project(asked: &Gcloud, context: &mut Context) -> Outcome<Option<String>> {
    let named = asked.project.clone();
    let variable = || {
        let names = ["CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"];
        names.into_iter().find_map(|name| context.variable(name))
    };
    if let Some(project) = named.or_else(variable) {
        return Ok(Some(project));
    }
    match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => Ok(None),
        found => Ok(found?.quota_project(context).map(|(project, _)| project)),
    }
}

/// What Node's library reads the project from, and what database proxies read the token from.
fn config_helper(
    refresh: bool,
    min_expiry: Option<Duration>,
    asked: &Gcloud,
    context: &mut Context,
) -> Outcome {
    let soon = |token: &AccessToken, context: &Context| {
        min_expiry.is_some_and(|least| !token.is_fresh(context.clock().now(), least))
    };
    let mut saved = saved(None, asked, context)?;
    let token = saved.access_token(context)?;
    if refresh || soon(&token, context) {
        saved.new_access_token(context)?;
        saved = Saved::find(context, None)?;
    }
    let token = saved.access_token(context)?;
    let document = json!({
        "configuration": {
            "active_configuration": "default",
            "properties": { "core": core(asked, context)? },
        },
        "credential": {
            "access_token": token.expose(),
            "id_token": null,
            "token_expiry": render::time(token.expires_at()),
        },
    });
    answer(&document, render::document(&document), asked, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_gclouds() {
        for (text, seconds) in [("0", 0), ("300", 300), ("300s", 300), ("5m", 300), ("1h", 3600)] {
            assert_eq!(span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "h", "-1h", "1d", "1.5h", "1 h", "é", "99999999999h"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_are_projected_as_gcloud_does() {
        let document = json!({ "a": { "b": "x" }, "c": 7, "d": null });
        assert_eq!(values(&document, "a.b"), "x");
        assert_eq!(values(&document, "a.b, c,d,nothing"), "x\t7\t\t");
        assert_eq!(values(&json!([{ "a": "x" }, { "a": "y" }]), "a"), "x\ny");
        assert_eq!(values(&json!([]), "a"), "");
    }
}
