//! What a subscriber is told of a call, with the names of OpenTelemetry, and what it is not told.

use crate::answer_stream::{A, END, frames};
use crate::generate::SKY;
use hallpass_testbed::{Server, json as answer};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps the fields of the newest span of this crate.
#[derive(Clone, Default)]
struct Fields(Arc<Mutex<BTreeMap<String, String>>>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}");
        self.0.lock().expect("fields").insert(field.name().to_owned(), value);
    }
}

impl Subscriber for Fields {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("hallpass_gemini")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.lock().expect("fields").clear();
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_call_is_a_span_with_the_names_of_opentelemetry_and_without_what_was_said() {
    let server = Server::start(|number, _| match number {
        0 => answer("200 OK", SKY),
        1 => frames(&[A, END]),
        _ => answer(
            "400 Bad Request",
            r#"{"error":{"code":400,"message":"marked","status":"INVALID_ARGUMENT"}}"#,
        ),
    })
    .await;
    let client = crate::client(server.origin());
    let fields = Fields::default();
    let _heard = tracing::subscriber::set_default(fields.clone());
    let has = |name: &str| fields.0.lock().expect("fields").get(name).cloned().unwrap_or_default();
    let question = || client.model("models/m").content("marked").max_output_tokens(9);
    question().send().await.expect("answer");
    for (name, value) in [
        ("otel.name", "\"chat m\""),
        ("gen_ai.operation.name", "\"chat\""),
        ("gen_ai.provider.name", "\"gcp.gemini\""),
        ("gen_ai.request.model", "\"m\""),
        ("gen_ai.request.max_tokens", "9"),
        ("gen_ai.response.model", "\"m-001\""),
        ("gen_ai.response.finish_reasons", "\"STOP\""),
        ("gen_ai.usage.input_tokens", "5"),
        ("gen_ai.usage.output_tokens", "3"),
        ("error.type", ""),
    ] {
        assert_eq!(has(name), value, "{name}");
    }
    question().stream().await.expect("a stream").finish().await.expect("answer");
    assert_eq!(has("gen_ai.response.model"), "\"m-1\"");
    question().send().await.expect_err("refused");
    assert_eq!(
        (has("error.type"), has("otel.status_code")),
        ("\"INVALID_ARGUMENT\"".to_owned(), "\"ERROR\"".to_owned())
    );
    let all = format!("{:?}", fields.0.lock().expect("fields"));
    assert!(!all.contains("marked"), "{all}");
}
