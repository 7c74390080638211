//! The scopes of a sign-in: what is asked for, and what was granted.
//!
//! In: words from a person (commas or spaces) or from a token reply (spaces). Out: whole scope names,
//! in order and each once; what covers what.
//! Specification: RFC 6749, section 3.3. Names: Google's list of scopes; `email` and `profile` come back
//! from Google under their long names.

use crate::error::{Error, ErrorKind};
use crate::text::plain;
use serde::Serialize;
use std::fmt;
use std::iter::Map;
use std::str::FromStr;
use std::{slice, vec};

/// What people write, and what is sent. Google's other scopes are written as whole addresses.
const WORDS: &[(&str, &str)] = &[
    ("cloud-platform", Scopes::CLOUD_PLATFORM),
    ("retriever", Scopes::RETRIEVER),
    ("retriever.readonly", Scopes::RETRIEVER_READONLY),
    ("tuning", Scopes::TUNING),
    ("tuning.readonly", Scopes::TUNING_READONLY),
    ("generative-language.retriever", Scopes::RETRIEVER),
    ("generative-language.retriever.readonly", Scopes::RETRIEVER_READONLY),
    ("generative-language.tuning", Scopes::TUNING),
    ("generative-language.tuning.readonly", Scopes::TUNING_READONLY),
    ("openid", Scopes::OPENID),
    ("email", Scopes::EMAIL),
    ("profile", Scopes::PROFILE),
];

/// Scopes, in the order they were named, each once.
///
/// ```
/// use hallpass::Scopes;
///
/// let asked: Scopes = "retriever openid".parse()?;
/// let more = asked.union(&Scopes::from_iter([Scopes::CLOUD_PLATFORM, Scopes::OPENID]));
/// assert!(more.covers(&asked) && !asked.covers(&more));
/// assert_eq!(asked.join(), "https://www.googleapis.com/auth/generative-language.retriever openid");
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Everything in Google Cloud; gcloud insists on it.
    pub const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
    /// The Gemini API, and its semantic retrieval.
    pub const RETRIEVER: &str = "https://www.googleapis.com/auth/generative-language.retriever";
    /// The same, for reading.
    pub const RETRIEVER_READONLY: &str =
        "https://www.googleapis.com/auth/generative-language.retriever.readonly";
    /// Tuned models of the Gemini API.
    pub const TUNING: &str = "https://www.googleapis.com/auth/generative-language.tuning";
    /// The same, for reading.
    pub const TUNING_READONLY: &str =
        "https://www.googleapis.com/auth/generative-language.tuning.readonly";
    /// An `id_token`: who signed in.
    pub const OPENID: &str = "openid";
    /// The account's e-mail address.
    pub const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
    /// The account's name and picture.
    pub const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

    /// Returns the two scopes of Google's quickstart: [`Scopes::CLOUD_PLATFORM`] and [`Scopes::RETRIEVER`].
    #[must_use]
    pub fn quickstart() -> Self {
        Self::from_iter([Self::CLOUD_PLATFORM, Self::RETRIEVER])
    }

    /// Reads scopes as a person writes them: known words or whole addresses, by commas or spaces.
    ///
    /// # Errors
    ///
    /// A word that is not one of these, with the known word that is most like it; no scope at all.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let words = text.split([',', ' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
        let scopes = words.map(expand).collect::<Result<Self, _>>()?;
        if scopes.is_empty() {
            let kind = ErrorKind::UnknownScope { word: String::new(), nearest: None };
            return Err(Error::new(kind, "no scope is named"));
        }
        Ok(scopes)
    }

    /// Reads the `scope` of a token reply or a stored file; any name is taken as it is.
    #[must_use]
    pub fn from_response(text: &str) -> Self {
        Self::from_iter([text])
    }

    /// Returns the words that [`Scopes::parse`] knows, and what each stands for.
    pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
        WORDS.iter().copied()
    }

    /// Returns the scopes as a request carries them: joined by spaces.
    #[must_use]
    pub fn join(&self) -> String {
        self.0.join(" ")
    }

    /// Says whether everything in `asked` is among these.
    #[must_use]
    pub fn covers(&self, asked: &Self) -> bool {
        asked.missing_from(self).is_empty()
    }

    /// Returns what of these is not in `granted`.
    #[must_use]
    pub fn missing_from(&self, granted: &Self) -> Self {
        let has = |scope: &String| granted.iter().any(|one| long_name(one) == long_name(scope));
        Self(self.0.iter().filter(|scope| !has(scope)).cloned().collect())
    }

    /// Returns these scopes and those of `other` that are not among them.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other).collect()
    }

    /// Returns the names, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.into_iter()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join())
    }
}

