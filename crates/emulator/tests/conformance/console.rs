//! The console at `/`, as a browser without script sees it.

use crate::wire::{
    CLIENT_ID, CLOUD, RETRIEVER, Reply, approving, encoded, get, list_models, post_form, send,
    sign_in,
};
use hallpass_emulator::Emulator;

const JSON: &str = "Content-Type: application/json\r\n";

/// Sends a form that the project's page offers, with all of these fields.
fn submit(emulator: &Emulator, form: &str) -> Reply {
    let pairs: Vec<_> = form.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let value = |wanted: &str| {
        pairs.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| *value)
    };
    let page = shown(emulator, value("project"));
    let offered = page.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
    let hidden = |name: &str| format!("type=\"hidden\" name=\"{name}\" value=\"{}\"", value(name));
    let mut of_action = offered.filter(|form| form.contains(&hidden("action")));
    let is_whole = |form: &str| {
        form.starts_with("method=\"post\" action=\"/console\"")
            && (value("project").is_empty() || form.contains(&hidden("project")))
            && pairs.iter().all(|(name, _)| form.contains(&format!(" name=\"{name}\"")))
    };
    assert!(of_action.any(is_whole), "the page has no form for {form}: {page}");
    submit_anything(emulator, form)
}

/// Reads the token of the page and sends one form with it.
fn submit_anything(emulator: &Emulator, form: &str) -> Reply {
    let page = get(emulator, "/", "").body;
    let at = page.find("name=\"token\" value=\"").expect("a token") + 20;
    let token = &page[at..at + page[at..].find('"').expect("a quote")];
    post_form(emulator, "/console", &format!("token={token}&{form}"))
}

fn shown(emulator: &Emulator, project: &str) -> String {
    get(emulator, &format!("/?project={project}"), "").body
}

