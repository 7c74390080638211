//! `hallpass login`: signs a user in and writes Application Default Credentials.
//!
//! In: a client file and scopes, both checked before a browser opens. Out: the ADC file (or token.json)
//! and its side record, read back and compared before success is claimed.
//! What was there before is replaced only when the new sign-in is complete.
//! Not here: the flow itself (`sign_in` of the library).

mod elsewhere;

use crate::browser::{self, Opened};
use crate::commands::quota_project;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::{render, saved};
use clap::builder::NonEmptyStringValueParser;
use futures_util::future;
use hallpass::store::{GrantRecord, TokenStore};
use hallpass::{AuthorizedUser, Grant, OAuthClient, PendingSignIn, Scopes, SignIn, TokenFile};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Sign in with your browser and save Application Default Credentials
///
/// Google's client libraries find the saved sign-in by themselves. Scopes are asked for exactly as
/// given; the list and the address are shown before anything else happens.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The OAuth client, as downloaded from the Cloud console; later sign-ins can leave it out
    #[arg(long, value_name = "FILE")]
    client_id_file: Option<PathBuf>,
    /// What to ask for, with commas or spaces: cloud-platform, retriever, tuning, openid, email, or
    /// whole addresses [default: cloud-platform,retriever, without --client-id-file the earlier
    /// sign-in's; with --account or --profile openid,email too]
    #[arg(long, value_name = "SCOPES")]
    scopes: Option<String>,
    /// Write a token.json as Google's Python programs do, instead of Application Default Credentials
    #[arg(long, value_name = "FILE", conflicts_with = "quota_project")]
    token_file: Option<PathBuf>,
    /// The account that is to sign in; another one is refused
    #[arg(long, value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    account: Option<String>,
    /// The port on this machine that the browser comes back to [default: any free one]
    #[arg(long)]
    port: Option<u16>,
    /// The project that Gemini requests are counted for [default: the earlier sign-in's]
    #[arg(long, value_name = "ID")]
    quota_project: Option<String>,
    /// How many seconds to wait for the browser
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Print the address only, do not open a browser
    #[arg(long)]
    no_launch_browser: bool,
    /// The browser is on another machine: print a line to run there, take what it prints
    #[arg(long, conflicts_with_all = ["no_launch_browser", "port", "timeout"])]
    no_browser: bool,
    /// Be the machine with the browser, for a `login --no-browser` (or gcloud's) somewhere else
    #[arg(long, value_name = "URL", conflicts_with_all = [
        "client_id_file", "scopes", "token_file", "account", "quota_project", "no_launch_browser", "no_browser",
    ])]
    remote_bootstrap: Option<String>,
    /// Without a terminal: 1 prints the address and ends, 2 takes the address that it led to
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2), conflicts_with_all = [
        "no_launch_browser", "no_browser", "remote_bootstrap", "port", "timeout",
    ])]
    step: Option<u8>,
    /// For `--step 2`: the address of the page that could not be reached, or its code [default: a line
    /// of standard input]
    #[arg(value_name = "ADDRESS", requires = "step")]
    address: Option<String>,
}

/// What is asked for, complete and checked.
struct Plan {
    client: OAuthClient,
    scopes: Scopes,
    quota_project: Option<String>,
    /// The only account that is let in.
    account: Option<String>,
    target: Target,
}

/// Where the sign-in is to rest.
enum Target {
    Adc(PathBuf),
    TokenFile(PathBuf),
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    if let Some(address) = &args.remote_bootstrap {
        return elsewhere::help(address, args, context);
    }
    let (plan, grant) = match args.step {
        Some(1) if args.address.is_some() => {
            return Err(Failure::new(Case::RemoteAnswer, "`--step 1` takes no address"));
        }
        Some(1) => return elsewhere::first_step(&plan(args, context)?, context),
        Some(_) => elsewhere::second_step(args, context)?,
        None => {
            let plan = plan(args, context)?;
            let grant = if args.no_browser {
                elsewhere::two_machines(&plan, context)?
            } else {
                sign_in(args, &plan, context)?
            };
            (plan, grant)
        }
    };
    if plan.account.is_some() && grant.account.is_none() {
        let what = "Google did not say which account signed in; nothing was saved";
        return Err(Failure::new(Case::AccountUnknown, what));
    }
    let path = match &plan.target {
        Target::Adc(path) => {
            save_adc(path, &grant, plan.quota_project.as_deref(), context)?;
            path
        }
        Target::TokenFile(path) => {
            save_token_file(path, &grant)?;
            path
        }
    };
    tell(path, &plan, &grant, context);
    Ok(())
}

