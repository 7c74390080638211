//! The agent's page: who may open it, what it shows, and what no other site can make it do.

use crate::world::{World, credential, parts, token};
use hallpass_agent::NewTicket;
use std::io;
use std::sync::{Arc, Mutex};

/// Returns path and query of the page.
fn link(world: &World) -> String {
    let link = world.agent.page_link().expect("a page");
    let origin = format!("http://{}", world.agent.address());
    link.strip_prefix(&origin).expect("the agent's address").to_owned()
}

/// What a browser sends with the page's own form, whose page sends no referrer.
const OWN_FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\n\
     Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n";

fn form(world: &World) -> String {
    let token = link(world).replace("/?link=", "");
    format!("link={token}&revoke={}", world.ticket.id())
}

fn is_revoked(world: &World) -> bool {
    world.agent.tickets().list()[0].revoked
}

#[tokio::test]
async fn the_page_opens_by_its_own_link_alone_and_the_link_opens_nothing_else() {
    let world = World::with_page();
    let link = link(&world);
    let token = link.strip_prefix("/?link=").expect("a link");
    assert_eq!((&token[..4], token.len()), ("hpl_", 47), "256 bits: {token}");
    for path in [
        "/".to_owned(),
        "/?link=".to_owned(),
        "/?link=[TICKET]".to_owned(),
        "/?key=[TICKET]".to_owned(),
        format!("/?link={}", &token[..46]),
        format!("/?link={token}A"),
        format!("{link}&link={token}"),
    ] {
        let reply = world.get(&path, "x-goog-api-key: [TICKET]\r\n").await;
        let (status, head, body) = parts(&reply);
        assert_eq!(status, 403, "{path}: {reply}");
        assert!(head.contains("content-type: text/plain; charset=utf-8"), "{head}");
        assert!(body.contains("`hallpass agent status`") && !body.contains("hpl_"), "{body}");
    }
    let opened = world.get(&link, "").await;
    assert_eq!(parts(&opened).0, 200, "{opened}");
    for headers in
        [format!("x-goog-api-key: {token}\r\n"), format!("Authorization: Bearer {token}\r\n")]
    {
        let reply = world.get("/v1/models", &headers).await;
        assert_eq!(parts(&reply).0, 401, "{reply}");
    }
    let grant = format!("grant_type=refresh_token&refresh_token={token}");
    assert!(world.post("/token", "", &grant).await.contains("\"error\":\"invalid_grant\""));
    let journal = format!("{:?}", world.agent.journal().latest());
    assert!(journal.contains("LINK") && !journal.contains("hpl_"), "{journal}");
    assert!(!format!("{:?}", world.agent).contains(token));
}

#[tokio::test]
async fn without_being_asked_for_there_is_no_page() {
    let world = World::alone();
    assert_eq!(world.agent.page_link(), None);
    let reply = world.get("/", "x-goog-api-key: [TICKET]\r\n").await;
    assert_eq!(parts(&reply).0, 404, "{reply}");
}

#[tokio::test]
async fn the_page_runs_no_script_is_kept_nowhere_and_escapes_what_comes_from_outside() {
    let world = World::with_page();
    let new = NewTicket::new("<script>name</script>", credential(vec![token("ya29.b", 3600)]));
    let new = new.profile("\"><b>work").scopes("a <i>scope</i>");
    world.agent.tickets().issue(new).expect("ticket");
    world.get("/x'\"&y", "x-goog-api-key: [TICKET]\r\n").await;
    let reply = world.get(&link(&world), "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n").await;
    let (status, head, body) = parts(&reply);
    assert_eq!(status, 200, "{reply}");
    for line in [
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "x-frame-options: DENY",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
    for shown in [
        "&lt;script&gt;name&lt;/script&gt;",
        "&quot;&gt;&lt;b&gt;work",
        "a &lt;i&gt;scope&lt;/i&gt;",
        "GET /x'&quot;&amp;y",
        "<td>PATH</td>",
        "<td>2027-01-15T08:00:00Z</td>",
    ] {
        assert!(body.contains(shown), "{shown} in {body}");
    }
    for raw in ["<script", "<b>", "<i>", "<img", "hpt_", "ya29.", "http://", "https://"] {
        assert!(!body.contains(raw), "{raw} in {body}");
    }
}

#[tokio::test]
async fn the_pages_own_form_revokes_a_ticket_and_leads_back() {
    let world = World::with_page();
    let forgotten = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&forgotten);
    world.agent.forget_by(Box::new(move |id| {
        keep.lock().expect("IDs").push(id.to_owned());
        Ok(())
    }));
    let reply = world.post("/", OWN_FORM, &form(&world)).await;
    let (status, head, _) = parts(&reply);
    assert_eq!(status, 303, "{reply}");
    assert!(head.contains(&format!("location: {}", link(&world))), "{head}");
    assert!(is_revoked(&world));
    assert_eq!(*forgotten.lock().expect("IDs"), [world.ticket.id()]);
    let page = world.get(&link(&world), "Sec-Fetch-Site: same-origin\r\n").await;
    assert!(page.contains("<td>revoked</td>") && !page.contains("<button"), "{page}");
}

