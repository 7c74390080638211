#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_gemini::fuzzing::gemini_events(data));
