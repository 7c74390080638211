//! What exists before anyone configures anything: the project that the quickstart page sets up.
//!
//! One project with the API enabled, an External consent screen in Testing, one Desktop client, a test
//! user (ada) and an account that is not one (eve).

use super::project::{FIRST_PROJECT_NUMBER, GCLOUD_PROJECT, GEMINI_SERVICE};
use super::{
    Audience, Caching, Client, ClientKind, Config, ConsentScreen, IdentityProvider, Lifecycle,
    Processing, Project, Publishing, ServiceAccount, Switches, User,
};
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::OnceLock;

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

/// The project of gcloud's two OAuth clients, whose ids and secrets are public constants of gcloud: for
/// `gcloud auth application-default login`, and for `gcloud auth login`.
pub(super) fn gcloud_project() -> &'static Project {
    static PROJECT: OnceLock<Project> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let mut project = Project::new("google-cloud-sdk", GCLOUD_PROJECT);
        project.consent_screen.app_name = "Google Cloud SDK".into();
        project.consent_screen.publishing = Publishing::Production;
        project.consent_screen.verified = true;
        for (client_id, secret, page) in [
            (
                "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur",
                "d-FL95Q19q7MQmFpd7hHD0Ty",
                "applicationdefaultauthcode",
            ),
            ("32555940559", "ZmssLNjJy2998hD4CTg2ejr2", "authcode"),
        ] {
            let client_id = format!("{client_id}.apps.googleusercontent.com");
            let mut client = Client::desktop(client_id, secret);
            // Where the code is to be read off when there is no browser beside gcloud.
            client.redirect_uris.push(format!("https://sdk.cloud.google.com/{page}.html"));
            project.clients.push(client);
        }
        project
    })
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
