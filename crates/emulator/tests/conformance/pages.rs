//! The sign-in pages, as a browser without script sees them.

use crate::wire::{
    CLOUD, RETRIEVER, Reply, authorize_query, encoded, exchange_form, get, parameter, post_form,
    send,
};
use hallpass_emulator::{Emulator, Publishing};

/// A browser in the middle of a sign-in.
struct Browser {
    emulator: Emulator,
    id: String,
}

impl Browser {
    fn opens(scope: &str, more: &str) -> Self {
        Self::opens_at(Emulator::builder().start().unwrap(), scope, more)
    }

    fn opens_at(emulator: Emulator, scope: &str, more: &str) -> Self {
        let reply =
            get(&emulator, &format!("/o/oauth2/v2/auth?{}{more}", authorize_query(scope)), "");
        let start = format!("{}/signin/oauth/flow?id=", emulator.url());
        let id = reply.location().strip_prefix(start.as_str()).expect("the first page").to_owned();
        Self { emulator, id }
    }

    fn page(&self) -> Reply {
        get(&self.emulator, &format!("/signin/oauth/flow?id={}", self.id), "")
    }

    fn answers(&self, form: &str) -> Reply {
        post_form(&self.emulator, "/signin/oauth/flow", &format!("id={}&{form}", self.id))
    }

    /// Through account and warning to the consent page.
    fn at_consent(scope: &str) -> Self {
        let browser = Self::opens(scope, "");
        browser.answers("action=choose&account=ada%40example.com");
        browser.answers("action=continue");
        browser
    }
}

