//! Each client behind the same three calls: ask, open a stream, take its next piece.

use crate::Result;
use bytes::Bytes;
use futures_util::StreamExt;
use gemini_rust::{Gemini, GenerationStream};
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest, ChatStream, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint, ProviderConfig};
use hallpass_gemini::generate::{AnswerStream, Event, Response};
use hallpass_gemini::{ApiKey, Client, Events};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rig_core::providers::gemini::{Gemini as RigGemini, GeminiConfig};
use rig_core::streaming::{Item, StreamEvent, Streamed};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::future::Future;

pub const PROMPT: &str = "Why is the sky blue?";
const KEY: &str = "AQ.bench";
const MODEL: &str = "gemini-bench";

/// A client of the Gemini API.
pub trait Peer: Sized {
    const NAME: &'static str;
    type Held;
    fn new(base: &str) -> impl Future<Output = Result<Self>>;
    /// Asks once and returns the length of the text.
    fn ask(&self) -> impl Future<Output = Result<usize>>;
    fn open(&self, model: &str) -> impl Future<Output = Result<Self::Held>>;
    /// Returns the length of the next text; none at the end.
    fn next(held: &mut Self::Held) -> impl Future<Output = Result<Option<usize>>>;
}

/// One connection of hyper, and serde_json's `Value`: what any client has to do.
pub struct Bare(RefCell<SendRequest<Full<Bytes>>>, String);

pub struct BareStream(Incoming, usize);

impl Bare {
    async fn send(&self, model: &str, method: &str) -> Result<hyper::Response<Incoming>> {
        let body = json!({"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]}).to_string();
        let request = hyper::Request::post(format!("/v1beta/models/{model}:{method}"))
            .header("host", &self.1)
            .header("content-type", "application/json")
            .header("x-goog-api-key", KEY)
            .body(Full::from(body))?;
        let sent = self.0.borrow_mut().send_request(request);
        Ok(sent.await?)
    }
}

impl Peer for Bare {
    const NAME: &'static str = "a bare hyper call";
    type Held = BareStream;

    async fn new(base: &str) -> Result<Self> {
        let host = base.trim_start_matches("http://").to_owned();
        let stream = tokio::net::TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(RefCell::new(sender), host))
    }

    async fn ask(&self) -> Result<usize> {
        let body = self.send(MODEL, "generateContent").await?.collect().await?.to_bytes();
        let value: Value = serde_json::from_slice(&body)?;
        let text = value["candidates"][0]["content"]["parts"][0]["text"].as_str();
        Ok(text.ok_or("no text")?.len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        let reply = self.send(model, "streamGenerateContent?alt=sse").await?;
        Ok(BareStream(reply.into_body(), 0))
    }

    /// Finds the ends of the frames, and reads nothing.
    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        while held.1 == 0 {
            let Some(frame) = held.0.frame().await else { return Ok(None) };
            let Ok(data) = frame?.into_data() else { continue };
            held.1 += data.iter().filter(|byte| **byte == b'\r').count() / 2;
        }
        held.1 -= 1;
        Ok(Some(11))
    }
}

pub struct Hallpass(Client);

fn hallpass(base: &str) -> Result<Client> {
    Ok(Client::builder(ApiKey::new(KEY.to_owned())?).base_url(base).build())
}

impl Peer for Hallpass {
    const NAME: &'static str = "hallpass-gemini";
    type Held = AnswerStream;

    async fn new(base: &str) -> Result<Self> {
        Ok(Self(hallpass(base)?))
    }

    async fn ask(&self) -> Result<usize> {
        Ok(self.0.generate(MODEL, PROMPT).await?.text()?.len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        Ok(self.0.model(model).content(PROMPT).stream().await?)
    }

    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        Ok(match held.next().await.transpose()? {
            Some(Event::Text(text)) => Some(text.len()),
            Some(_) => Some(0),
            None => None,
        })
    }
}

/// The same client, frame by frame, without the whole answer at the end.
pub struct HallpassEvents(Client);

impl Peer for HallpassEvents {
    const NAME: &'static str = "hallpass-gemini, frames alone";
    type Held = Events<Response>;

