//! The standing agent and a real browser: its page works, and a stranger's page can neither read nor change anything.
//!
//! `*.test` leads to this machine, as a stranger's name server makes it (`chrome`).

use crate::chrome::{Chrome, Screen};
use hallpass_testbed::{Server, World};
use serde_json::{Value, json};

/// A world with an agent, which is stopped at the end, and one ticket of it.
struct Agent {
    world: World,
    ticket: String,
    origin: String,
    /// The address of its page.
    page: String,
}

impl Agent {
    fn start() -> Self {
        let world = World::signed_in();
        world.run(&["agent", "start", "--detach"]).done();
        let ticket =
            world.run(&["agent", "ticket", "new", "my-app"]).stdout().trim_end().to_owned();
        let status = world.run(&["agent", "status", "--format", "json"]).stdout();
        let status: Value = serde_json::from_str(&status).expect("JSON");
        let origin = format!("http://{}", status["address"].as_str().expect("address"));
        let page = status["page"].as_str().expect("a link").to_owned();
        Self { world, ticket, origin, page }
    }

    fn tickets(&self) -> Value {
        let list = self.world.run(&["agent", "ticket", "list", "--format", "json"]).stdout();
        serde_json::from_str::<Value>(&list).expect("JSON")["tickets"].clone()
    }

    /// Returns path, status and reason of every request.
    fn journal(&self) -> Vec<(String, u64, String)> {
        let journal = self.world.read("hallpass/agent/journal.jsonl");
        let entries = journal.lines().map(|line| {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            (text("path"), entry["status"].as_u64().expect("a status"), text("refused"))
        });
        entries.collect()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.world.run(&["agent", "stop"]);
    }
}

/// Asks the agent in every way that a page has, with a stolen ticket, and returns what the page may read of it.
const ASKS: &str = r"
    const [agent, ticket, done] = arguments;
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: ticket });
    const asked = [
        ['/v1beta/models?key=' + ticket, {}],
        ['/v1beta/models?key=' + ticket, { mode: 'no-cors' }],
        ['/v1beta/models', { headers: { 'x-goog-api-key': ticket } }],
        ['/token', { method: 'POST', body: form }],
        ['/token', { method: 'POST', body: form, mode: 'no-cors' }],
    ].map(([path, how]) => fetch(agent + path, how).then(reply => reply.text()).catch(() => 'kept away'));
    const picture = new Promise(told => {
        const picture = new Image();
        picture.onload = () => told('a picture');
        picture.onerror = () => told('kept away');
        picture.src = agent + '/v1beta/models?key=' + ticket;
    });
    Promise.all([...asked, picture]).then(done);";

/// Tries all of [`ASKS`] in the page that is open.
async fn ask(chrome: &Chrome, agent: &Agent, address: &str) {
    let arguments = vec![json!(address), json!(agent.ticket)];
    let read = chrome.page.execute_async(ASKS, arguments).await.expect("to ask");
    let read = read.to_string();
    for secret in ["gemini-", "access_token", "ya29."] {
        assert!(!read.contains(secret), "{secret} in {read}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agents_page_revokes_a_ticket_by_its_button() {
    let agent = Agent::start();
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&agent.page).await;
    chrome.heading("hallpass agent").await;
    chrome.shows("my-app").await;
    chrome.click("Revoke").await;
    chrome.shows("revoked").await;
    assert_eq!(agent.tickets(), json!([]));
    assert_eq!(chrome.page.current_url().await.expect("an address").as_str(), agent.page);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_name_that_leads_to_the_agent_opens_nothing() {
    let agent = Agent::start();
    let port = agent.origin.rsplit(':').next().expect("a port");
    let rebound = format!("http://rebound.test:{port}");
    let asked = agent.world.emulator.requests().len();
    let chrome = Chrome::start(None, Screen::Light).await;
    // Here the page is of the stranger's origin, and that origin is the agent.
    chrome.open(&format!("{rebound}/v1beta/models")).await;
    chrome.shows("HOST").await;
    ask(&chrome, &agent, &rebound).await;
    chrome.open(&agent.page.replace(&agent.origin, &rebound)).await;
    chrome.shows("the Host header is not the address").await;
    let journal = agent.journal();
    let refused =
        journal.iter().filter(|(_, status, why)| (*status, why.as_str()) == (403, "HOST"));
    assert!(refused.count() >= 8, "{journal:?}");
    assert!(journal.iter().all(|(_, status, _)| *status >= 400), "{journal:?}");
    assert_eq!(agent.world.emulator.requests().len(), asked, "nothing went on");
    assert_eq!(agent.tickets()[0]["uses"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_use_the_agent_even_with_a_stolen_ticket_and_link() {
    let agent = Agent::start();
    let id = agent.tickets()[0]["id"].as_str().expect("an ID").to_owned();
    let link = agent.page.split("link=").nth(1).expect("a link");
    let html = format!(
        "<!doctype html><title>stranger</title><h1>stranger</h1>\
         <form method=post action='{}/'><input type=hidden name=link value='{link}'>\
         <button name=revoke value='{id}'>Win a prize</button></form><a href='{}'>Look here</a>",
        agent.origin, agent.page
    );
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
        html.len()
    );
    let site = Server::start(move |_, _| reply.clone()).await;
    let site = site.origin().replace("127.0.0.1", "stranger.test");
    let asked = agent.world.emulator.requests().len();
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&site).await;
    chrome.heading("stranger").await;
    ask(&chrome, &agent, &agent.origin).await;
    for words in ["Win a prize", "Look here"] {
        chrome.open(&site).await;
        chrome.click(words).await;
        chrome.shows("serves programs, not web pages").await;
    }
    let journal = agent.journal();
    for path in ["/v1beta/models", "/token", "/"] {
        let is_there = |entry: &(String, u64, String)| entry.0 == path && entry.2 == "BROWSER";
        assert!(journal.iter().any(is_there), "{path} in {journal:?}");
    }
    assert!(journal.iter().all(|(_, status, _)| *status >= 400), "{journal:?}");
    assert_eq!(agent.world.emulator.requests().len(), asked, "nothing went on");
    assert_eq!(agent.tickets()[0]["uses"], 0);
}
