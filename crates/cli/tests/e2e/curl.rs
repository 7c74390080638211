//! `hallpass curl` calls Google alone, and shows the token nowhere.

use hallpass_emulator::Emulator;
use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

const MODELS: &str = "https://generativelanguage.googleapis.com/v1/models";

#[test]
fn curl_gets_the_pages_address_from_the_emulator() {
    let world = World::signed_in();
    let answer = world.run(&["curl", MODELS, "-s"]).stdout();
    assert!(answer.contains("models/gemini-2.5-flash"), "{answer}");
}

#[test]
fn curl_sends_the_quota_project() {
    let world = World::signed_in();
    let answer = world
        .run_with(
            &["curl", MODELS, "-s"],
            &[("GOOGLE_CLOUD_QUOTA_PROJECT", "another-users-project")],
        )
        .stdout();
    assert!(answer.contains("USER_PROJECT_DENIED"), "{answer}");
}

#[test]
fn the_token_is_in_no_programs_arguments() {
    let world = World::signed_in();
    let token = world.run(&["print-access-token"]).stdout();
    let answer = reporting_curl(&world, &[]);
    let (arguments, headers) = answer.split_once("Authorization: ").expect("headers");
    assert_eq!(headers.trim_end(), format!("Bearer {}", token.trim_end()));
    assert!(!arguments.contains(token.trim_end()));
    assert!(arguments.contains("-H\n@/dev/fd/"), "{arguments}");
    assert!(arguments.ends_with("-d\n{}\n"), "{arguments}");
}

#[test]
fn towards_google_curl_is_held_to_https() {
    let world = World::signed_in();
    let arguments = reporting_curl(&world, &[("HALLPASS_EMULATOR_HOST", "")]);
    let first = "--disable\n--proto\n=https\n--proto-redir\n=https\n-H\n";
    assert!(arguments.starts_with(first), "{arguments}");
    assert!(arguments.contains(&format!("\n{MODELS}\n")), "{arguments}");
}

/// Runs `hallpass curl` with a curl that prints its arguments, then the headers it is told to read.
fn reporting_curl(world: &World, variables: &[(&str, &str)]) -> String {
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n\
        for word; do case $word in @*) cat \"${word#@}\";; esac; done\n";
    world.write("bin/curl", script);
    world.make_executable("bin/curl");
    let path = world.path_with("bin");
    let variables = [&[("PATH", path.as_str())], variables].concat();
    world.run_with(&["curl", MODELS, "-d", "{}"], &variables).stdout()
}

