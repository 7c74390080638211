//! What is known of the saved sign-in without asking any server.
//!
//! In: the sign-in, and the variable that names a project. Out: account, project, client, addresses.

use super::{Kind, Saved};
use crate::context::Context;
use hallpass::store::Claim;

const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

impl Saved {
    /// Returns the quota project and where it comes from; the variable comes first.
    pub(crate) fn quota_project(&self, context: &Context) -> Option<(String, &'static str)> {
        let variable = context.variable(QUOTA_PROJECT).map(|id| (id, QUOTA_PROJECT));
        variable.or_else(|| self.quota_project_in_file().map(|id| (id.to_owned(), "the file")))
    }

    pub(crate) fn quota_project_in_file(&self) -> Option<&str> {
        match &self.kind {
            Kind::User(_) => self.record.quota_project.as_deref(),
            Kind::Machine(machine) => machine.quota_project_id.as_deref(),
        }
    }

    /// Returns the OAuth client's; machines have none.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.record.client_id.as_deref()
    }

    /// Returns where the sign-in was made, where that is not at Google.
    pub(crate) fn foreign_servers(&self) -> Option<String> {
        let Kind::User(user) = &self.kind else { return None };
        let servers = user.client().foreign_servers();
        (!servers.is_empty()).then(|| servers.join(" and "))
    }

    /// Returns the addresses that the tokens of a machine are asked for at.
    pub(crate) fn token_addresses(&self) -> &[String] {
        match &self.kind {
            Kind::Machine(machine) => &machine.token_addresses,
            Kind::User(_) => &[],
        }
    }

    /// Returns the type of a credential that is not a user's sign-in.
    pub(crate) fn machine_type(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::User(_) => None,
            Kind::Machine(machine) => Some(machine.kind.word()),
        }
    }

    /// Returns a fact as a person is to read it: with a mark where a file alone vouches for it.
    pub(crate) fn claimed(&self, fact: &str, claim: Claim) -> String {
        match self.record.claimed.contains(&claim) {
            true => format!("{fact} (as the file says)"),
            false => fact.to_owned(),
        }
    }

    pub(crate) fn account(&self) -> Option<&str> {
        match &self.kind {
            Kind::User(_) => self.record.account.as_deref(),
            Kind::Machine(machine) => machine.account.as_deref(),
        }
    }
}
