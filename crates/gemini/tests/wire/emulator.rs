//! The same client against the emulator.
