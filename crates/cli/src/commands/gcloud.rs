//! `hallpass gcloud …`, and hallpass under the name `gcloud`: what scripts and Google's own libraries ask of
//! gcloud for credentials.
//!
//! In: gcloud's words. Out: gcloud's answers, from the same sign-in as every other command's. Anything else
//! is refused in one line.
//! Source: the commands, flags and outputs of gcloud 528. Here `gcloud auth` and `gcloud auth
//! application-default` are the same sign-in; gcloud has two.

mod format;
mod words;

use crate::commands::{self, logout, quota_project};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{self, Failure, Outcome};
use crate::render::{self, Format};
use crate::saved::Saved;
use crate::selection::hidden_token_file;
use clap::Parser;
use hallpass::oauth::AccessToken;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::time::Duration;
use words::{ApplicationDefault, Auth, Config, Gcloud, Group, Login};

/// Answer what gcloud is asked about credentials
#[derive(Debug, clap::Args)]
#[command(
    arg = hidden_token_file(),
    arg = own_format(),
    override_usage = "hallpass gcloud <WORDS>...\n       gcloud <WORDS>...",
    after_help = "\
Linked as `gcloud` into a folder of PATH, hallpass answers scripts and Google's libraries:
  ln -s \"$(command -v hallpass)\" ~/bin/gcloud
On Windows, a `gcloud.cmd` with one line does the same: @hallpass gcloud %*
Commands: auth application-default login, print-access-token, revoke, set-quota-project;
  auth print-access-token, print-identity-token, list; config get project, config list,
  config config-helper. Each has its own --help:
  hallpass gcloud auth application-default login --help"
)]
pub(crate) struct Args {
    /// gcloud's own words, such as `auth application-default print-access-token`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<OsString>,
}

/// Takes the place of our `--format`, so that the one behind `gcloud` is gcloud's.
fn own_format() -> clap::Arg {
    let format = clap::Arg::new("format").long("hallpass-format").hide(true);
    format.value_parser(clap::value_parser!(Format)).default_value("text")
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let words = std::iter::once(OsString::from("gcloud")).chain(args.words.iter().cloned());
    let asked = match Gcloud::try_parse_from(words) {
        Ok(asked) => asked,
        Err(error) if error.kind() == clap::error::ErrorKind::DisplayHelp => {
            return context.data(error.to_string().trim_end().lines());
        }
        Err(error)
            if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            return Err(unknown("a command is missing"));
        }
        Err(error) => {
            return Err(unknown(&failure::of_the_parser(&error)));
        }
    };
    if let Some(format) = asked.format.as_deref().filter(|format| !format::is_known(format)) {
        return Err(unknown_format(format));
    }
    match &asked.group {
        Some(Group::Version) | None if asked.version || asked.group.is_some() => {
            let version = env!("CARGO_PKG_VERSION");
            let text = format!("hallpass {version}, answering for gcloud about credentials");
            answer(&json!({ "hallpass": version }), vec![text], &asked, context)
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
    let why = why.trim_end_matches(':');
    let what = format!(
        "`hallpass gcloud` cannot answer this: {why}; `hallpass gcloud --help` lists what it can"
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
            answer(&json!({ "id_token": token }), vec![token], asked, context)
        }
        Auth::ApplicationDefault(ApplicationDefault::Revoke) => {
            nothing_to_format(asked)?;
            let _theirs =
                asked.account.as_ref().map(|_| saved(None, asked, context)).transpose()?;
            logout::run(&logout::Args::default(), context)
        }
        Auth::ApplicationDefault(ApplicationDefault::SetQuotaProject { project }) => {
            nothing_to_format(asked)?;
            let _theirs =
                asked.account.as_ref().map(|_| saved(None, asked, context)).transpose()?;
            quota_project::run(
                &quota_project::Args { project: Some(project.clone()), clear: false },
                context,
            )
        }
        Auth::List { filter, filter_account } => {
            list(filter.as_deref(), filter_account.as_deref(), asked, context)
        }
    }
}

fn print_access_token(who: Option<&str>, asked: &Gcloud, context: &mut Context) -> Outcome {
    let token = saved(who, asked, context)?.access_token(context)?.expose().to_owned();
    answer(&json!({ "token": token }), vec![token], asked, context)
}

fn login(login: &Login, asked: &Gcloud, context: &mut Context) -> Outcome {
    nothing_to_format(asked)?;
    let project = asked.project.clone().filter(|_| !login.disable_quota_project);
    let args = commands::login::Args {
        client_id_file: login.client_id_file.clone(),
        scopes: login.scopes.clone(),
        account: login.who.clone().or_else(|| asked.account.clone()),
        quota_project: project,
        disable_quota_project: login.disable_quota_project,
        remote_bootstrap: login.remote_bootstrap.clone(),
        no_browser: login.no_browser,
        no_launch_browser: login.no_launch_browser,
        ..Default::default()
    };
    commands::login::run(&args, context)
}

/// Prints an answer as text, as JSON, or those of its values that a script names.
fn answer(document: &Value, text: Vec<String>, asked: &Gcloud, context: &mut Context) -> Outcome {
    match asked.format.as_deref() {
        None | Some("text" | "default" | "table" | "value(.)") => context.data(text),
        Some("json") => context.data(render::document(document)),
        Some(format) => {
            let keys = format.trim_start_matches("value(").trim_end_matches(')');
            context.data(format::values(document, keys))
        }
    }
}

fn unknown_format(format: &str) -> Failure {
    unknown(&format!("the format `{format}`"))
}

fn nothing_to_format(asked: &Gcloud) -> Outcome {
    asked.format.as_deref().map_or(Ok(()), |format| Err(unknown_format(format)))
}

/// Returns the sign-in. There is one; another account's token must not be given for it.
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
    // A script gets what is known; a person sees a sign-in whose account is not known, too.
    let entries: Value = account
        .iter()
        .filter(|account| is_wanted(Some(account)))
        .map(|account| json!({ "account": account, "status": "ACTIVE" }))
        .collect();
    if saved.is_none() || !is_wanted(account) {
        context.note("No credentialed accounts.");
        return answer(&entries, Vec::new(), asked, context);
    }
    let text = ["   Credentialed Accounts", "ACTIVE  ACCOUNT"].map(str::to_owned);
    let shown = format!("*       {}", account.unwrap_or("unknown"));
    let text = text.into_iter().chain([shown]).collect();
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
    answer(&json!(value), vec![value.to_owned()], asked, context)
}

fn config_list(asked: &Gcloud, context: &mut Context) -> Outcome {
    let core = core(asked, context)?;
    let lines =
        core.iter().map(|(name, value)| format!("{name} = {}", value.as_str().unwrap_or_default()));
    let text = std::iter::once("[core]".to_owned()).chain(lines).collect();
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

/// gcloud's variable, the one of every Google client, then the sign-in's quota project.
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
    if asked.format.is_none() {
        return context.data(render::document(&document));
    }
    answer(&document, Vec::new(), asked, context)
}
