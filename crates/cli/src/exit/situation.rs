//! Situations in which the hint of a row would not mend the fault, and the hint that does.
//!
//! In: nothing. Out: a second table, by situation and case; `failure` looks which situation holds.

use super::{Case, Exit};

/// A situation in which a row's hint would not mend the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Situation {
    /// `GOOGLE_APPLICATION_CREDENTIALS` names the file that is used, so a new sign-in would not be.
    CredentialVariable,
    /// `GOOGLE_CLOUD_QUOTA_PROJECT` names the project, so the one in the file is not used.
    QuotaVariable,
    /// The sign-in has come to the end that Google set it.
    Ended,
    /// Requests go through a proxy.
    Proxy,
    /// `--token-file` names the file that is used, and `login` leaves a file alone that is not a sign-in.
    TokenFile,
}

/// What takes the place of a row's hint in a situation; `{hint}` is the row's own without its "run".
pub(crate) struct Instead {
    pub(crate) situation: Situation,
    pub(crate) cases: &'static [Case],
    pub(crate) exit: Option<Exit>,
    pub(crate) hint: &'static str,
}

/// The first one that fits counts.
pub(crate) const INSTEAD: &[Instead] = &[
    Instead {
        situation: Situation::CredentialVariable,
        cases: &[
            Case::CredentialFileNotFound,
            Case::CredentialFileUnreadable,
            Case::CredentialFileMalformed,
            Case::CredentialFileUnsupported,
        ],
        exit: Some(Exit::Settings),
        hint: "run `unset GOOGLE_APPLICATION_CREDENTIALS` to use the default sign-in, or name another file with it",
    },
    Instead {
        situation: Situation::CredentialVariable,
        cases: &[
            Case::InvalidGrant,
            Case::ReauthNeeded,
            Case::ScopeInsufficient,
            Case::TokenRefused,
            Case::NoIdentityToken,
        ],
        exit: None,
        hint: "run `unset GOOGLE_APPLICATION_CREDENTIALS`, then {hint}",
    },
    Instead {
        situation: Situation::QuotaVariable,
        cases: &[Case::UserProjectDenied, Case::QuotaProjectId],
        exit: None,
        hint: "run `unset GOOGLE_CLOUD_QUOTA_PROJECT`, or name another project with it",
    },
    Instead {
        situation: Situation::QuotaVariable,
        cases: &[Case::DailyQuota],
        exit: None,
        hint: "run the command again tomorrow, or name another project with `GOOGLE_CLOUD_QUOTA_PROJECT`",
    },
    Instead {
        situation: Situation::TokenFile,
        cases: &[Case::CredentialFileMalformed, Case::CredentialFileUnsupported],
        exit: None,
        hint: "see what is in the file; if you can do without it, run `rm {token_file}`, then `hallpass login --client-id-file {client}`",
    },
    Instead {
        situation: Situation::Ended,
        cases: &[Case::InvalidGrant],
        exit: None,
        hint: "run `hallpass login`; while the consent screen is in \"Testing\", sign-ins end after 7 days",
    },
    Instead {
        situation: Situation::Proxy,
        cases: &[Case::Connect],
        exit: None,
        hint: "see whether the proxy {proxy} works, or run `unset {variable}` to do without it",
    },
];
