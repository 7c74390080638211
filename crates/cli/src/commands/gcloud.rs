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
use serde_json::{Value, json};
use std::ffi::OsString;

/// Answer what gcloud is asked about credentials
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Linked as `gcloud` into a folder of PATH, hallpass answers scripts and Google's libraries:
  ln -s \"$(command -v hallpass)\" ~/bin/gcloud
Commands: auth application-default login, print-access-token, revoke, set-quota-project;
  auth print-access-token, print-identity-token, list; config get project, config-helper")]
pub(crate) struct Args {
    /// gcloud's own words, such as `auth application-default print-access-token`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<OsString>,
}

#[derive(Debug, Parser)]
#[command(name = "gcloud", disable_help_subcommand = true, disable_version_flag = true)]
struct Gcloud {
    #[command(subcommand)]
    group: Option<Group>,
    /// Ask nothing; nothing is asked anyway.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[arg(long, global = true)]
    project: Option<String>,
    #[arg(long, global = true)]
    format: Option<String>,
    #[arg(long, global = true, hide = true)]
    verbosity: Option<String>,
    #[arg(long)]
    version: bool,
}

#[derive(Debug, Subcommand)]
enum Group {
    #[command(subcommand)]
    Auth(Auth),
    #[command(subcommand)]
    Config(Config),
    Version,
}

#[derive(Debug, Subcommand)]
enum Auth {
    #[command(subcommand)]
    ApplicationDefault(ApplicationDefault),
    PrintAccessToken {
        account: Option<String>,
    },
    PrintIdentityToken {
        account: Option<String>,
    },
    List {
        #[arg(long)]
        filter: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ApplicationDefault {
    Login(Login),
    PrintAccessToken,
    Revoke,
    SetQuotaProject { project: String },
}

/// gcloud's flags; the scopes are those of hallpass when none are given.
#[derive(Debug, clap::Args)]
struct Login {
    account: Option<String>,
    #[arg(long)]
    client_id_file: Option<OsString>,
    #[arg(long)]
    scopes: Option<String>,
    #[arg(long, overrides_with = "no_browser")]
    browser: bool,
    #[arg(long)]
    no_browser: bool,
    #[arg(long, overrides_with = "no_launch_browser")]
    launch_browser: bool,
    #[arg(long)]
    no_launch_browser: bool,
    #[arg(long)]
    remote_bootstrap: Option<String>,
    /// hallpass adds no quota project by itself.
    #[arg(long)]
    disable_quota_project: bool,
}

#[derive(Debug, Subcommand)]
enum Config {
    #[command(visible_alias = "get-value")]
    Get { property: String },
    ConfigHelper {
        #[arg(long)]
        force_auth_refresh: bool,
    },
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let words = std::iter::once(OsString::from("gcloud")).chain(args.words.iter().cloned());
    let asked = Gcloud::try_parse_from(words).map_err(|error| {
        use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand};
        let failure = Failure::new(Case::GcloudUnknown, "this is hallpass in the place of gcloud");
        match error.kind() {
            DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand => failure,
            _ => failure.because("it answers no such command or flag"),
        }
    })?;
    match &asked.group {
        Some(Group::Version) | None if asked.version || asked.group.is_some() => {
            context.data(concat!(
                "hallpass ",
                env!("CARGO_PKG_VERSION"),
                ", answering for gcloud about credentials"
            ))
        }
        Some(Group::Auth(auth)) => self::auth(auth, &asked, context),
        Some(Group::Config(Config::Get { property })) => get(property, &asked, context),
        Some(Group::Config(Config::ConfigHelper { force_auth_refresh })) => {
            config_helper(*force_auth_refresh, &asked, context)
        }
        Some(Group::Version) | None => {
            Err(Failure::new(Case::GcloudUnknown, "this is hallpass in the place of gcloud"))
        }
    }
}

fn auth(auth: &Auth, asked: &Gcloud, context: &mut Context) -> Outcome {
    match auth {
        Auth::ApplicationDefault(ApplicationDefault::Login(login)) => self::login(login, context),
        Auth::ApplicationDefault(ApplicationDefault::PrintAccessToken) => {
            plain(asked)?;
            as_hallpass(&["print-access-token"], context)
        }
        Auth::PrintAccessToken { account } => {
            plain(asked)?;
            same_account(account.as_deref(), context)?;
            as_hallpass(&["print-access-token"], context)
        }
        Auth::PrintIdentityToken { account } => {
            plain(asked)?;
            same_account(account.as_deref(), context)?;
            let saved = Saved::find(context, None)?;
            let token = saved.identity_token(context)?;
            context.data(token.expose())
        }
        Auth::ApplicationDefault(ApplicationDefault::Revoke) => as_hallpass(&["logout"], context),
        Auth::ApplicationDefault(ApplicationDefault::SetQuotaProject { project }) => {
            as_hallpass(&["set-quota-project", project], context)
        }
        Auth::List { filter } => list(filter.as_deref(), asked, context),
    }
}

fn login(login: &Login, context: &mut Context) -> Outcome {
    let mut words: Vec<OsString> = vec!["login".into()];
    let mut option = |name: &str, value: Option<OsString>| {
        words.extend(value.into_iter().flat_map(|value| [OsString::from(name), value]));
    };
    option("--client-id-file", login.client_id_file.clone());
    option("--scopes", login.scopes.clone().map(OsString::from));
    option("--account", login.account.clone().map(OsString::from));
    option("--remote-bootstrap", login.remote_bootstrap.clone().map(OsString::from));
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
        let first = text.lines().next().unwrap_or_default().to_owned();
        Failure::new(Case::GcloudUnknown, "these flags do not go together").because(first)
    })?;
    commands::run(&args.command, context)
}

