//! What was said, by whom; and everything that can be taken for it.

use super::part::Part;
use super::response::Response;
use super::words::Role;
use crate::wire::wire;

wire! {
    /// One turn of a conversation.
    Content {
        /// Who says it.
        role: Option<Role>,
        /// What is said, in the order of the wire.
        parts: Vec<Part>,
    }
}

impl Content {
    /// Returns a user's turn.
    pub fn user(parts: impl IntoIterator<Item = impl Into<Part>>) -> Self {
        let parts = parts.into_iter().map(Into::into).collect();
        Self { role: Some(Role::User), parts, ..Self::default() }
    }

    /// Says whether something stands in it.
    pub(crate) fn says_something(&self) -> bool {
        self.parts.iter().any(|part| part.text.as_deref() != Some("") && *part != Part::default())
    }
}

/// One turn or several: a text, parts, contents, or an answer, which goes back as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents(pub(crate) Vec<Content>);

impl From<&str> for Contents {
    fn from(text: &str) -> Self {
        Part::text(text).into()
    }
}

impl From<String> for Contents {
    fn from(text: String) -> Self {
        Part::text(text).into()
    }
}

impl From<&String> for Contents {
    fn from(text: &String) -> Self {
        Part::text(text).into()
    }
}

impl From<Part> for Contents {
    fn from(part: Part) -> Self {
        vec![part].into()
    }
}

impl From<Vec<Part>> for Contents {
    fn from(parts: Vec<Part>) -> Self {
        Content::user(parts).into()
    }
}

impl<const N: usize> From<[Part; N]> for Contents {
    fn from(parts: [Part; N]) -> Self {
        Content::user(parts).into()
    }
}

impl From<Content> for Contents {
    fn from(content: Content) -> Self {
        Self(vec![content])
    }
}

impl From<Vec<Content>> for Contents {
    fn from(contents: Vec<Content>) -> Self {
        Self(contents)
    }
}

impl From<&Response> for Contents {
    fn from(response: &Response) -> Self {
        Self(response.content().cloned().into_iter().collect())
    }
}

impl From<Response> for Contents {
    fn from(response: Response) -> Self {
        (&response).into()
    }
}
