//! What a new sign-in takes over from the one that it replaces: the client, the scopes.
//!
//! In: the file that is about to be replaced. Out: what it has to give, or why nothing is known of it.
//! Not here: what is asked for in the end (`login`).

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::issuer;
use crate::place;
use hallpass::file::AuthorizedUser;
use hallpass::{OAuthClient, Scopes};

/// The sign-in before.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) client: Option<OAuthClient>,
    pub(crate) scopes: Option<Scopes>,
    /// Whose profile it is; another account is not let in.
    pub(crate) account: Option<String>,
    /// Why nothing is known, although there is a file.
    pub(crate) trouble: Option<Failure>,
}

impl Earlier {
    /// Reads the file that is about to be replaced; one that cannot be read has nothing to give. A new
    /// profile takes client and scopes from Application Default Credentials.
    pub(crate) fn read(context: &mut Context) -> Outcome<Self> {
        match place::read_adc(&place::well_known(context)?) {
            Ok(Some(user)) => return Self::of(&user, context),
            Err(failure) => return Ok(Self { trouble: Some(failure), ..Self::default() }),
            Ok(None) => {}
        }
        match place::read_adc(&place::application_default(context)?) {
            Ok(Some(user)) => Ok(Self { account: None, ..Self::of(&user, context)? }),
            other => Ok(Self { trouble: other.err(), ..Self::default() }),
        }
    }

    fn of(user: &AuthorizedUser, context: &mut Context) -> Outcome<Self> {
        if let Err(failure) = issuer::check_of(user, context) {
            return Ok(Self { trouble: Some(failure), ..Self::default() });
        }
        Ok(Self {
            client: Some(issuer::client(user, context)?),
            scopes: issuer::record(user, context).scopes,
            account: user.account().filter(|_| context.profile().is_some()).map(str::to_owned),
            trouble: None,
        })
    }
}
