//! The methods of the Gemini API by verb and path.
//!
//! In: a request. Out: the call, or none when it is no route. Source: the HTTP rules of the protos.

use super::call::{Call, Found};
use super::generate::Form;
use super::versions;
use crate::message::Request;
use http::Method;

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

pub(super) fn find(request: &Request) -> Option<Call<'_, Target<'_>>> {
    let (version, rest) = versions::split(&request.path)?;
    let found = match request.method {
        Method::GET => reading(rest)?,
        Method::POST => asking(rest)?,
        _ => return None,
    };
    Some(Call::new(version, found))
}

fn reading(rest: &str) -> Option<Found<Target<'_>>> {
    if rest == "models" {
        let parameters = &["pageSize", "page_size", "pageToken", "page_token"];
        return Some(("ModelService.ListModels", parameters, Target::Models));
    }
    let id = rest.strip_prefix("models/").filter(|id| is_segment(id))?;
    Some(("ModelService.GetModel", &["name"], Target::Model(id)))
}

fn asking(rest: &str) -> Option<Found<Target<'_>>> {
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