/// Reads and checks everything that can be wrong before the user is bothered.
fn plan(args: &Args, context: &mut Context) -> Outcome<Plan> {
    if let Some(failure) = context.silent_emulator() {
        return Err(failure);
    }
    let target = match &args.token_file {
        Some(_) if context.profile_flag() => {
            return Err(Failure::new(Case::ProfileNotHere, "a token.json is of no profile"));
        }
        Some(path) => Target::TokenFile(token_file(path, context)?),
        None => Target::Adc(place::well_known(context)?),
    };
    let earlier = saved::Earlier::read(context)?;
    let (client, scopes) = match (&args.client_id_file, earlier.client) {
        (Some(path), _) => (OAuthClient::from_file(context.path(path))?, None),
        (None, Some(client)) => (client, earlier.scopes),
        (None, None) => {
            let what = "no OAuth client is known to sign in with";
            let failure = Failure::new(Case::NoClientFile, what);
            return Err(match earlier.trouble {
                Some(trouble) => failure.because(trouble.what()),
                None => failure,
            });
        }
    };
    let client = saved::at_emulator(client, context)?;
    let asserted = args.account.is_some() || context.profile().is_some();
    let email = Scopes::parse("openid,email")?;
    let scopes = match (&args.scopes, scopes.unwrap_or_else(Scopes::quickstart)) {
        (Some(words), _) => Scopes::parse(words)?,
        (None, scopes) if asserted => {
            Scopes::from_response(&format!("{} {}", scopes.join(), email.join()))
        }
        (None, scopes) => scopes,
    };
    let quota_project = match &args.quota_project {
        Some(id) => Some(quota_project::checked(id)?.to_owned()),
        None => earlier.quota_project,
    };
    let (Target::Adc(path) | Target::TokenFile(path)) = &target;
    place::check_writable(path)?;
    if matches!(target, Target::Adc(_)) {
        place::check_writable(&context.own_folder()?.join("grants").join("record"))?;
    }
    let account = args.account.clone().or(earlier.account);
    if let Some(account) = &account
        && !scopes.covers(&Scopes::parse("email")?)
    {
        let what = format!("these scopes do not tell whether `{account}` signs in");
        return Err(Failure::new(Case::AccountNeedsEmail, what));
    }
    Ok(Plan { client, scopes, quota_project, account, target })
}

impl Plan {
    fn sign_in(&self, context: &Context) -> SignIn {
        SignIn::new(self.client.clone(), self.scopes.clone(), context.http())
            .with_clock(context.clock())
            .with_login_hint(self.account.clone())
    }
}

/// The path, whole: step 2 may begin in another folder. Its folder is the user's, so none is made.
fn token_file(path: &Path, context: &Context) -> Outcome<PathBuf> {
    let path = context.path(path);
    let path = std::path::absolute(&path).unwrap_or(path);
    if path.parent().is_some_and(|folder| !folder.is_dir()) {
        let what = format!("`{}` is in a folder that is not there", path.display());
        return Err(Failure::new(Case::NoFolder, what));
    }
    Ok(path)
}

/// The browser's answer, or what is pasted meanwhile: whichever comes first.
fn sign_in(args: &Args, plan: &Plan, context: &mut Context) -> Outcome<Grant> {
    let sign_in =
        plan.sign_in(context).with_timeout(Duration::from_secs(args.timeout)).with_port(args.port);
    context::block_on(async {
        let pending = sign_in.start().await?;
        let opened = announce(args, plan, &pending, context);
        // While a browser is at it, the line that tells so is the question.
        let question = if opened == Opened::Yes { "" } else { PASTE };
        let grant = pending.finish_or_pasted(async |wrong| {
            if let Some(wrong) = wrong {
                context.note(&of_no_use(&wrong.into()));
            }
            match context.line_later(question) {
                Some(line) => line.await,
                None => future::pending().await,
            }
        });
        let grant = match opened {
            Opened::Yes => context::told(WAITING, grant).await,
            Opened::NoBrowser => grant.await,
        };
        grant.map_err(of_the_code)
    })
}

const WAITING: &str =
    "waiting for the browser; where it could not come back, paste its last address here";

