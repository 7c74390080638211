//! The standing agent: started, asked, stopped, started again; tickets made, used, revoked; another user kept out.

use hallpass_testbed::World;
use serde_json::Value;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A world with an agent, which is stopped at the end.
struct Agent(World);

impl Agent {
    fn start() -> Self {
        let world = World::signed_in();
        world.run(&["set-quota-project", "demo-project"]);
        world.run(&["agent", "start", "--detach"]).done();
        Self(world)
    }

    fn run(&self, words: &str) -> hallpass_testbed::Run {
        let words: Vec<&str> = ["agent"].into_iter().chain(words.split(' ')).collect();
        self.0.run(&words)
    }

    fn json(&self, words: &str) -> Value {
        let words = format!("{words} --format json");
        serde_json::from_str(&self.run(&words).stdout()).expect("JSON")
    }

    fn origin(&self) -> String {
        format!("http://{}", self.json("status")["address"].as_str().expect("address"))
    }

    /// Returns the status of a request for models with this key.
    fn models(&self, key: &str) -> String {
        curl(&[
            &format!("{}/v1beta/models", self.origin()),
            "-H",
            &format!("x-goog-api-key: {key}"),
        ])
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.0.run(&["agent", "stop"]);
    }
}

/// Returns the status alone.
fn curl(words: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-s", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(words)
        .output();
    String::from_utf8(output.expect("curl").stdout).expect("UTF-8")
}

#[test]
fn a_ticket_opens_the_gemini_api_until_it_is_revoked() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new my-app").stdout();
    let ticket = ticket.trim_end();
    assert!(ticket.starts_with("hpt_") && ticket.len() == 47, "{ticket}");
    assert_eq!(agent.models(ticket), "200");
    let list = agent.run("ticket list").stdout();
    assert!(list.contains("  my-app  1 uses  last 20"), "{list}");
    assert!(!list.contains("hpt_"), "{list}");
    let id = list.split(' ').next().expect("ID").to_owned();
    assert_eq!(agent.run(&format!("ticket revoke {id}")).done().stdout, "");
    assert_eq!(agent.models(ticket), "401");
    assert_eq!(agent.run("ticket list").stdout(), "");
    let words = agent.run(&format!("ticket revoke {id}")).failed_with(2);
    assert!(words.contains(&format!("there is no ticket `{id}`")), "{words}");
}

#[test]
fn tickets_are_good_again_when_the_agent_is_started_again_and_nothing_on_disk_opens_anything() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new my-app").stdout();
    let origin = agent.origin();
    agent.run("stop").done();
    assert!(agent.run("status").failed_with(1).contains("hallpass agent start --detach"));
    let folder = agent.0.path("hallpass/agent");
    assert_eq!(std::fs::metadata(&folder).expect("folder").mode() & 0o777, 0o700);
    for file in agent.0.files().iter().filter(|file| file.starts_with("hallpass/agent/")) {
        assert_eq!(agent.0.mode(file), 0o600, "{file}");
        let text = agent.0.read(file);
        assert!(!text.contains("hpt_") && !text.contains("ya29."), "{file}: {text}");
    }
    agent.run("start --detach").done();
    assert_eq!(agent.origin(), origin, "programs find it again");
    assert_eq!(agent.models(ticket.trim_end()), "200");
    let more: Vec<String> = (0..3).map(|_| agent.run("ticket new more").stdout()).collect();
    agent.run("ticket revoke --all").done();
    for ticket in more.iter().chain([&ticket]) {
        assert_eq!(agent.models(ticket.trim_end()), "401");
    }
    agent.run("stop").done();
    agent.run("start --detach").done();
    assert_eq!(agent.models(ticket.trim_end()), "401", "a revoked ticket does not come back");
}

#[test]
fn the_printed_variables_are_all_that_a_program_needs() {
    let agent = Agent::start();
    let variables = agent.run("env my-app").stdout();
    agent.0.write("app.sh", &variables);
    let line = r#". ./app.sh; curl -s -o /dev/null -w '%{http_code} ' -H "x-goog-api-key: $GEMINI_API_KEY" "$GOOGLE_GEMINI_BASE_URL/v1/models"
        ticket=$(sed -n 's/.*"refresh_token": "\(.*\)",/\1/p' "$GOOGLE_APPLICATION_CREDENTIALS")
        curl -s -o /dev/null -w '%{http_code} ' -d "grant_type=refresh_token&refresh_token=$ticket" "$GOOGLE_GEMINI_BASE_URL/token"
        stat -c %a "$GOOGLE_APPLICATION_CREDENTIALS"; echo "$GOOGLE_CLOUD_QUOTA_PROJECT""#;
    let output = agent.0.command_of("sh", &["-c", line]).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "200 200 600\ndemo-project\n");

    let file = agent.run("env other --for file --openai").stdout();
    assert!(file.lines().all(|line| !line.starts_with("export") && !line.contains('\'')), "{file}");
    for name in ["GEMINI_API_KEY=hpt_", "OPENAI_API_KEY=hpt_", "OPENAI_BASE_URL=http://127.0.0.1:"]
    {
        assert!(file.lines().any(|line| line.starts_with(name)), "{name} in {file}");
    }
    assert_eq!(agent.json("ticket list")["tickets"].as_array().map(Vec::len), Some(2));
    let id = agent.json("ticket list")["tickets"][0]["id"].as_str().expect("ID").to_owned();
    agent.run(&format!("ticket revoke {id}")).done();
    assert!(
        !agent.0.path(&format!("hallpass/agent/{id}.json")).exists(),
        "the file goes with the ticket"
    );
}

