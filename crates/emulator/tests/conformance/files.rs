//! Files of the Gemini API: how they are shown, listed, processed, and how they end.

use crate::generate::flat;
use crate::uploads::{KEY, start, upload};
use crate::wire::{RETRIEVER, Reply, approving, get, send, sign_in};
use hallpass_emulator::{Config, Emulator, Processing};
use std::time::Duration;

pub(crate) const OTHER_KEY: &str = "x-goog-api-key: other-key\r\n";

/// An emulator with a second project, whose key is `other-key`.
pub(crate) fn two_projects() -> Emulator {
    let emulator = approving();
    emulator.update_config(|config| {
        let mut other = config.projects[0].clone();
        (other.id, other.number) = ("other-project".into(), 710_000_000_099);
        (other.api_keys, other.clients) = (vec!["other-key".into()], Vec::new());
        config.projects.push(other);
    });
    emulator
}

fn set(emulator: &Emulator, change: impl FnOnce(&mut Processing)) {
    emulator.update_config(|config: &mut Config| change(&mut config.processing));
}

/// Uploads a text and returns its name, `files/ID`.
fn text(emulator: &Emulator, display_name: &str) -> String {
    upload(emulator, "text/plain", display_name, "hello").field("name")
}

fn delete(emulator: &Emulator, name: &str) -> Reply {
    send(emulator, &format!("DELETE /v1beta/{name}"), KEY, "")
}

