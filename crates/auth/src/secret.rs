//! Holds a token, a code, a client secret or a verifier, and lets go of it only by name.
//!
//! In: a string. Out: `expose()`, where it is sent or written; nowhere else. Memory is overwritten
//! when the value is dropped.
//! Not here: `Display`, `Serialize`, `PartialEq`; each would be a way out that a reader does not see.

use std::fmt;
use zeroize::Zeroizing;

/// A string that must not be seen.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the string itself: for a request, or for a private file.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns a plain string, whose memory is not overwritten when it is dropped.
    #[must_use]
    pub fn into_string(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// Compares with another string in a time that does not depend on where they differ.
    #[must_use]
    pub fn ct_eq(&self, other: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), other.as_bytes());
        let differing = ours.iter().zip(theirs).fold(0, |bits, (a, b)| bits | (a ^ b));
        ours.len() == theirs.len() && differing == 0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::from(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", Secret::from("ya29.marked")), "[redacted]");
    }

    #[test]
    fn comparison_is_of_the_whole_string() {
        let secret = Secret::from("abc");
        assert!(secret.ct_eq("abc"));
        assert_eq!(secret.clone().into_string(), "abc");
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!secret.ct_eq(other), "{other}");
        }
    }
}
