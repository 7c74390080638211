//! `login` where the browser is on another machine: gcloud's two halves, and two steps without a terminal.
//!
//! In: a plan, and the line that a person carries over. Out: a grant; or the line for the other machine.
//! Not here: the protocol (`remote` of the library), and saving (`login`).

use super::{Args, Plan, Target, of_no_use, of_the_code, show_scopes};
use crate::browser::Opened;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::render;
use hallpass::remote::{RemoteHelper, RemoteSignIn};
use hallpass::{Grant, Secret, SignIn};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Google's codes last ten minutes; whoever takes an hour has forgotten what it was about.
const PENDING_LIFE: Duration = Duration::from_secs(60 * 60);

/// This machine's half of a sign-in over two machines.
pub(super) fn two_machines(plan: &Plan, context: &mut Context) -> Outcome<Grant> {
    show_scopes(plan, context);
    let remote = plan.sign_in(context).start_remote();
    let address = remote.bootstrap_url();
    context.note(&format!(
        "on a machine with a browser, run one of these lines, then paste here what it prints:\n\n\
         hallpass login --remote-bootstrap=\"{address}\"\n\
         gcloud auth application-default login --remote-bootstrap=\"{address}\"\n\n\
         or open this address in any browser, then paste here the address of the page that cannot be \
         reached:\n\n  {}\n",
        remote.url()
    ));
    loop {
        let answer = context.line("the answer: ")?;
        match finish(&remote, answer.as_deref()) {
            // On a terminal there is somebody to give another one.
            Err(wrong) if can_be_given_again(&wrong) && context.stdin_is_terminal => {
                context.note(&of_no_use(&wrong));
            }
            ended => return ended,
        }
    }
}

/// A slip of the hand: the sign-in is still good for the right answer.
fn can_be_given_again(failure: &Failure) -> bool {
    [Case::RemoteAnswer, Case::RemoteAddress, Case::StateMismatch, Case::CodeRefused]
        .into_iter()
        .any(|case| failure.is(case))
}

/// The other machine's half: the browser is here.
pub(super) fn help(address: &str, args: &Args, context: &mut Context) -> Outcome {
    if context.profile_flag() {
        let what = "a sign-in for another machine is of no profile here";
        return Err(Failure::new(Case::ProfileNotHere, what));
    }
    let asked_for = asked_for(address, context)?;
    let question = format!(
        "Somebody's program on another machine will get what you agree to in the browser:\n{asked_for}\
         Go on only if you started that sign-in yourself. Proceed (y/N)? "
    );
    match context.ask(&question)?.map(|answer| answer.trim().to_lowercase()).as_deref() {
        Some("y" | "yes") => {}
        Some(_) => return Err(Failure::new(Case::Interrupted, "nothing was done")),
        None => {
            return Err(Failure::new(Case::RemoteConfirm, "nobody is here to say yes"));
        }
    }
    let line = context::block_on(async {
        let helper = RemoteHelper::start(address, args.port).await?;
        if context.open_browser(helper.url()) == Opened::NoBrowser {
            context.note("there is no browser here either; open this address:");
        }
        context.note(&format!("\n  {}\n", helper.url()));
        Ok(helper.finish(Duration::from_secs(args.timeout)).await?)
    })?;
    context.note("paste this line on the other machine; it is of no use to anybody else:\n");
    context.data(line.expose())
}

/// Returns the scopes of an address that leads to Google, or to the emulator while there is one, line by line.
fn asked_for(address: &str, context: &mut Context) -> Outcome<String> {
    let origin = match context.emulator()? {
        Some(emulator) => format!("http://{emulator}/"),
        None => "https://accounts.google.com/".to_owned(),
    };
    if !address.starts_with(&origin) {
        let host = address.split('?').next().unwrap_or_default();
        let what = format!("`{host}` is not below {origin}");
        return Err(Failure::new(Case::RemoteHost, what));
    }
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let scopes = form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == "scope").then(|| value.into_owned()))
        .unwrap_or_default();
    Ok(scopes.split_whitespace().map(|scope| format!("  {}\n", render::printable(scope))).collect())
}

