//! Service Usage: enables an API in a project and says whether it is.
//!
//! In: project and service of the path. Out: an Operation that is done, a Service, or all that are enabled. Here it takes effect at once;
//! Google needs minutes. A service exists if its name ends as Google's do: there is no catalogue.

use crate::api::body;
use crate::api::error::ApiError;
use crate::config::{SERVICE_ENABLE, SERVICE_GET};
use crate::gemini::schema;
use crate::message::Request;
use crate::state::State;
use crate::{Lifecycle, Project};
use serde_json::{Value, json};

pub(crate) fn enable(
    state: &mut State,
    request: &Request,
    account: &str,
    project: &str,
    service: &str,
) -> Result<Value, ApiError> {
    body::read(&request.body, &schema::ENABLE_SERVICE, "v1")?;
    let found = permitted(state, account, project, service, (SERVICE_ENABLE, "enable"))?;
    let (id, number) = (found.id.clone(), found.number);
    let is_new = !found.services.iter().any(|one| one == service);
    if is_new && let Some(found) = state.config.projects.iter_mut().find(|one| one.id == id) {
        found.services.push(service.to_owned());
    }
    // From memory: an operation that had nothing to do is the same one for every caller.
    let name = if is_new {
        format!("operations/acf.p2-{number}-{service}")
    } else {
        "operations/noop.DONE_OPERATION".into()
    };
    Ok(json!({
        "name": name,
        "done": true,
        "response": {
            "@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse",
            "service": shown(number, service, "ENABLED"),
        },
    }))
}

pub(crate) fn get(
    state: &State,
    account: &str,
    project: &str,
    service: &str,
) -> Result<Value, ApiError> {
    let found = permitted(state, account, project, service, (SERVICE_GET, "get"))?;
    let is_enabled = found.services.iter().any(|one| one == service);
    Ok(shown(found.number, service, if is_enabled { "ENABLED" } else { "DISABLED" }))
}

/// All that are enabled; there is no catalogue of the others, so a filter has nothing to do. Whoever may see one
/// may see the list, where Google has a permission of its own.
pub(crate) fn list(state: &State, account: &str, project: &str) -> Result<Value, ApiError> {
    let found = state.config.project(project).filter(|it| it.lifecycle == Lifecycle::Active);
    let Some(found) = found.filter(|project| project.allows(account, SERVICE_GET)) else {
        let text = format!(
            "Permission denied to list services for consumer container [projects/{project}]"
        );
        return Err(ApiError::PermissionDenied(text, Some("AUTH_PERMISSION_DENIED")));
    };
    let services = found.services.iter().map(|name| shown(found.number, name, "ENABLED"));
    Ok(json!({"services": services.collect::<Vec<_>>()}))
}

fn shown(number: u64, service: &str, state: &str) -> Value {
    json!({
        "name": format!("projects/{number}/services/{service}"),
        "config": {"name": service},
        "state": state,
        "parent": format!("projects/{number}"),
    })
}

/// The project, if it exists, the account may do this in it and there is such a service.
fn permitted<'a>(
    state: &'a State,
    account: &str,
    project: &str,
    service: &str,
    (permission, verb): (&str, &str),
) -> Result<&'a Project, ApiError> {
    let found = state.config.project(project).filter(|it| it.lifecycle == Lifecycle::Active);
    // Without permission a project that does not exist looks like one that is another's.
    let Some(found) = found.filter(|project| project.allows(account, permission)) else {
        let text = format!("Permission denied to {verb} service [{service}]");
        return Err(ApiError::PermissionDenied(text, Some("AUTH_PERMISSION_DENIED")));
    };
    if !service.ends_with(".googleapis.com") {
        let text = format!("Not found or permission denied for service(s): {service}.");
        let reason = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED";
        return Err(ApiError::PermissionDenied(text, Some(reason)));
    }
    Ok(found)
}
