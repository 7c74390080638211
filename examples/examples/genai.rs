//! Asks Gemini through genai: `cargo run -p hallpass-examples --example genai`.

use genai::chat::ChatRequest;
use genai::resolver::{AuthData, AuthResolver, Error as Refused};
use genai::{Client, Headers, ModelIden};
use hallpass::Credential;
use std::error::Error;
use std::pin::Pin;

type Answer = Pin<Box<dyn Future<Output = Result<Option<AuthData>, Refused>> + Send>>;

/// Signs each request of genai's; its own Gemini adapter knows API keys alone.
fn signed(credential: Credential, base: String) -> AuthResolver {
    AuthResolver::from_resolver_async_fn(move |model: ModelIden| -> Answer {
        let (credential, base) = (credential.clone(), base.clone());
        Box::pin(async move {
            let headers = credential.headers().await;
            let headers = headers.map_err(|error| Refused::Custom(error.to_string()))?;
            let texts = headers.iter().filter_map(|(name, value)| {
                Some((name.to_string(), value.to_str().ok()?.to_owned()))
            });
            let headers = Headers::from(texts.collect::<Vec<_>>());
            let url = format!("{base}/v1beta/models/{}:generateContent", model.model_name);
            Ok(Some(AuthData::RequestOverride { url, headers }))
        })
    })
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    // Without a TLS feature of its own, reqwest takes the process's; an error says that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().with_auth_resolver(signed(credential, google.url())).build()?;
    let question = ChatRequest::from_user("Why is the sky blue?");
    let answer = client.exec_chat("gemini-2.5-flash", question, None).await?;
    assert!(!answer.first_text().unwrap_or_default().is_empty());
    Ok(())
}
