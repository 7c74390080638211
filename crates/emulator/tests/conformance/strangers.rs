//! What clients other than ours ask for: pages of other sites, older paths, other issuers, more claims.

use crate::wire::{
    CLOUD, RETRIEVER, approving, encoded, exchange, get, list_models, parameter, post_form, send,
    sign_in,
};
use hallpass_emulator::{Emulator, Issuer};

const PAGE: &str = "Origin: http://localhost:5173\r\n";

fn patch(emulator: &Emulator, json: &str) -> u16 {
    let header = "Content-Type: application/json\r\n";
    send(emulator, "PATCH /emulator/v1/config", header, json).status
}

/// The claims of the id_token of a sign-in, as text.
fn claims(emulator: &Emulator, scope: &str) -> String {
    use base64::Engine as _;
    let token = sign_in(emulator, scope).field("id_token");
    let claims = token.split('.').nth(1).expect("claims");
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn pages_of_other_sites_may_read_what_programs_ask() {
    let emulator = approving();
    let host = emulator.address();
    for path in ["/token", "/revoke", "/oauth2/v3/certs", "/v1beta/models", "/v1/userinfo"] {
        let preflight = format!(
            "OPTIONS {path} HTTP/1.1\r\nHost: {host}\r\n{PAGE}Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: authorization,x-goog-api-key\r\nConnection: close\r\n\r\n"
        );
        let reply = exchange(&emulator, &preflight);
        assert_eq!(reply.status, 200, "{path}");
        let header = |name: &str| reply.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("access-control-allow-origin"), "http://localhost:5173");
        assert_eq!(header("access-control-allow-headers"), "authorization,x-goog-api-key");
        assert!(header("access-control-allow-methods").contains("POST"));
    }
    for (path, status) in [("/.well-known/openid-configuration", 200), ("/v1/models", 403)] {
        let reply = get(&emulator, path, PAGE);
        let allowed = reply.header("access-control-allow-origin");
        assert_eq!((reply.status, allowed), (status, Some("http://localhost:5173")), "{path}");
        assert!(reply.header("vary").is_some_and(|vary| vary.to_lowercase().contains("origin")));
    }
    let quiet = get(&emulator, "/oauth2/v3/certs", "");
    assert_eq!(quiet.header("access-control-allow-origin"), None);
}