#[test]
fn other_addresses_get_no_token() {
    let world = World::signed_in();
    let before = world.emulator.requests().len();
    assert_data_eq!(
        world.run(&["curl", "https://example.com/"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the token may not go to `https://example.com/`
  caused by: it is not https://*.googleapis.com
hint: use plain `curl` for it, or name the host with `--allow-host`: the token is for https://*.googleapis.com

"#]]
    );
    assert_data_eq!(
        world.run(&["curl", MODELS, "http://example.com/"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the token may not go to `http://example.com/`
  caused by: `http://example.com/` is neither an https address nor on this machine
hint: use plain `curl` for it, or name the host with `--allow-host`: the token is for https://*.googleapis.com

"#]]
    );
    assert_data_eq!(
        world.run(&["curl", MODELS, "-sk"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `-sk` is no option of curl that is known to keep the token where it belongs
hint: leave out `-sk`, or use plain `curl` with `hallpass header`

"#]]
    );
    assert_eq!(world.emulator.requests().len(), before);
}

#[test]
fn every_word_that_curl_would_call_has_to_be_googles() {
    let world = World::signed_in();
    let before = world.emulator.requests().len();
    for stranger in [
        "example.com/v1/models",
        "https:/127.0.0.1:1/",
        "{https}://127.0.0.1:1/",
        "HTTPS://example.com/",
        "file:///etc/passwd",
    ] {
        let words = world.run(&["curl", MODELS, "-s", stranger]).failed_with(2);
        assert!(words.contains("the token may not go to"), "{words}");
    }
    assert_eq!(world.emulator.requests().len(), before);
    // A value is no address, and options can come first, as curl's users write them.
    let url = "https://example.com/";
    let answer = world.run(&["curl", "-s", "-e", url, "-A", url, MODELS]).stdout();
    assert!(answer.contains("gemini-2.5-flash"), "{answer}");
    assert!(world.run(&["curl", "-s"]).failed_with(2).contains("no address"));
}

#[test]
fn curls_own_file_of_options_is_not_read() {
    let world = World::signed_in();
    // The emulator would answer every other address, too; what the file decides has to show.
    world.write(".curlrc", "output = \"taken\"\n");
    let answer = world.run(&["curl", MODELS, "-s"]).stdout();
    assert!(answer.contains("gemini-2.5-flash"), "{answer}");
    assert!(!world.path("taken").exists());
}

#[test]
fn a_machine_without_curl_is_told_so() {
    let world = World::signed_in();
    let run = world.run_with(&["curl", MODELS], &[("PATH", "/nonexistent")]);
    assert_data_eq!(
        run.failed_with(1),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: cannot start `curl`
  caused by: No such file or directory (os error 2)
hint: install curl, or use `hallpass header`

"#]]
    );
}

#[test]
fn a_proxy_with_certificates_of_its_own_gets_no_token() {
    let folder = tempfile::tempdir().expect("folder");
    let builder = Emulator::builder().approve("ada@example.com").dir(folder.path());
    let builder = builder.proxy("127.0.0.1:0".parse().expect("address"));
    let world = World::around(builder.start().expect("emulator"));
    world.login().done();
    let variables: BTreeMap<&str, String> = world.emulator.variables().into_iter().collect();
    let (proxy, ca) = (variables["HTTPS_PROXY"].as_str(), variables["SSL_CERT_FILE"].as_str());
    let gemini = || {
        let requests = world.emulator.requests();
        requests.iter().filter(|request| request.path == "/v1/models").count()
    };
    let joined = format!("-sx{proxy}");
    for (options, variables) in [
        (&["-x", proxy, "--cacert", ca][..], &[][..]),
        (&[&joined, "--cacert", ca], &[]),
        (&["--proxy", proxy, "--capath", ca], &[]),
        (&["--cacert", ca], &[("https_proxy", proxy)]),
        (&["-x", proxy], &[("CURL_CA_BUNDLE", ca)]),
        (&[], &[("ALL_PROXY", proxy), ("SSL_CERT_FILE", ca)]),
    ] {
        let arguments = [&["curl", MODELS, "-s"], options].concat();
        let variables = [&[("HALLPASS_EMULATOR_HOST", "")], variables].concat();
        let words = world.run_with(&arguments, &variables).failed_with(2);
        assert!(words.contains("together would let a proxy read the token"), "{words}");
    }
    assert_eq!(gemini(), 0);
    // A proxy alone cannot read what goes through it: curl does not trust its certificate.
    let run =
        world.run_with(&["curl", MODELS, "-s", "-x", proxy], &[("HALLPASS_EMULATOR_HOST", "")]);
    assert_eq!((run.code, gemini()), (Some(60), 0), "{run:?}");
    // Together they would have: this is what is refused.
    let plain = world.command_of("curl", &[MODELS, "-s", "-x", proxy, "--cacert", ca]).output();
    assert!(plain.expect("curl").status.success());
    assert_eq!(gemini(), 1);
}

#[test]
fn what_would_show_the_token_or_follow_a_redirect_is_refused() {
    let world = World::signed_in();
    for options in [
        &["-v"][..],
        &["-sv"],
        &["--verbose"],
        &["--trace", "trace.txt"],
        &["--trace-ascii", "trace.txt"],
        &["--trace-ascii", "-"],
        &["-L"],
        &["-sL"],
        &["--location"],
    ] {
        let words = world.run(&[&["curl", MODELS], options].concat()).failed_with(2);
        assert!(words.contains(options[0]) && !words.contains("ya29."), "{words}");
        assert!(!world.path("trace.txt").exists());
    }
}
