//! `token.json`: the quickstart's credential manager in Python, and ours, share one file.

use hallpass_testbed::World;

const RETRIEVER: &str = "https://www.googleapis.com/auth/generative-language.retriever";

#[test]
fn pages_python_programs_sign_in_list_expire_and_refresh() {
    let world = World::with_proxy();
    assert_lists_models(&world.python("script.py"));
    assert_eq!(world.token_requests("authorization_code"), 1);

    assert_lists_models(&world.python("script.py"));
    assert_eq!(world.token_requests("refresh_token"), 0, "a valid token is used as it is");

    world.expire("token.json");
    assert_lists_models(&world.python("script.py"));
    assert_eq!(world.token_requests("refresh_token"), 1);
    assert_eq!(world.token_requests("authorization_code"), 1, "there is no second sign-in");
}

#[test]
fn hallpass_uses_and_refreshes_the_file_that_python_wrote() {
    let world = World::with_proxy();
    world.python("script.py");
    let before = world.json("token.json");
    assert!(
        world
            .run(&["models", "list", "--token-file", "token.json"])
            .stdout()
            .contains("gemini-2.5-flash")
    );
    assert_eq!(world.token_requests("refresh_token"), 0, "the file's token is still good");

    world.expire("token.json");
    world.run(&["models", "list", "--token-file", "token.json"]).done();
    assert_eq!(world.token_requests("refresh_token"), 1);
    let after = world.json("token.json");
    assert_ne!(after["token"], before["token"]);
    for kept in
        ["refresh_token", "client_id", "client_secret", "scopes", "universe_domain", "account"]
    {
        assert_eq!(after[kept], before[kept], "{kept}");
    }

    assert_lists_models(&world.python("script.py"));
    assert_eq!(
        world.token_requests("refresh_token"),
        1,
        "Python uses the token that hallpass saved"
    );
}

#[test]
fn python_uses_and_refreshes_the_file_that_hallpass_wrote() {
    let world = World::with_proxy();
    world
        .run(&[
            "login",
            "--client-id-file",
            "client_secret.json",
            "--scopes",
            RETRIEVER,
            "--token-file",
            "token.json",
        ])
        .done();
    assert_lists_models(&world.python("script.py"));
    assert_eq!(world.token_requests("authorization_code"), 1, "Python did not sign in again");
    assert_eq!(world.token_requests("refresh_token"), 0, "Python used the token in the file");

    world.expire("token.json");
    assert_lists_models(&world.python("script.py"));
    assert_eq!(world.token_requests("refresh_token"), 1);
    assert_eq!(world.token_requests("authorization_code"), 1);
}

fn assert_lists_models(output: &str) {
    assert!(output.contains("\"models/gemini-2.5-flash\""), "{output}");
}
