//! Embeddings and models.

use super::{json, refused, stamp};
use hallpass_agent::openai::{Call, Refusal, translate};
use http::Method;
use serde_json::{Value, json as literal};

fn embed(body: &str) -> Result<Call, Refusal> {
    translate(&Method::POST, "embeddings", body.as_bytes())
}

fn get(path: &str) -> Call {
    translate(&Method::GET, path, b"").expect("a call")
}

#[test]
fn a_text_and_a_list_of_texts_are_one_batch() {
    let call =
        embed(r#"{"model":"gemini-embedding-001","input":"a","user":"ada"}"#).expect("a call");
    assert_eq!(
        (call.method, call.path.as_str()),
        (Method::POST, "models/gemini-embedding-001:batchEmbedContents")
    );
    let want = r#"{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]}}]}"#;
    assert_eq!(json(&call.bodies[0]), json(want));
    let call = embed(
        r#"{"model":"models/e","input":["a","b"],"dimensions":256,"encoding_format":"float"}"#,
    )
    .expect("a call");
    let want = r#"{"requests":[
        {"model":"models/e","content":{"parts":[{"text":"a"}]},"outputDimensionality":256},
        {"model":"models/e","content":{"parts":[{"text":"b"}]},"outputDimensionality":256}]}"#;
    assert_eq!(json(&call.bodies[0]), json(want));
}

#[test]
fn vectors_are_numbers_or_the_base64_that_openais_sdk_asks_for() {
    let reply = r#"{"embeddings":[{"values":[0.5,-1]},{"values":[0,2]}],"usageMetadata":{"promptTokenCount":4}}"#;
    let floats = embed(r#"{"model":"e","input":["a","b"]}"#).expect("a call").answer;
    let want = r#"{"object":"list","data":[
        {"object":"embedding","index":0,"embedding":[0.5,-1]},{"object":"embedding","index":1,"embedding":[0,2]}],
        "model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    assert_eq!(json(floats.whole(&[reply], &stamp()).expect("an answer")), json(want));
    let coded = embed(r#"{"model":"e","input":["a","b"],"encoding_format":"base64"}"#)
        .expect("a call")
        .answer;
    let got = json(coded.whole(&[reply], &stamp()).expect("an answer"));
    // 0.5 is 0x3f000000, -1 is 0xbf800000, 2 is 0x40000000; the lowest byte comes first.
    assert_eq!(got["data"][0]["embedding"], "AAAAPwAAgL8=");
    assert_eq!(got["data"][1]["embedding"], "AAAAAAAAAEA=");
}

#[test]
fn more_texts_than_google_takes_at_once_are_several_requests_in_order() {
    let texts: Vec<String> = (0..250).map(|number| format!("t{number}")).collect();
    let call = embed(&literal!({"model": "e", "input": texts}).to_string()).expect("a call");
    let sizes: Vec<usize> = call
        .bodies
        .iter()
        .map(|body| json(body)["requests"].as_array().expect("a list").len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(json(&call.bodies[2])["requests"][49]["content"]["parts"][0]["text"], "t249");
    let mut next = 0;
    let replies: Vec<String> = sizes
        .iter()
        .map(|size| {
            let vectors: Vec<Value> =
                (next..next + size).map(|number| literal!({"values": [number]})).collect();
            next += size;
            literal!({"embeddings": vectors, "usageMetadata": {"promptTokenCount": 1}}).to_string()
        })
        .collect();
    let got = json(call.answer.whole(&replies, &stamp()).expect("an answer"));
    assert_eq!(
        got["data"][249],
        literal!({"object": "embedding", "index": 249, "embedding": [249]})
    );
    assert_eq!(got["usage"]["total_tokens"], 3);
    // One reply less is an error, not a shorter list.
    assert_eq!(call.answer.whole(&replies[..2], &stamp()).expect_err("a refusal").status(), 502);
}

#[test]
fn what_cannot_be_embedded_is_named() {
    for (body, param) in [
        (r#"{"model":"e"}"#, "input"),
        (r#"{"model":"e","input":[]}"#, "input"),
        (r#"{"model":"e","input":""}"#, "input"),
        (r#"{"model":"e","input":[1,2,3]}"#, "input"),
        (r#"{"model":"e","input":[[1,2],[3]]}"#, "input"),
        (r#"{"model":"e","input":"a","encoding_format":"hex"}"#, "encoding_format"),
        (r#"{"model":"e","input":"a","dimensions":-1}"#, "dimensions"),
        (r#"{"model":"e","input":"a","task":"x"}"#, "task"),
        (r#"{"input":"a"}"#, "model"),
    ] {
        let (status, error) = refused(embed(body));
        assert_eq!((status, &error["error"]["param"]), (400, &param.into()), "{body}");
    }
}

#[test]
fn models_are_listed_and_described() {
    let call = get("models");
    assert_eq!(
        (call.method, call.path.as_str(), call.bodies),
        (Method::GET, "models?pageSize=1000", vec![vec![]])
    );
    let reply = r#"{"models":[{"name":"models/a","displayName":"A","inputTokenLimit":1},{"name":"models/b"}]}"#;
    let want = r#"{"object":"list","data":[
        {"id":"models/a","object":"model","created":0,"owned_by":"google","display_name":"A"},
        {"id":"models/b","object":"model","created":0,"owned_by":"google"}]}"#;
    assert_eq!(json(call.answer.whole(&[reply], &stamp()).expect("an answer")), json(want));
    assert_eq!(
        json(call.answer.whole(&["{}"], &stamp()).expect("an answer")),
        json(r#"{"object":"list","data":[]}"#)
    );
    for path in ["models/a", "models/models/a", "/models/models%2Fa"] {
        let call = get(path);
        assert_eq!((call.method, call.path.as_str()), (Method::GET, "models/a"), "{path}");
        let got = call.answer.whole(&[r#"{"name":"models/a"}"#], &stamp()).expect("an answer");
        assert_eq!(
            json(got),
            json(r#"{"id":"models/a","object":"model","created":0,"owned_by":"google"}"#)
        );
    }
    assert_eq!(refused(translate(&Method::GET, "models/..%2Ffiles", b"")).0, 404);
    assert_eq!(
        get("models")
            .answer
            .whole(&[r#"{"models":[{}]}"#], &stamp())
            .expect_err("a refusal")
            .status(),
        502
    );
}
