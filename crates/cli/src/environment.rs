//! The environment variables that the command reads, with the words of the help: rows of at most 80 columns.

macro_rules! environment {
    () => {
        "  GOOGLE_APPLICATION_CREDENTIALS  the credential file, before any other
  CLOUDSDK_CONFIG                 the folder of Application Default Credentials
  GOOGLE_CLOUD_QUOTA_PROJECT      the quota project, before the one in the file
  GOOGLE_GEMINI_BASE_URL          another address of the Gemini API
  HTTPS_PROXY, NO_PROXY           the way to the network
  SSL_CERT_FILE                   certificates to trust, not the system's
  BROWSER                         what opens the browser; %s is the address
  NO_COLOR                        no colour
  HALLPASS_CONFIG                 hallpass's own folder, else ~/.config/hallpass
  HALLPASS_PROFILE                the profile to use without --profile
  HALLPASS_EMULATOR_HOST          host:port of an emulator, in Google's place
  HALLPASS_LOG                    error, warn, info, debug or trace"
    };
}
pub(crate) use environment;

/// One variable a line, and what it is for.
pub(crate) const ENVIRONMENT: &str = environment!();
