//! Cached contents: made, kept, ended, and used by requests to generate.

use crate::files::{OTHER_KEY, two_projects};
use crate::generate::flat;
use crate::stores::post;
use crate::uploads::{KEY, upload};
use crate::wire::{Reply, approving, get, send};
use hallpass_emulator::Emulator;
use std::time::Duration;

/// 1,025 tokens: 4,099 letters.
fn long() -> String {
    format!("The keeper was Ida Lewis. {}x", "word ".repeat(814) + "ab")
}

fn create(emulator: &Emulator, more: &str) -> Reply {
    let body = format!(
        r#"{{"model":"models/gemini-2.5-flash","contents":[{{"role":"user","parts":[{{"text":"{}"}}]}}]{more}}}"#,
        long()
    );
    post(emulator, "cachedContents", &body)
}

fn read(emulator: &Emulator, name: &str) -> Reply {
    get(emulator, &format!("/v1beta/{name}"), KEY)
}

fn patch(emulator: &Emulator, target: &str, body: &str) -> Reply {
    send(emulator, &format!("PATCH /v1beta/{target}"), KEY, body)
}

fn ask(emulator: &Emulator, model: &str, name: &str, more: &str) -> Reply {
    let body = format!(
        r#"{{"cachedContent":"{name}","contents":[{{"parts":[{{"text":"Who was the keeper?"}}]}}]{more}}}"#
    );
    post(emulator, &format!("models/{model}:generateContent"), &body)
}

