//! `doctor`: each fault is made to happen, the printed fix is applied, and the same check looks again.

use hallpass_emulator::{Emulator, Fault, FaultKind};
use hallpass_testbed::World;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const ADC: &str = "gcloud/application_default_credentials.json";
const ONLINE: &str = "hallpass doctor --online --format json";

/// One visit: what each check has to say.
#[derive(Debug)]
struct Visit {
    code: Option<i32>,
    report: Value,
}

impl Visit {
    /// Runs a shell script that ends with `doctor`, as a user would who follows its advice.
    fn after(world: &World, variables: &[(&str, &str)], script: &str) -> Self {
        let folder = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("folder");
        let mut command = world.command_of("sh", &["-c", script]);
        let path = format!("{}:{}", folder.display(), world.path_with("bin"));
        command.env("PATH", path).envs(variables.iter().copied());
        let run = world.finish(command.output().expect("sh"));
        let report = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
        Self { code: run.code, report }
    }

    fn check(&self, code: &str) -> &Value {
        let checks = self.report["checks"].as_array().expect("checks");
        checks.iter().find(|check| check["code"] == code).unwrap_or_else(|| panic!("no {code}"))
    }

    fn verdict(&self, code: &str) -> &str {
        self.check(code)["verdict"].as_str().expect("a word")
    }

    fn fix(&self, code: &str) -> &str {
        self.check(code)["fix"].as_str().expect("a fix")
    }

    /// The first command in the fix.
    fn command(&self, code: &str) -> String {
        self.fix(code)
            .split('`')
            .nth(1)
            .unwrap_or_else(|| panic!("no command: {self:?}"))
            .to_owned()
    }
}

