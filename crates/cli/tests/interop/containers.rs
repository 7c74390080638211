//! The recipes of docs/agent.md for containers, taken from that page and run.
//!
//! A network, mounts and processes of their own stand in for a container's (`unshare`): what a daemon would add is an
//! image. Where the system does not let the test make them, it fails and says so.

use hallpass_testbed::World;
use serde_json::{Value, json};
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../../../docs/agent.md");

/// Brings up a container's own `lo`, mounts what `-v` names, and takes the user's home away. Words: the home, the
/// credential file, the socket or nothing, and what is run.
const CONTAINER: &str = r#"
home=$1 file=$2 socket=$3; shift 3
cd /
ip link set lo up
mount -t tmpfs none /run
if [ -n "$socket" ]; then
    touch /run/hallpass.sock
    mount --bind "$socket" /run/hallpass.sock
fi
touch /run/file
mount --bind "$file" /run/file
mount -t tmpfs none "$home"
mkdir -p "${file%/*}"
touch "$file"
mount --bind /run/file "$file"
umount /run/file
exec "$@"
"#;

/// Prints the status that a request for models has, or 000.
const STATUS: &str = "curl -s -o /dev/null -w '%{http_code} '";

/// A standing agent, which ends with the test, and what `agent env --for file` printed for one program.
struct Agent {
    world: World,
    variables: Vec<(String, String)>,
}

impl Agent {
    fn start() -> Self {
        let world = World::signed_in();
        world.run(&["set-quota-project", "demo-project"]).done();
        world.run(&["agent", "start", "--detach"]).done();
        let file = world.run(&["agent", "env", "my-app", "--for", "file"]).stdout();
        let pairs = file.lines().map(|line| line.split_once('=').expect("NAME=value"));
        let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { world, variables }
    }

    fn variable(&self, name: &str) -> &str {
        &self.variables.iter().find(|(known, _)| known == name).expect(name).1
    }

    fn socket(&self) -> PathBuf {
        self.world.path("hallpass/agent/agent.sock")
    }

    /// A shell in a container with a network of its own, or in the network that it is called in; with the variables
    /// of `--env-file` and no others.
    fn container(&self, network: &[&str], mounts_socket: bool, script: &str) -> Command {
        let mut command = unshare(network);
        command.args(["sh", "-ec", CONTAINER, "sh"]);
        command.arg(self.world.path("")).arg(self.variable("GOOGLE_APPLICATION_CREDENTIALS"));
        command.arg(if mounts_socket { self.socket() } else { PathBuf::new() });
        command.args(["sh", "-ec", script]).env_clear().env("PATH", path());
        command.envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command
    }

    fn said(&self, script: &str) -> String {
        said(self.container(&["--net"], true, script))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.world.run(&["agent", "stop"]);
    }
}

/// `unshare` with mounts and processes of their own: with a user namespace, too, where root is needed for them.
fn unshare(more: &[&str]) -> Command {
    const OWN: [&str; 4] = ["--mount", "--pid", "--fork", "--kill-child"];
    for user in [&[][..], &["--user", "--map-root-user"]] {
        let mut command = Command::new("unshare");
        command.args(user).args(OWN).args(more);
        let mut probe = Command::new("unshare");
        probe.args(user).args(OWN).args(more).arg("true").stderr(Stdio::null());
        if probe.status().is_ok_and(|status| status.success()) {
            return command;
        }
    }
    panic!(
        "this test makes namespaces (`unshare`), which needs root, or user namespaces that are allowed"
    );
}

fn path() -> String {
    let output = Command::new("sh").args(["-c", "echo $PATH"]).output().expect("sh");
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

fn said(mut command: Command) -> String {
    let output = command.output().expect("unshare");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {words}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("docs/agent.md: {before}")).1;
    rest.split_once(after).expect(after).0
}

/// The indented blocks of the page that begin with this line, as YAML is read by others.
fn compose_files(agent: &Agent) -> Vec<Value> {
    let blocks = PAGE.split("    # compose.yaml").skip(1);
    let texts = blocks.map(|block| {
        let lines = block.lines().skip(1);
        let lines = lines.take_while(|line| line.starts_with("    "));
        lines.map(|line| format!("{}\n", &line[4..])).collect::<String>()
    });
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
    let (python, _) = agent.world.python_and("agent_genai.py");
    let read = |text: String| {
        let mut command = Command::new(&python);
        command.args(["-c", read, &text]);
        serde_json::from_str(&said(command)).expect("JSON")
    };
    texts.map(read).collect()
}

#[test]
fn a_program_in_a_container_is_served_through_the_socket_by_the_recipe_of_the_page() {
    let agent = Agent::start();
    let recipe = format!("socat{}", between(PAGE, "sh -c 'socat", "'\n"));
    let (python, program) = agent.world.python_and("agent_genai.py");
    let run = format!("exec {} {}", python.display(), program.display());
    let script = recipe.replace("exec python app.py", &run);
    assert_ne!(script, recipe);
    let said: Value = serde_json::from_str(&agent.said(&script)).expect("JSON");
    let hello =
        "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";
    assert_eq!(
        said,
        json!({"list": "models/gemini-2.5-flash", "generate": hello, "stream": hello, "embed": 1, "upload": [6, "text/plain"]})
    );
    let asked = agent.world.emulator.requests().pop().expect("a request");
    assert!(asked.headers.contains_key("authorization"), "{asked:?}");
}

