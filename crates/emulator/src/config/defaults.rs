//! What exists before anyone configures anything: the project that the quickstart page sets up.
//!
//! One project with the API enabled, an External consent screen in Testing, one Desktop client, a test
//! user (ada) and an account that is not one (eve).

use super::project::GEMINI_SERVICE;
use super::{
    Audience, Client, ClientKind, Config, ConsentScreen, IdentityProvider, Lifecycle, Project,
    Publishing, ServiceAccount, Switches, User,
};
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
            switches: Switches::default(),
        }
    }
}

fn demo_project() -> Project {
    let mut project = Project::new("demo-project", 710_000_000_001).owned_by("ada@example.com");
    // That the quickstart never enables Resource Manager is why gcloud's `set-quota-project` meets its 403.
    project.services.insert(0, GEMINI_SERVICE.into());
    project.consent_screen.test_users.push("ada@example.com".into());
    project.clients.push(Client::desktop(
        "710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com",
        "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",
    ));
    project
}

fn user(email: &str, sub: &str, name: &str) -> User {
    User { email: email.into(), sub: sub.into(), name: name.into(), hd: None }
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