/// Sees the fault, does as told, and sees it gone.
fn seen_and_mended(world: &World, variables: &[(&str, &str)], code: &str, verdict: &str) -> Visit {
    let before = Visit::after(world, variables, ONLINE);
    assert_eq!(before.verdict(code), verdict, "{before:?}");
    assert_eq!(before.code, Some(i32::from(verdict == "broken")), "{before:?}");
    let script = format!("{}\n{ONLINE}", before.command(code));
    let after = Visit::after(world, variables, &script);
    assert_eq!(after.verdict(code), "ok", "{after:?}");
    assert_eq!(after.code, Some(0), "{after:?}");
    before
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn a_healthy_sign_in_has_nothing_broken() {
    let world = World::signed_in();
    let visit = Visit::after(&world, &[], ONLINE);
    assert_eq!(visit.code, Some(0), "{visit:?}");
    assert_eq!(visit.report["healthy"], true);
    // The emulator is worth a word; everything else is well.
    let checks = visit.report["checks"].as_array().expect("checks");
    let others = checks.iter().filter(|check| check["code"] != "emulator");
    assert!(others.clone().count() >= 15);
    assert!(others.clone().all(|check| check["verdict"] == "ok"), "{visit:?}");
}

#[test]
fn without_online_nothing_is_sent() {
    let world = World::signed_in();
    let before = world.emulator.requests().len();
    let visit = Visit::after(&world, &[], "hallpass doctor --format json");
    assert_eq!(world.emulator.requests().len(), before);
    for code in ["network", "clock", "grant", "gemini"] {
        assert_eq!(visit.verdict(code), "skipped");
    }
    assert_eq!(visit.verdict("credential"), "ok");
}

#[test]
fn findings_are_readable_as_text() {
    let world = World::new();
    let run = world.run_with(&["doctor"], &[("GEMINI_API_KEY", "AIza-marked")]);
    assert_eq!(run.code, Some(1));
    let text = world.redact(&run.stdout);
    assert!(text.contains("warning  api-key        GEMINI_API_KEY is set\n"), "{text}");
    assert!(text.contains("                        fix: run `unset GEMINI_API_KEY`\n"), "{text}");
    assert!(text.contains("broken   credential     no sign-in was found"), "{text}");
    assert!(text.contains("skipped  gemini         needs --online"), "{text}");
    assert!(!text.contains("marked"), "{text}");
    assert!(run.words.contains("error: one check failed"), "{}", run.words);
}

#[test]
fn an_emulator_address_that_is_none() {
    let world = World::signed_in();
    let visit = Visit::after(&world, &[("HALLPASS_EMULATOR_HOST", "example.com:80")], ONLINE);
    assert_eq!(visit.verdict("emulator"), "broken");
    assert!(visit.fix("emulator").contains("`127.0.0.1:9099`"), "{visit:?}");
}

#[test]
fn an_api_key_in_the_environment() {
    let world = World::signed_in();
    let both = [("GOOGLE_API_KEY", "marked"), ("GEMINI_API_KEY", "marked")];
    let visit = seen_and_mended(&world, &both, "api-key", "warning");
    assert!(!visit.report.to_string().contains("marked"), "{visit:?}");
}

#[test]
fn no_sign_in_at_all() {
    let world = World::new();
    let visit = seen_and_mended(&world, &[], "credential", "broken");
    assert_eq!(visit.verdict("scopes"), "skipped");
}

#[test]
fn a_credential_file_that_is_half_written() {
    let world = World::signed_in();
    world.write(ADC, "{\"type\": \"authorized_us");
    seen_and_mended(&world, &[], "credential", "broken");
}

#[test]
fn the_variable_names_a_file_that_is_not_there_or_of_another_type() {
    let world = World::signed_in();
    for file in ["nowhere.json", "client_secret.json"] {
        let variables = [("GOOGLE_APPLICATION_CREDENTIALS", file)];
        let visit = Visit::after(&world, &variables, ONLINE);
        assert_eq!(visit.verdict("credential"), "broken", "{visit:?}");
        assert!(visit.check("credential")["evidence"].as_str().expect("text").contains(file));
        let mended = format!("unset GOOGLE_APPLICATION_CREDENTIALS\n{ONLINE}");
        assert_eq!(Visit::after(&world, &variables, &mended).verdict("credential"), "ok");
    }
}

#[test]
fn a_sign_in_that_another_file_hides() {
    let world = World::signed_in();
    fs::copy(world.adc(), world.path("other.json")).expect("copy");
    set_mode(&world.path("other.json"), 0o600);
    let other = world.path("other.json").display().to_string();
    let variables = [("GOOGLE_APPLICATION_CREDENTIALS", other.as_str())];
    seen_and_mended(&world, &variables, "shadowed", "warning");
}

#[test]
fn a_file_that_others_can_read_or_replace() {
    let world = World::signed_in();
    set_mode(&world.adc(), 0o644);
    seen_and_mended(&world, &[], "permissions", "broken");
    let adc = world.adc();
    set_mode(adc.parent().expect("folder"), 0o777);
    seen_and_mended(&world, &[], "permissions", "broken");
}

#[test]
fn gclouds_own_client() {
    let world = World::signed_in();
    let mut adc = world.json(world.adc());
    adc["client_id"] =
        "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com".into();
    world.write(ADC, &adc.to_string());
    seen_and_mended(&world, &[], "client", "broken");
}

#[test]
fn scopes_that_do_not_open_gemini() {
    let world = World::signed_in();
    world.run(&["login", "--scopes", "cloud-platform"]);
    let visit = seen_and_mended(&world, &[], "scopes", "broken");
    assert_eq!(visit.verdict("gemini"), "broken", "Gemini says so, too: {visit:?}");
}

#[test]
fn a_sign_in_that_ends_soon_or_has_ended() {
    let world = World::signed_in();
    let days = |days: u64| std::time::Duration::from_secs(days * 24 * 60 * 60);
    world.emulator.advance(days(6));
    seen_and_mended(&world, &[], "sign-in-end", "warning");
    world.emulator.advance(days(8));
    let visit = seen_and_mended(&world, &[], "sign-in-end", "broken");
    assert_eq!(visit.verdict("grant"), "broken", "{visit:?}");
}

#[test]
fn a_quota_project_from_elsewhere() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let variables = [("GOOGLE_CLOUD_QUOTA_PROJECT", "other-project")];
    let visit = Visit::after(&world, &variables, "hallpass doctor --format json");
    assert_eq!(visit.verdict("quota-project"), "warning", "{visit:?}");
    let script = format!("{}\n{ONLINE}", visit.command("quota-project"));
    assert_eq!(Visit::after(&world, &variables, &script).verdict("quota-project"), "ok");
    let visit = Visit::after(&world, &[("GOOGLE_CLOUD_QUOTA_PROJECT", "My Project")], ONLINE);
    assert_eq!(visit.verdict("quota-project"), "broken", "{visit:?}");
}

