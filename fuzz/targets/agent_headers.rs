#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_agent::fuzzing::agent_headers(data));
