//! The one table from what went wrong to exit code and hint.
//!
//! In: an error of a library, or a fact of a command. Out: a `Case`, with its row. docs/errors.md is made
//! of this table; a test compares.
//! Not here: the sentence about the case (`failure`), which error is which case (`of_error`), and where another hint
//! takes a row's place (`situation`).

mod of_error;
mod situation;

pub(crate) use self::of_error::{case_of, case_of_no_text, case_of_refusal};
pub(crate) use self::situation::{INSTEAD, Instead, Situation};

macro_rules! exit_codes {
    () => {
        "  0 done · 1 failed · 2 wrong arguments or settings · 3 Google refused ·
  4 sign-in needed · 5 try again later · 130 interrupted"
    };
}
pub(crate) use exit_codes;

/// The exit codes, as the help lists them: in rows of less than 80 columns.
pub(crate) const EXIT_CODES: &str = exit_codes!();

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Settings = 2,
    Refused = 3,
    SignIn = 4,
    Later = 5,
    Interrupted = 130,
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) exit: Exit,
    /// When it happens; a column of docs/errors.md.
    #[cfg_attr(not(test), expect(dead_code, reason = "for docs/errors.md, which a test compares"))]
    pub(crate) when: &'static str,
    pub(crate) hint: &'static str,
}

macro_rules! table {
    ($($case:ident $kind:literal $exit:ident $when:literal $hint:literal)+) => {
        /// Everything that can go wrong.
        #[cfg_attr(
            not(any(feature = "emulator", test)),
            expect(dead_code, reason = "the emulator's own")
        )]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Case { $($case),+ }

        impl Case {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$case),+];

            pub(crate) const fn row(self) -> Row {
                match self {
                    $(Self::$case => Row { kind: $kind, exit: Exit::$exit, when: $when, hint: $hint }),+
                }
            }
        }
    };
}

