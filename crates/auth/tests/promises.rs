//! What every fuzz target promises, tried on a few hundred inputs.
//!
//! The seeds are outside this crate, so the published package leaves this file out.

#![cfg(feature = "machine")]

#[path = "../../../fuzz/seeded.rs"]
mod seeded;

use hallpass::fuzzing::{
    authorized_user, bootstrap_address, client_address, client_secret, credential_address,
    credential_file, executable_command, grant_record, id_token, metadata_reply, pasted,
    pending_sign_in, redirect, redirect_request, scopes, subject_reply, token_file, token_reply,
};

mod tried {
    use super::seeded;

    seeded::promises! {
        accepted_client_files_name_addresses_that_secrets_may_go_to: client_secret, 400;
        user_files_survive_reading_and_writing: authorized_user, 400;
        token_files_survive_reading_and_writing: token_file, 400;
        credential_files_become_sources_or_plain_errors: credential_file, 300;
        side_records_survive_reading_and_writing: grant_record, 100;
        pending_sign_ins_survive_reading_and_writing: pending_sign_in, 300;
        only_a_get_of_our_path_on_this_machine_is_a_redirect: redirect_request, 400;
        codes_are_believed_beside_our_state_alone: redirect, 400;
        pasted_codes_are_believed_beside_our_state_alone: pasted, 400;
        bootstrap_addresses_lead_back_to_our_port: bootstrap_address, 400;
        token_replies_give_tokens_that_can_be_sent: token_reply, 400;
        accounts_of_id_tokens_are_plain: id_token, 400;
        metadata_replies_are_believed_with_googles_header_alone: metadata_reply, 300;
        subject_replies_give_a_token_or_a_plain_reason: subject_reply, 300;
        commands_are_split_as_they_are_quoted: executable_command, 400;
        secrets_go_to_https_or_to_this_machine: client_address, 400;
        credential_files_name_believed_hosts_alone: credential_address, 400;
        scopes_survive_reading_and_writing: scopes, 400;
    }
}