/// Tokens are printed as they are; gcloud's formats are a language of their own.
fn plain(asked: &Gcloud) -> Outcome {
    match asked.format.as_deref() {
        None | Some("value(token)" | "value(.)" | "text" | "default") => Ok(()),
        Some(other) => Err(unknown_format(other)),
    }
}

fn unknown_format(format: &str) -> Failure {
    Failure::new(Case::GcloudUnknown, "this is hallpass in the place of gcloud")
        .because(format!("it does not know the format `{format}`"))
}

/// There is one sign-in; another account's token would be a lie.
fn same_account(wanted: Option<&str>, context: &mut Context) -> Outcome {
    let Some(wanted) = wanted else { return Ok(()) };
    let saved = Saved::find(context, None)?;
    match saved.account() {
        Some(account) if account.eq_ignore_ascii_case(wanted) => Ok(()),
        other => {
            let what = format!(
                "the sign-in is of {}, not of `{wanted}`",
                other.unwrap_or("an unknown account")
            );
            Err(Failure::new(Case::WrongAccount, what).about(wanted))
        }
    }
}

fn list(filter: Option<&str>, asked: &Gcloud, context: &mut Context) -> Outcome {
    if let Some(other) =
        filter.filter(|filter| !matches!(*filter, "status:ACTIVE" | "status=ACTIVE"))
    {
        return Err(Failure::new(Case::GcloudUnknown, "this is hallpass in the place of gcloud")
            .because(format!("it does not know the filter `{other}`")));
    }
    let account = match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => None,
        found => Some(found?.account().unwrap_or("unknown").to_owned()),
    };
    let text = match (asked.format.as_deref(), account) {
        (None | Some("table"), Some(account)) => {
            format!(
                "   Credentialed Accounts\nACTIVE  ACCOUNT\n*       {}",
                render::printable(&account)
            )
        }
        (None | Some("table"), None) => {
            context.note("No credentialed accounts.");
            return Ok(());
        }
        (Some("json"), account) => {
            let accounts =
                account.iter().map(|account| json!({ "account": account, "status": "ACTIVE" }));
            render::document(&accounts.collect())
        }
        (Some("value(account)"), account) => account.unwrap_or_default(),
        (Some(other), _) => return Err(unknown_format(other)),
    };
    context.data(&text)
}

fn get(property: &str, asked: &Gcloud, context: &mut Context) -> Outcome {
    let value = match property {
        "project" | "core/project" => project(asked, context)?,
        "account" | "core/account" => Saved::find(context, None)?.account().map(str::to_owned),
        other => {
            return Err(Failure::new(
                Case::GcloudUnknown,
                "this is hallpass in the place of gcloud",
            )
            .because(format!("it does not know the property `{other}`")));
        }
    };
    match value {
        Some(value) => context.data(&value),
        // As gcloud: nothing on standard output, and no failure.
        None => {
            context.note("(unset)");
            Ok(())
        }
    }
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

/// What Node's library reads the project from, and what kubectl-like helpers read the token from.
fn config_helper(refresh: bool, asked: &Gcloud, context: &mut Context) -> Outcome {
    match asked.format.as_deref() {
        None | Some("json") => {}
        Some(other) => return Err(unknown_format(other)),
    }
    let project = project(asked, context)?;
    let saved = Saved::find(context, None)?;
    if refresh {
        saved.new_access_token(context)?;
    }
    let token = Saved::find(context, None)?.access_token(context)?;
    let mut core = serde_json::Map::new();
    core.extend(saved.account().map(|account| ("account".to_owned(), Value::from(account))));
    core.extend(project.map(|project| ("project".to_owned(), Value::from(project))));
    context.data(&render::document(&json!({
        "configuration": { "active_configuration": "default", "properties": { "core": core } },
        "credential": {
            "access_token": token.expose(),
            "id_token": null,
            "token_expiry": render::time(token.expires_at()),
        },
    })))
}