#[test]
fn console_needs_no_script_and_says_what_it_is() {
    let page = get(&approving(), "/", "");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<strong>Emulator.</strong> This is not Google."), "{}", page.body);
    assert!(!page.body.contains("<script") && !page.body.contains("onclick"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

#[test]
fn console_sets_up_a_project_from_nothing() {
    let emulator = approving();
    let page = shown(&emulator, "my-project");
    assert!(page.contains("There is no project <strong>my-project</strong> yet."), "{page}");
    let reply = submit(&emulator, "action=create-project&id=my-project&owner=ada%40example.com");
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(reply.location(), format!("{}/?project=my-project#api", emulator.url()));
    assert!(shown(&emulator, "my-project").contains("not enabled"));
    for form in [
        "action=enable-api",
        "action=save-consent-screen&app_name=Mine&support_email=me%40example.com&audience=external&publishing=testing",
        "action=add-test-user&email=ada%40example.com",
        "action=create-client",
    ] {
        let reply = submit(&emulator, &format!("project=my-project&{form}"));
        assert_eq!(reply.status, 303, "{form}: {}", reply.body);
    }
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert!(config.contains("\"app_name\": \"Mine\""), "{config}");
    let page = shown(&emulator, "my-project");
    assert!(page.contains("<option value=\"testing\" selected>"), "{page}");
    let form = "project=my-project&action=save-consent-screen&app_name=Mine&support_email=me%40example.com&audience=external&publishing=production&verified=yes";
    assert_eq!(submit(&emulator, form).status, 303);
    let page = shown(&emulator, "my-project");
    for chosen in [
        "value=\"Mine\"",
        "value=\"me@example.com\"",
        "<option value=\"external\" selected>",
        "<option value=\"production\" selected>",
        "name=\"verified\" value=\"yes\" checked",
    ] {
        assert!(page.contains(chosen), "{chosen}: {page}");
    }
    assert!(config.contains("\"number\": 710000000002"), "{config}");
    let page = shown(&emulator, "my-project");
    let at = page.find("/console/client-file?client_id=710000000002-").expect("a download");
    let path = &page[at..at + page[at..].find('"').expect("a quote")];
    let file = get(&emulator, path, "");
    let name = file.header("content-disposition").expect("a name");
    assert!(name.starts_with("attachment; filename=\"client_secret_710000000002-"), "{name}");
    assert!(
        file.body.starts_with("{\"installed\":{\"client_id\":\"710000000002-"),
        "{}",
        file.body
    );
    assert!(file.body.contains("\"project_id\":\"my-project\""), "{}", file.body);
    assert!(file.body.contains("\"client_secret\":\"GOCSPX-"), "{}", file.body);
}

#[test]
fn console_forms_need_the_token_of_the_page() {
    let emulator = approving();
    for token in ["", "token=guessed&"] {
        let form = format!("{token}project=demo-project&action=disable-api");
        assert_eq!(post_form(&emulator, "/console", &form).status, 403);
    }
    assert_eq!(
        list_models(&emulator, &sign_in(&emulator, RETRIEVER).field("access_token")).status,
        200
    );
}

#[test]
fn console_answers_no_other_site() {
    let emulator = approving();
    for header in [
        "Origin: https://evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        assert_eq!(get(&emulator, "/", header).status, 403, "{header}");
    }
    let link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    assert_eq!(get(&emulator, "/", link).status, 200, "a link opens the page");
    let file = format!("/console/client-file?client_id={CLIENT_ID}");
    assert_eq!(get(&emulator, &file, link).status, 403);
    let rebound = send(&emulator, "GET / HTTP/1.1\r\nHost: evil.example", "", "");
    assert_eq!((rebound.status, rebound.body.contains("Cloud console")), (404, false));
}

#[test]
fn console_switches_the_api_off_and_on() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    submit(&emulator, "project=demo-project&action=disable-api");
    assert_eq!(list_models(&emulator, &token).status, 403);
    submit(&emulator, "project=demo-project&action=enable-api");
    assert_eq!(list_models(&emulator, &token).status, 200);
}

#[test]
fn console_adds_a_test_user_with_an_account_and_removes_it() {
    let emulator = approving();
    submit(&emulator, "project=demo-project&action=add-test-user&email=bob%40example.com");
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert_eq!(
        config.matches("\"bob@example.com\"").count(),
        2,
        "a tester and an account: {config}"
    );
    submit(&emulator, "project=demo-project&action=remove-test-user&email=bob%40example.com");
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert_eq!(config.matches("\"bob@example.com\"").count(), 1, "{config}");
}

#[test]
fn console_deletes_a_client() {
    let emulator = approving();
    let form = format!("project=demo-project&action=delete-client&client_id={CLIENT_ID}");
    assert_eq!(submit(&emulator, &form).status, 303);
    assert!(!shown(&emulator, "demo-project").contains(CLIENT_ID));
    let file = format!("/console/client-file?client_id={CLIENT_ID}");
    assert_eq!(get(&emulator, &file, "").status, 404);
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert!(config.contains("\"lifecycle\": \"deleted\""), "{config}");
}

#[test]
fn console_lists_grants_and_revokes_them() {
    let emulator = approving();
    assert!(shown(&emulator, "demo-project").contains("No sign-ins yet."));
    let tokens = sign_in(&emulator, &format!("{CLOUD} {RETRIEVER}"));
    let page = shown(&emulator, "demo-project");
    assert!(page.contains("<strong>ada@example.com</strong> to demo-project, since "), "{page}");
    assert!(page.contains("1 live refresh tokens") && page.contains(RETRIEVER), "{page}");
    assert!(!page.contains(&tokens.field("refresh_token")), "no secret on the page");
    submit(&emulator, "action=revoke&account=ada%40example.com&granted_to=demo-project");
    assert!(shown(&emulator, "demo-project").contains("No sign-ins yet."));
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
}

#[test]
fn console_lists_files_documents_and_caches() {
    use crate::stores::{add, post, store};
    let emulator = approving();
    assert!(
        shown(&emulator, "demo-project").contains("<h2>Files and documents</h2><p>None yet.</p>")
    );
    emulator.update_config(|config| config.caching.min_tokens = 1);
    let file = crate::uploads::upload(&emulator, "text/plain", "<a>.txt", "hello").field("name");
    let empty = store(&emulator);
    add(&emulator, &empty, "text/plain", r#"{"displayName":"b.txt"}"#, "hello");
    let cached = r#"{"model":"models/gemini-2.5-flash","contents":[{"parts":[{"text":"a"}]}]}"#;
    let cache = post(&emulator, "cachedContents", cached).field("name");
    let page = shown(&emulator, "demo-project");
    let row = format!(
        "<td>{file}</td><td>&lt;a&gt;.txt</td><td>text/plain</td><td>5</td><td>ACTIVE</td>"
    );
    assert!(page.contains(&row), "{page}");
    assert!(
        page.contains(
            "<td>My documents</td><td>b.txt</td><td>text/plain</td><td>5</td><td>PENDING</td>"
        ),
        "{page}"
    );
    assert!(
        page.contains(&format!("<td>{cache}</td><td></td><td>gemini-2.5-flash</td><td>1</td>")),
        "{page}"
    );
    emulator.advance(std::time::Duration::from_secs(48 * 3600));
    let page = shown(&emulator, "demo-project");
    assert!(!page.contains(&file) && !page.contains(&cache) && page.contains("b.txt"), "{page}");
}

#[test]
fn grants_are_listed_and_revoked_by_control_paths_too() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let grants = get(&emulator, "/emulator/v1/grants", "").body;
    assert!(grants.contains("\"account\": \"ada@example.com\""), "{grants}");
    assert!(grants.contains("\"refresh_tokens\": 1"), "{grants}");
    let body = "{\"account\": \"ada@example.com\", \"project\": \"demo-project\"}";
    let reply = send(&emulator, "POST /emulator/v1/grants:revoke", JSON, body);
    assert_eq!((reply.status, reply.body.contains("ada")), (200, false));
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
    assert_eq!(send(&emulator, "POST /emulator/v1/grants:revoke", JSON, "{}").status, 400);
}

#[test]
fn console_shows_requests_with_secrets_hashed_and_not_its_own() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let page = shown(&emulator, "demo-project");
    assert!(page.contains("<td>POST /token</td>"), "{page}");
    assert!(page.contains("grant_type=authorization_code") && page.contains("code=sha256:"));
    assert!(!page.contains(&tokens.field("access_token")));
    let hash = page.split("code=sha256:").nth(1).expect("a hash");
    assert_eq!(hash.find('…'), Some(12), "enough to compare: {hash}");
    assert!(!page.contains("<td>GET /</td>") && !page.contains("/console</td>"), "{page}");
    assert!(!page.contains("http-equiv=\"refresh\""));
    let live = get(&emulator, "/?project=demo-project&live=1", "").body;
    assert!(live.contains("<meta http-equiv=\"refresh\" content=\"2\">"), "{live}");
    submit(&emulator, "action=clear-requests");
    assert!(shown(&emulator, "demo-project").contains("None yet."));
}

#[test]
fn console_moves_the_clock_and_adds_faults() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    submit(&emulator, "action=add-fault&path=%2Fv1&kind=503&times=1");
    assert!(shown(&emulator, "demo-project").contains("&quot;path&quot;:&quot;/v1&quot;"));
    assert_eq!(list_models(&emulator, &token).status, 503);
    submit(&emulator, "action=add-fault&path=%2Fv1&kind=429&times=5");
    submit(&emulator, "action=clear-faults");
    assert_eq!(list_models(&emulator, &token).status, 200);
    submit(&emulator, "action=advance-clock&seconds=3600");
    assert_eq!(list_models(&emulator, &token).status, 401);
}