/// What is wrong with a paste, and why.
fn of_no_use(wrong: &Failure) -> String {
    let why = wrong.cause().map_or(String::new(), |cause| format!(": {cause}"));
    format!("that is of no use: {}", render::printable(&format!("{}{why}", wrong.what())))
}

const PASTE: &str =
    "or paste here the address of the page at which the browser ended, or the code: ";

/// `invalid_grant` speaks of the code here, not of a saved sign-in.
fn of_the_code(error: hallpass::Error) -> Failure {
    let failure = Failure::from(error);
    if failure.is(Case::WrongAccount) {
        let what = format!("{}; nothing was saved", failure.what());
        return failure.saying(what);
    }
    let refused = failure.is(Case::InvalidGrant) || failure.is(Case::ReauthNeeded);
    if refused { failure.with_case(Case::CodeRefused) } else { failure }
}

fn show_scopes(plan: &Plan, context: &mut Context) {
    context.note("asking for");
    for scope in plan.scopes.iter() {
        context.note(&format!("  {scope}"));
    }
}

/// Shows what is asked for and where to agree; opens the browser when there is one.
fn announce(args: &Args, plan: &Plan, pending: &PendingSignIn, context: &mut Context) -> Opened {
    let address = &pending.url();
    show_scopes(plan, context);
    if args.no_launch_browser {
        context.note(&format!("open this address in a browser on this machine:\n\n  {address}\n"));
        return Opened::NoBrowser;
    }
    let opened = context.open_browser(address);
    match opened {
        Opened::Yes => context.note(&format!("your browser was sent to\n\n  {address}\n")),
        Opened::NoBrowser => {
            let port = port(pending.redirect_uri());
            let why = browser::why_none(context.env());
            context.note(&format!(
                "there is no browser here ({why}); open this address in any browser that reaches this machine:\
                 \n\n  {address}\n\n\
                 from another machine, first run there: ssh -L {port}:127.0.0.1:{port} HOST"
            ));
        }
    }
    opened
}

/// The port of `http://127.0.0.1:43210/callback`.
fn port(redirect_uri: &str) -> &str {
    let after = redirect_uri.rsplit(':').next().unwrap_or_default();
    after.split('/').next().unwrap_or_default()
}

/// The side record goes first: an ADC file without one still works, the reverse is waste.
fn save_adc(path: &Path, grant: &Grant, quota_project: Option<&str>, context: &Context) -> Outcome {
    let store = context.store()?;
    let record = GrantRecord::from(grant);
    // Made from no older record, so whatever is there gives way.
    let _written = store.save(&grant.id(), &record)?;
    let user = AuthorizedUser::from(grant).with_quota_project(quota_project.map(str::to_owned));
    place::write(path, &user.to_json())?;
    // Read back as every other command will read it.
    let same_file = AuthorizedUser::from_file(path)?.to_json().is(user.to_json().expose());
    let same_record = store.load(&grant.id())?.is_some_and(|found| found.scopes == record.scopes);
    if same_file && same_record { Ok(()) } else { Err(differs(path)) }
}

fn save_token_file(path: &Path, grant: &Grant) -> Outcome {
    let text = TokenFile::from(grant).to_json();
    place::write(path, &text)?;
    let same_file = TokenFile::from_file(path)?.to_json().is(text.expose());
    if same_file { Ok(()) } else { Err(differs(path)) }
}

fn differs(path: &Path) -> Failure {
    let what = format!("`{}` does not hold the sign-in that was just saved", path.display());
    Failure::new(Case::StoredDiffers, what)
}

/// Says what is worth knowing after a success.
fn tell(path: &Path, plan: &Plan, grant: &Grant, context: &mut Context) {
    let who = grant.account.as_ref().map_or(String::new(), |account| format!(" as {account}"));
    context.note(&format!("signed in{who}; saved to {}", path.display()));
    let in_adc = matches!(plan.target, Target::Adc(_));
    if let Some(project) = plan.quota_project.as_ref().filter(|_| in_adc) {
        context.note(&format!("quota project: {project}"));
    }
    let left = grant
        .refresh_token_expires_at
        .and_then(|end| end.duration_since(context.clock().now()).ok());
    if let Some(left) = left {
        context.note(&format!(
            "this sign-in ends in {}: the consent screen is in \"Testing\"",
            render::span(left.as_secs())
        ));
    }
    if in_adc && context.profile().is_none() {
        place::warn_of_the_variable(path, context);
    }
}
