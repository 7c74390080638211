//! Revocation: ends all that an account gave to the project of a token.
//!
//! The token comes in the query of a POST (gcloud, Node) or in the form; GET is a switch.
//! Source: RFC 7009; "OAuth 2.0 for mobile and desktop apps": the whole project loses access.

use super::flow::Grant;
use crate::message::{Reply, Request};
use crate::state::{Lookup, State};
use http::{Method, StatusCode};
use serde_json::json;

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    if request.method == Method::GET && !state.config.switches.revoke_by_get {
        return Reply::method_not_allowed(&[Method::POST]);
    }
    let form = request.form();
    let Some(token) = request.query.first("token").or_else(|| form.first("token")) else {
        return refused("invalid_request", "Missing required parameter: token");
    };
    match grant(state, token) {
        Some(Grant { client_id, .. }) if is_service_account(state, &client_id) => {
            refused("invalid_token", "Token is not revocable")
        }
        Some(Grant { account, project_id, .. }) => {
            state.revoke_project(&account, &project_id);
            Reply::json(StatusCode::OK, &json!({})).private()
        }
        None => refused("invalid_token", "Token expired or revoked"),
    }
}

fn is_service_account(state: &State, client_id: &str) -> bool {
    state.config.service_accounts.iter().any(|account| account.unique_id == client_id)
}

fn grant(state: &State, token: &str) -> Option<Grant> {
    match (state.access_token(token), state.refresh_token(token)) {
        (Lookup::Live(token), _) => Some(token.grant.clone()),
        (_, Lookup::Live(token)) => Some(token.grant.clone()),
        _ => None,
    }
}

fn refused(error: &str, description: &str) -> Reply {
    let body = json!({"error": error, "error_description": description});
    Reply::json(StatusCode::BAD_REQUEST, &body).private()
}
