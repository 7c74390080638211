//! Tools that Google runs: they are named in the request, and their parts come back in the answer.

use super::{CallingMode, FunctionCallingConfig, Generate};
use serde_json::{Value, json};

impl Generate<'_> {
    /// Lets the model search with Google; where the answer is from is in the candidate's `grounding_metadata`.
    pub fn google_search(self) -> Self {
        self.tool(json!({"googleSearch": {}}))
    }

    /// Lets the model read the addresses that stand in the prompt.
    pub fn url_context(self) -> Self {
        self.tool(json!({"urlContext": {}}))
    }

    /// Lets the model write and run Python.
    pub fn code_execution(self) -> Self {
        self.tool(json!({"codeExecution": {}}))
    }

    /// Lets the model search these File Search stores (`fileSearchStores/...`).
    pub fn file_search(self, stores: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let stores: Vec<String> = stores.into_iter().map(Into::into).collect();
        self.tool(json!({"fileSearch": {"fileSearchStoreNames": stores}}))
    }

    /// Adds a tool as it stands on the wire.
    pub fn tool(mut self, tool: Value) -> Self {
        self.request.tools.push(tool);
        self
    }

    /// Says whether the model calls functions.
    pub fn calling(mut self, mode: CallingMode) -> Self {
        let config = FunctionCallingConfig { mode: Some(mode), ..FunctionCallingConfig::default() };
        let tools = self.request.tool_config.get_or_insert_default();
        tools.function_calling_config = Some(config);
        self
    }
}
