//! Behaviour known from memory, inference or one report: each is a switch.
//!
//! The default is what is more likely; `docs/emulator.md` says for each how sure that is.
//! A test that depends on one of these should set it, and pass both ways.

use serde::{Deserialize, Serialize};

/// Uncertain behaviour of the pretended Google.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Switches {
    /// Who the emulator says that it is.
    pub issuer: Issuer,
    /// Whether pages of other sites may read the endpoints of programs (CORS).
    pub cors: bool,
    /// What `prompt=none` answers when a page would be needed.
    pub prompt_none_error: PromptNoneError,
    /// Whether redirects with `error` carry `iss`.
    pub iss_on_error: bool,
    /// Whether the boxes of the consent page start ticked.
    pub boxes_start_ticked: bool,
    /// Whether a granted `email` or `profile` is reported under its long name.
    pub expand_scope_names: bool,
    /// Whether asking a user for the bare `generative-language` scope is an `invalid_scope` page.
    pub reject_bare_generative_language: bool,
    /// Whether a desktop client gets a refresh token at every code exchange; if not, it follows the rule of
    /// web clients: the first consent, or `prompt=consent`.
    pub refresh_token_on_repeat_consent: bool,
    /// Whether a code that comes a second time ends the tokens of the first.
    pub code_reuse_revokes: bool,
    /// The words for a code that comes a second time.
    pub code_reuse_text: CodeReuseText,
    /// The words for a wrong client secret.
    pub wrong_secret_text: WrongSecretText,
    /// What a refresh with a scope that was not granted gets.
    pub refresh_widening: RefreshWidening,
    /// Whether a refresh may come as JSON, as the official Rust crate sends it.
    pub json_refresh: bool,
    /// Whether `/revoke` also takes GET.
    pub revoke_by_get: bool,
    /// Whether `cloud-platform` alone opens the Gemini API.
    pub accept_cloud_platform: bool,
    /// Whether `generative-language.peruserquota` alone opens the Gemini API.
    pub accept_peruserquota: bool,
    /// Whether every call without `x-goog-user-project` is refused, as with gcloud's own client.
    pub strict_quota_project: bool,
    /// Whether `WWW-Authenticate` on a 401 carries `error="invalid_token"`.
    pub www_authenticate_error_param: bool,
    /// Whether API errors carry the older `errors` list as well.
    pub legacy_errors_array: bool,
    /// Whether the `ErrorInfo` of a credential of the wrong type lacks its `domain`.
    pub error_info_domain_omitted: bool,
    /// Whether a query parameter that the method does not know is a 400.
    pub reject_unknown_query: bool,
    /// Whether a key and a token together are refused before the key is looked at.
    pub overloaded_before_key: bool,
    /// Whether of parallel function calls only the first carries a thought signature, and has to.
    pub signature_on_first_call_only: bool,
    /// Whether errors of the OpenAI-compatible paths are in an array.
    pub openai_error_in_array: bool,
    /// Whether v1 has the methods that its published protos lack; if not, they are HTML 404 there.
    pub v1_has_all_methods: bool,
    /// Whether the lines of a stream of events end with CR LF; if not, with LF.
    pub sse_crlf: bool,
    /// What all pieces of an upload but the last are a multiple of, in bytes; `0`: any length will do.
    pub upload_chunk_granularity: u32,
    /// Whether a document that has chunks is deleted with `force=true` alone.
    pub document_delete_needs_force: bool,
    /// Whether `sha256Hash` of a file is the base64 of the hash's hexadecimal digits; if not, of its bytes.
    pub file_hash_of_digits: bool,
    /// Whether an error of a stream asked for as an array is in an array too.
    pub stream_error_in_array: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            issuer: Issuer::Google,
            cors: true,
            prompt_none_error: PromptNoneError::InteractionRequired,
            iss_on_error: true,
            boxes_start_ticked: false,
            expand_scope_names: true,
            reject_bare_generative_language: true,
            refresh_token_on_repeat_consent: true,
            code_reuse_revokes: true,
            code_reuse_text: CodeReuseText::BadRequest,
            wrong_secret_text: WrongSecretText::SecretIsInvalid,
            refresh_widening: RefreshWidening::Refuse,
            json_refresh: true,
            revoke_by_get: true,
            accept_cloud_platform: false,
            accept_peruserquota: true,
            strict_quota_project: false,
            www_authenticate_error_param: true,
            legacy_errors_array: false,
            error_info_domain_omitted: true,
            reject_unknown_query: true,
            overloaded_before_key: false,
            signature_on_first_call_only: true,
            openai_error_in_array: true,
            v1_has_all_methods: true,
            sse_crlf: true,
            upload_chunk_granularity: 256 * 1024,
            document_delete_needs_force: true,
            file_hash_of_digits: false,
            stream_error_in_array: true,
        }
    }
}

/// The `iss` of id_tokens, redirects and the discovery document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Issuer {
    /// `https://accounts.google.com`, as clients of Google expect.
    Google,
    /// The emulator's own address, as strict clients of OpenID Connect discovery expect there.
    Origin,
}

/// The error code for `prompt=none` when a page would be needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PromptNoneError {
    /// `interaction_required`, captured in 2017.
    InteractionRequired,
    /// `access_denied`, captured in 2023.
    AccessDenied,
    /// `login_required`, of OpenID Connect.
    LoginRequired,
    /// `consent_required`, of OpenID Connect.
    ConsentRequired,
}

impl PromptNoneError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InteractionRequired => "interaction_required",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
        }
    }
}

/// The `error_description` for a code that was already exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CodeReuseText {
    /// `Bad Request`.
    BadRequest,
    /// `Code was already redeemed.`, the older text.
    AlreadyRedeemed,
}

impl CodeReuseText {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad Request",
            Self::AlreadyRedeemed => "Code was already redeemed.",
        }
    }
}

/// The `error_description` for a wrong client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WrongSecretText {
    /// `The provided client secret is invalid.`
    SecretIsInvalid,
    /// `Unauthorized`, the older text.
    Unauthorized,
}

impl WrongSecretText {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::SecretIsInvalid => "The provided client secret is invalid.",
            Self::Unauthorized => "Unauthorized",
        }
    }
}

/// What a refresh gets that names a known scope which was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefreshWidening {
    /// 400 `invalid_scope`.
    Refuse,
    /// A token for the granted scopes among those asked.
    Ignore,
}