#[test]
fn a_proxy_that_is_no_address() {
    let world = World::signed_in();
    seen_and_mended(&world, &[("HTTPS_PROXY", "http://")], "proxy", "broken");
    let variables =
        [("https_proxy", "http://ada:marked@proxy.example:3128"), ("NO_PROXY", "corp.example")];
    let visit = Visit::after(&world, &variables, ONLINE);
    let evidence = &visit.check("proxy")["evidence"];
    assert_eq!(evidence, "proxy.example:3128 (https_proxy); not for corp.example");
}

#[test]
fn a_certificate_file_that_is_not_there_or_empty() {
    let world = World::signed_in();
    world.write("empty.pem", "");
    for file in ["nowhere.pem", "empty.pem"] {
        let visit =
            Visit::after(&world, &[("SSL_CERT_FILE", file)], "hallpass doctor --format json");
        assert_eq!(visit.verdict("certificates"), "broken", "{visit:?}");
        // The first command of this fix.
        let script = format!("{}\n{ONLINE}", visit.command("certificates"));
        assert_eq!(
            Visit::after(&world, &[("SSL_CERT_FILE", file)], &script).verdict("certificates"),
            "ok"
        );
    }
}

#[test]
fn whether_a_browser_is_there() {
    let world = World::signed_in();
    let words = |variables: &[(&str, &str)]| {
        Visit::after(&world, variables, ONLINE).check("browser")["evidence"].to_string()
    };
    assert!(words(&[]).contains("can open one"));
    assert!(words(&[("BROWSER", "")]).contains("none here"));
}

#[test]
fn a_server_that_is_out_of_reach() {
    let world = World::signed_in();
    let silent = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("port")
        .local_addr()
        .expect("address")
        .to_string();
    let visit = Visit::after(&world, &[("HALLPASS_EMULATOR_HOST", &silent)], ONLINE);
    assert_eq!(visit.verdict("network"), "broken", "{visit:?}");
    assert_eq!(visit.verdict("clock"), "skipped");
    assert_eq!(visit.verdict("gemini"), "skipped");
}

#[test]
fn a_companys_proxy_that_signs_googles_name() {
    let start =
        || Emulator::builder().approve("ada@example.com").proxy(([127, 0, 0, 1], 0).into()).start();
    let world = World::around(start().expect("emulator"));
    let proxy = format!("http://{}", world.emulator.proxy_address().expect("proxy"));
    world.write("other-ca.pem", start().expect("another").ca_pem().expect("a CA"));
    world.write("company-ca.pem", world.emulator.ca_pem().expect("a CA"));
    let mut variables = [
        ("HALLPASS_EMULATOR_HOST", ""),
        ("HTTPS_PROXY", &proxy),
        ("SSL_CERT_FILE", "other-ca.pem"),
    ];
    let visit = Visit::after(&world, &variables, ONLINE);
    assert_eq!(visit.verdict("network"), "broken", "{visit:?}");
    let cause = visit.check("network")["cause"].as_str().expect("a cause");
    assert!(cause.contains("signed by `hallpass emulator CA, for tests only`"), "{cause}");
    assert!(visit.fix("network").contains("set SSL_CERT_FILE"), "{visit:?}");
    variables[2].1 = "company-ca.pem";
    let mended = Visit::after(&world, &variables, ONLINE);
    assert_eq!(mended.verdict("network"), "ok", "{mended:?}");
}

