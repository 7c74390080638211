//! `hallpass login`: signs a user in and writes Application Default Credentials.
//!
//! In: a client file and scopes, both checked before a browser opens. Out: the ADC file (or token.json)
//! and its side record, read back and compared before success is claimed.
//! What was there before is replaced only when the new sign-in is complete.
//! Not here: the flow itself (`sign_in` of the library).

mod answer;
mod elsewhere;
mod here;
mod plan;
mod save;

use crate::completion;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::hint;
use crate::place;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser as _};
use plan::Plan;
use serde_json::Value;
use std::path::PathBuf;

/// Sign in with your browser and save Application Default Credentials
///
/// Google's client libraries find the saved sign-in by themselves. Scopes are asked for exactly as
/// given; the list and the address are shown before anything else happens.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass login --client-id-file ~/Downloads/client_secret_1234.json
  hallpass login
  hallpass login --profile work --account ada@example.com
  hallpass login --token-file token.json --scopes retriever
  hallpass login --no-browser")]
pub(crate) struct Args {
    /// The OAuth client, as downloaded from the Cloud console; later sign-ins can leave it out
    #[arg(long, value_name = "FILE")]
    pub(crate) client_id_file: Option<PathBuf>,
    /// What to ask for, with commas or spaces: short names as `hallpass scopes` lists them, or whole
    /// addresses [default: what the earlier sign-in asked for, else cloud-platform,retriever]
    #[arg(long, value_name = "SCOPES", add = completion::scope_list())]
    pub(crate) scopes: Option<String>,
    /// The account that is to sign in; another one is refused
    #[arg(long, value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) account: Option<String>,
    /// The port on this machine that the browser comes back to [default: any free one]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The project that Gemini requests are counted for [default: the earlier sign-in's]
    #[arg(long, value_name = "ID", conflicts_with = "token_file")]
    pub(crate) quota_project: Option<String>,
    /// Keep no quota project of the earlier sign-in
    #[arg(long, conflicts_with = "quota_project")]
    pub(crate) disable_quota_project: bool,
    /// How many seconds to wait for the browser [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: Option<u64>,
    /// Print the address only, do not open a browser
    #[arg(long)]
    pub(crate) no_launch_browser: bool,
    /// The browser is on another machine: print a line to run there, take what it prints
    #[arg(long, conflicts_with_all = ["no_launch_browser", "port", "timeout"])]
    pub(crate) no_browser: bool,
    /// Be the machine with the browser, for a `login --no-browser` (or gcloud's) somewhere else
    #[arg(long, value_name = "URL", conflicts_with_all = [
        "client_id_file", "scopes", "token_file", "account", "quota_project", "disable_quota_project", "no_launch_browser", "no_browser",
    ])]
    pub(crate) remote_bootstrap: Option<String>,
    /// Without a terminal: 1 prints the address and ends, 2 takes the address that it led to
    #[arg(long, value_name = "1|2", value_parser = PossibleValuesParser::new(["1", "2"]).map(|step| u8::from(step == "2") + 1), hide_possible_values = true, conflicts_with_all = [
        "no_launch_browser", "no_browser", "remote_bootstrap", "port", "timeout",
    ])]
    pub(crate) step: Option<u8>,
    /// For `--step 2`: the address of the page that could not be reached, or its code; other users of
    /// this machine can see it here, so leave it out to be asked, or to read standard input
    #[arg(value_name = "ADDRESS", requires = "step")]
    pub(crate) address: Option<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match (&args.remote_bootstrap, args.step) {
        (Some(address), _) => return elsewhere::help(address, args, context),
        (None, Some(1)) if args.address.is_some() => {
            return Err(Failure::new(Case::RemoteAnswer, "`--step 1` takes no address"));
        }
        (None, Some(1)) => return elsewhere::first_step(&Plan::make(args, context)?, context),
        (None, _) => {}
    }
    let result = sign_in(args, context)?;
    let is_plain = context.profile().is_none() && context.token_file().is_none();
    let hidden = place::well_known(context)
        .is_ok_and(|path| is_plain && place::hidden_by_the_variable(&path, context).is_some());
    let next = match hidden {
        true => "next: `unset GOOGLE_APPLICATION_CREDENTIALS`, then `hallpass models list`",
        false => "next: `hallpass models list`",
    };
    context.note(hint::complete(next, context));
    context.result(&result)
}

/// Signs in, saves, and returns what there is to report.
pub(crate) fn sign_in(args: &Args, context: &mut Context) -> Outcome<Value> {
    let (plan, grant) = if args.step.is_some() {
        elsewhere::second_step(args, context)?
    } else {
        let plan = Plan::make(args, context)?;
        let grant = if args.no_browser {
            elsewhere::two_machines(&plan, context)?
        } else {
            here::sign_in(args, &plan, context)?
        };
        (plan, grant)
    };
    save::save(&plan, &grant, context)
}
