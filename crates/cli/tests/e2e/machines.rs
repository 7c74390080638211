//! Programs without a user: another identity provider vouches for them.

use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};

const FILE: &str = r#"{"type": "external_account", "token_url": "https://sts.googleapis.com/v1/token",
    "audience": "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/demo-pool/providers/demo-provider",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": "subject"}}"#;

/// A JWT of the emulator's demo provider that ends in the year 5138.
const SUBJECT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImRlbW8tc3ViamVjdCIsImV4cCI6OTk5OTk5OTk5OTl9.c2lnbmF0dXJl";

const VARIABLES: [(&str, &str); 1] = [("GOOGLE_APPLICATION_CREDENTIALS", "machine.json")];

fn world(file: &str) -> World {
    let world = World::new();
    world.write("machine.json", file);
    world.write("subject", SUBJECT);
    world
}

#[test]
#[cfg_attr(windows, ignore = "has a row with the file's mode")]
fn every_command_takes_the_credential_of_a_machine() {
    let world = world(FILE);
    let run = |arguments: &[&str]| world.run_with(arguments, &VARIABLES).stdout();
    let token = run(&["token"]);
    assert!(token.starts_with("ya29."), "{token}");
    assert!(run(&["header"]).starts_with("Authorization: Bearer ya29."));
    assert!(run(&["models", "list"]).contains("gemini"));
    assert_data_eq!(
        world.redact(&run(&["status", "--check"])),
        str![[r#"
external_account, its own project, no end is known
credential     machine.json
found through  GOOGLE_APPLICATION_CREDENTIALS
type           external_account
tokens from    https://sts.googleapis.com/v1/token
account        unknown
access token   none saved
quota project  none: requests count for the credential's own project
file mode      0644
usable         yes

"#]]
    );
}

#[test]
fn file_that_names_a_foreign_host_is_not_used() {
    let world = world(&FILE.replace("sts.googleapis.com", "sts.example"));
    assert_data_eq!(
        world.run_with(&["token"], &VARIABLES).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `machine.json` names `sts.example/v1/token`, which is not trusted
  caused by: secrets would be sent there; a credential file may name Google's token services alone
hint: see where the file comes from; make a new one with `gcloud iam workload-identity-pools create-cred-config`

"#]]
    );
}

#[test]
fn token_that_google_does_not_take_is_told_from_an_ended_sign_in() {
    let world = world(FILE);
    world.write("subject", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
    assert_data_eq!(
        world.run_with(&["token"], &VARIABLES).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Google no longer accepts the identity provider's token
  caused by: invalid_grant
hint: see whether it was deleted or has ended, and whether this machine's clock is right

"#]]
    );
}