#[test]
fn uploaded_file_has_the_fields_of_the_discovery_document() {
    let emulator = approving();
    let reply = upload(&emulator, "text/plain", "a.txt", "hello");
    let (name, created) = (reply.field("name"), reply.field("createTime"));
    assert!(
        name.len() == "files/".len() + 12 && created.len() == "2026-11-27T06:50:44.123456Z".len()
    );
    let url = emulator.url();
    let (updated, ends) = (reply.field("updateTime"), reply.field("expirationTime"));
    let expected = format!(
        r#"{{"file":{{"name":"{name}","displayName":"a.txt","mimeType":"text/plain","sizeBytes":"5","createTime":"{created}","updateTime":"{updated}","expirationTime":"{ends}","sha256Hash":"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=","uri":"{url}/v1beta/{name}","state":"ACTIVE","source":"UPLOADED"}}}}"#
    );
    assert_eq!(flat(&reply), expected);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    let got = get(&emulator, &format!("/v1beta/{name}"), KEY);
    assert_eq!(format!(r#"{{"file":{}}}"#, flat(&got)), expected);
    emulator.update_config(|config| config.switches.file_hash_of_digits = true);
    let got = get(&emulator, &format!("/v1/{name}"), KEY);
    let digits =
        "MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOWUxYjE2MWU1YzFmYTc0MjVlNzMwNDMzNjI5MzhiOTgyNA==";
    assert_eq!(got.field("sha256Hash"), digits);
    assert_eq!(got.field("uri"), format!("{url}/v1/{name}"));
}

#[test]
fn files_open_to_keys_and_tokens_under_every_version() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let name = text(&emulator, "a");
    for version in ["v1", "v1beta", "v1alpha"] {
        for headers in [KEY, &bearer] {
            assert_eq!(get(&emulator, &format!("/{version}/{name}"), headers).status, 200);
        }
    }
    let none = get(&emulator, &format!("/v1beta/{name}"), "");
    assert_eq!((none.status, none.field("status")), (403, "PERMISSION_DENIED".into()));
    let cloud = sign_in(&emulator, crate::wire::CLOUD).field("access_token");
    let cloud = get(&emulator, "/v1beta/files", &format!("Authorization: Bearer {cloud}\r\n"));
    assert_eq!(cloud.field("reason"), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert!(cloud.body.contains("google.ai.generativelanguage.v1beta.FileService.ListFiles"));
}

#[test]
fn files_are_listed_in_pages_of_ten_newest_first() {
    let emulator = approving();
    let empty = get(&emulator, "/v1beta/files", KEY);
    assert_eq!((empty.status, flat(&empty)), (200, "{}".into()));
    let names: Vec<String> = (0..12).map(|number| text(&emulator, &format!("{number}"))).collect();
    let first = get(&emulator, "/v1beta/files", KEY);
    assert_eq!(first.body.matches("\"name\"").count(), 10);
    assert_eq!(first.field("name"), names[11]);
    // What is made or deleted between two pages moves nothing.
    text(&emulator, "12");
    assert_eq!(delete(&emulator, &names[5]).status, 200);
    let token = first.field("nextPageToken");
    let second = get(&emulator, &format!("/v1beta/files?pageToken={token}"), KEY);
    assert_eq!(second.body.matches("\"name\"").count(), 2);
    assert!(second.field("name") == names[1] && !second.body.contains("nextPageToken"));
    let all = get(&emulator, "/v1beta/files?page_size=1000", KEY);
    assert_eq!(all.body.matches("\"name\"").count(), 12);
    let one = get(&emulator, "/v1beta/files?pageSize=1", KEY);
    assert!(one.body.matches("\"name\"").count() == 1 && one.body.contains("nextPageToken"));
    for wrong in ["pageSize=-1", "pageSize=x", "pageToken=x", "filter=x"] {
        assert_eq!(get(&emulator, &format!("/v1beta/files?{wrong}"), KEY).status, 400, "{wrong}");
    }
}

#[test]
fn file_of_another_project_is_no_permission_as_one_that_is_not_there() {
    let emulator = two_projects();
    let name = text(&emulator, "a");
    let id = name.trim_start_matches("files/");
    let expected = |id: &str| {
        format!(
            r#"{{"error":{{"code":403,"message":"You do not have permission to access the File {id} or it may not exist.","status":"PERMISSION_DENIED"}}}}"#
        )
    };
    let foreign = get(&emulator, &format!("/v1beta/{name}"), OTHER_KEY);
    assert_eq!((foreign.status, flat(&foreign)), (403, expected(id)));
    let foreign = send(&emulator, &format!("DELETE /v1beta/{name}"), OTHER_KEY, "");
    assert_eq!(flat(&foreign), expected(id));
    assert_eq!(flat(&get(&emulator, "/v1beta/files", OTHER_KEY)), "{}");
    assert_eq!(flat(&get(&emulator, "/v1beta/files/none", KEY)), expected("none"));
    let deleted = delete(&emulator, &name);
    assert_eq!((deleted.status, flat(&deleted)), (200, "{}".into()));
    assert_eq!(flat(&delete(&emulator, &name)), expected(id));
}

#[test]
fn file_ends_after_forty_eight_hours() {
    let emulator = approving();
    let name = text(&emulator, "a");
    emulator.advance(Duration::from_secs(48 * 3600 - 60));
    assert_eq!(get(&emulator, &format!("/v1beta/{name}"), KEY).status, 200);
    emulator.advance(Duration::from_secs(60));
    assert_eq!(get(&emulator, &format!("/v1beta/{name}"), KEY).status, 403);
    assert_eq!(flat(&get(&emulator, "/v1beta/files", KEY)), "{}");
}

#[test]
fn video_is_processed_until_the_clock_or_enough_questions_end_it() {
    let emulator = approving();
    set(&emulator, |processing| (processing.seconds, processing.polls) = (60, Some(2)));
    let state = |name: &str| get(&emulator, &format!("/v1beta/{name}"), KEY).field("state");
    let polled = upload(&emulator, "video/mp4", "a", "x");
    assert_eq!(polled.field("state"), "PROCESSING");
    let polled = polled.field("name");
    let states = [state(&polled), state(&polled), state(&polled), state(&polled)];
    assert_eq!(states, ["PROCESSING", "PROCESSING", "ACTIVE", "ACTIVE"]);
    set(&emulator, |processing| processing.polls = None);
    let timed = upload(&emulator, "video/mp4", "a", "x").field("name");
    assert!((0..5).all(|_| state(&timed) == "PROCESSING"));
    emulator.advance(Duration::from_secs(60));
    assert_eq!(state(&timed), "ACTIVE");
    assert_eq!(upload(&emulator, "image/png", "a", "x").field("state"), "ACTIVE");
}

#[test]
fn file_fails_where_the_configuration_says_so() {
    let emulator = approving();
    set(&emulator, |processing| processing.fail = vec!["broken.txt".into(), "video/".into()]);
    let failed = upload(&emulator, "text/plain", "broken.txt", "x");
    assert_eq!(failed.field("state"), "FAILED");
    assert!(
        flat(&failed)
            .contains(r#""error":{"code":3,"message":"The file could not be processed."}"#)
    );
    assert_eq!(upload(&emulator, "text/plain", "a.txt", "x").field("state"), "ACTIVE");
    let video = upload(&emulator, "video/mp4", "a", "x");
    assert_eq!(video.field("state"), "PROCESSING");
    emulator.advance(Duration::from_secs(2));
    let video = get(&emulator, &format!("/v1beta/{}", video.field("name")), KEY);
    assert_eq!(video.field("state"), "FAILED");
}

#[test]
fn name_and_description_of_a_file_are_checked() {
    let emulator = approving();
    let begin = |file: &str| start(&emulator, KEY, "text/plain", Some(1), file);
    assert_eq!(begin(r#"{"file":{"name":"files/my-file-1"}}"#).status, 200);
    let long = "a".repeat(41);
    for name in ["my-file", "files/", "files/A", "files/-a", "files/a-", &format!("files/{long}")] {
        let reply = begin(&format!(r#"{{"file":{{"name":"{name}"}}}}"#));
        assert_eq!(
            (reply.status, reply.field("status")),
            (400, "INVALID_ARGUMENT".into()),
            "{name}"
        );
    }
    let long = "ä".repeat(513);
    assert_eq!(begin(&format!(r#"{{"file":{{"displayName":"{long}"}}}}"#)).status, 400);
    assert_eq!(begin(r#"{"file":{"emial":""}}"#).status, 400);
    let made = send(
        &emulator,
        "POST /v1beta/files",
        KEY,
        r#"{"file":{"name":"files/mine","display_name":"d"}}"#,
    );
    assert_eq!(
        (made.status, made.field("name"), made.field("sizeBytes")),
        (200, "files/mine".into(), "0".into())
    );
    let taken = begin(r#"{"file":{"name":"files/mine"}}"#);
    assert_eq!((taken.status, taken.field("status")), (409, "ALREADY_EXISTS".into()));
}

#[test]
fn objects_of_cloud_storage_are_registered_with_a_token_alone() {
    let emulator = approving();
    let ask =
        |headers: &str, body: &str| send(&emulator, "POST /v1beta/files:register", headers, body);
    let token = sign_in(&emulator, crate::wire::CLOUD).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let reply = ask(&bearer, r#"{"uris":["gs://bucket/a.pdf","gs://bucket/b/c"]}"#);
    assert_eq!(
        (reply.status, reply.field("uri")),
        (200, "gs://bucket/a.pdf".into()),
        "{}",
        reply.body
    );
    assert_eq!(
        (reply.field("source"), reply.body.matches("REGISTERED").count()),
        ("REGISTERED".into(), 2)
    );
    let key = ask(KEY, r#"{"uris":["gs://bucket/a.pdf"]}"#);
    assert_eq!((key.status, key.field("reason")), (401, "CREDENTIALS_MISSING".into()));
    for wrong in [
        r#"{}"#,
        r#"{"uris":["http://bucket/a"]}"#,
        r#"{"uris":["gs://bucket/"]}"#,
        r#"{"uris":[1]}"#,
    ] {
        assert_eq!(ask(&bearer, wrong).status, 400, "{wrong}");
    }
}

#[test]
fn uploaded_file_cannot_be_downloaded() {
    let emulator = approving();
    let name = text(&emulator, "a");
    for path in ["/v1beta", "/download/v1beta"] {
        let reply = get(&emulator, &format!("{path}/{name}:download?alt=media"), KEY);
        assert_eq!((reply.status, reply.field("status")), (400, "INVALID_ARGUMENT".into()));
    }
}
