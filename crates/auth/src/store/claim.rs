//! What of a saved sign-in rests on the word of a file.
//!
//! In: a file that another program or another machine has written. Out: the facts in it that no server has confirmed
//! yet. A refresh confirms what its reply names; a new sign-in has none of these.
//! Not here: the facts themselves (`stored`).

use std::collections::BTreeSet;

/// A fact that a file says of a sign-in, and that no server has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Claim {
    /// Whose it is.
    Account,
    /// What was granted.
    Scopes,
    /// When the user gave consent.
    IssuedAt,
    /// When the refresh token ends.
    RefreshTokenExpiresAt,
}

impl Claim {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Account, Self::Scopes, Self::IssuedAt, Self::RefreshTokenExpiresAt];

    /// The key of the fact in a side record.
    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Scopes => "scopes",
            Self::IssuedAt => "issued_at",
            Self::RefreshTokenExpiresAt => "refresh_token_expires_at",
        }
    }
}

/// Writes claims as one text; none without a claim.
pub(super) fn joined(claims: &BTreeSet<Claim>) -> Option<String> {
    let words: Vec<&str> = claims.iter().map(|claim| claim.word()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Reads them; what is not known here says nothing.
pub(super) fn split(text: &str) -> BTreeSet<Claim> {
    let known = |word: &str| Claim::ALL.into_iter().find(|claim| claim.word() == word);
    text.split(' ').filter_map(known).collect()
}
