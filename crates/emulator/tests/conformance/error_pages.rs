//! Errors of the authorization endpoint: a redirect to a page that answers 200.
//!
//! The blob is decoded from base64url and searched as text; one test compares it whole.

use crate::wire::{CHALLENGE, CLIENT_ID, RETRIEVER, approving, authorize_query, get};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use hallpass_emulator::{Approval, Audience, Emulator, Lifecycle, Publishing};

const HELP: &str = "https://developers.google.com/identity/protocols/oauth2";

/// The blob and the page that a query ends at.
struct Blocked {
    blob: String,
    page: String,
}

impl Blocked {
    fn by(emulator: &Emulator, query: &str) -> Self {
        let reply = get(emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
        assert_eq!(reply.status, 302, "{reply:?}");
        let path =
            reply.location().strip_prefix(emulator.url().as_str()).expect("the emulator's page");
        let rest = path.strip_prefix("/signin/oauth/error?authError=").expect("the error page");
        assert!(rest.ends_with("&flowName=GeneralOAuthFlow"), "{rest}");
        let blob = rest.split('&').next().unwrap().replace("%3D", "=");
        let blob = BASE64_URL_SAFE.decode(blob).expect("base64url");
        let page = get(emulator, path, "");
        assert_eq!(page.status, 200, "an error page answers 200");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        Self { blob: String::from_utf8_lossy(&blob).into_owned(), page: page.body }
    }

    /// A request in order but for one replacement.
    fn with(from: &str, to: &str) -> Self {
        let query = authorize_query(RETRIEVER);
        assert!(query.contains(from));
        Self::by(&approving(), &query.replace(from, to))
    }

    #[track_caller]
    fn says(&self, footer: &str, message: &str) {
        let code = footer.split_once(": ").unwrap().1;
        assert!(self.blob.starts_with('\n') && self.blob.contains(code), "{:?}", self.blob);
        assert!(self.blob.contains(message), "{:?}", self.blob);
        assert!(self.page.contains(footer), "{}", self.page);
        assert!(self.page.contains("This is not Google."), "{}", self.page);
    }
}

#[test]
fn unknown_client_is_row_1() {
    let emulator = approving();
    let reply = get(&emulator, "/o/oauth2/v2/auth?client_id=nobody&response_type=code", "");
    // 0x0a 14 "invalid_client", 0x12 31 "The OAuth client was not found.", 0x20 and 401 as a varint.
    assert_eq!(
        reply.location(),
        format!(
            "{}/signin/oauth/error?authError=Cg5pbnZhbGlkX2NsaWVudBIfVGhlIE9BdXRoIGNsaWVudCB3YXMgbm90IGZvdW5k\
             LiCRAw%3D%3D&client_id=nobody&flowName=GeneralOAuthFlow",
            emulator.url()
        )
    );
}

#[test]
fn missing_response_type_is_row_2() {
    let blocked = Blocked::with("response_type=code&", "");
    blocked.says("Error 400: invalid_request", "Required parameter is missing: response_type");
    assert!(blocked.blob.contains(HELP), "{:?}", blocked.blob);
}

#[test]
fn missing_redirect_uri_is_row_3() {
    let blocked = Blocked::with("redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F&", "");
    blocked.says("Error 400: invalid_request", "Missing required parameter: redirect_uri");
}

#[test]
fn missing_client_id_and_scope_are_named() {
    Blocked::by(&approving(), "response_type=code")
        .says("Error 400: invalid_request", "Missing required parameter: client_id");
    let scope = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever";
    Blocked::with(scope, "")
        .says("Error 400: invalid_request", "Missing required parameter: scope");
}

#[test]
fn out_of_band_redirect_is_row_5() {
    let blocked =
        Blocked::with("http%3A%2F%2F127.0.0.1%3A8085%2F", "urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob");
    blocked.says(
        "Error 400: invalid_request",
        "OAuth 2.0 policy for keeping apps secure.\n\nYou can let",
    );
    assert!(blocked.blob.contains("/policies#secure-response-handling"), "{:?}", blocked.blob);
}

#[test]
fn foreign_redirect_of_a_desktop_client_is_row_6() {
    let blocked =
        Blocked::with("http%3A%2F%2F127.0.0.1%3A8085%2F", "https%3A%2F%2Fevil.example%2F");
    blocked.says(
        "Error 400: redirect_uri_mismatch",
        "register the redirect URI in the Google Cloud Console.",
    );
    assert!(
        blocked.blob.contains("\x0credirect_uri\x12\x15https://evil.example/"),
        "{:?}",
        blocked.blob
    );
}

#[test]
fn account_that_is_no_tester_is_row_8() {
    let emulator = Emulator::builder().approve("eve@example.com").start().unwrap();
    let blocked = Blocked::by(&emulator, &authorize_query(RETRIEVER));
    blocked.says(
        "Error 403: access_denied",
        "The developer hasn’t given you access to this app. It’s currently being tested and it hasn’t been \
         verified by Google. If you think you should have access, contact the developer (ada@example.com).",
    );
    assert!(blocked.blob.contains("?p=app_notverified"), "{:?}", blocked.blob);
    assert!(blocked.blob.contains("code_challenge_method"), "every parameter is a detail");
    let heading =
        "Access blocked: Gemini quickstart has not completed the Google verification process";
    assert!(blocked.page.contains(heading), "{}", blocked.page);
}

#[test]
fn unknown_scope_is_row_9() {
    let unknown = authorize_query("https://www.googleapis.com/auth/nonsense");
    Blocked::by(&approving(), &unknown).says(
        "Error 400: invalid_scope",
        "Some requested scopes were invalid. {invalid=[https://www.googleapis.com/auth/nonsense]}",
    );
    Blocked::by(&approving(), &authorize_query("openid email x y")).says(
        "Error 400: invalid_scope",
        "Some requested scopes were invalid. {valid=[openid, email], invalid=[x, y]}",
    );
}

#[test]
fn bare_generative_language_is_row_9_unless_switched() {
    let query = authorize_query("https://www.googleapis.com/auth/generative-language");
    let emulator = approving();
    Blocked::by(&emulator, &query).says(
        "Error 400: invalid_scope",
        "{invalid=[https://www.googleapis.com/auth/generative-language]}",
    );
    emulator.update_config(|config| config.switches.reject_bare_generative_language = false);
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().contains("&code=4%2F0"), "{reply:?}");
}

