//! Other identity providers, impersonation, and what a hostile credential file may not do.

use crate::adc::Machine;
use hallpass::ErrorKind;
use hallpass::adc::Kind;
use hallpass_testbed::{Reply, Server, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const AUDIENCE: &str = "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/demo-pool/providers/demo-provider";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// A JWT of the emulator's demo provider that ends in the year 5138, and one of another issuer.
const SUBJECT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImRlbW8tc3ViamVjdCIsImV4cCI6OTk5OTk5OTk5OTl9.c2lnbmF0dXJl";
const SUBJECT_IN_JSON: &str = r#"{"value":"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImRlbW8tc3ViamVjdCIsImV4cCI6OTk5OTk5OTk5OTl9.c2lnbmF0dXJl"}"#;
const ANOTHER: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const AWS: &str = "urn:ietf:params:aws:token-type:aws4_request";
const ROBOT: &str = "robot@demo-project.iam.gserviceaccount.com";

fn external(token_type: &str, source: &str) -> String {
    format!(
        r#"{{"type":"external_account","token_url":"https://sts.googleapis.com/v1/token",
        "audience":"{AUDIENCE}","subject_token_type":"{token_type}","credential_source":{source}}}"#
    )
}

impl Machine {
    fn beside(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        hallpass::store::write_private(&path, text.as_bytes()).expect("write");
        path.to_str().expect("text").to_owned()
    }

