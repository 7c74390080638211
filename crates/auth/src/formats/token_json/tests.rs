//! Files as google-auth writes them, and the odd ones it reads.

use super::*;
use std::time::Duration;

/// As google-auth 2.62 writes it after a sign-in.
const PYTHON: &str = r#"{"token": "ya29.marked", "refresh_token": "1//0marked", "token_uri": "https://oauth2.googleapis.com/token", "client_id": "1-a.apps.googleusercontent.com", "client_secret": "GOCSPX-marked", "scopes": ["https://www.googleapis.com/auth/generative-language.retriever"], "universe_domain": "googleapis.com", "account": "", "expiry": "2027-01-15T08:00:00Z"}"#;

/// 2027-01-15T08:00:00Z
const EXPIRY: u64 = 1_800_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn parse(json: &str) -> Result<TokenFile, Error> {
    TokenFile::parse(json.as_bytes(), "`token.json`")
}

#[test]
fn pythons_file_is_read_and_written_byte_for_byte() {
    let file = parse(PYTHON).expect("file");
    assert_eq!(file.to_json().expose(), PYTHON);
    let token = file.access_token().expect("token");
    assert_eq!((token.expose(), token.expires_at()), ("ya29.marked", at(EXPIRY)));
    let scopes = "https://www.googleapis.com/auth/generative-language.retriever";
    assert_eq!(file.scopes().expect("scopes").join(), scopes);
}

#[test]
fn a_new_sign_in_is_written_as_python_would() {
    let uri = "https://oauth2.googleapis.com/token".to_owned();
    let client = OAuthClient::new("1-a.apps.googleusercontent.com", "GOCSPX-marked");
    let grant = Grant {
        client: client.clone().with_uris(client.auth_uri().to_owned(), uri),
        refresh_token: "1//0marked".into(),
        access_token: AccessToken::new("ya29.marked", at(EXPIRY) + Duration::from_nanos(1))
            .expect("token"),
        scopes: Scopes::parse("retriever").expect("scopes"),
        account: None,
        issued_at: at(0),
        refresh_token_expires_at: None,
    };
    assert_eq!(TokenFile::from(&grant).to_json().expose(), PYTHON);
}

#[test]
fn a_newer_token_changes_the_token_and_its_end_alone() {
    let json = PYTHON.replace(
        "\"account\": \"\"",
        "\"account\": \"\\u00e4@example.com\", \"new\": {\"a\": [1, 2]}",
    );
    let token = AccessToken::new("ya29.new", at(EXPIRY + 3599)).expect("token");
    let rewritten = parse(&json).expect("file").with_access_token(&token);
    let expected = json
        .replace("ya29.marked", "ya29.new")
        .replace("08:00:00Z", "08:59:59Z")
        .replace(", \"new\": {\"a\": [1, 2]}", "")
        .replace("08:59:59Z\"}", "08:59:59Z\", \"new\": {\"a\": [1, 2]}}");
    assert_eq!(rewritten.to_json().expose(), expected);
}

#[test]
fn a_dead_token_leaves_the_file_and_the_rest_stays() {
    let rewritten = parse(PYTHON).expect("file").without_access_token();
    let expected = PYTHON
        .replace("\"token\": \"ya29.marked\", ", "")
        .replace(", \"expiry\": \"2027-01-15T08:00:00Z\"", "");
    assert_eq!(rewritten.to_json().expose(), expected);
    assert!(rewritten.access_token().is_none());
}

#[test]
fn every_form_of_expiry_that_is_about_is_read() {
    for (text, expected) in [
        ("\"2027-01-15T08:00:00Z\"", Some(EXPIRY)),
        ("\"2027-01-15T08:00:00\"", Some(EXPIRY)),
        ("\"2027-01-15T08:00:00.000000Z\"", Some(EXPIRY)),
        ("\"2027-01-15T10:00:00+02:00\"", Some(EXPIRY)),
        ("null", None),
        ("\"\"", None),
        ("\"tomorrow\"", None),
        ("1800000000", None),
    ] {
        let file = parse(&PYTHON.replace("\"2027-01-15T08:00:00Z\"", text)).expect(text);
        let end = file.access_token().map(|token| token.expires_at());
        assert_eq!(end, expected.map(at), "{text}");
    }
}

#[test]
fn scopes_may_be_joined_or_missing() {
    let joined = PYTHON.replace(
        "[\"https://www.googleapis.com/auth/generative-language.retriever\"]",
        "\"openid email\"",
    );
    let scopes = parse(&joined).expect("file").scopes().expect("scopes");
    assert_eq!(scopes.iter().collect::<Vec<_>>(), ["openid", "email"]);
    let none = PYTHON.replace("\"scopes\"", "\"other\"");
    assert_eq!(parse(&none).expect("file").scopes(), None);
}

#[test]
fn a_file_of_another_program_is_not_a_token_file() {
    for json in [r#"{"name": "my-web-app", "dependencies": {}}"#, r#"{"account": "ada"}"#] {
        let error = parse(json).expect_err("another program's");
        assert!(matches!(error.kind(), ErrorKind::CredentialFileUnsupported(_)), "{json}");
        assert_eq!(error.to_string(), "`token.json` is JSON of another kind, not a `token.json`");
    }
}

#[test]
fn a_file_without_a_refresh_token_asks_for_a_sign_in() {
    for json in [
        PYTHON.replace("\"refresh_token\"", "\"other\""),
        PYTHON.replace("\"1//0marked\"", "null"),
        PYTHON.replace("\"client_secret\"", "\"other\""),
        "{}".to_owned(),
    ] {
        let error = parse(&json).expect_err("missing");
        assert_eq!(*error.kind(), ErrorKind::MissingRefreshToken);
        assert!(error.needs_sign_in());
    }
}

#[test]
fn a_torn_file_is_named_and_not_quoted() {
    for json in [&PYTHON[..60], "", "[]"] {
        let error = parse(json).expect_err(json);
        assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed);
        assert_eq!(error.to_string(), "`token.json` is not a JSON object");
        assert!(!format!("{error:?}").contains("marked"));
    }
}

#[test]
fn an_endpoint_that_is_not_https_is_refused() {
    let json = PYTHON.replace("https://oauth2.googleapis.com", "http://oauth2.googleapis.com");
    let error = parse(&json).expect("file").client().expect_err("http");
    assert_eq!(*error.kind(), ErrorKind::InsecureUri);
}

#[test]
fn debug_does_not_show_secrets() {
    assert!(!format!("{:?}", parse(PYTHON)).contains("marked"));
}
