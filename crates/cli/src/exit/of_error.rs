//! Which row an error of the libraries is.
//!
//! In: an error, or why an answer has no text. Out: the case, chosen by kind, reason and status, never by the text of a
//! message.

use super::Case;
use hallpass::ErrorKind;
use hallpass_gemini::generate::NoText;

/// The library's kinds, and what stands in the hint for `{it}`.
pub(crate) fn case_of(error: &hallpass::Error) -> (Case, String) {
    let case = match error.kind() {
        ErrorKind::OAuth { .. } | ErrorKind::ServerStatus(_) if error.is_transient() => {
            Case::ServerStatus
        }
        ErrorKind::ClientFileNotFound => Case::ClientFileNotFound,
        ErrorKind::ClientFileUnreadable => Case::ClientFileUnreadable,
        ErrorKind::ClientFileMalformed => Case::ClientFileMalformed,
        ErrorKind::ClientFileWrongType(_) => Case::ClientFileWrongType,
        ErrorKind::ClientFileMixed => Case::ClientFileMixed,
        ErrorKind::ForeignHost => Case::CurlAddress,
        ErrorKind::UnknownScope { nearest: Some(nearest), .. } => {
            return (Case::MisspelledScope, (*nearest).to_owned());
        }
        ErrorKind::UnknownScope { .. } => Case::UnknownScope,
        ErrorKind::PortInUse => Case::PortInUse,
        ErrorKind::InsecureUri => Case::InsecureUri,
        ErrorKind::RedirectTimeout => Case::RedirectTimeout,
        ErrorKind::StateMismatch => Case::StateMismatch,
        ErrorKind::AccessDenied => Case::AccessDenied,
        ErrorKind::AuthorizationRefused { .. } => Case::AuthorizationRefused,
        ErrorKind::MissingRefreshToken => Case::MissingRefreshToken,
        ErrorKind::RemoteAddress => Case::RemoteAddress,
        ErrorKind::WrongAccount { wanted } => return (Case::WrongAccount, wanted.clone()),
        ErrorKind::ScopesNotGranted(_) => Case::ScopesNotGranted,
        ErrorKind::InvalidGrant { subtype: Some(subtype) } if subtype == "invalid_rapt" => {
            Case::ReauthNeeded
        }
        ErrorKind::InvalidGrant { .. } => Case::InvalidGrant,
        ErrorKind::OAuth { code, .. } if code == "invalid_grant" => Case::KeyRefused,
        ErrorKind::OAuth { code, .. } if code == "PERMISSION_DENIED" => Case::ActAsRefused,
        ErrorKind::OAuth { code, .. }
            if ["deleted_client", "disabled_client"].contains(&&**code) =>
        {
            Case::ClientDeleted
        }
        ErrorKind::OAuth { .. } => Case::OAuthRefused,
        ErrorKind::NoAccessToken => Case::NoAccessToken,
        ErrorKind::NotJson => Case::NotJson,
        ErrorKind::TooLarge => Case::TooLarge,
        ErrorKind::Timeout => Case::Timeout,
        ErrorKind::Connect | ErrorKind::Proxy => Case::Connect,
        ErrorKind::Tls => Case::Tls,
        ErrorKind::ServerStatus(_) => Case::ServerAnswer,
        ErrorKind::NoCredential => Case::NoCredential,
        ErrorKind::CredentialFileNotFound => Case::CredentialFileNotFound,
        ErrorKind::NoHome => Case::NoHome,
        ErrorKind::CredentialFileUnreadable => Case::CredentialFileUnreadable,
        ErrorKind::CredentialFileMalformed => Case::CredentialFileMalformed,
        ErrorKind::CredentialFileUnsupported(_) => Case::CredentialFileUnsupported,
        ErrorKind::UntrustedHost { .. } => Case::UntrustedHost,
        ErrorKind::ExecutableNotAllowed => Case::ExecutableNotAllowed,
        ErrorKind::NoSubjectToken => Case::NoSubjectToken,
        ErrorKind::StoreWrite => Case::StoreWrite,
        _ => Case::Unexpected,
    };
    (case, String::new())
}

/// Gemini's refusals: by reason where there is one, else by status.
pub(crate) fn case_of_refusal(error: &hallpass_gemini::Error) -> Case {
    // Method and path.
    let asked = error.request().unwrap_or_default();
    match (error.reason(), error.status()) {
        (Some("SERVICE_DISABLED"), _) => Case::ServiceDisabled,
        (Some("USER_PROJECT_DENIED"), _) => Case::UserProjectDenied,
        (Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), _) => Case::ScopeInsufficient,
        (_, Some(401)) => Case::TokenRefused,
        // Google does not tell a file that is not there from one of another project.
        (None, Some(403 | 404)) if asked.contains("/files/") => Case::FileNotFound,
        (None, Some(403 | 404)) if asked.contains("/fileSearchStores/") => Case::StoreNotFound,
        (_, Some(404)) if !asked.contains("/fileSearchStores") && !asked.contains("/files") => {
            Case::ModelNotFound
        }
        (_, Some(429)) if error.is_daily_quota() => Case::DailyQuota,
        (_, Some(_)) if error.is_transient() => Case::GeminiBusy,
        (_, Some(400))
            if asked.starts_with("DELETE ")
                && error.google_status() == Some("FAILED_PRECONDITION") =>
        {
            Case::StoreNotEmpty
        }
        (_, Some(400)) if error.google_status() == Some("FAILED_PRECONDITION") => {
            Case::GeminiPrecondition
        }
        (_, Some(_)) => Case::GeminiRefused,
        _ if error.is_invalid_name() => Case::ModelName,
        _ if error.is_truncated() => Case::AnswerBrokeOff,
        _ if error.is_invalid_file() => Case::FileUnusable,
        _ if error.is_late() => Case::StillWorking,
        _ if error.is_not_done() => Case::FileNotRead,
        _ => Case::GeminiAnswer,
    }
}

/// Why an answer has no text, or not all of it.
pub(crate) fn case_of_no_text(why: &NoText) -> Case {
    match why {
        NoText::PromptBlocked(_) => Case::PromptBlocked,
        NoText::Blocked { .. } => Case::AnswerBlocked,
        NoText::Truncated { reason: Some(_), .. } => Case::AnswerTruncated,
        NoText::Truncated { reason: None, .. } => Case::AnswerBrokeOff,
        NoText::Failed { .. } => Case::AnswerFailed,
        _ => Case::AnswerEmpty,
    }
}