/// Prints the address and keeps the rest of the sign-in for step 2.
pub(super) fn first_step(plan: &Plan, context: &mut Context) -> Outcome {
    show_scopes(plan, context);
    let remote = plan.sign_in(context).start_remote();
    let sign_in: Value = serde_json::from_str(remote.to_json().expose()).unwrap_or_default();
    let target = match &plan.target {
        Target::Adc(path) => json!({ "adc": path.display().to_string() }),
        Target::TokenFile(path) => json!({ "token_file": path.display().to_string() }),
    };
    let kept = json!({
        "begun_at": seconds(context.clock().now()),
        "account": plan.account,
        "quota_project": plan.quota_project,
        "target": target,
        "sign_in": sign_in,
    });
    place::write(&pending(context)?, &Secret::from(format!("{kept:#}\n")))?;
    context.note(
        "open this address in any browser and agree; it ends at a page that cannot be reached.\n\
         Then run `hallpass login --step 2 ADDRESS` with the address of that page.\n",
    );
    context.data(&remote.url())
}

/// Takes the address that step 1 led to; everything else was kept.
pub(super) fn second_step(args: &Args, context: &mut Context) -> Outcome<(Plan, Grant)> {
    let given = [
        args.client_id_file.is_some(),
        args.scopes.is_some(),
        args.token_file.is_some(),
        args.account.is_some(),
        args.quota_project.is_some(),
        context.profile_flag(),
    ];
    if given.contains(&true) {
        return Err(Failure::new(Case::StepTwoOption, "`--step 2` takes everything from step 1"));
    }
    let path = pending(context)?;
    let nothing = || Failure::new(Case::NoPendingSignIn, "there is no sign-in to finish");
    let text = std::fs::read_to_string(&path).map_err(|_| nothing())?;
    let kept: Value = serde_json::from_str(&text).map_err(|_| nothing())?;
    let begun = UNIX_EPOCH + Duration::from_secs(kept["begun_at"].as_u64().unwrap_or_default());
    // A beginning in the future is no beginning.
    let age = context.clock().now().duration_since(begun).unwrap_or(Duration::MAX);
    if age > PENDING_LIFE {
        hallpass::store::remove_private(&path)?;
        return Err(nothing().because("the one that was begun is over an hour old"));
    }
    let (http, clock) = (context.http(), context.clock());
    let remote =
        RemoteSignIn::from_json(kept["sign_in"].to_string().as_bytes(), |client, scopes| {
            SignIn::new(client, scopes, http).with_clock(clock)
        })?;
    let target = match &kept["target"] {
        target if target["token_file"].is_string() => {
            Target::TokenFile(text_of(&target["token_file"]).into())
        }
        target => Target::Adc(text_of(&target["adc"]).into()),
    };
    let answer = match &args.address {
        Some(address) => Some(address.clone()),
        None => context.line("the address of the page that cannot be reached: ")?,
    };
    let ended = finish(&remote, answer.as_deref());
    // Done, or refused for good: this sign-in cannot be finished twice.
    if !ended.as_ref().is_err_and(can_be_given_again) {
        hallpass::store::remove_private(&path)?;
    }
    let grant = ended?;
    let kept = |key: &str| kept[key].as_str().map(str::to_owned);
    let (quota_project, account) = (kept("quota_project"), kept("account"));
    let (client, scopes) = (grant.client.clone(), grant.scopes.clone());
    Ok((Plan { client, scopes, quota_project, account, target }, grant))
}

fn finish(remote: &RemoteSignIn, answer: Option<&str>) -> Outcome<Grant> {
    let answer = answer.map(str::trim).filter(|answer| !answer.is_empty());
    let answer = answer.ok_or_else(|| Failure::new(Case::RemoteAnswer, "no answer was given"))?;
    context::block_on(async { remote.finish(answer).await.map_err(of_the_code) })
}

fn pending(context: &Context) -> Outcome<PathBuf> {
    Ok(context.own_folder()?.join("pending").join("sign-in.json"))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
