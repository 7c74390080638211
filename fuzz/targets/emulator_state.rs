#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_emulator::fuzzing::emulator_state(data));
