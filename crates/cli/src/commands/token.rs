//! `hallpass print-access-token`: a valid access token, alone on standard output.
//!
//! In: the saved sign-in. Out: the token. While the saved token is fresh nothing else is started: no
//! network, no runtime, no certificates.
//! Not here: the refresh (`saved`, and `source` of the library).

mod forms;

use crate::commands::status;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::render::{self, Format};
use crate::saved::Saved;
use hallpass::Scopes;
use http::{Request, header};
use serde_json::{Value, json};

/// Print a valid access token, refreshed if need be
#[derive(Debug, Default, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Ask Google what the token is good for, without printing it
    #[command(bin_name = "hallpass token info", override_usage = "hallpass token info [OPTIONS]")]
    Info,
    /// Print the token as kubectl and other programs of client-go take it (ExecCredential)
    #[command(
        bin_name = "hallpass token exec-credential",
        override_usage = "hallpass token exec-credential [OPTIONS]"
    )]
    ExecCredential,
    /// Answer git for Google's own repositories: `git config credential.helper '!hallpass token git'`
    #[command(bin_name = "hallpass token git", override_usage = "hallpass token git <OPERATION>")]
    Git {
        /// What git asks: `get`, `store` or `erase`
        #[arg(value_name = "OPERATION")]
        operation: String,
    },
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match &args.action {
        Some(Action::Info) => return info(context),
        Some(Action::ExecCredential) => return forms::exec_credential(context),
        Some(Action::Git { operation }) => return forms::git(operation, context),
        None => {}
    }
    let saved = Saved::find(context, None)?;
    let token = saved.access_token(context)?;
    status::warn_of_the_end(&saved, context);
    let lines = match context.format {
        Format::Text => vec![token.expose().into()],
        Format::Json => render::document(&json!({
            "access_token": token.expose(),
            "expires_at": render::time(token.expires_at()),
            "token_type": "Bearer",
        })),
    };
    context.data(lines)
}

/// A few hundred bytes are expected.
const LONGEST_REPLY: usize = 64 * 1024;

/// The token travels in the body of a POST: an address would end in a server's log.
fn info(context: &mut Context) -> Outcome {
    let tokeninfo = context.endpoints()?.tokeninfo;
    let token = Saved::find(context, None)?.access_token(context)?;
    // As a refresh has left it.
    let saved = Saved::find(context, None)?;
    let form = format!("access_token={}", token.expose());
    let request = Request::post(tokeninfo)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.into());
    let request = request.map_err(|error| {
        Failure::new(Case::Unexpected, "cannot ask about the token").because(error)
    })?;
    let http = context.http();
    let reply = context::block_on(async { Ok(http.send(request, LONGEST_REPLY).await?) })?;
    if !reply.status().is_success() {
        return Err(Failure::new(Case::TokenRefused, "Google does not know this access token")
            .because(reply.status()));
    }
    let known: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    let text = |key: &str| known[key].as_str().unwrap_or_default().to_owned();
    let seconds: u64 = text("expires_in").parse().unwrap_or_default();
    let account = known["email"].as_str().map(str::to_owned);
    if let (Some(says), Some(said)) = (&account, saved.account())
        && !says.eq_ignore_ascii_case(said)
    {
        context.note(format!("warning: the file says `{said}`; Google says `{says}`"));
    }
    if let Err(failure) = saved.confirm(account, Scopes::from_response(&text("scope"))) {
        context.note(format!("warning: this is not kept: {}", failure.what()));
    }
    let lines = match context.format {
        Format::Text => {
            let mut rows = vec![("account", text("email")), ("client", text("azp"))];
            let scopes = text("scope");
            rows.extend(scopes.split_whitespace().map(|scope| ("scope", scope.to_owned())));
            rows.push(("good for", render::span(seconds)));
            render::rows(&rows)
        }
        Format::Json => render::document(&json!({
            "account": known["email"],
            "client_id": known["azp"],
            "scopes": text("scope").split_whitespace().collect::<Vec<_>>(),
            "expires_in": seconds,
        })),
    };
    context.data(lines)
}
