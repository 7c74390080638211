//! One function of the program: its name, what it is for, what it takes, and how it is called.

use crate::Error;
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The proto says so; Google's SDKs say 128.
const LONGEST_NAME: usize = 64;

type Calling = Pin<Box<dyn Future<Output = Result<Value, String>> + Send>>;

/// A function that a model may call.
#[derive(Clone)]
pub struct Tool {
    pub(super) name: String,
    description: String,
    schema: Value,
    call: Arc<dyn Fn(Map<String, Value>) -> Calling + Send + Sync>,
}

impl Tool {
    /// Makes a tool of a closure and the JSON Schema of its argument.
    pub fn new<A, F, T, E>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: Value,
        call: impl Fn(A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        let call = move |arguments: Map<String, Value>| -> Calling {
            let arguments = match serde_json::from_value(Value::Object(arguments)) {
                Ok(arguments) => arguments,
                Err(error) => {
                    let error = format!("the arguments do not fit: {error}");
                    return Box::pin(async { Err(error) });
                }
            };
            let answer = call(arguments);
            Box::pin(async move {
                let value = answer.await.map_err(|error| error.to_string())?;
                serde_json::to_value(value).map_err(|error| error.to_string())
            })
        };
        let (name, description) = (name.into(), description.into());
        Self { name, description, schema, call: Arc::new(call) }
    }

    /// Makes a tool of a closure; the schema is that of its argument's type.
    #[cfg(feature = "schemars")]
    pub fn typed<A, F, T, E>(
        name: impl Into<String>,
        description: impl Into<String>,
        call: impl Fn(A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned + schemars::JsonSchema,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        Self::new(name, description, crate::generate::schema_of::<A>(), call)
    }

    /// Returns its declaration on the wire.
    pub(super) fn declaration(&self) -> Result<Value, Error> {
        let starts =
            self.name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        if !starts || self.name.len() > LONGEST_NAME || !self.name.bytes().all(goes_on) {
            return Err(Error::not_sent("a tool has a name that Google does not take"));
        }
        if !self.schema.is_object() {
            return Err(Error::not_sent("a tool has a schema that is no object"));
        }
        Ok(json!({
            "name": self.name, "description": self.description, "parametersJsonSchema": self.schema,
        }))
    }

    /// Calls it; whatever goes wrong is a text for the model.
    pub(super) async fn call(
        &self,
        arguments: Map<String, Value>,
        limit: Duration,
    ) -> Result<Value, String> {
        let call = AssertUnwindSafe(async { (self.call)(arguments).await }).catch_unwind();
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err("the function has panicked".to_owned()),
            Err(_) => Err("the function takes too long".to_owned()),
        }
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).finish_non_exhaustive()
    }
}
