//! Files as gcloud writes them, and the places they are looked for.

use super::*;

/// As gcloud 528 writes it after the quickstart's login, with a quota project.
const GCLOUD: &str = r#"{
  "account": "",
  "client_id": "1-a.apps.googleusercontent.com",
  "client_secret": "GOCSPX-marked",
  "quota_project_id": "demo-project",
  "refresh_token": "1//0marked",
  "type": "authorized_user",
  "universe_domain": "googleapis.com"
}"#;

fn parse(json: &str) -> Result<AuthorizedUser, Error> {
    AuthorizedUser::parse(json.as_bytes(), "`adc.json`")
}

#[test]
fn gclouds_file_is_read_and_written_byte_for_byte() {
    let file = parse(GCLOUD).expect("file");
    assert_eq!(file.to_json().expose(), GCLOUD);
    assert_eq!(file.quota_project_id(), Some("demo-project"));
    assert_eq!(file.account(), None);
    let without = GCLOUD.replace("  \"quota_project_id\": \"demo-project\",\n", "");
    assert_eq!(file.with_quota_project("").to_json().expose(), without);
}

#[test]
fn a_new_sign_in_has_gclouds_keys_and_no_others() {
    let now = std::time::SystemTime::UNIX_EPOCH;
    let grant = Grant {
        client: OAuthClient::new("1-a.apps.googleusercontent.com", "GOCSPX-marked"),
        refresh_token: "1//0marked".into(),
        access_token: crate::oauth::AccessToken::new("ya29.x", now).expect("token"),
        scopes: crate::Scopes::quickstart(),
        account: Some("ada@example.com".to_owned()),
        issued_at: now,
        refresh_token_expires_at: None,
    };
    let expected = GCLOUD
        .replace("\"account\": \"\"", "\"account\": \"ada@example.com\"")
        .replace("  \"quota_project_id\": \"demo-project\",\n", "");
    assert_eq!(AuthorizedUser::from(&grant).to_json().expose(), expected);
}

#[test]
fn unknown_keys_survive_a_rewrite() {
    let json = GCLOUD.replace("{\n", "{\n  \"a_new_key\": [\n    1\n  ],\n");
    let rewritten = parse(&json).expect("file").with_quota_project("other");
    assert_eq!(rewritten.to_json().expose(), json.replace("demo-project", "other"));
}

#[test]
fn what_is_not_ascii_is_escaped_as_python_does() {
    let json = GCLOUD.replace("\"\"", "\"\\u00e4\\ud83d\\ude00@example.com\"");
    let file = parse(&json).expect("file");
    assert_eq!(file.account(), Some("ä😀@example.com"));
    assert_eq!(file.to_json().expose(), json);
}

#[test]
fn other_files_are_told_apart() {
    for (json, kind, what) in [
        (
            r#"{"type":"service_account"}"#,
            ErrorKind::CredentialFileUnsupported("service_account".to_owned()),
            "`adc.json` is a credential of type `service_account`",
        ),
        (
            r#"{"installed":{}}"#,
            ErrorKind::CredentialFileUnsupported("client_secret".to_owned()),
            "`adc.json` is an OAuth client, not a sign-in",
        ),
        (
            r#"{"token":"x","refresh_token":"y"}"#,
            ErrorKind::CredentialFileUnsupported("token.json".to_owned()),
            "`adc.json` is a `token.json` of google-auth",
        ),
        ("{}", ErrorKind::CredentialFileMalformed, "`adc.json` has no `type`"),
        ("[]", ErrorKind::CredentialFileMalformed, "`adc.json` is not a JSON object"),
        (&GCLOUD[..80], ErrorKind::CredentialFileMalformed, "`adc.json` is not a JSON object"),
        (
            &GCLOUD.replace("\"1//0marked\"", "null"),
            ErrorKind::CredentialFileMalformed,
            "`adc.json` has no `refresh_token`",
        ),
    ] {
        let error = parse(json).expect_err(json);
        assert_eq!((error.kind(), error.to_string().as_str()), (&kind, what));
    }
}

#[test]
fn debug_does_not_show_secrets() {
    assert!(!format!("{:?}", parse(GCLOUD)).contains("marked"));
}

/// Finds with these variables alone.
#[cfg(unix)]
fn find_with(variables: &[(&str, &Path)]) -> Result<Location, Error> {
    find(&|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

#[test]
#[cfg(unix)]
fn the_variable_wins_then_clouds_config_then_home() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| {
        let path = folder.path().join(name);
        store::write_private(&path, GCLOUD.as_bytes()).expect("write");
        path
    };
    let home = file("home/.config/gcloud/application_default_credentials.json");
    let config = file("config/application_default_credentials.json");
    let named = file("named.json");
    let (home_folder, config_folder) = (folder.path().join("home"), folder.path().join("config"));
    let empty = Path::new("");

    let found = find_with(&[("HOME", &home_folder)]).expect("home");
    assert_eq!((found.path, found.origin, found.shadowed), (home, Origin::WellKnown, None));
    let both = [("HOME", home_folder.as_path()), ("CLOUDSDK_CONFIG", &config_folder)];
    assert_eq!(find_with(&both).expect("config").path, config);
    let all = [both[0], both[1], ("GOOGLE_APPLICATION_CREDENTIALS", named.as_path())];
    let found = find_with(&all).expect("named");
    assert_eq!((found.path, found.origin), (named, Origin::EnvironmentVariable));
    assert_eq!(found.shadowed, Some(config.clone()));
    let unset = [both[0], both[1], ("GOOGLE_APPLICATION_CREDENTIALS", empty)];
    assert_eq!(find_with(&unset).expect("empty is unset").path, config);
}

#[test]
#[cfg(unix)]
fn what_is_missing_is_named_and_nothing_weaker_is_taken() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("application_default_credentials.json");
    let missing = find_with(&[("CLOUDSDK_CONFIG", folder.path())]).expect_err("no file");
    assert_eq!(*missing.kind(), ErrorKind::NoCredential);
    store::write_private(&path, GCLOUD.as_bytes()).expect("write");
    let missing = folder.path().join("missing.json");
    let variables =
        [("CLOUDSDK_CONFIG", folder.path()), ("GOOGLE_APPLICATION_CREDENTIALS", missing.as_path())];
    let error = find_with(&variables).expect_err("missing");
    assert_eq!(*error.kind(), ErrorKind::CredentialFileNotFound);
    assert_eq!(*find_with(&[]).expect_err("no home").kind(), ErrorKind::NoHome);
}
