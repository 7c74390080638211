//! Work that Google does in its own time: asked about by name, waited for, cancelled.
//!
//! Specification: google.longrunning.Operation.

use crate::models::is_model_id;
use crate::wire::wire;
use crate::{Client, Error, waiting};
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

wire! {
    /// Work of Google's.
    Operation {
        /// Its name, by which it is found again.
        name: String,
        /// What is known about it.
        metadata: Option<Value>,
        /// Whether it has ended.
        done: Option<bool>,
        /// Why it has failed: a `google.rpc.Status`.
        error: Option<Value>,
        /// What has come of it.
        response: Option<Value>,
    }
}

impl Operation {
    /// Says whether it has ended, well or not.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done == Some(true)
    }

    /// Returns what has come of it; none while it has not ended.
    ///
    /// # Errors
    /// The failure of the work, as Google words it, and a result of another form.
    pub fn result<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        if let Some(error) = &self.error {
            let body = serde_json::json!({"error": error}).to_string();
            return Err(Error::from_operation(body.as_bytes()));
        }
        let response = self.response.clone().filter(|_| self.is_done());
        response
            .map(|value| serde_json::from_value(value).map_err(|_| Error::not_the_json()))
            .transpose()
    }

    /// Asks how it is now.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn poll(&self, client: &Client) -> Result<Self, Error> {
        client.operation(&self.name).await
    }

    /// Waits until it has ended, at most so long.
    ///
    /// # Errors
    /// Those of [`Operation::poll`], and the end of the time ([`Error::is_late`]).
    pub async fn wait(&self, client: &Client, limit: Duration) -> Result<Self, Error> {
        if self.is_done() {
            return Ok(self.clone());
        }
        waiting::until(limit, || async {
            let now = self.poll(client).await?;
            Ok(now.is_done().then_some(now))
        })
        .await
    }

    /// Ends it before its end.
    ///
    /// # Errors
    /// Those of [`Operation::poll`].
    pub async fn cancel(&self, client: &Client) -> Result<(), Error> {
        let path = format!("{}:cancel", checked(&self.name)?);
        client
            .request(Method::POST, &path)
            .json(&serde_json::json!({}))
            .send::<Value>()
            .await
            .map(|_| ())
    }
}

impl Client {
    /// Returns the work of this name, such as `batches/...` or `fileSearchStores/.../operations/...`.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn operation(&self, name: &str) -> Result<Operation, Error> {
        self.request(Method::GET, checked(name)?).send().await
    }
}

/// A name is a path of ids; see [`is_model_id`].
fn checked(name: &str) -> Result<&str, Error> {
    let is_name = name.contains('/') && name.split('/').all(is_model_id);
    is_name.then_some(name).ok_or_else(|| Error::invalid_name("an operation", name))
}
