//! Servers that fail: what the user reads, and how the command ends.

use hallpass_testbed::{Server, World, json};
use snapbox::{assert_data_eq, str};

/// A server with one answer for everything.
pub(crate) fn server(answer: &str) -> Server {
    let answer = answer.to_owned();
    Server::on_thread(move |_, _| answer.clone())
}

/// Signs in at the emulator's page, but with a token server that always gives this answer.
fn login_with_token_server(answer: &str) -> (World, String, i32) {
    let world = World::new();
    let server = server(answer);
    world.use_token_uri(&server.url("/token"));
    world.write("gcloud/application_default_credentials.json", "{\"kept\":true}");
    let run = world.login_with(&[("HALLPASS_EMULATOR_HOST", "")]);
    assert_eq!(run.stdout, "");
    assert_eq!(world.read(world.adc()), "{\"kept\":true}", "nothing is lost");
    let code = run.code.expect("code");
    (world, last_words(&run.words), code)
}

/// What stands after the scopes and the address.
fn last_words(words: &str) -> String {
    let start = words.find("error:").unwrap_or(0);
    words[start..].to_owned()
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn token_server_that_is_down() {
    let world = World::signed_in();
    world.expire_access_token();
    world.move_side_record("http://127.0.0.1:1");
    let run = world.run_with(&["token"], &[("HALLPASS_EMULATOR_HOST", "127.0.0.1:1")]);
    assert_data_eq!(
        run.failed_with(5),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: no emulator answers at 127.0.0.1:[PORT]
hint: start it with `hallpass emulator --listen 127.0.0.1:[PORT]`, or for Google run `unset HALLPASS_EMULATOR_HOST`

"#]]
    );
}

#[test]
fn token_server_that_is_in_trouble() {
    let (_world, words, code) = login_with_token_server(&json("500 Internal Server Error", "oops"));
    assert_data_eq!(
        words,
        str![[r#"
error: the OAuth server answered with status 500
hint: run the command again in a minute

"#]]
    );
    assert_eq!(code, 5);
}

#[test]
fn token_server_that_answers_a_page() {
    let (_world, words, code) = login_with_token_server(&json("200 OK", "<html>Sign in!</html>"));
    assert_data_eq!(
        words,
        str![[r#"
error: the OAuth server's reply is not a JSON object
  caused by: not JSON at line 1, column 1
hint: see whether a proxy or a sign-in page of the network answers in Google's place

"#]]
    );
    assert_eq!(code, 1);
}

#[test]
fn token_server_that_forgets_the_access_token() {
    let (_world, words, code) =
        login_with_token_server(&json("200 OK", "{\"expires_in\": 3599 }\n"));
    assert_data_eq!(
        words,
        str![[r#"
error: the token reply holds no access token
hint: see whether a proxy answers in Google's place

"#]]
    );
    assert_eq!(code, 1);
}

#[test]
fn token_server_that_gives_no_refresh_token() {
    let (_world, words, code) = login_with_token_server(&json(
        "200 OK",
        "{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"}\n",
    ));
    assert_data_eq!(
        words,
        str![[r#"
error: Google sent no refresh token, so this sign-in would end within the hour
hint: remove the app at https://myaccount.google.com/connections, then run `hallpass login` again

"#]]
    );
    assert_eq!(code, 3);
}

#[test]
fn token_server_that_does_not_know_the_client() {
    let (_world, words, code) = login_with_token_server(&json(
        "401 Unauthorized",
        "{\"error\":\"invalid_client\",\"error_description\":\"The OAuth client \\u001b[2J was\"}",
    ));
    assert_data_eq!(
        words,
        str![[r#"
error: Google refused the code that the browser brought
  caused by: 401 invalid_client
hint: compare the client file with the client in the Cloud console (Google Auth platform, Clients)

"#]]
    );
    assert_eq!(code, 3);
}

#[test]
fn token_server_that_hangs_up() {
    let (_world, words, code) =
        login_with_token_server("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{");
    assert_data_eq!(
        words,
        str![[r#"
error: `127.0.0.1:[PORT]` cut the connection within its reply
hint: see whether this machine is online, then run the command again

"#]]
    );
    assert_eq!(code, 5);
}

#[test]
fn gemini_that_answers_a_page() {
    let world = World::signed_in();
    let server = server(&json("200 OK", "<html>"));
    let run = world.run_with(
        &["models", "list"],
        &[("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", server.origin())],
    );
    assert_data_eq!(
        run.failed_with(1),
        str![[r#"
asking the Gemini API at http://127.0.0.1:[PORT] (GOOGLE_GEMINI_BASE_URL), not at Google
error: Gemini's answer cannot be understood: it is not the JSON that was asked for
hint: see whether a proxy answers in Google's place

"#]]
    );
}
