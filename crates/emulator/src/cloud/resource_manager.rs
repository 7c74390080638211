//! Resource Manager: which of some permissions the caller has on a project.
//!
//! In: the list that gcloud's `set-quota-project` asks for. Out: those that the configuration gives the account;
//! an empty object if it gives none.

use crate::Lifecycle;
use crate::api::body;
use crate::api::error::ApiError;
use crate::gemini::schema;
use crate::message::Request;
use crate::state::State;
use serde_json::{Value, json};

pub(crate) fn test_permissions(
    state: &State,
    request: &Request,
    account: &str,
    project: &str,
) -> Result<Value, ApiError> {
    let asked = body::read(&request.body, &schema::TEST_IAM_PERMISSIONS, "v1")?;
    let found = state.config.project(project).filter(|it| it.lifecycle == Lifecycle::Active);
    let found = found.ok_or_else(|| {
        ApiError::PermissionDenied("The caller does not have permission".into(), None)
    })?;
    let asked = asked["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let held: Vec<&str> = asked.filter(|permission| found.allows(account, permission)).collect();
    Ok(if held.is_empty() { json!({}) } else { json!({"permissions": held}) })
}