    async fn new(base: &str) -> Result<Self> {
        Ok(Self(hallpass(base)?))
    }

    async fn ask(&self) -> Result<usize> {
        Ok(self.0.generate(MODEL, PROMPT).await?.text()?.len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        let path = format!("models/{model}:streamGenerateContent");
        let body = json!({"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]});
        let request = self.0.request(hyper::Method::POST, &path).json(&body);
        Ok(request.stream().await?)
    }

    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        let frame = held.next().await.transpose()?;
        Ok(frame.map(|frame| frame.text_so_far().len()))
    }
}

pub struct Genai(genai::Client);

impl Peer for Genai {
    const NAME: &'static str = "genai 0.7.2";
    type Held = ChatStream;

    async fn new(base: &str) -> Result<Self> {
        let endpoint = Endpoint::from_owned(format!("{base}/v1beta/"));
        let provider =
            ProviderConfig::from_endpoint(endpoint).with_auth(AuthData::from_single(KEY));
        let client = genai::Client::builder().append_provider_config(AdapterKind::Gemini, provider);
        Ok(Self(client.build()?))
    }

    async fn ask(&self) -> Result<usize> {
        let request = ChatRequest::new(vec![ChatMessage::user(PROMPT)]);
        let answer = self.0.exec_chat(MODEL, request, None).await?;
        Ok(answer.first_text().ok_or("no text")?.len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        let request = ChatRequest::new(vec![ChatMessage::user(PROMPT)]);
        Ok(self.0.exec_chat_stream(model, request, None).await?.stream)
    }

    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        loop {
            return Ok(match held.next().await.transpose()? {
                Some(ChatStreamEvent::Chunk(chunk)) => Some(chunk.content.len()),
                Some(_) => continue,
                None => None,
            });
        }
    }
}

pub struct GeminiRust(Gemini, String);

#[expect(deprecated, reason = "its newer calls are of another API of Google's")]
impl Peer for GeminiRust {
    const NAME: &'static str = "gemini-rust 2.1.0";
    type Held = GenerationStream;

    async fn new(base: &str) -> Result<Self> {
        Ok(Self(gemini_rust(base, MODEL)?, base.to_owned()))
    }

    async fn ask(&self) -> Result<usize> {
        let answer = self.0.generate_content().with_user_message(PROMPT).execute().await?;
        Ok(answer.text().len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        let client = gemini_rust(&self.1, model)?;
        Ok(client.generate_content().with_user_message(PROMPT).execute_stream().await?)
    }

    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        Ok(held.next().await.transpose()?.map(|frame| frame.text().len()))
    }
}

fn gemini_rust(base: &str, model: &str) -> Result<Gemini> {
    let base = format!("{base}/v1beta/").parse()?;
    let model = gemini_rust::Model::Custom(format!("models/{model}"));
    Ok(Gemini::with_model_and_base_url(KEY, model, base)?)
}

pub struct Rig(RigGemini);

impl Peer for Rig {
    const NAME: &'static str = "rig-core 0.44.0";
    type Held = Streamed<rig_core::operation::Completion>;

    async fn new(base: &str) -> Result<Self> {
        Ok(Self(GeminiConfig::new(KEY).with_base_url(base).client()))
    }

    async fn ask(&self) -> Result<usize> {
        Ok(self.0.completion(MODEL).call(PROMPT).await?.text().len())
    }

    async fn open(&self, model: &str) -> Result<Self::Held> {
        Ok(self.0.completion(model).stream(PROMPT)?)
    }

    async fn next(held: &mut Self::Held) -> Result<Option<usize>> {
        loop {
            return Ok(match held.next().await.transpose()? {
                Some(Item::Event(StreamEvent::Text { text, .. })) => Some(text.len()),
                Some(_) => continue,
                None => None,
            });
        }
    }
}
