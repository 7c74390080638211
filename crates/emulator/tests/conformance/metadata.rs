//! The metadata server, asked as Google's clients were seen to ask it.

use crate::wire::{RETRIEVER, Reply, approving, get, list_models, send};
use hallpass_emulator::Emulator;

const FLAVOR: &str = "Metadata-Flavor: Google\r\n";
const ROBOT: &str = "robot@demo-project.iam.gserviceaccount.com";
const DEFAULT: &str = "instance/service-accounts/default";

fn ask(emulator: &Emulator, path: &str) -> Reply {
    let reply = get(emulator, &format!("/computeMetadata/v1/{path}"), FLAVOR);
    assert_eq!(reply.header("metadata-flavor"), Some("Google"), "{reply:?}");
    reply
}

#[test]
fn ping_of_python_and_node_finds_the_metadata_server() {
    let emulator = approving();
    for target in ["/", "/computeMetadata/v1", "/computeMetadata/v1/instance"] {
        let reply = get(&emulator, target, FLAVOR);
        assert_eq!((reply.status, reply.header("metadata-flavor")), (200, Some("Google")));
    }
}

#[test]
fn project_universe_and_account_of_the_machine_are_text() {
    let emulator = approving();
    for (path, body) in [
        ("project/project-id", "demo-project"),
        ("project/numeric-project-id", "710000000001"),
        ("universe/universe-domain", "googleapis.com"),
        ("universe/universe_domain", "googleapis.com"),
        ("instance/service-accounts/default/email", ROBOT),
        ("instance/service-accounts/robot@demo-project.iam.gserviceaccount.com/email", ROBOT),
        (
            "instance/service-accounts/default/scopes",
            "https://www.googleapis.com/auth/cloud-platform\nhttps://www.googleapis.com/auth/userinfo.email\n",
        ),
    ] {
        let reply = ask(&emulator, path);
        assert_eq!((reply.status, reply.body.as_str()), (200, body), "{path}");
        assert_eq!(reply.header("content-type"), Some("text/plain"));
    }
    let whole = ask(&emulator, &format!("{DEFAULT}/?recursive=true"));
    assert_eq!(whole.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(whole.field("email"), ROBOT);
    assert!(whole.body.contains("\"aliases\": [\n    \"default\"\n  ]"), "{}", whole.body);
}

#[test]
fn token_of_the_machine_has_the_scopes_asked_for() {
    let emulator = approving();
    let reply = ask(&emulator, &format!("{DEFAULT}/token?scopes={RETRIEVER}"));
    assert!(reply.body.contains("\"expires_in\": 3599"), "{}", reply.body);
    assert_eq!(reply.field("token_type"), "Bearer");
    assert_eq!(list_models(&emulator, &reply.field("access_token")).status, 200);
    let unscoped = ask(&emulator, &format!("{DEFAULT}/token"));
    assert_eq!(list_models(&emulator, &unscoped.field("access_token")).status, 403);
    assert_eq!(ask(&emulator, &format!("{DEFAULT}/token?scopes=nonsense")).status, 400);
}

#[test]
fn identity_of_the_machine_is_for_one_audience() {
    let emulator = approving();
    let reply =
        ask(&emulator, &format!("{DEFAULT}/identity?audience=https://a.example&format=full"));
    let claims = get(&emulator, &format!("/tokeninfo?id_token={}", reply.body), "");
    assert_eq!(
        (claims.field("aud").as_str(), claims.field("email").as_str()),
        ("https://a.example", ROBOT)
    );
    assert_eq!(ask(&emulator, &format!("{DEFAULT}/identity")).status, 400);
}

#[test]
fn request_without_flavor_or_from_elsewhere_or_for_nothing_is_refused() {
    let emulator = approving();
    let target = "/computeMetadata/v1/project/project-id";
    assert_eq!(get(&emulator, target, "").status, 403);
    assert_eq!(get(&emulator, target, "Metadata-Flavor: google\r\n").status, 403);
    let forwarded = format!("{FLAVOR}X-Forwarded-For: 10.0.0.1\r\n");
    assert_eq!(get(&emulator, target, &forwarded).status, 403);
    for path in ["project", "instance/zone", "instance/service-accounts/nobody/token"] {
        assert_eq!(ask(&emulator, path).status, 404, "{path}");
    }
    assert_eq!(send(&emulator, &format!("POST {target}"), FLAVOR, "").status, 405);
    emulator.update_config(|config| config.service_accounts.clear());
    assert_eq!(ask(&emulator, &format!("{DEFAULT}/token")).status, 404);
}