#[test]
fn a_ticket_that_cannot_be_written_down_is_none() {
    let agent = Agent::start();
    let kept = agent.run("ticket new kept").stdout();
    hallpass::store::remove_private(agent.0.path("hallpass/agent/tickets.json")).expect("remove");
    agent.0.write("hallpass/agent/tickets.json/in-the-way", "");
    for words in ["ticket new lost", "env lost"] {
        let told = agent.run(words).failed_with(1);
        assert!(told.contains("tickets.json") && told.contains("cannot be written"), "{told}");
    }
    assert_eq!(agent.json("status")["tickets"], 1);
    assert_eq!(agent.models(kept.trim_end()), "200");
    let files = agent.0.files();
    let lists = ["agent.json"].map(|name| format!("hallpass/agent/{name}"));
    let of_tickets = files.iter().filter(|file| {
        file.starts_with("hallpass/agent/") && file.ends_with(".json") && !lists.contains(file)
    });
    assert_eq!(of_tickets.count(), 0, "{files:?}");
}

#[test]
fn a_narrowed_ticket_gets_tokens_with_its_scopes_alone() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new narrow --scopes retriever").stdout();
    let form = format!("grant_type=refresh_token&refresh_token={}", ticket.trim_end());
    assert_eq!(curl(&["-d", &form, &format!("{}/token", agent.origin())]), "200");
    let asked = agent.0.emulator.requests();
    let asked = asked.iter().rev().find(|request| request.path == "/token").expect("a refresh");
    let scope = asked.form.get("scope").map(String::as_str);
    assert_eq!(scope, Some("https://www.googleapis.com/auth/generative-language.retriever"));
    let words =
        agent.run("ticket new wide --scopes https://www.googleapis.com/auth/drive").failed_with(4);
    assert!(words.contains("scopes that the sign-in does not have"), "{words}");
}

#[test]
fn a_ticket_ends_after_its_hours_although_the_agent_was_started_again_meanwhile() {
    let agent = Agent::start();
    let short = agent.run("ticket new short --hours 1").stdout();
    let long = agent.run("ticket new long --hours 3").stdout();
    assert_eq!(agent.models(short.trim_end()), "200");
    agent.run("stop").done();
    // An agent takes the emulator's clock as it is at the start.
    agent.0.emulator.advance(Duration::from_secs(2 * 60 * 60));
    agent.run("start --detach").done();
    assert_eq!(agent.models(short.trim_end()), "401");
    assert!(agent.0.read("hallpass/agent/journal.jsonl").contains("TICKET_EXPIRED"));
    assert_eq!(agent.models(long.trim_end()), "200");
}

#[test]
fn lines_for_a_shell_hold_whatever_name_the_folder_has() {
    let world = World::signed_in();
    let folder = world.path("it's $here").display().to_string();
    let run = |words: &[&str]| world.run_with(words, &[("HALLPASS_CONFIG", &folder)]);
    run(&["agent", "start", "--detach"]).done();
    let lines = run(&["agent", "env", "my-app"]);
    run(&["agent", "stop"]).done();
    let script = format!("{}printenv GOOGLE_APPLICATION_CREDENTIALS", lines.stdout());
    let output = world.command_of("sh", &["-c", &script]).output().expect("sh");
    let file = String::from_utf8(output.stdout).expect("UTF-8");
    let file = file.strip_prefix(&format!("{folder}/agent/")).expect(&file);
    assert!(file.ends_with(".json\n") && !file.contains('/'), "{file}");
}