#[test]
fn deleted_and_disabled_clients_are_rows_10_and_18() {
    let emulator = approving();
    for (lifecycle, footer, text) in [
        (Lifecycle::Deleted, "Error 401: deleted_client", "The OAuth client was deleted."),
        (Lifecycle::Disabled, "Error 401: disabled_client", "The OAuth client was disabled."),
    ] {
        emulator.update_config(|config| config.projects[0].clients[0].lifecycle = lifecycle);
        Blocked::by(&emulator, &authorize_query(RETRIEVER)).says(footer, text);
    }
}

#[test]
fn account_outside_the_organisation_is_row_11() {
    let emulator = approving();
    emulator.update_config(|config| {
        config.projects[0].consent_screen.audience = Audience::Internal;
        config.projects[0].consent_screen.organization = Some("corp.example".into());
    });
    Blocked::by(&emulator, &authorize_query(RETRIEVER))
        .says("Error 403: org_internal", "organization");
}

#[test]
fn malformed_code_challenge_is_row_17() {
    for challenge in ["short", &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "!")] {
        Blocked::with(CHALLENGE, challenge)
            .says("Error 400: invalid_grant", "Invalid code challenge.");
    }
    Blocked::with("method=S256", "method=S512")
        .says("Error 400: invalid_grant", "Invalid code challenge.");
    let missing = Blocked::with(&format!("&code_challenge={CHALLENGE}"), "");
    missing.says("Error 400: invalid_grant", "Invalid code challenge.");
}

#[test]
fn prompt_none_stands_alone_and_the_legacy_parameter_too() {
    Blocked::with("state=xyz", "prompt=none%20consent")
        .says("Error 400: invalid_request", "prompt: none consent");
    Blocked::with("state=xyz", "prompt=CONSENT")
        .says("Error 400: invalid_request", "prompt: CONSENT");
    Blocked::with("state=xyz", "prompt=consent&approval_prompt=force")
        .says("Error 400: invalid_request", "Conflict params: approval_prompt and prompt");
}

#[test]
fn repeated_parameter_is_refused() {
    Blocked::with("state=xyz", "state=x&state=y").says(
        "Error 400: invalid_request",
        "OAuth 2 parameters can only have a single value: state",
    );
}

#[test]
fn details_of_a_request_are_escaped_on_the_page() {
    let markup = "https%3A%2F%2Fevil.example%2F%3Cscript%3E";
    let blocked = Blocked::with("http%3A%2F%2F127.0.0.1%3A8085%2F", markup);
    assert!(!blocked.page.contains("<script>"), "{}", blocked.page);
    assert!(
        blocked.page.contains("redirect_uri=https://evil.example/&lt;script&gt;"),
        "{}",
        blocked.page
    );
}

#[test]
fn blob_that_is_not_whole_gets_a_page_of_its_own() {
    let emulator = approving();
    for blob in ["", "!!!", "CgF", "Cv________8B"] {
        let page = get(
            &emulator,
            &format!("/signin/oauth/error?authError={blob}&client_id={CLIENT_ID}"),
            "",
        );
        assert!(matches!(page.status, 200 | 400), "{page:?}");
        assert!(page.body.contains("This is not Google."));
    }
}

#[test]
fn hundred_and_first_user_of_an_unverified_app_is_row_15() {
    let emulator = Emulator::builder().start().unwrap();
    let ask = |number: usize, scope: &str| {
        let account = format!("user{number}@example.com");
        emulator.update_config(|config| {
            config.projects[0].consent_screen.publishing = Publishing::Production;
            config.users[0].email = account.clone();
            config.approve = Some(Approval::by(account));
        });
        let target = format!("/o/oauth2/v2/auth?{}", authorize_query(scope));
        get(&emulator, &target, "").location().to_owned()
    };
    for number in 1..=100 {
        assert!(ask(number, RETRIEVER).contains("code="), "{number}");
    }
    let path = ask(101, RETRIEVER).replace(emulator.url().as_str(), "");
    assert!(get(&emulator, &path, "").body.contains("Error 403: rate_limit_exceeded"));
    assert!(ask(100, RETRIEVER).contains("code="), "who agreed before may come back");
    assert!(ask(101, "openid").contains("code="), "identity scopes are not counted");
    emulator.update_config(|config| config.projects[0].consent_screen.verified = true);
    assert!(ask(101, RETRIEVER).contains("code="));
}

#[test]
fn app_has_a_hundred_test_users_at_most() {
    let emulator = Emulator::builder().start().unwrap();
    let import = |count: usize| {
        let listed = vec!["\"ada@example.com\""; count].join(",");
        let document = emulator.export();
        let at = document.find("\"test_users\": [").unwrap() + "\"test_users\": [".len();
        let end = at + document[at..].find(']').unwrap();
        emulator.import(&format!("{}{listed}{}", &document[..at], &document[end..]))
    };
    import(100).unwrap();
    let error = import(101).unwrap_err().to_string();
    assert_eq!(error, "field `test_users` of project `demo-project`: 100 at most");
}
