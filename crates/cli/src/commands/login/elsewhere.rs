//! `login` where the browser is on another machine: gcloud's two halves, and two steps without a terminal.
//!
//! In: a plan, and the line that a person carries over. Out: a grant; or the line for the other machine.
//! Not here: the protocol (`remote` of the library), and saving (`login`).

use super::plan::{Plan, QuotaProject, Target};
use super::{Args, answer, here};
use crate::browser::Opened;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::render::Format;
use hallpass::oauth::remote::{RemoteHelper, RemoteSignIn};
use hallpass::oauth::{Grant, Secret, SignIn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Google's codes last ten minutes; after an hour nothing is worth keeping.
const PENDING_LIFE: Duration = Duration::from_secs(60 * 60);

/// This machine's half of a sign-in over two machines.
pub(super) fn two_machines(plan: &Plan, context: &mut Context) -> Outcome<Grant> {
    plan.show_scopes(context);
    let remote = RemoteSignIn::new(plan.sign_in(context));
    let address = remote.bootstrap_url();
    for line in [
        "on a machine with a browser, run one of these lines, then paste here what it prints:",
        "",
        &format!("hallpass login --remote-bootstrap=\"{address}\""),
        &format!("gcloud auth application-default login --remote-bootstrap=\"{address}\""),
        "",
        "or open this address in any browser, then paste here the address of the page that cannot be reached:",
        "",
        &format!("  {}", remote.url()),
        "",
    ] {
        context.note(line);
    }
    loop {
        let answer = context.line("the answer: ")?;
        match finish(&remote, answer.as_deref()) {
            // On a terminal there is a person to give another one, until Ctrl-D says that none will come.
            Err(wrong)
                if answer::can_be_given_again(&wrong)
                    && context.stdin_is_terminal
                    && answer.is_some() =>
            {
                answer::refuse(&wrong, context);
            }
            ended => return ended,
        }
    }
}

/// The other machine's half: the browser is here.
pub(super) fn help(address: &str, args: &Args, context: &mut Context) -> Outcome {
    if context.profile_flag || context.token_file().is_some() {
        let what = "`--remote-bootstrap` saves nothing on this machine, so it takes no `--profile` and no `--token-file`";
        return Err(Failure::new(Case::ProfileNotHere, what));
    }
    let asked_for = asked_for(address, context)?;
    context.note("a program on another machine will get what you agree to in the browser:");
    for line in asked_for {
        context.note(format!("  {line}"));
    }
    let question = "go on only if you started that sign-in yourself; proceed (y/N)? ";
    match context.ask(question)?.map(|answer| answer.trim().to_lowercase()).as_deref() {
        Some("y" | "yes") => {}
        Some(_) => return Err(Failure::new(Case::Interrupted, "nothing was done")),
        None => {
            return Err(Failure::new(Case::RemoteConfirm, "there is no terminal to confirm on"));
        }
    }
    let line = context::block_on(async {
        let helper = RemoteHelper::start(address, args.port.unwrap_or(0)).await?;
        if context.open_sign_in(helper.url()) == Opened::NoBrowser {
            context.note("there is no browser here either; open this address:");
        }
        for line in ["", &format!("  {}", helper.url()), ""] {
            context.note(line);
        }
        let timeout = args.timeout.unwrap_or(here::TIMEOUT);
        Ok(helper.finish(Duration::from_secs(timeout)).await?)
    })?;
    context.note("paste this line on the other machine; it works there only, and once:");
    context.note("");
    context.data([line.expose()])
}

/// Google's authorization paths: the current one, and the one that client files name.
const AUTHORIZATION: [&str; 2] = ["o/oauth2/v2/auth", "o/oauth2/auth"];

/// Returns what an address asks for, line by line, when it leads to an authorization page of Google's (or of the
/// emulator while there is one) and says everything once: who asks, and for which scopes.
fn asked_for(address: &str, context: &mut Context) -> Outcome<Vec<String>> {
    let endpoints = context.endpoints()?;
    let origin = endpoints.emulator_origin().unwrap_or(&endpoints.issuer);
    let refuse = |what: String| Err(Failure::new(Case::RemoteHost, what));
    let (page, query) = address.split_once('?').unwrap_or((address, ""));
    let Some(path) = page.strip_prefix(origin).and_then(|path| path.strip_prefix('/')) else {
        return refuse(format!("`{page}` is not below {origin}/"));
    };
    if !AUTHORIZATION.contains(&path) {
        return refuse(format!("`{page}` is not an authorization page of Google's"));
    }
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if ["request", "request_uri"].contains(&&*name) {
            return refuse(format!("the address hides what it asks for, in `{name}`"));
        }
        if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return refuse(format!("the address has `{name}` twice"));
        }
    }
    let value = |name: &str| parameters.get(name).filter(|value| !value.trim().is_empty());
    let (Some(client), Some(scopes)) = (value("client_id"), value("scope")) else {
        return refuse(
            "the address does not say which client asks, and for which scopes".to_owned(),
        );
    };
    let mut lines = vec![format!("client {client}")];
    lines.extend(scopes.split_whitespace().map(|scope| format!("scope  {scope}")));
    if value("include_granted_scopes").is_some_and(|value| value == "true") {
        lines.push("and every scope that you gave this client's project before".to_owned());
    }
    Ok(lines)
}

