//! A credential whose tokens have fewer scopes than the sign-in, for a ticket of the standing agent (Unix).
//!
//! In: the sign-in and the scopes. Out: the credential, or why its scopes cannot be fewer. Specification: RFC 6749, section 6.

use super::{Kind, Saved};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::issuer;
use hallpass::oauth::{Secret, TokenEndpoint};
use hallpass::source::{Early, Fetch, FetchFuture, InMemory};
use hallpass::{Credential, ErrorKind, Scopes};

impl Saved {
    /// Returns a credential of a process that stays, whose tokens have fewer scopes than the sign-in.
    pub(crate) fn narrowed_credential(
        &self,
        scopes: Scopes,
        context: &mut Context,
    ) -> Outcome<Credential> {
        self.check_issuer(context)?;
        let (Kind::User(user), Some(refresh_token)) = (&self.kind, &self.record.refresh_token)
        else {
            let kind = self.machine_type().unwrap_or_default();
            let what = format!("the scopes of a credential of type `{kind}` cannot be narrowed");
            return Err(Failure::new(Case::CredentialFileUnsupported, what));
        };
        if let Some(granted) = &self.record.scopes
            && !granted.covers(&scopes)
        {
            let what = "a ticket cannot have scopes that the sign-in does not have";
            return Err(Failure::new(Case::ScopesNotGranted, what));
        }
        let client = issuer::at_emulator(user.client().clone(), context)?;
        let endpoint = TokenEndpoint::new(context.http(), client, context.clock());
        let narrowed = Narrowed { endpoint, refresh_token: refresh_token.clone(), scopes };
        let source = InMemory::new(narrowed, context.clock(), Early::InBackground);
        let quota_project = self.quota_project(context).map(|(project, _)| project);
        Ok(Credential::new(source).with_quota_project(quota_project.unwrap_or_default()))
    }
}

/// Tokens with fewer scopes than the grant has (RFC 6749, section 6).
#[derive(Debug)]
struct Narrowed {
    endpoint: TokenEndpoint,
    refresh_token: Secret,
    scopes: Scopes,
}

impl Fetch for Narrowed {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(async {
            let tokens = self.endpoint.refresh(&self.refresh_token, Some(&self.scopes)).await?;
            if tokens.scopes.is_some_and(|scopes| !self.scopes.covers(&scopes)) {
                let what = "the server gave more scopes than were asked for";
                return Err(hallpass::Error::new(ErrorKind::NoAccessToken, what));
            }
            Ok(tokens.access_token)
        })
    }
}