#[test]
fn a_container_reaches_neither_the_agents_port_nor_the_sign_in() {
    let agent = Agent::start();
    let emulator = agent.world.emulator.url().to_owned();
    let script = format!(
        r#"{STATUS} "$GOOGLE_GEMINI_BASE_URL/v1beta/models" -H "x-goog-api-key: $GEMINI_API_KEY" || true
        {STATUS} "{emulator}/v1beta/models" || true
        {STATUS} --unix-socket /run/hallpass.sock http://a/v1beta/models -H "x-goog-api-key: $GEMINI_API_KEY"
        {STATUS} --unix-socket /run/hallpass.sock http://a/v1beta/models
        cd '{}'; find . -type f"#,
        agent.world.path("").display()
    );
    let file = agent.variable("GOOGLE_APPLICATION_CREDENTIALS");
    let file = std::path::Path::new(file).file_name().expect("name").to_str().expect("text");
    assert_eq!(
        agent.said(&script),
        format!("000 000 200 401 ./hallpass/agent/{file}\n"),
        "what the container sees of the home is the ticket's file"
    );
}

#[test]
fn the_socket_in_a_container_answers_the_agents_own_user_alone() {
    let agent = Agent::start();
    let home = agent.world.path("");
    // As careless as can be: every user may connect.
    set_permissions(&home, Permissions::from_mode(0o755)).expect("mode");
    set_permissions(agent.socket(), Permissions::from_mode(0o666)).expect("mode");
    let ask = format!(
        r#"{STATUS} --unix-socket /run/hallpass.sock http://a/v1beta/models -H "x-goog-api-key: $GEMINI_API_KEY""#
    );
    let script = format!(
        r#"ask='{}'
        sh -c "$ask"
        setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "$ask" || true
        setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$ask" || true
        setpriv --reuid=100000 --regid=100000 --clear-groups unshare --user --map-root-user sh -c "id -u; $ask" || true"#,
        ask.replace('\'', r"'\''")
    );
    assert_eq!(
        agent.said(&script),
        "200 000 000 0\n000 ",
        "the user itself; another; the one without a name; root of a container of another's \
         (other users can be tried by root alone)"
    );
}

#[test]
fn the_compose_files_of_the_page_are_read_and_their_second_container_carries_the_socket() {
    let agent = Agent::start();
    let [of_the_host, own] = compose_files(&agent).try_into().expect("two files");
    let app = json!({"image": "my-image", "network_mode": "host", "env_file": "my-app.env"});
    assert_eq!(of_the_host, json!({"services": {"app": app}}));
    assert_eq!(own["services"]["app"], json!({"image": "my-image", "env_file": "my-app.env"}));
    let beside = &own["services"]["agent"];
    assert_eq!(beside["network_mode"], "service:app");
    let mount = "${HOME}/.config/hallpass/agent/agent.sock:/run/hallpass.sock";
    assert_eq!(beside["volumes"], json!([mount]));
    let command = beside["command"].as_str().expect("the words for socat");
    let (_, port) = agent.variable("GOOGLE_GEMINI_BASE_URL").rsplit_once(':').expect("port");
    assert!(command.contains("8484"), "{command}");
    let command = command.replace("8484", port);

    // Docker makes the network of `app` first; both containers are in it.
    let file = agent.variable("GOOGLE_APPLICATION_CREDENTIALS");
    let mut both = unshare(&["--net"]);
    both.args(["sh", "-ec", r#"
        unshare --mount sh -ec "$CONTAINER" sh "$1" "$2" "$3" socat $4 &
        unshare --mount sh -ec "$CONTAINER" sh "$1" "$2" "" sh -ec '
            test ! -e /run/hallpass.sock
            for _ in $(seq 200); do curl -s -o /dev/null "$GOOGLE_GEMINI_BASE_URL" && break; sleep 0.05; done
            exec setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "$APP"'"#, "sh"]);
    both.arg(agent.world.path("")).arg(file).arg(agent.socket()).arg(command);
    both.env_clear().env("PATH", path()).env("CONTAINER", CONTAINER);
    both.envs(agent.variables.iter().cloned()).stdin(Stdio::null());
    both.env("APP", format!(
        r#"{STATUS} "$GOOGLE_GEMINI_BASE_URL/v1beta/models" -H "x-goog-api-key: $GEMINI_API_KEY"
        {STATUS} "$GOOGLE_GEMINI_BASE_URL/token" -d "grant_type=refresh_token&refresh_token=$GEMINI_API_KEY"
        {STATUS} "$GOOGLE_GEMINI_BASE_URL/v1beta/models""#
    ));
    assert_eq!(said(both), "200 200 401 ", "a ticket opens it for any user of the container");
}
