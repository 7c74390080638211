//! The same odd files, given to Google's clients and to us; docs/interop.md is the table of what came of it.
//!
//! The files lie in `oddities/`, with names in the place of a live client and a live refresh token.

use hallpass_testbed::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

type Verdicts = BTreeMap<String, String>;

/// Copies the files with a live grant in them; each client has copies of its own, as some write.
fn copies(world: &World, folder: &str) {
    let adc = world.json("gcloud/application_default_credentials.json");
    let oddities = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oddities");
    for kind in ["token_json", "adc"] {
        fs::create_dir_all(world.path(&format!("{folder}/{kind}"))).expect("a folder");
        for entry in fs::read_dir(oddities.join(kind)).expect("files") {
            let path = entry.expect("a file").path();
            let mut text = fs::read_to_string(&path).expect("text");
            for (name, key) in [
                ("CLIENT_ID", "client_id"),
                ("CLIENT_SECRET", "client_secret"),
                ("REFRESH_TOKEN", "refresh_token"),
            ] {
                text = text.replace(name, adc[key].as_str().expect("text"));
            }
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            world.write(&format!("{folder}/{kind}/{name}"), &text);
        }
    }
}

fn of_json(text: &str) -> Verdicts {
    serde_json::from_str(text).expect("verdicts")
}

fn ours(world: &World) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for kind in ["token_json", "adc"] {
        for entry in fs::read_dir(world.path(&format!("ours/{kind}"))).expect("files") {
            let path = entry.expect("a file").path();
            let mut command = world.program(env!("CARGO_BIN_EXE_hallpass"));
            // Through the proxy alone, as the others come.
            command.env_remove("HALLPASS_EMULATOR_HOST");
            command.args(["print-access-token", "--format", "json"]);
            match kind {
                "token_json" => command.arg("--token-file").arg(&path),
                _ => command.env("GOOGLE_APPLICATION_CREDENTIALS", &path),
            };
            let run = command.output().expect("hallpass");
            let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
            assert!(!json(&run.stdout).is_null() || !json(&run.stderr).is_null(), "{run:?}");
            let verdict = match json(&run.stdout)["access_token"].as_str() {
                Some("ya29.kept") => "the token in it".to_owned(),
                Some(_) => "a new token".to_owned(),
                None => format!("`{}`", json(&run.stderr)["error"]["kind"].as_str().unwrap_or("?")),
            };
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            verdicts.insert(format!("{kind}/{name}"), verdict);
        }
    }
    verdicts
}

#[test]
fn odd_files_are_judged_as_the_table_says() {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    for folder in ["ours", "python", "node"] {
        copies(&world, folder);
    }
    let ours = ours(&world);
    let python = of_json(&world.python_with("verdicts.py", &["python"]));
    let node = of_json(&world.node_with("verdicts.mjs", &["node"]));
    let mut page = crate::page::clients() + ABOVE;
    for (name, verdict) in &ours {
        let (kind, file) = name.split_once('/').expect("a kind");
        let kind = if kind == "adc" { "ADC" } else { "`token.json`" };
        let python = &python[name];
        let node = node.get(name).map_or("—", String::as_str);
        let _ = writeln!(
            page,
            "| {kind} | {} | {verdict} | {python} | {node} |",
            file.replace('-', " ")
        );
    }
    snapbox::assert_data_eq!(page, snapbox::file!["../../../../docs/interop.md"].raw());
}

const ABOVE: &str = "\
## Odd files, and what each client makes of them

The same files are given to `hallpass print-access-token`, to google-auth for Python and to google-auth-library for Node, with a
live client and refresh token in them; they lie in `crates/cli/tests/interop/oddities`. This table is written by the test that
runs them (`cargo xtask interop`) and compared with every run. `token.json` is no format of Node's.

Where the verdicts differ, ours is meant: a sign-in that cannot be refreshed is said to need a new one (`token_file_incomplete`),
before its access token ends; an end that cannot be read counts as past; a byte order mark is no reason to refuse; a key that
comes twice is, as clients differ in which they believe; `token_uri` in a `token.json` is where the refresh token is sent, and
only over TLS, while Python always asks Google.

| file | what is odd | hallpass | Python | Node |
|---|---|---|---|---|
";