table! {
    ClientFileNotFound "client_file_not_found" Settings "the file after `--client-id-file` is not there"
        "download it in the Cloud console (Google Auth platform, Clients) and name it with `--client-id-file`"
    ClientFileUnreadable "client_file_unreadable" Settings "the client file cannot be read"
        "look at its owner and mode with `ls -l`"
    ClientFileMalformed "client_file_malformed" Settings "the client file is not JSON, or a field is missing"
        "download it again in the Cloud console (Google Auth platform, Clients)"
    ClientFileWrongType "client_file_wrong_type" Settings "the file is another of Google's: a service-account key, an API key, a `web` client, …"
        "in the Cloud console, create a client of type \"Desktop app\" and download its file"
    ClientFileMixed "client_file_mixed" Settings "the client file names Google for the consent and another server for the tokens, or the other way round"
        "download it again in the Cloud console (Google Auth platform, Clients), and do not use this one"
    NoClientFile "no_client_file" Settings "`login` without `--client-id-file`, and no earlier sign-in to take the client from"
        "run `hallpass login --client-id-file {client}`, or `hallpass setup` if you have no client file yet"
    UnknownScope "unknown_scope" Settings "a word after `--scopes` is not a known name and not a URL"
        "write `cloud-platform`, `retriever`, `tuning`, or a whole https:// address"
    MisspelledScope "misspelled_scope" Settings "a word after `--scopes` is close to a known name"
        "write `{it}`"
    PortInUse "port_in_use" Settings "the port after `--port` is taken"
        "leave out `--port` to take any free one"
    InsecureUri "insecure_uri" Settings "an address is not https and not on this machine"
        "use an https:// address"
    EmulatorHost "emulator_host" Settings "`HALLPASS_EMULATOR_HOST` is not a loopback `host:port`"
        "set it to what `hallpass emulator` prints, such as `127.0.0.1:9099`, or unset it"
    EmulatorSilent "emulator_silent" Later "`HALLPASS_EMULATOR_HOST` is set, and nothing listens there"
        "start it with `hallpass emulator --listen {it}`, or for Google run `unset HALLPASS_EMULATOR_HOST`"
    NotAnEmulator "not_an_emulator" Settings "`HALLPASS_EMULATOR_HOST` is set, and another program listens there"
        "for Google run `unset HALLPASS_EMULATOR_HOST`, or start an emulator on a free port: `hallpass emulator`"
    OtherIssuer "other_issuer" Settings "`HALLPASS_EMULATOR_HOST` is set, and the saved sign-in was made elsewhere"
        "run `unset HALLPASS_EMULATOR_HOST`, or sign in at the emulator with `hallpass login --profile emulator --client-id-file client_secret.json`"
    EmulatorStart "emulator_start" Settings "the emulator cannot listen at this address, or not write to this folder"
        "choose a free address of this machine with `--listen` (port 0 is any), and a folder of yours with `--dir`"
    EmulatorSettings "emulator_settings" Settings "the file after `--config` of `emulator` cannot be used, or `--approve` names an account that it does not have"
        "correct what is named; accounts are the `users` of a file for `--config`"
    DemoFolder "demo_folder" Settings "the folder after `demo --keep` is not empty"
        "name a new folder, or remove this one"
    LogLevel "log_level" Settings "`HALLPASS_LOG` is not a level"
        "set it to `error`, `warn`, `info`, `debug` or `trace`"
    NoHome "no_home" Settings "no home folder is known"
        "set HOME, or both CLOUDSDK_CONFIG and HALLPASS_CONFIG"
    QuotaProjectId "quota_project_id" Settings "the text cannot be a project ID"
        "copy the ID (not the name) from the Cloud console's project list"
    CurlAddress "curl_address" Settings "an address of `hallpass curl` is not one of Google's"
        "use plain `curl` for it, or name the host with `--allow-host`: the token is for https://*.googleapis.com"
    CurlOption "curl_option" Settings "an option of `hallpass curl` could send the token elsewhere, or is not known here"
        "leave out `{it}`, or use plain `curl` with `hallpass header`"
    CurlProxy "curl_proxy" Settings "`hallpass curl` is given a proxy and certificates of its own: together they let the proxy read the token"
        "leave out one of the two; a company's certificate belongs among the system's"
    CurlNoAddress "curl_no_address" Settings "`hallpass curl` is given options and no address"
        "name one, such as https://generativelanguage.googleapis.com/v1/models"
    CurlMissing "curl_missing" Failed "the program `curl` cannot be started"
        "install curl, or use `hallpass header`"
    CredentialFileNotFound "credential_file_not_found" Settings "the file after `--token-file` is not there, or the one that `GOOGLE_APPLICATION_CREDENTIALS` names"
        "run `hallpass login` to make the file, or correct the path"
    CredentialFileUnreadable "credential_file_unreadable" Settings "a credential file cannot be read"
        "look at its owner and mode with `ls -l`"
    CredentialFileMalformed "credential_file_malformed" SignIn "a credential file is half written, not JSON, or a field is missing"
        "run `hallpass login --client-id-file {client}` to write a new one"
    CredentialFileUnsupported "credential_file_unsupported" Settings "a credential file is of a type that cannot be used here"
        "run `hallpass login --client-id-file {client}`"
    UntrustedHost "untrusted_host" Settings "a credential file names a host that is not Google's, where tokens would be sent"
        "see where the file comes from; make a new one with `gcloud iam workload-identity-pools create-cred-config`"
    ExecutableNotAllowed "executable_not_allowed" Settings "a credential file would start a program"
        "if you trust the file and the program, set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"
    NoSubjectToken "no_subject_token" Failed "another identity provider gives no token to trade"
        "look at what `credential_source` of the credential file names"
    KeyRefused "key_refused" Refused "Google does not accept a machine's key, or another identity provider's token"
        "see whether it was deleted or has ended, and whether this machine's clock is right"
    ActAsRefused "act_as_refused" Refused "a credential may not act as the service account that its file names"
        "ask for the role \"Service Account Token Creator\" on that account"
    SideRecord "side_record" Settings "what hallpass keeps beside a sign-in (scopes, access token) is damaged"
        "run `rm '{it}'`; the sign-in itself is in another file"
    TokenFileIncomplete "token_file_incomplete" SignIn "a token.json lacks what a refresh needs: refresh token, client ID or client secret"
        "run `hallpass login --client-id-file {client}` to write a new one"
    NotATokenFile "not_a_token_file" Settings "the file after `--token-file` holds something else than a sign-in, and is left alone"
        "name another file after `--token-file`"
    ImportFile "import_file" Settings "the file to import is not there, or holds no user's sign-in"
        "name a file that `hallpass export` or gcloud has written"
    NotAPlainFile "not_a_plain_file" Settings "where a sign-in is to be written or deleted there is a link, a folder or a device"
        "remove what is there, or put the file itself in its place"
    NoFolder "no_folder" Settings "the folder of the file after `--token-file` or `--out` is not there"
        "make the folder first, or correct the path"
    NoCredential "no_credential" SignIn "there is no sign-in yet"
        "run `hallpass login --client-id-file {client}`, or `hallpass setup` if you have no client file yet"
    InvalidGrant "invalid_grant" SignIn "Google no longer accepts the saved sign-in"
        "run `hallpass login`; the sign-in was revoked: in the Google Account, by a logout of the same account and client, or by a new password"
    ReauthNeeded "reauth_needed" SignIn "the organization wants a new sign-in every few hours (`invalid_rapt`)"
        "run `hallpass login`; the Workspace administrator sets how often (Google Cloud session control)"
    CodeRefused "code_refused" Failed "Google does not accept the code that the browser brought"
        "run the same `hallpass login` again"
    RedirectTimeout "redirect_timeout" Failed "the browser did not come back in time"
        "look at Google's page: if it said \"Access blocked\", add the account under Test users (https://console.cloud.google.com/auth/audience); if it said \"deleted_client\", create a new client (https://console.cloud.google.com/auth/clients); then run the same command again"
    StateMismatch "state_mismatch" Failed "a redirect belongs to another sign-in"
        "close old sign-in tabs and run the same command again"
    AccessDenied "access_denied" Refused "Cancel was pressed on Google's page, or no box was ticked"
        "run the same command again; on Google's page, tick the boxes (Select all) and press Continue"
    AuthorizationRefused "authorization_refused" Refused "Google's authorization page answered with an error"
        "compare the client file and `--scopes` with the client in the Cloud console"
    MissingRefreshToken "missing_refresh_token" Refused "Google gave no refresh token, so nothing was saved"
        "remove the app at https://myaccount.google.com/connections, then run `hallpass login` again"
    ScopesNotGranted "scopes_not_granted" Refused "fewer scopes were granted than asked for, so nothing was saved"
        "run `hallpass login` again and tick every box, or ask for less with `--scopes`"
    AccountNeedsEmail "account_needs_email" Settings "an account is to be checked, and the scopes do not tell who signs in"
        "add `openid,email` to `--scopes`"
    AccountUnknown "account_unknown" Failed "an account was to be checked, and Google did not say which one signed in"
        "run the same command again and allow the e-mail address to be seen"
    WrongAccount "wrong_account" Failed "another account signed in than the one after `--account`"
        "run `hallpass login` again and choose `{it}`"
    RemoteAddress "remote_address" Settings "the address or code that was carried over from another machine is not one"
        "copy the whole line, from `http` to its end"
    RemoteAnswer "remote_answer" Settings "the answer of the other machine is missing, or was given where none is needed"
        "run `hallpass login` again with the same options, and paste the line that the other machine shows"
    StepTwoAnswer "step_two_answer" Settings "`--step 2` got no address, as an argument or on standard input"
        "run `hallpass login --step 2` again, and paste the address of the page that cannot be reached"
    RemoteHost "remote_host" Settings "the address after `--remote-bootstrap` is not Google's, or not the emulator's while there is one"
        "go no further unless you know the program that printed it"
    RemoteConfirm "remote_confirm" Settings "`--remote-bootstrap` asks for a confirmation, and there is no terminal to ask on"
        "run it on a terminal; the person who started that sign-in gets access to your account"
    NoPendingSignIn "no_pending_sign_in" Settings "`--step 2` without a `--step 1` in the last hour"
        "run `hallpass login --step 1`"
    StepTwoOption "step_two_option" Settings "an option together with `--step 2`"
        "leave out every other option, or start again with `--step 1`"
    StoreWrite "store_write" Failed "a file cannot be written; what was there before is still there"
        "look at the folder's owner and mode with `ls -ld`, and at the free space with `df`"
    StoredDiffers "stored_differs" Failed "the saved sign-in, read back, is not the one that was saved"
        "run `hallpass login` again while nothing else signs in"
    ClientDeleted "client_deleted" Refused "the OAuth client of the sign-in was deleted or disabled"
        "create a client of type \"Desktop app\" (https://console.cloud.google.com/auth/clients), then run `hallpass login --client-id-file NEW.json`"
    OAuthRefused "oauth_refused" Refused "Google's token server refused the client or the request"
        "compare the client file with the client in the Cloud console (Google Auth platform, Clients)"
    NoAccessToken "no_access_token" Failed "the server's answer has no usable access token"
        "see whether a proxy answers in Google's place"
    NotJson "not_json" Failed "the server's answer is not JSON"
        "see whether a proxy or a sign-in page of the network answers in Google's place"
    TooLarge "too_large" Failed "the server's answer is larger than any real one"
        "see whether a proxy answers in Google's place"
    Timeout "timeout" Later "the server was silent for too long"
        "run the command again"
    Connect "connect" Later "the server cannot be reached"
        "see whether this machine is online, then run the command again"
    Tls "tls" Failed "no secure connection could be made"
        "behind a company proxy, set SSL_CERT_FILE to its certificate"
    ServerStatus "server_status" Later "the server is in trouble (408, 429, 5xx)"
        "run the command again in a minute"
    ServerAnswer "server_answer" Failed "the server answered with another status, and without an OAuth error"
        "see whether a proxy answers in Google's place"
    RevokeLater "revoke_later" Later "Google could not be reached to revoke; the sign-in is still here"
        "run `hallpass logout` again later, or `hallpass logout --keep-remote` to delete it here alone"
    RevokeRefused "revoke_refused" Refused "Google refused to revoke; the sign-in is still here"
        "run `hallpass logout --keep-remote` to delete it here alone"
    ServiceDisabled "service_disabled" Refused "the Gemini API is switched off in the project that the request counts for"
        "open https://console.cloud.google.com/apis/library/generativelanguage.googleapis.com?project={it} and enable it, or run `hallpass setup --project {it}`"
    UserProjectDenied "user_project_denied" Refused "the account may not use the quota project"
        "run `hallpass set-quota-project --clear` to use the OAuth client's own project, or ask for the role \"Service Usage Consumer\" in `{it}`"
    ScopeInsufficient "scope_insufficient" Refused "the sign-in's scopes do not open the Gemini API"
        "run `hallpass login --scopes cloud-platform,retriever`"
    TokenRefused "token_refused" SignIn "Gemini does not accept the access token, not even a new one"
        "run `hallpass login`"
    ModelName "model_name" Settings "the text cannot be the name of a model"
        "list the names with `hallpass models list`"
    ModelNotFound "model_not_found" Refused "there is no model of that name"
        "list the names with `hallpass models list`"
    ModelMisspelled "model_misspelled" Refused "there is no model of that name, but one with a similar name"
        "name `{it}`, or another of `hallpass models list`"
    ModelMethod "model_method" Refused "the model is there, and cannot do what is asked for"
        "list the names with `hallpass models list`; `hallpass models get NAME` shows what one can do"
    NoPrompt "no_prompt" Settings "there is no prompt, or it is empty"
        "write the prompt in quotes behind the command, or pipe it in"
    PromptUnusable "prompt_unusable" Settings "what is piped in is not text, or is larger than 16 MiB"
        "pipe in text, and name other files with `--file`"
    FileType "file_type" Settings "a file for Google is of an unknown type"
        "name a file of text, a PDF, a picture, sound or a video; `files upload` and `file-search add` take `--mime-type`"
    FileUnusable "file_unusable" Settings "a file for Google is empty, too large, a folder, or cannot be read"
        "name a file with something in it, up to 2 GiB"
    FileForStore "file_for_store" Settings "a file that Gemini takes in a File Search store and not in a prompt: Word, Excel, PowerPoint"
        "save it as PDF, or put it into a store: `hallpass file-search add STORE {it}`"
    FileMissing "file_missing" Settings "a file for Google is not there"
        "correct the path"
    SchemaUnusable "schema_unusable" Settings "the file after `--schema` is not there, not JSON, or cannot be a JSON Schema"
        "write a JSON Schema, such as {\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\"}}}"
    PromptBlocked "prompt_blocked" Refused "Google's filters blocked the prompt; there is no answer"
        "say it in other words"
    AnswerBlocked "answer_blocked" Refused "Google's filters stopped the answer; what came before is printed"
        "say it in other words"
    AnswerTruncated "answer_truncated" Failed "the answer stopped at the model's limit of tokens; what came before is printed"
        "ask for less at once, or for the rest"
    AnswerFailed "answer_failed" Failed "the model ended its answer for another reason than being done"
        "run the command again, or name another model with `-m`"
    AnswerBrokeOff "answer_broke_off" Later "the connection ended before the answer did; what came before is printed"
        "run the command again"
    AnswerEmpty "answer_empty" Failed "the answer has thoughts, pictures or nothing, and no text"
        "run the command again, or see the whole answer with `--format json`"
    AnswerNotJson "answer_not_json" Failed "the answer to a question with `--schema` is not JSON"
        "run the command again, or name another model with `-m`"
    ResourceName "resource_name" Settings "the text cannot be the name of a file, store or document at Google"
        "list the names with `hallpass {it} list`"
    FileNotFound "file_not_found" Refused "Google has no such file, or it is another project's"
        "list the names with `hallpass files list`"
    FileNotRead "file_not_read" Failed "Google could not read a file, or not index a document"
        "see whether the file opens on this machine, then upload it again"
    StoreNotFound "store_not_found" Refused "there is no File Search store of that title or name"
        "list the stores with `hallpass file-search list`, or make one with `hallpass file-search create TITLE`"
    StoreAmbiguous "store_ambiguous" Settings "several File Search stores have the same title"
        "use a name of `hallpass file-search list`"
    StoreExists "store_exists" Settings "there is a File Search store of that title already"
        "use it, or choose another title"
    StoreTitle "store_title" Settings "the title of a new File Search store is empty"
        "choose a title, such as `docs`"
    StoreNotEmpty "store_not_empty" Refused "a File Search store that is to be deleted has documents"
        "run `hallpass file-search delete {it} --force` to delete its documents, too"
    StillWorking "still_working" Later "Google has not finished its work in the time that is waited for"
        "see how it is with `hallpass {it}`"
    LeftAtGoogle "left_at_google" Interrupted "Ctrl-C while Google was reading a file that it has"
        "see how it is with `hallpass {it}`"
    DailyQuota "daily_quota" Later "the quota of the day is used up"
        "run the command again tomorrow, or choose another project with `hallpass set-quota-project ID`"
    GeminiBusy "gemini_busy" Later "Gemini is overloaded or the quota of the minute is used up (408, 429, 5xx)"
        "run the command again in a minute"
    GeminiPrecondition "gemini_precondition" Refused "Gemini cannot be used as it is asked (FAILED_PRECONDITION): most often the country has no free tier"
        "enable billing for the project (https://aistudio.google.com), or call from a country of https://ai.google.dev/gemini-api/docs/available-regions"
    GeminiRefused "gemini_refused" Refused "Gemini refused the request for another reason"
        ""
    GeminiAnswer "gemini_answer" Failed "Gemini's answer cannot be understood"
        "see whether a proxy answers in Google's place"
    NoSuchPage "no_such_page" Settings "the manual has no page of that command"
        "list the commands with `hallpass --help`"
    ProfileName "profile_name" Settings "the text cannot be the name of a profile"
        "use letters, digits, `-`, `_`, `.` and `@`, beginning with a letter or digit"
    ProfileNotFound "profile_not_found" Settings "there is no profile of that name"
        "list the names with `hallpass profile list`"
    ProfileNotHere "profile_not_here" Settings "`--profile` with a command that has no profiles, or with `--token-file`"
        "leave out `--profile`"
    TokenFileNotHere "token_file_not_here" Settings "`--token-file` with a command that cannot use one"
        "leave out `--token-file`"
    ProfileRaced "profile_raced" Failed "another `profile use` or `login` has put a sign-in in its place at the same moment"
        "run `hallpass profile list` to see which one is in use; none is lost"
    NoProfileCredential "no_profile_credential" SignIn "this profile has no sign-in yet"
        "run `hallpass login`"
    VariableName "variable_name" Settings "the text after `--env` cannot be the name of a variable"
        "use letters, digits and `_`, not beginning with a digit"
    CommandMissing "command_missing" Failed "the program after `exec --` cannot be started"
        "see whether it is installed and in PATH"
    AgentStart "agent_start" Failed "the agent cannot start"
        "see whether the folder for temporary files can be written, and whether programs may listen on 127.0.0.1"
    AgentFolder "agent_folder" Settings "the folder of the standing agent is not the user's alone"
        "let nobody else enter `{it}` (mode 0700), or name another folder with HALLPASS_CONFIG"
    AgentRunning "agent_running" Settings "`agent start` while an agent runs"
        "see it with `hallpass agent status`, or stop it with `hallpass agent stop`"
    AgentNotRunning "agent_not_running" Failed "no agent runs that could be asked"
        "start it with `hallpass agent start --detach`"
    AgentSilent "agent_silent" Later "the agent is there and does not answer"
        "run the command again, or end the process that `hallpass agent status` showed"
    AgentRefused "agent_refused" Failed "the agent refuses what it is asked"
        "stop it with `hallpass agent stop`, and start it again with `hallpass agent start --detach`"
    TicketNotFound "ticket_not_found" Settings "the agent has no ticket of this ID"
        "list the IDs with `hallpass agent ticket list`"
    ExportExists "export_exists" Settings "the file after `--out` is there already"
        "remove it first, or name another"
    ImportExists "import_exists" Settings "`import` would put a sign-in in the place of another"
        "run `hallpass logout` first, or `hallpass import FILE --profile NAME`"
    GcloudUnknown "gcloud_unknown" Settings "`hallpass gcloud` does not know the command or flag"
        ""
    NoIdentityToken "no_identity_token" Refused "the sign-in has no identity token, because `openid` is not among its scopes"
        "run `hallpass login --scopes cloud-platform,retriever,openid,email`"
    SetupNeedsProject "setup_needs_project" Settings "`setup` needs the project's ID, and there is no terminal to ask on"
        "name it: `hallpass setup --project ID`"
    SetupNeedsYou "setup_needs_you" SignIn "a step of `setup` has to be done in the Cloud console, and there is no terminal to wait on"
        "do it at the link above, then run `hallpass setup` again; `--yes` takes it as done"
    SetupStuck "setup_stuck" SignIn "a step of `setup --yes` cannot be done without you"
        "download the client of this project and name it with `--client-id-file`, or run `hallpass setup` on a terminal"
    SetupVariable "setup_variable" Settings "`GOOGLE_APPLICATION_CREDENTIALS` would hide the sign-in that `setup` makes"
        "run `unset GOOGLE_APPLICATION_CREDENTIALS`, then `hallpass setup` again"
    SetupOtherProject "setup_other_project" Settings "the client file belongs to another project than the one that is set up"
        "download the client of the right project, or run `hallpass setup --project {it}`"
    SetupFile "setup_file" Failed "the file in which `setup` keeps its progress cannot be read"
        "remove `{it}`: nothing but the progress of `setup` is in it"
    SetupRefused "setup_refused" Refused "Google's Service Usage API refuses to tell about, or to enable, the Gemini API"
        "sign in with an account that owns `{it}`, or enable the API at https://console.cloud.google.com/apis/library/generativelanguage.googleapis.com?project={it}"
    Unhealthy "unhealthy" Failed "`doctor` found something broken"
        "do what the lines with `fix:` say, then run `hallpass doctor{it}` again"
    Usage "usage" Settings "the command line cannot be understood"
        "run `hallpass --help`, or `--help` behind the command"
    Output "output" Failed "standard output cannot be written"
        ""
    Interrupted "interrupted" Interrupted "Ctrl-C"
        ""
    Unexpected "unexpected" Failed "anything else"
        ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::fmt::Write as _;

    #[test]
    #[cfg(in_checkout)]
    fn errors_page_is_this_table() {
        let mut page = String::from(ABOVE);
        for case in Case::ALL {
            let row = case.row();
            let hint = if row.hint.is_empty() { "—" } else { row.hint };
            let _ =
                writeln!(page, "| `{}` | {} | {} | {hint} |", row.kind, row.exit as u8, row.when);
        }
        page.push_str(BETWEEN);
        for row in INSTEAD {
            let kinds: Vec<_> =
                row.cases.iter().map(|case| format!("`{}`", case.row().kind)).collect();
            let when = match row.situation {
                Situation::CredentialVariable => {
                    "`GOOGLE_APPLICATION_CREDENTIALS` names the file that is used"
                }
                Situation::QuotaVariable => "`GOOGLE_CLOUD_QUOTA_PROJECT` names the project",
                Situation::Ended => "the sign-in has reached its end",
                Situation::TokenFile => "`--token-file` names the file that is used",
                Situation::Proxy => "a variable such as `HTTPS_PROXY` names a proxy",
            };
            let exit = row.exit.map_or("—".to_owned(), |exit| (exit as u8).to_string());
            let _ = writeln!(page, "| {} | {when} | {exit} | {} |", kinds.join(", "), row.hint);
        }
        snapbox::assert_data_eq!(page, snapbox::file!["../../../docs/errors.md"].raw());
    }

    #[test]
    fn every_kind_has_one_name() {
        let names: HashSet<&str> = Case::ALL.iter().map(|case| case.row().kind).collect();
        assert_eq!(names.len(), Case::ALL.len());
    }

    #[test]
    fn hints_are_one_line_that_begins_with_a_verb_and_ends_without_a_period() {
        for case in Case::ALL {
            let hint = case.row().hint;
            assert!(!hint.contains('\n') && !hint.ends_with('.'), "{hint}");
            assert!(!hint.starts_with(|first: char| first.is_uppercase()), "{hint}");
        }
    }

    const BETWEEN: &str = "
In some situations another hint takes the place of the row's own, and another exit code where one is given; `{hint}` is the
row's own hint.

| kind | situation | exit code | hint |
|---|---|---|---|
";

    const ABOVE: &str = "\
# Errors

Every failure has three parts on standard error: what happened, why, what to do next.

    error: cannot wait for the browser on port 8085
      caused by: the port is in use
    hint: leave out `--port` to take any free one

With `--format json` the same is one document: `{\"error\": {\"kind\", \"message\", \"cause\", \"hint\", \"exit_code\"}}`.
Standard output stays empty, but for the reports of `status`, `setup` and `doctor`, and for what had come of an answer. Scripts should look at the exit code, then at `kind`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | wrong arguments or settings |
| 3 | Google refused |
| 4 | sign-in needed |
| 5 | try again later |
| 130 | interrupted |

`{it}` in a hint stands for the thing in question: a word, an account, a project; `{client}` for a client file that is there, in the
folder or among the downloads. Every command in a hint is printed with the `--profile` or `--token-file` in force. This page is made
from `crates/cli/src/exit.rs`; a test compares.

| kind | exit code | when | hint |
|---|---|---|---|
";
}
