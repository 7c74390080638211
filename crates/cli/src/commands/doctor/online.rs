//! The checks that ask Google.

use super::subject::{NO_SIGN_IN, Subject};
use super::{Finding, Verdict};
use crate::commands::models;
use crate::context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use http::{Request, header};
use std::time::{Duration, SystemTime};

/// Google accepts assertions and ID tokens within five minutes.
const MOST_SKEW: Duration = Duration::from_secs(5 * 60);

/// What a token server says to a `GET` is short.
const LONGEST_REPLY: usize = 64 * 1024;

pub(super) fn network(subject: &mut Subject<'_>) -> Verdict {
    match ask_token_server(subject) {
        Ok(host) => Verdict::Fine(format!("{host} answers")),
        Err(failure) => Verdict::Broken(Finding::of(&failure, subject.context)),
    }
}

/// Any answer will do; the server's clock is in its head.
fn ask_token_server(subject: &mut Subject<'_>) -> Outcome<String> {
    let endpoints = subject.context.endpoints()?;
    let request = Request::get(&endpoints.token).body(Default::default()).map_err(|error| {
        Failure::new(Case::Unexpected, "cannot ask the token server").because(error)
    })?;
    let host = request.uri().host().unwrap_or_default().to_owned();
    let http = subject.context.http();
    let reply = context::block_on(async { Ok(http.send(request, LONGEST_REPLY).await?) })?;
    let date = reply.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let theirs = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    subject.times =
        theirs.map(|theirs| (SystemTime::from(theirs.timestamp()), subject.context.clock().now()));
    Ok(host)
}

pub(super) fn clock(subject: &mut Subject<'_>) -> Verdict {
    let Some((theirs, ours)) = subject.times else {
        return Verdict::Skipped("the server's answer has no `Date` header");
    };
    let (skew, way) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if skew <= MOST_SKEW {
        return Verdict::Fine("agrees with the server's".to_owned());
    }
    Verdict::Broken(Finding::new(
        format!("this machine's clock is {} {way} Google's", crate::render::span(skew.as_secs())),
        "tokens are used after their end, or thrown away before it",
        "set the clock, for example with `timedatectl set-ntp true`",
    ))
}

/// A new token: a saved one proves nothing about the grant.
pub(super) fn grant(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = &subject.saved else { return Verdict::Skipped(NO_SIGN_IN) };
    match saved.new_access_token(subject.context) {
        Ok(()) => {
            subject.has_token = true;
            Verdict::Fine("Google gave a new access token".to_owned())
        }
        Err(failure) => Verdict::Broken(Finding::of(&failure, subject.context)),
    }
}

pub(super) fn gemini(subject: &mut Subject<'_>) -> Verdict {
    let Some(saved) = subject.saved.as_ref().filter(|_| subject.has_token) else {
        return Verdict::Skipped("there is no access token to ask with");
    };
    let project = saved.quota_project(subject.context).map(|(project, _)| project);
    let Err(failure) = models::probe(saved, subject.context, project) else {
        return Verdict::Fine("the Gemini API answers".to_owned());
    };
    let without =
        failure.is(Case::UserProjectDenied) && models::probe(saved, subject.context, None).is_ok();
    let mut finding = Finding::of(&failure, subject.context);
    if without {
        finding.evidence.push_str("; without a quota project it answers");
    }
    Verdict::Broken(finding)
}