    /// Writes a program that prints this.
    fn program(&self, prints: &str) -> String {
        let path = self.beside("program", &format!("#!/bin/sh\n{prints}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("mode");
        path
    }

    fn permit_impersonation(&self, principal: &str) {
        self.emulator.update_config(|config| {
            let permissions = &mut config.projects[0].permissions;
            let permission = "iam.serviceAccounts.getAccessToken".to_owned();
            permissions.entry(principal.to_owned()).or_default().push(permission);
        });
    }

    async fn fails(&self) -> hallpass::Error {
        self.call().await.expect_err("an error")
    }
}

#[tokio::test]
async fn token_in_a_file_is_read_anew_each_time() {
    let machine = Machine::with_file("");
    let path = machine.beside("subject", &format!("{SUBJECT}\n"));
    machine.write(&external(JWT, &format!(r#"{{"file":"{path}"}}"#)));
    assert_eq!(machine.call().await.expect("call"), (200, Kind::ExternalAccount));
    machine.beside("subject", ANOTHER);
    let error = machine.fails().await;
    assert_eq!(error.to_string(), "Google no longer accepts the identity provider's token");
    assert!(!error.needs_sign_in(), "{error:?}");
    machine.beside("subject", &format!(r#"{{"token":"{SUBJECT}"}}"#));
    let format = r#""format":{"type":"json","subject_token_field_name":"token"}"#;
    machine.write(&external(JWT, &format!(r#"{{"file":"{path}",{format}}}"#)));
    assert_eq!(machine.call().await.expect("call").0, 200);
    hallpass::store::remove_private(&path).expect("remove");
    assert_eq!(machine.fails().await.to_string(), format!("`{path}` is not there"));
}

#[tokio::test]
async fn token_at_an_address_is_asked_for_with_the_files_headers() {
    let server = Server::always("200 OK", SUBJECT_IN_JSON).await;
    let machine = Machine::with_file("");
    let source = format!(
        r#"{{"url":"{}","headers":{{"Metadata":"True"}},
        "format":{{"type":"json","subject_token_field_name":"value"}}}}"#,
        server.url("/subject?a=b")
    );
    machine.write(&external(JWT, &source));
    assert_eq!(machine.call().await.expect("call").0, 200);
    let requests = server.requests();
    let request = requests.first().expect("a request");
    assert!(request.starts_with("GET /subject?a=b HTTP/1.1\r\nmetadata: True\r\n"), "{request}");
}

#[tokio::test]
async fn exchange_is_sent_as_the_specification_prints_it() {
    let server = Server::always(
        "200 OK",
        r#"{"access_token":"ya29.marked","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}"#,
    )
    .await;
    let machine = Machine::with_file("");
    let path = machine.beside("subject", ANOTHER);
    let file = external(JWT, &format!(r#"{{"file":"{path}"}}"#))
        .replace("https://sts.googleapis.com", &server.url(""))
        .replace(AUDIENCE, "//iam/pool")
        .replacen('{', r#"{"workforce_pool_user_project":"demo","#, 1);
    machine.write(&file);
    let found = machine.loader().load().await.expect("found");
    let token = found.credential.source().token().await.expect("token");
    assert_eq!(token.expose(), "ya29.marked");
    let expected = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam%2Fpool\
        &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever\
        &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token=eyJhbGciOiJSUzI1NiJ9.e30.c2ln\
        &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&options=%7B%22userProject%22%3A%22demo%22%7D";
    assert_eq!(server.only_body(), expected);
    machine.write(&file.replacen('{', r#"{"client_id":"id","client_secret":"secret","#, 1));
    let found = machine.loader().load().await.expect("found");
    found.credential.source().token().await.expect("token");
    let requests = server.requests();
    let request = requests.last().expect("a request");
    assert!(request.contains("\r\nauthorization: Basic aWQ6c2VjcmV0\r\n"), "{request}");
    assert!(!request.contains("options="), "{request}");
}

#[tokio::test]
async fn program_is_started_only_where_the_variable_allows_it() {
    let mut machine = Machine::with_file("");
    let answer =
        format!(r#"{{"version":1,"success":true,"token_type":"{JWT}","id_token":"{SUBJECT}"}}"#);
    let ran = machine.folder.path().join("ran");
    let program = machine.program(&format!(
        "echo \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE $GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE $1\" >> {}\necho '{answer}'",
        ran.display()
    ));
    let source = format!(r#"{{"executable":{{"command":"{program} 'a b'"}}}}"#);
    machine.write(&external(JWT, &source));
    let error = machine.fails().await;
    assert_eq!(*error.kind(), ErrorKind::ExecutableNotAllowed);
    assert!(!ran.exists(), "the program was not started");
    machine.variables.insert("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1".into());
    assert_eq!(machine.call().await.expect("call").0, 200);
    assert_eq!(fs::read_to_string(&ran).expect("ran"), format!("{AUDIENCE} 0 a b\n"));
}

#[tokio::test]
async fn program_that_keeps_its_token_is_not_started_before_its_end() {
    let mut machine = Machine::with_file("");
    machine.variables.insert("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1".into());
    let program = machine.program("echo secret words; exit 3");
    let kept = format!(
        r#"{{"version":1,"success":true,"token_type":"{JWT}","id_token":"{SUBJECT}","expiration_time":99999999999}}"#
    );
    let output = machine.beside("output", &kept);
    let executable = format!(r#"{{"command":"{program}","output_file":"{output}"}}"#);
    machine.write(&external(JWT, &format!(r#"{{"executable":{executable}}}"#)));
    assert_eq!(machine.call().await.expect("call").0, 200);
    machine.beside("output", &kept.replace("99999999999", "1"));
    let error = machine.fails().await;
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(error.to_string(), format!("the program `{program}` gives no token"));
    assert_eq!(cause, "it ended with exit status: 3");
}

fn aws_source(server: &Server) -> String {
    format!(
        r#"{{"environment_id":"aws1","region_url":"{0}/zone","url":"{0}/roles","imdsv2_session_token_url":"{0}/session",
        "regional_cred_verification_url":"https://sts.{{region}}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}}"#,
        server.url("")
    )
}

#[tokio::test]
async fn machine_of_aws_signs_with_the_keys_of_its_role() {
    let server = Server::start(|_, request| {
        let body = match request.split(' ').nth(1).unwrap_or_default() {
            "/session" if request.starts_with("PUT ") => "session",
            "/zone" => "eu-west-1b",
            "/roles" => "demo role",
            "/roles/demo%20role" => {
                r#"{"AccessKeyId":"AKID","SecretAccessKey":"marked","Token":"token"}"#
            }
            _ => return json("404 Not Found", ""),
        };
        let session = request.contains("x-aws-ec2-metadata-token: session\r\n");
        let asks = request.contains("x-aws-ec2-metadata-token-ttl-seconds: 300\r\n");
        if session || asks { json("200 OK", body) } else { json("401 Unauthorized", "") }
    })
    .await;
    let machine = Machine::with_file(&external(AWS, &aws_source(&server)));
    assert_eq!(machine.call().await.expect("call").0, 200);
    let asked: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.split(" HTTP").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(asked, ["PUT /session", "GET /zone", "GET /roles", "GET /roles/demo%20role"]);
}

#[tokio::test]
async fn variables_of_aws_come_before_its_metadata_server() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let mut machine = Machine::with_file(&external(AWS, &aws_source(&server)));
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "marked"),
        ("AWS_REGION", "eu-west-1"),
    ] {
        machine.variables.insert(name, value.into());
    }
    assert_eq!(machine.call().await.expect("call").0, 200);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn account_may_be_acted_as_by_a_provider_and_by_another_account() {
    let machine = Machine::with_file("");
    let url = format!(
        r#""service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken""#
    );
    let path = machine.beside("subject", SUBJECT);
    let source = format!(r#"{{"file":"{path}"}}"#);
    let file = external(JWT, &source).replacen('{', &format!("{{{url},"), 1);
    machine.write(&file);
    let error = machine.fails().await;
    assert_eq!(error.to_string(), format!("this credential may not act as `{ROBOT}`"));
    assert!(
        matches!(error.kind(), ErrorKind::OAuth { code, status: 403 } if code == "PERMISSION_DENIED")
    );
    let pool = AUDIENCE.rsplit_once("/providers/").expect("a pool").0;
    let pool = pool.trim_start_matches('/');
    machine.permit_impersonation(&format!("principal://{pool}/subject/demo-subject"));
    assert_eq!(machine.call().await.expect("call"), (200, Kind::ExternalAccount));
    let key = machine.robots_key().await;
    machine.permit_impersonation(ROBOT);
    machine.write(&format!(
        r#"{{"type":"impersonated_service_account",{url},"delegates":[],"source_credentials":{key}}}"#
    ));
    assert_eq!(machine.call().await.expect("call"), (200, Kind::ImpersonatedServiceAccount));
}

#[tokio::test]
async fn impersonation_is_asked_for_as_googles_page_prints_it() {
    let server = Server::start(|_, request| {
        if request.starts_with("POST /token ") {
            return json("200 OK", r#"{"access_token":"ya29.first","expires_in":3600}"#);
        }
        json("200 OK", r#"{"accessToken":"ya29.second","expireTime":"2999-01-01T00:00:00Z"}"#)
    })
    .await;
    let machine = Machine::with_file("");
    let key = machine.robots_key().await.replace(&machine.emulator.url(), &server.url(""));
    machine.write(&format!(
        r#"{{"type":"impersonated_service_account","delegates":["projects/-/serviceAccounts/a@b.c"],
        "service_account_impersonation_url":"{}","source_credentials":{key}}}"#,
        server.url(&format!("/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken")),
    ));
    let found = machine.loader().load().await.expect("found");
    let token = found.credential.source().token().await.expect("token");
    assert_eq!(token.expose(), "ya29.second");
    let requests = server.requests();
    let (head, body) = requests[1].split_once("\r\n\r\n").expect("a body");
    assert!(head.contains("authorization: Bearer ya29.first\r\n"), "{head}");
    let scopes = r#"["https://www.googleapis.com/auth/cloud-platform","https://www.googleapis.com/auth/generative-language.retriever"]"#;
    assert_eq!(
        body,
        format!(
            r#"{{"delegates":["projects/-/serviceAccounts/a@b.c"],"lifetime":"3600s","scope":{scopes}}}"#
        )
    );
}

#[tokio::test]
async fn user_of_another_provider_is_refreshed_with_the_client_in_a_header() {
    let server = Server::start(|number, _| match number {
        0 => json(
            "200 OK",
            r#"{"access_token":"ya29.marked","expires_in":0,"refresh_token":"rotated"}"#,
        ),
        _ => json("200 OK", r#"{"access_token":"ya29.again","expires_in":3600}"#),
    })
    .await;
    let machine = Machine::with_file(&format!(
        r#"{{"type":"external_account_authorized_user","audience":"//iam/pool","refresh_token":"first",
        "token_url":"{}","client_id":"id","client_secret":"secret","quota_project_id":"demo-project"}}"#,
        server.url("/v1/oauthtoken")
    ));
    let found = machine.loader().load().await.expect("found");
    assert_eq!(found.summary.kind, Kind::ExternalAccountAuthorizedUser);
    assert_eq!(found.credential.quota_project().as_deref(), Some("demo-project"));
    found.credential.source().token().await.expect("token");
    found.credential.source().token().await.expect("token");
    let requests = server.requests();
    assert!(requests[0].contains("authorization: Basic aWQ6c2VjcmV0\r\n"), "{}", requests[0]);
    assert!(requests[0].ends_with("\r\n\r\ngrant_type=refresh_token&refresh_token=first"));
    assert!(requests[1].ends_with("\r\n\r\ngrant_type=refresh_token&refresh_token=rotated"));
}

#[tokio::test]
async fn hostile_file_has_nothing_sent_and_nothing_started() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let machine = Machine::with_file("");
    let path = machine.beside("subject", "marked");
    let good = external(JWT, &format!(r#"{{"file":"{path}"}}"#));
    let evil = "https://evil.example";
    for file in [
        good.replace("https://sts.googleapis.com", evil),
        good.replacen(
            '{',
            &format!(r#"{{"service_account_impersonation_url":"{evil}/a@b:generateAccessToken","#),
            1,
        ),
        good.replacen('{', r#"{"universe_domain":"evil.example","#, 1),
        external(JWT, &format!(r#"{{"url":"{evil}"}}"#)),
        external(AWS, &aws_source(&server).replace("amazonaws.com", "evil.example")),
        external(AWS, &aws_source(&server).replace(&server.url(""), evil)),
    ] {
        machine.write(&file);
        let error = machine.loader().load().await.expect_err(&file);
        assert!(
            matches!(error.kind(), ErrorKind::UntrustedHost { host } if host.ends_with("evil.example")),
            "{error:?}"
        );
        let name = format!("`{}`", machine.path().display());
        assert!(error.to_string().contains(&name), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn debug_of_a_machines_credential_shows_no_secret() {
    let machine = Machine::with_file("");
    let key = machine.robots_key().await;
    let secret = key.split("PRIVATE KEY-----").nth(1).expect("a key").get(10..60).expect("long");
    let client = r#"{"client_id":"id","client_secret":"marked","refresh_token":"marked","#;
    let url = r#"{"url":"http://169.254.169.254/a","headers":{"x-secret":"marked"}}"#;
    for (file, shown) in [
        (key.clone(), "ServiceAccount"),
        (external(JWT, url).replacen('{', client, 1), "ExternalAccount"),
        (
            format!(r#"{client}"type":"external_account_authorized_user","audience":"a"}}"#),
            "ExternalUser",
        ),
    ] {
        machine.write(&file);
        let found = machine.loader().load().await.expect("found");
        let text = format!("{found:?}");
        assert!(text.contains(shown), "{text}");
        assert!(!text.contains("marked") && !text.contains(secret), "{text}");
    }
}
