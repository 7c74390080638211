//! What exists before anyone configures anything: the project that the quickstart page sets up.
//!
//! One project with the API enabled, an External consent screen in Testing, one Desktop client, a test
//! user (ada) and an account that is not one (eve).

use super::project::{FIRST_PROJECT_NUMBER, GEMINI_SERVICE};
use super::{
    Audience, Caching, Client, ClientKind, Config, ConsentScreen, IdentityProvider, Lifecycle,
    Processing, Project, Publishing, ServiceAccount, Switches, User,
};
use serde_json::Map;
use std::collections::BTreeMap;

impl Default for Config {
    fn default() -> Self {
        Self {
            projects: vec![demo_project()],
            users: vec![
                user("ada@example.com", "100000000000000000001", "Ada Lovelace"),
                user("eve@example.com", "100000000000000000002", "Eve Outsider"),
            ],
            service_accounts: vec![ServiceAccount::default()],
            identity_providers: vec![IdentityProvider::default()],
            outcomes: Vec::new(),
            approve: None,
            extra_models: 0,
            quotas: Vec::new(),
            replies: BTreeMap::new(),
            caching: Caching::default(),
            processing: Processing::default(),
            access_token_lifetime: 3599,
            switches: Switches::default(),
        }
    }
}

fn demo_project() -> Project {
    let mut project =
        Project::new("demo-project", FIRST_PROJECT_NUMBER).owned_by("ada@example.com");
    // That the quickstart never enables Resource Manager is why gcloud's `set-quota-project` meets its 403.
    project.services.insert(0, GEMINI_SERVICE.into());
    project.api_keys.push("emulator-api-key".into());
    project.consent_screen.test_users.push("ada@example.com".into());
    project.clients.push(Client::desktop(
        "710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com",
        "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",
    ));
    project
}

fn user(email: &str, sub: &str, name: &str) -> User {
    let (email, sub, name) = (email.into(), sub.into(), name.into());
    User { email, sub, name, hd: None, claims: Map::new() }
}

impl Default for Project {
    fn default() -> Self {
        Self {
            id: String::new(),
            number: 0,
            lifecycle: Lifecycle::Active,
            services: Vec::new(),
            permissions: BTreeMap::new(),
            api_keys: Vec::new(),
            refused_api_keys: BTreeMap::new(),
            consent_screen: ConsentScreen::default(),
            clients: Vec::new(),
        }
    }
}

impl Default for ConsentScreen {
    fn default() -> Self {
        Self {
            app_name: "Gemini quickstart".into(),
            support_email: "ada@example.com".into(),
            audience: Audience::External,
            organization: None,
            publishing: Publishing::Testing,
            test_users: Vec::new(),
            verified: false,
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_secret: String::new(),
            kind: ClientKind::Desktop,
            redirect_uris: Vec::new(),
            registered_scopes: None,
            lifecycle: Lifecycle::Active,
        }
    }
}

impl Default for User {
    fn default() -> Self {
        user("", "", "")
    }
}