/// Prints the address and keeps the rest of the sign-in for step 2.
pub(super) fn first_step(plan: &Plan, context: &mut Context) -> Outcome {
    plan.show_scopes(context);
    let remote = RemoteSignIn::new(plan.sign_in(context));
    let sign_in: Value = serde_json::from_str(remote.to_json().expose()).unwrap_or_default();
    let target = match &plan.target {
        Target::Adc(path) => json!({ "adc": path.display().to_string() }),
        Target::TokenFile(path) => json!({ "token_file": path.display().to_string() }),
    };
    let kept = json!({
        "begun_at": seconds(context.clock().now()),
        "account": plan.account,
        "quota_project": match &plan.quota_project {
            QuotaProject::Named(id) => Value::from(id.as_str()),
            QuotaProject::AsBefore => Value::Null,
            QuotaProject::None => Value::Bool(false),
        },
        "target": target,
        "sign_in": sign_in,
    });
    place::write(&pending(context)?, &Secret::from(format!("{kept:#}\n")))?;
    context.note(
        "open this address in any browser and agree; it ends at a page that cannot be reached",
    );
    context.note("then run `hallpass login --step 2` and paste the address of that page there");
    context.note("");
    match context.format {
        Format::Text => context.data([remote.url()]),
        Format::Json => context.result(&json!({ "address": remote.url() })),
    }
}

/// Takes the address that step 1 led to; everything else was kept.
pub(super) fn second_step(args: &Args, context: &mut Context) -> Outcome<(Plan, Grant)> {
    let given = [
        args.client_id_file.is_some(),
        args.scopes.is_some(),
        context.token_file().is_some(),
        args.account.is_some(),
        args.quota_project.is_some(),
        context.profile_flag,
    ];
    if given.contains(&true) {
        return Err(Failure::new(Case::StepTwoOption, "`--step 2` takes everything from step 1"));
    }
    let path = pending(context)?;
    let nothing = || Failure::new(Case::NoPendingSignIn, "there is no sign-in to finish");
    let text = hallpass::store::read_private(&path)?.ok_or_else(nothing)?;
    let kept: Value = serde_json::from_slice(&text).map_err(|_| nothing())?;
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
    if !ended.as_ref().is_err_and(answer::can_be_given_again) {
        hallpass::store::remove_private(&path)?;
    }
    let grant = ended.map_err(|failure| match answer.is_some() {
        true => failure,
        false => failure.with_case(Case::StepTwoAnswer),
    })?;
    let quota_project = match &kept["quota_project"] {
        Value::String(id) => QuotaProject::Named(id.clone()),
        Value::Bool(_) => QuotaProject::None,
        _ => QuotaProject::AsBefore,
    };
    let account = kept["account"].as_str().map(str::to_owned);
    let (client, scopes) = (grant.client.clone(), grant.scopes.clone());
    Ok((Plan { client, scopes, quota_project, account, target }, grant))
}

fn finish(remote: &RemoteSignIn, answer: Option<&str>) -> Outcome<Grant> {
    let answer = answer::check(answer.unwrap_or_default())?;
    context::block_on(async { remote.finish(answer).await.map_err(answer::code_failure) })
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
