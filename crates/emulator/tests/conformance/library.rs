//! The emulator as a library of tests: sign-ins done beforehand, a browser, scripted replies, expectations.

use crate::wire::{RETRIEVER, authorize_query, get, list_models, parameter, post_form, send};
use hallpass_emulator::{Client, Emulator, Expectation};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

const JSON: &str = "Content-Type: application/json\r\n";
const FLASH: &str = "/v1beta/models/gemini-2.5-flash:generateContent";

fn google() -> Emulator {
    Emulator::builder().start().expect("the emulator starts")
}

fn generate(emulator: &Emulator, token: &str, prompt: &str) -> String {
    let bearer = format!("{JSON}Authorization: Bearer {token}\r\n");
    let body = format!("{{\"contents\": [{{\"parts\": [{{\"text\": \"{prompt}\"}}]}}]}}");
    send(emulator, &format!("POST {FLASH}"), &bearer, &body).body
}

#[test]
fn authorized_user_is_the_file_that_gcloud_writes_and_refreshes() {
    let emulator = google();
    let file = emulator.authorized_user("ada@example.com", &[RETRIEVER]);
    let at = file.find("1//0g").expect("a refresh token");
    let refresh_token = &file[at..at + file[at..].find('"').expect("a quote")];
    let client_id = crate::wire::CLIENT_ID;
    let secret = crate::wire::CLIENT_SECRET;
    assert_eq!(
        file,
        format!(
            "{{\n  \"account\": \"\",\n  \"client_id\": \"{client_id}\",\n  \"client_secret\": \"{secret}\",\n  \
             \"refresh_token\": \"{refresh_token}\",\n  \"type\": \"authorized_user\",\n  \
             \"universe_domain\": \"googleapis.com\"\n}}"
        )
    );
    let tokens = post_form(&emulator, "/token", &crate::wire::refresh_form(refresh_token));
    assert_eq!(tokens.field("scope"), RETRIEVER);
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 200);
}

#[test]
fn access_token_of_an_added_user_lists_models_and_the_user_may_sign_in() {
    let emulator = google();
    let bob = emulator.add_user("bob@example.com");
    let token = emulator.access_token(&bob, &[RETRIEVER]);
    assert_eq!(list_models(&emulator, &token).status, 200);
    let query = authorize_query("openid") + "&login_hint=bob%40example.com";
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().contains("/signin/oauth/flow"), "a tester: {reply:?}");
    let users = emulator.config().users;
    emulator.add_user("Bob@Example.com");
    assert_eq!(emulator.config().users, users);
}

#[test]
fn unknown_account_or_scope_panics_with_its_name() {
    let emulator = google();
    let message = |email: &str, scope: &str| {
        let signed_in = || emulator.access_token(email, &[scope]);
        let payload = catch_unwind(AssertUnwindSafe(signed_in)).unwrap_err();
        payload.downcast_ref::<String>().expect("a message").clone()
    };
    assert!(message("bob@example.com", RETRIEVER).starts_with("`bob@example.com` is not one"));
    assert_eq!(message("ada@example.com", "generate"), "the scope `generate` does not exist");
}

#[test]
fn visit_leads_from_googles_address_to_the_page_of_the_waiting_program() {
    let emulator = Emulator::builder().approve("ada@example.com").start().expect("an emulator");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let program = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a browser");
        let mut head = [0; 4096];
        let length = stream.read(&mut head).expect("a request");
        let page = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n";
        stream.write_all(page.as_bytes()).expect("an answer");
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    let query = authorize_query(RETRIEVER).replace("%3A8085", &format!("%3A{port}"));
    let url = format!("https://accounts.google.com/o/oauth2/v2/auth?{query}");
    let page = emulator.visit(&url).expect("a page");
    assert_eq!((page.status, page.body.as_str()), (200, "done"));
    assert!(page.url.starts_with(&format!("http://127.0.0.1:{port}/?state=xyz&")), "{}", page.url);
    let asked = program.join().expect("the program");
    assert!(asked.starts_with("GET /?state=xyz&iss=https://accounts.google.com&code=4%2F0A"));
}

