//! `CONTINUATION`: a text that comes in several requests.
//!
//! In: a scripted text and how often it stops; or the token of an answer that stopped. Out: the next piece and its
//! token. The token holds what is left and for which request, so that nothing is remembered. Source: google-genai
//! 3.6.1, which sends the same request again with `continuationToken`; the words of the refusal are the emulator's own.

use super::asked::Asked;
use crate::api::error::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is left of a text.
#[derive(Debug, Serialize, Deserialize)]
struct Left {
    request: String,
    text: String,
    hops: u32,
    /// The reason at the end.
    finish: String,
}

/// A piece of a text, and the token for the next.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) finish: String,
    pub(super) token: Option<String>,
}

/// The first piece of a text that stops `hops` times before its end.
pub(super) fn first(asked: &Asked<'_>, text: &str, hops: u32, finish: &str) -> Piece {
    let (text, finish) = (text.to_owned(), finish.to_owned());
    Left { request: fingerprint(asked), text, hops, finish }.piece()
}

/// The piece that the token of a request asks for.
pub(super) fn next(asked: &Asked<'_>) -> Result<Option<Piece>, ApiError> {
    let Some(token) = asked.body["continuationToken"].as_str() else { return Ok(None) };
    let standard = token.replace('-', "+").replace('_', "/");
    let left = BASE64_STANDARD.decode(standard).ok();
    let left = left.and_then(|bytes| serde_json::from_slice::<Left>(&bytes).ok());
    match left.filter(|left| left.request == fingerprint(asked)) {
        Some(left) => Ok(Some(left.piece())),
        None => Err(ApiError::InvalidArgument(
            "* GenerateContentRequest.continuation_token: not the token of an answer to this request".into(),
        )),
    }
}

impl Left {
    fn piece(self) -> Piece {
        if self.hops == 0 {
            return Piece { text: self.text, finish: self.finish, token: None };
        }
        let length = self.text.chars().count();
        let share = usize::try_from(self.hops).unwrap_or(usize::MAX).saturating_add(1);
        let text: String = self.text.chars().take(length.div_ceil(share)).collect();
        let rest = self.text[text.len()..].to_owned();
        let left = Self { text: rest, hops: self.hops - 1, ..self };
        let json = serde_json::to_vec(&left).unwrap_or_default();
        let token = Some(BASE64_STANDARD.encode(json));
        Piece { text, finish: "CONTINUATION".into(), token }
    }
}

/// The same for a request with its token and without; google-genai adds an empty configuration to the second.
fn fingerprint(asked: &Asked<'_>) -> String {
    let digest = Sha256::digest(format!("{}\n{}", asked.model, asked.body["contents"]));
    BASE64_STANDARD.encode(&digest[..12])
}
