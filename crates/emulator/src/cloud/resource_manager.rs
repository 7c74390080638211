//! Resource Manager: the caller's projects, and which of some permissions the caller has on one.
//!
//! In: an account. Out: the projects in which the configuration gives it any permission; of the list that gcloud's
//! `set-quota-project` asks for, the permissions that it has, or an empty object. Words are from memory.

use crate::api::body;
use crate::api::error::ApiError;
use crate::gemini::schema;
use crate::message::Request;
use crate::state::State;
use crate::{Lifecycle, Project};
use serde_json::{Value, json};

/// The projects of an account; of a filter only the state is looked at.
pub(crate) fn list(state: &State, request: &Request, account: &str) -> Value {
    let filter = request.query.first("filter").unwrap_or_default();
    let wanted = filter.split_whitespace().find_map(|term| term.strip_prefix("lifecycleState:"));
    let projects = state.config.projects.iter().filter(|project| is_seen_by(project, account));
    let projects = projects.map(shown).filter(|project| {
        wanted.is_none_or(|wanted| project["lifecycleState"].as_str() == Some(wanted))
    });
    json!({"projects": projects.collect::<Vec<_>>()})
}

pub(crate) fn get(state: &State, account: &str, project: &str) -> Result<Value, ApiError> {
    let found = state.config.project(project).filter(|project| is_seen_by(project, account));
    found.map(shown).ok_or_else(no_permission)
}

fn is_seen_by(project: &Project, account: &str) -> bool {
    project.permissions.get(account).is_some_and(|permissions| !permissions.is_empty())
}

fn shown(project: &Project) -> Value {
    let state = match project.lifecycle {
        Lifecycle::Deleted => "DELETE_REQUESTED",
        Lifecycle::Active | Lifecycle::Disabled => "ACTIVE",
    };
    json!({
        "projectNumber": project.number.to_string(),
        "projectId": project.id,
        "lifecycleState": state,
        "name": project.id,
    })
}

/// What is another's looks like what is not there.
fn no_permission() -> ApiError {
    ApiError::PermissionDenied("The caller does not have permission".into(), None)
}

pub(crate) fn test_permissions(
    state: &State,
    request: &Request,
    account: &str,
    project: &str,
) -> Result<Value, ApiError> {
    let asked = body::read(&request.body, &schema::TEST_IAM_PERMISSIONS, "v1")?;
    let found = state.config.project(project).filter(|it| it.lifecycle == Lifecycle::Active);
    let found = found.ok_or_else(no_permission)?;
    let asked = asked["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let held: Vec<&str> = asked.filter(|permission| found.allows(account, permission)).collect();
    Ok(if held.is_empty() { json!({}) } else { json!({"permissions": held}) })
}