#[test]
fn a_clock_that_is_an_hour_behind() {
    let world = World::signed_in();
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&later)
        .expect("a date");
    let headers = [("Date".to_owned(), date)].into();
    let respond = FaultKind::Respond { status: 404, headers, body: String::new() };
    world.emulator.fault(Fault::once("/token", respond).method("GET"));
    let visit = Visit::after(&world, &[], ONLINE);
    assert_eq!(visit.verdict("clock"), "broken", "{visit:?}");
    let evidence = visit.check("clock")["evidence"].as_str().expect("text");
    assert!(evidence.contains("behind Google's"), "{evidence}");
    assert!(visit.fix("clock").contains("`timedatectl set-ntp true`"), "{visit:?}");
    assert_eq!(Visit::after(&world, &[], ONLINE).verdict("clock"), "ok", "the clocks agree again");
}

#[test]
fn a_grant_that_was_revoked() {
    let world = World::signed_in();
    world.revoke_at_google();
    seen_and_mended(&world, &[], "grant", "broken");
}

#[test]
fn the_api_is_not_enabled() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    world.emulator.update_config(|config| {
        for project in &mut config.projects {
            project.services.clear();
        }
    });
    let visit = Visit::after(&world, &[], ONLINE);
    assert_eq!(visit.verdict("gemini"), "broken", "{visit:?}");
    // Google names the project by its number.
    let fix = visit.fix("gemini");
    assert!(fix.contains("?project=710000000001 and enable it, or run `hallpass setup"), "{fix}");
    world.emulator.update_config(|config| {
        for project in &mut config.projects {
            project.services.push("generativelanguage.googleapis.com".to_owned());
        }
    });
    assert_eq!(Visit::after(&world, &[], ONLINE).verdict("gemini"), "ok");
}

#[test]
fn a_quota_project_that_the_account_may_not_use() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "another-users-project"]);
    let visit = Visit::after(&world, &[], ONLINE);
    assert_eq!(visit.verdict("gemini"), "broken", "{visit:?}");
    let evidence = visit.check("gemini")["evidence"].as_str().expect("text");
    assert!(evidence.ends_with("without a quota project it answers"), "{evidence}");
    assert!(visit.fix("gemini").contains("Service Usage Consumer"), "{visit:?}");
    let script = format!("{}\n{ONLINE}", visit.command("gemini"));
    let mended = Visit::after(&world, &[], &script);
    assert_eq!(mended.verdict("gemini"), "ok", "{mended:?}");
}

#[test]
fn side_records_that_others_can_read() {
    let world = World::signed_in();
    let record = world.side_records()[0].clone();
    for (path, mode) in [(record.as_str(), 0o644), ("hallpass/grants", 0o777)] {
        let wide = fs::Permissions::from_mode(mode);
        fs::set_permissions(world.path(path), wide).expect("chmod");
        seen_and_mended(&world, &[], "permissions", "broken");
    }
    assert_eq!(world.mode(record), 0o600);
}

#[test]
fn a_link_in_the_place_of_the_file() {
    let world = World::signed_in();
    world.link_the_sign_in();
    seen_and_mended(&world, &[], "permissions", "warning");
    world.run(&["login"]).done();
}

#[test]
fn a_proxy_of_another_type() {
    let world = World::signed_in();
    let variables = [("HTTPS_PROXY", "socks5://127.0.0.1:1")];
    let visit = Visit::after(&world, &variables, ONLINE);
    assert_eq!(visit.verdict("proxy"), "broken", "{visit:?}");
    let script = format!("unset HTTPS_PROXY\n{ONLINE}");
    assert_eq!(Visit::after(&world, &variables, &script).verdict("proxy"), "ok");
}
