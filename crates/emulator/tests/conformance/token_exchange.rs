//! The Security Token Service, asked as google-auth asks it for external accounts.

use crate::wire::{
    CLIENT_ID, CLIENT_SECRET, CLOUD, RETRIEVER, Reply, approving, encoded, list_models, post_form,
    send, sign_in,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hallpass_emulator::Emulator;

const AUDIENCE: &str = "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/demo-pool/providers/demo-provider";
const PRINCIPAL: &str = "principal://iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/demo-pool/subject/demo-subject";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const AWS: &str = "urn:ietf:params:aws:token-type:aws4_request";
const SAML: &str = "urn:ietf:params:oauth:token-type:saml2";
const ROBOT: &str = "robot@demo-project.iam.gserviceaccount.com";

fn form(audience: &str, scope: &str, token: &str, token_type: &str) -> String {
    format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience={}&scope={}\
         &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token={}\
         &subject_token_type={}",
        encoded(audience),
        encoded(scope),
        encoded(token),
        encoded(token_type)
    )
}

fn ask(emulator: &Emulator, scope: &str, token: &str, token_type: &str) -> Reply {
    post_form(emulator, "/v1/token", &form(AUDIENCE, scope, token, token_type))
}

fn jwt(claims: &str) -> String {
    let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2lnbmF0dXJl", encoded(r#"{"alg":"RS256"}"#), encoded(claims))
}

fn basic() -> String {
    use base64::prelude::BASE64_STANDARD;
    let pair = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    format!("Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic {pair}\r\n")
}

#[track_caller]
fn refused(reply: &Reply, error: &str) {
    assert_eq!((reply.status, reply.field("error").as_str()), (400, error), "{reply:?}");
}

#[test]
fn subject_token_gets_a_federated_token_that_lists_models() {
    let emulator = approving();
    for token_type in [JWT, SAML, "urn:ietf:params:oauth:token-type:id_token"] {
        let reply = ask(&emulator, RETRIEVER, "emulator-subject-token", token_type);
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            reply.field("issued_token_type"),
            "urn:ietf:params:oauth:token-type:access_token"
        );
        assert_eq!(reply.field("token_type"), "Bearer");
        assert!(reply.body.contains("\"expires_in\": 3599"), "{}", reply.body);
        assert_eq!(list_models(&emulator, &reply.field("access_token")).status, 200);
    }
}

#[test]
fn jwt_of_the_issuer_is_accepted_until_it_expires() {
    let emulator = approving();
    let issuer = "https://issuer.example.com";
    let token = jwt(&format!(r#"{{"iss":"{issuer}","sub":"ci","exp":4102444800}}"#));
    assert_eq!(ask(&emulator, RETRIEVER, &token, JWT).status, 200);
    let old = jwt(&format!(r#"{{"iss":"{issuer}","sub":"ci","exp":1}}"#));
    let foreign = jwt(r#"{"iss":"https://other.example","sub":"ci","exp":4102444800}"#);
    for token in [old.as_str(), foreign.as_str(), "garbage"] {
        refused(&ask(&emulator, RETRIEVER, token, JWT), "invalid_grant");
    }
}

#[test]
fn signed_request_of_aws_is_accepted_for_this_provider() {
    let emulator = approving();
    let request = |target: &str| {
        let json = format!(
            r#"{{"url":"https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15","method":"POST","headers":[{{"key":"Authorization","value":"AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/sts/aws4_request, Signature=00"}},{{"key":"x-goog-cloud-target-resource","value":"{target}"}}]}}"#
        );
        json.replace('%', "%25").replace('"', "%22").replace('&', "%26").replace(' ', "%20")
    };
    assert_eq!(ask(&emulator, RETRIEVER, &request(AUDIENCE), AWS).status, 200);
    refused(
        &ask(&emulator, RETRIEVER, &request("//iam.googleapis.com/other"), AWS),
        "invalid_grant",
    );
    refused(&ask(&emulator, RETRIEVER, "%7B%7D", AWS), "invalid_grant");
}

#[test]
fn exchange_that_is_not_understood_says_why() {
    let emulator = approving();
    let good = form(AUDIENCE, RETRIEVER, "emulator-subject-token", JWT);
    let post = |body: &str| post_form(&emulator, "/v1/token", body);
    refused(&post(&form("//iam.googleapis.com/x", RETRIEVER, "t", JWT)), "invalid_target");
    refused(&post(&form(AUDIENCE, "nonsense", "t", JWT)), "invalid_scope");
    refused(&post(&form(AUDIENCE, RETRIEVER, "t", "urn:other")), "invalid_request");
    refused(&post(&good.replace("token-exchange", "other")), "unsupported_grant_type");
    refused(&post(&good.replace("&subject_token=", "&x=")), "invalid_request");
    refused(&post(&format!("{good}&options=garbage")), "invalid_request");
    let headers = basic().replace("Basic ", "Basic eDp5");
    assert_eq!(send(&emulator, "POST /v1/token", &headers, &good).field("error"), "invalid_client");
}

#[test]
fn workforce_user_names_the_project_that_pays() {
    let emulator = approving();
    let body = form(AUDIENCE, RETRIEVER, "emulator-subject-token", JWT);
    let options = "&options=%7B%22userProject%22%3A%22other-project%22%7D";
    let reply = post_form(&emulator, "/v1/token", &format!("{body}{options}"));
    assert_eq!(list_models(&emulator, &reply.field("access_token")).status, 403);
}

#[test]
fn principal_with_permission_impersonates_a_service_account() {
    let emulator = approving();
    let federated = ask(&emulator, CLOUD, "emulator-subject-token", JWT).field("access_token");
    let line = format!("POST /v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken");
    let headers =
        format!("Authorization: Bearer {federated}\r\nContent-Type: application/json\r\n");
    let body = format!(r#"{{"scope":["{RETRIEVER}"],"lifetime":"3600s"}}"#);
    assert_eq!(send(&emulator, &line, &headers, &body).status, 403);
    emulator.update_config(|config| {
        let held = vec!["iam.serviceAccounts.getAccessToken".to_owned()];
        config.projects[0].permissions.insert(PRINCIPAL.into(), held);
    });
    let reply = send(&emulator, &line, &headers, &body);
    assert_eq!(list_models(&emulator, &reply.field("accessToken")).status, 200);
}

#[test]
fn access_token_is_exchanged_for_another_of_the_same_scopes() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let access_token = "urn:ietf:params:oauth:token-type:access_token";
    let reply = ask(&emulator, RETRIEVER, &token, access_token).field("access_token");
    assert_ne!(reply, token);
    assert_eq!(list_models(&emulator, &reply).status, 200);
    refused(&ask(&emulator, RETRIEVER, "ya29.unknown", access_token), "invalid_grant");
}

#[test]
fn external_user_refreshes_with_basic_authentication() {
    let emulator = approving();
    let line = "POST /v1/oauthtoken";
    let body = "grant_type=refresh_token&refresh_token=emulator-external-refresh-token";
    let reply = send(&emulator, line, &basic(), body);
    assert_eq!((reply.status, reply.field("token_type").as_str()), (200, "Bearer"), "{reply:?}");
    assert!(!reply.body.contains("\"refresh_token\""), "{}", reply.body);
    refused(&send(&emulator, line, &basic(), &body.replace("external", "other")), "invalid_grant");
    refused(&post_form(&emulator, "/v1/oauthtoken", body), "invalid_request");
}
