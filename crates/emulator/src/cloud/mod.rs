//! The two APIs of Google Cloud that setting up a project needs: Service Usage and Resource Manager.
//!
//! In: what gcloud's `projects` and `services` commands and setup tools ask of both. Out: their JSON, or an error in
//! the Gemini API's style. Source: the protos of api/serviceusage/v1; what gcloud 528 was seen to send; words of
//! refusals are from memory.

mod resource_manager;
pub(crate) mod service_usage;

use crate::Project;
use crate::api::error::ApiError;
use crate::api::guard::{self, CLOUD_PLATFORM};
use crate::api::{self, Api, Site, encoding};
use crate::config::GCLOUD_PROJECT;
use crate::message::{Reply, Request};
use crate::oauth::flow::Grant;
use crate::state::State;
use http::Method;
use serde_json::Value;

const CLOUD_PLATFORM_READ_ONLY: &str = "https://www.googleapis.com/auth/cloud-platform.read-only";

static SERVICE_USAGE: Api = Api {
    service: "serviceusage.googleapis.com",
    title: "Service Usage API",
    scopes: &[CLOUD_PLATFORM],
};
static RESOURCE_MANAGER: Api = Api {
    service: "cloudresourcemanager.googleapis.com",
    title: "Cloud Resource Manager API",
    scopes: &[CLOUD_PLATFORM, CLOUD_PLATFORM_READ_ONLY],
};

/// A call; the project is an id or a number.
#[derive(Debug, Clone, Copy)]
enum Call<'a> {
    Enable { project: &'a str, service: &'a str },
    Service { project: &'a str, service: &'a str },
    Services { project: &'a str },
    Projects,
    Project { project: &'a str },
    TestPermissions { project: &'a str },
}

/// The answer, if the path is one of these methods.
pub(crate) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = find(request)?;
    let result =
        admitted(state, request, call).and_then(|account| perform(state, request, call, &account));
    let reply = match result {
        Ok(body) => encoding::json(request, &body),
        Err(error) => encoding::compacted(request, error.into_reply(state, &call.site())),
    };
    Some(api::finished(reply))
}

fn find(request: &Request) -> Option<Call<'_>> {
    let reads = request.method == Method::GET;
    let rest = request.path.strip_prefix("/v1/projects")?;
    if rest.is_empty() {
        return reads.then_some(Call::Projects);
    }
    let rest = rest.strip_prefix('/')?;
    let Some((project, rest)) = rest.split_once('/') else {
        return match rest.strip_suffix(":testIamPermissions") {
            Some(project) if is_segment(project) && request.method == Method::POST => {
                Some(Call::TestPermissions { project })
            }
            None if is_segment(rest) && reads => Some(Call::Project { project: rest }),
            _ => None,
        };
    };
    if rest == "services" && reads && is_segment(project) {
        return Some(Call::Services { project });
    }
    let name = rest.strip_prefix("services/").filter(|_| is_segment(project))?;
    match name.strip_suffix(":enable") {
        Some(service) if is_segment(service) && request.method == Method::POST => {
            Some(Call::Enable { project, service })
        }
        None if is_segment(name) && reads => Some(Call::Service { project, service: name }),
        _ => None,
    }
}

fn is_segment(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', ':'])
}

impl Call<'_> {
    fn api(self) -> &'static Api {
        match self {
            Self::Enable { .. } | Self::Service { .. } | Self::Services { .. } => &SERVICE_USAGE,
            Self::Projects | Self::Project { .. } | Self::TestPermissions { .. } => {
                &RESOURCE_MANAGER
            }
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Enable { .. } => "google.api.serviceusage.v1.ServiceUsage.EnableService",
            Self::Service { .. } => "google.api.serviceusage.v1.ServiceUsage.GetService",
            Self::Services { .. } => "google.api.serviceusage.v1.ServiceUsage.ListServices",
            Self::Projects => "google.cloud.resourcemanager.v1.Projects.ListProjects",
            Self::Project { .. } => "google.cloud.resourcemanager.v1.Projects.GetProject",
            Self::TestPermissions { .. } => {
                "google.cloud.resourcemanager.v1.Projects.TestIamPermissions"
            }
        }
    }

    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Enable { .. } => &[CLOUD_PLATFORM],
            _ => &[CLOUD_PLATFORM, CLOUD_PLATFORM_READ_ONLY],
        }
    }

    fn site(self) -> Site<'static> {
        Site { api: self.api(), method: self.method().into(), version: "v1" }
    }
}

/// Checks the caller in the Gemini API's order; gives the account that calls.
fn admitted(state: &State, request: &Request, call: Call<'_>) -> Result<String, ApiError> {
    let Some(token) = guard::access_token(request) else {
        return Err(match guard::api_key(request) {
            Some(_) => ApiError::KeyUnsupported,
            None => ApiError::TokenMissing,
        });
    };
    let grant = guard::live_grant(state, token, call.api())?;
    if !grant.scopes.iter().any(|scope| call.scopes().contains(&scope.as_str())) {
        return Err(ApiError::ScopeInsufficient);
    }
    if let Some(payer) = payer(state, request, &grant)? {
        guard::check_enabled(payer, call.api())?;
    }
    Ok(grant.account.clone())
}

/// The project in which the API must be enabled; none for gcloud's own client, whose project has these two.
fn payer<'a>(
    state: &'a State,
    request: &Request,
    grant: &Grant,
) -> Result<Option<&'a Project>, ApiError> {
    if let Some(named) = guard::named_project(state, request, grant)? {
        return Ok(Some(named));
    }
    let own = state.config.project(&grant.project_id);
    Ok(own.filter(|project| project.number != GCLOUD_PROJECT))
}

fn perform(
    state: &mut State,
    request: &Request,
    call: Call<'_>,
    account: &str,
) -> Result<Value, ApiError> {
    match call {
        Call::Enable { project, service } => {
            service_usage::enable(state, request, account, project, service)
        }
        Call::Service { project, service } => service_usage::get(state, account, project, service),
        Call::Services { project } => service_usage::list(state, account, project),
        Call::Projects => Ok(resource_manager::list(state, request, account)),
        Call::Project { project } => resource_manager::get(state, account, project),
        Call::TestPermissions { project } => {
            resource_manager::test_permissions(state, request, account, project)
        }
    }
}
