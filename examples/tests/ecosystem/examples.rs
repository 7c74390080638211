//! The examples of the crate, run as they are printed.

#[path = "../../examples/blocking.rs"]
mod blocking;
#[path = "../../examples/genai.rs"]
mod genai;
#[path = "../../examples/google_apis.rs"]
mod google_apis;
#[path = "../../examples/google_cloud_auth.rs"]
mod google_cloud_auth;
#[path = "../../examples/object_store.rs"]
mod object_store;
#[path = "../../examples/reqwest.rs"]
mod reqwest;
#[path = "../../examples/tonic.rs"]
mod tonic;
#[path = "../../examples/tower.rs"]
mod tower;

#[test]
fn program_without_a_runtime_signs_in_and_asks() {
    blocking::main().expect("done");
}

#[test]
fn genai_gets_an_answer_without_a_key() {
    genai::main().expect("done");
}

#[test]
fn hub_of_google_apis_gets_a_token() {
    google_apis::main().expect("done");
}

#[test]
fn googles_own_clients_get_headers_and_tags() {
    google_cloud_auth::main().expect("done");
}

#[test]
fn object_store_gets_a_token() {
    object_store::main().expect("done");
}

#[test]
fn reqwest_sends_a_signed_request() {
    reqwest::main().expect("done");
}

#[test]
fn interceptor_signs_with_the_token_in_hand_alone() {
    tonic::main().expect("done");
}

#[test]
fn layer_signs_the_requests_of_hyper() {
    tower::main().expect("done");
}
