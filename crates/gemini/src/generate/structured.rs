//! Answers of a form: a JSON Schema goes out, a type comes back.
//!
//! Not here: whether the schema is one that Google takes; it takes a subset, and says so (400).

use super::{Generate, schema};
use crate::Error;
use serde::de::DeserializeOwned;
use serde_json::Value;

impl Generate<'_> {
    /// Asks for JSON that satisfies this schema; see [`Generate::send_as`]. One that cannot be a schema is not sent
    /// ([`Error::is_not_sent`]).
    pub fn json_schema(mut self, schema: Value) -> Self {
        if let Err(what) = schema::check(&schema) {
            self.call.mistake = Some(what.into());
        }
        self.config(|config| {
            config.response_mime_type = Some("application/json".to_owned());
            config.response_json_schema = Some(schema);
        })
    }

    /// Sends the question and reads the answer's text as JSON.
    ///
    /// # Errors
    /// Those of [`Generate::send`]; an answer without text ([`Error::no_text`]); a text of another form, which is kept
    /// ([`Error::partial`]).
    pub async fn send_as<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.send().await?;
        match answer.text() {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|_| Error::unexpected("it has another form").with_partial(answer)),
            Err(why) => Err(Error::from(why).with_partial(answer)),
        }
    }

    /// Asks for a value of this type, by its schema.
    ///
    /// ```no_run
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Recipe {
    ///     name: String,
    ///     minutes: u32,
    /// }
    ///
    /// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
    /// let question = client.model("gemini-flash-latest").content("a cake");
    /// let recipe: Recipe = question.generate_as().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`Generate::send_as`].
    #[cfg(feature = "schemars")]
    pub async fn generate_as<T: DeserializeOwned + schemars::JsonSchema>(self) -> Result<T, Error> {
        self.json_schema(schema_of::<T>()).send_as().await
    }
}

/// Returns the schema of a type, without the address of the specification.
#[cfg(feature = "schemars")]
pub(crate) fn schema_of<T: schemars::JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T);
    schema.remove("$schema");
    schema.to_value()
}
