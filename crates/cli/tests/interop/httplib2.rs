//! Python's httplib2 and what is built on it: google-api-python-client and google-auth-httplib2.
//!
//! httplib2 reads the proxy of the environment only where PySocks is installed, and trusts the file that
//! `HTTPLIB2_CA_CERTS` names.

use hallpass_testbed::World;

#[test]
fn google_api_python_client_calls_apis_that_are_imitated() {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    assert_eq!(
        world.python("google_api_client.py").trim(),
        r#"{"user": "100000000000000000001", "service": "ENABLED", "status": 200, "models": 14}"#
    );
}
