//! `login` with the browser on this machine: shows the address, opens it, waits.
//!
//! In: a plan. Out: a grant, from the browser's redirect or from an address that the user pastes meanwhile.
//! Not here: the listener and the code's exchange (`sign_in` of the library).

use super::plan::Plan;
use super::{Args, answer};
use crate::browser::{self, Opened};
use crate::context::{self, Context};
use crate::failure::Outcome;
use futures_util::future;
use hallpass::oauth::{Grant, PendingSignIn};
use std::time::Duration;

/// Time enough to find a password.
pub(super) const TIMEOUT: u64 = 300;

/// The browser's answer, or what is pasted meanwhile: whichever comes first.
pub(super) fn sign_in(args: &Args, plan: &Plan, context: &mut Context) -> Outcome<Grant> {
    let timeout = Duration::from_secs(args.timeout.unwrap_or(TIMEOUT));
    let sign_in = plan.sign_in(context).with_timeout(timeout).with_port(args.port.unwrap_or(0));
    context::block_on(async {
        let pending = sign_in.start().await?;
        show_and_open(args, plan, &pending, context);
        let grant = pending.finish_or_pasted(async |wrong| {
            if let Some(wrong) = wrong {
                answer::refuse(&wrong.into(), context);
            }
            loop {
                let line = match context.line_later() {
                    Some(line) => line.await,
                    None => future::pending().await,
                };
                match answer::check(&line) {
                    Ok(_) => break line,
                    Err(wrong) => answer::refuse(&wrong, context),
                }
            }
        });
        grant.await.map_err(answer::code_failure)
    })
}

/// Shows what is asked for and where to agree; opens the browser when there is one.
fn show_and_open(args: &Args, plan: &Plan, pending: &PendingSignIn, context: &mut Context) {
    let address = &pending.url();
    plan.show_scopes(context);
    let opened =
        if args.no_launch_browser { Opened::NoBrowser } else { context.open_sign_in(address) };
    let why = browser::why_none(context.env());
    let before = match opened {
        Opened::Yes => "your browser was sent to".to_owned(),
        Opened::NoBrowser if args.no_launch_browser => {
            "open this address in a browser on this machine:".to_owned()
        }
        Opened::NoBrowser => {
            format!(
                "there is no browser here ({why}); open this address in any browser that reaches this machine:"
            )
        }
    };
    for line in [before, String::new(), format!("  {address}"), String::new()] {
        context.note(line);
    }
    if opened == Opened::NoBrowser && !args.no_launch_browser {
        let port = port(pending.redirect_uri());
        context.note(format!(
            "from another machine, first run there: ssh -L {port}:127.0.0.1:{port} HOST"
        ));
    }
    if context.stdin_is_terminal {
        context.note("waiting for the browser (Ctrl-C ends it)");
        context
            .note("if it ends at a page that cannot be reached, paste that page's address here:");
    }
}

/// The port of `http://127.0.0.1:43210/callback`.
fn port(redirect_uri: &str) -> &str {
    let after = redirect_uri.rsplit(':').next().unwrap_or_default();
    after.split('/').next().unwrap_or_default()
}