#[test]
fn cache_has_the_fields_of_the_discovery_document_and_not_its_contents() {
    let emulator = approving();
    let made = create(&emulator, r#","displayName":"guide","ttl":"300s""#);
    let (name, created) = (made.field("name"), made.field("createTime"));
    let expires = made.field("expireTime");
    let expected = format!(
        r#"{{"name":"{name}","model":"models/gemini-2.5-flash","createTime":"{created}","updateTime":"{created}","expireTime":"{expires}","displayName":"guide","usageMetadata":{{"totalTokenCount":1025}}}}"#
    );
    assert_eq!((made.status, flat(&made)), (200, expected.clone()));
    assert!(name.len() == "cachedContents/".len() + 12);
    assert_eq!(flat(&read(&emulator, &name)), expected);
    assert_eq!(
        flat(&read(&emulator, "cachedContents")),
        format!(r#"{{"cachedContents":[{expected}]}}"#)
    );
    let deleted = send(&emulator, &format!("DELETE /v1beta/{name}"), KEY, "");
    assert_eq!((deleted.status, flat(&deleted)), (200, "{}".into()));
    let gone = r#"{"error":{"code":403,"message":"CachedContent not found (or permission denied)","status":"PERMISSION_DENIED"}}"#;
    assert_eq!(flat(&read(&emulator, &name)), gone);
}

#[test]
fn cache_ends_by_the_clock_unless_it_is_kept_longer() {
    let emulator = approving();
    let status = |name: &str| read(&emulator, name).status;
    let hour = create(&emulator, "").field("name");
    let short = create(&emulator, r#","ttl":"60.5s""#).field("name");
    emulator.advance(Duration::from_secs(30));
    let kept = patch(&emulator, &format!("{short}?updateMask=ttl"), r#"{"ttl":"600s"}"#);
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_ne!(kept.field("updateTime"), kept.field("createTime"));
    emulator.advance(Duration::from_secs(60));
    assert_eq!(status(&short), 200);
    emulator.advance(Duration::from_secs(3600 - 120));
    assert_eq!((status(&short), status(&hour)), (403, 200));
    emulator.advance(Duration::from_secs(60));
    assert_eq!((status(&hour), flat(&read(&emulator, "cachedContents"))), (403, "{}".into()));
}

#[test]
fn end_of_a_cache_may_be_a_time_and_nothing_else_can_be_changed() {
    let emulator = approving();
    let name = create(&emulator, r#","expireTime":"2100-01-01T00:00:00Z""#).field("name");
    assert_eq!(read(&emulator, &name).field("expireTime"), "2100-01-01T00:00:00.000000Z");
    let moved = patch(&emulator, &name, r#"{"expire_time":"2099-01-01T00:00:00Z"}"#);
    assert_eq!(moved.field("expireTime"), "2099-01-01T00:00:00.000000Z");
    for (target, body) in [
        (format!("{name}?updateMask=displayName"), r#"{"displayName":"x","ttl":"1s"}"#),
        (name.clone(), r#"{"displayName":"x","ttl":"1s"}"#),
        (name.clone(), "{}"),
        (name.clone(), r#"{"ttl":"1"}"#),
        (name.clone(), r#"{"ttl":"-1s"}"#),
        (name.clone(), r#"{"expireTime":"2001-01-01T00:00:00Z"}"#),
        (name.clone(), r#"{"expireTime":"soon"}"#),
        (name.clone(), r#"{"ttl":"1s","expireTime":"2100-01-01T00:00:00Z"}"#),
    ] {
        assert_eq!(patch(&emulator, &target, body).status, 400, "{target} {body}");
    }
    assert_eq!(patch(&emulator, "cachedContents/none", r#"{"ttl":"1s"}"#).status, 403);
}

#[test]
fn answer_comes_from_what_is_cached_and_counts_it() {
    let emulator = approving();
    let name = create(&emulator, r#","displayName":"guide""#).field("name");
    let reply = ask(&emulator, "gemini-2.5-flash", &name, "");
    assert_eq!(reply.field("text"), "guide: “The keeper was Ida Lewis.”", "{}", reply.body);
    let usage = r#""promptTokenCount":1030,"cachedContentTokenCount":1025,"#;
    assert!(flat(&reply).contains(usage), "{}", reply.body);
    assert!(
        flat(&reply).contains(r#""cacheTokensDetails":[{"modality":"TEXT","tokenCount":1025}]"#)
    );
    let body = format!(
        r#"{{"generateContentRequest":{{"model":"models/gemini-2.5-flash","cachedContent":"{name}","contents":[{{"parts":[{{"text":"Who was the keeper?"}}]}}]}}}}"#
    );
    let counted = post(&emulator, "models/gemini-2.5-flash:countTokens", &body);
    assert!(
        flat(&counted).starts_with(r#"{"totalTokens":1030,"cachedContentTokenCount":1025,"#),
        "{}",
        counted.body
    );
}

#[test]
fn request_with_a_cache_that_does_not_fit_is_refused() {
    let emulator = approving();
    let name = create(&emulator, "").field("name");
    let refused = |model: &str, name: &str, more: &str| {
        let reply = ask(&emulator, model, name, more);
        (reply.status, reply.field("message"))
    };
    let other = "Model used by GenerateContent request (models/gemini-2.5-pro) and CachedContent (models/gemini-2.5-flash) has to be the same.";
    assert_eq!(refused("gemini-2.5-pro", &name, ""), (400, other.into()));
    let both = "CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\\n\\nProposed fix: move those values to CachedContent from GenerateContent request.";
    for own in [
        r#","systemInstruction":{"parts":[{"text":"a"}]}"#,
        r#","tools":[{"googleSearch":{}}]"#,
        r#","toolConfig":{}"#,
    ] {
        assert_eq!(refused("gemini-2.5-flash", &name, own), (400, both.into()), "{own}");
    }
    let gone = (403, "CachedContent not found (or permission denied)".to_owned());
    assert_eq!(refused("gemini-2.5-flash", "cachedContents/none", ""), gone);
    emulator.advance(Duration::from_secs(3600));
    assert_eq!(refused("gemini-2.5-flash", &name, ""), gone);
}

#[test]
fn functions_of_a_cache_can_be_called() {
    let emulator = approving();
    let tools = r#","tools":[{"functionDeclarations":[{"name":"look"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#;
    let name = create(&emulator, tools).field("name");
    let reply = ask(&emulator, "gemini-2.5-flash", &name, "");
    assert!(
        flat(&reply).contains(r#""functionCall":{"args":{},"#) && reply.body.contains("look"),
        "{}",
        reply.body
    );
}

#[test]
fn cache_that_is_too_small_or_too_much_is_refused() {
    let emulator = approving();
    let small = |model: &str| {
        let body =
            format!(r#"{{"model":"{model}","contents":[{{"parts":[{{"text":"short"}}]}}]}}"#);
        post(&emulator, "cachedContents", &body)
    };
    let words = "Cached content is too small. total_token_count=2, min_total_token_count=1024";
    assert_eq!(small("models/gemini-2.5-flash").field("message"), words);
    assert_eq!(small("models/none").status, 404);
    assert_eq!(small("").status, 400);
    let long = create(&emulator, &format!(r#","displayName":"{}""#, "a".repeat(129)));
    assert_eq!(long.status, 400);
    emulator.update_config(|config| config.caching.min_tokens = 1026);
    assert_eq!(create(&emulator, "").status, 400);
    emulator.update_config(|config| config.caching.min_tokens = 1025);
    emulator.update_config(|config| config.caching.most_tokens = Some(2000));
    assert_eq!(create(&emulator, "").status, 200);
    let much = create(&emulator, "");
    let words = "TotalCachedContentStorageTokensPerModelFreeTier limit exceeded for model gemini-2.5-flash: limit=2000, requested=2050";
    assert_eq!((much.status, much.field("message")), (429, words.into()));
    emulator.update_config(|config| config.caching.min_tokens = 2);
    assert_eq!(small("gemini-2.5-pro").status, 200);
}

#[test]
fn uploaded_text_counts_in_a_cache_and_is_quoted() {
    let emulator = approving();
    let uri = upload(&emulator, "text/plain", "guide.txt", &long()).field("uri");
    let body = format!(
        r#"{{"model":"models/gemini-2.5-flash","contents":[{{"parts":[{{"fileData":{{"mimeType":"text/plain","fileUri":"{uri}"}}}}]}}]}}"#
    );
    let made = post(&emulator, "cachedContents", &body);
    // 258 for the file and 1,025 for its text.
    assert!(flat(&made).contains(r#""totalTokenCount":1283"#), "{}", made.body);
    let reply = ask(&emulator, "gemini-2.5-flash", &made.field("name"), "");
    assert_eq!(reply.field("text"), "guide.txt: “The keeper was Ida Lewis.”");
    let usage = r#""promptTokenCount":1288,"cachedContentTokenCount":1283,"#;
    assert!(flat(&reply).contains(usage), "{}", reply.body);
    let missing = body.replace("/files/", "/files/x");
    assert_eq!(post(&emulator, "cachedContents", &missing).status, 403);
}

#[test]
fn cache_of_another_project_is_no_permission() {
    let emulator = two_projects();
    let name = create(&emulator, "").field("name");
    let generate = format!(
        r#"{{"cachedContent":"{name}","contents":[{{"parts":[{{"text":"Who was the keeper?"}}]}}]}}"#
    );
    for (line, body) in [
        (format!("GET /v1beta/{name}"), ""),
        (format!("PATCH /v1beta/{name}"), r#"{"ttl":"600s"}"#),
        (format!("DELETE /v1beta/{name}"), ""),
        ("POST /v1beta/models/gemini-2.5-flash:generateContent".into(), generate.as_str()),
    ] {
        let reply = send(&emulator, &line, OTHER_KEY, body);
        let words = "CachedContent not found (or permission denied)";
        assert_eq!((reply.status, reply.field("message")), (403, words.into()), "{line}");
    }
    assert_eq!(flat(&get(&emulator, "/v1beta/cachedContents", OTHER_KEY)), "{}");
    // What one project keeps is not counted for the other.
    emulator.update_config(|config| config.caching.most_tokens = Some(1030));
    let body = format!(
        r#"{{"model":"models/gemini-2.5-flash","contents":[{{"parts":[{{"text":"{}"}}]}}]}}"#,
        long()
    );
    assert_eq!(send(&emulator, "POST /v1beta/cachedContents", OTHER_KEY, &body).status, 200);
    assert_eq!(read(&emulator, &name).status, 200);
}
