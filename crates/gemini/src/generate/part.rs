//! One part of a content: a text, a picture, a call, and what stands beside it.
//!
//! A part is one object with optional fields, so that an unknown kind of part is kept, with its thought signature, and
//! goes back as it came.

use super::words::Outcome;
use crate::wire::wire;
use serde_json::{Map, Value};

wire! {
    /// One part; exactly one of its kinds is set, or it is in `other`.
    Part {
        /// A text.
        text: Option<String>,
        /// Bytes, in base64.
        inline_data: Option<Blob>,
        /// A file that Google has.
        file_data: Option<FileData>,
        /// The model asks for a function.
        function_call: Option<FunctionCall>,
        /// What the function returned.
        function_response: Option<FunctionResponse>,
        /// Code that the model ran.
        executable_code: Option<ExecutableCode>,
        /// What its code has come to.
        code_execution_result: Option<CodeExecutionResult>,
        /// Whether it is a thought, not the answer.
        thought: Option<bool>,
        /// What the model wants back in this very part (base64).
        thought_signature: Option<String>,
    }
}

wire! {
    /// Bytes within a request or an answer.
    Blob {
        /// Their type, such as `image/png`.
        mime_type: String,
        /// The bytes in base64.
        data: String,
    }
}

wire! {
    /// A file that Google has.
    FileData {
        /// Its address.
        file_uri: String,
        /// Its type.
        mime_type: Option<String>,
    }
}

wire! {
    /// A function that the model asks for.
    FunctionCall {
        /// Which of several calls it is.
        id: Option<String>,
        /// The function.
        name: String,
        /// Its arguments.
        args: Map<String, Value>,
    }
}

wire! {
    /// What a function returned.
    FunctionResponse {
        /// The call's id.
        id: Option<String>,
        /// The function.
        name: String,
        /// What it returned: an object.
        response: Map<String, Value>,
    }
}

wire! {
    /// Code that the model ran.
    ExecutableCode {
        /// Which of several it is.
        id: Option<String>,
        /// Such as `PYTHON`.
        language: String,
        /// The code.
        code: String,
    }
}

wire! {
    /// What code has come to.
    CodeExecutionResult {
        /// The code's id.
        id: Option<String>,
        /// How it ended.
        outcome: Option<Outcome>,
        /// What it printed.
        output: Option<String>,
    }
}

impl Part {
    /// Returns a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Returns bytes of this type.
    pub fn bytes(mime_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        use base64::Engine as _;
        let data = base64::prelude::BASE64_STANDARD.encode(bytes);
        let blob = Blob { mime_type: mime_type.into(), data, ..Blob::default() };
        Self { inline_data: Some(blob), ..Self::default() }
    }

    /// Returns a file that Google has, by its address.
    pub fn file(file_uri: impl Into<String>, mime_type: impl Into<String>) -> Self {
        let (file_uri, mime_type) = (file_uri.into(), Some(mime_type.into()));
        let file = FileData { file_uri, mime_type, ..FileData::default() };
        Self { file_data: Some(file), ..Self::default() }
    }

    /// Says whether it is a thought, not the answer.
    #[must_use]
    pub fn is_thought(&self) -> bool {
        self.thought == Some(true)
    }

    /// Returns the text, if it is one of the answer's.
    #[must_use]
    pub fn answer_text(&self) -> Option<&str> {
        self.text.as_deref().filter(|_| !self.is_thought())
    }

    /// Says whether it is a text and nothing else, so that a text after it may be joined to it.
    pub(crate) fn is_bare_text(&self) -> bool {
        matches!(self, Self {
            text: Some(_),
            inline_data: None,
            file_data: None,
            function_call: None,
            function_response: None,
            executable_code: None,
            code_execution_result: None,
            thought: _,
            thought_signature: None,
            other,
        } if other.is_empty())
    }

    /// Says whether it is nothing but a thought signature, or nothing at all.
    pub(crate) fn is_bare_signature(&self) -> bool {
        matches!(self, Self {
            text: None,
            inline_data: None,
            file_data: None,
            function_call: None,
            function_response: None,
            executable_code: None,
            code_execution_result: None,
            thought: None,
            thought_signature: _,
            other,
        } if other.is_empty())
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
