//! `hallpass demo`: the whole quickstart against an emulator in this process.
//!
//! In: nothing. Out: each step of the page as it happens: its number, what was done, what came of it.
//! The real commands run in a context of their own: a temporary folder, no variable of the user's.
//! Not here: anything that only a demo could do. What it shows is what the commands do.

mod paint;
mod stage;
mod visitor;

use crate::context::Context;
use crate::failure::Outcome;
use stage::Stage;
use std::path::PathBuf;
use std::time::Duration;

/// Walk through the quickstart against an offline Google: no account needed
///
/// Every step of "Authentication with OAuth quickstart" runs for real, in a temporary folder, and talks
/// to nothing but this process.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Agree in your own browser, on the emulator's consent pages
    #[arg(long)]
    browser: bool,
    /// Keep the files in this folder, to look at them
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// An access token lasts one hour.
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// Enough to see that the list is real.
const MODELS_SHOWN: usize = 3;

const PAGE_SCOPES: &str = "https://www.googleapis.com/auth/cloud-platform,\
https://www.googleapis.com/auth/generative-language.retriever";

const AGAINST_GOOGLE: &[&str] = &[
    "hallpass login --client-id-file client_secret.json --scopes \
     https://www.googleapis.com/auth/cloud-platform,https://www.googleapis.com/auth/generative-language.retriever",
    "hallpass models list",
];

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut stage = Stage::set(args.browser, args.keep.as_deref(), context)?;
    stage.say(
        "\"Authentication with OAuth quickstart\", against a Google that runs in this process",
    )?;
    cloud_project(&mut stage)?;
    credentials(&mut stage)?;
    calls(&mut stage)?;
    own_program(&mut stage)?;
    stage.end(AGAINST_GOOGLE)
}

/// "Set up your cloud project": the emulator comes with what the console's pages would make.
fn cloud_project(stage: &mut Stage<'_>) -> Outcome {
    stage.chapter("Set up your cloud project")?;
    stage.step("Enable the API")?;
    stage.doing("project `demo-project`")?;
    stage.result("Generative Language API is enabled")?;

    stage.step("Configure the OAuth consent screen")?;
    stage.doing("user type External, publishing status Testing")?;
    stage.result(&format!("test user {}", stage::ADA))?;

    stage.step("Authorize credentials for a desktop application")?;
    stage.doing("client of type \"Desktop app\"")?;
    stage.result(&format!("client_secret.json, for {}", stage.client_id()))
}

/// "Set up Application Default Credentials".
fn credentials(stage: &mut Stage<'_>) -> Outcome {
    stage.chapter("Set up Application Default Credentials")?;
    stage.step("Sign in")?;
    let login =
        format!("hallpass login --client-id-file client_secret.json --scopes {PAGE_SCOPES}");
    stage.command(&login)?;
    stage.result(
        "both scopes were granted; application_default_credentials.json is written, mode 0600",
    )?;
    stage.doing("Google's client libraries find that file by themselves")
}

/// "Curl" and "Python": the same list, twice.
fn calls(stage: &mut Stage<'_>) -> Outcome {
    stage.step("Curl")?;
    let token = stage.command("hallpass print-access-token")?;
    let beginning: String = token.chars().take(5).collect();
    stage.result(&format!("{beginning}… from the saved sign-in, without a request"))?;
    stage.doing("$ curl -H \"Authorization: Bearer $(hallpass print-access-token)\" -H \"x-goog-user-project: demo-project\" \\")?;
    stage.doing("       https://generativelanguage.googleapis.com/v1/models")?;
    let models = stage.get_models(token.trim_end())?;
    stage.result(&format!("{models} models"))?;

    stage.step("List the models")?;
    let models = stage.command("hallpass models list")?;
    for name in models.lines().take(MODELS_SHOWN) {
        stage.result(name)?;
    }
    let more = models.lines().count().saturating_sub(MODELS_SHOWN);
    if more > 0 { stage.doing(&format!("and {more} more")) } else { Ok(()) }
}

/// "Manage credentials yourself": the page's `load_creds`, here a function of the library.
fn own_program(stage: &mut Stage<'_>) -> Outcome {
    stage.chapter("Manage credentials yourself")?;
    stage.step("Write the credential manager")?;
    stage.doing("load_creds(): the first run signs in and writes token.json")?;
    stage.load_creds()?;
    stage.result(
        "signed in; token.json is written as Google's Python library writes it, mode 0600",
    )?;

    stage.step("Run your program again")?;
    let sign_ins = stage.token_requests("authorization_code");
    stage.load_creds()?;
    let asked_again = stage.token_requests("authorization_code") - sign_ins;
    stage.result(&format!("{asked_again} sign-ins: token.json is still good"))?;

    stage.step("Two hours later")?;
    let refreshes = stage.token_requests("refresh_token");
    stage.advance(TWO_HOURS);
    let models = stage.command("hallpass models list --token-file token.json")?;
    let refreshes = stage.token_requests("refresh_token") - refreshes;
    stage
        .result(&format!("{} models after {refreshes} refresh, no sign-in", models.lines().count()))
}
