//! What a release binary is told and given: the commit it is made of, and the unwinder.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told everything by its environment"
)]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=HALLPASS_COMMIT");
    // Tests that compare with pages of `docs/` are left out where a package alone was unpacked.
    println!("cargo::rustc-check-cfg=cfg(in_checkout)");
    if Path::new("../../docs/errors.md").exists() {
        println!("cargo::rustc-cfg=in_checkout");
    }
    if is("PROFILE", "release") {
        record_commit();
        link_unwinder();
    }
}

fn is(name: &str, wanted: &str) -> bool {
    env::var(name).is_ok_and(|value| value == wanted)
}

/// Tells `--version` the commit: the one a packager names, or that of the checkout.
fn record_commit() {
    // Below another project's checkout (vendored, say) the commit would be that project's.
    if env::var_os("HALLPASS_COMMIT").is_some()
        || git(&["rev-parse", "--show-prefix"]).as_deref() != Some("crates/cli/")
    {
        return;
    }
    let (Some(commit), Some(moves)) =
        (git(&["rev-parse", "--short=12", "HEAD"]), git(&["rev-parse", "--git-path", "logs/HEAD"]))
    else {
        return;
    };
    println!("cargo::rustc-env=HALLPASS_COMMIT={commit}");
    println!("cargo::rerun-if-changed={moves}");
}

fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Puts the unwinder into the binary instead of `libgcc_s.so`: a library less to load at each start.
///
/// Where the C compiler has no such archive, the binary is linked as usual.
fn link_unwinder() {
    let native = env::var("HOST").is_ok_and(|host| is("TARGET", &host));
    let gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let dynamic = !features.split(',').any(|feature| feature == "crt-static");
    if !(native && gnu && dynamic) {
        return;
    }
    let Ok(output) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else {
        return;
    };
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if Path::new(&path).is_absolute() && Path::new(&path).exists() {
        for word in ["-Wl,--whole-archive", &path, "-Wl,--no-whole-archive"] {
            println!("cargo::rustc-link-arg-bins={word}");
        }
    }
}
