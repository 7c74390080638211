//! The scopes that exist, and how they are shown, shortened and sorted out.
//!
//! Google knows thousands; these are the ones that programs near the Gemini API ask for. Others are
//! `invalid_scope`, as an unknown one is at Google.
//! Source: Google's list of scopes; the texts are our own.

pub(crate) const PREFIX: &str = "https://www.googleapis.com/auth/";
pub(crate) const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
pub(crate) const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";
pub(crate) const OPENID: &str = "openid";
pub(crate) const BARE_GENERATIVE_LANGUAGE: &str =
    "https://www.googleapis.com/auth/generative-language";

/// Name after the prefix, and what the consent page says.
const KNOWN: [(&str, &str); 23] = [
    ("userinfo.email", "See the e-mail address of the account"),
    ("userinfo.profile", "See the name of the account"),
    ("cloud-platform", "See, edit, configure and delete Google Cloud data"),
    ("cloud-platform.read-only", "View Google Cloud data"),
    ("generative-language", "Use the Gemini API"),
    ("generative-language.tuning", "Create, edit and use tuned Gemini models"),
    ("generative-language.tuning.readonly", "View tuned Gemini models"),
    ("generative-language.retriever", "Create, edit and query Gemini corpora, and use models"),
    ("generative-language.retriever.readonly", "Query Gemini corpora, and use models"),
    ("generative-language.peruserquota", "Use the Gemini API under a quota for each user"),
    ("devstorage.read_only", "View Cloud Storage data"),
    ("devstorage.read_write", "Manage Cloud Storage data"),
    ("devstorage.full_control", "Manage Cloud Storage data and permissions"),
    ("appengine.admin", "View and manage App Engine applications"),
    ("compute", "View and manage Compute Engine resources"),
    ("sqlservice.login", "Sign in to Cloud SQL instances"),
    ("accounts.reauth", "Confirm the account again"),
    ("drive", "See and change Google Drive files"),
    ("drive.readonly", "See Google Drive files"),
    ("drive.appdata", "See and change the app's own data in Drive"),
    ("youtube", "Manage the YouTube account"),
    ("youtube.readonly", "View the YouTube account"),
    ("drive.file", "See and change the Drive files of this app"),
];

/// The scope under its long name, if it exists.
pub(crate) fn known(scope: &str) -> Option<String> {
    match scope {
        OPENID => Some(OPENID.to_owned()),
        "email" => Some(EMAIL.to_owned()),
        "profile" => Some(PROFILE.to_owned()),
        _ => {
            let name = scope.strip_prefix(PREFIX)?;
            KNOWN.iter().any(|(known, _)| *known == name).then(|| scope.to_owned())
        }
    }
}

pub(crate) fn description(scope: &str) -> &'static str {
    let name = scope.strip_prefix(PREFIX).unwrap_or(scope);
    KNOWN
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("Know which account this is", |(_, text)| text)
}

/// Whether a scope only says who the user is; such scopes have no box and raise no warning.
pub(crate) fn is_identity(scope: &str) -> bool {
    matches!(scope, OPENID | EMAIL | PROFILE)
}

/// The scopes that get a box on the consent page.
pub(crate) fn with_boxes(asked: &[String]) -> Vec<&String> {
    let others: Vec<&String> = asked.iter().filter(|scope| !is_identity(scope)).collect();
    if others.len() > 1 { others } else { Vec::new() }
}

/// The words of `invalid_scope` for a list of which some are unknown.
pub(crate) fn invalid_text(valid: &[&str], invalid: &[&str]) -> String {
    let invalid = invalid.join(", ");
    if valid.is_empty() {
        format!("Some requested scopes were invalid. {{invalid=[{invalid}]}}")
    } else {
        format!(
            "Some requested scopes were invalid. {{valid=[{}], invalid=[{invalid}]}}",
            valid.join(", ")
        )
    }
}