/// As [`Scopes::parse`].
impl FromStr for Scopes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Any name is taken as it is, and a text with spaces as several names.
impl<S: AsRef<str>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut unique: Vec<String> = Vec::new();
        for names in names {
            for name in names.as_ref().split_ascii_whitespace() {
                if !unique.iter().any(|known| known == name) {
                    unique.push(name.to_owned());
                }
            }
        }
        Self(unique)
    }
}

impl IntoIterator for Scopes {
    type Item = String;
    type IntoIter = vec::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Scopes {
    type Item = &'a str;
    type IntoIter = Map<slice::Iter<'a, String>, fn(&'a String) -> &'a str>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(String::as_str)
    }
}

fn expand(word: &str) -> Result<String, Error> {
    if let Some((_, scope)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Ok((*scope).to_owned());
    }
    // RFC 6749, section 3.3: visible ASCII without `"` and `\`.
    let legal = word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if legal && word.starts_with("https://") {
        return Ok(word.to_owned());
    }
    let shown: String = plain(word).chars().take(80).collect();
    let kind = ErrorKind::UnknownScope { word: shown.clone(), nearest: nearest(word) };
    Err(Error::new(kind, format!("`{shown}` is not a scope")))
}

/// Google answers `email` and `profile` with their long names.
fn long_name(scope: &str) -> &str {
    match scope {
        "email" => Scopes::EMAIL,
        "profile" => Scopes::PROFILE,
        other => other,
    }
}

fn nearest(word: &str) -> Option<&'static str> {
    // A third of the word may be wrong: more, and the guess would be one too.
    let limit = word.len().min(64) / 3;
    let ranked = WORDS.iter().map(|(known, _)| (distance(word, known), *known));
    ranked.filter(|(distance, _)| *distance <= limit).min().map(|(_, known)| known)
}

/// The Levenshtein distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_spaces_separate_and_repeats_are_dropped() {
        let scopes =
            Scopes::parse(" retriever,cloud-platform  openid\tretriever,").expect("scopes");
        assert_eq!(
            scopes.join(),
            "https://www.googleapis.com/auth/generative-language.retriever \
             https://www.googleapis.com/auth/cloud-platform openid"
        );
    }

    #[test]
    fn pages_scopes_are_the_quickstart_ones() {
        let text = "https://www.googleapis.com/auth/cloud-platform,\
                    https://www.googleapis.com/auth/generative-language.retriever";
        assert_eq!(Scopes::parse(text).expect("scopes"), Scopes::quickstart());
    }

    #[test]
    fn collections_of_scopes_hold_each_name_once() {
        let one = Scopes::from_iter(["openid", "a b", "openid"]);
        assert_eq!(one, Scopes::from_response("openid a b"));
        assert_eq!(one.union(&Scopes::from_iter(["c", "a"])).join(), "openid a b c");
        assert_eq!(serde_json::to_string(&one).expect("JSON"), r#"["openid","a","b"]"#);
        assert_eq!(one.into_iter().collect::<Vec<_>>(), ["openid", "a", "b"]);
    }

    #[test]
    fn unknown_words_are_refused_with_the_nearest_known_one() {
        for (word, expected) in [
            ("retreiver", Some("retriever")),
            ("cloudplatform", Some("cloud-platform")),
            ("generative-language.retriver", Some("generative-language.retriever")),
            ("drive", None),
            ("http://www.googleapis.com/auth/cloud-platform", None),
        ] {
            let error = Scopes::parse(word).expect_err(word);
            let ErrorKind::UnknownScope { word: named, nearest } = error.kind() else {
                panic!("{error:?}")
            };
            assert_eq!((named.as_str(), *nearest), (word, expected));
        }
        assert!(Scopes::parse(" , ").is_err());
    }

    #[test]
    fn refused_words_cannot_steer_a_terminal() {
        let error = Scopes::parse("\u{202e}https://www.googleapis.com/auth/drive").expect_err("no");
        assert_eq!(error.to_string(), "`https://www.googleapis.com/auth/drive` is not a scope");
    }

    #[test]
    fn long_and_short_names_cover_each_other() {
        let asked = Scopes::parse("openid email profile").expect("scopes");
        let granted = Scopes::from_response(
            "https://www.googleapis.com/auth/userinfo.profile openid email extra",
        );
        assert!(granted.covers(&asked));
        let small = Scopes::from_response("openid");
        assert_eq!(
            asked.missing_from(&small).join(),
            "https://www.googleapis.com/auth/userinfo.email \
             https://www.googleapis.com/auth/userinfo.profile"
        );
    }
}