#[test]
fn console_refuses_what_makes_no_sense_and_escapes_what_it_shows() {
    let emulator = approving();
    for form in [
        "action=nonsense",
        "action=create-project&id=Demo",
        "action=create-project&id=demo-project",
        "action=enable-api&project=nowhere",
        "action=add-test-user&project=demo-project&email=nobody",
        "action=save-consent-screen&project=demo-project&app_name=",
        "action=create-client&project=demo-project&kind=web",
        "action=create-client&project=demo-project&kind=toaster",
        "action=create-project&id=my-project&owner=nobody%40example.com",
        "action=save-consent-screen&project=demo-project&app_name=A&support_email=a%40example.com&audience=x&publishing=testing",
        "action=save-consent-screen&project=demo-project&app_name=A&support_email=a%40example.com&audience=external",
        "action=add-fault&path=%2Ftoken&kind=503&times=often",
        "action=delete-client&project=demo-project&client_id=x",
        "action=advance-clock&seconds=soon",
        "action=add-fault&path=token&kind=503",
        "action=add-fault&path=%2Ftoken&kind=fire",
    ] {
        assert_eq!(submit_anything(&emulator, form).status, 400, "{form}");
    }
    let name = encoded("<script>alert(1)</script>");
    let screen = format!(
        "project=demo-project&action=save-consent-screen&app_name={name}&support_email=a%40example.com\
         &audience=external&publishing=testing"
    );
    assert_eq!(submit(&emulator, &screen).status, 303);
    get(&emulator, "/v1beta/models?fields=%3Cscript%3E", "");
    let page = shown(&emulator, "demo-project");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    assert_eq!(get(&emulator, "/console/client-file?client_id=x", "").status, 404);
    assert_eq!(get(&emulator, "/console", "").status, 405);
}

#[test]
fn project_id_that_will_not_do_is_caught_in_the_form_and_kept() {
    let emulator = approving();
    let page = get(&emulator, "/", "").body;
    assert!(
        page.contains("pattern=\"[a-z][a-z0-9\\-]*[a-z0-9]\" title=\"6 to 30 lower-case"),
        "{page}"
    );
    assert!(page.contains("required minlength=\"6\" maxlength=\"30\""), "{page}");
    let form = "action=create-project&id=My+Project&owner=ada%40example.com&project=demo-project";
    let reply = submit(&emulator, form);
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("name=\"project\" value=\"demo-project\""), "{}", reply.body);
    let said = "That did not work. </strong>A project ID has 6 to 30 lower-case letters";
    assert!(
        reply.body.contains(said) && reply.body.contains("value=\"My Project\""),
        "{}",
        reply.body
    );
    assert!(
        reply.body.contains("<details open") && reply.body.contains("Test users"),
        "the page goes on"
    );
}

#[test]
fn console_shows_both_scopes_of_two_ticked_boxes() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let form =
        format!("id=x&action=continue&scope={}&scope={}", encoded(CLOUD), encoded(RETRIEVER));
    post_form(&emulator, "/signin/oauth/flow", &form);
    let page = shown(&emulator, "demo-project");
    assert!(page.contains(&format!("scope={CLOUD} {RETRIEVER}")), "{page}");
}

#[test]
fn styles_leave_room_on_a_narrow_screen() {
    let emulator = approving();
    let console = get(&emulator, "/", "").body;
    assert!(console.contains("@media (max-width: 40rem) {\n  thead { display: none; }"));
    let page = get(&emulator, "/device", "").body;
    assert!(
        page.contains("max-width: min(32rem, 100% - 2rem)")
            && page.contains("overflow-wrap: anywhere")
    );
}