#[test]
fn a_ticket_is_of_one_profile() {
    let agent = Agent::start();
    let login = ["login", "--profile", "work", "--client-id-file", "client_secret.json"];
    agent.0.run(&login).done();
    let ticket = agent.run("ticket new app --profile work").stdout();
    assert_eq!(agent.models(ticket.trim_end()), "200");
    assert_eq!(agent.json("ticket list")["tickets"][0]["profile"], "work");
    let words = agent.run("ticket new app --profile none").failed_with(4);
    assert!(words.contains("the profile `none` has no sign-in"), "{words}");
}

#[test]
fn one_agent_at_a_time_and_a_killed_one_leaves_nothing_in_the_way() {
    let agent = Agent::start();
    for words in ["start", "start --detach"] {
        let told = agent.run(words).failed_with(2);
        assert!(told.contains("an agent runs already"), "{told}");
    }
    let process = agent.json("status")["process"].to_string();
    let killed = Command::new("kill").args(["-KILL", &process]).status();
    assert!(killed.expect("kill").success());
    let gone = || !Path::new(&format!("/proc/{process}/exe")).exists();
    assert!((0..500).any(|_| gone() || {
        std::thread::park_timeout(Duration::from_millis(10));
        false
    }));
    agent.run("start --detach").done();
    assert_eq!(agent.json("status")["tickets"], 0);
}

#[test]
fn the_journal_tells_who_asked_for_what_and_holds_no_secret() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new my-app").stdout();
    agent.models(ticket.trim_end());
    agent.models("stolen");
    curl(&[&format!("{}/v1/models?key={}&quotaUser=private", agent.origin(), ticket.trim_end())]);
    let journal = agent.0.read("hallpass/agent/journal.jsonl");
    let entries: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |at: usize| {
        let entry = &entries[at];
        (
            entry["name"].clone(),
            entry["path"].clone(),
            entry["status"].clone(),
            entry["refused"].clone(),
        )
    };
    assert_eq!(told(0), ("my-app".into(), "/v1beta/models".into(), 200.into(), Value::Null));
    assert_eq!(
        told(1),
        (Value::Null, "/v1beta/models".into(), 401.into(), "TICKET_UNKNOWN".into())
    );
    assert_eq!(told(2), ("my-app".into(), "/v1/models".into(), 200.into(), Value::Null));
    for secret in ["hpt_", "stolen", "private", "ya29."] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
    }
}

#[test]
fn the_page_shows_a_ticket_and_its_button_ends_it_for_good() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new my-app --scopes retriever").stdout();
    agent.models(ticket.trim_end());
    let page = agent.json("status")["page"].as_str().expect("a link").to_owned();
    assert!(agent.run("status").stdout().contains(&page));
    let output = Command::new("curl").args(["-s", &page]).output().expect("curl");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for shown in ["my-app", "auth/generative-language.retriever", "GET /v1beta/models"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    let id = agent.json("ticket list")["tickets"][0]["id"].as_str().expect("ID").to_owned();
    let (origin, link) = page.split_once("/?").expect("a link");
    let form = format!("{link}&revoke={id}");
    let origin_header = format!("Origin: {origin}");
    assert_eq!(curl(&[&format!("{origin}/"), "-d", &form]), "403", "no browser's form");
    assert_eq!(curl(&[&format!("{origin}/"), "-H", &origin_header, "-d", &form]), "303");
    assert_eq!(agent.models(ticket.trim_end()), "401");
    assert_eq!(agent.run("ticket list").stdout(), "");
    agent.run("stop").done();
    agent.run("start --detach").done();
    assert_eq!(agent.models(ticket.trim_end()), "401", "it does not come back");
    assert_ne!(
        agent.json("status")["page"].as_str(),
        Some(page.as_str()),
        "each agent has its own"
    );
    assert_eq!(curl(&[&page]), "403");
    assert!(!agent.0.read("hallpass/agent/journal.jsonl").contains("hpl_"));
}

#[test]
fn counters_are_served_where_they_were_asked_for() {
    let agent = Agent::start();
    let scrape = |agent: &Agent| {
        let page = agent.json("status")["page"].as_str().expect("a link").to_owned();
        let (origin, token) = page.split_once("/?link=").expect("a link");
        let bearer = format!("Authorization: Bearer {token}");
        let output =
            Command::new("curl").args(["-s", &format!("{origin}/metrics"), "-H", &bearer]).output();
        String::from_utf8(output.expect("curl").stdout).expect("UTF-8")
    };
    assert!(scrape(&agent).contains("TICKET_UNKNOWN"), "there are none");
    agent.run("stop").done();
    agent.run("start --detach --metrics").done();
    let ticket = agent.run("ticket new my-app").stdout();
    agent.models(ticket.trim_end());
    let counters = scrape(&agent);
    for line in [
        "hallpass_agent_requests_total{ticket=\"my-app\",status=\"2xx\"} 1\n",
        "hallpass_agent_refreshes_total 1\n",
    ] {
        assert!(counters.contains(line), "{line} in {counters}");
    }
}

