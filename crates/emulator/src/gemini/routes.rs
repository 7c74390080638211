//! The methods of the Gemini API by verb and path.
//!
//! In: a request. Out: the call, or none when it is no route. Source: the HTTP rules of the protos.

use super::generate::Form;
use super::versions;
use crate::api::{Api, Site};
use crate::config::GEMINI_SERVICE;
use crate::message::Request;
use http::Method;

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

/// A call as the routes understand it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) api: &'static Api,
    /// One of `versions::VERSIONS`.
    pub(crate) version: &'a str,
    /// The method's name within its package, such as `ModelService.ListModels`.
    pub(crate) rpc: &'static str,
    /// Query parameters of this method, beside those that every method takes.
    pub(crate) parameters: &'static [&'static str],
    pub(crate) target: Target<'a>,
}

/// What a call is for; models by their ids.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    Models,
    Model(&'a str),
    Generate(&'a str, Form),
    Count(&'a str),
    Embed(&'a str),
    BatchEmbed(&'a str),
}

impl<'a> Target<'a> {
    /// The id of the model, or nothing for the list of them.
    pub(crate) fn model(&self) -> &'a str {
        match self {
            Self::Models => "",
            Self::Model(id)
            | Self::Generate(id, _)
            | Self::Count(id)
            | Self::Embed(id)
            | Self::BatchEmbed(id) => id,
        }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn method(&self) -> String {
        format!("google.ai.generativelanguage.{}.{}", self.version, self.rpc)
    }

    pub(crate) fn site(&self) -> Site<'a> {
        Site { api: self.api, method: self.method(), version: self.version }
    }
}

pub(crate) fn find(request: &Request) -> Option<Call<'_>> {
    let (version, rest) = versions::split(&request.path)?;
    let (rpc, parameters, target) = match request.method {
        Method::GET => reading(rest)?,
        Method::POST => asking(rest)?,
        _ => return None,
    };
    Some(Call { api: &API, version, rpc, parameters, target })
}

type Found<'a> = (&'static str, &'static [&'static str], Target<'a>);

fn reading(rest: &str) -> Option<Found<'_>> {
    if rest == "models" {
        let parameters = &["pageSize", "page_size", "pageToken", "page_token"];
        return Some(("ModelService.ListModels", parameters, Target::Models));
    }
    let id = rest.strip_prefix("models/").filter(|id| is_segment(id))?;
    Some(("ModelService.GetModel", &["name"], Target::Model(id)))
}

fn asking(rest: &str) -> Option<Found<'_>> {
    let (id, verb) = rest.strip_prefix("models/")?.rsplit_once(':')?;
    let (rpc, target) = match verb {
        "generateContent" => {
            ("GenerativeService.GenerateContent", Target::Generate(id, Form::Whole))
        }
        "streamGenerateContent" => {
            ("GenerativeService.StreamGenerateContent", Target::Generate(id, Form::Stream))
        }
        "countTokens" => ("GenerativeService.CountTokens", Target::Count(id)),
        "embedContent" => ("GenerativeService.EmbedContent", Target::Embed(id)),
        "batchEmbedContents" => ("GenerativeService.BatchEmbedContents", Target::BatchEmbed(id)),
        _ => return None,
    };
    is_segment(id).then_some((rpc, &[], target))
}

fn is_segment(id: &str) -> bool {
    !id.is_empty() && !id.contains(['/', ':'])
}
