//! Keeps this process's memory, which holds tokens, out of core dumps and away from the user's other programs.

/// Tells the system that this process may not be dumped or traced.
pub(crate) fn refuse() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Where the system refuses, everything works as before.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
