//! The project of gcloud's own OAuth clients, which no configuration names.

use super::project::GCLOUD_PROJECT;
use super::{Client, Project, Publishing};
use std::sync::OnceLock;

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