#[test]
fn another_user_gets_nothing_from_the_port_and_nothing_from_a_socket_with_wide_rights() {
    let agent = Agent::start();
    let ticket = agent.run("ticket new my-app").stdout();
    let origin = agent.origin();
    let folder = agent.0.path("hallpass/agent");
    for socket in ["hallpass/agent/agent.sock", "hallpass/agent/control.sock"] {
        assert_eq!(agent.0.mode(socket), 0o600, "{socket}");
    }
    // As careless as can be: everybody may enter, and connect.
    let mut wide = folder.clone();
    while wide != std::env::temp_dir() && wide.pop() {
        let _ = std::fs::set_permissions(&wide, PermissionsExt::from_mode(0o755));
        if wide.join("client_secret.json").exists() {
            break;
        }
    }
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("mode");
    for socket in ["agent.sock", "control.sock"] {
        std::fs::set_permissions(folder.join(socket), PermissionsExt::from_mode(0o666))
            .expect("mode");
    }
    let key = format!("x-goog-api-key: {}", ticket.trim_end());
    let socket = folder.join("agent.sock").display().to_string();
    let through = ["--unix-socket", socket.as_str(), "http://a/v1beta/models", "-H", key.as_str()];
    assert_eq!(curl(&through), "200", "the user's own program");
    // One line there, one line back: what curl does with an address of gopher's.
    let control = folder.join("control.sock").display().to_string();
    let question = ["-s", "--unix-socket", &control, "gopher://a/_%7B%22do%22%3A%22status%22%7D"];
    let told = Command::new("curl").args(question).output().expect("curl").stdout;
    assert!(told.starts_with(b"{\"address\":"), "{}", told.escape_ascii());
    // Another user needs root to be tried; elsewhere these lines try nothing.
    let root = std::fs::metadata(agent.0.path(".")).expect("home").uid() == 0;
    if root {
        let as_another = |words: &[&str]| {
            let setpriv = ["--reuid=65534", "--regid=65534", "--clear-groups", "curl"];
            let output =
                Command::new("setpriv").args(setpriv).args(words).output().expect("setpriv");
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        let stranger = |words: &[&str]| {
            as_another(&[&["-s", "-o", "/dev/null", "-w", "%{http_code}"], words].concat())
        };
        assert_eq!(stranger(&[&format!("{origin}/v1beta/models")]), "401");
        assert_eq!(
            stranger(&[&format!("{origin}/token"), "-d", "grant_type=refresh_token"]),
            "400"
        );
        assert_eq!(stranger(&through), "000", "no answer at all");
        assert_eq!(as_another(&question), "", "no answer to a command's question either");
    }
    // An agent does not start in a folder that others may enter.
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("mode");
    agent.run("stop").done();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("mode");
    assert!(agent.run("start").failed_with(2).contains("mode 0700"));
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("mode");
}

#[test]
fn the_unit_of_a_sessions_manager_names_this_command_wherever_it_is() {
    let world = World::new();
    world.write("bin/a b%&/hallpass", "");
    let binary = world.path("bin/a b%&/hallpass").canonicalize().expect("path");
    // By another process: what other tests start meanwhile would hold a file that this one writes, which then cannot be
    // run (ETXTBSY).
    let mut copy = Command::new("cp");
    copy.arg("-p").arg(env!("CARGO_BIN_EXE_hallpass")).arg(&binary);
    assert!(copy.status().expect("cp").success());
    let unit = |manager: &str| {
        let run = world.command_of(&binary, &["agent", "unit", manager]).output().expect("run");
        world.finish(run).stdout()
    };
    let folder = binary.parent().and_then(Path::parent).expect("bin").display().to_string();
    // systemd.service(5): `%%` is a percent sign, `\x20` a space.
    let start = format!("\nExecStart={folder}/a\\x20b%%&/hallpass agent start\n");
    let text = unit("systemd");
    assert!(text.contains("\n[Service]\n") && text.contains(&start), "{text}");
    assert!(text.ends_with("\n[Install]\nWantedBy=default.target\n"), "{text}");
    let words = [format!("{folder}/a b%&amp;/hallpass"), "agent".to_owned(), "start".to_owned()];
    let words = words.map(|word| format!("\n    <string>{word}</string>")).concat();
    let text = unit("launchd");
    let array = format!("<key>ProgramArguments</key>\n  <array>{words}\n  </array>\n");
    assert!(text.starts_with("<?xml") && text.contains(&array), "{text}");
    assert!(text.contains("<key>RunAtLoad</key>\n  <true/>"), "{text}");
}