#[test]
fn pages_of_other_sites_read_no_sign_in_no_console_and_nothing_by_switch() {
    let emulator = approving();
    let paths = ["/o/oauth2/v2/auth", "/device", "/", "/emulator/v1/state", "/computeMetadata/v1/"];
    for path in paths {
        let reply = get(&emulator, path, PAGE);
        assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
    }
    emulator.update_config(|config| config.switches.cors = false);
    let reply = get(&emulator, "/oauth2/v3/certs", PAGE);
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[test]
fn issuer_is_this_origin_by_switch() {
    let emulator = approving();
    assert!(claims(&emulator, "openid").contains("\"iss\":\"https://accounts.google.com\""));
    emulator.update_config(|config| config.switches.issuer = Issuer::Origin);
    let url = emulator.url();
    let document = get(&emulator, "/.well-known/openid-configuration", "");
    assert_eq!(document.field("issuer"), url);
    assert!(claims(&emulator, "openid").contains(&format!("\"iss\":\"{url}\"")));
    let query = crate::wire::authorize_query("openid");
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert_eq!(parameter(reply.location(), "iss"), url);
    send(&emulator, "POST /emulator/v1/reset", "", "");
    emulator.update_config(|config| config.switches.issuer = Issuer::Origin);
    let document = get(&emulator, "/.well-known/openid-configuration", "");
    assert_eq!(document.field("issuer"), url, "also after a reset");
}

#[test]
fn tokeninfo_takes_a_bearer_by_post() {
    let emulator = approving();
    let token = sign_in(&emulator, "openid email").field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let info = send(&emulator, "POST /tokeninfo", &bearer, "");
    assert_eq!((info.status, info.field("email")), (200, "ada@example.com".to_owned()));
    assert_eq!(send(&emulator, "POST /tokeninfo", "", "").status, 400);
}

#[test]
fn older_paths_of_tokeninfo_and_userinfo_are_served() {
    let emulator = approving();
    let token = sign_in(&emulator, "openid email").field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let info = get(&emulator, &format!("/oauth2/v2/tokeninfo?access_token={token}"), "");
    assert_eq!(info.field("issued_to"), crate::wire::CLIENT_ID);
    assert_eq!(info.field("user_id"), "100000000000000000001");
    assert!(
        info.body.contains("\"expires_in\": 35") && info.body.contains("\"verified_email\": true")
    );
    assert_eq!(send(&emulator, "POST /oauth2/v2/tokeninfo", &bearer, "").body, info.body);
    assert_eq!(get(&emulator, "/oauth2/v2/tokeninfo?access_token=x", "").status, 400);
    let v2 = get(&emulator, "/oauth2/v2/userinfo", &bearer).body;
    for path in ["/oauth2/v1/userinfo", "/userinfo/v2/me"] {
        assert_eq!(get(&emulator, path, &bearer).body, v2, "{path}");
    }
}

#[test]
fn gclouds_own_clients_are_known() {
    let emulator = approving();
    for (id, secret) in [
        ("764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur", "d-FL95Q19q7MQmFpd7hHD0Ty"),
        ("32555940559", "ZmssLNjJy2998hD4CTg2ejr2"),
    ] {
        let client = format!("{id}.apps.googleusercontent.com");
        let query = crate::wire::authorize_query(CLOUD).replace(crate::wire::CLIENT_ID, &client);
        let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
        let form = crate::wire::exchange_form(&parameter(reply.location(), "code"));
        let form = form.replace(crate::wire::CLIENT_ID, &client);
        let form = form.replace(crate::wire::CLIENT_SECRET, secret);
        assert_eq!(post_form(&emulator, "/token", &form).status, 200, "{id}");
    }
    let page = "https://sdk.cloud.google.com/authcode.html";
    let query = format!(
        "response_type=code&client_id=32555940559.apps.googleusercontent.com&redirect_uri={}&scope=openid",
        encoded(page)
    );
    let reply = get(&emulator, &format!("/o/oauth2/auth?{query}"), "");
    assert!(reply.location().starts_with(&format!("{page}?")), "{reply:?}");
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert!(!config.contains("764086051850"), "they are gcloud's, not the project's");
}

#[test]
fn lifetime_of_access_tokens_and_more_claims_are_configured() {
    let emulator = approving();
    let user = r#"{"email": "ada@example.com", "sub": "1", "claims": {"picture": "https://x.example/a.png"}}"#;
    let json = format!("{{\"access_token_lifetime\": 60, \"users\": [{user}]}}");
    assert_eq!(patch(&emulator, &json), 200);
    let tokens = sign_in(&emulator, &format!("openid {RETRIEVER}"));
    assert!(tokens.body.contains("\"expires_in\": 60,"), "{}", tokens.body);
    assert!(claims(&emulator, "openid").contains("\"picture\":\"https://x.example/a.png\""));
    let token = tokens.field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let info = get(&emulator, "/v1/userinfo", &bearer);
    assert_eq!(info.field("picture"), "https://x.example/a.png");
    assert_eq!(list_models(&emulator, &token).status, 200);
    emulator.advance(std::time::Duration::from_secs(61));
    assert_eq!(list_models(&emulator, &token).status, 401);
    let own = json.replace("picture", "iss");
    assert_eq!(patch(&emulator, &own), 400, "a claim that the emulator makes");
}

#[test]
fn one_user_client_and_key_are_added_by_post() {
    let emulator = approving();
    let post =
        |path: &str, body: &str| send(&emulator, &format!("POST /emulator/v1/{path}"), "", body);
    let user = post("users", r#"{"email": "bob@example.com", "hd": "example.com"}"#);
    assert_eq!(
        (user.status, user.field("name"), user.field("hd")),
        (200, "bob".into(), "example.com".into())
    );
    let query = crate::wire::authorize_query("openid") + "&login_hint=bob%40example.com";
    emulator.update_config(|config| config.approve = None);
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().contains("/signin/oauth/flow"), "a test user: {reply:?}");
    emulator.update_config(|config| {
        config.approve = Some(hallpass_emulator::Approval::by("bob@example.com"))
    });
    let file = post("clients", r#"{"kind": "web", "redirect_uris": ["https://app.example/cb"]}"#);
    assert_eq!((file.status, file.field("project_id")), (200, "demo-project".into()));
    let query = format!(
        "response_type=code&client_id={}&redirect_uri={}&scope=openid",
        file.field("client_id"),
        encoded("https://app.example/cb")
    );
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().starts_with("https://app.example/cb?"), "{reply:?}");
    let key = post("api-keys", "").field("key");
    assert_eq!((key.len(), &key[..6]), (39, "AIzaSy"));
    for key in [key.as_str(), "emulator-api-key"] {
        assert_eq!(get(&emulator, &format!("/v1/models?key={key}"), "").status, 200, "{key}");
    }
    for (path, body) in [
        ("users", "{}"),
        ("users", r#"{"email": "x@example.com", "claims": {"sub": "1"}}"#),
        ("clients", r#"{"kind": "web"}"#),
        ("clients", r#"{"kind": "desktop", "redirect_uris": ["http://x"]}"#),
        ("clients", r#"{"kind": "toaster"}"#),
        ("api-keys", r#"{"project": "nowhere"}"#),
        ("api-keys", r#"{"projekt": "demo-project"}"#),
    ] {
        assert_eq!(post(path, body).status, 400, "{path} {body}");
    }
    assert_eq!(send(&emulator, "POST /emulator/v1/users", PAGE, "{}").status, 403);
}
