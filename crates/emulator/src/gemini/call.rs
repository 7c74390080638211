//! The Gemini API, and a call of one of its methods as the routes of every family of them understand it.
//!
//! In: what the routes of a family found in a request. Out: whether the version has the method, the place that errors
//! name, and a refusal as a reply. Not here: the paths (`routes`, and `find` of each family).

use super::versions;
use crate::api::error::ApiError;
use crate::api::{Api, Site, encoding, finished};
use crate::config::GEMINI_SERVICE;
use crate::message::{Reply, Request};
use crate::state::State;

/// The scopes that open the API, as its `WWW-Authenticate` header lists them. `cloud-platform` is not one.
const SCOPES: [&str; 5] = [
    "https://www.googleapis.com/auth/generative-language",
    "https://www.googleapis.com/auth/generative-language.tuning",
    "https://www.googleapis.com/auth/generative-language.tuning.readonly",
    "https://www.googleapis.com/auth/generative-language.retriever",
    "https://www.googleapis.com/auth/generative-language.retriever.readonly",
];

pub(super) static API: Api =
    Api { service: GEMINI_SERVICE, title: "Generative Language API", scopes: &SCOPES };

/// A call; its family says by the target what it is for.
#[derive(Debug)]
pub(crate) struct Call<'a, Target> {
    pub(crate) api: &'static Api,
    /// One of `versions::VERSIONS`.
    pub(crate) version: &'a str,
    /// The method's name within its package, such as `ModelService.ListModels`.
    pub(crate) rpc: &'static str,
    /// Query parameters of this method, beside those that every method takes.
    pub(crate) parameters: &'static [&'static str],
    pub(crate) target: Target,
}

/// What routes find: the method's name, its parameters, what it is for.
pub(super) type Found<Target> = (&'static str, &'static [&'static str], Target);

impl<'a, Target> Call<'a, Target> {
    pub(super) fn new(version: &'a str, (rpc, parameters, target): Found<Target>) -> Self {
        Self { api: &API, version, rpc, parameters, target }
    }

    /// Whether the version has the method.
    pub(super) fn is_served(&self, state: &State) -> bool {
        versions::is_served(state, self.version, self.rpc)
    }

    pub(super) fn site(&self) -> Site<'a> {
        let method = format!("google.ai.generativelanguage.{}.{}", self.version, self.rpc);
        Site { api: self.api, method, version: self.version }
    }

    /// An error as the reply to the call.
    pub(super) fn refused(&self, state: &State, request: &Request, error: ApiError) -> Reply {
        finished(encoding::compacted(request, error.into_reply(state, &self.site())))
    }
}