#[tokio::test]
async fn a_ticket_that_would_be_good_again_is_told_of() {
    let world = World::with_page();
    world.agent.forget_by(Box::new(|_| Err(io::Error::other("the disk is full"))));
    let reply = world.post("/", OWN_FORM, &form(&world)).await;
    assert_eq!(parts(&reply).0, 500, "{reply}");
    assert!(reply.contains("the ticket has ended, but"), "{reply}");
    assert!(is_revoked(&world));
}

#[tokio::test]
async fn no_other_site_can_open_the_page_or_send_its_form_even_with_the_link() {
    let world = World::with_page();
    let (link, form) = (link(&world), form(&world));
    let port = world.agent.address().port();
    for headers in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Mode: cors\r\n",
        "Sec-Fetch-Dest: iframe\r\n",
        "Sec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n",
        "Origin: http://rebound.example\r\n",
        "Origin: null\r\n",
        "Referer: http://rebound.example/\r\n",
        "X-Forwarded-Host: [HOST]\r\n",
    ] {
        let reply = world.get(&link, headers).await;
        assert_eq!(parts(&reply).0, 403, "{headers}: {reply}");
        assert!(!reply.contains("<table"), "{headers}: {reply}");
    }
    let elsewhere = [
        "".to_owned(),
        "Origin: null\r\n".to_owned(),
        "Origin: null\r\nSec-Fetch-Site: cross-site\r\n".to_owned(),
        "Origin: http://rebound.example\r\nSec-Fetch-Site: same-origin\r\n".to_owned(),
        format!("Origin: http://localhost:{port}\r\n"),
        format!("Origin: http://rebound.example:{port}\r\n"),
        "Sec-Fetch-Site: same-site\r\n".to_owned(),
        "Sec-Fetch-Site: none\r\n".to_owned(),
        "Origin: http://[HOST]\r\nOrigin: http://[HOST]\r\n".to_owned(),
        OWN_FORM.replace("navigate", "cors"),
        OWN_FORM.replace("document", "iframe"),
    ];
    for headers in &elsewhere {
        let reply = world.post("/", headers, &form).await;
        assert_eq!(parts(&reply).0, 403, "{headers}: {reply}");
    }
    let rebound = format!(
        "POST / HTTP/1.1\r\nHost: rebound.example:{port}\r\nConnection: close\r\nContent-Length: {}\r\n{OWN_FORM}\r\n{form}",
        form.len()
    );
    assert_eq!(parts(&world.raw(&rebound).await).0, 403);
    let without = format!("revoke={}", world.ticket.id());
    for body in
        [without.clone(), format!("link=hpl_guessed&{without}"), form.replace("revoke=", "x=")]
    {
        let reply = world.post("/", OWN_FORM, &body).await;
        assert!(matches!(parts(&reply).0, 400 | 403), "{body}: {reply}");
    }
    assert!(!is_revoked(&world));
    let own = world.post("/", "Origin: http://[HOST]\r\n", &form).await;
    assert_eq!(parts(&own).0, 303, "a browser without Sec-Fetch headers: {own}");
}
