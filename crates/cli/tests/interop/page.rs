//! The first half of docs/interop.md: every client of others that the tests run, its version, what it does and what
//! it cannot do.
//!
//! Versions are read from the lists that `cargo xtask` installs from, and each row names the test that has run it.

use std::fmt::Write as _;

/// Where the pinned version of a client is written.
enum Version {
    Python(&'static str),
    Node(&'static str),
    /// OpenAI's SDKs have lists of their own.
    OpenAiPython,
    OpenAiNode,
    /// So does gemini-cli.
    GeminiCli,
    Cargo(&'static str),
    /// The source that Debian packs.
    Go,
    /// Of the machine, or of Debian.
    Told(&'static str),
}

struct Row {
    client: &'static str,
    version: Version,
    runs: &'static str,
    lacks: &'static str,
    /// `file::test`.
    test: &'static str,
}

const fn row(
    client: &'static str,
    version: Version,
    runs: &'static str,
    lacks: &'static str,
    test: &'static str,
) -> Row {
    Row { client, version, runs, lacks, test }
}

use Version::{Cargo, GeminiCli, Go, Node, OpenAiNode, OpenAiPython, Python, Told};

static ROWS: &[Row] = &[
    row(
        "google-auth (Python)",
        Python("google-auth"),
        "Application Default Credentials of `hallpass login`, refresh, quota project",
        "its aiohttp transports take no proxy from variables",
        "adc::python_default_credentials_are_the_ones_of_hallpass_login",
    ),
    row(
        "google-auth-oauthlib (Python)",
        Python("google-auth-oauthlib"),
        "the quickstart's two programs as they are printed: sign-in, `token.json`, refresh; the file shared with hallpass in both directions",
        "",
        "token_file::pages_python_programs_sign_in_list_expire_and_refresh",
    ),
    row(
        "google-generativeai (Python)",
        Python("google-generativeai"),
        "with the sign-in, over REST and gRPC: generate, stream, count, embed, chat, a function called by the library, an answer by schema; with a key also files and caches",
        "files without a key: it says so before it sends anything",
        "generativeai::python_library_of_the_page_does_the_same_over_rest_and_over_grpc",
    ),
    row(
        "google-genai (Python)",
        Python("google-genai"),
        "with a key: models, generate, stream, asynchronous stream, count, embed, chat, a function with its thought signature, an answer by schema; files, File Search, caches, batches, interactions",
        "no sign-in: without a key it refuses before it sends anything",
        "google_genai::google_genai_for_python_does_all_with_a_key_and_nothing_without",
    ),
    row(
        "langchain-google-genai (Python)",
        Python("langchain-google-genai"),
        "with a key: invoke, stream, a tool with its thought signature, structured output, embeddings",
        "no sign-in, as google-genai below it",
        "google_genai::langchain_calls_tools_streams_and_embeds",
    ),
    row(
        "langchain-google-genai (Python), behind `hallpass exec`",
        Python("langchain-google-genai"),
        "by `hallpass exec` alone, with the sign-in: list, invoke, stream, embeddings",
        "",
        "agent::langchain_lists_generates_streams_and_embeds",
    ),
    row(
        "google-api-python-client, google-auth-httplib2",
        Python("google-api-python-client"),
        "userinfo, Service Usage; the Gemini API by its discovery document; an authorized httplib2",
        "needs PySocks for the proxy, else it passes it by in silence",
        "httplib2::google_api_python_client_calls_apis_that_are_imitated",
    ),
    row(
        "google-auth-library (Node)",
        Node("google-auth-library"),
        "Application Default Credentials of `hallpass login`, refresh, quota project, token info",
        "",
        "adc::node_default_credentials_are_the_ones_of_hallpass_login",
    ),
    row(
        "@google/genai (Node)",
        Node("@google/genai"),
        "with a key and with the sign-in: models, generate, stream, count, embed, chat, a function with its thought signature, an answer by schema; files, File Search, caches, batches, interactions",
        "",
        "google_genai::google_genai_for_node_does_the_same_with_a_key_and_with_the_sign_in",
    ),
    row(
        "@ai-sdk/google (Node)",
        Node("@ai-sdk/google"),
        "by `hallpass exec` alone, with the sign-in: generateText, streamText, a tool that the SDK calls",
        "it reads the key from a variable, but not the address: give it `baseURL: process.env.GEMINI_API_BASE`; Node 22 or newer",
        "agent::vercels_ai_sdk_generates_streams_and_calls_a_tool",
    ),
    row(
        "gemini-cli (Node)",
        GeminiCli,
        "by `hallpass exec`, with the sign-in: an answer to `gemini -p`",
        "its setting `security.auth.selectedType` has to be `gemini-api-key`: by itself it chooses `gateway` where `GOOGLE_GEMINI_BASE_URL` is set, and refuses that as invalid",
        "agent::gemini_cli_answers_a_prompt_with_its_key_method_chosen",
    ),
    row(
        "openid-client (Node)",
        Node("openid-client"),
        "discovery, PKCE, nonce, id_token, userinfo, refresh, revocation; at the emulator's address (switch `issuer` at `origin`) and at Google's",
        "at Google's address on Node 20: its `fetch` knows no proxy, so Node 24 runs it there",
        "openid::openid_client_signs_in_at_googles_address_through_the_proxy",
    ),
    row(
        "Auth.js, @auth/core (Node)",
        Node("@auth/core"),
        "Google's provider with a web client: sign-in and session",
        "on Node 20, as above",
        "web_client::auth_js_signs_ada_in_and_keeps_a_session",
    ),
    row(
        "passport-google-oauth20 (Node)",
        Node("passport-google-oauth20"),
        "a web client: sign-in and profile",
        "on Node 20, as above",
        "web_client::both_strategies_of_passport_give_the_profile_of_ada",
    ),
    row(
        "passport-google-oidc (Node)",
        Node("passport-google-oidc"),
        "the same",
        "on Node 20, as above",
        "web_client::both_strategies_of_passport_give_the_profile_of_ada",
    ),
    row(
        "openai (Python)",
        OpenAiPython,
        "by `hallpass exec --openai` alone: answers, streams, tools with their signatures, errors",
        "at Google's own OpenAI address with a sign-in: Google refuses it",
        "openai::openais_python_sdk_runs_by_exec_alone",
    ),
    row(
        "openai (Node)",
        OpenAiNode,
        "the same",
        "the same",
        "openai::openais_javascript_sdk_runs_by_exec_alone",
    ),
    row(
        "gcloud",
        Told("528, where it is installed"),
        "login with `--client-id-file` and with its own two clients, access and identity tokens, `projects list` and `describe`, `services list`, set-quota-project, revoke; both halves of the sign-in on two machines",
        "everything else of Google Cloud: not imitated (501), which gcloud tries five times",
        "gcloud::gcloud_signs_in_with_its_own_clients_and_signs_out",
    ),
    row(
        "google-auth-library-java",
        Told("0.18.0 of Debian 12, JDK 17"),
        "Application Default Credentials of `hallpass login`, refresh, one call",
        "newer versions are at Maven Central, which these tests do not use; Java reads no variable, so proxy and trust store are properties",
        "java::java_default_credentials_are_the_ones_of_hallpass_login",
    ),
    row(
        "golang.org/x/oauth2 (Go)",
        Go,
        "Application Default Credentials of `hallpass login`, refresh, one call; by `hallpass exec` alone: a token by the ticket file, one call",
        "it sends no quota project; versions from before the type `external_account_authorized_user`, such as Debian 12's 0.3.0, refuse the ticket file",
        "go::go_gets_its_tokens_by_the_ticket_file",
    ),
    row(
        "openidconnect (Rust)",
        Cargo("openidconnect"),
        "discovery at the emulator's address, PKCE, nonce, id_token, userinfo, refresh",
        "",
        "oauth_clients::openidconnect_discovers_signs_in_checks_the_id_token_and_refreshes",
    ),
    row(
        "oauth2 (Rust)",
        Cargo("oauth2"),
        "PKCE, scopes of the reply, the refusal of a used code",
        "it revokes over TLS alone, so not at the emulator's own address",
        "oauth_clients::oauth2_signs_in_with_pkce_and_reads_the_refusal_of_a_used_code",
    ),
    row(
        "yup-oauth2 (Rust)",
        Cargo("yup-oauth2"),
        "the installed flow, tokens kept in its file, a forced refresh",
        "its `authorized_user` has Google's address as a constant and no proxy",
        "oauth_clients::yup_oauth2_signs_in_keeps_its_tokens_and_refreshes",
    ),
    row(
        "google-cloud-auth (Rust)",
        Cargo("google-cloud-auth"),
        "headers and tags from a credential of hallpass, by hallpass-adapters",
        "",
        "cloud::only_the_tag_of_the_token_in_hand_says_not_modified",
    ),
    row(
        "genai (Rust)",
        Cargo("genai"),
        "with a key: an answer, a stream, an embedding, a function with its thought signature; an answer with a credential of hallpass as its resolver",
        "streams with that resolver are empty without an error: they need one of their own",
        "gemini_clients::genai_brings_the_thought_signature_of_a_call_back",
    ),
    row(
        "genai (Rust), at an agent",
        Cargo("genai"),
        "with a ticket as its key, and the sign-in behind it: an answer, a stream, an embedding",
        "it reads no variable for the address",
        "gemini_clients::genai_does_the_same_with_a_ticket_of_an_agent",
    ),
    row(
        "rig-core (Rust)",
        Cargo("rig-core"),
        "with a key: models, an answer, a stream, an embedding, a function with its thought signature, an interaction",
        "no sign-in: its Gemini provider takes a key alone",
        "rig::rig_brings_the_thought_signature_of_a_call_back",
    ),
    row(
        "rig-core (Rust), at an agent",
        Cargo("rig-core"),
        "with a ticket as its key, and the sign-in behind it: models, an answer, a stream, an embedding",
        "it reads no variable for the address; 0.45 and newer want a newer Rust than this project",
        "rig::rig_does_the_same_with_a_ticket_of_an_agent",
    ),
];

/// Tests by file.
const FILES: &[(&str, &str)] = &[
    ("adc", include_str!("adc.rs")),
    ("agent", include_str!("agent.rs")),
    ("gcloud", include_str!("gcloud.rs")),
    ("generativeai", include_str!("generativeai.rs")),
    ("google_genai", include_str!("google_genai.rs")),
    ("go", include_str!("go.rs")),
    ("httplib2", include_str!("httplib2.rs")),
    ("java", include_str!("java.rs")),
    ("openai", include_str!("openai.rs")),
    ("openid", include_str!("openid.rs")),
    ("token_file", include_str!("token_file.rs")),
    ("web_client", include_str!("web_client.rs")),
    ("cloud", include_str!("../../../../examples/tests/ecosystem/cloud.rs")),
    ("gemini_clients", include_str!("../../../../examples/tests/ecosystem/gemini_clients.rs")),
    ("oauth_clients", include_str!("../../../../examples/tests/ecosystem/oauth_clients.rs")),
    ("rig", include_str!("../../../../examples/tests/ecosystem/rig.rs")),
];

/// What stands after a name, up to the end of its version.
fn after<'a>(list: &'a str, before: &str, end: char) -> &'a str {
    let rest = list.split_once(before).unwrap_or_else(|| panic!("{before}: no version")).1;
    rest.split(end).next().unwrap_or_default()
}

impl Version {
    fn text(&self) -> &str {
        match self {
            Python(name) => after(include_str!("requirements.txt"), &format!("\n{name}=="), '\n'),
            Node(name) => after(include_str!("package.json"), &format!("\"{name}\": \""), '"'),
            OpenAiPython => after(include_str!("openai/requirements.txt"), "\nopenai==", '\n'),
            OpenAiNode => after(include_str!("openai/package.json"), "\"openai\": \"", '"'),
            GeminiCli => {
                let list = include_str!("gemini-cli/package.json");
                after(list, "\"@google/gemini-cli\": \"", '"')
            }
            Cargo(name) => {
                let lock = include_str!("../../../../Cargo.lock");
                after(lock, &format!("name = \"{name}\"\nversion = \""), '"')
            }
            Go => after(include_str!("go/packages.txt"), "golang-golang-x-oauth2-dev_", '-'),
            Told(text) => text,
        }
    }
}

/// The page up to the odd files.
pub(crate) fn clients() -> String {
    let mut page = String::from(ABOVE);
    for row in ROWS {
        let Row { client, runs, lacks, test, .. } = row;
        let lacks = if lacks.is_empty() { "—" } else { lacks };
        let version = row.version.text();
        let _ = writeln!(page, "| {client} | {version} | {runs} | {lacks} | `{test}` |");
    }
    page.push_str(BELOW);
    page
}

const ABOVE: &str = "\
# Clients of others

## What is run

Each of these is the released package, unmodified, and runs against the emulator, aimed by the variables of its `env.sh` alone where nothing else is said
([how](emulator.md#unmodified-clients)). `cargo xtask interop` installs those for Python, Node, Java and Go and runs them; Go's toolchain is a
wheel of PyPI, and its library the source that Debian 13 packs. Those in Rust are among the ecosystem tests of `cargo xtask test`. This page is written by the tests and compared with every run.

| client | version | what is run | what does not work | test |
|---|---|---|---|---|
";

const BELOW: &str = "
Not run: google.golang.org/genai, which is a module of Go's proxy alone; cloud.google.com/go/auth, which is in Debian's unstable alone (0.123.0 of its
golang-google-cloud got a token and the quota project by the ticket file when it was tried by hand); Google's libraries for PHP, Ruby, .NET and Dart; Vertex AI in any of
them, which the emulator does not imitate.

";

#[test]
fn every_row_names_a_test_that_is_there() {
    for Row { client, test, .. } in ROWS {
        let (file, name) = test.split_once("::").expect("file::test");
        let (_, text) = FILES.iter().find(|(known, _)| *known == file).expect(file);
        assert!(text.contains(&format!("fn {name}(")), "{client}: `{test}` is no test");
    }
}