#[test]
fn visit_stops_at_a_redirect_that_leads_away_and_refuses_other_hosts() {
    let emulator = Emulator::builder().approve("ada@example.com").start().expect("an emulator");
    emulator.update_config(|config| {
        config.projects[0].clients.push(Client::web("web", "secret", ["https://app.example/cb"]));
    });
    let query =
        "response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid";
    let url = format!("{}/o/oauth2/v2/auth?{query}", emulator.url());
    let page = emulator.visit(&url).expect("a page");
    assert_eq!(page.status, 302);
    assert!(page.url.starts_with("https://app.example/cb?iss="), "{}", page.url);
    assert!(parameter(&page.url, "code").starts_with("4/0A"));
    for url in ["https://app.example/", "http://192.0.2.1/", "ftp://127.0.0.1/", "x"] {
        assert!(emulator.visit(url).is_err(), "{url}");
    }
}

#[test]
fn prompt_is_in_the_journal_and_replies_come_in_order() {
    let emulator = google();
    let token = emulator.access_token("ada@example.com", &[RETRIEVER]);
    emulator.reply("gemini-2.5-flash", "Rome.");
    emulator.replies("gemini-2.5-flash", ["Paris.", "Bern."]);
    for answer in ["Rome.", "Paris.", "Bern.", "The emulator answers as"] {
        assert!(generate(&emulator, &token, "a capital").contains(answer), "{answer}");
    }
    let requests = emulator.requests();
    let json = requests[0].json().expect("a body");
    assert_eq!(json["contents"][0]["parts"][0]["text"], "a capital");
}

#[test]
fn secrets_of_json_bodies_are_hashed_in_the_journal() {
    let emulator = google();
    let body = "{\"grant_type\": \"refresh_token\", \"refresh_token\": \"1//0gsecret\"}";
    send(&emulator, "POST /token", JSON, body);
    let recorded = emulator.requests()[0].body.clone().expect("a body");
    assert!(recorded.contains("\"grant_type\":\"refresh_token\""), "{recorded}");
    assert!(recorded.contains("\"refresh_token\":\"sha256:") && !recorded.contains("0gsecret"));
}

#[test]
fn journal_is_bounded_in_bytes() {
    let emulator = google();
    let long = "x".repeat(900 * 1024);
    let forms = [
        format!("scope={long}"),
        format!("{long}=1"),
        (0..100_000).map(|at| format!("{at}&")).collect(),
    ];
    for form in &forms {
        post_form(&emulator, "/token", form);
    }
    let sizes: Vec<usize> =
        emulator.requests().iter().map(|request| format!("{request:?}").len()).collect();
    assert!(sizes.iter().all(|size| *size < 20 * 1024), "{sizes:?}");
    let prompt = "x".repeat(100 * 1024);
    for _ in 0..300 {
        generate(&emulator, "none", &prompt);
    }
    let kept = emulator.requests();
    let bytes: usize = kept.iter().map(|one| one.body.as_ref().map_or(0, String::len)).sum();
    assert!((200..260).contains(&kept.len()) && bytes <= 16 << 20, "{} {bytes}", kept.len());
    assert_eq!(kept[0].json(), None, "a body that was cut is not JSON");
}

#[test]
fn expectations_are_verified_on_demand_and_on_drop() {
    let emulator = google();
    let token = emulator.access_token("ada@example.com", &[RETRIEVER]);
    emulator.expect(Expectation::model("gemini-2.5-flash"));
    emulator.expect(Expectation::path("/token").method("POST").times(0));
    emulator.expect(Expectation::path("/v1").at_least(1));
    generate(&emulator, &token, "once");
    emulator.verify();
    generate(&emulator, &token, "twice");
    get(&emulator, "/token", "");
    let message = |verify: &dyn Fn()| {
        let payload = catch_unwind(AssertUnwindSafe(verify)).unwrap_err();
        payload.downcast_ref::<String>().expect("a message").clone()
    };
    let unmet = "expected 1 of calls of the model `gemini-2.5-flash`, got 2";
    assert_eq!(message(&|| emulator.verify()), unmet);
    let emulator = std::cell::RefCell::new(Some(emulator));
    assert_eq!(message(&|| drop(emulator.borrow_mut().take())), unmet);
}

#[test]
fn variables_can_be_looked_up() {
    let emulator = google();
    let env = emulator.env();
    assert_eq!(env("HALLPASS_EMULATOR_HOST"), Some(OsString::from(emulator.address().to_string())));
    assert_eq!(env("HOME"), None);
}
