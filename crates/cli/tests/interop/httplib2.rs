//! Python's httplib2 and what is built on it: google-api-python-client and google-auth-httplib2.
//!
//! httplib2 reads the proxy of the environment only where PySocks is installed, and trusts the file that
//! `HTTPLIB2_CA_CERTS` names.

use hallpass_testbed::World;
use serde_json::{Value, json};

#[test]
fn google_api_python_client_calls_apis_that_are_imitated() {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let said: Value = serde_json::from_str(&world.python("google_api_client.py")).expect("JSON");
    assert_eq!(
        said,
        json!({
            "user": "100000000000000000001",
            "service": "ENABLED",
            "status": 200,
            "models": 14,
            "listed": 5,
            "tokens": 2,
        })
    );
}
