//! `hallpass demo`: the whole quickstart against an emulator in this process.
//!
//! In: nothing. Out: each step of the page as it happens: its number, what was done, what came of it.
//! The real commands run in a context of their own: a temporary folder, no variable of the user's.
//! Not here: anything that only a demo could do. What it shows is what the commands do.

mod consent;
mod runner;

use crate::context::Context;
use crate::failure::Outcome;
use crate::selection::{hidden_profile, hidden_token_file};
use runner::Runner;
use std::path::PathBuf;
use std::time::Duration;

/// Walk through the quickstart against an offline Google: no account needed
///
/// Every step of "Authentication with OAuth quickstart" runs for real, in a temporary folder, and talks
/// to nothing but this process.
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
pub(crate) struct Args {
    /// Agree in your own browser, on the emulator's consent pages
    #[arg(long)]
    browser: bool,
    /// Keep the files in this folder, to look at them [default: hallpass-demo]
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "hallpass-demo")]
    keep: Option<PathBuf>,
}

/// An access token lasts one hour.
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// What keeps others from a file that was written.
const PROTECTED: &str = if cfg!(unix) { "mode 0600" } else { "for you alone" };

/// Enough to see that the list is real.
const MODELS_SHOWN: usize = 3;

const AGAINST_GOOGLE: &[&str] = &["hallpass login --client-id-file client_secret.json", QUESTION];

/// What a newcomer wants in the end: an answer.
const QUESTION: &str = "hallpass generate \"Why is the sky blue?\"";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut runner = Runner::start(args.browser, args.keep.as_deref(), context)?;
    runner.say(
        "\"Authentication with OAuth quickstart\", against a Google that runs in this process",
    )?;
    cloud_project(&mut runner)?;
    credentials(&mut runner)?;
    calls(&mut runner)?;
    own_program(&mut runner)?;
    runner.end(AGAINST_GOOGLE)
}

/// "Set up your cloud project": the emulator comes with what the console's pages would make.
fn cloud_project(runner: &mut Runner<'_>) -> Outcome {
    runner.chapter("Set up your cloud project")?;
    runner.step("Enable the API")?;
    runner.doing("project `demo-project`")?;
    runner.result("Generative Language API is enabled")?;

    runner.step("Configure the OAuth consent screen")?;
    runner.doing("user type External, publishing status Testing")?;
    runner.result(&format!("test user {}", runner::ADA))?;

    runner.step("Authorize credentials for a desktop application")?;
    runner.doing("client of type \"Desktop app\"")?;
    runner.result(&format!("client_secret.json, for {}", runner.client_id()))
}

/// "Set up Application Default Credentials".
fn credentials(runner: &mut Runner<'_>) -> Outcome {
    runner.chapter("Set up Application Default Credentials")?;
    runner.step("Sign in")?;
    runner.command("hallpass login --client-id-file client_secret.json")?;
    runner.result(&format!(
        "both scopes were granted; application_default_credentials.json is written, {PROTECTED}"
    ))?;
    runner.doing("Google's client libraries find that file by themselves")
}

/// "Curl" and "Python": the same list, twice; then an answer.
fn calls(runner: &mut Runner<'_>) -> Outcome {
    runner.step("Curl")?;
    let token = runner.command("hallpass print-access-token")?;
    let beginning: String = token.chars().take(5).collect();
    runner.result(&format!("{beginning}… from the saved sign-in, without a request"))?;
    runner.doing("$ curl -H \"Authorization: Bearer $(hallpass print-access-token)\" -H \"x-goog-user-project: demo-project\" \\")?;
    runner.doing("       https://generativelanguage.googleapis.com/v1/models")?;
    let models = runner.get_models(token.trim_end())?;
    runner.result(&format!("{models} models"))?;

    runner.step("List the models")?;
    let models = runner.command("hallpass models list")?;
    for name in models.lines().take(MODELS_SHOWN) {
        runner.result(name)?;
    }
    let more = models.lines().count().saturating_sub(MODELS_SHOWN);
    if more > 0 {
        runner.doing(&format!("and {more} more"))?;
    }

    runner.step("Ask one of them")?;
    let answer = runner.command(QUESTION)?;
    runner.result(answer.trim_end())
}

/// "Manage credentials yourself": the page's `load_creds`, here a function of the library.
fn own_program(runner: &mut Runner<'_>) -> Outcome {
    runner.chapter("Manage credentials yourself")?;
    runner.step("Write the credential manager")?;
    runner.doing("load_creds(): the first run signs in and writes token.json")?;
    runner.load_creds()?;
    runner.result(&format!(
        "signed in; token.json is written as Google's Python library writes it, {PROTECTED}"
    ))?;

    runner.step("Run your program again")?;
    let sign_ins = runner.token_requests("authorization_code");
    runner.load_creds()?;
    let asked_again = runner.token_requests("authorization_code") - sign_ins;
    runner.result(&format!("{asked_again} sign-ins: token.json is still good"))?;

    runner.step("Two hours later")?;
    let refreshes = runner.token_requests("refresh_token");
    runner.advance(TWO_HOURS);
    let models = runner.command("hallpass models list --token-file token.json")?;
    let refreshes = runner.token_requests("refresh_token") - refreshes;
    runner
        .result(&format!("{} models after {refreshes} refresh, no sign-in", models.lines().count()))
}
