//! The versions of the API and which of its methods each has.
//!
//! In: a path. Out: its version and the rest. Every method is served under every version, because Google's
//! newest SDKs ask v1 for all of them. The published protos of v1 have only models and generating; what v1
//! answers to the rest is not known, so it is the switch `v1_has_all_methods`.

use crate::state::State;

/// The first segment of every path, or the second after `upload` and `download`.
pub(crate) const VERSIONS: [&str; 3] = ["v1", "v1beta", "v1alpha"];

/// Splits `/VERSION/REST`.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
    VERSIONS.contains(&version).then_some((version, rest))
}

/// Whether a version has a method, by its name within its package.
pub(crate) fn is_served(state: &State, version: &str, rpc: &str) -> bool {
    version != "v1" || state.config.switches.v1_has_all_methods || is_in_protos_of_v1(rpc)
}

/// Whether the published protos of v1 have this method, by its name within its package.
fn is_in_protos_of_v1(rpc: &str) -> bool {
    let of_v1 = [
        "ModelService.ListModels",
        "ModelService.GetModel",
        "GenerativeService.GenerateContent",
        "GenerativeService.StreamGenerateContent",
        "GenerativeService.CountTokens",
        "GenerativeService.EmbedContent",
        "GenerativeService.BatchEmbedContents",
    ];
    of_v1.contains(&rpc)
}