#[test]
fn pages_come_in_order_account_warning_consent() {
    let browser = Browser::opens(&format!("{CLOUD} {RETRIEVER}"), "");
    let page = browser.page();
    assert!(page.body.contains("<h1>Choose an account</h1>"), "{}", page.body);
    assert!(page.body.contains("ada@example.com") && page.body.contains("eve@example.com"));
    let reply = browser.answers("action=choose&account=ada%40example.com");
    assert_eq!(reply.status, 303);
    let page = browser.page();
    assert!(page.body.contains("<h1>Google hasn’t verified this app</h1>"), "{}", page.body);
    assert!(page.body.contains("Back to safety"));
    browser.answers("action=continue");
    let page = browser.page();
    assert!(
        page.body.contains("<h1>Gemini quickstart wants access to your account</h1>"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Signed in as <strong>ada@example.com</strong>"));
    let form = format!("action=continue&scope={}&scope={}", encoded(CLOUD), encoded(RETRIEVER));
    let reply = browser.answers(&form);
    assert!(reply.location().starts_with("http://127.0.0.1:8085/?state=xyz&iss="), "{reply:?}");
    assert_eq!(parameter(reply.location(), "prompt"), "consent");
}

#[test]
fn pages_say_what_they_are_and_are_locked_down() {
    let page = Browser::opens(RETRIEVER, "").page();
    assert!(page.body.contains("<strong>Emulator.</strong> This is not Google."), "{}", page.body);
    assert!(
        !page.body.contains("password")
            && !page.body.contains("<script")
            && !page.body.contains("<img")
    );
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(
        page.header("cache-control"),
        Some("no-cache, no-store, max-age=0, must-revalidate")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:8085;"), "{policy}");
    assert!(page.body.contains("prefers-color-scheme: dark"));
}

#[test]
fn scope_without_its_box_is_not_granted() {
    let browser = Browser::at_consent(&format!("{CLOUD} {RETRIEVER}"));
    let reply = browser.answers(&format!("action=continue&scope={}", encoded(RETRIEVER)));
    assert_eq!(parameter(reply.location(), "scope"), RETRIEVER);
    let tokens = post_form(
        &browser.emulator,
        "/token",
        &exchange_form(&parameter(reply.location(), "code")),
    );
    assert_eq!(tokens.field("scope"), RETRIEVER);
}

#[test]
fn scope_that_was_not_asked_cannot_be_ticked() {
    let browser = Browser::at_consent(&format!("openid {CLOUD} {RETRIEVER}"));
    let reply =
        browser.answers("action=continue&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive");
    assert_eq!(parameter(reply.location(), "scope"), "openid");
}

#[test]
fn nothing_ticked_and_no_identity_scope_is_access_denied() {
    let browser = Browser::at_consent(&format!("{CLOUD} {RETRIEVER}"));
    let reply = browser.answers("action=continue");
    assert!(reply.location().contains("?error=access_denied&state=xyz"), "{reply:?}");
}

#[test]
fn single_scope_has_no_box_and_is_granted() {
    let browser = Browser::at_consent(&format!("openid {RETRIEVER}"));
    assert!(!browser.page().body.contains("type=\"checkbox\""));
    let reply = browser.answers("action=continue");
    assert_eq!(parameter(reply.location(), "scope"), format!("openid {RETRIEVER}"));
}

#[test]
fn boxes_start_unticked_unless_switched_or_all_selected() {
    let browser = Browser::at_consent(&format!("{CLOUD} {RETRIEVER}"));
    let ticked = || browser.page().body.matches(" checked").count();
    assert_eq!(browser.page().body.matches("type=\"checkbox\"").count(), 2);
    assert_eq!(ticked(), 0);
    browser.emulator.update_config(|config| config.switches.boxes_start_ticked = true);
    assert_eq!(ticked(), 2);
    browser.emulator.update_config(|config| config.switches.boxes_start_ticked = false);
    browser.answers("action=select_all");
    assert_eq!(ticked(), 2);
}

#[test]
fn cancel_on_any_page_is_access_denied() {
    let denied =
        "http://127.0.0.1:8085/?error=access_denied&state=xyz&iss=https://accounts.google.com";
    assert_eq!(Browser::opens(RETRIEVER, "").answers("action=cancel").location(), denied);
    assert_eq!(Browser::at_consent(RETRIEVER).answers("action=cancel").location(), denied);
}

#[test]
fn account_that_is_no_tester_ends_at_the_error_page() {
    let browser = Browser::opens(RETRIEVER, "");
    browser.answers("action=choose&account=eve%40example.com");
    let reply = browser.page();
    assert_eq!(reply.status, 302);
    assert!(reply.location().contains("/signin/oauth/error?authError="), "{reply:?}");
}

#[test]
fn login_hint_skips_the_chooser_unless_select_account() {
    let hinted = Browser::opens(RETRIEVER, "&login_hint=ada%40example.com");
    assert!(hinted.page().body.contains("hasn’t verified"));
    let choosing = Browser::opens(RETRIEVER, "&login_hint=ada%40example.com&prompt=select_account");
    assert!(choosing.page().body.contains("Choose an account"));
}

#[test]
fn identity_scopes_alone_raise_no_warning() {
    let browser = Browser::opens("openid email", "&login_hint=ada%40example.com");
    assert!(browser.page().body.contains("wants access to your account"));
}

#[test]
fn verified_app_raises_no_warning_and_a_published_one_hides_the_way_on() {
    let emulator = Emulator::builder().start().unwrap();
    emulator.update_config(|c| c.projects[0].consent_screen.publishing = Publishing::Production);
    let browser = Browser::opens_at(emulator, RETRIEVER, "&login_hint=eve%40example.com");
    let page = browser.page().body;
    assert!(page.contains("<summary>Advanced</summary>") && page.contains("(unsafe)"), "{page}");
    browser.emulator.update_config(|c| c.projects[0].consent_screen.verified = true);
    assert!(browser.page().body.contains("wants access to your account"));
}

#[test]
fn form_of_another_site_changes_nothing() {
    let browser = Browser::at_consent(RETRIEVER);
    let body = format!("id={}&action=continue", browser.id);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for header in
        ["Origin: https://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n", "Origin: null\r\n"]
    {
        let reply =
            send(&browser.emulator, "POST /signin/oauth/flow", &format!("{form}{header}"), &body);
        assert_eq!(reply.status, 400, "{header}");
    }
    let own = format!("Origin: {}\r\nSec-Fetch-Site: same-origin\r\n", browser.emulator.url());
    let reply = send(&browser.emulator, "POST /signin/oauth/flow", &format!("{form}{own}"), &body);
    assert_eq!(reply.status, 302);
}

#[test]
fn finished_and_unknown_sign_ins_give_no_second_code() {
    let browser = Browser::at_consent(RETRIEVER);
    assert_eq!(browser.answers("action=continue").status, 302);
    assert_eq!(browser.answers("action=continue").status, 400);
    assert_eq!(browser.page().status, 400);
    assert_eq!(get(&browser.emulator, "/signin/oauth/flow?id=guess", "").status, 400);
}

#[test]
fn consent_cannot_be_given_before_the_pages_before_it() {
    let browser = Browser::opens(RETRIEVER, "");
    assert_eq!(browser.answers("action=continue").status, 303);
    assert!(browser.page().body.contains("Choose an account"));
}

#[test]
fn names_are_escaped() {
    let emulator = Emulator::builder().start().unwrap();
    emulator.update_config(|c| c.projects[0].consent_screen.app_name = "<b>App</b>".into());
    let page = Browser::opens_at(emulator, RETRIEVER, "").page();
    assert!(
        page.body.contains("&lt;b&gt;App&lt;/b&gt;") && !page.body.contains("<b>App"),
        "{}",
        page.body
    );
}
